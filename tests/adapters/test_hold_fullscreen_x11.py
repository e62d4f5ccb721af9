"""A window that fills the screen, on a real X server with a window manager."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.desktop import Desktop, needs
from support.patience import PATIENCE_S
from unsit.adapters.hold_fullscreen_x11 import OTHERS_MOST, X11FullscreenHold
from unsit.adapters.x11 import X11Connection
from unsit.adapters.x11_properties import PROPERTY_NOTIFY, property_of
from unsit.ports import AdapterError

pytestmark = needs("Xvfb", "openbox", "xdotool", "wmctrl", "xprop")

WINDOW = """
import sys
from Xlib import X, display
d = display.Display()
w = d.screen().root.create_window(20, 20, 300, 200, 0, d.screen().root_depth)
w.set_wm_name(sys.argv[1])
w.set_wm_class(sys.argv[1], sys.argv[1].capitalize())
w.map()
d.sync()
print("open", flush=True)
while True:
    d.next_event()
"""


def open_window(desktop: Desktop, title: str) -> subprocess.Popen[str]:
    before = desktop.log(title).count("open")
    process = desktop.start([sys.executable, "-c", WINDOW, title], title)
    # Before a tool asks the server for it: the number of a window is its client's, and clients take the lowest that is free.
    desktop.wait_for(lambda: desktop.log(title).count("open") > before, what=f"{title}, open")
    desktop.wait_for(lambda: window_of(desktop, title), what=title)
    return process


def window_of(desktop: Desktop, title: str) -> str:
    return desktop.run(["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"]).stdout.strip()


def bring(desktop: Desktop, title: str) -> None:
    desktop.run(["xdotool", "windowactivate", "--sync", window_of(desktop, title)])


def fill(desktop: Desktop, title: str, how: str) -> None:
    bring(desktop, title)
    desktop.run(["wmctrl", "-r", title, "-b", f"{how},fullscreen"])


async def test_the_window_in_front_decides(desktop: Desktop) -> None:
    """Filled, which is looked for, and not; another one brought before it; the one before it closed; killed while it fills
    the screen, and another one that fills it with the same number."""
    film, said = open_window(desktop, "film"), list[bool]()
    source = X11FullscreenHold(desktop.display)
    await source.start(said.append)

    async def until(*expected: bool) -> None:
        await desktop.until(lambda: said == list(expected), 10, f"{expected}, not {said}")

    async def until_looked(*expected: bool) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while said != list(expected):
                await source.look()

    fill(desktop, "film", "add")
    await until_looked(True)
    assert source.names == ["Film"]
    fill(desktop, "film", "remove")
    await until(True, False)
    assert source.names == []
    fill(desktop, "film", "add")
    await until_looked(True, False, True)
    other = open_window(desktop, "other")
    bring(desktop, "other")
    await until(True, False, True, False)
    desktop.stop(other)
    bring(desktop, "film")
    await until(True, False, True, False, True)
    number = window_of(desktop, "film")
    desktop.stop(film, sig=signal.SIGKILL)
    await until(True, False, True, False, True, False)

    open_window(desktop, "film")
    assert window_of(desktop, "film") == number
    fill(desktop, "film", "add")
    await until_looked(True, False, True, False, True, False, True)
    fill(desktop, "film", "remove")
    await until(True, False, True, False, True, False, True, False)
    await source.stop()


async def test_a_window_that_changes_its_title_wakes_nobody(desktop: Desktop) -> None:
    """As a terminal with a clock in its title does, all day."""
    open_window(desktop, "terminal")
    bring(desktop, "terminal")
    source, heard = X11FullscreenHold(desktop.display), list[Any]()
    await source.start(lambda _holds: None)
    await source.look()
    connection = source._connection
    assert connection is not None
    await property_of(connection, source._root, source._active)  # what the look was told is here by then
    connection.on_event = heard.append
    number = window_of(desktop, "terminal")
    renamed = [word for count in range(50) for word in ("set_window", "--name", f"terminal {count}", number)]
    desktop.run(["xdotool", *renamed])
    desktop.wait_for(lambda: window_of(desktop, "terminal 49"), what="the last title")
    await property_of(connection, source._root, source._active)
    assert [event for event in heard if event.window != source._root] == []
    await source.stop()


async def test_a_bar_that_writes_on_the_root_wakes_nobody_for_long(desktop: Desktop) -> None:
    """As dwm's do, once a second: after a few of these the root is not followed, until somebody looks. What fills the screen is
    found by the look, and its end is told of, also where another window comes before it."""
    open_window(desktop, "film")
    other, heard, said = open_window(desktop, "other"), list[Any](), list[bool]()
    bring(desktop, "other")  # what the window manager has to say of these it has said by then
    source = X11FullscreenHold(desktop.display)
    await source.start(said.append)
    await source.look()
    connection = source._connection
    assert connection is not None

    def hear(event: Any) -> None:
        heard.append(event)
        source._on_event(event)

    connection.on_event = hear

    async def write_times(count: int) -> None:
        for number in range(count):
            desktop.run(["xprop", "-root", "-format", "WM_NAME", "8s", "-set", "WM_NAME", f"12:00:{number:02}"])
            await property_of(connection, source._root, source._active)  # whatever has been sent is here by then

    await write_times(OTHERS_MOST + 10)
    assert len(heard) == OTHERS_MOST
    fill(desktop, "film", "add")
    await source.look()
    await desktop.until(lambda: said == [True], 10, "the film")
    await write_times(OTHERS_MOST + 1)
    bring(desktop, "other")
    await desktop.until(lambda: said == [True, False], 10, "the other window")
    desktop.stop(other)
    await source.stop()


async def test_one_that_fills_the_screen_already_is_seen(desktop: Desktop) -> None:
    """At the start; and after stop nothing is said."""
    open_window(desktop, "film")
    fill(desktop, "film", "add")
    said: list[bool] = []
    source = X11FullscreenHold(desktop.display)
    await source.start(said.append)
    await desktop.until(lambda: said == [True], 10, "the window")
    await source.stop()
    fill(desktop, "film", "remove")
    assert said == [True]


async def test_the_end_of_the_server_holds_nothing_back(desktop: Desktop) -> None:
    """Whatever filled the screen has gone with it."""
    open_window(desktop, "film")
    fill(desktop, "film", "add")
    said: list[bool] = []
    source = X11FullscreenHold(desktop.display)
    await source.start(said.append)
    await desktop.until(lambda: said == [True], 10, "the window")
    server = next(process for process, _log in desktop._processes if "Xvfb" in str(process.args))
    desktop.stop(server)
    await desktop.until(lambda: said == [True, False], 10, "its end")
    assert "has gone" in source.describe()
    await source.stop()


async def test_a_connection_that_breaks_is_made_anew(desktop: Desktop) -> None:
    """What fills the screen holds on without a word, and its end is told by the new connection."""
    open_window(desktop, "film")
    fill(desktop, "film", "add")
    said: list[bool] = []
    source = X11FullscreenHold(desktop.display)
    await source.start(said.append)
    await desktop.until(lambda: said == [True], 10, "the window")
    before = source._connection
    assert before is not None
    before.display.socket.shutdown(socket.SHUT_RDWR)
    await desktop.until(lambda: source._connection not in (None, before), 10, "the new connection")
    await source.look()
    assert said == [True]
    fill(desktop, "film", "remove")
    await desktop.until(lambda: said == [True, False], 10, "its end")
    await source.stop()


async def test_a_server_that_does_not_answer_at_the_start_is_asked_again(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a login everything starts at once. When a prompt is due it may have less to do."""
    open_window(desktop, "film")
    fill(desktop, "film", "add")
    said: list[bool] = []
    source = X11FullscreenHold(desktop.display)
    server = next(process for process, _log in desktop._processes if "Xvfb" in str(process.args))
    server.send_signal(signal.SIGSTOP)
    try:
        with monkeypatch.context() as patch:
            patch.setattr("unsit.adapters.x11.X11Connection.open.__func__.__kwdefaults__", {"timeout_s": 0.1})
            with pytest.raises(AdapterError, match="did not answer"):
                await source.start(said.append)
            await source.look()
        assert not source.works
    finally:
        server.send_signal(signal.SIGCONT)
    await source.look()
    assert source.works
    await desktop.until(lambda: said == [True], 10, "the film")
    await source.stop()


async def test_what_is_written_on_the_root_during_a_look_is_no_reason_to_leave_it(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of what the look finds would not be told of."""
    open_window(desktop, "film")
    open_window(desktop, "other")
    fill(desktop, "film", "add")
    said: list[bool] = []
    source = X11FullscreenHold(desktop.display)

    async def ask_while_others_write(connection: X11Connection, window: int, atom: int) -> Sequence[int]:
        for _time in range(OTHERS_MOST):
            source._on_event(SimpleNamespace(type=PROPERTY_NOTIFY, atom=0))
        return await property_of(connection, window, atom)

    with monkeypatch.context() as patch:
        patch.setattr("unsit.adapters.x11_properties.property_of", ask_while_others_write)
        await source.start(said.append)
        await desktop.until(lambda: said == [True], 10, "the film")
    bring(desktop, "other")
    await desktop.until(lambda: said == [True, False], 10, "the other window")
    await source.stop()


async def test_without_an_x_server_it_is_no_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And says why."""
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(AdapterError, match="DISPLAY"):
        await X11FullscreenHold().start(lambda _holds: None)
