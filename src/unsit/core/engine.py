"""The rules of the day: `step(state, event) -> (state, decisions)`, pure. docs/rules.md says the same in words.

Every rule that changes the phase lives here: what each event does (RULES), which timers there are and in which order those
of one instant are decided (TIMERS), and how a prompt, an absence and a session begin and end. Arithmetic that needs no
decision is in hours.py, cron.py, rotation.py and session.py.

An event that comes late or twice is normal on a desktop: it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from unsit.core import cron, hours, rotation
from unsit.core import session as sessions
from unsit.core.model import (
    BOOT_TICKS_PER_S,
    Absence,
    AnyDecision,
    AnyEvent,
    BeginAsked,
    ChooseAsked,
    ClockStepped,
    Command,
    Cue,
    DoneAsked,
    Event,
    Found,
    Held,
    HoldBegan,
    HoldEnded,
    HoldReason,
    HurtsAsked,
    InputSeen,
    InputStopped,
    Locked,
    NaturalBreak,
    NextAsked,
    Now,
    Outcome,
    OutcomeWord,
    Pause,
    PauseAsked,
    PreviousAsked,
    Prompt,
    Prompted,
    Refused,
    Reminded,
    ResumeAsked,
    Revoked,
    SensorsChanged,
    Session,
    SessionBegan,
    SessionEnded,
    SettingsChanged,
    SitAsked,
    SkipAsked,
    Slept,
    SnoozeAsked,
    Snoozed,
    StandAsked,
    Started,
    State,
    StopAsked,
    Stopped,
    StopReason,
    Tick,
    ToggleAsked,
    Undoable,
    UndoAsked,
    Unlocked,
    Withdrawn,
    Woke,
)

UNDO_WITHIN_S: Final = 60.0
UNDO_DEPTH: Final = 4
"""How many commands before the last one can be taken back too, one after the other."""
ROUTINE_GRACE_S: Final = 3600.0
"""A routine comes within this much of its time or not at all, and goes unanswered for this long."""
LONGEST_BREAK_S: Final = 4 * 3600.0
"""A longer absence is recorded, but is no break for the statistics."""
CLOCK_WAS_WRONG_S: Final = 3600.0
"""A wall clock set back by more was wrong before: the routine times looked at in that future are forgotten."""
CLOCK_STEP_LEAST_S: Final = 2.0
"""A smaller difference between the two clocks is a clock that is being corrected, or the time between reading them."""
TURNS_MOST: Final = 10_000
"""Bounds the timers of one step: more means two rules that undo each other, a bug that must not hang a desktop."""


class Turn:
    """One step under way: the state as it is so far, and what has been decided.

    Args:
        decide_due: decides every timer that is due by now. Given by the engine, since the timers are of all rooms.
    """

    __slots__ = ("_decide_due", "decisions", "is_stopping", "is_waking", "now", "now_s", "state", "step_s", "wall")

    def __init__(self, state: State, now: Now, decide_due: Callable[[Turn], None]) -> None:
        self._decide_due = decide_due
        self.step_s = _clock_step_s(state.now, now)
        self.state = replace(state, now=now)
        self.now = now
        self.now_s = now.boot_s
        self.wall = now.wall.timestamp()
        self.decisions: list[AnyDecision] = []
        self.is_waking = False
        self.is_stopping = False

    def set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    def say(self, decision: AnyDecision) -> None:
        self.decisions.append(decision)

    def decide_due(self) -> None:
        self._decide_due(self)

    def number(self) -> int:
        """The next free record number."""
        self.set(records=self.state.records + 1)
        return self.state.records

    def refuse(self, event: type[Event], reason: str, next_step: str = "", about: str = "") -> None:
        self.say(Refused(command_word(event), reason, next_step, about))


def _clock_step_s(before: Now, now: Now) -> float:
    """How far somebody set the wall clock between two samples; 0 across boots, where nobody can tell."""
    if before.boot_id != now.boot_id:
        return 0.0
    step_s = (now.wall - before.wall).total_seconds() - (now.boot_s - before.boot_s)
    return step_s if abs(step_s) >= CLOCK_STEP_LEAST_S else 0.0


def command_word(kind: type[Event]) -> str:
    """The word of the one vocabulary: `SnoozeAsked` is `snooze`."""
    return kind.__name__.removesuffix("Asked").lower()


# ------------------------------------------------------------------------------------------------- questions to the state


def every_s(state: State) -> float:
    prompt = state.settings.prompt
    return prompt.every_standing_s if state.is_standing else prompt.every_s


def sat_s(state: State, at_s: float) -> float:
    return 0.0 if state.sitting_since_s is None else max(0.0, at_s - state.sitting_since_s)


def due_s(state: State) -> float | None:
    """When the next prompt falls due if the person stays; None where nothing is counted."""
    if state.sitting_since_s is None or state.prompt or state.session:
        return None
    return state.now.boot_s if state.is_due_now else state.due_from_s + every_s(state)


def next_exercises(state: State) -> tuple[str, ...]:
    """What `begin` starts: what the open prompt offers, as far as it is still in the catalogue, or the rotation's next."""
    offered = state.prompt.exercises if state.prompt else ()
    return tuple(name for name in offered if rotation.find(state, name)) or (rotation.pick(state),)


def effective_holds(state: State) -> tuple[HoldReason, ...]:
    return tuple(sorted(reason for reason in state.holds if reason not in state.ignored_holds))


def is_blind(state: State) -> bool:
    """No working source will report a sign of the person: an unlock is none to wait for while nothing is locked."""
    return not state.can_see_input and not (state.can_see_unlock and state.is_locked)


def next_routine_wall(state: State, after_wall: float) -> float | None:
    times = (
        cron.next_time(routine.cron, after_wall, state.zone) for routine in state.settings.routine if routine.enabled
    )
    return min((time for time in times if time is not None), default=None)


def _boot_of(state: State, wall: float) -> float:
    """The instant at which the wall clock will show this, if nobody sets it."""
    return state.now.boot_s + (wall - state.now.wall.timestamp())


# ------------------------------------------------------------------------------------------------------ the sitting clock


def _start_sitting(turn: Turn, at_s: float) -> None:
    if turn.state.is_open:
        turn.set(sitting_since_s=at_s, due_from_s=at_s, is_due_now=False)


def _clear_sitting(turn: Turn) -> None:
    turn.set(sitting_since_s=None, is_due_now=False)


