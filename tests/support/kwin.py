"""KDE's compositor without a screen, and input for it by its own protocol for that."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Final, Self

from support.desktop import Desktop
from unsit.adapters.wayland import WaylandConnection, socket_path

FAKE_INPUT: Final = "org_kde_kwin_fake_input"
AUTHENTICATE, POINTER_MOTION = 0, 1


def start_kwin(desktop: Desktop) -> subprocess.Popen[str]:
    """Sets WAYLAND_DISPLAY; waits until it listens."""
    # The installed one has a file capability, with which a container may not start it.
    kwin = Path(shutil.copy(shutil.which("kwin_wayland") or "kwin_wayland", desktop.dir / "kwin_wayland"))
    process = desktop.start(
        [kwin, "--virtual", "--no-lockscreen", "--no-global-shortcuts", "--width", "1280", "--height", "720",
         "--socket", "wayland-kwin"],
        "kwin",
        KWIN_WAYLAND_NO_PERMISSION_CHECKS="1",
        KWIN_COMPOSE="Q",
    )  # fmt: skip
    path = Path(desktop.env["XDG_RUNTIME_DIR"], "wayland-kwin")
    desktop.wait_for(path.exists, 20, "KWin's socket")
    desktop.env["WAYLAND_DISPLAY"] = str(path)
    return process


class Hand:
    """One who moves the mouse."""

    def __init__(self, connection: WaylandConnection, fake_input: int) -> None:
        self._connection, self._fake_input = connection, fake_input

    @classmethod
    async def of(cls, desktop: Desktop) -> Self:
        connection = await WaylandConnection.open(socket_path(desktop.env), answer_within_s=20)
        fake_input, _version = connection.bind(FAKE_INPUT, 1)
        text = struct.pack("=I", 5) + b"test\0\0\0\0"
        connection.send(fake_input, AUTHENTICATE, text + text)
        return cls(connection, fake_input)

    def move(self) -> None:
        by = 3 * 256  # 24.8 fixed point
        self._connection.send(self._fake_input, POINTER_MOTION, struct.pack("=ii", by, by))

    def close(self) -> None:
        self._connection.close()
