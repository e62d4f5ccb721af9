"""Unsit on GNOME Shell with the AppIndicator extension: the icon, its menu, the notification, all by a real pointer.

Where GNOME Shell 48 is not installed there is nothing to prove; `make test-debian13` runs it, docs/desktops.md says where.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from PIL import Image

from desktops.gnome import GnomeShell, Item
from support.daemon_run import DaemonRun
from support.desktop import Desktop
from support.trays import AMBER, GREEN, find_colour, look

SOON = '[prompt]\nevery = "5s"\nsettle = "0s"\nremind_every = "2s"\n'
"""Nobody answers for 5 s: then the prompt is missed, and the next one is there."""
LATER = '[prompt]\nevery = "1h"\n'
TITLE = "Time to get up"


def _gnome_version() -> int:
    if shutil.which("gnome-shell") is None or shutil.which("python3") is None:
        return 0
    said = subprocess.run(["gnome-shell", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0


pytestmark = [
    pytest.mark.debian13,
    pytest.mark.skipif(_gnome_version() < 48, reason="no GNOME Shell 48 or newer"),
]


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    with Desktop(screen=False, services=True, system_bus=True) as made:
        yield made


@pytest.fixture
def gnome(desktop: Desktop) -> Iterator[GnomeShell]:
    shell = GnomeShell(desktop)
    yield shell
    shell.close()


def _picture(gnome: GnomeShell) -> Image.Image:
    """Of the icon, as it is on the screen."""
    return look(gnome.screenshot(gnome.desktop.dir / "look.png")).crop(gnome.box(gnome.icon()))


def test_the_icon_is_drawn_and_its_menu_obeys(gnome: GnomeShell) -> None:
    """The extension draws the icon, shows the whole menu, and a click on an item is done once."""
    daemon = DaemonRun(gnome.desktop, LATER)
    daemon.start()
    gnome.desktop.wait_for(lambda: find_colour(_picture(gnome), GREEN), what="the icon's green")

    items = gnome.open_menu()

    assert items[0].label.startswith("Next break at")
    assert not items[0].is_enabled
    assert [item for item in items[1:] if item.is_enabled] == items[1:]
    assert [item.label for item in items[2:]] == [
        "I moved", "I am standing", "Pause reminders", "Sound", "Exercises", "Status", "Settings", "Quit",
    ]  # fmt: skip
    gnome.choose("I moved")
    gnome.desktop.wait_for(daemon.words, what="the outcome")
    assert daemon.words() == ["done"]


def test_a_submenu_pauses_and_the_menu_follows(gnome: GnomeShell) -> None:
    """What a choice changes is in the menu when it is opened the next time."""
    daemon = DaemonRun(gnome.desktop, LATER)
    daemon.start()
    gnome.open_menu()

    gnome.choose("Pause reminders", "30 min")

    daemon.wait_for_phase("paused")
    items = gnome.open_menu()
    assert items[0].label.startswith("Paused until")
    assert Item("Resume reminders", True) in items
    gnome.choose("Resume reminders")
    daemon.wait_for_phase("counting")


def test_the_icon_follows_changes_in_quick_succession(gnome: GnomeShell) -> None:
    """Twelve steps of the ring in a second, then the prompt: the extension loses what comes while it reads."""
    daemon = DaemonRun(gnome.desktop, '[prompt]\nevery = "1s"\nsettle = "0s"\n')
    daemon.start()

    gnome.desktop.wait_for(lambda: find_colour(_picture(gnome), AMBER), what="the icon's amber")
    daemon.done("pause")
    gnome.desktop.wait_for(lambda: not find_colour(_picture(gnome), AMBER), what="the amber to go")


def test_the_icon_comes_back_with_the_extension(gnome: GnomeShell) -> None:
    """The tray may be switched off and on while Unsit runs."""
    daemon = DaemonRun(gnome.desktop, LATER)
    daemon.start()
    gnome.icon()

    gnome.set_extension(is_on=False)
    gnome.desktop.wait_for(lambda: not gnome.icons, what="the icon to go")
    gnome.set_extension(is_on=True)

    gnome.desktop.wait_for(lambda: find_colour(_picture(gnome), GREEN), what="the icon's green")
    gnome.open_menu()
    gnome.choose("Quit")
    assert daemon.process is not None
    assert daemon.process.wait(5) == 0
    gnome.desktop.wait_for(lambda: not gnome.icons, what="the icon to go with the program")


def test_start_on_the_banner_begins_one_session(gnome: GnomeShell) -> None:
    """The banner unfolds under the pointer; Start is heard once, though GNOME sends each signal twice."""
    daemon = DaemonRun(gnome.desktop, SOON)
    daemon.start()
    gnome.wait_for_banner(TITLE)
    gnome.desktop.wait_for(lambda: find_colour(_picture(gnome), AMBER), what="the icon's amber")

    (note,) = [note for note in gnome.notes() if note.title == TITLE]
    assert re.fullmatch(r"Standing lunge stretch, 3 min 18 s\W+You have sat for 5 s\.", note.body)
    assert "\n" not in note.body
    assert gnome.unfold_banner() == ["Start", "Snooze 10 min", "Skip"]
    gnome.press("Start")

    daemon.wait_for_phase("session")
    gnome.desktop.wait_for(lambda: TITLE not in [note.title for note in gnome.notes()], what="the note to go")
    assert len(re.findall("notification asks: begin", daemon.log)) == 1


def test_a_click_on_the_banner_itself_starts(gnome: GnomeShell) -> None:
    """The folded banner shows no button: its body is the way in."""
    daemon = DaemonRun(gnome.desktop, SOON)
    daemon.start()
    gnome.wait_for_banner(TITLE)

    gnome.click_actor("Main.messageTray._banner")

    daemon.wait_for_phase("session")


def test_a_reminder_replaces_the_note_and_comes_down_again(gnome: GnomeShell) -> None:
    """One note of one prompt in GNOME's list, whatever happens; answered elsewhere it goes."""
    daemon = DaemonRun(gnome.desktop, SOON)
    daemon.start()
    gnome.wait_for_banner(TITLE)

    gnome.wait_for_banner("Still time to get up")

    assert len([note for note in gnome.notes() if "Skip" in note.buttons]) == 1
    daemon.done("snooze")
    gnome.desktop.wait_for(
        lambda: not [note for note in gnome.notes() if "Skip" in note.buttons], what="the note to go"
    )


def test_in_do_not_disturb_the_note_waits_in_the_list(gnome: GnomeShell) -> None:
    """Without banners GNOME takes the note all the same, and shows it in its list."""
    gnome.evaluate(
        "new Gio.Settings({schema_id: 'org.gnome.desktop.notifications'}).set_boolean('show-banners', false)"
    )
    daemon = DaemonRun(gnome.desktop, SOON)
    daemon.start()

    gnome.desktop.wait_for(lambda: TITLE in [note.title for note in gnome.notes()], what="the note in the list")
    assert gnome.banner() is None
    assert gnome.evaluate("Main.messageTray._notificationQueue.length") == 0


def test_nothing_stays_when_it_ends(gnome: GnomeShell) -> None:
    """Neither icon nor note outlives the program."""
    daemon = DaemonRun(gnome.desktop, SOON)
    daemon.start()
    gnome.wait_for_banner(TITLE)

    daemon.end()

    gnome.desktop.wait_for(lambda: not gnome.icons and not gnome.notes(), what="the desktop to be empty again")