# --------------------------------------------------------------------------------------------------------- working hours


def _follow_clock(turn: Turn) -> None:
    """Close and open as time passes, then as somebody set the clock: what was jumped over has not happened."""
    step_s, turn.step_s = turn.step_s, 0.0
    if step_s:
        turn.wall -= step_s
        _follow_hours(turn)
        turn.wall += step_s
    _follow_hours(turn, is_step=step_s != 0.0)


def _follow_hours(turn: Turn, *, is_step: bool = False, is_new: bool = False) -> None:
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
        _end_prompt(turn, "expired", turn.now_s)
    if state.absence:
        turn.set(absence=replace(state.absence, is_end_of_day=True))
    turn.set(is_standing=False)
    _clear_sitting(turn)


def _open(turn: Turn, at_s: float) -> None:
    if turn.state.absence is None and not turn.state.is_after_session:
        _start_sitting(turn, min(at_s, turn.now_s))


# ---------------------------------------------------------------------------------------------------- presence and absence


def _confirm_absence(turn: Turn, since_s: float) -> None:
    """The person is gone since their last input. In a session that is only remembered: it is the exercise."""
    state = turn.state
    if state.absence or state.is_after_session:
        return
    since_wall = turn.wall - (turn.now_s - since_s)
    is_outside = not state.is_open or since_wall < state.hours_from_wall
    turn.set(absence=Absence(since_s, since_wall, is_outside))
    if state.session is None and not _credit_absence(turn):
        _withdraw(turn, "away")


def _is_credited(state: State) -> bool:
    return state.absence is not None and state.now.boot_s - state.absence.since_s >= state.settings.away.credit_s


def _credit_absence(turn: Turn) -> bool:
    """An open prompt ends as `away` once the absence is long enough."""
    absence = turn.state.absence
    if absence is None or not _is_credited(turn.state):
        return False
    if turn.state.prompt:
        _end_prompt(turn, "away", absence.since_s)
    return True


def _see_sign(turn: Turn, *, is_input: bool = False) -> None:
    """A sign of the person: an absence ends. While locked, input alone is remembered, not obeyed."""
    turn.set(idle_since_s=None)
    if is_input and turn.state.is_locked:
        return
    turn.set(asleep_since_s=None)
    if turn.state.session:
        turn.set(absence=None)
    elif turn.state.is_after_session:
        turn.set(is_after_session=False, absence=None)
        _start_sitting(turn, turn.now_s)
    elif turn.state.absence:
        _return(turn, turn.state.absence)


def _return(turn: Turn, absence: Absence) -> None:
    is_credited = _credit_absence(turn)
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
        _start_sitting(turn, turn.now_s)
        return
    _settle(turn, turn.now_s + turn.state.settings.prompt.settle_s)
    if turn.state.sitting_since_s is None:
        _start_sitting(turn, turn.now_s)


def _learn(turn: Turn, found: Found) -> None:
    """What the sensors say after a time in which nobody looked."""
    if found.holds is not None:
        for reason in turn.state.holds.keys() - set(found.holds):
            _end_hold(turn, reason)
        for reason in found.holds:
            _begin_hold(turn, reason)
    if found.is_locked and not turn.state.is_locked:
        _lock(turn, found.last_input_s)
    if found.input_flows is False and turn.state.idle_since_s is None and found.last_input_s is not None:
        turn.set(idle_since_s=min(found.last_input_s, turn.now_s))


def _learn_signs(turn: Turn, found: Found) -> None:
    if found.is_locked is False and turn.state.is_locked:
        turn.set(is_locked=False)
        _see_sign(turn)
        if found.input_flows is False:  # they unlocked it, and left again
            turn.set(idle_since_s=turn.now_s)
    if found.input_flows:
        _see_sign(turn, is_input=True)


def _lock(turn: Turn, last_input_s: float | None) -> None:
    state = turn.state
    if state.is_locked:
        return
    known = last_input_s if state.idle_since_s is None else state.idle_since_s
    since_s = turn.now_s if known is None else min(known, turn.now_s)
    turn.set(is_locked=True, idle_since_s=since_s)
    _confirm_absence(turn, since_s)


def _sleep(turn: Turn, at_s: float) -> None:
    state = turn.state
    since_s = at_s if state.idle_since_s is None else min(state.idle_since_s, at_s)
    turn.set(asleep_since_s=at_s, idle_since_s=since_s)
    if state.session and state.session.paused_s is None:
        turn.set(session=replace(sessions.mark_reached(state.session, at_s), paused_s=at_s, paused_by="sleep"))
    _confirm_absence(turn, since_s)


# -------------------------------------------------------------------------------------------------- what keeps a prompt back


def _settle(turn: Turn, until_s: float) -> None:
    """With several waits the latest counts."""
    turn.set(settle_until_s=max(turn.state.settle_until_s, until_s))


def _begin_hold(turn: Turn, reason: HoldReason) -> None:
    if reason not in turn.state.holds:
        turn.set(holds={**turn.state.holds, reason: turn.now_s})


def _end_hold(turn: Turn, reason: HoldReason) -> None:
    state = turn.state
    if reason not in state.holds:
        return
    turn.set(
        holds={key: since for key, since in state.holds.items() if key != reason},
        ignored_holds=state.ignored_holds - {reason},
    )
    if not effective_holds(turn.state):
        _settle(turn, turn.now_s + state.settings.prompt.settle_s)


def _end_pause(turn: Turn, at_s: float) -> None:
    turn.set(pause=None)
    _settle(turn, at_s + turn.state.settings.prompt.settle_after_pause_s)


# ---------------------------------------------------------------------------------------------------------------- prompts


def snoozes_left(prompt: Prompt) -> int:
    return max(0, prompt.settings.snoozes - prompt.snoozes)


def _become_due(turn: Turn, _at: float) -> None:
    state = turn.state
    due = due_s(state)
    turn.set(is_due_now=False)
    prompt = Prompt(
        id=turn.number(),
        stage="waiting",
        exercises=(rotation.pick(state),),
        due_s=turn.now_s if due is None else due,
        waiting_s=turn.now_s,
        standing=state.is_standing,
        settings=state.settings.prompt,
    )
    turn.set(prompt=prompt)


def _offer(turn: Turn, prompt: Prompt) -> None:
    state = turn.state
    prompt = replace(
        prompt,
        stage="offered",
        exercises=prompt.exercises if prompt.routine else (rotation.pick(state),),
        offered_s=turn.now_s,
        reminders=0,
        held_said=False,
        was_offered=True,
        standing=state.is_standing,
        settings=state.settings.prompt,
    )
    turn.set(prompt=prompt)
    _say_prompted(turn, prompt, again=False)


