"""uvicorn's connection, for a port that every user of the machine reaches: whoever connects has to ask for something.

uvicorn closes a connection that stays silent after an answer, but waits without end for the first request and for the rest
of one that has begun; enough of these, and nobody else is served (`limit_concurrency`).
"""

from __future__ import annotations

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_WITHIN_S: Final = 5.0
"""From the connection, or a request's first byte, to the whole request."""
MAX_WAITING: Final = 24
"""Connections without a whole request. A browser has a few that it opened in advance; of more the oldest gives way."""


class Connection(H11Protocol):
    _waits: asyncio.TimerHandle | None = None
    """Until it is closed; None while a whole request is there."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._wait()
        others = (other for other in self.connections if isinstance(other, Connection))
        since = {other: other._waits.when() for other in others if other._waits is not None}
        if len(since) > MAX_WAITING:
            min(since, key=since.__getitem__)._give_way()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._wait()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._waits is None and not self.transport.is_closing():
            self._waits = self.loop.call_later(REQUEST_WITHIN_S, self._give_way)

    def _stop_waiting(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None

    def _give_way(self) -> None:
        self._stop_waiting()
        self.transport.close()
