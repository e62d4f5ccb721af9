"""The StatusNotifierItem: its protocol on a real bus, and its looks and clicks in real panels."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from PIL import Image

from support.desktop import Desktop, needs
from support.patience import PATIENCE_S
from support.snapshots import IDLE_COMMANDS, prompt, snapshot
from support.trays import (
    AMBER,
    GREEN,
    WATCHER,
    Desk,
    FakeWatcher,
    find_item,
    layout_labels,
    look,
    text_lines,
    wait_for_icon,
    xdotool,
)
from unsit.adapters.bus import BUS_NAME, BUS_PATH, Bus, BusError, Signal
from unsit.adapters.tray_icon import SIZES
from unsit.adapters.tray_sni import ITEM, ITEM_PATH, MENU, MENU_PATH, SPACING_S, SniTray
from unsit.daemon.status_line import lasting_status_line

DUE = snapshot(phase="due", prompt=prompt(), allowed=(*IDLE_COMMANDS, "snooze", "skip"))


class Host:
    """A tray's own end: calls the item, and keeps the signals that it gets from it."""

    def __init__(self, bus: Bus, item: str) -> None:
        self.bus = bus
        self.item = item
        self.heard: list[Signal] = []

    @property
    def signals(self) -> list[str]:
        return [entry.member for entry in self.heard]

    async def menu(self, member: str, signature: str, *body: Any) -> Any:
        return await self.bus.call(self.item, MENU_PATH, MENU, member, signature, *body)

    async def layout(self) -> Any:
        return (await self.menu("GetLayout", "iias", 0, -1, []))[1]

    async def click(self, label: str) -> None:
        id_, _properties = find_item(await self.layout(), label)
        await self.menu("Event", "isvu", id_, "clicked", ("s", ""), 0)
        await self.settle()

    async def settle(self) -> None:
        """Return when what was sent has arrived, and what it caused has been sent."""
        for _round in range(2):
            await self.bus.call(self.item, ITEM_PATH, "org.freedesktop.DBus.Peer", "Ping")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def make_tray(desk: Desk) -> AsyncIterator[Callable[..., SniTray]]:
    made: list[SniTray] = []

    def make(address: str, **options: Any) -> SniTray:
        tray = SniTray(desk.menu, desk.send, lasting_status_line, address=address, **options)
        made.append(tray)
        return tray

    yield make
    for tray in made:
        await tray.stop()


@pytest.fixture
async def watcher(session_bus: Desktop) -> AsyncIterator[FakeWatcher]:
    made = await FakeWatcher.started(session_bus.bus_address)
    yield made
    made.stop()


@pytest.fixture
async def tray(session_bus: Desktop, watcher: FakeWatcher, make_tray: Callable[..., SniTray]) -> SniTray:
    """Started, and taken by the watcher."""
    made = make_tray(session_bus.bus_address)
    made.refresh(snapshot())
    assert await made.start()
    return made


@pytest.fixture
async def host(session_bus: Desktop, watcher: FakeWatcher, tray: SniTray) -> AsyncIterator[Host]:
    made = Host(await Bus.connect("session", address=session_bus.bus_address), watcher.items[0])
    await made.bus.subscribe(made.heard.append, sender=made.item)
    yield made
    made.bus.close()


# -------------------------------------------------------------------------------------------------------- registration


async def test_it_registers_with_the_watcher(watcher: FakeWatcher, tray: SniTray) -> None:
    """Once, by the name under which it can be called."""
    assert watcher.items == [watcher.items[0]]
    assert watcher.items[0].startswith(":")
    assert tray.is_taken
    assert tray.describe() == f"StatusNotifierItem at {watcher.bus.unique_name}"


async def test_watcher_that_comes_late_is_found(session_bus: Desktop, make_tray: Callable[..., SniTray]) -> None:
    """At log-in the panel may start after us: it gets the icon as soon as it is there, without being looked for."""
    taken: list[bool] = []
    tray = make_tray(session_bus.bus_address, on_taken=taken.append)

    assert not await tray.start()
    assert "no org.kde.StatusNotifierWatcher" in tray.describe()

    watcher = await FakeWatcher.started(session_bus.bus_address)
    await session_bus.until(lambda: taken, 2, "the registration")
    assert len(watcher.items) == 1
    assert taken == [True]
    watcher.stop()


