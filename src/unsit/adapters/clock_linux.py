"""Linux: one timerfd on CLOCK_BOOTTIME to wait, one on CLOCK_REALTIME that is only ever cancelled.

CLOCK_MONOTONIC, which the loop's own timers wait on, stands still in suspend. The kernel cancels an absolute CLOCK_REALTIME
timer with TFD_TIMER_CANCEL_ON_SET after each clock set and each resume (timerfd_create(2); fs/timerfd.c, timerfd_resume), so
one descriptor tells both, without a bus.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from unsit.adapters.clock import NS_PER_S, ScheduledClock

_CLOCK_REALTIME: Final = 0
_CLOCK_BOOTTIME: Final = 7
_TFD_NONBLOCK: Final = os.O_NONBLOCK
_TFD_CLOEXEC: Final = os.O_CLOEXEC
_TFD_TIMER_ABSTIME: Final = 1
_TFD_TIMER_CANCEL_ON_SET: Final = 2
_NEVER_NS: Final = 2**63 - 1


class _Timerfd(Protocol):
    def create(self, clock: int) -> int:
        """A descriptor that does not block and is not inherited."""

    def set_ns(self, fd: int, flags: int, at_ns: int) -> None:
        """Go off once at `at_ns`; never at 0."""


class _OsTimerfd:
    """Python 3.13 has it."""

    def create(self, clock: int) -> int:
        # mypy checks against 3.11.
        return int(os.timerfd_create(clock, flags=_TFD_NONBLOCK | _TFD_CLOEXEC))  # type: ignore[attr-defined, unused-ignore]

    def set_ns(self, fd: int, flags: int, at_ns: int) -> None:
        os.timerfd_settime_ns(fd, flags=flags, initial=at_ns)  # type: ignore[attr-defined, unused-ignore]


class _LibcTimerfd:
    """Python 3.11 and 3.12: the C library's own."""

    def __init__(self) -> None:
        import ctypes

        class _Timespec(ctypes.Structure):
            _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))

        class _Itimerspec(ctypes.Structure):
            _fields_ = (("interval", _Timespec), ("value", _Timespec))

        self._libc = ctypes.CDLL(None, use_errno=True)
        self._get_errno = ctypes.get_errno
        self._byref = ctypes.byref
        self._itimerspec: Callable[..., Any] = lambda at_ns: _Itimerspec(
            _Timespec(0, 0), _Timespec(at_ns // NS_PER_S, at_ns % NS_PER_S)
        )

    def create(self, clock: int) -> int:
        return int(self._checked(self._libc.timerfd_create(clock, _TFD_NONBLOCK | _TFD_CLOEXEC)))

    def set_ns(self, fd: int, flags: int, at_ns: int) -> None:
        self._checked(self._libc.timerfd_settime(fd, flags, self._byref(self._itimerspec(at_ns)), None))

    def _checked(self, result: int) -> int:
        if result < 0:
            code = self._get_errno()
            raise OSError(code, os.strerror(code))
        return result


def _timerfd() -> _Timerfd:
    return _OsTimerfd() if hasattr(os, "timerfd_create") else _LibcTimerfd()


class BootTimer:
    """unsit.adapters.clock.BootTimer by timerfd."""

    def __init__(self) -> None:
        self.boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        self._timerfd = _timerfd()
        self._due_fd = self._step_fd = -1
        self._on_due: Callable[[], None] | None = None
        self._on_step: Callable[[], None] | None = None

    def boot_ns(self) -> int:
        return time.clock_gettime_ns(_CLOCK_BOOTTIME)

    def start(self, on_due: Callable[[], None], on_step: Callable[[], None]) -> None:
        self._on_due, self._on_step = on_due, on_step
        self._due_fd = self._timerfd.create(_CLOCK_BOOTTIME)
        self._step_fd = self._timerfd.create(_CLOCK_REALTIME)
        self._timerfd.set_ns(self._step_fd, _TFD_TIMER_ABSTIME | _TFD_TIMER_CANCEL_ON_SET, _NEVER_NS)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._due_fd, self._on_due_readable)
        loop.add_reader(self._step_fd, self._on_step_readable)

    def arm(self, boot_ns: int | None) -> None:
        if self._due_fd >= 0:
            # 0 would take the alarm off.
            self._timerfd.set_ns(self._due_fd, _TFD_TIMER_ABSTIME, 0 if boot_ns is None else max(1, boot_ns))

    def stop(self) -> None:
        for fd in (self._due_fd, self._step_fd):
            if fd >= 0:
                asyncio.get_running_loop().remove_reader(fd)
                os.close(fd)
        self._due_fd = self._step_fd = -1

    def _on_due_readable(self) -> None:
        with contextlib.suppress(BlockingIOError):  # armed anew since it was due
            os.read(self._due_fd, 8)
            if self._on_due is not None:
                self._on_due()

    def _on_step_readable(self) -> None:
        try:
            os.read(self._step_fd, 8)
        except BlockingIOError:
            return
        except OSError as error:
            # The read that says so also makes it ready for the next one (fs/timerfd.c, timerfd_canceled).
            if error.errno != errno.ECANCELED:
                raise
        if self._on_step is not None:
            self._on_step()


class BootAlarmClock(ScheduledClock):
    """ports.AlarmClock for Linux."""

    def __init__(self) -> None:
        super().__init__(BootTimer())


def asleep_s() -> float:
    """How long the machine has been suspended since it was booted."""
    return max(0.0, time.clock_gettime(_CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC))
