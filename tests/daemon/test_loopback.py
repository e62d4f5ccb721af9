"""The control socket of systems without Unix sockets, here: a port of the loopback interface, with a secret.

What is said over it is the same as over a Unix socket, and tested there.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from support.control import Served, serve
from support.daemon_run import DaemonRun
from support.desktop import OTHER_UID, Desktop
from support.patience import PATIENCE_S
from support.visitor import Visitor
from unsit import loopback, paths
from unsit.control_client import ControlClient, NoDaemon
from unsit.control_link import dial
from unsit.daemon import loopback_gate

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
QUIET_S = 0.2
"""In which a daemon that had something to say would have said it."""


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(tmp_path, path=tmp_path / paths.ADDRESS_NAME) as made:
        yield made


def address_of(served: Served) -> loopback.Address:
    return loopback.read_address(served.control.path)


async def stranger(served: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connected, as anybody on this machine may be."""
    return await asyncio.open_connection(loopback.HOST, address_of(served).port)


async def told(reader: asyncio.StreamReader) -> bytes:
    """All that is said until the other side hangs up, by force or not."""
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE_S)
    except ConnectionResetError:
        return b""


# ------------------------------------------------------------------------------------------------------------- the daemon


@pytest.fixture
def run(session_bus: Desktop) -> Iterator[DaemonRun]:
    session_bus.env[paths.TRANSPORT_VARIABLE] = "loopback"
    made = DaemonRun(session_bus)
    made.record_links()
    made.start()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.end()


def test_the_whole_daemon_is_spoken_to_over_it(run: DaemonRun) -> None:
    """Commands, news and pages; at the end the file goes."""
    assert stat.S_IMODE(run.socket.stat().st_mode) == 0o600
    assert not run.socket.with_name(paths.SOCKET_NAME).exists()

    news = run.desktop.start([sys.executable, "-m", "unsit", "status", "--follow"], "news")
    run.wait(lambda: run.desktop.log("news"), "the state as it is")
    before = run.desktop.log("news")
    run.done("begin", "supine")
    run.wait(lambda: run.desktop.log("news") != before, "the news of it")
    run.wait(run.links, "the guide")
    visitor = Visitor(run.links()[0])
    run.wait(lambda: visitor.session() == run.snapshot["session"]["id"], "the page to show it")
    assert visitor.command("stop")[0] == 200
    assert run.snapshot["session"] is None

    run.done("quit")
    assert run.process is not None and run.process.wait(5) == 0
    run.wait(lambda: news.poll() is not None, "the end of the news")
    assert not run.socket.exists()
    assert run.unsit("status").returncode == 3


def test_after_a_kill_it_is_found_again(run: DaemonRun) -> None:
    """The file that stays leads nowhere; the next daemon's takes its place, and a page that was open goes on."""
    run.done("begin", "supine")
    run.wait(run.links, "the guide")
    visitor = Visitor(run.links()[0])
    run.wait(lambda: visitor.session() is not None, "the page to show it")
    left = loopback.read_address(run.socket)
    run.kill()
    assert run.unsit("status").returncode == 3

    run.start()
    assert loopback.read_address(run.socket).secret != left.secret
    run.wait(lambda: visitor.command("toggle")[0] == 200, "the page to have found it")
    assert run.snapshot["session"]["paused"] is False


# -------------------------------------------------------------------------------------------------------------- strangers


@pytest.mark.parametrize(
    "said",
    [
        PING,
        b"\n" + PING,
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n" + PING,
        b"0" * 64 + b"\n" + PING,
        b"x" * 100_000,
        b"\xff\xfe\n" + PING,
    ],
    ids=["request", "empty", "browser", "web page", "wrong secret", "endless", "no text"],
)
async def test_who_does_not_say_the_secret_gets_nothing(served: Served, said: bytes) -> None:
    """Not one byte, whatever comes after it."""
    reader, writer = await stranger(served)
    writer.write(said)
    assert await told(reader) == b""
    writer.close()
    assert not served.control.connections


async def test_the_answer_is_no_secret_of_the_client(served: Served) -> None:
    """What a daemon has said to somebody lets nobody in."""
    reader, writer = await stranger(served)
    writer.write(loopback.line_of(address_of(served).answer) + PING)
    assert await told(reader) == b""
    writer.close()


