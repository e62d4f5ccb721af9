"""The page of the exercises and the one about the program, in a real Chromium with a fake daemon."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Request, Route

from support.desktop import needs
from support.guide import Guide, open_guide
from support.pages_run import PagesRun
from unsit import __version__
from unsit.catalogue import load
from unsit.catalogue.exercise import fill
from unsit.catalogue.tips import TIPS
from unsit.paths import shipped_config_dir

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs("chromium")]

CATALOGUE = load(shipped_config_dir() / "exercises", None)
FITS_ACROSS = "document.documentElement.scrollWidth <= innerWidth"
MOST_BYTES = 100_000
CALF = """
id = "calf"
name = "Calf, in two parts"
kind = "stretch"
place = "desk"
per_side = true
needs = ["a wall"]
steps = ["Hands to the wall, {side} leg back."]
[cues.switch]
start = "{Side} leg back."
[[stages]]
name = "Press"
work = "hold"
seconds = 6
[stages.cues.hold]
start = "Press."
[[stages]]
name = "Lift"
work = "reps"
amount = 8
steps = ["Up and down."]
[stages.cues.reps]
start = "Up. Down."
"""


@pytest_asyncio.fixture(loop_scope="module")
async def listed(chromium: Browser, pages: PagesRun) -> AsyncIterator[Guide]:
    """The list; a test whose page the browser complained about fails."""
    opened = await open_guide(chromium, pages, "exercises", viewport={"width": 1280, "height": 900})
    yield opened
    await opened.page.context.close()
    assert opened.complaints == []


def card(page: Guide, exercise: str) -> Locator:
    return page.page.locator(f".card[data-exercise={exercise}]")


async def is_checked(switch: Locator, text: str) -> None:
    await switch.and_(switch.page.locator(f"[aria-checked={text}]")).wait_for()


def save(pages: PagesRun, name: str, text: str | None) -> None:
    """As an editor does, and the daemon's word that it has seen it; None deletes the file."""
    path = Path(pages.dir, "config", "unsit", "exercises", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    pages.daemon.read_files()


# --------------------------------------------------------------------------------------------------------------- the list


async def test_no_line_of_facts_begins_or_ends_with_a_dot(listed: Guide) -> None:
    """The dot between two facts is cut off where a line begins, and none stands behind a fact."""
    loose = """() => [...document.querySelectorAll(".card .facts:not(:empty)")].flatMap((list) => {
      const own = list.getBoundingClientRect();
      const dot = parseFloat(getComputedStyle(list.firstElementChild, "::before").width);
      const cut = parseFloat(getComputedStyle(list).clipPath.split(" ").at(-1));
      let line = null;
      return [...list.children].filter((fact) => {
        const {left, top} = fact.getBoundingClientRect();
        const isFirst = top !== line;
        line = top;
        return getComputedStyle(fact, "::after").content !== "none" || (isFirst && left + dot > own.left + cut + 1);
      });
    }).length"""
    lines = "new Set([...document.querySelectorAll('.card .facts li')].map((fact) => fact.offsetLeft)).size"
    assert await listed.page.locator(".card .facts li").count() > 0
    for width in (420, 1050, 1280):
        await listed.page.set_viewport_size({"width": width, "height": 900})
        assert await listed.page.evaluate(lines) > 1
        assert await listed.page.evaluate(loose) == 0


async def test_every_exercise_is_there_with_all_that_is_known_of_it(listed: Guide) -> None:
    """Name, place, dose and whose it is, needs, cautions, steps, source; what it is for."""
    ids = await listed.page.locator("li.card").evaluate_all("cards => cards.map((card) => card.dataset.exercise)")
    assert sorted(ids) == sorted(text.id for text in CATALOGUE.exercises)

    for text in CATALOGUE.exercises:
        shown = card(listed, text.id)
        await shown.locator("summary").click()
        told = await shown.inner_text()
        for sentence in (text.name, text.dose, text.why, *text.needs, *text.cautions):
            assert sentence in told, (text.id, sentence)
        steps = await shown.locator(".steps li").all_inner_texts()
        assert steps == [fill(step, "left") for step in text.steps]
        letters = await shown.locator(".letter").all_inner_texts()
        assert letters == [source.letter for source in text.sources]
        assert ("our own figure" in told) == (text.dose_from == "program"), text.id


async def test_why_and_tips_have_their_sources(listed: Guide) -> None:
    """Each sentence with the letters of the articles, and the letters lead to the titles."""
    told = await listed.text("#tips")
    for tip in TIPS:
        assert tip.text in told
    for told_list in ("#reasons", "#tips"):
        for item in await listed.page.locator(f"{told_list} > li").all():
            assert await item.locator(".letter").count() >= 1
    titles = dict(zip(
        await listed.page.locator("#articles dt").all_inner_texts(),
        await listed.page.locator("#articles dd").all_inner_texts(), strict=True,
    ))  # fmt: skip
    assert list(titles) == ["A", "B", "C"]
    assert "psoas" in titles["A"].lower()

    await listed.page.locator("#reasons .letter").last.click()

    assert await listed.page.evaluate("document.activeElement.id") == "article-B"
    assert await listed.page.evaluate("location.hash + history.length") == "2"  # it was opened from an empty tab


async def test_pictures_are_fetched_when_they_come_near(chromium: Browser, pages: PagesRun) -> None:
    """However many exercises there are, the page itself stays below 100 KB."""
    pages.daemon.reset()
    context = await chromium.new_context(viewport={"width": 800, "height": 600})
    page = await context.new_page()
    sizes: dict[str, int] = {}

    def note(request: Request) -> None:
        sizes.setdefault(request.url.split("/", 4)[-1], 0)

    page.on("requestfinished", note)

    async def measure(route: Any) -> None:
        answer = await route.fetch()
        sizes[route.request.url.split("/", 4)[-1]] = len(await answer.body())
        await route.fulfill(response=answer)

    await page.route(re.compile(r"/(exercises|assets/.*)$"), measure)
    await page.goto(await pages.link("exercises"))
    await page.locator(".card .picture svg").first.wait_for()

    pictures = [name for name in sizes if name.startswith("figure/")]
    assert 1 <= len(pictures) <= 5
    assert 30_000 < sum(sizes.values()) < MOST_BYTES
    await page.locator(".card[data-exercise=walk]").scroll_into_view_if_needed()
    await page.locator(".card[data-exercise=walk] .picture svg").wait_for()
    await context.close()


async def test_the_figure_moves_under_the_pointer_and_at_the_focus(listed: Guide) -> None:
    """And stands again as before when they have gone."""
    shown = card(listed, "half-kneeling")
    await shown.scroll_into_view_if_needed()
    await shown.locator(".picture svg").wait_for()
    drawn = "element => element.querySelector('.picture').innerHTML"
    still = await shown.evaluate(drawn)

    for begin, end in (
        (shown.hover(), listed.page.mouse.move(2, 2)),
        (shown.locator(".switch").focus(), listed.page.evaluate("document.activeElement.blur()")),
    ):
        await begin
        await listed.page.wait_for_function("([element, before]) => element.querySelector('.picture').innerHTML !== before",
                                            arg=[await shown.element_handle(), still])  # fmt: skip
        first = await shown.evaluate(drawn)
        await listed.page.wait_for_function("([element, before]) => element.querySelector('.picture').innerHTML !== before",
                                            arg=[await shown.element_handle(), first])  # fmt: skip
        await end
        await listed.page.wait_for_function("([element, before]) => element.querySelector('.picture').innerHTML === before",
                                            arg=[await shown.element_handle(), still])  # fmt: skip


async def test_a_pointer_that_passes_by_leaves_the_working_position(listed: Guide) -> None:
    """Gone before the frames have come, it shows what it showed; come back meanwhile, it moves."""
    shown = card(listed, "supine")
    await shown.scroll_into_view_if_needed()
    await shown.locator(".picture svg").wait_for()
    drawn = "element => element.querySelector('.picture').innerHTML"
    still = await shown.evaluate(drawn)
    change = "([element, before]) => element.querySelector('.picture').innerHTML !== before"
    held: asyncio.Queue[Route] = asyncio.Queue()
    await listed.page.route("**/figure/supine.json*", held.put)

    await shown.hover()
    waiting = await held.get()
    await listed.page.mouse.move(2, 2)
    watch = "element => new MutationObserver(() => (window.drawnAnew = true)).observe(element, {childList: true})"
    await shown.locator(".picture").evaluate(watch)
    await waiting.continue_()
    await listed.page.wait_for_function("() => window.drawnAnew")
    await listed.frames(2)
    await listed.page.wait_for_function(change.replace("!==", "==="), arg=[await shown.element_handle(), still])

    await shown.hover()
    await listed.page.wait_for_function(change, arg=[await shown.element_handle(), still])
    await listed.page.unroute("**/figure/supine.json*")


async def test_nothing_moves_for_somebody_who_wants_no_motion(chromium: Browser, pages: PagesRun) -> None:
    """The working position is shown, and stays."""
    page = await open_guide(chromium, pages, "exercises", reduced_motion="reduce")
    shown = card(page, "standing-lunge")
    still = await shown.locator(".picture svg").element_handle()
    await shown.hover()
    await page.page.wait_for_function("still => !still.isConnected", arg=still)
    drawn = "element => element.querySelector('.picture').innerHTML"
    before = await shown.evaluate(drawn)

    await page.frames(20)

    assert await shown.evaluate(drawn) == before
    await page.page.context.close()


# ----------------------------------------------------------------------------------------------------------- on, off, try


async def test_the_switch_is_the_daemons_by_keyboard_too(listed: Guide) -> None:
    """Off and on by the space bar; the focus stays, and what follows is said in words."""
    shown = card(listed, "standing-lunge")
    switch = shown.get_by_role("switch", name="Standing lunge stretch", exact=True)
    await is_checked(switch, "true")
    assert await switch.inner_text() == "On"
    assert await shown.locator(".state").inner_text() == "Offered at breaks, in turn with the others."

    await switch.focus()
    await listed.page.keyboard.press("Space")

    assert await listed.daemon.wait_for_call("disable") == {"exercise": "standing-lunge"}
    await is_checked(switch, "false")
    assert await switch.inner_text() == "Off"
    assert await shown.locator(".state").inner_text() == "Off: neither offered nor part of a routine."
    assert await switch.evaluate("element => element === document.activeElement")
    await listed.page.keyboard.press("Space")
    assert await listed.daemon.wait_for_call("enable") == {"exercise": "standing-lunge"}
    await is_checked(switch, "true")


async def test_a_switch_that_is_locked_says_why(listed: Guide) -> None:
    """It stays as it is."""
    listed.daemon.refuse["disable"] = ("Bird dog cannot be switched here: /etc/x locks it", "Ask somebody.")
    switch = card(listed, "bird-dog").get_by_role("switch")

    await switch.click()

    await listed.page.locator("#notice").wait_for()
    assert await listed.text("#notice") == "Bird dog cannot be switched here: /etc/x locks it Ask somebody."
    await is_checked(switch, "true")
    (complaint,) = listed.complaints
    assert "409" in complaint  # what the browser makes of every refusal
    listed.complaints.clear()


async def test_what_hurt_is_off_says_so_and_can_be_switched_on_again(listed: Guide) -> None:
    """And cannot be tried before that."""
    listed.daemon.set(hurt=("supine",))
    shown = card(listed, "supine")
    await shown.and_(listed.page.locator("[data-is=hurt]")).wait_for()
    assert (
        await shown.locator(".state").inner_text() == "Off, because it hurt. Switch it on again when it no longer does."
    )
    assert await shown.locator(".try").get_attribute("aria-disabled") == "true"
    await shown.locator(".try").dispatch_event("click")

    await shown.get_by_role("switch").click()

    await shown.and_(listed.page.locator("[data-is=on]")).wait_for()
    assert [name for name, _params in listed.daemon.calls if name in ("begin", "enable")] == ["enable"]
    assert await shown.locator(".try").get_attribute("aria-disabled") == "false"


async def test_why_one_is_not_offered_is_said(listed: Guide) -> None:
    """By the settings as they are shipped: at the desk, gentle."""
    for exercise, words in (
        ("supine", "Not offered, as it is set: you do not stretch on the floor."),
        ("lying-2", "Not offered, as it is set: you do not stretch on a bed and deeper ones are left out."),
        ("bird-dog", "Not offered by itself: it comes in routines, and when you start it."),
    ):
        assert await card(listed, exercise).locator(".state").inner_text() == words


async def test_try_it_begins_that_one_and_shows_the_guide(listed: Guide) -> None:
    """In place of the list: the window has no more history than before, and can close itself in the end."""
    before = await listed.page.evaluate("history.length")

    await card(listed, "bird-dog").get_by_role("button", name="Try it Bird dog").click()

    await listed.is_in("session")
    assert await listed.daemon.wait_for_call("begin") == {"exercise": "bird-dog"}
    assert await listed.page.evaluate("history.length") == before


async def test_nothing_can_be_tried_while_a_stretch_runs(listed: Guide) -> None:
    listed.daemon.begin((("hold", 30, "left"),))

    await listed.page.locator(".card[data-exercise=walk] .try[aria-disabled=true]").wait_for()
    listed.daemon.calls.clear()
    await card(listed, "walk").locator(".try").dispatch_event("click")
    await listed.frames(3)

    assert [name for name, _params in listed.daemon.calls if name == "begin"] == []


# ------------------------------------------------------------------------------------------------------------- one's own


async def test_a_file_that_is_saved_is_in_the_list_at_once(listed: Guide, pages: PagesRun) -> None:
    """Added, mended, drawn anew and taken away while somebody reads: what is open stays open, the focus where it is."""
    reading = card(listed, "glute-bridge")
    await reading.locator("summary").click()
    await reading.locator("summary").focus()

    save(pages, "mine.toml", CALF)
    mine = card(listed, "calf")
    await mine.locator("summary").click()
    told = await mine.inner_text()
    await reading.locator("summary").focus()
    assert "Calf, in two parts" in told
    assert "Yours (mine.toml)" in told
    assert "2 parts" in told
    assert "Press hold 6 s a side\n" in told
    assert "Lift 8 times a side\n" in told
    assert "a wall" in told

    save(pages, "mine.toml", CALF.replace("desk", "roof"))
    await listed.page.locator("#faults-box").wait_for()
    fault = await listed.text("#faults li")
    assert re.fullmatch(r"/.*/mine\.toml:5 place roof is not known\. Right: desk, floor, bed", fault)
    await mine.wait_for(state="detached")
    assert await reading.locator("details").get_attribute("open") is not None
    assert await reading.locator("summary").evaluate("element => element === document.activeElement")

    figure = re.search(r"\[figure\].*", (shipped_config_dir() / "exercises" / "standing-lunge.toml").read_text(), re.S)
    assert figure
    save(pages, "mine.toml", CALF + figure[0])
    await listed.page.locator("#faults-box").wait_for(state="hidden")
    await mine.scroll_into_view_if_needed()
    await mine.locator(".picture svg").wait_for()
    first = await mine.locator(".picture").inner_html()
    save(pages, "mine.toml", CALF + figure[0].replace("muscle = true", "muscle = false"))
    await listed.page.wait_for_function(
        "([place, before]) => place.querySelector('svg') && place.innerHTML !== before",
        arg=[await mine.locator(".picture").element_handle(), first],
    )
    save(pages, "mine.toml", None)
    await mine.wait_for(state="detached")
    # A figure that was still being fetched as its file went is not found, and its card goes: the browser notes that.
    await listed.page.evaluate("() => fetch('clock').then(() => new Promise(requestAnimationFrame))")
    listed.complaints[:] = [complaint for complaint in listed.complaints if "404 (Not Found)" not in complaint]


async def test_one_in_place_of_a_shipped_one_says_so(listed: Guide, pages: PagesRun) -> None:
    save(pages, "bridge.toml", CALF.replace('"calf"', '"bridge"'))

    await card(listed, "bridge").locator(".own:not([hidden])").wait_for()
    own = await card(listed, "bridge").locator(".own").inner_text()
    assert own == "Yours, in place of the one that comes with Unsit (bridge.toml)"
    save(pages, "bridge.toml", None)
    await card(listed, "bridge").locator(".own[hidden]").wait_for(state="attached")


# -------------------------------------------------------------------------------------------------------- looks, and about


@pytest.mark.parametrize("page", ["exercises", "about"])
async def test_it_fits_from_a_small_phone_to_4k(page: str, chromium: Browser, pages: PagesRun) -> None:
    """Nothing to scroll sideways, with everything open, at 200 % of the letters too."""
    opened = await open_guide(chromium, pages, page)
    await opened.page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    for width, height in ((320, 640), (768, 1024), (1280, 900), (3840, 2160)):
        await opened.page.set_viewport_size({"width": width, "height": height})
        assert await opened.page.evaluate(FITS_ACROSS), width
    await opened.page.set_viewport_size({"width": 640, "height": 800})
    await opened.page.evaluate("document.documentElement.style.fontSize = '32px'")
    assert await opened.page.evaluate(FITS_ACROSS)
    await opened.page.context.close()
    assert opened.complaints == []


async def test_about_says_what_it_is_and_what_it_does_not_do(chromium: Browser, pages: PagesRun) -> None:
    """Version, licence, privacy, no medical advice, and that the psoas is a drawing; with a way to the other pages."""
    about = await open_guide(chromium, pages, "about")
    told = await about.text("main")

    assert __version__ in told
    assert "MIT" in told
    for sentence in ("Nothing leaves this computer.", "not a measurement", "Unsit cannot examine you."):
        assert sentence in told
    assert await about.page.locator("#reasons > li").count() >= 4
    await about.page.locator("#model-figure svg").wait_for()
    rows = [row.split("\t")[:2] for row in await about.page.locator("#lengths tr").all_inner_texts()]
    assert rows[0] == ["Seated", "100 %"]
    assert {name for name, _percent in rows[1:]} == {
        text.name for text in CATALOGUE.exercises if text.figure and text.figure.muscle
    }
    assert all(105 <= int(percent.removesuffix(" %")) <= 150 for _name, percent in rows[1:])
    for link, view in (("Exercises", "exercises"), ("How things stand", "status"), ("About Unsit", "about")):
        await about.page.get_by_role("link", name=link).click()
        await about.is_in(view)
    assert await about.page.evaluate("history.length") == 2  # it was opened from an empty tab
    await about.page.context.close()
    assert about.complaints == []
