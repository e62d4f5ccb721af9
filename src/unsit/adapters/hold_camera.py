"""Whether a camera is open: its device's file, told of by inotify(7) whenever somebody opens or closes it.

Who has it open then is looked up once in /proc, which shows the person's own programs. A camera that comes through PipeWire
is held open by PipeWire, as long as somebody looks through it; where PipeWire finds its cameras by libcamera, all day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Final

from unsit.adapters import inotify
from unsit.adapters.inotify import Inotify
from unsit.adapters.processes import listed_name, names_of, processes
from unsit.core.model import HoldReason
from unsit.ports import AdapterError
from unsit.words import _

CALM_S: Final = 0.5
"""Programs that list the cameras open each for a moment."""
DEVICES: Final = "video*"
SESSION_MANAGERS: Final = frozenset({"wireplumber", "pipewire-media-session"})
"""They find cameras for PipeWire, and look through none themselves. One that has a device open for longer than a moment is
libcamera's doing, which keeps all of them open once it has listed them, for the session manager and for PipeWire: before 0.4
each camera, and later those of a laptop that are not on USB (https://gitlab.freedesktop.org/pipewire/pipewire/-/issues/2669)."""
PIPEWIRE: Final = "pipewire"


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
        self._inotify = Inotify(self._on_event)
        self._watched: set[Path] = set()
        self._calm: asyncio.TimerHandle | None = None
        self._was_open = False
        self._programs: list[str] = []

    @property
    def works(self) -> bool:
        return self._inotify.is_open

    @property
    def names(self) -> Sequence[str]:
        return self._programs

    def describe(self) -> str:
        if not self._inotify.is_open:
            return _("camera: not watched")
        if self._programs:
            return _("camera: used by {programs}").format(programs=", ".join(self._programs))
        if not self._watched:
            return _("camera: there is none; one that is plugged in is noticed")
        return _("camera: told by the system")

    async def start(self, on_change: Callable[[bool], None]) -> None:
        try:
            self._inotify.open()
        except OSError as error:
            raise AdapterError(_("camera: it cannot be watched ({why})").format(why=error.strerror)) from error
        self._on_change = on_change
        self._inotify.watch(self._folder, inotify.CREATE | inotify.DELETE)
        self._look()

    async def look(self) -> None:
        pass

    def settings_changed(self) -> None:
        """The list of those that may have it open may be another."""
        if self._inotify.is_open:
            self._look()

    async def stop(self) -> None:
        self._on_change = None
        if self._calm is not None:
            self._calm.cancel()
        self._inotify.close()

    def _on_event(self) -> None:
        if self._calm is None:
            self._calm = asyncio.get_running_loop().call_later(CALM_S, self._look)

    def _look(self) -> None:
        if self._calm is not None:
            self._calm.cancel()
            self._calm = None
        present = set(self._folder.glob(DEVICES))
        # All of them, each time: one that was reset has come again under its name, and one that could not be watched may
        # have been given to the person since. What is watched already stays so.
        events = inotify.OPEN | inotify.CLOSE_WRITE | inotify.CLOSE_NOWRITE
        self._watched = {device for device in present if self._inotify.watch(device, events)}
        self._programs = lookers(holders(present), {name.casefold() for name in self._ignored()}) if present else []
        is_open = bool(self._programs)
        if is_open != self._was_open and self._on_change is not None:
            self._was_open = is_open
            self._on_change(is_open)


def holders(files: Collection[Path]) -> list[list[str]]:
    """The names of each process that has one of these open. Other people's cannot be seen."""
    wanted, found = {str(path) for path in files}, []
    for process in processes():
        try:
            if any(_leads_to(entry) in wanted for entry in (process / "fd").iterdir()):
                found.append(names_of(process))
        except OSError:  # another's, or one that has just ended
            continue
    return [names for names in found if names]


def lookers(found: Iterable[Sequence[str]], ignored: Collection[str]) -> list[str]:
    """Which of those that have a camera open look through it, by the name of each program.

    Args:
        found: the names of each process.
        ignored: names in small letters.
    """
    found = list(found)
    if any(listed_name(names, SESSION_MANAGERS) for names in found):
        ignored = {*ignored, *SESSION_MANAGERS, PIPEWIRE}
    return list(dict.fromkeys(names[0] for names in found if listed_name(names, ignored) is None))


def _leads_to(entry: Path) -> str:
    """Nothing for a descriptor that has just been closed: the others of its process count."""
    try:
        return str(entry.readlink())
    except FileNotFoundError:
        return ""
