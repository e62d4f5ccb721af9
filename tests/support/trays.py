"""What trays do with an icon: a watcher with levers, and eyes for the screenshots of real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageChops

from support.desktop import Desktop
from support.patience import PATIENCE_S
from support.snapshots import snapshot
from unsit.adapters.bus import Bus, Interface, Method, Property
from unsit.adapters.pystray_base import Act, Menu
from unsit.core.snapshot import Snapshot
from unsit.daemon.menu import build_menu

WATCHER: Final = "org.kde.StatusNotifierWatcher"
WATCHER_PATH: Final = "/StatusNotifierWatcher"
DBUSMENU: Final = "com.canonical.dbusmenu"
NAMES: Final = {"standing-lunge": "Standing lunge stretch", "glute-bridge": "Glute bridges", "my_own": "My_own"}

AMBER: Final = (218, 114, 8)
"""Of a prompt that is due (packaging/icons/draw_tray_icons.py)."""
GREEN: Final = (24, 166, 132)
Box = tuple[int, int, int, int]
"""left, top, right, bottom in pixels"""


class FakeWatcher:
    """A StatusNotifierWatcher on a connection of its own.

    Attributes:
        items: what was registered, in order.
        has_host: lever; `host_comes()` also says so on the bus.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.items: list[str] = []
        self.has_host = True

    @classmethod
    async def started(cls, address: str, *, has_host: bool = True) -> FakeWatcher:
        watcher = cls(await Bus.connect("session", address=address))
        watcher.has_host = has_host
        watcher.bus.export(
            WATCHER_PATH,
            Interface(
                WATCHER,
                {"RegisterStatusNotifierItem": Method("s", "", watcher.items.append)},
                {"IsStatusNotifierHostRegistered": Property("b", lambda: watcher.has_host)},
                {"StatusNotifierHostRegistered": ""},
            ),
        )
        assert await watcher.bus.request_name(WATCHER)
        return watcher

    def host_comes(self) -> None:
        self.has_host = True
        self.bus.emit(WATCHER_PATH, WATCHER, "StatusNotifierHostRegistered")

    def stop(self) -> None:
        self.bus.close()


class Desk:
    """What a tray shows and what it asks for.

    Attributes:
        shown: lever; the snapshot that the menu reads.
        read: lever; how it reads it.
        asked: (command, params), in order.
        tokens: the activation token of each.
    """

    def __init__(self) -> None:
        self.shown: Snapshot = snapshot()
        self.read: Callable[[], Snapshot] = lambda: self.shown
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.tokens: list[str | None] = []

    def send(self, command: str, params: dict[str, Any], token: str | None) -> None:
        self.asked.append((command, params))
        self.tokens.append(token)

    def menu(self, act: Act) -> Menu:
        build = partial(
            build_menu, snapshot=lambda: self.read(), name_of=NAMES.__getitem__, exercises=lambda: list(NAMES)
        )
        return build(act)


# --------------------------------------------------------------------------------------------------------------- eyes


def look(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def find_colour(image: Image.Image, colour: tuple[int, int, int], tolerance: int = 12) -> Box | None:
    """Where the pixels of about this colour are."""
    bands = [
        band.point([255 if abs(value - wanted) <= tolerance else 0 for value in range(256)])
        for band, wanted in zip(image.split(), colour, strict=True)
    ]
    return ImageChops.multiply(ImageChops.multiply(bands[0], bands[1]), bands[2]).getbbox()


def middle(box: Box | None) -> tuple[int, int]:
    assert box is not None
    return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


async def wait_for_icon(desktop: Desktop, colour: tuple[int, int, int] | None) -> tuple[int, int]:
    """Where the icon of that colour is drawn; with None, until there is none of ours."""
    picture = desktop.dir / "look.png"

    def where() -> Any:
        image = look(desktop.screenshot(picture))
        boxes = [find_colour(image, wanted) for wanted in ((colour,) if colour else (AMBER, GREEN))]
        return boxes[0] if colour else not any(boxes)

    found: list[Any] = []

    def is_there() -> bool:
        found[:] = [where()]
        return bool(found[0])

    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await asyncio.to_thread(is_there):
                pass
    except TimeoutError:
        windows = await asyncio.to_thread(desktop.run, ["xwininfo", "-root", "-tree"])
        raise TimeoutError(f"waited in vain for {colour or 'no icon'}; on the screen:\n{windows.stdout}") from None
    return middle(found[0]) if colour else (0, 0)


async def xdotool(desktop: Desktop, *words: object) -> None:
    done = await asyncio.to_thread(desktop.run, ["xdotool", *(str(word) for word in words)])
    assert done.returncode == 0, done.stderr


def text_lines(before: Image.Image, after: Image.Image) -> list[tuple[int, int]]:
    """The middle of every line of text in a menu that has opened between two pictures, from above.

    Submenu arrows, frames and separators are no text: only the left part counts, and what is at least 5 pixels high.
    """
    box = ImageChops.difference(before, after).getbbox()
    if box is None:
        return []
    left, top, right, bottom = box
    part = after.crop((left + 8, top, left + (right - left) // 2, bottom)).convert("L")
    background = max(part.getcolors(1 << 16) or [], key=lambda entry: entry[0])[1]
    inked = [_spread(part.crop((0, row, part.width, row + 1)), background) > 60 for row in range(part.height)]
    lines, start = [], None
    for row, is_inked in enumerate([*inked, False]):
        if is_inked and start is None:
            start = row
        elif not is_inked and start is not None:
            if row - start >= 5:
                lines.append((left + 60, top + (start + row) // 2))
            start = None
    return lines


def _spread(line: Image.Image, background: Any) -> int:
    low, high = line.getextrema()
    return int(max(high - background, background - low))


class PanelMenu:
    """The menu of the icon that is registered, as a panel reads it."""

    def __init__(self, bus: Bus, item: str) -> None:
        self.bus = bus
        self.item = item

    @classmethod
    async def of(cls, desktop: Desktop) -> PanelMenu:
        bus = await Bus.connect("session", address=desktop.bus_address)
        await desktop.until(desktop.status_notifier_items, what="the icon")
        return cls(bus, desktop.status_notifier_items()[0].partition("/")[0])

    async def layout(self, depth: int = -1) -> Any:
        path = await self.bus.get_property(self.item, "/StatusNotifierItem", "org.kde.StatusNotifierItem", "Menu")
        (_revision, layout) = await self.bus.call(self.item, path, DBUSMENU, "GetLayout", "iias", 0, depth, [])
        return path, layout

    async def labels(self) -> list[str]:
        return layout_labels((await self.layout())[1])

    async def click(self, label: str) -> None:
        path, layout = await self.layout()
        id_, _properties = find_item(layout, label)
        await self.bus.call(self.item, path, DBUSMENU, "Event", "isvu", id_, "clicked", ("s", ""), 0)


def layout_labels(layout: Sequence[Any]) -> list[str]:
    """The labels of a dbusmenu layout, depth first."""
    _id, properties, children = layout
    own = [properties["label"][1]] if "label" in properties else []
    return own + [label for _sig, child in children for label in layout_labels(child)]


def find_item(layout: Sequence[Any], label: str) -> tuple[int, dict[str, Any]]:
    """(id, properties) of the first item with that label."""
    id_, properties, children = layout
    if properties.get("label", ("s", None))[1] == label:
        return id_, {name: value for name, (_sig, value) in properties.items()}
    for _sig, child in children:
        try:
            return find_item(child, label)
        except LookupError:
            continue
    raise LookupError(label)
