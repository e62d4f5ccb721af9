"""What would be better in an exercise of one's own, though it works as it is: mostly cues that cannot be said in time."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from unsit.catalogue.exercise import ExerciseText, Moment, fill
from unsit.core.model import Segment
from unsit.core.session import PREPARE_LYING_S, PREPARE_STANDING_S, work_segments
from unsit.words import _, ngettext

TEMPLATE_NAME: Final = "exercise-template.toml"
"""What `unsit exercise new` copies; it lies beside the folder of the shipped exercises."""
WORDS_PER_S: Final = 2.5
"""Unhurried speech."""
HOLD_S: Final = 30.0
"""The shortest hold that the program chooses by itself."""
STEPS_MOST: Final = 4
"""What one remembers on the way down to the floor."""

_Place = tuple[str | int, ...]
Advice = tuple[_Place, str, str]
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
    told: set[_Place] = set()
    for place, available_s, needed_s, is_after in _spoken(exercise):
        if needed_s <= available_s or place in told:
            continue
        told.add(place)
        wrong = _("takes about {needed} s to say, and has {available}").format(
            needed=round(needed_s + 0.5), available=round(available_s)
        )
        right = (
            _("at most {words} words, those at the end of what comes before included")
            if is_after
            else _("at most {words} words")
        )
        yield place, wrong, right.format(words=int(available_s * WORDS_PER_S))


def untouched(exercise: ExerciseText, template: Path) -> Iterator[Advice]:
    """What still says what the template says, which is about no exercise at all."""
    still = set(tomllib.loads(template.read_text(encoding="utf-8"))["steps"])
    if count := sum(step in still for step in exercise.steps):
        wrong = ngettext("{n} sentence is still the template's", "{n} sentences are still the template's", count)
        yield ("steps",), wrong.format(n=count), _("what one does in this exercise")


def _step_lists(exercise: ExerciseText) -> Iterator[tuple[_Place, tuple[str, ...]]]:
    yield ("steps",), exercise.steps
    for number, stage in enumerate(exercise.own_stages):
        yield ("stages", number, "steps"), stage.steps


def _spoken(exercise: ExerciseText) -> Iterator[tuple[_Place, float, float, bool]]:
    """-> place of a cue, seconds until something else is said, seconds that it takes, and whether the cue that ends what
    comes before is in them: it is still heard then."""
    prepare_s = PREPARE_STANDING_S if exercise.place == "desk" else PREPARE_LYING_S
    segments = [Segment("prepare", prepare_s, None, exercise.id), *work_segments(exercise.rule(), "left", HOLD_S)]
    before: Segment | None = None
    for segment in segments:
        start_s, half_s = (_spoken_s(exercise, segment, moment) for moment in ("start", "half"))
        end_s = _spoken_s(exercise, before, "end") if before else 0.0
        until_half_s = segment.seconds / 2 if half_s else segment.seconds
        if start_s:
            yield _place(exercise, segment, "start"), until_half_s, end_s + start_s, end_s > 0
        elif before and end_s:
            yield _place(exercise, before, "end"), until_half_s, end_s, False
        yield _place(exercise, segment, "half"), segment.seconds / 2, half_s, False
        before = segment


def _spoken_s(exercise: ExerciseText, segment: Segment, moment: Moment) -> float:
    _table, cue = exercise.cue_of(segment.kind, segment.stage)
    return len(fill(getattr(cue, moment), "left").split()) / WORDS_PER_S


def _place(exercise: ExerciseText, segment: Segment, moment: Moment) -> _Place:
    table, _found = exercise.cue_of(segment.kind, segment.stage)
    return (*table, moment)
