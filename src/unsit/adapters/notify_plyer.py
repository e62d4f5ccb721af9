"""Notifications through plyer's own implementations, on systems other than Linux. Written against plyer 2.1's source for
Windows and macOS, not tried there.

No buttons, no replacing and no taking back: every note says in words how to answer it. plyer blocks for as long as it
likes, so it runs in one thread of its own; on Linux it may block for 75 s and loses notes silently, so it never runs there.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

from unsit.ports import AdapterError, Button, Note
from unsit.words import _

log = logging.getLogger(__name__)

TIME_LIMIT_S: Final = 2.0
SHOWN_S: Final = 10
"""plyer's default."""
WINDOWS_TITLE_UNITS: Final = 63
WINDOWS_MESSAGE_UNITS: Final = 255
"""szInfoTitle and szInfo of NOTIFYICONDATA are WCHAR[64] and WCHAR[256] with the final zero; plyer raises in a thread of
its own where a text is longer, and nobody hears of it."""

_Job = tuple[Note, asyncio.Future[None]]


class PlyerNotifier:
    def __init__(
        self,
        notify: Callable[..., None] | None = None,
        *,
        platform: str = sys.platform,
        app_name: str = "Unsit",
        icon: str = "",
    ) -> None:
        """
        Args:
            notify: called in the thread as `plyer.notification.notify`, which it is by default.
            icon: path of a picture, on Windows of an .ico.
        """
        self._notify = notify
        self._platform = platform
        self._app_name = app_name
        self._icon = icon
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def start(self, on_button: Callable[[Button, str | None], None], on_server: Callable[[], None]) -> None:
        """Neither is ever called: plyer tells nothing back."""
        if self._notify is None and self._platform == "linux":
            raise AdapterError(_("On Linux notifications go over D-Bus."))

    async def show(self, note: Note) -> None:
        if self._thread is None:
            # A daemon thread: one that hangs must not keep the program from ending.
            self._thread = threading.Thread(target=self._work, name="plyer", daemon=True)
            self._thread.start()
        done: asyncio.Future[None] = self._loop.create_future()
        self._jobs.put((note, done))
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                await done
        except TimeoutError:
            raise AdapterError(_("The system did not show the notification in time.")) from None

    async def close(self, slot: str) -> None:
        """plyer cannot; the system takes it away by itself."""

    async def stop(self) -> None:
        if self._thread is not None:
            self._jobs.put(None)
            self._thread = None

    def describe(self) -> str:
        return _("{platform}, by plyer: without buttons").format(platform=self._platform)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            note, done = job
            if done.done():  # nobody waits any more: the one before it hung, and this one is out of date
                continue
            failure: Exception | None = None
            try:
                self._show(note)
            # Barrier: plyer raises whatever its backends raise.
            except Exception as error:  # noqa: BLE001 - goes to whoever asked
                failure = error
            try:
                self._loop.call_soon_threadsafe(_settle, done, failure)
            except RuntimeError:  # the loop has ended
                return

    def _show(self, note: Note) -> None:
        notify = self._notify
        if notify is None:
            from plyer import notification  # its proxy looks for an implementation at the first call

            notify = self._notify = notification.notify
        title, message = _texts(note, self._platform)
        arguments: dict[str, Any] = {"title": title, "message": message, "app_name": self._app_name}
        if self._icon:
            arguments["app_icon"] = self._icon
        # 0 is "stays", which plyer does not have.
        notify(timeout=max(1, round(note.expires_s)) if note.expires_s else SHOWN_S, **arguments)


def _settle(done: asyncio.Future[None], failure: Exception | None) -> None:
    if done.done():
        if failure is not None:
            log.warning("A notification failed late: %s", failure)
    elif failure is None:
        done.set_result(None)
    elif isinstance(failure, NotImplementedError):
        done.set_exception(AdapterError(_("This system has no notifications that plyer knows.")))
    else:
        done.set_exception(AdapterError(_("The notification failed: {error}").format(error=failure)))


def _texts(note: Note, platform: str) -> tuple[str, str]:
    """Title and message; the body gives way to the words that say how to answer."""
    fallback = f"\n{note.fallback}" if note.fallback and (note.buttons or note.default) else ""
    if platform != "win32":
        return note.title, note.body + fallback
    room = max(0, WINDOWS_MESSAGE_UNITS - _units(fallback))
    return _cut(note.title, WINDOWS_TITLE_UNITS), _cut(_cut(note.body, room) + fallback, WINDOWS_MESSAGE_UNITS)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, units: int) -> str:
    """At most so many UTF-16 units, with an ellipsis where something is missing; no character is cut in two."""
    if _units(text) <= units:
        return text
    kept = text.encode("utf-16-le", "surrogatepass")[: max(0, units - 1) * 2].decode("utf-16-le", "ignore")
    return (kept.rstrip() + "…")[:units]
