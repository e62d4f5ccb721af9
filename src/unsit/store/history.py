"""The log and the history in one SQLite file: the only SQL of the program, but for the tables (migrations.py).

An event, its decisions, the outcomes and the state after it are written in one transaction, so a death at any instant
leaves the file where the last `append` that returned (or the one under way) left it. Everything here blocks: the daemon
uses it through writer.py. A `History` belongs to the thread that opened it.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from unsit.core.model import AnyDecision, AnyEvent, NaturalBreak, Now, Outcome, Revoked, State
from unsit.store.errors import StoreError, explain, newer
from unsit.store.migrations import VERSION, migrate, version_of
from unsit.store.rows import (
    WORK_KINDS,
    DayRow,
    Entry,
    OutcomeRow,
    Remembered,
    Restored,
    Step,
    decode_decision,
    decode_event,
    decode_state,
    encode,
    outcome_values,
)

if TYPE_CHECKING:
    from unsit.store.account import LogPart

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S: Final = 2.0
CACHE_KIB: Final = 256
"""SQLite's own 2 MiB would be a tenth of the daemon; a transaction touches a dozen pages."""
CHECKPOINT_PAGES: Final = 250
SNAPSHOTS_KEPT: Final = 20
BACKUPS_KEPT: Final = 3

_INSERT_OUTCOME: Final = (
    "INSERT INTO outcome (event_id, epoch, record, word, wall, wall_s, exercises, left_s, right_s, walk_s, reps_s,"
    " breaths_s, rest_s, hold_s, sat_s, break_s, counts, reason, routine, session, snoozes) VALUES (:event_id, :epoch,"
    " :record, :word, :wall, :wall_s, :exercises, :left_s, :right_s, :walk_s, :reps_s, :breaths_s, :rest_s, :hold_s,"
    " :sat_s, :break_s, :counts, :reason, :routine, :session, :snoozes)"
    " ON CONFLICT (epoch, record) WHERE NOT revoked DO NOTHING"
)


