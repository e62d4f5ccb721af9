"""config/defaults.toml is the documentation of the settings: it must be whole and true."""

from __future__ import annotations

import re
import tomllib

import pytest

from support.settings_home import SettingsHome
from unsit.core import model
from unsit.settings.keys import KEYS, rule_of
from unsit.settings.layers import defaults_path, load, load_file_only
from unsit.settings.lines import find_lines
from unsit.settings.types import AllSettings, flat

TEXT = defaults_path().read_text()


def comment_above(key: str) -> str:
    """The comment that ends on the line above the key's, in one line."""
    line = find_lines(TEXT)[tuple(key.split("."))]
    found: list[str] = []
    for above in reversed(TEXT.splitlines()[: line - 1]):
        if not above.startswith("#"):
            break
        found.insert(0, above.lstrip("# "))
    return " ".join(found)


def test_the_shipped_values_are_those_of_the_model(home: SettingsHome) -> None:
    """A program that finds no file at all behaves as the documentation says; the routines come only from the file."""
    settings = load().settings

    model_values = flat(AllSettings())
    assert {key: value for key, value in flat(settings).items() if key != "routine"} == {
        key: value for key, value in model_values.items() if key != "routine"
    }
    assert settings.core == model.Settings(routine=settings.routine)


def test_the_shipped_routines_are_switched_off(home: SettingsHome) -> None:
    """Constructive rest at 15:00 on working days, strength at 12:30 on three of them."""
    assert load().settings.routine == (
        model.Routine("constructive-rest", "0 15 * * mon-fri", ("constructive-rest",), enabled=False),
        model.Routine(
            "strength", "30 12 * * mon,wed,fri", ("glute-bridge", "straight-leg-raise", "bird-dog"), enabled=False
        ),
    )


def test_the_documentation_names_every_key_and_no_other() -> None:
    """Every field of the settings has a rule, and every rule its line in the file, but for the empty working hours."""
    documented = {
        f"{name}.{field}" if isinstance(part, dict) else name
        for name, part in tomllib.loads(TEXT).items()
        for field in (part if isinstance(part, dict) else [""])
    }

    assert documented | {"hours"} == set(KEYS) == set(flat(AllSettings()))
    assert "[[hours]]" in TEXT


@pytest.mark.parametrize("key", [key for key in KEYS if key not in ("hours", "routine")])
def test_every_key_is_explained_with_its_range(key: str) -> None:
    """The comment above a key says what the rule says, in the same words, and something before that."""
    right = re.split(r", like|, or \"\"", KEYS[key].right())[0].lower()
    comment = comment_above(key).lower()

    if key == "days_off":
        right = 'a list of texts like "2026-12-24"'
    if key == "guide.browser":
        right = "a text"
    assert right in comment
    assert len(comment) > len(right) + 20


def test_what_the_documentation_shows_in_comments_can_be_copied(home: SettingsHome) -> None:
    """The examples of [[hours]], [exercises] and `hours = []` are settings that load."""
    examples = re.findall(r"(?m)(?:^#     .*\n)+", TEXT)
    shown = ["\n".join(line[6:] for line in example.splitlines()) for example in examples]
    documents = [text for text in shown if text.startswith(("[[hours]]", "[exercises]"))]

    assert len(documents) == 2
    home.write(home.user, "hours = []")
    assert load().problems == []
    for document in documents:
        home.write(home.user, document)
        loaded = load()
        assert loaded.problems == []
        assert loaded.settings != AllSettings()


def test_the_documented_variables_count(home: SettingsHome) -> None:
    """The three examples of UNSIT_ variables set what they say."""
    examples = dict(re.findall(r"(UNSIT_[A-Z_]+)=\"?([^\",\s]+(?: min)?)\"?", TEXT))

    settings = load(environ=examples).settings

    assert len(examples) == 3
    assert settings.prompt.every_s == 2700
    assert settings.days_off == ("2026-12-24",)
    assert settings.exercises == {"half-kneeling": False}


def test_every_copied_line_is_a_whole_setting(home: SettingsHome) -> None:
    """The file itself, as the user's own, changes nothing and has no mistake."""
    alone = load_file_only(defaults_path())

    assert alone == load().settings.core


def test_the_rules_write_what_they_read() -> None:
    """A value shown by `config get` is the shipped one in its short form."""
    assert rule_of("prompt.every").write(3600.0) == "1h"
    assert rule_of("stretch.hold").write("auto") == "auto"
    assert rule_of("stretch.place").write(("desk",)) == ["desk"]
