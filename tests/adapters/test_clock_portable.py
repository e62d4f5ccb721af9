"""The alarm clock for other systems, as far as it does not depend on them: its slices, and what it makes of two clocks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from support.patience import PATIENCE_S
from unsit.adapters.clock import NS_PER_S, ScheduledClock
from unsit.adapters.clock_portable import PortableAlarmClock, SlicedTimer


class Clocks:
    """A boot clock and a wall clock to be moved."""

    def __init__(self) -> None:
        self.slept_ns = 0
        self.set_ns = 0

    def boot_ns(self) -> int:
        return time.monotonic_ns() + self.slept_ns

    def wall_ns(self) -> int:
        return self.boot_ns() + self.set_ns


async def until(predicate: Callable[[], object], timeout_s: float = 5) -> None:
    async with asyncio.timeout(timeout_s):
        while not predicate():  # noqa: ASYNC110  a callback of the clock makes it true
            await asyncio.sleep(0.005)


async def test_a_wake_up_is_never_early() -> None:
    """With the clock of this system, whole."""
    clock, woken = PortableAlarmClock(), asyncio.Event()
    clock.start(lambda: None)
    due_s = clock.sample().boot_s + 50 / 1024
    clock.wake_at(due_s, woken.set)
    await asyncio.wait_for(woken.wait(), PATIENCE_S)
    assert clock.sample().boot_s >= due_s
    clock.stop()


async def test_a_wake_up_that_was_slept_over_comes_within_a_slice() -> None:
    """The loop's timers do not count suspend; the slices see that the boot clock went on."""
    clocks, steps = Clocks(), []
    clock = ScheduledClock(SlicedTimer(clocks.boot_ns, clocks.wall_ns, slice_s=0.05))
    clock.start(lambda: steps.append(1))
    woken = asyncio.Event()
    clock.wake_at(clock.sample().boot_s + 3600, woken.set)
    await asyncio.sleep(0.02)
    assert not woken.is_set()
    clocks.slept_ns += 8 * 3600 * NS_PER_S
    await asyncio.wait_for(woken.wait(), PATIENCE_S)
    assert steps == [1]
    clock.stop()


@pytest.mark.parametrize("by_s", [7200, -7200])
async def test_a_clock_set_is_told_once_and_moves_no_wake_up(by_s: int) -> None:
    """Forward or back."""
    clocks, steps = Clocks(), []
    clock = ScheduledClock(SlicedTimer(clocks.boot_ns, clocks.wall_ns, slice_s=0.05))
    clock.start(lambda: steps.append(1))
    woken = asyncio.Event()
    due_s = clock.sample().boot_s + 0.3
    clock.wake_at(due_s, woken.set)
    clocks.set_ns += by_s * NS_PER_S
    await until(lambda: steps)
    assert not woken.is_set()
    await asyncio.wait_for(woken.wait(), PATIENCE_S)
    assert clock.sample().boot_s >= due_s
    assert steps == [1]
    clock.stop()
