"""The screen locks that say on the session bus whether they are active: those of the freedesktop specification, and the
desktops' own, which have the same methods under their own names.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final

from unsit.adapters.bus import Bus, BusError, Signal, Subscription
from unsit.ports import AdapterError, PresenceEvents
from unsit.words import _

log = logging.getLogger(__name__)

SCREENSAVERS: Final = {
    "org.freedesktop.ScreenSaver": "/org/freedesktop/ScreenSaver",
    "org.gnome.ScreenSaver": "/org/gnome/ScreenSaver",
    "org.cinnamon.ScreenSaver": "/org/cinnamon/ScreenSaver",
    "org.mate.ScreenSaver": "/org/mate/ScreenSaver",
    "org.xfce.ScreenSaver": "/org/xfce/ScreenSaver",
}
"""Bus name, which is the interface's, too -> object."""
ANSWER_S: Final = 0.3
"""Waited for at the start; a session that starts has little time."""


class ScreenSavers:
    """ports.LockSource. Follows whichever of them is there, also one that comes later; `works` while one is."""

    def __init__(self, bus: Bus) -> None:
        """Args: bus: the session bus."""
        self._bus = bus
        self._events: PresenceEvents | None = None
        self._is_active: dict[str, bool] = {}
        """Of those that are there and have answered."""
        self._signals: dict[str, int] = {}
        self._was_locked = False
        self._subscriptions: list[Subscription] = []
        self._questions: set[asyncio.Task[None]] = set()

    @property
    def works(self) -> bool:
        return self._bus.is_open and bool(self._is_active)

    @property
    def sees_unlock(self) -> bool:
        return self.works

    def describe(self) -> str:
        if not self._is_active:
            return _("screen lock: no service on the session bus tells of it")
        return _("screen lock: told by {services}").format(services=", ".join(sorted(self._is_active)))

    async def start(self, events: PresenceEvents) -> None:
        """Raises AdapterError without a session bus. That no service is there yet is no error."""
        await self.stop()  # an earlier start may have been cut off
        followed = await asyncio.gather(*(self._follow(name) for name in SCREENSAVERS), return_exceptions=True)
        for failure in followed:
            if isinstance(failure, BaseException):
                await self.stop()
                raise failure
        if self._questions:  # one that hangs is told of when it answers, or not at all
            await asyncio.wait(self._questions, timeout=ANSWER_S)
        self._was_locked = any(self._is_active.values())
        self._events = events

    async def is_locked(self) -> bool | None:
        return any(self._is_active.values()) if self.works else None

    async def stop(self) -> None:
        self._events = None
        for question in tuple(self._questions):
            question.cancel()
        for subscription in self._subscriptions:
            subscription.cancel()
        self._subscriptions.clear()
        self._is_active.clear()

    async def _follow(self, name: str) -> None:
        # KDE shows the same object at two paths, hence any.
        self._subscriptions.append(
            await self._bus.subscribe(
                partial(self._on_changed, name), sender=name, interface=name, member="ActiveChanged"
            )
        )
        self._subscriptions.append(await self._bus.watch_name(name, partial(self._on_owner, name)))

    def _on_owner(self, name: str, owner: str | None) -> None:
        if owner is not None:
            question = asyncio.get_running_loop().create_task(self._ask(name))
            self._questions.add(question)
            question.add_done_callback(self._questions.discard)
        elif self._is_active.pop(name, None) is not None:
            self._tell_sensors()
            self._report()

    async def _ask(self, name: str) -> None:
        told_before = self._signals.get(name, 0)
        try:
            (is_active,) = await self._bus.call(name, SCREENSAVERS[name], name, "GetActive", no_auto_start=True)
        except AdapterError as error:
            # Some own the name only to take inhibitions.
            why = error.name if isinstance(error, BusError) else str(error)
            log.debug("%s does not say whether it is active: %s", name, why)
            return
        if self._signals.get(name, 0) == told_before:
            self._set(name, bool(is_active))

    def _on_changed(self, name: str, signal: Signal) -> None:
        self._signals[name] = self._signals.get(name, 0) + 1
        self._set(name, bool(signal.body[0]))

    def _set(self, name: str, is_active: bool) -> None:
        is_new = name not in self._is_active
        self._is_active[name] = is_active
        if is_new:
            self._tell_sensors()
        self._report()

    def _tell_sensors(self) -> None:
        if self._events is not None:
            self._events.sensors_changed()

    def _report(self) -> None:
        is_locked = any(self._is_active.values())
        if is_locked == self._was_locked or self._events is None:
            return
        self._was_locked = is_locked
        if is_locked:
            self._events.locked(None)
        else:
            self._events.unlocked()
