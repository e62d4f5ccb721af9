"""The control socket: JSON-RPC 2.0, one message a line. docs/control.md lists every method.

Nothing that comes in here may stop or slow the daemon: a message has a greatest size, the number of connections a limit, every
fault is an answer. The messages of a connection are answered one by one, in their order; who does not read is not read either.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import msgspec

from unsit import __version__, paths
from unsit.core import rotation
from unsit.core.snapshot import Snapshot
from unsit.daemon import commands
from unsit.daemon.shell import Origin, Refusal, Shell, WrongCall
from unsit.daemon.status_line import status_line
from unsit.durations import quote
from unsit.peer import is_ours
from unsit.store.errors import StoreError
from unsit.words import _

log = logging.getLogger(__name__)

MESSAGE_MOST_BYTES: Final = 64 * 1024
CONNECTIONS_MOST: Final = 100
LINES_A_TURN: Final = 16
"""Of one connection, empty ones and nonsense, before everybody else has their turn: well below 1 ms."""

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
NO_SUCH_METHOD: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
REFUSED: Final = -32000
TOO_MANY: Final = -32001
TOO_LONG: Final = -32002

Params = Mapping[str, Any]
Handler = Callable[["Connection", Params], Awaitable[Any]]


class Method(NamedTuple):
    """Attributes: takes: the parameters it knows; None where the handler tells."""

    handle: Handler
    takes: tuple[str, ...] | None = ()


class RpcError(Exception):
    def __init__(self, code: int, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.code, self.next_step = code, next_step


class PagesLink:
    """The pages process, while it is connected; daemon/pages.py asks it to open pages."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.on_problem: Callable[[str, bool], None] = lambda _text, _was_shown: None
        self.on_come: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None

    def set(self, connection: Connection | None) -> None:
        was_there, self.connection = self.connection is not None, connection
        self.on_change()
        if connection is not None:
            self.on_come()
        elif was_there:
            self.on_lost()


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
            "ping": Method(self._ping, ("show",)),
            "status": Method(self._status, ("text",)),
            "subscribe": Method(self._subscribe),
            "catalogue": Method(self._catalogue),
            "week": Method(self._week),
            "why": Method(self._why, ("at",)),
            "open": Method(self._open, ("page", "token")),
            "reload": Method(self._reload, ("touched",)),
            "quit": Method(self._quit),
            "pages_ready": Method(self._pages_ready, ("port", "pid")),
            "pages_guide": Method(self._pages_guide, ("open",)),
            "pages_problem": Method(self._pages_problem, ("page", "message", "shown")),
            **{word: Method(self._switch(is_on), ("exercise",)) for word, is_on in commands.SWITCHES.items()},
            **{word: Method(self._command(word), None) for word in (*commands.WORDS, *commands.SHELL_WORDS)},
        }

    async def start(self) -> None:
        """Listen. A socket that a crash left behind is replaced: the instance lock says that nobody else listens.

        Raises:
            OSError: the folder cannot be written, or the path is too long for a socket.
        """
        if paths.is_address(self.path):
            from unsit.daemon import loopback_gate

            self._server = await loopback_gate.serve(self.path, lambda: Connection(self), CONNECTIONS_MOST)
            return
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
        try:
            self.path.unlink(missing_ok=True)
        except (
            OSError
        ) as error:  # on Windows, while somebody reads it: it leads nowhere, and the next start replaces it
            log.info("%s stays: %s", self.path, error)

    # -- the methods

    async def _ping(self, _connection: Connection, params: Params) -> Any:
        if _flag(params, "show"):
            self.shell.already_running()
        return {"pid": os.getpid(), "version": __version__}

    async def _status(self, _connection: Connection, params: Params) -> Any:
        """With `text`, also the line and the problems as the person reads them."""
        snapshot = self.shell.snapshot()
        if not _flag(params, "text"):
            return snapshot
        return {
            "snapshot": snapshot,
            "line": status_line(snapshot),
            "surfaces": self.shell.describe(),
            "harmless": self.shell.troubles.harmless,
        }

    async def _subscribe(self, connection: Connection, _params: Params) -> Any:
        connection.subscribe()
        return self.shell.snapshot()

    async def _catalogue(self, _connection: Connection, _params: Params) -> Any:
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
                "per_side": rule.has_sides,
                "on": rule.id not in hurt and switched.get(rule.id, True),
                "hurt": rule.id in hurt,
                "left_out_for": rotation.left_out_for(state, rule) if state else (),
            }
            for rule in brief.rules
        ]

    async def _week(self, _connection: Connection, _params: Params) -> Any:
        try:
            return await self.shell.week()
        except StoreError as error:
            raise RpcError(REFUSED, str(error)) from error

    async def _why(self, _connection: Connection, params: Params) -> Any:
        try:
            return await self.shell.why(_text(params, "at"))
        except StoreError as error:
            raise RpcError(REFUSED, str(error)) from error

    async def _open(self, _connection: Connection, params: Params) -> Any:
        await self.shell.open(_text(params, "page") or "status", _text(params, "token"))
        return True

    async def _reload(self, _connection: Connection, params: Params) -> Any:
        touched = params.get("touched", [])
        if not isinstance(touched, list) or not all(isinstance(key, str) for key in touched):
            raise RpcError(INVALID_PARAMS, _("touched is a list of keys"))
        return {"problems": list(await self.shell.reload(touched))}

    async def _quit(self, _connection: Connection, _params: Params) -> Any:
        self.shell.stop()
        return True

    async def _pages_ready(self, connection: Connection, _params: Params) -> Any:
        connection.origin = Origin("pages", opens_guide=False)
        self.pages.set(connection)
        return True

    async def _pages_guide(self, _connection: Connection, params: Params) -> Any:
        self.shell.guide.on_seen(is_seen=_flag(params, "open"))
        return True

    async def _pages_problem(self, _connection: Connection, params: Params) -> Any:
        self.pages.on_problem(_text(params, "message") or "", _flag(params, "shown"))
        return True

    def _switch(self, is_on: bool) -> Handler:
        async def switch(_connection: Connection, params: Params) -> Snapshot:
            return await self.shell.switch_exercise(_text(params, "exercise") or "", is_on=is_on)

        return switch

    def _command(self, word: str) -> Handler:
        async def obey(connection: Connection, params: Params) -> Snapshot:
            # Where the session is shown is the asker's word, not part of the command.
            shows = _flag(params, "here")
            given = {key: value for key, value in params.items() if key not in ("here", "token")}
            origin = Origin(
                connection.origin.name,
                _text(params, "token"),
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
        self._task: asyncio.Task[None] | None = None
        """Answers a message."""
        self._is_turn_planned = False
        self._is_news_planned = False
        self._is_unread = False
        """The client has not read what was sent: nothing of it is read, and it gets no news, until it has."""
        self._is_news_missed = False
        self._has_ended = False
        """The client has said all."""
        self.origin = Origin("control")

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if not is_ours(transport.get_extra_info("socket")):
            log.warning("Somebody else's program tried to connect")
            self._transport.abort()
            return
        if len(self._control.connections) >= CONNECTIONS_MOST:
            self.send(_error(None, TOO_MANY, _("too many connections"), _("Close some, then try again.")))
            self.hang_up()
            return
        self._control.connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._control.connections.discard(self)
        if self._unsubscribe:
            self._unsubscribe()
        if self._control.pages.connection is self:
            self._control.pages.set(None)
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._go_on()

    def eof_received(self) -> bool:
        """The other side has said all; what it asked is still answered, then the connection ends."""
        self._has_ended = True
        if self._buffer:  # whole, though without its end of line, or half of one: no half of a JSON object is JSON
            self._buffer += b"\n"
            self._go_on()
        return self._task is not None

    def pause_writing(self) -> None:
        self._is_unread = True

    def resume_writing(self) -> None:
        self._is_unread = False
        if self._is_news_missed:
            self._is_news_missed = False
            self._plan_news()
        self._go_on()

    # -- the conversation

    def send(self, message: Mapping[str, Any]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(msgspec.json.encode(message) + b"\n")

    def notify(self, method: str, params: Any) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def subscribe(self) -> None:
        if self._unsubscribe is None:
            self._unsubscribe = self._control.shell.watch(self._plan_news)

    def hang_up(self) -> None:
        if self._transport:
            self._transport.close()

    def _plan_news(self) -> None:
        """Several changes of one instant make one message; who reads slowly gets the last of what happened meanwhile."""
        if self._is_unread:
            self._is_news_missed = True
        elif not self._is_news_planned:
            self._is_news_planned = True
            asyncio.get_running_loop().call_soon(self._send_news)

    def _send_news(self) -> None:
        self._is_news_planned = False
        with contextlib.suppress(Refusal):
            self.notify("snapshot", self._control.shell.snapshot())

    def _go_on(self) -> None:
        """Take the lines that are here, up to the next message that has to be worked on."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._is_turn_planned:
            return
        for _line in range(LINES_A_TURN):
            if self._is_unread or self._task is not None:
                break  # whatever ends that calls this again
            end = self._buffer.find(b"\n")
            if max(end, len(self._buffer) if end < 0 else 0) > MESSAGE_MOST_BYTES:
                self.send(_error(None, TOO_LONG, _("a message has at most 64 KiB")))
                self.hang_up()
                return
            if end < 0:
                if not self._has_ended:
                    transport.resume_reading()
                return
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            if line.strip():
                self._take(line)
        else:
            self._is_turn_planned = True
            asyncio.get_running_loop().call_soon(self._take_turn)
        if not self._has_ended:
            transport.pause_reading()

    def _take_turn(self) -> None:
        self._is_turn_planned = False
        self._go_on()

    def _take(self, line: bytes) -> None:
        try:
            message = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.send(_error(None, PARSE_ERROR, _("that is no JSON")))
            return
        if not isinstance(message, dict):
            self.send(_error(None, INVALID_REQUEST, _("that is no JSON-RPC 2.0 request")))
            return
        number = message.get("id")
        if isinstance(number, bool | dict | list):
            self.send(_error(None, INVALID_REQUEST, _("an id is a number or a text")))
            return
        word = message.get("method")
        if message.get("jsonrpc") != "2.0" or not isinstance(word, str):
            self.send(_error(number, INVALID_REQUEST, _("that is no JSON-RPC 2.0 request")))
            return
        work = self._answer(word, message.get("params", {}), number, is_asked="id" in message)
        self._task = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(self._on_done)

    def _on_done(self, _task: asyncio.Task[None]) -> None:
        self._task = None
        if self._has_ended:  # nothing is left: the end is seen only after everything before it was taken
            self.hang_up()
        else:
            self._go_on()

    async def _answer(self, word: str, params: Any, number: Any, *, is_asked: bool) -> None:
        """Args: is_asked: an answer is wanted; a message without an id (a notification) gets none, whatever comes of it."""
        method = self._control.methods.get(word)
        try:
            if method is None:
                raise RpcError(NO_SUCH_METHOD, _("there is no method {word}").format(word=quote(word)))
            if not isinstance(params, dict):
                raise RpcError(INVALID_PARAMS, _("params are given by name"))
            _check_names(word, params, method.takes)
            answer = {"jsonrpc": "2.0", "id": number, "result": await method.handle(self, params)}
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
        if is_asked:
            self.send(answer)


def _check_names(word: str, params: Params, takes: tuple[str, ...] | None) -> None:
    unknown = sorted(params.keys() - set(takes)) if takes is not None else ()
    if takes is not None and unknown:
        raise RpcError(
            INVALID_PARAMS,
            _("{word} takes no {parameter}; it takes {known}").format(
                word=word, parameter=quote(unknown[0]), known=", ".join(takes) or _("nothing")
            ),
        )


def _text(params: Params, name: str) -> str | None:
    value = params.get(name)
    if value is None or isinstance(value, str):
        return value
    raise RpcError(INVALID_PARAMS, _("{parameter} is a text").format(parameter=name))


def _flag(params: Params, name: str) -> bool:
    value = params.get(name, False)
    if isinstance(value, bool):
        return value
    raise RpcError(INVALID_PARAMS, _("{parameter} is true or false").format(parameter=name))


def _error(number: Any, code: int, message: str, next_step: str = "") -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if next_step:
        error["data"] = {"next_step": next_step}
    return {"jsonrpc": "2.0", "id": number, "error": error}
