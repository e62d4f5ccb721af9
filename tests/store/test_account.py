"""A part of the log, as it is read from the file, and the states that belong to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.days import DATE
from core.scripts import random_script
from store.samples import VERSION
from support.told import log_of
from unsit.core import engine
from unsit.core.model import State, Tick
from unsit.store import account
from unsit.store.account import LogPart, follow
from unsit.store.history import History
from unsit.store.memory import MemoryHistory

WEEK = [f"{DATE}T09:00 start", *("+10h leave", "+14h back") * 7, "+1h end"]


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History.open(tmp_path / "history.db")
    yield opened
    opened.close()


def write(history: History | MemoryHistory, part: LogPart, *, snapshot_every: int = 0) -> list[State]:
    """Write a log down as the daemon does; the states after each of its events."""
    state: State | None = None
    states: list[State] = []
    for n, row in enumerate(part.rows, 1):
        state, decisions = engine.step(state, row.event)
        assert decisions == row.decisions
        history.append(row.event, decisions, state, VERSION)
        states.append(state)
        if snapshot_every and n % snapshot_every == 0:
            history.snapshot()
    return states


@pytest.mark.parametrize("seed", range(5))
def test_a_log_is_read_with_its_decisions_and_its_states_are_those_of_then(history: History, seed: int) -> None:
    """Of a random day, whatever happens in it."""
    part, _state, now = log_of(random_script(seed))
    states = write(history, part)

    read = history.part(now.wall - timedelta(days=1))
    assert read == part or len(part.rows) > len(read.rows)  # a day that lasts longer than its context
    happenings, _walls = follow(history.part(now.wall))
    assert [one.after for one in happenings] == states[-len(happenings) :]


def test_a_part_begins_at_the_last_state_that_is_known_a_day_before(history: History) -> None:
    """So that a log of years takes no longer than one of a week; and ends a day after the moment."""
    part, _state, now = log_of(WEEK)
    states = write(history, part, snapshot_every=10)
    moment = now.wall - timedelta(days=3)

    read = history.part(moment)

    assert 0 < len(read.rows) < len(part.rows) / 2
    assert read.state is not None
    assert read.state.now.wall <= moment - timedelta(days=1)
    assert read.rows[-1].event.now.wall <= moment + timedelta(days=1)
    happenings, _walls = follow(read)
    first = part.rows.index(read.rows[0])
    assert [one.after for one in happenings] == states[first : first + len(happenings)]


def test_a_part_that_would_be_too_long_says_that_it_is_cut(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the reading of years."""
    part, _state, now = log_of(WEEK)
    write(history, part)
    monkeypatch.setattr(account, "PART_MOST", 5)

    assert (history.part(now.wall).is_cut, len(history.part(now.wall).rows)) == (True, 5)


def test_rows_that_wait_for_the_disk_are_told_too(tmp_path: Path, history: History) -> None:
    """After those of the file, or alone where there is none."""
    part, _state, now = log_of(random_script(1))
    half = len(part.rows) // 2
    write(history, LogPart(None, part.rows[:half]))
    memory = MemoryHistory(tmp_path / "history.db", history)
    state = history.restore().state
    for row in part.rows[half:]:
        assert state is not None
        state, decisions = engine.step(state, row.event)
        memory.append(row.event, decisions, state, VERSION)

    assert memory.part(now.wall).rows == part.rows
    alone = MemoryHistory(tmp_path / "none.db")
    write(alone, part)
    assert alone.part(now.wall) == part


def test_what_another_version_wrote_is_left_out(tmp_path: Path, history: History) -> None:
    """An event, a decision and a state of which this one knows nothing."""
    part, _state, now = log_of([f"{DATE}T09:00 start", "10:03 skip", "10:30 end"])
    write(history, part)
    history.snapshot()
    with sqlite3.connect(tmp_path / "history.db") as db:
        db.execute("UPDATE event SET type = 'Sneezed' WHERE type = 'Tick'")
        db.execute("UPDATE decision SET body = '{}' WHERE type = 'Outcome'")
        db.execute("UPDATE snapshot SET state = '{}'")
    db.close()

    read = history.part(now.wall)

    assert [type(row.event).__name__ for row in read.rows] == ["Started", "SkipAsked"]
    assert [row.decisions for row in read.rows] == [(), ()]


def test_an_event_that_the_rules_stumble_over_has_no_state() -> None:
    """From the next start on there is one again."""
    part, _state, _now = log_of([f"{DATE}T09:00 start", "09:10 quit 1h", "10:30 end"])
    lost = LogPart(None, tuple(row for row in part.rows if isinstance(row.event, Tick) or row != part.rows[0]))

    happenings, _walls = follow(lost)

    assert [one.after is None for one in happenings] == [True, False]
