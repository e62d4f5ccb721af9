"""How the guide looks: what has to be in sight, and that nothing moves that does not have to."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from support.desktop import needs
from support.guide import Guide, contrast, open_guide
from support.pages_run import PagesRun

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs("chromium")]

FITS_ACROSS = "document.documentElement.scrollWidth <= innerWidth"
NUMBER_PX = "parseFloat(getComputedStyle(document.getElementById('number')).fontSize)"


async def test_everything_that_matters_fits_on_the_screen(guide: Guide) -> None:
    """From a small phone to 4K, and in the window that Chromium opens for a page of its own (1050x660).

    In a hold: no scrolling, the number a fifteenth of the height or more, every control there. While getting ready: the
    number a tenth of the height or more, and its ring in sight.
    """
    sizes = ((320, 568), (360, 640), (1050, 660), (1280, 800), (1920, 1080), (3840, 2160), (800, 1280), (1024, 460))
    for width, height in sizes:
        size = f"{width}x{height}"
        await guide.page.set_viewport_size({"width": width, "height": height})
        guide.daemon.reset()
        guide.daemon.offer()
        await guide.is_in("before")
        assert await guide.page.evaluate(FITS_ACROSS), size
        guide.daemon.begin((("prepare", 10, None), ("hold", 30, "left"), ("hold", 30, "right")))
        await guide.is_in("session")
        await guide.page.wait_for_selector("html[data-kind=prepare]")
        assert await guide.page.evaluate(FITS_ACROSS), size
        assert await guide.page.evaluate(NUMBER_PX) >= height / 10, size
        ring = await guide.page.locator(".ring").bounding_box()
        assert ring, size
        assert ring["y"] + ring["height"] <= height, size
        guide.daemon.go(1)
        await guide.page.wait_for_selector("html[data-kind=hold]")
        await guide.page.wait_for_selector("#figure svg")

        assert await guide.page.evaluate(FITS_ACROSS), size
        assert await guide.page.evaluate("document.documentElement.scrollHeight <= innerHeight + 1"), size
        assert await guide.page.evaluate(NUMBER_PX) >= height / 15, size
        for selector in (
            "#number",
            "#side-word",
            "#cue",
            "[data-command=toggle]",
            "[data-command=hurts]",
            "#figure svg",
        ):
            box = await guide.page.locator(selector).last.bounding_box()
            assert box, f"{selector} at {size}"
            is_inside = (
                box["x"] >= 0 and box["x"] + box["width"] <= width + 1 and box["y"] + box["height"] <= height + 1
            )
            assert is_inside, f"{selector} at {size}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_stands_out_from_its_ground(chromium: Browser, pages: PagesRun, scheme: str) -> None:
    """Contrast as WCAG 2.2 reckons it: 4.5 for text (AA), 7 for the number and the cue (AAA), 3 for the ring."""
    guide = await open_guide(chromium, pages, color_scheme=scheme)
    colours: dict[str, str] = await guide.page.evaluate(
        """Object.fromEntries("paper sheet ink soft left right still alarm alarm-sheet care-sheet on-accent line"
            .split(" ").map((name) => [name, getComputedStyle(document.body).getPropertyValue("--" + name).trim()]))"""
    )
    await guide.page.context.close()

    for front, ground, least in (
        ("ink", "paper", 7), ("ink", "sheet", 7), ("ink", "care-sheet", 7), ("soft", "paper", 4.5), ("soft", "sheet", 4.5),
        ("soft", "care-sheet", 4.5),
        ("left", "paper", 4.5), ("right", "paper", 4.5), ("still", "paper", 4.5),
        ("alarm", "sheet", 4.5), ("alarm", "alarm-sheet", 4.5),
        ("on-accent", "left", 4.5), ("on-accent", "right", 4.5), ("on-accent", "still", 4.5),
        ("left", "line", 3), ("right", "line", 3), ("still", "line", 3),
    ):  # fmt: skip
        assert contrast(colours[front], colours[ground]) >= least, f"{front} on {ground}"


async def test_with_reduced_motion_the_ring_steps_once_a_second(chromium: Browser, pages: PagesRun) -> None:
    guide = await open_guide(chromium, pages, reduced_motion="reduce")
    await guide.page.evaluate(
        "window.turns = 0; new MutationObserver(() => (turns += 1)).observe(document.getElementById('arc'), {attributes: true})"
    )
    pages.daemon.begin((("hold", 30, "left"),))
    await guide.page.wait_for_function("() => seen.length >= 3")

    assert await guide.page.evaluate("turns") <= 8
    await guide.page.context.close()
