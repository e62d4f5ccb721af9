"""The tones in the package, and the script that makes them."""

from __future__ import annotations

import wave
from array import array
from pathlib import Path

import pytest

from support.sound import KNOWN, make_tones
from unsit import paths

TONES = paths.assets_dir() / "tones"
NAMES = ("start", "half", "switch", "end", "tick")


def read(name: str) -> array[int]:
    with wave.open(str(TONES / f"{name}.wav"), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, make_tones.RATE_HZ)
        return array("h", file.readframes(file.getnframes()))


def test_there_are_these_and_no_others() -> None:
    """What the coach plays is what the script makes."""
    assert set(make_tones.TONES) == set(NAMES) == {path.stem for path in TONES.iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_what_the_script_makes(name: str) -> None:
    """To the last bit but one, in which the sines of two machines may differ."""
    made, kept = make_tones.samples(make_tones.TONES[name]), read(name)

    assert len(made) == len(kept)
    assert max(abs(one - other) for one, other in zip(made, kept, strict=True)) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_no_tone_clicks(name: str) -> None:
    """It comes from nothing and goes to nothing; and it is loud enough, and never cut off."""
    samples = read(name)
    loudest = max(map(abs, samples))
    edge = round(0.001 * make_tones.RATE_HZ)

    assert max(map(abs, samples[:edge])) < 0.1 * loudest
    assert max(map(abs, samples[-edge:])) < 0.01 * loudest
    assert (0.3 if name == "tick" else 0.65) * 32767 < loudest < 0.85 * 32767


def test_the_tones_differ_in_their_notes() -> None:
    """So that somebody with closed eyes knows which it was; the tick by its length, too."""
    names = [name for name in NAMES if name != "tick"]
    for one in names:
        for other in names:
            likeness = sum(a * b for a, b in zip(KNOWN[one][0], KNOWN[other][0], strict=True))
            assert (likeness > 0.99) == (one == other), (one, other, likeness)
            assert one == other or likeness < 0.85, (one, other, likeness)


def test_they_are_small() -> None:
    """They come with every installation."""
    assert sum(Path(path).stat().st_size for path in TONES.iterdir()) < 170_000
