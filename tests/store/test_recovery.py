"""Bad days: locked, full, read-only, truncated, not a database. The daemon goes on, nothing is lost that need not be."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from store.samples import START, VERSION, Sample, samples, step
from support.desktop import require
from unsit.core.model import Outcome, Revoked, State, Tick
from unsit.store import history as history_module
from unsit.store.errors import StoreError
from unsit.store.history import History, backups
from unsit.store.memory import MemoryHistory
from unsit.store.recovery import open_or_recover

ALL_TIME = (START - timedelta(days=1), START + timedelta(days=10_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A history of six steps, closed in order, with a backup after the first four."""
    path = tmp_path / "history.db"
    history = History.open(path)
    for n, (event, decisions, state) in enumerate(islice(samples(), 6), 1):
        history.append(event, decisions, state, VERSION)
        if n == 4:
            history.backup(tmp_path, "2026-03-02")
    history.close()
    return path


def nth(n: int) -> Sample:
    return next(islice(samples(), n - 1, None))


def add(history: History | MemoryHistory, n: int) -> None:
    event, decisions, state = nth(n)
    history.append(event, decisions, state, VERSION)


def records(history: History | MemoryHistory) -> list[int]:
    return [row.record for row in history.outcomes(*ALL_TIME)]


def restored_state(path: Path) -> State | None:
    history = History.open(path)
    state = history.restore().state
    history.close()
    return state


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_within_a_page(path: Path) -> None:
    os.truncate(path, 1000)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def overwrite(path: Path) -> None:
    path.write_text("Dear diary, " * 2000)


@pytest.mark.parametrize("harm", [cut, cut_within_a_page, empty, overwrite], ids=lambda harm: harm.__name__)
def test_a_damaged_file_is_kept_and_the_backup_goes_on(path: Path, harm: object) -> None:
    """The problem names both; the next step is written as if nothing had been."""
    assert callable(harm)
    harm(path)
    damaged = path.read_bytes()

    history, problems = open_or_recover(path)

    assert [problem.kind for problem in problems] == ["damaged"]
    (aside,) = path.parent.glob("history-damaged-*.db")
    assert aside.read_bytes() == damaged
    assert aside.name in problems[0].what
    assert "history-2026-03-02.db" in problems[0].next_step
    assert history.restore().state == nth(4)[2]
    add(history, 5)
    history.close()
    assert restored_state(path) == nth(5)[2]


def spoil_pages(path: Path) -> None:
    """Damage that no header tells of."""
    with path.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(os.urandom(path.stat().st_size - 3 * 4096))


def test_after_a_death_the_whole_file_is_read(path: Path, tmp_path: Path) -> None:
    """A write-ahead log that was left behind is the sign; damage in the middle is found before it is built on."""
    history = History.open(path)
    add(history, 7)
    files = {name: (tmp_path / name).read_bytes() for name in ("history.db", "history.db-wal")}
    history.close()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    spoil_pages(path)

    recovered, problems = open_or_recover(path)

    assert [problem.kind for problem in problems] == ["damaged"]
    assert recovered.restore().state == nth(4)[2]
    recovered.close()


def test_the_newest_good_backup_is_taken(path: Path) -> None:
    """A copy can be damaged too."""
    newer = path.with_name("history-2026-03-03.db")
    shutil.copy(path.with_name("history-2026-03-02.db"), newer)
    cut(newer)
    cut(path)

    history, problems = open_or_recover(path)

    assert history.restore().state == nth(4)[2]
    assert "history-2026-03-02.db" in problems[0].next_step
    history.close()


def test_without_a_good_backup_a_new_history_begins(path: Path) -> None:
    """And says so."""
    for backup in backups(path.parent):
        backup.unlink()
    cut(path)

    history, problems = open_or_recover(path)

    assert "a new history begins" in problems[0].next_step
    assert history.restore().state is None
    add(history, 1)
    history.close()


def test_a_backup_of_a_damaged_history_replaces_no_good_one(path: Path) -> None:
    """The three good ones stay until there is a good new one."""
    history = History.open(path)
    history._db.execute("PRAGMA cache_size = 0")
    spoil_pages(path)

    with pytest.raises(StoreError) as caught:
        history.backup(path.parent, "2026-03-03")
    history.close()

    assert caught.value.kind == "damaged"
    assert [file.name for file in path.parent.glob("history-*")] == ["history-2026-03-02.db"]


def test_a_deleted_history_stays_deleted(path: Path) -> None:
    """Whoever deletes the file wants it gone, and finds a new one; the copies are theirs to delete."""
    path.unlink()

    history, problems = open_or_recover(path)

    assert (problems, history.restore().state) == ([], None)
    history.close()


def test_a_locked_file_is_an_error_in_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program's lock is waited for a little, then rows wait in memory and follow later."""
    monkeypatch.setattr(history_module, "BUSY_TIMEOUT_S", 0.05)
    history = History.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreError) as caught:
        add(history, 7)
    assert caught.value.kind == "locked"

    memory = MemoryHistory(path, history)
    add(memory, 7)
    with pytest.raises(StoreError):
        memory.try_again()
    other.execute("ROLLBACK")
    other.close()
    history.close()
    again = memory.try_again()
    assert (again.restore().state, records(again)) == (nth(7)[2], [2, 3, 4, 5, 6, 7])
    again.close()