class History:
    """The open file.

    Attributes:
        last_id: the number of the last event, 0 in a new file.
        epoch: the one that the next event belongs to.
        was_open: the last run did not close the file, so it died.
    """

    def __init__(self, db: sqlite3.Connection, path: Path, was_open: bool) -> None:
        self.path = path
        self.was_open = was_open
        self._db = db
        self._boots: dict[str, int] = {}
        self.last_id: int = db.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()[0]
        row = db.execute("SELECT epoch FROM latest").fetchone()
        self.epoch: int = row[0] if row else self._next_epoch()

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open the file, make it if it is not there, bring its tables up to date.

        Args:
            read_only: for other processes than the daemon. The file must be there and up to date.

        Raises:
            StoreError: it cannot be used, and why.
        """
        with _explained(path):
            if read_only:
                return cls(_connect_to_read(path), path, False)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The last connection to close removes the write-ahead log.
            wal = _sidecar(path, "-wal")
            was_open = wal.exists() and wal.stat().st_size > 0
            is_new = not path.exists() or path.stat().st_size == 0
            if is_new:
                path.touch(mode=0o600)
            db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            try:
                version = version_of(db)
                if version > VERSION:
                    raise newer(path, version)
                (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
                if mode != "wal":
                    log.warning("%s: no write-ahead log on this file system, journal mode is %s", path, mode)
                db.execute("PRAGMA synchronous = FULL")
                db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
                db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
                if version < VERSION:
                    if version:
                        _copy(db, path.with_name(f"history-before-format-{VERSION}.db"))
                    migrate(db)
                else:  # a file that can only be read opens all the same: better to know now
                    db.execute("BEGIN IMMEDIATE")
                    db.execute(f"PRAGMA user_version = {VERSION}")
                    db.execute("ROLLBACK")
                return cls(db, path, was_open)
            except BaseException:
                db.close()
                raise

    def append(self, event: AnyEvent, decisions: Sequence[AnyDecision], state: State, version: str) -> int:
        """Write one step down; when it returns, it is on the disk.

        Returns:
            The event's number.

        Raises:
            StoreError: nothing of it was written.
        """
        entry = Entry.of(event, tuple(decisions))
        with _explained(self.path), self._transaction():
            event_id = self.last_id + 1
            self._insert(event_id, entry)
            self._set_latest(event_id, version, encode(state))
        self.last_id = event_id
        return event_id

    def take_over(self, entries: Sequence[Entry], after_id: int, epoch: int | None, state: State, version: str) -> int:
        """Write down what was kept in memory, in one transaction; what the file has already is not written again.

        Args:
            after_id: the last event that the file had when the first of `entries` happened.
            epoch: theirs; None if they do not follow from anything in the file.

        Returns:
            How many were written.

        Raises:
            StoreError: nothing was written.
        """
        event_id = self.last_id
        epoch_before = self.epoch
        try:
            with _explained(self.path), self._transaction():
                known = self._count_known(entries, after_id)
                if epoch is not None and event_id == after_id + known:
                    self.epoch = epoch
                elif not known:  # another history, or an older one: a backup was put back
                    self.epoch = self._next_epoch()
                for entry in entries[known:]:
                    event_id += 1
                    self._insert(event_id, entry)
                self._set_latest(event_id, version, encode(state))
        except BaseException:
            self.epoch = epoch_before
            raise
        self.last_id = event_id
        return len(entries) - known

    def restore(self, step: Step | None = None) -> Restored:
        """Where the last run ended.

        Args:
            step: replays the log where the stored state can no longer be read, as after an upgrade.

        Raises:
            StoreError: the file cannot be read.
        """
        with _explained(self.path):
            row = self._db.execute("SELECT event_id, epoch, version, state FROM latest").fetchone()
            if row is None:
                if self.last_id:  # an import, or a file that somebody repaired
                    return self._lost("")
                return Restored(None, None, True, "", remembered=self._remember())
            _event_id, epoch, version, body = row
            now, was_clean = self._last_event()
            try:
                state = decode_state(body)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                log.warning("The state written by version %s cannot be read (%s): replaying the log", version, error)
            else:
                self.epoch = epoch
                return Restored(state, now, was_clean, version)
            replayed = self._replayed(step)
            if replayed is None:
                return self._lost(version)
            self.epoch = epoch
            return Restored(replayed, now, was_clean, version)

    def snapshot(self) -> int | None:
        """Keep the latest state for later: at a clean stop, and before an upgrade. None if there is none yet."""
        with _explained(self.path), self._transaction():
            cursor = self._db.execute(
                "INSERT INTO snapshot (event_id, version, state) SELECT event_id, version, state FROM latest"
            )
            number = cursor.lastrowid if cursor.rowcount else None
            self._db.execute(
                "DELETE FROM snapshot WHERE id NOT IN (SELECT id FROM snapshot ORDER BY id DESC LIMIT ?)",
                (SNAPSHOTS_KEPT,),
            )
        return number

    def replay(self, from_snapshot_id: int | None, step: Step) -> State | None:
        """The state that the log leads to, from a snapshot or from the first event; None for an empty log.

        Raises:
            KeyError: there is no such snapshot.
            msgspec.MsgspecError: it, or an event, is not one of this program.
        """
        state: State | None = None
        after = 0
        epoch = None
        with _explained(self.path):
            if from_snapshot_id is not None:
                row = self._db.execute(
                    "SELECT event_id, state, (SELECT epoch FROM event WHERE id = event_id) FROM snapshot WHERE id = ?",
                    (from_snapshot_id,),
                ).fetchone()
                if row is None:
                    raise KeyError(from_snapshot_id)
                after, body, epoch = row
                state = decode_state(body)
            for _event_id, event_epoch, now, type_, body in self._events(after):
                state = step(state if event_epoch == epoch else None, decode_event(now, type_, body))
                epoch = event_epoch
        return state

    def outcomes(self, from_wall: datetime, to_wall: datetime) -> list[OutcomeRow]:
        """What ended in [from, to), in order; what an undo took back is not there. Both are aware."""
        with _explained(self.path):
            rows = self._db.execute(
                "SELECT epoch, record, word, wall, exercises, left_s, right_s, walk_s, reps_s, breaths_s, rest_s,"
                " hold_s, sat_s, break_s, counts, reason, routine, session, snoozes FROM outcome"
                " WHERE wall_s >= ? AND wall_s < ? AND NOT revoked ORDER BY wall_s, id",
                (from_wall.timestamp(), to_wall.timestamp()),
            )
            return [_outcome_row(row) for row in rows]

    def days(self, from_wall: datetime, to_wall: datetime) -> list[DayRow]:
        """The same added up by local day and word, in order: ten years in 30 ms. What does not count is left out."""
        with _explained(self.path):
            rows = self._db.execute(
                "SELECT substr(wall, 1, 10) AS day, word, count(*), total(left_s), total(right_s), total(walk_s),"
                " total(reps_s), total(breaths_s), total(rest_s), total(hold_s), total(break_s) FROM outcome"
                " WHERE wall_s >= ? AND wall_s < ? AND NOT revoked AND counts GROUP BY day, word ORDER BY day, word",
                (from_wall.timestamp(), to_wall.timestamp()),
            )
            return [
                DayRow(date.fromisoformat(day), word, count, dict(zip(WORK_KINDS, amounts, strict=True)), break_s)
                for day, word, count, *amounts, break_s in rows
            ]

    def last_event(self, *types: str) -> tuple[str, datetime] | None:
        """-> (type, when) of the newest event, of one of these types where any is given."""
        wanted = f"WHERE type IN ({', '.join('?' * len(types))})" if types else ""
        with _explained(self.path):
            row = self._db.execute(
                f"SELECT type, wall FROM event {wanted} ORDER BY id DESC LIMIT 1",  # noqa: S608 - only question marks
                types,
            ).fetchone()
        return (row[0], datetime.fromisoformat(row[1])) if row else None

    def part(self, around: datetime) -> LogPart:
        """The log from a day before a moment, or from where a state is known further back, to a day after it."""
        from unsit.store.account import CONTEXT, PART_MOST, Logged, LogPart  # for when somebody asks why

        with _explained(self.path):
            state, after_id, epoch = self._state_before(around - CONTEXT)
            rows: list[Logged] = []
            for event_id, event_epoch, now, type_, body in self._events(after_id):
                if len(rows) == PART_MOST or now.wall > around + CONTEXT:
                    break
                with suppress(msgspec.MsgspecError):  # of another version
                    event = decode_event(now, type_, body)
                    rows.append(Logged(event, self._decisions(event_id), begins=event_epoch != epoch))
                    epoch = event_epoch
            return LogPart(state, tuple(rows), is_cut=len(rows) == PART_MOST)

    def check(self) -> None:
        """Read the whole file.

        Raises:
            StoreError: it is damaged.
        """
        with _explained(self.path):
            _check(self._db)

    def backup(self, folder: Path, name: str) -> Path:
        """A copy `history-NAME.db` in `folder`, whole or not at all; the oldest of more than three go.

        Args:
            name: the day, `2026-03-02`, so that the names sort by age.

        Raises:
            StoreError: no copy was made, and no older one lost.
        """
        target = folder / f"history-{name}.db"
        with _explained(self.path):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for left in folder.glob("history-*.db.part*"):  # of a copy during which the daemon died
                left.unlink()
            _copy(self._db, target)
            for old in backups(folder)[BACKUPS_KEPT:]:
                old.unlink(missing_ok=True)
        return target

    def close(self) -> None:
        """Twice is once."""
        self._db.close()

    # ------------------------------------------------------------------------------------------------------ the inside

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._boots.clear()
            with suppress(sqlite3.Error):  # some errors end the transaction by themselves
                self._db.execute("ROLLBACK")
            raise

    def _insert(self, event_id: int, entry: Entry) -> None:
        now = entry.now
        boot = self._boot(now.boot_id)
        self._db.execute(
            "INSERT INTO event (id, epoch, boot, boot_s, wall, type, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (event_id, self.epoch, boot, now.boot_s, entry.wall, entry.type, entry.body),
        )
        for n, decision in enumerate(entry.decisions):
            self._db.execute(
                "INSERT INTO decision (event_id, n, type, body) VALUES (?, ?, ?, ?)",
                (event_id, n, type(decision).__name__, encode(decision)),
            )
            if isinstance(decision, Revoked):
                self._db.execute(
                    "UPDATE outcome SET revoked = 1 WHERE epoch = ? AND record >= ? AND NOT revoked",
                    (self.epoch, decision.first_record),
                )
            elif isinstance(decision, NaturalBreak) or (isinstance(decision, Outcome) and decision.word != "void"):
                place = {"event_id": event_id, "epoch": self.epoch, "wall": entry.wall, "wall_s": now.wall.timestamp()}
                if not self._db.execute(_INSERT_OUTCOME, outcome_values(decision) | place).rowcount:
                    # A fault of the rules. It must not cost the rest of the day: everything after it would wait in memory.
                    log.error("Record %d has ended before; left out: %s", decision.record, decision)

    def _boot(self, boot_id: str) -> int:
        if boot_id not in self._boots:
            self._db.execute("INSERT OR IGNORE INTO boot (boot_id) VALUES (?)", (boot_id,))
            (self._boots[boot_id],) = self._db.execute("SELECT id FROM boot WHERE boot_id = ?", (boot_id,)).fetchone()
        return self._boots[boot_id]

    def _set_latest(self, event_id: int, version: str, state: bytes) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO latest (one, event_id, epoch, version, state) VALUES (1, ?, ?, ?, ?)",
            (event_id, self.epoch, version, state),
        )

    def _next_epoch(self) -> int:
        (epoch,) = self._db.execute(
            "SELECT 1 + max((SELECT coalesce(max(epoch), 0) FROM outcome), coalesce((SELECT epoch FROM event"
            " ORDER BY id DESC LIMIT 1), 0), coalesce((SELECT epoch FROM latest), 0))"
        ).fetchone()
        return int(epoch)

    def _count_known(self, entries: Sequence[Entry], after_id: int) -> int:
        """How many of `entries` end the file already: a commit may be reported as failed after the disk has it."""
        rows = self._db.execute(
            "SELECT boot_s, boot_id, type, body FROM event JOIN boot ON boot.id = boot WHERE event.id > ?"
            " ORDER BY event.id DESC LIMIT ?",
            (after_id, len(entries)),
        ).fetchall()[::-1]
        ours = [(entry.now.boot_s, entry.now.boot_id, entry.type, entry.body) for entry in entries[: len(rows)]]
        return next((len(rows) - start for start in range(len(rows)) if rows[start:] == ours[: len(rows) - start]), 0)

    def _last_event(self) -> tuple[Now | None, bool]:
        row = self._db.execute(
            "SELECT boot_s, boot_id, wall, type FROM event JOIN boot ON boot.id = boot ORDER BY event.id DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return None, True
        return Now(row[0], row[1], datetime.fromisoformat(row[2])), row[3] == "Stopped"

    def _events(self, after: int) -> Iterator[tuple[int, int, Now, str, bytes]]:
        """-> (number, epoch, and what `decode_event` takes)"""
        rows = self._db.execute(
            "SELECT event.id, epoch, boot_s, boot_id, wall, type, body FROM event JOIN boot ON boot.id = boot"
            " WHERE event.id > ? ORDER BY event.id",
            (after,),
        )
        for event_id, epoch, boot_s, boot_id, wall, type_, body in rows:
            yield event_id, epoch, Now(boot_s, boot_id, datetime.fromisoformat(wall)), type_, body

    def _decisions(self, event_id: int) -> tuple[AnyDecision, ...]:
        """Without those that this version does not know."""
        found: list[AnyDecision] = []
        for (body,) in self._db.execute("SELECT body FROM decision WHERE event_id = ? ORDER BY n", (event_id,)):
            with suppress(msgspec.MsgspecError):
                found.append(decode_decision(body))
        return tuple(found)

    def _state_before(self, wall: datetime) -> tuple[State | None, int, int | None]:
        """-> (state, the number of its event, its epoch) by the newest snapshot that is old enough and can be read."""
        rows = self._db.execute(
            "SELECT event_id, snapshot.state, epoch FROM snapshot JOIN event ON event.id = event_id"
            " WHERE CAST(strftime('%s', wall) AS INTEGER) <= ? ORDER BY snapshot.id DESC",
            (wall.timestamp(),),
        )
        for event_id, body, epoch in rows:
            with suppress(msgspec.MsgspecError, UnicodeDecodeError):
                return decode_state(body), event_id, epoch
        return None, 0, None

    def _replayed(self, step: Step | None) -> State | None:
        """By the newest snapshot that can be read, or from the first event; None if nothing can."""
        if step is None:
            return None
        ids = [row[0] for row in self._db.execute("SELECT id FROM snapshot ORDER BY id DESC")]
        for snapshot_id in (*ids, None):
            try:
                return self.replay(snapshot_id, step)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 - an old event may break newer rules in any way; a new state is the answer
                log.warning("Replaying from snapshot %s failed: %r", snapshot_id, error)
        return None

    def _lost(self, version: str) -> Restored:
        log.error("The last state cannot be restored; the history is kept, and counting starts anew")
        self.epoch = self._next_epoch()
        now, was_clean = self._last_event()
        return Restored(None, now, was_clean, version, is_lost=True, remembered=self._remember())

    def _remember(self) -> Remembered:
        completed: dict[str, int] = {}
        last: dict[str, int] = {}
        hurt: set[str] = set()
        rows = self._db.execute(
            "SELECT word, reason, exercises FROM outcome WHERE NOT revoked"
            " AND (word = 'completed' OR reason = 'pain') ORDER BY wall_s, id"
        )
        number = 0
        for number, (word, reason, exercises) in enumerate(rows, 1):
            for exercise in msgspec.json.decode(exercises, type=list[str]):
                if word == "completed":
                    completed[exercise] = completed.get(exercise, 0) + 1
                    last[exercise] = number
                    hurt.discard(exercise)
                elif reason == "pain":
                    hurt.add(exercise)
        return Remembered(number, completed, last, frozenset(hurt))


def is_begun(path: Path) -> bool:
    """There is a history, also where one may not look at it."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def backups(folder: Path) -> list[Path]:
    """The nightly copies, newest first."""
    return sorted(folder.glob("history-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].db"), reverse=True)


