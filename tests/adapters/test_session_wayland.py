"""The end of a Wayland session: with a real compositor, and with one that behaves as few do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.desktop import Desktop, needs
from support.patience import PATIENCE_S
from unsit.adapters import breaks
from unsit.adapters.session_wayland import WaylandSession
from unsit.ports import AdapterError


class Compositor:
    """Listens where a compositor would, and says nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clients: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.clients.append(writer)

        self._server = await asyncio.start_unix_server(take, self.path)

    def stop_listening(self) -> None:
        assert self._server is not None
        self._server.close()

    def hang_up(self) -> None:
        self.clients.pop(0).close()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.clients) != count:  # noqa: ASYNC110  the connection has no event here
                await asyncio.sleep(0.005)


@pytest.fixture
async def compositor(tmp_path: Path) -> AsyncIterator[Compositor]:
    made = Compositor(tmp_path / "wayland-7")
    await made.start()
    yield made
    made.stop_listening()
    for client in made.clients:
        client.close()


@needs("sway")
async def test_the_end_of_the_compositor_is_the_end_of_the_session(session_bus: Desktop) -> None:
    """Told once; until then a connection that says nothing is let be."""
    process = session_bus.start_sway()
    ends: list[str] = []
    session = WaylandSession(lambda: ends.append("end"), session_bus.env)
    await session.start()
    session_bus.run(["swaymsg", "-t", "get_outputs"])
    assert ends == []

    session_bus.stop(process)
    await session_bus.until(lambda: ends, 10, "the end")
    session.stop()
    assert ends == ["end"]


async def test_a_compositor_that_comes_again_has_not_ended_it(
    compositor: Compositor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its socket is there all the time; the next one is watched, too."""
    monkeypatch.setattr(breaks, "SHORT_S", 0.0)
    over = asyncio.Event()
    session = WaylandSession(over.set, {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(compositor.path.parent)})
    await session.start()
    for _crash in range(3):
        await compositor.until(1)
        compositor.hang_up()
    await compositor.until(1)
    assert not over.is_set()

    compositor.stop_listening()
    compositor.hang_up()
    async with asyncio.timeout(PATIENCE_S):
        await over.wait()
    session.stop()


async def test_one_that_hangs_up_at_once_is_left_alone(compositor: Compositor) -> None:
    """No end, and no tries without end: they would follow one another without a pause."""
    over = asyncio.Event()
    session = WaylandSession(over.set, {"WAYLAND_DISPLAY": str(compositor.path)})
    await session.start()
    for _refusal in range(breaks.SHORT_MOST):
        await compositor.until(1)
        compositor.hang_up()
    async with asyncio.timeout(PATIENCE_S):
        while session._sock is not None:  # noqa: ASYNC110  that it gave up has no event
            await asyncio.sleep(0.005)
    assert session._again is None or session._again.done()
    assert not over.is_set()
    assert not compositor.clients
    session.stop()


@pytest.mark.parametrize("environ", [{}, {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": "/nowhere"}])
async def test_without_a_compositor_it_says_so(environ: dict[str, str]) -> None:
    """X11, a terminal, a variable that is left over."""
    with pytest.raises(AdapterError):
        await WaylandSession(lambda: None, environ).start()
