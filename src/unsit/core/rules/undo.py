"""Taking a command back: what must be kept for it, and what happens then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from unsit.core.model import (
    AnyDecision,
    AnyEvent,
    Command,
    NaturalBreak,
    Outcome,
    Refused,
    Revoked,
    State,
    Undoable,
    UndoAsked,
)
from unsit.core.rules import presence, prompting
from unsit.core.rules.turn import Turn, command_word

WITHIN_S: Final = 60.0
DEPTH: Final = 4
"""How many commands before the last one can be taken back too, one after the other."""


def is_possible(state: State, now_s: float) -> bool:
    return state.undoable is not None and now_s <= state.undoable.until_s and state.session is None


def take_back(turn: Turn, again: Callable[[State, AnyEvent], tuple[State, tuple[AnyDecision, ...]]]) -> None:
    """Everything is as if it had not been said: what has happened since happens again without it.

    Args: again: the step, for what happens again.
    """
    undoable = turn.state.undoable
    if undoable is None or not is_possible(turn.state, turn.now_s):
        turn.refuse(
            UndoAsked, "there is nothing to take back", "A skip, done, snooze, stand or sit can be, for a minute."
        )
        return
    state = replace(undoable.before, records=turn.state.records)
    kept: list[AnyDecision] = []
    for since in undoable.since:
        state, decisions = again(state, since)
        kept.extend(decision for decision in decisions if isinstance(decision, Outcome | NaturalBreak))
    turn.state = replace(state, now=turn.now)
    turn.say(Revoked(undoable.command, undoable.first_record))
    turn.decisions.extend(kept)
    shown = turn.state.prompt
    presence.see_sign(turn)
    turn.decide_due()
    if shown and shown.stage == "offered" and turn.state.prompt == shown:
        prompting.say_prompted(turn, shown, again=True)


def make_possible(turn: Turn, event: Command, before: State, decided: Sequence[AnyDecision]) -> None:
    """A command that was not refused can be taken back for a while."""
    if any(isinstance(decision, Refused) for decision in decided):
        return
    records = [decision.record for decision in decided if isinstance(decision, Outcome)]
    if before.prompt is not None:  # whatever ends it from now on does so because of the command
        records.append(before.prompt.id)
    turn.set(
        undoable=Undoable(
            command=command_word(type(event)),
            until_s=turn.now_s + WITHIN_S,
            before=_forget_old(before, turn.now_s, DEPTH),
            since=(),
            first_record=min(records, default=before.records + 1),
        )
    )


def _forget_old(state: State, now_s: float, depth: int) -> State:
    """A command can be taken back after the one that followed it was; not for ever, since each holds a whole state."""
    inner = state.undoable
    if inner is None:
        return state
    if not depth or now_s > inner.until_s:
        return replace(state, undoable=None)
    return replace(state, undoable=replace(inner, before=_forget_old(inner.before, now_s, depth - 1)))


def remember(turn: Turn, undoable: Undoable | None, event: AnyEvent) -> None:
    """What happens after a command that can be taken back must happen again when it is."""
    if undoable is None or turn.state.undoable is not undoable:
        return  # there was none, or this event made or ended one
    if turn.now_s > undoable.until_s:
        turn.set(undoable=None)
    else:
        turn.set(undoable=replace(undoable, since=(*undoable.since, event)))
