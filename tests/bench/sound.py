"""How late each tone of a stretch is, from the instant that the daemon planned it for to the first sound of the sound server.

    PYTHONPATH=tests .venv/bin/python -m bench.sound

Run by `make bench` too. The recording's own delay (parec, at 20 ms) is in the figures.
"""

from __future__ import annotations

import contextlib
import re
import statistics
import time
from typing import Final, NamedTuple

from support.daemon_run import LONG, DaemonRun
from support.desktop import Desktop, missing
from support.sound import Kind, Recording, heard, put_first, start_sound

SETTINGS: Final = LONG + '[stretch]\nhold = "15s"\nwalk = "2s"\n[log]\nlevel = "debug"\n[sound]\nvolume = 100\n'
CUE: Final = re.compile(r"Cue \w+ of segment \d+ at ([\d.]+): (\w+) ?$", re.M)
KINDS: Final[tuple[Kind, ...]] = ("pulseaudio", "pipewire")
WITHIN_MS: Final = 150


class Lateness(NamedTuple):
    kind: Kind
    late_ms: tuple[float, ...]
    """Of each tone, the ticks among them, in order."""

    def line(self) -> str:
        least, median, most = min(self.late_ms), statistics.median(self.late_ms), max(self.late_ms)
        return (
            f"The {len(self.late_ms)} tones of a stretch on {self.kind}, from their instant to the first sound: "
            f"{least:.0f} / {median:.0f} / {most:.0f} ms (least, median, most; wanted: at most {WITHIN_MS})"
        )


def measure(kind: Kind) -> Lateness:
    """A whole standing lunge, as it is."""
    with contextlib.closing(Desktop(screen=False)) as desktop:
        start_sound(desktop, kind)
        recording = Recording(desktop)
        run = DaemonRun(desktop, SETTINGS)
        run.start()
        put_first(run.pid)
        recording.wait_for(1.0)
        # Both clocks at one moment: the newest sample, and now.
        zero_s = min(_zero_s(recording) for _attempt in range(20))
        run.call("begin", exercise="standing-lunge", here=True)
        run.wait(lambda: run.snapshot["session"] is None, "the end of the stretch", 90)
        recording.wait_for(2.0)
        sounds = heard(recording.stop())
        planned = [(float(at_s), tone) for at_s, tone in CUE.findall(run.log)]
        run.end()
    if [sound.tone for sound in sounds] != [tone for _at_s, tone in planned]:
        raise RuntimeError(f"{kind}: planned were {planned}, heard was {sounds}: is the machine busy?")
    late_ms = [1000 * (zero_s + sound.from_s - at_s) for sound, (at_s, _tone) in zip(sounds, planned, strict=True)]
    return Lateness(kind, tuple(late_ms))


def _zero_s(recording: Recording) -> float:
    """When the recording began, on the clock of the cues; what has not been written yet makes it seem later."""
    before_s = recording.position_s
    while recording.position_s == before_s:
        time.sleep(0.001)
    return time.clock_gettime(time.CLOCK_BOOTTIME) - recording.position_s


def lines() -> list[str]:
    """One for each sound server that is installed; what went wrong is a line, too."""
    found = []
    for kind in KINDS:
        if missing(kind, "parec", "paplay"):
            continue
        try:
            found.append(measure(kind).line())
        except (RuntimeError, TimeoutError) as error:
            found.append(f"The tones on {kind} were not measured: {error}")
    return found


if __name__ == "__main__":
    print("\n".join(lines()))
