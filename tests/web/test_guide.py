"""The guide in a real Chromium, between a fake daemon and the real pages process: it shows the daemon's time, always."""

from __future__ import annotations

import asyncio
import math
import signal
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from support.desktop import needs
from support.fake_daemon import FakeDaemon, Segments
from support.pages_run import PagesRun, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs("chromium")]

CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
TOLERANCE_S = 0.3
SHORT: Segments = (
    ("prepare", 0.5, None),
    ("hold", 0.7, "left"),
    ("switch", 0.5, None),
    ("hold", 0.7, "right"),
    ("walk", 0.7, None),
)

# Notes when the number changes, by the machine's own clock, which the test reads as well.
WATCH_THE_NUMBER = """
window.seen = [];
addEventListener("DOMContentLoaded", () => {
  const number = document.getElementById("number");
  const note = () => seen.push([Date.now() / 1000, number.textContent]);
  new MutationObserver(note).observe(number, {childList: true, characterData: true, subtree: true});
});
"""
# Every text a screen reader would be given, in order.
WATCH_THE_SAYING = """
window.said = [];
addEventListener("DOMContentLoaded", () => {
  const region = document.getElementById("announce");
  new MutationObserver(() => said.push(region.textContent)).observe(region, {childList: true});
});
"""
COUNT_THE_LOCKS = """
window.locks = {taken: 0, held: 0};
const request = navigator.wakeLock.request.bind(navigator.wakeLock);
navigator.wakeLock.request = async (kind) => {
  const lock = await request(kind);
  locks.taken += 1;
  locks.held += 1;
  lock.addEventListener("release", () => (locks.held -= 1));
  return lock;
};
"""


BADGE = "letter => document.querySelector('#figure .badge text')?.textContent === letter"
FITS_ACROSS = "document.documentElement.scrollWidth <= innerWidth"
NUMBER_PX = "parseFloat(getComputedStyle(document.getElementById('number')).fontSize)"


class Guide:
    """An open guide. Attributes: complaints: what the browser's console had to say, policy violations included."""

    def __init__(self, page: Page, daemon: FakeDaemon) -> None:
        self.page, self.daemon = page, daemon
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, complaint: str) -> None:
        # The page that drives it has more in its history than the one a person gets, and may not be closed by itself.
        if "Scripts may close only" not in complaint:
            self.complaints.append(complaint)

    async def text(self, selector: str) -> str:
        return (await self.page.locator(selector).inner_text()).strip()

    async def view(self) -> str:
        return str(await self.page.evaluate("document.documentElement.dataset.view"))

    async def side(self) -> str:
        return str(await self.page.evaluate("document.documentElement.dataset.side"))

    async def is_in(self, view: str) -> None:
        await self.page.wait_for_selector(f"html[data-view={view}]")

    async def frames(self, count: int) -> None:
        """Let the browser paint so many times."""
        await self.page.evaluate(
            "count => new Promise((done) => { const next = () => (count-- ? requestAnimationFrame(next) : done()); next(); })",
            count,
        )

    async def worst_error_s(self, changes: int = 2) -> float:
        """How far the moments at which the number changed are from those at which the daemon's second did."""
        await self.page.evaluate("seen.length = 0")
        await self.page.wait_for_function("changes => seen.length >= changes", arg=changes)
        ends_wall = time.time() + self.daemon.remaining_s()
        seen: list[list[Any]] = await self.page.evaluate("seen")
        return float(max(abs(ends_wall - at - float(number)) for at, number in seen))

    async def shows_the_daemons_second(self) -> bool:
        """Read at once, between changes."""
        before_s = self.daemon.remaining_s()
        shown = int(await self.text("#number"))
        after_s = self.daemon.remaining_s()
        return math.ceil(after_s - TOLERANCE_S) <= shown <= math.ceil(before_s + TOLERANCE_S)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)
        yield browser
        await browser.close()


