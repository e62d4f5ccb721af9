"""A Unix socket on the loop, for the small clients of binary protocols: what is sent goes when the socket takes it, what comes
is gathered in one buffer.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from unsit.words import _

RECEIVE_BYTES: Final = 64 * 1024


async def connect(path: Path, within_s: float) -> socket.socket:
    """Raises OSError where nobody listens, or takes longer than `within_s` (TimeoutError)."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        async with asyncio.timeout(within_s):
            await asyncio.get_running_loop().sock_connect(sock, str(path))
    except BaseException:
        sock.close()
        raise
    return sock


class Stream:
    """From its making until `close`, or until the other side has gone."""

    def __init__(
        self, sock: socket.socket, on_data: Callable[[bytearray], None], on_lost: Callable[[str], None]
    ) -> None:
        """
        Args:
            on_data: called with all that has come and was not taken yet; it takes from the front what it understands.
            on_lost: called once, with the reason, when the other side has gone (not after `close`); closed by then.
        """
        self._sock: socket.socket | None = sock
        self._on_data, self._on_lost = on_data, on_lost
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._unsent = bytearray()
        self._loop.add_reader(sock, self._read)

    @property
    def is_open(self) -> bool:
        return self._sock is not None

    def close(self) -> None:
        if self._sock is not None:
            sock, self._sock = self._sock, None
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)
            sock.close()

    def send(self, data: bytes) -> None:
        """Nothing on one that is closed."""
        if self._sock is not None:
            was_empty = not self._unsent
            self._unsent += data
            if was_empty:
                self._write()

    def lose(self, why: str) -> None:
        """The other side is not what it should be."""
        if self._sock is not None:
            self.close()
            self._on_lost(why)

    def _write(self) -> None:
        if self._sock is None:
            return
        try:
            sent = self._sock.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.lose(str(error))
            return
        del self._unsent[:sent]
        if self._unsent:
            self._loop.add_writer(self._sock, self._write)
        else:
            self._loop.remove_writer(self._sock)

    def _read(self) -> None:
        if self._sock is None:
            return
        try:
            data = self._sock.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self.lose(str(error))
            return
        if not data:
            self.lose(_("it has hung up"))
            return
        self._received += data
        self._on_data(self._received)
