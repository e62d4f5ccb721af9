"""What would be better in an exercise of one's own, though it works as it is: mostly cues that cannot be said in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from unsit.catalogue.exercise import Cue, ExerciseText, Moment, fill
from unsit.core.model import Segment
from unsit.core.session import PREPARE_LYING_S, PREPARE_STANDING_S, work_segments
from unsit.words import _

WORDS_PER_S: Final = 2.5
"""Unhurried speech."""
HOLD_S: Final = 30.0
"""The shortest hold that the program chooses by itself."""
STEPS_MOST: Final = 4
"""What one remembers on the way down to the floor."""

Advice = tuple[tuple[str | int, ...], str, str]
"""The place in the file, what is not so good, what would be better."""


def advice(exercise: ExerciseText) -> Iterator[Advice]:
    """In the order of the file."""
    if exercise.kind == "stretch" and not exercise.has_sides:
        yield (
            ("kind",),
            _("is a stretch without sides, which no break offers by itself"),
            _("`per_side = true`, or a routine"),
        )
    for place, steps in _step_lists(exercise):
        if len(steps) > STEPS_MOST:
            wrong = _("are more than one remembers on the way down")
            yield place, wrong, _("{most} or fewer; further ones as parts of their own").format(most=STEPS_MOST)
    said: set[tuple[str | int, ...]] = set()
    for place, available_s, needed_s in _spoken(exercise):
        if needed_s > available_s and place not in said:
            said.add(place)
            wrong = _("takes about {needed} s to say, and has {available}").format(
                needed=round(needed_s + 0.5), available=round(available_s)
            )
            yield place, wrong, _("at most {words} words").format(words=int(available_s * WORDS_PER_S))


def _step_lists(exercise: ExerciseText) -> Iterator[tuple[tuple[str | int, ...], tuple[str, ...]]]:
    yield ("steps",), exercise.steps
    for number, stage in enumerate(exercise.own_stages):
        yield ("stages", number, "steps"), stage.steps


def _spoken(exercise: ExerciseText) -> Iterator[tuple[tuple[str | int, ...], float, float]]:
    """-> place of a cue, seconds until something else is said, seconds that it takes."""
    prepare_s = PREPARE_STANDING_S if exercise.place == "desk" else PREPARE_LYING_S
    segments = [Segment("prepare", prepare_s, None, exercise.id), *work_segments(exercise.rule(), "left", HOLD_S)]
    carried_s = 0.0
    for segment in segments:
        start, half = (_spoken_s(exercise, segment, moment) for moment in ("start", "half"))
        until_half_s = segment.seconds / 2 if half else segment.seconds
        # What is said as a segment ends is still heard as the next one begins.
        yield _place(exercise, segment, "start"), until_half_s, carried_s + start if start else 0.0
        yield _place(exercise, segment, "half"), segment.seconds / 2, half
        carried_s = _spoken_s(exercise, segment, "end")


def _spoken_s(exercise: ExerciseText, segment: Segment, moment: Moment) -> float:
    _table, cue = _cue(exercise, segment)
    return len(fill(getattr(cue, moment), "left").split()) / WORDS_PER_S


def _place(exercise: ExerciseText, segment: Segment, moment: Moment) -> tuple[str | int, ...]:
    table, _found = _cue(exercise, segment)
    return (*table, segment.kind, moment)


def _cue(exercise: ExerciseText, segment: Segment) -> tuple[tuple[str | int, ...], Cue]:
    """The table in the file, and what stands in it; as ExerciseText.cue finds it."""
    if exercise.own_stages:
        cue: Cue = getattr(exercise.own_stages[segment.stage].cues, segment.kind)
        if cue != Cue() or (segment.kind == "prepare" and segment.stage):
            return ("stages", segment.stage, "cues"), cue
    return ("cues",), getattr(exercise.cues, segment.kind)