async def test_watcher_that_restarts_gets_the_icon_again(
    session_bus: Desktop, make_tray: Callable[..., SniTray]
) -> None:
    """A bar that crashed or was restarted shows the icon again."""
    taken: list[bool] = []
    first = await FakeWatcher.started(session_bus.bus_address)
    tray = make_tray(session_bus.bus_address, on_taken=taken.append)
    assert await tray.start()

    first.stop()
    await session_bus.until(lambda: not tray.is_taken, 2, "the loss")
    second = await FakeWatcher.started(session_bus.bus_address)
    await session_bus.until(lambda: tray.is_taken, 2, "the registration")

    assert second.items == first.items
    assert taken == [True, False, True]
    second.stop()


async def test_watcher_without_a_tray_is_no_tray(session_bus: Desktop, make_tray: Callable[..., SniTray]) -> None:
    """KDE's watcher also runs where nobody draws what is registered; the tray that comes then is enough."""
    watcher = await FakeWatcher.started(session_bus.bus_address, has_host=False)
    tray = make_tray(session_bus.bus_address)

    assert not await tray.start()
    assert "but no tray" in tray.describe()
    watcher.host_comes()
    await session_bus.until(lambda: tray.is_taken, 2, "the tray")

    assert len(watcher.items) == 1
    watcher.stop()


async def test_without_a_bus_it_says_so(desk: Desk, tmp_path: Any) -> None:
    """No session bus: no icon, no exception, and a sentence for `doctor`."""
    tray = SniTray(desk.menu, desk.send, lasting_status_line, address=f"unix:path={tmp_path}/none")

    assert not await tray.start()
    assert "There is no session bus" in tray.describe()
    tray.refresh(DUE)
    await tray.stop()


async def test_bus_that_dies_is_described(
    session_bus: Desktop, host: Host, tray: SniTray, caplog: pytest.LogCaptureFixture
) -> None:
    """The icon is gone with the bus; the program goes on."""
    (pid,) = await host.bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetConnectionUnixProcessID", "s", BUS_NAME)
    os.kill(pid, signal.SIGKILL)
    await session_bus.until(lambda: not tray.is_taken, 2, "the loss")

    assert "the session bus is gone" in tray.describe()
    tray.refresh(DUE)


async def test_nothing_is_left_after_stop(watcher: FakeWatcher, tray: SniTray, host: Host) -> None:
    """The name of the connection is gone, and with it the icon in every watcher."""
    owners: list[str | None] = []
    await watcher.bus.watch_name(host.item, owners.append)
    await tray.stop()
    await asyncio.sleep(0)
    for _round in range(2):
        await watcher.bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetId")

    assert owners == [host.item, None]
    assert not tray.is_taken


# ---------------------------------------------------------------------------------------------------------- properties


async def test_hosts_find_every_property(host: Host, tray: SniTray) -> None:
    """Whatever a host asks for has an answer of the right type; lxqt logs an error for each that has none."""
    (properties,) = await host.bus.call(host.item, ITEM_PATH, "org.freedesktop.DBus.Properties", "GetAll", "s", ITEM)
    pictures = properties["IconPixmap"][1]

    assert {name: sig for name, (sig, _value) in properties.items()} == {
        "Category": "s", "Id": "s", "Title": "s", "Status": "s", "WindowId": "i", "IconName": "s", "IconThemePath": "s",
        "IconPixmap": "a(iiay)", "IconAccessibleDesc": "s", "OverlayIconName": "s", "OverlayIconPixmap": "a(iiay)",
        "AttentionIconName": "s", "AttentionIconPixmap": "a(iiay)", "AttentionAccessibleDesc": "s",
        "AttentionMovieName": "s", "ToolTip": "(sa(iiay)ss)", "ItemIsMenu": "b", "Menu": "o",
    }  # fmt: skip
    assert properties["Id"][1] == "unsit"
    assert properties["Menu"][1] == MENU_PATH
    assert properties["ToolTip"][1] == ("", [], "Next break at 10:52 · sitting since 09:52", "Unsit")
    assert [(width, height, len(data)) for width, height, data in pictures] == [(n, n, 4 * n * n) for n in SIZES]
    assert await host.bus.get_property(host.item, MENU_PATH, MENU, "Version") == 3


