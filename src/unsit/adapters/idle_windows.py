"""Idle on Windows: GetLastInputInfo, which is asked; the next input by raw input, which is listened to while it is waited for.

Written from Microsoft's reference (GetLastInputInfo, GetTickCount, RegisterRawInputDevices, WM_INPUT), not yet run on Windows.
Of an input is seen that there was one: what it was (GetRawInputData) is never asked for.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Final

from unsit.adapters.idle_asked import AskedIdle
from unsit.adapters.win32 import ES_DISPLAY_REQUIRED
from unsit.adapters.window_windows import Happening, HiddenWindow

log = logging.getLogger(__name__)

TICKS: Final = 1 << 32
"""GetTickCount begins anew after these milliseconds: 49.7 days."""
BACKWARDS_MOST_MS: Final = 60_000
"""The input's tick may be a moment after "now", which was read before it; never as much as this."""


def since_ms(now_tick_ms: int, then_tick_ms: int) -> int:
    """Between two readings of a counter that begins anew. One that lies a little ahead is now."""
    passed_ms = (now_tick_ms - then_tick_ms) % TICKS
    return 0 if passed_ms > TICKS - BACKWARDS_MOST_MS else passed_ms


class WindowsInput:
    """idle_asked.InputSystem."""

    name = "Windows"

    def __init__(self, window: HiddenWindow) -> None:
        self._window = window
        self._on_input: Callable[[], None] | None = None

    async def open(self) -> None:
        await self._window.listen(self._on_happening)

    def idle_for_s(self) -> float:
        system = self._window.system
        then_ms = system.last_input_tick_ms()
        return since_ms(system.tick_ms(), then_ms) / 1000

    def listen(self, on_input: Callable[[], None]) -> bool:
        self._on_input = on_input
        try:
            self._window.want_input(True)
        except OSError as error:
            log.info("Windows does not tell of input: %s", error)
            return False
        return True

    def stop_listening(self) -> None:
        self._on_input = None
        with contextlib.suppress(OSError):
            self._window.want_input(False)

    async def close(self) -> None:
        await self._window.leave(self._on_happening)

    def _on_happening(self, happening: Happening) -> None:
        if happening is Happening.INPUT and self._on_input is not None:
            self._on_input()


def is_screen_held(window: HiddenWindow) -> bool:
    """By any program: a player, a browser with a film, a call. Raises OSError."""
    return bool(window.system.execution_state() & ES_DISPLAY_REQUIRED)


def make_idle(window: HiddenWindow) -> AskedIdle:
    return AskedIdle(WindowsInput(window))
