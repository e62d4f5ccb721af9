"""Which tray on Linux: a StatusNotifierItem, or an XEmbed icon where only an old X11 panel is there to take one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Final

from unsit.adapters.pystray_base import Act, Menu, Send
from unsit.adapters.tray_sni import SniTray
from unsit.adapters.tray_xembed import XembedTray
from unsit.core.snapshot import Snapshot

XEMBED_AFTER_S: Final = 5.0
"""How long a panel may take to come, or to come again, before an XEmbed icon is tried: it has no menu, and costs Xlib."""


class LinuxTray:
    """Implements `ports.Tray`: whichever tray is there, also when that changes."""

    def __init__(
        self,
        menu: Callable[[Act], Menu],
        send: Send,
        tooltip: Callable[[Snapshot], str],
        *,
        on_nothing: Callable[[], None] = lambda: None,
        address: str | None = None,
        xembed_after_s: float = XEMBED_AFTER_S,
    ) -> None:
        """
        Args:
            menu, send, tooltip, address: as for `SniTray`.
            on_nothing: told once, when it is clear that no tray of either kind is there.
        """
        self._on_nothing: Callable[[], None] | None = on_nothing
        self._sni = SniTray(menu, send, tooltip, on_taken=self._on_sni, address=address)
        self._menu, self._send, self._tooltip = menu, send, tooltip
        self._xembed: XembedTray | None = None
        self._xembed_after_s = xembed_after_s
        self._waiting: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[object]] = set()
        self._snapshot: Snapshot | None = None
        self._is_running = False

    async def start(self) -> bool:
        self._is_running = True
        if await self._sni.start():
            return True
        self._on_sni(False)
        return False

    def refresh(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._sni.refresh(snapshot)
        if self._xembed is not None:
            self._xembed.refresh(snapshot)

    async def stop(self) -> None:
        self._is_running = False
        self._cancel_waiting()
        if self._xembed is not None:
            await self._xembed.stop()
        await self._sni.stop()

    def describe(self) -> str:
        if self._xembed is not None and not self._sni.is_taken:
            return f"{self._xembed.describe()}; {self._sni.describe()}"
        return self._sni.describe()

    def _on_sni(self, is_taken: bool) -> None:
        self._cancel_waiting()
        if not self._is_running:
            return
        if is_taken:
            xembed, self._xembed = self._xembed, None
            if xembed is not None:
                self._spawn(xembed.stop())
        elif self._xembed is None:
            self._waiting = asyncio.get_running_loop().call_later(self._xembed_after_s, self._do_without)

    def _do_without(self) -> None:
        """No panel has answered in time."""
        self._waiting = None
        # Under Wayland no panel takes XEmbed icons, though an X server may be there for old programs.
        if os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
            self._spawn(self._try_xembed())
        else:
            self._say_nothing()

    async def _try_xembed(self) -> None:
        self._xembed = xembed = XembedTray(self._menu, self._send, self._tooltip)
        if self._snapshot is not None:
            xembed.refresh(self._snapshot)
        if not await xembed.start():
            self._say_nothing()

    def _say_nothing(self) -> None:
        on_nothing, self._on_nothing = self._on_nothing, None
        if on_nothing is not None and not self._sni.is_taken:
            on_nothing()

    def _cancel_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _spawn(self, work: Coroutine[None, None, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
