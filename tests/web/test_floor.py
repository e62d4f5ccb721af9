"""For somebody who lies on the floor: one word, one number, from three metres away; and flashes instead of tones."""

from __future__ import annotations

import math
from typing import Any

import pytest
from playwright.async_api import Browser

from support.desktop import needs
from support.fake_daemon import Segments
from support.guide import Guide, contrast, open_guide
from support.pages_run import PagesRun

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs("chromium")]

PIXEL_MM = 0.2767
"""Of a screen with a diagonal of 24 inches and 1920 by 1080 pixels: 609.6 mm / hypot(1920, 1080)."""
DISTANCE_MM = 3000
LEAST_ARCMIN = 20
PULSES_A_SECOND_MOST = 3
"""WCAG 2.2, 2.3.1."""
ALL_WORDS = ("Left", "Right", "Switch", "Walk", "Rest", "Breathe", "Repeat", "Hold", "Ready", "Paused")
LONG_WORDS = (
    "Seite wechseln", "Change sides", "Zmiana strony", "Сменить сторону", "Gerakan berulang", "Wiederholungswechselübungen",
)  # fmt: skip
"""As other languages may have them."""

# How high the letters are drawn, in pixels, whatever font the system has.
HEIGHTS = """() => {
  const [word, number] = ["floor-word", "floor-number"].map((id) => getComputedStyle(document.getElementById(id)));
  const pen = document.createElement("canvas").getContext("2d");
  const height = ({fontWeight, fontSize, fontFamily}, letter) => {
    pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    return pen.measureText(letter).actualBoundingBoxAscent;
  };
  return {x: height(word, "x"), capital: height(word, "H"), digit: height(number, "0")};
}"""
IS_INSIDE = """() => [...document.querySelectorAll(".floor-word, .floor-number, .controls")].every((element) => {
  const {left, top, right, bottom} = element.getBoundingClientRect();
  return left >= 0 && top >= -1 && right <= innerWidth && bottom <= innerHeight + 1;
}) && document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth"""
NOTE_THE_FLASHES = """
window.flashes = [];
const animate = Element.prototype.animate;
Element.prototype.animate = function (frames, timing) {
  if (this.id === "flash") flashes.push([this.dataset.kind, timing.iterations, timing.duration]);
  return animate.call(this, frames, timing);
};
"""


def arcmin(px: float) -> float:
    """The angle under which so many pixels are seen from where the person lies."""
    return math.degrees(math.atan(px * PIXEL_MM / DISTANCE_MM)) * 60


async def is_large(guide: Guide) -> bool:
    return bool(await guide.page.evaluate("document.documentElement.dataset.floor === 'yes'"))


async def say(guide: Guide, word: str) -> None:
    """Have this word there, as another language would; nothing ticks in a pause, so it stays."""
    await guide.page.evaluate("word => { document.getElementById('floor-word').textContent = word; }", word)
    size = guide.page.viewport_size
    assert size
    for height in (size["height"] - 1, size["height"]):  # the page measures anew when its window changes
        await guide.page.set_viewport_size({"width": size["width"], "height": height})
        await guide.frames(3)


async def test_it_comes_by_itself_where_one_lies_down_and_by_a_key_elsewhere(guide: Guide) -> None:
    """While getting ready one still reads; from the first hold to the end it is large. Standing, it is as one likes."""
    guide.daemon.begin(
        (("prepare", 60, None), ("hold", 60, "left"), ("switch", 60, None), ("walk", 60, None)), "supine"
    )
    await guide.page.wait_for_selector("html[data-kind=prepare]")
    assert not await is_large(guide)
    for index, kind in enumerate(("hold", "switch", "walk"), 1):
        guide.daemon.go(index)
        await guide.page.wait_for_selector(f"html[data-kind={kind}][data-floor=yes]")

    guide.daemon.begin((("hold", 60, "left"), ("hold", 60, "right")))
    await guide.page.wait_for_selector("html[data-view=session][data-floor=no]")
    await guide.page.keyboard.press("L")
    await guide.page.wait_for_selector("html[data-floor=yes]")
    guide.daemon.go(1)
    await guide.page.wait_for_selector("html[data-side=right]")
    assert await is_large(guide)
    assert await guide.page.locator("#large").get_attribute("aria-pressed") == "true"
    await guide.page.locator("#large").click()
    await guide.page.wait_for_selector("html[data-floor=no]")
    assert await guide.page.locator("#figure svg").is_visible()


