"""What every room of the rules works on: a step under way, and a timer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from unsit.core.model import AnyDecision, Event, Now, Refused, State

CLOCK_STEP_LEAST_S: Final = 2.0
"""A smaller difference between the two clocks is a clock that is being corrected, or the time between reading them."""


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


class Timer(Struct, frozen=True):
    """Attributes:
    at: when it is due, as an instant on the boot clock; None while there is nothing to wait for.
    fire: decides; called with the instant at which it was due, which may be long past.
    """

    name: str
    at: Callable[[State], float | None]
    fire: Callable[[Turn, float], None]


def _clock_step_s(before: Now, now: Now) -> float:
    """How far somebody set the wall clock between two samples; 0 across boots, where nobody can tell."""
    if before.boot_id != now.boot_id:
        return 0.0
    step_s = (now.wall - before.wall).total_seconds() - (now.boot_s - before.boot_s)
    return step_s if abs(step_s) >= CLOCK_STEP_LEAST_S else 0.0


def command_word(kind: type[Event]) -> str:
    """The word of the one vocabulary: `SnoozeAsked` is `snooze`."""
    return kind.__name__.removesuffix("Asked").lower()


def boot_of(state: State, wall: float) -> float:
    """The instant at which the wall clock will show this, if nobody sets it."""
    return state.now.boot_s + (wall - state.now.wall.timestamp())