def _say_prompted(turn: Turn, prompt: Prompt, *, again: bool) -> None:
    state = turn.state
    turn.say(
        Prompted(
            prompt.id,
            prompt.exercises,
            sat_s(state, turn.now_s),
            snoozes_left(prompt),
            again=again,
            routine=prompt.routine,
            standing=prompt.standing,
            over_limit=tuple(sorted(state.ignored_holds & state.holds.keys())),
        )
    )


def _withdraw(turn: Turn, reason: str) -> None:
    """An offered prompt is taken from the screen without an outcome."""
    prompt = turn.state.prompt
    if prompt and prompt.stage == "offered":
        # Withdrawing by a pause says why the prompt waits: `held` would say it twice.
        waiting = replace(prompt, stage="waiting", waiting_s=turn.now_s, held_said=reason == "pause")
        turn.set(prompt=waiting)
        turn.say(Withdrawn(prompt.id, "pause" if reason == "pause" else "away", prompt.routine))


def _end_prompt(turn: Turn, word: OutcomeWord, sat_until_s: float) -> None:
    prompt = turn.state.prompt
    if prompt:
        turn.set(prompt=None)
        _say_outcome(turn, Outcome(
            prompt.id, word, prompt.exercises, sat_s=sat_s(turn.state, sat_until_s), routine=prompt.routine,
            snoozes=prompt.snoozes,
        ))  # fmt: skip


def _say_outcome(turn: Turn, outcome: Outcome) -> None:
    turn.set(last_outcome=outcome, last_outcome_s=turn.now_s)
    turn.say(outcome)


# --------------------------------------------------------------------------------------------------------------- sessions


def _begin_session(turn: Turn, exercises: tuple[str, ...]) -> None:
    state = turn.state
    choice = sessions.choose(state, exercises)
    segments = sessions.segments(state.catalogue, choice)
    if not segments:
        turn.refuse(BeginAsked, "no exercise is left", "Switch one on in the settings.")
        return
    prompt = state.prompt
    routine = prompt.routine if prompt else None
    session = Session(
        id=turn.number(),
        choice=choice,
        segments=segments,
        began_s=turn.now_s,
        index=0,
        entered_s=turn.now_s,
        paused_s=None,
        reached=(0.0,) * len(segments),
        prompt=prompt,
        routine=routine,
    )
    turn.set(session=session, prompt=None, undoable=None)
    turn.say(SessionBegan(session.id, exercises, sessions.total_s(segments), prompt.id if prompt else None, routine))
    _say_cue(turn, session)


def _say_cue(turn: Turn, session: Session) -> None:
    turn.say(Cue(session.id, session.segments[session.index], session.routine))


def _enter_segment(turn: Turn, session: Session, index: int, at_s: float) -> None:
    """Go to a segment; past the last one the session is over."""
    if index < len(session.segments):
        session = sessions.go_to(session, index, at_s)
        turn.set(session=session)
        _say_cue(turn, session)
    else:
        turn.set(session=session)
        _end_session(turn, at_s)


def _end_session(turn: Turn, at_s: float, *, stopped_by: StopReason | None = None) -> None:
    """The session is over at `at_s`: completed, partial, or as if it had not begun."""
    session = turn.state.session
    if session is None:
        return
    session = sessions.mark_reached(session, at_s)
    work = sessions.work(session)
    is_pain = stopped_by == "pain"
    is_completed = stopped_by is None and sessions.is_complete(session)
    turn.set(session=None, last_stop=(session.id, stopped_by) if stopped_by else None)
    turn.say(SessionEnded(session.id, session.routine))
    if not is_completed and not is_pain and sessions.work_s(work) < sessions.LEAST_WORK_S:
        _unmake_session(turn, session, work)
        return
    record = session.prompt.id if session.prompt else session.id
    if is_completed:
        turn.set(**rotation.remember_completed(turn.state, session, record))
    if is_pain:
        turn.set(hurt=turn.state.hurt | {session.segments[session.index].exercise})
    _say_outcome(turn, Outcome(
        record,
        "completed" if is_completed else "partial",
        session.choice.exercises,
        work=work,
        reason="pain" if is_pain else None,
        routine=session.routine,
        session=session.id,
        snoozes=session.prompt.snoozes if session.prompt else 0,
    ))  # fmt: skip
    state = turn.state
    is_here = state.idle_since_s is None and state.absence is None
    turn.set(absence=None)
    _clear_sitting(turn)
    if is_here or (is_blind(state) and not turn.is_stopping):
        _start_sitting(turn, at_s)
    else:
        turn.set(is_after_session=True)


def _unmake_session(turn: Turn, session: Session, work: Mapping[str, float]) -> None:
    """Too little was done: its prompt is offered again at once, and presence is what it would have been."""
    if session.prompt is None:
        turn.say(Outcome(session.id, "void", session.choice.exercises, work=dict(work), session=session.id))
        return
    was_offered = session.prompt.stage == "offered"
    was_waiting = session.prompt.stage == "waiting"
    prompt = replace(session.prompt, stage="waiting", waiting_s=session.prompt.waiting_s if was_waiting else turn.now_s)
    turn.set(prompt=prompt)
    if not turn.state.is_open:
        _end_prompt(turn, "expired", turn.now_s)
    elif turn.state.absence:
        _credit_absence(turn)
    elif turn.is_stopping:
        return
    elif turn.state.pause is None and (was_offered or not effective_holds(turn.state)):
        _offer(turn, prompt)  # at once: nothing settles, and a hold that began meanwhile leaves what was offered


# ----------------------------------------------------------------------------------------------------------------- timers


class Timer(Struct, frozen=True):
    """Attributes:
    at: when it is due, as an instant on the boot clock; None while there is nothing to wait for.
    fire: decides; called with the instant at which it was due, which may be long past.
    """

    name: str
    at: Callable[[State], float | None]
    fire: Callable[[Turn, float], None]


def _pause_end_at(state: State) -> float | None:
    if state.pause is None:
        return None
    if state.pause.until_wall is not None:
        return _boot_of(state, state.pause.until_wall)
    return state.pause.until_s


def _confirmation_at(state: State) -> float | None:
    if state.idle_since_s is None or state.absence or state.is_after_session or not state.can_see_input:
        return None
    return state.idle_since_s + state.settings.away.idle_after_s


