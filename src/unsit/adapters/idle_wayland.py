"""Idle on Wayland, by what the compositor notifies of: ext_idle_notifier_v1, or KDE's older org_kde_kwin_idle.

A notification counts from the moment it is asked for, and tells of a return only after a pause. So each watch is two of them:
one of the watched length, and a very short one, gone after it has fired, that makes the next input heard. While a visible
window inhibits idleness (a film, a call in the browser) neither tells of a pause; version 2 has one that heeds input alone.

Protocols: https://wayland.app/protocols/ext-idle-notify-v1, https://wayland.app/protocols/kde-idle
"""

from __future__ import annotations

import asyncio
import logging
import math
import struct
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Literal

from unsit.adapters.breaks import Breaks
from unsit.adapters.wayland import WaylandConnection, socket_path
from unsit.ports import AdapterError, AdapterTimeout, PresenceEvents
from unsit.words import _

log = logging.getLogger(__name__)

EXT: Final = "ext_idle_notifier_v1"
KDE: Final = "org_kde_kwin_idle"
SEAT: Final = "wl_seat"

EXT_GET_IDLE: Final = 1
EXT_GET_INPUT_IDLE: Final = 2
"""Since version 2."""
KDE_GET_IDLE: Final = 0
NOTIFICATION_DESTROY: Final = 0
"""Of either protocol, as the events: 0 idled, 1 resumed."""
IDLED: Final = 0

NEXT_INPUT_MS: Final = 1
AGAIN_WITHIN_S: Final = 30.0
"""A compositor that crashed and is started anew behind the same socket, or one at login, needs so long at most to answer."""

Kind = Literal["pause", "input"]


