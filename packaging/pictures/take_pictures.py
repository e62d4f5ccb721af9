"""Takes the pictures of the README, docs/pictures/NAME.png: the program itself, on a private desktop.

    make pictures

The state is that of somebody who has sat for an hour: `unsit demo` with the lengths of every day. Needed are the programs
of packaging/debian-test-packages.txt, and xterm for the terminal.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest import mock

from PIL import Image

from support.desktop import Desktop
from support.notification_servers import find_xfce4_notifyd
from support.trays import AMBER, find_colour, look, middle
from unsit.cli import demo
from unsit.control_client import CommandError, ControlClient, NoDaemon

PICTURES: Final = Path(__file__).resolve().parents[2] / "docs" / "pictures"
TESTS: Final = PICTURES.parents[1] / "tests"
BROWSER: Final = "chromium --no-first-run --disable-gpu --test-type --no-sandbox --window-size=1050,700 --app={url}"
"""Chromium's own size for such a window on a laptop; a maker's machine may be root's, and the pages are our own."""
TITLES: Final = {"ready": "^Get ready · ", "hold": "^Left · ", "end": "^Well done"}
GREEN: Final = (0x0B, 0x6E, 0x69)
"""The mark of a stretch that is done."""
TERMINAL: Final = (
    "xterm",
    "-geometry",
    "80x24",
    "-fa",
    "DejaVu Sans Mono",
    "-fs",
    "11",
    "-bg",
    "#1b2225",
    "-fg",
    "#eef0ea",
)
WITHOUT_DESKTOP: Final = ("env", "-u", "DISPLAY", "-u", "DBUS_SESSION_BUS_ADDRESS", "COLORTERM=truecolor")
BACKGROUND: Final = "#3b5b74"
COLOURS: Final = 128
FIGURE: Final = (0x2B, 0x58, 0x84)
"""The legs."""
SWITCH: Final = (0x0B, 0x6E, 0x69)
"""That is on."""
Box = tuple[int, int, int, int]
"""left, top, right, bottom in pixels"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--after-an-hour", action="store_true", help=argparse.SUPPRESS)
    if parser.parse_args().after_an_hour:
        return after_an_hour()
    with Desktop(services=True, size="1600x900") as desktop:  # the windows and the notes beside each other
        desktop.run(["xsetroot", "-solid", BACKGROUND])
        desktop.start([find_xfce4_notifyd()])
        desktop.wait_for_name("org.freedesktop.Notifications")
        desktop.start_panel("xfce")
        on_the_desktop(desktop)
        the_exercises(desktop)
        in_a_terminal(desktop)
    return 0


def after_an_hour() -> int:
    """The demonstration without what shortens it: 30 s a side, two minutes of walking."""
    short = ("prompt.snooze", "stretch.hold", "stretch.walk")
    with mock.patch.object(demo, "FLAGS", {key: value for key, value in demo.FLAGS.items() if key not in short}):
        return demo.demo(is_verbose=False)


@contextmanager
def asked(desktop: Desktop, *before: str) -> Iterator[Callable[[], dict[str, Any]]]:
    """A running program that has just asked to get up; gives what reads its state."""
    process = desktop.start(
        [*before, sys.executable, __file__, "--after-an-hour"],
        "unsit",
        UNSIT_GUIDE__BROWSER=BROWSER,
        UNSIT_SOUND__TONES="false",  # or the pictures would say that this desktop has no loudspeaker
        UNSIT_SOUND__VOICE="off",
        PYTHONPATH=str(TESTS),
    )
    folder = Path(desktop.env["XDG_RUNTIME_DIR"])

    def state() -> dict[str, Any]:
        for socket in folder.glob("unsit-demo-*/**/control.sock"):
            try:
                with ControlClient(socket) as client:
                    return dict(client.call("status"))
            except (NoDaemon, CommandError):  # it starts
                continue
        return {}

    desktop.wait_for(lambda: state().get("phase") == "due", what="the prompt")
    yield state
    desktop.stop(process)


def on_the_desktop(desktop: Desktop) -> None:
    with asked(desktop) as state:
        before = desktop.dir / "before.png"
        desktop.wait_for(lambda: find_colour(look(desktop.screenshot(before)), AMBER), what="the icon")
        note = desktop.run(["xdotool", "search", "--sync", "--onlyvisible", "--class", "xfce4-notifyd"]).stdout.split()[
            -1
        ]
        left, top, width, height = geometry(desktop, note)
        desktop.wait_for(lambda: is_drawn(desktop, (left, top, left + width, top + height)), what="the notification")
        picture = look(desktop.screenshot(before))
        keep(picture.crop((left - 16, top - 16, left + width + 16, top + height + 16)), "notification")

        x, y = middle(find_colour(picture, AMBER))
        desktop.run(["xdotool", "mousemove", str(x), str(y), "sleep", "0.2", "click", "3"])
        menu: list[Box] = []

        def is_open() -> bool:
            menu[:] = [box for box in [menu_box(desktop, picture, y)] if box]
            return bool(menu) and menu[0][3] - menu[0][1] > 200

        desktop.wait_for(is_open, what="the menu")
        (box,) = menu
        keep(look(desktop.screenshot(before)).crop((0, box[1] - 16, box[2] + 60, picture.height)), "tray-menu")
        # Away from the icon, whose words would cover the guide.
        desktop.run(["xdotool", "key", "Escape", "mousemove", "1340", "400"])

        with ControlClient(next(Path(desktop.env["XDG_RUNTIME_DIR"]).glob("unsit-demo-*/**/control.sock"))) as client:
            client.call("begin")
            window = window_named(desktop, TITLES["ready"])
            wait_for_left(desktop, state, 6)
            keep(window_picture(desktop, window), "guide-ready")
            client.call("next")
            window = window_named(desktop, TITLES["hold"])
            wait_for_left(desktop, state, 21)
            keep(window_picture(desktop, window), "guide-hold")
            # What somebody on the floor sees: the window's own key makes it so for any exercise.
            desktop.run(["xdotool", "windowfocus", "--sync", window, "key", "l"])
            wait_for_left(desktop, state, 17)
            keep(window_picture(desktop, window), "guide-floor")
            desktop.run(["xdotool", "key", "l"])
            desktop.wait_for(lambda: segment_now(state) == "walk", timeout=90, what="the walk")
            client.call("next")
            window = window_named(desktop, TITLES["end"])
            desktop.wait_for(lambda: is_still(desktop, window), what="what the week adds up to")
            keep(window_picture(desktop, window), "guide-end")


def the_exercises(desktop: Desktop) -> None:
    """The list, from its first heading on."""
    with asked(desktop):
        with ControlClient(next(Path(desktop.env["XDG_RUNTIME_DIR"]).glob("unsit-demo-*/**/control.sock"))) as client:
            client.call("open", page="exercises")
        window = window_named(desktop, "^Exercises")
        desktop.wait_for(lambda: is_still(desktop, window, FIGURE), what="the first figures")
        desktop.run(
            ["xdotool", "windowfocus", "--sync", window, "key", *["Tab"] * 3, "Return", "mousemove", "1340", "400"]
        )
        desktop.wait_for(lambda: is_still(desktop, window, SWITCH), what="the cards")
        keep(window_picture(desktop, window), "exercises")


def is_still(desktop: Desktop, window: str, colour: tuple[int, int, int] = GREEN) -> bool:
    """It shows this colour, and nothing moves."""
    first, second = (window_picture(desktop, window) for _ in range(2))
    return first.tobytes() == second.tobytes() and find_colour(first, colour, tolerance=2) is not None


def in_a_terminal(desktop: Desktop) -> None:
    with asked(desktop, *TERMINAL, "-e", *WITHOUT_DESKTOP) as state:
        window = window_named(desktop, "xterm|python|take_pictures|env", by="--class")
        desktop.run(["xdotool", "windowfocus", "--sync", window, "key", "s"])
        desktop.wait_for(lambda: state().get("phase") == "session", what="the session")
        desktop.run(["xdotool", "key", "--window", window, "n"])
        desktop.wait_for(lambda: state()["session"]["index"] == 1, what="the hold")
        wait_for_left(desktop, state, 24)
        keep(window_picture(desktop, window), "terminal")


def geometry(desktop: Desktop, window: str) -> Box:
    """left, top, width, height"""
    said = desktop.run(["xdotool", "getwindowgeometry", "--shell", window]).stdout
    fields = dict(line.split("=", 1) for line in said.splitlines())
    return int(fields["X"]), int(fields["Y"]), int(fields["WIDTH"]), int(fields["HEIGHT"])


def window_named(desktop: Desktop, pattern: str, *, by: str = "--name") -> str:
    return desktop.run(["xdotool", "search", "--sync", "--onlyvisible", by, pattern]).stdout.split()[-1]


def window_picture(desktop: Desktop, window: str) -> Image.Image:
    """Without its frame."""
    path = desktop.dir / "window.png"
    desktop.run(["import", "-window", window, str(path)]).check_returncode()
    return look(path)


def is_drawn(desktop: Desktop, box: Box) -> bool:
    """A notification comes in by degrees: it is there when two looks are the same and it is opaque."""
    first, second = (look(desktop.screenshot(desktop.dir / "look.png")).crop(box) for _ in range(2))
    return first.tobytes() == second.tobytes() and first.getpixel((5, 5)) == (255, 255, 255)


def segment_now(state: Callable[[], dict[str, Any]]) -> str:
    session = state().get("session")
    return str(session["segments"][session["index"]]["kind"]) if session else ""


def menu_box(desktop: Desktop, before: Image.Image, below: int) -> Box | None:
    """Where the white of an open menu is, above the panel."""
    image = look(desktop.screenshot(desktop.dir / "look.png")).crop((0, 0, 500, below - 18))
    return find_colour(image, (255, 255, 255), tolerance=0)


def wait_for_left(desktop: Desktop, state: Callable[[], dict[str, Any]], seconds: int) -> None:
    """Until the countdown shows this number."""

    def is_so() -> bool:
        now = state()
        return bool(now["session"]["ends"]["boot_s"] - time.clock_gettime(time.CLOCK_BOOTTIME) < seconds - 0.4)

    desktop.wait_for(is_so, timeout=30, what=f"{seconds} s left")


def keep(picture: Image.Image, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    path = PICTURES / f"{name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {picture.width}x{picture.height}, {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    sys.exit(main())
