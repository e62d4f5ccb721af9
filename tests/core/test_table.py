"""Every state by every event: what is said, cell by cell.

A row groups its events by what they lead to: a decision's words as `unsit simulate` prints them, `refused`, `revoked` for
what an undo takes back, `again` for a prompt shown again, or `nothing`, which also stands for a state that changes in silence.
"""

from __future__ import annotations

from typing import Final

import pytest
from msgspec.structs import replace

from core.states import COMMANDS, EVENTS, WAYS, reach
from unsit.core.engine import step
from unsit.core.model import AnyDecision, Now, Prompted, Refused, Revoked, State
from unsit.core.snapshot import snapshot
from unsit.simulation.lines import describe

TABLE: Final[dict[str, dict[str, str]]] = {
    "counting": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause stand quit kill",
        "session, cue prepare": "begin",
        "refused": "snooze skip undo resume sit toggle next previous stop hurts choose",
        "outcome done": "done",
        "natural": "reboot",
    },
    "due, settling": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake free quit kill reboot",
        "held": "hold pause",
        "session, cue prepare": "begin",
        "refused": "snooze undo resume sit toggle next previous stop hurts choose",
        "outcome skipped": "skip",
        "outcome done": "done stand",
    },
    "held": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause quit kill reboot",
        "session, cue prepare": "begin",
        "refused": "snooze undo resume sit toggle next previous stop hurts choose",
        "outcome skipped": "skip",
        "outcome done": "done stand",
    },
    "offered": {
        "nothing": "tick clock settings leave back unlock blind wake hold free quit",
        "withdraw": "lock suspend pause reboot",
        "session, cue prepare": "begin",
        "snooze": "snooze",
        "outcome skipped": "skip",
        "outcome done": "done stand",
        "refused": "undo resume sit toggle next previous stop hurts choose",
        "prompt again": "kill",
    },
    "snoozed": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause quit kill reboot",
        "session, cue prepare": "begin",
        "refused": "snooze undo resume sit toggle next previous stop hurts choose",
        "outcome skipped": "skip",
        "outcome done": "done stand",
    },
    "snoozed out": {
        "nothing": "tick clock settings leave back unlock blind wake hold free quit",
        "withdraw": "lock suspend pause reboot",
        "session, cue prepare": "begin",
        "refused": "snooze undo resume sit toggle next previous stop hurts choose",
        "outcome skipped": "skip",
        "outcome done": "done stand",
        "prompt again": "kill",
    },
    "withdrawn by a lock": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free quit kill reboot",
        "session, cue prepare": "begin",
        "refused": "snooze undo resume sit toggle next previous stop hurts choose",
        "outcome skipped": "skip",
        "outcome done": "done stand",
        "held": "pause",
    },
    "paused": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause resume stand "
        "quit kill reboot",
        "session, cue prepare": "begin",
        "refused": "snooze skip undo sit toggle next previous stop hurts choose",
        "outcome done": "done",
    },
    "paused, held": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause resume quit kill reboot",
        "session, cue prepare": "begin",
        "refused": "snooze undo sit toggle next previous stop hurts choose",
        "outcome skipped": "skip",
        "outcome done": "done stand",
    },
    "idle, not confirmed": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause stand quit kill",
        "session, cue prepare": "begin",
        "refused": "snooze skip undo resume sit toggle next previous stop hurts choose",
        "outcome done": "done",
        "natural": "reboot",
    },
    "absent, not credited": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause stand quit kill reboot",
        "session, cue prepare": "begin",
        "refused": "snooze skip undo resume sit toggle next previous stop hurts choose",
        "outcome done": "done",
    },
    "absent, credited": {
        "nothing": "tick clock settings leave back lock suspend wake hold free quit kill",
        "natural": "unlock blind pause stand reboot",
        "natural, session, cue prepare": "begin",
        "natural, refused": "snooze skip undo resume sit toggle next previous stop hurts choose",
        "natural, outcome done": "done",
    },
    "idle, credited": {
        "nothing": "tick clock settings leave lock unlock suspend wake hold free quit kill",
        "natural": "back blind pause stand reboot",
        "natural, session, cue prepare": "begin",
        "natural, refused": "snooze skip undo resume sit toggle next previous stop hurts choose",
        "natural, outcome done": "done",
    },
    "asleep": {
        "nothing": "tick clock settings leave lock unlock blind suspend wake hold free quit kill",
        "natural": "back pause stand reboot",
        "natural, session, cue prepare": "begin",
        "natural, refused": "snooze skip undo resume sit toggle next previous stop hurts choose",
        "natural, outcome done": "done",
    },
    "off hours": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause stand quit kill reboot",
        "session, cue prepare": "begin",
        "refused": "snooze skip undo resume sit toggle next previous stop hurts choose",
        "outcome done": "done",
    },
    "session, prepare": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause toggle choose kill",
        "refused": "begin snooze skip done undo resume stand sit",
        "cue hold": "next",
        "cue prepare": "previous",
        "cue end, prompt": "stop",
        "cue end, outcome partial": "hurts",
        "cue end": "quit reboot",
    },
    "session, hold": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause toggle kill",
        "refused": "begin snooze skip done undo resume stand sit choose",
        "cue walk": "next",
        "cue switch": "previous",
        "cue end, outcome partial": "stop hurts quit reboot",
    },
    "session, paused": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause toggle kill",
        "refused": "begin snooze skip done undo resume stand sit choose",
        "cue switch": "next",
        "cue hold": "previous",
        "cue end, prompt": "stop",
        "cue end, outcome partial": "hurts",
        "cue end": "quit reboot",
    },
    "session, walk": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause toggle kill",
        "refused": "begin snooze skip done undo resume stand sit choose",
        "cue end, outcome completed": "next",
        "cue walk": "previous",
        "cue end, outcome partial": "stop hurts quit reboot",
    },
    "session, void without a prompt": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause toggle kill",
        "refused": "begin snooze skip done undo resume stand sit choose",
        "cue switch": "next",
        "cue hold": "previous",
        "cue end, outcome void": "stop quit reboot",
        "cue end, outcome partial": "hurts",
    },
    "after a session": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause stand quit kill reboot",
        "session, cue prepare": "begin",
        "refused": "snooze skip undo resume sit toggle next previous stop hurts choose",
        "outcome done": "done",
    },
    "standing": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause sit quit kill",
        "session, cue prepare": "begin",
        "refused": "snooze skip undo resume stand toggle next previous stop hurts choose",
        "outcome done": "done",
        "natural": "reboot",
    },
    "just skipped": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free pause stand quit kill reboot",
        "session, cue prepare": "begin",
        "refused": "snooze skip resume sit toggle next previous stop hurts choose",
        "outcome done": "done",
        "revoked, prompt again": "undo",
    },
    "stopped": {
        "nothing": "tick clock settings leave back lock unlock blind suspend wake hold free quit",
        "refused": "begin snooze skip done undo pause resume stand sit toggle next previous stop hurts choose",
        "natural": "kill reboot",
    },
}


