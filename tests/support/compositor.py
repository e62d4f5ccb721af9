"""A compositor that has what is asked of it, and levers for what it tells: for protocols that no released one here has."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from typing import NamedTuple

Notifier = tuple[str, int]
IDLE_OPCODES = {1: "idle", 2: "input_idle"}


class Asked(NamedTuple):
    """A notification that was asked for. Attributes: number: the object's."""

    number: int
    kind: str
    after_ms: int


class Compositor:
    """Attributes:
    globals: interface -> version.
    asked: the notifications that there are, in the order of their making.
    clients: how many have connected so far.
    is_frozen: it takes who comes, and answers nobody, until it is thawed; then what was asked meanwhile.
    """

    def __init__(self, path: Path, **globals_: int) -> None:
        self.path = path
        self.globals = globals_
        self.asked: list[Asked] = []
        self.clients = 0
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._bound: dict[int, str] = {}
        self._registry = 0

    @property
    def environ(self) -> dict[str, str]:
        return {"WAYLAND_DISPLAY": str(self.path)}

    @property
    def is_frozen(self) -> bool:
        return not self._thawed.is_set()

    @is_frozen.setter
    def is_frozen(self, is_frozen: bool) -> None:
        (self._thawed.clear if is_frozen else self._thawed.set)()

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    def close(self) -> None:
        self.hang_up()
        if self._server is not None:
            self._server.close()

    def hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def idled(self, of: Asked) -> None:
        self._send(of.number, 0)

    def resumed(self, of: Asked) -> None:
        self._send(of.number, 1)

    def refuse(self, why: str) -> None:
        """A protocol error."""
        self._send(1, 0, struct.pack("=II", 1, 3) + _string(why))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer, self.asked, self._bound = writer, [], {}
        self.clients += 1
        try:
            while True:
                number, head = struct.unpack("=II", await reader.readexactly(8))
                arguments = await reader.readexactly((head >> 16) - 8)
                await self._thawed.wait()
                self._take(number, head & 0xFFFF, arguments)
        except (
            asyncio.IncompleteReadError,
            ConnectionError,
            asyncio.CancelledError,
        ):  # the last: at the end of the loop
            writer.close()

    def _take(self, number: int, opcode: int, arguments: bytes) -> None:
        if number == 1 and opcode == 0:  # sync
            (callback,) = struct.unpack("=I", arguments)
            self._send(callback, 0, struct.pack("=I", 0))
            self._send(1, 1, struct.pack("=I", callback))
        elif number == 1:  # get_registry
            (self._registry,) = struct.unpack("=I", arguments)
            for name, (interface, version) in enumerate(self.globals.items(), start=1):
                self._send(self._registry, 0, struct.pack("=I", name) + _string(interface) + struct.pack("=I", version))
        elif number == self._registry:  # bind
            (name,) = struct.unpack_from("=I", arguments)
            (made,) = struct.unpack_from("=I", arguments, len(arguments) - 4)
            self._bound[made] = list(self.globals)[name - 1]
        elif self._bound.get(number) == "ext_idle_notifier_v1":
            made, after_ms, _seat = struct.unpack("=III", arguments)
            self.asked.append(Asked(made, IDLE_OPCODES[opcode], after_ms))
        elif any(one.number == number for one in self.asked):  # destroy
            self.asked = [one for one in self.asked if one.number != number]
            self._send(1, 1, struct.pack("=I", number))

    def _send(self, number: int, opcode: int, arguments: bytes = b"") -> None:
        if self._writer is not None:
            self._writer.write(struct.pack("=II", number, (8 + len(arguments)) << 16 | opcode) + arguments)


def _string(text: str) -> bytes:
    data = text.encode() + b"\0"
    return struct.pack("=I", len(data)) + data + b"\0" * (-len(data) % 4)
