from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from support.desktop import Desktop, needs
from support.tmux import UNSIT, WITHOUT_DESKTOP, Tmux, unsit
from unsit.store.history import History

pytestmark = needs("tmux")

RUN = " ".join([*UNSIT, "run"])
QUICK: dict[str, Any] = {"UNSIT_PROMPT__EVERY": "2s", "UNSIT_STRETCH__PLACE": "[]", "UNSIT_STRETCH__WALK": "3s"}
"""A prompt at once, and the shortest session there is: 10 s to get ready, which can be left out, and a walk."""
LINES: dict[str, Any] = {**QUICK, "UNSIT_STRETCH__WALK": "1s"}
QUIET: dict[str, Any] = {"UNSIT_PROMPT__EVERY": "1h"}


def status(desktop: Desktop) -> dict[str, Any]:
    done = desktop.run(unsit("status", "--json"))
    return dict(json.loads(done.stdout)) if done.returncode == 0 else {}


def outcomes(desktop: Desktop) -> list[str]:
    history = History.open(Path(desktop.env["XDG_DATA_HOME"], "unsit", "history.db"), read_only=True)
    try:
        now = datetime.now(UTC)
        return [row.word for row in history.outcomes(now - timedelta(days=1), now + timedelta(days=1))]
    finally:
        history.close()


def daemon_pid(desktop: Desktop) -> int:
    return int(Path(desktop.env["XDG_RUNTIME_DIR"], "unsit", "lock").read_text())


def test_a_session_from_the_prompt_to_its_end_by_keys_alone(session_bus: Desktop) -> None:
    """The prompt comes, one key starts, the session has the screen and gives it back, and the outcome is written down."""
    terminal = Tmux(session_bus, **QUICK)
    before = terminal.modes()
    terminal.type(RUN)

    terminal.wait_for("Time to get up")
    terminal.wait_for("s start   z snooze   k skip   m moved   p pause 1 h   q quit")
    terminal.press("s")
    assert "Time to get up" not in terminal.wait_for("step 1 of 2")
    terminal.wait_for("space pause   n next   b back   x stop   h this hurts")
    terminal.press("n")
    terminal.wait_for("Then you are done.")
    said = terminal.wait_for("Well done · walked 3 s")
    assert "Time to get up · Walk, " in said, "what was said before is still there"
    assert outcomes(session_bus) == ["completed"]

    terminal.press("q")
    session_bus.wait_for(lambda: terminal.program() == "bash", what="the end")
    terminal.wait_for_modes(before)


def test_the_keys_say_and_do_what_the_state_allows(session_bus: Desktop) -> None:
    """Moved, undo, pause and resume, and snooze and skip only where there is a prompt. A page has its way without a browser."""
    terminal = Tmux(session_bus, **QUIET)
    terminal.type(RUN)
    assert "z snooze" not in terminal.wait_for("q quit")
    assert session_bus.run(unsit("open", "exercises")).returncode == 0
    terminal.wait_for("There is no browser here.")
    terminal.press("k")  # nothing to skip: nothing happens
    terminal.press("m")
    terminal.wait_for("u undo")
    assert status(session_bus)["last"]["word"] == "done"
    terminal.press("u")
    terminal.wait_until_gone("u undo")
    assert status(session_bus)["last"] is None
    terminal.press("p")
    assert "Paused until" in terminal.wait_for("p resume")
    terminal.press("p")
    terminal.wait_for("p pause 1 h")
    assert status(session_bus)["phase"] == "counting"


def test_a_paste_and_flow_control_do_nothing(session_bus: Desktop) -> None:
    """Text that lands in the window by mistake is no command; Ctrl-S does not stop the daemon's output, nor the daemon."""
    terminal = Tmux(session_bus, **QUIET)
    terminal.type(RUN)
    terminal.wait_for("q quit")
    terminal.paste("quickly asked, maybe quit?")
    terminal.press("C-s")
    terminal.press("m")
    terminal.wait_for("Well done")


def test_pausing_stops_the_count(session_bus: Desktop) -> None:
    """Space pauses and goes on; a pause has no countdown."""
    terminal = Tmux(session_bus, **{**QUICK, "UNSIT_STRETCH__WALK": "2m"})
    terminal.type(RUN)
    terminal.wait_for("Time to get up")
    terminal.press("Enter")
    terminal.wait_for("step 1 of 2")
    terminal.press("Space")
    terminal.wait_for("Paused · Get ready")
    paused = terminal.screen()
    assert status(session_bus)["session"]["paused"]
    terminal.press("Space")
    terminal.wait_until_gone("Paused")
    terminal.wait_until_gone(next(line for line in paused.splitlines() if "left" in line))