def restore_backup(backup: Path, path: Path) -> None:
    """Put a copy where the history was, if it is good.

    Raises:
        StoreError: it is not, or there is no room; `path` is untouched.
    """
    with _explained(backup):
        source = sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)
        try:
            _copy(source, path)
        finally:
            source.close()


def move_aside(path: Path, name: str) -> Path:
    """Rename the file, and what SQLite keeps beside it, to `history-damaged-NAME.db`."""
    target = path.with_name(f"history-damaged-{name}.db")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"history-damaged-{name}-{number}.db")
    with _explained(path):
        # The sidecars first: a write-ahead log must never meet another database.
        for ending in ("-wal", "-shm", ""):
            if _sidecar(path, ending).exists():
                _sidecar(path, ending).rename(_sidecar(target, ending))
    return target


def _sidecar(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _copy(db: sqlite3.Connection, target: Path) -> None:
    """A checked copy that is there as a whole or not at all, in one file."""
    part = _sidecar(target, ".part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
        copy = sqlite3.connect(part, isolation_level=None)
        try:
            db.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            _check(copy)
        finally:
            copy.close()
        _sync(part)
        part.replace(target)
        _sync(target.parent)
    finally:
        for ending in (".part", ".part-journal", ".part-wal", ".part-shm"):
            _sidecar(target, ending).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows has no handle for it
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check(db: sqlite3.Connection) -> None:
    (answer,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        error = sqlite3.DatabaseError(answer)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """In a folder that cannot be written to, a file with a write-ahead log opens only as one that never changes."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    for uri in (address, f"{address}&immutable=1"):
        db = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            version = version_of(db)
        except sqlite3.OperationalError:
            db.close()
            if uri != address:
                raise
            continue
        if version != VERSION:
            db.close()
            if version > VERSION:
                raise newer(path, version)
            raise sqlite3.OperationalError(f"format {version}, not {VERSION}")
        return db
    raise AssertionError("unreachable: the loop returns or raises")


@lru_cache(maxsize=64)
def _exercises(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])


def _outcome_row(row: Sequence[Any]) -> OutcomeRow:
    epoch, record, word, wall, exercises, *rest = row
    amounts, (sat_s, break_s, counts, reason, routine, session, snoozes) = (
        rest[: len(WORK_KINDS)],
        rest[len(WORK_KINDS) :],
    )
    return OutcomeRow(
        epoch=epoch,
        record=record,
        word=word,
        wall=datetime.fromisoformat(wall),
        exercises=_exercises(exercises),
        work={kind: amount for kind, amount in zip(WORK_KINDS, amounts, strict=True) if amount is not None},
        sat_s=sat_s,
        break_s=break_s,
        counts=bool(counts),
        reason=reason,
        routine=routine,
        session=session,
        snoozes=snoozes,
    )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise explain(error, path) from error
