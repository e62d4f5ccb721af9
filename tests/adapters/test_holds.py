"""Several sources as one: what is told when more than one says the same, when one fails, and when a setting changes."""

from __future__ import annotations

from collections.abc import Callable

from unsit.adapters.holds import Holds
from unsit.core.model import HoldReason
from unsit.ports import AdapterError


class Lever:
    """ports.HoldSource. Levers: `says`, `fails`, `works`, `names`."""

    def __init__(self, reason: HoldReason, fails: str = "") -> None:
        self.reason = reason
        self.fails = fails
        self.works = not fails
        self.looks = self.settings = 0
        self.names: list[str] = []
        self.says: Callable[[bool], None] = lambda _holds: None

    async def start(self, on_change: Callable[[bool], None]) -> None:
        self.says = on_change
        if self.fails:
            raise AdapterError(self.fails)

    async def look(self) -> None:
        self.looks += 1
        if self.fails:
            raise ValueError(self.fails)

    def settings_changed(self) -> None:
        self.settings += 1
        if self.fails:
            raise ValueError(self.fails)

    async def stop(self) -> None:
        pass

    def describe(self) -> str:
        return f"a lever for {self.reason}"


async def started(
    said: list[tuple[str, bool]], wanted: set[HoldReason] | None = None, **levers: Lever
) -> tuple[Holds, dict[str, Lever]]:
    holds = Holds(levers, lambda reason: wanted is None or reason in wanted)
    await holds.start(lambda reason, is_held: said.append((reason, is_held)))
    return holds, levers


async def test_a_reason_holds_until_each_that_told_of_it_has_taken_it_back() -> None:
    """Microphone and camera are one call."""
    said: list[tuple[str, bool]] = []
    holds, levers = await started(said, microphone=Lever("call"), camera=Lever("call"), dnd=Lever("dnd"))
    levers["microphone"].says(True)
    levers["camera"].says(True)
    levers["dnd"].says(True)
    assert holds.reasons == {"call", "dnd"}
    levers["microphone"].says(False)
    levers["microphone"].says(False)
    assert said == [("call", True), ("dnd", True)]
    levers["camera"].says(False)
    assert said == [("call", True), ("dnd", True), ("call", False)]
    await holds.stop()
    levers["dnd"].says(False)
    assert len(said) == 3


async def test_who_is_behind_a_reason_is_said_once() -> None:
    """By name, of all that hold; nobody where none does."""
    holds, levers = await started([], microphone=Lever("call"), camera=Lever("call"), dnd=Lever("dnd"))
    levers["microphone"].names = levers["camera"].names = ["browser"]
    levers["camera"].names = ["browser", "cheese"]
    assert holds.names("call") == ()
    levers["microphone"].says(True)
    levers["camera"].says(True)
    assert sorted(holds.names("call")) == ["browser", "cheese"]
    assert holds.names("dnd") == ()
    await holds.stop()


async def test_one_that_is_switched_off_counts_as_soon_as_it_is_switched_on() -> None:
    """It is followed all the time; `describe` says that it is off."""
    said: list[tuple[str, bool]] = []
    wanted: set[HoldReason] = {"call"}
    holds, levers = await started(said, wanted, dnd=Lever("dnd"))
    levers["dnd"].says(True)
    assert said == []
    assert "hold.dnd" in holds.describe()[0]
    wanted.add("dnd")
    holds.settings_changed()
    assert said == [("dnd", True)]
    wanted.clear()
    holds.settings_changed()
    assert said == [("dnd", True), ("dnd", False)]
    await holds.stop()


async def test_what_is_switched_off_is_still_known_of() -> None:
    """Whoever makes a sound asks for it: a call that holds no prompt back is a call."""
    said: list[tuple[str, bool]] = []
    news: list[frozenset[str]] = []
    lever = Lever("call")
    holds = Holds({"microphone": lever}, lambda _reason: False)
    await holds.start(lambda reason, is_held: said.append((reason, is_held)), lambda: news.append(holds.found))
    lever.says(True)
    lever.says(False)
    assert (said, news) == ([], [{"call"}, frozenset()])
    assert holds.reasons == frozenset()
    await holds.stop()


async def test_one_that_is_not_there_costs_only_itself() -> None:
    """Its reason is kept until it works after all; a look that fails keeps no prompt from coming, and new settings
    reach the others."""
    said: list[tuple[str, bool]] = []
    holds, levers = await started(said, x=Lever("fullscreen", "no X server here"), dnd=Lever("dnd"))
    assert holds.describe() == ["no X server here", "a lever for dnd"]
    await holds.look()
    assert levers["dnd"].looks == 1
    holds.settings_changed()
    assert levers["dnd"].settings == 1
    levers["x"].works = True
    levers["x"].says(True)
    assert said == [("fullscreen", True)]
    assert holds.describe()[0] == "a lever for fullscreen"
    await holds.stop()
