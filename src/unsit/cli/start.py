"""Starting: in the background as `unsit`, in the foreground as `unsit run`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Final

from unsit import paths
from unsit.cli.exits import DONE, REFUSED, complain
from unsit.control_client import ControlClient, NoDaemon
from unsit.words import _

STARTS_WITHIN_S: Final = 10.0


def has_desktop() -> bool:
    """There is a screen to show something on. What works on it is found out by trying."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def start() -> int:
    """`unsit`: start in the background, or say that it runs. In a bare terminal it stays there."""
    line = _status_line()
    if line is not None:
        print(_("Unsit is already running (process {pid}).").format(pid=_pid()), line)
        return DONE
    if not has_desktop() and sys.stdin.isatty():
        return run_daemon(is_verbose=False, is_background=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "unsit", "run", "--background"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd="/",
    )
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end:
        line = _status_line()
        if line is not None:
            print(_("Unsit is running."), line)
            return DONE
        if process.poll() is not None:
            _out, errors = process.communicate()
            complain(errors.decode(errors="replace").strip() or _("Unsit did not start; its log says why."))
            return REFUSED
        time.sleep(0.02)
    complain(_("Unsit does not answer yet."), _("See its log: {path}").format(path=paths.state_dir() / "log"))
    return REFUSED


def _status_line() -> str | None:
    try:
        with ControlClient() as client:
            return str(client.call("status", text=True)["line"])
    except (NoDaemon, Exception):  # noqa: BLE001  still starting, or ending: asked again
        return None


def _pid() -> int | str:
    try:
        with ControlClient() as client:
            return int(client.call("ping")["pid"])
    except NoDaemon:
        return "?"


def run_daemon(*, is_verbose: bool, is_background: bool) -> int:
    """`unsit run`: until it is told to stop."""
    import asyncio

    from unsit.daemon import wiring
    from unsit.daemon.instance import AlreadyRunning, InstanceLock

    try:
        lock = InstanceLock(paths.own_runtime_dir())
    except AlreadyRunning as running:
        pid = _("process {pid}").format(pid=running.pid) if running.pid else _("another process")
        complain(
            _("Unsit is already running ({pid}).").format(pid=pid), _("Use `unsit status`, or `unsit quit` first.")
        )
        return REFUSED
    except OSError as error:
        complain(_("There is no folder for the lock and the control socket: {why}").format(why=error))
        return REFUSED
    loaded, brief = wiring.read_settings(None)
    log_path = wiring.set_up_logging(loaded.settings.log.level, is_verbose=is_verbose, folder=paths.state_dir())

    async def live() -> None:
        await wiring.Daemon(loaded, brief, lock, log_path).run()

    try:
        asyncio.run(live())
    except OSError as error:
        complain(_("Unsit cannot listen on its control socket: {why}").format(why=error))
        return REFUSED
    return DONE
