"""The screen while a stretch runs, by the daemon that runs it."""

from __future__ import annotations

from collections.abc import Callable

from support.daemon_run import DaemonRun
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
