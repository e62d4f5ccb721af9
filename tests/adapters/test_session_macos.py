"""Lock, sleep and the end of the session on macOS, behind the seam: by the notifications that are known of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from support.mac import FakeMac, levers
from support.patience import PATIENCE_S
from support.presence import Heard
from unsit.adapters import session_macos
from unsit.adapters.macos import (
    BECAME_ACTIVE,
    DID_WAKE,
    LOCKED,
    RESIGNED_ACTIVE,
    UNLOCKED,
    WILL_POWER_OFF,
    WILL_SLEEP,
    MacOSCalls,
)
from unsit.adapters.session_macos import MacOSSession, is_locked_by
from unsit.ports import AdapterError


class Desk:
    def __init__(self) -> None:
        self.mac = FakeMac()
        self.ends = 0
        self.session = MacOSSession(levers(self.mac), self.mac.in_main, self._end)
        self.heard = Heard()

    def _end(self) -> None:
        self.ends += 1

    async def told(self, *names: str) -> list[str]:
        """What comes of these, in order, and of nothing else."""
        self.heard.clear()
        for name in names:
            self.mac.notify(name)
        async with asyncio.timeout(PATIENCE_S):
            while self.mac.done < self.mac.given:  # noqa: ASYNC110  it is told in another thread
                await asyncio.sleep(0.005)
        await asyncio.sleep(0)
        return self.heard.words


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    await made.session.start(made.heard)
    yield made
    await made.session.stop()
    await asyncio.to_thread(made.mac.end)
    assert not made.mac.is_observed


@pytest.mark.parametrize(
    ("session", "is_locked"),
    [
        ({"kCGSSessionOnConsoleKey": True}, False),
        ({"kCGSSessionOnConsoleKey": 1, "CGSSessionScreenIsLocked": 1}, True),
        ({"kCGSSessionOnConsoleKey": False}, True),
        ({"kCGSessionLoginDoneKey": True}, False),
        ({}, False),
    ],
)
def test_what_the_session_is_found_in(session: dict[str, object], is_locked: bool) -> None:
    """Without a session on a screen (over ssh) nobody could ever unlock it."""
    assert is_locked_by(session) is is_locked


async def test_lock_and_unlock(desk: Desk) -> None:
    assert await desk.told(LOCKED) == ["locked"]
    assert await desk.session.is_locked()
    assert await desk.told(LOCKED) == []
    assert await desk.told(UNLOCKED) == ["unlocked"]


async def test_a_session_that_is_switched_away_is_locked(desk: Desk) -> None:
    """And unlocked when it is back on the screen and not locked itself."""
    assert await desk.told(RESIGNED_ACTIVE) == ["locked"]
    assert await desk.told(BECAME_ACTIVE) == ["unlocked"]
    assert await desk.told(LOCKED, RESIGNED_ACTIVE, BECAME_ACTIVE) == ["locked"]
    assert await desk.told(UNLOCKED) == ["unlocked"]


async def test_one_that_is_locked_at_the_start_is_found_so(desk: Desk) -> None:
    await desk.session.stop()
    desk.mac.session_says["CGSSessionScreenIsLocked"] = True
    await desk.session.start(desk.heard)
    assert await desk.session.is_locked()


async def test_the_machine_sleeps_when_all_is_written_down(desk: Desk) -> None:
    """The main thread, and the system with it, waits until then."""
    undone: list[int] = []

    async def write() -> None:
        await asyncio.sleep(0.1)
        undone.append(desk.mac.given - desk.mac.done)

    desk.heard.before_sleep = write
    assert await desk.told(WILL_SLEEP) == ["about_to_sleep"]
    assert undone == [1]
    assert await desk.told(DID_WAKE) == ["woke"]


async def test_a_daemon_that_hangs_does_not_keep_it_awake(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_macos, "SLEEP_WAITS_S", 0.1)
    forever = asyncio.Event()

    async def hang() -> None:
        await forever.wait()

    desk.heard.before_sleep = hang
    assert await desk.told(WILL_SLEEP) == ["about_to_sleep"]
    forever.set()


async def test_the_end_of_the_session_ends_the_daemon(desk: Desk) -> None:
    assert await desk.told(WILL_POWER_OFF) == []
    assert desk.ends == 1


async def test_without_an_event_loop_it_says_what_to_do() -> None:
    """Nobody would ever be told: better that is known."""
    session = MacOSSession(MacOSCalls, None, lambda: None)
    with pytest.raises(AdapterError, match=r"tray\.show"):
        await session.start(Heard())
    assert not session.works
    await session.stop()


async def test_a_main_thread_that_hangs_costs_the_source_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_macos, "BEGINS_WITHIN_S", 0.05)
    mac = FakeMac()
    mac.is_hung = True
    with pytest.raises(AdapterError, match="does not answer"):
        await MacOSSession(levers(mac), mac.in_main, lambda: None).start(Heard())
    await asyncio.to_thread(mac.end)


async def test_on_another_system_it_does_not_start() -> None:
    work: list[Callable[[], None]] = []
    with pytest.raises(AdapterError, match="not macOS"):
        await MacOSSession(MacOSCalls, work.append, lambda: None).start(Heard())
    assert work == []
