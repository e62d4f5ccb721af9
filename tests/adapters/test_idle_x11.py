"""Idle on a real X server, with input from xdotool."""

from __future__ import annotations

import asyncio
import contextlib
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.desktop import Desktop, needs
from support.patience import PATIENCE_S
from support.presence import Heard, IdleContract
from unsit.adapters.breaks import SHORT_MOST
from unsit.adapters.idle_x11 import X11Idle
from unsit.ports import AdapterError

pytestmark = [needs("Xvfb", "xdotool"), pytest.mark.alone]


def poke_of(desktop: Desktop) -> Callable[[], object]:
    return lambda: desktop.run(["xdotool", "mousemove_relative", "--", "1", "1"])


@pytest.fixture
def x_only(make_desktop: Callable[..., Desktop]) -> Desktop:
    return make_desktop(window_manager=None)


@pytest.fixture
def contract(x_only: Desktop) -> IdleContract:
    return IdleContract(x_only, lambda: X11Idle(x_only.display), poke_of(x_only))


async def test_five_rounds_of_pause_and_return(contract: IdleContract) -> None:
    """Each told once, the pause within 0.5 s of its time, the return within 0.2 s."""
    await contract.check_rounds(idle_s=0.6, rounds=5)


async def test_a_pause_that_is_on_is_told_at_once(contract: IdleContract) -> None:
    """Watching for less than it has been quiet already."""
    await contract.check_already_idle()


async def test_the_next_input_after_watch_is_told(contract: IdleContract) -> None:
    """Nobody stays absent because no pause came first."""
    await contract.check_next_input_is_reported()


async def test_a_stopped_source_says_nothing(contract: IdleContract) -> None:
    """And stop() may come twice."""
    await contract.check_stopped_says_nothing()


async def test_input_between_watch_and_its_alarm_is_not_lost(x_only: Desktop) -> None:
    """Input that never pauses, while watch() is called again and again at any moment: each call is answered by input_seen."""
    source, heard = X11Idle(x_only.display), Heard()
    await source.start(heard)
    typing = x_only.start(
        ["sh", "-c", "while :; do xdotool mousemove_relative -- 1 0 mousemove_relative -- -1 0 key --delay 1 a; done"]
    )
    try:
        for round_ in range(40):
            heard.clear()
            source.watch(30)
            await x_only.until(lambda: "input_seen" in heard.words, 10, "the next input")
            await asyncio.sleep(round_ % 7 / 1000)
        assert "input_stopped" not in heard.words
    finally:
        x_only.stop(typing, sig=signal.SIGKILL)
        await source.stop()


async def test_the_keyboard_counts_as_the_mouse_does(x_only: Desktop) -> None:
    """A key with no window to take it."""
    source, heard = X11Idle(x_only.display), Heard()
    await source.start(heard)
    source.watch(0.2)
    await x_only.until(lambda: "input_stopped" in heard.words, 10, "a pause")
    x_only.run(["xdotool", "key", "a"])
    await x_only.until(lambda: "input_seen" in heard.words, 10, "the key")
    await source.stop()


async def test_it_works_through_a_grab_of_the_keyboard(x_only: Desktop) -> None:
    """A screen lock takes all input for itself; the server still counts it."""
    grab = x_only.start([sys.executable, "-c", _GRAB], "grab")
    x_only.wait_for(lambda: "grabbed" in x_only.log("grab"), what="the grab")
    source, heard = X11Idle(x_only.display), Heard()
    await source.start(heard)
    source.watch(0.2)
    await x_only.until(lambda: "input_stopped" in heard.words, 10, "a pause")
    heard.clear()
    x_only.run(["xdotool", "key", "a"])
    await x_only.until(lambda: "input_seen" in heard.words, 10, "the key")
    assert grab.poll() is None
    await source.stop()


@needs("xset")
async def test_a_program_that_resets_the_screen_saver_is_no_input(x_only: Desktop) -> None:
    """As a browser does when a page gives up its wake lock: the server's idle counter starts anew, with nobody there."""
    source, heard = X11Idle(x_only.display), Heard()
    await source.start(heard)
    source.watch(0.3)
    await x_only.until(lambda: "input_stopped" in heard.words, 10, "a pause")
    x_only.run(["xset", "s", "reset"])
    idle_s = await source.idle_for_s()
    assert idle_s is not None and idle_s < 0.3
    assert "input_seen" not in heard.words

    poke_of(x_only)()
    await x_only.until(lambda: "input_seen" in heard.words, 10, "the return")
    await source.stop()


