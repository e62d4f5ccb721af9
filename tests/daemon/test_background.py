"""What else sounds makes room for a stretch, and comes back when somebody is there to hear it."""

from __future__ import annotations

from typing import Any, Final

import pytest
from msgspec.structs import replace

from support.coaching import Radio, kneeling
from support.snapshots import snapshot
from unsit.core.snapshot import Moment, StopView
from unsit.daemon.background import Background

SESSION: Final = kneeling()
RUNS: Final = snapshot(phase="session", session=SESSION)
BREAK: Final = snapshot(phase="break")
AT_DESK: Final = snapshot(phase="counting")


def paused_by(whom: str) -> Any:
    return replace(RUNS, session=replace(SESSION, paused=True, paused_by=whom))


class Evening:
    def __init__(self, *, starts_sound: bool = True) -> None:
        self.radio = Radio(starts_sound=starts_sound)
        self.background = Background(lambda: self.radio)

    async def see(self, state: Any, *, is_heard: bool = True, is_in_call: bool = False) -> list[str]:
        """What was made of the radio so far."""
        self.background.follow(state, is_heard=is_heard, is_in_call=is_in_call)
        await self.background._lane.drain()
        return self.radio.log


async def test_it_makes_room_for_as_long_as_something_is_heard() -> None:
    """Paused by the person, muted, ended: there is nothing to be heard above it."""
    evening = Evening()
    assert await evening.see(AT_DESK) == []
    assert await evening.see(RUNS, is_heard=False) == []
    assert await evening.see(RUNS) == await evening.see(RUNS) == ["quiet"]
    assert await evening.see(paused_by("person")) == ["quiet", "as it was"]
    assert len(await evening.see(RUNS)) == 3
    assert len(await evening.see(RUNS, is_heard=False)) == 4
    assert len(await evening.see(RUNS)) == 5
    assert len(await evening.see(BREAK)) == len(await evening.see(BREAK)) == 6
    assert not evening.background.is_quiet


async def test_it_does_not_begin_in_a_call() -> None:
    """The others would hear it. What begins in a call needs no room: nothing is said then."""
    evening = Evening()
    await evening.see(RUNS)
    assert await evening.see(RUNS, is_in_call=True) == ["quiet"]
    assert await evening.see(BREAK, is_in_call=True) == ["quiet"]
    assert await evening.see(AT_DESK) == ["quiet", "as it was"]

    assert len(await evening.see(RUNS, is_in_call=True)) == 2
    assert len(await evening.see(RUNS)) == 3


@pytest.mark.parametrize("whom", ["sleep", "restart"])
async def test_it_does_not_begin_in_an_empty_room(whom: str) -> None:
    """The machine has slept, or the daemon was killed: somebody has to go on with the stretch, or to come back."""
    evening = Evening()
    await evening.see(RUNS)
    await evening.see(paused_by(whom))
    await evening.see(replace(BREAK, stopped=StopView(1, "sleep")))
    assert await evening.see(replace(AT_DESK, phase="away", absent_since=Moment(0, ""))) == ["quiet"]

    assert await evening.see(AT_DESK) == ["quiet", "as it was"]


@pytest.mark.parametrize("by", [None, "person", "pain"])
async def test_who_lies_on_the_floor_at_the_end_gets_it_back_at_once(by: str | None) -> None:
    """They touch nothing, and are there."""
    evening = Evening()
    await evening.see(RUNS)
    assert await evening.see(replace(BREAK, stopped=StopView(1, by) if by else None)) == ["quiet", "as it was"]


async def test_what_only_becomes_louder_is_put_right_at_once() -> None:
    """It has been heard all the time; and a call that has just begun must not stay quiet."""
    evening = Evening(starts_sound=False)
    await evening.see(RUNS)
    assert await evening.see(RUNS, is_in_call=True) == ["quiet", "as it was"]
    await evening.see(RUNS)
    assert len(await evening.see(paused_by("sleep"))) == 4


async def test_what_a_daemon_before_has_made_quiet_comes_back() -> None:
    """But not into a stretch that runs."""
    evening = Evening()
    evening.background.owe(evening.radio)
    assert evening.background.is_quiet
    assert await evening.see(RUNS) == []
    assert await evening.see(BREAK) == ["as it was"]


async def test_the_end_of_the_program_gives_back_what_may_come_back() -> None:
    """In a call it is left to the next start."""
    for is_in_call, made in ((False, ["quiet", "as it was"]), (True, ["quiet"])):
        evening = Evening()
        await evening.see(RUNS)
        await evening.see(RUNS, is_in_call=is_in_call)
        await evening.background.close()
        assert evening.radio.log == made
