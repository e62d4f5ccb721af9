"""How long it takes from Start to the first paint of the guide, in a Chromium that is running.

    PYTHONPATH=tests .venv/bin/python -m bench.first_paint

Run by `make bench` too. The clock begins when the daemon is told to begin, as by the button of a notification, and ends
when the browser has painted the first text of the page, by its own account.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from typing import Final, NamedTuple

from playwright.async_api import Browser, Page, async_playwright

from support.daemon_run import BROWSER, DaemonRun
from support.desktop import Desktop

SETTINGS: Final = '[prompt]\nevery = "2 s"\nsettle = "0 s"\n[away]\nidle_after = "4 h"\n'
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
RUNS: Final = 5
WITHIN_S: Final = 0.6
PAINTED: Final = """() => new Promise((done) => new PerformanceObserver((list) => {
  const entry = list.getEntriesByName("first-contentful-paint")[0];
  if (entry) done((performance.timeOrigin + entry.startTime) / 1000);
}).observe({type: "paint", buffered: true}))"""


class FirstPaint(NamedTuple):
    seconds: tuple[float, ...]

    def line(self) -> str:
        return (
            f"First paint of the guide after Start, Chromium running: {min(self.seconds):.2f} / "
            f"{statistics.median(self.seconds):.2f} / {max(self.seconds):.2f} s (least, median, most of {len(self.seconds)})"
        )


def measure(runs: int = RUNS) -> FirstPaint:
    with contextlib.closing(Desktop(size="1366x768")) as desktop:
        profile = desktop.dir / "chromium"
        chromium = ["chromium", *FLAGS, f"--user-data-dir={profile}"]
        desktop.start([*chromium, "--remote-debugging-port=0", "about:blank"], "chromium")
        port = profile / "DevToolsActivePort"
        desktop.wait_for(lambda: port.exists() and port.read_text().count("\n"), timeout=60, what="Chromium")
        desktop.env[BROWSER] = " ".join([*chromium, "--app={url}"])
        run = DaemonRun(desktop, SETTINGS)
        run.start()
        seconds = asyncio.run(_paints(run, port.read_text().splitlines()[0], runs))
        run.end()
    return FirstPaint(tuple(seconds))


async def _paints(run: DaemonRun, port: str, runs: int) -> list[float]:
    seconds = list[float]()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        for number in range(runs + 1):
            await asyncio.to_thread(run.wait_for_phase, "due")
            guide = asyncio.ensure_future(_next_page(browser))
            await asyncio.sleep(1.5)  # the pages process is up since the prompt: nobody is quicker than that
            began_s = time.time()
            await asyncio.to_thread(run.call, "begin")
            page = await guide
            painted_s = float(await page.evaluate(PAINTED))
            if number > 0:  # the first fills the caches
                seconds.append(painted_s - began_s)
            await page.close()
            await asyncio.to_thread(run.call, "stop")
    return seconds


async def _next_page(browser: Browser) -> Page:
    return await browser.contexts[0].wait_for_event("page", timeout=60_000)


def main() -> int:
    print(measure().line())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
