"""logind as python-dbusmock plays it, on a private system bus."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from support.desktop import Desktop, needs
from support.patience import PATIENCE_S
from support.presence import Heard
from unsit.adapters.bus import PROPERTIES, Bus, Interface, Method, Property
from unsit.adapters.session_logind import LOGIN1, MANAGER, MANAGER_PATH, SESSION, USER, LogindSession
from unsit.ports import AdapterError

pytestmark = needs("dbus-daemon", "/usr/bin/python3")

MOCK = "org.freedesktop.DBus.Mock"
HELD = [("sleep", "Unsit", "Writes down when you left", "delay")]
"""What the system lists while a suspend would wait for us."""


class Logind:
    """The other side: what the system does."""

    def __init__(self, bus: Bus, desktop: Desktop) -> None:
        self.bus = bus
        self.desktop = desktop
        self.path = ""

    async def add_session(
        self, session_id: str, *, uid: int | None = None, active: bool = True, kind: str = "x11"
    ) -> str:
        (path,) = await self._mock(
            MANAGER_PATH, "AddSession", "ssusb", session_id, "seat0", os.getuid() if uid is None else uid, "ann", active
        )
        await self.update(path, Type=("s", kind))
        self.path = path
        return str(path)

    async def update(self, path: str | None = None, **properties: tuple[str, Any]) -> None:
        await self._mock(path or self.path, "UpdateProperties", "sa{sv}", SESSION, properties)

    async def hint(self, is_locked: bool) -> None:
        await self.update(LockedHint=("b", is_locked))

    async def ask_to(self, member: str) -> None:
        """As loginctl lock-session and unlock-session do."""
        await self.bus.call(LOGIN1, self.path, SESSION, member)

    async def prepare_for_sleep(self, is_going_down: bool) -> None:
        await self._mock(MANAGER_PATH, "EmitSignal", "sssav", MANAGER, "PrepareForSleep", "b", [("b", is_going_down)])

    async def inhibitors(self) -> list[tuple[str, str, str, str]]:
        (entries,) = await self.bus.call(LOGIN1, MANAGER_PATH, MANAGER, "ListInhibitors")
        return [entry[:4] for entry in entries]

    async def until_inhibited(self, predicate: Callable[[list[tuple[str, str, str, str]]], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not predicate(await self.inhibitors()):  # noqa: ASYNC110  the mock tells nobody
                await asyncio.sleep(0.01)

    async def refuse(self, method: str, in_sig: str, out_sig: str) -> None:
        code = 'raise dbus.exceptions.DBusException("no", name="org.freedesktop.DBus.Error.AccessDenied")'
        await self.add_method(method, in_sig, out_sig, code)

    async def add_method(self, method: str, in_sig: str, out_sig: str, code: str) -> None:
        await self._mock(MANAGER_PATH, "AddMethod", "sssss", MANAGER, method, in_sig, out_sig, code)

    async def settle(self) -> None:
        """All that was emitted so far has been heard by everybody."""
        await self.bus.call(LOGIN1, MANAGER_PATH, "org.freedesktop.DBus.Peer", "Ping")

    async def _mock(self, path: str, member: str, signature: str, *body: Any) -> tuple[Any, ...]:
        return await self.bus.call(LOGIN1, path, MOCK, member, signature, *body, timeout_s=10)


@pytest.fixture
async def logind(make_desktop: Callable[..., Desktop], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Logind]:
    desktop = make_desktop(screen=False, system_bus=True)
    desktop.start_logind()
    desktop.enter(monkeypatch)
    monkeypatch.delenv("XDG_SESSION_ID", raising=False)
    bus = await Bus.connect("system")
    yield Logind(bus, desktop)
    bus.close()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def session(logind: Logind, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LogindSession]:
    await logind.add_session("c2")
    monkeypatch.setenv("XDG_SESSION_ID", "c2")
    made = LogindSession()
    await made.start(heard)
    yield made
    await made.stop()


async def until(logind: Logind, heard: Heard, *words: str) -> None:
    await logind.desktop.until(lambda: heard.words == list(words), 10, f"{words}, not {heard.words}")


async def test_the_hint_of_the_session_is_its_lock(logind: Logind, session: LogindSession, heard: Heard) -> None:
    """Each change once; its first change also tells that the end of a lock will be known."""
    assert session.works
    assert not session.sees_unlock
    assert await session.is_locked() is False
    await logind.hint(True)
    await until(logind, heard, "sensors_changed", "locked")
    assert session.sees_unlock
    assert await session.is_locked() is True
    await logind.hint(True)
    await logind.hint(False)
    await until(logind, heard, "sensors_changed", "locked", "unlocked")
    await logind.hint(True)
    await until(logind, heard, "sensors_changed", "locked", "unlocked", "locked")


async def test_where_nobody_sets_the_hint_the_request_is_believed(
    logind: Logind, session: LogindSession, heard: Heard
) -> None:
    """As under sway: but then nobody promises to tell the end. A second request is said again."""
    await logind.ask_to("Lock")
    await until(logind, heard, "locked")
    assert not session.sees_unlock
    await logind.ask_to("Unlock")
    await until(logind, heard, "locked", "unlocked")
    await logind.ask_to("Lock")
    await logind.ask_to("Lock")
    await until(logind, heard, "locked", "unlocked", "locked", "locked")


async def test_where_the_hint_is_set_a_request_is_only_a_request(
    logind: Logind, session: LogindSession, heard: Heard
) -> None:
    """A desktop may refuse to lock, and takes its time to; asked to unlock, it may show that it is still locked."""
    await logind.ask_to("Lock")
    await logind.hint(True)
    await until(logind, heard, "locked", "sensors_changed")
    await logind.ask_to("Unlock")
    await logind.hint(False)
    await until(logind, heard, "locked", "sensors_changed", "unlocked")
    heard.clear()
    await logind.ask_to("Lock")
    await logind.settle()
    await logind.hint(True)
    await until(logind, heard, "locked")


async def test_a_session_that_is_switched_away_counts_as_locked(
    logind: Logind, session: LogindSession, heard: Heard
) -> None:
    """Another user at the desk; back again it is unlocked only if it was not locked itself."""
    await logind.update(Active=("b", False))
    await until(logind, heard, "locked")
    await logind.update(Active=("b", True))
    await until(logind, heard, "locked", "unlocked")
    heard.clear()
    await logind.hint(True)
    await logind.update(Active=("b", False))
    await logind.update(Active=("b", True))
    await logind.settle()
    await until(logind, heard, "sensors_changed", "locked")
    assert await session.is_locked() is True


async def test_a_session_found_locked_is_locked_without_an_event(
    logind: Logind, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon may start behind a lock."""
    await logind.add_session("c2")
    await logind.hint(True)
    monkeypatch.setenv("XDG_SESSION_ID", "c2")
    session = LogindSession()
    await session.start(heard)
    assert await session.is_locked() is True
    assert session.sees_unlock
    await logind.hint(False)
    await until(logind, heard, "unlocked")
    await session.stop()


