"""Whether a camera is open: its device's file, told of by inotify(7) whenever somebody opens or closes it.

Who has it open then is looked up once in /proc, which shows the person's own programs. A camera that comes through PipeWire
is held open by PipeWire.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from unsit.core.model import HoldReason
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

_IN_CLOSE_WRITE, _IN_CLOSE_NOWRITE, _IN_OPEN = 0x008, 0x010, 0x020
_IN_CREATE, _IN_DELETE = 0x100, 0x200
_READ_BYTES: Final = 64 * 1024
CALM_S: Final = 0.5
"""Programs that list the cameras open each for a moment."""
DEVICES: Final = "video*"


class CameraHold:
    """ports.HoldSource."""

    reason: Final[HoldReason] = "call"

    def __init__(self, ignored: Callable[[], Collection[str]] = tuple, folder: Path = Path("/dev")) -> None:
        """
        Args:
            ignored: names of programs that may have it open.
            folder: where the devices are.
        """
        self._ignored = ignored
        self._folder = folder
        self._on_change: Callable[[bool], None] | None = None
        self._fd = -1
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._watched: set[Path] = set()
        self._calm: asyncio.TimerHandle | None = None
        self._was_open = False
        self._programs: list[str] = []

    def describe(self) -> str:
        if self._fd < 0:
            return _("camera: not watched")
        if self._programs:
            return _("camera: used by {programs}").format(programs=", ".join(self._programs))
        if not self._watched:
            return _("camera: there is none; one that is plugged in is noticed")
        return _("camera: told by the system")

    async def start(self, on_change: Callable[[bool], None]) -> None:
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            why = os.strerror(ctypes.get_errno())
            raise AdapterError(_("camera: it cannot be watched ({why})").format(why=why))
        self._on_change = on_change
        self._libc.inotify_add_watch(self._fd, os.fsencode(self._folder), _IN_CREATE | _IN_DELETE)
        asyncio.get_running_loop().add_reader(self._fd, self._on_readable)
        self._look()

    async def look(self) -> None:
        pass

    def settings_changed(self) -> None:
        """The list of those that may have it open may be another."""
        if self._fd >= 0:
            self._look()

    async def stop(self) -> None:
        self._on_change = None
        if self._calm is not None:
            self._calm.cancel()
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _on_readable(self) -> None:
        try:
            os.read(self._fd, _READ_BYTES)  # that something happened is all there is to know
        except BlockingIOError:
            return
        if self._calm is None:
            self._calm = asyncio.get_running_loop().call_later(CALM_S, self._look)

    def _look(self) -> None:
        if self._calm is not None:
            self._calm.cancel()
            self._calm = None
        present = set(self._folder.glob(DEVICES))
        # All of them, each time: one that was reset has come again under its name, and one that could not be watched may
        # have been given to the person since. What is watched already stays so.
        self._watched = {device for device in present if self._watch(device)}
        ignored = {name.casefold() for name in self._ignored()}
        self._programs = [name for name in holders(present) if name.casefold() not in ignored] if present else []
        is_open = bool(self._programs)
        if is_open != self._was_open and self._on_change is not None:
            self._was_open = is_open
            self._on_change(is_open)

    def _watch(self, device: Path) -> bool:
        mask = _IN_OPEN | _IN_CLOSE_WRITE | _IN_CLOSE_NOWRITE
        if self._libc.inotify_add_watch(self._fd, os.fsencode(device), mask) >= 0:
            return True
        log.debug("%s is not watched: %s", device, os.strerror(ctypes.get_errno()))
        return False


def holders(files: Collection[Path]) -> list[str]:
    """The names of the programs that have one of these open, each once. Other people's programs cannot be seen."""
    wanted, found = {str(path) for path in files}, []
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        try:
            if any(_leads_to(entry) in wanted for entry in (process / "fd").iterdir()):
                found.append((process / "comm").read_text().strip())
        except OSError:  # another's, or one that has just ended
            continue
    return list(dict.fromkeys(found))


def _leads_to(entry: Path) -> str:
    """Nothing for a descriptor that has just been closed: the others of its process count."""
    try:
        return str(entry.readlink())
    except FileNotFoundError:
        return ""
