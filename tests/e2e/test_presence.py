"""Leaving, locking, sleeping and coming back, as the desktop tells of it."""

from __future__ import annotations

import asyncio
import socket as sockets
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from support.daemon_run import DaemonRun, Session
from support.desktop import needs
from support.gnome_session import PROGRAM as GNOME_SESSION
from support.gnome_session import start_gnome_session
from support.mutter import Hand, start_mutter
from support.notification_servers import FakeServer
from unsit.adapters.bus import Bus, Interface, Method

MakeRun = Callable[..., DaemonRun]

SOON = """
[prompt]
every = "2 s"
settle = "0 s"
[away]
idle_after = "{idle_after}"
credit = "{credit}"
[stretch]
walk = "1 s"
"""
SCREENSAVER = "org.freedesktop.ScreenSaver"


async def settle(predicate: Callable[[], object], run: DaemonRun, what: str) -> None:
    """Wait while the services of this process go on."""
    await run.desktop.until(predicate, 10, f"{what}\n{run.log}")


@needs("dunst", "/usr/bin/python3", "xdotool")
def test_a_lock_takes_the_prompt_back_and_becomes_a_break(make_run: MakeRun) -> None:
    """Withdrawn at once, `away` when it is long enough to count, a natural break at the unlock."""
    run = make_run(SOON.format(idle_after="1 h", credit="3 s"), system_bus=True)
    session = Session(run.desktop)
    run.desktop.start_dunst()
    run.start()
    run.wait_for_phase("due")
    run.touch_input()  # the absence counts from here

    session.lock()
    run.wait_for_phase("away")
    assert run.decided("Withdrawn") and not run.decided("Outcome")
    run.wait(lambda: run.desktop.run(["dunstctl", "count", "displayed"]).stdout == "0\n", "an empty screen")
    run.wait(lambda: run.words() == ["away"], "the outcome")
    assert run.phase == "away"
    run.touch_input()  # while it is locked that is no return
    assert run.phase == "away"

    session.lock(False)
    run.wait(lambda: run.words() == ["away", "natural"], "the natural break")
    assert run.outcomes()[1]["break_s"] >= 3
    assert run.phase == "counting"


@needs("/usr/bin/python3")
def test_a_short_sleep_leaves_a_running_stretch_paused(make_run: MakeRun) -> None:
    """What the system announces before it sleeps pauses; its waking does not go on by itself."""
    run = make_run(system_bus=True)
    session = Session(run.desktop)
    run.start()
    run.done("begin")
    run.wait_for_phase("session")
    assert run.snapshot["session"]["paused"] is False

    session.prepare_for_sleep(True)
    run.wait(lambda: run.snapshot["session"]["paused"], "the pause")
    session.prepare_for_sleep(False)
    run.done("status")  # it has been told by now
    assert run.snapshot["session"]["paused"] is True

    run.done("session", "toggle")
    assert run.snapshot["session"]["paused"] is False


async def test_a_screen_saver_that_locks_is_an_absence(make_run: MakeRun) -> None:
    """As the desktops that have no logind tell it."""
    run = make_run(SOON.format(idle_after="1 h", credit="1 s"))
    locker = await Bus.connect("session", address=run.desktop.bus_address)
    is_active = [False]
    interface = Interface(
        SCREENSAVER, {"GetActive": Method("", "b", lambda: is_active[0])}, signals={"ActiveChanged": "b"}
    )
    locker.export("/org/freedesktop/ScreenSaver", interface)
    assert await locker.request_name(SCREENSAVER)
    # The daemon asks while it starts, and this process has to answer.
    await asyncio.to_thread(run.desktop.run, ["unsit"])
    await settle(lambda: run.maybe_snapshot(), run, "the daemon")

    def lock(active: bool) -> None:
        is_active[0] = active
        locker.emit("/org/freedesktop/ScreenSaver", SCREENSAVER, "ActiveChanged", "b", active)

    lock(True)
    await settle(lambda: run.phase == "away", run, "the lock")
    assert run.snapshot["locked"]
    lock(False)
    await settle(lambda: run.phase != "away", run, "the unlock")
    assert not run.snapshot["locked"]
    locker.close()
    await asyncio.to_thread(run.done, "quit")


@needs("xdotool")
def test_input_ends_an_absence_that_nobody_locked(make_run: MakeRun) -> None:
    """Hands off for long enough is a break like any other; the first touch of the mouse ends it."""
    run = make_run(SOON.format(idle_after="1 s", credit="1 s").replace('"2 s"', '"1 h"'))
    run.start()
    run.wait_for_phase("away")

    run.touch_input()
    run.wait(lambda: run.words() == ["natural"], "the natural break")
    assert run.outcomes()[0]["break_s"] >= 1
    assert run.phase == "counting"


