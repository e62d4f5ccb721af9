"""Who is there: absences that are confirmed, credited and ended, by what the sensors say.

What is found after a time in which nobody looked is learnt here too; when that was, sleeping.py and lifecycle.py know.
"""

from __future__ import annotations

from typing import Final

from unsit.core.model import (
    Absence,
    Found,
    InputSeen,
    InputStopped,
    Locked,
    NaturalBreak,
    SensorsChanged,
    State,
    Unlocked,
)
from unsit.core.rules import holding, prompting, sitting
from unsit.core.rules.turn import Turn

LONGEST_BREAK_S: Final = 4 * 3600.0
"""A longer absence is recorded, but is no break for the statistics."""


def is_blind(state: State) -> bool:
    """No working source will report a sign of the person: an unlock is none to wait for while nothing is locked."""
    return not state.can_see_input and not (state.can_see_unlock and state.is_locked)


def confirm_absence(turn: Turn, since_s: float) -> None:
    """The person is gone since their last input. In a session that is only remembered: it is the exercise."""
    state = turn.state
    if state.absence or state.is_after_session:
        return
    since_wall = turn.wall - (turn.now_s - since_s)
    is_outside = not state.is_open or since_wall < state.hours_from_wall
    turn.set(absence=Absence(since_s, since_wall, is_outside))
    if state.session is None and not credit_absence(turn):
        prompting.withdraw(turn, "away")


def _is_credited(state: State) -> bool:
    return state.absence is not None and state.now.boot_s - state.absence.since_s >= state.settings.away.credit_s


def credit_absence(turn: Turn) -> bool:
    """An open prompt ends as `away` once the absence is long enough."""
    absence = turn.state.absence
    if absence is None or not _is_credited(turn.state):
        return False
    if turn.state.prompt:
        prompting.end(turn, "away", absence.since_s)
    return True


def see_sign(turn: Turn, *, is_input: bool = False) -> None:
    """A sign of the person: an absence ends. While locked, input alone is remembered, not obeyed."""
    turn.set(idle_since_s=None)
    if is_input and turn.state.is_locked:
        return
    turn.set(asleep_since_s=None)
    if turn.state.session:
        turn.set(absence=None)
    elif turn.state.is_after_session:
        turn.set(is_after_session=False, absence=None)
        sitting.start(turn, turn.now_s)
    elif turn.state.absence:
        _return(turn, turn.state.absence)


def _return(turn: Turn, absence: Absence) -> None:
    is_credited = credit_absence(turn)
    turn.set(absence=None)
    seconds = turn.now_s - absence.since_s
    if not turn.state.is_open:
        return
    if is_credited:
        turn.set(routines_waiting=tuple(
            entry for entry in turn.state.routines_waiting if entry[2] or entry[1] < absence.since_wall
        ))  # fmt: skip
        if not absence.is_end_of_day:
            turn.say(NaturalBreak(turn.number(), seconds, counts=seconds <= LONGEST_BREAK_S))
        sitting.start(turn, turn.now_s)
        return
    holding.settle(turn, turn.now_s + turn.state.settings.prompt.settle_s)
    if turn.state.sitting_since_s is None:
        sitting.start(turn, turn.now_s)


def learn(turn: Turn, found: Found) -> None:
    """What the sensors say after a time in which nobody looked."""
    if found.holds is not None:
        for reason in turn.state.holds.keys() - set(found.holds):
            holding.end(turn, reason)
        for reason in found.holds:
            holding.begin(turn, reason)
    if found.is_locked and not turn.state.is_locked:
        lock(turn, found.last_input_s)
    if found.input_flows is False and turn.state.idle_since_s is None and found.last_input_s is not None:
        turn.set(idle_since_s=min(found.last_input_s, turn.now_s))


def learn_signs(turn: Turn, found: Found) -> None:
    if found.is_locked is False and turn.state.is_locked:
        turn.set(is_locked=False)
        see_sign(turn)
        if found.input_flows is False:  # they unlocked it, and left again
            turn.set(idle_since_s=turn.now_s)
    if found.input_flows:
        see_sign(turn, is_input=True)


def lock(turn: Turn, last_input_s: float | None) -> None:
    state = turn.state
    if state.is_locked:
        return
    known = last_input_s if state.idle_since_s is None else state.idle_since_s
    since_s = turn.now_s if known is None else min(known, turn.now_s)
    turn.set(is_locked=True, idle_since_s=since_s)
    confirm_absence(turn, since_s)


def confirmation_at(state: State) -> float | None:
    if state.idle_since_s is None or state.absence or state.is_after_session or not state.can_see_input:
        return None
    return state.idle_since_s + state.settings.away.idle_after_s


def fire_confirmation(turn: Turn, _at: float) -> None:
    if turn.state.idle_since_s is not None:
        confirm_absence(turn, turn.state.idle_since_s)


def credit_at(state: State) -> float | None:
    if state.absence is None or state.prompt is None:
        return None
    return state.absence.since_s + state.settings.away.credit_s


def fire_credit(turn: Turn, _at: float) -> None:
    credit_absence(turn)


def on_input_stopped(turn: Turn, event: InputStopped) -> None:
    if turn.state.idle_since_s is None:
        turn.set(idle_since_s=min(event.last_input_s, turn.now_s))


def on_input_seen(turn: Turn, _event: InputSeen) -> None:
    see_sign(turn, is_input=True)


def on_locked(turn: Turn, event: Locked) -> None:
    lock(turn, event.last_input_s)


def on_unlocked(turn: Turn, _event: Unlocked) -> None:
    if turn.state.is_locked:
        turn.set(is_locked=False)
        see_sign(turn)


def on_sensors_changed(turn: Turn, event: SensorsChanged) -> None:
    turn.set(can_see_input=event.can_see_input, can_see_unlock=event.can_see_unlock)
    if not event.can_see_unlock:
        turn.set(is_locked=False)  # nobody will say when it ends: from here on input counts
    if is_blind(turn.state) and turn.state.asleep_since_s is None:
        # An event that never comes must not leave somebody absent for ever.
        see_sign(turn)
