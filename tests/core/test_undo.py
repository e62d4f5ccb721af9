"""Undo: everything is as if it had not been said."""

from __future__ import annotations

import random
from datetime import datetime

import pytest
from msgspec.structs import replace

from core.days import exercises, hours, run
from unsit.core.engine import step
from unsit.core.model import (
    AnyCommand,
    AnyEvent,
    DoneAsked,
    HoldBegan,
    HoldEnded,
    InputSeen,
    InputStopped,
    Locked,
    Now,
    ResumeAsked,
    Settings,
    SkipAsked,
    SnoozeAsked,
    StandAsked,
    Started,
    State,
    Tick,
    Undoable,
    UndoAsked,
    Unlocked,
)


def test_a_skip_taken_back_shows_the_prompt_again() -> None:
    """With its clocks run on."""
    assert run("10:01 skip\n10:01:30 undo\n10:12 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        "10:01:30 prompt exercise=standing-lunge sat=3690 snoozes_left=3 again=true",
        "10:05:00 remind",
        "10:10:00 remind",
    ]


def test_a_snooze_taken_back() -> None:
    """It does not count as used."""
    assert run("10:01 snooze\n10:02 undo\n10:06 snooze\n10:17 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 snooze for=600 until=10:11:00",
        "10:02:00 prompt exercise=standing-lunge sat=3720 snoozes_left=3 again=true",
        "10:05:00 remind",
        "10:06:00 snooze for=600 until=10:16:00",
        "10:16:00 prompt exercise=standing-lunge sat=4560 snoozes_left=2",
    ]


