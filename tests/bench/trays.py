"""Whether an icon has come into a tray, of either kind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Self

from jeepney import MatchRule, message_bus
from jeepney.io.blocking import open_dbus_connection

from support.desktop import Desktop

LOOK_S = 0.005
"""Between two looks for an XEmbed icon; the other kind is announced by a signal."""


class Trays:
    """The StatusNotifierWatcher of a desktop, and trayer, which both have to run already."""

    def __init__(self, desktop: Desktop) -> None:
        from Xlib.display import Display

        self._desktop = desktop
        self._display = Display(desktop.display)
        self._bus = open_dbus_connection(bus=desktop.bus_address)
        self._announced = MatchRule(
            type="signal", interface="org.kde.StatusNotifierWatcher", member="StatusNotifierItemRegistered"
        )
        self._bus.send_and_get_reply(message_bus.AddMatch(self._announced))
        self._xembed_info = self._display.intern_atom("_XEMBED_INFO")
        root = self._display.screen().root
        self._panel = next(window for window in _below(root) if window.get_wm_name() == "panel" and _is_trayer(window))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bus.close()
        self._display.close()

    def has_icon(self) -> bool:
        return bool(self._desktop.status_notifier_items()) or self._has_docked()

    def forget(self) -> None:
        """What was announced so far: before a start, whose icon is then waited for."""
        with suppress(TimeoutError):
            while True:
                self._bus.receive(timeout=0)

    def wait_for_icon(self, limit_s: float) -> bool:
        """False if none comes."""
        deadline = time.monotonic() + limit_s
        with self._bus.filter(self._announced) as announcements:
            while time.monotonic() < deadline:
                with suppress(TimeoutError):
                    self._bus.recv_until_filtered(announcements, timeout=LOOK_S)
                    return True
                if self._has_docked():
                    return True
        return False

    def _has_docked(self) -> bool:
        return any(window.get_full_property(self._xembed_info, 0) is not None for window in _below(self._panel))


def _is_trayer(window: Any) -> bool:
    return "trayer" in (window.get_wm_class() or ())


def _below(window: Any) -> Iterator[Any]:
    from Xlib.error import XError

    with suppress(XError):  # it has just gone
        for child in window.query_tree().children:
            yield child
            yield from _below(child)
