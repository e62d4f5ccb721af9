"""Files of older versions are brought up to date; files of newer ones are not touched."""

from __future__ import annotations

import sqlite3
from itertools import islice
from pathlib import Path

import pytest

from store.samples import VERSION as PROGRAM
from store.samples import samples
from support.log import decisions_of
from unsit.store.errors import StoreError
from unsit.store.history import History
from unsit.store.migrations import STEPS, VERSION, migrate, version_of
from unsit.store.recovery import open_or_recover

AS_RELEASED = Path(__file__).parent / "formats"
"""`N.sql`: a dump of a history as format N wrote it, never edited again."""


def schema(db: sqlite3.Connection) -> list[tuple[str, ...]]:
    return db.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_every_format_has_its_file() -> None:
    """A step without the file that it starts from is a step without a test."""
    assert sorted(int(file.stem) for file in AS_RELEASED.glob("*.sql")) == list(range(1, VERSION + 1))


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_file_of_each_format_opens_with_all_it_holds(version: int, tmp_path: Path) -> None:
    """State, outcomes and decisions; and its tables are those of a new file."""
    path = tmp_path / "history.db"
    db = sqlite3.connect(path)
    db.executescript((AS_RELEASED / f"{version}.sql").read_text())
    assert version_of(db) == version
    db.close()

    old, new = History.open(path), History.open(tmp_path / "new.db")
    restored = old.restore()
    *_, (event, _decisions, state) = islice(samples(), 6)

    assert (restored.state, restored.last_event_now) == (state, event.now)
    assert len(decisions_of(old)) == 6
    assert schema(old._db) == schema(new._db)
    old.close()
    new.close()


def test_a_step_that_fails_changes_nothing() -> None:
    """All steps or none: a file between two formats belongs to no version."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    before = schema(db)

    with pytest.raises(sqlite3.OperationalError):
        migrate(db, (*STEPS, ("CREATE TABLE extra (x)", "CREATE TABLE extra (x)")))

    assert (schema(db), version_of(db)) == (before, VERSION)
    migrate(db, (*STEPS, ("CREATE TABLE extra (x)",)))
    assert version_of(db) == VERSION + 1


def test_a_copy_is_kept_before_the_tables_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever goes back to the version before finds their history."""
    path = tmp_path / "history.db"
    history = History.open(path)
    for event, decisions, state in islice(samples(), 3):
        history.append(event, decisions, state, PROGRAM)
    history.close()
    steps = (*STEPS, ("CREATE TABLE extra (x)",))
    monkeypatch.setattr("unsit.store.history.VERSION", len(steps))
    monkeypatch.setattr("unsit.store.history.migrate", lambda db: migrate(db, steps))

    again = History.open(path)

    assert (version_of(again._db), again.last_id) == (VERSION + 1, 3)
    again.close()
    copy = sqlite3.connect(tmp_path / f"history-before-format-{VERSION + 1}.db")
    assert (version_of(copy), copy.execute("SELECT count(*) FROM event").fetchone()) == (VERSION, (3,))
    copy.close()


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    """It is not damaged, and not ours to write: rows wait in memory, and the person is told to update."""
    path = tmp_path / "history.db"
    History.open(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()
    before = path.read_bytes()

    history, problems = open_or_recover(path)
    event, decisions, state = next(samples())
    history.append(event, decisions, state, PROGRAM)
    history.close()

    assert [problem.kind for problem in problems] == ["newer"]
    assert "Update Unsit" in str(problems[0])
    assert path.read_bytes() == before
    assert not any(file.stat().st_size for file in tmp_path.glob("*-wal"))
    with pytest.raises(StoreError):
        History.open(path, read_only=True)