async def test_due_prompt_asks_for_attention(session_bus: Desktop, host: Host, tray: SniTray, desk: Desk) -> None:
    """Hosts that hide icons show this one; afterwards it may be hidden again."""

    def statuses() -> list[Any]:
        return [entry.body[0] for entry in host.heard if entry.member == "NewStatus"]

    assert await host.bus.get_property(host.item, ITEM_PATH, ITEM, "Status") == "Active"
    desk.shown = DUE
    tray.refresh(desk.shown)
    assert await host.bus.get_property(host.item, ITEM_PATH, ITEM, "Status") == "NeedsAttention"
    await session_bus.until(lambda: statuses() == ["NeedsAttention"], 2, "the call for attention")
    desk.shown = snapshot()
    tray.refresh(desk.shown)
    await session_bus.until(lambda: statuses() == ["NeedsAttention", "Active"], 2, "its end")


async def test_changes_in_quick_succession_are_announced_together(
    session_bus: Desktop, watcher: FakeWatcher, host: Host, tray: SniTray
) -> None:
    """GNOME's extension loses a signal that follows another within 0.1 s: the last of them would never be seen."""
    heard_at: list[float] = []
    loop = asyncio.get_running_loop()
    await host.bus.subscribe(lambda _signal: heard_at.append(loop.time()), sender=host.item, member="NewIcon")
    for step in (5, 10):
        tray.refresh(snapshot(boot_s=10_000 + step * 60))
        await host.settle()
    await session_bus.until(lambda: heard_at, 2, "the first change")
    tray.refresh(DUE)
    await host.settle()
    tray.refresh(snapshot())
    await host.settle()
    tray.refresh(DUE)
    await session_bus.until(lambda: len(heard_at) == 2, 2, "the second change")
    await host.settle()

    assert heard_at[1] - heard_at[0] > SPACING_S - 0.05
    assert [member for member in host.signals if member.startswith("New")] == [
        "NewIcon", "NewAttentionIcon", "NewIcon", "NewAttentionIcon", "NewStatus", "NewToolTip",
    ]  # fmt: skip
    assert [entry.body for entry in host.heard if entry.member == "NewStatus"] == [("NeedsAttention",)]


async def test_state_that_looks_the_same_says_nothing(host: Host, tray: SniTray) -> None:
    """Not one message on the bus for a refresh that changes nothing that is shown."""
    tray.refresh(snapshot())
    tray.refresh(snapshot())
    await host.settle()

    assert host.signals == []


async def test_new_step_of_the_ring_is_announced(session_bus: Desktop, host: Host, tray: SniTray) -> None:
    """Another picture is another picture, nothing else."""
    before = await host.bus.get_property(host.item, ITEM_PATH, ITEM, "IconPixmap")
    tray.refresh(snapshot(boot_s=10_000 + 5 * 60))
    await session_bus.until(lambda: host.signals, 2, "the change")
    await host.settle()

    assert host.signals == ["NewIcon", "NewAttentionIcon"]
    assert await host.bus.get_property(host.item, ITEM_PATH, ITEM, "IconPixmap") != before


# ---------------------------------------------------------------------------------------------------------------- menu


