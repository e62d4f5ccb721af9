"""Idle on macOS, behind the seam: what is asked, and the monitor that is there while input is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from support.desktop import Desktop
from support.mac import FakeMac, levers
from support.patience import PATIENCE_S
from support.presence import Heard, IdleContract
from unsit.adapters import idle_asked
from unsit.adapters.idle_asked import AskedIdle
from unsit.adapters.idle_macos import is_screen_held, make_idle
from unsit.adapters.macos import INPUT_EVENTS, MacOSCalls, event_mask
from unsit.ports import AdapterError

KEY_DOWN = 10


@pytest.fixture
def mac() -> Iterator[FakeMac]:
    made = FakeMac()
    yield made
    made.end()
    assert made.mask == 0


def source_of(mac: FakeMac, *, has_event_loop: bool = True) -> AskedIdle:
    return make_idle(levers(mac), has_event_loop=has_event_loop)


@pytest.fixture
def contract(session_bus: Desktop, mac: FakeMac) -> IdleContract:
    return IdleContract(session_bus, lambda: source_of(mac), mac.poke)


async def until(predicate: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not predicate():  # noqa: ASYNC110  it is told in another thread
            await asyncio.sleep(0.005)


def test_the_mask_has_a_bit_for_each_type_of_event() -> None:
    """The numbers of NSEventType, as AppKit's header has them; NSEventMaskKeyDown is 1 << 10."""
    assert event_mask([1, 10]) == 0x402
    assert event_mask(INPUT_EVENTS) == 0x2A4014EA


@pytest.mark.parametrize(
    ("assertions", "is_held"),
    [
        ({"PreventUserIdleDisplaySleep": 1, "PreventUserIdleSystemSleep": 1}, True),
        ({"NoDisplaySleepAssertion": 2}, True),
        ({"PreventUserIdleDisplaySleep": 0, "PreventUserIdleSystemSleep": 3, "UserIsActive": 1}, False),
        ({}, False),
    ],
)
def test_a_film_is_what_holds_the_screen(assertions: dict[str, int], is_held: bool) -> None:
    """As `pmset -g assertions` lists them; music and downloads keep only the machine awake."""
    assert is_screen_held(assertions) is is_held


async def test_five_rounds_of_pause_and_return(contract: IdleContract) -> None:
    await contract.check_rounds(idle_s=0.3, rounds=5)


async def test_a_pause_that_is_on_is_told_at_once(contract: IdleContract) -> None:
    await contract.check_already_idle()


async def test_the_next_input_after_watch_is_told(contract: IdleContract) -> None:
    await contract.check_next_input_is_reported()


async def test_a_stopped_source_says_nothing(contract: IdleContract) -> None:
    """And leaves no monitor, which the fixture looks for."""
    await contract.check_stopped_says_nothing()


async def test_events_are_monitored_only_while_input_is_waited_for(mac: FakeMac) -> None:
    """Typing all day is no business of a break reminder."""
    source, heard = source_of(mac), Heard()
    await source.start(heard)
    source.watch(0.2)
    await until(lambda: mac.mask)
    mac.poke()
    await until(lambda: "input_seen" in heard.words)
    assert mac.mask == 0
    await until(lambda: "input_stopped" in heard.words and mac.mask)
    await source.stop()


@pytest.mark.parametrize("has_event_loop", [True, False], ids=["not trusted", "no icon"])
async def test_a_key_that_is_not_heard_is_found(
    mac: FakeMac, monkeypatch: pytest.MonkeyPatch, has_event_loop: bool
) -> None:
    """Within a second, here sooner; `status` says how."""
    monkeypatch.setattr(idle_asked, "LOOK_EVERY_S", 0.05)
    mac.hears_keys = False
    source, heard = source_of(mac, has_event_loop=has_event_loop), Heard()
    await source.start(heard)
    source.watch(0.3)
    await until(lambda: "input_stopped" in heard.words)
    assert "every second" in source.describe()
    mac.poke(KEY_DOWN)
    await until(lambda: "input_seen" in heard.words)
    assert heard.words == ["input_stopped", "input_seen"]
    await source.stop()


async def test_on_another_system_it_does_not_start() -> None:
    with pytest.raises(AdapterError, match="not macOS"):
        await make_idle(MacOSCalls, has_event_loop=True).start(Heard())
