"""What the person says about sound: at once, remembered, and never lost to a disk that cannot be written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from support.settings_home import SettingsHome
from support.shell_ports import ShellRun, loaded_with, quick_settings
from unsit import paths
from unsit import settings as all_settings
from unsit.core.model import PromptSettings
from unsit.daemon.shell import Origin, WrongCall

HERE = Origin("test")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SettingsHome:
    return SettingsHome(tmp_path / "home", monkeypatch)


def overrides() -> dict[str, object]:
    file = paths.user_config_dir() / "overrides.toml"
    return tomllib.loads(file.read_text()) if file.exists() else {}


async def test_mute_is_seen_at_once_and_remembered(home: SettingsHome, tmp_path: Path) -> None:
    """By whoever looks at the snapshot, and by the next start."""
    run = await ShellRun(tmp_path / "history.db").start()
    try:
        assert not run.shell.snapshot().muted

        answer = await run.shell.command("mute", {}, HERE)

        assert answer.muted
        assert run.tray.shown[-1].muted
        assert overrides() == {"sound": {"mute": True}}
        assert all_settings.load({}).settings.sound.mute

        await run.shell.command("unmute", {}, HERE)
        assert not run.shell.snapshot().muted
        assert overrides() == {"sound": {"mute": False}}
    finally:
        await run.stop()


async def test_a_word_about_sound_takes_no_parameter(home: SettingsHome, tmp_path: Path) -> None:
    """Nothing is guessed."""
    run = await ShellRun(tmp_path / "history.db").start()
    try:
        with pytest.raises(WrongCall):
            await run.shell.command("mute", {"for": "10m"}, HERE)
        assert not run.shell.snapshot().muted
    finally:
        await run.stop()


async def test_what_cannot_be_written_down_holds_until_the_end(home: SettingsHome, tmp_path: Path) -> None:
    """Silence is silence, whoever owns the settings; that it will be forgotten is said."""
    home.write(home.system, 'locked = ["sound"]\n')
    run = await ShellRun(tmp_path / "history.db").start()
    try:
        snapshot = await run.shell.command("mute", {}, HERE)

        assert snapshot.muted
        assert overrides() == {}
        assert any("forgotten when Unsit ends" in problem for problem in snapshot.problems)
    finally:
        await run.stop()


async def test_settings_that_change_later_win_over_what_was_said(home: SettingsHome, tmp_path: Path) -> None:
    """Somebody who edits the file means it."""
    run = await ShellRun(tmp_path / "history.db", read_settings=all_settings.reload).start()
    try:
        await run.shell.command("mute", {}, HERE)
        assert run.shell.loaded.settings.sound.mute

        home.write(home.overrides, "[sound]\nmute = false\n")
        await run.shell.reload()
        assert not run.shell.snapshot().muted
    finally:
        await run.stop()


@pytest.mark.parametrize(("is_muted", "sound"), [(False, "message-new-instant"), (True, None)])
async def test_a_muted_prompt_makes_no_sound(
    home: SettingsHome, tmp_path: Path, is_muted: bool, sound: str | None
) -> None:
    """`prompt.sound` is the prompt's own wish; mute is about everything."""
    loaded = loaded_with(quick_settings(), prompt=PromptSettings(sound="tone"))
    run = await ShellRun(tmp_path / "history.db", loaded=loaded).start()
    try:
        if is_muted:
            await run.shell.command("mute", {}, HERE)

        await run.pass_(3600)

        await run.until(lambda: "prompt" in run.notes.shown, "the prompt")
        assert run.notes.shown["prompt"].sound == sound
    finally:
        await run.stop()


async def test_volume_voice_and_rate_can_be_set_from_the_tray(home: SettingsHome, tmp_path: Path) -> None:
    """Several at once, or none of them if one is wrong."""
    run = await ShellRun(tmp_path / "history.db", read_settings=all_settings.reload).start()
    try:
        await run.shell.command("sound", {"volume": 50, "voice": "always"}, HERE)
        sound = run.shell.loaded.settings.sound
        assert (sound.volume, sound.voice) == (50, "always")

        with pytest.raises(WrongCall, match="out of range"):
            await run.shell.command("sound", {"rate": 80, "volume": 101}, HERE)
        with pytest.raises(WrongCall, match="takes no"):
            await run.shell.command("sound", {"loudness": 3}, HERE)
        assert overrides() == {"sound": {"volume": 50, "voice": "always"}}
    finally:
        await run.stop()
