"""Pages processes, each with a fake daemon of its own, and the browser that looks at them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from support.guide import CHROMIUM_ARGS, Guide, open_guide
from support.pages_run import PagesRun, StartPages


@pytest_asyncio.fixture(loop_scope="module")
async def start_pages() -> AsyncIterator[StartPages]:
    """Starts pages processes, which end with the test."""
    runs: list[PagesRun] = []

    async def start(linger_s: float = 30, *, offered: bool = False, **env: str | None) -> PagesRun:
        runs.append(PagesRun(linger_s, **env))
        if offered:  # before it can find that there is nothing to stay for
            runs[-1].daemon.offer()
        await runs[-1].start()
        return runs[-1]

    yield start
    for run in runs:
        await run.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def own_pages(start_pages: StartPages) -> PagesRun:
    return await start_pages()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pages() -> AsyncIterator[PagesRun]:
    """One for all tests of a module that leave it as they found it."""
    run = PagesRun(linger_s=30)
    await run.start()
    yield run
    await run.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def guide(chromium: Browser, pages: PagesRun) -> AsyncIterator[Guide]:
    """Fails a test whose page the browser complained about."""
    opened = await open_guide(chromium, pages)
    yield opened
    await opened.page.context.close()
    assert opened.complaints == []