async def test_a_suspend_waits_until_we_are_ready(logind: Logind, session: LogindSession, heard: Heard) -> None:
    """The inhibitor is held from the start, released when `about_to_sleep` returns and not before, and taken again."""
    assert await logind.inhibitors() == HELD
    written = asyncio.Event()

    async def write() -> None:
        await written.wait()

    heard.before_sleep = write
    await logind.prepare_for_sleep(True)
    await until(logind, heard, "about_to_sleep")
    await logind.prepare_for_sleep(True)  # told twice is told once
    await logind.settle()
    assert await logind.inhibitors() == HELD
    written.set()
    await logind.until_inhibited(lambda entries: not entries)
    await logind.prepare_for_sleep(False)
    await until(logind, heard, "about_to_sleep", "woke")
    await logind.until_inhibited(lambda entries: entries == HELD)


async def test_a_wake_before_we_were_ready_takes_a_new_inhibitor(
    logind: Logind, session: LogindSession, heard: Heard
) -> None:
    """The delay ran out; what releases the old one must not release the new one."""
    written = asyncio.Event()

    async def write() -> None:
        await written.wait()

    heard.before_sleep = write
    await logind.prepare_for_sleep(True)
    await until(logind, heard, "about_to_sleep")
    await logind.prepare_for_sleep(False)
    await until(logind, heard, "about_to_sleep", "woke")
    await logind.until_inhibited(lambda entries: len(entries) == 2)
    written.set()
    await logind.until_inhibited(lambda entries: entries == HELD)


async def test_stopping_releases_the_inhibitor(logind: Logind, session: LogindSession, heard: Heard) -> None:
    """And nothing is reported any more."""
    await session.stop()
    await logind.until_inhibited(lambda entries: not entries)
    await logind.hint(True)
    await logind.settle()
    assert heard.words == []
    assert not session.works
    assert await session.is_locked() is None


