"""Unsit on KDE Plasma 6: the icon, its menu and the notification on the screen, used with a pointer.

Where Plasma is not installed there is nothing to prove; `make test-debian13` runs it, docs/desktops.md says where it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection

from desktops.plasma import SIZE, Plasma
from support.daemon_run import DaemonRun
from support.desktop import Desktop, missing
from support.trays import AMBER, GREEN
from unsit.adapters.bus import Bus
from unsit.adapters.notify_fdo import FdoNotifier
from unsit.ports import Note

SOON = '[prompt]\nevery = "6s"\nsettle = "0s"\nremind_every = "3s"\n'
LATER = '[prompt]\nevery = "1h"\n'
ITEMS = (
    "Next break at", "Start: …", "I moved", "I am standing",
    "Pause reminders", "Sound", "Exercises", "Status", "Settings", "Quit",
)  # fmt: skip
START, SNOOZE, SKIP = range(3)

pytestmark = [
    pytest.mark.debian13,
    pytest.mark.skipif(bool(missing("plasmashell", "kwin_wayland", "kded6")), reason="no KDE Plasma 6"),
]


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    width, height = SIZE
    with Desktop(size=f"{width}x{height}", window_manager=None, services=True, system_bus=True) as made:
        yield made


@pytest.fixture
def plasma(desktop: Desktop) -> Plasma:
    return Plasma(desktop)


def test_the_menu_is_drawn_and_obeys(plasma: Plasma) -> None:
    """A right click opens it with all its items, and the chosen one is done once; a left click opens the status page."""
    daemon = DaemonRun(plasma.desktop, LATER)
    daemon.start()

    lines = plasma.open_menu(GREEN, len(ITEMS))
    plasma.click(*lines[ITEMS.index("I moved")])

    plasma.desktop.wait_for(daemon.words, what="the outcome")
    assert daemon.words() == ["done"]
    plasma.click(*plasma.wait_for_icon(GREEN))
    daemon.wait_for_log("tray asks: open {'page': 'status'}")


def test_start_on_the_notification_begins_one_session(plasma: Plasma) -> None:
    """The three buttons are drawn; the first begins the stretch, once, and the note goes."""
    daemon = DaemonRun(plasma.desktop, SOON)
    daemon.start()
    plasma.wait_for_icon(AMBER)

    plasma.click(*plasma.wait_for_buttons(3)[START])

    daemon.wait_for_phase("session")
    plasma.desktop.wait_for(lambda: len(plasma.buttons()) != 3, what="the note to go")
    assert len(re.findall("notification asks: begin", daemon.log)) == 1


def test_a_prompt_answered_elsewhere_goes_from_the_screen(plasma: Plasma) -> None:
    """A reminder replaces it in place, and a command takes it away."""
    daemon = DaemonRun(plasma.desktop, SOON)
    daemon.start()
    plasma.wait_for_buttons(3)
    plasma.desktop.wait_for(lambda: daemon.decided("Reminded"), what="the reminder")
    plasma.wait_for_buttons(3)

    daemon.done("done")

    plasma.desktop.wait_for(lambda: len(plasma.buttons()) != 3, what="the note to go")
    plasma.wait_for_icon(GREEN)


def test_after_a_crash_of_the_shell_everything_is_there_again(plasma: Plasma) -> None:
    """plasmashell is tray and notification server in one: the icon is drawn again, the prompt shown again."""
    daemon = DaemonRun(plasma.desktop, '[prompt]\nevery = "10s"\nsettle = "0s"\nreminders = 0\n')
    daemon.start()
    plasma.wait_for_buttons(3, 20)

    plasma.restart_shell()

    plasma.wait_for_icon(AMBER)
    plasma.click(*plasma.wait_for_buttons(3, 20)[SKIP])
    plasma.desktop.wait_for(lambda: "skipped" in daemon.words(), what="the outcome")


def test_in_do_not_disturb_nothing_pops_up(plasma: Plasma) -> None:
    """Plasma takes the note all the same, and keeps it in its list."""
    notifications = DBusAddress(
        "/org/freedesktop/Notifications",
        bus_name="org.freedesktop.Notifications",
        interface="org.freedesktop.Notifications",
    )
    with open_dbus_connection(bus=plasma.desktop.bus_address) as connection:
        inhibit = new_method_call(notifications, "Inhibit", "ssa{sv}", ("other", "presenting", {}))
        connection.send_and_get_reply(inhibit, timeout=5)
        daemon = DaemonRun(plasma.desktop, SOON)
        daemon.start()

        plasma.wait_for_icon(AMBER)
        daemon.wait_for_log("Reminded")
        assert plasma.buttons() == []
        assert daemon.problems == []


async def test_the_same_twice_at_once_is_no_error(plasma: Plasma) -> None:
    """Plasma refuses a note that is the same as one it got within the last second."""
    bus = await Bus.connect("session", address=plasma.desktop.bus_address)
    notifier = FdoNotifier(bus)
    await notifier.start(lambda _button, _token: None, lambda: None)

    for slot in ("hello", "problem"):
        await notifier.show(Note(slot=slot, title="Unsit is here", body="It speaks up when it is time to get up."))

    assert "Plasma 6" in notifier.describe()
    await notifier.stop()
    bus.close()