def _fire_confirmation(turn: Turn, _at: float) -> None:
    if turn.state.idle_since_s is not None:
        _confirm_absence(turn, turn.state.idle_since_s)


def _credit_at(state: State) -> float | None:
    if state.absence is None or state.prompt is None:
        return None
    return state.absence.since_s + state.settings.away.credit_s


def _fire_credit(turn: Turn, _at: float) -> None:
    _credit_absence(turn)


def _missed_at(state: State) -> float | None:
    prompt = state.prompt
    if prompt is None:
        return None
    if prompt.stage == "offered":
        return prompt.offered_s + (ROUTINE_GRACE_S if prompt.routine else prompt.settings.every_s)
    if prompt.routine and prompt.stage == "waiting" and not prompt.was_offered:
        return _boot_of(state, prompt.routine_wall + ROUTINE_GRACE_S)
    return None


def _fire_missed(turn: Turn, _at: float) -> None:
    is_routine = turn.state.prompt is not None and turn.state.prompt.routine is not None
    _end_prompt(turn, "missed", turn.now_s)
    if not is_routine:
        turn.set(is_due_now=True)


def _segment_at(state: State) -> float | None:
    session = state.session
    if session is None:
        return None
    if session.paused_s is not None:
        return session.paused_s + sessions.PAUSE_MOST_S
    return session.entered_s + session.segments[session.index].seconds


def _fire_segment(turn: Turn, at_s: float) -> None:
    session = turn.state.session
    if session is None:
        return
    if session.paused_s is not None:
        _end_session(turn, turn.now_s, stopped_by="pause")  # what ended while nobody looked ends now
    else:
        _enter_segment(turn, sessions.mark_reached(session, at_s), session.index + 1, at_s)


def _snooze_end_at(state: State) -> float | None:
    if state.prompt is None or state.prompt.stage != "snoozed" or state.absence:
        return None
    return state.prompt.snoozed_until_s


def _fire_snooze_end(turn: Turn, _at: float) -> None:
    if turn.state.prompt:
        turn.set(prompt=replace(turn.state.prompt, stage="waiting", waiting_s=turn.now_s, held_said=False))


def _hold_limit_at(state: State) -> float | None:
    prompt = state.prompt
    if prompt is None or prompt.stage != "waiting" or state.absence:
        return None
    limit = state.settings.hold.limit_s
    return min((max(state.holds[r], prompt.waiting_s) + limit for r in effective_holds(state)), default=None)


def _fire_hold_limit(turn: Turn, at_s: float) -> None:
    prompt, limit = turn.state.prompt, turn.state.settings.hold.limit_s
    if prompt:
        over = {r for r in effective_holds(turn.state) if max(turn.state.holds[r], prompt.waiting_s) + limit <= at_s}
        turn.set(ignored_holds=turn.state.ignored_holds | over)


def kept_back_by(state: State) -> tuple[str, ...]:
    """The reasons for which a due prompt waits."""
    return tuple(sorted((*effective_holds(state), "paused"))) if state.pause else effective_holds(state)


def _offer_at(state: State) -> float | None:
    prompt = state.prompt
    if prompt is None or prompt.stage != "waiting" or state.absence:
        return None
    if kept_back_by(state):
        return None if prompt.held_said else state.now.boot_s
    return state.settle_until_s


def _fire_offer(turn: Turn, _at: float) -> None:
    """Offer the waiting prompt, or say once what holds it."""
    prompt, reasons = turn.state.prompt, kept_back_by(turn.state)
    if prompt and reasons:
        turn.set(prompt=replace(prompt, held_said=True))
        turn.say(Held(prompt.id, prompt.exercises, reasons, prompt.routine))
    elif prompt:
        _offer(turn, prompt)


def _due_at(state: State) -> float | None:
    if state.absence or state.is_after_session or not state.is_open:
        return None
    return due_s(state)


def _reminder_at(state: State) -> float | None:
    prompt = state.prompt
    if prompt is None or prompt.stage != "offered" or prompt.reminders >= prompt.settings.reminders:
        return None
    return prompt.offered_s + prompt.settings.remind_every_s * (prompt.reminders + 1)


def _fire_reminder(turn: Turn, _at: float) -> None:
    prompt = turn.state.prompt
    if prompt is None:
        return
    turn.set(prompt=replace(prompt, reminders=prompt.reminders + 1))
    if not effective_holds(turn.state):
        turn.say(Reminded(
            prompt.id, prompt.exercises, sat_s(turn.state, turn.now_s), snoozes_left(prompt), prompt.routine,
            prompt.standing,
        ))  # fmt: skip


def _routine_at(state: State) -> float | None:
    if state.routines_waiting and _first_routine(state):
        return state.now.boot_s
    return None if state.routine_next_wall is None else _boot_of(state, state.routine_next_wall)


def _first_routine(state: State) -> Prompt | None:
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
        if time is not None and routine.enabled and exercises and wall - time <= ROUTINE_GRACE_S:
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


def _fire_routine(turn: Turn, _at: float) -> None:
    state = turn.state
    if state.routine_next_wall is not None and state.routine_next_wall <= turn.wall:
        _collect_routines(turn)
    prompt = _first_routine(turn.state)
    if prompt:
        turn.set(
            prompt=replace(prompt, id=turn.number()),
            routines_waiting=tuple(entry for entry in turn.state.routines_waiting if entry[0] != prompt.routine),
        )


def _collect_routines(turn: Turn) -> None:
    """Note which routines' time has come since it was last looked; the latest time of each, once."""
    state = turn.state
    waiting = {entry[0]: entry for entry in state.routines_waiting if turn.wall - entry[1] <= ROUTINE_GRACE_S}
    from_wall = max(state.routine_after_wall, turn.wall - ROUTINE_GRACE_S - 1)
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
        routine_next_wall=next_routine_wall(state, turn.wall),
    )


TIMERS: Final[tuple[Timer, ...]] = (
    # Closing and opening come before all of these: _follow_hours.
    Timer("end of a pause", _pause_end_at, _end_pause),
    Timer("confirmation", _confirmation_at, _fire_confirmation),
    Timer("credit", _credit_at, _fire_credit),
    Timer("missed", _missed_at, _fire_missed),
    Timer("session segment", _segment_at, _fire_segment),
    Timer("end of a snooze", _snooze_end_at, _fire_snooze_end),
    Timer("limit of a hold", _hold_limit_at, _fire_hold_limit),
    Timer("end of a settle", _offer_at, _fire_offer),
    Timer("due", _due_at, _become_due),
    Timer("reminder", _reminder_at, _fire_reminder),
    Timer("routine", _routine_at, _fire_routine),
)
"""In the order in which those of one instant are decided."""


