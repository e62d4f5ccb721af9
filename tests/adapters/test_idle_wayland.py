"""Idle on Wayland: sway without a screen, typed to by wtype; and a compositor of our own, with what no released one has."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from support.compositor import Compositor
from support.desktop import Desktop, needs
from support.kwin import Hand, start_kwin
from support.patience import PATIENCE_S
from support.presence import Heard, IdleContract
from unsit.adapters.idle_wayland import WaylandIdle
from unsit.adapters.presence import Presence
from unsit.ports import AdapterError

pytestmark = [needs("sway", "wtype"), pytest.mark.alone]


def typing(desktop: Desktop) -> Callable[[], object]:
    return lambda: desktop.run(["wtype", "a"])


async def test_sway_keeps_the_contract_of_idle(session_bus: Desktop) -> None:
    """Five rounds in time; a pause that is on; the next input; and silence after the stop."""
    session_bus.start_sway()
    contract = IdleContract(session_bus, lambda: WaylandIdle(environ=session_bus.env), typing(session_bus))
    await contract.check_rounds(idle_s=0.6, rounds=5)
    await contract.check_already_idle(counts_anew=True)
    await contract.check_next_input_is_reported()
    await contract.check_stopped_says_nothing()


async def test_the_end_of_the_compositor_is_said_once(session_bus: Desktop) -> None:
    """After it nothing is told any more, and no connection is tried for ever."""
    process = session_bus.start_sway()
    source, heard = WaylandIdle(environ=session_bus.env), Heard()
    await source.start(heard)
    source.watch(0.3)
    await session_bus.until(lambda: "input_stopped" in heard.words, 10, "a pause")
    session_bus.stop(process, sig=signal.SIGKILL)
    await session_bus.until(lambda: not source.works, 10, "its end")
    assert heard.words[-1] == "sensors_changed"
    assert await source.idle_for_s() is None
    await session_bus.until(lambda: "no compositor" in source.describe(), 10, "the reason")
    await source.stop()


async def test_a_compositor_without_the_protocol_is_no_source(tmp_path: Path) -> None:
    """So says it, and the next source is tried."""
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7)
    await compositor.start()
    with pytest.raises(AdapterError, match="does not tell of pauses"):
        await WaylandIdle(environ=compositor.environ).start(Heard())
    compositor.close()


async def test_where_no_compositor_is_named_it_is_no_source() -> None:
    """On X11, and in a console."""
    with pytest.raises(AdapterError, match="WAYLAND_DISPLAY"):
        await WaylandIdle(environ={}).start(Heard())


@pytest.mark.parametrize("film_counts", [True, False])
async def test_a_film_counts_as_the_setting_says(tmp_path: Path, film_counts: bool) -> None:
    """Version 2 tells of hands alone; with the setting on, the kind that a film holds back is asked for. The next input is
    always that of the hands."""
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7, ext_idle_notifier_v1=2)
    await compositor.start()
    source, heard = WaylandIdle(lambda: film_counts, compositor.environ), Heard()
    await source.start(heard)
    source.watch(300)
    await _until(lambda: len(compositor.asked) == 2)
    assert [(one.kind, one.after_ms) for one in compositor.asked] == [
        ("input_idle", 1),
        ("idle" if film_counts else "input_idle", 300_000),
    ]
    await source.stop()
    compositor.close()


async def test_input_that_never_pauses_for_long_is_told_once_after_each_watch(tmp_path: Path) -> None:
    """Then the short notification is gone: a person who types costs nothing."""
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7, ext_idle_notifier_v1=1)
    await compositor.start()
    source, heard = WaylandIdle(environ=compositor.environ), Heard()
    await source.start(heard)
    for _watch in range(3):
        heard.clear()
        source.watch(300)
        await _until(lambda: [one.after_ms for one in compositor.asked] == [1, 300_000])
        compositor.idled(compositor.asked[0])
        compositor.resumed(compositor.asked[0])
        await _until(lambda: [one.after_ms for one in compositor.asked] == [300_000])
        assert heard.words == ["input_seen"]
    await source.stop()
    compositor.close()


async def test_a_pause_that_is_known_is_told_at_once_and_once(tmp_path: Path) -> None:
    """After a lock the daemon asks for shorter pauses; the compositor would count from then."""
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7, ext_idle_notifier_v1=1)
    await compositor.start()
    source, heard = WaylandIdle(environ=compositor.environ), Heard()
    await source.start(heard)
    source.watch(0.2)
    await _until(lambda: len(compositor.asked) == 2)
    compositor.idled(compositor.asked[1])
    await _until(lambda: heard.words == ["input_stopped"])
    heard.clear()
    source.watch(0.1)
    assert heard.words == ["input_stopped"]
    ago_s = heard.agos[-1]
    assert ago_s is not None and ago_s >= 0.2 and ago_s == pytest.approx(await source.idle_for_s(), abs=0.05)

    await _until(lambda: [one.after_ms for one in compositor.asked] == [1, 100])
    compositor.idled(compositor.asked[1])
    compositor.resumed(compositor.asked[1])
    await _until(lambda: "input_seen" in heard.words)
    assert heard.words == ["input_stopped", "input_seen"]
    await source.stop()
    compositor.close()


async def test_where_a_window_holds_idleness_back_hands_are_taken_for_still(tmp_path: Path) -> None:
    """The guide does, and its stretch is done with still hands: the next input is told of when the window has let go."""
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7, ext_idle_notifier_v1=1)
    await compositor.start()
    source, heard = WaylandIdle(environ=compositor.environ), Heard()
    await source.start(heard)
    source.watch(0.1)
    await _until(lambda: [one.after_ms for one in compositor.asked] == [1, 100])
    source.watch(0.1, for_next=True)
    await _until(lambda: heard.words == ["input_stopped"])

    short = next(one for one in compositor.asked if one.after_ms == 1)
    compositor.idled(short)
    compositor.resumed(short)
    await _until(lambda: heard.words == ["input_stopped", "input_seen"])
    await source.stop()
    compositor.close()


async def test_a_compositor_that_is_started_anew_behind_its_socket_is_asked_again(tmp_path: Path) -> None:
    """As KWin's is after a crash: what was watched for is watched for by itself."""
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7, ext_idle_notifier_v1=1)
    await compositor.start()
    source, heard = WaylandIdle(environ=compositor.environ), Heard()
    await source.start(heard)
    source.watch(300)
    await _until(lambda: len(compositor.asked) == 2)
    compositor.hang_up()
    await _until(lambda: compositor.clients == 2 and len(compositor.asked) == 2)
    assert source.works
    assert heard.words == ["sensors_changed", "sensors_changed"]
    await source.stop()
    compositor.close()