async def test_what_was_said_of_it_holds_for_the_stretch_on_every_page(guide: Guide, pages: PagesRun) -> None:
    """Loaded anew, and in another window; the next stretch is as its exercise has it, and nothing is left in the browser."""
    guide.daemon.begin((("hold", 60, "left"), ("hold", 60, "right")))
    await guide.page.wait_for_selector("html[data-view=session][data-floor=no]")
    await guide.page.keyboard.press("L")
    await guide.page.wait_for_selector("html[data-floor=yes]")
    await guide.page.reload()
    await guide.page.wait_for_selector("html[data-floor=yes]")
    newer = Guide(await guide.page.context.new_page(), guide.daemon)
    await newer.page.goto(await pages.link())
    await newer.page.wait_for_selector("html[data-floor=yes]")
    await guide.is_in("wait")
    await newer.page.reload()
    await newer.page.wait_for_selector("html[data-floor=yes]")

    guide.daemon.begin((("hold", 60, "left"),))
    await newer.page.wait_for_selector("html[data-view=session][data-floor=no]")
    await newer.page.keyboard.press("L")
    await newer.page.wait_for_selector("html[data-floor=yes]")
    guide.daemon.end("completed", work={"left": 40})
    await newer.is_in("end")
    assert await newer.page.evaluate("localStorage.length") == 0

    guide.daemon.begin((("hold", 60, "left"),), "supine")
    await newer.page.wait_for_selector("html[data-floor=yes]")
    await newer.page.keyboard.press("L")
    await newer.page.wait_for_selector("html[data-floor=no]")
    await newer.page.reload()
    await newer.page.wait_for_selector("html[data-view=session][data-floor=no]")


async def test_a_browser_that_keeps_nothing_shows_the_guide_all_the_same(chromium: Browser, pages: PagesRun) -> None:
    refuse = (
        "Object.defineProperty(window, 'localStorage', {get: () => { throw new DOMException('', 'SecurityError'); }});"
    )
    guide = await open_guide(chromium, pages, scripts=(refuse,))
    guide.daemon.begin((("hold", 60, "left"),))
    await guide.page.wait_for_selector("html[data-view=session][data-floor=no]")
    await guide.page.keyboard.press("L")
    await guide.page.wait_for_selector("html[data-floor=yes]")
    guide.daemon.end("completed", work={"left": 40})
    await guide.is_in("end")
    await guide.page.context.close()

    assert guide.complaints == []


async def test_what_another_program_kept_at_this_address_is_left_out(guide: Guide) -> None:
    """A port is used again by others, and what they keep in a browser outlives them."""
    guide.daemon.begin((("hold", 60, "left"),))
    await guide.is_in("session")
    await guide.page.evaluate("localStorage.setItem('large', 'very')")
    await guide.page.reload()
    await guide.page.wait_for_selector("html[data-view=session][data-floor=no]")
    assert await guide.text("#number")


