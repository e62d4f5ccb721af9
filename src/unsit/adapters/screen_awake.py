"""Keeps the screen from going dark or locking while a stretch runs: whoever does it is on the floor, and touches nothing.

There is no one door for this. Asked is whoever is there, and each gives what it can: the screen lock and the power saving of
the desktop on the session bus, the login manager on the system bus, the X server. A desktop without any of these (sway and
its like let only a visible window hold the screen) is left to the browser, where the page of the guide asks for the same.

The connections are this stretch's own and end with it, so nothing is held by a daemon that dies, or by one that forgets: all
of them take back what a connection asked for when it goes. Import this module only when a stretch begins.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final

from msgspec import Struct

from unsit.adapters.bus import Bus, BusError
from unsit.adapters.screensaver_fdo import SCREENSAVERS
from unsit.adapters.session_logind import LOGIN1, MANAGER, MANAGER_PATH
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

ANSWER_S: Final = 1.0
"""For a service to take it, or to take it back. One that hangs costs this much of nobody's time: nothing waits for it."""
APP: Final = "Unsit"
_IDLE: Final = 8
"""The flag of GNOME's session manager and of the portal for "do not take the session for idle". The one for "do not
suspend" is not asked for: whoever shuts the lid means it."""
_NO_WINDOW: Final = 0
_PORTAL: Final = "org.freedesktop.portal.Desktop"
_PORTAL_PATH: Final = "/org/freedesktop/portal/desktop"
_REQUEST: Final = "org.freedesktop.portal.Request"


class _Service(Struct, frozen=True):
    """Somebody on the session bus who gives a cookie for an inhibition and takes it back for it."""

    path: str
    interface: str
    signature: str = "ss"
    give_back: str = "UnInhibit"


# Screen locks ("Idle Inhibition Service" of freedesktop.org), also under the desktops' own names; GNOME's session manager,
# whose name MATE's and Cinnamon's have, too; the power managers, of which Xfce's switches the screen off by itself.
SERVICES: Final = {
    **{name: _Service(path, name) for name, path in SCREENSAVERS.items()},
    "org.gnome.SessionManager": _Service(
        "/org/gnome/SessionManager", "org.gnome.SessionManager", "susu", give_back="Uninhibit"
    ),
    "org.freedesktop.PowerManagement": _Service(
        "/org/freedesktop/PowerManagement/Inhibit", "org.freedesktop.PowerManagement.Inhibit"
    ),
}
"""Bus name -> whom to ask there."""


class ScreenAwake:
    """ports.ScreenAwake."""

    def __init__(self) -> None:
        self._session = _SessionBus()
        self._inhibitor: Any = None
        """logind's lock: held while this file descriptor is open."""
        self._x11: Any = None
        self._had: list[str] = []

    async def hold(self) -> None:
        await asyncio.gather(
            _tried("The session bus", self._session.hold()),
            _tried("logind", self._hold_login()),
            _tried("The X server", self._hold_x11()),
        )
        self._had = self._names()
        log.info("The screen is kept awake by %s", ", ".join(self._had) or "nothing here but the page")

    async def release(self) -> None:
        self._had = self._names() or self._had
        for held in (self._inhibitor, self._x11):
            if held is not None:
                held.close()
        self._inhibitor = self._x11 = None
        await self._session.release()

    def describe(self) -> str:
        names = self._names() or self._had
        if not names:
            return _("kept awake while a stretch runs by the browser that shows it")
        return _("kept awake while a stretch runs by {services}").format(services=", ".join(names))

    def _names(self) -> list[str]:
        return [
            *self._session.names(),
            *(["logind"] if self._inhibitor is not None else []),
            *([_("the X server")] if self._x11 is not None else []),
        ]

    async def _hold_login(self) -> None:
        """What suspends or locks by logind's idle action, and the lockers that ask it."""
        if self._inhibitor is not None:
            return
        bus = await Bus.connect("system", timeout_s=ANSWER_S)
        try:
            (self._inhibitor,) = await bus.call(
                LOGIN1, MANAGER_PATH, MANAGER, "Inhibit", "ssss", "idle", APP, _reason(), "block",
                timeout_s=ANSWER_S, no_auto_start=True,
            )  # fmt: skip
        finally:
            bus.close()  # the lock is the file descriptor's alone

    async def _hold_x11(self) -> None:
        display = os.environ.get("DISPLAY")
        if self._x11 is None and display and not os.environ.get("WAYLAND_DISPLAY"):
            from unsit.adapters.x11_screensaver import open_suspended

            self._x11 = await open_suspended(display)


