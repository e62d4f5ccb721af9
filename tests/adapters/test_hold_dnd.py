"""Do not disturb, switched on and off on real servers; and on ones of our own that speak as those do which are not here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from support.desktop import Desktop, needs
from support.notification_servers import FakeServer, Xfce
from unsit.adapters.bus import Bus, Interface, Method, Property
from unsit.adapters.hold_dnd import NOTIFICATIONS, NOTIFICATIONS_PATH, SWAYNC, SWAYNC_PATH, DndHold

MakeDesktop = Callable[..., Desktop]


@pytest.fixture
async def desktop(make_desktop: MakeDesktop, monkeypatch: pytest.MonkeyPatch) -> Desktop:
    """With the services that a session bus starts by itself."""
    made = make_desktop(services=True)
    made.env["GSETTINGS_BACKEND"] = "dconf"
    made.enter(monkeypatch)
    return made


@pytest.fixture
async def bus(desktop: Desktop) -> AsyncIterator[Bus]:
    bus = await Bus.connect("session", address=desktop.bus_address)
    yield bus
    bus.close()


class Watched:
    """A started DndHold, and what it said."""

    def __init__(self, desktop: Desktop, bus: Bus) -> None:
        self.desktop, self.source, self.said = desktop, DndHold(bus), list[bool]()

    async def start(self) -> None:
        await self.source.start(self.said.append)

    async def until(self, *said: bool) -> None:
        await self.desktop.until(lambda: self.said == list(said), 5, f"{said}, not {self.said}")

    async def until_told_by(self, who: str) -> None:
        await self.desktop.until(lambda: who in self.source.describe(), 5, who)


@needs("dunst", "dunstctl")
async def test_dunst(desktop: Desktop, bus: Bus) -> None:
    """Paused and not; paused before we came; and killed while it was paused."""
    dunst = desktop.start_dunst()
    watched = Watched(desktop, bus)
    await watched.start()
    await watched.until_told_by("dunst")
    desktop.run(["dunstctl", "set-paused", "true"])
    await watched.until(True)
    assert watched.source.describe() == "do not disturb: on, says dunst"
    desktop.run(["dunstctl", "set-paused", "false"])
    await watched.until(True, False)

    desktop.run(["dunstctl", "set-paused", "true"])
    later = Watched(desktop, bus)
    await later.start()
    await later.until(True)
    desktop.stop(dunst)
    await later.until(True, False)
    await watched.until(True, False, True, False)
    desktop.start_dunst()
    await watched.until_told_by("dunst")
    desktop.run(["dunstctl", "set-paused", "true"])
    await watched.until(True, False, True, False, True)
    await watched.source.stop()
    await later.source.stop()


@needs("xfconf-query")
async def test_xfce4_notifyd(desktop: Desktop, bus: Bus) -> None:
    """By its setting, which is not there before it was ever on."""
    server = Xfce(desktop)
    await server.start()
    watched = Watched(desktop, bus)
    await watched.start()
    await watched.until_told_by("by xfce4-notifyd")
    switch = ["xfconf-query", "-c", "xfce4-notifyd", "-p", "/do-not-disturb"]
    desktop.run([*switch, "-n", "-t", "bool", "-s", "true"])
    await watched.until(True)
    desktop.run([*switch, "-s", "false"])
    await watched.until(True, False)
    desktop.run([*switch, "-s", "true"])
    await watched.until(True, False, True)
    desktop.run([*switch, "-r"])
    await watched.until(True, False, True, False)
    await watched.source.stop()


@needs("gsettings")
@pytest.mark.parametrize(
    ("name", "schema", "key", "on"),
    [("gnome-shell", "org.gnome.desktop.notifications", "show-banners", "false")],
)
async def test_gnome(desktop: Desktop, bus: Bus, name: str, schema: str, key: str, on: str) -> None:
    """By its setting in dconf, read only where GNOME shows the notifications."""
    off = "false" if on == "true" else "true"
    desktop.run(["gsettings", "set", schema, key, on])
    server = FakeServer(desktop)
    server.name = name
    await server.start()
    watched = Watched(desktop, bus)
    await watched.start()
    await watched.until(True)
    desktop.run(["gsettings", "set", schema, key, off])
    await watched.until(True, False)
    desktop.run(["gsettings", "set", schema, key, on])
    await watched.until(True, False, True)
    desktop.run(["gsettings", "reset", schema, key])
    await watched.until(True, False, True, False)
    await watched.source.stop()


async def test_a_late_answer_does_not_speak_for_a_server_that_has_gone(
    desktop: Desktop, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GNOME's, with a program that takes its time to read the setting."""
    asked, may_answer, answered = tmp_path / "asked", tmp_path / "may-answer", tmp_path / "answered"
    program = tmp_path / "gsettings"
    program.write_text(
        f"#!/bin/sh\ntouch {asked}\nwhile [ ! -e {may_answer} ]; do sleep 0.02; done\necho false\ntouch {answered}\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    server = FakeServer(desktop)
    server.name = "gnome-shell"
    await server.start()
    watched = Watched(desktop, bus)
    await watched.start()
    await desktop.until(asked.exists, 5, "the question")
    reading = watched.source._tasks["key" if "key" in watched.source._tasks else "server"]
    await server.kill()
    await desktop.until(reading.done, 5, "the question to be dropped, or answered")
    may_answer.touch()
    await asyncio.sleep(0)
    assert not answered.exists()
    assert watched.said == []
    assert not watched.source.works
    await watched.source.stop()


@pytest.mark.parametrize(
    ("path", "interface", "name", "off", "on"),
    [
        (NOTIFICATIONS_PATH, NOTIFICATIONS, "Inhibited", ("b", False), ("b", True)),
        ("/fr/emersion/Mako", "fr.emersion.Mako", "Modes", ("as", ["default"]), ("as", ["default", "do-not-disturb"])),
    ],
    ids=["plasma", "mako"],
)
async def test_a_property_that_says_it(
    desktop: Desktop, bus: Bus, path: str, interface: str, name: str, off: tuple[str, Any], on: tuple[str, Any]
) -> None:
    """KDE Plasma's Inhibited, and mako's modes, of which one is called so."""
    value = [on]
    server = await Bus.connect("session", address=desktop.bus_address)
    server.export(path, Interface(interface, {}, {name: Property(on[0], lambda: value[0][1])}))
    assert await server.request_name(NOTIFICATIONS)
    watched = Watched(desktop, bus)
    await watched.start()
    await watched.until(True)
    for now, said in ((off, [True, False]), (on, [True, False, True])):
        server.emit(
            path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", interface, {name: now}, []
        )
        await watched.until(*said)
    await watched.source.stop()
    server.close()


async def test_swaync(desktop: Desktop, bus: Bus) -> None:
    """By its own service, asked at the start and heard afterwards."""
    server = await Bus.connect("session", address=desktop.bus_address)
    interface = Interface(SWAYNC, {"GetDnd": Method("", "b", lambda: True)}, signals={"SubscribeV2": "ubbb"})
    server.export(SWAYNC_PATH, interface)
    assert await server.request_name(SWAYNC)
    watched = Watched(desktop, bus)
    await watched.start()
    await watched.until(True)
    server.emit(SWAYNC_PATH, SWAYNC, "SubscribeV2", "ubbb", 0, False, False, False)
    await watched.until(True, False)
    await watched.source.stop()
    server.close()


async def test_nothing_here_tells(desktop: Desktop, bus: Bus) -> None:
    """Then nothing holds, and so it says."""
    watched = Watched(desktop, bus)
    await watched.start()
    assert "does not tell" in watched.source.describe()
    assert watched.said == []
    await watched.source.stop()
