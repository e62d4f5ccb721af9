"""The guide in Unsit's own window: the real pages process, pywebview, Qt, an X server with two monitors, a compositor."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import psutil
import pytest
import pytest_asyncio
from PIL import Image
from Xlib import X, Xutil
from Xlib.display import Display

from support.desktop import Desktop, needs
from support.pages_run import PagesRun, until
from unsit.adapters.window import GuideWindow

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.desktops,
    needs("Xvfb", "openbox", "xrandr", "xdotool", "xprop", "xwininfo"),
]

LEFT, RIGHT = "+0+0", "+800+0"
CARD_LEFT, CARD_RIGHT = "420x560+364+24", "420x560+1164+24"
LONG = (("hold", 60, "left"),)


@pytest.fixture(autouse=True)
def extra() -> None:
    """`make test-desktops` installs it."""
    if find_spec("webview") is None or find_spec("PyQt6") is None:
        absent = "not installed: the extra `window`"
        pytest.fail(absent, pytrace=False) if os.environ.get("CI") == "true" else pytest.skip(absent)


@pytest.fixture(scope="module")
def two_monitors() -> Iterator[Desktop]:
    """One X screen that two monitors make up, each 800 by 600."""
    with Desktop(size="1600x600", window_manager=None) as desktop:
        halves = (("left", "800/200x600/150+0+0", "screen"), ("right", "800/200x600/150+800+0", "none"))
        for name, place, output in halves:
            assert desktop.run(["xrandr", "--setmonitor", name, place, output]).returncode == 0
        desktop.start(["openbox"])
        check = ["xprop", "-root", "_NET_CLIENT_LIST"]  # set when it has begun to manage windows
        desktop.wait_for(lambda: "window id" in desktop.run(check).stdout, what="openbox")
        yield desktop


class Screen:
    """What is to be seen of the guide on a desktop, and of the process that shows it."""

    def __init__(self, desktop: Desktop, run: PagesRun) -> None:
        self.desktop, self.run = desktop, run

    @property
    def places(self) -> list[str]:
        """Of the visible windows, from left to right: "420x560+364+24"."""
        found = self.desktop.run(["xdotool", "search", "--onlyvisible", "--class", "^unsit$"]).stdout.split()
        shown = [self.desktop.run(["xwininfo", "-id", number]).stdout for number in found]
        parts = [dict(line.strip().split(":", 1) for line in text.splitlines() if ":" in line) for text in shown]
        sized = [
            (
                int(part["Absolute upper-left X"]),
                int(part["Absolute upper-left Y"]),
                int(part["Width"]),
                int(part["Height"]),
            )
            for part in parts
            if part
        ]
        return [f"{width}x{height}+{x}+{y}" for x, y, width, height in sorted(sized)]

    def hint(self, *names: str) -> str:
        (window,) = self.desktop.run(["xdotool", "search", "--onlyvisible", "--class", "^unsit$"]).stdout.split()
        return self.desktop.run(["xprop", "-id", window, *names]).stdout

    @property
    def process(self) -> psutil.Process | None:
        assert self.run.process is not None
        children = psutil.Process(self.run.process.pid).children() if self.run.process.poll() is None else []
        return next((child for child in children if is_alive(child) and "unsit.web.window" in child.cmdline()), None)

    @property
    def family(self) -> list[psutil.Process]:
        """The process and all that it has started."""
        assert self.process is not None
        return [self.process, *filter(is_alive, self.process.children(recursive=True))]

    @property
    def renderers(self) -> list[psutil.Process]:
        """The processes in which the pages run."""
        return [process for process in self.family if "--type=renderer" in process.cmdline()]

    def key(self, *keys: str) -> None:
        assert self.desktop.run(["xdotool", "key", "--delay", "50", *keys]).returncode == 0

    async def shows(self, *places: str) -> None:
        await until(lambda: self.places == list(places), f"{places} on the screen", 20)

    async def is_gone(self) -> None:
        await until(lambda: not self.places and self.process is None, "the window's end", 15)


class Show(Protocol):
    async def __call__(self, kind: str, *, begins: bool = True, **env: str) -> Screen: ...


@pytest_asyncio.fixture(loop_scope="module")
async def show(two_monitors: Desktop) -> AsyncIterator[Show]:
    """A pages process with a stretch going on, told to open the guide, until the test ends. Its browser is a script."""
    runs: list[PagesRun] = []

    async def start(kind: str, *, begins: bool = True, **env: str) -> Screen:
        place = {name: value for name, value in two_monitors.env.items() if name not in ("XDG_RUNTIME_DIR", "LC_ALL")}
        runs.append(PagesRun(30, **{**place, "UNSIT_GUIDE__SCREEN": kind, "UNSIT_GUIDE__END_STAYS": "1 s", **env}))
        run = runs[-1]
        await run.start()
        run.daemon.offer()
        if begins:
            run.daemon.begin(LONG)
        run.daemon.open_page("guide")
        return Screen(two_monitors, run)

    yield start
    for run in runs:
        await run.stop()


async def has_page(screen: Screen, pages: int = 1) -> None:
    """So many pages are live."""
    await until(lambda: screen.run.log.count("A page is open: guide") == pages, f"{pages} live pages", 20)


# ------------------------------------------------------------------------------------------------------------- the card


async def test_a_card_stands_in_the_corner_above_the_others_without_a_frame(show: Show) -> None:
    """On the monitor where the pointer is; the address that lets in is in no command line."""
    screen = await show("card")

    await screen.shows(CARD_LEFT if pointer_x(screen.desktop) < 800 else CARD_RIGHT)
    assert "_NET_WM_STATE_ABOVE" in screen.hint("_NET_WM_STATE")
    assert "0x2, 0x1, 0x0, 0x0, 0x0" in screen.hint("_MOTIF_WM_HINTS")  # no decorations
    await has_page(screen)
    assert not any("key=" in " ".join(process.cmdline()) for process in screen.family)


async def test_a_card_leaves_the_keyboard_where_it_is_until_it_is_clicked(show: Show, two_monitors: Desktop) -> None:
    """What somebody types goes on into their own window; after a click on the card its keys work."""
    with typing_in(two_monitors) as typed:
        two_monitors.run(["xdotool", "mousemove", "400", "100"])
        screen = await show("card")
        await screen.shows(CARD_LEFT)
        await has_page(screen)

        screen.key("x", "space")
        await until(lambda: typed() == 2, "the keys in the window of one's work")
        assert ("toggle", {}) not in screen.run.daemon.calls

        two_monitors.run(["xdotool", "mousemove", "600", "100", "click", "1"])
        await until(lambda: active_name(two_monitors) == "Unsit", "the focus on the card")
        screen.key("space")
        await screen.run.daemon.wait_for_call("toggle")


async def test_a_card_closes_by_itself_after_the_end(show: Show) -> None:
    """Nothing to click; the process ends with it, and the pages process goes on."""
    screen = await show("card")
    await has_page(screen)

    screen.run.daemon.end("completed", work={"left": 60})

    await screen.is_gone()
    assert screen.run.process is not None
    assert screen.run.process.poll() is None


async def test_asked_for_again_the_same_window_comes_to_the_front(show: Show) -> None:
    """One process, one page."""
    screen = await show("card")
    await has_page(screen)
    assert screen.process is not None
    pid = screen.process.pid

    with typing_in(screen.desktop):
        screen.run.daemon.open_page("guide")
        await until(lambda: active_name(screen.desktop) == "Unsit", "the focus on the guide")

    assert screen.process is not None
    assert screen.process.pid == pid
    assert screen.run.log.count("A page is open: guide") == 1


@pytest.mark.parametrize(
    ("link", "asked"),
    [("about", ["about"]), ("exercises' target='_blank", ["exercises"]), ("http://127.0.0.2:9/guide", [])],
)
async def test_a_link_never_leads_away_from_the_guide(
    two_monitors: Desktop, monkeypatch: pytest.MonkeyPatch, link: str, asked: list[str]
) -> None:
    """Another page of ours is asked for, to be shown in the browser with an address that lets it in; the rest goes nowhere."""
    two_monitors.enter(monkeypatch)
    found: list[str] = []
    window = GuideWindow(on_page=found.append)
    page = f"<a href='{link}' onclick='navigator.sendBeacon(`clicked`)' style='position: fixed; inset: 0'>There</a>"
    async with served(page) as (address, requests):
        try:
            await window.open("full", f"{address}/guide")
            while requests.count("/clicked") < 2 or len(found) < 2 * len(
                asked
            ):  # a page takes no click before it is drawn
                two_monitors.run(["xdotool", "mousemove", "400", "300", "click", "1"])
                seen = len(requests)
                for _look in range(50):
                    if len(requests) == seen:
                        await asyncio.sleep(0.02)
        finally:
            await window.stop()
    assert set(found) == set(asked)
    assert set(requests) <= {"/guide", "/clicked", "/favicon.ico"}


# ------------------------------------------------------------------------------------------------------------ full screen


async def test_full_is_a_guide_on_every_monitor_and_escape_ends_it(show: Show, tmp_path: Path) -> None:
    """Both are live, none has taken the other's place. Escape stops the stretch, as everywhere; then it closes both."""
    screen = await show("full")

    await screen.shows(f"800x600{LEFT}", f"800x600{RIGHT}")
    await has_page(screen, 2)
    # A page is live a moment before it is painted.
    await until(lambda: all(colours > 50 for colours in pictures(screen.desktop, tmp_path)), "a picture on both")

    screen.key("Escape")
    await screen.run.daemon.wait_for_call("stop")
    screen.key("Escape")
    await screen.is_gone()


