"""Which exercise comes next, which side goes first, and how long a hold lasts."""

from __future__ import annotations

from typing import Final, Literal

from unsit.core.model import Exercise, Session, Side, State

WALK: Final = "walk"
"""The session where nothing suits: the walk alone."""

LeftOut = Literal["hurt", "off", "kind", "place", "avoid", "level"]
"""Why an exercise is not offered: it hurt, it was switched off, it is no stretch of both sides (those come in routines and
when asked for), or a setting of that name speaks against it."""

_HOLD_START_S: Final = 30.0
_HOLD_STEP_S: Final = 5.0
_HOLD_MOST_S: Final = 60.0
_SESSIONS_PER_STEP: Final = 10


def find(state: State, exercise: str) -> Exercise | None:
    return next((entry for entry in state.catalogue if entry.id == exercise), None)


def is_on(state: State, exercise: str) -> bool:
    """Neither switched off by the person nor by pain."""
    return exercise not in state.hurt and state.settings.exercises.get(exercise, True)


def left_out_for(state: State, exercise: Exercise) -> tuple[LeftOut, ...]:
    """Why the rotation does not offer it; empty for one that it may."""
    stretch = state.settings.stretch
    reasons: dict[LeftOut, bool] = {
        "hurt": exercise.id in state.hurt,
        "off": not state.settings.exercises.get(exercise.id, True),
        "kind": exercise.kind != "stretch" or not exercise.has_sides,
        "place": exercise.place not in stretch.place,
        "avoid": bool(set(exercise.avoid) & set(stretch.avoid)),
        "level": exercise.level != "gentle" and stretch.level != "deeper",
    }
    return tuple(reason for reason, holds in reasons.items() if holds)


def suits(state: State, exercise: Exercise) -> bool:
    """Whether the rotation may offer it."""
    return not left_out_for(state, exercise)


def pick(state: State) -> str:
    """The one completed longest ago; ties in catalogue order."""
    suiting = [entry.id for entry in state.catalogue if suits(state, entry)]
    return min(suiting, key=lambda name: state.last_completed.get(name, 0), default=WALK)


def left_out_stretches(state: State) -> dict[LeftOut, int]:
    """Of the stretches that the rotation is made of: why they are left out, each counted by its first reason."""
    reasons = [left_out_for(state, entry) for entry in state.catalogue]
    firsts = [why[0] for why in reasons if why and "kind" not in why]
    return {reason: firsts.count(reason) for reason in dict.fromkeys(firsts)}


def hold_s(state: State, exercise: str) -> float:
    wanted = state.settings.stretch.hold_s
    if wanted != "auto":
        return float(wanted)
    steps = state.completed.get(exercise, 0) // _SESSIONS_PER_STEP
    return min(_HOLD_START_S + _HOLD_STEP_S * steps, _HOLD_MOST_S)


def first_side(state: State, exercise: str) -> Side:
    return state.first_side.get(exercise, "left")


def other_side(side: Side) -> Side:
    return "right" if side == "left" else "left"


def remember_completed(state: State, session: Session, record: int) -> dict[str, object]:
    """The changes to the state that a completed session makes."""
    completed, last, sides = dict(state.completed), dict(state.last_completed), dict(state.first_side)
    for name in session.choice.exercises:
        completed[name] = completed.get(name, 0) + 1
        last[name] = record
        sides[name] = other_side(session.choice.first.get(name, "left"))
    return {"completed": completed, "last_completed": last, "first_side": sides}
