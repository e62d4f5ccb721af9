"""The guide's window closed in the middle of a stretch: the whole daemon, a real browser, and a notification server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from playwright.async_api import Page, async_playwright

from support.daemon_run import DaemonRun
from support.desktop import needs
from support.guide import CHROMIUM_ARGS
from support.notification_servers import FakeServer
from unsit.web.process import UNSEEN_AFTER_S

MakeRun = Callable[..., DaemonRun]
TITLE = "The stretch goes on"

pytestmark = needs("chromium")


async def test_a_closed_window_is_said_and_leads_back(make_run: MakeRun) -> None:
    """One that is loaded anew is not; the note goes with a new window, and with the stretch itself."""
    run = make_run('[prompt]\nevery = "1 h"\n[stretch]\nhold = 60\n', screen=False)
    run.record_links()
    server = FakeServer(run.desktop)
    await server.start()
    await asyncio.to_thread(run.start)

    def on_screen() -> bool:
        return any(note.title == TITLE for note in server.on_screen.values())

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)

        async def guide(number: int) -> Page:
            await run.desktop.until(lambda: len(run.links()) > number, 10, "the guide to be opened")
            page = await (await browser.new_context()).new_page()
            async with page.expect_response("**/events?*"):  # it is live, not only drawn
                await page.goto(run.links()[number])
            return page

        await asyncio.to_thread(run.done, "begin", "standing-lunge")
        page = await guide(0)
        began_s = time.monotonic()
        async with page.expect_response("**/events?*"):
            await page.reload()
        was_quick = time.monotonic() - began_s < UNSEEN_AFTER_S
        await page.close()
        await run.desktop.until(on_screen, 10, "the note")
        (id_,) = [id_ for id_, note in server.on_screen.items() if note.title == TITLE]
        note = server.on_screen[id_]
        assert note.body == "You closed its window."
        assert note.actions[1::2] == ["Show it", "Stop", ""]  # the last is the note itself

        server.emit("ActionInvoked", "us", id_, note.actions[note.actions.index("Show it") - 1])
        page = await guide(1)
        await run.desktop.until(lambda: not on_screen(), 10, "the end of the note")
        await page.close()
        await run.desktop.until(on_screen, 10, "the note again")
        await asyncio.to_thread(run.done, "session", "stop")
        await run.desktop.until(lambda: not on_screen(), 10, "the end of the note with the stretch")
        # A machine that stands still for so long in the middle of a reload has a window that is closed.
        assert not was_quick or [call.title for call in server.calls].count(TITLE) == 2
        await browser.close()
    await asyncio.to_thread(run.done, "quit")
    await server.kill()
