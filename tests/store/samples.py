"""Steps to write down: a little core of their own, so that what the store does is told apart from what the rules say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

from msgspec.structs import replace

from unsit.core.model import (
    AnyDecision,
    AnyEvent,
    Exercise,
    InputSeen,
    NaturalBreak,
    Now,
    Outcome,
    Prompted,
    Settings,
    SkipAsked,
    Started,
    State,
    Stopped,
    Tick,
    Undoable,
)

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
CATALOGUE = (
    Exercise("walk", "movement", "desk", "walk", amount=120.0),
    Exercise("standing-lunge", "stretch", "desk", "hold", per_side=True),
)
VERSION = "1.0"

Sample = tuple[AnyEvent, tuple[AnyDecision, ...], State]


def moment(n: int, boot: str = "boot-1") -> Now:
    return Now(n * 60.0, boot, START + timedelta(minutes=n))


def step(state: State | None, event: AnyEvent) -> State:
    """Counts events in `records`, and remembers that it was stopped."""
    if isinstance(event, Started) and state is None:
        state = State(event.settings, event.catalogue, event.zone, event.now)
    if state is None:
        raise ValueError("the log begins with a start")
    return replace(state, now=event.now, records=state.records + 1, is_stopped=isinstance(event, Stopped))


def decide(event: AnyEvent, record: int) -> tuple[AnyDecision, ...]:
    """One record for each event, of every sort that the history knows."""
    if isinstance(event, SkipAsked):
        return (Outcome(record, "skipped", ("standing-lunge",), sat_s=3600.0, snoozes=2),)
    if isinstance(event, InputSeen):
        return (NaturalBreak(record, 420.0),)
    if isinstance(event, Tick):
        work = {"left": 30.0, "right": 30.0, "walk": 119.5}
        return (
            Prompted(record, ("standing-lunge",), 3600.0, 3),
            Outcome(record, "completed", ("standing-lunge",), work=work, session=record),
        )
    return ()


def started(n: int = 0, boot: str = "boot-1") -> Started:
    return Started(moment(n, boot), Settings(), CATALOGUE, "UTC")


def samples(state: State | None = None, first: int = 0, boot: str = "boot-1") -> Iterator[Sample]:
    """Steps without end, a minute apart, beginning with a start."""
    for n in count(first):
        kind = (Tick, InputSeen, SkipAsked)[n % 3]
        event: AnyEvent = started(n, boot) if n == first else kind(moment(n, boot))
        state = step(state, event)
        yield event, decide(event, state.records), state


def undoable(state: State) -> State:
    """The deepest state there is: one that holds the one before it, and events."""
    return replace(state, undoable=Undoable("skip", 60.0, state, (SkipAsked(moment(1)), Tick(moment(2))), 1))