def test_resizing_draws_anew(session_bus: Desktop) -> None:
    """Narrow, wide, low: whatever the size, the number or the word is there, and no row is broken."""
    terminal = Tmux(session_bus, **{**QUICK, "UNSIT_STRETCH__PLACE": '["desk"]', "UNSIT_STRETCH__HOLD": "2m"})
    terminal.type(RUN)
    terminal.wait_for("Time to get up")
    terminal.press("s")
    terminal.wait_for("step 1 of 5")
    terminal.press("n")
    wide = terminal.wait_for("Hold · left side", until=lambda screen: screen.count("█") > 40 and "x stop" in screen)
    terminal.resize(40, 24)
    terminal.wait_for("step 2 of 5")
    terminal.wait_for("x stop   h this hurts")
    terminal.resize(30, 6)
    terminal.wait_until_gone("█")
    terminal.wait_for("Hold · left side")
    terminal.resize(120, 50)
    session_bus.wait_for(lambda: terminal.screen().count("█") > wide.count("█"), what="a larger number")
    terminal.wait_for("Stay tall and keep breathing.")


def test_resizing_leaves_no_rest_of_the_keys(session_bus: Desktop) -> None:
    """The rows at the bottom are broken anew by the terminal when it gets narrower, and are still taken back whole."""
    terminal = Tmux(session_bus, **QUIET)
    terminal.type(RUN)
    terminal.wait_for("q quit")
    terminal.resize(22, 24)
    terminal.wait_for("pause 1 h\nq quit")
    assert (terminal.screen().count("Next break at"), terminal.screen().count("quit")) == (1, 1)
    terminal.resize(100, 24)
    terminal.wait_for("p pause 1 h   q quit")
    assert (terminal.screen().count("Next break at"), terminal.screen().count("quit")) == (1, 1)


def test_sigterm_in_a_session_leaves_the_terminal_as_it_was(session_bus: Desktop) -> None:
    """Echo, line editing, cursor and the normal screen are back."""
    terminal = Tmux(session_bus, **QUICK)
    before = terminal.modes()
    terminal.type(RUN)
    terminal.wait_for("Time to get up")
    terminal.press("s")
    terminal.wait_for("step 1 of 2")
    assert terminal.modes() != before
    os.kill(daemon_pid(session_bus), signal.SIGTERM)
    session_bus.wait_for(lambda: terminal.program() == "bash", what="the end")
    terminal.wait_for_modes(before)
    assert "Time to get up" in terminal.screen()


def test_job_control_gives_the_terminal_back_and_takes_it_again(session_bus: Desktop) -> None:
    """Ctrl-Z leaves the shell its terminal; fg goes on where it was; in the background there are lines only."""
    terminal = Tmux(session_bus, **{**QUICK, "UNSIT_STRETCH__WALK": "2m"})
    before = terminal.modes()
    terminal.type(RUN)
    terminal.wait_for("Time to get up")
    terminal.press("s")
    terminal.wait_for("step 1 of 2")
    terminal.press("C-z")
    terminal.wait_for("Stopped")
    terminal.wait_for_modes(before)
    terminal.type("fg")
    terminal.wait_for("step 1 of 2")
    terminal.press("C-z")
    terminal.wait_for("Stopped")
    terminal.type("bg")
    session_bus.wait_for(lambda: status(session_bus).get("phase") == "session", what="that it goes on")
    session_bus.run(unsit("session", "next"))
    terminal.wait_for("Walk, 2 min.")
    terminal.wait_for_modes(before)


