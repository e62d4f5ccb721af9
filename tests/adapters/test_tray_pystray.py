"""The tray of other systems, over pystray's own base class with a backend that keeps what it is given.

Neither Windows' nor macOS' backend runs here, and pystray's X11 one has a race of its own between its two threads.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.desktop import wait_until
from support.kept_icon import KeptIcon
from support.snapshots import prompt, session, snapshot
from support.trays import AMBER, GREEN, Desk
from unsit import paths
from unsit.adapters import tray_pystray
from unsit.adapters.tray_pystray import PystrayTray
from unsit.daemon.instance import InstanceLock
from unsit.daemon.status_line import lasting_status_line
from unsit.daemon.wiring import Daemon, read_settings


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def tray(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PystrayTray]:
    monkeypatch.setattr(tray_pystray, "NativeIcon", KeptIcon)
    made = PystrayTray(desk.menu, desk.send, lasting_status_line)
    yield made
    await made.stop()
    assert await asyncio.to_thread(wait_until, lambda: "tray" not in {t.name for t in threading.enumerate()}, 5)


async def has_title(tray: PystrayTray, title: str) -> bool:
    """The title is the last that a refresh sets."""
    return await asyncio.to_thread(wait_until, lambda: tray._icon.title == title, 5)


async def test_icon_shows_the_state(tray: PystrayTray, desk: Desk) -> None:
    """Nothing is read before there is a state; then every state has its picture, its title and its menu."""
    assert await tray.start()
    assert tray.describe().endswith(": not shown yet")
    assert tray._icon.menus == []
    tray.refresh(snapshot(phase="due", prompt=prompt()))
    assert await has_title(tray, "Unsit: Time to get up · sitting since 09:52")
    assert tray.describe().endswith(": shown")
    assert tray._icon.colours[-1] == AMBER

    desk.shown = snapshot(phase="session", session=session())
    tray.refresh(desk.shown)
    assert tray._icon.colours[-1] == GREEN
    assert "Stop the stretch" in tray._icon.menus[-1]


async def test_click_arrives_on_the_loop(tray: PystrayTray, desk: Desk) -> None:
    """The icon's thread touches nothing of the daemon's: the command comes in the thread of the loop."""
    threads: list[threading.Thread] = []
    tray._send = lambda *_asked: threads.append(threading.current_thread())
    await tray.start()
    tray.refresh(snapshot())
    assert await has_title(tray, "Unsit: Next break at 10:52 · sitting since 09:52")
    await asyncio.to_thread(tray._icon)
    await asyncio.sleep(0)

    assert threads == [threading.main_thread()]


async def test_the_daemon_shows_itself_in_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The whole daemon with this tray: its own menu, and what is chosen there happens."""
    monkeypatch.setattr(tray_pystray, "NativeIcon", KeptIcon)
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path)
    made: list[PystrayTray] = []

    async def connect(daemon: Daemon) -> None:
        tray = daemon.ports.tray = daemon._pystray_tray()
        assert isinstance(tray, PystrayTray)
        made.append(tray)

    monkeypatch.setattr(Daemon, "_connect", connect)
    daemon = Daemon(*read_settings(None), InstanceLock(paths.own_runtime_dir()), None)
    running = asyncio.create_task(daemon.run())
    assert await asyncio.to_thread(wait_until, lambda: made and made[0].describe().endswith(": shown"), 10)
    icon = made[0]._icon
    assert await asyncio.to_thread(wait_until, lambda: icon.menus and "I am standing" in icon.menus[-1], 5)

    (stand,) = [item for item in icon.menu if item.text == "I am standing"]
    await asyncio.to_thread(stand, icon)
    assert await asyncio.to_thread(wait_until, lambda: "I am sitting" in icon.menus[-1], 5)

    daemon.shell.stop()
    await running
    assert "tray" not in {thread.name for thread in threading.enumerate()}


async def test_stop_before_the_first_state(tray: PystrayTray) -> None:
    """A start that ends at once leaves no thread behind (the fixture looks)."""
    await tray.start()
    await tray.stop()

    assert tray._icon.menus == []
