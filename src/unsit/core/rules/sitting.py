"""The sitting clock: since when, how long, and when the next prompt is due by it."""

from __future__ import annotations

from unsit.core.model import State
from unsit.core.rules.turn import Turn


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


def start(turn: Turn, at_s: float) -> None:
    if turn.state.is_open:
        turn.set(sitting_since_s=at_s, due_from_s=at_s, is_due_now=False)


def clear(turn: Turn) -> None:
    turn.set(sitting_since_s=None, is_due_now=False)
