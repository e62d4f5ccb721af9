"""The guide in a window of our own instead of a browser's: starts, holds and ends unsit.web.window (the extra `window`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final, Literal, cast

from unsit.adapters.launch import environment_with
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

SHOWN_WITHIN_S: Final = 8.0
"""The toolkit is 200 MB, which a slow disk takes its time to read; a stretch begins with ten seconds to get ready."""
END_WITHIN_S: Final = 3.0
"""From being told to end. Longer than the process itself takes when its toolkit hangs."""


class GuideWindow:
    """At most one process at a time.

    Args:
        on_crash: its page or its toolkit died while it was on the screen.
    """

    def __init__(self, on_crash: Callable[[], None] = lambda: None) -> None:
        self._on_crash = on_crash
        self._process: asyncio.subprocess.Process | None = None
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
        process = self._process
        if process is not None and process.returncode is None and process.stdin is not None:
            process.stdin.write(_line({"raise": activation_token}))
            return
        if find_spec("webview") is None or find_spec("qtpy") is None:
            raise AdapterError(_("Unsit's own window is not installed (pip install 'unsit[window]')."))
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
        if self._process is not None:
            await _end(self._process)
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    async def _start(self, kind: str, link: str, activation_token: str | None) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "unsit.web.window",
            kind,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment_with(activation_token),
            start_new_session=True,  # it has children, and goes with all of them
        )
        log.debug("The guide's window is process %d", process.pid)
        to_it, from_it = cast(asyncio.StreamWriter, process.stdin), cast(asyncio.StreamReader, process.stdout)
        to_it.write(_line({"open": link}))
        try:
            async with asyncio.timeout(SHOWN_WITHIN_S):
                said = await from_it.readline()
                answer: dict[str, Any] = json.loads(said or b"{}")
                if "shown" not in answer:
                    await process.wait()
        except TimeoutError:
            await _end(process)
            raise AdapterError(_("Unsit's own window did not come up.")) from None
        except BaseException:  # cancelled, or what it said is none of our language
            await _end(process)
            raise
        if "shown" not in answer:
            why = answer.get("failed") or _("it ended with status {status}").format(status=process.returncode)
            raise AdapterError(_("Unsit's own window does not work here ({why}).").format(why=why))
        self._process = process
        self._watch = asyncio.create_task(self._wait_for_the_end(process))

    async def _wait_for_the_end(self, process: asyncio.subprocess.Process) -> None:
        status = await process.wait()
        log.debug("The guide's window is closed: %d", status)
        _kill_group(process)  # helpers of a process that crashed
        if status != 0:
            self._why_not = _("Unsit's own window broke down (status {status}).").format(status=status)
            self._on_crash()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(END_WITHIN_S):
            await process.wait()
    except TimeoutError:
        log.info("The guide's window %d does not end; it is killed", process.pid)
    _kill_group(process)
    await process.wait()


def _kill_group(process: asyncio.subprocess.Process) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.returncode is None:
        process.kill()


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"