class WaylandIdle:
    """ports.IdleSource."""

    def __init__(
        self,
        video_is_presence: Callable[[], bool] = lambda: True,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Args: video_is_presence: the setting; asked at each watch()."""
        self._video_is_presence = video_is_presence
        self._environ = environ
        self._events: PresenceEvents | None = None
        self._connection: WaylandConnection | None = None
        self._notifier: tuple[str, int, int] | None = None
        """(interface, object, version)"""
        self._seat = 0
        self._watched_s: float | None = None
        self._notifications: dict[Kind, int] = {}
        self._quiet_since_s: float | None = None
        """No input since then, on the loop's clock; None where the last input is not known."""
        self._asked_s = 0.0
        self._is_pause_told = False
        self._breaks = Breaks()
        self._again: asyncio.Task[None] | None = None
        self._for_next = False
        self._held_back: asyncio.TimerHandle | None = None
        self._why_not = _("not started")

    @property
    def works(self) -> bool:
        return self._notifier is not None

    def describe(self) -> str:
        if self._notifier is None:
            return _("Wayland idle time: {why}").format(why=self._why_not)
        interface, _object, version = self._notifier
        return _("Wayland idle time: the compositor reports it ({protocol}, version {version})").format(
            protocol=interface, version=version
        )

    async def start(self, events: PresenceEvents) -> None:
        await self.stop()
        try:
            await self._connect(await WaylandConnection.open(socket_path(self._environ)))
        except AdapterError as error:
            self._why_not = str(error)
            if isinstance(error, AdapterTimeout):  # one that answers later is said by sensors_changed()
                self._events = events
                self._again = asyncio.get_running_loop().create_task(self._come_back())
            raise
        self._events = events

    async def _connect(self, connection: WaylandConnection) -> None:
        offered = connection.globals
        found = next((interface for interface in (EXT, KDE) if interface in offered), None)
        if found is None or SEAT not in offered:
            connection.close()
            raise AdapterError(_("the compositor does not tell of pauses"))
        self._seat, _version = connection.bind(SEAT, 1)
        number, version = connection.bind(found, 2 if found == EXT else 1)
        self._connection, self._notifier = connection, (found, number, version)
        self._notifications.clear()
        self._quiet_since_s = None
        self._breaks.begin()
        connection.on_lost = self._on_lost
        if self._watched_s is not None:
            self.watch(self._watched_s, for_next=self._for_next)

    def watch(self, idle_s: float, *, for_next: bool = False) -> None:
        self._watched_s, self._for_next = idle_s, for_next
        if self._notifier is None:
            return
        self._is_pause_told = False
        self._asked_s = asyncio.get_running_loop().time()
        self._notify("input", NEXT_INPUT_MS, input_only=True)
        self._notify("pause", max(1, math.ceil(idle_s * 1000)), input_only=for_next or not self._video_is_presence())
        if self._held_back is not None:
            self._held_back.cancel()
        self._held_back = asyncio.get_running_loop().call_later(idle_s, self._assume_pause) if for_next else None
        if self._quiet_since_s is not None and self._quiet_s() >= idle_s:
            self._tell_pause()

    async def idle_for_s(self) -> float | None:
        """Known where no input has come since it was watched for."""
        return None if self._quiet_since_s is None or not self.works else self._quiet_s()

    async def stop(self) -> None:
        self._events = None
        if self._again is not None:
            self._again.cancel()
        self._disconnect(_("not started"))

    # -- the notifications

    def _notify(self, kind: Kind, after_ms: int, *, input_only: bool) -> None:
        """Ask for one, in the place of the one of its kind."""
        if self._connection is None or self._notifier is None:
            return
        self._drop(kind)
        interface, notifier, version = self._notifier
        number = self._connection.new(partial(self._on_event, kind))
        self._notifications[kind] = number
        if interface == KDE:
            self._connection.send(notifier, KDE_GET_IDLE, struct.pack("=III", number, self._seat, after_ms))
            return
        opcode = EXT_GET_INPUT_IDLE if input_only and version >= 2 else EXT_GET_IDLE
        self._connection.send(notifier, opcode, struct.pack("=III", number, after_ms, self._seat))

    def _drop(self, kind: Kind) -> None:
        number = self._notifications.pop(kind, None)
        if number is not None and self._connection is not None:
            self._connection.send(number, NOTIFICATION_DESTROY)
            self._connection.forget(number)

    def _on_event(self, kind: Kind, opcode: int, _arguments: bytes) -> None:
        if opcode == IDLED:
            if kind == "pause":
                self._tell_pause()
            elif self._quiet_since_s is None:
                self._quiet_since_s = self._asked_s
            return
        self._quiet_since_s = None
        self._is_pause_told = False
        self._drop("input")
        if self._events is not None:
            self._events.input_seen()

    def _tell_pause(self) -> None:
        """One that began before it was watched for is told of when it is found, and not again when it fires."""
        if self._is_pause_told or self._watched_s is None:
            return
        self._is_pause_told = True
        if self._quiet_since_s is None:  # the compositor has counted since the last input
            self._quiet_since_s = asyncio.get_running_loop().time() - self._watched_s
        if self._events is not None:
            self._events.input_stopped(max(self._watched_s, self._quiet_s()))

    def _assume_pause(self) -> None:
        """Not even the shortest pause has been told of: a window holds idleness back (the guide does), and the next input
        can be told of only after it has gone. Hands are taken for still as long."""
        self._held_back = None
        if self._quiet_since_s is None and "input" in self._notifications:
            self._quiet_since_s = self._asked_s
            self._tell_pause()

    def _quiet_s(self) -> float:
        return asyncio.get_running_loop().time() - (self._quiet_since_s or 0.0)

    # -- the end of the compositor

    def _disconnect(self, why: str) -> None:
        connection, self._connection, self._notifier = self._connection, None, None
        self._notifications.clear()
        self._quiet_since_s = None
        if self._held_back is not None:
            self._held_back.cancel()
            self._held_back = None
        self._why_not = why
        if connection is not None:
            connection.close()

    def _on_lost(self, why: str) -> None:
        self._disconnect(_("the compositor has gone ({why})").format(why=why))
        log.warning("%s", self.describe())
        may_return = self._breaks.may_return()
        if self._events is not None:
            self._events.sensors_changed()
            if may_return:
                self._again = asyncio.get_running_loop().create_task(self._come_back())

    async def _come_back(self) -> None:
        try:
            await self._connect(
                await WaylandConnection.open(socket_path(self._environ), answer_within_s=AGAIN_WITHIN_S)
            )
        except AdapterError as error:
            self._why_not = str(error)
            return
        log.info("%s", self.describe())
        if self._events is not None:
            self._events.sensors_changed()
