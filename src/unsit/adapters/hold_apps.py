"""Whether one of the person's listed programs runs: a game, a recording, a talk.

The kernel tells an ordinary program when another one ends (pidfd_open(2)), and not when one starts: the process connector is
the superuser's, and not every desktop puts each program into a scope of its own. So one looks when a prompt is due, and
never otherwise; what is found running is then waited for.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

from unsit.adapters.processes import PROC, listed_name, names_of, processes
from unsit.core.model import HoldReason
from unsit.words import _, join_words

log = logging.getLogger(__name__)


class AppsHold:
    """ports.HoldSource."""

    reason: Final[HoldReason] = "app"

    def __init__(self, listed: Callable[[], Collection[str]], proc: Path = PROC) -> None:
        """Args: listed: names of programs; asked at each look."""
        self._listed = listed
        self._proc = proc
        self._on_change: Callable[[bool], None] | None = None
        self._waited_for: dict[int, int] = {}
        """Process -> descriptor."""
        self._names: list[str] = []

    @property
    def works(self) -> bool:
        return self._on_change is not None

    @property
    def names(self) -> Sequence[str]:
        return self._names

    def describe(self) -> str:
        if not self._listed():
            return _("listed programs: none is listed")
        if self._names:
            return _("listed programs: running now: {names}").format(names=join_words(self._names))
        return _("listed programs: looked for when a prompt is due")

    async def start(self, on_change: Callable[[bool], None]) -> None:
        self._on_change = on_change

    async def look(self) -> None:
        self._find_out()

    def settings_changed(self) -> None:
        """The list may be another."""
        self._find_out()

    def _find_out(self) -> None:
        names = {name.casefold() for name in self._listed()}
        running = list(self._running(names)) if names else []
        was_held = bool(self._waited_for)
        gone = self._waited_for.keys() - {process for process, _name in running}
        for process in gone:
            self._let_go(process)
        for process, _name in running:
            self._wait_for(process)
        self._names = list(dict.fromkeys(name for process, name in running if process in self._waited_for))
        if bool(self._waited_for) != was_held and self._on_change is not None:
            self._on_change(not was_held)

    async def stop(self) -> None:
        self._on_change = None
        for process in tuple(self._waited_for):
            self._let_go(process)

    def _running(self, names: Collection[str]) -> list[tuple[int, str]]:
        found = []
        for process in processes(self._proc):
            try:
                name = listed_name(names_of(process), names)
            except OSError:  # it has just ended
                continue
            if name is not None and int(process.name) != os.getpid():
                found.append((int(process.name), name))
        return found

    def _wait_for(self, process: int) -> None:
        if process in self._waited_for:
            return
        try:
            descriptor = os.pidfd_open(process)
        except OSError as error:
            log.debug("Process %d is not waited for: %s", process, error)
            return
        self._waited_for[process] = descriptor
        asyncio.get_running_loop().add_reader(descriptor, self._on_end, process)

    def _let_go(self, process: int) -> None:
        descriptor = self._waited_for.pop(process)
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)

    def _on_end(self, process: int) -> None:
        self._let_go(process)
        if not self._waited_for and self._on_change is not None:
            self._names = []
            self._on_change(False)
