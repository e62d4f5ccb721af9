"""How the guide looks: what has to be in sight, and that nothing moves that does not have to."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from support.desktop import needs
from support.fake_daemon import SHIPPED
from support.guide import CHROMIUM_ARGS, SHORT, STATES, Guide, contrast, open_guide
from support.pages_run import PagesRun, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs("chromium")]

# What covers something else, or is cut: every piece of text and every control, as they are painted. What scrolls by under
# the buttons that stay is no fault.
FAULTS = """() => {
  const root = document.querySelector("main:not([hidden])");
  const told = (element) => element.id || element.className || element.textContent.trim().slice(0, 20);
  const boxes = [];
  const controls = root.querySelector(".controls");
  const isSticky = controls && getComputedStyle(controls).position === "sticky";
  for (const element of root.querySelectorAll("h1, h2, p, li, dt, dd, summary, button, select, figure svg")) {
    if (!element.checkVisibility({visibilityProperty: true})) continue;
    if (element.closest("button, .path") && element.tagName !== "BUTTON") continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    // The height of its lines: a font's own box has room for accents above and below, where nothing is painted.
    const own = element.getBoundingClientRect();
    const text = /BUTTON|SELECT|svg/.test(element.tagName) || element.closest(".afar") ? own : range.getBoundingClientRect();
    const box = {left: text.left, right: text.right, width: text.width, top: Math.max(text.top, own.top),
                 bottom: element.scrollHeight > element.clientHeight + 1 ? text.bottom : Math.min(text.bottom, own.bottom)};
    if (!box.width || own.width <= 1 || element.parentElement.clientWidth === 1) continue; // for those who listen
    boxes.push([element, box]);
  }
  const faults = [];
  for (const [element, box] of boxes) {
    if (box.left < -1 || box.right > innerWidth + 1) faults.push(`${told(element)} sticks out at the side`);
    const isBelow = !isSticky && root.id === "session" && box.bottom > innerHeight + 1;
    if (box.top < -1 || isBelow) faults.push(`${told(element)} is cut`);
    const {scrollWidth, clientWidth, scrollHeight, clientHeight} = element;
    if (element.tagName === "BUTTON" && (scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 2))
      faults.push(`${told(element)} is too small for its words`);
  }
  for (const [a, one] of boxes)
    for (const [b, other] of boxes) {
      if (a === b || a.contains(b) || b.contains(a) || a.compareDocumentPosition(b) & 2) continue;
      if (isSticky && (controls.contains(a) !== controls.contains(b))) continue;
      if (a.matches(".paused-word") || b.matches(".paused-word")) continue; // a badge on the ring
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (wide > 2 && high > 3) faults.push(`${told(a)} and ${told(b)} overlap by ${Math.round(wide)}x${Math.round(high)}`);
    }
  return faults;
}"""
SIZES = (
    (320, 568), (360, 640), (420, 560), (683, 384), (1024, 460), (1050, 660), (1280, 800), (1366, 768), (1920, 1080),
    (3840, 2160), (800, 1280), (1080, 1920),
)  # fmt: skip
"""Small phones, the card, a laptop at 200 %, the window that Chromium opens for a page, screens lying and upright."""
SMALL = ((420, 560), (360, 640), (683, 384))
"""The card, a phone, and a laptop at 200 %."""
FULL_STATES = ("before", "prepare", "hold", "paused", "pain")
"""Those that have most to say; the others are looked at in every third window."""
PLACES = """() => [".picture", ".ring", ".side", "[data-command=toggle]"].map((selector) => {
  const {left, top, width, height} = document.querySelector("#session " + selector).getBoundingClientRect();
  return [left, top, width, height];
})"""
COUNT_THE_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const {value, sources} of list.getEntries()) shifts.push([value, sources.map(({node}) => node?.id || node?.nodeName)]);
}).observe({type: "layout-shift", buffered: true});
"""
# Shapes in a colour that is the window's own, and so not seen.
UNSEEN = """() => {
  const ground = getComputedStyle(document.body).backgroundColor;
  return [...document.querySelectorAll("main:not([hidden]) :is(.track, .arc, .pointer)")]
    .filter((element) => element.checkVisibility())
    .filter((element) => {
      const style = getComputedStyle(element);
      return [style.stroke, style.backgroundColor].every((colour) => [ground, "none", "rgba(0, 0, 0, 0)"].includes(colour));
    }).map((element) => element.className.baseVal ?? element.className);
}"""
# What is not wholly between the upper edge of the window and the buttons at the lower one.
UNDER_THE_BUTTONS = """(selector) => {
  const most = Math.min(innerHeight, document.querySelector("#session .controls").getBoundingClientRect().top) + 1;
  return [...document.querySelectorAll(selector)].filter((element) => {
    const {top, bottom} = element.getBoundingClientRect();
    return top < 0 || bottom > most;
  }).map((element) => element.id || element.textContent);
}"""
FIGURELESS = """
id = "calf"
name = "Calf stretch"
kind = "stretch"
place = "desk"
work = "hold"
per_side = true
steps = ["Hands to the wall, {side} leg back.", "Heel down."]
[cues.hold]
start = "Heel down."
[cues.switch]
start = "{Side} leg back."
"""
# As the screen has them: a mixed colour is computed in another notation.
OVER_AND_AHEAD = """() => {
  const pen = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const seen = (colour) => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return `rgb(${[...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).join()})`;
  };
  const style = (selector, part) => getComputedStyle(document.querySelector("#session " + selector), part);
  const path = [style(".path [data-is=over]", "::after").backgroundColor, style(".path [data-is=ahead]").backgroundColor];
  return {ring: [style(".arc").stroke, style(".track").stroke].map(seen), path: path.map(seen)};
}"""
FITS_ACROSS = "document.documentElement.scrollWidth <= innerWidth"
NUMBER_PX = "parseFloat(getComputedStyle(document.getElementById('number')).fontSize)"


