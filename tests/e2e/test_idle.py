"""What the daemon costs while nothing happens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil

from bench import idle
from support.daemon_run import LONG, DaemonRun, Session
from support.desktop import needs, wait_until

MakeRun = Callable[..., DaemonRun]

WINDOW_S = 20.0
SWITCHES_MOST = 3
"""A redraw of the icon may fall into the window; a tick a second would be twenty."""
THREADS_MOST = 3


@needs("dunst", "lxqt-panel", "/usr/bin/python3")
def test_idle_costs_nothing(make_run: MakeRun) -> None:
    """With the icon in a tray, a notification server, X and logind there: no tick, no write, three threads at most."""
    run = make_run(LONG, system_bus=True)
    Session(run.desktop)
    run.desktop.start_dunst()
    run.desktop.start_panel("lxqt")
    run.start()
    run.wait(run.desktop.status_notifier_items, "the icon")

    def usage() -> idle.Usage:
        return idle.usage_of(idle.tree(psutil.Process(run.pid)))

    def is_quiet() -> bool:
        """Half a second without a wake-up: what comes of the start is over."""
        before = usage().switches
        wait_until(lambda: False, 0.5)
        return usage().switches == before

    run.wait(is_quiet, "the end of the start")
    files = changed(run)

    cost = idle.watch(run.pid, WINDOW_S)

    assert cost.switches <= SWITCHES_MOST
    assert cost.written_bytes == 0
    assert changed(run) == files
    assert cost.cpu_s <= 0.01
    assert cost.processes == 1
    assert cost.threads <= THREADS_MOST
    loaded = Path(f"/proc/{run.pid}/maps").read_text()
    assert not [name for name in ("_imaging", "libgtk") if name in loaded], "neither Pillow nor a GUI toolkit"


def changed(run: DaemonRun) -> dict[Path, int]:
    """Every file of the daemon -> when it was written."""
    folders = (run.data, run.log_path.parent, run.socket.parent, run.config.parent)
    return {path: path.stat().st_mtime_ns for folder in folders for path in folder.iterdir()}
