"""What a program costs while it idles: memory, CPU, wake-ups and disk writes of its whole process tree, from /proc."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_SWITCHES = re.compile(r"^(?:non)?voluntary_ctxt_switches:\s*(\d+)$", re.MULTILINE)
MIB = 1024 * 1024


@dataclass(frozen=True)
class Memory:
    """MiB of a process tree.

    Attributes:
        pss: proportional set size as it would be if this measuring process, which may share the interpreter with what it
            measures, were not there: its share of the files that both map is added back. Where third programs map
            them too this is too high by a little, never too low.
        uss: pages that nobody else maps.
    """

    pss: float
    uss: float


@dataclass(frozen=True)
class Usage:
    """Since each process began."""

    cpu_s: float
    switches: int
    written_bytes: int


@dataclass(frozen=True)
class IdleCost:
    window_s: float
    memory: Memory
    processes: int
    threads: int
    cpu_s: float
    switches: int
    written_bytes: int

    @property
    def switches_per_min(self) -> float:
        return self.switches * 60 / self.window_s


def tree(root: psutil.Process) -> list[psutil.Process]:
    return [root, *root.children(recursive=True)]


def memory_of(processes: Iterable[psutil.Process]) -> Memory:
    pss = uss = 0
    mapped: set[str] = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            full = process.memory_full_info()
            pss += full.pss
            uss += full.uss
            mapped.update(area.path for area in process.memory_maps(grouped=True) if area.path.startswith("/"))
    ours = sum(
        area.pss - area.private_clean - area.private_dirty
        for area in psutil.Process().memory_maps(grouped=True)
        if area.path in mapped
    )
    return Memory((pss + ours) / MIB, uss / MIB)


def usage_of(processes: Iterable[psutil.Process]) -> Usage:
    """CPU by the scheduler's own count (nanoseconds); of children that have ended by the kernel's ticks (10 ms)."""
    cpu_ns = switches = written = 0
    ended_children_s = 0.0
    for process in processes:
        with suppress(OSError, psutil.NoSuchProcess):
            for task in Path(f"/proc/{process.pid}/task").iterdir():
                with suppress(OSError):  # the thread has just ended
                    cpu_ns += int((task / "schedstat").read_text().split()[0])
                    switches += sum(int(count) for count in _SWITCHES.findall((task / "status").read_text()))
            times = process.cpu_times()
            ended_children_s += times.children_user + times.children_system
            written += process.io_counters().write_bytes
    return Usage(cpu_ns / 1e9 + ended_children_s, switches, written)


def watch(pid: int, window_s: float) -> IdleCost:
    """Look at the tree at both ends of the window and stay out of its way in between."""
    root = psutil.Process(pid)
    before = usage_of(tree(root))
    began = time.monotonic()
    time.sleep(window_s)
    processes = tree(root)
    after = usage_of(processes)
    return IdleCost(
        window_s=time.monotonic() - began,
        memory=memory_of(processes),
        processes=len(processes),
        threads=sum(process.num_threads() for process in processes),
        cpu_s=after.cpu_s - before.cpu_s,
        switches=after.switches - before.switches,
        written_bytes=after.written_bytes - before.written_bytes,
    )