async def open_guide(browser: Browser, run: PagesRun, page: str = "guide", **options: Any) -> Guide:
    run.daemon.reset()
    context = await browser.new_context(**options)
    for script in (WATCH_THE_NUMBER, WATCH_THE_SAYING, COUNT_THE_LOCKS):
        if page == "guide":
            await context.add_init_script(script)
    guide = Guide(await context.new_page(), run.daemon)
    await guide.page.goto(await run.link(page))
    return guide


@pytest_asyncio.fixture(loop_scope="module")
async def guide(chromium: Browser, pages: PagesRun) -> AsyncIterator[Guide]:
    """Fails a test whose page the browser complained about."""
    opened = await open_guide(chromium, pages)
    yield opened
    await opened.page.context.close()
    assert opened.complaints == []


async def another_tab(guide: Guide) -> Guide:
    tab = Guide(await guide.page.context.new_page(), guide.daemon)
    await tab.page.goto(guide.page.url)
    return tab


# ---------------------------------------------------------------------------------------------------------- the same time


async def test_the_countdown_is_the_daemons(guide: Guide) -> None:
    """At the moment its number changes, the daemon's second changes; after a reload and in a second tab as well."""
    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    assert await guide.worst_error_s() < TOLERANCE_S

    await guide.page.reload()
    assert await guide.shows_the_daemons_second()
    assert await guide.worst_error_s(1) < TOLERANCE_S

    tab = await another_tab(guide)
    assert await tab.shows_the_daemons_second()
    assert await tab.worst_error_s(1) < TOLERANCE_S


async def test_a_stalled_stream_leaves_no_trace(guide: Guide, pages: PagesRun) -> None:
    """The pages process stands still for three seconds, over the end of a segment; the page goes on by itself."""
    assert pages.process
    guide.daemon.begin((("hold", 2, "left"), ("hold", 20, "right")))
    await guide.is_in("session")
    await until(lambda: guide.daemon.remaining_s() < 1.2, "the last second of the left side")

    pages.process.send_signal(signal.SIGSTOP)
    try:
        stalled = time.monotonic()
        await until(lambda: guide.daemon.index == 1, "the right side")
        await asyncio.sleep(0.2)
        assert await guide.side() == "right"
        assert await guide.worst_error_s() < TOLERANCE_S
        await asyncio.sleep(max(0, 3 - (time.monotonic() - stalled)))
        assert await guide.shows_the_daemons_second()
    finally:
        pages.process.send_signal(signal.SIGCONT)

    assert await guide.worst_error_s() < TOLERANCE_S
    assert await guide.page.locator("#notice").is_hidden()


async def test_a_daemon_killed_and_started_goes_on_where_it_was(guide: Guide) -> None:
    """The page says that it is gone and stands still; it comes back paused, and both go on from the same second."""
    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    await guide.worst_error_s(1)

    await guide.daemon.kill()
    await guide.page.wait_for_selector("#notice:not([hidden])")
    assert "not running" in await guide.text("#notice")
    assert await guide.shows_the_daemons_second()
    assert await guide.page.locator("[data-command=next]").is_disabled()
    await guide.page.reload()
    assert await guide.shows_the_daemons_second(), "also for who looks anew"

    await guide.daemon.start()
    await guide.page.wait_for_selector("#notice", state="hidden")
    assert await guide.text("#toggle-word") == "Go on"
    assert await guide.shows_the_daemons_second()
    await guide.page.keyboard.press("Space")
    await guide.page.wait_for_selector("html[data-paused=no]")
    assert await guide.worst_error_s() < TOLERANCE_S


async def test_a_pause_stands_still_and_goes_on(guide: Guide) -> None:
    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")

    await guide.page.keyboard.press("Space")
    await guide.page.wait_for_selector("html[data-paused=yes]")
    shown = await guide.text("#number")
    assert await guide.page.locator(".paused-word").is_visible()
    await asyncio.sleep(1.1)
    assert await guide.text("#number") == shown
    await guide.page.keyboard.press("Space")
    await guide.page.wait_for_selector("html[data-paused=no]")

    assert await guide.worst_error_s() < TOLERANCE_S


