"""The pages process: the control socket on one side, the browser on the other, and when to end.

It lives while somebody looks or may look soon. It polls nothing; uvicorn's tick of ten a second is its own, which is why
none of this is in the daemon.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import FrameType
from typing import Any, Final

import uvicorn

from unsit.adapters.browser import Browser
from unsit.catalogue import Catalogue
from unsit.control_link import CommandRefused, DaemonGone, DaemonLink, OpenPage
from unsit.ports import AdapterError
from unsit.web.connection import Connection
from unsit.web.server import PAGES, Streams, make_app
from unsit.web.views import page_view
from unsit.words import _

log = logging.getLogger(__name__)

LINGER_S: Final = 60.0
"""How long it stays without a page, without a prompt and session, or without a daemon."""
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
        self._server = _Server(
            uvicorn.Config(
                self._gate,
                http=Connection,
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
            ),
            self._streams.close,
        )
        self._link = DaemonLink(control_socket, {"port": port, "pid": os.getpid()}, self._on_change, self._on_open_page)
        self._view: dict[str, Any] | None = None
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
        await self._link.call(method, dict(params))

    # what the daemon says

    def _on_change(self) -> None:
        self._view = None
        self._streams.publish()
        self._reconsider()

    def _on_open_page(self, order: OpenPage) -> None:
        if order.page not in PAGES:
            self._spawn(
                self._report(
                    order.page,
                    _("There is no page called {page}. Use `unsit config` in a terminal.").format(page=order.page),
                )
            )
            return
        if self._gate.keys.is_page_coming(order.page, DOUBLE_CLICK_S):
            return
        self._spawn(self._open(order, self._gate.link(order.page)))

    async def _open(self, order: OpenPage, link: str) -> None:
        try:
            await self._browser.open(link, order.token)
        except AdapterError:
            # Not the reason as it stands: the address in it lets in whoever reads it first, and this goes to the log.
            message = _("No browser could be started. Name yours in the settings (guide.browser), or use a terminal.")
            await self._report(order.page, message)

    async def _report(self, page: str, message: str) -> None:
        """Tell the person, by way of the daemon: there is no page to say it on."""
        log.warning("%s", message)
        try:
            await self._link.call("pages_problem", {"page": page, "message": message})
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
        self._streams.close()
        self._server.should_exit = True

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            # A bug of ours. Without the link the pages would show a daemon that is no longer listened to.
            log.error("The pages process ends by a fault", exc_info=fault)
            self._end()


class _Server(uvicorn.Server):
    """Says good-bye to the open pages when it is told to end, so that it need not wait for them."""

    def __init__(self, config: uvicorn.Config, say_goodbye: Callable[[], None]) -> None:
        super().__init__(config)
        self._say_goodbye = say_goodbye

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        asyncio.get_running_loop().call_soon_threadsafe(self._say_goodbye)
        super().handle_exit(sig, frame)
