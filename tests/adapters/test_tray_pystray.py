"""The tray of other systems, with pystray's one backend that runs here: its X11 icon, in a real panel."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from support.desktop import Desktop, needs
from support.snapshots import prompt, session, snapshot
from support.trays import AMBER, GREEN, Desk, wait_for_icon
from unsit.adapters import tray_pystray
from unsit.adapters.tray_pystray import PystrayTray
from unsit.daemon.status_line import lasting_status_line

pytestmark = needs("trayer")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def x_desktop(make_desktop: Callable[..., Desktop], monkeypatch: pytest.MonkeyPatch) -> Desktop:
    made = make_desktop(size="1000x400")
    made.enter(monkeypatch)
    made.start_panel("trayer")
    return made


@pytest.fixture
async def tray(x_desktop: Desktop, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PystrayTray]:
    from pystray import _xorg  # opens the display when it is imported

    class Icon(_xorg.Icon):  # type: ignore[misc]
        def __del__(self) -> None:
            """pystray's speaks to the X server, which is gone when the garbage is collected."""

    monkeypatch.setattr(tray_pystray, "NativeIcon", Icon)
    made = PystrayTray(desk.menu, desk.send, lasting_status_line)
    yield made
    await made.stop()


async def test_icon_shows_the_state(x_desktop: Desktop, tray: PystrayTray) -> None:
    """From the first state on, and then every state."""
    assert await tray.start()
    assert tray.describe().endswith("not shown yet")
    tray.refresh(snapshot(phase="due", prompt=prompt()))
    await wait_for_icon(x_desktop, AMBER)
    assert tray.describe().endswith(": shown")
    tray.refresh(snapshot(phase="session", session=session()))
    await wait_for_icon(x_desktop, GREEN)
    await tray.stop()
    await wait_for_icon(x_desktop, None)


async def test_click_arrives_on_the_loop(x_desktop: Desktop, tray: PystrayTray) -> None:
    """The icon's thread touches nothing of the daemon's: the command comes in the thread of the loop."""
    threads: list[threading.Thread] = []
    tray._send = lambda *asked: threads.append(threading.current_thread())
    await tray.start()
    tray.refresh(snapshot())
    await x_desktop.until(lambda: "not shown" not in tray.describe(), 5, "the icon")
    await asyncio.to_thread(tray._icon)
    await x_desktop.until(lambda: threads, 5, "the command")

    assert threads == [threading.main_thread()]


async def test_stop_before_the_first_state(x_desktop: Desktop, tray: PystrayTray) -> None:
    """A start that ends at once leaves no thread behind."""
    await tray.start()
    await tray.stop()
    await x_desktop.until(
        lambda: "tray" not in {thread.name for thread in threading.enumerate()}, 5, "the thread's end"
    )