async def test_menu_is_empty_until_there_is_a_state(
    session_bus: Desktop, watcher: FakeWatcher, desk: Desk, make_tray: Callable[..., SniTray]
) -> None:
    """The icon is shown before the history has been read; the menu reads no state that is not there."""

    def nothing_yet() -> Any:
        raise AssertionError("the menu was evaluated too early")

    tray = make_tray(session_bus.bus_address)
    desk.read = nothing_yet
    assert await tray.start()
    host = Host(watcher.bus, watcher.items[0])
    assert layout_labels(await host.layout()) == []
    assert await host.menu("AboutToShow", "i", 0) == (False,)
    await host.bus.call(host.item, ITEM_PATH, ITEM, "Activate", "ii", 0, 0)
    await host.settle()
    assert desk.asked == []

    desk.read = snapshot
    tray.refresh(snapshot())
    assert "Quit" in layout_labels(await host.layout())


async def test_menu_is_what_it_is(host: Host) -> None:
    """Labels in order, an underscore doubled (alone it marks an access key), submenus marked, the status line dead."""
    layout = await host.layout()

    assert layout_labels(layout) == [
        "Next break at 10:52 · sitting 38 min", "Start: Standing lunge stretch (3 min 18 s)", "I moved", "I am standing",
        "Pause reminders", "30 min", "1 h", "2 h", "Until tomorrow", "Until I resume", "Sound",
        "On", "Tones", "Voice", "On the floor and on a bed", "Always", "Never",
        "Volume", "25 %", "50 %", "70 %", "100 %", "Speed of the voice", "80 %", "100 %", "125 %",
        "Exercises", "Standing lunge stretch", "Glute bridges", "My__own", "Show all of them…", "Status", "Settings", "Quit",
    ]  # fmt: skip
    assert find_item(layout, "Next break at 10:52 · sitting 38 min")[1]["enabled"] is False
    assert find_item(layout, "Pause reminders")[1]["children-display"] == "submenu"


async def test_layout_can_be_asked_for_in_parts(host: Host) -> None:
    """By depth, by parent and by property, as hosts do to save work."""
    (_revision, top) = await host.menu("GetLayout", "iias", 0, 1, ["type"])
    assert all(child[1] in ({}, {"type": ("s", "separator")}) and child[2] == [] for _sig, child in top[2])
    pause, _properties = find_item(await host.layout(), "Pause reminders")
    (_revision, submenu) = await host.menu("GetLayout", "iias", pause, -1, [])
    assert layout_labels(submenu) == ["Pause reminders", "30 min", "1 h", "2 h", "Until tomorrow", "Until I resume"]
    (_revision, empty) = await host.menu("GetLayout", "iias", 0, 0, [])
    assert empty[2] == []


async def test_properties_can_be_asked_for_one_by_one(host: Host) -> None:
    """Several at once, one alone, one that has its default; an item that is not there is an error or left out."""
    quit_, _properties = find_item(await host.layout(), "Quit")
    (found,) = await host.menu("GetGroupProperties", "aias", [quit_, 9999], ["label"])
    assert found == [(quit_, {"label": ("s", "Quit")})]
    assert await host.menu("GetProperty", "is", quit_, "label") == (("s", "Quit"),)
    assert await host.menu("GetProperty", "is", quit_, "enabled") == (("b", True),)
    for id_, name in ((quit_, "no-such-thing"), (9999, "label")):
        with pytest.raises(BusError) as caught:
            await host.menu("GetProperty", "is", id_, name)
        assert caught.value.name == "org.freedesktop.DBus.Error.InvalidArgs"


async def test_clicks_send_commands(host: Host, desk: Desk) -> None:
    """A click on an item of any level sends its command, once."""
    await host.click("Start: Standing lunge stretch (3 min 18 s)")
    await host.click("2 h")
    await host.click("My__own")

    assert desk.asked == [("begin", {}), ("pause", {"for": "2h"}), ("begin", {"exercise": "my_own"})]


