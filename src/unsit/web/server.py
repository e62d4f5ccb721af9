"""The pages as a Starlette application: what each address answers. Who is let in is gate.py's."""

from __future__ import annotations

import asyncio
import gzip
import html
import logging
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any, Final, Protocol, get_args

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from unsit.catalogue import Catalogue, drawing
from unsit.control_link import CommandRefused, DaemonGone, boot_now_s
from unsit.core.model import Side
from unsit.daemon.commands import SHELL_WORDS, SWITCHES, WORDS
from unsit.ports import Page
from unsit.web.exercise_views import about_labels, link_labels, list_labels
from unsit.web.figures import moving_figure_json, still_figure
from unsit.web.gate import Gate
from unsit.web.views import labels
from unsit.words import _

log = logging.getLogger(__name__)

ASSETS: Final = Path(__file__).parent / "assets"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
PAGES: Final = get_args(Page)
JSON: Final = "application/json"
GZIP_LEVEL: Final = 6
"""A figure's frames become a quarter of what they were in a millisecond."""
RETRY_MS: Final = 500
"""How soon the browser takes up a stream that broke."""


class CommandBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    method: str
    params: dict[str, str] = {}


class Source(Protocol):
    """What the pages show and command: the daemon, by way of the control socket."""

    @property
    def catalogue(self) -> Catalogue:
        """The exercises as they are now: their files may be saved while a page is open."""

    @property
    def shape(self) -> str:
        """What a guide in a browser makes of its window: a `guide.screen` (web/opening.py)."""

    def view(self, page: str) -> dict[str, Any]: ...

    async def command(self, method: str, params: dict[str, str]) -> None:
        """Raises CommandRefused, DaemonGone."""


class Stream:
    """One open page, as the server sees it: it is woken when there is something new to send.

    Attributes:
        generation: how many guides had been asked for when this page was made.
    """

    def __init__(self, page: str, generation: int) -> None:
        self.page, self.generation = page, generation
        self.is_superseded = False
        self.is_closing = False
        self.news = asyncio.Event()


class Streams:
    """The open pages. `on_count` is told whenever one comes or goes."""

    def __init__(self, on_count: Callable[[], None]) -> None:
        self._on_count = on_count
        self._open: set[Stream] = set()
        self.generation = 0

    def __len__(self) -> int:
        return len(self._open)

    @property
    def shows_guide(self) -> bool:
        return any(stream.page == "guide" for stream in self._open)

    def entered(self, page: str) -> None:
        """A link was followed: as soon as its guide is live, it takes the place of those that are open somewhere else."""
        self.generation += page == "guide"

    def join(self, stream: Stream) -> None:
        self._open.add(stream)
        log.debug("A page is open: %s", stream.page)
        guides = [other for other in self._open if other.page == "guide"]
        newest = max((guide.generation for guide in guides), default=0)
        for guide in guides:
            if guide.generation < newest:
                guide.is_superseded = True
                guide.news.set()
        self._on_count()

    def leave(self, stream: Stream) -> None:
        self._open.discard(stream)
        self._on_count()

    def close(self) -> None:
        """The process ends: tell every page, so that none waits for more."""
        for stream in self._open:
            stream.is_closing = True
            stream.news.set()

    def publish(self) -> None:
        for stream in self._open:
            stream.news.set()


class LiveResponse:
    """Server-sent events: the view now, and again whenever it changes, until the page goes.

    Not Starlette's StreamingResponse: that may notice a closed page only at the next thing it has to say, and here an open
    page is what keeps the process alive.
    """

    def __init__(self, stream: Stream, streams: Streams, source: Source) -> None:
        self._stream, self._streams, self._source = stream, streams, source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def wait_for_goodbye() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        self._streams.join(self._stream)
        goodbye = asyncio.create_task(wait_for_goodbye())
        try:
            await self._say(send, b"retry: %d\n" % RETRY_MS)
            while True:
                news = asyncio.create_task(self._stream.news.wait())
                await asyncio.wait((news, goodbye), return_when=asyncio.FIRST_COMPLETED)
                if goodbye.done():
                    news.cancel()
                    return
                self._stream.news.clear()
                if self._stream.is_closing:
                    await self._say(send)  # how it ended
                    await send(
                        {"type": "http.response.body", "body": b"event: ended\ndata: {}\n\n", "more_body": False}
                    )
                    return
                await self._say(send)
        finally:
            goodbye.cancel()
            self._streams.leave(self._stream)

    async def _say(self, send: Send, head: bytes = b"") -> None:
        if self._stream.is_superseded:
            head += b"event: superseded\n"
        body = msgspec.json.encode({"now_s": boot_now_s(), "view": self._source.view(self._stream.page)})
        await send({"type": "http.response.body", "body": head + b"data: " + body + b"\n\n", "more_body": True})


