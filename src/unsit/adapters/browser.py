"""Opens a page in the person's own browser, in a window of its own, so that the page can close it again.

A page may close its window only if that window was opened for it and nothing else was ever shown in it. Browsers of the
Chromium family open such a window without a frame (`--app=`), those of the Firefox family a new window; any other gets
the address by way of `xdg-open` and decides for itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shlex
import shutil
import sys
import webbrowser
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import Path
from typing import Final

from unsit.adapters import child
from unsit.adapters.launch import environment_with, openers, run
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

QUERY_TIMEOUT_S: Final = 3.0
"""xdg-settings and xdg-mime are shell scripts; a slow disk makes them slow, a broken desktop lets them hang."""

USUAL_NAMES: Final = ("x-www-browser", "firefox", "firefox-esr", "chromium", "chromium-browser", "google-chrome")
"""Tried where the desktop names no default. Not by Python's webbrowser module on Linux: it would also start text browsers."""

# What the command or the desktop file of a browser is called, whatever stands around it: google-chrome-stable,
# org.chromium.Chromium, firefox-esr, io.gitlab.librewolf-community.
_CHROMIUM: Final = re.compile(r"chrom(e|ium)|brave|vivaldi|microsoft-edge|msedge|opera\b|thorium", re.IGNORECASE)
_FIREFOX: Final = re.compile(r"firefox|librewolf|waterfox|floorp|icecat|zen[-_.]?browser|\bzen\b", re.IGNORECASE)
_FIELD_CODES: Final = re.compile(r"^(%[a-zA-Z]|@@u?)$")
"""Placeholders of the Desktop Entry Specification ("The Exec key"), and flatpak's marks around them."""


class Browser:
    """Attributes: command: what the person set: a command, with `{url}` where the address belongs; "" for the default."""

    def __init__(self, command: str = "") -> None:
        self.command = command
        self._found: list[str] | None = None
        self._looking: asyncio.Task[list[str]] | None = None

    async def prepare(self) -> None:
        """Find out which browser is the default, before somebody waits for it."""
        if not self.command:
            await self._find()

    async def open(self, url: str, activation_token: str | None = None) -> None:
        """Returns when a browser has taken the address.

        Args:
            activation_token: the desktop's leave to come to the front, for the click that led here.

        Raises:
            AdapterError: nothing could show it; the message has the address.
        """
        environment = environment_with(activation_token)
        for argv in await self._ways(url):
            log.debug("Opening a page with %s", argv[0])
            if await run(argv, environment):
                return
        if sys.platform != "linux" and await asyncio.to_thread(webbrowser.open, url, 1):
            return
        raise AdapterError(
            _("No browser could be started. Open this address in one: {url}").format(url=url),
        )

    async def describe(self) -> str:
        """What would be tried first. Raises AdapterError where nothing is there to be tried."""
        if self.command:
            program = command_line(self.command, "")[0]
            if shutil.which(program) is None:
                raise AdapterError(_("guide.browser: there is no program {program}").format(program=program))
            return _("{program}, as guide.browser says").format(program=Path(program).name)
        if default := await self._find():
            return Path(default[0]).name
        if sys.platform != "linux":
            return _("the system's own")
        usual = next((name for name in USUAL_NAMES if shutil.which(name)), None)
        if usual is None:
            raise AdapterError(_("no browser was found"))
        return usual

    async def _ways(self, url: str) -> list[list[str]]:
        """The commands to try, the best first."""
        ways: list[list[str]] = []
        if self.command:
            ways.append(command_line(self.command, url))
        elif (default := await self._find()) is not None and default:
            ways.append(window_of_its_own(default, url))
        if sys.platform == "linux":
            ways.extend([*opener, url] for opener in openers())
        ways.extend(window_of_its_own([found], url) for name in USUAL_NAMES if (found := shutil.which(name)))
        return ways

    async def _find(self) -> list[str]:
        """The default browser's command; empty where it cannot be found out."""
        if self._found is None:
            if self._looking is None or self._looking.done():  # one that has failed is no answer for ever
                self._looking = asyncio.create_task(_default_browser())
            self._found = await asyncio.shield(self._looking)
        return self._found


def command_line(command: str, url: str) -> list[str]:
    """The person's own command with the address in its place, or, where it names no place, at its end.

    Raises:
        AdapterError: the quotes in it do not match.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise AdapterError(
            _("guide.browser is not a command: {reason}. Open this address by hand: {url}").format(
                reason=error, url=url
            )
        ) from error
    if any("{url}" in word for word in words):
        return [word.replace("{url}", url) for word in words]
    return window_of_its_own(words, url) if len(words) == 1 else [*words, url]


def window_of_its_own(browser: list[str], url: str) -> list[str]:
    """A browser's command -> the same with what makes it open a new window for this address."""
    called = " ".join([Path(browser[0]).name, *browser[1:]])
    if _FIREFOX.search(called):
        return [*browser, "--new-window", url]
    if _CHROMIUM.search(called):
        # Chromium refuses to run as root with its sandbox; nobody else is to be without it.
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        return [*browser, *(["--no-sandbox"] if is_root else []), f"--app={url}"]
    return [*browser, url]


async def _default_browser() -> list[str]:
    if sys.platform != "linux":
        return []
    for query in (
        ["xdg-settings", "get", "default-web-browser"],
        ["xdg-mime", "query", "default", "x-scheme-handler/http"],
    ):
        entry = await _ask(query)
        if entry.endswith(".desktop") and (command := _command_of(entry)):
            return command
    return []


async def _ask(argv: list[str]) -> str:
    """What the command prints; nothing where it is missing, fails or takes too long."""
    if shutil.which(argv[0]) is None:
        return ""
    try:
        return await child.output_of(argv, limit_s=QUERY_TIMEOUT_S)
    except OSError as error:  # a TimeoutError is one
        log.info("%s does not say which browser is the default: %s", argv[0], error)
        return ""


def _command_of(entry: str) -> list[str]:
    """The command of a desktop entry by its id, without placeholders; empty where there is none."""
    home = os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()
    dirs = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    for folder in [str(home), *dirs.split(":")]:
        path = Path(folder, "applications", entry)
        # Keys of the specification are case-sensitive, `%` means nothing to the parser, and a key may be there twice.
        parser = ConfigParser(interpolation=None, strict=False, delimiters=("=",), comment_prefixes=("#",))
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep the case
        try:
            if path.is_file() and parser.read(path, encoding="utf-8"):
                words = shlex.split(parser.get("Desktop Entry", "Exec", fallback=""))
                return [word for word in words if not _FIELD_CODES.match(word)]
        except (OSError, ConfigError, ValueError) as error:
            log.info("%s cannot be read: %s", path, error)
    return []
