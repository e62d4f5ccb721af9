from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.settings_home import SettingsHome
from unsit.cli.config import inline, run_config
from unsit.settings.keys import KEYS
from unsit.settings.layers import defaults_path, load, load_file_only

Call = Callable[..., tuple[int, str, str]]


class Daemon:
    def __init__(self) -> None:
        self.told = 0

    def tell(self, *_touched: str) -> None:
        self.told += 1


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SettingsHome:
    return SettingsHome(tmp_path, monkeypatch)


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def config(home: SettingsHome, daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs `unsit config ...`: (exit code, standard output, standard error)."""

    def call(*args: str) -> tuple[int, str, str]:
        code = run_config(list(args), daemon.tell)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_a_value_that_is_set_can_be_got(config: Call, daemon: Daemon) -> None:
    """In one argument or several; the daemon hears of it once for each change."""
    assert config("set", "prompt.every", "45", "min") == (0, 'prompt.every = "45m"\n', "")
    assert config("set", "prompt.every", "1h 30m") == (0, 'prompt.every = "1h30m"\n', "")
    assert daemon.told == 2
    assert config("get", "prompt.every") == (0, "1h30m\n", "")
    assert config("unset", "prompt.every") == (0, 'prompt.every = "1h"\n', "")
    assert config("get", "prompt.every") == (0, "1h\n", "")
    assert daemon.told == 3


@pytest.mark.parametrize("key", [*KEYS, "exercises.bridge"])
def test_what_get_prints_set_takes(key: str, config: Call) -> None:
    """Round trip of every key; the result is the same setting, now from overrides.toml."""
    before = load().settings
    _code, value, _err = config("get", key)

    assert config("set", key, value.rstrip("\n"))[0] == 0

    after = load()
    assert after.origin[key].layer == "overrides"
    assert config("get", key) == (0, value, "")
    if not key.startswith("exercises."):
        assert after.settings == before


def test_a_refused_change_says_why_and_tells_nobody(config: Call, daemon: Daemon, home: SettingsHome) -> None:
    """Exit code 1, a sentence on standard error, nothing written."""
    assert config("set", "prompt.every", "soon") == (
        1,
        "",
        'prompt.every: "soon" is no duration; write it like 45 min. '
        'Right: a duration from 1s to 12h, like "45 min"\n',
    )  # fmt: skip
    for args in (("set", "prompt.evry", "5m"), ("unset", "prompt.evry"), ("get", "prompt.evry")):
        code, out, err = config(*args)
        assert (code, out) == (1, "")
        assert "did you mean prompt.every?" in err
    assert daemon.told == 0
    assert not home.overrides.exists()


@pytest.mark.parametrize("args", [(), ("sett",), ("set",), ("set", "prompt.every"), ("get",), ("show", "x")])
def test_a_wrong_call_is_two(args: tuple[str, ...], config: Call) -> None:
    """With the usage on standard error."""
    code, out, err = config(*args)

    assert (code, out) == (2, "")
    assert err.startswith("usage: unsit config")


def test_help_is_no_mistake(config: Call) -> None:
    """Every verb has its line."""
    code, out, _err = config("--help")

    assert code == 0
    for verb in ("get", "set", "unset", "show", "check", "path", "edit"):
        assert f"\n    {verb} " in out


def test_get_of_a_table_prints_its_keys(config: Call) -> None:
    """As lines that a file would take."""
    config("set", "exercises.walk", "false")

    assert config("get", "away") == (
        0,
        'away.idle_after = "5m"\naway.credit = "2m"\naway.video_is_presence = true\n',
        "",
    )
    assert config("get", "exercises") == (0, "exercises.walk = false\n", "")


def test_show_says_where_each_value_comes_from(
    config: Call, home: SettingsHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One line for each key, and what is shown is TOML that gives the same settings."""
    home.write(home.user, "[prompt]\nsnoozes = 1\n")
    config("set", "stretch.place", "floor,bed")
    monkeypatch.setenv("UNSIT_PROMPT__EVERY", "5 min")

    code, out, err = config("show")

    assert (code, err) == (0, "")
    lines = {line.partition(" = ")[0]: line for line in out.splitlines()}
    assert list(lines) == list(KEYS)
    assert lines["prompt.snoozes"].endswith(f"# user {home.user}")
    assert lines["stretch.place"].startswith('stretch.place = ["floor", "bed"] ')
    assert lines["stretch.place"].endswith(f"# overrides {home.overrides}")
    assert lines["prompt.every"].endswith("# environment UNSIT_PROMPT__EVERY")
    assert lines["hours"].endswith(f"# defaults {defaults_path()}")
    (tmp_path / "shown.toml").write_text(out)
    assert load_file_only(tmp_path / "shown.toml") == load().settings.core


def test_a_change_that_something_else_decides_says_so(
    config: Call, home: SettingsHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written, and not what counts: nobody should have to find that out."""
    monkeypatch.setenv("UNSIT_PROMPT__EVERY", "5 min")

    assert config("set", "prompt.every", "45m") == (
        0,
        'prompt.every = "5m"\n',
        "prompt.every is decided by environment UNSIT_PROMPT__EVERY.\n",
    )
    assert 'every = "45m"' in home.overrides.read_text()


def test_check_lists_everything_that_is_wrong(config: Call, home: SettingsHome) -> None:
    """All files, all mistakes, exit code 1; the number of files where there is none."""
    assert config("check") == (0, "1 file, no mistake.\n", "")
    home.write(home.system, "[prompt]\n")
    assert config("check") == (0, "2 files, no mistake.\n", "")
    home.write(home.user, "[prompt]\nsnoozes = -1\nreminders = 200\n")
    home.write(home.overrides, "[tray]\nshow = 1\n")

    assert config("check") == (
        1,
        f"{home.user}:2: prompt.snoozes: -1 is out of range. Right: a whole number from 0 to 100\n"
        f"{home.user}:3: prompt.reminders: 200 is out of range. Right: a whole number from 0 to 100\n"
        f"{home.overrides}:2: tray.show: 1 is neither true nor false. Right: true or false\n",
        "",
    )


def test_check_of_one_file_looks_at_it_alone(config: Call, home: SettingsHome, tmp_path: Path) -> None:
    """Before it is put in its place; a missing one is a mistake."""
    home.write(home.user, "[prompt]\nsnoozes = -1\n")
    file = tmp_path / "new.toml"

    assert config("check", str(file)) == (
        1,
        f"{file}: there is no such file. Right: the path of a file with settings\n",
        "",
    )
    file.write_text("[prompt]\nsnoozes = 1\n")
    assert config("check", str(file)) == (0, "1 file, no mistake.\n", "")


def test_mistakes_are_told_with_every_answer(config: Call, home: SettingsHome) -> None:
    """On standard error, so that the value itself can be used."""
    home.write(home.user, "[prompt]\nsnoozes = -1\n")

    wrong = f"{home.user}:2: prompt.snoozes: -1 is out of range. Right: a whole number from 0 to 100\n"
    assert config("get", "prompt.snoozes") == (0, "3\n", wrong)
    assert config("set", "prompt.reminders", "1") == (0, "prompt.reminders = 1\n", wrong)


def test_path_prints_the_files_in_their_order(config: Call, home: SettingsHome) -> None:
    """The least important first, with a word on those that are not there."""
    home.write(home.user, "")

    assert config("path") == (
        0,
        f"defaults   {defaults_path()}\n"
        f"system     {home.vendor} (missing)\n"
        f"system     {home.system} (missing)\n"
        f"user       {home.user}\n"
        f"overrides  {home.overrides} (missing)\n",
        "",
    )


def test_edit_opens_the_persons_file_and_checks_it(
    config: Call, home: SettingsHome, daemon: Daemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever editor it is, with its options; what is wrong afterwards is said."""
    editor = tmp_path / "my editor"
    editor.write_text('#!/bin/sh\necho "$1 = 1" >> "$2"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"'{editor}' prompt.snoozes")

    assert config("edit") == (0, "", "")
    assert home.user.read_text() == "prompt.snoozes = 1\n"
    assert daemon.told == 1
    monkeypatch.setenv("VISUAL", f"'{editor}' prompt.snoze")
    code, _out, err = config("edit")
    assert (code, daemon.told) == (1, 2)
    assert "did you mean prompt.snooze?" in err


def test_edit_without_an_editor_says_what_to_do(
    config: Call, home: SettingsHome, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None chosen, one that is not there, one that fails: nothing happens, and the next step is named."""
    monkeypatch.delenv("VISUAL", raising=False)
    for editor, reason in (("", str(home.user)), ("/nowhere/vi", "Set VISUAL or EDITOR"), ("false", "code 1")):
        monkeypatch.setenv("EDITOR", editor)
        code, out, err = config("edit")
        assert (code, out) == (1, "")
        assert reason in err
    assert daemon.told == 0


def test_values_are_written_as_toml() -> None:
    """On one line, whatever they are."""
    value = {"a": 'x "y" \\ ü', "b": [True, 2, 0.5], "c": {"d": ()}}

    assert inline(value) == '{a = "x \\"y\\" \\\\ ü", b = [true, 2, 0.5], c = {d = []}}'


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    """The command line starts without the settings; a wrong call never loads them."""
    code = (
        "import sys; from unsit.cli.config import run_config; run_config(['--help']); "
        "print([name for name in ('msgspec', 'tomllib', 'tomli_w', 'unsit.settings') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20)

    assert done.stdout.splitlines()[-1] == "[]"
