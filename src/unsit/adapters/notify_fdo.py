"""Notifications on the service org.freedesktop.Notifications, with buttons, replaced in place and taken back.

Written against the Desktop Notifications Specification 1.3 and what the servers make of it; a remark names who does. What
is said in a note, and what happens when none can be shown, is decided elsewhere.

Every slot has at most one note on the screen. Calls that concern one slot run one after the other. A server that hangs
costs a call its time limit and no more; when it answers late after all, the note is ours if it is still wanted and is
closed if it is not.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct
from plyer.facades import Notification

from unsit.adapters.bus import BUS_NAME, BUS_PATH, Bus, BusError, BusTimeout, Signal, Subscription
from unsit.ports import AdapterError, Button, Note, Urgency
from unsit.words import _

log = logging.getLogger(__name__)
_T = TypeVar("_T")

NAME: Final = "org.freedesktop.Notifications"
PATH: Final = "/org/freedesktop/Notifications"
INTERFACE: Final = "org.freedesktop.Notifications"

TIME_LIMIT_S: Final = 2.0
"""For one `show` or `close`, all its calls together."""
GOODBYE_LIMIT_S: Final = 0.5
"""For taking everything from the screen when the daemon ends."""
LATE_S: Final = 600.0
"""How long a reply that is late is still listened for. A server that dies is noticed at once, whatever this says."""
WELCOME_LIMIT_S: Final = 30.0
"""A server that has just taken its name may still be reading its theme, at login even for long."""
DUPLICATE_S: Final = 1.0
"""The same note again within this time is the one already there. KDE refuses it; the others would flicker."""

_NO_SERVER_ERRORS: Final = ("org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner")
_TWICE_ERROR: Final = "org.freedesktop.Notifications.Error.ExcessNotificationGeneration"
_URGENCY: Final[dict[Urgency, int]] = {"low": 0, "normal": 1, "critical": 2}
_DEFAULT_IS_A_BUTTON: Final = ("Xfce Notify Daemon",)
"""Servers, by the name they give, where a click on the body only closes and the default action is drawn as one more
button. Nothing in their capabilities says so."""
_JOINS_LINES: Final = ("gnome-shell",)
"""Servers that make a space of every line break."""


_MARKUP: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""`html.escape` brings the 2231 named characters of HTML along: 0.4 MB at rest."""


class _Server(Struct, frozen=True):
    """The service as it described itself."""

    name: str
    version: str
    capabilities: frozenset[str]

    def has(self, capability: str) -> bool:
        return capability in self.capabilities


class _Shown(Struct):
    """A note on the screen."""

    id: int
    note: Note
    keys: dict[str, Button]
    """Action key -> what a press on it means."""
    at: float
    """Loop time."""
    token: str | None = None


class _Slot:
    """What is wanted on the screen, and what is there.

    Attributes:
        turn: counts the orders; a reply to an earlier one is late.
    """

    def __init__(self) -> None:
        self.order = asyncio.Lock()
        self.turn = 0
        self.shown: _Shown | None = None


