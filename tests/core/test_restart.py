"""Killed, stopped, powered off: the log is the state."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from core.days import DATE, exercises, run, settings, world
from unsit.core.model import Held, NaturalBreak, Outcome, Prompted
from unsit.simulation.script import read_script


def test_an_offered_prompt_is_shown_again_after_a_kill() -> None:
    """No new offer: its clocks ran on."""
    assert run("10:02 kill\n10:12 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:02:00 prompt exercise=standing-lunge sat=3720 snoozes_left=3 again=true",
        "10:05:00 remind",
        "10:10:00 remind",
    ]
    assert run("10:02 kill 4m\n10:12 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:06:00 prompt exercise=standing-lunge sat=3960 snoozes_left=3 again=true",
        "10:10:00 remind",
    ]


def test_what_fell_due_in_between_is_offered_now() -> None:
    """Not as of then."""
    assert run("09:50 kill 20m\n10:12 end") == [
        "10:10:00 prompt exercise=standing-lunge sat=4200 snoozes_left=3",
    ]


def test_what_ended_in_between_ends_now() -> None:
    """Missed at the start, and the next is due at once."""
    assert run("10:02 kill 70m\n11:13 end", without="remind") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "11:12:00 outcome missed sat=7920",
        "11:12:00 prompt exercise=standing-lunge sat=7920 snoozes_left=3",
    ]


def test_reminders_of_the_meantime_are_left_out() -> None:
    """Two are used, none is made up for."""
    assert run("10:02 kill 20m\n10:50 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:22:00 prompt exercise=standing-lunge sat=4920 snoozes_left=3 again=true",
    ]
    assert run("10:02 kill 20m\n10:50 end", settings(prompt_reminders="5")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:22:00 prompt exercise=standing-lunge sat=4920 snoozes_left=3 again=true",
        "10:25:00 remind",
    ]


def test_a_snooze_that_ended_in_between() -> None:
    """Offered at the start."""
    assert run("10:02 snooze\n10:05 kill 10m\n10:16 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:02:00 snooze for=600 until=10:12:00",
        "10:15:00 prompt exercise=standing-lunge sat=4500 snoozes_left=2",
    ]


def test_a_held_prompt_is_still_held_and_not_said_again() -> None:
    """The hold is found at the start; one that has gone settles from there."""
    assert run("09:50 hold call\n10:05 kill 5m\n10:20 free call\n10:21 end") == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:20:30 prompt exercise=standing-lunge sat=4830 snoozes_left=3",
    ]
    assert run("09:50 hold call\n10:05 kill 5m\n10:06 free call\n10:12 end") == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:10:30 prompt exercise=standing-lunge sat=4230 snoozes_left=3",
    ]
    assert run("09:50 kill 20m\n09:55 hold call\n10:20 free call\n10:21 end") == [
        "10:10:00 held exercise=standing-lunge reasons=call",
        "10:20:30 prompt exercise=standing-lunge sat=4830 snoozes_left=3",
    ]


def test_a_running_session_is_paused_where_it_was() -> None:
    """Ten seconds into the second hold."""
    assert run("09:30 begin\n09:30:58 kill 1m\n09:32:30 toggle\n09:40 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:10 cue hold side=left seconds=30",
        "09:30:40 cue switch seconds=8",
        "09:30:48 cue hold side=right seconds=30",
        "09:32:50 cue walk seconds=120",
        "09:34:50 cue end",
        "09:34:50 outcome completed left=30 right=30 walk=120",
    ]


def test_a_dead_daemon_for_ten_minutes_ends_its_session_at_the_start() -> None:
    """The limit passed while nobody looked: it ends now, with what was done."""
    assert run("09:30 begin\n09:30:58 kill 20m\n10:00 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:50:58 outcome partial left=30 right=10 walk=0",
    ]
    assert run("09:30 begin\n09:30:58 kill 9m59s\n09:41 toggle\n09:45 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:40:58 outcome partial left=30 right=10 walk=0",
        '09:41:00 refused command=toggle reason="no session is running"',
    ]


def test_an_absence_goes_on_through_a_kill() -> None:
    """It counts from the last input before."""
    assert run("09:30 leave\n09:31 kill 1m\n09:50 back\n10:51 end") == [
        "09:50:00 natural seconds=1200",
        "10:50:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("10:01 lock\n10:01:30 kill\n10:10 unlock\n10:11 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 withdraw reason=away",
        "10:03:00 outcome away sat=3660",
        "10:10:00 natural seconds=540",
    ]


def test_who_came_while_the_daemon_was_dead_is_found_there() -> None:
    """And who left is found gone, since their last input."""
    assert run("09:30 lock\n09:40 kill 10m\n09:45 unlock\n10:51 end") == [
        "09:50:00 natural seconds=1200",
        "10:50:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("09:30 kill 10m\n09:32 leave\n09:50 back\n10:51 end") == [
        "09:50:00 natural seconds=1080",
        "10:50:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("10:01 kill 10m\n10:03 lock\n10:20 unlock\n10:21 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:11:00 outcome away sat=3780",
        "10:20:00 natural seconds=1020",
    ]


def test_a_kill_after_a_session_changes_nothing() -> None:
    """The time until the first input still belongs to its break."""
    assert run("09:30 begin\n09:30:05 leave\n09:40 kill 5m\n09:50 back\n10:51 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:33:18 outcome completed left=30 right=30 walk=120",
        "10:50:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_stop_begins_an_absence_that_ends_with_the_start() -> None:
    """A long one is a natural break, and takes the prompt with it as away."""
    assert run("10:02 quit 10m\n11:13 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:12:00 outcome away sat=3720",
        "10:12:00 natural seconds=600",
        "11:12:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("10:02 reboot 10m\n11:13 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:12:00 outcome away sat=3720",
        "10:12:00 natural seconds=600",
        "11:12:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_short_stop_withdraws_and_settles() -> None:
    """Nothing is lost: the sitting clock ran on."""
    assert run("10:02 quit 1m\n10:04 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:03:00 withdraw reason=away",
        "10:03:30 prompt exercise=standing-lunge sat=3810 snoozes_left=3",
    ]
    assert run("10:02 reboot 1m\n10:04 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:03:00 withdraw reason=away",
        "10:03:30 prompt exercise=standing-lunge sat=3810 snoozes_left=3",
    ]
    assert run("09:59 quit 90s\n10:02 end") == [
        "10:01:00 prompt exercise=standing-lunge sat=3660 snoozes_left=3",
    ]


def test_a_stop_with_a_snooze() -> None:
    """Its wall end is kept."""
    assert run("10:02 snooze\n10:05 quit 1m\n10:13 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:02:00 snooze for=600 until=10:12:00",
        "10:12:00 prompt exercise=standing-lunge sat=4320 snoozes_left=2",
    ]
    assert run("10:02 snooze\n10:05 reboot 90s\n10:13 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:02:00 snooze for=600 until=10:12:00",
        "10:12:00 prompt exercise=standing-lunge sat=4320 snoozes_left=2",
    ]
    assert run("10:02 snooze 1m\n10:02:30 quit 90s\n10:05 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:02:00 snooze for=60 until=10:03:00",
        "10:04:30 prompt exercise=standing-lunge sat=3870 snoozes_left=2",
    ]


def test_a_stop_ends_a_session_at_its_instant() -> None:
    """And the time until the start belongs to its break."""
    assert run("09:30 begin\n09:31 quit 10m\n10:42 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:31:00 outcome partial left=30 right=12 walk=0",
        "10:41:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("09:30 begin\n09:31 reboot 10m\n10:42 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:41:00 outcome partial left=30 right=12 walk=0",
        "10:41:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_stop_in_a_session_too_short_to_count() -> None:
    """Its prompt is away if the stop was long, and comes again if it was short."""
    assert run("10:01 begin\n10:01:15 quit 10m\n10:12 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:11:15 outcome away sat=3675",
        "10:11:15 natural seconds=600",
    ]
    assert run("10:01 begin\n10:01:15 quit 1m\n10:04 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:02:45 prompt exercise=standing-lunge sat=3765 snoozes_left=3",
    ]
    assert run("10:01 begin\n10:01:15 reboot 10m\n10:12 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:11:15 outcome away sat=3675",
        "10:11:15 natural seconds=600",
    ]
    assert run("10:01 begin\n10:01:15 reboot 1m\n10:04 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:02:45 prompt exercise=standing-lunge sat=3765 snoozes_left=3",
    ]


def test_an_absence_before_a_stop_goes_on() -> None:
    """Confirmed before it, it counts from the last input; otherwise from the stop."""
    assert run("09:30 lock\n09:40 quit 10m\n10:51 end") == [
        "09:50:00 natural seconds=1200",
    ]
    assert run("09:30 leave\n09:32 quit 10m\n10:43 end") == [
        "09:42:00 natural seconds=600",
    ]


def test_nobody_there_after_the_start_is_idle_from_the_start() -> None:
    """Five minutes later they are gone."""
    assert run("09:30 leave\n09:32 quit 1m\n09:50 back\n10:51 end") == [
        "09:50:00 natural seconds=1020",
        "10:50:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_locked_session_after_the_start() -> None:
    """The start ends one absence, the lock is another."""
    assert run("09:30 lock\n09:40 quit 10m\n09:55 unlock\n10:56 end") == [
        "09:50:00 natural seconds=1200",
        "09:55:00 natural seconds=300",
        "10:55:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("09:59:30 lock\n09:59:40 quit 1m\n10:10 unlock\n10:11 end") == [
        "10:10:00 natural seconds=560",
    ]


def test_the_label_ends_with_the_daemon() -> None:
    """After a stop and a reboot they sit; a kill is no end."""
    assert run("09:10 stand\n09:20 quit 1m\n09:22 sit\n09:23 end") == [
        '09:22:00 refused command=sit reason="already sitting"',
    ]
    assert run("09:10 stand\n09:20 reboot 1m\n09:22 sit\n09:23 end") == [
        '09:22:00 refused command=sit reason="already sitting"',
    ]
    assert run("09:10 stand\n09:20 kill 1m\n09:22 sit\n09:23 end") == []


def test_a_reboot_with_a_clock_that_went_back() -> None:
    """The time between is never below zero: a short gap, not a long one."""
    assert run("10:02 reboot 10m\n10:03 clock -1h\n10:13 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:12:00 withdraw reason=away wall=09:12:00",
        "10:12:30 prompt exercise=standing-lunge sat=3750 snoozes_left=3 wall=09:12:30",
    ]


def test_twice_in_a_row() -> None:
    """A start that is killed at once, and again."""
    assert run("10:02 kill\n+0s kill\n+1s kill 1s\n10:04 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:02:00 prompt exercise=standing-lunge sat=3720 snoozes_left=3 again=true",
        "10:02:00 prompt exercise=standing-lunge sat=3720 snoozes_left=3 again=true",
        "10:02:02 prompt exercise=standing-lunge sat=3722 snoozes_left=3 again=true",
    ]
    assert run("10:02 quit 1m\n10:03 quit 1m\n10:06 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:03:00 withdraw reason=away",
        "10:04:30 prompt exercise=standing-lunge sat=3870 snoozes_left=3",
    ]


STAGES = {
    "counting": "",
    "held": "09:50 hold call",
    "offered": "",
    "snoozed": "10:00:30 snooze",
    "paused": "09:50 pause 1h",
    "away": "10:00:10 lock",
    "session": "10:00:30 begin",
    "after a session": "09:50 begin\n09:50:05 leave",
    "standing": "09:30 stand",
    "asleep": "09:50 suspend\n09:55 wake",
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "how", ["kill", "kill 90s", "quit 0s", "quit 90s", "quit 30m", "reboot 0s", "reboot 90s", "reboot 30m"]
)
def test_every_prompt_has_one_outcome_whatever_ends_the_daemon(stage: str, how: str) -> None:
    """At every stage: each prompt that was due is over once, and nothing is recorded twice."""
    at = "09:59:50" if stage == "counting" else "10:00:50"
    script = f"{DATE}T09:00 start\n{STAGES[stage]}\n{at} {how}\n+2h stop\n+0s done\n+1s end".splitlines()
    lines = read_script(script, "", ZoneInfo("UTC"), [entry.id for entry in exercises()], lambda key, value: None)
    said = [decision for *_, decision in world().run(lines)]
    opened = {decision.prompt for decision in said if isinstance(decision, Prompted | Held)}
    records = Counter(decision.record for decision in said if isinstance(decision, Outcome | NaturalBreak))

    assert records.total() >= 1
    assert set(records.values()) == {1}
    assert opened <= set(records)
