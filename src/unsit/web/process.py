"""The pages process: the control socket on one side, the browser on the other, and when to end.

It lives while somebody looks or may look soon. It polls nothing; uvicorn's tick of ten a second is its own, which is why
none of this is in the daemon.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from types import FrameType
from typing import Any, Final

import uvicorn

from unsit.catalogue import Catalogue
from unsit.control_link import CommandRefused, DaemonGone, DaemonLink, OpenPage
from unsit.settings.types import GuideSettings
from unsit.web.connection import Connection
from unsit.web.exercise_views import about_view, exercises_view
from unsit.web.opening import GUIDE, Opening
from unsit.web.server import PAGES, Streams, make_app
from unsit.web.views import page_view
from unsit.words import _

log = logging.getLogger(__name__)

LAST_WORDS_S: Final = 0.1
DOUBLE_CLICK_S: Final = 2.0
UNSEEN_AFTER_S: Final = 2.0
"""From the last window of the guide to the word that it was closed: one that is loaded anew is back by then."""
BROWSER_WITHIN_S: Final = 10.0
"""A window that was asked for, in a browser that has yet to start."""
MAX_CONNECTIONS: Final = 64


class Pages:
    """One run of the process.

    Args:
        read_settings: what counts now; asked anew for every page that is opened.
        linger_s: instead of `guide.close_after`.
    """

    def __init__(
        self,
        control_socket: Path,
        load_catalogue: Callable[[], Catalogue],
        *,
        read_settings: Callable[[], GuideSettings],
        linger_s: float | None = None,
    ) -> None:
        self._load_catalogue, self._read_settings, self._own_linger_s = load_catalogue, read_settings, linger_s
        self._settings = read_settings()
        self.catalogue = load_catalogue()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=MAX_CONNECTIONS)
        port = self._listener.getsockname()[1]
        self._opening = Opening(
            lambda page: self._gate.link(page),
            self._report,
            self._on_window_crash,
            lambda page: self._on_open_page(OpenPage(page)),
        )
        self._streams = Streams(self._on_streams)
        self._gate = make_app(self, self._streams, port)
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
            self._opening.stop,
        )
        self._link = DaemonLink(
            control_socket, {"port": port, "pid": os.getpid()}, self._on_change, self._on_open_page, self._on_quit
        )
        self._view: dict[str, Any] | None = None
        self._switches: list[dict[str, Any]] = []
        """What the daemon says of its exercises, as `catalogue` answers."""
        self._switches_of: tuple[int, tuple[str, ...]] | None = None
        """What they were asked for after: another version, or another one that hurt, and they are asked for anew."""
        self._week: dict[str, float] | None = None
        """What the week adds up to, the session that ended last included."""
        self._week_of: int | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._unseen_timer: asyncio.TimerHandle | None = None
        self._was_guide_shown = False
        self._is_unseen_told = False
        self._reasons: tuple[bool, bool, bool] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        self._reconsider()
        self._spawn(self._opening.prepare(self._settings))
        self._spawn(self._link.run())
        try:
            await self._server.serve(sockets=[self._listener])
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # what the pages show and command (server.Source)

    def view(self, page: str) -> dict[str, Any]:
        if self._view is None:
            link = self._link
            self._view = page_view(
                link.snapshot,
                self.catalogue,
                is_connected=link.is_connected,
                gone_s=link.gone_s,
                end_stays_s=self._settings.end_stays_s,
                week=self._week,
            )
        if page == "exercises":
            return self._view | exercises_view(self.catalogue, self._switches)
        if page == "about":
            return self._view | about_view(self.catalogue)
        return self._view

    async def command(self, method: str, params: dict[str, str]) -> None:
        await self._link.call(method, dict(params))

    @property
    def shape(self) -> str:
        return self._opening.shape

    # what the daemon says

    def _on_change(self) -> None:
        self._view = None
        self._streams.publish()
        self._follow_catalogue()
        self._follow_end()
        self._reconsider()

    def _follow_end(self) -> None:
        """What a week adds up to is asked for when a session ends, and only then."""
        snapshot = self._link.snapshot
        if not self._link.is_connected or snapshot is None or snapshot.session is not None or snapshot.last is None:
            return
        if snapshot.last.session is not None and snapshot.last.session != self._week_of:
            self._week_of = snapshot.last.session
            self._spawn(self._read_week(snapshot.last.session))

    async def _read_week(self, session: int) -> None:
        try:
            self._week = await self._link.call("week")
        except (CommandRefused, DaemonGone) as refusal:
            log.info("What the week adds up to could not be asked for: %s", refusal)
            self._week = None
            if self._week_of == session:
                self._week_of = None  # with the next change it is asked for again
        self._view = None
        self._streams.publish()

    def _follow_catalogue(self) -> None:
        link = self._link
        if not link.is_connected or link.snapshot is None:
            self._switches_of = None  # another daemon may count from the same number
            return
        known, now = self._switches_of, (link.snapshot.catalogue_version, link.snapshot.hurt)
        if now != known:
            self._switches_of = now
            self._spawn(self._read_exercises(is_saved=known is None or known[0] != now[0]))

    async def _read_exercises(self, *, is_saved: bool) -> None:
        """Args: is_saved: their files may have changed too."""
        try:
            switches = await self._link.call("catalogue")
        except (CommandRefused, DaemonGone) as refusal:
            log.info("The exercises could not be asked for: %s", refusal)
            return
        self._switches = switches
        if is_saved:
            self.catalogue = self._load_catalogue()
        self._view = None
        self._streams.publish()

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
        self._settings, self._view = self._read_settings(), None
        link = self._gate.link(order.page)
        self._spawn(self._opening.open(order.page, self._settings, link, order.token))

    def _on_window_crash(self) -> None:
        """Somebody may stand in the middle of a stretch: they go on with the page in their browser."""
        if self._link.snapshot is not None and self._link.snapshot.session is not None:
            self._spawn(self._opening.open(GUIDE, self._settings, self._gate.link(GUIDE)))

    async def _report(self, page: str, message: str, was_shown: bool = False) -> None:
        """Tell the person, by way of the daemon: there is no page to say it on."""
        log.warning("%s", message)
        try:
            await self._link.call("pages_problem", {"page": page, "message": message, "shown": was_shown})
        except (CommandRefused, DaemonGone) as refusal:
            log.info("The daemon could not be told: %s", refusal)

    # whether the guide is seen

    def _on_streams(self) -> None:
        self._reconsider()
        is_shown = self._streams.shows_guide
        if is_shown == self._was_guide_shown:
            return
        self._was_guide_shown = is_shown
        if self._unseen_timer is not None:
            self._unseen_timer.cancel()
            self._unseen_timer = None
        if not is_shown:
            self._wait_for_guide()
        elif self._is_unseen_told:
            self._is_unseen_told = False
            self._spawn(self._tell_guide(is_open=True))

    def _wait_for_guide(self) -> None:
        """In a stretch one may be closed by mistake, or only be loaded anew."""
        session = self._running_session()
        if session is not None:
            self._unseen_timer = asyncio.get_running_loop().call_later(UNSEEN_AFTER_S, self._on_unseen, session)

    def _on_unseen(self, session: int) -> None:
        self._unseen_timer = None
        if self._running_session() != session or self._server.should_exit:
            return
        if self._gate.keys.is_page_coming(GUIDE, BROWSER_WITHIN_S):
            self._wait_for_guide()
        else:
            self._is_unseen_told = True
            self._spawn(self._tell_guide(is_open=False))

    def _running_session(self) -> int | None:
        """The id of the stretch, while the daemon says that there is one."""
        snapshot = self._link.snapshot
        if not self._link.is_connected or snapshot is None or snapshot.session is None:
            return None
        return snapshot.session.id

    async def _tell_guide(self, *, is_open: bool) -> None:
        try:
            await self._link.call("pages_guide", {"open": is_open})
        except (CommandRefused, DaemonGone) as refusal:
            log.info("The daemon could not be told of the guide: %s", refusal)

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
            linger_s = self._settings.close_after_s if self._own_linger_s is None else self._own_linger_s
            self._ending = asyncio.get_running_loop().call_later(linger_s, self._end)

    def _on_quit(self) -> None:
        """The daemon ends in order. What it said last is still on its way to the pages."""
        asyncio.get_running_loop().call_later(LAST_WORDS_S, self._end)

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
    """Says good-bye to the open pages when it is told to end, so that it need not wait for them.

    Args:
        at_end: the last that is done. After a signal uvicorn ends the process itself: nothing behind `serve` comes about.
    """

    def __init__(
        self, config: uvicorn.Config, say_goodbye: Callable[[], None], at_end: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(config)
        self._say_goodbye, self._at_end = say_goodbye, at_end

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().shutdown(sockets)
        finally:
            await self._at_end()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        loop = asyncio.get_running_loop()
        # What the daemon said last, before it told this process to end, is still on its way.
        loop.call_soon_threadsafe(loop.call_later, LAST_WORDS_S, self._say_goodbye)
        super().handle_exit(sig, frame)
