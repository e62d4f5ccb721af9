"""What goes into the history and what comes out of it, as types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from unsit.core.model import AnyDecision, AnyEvent, NaturalBreak, Now, Outcome, State

Step = Callable[[State | None, AnyEvent], State]
"""The core's step without its decisions; None before the first event."""

WORK_KINDS: Final = ("left", "right", "walk", "reps", "breaths", "rest", "hold")


class Remembered(Struct, frozen=True):
    """What a new state takes over where the old one is lost: see the fields of the same names in `State`.

    `hurt`: exercises that ended in pain and were not completed since.
    """

    records: int = 0
    completed: dict[str, int] = field(default_factory=dict)
    last_completed: dict[str, int] = field(default_factory=dict)
    hurt: frozenset[str] = frozenset()


class Restored(Struct, frozen=True):
    """Where the last run of the daemon ended.

    Attributes:
        state: None in a new history, and where the state can no longer be read (then `is_lost`).
        last_event_now: the clocks at the last event.
        was_clean: the last event was the clean stop; true in a new history.
        version: of the program that wrote it; empty in a new history.
        remembered: for a new state.
    """

    state: State | None
    last_event_now: Now | None
    was_clean: bool
    version: str
    is_lost: bool = False
    remembered: Remembered = Remembered()


class OutcomeRow(Struct, frozen=True):
    """One prompt, session or natural break (`word` is then `natural`) that is over.

    Attributes:
        wall: when it ended, local time.
        work: kind -> seconds, for a session.
        sat_s: for a prompt that ended without a session.
        break_s: the length of a natural break.
        counts: false for what is left out of the statistics.
    """

    epoch: int
    record: int
    word: str
    wall: datetime
    exercises: tuple[str, ...]
    work: dict[str, float]
    sat_s: float | None
    break_s: float | None
    counts: bool
    reason: str | None
    routine: str | None
    session: int | None
    snoozes: int


class DayRow(Struct, frozen=True):
    """What ended with one word on one local day: how often, seconds of each kind of work, seconds of breaks."""

    day: date
    word: str
    count: int
    work: dict[str, float]
    break_s: float


class Entry(Struct, frozen=True):
    """One event of the log, in the form in which it is stored."""

    now: Now
    wall: str
    type: str
    body: bytes
    decisions: tuple[AnyDecision, ...]

    @classmethod
    def of(cls, event: AnyEvent, decisions: tuple[AnyDecision, ...]) -> Entry:
        raw: dict[str, Any] = msgspec.to_builtins(event)
        del raw["now"]
        name = raw.pop("type")
        return cls(event.now, event.now.wall.isoformat(), name, encode(raw), decisions)


encode = msgspec.json.Encoder().encode
decode_state = msgspec.json.Decoder(State).decode


@cache
def _decision_decoder() -> msgspec.json.Decoder[AnyDecision]:
    return msgspec.json.Decoder(AnyDecision)


def decode_decision(body: bytes) -> AnyDecision:
    """
    Raises:
        msgspec.MsgspecError: not a decision of this program.
    """
    return _decision_decoder().decode(body)


def decode_event(now: Now, type_: str, body: bytes) -> AnyEvent:
    """
    Raises:
        msgspec.MsgspecError: not an event of this program.
    """
    event: AnyEvent = msgspec.convert(
        {**msgspec.json.decode(body), "type": type_, "now": msgspec.to_builtins(now)}, AnyEvent
    )
    return event


def outcome_values(decision: Outcome | NaturalBreak) -> dict[str, Any]:
    """The columns of an outcome that its decision decides."""
    if isinstance(decision, NaturalBreak):
        row: dict[str, Any] = dict.fromkeys(
            (*(f"{kind}_s" for kind in WORK_KINDS), "sat_s", "reason", "routine", "session")
        )
        return row | {"record": decision.record, "word": "natural", "exercises": "[]", "break_s": decision.seconds,
                      "counts": decision.counts, "snoozes": 0}  # fmt: skip
    work = decision.work or {}
    return {f"{kind}_s": work.get(kind) for kind in WORK_KINDS} | {
        "record": decision.record,
        "word": decision.word,
        "exercises": encode(decision.exercises).decode(),
        "sat_s": decision.sat_s,
        "break_s": None,
        "counts": True,
        "reason": decision.reason,
        "routine": decision.routine,
        "session": decision.session,
        "snoozes": decision.snoozes,
    }


def outcome_row_of(decision: AnyDecision, now: Now, epoch: int) -> OutcomeRow | None:
    """The row that a decision will have in the file; None where it has none."""
    if not isinstance(decision, Outcome | NaturalBreak) or (isinstance(decision, Outcome) and decision.word == "void"):
        return None
    values = outcome_values(decision)
    work = {kind: amount for kind in WORK_KINDS if (amount := values.pop(f"{kind}_s")) is not None}
    exercises = decision.exercises if isinstance(decision, Outcome) else ()
    return OutcomeRow(epoch=epoch, wall=now.wall, work=work, **values | {"exercises": exercises})
