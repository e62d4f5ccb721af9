"""KDE Plasma in a private desktop: KWin as a Wayland compositor in a window of Xvfb, which has the eyes and the pointer."""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

from support.desktop import Desktop
from support.trays import find_colour, look, text_lines

START_S: Final = 40.0
SIZE: Final = (1000, 600)
_PANEL: Final = (0, 552, 1000, 600)
"""Where Plasma puts its panel on a screen of that size."""
_MENU: Final = (244, 245, 245)
"""The background of Breeze's menus."""
_POPUPS: Final = (600, 100, 1000, 550)
"""And notifications above it."""


class Plasma:
    """
    Args:
        desktop: of `SIZE`, without a window manager, with the installed services and a system bus.
    """

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        desktop.env.update(
            XDG_SESSION_TYPE="wayland",
            XDG_CURRENT_DESKTOP="KDE",
            XDG_MENU_PREFIX="plasma-",
            KDE_FULL_SESSION="true",
            KDE_SESSION_VERSION="6",
        )
        desktop.start_logind()
        # The installed one carries a file capability, which a container may not grant.
        kwin = Path(shutil.copy(shutil.which("kwin_wayland") or "kwin_wayland", desktop.dir / "kwin_wayland"))
        width, height = SIZE
        desktop.start(
            [kwin, "--x11-display", desktop.display or "", "--width", width, "--height", height,
             "--no-lockscreen", "--no-global-shortcuts", "--socket", "plasma"],
            "kwin",
        )  # fmt: skip
        desktop.wait_for_name("org.kde.KWin", START_S)
        desktop.env.update(WAYLAND_DISPLAY="plasma", QT_QPA_PLATFORM="wayland", QT_QUICK_BACKEND="software")
        # What the bus starts belongs into this session, too.
        desktop.run(["dbus-update-activation-environment", "--all"])
        desktop.start(["kded6"])
        desktop.wait_for_name("org.kde.StatusNotifierWatcher", START_S)
        self.start_shell()

    def start_shell(self) -> None:
        self.desktop.start(["plasmashell", "--no-respawn"])
        self.desktop.wait_for_name("org.freedesktop.Notifications", START_S)

    def screenshot(self, path: Path) -> Path:
        done = self.desktop.run(["import", "-display", self.desktop.display or "", "-window", "root", path])
        if done.returncode != 0:
            raise RuntimeError(f"no screenshot: {done.stderr}")
        return path

    def move(self, x: int, y: int) -> None:
        self._xdotool("mousemove", x, y)

    def click(self, x: int, y: int, button: int = 1) -> None:
        self._xdotool("mousemove", x, y, "click", button)

    def _xdotool(self, *words: object) -> None:
        done = self.desktop.run(["xdotool", *(str(word) for word in words)])
        if done.returncode != 0:
            raise RuntimeError(f"xdotool: {done.stderr}")

    # ----------------------------------------------------------------------------------------------------- tray and notes

    def look(self) -> Image.Image:
        return look(self.screenshot(self.desktop.dir / "look.ppm"))

    def restart_shell(self) -> None:
        """As after a crash of plasmashell: tray and notifications go and come, the watcher stays."""
        pid = self.desktop.pid_of("plasmashell")
        os.kill(pid, signal.SIGKILL)
        self.desktop.wait_for(
            lambda: not self.desktop.has_name("org.freedesktop.Notifications"), what="the shell to go"
        )
        self.start_shell()

    def wait_for_icon(self, colour: tuple[int, int, int]) -> tuple[int, int]:
        """Its middle, once the icon in the panel has that colour."""
        found: list[tuple[int, int]] = []

        def is_there() -> bool:
            box = find_colour(self.look().crop(_PANEL), colour)
            if box:
                found.append((_PANEL[0] + (box[0] + box[2]) // 2, _PANEL[1] + (box[1] + box[3]) // 2))
            return bool(box)

        self.desktop.wait_for(is_there, 20, "the icon in the panel")
        return found[-1]

    def open_menu(self, colour: tuple[int, int, int], count: int) -> list[tuple[int, int]]:
        """Right-click on the icon of that colour; where the `count` items of its menu are, from above."""
        self.click(*self.wait_for_icon(colour), 3)
        lines: list[tuple[int, int]] = []

        def is_open() -> bool:
            image = self.look()
            box = find_colour(image, _MENU, tolerance=0)
            if box is not None:
                # Nothing but the menu differs: a notification may come or go beside it.
                without = image.copy()
                without.paste(ImageChops.invert(image.crop(box)), box)
                lines[:] = text_lines(without, image)
            return len(lines) == count

        self.desktop.wait_for(is_open, what=f"a menu of {count} items")
        return lines

    def buttons(self) -> list[tuple[int, int]]:
        """The middles of the buttons in a row at the bottom of the notification, from the left: white fields on grey."""
        image = self.look().crop(_POPUPS).convert("L").point([255 if value >= 250 else 0 for value in range(256)])
        for row in range(image.height - 1, -1, -1):
            line = image.crop((0, row, image.width, row + 1)).tobytes()
            runs = [match.span() for match in re.finditer(rb"\xff{30,}", line)]
            if len(runs) >= 2:
                # The lowest row of the buttons, below their texts; half a button is about 12 pixels.
                return [(_POPUPS[0] + (start + end) // 2, _POPUPS[1] + row - 10) for start, end in runs]
        return []

    def wait_for_buttons(self, count: int, timeout_s: float = 15) -> list[tuple[int, int]]:
        self.desktop.wait_for(lambda: len(self.buttons()) == count, timeout_s, f"{count} buttons on a notification")
        return self.buttons()
