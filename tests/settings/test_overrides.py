from __future__ import annotations

import os
import re
import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.settings_home import SettingsHome
from unsit.settings import SettingsError, change_overrides, load, set_override, unset_override
from unsit.settings.overrides import _HEADER


def broken_copies(home: SettingsHome) -> list[Path]:
    return sorted(home.overrides.parent.glob("overrides.toml.broken-*"))


def test_what_is_set_is_written_for_its_owner_alone(home: SettingsHome) -> None:
    """In the person's own spelling, beside config.toml, which is never touched."""
    home.write(home.user, "# mine\n[prompt]\nsnoozes = 1\n")

    set_override("prompt.every", "45 min")
    set_override("stretch.place", "desk,floor")
    loaded = set_override("prompt.snoozes", "2")

    assert home.overrides.read_text().startswith(_HEADER)
    assert tomllib.loads(home.overrides.read_text()) == {
        "prompt": {"every": "45 min", "snoozes": 2},
        "stretch": {"place": ["desk", "floor"]},
    }
    assert stat.S_IMODE(home.overrides.stat().st_mode) == 0o600
    assert home.user.read_text() == "# mine\n[prompt]\nsnoozes = 1\n"
    assert (loaded.settings.prompt.every_s, loaded.settings.prompt.snoozes) == (2700, 2)
    assert sorted(file.name for file in home.overrides.parent.iterdir()) == ["config.toml", "overrides.toml"]


def test_unset_uncovers_what_was_below(home: SettingsHome) -> None:
    """The user's value comes back; a table that is empty goes too; what is not there can be unset."""
    home.write(home.user, "[prompt]\nsnoozes = 1\n")
    set_override("prompt.snoozes", "2")

    loaded = unset_override("prompt.snoozes")

    assert loaded.settings.prompt.snoozes == 1
    assert tomllib.loads(home.overrides.read_text()) == {}
    assert unset_override("prompt.snoozes").problems == []


def test_several_changes_are_made_together_or_not_at_all(home: SettingsHome) -> None:
    """One wrong value among them, and nothing is written; all that is wrong is said."""
    with pytest.raises(SettingsError) as caught:
        change_overrides({"prompt.snoozes": 2, "prompt.every": "long", "tray.shw": False})
    assert [problem.key for problem in caught.value.problems] == ["prompt.every", "tray.shw"]
    assert not home.overrides.exists()

    loaded = change_overrides(
        {"prompt.snoozes": 2, "hours": [{"days": ["mon"], "from": "09:00", "to": "17:00"}], "prompt.every": None}
    )

    assert loaded.problems == []
    assert loaded.settings.hours[0].days == ("mon",)


def test_a_locked_key_is_refused_before_anything_is_written(home: SettingsHome) -> None:
    """With the file that locks it; taking an old override out is allowed."""
    home.write(home.system, 'locked = ["prompt"]\n')

    with pytest.raises(SettingsError) as caught:
        set_override("prompt.every", "45m")

    assert str(caught.value) == (
        f"prompt.every: it is locked by {home.system} and stays as it is. "
        "Right: leave it out, or ask whoever looks after this computer"
    )
    assert not home.overrides.exists()
    home.write(home.overrides, "[prompt]\nsnoozes = 2\n")
    assert unset_override("prompt.snoozes").problems == []


