"""The alarm clock on real timers of this kernel."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

import pytest

from support.patience import PATIENCE_S
from unsit.adapters import clock_linux
from unsit.adapters.clock import local_zone
from unsit.adapters.clock_linux import BootAlarmClock

LATE_S = 5.0
"""A machine with other work may wake us late, never early; hours, which a wall clock is set by, it is not late."""


@pytest.fixture
def steps() -> list[float]:
    return []


@pytest.fixture
async def clock(steps: list[float]) -> AsyncIterator[BootAlarmClock]:
    made = BootAlarmClock()
    made.start(lambda: steps.append(time.monotonic()))
    yield made
    made.stop()


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def enter(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield enter
    monkeypatch.undo()
    time.tzset()


def boot_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def set_clock_to_itself() -> None:
    """The kernel tells of any setting of the clock, also one that changes nothing."""
    try:
        time.clock_settime_ns(time.CLOCK_REALTIME, time.clock_gettime_ns(time.CLOCK_REALTIME))
    except PermissionError:
        pytest.skip("may not set the clock")


async def until(predicate: Callable[[], object], timeout_s: float = 5) -> None:
    async with asyncio.timeout(timeout_s):
        while not predicate():  # noqa: ASYNC110  a callback of the clock makes it true
            await asyncio.sleep(0.005)


async def test_a_wake_up_is_never_early(clock: BootAlarmClock) -> None:
    """Not by the clock, nor by the sample that is taken at the wake, whose steps are coarser."""
    for round_ in range(10):
        woken = asyncio.Event()
        due_s = boot_s() + 0.02 + round_ * 0.0001
        clock.wake_at(due_s, woken.set)
        await asyncio.wait_for(woken.wait(), PATIENCE_S)
        assert clock.sample().boot_s >= due_s
        assert boot_s() >= due_s


async def test_the_last_wake_up_asked_for_is_the_one(clock: BootAlarmClock) -> None:
    """It replaces the one before; None takes it off."""
    woken: list[str] = []
    now = boot_s()
    clock.wake_at(now + 0.05, lambda: woken.append("first"))
    clock.wake_at(now + 0.1, lambda: woken.append("second"))
    clock.wake_at(now + 0.02, lambda: woken.append("third"))
    await until(lambda: woken)
    await asyncio.sleep(max(0.0, now + 0.15 - boot_s()))
    assert woken == ["third"]

    clock.wake_at(boot_s() + 0.02, lambda: woken.append("fourth"))
    clock.wake_at(None, lambda: None)
    await asyncio.sleep(0.06)
    assert woken == ["third"]


async def test_an_instant_that_has_passed_wakes_at_once_but_not_from_within_the_call(clock: BootAlarmClock) -> None:
    """Nor does a chain of them, each asked for by the one before, lose a link."""
    count = 0

    def again() -> None:
        nonlocal count
        count += 1
        if count < 50:
            clock.wake_at(boot_s() - 3600, again)

    clock.wake_at(boot_s() - 1, again)
    assert count == 0
    await until(lambda: count == 50)


async def test_asking_anew_while_a_wake_up_is_on_its_way_loses_nothing(clock: BootAlarmClock) -> None:
    """Asked twenty times in one turn of the loop, again and again, the last is always carried out."""
    for _round in range(20):
        woken = asyncio.Event()
        for ask in range(20):
            clock.wake_at(boot_s(), woken.set)
            if ask % 3 == 0:
                await asyncio.sleep(0)
        await asyncio.wait_for(woken.wait(), PATIENCE_S)


async def test_a_callback_may_be_told_before_the_clock_starts() -> None:
    """What is asked for before start() comes after it."""
    clock, woken, steps = BootAlarmClock(), asyncio.Event(), []
    clock.wake_at(boot_s(), woken.set)
    clock.start(lambda: steps.append(1))
    await asyncio.wait_for(woken.wait(), PATIENCE_S)
    clock.stop()


def _has_come(steps: list[float], count: int) -> bool:
    return len(steps) >= count


async def test_setting_the_clock_is_told_each_time(clock: BootAlarmClock, steps: list[float]) -> None:
    """Three settings, three steps, and a wake-up that was planned comes at its own time all the same."""
    woken = asyncio.Event()
    due_s = boot_s() + 0.3
    clock.wake_at(due_s, woken.set)
    for count in range(1, 4):
        began = time.monotonic()
        set_clock_to_itself()
        await until(partial(_has_come, steps, count))
        assert steps[-1] - began < LATE_S
    await asyncio.wait_for(woken.wait(), PATIENCE_S)
    assert 0 <= boot_s() - due_s <= LATE_S


class Walls:
    """A wall clock that the test moves, beside the real boot clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, start: datetime) -> None:
        walls = self
        self._ahead = start - datetime.now(UTC)

        class Moved(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + walls._ahead

        monkeypatch.setattr("unsit.adapters.clock.datetime", Moved)
        monkeypatch.setattr("apscheduler.schedulers.base.datetime", Moved)

    def set(self, wall: datetime) -> None:
        self.move(wall)
        set_clock_to_itself()

    def move(self, wall: datetime) -> None:
        """Without the kernel's telling of it."""
        self._ahead = wall - datetime.now(UTC)


def counted_care(clock: BootAlarmClock, at: str) -> list[int]:
    """Grows by one each time that the care runs."""
    ran: list[int] = []

    async def care() -> None:
        ran.append(1)

    clock.every_day("backup", at, care)
    return ran


@pytest.mark.parametrize("jump_h", [2, -2])
async def test_a_wall_clock_set_by_hours_moves_no_wake_up(
    jump_h: int, clock: BootAlarmClock, steps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither early because the wall says it is later, nor late because it says it is earlier."""
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    walls = Walls(monkeypatch, noon)
    woken = asyncio.Event()
    due_s = boot_s() + 0.3
    clock.wake_at(due_s, woken.set)
    await asyncio.sleep(0.05)
    walls.move(noon + timedelta(hours=jump_h))
    counted_care(clock, "03:30")  # wakes the scheduler before the kernel has told of the step
    await asyncio.sleep(0.05)
    assert not woken.is_set() or boot_s() >= due_s
    set_clock_to_itself()
    await asyncio.wait_for(woken.wait(), PATIENCE_S)
    assert steps
    assert 0 <= boot_s() - due_s <= LATE_S


async def test_daily_care_comes_at_its_time_of_day(
    monkeypatch: pytest.MonkeyPatch, in_zone: Callable[[str], None]
) -> None:
    """At 03:30 of the local zone, once."""
    in_zone("Europe/Berlin")
    Walls(monkeypatch, datetime(2026, 3, 3, 2, 29, 59, tzinfo=UTC))  # 03:29:59 in Berlin
    clock = BootAlarmClock()
    clock.start(lambda: None)
    ran = counted_care(clock, "03:30")
    assert ran == []
    await until(lambda: ran)
    await asyncio.sleep(0.05)
    assert ran == [1]
    clock.stop()


async def test_care_whose_time_was_slept_through_comes_once_after_it(
    monkeypatch: pytest.MonkeyPatch, in_zone: Callable[[str], None]
) -> None:
    """Three nights in suspend are one backup, at the wake; the next one comes the next night."""
    in_zone("Europe/Berlin")
    walls = Walls(monkeypatch, datetime(2026, 3, 2, 20, 0, tzinfo=UTC))
    clock = BootAlarmClock()
    clock.start(lambda: None)
    ran = counted_care(clock, "03:30")
    walls.set(datetime(2026, 3, 5, 20, 0, tzinfo=UTC))
    await until(lambda: ran)
    await asyncio.sleep(0.05)
    assert ran == [1]
    clock.stop()


async def test_after_the_clock_was_set_back_care_comes_at_the_next_time_of_day(
    monkeypatch: pytest.MonkeyPatch, in_zone: Callable[[str], None]
) -> None:
    """A clock that was a month ahead must not cost a month of backups."""
    in_zone("Europe/Berlin")
    walls = Walls(monkeypatch, datetime(2026, 4, 2, 20, 0, tzinfo=UTC))
    clock = BootAlarmClock()
    clock.start(lambda: None)
    ran = counted_care(clock, "03:30")
    walls.set(datetime(2026, 3, 3, 2, 29, 59, tzinfo=UTC))
    await until(lambda: ran)
    clock.stop()


async def test_a_failing_care_is_logged_and_costs_nothing_else(
    clock: BootAlarmClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The schedule goes on."""

    async def care() -> None:
        raise RuntimeError("disk full")

    clock.every_day("backup", "03:30", care)
    assert clock._scheduler is not None
    clock._scheduler.modify_job("care backup", next_run_time=datetime.now(UTC))
    await until(lambda: "disk full" in caplog.text)
    woken = asyncio.Event()
    clock.wake_at(boot_s() + 0.01, woken.set)
    await asyncio.wait_for(woken.wait(), PATIENCE_S)


def test_a_sample_is_exact_and_local(in_zone: Callable[[str], None]) -> None:
    """boot_s is a multiple of 1/1024 s and not later than now; wall has the offset of the zone as it is set now."""
    clock = BootAlarmClock()
    before, sample, after = boot_s(), clock.sample(), boot_s()
    assert before - 1 / 1024 <= sample.boot_s <= after
    assert (sample.boot_s * 1024).is_integer()
    assert sample.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    in_zone("Asia/Kolkata")
    assert clock.sample().wall.utcoffset() == timedelta(hours=5, minutes=30)
    assert abs(clock.sample().wall - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("tz", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":America/New_York", "America/New_York"),
        ("Antarctica/Troll", "Antarctica/Troll"),
        ("no/where", "UTC"),
        ("X-1", "UTC"),
    ],
)
def test_the_zone_has_a_name_that_exists(tz: str, name: str, in_zone: Callable[[str], None]) -> None:
    """One that cannot be told is UTC, and no error."""
    in_zone(tz)
    assert local_zone() == name


def open_descriptors() -> set[Path]:
    return set(Path("/proc/self/fd").iterdir())


async def test_stopping_leaves_no_descriptor_and_no_callback() -> None:
    """After stop() nothing is called, nothing is open, and stop() again does no harm."""
    before = open_descriptors()
    clock, woken = BootAlarmClock(), []
    clock.start(lambda: woken.append("step"))
    clock.wake_at(boot_s() + 0.02, lambda: woken.append("wake"))
    clock.stop()
    await asyncio.sleep(0.06)
    clock.stop()
    assert woken == []
    assert open_descriptors() == before


async def test_both_ways_to_the_timer_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.13 has timerfd of its own; the C library's must do the same."""
    monkeypatch.setattr(clock_linux, "_timerfd", clock_linux._LibcTimerfd)
    clock, woken = BootAlarmClock(), asyncio.Event()
    clock.start(lambda: None)
    clock.wake_at(boot_s() + 0.02, woken.set)
    await asyncio.wait_for(woken.wait(), PATIENCE_S)
    clock.stop()


_IN_NAMESPACE = """
import asyncio, time
from unsit.adapters.clock_linux import BootAlarmClock, asleep_s

async def main():
    clock, woken = BootAlarmClock(), asyncio.Event()
    clock.start(lambda: None)
    due = clock.sample().boot_s + 0.05
    clock.wake_at(due, woken.set)
    await asyncio.wait_for(woken.wait(), 60)
    late = time.clock_gettime(time.CLOCK_BOOTTIME) - due
    clock.stop()
    print(late, asleep_s(), time.monotonic())

asyncio.run(main())
"""


def test_time_spent_asleep_counts() -> None:
    """In a time namespace whose CLOCK_BOOTTIME is two days ahead of CLOCK_MONOTONIC, as after that long in suspend."""
    try:
        done = subprocess.run(
            ["unshare", "--time", "--boottime", "172800", "--fork", sys.executable, "-c", _IN_NAMESPACE],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if done.returncode != 0 and "unshare" in done.stderr:
        pytest.skip(f"no time namespace here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    late_s, asleep_s, monotonic_s = (float(word) for word in done.stdout.split())
    assert 0 <= late_s <= LATE_S
    assert asleep_s >= 172800 - 0.01  # two clocks read one after the other
    assert monotonic_s < asleep_s


_QUIET = """
import asyncio
from unsit.adapters.clock_linux import BootAlarmClock

async def care():
    pass

async def main():
    clock = BootAlarmClock()
    clock.start(lambda: None)
    clock.every_day("backup", "03:30", care)
    clock.wake_at(clock.sample().boot_s + 3600, lambda: None)
    await asyncio.sleep(0.1)
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def switches(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)


def test_waiting_costs_no_wake_up() -> None:
    """Three seconds of a clock that waits for an hour: not one context switch."""
    process = subprocess.Popen([sys.executable, "-c", _QUIET], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.5)  # it goes to sleep after the line
        before = switches(process.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(3)
        assert switches(process.pid) - before <= 1
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