class _SessionBus:
    """Everybody on the session bus who can be asked, also one that is started anew meanwhile."""

    def __init__(self) -> None:
        self._bus: Bus | None = None
        self._cookies: dict[str, int] = {}
        self._request: str | None = None
        """The portal's object for what it gave."""
        self._asking: set[asyncio.Task[None]] = set()

    def names(self) -> list[str]:
        return [*self._cookies, *([_PORTAL] if self._request else [])]

    async def hold(self) -> None:
        if self._bus is not None and self._bus.is_open:
            return  # whoever is there was asked, and whoever comes is
        self._bus = bus = await Bus.connect("session", timeout_s=ANSWER_S)
        await asyncio.gather(*(bus.watch_name(name, partial(self._on_owner, name)) for name in SERVICES))
        if self._asking:
            await asyncio.wait(self._asking)
        if not self._cookies:  # in a sandbox it is the only one that can be reached
            await _tried("The portal", self._ask_portal(bus))

    async def release(self) -> None:
        bus, self._bus = self._bus, None
        if bus is None:
            return
        for question in tuple(self._asking):
            question.cancel()
        # Said as well, though all of them would notice that we are gone: some only a while later.
        returns = [
            _tried(name, self._call(bus, name, SERVICES[name].give_back, "u", cookie))
            for name, cookie in self._cookies.items()
        ]
        if self._request:
            returns.append(_tried("The portal", _closed(bus, self._request)))
        self._cookies, self._request = {}, None
        await asyncio.gather(*returns)
        bus.close()

    def _on_owner(self, name: str, owner: str | None) -> None:
        self._cookies.pop(name, None)
        if owner is not None and self._bus is not None:
            question = asyncio.get_running_loop().create_task(_tried(name, self._ask(self._bus, name)))
            self._asking.add(question)
            question.add_done_callback(self._asking.discard)

    async def _ask(self, bus: Bus, name: str) -> None:
        signature = SERVICES[name].signature
        body = (APP, _NO_WINDOW, _reason(), _IDLE) if signature == "susu" else (APP, _reason())
        (cookie,) = await self._call(bus, name, "Inhibit", signature, *body)
        self._cookies[name] = int(cookie)

    async def _call(self, bus: Bus, name: str, member: str, signature: str, *body: Any) -> tuple[Any, ...]:
        service = SERVICES[name]
        return await bus.call(
            name, service.path, service.interface, member, signature, *body, timeout_s=ANSWER_S, no_auto_start=True
        )

    async def _ask_portal(self, bus: Bus) -> None:
        options = {"reason": ("s", _reason())}
        (self._request,) = await bus.call(
            _PORTAL, _PORTAL_PATH, "org.freedesktop.portal.Inhibit", "Inhibit", "sua{sv}", "", _IDLE, options,
            timeout_s=ANSWER_S, no_auto_start=True,
        )  # fmt: skip


def _reason() -> str:
    """Shown by desktops that list what keeps the screen on."""
    return _("A stretch is running")


async def _closed(bus: Bus, request: str) -> tuple[Any, ...]:
    return await bus.call(_PORTAL, request, _REQUEST, "Close", timeout_s=ANSWER_S, no_auto_start=True)


async def _tried(name: str, asking: Coroutine[Any, Any, object]) -> None:
    """Nobody has to be there, and one that refuses, or answers something else, is as good as none."""
    try:
        await asking
    except (AdapterError, ValueError) as error:
        why = error.name if isinstance(error, BusError) else str(error)
        log.debug("%s does not keep the screen awake: %s", name, why)