# ------------------------------------------------------------------------------------------------------- from start to end


async def test_a_session_runs_to_its_end_without_a_click(guide: Guide) -> None:
    """After Start nothing has to be pressed; each side is shown, each cue said once, and the end says what was done."""
    guide.daemon.next_segments = SHORT
    guide.daemon.offer()
    await guide.page.wait_for_function(
        "() => document.getElementById('before-state').textContent.includes('Time to get up')"
    )
    history = await guide.page.evaluate("history.length")
    await guide.page.get_by_role("button", name="Start").click()

    seen: list[Any] = []
    now: list[str] = []
    while not now or now[0] != "end":
        now = await guide.page.evaluate(
            "[...['view', 'side'].map((name) => document.documentElement.dataset[name]),"
            " document.getElementById('side-word').textContent]"
        )
        if now[0] == "session" and (not seen or seen[-1] != now[1:]):
            seen.append(now[1:])
        await asyncio.sleep(0.02)

    words = [["none", "Get ready"], ["left", "Left"], ["none", "Change sides"], ["right", "Right"], ["none", "Walk"]]
    assert seen == words
    assert await guide.text("#end-title") == "Well done"
    said = await guide.page.evaluate("said")
    assert [sentence.split(".")[0] for sentence in said if sentence.startswith(("Left", "Right"))] == ["Left", "Right"]
    assert len(said) == len(set(said))
    assert await guide.page.evaluate("history.length") == history, "or it could not close its window"
    await guide.page.wait_for_function("() => locks.held === 0")
    assert await guide.page.evaluate("locks.taken") >= 1


async def test_the_end_says_what_was_done(guide: Guide) -> None:
    guide.daemon.begin((("hold", 30, "left"), ("hold", 30, "right"), ("walk", 120, None)))
    await guide.is_in("session")
    guide.daemon.end("completed", work={"left": 30, "right": 30, "walk": 120})
    await guide.is_in("end")

    assert (await guide.page.locator("#end-work div").all_inner_texts()) == [
        "Left side\n30 s",
        "Right side\n30 s",
        "Walked\n2 min",
    ]
    assert await guide.page.locator("main:visible button").count() == 0


async def test_pain_ends_it_and_says_what_follows(guide: Guide) -> None:
    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    await guide.page.keyboard.press("h")
    await guide.is_in("end")

    assert await guide.text("#end-title") == "Stopped, because it hurt"
    assert "Standing lunge stretch is not offered again" in await guide.text("#end-lines")


async def test_a_session_of_which_nothing_stays_ends_as_calmly(guide: Guide) -> None:
    """Stopped after a few seconds, without a prompt: no outcome, and yet the page does not fall back to the start."""
    guide.daemon.begin((("prepare", 10, None), ("hold", 30, "left")))
    await guide.is_in("session")

    guide.daemon.vanish()
    await guide.is_in("end")
    assert await guide.text("#end-title") == "Stopped"

    guide.daemon.offer()
    await guide.is_in("before")


async def test_each_cue_is_said_once(guide: Guide) -> None:
    """Over snapshots that come again, a pause and a reload of nothing: the live region changes only with the cue."""
    guide.daemon.begin((("hold", 2, "left"),), exercise="supine")
    await guide.is_in("session")
    for _ in range(5):
        guide.daemon.set()
        await asyncio.sleep(0.05)
    await guide.is_in("end")

    said = await guide.page.evaluate("said")
    assert said == [
        "Left. Hold. Right knee to your chest, both hands. Slide your left leg out long.",
        "Slide your left foot back in and let go.",
        "Well done. Left side 2 s. The clock starts again when you are back at the desk.",
    ]


