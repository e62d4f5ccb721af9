"""Idle on GNOME, Wayland and X11 alike: the watches of Mutter's idle monitor, on the session bus.

An idle watch fires at each pause of its length, one on activity once, at the next input. While somebody holds idleness back
with the session manager (a film, a stretch of ours) no idle watch fires, and after it Mutter counts anew from then
(meta-idle-monitor.c); what it answers when it is asked is meanwhile the time without a hand. So where hands alone count it is
asked: when the pause could be long enough, and again as long as they move.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine
from typing import Any, Final

from unsit.adapters.bus import Bus, BusTimeout, Signal, Subscription
from unsit.ports import AdapterError, PresenceEvents
from unsit.words import _

log = logging.getLogger(__name__)

NAME: Final = "org.gnome.Mutter.IdleMonitor"
PATH: Final = "/org/gnome/Mutter/IdleMonitor/Core"
AGAIN_WITHIN_S: Final = 600.0
"""A shell that stands still, as after a sleep, is waited for so long: a question that is not answered yet costs nothing."""
ASK_AFTER_S: Final = 0.3
"""A watch that fires by itself is as good, and needs so long at most to be heard of."""


class MutterIdle:
    """ports.IdleSource. Follows the name: a shell that is started anew is watched again."""

    def __init__(self, bus: Bus, video_is_presence: Callable[[], bool] = lambda: True) -> None:
        """
        Args:
            bus: the session bus.
            video_is_presence: the setting; asked at each watch().
        """
        self._bus = bus
        self._video_is_presence = video_is_presence
        self._events: PresenceEvents | None = None
        self._has_owner = False
        self._watched_ms: int | None = None
        self._hands_alone = False
        self._asking: asyncio.TimerHandle | None = None
        """For when hands could have been still for long enough, with nobody to say so."""
        self._quiet_watch: int | None = None
        self._input_watch: int | None = None
        self._arming: asyncio.Task[None] | None = None
        self._coming_back: asyncio.Task[None] | None = None
        self._wants_arming = False
        self._asked_s = 0.0
        """When both watches were asked for last, on the loop's clock."""
        self._early: list[int] = []
        """Watches that fired before it was known here which they are: the signal may overtake the answer."""
        self._telling: set[asyncio.Task[None]] = set()
        self._subscriptions: list[Subscription] = []

    @property
    def works(self) -> bool:
        return self._has_owner and self._bus.is_open and self._events is not None

    def describe(self) -> str:
        if self.works:
            return _("GNOME's idle monitor reports it")
        return _("GNOME's idle monitor: it is not on the session bus")

    async def start(self, events: PresenceEvents) -> None:
        await self.stop()
        self._subscriptions.append(
            await self._bus.subscribe(self._on_fired, sender=NAME, path=PATH, interface=NAME, member="WatchFired")
        )
        self._subscriptions.append(await self._bus.watch_name(NAME, self._on_owner))
        self._events = events
        if not self._has_owner:
            # One that comes later is heard of all the same, and said by sensors_changed().
            raise AdapterError(self.describe())
        await self._call("GetIdletime")

    def watch(self, idle_s: float, *, for_next: bool = False) -> None:
        self._watched_ms = max(1, math.ceil(idle_s * 1000))
        self._hands_alone = for_next or not self._video_is_presence()
        self._arm()

    async def idle_for_s(self) -> float | None:
        if not self.works:
            return None
        return float(await self._call("GetIdletime")) / 1000

    async def stop(self) -> None:
        self._events = None
        for task in (self._arming, self._coming_back, *self._telling):
            if task is not None:
                task.cancel()
        for subscription in self._subscriptions:
            subscription.cancel()
        self._subscriptions.clear()
        self._ask_after(None)
        watches, self._quiet_watch, self._input_watch = (self._quiet_watch, self._input_watch), None, None
        for watch in watches:
            if watch is not None and self._has_owner and self._bus.is_open:
                try:
                    await self._call("RemoveWatch", "u", watch)
                except AdapterError as error:
                    log.debug("A watch stays with the idle monitor until we leave the bus: %s", error)
        self._has_owner = False

    # -- the watches

    def _arm(self) -> None:
        """Ask for both watches anew, after those that are being asked for."""
        if not self.works or self._watched_ms is None:
            return
        self._wants_arming = True
        self._asked_s = asyncio.get_running_loop().time()
        self._ask_after(self._watched_ms)
        if self._arming is None or self._arming.done():
            self._arming = asyncio.get_running_loop().create_task(self._ask_for_watches())

    async def _ask_for_watches(self) -> None:
        try:
            while self._wants_arming and self.works and self._watched_ms is not None:
                self._wants_arming = False
                old = [watch for watch in (self._quiet_watch, self._input_watch) if watch is not None]
                # First the new ones: no input may fall between.
                self._input_watch = await self._call("AddUserActiveWatch")
                self._quiet_watch = await self._call("AddIdleWatch", "t", self._watched_ms)
                for watch in old:
                    await self._call("RemoveWatch", "u", watch)
                await self._tell_missed_input()
                self._hear_early()
        except AdapterError as error:
            self._lose(error)

    async def _tell_missed_input(self) -> None:
        """Of the moment between the asking and its taking."""
        asked_s = self._asked_s
        idle_ms = await self._call("GetIdletime")
        if idle_ms / 1000 < asyncio.get_running_loop().time() - asked_s and self._events is not None:
            self._events.input_seen()

    def _hear_early(self) -> None:
        early, self._early = self._early, []
        for watch in early:
            self._handle(watch)

    def _on_fired(self, signal: Signal) -> None:
        self._handle(signal.body[0])

    def _handle(self, watch: int) -> None:
        if self._events is None:
            return
        if watch == self._input_watch:
            self._input_watch = None
            self._ask_after(self._watched_ms)
            self._events.input_seen()
        elif watch == self._quiet_watch:
            self._ask_after(None)
            self._tell(self._tell_pause(watch))
        elif self._telling or (self._arming is not None and not self._arming.done()):
            self._early.append(watch)

    def _tell(self, telling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def _ask_after(self, wait_ms: int | None) -> None:
        """Where hands alone count. Args: wait_ms: None, not any more."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        if wait_ms is not None and self._hands_alone:
            self._asking = asyncio.get_running_loop().call_later(
                wait_ms / 1000 + ASK_AFTER_S, lambda: self._tell(self._ask())
            )

    async def _ask(self) -> None:
        """Whether hands have been still for long enough, and nobody has said so."""
        if not self.works:
            return
        try:
            idle_ms = await self._call("GetIdletime")
        except AdapterError as error:
            self._lose(error)
            return
        if self._watched_ms is None:
            return
        if self._quiet_watch is None:  # being asked for still
            self._ask_after(self._watched_ms)
        elif idle_ms < self._watched_ms:
            self._ask_after(self._watched_ms - idle_ms)
        else:
            await self._tell_pause(self._quiet_watch)

    async def _tell_pause(self, watch: int) -> None:
        """How long it is already: a watch of less than that fires at once. And the next input is waited for."""
        try:
            if self._input_watch is None:
                self._input_watch = await self._call("AddUserActiveWatch")
            idle_ms = await self._call("GetIdletime")
        except AdapterError as error:
            self._lose(error)
            return
        if self._events is not None and self._watched_ms is not None and watch == self._quiet_watch:
            # Much less than it fired for: input has come while we asked. Its watch may have fired before it was known.
            if idle_ms > self._watched_ms / 2 and self._input_watch not in self._early:
                self._events.input_stopped(idle_ms / 1000)
            else:
                self._ask_after(self._watched_ms)
                self._events.input_seen()
        self._hear_early()

    def _on_owner(self, owner: str | None) -> None:
        had, self._has_owner = self._has_owner, owner is not None
        self._quiet_watch = self._input_watch = None  # they were the old one's
        if self._events is None or had == self._has_owner:
            return
        log.info("%s", self.describe())
        self._events.sensors_changed()
        self._arm()

    def _lose(self, why: AdapterError) -> None:
        """It falls apart: whoever has its name next is tried anew. One that only hangs is, too, as soon as it answers."""
        log.warning("GNOME's idle monitor: %s", why)
        if not self._has_owner:
            return
        self._has_owner = False
        self._quiet_watch = self._input_watch = None
        if self._events is not None:
            self._events.sensors_changed()
            if isinstance(why, BusTimeout):
                self._coming_back = asyncio.get_running_loop().create_task(self._come_back())

    async def _come_back(self) -> None:
        try:
            await self._bus.call(NAME, PATH, NAME, "GetIdletime", timeout_s=AGAIN_WITHIN_S, no_auto_start=True)
        except AdapterError as error:
            log.info("GNOME's idle monitor: %s", error)
            return
        if self._events is None or self._has_owner:
            return
        self._has_owner = True
        log.info("%s", self.describe())
        self._events.sensors_changed()
        self._arm()

    async def _call(self, method: str, signature: str = "", *body: Any) -> Any:
        answer = await self._bus.call(NAME, PATH, NAME, method, signature, *body)
        return answer[0] if answer else None
