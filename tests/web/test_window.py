"""The person's own Chromium on a private screen: the guide in a window of its own that opens, and closes by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.desktop import Desktop, needs
from support.pages_run import PagesRun, StartPages, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs("chromium", "Xvfb", "openbox", "xdg-mime")]

SCREEN_HEIGHT = 720


def make_chromium_the_default(desktop: Desktop) -> None:
    config = Path(desktop.env["XDG_CONFIG_HOME"])
    config.mkdir(parents=True, exist_ok=True)
    (config / "mimeapps.list").write_text("[Default Applications]\nx-scheme-handler/http=chromium.desktop\n")


def browsers_of(desktop: Desktop) -> list[int]:
    """Processes whose command line names this desktop's folder: its Chromium's, and nobody else's."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "environ").read_bytes()
            if str(desktop.dir).encode() in command and b"chrom" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


async def test_the_window_closes_by_itself_after_the_end(start_pages: StartPages, desktop: Desktop) -> None:
    """Nothing to click, and the browser that was started for it is gone as well."""
    make_chromium_the_default(desktop)
    run = await start_pages(
        1.5,
        offered=True,
        **{name: value for name, value in desktop.env.items() if name not in ("XDG_RUNTIME_DIR", "LC_ALL")},
        UNSIT_GUIDE__BROWSER="",
        UNSIT_GUIDE__END_STAYS="1 s",
        XDG_CURRENT_DESKTOP="X-Generic",
    )
    run.daemon.begin((("hold", 60, "left"),))

    run.daemon.open_page("guide")
    await until(lambda: "A page is open: guide" in run.log, "the guide's first words", 30)
    run.daemon.end("completed", work={"left": 60})

    assert await run.has_ended()
    await until(lambda: not browsers_of(desktop), "the browser's end")


@pytest.mark.parametrize(
    ("screen", "least", "most"),
    [("card", (420, 560), (440, 620)), ("full", (1200, 640), (1280, 720))],
)
async def test_a_guide_in_the_browser_makes_of_its_window_what_it_can(
    start_pages: StartPages, desktop: Desktop, screen: str, least: tuple[int, int], most: tuple[int, int]
) -> None:
    """Without the extra: a small window in the corner, or one that fills the screen."""
    make_chromium_the_default(desktop)
    run = await start_in_the_browser(start_pages, desktop, screen)
    run.daemon.begin((("hold", 60, "left"),))

    run.daemon.open_page("guide")

    size = (0, 0)

    def has_size() -> bool:
        nonlocal size
        size = content_size(desktop)
        return least[0] <= size[0] <= most[0] and least[1] <= size[1] <= most[1]

    await until(has_size, f"a window of the size of a {screen}, not {size}", 30)
    run.daemon.end("completed", work={"left": 60})


@needs("lxqt-panel", "xwininfo", "xprop")
@pytest.mark.parametrize("has_panel", [True, False])
async def test_a_guide_that_fills_the_screen_in_the_browser_leaves_its_buttons_in_sight(
    start_pages: StartPages, desktop: Desktop, *, has_panel: bool
) -> None:
    """The window manager's frame included, it ends above the panel; without one that says so, above where one would be."""
    make_chromium_the_default(desktop)
    if has_panel:
        desktop.start_panel("lxqt")
        await until(lambda: work_area_bottom(desktop) < SCREEN_HEIGHT, "the panel's place")
        bottom = work_area_bottom(desktop)
    else:
        bottom = SCREEN_HEIGHT - 48
    run = await start_in_the_browser(start_pages, desktop, "full")
    run.daemon.begin((("hold", 60, "left"),))
    run.daemon.open_page("guide")

    span = (0, 0)

    def ends_above() -> bool:
        nonlocal span
        span = content_span(desktop)
        return content_size(desktop)[0] >= 1200 and bottom - 60 <= span[1] <= bottom

    await until(ends_above, f"a window that ends above {bottom}, not {span}", 30)
    run.daemon.end("completed", work={"left": 60})


async def start_in_the_browser(start_pages: StartPages, desktop: Desktop, screen: str) -> PagesRun:
    """Without the extra, also where it is installed."""
    broken = desktop.dir / "packages"
    broken.mkdir()
    (broken / "webview.py").write_text("raise ImportError('not here')\n")
    return await start_pages(
        **{name: value for name, value in desktop.env.items() if name not in ("XDG_RUNTIME_DIR", "LC_ALL")},
        UNSIT_GUIDE__BROWSER="",
        UNSIT_GUIDE__SCREEN=screen,
        XDG_CURRENT_DESKTOP="X-Generic",
        PYTHONPATH=str(broken),
    )


def work_area_bottom(desktop: Desktop) -> int:
    """What the panels leave free ends there."""
    told = desktop.run(["xprop", "-root", "_NET_WORKAREA"]).stdout
    left_top_width_height = re.findall(r"\d+", told.partition("=")[2])[:4]
    return int(left_top_width_height[3]) if left_top_width_height else SCREEN_HEIGHT


def content_span(desktop: Desktop) -> tuple[int, int]:
    """Where the guide's window begins and ends, from the top of the screen, without the window manager's frame."""
    found = desktop.run(["xdotool", "search", "--onlyvisible", "--classname", "127.0.0.1"]).stdout.split()
    told = desktop.run(["xwininfo", "-id", found[-1]]).stdout if found else ""
    top, height = (re.search(rf"{name}: +(\d+)", told) for name in ("Absolute upper-left Y", "Height"))
    return (int(top[1]), int(top[1]) + int(height[1])) if top and height else (0, 0)


def content_size(desktop: Desktop) -> tuple[int, int]:
    """Of the guide's window, without the window manager's frame."""
    found = desktop.run(["xdotool", "search", "--onlyvisible", "--classname", "127.0.0.1"]).stdout.split()
    geometry = desktop.run(["xdotool", "getwindowgeometry", "--shell", found[-1]]).stdout if found else ""
    values = dict(line.split("=") for line in geometry.split())
    return int(values.get("WIDTH", 0)), int(values.get("HEIGHT", 0))
