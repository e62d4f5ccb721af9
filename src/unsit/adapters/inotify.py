"""inotify(7): the kernel tells when something happens to a file or in a folder. That it did is all that is read of it."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

CLOSE_WRITE: Final = 0x008
CLOSE_NOWRITE: Final = 0x010
OPEN: Final = 0x020
MOVED_FROM: Final = 0x040
MOVED_TO: Final = 0x080
CREATE: Final = 0x100
"""In a folder, of a file; more follows."""
DELETE: Final = 0x200
ONLYDIR: Final = 0x01000000
_READ_BYTES: Final = 64 * 1024


class Inotify:
    """From `open` to `close`."""

    def __init__(self, on_event: Callable[[], object]) -> None:
        """Args: on_event: called on the loop, once for all that has happened since the last call."""
        self._on_event = on_event
        self._fd = -1
        self._libc = ctypes.CDLL(None, use_errno=True)

    @property
    def is_open(self) -> bool:
        return self._fd >= 0

    def open(self) -> None:
        """Raises OSError where the kernel has none to give."""
        fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if fd < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        self._fd = fd
        asyncio.get_running_loop().add_reader(fd, self._on_readable)

    def watch(self, path: Path, events: int) -> bool:
        """What is watched already is watched for these events from now on. Returns: whether it can be."""
        if self._libc.inotify_add_watch(self._fd, os.fsencode(path), events) >= 0:
            return True
        log.debug("%s is not watched: %s", path, os.strerror(ctypes.get_errno()))
        return False

    def close(self) -> None:
        """Twice is once."""
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _on_readable(self) -> None:
        try:
            os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        self._on_event()
