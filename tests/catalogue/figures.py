"""The shipped figures, and how the tests go through every moment of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from unsit.catalogue import ExerciseText, load
from unsit.catalogue.motion import MotionKind, body_at, tracks_of
from unsit.catalogue.pose import Part, Scene
from unsit.catalogue.psoas import SEATED
from unsit.catalogue.rig import Body, solve
from unsit.core.session import BREATH_S, PREPARE_LYING_S, REP_S, SWITCH_S
from unsit.paths import shipped_config_dir

EXERCISES: dict[str, ExerciseText] = {
    exercise.id: exercise
    for exercise in load(shipped_config_dir() / "exercises", None).exercises
    if exercise.figure is not None
}
SCENES: dict[str, Scene] = {name: text.figure for name, text in EXERCISES.items() if text.figure is not None}
ALL = {**SCENES, "seated": SEATED}
WALKING = [name for name, scene in SCENES.items() if scene.walks]
POSED = {name: scene for name, scene in SCENES.items() if not scene.walks}

TOLERANCE = 0.01
"""Of body height: nothing that rests somewhere may be further away than that."""

PARTS: tuple[Part, ...] = (
    "pelvis", "back", "head", "near_knee", "near_foot", "near_hand", "near_elbow",
    "far_knee", "far_foot", "far_hand", "far_elbow",
)  # fmt: skip

each_exercise = pytest.mark.parametrize("name", EXERCISES)


def work(name: str) -> Body:
    """The working pose."""
    return solve(SCENES[name].work, SCENES[name])


def segments_of(text: ExerciseText) -> dict[MotionKind, float]:
    """The kinds of segments that show this figure -> seconds that have in them all there is to see."""
    seconds: dict[MotionKind, float] = {"before": 10.0, "prepare": PREPARE_LYING_S / 2}
    seconds[text.work] = {"hold": 15.0, "reps": 2 * REP_S, "breaths": 3 * BREATH_S, "rest": 15.0, "walk": 4.0}[
        text.work
    ]
    if text.per_side:
        seconds["switch"] = SWITCH_S
    return seconds


def moments(text: ExerciseText, per_s: float) -> Iterator[tuple[MotionKind, list[Body]]]:
    """Each kind of segment, with its bodies from beginning to end."""
    for kind, seconds in segments_of(text).items():
        yield kind, list(_bodies(text.id, kind, seconds, per_s))


@cache
def _bodies(name: str, kind: MotionKind, seconds: float, per_s: float) -> tuple[Body, ...]:
    count = round(seconds * per_s)
    return tuple(body_at(SCENES[name], kind, step / per_s, seconds) for step in range(count + 1))


def kinds_of(text: ExerciseText) -> set[MotionKind]:
    assert text.figure is not None
    return set(segments_of(text)) & set(tracks_of(text.figure))
