"""The sources as one: what is merged, what is chosen, and what happens when one dies."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

import pytest

from support.desktop import Desktop, needs
from support.patience import PATIENCE_S
from support.presence import Heard
from unsit.adapters import presence as presence_module
from unsit.adapters.bus import Bus
from unsit.adapters.idle_x11 import X11Idle
from unsit.adapters.presence import Presence, Probe, Sighting
from unsit.adapters.screensaver_fdo import ScreenSavers
from unsit.adapters.session_logind import LogindSession
from unsit.ports import AdapterError, AdapterTimeout, PresenceEvents


class FakeIdle:
    """Levers: `events`, `die()`, `ago_s`."""

    def __init__(self, why_not: str | None = None) -> None:
        self.why_not = why_not
        self.events: PresenceEvents | None = None
        self.ago_s: float | None = 7.0
        self.watched: list[float] = []
        self.works = False
        self.starts = 0

    async def start(self, events: PresenceEvents) -> None:
        self.starts += 1
        if self.why_not:
            raise AdapterError(self.why_not)
        self.events, self.works = events, True

    def watch(self, idle_s: float, *, for_next: bool = False) -> None:
        self.watched.append(idle_s)

    async def idle_for_s(self) -> float | None:
        return self.ago_s

    async def stop(self) -> None:
        self.works = False

    def describe(self) -> str:
        return "fake idle" if self.works else "fake idle has died"

    def die(self) -> None:
        self.works = False
        assert self.events is not None
        self.events.sensors_changed()

    def revive(self) -> None:
        self.works = True
        assert self.events is not None
        self.events.sensors_changed()


class FakeSession:
    """Levers: `events`, `sees_unlock`, `locked_at_start`, `die()`."""

    def __init__(self, *, locked: bool = False, sees_unlock: bool = True) -> None:
        self.locked_at_start = locked
        self.sees_unlock = sees_unlock
        self.events: PresenceEvents | None = None
        self.works = False

    async def start(self, events: PresenceEvents) -> None:
        self.events, self.works = events, True

    async def is_locked(self) -> bool | None:
        return self.locked_at_start

    async def stop(self) -> None:
        self.works = False

    def describe(self) -> str:
        return "fake session"

    def die(self) -> None:
        self.works = False
        assert self.events is not None
        self.events.sensors_changed()


@pytest.fixture
def heard() -> Heard:
    return Heard()


async def settled() -> None:
    """Whatever was started on the loop has run."""
    for _turn in range(10):
        await asyncio.sleep(0)


async def started(
    heard: Heard,
    idle: dict[str, FakeIdle],
    sessions: dict[str, FakeSession],
    asleep_s: Callable[[], float] = lambda: 0.0,
) -> Presence:
    presence = Presence(idle, sessions, asleep_s=asleep_s)
    await presence.start(heard)
    return presence


def events_of(source: FakeIdle | FakeSession) -> PresenceEvents:
    assert source.events is not None
    return source.events


async def test_locked_if_one_says_so_unlocked_when_each_has_taken_it_back(heard: Heard) -> None:
    """One lock, told once, with the time since the last input; what is said twice changes nothing."""
    a, b, c = FakeSession(), FakeSession(), FakeSession()
    presence = await started(heard, {"x": FakeIdle()}, {"a": a, "b": b, "c": c})
    events_of(a).locked(None)
    events_of(b).locked(None)
    events_of(a).locked(None)
    await settled()
    assert (heard.words, heard.agos) == (["locked"], [7.0])
    events_of(a).unlocked()
    events_of(c).unlocked()
    assert heard.words == ["locked"]
    events_of(b).unlocked()
    events_of(b).unlocked()
    assert heard.words == ["locked", "unlocked"]
    assert await presence.is_locked() is False


async def test_a_lock_that_is_over_before_it_could_be_told_is_not_told(heard: Heard) -> None:
    """Neither half of it."""
    a = FakeSession()
    await started(heard, {"x": FakeIdle()}, {"a": a})
    events_of(a).locked(None)
    events_of(a).unlocked()
    await settled()
    assert heard.words == []
    events_of(a).locked(3.0)
    await settled()
    assert (heard.words, heard.agos) == (["locked"], [3.0])


async def test_a_lock_on_the_way_to_sleep_comes_before_it(heard: Heard) -> None:
    """Desktops lock as they suspend."""
    a = FakeSession()
    await started(heard, {"x": FakeIdle()}, {"a": a})
    events_of(a).locked(None)
    await events_of(a).about_to_sleep()
    assert heard.words == ["locked", "about_to_sleep"]


async def test_the_first_idle_source_that_works_is_used(heard: Heard) -> None:
    """The others are stopped, and all are kept with their reasons."""
    broken, used, spare = FakeIdle("no such thing here"), FakeIdle(), FakeIdle()
    presence = await started(heard, {"broken": broken, "used": used, "spare": spare}, {"a": FakeSession()})
    assert presence.can_see_input
    assert presence.can_see_unlock
    assert not spare.works
    events_of(spare).input_seen()
    events_of(used).input_seen()
    events_of(used).input_stopped(5.0)
    assert heard.words == ["input_seen", "input_stopped"]
    assert presence.probes() == [
        Probe("broken", False, "no such thing here"),
        Probe("used", True, "fake idle"),
        Probe("spare", True, "works, and is not needed"),
        Probe("a", True, "fake session"),
    ]
    assert presence.describe() == ["Input: fake idle", "Lock and sleep: fake session"]
    assert await presence.found() == Sighting(7.0, False)


async def test_when_the_idle_source_dies_the_next_one_watches_on(heard: Heard) -> None:
    """For the same time, and the daemon is told of both."""
    first, second = FakeIdle(), FakeIdle()
    presence = await started(heard, {"first": first, "second": second}, {})
    presence.watch(300)
    first.die()
    await settled()
    assert heard.words == ["sensors_changed", "sensors_changed"]
    assert second.watched == [300]
    assert presence.can_see_input
    events_of(second).input_seen()
    assert heard.words[-1] == "input_seen"
    assert presence.probes()[0] == Probe("first", False, "fake idle has died")


async def test_the_only_idle_source_may_die_and_come_back(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told that input is not seen, unless it stays away for a while."""
    only, seen = FakeIdle(), list[bool]()
    presence = await started(heard, {"only": only}, {})
    monkeypatch.setattr(heard, "sensors_changed", lambda: seen.append(presence.can_see_input))
    presence.watch(300)
    only.die()
    await settled()
    assert await presence.idle_for_s() is None
    only.revive()
    await settled()
    assert set(seen) == {True}
    assert only.watched == [300, 300]

    monkeypatch.setattr(presence_module, "MISSED_AFTER_S", 0.01)
    only.die()
    async with asyncio.timeout(PATIENCE_S):
        while seen[-1]:  # noqa: ASYNC110  what is seen is a list
            await asyncio.sleep(0.005)
    assert not presence.can_see_input
    only.revive()
    assert presence.can_see_input
    assert only.watched == [300, 300, 300]
    await presence.stop()


