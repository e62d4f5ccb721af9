"""Exercises in several stages: what follows what, how long it lasts, what it counts for."""

from __future__ import annotations

import msgspec
import pytest

from core.days import STAGED, exercises, run, settings
from unsit.core import session
from unsit.core.model import Choice, Exercise, Segment, Settings, Stage

CONTRACT_RELAX, PROGRAMME = STAGED


def done(script: str, *own: Exercise, with_settings: Settings | None = None) -> list[str]:
    return run(script, with_settings, own=own or STAGED)


def spelled(*own: Exercise, with_settings: Settings | None = None, choose: str = "") -> str:
    """The segments of a session of the first one: `prepare 10, hold left 6, ...`."""
    lines = [f"09:30 begin {own[0].id}", *([f"09:30:01 choose {choose}"] if choose else []), "11:00 end"]
    cues = [line.split()[2:] for line in done("\n".join(lines), *own, with_settings=with_settings) if " cue " in line]
    return ", ".join(" ".join(word.removeprefix("side=").removeprefix("seconds=") for word in words) for words in cues)


def own(*stages: Stage, per_side: bool = False, kind: str = "strength") -> Exercise:
    return Exercise("own", kind, "desk", stages[0].work, per_side=per_side, stages=stages)  # type: ignore[arg-type]


def test_a_session_leads_from_stage_to_stage() -> None:
    """Every line of it: the first stage follows the exercise's `prepare`, each other one its own."""
    assert done("09:30 begin programme\n09:35 end") == [
        "09:30:00 session exercise=programme seconds=188",
        "09:30:00 cue prepare seconds=20",
        "09:30:20 cue hold side=left seconds=30",
        "09:30:50 cue switch seconds=8",
        "09:30:58 cue hold side=right seconds=30",
        "09:31:28 cue prepare stage=2 seconds=15",
        "09:31:43 cue reps stage=2 seconds=20",
        "09:32:03 cue prepare stage=3 seconds=10",
        "09:32:13 cue hold stage=3 seconds=25",
        "09:32:38 cue prepare stage=4 seconds=10",
        "09:32:48 cue rest stage=4 seconds=20",
        "09:33:08 cue end",
        "09:33:08 outcome completed left=30 right=30 walk=0 reps=20 hold=25 rest=20",
    ]


def test_all_stages_of_one_side_come_before_the_other_side() -> None:
    """Of an exercise done per side; nothing lies between stages that follow straight on."""
    assert spelled(CONTRACT_RELAX) == (
        "prepare 10, hold left 6, hold left stage=2 30, prepare stage=3 10, breaths left stage=3 12, "
        "switch 8, hold right 6, hold right stage=2 30, prepare stage=3 10, breaths right stage=3 12, walk 120, end"
    )


def test_a_stage_done_per_side_changes_sides_before_the_next_stage() -> None:
    both = own(Stage("reps", 2, per_side=True), Stage("hold", 20, per_side=True))

    assert spelled(both) == (
        "prepare 10, reps left 8, switch 8, reps right 8, "
        "prepare stage=2 10, hold left stage=2 20, switch stage=2 8, hold right stage=2 20, walk 120, end"
    )
    assert spelled(both, choose="first=right").startswith("prepare 10, reps right 8, switch 8, reps left 8, prepare")


def test_a_single_stage_is_an_exercise_with_seconds_of_its_own() -> None:
    assert spelled(own(Stage("hold", 45), per_side=True)) == (
        "prepare 10, hold left 45, switch 8, hold right 45, walk 120, end"
    )


def test_a_hold_with_seconds_of_its_own_keeps_them() -> None:
    """Whatever the setting says, and whatever is chosen; the holds without follow both."""
    stages = own(Stage("hold", 6), Stage("hold", prepare_s=0))

    assert spelled(stages) == "prepare 10, hold 6, hold stage=2 30, walk 120, end"
    assert spelled(stages, with_settings=settings(stretch_hold="75")) == (
        "prepare 10, hold 6, hold stage=2 75, walk 120, end"
    )
    assert spelled(stages, choose="hold=20") == "prepare 10, hold 6, hold stage=2 20, walk 120, end"


