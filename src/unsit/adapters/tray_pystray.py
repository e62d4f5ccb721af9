"""The tray on Windows and macOS: pystray's own backends.

Unverified: written from pystray's sources, not tried on either system.

Where the platform wants its user interface in the main thread (macOS), that thread makes the icon and belongs to it, and the
daemon's loop runs in another one (daemon/main_thread.py). Elsewhere the icon has a thread of its own. Either way everything
from the icon to the daemon goes through `loop.call_soon_threadsafe`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from unsit.adapters.pystray_base import Act, Menu, NativeIcon, Send
from unsit.adapters.tray_icon import Icon, Picture, icon_of, load_icon
from unsit.core.snapshot import Snapshot
from unsit.words import _

log = logging.getLogger(__name__)

TITLE_CHARACTERS: Final = 127
"""NOTIFYICONDATAW.szTip holds 128 with the end mark; pystray refuses longer ones."""


class PystrayTray:
    """Implements `ports.Tray`; the icon is shown from the first `refresh` on."""

    def __init__(
        self,
        menu: Callable[[Act], Menu],
        send: Send,
        tooltip: Callable[[Snapshot], str],
        *,
        in_main_thread: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        """
        Args:
            menu: builds the menu around the `act` that it is given, which brings the command to the loop. The menu is
                evaluated in the icon's thread: what it reads must be safe to read there (a snapshot is).
            send, tooltip: as for `tray_sni.SniTray`.
            in_main_thread: has something done in the main thread, where the icon has to live there.
        """
        self._send = send
        self._tooltip = tooltip
        self._loop: asyncio.AbstractEventLoop | None = None
        self._shown = Icon("counting")
        self._wanted = self._shown, "Unsit"
        self._is_stopped = False
        self._has_state = threading.Event()
        """From then on the menu can be evaluated, which pystray does first of all."""
        self._is_up = threading.Event()
        self._in_main_thread = in_main_thread
        self._menu = menu(self._act)
        self._icon: Any = None

    async def start(self) -> bool:
        self._loop = asyncio.get_running_loop()
        if self._in_main_thread is not None:
            self._in_main_thread(self._run)
        else:
            self._make_icon()
            threading.Thread(target=self._run, name="tray", daemon=True).start()
        return True

    def _make_icon(self) -> None:
        self._icon = NativeIcon("unsit", icon=_image(self._shown), title="Unsit", menu=self._menu)

    def _run(self) -> None:
        """The icon's own loop, until `stop()`."""

        def show(icon: Any) -> None:
            icon.visible = True
            self._is_up.set()
            # What `refresh` said while the icon was not up yet, it said to nobody.
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._apply)

        self._has_state.wait()
        if self._is_stopped:
            return
        if self._icon is None:
            self._make_icon()
        self._icon.run(setup=show)

    def refresh(self, snapshot: Snapshot) -> None:
        self._wanted = icon_of(snapshot), f"Unsit: {self._tooltip(snapshot)}"[:TITLE_CHARACTERS]
        self._has_state.set()
        self._apply()

    def _apply(self) -> None:
        if not self._is_up.is_set() or self._is_stopped:
            return
        icon, title = self._wanted
        if icon != self._shown:
            self._shown = icon
            self._icon.icon = _image(icon)
        self._icon.title = title
        self._icon.update_menu()

    async def stop(self) -> None:
        self._is_stopped = True
        self._has_state.set()
        if self._is_up.is_set():
            await asyncio.to_thread(self._icon.stop)

    def describe(self) -> str:
        state = _("shown") if self._is_up.is_set() else _("not shown yet")
        return f"pystray, {NativeIcon.__module__.rpartition('.')[2].lstrip('_')}: {state}"

    def _act(self, command: str, params: dict[str, Any]) -> None:
        if self._loop is None:
            log.warning("The tray asked for %s before the daemon ran", command)
            return
        self._loop.call_soon_threadsafe(self._send, command, params, None)


def _image(icon: Icon) -> Any:
    """pystray wants Pillow's images; it loads Pillow on these systems anyway."""
    from PIL import Image

    size, argb = _largest(load_icon(icon))
    alpha, red, green, blue = (Image.frombytes("L", (size, size), argb[start::4]) for start in range(4))
    return Image.merge("RGBA", (red, green, blue, alpha))


def _largest(pictures: tuple[Picture, ...]) -> Picture:
    return pictures[-1]
