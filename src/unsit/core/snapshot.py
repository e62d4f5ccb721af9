"""What everybody outside sees: one Snapshot, made from the state, read by tray, pages, CLI and bars.

Types first, then `snapshot()`. No view reaches into the state.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from unsit.core import hours
from unsit.core import session as sessions
from unsit.core.model import Now, Outcome, Prompt, Session, State
from unsit.core.rules import holding, prompting, sitting, undo

Phase = Literal["counting", "due", "snoozed", "held", "session", "break", "paused", "away", "off"]
"""counting: the sitting clock runs. due: a prompt is offered (or stays open silently). snoozed. held: due, and a hold (or a
settle) keeps it back. session. break: after a session, until the first input. paused. away: confirmed absent. off: outside the
hours."""


class Moment(Struct, frozen=True):
    """An instant on both clocks: `boot_s` to count with, `wall` (ISO 8601 with offset) to show."""

    boot_s: float
    wall: str


class PromptView(Struct, frozen=True):
    id: int
    stage: Literal["waiting", "offered", "snoozed"]
    exercises: tuple[str, ...]
    routine: str | None
    snoozes_left: int
    reminders_left: int
    standing: bool
    due: Moment
    until: Moment | None
    """The end of the snooze, or of the settle that it waits for; None where only a hold, a pause or an absence decides."""


class SegmentView(Struct, frozen=True):
    """Attributes: stage: of its exercise, from 0; in `prepare` and `switch` the one that comes."""

    kind: str
    seconds: float
    side: str | None
    exercise: str
    stage: int = 0


class SessionView(Struct, frozen=True):
    """A running session.

    Attributes:
        index: the current segment.
        elapsed_s: seconds into it at `Snapshot.boot_s`.
        ends: when it ends; None while paused.
        reached: seconds reached in each segment.
        may_choose: exercise, side, walk and hold can still be chosen anew.
        work: what has been done so far: left, right, walk, reps, breaths, rest, in seconds.
    """

    id: int
    exercises: tuple[str, ...]
    routine: str | None
    segments: tuple[SegmentView, ...]
    index: int
    elapsed_s: float
    ends: Moment | None
    paused: bool
    reached: tuple[float, ...]
    may_choose: bool
    began: Moment
    total_s: float
    work: dict[str, float]
    first: dict[str, str]
    walk_s: float
    hold_s: dict[str, float]
    paused_by: str | None = None
    """`person`, `sleep` (the machine's) or `restart` (the daemon died); None while it runs."""


class HoldView(Struct, frozen=True):
    reason: str
    since: Moment
    ignored: bool
    by: tuple[str, ...] = ()
    """Programs or services that are behind it, where the desktop tells; empty where nobody knows."""


class LastView(Struct, frozen=True):
    """How the last prompt or session ended."""

    word: str
    exercises: tuple[str, ...]
    work: dict[str, float] | None
    at: Moment
    session: int | None
    reason: str | None = None


class StopView(Struct, frozen=True):
    """The session that was stopped last, and by what: `person`, `pain`, `pause` or `sleep` (that took too long), `quit`."""

    session: int
    by: str


class UndoView(Struct, frozen=True):
    command: str
    until: Moment


class Snapshot(Struct, frozen=True):
    """Attributes:
    boot_s, wall: the clocks at which this snapshot is true.
    boot_id: the boot `boot_s` belongs to.
    sitting_since: when the sitting clock started; None where it stands at zero.
    due: when the next prompt falls due, if the person stays; None where nothing is counted.
    changes_by_itself: the core's next wake-up.
    allowed: the commands that the state allows now, by the names of docs/control.md.
    problems: what does not work, in words for people, each with its next step.
    """

    version: str
    boot_s: float
    boot_id: str
    wall: str
    phase: Phase
    sat_s: float
    every_s: float
    sitting_since: Moment | None
    due: Moment | None
    prompt: PromptView | None
    session: SessionView | None
    pause_until: Moment | None
    """The end of the pause; None also where it lasts until resumed (phase `paused`)."""
    holds: tuple[HoldView, ...]
    absent_since: Moment | None
    locked: bool
    standing: bool
    hours_change: Moment | None
    """When the hours close or open next; None without hours."""
    next_exercises: tuple[str, ...]
    """What `begin` would start."""
    next_seconds: float
    undo: UndoView | None
    allowed: tuple[str, ...]
    hurt: tuple[str, ...]
    last: LastView | None
    problems: tuple[str, ...] = ()
    next_first: dict[str, str] = {}
    """Exercise -> the side that `begin` would start with."""
    stopped: StopView | None = None
    """None once a session has run to its end since."""
    catalogue_version: int = 0
    """Another number: the exercises, or what is set about them, were read anew; ask `catalogue` again."""
    muted: bool = False
    """The person wants no sound."""
    sound_note: str = ""
    """Why a stretch is not heard as it should be, in words for people; empty where all is well or not yet known."""
    no_stretch: str = ""
    """Why a break is the walk alone, in words for people; empty where a stretch is left that suits."""


ANY_TIME: Final = ("pause",)
FREE: Final = ("begin", "done")
IN_SESSION: Final = ("toggle", "next", "previous", "stop", "hurts")


def snapshot(
    state: State, now: Now, version: str, problems: tuple[str, ...] = (), *, catalogue_version: int = 0
) -> Snapshot:
    """The state as everybody outside may see it, at this moment."""

    def moment(at_s: float | None) -> Moment | None:
        return None if at_s is None else _moment(now, at_s)

    def at_wall(wall: float | None) -> Moment | None:
        return None if wall is None else _moment(now, now.boot_s + wall - now.wall.timestamp())

    pause, undoable, last = state.pause, state.undoable, state.last_outcome
    can_undo = undo.is_possible(state, now.boot_s)
    exercises = prompting.next_exercises(state)
    choice = sessions.choose(state, exercises)
    return Snapshot(
        version=version,
        boot_s=now.boot_s,
        boot_id=now.boot_id,
        wall=now.wall.isoformat(),
        phase=_phase(state),
        sat_s=sitting.sat_s(state, now.boot_s),
        every_s=sitting.every_s(state),
        sitting_since=moment(state.sitting_since_s),
        due=None if state.absence or not state.is_open else moment(sitting.due_s(state)),
        prompt=_prompt_view(state, state.prompt, now) if state.prompt else None,
        session=_session_view(state, state.session, now) if state.session else None,
        pause_until=(at_wall(pause.until_wall) or moment(pause.until_s)) if pause else None,
        holds=tuple(
            HoldView(reason, _moment(now, since_s), reason in state.ignored_holds)
            for reason, since_s in sorted(state.holds.items())
        ),
        absent_since=moment(state.absence.since_s) if state.absence else None,
        locked=state.is_locked,
        standing=state.is_standing,
        hours_change=at_wall(state.hours_until_wall) if state.hours_until_wall < hours.FOREVER_WALL else None,
        next_exercises=exercises,
        next_seconds=sessions.total_s(sessions.segments(state.catalogue, choice)),
        undo=UndoView(undoable.command, _moment(now, undoable.until_s)) if undoable and can_undo else None,
        allowed=_allowed(state, can_undo=can_undo),
        hurt=tuple(sorted(state.hurt)),
        last=_last_view(last, _moment(now, state.last_outcome_s)) if last else None,
        problems=problems,
        next_first=dict(choice.first),
        stopped=StopView(*state.last_stop) if state.last_stop else None,
        catalogue_version=catalogue_version,
    )


def _last_view(outcome: Outcome, at: Moment) -> LastView:
    return LastView(outcome.word, outcome.exercises, outcome.work, at, outcome.session, outcome.reason)


def _moment(now: Now, at_s: float) -> Moment:
    wall: datetime = now.wall + timedelta(seconds=at_s - now.boot_s)
    return Moment(at_s, wall.isoformat())


def _phase(state: State) -> Phase:
    prompt = state.prompt
    if state.session:
        return "session"
    if state.is_after_session:
        return "break"
    if state.absence:
        return "away"
    if prompt and prompt.stage == "offered":
        return "due"
    if state.pause:
        return "paused"
    if not state.is_open:
        return "off"
    if prompt:
        return "snoozed" if prompt.stage == "snoozed" else "held"
    return "counting"


def _prompt_view(state: State, prompt: Prompt, now: Now) -> PromptView:
    until_s = None
    if prompt.stage == "snoozed":
        until_s = prompt.snoozed_until_s
    elif prompt.stage == "waiting" and not holding.kept_back_by(state) and not state.absence:
        until_s = state.settle_until_s
    return PromptView(
        id=prompt.id,
        stage=prompt.stage,
        exercises=prompt.exercises,
        routine=prompt.routine,
        snoozes_left=prompting.snoozes_left(prompt),
        reminders_left=max(0, prompt.settings.reminders - prompt.reminders),
        standing=prompt.standing,
        due=_moment(now, prompt.due_s),
        until=None if until_s is None else _moment(now, until_s),
    )


def _session_view(state: State, session: Session, now: Now) -> SessionView:
    reached = sessions.mark_reached(session, now.boot_s)
    segment = session.segments[session.index]
    is_paused = session.paused_s is not None
    return SessionView(
        id=session.id,
        exercises=session.choice.exercises,
        routine=session.routine,
        segments=tuple(SegmentView(s.kind, s.seconds, s.side, s.exercise, s.stage) for s in session.segments),
        index=session.index,
        elapsed_s=sessions.elapsed_s(session, now.boot_s),
        ends=None if is_paused else _moment(now, session.entered_s + segment.seconds),
        paused=is_paused,
        reached=reached.reached,
        may_choose=sessions.may_choose(session),
        work=sessions.work(reached),
        began=_moment(now, session.began_s),
        total_s=sessions.total_s(session.segments),
        first=dict(session.choice.first),
        walk_s=session.choice.walk_s,
        hold_s=sessions.holds_to_choose(state.catalogue, session.choice),
        paused_by=session.paused_by if is_paused else None,
    )


def _allowed(state: State, *, can_undo: bool) -> tuple[str, ...]:
    """The commands that would not be refused now."""
    words = list(ANY_TIME)
    if state.pause:
        words.append("resume")
    if state.session:
        words.extend(IN_SESSION)
        if sessions.may_choose(state.session):
            words.append("choose")
        return tuple(words)
    words.extend(FREE)
    words.append("sit" if state.is_standing else "stand")
    if state.prompt:
        words.append("skip")
        if state.prompt.stage == "offered" and prompting.snoozes_left(state.prompt):
            words.append("snooze")
    if can_undo:
        words.append("undo")
    return tuple(words)
