"""The hidden window by which Windows tells of lock, sleep, the end of the session, and of input while it is waited for: one
window, in one thread, for both idle_windows.py and session_windows.py. What it is told goes to the loop.

Written from Microsoft's reference (WM_WTSSESSION_CHANGE, WM_POWERBROADCAST and PBT_*, WM_QUERYENDSESSION, WM_ENDSESSION,
WM_INPUT), not yet run on Windows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Final

from unsit.adapters import win32
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

OPENS_WITHIN_S: Final = 2.0
SLEEP_WAITS_S: Final = 1.8
"""The system gives two seconds for PBT_APMSUSPEND."""
END_WAITS_S: Final = 4.0
"""After WM_ENDSESSION has returned the process may be ended at any time; it is given five seconds to do so."""

_TRUE: Final = 1


class Happening(Enum):
    INPUT = auto()
    LOCKED = auto()
    UNLOCKED = auto()
    DETACHED = auto()
    """The session has no screen any more: another user, or a remote connection that was left."""
    ATTACHED = auto()
    SLEEPS = auto()
    WOKE = auto()
    SESSION_ENDS = auto()


_SESSION: Final = {
    win32.WTS_SESSION_LOCK: Happening.LOCKED,
    win32.WTS_SESSION_UNLOCK: Happening.UNLOCKED,
    win32.WTS_CONSOLE_DISCONNECT: Happening.DETACHED,
    win32.WTS_REMOTE_DISCONNECT: Happening.DETACHED,
    win32.WTS_CONSOLE_CONNECT: Happening.ATTACHED,
    win32.WTS_REMOTE_CONNECT: Happening.ATTACHED,
}
_POWER: Final = {
    win32.PBT_APMSUSPEND: (Happening.SLEEPS,),
    win32.PBT_APMRESUMEAUTOMATIC: (Happening.WOKE,),
    # By somebody's hand, or they have come meanwhile. The key that woke the machine is nobody's input otherwise.
    win32.PBT_APMRESUMESUSPEND: (Happening.WOKE, Happening.INPUT),
}


def decode(message: int, wparam: int) -> tuple[Happening, ...]:
    """What a message says."""
    match message:
        case win32.WM_INPUT:
            return (Happening.INPUT,)
        case win32.WM_WTSSESSION_CHANGE:
            return (_SESSION[wparam],) if wparam in _SESSION else ()
        case win32.WM_POWERBROADCAST:
            return _POWER.get(wparam, ())
        case win32.WM_ENDSESSION if wparam:  # 0: somebody else has refused, it goes on
            return (Happening.SESSION_ENDS,)
    return ()


def answer_to(message: int) -> int | None:
    """What the window returns; None: DefWindowProc's answer. To both of these, TRUE is "go on"."""
    return _TRUE if message in (win32.WM_QUERYENDSESSION, win32.WM_POWERBROADCAST) else None


Listener = Callable[[Happening], Awaitable[None] | None]
"""Called on the loop. What is awaited of SLEEPS keeps the machine awake until then, or until the system's time is up."""


class HiddenWindow:
    """Open as long as somebody listens."""

    def __init__(self, make_system: Callable[[], win32.Win32]) -> None:
        self._make_system = make_system
        self._system: win32.Win32 | None = None
        self._listeners: list[Listener] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opened: asyncio.Future[int] | None = None
        self._thread: threading.Thread | None = None
        self._is_input_told = self._is_session_over = False

    @property
    def system(self) -> win32.Win32:
        """Raises OSError where this is not Windows."""
        if self._system is None:
            self._system = self._make_system()
        return self._system

    async def listen(self, listener: Listener) -> None:
        """Raises AdapterError: there is no window."""
        loop = self._loop = asyncio.get_running_loop()
        try:
            system = self.system
            if self._opened is None:
                self._opened = loop.create_future()
                self._thread = threading.Thread(
                    target=self._run, args=(system, self._opened), name="window", daemon=True
                )
                self._thread.start()
            async with asyncio.timeout(OPENS_WITHIN_S):
                await asyncio.shield(self._opened)
        except TimeoutError:
            raise AdapterError(_("Windows gives no window within {seconds} s").format(seconds=OPENS_WITHIN_S)) from None
        except OSError as error:
            self._opened = None
            raise AdapterError(str(error)) from None
        self._listeners.append(listener)

    async def leave(self, listener: Listener) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)
        opened, thread = self._opened, self._thread
        if self._listeners or opened is None or thread is None or not opened.done():
            return
        self._opened = self._thread = None
        if self._is_session_over:  # the thread holds the system up, and goes with the process
            return
        with contextlib.suppress(OSError):
            self.system.close_window(opened.result())
            await asyncio.to_thread(thread.join, OPENS_WITHIN_S)

    def want_input(self, is_wanted: bool) -> None:
        """INPUT is told once; then it has to be wanted again. Raises OSError."""
        self._is_input_told = False
        window = self._opened.result() if self._opened is not None and self._opened.done() else None
        self.system.set_raw_input(window if is_wanted else None)

    # ------------------------------------------------------------------------------------------------ in the window's thread

    def _run(self, system: win32.Win32, opened: asyncio.Future[int]) -> None:
        try:
            system.run_window(self._on_message, lambda window: self._call(lambda: opened.set_result(window)))
        except OSError as error:
            failure = error
            self._call(lambda: None if opened.done() else opened.set_exception(failure))

    def _on_message(self, message: int, wparam: int) -> int | None:
        for happening in decode(message, wparam):
            self._hand_on(happening)
        return answer_to(message)

    def _hand_on(self, happening: Happening) -> None:
        match happening:
            case Happening.INPUT:
                if self._is_input_told:  # a mouse that moves says so a thousand times a second
                    return
                self._is_input_told = True
                self._call(lambda: self._tell(happening))
            case Happening.SLEEPS:
                self._wait_for_sleep()
            case Happening.SESSION_ENDS:
                self._is_session_over = True
                self._call(lambda: self._tell(happening))
                # The daemon writes down its stop and ends, and this thread with it. Who returns may be ended before that.
                time.sleep(END_WAITS_S)
            case _:
                self._call(lambda: self._tell(happening))

    def _wait_for_sleep(self) -> None:
        if self._loop is None or self._loop.is_closed():
            return
        said = asyncio.run_coroutine_threadsafe(self._tell_and_wait(Happening.SLEEPS), self._loop)
        try:
            said.result(SLEEP_WAITS_S)
        except TimeoutError:
            log.warning("What has to be done before the machine sleeps is not done in time")

    def _call(self, function: Callable[[], object]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(function)

    # ------------------------------------------------------------------------------------------------------------ on the loop

    def _tell(self, happening: Happening) -> None:
        for listener in tuple(self._listeners):
            listener(happening)

    async def _tell_and_wait(self, happening: Happening) -> None:
        for listener in tuple(self._listeners):
            waits = listener(happening)
            if waits is not None:
                await waits
