"""A process that does nothing but wait for the one that draws on the terminal, and puts the terminal right if that one dies.

Who is killed cannot tidy up. So the command forks: the child shows, the parent, small since it has imported nothing of it,
keeps the modes as they were found. If the parent is killed, the child sees it and leaves as it would by itself. Both at once
leave a terminal that `reset` puts right.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import sys
import termios
import traceback
from collections.abc import Callable
from typing import Any, Final

from unsit.adapters.tty import SCREEN_OFF

_CHILD_DECIDES: Final = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)
"""What a terminal sends to both."""
_HANDED_ON: Final = (signal.SIGTERM, signal.SIGHUP)


class Guard:
    """What the child has of its guardian. Attributes: end: readable as soon as the guardian has gone."""

    def __init__(self, on_screen: mmap.mmap, end: int) -> None:
        self._on_screen, self.end = on_screen, end

    def on_screen(self, is_on: bool) -> None:
        """The terminal's other screen is taken, or has been given back."""
        self._on_screen[0] = int(is_on)


def run_guarded(show: Callable[[Guard], int], on_killed: Callable[[int], None]) -> int:
    """Run `show` in a child, on a terminal.

    Args:
        show: its result is the exit code.
        on_killed: says that it was ended by this signal; the terminal is as it was.

    Returns:
        the exit code; 128 and the number of the signal where the child was killed.
    """
    found = termios.tcgetattr(0) if os.isatty(0) else None
    on_screen = mmap.mmap(-1, 1)
    end, held = os.pipe()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in _CHILD_DECIDES}
    child = os.fork()
    if child == 0:
        os.close(held)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os._exit(_shown(show, Guard(on_screen, end)))
    os.close(end)
    for number in _HANDED_ON:
        signal.signal(number, lambda number, _frame: os.kill(child, number))
    return _watched(child, lambda: _put_right(found, is_on_screen=bool(on_screen[0])), on_killed)


def _shown(show: Callable[[Guard], int], guard: Guard) -> int:
    """Barrier: whatever happens, the child must not go on in the code of its parent."""
    code = 1
    try:
        code = show(guard)
        sys.stdout.flush()
    except BrokenPipeError:
        code = 0
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BaseException:  # noqa: BLE001  see above
        traceback.print_exc()
    return code


def _watched(child: int, put_right: Callable[[], None], on_killed: Callable[[int], None]) -> int:
    while True:
        _pid, status = os.waitpid(child, os.WUNTRACED)
        if os.WIFEXITED(status):
            return os.WEXITSTATUS(status)
        if os.WIFSIGNALED(status):
            put_right()
            on_killed(os.WTERMSIG(status))
            return 128 + os.WTERMSIG(status)
        if os.WSTOPSIG(status) != signal.SIGTSTP:  # that one it had time to prepare for
            put_right()
        # Only now: a shell takes its terminal back as soon as its own child, which this is, has stopped.
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        os.kill(child, signal.SIGCONT)


def _put_right(found: list[Any] | None, *, is_on_screen: bool) -> None:
    with contextlib.suppress(OSError, termios.error):
        if is_on_screen:
            os.write(1, SCREEN_OFF.encode())
        if found is not None and os.tcgetpgrp(0) == os.getpgrp():
            termios.tcsetattr(0, termios.TCSANOW, found)
