"""A small Wayland client on the loop: the wire, the registry, and objects that are numbers with a handler. No library of the
system is needed, and nothing runs until the compositor has something to say.

Wire format and core protocol: https://wayland.freedesktop.org/docs/html/ (wayland.xml). What one of the extensions means stands
with the adapter that uses it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Self

from unsit.adapters import stream
from unsit.ports import AdapterError, AdapterTimeout
from unsit.words import _

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 2.0
DISPLAY: Final = 1
DISPLAY_SYNC: Final = 0
DISPLAY_GET_REGISTRY: Final = 1
REGISTRY_BIND: Final = 0

_HEADER: Final = struct.Struct("=II")
"""The object; the size of the whole message in the upper half of the second word, the opcode in the lower."""

Handler = Callable[[int, bytes], None]
"""Called with the opcode of an event and its arguments."""


def socket_path(environ: Mapping[str, str] | None = None) -> Path:
    """Where the compositor listens, by wl_display_connect(3). Raises AdapterError where none is named."""
    environ = os.environ if environ is None else environ
    name = environ.get("WAYLAND_DISPLAY")
    if not name:
        raise AdapterError(_("WAYLAND_DISPLAY is not set"))
    return Path(environ.get("XDG_RUNTIME_DIR", ""), name)  # a whole path stays what it is


async def has_gone(environ: Mapping[str, str] | None = None) -> bool:
    """Nobody listens where the environment says: a session that has ended left the name there (systemd's user manager keeps
    what sway and Plasma have told it)."""
    try:
        sock = await stream.connect(socket_path(environ), CONNECT_TIMEOUT_S)
    except (FileNotFoundError, ConnectionRefusedError):
        return True
    except (OSError, AdapterError):
        return False
    sock.close()
    return False


async def connect(path: Path) -> socket.socket:
    """Raises AdapterError where there is no compositor."""
    try:
        return await stream.connect(path, CONNECT_TIMEOUT_S)
    except OSError as error:
        raise AdapterError(_("There is no compositor at {path}: {why}").format(path=path, why=error)) from error


class WaylandConnection:
    """Attributes:
    globals: interface -> (name, version) of the first one that the compositor offers.
    on_lost: called once when the compositor has hung up or sent an error (not after `close`), with the reason.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.globals: dict[str, tuple[int, int]] = {}
        self.on_lost: Callable[[str], None] | None = None
        self._loop = asyncio.get_running_loop()
        self._stream = stream.Stream(sock, self._take_all, self._on_gone)
        self._handlers: dict[int, Handler] = {DISPLAY: self._on_display}
        self._free: list[int] = []
        self._next = 2
        self._answers: set[asyncio.Future[None]] = set()
        self._registry = 0

    @classmethod
    async def open(cls, path: Path, *, answer_within_s: float = CONNECT_TIMEOUT_S) -> Self:
        """Raises AdapterError where there is no compositor; AdapterTimeout where it does not answer."""
        connection = cls(await connect(path))
        try:
            connection._registry = connection.new(connection._on_registry)
            connection.send(DISPLAY, DISPLAY_GET_REGISTRY, struct.pack("=I", connection._registry))
            async with asyncio.timeout(answer_within_s):
                await connection.roundtrip()
        except TimeoutError:
            connection.close()
            raise AdapterTimeout(
                _("The compositor did not answer within {seconds} s.").format(seconds=f"{answer_within_s:g}")
            ) from None
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Leave: the compositor forgets every object of ours."""
        self._stream.close()
        for answer in tuple(self._answers):
            if not answer.done():
                answer.set_exception(AdapterError(_("The connection to the compositor was closed.")))

    def new(self, handler: Handler) -> int:
        """The number of an object that the next request makes."""
        if self._free:
            number = self._free.pop()
        else:
            number, self._next = self._next, self._next + 1
        self._handlers[number] = handler
        return number

    def bind(self, interface: str, version: int, handler: Handler | None = None) -> tuple[int, int]:
        """-> (object, its version: the compositor's, at most `version`). Raises KeyError where it has no such global."""
        name, offered = self.globals[interface]
        version = min(version, offered)
        number = self.new(handler or _ignore)
        self.send(
            self._registry,
            REGISTRY_BIND,
            struct.pack("=I", name) + _string(interface) + struct.pack("=II", version, number),
        )
        return number, version

    def take(self, number: int, handler: Handler) -> None:
        """An object that the compositor has made."""
        self._handlers[number] = handler

    def forget(self, number: int) -> None:
        """After the request that destroys it: what it still says is not for us. The compositor says when its number is free."""
        if number in self._handlers:
            self._handlers[number] = _ignore

    def send(self, number: int, opcode: int, arguments: bytes = b"") -> None:
        """A request; nothing on a connection that is lost."""
        size = _HEADER.size + len(arguments)
        self._stream.send(_HEADER.pack(number, size << 16 | opcode) + arguments)

    async def roundtrip(self) -> None:
        """Until everything that was asked has been answered. Raises AdapterError where the compositor goes before that."""
        answer: asyncio.Future[None] = self._loop.create_future()

        def done(_opcode: int, _arguments: bytes) -> None:
            if not answer.done():
                answer.set_result(None)

        self._answers.add(answer)
        try:
            self.send(DISPLAY, DISPLAY_SYNC, struct.pack("=I", self.new(done)))
            if not self._stream.is_open:
                raise AdapterError(_("The connection to the compositor was closed."))
            await answer
        finally:
            self._answers.discard(answer)

    # -- the wire

    def _take_all(self, received: bytearray) -> None:
        while self._stream.is_open and len(received) >= _HEADER.size:
            number, size_and_opcode = _HEADER.unpack_from(received)
            size, opcode = size_and_opcode >> 16, size_and_opcode & 0xFFFF
            if size < _HEADER.size:
                self._stream.lose(_("it sent what is no message"))
                return
            if len(received) < size:
                return
            arguments = bytes(received[_HEADER.size : size])
            del received[:size]
            self._guard(self._handlers.get(number, _ignore), opcode, arguments)

    def _on_display(self, opcode: int, arguments: bytes) -> None:
        if opcode == 0:  # error: object, code, message
            _number, code = struct.unpack_from("=II", arguments)
            self._stream.lose(f"{_read_string(arguments, 8)[0]} ({code})")
        elif opcode == 1:  # delete_id
            (number,) = struct.unpack_from("=I", arguments)
            if self._handlers.pop(number, None) is not None:
                self._free.append(number)

    def _on_registry(self, opcode: int, arguments: bytes) -> None:
        (name,) = struct.unpack_from("=I", arguments)
        if opcode == 0:  # global
            interface, end = _read_string(arguments, 4)
            self.globals.setdefault(interface, (name, struct.unpack_from("=I", arguments, end)[0]))
        elif opcode == 1:  # global_remove
            self.globals = {interface: entry for interface, entry in self.globals.items() if entry[0] != name}

    def _on_gone(self, why: str) -> None:
        self.close()
        if self.on_lost is not None:
            self._guard(self.on_lost, why)

    def _guard(self, callback: Callable[..., None], *args: object) -> None:
        # Barrier: a handler that fails must not cost the messages that have come with its own.
        try:
            callback(*args)
        except Exception:
            log.exception("A handler of the Wayland connection failed")


def _ignore(_opcode: int, _arguments: bytes) -> None:
    pass


def _string(text: str) -> bytes:
    data = text.encode() + b"\0"
    return struct.pack("=I", len(data)) + data + b"\0" * (-len(data) % 4)


def _read_string(data: bytes, at: int) -> tuple[str, int]:
    """-> (the string, where the next argument begins)"""
    (length,) = struct.unpack_from("=I", data, at)
    start = at + 4
    return data[start : start + max(0, length - 1)].decode(errors="replace"), start + (length + 3) // 4 * 4
