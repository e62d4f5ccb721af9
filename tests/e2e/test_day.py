"""A prompt and its answers, on real notification servers and in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.daemon_run import BROWSER, DaemonRun
from support.desktop import Desktop, needs
from support.notification_servers import Dunst, Xfce

MakeRun = Callable[..., DaemonRun]

SOON = '[prompt]\nevery = "{every}"\nsnooze = "1 s"\nsettle = "0 s"\n[stretch]\nhold = 15\nwalk = "2 s"\n'
"""A prompt soon; its session takes 10 + 15 + 8 + 15 + 2 seconds."""
SESSION_S = 50


def make_chromium_the_default(desktop: Desktop) -> None:
    config = Path(desktop.env["XDG_CONFIG_HOME"])
    (config / "mimeapps.list").write_text("[Default Applications]\nx-scheme-handler/http=chromium.desktop\n")
    desktop.env["XDG_CURRENT_DESKTOP"] = "X-Generic"


def titles(desktop: Desktop) -> list[str]:
    """Of the browser's windows."""
    search = ["xdotool", "search", "--onlyvisible", "--class", "chromium", "getwindowname", "%@"]
    return desktop.run(search).stdout.splitlines()


@needs("dunst", "chromium", "xdotool", "xdg-mime")
async def test_from_the_prompt_to_the_account_without_another_click(make_run: MakeRun) -> None:
    """Start opens the guide in the default browser; everything after it happens by itself, to the row in the history, and
    the next hour begins with the next input."""
    run = make_run(SOON.format(every="3 s") + '[guide]\nend_stays = "1 s"\n')
    desktop = run.desktop
    del run.env[BROWSER]
    make_chromium_the_default(desktop)
    server = Dunst(desktop)
    await server.start()
    run.start()
    run.wait_for_phase("due")
    run.wait(lambda: server.count() == 1, "the prompt alone on the screen")

    await server.press("begin", "Start")
    run.wait_for_phase("session")
    run.wait(lambda: server.count() == 0, "no note on the screen")
    run.wait(lambda: any("Standing lunge" in title for title in titles(desktop)), "the guide's window", 20)
    refused = run.unsit("skip")
    assert refused.returncode == 1
    assert refused.stderr

    run.wait_for_phase("break", SESSION_S + 5)
    (row,) = run.outcomes()
    work = row["left_s"], row["right_s"], row["walk_s"]
    assert (row["word"], row["exercises"], *work) == ("completed", '["standing-lunge"]', 15, 15, 2)
    assert len(run.decided("Cue")) == len(("prepare", "hold", "switch", "hold", "walk"))
    assert run.snapshot["sitting_since"] is None
    # Nobody is back yet: nothing falls due.
    run.wait(lambda: not titles(desktop), "the guide to close its window")
    assert run.phase == "break"

    run.touch_input()
    run.wait(lambda: run.phase in ("counting", "due"), "the next sitting to begin")
    run.wait_for_phase("due")
    sat_s = run.snapshot["sat_s"]
    assert 3 <= sat_s < 6, "counted from the input, not from the end of the stretch"
    assert not run.decided("NaturalBreak"), "the time after a stretch is no break of its own"


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(Dunst, marks=needs("dunst", "dunstctl"), id="dunst"),
        pytest.param(Xfce, marks=needs("xdotool", "xwininfo"), id="xfce4-notifyd"),
    ],
)
async def test_every_button_does_what_it_says(make_run: MakeRun, kind: type[Dunst | Xfce]) -> None:
    """Start begins, Snooze puts off, Skip leaves out: pressed where a person presses them."""
    run = make_run(SOON.format(every="2 s"), services=True)
    server = kind(run.desktop)
    await server.start()
    run.start()
    run.wait_for_phase("due")
    run.wait(lambda: server.count() == 1, "the prompt alone on the screen")

    await server.press("begin", "Start")
    run.wait_for_phase("session")
    run.wait(lambda: server.count() == 0, "no note on the screen")
    run.done("session", "stop")
    run.wait(lambda: run.phase == "due" and server.count() == 1, "the prompt again")

    await server.press("snooze", "Snooze 1 s")
    run.wait(lambda: run.decided("Snoozed"), "the snooze")
    run.wait(lambda: run.phase == "due" and server.count() == 1, "the prompt again")
    assert run.snapshot["prompt"]["snoozes_left"] == 2

    await server.press("skip", "Skip")
    run.wait(lambda: run.words() == ["skipped"], "the skip in the history")
    assert run.outcomes()[0]["snoozes"] == 1
    run.wait(lambda: server.count() == 1, "the note with the way back")


@needs("dunst", "dunstctl")
async def test_a_click_on_the_note_itself_starts_and_undo_takes_back(make_run: MakeRun) -> None:
    """The body is the Start button; the note after Skip leads back to the same prompt."""
    run = make_run(SOON.format(every="4 s"))
    server = Dunst(run.desktop)
    await server.start()
    run.start()
    run.wait_for_phase("due")
    run.wait(lambda: server.count() == 1, "the prompt alone on the screen")
    await server.press("skip", "Skip")
    run.wait(lambda: run.words() == ["skipped"] and server.count() == 1, "the note with the way back")

    await server.press("undo", "Undo")
    run.wait(lambda: run.decided("Revoked") and run.phase == "due", "the same prompt")
    run.wait(lambda: server.count() == 1, "it on the screen")
    assert run.words() == []
    assert run.snapshot["prompt"]["id"] == 1

    await server.press("default", "")
    run.wait_for_phase("session")
    assert run.snapshot["session"]["exercises"] == ["standing-lunge"]
    run.done("session", "stop")
    run.wait_for_phase("due")
    assert run.words() in ([], ["void"]), "less than half a minute is as if it had not begun"
