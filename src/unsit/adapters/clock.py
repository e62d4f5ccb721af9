"""The daemon's one alarm clock: APScheduler, waiting on a clock that goes on in suspend.

Here is what is the same on every system: the core's next instant, daily care, and what a step of the wall clock means for both.
Which clock that is and how one sleeps until an instant of it is the timer's, of clock_linux.py and clock_portable.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger

from unsit.core.cron import next_time
from unsit.core.model import BOOT_TICKS_PER_S, Now

log = logging.getLogger(__name__)

NS_PER_S: Final = 1_000_000_000
LONGEST_WAIT_S: Final = 366 * 86400.0
"""Nobody plans further ahead; a date after it need not exist in the calendar."""


class BootTimer(Protocol):
    """A clock that goes on in suspend, and one wake-up on it. Everything runs on the loop."""

    boot_id: str

    def boot_ns(self) -> int: ...

    def start(self, on_due: Callable[[], None], on_step: Callable[[], None]) -> None:
        """`on_due()` when the armed instant has come; `on_step()` after a clock set and after a resume."""

    def arm(self, boot_ns: int | None) -> None:
        """Replaces what was armed before. An instant that has passed is due at once."""

    def stop(self) -> None: ...


class _Scheduler(AsyncIOScheduler):  # type: ignore[misc]  # APScheduler ships no types
    """AsyncIOScheduler waits by loop.call_later, on a clock that stands still in suspend; this one waits on `timer`."""

    def __init__(self, timer: BootTimer) -> None:
        self._timer = timer
        # Whatever comes late (the machine slept) is still done, once.
        super().__init__(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})

    def _start_timer(self, wait_seconds: float | None) -> None:
        if self.running:  # a wake-up that was on its way when it stopped
            wait_ns = None if wait_seconds is None else math.ceil(min(wait_seconds, LONGEST_WAIT_S) * NS_PER_S)
            self._timer.arm(None if wait_ns is None else self._timer.boot_ns() + wait_ns)

    def _stop_timer(self) -> None:
        self._timer.arm(None)

    def stop(self) -> None:
        # shutdown() of AsyncIOScheduler leaves the work to a callback, which a loop that ends now would never run.
        BaseScheduler.shutdown(self, wait=False)
        self._stop_timer()


class _Daily(BaseTrigger):  # type: ignore[misc]
    """Each day at the same local time, as the routines are reckoned. APScheduler's CronTrigger would add 0.1 MB for it."""

    __slots__ = ("_line", "_zone")

    def __init__(self, at: str, zone: str) -> None:
        """Args: at: HH:MM. zone: its IANA name."""
        hour, minute = at.split(":")
        self._line, self._zone = f"{minute} {hour} * * *", zone

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime | None:
        wall = next_time(self._line, now.timestamp(), self._zone)
        return None if wall is None else datetime.fromtimestamp(wall, UTC)


