"""The other end of the control socket, for who shows a session as it goes on (the pages, a terminal): one connection, taken up
again when the daemon is killed and started.

control_client.py is for who asks once, and blocks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from unsit import paths
from unsit.core.snapshot import Snapshot

log = logging.getLogger(__name__)

ANSWER_TIMEOUT_S: Final = 5.0
MAX_LINE_BYTES: Final = 1 << 20


class CommandRefused(Exception):
    """The daemon said no. `message` says what happened, `next_step` what to do instead; both for people."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message, self.next_step = message, next_step


class DaemonGone(Exception):
    """There is no daemon at the other end, or it does not answer."""


class OpenPage(msgspec.Struct, frozen=True):
    """The daemon asks for a page to be shown to the person."""

    page: str
    token: str | None = None


def boot_now_s() -> float:
    """The daemon's clock, read here: it counts suspend where the system has such a clock."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    from unsit.adapters.clock_portable import boot_clock

    return boot_clock()() / 1e9


def reconnect_delays_s() -> Iterator[float]:
    """A daemon that is started anew is back within a second; where it is not, the process soon ends."""
    delay_s = 0.1
    while True:
        yield delay_s
        delay_s = min(delay_s * 1.5, 2.0)


class DaemonLink:
    """Subscribes, and hands on every snapshot.

    Args:
        hello: said first by the pages process, with these parameters of `pages_ready`; None for anybody else.

    Attributes:
        snapshot: the last one, kept while the daemon is gone; None before the first.
        is_connected: the daemon is there, and `snapshot` is its word.
        gone_s: when it was lost, on its own clock; None while it is there.
    """

    def __init__(
        self,
        socket: Path,
        hello: dict[str, Any] | None,
        on_change: Callable[[], None],
        on_open_page: Callable[[OpenPage], None] = lambda order: None,
        on_quit: Callable[[], None] = lambda: None,
    ) -> None:
        self._socket, self._hello = socket, hello
        self._on_change, self._on_open_page, self._on_quit = on_change, on_open_page, on_quit
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, tuple[asyncio.Future[Any], Callable[[Any], None]]] = {}
        self._last_id = 0
        self.snapshot: Snapshot | None = None
        self.is_connected = False
        self.gone_s: float | None = None

    async def run(self) -> None:
        """Keep the connection, for ever."""
        delays = reconnect_delays_s()
        while True:
            try:
                await self._converse()
            except (OSError, EOFError, ValueError, msgspec.MsgspecError, DaemonGone, CommandRefused) as error:
                # ValueError: a line longer than any message of ours; whatever it is, it does not speak our language.
                log.info("No daemon at %s: %s", self._socket, error)
            else:
                log.info("The daemon has gone")
            if self.is_connected:
                delays = reconnect_delays_s()
            self._hang_up()
            await asyncio.sleep(next(delays))

    async def call(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        *,
        on_result: Callable[[Any], None] = lambda result: None,
    ) -> Any:
        """Send a command and wait for its result.

        Args:
            on_result: called with the result before anything that came after it is looked at.

        Raises:
            CommandRefused: the state does not allow it, or it is wrong.
            DaemonGone: no answer within `ANSWER_TIMEOUT_S`, or no daemon.
        """
        if self._writer is None:
            raise DaemonGone
        self._last_id += 1
        number = self._last_id
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer, on_result
        try:
            self._writer.write(_line({"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}))
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await self._writer.drain()
                return await answer
        except (OSError, TimeoutError) as error:
            raise DaemonGone from error
        finally:
            self._waiting.pop(number, None)

    async def _converse(self) -> None:
        reader, writer = await dial(self._socket)
        self._writer = writer
        greeting = asyncio.create_task(self._greet())
        # One that refuses us, or whose words we do not understand, has nothing more to say: the reading ends.
        greeting.add_done_callback(lambda task: writer.close() if task.cancelled() or task.exception() else None)
        try:
            while line := await reader.readline():
                self._take(msgspec.json.decode(line, type=dict[str, Any]))
            if greeting.done():
                greeting.result()
        finally:
            greeting.cancel()
            with contextlib.suppress(asyncio.CancelledError, DaemonGone, CommandRefused, msgspec.MsgspecError):
                await greeting

    async def _greet(self) -> None:
        if self._hello is not None:
            await self.call("pages_ready", self._hello)
        await self.call("subscribe", on_result=self._heard)

    def _take(self, message: dict[str, Any]) -> None:
        if "method" in message:
            match message["method"]:
                case "snapshot":
                    self._heard(message.get("params"))
                case "open_page":
                    self._on_open_page(msgspec.convert(message.get("params"), OpenPage))
                case "quit":
                    self._on_quit()
            return
        answer, on_result = self._waiting.get(message.get("id", 0), (None, None))
        if answer is None or on_result is None or answer.done():
            return
        if (error := message.get("error")) is not None:
            step = (error.get("data") or {}).get("next_step", "")
            answer.set_exception(CommandRefused(str(error.get("message", "")), str(step)))
        else:
            on_result(message.get("result"))
            answer.set_result(message.get("result"))

    def _heard(self, body: Any) -> None:
        self.snapshot = msgspec.convert(body, Snapshot)
        self.is_connected, self.gone_s = True, None
        self._on_change()

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for answer, _on_result in self._waiting.values():
            if not answer.done():
                answer.set_exception(DaemonGone())
        if self.is_connected:
            self.is_connected, self.gone_s = False, boot_now_s()
            self._on_change()


async def dial(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Raises: OSError, ValueError: nobody of ours is there."""
    if not paths.is_address(path):
        return await asyncio.open_unix_connection(path, limit=MAX_LINE_BYTES)
    from unsit import loopback

    address = loopback.read_address(path)
    reader, writer = await asyncio.open_connection(loopback.HOST, address.port, limit=MAX_LINE_BYTES)
    try:
        writer.write(loopback.line_of(address.secret))
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            line = await reader.readline()
        if not loopback.is_line_of(address.answer, line):
            raise ConnectionRefusedError("somebody else listens there")
    except BaseException:
        writer.close()
        raise
    return reader, writer


def _line(message: dict[str, Any]) -> bytes:
    return msgspec.json.encode(message) + b"\n"
