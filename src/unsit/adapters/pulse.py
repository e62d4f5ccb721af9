"""A small client of PulseAudio's native protocol on the loop, for questions and change notices; PipeWire speaks it too.

libpulse would do this as well. It brings 3 to 4 MB of libraries into the daemon, and `pactl subscribe` as much in a child.
What is needed here are four questions and one subscription. The protocol is not written down but in its source (PulseAudio,
src/pulsecore/native-common.h, tagstruct.c, protocol-native.c); an old version of it is asked for, which every server still
speaks, so that the answers have a known shape.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Self

from unsit.adapters import stream
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

ANSWER_TIMEOUT_S: Final = 2.0
SERVER_WITHIN_S: Final = 60.0
"""For a server that is being started, by our question at that: at a login everything starts at once. And for one that is busy
when a stream comes: nothing would tell of that stream again."""
VERSION: Final = 19
"""Of 2010: records have property lists and say whether a stream is corked, and not yet volumes and formats."""
COOKIE_BYTES: Final = 256
NONE: Final = 0xFFFFFFFF
"""The number that stands for "no such thing"."""

_DESCRIPTOR: Final = struct.Struct(">IIIII")
"""Length, channel (none: a command), offset (two words), flags."""
_MESSAGE_MOST: Final = 16 * 1024 * 1024
"""As the server's own limit."""
_ERROR, _REPLY, _AUTH, _SET_CLIENT_NAME, _SUBSCRIBE, _SUBSCRIBE_EVENT = 0, 2, 8, 9, 35, 66
_NO_TAG: Final = NONE

Value = Any
"""str, int, bool, bytes, None, or a dict for a property list."""


def socket_path() -> Path:
    """Where the server listens: by $PULSE_SERVER, if that names a socket of this machine, else in the runtime folder.

    Raises:
        AdapterError: neither is set.
    """
    for server in os.environ.get("PULSE_SERVER", "").split():
        server = server.rpartition("}")[2].removeprefix("unix:")
        if server.startswith("/"):
            return Path(server)
    folder = os.environ.get("PULSE_RUNTIME_PATH")
    if folder:
        return Path(folder, "native")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if not runtime:
        raise AdapterError(_("XDG_RUNTIME_DIR is not set"))
    return Path(runtime, "pulse", "native")


