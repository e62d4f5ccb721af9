from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from support.desktop import Desktop, needs
from support.tmux import UNSIT, WITHOUT_DESKTOP, Tmux, unsit
from unsit.store.history import History

pytestmark = needs("tmux")

HERE: Final = " ".join([*UNSIT, "stretch", "--here"])
SHORT: Final[dict[str, Any]] = {"UNSIT_STRETCH__HOLD": "15s", "UNSIT_STRETCH__WALK": "2s"}


class Daemon:
    """One that runs on a system without a display; whoever wants a page leaves a line in a file."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.pages = desktop.dir / "pages"
        self.start()

    def start(self) -> None:
        self.process = self.desktop.start(
            [*WITHOUT_DESKTOP, *UNSIT, "run"], "unsit", UNSIT_GUIDE__BROWSER=f"tee -a {self.pages}", **SHORT
        )
        self.desktop.wait_for(lambda: self.desktop.run(unsit("status")).returncode == 0, what="the daemon")

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.desktop.run(unsit("status", "--json")).stdout))

    def session(self) -> dict[str, Any] | None:
        session: dict[str, Any] | None = self.status()["session"]
        return session

    def wait_for(self, predicate: Callable[[dict[str, Any]], object], what: str) -> None:
        """Until a session is as wanted."""

        def is_so() -> bool:
            session = self.session()
            return session is not None and bool(predicate(session))

        self.desktop.wait_for(is_so, what=what)


@pytest.fixture
def daemon(session_bus: Desktop) -> Iterator[Daemon]:
    made = Daemon(session_bus)
    yield made
    session_bus.stop(made.process)


@pytest.fixture
def terminal(session_bus: Desktop) -> Tmux:
    return Tmux(session_bus, COLORTERM="truecolor", **SHORT)


def viewers(terminal: Tmux) -> tuple[psutil.Process, psutil.Process]:
    """The guardian, and the process that it waits for."""
    shell = psutil.Process(int(terminal.shell_pid()))
    (guardian,) = shell.children()
    (shown,) = guardian.children()
    return guardian, shown


def wait_for_shell(terminal: Tmux, modes: str, said: str = "$") -> None:
    """The shell has its terminal back as it was, with the last words on it."""
    terminal.desktop.wait_for(lambda: terminal.program() == "bash", what="the shell")
    terminal.wait_for_modes(modes)
    terminal.wait_for(said)


def exit_code(terminal: Tmux) -> int:
    terminal.type("echo code=$?.")
    screen = terminal.wait_for("code=", until=lambda text: re.search(r"code=\d+\.", text) is not None)
    return int(re.findall(r"code=(\d+)\.", screen)[-1])


def test_a_session_is_begun_steered_and_seen_to_its_end(daemon: Daemon, terminal: Tmux) -> None:
    """Figure, number, bar and keys; choices while one gets ready; no page opens; the terminal is given back."""
    before = terminal.modes()
    terminal.type(f"{HERE} standing-lunge")
    seen = terminal.wait_for("o Right side first   l Hold longer: 30 s   w Without the walk")
    assert "step 1 of 5" in seen
    assert "▔" * 20 in seen, "the ground that the figure stands on"
    terminal.press("o")
    terminal.wait_for("right side first")
    terminal.press("w")
    terminal.wait_for("step 1 of 4")
    terminal.press("e")
    terminal.wait_for("Half-kneeling psoas stretch")
    assert (chosen := daemon.session()) is not None
    assert (chosen["exercises"], chosen["walk_s"]) == (["half-kneeling"], 0.0)
    terminal.press("m")
    terminal.wait_for("m sound on")
    assert daemon.status()["muted"]
    terminal.press("Space")
    terminal.wait_for("Paused · Get ready")
    terminal.press("Space")
    terminal.press("Right")
    terminal.wait_for("Hold · left side")
    daemon.wait_for(lambda session: session["index"] == 1, what="the hold")
    terminal.press("Right", "Right", "Right")
    wait_for_shell(terminal, before, "Stopped · It was too short to count")
    assert exit_code(terminal) == 0
    assert not daemon.pages.exists()


def test_what_was_done_is_said_at_the_end(daemon: Daemon, terminal: Tmux) -> None:
    """The walk, to its end."""
    terminal.type(f"{HERE} walk")
    terminal.wait_for("Get ready")
    terminal.press("n")
    terminal.wait_for("Then you are done.")
    terminal.wait_for("Well done · walked 2 s")


def test_a_reader_that_has_read_enough_ends_the_view_and_not_the_stretch(daemon: Daemon) -> None:
    """Behind a pipe, as other programs do: quietly, and with success."""
    pipe = f"{HERE} supine | head -1; echo code=${{PIPESTATUS[0]}}."
    view = daemon.desktop.start(["bash", "-c", pipe], "view", **SHORT)
    daemon.desktop.wait_for(lambda: "\n" in daemon.desktop.log("view"), what="the first line")
    daemon.desktop.wait_for(daemon.session, what="the stretch")
    forth_and_back = itertools.cycle(("next", "previous"))  # a new part is a new line
    while view.poll() is None:
        daemon.desktop.run(unsit("session", next(forth_and_back)))
    assert "code=0." in daemon.desktop.log("view")
    assert "Traceback" not in daemon.desktop.log("view")
    assert "BrokenPipe" not in daemon.desktop.log("view")
    assert daemon.session() is not None
    daemon.desktop.run(unsit("session", "stop"))


def test_leaving_is_not_stopping_and_a_session_that_runs_is_joined(daemon: Daemon, terminal: Tmux) -> None:
    """q leaves, and says how to come back; a second one shows the same session; Ctrl-C ends only what it began."""
    before = terminal.modes()
    terminal.type(f"{HERE} supine")
    terminal.wait_for("step 1 of")
    terminal.press("q")
    wait_for_shell(terminal, before, "The stretch goes on: `unsit stretch --here` shows it again")
    assert (left := daemon.session()) is not None
    terminal.type(f"clear; {HERE} bridge")
    terminal.wait_for("Another stretch is running. See it with")
    assert exit_code(terminal) == 1
    terminal.type(f"clear; {HERE}")
    terminal.wait_for("Supine psoas stretch")
    terminal.press("C-c")
    wait_for_shell(terminal, before)
    assert (joined := daemon.session()) is not None
    assert joined["id"] == left["id"]
    daemon.desktop.run(unsit("session", "stop"))
    terminal.type(f"clear; {HERE} supine")
    terminal.wait_for("step 1 of")
    terminal.press("C-c")
    wait_for_shell(terminal, before, "Stopped")
    assert exit_code(terminal) == 130
    assert daemon.session() is None


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("who", ["guardian", "view"])
def test_whoever_is_killed_the_terminal_is_right_and_the_session_goes_on(
    daemon: Daemon, terminal: Tmux, who: str, sig: signal.Signals
) -> None:
    """Echo, cursor, wrapping and the normal screen are back, also after a signal that nobody can catch."""
    before = terminal.modes()
    terminal.type(f"{HERE} supine")
    terminal.wait_for("step 1 of")
    guardian, shown = viewers(terminal)
    (guardian if who == "guardian" else shown).send_signal(sig)
    wait_for_shell(terminal, before)
    psutil.wait_procs([shown], timeout=10)
    assert not shown.is_running()
    terminal.type("echo it is $((40 + 2))")
    terminal.wait_for("it is 42")
    assert daemon.session() is not None


def test_job_control(daemon: Daemon, terminal: Tmux) -> None:
    """Ctrl-Z gives the shell its terminal, fg goes on; stopped without a word, it is put right all the same."""
    before = terminal.modes()
    terminal.type(f"{HERE} supine")
    terminal.wait_for("step 1 of")
    for _again in range(2):
        terminal.press("C-z")
        terminal.wait_for("Stopped")
        terminal.wait_for_modes(before)
        terminal.type("fg")
        terminal.wait_for("step 1 of")
    _guardian, shown = viewers(terminal)
    shown.send_signal(signal.SIGSTOP)
    terminal.wait_for("Stopped")
    terminal.wait_for_modes(before)
    terminal.type("fg")
    terminal.wait_for("step 1 of")
    terminal.press("f")  # a key by itself: neither echoed nor waiting for the end of a line
    terminal.wait_until_gone("▔▔▔▔▔")
    terminal.press("C-c")
    wait_for_shell(terminal, before)


def test_a_window_that_is_closed_leaves_the_stretch_running(daemon: Daemon, terminal: Tmux) -> None:
    """As a browser that is closed does; and no process stays behind."""
    terminal.type(f"{HERE} supine")
    terminal.wait_for("step 1 of")
    both = viewers(terminal)
    terminal.hang_up()
    _gone, alive = psutil.wait_procs(both, timeout=10)
    assert not alive
    assert daemon.session() is not None


def test_a_daemon_that_dies_and_comes_back(daemon: Daemon, terminal: Tmux) -> None:
    """What is shown stands still and says why; when it is back the session is paused, and space goes on."""
    terminal.type(f"{HERE} supine")
    terminal.wait_for("step 1 of")
    daemon.process.kill()
    terminal.wait_for("Unsit has gone. It goes on here")
    terminal.wait_for("Paused · Get ready")
    daemon.start()
    terminal.wait_for("Unsit is back. Press space to go on.")
    terminal.press("Space")
    terminal.wait_until_gone("Paused")


def test_a_daemon_that_ends_takes_the_session_with_it(daemon: Daemon, terminal: Tmux) -> None:
    """It says so with its last word; if it could not, nobody waits for it for long."""
    before = terminal.modes()
    terminal.type(f"{HERE} supine")
    terminal.wait_for("step 1 of")
    daemon.desktop.run(unsit("quit"))
    wait_for_shell(terminal, before, "Stopped · It was too short to count")
    daemon.start()
    terminal.type(f"clear; {HERE} supine")
    terminal.wait_for("step 1 of")
    Path(daemon.desktop.env["XDG_RUNTIME_DIR"], "unsit", "control.sock").unlink()
    daemon.process.kill()
    terminal.wait_for("Unsit has gone.")
    wait_for_shell(terminal, before, "Unsit has ended, and the stretch with it. Start it with `unsit`.")
    assert exit_code(terminal) == 3


def test_every_size_from_20_by_8_to_200_by_60(daemon: Daemon, terminal: Tmux) -> None:
    """It is drawn anew at once; narrow windows get less, and what matters most stays."""
    terminal.type(f"{HERE} standing-lunge")
    terminal.wait_for("step 1 of 5")
    terminal.press("n")
    terminal.wait_for("Hold · left side")
    terminal.press("Space")
    terminal.wait_for("Paused")
    for columns, rows in ((20, 8), (200, 60), (40, 40), (60, 20), (30, 10), (100, 16), (80, 24)):
        terminal.resize(columns, rows)
        seen = terminal.wait_for(
            "Paused · Hold", until=lambda text: text.count("left") > 1
        )  # the side, and what is left
        assert max(map(len, seen.splitlines())) <= columns
        if columns >= 56 or rows >= 26:
            terminal.wait_for("▔▔▔▔▔▔▔▔▔▔")
    terminal.wait_for("x stop   h this hurts")


def test_where_the_language_says_ascii_nothing_else_is_written(daemon: Daemon, terminal: Tmux) -> None:
    """Figure, digits and bar in letters, though Python itself would write UTF-8."""
    terminal.type(f"LC_ALL=C {HERE} standing-lunge")
    terminal.wait_for("step 1 of 5")
    terminal.press("n")
    assert terminal.wait_for("Hold - left side").isascii()
    assert "---- " in terminal.wait_for("h this hurts")


def test_without_a_daemon_the_stretch_still_counts(session_bus: Desktop, terminal: Tmux) -> None:
    """Somebody on another machine's shell: one lives for the session, answers as any does, and leaves what was done."""
    before = terminal.modes()
    terminal.type(f"{HERE} no-such-thing")
    seen = terminal.wait_for("$ ", until=lambda text: "no-such-thing" in text.partition("here")[2])
    assert exit_code(terminal) == 1, seen
    terminal.type(f"clear; {HERE} walk")
    terminal.wait_for("Get ready")
    assert session_bus.run(unsit("session", "next")).returncode == 0
    terminal.wait_for("Well done · walked 2 s")
    wait_for_shell(terminal, before)
    assert session_bus.run(unsit("status")).returncode == 3, "it has ended with the session"
    history = History.open(Path(session_bus.env["XDG_DATA_HOME"], "unsit", "history.db"), read_only=True)
    try:
        now = datetime.now(UTC)
        (outcome,) = history.outcomes(now - timedelta(days=1), now)
        assert (outcome.word, outcome.exercises) == ("completed", ("walk",))
    finally:
        history.close()