async def test_a_late_secret_is_none(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who only connects is not waited for."""
    monkeypatch.setattr(loopback_gate, "SECRET_WITHIN_S", 0.05)
    reader, writer = await stranger(served)
    assert await told(reader) == b""
    writer.close()


async def test_strangers_do_not_keep_the_person_out(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """However many hold on to the door: the oldest of them goes."""
    caplog.set_level(logging.ERROR)
    doors = [await stranger(served) for _ in range(3 * loopback_gate.STRANGERS_MOST)]
    async with served.client() as client:
        assert (await client.call("ping"))["result"]["pid"] == os.getpid()
        assert len(served.control.connections) == 1
    assert await told(doors[0][0]) == b""
    for _reader, writer in doors:
        writer.close()


async def test_the_secret_may_come_in_pieces_and_with_the_first_request(served: Served) -> None:
    """TCP cuts where it likes."""
    address = address_of(served)
    for pieces in (
        [bytes([byte]) for byte in loopback.line_of(address.secret) + PING],
        [loopback.line_of(address.secret) + PING],
    ):
        reader, writer = await stranger(served)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        assert await asyncio.wait_for(reader.readline(), PATIENCE_S) == loopback.line_of(address.answer)
        assert json.loads(await asyncio.wait_for(reader.readline(), PATIENCE_S))["result"]["pid"] == os.getpid()
        writer.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_another_user_cannot_read_the_secret(run: DaemonRun) -> None:
    """Nor where the port is; and who knows the port gets nothing."""
    port = loopback.read_address(run.socket).port
    script = (
        "import os, socket, sys\n"
        f"os.setgroups([]); os.setgid({OTHER_UID}); os.setuid({OTHER_UID})\n"
        "try:\n"
        "    open(sys.argv[1]).read()\n"
        "except PermissionError:\n"
        "    print('no file')\n"
        "s = socket.socket()\n"
        f"s.connect(('127.0.0.1', {port}))\n"
        f"s.sendall({PING!r})\n"
        "try:\n"
        "    print('heard', s.recv(100))\n"
        "except ConnectionResetError:\n"
        "    print('heard', b'')\n"
    )
    done = run.desktop.run([sys.executable, "-c", script, str(run.socket)])
    assert done.stdout.split("\n")[:2] == ["no file", "heard b''"], done.stderr


# ------------------------------------------------------------------------------------------------------------- the client


class Squatter:
    """Whoever took the port after a daemon that was killed. Attributes: heard: what the clients said to it."""

    def __init__(self, path: Path, says: bytes) -> None:
        self._says = says
        self.heard = b""
        self._listener = loopback.listen(5)
        self.address = loopback.new_address(self._listener.getsockname()[1])
        loopback.write_address(path, self.address)

    async def __aenter__(self) -> Squatter:
        self._server = await asyncio.start_server(self._serve, sock=self._listener)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self._says)
        while data := await reader.read(1000):
            self.heard += data
        writer.close()


@pytest.mark.parametrize("says", [b"0" * 64 + b"\n", b'{"jsonrpc":"2.0","id":1,"result":{"pid":1}}\n' * 2])
async def test_a_client_tells_nothing_to_whoever_took_the_port(tmp_path: Path, says: bytes) -> None:
    """Neither the command line nor the pages: no more than a secret that counts nowhere."""
    path = tmp_path / paths.ADDRESS_NAME
    async with Squatter(path, says) as squatter:
        with pytest.raises(NoDaemon, match="somebody else"):
            await asyncio.to_thread(ControlClient, path)
        with pytest.raises(ConnectionRefusedError, match="somebody else"):
            await dial(path)
        async with asyncio.timeout(PATIENCE_S):
            while len(squatter.heard) < 2 * loopback.LINE_BYTES:  # noqa: ASYNC110  what is on its way has no event
                await asyncio.sleep(0.01)
        assert squatter.heard == 2 * loopback.line_of(squatter.address.secret)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_may_read_is_not_believed(tmp_path: Path, mode: int) -> None:
    """Its secret is none, and it may be theirs."""
    path = tmp_path / paths.ADDRESS_NAME
    loopback.write_address(path, loopback.new_address(1))
    path.chmod(mode)
    with pytest.raises(NoDaemon, match="not ours alone"):
        ControlClient(path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"port": 0, "secret": "a", "answer": "b"}', '{"port": 70000, "secret": "a", "answer": "b"}'],
)
def test_a_file_that_is_no_address_leads_nowhere(tmp_path: Path, text: str) -> None:
    path = tmp_path / paths.ADDRESS_NAME
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(NoDaemon):
        ControlClient(path)


def test_nobody_shares_the_port() -> None:
    """Who says SO_REUSEADDR does not get it as well."""
    with loopback.listen(5) as listener, socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(listener.getsockname())


def test_one_that_is_being_read_is_replaced_a_moment_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses it as long as a client has the file open; one that cannot be replaced at all is said."""
    path, refusals = tmp_path / paths.ADDRESS_NAME, [3]
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        refusals[0] -= 1
        if refusals[0] >= 0:
            raise PermissionError(13, "used by another process")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(loopback, "REPLACE_AGAIN_S", 0.001)
    address = loopback.new_address(1)
    loopback.write_address(path, address)
    assert loopback.read_address(path) == address

    refusals[0] = 1000
    with pytest.raises(PermissionError):
        loopback.write_address(path, loopback.new_address(2))
    assert loopback.read_address(path) == address
