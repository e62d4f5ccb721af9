"""The rules of the day: `step(state, event) -> (state, decisions)`, pure. docs/rules.md says the same in words.

What each event does (RULES), which timers there are and in which order those of one instant are decided (TIMERS) is seen here.
How it is done is in rules/, a room for each idea; arithmetic that needs no decision is in hours.py, cron.py, rotation.py and
session.py.

An event that comes late or twice is normal on a desktop: it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from unsit.core import hours
from unsit.core.model import (
    AnyDecision,
    AnyEvent,
    BeginAsked,
    ChooseAsked,
    ClockStepped,
    Command,
    DoneAsked,
    Event,
    HoldBegan,
    HoldEnded,
    HurtsAsked,
    InputSeen,
    InputStopped,
    Locked,
    NextAsked,
    PauseAsked,
    PreviousAsked,
    ResumeAsked,
    SensorsChanged,
    SettingsChanged,
    SitAsked,
    SkipAsked,
    Slept,
    SnoozeAsked,
    StandAsked,
    Started,
    State,
    StopAsked,
    Stopped,
    Tick,
    ToggleAsked,
    UndoAsked,
    Unlocked,
    Woke,
)
from unsit.core.rules import (
    commands,
    guiding,
    holding,
    lifecycle,
    presence,
    prompting,
    routines,
    sleeping,
    undo,
    workday,
)
from unsit.core.rules.turn import Timer, Turn, boot_of

Rule = Callable[[Turn, Any], None]


def _on_tick(turn: Turn, _event: Tick) -> None:
    """What is due is decided before and after every event."""


RULES: Final[Mapping[type[Event], Rule]] = {
    Stopped: lifecycle.on_stopped,
    Tick: _on_tick,
    ClockStepped: workday.on_clock_stepped,
    SettingsChanged: lifecycle.on_settings_changed,
    InputStopped: presence.on_input_stopped,
    InputSeen: presence.on_input_seen,
    Locked: presence.on_locked,
    Unlocked: presence.on_unlocked,
    SensorsChanged: presence.on_sensors_changed,
    Slept: sleeping.on_slept,
    Woke: sleeping.on_woke,
    HoldBegan: holding.on_hold_began,
    HoldEnded: holding.on_hold_ended,
    BeginAsked: commands.on_begin,
    SnoozeAsked: commands.on_snooze,
    SkipAsked: commands.on_skip,
    DoneAsked: commands.on_done,
    UndoAsked: lambda turn, _event: undo.take_back(turn, step),
    PauseAsked: commands.on_pause,
    ResumeAsked: commands.on_resume,
    StandAsked: commands.on_stand,
    SitAsked: commands.on_sit,
    ToggleAsked: guiding.on_toggle,
    NextAsked: guiding.on_next,
    PreviousAsked: guiding.on_previous,
    StopAsked: guiding.on_stop,
    HurtsAsked: guiding.on_hurts,
    ChooseAsked: guiding.on_choose,
}
"""What each event does. `Started` makes the state and stands apart: `lifecycle.start`."""

NOT_IN_SESSION: Final = (BeginAsked, DoneAsked, SnoozeAsked, SkipAsked, StandAsked, SitAsked, UndoAsked)
ONLY_IN_SESSION: Final = (ToggleAsked, NextAsked, PreviousAsked, StopAsked, HurtsAsked, ChooseAsked)
UNDOABLE: Final = (SkipAsked, DoneAsked, SnoozeAsked, StandAsked, SitAsked)

TIMERS: Final[tuple[Timer, ...]] = (
    # Closing and opening come before all of these: workday.follow_hours.
    Timer("end of a pause", holding.pause_end_at, holding.end_pause),
    Timer("confirmation", presence.confirmation_at, presence.fire_confirmation),
    Timer("credit", presence.credit_at, presence.fire_credit),
    Timer("missed", prompting.missed_at, prompting.fire_missed),
    Timer("session segment", guiding.segment_at, guiding.fire_segment),
    Timer("end of a snooze", prompting.snooze_end_at, prompting.fire_snooze_end),
    Timer("limit of a hold", holding.limit_at, holding.fire_limit),
    Timer("end of a settle", prompting.offer_at, prompting.fire_offer),
    Timer("due", prompting.due_at, prompting.fire_due),
    Timer("reminder", prompting.reminder_at, prompting.fire_reminder),
    Timer("routine", routines.due_at, routines.fire_due),
)
"""In the order in which those of one instant are decided."""

TURNS_MOST: Final = 10_000
"""Bounds the timers of one step: more means two rules that undo each other, a bug that must not hang a desktop."""


def step(state: State | None, event: AnyEvent) -> tuple[State, tuple[AnyDecision, ...]]:
    """One event: what is the case after it, and what was decided.

    Args:
        state: None before the very first start.

    Raises:
        ValueError: no state, and the event is not `Started`.
    """
    if isinstance(event, Started):
        turn = lifecycle.start(state, event, _decide_due)
        _decide_due(turn)
        if state is not None:
            undo.remember(turn, state.undoable, event)
        return turn.state, tuple(turn.decisions)
    if state is None:
        raise ValueError(f"{type(event).__name__} before Started")
    turn = Turn(state, event.now, _decide_due)
    if state.is_stopped:  # what comes while the daemon ends decides nothing: the next start finds what is so
        if isinstance(event, Command):
            turn.refuse(type(event), "Unsit is ending", "Start it again.")
        return state, tuple(turn.decisions)
    if not _comes_before_what_is_due(event):
        _decide_due(turn)
    if isinstance(event, Command):
        _obey(turn, event)
    else:
        RULES[type(event)](turn, event)
    _decide_due(turn)
    if not isinstance(event, UndoAsked):
        undo.remember(turn, state.undoable, event)
    return turn.state, tuple(turn.decisions)


def _comes_before_what_is_due(event: AnyEvent) -> bool:
    """After a sleep the order is its own; and what a look finds was there before the prompt that one looks for."""
    return isinstance(event, Woke) or (isinstance(event, HoldBegan) and event.was_there)


def _obey(turn: Turn, event: Command) -> None:
    """A command is a sign of the person, then does what it says, if the state allows it."""
    # What is taken back comes first: it decides who is away.
    if not (isinstance(event, UndoAsked) and undo.is_possible(turn.state, turn.now_s)):
        presence.see_sign(turn)
        _decide_due(turn)
    if turn.state.session and isinstance(event, NOT_IN_SESSION):
        turn.refuse(type(event), "a session is running", "Stop it first, or let it end.")
        return
    if turn.state.session is None and isinstance(event, ONLY_IN_SESSION):
        turn.refuse(type(event), "no session is running", "Start one with `unsit begin`.")
        return
    before, said = turn.state, len(turn.decisions)
    RULES[type(event)](turn, event)
    if isinstance(event, UNDOABLE):
        undo.make_possible(turn, event, before, turn.decisions[said:])


def _decide_due(turn: Turn) -> None:
    """Decide every timer that is due, in their order; none while the machine sleeps."""
    for _ in range(TURNS_MOST):
        if turn.state.asleep_since_s is not None or turn.state.is_stopped:
            return
        workday.follow_clock(turn)
        for timer in TIMERS:
            at_s = timer.at(turn.state)
            if at_s is not None and at_s <= turn.now_s:
                timer.fire(turn, at_s)
                break
        else:
            return
    raise AssertionError(f"timers without end at {turn.now}")


def next_wake_s(state: State) -> float | None:
    """The instant of the next timer, on the boot clock; None where nothing is waited for."""
    if state.asleep_since_s is not None or state.is_stopped:
        return None
    times = [at_s for timer in TIMERS if (at_s := timer.at(state)) is not None]
    if state.hours_until_wall < hours.FOREVER_WALL:
        times.append(boot_of(state, state.hours_until_wall))
    return min(times, default=None)


def wants_next_input(state: State) -> bool:
    """A source should tell the next input soon after it stops: something depends on it."""
    return bool(
        state.session or state.is_after_session or state.absence or state.is_locked or state.asleep_since_s is not None
    )
