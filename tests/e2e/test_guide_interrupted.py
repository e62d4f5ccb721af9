"""A stretch that something comes between: the daemon goes on, pauses or ends by its rules, and the page says what happened."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from support.daemon_run import DaemonRun
from support.desktop import needs
from support.guide import CHROMIUM_ARGS
from support.guide_run import Guides, notice, pages_pid

MakeRun = Callable[..., DaemonRun]
StartGuide = Callable[..., tuple[DaemonRun, Guides, Page]]

pytestmark = needs("chromium", "/usr/bin/python3")

LONG_HOLD = '[prompt]\nevery = "1 h"\n[stretch]\nhold = 60\n[away]\ncredit = "{credit}"\n'
SLACK_S = 1.0
"""Between the daemon's answer and the page's."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def begin(make_run: MakeRun, chromium: Browser) -> Iterator[StartGuide]:
    """A stretch in its first hold, and its guide in a browser: in the module's, or in one of its own."""
    made: list[Guides] = []

    def start(*, credit: str = "2 min", browser: Browser = chromium) -> tuple[DaemonRun, Guides, Page]:
        run = make_run(LONG_HOLD.format(credit=credit), screen=False, system_bus=True)
        guides = Guides(run, browser)
        made.append(guides)
        run.start()
        run.done("begin", "standing-lunge")
        run.done("session", "next")
        page = guides.page()
        page.wait_for_selector("html[data-view=session]")
        return run, guides, page

    yield start
    for guides in made:
        guides.close()
    assert [complaint for guides in made for complaint in guides.complaints] == []


def is_paused(run: DaemonRun) -> bool:
    return bool(run.snapshot["session"]["paused"])


def shows_the_daemons_second(run: DaemonRun, page: Page) -> bool:
    seen = run.snapshot
    left_s = seen["session"]["ends"]["boot_s"] - seen["boot_s"]
    shown = page.locator("#number").inner_text().strip()
    return shown.isdecimal() and abs(int(shown) - left_s) <= SLACK_S + 1


def test_idle_hands_and_a_lock_are_the_exercise(begin: StartGuide) -> None:
    """The screen is locked and unlocked in the middle: nothing is paused, taken back, or counted as away."""
    run, guides, page = begin(credit="1 s")
    guides.login.lock()
    run.wait(lambda: run.snapshot["locked"], "the lock")
    run.wait(lambda: run.snapshot["session"]["elapsed_s"] > 2, "two seconds of it")
    assert page.evaluate("document.documentElement.dataset.paused") == "no"
    guides.login.lock(False)
    run.wait(lambda: not run.snapshot["locked"], "the unlock")
    assert run.phase == "session"
    assert not is_paused(run)
    assert shows_the_daemons_second(run, page)
    assert run.outcomes() == []


def test_a_short_sleep_pauses_and_the_page_says_so(begin: StartGuide) -> None:
    """Space goes on; meanwhile the page lets the screen go."""
    run, guides, page = begin()
    page.wait_for_function("() => locks.held === 1")
    guides.login.prepare_for_sleep(True)
    run.wait(lambda: is_paused(run), "the pause")
    guides.login.prepare_for_sleep(False)

    page.wait_for_selector("html[data-paused=yes]")
    assert "asleep" in page.locator("#cue").inner_text()
    page.keyboard.press("l")  # for who lies on the floor, the one word fills the screen
    assert page.locator("#cue").is_hidden()
    assert "asleep" in page.locator("#pause-note").inner_text()
    assert page.locator("#pause-note").is_visible()
    assert "asleep" in page.locator("#announce").inner_text()
    page.wait_for_function("() => locks.held === 0")
    page.keyboard.press("Space")
    run.wait(lambda: not is_paused(run), "the end of the pause")
    page.wait_for_selector("html[data-paused=no]")
    assert "asleep" not in page.locator("#cue").inner_text()
    page.wait_for_function("() => locks.held === 1")


def test_a_long_sleep_ends_it_and_the_page_says_so(begin: StartGuide) -> None:
    """As long as what counts for a break: nobody goes on where they were then."""
    run, guides, page = begin(credit="1 s")
    guides.login.prepare_for_sleep(True)
    run.wait(lambda: is_paused(run), "the pause")
    slept_at_s = run.snapshot["boot_s"]
    run.wait(lambda: run.snapshot["boot_s"] > slept_at_s + 1, "a second of sleep")
    guides.login.prepare_for_sleep(False)

    page.wait_for_selector("html[data-view=end]")
    assert page.locator("#end-title").inner_text() == "Stopped"
    assert "asleep for too long" in page.locator("#end-lines").inner_text()
    assert run.snapshot["session"] is None


