"""The session's lock and the machine's sleep on macOS, by notifications. A session that is switched away counts as locked.

Written from Apple's documentation of NSWorkspace's notifications and CGSessionCopyCurrentDictionary, not yet run on macOS.
That of the lock itself (com.apple.screenIsLocked, CGSSessionScreenIsLocked) stands in none.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from unsit.adapters import macos
from unsit.ports import AdapterError, PresenceEvents
from unsit.words import _

log = logging.getLogger(__name__)

BEGINS_WITHIN_S: Final = 2.0
SLEEP_WAITS_S: Final = 5.0
"""An observer of the will-sleep notification may delay the sleep by up to 30 s (Apple's Technical Q&A QA1340)."""
ON_CONSOLE: Final = "kCGSSessionOnConsoleKey"
IS_LOCKED: Final = "CGSSessionScreenIsLocked"


def is_locked_by(session: Mapping[str, Any]) -> bool:
    """What the session's dictionary says. Without one there is nobody to lock out."""
    return bool(session) and (bool(session.get(IS_LOCKED, False)) or not session.get(ON_CONSOLE, True))


class MacOSSession:
    """ports.LockSource."""

    def __init__(
        self,
        make_system: Callable[[], macos.MacOS],
        in_main_thread: Callable[[Callable[[], None]], None] | None,
        on_session_end: Callable[[], None],
    ) -> None:
        """
        Args:
            in_main_thread: has something done there before AppKit's event loop runs; None: it never will.
            on_session_end: the person logs out, or the machine is shut down.
        """
        self._in_main_thread = in_main_thread
        self._on_session_end = on_session_end
        self._make_system = make_system
        self._system: macos.MacOS | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._events: PresenceEvents | None = None
        self._end_observing: Callable[[], None] | None = None
        self._why_not: str | None = _("not started")
        self._is_locked = self._is_away = False

    @property
    def works(self) -> bool:
        return self._why_not is None

    @property
    def sees_unlock(self) -> bool:
        return self.works

    def describe(self) -> str:
        if self._why_not is not None:
            return _("macOS: {why}").format(why=self._why_not)
        return _("macOS: tells this session's lock, and sleep")

    async def start(self, events: PresenceEvents) -> None:
        try:
            await self._observe()
        except AdapterError as error:
            self._why_not = str(error)
            raise AdapterError(self.describe()) from None
        self._events, self._why_not = events, None

    async def _observe(self) -> None:
        if self._in_main_thread is None:
            raise AdapterError(_("it tells only who shows the icon: set tray.show to true"))
        try:
            system = self._system = self._make_system()
        except OSError as error:
            raise AdapterError(str(error)) from None
        loop = self._loop = asyncio.get_running_loop()
        began: asyncio.Future[Callable[[], None]] = loop.create_future()

        def begin() -> None:
            end = system.main_observe(self._on_notification)
            loop.call_soon_threadsafe(lambda: None if began.done() else began.set_result(end))

        self._in_main_thread(begin)
        try:
            async with asyncio.timeout(BEGINS_WITHIN_S):
                self._end_observing = await began
        except TimeoutError:
            raise AdapterError(_("the main thread does not answer")) from None
        self._is_locked = is_locked_by(system.session())

    async def is_locked(self) -> bool | None:
        return self._is_locked or self._is_away if self.works else None

    async def stop(self) -> None:
        self._events, self._why_not = None, _("not started")
        end, self._end_observing = self._end_observing, None
        if self._system is not None and end is not None:
            self._system.in_main(end)

    # ------------------------------------------------------------------------------------------------ in the main thread

    def _on_notification(self, name: str) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        if name != macos.WILL_SLEEP:
            with contextlib.suppress(RuntimeError):  # it has ended just now
                loop.call_soon_threadsafe(self._take, name)
            return
        said = asyncio.run_coroutine_threadsafe(self._fall_asleep(), loop)
        try:
            said.result(SLEEP_WAITS_S)
        except TimeoutError:
            log.warning("What has to be done before the machine sleeps is not done in time")

    # ------------------------------------------------------------------------------------------------------------ on the loop

    async def _fall_asleep(self) -> None:
        if self._events is not None:
            await self._events.about_to_sleep()

    def _take(self, name: str) -> None:
        events = self._events
        if events is None:
            return
        was_locked = self._is_locked or self._is_away
        match name:
            case macos.LOCKED | macos.UNLOCKED:
                self._is_locked = name == macos.LOCKED
            case macos.RESIGNED_ACTIVE | macos.BECAME_ACTIVE:
                self._is_away = name == macos.RESIGNED_ACTIVE
            case macos.DID_WAKE:
                events.woke()
            case macos.WILL_POWER_OFF:
                self._on_session_end()
        is_locked = self._is_locked or self._is_away
        if is_locked and not was_locked:
            events.locked(None)
        elif was_locked and not is_locked:
            events.unlocked()
