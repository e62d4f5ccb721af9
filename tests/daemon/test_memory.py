"""What the C library is told, on the C library itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="glibc's ways")

ARENAS = """
import ctypes, sys, threading
from unsit.daemon import memory
if "sparing" in sys.argv:
    memory.be_sparing()
kept, has_taken, done = [], threading.Event(), threading.Event()
threading.Thread(target=lambda: (kept.append(bytearray(4096)), has_taken.set(), done.wait())).start()
has_taken.wait()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
done.set()
"""
GIVEN_BACK = """
from unsit.daemon import memory
def resident_mib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20
blocks = [bytearray(5000) for _ in range(6000)]
kept = bytearray(5000)  # above them: what is below it does not go back by itself
before = resident_mib()
del blocks
held = resident_mib()
memory.give_back()
print(before - held, held - resident_mib())
"""


def said(code: str, *words: str) -> str:
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True).stdout


def test_threads_take_from_the_one_heap() -> None:
    """Left alone, the C library makes another one for a thread."""
    assert said(ARENAS).count("<heap ") == 2
    assert said(ARENAS, "sparing").count("<heap ") == 1


def test_what_was_needed_for_a_while_goes_back() -> None:
    """Thirty megabytes below something that stays."""
    by_itself, by_us = (float(figure) for figure in said(GIVEN_BACK).split())

    assert by_itself < 5
    assert by_us > 20