def said(decision: AnyDecision, now: Now) -> str:
    if isinstance(decision, Refused | Revoked):
        return type(decision).__name__.lower()
    described = describe(decision, now.wall, 0.0)
    assert described is not None
    return described[0] + (" again" if isinstance(decision, Prompted) and decision.again else "")


def test_every_cell_is_written_down() -> None:
    """Each event stands once in each row, and no row is missing."""
    assert list(TABLE) == list(WAYS)
    for name, row in TABLE.items():
        assert sorted(" ".join(row.values()).split()) == sorted(EVENTS), name


@pytest.mark.parametrize("name", WAYS)
def test_what_is_said(name: str) -> None:
    """As the table has it."""
    state, now = reach(name)
    expected = {event: words for words, events in TABLE[name].items() for event in events.split()}
    for event, make in EVENTS.items():
        _, decisions = step(state, make(now))
        assert (", ".join(said(decision, now) for decision in decisions) or "nothing") == expected[event], event


FACTS = sorted(EVENTS.keys() - {*COMMANDS, "kill", "reboot"})


@pytest.mark.parametrize("event", FACTS)
@pytest.mark.parametrize("name", WAYS)
def test_a_report_that_comes_twice_is_one(name: str, event: str) -> None:
    """The second says nothing and changes nothing."""
    state, now = reach(name)
    once, _ = step(state, EVENTS[event](now))
    twice, decisions = step(once, EVENTS[event](now))

    assert not decisions
    assert comparable(twice) == comparable(once)


def comparable(state: State) -> State:
    """An undo remembers each report that came since."""
    return replace(state, undoable=None)


@pytest.mark.parametrize("name", WAYS)
def test_what_the_snapshot_allows_is_what_is_not_refused(name: str) -> None:
    """So that no menu and no page shows a command that would be refused, or hides one that would not."""
    state, now = reach(name)
    if state.absence or state.is_stopped or state.asleep_since_s is not None:
        return  # a command there is first of all a return
    refused = {event for event in COMMANDS if any(isinstance(d, Refused) for d in step(state, EVENTS[event](now))[1])}

    assert set(snapshot(state, now, "1").allowed) == set(COMMANDS) - refused
