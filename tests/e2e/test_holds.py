"""A prompt that waits: a call, "do not disturb", a window that fills the screen, a program of the list; on the real servers."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from adapters.test_hold_fullscreen_x11 import fill, open_window
from support.daemon_run import DaemonRun
from support.desktop import needs
from support.sound import add_microphone, start_sound

MakeRun = Callable[..., DaemonRun]

SOON = """
[prompt]
every = "2 s"
settle = "1 s"
settle_after_pause = "0 s"
[away]
idle_after = "1 h"
"""


def held_by(run: DaemonRun) -> list[str]:
    return [hold["reason"] for hold in run.snapshot["holds"]]


@needs("dunst", "dunstctl", "pulseaudio", "pactl", "parec", "wmctrl", "xdotool")
def test_a_prompt_waits_until_the_last_reason_has_gone_and_a_moment_more(make_run: MakeRun, tmp_path: Path) -> None:
    """Each reason is said by `status`; the prompt comes by itself after the settle."""
    run = make_run(SOON + '[hold]\napps = ["unsit-game"]\n')
    desktop = run.desktop
    start_sound(desktop, "pulseaudio")
    desktop.start_dunst()
    desktop.start(["parec", "--device", add_microphone(desktop, "pulseaudio")], "call")
    open_window(desktop, "film")
    fill(desktop, "film", "add")
    desktop.run(["dunstctl", "set-paused", "true"])
    game = tmp_path / "unsit-game"
    shutil.copy("/bin/sleep", game)
    desktop.start([game, "60"], "game")
    run.start()
    run.wait(lambda: held_by(run) == ["app", "call", "dnd", "fullscreen"], "every reason")
    run.wait_for_phase("held")
    assert "Prompted" not in " ".join(run.decided())
    status = run.done("status")
    call = next(hold["by"] for hold in run.snapshot["holds"] if hold["reason"] == "call")
    assert call in (["parec"], ["pacat"]), "one program with two names"
    named = (
        f"a call ({call[0]})",
        "do not disturb (dunst)",
        "full screen (Film)",
        "a program on your list (unsit-game)",
    )
    for reason in named:
        assert re.search(rf"^  In the way: {re.escape(reason)}, since \d\d:\d\d$", status, re.M), status
    assert f"waits for {named[3]}, {named[0]}, {named[1]} and {named[2]} to end" in run.done("why")

    doctor = run.unsit("doctor").stdout
    for name in (call[0], "unsit-game", "(Film)", "on, says dunst"):
        assert name in doctor, doctor
    assert "not tried" not in doctor, "nobody asked for it"

    ends: list[Callable[[], object]] = [
        lambda: desktop.stop(process_of(run, "call")),
        lambda: desktop.stop(process_of(run, "game")),
        lambda: fill(desktop, "film", "remove"),
        lambda: desktop.run(["dunstctl", "set-paused", "false"]),
    ]
    for left, end in zip((["app", "dnd", "fullscreen"], ["dnd", "fullscreen"], ["dnd"], []), ends, strict=True):
        assert run.phase == "held"
        end()
        run.wait(lambda left=left: held_by(run) == left, f"only {left}")  # type: ignore[misc]
    run.wait_for_phase("due")
    assert run.decided("Prompted")


def test_a_program_that_is_looked_for_holds_the_prompt_that_is_due(make_run: MakeRun, tmp_path: Path) -> None:
    """It started when nobody looked, and nothing else holds."""
    run = make_run(SOON + '[hold]\napps = ["unsit-game"]\n')
    game = tmp_path / "unsit-game"
    shutil.copy("/bin/sleep", game)
    run.start()
    assert held_by(run) == []
    run.desktop.start([game, "60"], "game")
    run.wait_for_phase("held")
    assert not run.decided("Prompted")
    run.desktop.stop(process_of(run, "game"))
    run.wait_for_phase("due")


@needs("dunst", "dunstctl")
def test_after_the_limit_it_comes_all_the_same(make_run: MakeRun) -> None:
    """A "do not disturb" that somebody forgot."""
    run = make_run(SOON + '[hold]\nlimit = "2 s"\n')
    run.desktop.start_dunst()
    run.desktop.run(["dunstctl", "set-paused", "true"])
    run.start()
    run.wait_for_phase("held")
    run.wait_for_phase("due")
    assert run.snapshot["holds"][0]["ignored"]
    assert re.search(
        r"In the way: do not disturb \(dunst\), since \d\d:\d\d; for too long, so it no longer counts",
        run.done("status"),
    )


@needs("dunst", "dunstctl")
def test_a_reason_that_ended_while_the_daemon_was_dead_holds_no_more(make_run: MakeRun) -> None:
    """Killed while it held, started after it had gone."""
    run = make_run(SOON)
    run.desktop.start_dunst()
    run.desktop.run(["dunstctl", "set-paused", "true"])
    run.start()
    run.wait_for_phase("held")
    run.kill()
    run.desktop.run(["dunstctl", "set-paused", "false"])
    run.start()
    run.wait_for_phase("due")
    assert held_by(run) == []


@needs("dunst", "dunstctl")
def test_one_that_is_switched_off_holds_nothing_back_from_then_on(make_run: MakeRun) -> None:
    """By a setting, while it holds."""
    run = make_run(SOON)
    run.desktop.start_dunst()
    run.desktop.run(["dunstctl", "set-paused", "true"])
    run.start()
    run.wait_for_phase("held")
    run.done("config", "set", "hold.dnd", "false")
    run.wait_for_phase("due")
    assert held_by(run) == []


def process_of(run: DaemonRun, name: str) -> subprocess.Popen[str]:
    pid = run.desktop.pid_of(name)
    return next(process for process, _log in run.desktop._processes if process.pid == pid)