async def test_without_an_inhibitor_all_the_rest_works(
    logind: Logind, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy may refuse it."""
    await logind.add_session("c2")
    monkeypatch.setenv("XDG_SESSION_ID", "c2")
    await logind.refuse("Inhibit", "ssss", "h")
    session = LogindSession()
    await session.start(heard)
    assert await logind.inhibitors() == []
    await logind.prepare_for_sleep(True)
    await logind.prepare_for_sleep(False)
    await until(logind, heard, "about_to_sleep", "woke")
    await session.stop()


def process_of(desktop: Desktop, name: str) -> subprocess.Popen[str]:
    return next(process for process, log in desktop._processes if log.stem == name)


async def export_logind(bus: Bus, session: str, *, is_locked: bool) -> None:
    """A logind that knows its sessions from its first moment on, as the real one does when it is restarted."""
    properties = {
        "LockedHint": Property("b", lambda: is_locked),
        "Active": Property("b", lambda: True),
        "Type": Property("s", lambda: "wayland"),
        "User": Property("(uo)", lambda: (os.getuid(), "/org/freedesktop/login1/user/_1")),
    }
    bus.export(session, Interface(SESSION, properties=properties))
    bus.export(MANAGER_PATH, Interface(MANAGER, {"GetSession": Method("s", "o", lambda _id: session)}))
    assert await bus.request_name(LOGIN1)


async def test_a_logind_that_restarts_is_followed_again(logind: Logind, session: LogindSession, heard: Heard) -> None:
    """It is told that it has gone and come, and the lock that was set meanwhile."""
    logind.desktop.stop(process_of(logind.desktop, "logind"))
    await until(logind, heard, "sensors_changed")
    assert not session.works
    assert await session.is_locked() is None
    assert "gone" in session.describe()
    await export_logind(logind.bus, "/org/freedesktop/login1/session/c2", is_locked=True)
    await until(logind, heard, "sensors_changed", "sensors_changed", "locked")
    assert session.works
    assert session.sees_unlock
    changed = ("LockedHint", ("b", False))
    logind.bus.emit(
        "/org/freedesktop/login1/session/c2", PROPERTIES, "PropertiesChanged", "sa{sv}as", SESSION, dict([changed]), []
    )
    await until(logind, heard, "sensors_changed", "sensors_changed", "locked", "unlocked")


async def test_the_bus_dies_with_everything(logind: Logind, session: LogindSession, heard: Heard) -> None:
    """It is told, and nothing breaks."""
    logind.desktop.stop(process_of(logind.desktop, "system-bus"))
    await logind.desktop.until(lambda: not session.works, 10, "the loss to be noticed")
    assert heard.words == ["sensors_changed"]
    await session.stop()


async def test_a_bus_that_comes_back_is_followed_again(logind: Logind, session: LogindSession, heard: Heard) -> None:
    """And the lock that was set meanwhile is told, as is its end."""
    logind.desktop.stop(process_of(logind.desktop, "system-bus"))
    await logind.desktop.until(lambda: not session.works, 10, "the loss to be noticed")
    await asyncio.to_thread(logind.desktop.start_system_bus)
    system = await Bus.connect("system")
    path = "/org/freedesktop/login1/session/c2"
    await export_logind(system, path, is_locked=True)
    await until(logind, heard, "sensors_changed", "sensors_changed", "locked")
    assert session.works
    system.emit(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", SESSION, {"LockedHint": ("b", False)}, [])
    await until(logind, heard, "sensors_changed", "sensors_changed", "locked", "unlocked")
    system.close()


async def test_the_session_is_found_by_the_users_display(
    logind: Logind, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service of the user's systemd belongs to no session; an XDG_SESSION_ID left from a console is passed over."""
    display = await logind.add_session("7")
    await logind.add_session("3", kind="tty")
    # The mock's own adds a number to a text.
    code = 'ret = "/org/freedesktop/login1/user/%d" % args[0]'
    await logind.add_method("GetUser", "u", "o", code)
    await logind.bus.call(
        LOGIN1, f"/org/freedesktop/login1/user/{os.getuid()}", PROPERTIES, "Set", "ssv",
        USER, "Display", ("(so)", ("7", display)),
    )  # fmt: skip
    monkeypatch.setenv("XDG_SESSION_ID", "3")
    session = LogindSession()
    await session.start(heard)
    assert session.describe() == "logind: follows the session 7"
    await session.stop()


async def test_a_session_of_somebody_else_is_not_ours(
    logind: Logind, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment carried over by su names the other one's."""
    await logind.add_session("4", uid=os.getuid() + 1)
    monkeypatch.setenv("XDG_SESSION_ID", "4")
    with pytest.raises(AdapterError, match="outside any session"):
        await LogindSession().start(heard)


async def test_no_logind_and_no_system_bus_are_errors_for_people(
    make_desktop: Callable[..., Desktop], monkeypatch: pytest.MonkeyPatch, heard: Heard
) -> None:
    """Each in its own words."""
    desktop = make_desktop(screen=False)
    desktop.enter(monkeypatch)
    session = LogindSession()
    with pytest.raises(AdapterError, match="no system bus"):
        await session.start(heard)
    assert not session.works
    desktop.start_system_bus()
    desktop.enter(monkeypatch)
    with pytest.raises(AdapterError, match="logind does not run"):
        await LogindSession().start(heard)
