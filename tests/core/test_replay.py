"""The log is the state: the same events lead to the same state, in another process and from anywhere in between."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core.days import STAGED, exercises, world
from core.scripts import random_script
from unsit.core.engine import step
from unsit.core.model import AnyDecision, AnyEvent, State
from unsit.simulation import world as simulation
from unsit.simulation.script import read_script

SCRIPTS = 40

REPLAY = """
import sys, msgspec
from unsit.core.engine import step
from unsit.core.model import AnyEvent, State
for line in sys.stdin.buffer:
    state = None
    for event in msgspec.json.decode(line, type=list[AnyEvent]):
        state, _ = step(state, event)
    sys.stdout.buffer.write(msgspec.json.encode(state) + b"\\n")
"""


def events_of(seed: int, monkeypatch: pytest.MonkeyPatch) -> list[AnyEvent]:
    """Everything that a random day told the core, ticks included."""
    told: list[AnyEvent] = []

    def listening(state: State | None, event: AnyEvent) -> tuple[State, tuple[AnyDecision, ...]]:
        told.append(event)
        return step(state, event)

    monkeypatch.setattr(simulation, "step", listening)
    ids = [entry.id for entry in (*exercises(), *STAGED)]
    script = read_script(random_script(seed), "", ZoneInfo("UTC"), ids, lambda *_: None)
    for _ in world(own=STAGED).run(script):
        pass
    return told


def replay(events: list[AnyEvent], state: State | None = None) -> State:
    for event in events:
        state, _ = step(state, event)
    assert state is not None
    return state


def test_another_process_comes_to_the_same_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From the events as they are written to the log, under another seed of the hashes."""
    days = [events_of(seed, monkeypatch) for seed in range(SCRIPTS)]
    dump = tmp_path / "events.jsonl"
    dump.write_bytes(b"\n".join(msgspec.json.encode(events) for events in days) + b"\n")
    with dump.open("rb") as log:
        run = subprocess.run([sys.executable, "-c", REPLAY], stdin=log, capture_output=True, check=True, timeout=60)

    for seed, (events, line) in enumerate(zip(days, run.stdout.splitlines(), strict=True)):
        assert msgspec.json.decode(line, type=State) == replay(events), f"seed {seed}"


@pytest.mark.parametrize("seed", range(SCRIPTS))
def test_from_every_state_in_between(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state that was written down and read again goes on like the one that never was."""
    events = events_of(seed, monkeypatch)
    expected, state = replay(events), None
    for number, event in enumerate(events):
        state, _ = step(state, event)
        read = msgspec.json.decode(msgspec.json.encode(state), type=State)
        assert read == state
        if random.Random(f"{seed} {number}").random() < 0.25:
            assert replay(events[number + 1 :], read) == expected, f"seed {seed}, from event {number}"


def test_a_step_changes_nothing_that_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pure: the state before it is what it was."""
    state = None
    for event in events_of(7, monkeypatch):
        before = msgspec.json.encode(state)
        following, _ = step(state, event)
        assert msgspec.json.encode(state) == before
        state = following
