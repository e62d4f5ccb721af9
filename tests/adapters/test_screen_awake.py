"""The screen in a stretch, with those that would lock it or switch it off really there."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator, Callable

import pytest

from support.desktop import Desktop, needs
from support.screen_locks import PROGRAMS, ScreenLocks, XScreenSaver
from unsit.adapters import screen_awake
from unsit.adapters.bus import Bus, Interface, Method
from unsit.adapters.screen_awake import ScreenAwake

HOLDER = """
import asyncio
from unsit.adapters.screen_awake import ScreenAwake
async def hold():
    awake = ScreenAwake()
    await awake.hold()
    await asyncio.Event().wait()
asyncio.run(hold())
"""
ALL = {
    "org.gnome.SessionManager",
    "org.mate.ScreenSaver",
    "org.freedesktop.ScreenSaver",
    "logind",
}
PORTAL = "org.freedesktop.portal.Desktop"

pytestmark = needs("Xvfb", "dbus-daemon", "/usr/bin/python3")


@pytest.fixture
def place(make_desktop: Callable[..., Desktop], monkeypatch: pytest.MonkeyPatch) -> Desktop:
    made = make_desktop(window_manager=None, system_bus=True)
    made.enter(monkeypatch)
    return made


@pytest.fixture
async def awake() -> AsyncIterator[ScreenAwake]:
    held = ScreenAwake()
    yield held
    await held.release()


@needs(*PROGRAMS)
async def test_whoever_is_there_is_held_and_let_go(place: Desktop, awake: ScreenAwake) -> None:
    """The session manager, two screen locks and logind: all of them, again after a pause, and none after the end, however
    often it was asked for."""
    locks = ScreenLocks(place)
    assert locks.holding() == set()

    for times in (1, 2):
        for _time in range(times):
            await awake.hold()
        assert locks.holding() == ALL
        for name in (*ALL, "X server"):
            assert name in awake.describe()
        await awake.release()
        await place.until(lambda: locks.holding() == set(), what="nothing held")


@needs(*PROGRAMS, "xset")
def test_one_that_is_killed_holds_nothing(place: Desktop) -> None:
    """SIGKILL: every one of them notices by itself, the X server's own screen saver too."""
    locks, saver = ScreenLocks(place), XScreenSaver(place, after_s=1)
    try:
        holder = place.start([sys.executable, "-c", HOLDER], "holder")
        place.wait_for(lambda: locks.holding() == ALL, what="all of them held")
        place.wait_for(lambda: saver.idle_s > 1.5, what="more idle time than the screen saver waits for")
        assert not saver.is_on

        place.stop(holder, sig=signal.SIGKILL)
        place.wait_for(lambda: locks.holding() == set(), what="nothing held")
        place.wait_for(lambda: saver.is_on, what="the screen saver")
    finally:
        saver.close()


@needs("xset")
async def test_on_a_plain_x_server_its_own_screen_saver_waits(place: Desktop, awake: ScreenAwake) -> None:
    """No desktop, no login manager: it comes on only after the stretch."""
    saver = XScreenSaver(place, after_s=1)
    try:
        await awake.hold()
        assert "X server" in awake.describe()
        await place.until(lambda: saver.idle_s > 1.5, what="more idle time than it waits for")
        assert not saver.is_on
        await awake.release()
        await place.until(lambda: saver.is_on, what="the screen saver")
    finally:
        saver.close()


@needs("mate-session", "mate-screensaver")
async def test_one_that_hangs_keeps_no_other_from_it(place: Desktop, awake: ScreenAwake) -> None:
    """Nor the end of the stretch; and what it took while it hung ends with the connection."""
    locks = ScreenLocks(place, ["org.gnome.SessionManager", "org.mate.ScreenSaver"])
    hung = locks.processes.pop("org.mate.ScreenSaver")
    hung.send_signal(signal.SIGSTOP)
    try:
        await awake.hold()
        assert locks.holding() == {"org.gnome.SessionManager", "logind"}
        assert "org.mate.ScreenSaver" not in awake.describe()
        await awake.release()
        assert locks.holding() == set()
    finally:
        hung.send_signal(signal.SIGCONT)
    locks.processes["org.mate.ScreenSaver"] = hung
    await place.until(lambda: locks.holding() == set(), what="nothing held by the one that woke")


