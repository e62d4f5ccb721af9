"""The pages process: the control socket on one side, the browser on the other, and when to end.

It lives while somebody looks or may look soon. It polls nothing; uvicorn's tick of ten a second is its own, which is why
none of this is in the daemon.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

import uvicorn

from unsit.adapters.browser import Browser
from unsit.catalogue import Catalogue
from unsit.ports import AdapterError
from unsit.web.link import CommandRefused, DaemonGone, DaemonLink, OpenPage
from unsit.web.server import PAGES, Streams, make_app
from unsit.web.views import page_view

log = logging.getLogger(__name__)

LINGER_S: Final = 60.0
"""How long it stays without a page, without a prompt and session, or without a daemon."""
OWN_BEGIN_S: Final = 5.0
"""A session that was begun on a page needs no second window."""
DOUBLE_CLICK_S: Final = 2.0
MAX_CONNECTIONS: Final = 64


class Pages:
    """One run of the process."""

    def __init__(
        self, control_socket: Path, catalogue: Catalogue, *, browser_command: str, close_after_s: float, linger_s: float
    ) -> None:
        self._catalogue, self._close_after_s, self._linger_s = catalogue, close_after_s, linger_s
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=MAX_CONNECTIONS)
        port = self._listener.getsockname()[1]
        self._browser = Browser(browser_command)
        self._streams = Streams(self._reconsider)
        self._gate = make_app(self, catalogue, self._streams, port)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._gate,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                limit_concurrency=MAX_CONNECTIONS,
                h11_max_incomplete_event_size=16 * 1024,
                timeout_graceful_shutdown=1,
            )
        )
        self._link = DaemonLink(control_socket, {"port": port, "pid": os.getpid()}, self._on_change, self._on_open_page)
        self._view: dict[str, Any] | None = None
        self._began = -OWN_BEGIN_S
        self._ending: asyncio.TimerHandle | None = None
        self._reasons: tuple[bool, bool, bool] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        self._reconsider()
        self._spawn(self._browser.prepare())
        self._spawn(self._link.run())
        try:
            await self._server.serve(sockets=[self._listener])
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # what the pages show and command (server.Source)

    def view(self) -> dict[str, Any]:
        if self._view is None:
            link = self._link
            self._view = page_view(
                link.snapshot,
                self._catalogue,
                is_connected=link.is_connected,
                gone_s=link.gone_s,
                close_after_s=self._close_after_s,
            )
        return self._view

    async def command(self, method: str, params: dict[str, str]) -> None:
        if method == "begin":
            self._began = time.monotonic()
        await self._link.call(method, dict(params))

    # what the daemon says

    def _on_change(self) -> None:
        self._view = None
        self._streams.publish()
        self._reconsider()

    def _on_open_page(self, order: OpenPage) -> None:
        if order.page not in PAGES:
            log.warning("Asked for a page that does not exist: %s", order.page)
            return
        if order.page == "guide" and len(self._streams) and time.monotonic() - self._began < OWN_BEGIN_S:
            return
        if self._gate.keys.is_page_coming(order.page, DOUBLE_CLICK_S):
            return
        self._spawn(self._open(order))

    async def _open(self, order: OpenPage) -> None:
        link = self._gate.link(order.page)
        try:
            await self._browser.open(link, order.token)
        except AdapterError as error:
            log.warning("%s", error)
            try:
                await self._link.call("pages_problem", {"page": order.page, "message": str(error)})
            except (CommandRefused, DaemonGone) as refusal:
                log.info("The daemon could not be told: %s", refusal)

    # when to end

    def _reconsider(self) -> None:
        snapshot = self._link.snapshot
        is_wanted = snapshot is not None and (snapshot.prompt is not None or snapshot.session is not None)
        reasons = (self._link.is_connected, len(self._streams) > 0, is_wanted)
        if reasons == self._reasons:
            return
        self._reasons = reasons
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        is_connected, is_watched, is_wanted = reasons
        if not is_connected or not (is_watched or is_wanted):
            self._ending = asyncio.get_running_loop().call_later(self._linger_s, self._end)

    def _end(self) -> None:
        log.info("Nothing left to show")
        self._server.should_exit = True

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
