"""Music that makes room for a stretch: players on a real bus, streams on a real sound server."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from support.desktop import Desktop, needs
from support.sound import put_first, start_sound
from unsit.adapters import music_duck
from unsit.adapters.bus import Bus, Interface, Method, Property
from unsit.adapters.music_duck import QUIETER, DuckedMusic
from unsit.adapters.music_mpris import PATH, PLAYER, PREFIX, MprisMusic
from unsit.ports import AdapterError

# -------------------------------------------------------------------------------------------------------------------- MPRIS


class Player:
    """A player on the bus. Attributes: status: Playing, Paused or Stopped. asked: Pause and Play, in order."""

    def __init__(self, bus: Bus, status: str, *, breaks: bool = False) -> None:
        self.bus, self.status, self.breaks = bus, status, breaks
        self.asked: list[str] = []
        interface = Interface(
            PLAYER,
            methods={
                "Pause": Method("", "", lambda: self._set("Pause", "Paused")),
                "Play": Method("", "", lambda: self._set("Play", "Playing")),
            },
            properties={"PlaybackStatus": Property("s", lambda: self.status)},
        )
        bus.export(PATH, interface)

    def _set(self, asked: str, status: str) -> None:
        self.asked.append(asked)
        if self.breaks:
            raise RuntimeError("this player has a fault")
        self.status = status


class Players:
    def __init__(self) -> None:
        self._buses: list[Bus] = []

    async def add(self, name: str, status: str, **how: Any) -> Player:
        bus = await Bus.connect("session")
        self._buses.append(bus)
        player = Player(bus, status, **how)
        assert await bus.request_name(PREFIX + name)
        return player

    def close(self) -> None:
        for bus in self._buses:
            bus.close()


@pytest.fixture
async def players(session_bus: Desktop, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Players]:
    session_bus.enter(monkeypatch)
    made = Players()
    yield made
    made.close()


@pytest.fixture
async def mpris(players: Players) -> AsyncIterator[MprisMusic]:
    bus = await Bus.connect("session")
    yield MprisMusic(bus)
    bus.close()


async def test_who_plays_is_paused_and_goes_on_afterwards(players: Players, mpris: MprisMusic) -> None:
    """Who does not play is left alone, and twice is once."""
    plays, rests = await players.add("one", "Playing"), await players.add("two", "Paused")

    await mpris.quieten()
    await mpris.quieten()
    assert (plays.status, rests.asked) == ("Paused", [])

    await mpris.restore()
    await mpris.restore()
    assert plays.asked == ["Pause", "Play"]
    assert rests.asked == []


async def test_what_the_person_has_done_meanwhile_stays(players: Players, mpris: MprisMusic) -> None:
    """One they have stopped is not started again, and one they have set going is not asked to."""
    stopped, started = await players.add("one", "Playing"), await players.add("two", "Playing")
    await mpris.quieten()
    stopped.status, started.status = "Stopped", "Playing"

    await mpris.restore()

    assert stopped.asked == started.asked == ["Pause"]


async def test_a_player_that_fails_or_goes_stands_in_nobodys_way(players: Players, mpris: MprisMusic) -> None:
    """The others are paused and go on; whoever took the name of one that has gone is none of our business."""
    await players.add("broken", "Playing", breaks=True)
    gone, plays = await players.add("gone", "Playing"), await players.add("one", "Playing")

    await mpris.quieten()
    gone.bus.close()
    other = await players.add("gone", "Paused")
    await mpris.restore()

    assert plays.asked == ["Pause", "Play"]
    assert other.asked == []


# -------------------------------------------------------------------------------------------------------------------- ducked

FULL = 65536
NORMAL = (FULL, FULL)


def duckers() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.ZombieProcess, psutil.NoSuchProcess):  # one that is just going
            if "unsit.adapters.music_duck" in child.cmdline():
                found.append(child)
    return found


class Streams:
    """Programs that play, seen as pactl sees them."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop

    def play(self, name: str, volume: int | None = FULL) -> None:
        """Silence, from a program of that name. Without a volume it is the server's business."""
        binary = Path(self.desktop.env["TMPDIR"], name)
        if not binary.exists():
            shutil.copy("/usr/bin/pacat", binary)  # the sound server looks through a link
        loud = [f"--volume={volume}"] if volume is not None else []
        process = self.desktop.start([binary, "--raw", *loud, "/dev/zero"], name)
        put_first(process.pid)
        self.desktop.wait_for(lambda: name in self.volumes(), what=f"the stream of {name}")

    def stop(self, name: str) -> None:
        process, _log = next(
            pair for pair in self.desktop._processes if pair[1].stem == name and pair[0].poll() is None
        )
        self.desktop.stop(process)
        self.desktop.wait_for(lambda: name not in self.volumes(), what=f"the end of {name}")

    def volumes(self) -> dict[str, tuple[int, ...]]:
        listed = self.desktop.run(["pactl", "--format=json", "list", "sink-inputs"]).stdout
        return {
            Path(stream["properties"]["application.process.binary"]).name: tuple(
                channel["value"] for channel in stream["volume"].values()
            )
            for stream in json.loads(listed)
        }

    def is_quieter(self, name: str, before: int = FULL) -> bool:
        return self.volumes().get(name) == (round(QUIETER * before),) * 2

    def wait_until_quieter(self, name: str, before: int = FULL) -> None:
        self.desktop.wait_for(lambda: self.is_quieter(name, before), what=f"{name} made quieter")


