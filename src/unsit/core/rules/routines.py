"""Routines: which one's time has come, and which of them can be offered."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from unsit.core import cron, rotation
from unsit.core.model import Prompt, State
from unsit.core.rules.turn import Turn, boot_of

GRACE_S: Final = 3600.0
"""A routine comes within this much of its time or not at all, and goes unanswered for this long."""


def next_wall(state: State, after_wall: float) -> float | None:
    times = (
        cron.next_time(routine.cron, after_wall, state.zone) for routine in state.settings.routine if routine.enabled
    )
    return min((time for time in times if time is not None), default=None)


def due_at(state: State) -> float | None:
    if state.routines_waiting and _first(state):
        return state.now.boot_s
    return None if state.routine_next_wall is None else boot_of(state, state.routine_next_wall)


def _first(state: State) -> Prompt | None:
    """The routine that can be offered now, as the prompt it would be (without its number)."""
    if state.prompt or state.session or state.absence or state.is_after_session or not state.is_open:
        return None
    times = {name: time for name, time, _ in state.routines_waiting}
    wall = state.now.wall.timestamp()
    for routine in state.settings.routine:
        time = times.get(routine.name)
        exercises = tuple(
            name for name in routine.exercises if rotation.is_on(state, name) and rotation.find(state, name)
        )
        if time is not None and routine.enabled and exercises and wall - time <= GRACE_S:
            return Prompt(
                id=0,
                stage="waiting",
                exercises=exercises,
                due_s=state.now.boot_s,
                waiting_s=state.now.boot_s,
                routine=routine.name,
                routine_wall=time,
                standing=state.is_standing,
                settings=state.settings.prompt,
            )
    return None


def fire_due(turn: Turn, _at: float) -> None:
    state = turn.state
    if state.routine_next_wall is not None and state.routine_next_wall <= turn.wall:
        _collect(turn)
    prompt = _first(turn.state)
    if prompt:
        turn.set(
            prompt=replace(prompt, id=turn.number()),
            routines_waiting=tuple(entry for entry in turn.state.routines_waiting if entry[0] != prompt.routine),
        )


def _collect(turn: Turn) -> None:
    """Note which routines' time has come since it was last looked; the latest time of each, once."""
    state = turn.state
    waiting = {entry[0]: entry for entry in state.routines_waiting if turn.wall - entry[1] <= GRACE_S}
    from_wall = max(state.routine_after_wall, turn.wall - GRACE_S - 1)
    for routine in state.settings.routine:
        if not routine.enabled:
            continue
        time = cron.next_time(routine.cron, from_wall, state.zone)
        while time is not None and time <= turn.wall:
            waiting[routine.name] = (routine.name, time, turn.is_waking)
            time = cron.next_time(routine.cron, time, state.zone)
    turn.set(
        routines_waiting=tuple(waiting.values()),
        routine_after_wall=turn.wall,
        routine_next_wall=next_wall(state, turn.wall),
    )
