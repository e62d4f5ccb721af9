"""What the daemon costs while nothing happens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bench import idle
from support.daemon_run import LONG, DaemonRun, Session
from support.desktop import Desktop, needs, require, wait_until
from support.kwin import start_kwin
from support.mutter import start_mutter

MakeRun = Callable[..., DaemonRun]

pytestmark = pytest.mark.alone

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

    wait_for_the_end_of_the_start(run)
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


@pytest.mark.desktops
@pytest.mark.parametrize("compositor", ["sway", "mutter", "kwin_wayland"])
def test_a_source_of_presence_wakes_nobody_while_nothing_changes(make_run: MakeRun, compositor: str) -> None:
    """A minute on each compositor: what it waits for is said by the compositor, or not at all."""
    require(compositor)
    run = make_run(LONG, screen=False, system_bus=True)
    Session(run.desktop)
    starts: dict[str, Callable[[Desktop], object]] = {
        "sway": Desktop.start_sway, "mutter": start_mutter, "kwin_wayland": start_kwin,
    }  # fmt: skip
    starts[compositor](run.desktop)
    run.start()
    run.wait_for_log("no StatusNotifier tray")  # which it says a few seconds after the start
    wait_for_the_end_of_the_start(run)

    cost = idle.watch(run.pid, 60.0)

    assert cost.switches <= 1
    assert cost.written_bytes == 0
    assert cost.threads <= THREADS_MOST


def wait_for_the_end_of_the_start(run: DaemonRun) -> None:
    """Half a second without a wake-up."""

    def switches() -> int:
        return idle.usage_of(idle.tree(psutil.Process(run.pid))).switches

    def is_quiet() -> bool:
        before = switches()
        wait_until(lambda: False, 0.5)
        return switches() == before

    run.wait(is_quiet, "the end of the start")


def changed(run: DaemonRun) -> dict[Path, int]:
    """Every file of the daemon -> when it was written."""
    folders = (run.data, run.log_path.parent, run.socket.parent, run.config.parent)
    return {path: path.stat().st_mtime_ns for folder in folders for path in folder.iterdir()}
