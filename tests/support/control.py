"""The shell on the adapters of a system that has nothing, behind a real control socket, in the test's own loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Self

import pytest

from support.patience import PATIENCE_S
from support.settings_home import SettingsHome
from unsit import paths
from unsit.adapters import null
from unsit.adapters.clock_linux import BootAlarmClock
from unsit.adapters.presence import Presence
from unsit.control_link import dial
from unsit.daemon import wiring
from unsit.daemon.control import Control, PagesLink
from unsit.daemon.shell import Ports, Shell
from unsit.store.writer import AsyncHistory


class _Life:
    last_life_wall: float | None = None

    def touch(self) -> None:
        pass


class Served:
    """Attributes: page_problems: what a pages process has complained of."""

    def __init__(self, shell: Shell, control: Control, home: SettingsHome, run: asyncio.Task[None] | None) -> None:
        self.shell, self.control, self.home = shell, control, home
        self.path = control.path
        self.page_problems: list[str] = []
        control.pages.on_problem = lambda text, _was_shown: self.page_problems.append(text)
        self._run = run

    def client(self) -> Client:
        return Client(self.path)

    def is_newest(self, snapshot: Mapping[str, Any]) -> bool:
        return bool(snapshot["standing"] == self.shell.snapshot().standing)

    async def ended(self) -> None:
        """The shell has stopped, and with it the server."""
        assert self._run is not None
        await asyncio.wait_for(asyncio.shield(self._run), PATIENCE_S)

    async def until(self, predicate: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not predicate():  # noqa: ASYNC110  what it waits for has no event
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def serve(
    folder: Path,
    *,
    flags: Mapping[str, object] | None = None,
    runs: bool = True,
    path: Path | None = None,
    is_demo: bool = False,
) -> AsyncIterator[Served]:
    """
    Args:
        flags: settings, as if given on the command line.
        runs: otherwise it stays where it is before the history is read.
    """
    with pytest.MonkeyPatch.context() as patch:
        home = SettingsHome(folder / "settings", patch)
        loaded, brief = wiring.read_settings(None, flags)
        history = AsyncHistory(folder / "history.db")
        ports = Ports(
            clock=BootAlarmClock(),
            history=history,
            notifier=null.NullNotifier(),
            tray=null.NullTray(),
            presence=Presence({}, {}),
            guide=null.NullGuide(),
            life=_Life(),
        )

        async def no_evidence(_boot_id: str) -> float | None:
            return None

        shell = Shell(
            ports,
            loaded,
            brief,
            lambda: "Europe/Berlin",
            lambda previous: wiring.read_settings(previous),
            no_evidence,
            is_demo=is_demo,
        )
        control = Control(shell, path or folder / paths.SOCKET_NAME, PagesLink())
        await control.start()

        async def live() -> None:
            try:
                await shell.run()
            finally:
                await control.stop()

        run = asyncio.create_task(live()) if runs else None
        served = Served(shell, control, home, run)
        try:
            if run is not None:
                # Nothing shows its greeting, which is a problem: it has started. A demonstration has none.
                await served.until(lambda: shell.troubles.all or run.done() or (is_demo and shell.state))
                if not run.done():
                    await shell.reload()  # answered after all that its start still has in the queue
            yield served
        finally:
            if run is None:
                await control.stop()
            else:
                shell.stop()
                await asyncio.wait_for(run, PATIENCE_S)


class Client:
    """Attributes: pending: messages that came before they were asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.pending: list[dict[str, Any]] = []
        self._last_id = 0

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await dial(self._path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):  # it may be closed already
            await self._writer.wait_closed()

    def send_raw(self, data: bytes) -> None:
        self._writer.write(data)

    def send_line(self, line: bytes) -> None:
        self.send_raw(line + b"\n")

    def send(self, message: Mapping[str, Any]) -> None:
        self.send_line(json.dumps(message).encode())

    def end(self) -> None:
        """Say nothing more; still listen."""
        self._writer.write_eof()

    async def flush(self) -> None:
        await self._writer.drain()

    def stop_reading(self) -> None:
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]  # the writer's transport reads too

    def go_on_reading(self) -> None:
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]

    async def message(self) -> dict[str, Any]:
        """The next one."""
        if self.pending:
            return self.pending.pop(0)
        line = await asyncio.wait_for(self._reader.readline(), PATIENCE_S)
        assert line, "hung up"
        read: dict[str, Any] = json.loads(line)
        return read

    async def call(self, method: str, params: object = ()) -> dict[str, Any]:
        """The whole answer; what comes before it is kept."""
        self._last_id += 1
        asked = {} if params == () else {"params": params}
        self.send({"jsonrpc": "2.0", "id": self._last_id, "method": method, **asked})
        kept, self.pending = self.pending, []
        while (answer := await self.message()).get("id") != self._last_id or "method" in answer:
            kept.append(answer)
        self.pending = kept
        return answer

    async def news(self, wanted: Callable[[dict[str, Any]], bool] = lambda _snapshot: True) -> dict[str, Any]:
        """The next snapshot that is as wanted; those before it are forgotten."""
        while True:
            message = await self.message()
            if message.get("method") == "snapshot" and wanted(message["params"]):
                read: dict[str, Any] = message["params"]
                return read

    async def rest(self) -> bytes:
        """Until the other side hangs up."""
        return await asyncio.wait_for(self._reader.read(), PATIENCE_S)
