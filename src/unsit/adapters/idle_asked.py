"""Idle where the system says how long there has been no input when it is asked, and never tells by itself (Windows, macOS).

So it is asked when the pause could be long enough, and not before: the answer says when that is next. The *next* input, which
has to be known at once, the system tells as long as it is listened to, and that is as long as somebody waits for it. Where
listening is not allowed, or not all of it is heard, it is asked every second as long as that lasts: after a lock, at night, in
a stretch.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

from unsit.ports import AdapterError, PresenceEvents
from unsit.words import _

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
"""While the next input is waited for and not all of it is heard."""
LEAST_WAIT_S: Final = 0.02
"""The clocks of idle time move in steps: Windows' in up to 16 ms (GetTickCount)."""
SAME_INPUT_S: Final = 0.1
"""An input this much before the wait began is the one from before, on a clock that is coarse."""


class InputSystem(Protocol):
    """What a platform has to offer. Everything on the loop."""

    name: str

    async def open(self) -> None:
        """Raises AdapterError where it cannot be asked."""

    def idle_for_s(self) -> float:
        """Since the last input. Raises OSError."""

    def listen(self, on_input: Callable[[], None]) -> bool:
        """From now on `on_input()` when there is input. False: some of it, or all, is not heard."""

    def stop_listening(self) -> None: ...
    async def close(self) -> None: ...


class AskedIdle:
    """ports.IdleSource."""

    def __init__(self, system: InputSystem) -> None:
        self._system = system
        self._events: PresenceEvents | None = None
        self._why_not: str | None = _("not started")
        self._watched_s: float | None = None
        self._is_paused = False
        """The pause that is on has been told of."""
        self._hears_all = True
        self._waits_since_s: float | None = None
        """On the loop's clock: since when the next input is waited for."""
        self._timer: asyncio.TimerHandle | None = None

    @property
    def works(self) -> bool:
        return self._why_not is None

    def describe(self) -> str:
        if self._why_not is not None:
            return f"{self._system.name}: {self._why_not}"
        if self._hears_all:
            return _("{system}: it says how long there was no input").format(system=self._system.name)
        return _("{system}: it says how long there was no input; asked every second while input is waited for").format(
            system=self._system.name
        )

    async def start(self, events: PresenceEvents) -> None:
        try:
            await self._system.open()
            self._system.idle_for_s()
        except (AdapterError, OSError) as error:
            self._why_not = str(error)
            await self._system.close()
            raise AdapterError(self.describe()) from None
        self._events, self._why_not = events, None
        if self._watched_s is not None:
            self.watch(self._watched_s)

    def watch(self, idle_s: float, *, for_next: bool = False) -> None:
        """Nothing else than input moves these clocks, so that `for_next` is no other wait."""
        self._watched_s, self._is_paused = idle_s, False
        if self._events is not None:
            self._wait_for_input()
            self._look()

    async def idle_for_s(self) -> float | None:
        return self._ask() if self._events is not None else None

    async def stop(self) -> None:
        was_open, self._events = self._events is not None, None
        self._why_not = _("not started")
        self._plan(None)
        self._hear_out()
        if was_open:
            await self._system.close()

    # ---------------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Ask, say what has changed, and plan when to ask again."""
        self._timer = None
        idle_s = self._ask()
        if idle_s is None or self._events is None or self._watched_s is None:
            return
        now_s = asyncio.get_running_loop().time()
        # A coarse clock may make the last input up to a step younger than it is.
        if self._waits_since_s is not None and now_s - idle_s > self._waits_since_s + SAME_INPUT_S:
            self._come_back(self._watched_s - idle_s)
            return
        if idle_s >= self._watched_s and not self._is_paused:
            self._is_paused = True
            self._wait_for_input()
            self._events.input_stopped(idle_s)
        wait_s = None if self._is_paused else max(LEAST_WAIT_S, self._watched_s - idle_s)
        if self._waits_since_s is not None and not self._hears_all:
            wait_s = min(wait_s or LOOK_EVERY_S, LOOK_EVERY_S)
        self._plan(wait_s)

    def _on_input(self) -> None:
        # What the system says when it is asked may be older by a moment than what it tells.
        if self._watched_s is not None and self._waits_since_s is not None:
            self._come_back(self._watched_s)

    def _come_back(self, look_again_s: float) -> None:
        self._hear_out()
        self._is_paused = False
        self._plan(max(LEAST_WAIT_S, look_again_s))
        if self._events is not None:
            self._events.input_seen()

    def _wait_for_input(self) -> None:
        if self._waits_since_s is None:
            self._waits_since_s = asyncio.get_running_loop().time()
            self._hears_all = self._system.listen(self._on_input)

    def _hear_out(self) -> None:
        if self._waits_since_s is not None:
            self._waits_since_s = None
            self._system.stop_listening()

    def _plan(self, wait_s: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if wait_s is None else asyncio.get_running_loop().call_later(wait_s, self._look)

    def _ask(self) -> float | None:
        try:
            return self._system.idle_for_s()
        except OSError as error:
            self._fail(str(error))
            return None

    def _fail(self, why: str) -> None:
        """For good: nothing will say that it is back. Presence goes on without it, and the person counts as present."""
        self._plan(None)
        self._hear_out()
        did_work, self._why_not = self.works, why
        log.warning("%s", self.describe())
        if did_work and self._events is not None:
            self._events.sensors_changed()
