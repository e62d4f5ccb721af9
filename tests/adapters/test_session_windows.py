"""Lock, sleep and the end of the session on Windows, behind the seam: by the messages that its reference names."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import pytest

from support.patience import PATIENCE_S
from support.presence import Heard
from support.windows import DISCONNECTED, LOCK, UNLOCK, WINDOW, FakeWindows, session_info
from unsit.adapters import window_windows
from unsit.adapters.idle_windows import make_idle
from unsit.adapters.presence import Presence
from unsit.adapters.session_windows import WindowsSession, is_locked_by
from unsit.adapters.win32 import (
    PBT_APMRESUMEAUTOMATIC,
    PBT_APMRESUMESUSPEND,
    PBT_APMSUSPEND,
    WM_ENDSESSION,
    WM_INPUT,
    WM_POWERBROADCAST,
    WM_QUERYENDSESSION,
    WM_WTSSESSION_CHANGE,
    WTS_CONSOLE_CONNECT,
    WTS_CONSOLE_DISCONNECT,
    WTS_REMOTE_CONNECT,
    WTS_REMOTE_DISCONNECT,
    WTS_SESSION_LOCK,
    WTS_SESSION_UNLOCK,
    Win32Calls,
)
from unsit.adapters.window_windows import Happening, HiddenWindow, answer_to, decode
from unsit.ports import AdapterError

WM_PAINT, PBT_APMPOWERSTATUSCHANGE, WTS_SESSION_LOGON = 0x000F, 0x000A, 5


class Desk:
    """Both sources on one window, as presence has them, and what they told."""

    def __init__(self) -> None:
        self.windows = FakeWindows()
        self.window = HiddenWindow(lambda: self.windows)
        self.ends = 0
        self.idle = make_idle(self.window)
        self.session = WindowsSession(self.window, self._end)
        self.heard = Heard()

    def _end(self) -> None:
        self.ends += 1

    async def until(self, predicate: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not predicate():  # noqa: ASYNC110  it is told in another thread
                await asyncio.sleep(0.005)

    async def told(self, *messages: tuple[int, int]) -> list[str]:
        """What comes of these, in order, and of nothing else."""
        self.heard.clear()
        done = len(self.windows.answers) + len(messages)
        for message in messages:
            self.windows.send(*message)
        await self.until(lambda: len(self.windows.answers) == done)
        await asyncio.sleep(0)  # what the window's thread has handed over
        return self.heard.words


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    await asyncio.gather(made.idle.start(made.heard), made.session.start(made.heard))
    yield made
    await made.idle.stop()
    await made.session.stop()
    assert made.windows.opened == made.windows.closed


LOCKED = WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK
UNLOCKED = WM_WTSSESSION_CHANGE, WTS_SESSION_UNLOCK
AWAY = WM_WTSSESSION_CHANGE, WTS_CONSOLE_DISCONNECT
BACK = WM_WTSSESSION_CHANGE, WTS_CONSOLE_CONNECT
SLEEPS = WM_POWERBROADCAST, PBT_APMSUSPEND
WAKES = WM_POWERBROADCAST, PBT_APMRESUMEAUTOMATIC
BY_HAND = WM_POWERBROADCAST, PBT_APMRESUMESUSPEND


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (LOCKED, (Happening.LOCKED,)),
        (UNLOCKED, (Happening.UNLOCKED,)),
        (AWAY, (Happening.DETACHED,)),
        (BACK, (Happening.ATTACHED,)),
        ((WM_WTSSESSION_CHANGE, WTS_REMOTE_DISCONNECT), (Happening.DETACHED,)),
        ((WM_WTSSESSION_CHANGE, WTS_REMOTE_CONNECT), (Happening.ATTACHED,)),
        ((WM_WTSSESSION_CHANGE, WTS_SESSION_LOGON), ()),
        (SLEEPS, (Happening.SLEEPS,)),
        (WAKES, (Happening.WOKE,)),
        (BY_HAND, (Happening.WOKE, Happening.INPUT)),
        ((WM_POWERBROADCAST, PBT_APMPOWERSTATUSCHANGE), ()),
        ((WM_INPUT, 1), (Happening.INPUT,)),
        ((WM_QUERYENDSESSION, 0), ()),
        ((WM_ENDSESSION, 1), (Happening.SESSION_ENDS,)),
        ((WM_ENDSESSION, 0), ()),
        ((WM_PAINT, WTS_SESSION_LOCK), ()),
    ],
)
def test_what_a_message_says(message: tuple[int, int], says: tuple[Happening, ...]) -> None:
    """And an end that somebody else has refused (WM_ENDSESSION with FALSE) is none."""
    assert decode(*message) == says


def test_nothing_is_refused() -> None:
    """Neither the end of the session nor anything of power; the rest is the system's own business."""
    assert {
        message: answer_to(message) for message in (WM_QUERYENDSESSION, WM_POWERBROADCAST, WM_INPUT, WM_ENDSESSION)
    } == {
        WM_QUERYENDSESSION: 1,
        WM_POWERBROADCAST: 1,
        WM_INPUT: None,
        WM_ENDSESSION: None,
    }


@pytest.mark.parametrize(
    ("info", "is_locked"),
    [
        (session_info(flags=LOCK), True),
        (session_info(flags=UNLOCK), False),
        (session_info(flags=-1), None),
        (session_info(state=DISCONNECTED, flags=UNLOCK), True),
        (session_info(level=2), None),
        (b"", None),
        (session_info()[:16], None),
    ],
)
def test_what_the_session_is_found_in(info: bytes, is_locked: bool | None) -> None:
    """WTSINFOEXW: 1 is unlocked and 0 is locked, which is not what one would guess; -1 is not known."""
    assert is_locked_by(info) is is_locked


