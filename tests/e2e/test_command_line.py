"""The commands, as typed, and links from elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.daemon_run import LONG, DaemonRun
from support.desktop import Desktop, needs
from support.notification_servers import FakeServer

MakeRun = Callable[..., DaemonRun]

REPOSITORY = Path(__file__).parents[2]
DUE = '[prompt]\nevery = "1 s"\nremind_every = "1 h"\nsettle = "0 s"\nsettle_after_pause = "0 s"\n[guide]\nbrowser = "true"\n'
REFUSED, WRONG_CALL, NO_DAEMON = 1, 2, 3


def test_every_command_from_the_terminal(make_run: MakeRun) -> None:
    """Start in the background, every word of the vocabulary, stop; each answer is the line of the state after it."""
    run = make_run(DUE, screen=False)
    assert "Unsit is running." in run.done()
    assert "already running" in run.done()
    run.wait_for_phase("due")
    assert "Snoozed until" in run.done("snooze", "10", "min")
    assert "Time to get up" in run.done("undo")
    run.done("snooze", "1s")
    run.wait(lambda: run.phase == "due" and len(run.decided("Snoozed")) == 2, "the prompt again")
    run.done("skip")
    run.done("undo")
    run.done("done")
    assert run.words()[-1] == "done"
    assert "Paused" in run.done("pause", "1h")
    run.done("resume")
    run.done("stand")
    assert run.snapshot["standing"]
    run.done("sit")
    assert "Stretching" in run.done("begin", "glute-bridge")
    assert "paused" in run.done("session", "pause")
    run.done("session", "choose", "walk=0s")
    assert run.snapshot["session"]["walk_s"] == 0
    run.done("session", "next")
    run.done("session", "previous")
    run.done("session", "hurts")
    assert "glute-bridge" in run.snapshot["hurt"]
    assert run.done("status").strip()
    assert "standing-lunge" in run.done("exercise", "list")
    run.done("quit")
    assert not run.socket.exists()
    assert run.unsit("status").returncode == NO_DAEMON


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("snooze", REFUSED, "no prompt"),
        ("skip", REFUSED, "no prompt"),
        ("sit", REFUSED, "sit"),
        ("resume", REFUSED, "pause"),
        ("undo", REFUSED, "nothing to take back"),
        ("session next", REFUSED, "session"),
        ("pause 5 parsecs", WRONG_CALL, "5 parsecs"),
        ("pause 0s", WRONG_CALL, "10 min"),
        ("pause until 25:00", WRONG_CALL, "25:00"),
        ("begin handstand", None, "handstand"),
        ("open basement", WRONG_CALL, "basement"),
        ("dance", WRONG_CALL, "dance"),
        ("unsit:skip", WRONG_CALL, "unsit:"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_reason(
    calm_run: DaemonRun, words: str, code: int | None, said: str
) -> None:
    """Exit 1 where the state does not allow it, 2 where the call is wrong; nothing has changed."""
    kept = ("phase", "standing", "prompt", "session", "pause_until", "sitting_since", "hurt")
    before = {key: calm_run.snapshot[key] for key in kept}

    answer = calm_run.unsit(*words.split())

    assert answer.returncode == code if code else answer.returncode in (REFUSED, WRONG_CALL)
    assert said in answer.stderr.lower(), answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    after = {key: calm_run.snapshot[key] for key in kept}
    before["sitting_since"] = after["sitting_since"]  # rounded anew in each snapshot
    assert after == before
    assert calm_run.words() == []


@pytest.fixture(scope="module")
def calm_run() -> Iterator[DaemonRun]:
    """A daemon that nothing happens to: one for all the refusals."""
    with Desktop(screen=False) as desktop:
        run = DaemonRun(desktop, LONG)
        run.start()
        yield run


def test_two_starts_at_once_are_one(make_run: MakeRun) -> None:
    """A hundred would be, too: one runs, the others say so."""
    run = make_run(LONG, screen=False)
    starts = [run.desktop.start(["unsit"], f"start-{number}") for number in range(4)]
    assert [start.wait(20) for start in starts] == [0] * 4
    pid = run.call("ping")["pid"]

    assert run.unsit("run").returncode == REFUSED
    assert run.call("ping")["pid"] == pid
    assert run.log.count("INFO unsit.daemon.wiring: Unsit ") == 1
    run.done("quit")


@needs("xdg-open", "xdg-mime", "update-desktop-database")
async def test_started_again_from_a_menu_it_says_so_on_the_screen(make_run: MakeRun) -> None:
    """People look for a window and find none: without a terminal a note tells that it runs, and when it speaks."""
    run = make_run(screen=False)
    server = FakeServer(run.desktop)
    await server.start()
    run.process = run.desktop.start(["unsit", "run"], "daemon")
    await run.desktop.until(lambda: any(note.title == "Unsit is here" for note in server.calls), 10, "the greeting")

    again = await asyncio.to_thread(run.unsit)

    assert again.returncode == 0
    await run.desktop.until(
        lambda: any(note.title == "Unsit is already running" for note in server.on_screen.values()), 10, "the note"
    )
    run.process.terminate()
    await run.desktop.until(lambda: run.process is not None and run.process.poll() is not None, 5, "the end")
    assert server.on_screen == {}
    await server.kill()


def test_a_link_from_anywhere_begins_an_exercise(make_run: MakeRun) -> None:
    """`unsit:` addresses reach the daemon through the desktop's own opener; one that is no page and no exercise does not."""
    run = make_run(LONG + '[guide]\nbrowser = "true"\n')
    applications = Path(run.env["XDG_DATA_HOME"], "applications")
    applications.mkdir(parents=True)
    entry = applications / "unsit-link.desktop"
    entry.write_text((REPOSITORY / "packaging/linux/unsit-link.desktop").read_text())
    run.desktop.run(["update-desktop-database", applications])
    run.desktop.run(["xdg-mime", "default", entry.name, "x-scheme-handler/unsit"], XDG_CURRENT_DESKTOP="X-Generic")
    run.start()

    run.desktop.run(["xdg-open", "unsit:quit"], XDG_CURRENT_DESKTOP="X-Generic")
    assert run.phase == "counting"
    run.desktop.run(["xdg-open", "unsit:begin/half-kneeling"], XDG_CURRENT_DESKTOP="X-Generic")
    run.wait_for_phase("session")
    assert run.snapshot["session"]["exercises"] == ["half-kneeling"]
