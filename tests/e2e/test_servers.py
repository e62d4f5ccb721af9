"""What becomes of the daemon when the desktop around it falls, comes back, or was never there."""

from __future__ import annotations

import signal
from collections.abc import Callable

from support.daemon_run import DaemonRun
from support.desktop import needs
from support.notification_servers import Dunst

MakeRun = Callable[..., DaemonRun]

DUE = '[prompt]\nevery = "1 s"\nsettle = "0 s"\nremind_every = "1 h"\nsnooze = "1 s"\n'
"""A prompt soon, and another as soon as it has been missed."""


@needs("dunst", "dunstctl")
async def test_an_open_prompt_is_shown_again_by_the_next_server(make_run: MakeRun) -> None:
    """The notification server crashes and another comes: the prompt stands there, and its buttons work."""
    run = make_run(DUE.replace('"1 s"', '"20 s"', 1))
    server = Dunst(run.desktop)
    await server.start()
    run.start()
    run.wait(lambda: server.count() == 1, "the first note")  # the greeting
    run.configure(DUE.replace('"1 s"', '"4 s"', 1))
    run.done("reload")
    run.wait_for_phase("due")
    run.wait(lambda: server.count() == 1, "the prompt")

    await server.kill()
    await server.start()
    run.wait(lambda: server.count() == 1, "the prompt on the new server")
    assert len(run.decided("Prompted")) == 1, "it is no second offer"
    await server.press("skip", "Skip")
    run.wait(lambda: run.words() == ["skipped"], "the skip")


@needs("dunst", "dunstctl")
async def test_a_server_that_hangs_stops_nothing(make_run: MakeRun) -> None:
    """The schedule goes on, commands are answered at once, `status` says it, and it is over when the server goes on."""
    run = make_run(DUE.replace('"1 s"', '"3 s"', 1))
    server = Dunst(run.desktop)
    await server.start()
    run.start()
    server.freeze()
    run.wait_for_phase("due")
    run.wait(lambda: any("does not answer" in problem for problem in run.problems), "the problem in the status")
    run.done("skip")
    run.wait(lambda: len(run.decided("Prompted")) == 2, "the next prompt")
    assert run.words() == ["skipped"]

    server.thaw()
    run.wait(lambda: server.count() >= 1, "the prompt")
    run.wait(lambda: not run.problems, "the end of the problem")


def test_nothing_at_all_is_a_desktop_too(make_run: MakeRun) -> None:
    """No tray, no server, no bus, no display: it runs, the command line does everything, and `status` tells what is missing."""
    run = make_run(DUE, screen=False)
    nowhere = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={run.desktop.dir}/no-bus"}
    run.env.update(nowhere)
    run.start()
    run.wait_for_phase("due")
    run.done("begin")
    run.wait_for_phase("session")
    run.done("session", "stop")
    run.wait_for_phase("due")
    run.done("skip")
    assert run.words()[-1] == "skipped"

    said = run.done("status")
    for missing in ("no session bus", "Input:", "DISPLAY is not set", "Lock and sleep:"):
        assert missing in said, said
    run.wait(lambda: len(run.decided("Prompted")) >= 3, "the next prompt")
    assert len(run.problems) == len(set(run.problems))
    assert run.end() < 5


@needs("dunst")
def test_a_bus_that_goes_takes_neither_the_schedule_nor_the_commands(make_run: MakeRun) -> None:
    """What it served is said once to be gone; the rest goes on."""
    run = make_run(DUE.replace('"1 s"', '"2 s"', 1))
    run.desktop.start_dunst()
    run.start()
    bus = next(process for process, log in run.desktop._processes if log.stem == "session-bus")
    run.desktop.stop(bus, sig=signal.SIGKILL)

    run.wait(lambda: any("session bus has gone" in problem for problem in run.problems), "the problem in the status")
    run.wait_for_phase("due")
    run.done("skip")
    assert run.words() == ["skipped"]
    assert run.log.count("session bus has gone") == 1
    assert run.end() < 5


@needs("dunst", "lxqt-panel")
def test_a_bus_that_comes_back_has_the_note_and_the_icon_again(make_run: MakeRun) -> None:
    """Killed, and started anew with its servers; the complaint is taken back."""
    run = make_run(DUE.replace('"1 s"', '"2 s"', 1))
    run.desktop.start_dunst()
    panel = run.desktop.start_panel("lxqt")
    run.start()
    run.wait(run.desktop.status_notifier_items, "the icon")
    bus = next(process for process, log in run.desktop._processes if log.stem == "session-bus")
    run.desktop.stop(bus, sig=signal.SIGKILL)
    run.wait(lambda: any("session bus has gone" in problem for problem in run.problems), "the problem in the status")
    run.desktop.stop(panel)
    run.wait_for_phase("due")

    run.desktop.start_bus()
    run.desktop.start_dunst()
    run.desktop.start_panel("lxqt")
    run.wait(lambda: not any("session bus has gone" in problem for problem in run.problems), "its end")
    run.wait(lambda: run.desktop.run(["dunstctl", "count", "displayed"]).stdout == "1\n", "the note")
    run.wait(run.desktop.status_notifier_items, "the icon again")


def test_it_ends_with_the_session_it_was_started_in(make_run: MakeRun) -> None:
    """The X server ends at logout: so does Unsit, cleanly, and nothing of it is in the way of the next login."""
    run = make_run()
    process = run.start()
    server = next(process for process, _log in run.desktop._processes if "Xvfb" in str(process.args))
    run.desktop.stop(server)

    assert process.wait(5) == 0
    assert "The desktop session has ended" in run.log
    assert not run.socket.exists()
    del run.env["DISPLAY"]
    run.start()
    assert run.end() < 5


@needs("sway")
def test_it_ends_with_its_compositor(make_run: MakeRun) -> None:
    """The same on Wayland, where nothing else of it is connected to what ends."""
    run = make_run(screen=False)
    sway = run.desktop.start_sway()
    process = run.start()
    run.desktop.stop(sway)

    assert process.wait(10) == 0
    assert "The desktop session has ended" in run.log
