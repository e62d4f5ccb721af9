"""Whether the window in front fills the screen, on Wayland compositors that list everybody's windows: those made with wlroots,
by wlr-foreign-toplevel-management-unstable-v1 (https://wayland.app/protocols/wlr-foreign-toplevel-management-unstable-v1).

Whoever follows that list is told of every change of every title, and a terminal may change its own ten times a second. So one
looks when a prompt is due, and follows the windows only as long as one of them holds the prompt back.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from unsit.adapters.wayland import WaylandConnection, socket_path
from unsit.core.model import HoldReason
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

MANAGER: Final = "zwlr_foreign_toplevel_manager_v1"
VERSION: Final = 3
_TOPLEVEL: Final = 0
"""Of the manager: a window, as an object that the compositor made."""
_APP_ID, _STATE, _CLOSED = 1, 4, 6
"""Of a window."""
_ACTIVATED, _FULLSCREEN = 2, 3
_LOOK_WITHIN_S: Final = 0.5


class WaylandFullscreenHold:
    """ports.HoldSource."""

    reason: Final[HoldReason] = "fullscreen"

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = environ
        self._on_change: Callable[[bool], None] | None = None
        self._connection: WaylandConnection | None = None
        self._windows: dict[int, frozenset[int]] = {}
        """Those that there are, with their states."""
        self._apps: dict[int, str] = {}
        """Window -> the program that it belongs to, as the desktop calls it."""
        self._has_protocol = True
        self._answers = False
        """The compositor did when it was asked last; one that did not is asked again when a prompt is due."""
        self._was_full = False

    @property
    def works(self) -> bool:
        return self._answers

    @property
    def names(self) -> Sequence[str]:
        return [app for window, states in self._windows.items() if _fills(states) and (app := self._apps.get(window))]

    def describe(self) -> str:
        if not self._has_protocol:
            return _("full screen: this compositor does not tell of windows")
        return _("full screen: looked for when a prompt is due, on Wayland")

    async def start(self, on_change: Callable[[bool], None]) -> None:
        self._on_change = on_change
        connection = await self._open()
        if connection is None:
            raise AdapterError(self.describe())
        connection.close()

    async def look(self) -> None:
        if self._connection is not None or not self._has_protocol:
            return  # one that holds is followed
        try:
            async with asyncio.timeout(_LOOK_WITHIN_S):
                if (connection := await self._open()) is None:
                    return
                self._forget()
                self._connection = connection
                connection.on_lost = self._on_lost
                connection.bind(MANAGER, VERSION, self._on_manager)
                await connection.roundtrip()
                await connection.roundtrip()  # the first has named the windows, the second has told of them
        except (AdapterError, TimeoutError) as error:
            log.info("The windows: %s", error)
            self._leave()
        else:
            self._settle()

    def settings_changed(self) -> None:
        pass

    async def stop(self) -> None:
        self._on_change = None
        self._leave()

    async def _open(self) -> WaylandConnection | None:
        """None where the compositor does not have the protocol."""
        self._answers = False
        connection = await WaylandConnection.open(socket_path(self._environ))
        self._answers = self._has_protocol = MANAGER in connection.globals
        if self._has_protocol:
            return connection
        connection.close()
        return None

    def _on_manager(self, opcode: int, arguments: bytes) -> None:
        if opcode == _TOPLEVEL and self._connection is not None:
            (window,) = struct.unpack_from("=I", arguments)
            self._windows[window] = frozenset()
            self._connection.take(window, partial(self._on_window, window))

    def _on_window(self, window: int, opcode: int, arguments: bytes) -> None:
        if opcode == _STATE:
            (size,) = struct.unpack_from("=I", arguments)
            self._windows[window] = frozenset(struct.unpack_from(f"={size // 4}I", arguments, 4))
        elif opcode == _CLOSED:
            self._windows.pop(window, None)
            self._apps.pop(window, None)
        elif opcode == _APP_ID:
            (size,) = struct.unpack_from("=I", arguments)  # with the zero at its end
            self._apps[window] = arguments[4 : 4 + size].rstrip(b"\0").decode(errors="replace")
            return
        else:
            return
        if self._was_full:
            self._settle()

    def _settle(self) -> None:
        is_full = any(map(_fills, self._windows.values()))
        if not is_full:
            self._leave()
        self._say(is_full)

    def _on_lost(self, why: str) -> None:
        log.info("The windows: the compositor has gone (%s)", why)
        self._connection = None
        self._forget()
        self._say(is_full=False)

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._forget()

    def _forget(self) -> None:
        self._windows.clear()
        self._apps.clear()

    def _say(self, is_full: bool) -> None:
        if is_full != self._was_full and self._on_change is not None:
            self._was_full = is_full
            self._on_change(is_full)


def _fills(states: frozenset[int]) -> bool:
    return {_ACTIVATED, _FULLSCREEN} <= states