async def test_before_it_begins_it_tells_what_comes(guide: Guide) -> None:
    """Steps, what one needs, what to take care of, how long; Start begins."""
    guide.daemon.set(next_exercises=("half-kneeling",), next_seconds=208)
    await guide.page.wait_for_function("() => document.getElementById('before-title').textContent.startsWith('Half')")

    assert await guide.text("#before-length") == "3 min 28 s, both sides"
    assert await guide.page.locator("#before-steps li").count() == 4
    assert "cushion" in await guide.text("#before-needs")
    assert await guide.page.locator("#before-cautions li").count() >= 1
    await guide.page.wait_for_selector("#before .picture svg")
    await guide.page.get_by_role("button", name="Start").click()
    await guide.daemon.wait_for_call("begin")
    await guide.is_in("session")


async def test_while_getting_ready_it_can_be_chosen_anew(guide: Guide) -> None:
    """Another exercise, the other side first, a longer hold, without the walk; later the choice is gone."""
    guide.daemon.begin()
    await guide.is_in("session")
    choices = guide.page.locator("#choices")
    assert await choices.locator("option").count() == 12

    for button, sent in (
        ("Right side first", {"first": "right"}),
        ("Hold longer: 45 s", {"hold": "45"}),
        ("Without the walk", {"walk": "0s"}),
    ):
        await choices.get_by_role("button", name=button).click()
        assert await guide.daemon.wait_for_call("choose") == sent
    await choices.get_by_role("combobox").select_option("supine")
    assert await guide.daemon.wait_for_call("choose") == {"exercise": "supine"}
    guide.daemon.go(1)
    await choices.wait_for(state="hidden")


async def test_the_figure_moves_and_shows_the_side(guide: Guide) -> None:
    """The stretched leg has the letter of its side; the body moves while it gets there; a pause holds it."""
    guide.daemon.begin((("hold", 30, "left"), ("hold", 30, "right")))
    await guide.page.wait_for_function(BADGE, arg="L")
    poses = "[...document.querySelectorAll('#figure path')].map((path) => path.getAttribute('d')).join()"
    before = await guide.page.evaluate(poses)
    await guide.page.wait_for_function(f"before => {poses} !== before", arg=before)
    assert "now" in await guide.text("#psoas")

    await guide.page.keyboard.press("Space")
    await guide.page.wait_for_selector("html[data-paused=yes]")
    paused = await guide.page.evaluate(poses)
    await guide.frames(5)
    assert await guide.page.evaluate(poses) == paused
    guide.daemon.go(1)

    await guide.page.wait_for_function(BADGE, arg="R")


# --------------------------------------------------------------------------------------------------------------- the keys


async def test_every_key_sends_its_command(guide: Guide) -> None:
    guide.daemon.begin()
    await guide.is_in("session")

    for key, command in (
        ("Space", "toggle"), ("Space", "toggle"), ("ArrowRight", "next"), ("ArrowLeft", "previous"), ("Escape", "stop"),
    ):  # fmt: skip
        await guide.page.keyboard.press(key)
        await guide.daemon.wait_for_call(command)
    guide.daemon.begin()
    await guide.is_in("session")
    await guide.page.keyboard.press("Shift+H")
    await guide.daemon.wait_for_call("hurts")


async def test_a_stray_key_does_nothing(guide: Guide) -> None:
    """Neither letters, nor keys with a modifier, nor one that is kept down; nor any key where no session runs."""
    heard = len(guide.daemon.calls)
    for key in ("Space", "Escape", "h", "ArrowRight"):
        await guide.page.keyboard.press(key)
    guide.daemon.begin()
    await guide.is_in("session")
    for key in ("x", "m", "Enter", "Control+h", "Alt+ArrowLeft", "Meta+ArrowRight", "ArrowUp", "1", "Backspace"):
        await guide.page.keyboard.press(key)
    await guide.page.keyboard.down("ArrowRight")
    await guide.daemon.wait_for_call("next")
    await guide.page.keyboard.down("ArrowRight")  # the second of a key that stays down is a repeat
    await guide.page.keyboard.up("ArrowRight")
    await guide.page.keyboard.press("Space")
    await guide.daemon.wait_for_call("toggle")

    assert heard >= 0
    assert guide.daemon.index == 1
    assert await guide.view() == "session"


