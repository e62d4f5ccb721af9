"""Idle on GNOME: a real Mutter without a screen, with input through its remote desktop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest

from support.desktop import Desktop, needs
from support.gnome_session import NAME as SESSION_MANAGER
from support.gnome_session import PROGRAM as GNOME_SESSION
from support.gnome_session import start_gnome_session
from support.mutter import Hand, start_mutter
from support.presence import Heard, IdleContract
from unsit.adapters.bus import Bus
from unsit.adapters.idle_mutter import MutterIdle
from unsit.ports import AdapterError

pytestmark = [needs("mutter"), pytest.mark.alone]
SESSION_PATH = f"/{SESSION_MANAGER.replace('.', '/')}"


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
    await session_bus.until(lambda: "input_stopped" in heard.words, 10, "a pause")
    session_bus.stop(process, sig=signal.SIGKILL)
    await session_bus.until(lambda: not source.works, 10, "its end")
    assert heard.words[-1] == "sensors_changed"
    assert await source.idle_for_s() is None

    heard.clear()
    await asyncio.to_thread(start_mutter, session_bus)
    await session_bus.until(lambda: source.works, 10, "its return")
    hand = Hand(session_bus)
    hand.move()
    await session_bus.until(lambda: heard.count("input_stopped"), 10, "a pause")
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
        await session_bus.until(lambda: not source.works, 10, "that it hangs")
        assert heard.words == ["sensors_changed"]
    finally:
        process.send_signal(signal.SIGCONT)
    await session_bus.until(lambda: source.works, 10, "its return")
    assert heard.words[:2] == ["sensors_changed", "sensors_changed"]
    await session_bus.until(lambda: "input_stopped" in heard.words, 10, "a pause")
    await source.stop()


async def test_where_there_is_no_gnome_it_says_so_and_waits(session_bus: Desktop, bus: Bus) -> None:
    """A shell that starts after us is heard of."""
    source, heard = MutterIdle(bus), Heard()
    with pytest.raises(AdapterError, match="not on the session bus"):
        await source.start(heard)
    assert not source.works

    source.watch(0.3)
    await asyncio.to_thread(start_mutter, session_bus)
    await session_bus.until(lambda: "sensors_changed" in heard.words and source.works, 10, "its coming")
    await session_bus.until(lambda: "input_stopped" in heard.words, 10, "a pause")
    await source.stop()


async def hold_idleness_back(bus: Bus) -> int:
    """As a film does, and our own stretch. The answer is for `let_go`."""
    body = ("player", 0, "a film", 8)
    (cookie,) = await bus.call(SESSION_MANAGER, SESSION_PATH, SESSION_MANAGER, "Inhibit", "susu", *body)
    return int(cookie)


async def let_go(bus: Bus, cookie: int) -> None:
    await bus.call(SESSION_MANAGER, SESSION_PATH, SESSION_MANAGER, "Uninhibit", "u", cookie)


@needs(GNOME_SESSION, "/usr/bin/python3")
async def test_a_film_counts_as_the_setting_says(session_bus: Desktop, bus: Bus) -> None:
    """Mutter tells of no pause while somebody holds idleness back. Where films are not to count, it is asked how long hands
    have been still; they may move meanwhile."""
    start_gnome_session(session_bus)
    start_mutter(session_bus)
    cookie = await hold_idleness_back(bus)
    hand = Hand(session_bus)
    film_counts, heard = MutterIdle(bus), Heard()
    hands_count, heard_hands = MutterIdle(bus, lambda: False), Heard()
    await film_counts.start(heard)
    await hands_count.start(heard_hands)
    hand.move()
    film_counts.watch(0.3)
    hands_count.watch(0.3)
    for _round in range(2):
        await session_bus.until(lambda: "input_stopped" in heard_hands.words, 10, "still hands")
        ago_s = heard_hands.agos[-1]
        assert ago_s is not None and ago_s >= 0.3
        heard_hands.clear()
        hand.move()
        await session_bus.until(lambda: "input_seen" in heard_hands.words, 10, "the return")
        heard_hands.clear()
    assert "input_stopped" not in heard.words

    await let_go(bus, cookie)
    await session_bus.until(lambda: "input_stopped" in heard.words, 10, "the pause after the film")
    await film_counts.stop()
    await hands_count.stop()
    hand.close()


@needs(GNOME_SESSION, "/usr/bin/python3")
async def test_where_the_next_input_is_waited_for_nobody_holds_a_pause_back(session_bus: Desktop, bus: Bus) -> None:
    """Our own stretch holds the screen, and whoever does it touches nothing: what comes after it is the return."""
    start_gnome_session(session_bus)
    start_mutter(session_bus)
    hand = Hand(session_bus)
    source, heard = MutterIdle(bus), Heard()
    await source.start(heard)
    source.watch(300)
    await session_bus.until(lambda: source._quiet_watch is not None, 10, "the watches")
    hand.move()
    await session_bus.until(lambda: "input_seen" in heard.words, 10, "the hand that began it")
    heard.clear()
    cookie = await hold_idleness_back(bus)
    source.watch(0.4, for_next=True)
    await session_bus.until(lambda: heard.words == ["input_stopped"], 10, "still hands")
    await let_go(bus, cookie)
    hand.move()
    await session_bus.until(lambda: "input_seen" in heard.words, 10, "the return")
    await source.stop()
    hand.close()