def test_a_terminal_that_is_closed_ends_the_program(session_bus: Desktop) -> None:
    """Nobody is left who could read it: a clean stop, as written in the history."""
    terminal = Tmux(session_bus, **QUIET)
    terminal.type(RUN)
    terminal.wait_for("q quit")
    pid = daemon_pid(session_bus)
    terminal.hang_up()
    session_bus.wait_for(lambda: not _is_alive(pid), what="the end of the daemon")
    assert not Path(session_bus.env["XDG_RUNTIME_DIR"], "unsit", "control.sock").exists()


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_terminal_that_takes_nothing_stalls_nobody(session_bus: Desktop) -> None:
    """As when an ssh connection hangs: the session goes on, commands are answered, and what is read later is the present."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*WITHOUT_DESKTOP, *UNSIT, "run"],
        env={**session_bus.env, **LINES, "TERM": "xterm-256color"},
        stdin=terminal,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        session_bus.wait_for(lambda: status(session_bus).get("phase") == "due", what="the prompt")
        session_bus.wait_for(lambda: not _take_more(terminal), what="a terminal that takes nothing more")
        assert session_bus.run(unsit("begin")).returncode == 0
        assert session_bus.run(unsit("session", "next")).returncode == 0
        session_bus.wait_for(lambda: outcomes(session_bus) == ["completed"], what="the end of the session")
        os.set_blocking(controller, False)
        seen = bytearray()

        def read() -> bool:
            with contextlib.suppress(BlockingIOError):
                seen.extend(os.read(controller, 65536))
            return b"Well done" in seen

        session_bus.wait_for(read, what="what was said meanwhile")
    finally:
        session_bus.stop(process)  # type: ignore[arg-type]
        os.close(terminal)
        os.close(controller)


def _take_more(terminal: int) -> bool:
    """Fill it; false when it was full, and stayed so for longer than the kernel takes to make room at the other end."""
    os.set_blocking(terminal, False)
    try:
        os.write(terminal, b"." * 4096)
    except BlockingIOError:
        return bool(select.select([], [terminal], [], 0.2)[1])
    finally:
        os.set_blocking(terminal, True)
    return True


def test_nothing_ticks_while_nothing_is_shown(session_bus: Desktop) -> None:
    """With the keys and the state on the screen the process sleeps."""
    terminal = Tmux(session_bus, **QUIET)
    terminal.type(RUN)
    terminal.wait_for("q quit")
    pid = daemon_pid(session_bus)

    def switches() -> int:
        files = Path(f"/proc/{pid}/task").glob("*/status")
        lines = [line for file in files for line in file.read_text().splitlines() if "ctxt_switches" in line]
        return sum(int(line.split()[1]) for line in lines)

    session_bus.wait_for(lambda: _is_still(switches), what="a second of silence")


def _is_still(switches: Any) -> bool:
    before = switches()
    time.sleep(1.2)  # what is measured is that nothing happens in it
    return bool(switches() == before)


def test_a_dumb_terminal_gets_lines(session_bus: Desktop) -> None:
    """No control sequence but the bell; the keys work."""
    terminal = Tmux(session_bus, **LINES, COLUMNS="80")
    log = session_bus.dir / "typescript"
    terminal.type(f"TERM=dumb script -q -c '{RUN}' {log}")
    terminal.wait_for("s start")
    terminal.press("s")
    terminal.wait_for("Get ready, 10 s.")
    terminal.press("n")
    terminal.wait_for("Walk, 1 s.")
    terminal.wait_for("Well done · walked 1 s")
    terminal.press("C-c")
    session_bus.wait_for(lambda: terminal.program() == "bash", what="the end")
    assert "\x1b" not in log.read_text()


def test_no_terminal_gets_lines_without_a_bell(session_bus: Desktop) -> None:
    """As in a container: what is due goes to the standard output, and commands come from elsewhere."""
    Path(session_bus.env["XDG_RUNTIME_DIR"], "bus").rename(session_bus.dir / "away")
    process = session_bus.start([*WITHOUT_DESKTOP, *UNSIT, "run"], "unsit", **LINES)
    session_bus.wait_for(lambda: "Time to get up" in session_bus.log("unsit"), what="the prompt")
    assert session_bus.run(unsit("begin")).returncode == 0
    session_bus.run(unsit("session", "next"))
    session_bus.wait_for(lambda: "Well done" in session_bus.log("unsit"), what="the end")
    assert session_bus.stop(process) == 0
    said = session_bus.log("unsit")
    assert "Walk, 1 s." in said
    assert "\x1b" not in said
    assert "\a" not in said


def test_no_color_is_obeyed(session_bus: Desktop) -> None:
    """Bold and dim stay; colours go (no-color.org)."""
    terminal = Tmux(session_bus, **QUICK, NO_COLOR="1")
    terminal.type(RUN)
    terminal.wait_for("Time to get up")
    terminal.press("s")
    terminal.wait_for("step 1 of 2", until=lambda screen: "x stop" in screen)
    styled = terminal.screen(with_styles=True)
    assert "\x1b[1m" in styled
    assert "\x1b[3" not in styled.replace("\x1b[39m", "")


def test_run_in_a_terminal_of_a_desktop_says_one_line(desktop: Desktop) -> None:
    """Prompts are the desktop's there; the line says how to end it."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*UNSIT, "run"], env={**desktop.env, **QUIET}, stdin=terminal, stdout=terminal, stderr=terminal,
        start_new_session=True,
    )  # fmt: skip
    try:
        desktop.wait_for(lambda: status(desktop), what="the daemon")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        said = os.read(controller, 4096).decode()
        assert said.count("\n") == 1
        assert "Ctrl-C ends it" in said
    finally:
        desktop.stop(process)  # type: ignore[arg-type]
        os.close(terminal)
        os.close(controller)