def _fire_due(turn: Turn) -> None:
    """Decide every timer that is due, in their order; none while the machine sleeps."""
    for _ in range(TURNS_MOST):
        if turn.state.asleep_since_s is not None or turn.state.is_stopped:
            return
        _follow_clock(turn)
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
        times.append(_boot_of(state, state.hours_until_wall))
    return min(times, default=None)


def wants_next_input(state: State) -> bool:
    """A source should tell the next input soon after it stops: something depends on it."""
    return bool(
        state.session or state.is_after_session or state.absence or state.is_locked or state.asleep_since_s is not None
    )


# ------------------------------------------------------------------------------------------------- starting and stopping


def _first_state(event: Started) -> State:
    """Nothing has happened yet: the person is present."""
    wall, now_s = event.now.wall.timestamp(), event.now.boot_s
    span = hours.span_at(event.settings, event.zone, wall)
    return State(
        settings=event.settings,
        catalogue=event.catalogue,
        zone=event.zone,
        now=event.now,
        is_open=span.is_open,
        hours_from_wall=span.from_wall,
        hours_until_wall=span.until_wall,
        sitting_since_s=now_s if span.is_open else None,
        due_from_s=now_s,
        routine_after_wall=wall,
        is_stopped=False,
    )


def _start(before: State | None, event: Started, decide_due: Callable[[Turn], None]) -> Turn:
    """The daemon runs: where it would have been after a crash, and after a stop or a reboot somebody was away."""
    if before is None:
        turn = Turn(_first_state(event), event.now, decide_due)
        turn.set(routine_next_wall=next_routine_wall(turn.state, turn.wall))
        _learn(turn, event.found)
        if event.is_away:
            _clear_sitting(turn)
            turn.set(idle_since_s=turn.now_s)
            _confirm_absence(turn, turn.now_s)
        return turn
    alive = before.now
    if event.alive_until and event.alive_until.wall > alive.wall:
        alive = event.alive_until
    alive_s = alive.boot_s
    is_new_boot = before.now.boot_id != event.now.boot_id
    if is_new_boot:
        gap_s = max(0.0, (event.now.wall - alive.wall).total_seconds())
        shift_s = event.now.boot_s - gap_s - alive.boot_s
        before, alive_s = _shifted(before, shift_s), alive.boot_s + shift_s
    turn = Turn(before, event.now, decide_due)
    turn.set(is_stopped=False)
    if before.is_stopped or is_new_boot:
        turn.set(undoable=None)
        _start_after_gap(turn, event, min(alive_s, turn.now_s))
    else:
        _start_after_crash(turn, event, min(alive_s, turn.now_s))
    return turn


def _shifted(state: State, by_s: float) -> State:
    """The same state on the boot clock of another boot."""

    def move(at_s: float | None) -> Any:
        return None if at_s is None else round((at_s + by_s) * BOOT_TICKS_PER_S) / BOOT_TICKS_PER_S

    prompt, session = state.prompt, state.session
    return replace(
        state,
        idle_since_s=move(state.idle_since_s),
        asleep_since_s=move(state.asleep_since_s),
        absence=state.absence and replace(state.absence, since_s=move(state.absence.since_s)),
        sitting_since_s=move(state.sitting_since_s),
        due_from_s=move(state.due_from_s),
        holds={reason: move(since_s) for reason, since_s in state.holds.items()},
        pause=state.pause
        and replace(state.pause, since_s=move(state.pause.since_s), until_s=move(state.pause.until_s)),
        settle_until_s=move(state.settle_until_s),
        prompt=prompt and _shifted_prompt(prompt, move),
        session=session
        and replace(
            session,
            began_s=move(session.began_s),
            entered_s=move(session.entered_s),
            paused_s=move(session.paused_s),
            prompt=session.prompt and _shifted_prompt(session.prompt, move),
        ),
        last_outcome_s=move(state.last_outcome_s),
    )


def _shifted_prompt(prompt: Prompt, move: Callable[[float | None], Any]) -> Prompt:
    return replace(
        prompt,
        due_s=move(prompt.due_s),
        offered_s=move(prompt.offered_s),
        snoozed_until_s=move(prompt.snoozed_until_s),
        waiting_s=move(prompt.waiting_s),
    )


def _start_after_gap(turn: Turn, event: Started, alive_s: float) -> None:
    """After a clean stop, or in another boot: the time until now is a confirmed absence that ends now."""
    turn.is_waking = True  # the machine was off, or nobody looked: a routine's time in it counts as in a suspend
    turn.set(asleep_since_s=None, idle_since_s=None, is_locked=False, is_standing=False)
    if turn.state.session:
        turn.is_stopping = True
        turn.set(idle_since_s=alive_s, absence=None)
        _end_session(turn, alive_s, stopped_by="quit")
        turn.set(idle_since_s=None)
        turn.is_stopping = False
    _confirm_absence(turn, alive_s)
    _credit_absence(turn)
    _adopt(turn, event)
    if event.found.holds is not None:
        _learn(turn, Found(holds=event.found.holds))
    turn.decide_due()
    turn.is_waking = False
    _see_sign(turn)
    if event.is_away or event.found.input_flows is False:
        turn.set(idle_since_s=turn.now_s)
    if event.is_away:
        _confirm_absence(turn, turn.now_s)
    elif event.found.is_locked:
        _lock(turn, turn.now_s)


def _start_after_crash(turn: Turn, event: Started, alive_s: float) -> None:
    session = turn.state.session
    if session and session.paused_s is None:
        turn.set(session=_paused_where_it_was(session, alive_s))
    shown = turn.state.prompt
    if shown and shown.stage == "offered":
        shown = _without_past_reminders(shown, turn.now_s)
        turn.set(prompt=shown)
    asleep_since_s = turn.state.asleep_since_s
    if asleep_since_s is not None:
        turn.set(asleep_since_s=None)
        _after_sleep(turn, asleep_since_s)
    _adopt(turn, event)
    _learn(turn, event.found)
    turn.decide_due()
    if asleep_since_s is not None and is_blind(turn.state):
        _see_sign(turn)
    _learn_signs(turn, event.found)
    turn.decide_due()
    if shown and shown.stage == "offered" and turn.state.prompt == shown:
        _say_prompted(turn, shown, again=True)