@pytest.mark.parametrize("content", [b"[prompt\n", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_kept_aside(home: SettingsHome, content: bytes) -> None:
    """Its owner is told where it is now; the new file has the new value."""
    home.write(home.overrides, "")
    home.overrides.write_bytes(content)

    loaded = set_override("prompt.snoozes", "2")

    (aside,) = broken_copies(home)
    assert aside.read_bytes() == content
    assert re.fullmatch(r"overrides\.toml\.broken-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d", aside.name)
    assert tomllib.loads(home.overrides.read_text()) == {"prompt": {"snoozes": 2}}
    assert [(problem.file, str(aside) in problem.wrong) for problem in loaded.problems] == [(str(home.overrides), True)]
    assert load().problems == []


def test_what_was_good_in_a_wrong_file_is_kept(home: SettingsHome) -> None:
    """After a downgrade one unknown key must not cost the others; two in one second have names of their own."""
    content = '[prompt]\nsnoozes = 2\nring = "loud"\n[[hours]]\ndays = ["mon"]\n[new]\nx = 1\n'
    for number in (1, 2):
        home.write(home.overrides, content)
        loaded = set_override("tray.show", "false")

        assert len(broken_copies(home)) == number
        assert tomllib.loads(home.overrides.read_text()) == {"prompt": {"snoozes": 2}, "tray": {"show": False}}
        assert len(loaded.problems) == 1
    assert all(file.read_text() == content for file in broken_copies(home))


def test_the_mistake_itself_can_be_set_right_or_taken_out(home: SettingsHome) -> None:
    """That mends the file, and there is nothing to keep aside."""
    home.write(home.overrides, '[prompt]\nsnoozes = "x"\nring = "loud"\nreminders = 1\n')

    change_overrides({"prompt.snoozes": 2, "prompt.ring": None})

    assert tomllib.loads(home.overrides.read_text()) == {"prompt": {"snoozes": 2, "reminders": 1}}
    assert broken_copies(home) == []


def test_unsetting_what_never_was_a_setting_is_refused(home: SettingsHome) -> None:
    """A slip in the name must not look like success."""
    with pytest.raises(SettingsError, match=r"did you mean prompt\.every\?"):
        unset_override("prompt.evry")


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_write_that_fails_leaves_the_old_file(home: SettingsHome, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, a death in between: the old file whole, and no scraps beside it."""
    set_override("prompt.snoozes", "2")
    before = home.overrides.read_bytes()

    def fail(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(SettingsError) as caught:
            set_override("prompt.snoozes", "3")

    assert str(caught.value) == (
        f"{home.overrides}: it cannot be written: No space left on device. Right: a folder that you may write to"
    )
    assert home.overrides.read_bytes() == before
    assert [file.name for file in home.overrides.parent.iterdir()] == ["overrides.toml"]


def test_a_link_into_another_folder_stays_a_link(home: SettingsHome, tmp_path: Path) -> None:
    """People keep their settings in a folder of dotfiles."""
    dotfile = tmp_path / "dotfiles" / "unsit-overrides.toml"
    home.write(dotfile, "[prompt]\nsnoozes = 2\n")
    home.write(home.user, "")
    home.overrides.symlink_to(dotfile)

    set_override("prompt.reminders", "1")

    assert home.overrides.is_symlink()
    assert tomllib.loads(dotfile.read_text()) == {"prompt": {"snoozes": 2, "reminders": 1}}


def test_a_broken_file_survives_a_write_that_fails(home: SettingsHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has been changed, as the error promises."""
    home.write(home.overrides, "[prompt\n")

    def fail(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(SettingsError):
            set_override("prompt.snoozes", "3")

    assert home.overrides.read_text() == "[prompt\n"


def test_writers_at_the_same_time_lose_nothing(home: SettingsHome) -> None:
    """The command line and the daemon, each with its own key."""
    changes = {
        "prompt.snoozes": "1", "prompt.reminders": "1", "stretch.level": "deeper", "tray.show": "false",
        "log.level": "debug", "prompt.sound": "tone", "stretch.walk": "1m", "hold.limit": "1h",
    }  # fmt: skip
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda change: set_override(*change), changes.items()))

    written = tomllib.loads(home.overrides.read_text())
    assert {f"{table}.{name}" for table, part in written.items() for name in part} == set(changes)


def test_a_broken_file_of_the_person_does_not_stop_a_change(home: SettingsHome) -> None:
    """What it said before stays, the change counts, and the mistake is told again."""
    home.write(home.user, "[prompt]\nsnoozes = 1\n")
    before = load()
    home.write(home.user, "[prompt]\nsnoozes = one\n")

    loaded = set_override("prompt.reminders", "1", before)

    assert (loaded.settings.prompt.snoozes, loaded.settings.prompt.reminders) == (1, 1)
    assert [problem.key for problem in loaded.problems] == ["prompt.snoozes"]


def test_an_exercise_that_has_gone_takes_no_other_setting_with_it(home: SettingsHome) -> None:
    """Switched off, then its file deleted: the rest still counts, and nothing is complained of or kept aside."""
    file = home.user.parent / "exercises" / "mine.toml"
    home.write(file, 'id = "calf-stretch"\n')
    change_overrides({"exercises.calf-stretch": False, "prompt.snoozes": 1})
    file.unlink()

    loaded = set_override("prompt.reminders", "5")

    assert loaded.problems == []
    assert (loaded.settings.prompt.snoozes, loaded.settings.prompt.reminders) == (1, 5)
    assert tomllib.loads(home.overrides.read_text())["exercises"] == {"calf-stretch": False}
    assert broken_copies(home) == []
    assert load().problems == []
