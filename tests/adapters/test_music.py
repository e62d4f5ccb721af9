"""Music that makes room for a stretch: players on a real bus, streams on a real sound server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from support.desktop import Desktop, needs
from support.patience import PATIENCE_S
from support.sound import put_first, start_sound
from unsit.adapters import music_duck
from unsit.adapters.bus import BUS_NAME, BUS_PATH, Bus, Interface, Method, Property
from unsit.adapters.music_duck import QUIETER, DuckedMusic, Ducker, Orders, Sounding, serve
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


class Room:
    """One person's bus and note. Attributes: now_s: a lever."""

    def __init__(self, bus: Bus, note: Path) -> None:
        self.bus, self.note, self.now_s = bus, note, 5000.0

    def music(self) -> MprisMusic:
        """As a daemon that has just started has it."""
        return MprisMusic(self.bus, self.note, lambda: self.now_s)


@pytest.fixture
async def room(players: Players, tmp_path: Path) -> AsyncIterator[Room]:
    bus = await Bus.connect("session")
    yield Room(bus, tmp_path / "paused.json")
    bus.close()


@pytest.fixture
def mpris(room: Room) -> MprisMusic:
    return room.music()


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


async def test_whoever_comes_after_a_crash_finds_who_was_paused(players: Players, room: Room) -> None:
    """And lets them go on, once."""
    plays = await players.add("one", "Playing")
    await room.music().quieten()

    await room.music().restore()
    await room.music().restore()

    assert plays.asked == ["Pause", "Play"]
    assert not room.note.exists()


@pytest.mark.parametrize("later_s", [3600, -1])
async def test_music_that_stood_still_for_long_is_not_started(players: Players, room: Room, later_s: float) -> None:
    """Nobody expects it any more, nor in another boot."""
    plays = await players.add("one", "Playing")
    await room.music().quieten()
    room.now_s += later_s

    await room.music().restore()

    assert plays.asked == ["Pause"]
    assert not room.note.exists()


async def test_players_of_another_bus_are_others(players: Players, room: Room) -> None:
    """Their names are given out anew."""
    other = await players.add("one", "Paused")
    (owner,) = await room.bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetNameOwner", "s", PREFIX + "one")
    room.note.write_text(json.dumps({"bus": "0123", "since_s": room.now_s, "players": [owner]}))

    await room.music().restore()

    assert other.asked == []


async def test_who_speaks_for_another_player_is_not_asked_as_well(players: Players, mpris: MprisMusic) -> None:
    """playerctld hands everything on to the player that was heard last, which need not be the one that was paused."""
    proxy = await players.add("playerctld", "Playing")
    await mpris.quieten()
    await mpris.restore()
    assert proxy.asked == []


# -------------------------------------------------------------------------------------------------------------------- ducked

FULL = 65536
NORMAL = (FULL, FULL)
HOLDS_QUIET = """
import asyncio
from unsit.adapters.music_duck import DuckedMusic
async def main():
    await DuckedMusic().quieten()
    await asyncio.sleep(60)
asyncio.run(main())
"""


def duckers() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.ZombieProcess, psutil.NoSuchProcess):  # one that is just going
            if "unsit.adapters.music_duck" in child.cmdline():
                found.append(child)
    return found


def _binary(stream: dict[str, Any]) -> str:
    return Path(stream["properties"]["application.process.binary"]).name


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

    def turn(self, name: str, volume: int) -> None:
        """Somebody's hand on the slider of a program that plays."""
        listed = json.loads(self.desktop.run(["pactl", "--format=json", "list", "sink-inputs"]).stdout)
        (index,) = [stream["index"] for stream in listed if _binary(stream) == name]
        self.desktop.run(["pactl", "set-sink-input-volume", str(index), str(volume), str(volume)])

    def stop(self, name: str) -> None:
        process, _log = next(
            pair for pair in self.desktop._processes if pair[1].stem == name and pair[0].poll() is None
        )
        self.desktop.stop(process)
        self.desktop.wait_for(lambda: name not in self.volumes(), what=f"the end of {name}")

    def volumes(self) -> dict[str, tuple[int, ...]]:
        listed = self.desktop.run(["pactl", "--format=json", "list", "sink-inputs"]).stdout
        return {
            _binary(stream): tuple(channel["value"] for channel in stream["volume"].values())
            for stream in json.loads(listed)
        }

    def is_quieter(self, name: str, before: int = FULL) -> bool:
        return self.volumes().get(name) == (round(QUIETER * before),) * 2

    def wait_until_quieter(self, name: str, before: int = FULL) -> None:
        self.desktop.wait_for(lambda: self.is_quieter(name, before), what=f"{name} made quieter")


