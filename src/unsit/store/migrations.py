"""The tables, as the steps that made them. A step that was released is never edited: what changes is a step of its own.

`event` and `decision` are the log: what happened, and what was decided. `outcome` says the same for people to look at: one
row for each prompt, session and natural break that is over. `latest` is the state after the last event.

An epoch is a stretch of the log in which each state follows from the one before. Where a state is lost, the next begins:
numbers of records (`record`) start again with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "CREATE TABLE boot (id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL UNIQUE)",
        """CREATE TABLE event (
            id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, boot INTEGER NOT NULL REFERENCES boot (id),
            boot_s REAL NOT NULL, wall TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL)""",
        """CREATE TABLE decision (
            event_id INTEGER NOT NULL REFERENCES event (id), n INTEGER NOT NULL, type TEXT NOT NULL,
            body BLOB NOT NULL, PRIMARY KEY (event_id, n)) WITHOUT ROWID""",
        """CREATE TABLE outcome (
            id INTEGER PRIMARY KEY, event_id INTEGER REFERENCES event (id), epoch INTEGER NOT NULL,
            record INTEGER NOT NULL, word TEXT NOT NULL, wall TEXT NOT NULL, wall_s REAL NOT NULL,
            exercises TEXT NOT NULL, left_s REAL, right_s REAL, walk_s REAL, reps_s REAL, breaths_s REAL, rest_s REAL,
            sat_s REAL, break_s REAL, counts INTEGER NOT NULL, reason TEXT, routine TEXT, session INTEGER,
            snoozes INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0)""",
        # Nothing is recorded twice; what an undo took back may come again.
        "CREATE UNIQUE INDEX outcome_once ON outcome (epoch, record) WHERE NOT revoked",
        "CREATE INDEX outcome_by_wall ON outcome (wall_s)",
        """CREATE TABLE snapshot (
            id INTEGER PRIMARY KEY, event_id INTEGER NOT NULL, version TEXT NOT NULL, state BLOB NOT NULL)""",
        """CREATE TABLE latest (
            one INTEGER PRIMARY KEY CHECK (one = 1), event_id INTEGER NOT NULL, epoch INTEGER NOT NULL,
            version TEXT NOT NULL, state BLOB NOT NULL)""",
    ),
    # Holds that are done once, for no side, are in exercises of the person's own.
    ("ALTER TABLE outcome ADD COLUMN hold_s REAL",),
)
"""Step n leads from `user_version` n to n + 1."""

VERSION: Final = len(STEPS)


def version_of(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(db: sqlite3.Connection, steps: tuple[tuple[str, ...], ...] = STEPS) -> None:
    """Bring the file up to the last step, all or nothing. `db` is in autocommit mode and outside a transaction."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for statements in steps[version_of(db) :]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(steps)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
