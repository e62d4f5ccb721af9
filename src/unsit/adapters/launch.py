"""Programs of the desktop that are started for the person and outlive us: a browser, an editor."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

FAILURE_WITHIN_S: Final = 1.5
"""A program that is going to fail (no display, no profile) has done so by then; one that still runs has what it was given."""


async def open_file(path: Path, activation_token: str | None = None) -> None:
    """Show a file in whatever the desktop opens such a file with.

    Raises:
        AdapterError: nothing could; the message has the path.
    """
    environment = environment_with(activation_token)
    for opener, *words in openers():
        if await run([opener, *words, str(path)], environment):
            return
    raise AdapterError(_("No editor could be started. Open this file in one: {path}").format(path=path))


def openers() -> list[list[str]]:
    """The commands by which this system opens a file or an address, the best first."""
    if sys.platform == "darwin":
        return [["open"]]
    if sys.platform == "win32":
        return [["explorer"]]
    return [command for command in (["xdg-open"], ["gio", "open"]) if shutil.which(command[0])]


def environment_with(activation_token: str | None) -> Mapping[str, str]:
    environment = {key: value for key, value in os.environ.items() if key not in _ACTIVATION}
    if activation_token:
        environment.update(dict.fromkeys(_ACTIVATION, activation_token))
    return environment


_ACTIVATION: Final = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
"""The first by the xdg-activation protocol, the second by X11's startup notification."""


def start(argv: list[str], environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """In a session of its own: it is to outlive this process."""
    return subprocess.Popen(
        argv,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


async def run(argv: list[str], environment: Mapping[str, str]) -> bool:
    """True: it has taken the page, or still runs; False: it could not."""
    try:
        process = start(argv, environment)
    except OSError as error:
        log.info("%s cannot be started: %s", argv[0], error)
        return False
    waiting = asyncio.create_task(ended(process))
    _reaping.add(waiting)
    waiting.add_done_callback(_reaping.discard)
    done, _pending = await asyncio.wait((waiting,), timeout=FAILURE_WITHIN_S)
    if done and waiting.result() != 0:
        log.info("%s ended with %s", argv[0], waiting.result())
        return False
    return True


_reaping: set[asyncio.Task[int]] = set()
"""Browsers that run: held here until they end, so that none stays a zombie."""


async def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for it without a thread where the system can say so. asyncio's own subprocesses would be killed with the loop."""
    if not hasattr(os, "pidfd_open"):
        return await asyncio.to_thread(process.wait)
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:  # an old kernel
        return await asyncio.to_thread(process.wait)
    loop = asyncio.get_running_loop()
    is_over: asyncio.Future[None] = loop.create_future()

    def say() -> None:
        loop.remove_reader(descriptor)
        if not is_over.done():
            is_over.set_result(None)

    loop.add_reader(descriptor, say)
    try:
        await is_over
        return process.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