async def test_escape_closes_what_has_no_stretch_to_stop(show: Show) -> None:
    """One press, before anything has begun."""
    screen = await show("full", begins=False)
    await has_page(screen, 2)

    screen.key("Escape")

    await screen.is_gone()
    assert ("stop", {}) not in screen.run.daemon.calls


@pytest.mark.parametrize("keys", ["Escape", "alt+F4", "ctrl+w"])
async def test_a_page_that_hangs_cannot_hold_the_screen(show: Show, keys: str) -> None:
    """Its processes stand still in the middle of a stretch: the usual keys close the windows all the same."""
    screen = await show("full")
    await has_page(screen, 2)
    for renderer in screen.renderers:
        renderer.send_signal(signal.SIGSTOP)

    screen.key(keys)

    await screen.is_gone()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_without_the_pages_process_no_window_stays(show: Show, how: signal.Signals) -> None:
    """Whether it was killed or told to end, as it is with the daemon."""
    screen = await show("full")
    await screen.shows(f"800x600{LEFT}", f"800x600{RIGHT}")
    family = screen.family

    assert screen.run.process is not None
    screen.run.process.send_signal(how)

    await until(lambda: not any(is_alive(process) for process in family), "the end of every process of the window", 15)
    assert screen.places == []


# -------------------------------------------------------------------------------------------------- where it does not work


