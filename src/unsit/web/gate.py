"""Who may see the pages: nobody but the browser that followed a link we made.

Threats: a hostile page in the same browser (cross-origin requests, DNS rebinding, framing); another user of the machine
(who reaches every loopback port, and sees the links in the process list); another server on 127.0.0.1 (cookies know no
ports: ours carries an unguessable path, so that no other server is ever sent it). Here is the decision, as ASGI
middleware; what the pages say is server.py's.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEY_LIFETIME_S: Final = 30.0
"""From the making of a link to its use: the start of a browser that was not running takes a few seconds."""
MAX_KEYS: Final = 16
MAX_BODY_BYTES: Final = 64 * 1024
REQUESTS_PER_S: Final = 30.0
REQUEST_BURST: Final = 120.0
"""A page is seven requests; somebody who leans on a key makes thirty a second."""
COOKIE: Final = "unsit"
TOKEN_HEADER: Final = "x-unsit-token"  # noqa: S105 - the name of a header, not a secret

SECURITY_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(),"
        " display-capture=(), screen-wake-lock=(self), fullscreen=(self)"
    ),
    "cache-control": "no-store",
    "x-robots-tag": "noindex",
}


class Forbidden(PlainTextResponse):
    """Always the same bytes: whoever is not let in learns nothing, not even which pages there are; and keeps no connection
    that others need."""

    def __init__(self) -> None:
        super().__init__("403 Forbidden\n", status_code=403, headers={"connection": "close"})


class Keys:
    """The one-time secrets of links: each good for one page, once, for `KEY_LIFETIME_S`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._made: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def make(self, page: str) -> str:
        key = secrets.token_urlsafe(32)
        self._made[key] = (self._clock(), page)
        while len(self._made) > MAX_KEYS:
            self._made.popitem(last=False)
        return key

    def use(self, key: str) -> str | None:
        """The page the key was made for, once; None for one that is unknown, used or late."""
        found = None
        for known in self._made:  # every one is compared, in constant time each
            if hmac.compare_digest(known.encode(), key.encode()):
                found = known
        if found is None:
            return None
        made, page = self._made.pop(found)
        return page if self._clock() - made <= KEY_LIFETIME_S else None

    def is_page_coming(self, page: str, within_s: float) -> bool:
        """A link to `page` was made so recently that the browser may still be on its way with it."""
        return any(to == page and self._clock() - made <= within_s for made, to in self._made.values())


class Bucket:
    """A token bucket: `burst` at once, `per_s` in the long run."""

    def __init__(self, per_s: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s, self._burst, self._clock = per_s, burst, clock
        self._left, self._then = burst, clock()

    def take(self) -> bool:
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._then) * self._per_s)
        self._then = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Gate:
    """Checks every request before any page's code runs.

    Attributes:
        base: the path below which the pages are; random, and not a secret.
        token: what every POST must carry in `TOKEN_HEADER`; only a page of ours could have read it.
    """

    def __init__(self, app: ASGIApp, port: int, on_enter: Callable[[str], None] = lambda page: None) -> None:
        self._app, self._on_enter = app, on_enter
        self._host = f"127.0.0.1:{port}"
        self._origin = f"http://{self._host}"
        self._cookie = secrets.token_urlsafe(32)
        self._requests = Bucket(REQUESTS_PER_S, REQUEST_BURST)
        self.base = f"/{secrets.token_urlsafe(9)}"
        self.token = secrets.token_urlsafe(32)
        self.keys = Keys()

    def link(self, page: str) -> str:
        """An address that lets one browser in, once, to see `page`."""
        return f"{self._origin}/enter?key={self.keys.make(page)}&to={page}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # a WebSocket or a lifespan message: nothing of ours
            return

        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
            await send(message)

        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > MAX_BODY_BYTES:  # sent in pieces, without a length
                    raise HTTPException(413)
            return message

        refusal = self._judge(scope)
        if refusal is not None:
            await refusal(scope, receive, send_hardened)
            return
        await self._app(scope, receive_bounded, send_hardened)

    def _judge(self, scope: Scope) -> ASGIApp | None:
        """What to answer instead of the page; None lets the request through."""
        headers = Headers(scope=scope)
        method, path = scope["method"], scope["path"]
        if headers.getlist("host") != [self._host]:  # DNS rebinding: another name that now points here
            return Forbidden()
        origins = headers.getlist("origin")
        if any(origin != self._origin for origin in origins) or len(origins) > 1:
            return Forbidden()
        # Browsers that know the header say where a request comes from; `none` is the address bar or the command line.
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return Forbidden()
        if headers.get("sec-fetch-dest", "") in ("iframe", "frame", "embed", "object"):
            return Forbidden()
        is_known = self._knows(scope)
        if method == "GET" and path == "/enter":
            return self._enter(scope, is_known)
        if not is_known or not path.startswith(self.base + "/"):
            return Forbidden()
        if not self._requests.take():
            return PlainTextResponse("429 Too Many Requests\n", status_code=429, headers={"retry-after": "1"})
        if method == "GET":
            return None
        if method != "POST" or origins != [self._origin]:
            return Forbidden()
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self.token.encode()):
            return Forbidden()
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            return PlainTextResponse("413 Content Too Large\n", status_code=413)
        return None

    def _knows(self, scope: Scope) -> bool:
        given = HTTPConnection(scope).cookies.get(COOKIE, "")
        return hmac.compare_digest(given.encode(), self._cookie.encode())

    def _enter(self, scope: Scope, is_known: bool) -> ASGIApp:
        query = HTTPConnection(scope).query_params
        page = self.keys.use(query.get("key", ""))
        if page is None or page != query.get("to"):
            return Forbidden()
        self._on_enter(page)
        # 303 and a relative address: the secret is gone from the address bar, and this step from the history.
        answer = RedirectResponse(f"{self.base}/{page}", status_code=303)
        if not is_known:
            answer.set_cookie(COOKIE, self._cookie, path=self.base + "/", httponly=True, samesite="strict")
        return answer
