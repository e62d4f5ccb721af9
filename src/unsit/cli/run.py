"""`unsit run`: the daemon itself. What is imported here stays all day, so nothing that asks a daemon is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from unsit import paths
from unsit.cli.exits import DONE, REFUSED, complain
from unsit.words import _

if TYPE_CHECKING:
    from unsit.daemon.instance import InstanceLock

ALREADY_RUNS: Final = 4
"""How a start in the background says to the one that started it that it was not needed."""


def has_desktop() -> bool:
    """There is a screen to show something on. What works on it is found out by trying."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def has_bus() -> bool:
    """There may be a session bus, by the same places in which one is looked for."""
    if os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return True
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return runtime is not None and Path(runtime, "bus").exists()


def has_home() -> bool:
    """There are folders for the settings and the history; where none can be found, that is said."""
    try:
        paths.user_config_dir(), paths.data_dir(), paths.state_dir()
    except RuntimeError:  # platformdirs: neither HOME nor an entry for this user
        complain(_("There is no home folder for this user."), _("Set HOME to a folder, then start Unsit again."))
        return False
    return True


def run_daemon(*, is_verbose: bool, is_background: bool) -> int:
    """`unsit run`: until it is told to stop."""
    lock = take_lock(is_background=is_background)
    if isinstance(lock, int):
        return lock
    history_lock = take_history_lock()
    if isinstance(history_lock, int):
        return history_lock
    # Not before it is known that this one runs: of a hundred starts at once the others cost little.
    import asyncio
    import logging

    from unsit.daemon import wiring

    in_terminal = not is_background and not has_desktop() and (sys.stdin.isatty() or not has_bus())
    loaded, brief = wiring.read_settings(None)
    log_path = wiring.set_up_logging(loaded.settings.log.level, is_verbose=is_verbose, folder=paths.state_dir())
    if not is_background and not in_terminal and sys.stdout.isatty():
        print(_("Unsit runs here and speaks up on your desktop: see its icon, or `unsit status`. Ctrl-C ends it."))

    main_thread = None
    if sys.platform == "darwin":  # where it belongs to what is seen
        from unsit.daemon.main_thread import MainThread

        main_thread = MainThread()

    async def live() -> None:
        daemon = wiring.Daemon(
            loaded,
            brief,
            lock,
            log_path,
            history_lock=history_lock,
            in_terminal=in_terminal,
            is_verbose=is_verbose,
            main_thread=main_thread,
        )
        await daemon.run()

    try:
        if main_thread is not None:
            main_thread.run(live)
        else:
            asyncio.run(live())
    except Exception as error:
        # Started by the session, nobody sees what is printed.
        logging.getLogger(__name__).exception("Unsit ended by a fault")
        if not isinstance(error, OSError):
            raise
        complain(_("Unsit cannot listen on its control socket: {why}").format(why=error))
        return REFUSED
    return DONE


def take_lock(*, is_background: bool) -> InstanceLock | int:
    """The lock, or the exit code where there is none to be had; then it has been said why."""
    from unsit.daemon.instance import AlreadyRunning, InstanceLock

    if not has_home():
        return REFUSED
    try:
        return InstanceLock(paths.own_runtime_dir())
    except AlreadyRunning as running:
        complain(
            _("Unsit is already running ({pid}).").format(pid=_process_words(running.pid)),
            _("Use `unsit status`, or `unsit quit` first."),
        )
        return ALREADY_RUNS if is_background else REFUSED
    except OSError as error:
        complain(_("There is no folder for the lock and the control socket: {why}").format(why=error))
        return REFUSED


def take_history_lock() -> InstanceLock | int | None:
    """None where the data folder has no place for it: then the history stays in memory, and nobody's is written twice."""
    from unsit.daemon.instance import HISTORY_LOCK_NAME, AlreadyRunning, InstanceLock

    folder = paths.data_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return InstanceLock(folder, HISTORY_LOCK_NAME)
    except AlreadyRunning as running:
        complain(
            _("Unsit is already running on this history ({pid}), with another runtime folder.").format(
                pid=_process_words(running.pid)
            ),
            _("Set XDG_RUNTIME_DIR as it has it to use that one, or end it first."),
        )
        return REFUSED
    except OSError:
        return None


def _process_words(pid: int | None) -> str:
    return _("process {pid}").format(pid=pid) if pid else _("another process")