async def test_everything_that_matters_fits_on_the_screen(guide: Guide) -> None:
    """From a small phone to 4K, and in the window that Chromium opens for a page of its own (1050x660).

    In a hold: no scrolling, the number a fifteenth of the height or more, every control there. While getting ready: the
    number a tenth of the height or more, and its ring in sight.
    """
    for width, height in SIZES:
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


async def test_steps_and_choices_are_in_sight_while_one_gets_ready(guide: Guide) -> None:
    """Without scrolling, in half a screen (945x1022) and whatever a window may be made into down to 600x560."""
    await guide.put_in("prepare", "half-kneeling-reach")
    hidden = dict[str, list[str]]()
    for width in (600, 768, 800, 945, 1050):
        for height in (560, 768, 900, 1022, 1080):
            await guide.page.set_viewport_size({"width": width, "height": height})
            await guide.frames(2)
            seen = "#steps li, #choices > :not([hidden])"
            hidden[f"{width}x{height}"] = await guide.page.evaluate(UNDER_THE_BUTTONS, seen)

    assert {size: names for size, names in hidden.items() if names} == {}


async def test_the_steps_of_every_exercise_are_in_sight_in_a_small_window(guide: Guide) -> None:
    """Whoever has ten seconds to read them does not scroll: in the card, on a phone, and on a laptop at 200 %."""
    hidden = dict[str, list[str]]()
    for exercise in SHIPPED:
        await guide.put_in("prepare", exercise.id)
        for width, height in SMALL:
            await guide.page.set_viewport_size({"width": width, "height": height})
            await guide.frames(2)
            hidden[f"{exercise.id} at {width}x{height}"] = await guide.page.evaluate(UNDER_THE_BUTTONS, "#steps li")

    assert {where: steps for where, steps in hidden.items() if steps} == {}


@pytest.mark.parametrize("size", SMALL)
async def test_in_a_small_window_what_may_be_chosen_takes_the_place_of_the_steps(
    guide: Guide, size: tuple[int, int]
) -> None:
    """Nothing that matters has to be scrolled to: steps, time, "This hurts", and, behind a button, what may be chosen."""
    page, daemon = guide.page, guide.daemon
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await guide.put_in("prepare", "half-kneeling-reach")
    opener = page.get_by_role("button", name="Change", exact=True)
    assert await page.locator("#steps li").filter(visible=True).count() == 4
    in_sight = "#title, #steps li, #session .ring, #choose"
    assert await page.evaluate(UNDER_THE_BUTTONS, in_sight) == []
    assert (
        await page.evaluate("document.querySelector('[data-command=hurts]').getBoundingClientRect().bottom") <= size[1]
    )
    assert await opener.get_attribute("aria-expanded") == "false"

    await opener.focus()
    await page.keyboard.press("Space")
    await page.locator("#chooser").wait_for()
    assert await opener.get_attribute("aria-expanded") == "true"
    assert await page.locator("#choices > *").filter(visible=True).count() == 4
    assert await page.evaluate(UNDER_THE_BUTTONS, "#choices > *, #session .ring") == []
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "chooser"
    await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await page.locator("#steps").wait_for()
    assert await page.evaluate("document.activeElement.id") == "choose"
    assert daemon.is_session, "Esc has closed what was opened, and stopped nothing"

    await opener.click()
    await page.locator("#chooser").click()
    await page.locator("#chooser").select_option("supine")
    assert await daemon.wait_for_call("choose") == {"exercise": "supine"}
    await page.locator("#steps").wait_for()
    await opener.click()
    daemon.go(1)
    await page.wait_for_selector("html[data-kind=hold]")
    await page.keyboard.press("Escape")
    await daemon.wait_for_call("stop")


