"""The settings file that is made for the person."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from unsit import settings
from unsit.settings.layers import defaults_path
from unsit.settings.own_file import own_file, template


def test_a_new_file_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting is there to be read, and none of them counts."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    before = settings.load()

    text = own_file().read_text()

    assert tomllib.loads(text) == {}
    assert "#every = " in text
    assert settings.load().settings == before.settings
    assert settings.load().problems == []


def test_the_working_hours_are_on_the_first_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are what the first note sends people here for; an editor shows some twenty lines."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    lines = own_file().read_text().splitlines()

    assert "#     [[hours]]" in lines[:30]
    assert not any("defaults.toml" in line for line in lines)


def test_what_the_person_wrote_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is theirs: it is only ever made."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = own_file()
    path.write_text("# mine\n")

    assert own_file().read_text() == "# mine\n"


def test_with_the_marks_taken_away_it_is_the_defaults() -> None:
    """Taking the # from a line makes it count: the text below is a settings file as it stands."""
    defaults = defaults_path().read_text()
    lines = template(defaults).splitlines()

    restored = "\n".join(
        line[1:] if line.startswith("#") and not line.startswith("# ") and line != "#" else line for line in lines
    )

    assert tomllib.loads(restored) == tomllib.loads(defaults)
