"""The ground that the other tests stand on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.desktop import Desktop, needs, wait_until

pytest_plugins = ["pytester"]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@needs("xprop")
def test_a_desktop_has_a_screen_and_a_window_manager(desktop: Desktop) -> None:
    """Programs find both through the environment alone."""
    done = desktop.run(["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"])

    assert "window id" in done.stdout, done


@needs("dbus-send")
def test_two_desktops_have_two_buses_and_two_screens(make_desktop: Callable[..., Desktop]) -> None:
    """Side by side without a fixed number."""
    one, two = make_desktop(), make_desktop()

    assert one.display != two.display
    ids = {
        d.run(
            ["dbus-send", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetId"]
        ).stdout
        for d in (one, two)
    }
    assert len(ids) == 2


def test_nothing_of_the_callers_session_is_seen() -> None:
    """Neither a display nor a bus nor a folder of the person who runs the tests."""
    assert "DISPLAY" not in os.environ
    assert "WAYLAND_DISPLAY" not in os.environ
    assert not Path(os.environ["DBUS_SESSION_BUS_ADDRESS"].removeprefix("unix:path=")).exists()

    from unsit import paths

    home = os.environ["HOME"]
    assert all(
        str(folder).startswith(home)
        for folder in (paths.user_config_dir(), paths.data_dir(), paths.state_dir(), paths.runtime_dir())
    )


def test_the_end_of_a_desktop_is_the_end_of_its_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of one that ignores the polite signal, and of one that left for a session of its own."""
    monkeypatch.setattr("support.desktop.TERM_S", 0.2)
    with Desktop(screen=False) as made:
        stubborn = made.start(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 60; done"], "stubborn")
        made.start(["sh", "-c", "setsid sh -c 'echo $$ > \"$HOME/stray\"; exec sleep 600' & "])
        stray_file = Path(made.env["HOME"], "stray")
        made.wait_for(lambda: stray_file.exists() and stray_file.read_text().strip(), what="the stray")
        made.wait_for(lambda: "ready" in made.log("stubborn"))
        stray = int(stray_file.read_text())
        folder = made.dir

    assert not _alive(stubborn.pid)
    assert not _alive(stray)
    assert not folder.exists()


def test_a_killed_test_run_leaves_no_process() -> None:
    """The kernel ends what the run could not."""
    code = (
        "from support.desktop import Desktop\n"
        "d = Desktop(screen=False)\n"
        "p = d.start(['sleep', '600'])\n"
        "d.wait_for(lambda: open(f'/proc/{p.pid}/cmdline').read().startswith('sleep'))\n"  # under way, not just forked
        "print(p.pid, d.dir, flush=True)\n"
        "import time; time.sleep(600)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=env)
    assert run.stdout is not None
    pid, folder = run.stdout.readline().split()
    run.send_signal(signal.SIGKILL)
    run.communicate()

    assert wait_until(lambda: not _alive(int(pid)), 5)
    subprocess.run(["rm", "-r", folder], check=True)


@needs("dunst")
def test_dunst_takes_the_notification_name(desktop: Desktop) -> None:
    """A real server on the private bus."""
    desktop.start_dunst()

    assert desktop.has_name("org.freedesktop.Notifications")


@pytest.mark.parametrize("kind", ["lxqt", "xfce", "trayer"])
def test_a_panel_offers_its_tray(make_desktop: Callable[..., Desktop], kind: str) -> None:
    """The two kinds of tray, on three hosts."""
    needs({"lxqt": "lxqt-panel", "xfce": "xfce4-panel"}.get(kind, kind))
    desktop = make_desktop(services=kind == "xfce")

    desktop.start_panel(kind)

    if kind == "trayer":
        assert desktop.has_xembed_tray()
    else:
        assert desktop.has_name("org.kde.StatusNotifierWatcher")


def test_logind_is_on_the_system_bus_alone(make_desktop: Callable[..., Desktop]) -> None:
    """Two buses, told apart."""
    if subprocess.run(["/usr/bin/python3", "-c", "import dbusmock"], stderr=subprocess.DEVNULL).returncode != 0:
        needs("python3-dbusmock")
    made = make_desktop(screen=False, system_bus=True)

    made.start_logind()

    assert made.has_name("org.freedesktop.login1", system=True)
    assert not made.has_name("org.freedesktop.login1")


@pytest.mark.desktops
@needs("sway", "swaymsg", "grim")
def test_sway_runs_beside_the_bus(session_bus: Desktop, tmp_path: Path) -> None:
    """A Wayland compositor without a screen, under another user where this one is root."""
    session_bus.start_sway()

    assert "HEADLESS-1" in session_bus.run(["swaymsg", "-t", "get_outputs"]).stdout
    assert session_bus.screenshot(tmp_path / "sway.png").stat().st_size > 0


async def test_waiting_on_the_loop_lets_the_loop_go_on(session_bus: Desktop) -> None:
    """What is waited for may happen on the same loop."""
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, done.set)

    await session_bus.until(done.is_set, 5)


def test_a_left_process_fails_the_test_that_left_it(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a missing server is a skip here, but a failure in CI."""
    here = Path(__file__).parent.parent
    pytester.makeconftest((here / "conftest.py").read_text().replace("CHILD_GRACE_S = 3.0", "CHILD_GRACE_S = 0.3"))
    pytester.makeini(f"[pytest]\npythonpath = {here}\n")
    pytester.makepyfile(
        """
        import subprocess
        from support.desktop import needs

        child = []

        def test_leaves_one():
            child.append(subprocess.Popen(["sleep", "600"]))

        def test_ends_it():
            child[0].kill()
            child[0].wait()

        @needs("no-such-server")
        def test_wants_a_server():
            pass
        """
    )

    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.delenv("CI", raising=False)

    here_result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:asyncio")
    here_result.assert_outcomes(passed=2, errors=1, skipped=1)
    here_result.stdout.fnmatch_lines(["*left running: * sleep 600*", "Skipped 1: 1 not installed: no-such-server"])

    monkeypatch.setenv("CI", "true")
    ci_result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:asyncio")
    ci_result.assert_outcomes(passed=2, errors=2)