def test_no_walk_follows_a_rest_at_the_end() -> None:
    """A rest before something else does not matter; nor does the walk as an exercise."""
    assert (
        spelled(own(Stage("reps", 2), Stage("rest", 60)))
        == "prepare 10, reps 8, prepare stage=2 10, rest stage=2 60, end"
    )
    assert spelled(own(Stage("rest", 60), Stage("reps", 2))).endswith("reps stage=2 8, walk 120, end")


def test_without_sides_a_hold_counts_for_no_side() -> None:
    """It is work all the same: enough of it, and the session is no void."""
    stopped = "09:30 begin own\n09:30:{} stop\n09:31 end"

    assert done(stopped.format(39), own(Stage("hold", 60)))[-1] == "09:30:39 outcome void left=0 right=0 walk=0 hold=29"
    assert (
        done(stopped.format(40), own(Stage("hold", 60)))[-1] == "09:30:40 outcome partial left=0 right=0 walk=0 hold=30"
    )


def test_a_stage_that_was_skipped_makes_it_partial() -> None:
    """Getting ready may be cut short; what is work may not."""
    hurried = "09:30 begin own\n09:30:02 next\n09:30:42 next\n09:31 {}\n09:40 end"
    stages = own(Stage("hold", 40), Stage("reps", 2))

    assert done(hurried.format("hold dnd"), stages)[-1].partition("outcome ")[2] == (
        "completed left=0 right=0 walk=120 hold=40 reps=8"
    )
    assert (
        "outcome partial left=0 right=0 walk=120 hold=40 reps=3"
        in done("09:30 begin own\n09:30:02 next\n09:30:42 next\n09:30:45 next\n09:40 end", stages)[-1]
    )


def test_one_goes_back_into_the_stage_before() -> None:
    """In the first seconds of a way into a stage, the work before it begins again."""
    lines = done(
        "09:30 begin own\n09:31 next\n09:31:02 previous\n09:31:03 end", own(Stage("hold", 60), Stage("reps", 2))
    )

    assert lines[2:] == [
        "09:30:10 cue hold seconds=60",
        "09:31:00 cue prepare stage=2 seconds=10",
        "09:31:02 cue hold seconds=60",
    ]


def test_what_hurts_is_the_whole_exercise() -> None:
    assert done("09:30 begin programme\n09:31:50 hurts\n09:32 begin programme\n09:33 end")[-2:] == [
        "09:31:50 outcome partial left=30 right=30 walk=0 reps=7 hold=0 rest=0 reason=pain",
        '09:32:00 refused command=begin reason="programme is off since it hurt"',
    ]


def test_the_rotation_takes_a_stretch_with_a_side_in_a_stage() -> None:
    """One without any is for routines, and for whoever asks for it."""
    only = {entry.id: entry.id == "own" for entry in (*exercises(), PROGRAMME)}
    sided = own(Stage("reps", 2), Stage("hold", per_side=True), kind="stretch")
    unsided = own(Stage("reps", 2), Stage("hold"), kind="stretch")

    assert run("10:01 end", Settings(exercises=only), own=(sided,)) == [
        "10:00:00 prompt exercise=own sat=3600 snoozes_left=3"
    ]
    assert run("10:01 end", Settings(exercises=only), own=(unsided,)) == [
        "10:00:00 prompt exercise=walk sat=3600 snoozes_left=3"
    ]


def test_the_side_that_goes_first_alternates_for_the_whole_exercise() -> None:
    script = "09:30 begin contract-relax\n09:40 begin contract-relax\n09:50 end"

    sides = [line.split()[3] for line in done(script) if " cue hold side=" in line and "stage" not in line]

    assert sides == ["side=left", "side=right", "side=right", "side=left"]


@pytest.mark.parametrize("entry", [*exercises(), *STAGED], ids=lambda entry: entry.id)
def test_what_is_not_said_is_not_written_down(entry: Exercise) -> None:
    """A state is written with every event: what is as it mostly is takes no room, and older logs have it not."""
    segments = session.segments([entry], Choice((entry.id,), {entry.id: "left"}, {entry.id: 30.0}, 120.0))

    assert msgspec.json.decode(msgspec.json.encode(entry), type=Exercise) == entry
    assert msgspec.json.decode(msgspec.json.encode(segments), type=tuple[Segment, ...]) == segments
    assert (b"stage" in msgspec.json.encode((entry, segments))) == bool(entry.stages)
