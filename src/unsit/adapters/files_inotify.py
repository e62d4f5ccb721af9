"""Tells when somebody saved a file in one of some folders, by inotify(7): no looking now and then."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

_IN_CLOSE_WRITE: Final = 0x008
_IN_MOVED_FROM: Final = 0x040
_IN_MOVED_TO: Final = 0x080
_IN_CREATE: Final = 0x100
"""For a folder; of a file follows more."""
_IN_DELETE: Final = 0x200
_IN_ONLYDIR: Final = 0x01000000
_COMING: Final = _IN_CREATE | _IN_MOVED_TO | _IN_ONLYDIR
_EVENTS: Final = _IN_CLOSE_WRITE | _IN_MOVED_FROM | _IN_MOVED_TO | _IN_CREATE | _IN_DELETE | _IN_ONLYDIR
_READ_BYTES: Final = 64 * 1024
CALM_S: Final = 0.3
"""An editor that saves writes, renames and deletes: what follows within this is the same saving."""


class FolderWatch:
    """From `start` to `stop`."""

    def __init__(self, folders: Iterable[Path], on_change: Callable[[], object], *, only_new: bool = False) -> None:
        """
        Args:
            folders: those that do not exist are left out.
            on_change: called on the loop, once for one saving.
            only_new: what is written to files that are there already is nothing to tell.
        """
        self._folders = list(folders)
        self._events = _COMING if only_new else _EVENTS
        self._on_change = on_change
        self._fd = -1
        self._calm: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Raises: AdapterError: the kernel has no inotify to give."""
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            why = os.strerror(ctypes.get_errno())
            raise AdapterError(_("Saved settings are not noticed by themselves: {why}").format(why=why))
        for folder in self._folders:
            if libc.inotify_add_watch(self._fd, os.fsencode(folder), self._events) < 0:
                log.debug("%s is not watched: %s", folder, os.strerror(ctypes.get_errno()))
        asyncio.get_running_loop().add_reader(self._fd, self._on_readable)

    def stop(self) -> None:
        if self._calm is not None:
            self._calm.cancel()
            self._calm = None
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _on_readable(self) -> None:
        try:
            os.read(self._fd, _READ_BYTES)  # that something changed is all there is to know: everything is read anew
        except BlockingIOError:
            return
        if self._calm is not None:
            self._calm.cancel()
        self._calm = asyncio.get_running_loop().call_later(CALM_S, self._on_calm)

    def _on_calm(self) -> None:
        self._calm = None
        self._on_change()
