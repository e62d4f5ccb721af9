"""A sound server with one output that nobody hears, and a recording of it to look at."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import operator
import os
import subprocess
import sys
from array import array
from pathlib import Path
from types import ModuleType
from typing import Final, Literal, NamedTuple

from support.desktop import Desktop

RATE_HZ: Final = 8000
"""Of the recordings: the bars of all tones sound below 4 kHz."""
SINK: Final = "unsit_test"
SILENCE: Final = 200
"""Of 32767; a server that resamples adds less."""
GAP_S: Final = 0.35
"""What is quiet for longer has ended."""
LOOKED_AT_S: Final = 0.4
"""A sentence begins after that."""
SCRIPT: Final = Path(__file__).parents[2] / "packaging/tones/make_tones.py"


def _is_real_time_allowed() -> bool:
    try:
        return subprocess.run(["chrt", "-r", "5", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    except FileNotFoundError:
        return False


IS_REAL_TIME: Final = _is_real_time_allowed()
FIRST: Final = ("chrt", "-r", "5") if IS_REAL_TIME else ("nice", "-n", "-15")
"""Sound comes first on a desktop, by the real-time service that a test has none of: on a busy machine a tone would have holes.
Without the right to it: as it is."""

Kind = Literal["pulseaudio", "pipewire"]


def _load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_tones", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_tones"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


make_tones: Final = _load_script()
NOTES_HZ: Final = sorted({strike.note_hz for tone in make_tones.TONES.values() for strike in tone.strikes})


def start_sound(desktop: Desktop, kind: Kind) -> None:
    """Start the server, ready when this returns; programs of the desktop find it by PULSE_SERVER, or in XDG_RUNTIME_DIR."""
    runtime = Path(desktop.env["XDG_RUNTIME_DIR"])
    socket = runtime / "pulse" / "native"
    if kind == "pulseaudio":
        socket.parent.mkdir(mode=0o700, exist_ok=True)
        desktop.start(
            [
                *FIRST, "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes",
                "-L", f"module-native-protocol-unix socket={socket}", "-L", f"module-null-sink sink_name={SINK}",
            ],
            "pulseaudio",
        )  # fmt: skip
    else:
        desktop.start([*FIRST, "pipewire"], "pipewire")
        desktop.wait_for(lambda: (runtime / "pipewire-0").exists(), what="PipeWire's socket")
        desktop.start([*FIRST, "wireplumber"], "wireplumber")
        desktop.start([*FIRST, "pipewire-pulse"], "pipewire-pulse")
    desktop.env["PULSE_SERVER"] = f"unix:{socket}"
    desktop.wait_for(lambda: socket.exists() and not desktop.run(["pactl", "info"]).returncode, what="the sound server")
    if kind == "pipewire":
        load = ["pactl", "load-module", "module-null-sink", "media.class=Audio/Sink", f"sink_name={SINK}"]
        assert desktop.run(load).returncode == 0
    desktop.wait_for(lambda: SINK in desktop.run(["pactl", "get-default-sink"]).stdout, what="the output")


class Recording:
    """What the output plays, from now on."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop
        self._file = desktop.dir / "recording.raw"
        self._process = desktop.start(
            [
                *FIRST, "parec", "--device", f"{SINK}.monitor", "--raw", f"--rate={RATE_HZ}", "--channels=1", "--format=s16le",
                "--latency-msec=20", self._file,
            ],
            "parec",
        )  # fmt: skip
        desktop.wait_for(lambda: self.position_s > 0, what="the recording")

    @property
    def position_s(self) -> float:
        """How much has been recorded."""
        return self._file.stat().st_size / 2 / RATE_HZ if self._file.exists() else 0.0

    def wait_for(self, seconds: float) -> None:
        """So much more has been recorded."""
        until_s = self.position_s + seconds
        self._desktop.wait_for(lambda: self.position_s >= until_s, seconds + 10, "more of the recording")

    def wait_for_sound(self, from_s: float, seconds: float = 0.05) -> None:
        """From there on so much has been heard, and the last of it is over."""

        def is_heard() -> bool:
            found = sounds(_cut(self.samples(), from_s, self.position_s))
            heard_s = sum(end - begin for begin, end in found)
            return heard_s >= seconds and self.position_s > from_s + found[-1][1] + GAP_S

        self._desktop.wait_for(is_heard, 15, f"{seconds:g} s of sound")
        self.wait_for(GAP_S)  # a tone that has a hole may go on, and what comes next is to be told from it

    def samples(self) -> array[int]:
        data = self._file.read_bytes()
        return array("h", data[: len(data) // 2 * 2])

    def stop(self) -> array[int]:
        samples = self.samples()
        self._desktop.stop(self._process)
        return samples


def put_first(process_id: int) -> None:
    """Of a program that plays, with what it will start: as `FIRST`."""
    with contextlib.suppress(PermissionError):
        if IS_REAL_TIME:
            os.sched_setscheduler(process_id, os.SCHED_RR, os.sched_param(5))
        else:
            os.setpriority(os.PRIO_PROCESS, process_id, -15)


class Heard(NamedTuple):
    """Something between two silences, in seconds of the recording. `tone`: which one it begins with; None for a voice."""

    from_s: float
    to_s: float
    tone: str | None


def heard(samples: array[int]) -> list[Heard]:
    """Everything that sounds, in order."""
    return [Heard(from_s, to_s, tone_at(samples, from_s, to_s)) for from_s, to_s in sounds(samples)]


def sounds(samples: array[int]) -> list[tuple[float, float]]:
    """From when to when something sounds."""
    step = RATE_HZ // 200
    loud = [
        start / RATE_HZ
        for start in range(0, len(samples) - step, step)
        if max(map(abs, samples[start : start + step])) > SILENCE
    ]
    found: list[tuple[float, float]] = []
    for at_s in loud:
        if found and at_s - found[-1][1] <= GAP_S:
            found[-1] = (found[-1][0], at_s)
        else:
            found.append((at_s, at_s))
    return found


def tone_at(samples: array[int], from_s: float, to_s: float) -> str | None:
    """The tone that has the same notes, as loud beside each other; None for a voice or a noise.

    A server that has to wait for a busy machine leaves holes in a tone; its notes are the same. So all of the sound is looked
    at, and if that is no tone its beginning: a sentence may follow.
    """
    for looked_at_s in (to_s - from_s, min(LOOKED_AT_S, to_s - from_s)):
        part = _cut(samples, from_s, looked_at_s)
        notes = _notes(part)
        length = math.hypot(*notes)
        total = math.sqrt(sum(sample * sample for sample in part) * len(part) / 2)
        if not total or length < 0.3 * total:
            continue
        likeness = {
            name: max(sum(map(operator.mul, notes, vector)) / length for vector in vectors)
            for name, vectors in KNOWN.items()
            if (to_s - from_s < 0.3) == (make_tones.TONES[name].seconds < 0.3)
        }
        best = max(likeness, key=lambda name: likeness[name])
        if likeness[best] > 0.85:
            return best
    return None


def _notes(samples: array[int]) -> list[float]:
    """How loud each note of `NOTES_HZ` is."""
    return [math.sqrt(max(0.0, goertzel(samples, note_hz))) for note_hz in NOTES_HZ]


def _known() -> dict[str, list[list[float]]]:
    """The same of the tones themselves, whole and at their beginning, as vectors of length 1."""
    found = {}
    for name, tone in make_tones.TONES.items():
        made = make_tones.samples(tone)
        slower = array("h", (made[int(at * make_tones.RATE_HZ / RATE_HZ)] for at in range(int(tone.seconds * RATE_HZ))))
        parts = (_notes(slower), _notes(_cut(slower, 0.0, min(LOOKED_AT_S, tone.seconds))))
        found[name] = [[note / math.hypot(*notes) for note in notes] for notes in parts]
    return found


def goertzel(samples: array[int], frequency_hz: float) -> float:
    """The power of one frequency: of a pure tone of amplitude a in n samples (a n / 2)^2."""
    turn = 2 * math.cos(2 * math.pi * frequency_hz / RATE_HZ)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    return before * before + last * last - turn * before * last


def _cut(samples: array[int], from_s: float, seconds: float) -> array[int]:
    start = round(from_s * RATE_HZ)
    return samples[start : start + round(seconds * RATE_HZ)]


KNOWN: Final = _known()


def add_microphone(desktop: Desktop, kind: Kind) -> str:
    """One that hears nothing; the name that programs record from."""
    null_source = ["module-null-source", "source_name=unsit_mic"]
    virtual = ["module-null-sink", "media.class=Audio/Source/Virtual", "sink_name=unsit_mic", "channel_map=mono"]
    loaded = desktop.run(["pactl", "load-module", *(null_source if kind == "pulseaudio" else virtual)])
    assert loaded.returncode == 0, loaded.stderr
    desktop.wait_for(
        lambda: "unsit_mic" in desktop.run(["pactl", "list", "short", "sources"]).stdout, what="the microphone"
    )
    return "unsit_mic"
