"""The whole daemon in a private desktop, through the installed command: what a person has, and what they see of it."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psutil
from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection

from support.desktop import Desktop
from support.patience import PATIENCE_S
from unsit import paths
from unsit.control_client import CommandError, ControlClient, NoDaemon

LOGIN1: Final = "org.freedesktop.login1"
MANAGER_PATH: Final = "/org/freedesktop/login1"
BROWSER: Final = "UNSIT_GUIDE__BROWSER"
_OPENER: Final = """#!/bin/sh
printf '%s\\n' "$1" >> "{links}"
"""
LONG: Final = '[prompt]\nevery = "1 h"\n'
"""Settings with which nothing falls due in a test."""


class DaemonRun:
    """One person's Unsit.

    Attributes:
        process: of the daemon, once started.
    """

    def __init__(self, desktop: Desktop, config: str = LONG) -> None:
        self.desktop = desktop
        self.env = desktop.env
        # A real browser is only started where a test is about it: it outlives the daemon, and is slow to end.
        self.env.setdefault(BROWSER, "true")
        self.config = Path(self.env["XDG_CONFIG_HOME"], "unsit", "config.toml")
        self.data = Path(self.env["XDG_DATA_HOME"], "unsit")
        self.database = self.data / "history.db"
        self.log_path = Path(self.env["XDG_STATE_HOME"], "unsit", "log")
        self.process: subprocess.Popen[str] | None = None
        self._links = desktop.dir / "links"
        self.configure(config)

    def configure(self, text: str) -> None:
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text)

    @property
    def socket(self) -> Path:
        name = paths.ADDRESS_NAME if self.env.get(paths.TRANSPORT_VARIABLE) == "loopback" else paths.SOCKET_NAME
        return Path(self.env["XDG_RUNTIME_DIR"], "unsit", name)

    def record_links(self) -> None:
        """From the next start on: a browser that only writes down what it was asked to open."""
        opener = self.desktop.dir / "opener"
        opener.write_text(_OPENER.format(links=self._links))
        opener.chmod(0o755)
        self.env[BROWSER] = f"{opener} {{url}}"

    def links(self) -> list[str]:
        """What it has been asked to open so far."""
        return self._links.read_text().splitlines() if self._links.exists() else []

    # ------------------------------------------------------------------------------------------------------ its life

    def start(self) -> subprocess.Popen[str]:
        """`unsit run`, until it answers."""
        self.process = self.desktop.start(["unsit", "run"], "daemon")
        process = self.process
        self.desktop.wait_for(
            lambda: process.poll() is not None or self.maybe_snapshot() is not None, what="the daemon's first answer"
        )
        assert process.poll() is None, f"the daemon ended with {process.returncode}: {self.desktop.log('daemon')}"
        return self.process

    def kill(self) -> None:
        """As a crash."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self, sig: int = signal.SIGTERM) -> float:
        """Tell it to stop; how long it took, in seconds."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(sig)
        assert self.process.wait(5) == 0
        return time.monotonic() - began

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.pid).children(recursive=True)

    # ----------------------------------------------------------------------------------------------- what is said to it

    def unsit(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.desktop.run(["unsit", *words])

    def done(self, *words: str) -> str:
        """Of a command that must succeed: what it prints."""
        answer = self.unsit(*words)
        assert answer.returncode == 0, f"{words}: {answer.returncode} {answer.stderr}"
        return answer.stdout

    def touch_input(self) -> None:
        """One real movement of the pointer."""
        self.desktop.run(["xdotool", "mousemove_relative", "--", "3", "0"])
        self.desktop.run(["xdotool", "mousemove_relative", "--", "-3", "0"])

    # -------------------------------------------------------------------------------------------------- what it says

    def call(self, method: str, **params: Any) -> Any:
        with ControlClient(self.socket) as client:
            return client.call(method, **params)

    def maybe_snapshot(self) -> dict[str, Any] | None:
        """None while there is none."""
        try:
            return dict(self.call("status"))
        except (NoDaemon, CommandError):
            return None

    @property
    def snapshot(self) -> dict[str, Any]:
        return dict(self.call("status"))

    @property
    def phase(self) -> str:
        return str(self.snapshot["phase"])

    @property
    def problems(self) -> list[str]:
        return list(self.snapshot["problems"])

    @property
    def log(self) -> str:
        return self.log_path.read_text() if self.log_path.exists() else ""

    def decided(self, word: str = "") -> list[str]:
        """The decisions in its log, of one kind if `word` is given, in order: `Outcome(record=1, ...)`."""
        return re.findall(rf"INFO unsit\.daemon\.shell: ({word or '[A-Z][a-z]+[A-Za-z]*'}\(.*\))$", self.log, re.M)

    def outcomes(self) -> list[dict[str, Any]]:
        """The rows of the history as they are on the disk, in order; what an undo took back is not there."""
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            rows = db.execute("SELECT * FROM outcome WHERE NOT revoked ORDER BY id").fetchall()
        return [dict(row) for row in rows]

    def words(self) -> list[str]:
        return [str(row["word"]) for row in self.outcomes()]

    # ------------------------------------------------------------------------------------------------------- waiting

    def wait(self, predicate: Callable[[], object], what: str, timeout_s: float = 10) -> None:
        """As `Desktop.wait_for`, with the daemon's own log beside what the others wrote."""
        try:
            self.desktop.wait_for(predicate, timeout_s, what)
        except TimeoutError as error:
            error.add_note(f"--- the state ---\n{self.maybe_snapshot()}\n--- the log ---\n{self.log}")
            raise

    def wait_for_phase(self, phase: str, timeout_s: float = 10) -> None:
        self.wait(lambda: self.phase == phase, f"the phase {phase}", timeout_s)

    def wait_for_log(self, text: str, timeout_s: float = 10) -> None:
        self.wait(lambda: text in self.log, f"{text!r} in the log", timeout_s)


class Session:
    """logind's side of a login session: python-dbusmock's, on the desktop's private system bus."""

    def __init__(self, desktop: Desktop) -> None:
        desktop.start_logind()
        self._address = desktop.system_bus_address
        (self.path,) = self._mock(MANAGER_PATH, "AddSession", "ssusb", "c2", "seat0", os.getuid(), "ann", True)
        self._update(Type=("s", "x11"))
        desktop.env["XDG_SESSION_ID"] = "c2"

    def lock(self, is_locked: bool = True) -> None:
        self._update(LockedHint=("b", is_locked))

    def activate(self, is_active: bool) -> None:
        """Whether the screen shows this session; not, while another one has been switched to."""
        self._update(Active=("b", is_active))

    def prepare_for_sleep(self, is_going_down: bool) -> None:
        manager = f"{LOGIN1}.Manager"
        self._mock(MANAGER_PATH, "EmitSignal", "sssav", manager, "PrepareForSleep", "b", [("b", is_going_down)])

    def _update(self, **properties: tuple[str, Any]) -> None:
        self._mock(self.path, "UpdateProperties", "sa{sv}", f"{LOGIN1}.Session", properties)

    def _mock(self, path: str, member: str, signature: str, *body: Any) -> tuple[Any, ...]:
        to = DBusAddress(path, bus_name=LOGIN1, interface="org.freedesktop.DBus.Mock")
        with open_dbus_connection(bus=self._address) as connection:
            reply = connection.send_and_get_reply(new_method_call(to, member, signature, body), timeout=PATIENCE_S)
        assert reply.header.message_type is MessageType.method_return, reply.body
        return tuple(reply.body)
