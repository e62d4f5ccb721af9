"""The connection, on a real dbus-daemon."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from jeepney import DBusAddress, HeaderFields, Message, Parser, new_method_return, new_signal
from jeepney.io.blocking import open_dbus_connection

from support.desktop import Desktop
from support.patience import PATIENCE_S
from unsit.adapters.bus import (
    BUS_NAME,
    BUS_PATH,
    Bus,
    BusError,
    BusTimeout,
    Interface,
    Method,
    Property,
    Signal,
    socket_addresses,
)
from unsit.ports import AdapterError

PATH = "/org/example/Thing"
FACE = "org.example.Face"
NAME = "org.example.Name"


def face(**handlers: Any) -> Interface:
    """A little of everything."""

    async def later(text: str) -> str:
        await asyncio.sleep(0)
        return text.upper()

    def fail() -> None:
        raise ZeroDivisionError("by zero")

    def refuse() -> None:
        raise BusError("org.example.Error.No", "not today")

    return Interface(
        FACE,
        {
            "Echo": Method("s", "s", lambda text: text, ("text",), ("same",)),
            "Later": Method("s", "s", later),
            "Two": Method("i", "ia{sv}", lambda n: (n, {"twice": ("i", 2 * n)})),
            "Fail": Method("", "", fail),
            "Refuse": Method("", "", refuse),
            "Lie": Method("", "i", lambda: "no number"),
            "Never": Method("", "", lambda: asyncio.get_running_loop().create_future()),
            **{name: Method("", "", handler) for name, handler in handlers.items()},
        },
        {"Pictures": Property("a(iiay)", lambda: [(1, 1, b"\0\1\2\3")]), "Size": Property("u", lambda: 3)},
        {"Said": "s"},
    )


@asynccontextmanager
async def connected(desktop: Desktop) -> AsyncIterator[Bus]:
    bus = await Bus.connect("session", address=desktop.bus_address)
    try:
        yield bus
    finally:
        bus.close()


@pytest.fixture
async def bus(session_bus: Desktop) -> AsyncIterator[Bus]:
    async with connected(session_bus) as made:
        yield made


@pytest.fixture
async def other(session_bus: Desktop) -> AsyncIterator[Bus]:
    """Somebody else on the same bus, who shows `face()`."""
    async with connected(session_bus) as made:
        made.export(PATH, face())
        yield made


async def settle(*buses: Bus) -> None:
    """Return when everything sent so far has been delivered: the bus keeps the order of messages."""
    for _round in range(2):
        for bus in buses:
            await bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetId")


# -------------------------------------------------------------------------------------------------------------- calls


async def test_calls_are_answered(bus: Bus, other: Bus) -> None:
    """Values arrive as they were sent, whether the answer is there at once or later."""
    assert await bus.call(other.unique_name, PATH, FACE, "Echo", "s", "grüß Gott") == ("grüß Gott",)
    assert await bus.call(other.unique_name, PATH, FACE, "Later", "s", "slow") == ("SLOW",)
    assert await bus.call(other.unique_name, PATH, FACE, "Two", "i", 21) == (21, {"twice": ("i", 42)})


@pytest.mark.parametrize(("text", "heard"), [("a\0b", "a\ufffdb"), ("caf\udce9", "caf?")], ids=["zero", "no Unicode"])
async def test_a_text_that_no_bus_carries_is_mended(bus: Bus, other: Bus, text: str, heard: str) -> None:
    """Sent as it is, the bus would hang up; wherever it stands, in a call, an answer or a signal."""
    said: list[Signal] = []
    await bus.subscribe(said.append, sender=other.unique_name, member="Said")
    other.export(
        PATH, Interface("org.example.Names", {"All": Method("", "a{sv}as", lambda: ({text: ("s", text)}, [text]))})
    )

    assert await bus.call(other.unique_name, PATH, FACE, "Echo", "s", text) == (heard,)
    assert await bus.call(other.unique_name, PATH, "org.example.Names", "All") == ({heard: ("s", heard)}, [heard])
    other.emit(PATH, FACE, "Said", "s", text)
    await settle(other, bus)
    assert [signal.body for signal in said] == [(heard,)]
    assert bus.is_open and other.is_open


async def test_many_calls_at_once_get_their_own_answers(bus: Bus, other: Bus) -> None:
    """Answers are told apart by their serial numbers."""
    texts = [str(number) for number in range(100)]

    answers = await asyncio.gather(*(bus.call(other.unique_name, PATH, FACE, "Later", "s", text) for text in texts))

    assert answers == [(text,) for text in texts]


@pytest.mark.parametrize(
    ("path", "interface", "member", "signature", "body", "error"),
    [
        (PATH, FACE, "Refuse", "", (), "org.example.Error.No"),
        (PATH, FACE, "Fail", "", (), "org.freedesktop.DBus.Error.Failed"),
        (PATH, FACE, "Lie", "", (), "org.freedesktop.DBus.Error.Failed"),
        (PATH, FACE, "Absent", "", (), "org.freedesktop.DBus.Error.UnknownMethod"),
        (PATH, FACE, "Echo", "i", (1,), "org.freedesktop.DBus.Error.InvalidArgs"),
        (PATH, FACE, "Echo", "", (), "org.freedesktop.DBus.Error.InvalidArgs"),
        (PATH, "org.example.Other", "Echo", "s", ("",), "org.freedesktop.DBus.Error.UnknownInterface"),
        ("/nowhere", FACE, "Echo", "s", ("",), "org.freedesktop.DBus.Error.UnknownObject"),
        (PATH, "org.freedesktop.DBus.Properties", "Get", "ss", (FACE, "No"),
         "org.freedesktop.DBus.Error.UnknownProperty"),
        (PATH, "org.freedesktop.DBus.Properties", "GetAll", "s", ("org.no.Face",),
         "org.freedesktop.DBus.Error.UnknownInterface"),
        (PATH, "org.freedesktop.DBus.Properties", "Set", "ssv", (FACE, "Size", ("u", 1)),
         "org.freedesktop.DBus.Error.PropertyReadOnly"),
    ],
)  # fmt: skip
async def test_what_cannot_be_answered_is_an_error(
    bus: Bus, other: Bus, path: str, interface: str, member: str, signature: str, body: tuple[Any, ...], error: str
) -> None:
    """The caller gets the error's name, and the connection answers the next call."""
    with pytest.raises(BusError) as caught:
        await bus.call(other.unique_name, path, interface, member, signature, *body)

    assert caught.value.name == error
    assert await bus.call(other.unique_name, PATH, FACE, "Echo", "s", "on") == ("on",)


