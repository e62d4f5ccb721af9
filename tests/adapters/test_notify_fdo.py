"""What goes over the bus for a note, and what comes back: on a server that writes everything down."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace
from plyer.facades import Notification

from support.desktop import Desktop, needs
from support.notification_servers import ALL_CAPABILITIES, NAME, PATH, FakeServer, find_xfce4_notifyd
from unsit.adapters.bus import Bus, BusError
from unsit.adapters.notify_fdo import FdoNotifier
from unsit.ports import AdapterError, Button, Note

START = Button("Start", "begin")
SKIP = Button("Skip", "skip")
NOTE = Note(slot="prompt", title="Time to get up", body="3 min 18 s", buttons=(START, SKIP), default=START)


class Client(FdoNotifier):
    """Remembers what it was told."""

    pressed: list[tuple[Button, str | None]]
    arrivals: int

    async def listen(self) -> None:
        self.pressed, self.arrivals = [], 0
        await self.start(lambda button, token: self.pressed.append((button, token)), self._arrived)

    def _arrived(self) -> None:
        self.arrivals += 1


@pytest.fixture
async def server(session_bus: Desktop) -> AsyncIterator[FakeServer]:
    made = FakeServer(session_bus)
    await made.start()
    yield made
    await made.kill()


@pytest.fixture
async def client(session_bus: Desktop, server: FakeServer) -> AsyncIterator[Client]:
    bus = await Bus.connect("session", address=session_bus.bus_address)
    made = Client(bus, icon="/usr/share/an icon.png")
    await made.listen()
    yield made
    server.thaw()
    await made.stop()
    bus.close()


# ----------------------------------------------------------------------------------------------------- what is sent


async def test_everything_a_note_says_goes_over_the_bus(server: FakeServer, client: Client) -> None:
    """Each field has its place in the specification, with the type that the strictest server wants."""
    await client.show(
        Note(
            slot="prompt", title="Up", body="Now", buttons=(START, SKIP), urgency="critical", expires_s=1.5,
            sound="message", image="/tmp/a b.png", category="x-unsit.prompt", resident=True, transient=True,
        )
    )  # fmt: skip

    (call,) = server.calls
    assert (call.app_name, call.icon) == ("Unsit", "file:///usr/share/an%20icon.png")
    assert call.actions == ["begin", "Start", "skip", "Skip"]
    assert call.timeout_ms == 1500
    assert call.hints == {
        "desktop-entry": ("s", "unsit"),
        "urgency": ("y", 2),
        "sound-name": ("s", "message"),
        "category": ("s", "x-unsit.prompt"),
        "image-path": ("s", "file:///tmp/a%20b.png"),
        "resident": ("b", True),
        "transient": ("b", True),
    }


async def test_a_plain_note_is_silent_and_left_to_the_server(server: FakeServer, client: Client) -> None:
    """No sound that nobody asked for, no time that nobody set."""
    await client.show(Note(slot="undo", title="Skipped", body=""))
    await client.show(Note(slot="undo", title="Skipped", body="", expires_s=0))

    first, second = server.calls
    assert first.hints == {"desktop-entry": ("s", "unsit"), "urgency": ("y", 1), "suppress-sound": ("b", True)}
    assert (first.timeout_ms, second.timeout_ms) == (-1, 0)
    assert first.actions == []


@pytest.mark.parametrize(
    ("default", "actions"),
    [
        (START, ["begin", "Start", "skip", "Skip", "default", ""]),
        (Button("Open", "open"), ["begin", "Start", "skip", "Skip", "default", "Open"]),
        (None, ["begin", "Start", "skip", "Skip"]),
    ],
)
async def test_the_default_is_no_second_button(
    server: FakeServer, client: Client, default: Button | None, actions: list[str]
) -> None:
    """It comes last, and without a label where a button says the same: lxqt-notificationd would draw that one too."""
    await client.show(Note(slot="prompt", title="", body="", buttons=(START, SKIP), default=default))

    assert server.calls[0].actions == actions


async def test_two_buttons_of_one_command_are_told_apart(server: FakeServer, client: Client) -> None:
    """Snooze 5 min and Snooze 10 min are the same word with other parameters."""
    five, ten = Button("5 min", "snooze", {"for": "5m"}), Button("10 min", "snooze", {"for": "10m"})
    await client.show(Note(slot="prompt", title="", body="", buttons=(five, ten)))

    await server.press(server.calls[0].actions[2])

    await server.desktop.until(lambda: client.pressed)
    assert client.pressed == [(ten, None)]


@pytest.mark.parametrize(
    ("capabilities", "body"),
    [
        (ALL_CAPABILITIES, "a &lt;b&gt; &amp; \"c\""),
        (("actions", "body"), "a <b> & \"c\""),
        (("body",), "a <b> & \"c\"\ntype: unsit <begin>"),
        (("body", "body-hyperlinks"), "a <b> & \"c\"\ntype: unsit <begin>"),
        (
            ("body", "body-markup", "body-hyperlinks"),
            "a &lt;b&gt; &amp; \"c\"\ntype: unsit &lt;begin&gt;\n"
            '<a href="unsit:begin?a=1&amp;b=%22">Start &lt;now&gt;</a>',
        ),
    ],
)  # fmt: skip
async def test_the_body_suits_what_the_server_can(
    session_bus: Desktop, capabilities: tuple[str, ...], body: str
) -> None:
    """Escaped where there is markup and only there; without buttons it says how to answer, with a link where it can."""
    server = FakeServer(session_bus, capabilities)
    await server.start()
    bus = await Bus.connect("session", address=session_bus.bus_address)
    client = Client(bus)
    await client.listen()

    await client.show(
        Note(
            slot="prompt", title="<b>", body='a <b> & "c"', buttons=(START,), fallback="type: unsit <begin>",
            link=("Start <now>", 'unsit:begin?a=1&b="'),
        )
    )  # fmt: skip

    (call,) = server.calls
    assert (call.title, call.body) == ("<b>", body)
    assert call.actions == (["begin", "Start"] if "actions" in capabilities else [])
    await client.stop()
    await server.kill()
    bus.close()


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            "Standing lunge stretch, 3 min\nYou have sat for 1 h.",
            "Standing lunge stretch, 3 min · You have sat for 1 h.",
        ),
        ("It counts all day.\nNo hours are set.", "It counts all day. No hours are set."),
        ("One line", "One line"),
    ],
)
async def test_lines_stay_apart_where_the_server_joins_them(session_bus: Desktop, body: str, shown: str) -> None:
    """GNOME Shell draws a space for a line break: a line that is no sentence would run into the next one."""
    server = FakeServer(session_bus)
    server.name = "gnome-shell"
    await server.start()
    bus = await Bus.connect("session", address=session_bus.bus_address)
    client = Client(bus)
    await client.listen()

    await client.show(Note(slot="prompt", title="Time to get up", body=body))

    assert server.calls[0].body == shown
    await client.stop()
    await server.kill()
    bus.close()


async def test_a_note_without_buttons_needs_no_words_about_them(session_bus: Desktop) -> None:
    """The fallback says how to do without buttons; where there are none to do without, it is left out."""
    server = FakeServer(session_bus, ("body",))
    await server.start()
    bus = await Bus.connect("session", address=session_bus.bus_address)
    client = Client(bus)
    await client.listen()

    await client.show(Note(slot="hello", title="Unsit is here", body="At 10:52.", fallback="type: unsit"))

    assert server.calls[0].body == "At 10:52."
    await client.stop()
    await server.kill()
    bus.close()


# ----------------------------------------------------------------------------------------------- what is on the screen


async def test_two_shows_at_once_come_in_their_order(server: FakeServer, client: Client) -> None:
    """The second waits for the id of the first, and replaces it."""
    notes = [Note(slot="prompt", title=f"{n}", body="") for n in range(5)]

    await asyncio.gather(*(client.show(note) for note in notes))

    assert [call.title for call in server.calls] == ["0", "1", "2", "3", "4"]
    assert [call.replaces_id for call in server.calls] == [0, 1, 1, 1, 1]


async def test_a_close_that_overtakes_nothing(server: FakeServer, client: Client) -> None:
    """Asked for while the note is on its way, it takes away exactly that note."""
    await asyncio.gather(client.show(NOTE), client.close("prompt"))

    assert (server.count(), server.closed) == (0, [1])


async def test_a_note_that_has_gone_is_shown_anew(server: FakeServer, client: Client) -> None:
    """What expired is no longer there to be replaced."""
    await client.show(NOTE)
    server.expire(1)
    await client.show(Note(slot="undo", title="", body=""))  # its reply comes after the signal

    await client.show(NOTE)

    assert [call.replaces_id for call in server.calls] == [0, 0, 0]


async def test_the_same_note_at_once_is_the_one_on_the_screen(server: FakeServer, client: Client) -> None:
    """A start that shows what is open, and the server's arrival that asks for it, make one note."""
    await client.show(NOTE)
    await client.show(NOTE)

    assert len(server.calls) == 1


