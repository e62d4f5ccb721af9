"""The tray of older X11 panels: pystray's xorg icon, docked by the XEmbed system tray protocol, without a menu.

pystray's icon runs in a thread, paints with Pillow, gets no clicks (its window does not select them) and looks for a tray
once. Here the X connection is watched by the loop, the prepared pixels go to the server as they are, and the icon docks in
a tray that comes late or comes again. A click opens the status page, which has every command.

https://specifications.freedesktop.org/systemtray-spec/
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from unsit.adapters.pystray_base import Act, Menu, Send
from unsit.adapters.tray_icon import Icon, icon_of, load_icon
from unsit.core.snapshot import Snapshot
from unsit.words import _

log = logging.getLogger(__name__)

ASK_AGAIN_S: Final = 2.0
"""A panel that is just starting may lose a request: it is asked again after this time, then after twice as much each time."""
ASK_AGAIN_MOST: Final = 3


class XembedTray:
    """Implements `ports.Tray`."""

    def __init__(self, menu: Callable[[Act], Menu], send: Send, tooltip: Callable[[Snapshot], str]) -> None:
        """Args: menu, send, tooltip: as for `tray_sni.SniTray`."""
        self._menu = menu(lambda command, params: send(command, params, None))
        self._tooltip = tooltip
        self._shown = Icon("counting")
        self._text = ""
        self._icon: Any = None
        self._has_state = False
        self._n_asked_again = 0
        self._ask_timer: asyncio.TimerHandle | None = None
        self._why_not = _("not started")

    async def start(self) -> bool:
        """True if there is a tray now; one that comes later is announced by it, and found."""
        try:
            # Here, for it opens the display. What it raises where there is none is Xlib's own, and no ImportError.
            from Xlib.error import DisplayError

            from unsit.adapters.xembed_icon import XembedIcon
        except Exception as error:
            log.debug("No XEmbed icon", exc_info=True)
            self._why_not = str(error) or type(error).__name__
            return False
        try:
            self._icon = XembedIcon(self._menu, load_icon(self._shown), self._text)
        except (DisplayError, OSError) as error:
            self._why_not = str(error)
            return False
        self._icon.is_ready = self._has_state
        self._icon._thread = threading.current_thread()  # pystray hands its calls over to the thread that it finds here
        asyncio.get_running_loop().add_reader(self._icon.fileno(), self._on_readable)
        self._icon.visible = True
        self._drain()
        return self.is_taken

    def refresh(self, snapshot: Snapshot) -> None:
        icon, text = icon_of(snapshot), self._tooltip(snapshot)
        has_icon_changed, has_text_changed = icon != self._shown, text != self._text
        self._shown, self._text, self._has_state = icon, text, True
        if self._icon is None:
            return
        self._icon.is_ready = True
        if has_icon_changed:
            self._icon.icon = load_icon(icon)
        if has_text_changed:
            self._icon.title = text
        self._drain()

    async def stop(self) -> None:
        self._close(_("stopped"))

    def describe(self) -> str:
        if self.is_taken:
            return _("XEmbed tray, without a menu")
        why = self._why_not if self._icon is None else _("no panel offers one")
        return _("no XEmbed tray has the icon: {why}").format(why=why)

    @property
    def is_taken(self) -> bool:
        return self._icon is not None and self._icon.is_docked

    def _on_readable(self) -> None:
        self._drain()

    def _drain(self, request: Callable[[], None] = lambda: None) -> None:
        """Handle what has arrived. After every request too: an answer that was waited for brings events with it, and the
        socket is silent then."""
        from Xlib.error import ConnectionClosedError

        try:
            request()
            while self._icon is not None and self._icon.has_event():
                self._icon.handle_event()
        except (ConnectionClosedError, OSError):
            self._close(_("the X server is gone"))
        self._see_that_it_is_taken()

    def _see_that_it_is_taken(self) -> None:
        if self._icon is None or not self._icon.is_docked or self._icon.is_embedded:
            self._stop_asking()
        elif self._ask_timer is None and self._n_asked_again < ASK_AGAIN_MOST:
            wait_s = ASK_AGAIN_S * 2**self._n_asked_again
            self._ask_timer = asyncio.get_running_loop().call_later(wait_s, self._ask_again)

    def _ask_again(self) -> None:
        self._ask_timer = None
        self._n_asked_again += 1
        log.info("The panel has not taken the icon; it is asked again")
        self._drain(self._icon.dock_again)

    def _stop_asking(self) -> None:
        if self._ask_timer is not None:
            self._ask_timer.cancel()
        self._ask_timer, self._n_asked_again = None, 0

    def _close(self, why: str) -> None:
        self._stop_asking()
        icon, self._icon = self._icon, None
        self._why_not = why
        if icon is not None:
            asyncio.get_running_loop().remove_reader(icon.fileno())
            icon.close()
