"""Opening the history on a bad day: whatever the file looks like, the daemon starts, and says what it found."""

from __future__ import annotations

import logging
import sqlite3
from datetime import datetime
from pathlib import Path

from unsit.store.errors import StoreError, explain
from unsit.store.history import History, backups, move_aside, restore_backup
from unsit.store.memory import MemoryHistory
from unsit.store.rows import Step
from unsit.words import _

log = logging.getLogger(__name__)


def open_or_recover(path: Path, step: Step | None = None) -> tuple[History | MemoryHistory, list[StoreError]]:
    """Open the history, or do without.

    A file that the last run closed is trusted; after a crash it is read once as a whole (60 ms for ten years). A damaged
    one is moved aside, and the newest good backup takes its place. One that cannot be written is read, if it can be, and
    new rows wait in memory.

    Args:
        step: for a state that has to be replayed from a file that can only be read.

    Returns:
        The history, and what is wrong, for people.
    """
    try:
        return _open_checked(path), []
    except StoreError as error:
        log.warning("%s", error)
        if error.kind != "damaged":
            return _do_without(path, step), [error]
    try:
        recovered, problem = recover(path)
    except StoreError as error:
        log.warning("%s", error)
        return MemoryHistory(path), [error]
    return recovered, [problem]


def recover(path: Path) -> tuple[History, StoreError]:
    """Move a damaged file aside, put the newest good backup in its place, and say so.

    Raises:
        StoreError: there is no room, or no right, to do so.
    """
    aside = move_aside(path, datetime.now().astimezone().strftime("%Y-%m-%dT%H%M%S"))
    backup = _put_back(path)
    history = History.open(path)
    what = _("The history was damaged; it is kept as {path}.").format(path=aside)
    if backup:
        next_step = _("Unsit goes on from the backup {name}; what came after it is missing.").format(name=backup.name)
    else:
        next_step = _("There was no good backup: a new history begins.")
    return history, StoreError("damaged", what, next_step)


def _open_checked(path: Path) -> History:
    if path.exists() and path.stat().st_size == 0 and backups(path.parent):
        raise explain(sqlite3.DatabaseError(), path)  # SQLite would begin anew in it
    history = History.open(path)
    if history.was_open:
        try:
            history.check()
        except BaseException:
            history.close()
            raise
    return history


def _put_back(path: Path) -> Path | None:
    for backup in backups(path.parent):
        try:
            restore_backup(backup, path)
        except StoreError as error:
            log.warning("The backup is not good: %s", error)
            if error.kind == "full":
                raise
        else:
            return backup
    return None


def _do_without(path: Path, step: Step | None) -> MemoryHistory:
    try:
        history = History.open(path, read_only=True)
    except StoreError:
        return MemoryHistory(path)
    try:
        return MemoryHistory(path, history, history.restore(step))
    except StoreError:
        return MemoryHistory(path)
    finally:
        history.close()
