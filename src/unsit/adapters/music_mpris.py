"""ports.Music: players that speak MPRIS (https://specifications.freedesktop.org/mpris-spec/latest/) are paused and go on.

Who is paused stands in a note, so that a daemon that was killed in the middle of a stretch gives the music back when it is
started again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from unsit.adapters.bus import BUS_NAME, BUS_PATH, Bus
from unsit.adapters.memo import Memo
from unsit.ports import AdapterError

log = logging.getLogger(__name__)

PREFIX: Final = "org.mpris.MediaPlayer2."
PATH: Final = "/org/mpris/MediaPlayer2"
PLAYER: Final = "org.mpris.MediaPlayer2.Player"
PROXY: Final = PREFIX + "playerctld"
"""Speaks for whichever player was heard last, which is on the bus itself, too."""
NOTE_KEPT_S: Final = 3600.0
"""Nobody expects music any more that has stood still for so long."""


class _Note(Struct, frozen=True):
    """Attributes: bus: its id; the names of players are another's on the next one. since_s: on the clock of the daemon."""

    bus: str
    since_s: float
    players: tuple[str, ...]


class MprisMusic:
    """
    Args:
        bus: the session bus.
        note: the file for those that are paused.
        now_s: seconds on a clock that goes on in suspend.
    """

    starts_sound = True

    def __init__(self, bus: Bus, note: Path, now_s: Callable[[], float]) -> None:
        self._bus, self._memo, self._now_s = bus, Memo(note, _Note), now_s
        self._note = self._memo.read()
        """By their unique names: another player may take the name, and is none of our business."""

    async def quieten(self) -> None:
        bus_id, names = await asyncio.gather(self._ask_bus("GetId"), self._ask_bus("ListNames"))
        if self._note is None or self._note.bus != bus_id:
            self._note = _Note(bus_id, self._now_s(), ())
        await asyncio.gather(*(self._pause(name) for name in names if name.startswith(PREFIX) and name != PROXY))

    async def restore(self) -> None:
        note, self._note = self._note, None
        try:
            if note is not None and self._is_of_now(note) and note.bus == await self._ask_bus("GetId"):
                await asyncio.gather(*(self._resume(owner) for owner in note.players))
        finally:
            self._memo.forget()

    def _is_of_now(self, note: _Note) -> bool:
        """A clock that is behind the note's is another boot's."""
        return 0 <= self._now_s() - note.since_s < NOTE_KEPT_S

    async def _ask_bus(self, member: str) -> Any:
        (answer,) = await self._bus.call(BUS_NAME, BUS_PATH, BUS_NAME, member)
        return answer

    async def _pause(self, name: str) -> None:
        try:
            (owner,) = await self._bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetNameOwner", "s", name)
            note = self._note
            if note is not None and owner not in note.players and await self._status(owner) == "Playing":
                self._add(owner)  # first: whoever is killed in between has noted one too many, which plays
                await self._bus.call(owner, PATH, PLAYER, "Pause")
        except AdapterError as error:
            log.info("%s was not paused: %s", name, error)

    def _add(self, owner: str) -> None:
        if self._note is not None:
            self._note = replace(self._note, players=(*self._note.players, owner))
            self._memo.write(self._note)

    async def _resume(self, owner: str) -> None:
        try:
            # One that the person has stopped, or set going again, is left as it is.
            if await self._status(owner) == "Paused":
                await self._bus.call(owner, PATH, PLAYER, "Play")
        except AdapterError as error:
            log.info("A player does not go on: %s", error)

    async def _status(self, owner: str) -> str:
        return str(await self._bus.get_property(owner, PATH, PLAYER, "PlaybackStatus"))