def test_a_page_that_is_closed_or_loaded_anew_finds_it_where_it_is(begin: StartGuide) -> None:
    """The stretch goes on without a page, and a new one shows the second that the daemon is at."""
    run, guides, page = begin()
    page.reload()
    page.wait_for_selector("html[data-view=session]")
    run.wait(lambda: shows_the_daemons_second(run, page), "the daemon's second after the reload")
    assert len(run.links()) == 1
    page.close()

    run.done("open", "guide")
    again = guides.page(1)
    again.wait_for_selector("html[data-view=session]")
    run.wait(lambda: shows_the_daemons_second(run, again), "the daemon's second on the new page")
    assert not is_paused(run)
    assert run.snapshot["session"]["index"] == 1


def test_of_two_pages_the_newer_one_is_live(begin: StartGuide) -> None:
    """The other says where it went on, shows no seconds, and lets the screen go."""
    run, guides, page = begin()
    run.done("open", "guide")
    newer = guides.page(1)
    newer.wait_for_selector("html[data-view=session]")

    page.wait_for_selector("html[data-view=wait]")
    assert "in another window" in page.locator("#wait-words").inner_text()
    page.wait_for_function("() => locks.held === 0")
    page.keyboard.press("Space")
    newer.keyboard.press("ArrowRight")
    run.wait(lambda: run.snapshot["session"]["index"] == 2, "the next part")
    assert not is_paused(run), "the old page's keys are dead"


def test_a_daemon_that_is_killed_comes_back_to_the_same_page(begin: StartGuide) -> None:
    """While it is gone the page says so and stands still; then it is live again by itself, paused where it was."""
    run, _guides, page = begin()
    lock = Path(run.desktop.env["XDG_RUNTIME_DIR"], "unsit", "lock")
    told = lock.stat().st_mtime
    run.wait(lambda: lock.stat().st_mtime > told + 2, "some seconds of the hold")
    run.kill()
    page.wait_for_selector("#notice:not([hidden])")
    assert "not running" in notice(page)
    assert page.evaluate("document.documentElement.dataset.paused") == "yes"

    run.start()
    page.wait_for_selector("#notice", state="hidden")
    assert is_paused(run)
    assert "started again" in page.locator("#cue").inner_text()
    assert run.snapshot["session"]["index"] == 1
    assert run.snapshot["session"]["elapsed_s"] >= 1.9  # two, but for the grain of the file system's clock
    page.keyboard.press("Space")
    run.wait(lambda: not is_paused(run), "the end of the pause")
    run.wait(lambda: shows_the_daemons_second(run, page), "the daemon's second")
    assert len(run.links()) == 1
    run.done("session", "hurts")
    page.wait_for_selector("html[data-view=end]")
    assert run.words() == ["partial"]


def test_a_daemon_that_is_quit_says_goodbye(begin: StartGuide) -> None:
    """It ends the stretch, and the page says by whom."""
    run, _guides, page = begin()
    run.end()
    page.wait_for_selector("html[data-view=end]")
    assert "Unsit was ended" in page.locator("#end-lines").inner_text()
    page.wait_for_selector("#notice", state="hidden")  # for a moment it is a daemon that may come back


def test_pages_that_are_killed_are_opened_again(begin: StartGuide) -> None:
    """The stretch has not stopped; the old window says that it is no longer connected."""
    run, guides, page = begin()
    os.kill(pages_pid(run), signal.SIGKILL)
    again = guides.page(1)
    again.wait_for_selector("html[data-view=session]")
    run.wait(lambda: shows_the_daemons_second(run, again), "the daemon's second on the new page")
    assert not is_paused(run)
    assert not [problem for problem in run.problems if "page" in problem]
    assert "interrupted" in notice(page) or page.locator("#notice").is_hidden()


def test_a_browser_that_is_killed_takes_nothing_with_it(begin: StartGuide, chromium: Browser) -> None:
    """The guide comes again when it is asked for; the stretch has gone on."""
    before = set(psutil.Process().children(recursive=True))
    own = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)
    browsers = [
        process for process in set(psutil.Process().children(recursive=True)) - before
        if re.search("chrom", process.name()) and "--type" not in " ".join(process.cmdline())
    ]  # fmt: skip
    run, guides, _page = begin(browser=own)
    for process in browsers:
        process.kill()
    guides.browser = chromium
    run.done("open", "guide")
    again = guides.page(1)
    again.wait_for_selector("html[data-view=session]")
    run.wait(lambda: shows_the_daemons_second(run, again), "the daemon's second in the other browser")
    assert not is_paused(run)