async def test_a_compositor_that_does_not_answer_at_login_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has more to do than us just then. What is watched for meanwhile is watched for when it answers."""
    monkeypatch.setattr(
        "unsit.adapters.wayland.WaylandConnection.open.__func__.__kwdefaults__", {"answer_within_s": 0.1}
    )
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7, ext_idle_notifier_v1=1)
    await compositor.start()
    compositor.is_frozen = True
    heard = Heard()
    source = WaylandIdle(environ=compositor.environ)
    presence = Presence({"Wayland": source}, {})
    await presence.start(heard)
    assert not presence.can_see_input
    assert "did not answer" in source.describe()
    presence.watch(300)

    compositor.is_frozen = False
    await _until(lambda: heard.words == ["sensors_changed"])
    assert presence.can_see_input
    await _until(lambda: [one.after_ms for one in compositor.asked] == [1, 300_000])
    await presence.stop()
    compositor.close()


async def test_a_compositor_that_does_not_want_us_is_left_alone(tmp_path: Path) -> None:
    """A protocol error each time: after a few tries it is no source, and the reason is kept."""
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7, ext_idle_notifier_v1=1)
    await compositor.start()
    source, heard = WaylandIdle(environ=compositor.environ), Heard()
    await source.start(heard)
    for client in range(1, 4):
        await _until(lambda client=client: compositor.clients == client and source.works)  # type: ignore[misc]
        compositor.refuse("not allowed here")
    await _until(lambda: not source.works)
    assert "not allowed here" in source.describe()
    assert compositor.clients == 3
    await source.stop()
    compositor.close()


async def _until(predicate: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not predicate():  # noqa: ASYNC110  the compositor has no event for the state that is waited for
            await asyncio.sleep(0.002)


@pytest.mark.desktops
@needs("kwin_wayland")
async def test_kwin_keeps_the_contract_of_idle(session_bus: Desktop) -> None:
    """The same on KDE's compositor, with a mouse."""
    start_kwin(session_bus)
    hand = await Hand.of(session_bus)
    contract = IdleContract(session_bus, lambda: WaylandIdle(environ=session_bus.env), hand.move, early=0.06)
    try:
        await contract.check_rounds(idle_s=0.6, rounds=5)
        await contract.check_already_idle(counts_anew=True)
        await contract.check_next_input_is_reported()
        await contract.check_stopped_says_nothing()
    finally:
        hand.close()
