"""In the place of a window that fills the screen, where the compositor does not tell of windows (GNOME and KDE on Wayland):
somebody holds the screen awake, as players and presentations do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Final

from unsit.adapters.bus import Bus
from unsit.adapters.hold_fullscreen_wayland import MANAGER
from unsit.adapters.idle_inhibitors import IdleInhibitors
from unsit.adapters.wayland import WaylandConnection, socket_path
from unsit.core.model import HoldReason
from unsit.ports import AdapterError
from unsit.words import _


class InhibitorHold:
    """ports.HoldSource."""

    reason: Final[HoldReason] = "fullscreen"

    def __init__(
        self, bus: Bus, environ: Mapping[str, str] | None = None, *, is_ours: Callable[[], bool] = lambda: False
    ) -> None:
        """
        Args:
            bus: the session bus.
            is_ours: we hold it ourselves, for a stretch.
        """
        self._inhibitors = IdleInhibitors(bus)
        self._is_ours = is_ours
        self._environ = os.environ if environ is None else environ
        self._on_change: Callable[[bool], None] = lambda _holds: None

    def describe(self) -> str:
        if self._inhibitors.is_inhibited:
            return _("full screen: a program holds the screen awake")
        return _("full screen: taken from programs that hold the screen awake")

    async def start(self, on_change: Callable[[bool], None]) -> None:
        connection = await WaylandConnection.open(socket_path(self._environ))
        connection.close()
        if MANAGER in connection.globals:
            raise AdapterError(_("screen held awake: not needed where the compositor tells of windows"))
        self._on_change = on_change
        await self._inhibitors.start(self._say)

    async def look(self) -> None:
        """What began in a stretch of ours, and has gone on since, was not told of: we held the screen as well."""
        self._say()

    def settings_changed(self) -> None:
        pass

    async def stop(self) -> None:
        self._on_change = lambda _holds: None
        await self._inhibitors.stop()

    def _say(self) -> None:
        self._on_change(self._inhibitors.is_inhibited and not self._is_ours())
