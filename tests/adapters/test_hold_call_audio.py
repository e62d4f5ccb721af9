"""A call is a program that records: on a real PulseAudio and a real PipeWire, from a microphone that hears nothing."""

from __future__ import annotations

import asyncio
import signal
import struct
from collections.abc import AsyncIterator, Callable

import pytest

from support.desktop import Desktop, needs
from support.sound import SINK, Kind, add_microphone, start_sound
from unsit.adapters import hold_call_audio
from unsit.adapters.hold_call_audio import AudioCallHold
from unsit.adapters.pulse import NONE, PulseConnection, number, socket_path
from unsit.ports import AdapterError

BOTH = [
    pytest.param("pulseaudio", marks=needs("pulseaudio", "pactl", "parec")),
    pytest.param("pipewire", marks=needs("pipewire", "wireplumber", "pipewire-pulse", "pactl", "parec")),
]

CREATE_RECORD_STREAM, SAMPLES_FLOAT32 = 5, 5
"""Of PulseAudio's protocol (src/pulsecore/native-common.h, src/pulse/sample.h)."""


@pytest.fixture
def place(make_desktop: Callable[..., Desktop], monkeypatch: pytest.MonkeyPatch) -> Desktop:
    made = make_desktop(screen=False)
    made.enter(monkeypatch)
    return made


class Watched:
    def __init__(self, desktop: Desktop, *ignored: str) -> None:
        self.desktop, self.said, self.ignored = desktop, list[bool](), list(ignored)
        self.source = AudioCallHold(lambda: self.ignored)

    async def until(self, *said: bool) -> None:
        await self.desktop.until(lambda: self.said == list(said), 5, f"{said}, not {self.said}")


@pytest.fixture
async def watched(place: Desktop) -> AsyncIterator[Watched]:
    made = Watched(place, "Recorder of all days")
    yield made
    await made.source.stop()


