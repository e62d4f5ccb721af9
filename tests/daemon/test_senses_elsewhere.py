"""The daemon with the senses that it has on Windows and on macOS, only the calls of those systems on levers: on the loopback
interface and the portable clock, without a tray."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from support.mac import FakeMac, levers
from support.patience import PATIENCE_S
from support.presence import Heard
from support.settings_home import SettingsHome
from support.windows import FakeWindows
from unsit import paths
from unsit.adapters import films_asked, window_windows
from unsit.adapters.clock_portable import PortableAlarmClock
from unsit.adapters.idle_windows import is_screen_held
from unsit.adapters.macos import LOCKED, UNLOCKED, WILL_POWER_OFF
from unsit.adapters.win32 import (
    ES_DISPLAY_REQUIRED,
    WM_ENDSESSION,
    WM_WTSSESSION_CHANGE,
    WTS_SESSION_LOCK,
    WTS_SESSION_UNLOCK,
)
from unsit.adapters.window_windows import HiddenWindow
from unsit.control_link import dial
from unsit.core.model import State
from unsit.daemon import senses_elsewhere, wiring
from unsit.daemon.instance import InstanceLock


async def wait(predicate: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not predicate():  # noqa: ASYNC110  other threads, and the daemon's own queue
            await asyncio.sleep(0.01)


class Elsewhere:
    def __init__(self, daemon: wiring.Daemon) -> None:
        self.daemon = daemon
        self.run = asyncio.create_task(daemon.run())

    async def until(self, predicate: Callable[[State], object]) -> None:
        def is_so() -> object:
            assert not self.run.done() or self.run.result() is None
            state = self.daemon.shell.state
            return state is not None and predicate(state)

        await wait(is_so)


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
        await asyncio.wait_for(one.run, PATIENCE_S)


async def test_the_daemon_on_windows(
    elsewhere: Callable[[Callable[[wiring.Daemon], None]], Elsewhere], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sees lock and unlock, hears of the end of the session, and ends by it while the window holds that up."""
    windows = FakeWindows()
    monkeypatch.setattr(window_windows, "END_WAITS_S", 0.01)

    def connect(daemon: wiring.Daemon) -> None:
        daemon.ports.presence = senses_elsewhere.windows_presence(
            lambda: windows, lambda: True, daemon._end_with_session
        )

    one = elsewhere(connect)
    await one.until(lambda _state: one.daemon.ports.presence.can_see_input and one.daemon.ports.presence.can_see_unlock)
    _reader, writer = await dial(paths.control_socket())
    writer.close()
    windows.send(WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK)
    await one.until(lambda state: state.is_locked)
    windows.send(WM_WTSSESSION_CHANGE, WTS_SESSION_UNLOCK)
    await one.until(lambda state: not state.is_locked)
    windows.send(WM_ENDSESSION, 1)
    await asyncio.wait_for(one.run, PATIENCE_S)
    assert not paths.control_socket().exists()
    windows.close_window(0x10042)


async def test_the_daemon_on_macos(elsewhere: Callable[[Callable[[wiring.Daemon], None]], Elsewhere]) -> None:
    """The same by notifications, which the main thread takes."""
    mac = FakeMac()

    def connect(daemon: wiring.Daemon) -> None:
        daemon.ports.presence = senses_elsewhere.macos_presence(
            levers(mac), lambda: True, daemon._end_with_session, mac.in_main
        )

    one = elsewhere(connect)
    await one.until(lambda _state: one.daemon.ports.presence.can_see_input and one.daemon.ports.presence.can_see_unlock)
    mac.notify(LOCKED)
    await one.until(lambda state: state.is_locked)
    mac.notify(UNLOCKED)
    await one.until(lambda state: not state.is_locked)
    mac.notify(WILL_POWER_OFF)
    await asyncio.wait_for(one.run, PATIENCE_S)
    await asyncio.to_thread(mac.end)
    assert mac.mask == 0 and not mac.is_observed


@pytest.mark.parametrize("system", ["Windows", "macOS"])
async def test_a_film_is_presence_there_too(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen is held awake: the pause is told of only after the end of that, counted from there. Nothing is asked again
    once nobody waits for it."""
    monkeypatch.setattr(films_asked, "LOOK_EVERY_S", 0.05)
    windows, mac, heard = FakeWindows(), FakeMac(), Heard()
    windows.state, mac.assertions_say = ES_DISPLAY_REQUIRED, {"PreventUserIdleDisplaySleep": 1}
    presence = (
        senses_elsewhere.windows_presence(lambda: windows, lambda: True, lambda: None)
        if system == "Windows"
        else senses_elsewhere.macos_presence(levers(mac), lambda: True, lambda: None, mac.in_main)
    )
    await presence.start(heard)
    presence.watch(0.3)
    plays_until_s = time.monotonic() + 0.8
    await wait(lambda: time.monotonic() > plays_until_s)
    assert heard.words == []

    windows.state, mac.assertions_say = 0, {}
    ended_s = time.monotonic()
    await wait(lambda: heard.words)
    assert heard.words == ["input_stopped"]
    assert heard.last("input_stopped") - ended_s >= 0.3
    assert heard.agos[0] is not None and 0.3 <= heard.agos[0] <= heard.last("input_stopped") - ended_s
    films = presence._films
    assert isinstance(films, films_asked.AskedFilms)
    await wait(lambda: films._look is None)
    await presence.stop()
    await asyncio.to_thread(mac.end)


async def test_a_system_that_does_not_say_has_no_film() -> None:
    """A pause is a pause then, and not lost."""
    windows = FakeWindows()
    windows.is_broken = True
    films = films_asked.AskedFilms(lambda: is_screen_held(HiddenWindow(lambda: windows)))
    assert films.is_inhibited is False


def test_another_system_has_none() -> None:
    """The person counts as present there."""
    presence = senses_elsewhere.presence_elsewhere(lambda: True, lambda: None, None)
    assert presence.probes() == []