def make_app(source: Source, streams: Streams, port: int) -> Gate:
    """Every page, behind the gate."""
    assets = {path.name: path.read_bytes() for path in ASSETS.iterdir() if path.suffix in TYPES}
    assets["figure.css"] = drawing.stylesheet().encode()
    own_labels: dict[str, Callable[[], dict[str, str]]] = {
        "status": link_labels,
        "exercises": list_labels,
        "about": about_labels,
    }
    templates = {page: Template((ASSETS / f"{page}.html").read_text("utf-8")) for page in PAGES}

    async def show_page(request: Request) -> Response:
        """The template with its words, and the first view in it, so that the first paint is the right one."""
        name = request.path_params["page"]
        if name not in templates:
            raise HTTPException(404)
        words = labels() | own_labels.get(name, dict)()
        # `<` is escaped: no text may end the script element that carries the data.
        first = {
            "now_s": boot_now_s(),
            "view": source.view(name),
            "words": words,
            "token": gate.token,
            "page": name,
            "generation": streams.generation,
            "shape": source.shape,
        }
        data = msgspec.json.encode(first).decode().replace("<", "\\u003c")
        safe = {key: html.escape(word) for key, word in words.items()}
        # The language of the sentences, which may not be the browser's. Translators: your language's code (en, de, pt-BR).
        lang = html.escape(_("en"))
        # Translators: rtl where your language is written from right to left.
        direction = html.escape(_("ltr"))
        return HTMLResponse(templates[name].substitute(safe, data=data, lang=lang, dir=direction))

    async def show_asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in assets:
            raise HTTPException(404)
        return _packed(request, assets[name], TYPES[Path(name).suffix])

    async def show_figure(request: Request) -> Response:
        text = source.catalogue.get(request.path_params["exercise"])
        drawn = still_figure(text, _side(request)) if text is not None else None
        if drawn is None:
            raise HTTPException(404)
        return _packed(request, drawn.encode(), TYPES[".svg"])

    async def show_motion(request: Request) -> Response:
        text = source.catalogue.get(request.path_params["exercise"])
        stage = request.query_params.get("stage", "0")
        if text is None or not stage.isdecimal():
            raise HTTPException(404)
        moving = moving_figure_json(text, _side(request), int(stage))
        if moving is None:
            raise HTTPException(404)
        return _packed(request, moving, JSON)

    async def tell_time(request: Request) -> Response:
        return _json({"now_s": boot_now_s()})

    async def stream_events(request: Request) -> LiveResponse:
        query = request.query_params
        generation = query.get("generation", "")
        if not generation.isdecimal() or int(generation) > streams.generation:
            raise HTTPException(400)
        return LiveResponse(Stream(query.get("page", ""), int(generation)), streams, source)

    async def take_command(request: Request) -> Response:
        try:
            command = msgspec.json.decode(await request.body(), type=CommandBody)
        except msgspec.MsgspecError:
            raise HTTPException(400) from None
        if command.method not in (*WORDS, *SHELL_WORDS, *SWITCHES):
            raise HTTPException(400)
        try:
            await source.command(command.method, command.params)
        except CommandRefused as refusal:
            return _json({"message": refusal.message, "next_step": refusal.next_step}, 409)
        except DaemonGone:
            return _json({"message": _("Unsit is not running at the moment."), "next_step": ""}, 503)
        return _json({})

    routes = [
        Route("/clock", tell_time),
        Route("/events", stream_events),
        Route("/command", take_command, methods=["POST"]),
        Route("/assets/{name}", show_asset),
        Route("/figure/{exercise}.json", show_motion),
        Route("/figure/{exercise}", show_figure),
        Route("/{page}", show_page),
    ]
    inner = Starlette(routes=routes)
    inner.router.redirect_slashes = False  # it would answer with an address that does not exist out here
    gate = Gate(_below(lambda: gate.base, inner), port, streams.entered)
    return gate


def _below(base: Callable[[], str], app: ASGIApp) -> ASGIApp:
    """The application under the gate's path: the gate has checked that the path begins with it."""

    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(base())
        await app({**scope, "path": path, "raw_path": path.encode()}, receive, send)

    return mounted


def _side(request: Request) -> Side:
    return "left" if request.query_params.get("side") == "left" else "right"


def _json(body: Any, status_code: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status_code, media_type=JSON)


def _packed(request: Request, body: bytes, media_type: str) -> Response:
    """For what is the same for everybody. Nothing that holds a secret is compressed: its length would tell of it."""
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(body, media_type=media_type)
    packed = gzip.compress(body, GZIP_LEVEL, mtime=0)
    return Response(packed, media_type=media_type, headers={"content-encoding": "gzip"})