@needs("xdotool")
def test_the_name_of_a_compositor_that_has_gone_makes_no_wayland(make_run: MakeRun) -> None:
    """An X session after a Wayland one: systemd's user manager has kept it."""
    run = make_run(SOON.format(idle_after="1 s", credit="1 s").replace('"2 s"', '"1 h"'))
    socket = Path(run.env["XDG_RUNTIME_DIR"], "wayland-7")
    with closing(sockets.socket(sockets.AF_UNIX)) as left:
        left.bind(str(socket))  # a compositor that was killed leaves that
    run.env["WAYLAND_DISPLAY"] = socket.name
    run.start()
    run.wait_for_phase("away")
    run.touch_input()
    run.wait_for_phase("counting")


@needs("xdotool")
def test_after_a_stretch_the_clock_waits_for_the_next_input(make_run: MakeRun) -> None:
    """It ends with nobody at the desk: nothing is counted, shown or recorded until somebody is."""
    run = make_run(SOON.format(idle_after="1 h", credit="2 s").replace('walk = "1 s"', 'walk = "4 s"'))
    run.start()
    run.done("begin", "walk")
    run.done("session", "next")  # the walk itself
    run.wait_for_phase("break")
    assert run.words() == ["completed"]
    rows = run.outcomes()
    assert rows[0]["walk_s"] == 4

    run.wait(lambda: run.snapshot["boot_s"] - run.snapshot["last"]["at"]["boot_s"] > 3, "three seconds of nobody")
    assert run.phase == "break"
    assert run.snapshot["sitting_since"] is None
    run.touch_input()
    run.wait_for_phase("counting")
    assert run.snapshot["sat_s"] < 2
    assert run.words() == ["completed"], "no natural break follows"


async def test_nothing_is_shown_to_nobody(make_run: MakeRun) -> None:
    """In an absence that was long enough the prompt of the meantime was never due."""
    run = make_run(SOON.format(idle_after="1 s", credit="1 s").replace('every = "2 s"', 'every = "4 s"'))
    server = FakeServer(run.desktop)
    await server.start()
    await asyncio.to_thread(run.desktop.run, ["unsit"])
    await settle(lambda: run.maybe_snapshot() and run.phase == "away", run, "the absence")
    await settle(lambda: run.snapshot["boot_s"] - run.snapshot["absent_since"]["boot_s"] > 5, run, "five seconds of it")

    assert [call.title for call in server.calls] == ["Unsit is here"]
    assert not run.decided("Prompted")
    await asyncio.to_thread(run.touch_input)
    await settle(lambda: run.phase == "counting", run, "the return")
    assert not run.decided("Prompted")
    await asyncio.to_thread(run.done, "quit")
    assert server.bus is not None
    server.bus.close()


@needs("sway", "wtype")
def test_on_wayland_hands_off_are_a_break_and_a_key_ends_it(make_run: MakeRun) -> None:
    """The compositor tells of both; after a stretch, which is no absence, it tells of the next key too."""
    soon = SOON.format(idle_after="1 s", credit="1 s").replace('"2 s"', '"1 h"')
    run = make_run(soon.replace('walk = "1 s"', 'walk = "4 s"'), screen=False)
    sway = run.desktop.start_sway()
    run.start()
    run.wait_for_phase("away")

    run.desktop.run(["wtype", "a"])
    run.wait(lambda: run.words() == ["natural"], "the natural break")
    assert run.outcomes()[0]["break_s"] >= 1
    run.wait_for_phase("away")
    run.done("begin", "walk")
    run.done("session", "next")
    run.wait_for_phase("break")
    run.desktop.run(["wtype", "a"])
    run.wait_for_phase("counting")
    run.desktop.stop(sway)


@needs("mutter")
def test_on_gnome_hands_off_are_a_break_and_the_mouse_ends_it(make_run: MakeRun) -> None:
    """On the session bus, where Wayland has no protocol for it."""
    run = make_run(SOON.format(idle_after="1 s", credit="1 s").replace('"2 s"', '"1 h"'), screen=False)
    start_mutter(run.desktop)
    hand = Hand(run.desktop)
    run.start()
    assert "GNOME" in run.desktop.run(["unsit", "status"]).stdout
    run.wait_for_phase("away")

    hand.move()
    run.wait(lambda: run.words() == ["natural"], "the natural break")
    assert run.outcomes()[0]["break_s"] >= 1
    hand.close()


@needs("mutter", GNOME_SESSION, "/usr/bin/python3")
def test_on_gnome_a_stretch_is_no_sitting_though_it_holds_the_screen(make_run: MakeRun) -> None:
    """Mutter tells of no pause while it does. The sitting clock waits for the first touch after it all the same."""
    soon = SOON.format(idle_after="1 h", credit="2 s").replace('"2 s"', '"1 h"', 1)
    run = make_run(soon.replace('walk = "1 s"', 'walk = "6 s"'), screen=False)
    start_gnome_session(run.desktop)
    start_mutter(run.desktop)
    hand = Hand(run.desktop)
    run.start()
    hand.move()
    run.done("begin", "walk")
    run.done("session", "next")  # the walk itself
    run.wait_for_log("kept awake by org.gnome.SessionManager")
    run.wait(lambda: run.words() == ["completed"], "the end of the walk")
    assert run.phase == "break"
    assert run.snapshot["sitting_since"] is None

    hand.move()
    run.wait_for_phase("counting")
    assert run.words() == ["completed"], "no natural break follows"
    hand.close()
