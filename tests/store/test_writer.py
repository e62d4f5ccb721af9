"""The history as the daemon's loop sees it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from store.samples import START, VERSION, Sample, moment, samples, step
from unsit.core.model import Outcome, Stopped
from unsit.store import history as history_module
from unsit.store import writer
from unsit.store.errors import StoreError
from unsit.store.history import History
from unsit.store.migrations import VERSION as VERSION_OF_FILE
from unsit.store.writer import AsyncHistory

ALL_TIME = (START - timedelta(days=1), START + timedelta(days=10_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
async def history(path: Path) -> AsyncIterator[AsyncHistory]:
    opened = AsyncHistory(path)
    await opened.open()
    yield opened
    await opened.close()


async def add(history: AsyncHistory, sample: Sample) -> int:
    event, decisions, state = sample
    return await history.append(event, decisions, state, VERSION)


def on_disk(path: Path) -> tuple[int, list[int]]:
    """The number of the last event, and the records."""
    reader = History.open(path, read_only=True)
    found = reader.last_id, [row.record for row in reader.outcomes(*ALL_TIME)]
    reader.close()
    return found


async def test_a_step_is_on_the_disk_when_append_returns(path: Path, history: AsyncHistory) -> None:
    """Another connection sees it at once."""
    for n, sample in enumerate(islice(samples(), 5), 1):
        assert await add(history, sample) == n
        assert on_disk(path) == (n, list(range(2, n + 1)))


async def test_steps_asked_for_at_once_are_written_in_order(path: Path, history: AsyncHistory) -> None:
    """Nobody has to wait for the step before."""
    steps = list(islice(samples(), 50))

    assert await asyncio.gather(*(add(history, sample) for sample in steps)) == list(range(1, 51))

    await history.close()
    again = History.open(path)
    assert again.restore().state == again.replay(None, step) == steps[-1][2]
    again.close()


async def test_a_caller_that_gives_up_takes_no_step_along(path: Path, history: AsyncHistory) -> None:
    """The step was decided; that nobody waits for it any more does not undo it."""
    first, second, third = islice(samples(), 3)
    await add(history, first)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    waiting = [asyncio.create_task(add(history, sample)) for sample in (second, third)]
    await asyncio.sleep(0)  # both are handed to the thread

    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    blocker.execute("ROLLBACK")
    blocker.close()
    await history.close()

    assert all(task.cancelled() for task in waiting)
    assert on_disk(path) == (3, [2, 3])


async def test_the_loop_goes_on_while_the_disk_sleeps(path: Path, history: AsyncHistory) -> None:
    """A commit that waits for a lock is waited for by its caller only."""
    first, second = islice(samples(), 2)
    await add(history, first)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    task = asyncio.create_task(add(history, second))

    turns = 0
    while turns < 1000:
        await asyncio.sleep(0)
        turns += 1
    assert not task.done()
    blocker.execute("ROLLBACK")
    blocker.close()

    assert await task == 2


async def test_one_thread_and_none_after_the_end(path: Path) -> None:
    """At most three threads in the daemon, and a process that can exit."""
    before = threading.active_count()
    history = AsyncHistory(path)
    assert threading.active_count() == before, "nothing starts before it is opened"
    await history.open()
    await asyncio.gather(*(add(history, sample) for sample in islice(samples(), 9)))
    assert threading.active_count() == before + 1

    await history.close()
    await history.close()

    assert threading.active_count() == before
    assert [file.name for file in path.parent.iterdir()] == ["history.db"], "a clean stop leaves one file"


async def test_the_next_run_goes_on_where_this_one_ended(path: Path, history: AsyncHistory) -> None:
    """State, last moment, and how it ended."""
    *_, (_event, _decisions, state) = steps = list(islice(samples(), 4))
    for sample in steps:
        await add(history, sample)
    end = Stopped(moment(4))
    await history.append(end, (), step(state, end), VERSION)
    await history.snapshot()
    await history.close()

    again = AsyncHistory(path)
    restored = await again.open()
    await again.close()

    assert (restored.state, restored.last_event_now, restored.was_clean) == (step(state, end), end.now, True)


async def test_a_bug_is_not_taken_for_a_bad_disk(path: Path, history: AsyncHistory) -> None:
    """What is no StoreError reaches the caller with its traceback, and nothing is written."""
    event, _, state = next(samples())

    with pytest.raises(TypeError):
        await history.append(event, (Outcome(1, "done", reason=object()),), state, VERSION)  # type: ignore[arg-type]

    assert (history.problems, on_disk(path)) == ([], (0, []))


async def test_a_locked_disk_is_reported_once_and_caught_up_with(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps go on, in memory; the first one after a while writes all of them."""
    monkeypatch.setattr(history_module, "BUSY_TIMEOUT_S", 0.02)
    reports: list[list[str]] = []
    history = AsyncHistory(path, lambda problems: reports.append([problem.kind for problem in problems]))
    await history.open()
    steps = list(islice(samples(), 8))
    await add(history, steps[0])
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")

    assert [await add(history, sample) for sample in steps[1:4]] == [2, 3, 4]
    assert not await history.try_again()
    assert [row.record for row in await history.outcomes(*ALL_TIME)] == [2, 3, 4]
    assert (reports, on_disk(path)) == ([["locked"]], (1, []))

    blocker.execute("ROLLBACK")
    blocker.close()
    await add(history, steps[4])
    assert on_disk(path) == (1, []), "a disk that failed just now is left in peace"
    monkeypatch.setattr(writer, "RETRY_AFTER_S", 0.0)
    assert await add(history, steps[5]) == 6

    assert (reports, history.problems) == ([["locked"], []], [])
    assert on_disk(path) == (6, [2, 3, 4, 5, 6])
    await history.close()