def _paused_where_it_was(session: Session, alive_s: float) -> Session:
    """Cues are not written down: the segments up to the last evidence of life follow from the clock."""
    while session.index + 1 < len(session.segments):
        end_s = session.entered_s + session.segments[session.index].seconds
        if end_s > alive_s:
            break
        session = sessions.go_to(sessions.mark_reached(session, end_s), session.index + 1, end_s)
    session = sessions.mark_reached(session, alive_s)
    return replace(session, paused_s=max(alive_s, session.entered_s), paused_by="restart")


def _without_past_reminders(prompt: Prompt, now_s: float) -> Prompt:
    past = int((now_s - prompt.offered_s) / prompt.settings.remind_every_s)
    return replace(prompt, reminders=min(max(prompt.reminders, past), max(prompt.settings.reminders, prompt.reminders)))


def _adopt(turn: Turn, event: Started | SettingsChanged) -> None:
    """New settings: hours, due times and routines are worked out anew; a session and an offered prompt keep theirs."""
    before = turn.state
    turn.set(settings=event.settings, catalogue=event.catalogue, zone=event.zone)
    if (before.settings.hours, before.settings.days_off, before.zone) != (
        event.settings.hours,
        event.settings.days_off,
        event.zone,
    ):
        _follow_hours(turn, is_new=True)
    if (before.settings.routine, before.zone) != (event.settings.routine, event.zone):
        names = {routine.name for routine in event.settings.routine if routine.enabled}
        turn.set(
            routines_waiting=tuple(entry for entry in turn.state.routines_waiting if entry[0] in names),
            routine_after_wall=turn.wall,
            routine_next_wall=next_routine_wall(turn.state, turn.wall),
        )


def _on_stopped(turn: Turn, _event: Stopped) -> None:
    turn.is_stopping = True
    if turn.state.session:
        # Nobody sees what follows: the time until the next start belongs to this session's break.
        turn.set(idle_since_s=turn.now_s)
        _end_session(turn, turn.now_s, stopped_by="quit")
    turn.set(is_stopped=True, is_standing=False, undoable=None)


def _on_settings_changed(turn: Turn, event: SettingsChanged) -> None:
    on_again = {
        key.removeprefix("exercises.")
        for key in event.touched
        if key.startswith("exercises.") and event.settings.exercises.get(key.removeprefix("exercises."))
    }
    turn.set(hurt=turn.state.hurt - on_again)
    _adopt(turn, event)


# ------------------------------------------------------------------------------------------- what the sensors report


def _on_tick(turn: Turn, _event: Tick) -> None:
    """What is due is decided before and after every event."""


def _on_clock_stepped(turn: Turn, _event: ClockStepped) -> None:
    _follow_hours(turn, is_step=True)
    if turn.state.routine_after_wall - turn.wall > CLOCK_WAS_WRONG_S:
        turn.set(routine_after_wall=turn.wall)
    turn.set(routine_next_wall=next_routine_wall(turn.state, turn.state.routine_after_wall))


def _on_input_stopped(turn: Turn, event: InputStopped) -> None:
    if turn.state.idle_since_s is None:
        turn.set(idle_since_s=min(event.last_input_s, turn.now_s))


def _on_input_seen(turn: Turn, _event: InputSeen) -> None:
    _see_sign(turn, is_input=True)


def _on_locked(turn: Turn, event: Locked) -> None:
    _lock(turn, event.last_input_s)


def _on_unlocked(turn: Turn, _event: Unlocked) -> None:
    if turn.state.is_locked:
        turn.set(is_locked=False)
        _see_sign(turn)


def _on_sensors_changed(turn: Turn, event: SensorsChanged) -> None:
    turn.set(can_see_input=event.can_see_input, can_see_unlock=event.can_see_unlock)
    if not event.can_see_unlock:
        turn.set(is_locked=False)  # nobody will say when it ends: from here on input counts
    if is_blind(turn.state) and turn.state.asleep_since_s is None:
        # An event that never comes must not leave somebody absent for ever.
        _see_sign(turn)


def _on_slept(turn: Turn, _event: Slept) -> None:
    if turn.state.asleep_since_s is None:
        _sleep(turn, turn.now_s)


def _on_woke(turn: Turn, event: Woke) -> None:
    since_s = turn.state.asleep_since_s
    if since_s is None and event.asleep_since_s is not None:
        since_s = min(event.asleep_since_s, turn.now_s)
        _sleep(turn, since_s)
    if since_s is None:
        return
    turn.is_waking = True
    turn.set(asleep_since_s=None)
    _after_sleep(turn, since_s)
    _learn(turn, event.found)
    turn.decide_due()
    turn.is_waking = False
    if is_blind(turn.state):
        _see_sign(turn)
    _learn_signs(turn, event.found)


def _after_sleep(turn: Turn, since_s: float) -> None:
    """What a sleep ends, before anything else that was due in it."""
    if turn.state.session and turn.now_s - since_s >= turn.state.settings.away.credit_s:
        _end_session(turn, since_s, stopped_by="sleep")
    elif turn.state.session is None:
        _credit_absence(turn)


def _on_hold_began(turn: Turn, event: HoldBegan) -> None:
    _begin_hold(turn, event.reason)


def _on_hold_ended(turn: Turn, event: HoldEnded) -> None:
    _end_hold(turn, event.reason)


# --------------------------------------------------------------------------------------------------- what the person asks


def _on_begin(turn: Turn, event: BeginAsked) -> None:
    state = turn.state
    if event.exercise is None:
        _begin_session(turn, next_exercises(state))
    elif rotation.find(state, event.exercise) is None:
        turn.refuse(
            BeginAsked, "no exercise is called {about}", "See the exercises in the tray's menu.", event.exercise
        )
    elif event.exercise in state.hurt:
        turn.refuse(
            BeginAsked,
            "{about} is off since it hurt",
            "Switch it on again on the page of exercises, or with `unsit exercise on {about}`.",
            event.exercise,
        )
    else:
        _begin_session(turn, (event.exercise,))