@pytest.mark.parametrize("kind", BOTH)
async def test_who_listens_to_a_microphone_is_in_a_call(
    place: Desktop, watched: Watched, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """Not who listens to the speakers, measures a level or is on the list, also one that is put on it meanwhile; and one
    that is there already, and the second of two that go on."""
    start_sound(place, kind)
    monkeypatch.setenv("PULSE_SERVER", place.env["PULSE_SERVER"])
    microphone = add_microphone(place, kind)
    call = place.start(["parec", "--device", microphone], "call")

    place.wait_for(lambda: streams(place) == 1, what="the recording")
    await watched.source.start(watched.said.append)
    await watched.until(True)
    assert "pacat" in watched.source.describe() or "parec" in watched.source.describe()

    second = place.start(["parec", "--device", microphone], "second")
    place.wait_for(lambda: streams(place) == 2, what="the second")
    place.stop(call)
    place.wait_for(lambda: streams(place) == 1, what="the second alone")
    assert watched.said == [True]
    place.stop(second)
    await watched.until(True, False)

    for no_call in (
        ["parec", "--device", f"{SINK}.monitor"],
        ["parec", "--device", microphone, "--client-name", "recorder of ALL days"],
    ):
        other = place.start(no_call, "no call")
        place.wait_for(lambda: streams(place) == 1, what="the recording")
        await place.until(lambda: watched.source._looking is not None and watched.source._looking.done(), 5, "a look")
        place.stop(other)
        place.wait_for(lambda: streams(place) == 0, what="its end")
    assert watched.said == [True, False]
    place.start(["parec", "--device", microphone], "call")
    await watched.until(True, False, True)
    watched.ignored += ["pacat", "parec"]
    watched.source.settings_changed()
    await watched.until(True, False, True, False)


def streams(place: Desktop) -> int:
    """How many recording streams there are."""
    return place.run(["pactl", "list", "short", "source-outputs"]).stdout.count("\n")


@pytest.mark.parametrize("kind", BOTH)
async def test_what_only_measures_or_stands_still_is_no_call(
    place: Desktop, watched: Watched, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """A bar that dances in somebody's sound settings, and the stream that a page keeps for when it will listen."""
    start_sound(place, kind)
    monkeypatch.setenv("PULSE_SERVER", place.env["PULSE_SERVER"])
    microphone = add_microphone(place, kind)
    await watched.source.start(watched.said.append)
    for flags in ({"measures": True}, {"stands_still": True}):
        stream = await record(microphone, **flags)
        assert streams(place) == 1
        assert await watched.source._recording(stream) == []
        stream.close()
        place.wait_for(lambda: streams(place) == 0, what="its end")
    assert watched.said == []
    stream = await record(microphone)
    await watched.until(True)
    stream.close()
    await watched.until(True, False)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    "filter_", [["module-echo-cancel", "source_master=unsit_mic"], ["module-loopback", "source=unsit_mic"]],
    ids=lambda filter_: filter_[0],
)  # fmt: skip
async def test_a_filter_that_passes_the_microphone_on_is_no_call_until_somebody_listens_to_it(
    place: Desktop, watched: Watched, monkeypatch: pytest.MonkeyPatch, kind: Kind, filter_: list[str]
) -> None:
    """It runs all day: echo cancellation, a microphone on the headphones."""
    start_sound(place, kind)
    monkeypatch.setenv("PULSE_SERVER", place.env["PULSE_SERVER"])
    microphone = add_microphone(place, kind)
    await watched.source.start(watched.said.append)
    named = ["source_name=cleaned"] if filter_[0] == "module-echo-cancel" else []
    loaded = place.run(["pactl", "load-module", *filter_, *named])
    assert loaded.returncode == 0, loaded.stderr
    place.wait_for(lambda: streams(place) == 1, what="the filter")
    connection = watched.source._connection
    assert connection is not None
    assert await watched.source._recording(connection) == []
    assert watched.said == []
    call = place.start(["parec", "--device", "cleaned" if named else microphone], "call")
    await watched.until(True)
    place.stop(call)
    await watched.until(True, False)


async def record(source: str, *, measures: bool = False, stands_still: bool = False) -> PulseConnection:
    """Listen to a source, as a program does that asks for such a stream; until the connection is closed."""
    connection = await PulseConnection.open(socket_path())
    text = b"t" + source.encode() + b"\0"
    nothing, no_properties = number(NONE), b"PN"
    yes_or_no = [b"1" if yes else b"0" for yes in (stands_still, measures)]
    await connection.ask(
        CREATE_RECORD_STREAM,
        b"a" + struct.pack(">BBI", SAMPLES_FLOAT32, 1, 25), b"m\1\0",
        nothing, text, nothing, yes_or_no[0], number(4),
        *[b"0"] * 7, yes_or_no[1], b"0", no_properties, nothing, *[b"0"] * 3,
    )  # fmt: skip
    return connection


@needs("pulseaudio", "pactl", "parec")
async def test_a_server_that_dies_ends_the_call_and_is_heard_again_when_it_comes(
    place: Desktop, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in a call; and one that comes only after us."""
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    with pytest.raises(AdapterError, match="no sound server"):
        await watched.source.start(watched.said.append)
    start_sound(place, "pulseaudio")
    await place.until(lambda: "told by" in watched.source.describe(), 5, "the server")
    place.start(["parec", "--device", add_microphone(place, "pulseaudio")], "call")
    await watched.until(True)

    server = next(process for process, _log in place._processes if "pulseaudio" in str(process.args))
    place.stop(server, sig=signal.SIGKILL)
    await watched.until(True, False)
    assert "gone" in watched.source.describe() or "no sound server" in watched.source.describe()
    start_sound(place, "pulseaudio")
    await place.until(lambda: "told by" in watched.source.describe(), 5, "the server that came again")
    place.start(["parec", "--device", add_microphone(place, "pulseaudio")], "call")
    await watched.until(True, False, True)


@needs("pulseaudio", "pactl", "parec")
async def test_a_server_that_is_slow_to_start_is_waited_for(
    place: Desktop, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As at a login: systemd listens at its socket, and it is started by whoever comes first."""
    monkeypatch.setattr(hold_call_audio, "FIRST_WITHIN_S", 0.2)
    start_sound(place, "pulseaudio")
    place.start(["parec", "--device", add_microphone(place, "pulseaudio")], "call")
    real = place.env["PULSE_SERVER"].removeprefix("unix:")
    path, is_up, ways = place.dir / "listened-at", asyncio.Event(), set[asyncio.Task[None]]()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await is_up.wait()
        from_server, to_server = await asyncio.open_unix_connection(real)
        ways.update((asyncio.create_task(carry(reader, to_server)), asyncio.create_task(carry(from_server, writer))))

    server = await asyncio.start_unix_server(serve, path)
    monkeypatch.setenv("PULSE_SERVER", f"unix:{path}")
    with pytest.raises(AdapterError, match="not answered yet"):
        await watched.source.start(watched.said.append)
    assert watched.said == []
    is_up.set()
    await watched.until(True)
    await watched.source.stop()
    await asyncio.gather(*ways)
    server.close()


async def test_a_server_that_speaks_nonsense_is_none(
    place: Desktop, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left alone, and nothing holds."""

    path = place.dir / "babble"
    monkeypatch.setenv("PULSE_SERVER", f"unix:{path}")

    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\0\0\0\4\xff\xff\xff\xff" + b"\0" * 12 + b"????")

    server = await asyncio.start_unix_server(babble, path)
    with pytest.raises(AdapterError, match="gone"):
        await watched.source.start(watched.said.append)
    server.close()
    assert watched.said == []