async def test_in_a_window_that_has_become_large_esc_stops(guide: Guide) -> None:
    """There all is in sight, and nothing is left to close."""
    await guide.page.set_viewport_size({"width": 420, "height": 560})
    await guide.put_in("prepare")
    await guide.page.get_by_role("button", name="Change", exact=True).click()
    await guide.page.locator("#chooser").wait_for()

    await guide.page.set_viewport_size({"width": 1366, "height": 768})
    await guide.page.locator("#choose").wait_for(state="hidden")
    await guide.page.keyboard.press("Escape")
    await guide.daemon.wait_for_call("stop")


async def test_what_the_keyboard_comes_to_is_never_under_the_buttons(guide: Guide) -> None:
    """Where not all fits at once, the page scrolls to what has the focus (WCAG 2.2, 2.4.11)."""
    await guide.put_in("prepare", "half-kneeling-reach")
    for width, height in ((320, 568), (420, 560), (683, 384), (945, 1022)):
        await guide.page.set_viewport_size({"width": width, "height": height})
        await guide.page.evaluate("document.activeElement.blur(), scrollTo(0, 0)")
        opener = guide.page.locator("#choose")
        if await opener.is_visible() and await opener.get_attribute("aria-expanded") == "false":
            await opener.click()
        await guide.page.locator("#choose-first").focus()
        for key in ("Tab", "Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"):
            await guide.page.keyboard.press(key)
            await guide.frames(2)
            assert await guide.page.locator("#choices :focus").count() == 1
            assert await guide.page.evaluate(UNDER_THE_BUTTONS, ":focus") == [], f"{key} at {width}x{height}"


async def test_an_exercise_without_a_figure_has_its_steps_in_that_place(chromium: Browser, own_pages: PagesRun) -> None:
    """From getting ready on, and once: where there is too little room beside the ring they are below it."""
    path = own_pages.dir / "config" / "unsit" / "exercises" / "calf.toml"
    path.parent.mkdir(parents=True)
    path.write_text(FIGURELESS)
    own_pages.daemon.read_files()
    guide = await open_guide(chromium, own_pages, viewport={"width": 1366, "height": 768})
    for state in ("prepare", "hold"):
        await guide.put_in(state, "calf")
        assert await guide.page.locator("#instead").is_visible()
        assert "Hands to the wall" in await guide.text("#instead")
        assert not await guide.page.locator("#steps").is_visible()
        assert await guide.page.evaluate(FAULTS) == []
    await guide.put_in("prepare", "calf")
    await guide.page.set_viewport_size({"width": 420, "height": 560})
    assert await guide.page.locator("#steps").is_visible()
    assert not await guide.page.locator("#instead").is_visible()
    await guide.page.context.close()


async def test_the_figures_ground_ends_where_the_figure_does(guide: Guide) -> None:
    """What is below it, which may be nothing while the sides change, is not part of a half-empty panel."""
    await guide.page.set_viewport_size({"width": 1050, "height": 660})
    await guide.put_in("switch")
    ground, figure = await guide.page.evaluate(
        """() => {
          const figure = document.querySelector("#figure svg");
          const grounds = [];
          for (let place = figure; place !== document.body; place = place.parentElement)
            if (getComputedStyle(place).backgroundColor !== "rgba(0, 0, 0, 0)") grounds.push(place);
          return [grounds.at(-1), figure].map((element) => element.getBoundingClientRect().height);
        }"""
    )

    assert ground <= figure + 2


