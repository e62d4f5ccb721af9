"""The end of a Wayland session, seen by a connection to the compositor on which nothing is ever said.

A program with a window ends with its compositor because its connection does. One without a window would stay, keep the next
session's from starting, and take itself for locked in it: not every login manager ends what a session leaves behind.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from typing import Final

from unsit.adapters.wayland import connect, socket_path
from unsit.ports import AdapterError

log = logging.getLogger(__name__)

SHORT_S: Final = 1.0
SHORT_MOST: Final = 3
"""A compositor that hangs up so often within `SHORT_S` does not want us: then nothing is watched."""


class WaylandSession:
    """From `start` to `stop`."""

    def __init__(self, on_session_end: Callable[[], None], environ: Mapping[str, str] | None = None) -> None:
        """Args: on_session_end: called once when the compositor that was connected has ended."""
        self._on_session_end = on_session_end
        self._environ = environ
        self._sock: socket.socket | None = None
        self._began_s = 0.0
        self._shorts = 0
        """How many connections in a row ended as soon as that."""
        self._again: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises AdapterError where there is no compositor."""
        sock = await connect(socket_path(self._environ))
        loop = asyncio.get_running_loop()
        self._sock, self._began_s = sock, loop.time()
        loop.add_reader(sock, self._on_readable)

    def stop(self) -> None:
        if self._again is not None:
            self._again.cancel()
        if self._sock is not None:
            asyncio.get_running_loop().remove_reader(self._sock)
            self._sock.close()
            self._sock = None

    def _on_readable(self) -> None:
        if self._sock is None:
            return
        try:
            if self._sock.recv(4096):
                return  # nothing that concerns us: only what was asked for would be answered
        except BlockingIOError:
            return
        except OSError as error:
            log.debug("The compositor: %s", error)
        is_short = asyncio.get_running_loop().time() - self._began_s < SHORT_S
        self._shorts = self._shorts + 1 if is_short else 0
        self.stop()
        if self._shorts < SHORT_MOST:
            self._again = asyncio.get_running_loop().create_task(self._look_again())

    async def _look_again(self) -> None:
        """A compositor that crashes and comes again at the same place (KWin's does) has not ended the session."""
        try:
            await self.start()
        except AdapterError:
            self._on_session_end()