async def test_lock_and_unlock(desk: Desk) -> None:
    assert await desk.told(LOCKED) == ["locked"]
    assert await desk.session.is_locked()
    assert await desk.told(LOCKED) == []
    assert await desk.told(UNLOCKED) == ["unlocked"]
    assert not await desk.session.is_locked()


async def test_a_session_that_is_switched_away_is_locked(desk: Desk) -> None:
    """And unlocked only when it is on the screen again and its own lock is gone: both come when users are switched."""
    assert await desk.told(AWAY) == ["locked"]
    assert await desk.told(BACK) == ["unlocked"]
    assert await desk.told(LOCKED, AWAY, BACK) == ["locked"]
    assert await desk.told(UNLOCKED) == ["unlocked"]


async def test_one_that_is_locked_at_the_start_is_found_so(desk: Desk) -> None:
    desk.windows.info = session_info(flags=LOCK)
    await desk.session.stop()
    await desk.session.start(desk.heard)
    assert await desk.session.is_locked()
    assert await desk.told(UNLOCKED) == ["unlocked"]


async def test_the_machine_sleeps_when_all_is_written_down(desk: Desk) -> None:
    """The window answers only then; told twice, as machines do that know both ways, it is one sleep."""
    at_answer: list[int] = []

    async def write() -> None:
        await asyncio.sleep(0.1)
        at_answer.append(len(desk.windows.answers))

    desk.heard.before_sleep = write
    assert await desk.told(SLEEPS, SLEEPS) == ["about_to_sleep"]
    assert at_answer == [0]
    assert [answer for _message, answer in desk.windows.answers] == [1, 1]
    assert await desk.told(WAKES, WAKES) == ["woke"]


async def test_a_daemon_that_hangs_does_not_keep_it_awake(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system would not wait for longer either."""
    monkeypatch.setattr(window_windows, "SLEEP_WAITS_S", 0.1)
    forever = asyncio.Event()

    async def hang() -> None:
        await forever.wait()

    desk.heard.before_sleep = hang
    began = time.monotonic()
    assert await desk.told(SLEEPS) == ["about_to_sleep"]
    assert time.monotonic() - began >= 0.1
    forever.set()


async def test_who_wakes_it_is_seen(desk: Desk) -> None:
    """The key that woke it comes as no input; a machine that wakes by itself says nothing of the kind."""
    desk.idle.watch(1, for_next=True)
    await desk.told(SLEEPS)
    assert await desk.told(WAKES) == ["woke"]
    assert await desk.told(BY_HAND) == ["input_seen"]
    desk.idle.watch(1, for_next=True)
    await desk.told(SLEEPS)
    assert await desk.told(BY_HAND) == ["woke", "input_seen"]


async def test_the_end_of_the_session_waits_for_the_daemon(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is returned from may be ended at once: the window holds on while the daemon writes its stop down."""
    is_over = threading.Event()
    monkeypatch.setattr(window_windows, "time", SimpleNamespace(sleep=lambda _seconds: is_over.wait(10)))
    desk.windows.send(WM_QUERYENDSESSION)
    desk.windows.send(WM_ENDSESSION, 1)
    await desk.until(lambda: desk.ends)
    assert desk.windows.answers == [(WM_QUERYENDSESSION, 1)]
    await desk.idle.stop()
    await desk.session.stop()  # does not wait for the window in turn
    assert len(desk.windows.answers) == 1
    is_over.set()
    await desk.until(lambda: len(desk.windows.answers) == 2)
    desk.windows.close_window(WINDOW)  # the system's, with the process
    await desk.until(lambda: desk.windows.closed)


async def test_an_end_that_was_called_off_is_none(desk: Desk) -> None:
    assert await desk.told((WM_QUERYENDSESSION, 0), (WM_ENDSESSION, 0)) == []
    assert desk.ends == 0


async def test_the_window_is_there_as_long_as_one_of_the_two(desk: Desk) -> None:
    """One window for both."""
    assert desk.windows.opened == 1
    await desk.idle.stop()
    assert desk.windows.closed == 0
    assert await desk.told(LOCKED) == ["locked"]
    await desk.session.stop()
    assert desk.windows.closed == 1
    assert await desk.session.is_locked() is None


async def test_presence_has_both(desk: Desk) -> None:
    """As the daemon makes it: input and unlock can be seen."""
    presence, heard = Presence({"Windows": desk.idle}, {"Windows session": desk.session}), Heard()
    await desk.idle.stop()
    await desk.session.stop()
    await presence.start(heard)
    assert (presence.can_see_input, presence.can_see_unlock) == (True, True)
    presence.watch(0.2)
    desk.windows.poke()
    await desk.until(lambda: "input_stopped" in heard.words)
    desk.windows.send(*LOCKED)
    await desk.until(lambda: "locked" in heard.words)
    assert heard.agos[heard.words.index("locked")] is not None
    await presence.stop()


async def test_on_another_system_it_does_not_start() -> None:
    session = WindowsSession(HiddenWindow(Win32Calls), lambda: None)
    with pytest.raises(AdapterError, match="not Windows"):
        await session.start(Heard())
    assert not session.works
