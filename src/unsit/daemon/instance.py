"""Exactly one daemon a person: locks on files of their own, which no crash can leave behind.

One is in the runtime folder, beside the control socket. Where that folder is depends on the environment, so another one is
beside the history, which two must never write.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

LOCK_NAME: Final = "lock"
HISTORY_LOCK_NAME: Final = "history.lock"
_HELD: Final = (errno.EAGAIN, errno.EACCES)
"""flock(2) says the first, msvcrt.locking the second; anything else is a file system that has no locks."""


LEFT_BEHIND_S: Final = 5.0
"""A daemon that is killed while it starts a program leaves a child with all that it had, until that is a program of its own: a
moment, or some tenths of a second on a machine with too much to do."""
LOOKED_AGAIN_AFTER_S: Final = 0.02

LOCKED_BYTE: Final = 1 << 20
"""Where a lock is one of bytes, and keeps others from reading them: far behind the number, which they are to read."""


def lock_file(fd: int) -> None:
    """Take the lock of the file, or raise OSError at once: one of `_HELD` if somebody has it."""
    if sys.platform == "win32":
        import msvcrt

        lock_byte(fd, lambda handle, n_bytes: msvcrt.locking(handle, msvcrt.LK_NBLCK, n_bytes))
    else:
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock_byte(fd: int, locking: Callable[[int, int], None]) -> None:
    """Args: locking: takes so many bytes from the file's position on, as msvcrt.locking; there they need not exist."""
    os.lseek(fd, LOCKED_BYTE, os.SEEK_SET)
    try:
        locking(fd, 1)
    finally:
        os.lseek(fd, 0, os.SEEK_SET)


def _is_alive(pid: int) -> bool:
    """As far as can be told: Windows frees the lock of a process that has ended by itself."""
    if sys.platform == "win32":
        return True
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True


class AlreadyRunning(Exception):
    """Attributes: pid: of the daemon that has the lock; None where it cannot be read yet."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"already running: {pid}")
        self.pid = pid


class InstanceLock:
    """Held from construction to `release()`, or to the end of the process, however it ends."""

    def __init__(self, folder: Path, name: str = LOCK_NAME, *, lock: Callable[[int], None] = lock_file) -> None:
        """Raises: AlreadyRunning: somebody has it. OSError: the folder cannot be written, or has no locks."""
        self.path = folder / name
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)  # inherited by no child (PEP 446)
        try:
            self._take(lock)
        except BaseException:
            os.close(self._fd)
            raise
        self.last_life_wall: float | None = self._last_life()
        os.ftruncate(self._fd, 0)
        os.write(self._fd, f"{os.getpid()}\n".encode())

    def _take(self, lock: Callable[[int], None]) -> None:
        until_s = time.monotonic() + LEFT_BEHIND_S
        while True:
            try:
                lock(self._fd)
            except OSError as error:
                if error.errno not in _HELD:
                    raise
                pid = self._read_pid()
                if pid is None or _is_alive(pid) or time.monotonic() > until_s:
                    raise AlreadyRunning(pid) from None
                time.sleep(LOOKED_AGAIN_AFTER_S)
            else:
                return

    def _read_pid(self) -> int | None:
        os.lseek(self._fd, 0, os.SEEK_SET)
        text = os.read(self._fd, 32).decode("ascii", "replace").strip()
        return int(text) if text.isdigit() else None

    def _last_life(self) -> float | None:
        info = os.fstat(self._fd)
        return info.st_mtime if info.st_size else None

    def touch(self) -> None:
        """Leave evidence of life where nothing is written down: the next start reads it as `last_life_wall`."""
        os.utime(self._fd if os.utime in os.supports_fd else self.path)

    def release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
