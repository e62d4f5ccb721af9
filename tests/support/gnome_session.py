"""GNOME's session manager without a session: it has nothing to start, and keeps account of who holds idleness back."""

from __future__ import annotations

import subprocess
from typing import Final

from support.desktop import Desktop

PROGRAM: Final = "/usr/libexec/gnome-session-binary"
NAME: Final = "org.gnome.SessionManager"
_SESSION: Final = "[GNOME Session]\nName=Nothing\nRequiredComponents=\n"


def start_gnome_session(desktop: Desktop) -> subprocess.Popen[str]:
    """Waits until it answers on the session bus. It wants logind."""
    desktop.start_logind()
    nothing, data = desktop.dir / "etc-xdg", desktop.dir / "gnome-session-data"
    sessions = data / "gnome-session" / "sessions"
    sessions.mkdir(parents=True)
    (sessions / "nothing.session").write_text(_SESSION)
    process = desktop.start(
        [PROGRAM, "--session=nothing", "--builtin", "--disable-acceleration-check", f"--autostart={nothing}"],
        "gnome-session",
        XDG_DATA_DIRS=f"{data}:/usr/share",
        XDG_CONFIG_DIRS=str(nothing),
    )
    desktop.wait_for_name(NAME)
    return process
