"""Unsit on a desktop of parts: the compositor labwc, the bar waybar and the notification server mako.

Where they are not installed there is nothing to prove; `make test-debian13` runs it, docs/desktops.md says where it was.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from support.daemon_run import DaemonRun
from support.desktop import Desktop, missing
from support.trays import AMBER, GREEN, find_colour, look, middle, text_lines

PROGRAMS = ("labwc", "waybar", "mako", "wlrctl", "grim")
ITEMS = 9
"""Lines of the menu while nothing is due."""
MOVED = 2

pytestmark = [
    pytest.mark.debian13,
    pytest.mark.skipif(bool(missing(*PROGRAMS)), reason="no labwc with waybar, mako, wlrctl and grim"),
]


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    with Desktop(screen=False) as made:
        made.env.update(WLR_BACKENDS="headless", WLR_RENDERER="pixman", WLR_LIBINPUT_NO_DEVICES="1")
        made.start(["labwc"])
        runtime = Path(made.env["XDG_RUNTIME_DIR"])

        def sockets() -> list[Path]:
            return [path for path in runtime.glob("wayland-*") if stat.S_ISSOCK(path.stat().st_mode)]

        made.wait_for(sockets, what="labwc's socket")
        made.env["WAYLAND_DISPLAY"] = sockets()[0].name
        bar, style, notes = made.dir / "bar.json", made.dir / "bar.css", made.dir / "mako"
        bar.write_text(json.dumps({"layer": "top", "position": "top", "height": 32, "modules-right": ["tray"]}))
        style.write_text("window#waybar { background: #222222; }")
        notes.write_text("anchor=bottom-left\n")  # the menu has its place at the top
        made.start(["waybar", "-c", bar, "-s", style])
        made.start(["mako", "-c", notes])
        made.wait_for_name("org.kde.StatusNotifierWatcher")
        made.wait_for_name("org.freedesktop.Notifications")
        yield made


def _look(desktop: Desktop) -> Image.Image:
    return look(desktop.screenshot(desktop.dir / "look.png"))


def _wait_for_icon(desktop: Desktop, colour: tuple[int, int, int]) -> tuple[int, int]:
    desktop.wait_for(lambda: find_colour(_look(desktop).crop((0, 0, 1280, 32)), colour), what="the icon in the bar")
    return middle(find_colour(_look(desktop).crop((0, 0, 1280, 32)), colour))


def _click(desktop: Desktop, x: int, y: int, button: str) -> None:
    # The pointer moves by differences only: into the corner first.
    for words in (("move", "-5000", "-5000"), ("move", str(x), str(y)), ("click", button)):
        done = desktop.run(["wlrctl", "pointer", *words])
        assert done.returncode == 0, done.stderr


def _wait_for_note(desktop: Desktop) -> re.Match[str]:
    """What mako says of the prompt; group 1 is its number."""
    found: list[re.Match[str] | None] = []

    def is_there() -> bool:
        said = desktop.run(["makoctl", "list"]).stdout
        found[:] = [re.search(r"Notification (\d+): Time to get up\n(?:  .*\n)*", said)]
        return found[0] is not None

    desktop.wait_for(is_there, what="the note")
    assert found[0] is not None
    return found[0]


def test_the_icon_and_its_menu_obey_the_pointer(desktop: Desktop) -> None:
    """A left click opens the status page, a right click the menu; the chosen item is done once."""
    daemon = DaemonRun(desktop, '[prompt]\nevery = "1h"\n')
    daemon.start()
    x, y = _wait_for_icon(desktop, GREEN)
    _click(desktop, x, y, "left")
    daemon.wait_for_log("tray asks: open {'page': 'status'}")

    before = _look(desktop).crop((0, 0, 1280, 400))
    _click(desktop, x, y, "right")
    lines: list[tuple[int, int]] = []

    def is_open() -> bool:
        lines[:] = text_lines(before, _look(desktop).crop((0, 0, 1280, 400)))
        return len(lines) >= ITEMS

    desktop.wait_for(is_open, what="the menu")
    _click(desktop, *lines[-(ITEMS - MOVED)], "left")

    desktop.wait_for(daemon.words, what="the outcome")
    assert daemon.words() == ["done"]


def test_start_on_the_notification_begins_one_session(desktop: Desktop) -> None:
    """mako lists the three answers; the one chosen is heard once, and the note goes."""
    daemon = DaemonRun(desktop, '[prompt]\nevery = "4s"\nsettle = "0s"\n')
    daemon.start()
    _wait_for_icon(desktop, AMBER)
    shown = _wait_for_note(desktop)
    assert {line.strip() for line in shown[0].splitlines()} >= {"begin: Start", "snooze: Snooze 10 min", "skip: Skip"}

    assert desktop.run(["makoctl", "invoke", "-n", shown[1], "begin"]).returncode == 0

    daemon.wait_for_phase("session")
    desktop.wait_for(lambda: "Time to get up" not in desktop.run(["makoctl", "list"]).stdout, what="the note to go")
    assert len(re.findall("notification asks: begin", daemon.log)) == 1
