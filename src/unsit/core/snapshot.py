"""What everybody outside sees: one Snapshot, made from the state, read by tray, pages, CLI and bars.

Types first, then `snapshot()`. No view reaches into the state.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

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
    kind: str
    seconds: float
    side: str | None
    exercise: str


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


class HoldView(Struct, frozen=True):
    reason: str
    since: Moment
    ignored: bool


class LastView(Struct, frozen=True):
    """How the last prompt or session ended."""

    word: str
    exercises: tuple[str, ...]
    work: dict[str, float] | None
    at: Moment
    session: int | None
    reason: str | None = None


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
