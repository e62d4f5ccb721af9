"""Screen locks on a private session bus, played by services of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from support.desktop import Desktop, needs
from support.presence import Heard
from unsit.adapters.bus import Bus, Interface, Method
from unsit.adapters.screensaver_fdo import SCREENSAVERS, ScreenSavers
from unsit.ports import AdapterError

pytestmark = needs("dbus-daemon")

GNOME = "org.gnome.ScreenSaver"
FREEDESKTOP = "org.freedesktop.ScreenSaver"


class Locker:
    """A screen lock on a connection of its own."""

    def __init__(self, bus: Bus, name: str) -> None:
        self.bus = bus
        self.name = name
        self.is_active = False

    @classmethod
    async def start(cls, desktop: Desktop, name: str, *, is_active: bool = False, hangs: bool = False) -> Locker:
        locker = cls(await Bus.connect("session", address=desktop.bus_address), name)
        locker.is_active = is_active

        async def never() -> bool:
            await asyncio.Event().wait()
            return False

        handler = never if hangs else lambda: locker.is_active
        locker.bus.export(SCREENSAVERS[name], Interface(name, {"GetActive": Method("", "b", handler)}))
        assert await locker.bus.request_name(name)
        return locker

    def activate(self, is_active: bool, path: str | None = None) -> None:
        self.is_active = is_active
        self.bus.emit(path or SCREENSAVERS[self.name], self.name, "ActiveChanged", "b", is_active)


@pytest.fixture
async def bus(session_bus: Desktop) -> AsyncIterator[Bus]:
    made = await Bus.connect("session", address=session_bus.bus_address)
    yield made
    made.close()


@pytest.fixture
def heard() -> Heard:
    return Heard()


async def until(desktop: Desktop, heard: Heard, *words: str) -> None:
    await desktop.until(lambda: heard.words == list(words), 10, f"{words}, not {heard.words}")


@pytest.mark.parametrize("name", list(SCREENSAVERS))
async def test_active_is_locked(name: str, session_bus: Desktop, bus: Bus, heard: Heard) -> None:
    """Under each of the names; each change once, though KDE sends it from two paths."""
    locker = await Locker.start(session_bus, name)
    source = ScreenSavers(bus)
    await source.start(heard)
    assert source.works
    assert source.sees_unlock
    assert await source.is_locked() is False
    assert name in source.describe()
    locker.activate(True)
    locker.activate(True, path="/ScreenSaver")
    await until(session_bus, heard, "locked")
    assert await source.is_locked() is True
    locker.activate(False)
    locker.activate(False, path="/ScreenSaver")
    await until(session_bus, heard, "locked", "unlocked")
    await source.stop()
    locker.bus.close()


async def test_one_that_is_active_already_is_known_at_the_start(session_bus: Desktop, bus: Bus, heard: Heard) -> None:
    """Without an event."""
    locker = await Locker.start(session_bus, GNOME, is_active=True)
    source = ScreenSavers(bus)
    await source.start(heard)
    assert await source.is_locked() is True
    locker.activate(False)
    await until(session_bus, heard, "unlocked")
    await source.stop()
    locker.bus.close()


async def test_one_that_comes_later_is_followed_and_one_that_goes_is_unlocked(
    session_bus: Desktop, bus: Bus, heard: Heard
) -> None:
    """A screen lock that has crashed locks nothing."""
    source = ScreenSavers(bus)
    await source.start(heard)
    assert not source.works
    assert await source.is_locked() is None
    locker = await Locker.start(session_bus, FREEDESKTOP, is_active=True)
    await until(session_bus, heard, "sensors_changed", "locked")
    locker.bus.close()
    await until(session_bus, heard, "sensors_changed", "locked", "sensors_changed", "unlocked")
    assert not source.works
    await source.stop()


async def test_two_that_say_the_same_are_one_lock(session_bus: Desktop, bus: Bus, heard: Heard) -> None:
    """GNOME has a proxy under the common name."""
    gnome = await Locker.start(session_bus, GNOME)
    proxy = await Locker.start(session_bus, FREEDESKTOP)
    source = ScreenSavers(bus)
    await source.start(heard)
    gnome.activate(True)
    await until(session_bus, heard, "locked")
    proxy.activate(True)
    gnome.activate(False)
    await session_bus.until(lambda: source._is_active == {GNOME: False, FREEDESKTOP: True}, 10, "both")
    assert heard.words == ["locked"]
    proxy.activate(False)
    await until(session_bus, heard, "locked", "unlocked")
    await source.stop()
    gnome.bus.close()
    proxy.bus.close()


async def test_a_stranger_cannot_lock(session_bus: Desktop, bus: Bus, heard: Heard) -> None:
    """The same signal from somebody who does not own the name says nothing."""
    locker = await Locker.start(session_bus, GNOME)
    stranger = await Bus.connect("session", address=session_bus.bus_address)
    source = ScreenSavers(bus)
    await source.start(heard)
    stranger.emit(SCREENSAVERS[GNOME], GNOME, "ActiveChanged", "b", True)
    await stranger.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId")
    locker.activate(True)
    locker.activate(False)
    await until(session_bus, heard, "locked", "unlocked")
    await source.stop()
    stranger.close()
    locker.bus.close()


async def test_one_that_hangs_does_not_hold_the_start_up(session_bus: Desktop, bus: Bus, heard: Heard) -> None:
    """What it says later is heard all the same."""
    locker = await Locker.start(session_bus, GNOME, hangs=True)
    source = ScreenSavers(bus)
    await source.start(heard)
    assert source._questions, "it is not waited for until the bus gives up"
    assert not source.works
    locker.activate(True)
    await until(session_bus, heard, "sensors_changed", "locked")
    await source.stop()
    locker.bus.close()


async def test_a_bus_that_dies_is_told(session_bus: Desktop, bus: Bus, heard: Heard) -> None:
    """And starting without one is an error for people."""
    locker = await Locker.start(session_bus, GNOME)
    source = ScreenSavers(bus)
    await source.start(heard)
    session_bus.stop(next(process for process, log in session_bus._processes if log.stem == "session-bus"))
    await session_bus.until(lambda: "sensors_changed" in heard.words, 10, "the loss")
    assert not source.works
    await source.stop()
    with pytest.raises(AdapterError):
        await ScreenSavers(bus).start(heard)
    locker.bus.close()