async def test_what_is_no_click_does_nothing(host: Host, desk: Desk) -> None:
    """Hovering, opening, a dead item, a submenu's own line; an item that is not there is an error."""
    layout = await host.layout()
    quit_, status = find_item(layout, "Quit")[0], find_item(layout, "Next break at 10:52 · sitting 38 min")[0]
    pause = find_item(layout, "Pause reminders")[0]
    for id_, event in ((quit_, "hovered"), (0, "opened"), (0, "clicked"), (status, "clicked"), (pause, "clicked")):
        await host.menu("Event", "isvu", id_, event, ("s", ""), 0)
    with pytest.raises(BusError):
        await host.menu("Event", "isvu", 9999, "clicked", ("s", ""), 0)
    await host.settle()

    assert desk.asked == []


async def test_groups_of_events(host: Host, desk: Desk) -> None:
    """What is there is done, what is not is given back; nothing at all there is an error."""
    quit_, _properties = find_item(await host.layout(), "Quit")
    click = ("clicked", ("s", ""), 0)
    assert await host.menu("EventGroup", "a(isvu)", [(quit_, *click), (9999, *click)]) == ([9999],)
    assert await host.menu("AboutToShowGroup", "ai", [0, 9999]) == ([], [9999])
    with pytest.raises(BusError):
        await host.menu("EventGroup", "a(isvu)", [(9999, *click)])
    with pytest.raises(BusError):
        await host.menu("AboutToShowGroup", "ai", [9999])
    await host.settle()

    assert desk.asked == [("quit", {})]


async def test_menu_that_opens_is_fresh(host: Host, desk: Desk) -> None:
    """The time one has sat is that of the moment when the menu opens, and the host is told to read it."""
    assert await host.menu("AboutToShow", "i", 0) == (False,)
    desk.shown = snapshot(sat_s=41 * 60)
    assert await host.menu("AboutToShow", "i", 0) == (True,)

    assert "Next break at 10:52 · sitting 41 min" in layout_labels(await host.layout())
    assert host.signals == ["ItemsPropertiesUpdated"]


async def test_items_keep_their_numbers(host: Host, tray: SniTray, desk: Desk) -> None:
    """A menu that was read before the state changed still does what it said; a changed text is no new layout."""
    before = await host.layout()
    desk.shown = DUE
    tray.refresh(DUE)
    during = await host.layout()
    desk.shown = snapshot()
    tray.refresh(snapshot())
    after = await host.layout()

    assert find_item(during, "Quit") == find_item(before, "Quit")
    assert after == before
    assert [member for member in host.signals if member in ("LayoutUpdated", "ItemsPropertiesUpdated")] == [
        "ItemsPropertiesUpdated", "LayoutUpdated", "ItemsPropertiesUpdated", "LayoutUpdated",
    ]  # fmt: skip


async def test_left_click_opens_the_status_page(host: Host, desk: Desk) -> None:
    """With the desktop's token, which lets the window come to the front, and which is good once."""
    await host.bus.call(host.item, ITEM_PATH, ITEM, "ProvideXdgActivationToken", "s", "token-1")
    await host.bus.call(host.item, ITEM_PATH, ITEM, "Activate", "ii", 3, 4)
    await host.bus.call(host.item, ITEM_PATH, ITEM, "Activate", "ii", 3, 4)
    await host.bus.call(host.item, ITEM_PATH, ITEM, "SecondaryActivate", "ii", 3, 4)
    await host.bus.call(host.item, ITEM_PATH, ITEM, "Scroll", "is", 120, "vertical")
    await host.settle()

    assert desk.asked == [("open", {"page": "status"})] * 2
    assert desk.tokens == ["token-1", None]


# --------------------------------------------------------------------------------------------------------- real panels


@pytest.fixture
def panel_desktop(request: pytest.FixtureRequest, make_desktop: Callable[..., Desktop]) -> Desktop:
    """A desktop with a panel that draws StatusNotifierItems; xfce4-panel needs its settings service."""
    made = make_desktop(size="1000x400", services=request.param == "xfce")
    made.start_panel(request.param)
    return made


def in_panels(*kinds: str) -> pytest.MarkDecorator:
    programs = {"lxqt": "lxqt-panel", "xfce": "xfce4-panel"}
    marked = [pytest.param(kind, marks=needs(programs[kind], "xdotool"), id=programs[kind]) for kind in kinds]
    return pytest.mark.parametrize("panel_desktop", marked, indirect=True)


