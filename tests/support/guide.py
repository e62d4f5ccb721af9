"""The guide in a real Chromium, and what one reads off it."""

from __future__ import annotations

import math
import re
import time
from typing import Any

from playwright.async_api import Browser, Page

from support.fake_daemon import FakeDaemon, Segments
from support.pages_run import PagesRun

CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
TOLERANCE_S = 0.3

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


STATES = (
    "nothing", "before", "prepare", "hold", "switch", "walk", "paused", "floor", "floor-switch", "floor-paused", "completed",
    "partial", "pain", "void", "notice",
)  # fmt: skip
"""Everything that the guide can look like."""
SHORT: Segments = (
    ("prepare", 0.5, None),
    ("hold", 0.7, "left"),
    ("switch", 0.5, None),
    ("hold", 0.7, "right"),
    ("walk", 0.7, None),
)
"""A whole session in three seconds."""
MINUTE: Segments = (
    ("prepare", 60, None), ("hold", 60, "left"), ("switch", 60, None), ("hold", 60, "right"), ("walk", 120, None),
)  # fmt: skip
"""A lunge in which nothing goes on while it is looked at."""
_INDEX = {
    "prepare": 0,
    "hold": 1,
    "paused": 1,
    "floor": 1,
    "floor-paused": 1,
    "switch": 2,
    "floor-switch": 2,
    "walk": 4,
}


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

    async def put_in(self, state: str, exercise: str = "standing-lunge") -> None:
        """Have it show one of `STATES`, and wait until it does."""
        daemon = self.daemon
        daemon.reset()
        await self.page.wait_for_selector("html:not([data-view=session])")  # what it shows then is this session
        if state == "nothing":
            daemon.set(next_exercises=(), next_seconds=0, allowed=("pause",))
            await self.page.wait_for_selector("#before-title:text-is('Nothing to do right now')")
        elif state in ("before", "notice"):
            daemon.set(next_exercises=(exercise,))
            daemon.offer()
            await self.is_in("before")
            await self.page.locator("#before-figure svg").wait_for()
            if state == "notice":
                daemon.refuse["snooze"] = ("No snooze is left for this prompt.", "Start or skip it.")
                await self.page.get_by_role("button", name="In 10 min").click()
                await self.page.wait_for_selector("#notice:not([hidden])")
        else:
            daemon.begin(MINUTE, exercise=exercise)
            await self.is_in("session")
            if state in ("completed", "partial", "pain"):
                word = "completed" if state == "completed" else "partial"
                work = {"left": 45.0, "right": 45.0, "walk": 120.0}
                daemon.end(word, reason="pain" if state == "pain" else None, work=work)
                await self.is_in("end")
                await self.page.wait_for_selector("#end-week-box[data-known=yes]")
            elif state == "void":
                daemon.vanish()
                await self.is_in("end")
            else:
                daemon.go(_INDEX[state])
                if state.endswith("paused"):
                    daemon.toggle()
                    await self.page.wait_for_selector("html[data-paused=yes]")
                await self.page.wait_for_selector(f"html[data-kind={MINUTE[_INDEX[state]][0]}]")
                await self.be_large(is_large=state.startswith("floor"))

    async def be_large(self, *, is_large: bool) -> None:
        wanted = "yes" if is_large else "no"
        if await self.page.evaluate("document.documentElement.dataset.floor") != wanted:
            await self.page.keyboard.press("l")
        await self.page.wait_for_selector(f"html[data-floor={wanted}]")

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


async def open_guide(
    browser: Browser, run: PagesRun, page: str = "guide", *, scripts: tuple[str, ...] = (), **options: Any
) -> Guide:
    """Args: scripts: run in the page before its own. options: of the browser's context."""
    run.daemon.reset()
    context = await browser.new_context(**options)
    for script in (WATCH_THE_NUMBER, WATCH_THE_SAYING, COUNT_THE_LOCKS, *scripts):
        if page == "guide":
            await context.add_init_script(script)
    guide = Guide(await context.new_page(), run.daemon)
    await guide.page.goto(await run.link(page))
    return guide


async def another_tab(guide: Guide) -> Guide:
    tab = Guide(await guide.page.context.new_page(), guide.daemon)
    await tab.page.goto(guide.page.url)
    return tab


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2 of two colours, `#rgb`, `#rrggbb` or `rgb(r, g, b)`."""

    def luminance(colour: str) -> float:
        if colour.startswith("rgb"):
            channels = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
        else:
            digits = colour.lstrip("#")
            digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
            channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
