"""`unsit`: start in the background, or say that it runs."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Final

from unsit import paths
from unsit.cli.exits import DONE, REFUSED, complain
from unsit.cli.run import ALREADY_RUNS, has_desktop, run_daemon
from unsit.control_client import CommandError, ControlClient, NoDaemon
from unsit.words import _

STARTS_WITHIN_S: Final = 30.0
LOOK_AGAIN_S: Final = 0.02
LOOK_AGAIN_MOST_S: Final = 0.25


def start() -> int:
    """`unsit`: start in the background, or say that it runs. In a bare terminal it stays there."""
    if _says_that_it_runs():
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
        creationflags=_apart(),
    )
    began, wait_s = time.monotonic(), LOOK_AGAIN_S
    while time.monotonic() - began < STARTS_WITHIN_S:
        code = process.poll()
        if code == ALREADY_RUNS:
            # Somebody was quicker by a moment: theirs answers soon.
            if _says_that_it_runs():
                return DONE
        elif code is not None:
            _out, errors = process.communicate()
            complain(errors.decode(errors="replace").strip() or _("Unsit did not start; its log says why."))
            return REFUSED
        elif (running := _who_runs()) is not None and running[0] == process.pid:
            print(_("Unsit is running."), running[1])
            return DONE
        time.sleep(wait_s)
        wait_s = min(wait_s * 1.2, LOOK_AGAIN_MOST_S)
    complain(_("Unsit does not answer yet."), _("See its log: {path}").format(path=paths.state_dir() / "log"))
    return REFUSED


def _apart() -> int:
    """On Windows what a new session is elsewhere: a console of its own, which is not seen, for it and the pages that it starts.
    It would end with the one it was started from."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0


def _says_that_it_runs() -> bool:
    running = _who_runs(show=not _is_read())
    if running is None:
        return False
    print(_("Unsit is already running (process {pid}).").format(pid=running[0]), running[1])
    return True


def _is_read() -> bool:
    """Somebody reads what is printed: it was not started from a menu."""
    return any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _who_runs(*, show: bool = False) -> tuple[int, str] | None:
    """The daemon's process and its status line; None if it does not answer, which is asked again.

    Args: show: the daemon also says in a notification that it runs.
    """
    try:
        with ControlClient() as client:
            line = str(client.call("status", text=True)["line"])
            return int(client.call("ping", show=show)["pid"]), line
    except (NoDaemon, CommandError):  # still starting, ending, or asked by too many
        return None