async def test_handler_that_fails_is_logged(bus: Bus, other: Bus, caplog: pytest.LogCaptureFixture) -> None:
    """The caller learns what, the log learns where."""
    with pytest.raises(BusError, match="ZeroDivisionError: by zero"):
        await bus.call(other.unique_name, PATH, FACE, "Fail")

    assert "Traceback" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_call_that_is_never_answered_ends(bus: Bus, other: Bus) -> None:
    """A hung service costs its caller the time limit, and nobody else anything."""
    with pytest.raises(BusTimeout, match="Never"):
        await bus.call(other.unique_name, PATH, FACE, "Never", timeout_s=0.05)

    assert await bus.call(other.unique_name, PATH, FACE, "Echo", "s", "on") == ("on",)


async def test_an_answer_that_came_while_we_stood_still_is_one(bus: Bus) -> None:
    """The limit has passed, and the answer is there."""
    asking = asyncio.create_task(bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetId", timeout_s=0.3))
    await asyncio.sleep(0)  # it has asked
    time.sleep(0.4)  # noqa: ASYNC251  the loop stands still
    assert select.select([bus._sock], [], [], PATIENCE_S)[0]
    assert await asking


async def test_service_that_is_not_there(bus: Bus) -> None:
    """Nobody is started and nobody is waited for."""
    with pytest.raises(BusError) as caught:
        await bus.call("org.example.Absent", "/", FACE, "Echo", no_auto_start=True)

    assert caught.value.name in (
        "org.freedesktop.DBus.Error.NameHasNoOwner",
        "org.freedesktop.DBus.Error.ServiceUnknown",
    )


async def test_properties_come_out_of_their_variant(bus: Bus, other: Bus) -> None:
    """Bytes are bytes, structs tuples, arrays lists."""
    assert await bus.get_property(other.unique_name, PATH, FACE, "Pictures") == [(1, 1, b"\0\1\2\3")]
    (everything,) = await bus.call(other.unique_name, PATH, "org.freedesktop.DBus.Properties", "GetAll", "s", FACE)
    assert everything == {"Pictures": ("a(iiay)", [(1, 1, b"\0\1\2\3")]), "Size": ("u", 3)}


async def test_standard_tools_can_read_us(session_bus: Desktop, other: Bus) -> None:
    """GLib's own command line introspects the object and its parents, pings it and calls it."""

    async def gdbus(*args: str) -> str:
        done = await asyncio.to_thread(session_bus.run, ["gdbus", *args])
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = ("--session", "--dest", other.unique_name, "--object-path", PATH)
    described = await gdbus("introspect", *where)
    assert "Echo(in  s text,\n           out s same);" in described
    assert "readonly a(iiay) Pictures" in described
    assert "Said(s arg_0);" in described
    assert f"node {PATH}" in await gdbus("introspect", "--recurse", *where[:3], "--object-path", "/")
    assert await gdbus("call", *where, "--method", "org.freedesktop.DBus.Peer.Ping") == "()\n"
    assert len(await gdbus("call", *where, "--method", "org.freedesktop.DBus.Peer.GetMachineId")) == len("('',)\n") + 32
    assert await gdbus("call", *where, "--method", f"{FACE}.Echo", "hello") == "('hello',)\n"


async def test_file_descriptors_arrive(bus: Bus, session_bus: Desktop) -> None:
    """logind answers Inhibit with a descriptor: it is ours, works, and is not inherited by what we start."""
    got: list[Signal] = []
    reading, writing = os.pipe()
    with open_dbus_connection(bus=session_bus.bus_address, enable_fds=True) as sender:
        await bus.subscribe(got.append, sender=sender.unique_name)
        message = new_signal(DBusAddress(PATH, interface=FACE), "Said", "sh", ("take it", writing))
        message.header.fields[HeaderFields.destination] = bus.unique_name
        sender.send(message)
        await session_bus.until(lambda: got, 5, "the signal")
    os.close(writing)
    text, descriptor = got[0].body
    assert text == "take it"
    assert not os.get_inheritable(descriptor.fileno())
    with descriptor.to_file("wb", 0) as pipe:
        pipe.write(b"through")
    assert os.read(reading, 100) == b"through"
    os.close(reading)


# ------------------------------------------------------------------------------------------------------------ signals


async def test_signal_of_the_owner_is_heard_and_no_other(bus: Bus, other: Bus, session_bus: Desktop) -> None:
    """Somebody else's signal of the same shape is not delivered, even if another rule lets it in: GNOME sends twice."""
    heard: list[Signal] = []
    everything: list[Signal] = []
    async with connected(session_bus) as third:
        assert await other.request_name(NAME)
        await bus.subscribe(heard.append, sender=NAME, path=PATH, interface=FACE, member="Said")
        await bus.subscribe(everything.append, sender=third.unique_name)
        other.emit(PATH, FACE, "Said", "s", "mine")
        third.emit(PATH, FACE, "Said", "s", "not mine")
        await settle(other, third, bus)

    assert [entry.body for entry in heard] == [("mine",)]
    assert heard[0] == Signal(other.unique_name, PATH, FACE, "Said", ("mine",))
    assert [entry.body for entry in everything] == [("not mine",)]


async def test_filters_by_path_member_and_first_argument(bus: Bus, other: Bus) -> None:
    """Each filter lets its own through, apostrophes included; a cancelled one lets nothing through."""
    heard: dict[str, list[Any]] = {"path": [], "member": [], "arg0": [], "cancelled": []}

    async def listen(name: str, **filters: str) -> Any:
        return await bus.subscribe(
            lambda message: heard[name].append(message.body), sender=other.unique_name, interface=FACE, **filters
        )

    await listen("path", path="/elsewhere")
    await listen("member", member="Whispered")
    await listen("arg0", arg0="it's")
    gone = await listen("cancelled")
    gone.cancel()
    gone.cancel()
    other.emit("/elsewhere", FACE, "Said", "s", "path")
    other.emit(PATH, FACE, "Whispered", "s", "member")
    other.emit(PATH, FACE, "Said", "s", "it's")
    await settle(other, bus)

    assert heard == {"path": [("path",)], "member": [("member",)], "arg0": [("it's",)], "cancelled": []}


async def test_subscription_follows_the_name(bus: Bus, other: Bus, session_bus: Desktop) -> None:
    """A server that is started later, or again, is heard without subscribing anew."""
    heard: list[Any] = []
    await bus.subscribe(lambda message: heard.append(message.body[0]), sender=NAME, interface=FACE)
    other.emit(PATH, FACE, "Said", "s", "nobody yet")
    assert await other.request_name(NAME)
    other.emit(PATH, FACE, "Said", "s", "first")
    await settle(other, bus)
    await other.call(BUS_NAME, BUS_PATH, BUS_NAME, "ReleaseName", "s", NAME)
    async with connected(session_bus) as third:
        assert await third.request_name(NAME)
        third.emit(PATH, FACE, "Said", "s", "second")
        await settle(third, bus)

    assert heard == ["first", "second"]


async def test_name_is_watched(bus: Bus, other: Bus, session_bus: Desktop) -> None:
    """First who owns it now, then every change, until it is cancelled."""
    seen: list[str | None] = []
    assert await other.request_name(NAME)
    watch = await bus.watch_name(NAME, seen.append)
    assert seen == [other.unique_name]
    async with connected(session_bus) as third:
        assert not await third.request_name(NAME)
        await other.call(BUS_NAME, BUS_PATH, BUS_NAME, "ReleaseName", "s", NAME)
        assert await third.request_name(NAME)
        await settle(bus)
        assert seen == [other.unique_name, None, third.unique_name]
        last = third.unique_name
    await settle(bus)
    assert seen == [other.unique_name, None, last, None]
    watch.cancel()
    assert await other.request_name(NAME)
    await settle(bus)
    assert len(seen) == 4


async def test_name_without_owner_is_told_at_once(bus: Bus) -> None:
    """None, not silence."""
    seen: list[str | None] = []
    await bus.watch_name("org.example.Nobody", seen.append)

    assert seen == [None]


async def test_subscriber_that_fails_does_not_cost_the_others(bus: Bus, other: Bus) -> None:
    """Every handler gets the signal; the one that raised is in the log."""
    heard: list[Signal] = []

    def fail(_message: Signal) -> None:
        raise ValueError("broken subscriber")

    await bus.subscribe(fail, sender=other.unique_name)
    await bus.subscribe(heard.append, sender=other.unique_name)
    other.emit(PATH, FACE, "Said", "s", "both")
    await settle(other, bus)

    assert len(heard) == 1


# ------------------------------------------------------------------------------------------------------- bad days


async def test_bus_that_dies_is_noticed(session_bus: Desktop) -> None:
    """What waits fails at once, watchers are told, `on_lost` once; afterwards nothing hangs and nothing is sent."""
    lost: list[str] = []
    owners: list[str | None] = []
    async with connected(session_bus) as bus, connected(session_bus) as server:
        server.export(PATH, face())
        await server.request_name(NAME)
        bus.on_lost = lambda: lost.append("lost")
        await bus.watch_name(NAME, owners.append)
        waiting = asyncio.create_task(bus.call(NAME, PATH, FACE, "Never", timeout_s=30))
        await settle(bus, server)
        os.kill(await process_of_bus(bus), signal.SIGKILL)
        with pytest.raises(BusError) as caught:
            await waiting
        assert caught.value.name == "org.freedesktop.DBus.Error.Disconnected"
        assert lost == ["lost"]
        assert owners == [server.unique_name, None]
        assert not bus.is_open
        bus.emit(PATH, FACE, "Said", "s", "to nobody")
        with pytest.raises(BusError):
            await bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetId")
        with pytest.raises(AdapterError):
            await bus.watch_name(NAME, owners.append)


async def test_a_bus_that_returns_has_everything_again(session_bus: Desktop) -> None:
    """Killed, and started at the same address: watchers, subscriptions and the object are there without a word of whoever
    asked for them."""
    owners: list[str | None] = []
    heard: list[Any] = []
    news: list[str] = []
    bus = await Bus.connect("session", address=session_bus.bus_address, returns=True)
    bus.on_lost, bus.on_back = lambda: news.append("lost"), lambda: news.append("back")
    bus.export(PATH, face())
    await bus.watch_name(NAME, owners.append)
    await bus.subscribe(lambda message: heard.append(message.body[0]), sender=NAME, member="Said")
    cancelled = await bus.watch_name("org.example.Cancelled", owners.append)
    cancelled.cancel()
    assert owners == [None, None]
    for round_ in (1, 2):
        os.kill(await process_of_bus(bus), signal.SIGKILL)
        await session_bus.until(lambda: news[-1:] == ["lost"], 5, "the loss")
        await asyncio.to_thread(session_bus.start_bus)
        await session_bus.until(lambda n=round_: news == ["lost", "back"] * n, 10, "the return")  # type: ignore[misc]
        async with connected(session_bus) as server:
            server.export(PATH, face())
            await server.request_name(NAME)
            await session_bus.until(lambda: owners[-1:] == [server.unique_name], 5, "the owner")
            server.emit(PATH, FACE, "Said", "s", f"round {round_}")
            await session_bus.until(lambda n=round_: heard[-1:] == [f"round {n}"], 5, "the signal")  # type: ignore[misc]
            assert await server.call(bus.unique_name, PATH, "org.freedesktop.DBus.Introspectable", "Introspect")
    bus.close()


async def process_of_bus(bus: Bus) -> int:
    (pid,) = await bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetConnectionUnixProcessID", "s", BUS_NAME)
    return int(pid)


async def test_closing_is_no_loss(session_bus: Desktop) -> None:
    """`close()` tells the other side everything that was said before, and calls nobody back."""
    lost: list[str] = []
    heard: list[Any] = []
    async with connected(session_bus) as listener:
        bus = await Bus.connect("session", address=session_bus.bus_address)
        bus.on_lost = lambda: lost.append("lost")
        await listener.subscribe(lambda message: heard.append(message.body[0]), sender=bus.unique_name)
        bus.emit(PATH, FACE, "Said", "s", "last words")
        bus.close()
        bus.close()
        await settle(listener)

    assert heard == ["last words"]
    assert lost == []


async def test_hung_bus_is_given_up(tmp_path: Path) -> None:
    """One that takes the connection and says nothing costs the time limit, not the start of the program."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "hung"))
        server.listen()
        started = asyncio.get_running_loop().time()
        with pytest.raises(AdapterError, match=r"did not answer within 0\.1 s"):
            await Bus.connect("session", address=f"unix:path={tmp_path}/hung", timeout_s=0.1)
        assert asyncio.get_running_loop().time() - started < 1


async def test_full_socket_does_not_block_the_loop(session_bus: Desktop) -> None:
    """While the bus is stopped everything is kept, the loop turns, and the order survives."""
    heard: list[int] = []
    async with connected(session_bus) as bus, connected(session_bus) as listener:
        await listener.subscribe(lambda message: heard.append(message.body[0]), sender=bus.unique_name)
        pid = await process_of_bus(bus)
        os.kill(pid, signal.SIGSTOP)
        try:
            started = asyncio.get_running_loop().time()
            for number in range(50):
                bus.emit(PATH, FACE, "Said", "us", number, "x" * 20_000)
            await asyncio.sleep(0)
            assert asyncio.get_running_loop().time() - started < 1
        finally:
            os.kill(pid, signal.SIGCONT)
        await session_bus.until(lambda: len(heard) == 50, 5, "all signals")

    assert heard == list(range(50))


@pytest.mark.parametrize("address", ["", "nonsense", "unix:", "tcp:host=localhost,port=1", "unix:path=/nowhere/bus"])
async def test_no_bus_says_so(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence for a person, whatever the address says."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.delenv("XDG_RUNTIME_DIR")

    with pytest.raises(AdapterError, match="There is no session bus"):
        await Bus.connect("session")


async def test_address_comes_from_the_environment(session_bus: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable, else the socket in the runtime folder; for the system bus its own variable."""
    path = session_bus.bus_address.removeprefix("unix:path=")
    escaped = "".join(f"%{byte:02x}" if byte == ord("b") else chr(byte) for byte in path.encode())
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"tcp:host=x;unix:path=/nowhere;unix:path={escaped},guid=0123")
    (await Bus.connect("session")).close()
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(path).parent))
    (await Bus.connect("session")).close()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", session_bus.bus_address)
    (await Bus.connect("system")).close()