class PulseConnection:
    """Attributes:
    on_event: called with (facility and type in one number, index) of each change that was subscribed to.
    on_lost: called once when the server has gone (not after `close`), with the reason.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.on_event: Callable[[int, int], None] | None = None
        self.on_lost: Callable[[str], None] | None = None
        self._stream = stream.Stream(sock, self._take_all, self._on_gone)
        self._tag = 0
        self._answers: dict[int, asyncio.Future[list[Value]]] = {}

    @classmethod
    async def open(cls, path: Path, *, answer_within_s: float = ANSWER_TIMEOUT_S) -> Self:
        """Connect and introduce ourselves. Raises AdapterError.

        Args:
            answer_within_s: for a server that is being started: systemd has listened in its place.
        """
        try:
            sock = await stream.connect(path, ANSWER_TIMEOUT_S)
        except OSError as error:
            raise AdapterError(_("no sound server listens at {path}").format(path=path)) from error
        connection = cls(sock)
        try:
            cookie = b"x" + struct.pack(">I", COOKIE_BYTES) + _cookie()
            await connection.ask(_AUTH, _u32(VERSION), cookie, within_s=answer_within_s)
            await connection.ask(_SET_CLIENT_NAME, _properties({"application.name": "Unsit"}))
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        self._stream.close()
        answers, self._answers = self._answers, {}
        for answer in answers.values():
            if not answer.done():
                answer.set_exception(AdapterError(_("the sound server has gone")))

    async def subscribe(self, facilities: int) -> None:
        """Have `on_event` called for these. Raises as `ask`."""
        await self.ask(_SUBSCRIBE, _u32(facilities))

    async def ask(self, command: int, *arguments: bytes, within_s: float = ANSWER_TIMEOUT_S) -> list[Value]:
        """The values of the answer, one after the other.

        Raises:
            AdapterError: the server refused, has gone, or did not answer in time.
        """
        if not self._stream.is_open:
            raise AdapterError(_("the sound server has gone"))
        self._tag += 1
        tag = self._tag
        answer: asyncio.Future[list[Value]] = asyncio.get_running_loop().create_future()
        self._answers[tag] = answer
        payload = _u32(command) + _u32(tag) + b"".join(arguments)
        self._stream.send(_DESCRIPTOR.pack(len(payload), NONE, 0, 0, 0) + payload)
        try:
            async with asyncio.timeout(within_s):
                return await answer
        except TimeoutError:
            raise AdapterError(
                _("the sound server did not answer within {seconds} s").format(seconds=f"{within_s:g}")
            ) from None
        finally:
            self._answers.pop(tag, None)

    # -- the wire

    def _take_all(self, received: bytearray) -> None:
        while self._stream.is_open and len(received) >= _DESCRIPTOR.size:
            length, channel, *_rest = _DESCRIPTOR.unpack_from(received)
            if length > _MESSAGE_MOST:
                self._stream.lose(_("it sent what is no message"))
                return
            end = _DESCRIPTOR.size + length
            if len(received) < end:
                return
            payload = bytes(received[_DESCRIPTOR.size : end])
            del received[:end]
            if channel == NONE:
                self._take(payload)

    def _take(self, payload: bytes) -> None:
        try:
            command, tag, *values = _values(payload)
        except (ValueError, IndexError, struct.error) as error:
            self._stream.lose(_("it sent what is no message ({why})").format(why=error))
            return
        if command == _SUBSCRIBE_EVENT:
            if self.on_event is not None:
                self.on_event(values[0], values[1])
            return
        answer = self._answers.get(tag)
        if answer is None or answer.done():
            return
        if command == _REPLY:
            answer.set_result(values)
        elif command == _ERROR:
            answer.set_exception(AdapterError(_("the sound server refused ({code})").format(code=values[0])))

    def _on_gone(self, why: str) -> None:
        self.close()
        if self.on_lost is not None:
            self.on_lost(why)


# ------------------------------------------------------------------------------------------------------------ tagstructs


def number(value: int) -> bytes:
    """A number as an argument of `ask`."""
    return _u32(value)


def no_string() -> bytes:
    return b"N"


def _u32(value: int) -> bytes:
    return b"L" + struct.pack(">I", value)


def _properties(entries: dict[str, str]) -> bytes:
    packed = b"P"
    for key, value in entries.items():
        data = value.encode() + b"\0"
        packed += b"t" + key.encode() + b"\0" + _u32(len(data)) + b"x" + struct.pack(">I", len(data)) + data
    return packed + b"N"


def _cookie() -> bytes:
    """What a server of another user would want to see; ours knows us by the socket."""
    home = Path.home()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    for path in (os.environ.get("PULSE_COOKIE"), config / "pulse" / "cookie", home / ".pulse-cookie"):
        try:
            if path and len(cookie := Path(path).read_bytes()) == COOKIE_BYTES:
                return cookie
        except OSError:
            continue
    return bytes(COOKIE_BYTES)


_FIXED: Final = {"L": ">I", "B": ">B", "R": ">Q", "r": ">q", "U": ">Q", "V": ">I"}


def _values(data: bytes) -> Iterator[Value]:
    """Raises ValueError, IndexError or struct.error for what is none."""
    at = 0
    while at < len(data):
        value, at = _value(data, at)
        yield value


def _value(data: bytes, at: int) -> tuple[Value, int]:
    """-> (the value, where the next one begins)"""
    tag, at = chr(data[at]), at + 1
    if tag in _FIXED:
        (value,) = struct.unpack_from(_FIXED[tag], data, at)
        return value, at + struct.calcsize(_FIXED[tag])
    match tag:
        case "t":
            end = data.index(0, at)
            return data[at:end].decode(errors="replace"), end + 1
        case "N":
            return None, at
        case "1" | "0":
            return tag == "1", at
        case "x":
            (length,) = struct.unpack_from(">I", data, at)
            return data[at + 4 : at + 4 + length], at + 4 + length
        case "a":  # sample specification: format, channels, rate
            return data[at : at + 6], at + 6
        case "m":  # channel map
            return data[at + 1 : at + 1 + data[at]], at + 1 + data[at]
        case "v":  # volumes of the channels
            return data[at + 1 : at + 1 + 4 * data[at]], at + 1 + 4 * data[at]
        case "T":
            return data[at : at + 8], at + 8
        case "P":
            return _property_list(data, at)
        case _:
            raise ValueError(f"a value of the kind {tag!r}")


def _property_list(data: bytes, at: int) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    while True:
        key, at = _value(data, at)
        if key is None:
            return found, at
        _length, at = _value(data, at)
        value, at = _value(data, at)
        found[str(key)] = bytes(value).rstrip(b"\0").decode(errors="replace")
