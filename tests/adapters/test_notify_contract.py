"""What every notification server must make of our notes: our own fake and the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from support.desktop import Desktop
from support.notification_servers import Dunst, FakeServer, Mako, Server, Xfce
from unsit.adapters.bus import Bus
from unsit.adapters.notify_fdo import FdoNotifier
from unsit.ports import AdapterError, Button, Note, Notifier

START = Button("Start", "begin")
SNOOZE = Button("Snooze 10 min", "snooze", {"for": "10m"})
SKIP = Button("Skip", "skip")
NOTE = Note(
    slot="prompt",
    title="Time to get up",
    body="Standing lunge stretch, 3 min 18 s\nYou have sat for 1 h.",
    buttons=(START, SNOOZE, SKIP),
    default=START,
    expires_s=0,
)

SERVERS: dict[str, tuple[type[Any], bool]] = {
    "fake": (FakeServer, False),
    "dunst": (Dunst, True),
    "xfce4-notifyd": (Xfce, True),
    "mako": (Mako, False),
}
"""Name -> its levers, and whether it needs an X screen."""
MARKS = {"mako": pytest.mark.desktops}


@pytest.fixture(params=[pytest.param(name, marks=MARKS.get(name, ())) for name in SERVERS])
async def server(request: pytest.FixtureRequest, make_desktop: Callable[..., Desktop]) -> Server:
    kind, needs_screen = SERVERS[request.param]
    made: Server = kind(make_desktop(screen=needs_screen))
    await made.start()
    return made


class Client:
    """A notifier and what it was told."""

    def __init__(self, notifier: FdoNotifier) -> None:
        self.notifier = notifier
        self.pressed: list[tuple[Button, str | None]] = []
        self.arrivals = 0

    async def start(self) -> None:
        await self.notifier.start(lambda button, token: self.pressed.append((button, token)), self._count)

    def _count(self) -> None:
        self.arrivals += 1


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    bus = await Bus.connect("session", address=server.desktop.bus_address)
    made = Client(FdoNotifier(bus))
    await made.start()
    yield made
    server.thaw()
    await made.notifier.stop()
    bus.close()


async def test_a_note_is_shown_replaced_in_place_and_closed(server: Server, client: Client) -> None:
    """There is one note on the screen from the first show to the close, whatever is shown in its slot."""
    await client.notifier.show(NOTE)
    await server.desktop.until(lambda: server.count() == 1, what="the note")

    await client.notifier.show(Note(slot="prompt", title="Still time to get up", body="", buttons=(START,)))
    await client.notifier.show(NOTE)
    assert server.count() == 1

    await client.notifier.show(Note(slot="undo", title="Skipped", body=""))
    await server.desktop.until(lambda: server.count() == 2, what="a second slot")

    await client.notifier.close("prompt")
    await client.notifier.close("undo")
    await client.notifier.close("never shown")
    await server.desktop.until(lambda: server.count() == 0, what="an empty screen")
    assert client.pressed == []


async def test_a_press_is_heard_once_and_takes_the_note_away(server: Server, client: Client) -> None:
    """Every server says which button it was, and none of them leaves the note on the screen."""
    await client.notifier.show(NOTE)
    await server.desktop.until(lambda: server.count() == 1, what="the note")

    await server.press("snooze", SNOOZE.label)

    await server.desktop.until(lambda: client.pressed, what="the press")
    await server.desktop.until(lambda: server.count() == 0, what="an empty screen")
    assert client.pressed == [(SNOOZE, None)]


async def test_a_click_on_the_note_is_its_default(server: Server, client: Client) -> None:
    """The body of a prompt starts the stretch; where a click on it only closes, Start is a button once, not twice."""
    await client.notifier.show(NOTE)
    await server.desktop.until(lambda: server.count() == 1, what="the note")

    await server.press("begin" if isinstance(server, Xfce) else "default", START.label)

    await server.desktop.until(lambda: client.pressed, what="the press")
    await server.desktop.until(lambda: server.count() == 0, what="an empty screen")
    assert [button for button, _token in client.pressed] == [START]


async def test_a_server_that_was_killed_and_is_back_gets_the_note_again(server: Server, client: Client) -> None:
    """Nobody has to restart Unsit because their notification server crashed."""
    await client.notifier.show(NOTE)

    await server.kill()
    await server.desktop.until(lambda: "No notification service" in client.notifier.describe(), what="the loss noticed")
    with pytest.raises(AdapterError, match="No notification service"):
        await client.notifier.show(NOTE)
    assert client.arrivals == 0
    await server.start()

    await server.desktop.until(lambda: client.arrivals, what="the news of the server")
    await client.notifier.show(NOTE)
    await server.desktop.until(lambda: server.count() == 1, what="the note")
    assert client.arrivals == 1


async def test_a_hung_server_costs_two_seconds_and_blocks_nobody(server: Server, client: Client) -> None:
    """The call fails in time, the loop goes on, and what the server shows when it wakes up is still ours."""
    await client.notifier.show(Note(slot="hello", title="Unsit is here", body=""))
    await client.notifier.close("hello")
    server.freeze()
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    counting = asyncio.create_task(count_turns())
    began = asyncio.get_running_loop().time()
    results = await asyncio.gather(
        client.notifier.show(NOTE), client.notifier.show(Note(slot="undo", title="Skipped", body="")),
        return_exceptions=True,
    )  # fmt: skip
    took_s = asyncio.get_running_loop().time() - began
    counting.cancel()

    assert [type(result) for result in results] == [AdapterError, AdapterError]
    assert took_s < 15  # the bus itself would wait for 25
    assert turns > 10

    server.thaw()
    await server.desktop.until(lambda: server.count() == 2, what="the notes that came late")
    await client.notifier.close("undo")
    await client.notifier.close("prompt")
    await server.desktop.until(lambda: server.count() == 0, what="an empty screen")


async def test_text_is_shown_as_it_is_written(server: Server, client: Client) -> None:
    """Tags that would be invisible as markup are seen on the screen."""
    if isinstance(server, FakeServer):
        await client.notifier.show(Note(slot="problem", title="a <b>&", body="<b></b> & <i>"))
        assert (server.calls[0].title, server.calls[0].body) == ("a <b>&", "&lt;b&gt;&lt;/b&gt; &amp; &lt;i&gt;")
        return
    screen = Screen(server.desktop)
    await client.notifier.show(Note(slot="problem", title="Settings", body="A", expires_s=0))
    await server.desktop.until(lambda: server.count() == 1, what="the note")
    without = await screen.still()

    await client.notifier.show(Note(slot="problem", title="Settings", body="A<b></b>", expires_s=0))

    await server.desktop.until(lambda: screen.now() != without, 3, what="the tags on the screen")
    assert await screen.still() != without


class Screen:
    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop

    def now(self) -> bytes:
        return self._desktop.screenshot(self._desktop.dir / "screen.ppm").read_bytes()

    async def still(self) -> bytes:
        """Once it has stopped to change."""
        last = b""
        while (picture := self.now()) != last:
            last = picture
            await asyncio.sleep(0.1)
        return picture


def test_it_keeps_the_port(session_bus: Desktop) -> None:
    """mypy checks the signatures at this assignment."""

    async def check() -> None:
        bus = await Bus.connect("session", address=session_bus.bus_address)
        notifier: Notifier = FdoNotifier(bus)
        await notifier.stop()
        bus.close()

    asyncio.run(check())
