"""The daemon's side of unsit.loopback: who connects is nobody until it has said the secret."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

from unsit import loopback

log = logging.getLogger(__name__)

SECRET_WITHIN_S: Final = 3.0
"""From the connection on. A client of ours says it at once."""
STRANGERS_MOST: Final = 20
"""Connections that have not said it yet. Of more the oldest is closed: strangers cannot keep the person out."""


async def serve(path: Path, make: Callable[[], asyncio.Protocol], backlog: int) -> asyncio.Server:
    """Listen, and write to `path` where. `make`: who speaks with those that are let in.

    Raises:
        OSError: the folder cannot be written, or there is no port.
    """
    listener = loopback.listen(backlog)
    try:
        address = loopback.new_address(listener.getsockname()[1])
        strangers: dict[Gate, None] = {}
        server = await asyncio.get_running_loop().create_server(
            lambda: Gate(address, make, strangers), sock=listener, backlog=backlog
        )
        loopback.write_address(path, address)
    except BaseException:
        listener.close()
        raise
    return server


class Gate(asyncio.Protocol):
    """Of one connection, until it is let in; from then on the transport speaks to another protocol."""

    def __init__(
        self, address: loopback.Address, make: Callable[[], asyncio.Protocol], strangers: dict[Gate, None]
    ) -> None:
        """Args: strangers: all that wait, in the order in which they came."""
        self._address, self._make, self._strangers = address, make, strangers
        self._said = b""
        self._transport: asyncio.Transport | None = None
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._strangers[self] = None
        if len(self._strangers) > STRANGERS_MOST:
            next(iter(self._strangers)).turn_away("too many did not say who they are")
        self._late = asyncio.get_running_loop().call_later(SECRET_WITHIN_S, self.turn_away, "it said nothing")

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        self._said += data
        end = self._said.find(b"\n") + 1
        if not end and len(self._said) < loopback.LINE_BYTES:
            return
        if not end or not loopback.is_line_of(self._address.secret, self._said[:end]):
            self.turn_away("it does not know the secret")
            return
        transport, rest = self._transport, self._said[end:]
        self._forget()
        transport.write(loopback.line_of(self._address.answer))
        protocol = self._make()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if rest:
            protocol.data_received(rest)

    def connection_lost(self, _error: Exception | None) -> None:
        self._forget()

    def turn_away(self, why: str) -> None:
        transport = self._transport
        self._forget()
        if transport is not None:
            log.warning("A program that tried to connect is turned away: %s", why)
            transport.abort()

    def _forget(self) -> None:
        self._strangers.pop(self, None)
        self._transport = None
        if self._late is not None:
            self._late.cancel()
            self._late = None
