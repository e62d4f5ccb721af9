"""The session's lock, and the machine's sleep, from systemd-logind (or elogind, which speaks the same).

Who locks a screen may set the session's LockedHint: GNOME, KDE, Cinnamon, Pantheon and xfce4-screensaver do, swaylock, hyprlock
and i3lock do not. The signals Lock and Unlock only ask for it. So: where the hint has ever been seen to move, it alone is
believed; until then the requests are, and `sees_unlock` says that the end of such a lock may never be told.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any, Final

from unsit.adapters.bus import PROPERTIES, Bus, BusError, Signal, Subscription
from unsit.ports import AdapterError, AdapterTimeout, PresenceEvents
from unsit.words import _

log = logging.getLogger(__name__)

LOGIN1: Final = "org.freedesktop.login1"
MANAGER_PATH: Final = "/org/freedesktop/login1"
MANAGER: Final = "org.freedesktop.login1.Manager"
SESSION: Final = "org.freedesktop.login1.Session"
USER: Final = "org.freedesktop.login1.User"

_GRAPHICAL: Final = ("x11", "wayland", "mir")
_NO_PATH: Final = "/"
"""What logind says where an object path has to stand and there is nothing."""


class LogindSession:
    """ports.LockSource. A session that is switched away (another user, a console) counts as locked."""

    def __init__(self, bus: Bus | None = None) -> None:
        """Args: bus: the system bus; a connection of its own by default, which stop() closes."""
        self._bus = bus
        self._owns_bus = bus is None
        self._events: PresenceEvents | None = None
        self._why_not: str | None = _("not started")
        self._session = ""
        self._watch: Subscription | None = None
        self._subscriptions: list[Subscription] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._inhibitor: Any = None
        self._sleep: asyncio.Task[None] | None = None

        self._hint = False
        self._is_hint_used = False
        self._is_lock_asked = False
        self._is_active = True
        self._was_locked = False

    @property
    def works(self) -> bool:
        return self._why_not is None

    @property
    def sees_unlock(self) -> bool:
        """It knows the lock itself, not only requests for it."""
        return self.works and self._is_hint_used

    def describe(self) -> str:
        if self._why_not is not None:
            return _("logind: {why}").format(why=self._why_not)
        return _("logind: follows the session {session}").format(session=self._session.rpartition("/")[2])

    async def start(self, events: PresenceEvents) -> None:
        try:
            if self._bus is None:
                self._bus = await Bus.connect("system", returns=True)
            await self._attach()
            self._was_locked = self._is_locked()
            self._events = events
            self._watch = await self._bus.watch_name(LOGIN1, self._on_owner)
        except BaseException as error:
            await self.stop()
            if not isinstance(error, AdapterError):
                raise
            self._why_not = str(error)
            kind = AdapterTimeout if isinstance(error, AdapterTimeout) else AdapterError
            raise kind(self.describe()) from None

    async def is_locked(self) -> bool | None:
        return self._is_locked() if self.works else None

    async def stop(self) -> None:
        self._events = None
        self._why_not = _("not started")
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        for task in tuple(self._tasks):
            task.cancel()
        self._detach()
        if self._bus is not None and self._owns_bus:
            self._bus.close()
            self._bus = None

    # ------------------------------------------------------------------------------------------------------ the session

    async def _attach(self) -> None:
        bus = self._bus
        assert bus is not None  # noqa: S101  start() connects first
        self._session, properties = await _find_session(bus)
        subscribed = await asyncio.gather(
            bus.subscribe(
                self._on_properties, sender=LOGIN1, path=self._session, interface=PROPERTIES, member="PropertiesChanged"
            ),
            bus.subscribe(self._on_request, sender=LOGIN1, path=self._session, interface=SESSION),
            bus.subscribe(
                self._on_sleep, sender=LOGIN1, path=MANAGER_PATH, interface=MANAGER, member="PrepareForSleep"
            ),
            return_exceptions=True,
        )
        self._subscriptions = [entry for entry in subscribed if isinstance(entry, Subscription)]
        for entry in subscribed:
            if isinstance(entry, BaseException):
                raise entry
        # Read again: it may have changed between the search and the subscription.
        (answer,) = await bus.call(LOGIN1, self._session, PROPERTIES, "GetAll", "s", SESSION)
        properties = _values(answer)
        self._hint = bool(properties.get("LockedHint", False))
        self._is_hint_used = self._is_hint_used or self._hint
        self._is_active = bool(properties.get("Active", True))
        self._why_not = None
        await self._inhibit()

    def _detach(self) -> None:
        for subscription in self._subscriptions:
            subscription.cancel()
        self._subscriptions.clear()
        self._release()

    def _on_owner(self, owner: str | None) -> None:
        if owner is None and self.works:
            self._detach()
            self._fail(_("systemd-logind has gone"))
        elif owner is not None and not self.works:
            self._spawn(self._attach_again())

    async def _attach_again(self) -> None:
        try:
            self._detach()
            await self._attach()
        except AdapterError as error:
            self._fail(str(error))
            return
        log.info("%s", self.describe())
        if self._events is not None:
            self._events.sensors_changed()
        self._report()

    def _fail(self, why: str) -> None:
        self._why_not = why
        log.warning("%s", self.describe())
        if self._events is not None:
            self._events.sensors_changed()

    # ---------------------------------------------------------------------------------------------------------- locking

    def _is_locked(self) -> bool:
        return (self._hint if self._is_hint_used else self._is_lock_asked) or not self._is_active

    def _on_properties(self, signal: Signal) -> None:
        interface, changed = signal.body[:2]
        if interface != SESSION:
            return
        values = _values(changed)
        self._is_active = bool(values.get("Active", self._is_active))
        hint = bool(values.get("LockedHint", self._hint))
        if hint != self._hint:
            self._hint = hint
            if not self._is_hint_used:
                self._is_hint_used = True
                if self._events is not None:
                    self._events.sensors_changed()
        self._report()

    def _on_request(self, signal: Signal) -> None:
        if signal.member not in ("Lock", "Unlock") or self._is_hint_used:
            return
        self._is_lock_asked = signal.member == "Lock"
        if self._is_lock_asked and self._was_locked and self._events is not None:
            self._events.locked(None)  # the end of the lock before was not told
        self._report()

    def _report(self) -> None:
        is_locked = self._is_locked()
        if is_locked == self._was_locked or self._events is None:
            return
        self._was_locked = is_locked
        if is_locked:
            self._events.locked(None)
        else:
            self._events.unlocked()

    # ------------------------------------------------------------------------------------------------------------ sleep

    def _on_sleep(self, signal: Signal) -> None:
        if self._events is None:
            return
        (is_going_down,) = signal.body
        if not is_going_down:
            self._events.woke()
            self._spawn(self._inhibit())
        elif self._sleep is None or self._sleep.done():
            self._sleep = self._spawn(self._go_to_sleep(self._events))

    async def _go_to_sleep(self, events: PresenceEvents) -> None:
        # Should it last until after the wake, the one taken then is not to be released by this.
        inhibitor, self._inhibitor = self._inhibitor, None
        try:
            await events.about_to_sleep()
        finally:
            if inhibitor is not None:
                inhibitor.close()

    async def _inhibit(self) -> None:
        """Ask logind to hold a suspend back until we are ready. Without it a suspend is still told, perhaps too late."""
        if self._bus is None or not self.works:
            return
        try:
            (inhibitor,) = await self._bus.call(
                LOGIN1, MANAGER_PATH, MANAGER, "Inhibit", "ssss",
                "sleep", "Unsit", _("Writes down when you left"), "delay",
            )  # fmt: skip
        except AdapterError as error:
            log.info("No time before a suspend: %s", error)
            return
        self._release()
        self._inhibitor = inhibitor

    def _release(self) -> None:
        if self._inhibitor is not None:
            self._inhibitor.close()
            self._inhibitor = None

    def _spawn(self, coroutine: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _find_session(bus: Bus) -> tuple[str, dict[str, Any]]:
    """(object path, properties) of the desktop's session: this process's own, or the user's display session.

    XDG_SESSION_ID may be that of a login on a console or by ssh, or of a session that has ended: a graphical one is
    preferred, and one of somebody else refused.

    Raises:
        AdapterError: there is none, or no logind.
    """
    found: list[tuple[str, dict[str, Any]]] = []
    for candidate in (_session_of_environment, _session_of_process, _session_of_display):
        try:
            path = await candidate(bus)
            if not path or path == _NO_PATH or any(path == known for known, _properties in found):
                continue
            (answer,) = await bus.call(LOGIN1, path, PROPERTIES, "GetAll", "s", SESSION)
        except BusError as error:
            if error.name in _NO_LOGIND:
                raise AdapterError(_("systemd-logind does not run here")) from None
            log.debug("No session by %s: %s", candidate.__name__, error)
            continue
        properties = _values(answer)
        if properties.get("User", (os.getuid(),))[0] != os.getuid():
            continue
        if properties.get("Type") in _GRAPHICAL:
            return path, properties
        found.append((path, properties))
    if not found:
        raise AdapterError(_("this program runs outside any session that logind knows"))
    return found[0]


_NO_LOGIND: Final = (
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.Disconnected",
)


async def _session_of_environment(bus: Bus) -> str | None:
    session_id = os.environ.get("XDG_SESSION_ID")
    if not session_id:
        return None
    (path,) = await bus.call(LOGIN1, MANAGER_PATH, MANAGER, "GetSession", "s", session_id)
    return str(path)


async def _session_of_process(bus: Bus) -> str | None:
    (path,) = await bus.call(LOGIN1, MANAGER_PATH, MANAGER, "GetSessionByPID", "u", os.getpid())
    return str(path)


async def _session_of_display(bus: Bus) -> str | None:
    """That of a service of the user's systemd, which belongs to no session itself."""
    (user,) = await bus.call(LOGIN1, MANAGER_PATH, MANAGER, "GetUser", "u", os.getuid())
    _session_id, path = await bus.get_property(LOGIN1, user, USER, "Display")
    return str(path)


def _values(properties: dict[str, tuple[str, Any]]) -> dict[str, Any]:
    """Out of their variants."""
    return {name: value for name, (_signature, value) in properties.items()}
