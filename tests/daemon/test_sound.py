"""What the person says about sound: at once, remembered, and never lost to a disk that cannot be written."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from support.coaching import SHIPPED, Radio, Stage
from support.settings_home import SettingsHome
from support.shell_ports import ShellRun, loaded_with, quick_settings
from unsit import paths
from unsit import settings as all_settings
from unsit.adapters.holds import Holds
from unsit.core.model import HoldReason, PromptSettings
from unsit.daemon.coach import Coach
from unsit.daemon.shell import Origin, WrongCall
from unsit.settings.types import SoundSettings

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
        assert run.shell.describe()["sound"] == ["muted; `unsit unmute` brings it back"]
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


# --------------------------------------------------------------------------------------------------------------- the coach


class Coaches:
    """Makes the coaches of a run, each on a stage. Attributes: made: (what was wanted, its stage), the oldest first."""

    def __init__(self, run: ShellRun) -> None:
        self.made: list[tuple[SoundSettings, Stage]] = []
        self.is_voiceless = False
        self._run = run
        self.music = Radio()
        run.shell.sound.make_coach, run.shell.sound.make_music = self._make, lambda _settings: self.music

    def _make(self, wanted: SoundSettings, on_note: Callable[[str], None], on_over: Callable[[], None]) -> Coach:
        stage = Stage()
        stage.voice_fails = self.is_voiceless
        self.made.append((wanted, stage))
        return Coach(
            wanted, SHIPPED, stage, stage,
            now_s=lambda: self._run.clock.boot_s, on_note=on_note, on_over=on_over,
        )  # fmt: skip

    @property
    def stage(self) -> Stage:
        """The newest."""
        return self.made[-1][1]


async def test_a_coach_is_there_for_the_length_of_a_stretch(home: SettingsHome, tmp_path: Path) -> None:
    """None before it, one in it, everything given back after it; and the next stretch has another."""
    run = await ShellRun(tmp_path / "history.db").start()
    try:
        coaches = Coaches(run)
        assert not run.shell.sound.is_busy
        for number in (1, 2):
            await run.shell.command("begin", {"exercise": "supine"}, HERE)
            await run.until(lambda: coaches.made and coaches.stage.words, "a word")
            assert len(coaches.made) == number
            await run.shell.command("stop", {}, HERE)
            await run.until(lambda: coaches.stage.closed == 2 and not run.shell.sound.is_busy, "silence")
        assert coaches.music.log == ["quiet", "as it was"] * 2
    finally:
        await run.stop()


async def test_mute_reaches_the_coach_in_the_middle_of_a_word(home: SettingsHome, tmp_path: Path) -> None:
    """At once, before it is written down."""
    run = await ShellRun(tmp_path / "history.db", read_settings=all_settings.reload).start()
    try:
        coaches = Coaches(run)
        await run.shell.command("begin", {"exercise": "supine"}, HERE)
        stage = coaches.stage
        stage.lasts_s = 60
        await run.until(lambda: stage.words, "a word")
        await run.shell.command("mute", {}, HERE)
        await run.until(lambda: any(how == "cut" for how, _what in stage.log), "silence")
    finally:
        await run.stop()


async def test_sound_that_comes_back_is_the_same_coachs(home: SettingsHome, tmp_path: Path) -> None:
    """M twice: the voice is not looked for again, and the music goes quiet once, when what was said is written down."""
    run = await ShellRun(tmp_path / "history.db", read_settings=all_settings.reload).start()
    try:
        coaches = Coaches(run)
        await run.shell.command("begin", {"exercise": "supine"}, HERE)
        stage = coaches.stage
        await run.until(lambda: stage.words, "a word")
        for word, is_muted in (("mute", True), ("unmute", False)):
            await run.shell.command(word, {}, HERE)
            assert run.shell.loaded.settings.sound.mute is is_muted, "it has been written down, and read"

        assert len(coaches.made) == 1
        assert stage.closed == 0
        await run.until(lambda: coaches.music.log == ["quiet", "as it was", "quiet"], "the music, which made room anew")
    finally:
        await run.stop()


async def test_another_voice_takes_over_in_the_middle_of_a_stretch(home: SettingsHome, tmp_path: Path) -> None:
    """Set in the tray; the one before gives everything back."""
    run = await ShellRun(tmp_path / "history.db", read_settings=all_settings.reload).start()
    try:
        coaches = Coaches(run)
        await run.shell.command("begin", {"exercise": "supine"}, HERE)
        first = coaches.stage
        first.lasts_s = 60
        await run.until(lambda: first.words, "a word")
        await run.shell.command("sound", {"rate": 150}, HERE)
        await run.until(lambda: len(coaches.made) == 2 and first.closed == 2, "the other coach")

        assert coaches.made[1][0].rate == 150
        await run.until(lambda: coaches.stage.words == first.words, "what was cut off, said again")
        assert coaches.music.log == ["quiet"], "it is the same stretch"
        await run.shell.command("sound", {"volume": 0, "voice": "off"}, HERE)
        await run.until(lambda: coaches.music.log == ["quiet", "as it was"], "the music, which need make no room")
    finally:
        await run.stop()


async def test_what_cannot_be_heard_is_in_the_snapshot_until_the_next_stretch(
    home: SettingsHome, tmp_path: Path
) -> None:
    """For the page and for `status`."""
    run = await ShellRun(tmp_path / "history.db").start()
    try:
        coaches = Coaches(run)
        coaches.is_voiceless = True
        await run.shell.command("begin", {"exercise": "supine"}, HERE)
        await run.until(lambda: run.tray.shown[-1].sound_note, "the note")
        assert run.tray.shown[-1].sound_note.startswith("Nothing speaks here")
        await run.shell.command("stop", {}, HERE)
        await run.until(lambda: not run.shell.sound.is_busy, "silence")
        assert run.shell.describe()["sound"] == [run.shell.snapshot().sound_note]

        coaches.is_voiceless = False
        await run.shell.command("begin", {"exercise": "supine"}, HERE)
        await run.until(lambda: coaches.stage.words, "a word")
        assert run.shell.snapshot().sound_note == ""
    finally:
        await run.stop()


async def test_the_end_of_the_program_is_silent(home: SettingsHome, tmp_path: Path) -> None:
    """In the middle of a stretch; the music is as it was."""
    run = await ShellRun(tmp_path / "history.db").start()
    coaches = Coaches(run)
    await run.shell.command("begin", {"exercise": "supine"}, HERE)
    stage = coaches.stage
    stage.lasts_s = 60
    await run.until(lambda: stage.words, "a word")
    await run.stop()

    assert stage.closed == 2
    assert coaches.music.log == ["quiet", "as it was"]


class CallLever:
    """ports.HoldSource for a call. Levers: `says`."""

    reason: HoldReason = "call"
    works = True
    names = ("parec",)

    def __init__(self) -> None:
        self.says: Callable[[bool], None] = lambda _holds: None

    async def start(self, on_change: Callable[[bool], None]) -> None:
        self.says = on_change

    async def look(self) -> None:
        pass

    def settings_changed(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    def describe(self) -> str:
        return "a lever"


async def test_nobody_is_spoken_to_in_a_call_that_holds_no_prompt_back(home: SettingsHome, tmp_path: Path) -> None:
    """`hold.call = false` is about prompts; the others in the call would hear the coach all the same."""
    run, call = ShellRun(tmp_path / "history.db"), CallLever()
    run.ports.holds = Holds({"microphone": call}, lambda _reason: False)
    await run.start()
    try:
        coaches = Coaches(run)
        await run.shell.command("begin", {"exercise": "supine"}, HERE)
        stage = coaches.stage
        stage.lasts_s = 60
        await run.until(lambda: stage.words, "a word")
        call.says(True)
        await run.until(lambda: any(how == "cut" for how, _what in stage.log), "silence")
        assert run.shell.snapshot().holds == ()

        # Nor does music begin: whoever rang would hear that, too.
        await run.shell.command("stop", {}, HERE)
        await run.until(lambda: stage.closed == 2, "the end of the coach")
        assert coaches.music.log == ["quiet"]
        call.says(False)
        await run.until(lambda: coaches.music.log == ["quiet", "as it was"], "the music")
    finally:
        await run.stop()


async def test_a_prompt_that_comes_in_a_call_makes_no_sound(home: SettingsHome, tmp_path: Path) -> None:
    """It is shown, since the person wants no call to hold it back; the others need not hear it."""
    loaded = loaded_with(quick_settings(), prompt=PromptSettings(sound="tone"))
    run, call = ShellRun(tmp_path / "history.db", loaded=loaded), CallLever()
    run.ports.holds = Holds({"microphone": call}, lambda _reason: False)
    await run.start()
    try:
        call.says(True)
        await run.pass_(3600)
        await run.until(lambda: "prompt" in run.notes.shown, "the prompt")
        assert run.notes.shown["prompt"].sound is None
    finally:
        await run.stop()


async def test_status_says_what_the_last_stretch_was_heard_with(home: SettingsHome, tmp_path: Path) -> None:
    """What is installed need not work; other settings are another matter."""
    run = await ShellRun(tmp_path / "history.db", read_settings=all_settings.reload).start()
    try:
        coaches = Coaches(run)
        before = run.shell.describe()["sound"]
        await run.shell.command("begin", {"exercise": "supine"}, HERE)
        await run.until(lambda: coaches.stage.words, "a word")
        await run.shell.command("stop", {}, HERE)
        await run.until(lambda: not run.shell.sound.is_busy, "silence")
        assert run.shell.describe()["sound"] == ["a stage, a stage"] != before

        await run.shell.command("sound", {"volume": 50}, HERE)
        assert run.shell.describe()["sound"] == before
    finally:
        await run.stop()
