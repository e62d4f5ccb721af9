"""Idle on Windows, behind the seam: what is asked, what is told, and what is made of the tick counter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from support.desktop import Desktop
from support.patience import PATIENCE_S
from support.presence import Heard, IdleContract
from support.windows import WINDOW, FakeWindows
from unsit.adapters import idle_asked
from unsit.adapters.idle_asked import AskedIdle
from unsit.adapters.idle_windows import TICKS, make_idle, since_ms
from unsit.adapters.win32 import Win32Calls
from unsit.adapters.window_windows import HiddenWindow
from unsit.ports import AdapterError

SOON_WRAPS_MS = TICKS - 700


@pytest.fixture
def windows() -> FakeWindows:
    return FakeWindows(began_ms=SOON_WRAPS_MS)


def source_of(windows: FakeWindows) -> AskedIdle:
    return make_idle(HiddenWindow(lambda: windows))


@pytest.fixture
def contract(session_bus: Desktop, windows: FakeWindows) -> IdleContract:
    return IdleContract(session_bus, lambda: source_of(windows), windows.poke)


async def until(predicate: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not predicate():  # noqa: ASYNC110  it is told in another thread
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("now", "then", "passed"),
    [
        (0, 0, 0),
        (5_000, 2_000, 3_000),
        (0, TICKS - 1, 1),
        (290_000, TICKS - 10_000, 300_000),
        (TICKS - 60_001, 0, TICKS - 60_001),
        (1_000, 1_016, 0),
        (0, 15, 0),
        (TICKS - 1, 3, 0),
    ],
)
def test_the_tick_counter_may_begin_anew_in_between(now: int, then: int, passed: int) -> None:
    """After 49.7 days; and an input that is a step younger than the reading is no pause of 49 days."""
    assert since_ms(now, then) == passed


async def test_five_rounds_of_pause_and_return(contract: IdleContract) -> None:
    """Each told once, across the counter's new beginning."""
    await contract.check_rounds(idle_s=0.3, rounds=5)


async def test_a_pause_that_is_on_is_told_at_once(contract: IdleContract) -> None:
    await contract.check_already_idle()


async def test_the_next_input_after_watch_is_told(contract: IdleContract) -> None:
    await contract.check_next_input_is_reported()


async def test_a_stopped_source_says_nothing(contract: IdleContract, windows: FakeWindows) -> None:
    """And leaves nothing: no window, no raw input."""
    await contract.check_stopped_says_nothing()
    assert (windows.opened, windows.closed, windows.raw_window) == (1, 1, None)


async def test_raw_input_is_listened_to_only_while_it_is_waited_for(windows: FakeWindows) -> None:
    """Typing all day costs nothing here."""
    source, heard = source_of(windows), Heard()
    await source.start(heard)
    assert windows.raw_window is None
    source.watch(0.2)
    assert windows.raw_window == WINDOW
    stopped = heard.count("input_stopped")  # perhaps before it: the source may not have been asked for 0.2 s
    windows.poke()
    await until(lambda: "input_seen" in heard.words)
    assert windows.raw_window is None
    await until(lambda: heard.count("input_stopped") > stopped)
    assert windows.raw_window == WINDOW
    windows.poke()
    await until(lambda: heard.count("input_seen") == 2)
    assert windows.raw_window is None
    await source.stop()


async def test_without_raw_input_it_is_looked_for(windows: FakeWindows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each second while it is waited for, here sooner; and `status` says so."""
    monkeypatch.setattr(idle_asked, "LOOK_EVERY_S", 0.05)
    windows.has_raw_input = False
    source, heard = source_of(windows), Heard()
    await source.start(heard)
    source.watch(0.4)
    assert "every second" in source.describe()
    await until(lambda: "input_stopped" in heard.words)
    assert heard.agos[-1] is not None and 0.4 <= heard.agos[-1] < 0.6
    assert "input_seen" not in heard.words
    windows.poke()
    await until(lambda: "input_seen" in heard.words)
    await until(lambda: heard.count("input_stopped") == 2)
    assert heard.agos[-1] is not None and 0.4 <= heard.agos[-1] < 0.6
    await source.stop()


async def test_it_asks_only_when_the_pause_could_be_full(windows: FakeWindows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an hour of a setting is one look, not thirty; what was typed meanwhile makes it another one."""
    asked = 0
    real = windows.last_input_tick_ms

    def count() -> int:
        nonlocal asked
        asked += 1
        return real()

    monkeypatch.setattr(windows, "last_input_tick_ms", count)
    source, heard = source_of(windows), Heard()
    await source.start(heard)
    source.watch(1)
    before = asked
    await asyncio.sleep(0.3)
    assert asked == before
    windows.poke()
    await until(lambda: "input_stopped" in heard.words)
    assert (
        asked - before <= 4
    )  # when it could be full, and the rest of it, which the steps of the counter may cut in two
    await source.stop()


async def test_a_system_that_does_not_answer_any_more_is_given_up(windows: FakeWindows) -> None:
    """Presence looks for another source; without one the person counts as present."""
    source, heard = source_of(windows), Heard()
    await source.start(heard)
    windows.is_broken = True
    source.watch(0.1)
    assert not source.works
    assert heard.words == ["sensors_changed"]
    assert "access denied" in source.describe()
    await source.stop()


async def test_where_there_is_no_window_it_does_not_start(windows: FakeWindows) -> None:
    """The reason is kept for `status`."""
    windows.has_window = False
    source = source_of(windows)
    with pytest.raises(AdapterError, match="no window station"):
        await source.start(Heard())
    assert not source.works
    assert "no window station" in source.describe()


async def test_on_another_system_it_does_not_start() -> None:
    with pytest.raises(AdapterError, match="not Windows"):
        await make_idle(HiddenWindow(Win32Calls)).start(Heard())
