"""The icon of old X11 panels, in real ones; and which of the two trays Linux gets."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.protocol.event import ClientMessage

from support.desktop import Desktop, needs
from support.snapshots import prompt, session, snapshot
from support.trays import AMBER, GREEN, Desk, FakeWatcher, wait_for_icon, xdotool
from unsit.adapters.tray_linux import LinuxTray
from unsit.adapters.tray_xembed import ASK_AGAIN_MOST, XembedTray
from unsit.daemon.status_line import lasting_status_line

DUE = snapshot(phase="due", prompt=prompt())
SESSION = snapshot(phase="session", session=session())


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def x_desktop(make_desktop: Callable[..., Desktop], monkeypatch: pytest.MonkeyPatch) -> Desktop:
    """A desktop without a panel, on whose screen this process is."""
    made = make_desktop(size="1000x400", services=True)
    made.enter(monkeypatch)
    return made


@pytest.fixture
async def tray(x_desktop: Desktop, desk: Desk) -> AsyncIterator[XembedTray]:
    made = XembedTray(desk.menu, desk.send, lasting_status_line)
    made.refresh(DUE)
    yield made
    await made.stop()


class ForgetfulPanel:
    """A tray of the same protocol that takes an icon only after it has lost some requests.

    Attributes:
        requests: the windows that asked.
    """

    def __init__(self, desktop: Desktop, *, forgets: int) -> None:
        self.requests: list[int] = []
        self._forgets = forgets
        self._display = Display(desktop.display)
        self._window = self._display.screen().root.create_window(0, 0, 32, 32, 0, X.CopyFromParent)
        self._window.map()
        self._window.set_selection_owner(self._display.intern_atom("_NET_SYSTEM_TRAY_S0"), X.CurrentTime)
        self._display.sync()
        asyncio.get_running_loop().add_reader(self._display.fileno(), self._read)

    def announce(self) -> None:
        root, atom = self._display.screen().root, self._display.intern_atom
        words = (X.CurrentTime, atom("_NET_SYSTEM_TRAY_S0"), self._window.id, 0, 0)
        message = ClientMessage(window=root, client_type=atom("MANAGER"), data=(32, words))
        root.send_event(message, event_mask=X.StructureNotifyMask)
        self._display.flush()

    def close(self) -> None:
        """The server has forgotten it when this returns."""
        asyncio.get_running_loop().remove_reader(self._display.fileno())
        self._window.destroy()
        self._display.sync()
        self._display.close()

    def _read(self) -> None:
        while self._display.pending_events():
            event = self._display.next_event()
            if event.type != X.ClientMessage:
                continue
            self.requests.append(event.data[1][2])
            if len(self.requests) > self._forgets:
                self._display.create_resource_object("window", self.requests[-1]).reparent(self._window, 0, 0)
                self._display.flush()


@pytest.mark.parametrize(
    "kind", [pytest.param("trayer", marks=needs("trayer")), pytest.param("xfce", marks=needs("xfce4-panel"))]
)
async def test_icon_in_a_real_panel(kind: str, x_desktop: Desktop, desk: Desk, tray: XembedTray) -> None:
    """Drawn in its state's colour; either button opens the status page; another state is another picture; then gone."""
    x_desktop.start_panel(kind)

    assert await tray.start()
    assert tray.describe() == "XEmbed tray, without a menu"
    x, y = await wait_for_icon(x_desktop, AMBER)
    assert tray._icon.is_embedded
    await xdotool(x_desktop, "mousemove", x, y, "sleep", 0.2, "click", 1)
    await x_desktop.until(lambda: len(desk.asked) == 1, 5, "the left click")
    await xdotool(x_desktop, "click", 3)
    await x_desktop.until(lambda: len(desk.asked) == 2, 5, "the right click")
    assert desk.asked == [("open", {"page": "status"})] * 2

    tray.refresh(SESSION)
    await wait_for_icon(x_desktop, GREEN)
    await tray.stop()
    await wait_for_icon(x_desktop, None)
    assert not tray.is_taken


