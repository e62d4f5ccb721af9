"""Exactly one daemon a person: locks on files of their own, which no crash can leave behind.

One is in the runtime folder, beside the control socket. Where that folder is depends on the environment, so another one is
beside the history, which two must never write.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Final

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_NAME: Final = "lock"
HISTORY_LOCK_NAME: Final = "history.lock"
_HELD: Final = (errno.EAGAIN, errno.EACCES)
"""flock(2) says the first, msvcrt.locking the second; anything else is a file system that has no locks."""


class AlreadyRunning(Exception):
    """Attributes: pid: of the daemon that has the lock; None where it cannot be read yet."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"already running: {pid}")
        self.pid = pid


class InstanceLock:
    """Held from construction to `release()`, or to the end of the process, however it ends."""

    def __init__(self, folder: Path, name: str = LOCK_NAME) -> None:
        """Raises: AlreadyRunning: somebody has it. OSError: the folder cannot be written, or has no locks."""
        self.path = folder / name
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock()
        except OSError as error:
            pid = self._read_pid()
            os.close(self._fd)
            if error.errno not in _HELD:
                raise
            raise AlreadyRunning(pid) from None
        self.last_life_wall: float | None = self._last_life()
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def _lock(self) -> None:
        if sys.platform == "win32":
            # Far behind the number, so that others can read it.
            os.lseek(self._fd, 1 << 20, os.SEEK_SET)
            msvcrt.locking(self._fd, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _read_pid(self) -> int | None:
        text = os.read(self._fd, 32).decode("ascii", "replace").strip()
        return int(text) if text.isdigit() else None

    def _last_life(self) -> float | None:
        info = os.fstat(self._fd)
        return info.st_mtime if info.st_size else None

    def touch(self) -> None:
        """Leave evidence of life where nothing is written down: the next start reads it as `last_life_wall`."""
        os.utime(self._fd)

    def release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