async def test_why_it_waits_covers_nothing(guide: Guide) -> None:
    """After a sleep, where nothing can be heard besides: one note in that place, the one that says what to do."""
    guide.daemon.set(sound_note="Nothing can be heard here. Install espeak-ng.")
    for size in ((1050, 660), (420, 560), (683, 384)):
        await guide.page.set_viewport_size({"width": size[0], "height": size[1]})
        guide.daemon.begin((("hold", 60, "left"),), "supine")
        await guide.page.wait_for_selector("html[data-floor=yes]")
        assert await guide.page.locator("#session > .sound-note").is_visible()
        guide.daemon.sleep()
        await guide.page.locator("#pause-note").wait_for()
        assert "asleep" in await guide.text("#pause-note")
        assert not await guide.page.locator("#session > .sound-note").is_visible()
        await guide.frames(3)
        assert await guide.page.evaluate(IS_INSIDE)
        guide.daemon.vanish()
        await guide.is_in("end")


async def test_word_and_number_are_read_from_three_metres(guide: Guide) -> None:
    """On a 24 inch screen with 1080 lines each word is at least 20 arc minutes high, its small letters; the number more."""
    await guide.page.set_viewport_size({"width": 1920, "height": 1080})
    guide.daemon.begin((("hold", 60, "left"),), "supine")
    await guide.page.wait_for_selector("html[data-floor=yes]")
    guide.daemon.toggle()
    await guide.page.wait_for_selector("html[data-paused=yes]")

    for word in (*ALL_WORDS, *LONG_WORDS):
        await say(guide, word)
        heights = await guide.page.evaluate(HEIGHTS)
        x, capital, digit = (arcmin(heights[name]) for name in ("x", "capital", "digit"))
        assert x >= LEAST_ARCMIN, word
        assert digit > capital > x, word
        assert await guide.page.evaluate(IS_INSIDE), word
    guide.daemon.begin((("walk", 120, None),), "supine")
    await guide.page.wait_for_selector("html[data-kind=walk][data-floor=yes]")
    await guide.frames(3)
    heights = await guide.page.evaluate(HEIGHTS)
    assert arcmin(heights["digit"]) > arcmin(heights["capital"]), "also as minutes and seconds"


@pytest.mark.parametrize("size", [(320, 568), (420, 560), (683, 384), (1080, 1920), (3840, 2160)])
async def test_it_fits_any_window(guide: Guide, size: tuple[int, int]) -> None:
    """Also the longest word of a language: it breaks rather than being cut."""
    await guide.page.set_viewport_size({"width": size[0], "height": size[1]})
    guide.daemon.begin((("hold", 60, "left"),), "supine")
    await guide.page.wait_for_selector("html[data-floor=yes]")
    guide.daemon.toggle()
    await guide.page.wait_for_selector("html[data-paused=yes]")

    for word in ("Left", "Paused", *LONG_WORDS):
        await say(guide, word)
        assert await guide.page.evaluate(IS_INSIDE), word


async def test_the_whole_window_takes_the_colour_of_the_side(guide: Guide) -> None:
    """Three of them, told apart, and the writing on each as clear as WCAG asks for at its highest (7)."""
    await guide.page.emulate_media(reduced_motion="reduce")
    guide.daemon.begin((("hold", 60, "left"), ("switch", 60, None), ("hold", 60, "right")), "supine")
    grounds = list[str]()
    for index, side in enumerate(("left", "none", "right")):
        guide.daemon.go(index)
        await guide.page.wait_for_selector(f"html[data-side={side}][data-floor=yes]")
        ground, ink = await guide.page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.getElementById('floor-word')).color]"
        )
        assert contrast(ground, ink) >= 7
        grounds.append(ground)

    assert len(set(grounds)) == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_button_one_wants_most_stands_out_most(chromium: Browser, pages: PagesRun, scheme: str) -> None:
    """Pause is told from the ground, more than the lesser buttons are, and every word on a button is read (WCAG: 4.5)."""
    guide = await open_guide(chromium, pages, color_scheme=scheme, reduced_motion="reduce")
    guide.daemon.begin((("hold", 60, "left"), ("switch", 60, None), ("hold", 60, "right")), "supine")
    for index, side in enumerate(("left", "none", "right")):
        guide.daemon.go(index)
        await guide.page.wait_for_selector(f"html[data-side={side}][data-floor=yes]")
        ground, *buttons = await guide.page.evaluate(
            """[getComputedStyle(document.body).backgroundColor, ...["toggle", "hurts", "stop"].map((name) => {
              const {backgroundColor, color} = getComputedStyle(document.querySelector(`.controls [data-command=${name}]`));
              return [backgroundColor, color];
            })]"""
        )
        see_through = "rgba(0, 0, 0, 0)"
        for own, words in buttons:
            assert contrast(ground if own == see_through else own, words) >= 4.5
        assert contrast(ground, buttons[0][0]) >= 4.5
        assert buttons[2][0] == see_through
    await guide.page.context.close()


