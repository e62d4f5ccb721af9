"""The control socket: JSON-RPC 2.0, one message a line. docs/control.md lists every method.

Nothing that comes in here may stop or slow the daemon: a message has a greatest size, a connection a greatest backlog, the
number of connections a limit, and every fault is an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from unsit import __version__
from unsit.core.snapshot import Snapshot
from unsit.daemon import commands
from unsit.daemon.shell import Origin, Refusal, Shell, WrongCall
from unsit.daemon.status_line import status_line
from unsit.words import _

log = logging.getLogger(__name__)

SOCKET_NAME: Final = "control.sock"
MESSAGE_MOST_BYTES: Final = 64 * 1024
CONNECTIONS_MOST: Final = 100
UNREAD_MOST_BYTES: Final = 1024 * 1024
"""A client that asks and never reads is hung up on."""
WAITING_MOST: Final = 64
"""Requests of one connection that are not answered yet."""
_PEER_CREDENTIALS: Final = struct.Struct("3i")

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
NO_SUCH_METHOD: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
REFUSED: Final = -32000
TOO_MANY: Final = -32001
TOO_LONG: Final = -32002

Method = Callable[["Connection", Mapping[str, Any]], Awaitable[Any]]


class RpcError(Exception):
    def __init__(self, code: int, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.code, self.next_step = code, next_step


class PagesLink:
    """The pages process, while it is connected; daemon/pages.py asks it to open pages."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.on_problem: Callable[[str], None] = lambda _text: None

    def set(self, connection: Connection | None) -> None:
        self.connection = connection
        self.on_change()


