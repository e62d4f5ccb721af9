"""What `unsit doctor` looks at of sound: what speaks and plays, and whether it reaches anything that sounds."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from unsit.adapters.tone_player import ProgramPlayer
from unsit.cli.checks import Fails, Tried
from unsit.core.model import HoldReason
from unsit.daemon.sound_wiring import tones_and_voice
from unsit.ports import AdapterError
from unsit.settings.types import AllSettings, SoundSettings
from unsit.words import N_, _

NO_SERVER: Final = N_("no sound server answers, and there is no sound card")
START_ONE: Final = N_("Start PulseAudio or PipeWire.")


def why_silent(settings: AllSettings, running: Mapping[str, Any] | None, found: Collection[HoldReason]) -> str:
    """Why no sound is made now for a try; empty where nobody minds. Args: found: what would keep a prompt back now."""
    if settings.sound.mute or (running is not None and running["snapshot"]["muted"]):
        return _("not tried: sound is muted, and `unsit unmute` brings it back")
    if "call" in found:
        return _("not tried: you are in a call")
    return ""


async def voice(settings: AllSettings, *, is_trying: bool, silent: str) -> Tried:
    """Only tried out where that is wanted: a voice may start a server that stays. Args: silent: why not even then; said."""
    wanted = settings.sound
    if wanted.voice == "off":
        return "off", _("switched off by sound.voice")
    if not wanted.volume:
        return "off", _("switched off by sound.volume")
    _tones_player, speaker = tones_and_voice(wanted)
    try:
        if not speaker.works:
            next_step = _("Install speech-dispatcher or espeak-ng.") if sys.platform == "linux" else ""
            raise Fails(speaker.describe(), next_step)
        if not await reached():
            raise Fails(f"{speaker.describe()}; {_(NO_SERVER)}", _(START_ONE))
        if not is_trying or silent:
            return "works", "; ".join(filter(None, [speaker.describe(), silent]))
        try:
            await speaker.say(_("This is the voice of your stretch."))
        except AdapterError as error:
            raise Fails(str(error), _(START_ONE)) from None
        return "works", f"{speaker.describe()}; {_('a sentence was spoken')}, {_volume(wanted)}"
    finally:
        speaker.close()


async def tones(settings: AllSettings, *, is_trying: bool, silent: str) -> Tried:
    """Args: as `voice`."""
    wanted = settings.sound
    if not wanted.tones:
        return "off", _("switched off by sound.tones")
    if not wanted.volume:
        return "off", _("switched off by sound.volume")
    player = ProgramPlayer(wanted.volume)
    try:
        if not player.works:
            raise Fails(player.describe(), _("Install pulseaudio-utils, pipewire-bin or alsa-utils."))
        if sys.platform == "linux" and not (await reached()).intersection(player.programs):
            raise Fails(f"{player.describe()}; {_(NO_SERVER)}", _(START_ONE))
        if not is_trying or silent:
            return "works", "; ".join(filter(None, [player.describe(), silent]))
        while not player.is_proven:  # one that hangs gives way to the next
            try:
                await player.play_tone("start")
            except AdapterError as error:
                raise Fails(str(error), _(START_ONE)) from None
        return "works", f"{player.describe()}; {_('a tone was played')}, {_volume(wanted)}"
    finally:
        player.close()


def _volume(wanted: SoundSettings) -> str:
    return _("at {volume} % (to change that: `unsit config set sound.volume NUMBER`)").format(volume=wanted.volume)


async def reached() -> set[str]:
    """Those of the programs that play (tone_player.LINUX) that have something to play on: a server that answers, or a card.
    All of them where that cannot be asked."""
    from unsit.adapters import stream
    from unsit.adapters.pulse import PulseConnection, socket_path

    if sys.platform != "linux" or _is_elsewhere(os.environ.get("PULSE_SERVER", "")):
        return {"paplay", "pw-play", "aplay"}
    found: set[str] = set()
    try:
        (await PulseConnection.open(socket_path())).close()
        found |= {"paplay", "aplay"}
    except AdapterError:
        pass
    runtime = os.environ.get("PIPEWIRE_RUNTIME_DIR") or os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        try:
            (await stream.connect(Path(runtime, os.environ.get("PIPEWIRE_REMOTE") or "pipewire-0"), 2.0)).close()
            found.add("pw-play")
        except OSError:
            pass
    return found | ({"aplay"} if _has_card() else set())


def _has_card() -> bool:
    """One that plays (Linux, Documentation/sound: the device files of PCM playback)."""
    return any(Path("/dev/snd").glob("pcm*p"))


def _is_elsewhere(servers: str) -> bool:
    """It is named by a network address, which is not asked."""
    words = [server.rpartition("}")[2] for server in servers.split()]
    return any(not word.startswith(("/", "unix:")) for word in words)