@needs("mate-screensaver")
async def test_one_that_comes_in_the_middle_is_asked_too(place: Desktop, awake: ScreenAwake) -> None:
    """A screen lock that crashed and was started again."""
    locks = ScreenLocks(place, ["org.mate.ScreenSaver"])
    await awake.hold()
    place.stop(locks.processes["org.mate.ScreenSaver"], sig=signal.SIGKILL)
    await place.until(lambda: "org.mate.ScreenSaver" not in awake.describe(), what="the loss")
    locks.start("org.mate.ScreenSaver")
    await place.until(lambda: locks.holding() == {"org.mate.ScreenSaver", "logind"}, what="it held again")


class Service:
    """Takes inhibitions as the specification says, for what cannot run here: Xfce's power manager falls over on a screen that
    cannot be switched off, and Xvfb's is one."""

    def __init__(self, name: str, path: str, interface: str) -> None:
        self.name, self.path, self.interface = name, path, interface
        self.calls: list[str] = []

    async def start(self) -> Bus:
        bus = await Bus.connect("session")
        methods = {"Inhibit": Method("ss", "u", self._inhibit), "UnInhibit": Method("u", "", self._give_back)}
        bus.export(self.path, Interface(self.interface, methods))
        assert await bus.request_name(self.name)
        return bus

    def _inhibit(self, app: str, reason: str) -> int:
        self.calls.append(f"Inhibit {app}: {reason}")
        return 7

    def _give_back(self, cookie: int) -> None:
        self.calls.append(f"UnInhibit {cookie}")


async def test_a_power_manager_that_switches_the_screen_off_is_asked(place: Desktop, awake: ScreenAwake) -> None:
    """Where it has the name without the dot and the object below it, as all of them do."""
    name = "org.freedesktop.PowerManagement"
    service = Service(name, "/org/freedesktop/PowerManagement/Inhibit", f"{name}.Inhibit")
    bus = await service.start()

    await awake.hold()
    assert name in awake.describe()
    await awake.release()
    assert service.calls == ["Inhibit Unsit: A stretch is running", "UnInhibit 7"]
    bus.close()


async def test_one_that_answers_nonsense_is_as_good_as_none(place: Desktop, awake: ScreenAwake) -> None:
    """The others are held all the same."""
    name = "org.freedesktop.ScreenSaver"
    bus = await Bus.connect("session")
    methods = {"Inhibit": Method("ss", "", lambda _app, _reason: None)}
    bus.export("/org/freedesktop/ScreenSaver", Interface(name, methods))
    assert await bus.request_name(name)

    await awake.hold()
    assert name not in awake.describe()
    assert "X server" in awake.describe()
    await awake.release()
    bus.close()


@needs("/usr/libexec/xdg-desktop-portal", "/usr/libexec/xdg-desktop-portal-gtk")
async def test_in_a_sandbox_the_portal_is_asked(
    place: Desktop, awake: ScreenAwake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is all that can be reached there; the real one hands it on to the screen lock, and takes it back."""
    monkeypatch.setattr(screen_awake, "SERVICES", {})
    service = Service("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver")
    bus = await service.start()
    place.start(["/usr/libexec/xdg-desktop-portal-gtk"], "portal-gtk", XDG_CURRENT_DESKTOP="GNOME")
    await place.until(lambda: place.has_name("org.freedesktop.impl.portal.desktop.gtk"))
    place.start(["/usr/libexec/xdg-desktop-portal"], "portal", XDG_CURRENT_DESKTOP="GNOME")
    await place.until(lambda: place.has_name(PORTAL))

    await awake.hold()
    assert PORTAL in awake.describe()
    await place.until(lambda: service.calls == ["Inhibit : A stretch is running"], what="what the portal handed on")
    await awake.release()
    await place.until(lambda: service.calls[1:] == ["UnInhibit 7"], what="what it took back")
    bus.close()


async def test_where_nobody_can_be_asked_it_is_the_browsers(
    monkeypatch: pytest.MonkeyPatch, awake: ScreenAwake
) -> None:
    """No bus, no display: nothing fails, and `status` says who keeps the screen awake."""
    monkeypatch.delenv("DISPLAY", raising=False)
    await awake.hold()
    assert "browser" in awake.describe()
    await awake.release()
