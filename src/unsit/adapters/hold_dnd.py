"""Whether "do not disturb" is on, from whoever shows the notifications here, by each one's own signal of a change.

Which one is there it says itself; a server that comes later, or takes the place of another, is asked anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Final

from msgspec import Struct

from unsit.adapters import child
from unsit.adapters.bus import PROPERTIES, Bus, Signal, Subscription
from unsit.core.model import HoldReason
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

NOTIFICATIONS: Final = "org.freedesktop.Notifications"
NOTIFICATIONS_PATH: Final = "/org/freedesktop/Notifications"
SWAYNC: Final = "org.erikreider.swaync.cc"
SWAYNC_PATH: Final = "/org/erikreider/swaync/cc"
XFCONF: Final = "org.xfce.Xfconf"
XFCONF_PATH: Final = "/org/xfce/Xfconf"
XFCE_PROPERTY: Final = ("xfce4-notifyd", "/do-not-disturb")
DCONF: Final = "ca.desrt.dconf"
DCONF_WRITER: Final = "ca.desrt.dconf.Writer"
READ_WITHIN_S: Final = 3.0
MAKO_MODES: Final = frozenset({"do-not-disturb", "dnd"})
"""By convention: mako's modes are what their owner makes of them, and its manual names the first."""


class _Property(Struct, frozen=True):
    """A property of the notification server, with PropertiesChanged.

    Attributes:
        who: has it, as people call it.
        is_on: by its value.
    """

    who: str
    path: str
    interface: str
    name: str
    is_on: Callable[[Any], bool] = bool


class _Key(Struct, frozen=True):
    """A key of GSettings, kept in dconf.

    Attributes:
        who: looks at it, as people call it.
        on: its value, as `gsettings get` prints it, while it is on.
    """

    who: str
    schema: str
    key: str
    path: str
    on: str


PROPERTIES_OF_SERVERS: Final = (
    _Property("dunst", NOTIFICATIONS_PATH, "org.dunstproject.cmd0", "paused"),
    _Property("KDE Plasma", NOTIFICATIONS_PATH, NOTIFICATIONS, "Inhibited"),
    _Property("mako", "/fr/emersion/Mako", "fr.emersion.Mako", "Modes", lambda modes: not MAKO_MODES.isdisjoint(modes)),
)
KEYS_OF_SERVERS: Final[Mapping[str, _Key]] = {
    "gnome-shell": _Key(
        "GNOME", "org.gnome.desktop.notifications", "show-banners", "/org/gnome/desktop/notifications/show-banners", "false"
    ),
    "cinnamon": _Key(
        "Cinnamon", "org.cinnamon.desktop.notifications", "display-notifications",
        "/org/cinnamon/desktop/notifications/display-notifications", "false",
    ),
    "Notification Daemon": _Key(
        "MATE", "org.mate.NotificationDaemon", "do-not-disturb", "/org/mate/notification-daemon/do-not-disturb", "true"
    ),
}  # fmt: skip
"""Name that the server gives itself -> where it looks."""
XFCE_SERVER: Final = "Xfce Notify Daemon"
XFCE: Final = "xfce4-notifyd"
SWAY: Final = "SwayNotificationCenter"
"""Who says it, as people call them."""


