"""Notification servers with levers: one of our own that writes everything down, and real ones in a private desktop."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from support.desktop import Desktop, require
from unsit.adapters.bus import Bus, BusError, Interface, Method

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"

ALL_CAPABILITIES = ("actions", "body", "body-markup", "body-hyperlinks")


class Server(Protocol):
    """What a contract test can do with any of them."""

    desktop: Desktop

    async def start(self) -> None: ...
    async def kill(self) -> None:
        """As a crash: without goodbye."""

    def freeze(self) -> None:
        """It stays on the bus and answers nothing."""

    def thaw(self) -> None: ...
    def count(self) -> int:
        """Notes on the screen."""

    async def press(self, key: str, label: str) -> None:
        """Press the button of that key and label; key "default" is the note itself."""


class Notified(Struct):
    """One Notify call, as it came over the bus."""

    id: int
    replaces_id: int
    app_name: str
    icon: str
    title: str
    body: str
    actions: list[str]
    hints: dict[str, tuple[str, Any]]
    timeout_ms: int


class FakeServer:
    """In this process, with a connection of its own.

    Attributes:
        calls: every Notify, oldest first.
        on_screen: id -> the note as it is shown now.
        closed: every id that CloseNotification was called with.
        name: the name it gives itself.
        refuse: the error that the next Notify is answered with, once.
        closes_at_once: close every note before its Notify is answered.
    """

    def __init__(self, desktop: Desktop, capabilities: tuple[str, ...] = ALL_CAPABILITIES) -> None:
        self.desktop = desktop
        self.capabilities = capabilities
        self.name = "Fake"
        self.calls: list[Notified] = []
        self.on_screen: dict[int, Notified] = {}
        self.closed: list[int] = []
        self.refuse: BusError | None = None
        self.closes_at_once = False
        self.bus: Bus | None = None
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._last_id = 0

    async def start(self) -> None:
        self.bus = await Bus.connect("session", address=self.desktop.bus_address)
        interface = Interface(
            NAME,
            {
                "GetCapabilities": Method("", "as", self._get_capabilities),
                "GetServerInformation": Method("", "ssss", self._get_server_information),
                "Notify": Method("susssasa{sv}i", "u", self._notify),
                "CloseNotification": Method("u", "", self._close_notification),
            },
            signals={"NotificationClosed": "uu", "ActionInvoked": "us", "ActivationToken": "us"},
        )
        self.bus.export(PATH, interface)
        assert await self.bus.request_name(NAME)

    async def kill(self) -> None:
        assert self.bus is not None
        self.bus.close()
        self.on_screen.clear()

    def freeze(self) -> None:
        self._thawed.clear()

    def thaw(self) -> None:
        self._thawed.set()

    def count(self) -> int:
        return len(self.on_screen)

    async def press(self, key: str, label: str = "", activation: str | None = None) -> None:
        (id_,) = self.on_screen
        if activation is not None:
            self.emit("ActivationToken", "us", id_, activation)
        self.emit("ActionInvoked", "us", id_, key)

    def expire(self, id_: int) -> None:
        del self.on_screen[id_]
        self.emit("NotificationClosed", "uu", id_, 1)

    def emit(self, member: str, signature: str, *body: Any) -> None:
        assert self.bus is not None
        self.bus.emit(PATH, NAME, member, signature, *body)

    async def _get_capabilities(self) -> list[str]:
        await self._thawed.wait()
        return list(self.capabilities)

    async def _get_server_information(self) -> tuple[str, str, str, str]:
        await self._thawed.wait()
        return self.name, "tests", "1", "1.3"

    async def _notify(self, app_name: str, replaces_id: int, icon: str, title: str, body: str, *rest: Any) -> int:
        await self._thawed.wait()
        if self.refuse is not None:
            error, self.refuse = self.refuse, None
            raise error
        if replaces_id in self.on_screen:
            id_ = replaces_id
        else:
            self._last_id += 1
            id_ = self._last_id
        self.on_screen[id_] = Notified(id_, replaces_id, app_name, icon, title, body, *rest)
        self.calls.append(self.on_screen[id_])
        if self.closes_at_once:
            self.expire(id_)
        return id_

    async def _close_notification(self, id_: int) -> None:
        await self._thawed.wait()
        self.closed.append(id_)
        if id_ not in self.on_screen:
            raise BusError("org.freedesktop.DBus.Error.InvalidArgs", "no such notification")
        del self.on_screen[id_]
        self.emit("NotificationClosed", "uu", id_, 3)


class _RealServer:
    """A process in the desktop."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self._process: subprocess.Popen[str] | None = None

    async def kill(self) -> None:
        assert self._process is not None
        self.desktop.stop(self._process, sig=signal.SIGKILL)

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


