"""When the pages process comes, what it asks the browser to open, and when it ends: the real one, with a fake daemon."""

from __future__ import annotations

import asyncio
import time

import pytest

from support.pages_run import PagesRun, StartPages, until
from support.patience import PATIENCE_S

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINGER_S = 0.6
"""Instead of a minute."""


async def open_stream(run: PagesRun, generation: int = 1) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A page that looks, without a browser."""
    guide, cookie = await run.enter()
    reader, writer = await asyncio.open_connection("127.0.0.1", run.port)
    target = guide.replace("/guide", f"/events?page=guide&generation={generation}")
    writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{run.port}\r\nCookie: {cookie}\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def test_it_ends_when_nobody_looks(start_pages: StartPages) -> None:
    """No page, no prompt, no session: it ends by itself, cleanly and without a word."""
    run = await start_pages(LINGER_S, offered=True)
    run.daemon.reset()

    assert await run.has_ended()
    assert run.process
    assert run.process.returncode == 0
    assert "Traceback" not in run.log


async def test_it_stays_while_a_page_is_open(start_pages: StartPages) -> None:
    """An open page keeps it; the last one that closes starts the wait."""
    run = await start_pages(LINGER_S, offered=True)
    _reader, writer = await open_stream(run)
    run.daemon.reset()

    assert await run.goes_on(2 * LINGER_S)
    closed = time.monotonic()
    writer.close()
    assert await run.has_ended()
    assert time.monotonic() - closed >= LINGER_S - 0.1


async def test_it_stays_while_a_prompt_is_open_or_a_session_runs(start_pages: StartPages) -> None:
    """The guide may be asked for at any moment; afterwards it ends."""
    run = await start_pages(LINGER_S, offered=True)
    assert await run.goes_on(2 * LINGER_S)
    run.daemon.begin()
    assert await run.goes_on(2 * LINGER_S)

    run.daemon.end("partial")
    assert await run.has_ended()


async def test_the_daemon_is_told_of_the_last_guide_that_is_closed_in_a_stretch(start_pages: StartPages) -> None:
    """Not of one that is loaded anew, nor before the stretch; and that one is there again."""
    run = await start_pages()
    _reader, writer = await open_stream(run)
    writer.close()
    run.daemon.begin()
    reader, writer = await open_stream(run, 2)
    await reader.readuntil(b'"session":{')
    writer.close()
    _reader, writer = await open_stream(run, 3)  # as by a reload
    writer.close()
    assert await run.daemon.wait_for_call("pages_guide") == {"open": False}
    _reader, writer = await open_stream(run, 4)
    assert await run.daemon.wait_for_call("pages_guide") == {"open": True}
    writer.close()
    assert await run.daemon.wait_for_call("pages_guide") == {"open": False}


async def test_it_ends_when_the_daemon_stays_away(start_pages: StartPages) -> None:
    """Even with a page open: it has nothing more to say."""
    run = await start_pages(LINGER_S, offered=True)
    _reader, writer = await open_stream(run)

    await run.daemon.kill()

    assert await run.has_ended()
    writer.close()


async def test_it_finds_the_daemon_that_was_started_anew(start_pages: StartPages) -> None:
    """Same port, same pages; what the new daemon says reaches the open page."""
    run = await start_pages()
    port = run.port
    reader, writer = await open_stream(run)

    await run.daemon.kill()
    await reader.readuntil(b'"connected":false')
    await run.daemon.start()
    await reader.readuntil(b'"connected":true')

    assert run.port == port
    run.daemon.offer()
    await reader.readuntil(b'"headline":"Time to get up"')
    writer.close()


async def test_a_page_is_opened_with_the_desktops_leave(start_pages: StartPages) -> None:
    """The activation token of the click goes to the browser, and no older one."""
    run = await start_pages(XDG_ACTIVATION_TOKEN="stale")  # noqa: S106

    run.daemon.open_page("guide", "token-of-the-click")
    assert (await run.opened()).endswith(" token-of-the-click")
    run.daemon.open_page("status")
    assert (await run.opened()).endswith("to=status ")


async def test_two_clicks_open_one_window(start_pages: StartPages) -> None:
    """A second order for the same page, while the first is on its way, is the same order."""
    run = await start_pages()

    run.daemon.open_page("guide")
    run.daemon.open_page("guide")
    run.daemon.open_page("status")

    opened = [await run.opened(), await run.opened()]
    assert sorted(line.split("to=")[1].strip() for line in opened) == ["guide", "status"]


async def test_where_no_browser_can_be_started_the_daemon_is_told(start_pages: StartPages) -> None:
    """It can say so in a notification; the address, which lets in whoever has it, is neither said nor logged."""
    run = await start_pages(UNSIT_GUIDE__BROWSER="/nonexistent/browser", PATH="/nonexistent")

    run.daemon.open_page("guide")

    problem = await run.daemon.wait_for_call("pages_problem")
    assert problem["page"] == "guide"
    assert "guide.browser" in problem["message"]
    assert "key=" not in problem["message"] + run.log


async def test_a_page_that_does_not_exist_is_no_silent_failure(start_pages: StartPages) -> None:
    run = await start_pages()

    run.daemon.open_page("../etc/passwd")

    assert "no page called ../etc/passwd" in (await run.daemon.wait_for_call("pages_problem"))["message"]


async def test_a_daemon_that_talks_nonsense_is_left(start_pages: StartPages) -> None:
    """What it sends is not shown; the process goes on trying until it ends."""
    run = await start_pages(LINGER_S, offered=True)

    run.daemon.say_raw(b'{"method":"snapshot","params":{"phase":7}}\n')

    await until(lambda: "No daemon at" in run.log, "the connection to be given up")
    await run.daemon.wait_for_call("subscribe")


async def test_a_daemon_that_refuses_the_pages_is_asked_again(start_pages: StartPages) -> None:
    """One that is just starting may not be able to answer yet."""
    run = await start_pages()
    run.daemon.refuse["subscribe"] = ("Unsit is just starting.", "")
    await run.daemon.kill()
    await run.daemon.start()
    await run.daemon.wait_for_call("subscribe")

    run.daemon.refuse.clear()
    await run.daemon.wait_for_call("subscribe")

    reader, writer = await open_stream(run)
    await reader.readuntil(b'"connected":true')
    writer.close()


async def test_a_week_that_could_not_be_told_is_asked_for_again(start_pages: StartPages) -> None:
    """With the next change, and once it is known no more."""
    run = await start_pages(60, offered=True)
    run.daemon.refuse["week"] = ("the history is busy", "")
    run.daemon.begin()
    run.daemon.end("completed", work={"left": 30})
    await run.daemon.wait_for_call("week")

    del run.daemon.refuse["week"]
    run.daemon.calls.clear()
    async with asyncio.timeout(PATIENCE_S):
        while not any(method == "week" for method, _params in run.daemon.calls):
            run.daemon.set(sat_s=time.monotonic())
            await asyncio.sleep(0.02)
