"""The working hours open and close, as time passes and as somebody sets the clock."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from unsit.core import hours
from unsit.core.model import ClockStepped
from unsit.core.rules import prompting, routines, sitting
from unsit.core.rules.turn import Turn

CLOCK_WAS_WRONG_S: Final = 3600.0
"""A wall clock set back by more was wrong before: the routine times looked at in that future are forgotten."""


def follow_clock(turn: Turn) -> None:
    """Close and open as time passes, then as somebody set the clock: what was jumped over has not happened."""
    step_s, turn.step_s = turn.step_s, 0.0
    if step_s:
        turn.wall -= step_s
        follow_hours(turn)
        turn.wall += step_s
    follow_hours(turn, is_step=step_s != 0.0)


def follow_hours(turn: Turn, *, is_step: bool = False, is_new: bool = False) -> None:
    """Close and open as the wall clock says.

    Args:
        is_step: somebody set the clock: nothing passed, the hours are only different now.
        is_new: the hours themselves are.
    """
    state = turn.state
    if not is_new and state.hours_from_wall <= turn.wall < state.hours_until_wall:
        return
    span = hours.span_at(state.settings, state.zone, turn.wall)
    goes_on = span.is_open and (is_step or is_new or span.from_wall <= state.hours_until_wall)
    turn.set(is_open=span.is_open, hours_from_wall=span.from_wall, hours_until_wall=span.until_wall)
    if state.is_open and not goes_on:
        _close(turn)
    if span.is_open and not (state.is_open and goes_on):
        _open(turn, turn.now_s if is_step or is_new else turn.now_s - (turn.wall - span.from_wall))


def _close(turn: Turn) -> None:
    state = turn.state
    if state.prompt:
        prompting.end(turn, "expired", turn.now_s)
    if state.absence:
        turn.set(absence=replace(state.absence, is_end_of_day=True))
    turn.set(is_standing=False)
    sitting.clear(turn)


def _open(turn: Turn, at_s: float) -> None:
    if turn.state.absence is None and not turn.state.is_after_session:
        sitting.start(turn, min(at_s, turn.now_s))


def on_clock_stepped(turn: Turn, _event: ClockStepped) -> None:
    follow_hours(turn, is_step=True)
    if turn.state.routine_after_wall - turn.wall > CLOCK_WAS_WRONG_S:
        turn.set(routine_after_wall=turn.wall)
    turn.set(routine_next_wall=routines.next_wall(turn.state, turn.state.routine_after_wall))
