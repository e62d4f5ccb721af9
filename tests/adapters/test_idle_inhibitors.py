"""A film that plays, told by a real session manager; and by a power manager of our own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from support.desktop import Desktop, needs
from support.screen_locks import ScreenLocks
from unsit.adapters.bus import Bus, Interface, Method
from unsit.adapters.idle_inhibitors import IdleInhibitors

POWER = "org.freedesktop.PowerManagement"
KDE = "org.kde.Solid.PowerManagement.PolicyAgent"


class Player:
    """Holds idleness back as a browser does, until it lets go or dies."""

    def __init__(self, desktop: Desktop) -> None:
        self._connection: DBusConnection = open_dbus_connection(desktop.bus_address)
        self._cookie = 0

    def play(self) -> None:
        (self._cookie,) = self._call("Inhibit", "susu", "player", 0, "a film", 8)

    def pause(self) -> None:
        self._call("Uninhibit", "u", self._cookie)

    def die(self) -> None:
        self._connection.close()

    def _call(self, method: str, signature: str, *body: Any) -> tuple[Any, ...]:
        to = DBusAddress("/org/gnome/SessionManager", "org.gnome.SessionManager", "org.gnome.SessionManager")
        return tuple(self._connection.send_and_get_reply(new_method_call(to, method, signature, body), timeout=5).body)


@pytest.fixture
async def bus(session_bus: Desktop) -> AsyncIterator[Bus]:
    bus = await Bus.connect("session", address=session_bus.bus_address)
    yield bus
    bus.close()


@needs("mate-session", "Xvfb", "/usr/bin/python3")
async def test_a_film_is_seen_to_begin_and_to_end(make_desktop: Callable[..., Desktop]) -> None:
    """Paused, or its player dead; and it is known when we come after it has begun."""
    desktop = make_desktop(window_manager=None, system_bus=True)
    ScreenLocks(desktop, ["org.gnome.SessionManager"])
    bus = await Bus.connect("session", address=desktop.bus_address)
    player, changes = Player(desktop), list[bool]()
    films = IdleInhibitors(bus)
    await films.start(lambda: changes.append(films.is_inhibited))
    player.play()
    await desktop.until(lambda: changes == [True], 10, "the film")
    player.pause()
    await desktop.until(lambda: changes == [True, False], 10, "its pause")
    player.play()
    await desktop.until(lambda: changes == [True, False, True], 10, "its going on")

    later = IdleInhibitors(bus)
    await later.start(lambda: None)
    await desktop.until(lambda: later.is_inhibited, 10, "the film that was on")
    await later.stop()
    player.die()
    await desktop.until(lambda: changes[-1] is False, 10, "the end of its player")
    await films.stop()
    bus.close()


async def test_a_power_manager_that_goes_holds_nothing_back(session_bus: Desktop, bus: Bus) -> None:
    """As Xfce's says it, by a signal that carries the answer."""
    holds = [False]
    server = await Bus.connect("session", address=session_bus.bus_address)
    interface = Interface(
        f"{POWER}.Inhibit",
        {"HasInhibit": Method("", "b", lambda: holds[0])},
        signals={"HasInhibitChanged": "b"},
    )
    path = "/org/freedesktop/PowerManagement/Inhibit"
    server.export(path, interface)
    assert await server.request_name(POWER)
    films = IdleInhibitors(bus)
    await films.start(lambda: None)
    holds[0] = True
    server.emit(path, f"{POWER}.Inhibit", "HasInhibitChanged", "b", True)
    await session_bus.until(lambda: films.is_inhibited, 10, "the film")
    server.close()
    await session_bus.until(lambda: not films.is_inhibited, 10, "the end of the service")
    await films.stop()


async def test_music_on_kde_is_no_film(session_bus: Desktop, bus: Bus) -> None:
    """It holds the machine awake, and not the screen; KDE's power manager is asked about either by another name."""
    holds = {POWER: True, KDE: False}
    server = await Bus.connect("session", address=session_bus.bus_address)
    path = "/org/kde/Solid/PowerManagement/PolicyAgent"
    server.export(
        "/org/freedesktop/PowerManagement/Inhibit",
        Interface(f"{POWER}.Inhibit", {"HasInhibit": Method("", "b", lambda: holds[POWER])}),
    )
    policies = {"HasInhibition": Method("u", "b", lambda policy: holds[KDE] and policy == 4)}
    server.export(path, Interface(KDE, policies, signals={"InhibitionsChanged": "a(ss)as"}))
    films, changes = IdleInhibitors(bus), list[bool]()
    await films.start(lambda: changes.append(films.is_inhibited))
    assert await server.request_name(POWER)
    await session_bus.until(lambda: films.is_inhibited, 10, "what is taken for a film where there is no more to know")
    assert await server.request_name(KDE)
    await session_bus.until(lambda: not films.is_inhibited, 10, "the music")
    holds[KDE] = True
    server.emit(path, KDE, "InhibitionsChanged", "a(ss)as", [("player", "a film")], [])
    await session_bus.until(lambda: films.is_inhibited, 10, "the film")
    assert changes == [True, False, True]
    server.close()
    await films.stop()
