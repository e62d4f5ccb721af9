"""The alarm clock elsewhere than on Linux. Written from the systems' documentation and not verified on them; what does not
depend on the system is tested on Linux.

A system that cannot wait on a clock that counts suspend, nor tell of a resume or a clock set, has to be looked at: a wait is
cut into slices, so that a wake-up comes at most a slice late after a sleep, and a step of a clock is noticed within one.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from typing import Final

from unsit.adapters.clock import NS_PER_S, ScheduledClock

SLICE_S: Final = 60.0
STEP_NS: Final = NS_PER_S
"""Two clocks that differ by more than this since the last look: one was set, or the machine slept."""


def boot_clock() -> Callable[[], int]:
    """Nanoseconds on a clock that goes on in suspend, as far as the system has one."""
    if sys.platform == "darwin":
        # clock_gettime(3) of macOS: CLOCK_MONOTONIC goes on while the system is asleep. time.monotonic() does not.
        return lambda: time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    if sys.platform == "win32":
        import ctypes

        # GetTickCount64: milliseconds since the start of the system, sleep and hibernation included (Microsoft's reference).
        tick_count = ctypes.windll.kernel32.GetTickCount64
        tick_count.restype = ctypes.c_uint64
        return lambda: int(tick_count()) * 1_000_000
    return time.monotonic_ns


def boot_id() -> str:
    """Names this boot. One of our own where the system has none: then another start counts as another boot."""
    if sys.platform == "darwin":
        try:
            done = subprocess.run(
                ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"],
                capture_output=True,
                text=True,
                timeout=2,
                check=True,
            )
            return done.stdout.strip().lower()
        except (OSError, subprocess.SubprocessError):
            pass
    if sys.platform == "win32":
        import winreg

        path = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
                return f"windows-{winreg.QueryValueEx(key, 'BootId')[0]}"
        except OSError:
            pass
    return str(uuid.uuid4())


class SlicedTimer:
    """unsit.adapters.clock.BootTimer by the loop's own timers, in slices."""

    def __init__(
        self,
        boot_ns: Callable[[], int] | None = None,
        wall_ns: Callable[[], int] = time.time_ns,
        slice_s: float = SLICE_S,
    ) -> None:
        self.boot_id = boot_id()
        self._boot_ns = boot_ns or boot_clock()
        self._wall_ns = wall_ns
        self._slice_s = slice_s
        self._due_ns: int | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._offsets: tuple[int, int] = (0, 0)
        self._on_due: Callable[[], None] | None = None
        self._on_step: Callable[[], None] | None = None

    def boot_ns(self) -> int:
        return self._boot_ns()

    def start(self, on_due: Callable[[], None], on_step: Callable[[], None]) -> None:
        self._on_due, self._on_step = on_due, on_step
        self._offsets = self._offsets_now()
        self._wait()

    def arm(self, boot_ns: int | None) -> None:
        self._due_ns = boot_ns
        if self._on_due is not None:
            self._wait()

    def stop(self) -> None:
        self._on_due = self._on_step = None
        self._due_ns = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _offsets_now(self) -> tuple[int, int]:
        """(the wall clock against the boot clock: moves when it is set; the boot clock against the loop's: moves in suspend)"""
        boot_ns = self._boot_ns()
        return self._wall_ns() - boot_ns, boot_ns - time.monotonic_ns()

    def _wait(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        wait_s = self._slice_s
        if self._due_ns is not None:
            wait_s = max(0.0, min(wait_s, (self._due_ns - self._boot_ns()) / NS_PER_S))
        self._handle = asyncio.get_running_loop().call_later(wait_s, self._look)

    def _look(self) -> None:
        before, self._offsets = self._offsets, self._offsets_now()
        has_stepped = any(abs(now - then) > STEP_NS for now, then in zip(self._offsets, before, strict=True))
        is_due = self._due_ns is not None and self._boot_ns() >= self._due_ns
        if is_due:
            self._due_ns = None
        self._wait()
        if has_stepped and self._on_step is not None:
            self._on_step()
        if is_due and self._on_due is not None:
            self._on_due()


class PortableAlarmClock(ScheduledClock):
    """ports.AlarmClock for other systems than Linux."""

    def __init__(self) -> None:
        super().__init__(SlicedTimer())