def test_a_done_taken_back() -> None:
    """The hour goes on as it was; with a prompt it is shown again."""
    assert run("09:30 done\n09:31 undo\n10:01 end") == [
        "09:30:00 outcome done sat=1800",
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("10:01 done\n10:01:30 undo\n10:02 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome done sat=3660",
        "10:01:30 prompt exercise=standing-lunge sat=3690 snoozes_left=3 again=true",
    ]


def test_stand_and_sit_taken_back() -> None:
    """The label and the hour."""
    assert run("09:30 stand\n09:30:30 undo\n09:31 sit\n10:01 end") == [
        '09:31:00 refused command=sit reason="already sitting"',
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("09:30 stand\n09:40 sit\n09:40:30 undo\n09:41 stand\n10:31 end") == [
        '09:41:00 refused command=stand reason="already standing"',
        "10:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_within_a_minute() -> None:
    """To the second; after it there is nothing to take back."""
    assert run("10:01 skip\n10:02 undo\n10:03 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        "10:02:00 prompt exercise=standing-lunge sat=3720 snoozes_left=3 again=true",
    ]
    assert run("10:01 skip\n10:02:01 undo\n10:03 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        '10:02:01 refused command=undo reason="there is nothing to take back"',
    ]


def test_twice_is_refused() -> None:
    """What was taken back is gone."""
    assert run("10:01 skip\n10:01:10 undo\n10:01:20 undo\n10:03 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        "10:01:10 prompt exercise=standing-lunge sat=3670 snoozes_left=3 again=true",
        '10:01:20 refused command=undo reason="there is nothing to take back"',
    ]


def test_the_command_before_the_last_one_too() -> None:
    """One after the other, each within its minute."""
    assert run("10:01 snooze\n10:01:10 done\n10:01:20 undo\n10:01:30 undo\n10:02 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 snooze for=600 until=10:11:00",
        "10:01:10 outcome done sat=3670",
        "10:01:30 prompt exercise=standing-lunge sat=3690 snoozes_left=3 again=true",
    ]


def test_a_refused_command_leaves_nothing_to_take_back() -> None:
    """And keeps what there is."""
    assert run("10:01 skip\n10:01:10 snooze\n10:01:20 undo\n10:02 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        '10:01:10 refused command=snooze reason="no prompt is offered"',
    ]
    assert run("09:30 sit\n09:30:10 undo\n09:31 end") == [
        '09:30:00 refused command=sit reason="already sitting"',
        '09:30:10 refused command=undo reason="there is nothing to take back"',
    ]


def test_not_once_a_session_has_begun() -> None:
    """Nor after it was stopped."""
    assert run("10:01 skip\n10:01:05 begin\n10:01:10 undo\n10:01:15 stop\n10:01:20 undo\n10:02 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        "10:01:05 session exercise=standing-lunge seconds=198",
        '10:01:10 refused command=undo reason="a session is running"',
        "10:01:15 outcome void left=0 right=0 walk=0",
        '10:01:20 refused command=undo reason="there is nothing to take back"',
    ]


def test_what_happened_in_between_has_happened() -> None:
    """A reminder's time, a hold, a pause, a lock: all of it as if nothing had been said."""
    assert run("10:04:30 skip\n10:05:10 undo\n10:11 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:04:30 outcome skipped sat=3870",
        "10:05:10 remind",
        "10:10:00 remind",
    ]
    assert run("10:01 skip\n10:01:10 hold call\n10:01:20 undo\n10:06 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        "10:01:20 prompt exercise=standing-lunge sat=3680 snoozes_left=3 again=true",
    ]
    assert run("10:01 skip\n10:01:10 pause 2m\n10:01:20 undo\n10:09 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        "10:08:10 prompt exercise=standing-lunge sat=4090 snoozes_left=3",
    ]
    assert run("10:01 skip\n10:01:10 lock\n10:01:20 unlock\n10:01:30 undo\n10:03 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        "10:01:50 prompt exercise=standing-lunge sat=3710 snoozes_left=3",
    ]


def test_whoever_takes_back_is_there() -> None:
    """Behind a lock too: the command is a sign of the person after all that came before it."""
    assert run("10:01 skip\n10:01:10 lock\n10:01:40 undo\n10:05 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        "10:02:10 prompt exercise=standing-lunge sat=3730 snoozes_left=3",
    ]


def test_what_would_have_fallen_due_in_between_is_due() -> None:
    """Done at a minute to, taken back a minute later."""
    assert run("09:59:30 done\n10:00:10 undo\n10:01 end") == [
        "09:59:30 outcome done sat=3570",
        "10:00:10 prompt exercise=standing-lunge sat=3610 snoozes_left=3",
    ]


def test_a_kill_in_between_changes_nothing() -> None:
    """After it the daemon is where it would have been; after a stop there is nothing to take back."""
    assert run("10:01 skip\n10:01:10 kill 5s\n10:01:30 undo\n10:02 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        "10:01:30 prompt exercise=standing-lunge sat=3690 snoozes_left=3 again=true",
    ]
    assert run("10:01 skip\n10:01:10 quit 5s\n10:01:30 undo\n10:02 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        '10:01:30 refused command=undo reason="there is nothing to take back"',
    ]


def test_what_a_start_found_since_is_still_so() -> None:
    """A call that began while the daemon was dead: the prompt is there again, and its reminders are left out."""
    assert run("10:01 skip\n10:01:10 kill 20s\n10:01:15 hold call\n10:01:40 undo\n10:12 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        "10:01:40 prompt exercise=standing-lunge sat=3700 snoozes_left=3 again=true",
    ]


def test_undo_at_a_closing() -> None:
    """A skip before it, taken back after it: the prompt would have expired, and does."""
    assert run("15:58 start\n16:59:30 skip\n17:00:10 undo\n17:01 end", hours("09:00-17:00"), without="remind") == [
        "16:58:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "16:59:30 outcome skipped sat=3690",
        "17:00:10 outcome expired sat=3720",
    ]


def _events(rng: random.Random, now: Now, count: int) -> list[AnyEvent]:
    events: list[AnyEvent] = []
    for _ in range(count):
        now = _later(now, rng.choice((0, 1, 5, 10)))
        kind = rng.randrange(5)
        if kind == 0:
            events.append(Locked(now))
        elif kind == 1:
            events.append(InputStopped(now, now.boot_s))
        elif kind == 2:
            events.append(rng.choice((HoldBegan, HoldEnded))(now, rng.choice(("call", "dnd"))))
        else:
            events.append(rng.choice((InputSeen, Unlocked, Tick))(now))
    return events


def _later(now: Now, seconds: float) -> Now:
    return Now(
        now.boot_s + seconds, now.boot_id, datetime.fromtimestamp(now.wall.timestamp() + seconds, now.wall.tzinfo)
    )


@pytest.mark.parametrize("command", [SkipAsked, DoneAsked, SnoozeAsked, StandAsked])
@pytest.mark.parametrize("seed", range(50))
def test_the_state_is_what_it_would_be_without_the_command(command: type[AnyCommand], seed: int) -> None:
    """Any events in between: a command taken back leaves what a mere sign of the person would have left."""
    rng = random.Random(f"{seed} {command.__name__}")
    now = Now(0.0, "boot", datetime.fromisoformat("2026-03-02T09:00:00+00:00"))
    state, _ = step(None, Started(now, Settings(), exercises(), "UTC"))
    now = _later(now, rng.choice((1800, 3590, 3605, 3660)))
    state, _ = step(state, Tick(now))
    before = state
    state, _ = step(state, command(now))
    if state.undoable is None:
        return  # refused: there was no prompt
    between = _events(rng, now, rng.randrange(5))
    undo_at = _later(between[-1].now if between else now, 2)
    without = before
    without, _ = step(without, ResumeAsked(now))  # refused, so only a sign
    for event in between:
        state, _ = step(state, event)
        without, _ = step(without, event)
    state, _ = step(state, UndoAsked(undo_at))
    without, _ = step(without, ResumeAsked(undo_at))

    assert _comparable(state) == _comparable(without)


def _comparable(state: State) -> State:
    """Without the numbers of the records, which are never used twice."""
    prompt = state.prompt and replace(state.prompt, id=0)
    last = state.last_outcome and replace(state.last_outcome, record=0)
    return replace(state, records=0, prompt=prompt, last_outcome=last)


def test_commands_in_quick_succession_do_not_pile_up() -> None:
    """Each remembers the state before it; only the last few are kept, so the state stays small."""
    now = Now(0.0, "boot", datetime.fromisoformat("2026-03-02T09:00:00+00:00"))
    state, _ = step(None, Started(now, Settings(), exercises(), "UTC"))
    for second in range(1, 2000):
        state, _ = step(state, DoneAsked(_later(now, second)))
    depth, undoable = 0, state.undoable
    while isinstance(undoable, Undoable):
        depth, undoable = depth + 1, undoable.before.undoable

    assert depth == 5
