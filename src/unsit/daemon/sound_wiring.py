"""Builds the coach of a stretch: what is heard with on this system. Imported when one begins, or when somebody asks."""

from __future__ import annotations

from collections.abc import Callable

from unsit import paths
from unsit.adapters.bus import Bus
from unsit.adapters.null import NullMusic, NullTones, NullVoice
from unsit.adapters.tone_player import ProgramPlayer
from unsit.adapters.voice import Manner, Voices, find_ways
from unsit.catalogue import Catalogue
from unsit.daemon.coach import Coach
from unsit.ports import Music, Tones, Voice
from unsit.settings.types import SoundSettings
from unsit.words import _, language


def make_coach(
    wanted: SoundSettings,
    catalogue: Catalogue,
    now_s: Callable[[], float],
    on_note: Callable[[str], None],
    on_over: Callable[[], None],
) -> Coach:
    """Args: as Coach has them."""
    tones, voice = tones_and_voice(wanted)
    return Coach(wanted, catalogue, tones, voice, now_s=now_s, on_note=on_note, on_over=on_over)


def describe_system(wanted: SoundSettings) -> str:
    """What is installed; whether it works is found out by the first stretch."""
    tones, voice = tones_and_voice(wanted)
    return f"{tones.describe()}, {voice.describe()}"


def tones_and_voice(wanted: SoundSettings) -> tuple[Tones, Voice]:
    player = ProgramPlayer(wanted.volume)
    tones: Tones = player if wanted.tones and wanted.volume else NullTones(_("tones switched off"))
    if wanted.voice == "off" or not wanted.volume:
        return tones, NullVoice(_("voice switched off"))
    manner = Manner(language(), wanted.rate, wanted.volume, wanted.voice_name)
    return tones, Voices(find_ways(manner, player), wanted.rate)


def make_music(wanted: SoundSettings, bus: Bus | None, now_s: Callable[[], float]) -> Music:
    """Args: bus: the session bus, where there is one."""
    if wanted.music == "pause" and bus is not None:
        return players(bus, now_s)
    if wanted.music == "duck":
        from unsit.adapters.music_duck import DuckedMusic

        return DuckedMusic()
    return NullMusic()


def players(bus: Bus, now_s: Callable[[], float]) -> Music:
    """With those that a daemon before this one has paused and could not let go on."""
    from unsit.adapters.music_mpris import MprisMusic

    return MprisMusic(bus, paths.paused_note(), now_s)


def recover_volumes() -> None:
    """Of programs that are quieter than they were, since what held them so was killed."""
    from unsit.adapters.music_duck import DuckedMusic

    DuckedMusic().recover()