def _on_snooze(turn: Turn, event: SnoozeAsked) -> None:
    prompt = turn.state.prompt
    if prompt is None or prompt.stage != "offered":
        turn.refuse(SnoozeAsked, "no prompt is offered", "Pause instead, to be left alone for a while.")
        return
    if not snoozes_left(prompt):
        turn.refuse(SnoozeAsked, "no snooze left for this prompt", "Start, skip, or say that you moved.")
        return
    for_s = event.for_s or prompt.settings.snooze_s
    until_s = turn.now_s + for_s
    turn.set(prompt=replace(prompt, stage="snoozed", snoozes=prompt.snoozes + 1, snoozed_until_s=until_s))
    until_wall = hours.local_datetime(turn.wall + for_s, turn.state.zone)
    turn.say(Snoozed(prompt.id, for_s, until_wall, prompt.routine))


def _on_skip(turn: Turn, event: SkipAsked) -> None:
    if turn.state.prompt is None:
        turn.refuse(SkipAsked, "no prompt is open", "Pause instead, to be left alone for a while.")
        return
    _end_prompt(turn, "skipped", turn.now_s)
    turn.set(due_from_s=turn.now_s, is_due_now=False)


def _on_done(turn: Turn, _event: DoneAsked) -> None:
    if turn.state.prompt:
        _end_prompt(turn, "done", turn.now_s)
    else:
        _say_outcome(turn, Outcome(turn.number(), "done", sat_s=sat_s(turn.state, turn.now_s)))
    _start_sitting(turn, turn.now_s)


def _on_pause(turn: Turn, event: PauseAsked) -> None:
    state = turn.state
    until_wall = None
    if event.tomorrow:
        until_wall = hours.tomorrow(state.settings, state.zone, turn.wall)
    elif event.until is not None:
        until_wall = hours.next_time_of_day(turn.wall, event.until, state.zone)
    turn.set(pause=Pause(turn.now_s, None if event.for_s is None else turn.now_s + event.for_s, until_wall))
    _withdraw(turn, "pause")


def _on_resume(turn: Turn, event: ResumeAsked) -> None:
    if turn.state.pause is None:
        turn.refuse(ResumeAsked, "not paused")
    else:
        _end_pause(turn, turn.now_s)


def _change_label(turn: Turn, *, is_standing: bool) -> None:
    _end_prompt(turn, "done", turn.now_s)
    turn.set(is_standing=is_standing)
    _start_sitting(turn, turn.now_s)


def _on_stand(turn: Turn, event: StandAsked) -> None:
    if turn.state.is_standing:
        turn.refuse(StandAsked, "already standing", "Say `unsit sit` when you sit down.")
    else:
        _change_label(turn, is_standing=True)


def _on_sit(turn: Turn, event: SitAsked) -> None:
    if turn.state.is_standing:
        _change_label(turn, is_standing=False)
    else:
        turn.refuse(SitAsked, "already sitting", "Say `unsit stand` when you stand.")


def can_undo(state: State, now_s: float) -> bool:
    return state.undoable is not None and now_s <= state.undoable.until_s and state.session is None


def _take_back(turn: Turn, again: Callable[[State, AnyEvent], tuple[State, tuple[AnyDecision, ...]]]) -> None:
    """Everything is as if it had not been said: what has happened since happens again without it.

    Args: again: the step, for what happens again.
    """
    undoable = turn.state.undoable
    if undoable is None or not can_undo(turn.state, turn.now_s):
        turn.refuse(
            UndoAsked, "there is nothing to take back", "A skip, done, snooze, stand or sit can be, for a minute."
        )
        return
    state = replace(undoable.before, records=turn.state.records)
    kept: list[AnyDecision] = []
    for since in undoable.since:
        state, decisions = again(state, since)
        kept.extend(decision for decision in decisions if isinstance(decision, Outcome | NaturalBreak))
    turn.state = replace(state, now=turn.now)
    turn.say(Revoked(undoable.command, undoable.first_record))
    turn.decisions.extend(kept)
    shown = turn.state.prompt
    _see_sign(turn)
    turn.decide_due()
    if shown and shown.stage == "offered" and turn.state.prompt == shown:
        _say_prompted(turn, shown, again=True)


def _on_toggle(turn: Turn, _event: ToggleAsked) -> None:
    session = turn.state.session
    if session is None:
        return
    if session.paused_s is None:
        session = sessions.mark_reached(session, turn.now_s)
        turn.set(session=replace(session, paused_s=turn.now_s, paused_by="person"))
    else:
        entered_s = session.entered_s + turn.now_s - session.paused_s
        turn.set(session=replace(session, entered_s=entered_s, paused_s=None))


def _on_next(turn: Turn, _event: NextAsked) -> None:
    session = turn.state.session
    if session:
        _enter_segment(turn, sessions.mark_reached(session, turn.now_s), session.index + 1, turn.now_s)


def _on_previous(turn: Turn, _event: PreviousAsked) -> None:
    session = turn.state.session
    if session:
        is_early = sessions.elapsed_s(session, turn.now_s) < sessions.BACK_WITHIN_S
        index = max(0, session.index - 1) if is_early else session.index
        _enter_segment(turn, sessions.mark_reached(session, turn.now_s), index, turn.now_s)


def _on_stop(turn: Turn, _event: StopAsked) -> None:
    _end_session(turn, turn.now_s, stopped_by="person")


def _on_hurts(turn: Turn, _event: HurtsAsked) -> None:
    _end_session(turn, turn.now_s, stopped_by="pain")


def _on_choose(turn: Turn, event: ChooseAsked) -> None:
    state, session = turn.state, turn.state.session
    if session is None:
        return
    if not sessions.may_choose(session):
        turn.refuse(ChooseAsked, "it has begun", "Stop it, and start another one.")
        return
    choice, ahead = session.choice, sessions.exercises_ahead(session)
    if event.exercise is not None:
        if session.routine is not None:
            turn.refuse(ChooseAsked, "a routine has its own exercises", "Stop it, and start another one.")
            return
        if rotation.find(state, event.exercise) is None or event.exercise in state.hurt:
            turn.refuse(ChooseAsked, "{about} cannot be chosen", about=event.exercise)
            return
        choice, ahead = replace(sessions.choose(state, (event.exercise,)), walk_s=choice.walk_s), (event.exercise,)
    if event.first is not None:
        choice = replace(choice, first={**choice.first, **dict.fromkeys(ahead, event.first)})
    if event.walk_s is not None:
        choice = replace(choice, walk_s=event.walk_s)
    if event.hold_s is not None:
        if not sessions.HOLD_LEAST_S <= event.hold_s <= sessions.HOLD_MOST_S:
            turn.refuse(ChooseAsked, "a hold lasts from 15 to 120 seconds")
            return
        choice = replace(choice, hold_s={**choice.hold_s, **dict.fromkeys(ahead, event.hold_s)})
    segments = sessions.segments(state.catalogue, replace(choice, exercises=ahead))
    if not segments:
        turn.refuse(ChooseAsked, "the exercise is no longer there", "Stop it, and start another one.")
        return
    # A shorter prepare that is over already ends now, not in the past: the hold keeps its full length.
    elapsed_s = min(sessions.elapsed_s(session, turn.now_s), segments[0].seconds)
    until_s = turn.now_s if session.paused_s is None else session.paused_s
    turn.set(session=replace(
        session,
        choice=choice,
        segments=(*session.segments[: session.index], *segments),
        reached=(*session.reached[: session.index], *(0.0,) * len(segments)),
        entered_s=until_s - elapsed_s,
    ))  # fmt: skip


