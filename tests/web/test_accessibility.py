"""The guide for everybody: what axe-core finds, and what it cannot see."""

from __future__ import annotations

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, Page

from support.desktop import needs
from support.guide import STATES, open_guide
from support.pages_run import PagesRun

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs("chromium")]


async def faults(page: Page, *rules: str) -> list[str]:
    """What axe-core finds, WCAG and best practice alike: rule, element, and why. Args: rules: only these."""
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = await page.evaluate("async (options) => (await axe.run(options)).violations", options)
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


async def test_axe_finds_nothing_in_any_state(chromium: Browser, pages: PagesRun) -> None:
    """In a light and in a dark one; read through the debugger, since the page lets in no script but its own."""
    guide = await open_guide(chromium, pages, reduced_motion="reduce")
    page = guide.page
    await page.evaluate(AXE_SCRIPT)

    found = dict[str, list[str]]()
    for state in STATES:
        await guide.put_in(state)
        await page.emulate_media(color_scheme="light")
        found[f"{state}, light"] = await faults(page)
        await page.emulate_media(color_scheme="dark")
        found[f"{state}, dark"] = await faults(page, "color-contrast")
    await page.context.close()

    assert {state: said for state, said in found.items() if said} == {}


async def test_axe_finds_nothing_on_the_page_of_how_things_stand(chromium: Browser, pages: PagesRun) -> None:
    """With problems, with a command to take back, and with a refusal."""
    status = await open_guide(chromium, pages, "status")
    page, daemon = status.page, pages.daemon
    await page.evaluate(AXE_SCRIPT)
    found = await faults(page)
    daemon.offer()
    daemon.set(problems=("No tray was found. Use the command line.",))
    daemon.refuse["snooze"] = ("No snooze is left for this prompt.", "Start or skip it.")
    await page.get_by_role("button", name="Snooze").click()
    await page.wait_for_selector("#notice:not([hidden])")
    found += await faults(page)
    await page.emulate_media(color_scheme="dark")
    found += await faults(page, "color-contrast")
    await page.context.close()

    assert found == []


async def test_axe_finds_nothing_on_the_pages_that_are_read(chromium: Browser, pages: PagesRun) -> None:
    """The list with everything open, something off, something that hurt and a file with a mistake; and what Unsit is."""
    own = pages.dir / "config" / "unsit" / "exercises" / "broken.toml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text('id = "broken"\nname = "Broken"\nkind = "strech"\n')
    found = list[str]()
    for name in ("exercises", "about"):
        opened = await open_guide(chromium, pages, name, reduced_motion="reduce")
        pages.daemon.set(hurt=("supine",), catalogue_version=1)
        pages.daemon.switch("bridge", is_on=False)
        if name == "exercises":
            await opened.page.wait_for_selector("#faults-box:not([hidden])")
            await opened.page.wait_for_selector("[data-is=hurt]")
        await opened.page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
        await opened.page.evaluate(AXE_SCRIPT)
        found += await faults(opened.page)
        await opened.page.emulate_media(color_scheme="dark")
        found += await faults(opened.page, "color-contrast")
        await opened.page.context.close()
    own.unlink()

    assert found == []
