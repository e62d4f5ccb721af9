"""The guide as a person has it: the whole daemon, its own pages process, and a real browser that follows the links."""

from __future__ import annotations

import contextlib

from playwright.sync_api import Browser, BrowserContext, Error, Page

from support.daemon_run import DaemonRun, Session
from support.guide import COUNT_THE_LOCKS


class Guides:
    """What the daemon asks the browser to open, and the windows in which that is shown.

    Attributes:
        login: the login session, which is locked and put to sleep.
        browser: that follows the links.
        complaints: what the browser's console had to say, policy violations included.
    """

    def __init__(self, run: DaemonRun, browser: Browser) -> None:
        self.run, self.login = run, Session(run.desktop)
        self.complaints: list[str] = []
        self.browser = browser
        self._contexts: list[BrowserContext] = []
        run.record_links()

    def page(self, number: int = 0) -> Page:
        """The window of that link, in a browser profile of its own, as soon as it is asked for and live."""
        self.run.wait(lambda: len(self.run.links()) > number, "the guide to be opened")
        context = self.browser.new_context()
        self._contexts.append(context)
        page = context.new_page()
        page.add_init_script(COUNT_THE_LOCKS)
        page.on("console", lambda message: self._note(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        with page.expect_response("**/events?*"):  # it is live, not only drawn
            page.goto(self.run.links()[number])
        return page

    def close(self) -> None:
        for context in self._contexts:
            with contextlib.suppress(Error):  # its browser was killed
                context.close()

    def _note(self, complaint: str) -> None:
        # A page that is driven has more in its history than the one a person gets, and may not be closed by itself; one whose
        # server was killed says that it could not be reached.
        if "Scripts may close only" not in complaint and "net::ERR_" not in complaint:
            self.complaints.append(complaint)


def notice(page: Page) -> str:
    """What the page tells the person of the connection; empty where all is well."""
    return page.locator("#notice").inner_text().strip() if page.locator("#notice").is_visible() else ""


def pages_pid(run: DaemonRun) -> int:
    """The process that serves the pages."""
    (process,) = [child for child in run.children() if "unsit.web" in child.cmdline()]
    return int(process.pid)
