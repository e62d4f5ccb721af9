"""The screen while a stretch runs, by the daemon that runs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.daemon_run import BROWSER, DaemonRun
from support.desktop import needs
from support.screen_locks import ScreenLocks

MakeRun = Callable[..., DaemonRun]


@needs("mate-screensaver", "/usr/bin/python3")
def test_the_screen_is_held_while_a_stretch_runs_and_no_longer(make_run: MakeRun) -> None:
    """Not before it, not in its pause, not after its end, and not by a daemon that was killed; nor by the one that is started
    after it, before the person goes on."""
    run = make_run(system_bus=True)
    locks = ScreenLocks(run.desktop, ["org.mate.ScreenSaver"])
    held = {"org.mate.ScreenSaver", "logind"}
    run.start()
    assert locks.holding() == set()

    run.done("begin")
    run.wait(lambda: locks.holding() == held, "the screen held")
    assert "Screen: kept awake while a stretch runs by org.mate.ScreenSaver" in run.done("status")
    run.done("session", "toggle")
    run.wait(lambda: locks.holding() == set(), "the screen let go in the pause")
    run.done("session", "toggle")
    run.wait(lambda: locks.holding() == held, "the screen held again")

    run.kill()
    run.wait(lambda: locks.holding() == set(), "the screen let go with the daemon")
    run.start()
    assert run.snapshot["session"]["paused"]
    assert locks.holding() == set()
    run.done("session", "toggle")
    run.wait(lambda: locks.holding() == held, "the screen held by the new daemon")
    run.done("session", "stop")
    run.wait(lambda: locks.holding() == set(), "the screen let go after the end")


def windows_that_hold_the_screen(run: DaemonRun) -> list[str]:
    """Titles of those that the compositor heeds."""

    def windows(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        for child in (*node.get("nodes", ()), *node.get("floating_nodes", ())):
            yield from windows(child)

    tree = json.loads(run.desktop.run(["swaymsg", "-t", "get_tree"]).stdout)
    return [str(window["name"]) for window in windows(tree) if window.get("inhibit_idle")]


@pytest.mark.desktops
@needs("sway", "swaymsg", "wtype", "chromium")
def test_on_sway_the_page_holds_the_screen(make_run: MakeRun) -> None:
    """There only a visible window can: the guide's, by the browser's own lock; not in the pause."""
    run = make_run(screen=False)
    run.desktop.start_sway()
    run.env[BROWSER] = "chromium --no-sandbox --ozone-platform=wayland --disable-gpu --no-first-run --app={url}"
    run.desktop.start(["wtype", "-s", "60000", "-k", "a"])  # a keyboard: without one no window has the focus
    run.start()
    run.done("begin")
    run.wait(lambda: windows_that_hold_the_screen(run), "the guide's hold on the screen", 30)
    (title,) = windows_that_hold_the_screen(run)
    assert title.endswith("Standing lunge stretch")
    assert "by the browser" in run.done("status")
    run.done("session", "toggle")
    run.wait(lambda: not windows_that_hold_the_screen(run), "the screen let go in the pause")
    run.done("session", "toggle")
    run.wait(lambda: windows_that_hold_the_screen(run), "the screen held again")
    run.done("session", "stop")
    run.wait(lambda: not windows_that_hold_the_screen(run), "the screen let go after the end")
