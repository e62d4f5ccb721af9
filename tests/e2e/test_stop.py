"""Ending cleanly, in every phase; reading the settings anew; mistakes in them while it runs."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial

import psutil
import pytest

from support.daemon_run import LONG, DaemonRun, Session
from support.desktop import needs, wait_until
from support.notification_servers import Dunst

MakeRun = Callable[..., DaemonRun]

STOPS_WITHIN_S = 5.0
SETTINGS = """
[prompt]
every = "{every}"
settle = "0 s"
[away]
idle_after = "1 h"
[stretch]
walk = "3 s"
[guide]
browser = "true"
"""
"""A browser of its own would outlive the daemon, as it must."""
PHASES = ("counting", "due", "snoozed", "session", "paused", "away", "break")


def lead_to(run: DaemonRun, session: Session, phase: str) -> None:
    if phase == "due":
        run.wait_for_phase("due")
    elif phase == "snoozed":
        run.wait_for_phase("due")
        run.done("snooze", "10m")
    elif phase == "session":
        run.done("begin")
    elif phase == "paused":
        run.done("pause", "1h")
    elif phase == "away":
        session.lock()
    elif phase == "break":
        run.done("begin", "walk")
        run.done("session", "next")
    run.wait_for_phase(phase)


def are_gone(processes: list[psutil.Process]) -> bool:
    def is_gone(process: psutil.Process) -> bool:
        try:
            return process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return all(map(is_gone, processes))


@needs("dunst", "lxqt-panel", "/usr/bin/python3")
@pytest.mark.parametrize(
    ("sig", "phases"),
    [(signal.SIGTERM, PHASES), (signal.SIGINT, ("counting", "due", "session"))],
    ids=["SIGTERM", "SIGINT"],
)
async def test_stopping_is_quick_and_leaves_nothing_in_any_phase(
    make_run: MakeRun, sig: signal.Signals, phases: tuple[str, ...]
) -> None:
    """Within a second: no note, no icon, no child, no socket; and the next start goes on from there."""
    run = make_run(system_bus=True)
    session = Session(run.desktop)
    server = Dunst(run.desktop)
    await server.start()
    run.desktop.start_panel("lxqt")
    for phase in phases:
        session.lock(False)
        every = "1 s" if phase in ("due", "snoozed") else "1 h"
        run.configure(SETTINGS.format(every=every))
        run.start()
        if run.phase == "session":
            run.done("session", "stop")
        lead_to(run, session, phase)
        run.wait(run.desktop.status_notifier_items, "the icon")
        children = run.children()

        took_s = run.end(sig)

        assert took_s < STOPS_WITHIN_S, f"{phase}: {took_s:.2f} s"
        assert server.count() == 0, phase
        assert run.desktop.status_notifier_items() == [], phase
        assert not run.socket.exists(), phase
        assert wait_until(partial(are_gone, children), 3), f"{phase}: {children}"
        run.database.unlink()
    assert "Traceback" not in run.log


@needs("dunst")
async def test_stopping_does_not_wait_for_a_server_that_hangs(make_run: MakeRun) -> None:
    """A prompt is open on a server that answers nobody: the end is as quick, and the prompt is there at the next start."""
    run = make_run(SETTINGS.format(every="1 s"))
    server = Dunst(run.desktop)
    await server.start()
    run.start()
    run.wait_for_phase("due")
    run.wait(lambda: server.count() == 1, "the prompt")
    server.freeze()

    assert run.end() < STOPS_WITHIN_S
    server.thaw()


def test_a_signal_while_it_starts_is_a_clean_stop_too(make_run: MakeRun) -> None:
    """At any moment after the command was given: never a traceback, never a lock or a socket that is in the way."""
    run = make_run(screen=False)
    for delay_s in (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3):
        process = run.desktop.start(["unsit", "run"], "early")
        wait_until(lambda: False, delay_s)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) in (0, -signal.SIGTERM)
    run.start()
    assert run.end() < STOPS_WITHIN_S
    assert "Traceback" not in run.desktop.log("early") + run.log


def test_sighup_reads_the_settings_anew(make_run: MakeRun) -> None:
    """As `unsit reload` does."""
    run = make_run(screen=False)
    run.start()
    assert run.snapshot["every_s"] == 3600
    run.configure('[prompt]\nevery = "30 min"\n')
    assert run.process is not None
    run.process.send_signal(signal.SIGHUP)

    run.wait(lambda: run.snapshot["every_s"] == 1800, "the new setting")


@needs("dunst", "dunstctl")
async def test_settings_that_break_while_it_runs_are_said_and_left(make_run: MakeRun) -> None:
    """File, line, key, what is wrong and what would be right, in a note and in `status`; the last good ones stay, until the
    mistake is gone."""
    run = make_run(LONG)
    server = Dunst(run.desktop)
    await server.start()
    run.start()
    run.configure('# mine\n[prompt]\nevery = "soon"\n')
    assert run.process is not None
    run.process.send_signal(signal.SIGHUP)

    run.wait(lambda: run.problems, "the problem")
    (problem,) = run.problems
    for part in (f"{run.config}:3", "prompt.every", "soon", "a duration from 1s to 12h"):
        assert part in problem, problem
    assert run.snapshot["every_s"] == 3600
    assert problem in run.done("status")
    shown = run.desktop.run(["dunstctl", "history"]).stdout
    run.wait(lambda: server.count() == 2, "the note beside the greeting")
    checked = run.unsit("config", "check")
    assert checked.returncode == 1
    assert "prompt.every" in checked.stdout + shown

    # The same mistake is not said twice.
    run.desktop.run(["dunstctl", "close-all"])
    assert run.unsit("reload").returncode == 1
    assert server.count() == 0

    run.configure('[prompt]\nevery = "20 min"\n')
    run.done("reload")
    assert run.snapshot["every_s"] == 1200
    assert run.problems == []