class Control:
    """The server.

    Args:
        shell: obeys the commands.
        pages: told when the pages process connects.
    """

    def __init__(self, shell: Shell, path: Path, pages: PagesLink) -> None:
        self.shell, self.path, self.pages = shell, path, pages
        self.connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self.methods: dict[str, Method] = {
            "ping": self._ping,
            "status": self._status,
            "subscribe": self._subscribe,
            "catalogue": self._catalogue,
            "open": self._open,
            "reload": self._reload,
            "quit": self._quit,
            "pages_ready": self._pages_ready,
            "pages_problem": self._pages_problem,
            **{word: self._command(word) for word in commands.WORDS},
        }

    async def start(self) -> None:
        """Listen. A socket that a crash left behind is replaced: the instance lock says that nobody else listens.

        Raises:
            OSError: the folder cannot be written, or the path is too long for a socket.
        """
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        before = os.umask(0o177)
        try:
            self._server = await asyncio.get_running_loop().create_unix_server(
                lambda: Connection(self), self.path, backlog=CONNECTIONS_MOST
            )
        finally:
            os.umask(before)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in tuple(self.connections):
            connection.hang_up()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    # -- the methods

    async def _ping(self, _connection: Connection, _params: Mapping[str, Any]) -> Any:
        return {"pid": os.getpid(), "version": __version__}

    async def _status(self, _connection: Connection, params: Mapping[str, Any]) -> Any:
        """With `text`, also the line and the problems as the person reads them."""
        snapshot = self.shell.snapshot()
        if not params.get("text"):
            return snapshot
        return {"snapshot": snapshot, "line": status_line(snapshot), "surfaces": self.shell.describe()}

    async def _subscribe(self, connection: Connection, _params: Mapping[str, Any]) -> Any:
        connection.subscribe()
        return self.shell.snapshot()

    async def _catalogue(self, _connection: Connection, _params: Mapping[str, Any]) -> Any:
        brief = self.shell.catalogue
        state = self.shell.state
        hurt = state.hurt if state else frozenset()
        switched = self.shell.loaded.settings.exercises
        return [
            {
                "id": rule.id,
                "name": brief.name_of(rule.id),
                "kind": rule.kind,
                "place": rule.place,
                "level": rule.level,
                "per_side": rule.per_side,
                "on": rule.id not in hurt and switched.get(rule.id, True),
                "hurt": rule.id in hurt,
            }
            for rule in brief.rules
        ]

    async def _open(self, _connection: Connection, params: Mapping[str, Any]) -> Any:
        await self.shell.open(str(params.get("page", "status")), params.get("token"))
        return True

    async def _reload(self, _connection: Connection, params: Mapping[str, Any]) -> Any:
        touched = params.get("touched", [])
        if not isinstance(touched, list) or not all(isinstance(key, str) for key in touched):
            raise RpcError(INVALID_PARAMS, _("touched is a list of keys"))
        return {"problems": list(await self.shell.reload(touched))}

    async def _quit(self, _connection: Connection, _params: Mapping[str, Any]) -> Any:
        self.shell.stop()
        return True

    async def _pages_ready(self, connection: Connection, _params: Mapping[str, Any]) -> Any:
        connection.origin = Origin("pages", opens_guide=False)
        self.pages.set(connection)
        return True

    async def _pages_problem(self, _connection: Connection, params: Mapping[str, Any]) -> Any:
        self.pages.on_problem(str(params.get("message", "")))
        return True

    def _command(self, word: str) -> Method:
        async def obey(connection: Connection, params: Mapping[str, Any]) -> Snapshot:
            # Where the session is shown is the asker's word, not part of the command.
            shows = params.get("here", False)
            given = {key: value for key, value in params.items() if key not in ("here", "token")}
            origin = Origin(
                connection.origin.name,
                params.get("token"),
                opens_guide=connection.origin.opens_guide and not shows,
            )
            return await self.shell.command(word, given, origin)

        return obey


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._unsubscribe: Callable[[], None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_news_planned = False
        self.origin = Origin("control")

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if not _is_ours(transport.get_extra_info("socket")):
            log.warning("Somebody else's program tried to connect")
            self._transport.abort()
            return
        if len(self._control.connections) >= CONNECTIONS_MOST:
            self.send(_error(None, TOO_MANY, _("too many connections"), _("Close some, then try again.")))
            self.hang_up()
            return
        self._control.connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._control.connections.discard(self)
        if self._unsubscribe:
            self._unsubscribe()
        if self._control.pages.connection is self:
            self._control.pages.set(None)
        for task in self._tasks:
            task.cancel()
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            if len(line) > MESSAGE_MOST_BYTES:
                break
            if line.strip():
                self._take(line)
        else:
            if len(self._buffer) <= MESSAGE_MOST_BYTES:
                return
        self.send(_error(None, TOO_LONG, _("a message has at most 64 KiB")))
        self.hang_up()

    def eof_received(self) -> bool:
        """The other side has said all; what it asked is still answered."""
        if self._tasks:
            for task in self._tasks:
                task.add_done_callback(lambda _task: self.hang_up() if not self._tasks else None)
            return True
        return False

    # -- the conversation

    def send(self, message: Mapping[str, Any]) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > UNREAD_MOST_BYTES:
            log.warning("A client does not read what it asked for; hung up")
            transport.abort()
            return
        transport.write(msgspec.json.encode(message) + b"\n")

    def notify(self, method: str, params: Any) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def subscribe(self) -> None:
        if self._unsubscribe is None:
            self._unsubscribe = self._control.shell.watch(self._plan_news)

    def hang_up(self) -> None:
        if self._transport:
            self._transport.close()

    def _plan_news(self) -> None:
        """Several changes of one instant make one message."""
        if not self._is_news_planned:
            self._is_news_planned = True
            asyncio.get_running_loop().call_soon(self._send_news)

    def _send_news(self) -> None:
        self._is_news_planned = False
        with contextlib.suppress(Refusal):
            self.notify("snapshot", self._control.shell.snapshot())

    def _take(self, line: bytes) -> None:
        try:
            message = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.send(_error(None, PARSE_ERROR, _("that is no JSON")))
            return
        if not isinstance(message, dict) or not isinstance(message.get("method"), str):
            number = message.get("id") if isinstance(message, dict) else None
            self.send(_error(number, INVALID_REQUEST, _("that is no JSON-RPC 2.0 request")))
            return
        number, params = message.get("id"), message.get("params", {})
        if isinstance(number, bool | dict | list):
            self.send(_error(None, INVALID_REQUEST, _("an id is a number or a text")))
        elif not isinstance(params, dict):
            self.send(_error(number, INVALID_PARAMS, _("params are given by name")))
        elif len(self._tasks) >= WAITING_MOST:
            self.send(_error(number, TOO_MANY, _("too many requests at once"), _("Wait for the answers.")))
        else:
            task = asyncio.get_running_loop().create_task(self._answer(number, message["method"], params))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, number: Any, word: str, params: Mapping[str, Any]) -> None:
        method = self._control.methods.get(word)
        try:
            if method is None:
                raise RpcError(NO_SUCH_METHOD, _("there is no method {word}").format(word=word))
            answer = {"jsonrpc": "2.0", "id": number, "result": await method(self, params)}
        except WrongCall as wrong:
            answer = _error(number, INVALID_PARAMS, str(wrong), wrong.next_step)
        except Refusal as refusal:
            answer = _error(number, REFUSED, str(refusal), refusal.next_step)
        except RpcError as error:
            answer = _error(number, error.code, str(error), error.next_step)
        except Exception:
            # Barrier: a request that cannot be handled is the client's to know of, and the log's.
            log.exception("%s could not be answered", word)
            answer = _error(number, INTERNAL_ERROR, _("that went wrong inside Unsit; its log says how"))
        if number is not None:
            self.send(answer)


def _error(number: Any, code: int, message: str, next_step: str = "") -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if next_step:
        error["data"] = {"next_step": next_step}
    return {"jsonrpc": "2.0", "id": number, "error": error}


def _is_ours(sock: socket.socket | None) -> bool:
    """The other end belongs to the same person (or to root, who may do anything anyway)."""
    if sys.platform != "linux" or sock is None:
        return True  # the socket's mode says who may connect
    try:
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER_CREDENTIALS.size)
    except OSError as error:
        return error.errno == errno.ENOTCONN  # gone already
    uid = _PEER_CREDENTIALS.unpack(raw)[1]
    return uid in (os.getuid(), 0)
