"""How the daemon asks for memory, and gives it back: it lies still for hours, and what it holds then is what it costs."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from typing import Final

_M_TOP_PAD: Final = -2
_M_ARENA_MAX: Final = -8
"""Of glibc's malloc.h, as mallopt(3) describes them."""


def be_sparing() -> None:
    """To be called first of all, before there are other threads. The C library would give each thread an arena of its own, so
    that none waits for another, and ask the system for more than is wanted, so as to ask less often: 0.25 MB all day, for a
    speed that nobody here needs.
    """
    _tell("mallopt", _M_ARENA_MAX, 1)
    _tell("mallopt", _M_TOP_PAD, 0)


def give_back() -> None:
    """What was needed only for a while goes back to the system: what stays, stays all day."""
    gc.collect()
    _tell("malloc_trim", 0)


def _tell(function: str, *args: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # a C library of another kind
            getattr(ctypes.CDLL(None), function)(*args)
