"""Those that lock a screen or switch it off, as they run on real desktops, and whether they are held back."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Sequence
from typing import Any, Final

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection
from Xlib.display import Display

from support.desktop import Desktop
from support.patience import PATIENCE_S

LOGIN1: Final = "org.freedesktop.login1"
XSCREENSAVER: Final = "/usr/libexec/xscreensaver/xscreensaver-systemd"
SERVERS: Final[dict[str, tuple[str, ...]]] = {
    "org.gnome.SessionManager": ("mate-session", "--disable-acceleration-check"),
    "org.mate.ScreenSaver": ("mate-screensaver", "--no-daemon"),
    "org.freedesktop.ScreenSaver": (XSCREENSAVER, "-verbose"),
}
"""Bus name -> who has it."""
PROGRAMS: Final = tuple(argv[0] for argv in SERVERS.values())
_IDLE: Final = 8
_SAVER_ON: Final = 1


class ScreenLocks:
    """All of them on one desktop; xscreensaver wants logind, so there is that, too."""

    def __init__(self, desktop: Desktop, names: Sequence[str] = tuple(SERVERS)) -> None:
        self.desktop = desktop
        self.processes: dict[str, subprocess.Popen[str]] = {}
        desktop.start_logind()
        for name in names:
            self.start(name)

    def start(self, name: str) -> None:
        # mate-session would start what this machine has for a session to start.
        nothing = str(self.desktop.dir / "etc-xdg")
        self.processes[name] = self.desktop.start(SERVERS[name], name, XDG_CONFIG_DIRS=nothing, XDG_CONFIG_HOME=nothing)
        self.desktop.wait_for_name(name)

    def holding(self) -> set[str]:
        """Of which of them something of ours holds the screen."""
        asked = {
            "org.gnome.SessionManager": lambda: self._ask(
                "org.gnome.SessionManager", "/org/gnome/SessionManager", "IsInhibited", "u", _IDLE
            ),
            "org.mate.ScreenSaver": lambda: self._ask("org.mate.ScreenSaver", "/org/mate/ScreenSaver", "GetInhibitors"),
            "org.freedesktop.ScreenSaver": self._xscreensaver_is_held,
        }
        held = {name for name in self.processes if asked[name]()}
        entries = self._ask(LOGIN1, "/org/freedesktop/login1", "ListInhibitors", interface=f"{LOGIN1}.Manager")
        if any(entry[0] == "idle" and entry[3] == "block" for entry in entries):
            held.add("logind")
        return held

    def _xscreensaver_is_held(self) -> bool:
        """It answers no question, but says what it does."""
        said = self.desktop.log("org.freedesktop.ScreenSaver")
        taken = re.findall(r': inhibited by .* cookie "(\w+)"', said)
        given = re.findall(r'uninhibited by .* cookie "(\w+)"|uninhibiting (\w+)', said)
        return bool(set(taken) - {cookie for pair in given for cookie in pair})

    def _ask(self, name: str, path: str, member: str, signature: str = "", *body: Any, interface: str = "") -> Any:
        address = self.desktop.system_bus_address if name == LOGIN1 else self.desktop.bus_address
        assert address
        to = DBusAddress(path, bus_name=name, interface=interface or name)
        with open_dbus_connection(bus=address) as connection:
            reply = connection.send_and_get_reply(
                new_method_call(to, member, signature or None, body), timeout=PATIENCE_S
            )
        assert reply.header.message_type is MessageType.method_return, reply.body
        return reply.body[0]


class XScreenSaver:
    """The X server's own."""

    def __init__(self, desktop: Desktop, after_s: int) -> None:
        self._display = Display(desktop.display)
        desktop.run(["xset", "s", str(after_s), str(after_s)])

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._display.close()

    @property
    def is_on(self) -> bool:
        return bool(self._info().state == _SAVER_ON)

    @property
    def idle_s(self) -> float:
        return float(self._info().idle / 1000)

    def _info(self) -> Any:
        return self._display.screen().root.screensaver_query_info()