async def test_what_kde_refuses_as_a_repetition_counts_as_shown(server: FakeServer, client: Client) -> None:
    """Plasma answers the same text within a second with an error, while the text is on the screen."""
    server.refuse = BusError("org.freedesktop.Notifications.Error.ExcessNotificationGeneration", "too many")

    await client.show(NOTE)

    assert server.calls == []


async def test_a_refusal_is_an_error_with_its_reason(server: FakeServer, client: Client) -> None:
    server.refuse = BusError("org.freedesktop.DBus.Error.LimitsExceeded", "no more today")

    with pytest.raises(AdapterError, match="no more today"):
        await client.show(NOTE)


async def test_a_note_closed_before_its_reply_is_not_on_the_screen(server: FakeServer, client: Client) -> None:
    """A rule of the server that hides us: the next one is a new note, and there is nothing to close."""
    server.closes_at_once = True
    await client.show(NOTE)
    await client.close("prompt")
    await client.show(Note(slot="prompt", title="again", body=""))

    assert server.closed == []
    assert [call.replaces_id for call in server.calls] == [0, 0]


async def test_a_caller_who_gives_up_leaves_no_orphan(server: FakeServer, client: Client) -> None:
    """The note of a cancelled show is known all the same: it can be replaced and closed."""
    await client.show(Note(slot="hello", title="", body=""))
    await client.close("hello")
    server.freeze()
    showing = asyncio.create_task(client.show(NOTE))
    await asyncio.sleep(0)  # let it send
    await server.desktop.until(lambda: client._requests == 1, what="the request")
    showing.cancel()
    server.thaw()
    await server.desktop.until(lambda: server.count() == 1, what="the note")

    await client.close("prompt")

    assert server.count() == 0