class DndHold:
    """ports.HoldSource."""

    reason: Final[HoldReason] = "dnd"

    def __init__(self, bus: Bus) -> None:
        """Args: bus: the session bus."""
        self._bus = bus
        self._on_change: Callable[[bool], None] | None = None
        self._said: dict[str, bool] = {}
        """Who says it -> on."""
        self._subscriptions: list[Subscription] = []
        self._of_server: list[Subscription] = []
        self._of_swaync: list[Subscription] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._was_on = False

    @property
    def works(self) -> bool:
        return bool(self._said)

    @property
    def names(self) -> Sequence[str]:
        return sorted(who for who, is_on in self._said.items() if is_on)

    def describe(self) -> str:
        if not self._said:
            return _("do not disturb: what shows the notifications here does not tell")
        if on := self.names:
            return _("do not disturb: on, says {services}").format(services=", ".join(on))
        return _("do not disturb: told by {services}").format(services=", ".join(sorted(self._said)))

    async def start(self, on_change: Callable[[bool], None]) -> None:
        self._on_change = on_change
        self._subscriptions.append(await self._bus.watch_name(NOTIFICATIONS, self._on_server))
        self._subscriptions.append(await self._bus.watch_name(SWAYNC, self._on_swaync))

    async def look(self) -> None:
        pass

    def settings_changed(self) -> None:
        pass

    async def stop(self) -> None:
        self._on_change = None
        for task in self._tasks.values():
            task.cancel()
        for subscriptions in (self._subscriptions, self._of_server, self._of_swaync):
            _cancel(subscriptions)
        self._said.clear()

    # -- the server of the notifications

    def _on_server(self, owner: str | None) -> None:
        # What is being asked about the one before must not speak for this one.
        for work in ("server", "key", "xfconf"):
            self._drop(work)
        _cancel(self._of_server)
        for name in tuple(self._said):
            if name != SWAY:
                self._say(name, None)
        if owner is not None:
            self._work("server", self._meet_server)

    async def _meet_server(self) -> None:
        follow = self._of_server.append
        for prop in PROPERTIES_OF_SERVERS:
            follow(
                await self._bus.subscribe(
                    partial(self._on_property, prop), sender=NOTIFICATIONS, path=prop.path, interface=PROPERTIES,
                    member="PropertiesChanged", arg0=prop.interface,
                )
            )  # fmt: skip
            # One that has not the property, or the object, says so.
            with contextlib.suppress(AdapterError):
                value = await self._bus.get_property(NOTIFICATIONS, prop.path, prop.interface, prop.name)
                self._say(prop.who, prop.is_on(value))
        server, *_rest = await self._bus.call(
            NOTIFICATIONS, NOTIFICATIONS_PATH, NOTIFICATIONS, "GetServerInformation", no_auto_start=True
        )
        if (key := KEYS_OF_SERVERS.get(server)) is not None:
            follow(
                await self._bus.subscribe(
                    partial(self._on_dconf, key), sender=DCONF, interface=DCONF_WRITER, member="Notify"
                )
            )
            await self._read_key(key)
        elif server == XFCE_SERVER:
            for member in ("PropertyChanged", "PropertyRemoved"):
                follow(
                    await self._bus.subscribe(
                        self._on_xfconf, sender=XFCONF, interface=XFCONF, member=member, arg0=XFCE_PROPERTY[0]
                    )
                )
            await self._ask_xfconf()

    def _on_property(self, prop: _Property, signal: Signal) -> None:
        _interface, changed, _invalidated = signal.body
        if prop.name in changed:
            self._say(prop.who, prop.is_on(changed[prop.name][1]))

    def _on_dconf(self, key: _Key, signal: Signal) -> None:
        """A prefix, and what changed below it: a key itself, or a folder that was reset."""
        prefix, changes, _tag = signal.body
        if any(key.path.startswith(prefix + change) for change in changes or [""]):
            self._work("key", partial(self._read_key, key))

    async def _read_key(self, key: _Key) -> None:
        """dconf has no method for reading; its file is read by the program that comes with it."""
        try:
            text = await child.output_of(["gsettings", "get", key.schema, key.key], limit_s=READ_WITHIN_S)
        except OSError as error:  # a TimeoutError is one
            log.info("%s %s cannot be read: %s", key.schema, key.key, error)
            return
        if text:
            self._say(key.who, text == key.on)

    def _on_xfconf(self, signal: Signal) -> None:
        if signal.body[1] == XFCE_PROPERTY[1]:
            self._work("xfconf", self._ask_xfconf)

    async def _ask_xfconf(self) -> None:
        is_on = False
        # Not there before it was ever switched on.
        with contextlib.suppress(AdapterError):
            ((_signature, value),) = await self._bus.call(
                XFCONF, XFCONF_PATH, XFCONF, "GetProperty", "ss", *XFCE_PROPERTY
            )
            is_on = bool(value)
        self._say(XFCE, is_on)

    # -- SwayNotificationCenter

    def _on_swaync(self, owner: str | None) -> None:
        self._drop("swaync")
        _cancel(self._of_swaync)
        if owner is None:
            self._say(SWAY, None)
        else:
            self._work("swaync", self._meet_swaync)

    async def _meet_swaync(self) -> None:
        for member in ("Subscribe", "SubscribeV2"):
            self._of_swaync.append(
                await self._bus.subscribe(
                    lambda signal: self._say(SWAY, bool(signal.body[1])),
                    sender=SWAYNC, path=SWAYNC_PATH, interface=SWAYNC, member=member,
                )
            )  # fmt: skip
        (is_on,) = await self._bus.call(SWAYNC, SWAYNC_PATH, SWAYNC, "GetDnd", no_auto_start=True)
        self._say(SWAY, bool(is_on))

    # -- together

    def _work(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """In the place of what is being done under this name, which may not even have begun."""

        async def guarded() -> None:
            try:
                await work()
            except AdapterError as error:
                log.info("Do not disturb: %s", error)

        self._drop(name)
        self._tasks[name] = asyncio.get_running_loop().create_task(guarded())

    def _drop(self, name: str) -> None:
        if (work := self._tasks.pop(name, None)) is not None:
            work.cancel()

    def _say(self, who: str, is_on: bool | None) -> None:
        if is_on is None:
            self._said.pop(who, None)
        else:
            self._said[who] = is_on
        now_on = any(self._said.values())
        if now_on != self._was_on and self._on_change is not None:
            self._was_on = now_on
            self._on_change(now_on)


def _cancel(subscriptions: list[Subscription]) -> None:
    for subscription in subscriptions:
        subscription.cancel()
    subscriptions.clear()
