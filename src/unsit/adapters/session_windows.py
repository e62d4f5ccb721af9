"""The session's lock and the machine's sleep on Windows, by the hidden window's messages. A session that has no screen (another
user has it, or a remote connection was left) counts as locked.

Written from Microsoft's reference (WM_WTSSESSION_CHANGE, WTSINFOEX_LEVEL1_W, WM_POWERBROADCAST, WM_ENDSESSION), not yet run on
Windows.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Awaitable, Callable
from typing import Final

from unsit.adapters.window_windows import Happening, HiddenWindow
from unsit.ports import AdapterError, PresenceEvents
from unsit.words import _

log = logging.getLogger(__name__)

_INFO: Final = struct.Struct("<I4xIiI")
"""WTSINFOEXW: Level; then WTSINFOEX_LEVEL1_W, which has 64-bit numbers in it and so begins at 8: SessionId, SessionState,
SessionFlags."""
_WTS_ACTIVE: Final = 0
_LOCKED: Final = 0x0
_UNLOCKED: Final = 0x1
"""Of SessionFlags (Windows 7 has them the wrong way round; Python needs a later one)."""


def is_locked_by(info: bytes) -> bool | None:
    """What WTSINFOEXW says of the lock; None where it does not know."""
    if len(info) < _INFO.size:
        return None
    level, _session, state, flags = _INFO.unpack_from(info)
    if level != 1:
        return None
    if state != _WTS_ACTIVE:
        return True
    return {_LOCKED: True, _UNLOCKED: False}.get(flags)


class WindowsSession:
    """ports.LockSource."""

    def __init__(self, window: HiddenWindow, on_session_end: Callable[[], None]) -> None:
        """Args: on_session_end: the person logs out, or the machine is shut down; seconds are left."""
        self._window = window
        self._on_session_end = on_session_end
        self._events: PresenceEvents | None = None
        self._why_not: str | None = _("not started")
        self._is_locked = self._is_detached = self._is_asleep = False

    @property
    def works(self) -> bool:
        return self._why_not is None

    @property
    def sees_unlock(self) -> bool:
        return self.works

    def describe(self) -> str:
        if self._why_not is not None:
            return _("Windows: {why}").format(why=self._why_not)
        return _("Windows: tells this session's lock, and sleep")

    async def start(self, events: PresenceEvents) -> None:
        try:
            await self._window.listen(self._on_happening)
        except AdapterError as error:
            self._why_not = str(error)
            raise AdapterError(self.describe()) from None
        try:
            self._is_locked = bool(is_locked_by(self._window.system.session_info()))
        except OSError as error:
            log.info("Whether the session is locked is not known yet: %s", error)
        self._events, self._why_not = events, None

    async def is_locked(self) -> bool | None:
        return self._is_locked or self._is_detached if self.works else None

    async def stop(self) -> None:
        self._events, self._why_not = None, _("not started")
        await self._window.leave(self._on_happening)

    def _on_happening(self, happening: Happening) -> Awaitable[None] | None:
        events = self._events
        if events is None:
            return None
        was_locked = self._is_locked or self._is_detached
        match happening:
            case Happening.LOCKED | Happening.UNLOCKED:
                self._is_locked = happening is Happening.LOCKED
            case Happening.DETACHED | Happening.ATTACHED:
                self._is_detached = happening is Happening.DETACHED
            case Happening.SLEEPS if not self._is_asleep:  # told twice where both ways of asking for it work
                self._is_asleep = True
                return events.about_to_sleep()
            case Happening.WOKE if self._is_asleep:
                self._is_asleep = False
                events.woke()
            case Happening.SESSION_ENDS:
                self._on_session_end()
        is_locked = self._is_locked or self._is_detached
        if is_locked and not was_locked:
            events.locked(None)
        elif was_locked and not is_locked:
            events.unlocked()
        return None
