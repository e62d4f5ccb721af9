"""Whoever opens a page: what a browser does with a link, without a browser."""

from __future__ import annotations

import http.client
import json
import re
from urllib.parse import urlsplit

from support.patience import PATIENCE_S


class Visitor:
    """Follows a link, keeps the cookie, sends what the page would."""

    def __init__(self, link: str) -> None:
        address = urlsplit(link)
        self._host = address.netloc
        entered = self._ask("GET", f"{address.path}?{address.query}", {})
        self._cookie = str(entered.getheader("set-cookie")).split(";")[0]
        self.guide = str(entered.getheader("location"))
        self.first = self.look()

    def _ask(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None = None
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self._host, timeout=PATIENCE_S)
        connection.request(method, target, body, headers)
        return connection.getresponse()

    def look(self) -> dict[str, object]:
        """What the page has in it."""
        page = self._ask("GET", self.guide, {"Cookie": self._cookie}).read().decode()
        found = re.search(r'<script type="application/json" id="first">(.*?)</script>', page, re.DOTALL)
        assert found
        return dict(json.loads(found[1]))

    def command(self, method: str, **params: str) -> tuple[int, dict[str, str]]:
        headers = {"Cookie": self._cookie, "Origin": f"http://{self._host}", "X-Unsit-Token": str(self.first["token"])}
        body = json.dumps({"method": method, "params": params}).encode()
        answer = self._ask("POST", self.guide.replace("/guide", "/command"), headers, body)
        return answer.status, json.loads(answer.read())

    def session(self) -> int | None:
        """The one that the page shows."""
        view = self.look()["view"]
        assert isinstance(view, dict)
        return view["session"]["id"] if view["session"] else None