@needs("trayer")
async def test_panel_that_comes_late_and_again(x_desktop: Desktop, tray: XembedTray) -> None:
    """The icon docks when the panel comes, leaves no stray window when it dies, and docks in the next one."""
    assert not await tray.start()
    assert "no panel offers one" in tray.describe()

    panel = x_desktop.start_panel("trayer")
    await wait_for_icon(x_desktop, AMBER)
    assert tray.is_taken
    x_desktop.stop(panel, sig=signal.SIGKILL)
    await x_desktop.until(lambda: not tray.is_taken, 5, "the loss")
    await wait_for_icon(x_desktop, None)
    tray.refresh(SESSION)
    x_desktop.start_panel("trayer")
    await wait_for_icon(x_desktop, GREEN)
    assert tray.is_taken


async def test_panel_that_loses_the_first_request_is_asked_again(
    x_desktop: Desktop, tray: XembedTray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does that is just starting. Once it has taken the icon it is left alone."""
    monkeypatch.setattr("unsit.adapters.tray_xembed.ASK_AGAIN_S", 0.05)
    monkeypatch.setattr("unsit.adapters.tray_xembed.ASK_AGAIN_MOST", 2)  # however long the panel takes for the last one
    panel = ForgetfulPanel(x_desktop, forgets=2)
    assert await tray.start()
    await x_desktop.until(lambda: len(panel.requests) == 3, 5, "the third request")
    await x_desktop.until(lambda: tray._icon.is_embedded, 5, "the icon in the panel")

    assert (tray._ask_timer, tray._n_asked_again) == (None, 0)
    assert len(panel.requests) == 3
    assert len(set(panel.requests)) == 3  # windows: one that is withdrawn is in nobody's way
    panel.close()
    await x_desktop.until(lambda: not tray.is_taken, 5, "the loss")


async def test_panel_that_dies_as_it_is_asked_is_no_panel(
    x_desktop: Desktop, tray: XembedTray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its window is gone between the two questions: nothing fails, and the next panel gets the icon."""
    monkeypatch.setattr("unsit.adapters.tray_xembed.ASK_AGAIN_S", 0.05)
    assert not await tray.start()
    panel = ForgetfulPanel(x_desktop, forgets=1000)
    find = tray._icon._get_systray_manager

    def find_and_lose() -> Any:
        found = find()
        panel.close()
        return found

    monkeypatch.setattr(tray._icon, "_get_systray_manager", find_and_lose)
    tray._icon.dock_again()
    monkeypatch.setattr(tray._icon, "_get_systray_manager", find)
    tray._drain()
    await x_desktop.until(lambda: not tray.is_taken, what="that there is none")

    panel = ForgetfulPanel(x_desktop, forgets=0)
    panel.announce()
    await x_desktop.until(lambda: tray._icon.is_embedded, what="the icon in the next panel")
    panel.close()


async def test_panel_that_never_takes_the_icon_is_not_asked_for_ever(
    x_desktop: Desktop, tray: XembedTray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of ours goes on for ever while nobody does anything."""
    monkeypatch.setattr("unsit.adapters.tray_xembed.ASK_AGAIN_S", 0.02)
    panel = ForgetfulPanel(x_desktop, forgets=1000)
    assert await tray.start()
    await x_desktop.until(lambda: len(panel.requests) == 1 + ASK_AGAIN_MOST, 5, "the last request")

    assert tray._ask_timer is None
    panel.close()


@needs("trayer", "xdotool")
async def test_tooltip_is_the_name_of_the_window(x_desktop: Desktop, tray: XembedTray) -> None:
    """Panels show it, and screen readers read it: also what is not Latin-1."""
    x_desktop.start_panel("trayer")
    await tray.start()
    tray.refresh(snapshot())
    window = (await asyncio.to_thread(x_desktop.run, ["xdotool", "search", "--class", "unsit"])).stdout.split()[0]
    done = await asyncio.to_thread(x_desktop.run, ["xprop", "-id", window, "_NET_WM_NAME"], LC_ALL="C.UTF-8")

    assert "Next break at 10:52 · sitting since 09:52" in done.stdout


async def test_x_server_that_dies_is_described(desk: Desk, x_desktop: Desktop, tray: XembedTray) -> None:
    """The desktop is gone; the program ends by its session, not by an exception."""
    await tray.start()
    screen = next(process for process, log in x_desktop._processes if log.stem == "Xvfb")
    screen.send_signal(signal.SIGKILL)
    await x_desktop.until(lambda: "X server is gone" in tray.describe(), 5, "the loss")

    tray.refresh(SESSION)


async def test_no_display_is_no_tray(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason, not an exception of Xlib's."""
    monkeypatch.setenv("DISPLAY", ":4711")
    tray = XembedTray(desk.menu, desk.send, lasting_status_line)

    assert not await tray.start()
    assert "no XEmbed tray has the icon" in tray.describe()
    tray.refresh(DUE)
    await tray.stop()


@needs("trayer")
def test_pillow_is_not_loaded_for_it(x_desktop: Desktop) -> None:
    """Drawing needs no Pillow, and docking no thread: 5 MB and a stack."""
    x_desktop.start_panel("trayer")
    program = """
import asyncio, sys, threading
from unsit.adapters.tray_xembed import XembedTray
from unsit.adapters.pystray_base import Menu
async def main():
    tray = XembedTray(lambda act: Menu(), print, str)
    print(await tray.start(), "PIL.Image" in sys.modules, threading.active_count())
    await tray.stop()
asyncio.run(main())
"""
    done = x_desktop.run([sys.executable, "-c", program])

    assert done.stdout.split() == ["True", "False", "1"], done.stderr


# ----------------------------------------------------------------------------------------------------------- which one


@pytest.fixture
async def linux_tray(x_desktop: Desktop, desk: Desk) -> AsyncIterator[LinuxTray]:
    made = LinuxTray(desk.menu, desk.send, lasting_status_line, address=x_desktop.bus_address, xembed_after_s=0.05)
    made.refresh(DUE)
    yield made
    await made.stop()


@needs("trayer")
async def test_old_panel_is_used_until_a_better_one_comes(x_desktop: Desktop, linux_tray: LinuxTray) -> None:
    """Without a watcher the XEmbed icon; with one the item with its menu, and one icon, not two; and back again."""
    x_desktop.start_panel("trayer")
    assert not await linux_tray.start()
    await wait_for_icon(x_desktop, AMBER)
    assert linux_tray.describe().startswith("XEmbed tray, without a menu; no StatusNotifier tray")

    watcher = await FakeWatcher.started(x_desktop.bus_address)
    await wait_for_icon(x_desktop, None)
    assert linux_tray.describe().startswith("StatusNotifierItem at")
    assert len(watcher.items) == 1

    watcher.stop()
    await wait_for_icon(x_desktop, AMBER)


@needs("trayer")
async def test_watcher_in_time_saves_the_second_icon(
    x_desktop: Desktop, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A panel that takes its time at log-in gets the item; no XEmbed icon is tried meanwhile."""
    tried: list[Any] = []
    monkeypatch.setattr("unsit.adapters.tray_linux.XembedTray", lambda *args: tried.append(args))
    tray = LinuxTray(desk.menu, desk.send, lasting_status_line, address=x_desktop.bus_address, xembed_after_s=0.3)
    assert not await tray.start()
    watcher = await FakeWatcher.started(x_desktop.bus_address)
    await x_desktop.until(lambda: watcher.items, 2, "the registration")
    await asyncio.sleep(0.5)  # longer than the XEmbed icon would have waited

    assert tried == []
    await tray.stop()
    watcher.stop()


async def test_wayland_has_no_old_panels(
    x_desktop: Desktop, desk: Desk, monkeypatch: pytest.MonkeyPatch, linux_tray: LinuxTray
) -> None:
    """An X server for old programs is no reason to load Xlib and wait for a panel that never comes."""
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-1")

    assert not await linux_tray.start()
    await asyncio.sleep(0.2)
    assert linux_tray.describe().startswith("no StatusNotifier tray")


@pytest.mark.parametrize("is_wayland", [False, True])
async def test_a_desktop_without_a_tray_is_told_once(
    x_desktop: Desktop, desk: Desk, monkeypatch: pytest.MonkeyPatch, is_wayland: bool
) -> None:
    """Neither kind of tray: that is said, when it is clear, and a watcher that comes and goes does not say it again."""
    if is_wayland:
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-1")
    told: list[bool] = []
    tray = LinuxTray(
        desk.menu,
        desk.send,
        lasting_status_line,
        on_nothing=lambda: told.append(True),
        address=x_desktop.bus_address,
        xembed_after_s=0.1,
    )
    assert not await tray.start()
    await x_desktop.until(lambda: told, 5, "the word that there is none")

    watcher = await FakeWatcher.started(x_desktop.bus_address)
    await x_desktop.until(lambda: watcher.items, 2, "the registration")
    watcher.stop()
    await asyncio.sleep(0.3)  # longer than it waits

    assert told == [True]
    await tray.stop()
