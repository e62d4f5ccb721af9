"""The real pages process between a fake daemon and a browser: a script that writes down what it was asked to open."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from support.fake_daemon import FakeDaemon
from support.patience import patient_s

OPENER = """#!/bin/sh
printf '%s %s\\n' "$1" "$XDG_ACTIVATION_TOKEN" >> "$OPENED"
"""
TERM_S = 5


class Answer:
    def __init__(self, head: bytes, body: bytes) -> None:
        status, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(status.split()[1])
        self.headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        self.body = body

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


class PagesRun:
    """One pages process. Attributes: daemon: its fake. dir: its home, short enough for a socket's path.

    Args:
        env: added to its environment; None takes a variable away.
    """

    def __init__(self, linger_s: float, **env: str | None) -> None:
        self.dir = Path(tempfile.mkdtemp(prefix="unsit-"))
        self._opened = self.dir / "opened"
        self._seen = 0
        opener = self.dir / "opener"
        opener.write_text(OPENER)
        opener.chmod(0o755)
        runtime = self.dir / "run"
        runtime.mkdir(mode=0o700)
        self.daemon = FakeDaemon(runtime / "unsit" / "control.sock")
        self._linger_s = linger_s
        environment: dict[str, str | None] = {
            **os.environ,
            "HOME": str(self.dir),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(self.dir / "config"),
            "LC_ALL": "C.UTF-8",
            "TZ": "Europe/Berlin",
            "OPENED": str(self._opened),
            "UNSIT_GUIDE__BROWSER": f"{opener} {{url}}",
            **env,
        }
        self._env = {name: value for name, value in environment.items() if value is not None}
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        await self.daemon.start()
        self.process = subprocess.Popen(  # noqa: ASYNC220  its end is waited for by looking, not by asyncio
            [sys.executable, "-m", "unsit.web", "--verbose", "--linger", str(self._linger_s)],
            env=self._env,
            stderr=(self.dir / "log").open("wb"),
        )
        await self.daemon.wait_for_call("subscribe")

    async def stop(self) -> None:
        await self.daemon.kill()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            await asyncio.to_thread(self.process.wait, TERM_S)
        shutil.rmtree(self.dir)

    @property
    def port(self) -> int:
        return int(self.daemon.pages["port"])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.dir / "log").read_text()

    async def opened(self) -> str:
        """What the browser is told to open next: address and activation token, as the opener wrote them."""
        await until(lambda: self._lines() > self._seen, "a page to be opened")
        self._seen += 1
        return self._opened.read_text().splitlines()[self._seen - 1]

    def _lines(self) -> int:
        return self._opened.read_text().count("\n") if self._opened.exists() else 0

    async def link(self, page: str = "guide") -> str:
        """A fresh address, as the daemon gets one: by asking for the page."""
        self.daemon.open_page(page)
        return (await self.opened()).split()[0]

    async def has_ended(self) -> bool:
        assert self.process is not None
        try:
            await until(lambda: self.process and self.process.poll() is not None, "the end")
        except TimeoutError:
            return False
        return True

    async def goes_on(self, seconds: float) -> bool:
        """It is there after so long."""
        assert self.process is not None
        await asyncio.sleep(seconds)
        return self.process.poll() is None

    async def ask(
        self, target: str, *, method: str = "GET", host: str | None = None, body: bytes = b"", **headers: str
    ) -> Answer:
        """One request, byte for byte as given; the names of headers with `_` for `-`."""
        lines = [
            f"{method} {target} HTTP/1.1",
            f"Host: {self.origin[7:] if host is None else host}",
            "Connection: close",
        ]
        if body and "transfer_encoding" not in headers:
            lines.append(f"Content-Length: {len(body)}")
        lines.extend(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            head = await reader.readuntil(b"\r\n\r\n")
            return Answer(head[:-4], await reader.read())
        finally:
            writer.close()

    async def enter(self) -> tuple[str, str]:
        """Follow a link as a browser does -> (path of the guide, Cookie header)."""
        link = await self.link()
        answer = await self.ask(link.removeprefix(self.origin))
        assert answer.status == 303
        return answer.header("location"), answer.header("set-cookie").split(";")[0]


async def until(predicate: Callable[[], object], what: str, timeout_s: float = 10) -> None:
    deadline = time.monotonic() + patient_s(timeout_s)
    while not predicate():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain for {what}")
        await asyncio.sleep(0.02)


StartPages = Callable[..., Awaitable[PagesRun]]
