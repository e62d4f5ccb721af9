"""What can go wrong with the history file, in words for people."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal

from unsit.words import _

Kind = Literal["locked", "read-only", "full", "damaged", "newer", "unavailable"]


class StoreError(Exception):
    """The history file could not be read or written; `str()` is `what` and `next_step`, both fit a notification."""

    def __init__(self, kind: Kind, what: str, next_step: str) -> None:
        super().__init__(what, next_step)
        self.kind = kind
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what} {self.next_step}"


def explain(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    """Turn what SQLite or the system says into a StoreError."""
    kind = _kind(error)
    if kind == "locked":
        return StoreError(
            kind,
            _("Another program keeps {path} locked.").format(path=path),
            _("Close the program that has it open; Unsit tries again by itself."),
        )
    if kind == "read-only":
        return StoreError(
            kind,
            _("{path} cannot be written to.").format(path=path),
            _("Give yourself write permission to the file and its folder; Unsit tries again by itself."),
        )
    if kind == "full":
        return StoreError(
            kind,
            _("There is no space left for {path}.").format(path=path),
            _("Free some disk space; Unsit tries again by itself."),
        )
    if kind == "damaged":
        return StoreError(
            kind,
            _("{path} is damaged.").format(path=path),
            _("Restart Unsit: it keeps the damaged file and goes on from the newest backup."),
        )
    return StoreError(
        kind,
        _("{path} cannot be used ({reason}).").format(path=path, reason=error),
        _("Check the disk and the folder; Unsit tries again by itself."),
    )


def newer(path: Path, version: int) -> StoreError:
    return StoreError(
        "newer",
        _("{path} was written by a newer Unsit (format {version}).").format(path=path, version=version),
        _("Update Unsit, or move the file away to begin a new history."),
    )


def _kind(error: sqlite3.Error | OSError) -> Kind:
    if isinstance(error, OSError):
        import errno

        full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        denied = (errno.EACCES, errno.EPERM, errno.EROFS)
        return "full" if error.errno in full else "read-only" if error.errno in denied else "unavailable"
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # raised by the module itself, e.g. text that is not UTF-8 where text must be
        return "damaged" if isinstance(error, sqlite3.DatabaseError) else "unavailable"
    primary = code & 0xFF
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return "damaged"
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "locked"
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return "read-only"
    if primary == sqlite3.SQLITE_FULL:
        return "full"
    return "unavailable"
