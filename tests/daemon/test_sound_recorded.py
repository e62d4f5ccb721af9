"""A stretch as it is heard: the installed daemon on real sound servers, their output recorded and looked at.

The same minute serves all tests: three people stretch at once, on PulseAudio, on PipeWire, and on the floor with a voice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support.daemon_run import LONG, DaemonRun
from support.desktop import Desktop, needs
from support.sound import GAP_S, RATE_HZ, Heard, Kind, Recording, heard, put_first, start_sound

pytestmark = [
    needs("pulseaudio", "pipewire", "wireplumber", "pipewire-pulse", "pactl", "parec", "paplay", "espeak-ng"),
    pytest.mark.alone,
]

SETTINGS = LONG + '[stretch]\nhold = "15s"\nwalk = "2s"\n[log]\nlevel = "debug"\n[sound]\nvolume = 100\n'
SPREAD_MOST_S = 0.7
"""Between the cues' instants and their sounds, on a machine that does other things too; `python -m bench.sound` measures."""
HOLD_S = 15.0
PIECE_S = 0.1
"""The recording comes in pieces, so that what was just played may seem to have been earlier."""
TONE_S = 0.45
"""Of the shortest that anybody waits for, where a busy machine may leave a hole in it."""
QUIET_S = 1.0
"""Listened to after the end."""
CUE = re.compile(r"Cue (\w+) of segment (\d+) at ([\d.]+): (\w*) ?(.*)$", re.M)


class Planned(NamedTuple):
    moment: str
    at_s: float
    tone: str
    words: str


class Stretch(NamedTuple):
    """One person's: what the daemon decided, and what was heard of it."""

    run: DaemonRun
    heard: list[Heard]
    recorded_s: float
    marks: dict[str, float]
    """Seconds of the recording at which something was done."""
    memfds: int
    """Sounds that the daemon still holds."""

    @property
    def planned(self) -> list[Planned]:
        return [
            Planned(moment, float(at_s), tone, said) for moment, _segment, at_s, tone, said in CUE.findall(self.run.log)
        ]


class Person:
    """Somebody with a sound server, a recording and a daemon."""

    def __init__(self, kind: Kind) -> None:
        self.desktop = Desktop(screen=False)
        start_sound(self.desktop, kind)
        self.recording = Recording(self.desktop)
        self.run = DaemonRun(self.desktop, SETTINGS)
        self.run.start()
        put_first(self.run.pid)
        self.marks: dict[str, float] = {}

    def say(self, name: str, method: str, **params: object) -> None:
        self.marks[name] = self.recording.position_s
        self.run.call(method, **params)
        self.marks[f"{name}, done"] = self.recording.position_s

    def index(self) -> int:
        session = self.run.snapshot["session"]
        return -1 if session is None else int(session["index"])

    def wait_for_index(self, index: int, timeout_s: float = 30) -> None:
        self.run.wait(lambda: self.index() == index, f"segment {index}", timeout_s)

    def close(self) -> Stretch:
        samples = self.recording.stop()
        fds = [str(fd.readlink()) for fd in Path("/proc", str(self.run.pid), "fd").iterdir()]
        return Stretch(
            self.run,
            heard(samples),
            len(samples) / RATE_HZ,
            self.marks,
            sum("memfd:unsit" in fd for fd in fds),
        )


@pytest.fixture(scope="module")
def stretches() -> Iterator[dict[str, Stretch]]:
    """Standing lunge on both servers: left side as it is, the rest at a finger's pace. On the floor: pause, mute, stop."""
    people: dict[str, Person] = {}
    try:
        people["pulseaudio"] = Person("pulseaudio")
        people["pipewire"] = Person("pipewire")
        people["floor"] = Person("pulseaudio")
        standing = [people["pulseaudio"], people["pipewire"]]
        floor = people["floor"]
        floor.say("begin", "begin", exercise="supine", here=True)
        for person in standing:
            person.say("begin", "begin", exercise="standing-lunge", here=True)
        for person in standing:
            person.recording.wait_for_sound(person.marks["begin"], TONE_S)
        for person in standing:
            person.say("left", "next")
        floor.recording.wait_for_sound(floor.marks["begin"], 3.0)
        floor.say("begin again", "previous")
        floor.recording.wait_for(1.5)
        floor.say("pause", "toggle")
        floor.recording.wait_for(1.5)
        floor.say("resume", "toggle")
        floor.recording.wait_for(1.5)
        floor.say("mute", "mute")
        floor.recording.wait_for(1.5)
        floor.say("unmute", "unmute")
        floor.say("hold", "next")
        floor.recording.wait_for_sound(floor.marks["hold"])
        floor.say("hurts", "hurts")
        floor.recording.wait_for(2.0)
        floor.marks["end"] = floor.recording.position_s
        for person in standing:
            person.wait_for_index(2)
        for person in standing:
            person.recording.wait_for_sound(person.marks["left"] + HOLD_S - 0.5, TONE_S)
        for person in standing:
            person.say("right", "next")
        for person in standing:
            person.recording.wait_for_sound(person.marks["right"], TONE_S)
        for person in standing:
            person.say("walk", "next")
        for person in standing:
            person.wait_for_index(-1)
            person.recording.wait_for_sound(person.marks["walk"], 1.5)
        standing[0].recording.wait_for(QUIET_S)
        yield {name: person.close() for name, person in people.items()}
    finally:
        for person in people.values():
            person.run.end()
            person.desktop.close()