def test_without_a_daemon_a_killed_stretch_is_gone_on_with(session_bus: Desktop, terminal: Tmux) -> None:
    """Nobody is told to stop what nothing runs: it is there, paused. Whoever asks for another one gets that."""
    terminal.type(f"{HERE} standing-lunge")
    terminal.wait_for("step 1 of 5")
    terminal.press("n")
    terminal.wait_for("Hold · left side")
    _guardian, shown = viewers(terminal)
    shown.kill()
    terminal.wait_for("was killed (SIGKILL)")
    terminal.type(f"clear; {HERE} standing-lunge")
    terminal.wait_for("the stretch waited where it was")
    terminal.wait_for("Paused · Hold · left side")
    terminal.press("Space")
    terminal.wait_until_gone("Paused")
    _guardian, shown = viewers(terminal)
    shown.kill()
    terminal.wait_for("was killed (SIGKILL)")
    terminal.type(f"clear; {HERE} supine")
    terminal.wait_for("Get ready")
    terminal.wait_for("Supine psoas stretch")
    terminal.press("x")
    terminal.wait_for("Stopped ·")


def test_without_a_daemon_the_prompt_is_seen_after_the_guardian_was_killed(terminal: Tmux) -> None:
    """The shell may have written it on the screen that was the stretch's; what became of that stands above it."""
    before = terminal.modes()
    terminal.type(f"{HERE} supine")
    terminal.wait_for("step 1 of")
    guardian, shown = viewers(terminal)
    guardian.kill()
    wait_for_shell(terminal, before)
    psutil.wait_procs([shown], timeout=10)
    terminal.wait_for("Stopped · It was too short", until=lambda screen: screen.splitlines()[-1].strip() == "$")


