"""Who only holds connections open, as every user of the machine may: the real pages process."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from support.pages_run import PagesRun
from unsit.web.connection import MAX_WAITING, REQUEST_WITHIN_S
from unsit.web.process import MAX_CONNECTIONS

pytestmark = pytest.mark.asyncio(loop_scope="module")

Connect = Callable[..., Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@pytest_asyncio.fixture(loop_scope="module")
async def connect(pages: PagesRun) -> AsyncIterator[Connect]:
    """Connects and sends so much, nothing more."""
    writers: list[asyncio.StreamWriter] = []

    async def open_and_send(text: str = "") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", pages.port)
        writers.append(writer)
        writer.write(text.encode())
        return reader, writer

    yield open_and_send
    for writer in writers:
        writer.close()


async def test_silent_connections_keep_nobody_out(pages: PagesRun, connect: Connect) -> None:
    """More than are served at once: the oldest give way, and the pages answer at once."""
    silent = [await connect() for _ in range(MAX_CONNECTIONS + MAX_WAITING)]

    guide, cookie = await pages.enter()
    assert (await pages.ask(guide, Cookie=cookie)).status == 200
    for reader, _writer in silent[:MAX_CONNECTIONS]:
        assert await asyncio.wait_for(reader.read(), 2) == b""


async def test_a_stranger_keeps_no_connection(pages: PagesRun, connect: Connect) -> None:
    """After the refusal it is closed, for it could ask again for ever."""
    reader, _writer = await connect(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{pages.port}\r\n\r\n")

    answer = await asyncio.wait_for(reader.read(), 2)
    assert answer.startswith(b"HTTP/1.1 403 ")


async def test_a_request_that_does_not_come_whole_is_not_waited_for(pages: PagesRun, connect: Connect) -> None:
    """Neither by silence nor drop by drop; a page that is open stays, though it asks for nothing more."""
    guide, cookie = await pages.enter()
    host = f"Host: 127.0.0.1:{pages.port}\r\nCookie: {cookie}\r\n"
    stream = guide.replace("/guide", "/events?page=guide&generation=1")
    watching, _writer = await connect(f"GET {stream} HTTP/1.1\r\n{host}\r\n")
    await watching.readuntil(b"\r\n\r\n")
    began = time.monotonic()
    silent, _writer = await connect()
    dripping, drip = await connect(f"GET {guide} HTTP/1.1\r\n{host}X-Slow: ")

    async def keep_dripping() -> None:
        while True:
            drip.write(b"a")
            await asyncio.sleep(0.5)

    drops = asyncio.create_task(keep_dripping())
    try:
        for reader in (silent, dripping):
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), REQUEST_WITHIN_S + 5) == b""
    finally:
        drops.cancel()

    assert time.monotonic() - began >= REQUEST_WITHIN_S - 0.1
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            while await watching.read(65536):
                pass
