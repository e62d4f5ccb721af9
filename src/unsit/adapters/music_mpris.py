"""ports.Music: players that speak MPRIS (https://specifications.freedesktop.org/mpris-spec/latest/) are paused and go on.

If the daemon dies in between, they stay paused: pressing play brings them back, which nobody has to be told.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from unsit.adapters.bus import BUS_NAME, BUS_PATH, Bus
from unsit.ports import AdapterError

log = logging.getLogger(__name__)

PREFIX: Final = "org.mpris.MediaPlayer2."
PATH: Final = "/org/mpris/MediaPlayer2"
PLAYER: Final = "org.mpris.MediaPlayer2.Player"


class MprisMusic:
    """Args: bus: the session bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._paused: list[str] = []
        """The unique names of those that we have paused: another player may take the name, and is none of our business."""

    async def quieten(self) -> None:
        (names,) = await self._bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "ListNames")
        await asyncio.gather(*(self._pause(name) for name in names if name.startswith(PREFIX)))

    async def restore(self) -> None:
        paused, self._paused = self._paused, []
        await asyncio.gather(*(self._resume(owner) for owner in paused))

    async def _pause(self, name: str) -> None:
        try:
            (owner,) = await self._bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetNameOwner", "s", name)
            if owner not in self._paused and await self._status(owner) == "Playing":
                await self._bus.call(owner, PATH, PLAYER, "Pause")
                self._paused.append(owner)
        except AdapterError as error:
            log.info("%s was not paused: %s", name, error)

    async def _resume(self, owner: str) -> None:
        try:
            # One that the person has stopped, or set going again, is left as it is.
            if await self._status(owner) == "Paused":
                await self._bus.call(owner, PATH, PLAYER, "Play")
        except AdapterError as error:
            log.info("A player does not go on: %s", error)

    async def _status(self, owner: str) -> str:
        return str(await self._bus.get_property(owner, PATH, PLAYER, "PlaybackStatus"))
