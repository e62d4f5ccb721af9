"""A call is a program that records: on a real PulseAudio and a real PipeWire, from a microphone that hears nothing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable

import pytest

from support.desktop import Desktop, needs
from support.sound import SINK, Kind, add_microphone, start_sound
from unsit.adapters import hold_call_audio
from unsit.adapters.hold_call_audio import AudioCallHold
from unsit.ports import AdapterError

BOTH = [
    pytest.param("pulseaudio", marks=needs("pulseaudio", "pactl", "parec")),
    pytest.param("pipewire", marks=needs("pipewire", "wireplumber", "pipewire-pulse", "pactl", "parec")),
]


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

    def recording() -> int:
        return place.run(["pactl", "list", "short", "source-outputs"]).stdout.count("\n")

    place.wait_for(lambda: recording() == 1, what="the recording")
    await watched.source.start(watched.said.append)
    await watched.until(True)
    assert "pacat" in watched.source.describe() or "parec" in watched.source.describe()

    second = place.start(["parec", "--device", microphone], "second")
    place.wait_for(lambda: recording() == 2, what="the second")
    place.stop(call)
    place.wait_for(lambda: recording() == 1, what="the second alone")
    assert watched.said == [True]
    place.stop(second)
    await watched.until(True, False)

    for no_call in (
        ["parec", "--device", f"{SINK}.monitor"],
        ["parec", "--device", microphone, "--client-name", "recorder of ALL days"],
    ):
        other = place.start(no_call, "no call")
        place.wait_for(lambda: recording() == 1, what="the recording")
        await place.until(lambda: watched.source._looking is not None and watched.source._looking.done(), 5, "a look")
        place.stop(other)
        place.wait_for(lambda: recording() == 0, what="its end")
    assert watched.said == [True, False]
    place.start(["parec", "--device", microphone], "call")
    await watched.until(True, False, True)
    watched.ignored += ["pacat", "parec"]
    watched.source.settings_changed()
    await watched.until(True, False, True, False)


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
