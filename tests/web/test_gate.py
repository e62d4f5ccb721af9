"""Who may see the pages: the real process, asked byte for byte as a hostile page or another user would."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from support.pages_run import PagesRun
from unsit.web.gate import MAX_BODY_BYTES

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORBIDDEN = b"403 Forbidden\n"


def token_in(page: bytes) -> str:
    found = re.search(rb'"token":"([^"]+)"', page)
    assert found
    return found[1].decode()


async def test_a_link_lets_one_browser_in_and_leaves_no_secret_in_the_address(pages: PagesRun) -> None:
    """The first request gets a strict cookie and is sent on; the address it is sent to says nothing secret."""
    link = await pages.link()

    answer = await pages.ask(link.removeprefix(pages.origin))

    cookie = answer.header("set-cookie")
    assert answer.status == 303
    assert "key" not in answer.header("location")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert f"Path={answer.header('location').removesuffix('guide')}" in cookie, (
        "other servers on this host do not get it"
    )
    assert "Domain" not in cookie
    guide = await pages.ask(answer.header("location"), Cookie=cookie.split(";")[0])
    assert guide.status == 200
    assert b"Standing lunge stretch" in guide.body


async def test_a_link_works_once(pages: PagesRun) -> None:
    """Another user who reads the address in the process list comes too late."""
    link = (await pages.link()).removeprefix(pages.origin)
    assert (await pages.ask(link)).status == 303

    answer = await pages.ask(link)

    assert (answer.status, answer.body) == (403, FORBIDDEN)
    assert not answer.header("set-cookie")


async def test_a_link_for_one_page_opens_no_other(pages: PagesRun) -> None:
    link = (await pages.link()).removeprefix(pages.origin)

    answer = await pages.ask(link.replace("to=guide", "to=status"))

    assert (answer.status, answer.body) == (403, FORBIDDEN)


@pytest.mark.parametrize(
    "host", ["localhost:{port}", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
async def test_another_name_for_this_host_sees_nothing(pages: PagesRun, host: str) -> None:
    """DNS rebinding: the hostile page's own name points to 127.0.0.1, and its browser sends that name."""
    guide, cookie = await pages.enter()
    link = (await pages.link()).removeprefix(pages.origin)

    for target in (guide, link):
        answer = await pages.ask(target, host=host.format(port=pages.port), Cookie=cookie)
        assert (answer.status, answer.body) == (403, FORBIDDEN)
    assert (await pages.ask(link)).status == 303, "and the link is still good for whom it was made"


async def test_without_the_cookie_every_address_answers_the_same(pages: PagesRun) -> None:
    """Not even which pages there are can be learnt."""
    guide, _cookie = await pages.enter()
    base = guide.removesuffix("guide")

    targets = ["/", "/guide", "/nonsense", "/favicon.ico", "/enter", "/enter?key=&to=guide", guide, base + "status"]
    targets += [
        base + "assets/page.css",
        base + "events?page=guide&generation=1",
        base + "clock",
        base + "figure/supine",
        base + "no",
    ]
    answers = [await pages.ask(target, Cookie="unsit=guess") for target in targets]

    assert {(answer.status, answer.body) for answer in answers} == {(403, FORBIDDEN)}
    assert len({tuple(answer.headers) for answer in answers}) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none", "Sec_Fetch_Dest": "iframe"},
    ],
)
async def test_another_page_of_the_same_browser_sees_nothing(pages: PagesRun, headers: dict[str, Any]) -> None:
    """Even if its requests came with our cookie."""
    guide, cookie = await pages.enter()

    answer = await pages.ask(guide, Cookie=cookie, **headers)

    assert (answer.status, answer.body) == (403, FORBIDDEN)
    assert not [name for name, _ in answer.headers if name.startswith("access-control")]


async def test_a_command_needs_cookie_origin_and_token(own_pages: PagesRun) -> None:
    """Each of them left out or wrong: 403, and the daemon hears nothing."""
    guide, cookie = await own_pages.enter()
    target = guide.replace("/guide", "/command")
    token = token_in((await own_pages.ask(guide, Cookie=cookie)).body)
    right = {"Cookie": cookie, "Origin": own_pages.origin, "X_Unsit_Token": token}
    body = json.dumps({"method": "begin"}).encode()

    for wrong in (
        {"Cookie": "unsit=guess"}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"X_Unsit_Token": token[:-1]},
        {"X_Unsit_Token": ""}, {"Sec_Fetch_Site": "same-site"},
    ):  # fmt: skip
        answer = await own_pages.ask(target, method="POST", body=body, **{**right, **wrong})
        assert (answer.status, answer.body) == (403, FORBIDDEN), wrong
    for name in right:
        given = {key: value for key, value in right.items() if key != name}
        answer = await own_pages.ask(target, method="POST", body=body, **given)
        assert (answer.status, answer.body) == (403, FORBIDDEN), name
    assert not own_pages.daemon.is_session

    answer = await own_pages.ask(target, method="POST", body=body, **right)
    assert answer.status == 200
    assert own_pages.daemon.is_session


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "TRACE"])
async def test_other_methods_are_refused(pages: PagesRun, method: str) -> None:
    guide, cookie = await pages.enter()

    answer = await pages.ask(guide, method=method, Cookie=cookie, Origin=pages.origin)

    assert answer.status == 403


