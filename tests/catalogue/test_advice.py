"""What would be better in an exercise: told by itself, and of none of the shipped ones."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from unsit.catalogue import ExerciseText, load
from unsit.catalogue.advice import advice
from unsit.catalogue.exercise import Cue, Cues
from unsit.paths import shipped_config_dir

SHIPPED = load(shipped_config_dir() / "exercises", None).exercises
LUNGE = next(text for text in SHIPPED if text.id == "standing-lunge")


def words(count: int) -> str:
    return " ".join(["on"] * count)


def cues(**changed: Cue) -> ExerciseText:
    """The standing lunge, held for 30 s a side, saying nothing but this."""
    return replace(LUNGE, cues=Cues(**{"hold": Cue(start="Lean in."), **changed}))


@pytest.mark.parametrize("exercise", SHIPPED, ids=lambda exercise: exercise.id)
def test_there_is_none_for_the_shipped_ones(exercise: ExerciseText) -> None:
    assert list(advice(exercise)) == []


@pytest.mark.parametrize(
    ("exercise", "place", "most"),
    [
        (cues(prepare=Cue(start=words(25))), None, 0),
        (cues(prepare=Cue(start=words(26))), ("cues", "prepare", "start"), 25),
        (cues(hold=Cue(start=words(75))), None, 0),
        (cues(hold=Cue(start=words(76))), ("cues", "hold", "start"), 75),
        (cues(hold=Cue(start=words(38), half=words(37))), ("cues", "hold", "start"), 37),
        (cues(hold=Cue(start=words(3), half=words(38))), ("cues", "hold", "half"), 37),
        (cues(hold=Cue(start="Lean.", end=words(10)), switch=Cue(start=words(10))), None, 0),
        (cues(hold=Cue(start="Lean.", end=words(10)), switch=Cue(start=words(11))), ("cues", "switch", "start"), 20),
        (cues(hold=Cue(start="Lean.", end=words(21))), ("cues", "hold", "end"), 20),
    ],
)
def test_a_cue_has_to_be_said_before_the_next_one(exercise: ExerciseText, place: tuple[str, ...], most: int) -> None:
    """In ten seconds of getting ready, a hold of thirty, its half, and eight of changing sides: two and a half words each."""
    found = [(where, right) for where, _wrong, right in advice(exercise)]

    assert [where for where, _right in found] == ([place] if place else [])
    assert [f"at most {most} words" in right for _where, right in found] == ([True] if place else [])
