"""Players that work, fail, hang and are not there; the tones themselves as they are heard stand in test_sound_recorded.py."""

from __future__ import annotations

import asyncio
import signal
import stat
import sys
import wave
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from support.desktop import Desktop, needs
from support.patience import PATIENCE_S
from support.sound import Kind, Recording, heard, start_sound
from unsit import paths
from unsit.adapters import child, tone_player
from unsit.adapters.clip import Clip, read_clip
from unsit.adapters.tone_player import LINUX, ProgramPlayer, programs_of
from unsit.ports import AdapterError

TONES = paths.assets_dir() / "tones"


class Players:
    """Programs that write down how they were called: `plays` once it has the file open, `fails`, `hangs`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"
        self.log.touch()

    def make(self, name: str, body: str) -> tuple[str, ...]:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return (str(path),)

    def plays(self, name: str) -> tuple[str, ...]:
        return self.make(name, f'head -c 4 "$1" >/dev/null || exit 3\necho {name} >>{self.log}')

    def fails(self, name: str) -> tuple[str, ...]:
        return self.make(name, f"echo {name} >>{self.log}\nexit 1")

    def hangs(self, name: str) -> tuple[str, ...]:
        return self.make(name, f"echo $$ >>{self.log}\nexec sleep 60")

    def said(self) -> list[str]:
        return self.log.read_text().split()


@pytest.fixture
def players(tmp_path: Path) -> Players:
    return Players(tmp_path)


def is_there(pid: int) -> bool:
    """It runs, or has ended and nobody has waited for it."""
    return Path(f"/proc/{pid}").exists()


def open_descriptors() -> set[Path]:
    return set(Path("/proc/self/fd").iterdir())


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while is_there(pid):  # noqa: ASYNC110  another process ends
            await asyncio.sleep(0.01)


async def test_the_first_player_that_works_is_kept(players: Players) -> None:
    """One that fails costs the first tone a moment, and none after it anything."""
    player = ProgramPlayer(
        100, {"a": players.fails("a"), "gone": ("/no/such/program",), "b": players.plays("b"), "c": players.plays("c")}
    )

    await player.play_tone("start")
    await player.play_tone("half")

    assert players.said() == ["a", "b", "b"]
    assert player.is_proven
    assert player.describe() == "tones by b"
    player.close()


async def test_a_player_that_has_played_may_fail_for_a_moment(players: Players) -> None:
    """A sound server that is started anew costs a few sounds, and not all that are still to come."""
    moody = players.make("moody", f"echo moody >>{players.log}\ntest ! -e {players.folder}/broken")
    player = ProgramPlayer(100, {"moody": moody, "b": players.plays("b")})
    await player.play_tone("tick")
    broken = players.folder / "broken"
    for _round in range(2):  # what has worked again begins anew
        broken.touch()
        await player.play_tone("tick")
        broken.unlink()
        await player.play_tone("tick")
    assert players.said() == ["moody"] * 5

    broken.touch()
    for _time in range(tone_player.FAILURES_MOST):
        await player.play_tone("tick")
    assert "b" not in players.said()
    await player.play_tone("tick")
    assert players.said()[-2:] == ["moody", "b"], "it is given up"
    player.close()


async def test_where_nothing_plays_it_says_why(players: Players) -> None:
    """Once it knows, it asks no program any more."""
    player = ProgramPlayer(100, {"a": players.fails("a")})
    for _attempt in range(2):
        with pytest.raises(AdapterError, match="a: it ended with 1"):
            await player.play_tone("start")

    assert players.said() == ["a"]
    assert not player.works
    player.close()


async def test_a_player_that_hangs_is_ended_and_the_next_one_takes_over(
    players: Players, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tone it swallowed is lost; it is not played late."""
    monkeypatch.setattr(tone_player, "LATE_S", 0.2)
    player = ProgramPlayer(100, {"hung": players.hangs("hung"), "b": players.plays("b")})

    await player.play_tone("tick")
    (pid,) = players.said()
    await until_gone(int(pid))
    await player.play_tone("tick")

    assert players.said() == [pid, "b"]
    player.close()


