"""Tells when somebody saved a file in one of some folders, by inotify(7): no looking now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from unsit.adapters import inotify
from unsit.adapters.inotify import Inotify
from unsit.ports import AdapterError
from unsit.words import _

_COMING: Final = inotify.CREATE | inotify.MOVED_TO | inotify.ONLYDIR
_EVENTS: Final = _COMING | inotify.CLOSE_WRITE | inotify.MOVED_FROM | inotify.DELETE
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
        self._inotify = Inotify(self._on_event)
        self._calm: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Raises: AdapterError: the kernel has no inotify to give."""
        try:
            self._inotify.open()
        except OSError as error:
            why = error.strerror
            raise AdapterError(_("Saved settings are not noticed by themselves: {why}").format(why=why)) from error
        for folder in self._folders:
            self._inotify.watch(folder, self._events)

    def stop(self) -> None:
        if self._calm is not None:
            self._calm.cancel()
            self._calm = None
        self._inotify.close()

    def _on_event(self) -> None:
        if self._calm is not None:
            self._calm.cancel()
        self._calm = asyncio.get_running_loop().call_later(CALM_S, self._on_calm)

    def _on_calm(self) -> None:
        self._calm = None
        self._on_change()