class ScheduledClock:
    """ports.AlarmClock over a timer."""

    def __init__(self, timer: BootTimer) -> None:
        self._timer = timer
        self._scheduler: _Scheduler | None = None
        self._on_step: Callable[[], None] | None = None
        self._wanted: tuple[int, Callable[[], None]] | None = None
        self._care: dict[str, tuple[str, Callable[[], Awaitable[None]]]] = {}
        self._zone = ""

    def sample(self) -> Now:
        ticks = self._timer.boot_ns() * BOOT_TICKS_PER_S // NS_PER_S
        if hasattr(time, "tzset"):
            time.tzset()  # the C library reads the zone only once by itself; travellers change it
        return Now(boot_s=ticks / BOOT_TICKS_PER_S, boot_id=self._timer.boot_id, wall=datetime.now(UTC).astimezone())

    def start(self, on_step: Callable[[], None]) -> None:
        self._on_step = on_step
        self._zone = local_zone()
        self._scheduler = _Scheduler(self._timer)
        self._timer.start(self._scheduler.wakeup, self._handle_step)
        self._scheduler.start()
        self._plan_wake()
        for name in self._care:
            self._plan_care(name)

    def wake_at(self, boot_s: float | None, callback: Callable[[], None]) -> None:
        if boot_s is None:
            self._wanted = None
        else:
            # Up to the next instant that a sample can show: who is woken must not find that it is not yet time.
            due_ns = math.ceil(math.ceil(boot_s * BOOT_TICKS_PER_S) * NS_PER_S / BOOT_TICKS_PER_S)
            self._wanted = (due_ns, callback)
        self._plan_wake()

    def every_day(self, name: str, at: str, callback: Callable[[], Awaitable[None]]) -> None:
        self._care[name] = (at, callback)
        self._plan_care(name)

    def stop(self) -> None:
        if self._scheduler is not None:
            self._scheduler.stop()
            self._scheduler = None
            self._timer.stop()
        self._wanted = None

    def _plan_wake(self) -> None:
        if self._scheduler is None:
            return
        if self._wanted is None:
            if self._scheduler.get_job("wake") is not None:
                self._scheduler.remove_job("wake")
            return
        # APScheduler plans in wall time: the instant as the wall clock, as it goes now, will show it.
        wait_s = min((self._wanted[0] - self._timer.boot_ns()) / NS_PER_S, LONGEST_WAIT_S)
        self._scheduler.add_job(
            self._wake,
            DateTrigger(datetime.now(UTC) + timedelta(seconds=wait_s)),
            id="wake",
            replace_existing=True,
            # Replaced while the one before has been handed to the loop and has not run yet, it would be left out.
            max_instances=100,
        )

    async def _wake(self) -> None:
        if self._wanted is None:  # taken back on the way here
            return
        due_ns, callback = self._wanted
        if self._timer.boot_ns() < due_ns:  # the wall clock was set forward, or another one has been asked for
            self._plan_wake()
            return
        self._wanted = None
        # Not from within the job: what it plans is another run of the same job.
        asyncio.get_running_loop().call_soon(callback)

    def _plan_care(self, name: str) -> None:
        if self._scheduler is None:
            return
        at, callback = self._care[name]

        async def run() -> None:  # what is no coroutine function APScheduler would run in a thread
            await callback()

        self._scheduler.add_job(run, _Daily(at, self._zone), id=f"care {name}", replace_existing=True)

    def _handle_step(self) -> None:
        if self._scheduler is None:
            return
        zone = local_zone()
        has_moved, self._zone = zone != self._zone, zone
        for name in self._care:
            job: Any = self._scheduler.get_job(f"care {name}")
            now = datetime.now(UTC)
            # A time that passed in the sleep, or was jumped over, is still due: it stays. Set back, the next one is earlier.
            if has_moved or job is None or job.trigger.get_next_fire_time(None, now) < job.next_run_time:
                self._plan_care(name)
        self._plan_wake()
        self._scheduler.wakeup()
        if self._on_step is not None:
            self._on_step()


def local_zone() -> str:
    """The IANA name of the system's time zone as it is set now; "UTC" where it cannot be told."""
    import tzlocal

    # tzlocal takes a name in TZ only where it also stands in its list for Windows.
    named = os.environ.get("TZ", "").removeprefix(":")
    # A damaged zone, or one that only looks like a name, raises ValueError, KeyError or OSError.
    with contextlib.suppress(ValueError, LookupError, OSError):
        if named and not named.startswith("/"):
            return ZoneInfo(named).key
    try:
        tzlocal.reload_localzone()
        name = tzlocal.get_localzone_name()
        ZoneInfo(name)
    # Whatever is wrong with TZ, /etc/localtime or the zone database: tzlocal and zoneinfo raise ValueError, KeyError,
    # OSError or TypeError for it.
    except Exception as error:  # noqa: BLE001
        log.warning("The time zone of the system cannot be told, taking UTC: %s", error)
        return "UTC"
    return name