async def test_a_flash_says_what_a_tone_says(chromium: Browser, pages: PagesRun) -> None:
    """One for a start and for half time, two for the change of sides, three for the end; never three in a second."""
    guide = await open_guide(chromium, pages, scripts=(NOTE_THE_FLASHES,))
    segments: Segments = (("prepare", 60, None), ("hold", 20, "left"), ("switch", 1, None), ("hold", 1, "right"))
    guide.daemon.begin(segments, "supine")
    await guide.page.wait_for_selector("html[data-kind=prepare]")
    guide.daemon.go(1)
    await guide.page.wait_for_selector("html[data-kind=hold]")
    guide.daemon.go_to(9.6)
    await guide.page.wait_for_function("() => flashes.length === 2")
    guide.daemon.go_to(19.8)
    await guide.is_in("end")
    flashes: list[list[Any]] = await guide.page.evaluate("flashes")
    await guide.page.context.close()

    assert [flash[:2] for flash in flashes] == [["start", 1], ["half", 1], ["switch", 2], ["start", 1], ["end", 3]]
    assert all(1000 / ms < PULSES_A_SECOND_MOST for _kind, _pulses, ms in flashes)


async def test_without_motion_a_border_stands_instead_of_a_flash(chromium: Browser, pages: PagesRun) -> None:
    guide = await open_guide(chromium, pages, scripts=(NOTE_THE_FLASHES,), reduced_motion="reduce")
    guide.daemon.begin((("prepare", 60, None), ("hold", 60, "left")), "supine")
    await guide.page.wait_for_selector("html[data-kind=prepare]")
    guide.daemon.go(1)
    await guide.page.wait_for_selector("html[data-floor=yes] #flash[data-marked=yes]", state="attached")
    border = await guide.page.locator("#flash").evaluate("element => getComputedStyle(element).borderTopWidth")
    await guide.page.wait_for_selector("#flash[data-marked=no]", state="attached")
    flashes = await guide.page.evaluate("flashes")
    await guide.page.context.close()

    assert float(border.removesuffix("px")) > 20
    assert flashes == []


async def test_beside_the_desk_nothing_flashes(chromium: Browser, pages: PagesRun) -> None:
    guide = await open_guide(chromium, pages, scripts=(NOTE_THE_FLASHES,))
    guide.daemon.begin((("prepare", 0.5, None), ("hold", 0.5, "left"), ("walk", 0.5, None)))
    await guide.is_in("session")
    await guide.is_in("end")
    flashes = await guide.page.evaluate("flashes")
    await guide.page.context.close()

    assert flashes == []


async def test_all_keys_and_buttons_are_there_from_the_floor(guide: Guide) -> None:
    """Somebody may come over to the desk; above all, that it hurts is one key and one button away."""
    await guide.put_in("floor", "supine")
    for name in ("back", "toggle", "next", "stop", "hurts"):
        command = {"back": "previous"}.get(name, name)
        assert await guide.page.locator(f".controls [data-command={command}]").is_visible()
    await guide.page.get_by_role("button", name="This hurts").click()
    await guide.daemon.wait_for_call("hurts")
    await guide.is_in("end")
    words = await guide.text("#end-lines")

    for said in ("right to stop", "written down", "not offered again", "unsit exercise on supine", "physiotherapist"):
        assert said in words
