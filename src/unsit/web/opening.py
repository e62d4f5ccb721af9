"""How a page comes before the person: a browser, or Unsit's own window where the settings ask for it and it works."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from unsit.adapters.browser import Browser
from unsit.adapters.window import GuideWindow
from unsit.ports import AdapterError
from unsit.settings.types import GuideScreen, GuideSettings
from unsit.words import _

log = logging.getLogger(__name__)

GUIDE: Final = "guide"
"""The only page that `guide.screen` is about: the others are read in the browser, among one's other pages."""


class Opening:
    """
    Args:
        make_link: page -> an address that lets in once.
        report: (page, words for people, whether it was shown in another way) of what does not work; may be said without any
            page on the screen.
        on_crash: the window that showed the guide broke down. Asked for again, the guide comes in the browser.
        on_page: somebody in that window followed a link to the page of this name.

    Attributes:
        shape: what a guide in a browser makes of its window, as far as the browser lets it.
    """

    def __init__(
        self,
        make_link: Callable[[str], str],
        report: Callable[[str, str, bool], Awaitable[None]],
        on_crash: Callable[[], None],
        on_page: Callable[[str], None],
    ) -> None:
        self._make_link, self._report = make_link, report
        self._window = GuideWindow(on_crash, on_page)
        self._browser = Browser()
        self.shape: GuideScreen = "window"

    async def prepare(self, guide: GuideSettings) -> None:
        """Find out what takes time, before somebody waits for it."""
        await self._browser_for(guide).prepare()

    async def open(self, page: str, guide: GuideSettings, link: str, activation_token: str | None = None) -> None:
        """Show the page; what does not work is reported. `link` is one that `make_link` made."""
        problem, was_shown = "", True
        if page == GUIDE:
            self.shape = "window"
        if page == GUIDE and guide.screen != "window":
            try:
                await self._window.open(guide.screen, link, activation_token)
            except AdapterError as error:
                problem = _("{problem} Your browser shows the guide instead.").format(problem=error)
                link = self._make_link(page)  # the window may have used the other one before it failed
                self.shape = guide.screen
            else:
                return
        try:
            await self._browser_for(guide).open(link, activation_token)
        except AdapterError:
            # Not the reason as it stands: the address in it lets in whoever reads it first, and this goes to the log.
            problem = _("No browser could be started. Name yours in the settings (guide.browser), or use a terminal.")
            was_shown = False
        if problem:
            await self._report(page, problem, was_shown)

    async def stop(self) -> None:
        await self._window.stop()

    def _browser_for(self, guide: GuideSettings) -> Browser:
        """The same as long as the setting is the same: it remembers what the default browser is."""
        if self._browser.command != guide.browser:
            self._browser = Browser(guide.browser)
        return self._browser
