"""Sound as `unsit doctor` looks at it: without a sound server, and tried on a real one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from support.desktop import Desktop, needs
from support.sound import Recording, heard, start_sound
from unsit import settings as all_settings
from unsit.cli import checks_sound
from unsit.cli.checks import Fails
from unsit.settings.types import AllSettings


def settings(**sound: Any) -> AllSettings:
    loaded = all_settings.load(exercise_ids=None).settings
    return replace(loaded, sound=replace(loaded.sound, **sound))


def only(folder: Path, monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    """Nothing else is installed."""
    folder.mkdir()
    for program in programs:
        found = shutil.which(program)
        assert found
        (folder / program).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))


@needs("paplay", "espeak-ng")
async def test_what_is_installed_is_no_tick_where_no_sound_server_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither for the tones nor for a voice; the next step is to start one."""
    only(tmp_path / "bin", monkeypatch, "paplay", "espeak-ng")
    monkeypatch.setattr(checks_sound, "_has_card", lambda: False)
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    monkeypatch.setenv("PULSE_RUNTIME_PATH", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for check in (checks_sound.tones, checks_sound.voice):
        with pytest.raises(Fails, match="no sound server answers") as raised:
            await check(settings(voice="always"), is_trying=False, silent="")
        assert raised.value.next_step == "Start PulseAudio or PipeWire."

    monkeypatch.setenv("PULSE_SERVER", "tcp:music.local")  # which is not asked
    assert (await checks_sound.tones(settings(), is_trying=False, silent=""))[0] == "works"


@pytest.mark.alone
@needs("pulseaudio", "pactl", "parec", "paplay", "espeak-ng")
async def test_tried_a_tone_and_a_sentence_are_heard(
    make_desktop: Callable[..., Desktop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is said how loud they were; nothing is heard by somebody who is in a call."""
    desktop = make_desktop(screen=False)
    start_sound(desktop, "pulseaudio")
    recording = Recording(desktop)
    desktop.enter(monkeypatch)
    only(tmp_path / "bin", monkeypatch, "paplay", "espeak-ng")
    quiet = checks_sound.why_silent(settings(), None, {"call"})
    for check in (checks_sound.tones, checks_sound.voice):
        state, said = await check(settings(voice="always"), is_trying=True, silent=quiet)
        assert (state, said.rpartition("; ")[2]) == ("works", "not tried: you are in a call")
    assert heard(recording.samples()) == []

    state, said = await checks_sound.tones(settings(volume=80), is_trying=True, silent="")
    assert state == "works"
    assert "tones by paplay; a tone was played, at 80 %" in said
    await desktop.until(lambda: [sound.tone for sound in heard(recording.samples())] == ["start"], what="the tone")
    from_s = recording.position_s
    state, said = await checks_sound.voice(settings(voice="always", volume=80), is_trying=True, silent="")
    assert state == "works"
    assert "a sentence was spoken, at 80 %" in said
    recording.wait_for_sound(from_s, 0.3)


def test_sound_is_made_only_where_nobody_minds() -> None:
    """Muted by the settings or by what runs, or in a call."""
    assert checks_sound.why_silent(settings(), None, {"dnd"}) == ""
    assert checks_sound.why_silent(settings(), {"snapshot": {"muted": False}}, set()) == ""
    assert "muted" in checks_sound.why_silent(settings(mute=True), None, set())
    assert "muted" in checks_sound.why_silent(settings(), {"snapshot": {"muted": True}}, set())
    assert "in a call" in checks_sound.why_silent(settings(), None, {"call"})


async def test_what_is_switched_off_is_no_fault() -> None:
    """By its own setting, or by a volume of nothing."""
    for sound in ({"voice": "off", "tones": False}, {"volume": 0, "voice": "always"}):
        for check in (checks_sound.tones, checks_sound.voice):
            assert (await check(settings(**sound), is_trying=True, silent=""))[0] == "off"
