"""In the place of a window that fills the screen, where the compositor does not tell of windows (GNOME and KDE on Wayland):
somebody holds the screen awake, as players and presentations do.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from unsit.adapters.bus import Bus
from unsit.adapters.hold_fullscreen_wayland import MANAGER
from unsit.adapters.idle_inhibitors import IdleInhibitors
from unsit.adapters.wayland import WaylandConnection, socket_path
from unsit.core.model import HoldReason
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

_LOOK_WITHIN_S: Final = 0.5


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
        self._is_needed = True
        """As far as is known."""
        self._is_following = False

    @property
    def works(self) -> bool:
        return self._is_following and self._inhibitors.is_told

    @property
    def names(self) -> Sequence[str]:
        """The services say that somebody does, and not who."""
        return ()

    def describe(self) -> str:
        if self._is_following and not self._inhibitors.is_told:
            return _("full screen: nobody here tells of programs that hold the screen awake")
        if self._inhibitors.is_inhibited:
            return _("full screen: a program holds the screen awake")
        return _("full screen: taken from programs that hold the screen awake")

    async def start(self, on_change: Callable[[bool], None]) -> None:
        self._on_change = on_change
        await self._follow()

    async def _follow(self) -> None:
        connection = await WaylandConnection.open(socket_path(self._environ))
        connection.close()
        self._is_needed = MANAGER not in connection.globals
        if not self._is_needed:
            raise AdapterError(_("screen held awake: not needed where the compositor tells of windows"))
        try:
            await self._inhibitors.start(self._say)
        except BaseException:
            await self._inhibitors.stop()
            raise
        self._is_following = True

    async def look(self) -> None:
        """What began in a stretch of ours, and has gone on since, was not told of: we held the screen as well. And a
        compositor that did not answer before is asked again."""
        if not self._is_needed:
            return
        if not self._is_following:
            try:
                async with asyncio.timeout(_LOOK_WITHIN_S):
                    await self._follow()
                    await self._inhibitors.answered()
            except (AdapterError, TimeoutError) as error:
                log.debug("Programs that hold the screen awake: %s", error)
        self._say()

    def settings_changed(self) -> None:
        pass

    async def stop(self) -> None:
        self._on_change = lambda _holds: None
        self._is_following = False
        await self._inhibitors.stop()

    def _say(self) -> None:
        self._on_change(self._inhibitors.is_inhibited and not self._is_ours())
