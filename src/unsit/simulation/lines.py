"""How a decision reads in the output of `unsit simulate`: as a line, or as a JSON object with the same fields."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from unsit.core.model import (
    AnyDecision,
    Cue,
    Held,
    NaturalBreak,
    Outcome,
    Prompted,
    Refused,
    Reminded,
    Revoked,
    SessionBegan,
    SessionEnded,
    Snoozed,
    Withdrawn,
)

Fields = list[tuple[str, Any]]


def describe(decision: AnyDecision, now: datetime, step_s: float) -> tuple[str, Fields] | None:
    """The event's words and its fields; None for what is not printed.

    Args:
        now: the script's clock.
        step_s: how far the wall clock is from it.
    """
    fields: Fields = []
    match decision:
        case Prompted():
            words = "routine" if decision.routine else "prompt"
            fields = [
                ("exercise", _joined(decision.exercises)),
                ("sat", int(decision.sat_s)),
                ("snoozes_left", decision.snoozes_left),
            ]
        case Reminded():
            words = "remind"
        case Held():
            words = "held"
            fields = [("exercise", _joined(decision.exercises)), ("reasons", _joined(decision.reasons))]
        case Withdrawn():
            words, fields = "withdraw", [("reason", decision.reason)]
        case Snoozed():
            until = datetime.fromtimestamp(decision.until_wall.timestamp() - step_s, now.tzinfo)
            words, fields = "snooze", [("for", int(decision.for_s)), ("until", stamp(until))]
        case SessionBegan():
            words = "session"
            fields = [("exercise", _joined(decision.exercises)), ("seconds", int(decision.seconds))]
        case Cue():
            segment = decision.segment
            words = f"cue {segment.kind}"
            fields = [("side", segment.side)] if segment.side else []
            if segment.stage:
                fields.append(("stage", segment.stage + 1))
            fields.append(("seconds", int(segment.seconds)))
        case SessionEnded():
            words = "cue end"
        case Outcome():
            words = f"outcome {decision.word}"
            fields = _outcome(decision)
        case NaturalBreak():
            words, fields = "natural", [("seconds", int(decision.seconds))]
        case Refused():
            words, fields = (
                "refused",
                [("command", decision.command), ("reason", decision.reason.format(about=decision.about))],
            )
        case Revoked():
            return None
    routine = getattr(decision, "routine", None)
    if routine:
        fields.append(("routine", routine))
    if isinstance(decision, Prompted) and decision.again:
        fields.append(("again", "true"))
    return words, fields


def _outcome(outcome: Outcome) -> Fields:
    fields: Fields = [(key, int(seconds)) for key, seconds in (outcome.work or {}).items()]
    if outcome.sat_s is not None:
        fields.append(("sat", int(outcome.sat_s)))
    if outcome.reason:
        fields.append(("reason", outcome.reason))
    return fields


def _joined(words: Sequence[str]) -> str:
    return ",".join(words)


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def as_text(now: datetime, words: str, fields: Fields) -> str:
    return " ".join([stamp(now), words, *(f"{key}={_quoted(value)}" for key, value in fields)])


def _quoted(value: Any) -> str:
    text = str(value)
    if text and not any(mark in text for mark in ' "\t'):
        return text
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def as_json(now: datetime, words: str, fields: Fields) -> str:
    event, _space, detail = words.partition(" ")
    record: dict[str, Any] = {"time": stamp(now), "event": event}
    if detail:
        record[event] = detail
    for key, value in fields:
        record[key] = True if value == "true" else value
    return msgspec.json.encode(record).decode()