def test_addresses_of_unix_sockets() -> None:
    """In their order; what is no Unix socket, or malformed, is passed over."""
    address = "autolaunch:;unix:path=/a%20%c3%bc;unix:abstract=/tmp/x,guid=1;unix:tmpdir=/tmp;;unix:path"

    assert list(socket_addresses(address)) == ["/a ü".encode(), b"\0/tmp/x"]


@asynccontextmanager
async def scripted_bus(
    folder: Path, answer: Callable[[Message], bytes], *, at_start: bytes = b""
) -> AsyncIterator[str]:
    """A bus that says what a real one would not, or not in this order.

    Args:
        answer: what is written after each call; Hello is answered before.
        at_start: written before anything else.

    Yields: its address.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in (b"OK 0123\r\n", b"AGREE_UNIX_FD\r\n", b""):
            await reader.readline()
            writer.write(line)
        writer.write(at_start)
        parser = Parser()
        while data := await reader.read(4096):
            for call in parser.feed(data):
                is_hello = call.header.fields[HeaderFields.member] == "Hello"
                writer.write(from_bus(new_method_return(call, "s", (":1.1",))) if is_hello else answer(call))
        writer.close()

    async with await asyncio.start_unix_server(serve, folder / "bus"):
        yield f"unix:path={folder}/bus"


def from_bus(message: Message) -> bytes:
    message.header.fields[HeaderFields.sender] = BUS_NAME
    return bytes(message.serialise(serial=1))


def nothing(_call: Message) -> bytes:
    return b""


async def test_message_that_cannot_be_read_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A header field from a later specification costs that one message: the next one is read."""
    # A signal (4), version 1, no body, serial 1, and 12 bytes of header: field 99 holds the string "xox".
    header = struct.pack("<cBBBIII", b"l", 4, 0, 1, 0, 1, 12)
    from_the_future = header + bytes((99,)) + b"\x01s\0" + struct.pack("<I", 3) + b"xox\0" + bytes(4)

    async with scripted_bus(tmp_path, nothing, at_start=from_the_future) as address:
        bus = await Bus.connect("session", address=address)
        bus.close()

    assert bus.unique_name == ":1.1"
    assert "could not be read" in caplog.text


@pytest.mark.parametrize("noise", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"l" + b"\xff" * 40, bytes(64)])
async def test_who_speaks_no_dbus_is_left(noise: bytes, tmp_path: Path) -> None:
    """Neither an endless loop nor endless waiting: the connection is lost."""
    async with scripted_bus(tmp_path, nothing, at_start=noise) as address:
        with pytest.raises(AdapterError, match="does not speak D-Bus"):
            await Bus.connect("session", address=address)


async def test_owner_who_changes_while_one_asks(tmp_path: Path) -> None:
    """The answer and the news that it is old already arrive together: the news counts, and is told once."""

    def answer(call: Message) -> bytes:
        if call.header.fields[HeaderFields.member] != "GetNameOwner":
            return from_bus(new_method_return(call))
        news = new_signal(DBusAddress(BUS_PATH, interface=BUS_NAME), "NameOwnerChanged", "sss", (NAME, ":1.5", ":1.9"))
        return from_bus(new_method_return(call, "s", (":1.5",))) + from_bus(news)

    seen: list[str | None] = []
    async with scripted_bus(tmp_path, answer) as address:
        bus = await Bus.connect("session", address=address)
        await bus.watch_name(NAME, seen.append)
        bus.close()

    assert seen == [":1.9"]