async def test_a_page_that_dies_goes_on_in_the_browser(show: Show) -> None:
    """Somebody stands in the middle of a stretch. What broke is said once."""
    screen = await show("card")
    await has_page(screen)

    for renderer in screen.renderers:
        renderer.kill()

    assert "to=guide" in await screen.run.opened()
    assert "broke down" in (await screen.run.daemon.wait_for_call("pages_problem"))["message"]


async def test_where_the_toolkit_does_not_start_the_browser_shows_the_guide(show: Show) -> None:
    """Qt aborts where its part for the desktop is missing."""
    screen = await show("card", QT_QPA_PLATFORM="nonsense")

    assert "to=guide" in await screen.run.opened()
    problem = (await screen.run.daemon.wait_for_call("pages_problem"))["message"]
    assert "does not work here" in problem
    assert "key=" not in problem + screen.run.log


# ---------------------------------------------------------------------------------------------------------------- Wayland


@needs("sway", "swaymsg")
async def test_on_wayland_every_monitor_has_its_guide() -> None:
    """Two outputs of a real compositor, without X11."""
    with Desktop(screen=False) as desktop:
        desktop.start_sway(size="900x600")
        assert desktop.run(["swaymsg", "create_output"]).returncode == 0
        passed = ("WAYLAND_DISPLAY", "SWAYSOCK")
        place = {name: desktop.env[name] for name in passed}
        # The compositor's socket lies in its own runtime folder, ours in that of the run.
        place["WAYLAND_DISPLAY"] = str(Path(desktop.env["XDG_RUNTIME_DIR"], place["WAYLAND_DISPLAY"]))
        run = PagesRun(30, **place, UNSIT_GUIDE__SCREEN="full")
        try:
            await run.start()
            run.daemon.begin(LONG)
            run.daemon.open_page("guide")
            await until(lambda: run.log.count("A page is open: guide") == 2, "two live pages", 30)
            await until(lambda: full_screens(desktop) == ["HEADLESS-1", "HEADLESS-2"], "a guide on each output")
        finally:
            await run.stop()


