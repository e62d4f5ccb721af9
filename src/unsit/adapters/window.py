"""The guide in a window of our own instead of a browser's: starts, holds and ends unsit.web.window (the extra `window`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final, Literal

from unsit.adapters.launch import ended, environment_with
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

SHOWN_WITHIN_S: Final = 8.0
"""The toolkit is 200 MB, which a slow disk takes its time to read; a stretch begins with ten seconds to get ready."""
END_WITHIN_S: Final = 3.0
"""From being told to end. Longer than the process itself takes when its toolkit hangs."""
LAST_WORDS_WITHIN_S: Final = 0.2


class GuideWindow:
    """At most one process at a time.

    Args:
        on_crash: its page or its toolkit died while it was on the screen.
    """

    def __init__(self, on_crash: Callable[[], None] = lambda: None) -> None:
        self._on_crash = on_crash
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
            _tell(self._process, {"raise": activation_token})
            return
        if find_spec("webview") is None or find_spec("PyQt6") is None:
            raise AdapterError(_("Unsit's own window is not installed (pip install 'unsit[window]')."))
        if self._why_not:
            raise AdapterError(self._why_not)
        self._is_opening = True
        try:
            self._process = process = await _start(kind, link, activation_token)
        except AdapterError as error:
            self._why_not = str(error)
            raise
        finally:
            self._is_opening = False
        self._watch = asyncio.create_task(self._wait_for_the_end(process))

    async def stop(self) -> None:
        """The process ends, in order or not."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._process is not None:
            await _end(self._process)
            self._process = None

    async def _wait_for_the_end(self, process: subprocess.Popen[bytes]) -> None:
        status = await ended(process)
        log.debug("The guide's window is closed: %d", status)
        _kill_group(process)
        self._process = None
        if status != 0:
            self._why_not = _("Unsit's own window broke down (status {status}).").format(status=status)
            self._on_crash()


async def _start(kind: str, link: str, activation_token: str | None) -> subprocess.Popen[bytes]:
    """The process, when it has shown its window. Raises AdapterError when it does not; then it has ended."""
    # Not asyncio's own: their end is seen only when all that they have started has closed its pipes too.
    process = subprocess.Popen(  # noqa: ASYNC220  nothing that follows blocks
        [sys.executable, "-m", "unsit.web.window", kind],
        env=environment_with(activation_token),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # it has children, and goes with all of them
    )
    log.debug("The guide's window is process %d", process.pid)
    answer: dict[str, Any] = {}
    try:
        _tell(process, {"open": link})
        async with asyncio.timeout(SHOWN_WITHIN_S):
            answer = await _answer_of(process)
    except TimeoutError:
        raise AdapterError(_("Unsit's own window did not come up.")) from None
    finally:
        if "shown" not in answer:
            await _end(process)
    if "shown" not in answer:
        why = answer.get("failed") or _("it ended with status {status}").format(status=process.returncode)
        raise AdapterError(_("Unsit's own window does not work here ({why}).").format(why=why))
    return process


async def _answer_of(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What it says of itself; nothing where it ends without a word."""
    said = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _protocol = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(said), process.stdout)
    line, end = asyncio.ensure_future(said.readline()), asyncio.ensure_future(ended(process))
    try:
        await asyncio.wait((line, end), return_when=asyncio.FIRST_COMPLETED)
        if not line.done():  # its last words may still be on the way
            await asyncio.wait((line,), timeout=LAST_WORDS_WITHIN_S)
        answer = json.loads(line.result() or b"{}") if line.done() else {}
        return answer if isinstance(answer, dict) else {}
    except ValueError:
        log.warning("The guide's window says what it should not")
        return {}
    finally:
        line.cancel()
        end.cancel()
        transport.close()


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


def _tell(process: subprocess.Popen[bytes], message: dict[str, Any]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):  # it has just ended
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