def test_plain_is_a_line_for_each_sentence(daemon: Daemon) -> None:
    """For a screen reader, a pipe and a log: in their order and at their time, no control character among them."""
    desktop = daemon.desktop
    process = desktop.start([*UNSIT, "stretch", "walk", "--plain"], "plain")
    desktop.wait_for(lambda: "Get ready, 10 s." in desktop.log("plain"), what="the first line")
    desktop.run(unsit("session", "next"))
    desktop.wait_for(lambda: process.poll() is not None, what="the end")
    said = desktop.log("plain")
    assert process.returncode == 0
    assert said.splitlines()[-2:] == ["Well done · walked 2 s", "This week: walked 2 s · 1 stretch"]
    places = [said.index(word) for word in ("Get ready, 10 s. ", "Walk, 2 s. ", "Half way.", "Done.", "Well done")]
    assert places == sorted(places)
    assert said.replace("\n", "").isprintable()


def test_stretch_without_here_is_begin(daemon: Daemon) -> None:
    """The guide opens as after any other start."""
    done = daemon.desktop.run(unsit("stretch", "supine"))
    assert done.returncode == 0
    daemon.desktop.wait_for(daemon.pages.exists, what="the guide")
    assert daemon.session() is not None


def test_asking_loads_nothing_that_only_showing_needs() -> None:
    """A refusal is as quick as any other command's."""
    code = "import sys; from unsit.cli import stretch; print([n for n in ('asyncio', 'msgspec', 'mmap') if n in sys.modules])"
    done = subprocess.run([UNSIT[0], "-c", code], capture_output=True, text=True, env=dict(os.environ), check=True)
    assert done.stdout.strip() == "[]"