async def test_a_stop_writes_what_still_waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last chance is taken, whenever the last try was."""
    monkeypatch.setattr(history_module, "BUSY_TIMEOUT_S", 0.02)
    history = AsyncHistory(path)
    await history.open()
    steps = list(islice(samples(), 3))
    await add(history, steps[0])
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    await add(history, steps[1])
    await add(history, steps[2])
    blocker.execute("ROLLBACK")
    blocker.close()

    await history.close()

    assert on_disk(path) == (3, [2, 3])


def break_under_the_writer(path: Path) -> None:
    """All but the first page is noise, and another's write makes the writer look at the file and not into its cache."""
    other = sqlite3.connect(path, isolation_level=None)
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    other.execute(f"PRAGMA user_version = {VERSION_OF_FILE}")
    other.close()


async def test_damage_under_way_is_recovered_from(path: Path, history: AsyncHistory) -> None:
    """The file breaks while the daemon runs: backup, the steps since, and the running state make the new one."""
    steps = list(islice(samples(), 200))
    for sample in steps[:100]:
        await add(history, sample)
    assert await history.backup("2026-03-02") == path.with_name("history-2026-03-02.db")
    break_under_the_writer(path)

    for sample in steps[100:]:
        await add(history, sample)

    assert [problem.kind for problem in history.problems] == ["damaged"]
    assert len(list(path.parent.glob("history-damaged-*.db"))) == 1
    await history.close()
    again = History.open(path)
    again.check()
    assert again.restore().state == steps[-1][2]
    assert {row.record for row in again.outcomes(*ALL_TIME)} == set(range(2, 201))
    again.close()


def write_nonsense(path: Path) -> None:
    path.write_bytes(b"not a database" * 1000)


async def test_a_damaged_file_does_not_stop_the_start(path: Path) -> None:
    """The problem is there to be shown, the history to be written."""
    write_nonsense(path)
    history = AsyncHistory(path)

    restored = await history.open()
    await add(history, next(samples()))
    await history.close()

    assert [problem.kind for problem in history.problems] == ["damaged"]
    assert (restored.state, on_disk(path)) == (None, (1, []))


async def test_a_backup_that_fails_says_so(path: Path, history: AsyncHistory) -> None:
    """And what to do."""
    await add(history, next(samples()))
    path.with_name("history-2026-03-02.db").mkdir()

    with pytest.raises(StoreError) as caught:
        await history.backup("2026-03-02")

    assert caught.value.next_step
