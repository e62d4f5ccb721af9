"""A window that fills the screen of a real sway, and a compositor that does not tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.compositor import Compositor
from support.desktop import Desktop, needs
from unsit.adapters.hold_fullscreen_wayland import WaylandFullscreenHold
from unsit.ports import AdapterError


@needs("sway", "swaymsg", "foot")
async def test_one_looks_and_then_is_told_of_the_end(session_bus: Desktop) -> None:
    """Filled before the look; not any more; closed; and killed with the compositor."""
    sway = session_bus.start_sway()
    said: list[bool] = []
    source = WaylandFullscreenHold(session_bus.env)
    await source.start(said.append)
    window = session_bus.start(["foot", "sleep", "60"])
    session_bus.wait_for(lambda: '"foot"' in session_bus.run(["swaymsg", "-t", "get_tree"]).stdout, what="the window")
    await source.look()
    assert said == []
    session_bus.run(["swaymsg", "fullscreen", "enable"])
    assert said == []
    await source.look()
    await source.look()
    assert said == [True]
    assert source.names == ["foot"]

    session_bus.run(["swaymsg", "fullscreen", "disable"])
    await session_bus.until(lambda: said == [True, False], 5, "the end of it")
    session_bus.run(["swaymsg", "fullscreen", "enable"])
    await source.look()
    assert said == [True, False, True]
    session_bus.stop(window)
    await session_bus.until(lambda: said == [True, False, True, False], 5, "the end of the window")

    session_bus.start(["foot", "sleep", "60"], "second")
    session_bus.wait_for(lambda: '"foot"' in session_bus.run(["swaymsg", "-t", "get_tree"]).stdout, what="the window")
    session_bus.run(["swaymsg", "fullscreen", "enable"])
    await source.look()
    assert said[-1] is True
    session_bus.stop(sway)
    await session_bus.until(lambda: said[-1] is False, 5, "the end of the compositor")
    await source.stop()


async def test_a_compositor_that_does_not_answer_at_the_start_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a login everything starts at once: when a prompt is due it may have come to itself, or not."""
    monkeypatch.setattr(
        "unsit.adapters.wayland.WaylandConnection.open.__func__.__kwdefaults__", {"answer_within_s": 0.1}
    )
    compositor = Compositor(tmp_path / "wayland-9", zwlr_foreign_toplevel_manager_v1=3)
    compositor.is_frozen = True
    await compositor.start()
    source = WaylandFullscreenHold(compositor.environ)
    with pytest.raises(AdapterError, match="did not answer"):
        await source.start(lambda _holds: None)
    await source.look()
    assert not source.works

    compositor.is_frozen = False
    await source.look()
    assert source.works
    await source.stop()
    compositor.close()


async def test_a_compositor_that_does_not_tell_holds_nothing(tmp_path: Path) -> None:
    """And a look costs no question."""
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7)
    await compositor.start()
    source = WaylandFullscreenHold(compositor.environ)
    with pytest.raises(AdapterError, match="does not tell of windows"):
        await source.start(lambda _holds: None)
    await source.look()
    assert compositor.clients == 1
    await source.stop()
    compositor.close()