async def test_a_notice_moves_nothing_in_the_stretch(guide: Guide) -> None:
    """It lies on the title: neither the ring nor a button goes anywhere, and no scroll bar comes."""
    for width, height in ((945, 1022), (1366, 768), (420, 560), (1080, 1920)):
        await guide.page.set_viewport_size({"width": width, "height": height})
        await guide.put_in("hold")
        guide.daemon.refuse.clear()
        await guide.page.wait_for_selector("#figure svg")
        before = await guide.page.evaluate(PLACES)
        guide.daemon.refuse["next"] = (
            "Unsit is not running at the moment.",
            "This page goes on as soon as it is back.",
        )
        await guide.page.keyboard.press("ArrowRight")
        await guide.page.wait_for_selector("#notice:not([hidden])")
        notice = await guide.page.locator("#notice").bounding_box()
        side = await guide.page.locator("#side-word").bounding_box()

        assert await guide.page.evaluate(PLACES) == before
        assert notice
        assert side
        assert notice["y"] + notice["height"] <= side["y"]
        assert await guide.page.evaluate("document.documentElement.scrollHeight <= innerHeight + 1")
    guide.complaints.clear()  # of the refusals


@pytest.mark.parametrize(("direction", "sizes"), [("ltr", SIZES), ("rtl", SIZES[2:7:2])])
async def test_nothing_covers_another_or_is_cut(
    chromium: Browser, pages: PagesRun, direction: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    """In any window, in every state, with the exercise that has most to say; and in a script from right to left."""
    guide = await open_guide(chromium, pages, reduced_motion="reduce")
    await guide.page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
    found = dict[str, list[str]]()
    for state in STATES:
        await guide.put_in(state, "half-kneeling-reach")
        for width, height in sizes if state in FULL_STATES else sizes[::3]:
            await guide.page.set_viewport_size({"width": width, "height": height})
            await guide.frames(2)
            found[f"{state} at {width}x{height}"] = await guide.page.evaluate(FAULTS)
    await guide.page.context.close()

    assert {where: faults for where, faults in found.items() if faults} == {}


async def test_letters_twice_as_large_are_not_cut_either(pages: PagesRun) -> None:
    """By the browser's own setting: what does not fit scrolls by under the buttons."""
    found = dict[str, list[str]]()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*CHROMIUM_ARGS, "--blink-settings=defaultFontSize=32"]
        )
        guide = await open_guide(browser, pages, reduced_motion="reduce")
        for state in ("before", "prepare", "hold", "floor", "pain"):
            await guide.put_in(state, "half-kneeling-reach")
            for width, height in ((420, 560), (1024, 460), (1366, 768), (1920, 1080)):
                await guide.page.set_viewport_size({"width": width, "height": height})
                await guide.frames(2)
                found[f"{state} at {width}x{height}"] = await guide.page.evaluate(FAULTS)
        await browser.close()

    assert {where: faults for where, faults in found.items() if faults} == {}


