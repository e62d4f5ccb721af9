"""The end of a Wayland session, seen by a connection to the compositor on which nothing is ever said.

A program with a window ends with its compositor because its connection does. One without a window would stay, keep the next
session's from starting, and take itself for locked in it: not every login manager ends what a session leaves behind.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping

from unsit.adapters.breaks import Breaks
from unsit.adapters.wayland import connect, socket_path
from unsit.ports import AdapterError

log = logging.getLogger(__name__)


class WaylandSession:
    """From `start` to `stop`."""

    def __init__(self, on_session_end: Callable[[], None], environ: Mapping[str, str] | None = None) -> None:
        """Args: on_session_end: called once when the compositor that was connected has ended."""
        self._on_session_end = on_session_end
        self._environ = environ
        self._sock: socket.socket | None = None
        self._breaks = Breaks()
        self._again: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises AdapterError where there is no compositor."""
        sock = await connect(socket_path(self._environ))
        self._sock = sock
        self._breaks.begin()
        asyncio.get_running_loop().add_reader(sock, self._on_readable)

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
        may_return = self._breaks.may_return()
        self.stop()
        if may_return:
            self._again = asyncio.get_running_loop().create_task(self._look_again())

    async def _look_again(self) -> None:
        """A compositor that crashes and comes again at the same place (KWin's does) has not ended the session."""
        try:
            await self.start()
        except AdapterError:
            self._on_session_end()