# ----------------------------------------------------------------------------------------------------------------- helpers


@contextmanager
def typing_in(desktop: Desktop) -> Iterator[Callable[[], int]]:
    """A window that has the keyboard; yields how many keys were pressed in it."""
    with closing(Display(desktop.display)) as display:
        window = display.screen().root.create_window(850, 50, 200, 200, 0, X.CopyFromParent, event_mask=X.KeyPressMask)
        window.set_wm_name("work")
        window.set_wm_hints(flags=Xutil.InputHint, input=1)
        window.map()
        display.sync()
        desktop.wait_for(lambda: active_name(desktop) == "work", what="the focus on one's work")
        pressed = 0

        def count() -> int:
            nonlocal pressed
            for _ in range(display.pending_events()):
                pressed += display.next_event().type == X.KeyPress
            return pressed

        yield count


@asynccontextmanager
async def served(page: str) -> AsyncIterator[tuple[str, list[str]]]:
    """A site with one page, at /guide: its address, and the paths that were asked for."""
    requests: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            requests.append(head.split()[1])
            body = page if requests[-1] == "/guide" else ""
            kind = "Content-Type: text/html; charset=utf-8\r\nConnection: close"
            writer.write(f"HTTP/1.1 200 OK\r\n{kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            await writer.drain()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests


def active_name(desktop: Desktop) -> str:
    return desktop.run(["xdotool", "getactivewindow", "getwindowname"]).stdout.strip()


def pointer_x(desktop: Desktop) -> int:
    return int(desktop.run(["xdotool", "getmouselocation"]).stdout.split()[0].removeprefix("x:"))


def pictures(desktop: Desktop, folder: Path) -> list[int]:
    """How many colours the left and the right half of the screen have: a page drawn has many, an empty window one."""
    whole = Image.open(desktop.screenshot(folder / "screen.png")).convert("RGB")
    width, height = whole.size
    halves = [whole.crop((x, 0, x + width // 2, height)) for x in (0, width // 2)]
    return [len(half.getcolors(1 << 24) or []) for half in halves]


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def full_screens(desktop: Desktop) -> list[str]:
    """The outputs that a full-screen window covers."""

    def below(node: dict[str, Any], output: str) -> Iterator[str]:
        output = node["name"] if node["type"] == "output" else output
        if node.get("pid") and node["fullscreen_mode"]:
            yield output
        for child in (*node["nodes"], *node["floating_nodes"]):
            yield from below(child, output)

    return sorted(below(json.loads(desktop.run(["swaymsg", "-t", "get_tree"]).stdout), ""))