class FdoNotifier(Notification):  # type: ignore[misc]  # plyer ships no types
    """A `Notifier` that is also plyer's facade: `notify(title=…, message=…)` schedules a note."""

    def __init__(self, bus: Bus, *, app_name: str = "Unsit", icon: str = "", desktop_entry: str = "unsit") -> None:
        """
        Args:
            icon: path of a picture, or name in the icon theme; Xfce draws a broken picture for a name it does not find.
            desktop_entry: by which the desktop finds name, icon and the person's own rules for us.
        """
        self._bus = bus
        self._app_name = app_name
        self._icon = _address(icon) if "/" in icon else icon
        self._desktop_entry = desktop_entry
        self._loop = asyncio.get_running_loop()
        self._on_button: Callable[[Button, str | None], None] = lambda _button, _token: None
        self._on_server: Callable[[], None] = lambda: None
        self._subscriptions: list[Subscription] = []
        self._owner: str | None = None
        self._server: _Server | None = None
        self._welcome: asyncio.Task[_Server] | None = None
        self._slots: dict[str, _Slot] = {}
        self._requests = 0
        self._early: list[Signal] = []
        """Signals about notes whose id is not known yet: a server may close a note before its reply has been looked at."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_started = False
        """The signals are listened to."""
        self._start_order = asyncio.Lock()
        self._has_looked = asyncio.Event()
        """Whether there is a server is known, or could not be found out: a note that is shown while we start waits for it."""
        self._was_missed = False
        """A note could not be shown since the server last came."""
        self._without_server = _("No notification service runs on this desktop.")
        self._why_not = self._without_server

    # --------------------------------------------------------------------------------------------------- start and stop

    async def start(self, on_button: Callable[[Button, str | None], None], on_server: Callable[[], None]) -> None:
        self._on_button, self._on_server = on_button, on_server
        try:
            await self._listen()
        finally:
            self._has_looked.set()

    async def _listen(self) -> None:
        """To the server, whichever it is. Asked for before every note: a bus that was too slow at the start must not leave
        us deaf to the buttons."""
        async with self._start_order:
            if self._is_started:
                return
            try:
                self._subscriptions.append(
                    await self._bus.subscribe(self._on_signal, sender=NAME, path=PATH, interface=INTERFACE)
                )
                (startable,) = await self._bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "ListActivatableNames")
                if NAME in startable:
                    self._without_server = _("The notification service starts with the first notification.")
                # The server that is there already is no news (_is_started): whoever starts us shows what is open anyway.
                self._subscriptions.append(await self._bus.watch_name(NAME, self._on_owner))
            except BaseException:
                self._forget_subscriptions()
                self._why_not = self._does_not_answer()
                raise
            self._is_started = True

    def _forget_subscriptions(self) -> None:
        for subscription in self._subscriptions:
            subscription.cancel()
        self._subscriptions.clear()

    async def stop(self) -> None:
        """Nothing of ours stays on the screen: its buttons would be dead."""
        self._forget_subscriptions()
        if self._tasks:  # a note on its way to the screen has no id yet
            await asyncio.wait(self._tasks, timeout=GOODBYE_LIMIT_S)
        ids = [slot.shown.id for slot in self._slots.values() if slot.shown]
        self._slots.clear()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*(self._close(id_, GOODBYE_LIMIT_S) for id_ in ids), return_exceptions=True)

    async def find(self) -> frozenset[str]:
        """The capabilities of the service that is there, or that the bus can start; `describe` names it then.

        Raises:
            AdapterError: there is none, or it does not answer.
        """
        try:
            await self._listen()
            return (await self._find_server()).capabilities
        except (TimeoutError, BusTimeout):
            raise AdapterError(self._does_not_answer()) from None
        except BusError as error:
            raise self._refused(error) from error

    def describe(self) -> str:
        if self._server is None:
            return self._why_not
        words = (
            _("{name} {version}, with buttons")
            if self._server.has("actions")
            else _("{name} {version}, without buttons")
        )
        return words.format(name=self._server.name, version=self._server.version)

    # --------------------------------------------------------------------------------------------------- show and close

    async def show(self, note: Note) -> None:
        slot = self._slots.setdefault(note.slot, _Slot())
        try:
            async with asyncio.timeout(TIME_LIMIT_S), slot.order:
                await self._has_looked.wait()
                await self._listen()
                await self._show(slot, note)
        except (TimeoutError, BusTimeout):
            self._was_missed = True
            raise AdapterError(self._does_not_answer()) from None
        except BusError as error:
            self._was_missed = True
            raise self._refused(error) from error

    async def close(self, slot: str) -> None:
        found = self._slots.get(slot)
        if found is None:
            return
        try:
            async with asyncio.timeout(TIME_LIMIT_S), found.order:
                found.turn += 1
                shown, found.shown = found.shown, None
                if shown is not None:
                    await self._close(shown.id, TIME_LIMIT_S)
        except TimeoutError:
            raise AdapterError(self._does_not_answer()) from None

    def _notify(self, **kwargs: Any) -> None:
        """plyer's way in: of its arguments those that mean something here. From any thread, once started."""
        note = Note(
            slot="plyer",
            title=str(kwargs.get("title", "")),
            body=str(kwargs.get("message", "")),
            expires_s=float(kwargs.get("timeout", 10)),
        )
        self._loop.call_soon_threadsafe(lambda: self._keep(self._show_or_log(note)))

    async def _show_or_log(self, note: Note) -> None:
        try:
            await self.show(note)
        except AdapterError as error:
            log.warning("A notification was not shown: %s", error)

    async def _show(self, slot: _Slot, note: Note) -> None:
        server = await self._find_server()
        now = self._loop.time()
        if slot.shown and slot.shown.note == note and now - slot.shown.at < DUPLICATE_S:
            return
        slot.turn += 1
        keys = _keys(note) if server.has("actions") else {}
        request = self._keep(
            self._call(
                "Notify",
                "susssasa{sv}i",
                self._app_name,
                slot.shown.id if slot.shown else 0,
                self._icon,
                note.title,
                _body(note, server),
                _actions(note, keys, server),
                self._hints(note),
                -1 if note.expires_s is None else round(note.expires_s * 1000),
                timeout_s=LATE_S,
            )
        )
        self._requests += 1
        request.add_done_callback(partial(self._on_reply, slot, slot.turn, note, keys))
        try:
            # Shielded: whoever loses patience with us must not lose the id of what the server has put on the screen.
            await asyncio.shield(request)
        except BusError as error:
            if error.name != _TWICE_ERROR:
                raise

    def _on_reply(
        self, slot: _Slot, turn: int, note: Note, keys: dict[str, Button], request: asyncio.Task[tuple[Any, ...]]
    ) -> None:
        self._requests -= 1
        early = self._early
        if not self._requests:
            self._early = []
        if request.cancelled() or request.exception() is not None:
            return
        (id_,) = request.result()
        if turn != slot.turn:  # late: closed or replaced meanwhile
            if slot.shown is None or slot.shown.id != id_:
                self._keep(self._close(id_, LATE_S))
            return
        slot.shown = _Shown(id_, note, keys, self._loop.time())
        for signal in early:
            if signal.body[:1] == (id_,):
                self._on_signal(signal)

    async def _close(self, id_: int, timeout_s: float) -> None:
        try:
            await self._call("CloseNotification", "u", id_, timeout_s=timeout_s)
        except BusError:  # GNOME and KDE say so when it is gone already; a server that died took it along
            log.debug("Notification %d was gone already", id_)

    def _hints(self, note: Note) -> dict[str, tuple[str, Any]]:
        # dunst ignores an urgency that is no byte.
        hints: dict[str, tuple[str, Any]] = {
            "desktop-entry": ("s", self._desktop_entry),
            "urgency": ("y", _URGENCY[note.urgency]),
        }
        if note.sound:
            hints["sound-name"] = ("s", note.sound)
        else:
            hints["suppress-sound"] = ("b", True)
        if note.category:
            hints["category"] = ("s", note.category)
        if note.image:
            hints["image-path"] = ("s", _address(note.image))
        if note.resident:
            hints["resident"] = ("b", True)
        if note.transient:
            hints["transient"] = ("b", True)
        return hints

    # ---------------------------------------------------------------------------------------------------------- signals

    def _on_signal(self, signal: Signal) -> None:
        # Others' notes come by here too; and the same may come twice.
        match signal.member, signal.body:
            case ("NotificationClosed", (int(id_), *_reason)):
                for slot in self._slots.values():
                    if slot.shown and slot.shown.id == id_:
                        slot.shown = None
                        return
            case ("ActivationToken", (int(id_), str(token))):
                for slot in self._slots.values():
                    if slot.shown and slot.shown.id == id_:
                        slot.shown.token = token
                        return
            case ("ActionInvoked", (int(id_), str(key))):
                for slot in self._slots.values():
                    if slot.shown and slot.shown.id == id_:
                        self._press(slot, slot.shown, key)
                        return
            case _:
                return
        if self._requests:
            self._early.append(signal)

    def _press(self, slot: _Slot, shown: _Shown, key: str) -> None:
        button = shown.keys.get(key)
        if button is None:
            return
        token, shown.token = shown.token, None
        if not shown.note.resident:
            # Neither lxqt-notificationd nor mako, nor dunst when told by dunstctl, closes it by itself.
            slot.shown = None
            self._keep(self._close(shown.id, LATE_S))
        self._on_button(button, token)

    # ------------------------------------------------------------------------------------------------------- the server

    def _on_owner(self, owner: str | None) -> None:
        self._owner = owner
        self._server = None
        self._welcome = None
        self._early.clear()
        for slot in self._slots.values():
            slot.shown = None
        if owner is None:
            self._why_not = self._without_server
            return
        self._why_not = self._does_not_answer()
        self._welcome = self._keep(self._read_server(owner, is_news=self._is_started))

    async def _read_server(self, owner: str | None, *, is_news: bool) -> _Server:
        (capabilities,) = await self._call("GetCapabilities", timeout_s=WELCOME_LIMIT_S)
        name, _vendor, version, _spec = await self._call("GetServerInformation", timeout_s=WELCOME_LIMIT_S)
        server = _Server(name, version, frozenset(capabilities))
        if owner == self._owner:
            self._server = server
            log.info("Notifications: %s; %s", self.describe(), ", ".join(sorted(server.capabilities)))
            is_news, self._was_missed = is_news or self._was_missed, False
            if is_news:
                self._on_server()
        return server

    async def _find_server(self) -> _Server:
        """The one that is there, or that the bus can start."""
        if self._server is not None:
            return self._server
        if self._owner is None:
            await self._bus.call(
                BUS_NAME, BUS_PATH, BUS_NAME, "StartServiceByName", "su", NAME, 0, timeout_s=WELCOME_LIMIT_S
            )
        welcome = self._welcome
        if welcome is None or welcome.done():  # it failed, or hung for long
            welcome = self._welcome = self._keep(self._read_server(self._owner, is_news=False))
        return await asyncio.shield(welcome)

    async def _call(self, member: str, signature: str = "", *body: Any, timeout_s: float) -> tuple[Any, ...]:
        # Only a note may start the server.
        return await self._bus.call(
            NAME, PATH, INTERFACE, member, signature, *body, timeout_s=timeout_s, no_auto_start=member != "Notify"
        )

    def _does_not_answer(self) -> str:
        return _("The notification service does not answer. Log out and in again if it stays so.")

    def _refused(self, error: BusError) -> AdapterError:
        if error.name in _NO_SERVER_ERRORS:
            return AdapterError(
                _("No notification service runs on this desktop. Install one, for example dunst or mako.")
            )
        return AdapterError(_("The notification service refused: {error}").format(error=error))

    # ------------------------------------------------------------------------------------------------------------ tasks

    def _keep(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Run it beside us; a task that nobody holds may be collected while it waits."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("Notifications: %s", error)


def _keys(note: Note) -> dict[str, Button]:
    """The action keys: the command's word, which people may write into the rules of their server."""
    keys: dict[str, Button] = {}
    for button in note.buttons:
        key = button.command
        while key in keys:
            key += "-"
        keys[key] = button
    if note.default is not None:
        keys["default"] = note.default
    return keys


def _actions(note: Note, keys: dict[str, Button], server: _Server) -> list[str]:
    """Key and label in turn. The default comes last, and without a label where a button says the same already:
    lxqt-notificationd would draw it as a button of its own, and counts wrong when it is not the last."""
    actions: list[str] = []
    labels = {button.label for button in note.buttons}
    for key, button in keys.items():
        if key != "default" or button.label not in labels:
            actions += key, button.label
        elif server.name not in _DEFAULT_IS_A_BUTTON:
            actions += key, ""
    return actions


def _body(note: Note, server: _Server) -> str:
    # Not body-hyperlinks: dunst with `markup = no` has them and shows every character as it is.
    has_markup = server.has("body-markup")

    def plain(text: str) -> str:
        return text.translate(_MARKUP) if has_markup else text

    lines = [plain(_in_one_line(note.body) if server.name in _JOINS_LINES else note.body)]
    if not server.has("actions") and (note.buttons or note.default):
        if note.fallback:
            lines.append(plain(note.fallback))
        if note.link and has_markup and server.has("body-hyperlinks"):
            text, address = note.link
            address = address.translate(_MARKUP).replace('"', "%22")
            lines.append(f'<a href="{address}">{plain(text)}</a>')
    return "\n".join(line for line in lines if line)


def _in_one_line(text: str) -> str:
    """Its lines still told apart: one that is no sentence gets a dot after it."""
    lines = text.split("\n")
    return "".join(line + (" " if line.endswith((".", "!", "?", "…")) else " · ") for line in lines[:-1]) + lines[-1]


def _address(path: str) -> str:
    return Path(path).absolute().as_uri()