async def test_the_space_bar_presses_a_button_that_has_the_focus(guide: Guide) -> None:
    """Who walks through the buttons by keyboard presses them as everywhere; one pressed by mouse gives the keys back."""
    guide.daemon.begin()
    await guide.is_in("session")
    await guide.page.locator("[data-command=stop]").focus()
    await guide.page.keyboard.press("Space")
    await guide.daemon.wait_for_call("stop")

    guide.daemon.begin()
    await guide.is_in("session")
    await guide.page.locator("[data-command=next]").click()
    await guide.daemon.wait_for_call("next")
    await guide.page.keyboard.press("Space")
    await guide.daemon.wait_for_call("toggle")


async def test_a_refusal_is_shown_with_its_next_step(guide: Guide) -> None:
    guide.daemon.offer()
    guide.daemon.refuse["snooze"] = ("No snooze is left for this prompt.", "Start or skip it.")
    await guide.page.get_by_role("button", name="In 10 min").click()
    await guide.page.wait_for_selector("#notice:not([hidden])")

    assert await guide.text("#notice") == "No snooze is left for this prompt. Start or skip it."
    guide.complaints.clear()  # the browser notes every answer that is an error


# --------------------------------------------------------------------------------------------------------------- the looks


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


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2 of two colours #rrggbb."""

    def luminance(colour: str) -> float:
        digits = colour.lstrip("#")
        digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
        channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


async def test_with_reduced_motion_the_ring_steps_once_a_second(chromium: Browser, pages: PagesRun) -> None:
    guide = await open_guide(chromium, pages, reduced_motion="reduce")
    await guide.page.evaluate(
        "window.turns = 0; new MutationObserver(() => (turns += 1)).observe(document.getElementById('arc'), {attributes: true})"
    )
    pages.daemon.begin((("hold", 30, "left"),))
    await guide.page.wait_for_function("() => seen.length >= 3")

    assert await guide.page.evaluate("turns") <= 8
    await guide.page.context.close()


# -------------------------------------------------------------------------------------------------------------- how it is


async def test_the_status_page_offers_what_the_state_allows(chromium: Browser, pages: PagesRun) -> None:
    """Words for the state, a button for each command that is allowed, problems with their next step; nothing ticks."""
    status = await open_guide(chromium, pages, "status")
    page, daemon = status.page, pages.daemon

    assert (await status.text("#headline")).startswith("Next break at ")
    assert (await page.get_by_role("button").all_inner_texts()) == [
        "Start", "I moved", "Pause for 1 h", "Pause until tomorrow", "I am standing now", "Open the guide",
    ]  # fmt: skip
    daemon.set(problems=("No tray was found. Use the command line.",), allowed=("resume",), phase="paused")
    await page.get_by_role("button", name="Resume").click()
    await daemon.wait_for_call("resume")
    assert await status.text("#headline") == "Paused"
    problems = await page.locator("#problems li").all_inner_texts()
    assert problems == ["No tray was found. Use the command line."]
    await page.context.close()
    assert status.complaints == []


async def test_a_guide_opened_anew_takes_the_place_of_the_old_one(guide: Guide, pages: PagesRun) -> None:
    """The window that was asked for last is the one that stays live."""
    tab = Guide(await guide.page.context.new_page(), guide.daemon)
    await tab.page.goto(await pages.link())

    await guide.page.wait_for_selector("#notice:not([hidden])")
    assert await tab.page.locator("#notice").is_hidden()


async def test_a_page_is_told_when_nothing_more_will_come(chromium: Browser, own_pages: PagesRun) -> None:
    """Unsit was quit: the page says so at once and its countdown stands still."""
    guide = await open_guide(chromium, own_pages)
    own_pages.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    assert own_pages.process

    own_pages.process.terminate()
    await guide.page.wait_for_selector("#notice:not([hidden])", timeout=2000)

    assert "no longer connected" in await guide.text("#notice")
    assert await guide.page.evaluate("document.documentElement.dataset.paused") == "yes"
    assert await guide.page.locator("[data-command=toggle]").is_disabled()
    assert await own_pages.has_ended(2)
    await guide.page.context.close()
