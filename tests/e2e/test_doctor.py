"""`unsit doctor` on desktops that have everything, little, or nothing: the installed command, and what is really there."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from support.daemon_run import LONG, DaemonRun, Session
from support.desktop import needs
from support.notification_servers import Dunst
from support.sound import start_sound

MakeRun = Callable[..., DaemonRun]

WINDOW = """
import sys
from Xlib import X, Xatom, display
screen = display.Display()
window = screen.screen().root.create_window(0, 0, 200, 200, 0, X.CopyFromParent)
window.set_wm_name(sys.argv[1])
state = screen.intern_atom("_NET_WM_STATE")
window.change_property(state, Xatom.ATOM, 32, [screen.intern_atom("_NET_WM_STATE_FULLSCREEN")])
window.map()
screen.flush()
while True:
    screen.next_event()
"""


def marks(said: str) -> dict[str, str]:
    """Check -> its mark."""
    return {match[2].strip(): match[1] for match in re.finditer(r"^([✓✗–?]) (.+?)  ", said, re.M)}


def has_event(run: DaemonRun, kind: str) -> bool:
    """It is in the history: other phases may have come since."""
    with closing(sqlite3.connect(f"file:{run.database}?mode=ro", uri=True)) as db:
        return bool(db.execute("SELECT count(*) FROM event WHERE type = ?", (kind,)).fetchone()[0])


def line_of(said: str, name: str) -> str:
    return next(line for line in said.splitlines() if re.match(rf"[✓✗–?] {name}  ", line))


@needs("dunst", "dunstctl", "lxqt-panel", "/usr/bin/python3", "xdotool", "pulseaudio", "pactl")
async def test_a_desktop_that_has_it_all(make_run: MakeRun) -> None:
    """Everything needed works, so the exit code is 0; a press on the test notification comes back."""
    run = make_run(LONG + '[away]\nidle_after = "1 s"\n[sound]\nvoice = "off"\n', system_bus=True)
    session = Session(run.desktop)
    server = Dunst(run.desktop)
    await server.start()
    run.desktop.start_panel("lxqt")
    start_sound(run.desktop, "pulseaudio")
    run.start()
    run.wait(lambda: has_event(run, "InputStopped"), "the end of input")
    run.touch_input()
    run.wait(lambda: has_event(run, "InputSeen"), "input")
    session.lock()
    run.wait(lambda: has_event(run, "Locked"), "the lock")
    session.lock(False)
    run.wait(lambda: has_event(run, "Unlocked"), "its end")
    run.done("autostart", "on")
    run.desktop.run(["dunstctl", "close-all"])  # the greeting, if it is still there
    run.wait(lambda: server.count() == 0, "an empty screen")

    process = run.desktop.start(["unsit", "doctor", "--try"], "doctor", PYTHONIOENCODING="utf-8")
    run.wait(lambda: server.count() == 1, "the test notification")
    await server.press("status", "It is here")
    assert process.wait(30) == 0

    said = run.desktop.log("doctor")
    found = marks(said)
    assert {name for name, mark in found.items() if mark == "✗"} <= {"Tones"}  # what plays them may not be installed
    assert found["Voice"] == "–"
    assert re.search(r"✓ Unsit +version \S+ runs: (Next break at|Away since) ", said)  # nobody moves the pointer
    assert "dunst" in line_of(said, "Notifications")
    assert "press on its button came back" in line_of(said, "Notifications")
    assert found["Tones"] == "✗" or "a tone was played, at 70 %" in line_of(said, "Tones")
    assert "StatusNotifierItem at " in line_of(said, "Tray")
    assert re.search(r"the server :\d+ reports it; input (came back|stopped) at \d+:\d+", line_of(said, "Presence"))
    assert re.search(r"logind: follows the session c2.*; the screen was unlocked at \d+:\d+", line_of(said, "Lock"))
    assert "told before and after by logind" in line_of(said, "Sleep")
    assert "microphone: told by the sound server" in line_of(said, "Calls")
    assert "told by dunst" in line_of(said, "Do not disturb")
    assert "told by the window manager, on X11" in line_of(said, "Full screen")
    assert "unsit.desktop" in line_of(said, "Autostart")
    assert "read as a whole; 0 backups" in line_of(said, "History")
    assert line_of(said, "Settings").endswith("are changed")


def test_nothing_at_all(make_run: MakeRun) -> None:
    """No daemon, no desktop, no bus: what is missing is said with the next step, and the exit code is 1."""
    run = make_run('[sound]\nvoice = "off"\ntones = false\n', screen=False)
    run.env.update(
        DBUS_SESSION_BUS_ADDRESS=f"unix:path={run.desktop.dir}/no-bus",
        DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={run.desktop.dir}/no-bus",
        PYTHONIOENCODING="utf-8",
    )

    answer = run.unsit("doctor")

    assert answer.returncode == 1, answer.stderr
    found = marks(answer.stdout)
    assert {name for name, mark in found.items() if mark == "–"} == {
        "Notifications", "Tray", "Do not disturb", "Full screen", "Voice", "Tones", "Own window",
    }  # fmt: skip
    assert {"Unsit", "Presence", "Lock", "Calls", "Autostart"} <= {name for name, mark in found.items() if mark == "✗"}
    assert found["History"] == found["Clock"] == found["Sleep"] == "✓"
    assert "it does not run\n" + " " * 19 + "→ Start it with `unsit`." in answer.stdout
    assert answer.stderr == "Needed, and does not work: Unsit.\n"
    assert list(run.data.glob("*")) == [], "looking makes nothing"


def test_a_desktop_without_a_server_and_a_tray(make_run: MakeRun) -> None:
    """A bus where nobody listens."""
    run = make_run('[sound]\nvoice = "off"\n')

    answer = run.desktop.run(["unsit", "doctor"], PYTHONIOENCODING="utf-8")

    assert answer.returncode == 1
    assert "No notification service runs on this desktop. Install one" in line_of(answer.stdout, "Notifications")
    assert "this desktop shows no tray" in line_of(answer.stdout, "Tray")
    assert marks(answer.stdout)["Presence"] == "✓"
    assert answer.stderr.startswith("Needed, and does not work: Unsit, Notifications")


@needs("trayer", "dunst")
def test_a_tray_of_the_old_kind_is_one(make_run: MakeRun) -> None:
    """By the selection that it owns."""
    run = make_run('[sound]\nvoice = "off"\n')
    run.desktop.start_dunst()
    run.desktop.start_panel("trayer")

    said = run.desktop.run(["unsit", "doctor"], PYTHONIOENCODING="utf-8").stdout

    assert marks(said)["Tray"] == marks(said)["Notifications"] == "✓"


@needs("dunst")
def test_a_report_names_nobody(make_run: MakeRun) -> None:
    """Neither the person, nor the machine, nor the folder, nor a window, nor a program that was listed."""
    run = make_run(LONG + '[hold]\napps = ["ledgermaster"]\n[sound]\nvoice = "off"\n')
    home = run.desktop.dir / "annabel"
    config = home / "config" / "unsit"
    config.mkdir(parents=True)
    run.env.update(
        USER="annabel", LOGNAME="annabel", HOSTNAME="attic-pc", HOME=str(home), XDG_CONFIG_HOME=str(config.parent),
        XDG_DATA_HOME=str(home / "data"), XDG_STATE_HOME=str(home / "state"), PYTHONIOENCODING="utf-8",
    )  # fmt: skip
    (config / "config.toml").write_text(run.config.read_text() + "[frobnicate]\nannabel = 1\n")
    run.desktop.start_dunst()
    run.desktop.start([sys.executable, "-c", WINDOW, "Payslip of Annabel"], "window")
    run.start()
    log = Path(run.env["XDG_STATE_HOME"], "unsit", "log")
    log.write_text(f"2026-03-02 10:00:00,000 WARNING unsit: {home}/data of annabel@attic-pc cannot be read\n")

    said = run.desktop.run(["unsit", "doctor", "--report"]).stdout

    for word in ("annabel", "attic", "payslip", "ledgermaster", str(home)):
        assert word not in said.casefold(), said
    assert "WARNING unsit: ~/data of USER@HOST cannot be read" in said
    assert re.search(r"^Unsit \S+, Python 3\.\d+", said)
    assert re.search(r"^✗ Settings .*~/config/unsit/config\.toml", said, re.M)
    assert "DISPLAY: set" in said
    assert "Last warnings:" in said
