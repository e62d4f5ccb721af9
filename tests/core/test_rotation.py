"""Which exercise comes next, which side goes first, and how long a hold lasts."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from core.days import exercises, run
from unsit.core import rotation
from unsit.core.model import Now, Settings, State, StretchSettings

NOW = Now(0.0, "boot", datetime.fromisoformat("2026-03-02T09:00:00+00:00"))


def suiting(**stretch: object) -> list[str]:
    state = State(Settings(stretch=StretchSettings(**stretch)), exercises(), "UTC", NOW)  # type: ignore[arg-type]
    return [entry.id for entry in exercises() if rotation.suits(state, entry)]


def test_what_is_left_out_has_its_reasons() -> None:
    """All of them, so that somebody who changes one setting is not told of the next."""
    settings = Settings(stretch=StretchSettings(avoid=("kneeling",)), exercises={"supine": False, "lying-1": True})
    state = State(settings, exercises(), "UTC", NOW, hurt=frozenset({"supine", "half-kneeling-reach"}))

    assert {entry.id: rotation.left_out_for(state, entry) for entry in exercises()} == {
        "walk": ("kind",),
        "standing-lunge": (),
        "half-kneeling": ("place", "avoid"),
        "half-kneeling-reach": ("hurt", "place", "avoid", "level"),
        "lying-1": ("place",),
        "lying-2": ("place", "level"),
        "supine": ("hurt", "off", "place"),
        "constructive-rest": ("kind", "place"),
        "bridge": ("kind", "place"),
        "glute-bridge": ("kind", "place"),
        "straight-leg-raise": ("kind", "place"),
        "bird-dog": ("kind", "place", "avoid"),
    }


def test_the_stretches_that_are_left_out_are_counted_by_their_first_reason() -> None:
    """Only those that would be offered in turn; what comes in routines is never missed."""
    settings = Settings(exercises={"standing-lunge": False})
    state = State(settings, exercises(), "UTC", NOW, hurt=frozenset({"supine"}))

    assert rotation.pick(state) == rotation.WALK
    assert rotation.left_out_stretches(state) == {"off": 1, "place": 4, "hurt": 1}


def test_which_exercises_suit() -> None:
    """Stretches done per side whose place is in the list, clear of what is to be avoided, of the level."""
    assert suiting() == [
        "standing-lunge",
    ]
    assert suiting(place=("floor",)) == [
        "half-kneeling",
        "supine",
    ]
    assert suiting(place=("bed",)) == [
        "lying-1",
    ]
    assert suiting(place=("desk", "floor", "bed"), level="deeper") == [
        "standing-lunge",
        "half-kneeling",
        "half-kneeling-reach",
        "lying-1",
        "lying-2",
        "supine",
    ]
    assert suiting(place=("floor",), level="deeper", avoid=("overhead",)) == [
        "half-kneeling",
        "supine",
    ]
    assert suiting(place=("floor",), avoid=("kneeling",)) == [
        "supine",
    ]
    assert suiting(place=("floor", "bed"), avoid=("floor",)) == [
        "lying-1",
    ]
    assert suiting(place=()) == []


def test_an_exercise_switched_off_is_left_out() -> None:
    """By the person, or by pain."""
    state = State(Settings(exercises={"standing-lunge": False}), exercises(), "UTC", NOW)
    assert rotation.pick(state) == "walk"
    assert rotation.pick(replace(state, settings=Settings())) == "standing-lunge"
    assert rotation.pick(replace(state, settings=Settings(), hurt=frozenset({"standing-lunge"}))) == "walk"


def test_if_nothing_suits_it_is_the_walk_alone() -> None:
    """And counts like any session."""
    assert run("09:10 set exercises.standing-lunge false\n10:01 begin\n11:04 end") == [
        "10:00:00 prompt exercise=walk sat=3600 snoozes_left=3",
        "10:01:00 session exercise=walk seconds=130",
        "10:01:00 cue prepare seconds=10",
        "10:01:10 cue walk seconds=120",
        "10:03:10 cue end",
        "10:03:10 outcome completed left=0 right=0 walk=120",
        "11:03:10 prompt exercise=walk sat=3600 snoozes_left=3",
    ]


def test_the_one_completed_longest_ago_comes_next() -> None:
    """Ties in catalogue order; only completed sessions count; the prompt in the middle of a change takes the new one."""
    script = "09:01 set stretch.place floor,desk\n"
    script += "09:10 begin\n09:20 begin\n09:20:45 stop\n09:30 begin\n09:40 begin\n09:50 begin\n09:59 end"
    assert run(script, without="cue") == [
        "09:10:00 session exercise=standing-lunge seconds=198",
        "09:13:18 outcome completed left=30 right=30 walk=120",
        "09:20:00 session exercise=half-kneeling seconds=208",
        "09:20:45 outcome void left=25 right=0 walk=0",
        "09:30:00 session exercise=half-kneeling seconds=208",
        "09:33:28 outcome completed left=30 right=30 walk=120",
        "09:40:00 session exercise=supine seconds=208",
        "09:43:28 outcome completed left=30 right=30 walk=120",
        "09:50:00 session exercise=standing-lunge seconds=198",
        "09:53:18 outcome completed left=30 right=30 walk=120",
    ]


def test_sides_alternate_with_every_completed_session() -> None:
    """Left goes first the first time; a partial one changes nothing."""
    script = "\n".join(
        f"{hour}:00 begin\n{hour}:01:00 {last}"
        for hour, last in ((9, "done"), (10, "stop"), (11, "done"), (12, "done"))
    )
    lines = run("08:50 start\n" + script + "\n12:10 end")
    assert [line.split()[3] for line in lines if "cue hold" in line] == [
        "side=left",
        "side=right",
        "side=right",
        "side=left",
        "side=right",
        "side=left",
        "side=left",
        "side=right",
    ]


@pytest.mark.parametrize(
    ("completed", "seconds"), [(0, 30), (9, 30), (10, 35), (19, 35), (20, 40), (59, 55), (60, 60), (70, 60), (1000, 60)]
)
def test_a_hold_grows_by_five_seconds_after_every_ten(completed: int, seconds: float) -> None:
    """Up to a minute."""
    state = State(Settings(), exercises(), "UTC", NOW, completed={"supine": completed, "standing-lunge": 500})
    assert rotation.hold_s(state, "supine") == seconds
    assert rotation.hold_s(replace(state, settings=Settings(stretch=StretchSettings(hold_s=17.0))), "supine") == 17.0


def test_each_exercise_has_its_own_count() -> None:
    """Ten completed lunges lengthen the eleventh, not the supine stretch."""
    script = "\n".join("+1h begin\n+5m back" for _ in range(10)) + "\n+1h begin\n+5m begin supine\n+5m end"
    lines = run(script)
    assert [line.split()[-1] for line in lines if "cue hold" in line][-4:] == [
        "seconds=35",
        "seconds=35",
        "seconds=30",
        "seconds=30",
    ]


def test_a_chosen_side_decides_the_next_one() -> None:
    """Right chosen now: left goes first next time."""
    lines = run("09:10 begin\n09:10:01 choose first=right\n09:20 begin\n09:30 end")
    assert [line.split()[3] for line in lines if "cue hold" in line] == [
        "side=right",
        "side=left",
        "side=left",
        "side=right",
    ]