async def test_a_lock_source_that_comes_back_says_again_what_is_locked(heard: Heard) -> None:
    """While it was gone nobody would have told of the end, and the daemon has taken input for it."""
    sure = FakeSession()
    presence = await started(heard, {"x": FakeIdle()}, {"sure": sure})
    events_of(sure).locked(None)
    await settled()
    sure.die()
    assert heard.words == ["locked", "sensors_changed"]
    sure.works = True
    events_of(sure).sensors_changed()
    assert heard.words == ["locked", "sensors_changed", "sensors_changed", "locked"]
    await presence.stop()


async def test_a_lock_nobody_will_take_back_ends_with_input_a_while_later(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under sway a lock is asked for and its end not told. The hand that locked is not the person's return."""
    monkeypatch.setattr(presence_module, "LOCK_GRACE_S", 3600.0)
    idle, asked = FakeIdle(), FakeSession(sees_unlock=False)
    presence = await started(heard, {"x": idle}, {"asked": asked})
    assert not presence.can_see_unlock
    events_of(asked).locked(None)
    await settled()
    events_of(idle).input_seen()
    assert heard.words == ["locked", "input_seen"]
    monkeypatch.setattr(presence_module, "LOCK_GRACE_S", 0.0)
    events_of(idle).input_seen()
    assert heard.words == ["locked", "input_seen", "unlocked", "input_seen"]
    events_of(asked).unlocked()
    assert heard.count("unlocked") == 1


async def test_a_lock_whose_end_is_told_does_not_end_with_input(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who passes by moves the mouse."""
    monkeypatch.setattr(presence_module, "LOCK_GRACE_S", 0.0)
    idle, sure = FakeIdle(), FakeSession()
    await started(heard, {"x": idle}, {"sure": sure})
    events_of(sure).locked(None)
    await settled()
    events_of(idle).input_seen()
    assert heard.words == ["locked", "input_seen"]


async def test_a_lock_whose_end_nobody_could_tell_is_none(heard: Heard) -> None:
    """Neither input is seen nor will the unlock be told: nobody is locked for good. As soon as one can, it counts."""
    asked = FakeSession(sees_unlock=False)
    presence = await started(heard, {"x": FakeIdle("not here")}, {"asked": asked})
    events_of(asked).locked(None)
    await settled()
    assert heard.words == []
    assert not presence.can_see_input
    asked.sees_unlock = True
    events_of(asked).sensors_changed()
    await settled()
    assert heard.words == ["sensors_changed", "locked"]


async def test_a_lock_source_that_dies_locked_leaves_nobody_locked_for_good(heard: Heard) -> None:
    """Without input it is over at once; with input it ends with that."""
    sure = FakeSession()
    presence = await started(heard, {}, {"sure": sure})
    events_of(sure).locked(None)
    await settled()
    sure.die()
    assert heard.words == ["locked", "unlocked", "sensors_changed"]
    assert not presence.can_see_unlock


async def test_found_locked_at_the_start(heard: Heard) -> None:
    """Is asked for, not told; its end is told."""
    a = FakeSession(locked=True)
    presence = await started(heard, {}, {"a": a})
    assert heard.words == []
    assert await presence.found() == Sighting(None, True)
    events_of(a).unlocked()
    assert heard.words == ["unlocked"]


async def test_a_sleep_since_the_last_input_counts(heard: Heard) -> None:
    """Idle clocks stand still in suspend. Input that may have come after the wake is taken as having come after it."""
    asleep = [100.0]
    idle, session = FakeIdle(), FakeSession()
    presence = await started(heard, {"x": idle}, {"a": session}, lambda: asleep[0])
    idle.ago_s = 20.0
    await events_of(session).about_to_sleep()
    asleep[0] += 8 * 3600
    events_of(session).woke()
    assert await presence.idle_for_s() == 20.0 + 8 * 3600
    events_of(idle).input_stopped(300.0)
    assert heard.agos[-1] == 300.0 + 8 * 3600
    idle.ago_s = 0.0
    assert await presence.idle_for_s() == 0.0
    events_of(idle).input_seen()
    idle.ago_s = 20.0
    assert await presence.idle_for_s() == 20.0


async def test_an_idle_source_that_hangs_does_not_hold_what_is_asked(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor a lock from being told."""
    monkeypatch.setattr(presence_module, "ASK_TIMEOUT_S", 0.05)

    class Hanging(FakeIdle):
        async def idle_for_s(self) -> float | None:
            await asyncio.Event().wait()
            return None

    a = FakeSession()
    presence = await started(heard, {"x": Hanging()}, {"a": a})
    assert await presence.idle_for_s() is None
    events_of(a).locked(None)
    async with asyncio.timeout(PATIENCE_S):
        while not heard.words:  # noqa: ASYNC110  what is heard is a list
            await asyncio.sleep(0.005)
    assert (heard.words, heard.agos) == (["locked"], [None])


async def test_sources_that_fail_or_hang_at_the_start_cost_only_themselves(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours in one of them, too; it is logged."""
    monkeypatch.setattr(presence_module, "START_TIMEOUT_S", 0.05)

    class Hanging(FakeIdle):
        async def start(self, events: PresenceEvents) -> None:
            await asyncio.Event().wait()

    class Faulty(FakeSession):
        async def start(self, events: PresenceEvents) -> None:
            raise ZeroDivisionError("ours")

    presence = await started(heard, {"hanging": Hanging(), "x": FakeIdle()}, {"faulty": Faulty(), "a": FakeSession()})
    assert [(probe.name, probe.works) for probe in presence.probes()] == [
        ("hanging", False), ("x", True), ("faulty", False), ("a", True),
    ]  # fmt: skip
    assert "did not start within" in presence.probes()[0].why
    assert "ZeroDivisionError" in presence.probes()[2].why
    assert "ZeroDivisionError" in caplog.text


async def test_what_does_not_answer_at_the_start_is_asked_again(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a login everything starts at once. What said no is left alone."""
    monkeypatch.setattr(presence_module, "AGAIN_AFTER_S", (0.01, 0.01, 0.01))

    class Slow(FakeIdle):
        async def start(self, events: PresenceEvents) -> None:
            await super().start(events)
            if self.starts < 3:
                self.works = False
                raise AdapterTimeout("it did not answer")

    class SlowSession(FakeSession):
        async def start(self, events: PresenceEvents) -> None:
            if self.events is None:
                self.events = events
                raise AdapterTimeout("it did not answer")
            await super().start(events)

    slow, absent, lock = Slow(), FakeIdle("not here"), SlowSession(locked=True)
    presence = await started(heard, {"slow": slow, "absent": absent}, {"lock": lock})
    presence.watch(300)
    assert not presence.can_see_input
    async with asyncio.timeout(PATIENCE_S):
        while not (presence.can_see_input and "locked" in heard.words):  # noqa: ASYNC110  what is heard is a list
            await asyncio.sleep(0.005)
    assert slow.watched == [300]
    assert await presence.is_locked() and presence.can_see_unlock
    assert (slow.starts, absent.starts) == (3, 1)
    assert presence.probes()[0] == Probe("slow", True, "fake idle")
    await presence.stop()


async def test_a_source_that_two_want_at_once_is_started_once_and_stays(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is being asked again, as it was slow at the start, when the one that was used dies."""
    monkeypatch.setattr(presence_module, "AGAIN_AFTER_S", (0.01,))
    asked_again, may_answer = asyncio.Event(), asyncio.Event()

    class Slow(FakeIdle):
        async def start(self, events: PresenceEvents) -> None:
            if self.events is None:
                self.events = events
                raise AdapterTimeout("it did not answer")
            asked_again.set()
            await may_answer.wait()
            await super().start(events)

    first, slow = FakeIdle(), Slow()
    presence = await started(heard, {"first": first, "slow": slow}, {})
    presence.watch(300)
    await asked_again.wait()
    first.die()
    await settled()
    may_answer.set()
    async with asyncio.timeout(PATIENCE_S):
        while presence._choosing_runs() or (presence._trying_again and not presence._trying_again.done()):  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    assert (slow.starts, slow.works, slow.watched) == (1, True, [300])
    assert presence.can_see_input
    assert await presence.idle_for_s() is not None
    await presence.stop()


async def test_a_fault_in_what_is_not_needed_costs_nobody_else(heard: Heard, caplog: pytest.LogCaptureFixture) -> None:
    """A spare source that fails to stop, a lock source that fails to say how it stands, and what tells of films."""

    class Stubborn(FakeIdle):
        async def stop(self) -> None:
            raise ZeroDivisionError("of the spare")

    class Mute(FakeSession):
        async def is_locked(self) -> bool | None:
            raise ZeroDivisionError("of the lock")

    class FaultyFilms(FakeFilms):
        async def start(self, on_change: Callable[[], None]) -> None:
            raise ZeroDivisionError("of the films")

    x = FakeIdle()
    presence = Presence(
        {"x": x, "spare": Stubborn()}, {"mute": Mute(), "a": FakeSession(locked=True)}, films=FaultyFilms()
    )
    await presence.start(heard)
    assert await presence.is_locked()
    events_of(x).input_stopped(60)
    assert heard.words == ["input_stopped"]
    for what in ("of the spare", "of the lock", "of the films"):
        assert what in caplog.text


async def test_reasons_that_are_sentences_stand_in_one_line(heard: Heard) -> None:
    """Without a full stop before the semicolon."""
    broken = {"a": FakeIdle("There is no system bus (No such file or directory)."), "b": FakeIdle("no such thing here")}
    presence = await started(heard, broken, {})

    assert presence.describe()[0] == "Input: There is no system bus (No such file or directory); no such thing here"


async def test_nothing_at_all_is_nothing_and_no_error(heard: Heard) -> None:
    """A machine without any of it."""
    presence = await started(heard, {}, {})
    assert not presence.can_see_input
    assert not presence.can_see_unlock
    assert await presence.found() == Sighting(None, False)
    presence.watch(300)
    await presence.stop()
    assert presence.describe() == ["Input: nothing here can tell", "Lock and sleep: nothing here can tell"]


@needs("Xvfb", "xdotool", "dbus-daemon")
async def test_everything_together_on_a_real_desktop(
    make_desktop: Callable[..., Desktop], monkeypatch: pytest.MonkeyPatch, heard: Heard
) -> None:
    """X server, logind and bus, and a lunch in four events."""
    desktop = make_desktop(window_manager=None, system_bus=True)
    desktop.start_logind()
    desktop.enter(monkeypatch)
    system_bus = await Bus.connect("system")
    mock = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.DBus.Mock")
    (path,) = await system_bus.call(*mock, "AddSession", "ssusb", "c2", "seat0", os.getuid(), "ann", True)
    monkeypatch.setenv("XDG_SESSION_ID", "c2")
    session_bus = await Bus.connect("session")

    presence = Presence({"x11": X11Idle()}, {"logind": LogindSession(), "screensaver": ScreenSavers(session_bus)})
    await presence.start(heard)
    assert presence.can_see_input

    presence.watch(0.3)
    await desktop.until(lambda: "input_stopped" in heard.words, 10, "the pause")
    heard.clear()
    await system_bus.call(mock[0], path, "org.freedesktop.login1.Session", "SetLockedHint", "b", True)
    await desktop.until(lambda: "locked" in heard.words, 10, "the lock")
    assert heard.agos[-1] is not None
    desktop.run(["xdotool", "key", "a"])
    await desktop.until(lambda: "input_seen" in heard.words, 10, "the password")
    await system_bus.call(mock[0], path, "org.freedesktop.login1.Session", "SetLockedHint", "b", False)
    await desktop.until(lambda: "unlocked" in heard.words, 10, "the unlock")
    assert heard.words == ["sensors_changed", "locked", "input_seen", "unlocked"]
    await presence.stop()
    session_bus.close()
    system_bus.close()


class FakeFilms:
    """Levers: `play()`, `end()`."""

    def __init__(self) -> None:
        self.is_inhibited = False
        self._on_change: Callable[[], None] = lambda: None

    async def start(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change

    async def stop(self) -> None:
        self._on_change = lambda: None

    def play(self) -> None:
        self.is_inhibited = True
        self._on_change()

    def end(self) -> None:
        self.is_inhibited = False
        self._on_change()


async def with_films(heard: Heard, counts: bool) -> tuple[Presence, FakeIdle, FakeFilms]:
    source, films = FakeIdle(), FakeFilms()
    presence = Presence({"x": source}, {}, films=films, video_is_presence=lambda: counts)
    await presence.start(heard)
    return presence, source, films


async def test_a_film_keeps_still_hands_present_and_its_end_is_the_last_of_them(heard: Heard) -> None:
    """Gone since the end of the film, told as long after it as any pause of input."""
    presence, source, films = await with_films(heard, counts=True)
    presence.watch(0.2)
    films.play()
    events_of(source).input_stopped(0.2)
    await settled()
    assert heard.words == []

    ended = time.monotonic()
    films.end()
    async with asyncio.timeout(PATIENCE_S):
        while not heard.words:  # noqa: ASYNC110  what is heard is a list
            await asyncio.sleep(0.005)
    assert heard.words == ["input_stopped"]
    assert heard.agos[0] is not None and 0.2 <= heard.agos[0] <= time.monotonic() - ended
    await presence.stop()


async def test_hands_that_move_after_a_film_were_never_still(heard: Heard) -> None:
    """What its end had set going is forgotten; so is it by the next film."""
    presence, source, films = await with_films(heard, counts=True)
    presence.watch(0.1)
    ways: list[Callable[[], None]] = [events_of(source).input_seen, films.play]
    for move_on in ways:
        films.play()
        events_of(source).input_stopped(0.1)
        films.end()
        move_on()
        heard.clear()
        await asyncio.sleep(0.15)
        assert "input_stopped" not in heard.words
    await presence.stop()


async def test_a_film_counts_for_nothing_where_the_setting_says_so_or_the_next_input_is_waited_for(
    heard: Heard,
) -> None:
    """The guide holds the screen as a film does, and the person on the floor touches nothing."""
    presence, source, films = await with_films(heard, counts=False)
    films.play()
    presence.watch(300)
    events_of(source).input_stopped(300)
    assert heard.words == ["input_stopped"]
    await presence.stop()

    heard.clear()
    presence, source, films = await with_films(heard, counts=True)
    films.play()
    presence.watch(3, for_next=True)
    events_of(source).input_stopped(3)
    assert heard.words == ["input_stopped"]
    await presence.stop()