async def test_while_a_player_is_doubted_the_next_one_plays(players: Players, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is only slow, on a busy machine, loses nothing by it: it is the first again."""
    monkeypatch.setattr(tone_player, "DOUBTED_S", 0.05)
    monkeypatch.setattr(tone_player, "LATE_S", PATIENCE_S)
    go = players.folder / "go"
    slow = players.make("slow", f"until test -e {go}; do sleep 0.02; done\necho slow >>{players.log}")
    player = ProgramPlayer(100, {"slow": slow, "b": players.plays("b")})
    first = asyncio.create_task(player.play_tone("tick"))
    async with asyncio.timeout(PATIENCE_S):
        await player.doubted()

    await player.play_tone("tick")
    assert players.said() == ["b"]
    go.touch()
    await first
    await player.play_tone("tick")
    assert players.said() == ["b", "slow", "slow"]
    assert (player.is_proven, player.describe()) == (True, "tones by slow")
    player.close()


async def test_a_player_that_hangs_has_a_second_chance_after_the_others(
    players: Players, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been the machine. One that hangs again is given up; two sounds of the same moment are one."""
    monkeypatch.setattr(tone_player, "LATE_S", 0.1)
    player = ProgramPlayer(100, {"hung": players.hangs("hung"), "b": players.hangs("b")})
    await player.play_tone("tick")
    assert list(player.programs) == ["b", "hung"]
    await asyncio.gather(player.play_tone("tick"), player.play_tone("tick"))
    assert list(player.programs) == ["hung", "b"]
    await player.play_tone("tick")
    assert list(player.programs) == ["b"]
    await player.play_tone("tick")
    with pytest.raises(AdapterError, match="b: it hangs"):
        await player.play_tone("tick")
    player.close()


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from unsit.adapters import child
async def play():
    playing = asyncio.create_task(child.run([sys.argv[1]], limit_s=60))
    while not Path(sys.argv[2]).read_text():
        await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(play())
"""


@needs("setpriv")
async def test_a_player_that_hangs_does_not_outlive_a_daemon_that_is_killed(players: Players) -> None:
    """Nobody is left who could end it."""
    (hung,) = players.hangs("hung")

    daemon = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, hung, str(players.log))

    assert await daemon.wait() == -signal.SIGKILL
    status = Path(f"/proc/{players.said()[0]}/status")

    def has_ended() -> bool:
        """Whoever inherits it may take note of that late, or never."""
        try:
            return "\nState:\tZ" in status.read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True

    async with asyncio.timeout(PATIENCE_S):
        while not has_ended():  # noqa: ASYNC110  another process ends
            await asyncio.sleep(0.01)


async def test_without_a_program_that_ties_it_plays_all_the_same(
    players: Players, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older one that does not know how, or none; and what is not installed is an error as before."""
    for tie in ("false", "/no/such/program", "setpriv"):
        monkeypatch.setattr(child, "_ties", [])
        monkeypatch.setattr(child, "_TIE", (tie, *child._TIE[1:]))
        assert await child.run(players.make("fine", "exit 7"), limit_s=PATIENCE_S) == 7
        with pytest.raises(FileNotFoundError):
            await child.run(["/no/such/player"], limit_s=PATIENCE_S)


async def test_who_is_cancelled_is_silent_at_once(players: Players) -> None:
    """The program, and what it has started, is gone and not a zombie."""
    player = ProgramPlayer(100, {"hung": players.hangs("hung")})
    playing = asyncio.create_task(player.play_tone("end"))
    while not players.said():  # noqa: ASYNC110  another process begins
        await asyncio.sleep(0.01)

    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing

    await until_gone(int(players.said()[0]))
    player.close()


async def test_every_tone_can_be_played_and_nothing_stays_open(players: Players) -> None:
    """Five clips, no descriptor afterwards."""
    before = open_descriptors()
    player = ProgramPlayer(50, {"a": players.plays("a")})

    for name in ("start", "half", "switch", "end", "tick"):
        await player.play_tone(name)
    player.close()

    assert players.said() == ["a"] * 5
    assert open_descriptors() <= before


async def test_a_tone_that_is_not_there_is_an_error_of_the_adapter(players: Players, tmp_path: Path) -> None:
    """A broken installation must not end the stretch."""
    player = ProgramPlayer(50, {"a": players.plays("a")}, tmp_path)
    with pytest.raises(AdapterError, match="cannot be read"):
        await player.play_tone("start")


def _samples(clip: Clip) -> array[int]:
    with wave.open(clip.path, "rb") as file:
        return array("h", file.readframes(file.getnframes()))


def test_volume_is_heard_as_it_is_set() -> None:
    """All of it at 100, a quarter of the amplitude at 50, nothing at 0; as long in each case."""
    loudest = []
    for volume in (100, 50, 0):
        clip = read_clip(TONES / "start.wav", volume)
        samples = _samples(clip)
        loudest.append(max(map(abs, samples)))
        assert clip.seconds == len(samples) / 22_050 == 0.6
        clip.close()

    assert loudest[0] > 26_000
    assert abs(loudest[1] - loudest[0] / 4) <= 1
    assert loudest[2] == 0


@pytest.mark.parametrize(
    ("server", "program"),
    [("pulseaudio", "paplay"), ("pulseaudio", "aplay"), ("pipewire", "pw-play"), ("pipewire", "aplay")],
)
@pytest.mark.alone
@needs("pulseaudio", "pipewire", "wireplumber", "pipewire-pulse", "paplay", "pw-play", "aplay", "parec")
async def test_each_player_is_heard(
    make_desktop: Callable[..., Desktop], monkeypatch: pytest.MonkeyPatch, server: Kind, program: str
) -> None:
    """By itself, on the real sound server: its arguments are right, and it can read a sound from memory."""
    desktop = make_desktop(screen=False)
    start_sound(desktop, server)
    recording = Recording(desktop)
    del desktop.env["ALSA_CONFIG_PATH"]  # aplay finds the sound server by the system's own configuration
    desktop.enter(monkeypatch)
    monkeypatch.delenv("ALSA_CONFIG_PATH", raising=False)
    player = ProgramPlayer(100, {program: LINUX[program]})

    await player.play_tone("start")

    assert player.is_proven
    await desktop.until(lambda: [sound.tone for sound in heard(recording.samples())] == ["start"], what="the tone")
    player.close()


def test_the_server_that_both_reach_is_asked_first() -> None:
    """Where PipeWire runs beside PulseAudio only for screen sharing, pw-play would play to nobody."""
    assert list(LINUX) == ["paplay", "pw-play", "aplay"]


def test_other_systems_play_with_what_they_have() -> None:
    """As documented; not run here."""
    assert programs_of("darwin") == {"afplay": ("afplay",)}
    ((name, words),) = programs_of("win32").items()
    assert words[0] == name
    assert "winsound.PlaySound(sys.argv[1], winsound.SND_FILENAME)" in words[-1]
