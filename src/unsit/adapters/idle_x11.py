"""Idle on X11, by alarms of the X server on its IDLETIME counter: nothing runs here, or there, until one goes off.

The end of input is an alarm on the level of the counter: one that was passed while nobody looked goes off as soon as it is
armed. The next input is a raw event of a device (x11_raw_input.py), asked for while one is waited for. An old server without
those has a second alarm, "less idle than just now", which also a program that resets the screen saver sets off. Either goes off
once and arms the other.

Input between an alarm and the asking for raw events is not heard of, the next one is. The counter could tell of it, but looks
the same when a screen saver was let go in that moment, as our own stretch does on the way to sleep.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from unsit.adapters.breaks import Breaks
from unsit.ports import AdapterError, AdapterTimeout, PresenceEvents
from unsit.words import _

if TYPE_CHECKING:
    from unsit.adapters.x11 import X11Connection
    from unsit.adapters.x11_raw_input import RawInput
    from unsit.adapters.x11_sync import Counter

log = logging.getLogger(__name__)

COUNTER: Final = "IDLETIME"
"""Milliseconds since the last input of any device. A program that resets the screensaver (a video player) resets it, too."""


class X11Idle:
    """ports.IdleSource. `works` is False while the server does not answer, and for good once it has gone. A connection that
    breaks while the server lives is made anew."""

    def __init__(self, display_name: str | None = None, *, on_session_end: Callable[[], None] = lambda: None) -> None:
        """
        Args:
            display_name: $DISPLAY by default, unless the session is Wayland's.
            on_session_end: called once when the server that was connected has ended, and the desktop session with it.
        """
        self._display_name = display_name
        self._on_session_end = on_session_end
        self._events: PresenceEvents | None = None
        self._connection: X11Connection | None = None
        self._counter: Counter | None = None
        self._raw: RawInput | None = None
        self._quiet_alarm = 0
        self._input_alarm = 0
        self._watched_ms: int | None = None
        self._check: asyncio.Task[None] | None = None
        self._breaks = Breaks()
        self._why_not: str | None = _("not started")

    @property
    def works(self) -> bool:
        return self._why_not is None

    def describe(self) -> str:
        if self._why_not is not None:
            return _("X11 idle time: {why}").format(why=self._why_not)
        return _("X11 idle time: the server {display} reports it").format(display=self._display())

    async def start(self, events: PresenceEvents) -> None:
        await self.stop()  # one that hung is tried anew, and its connection is still there
        try:
            await self._connect()
        except AdapterError as error:
            self._why_not = str(error)
            kind = AdapterTimeout if isinstance(error, AdapterTimeout) else AdapterError
            raise kind(self.describe()) from None
        self._events = events
        if self._watched_ms is not None:
            self.watch(self._watched_ms / 1000)

    async def _connect(self) -> None:
        if not self._display():
            raise AdapterError(_("DISPLAY is not set"))
        # Its name may be missing where something else than the compositor has started us.
        is_wayland = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("XDG_SESSION_TYPE") == "wayland"
        if is_wayland and not self._display_name:
            raise AdapterError(_("this session is Wayland's, and its X server sees only part of the input"))

        from unsit.adapters.x11 import X11Connection

        await self._follow(await X11Connection.open(self._display()))

    async def _follow(self, connection: X11Connection) -> None:
        from unsit.adapters.x11_raw_input import RawInput
        from unsit.adapters.x11_sync import Counter

        try:
            if await connection.query_extension("XWAYLAND"):
                raise AdapterError(_("this X server runs inside Wayland and sees only part of the input"))
            counter = await Counter.find(connection, COUNTER)
            raw = await RawInput.find(connection)
        except BaseException:
            connection.close()
            raise
        connection.on_lost = self._on_lost
        connection.on_heard = self._on_heard
        counter.on_alarm = self._on_alarm
        self._quiet_alarm = counter.new_alarm()
        self._input_alarm = counter.new_alarm()
        if raw is not None:
            raw.on_input = self._on_input
        self._connection = connection
        self._counter, self._raw = counter, raw
        self._why_not = None
        self._breaks.begin()

    def watch(self, idle_s: float, *, for_next: bool = False) -> None:
        self._watched_ms = max(1, math.ceil(idle_s * 1000))
        if self._counter is None:
            return
        # The next input is reported in any case, also if it never pauses for as long as that: who called may believe the
        # person away.
        if self._raw is not None:
            self._raw.wait()
        else:
            self._counter.arm_below_now(self._input_alarm)
        self._counter.arm_at_least(self._quiet_alarm, self._watched_ms)
        if self._check is None or self._check.done():
            self._check = asyncio.get_running_loop().create_task(self._look())

    async def idle_for_s(self) -> float | None:
        if self._counter is None:
            return None
        try:
            return await self._counter.value() / 1000
        except AdapterError as error:
            if self._counter is not None:  # not one that has gone meanwhile, which has been said
                self._fail(str(error))
            return None

    async def stop(self) -> None:
        if self._check is not None:
            self._check.cancel()
            self._check = None
        self._events = None
        self._disconnect()
        self._why_not = _("not started")

    def _display(self) -> str:
        return self._display_name or os.environ.get("DISPLAY", "")

    async def _look(self) -> None:
        """Whether the server lives. And the one gap of the level: at 0 ms there is no lower one to wait for."""
        idle_s = await self.idle_for_s()
        if self._raw is None and idle_s is not None and idle_s <= 0.001 and self._events is not None:
            self._events.input_seen()

    def _on_alarm(self, alarm: int, idle_ms: int) -> None:
        if self._events is None or self._counter is None or self._watched_ms is None:
            return
        if alarm == self._quiet_alarm:
            if self._raw is not None:
                self._raw.wait()
            else:
                self._counter.arm_at_most(self._input_alarm, idle_ms - 1)
            self._events.input_stopped(idle_ms / 1000)
        elif alarm == self._input_alarm:
            self._on_input()

    def _on_input(self) -> None:
        if self._events is None or self._counter is None or self._watched_ms is None:
            return
        self._counter.arm_at_least(self._quiet_alarm, self._watched_ms)
        self._events.input_seen()

    def _on_heard(self) -> None:
        if self._why_not is not None:
            self._why_not = None
            log.info("%s", self.describe())
            if self._events is not None:
                self._events.sensors_changed()

    def _on_lost(self, why: str) -> None:
        self._disconnect()
        self._fail(_("the X server has gone ({why})").format(why=why))
        if self._check is not None:
            self._check.cancel()
        self._check = asyncio.get_running_loop().create_task(self._return(is_wanted=self._breaks.may_return()))

    async def _return(self, *, is_wanted: bool) -> None:
        """A connection alone may break: a server that still lets us in has not ended. Args: is_wanted: to watch on."""
        from unsit.adapters.x11 import X11Connection

        try:
            connection = await X11Connection.open(self._display())
        except AdapterError:
            self._on_session_end()
            return
        if not is_wanted:
            connection.close()
            return
        try:
            await self._follow(connection)
        except AdapterError as error:
            self._fail(str(error))
            return
        log.info("%s", self.describe())
        if self._events is not None:
            self._events.sensors_changed()
        if self._watched_ms is not None:
            self.watch(self._watched_ms / 1000)
            await self._look()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._counter = self._raw = None

    def _fail(self, why: str) -> None:
        did_work = self._why_not is None
        self._why_not = why
        log.warning("%s", self.describe())
        if did_work and self._events is not None:
            self._events.sensors_changed()
