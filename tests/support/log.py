"""What a history has written down, for tests that compare all of it."""

from __future__ import annotations

from unsit.core.model import AnyDecision
from unsit.store.history import History


def decisions_of(history: History) -> list[AnyDecision]:
    """Every decision, oldest first; without those that this version does not know."""
    return [decision for number, *_event in history._events(0) for decision in history._decisions(number)]
