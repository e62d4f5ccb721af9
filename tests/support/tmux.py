"""A real terminal with levers: tmux, its server in a private desktop, without a display and without a bus."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from support.desktop import Desktop

UNSIT = (sys.executable, "-m", "unsit")
WITHOUT_DESKTOP = ("env", "-u", "DISPLAY", "-u", "WAYLAND_DISPLAY", "-u", "DBUS_SESSION_BUS_ADDRESS")


class Tmux:
    """One pane with a shell that does job control."""

    def __init__(self, desktop: Desktop, *, columns: int = 80, rows: int = 24, **env: str) -> None:
        self.desktop = desktop
        self._socket = desktop.dir / "tmux"
        environment: dict[str, Any] = {"TERM": "xterm-256color", "PS1": "$ ", **env}
        self.process = desktop.start(
            [*WITHOUT_DESKTOP, "tmux", "-f", "/dev/null", "-S", self._socket, "-D"],
            "tmux",
            **environment,
        )
        desktop.wait_for(self._socket.exists, what="tmux")
        self._tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), "bash", "--norc", "--noprofile")
        self.wait_for("$")

    def _tmux(self, *argv: str) -> str:
        done = self.desktop.run(["tmux", "-S", self._socket, *argv])
        assert done.returncode == 0, done.stderr
        return done.stdout

    def type(self, line: str) -> None:
        """In the shell."""
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def paste(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self, *, with_styles: bool = False) -> str:
        return self._tmux("capture-pane", "-p", *(["-e"] if with_styles else [])).rstrip()

    def wait_for(self, text: str, timeout: float = 10, *, until: Callable[[str], bool] = lambda screen: True) -> str:
        """The screen, as soon as `text` is on it, and it is as `until` wants it."""
        seen = ""

        def is_there() -> bool:
            nonlocal seen
            seen = self.screen()
            return text in seen and until(seen)

        try:
            self.desktop.wait_for(is_there, timeout, f"{text!r} on the terminal")
        except TimeoutError as error:
            error.add_note(f"--- the terminal ---\n{seen}")
            raise
        return seen

    def wait_until_gone(self, text: str, timeout: float = 10) -> str:
        self.desktop.wait_for(lambda: text not in self.screen(), timeout, f"no {text!r} on the terminal")
        return self.screen()

    def modes(self) -> str:
        """The terminal's own, and whether cursor, wrapping and the normal screen are back."""
        device = self._tmux("display-message", "-p", "#{pane_tty}").strip()
        flags = self._tmux("display-message", "-p", "#{cursor_flag} #{wrap_flag} #{alternate_on}")
        return self.desktop.run(["stty", "-a", "-F", device]).stdout.partition(";")[2] + flags

    def wait_for_modes(self, modes: str) -> None:
        """A shell sets its own a moment after it has the terminal back."""
        self.desktop.wait_for(lambda: self.modes() == modes, what=f"the modes {modes}")

    def program(self) -> str:
        """What has the foreground."""
        return self._tmux("display-message", "-p", "#{pane_current_command}").strip()

    def shell_pid(self) -> int:
        return int(self._tmux("display-message", "-p", "#{pane_pid}"))

    def hang_up(self) -> None:
        self._tmux("kill-session")


def unsit(*argv: str) -> Sequence[str | Path]:
    return [*UNSIT, *argv]
