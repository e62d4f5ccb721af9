from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.desktop import Desktop, needs
from support.tmux import UNSIT, Tmux, unsit

OURS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


def files_of_unsit(desktop: Desktop) -> list[Path]:
    """Whatever bears its name in any folder of the person."""
    folders = [Path(desktop.env[name]) for name in (*OURS, "HOME", "XDG_RUNTIME_DIR", "TMPDIR")]
    return sorted(
        {path for folder in folders for path in folder.rglob("*") if "unsit" in str(path.relative_to(folder))}
    )


def demo_folder(desktop: Desktop) -> Path | None:
    found = list(Path(desktop.env["XDG_RUNTIME_DIR"]).glob("unsit-demo-*"))
    return found[0] if found and (found[0] / "control.sock").exists() else None


def ask(desktop: Desktop, *argv: str) -> subprocess.CompletedProcess[str]:
    folder = demo_folder(desktop)
    return desktop.run(unsit(*argv), UNSIT_DEMO_DIR=str(folder) if folder else "/nowhere")


def status(desktop: Desktop) -> dict[str, Any]:
    done = ask(desktop, "status", "--json")
    return dict(json.loads(done.stdout)) if done.returncode == 0 else {}


@pytest.fixture
def home(desktop: Desktop) -> Desktop:
    """A desktop with dunst, and a browser that only notes what it is asked to show."""
    desktop.start_dunst()
    browser = desktop.dir / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" >> {desktop.dir}/pages\n')
    browser.chmod(0o755)
    desktop.env["UNSIT_GUIDE__BROWSER"] = str(browser)
    return desktop


def press(desktop: Desktop) -> None:
    """The note's own action, which is Start."""
    desktop.wait_for(lambda: _displayed(desktop) == 1, what="the prompt")
    assert desktop.run(["dunstctl", "action"]).returncode == 0


def _displayed(desktop: Desktop) -> int:
    done = desktop.run(["dunstctl", "count", "displayed"])
    return int(done.stdout or 0) if done.returncode == 0 else 0


@needs("dunst")
def test_the_demo_on_a_desktop_ends_by_itself_and_leaves_nothing(home: Desktop) -> None:
    """Start on the notification opens the page and runs the session; afterwards no file, no folder, no process is left."""
    demo = home.start(unsit("demo"), "demo")
    press(home)
    home.wait_for(lambda: status(home).get("phase") == "session", what="the session")
    session = status(home)["session"]
    assert session["total_s"] == 53
    assert [segment["kind"] for segment in session["segments"]] == ["prepare", "hold", "switch", "hold", "walk"]
    home.wait_for(lambda: (home.dir / "pages").exists(), what="the page in the browser")
    assert "http://127.0.0.1:" in (home.dir / "pages").read_text()

    assert ask(home, "session", "stop").returncode == 0
    assert demo.wait(15) == 0
    said = home.log("demo")
    assert "as it is after 1 h of sitting" in said
    assert "Press Start" in said
    assert "nothing was written down" in said
    assert files_of_unsit(home) == []


@needs("dunst")
def test_skip_ends_the_demo_soon(home: Desktop) -> None:
    """There is nothing more to see."""
    demo = home.start(unsit("demo"), "demo")
    home.wait_for(lambda: status(home).get("phase") == "due", what="the prompt")
    assert ask(home, "skip").returncode == 0
    assert demo.wait(10) == 0
    assert files_of_unsit(home) == []


@needs("dunst")
def test_a_running_daemon_is_not_disturbed(home: Desktop) -> None:
    """It keeps its state, its socket and its history; the demo is another one."""
    home.start(unsit("run"), "unsit")
    home.wait_for(lambda: home.run(unsit("status")).returncode == 0, what="the daemon")
    before = json.loads(home.run(unsit("status", "--json")).stdout)
    demo = home.start(unsit("demo"), "demo")
    home.wait_for(lambda: status(home).get("phase") == "due", what="the prompt of the demo")
    demo.terminate()
    assert demo.wait(10) == 0
    after = json.loads(home.run(unsit("status", "--json")).stdout)
    assert (after["phase"], after["due"]["boot_s"], after["last"]) == ("counting", before["due"]["boot_s"], None)
    home.run(unsit("quit"))


@needs("dunst")
def test_the_demo_comes_in_nobodys_way(home: Desktop) -> None:
    """Neither working hours that are over, nor a broken file, nor a day off keep it from showing what it does."""
    config = Path(home.env["XDG_CONFIG_HOME"], "unsit", "config.toml")
    config.parent.mkdir()
    config.write_text(
        'days_off = ["2000-01-01..2099-12-31"]\n[[hours]]\ndays = ["mon"]\nfrom = "03:00"\nto = "03:01"\n'
    )
    demo = home.start(unsit("demo"), "demo")
    home.wait_for(lambda: status(home).get("phase") == "due", what="the prompt")
    demo.terminate()
    assert demo.wait(10) == 0
    assert files_of_unsit(home) == [config.parent, config]


@needs("tmux")
def test_the_demo_in_a_bare_terminal(session_bus: Desktop) -> None:
    """The same keys and the same screen as in the real one."""
    terminal = Tmux(session_bus)
    before = terminal.modes()
    terminal.type(" ".join([*UNSIT, "demo"]))
    said = terminal.wait_for("z snooze")
    assert "Time to get up · Standing lunge stretch, 53 s · You have sat for 1 h." in said
    terminal.press("s")
    terminal.wait_for("step 1 of 5")
    terminal.press("n")
    terminal.wait_for("Hold · left side")
    terminal.press("x")
    terminal.wait_for("Stopped · It was too short to count, and nothing was written down.")
    terminal.press("C-c")
    terminal.wait_for("That was it")
    session_bus.wait_for(lambda: terminal.program() == "bash", what="the end")
    terminal.wait_for_modes(before)
    assert files_of_unsit(session_bus) == []


@needs("tmux", "dunst")
def test_the_demo_on_a_desktop_obeys_the_terminal_it_was_started_in(home: Desktop) -> None:
    """It names the keys that count, lets them count, and breaks no word at the edge."""
    terminal = Tmux(home, columns=60)
    session = [f"{name}={home.env[name]}" for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")]
    terminal.type(f"clear; export {' '.join(session)}; clear")
    terminal.type(" ".join([*UNSIT, "demo"]))
    terminal.wait_for("Ctrl-C ends it")
    home.wait_for(lambda: status(home).get("phase") == "due", what="the prompt")
    terminal.press("s")
    said = terminal.wait_for("h this hurts")
    assert "Stand up. Right foot one long step forward, left leg long behind." in " ".join(said.split())
    terminal.press("x")
    terminal.wait_for("Stopped")
    terminal.press("C-c")
    terminal.wait_for("That was it")


def test_without_desktop_and_terminal_it_says_so(session_bus: Desktop) -> None:
    """Nobody could press anything."""
    done = session_bus.run(unsit("demo"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert files_of_unsit(session_bus) == []
