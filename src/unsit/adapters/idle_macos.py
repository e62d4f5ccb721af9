"""Idle on macOS: CGEventSourceSecondsSinceLastEventType, which is asked; the next input by a global monitor of NSEvent, which
is there while it is waited for.

Written from Apple's documentation, not yet run on macOS. A monitor hears the pointer always, and keys only of a program that is
trusted (System Settings, Accessibility), which nobody is asked for: without that the idle time is asked for every second while
input is waited for. Of an event is seen that there was one, never which.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from unsit.adapters.idle_asked import AskedIdle
from unsit.adapters.macos import INPUT_EVENTS, SCREEN_HELD, MacOS, event_mask
from unsit.ports import AdapterError


class MacOSInput:
    """idle_asked.InputSystem."""

    name = "macOS"

    def __init__(self, make_system: Callable[[], MacOS], *, has_event_loop: bool) -> None:
        """Args: has_event_loop: AppKit's runs in the main thread, or is about to; without it no monitor is told anything."""
        self._has_event_loop = has_event_loop
        self._make_system = make_system
        self._system: MacOS | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_input: Callable[[], None] | None = None
        self._monitor: Any = None
        """Of the main thread, as is whether it is wanted."""
        self._is_wanted = False

    async def open(self) -> None:
        try:
            self._system = self._make_system()
        except OSError as error:
            raise AdapterError(str(error)) from None
        self._loop = asyncio.get_running_loop()

    def idle_for_s(self) -> float:
        if self._system is None:
            raise OSError("not open")
        return self._system.idle_for_s()

    def listen(self, on_input: Callable[[], None]) -> bool:
        self._on_input = on_input
        if self._system is None or not self._has_event_loop:
            return False
        self._system.in_main(lambda: self._monitor_in_main(True))
        return self._system.may_hear_keys()

    def stop_listening(self) -> None:
        self._on_input = None
        if self._system is not None and self._has_event_loop:
            self._system.in_main(lambda: self._monitor_in_main(False))

    async def close(self) -> None:
        self._on_input = None

    # ------------------------------------------------------------------------------------------------ in the main thread

    def _monitor_in_main(self, is_wanted: bool) -> None:
        system = self._system
        if system is None:
            return
        if is_wanted and self._monitor is None:
            self._monitor = system.main_monitor(event_mask(INPUT_EVENTS), self._heard_in_main)
        elif not is_wanted and self._monitor is not None:
            monitor, self._monitor = self._monitor, None
            system.main_remove_monitor(monitor)

    def _heard_in_main(self) -> None:
        if self._monitor is None:
            return
        self._monitor_in_main(False)  # one is enough: a pointer that moves says so a hundred times a second
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._heard)

    def _heard(self) -> None:
        if self._on_input is not None:
            self._on_input()


def is_screen_held(assertions: Mapping[str, Any]) -> bool:
    """By any program: a player, a browser with a film, a call."""
    return any(assertions.get(name, 0) for name in SCREEN_HELD)


def make_idle(make_system: Callable[[], MacOS], *, has_event_loop: bool) -> AskedIdle:
    return AskedIdle(MacOSInput(make_system, has_event_loop=has_event_loop))
