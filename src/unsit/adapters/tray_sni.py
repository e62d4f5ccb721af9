"""The tray on most Linux desktops: a StatusNotifierItem with a dbusmenu, on a bus connection of its own.

It is a pystray icon that lives on the daemon's loop: none of pystray's threads is used. The connection is its own because
every watcher forgets an item when the item's connection ends, and some forget it no other way: stopped is gone.

Item: https://specifications.freedesktop.org/status-notifier-item/ and KDE's statusnotifieritem.xml (tokens). Menu:
com.canonical.dbusmenu, libdbusmenu's dbus-menu.xml.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from unsit.adapters.bus import Bus, BusError, Interface, Method, Property
from unsit.adapters.pystray_base import Act, BaseIcon, Item, Menu, Send
from unsit.adapters.tray_icon import Icon, Picture, icon_of, load_icon
from unsit.core.snapshot import Snapshot
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

WATCHER: Final = "org.kde.StatusNotifierWatcher"
WATCHER_PATH: Final = "/StatusNotifierWatcher"
ITEM: Final = "org.kde.StatusNotifierItem"
ITEM_PATH: Final = "/StatusNotifierItem"
"""Where a watcher looks when it is given a bus name only."""
MENU: Final = "com.canonical.dbusmenu"
MENU_PATH: Final = "/MenuBar"

ROOT: Final = 0

SPACING_S: Final = 0.5
"""From one announcement of what changed to the next, and from a registration to the first. GNOME's AppIndicator extension
(59) loses what is announced while it still reads what was announced before, which takes it 0.1 s: the icon of a prompt that
fell due stayed green until the next change."""


class Node(NamedTuple):
    """One entry of the menu as it was when it was last evaluated; properties that have their default are left out."""

    id: int
    properties: dict[str, tuple[str, Any]]
    children: tuple[Node, ...]
    item: Item | None


_DEFAULTS: Final[dict[str, tuple[str, Any]]] = {
    "type": ("s", "standard"),
    "label": ("s", ""),
    "enabled": ("b", True),
    "visible": ("b", True),
    "icon-name": ("s", ""),
    "icon-data": ("ay", b""),
    "shortcut": ("aas", []),
    "toggle-type": ("s", ""),
    "toggle-state": ("i", -1),
    "children-display": ("s", ""),
    "disposition": ("s", "normal"),
}


class MenuModel:
    """A pystray Menu as dbusmenu sees it: numbered entries, revisions, and what changed between two of them.

    An entry keeps its number as long as the program runs: a host may send a click for a menu that it read earlier.
    """

    def __init__(self, menu: Menu) -> None:
        """Empty until the first `update()`."""
        self.revision = 0
        self._menu = menu
        self._ids: dict[str, int] = {}
        self.root = Node(ROOT, {}, (), None)
        self._nodes = {ROOT: self.root}

    def __getitem__(self, id_: int) -> Node:
        """Raises BusError: there is no such entry."""
        if id_ not in self._nodes:
            raise BusError("org.freedesktop.DBus.Error.InvalidArgs", f"No menu item {id_}")
        return self._nodes[id_]

    def __contains__(self, id_: int) -> bool:
        return id_ in self._nodes

    def ids(self) -> list[int]:
        return list(self._nodes)

    def update(self) -> tuple[bool, list[Node], list[tuple[int, list[str]]]]:
        """Evaluate the menu again.

        Returns:
            whether entries came, went or moved; the entries whose properties changed; (id, names) of properties that are
            back at their default.
        """
        before, shape = self._nodes, _shape(self.root)
        self.root = self._build()
        changed, removed = [], []
        for id_, node in self._nodes.items():
            old = before.get(id_)
            if old is None or old.properties == node.properties:
                continue
            changed.append(node)
            gone = [name for name in old.properties if name not in node.properties]
            if gone:
                removed.append((id_, gone))
        has_moved = _shape(self.root) != shape
        if has_moved:
            self.revision += 1
        return has_moved, changed, removed

    def _build(self) -> Node:
        self._nodes = {}
        root = Node(ROOT, {"children-display": ("s", "submenu")}, tuple(self._children(self._menu, "")), None)
        self._nodes[ROOT] = root
        return root

    def _children(self, menu: Menu, prefix: str) -> Iterator[Node]:
        previous = ""
        for item in menu:
            is_separator = item is Menu.SEPARATOR
            key = f"{prefix}/{'after ' + previous if is_separator else getattr(item, 'key', item.text)}"
            id_ = self._ids.setdefault(key, len(self._ids) + 1)
            submenu = None if is_separator else item.submenu
            children = tuple(self._children(submenu, key)) if submenu is not None else ()
            node = Node(id_, _properties(item), children, None if is_separator else item)
            self._nodes[id_] = node
            previous = key
            yield node


def _shape(node: Node) -> tuple[Any, ...]:
    return node.id, *(_shape(child) for child in node.children)


def _properties(item: Item) -> dict[str, tuple[str, Any]]:
    if item is Menu.SEPARATOR:
        return {"type": ("s", "separator")}
    properties: dict[str, tuple[str, Any]] = {"label": ("s", item.text.replace("_", "__"))}  # "_" marks an access key
    if not item.enabled:
        properties["enabled"] = ("b", False)
    if item.checked is not None:
        properties["toggle-type"] = ("s", "radio" if item.radio else "checkmark")
        properties["toggle-state"] = ("i", int(item.checked))
    if item.submenu is not None:
        properties["children-display"] = ("s", "submenu")
    return properties


class SniTray(BaseIcon):  # type: ignore[misc]  # pystray ships no types
    """Implements `ports.Tray`."""

    HAS_NOTIFICATION = False

    def __init__(
        self,
        menu: Callable[[Act], Menu],
        send: Send,
        tooltip: Callable[[Snapshot], str],
        *,
        on_taken: Callable[[bool], None] | None = None,
        address: str | None = None,
    ) -> None:
        """
        Args:
            menu: builds the menu around the `act` that it is given. It is evaluated from the first `refresh` on, and
                empty before: at the start there may be nothing yet that it could read.
            send: called on the loop for every item chosen.
            tooltip: a line that stays true until the state changes.
            on_taken: told whenever a tray takes the icon, or none has it any more.
            address: of the bus, if not the session's.
        """
        super().__init__("unsit", icon=None, title="Unsit", menu=menu(self._act))
        self._send = send
        self._tooltip = tooltip
        self._on_taken = on_taken
        self._address = address
        self._bus: Bus | None = None
        self._model = MenuModel(self._menu)
        self._shown: Icon | None = None
        self._has_state = False
        self._status_text = ""
        self._token: str | None = None
        self._watcher: str | None = None
        self._is_registered = False
        self.is_taken = False
        self._why_not = _("not started")
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsaid: dict[str, tuple[str, tuple[Any, ...]]] = {}
        """Signal -> signature and body, for the next announcement."""
        self._telling: asyncio.TimerHandle | None = None
        self._quiet_until_s = 0.0
        """Loop time."""

    # --------------------------------------------------------------------------------------------------------- the port

    async def start(self) -> bool:
        """True if a tray took it. One that comes later is found by the bus's own notice."""
        if self._shown is None:
            self._show_icon(Icon("counting"))
        try:
            self._bus = bus = await Bus.connect("session", address=self._address, returns=True)
            bus.on_lost = self._on_lost
            bus.export(ITEM_PATH, self._item_interface())
            bus.export(MENU_PATH, self._menu_interface())
            self._running = True
            self.visible = True
            await bus.subscribe(
                lambda _signal: self._register_soon(),
                sender=WATCHER,
                path=WATCHER_PATH,
                interface=WATCHER,
                member="StatusNotifierHostRegistered",
            )
            await bus.watch_name(WATCHER, self._on_watcher)
        except AdapterError as error:
            self._why_not = str(error)
            return False
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))
        return self.is_taken

    def refresh(self, snapshot: Snapshot) -> None:
        self._has_state = True
        self._show_icon(icon_of(snapshot))
        text = self._tooltip(snapshot)
        if text != self._status_text:
            self._status_text = text
            self._announce("NewToolTip")
        self.update_menu()

    async def stop(self) -> None:
        """The tray sees the connection end and takes the icon away."""
        for task in self._tasks:
            task.cancel()
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.close()
        self._running = False
        self._visible = False
        self._set_taken(False, _("stopped"))

    def describe(self) -> str:
        if not self.is_taken:
            return _("no StatusNotifier tray has the icon: {why}").format(why=self._why_not)
        return _("StatusNotifierItem at {watcher}").format(watcher=self._watcher)

    # ----------------------------------------------------------------------------------------------------- registration

    def _on_watcher(self, owner: str | None) -> None:
        self._watcher = owner
        self._is_registered = False
        if owner is None:
            self._set_taken(False, _("there is no org.kde.StatusNotifierWatcher on the session bus"))
        else:
            self._register_soon()

    def _register_soon(self) -> None:
        task = asyncio.get_running_loop().create_task(self._register())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _register(self) -> None:
        bus, watcher = self._bus, self._watcher
        if bus is None or watcher is None:
            return
        is_registered, has_host, why_not = self._is_registered, False, ""
        try:
            if not is_registered:
                self._keep_quiet()
                await bus.call(watcher, WATCHER_PATH, WATCHER, "RegisterStatusNotifierItem", "s", bus.unique_name)
                is_registered = True
            has_host = await bus.get_property(watcher, WATCHER_PATH, WATCHER, "IsStatusNotifierHostRegistered")
            # KDE's watcher runs without Plasma too, with nobody there to draw what is registered.
            why_not = _("a StatusNotifierWatcher runs, but no tray")
        except AdapterError as error:
            has_host = is_registered  # one that took the icon and cannot say whether it has a host: believe that it has
            why_not = str(error)
        if watcher == self._watcher:  # otherwise another one came meanwhile, and has its own registration
            self._is_registered = is_registered
            self._set_taken(has_host, why_not)

    def _set_taken(self, is_taken: bool, why_not: str) -> None:
        has_changed = is_taken != self.is_taken
        self.is_taken = is_taken
        self._why_not = why_not
        if has_changed and self._on_taken is not None:
            self._on_taken(is_taken)

    def _on_lost(self) -> None:
        """One that comes back has the watcher's name again, by and by."""
        self._watcher = None
        self._is_registered = False
        self._set_taken(False, _("the session bus is gone"))

    # ---------------------------------------------------------------------------------------------------------- actions

    def _act(self, command: str, params: dict[str, Any]) -> None:
        token, self._token = self._token, None
        self._send(command, params, token)

    def _activate(self, _x: int, _y: int) -> None:
        # After the answer: the host waits for it, and what follows may take its time.
        if self._has_state:
            asyncio.get_running_loop().call_soon(self)

    def _keep_token(self, token: str) -> None:
        self._token = token or None

    def _on_event(self, id_: int, event: str, _data: Any, _timestamp: int) -> None:
        item = self._model[id_].item
        if event == "clicked" and item is not None and item.submenu is None and item.enabled:
            asyncio.get_running_loop().call_soon(self._handler(item))

    def _on_event_group(self, events: Sequence[tuple[int, str, Any, int]]) -> list[int]:
        unknown = [event[0] for event in events if event[0] not in self._model]
        if events and len(unknown) == len(events):
            raise BusError("org.freedesktop.DBus.Error.InvalidArgs", "None of these menu items is there")
        for event in events:
            if event[0] in self._model:
                self._on_event(*event)
        return unknown

    def _about_to_show(self, id_: int) -> bool:
        self._model[id_]
        return self._push_menu()

    def _about_to_show_group(self, ids: Sequence[int]) -> tuple[list[int], list[int]]:
        unknown = [id_ for id_ in ids if id_ not in self._model]
        if ids and len(unknown) == len(ids):
            raise BusError("org.freedesktop.DBus.Error.InvalidArgs", "None of these menu items is there")
        return (list(ids) if self._push_menu() else []), unknown

    # --------------------------------------------------------------------------------------------------------- pystray

    def _show(self) -> None:
        self._announce("NewStatus", "s", self._status())

    def _hide(self) -> None:
        self._announce("NewStatus", "s", "Passive")

    def _update_icon(self) -> None:
        self._icon_valid = True
        self._announce("NewIcon")
        self._announce("NewAttentionIcon")

    def _update_title(self) -> None:
        self._announce("NewTitle")

    def _update_menu(self) -> None:
        self._push_menu()

    # ------------------------------------------------------------------------------------------------------- to the host

    def _show_icon(self, icon: Icon) -> None:
        if icon == self._shown:
            return
        status = self._status()
        self._shown = icon
        self.icon = load_icon(icon)
        if self._status() != status:
            self._announce("NewStatus", "s", self._status())

    def _status(self) -> str:
        """Hosts that hide icons show one that needs attention."""
        return "NeedsAttention" if self._shown is not None and self._shown.state == "due" else "Active"

    def _announce(self, signal: str, signature: str = "", *body: Any) -> None:
        """Tell the hosts, together with whatever else changes now; of two such signals only the later counts."""
        if self._bus is None:
            return
        self._unsaid[signal] = (signature, body)
        if self._telling is None:
            loop = asyncio.get_running_loop()
            self._telling = loop.call_at(max(loop.time(), self._quiet_until_s), self._tell)

    def _tell(self) -> None:
        self._telling = None
        unsaid, self._unsaid = self._unsaid, {}
        if self._bus is None:
            return
        self._keep_quiet()
        for signal, (signature, body) in unsaid.items():
            self._bus.emit(ITEM_PATH, ITEM, signal, signature, *body)

    def _keep_quiet(self) -> None:
        self._quiet_until_s = asyncio.get_running_loop().time() + SPACING_S

    def _push_menu(self) -> bool:
        """Evaluate the menu; tell the host what changed, if anything."""
        if not self._has_state:
            return False
        has_moved, changed, removed = self._model.update()
        if self._bus is not None:
            if changed:
                properties = [(node.id, node.properties) for node in changed]
                self._bus.emit(MENU_PATH, MENU, "ItemsPropertiesUpdated", "a(ia{sv})a(ias)", properties, removed)
            if has_moved:
                self._bus.emit(MENU_PATH, MENU, "LayoutUpdated", "ui", self._model.revision, ROOT)
        return has_moved or bool(changed)

    def _layout(self, parent: int, depth: int, names: Sequence[str]) -> tuple[int, tuple[Any, ...]]:
        return self._model.revision, _layout(self._model[parent], depth, names)

    def _group_properties(self, ids: Sequence[int], names: Sequence[str]) -> list[tuple[int, dict[str, Any]]]:
        wanted = [id_ for id_ in ids if id_ in self._model] if ids else self._model.ids()
        return [(id_, _only(self._model[id_].properties, names)) for id_ in wanted]

    def _one_property(self, id_: int, name: str) -> tuple[str, Any]:
        properties = {**_DEFAULTS, **self._model[id_].properties}
        if name not in properties:
            raise BusError("org.freedesktop.DBus.Error.InvalidArgs", f"A menu item has no property {name}")
        return properties[name]

    def _item_interface(self) -> Interface:
        def constant(sig: str, value: Any) -> Property:
            return Property(sig, lambda: value)

        def pixmaps() -> list[tuple[int, int, bytes]]:
            pictures: tuple[Picture, ...] = self.icon or ()
            return [(size, size, argb) for size, argb in pictures]

        def tooltip() -> tuple[str, list[Any], str, str]:
            # The line first: lxqt-panel shows the title only. Plain text: the second may be read as markup.
            return ("", [], self._status_text, self.title) if self._status_text else ("", [], self.title, "")

        def ignore(*_args: Any) -> None:
            pass

        properties = {
            "Category": constant("s", "ApplicationStatus"),
            "Id": constant("s", "unsit"),
            "Title": Property("s", lambda: self.title),
            "Status": Property("s", self._status),
            "WindowId": constant("i", 0),
            # Pictures only: a name would send the host through its icon theme, for a picture that changes by the hour.
            "IconName": constant("s", ""),
            "IconThemePath": constant("s", ""),
            "IconPixmap": Property("a(iiay)", pixmaps),
            "IconAccessibleDesc": Property("s", lambda: self._status_text),
            "OverlayIconName": constant("s", ""),
            "OverlayIconPixmap": constant("a(iiay)", []),
            "AttentionIconName": constant("s", ""),
            "AttentionIconPixmap": Property("a(iiay)", pixmaps),
            "AttentionAccessibleDesc": Property("s", lambda: self._status_text),
            "AttentionMovieName": constant("s", ""),
            "ToolTip": Property("(sa(iiay)ss)", tooltip),
            "ItemIsMenu": constant("b", False),
            "Menu": constant("o", MENU_PATH),
        }
        return Interface(
            ITEM,
            {
                "Activate": Method("ii", "", self._activate, ("x", "y")),
                "SecondaryActivate": Method("ii", "", ignore, ("x", "y")),
                "ContextMenu": Method("ii", "", ignore, ("x", "y")),  # the host draws the menu
                "Scroll": Method("is", "", ignore, ("delta", "orientation")),
                "ProvideXdgActivationToken": Method("s", "", self._keep_token, ("token",)),
            },
            properties,
            {
                "NewTitle": "",
                "NewIcon": "",
                "NewAttentionIcon": "",
                "NewOverlayIcon": "",
                "NewToolTip": "",
                "NewStatus": "s",
            },
        )

    def _menu_interface(self) -> Interface:
        return Interface(
            MENU,
            {
                "GetLayout": Method(
                    "iias", "u(ia{sv}av)", self._layout, ("parentId", "recursionDepth", "propertyNames"),
                    ("revision", "layout"),
                ),
                "GetGroupProperties": Method(
                    "aias", "a(ia{sv})", self._group_properties, ("ids", "propertyNames"), ("properties",)
                ),
                "GetProperty": Method("is", "v", self._one_property, ("id", "name"), ("value",)),
                "Event": Method("isvu", "", self._on_event, ("id", "eventId", "data", "timestamp")),
                "EventGroup": Method("a(isvu)", "ai", self._on_event_group, ("events",), ("idErrors",)),
                "AboutToShow": Method("i", "b", self._about_to_show, ("id",), ("needUpdate",)),
                "AboutToShowGroup": Method(
                    "ai", "aiai", self._about_to_show_group, ("ids",), ("updatesNeeded", "idErrors")
                ),
            },
            {
                "Version": Property("u", lambda: 3),
                "TextDirection": Property("s", lambda: "ltr"),
                "Status": Property("s", lambda: "notice" if self._status() == "NeedsAttention" else "normal"),
                "IconThemePath": Property("as", list),
            },
            {
                "ItemsPropertiesUpdated": "a(ia{sv})a(ias)",
                "LayoutUpdated": "ui",
                "ItemActivationRequested": "iu",
            },
        )  # fmt: skip


def _layout(node: Node, depth: int, names: Sequence[str]) -> tuple[int, dict[str, Any], list[Any]]:
    """Args: depth: how many levels below; all with -1."""
    children = [("(ia{sv}av)", _layout(child, depth - 1, names)) for child in node.children] if depth else []
    return node.id, _only(node.properties, names), children


def _only(properties: dict[str, tuple[str, Any]], names: Sequence[str]) -> dict[str, tuple[str, Any]]:
    return {name: value for name, value in properties.items() if name in names} if names else properties
