"""Programs that play or speak for a few seconds: each with a time limit, and ended at once when nobody wants it any more,
and on Linux with us, also where we are killed."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from unsit.adapters.launch import ended

_WORDS_MOST_BYTES: Final = 4096
"""As much as a pipe takes at once anywhere."""
_TIE: Final = ("setpriv", "--pdeathsig", "KILL")
_TIED_WITHIN_S: Final = 1.0
_ties: list[Sequence[str]] = []
"""What was found out: one, once it has been."""
_reaping: set[asyncio.Task[int]] = set()
"""Those whose end nobody else waits for."""


async def run(
    argv: Sequence[str], *, limit_s: float, text: str = "", stdout: int = subprocess.DEVNULL, fds: Sequence[int] = ()
) -> int:
    """To its end. Whoever is cancelled while waiting ends it, and whatever it has started in its session.

    Args:
        text: its standard input; short enough for a pipe to take it at once.
        stdout: a descriptor.
        fds: descriptors that it gets under the same numbers.

    Returns:
        its exit status.

    Raises:
        OSError: it cannot be started.
        TimeoutError: it was still running after `limit_s`, and has been ended.
    """
    tie = await _tie()
    if tie and shutil.which(argv[0]) is None:  # which a program between would say in its own way
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
    return await _run([*tie, *argv], limit_s=limit_s, text=text, stdout=stdout, fds=fds)


async def _run(
    argv: Sequence[str], *, limit_s: float, text: str = "", stdout: int = subprocess.DEVNULL, fds: Sequence[int] = ()
) -> int:
    process = _start(argv, has_text=bool(text), stdout=stdout, fds=fds)
    try:
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), process.stdin:
                process.stdin.write(text.encode())
        async with asyncio.timeout(limit_s):
            return await ended(process)
    finally:
        if process.returncode is None:
            _kill(process)


async def output_of(argv: Sequence[str], *, limit_s: float) -> str:
    """What it prints, of a few words; nothing where it fails. Cancelled, it ends it. Raises as `run`."""
    reading, writing = os.pipe()
    try:
        status = await run(argv, limit_s=limit_s, stdout=writing)
        os.set_blocking(reading, False)
        return os.read(reading, _WORDS_MOST_BYTES).decode(errors="replace").strip() if status == 0 else ""
    except BlockingIOError:  # it has printed nothing; our own end is open still
        return ""
    finally:
        os.close(reading)
        os.close(writing)


async def _tie() -> Sequence[str]:
    """What a command begins with so that it does not outlive us, however we end: setpriv(1) of util-linux asks the kernel
    for it (PR_SET_PDEATHSIG, prctl(2)) and becomes the command. Nothing where there is none that can; Python's own way,
    preexec_fn, is not safe beside threads."""
    if not _ties:
        program = shutil.which(_TIE[0]) if sys.platform == "linux" else None
        tie = [program, *_TIE[1:]] if program else []
        try:
            can = bool(tie) and await _run([*tie, "true"], limit_s=_TIED_WITHIN_S) == 0
        except (OSError, TimeoutError):
            can = False
        _ties.append(tie if can else [])
    return _ties[0]


def _start(argv: Sequence[str], *, has_text: bool, stdout: int, fds: Sequence[int]) -> subprocess.Popen[bytes]:
    """Takes 2 ms; asyncio's own way would take a thread for each child before Python 3.12."""
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE if has_text else subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        pass_fds=tuple(fds),
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    wait_for(process)


def wait_for(process: subprocess.Popen[bytes]) -> None:
    """Take note of its end, whenever that comes: none stays a zombie."""
    reaping = asyncio.get_running_loop().create_task(ended(process))
    _reaping.add(reaping)
    reaping.add_done_callback(_reaping.discard)