class Dunst(_RealServer):
    """Buttons are pressed over dunstctl: the note itself, or an entry of the menu that dunst opens with `dmenu`."""

    async def start(self) -> None:
        require("dunst", "dunstctl")
        wanted = self.desktop.dir / "wanted"
        menu = self.desktop.dir / "menu.sh"
        menu.write_text(f'#!/bin/sh\nexec grep -m1 -F -f "{wanted}"\n')
        menu.chmod(0o755)
        self._wanted = wanted
        self._process = self.desktop.start_dunst(f"[global]\n    monitor = 0\n    dmenu = {menu}\n    markup = full\n")

    def count(self) -> int:
        return int(self.desktop.run(["dunstctl", "count", "displayed"]).stdout)

    async def press(self, key: str, label: str) -> None:
        if key == "default":
            self.desktop.run(["dunstctl", "action"])
        else:
            self._wanted.write_text(label + "\n")
            self.desktop.run(["dunstctl", "context"])


def find_xfce4_notifyd() -> Path:
    """It is not on the PATH; the folder has the architecture in its name."""
    found = next(Path("/usr/lib").glob("*/xfce4/notifyd/xfce4-notifyd"), Path("/usr/lib/xfce4/notifyd/xfce4-notifyd"))
    require(str(found))
    return found


class Xfce(_RealServer):
    """Buttons are clicked with the pointer, where they are drawn."""

    async def start(self) -> None:
        require("xdotool", "xwininfo")
        self._process = self.desktop.start([find_xfce4_notifyd()])
        self.desktop.wait_for_name(NAME)

    def count(self) -> int:
        return len(self._windows())

    async def press(self, key: str, label: str) -> None:
        # The buttons share the width of the window, in the order of their keys, along its lower edge.
        keys = {"begin": 0, "snooze": 1, "skip": 2}
        await self.desktop.until(lambda: len(self._windows()) == 1, what="the window of the note")
        ((left, top, width, height),) = self._windows()
        x, y = left + round(width * (keys[key] + 0.5) / len(keys)), top + height - 30
        self.desktop.run(["xdotool", "mousemove", x, y, "click", "1"])

    def _windows(self) -> list[tuple[int, int, int, int]]:
        """Left, top, width and height of what it shows."""
        found = []
        tree = self.desktop.run(["xwininfo", "-root", "-tree"]).stdout
        for id_, size in re.findall(r'^\s+(0x[0-9a-f]+) .*"[Xx]fce4-notifyd".*?  (\d+x\d+)\+', tree, re.MULTILINE):
            if size == "1x1" or size == "10x10":
                continue
            info = self.desktop.run(["xwininfo", "-id", id_]).stdout
            if "Map State: IsViewable" in info:
                fields = ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
                left, top, width, height = (int(info.partition(f"{field}:")[2].split()[0]) for field in fields)
                found.append((left, top, width, height))
        return found


class Mako(_RealServer):
    """On sway, without a screen."""

    async def start(self) -> None:
        require("mako", "makoctl", "sway", "grim")
        if "WAYLAND_DISPLAY" not in self.desktop.env:
            self.desktop.start_sway()
        self._process = self.desktop.start(["mako"])
        self.desktop.wait_for_name(NAME)

    def count(self) -> int:
        return len(self._notes())

    async def press(self, key: str, label: str) -> None:
        ((id_),) = (note["id"]["data"] for note in self._notes())
        self.desktop.run(["makoctl", "invoke", "-n", id_, key])

    def _notes(self) -> list[dict[str, Any]]:
        groups: list[list[dict[str, Any]]] = json.loads(self.desktop.run(["makoctl", "list"]).stdout)["data"]
        return [note for group in groups for note in group]
