"""The loop beside the main thread, as macOS wants it; tried here with an icon that keeps what it is given."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.desktop import wait_until
from support.kept_icon import KeptIcon
from support.patience import PATIENCE_S
from unsit import paths
from unsit.adapters import tray_pystray
from unsit.daemon.instance import InstanceLock
from unsit.daemon.main_thread import MainThread
from unsit.daemon.wiring import Daemon, read_settings


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The handlers of the test run, given back."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_work_is_done_in_the_main_thread_in_its_order() -> None:
    """What the loop gives is done here, and the end of the loop is the end."""
    main_thread, done = MainThread(), list[tuple[int, threading.Thread]]()

    async def live() -> None:
        assert threading.current_thread() is not threading.main_thread()
        for number in range(3):
            main_thread.give(lambda number=number: done.append((number, threading.current_thread())))  # type: ignore[misc]

    main_thread.run(live)

    assert done == [(number, threading.main_thread()) for number in range(3)]


def test_what_the_loop_raises_is_raised_here() -> None:
    """A fault that ends the daemon must not look like a clean end."""

    async def live() -> None:
        raise OSError("no socket")

    with pytest.raises(OSError, match="no socket"):
        MainThread().run(live)


def test_the_whole_daemon_lives_beside_its_icon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The icon runs in the main thread, its menu reaches the loop, and a signal ends both."""
    ran_in: list[threading.Thread] = []

    class Icon(KeptIcon):
        def _run(self) -> None:
            ran_in.append(threading.current_thread())
            super()._run()

    monkeypatch.setattr(tray_pystray, "NativeIcon", Icon)
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path)
    main_thread, said = MainThread(), list[str]()

    async def connect(daemon: Daemon) -> None:
        daemon.ports.tray = daemon._pystray_tray()

    async def use(daemon: Daemon) -> None:
        tray: Any = daemon.ports.tray
        assert await asyncio.to_thread(wait_until, lambda: tray.describe().endswith(": shown"), 10)
        (stand,) = [item for item in tray._icon.menu if item.text == "I am standing"]
        await asyncio.to_thread(stand, tray._icon)
        assert await asyncio.to_thread(wait_until, lambda: daemon.shell.snapshot().standing, 10)
        said.append("standing")
        os.kill(os.getpid(), signal.SIGTERM)

    async def live() -> None:
        daemon = Daemon(*read_settings(None), InstanceLock(paths.own_runtime_dir()), None, main_thread=main_thread)
        async with asyncio.timeout(PATIENCE_S):
            running = asyncio.create_task(daemon.run())
            assert await asyncio.to_thread(wait_until, lambda: daemon.shell.state is not None, 10)
            await use(daemon)
            await running

    monkeypatch.setattr(Daemon, "_connect", connect)
    main_thread.run(live)

    assert said == ["standing"]
    assert ran_in == [threading.main_thread()]