@pytest.fixture
def streams(make_desktop: Callable[..., Desktop], monkeypatch: pytest.MonkeyPatch) -> Streams:
    desktop = make_desktop(screen=False)
    start_sound(desktop, "pulseaudio")
    desktop.enter(monkeypatch)
    return Streams(desktop)


@needs("pulseaudio", "pactl", "pacat")
async def test_music_is_made_quieter_and_as_it_was_again(streams: Streams) -> None:
    """Each from the volume it had; our own programs are not; what begins in between is, too; a hand on a slider counts."""
    streams.play("radio")
    streams.play("film", volume=FULL // 2)
    streams.play("paplay")
    music = DuckedMusic()

    await music.quieten()
    streams.wait_until_quieter("radio")
    streams.wait_until_quieter("film", FULL // 2)
    streams.play("news")
    streams.wait_until_quieter("news")
    assert streams.volumes()["paplay"] == NORMAL
    number = streams.desktop.run(["pactl", "list", "short", "sink-inputs"]).stdout.splitlines()[-1].split()[0]
    streams.desktop.run(["pactl", "set-sink-input-volume", number, "30000", "30000"])
    await music.restore()

    wanted = {"radio": NORMAL, "film": (FULL // 2,) * 2, "paplay": NORMAL, "news": (30000, 30000)}
    await streams.desktop.until(lambda: streams.volumes() == wanted, what=f"the volumes {wanted}")


@needs("pulseaudio", "pactl", "pacat")
async def test_a_program_whose_track_ended_begins_the_next_one_as_loud_as_before(streams: Streams) -> None:
    """The sound server remembers the last volume of each program, which was ours."""
    assert streams.desktop.run(["pactl", "load-module", "module-stream-restore"]).returncode == 0
    streams.play("radio")
    music = DuckedMusic()
    await music.quieten()
    streams.wait_until_quieter("radio")
    assert len(duckers()) == 1
    streams.stop("radio")
    await music.restore()

    streams.play("radio", volume=None)

    await streams.desktop.until(lambda: streams.volumes()["radio"] == NORMAL, what="the radio as it was")
    # The process has nothing left to do, and goes.
    await streams.desktop.until(lambda: not duckers(), what="the end of the process")


@needs("pulseaudio", "pactl", "pacat")
async def test_a_track_that_ended_before_a_pause_is_as_loud_as_before_in_the_end(streams: Streams) -> None:
    """Paused and gone on: what was known of its program before the pause is not forgotten."""
    assert streams.desktop.run(["pactl", "load-module", "module-stream-restore"]).returncode == 0
    streams.play("radio")
    music = DuckedMusic()
    await music.quieten()
    streams.wait_until_quieter("radio")
    streams.stop("radio")
    await music.restore()
    await music.quieten()

    streams.play("radio", volume=None)
    streams.play("news")
    streams.wait_until_quieter("news")
    await streams.desktop.until(lambda: streams.is_quieter("radio"), what="radio made quieter, once")
    assert len(duckers()) == 1
    await music.restore()

    await streams.desktop.until(lambda: streams.volumes()["radio"] == NORMAL, what="the radio as it was")
    await streams.desktop.until(lambda: not duckers(), what="the end of the process")


@needs("pulseaudio", "pactl", "pacat")
def test_music_is_as_it_was_when_the_daemon_dies(streams: Streams) -> None:
    """By SIGKILL, which nobody can prepare for: the kernel closes what the process that holds the volumes reads from."""
    streams.play("radio")
    script = (
        "import asyncio\n"
        "from unsit.adapters.music_duck import DuckedMusic\n"
        "async def main():\n"
        "    await DuckedMusic().quieten()\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    daemon = streams.desktop.start(["python", "-c", script], "daemon")
    streams.wait_until_quieter("radio")

    streams.desktop.stop(daemon, sig=signal.SIGKILL)

    streams.desktop.wait_for(lambda: streams.volumes()["radio"] == NORMAL, what="the radio as it was")


def test_a_second_track_is_not_made_quieter_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sound server gives a program's next stream the volume of its last one, which was ours."""
    asked: list[tuple[str, ...]] = []
    playing: list[dict[str, Any]] = []

    def pactl(*words: str) -> str:
        if "list" in words:
            return json.dumps(playing)
        asked.append(words)
        for stream in playing:
            if str(stream["index"]) == words[1]:
                stream["volume"]["mono"]["value"] = int(words[2])
        return ""

    def stream(index: int, volume: int) -> dict[str, Any]:
        binary = {"application.process.binary": "radio"}
        return {"index": index, "properties": binary, "volume": {"mono": {"value": volume}}}

    monkeypatch.setattr(music_duck, "_pactl", pactl)
    ducker = music_duck.Ducker()
    playing[:] = [stream(1, 50000)]
    ducker.duck()
    playing[:] = [stream(2, round(QUIETER * 50000))]
    ducker.duck()
    assert ducker.restore()

    assert asked == [("set-sink-input-volume", "1", "20000"), ("set-sink-input-volume", "2", "50000")]


async def test_without_pactl_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And the music plays on."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AdapterError, match="pulseaudio-utils"):
        await DuckedMusic().quieten()
    await DuckedMusic().restore()
