"""A program that holds the screen awake stands for one that fills it, where nobody tells of windows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.test_idle_inhibitors import Player
from support.compositor import Compositor
from support.desktop import Desktop, needs
from support.screen_locks import ScreenLocks
from unsit.adapters.bus import Bus, Interface, Method
from unsit.adapters.hold_inhibitor import InhibitorHold
from unsit.ports import AdapterError


@needs("mate-session", "Xvfb", "/usr/bin/python3")
async def test_a_film_or_a_talk_holds_while_it_holds_the_screen(
    make_desktop: Callable[..., Desktop], tmp_path: Path
) -> None:
    """From its beginning to its end; one that began in a stretch of ours is seen when a prompt is due."""
    desktop = make_desktop(window_manager=None, system_bus=True)
    ScreenLocks(desktop, ["org.gnome.SessionManager"])
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7)
    await compositor.start()
    bus = await Bus.connect("session", address=desktop.bus_address)
    player, said = Player(desktop), list[bool]()
    source = InhibitorHold(bus, compositor.environ)
    await source.start(said.append)
    player.play()
    await desktop.until(lambda: said == [True], 5, "the film")
    player.die()
    await desktop.until(lambda: said == [True, False], 5, "its end")
    await source.stop()

    ours: list[bool] = []
    is_stretching = True
    stretching = InhibitorHold(bus, compositor.environ, is_ours=lambda: is_stretching)
    await stretching.start(ours.append)
    Player(desktop).play()
    await desktop.until(lambda: ours, 5, "what a stretch of ours does")
    assert ours == [False]
    is_stretching = False
    await stretching.look()
    assert ours == [False, True]
    await stretching.stop()
    bus.close()
    compositor.close()


async def test_a_compositor_that_does_not_answer_at_the_start_is_asked_when_a_prompt_is_due(
    session_bus: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what holds the screen by then is known before the look is over."""
    monkeypatch.setattr(
        "unsit.adapters.wayland.WaylandConnection.open.__func__.__kwdefaults__", {"answer_within_s": 0.1}
    )
    power = "org.freedesktop.PowerManagement"
    server = await Bus.connect("session", address=session_bus.bus_address)
    server.export(
        "/org/freedesktop/PowerManagement/Inhibit",
        Interface(f"{power}.Inhibit", {"HasInhibit": Method("", "b", lambda: True)}),
    )
    assert await server.request_name(power)
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7)
    compositor.is_frozen = True
    await compositor.start()
    bus = await Bus.connect("session", address=session_bus.bus_address)
    said: list[bool] = []
    source = InhibitorHold(bus, compositor.environ)
    with pytest.raises(AdapterError, match="did not answer"):
        await source.start(said.append)
    await source.look()
    assert not source.works

    compositor.is_frozen = False
    await source.look()
    assert said[-1] is True
    assert source.works
    await source.stop()
    bus.close()
    server.close()
    compositor.close()


async def test_where_nobody_says_who_holds_the_screen_it_says_so(session_bus: Desktop, tmp_path: Path) -> None:
    """A compositor alone, with no power manager and no session manager."""
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7)
    await compositor.start()
    bus = await Bus.connect("session", address=session_bus.bus_address)
    source = InhibitorHold(bus, compositor.environ)
    await source.start(lambda _holds: None)
    assert not source.works
    assert "nobody here tells" in source.describe()
    await source.stop()
    bus.close()
    compositor.close()


async def test_it_is_not_needed_where_the_compositor_tells_of_windows(session_bus: Desktop, tmp_path: Path) -> None:
    """There a film in a small window holds nothing back."""
    compositor = Compositor(tmp_path / "wayland-9", zwlr_foreign_toplevel_manager_v1=3)
    await compositor.start()
    bus = await Bus.connect("session", address=session_bus.bus_address)
    with pytest.raises(AdapterError, match="not needed"):
        await InhibitorHold(bus, compositor.environ).start(lambda _holds: None)
    bus.close()
    compositor.close()
