"""What the log tells, step by step: each event with what was decided on it, and with the states before and after.

The decisions are those that were written down then. The states are worked out by the core of today, which the words of `unsit
why` need for what a decision does not say (since when somebody sat, what held).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from unsit.core import engine, hours
from unsit.core.model import AnyDecision, AnyEvent, Locked, Now, Slept, Started, State, Woke

CONTEXT: Final = timedelta(days=1)
"""How much of the log before a moment, and after it, belongs to its explanation."""
PART_MOST: Final = 20_000
"""Events: half a year of them, and a second of work."""

Gone = Literal["idle", "lock", "sleep", "off", "nobody"]
"""What confirmed an absence: no input, the lock, the machine's sleep, a time in which the program did not run, or that nobody
was there at the start."""

WaitCause = Literal["hold", "pause", "absence", "start"]


class Logged(Struct, frozen=True):
    """An event of the log with its decisions. `begins`: it follows from nothing before it."""

    event: AnyEvent
    decisions: tuple[AnyDecision, ...]
    begins: bool = False


class LogPart(Struct, frozen=True):
    """A piece of the log. Attributes: state: before its first row; None where that begins. is_cut: it ends too early."""

    state: State | None = None
    rows: tuple[Logged, ...] = ()
    is_cut: bool = False


class Wait(Struct, frozen=True):
    """What a due prompt has to settle after. Attributes: names: the reasons to hold; since: when it began."""

    cause: WaitCause
    since: datetime
    until_s: float
    names: tuple[str, ...] = ()


class Happening(Struct, frozen=True):
    """Attributes:
    before, after: None where today's rules cannot make out the state.
    gone: how the absence in `before` or `after` came about; None where there is none.
    wait: the last wait that began up to here.
    """

    event: AnyEvent
    decisions: tuple[AnyDecision, ...]
    before: State | None
    after: State | None
    gone: Gone | None = None
    wait: Wait | None = None


def follow(part: LogPart) -> tuple[list[Happening], Walls]:
    """The rows of a part, with their states."""
    found: list[Happening] = []
    walls = Walls()
    state, gone, wait = part.state, None, None
    for row in part.rows:
        walls.learn(row.event.now)
        before = None if row.begins else state
        # Barrier: rules that are newer than the log may stumble over it. What was decided is told all the same.
        try:
            after: State | None = engine.step(before, row.event)[0]
        except Exception:  # noqa: BLE001 - whatever it is, the next start makes a state again
            after = None
        began = _gone(row.event, before, after)
        wait = _wait(row.event, before, after, walls) or wait
        found.append(Happening(row.event, row.decisions, before, after, began or gone, wait))
        gone = (began or gone) if after is not None and after.absence else None
        state = after
    return found, walls


def _gone(event: AnyEvent, before: State | None, after: State | None) -> Gone | None:
    """What confirmed the absence that began here; None where none did."""
    known = before.absence if before else None
    if isinstance(event, Started):
        if before is None:
            return "nobody" if event.is_away else None
        return "off" if is_gap(event, before) and known is None else None
    if isinstance(event, Woke | Slept) and known is None:
        return "sleep"
    if after is None or after.absence is None or after.absence == known:
        return None
    return "lock" if isinstance(event, Locked) or after.is_locked else "idle"


def _wait(event: AnyEvent, before: State | None, after: State | None, walls: Walls) -> Wait | None:
    if before is None or after is None or after.settle_until_s == before.settle_until_s:
        return None
    until_s = after.settle_until_s
    if before.pause is not None and after.pause is None:
        return Wait("pause", walls.at(before, before.pause.since_s), until_s)
    if before.absence is not None and after.absence is None:
        return Wait("absence", walls.at(before, before.absence.since_s), until_s)
    if isinstance(event, Started) and is_gap(event, before):  # an absence, too short to count
        return Wait("start", last_life(event, before), until_s)
    gone = tuple(sorted(before.holds.keys() - after.holds.keys()))
    if gone:
        return Wait("hold", walls.at(before, min(before.holds[reason] for reason in gone)), until_s, gone)
    return None


def is_gap(event: Started, before: State) -> bool:
    """The time before this start counts as an absence: it was ended, or the machine was."""
    return before.is_stopped or before.now.boot_id != event.now.boot_id


def last_life(event: Started, before: State) -> datetime:
    """The last evidence of life before this start."""
    last = before.now.wall
    return local(max(last, event.alive_until.wall) if event.alive_until else last, before)


class Walls:
    """When it was, by the clock on the wall: what the log says, and what is reckoned from it."""

    def __init__(self) -> None:
        self._known: Final[dict[tuple[str, float], datetime]] = {}

    def learn(self, now: Now) -> None:
        self._known.setdefault((now.boot_id, now.boot_s), now.wall)

    def at(self, state: State, at_s: float) -> datetime:
        """An instant of this state."""
        known = self._known.get((state.now.boot_id, at_s))
        if known is None:
            known = state.now.wall + timedelta(seconds=at_s - state.now.boot_s)
        return local(known, state)


def local(moment: datetime, state: State | None) -> datetime:
    return moment if state is None else hours.local_datetime(moment.timestamp(), state.zone)