STANDING = pytest.mark.parametrize("server", ["pulseaudio", "pipewire"])
END_TONE_S = 1.5


@STANDING
def test_every_tone_is_heard_and_nothing_else(stretches: dict[str, Stretch], server: str) -> None:
    """Start, half, the ticks of the last seconds, switch, end: each by its notes, in order, and silence in between."""
    stretch = stretches[server]

    assert [cue.tone for cue in stretch.planned] == [
        "start", "start", "half", *["tick"] * 5, "switch", "start", "start", "end",
    ]  # fmt: skip
    tones = [sound.tone for sound in stretch.heard]
    assert [tone for tone in tones if tone != "tick"] == [
        "start",
        "start",
        "half",
        "switch",
        "start",
        "start",
        "end",
    ], stretch.heard
    # A machine that is too busy for a tick leaves it out.
    assert set(tones[3:-4]) == {"tick"}, stretch.heard
    assert len(tones[3:-4]) <= 5


@STANDING
def test_every_tone_is_heard_at_its_time(stretches: dict[str, Stretch], server: str) -> None:
    """All of them the same little while after the instant that the daemon planned them for."""
    stretch = stretches[server]
    sounds_s = [sound.from_s for sound in stretch.heard if sound.tone != "tick"]
    cues_s = [cue.at_s for cue in stretch.planned if cue.tone != "tick"]
    lags_s = [sound_s - cue_s for sound_s, cue_s in zip(sounds_s, cues_s, strict=True)]

    assert max(lags_s) - min(lags_s) < SPREAD_MOST_S


@STANDING
def test_nothing_is_heard_after_the_end(stretches: dict[str, Stretch], server: str) -> None:
    """The last tone rings out, and that is all."""
    stretch = stretches[server]
    last = stretch.heard[-1]

    assert last.tone == "end"
    assert last.to_s - last.from_s < END_TONE_S + SPREAD_MOST_S
    assert stretch.recorded_s > last.to_s + GAP_S


def test_on_the_floor_a_voice_follows_the_tone(stretches: dict[str, Stretch]) -> None:
    """There is sound while the sentence is due, long after its tone has rung out."""
    floor = stretches["floor"]
    first = [sound for sound in floor.heard if sound.from_s < floor.marks["begin again"]]

    assert floor.planned[0].words.startswith("Supine psoas stretch. Lie down")
    assert first[0].tone == "start"
    assert sum(sound.to_s - sound.from_s for sound in first) > 3.0


def test_a_pause_is_silent_and_the_sentence_comes_again_after_it(stretches: dict[str, Stretch]) -> None:
    """At once, in the middle of a word; what was to be done may be forgotten by then."""
    floor = stretches["floor"]

    assert not _sounds_between(floor, "pause", "resume")
    assert floor.planned[2].words == floor.planned[0].words
    assert any(sound.tone == "start" and sound.from_s > floor.marks["resume"] for sound in floor.heard)


def test_a_muted_stretch_is_silent(stretches: dict[str, Stretch]) -> None:
    """In the middle of a word, and until it is wanted again."""
    assert not _sounds_between(stretches["floor"], "mute", "unmute")


def test_this_hurts_ends_every_sound(stretches: dict[str, Stretch]) -> None:
    """Kindly, which here means silently."""
    floor = stretches["floor"]

    assert any(floor.marks["hold"] < sound.to_s < floor.marks["hurts"] + SPREAD_MOST_S for sound in floor.heard)
    assert not _sounds_between(floor, "hurts", "end")


def test_no_child_and_no_descriptor_is_left(stretches: dict[str, Stretch]) -> None:
    """Of some twenty players and voices."""
    for stretch in stretches.values():
        assert stretch.run.children() == []
        assert stretch.memfds == 0


def _sounds_between(stretch: Stretch, begin: str, end: str) -> list[Heard]:
    """But for what the sound server had already been given."""
    from_s, to_s = stretch.marks[f"{begin}, done"] + SPREAD_MOST_S, stretch.marks[end] - PIECE_S
    assert to_s > from_s
    return [sound for sound in stretch.heard if sound.from_s < to_s and sound.to_s > from_s]
