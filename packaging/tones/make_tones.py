"""Makes the tones of a stretch: src/unsit/assets/tones/*.wav.

    python packaging/tones/make_tones.py

Each is a short phrase of struck bars. A bar of a marimba sounds at its note and, tuned so by its maker, two octaves above it
(Rossing, "Science of Percussion Instruments", 2000, chapter 6); that partial, which dies away first, is what carries through
a room and from the speaker of a laptop. All notes are of C major, so that no two that meet are a discord.
"""

from __future__ import annotations

import math
import sys
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / "src/unsit/assets/tones"
RATE_HZ: Final = 22_050
"""Nothing in them is above 5 kHz."""
ATTACK_S: Final = 0.006
"""From nothing: a tone that begins at once clicks."""
RELEASE_S: Final = 0.04
PEAK: Final = 0.8
PARTIALS: Final = ((1.0, 1.0, 1.0), (4.0, 0.22, 3.0))
"""(times the note, loudness, how many times as fast it dies away)"""

A4, C5, D5, E5, G5, C6 = 440.0, 523.25, 587.33, 659.26, 783.99, 1046.5


@dataclass(frozen=True)
class Strike:
    """One bar struck: when, which, how hard, and how long until it is down to a third."""

    at_s: float
    note_hz: float
    loud: float = 1.0
    decay_s: float = 0.18


@dataclass(frozen=True)
class Tone:
    seconds: float
    strikes: tuple[Strike, ...]
    peak: float = PEAK


TONES: Final = {
    # Upwards, as a question is: something begins.
    "start": Tone(0.6, (Strike(0.0, C5, 0.8, 0.12), Strike(0.14, G5))),
    # One note: nothing to do, half of it is done.
    "half": Tone(0.6, (Strike(0.0, E5, 1.0, 0.2),), 0.7),
    # There and back and there: the other side.
    "switch": Tone(0.8, (Strike(0.0, D5, 1.0, 0.1), Strike(0.16, A4, 1.0, 0.1), Strike(0.32, D5, 1.0, 0.16))),
    # Up the chord, and it may ring.
    "end": Tone(
        1.5,
        (
            Strike(0.0, C5, 0.7, 0.25),
            Strike(0.15, E5, 0.75, 0.25),
            Strike(0.3, G5, 0.8, 0.3),
            Strike(0.45, C6, 1.0, 0.35),
        ),
    ),
    # A finger on the wood: it counts, and does not call.
    "tick": Tone(0.09, (Strike(0.0, A4, 1.0, 0.02),), 0.35),
}


def samples(tone: Tone) -> array[int]:
    """16 bits, mono, `RATE_HZ`; the loudest sample is at `tone.peak` of the most there is."""
    total = round(tone.seconds * RATE_HZ)
    sound = [0.0] * total
    for strike in tone.strikes:
        first = round(strike.at_s * RATE_HZ)
        for number in range(total - first):
            at_s = number / RATE_HZ
            attack = 0.5 - 0.5 * math.cos(math.pi * min(1.0, at_s / ATTACK_S))
            sound[first + number] += (
                strike.loud
                * attack
                * sum(
                    loud
                    * math.exp(-at_s * quick / strike.decay_s)
                    * math.sin(2 * math.pi * strike.note_hz * times * at_s)
                    for times, loud, quick in PARTIALS
                )
            )
    fade = round(RELEASE_S * RATE_HZ)
    for number in range(fade):
        sound[-1 - number] *= 0.5 - 0.5 * math.cos(math.pi * number / fade)
    scale = tone.peak * 32767 / max(map(abs, sound))
    made = array("h", (round(scale * value) for value in sound))
    if sys.byteorder == "big":
        made.byteswap()
    return made


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, tone in TONES.items():
        with wave.open(str(FOLDER / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(samples(tone).tobytes())


if __name__ == "__main__":
    main()