async def test_no_scroll_bar_comes_and_goes_beside_the_stretch(pages: PagesRun) -> None:
    """Where it takes room, as on most desktops: figure and dial would move aside when one has read, in the middle of it all."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS, ignore_default_args=["--hide-scrollbars"]
        )
        guide = await open_guide(browser, pages, reduced_motion="reduce", viewport={"width": 420, "height": 560})
        places = []
        for state in ("prepare", "hold"):
            await guide.put_in(state, "half-kneeling-reach")
            await guide.frames(2)
            places.append(await guide.page.evaluate(PLACES))
            if state == "prepare":  # there is more to read, which a wheel brings up
                await guide.page.mouse.move(200, 300)
                await guide.page.mouse.wheel(0, 400)
                await guide.page.wait_for_function("() => scrollY > 20")
                await guide.page.evaluate("scrollTo(0, 0)")
        await browser.close()

    assert are_near(*places)


def are_near(some: list[list[float]], others: list[list[float]]) -> bool:
    """Within what the words on a button move it."""
    return all(
        abs(a - b) <= 3 for one, other in zip(some, others, strict=True) for a, b in zip(one, other, strict=True)
    )


async def test_figure_and_dial_keep_their_places(guide: Guide) -> None:
    """From getting ready to the walk, wide, in the card, and upright; also in a pause, and with the longest name."""
    for width, height in ((1366, 768), (1050, 660), (420, 560), (683, 384), (1080, 1920)):
        await guide.page.set_viewport_size({"width": width, "height": height})
        seen = dict[str, Any]()
        for state in ("prepare", "hold", "switch", "walk", "paused"):
            await guide.put_in(state, "half-kneeling-reach")
            await guide.frames(2)
            seen[state] = await guide.page.evaluate(PLACES)

        assert all(are_near(places, seen["prepare"]) for places in seen.values()), f"{width}x{height}: {seen}"


async def test_what_was_done_is_in_sight_also_in_the_card(guide: Guide) -> None:
    """Above all what follows where it hurt, which is the longest: nobody scrolls in a window that closes by itself."""
    for width, height in SMALL:
        await guide.page.set_viewport_size({"width": width, "height": height})
        for state in ("completed", "pain"):
            await guide.put_in(state, "half-kneeling-reach")
            lowest = await guide.page.locator("#end-week-box").bounding_box()
            assert lowest
            assert lowest["y"] + lowest["height"] <= height, f"{state} at {width}x{height}"


async def test_a_count_is_read_from_left_to_right_in_every_script(guide: Guide) -> None:
    """The third of ten is not the tenth of three."""
    await guide.page.evaluate("document.documentElement.dir = 'rtl'")
    guide.daemon.begin((("reps", 40, "left"),), "bird-dog")
    for is_large, number in ((True, "#floor-number"), (False, "#number")):
        await guide.page.wait_for_selector("html[data-kind=reps]")
        await guide.be_large(is_large=is_large)
        count, total = await guide.page.locator(number).evaluate(
            """(element) => [...element.childNodes].map((node) => {
              const range = document.createRange();
              range.selectNodeContents(node);
              return range.getBoundingClientRect().left;
            })"""
        )
        assert count < total, number


@pytest.mark.parametrize(("exercise", "size"), [("standing-lunge", (1366, 768)), ("supine", (420, 560))])
async def test_nothing_shifts_while_a_session_runs(
    chromium: Browser, pages: PagesRun, exercise: str, size: tuple[int, int]
) -> None:
    """From the first paint of the session to the last number: what the browser itself counts as a shift of the layout."""
    viewport = {"width": size[0], "height": size[1]}
    guide = await open_guide(chromium, pages, scripts=(COUNT_THE_SHIFTS,), viewport=viewport)
    guide.daemon.begin(SHORT, exercise)
    await guide.is_in("session")
    await guide.page.evaluate("shifts.length = 0")
    await guide.page.wait_for_selector("html[data-kind=walk]")
    await until(lambda: guide.daemon.remaining_s() < 0.3, "the last moments of the walk")
    shifts = await guide.page.evaluate("shifts")
    await guide.page.context.close()

    assert shifts == []


async def test_a_page_is_light_and_asks_nobody_else(chromium: Browser, pages: PagesRun) -> None:
    """Below 100 KB for the guide with both sides of its figure and the walk, and for the other pages; all from 127.0.0.1."""
    weights = dict[str, int]()
    for name, exercise in (("guide", "half-kneeling-reach"), ("status", "")):
        pages.daemon.reset()
        context = await chromium.new_context()
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Network.enable")
        asked = list[str]()
        weight = list[int]()
        session.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))  # noqa: B023
        session.on("Network.loadingFinished", lambda event: weight.append(int(event["encodedDataLength"])))  # noqa: B023
        await page.goto(await pages.link(name))
        if exercise:
            pages.daemon.begin(
                (("prepare", 0.5, None), ("hold", 0.5, "left"), ("switch", 0.5, None), ("hold", 0.5, "right")), exercise
            )
            await page.wait_for_selector("html[data-view=end]")
        assert all(url.startswith((pages.origin + "/", "blob:" + pages.origin)) for url in asked)
        weights[f"{name} {exercise}"] = sum(weight)
        await context.close()

    assert all(weight < 100_000 for weight in weights.values()), weights


async def test_the_persons_own_colours_leave_nothing_unseen(chromium: Browser, pages: PagesRun) -> None:
    """Forced colours: ring, path, figure and buttons are still told from the ground they stand on."""
    guide = await open_guide(chromium, pages, forced_colors="active", reduced_motion="reduce")
    for state in ("hold", "switch", "floor", "completed"):
        await guide.put_in(state)
        assert await guide.page.evaluate(UNSEEN) == [], state
        assert await guide.page.evaluate(FAULTS) == [], state
    await guide.page.context.close()


async def test_with_more_contrast_it_is_still_seen_how_far_it_is(chromium: Browser, pages: PagesRun) -> None:
    """What is over, on the ring and on the path, against what is ahead: 3, as WCAG asks of what has a meaning."""
    guide = await open_guide(chromium, pages, contrast="more", reduced_motion="reduce")
    await guide.put_in("hold")
    found = dict[str, list[str]]()
    for scheme in ("light", "dark"):
        await guide.page.emulate_media(color_scheme=scheme)
        for part, colours in (await guide.page.evaluate(OVER_AND_AHEAD)).items():
            found[f"{part}, {scheme}"] = colours
    await guide.page.context.close()

    assert {part: colours for part, colours in found.items() if contrast(*colours) < 3} == {}


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
