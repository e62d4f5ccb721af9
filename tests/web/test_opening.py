"""Which way a page comes before the person: the real pages process, whose settings change while it runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.pages_run import PagesRun, StartPages

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_EXTRA = "raise ImportError('not on this machine')\n"


def without_extra(folder: Path) -> str:
    """A PYTHONPATH on which the extra `window` does not work, whether it is installed or not."""
    packages = folder / "packages"
    (packages / "PyQt6").mkdir(parents=True)
    (packages / "PyQt6" / "__init__.py").write_text(NO_EXTRA)
    (packages / "webview.py").write_text(NO_EXTRA)
    return str(packages)


async def shape_of(run: PagesRun, link: str) -> str:
    """What the page that the link leads to makes of its window."""
    entered = await run.ask(link.removeprefix(run.origin))
    page = await run.ask(entered.header("location"), cookie=entered.header("set-cookie").split(";")[0])
    first = re.search(rb'id="first">(.*?)</script>', page.body, re.DOTALL)
    assert first is not None
    shape = json.loads(first[1])["shape"]
    assert isinstance(shape, str)
    return shape


@pytest.mark.parametrize("screen", ["card", "full"])
async def test_without_the_window_the_browser_comes_as_near_as_it_can(
    start_pages: StartPages, tmp_path: Path, screen: str
) -> None:
    """It is said why, and the page knows what to make of its window."""
    run = await start_pages(UNSIT_GUIDE__SCREEN=screen, PYTHONPATH=without_extra(tmp_path))

    run.daemon.open_page("guide")

    link = (await run.opened()).split()[0]
    problem = await run.daemon.wait_for_call("pages_problem")
    assert problem["message"] == (
        "Unsit's own window does not work here (not on this machine). Your browser shows the guide instead."
    )
    assert problem["shown"] is True
    assert await shape_of(run, link) == screen


async def test_other_pages_are_the_browsers(start_pages: StartPages, tmp_path: Path) -> None:
    """`guide.screen` is about the guide. Nothing is amiss, and nothing is said."""
    run = await start_pages(UNSIT_GUIDE__SCREEN="full", PYTHONPATH=without_extra(tmp_path))

    link = await run.link("status")

    assert "to=status" in link
    assert await shape_of(run, link) == "window"
    assert not [call for call in run.daemon.calls if call[0] == "pages_problem"]


async def test_a_changed_setting_counts_at_the_next_opening(start_pages: StartPages, tmp_path: Path) -> None:
    """The browser, and where the guide shows up; a file with a mistake in it changes nothing."""
    run = await start_pages(UNSIT_GUIDE__BROWSER=None, PYTHONPATH=without_extra(tmp_path))
    opener = run.dir / "opener"
    settings = run.dir / "config" / "unsit" / "config.toml"
    settings.parent.mkdir(parents=True)

    settings.write_text(f'[guide]\nbrowser = "{opener} first {{url}}"\n')
    run.daemon.open_page("guide")
    assert (await run.opened()).startswith("first ")

    settings.write_text(f'[guide]\nbrowser = "{opener} second {{url}}"\nscreen = "card"\n')
    run.daemon.open_page("status")
    assert (await run.opened()).startswith("second ")

    settings.write_text("[guide]\nbrowser = 7\n")
    run.daemon.open_page("exercises")
    assert (await run.opened()).startswith("second ")
