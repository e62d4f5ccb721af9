"""GNOME's compositor without a screen, and input for it through its remote desktop."""

from __future__ import annotations

import subprocess
from typing import Any, Final

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from support.desktop import Desktop
from support.patience import PATIENCE_S

IDLE_MONITOR: Final = "org.gnome.Mutter.IdleMonitor"
REMOTE: Final = "org.gnome.Mutter.RemoteDesktop"


def start_mutter(desktop: Desktop) -> subprocess.Popen[str]:
    """Waits until it answers on the session bus."""
    process = desktop.start(
        ["mutter", "--headless", "--wayland", "--no-x11", "--virtual-monitor", "1280x720",
         "--wayland-display", "wayland-mutter"],
        LIBGL_ALWAYS_SOFTWARE="1",
        XDG_SESSION_TYPE="wayland",
    )  # fmt: skip
    desktop.wait_for_name(IDLE_MONITOR, 20)
    desktop.wait_for_name(REMOTE, 20)
    return process


class Hand:
    """One who moves the mouse and types, from `__init__` on."""

    def __init__(self, desktop: Desktop) -> None:
        self._connection: DBusConnection = open_dbus_connection(desktop.bus_address)
        (self._session,) = self._call(f"/{REMOTE.replace('.', '/')}", REMOTE, "CreateSession")
        self._on_session("Start")

    def move(self) -> None:
        """Returns when Mutter has taken it."""
        self._on_session("NotifyPointerMotionRelative", "dd", (3.0, 2.0))

    def type(self) -> None:
        """The key A, pressed and let go."""
        for is_down in (True, False):
            self._on_session("NotifyKeyboardKeycode", "ub", (30, is_down))

    def close(self) -> None:
        self._connection.close()

    def _on_session(self, method: str, signature: str | None = None, body: tuple[Any, ...] = ()) -> None:
        self._call(self._session, f"{REMOTE}.Session", method, signature, body)

    def _call(
        self, path: str, interface: str, method: str, signature: str | None = None, body: tuple[Any, ...] = ()
    ) -> tuple[Any, ...]:
        call = new_method_call(DBusAddress(path, REMOTE, interface), method, signature, body)
        answer = self._connection.send_and_get_reply(call, timeout=PATIENCE_S)
        if answer.header.message_type is MessageType.error:
            raise RuntimeError(f"{method}: {answer.body}")
        return tuple(answer.body)
