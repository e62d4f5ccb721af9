"""Windows with levers, behind the seam of adapters/win32.py: a tick counter, a message queue, a window served from it."""

from __future__ import annotations

import queue
import struct
import time
from collections.abc import Callable

from unsit.adapters import win32

WINDOW = 0x10042
ACTIVE, DISCONNECTED = 0, 4
"""WTSActive, WTSDisconnected"""
LOCK, UNLOCK = 0, 1
"""WTS_SESSIONSTATE_LOCK, WTS_SESSIONSTATE_UNLOCK"""


def session_info(state: int = ACTIVE, flags: int = UNLOCK, level: int = 1) -> bytes:
    """WTSINFOEXW as far as it is read: level, session 1, its state and flags, then names and times."""
    return struct.pack("<IIIIi", level, 0, 1, state, flags) + bytes(212)


class FakeWindows:
    """
    Attributes:
        info, state: what `session_info` and `execution_state` say.
        raw_window: who gets WM_INPUT.
        answers: the window's, by message.
    """

    def __init__(self, *, began_ms: int = 0) -> None:
        """Args: began_ms: what the tick counter says now."""
        self._began_ms, self._began_s = began_ms, time.monotonic()
        self._input_ms = began_ms
        self._messages: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
        self.info = session_info()
        self.raw_window: int | None = None
        self.has_raw_input = True
        self.has_window = True
        self.is_broken = False
        self.state = 0
        self.opened = self.closed = 0
        self.answers: list[tuple[int, int | None]] = []

    # -- levers

    def send(self, message: int, wparam: int = 0) -> None:
        self._messages.put((message, wparam))

    def poke(self) -> None:
        """One input."""
        self._input_ms = self.tick_ms()
        if self.raw_window is not None:
            for _ in range(3):  # a mouse never says it once
                self.send(win32.WM_INPUT)

    # -- adapters.win32.Win32

    def tick_ms(self) -> int:
        return (self._began_ms + int((time.monotonic() - self._began_s) * 1000)) % (1 << 32)

    def last_input_tick_ms(self) -> int:
        if self.is_broken:
            raise OSError("access denied")
        return self._input_ms

    def session_info(self) -> bytes:
        return self.info

    def execution_state(self) -> int:
        if self.is_broken:
            raise OSError("access denied")
        return self.state

    def run_window(self, on_message: win32.OnMessage, on_open: Callable[[int], None]) -> None:
        if not self.has_window:
            raise OSError("no window station")
        self.opened += 1
        on_open(WINDOW)
        while True:
            message, wparam = self._messages.get()
            if message == win32.WM_CLOSE:
                self.closed += 1
                return
            self.answers.append((message, on_message(message, wparam)))

    def close_window(self, window: int) -> None:
        assert window == WINDOW
        self.send(win32.WM_CLOSE)

    def set_raw_input(self, window: int | None) -> None:
        if not self.has_raw_input:
            raise OSError("no raw input here")
        self.raw_window = window
