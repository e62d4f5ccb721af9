"""The guide in a window of our own instead of a browser's: starts, holds and ends unsit.web.window (the extra `window`)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final, Literal

import msgspec

from unsit.adapters.launch import ended, environment_with
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

SHOWN_WITHIN_S: Final = 8.0
"""The toolkit is 200 MB, which a slow disk takes its time to read; a stretch begins with ten seconds to get ready."""
END_WITHIN_S: Final = 3.0
"""From being told to end. Longer than the process itself takes when its toolkit hangs."""
LAST_WORDS_WITHIN_S: Final = 0.2
"""From its end; helpers that outlive it may hold the pipe open."""

Message = dict[str, Any]


def find_window() -> None:
    """Raises: AdapterError: the extra `window` is not installed; how it would be."""
    if find_spec("webview") is None or find_spec("PyQt6") is None:
        # Unsit is on no index: what it was installed from has its extras, too.
        how = 'pip install ".[window]"'
        raise AdapterError(
            _("Unsit's own window is not installed: in the folder that Unsit was installed from, {command}.").format(
                command=how
            )
        )


class GuideWindow:
    """At most one process at a time.

    Args:
        on_crash: its page or its toolkit died while it was on the screen.
        on_page: somebody followed a link in it to the page of this name.
    """

    def __init__(
        self, on_crash: Callable[[], None] = lambda: None, on_page: Callable[[str], None] = lambda page: None
    ) -> None:
        self._on_crash, self._on_page = on_crash, on_page
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._is_opening = False
        self._why_not = ""
        """It was tried and failed: nobody is made to wait for that a second time."""

    async def open(self, kind: Literal["card", "full"], link: str, activation_token: str | None = None) -> None:
        """Returns when the guide stands on the screen. One that is there already comes to the front.

        Raises:
            AdapterError: there is no such window here: why, in words for people.
        """
        if self._is_opening:  # the second of two clicks
            return
        if self._process is not None:
            if _is_being_ended(self._process):
                return
            if self._process.poll() is None and _tell(self._process, {"raise": activation_token}):
                return
            await self._until_closed()
        find_window()
        if self._why_not:
            raise AdapterError(self._why_not)
        self._is_opening = True
        try:
            await self._start(kind, link, activation_token)
        except AdapterError as error:
            self._why_not = str(error)
            raise
        finally:
            self._is_opening = False

    async def stop(self) -> None:
        """The process ends, in order or not."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._process is not None:
            await _end(self._process)
            self._process = None

    async def _start(self, kind: str, link: str, activation_token: str | None) -> None:
        # Not asyncio's own: their end is seen only when all that they have started has closed its pipes too.
        self._process = process = subprocess.Popen(  # noqa: ASYNC220  nothing that follows blocks
            [sys.executable, "-m", "unsit.web.window", kind],
            env=environment_with(activation_token),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # it has children, and goes with all of them
        )
        log.debug("The guide's window is process %d", process.pid)
        first: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._watch = asyncio.create_task(self._follow(process, first))
        _tell(process, {"open": link})
        why = _("Unsit's own window did not come up.")
        try:
            async with asyncio.timeout(SHOWN_WITHIN_S):
                answer = await first
                if "shown" in answer:
                    return
                await ended(process)
            reason = answer.get("failed") or _("it ended with status {status}, see the log").format(
                status=process.returncode
            )
            why = _("Unsit's own window does not work here ({why}).").format(why=reason)
        except TimeoutError:
            log.info("The guide's window %d hangs", process.pid)
        except asyncio.CancelledError:
            await self.stop()
            raise
        await self.stop()
        raise AdapterError(why)

    async def _until_closed(self) -> None:
        """Its process has ended, or is about to: the click that comes in this moment wants a new one."""
        self._is_opening = True
        try:
            if self._watch is not None:
                await asyncio.wait({self._watch}, timeout=END_WITHIN_S)
            if self._process is not None:
                await self.stop()
        finally:
            self._is_opening = False

    async def _follow(self, process: subprocess.Popen[bytes], first: asyncio.Future[Message]) -> None:
        """What it says, the first of it by way of `first`, and how it ends."""
        lines = asyncio.StreamReader()
        transport, _protocol = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), process.stdout
        )
        listening = asyncio.create_task(self._listen(lines, first))
        try:
            status = await ended(process)
            await asyncio.wait((listening,), timeout=LAST_WORDS_WITHIN_S)
        finally:
            listening.cancel()
            transport.close()
        log.debug("The guide's window is closed: %d", status)
        _kill_group(process)
        self._process = None
        if not first.done():
            first.set_result({})
        elif status != 0 and "shown" in first.result():
            self._why_not = _("Unsit's own window broke down (status {status}).").format(status=status)
            self._on_crash()

    async def _listen(self, lines: asyncio.StreamReader, first: asyncio.Future[Message]) -> None:
        while line := await lines.readline():
            try:
                message = msgspec.json.decode(line, type=Message)
            except msgspec.MsgspecError:
                log.warning("The guide's window says what it should not")
                message = {}
            if not first.done():
                first.set_result(message)
            elif isinstance(page := message.get("page"), str):
                self._on_page(page)


async def _end(process: subprocess.Popen[bytes]) -> None:
    """In order, or else by force; with everything that it has started."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    if process.returncode is None:
        try:
            async with asyncio.timeout(END_WITHIN_S):
                await ended(process)
        except TimeoutError:
            log.info("The guide's window %d does not end; it is killed", process.pid)
            _kill_group(process)
            await ended(process)
    _kill_group(process)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """The process, and helpers of one that crashed."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.returncode is None:
        process.kill()


def _is_being_ended(process: subprocess.Popen[bytes]) -> bool:
    return process.stdin is None or process.stdin.closed


def _tell(process: subprocess.Popen[bytes], message: Message) -> bool:
    """Returns: whether it is there to take it."""
    if process.stdin is None or process.stdin.closed:
        return False
    try:
        process.stdin.write(msgspec.json.encode(message) + b"\n")
        process.stdin.flush()
    except BrokenPipeError:  # it has just ended
        return False
    return True