def test_a_read_only_file_is_read_and_rows_wait(path: Path) -> None:
    """The state goes on from the file; when it can be written, what waited follows once."""
    path.chmod(0o400)
    path.parent.chmod(0o500)
    is_root = os.access(path, os.W_OK)
    if is_root:  # who may write to anything: ask the file system instead
        require("chattr")
        path.chmod(0o600)
        path.parent.chmod(0o700)
        if subprocess.run(["chattr", "+i", path], capture_output=True).returncode:
            pytest.skip("as root, on a file system without chattr")
    try:
        memory, problems = open_or_recover(path)
        assert [problem.kind for problem in problems] == ["read-only"]
        assert isinstance(memory, MemoryHistory)
        assert memory.restore().state == nth(6)[2]
        add(memory, 7)
        assert records(memory) == [2, 3, 4, 5, 6, 7]
    finally:
        if is_root:
            subprocess.run(["chattr", "-i", path], capture_output=True)
        path.parent.chmod(0o700)
        path.chmod(0o600)

    again = memory.try_again()

    assert (again.restore().state, again.last_id, records(again)) == (nth(7)[2], 7, [2, 3, 4, 5, 6, 7])
    assert again.replay(None, step) == nth(7)[2]
    again.close()


@pytest.fixture
def small_files() -> Iterator[None]:
    """The system refuses to make any file larger than 64 KiB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_files")
def test_a_file_that_may_not_grow_keeps_what_it_has(tmp_path: Path) -> None:
    """Whatever the first refused write was, the file holds exactly the steps whose `append` returned."""
    path = tmp_path / "history.db"
    history = History.open(path)
    written: State | None = None
    with pytest.raises(StoreError) as caught:
        for event, decisions, state in samples():
            history.append(event, decisions, state, VERSION)
            written = state
    history.close()

    assert caught.value.kind in ("full", "unavailable")
    assert written is not None
    assert restored_state(path) == written


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("may not mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    """Rows wait in memory, and are written once when there is room."""
    path = small_disk / "history.db"
    ballast = small_disk / "ballast"
    history = History.open(path)
    add(history, 1)
    with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    n = 1
    with pytest.raises(StoreError) as caught:
        while True:
            n += 1
            add(history, n)
    assert caught.value.kind == "full"
    assert "Free some disk space" in caught.value.next_step

    memory = MemoryHistory(path, history)
    history.close()
    for waiting in range(n, n + 3):
        add(memory, waiting)
    with pytest.raises(StoreError):
        memory.try_again()
    assert memory.waiting == 3
    ballast.unlink()
    again = memory.try_again()

    assert again.restore().state == nth(n + 2)[2]
    assert records(again) == list(range(2, n + 3))
    assert again.replay(None, step) == nth(n + 2)[2]
    again.close()


def test_a_daemon_that_starts_on_a_full_disk_works(small_disk: Path) -> None:
    """With no file at all, and a new one when there is room."""
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    path = small_disk / "history.db"

    memory, problems = open_or_recover(path)
    assert [problem.kind for problem in problems] == ["full"]
    assert isinstance(memory, MemoryHistory)
    for n in (1, 2, 3):
        add(memory, n)
    ballast.unlink()
    history = memory.try_again()

    assert (history.restore().state, records(history)) == (nth(3)[2], [2, 3])
    history.close()


def test_a_commit_that_only_seemed_to_fail_is_not_doubled(path: Path) -> None:
    """The disk had it, the answer was an error: what stands in the file already is not written again."""
    history = History.open(path)
    memory = MemoryHistory(path, history)
    add(history, 7)
    history.close()
    add(memory, 7)
    add(memory, 8)

    again = memory.try_again()
    again.close()
    twice = memory.try_again()

    assert (twice.last_id, records(twice)) == (8, [2, 3, 4, 5, 6, 7, 8])
    assert twice.replay(None, step) == nth(8)[2]
    twice.close()


def test_rows_that_know_nothing_of_the_file_begin_an_epoch(path: Path) -> None:
    """The disk was not there at the start, and has another past: both are kept, and the running state is the latest."""
    memory = MemoryHistory(path)
    steps = list(islice(samples(boot="boot-2"), 3))
    for event, decisions, state in steps:
        memory.append(event, decisions, state, VERSION)

    memory.try_again().close()
    history = memory.try_again()

    assert [row.epoch for row in history.outcomes(*ALL_TIME)].count(1) == 5
    assert [row.record for row in history.outcomes(*ALL_TIME) if row.epoch == 2] == [2, 3]
    assert history.restore().state == steps[-1][2]
    assert history.replay(None, step) == steps[-1][2]
    history.close()


def test_an_undo_in_memory_reaches_the_file(path: Path) -> None:
    """What it takes back is gone from the answer at once, and from the file later."""
    history = History.open(path)
    memory = MemoryHistory(path, history)
    history.close()
    event, _decisions, state = nth(7)
    memory.append(Tick(event.now), (Revoked("skip", 5), Outcome(7, "done", sat_s=60.0)), state, VERSION)

    assert records(memory) == [2, 3, 4, 7]
    again = memory.try_again()
    assert records(again) == [2, 3, 4, 7]
    again.close()
