"""The person's own Firefox on a private screen, steered by Marionette, its own remote protocol.

Marionette is a socket on which JSON goes to and fro, so nothing has to be installed for it: geckodriver and Selenium would
speak it for us. Its commands are those of WebDriver (firefox-source-docs.mozilla.org, "Marionette / Protocol").
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, Final

from support.desktop import Desktop

_PREFERENCES: Final[dict[str, object]] = {
    "marionette.port": 0,
    # As a person has it, and not as tests usually do: the guide has to close its window by what is allowed to every page.
    "remote.prefs.recommended": False,
    # Nothing of what a first start shows.
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "startup.homepage_welcome_url": "",
}
_PROFILES: Final = """[General]
StartWithLastProfile=1
Version=2

[Profile0]
Name=default
IsRelative=1
Path=default
Default=1
"""
START_S: Final = 60.0


class Firefox:
    """Running, with an empty window, as the default browser of the desktop."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        profile = Path(desktop.env["HOME"], ".mozilla/firefox/default")
        profile.mkdir(parents=True)
        (profile.parent / "profiles.ini").write_text(_PROFILES)
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in _PREFERENCES.items()]
        (profile / "user.js").write_text("".join(lines))
        # The profile that is named as the default is also that of the second call, which only hands over its address.
        desktop.env["MOZ_LEGACY_PROFILES"] = "1"
        desktop.env["XDG_CURRENT_DESKTOP"] = "X-Generic"
        defaults = Path(desktop.env["XDG_CONFIG_HOME"], "mimeapps.list")
        defaults.write_text("[Default Applications]\nx-scheme-handler/http=firefox-esr.desktop\n")

        port = profile / "MarionetteActivePort"
        desktop.start(["firefox-esr", "--marionette", "--remote-allow-system-access"], "firefox")
        desktop.wait_for(lambda: port.exists() and port.read_text(), START_S, "Firefox")
        self._socket = socket.create_connection(("127.0.0.1", int(port.read_text())), timeout=START_S)
        self._heard = b""
        self._number = 0
        self._hear()  # what it is
        self._do("WebDriver:NewSession", capabilities={})

    def close(self) -> None:
        self._socket.close()

    def windows(self) -> list[str]:
        return list(self._do("WebDriver:GetWindowHandles"))

    def look_at(self, window: str) -> None:
        """What follows is asked of this window's page."""
        self._do("WebDriver:SwitchToWindow", handle=window)

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page."""
        return self._do("WebDriver:ExecuteScript", script=f"return {expression}", args=[])["value"]

    def complaints(self, origin: str) -> list[str]:
        """What its console has on a page's account: faults of scripts and styles, violations of the page's policy."""
        self._do("Marionette:SetContext", value="chrome")
        try:
            messages = self.ask(
                "Services.console.getMessageArray().filter(entry => entry instanceof Ci.nsIScriptError)"
                ".map(entry => [entry.sourceName, entry.errorMessage])"
            )
        finally:
            self._do("Marionette:SetContext", value="content")
        # That it gives out other measures of the screen is a note to whoever wrote the page, and no fault of it.
        return [text for source, text in messages if source.startswith(origin) and "Fingerprinting" not in text]

    def _do(self, command: str, **parameters: object) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(message), message))
        _kind, _number, error, result = self._hear()
        if error is not None:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return result

    def _hear(self) -> Any:
        """A message is its length in bytes, a colon, and JSON."""
        while b":" not in self._heard:
            self._receive()
        head, _colon, self._heard = self._heard.partition(b":")
        while len(self._heard) < int(head):
            self._receive()
        message, self._heard = self._heard[: int(head)], self._heard[int(head) :]
        return json.loads(message)

    def _receive(self) -> None:
        chunk = self._socket.recv(65536)
        if not chunk:
            raise ConnectionError(f"Firefox has gone\n{self.desktop.log('firefox')}")
        self._heard += chunk
