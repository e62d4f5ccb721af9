"""Pages processes, each with a fake daemon of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from support.pages_run import PagesRun, StartPages


@pytest_asyncio.fixture(loop_scope="module")
async def start_pages() -> AsyncIterator[StartPages]:
    """Starts pages processes, which end with the test."""
    runs: list[PagesRun] = []

    async def start(linger_s: float = 30, *, offered: bool = False, **env: str) -> PagesRun:
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