async def test_late_replies_close_what_is_no_longer_wanted(
    server: FakeServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that hung shows everything it was asked for when it wakes up; one note of it remains."""
    monkeypatch.setattr("unsit.adapters.notify_fdo.TIME_LIMIT_S", 0.1)
    await client.show(Note(slot="hello", title="", body=""))
    server.freeze()
    for title in ("first", "second", "third"):
        with pytest.raises(AdapterError, match="does not answer"):
            await client.show(Note(slot="prompt", title=title, body=""))
    with pytest.raises(AdapterError, match="does not answer"):
        await client.show(Note(slot="undo", title="undo", body=""))
    await client.close("undo")

    server.thaw()

    await server.desktop.until(lambda: len(server.calls) == 5 and server.count() == 2, what="one note of each slot")
    assert sorted(note.title for note in server.on_screen.values()) == ["", "third"]
    await client.close("prompt")
    assert [note.title for note in server.on_screen.values()] == [""]


async def test_a_late_reply_about_the_note_on_the_screen_leaves_it_there(
    server: FakeServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both late ones replaced it in place, so they have its id."""
    monkeypatch.setattr("unsit.adapters.notify_fdo.TIME_LIMIT_S", 0.1)
    await client.show(NOTE)
    server.freeze()
    for title in ("second", "third"):
        with pytest.raises(AdapterError, match="does not answer"):
            await client.show(Note(slot="prompt", title=title, body="", buttons=(SKIP,)))

    server.thaw()

    await server.desktop.until(lambda: len(server.calls) == 3, what="the late notes")
    await client.show(Note(slot="undo", title="", body=""))  # so that whatever was sent before has arrived
    assert (server.closed, server.on_screen[1].title) == ([], "third")


# ---------------------------------------------------------------------------------------------------------- what comes


async def test_the_token_of_a_press_is_handed_on(server: FakeServer, client: Client) -> None:
    """It lets the guide's window come to the front on Wayland, and belongs to one press."""
    await client.show(NOTE)

    await server.press("skip", activation="token-1")

    await server.desktop.until(lambda: client.pressed)
    assert client.pressed == [(SKIP, "token-1")]


async def test_a_press_is_heard_once_and_its_note_closed_by_us(server: FakeServer, client: Client) -> None:
    """Servers that repeat the signal, or leave the note there, are told."""
    await client.show(NOTE)

    server.emit("ActionInvoked", "us", 1, "skip")
    server.emit("ActionInvoked", "us", 1, "skip")

    await server.desktop.until(lambda: server.closed == [1], what="the close")
    assert client.pressed == [(SKIP, None)]


async def test_a_resident_note_can_be_pressed_again(server: FakeServer, client: Client) -> None:
    await client.show(Note(slot="prompt", title="", body="", buttons=(START, SKIP), resident=True))

    await server.press("skip")
    await server.press("begin", activation="t")
    await server.press("skip")

    await server.desktop.until(lambda: len(client.pressed) == 3)
    assert client.pressed == [(SKIP, None), (START, "t"), (SKIP, None)]
    assert server.count() == 1


async def test_signals_of_others_mean_nothing(server: FakeServer, client: Client, session_bus: Desktop) -> None:
    """Neither notes of other programs, nor buttons that we never had, nor a stranger who speaks as if it were the server."""
    await client.show(NOTE)
    stranger = await Bus.connect("session", address=session_bus.bus_address)

    stranger.emit(PATH, NAME, "ActionInvoked", "us", 1, "begin")
    server.emit("ActionInvoked", "us", 99, "begin")
    server.emit("ActionInvoked", "us", 1, "delete")
    server.emit("NotificationClosed", "uu", 99, 1)
    server.emit("ActivationToken", "us", 99, "theirs")
    server.emit("ActionInvoked", "us", 1, "skip")

    await server.desktop.until(lambda: client.pressed)
    assert client.pressed == [(SKIP, None)]
    stranger.close()


async def test_a_press_before_the_reply_is_not_lost(server: FakeServer, client: Client) -> None:
    """Reply and press may arrive in one piece."""
    server.freeze()
    showing = asyncio.create_task(client.show(NOTE))
    await asyncio.sleep(0.05)
    server.thaw()
    await server.desktop.until(lambda: server.count() == 1, what="the note")
    await server.press("begin")  # the reply leaves the server in this turn of the loop or the next

    await server.desktop.until(lambda: client.pressed)
    await showing
    assert client.pressed == [(START, None)]


# --------------------------------------------------------------------------------------------------------- the server


async def test_without_a_server_a_note_is_an_error_at_once(session_bus: Desktop) -> None:
    """And starting does not fail: a server may come later."""
    bus = await Bus.connect("session", address=session_bus.bus_address)
    client = Client(bus)
    await client.listen()

    with pytest.raises(AdapterError, match="No notification service"):
        await client.show(NOTE)
    assert "No notification service" in client.describe()

    server = FakeServer(session_bus)
    await server.start()
    await session_bus.until(lambda: client.arrivals == 1, what="the news of the server")
    await client.show(NOTE)
    assert server.count() == 1
    assert client.describe() == "Fake 1, with buttons"
    await client.stop()
    await server.kill()
    bus.close()


async def test_a_server_found_at_the_start_is_no_news(server: FakeServer, client: Client) -> None:
    """Nothing was shown before, so nothing is to be shown again."""
    await client.show(NOTE)

    assert client.arrivals == 0


async def test_a_note_that_comes_while_it_starts_waits_for_that(session_bus: Desktop, server: FakeServer) -> None:
    """What is open is shown at once at a start: before it was looked for, a server must not count as missing."""
    bus = await Bus.connect("session", address=session_bus.bus_address)
    made = Client(bus)
    shown = asyncio.create_task(made.show(NOTE))
    await asyncio.sleep(0)
    await made.listen()
    await shown
    assert [call.title for call in server.calls] == [NOTE.title]
    await made.stop()
    bus.close()


async def test_a_server_that_hung_at_the_start_is_news_when_it_wakes_up(
    session_bus: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prompt that it could not show is shown as soon as it can."""
    monkeypatch.setattr("unsit.adapters.notify_fdo.TIME_LIMIT_S", 0.1)
    server = FakeServer(session_bus)
    await server.start()
    server.freeze()
    bus = await Bus.connect("session", address=session_bus.bus_address)
    client = Client(bus)
    await client.listen()
    with pytest.raises(AdapterError, match="does not answer"):
        await client.show(NOTE)

    server.thaw()

    await session_bus.until(lambda: client.arrivals == 1, what="the news of the server")
    await client.show(NOTE)
    assert server.count() == 1
    await client.stop()
    await server.kill()
    bus.close()


class BusyBus(Bus):
    """Stops the whole bus before a call of ours, counted from `arm` on."""

    calls_left = -1
    pid = 0

    def arm(self, pid: int, calls: int) -> None:
        self.pid, self.calls_left = pid, calls

    async def call(self, *args: Any, **options: Any) -> tuple[Any, ...]:
        if self.calls_left == 0:
            os.kill(self.pid, signal.SIGSTOP)
        self.calls_left -= 1
        return await super().call(*args, **options)


@pytest.mark.parametrize("answered", [0, 2, 3, 5], ids=lambda calls: f"after {calls} calls")
async def test_a_bus_that_hung_at_the_start_leaves_no_dead_buttons(
    session_bus: Desktop, server: FakeServer, answered: int
) -> None:
    """Wherever in the start it hung: the next note can be pressed, and a press counts once."""
    bus = await BusyBus.connect("session", address=session_bus.bus_address)
    client = Client(bus)
    pid = session_bus.pid_of("session-bus")
    bus.arm(pid, answered)
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.listen()
    finally:
        os.kill(pid, signal.SIGCONT)

    await client.show(replace(NOTE, resident=True))
    await server.press("begin")
    await session_bus.until(lambda: client.pressed, what="the press")
    await client.show(Note(slot="hello", title="", body=""))

    assert client.pressed == [(START, None)]
    await client.stop()
    bus.close()


async def test_another_server_is_asked_anew_what_it_can(
    session_bus: Desktop, server: FakeServer, client: Client
) -> None:
    """A person who changes from one to the other gets no buttons that the new one does not have."""
    await client.show(NOTE)
    await server.kill()
    other = FakeServer(session_bus, ("body",))
    await other.start()
    await session_bus.until(lambda: client.arrivals == 1, what="the news of the server")

    await client.show(NOTE)

    assert (other.calls[0].actions, other.calls[0].replaces_id) == ([], 0)
    await client.stop()
    await other.kill()


async def test_nothing_is_left_on_the_screen_at_the_end(session_bus: Desktop, server: FakeServer) -> None:
    """Buttons that nobody hears are worse than none; that goes for a note on its way, too."""
    bus = await Bus.connect("session", address=session_bus.bus_address)
    client = Client(bus)
    await client.listen()
    await client.show(Note(slot="hello", title="", body=""))
    showing = asyncio.create_task(client.show(NOTE))
    await asyncio.sleep(0)

    await client.stop()

    await showing
    assert (len(server.calls), server.count()) == (2, 0)
    bus.close()


async def test_a_lost_bus_is_an_error_with_words(server: FakeServer, client: Client) -> None:
    client._bus.close()

    with pytest.raises(AdapterError, match="bus is gone"):
        await client.show(NOTE)


@needs("xdotool", "xwininfo")
async def test_a_server_that_the_bus_can_start_is_started_by_a_note(desktop: Desktop) -> None:
    """Xfce starts its server at the first notification; until then nobody owns the name, and we start it for no less."""
    services = desktop.dir / "home/.local/share/dbus-1/services"
    services.mkdir(parents=True)
    environment = " ".join(f"{key}={value}" for key, value in desktop.env.items() if key != "PATH" and " " not in value)
    (services / f"{NAME}.service").write_text(
        f"[D-BUS Service]\nName={NAME}\nExec=/usr/bin/env {environment} {find_xfce4_notifyd()}\n"
    )
    desktop.start_bus(services=True)
    bus = await Bus.connect("session", address=desktop.bus_address)
    client = Client(bus)
    await client.listen()
    assert not desktop.has_name(NAME)
    assert "starts with the first notification" in client.describe()

    await client.show(NOTE)

    assert client.describe().startswith("Xfce Notify Daemon")
    await client.close("prompt")
    await client.stop()
    bus.close()


async def test_it_is_plyers_facade(server: FakeServer, client: Client) -> None:
    """Code that knows plyer only can use it, and is not blocked."""
    assert isinstance(client, Notification)

    client.notify(title="Hello", message="from plyer", timeout=3)

    await server.desktop.until(lambda: server.calls, what="the note")
    (call,) = server.calls
    assert (call.title, call.body, call.timeout_ms) == ("Hello", "from plyer", 3000)
