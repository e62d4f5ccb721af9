"""What the daemon costs while nothing happens."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from fnmatch import fnmatch
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
LIBRARIES = {
    "Xlib", "apscheduler", "jeepney", "msgspec", "platformdirs", "plyer", "pystray", "six", "typing_extensions", "tzlocal",
}  # fmt: skip
"""What may be in memory all day; each costs what docs/dependencies.md says of it."""
ONLY_WHEN_NEEDED = (
    "json", "argparse", "dataclasses", "http*", "xml*",
    "apscheduler.triggers.cron*", "plyer.platforms*", "pystray._xorg*", "Xlib.display*", "Xlib.protocol.request*",
    "unsit.control_client", "unsit.settings.lines", "unsit.simulation*", "unsit.web*", "unsit.words.why*",
    "unsit.words.segments",
    "unsit.cli.s*", "unsit.cli.control", "unsit.catalogue.[dfgmr]*", "unsit.daemon.coach", "unsit.daemon.sound_wiring",
    "unsit.adapters.browser", "unsit.adapters.clip", "unsit.adapters.music*", "unsit.adapters.screen_awake",
    "unsit.adapters.t[eo]*", "unsit.adapters.tty", "unsit.adapters.voice*", "unsit.adapters.window*",
)  # fmt: skip
"""Modules that a stretch, a page, a command or another desktop brings along. What has come in stays in memory all day."""
_TELLS_ITS_MODULES = """
import os, signal, sys
def tell(*_):
    with open({path!r} + ".part", "w") as file:
        file.write("\\n".join(sys.modules))
    os.replace({path!r} + ".part", {path!r})
signal.signal(signal.SIGUSR2, tell)
"""


@needs("dunst", "lxqt-panel", "/usr/bin/python3")
def test_idle_costs_nothing(make_run: MakeRun) -> None:
    """With the icon in a tray, a notification server, X and logind there: no tick, no write, three threads at most, and nothing
    in memory that an idle hour does not need."""
    run = make_run(LONG, system_bus=True)
    told = run.desktop.dir / "modules"
    (run.desktop.dir / "sitecustomize.py").write_text(_TELLS_ITS_MODULES.format(path=str(told)))
    run.env["PYTHONPATH"] = str(run.desktop.dir)
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
    assert run.process is not None
    run.process.send_signal(signal.SIGUSR2)
    run.wait(told.exists, "its modules")
    modules = told.read_text().splitlines()
    assert "unsit.adapters.x11" in modules, "it looks at this desktop"
    assert not [name for name in modules if any(fnmatch(name, pattern) for pattern in ONLY_WHEN_NEEDED)]
    assert libraries(modules) <= LIBRARIES


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


def libraries(modules: list[str]) -> set[str]:
    """Those that are neither Python's nor ours, nor brought along by the environment that the tests run in."""
    others = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names
    surroundings = {"__main__", "unsit", "sitecustomize", "coverage", "_distutils_hack", "__mp_main__"}
    return {name for name in others - surroundings if not name.startswith("_sysconfigdata")}


def changed(run: DaemonRun) -> dict[Path, int]:
    """Every file of the daemon -> when it was written."""
    folders = (run.data, run.log_path.parent, run.socket.parent, run.config.parent)
    return {path: path.stat().st_mtime_ns for folder in folders for path in folder.iterdir()}
