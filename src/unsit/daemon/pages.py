"""ports.Guide: the pages process, started on demand. It ends by itself (unsit.web.process says when)."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Final, Literal

from unsit.daemon.control import PagesLink
from unsit.ports import AdapterError, Page
from unsit.words import _

log = logging.getLogger(__name__)

READY_WITHIN_S: Final = 4.0
"""Less than the barrier around it, so that the reason is said."""


class PagesProcess:
    """
    Args:
        link: says when the process has connected.
        environment: for the process, the socket's place among it.
        log_path: where what it prints goes; None for nowhere.
    """

    def __init__(self, link: PagesLink, log_path: Path | None) -> None:
        self._link, self._log_path = link, log_path
        self._process: asyncio.subprocess.Process | None = None
        self._is_overdue = False
        """It has had its time to connect and has not. It may still; when it is asked for again, another takes its place."""
        self._ready = asyncio.Event()
        link.on_change = self._on_link

    async def prepare(self) -> None:
        if self._link.connection is not None:
            return
        process = self._process
        if process is not None and process.returncode is None:
            if not self._is_overdue:
                return
            log.warning("The pages process %d never connected; it is replaced", process.pid)
            process.kill()  # it says good-bye to nobody: no page has found it
        await self._start()

    async def open(self, page: Page, activation_token: str | None = None) -> None:
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await self._come_up()
        except TimeoutError:
            self._is_overdue = True
            raise AdapterError(
                _("The page did not come up within {seconds} s. See the log, or use `unsit` in a terminal.").format(
                    seconds=int(READY_WITHIN_S)
                )
            ) from None
        if self._link.connection is not None:
            self._link.connection.notify("open_page", {"page": page, "token": activation_token})

    async def stop(self) -> None:
        """Tell it to end; it says good-bye to its pages by itself. One that a daemon before this one has started, too."""
        if self._link.connection is not None:
            self._link.connection.notify("quit", {})
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()

    async def _come_up(self) -> None:
        """Until it has connected. Raises AdapterError for one that ends before that, twice."""
        # Twice: of one that was killed the connection may be gone before the system has said that it ended.
        for _attempt in range(2):
            await self.prepare()
            ready = asyncio.ensure_future(self._ready.wait())
            waits = [ready]
            if self._process is not None and self._link.connection is None:
                waits.append(asyncio.ensure_future(_ended(self._process)))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                if ready.done():
                    return
            finally:
                for wait in waits:
                    wait.cancel()
        raise AdapterError(_("The page ended at once. See the log, or use `unsit` in a terminal."))

    async def _start(self) -> None:
        self._is_overdue = False
        with open(self._log_path or os.devnull, "ab") as output:  # noqa: ASYNC230, PTH123  one open of a local file
            try:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "unsit.web",
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                )
            except OSError as error:
                raise AdapterError(_("The page could not be started: {why}").format(why=error)) from error
        log.info("The pages process is %d", self._process.pid)

    def _on_link(self) -> None:
        if self._link.connection is None:
            self._ready.clear()
        else:
            self._is_overdue = False
            self._ready.set()


async def _ended(process: asyncio.subprocess.Process) -> Literal[True]:
    await process.wait()
    return True