@pytest.fixture
def streams(
    make_desktop: Callable[..., Desktop], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Streams:
    desktop = make_desktop(screen=False)
    start_sound(desktop, getattr(request, "param", "pulseaudio"))
    desktop.enter(monkeypatch)
    return Streams(desktop)


@needs("pulseaudio", "pipewire", "wireplumber", "pipewire-pulse", "pactl", "pacat")
@pytest.mark.parametrize("streams", ["pulseaudio", "pipewire"], indirect=True)
async def test_music_is_made_quieter_and_as_it_was_again(streams: Streams) -> None:
    """Each from the volume it had; our own programs are not; what begins in between is, too; a hand on a slider counts."""
    streams.play("radio")
    streams.play("film")
    streams.turn("film", FULL // 2)
    streams.play("paplay")
    music = DuckedMusic()

    await music.quieten()
    streams.wait_until_quieter("radio")
    streams.wait_until_quieter("film", FULL // 2)
    streams.play("news")
    streams.wait_until_quieter("news")
    assert streams.volumes()["paplay"] == NORMAL
    streams.turn("news", 30000)
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
    daemon = streams.desktop.start(["python", "-c", HOLDS_QUIET], "daemon")
    streams.wait_until_quieter("radio")

    streams.desktop.stop(daemon, sig=signal.SIGKILL)

    streams.desktop.wait_for(lambda: streams.volumes()["radio"] == NORMAL, what="the radio as it was")


class Mixer:
    """What `serve` knows of a sound server. Levers: playing: the volume of each stream of the radio; while_looking; ending:
    streams that end before their volume is set."""

    def __init__(self, *volumes: int) -> None:
        self.playing = dict(enumerate(volumes))
        self.asked: list[tuple[int, ...]] = []
        self.ending: set[int] = set()
        self.has_changed, self.is_lost = asyncio.Event(), False
        self.while_looking: Callable[[], None] = lambda: None
        self._is_followed = False

    async def follow(self) -> None:
        self._is_followed = True

    async def streams(self) -> list[Sounding]:
        found = [Sounding(index, "radio", (volume,)) for index, volume in self.playing.items()]
        self.while_looking()
        return found

    async def set_volumes(self, index: int, volumes: tuple[int, ...]) -> None:
        if index in self.ending:
            raise AdapterError("there is no such stream")
        self.asked.append((index, *volumes))
        self.playing[index] = volumes[0]

    def begin(self, index: int, volume: int) -> None:
        self.playing[index] = volume
        if self._is_followed:
            self.has_changed.set()


async def test_a_second_track_is_not_made_quieter_twice(tmp_path: Path) -> None:
    """The sound server gives a program's next stream the volume of its last one, which was ours."""
    mixer = Mixer(50000)
    ducker = Ducker(mixer, tmp_path / "note.json")
    await ducker.duck()
    mixer.playing = {2: round(QUIETER * 50000)}
    await ducker.duck()
    assert await ducker.restore()

    assert mixer.asked == [(0, 20000), (2, 50000)]


async def test_a_stream_that_begins_while_the_first_are_looked_at_is_made_quieter(tmp_path: Path) -> None:
    """The server's news are asked for before the streams are."""
    mixer, note = Mixer(50000), tmp_path / "note.json"
    reading, writing = os.pipe()
    orders = Orders(reading, mixer.has_changed)
    once = iter([True])
    mixer.while_looking = lambda: mixer.begin(1, 40000) if next(once, False) else None

    serving = asyncio.create_task(serve(mixer, Ducker(mixer, note), orders))
    async with asyncio.timeout(PATIENCE_S):
        while mixer.playing != {0: 20000, 1: 16000}:  # noqa: ASYNC110  what it waits for has no event
            await asyncio.sleep(0.005)
        os.close(writing)
        await serving

    assert mixer.playing == {0: 50000, 1: 40000}
    assert not note.exists()


async def test_a_program_that_does_not_sound_again_stands_in_the_note(tmp_path: Path) -> None:
    """Whoever comes next knows how loud it was, a week long; somebody's hand on the slider counts more."""
    note = tmp_path / "state" / "note.json"
    mixer = Mixer(50000)
    first = Ducker(mixer, note)
    await first.duck()
    mixer.playing.clear()
    assert not await first.restore()

    later = Ducker(mixer, note)
    mixer.playing = {3: 20001}  # a server that counts in other units
    assert await later.restore()
    assert mixer.playing == {3: 50000}
    assert not note.exists()

    await first.duck()
    mixer.playing = {4: 12345}
    assert await Ducker(mixer, note).restore()
    assert mixer.playing == {4: 12345}

    await Ducker(mixer, note).duck()
    os.utime(note, (0, 0))
    mixer.playing = {5: round(QUIETER * 12345)}
    assert await Ducker(mixer, note).restore()
    assert mixer.playing == {5: round(QUIETER * 12345)}, "nobody remembers"


async def test_a_track_that_ends_as_it_is_put_right_leaves_its_program_in_the_note(tmp_path: Path) -> None:
    """The server remembers our volume for the next one."""
    mixer, note = Mixer(50000), tmp_path / "note.json"
    ducker = Ducker(mixer, note)
    await ducker.duck()
    mixer.ending = {0}
    assert not await ducker.restore()
    assert note.exists()

    mixer.playing = {1: 20000}
    assert await ducker.restore()
    assert mixer.playing == {1: 50000}
    assert not note.exists()


@needs("pulseaudio", "pactl", "pacat")
async def test_a_sound_server_that_is_just_starting_is_waited_for(
    streams: Streams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a login, where what the end of the last session left quiet is put right."""
    streams.play("radio", volume=20000)
    note = tmp_path / "note.json"
    note.write_text('{"radio": {"before": [50000, 50000], "ours": [20000, 20000]}}')
    reading, writing = os.pipe()
    os.close(writing)
    server = next(process for process, log in streams.desktop._processes if log.stem == "pulseaudio")
    server.send_signal(signal.SIGSTOP)
    try:
        with monkeypatch.context() as patch:
            patch.setattr("unsit.adapters.pulse.PulseConnection.open.__func__.__kwdefaults__", {"answer_within_s": 0.1})
            putting_right = asyncio.create_task(music_duck.run(reading, note))
            await asyncio.sleep(0.3)  # longer than one that runs is waited for
    finally:
        server.send_signal(signal.SIGCONT)
    await putting_right

    assert streams.volumes()["radio"] == (50000, 50000)
    assert not note.exists()


@pytest.mark.parametrize("text", ["", "{", '{"radio": 7}'])
async def test_a_note_that_is_none_is_left_out(tmp_path: Path, text: str) -> None:
    """Whatever happened to it."""
    note = tmp_path / "note.json"
    note.write_text(text)
    mixer = Mixer(50000)
    ducker = Ducker(mixer, note)
    await ducker.duck()
    assert await ducker.restore()
    assert mixer.asked == [(0, 20000), (0, 50000)]


@needs("pulseaudio", "pactl", "pacat")
def test_what_holds_the_volumes_may_be_killed_too(streams: Streams) -> None:
    """Both at once, as by somebody who ends everything: the next start finds the note."""
    streams.play("radio")
    daemon = streams.desktop.start(["python", "-c", HOLDS_QUIET], "daemon")
    streams.wait_until_quieter("radio")
    (holder,) = psutil.Process(daemon.pid).children()
    holder.kill()
    streams.desktop.stop(daemon, sig=signal.SIGKILL)
    assert streams.is_quieter("radio")
    note = Path(streams.desktop.env["XDG_STATE_HOME"], "unsit", "quieter.json")
    assert note.exists()

    streams.desktop.start(["unsit", "run"], "unsit")

    streams.desktop.wait_for(lambda: streams.volumes()["radio"] == NORMAL, what="the radio as it was")
    streams.desktop.wait_for(lambda: not note.exists(), what="the end of the note")


async def test_where_nothing_can_be_started_the_volumes_wait_for_the_next_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And the daemon's own start goes on."""
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    DuckedMusic().recover()
    assert "/nowhere/python" in caplog.text


async def test_without_a_sound_server_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And the music plays on."""
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'native'}")
    with pytest.raises(AdapterError, match="no sound server"):
        await DuckedMusic().quieten()
    await DuckedMusic().restore()