# ----------------------------------------------------------------------------------------------------------------- the step

Rule = Callable[[Turn, Any], None]

RULES: Final[Mapping[type[Event], Rule]] = {
    Stopped: _on_stopped,
    Tick: _on_tick,
    ClockStepped: _on_clock_stepped,
    SettingsChanged: _on_settings_changed,
    InputStopped: _on_input_stopped,
    InputSeen: _on_input_seen,
    Locked: _on_locked,
    Unlocked: _on_unlocked,
    SensorsChanged: _on_sensors_changed,
    Slept: _on_slept,
    Woke: _on_woke,
    HoldBegan: _on_hold_began,
    HoldEnded: _on_hold_ended,
    BeginAsked: _on_begin,
    SnoozeAsked: _on_snooze,
    SkipAsked: _on_skip,
    DoneAsked: _on_done,
    UndoAsked: lambda turn, _event: _take_back(turn, step),
    PauseAsked: _on_pause,
    ResumeAsked: _on_resume,
    StandAsked: _on_stand,
    SitAsked: _on_sit,
    ToggleAsked: _on_toggle,
    NextAsked: _on_next,
    PreviousAsked: _on_previous,
    StopAsked: _on_stop,
    HurtsAsked: _on_hurts,
    ChooseAsked: _on_choose,
}
"""What each event does. `Started` makes the state and stands apart: `_start`."""

NOT_IN_SESSION: Final = (BeginAsked, DoneAsked, SnoozeAsked, SkipAsked, StandAsked, SitAsked, UndoAsked)
ONLY_IN_SESSION: Final = (ToggleAsked, NextAsked, PreviousAsked, StopAsked, HurtsAsked, ChooseAsked)
UNDOABLE: Final = (SkipAsked, DoneAsked, SnoozeAsked, StandAsked, SitAsked)


def step(state: State | None, event: AnyEvent) -> tuple[State, tuple[AnyDecision, ...]]:
    """One event: what is the case after it, and what was decided.

    Args:
        state: None before the very first start.

    Raises:
        ValueError: no state, and the event is not `Started`.
    """
    if isinstance(event, Started):
        turn = _start(state, event, _fire_due)
        _fire_due(turn)
        if state is not None:
            _remember_for_undo(turn, state.undoable, event)
        return turn.state, tuple(turn.decisions)
    if state is None:
        raise ValueError(f"{type(event).__name__} before Started")
    turn = Turn(state, event.now, _fire_due)
    if state.is_stopped:  # what comes while the daemon ends decides nothing: the next start finds what is so
        if isinstance(event, Command):
            turn.refuse(type(event), "Unsit is ending", "Start it again.")
        return state, tuple(turn.decisions)
    if not isinstance(event, Woke):  # after a sleep the order is its own
        _fire_due(turn)
    if isinstance(event, Command):
        _obey(turn, event)
    else:
        RULES[type(event)](turn, event)
    _fire_due(turn)
    if not isinstance(event, UndoAsked):
        _remember_for_undo(turn, state.undoable, event)
    return turn.state, tuple(turn.decisions)


def _obey(turn: Turn, event: Command) -> None:
    """A command is a sign of the person, then does what it says, if the state allows it."""
    if not (
        isinstance(event, UndoAsked) and can_undo(turn.state, turn.now_s)
    ):  # what is taken back comes first: it decides who is away
        _see_sign(turn)
        _fire_due(turn)
    if turn.state.session and isinstance(event, NOT_IN_SESSION):
        turn.refuse(type(event), "a session is running", "Stop it first, or let it end.")
        return
    if turn.state.session is None and isinstance(event, ONLY_IN_SESSION):
        turn.refuse(type(event), "no session is running", "Start one with `unsit begin`.")
        return
    before, said = turn.state, len(turn.decisions)
    RULES[type(event)](turn, event)
    if isinstance(event, UNDOABLE):
        _make_undoable(turn, event, before, turn.decisions[said:])


def _make_undoable(turn: Turn, event: Command, before: State, decided: Sequence[AnyDecision]) -> None:
    """A command that was not refused can be taken back for a while."""
    if any(isinstance(decision, Refused) for decision in decided):
        return
    records = [decision.record for decision in decided if isinstance(decision, Outcome)]
    if before.prompt is not None:  # whatever ends it from now on does so because of the command
        records.append(before.prompt.id)
    turn.set(
        undoable=Undoable(
            command=command_word(type(event)),
            until_s=turn.now_s + UNDO_WITHIN_S,
            before=_forget_old_undos(before, turn.now_s, UNDO_DEPTH),
            since=(),
            first_record=min(records, default=before.records + 1),
        )
    )


def _forget_old_undos(state: State, now_s: float, depth: int) -> State:
    """A command can be taken back after the one that followed it was; not for ever, since each holds a whole state."""
    inner = state.undoable
    if inner is None:
        return state
    if not depth or now_s > inner.until_s:
        return replace(state, undoable=None)
    return replace(state, undoable=replace(inner, before=_forget_old_undos(inner.before, now_s, depth - 1)))


def _remember_for_undo(turn: Turn, undoable: Undoable | None, event: AnyEvent) -> None:
    """What happens after a command that can be taken back must happen again when it is."""
    if undoable is None or turn.state.undoable is not undoable:
        return  # there was none, or this event made or ended one
    if turn.now_s > undoable.until_s:
        turn.set(undoable=None)
    else:
        turn.set(undoable=replace(undoable, since=(*undoable.since, event)))
