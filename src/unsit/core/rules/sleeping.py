"""The machine sleeps and wakes."""

from __future__ import annotations

from msgspec.structs import replace

from unsit.core import session as sessions
from unsit.core.model import Slept, Woke
from unsit.core.rules import guiding, presence
from unsit.core.rules.turn import Turn


def _fall_asleep(turn: Turn, at_s: float) -> None:
    state = turn.state
    since_s = at_s if state.idle_since_s is None else min(state.idle_since_s, at_s)
    turn.set(asleep_since_s=at_s, idle_since_s=since_s)
    if state.session and state.session.paused_s is None:
        turn.set(session=replace(sessions.mark_reached(state.session, at_s), paused_s=at_s, paused_by="sleep"))
    presence.confirm_absence(turn, since_s)


def after_sleep(turn: Turn, since_s: float) -> None:
    """What a sleep ends, before anything else that was due in it."""
    if turn.state.session and turn.now_s - since_s >= turn.state.settings.away.credit_s:
        guiding.end(turn, since_s, stopped_by="sleep")
    elif turn.state.session is None:
        presence.credit_absence(turn)


def on_slept(turn: Turn, _event: Slept) -> None:
    if turn.state.asleep_since_s is None:
        _fall_asleep(turn, turn.now_s)


def on_woke(turn: Turn, event: Woke) -> None:
    since_s = turn.state.asleep_since_s
    if since_s is None and event.asleep_since_s is not None:
        since_s = min(event.asleep_since_s, turn.now_s)
        _fall_asleep(turn, since_s)
    if since_s is None:
        return
    turn.is_waking = True
    turn.set(asleep_since_s=None)
    after_sleep(turn, since_s)
    presence.learn(turn, event.found)
    turn.decide_due()
    turn.is_waking = False
    if presence.is_blind(turn.state):
        presence.see_sign(turn)
    presence.learn_signs(turn, event.found)