async def test_a_large_body_is_not_read(pages: PagesRun) -> None:
    """With its length told, and in pieces without one."""
    guide, cookie = await pages.enter()
    token = token_in((await pages.ask(guide, Cookie=cookie)).body)
    right = {"Cookie": cookie, "Origin": pages.origin, "X_Unsit_Token": token}
    target = guide.replace("/guide", "/command")
    padding = b" " * (MAX_BODY_BYTES + 1)
    pieces = b"%x\r\n%b\r\n0\r\n\r\n" % (len(padding), padding)

    told = await pages.ask(target, method="POST", body=padding, **right)
    in_pieces = await pages.ask(target, method="POST", body=pieces, transfer_encoding="chunked", **right)

    assert (told.status, in_pieces.status) == (413, 413)


async def test_what_is_no_command_of_ours_does_not_reach_the_daemon(own_pages: PagesRun) -> None:
    """Neither unknown words nor those that are not for pages, nor something that is no command at all."""
    guide, cookie = await own_pages.enter()
    token = token_in((await own_pages.ask(guide, Cookie=cookie)).body)
    right = {"Cookie": cookie, "Origin": own_pages.origin, "X_Unsit_Token": token}
    heard = len(own_pages.daemon.calls)

    for body in (
        b'{"method":"quit"}',
        b'{"method":"status"}',
        b"[]",
        b"{",
        b'{"method":"begin","params":{"a":1}}',
        b"",
    ):
        answer = await own_pages.ask(guide.replace("/guide", "/command"), method="POST", body=body, **right)
        assert answer.status == 400
    assert len(own_pages.daemon.calls) == heard


async def test_a_refusal_comes_with_its_next_step(own_pages: PagesRun) -> None:
    guide, cookie = await own_pages.enter()
    token = token_in((await own_pages.ask(guide, Cookie=cookie)).body)
    own_pages.daemon.refuse["snooze"] = ("No snooze is left.", "Start or skip it.")

    answer = await own_pages.ask(
        guide.replace("/guide", "/command"),
        method="POST",
        body=b'{"method":"snooze","params":{"for":"5m"}}',
        Cookie=cookie,
        Origin=own_pages.origin,
        X_Unsit_Token=token,
    )

    assert answer.status == 409
    assert json.loads(answer.body) == {"message": "No snooze is left.", "next_step": "Start or skip it."}
    assert own_pages.daemon.calls[-1] == ("snooze", {"for": "5m"})


async def test_requests_without_end_are_slowed_down(own_pages: PagesRun) -> None:
    """More than any page needs gets 429 for a moment; strangers cannot use up what the person has."""
    guide, cookie = await own_pages.enter()
    target = guide.replace("/guide", "/clock")

    statuses = [(await own_pages.ask(target, Cookie=cookie)).status for _ in range(250)]
    assert set(statuses) == {200, 429}
    await asyncio.sleep(0.2)
    strangers = [(await own_pages.ask(target)).status for _ in range(20)]

    assert set(strangers) == {403}
    assert (await own_pages.ask(target, Cookie=cookie)).status == 200


async def test_every_answer_is_hardened(pages: PagesRun) -> None:
    """Strangers', pages' and assets' alike: nothing inline, nothing from elsewhere, no frame, no cache, no server name."""
    guide, cookie = await pages.enter()
    base = guide.removesuffix("guide")

    for target in (
        guide,
        base + "assets/guide.js",
        base + "figure/supine?side=left",
        base + "clock",
        base + "nothing",
        "/",
    ):
        answer = await pages.ask(target, Cookie=cookie)
        policy = answer.header("content-security-policy")
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("cache-control") == "no-store"
        assert answer.header("referrer-policy") == "no-referrer"
        assert answer.header("cross-origin-opener-policy") == "same-origin"
        assert not answer.header("server")
        assert not [name for name, _ in answer.headers if name.startswith("access-control")]


async def test_no_file_outside_the_assets_is_served(pages: PagesRun) -> None:
    guide, cookie = await pages.enter()
    base = guide.removesuffix("guide")

    for name in ("../gate.py", "..%2fgate.py", "%2e%2e/gate.py", "/etc/passwd", "guide.html", ""):
        answer = await pages.ask(f"{base}assets/{name}", Cookie=cookie)
        assert answer.status in (403, 404), name


async def test_it_listens_on_loopback_alone(pages: PagesRun) -> None:
    """As the kernel sees it: one listening socket of this port, on 127.0.0.1."""
    listening = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]  # noqa: ASYNC240  the kernel's, not a disk's
        if line.split()[3] == "0A" and int(line.split()[1].split(":")[1], 16) == pages.port
    ]

    assert listening == [f"0100007F:{pages.port:04X}"]
