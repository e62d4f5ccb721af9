"""Idle on GNOME: a real Mutter without a screen, with input through its remote desktop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest

from support.desktop import Desktop, needs
from support.mutter import Hand, start_mutter
from support.presence import Heard, IdleContract
from unsit.adapters.bus import Bus
from unsit.adapters.idle_mutter import MutterIdle
from unsit.ports import AdapterError

pytestmark = [needs("mutter"), pytest.mark.alone]


@pytest.fixture
async def bus(session_bus: Desktop) -> AsyncIterator[Bus]:
    bus = await Bus.connect("session", address=session_bus.bus_address)
    yield bus
    bus.close()


async def test_it_keeps_the_contract_of_idle(session_bus: Desktop, bus: Bus) -> None:
    """Five rounds in time, by mouse and by key; a pause that is on; the next input; and silence after the stop."""
    start_mutter(session_bus)
    hand = Hand(session_bus)
    contract = IdleContract(session_bus, lambda: MutterIdle(bus), hand.move)
    by_key = IdleContract(session_bus, lambda: MutterIdle(bus), hand.type)
    try:
        await contract.check_rounds(idle_s=0.6, rounds=5)
        await by_key.check_rounds(idle_s=0.3, rounds=1)
        await contract.check_already_idle()
        await contract.check_next_input_is_reported()
        await contract.check_stopped_says_nothing()
    finally:
        hand.close()


async def test_a_shell_that_dies_and_comes_again_is_watched_again(session_bus: Desktop, bus: Bus) -> None:
    """In between it does not work, and says so; what was watched for is watched for again by itself."""
    process = start_mutter(session_bus)
    source, heard = MutterIdle(bus), Heard()
    await source.start(heard)
    source.watch(0.4)
    await session_bus.until(lambda: "input_stopped" in heard.words, 5, "a pause")
    session_bus.stop(process, sig=signal.SIGKILL)
    await session_bus.until(lambda: not source.works, 5, "its end")
    assert heard.words[-1] == "sensors_changed"
    assert await source.idle_for_s() is None

    heard.clear()
    await asyncio.to_thread(start_mutter, session_bus)
    await session_bus.until(lambda: source.works, 5, "its return")
    hand = Hand(session_bus)
    hand.move()
    await session_bus.until(lambda: heard.count("input_stopped"), 5, "a pause")
    assert "input_seen" in heard.words
    await source.stop()
    hand.close()


async def test_a_shell_that_stood_still_for_a_while_is_watched_again(session_bus: Desktop, bus: Bus) -> None:
    """As after a sleep: it does not answer in time, nobody takes its name, and it goes on."""
    process = start_mutter(session_bus)
    source, heard = MutterIdle(bus), Heard()
    await source.start(heard)
    process.send_signal(signal.SIGSTOP)
    try:
        source.watch(0.4)
        await session_bus.until(lambda: not source.works, 5, "that it hangs")
        assert heard.words == ["sensors_changed"]
    finally:
        process.send_signal(signal.SIGCONT)
    await session_bus.until(lambda: source.works, 5, "its return")
    assert heard.words[:2] == ["sensors_changed", "sensors_changed"]
    await session_bus.until(lambda: "input_stopped" in heard.words, 5, "a pause")
    await source.stop()


async def test_where_there_is_no_gnome_it_says_so_and_waits(session_bus: Desktop, bus: Bus) -> None:
    """A shell that starts after us is heard of."""
    source, heard = MutterIdle(bus), Heard()
    with pytest.raises(AdapterError, match="not on the session bus"):
        await source.start(heard)
    assert not source.works

    source.watch(0.3)
    await asyncio.to_thread(start_mutter, session_bus)
    await session_bus.until(lambda: "sensors_changed" in heard.words and source.works, 5, "its coming")
    await session_bus.until(lambda: "input_stopped" in heard.words, 5, "a pause")
    await source.stop()
