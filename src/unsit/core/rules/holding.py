"""What keeps a due prompt back: holds, a pause, and the settle after them.

The pause that a person asks for is begun in commands.py, where their other words are.
"""

from __future__ import annotations

from unsit.core.model import HoldBegan, HoldEnded, HoldReason, State
from unsit.core.rules.turn import Turn, boot_of


def effective_holds(state: State) -> tuple[HoldReason, ...]:
    return tuple(sorted(reason for reason in state.holds if reason not in state.ignored_holds))


def kept_back_by(state: State) -> tuple[str, ...]:
    """The reasons for which a due prompt waits."""
    return tuple(sorted((*effective_holds(state), "paused"))) if state.pause else effective_holds(state)


def settle(turn: Turn, until_s: float) -> None:
    """With several waits the latest counts."""
    turn.set(settle_until_s=max(turn.state.settle_until_s, until_s))


def begin(turn: Turn, reason: HoldReason) -> None:
    if reason not in turn.state.holds:
        turn.set(holds={**turn.state.holds, reason: turn.now_s})


def end(turn: Turn, reason: HoldReason) -> None:
    state = turn.state
    if reason not in state.holds:
        return
    turn.set(
        holds={key: since for key, since in state.holds.items() if key != reason},
        ignored_holds=state.ignored_holds - {reason},
    )
    if not effective_holds(turn.state):
        settle(turn, turn.now_s + state.settings.prompt.settle_s)


def end_pause(turn: Turn, at_s: float) -> None:
    turn.set(pause=None)
    settle(turn, at_s + turn.state.settings.prompt.settle_after_pause_s)


def pause_end_at(state: State) -> float | None:
    if state.pause is None:
        return None
    if state.pause.until_wall is not None:
        return boot_of(state, state.pause.until_wall)
    return state.pause.until_s


def limit_at(state: State) -> float | None:
    prompt = state.prompt
    if prompt is None or prompt.stage != "waiting" or state.absence:
        return None
    limit = state.settings.hold.limit_s
    return min((max(state.holds[r], prompt.waiting_s) + limit for r in effective_holds(state)), default=None)


def fire_limit(turn: Turn, at_s: float) -> None:
    prompt, limit = turn.state.prompt, turn.state.settings.hold.limit_s
    if prompt:
        over = {r for r in effective_holds(turn.state) if max(turn.state.holds[r], prompt.waiting_s) + limit <= at_s}
        turn.set(ignored_holds=turn.state.ignored_holds | over)


def on_hold_began(turn: Turn, event: HoldBegan) -> None:
    begin(turn, event.reason)


def on_hold_ended(turn: Turn, event: HoldEnded) -> None:
    end(turn, event.reason)
