"""A socket that takes little at a time, and one whose other side goes."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from support.patience import PATIENCE_S
from unsit.adapters.stream import Stream, connect


class Ends:
    """A stream, and its other side. Attributes: got: what came, each time; lost: why it went."""

    def __init__(self) -> None:
        ours, self.theirs = socket.socketpair()
        for sock in (ours, self.theirs):
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.got: list[bytes] = []
        self.lost: list[str] = []
        self.stream = Stream(ours, lambda buffer: self.got.append(bytes(buffer)), self.lost.append)

    async def until_lost(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not self.lost:  # noqa: ASYNC110  what is told is a list
                await asyncio.sleep(0.001)


async def test_what_the_socket_does_not_take_at_once_goes_later_and_in_order() -> None:
    """More than its buffers hold, in two pieces."""
    ends = Ends()
    sent = bytes(range(256)) * 2000
    ends.stream.send(sent)
    ends.stream.send(b"end")
    got = b""
    async with asyncio.timeout(PATIENCE_S):
        while not got.endswith(b"end"):
            got += await asyncio.get_running_loop().sock_recv(ends.theirs, 65536)
    assert got == sent + b"end"
    ends.stream.close()
    ends.theirs.close()


async def test_what_was_not_taken_comes_again_with_what_follows() -> None:
    """Half a message is kept for whoever understands it when it is whole."""
    ends = Ends()
    for piece in (b"half", b" and half"):
        await asyncio.get_running_loop().sock_sendall(ends.theirs, piece)
        async with asyncio.timeout(PATIENCE_S):
            while not ends.got or not ends.got[-1].endswith(piece):  # noqa: ASYNC110  what came is a list
                await asyncio.sleep(0.001)
    assert ends.got == [b"half", b"half and half"]
    ends.stream.close()
    ends.theirs.close()


async def test_the_end_of_the_other_side_is_told_once() -> None:
    """After it nothing is sent, and closing ours tells nobody."""
    ends = Ends()
    ends.theirs.close()
    await ends.until_lost()
    assert not ends.stream.is_open
    ends.stream.send(b"to nobody")
    ends.stream.lose("again")
    assert len(ends.lost) == 1

    closed = Ends()
    closed.stream.close()
    closed.stream.close()
    closed.theirs.close()
    await asyncio.sleep(0)
    assert closed.lost == []


async def test_where_nobody_listens_it_says_so(tmp_path: Path) -> None:
    """By the system's own error."""
    with pytest.raises(FileNotFoundError):
        await connect(tmp_path / "nobody", 1)
