"""The daemon with the senses that it has on Windows and on macOS, only the calls of those systems on levers: on the loopback
interface and the portable clock, without a tray."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from support.mac import FakeMac, levers
from support.settings_home import SettingsHome
from support.windows import FakeWindows
from unsit import paths
from unsit.adapters import idle_macos, session_macos, window_windows
from unsit.adapters.clock_portable import PortableAlarmClock
from unsit.adapters.macos import LOCKED, UNLOCKED, WILL_POWER_OFF
from unsit.adapters.win32 import WM_ENDSESSION, WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK, WTS_SESSION_UNLOCK
from unsit.control_link import dial
from unsit.core.model import State
from unsit.daemon import senses_elsewhere, wiring
from unsit.daemon.instance import InstanceLock


class Elsewhere:
    def __init__(self, daemon: wiring.Daemon) -> None:
        self.daemon = daemon
        self.run = asyncio.create_task(daemon.run())

    async def until(self, predicate: Callable[[State], object]) -> None:
        async with asyncio.timeout(10):
            while (state := self.daemon.shell.state) is None or not predicate(state):
                assert not self.run.done() or self.run.result() is None
                await asyncio.sleep(0.01)


@pytest.fixture
async def elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[[Callable[[wiring.Daemon], None]], Elsewhere]]:
    SettingsHome(tmp_path / "settings", monkeypatch)
    for variable in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        (tmp_path / variable).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv(paths.TRANSPORT_VARIABLE, "loopback")
    monkeypatch.setattr(wiring, "_clock", PortableAlarmClock)
    made: list[Elsewhere] = []

    def make(connect: Callable[[wiring.Daemon], None]) -> Elsewhere:
        async def connect_daemon(daemon: wiring.Daemon) -> None:
            connect(daemon)

        monkeypatch.setattr(wiring.Daemon, "_connect", connect_daemon)
        loaded, brief = wiring.read_settings(None, {"away.credit": "5m", "away.idle_after": "5m"})
        made.append(Elsewhere(wiring.Daemon(loaded, brief, InstanceLock(paths.own_runtime_dir()), None)))
        return made[-1]

    yield make
    for one in made:
        one.daemon.shell.stop()
        await asyncio.wait_for(one.run, 10)


async def test_the_daemon_on_windows(
    elsewhere: Callable[[Callable[[wiring.Daemon], None]], Elsewhere], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sees lock and unlock, hears of the end of the session, and ends by it while the window holds that up."""
    windows = FakeWindows()
    monkeypatch.setattr(window_windows, "HiddenWindow", functools.partial(window_windows.HiddenWindow, lambda: windows))
    monkeypatch.setattr(window_windows, "END_WAITS_S", 0.01)

    def connect(daemon: wiring.Daemon) -> None:
        daemon.ports.presence = senses_elsewhere.windows_presence(daemon._end_with_session)

    one = elsewhere(connect)
    await one.until(lambda _state: one.daemon.ports.presence.can_see_input and one.daemon.ports.presence.can_see_unlock)
    _reader, writer = await dial(paths.control_socket())
    writer.close()
    windows.send(WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK)
    await one.until(lambda state: state.is_locked)
    windows.send(WM_WTSSESSION_CHANGE, WTS_SESSION_UNLOCK)
    await one.until(lambda state: not state.is_locked)
    windows.send(WM_ENDSESSION, 1)
    await asyncio.wait_for(one.run, 10)
    assert not paths.control_socket().exists()
    windows.close_window(0x10042)


async def test_the_daemon_on_macos(
    elsewhere: Callable[[Callable[[wiring.Daemon], None]], Elsewhere], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same by notifications, which the main thread takes."""
    mac = FakeMac()
    for module, name in ((idle_macos, "MacOSInput"), (session_macos, "MacOSSession")):
        monkeypatch.setattr(module, name, functools.partial(getattr(module, name), make_system=levers(mac)))

    def connect(daemon: wiring.Daemon) -> None:
        daemon.ports.presence = senses_elsewhere.macos_presence(daemon._end_with_session, mac.in_main)

    one = elsewhere(connect)
    await one.until(lambda _state: one.daemon.ports.presence.can_see_input and one.daemon.ports.presence.can_see_unlock)
    mac.notify(LOCKED)
    await one.until(lambda state: state.is_locked)
    mac.notify(UNLOCKED)
    await one.until(lambda state: not state.is_locked)
    mac.notify(WILL_POWER_OFF)
    await asyncio.wait_for(one.run, 10)
    await asyncio.to_thread(mac.end)
    assert mac.mask == 0 and not mac.is_observed


def test_another_system_has_none() -> None:
    """The person counts as present there."""
    presence = senses_elsewhere.presence_elsewhere(lambda: None, None)
    assert presence.probes() == []