async def test_a_server_without_raw_events_is_watched_by_its_counter(
    x_only: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause and the return are told all the same."""
    from unsit.adapters.x11_raw_input import RawInput

    async def none(_connection: object) -> None:
        return None

    monkeypatch.setattr(RawInput, "find", none)
    contract = IdleContract(x_only, lambda: X11Idle(x_only.display), poke_of(x_only))
    await contract.check_rounds(idle_s=0.4, rounds=2)
    await contract.check_next_input_is_reported()
    await contract.check_already_idle()


_GRAB = """
from Xlib import X, display
shown = display.Display()
root = shown.screen().root
root.grab_keyboard(True, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
root.grab_pointer(True, 0, X.GrabModeAsync, X.GrabModeAsync, X.NONE, X.NONE, X.CurrentTime)
shown.sync()
print("grabbed", flush=True)
while True:
    shown.next_event()
"""


async def test_the_time_since_the_last_input_can_be_asked(x_only: Desktop) -> None:
    """In seconds, to a few milliseconds."""
    source = X11Idle(x_only.display)
    await source.start(Heard())
    before = time.monotonic()
    poke_of(x_only)()
    after = time.monotonic()
    await asyncio.sleep(0.3)
    asked = time.monotonic()
    idle_s = await source.idle_for_s()
    now = time.monotonic()
    assert idle_s is not None
    assert asked - after - 0.005 <= idle_s <= now - before + 0.005
    await source.stop()


async def test_a_server_that_dies_is_told_and_nothing_breaks(
    x_only: Desktop, capfd: pytest.CaptureFixture[str]
) -> None:
    """`works` is False, once, with its reason; later calls do nothing; not a word on standard error."""
    source, heard = X11Idle(x_only.display), Heard()
    await source.start(heard)
    source.watch(0.2)
    await x_only.until(lambda: "input_stopped" in heard.words, 10, "a pause")
    heard.clear()
    server = next(process for process, _log in x_only._processes if "Xvfb" in str(process.args))
    x_only.stop(server, sig=signal.SIGKILL)
    await x_only.until(lambda: not source.works, 10, "the loss to be noticed")
    assert heard.words == ["sensors_changed"]
    assert "gone" in source.describe()
    source.watch(1)
    assert await source.idle_for_s() is None
    await source.stop()
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


async def test_a_server_that_ends_is_the_end_of_the_session(x_only: Desktop) -> None:
    """Told once. A connection that breaks while the server lives is not."""
    ends: list[str] = []
    broken = X11Idle(x_only.display, on_session_end=lambda: ends.append("broken"))
    source = X11Idle(x_only.display, on_session_end=lambda: ends.append("source"))
    await broken.start(Heard())
    await source.start(Heard())
    assert broken._connection is not None
    broken._connection.display.socket.shutdown(socket.SHUT_RDWR)
    before = broken._connection
    await x_only.until(lambda: broken._connection not in (None, before), 10, "the new connection")
    await broken.stop()
    assert ends == []

    server = next(process for process, _log in x_only._processes if "Xvfb" in str(process.args))
    x_only.stop(server)
    await x_only.until(lambda: ends, 10, "the end to be told")
    await source.stop()
    assert ends == ["source"]


async def test_a_connection_that_breaks_is_made_anew(x_only: Desktop) -> None:
    """The server lives on: what was watched for is told by the new one. One that keeps breaking off is left alone."""
    source, heard = X11Idle(x_only.display), Heard()
    await source.start(heard)
    source.watch(0.3)
    await x_only.until(lambda: "input_stopped" in heard.words, 10, "a pause")
    heard.clear()

    async def break_off() -> None:
        before = source._connection
        assert before is not None
        before.display.socket.shutdown(socket.SHUT_RDWR)
        await x_only.until(lambda: source._connection is not before, 10, "the break")

    await break_off()
    await x_only.until(lambda: "input_stopped" in heard.words, 10, "the same pause, from the new connection")
    assert heard.words == ["sensors_changed", "sensors_changed", "input_stopped"]
    poke_of(x_only)()
    await x_only.until(lambda: "input_seen" in heard.words, 10, "the return")

    for _time in range(SHORT_MOST):
        await x_only.until(lambda: source.works or source._check is None or source._check.done(), 10, "what follows")
        if source.works:
            await break_off()
    await x_only.until(lambda: source._check is not None and source._check.done(), 10, "the last look")
    assert not source.works
    await source.stop()


async def test_a_server_that_hangs_is_told_and_taken_back(x_only: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped by a signal it answers nobody; continued, it works again, and the loop never waited for it."""
    monkeypatch.setattr("unsit.adapters.x11.X11Connection.ask.__kwdefaults__", {"timeout_s": 0.3})
    source, heard = X11Idle(x_only.display), Heard()
    await source.start(heard)
    server = next(process for process, _log in x_only._processes if "Xvfb" in str(process.args))
    server.send_signal(signal.SIGSTOP)
    try:
        source.watch(0.2)
        assert source.works  # nobody has waited to find out
        await x_only.until(lambda: not source.works, 10, "the silence to be noticed")
        assert heard.words == ["sensors_changed"]
        assert "did not answer" in source.describe()
    finally:
        server.send_signal(signal.SIGCONT)
    await x_only.until(lambda: source.works, 10, "the answer")
    await x_only.until(lambda: "input_stopped" in heard.words, 10, "the alarm that was set meanwhile")
    await source.stop()


async def test_one_that_is_started_anew_has_one_connection(x_only: Desktop) -> None:
    """The one of a start before would tell of everything twice, and its end would be that of the session."""
    source = X11Idle(x_only.display)
    await source.start(Heard())
    first = source._connection
    await source.start(Heard())
    assert first is not None and not first.is_open
    assert source.works
    await source.stop()


async def test_a_server_that_answers_while_we_stand_still_does_not_hang(x_only: Desktop) -> None:
    """The limit has passed, and the answer is there."""
    from Xlib.protocol import rq

    from unsit.adapters.x11 import X11Connection

    class GetInputFocus(rq.ReplyRequest):  # type: ignore[misc]  # python-xlib ships no types
        _request = rq.Struct(rq.Opcode(43), rq.Pad(1), rq.RequestLength())
        _reply = rq.Struct(
            rq.ReplyCode(), rq.Card8("revert_to"), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Card32("focus"),
            rq.Pad(20),
        )  # fmt: skip

    connection = await X11Connection.open(x_only.display)
    asking = asyncio.create_task(connection.ask(GetInputFocus, timeout_s=0.3))
    await asyncio.sleep(0)  # it has asked
    time.sleep(0.4)  # noqa: ASYNC251  the loop stands still
    assert select.select([connection.display.socket], [], [], PATIENCE_S)[0]
    assert "focus" in await asking
    connection.close()


async def test_connecting_to_a_server_that_hangs_is_bounded(
    x_only: Desktop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The loop goes on meanwhile, and no thread is left behind."""
    import threading

    from unsit.adapters.x11 import X11Connection

    server = next(process for process, _log in x_only._processes if "Xvfb" in str(process.args))
    server.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(AdapterError, match="did not answer"):
            await X11Connection.open(x_only.display, timeout_s=0.3)
        await x_only.until(
            lambda: "x11-connect" not in {thread.name for thread in threading.enumerate()}, 10, "its end"
        )
    finally:
        server.send_signal(signal.SIGCONT)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("display", [":98765", "nonsense", "no-such-host.invalid:0"])
async def test_no_server_is_an_error_for_people(display: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever the display's name is wrong with."""
    source = X11Idle(display)
    with pytest.raises(AdapterError):
        await source.start(Heard())
    assert not source.works
    assert capfd.readouterr() == ("", "")


async def test_without_a_display_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of Wayland, too: its X server sees only part of the input."""
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(AdapterError, match="DISPLAY"):
        await X11Idle().start(Heard())
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(AdapterError, match="Wayland"):
        await X11Idle().start(Heard())
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    with pytest.raises(AdapterError, match="Wayland"):
        await X11Idle().start(Heard())


async def test_what_the_server_refuses_is_logged(
    x_only: Desktop, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """python-xlib alone would print it on standard error; a question that is refused raises."""
    from unsit.adapters.x11 import X11Connection
    from unsit.adapters.x11_sync import ChangeAlarm, Counter, QueryCounter

    connection = await X11Connection.open(x_only.display)
    counter = await Counter.find(connection, "IDLETIME")
    counter._set(ChangeAlarm, 4711, 0, 1, 2)
    with pytest.raises(AdapterError, match="refused"):
        await connection.ask(QueryCounter, opcode=counter._opcode, counter=4711)
    assert "refused a request" in caplog.text
    assert await counter.value() >= 0
    connection.close()
    assert capfd.readouterr() == ("", "")


_QUIET = """
import asyncio
from unsit.adapters.idle_x11 import X11Idle

class Ears:
    def __getattr__(self, name):
        return lambda *_: print(name, flush=True)

async def main():
    source = X11Idle()
    await source.start(Ears())
    source.watch(1.0)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_quiet_desk_costs_no_wake_up(x_only: Desktop) -> None:
    """After the pause has been told: five seconds without one context switch, and one thread."""
    process = x_only.start([sys.executable, "-c", _QUIET], "quiet")
    x_only.wait_for(lambda: "input_stopped" in x_only.log("quiet"), what="the pause")
    status = Path(f"/proc/{process.pid}/status")

    def numbers() -> dict[str, int]:
        pairs = (line.split(":") for line in status.read_text().splitlines())
        return {name: int(value) for name, value in pairs if name == "Threads" or "ctxt" in name}

    def after(seconds: float) -> dict[str, int]:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        return numbers()

    x_only.wait_for(lambda: numbers() == after(0.3), what="the end of what it does for the pause")
    before, later = numbers(), after(5)
    assert later["Threads"] == 1
    assert sum(later.values()) - sum(before.values()) <= 1