@in_panels("lxqt", "xfce")
async def test_real_panel_shows_icon_and_menu(
    panel_desktop: Desktop, desk: Desk, make_tray: Callable[..., SniTray]
) -> None:
    """Drawn, in its state's colour; a left click opens the status page; a click on the pixels of Skip skips."""
    desk.shown = DUE
    tray = make_tray(panel_desktop.bus_address)
    tray.refresh(desk.shown)
    await tray.start()
    x, y = await wait_for_icon(panel_desktop, AMBER)

    await xdotool(panel_desktop, "mousemove", x, y, "sleep", 0.2, "click", 1)
    await panel_desktop.until(lambda: desk.asked, 5, "the left click")
    assert desk.asked == [("open", {"page": "status"})]

    def above_panel() -> Image.Image:
        image = look(panel_desktop.screenshot(panel_desktop.dir / "menu.png"))
        return image.crop((0, 0, image.width, y - 20))

    before = await asyncio.to_thread(above_panel)
    await xdotool(panel_desktop, "click", 3)
    lines: list[tuple[int, int]] = []

    def menu_is_open() -> bool:
        lines[:] = text_lines(before, above_panel())
        # The menu as test_menu.py writes it, submenus closed.
        return len(lines) == len(("status", "Start", "Snooze", "Skip", "I moved", "I am standing", "Pause", "Sound",
                                  "Exercises", "Status", "Settings", "Quit"))  # fmt: skip

    async with asyncio.timeout(PATIENCE_S):
        while not await asyncio.to_thread(menu_is_open):
            pass
    await xdotool(panel_desktop, "mousemove", *lines[3], "sleep", 0.2, "click", 1)
    await panel_desktop.until(lambda: len(desk.asked) > 1, 5, "the click in the menu")
    assert desk.asked[1:] == [("skip", {})]

    desk.shown = snapshot(phase="session", allowed=())
    tray.refresh(desk.shown)
    await wait_for_icon(panel_desktop, GREEN)
    await tray.stop()
    await wait_for_icon(panel_desktop, None)


@needs("lxqt-panel")
async def test_real_panel_that_restarts_shows_the_icon_again(
    make_desktop: Callable[..., Desktop], desk: Desk, make_tray: Callable[..., SniTray]
) -> None:
    """The panel comes after the program, crashes and comes back: the icon is there each time."""
    desktop = make_desktop(size="1000x400")
    desk.shown = DUE
    tray = make_tray(desktop.bus_address)
    tray.refresh(desk.shown)
    assert not await tray.start()

    panel = desktop.start_panel("lxqt")
    await wait_for_icon(desktop, AMBER)
    desktop.stop(panel, sig=signal.SIGKILL)
    await desktop.until(lambda: not tray.is_taken, 5, "the loss")
    desktop.start_panel("lxqt")
    await wait_for_icon(desktop, AMBER)
    assert tray.is_taken


@pytest.mark.desktops
@needs("sway", "waybar", "grim")
async def test_waybar_shows_the_icon(
    make_desktop: Callable[..., Desktop], desk: Desk, make_tray: Callable[..., SniTray]
) -> None:
    """Under Wayland, without any X server."""
    desktop = make_desktop(screen=False)
    desktop.start_sway()
    config = desktop.dir / "waybar.json"
    config.write_text('{"layer": "top", "height": 30, "modules-left": ["tray"], "tray": {"icon-size": 24}}')
    desktop.start(["waybar", "-c", str(config)])
    desktop.wait_for_name(WATCHER)
    desk.shown = DUE
    tray = make_tray(desktop.bus_address)
    tray.refresh(desk.shown)

    await tray.start()  # its watcher may be there before its tray: then the icon is taken a moment later
    x, y = await wait_for_icon(desktop, AMBER)
    assert tray.is_taken
    assert x < 60
    assert y < 30
