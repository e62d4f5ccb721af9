"""Time: durations, steps of the wall clock, timers of one instant."""

from __future__ import annotations

from core.days import hours, run, settings


def test_a_step_of_the_wall_clock_moves_no_duration() -> None:
    """Neither the hour, nor a snooze, nor a reminder; lines end with what the wall shows."""
    assert run("09:30 clock +2h\n10:01 snooze\n10:12 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3 wall=12:00:00",
        "10:01:00 snooze for=600 until=10:11:00 wall=12:01:00",
        "10:11:00 prompt exercise=standing-lunge sat=4260 snoozes_left=2 wall=12:11:00",
    ]
    assert run("09:30 clock -2h\n10:06 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3 wall=08:00:00",
        "10:05:00 remind wall=08:05:00",
    ]


def test_a_step_never_looks_like_sleep() -> None:
    """No break, nobody away."""
    assert run("09:59 clock +8h\n10:00:30 clock -8h\n10:02 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3 wall=18:00:00",
    ]


def test_a_step_into_the_hours_opens_them() -> None:
    """The clock starts at the step, not at an opening that never was."""
    assert run("07:00 start\n07:10 clock +3h\n08:11 end", hours("09:00-17:00")) == [
        "08:10:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3 wall=11:10:00",
    ]


def test_a_step_out_of_the_hours_closes_them() -> None:
    """The prompt expires; back in them, the hour starts anew."""
    assert run("10:10 clock +10h\n10:20 clock -10h\n11:21 end", hours("09:00-17:00"), without="remind") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:10:00 outcome expired sat=4200 wall=20:10:00",
        "11:20:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3 wall=11:20:00",
    ]


def test_a_step_within_the_hours_changes_nothing() -> None:
    """Only the closing moves."""
    assert run("09:30 clock +5h\n13:00 end", hours("09:00-17:00"), without="remind") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3 wall=15:00:00",
        "11:00:00 outcome missed sat=7200 wall=16:00:00",
        "11:00:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3 wall=16:00:00",
        "12:00:00 outcome expired sat=10800 wall=17:00:00",
    ]


def test_a_step_over_a_closing_and_an_opening_into_open_hours_is_none() -> None:
    """From Monday to Tuesday while it is open on both: nothing passed, the hours are only different now."""
    assert run("09:30 clock +1d\n10:01 end", hours("09:00-17:00")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3 wall=2026-03-03T10:00:00",
    ]


def test_a_clock_set_in_a_sleep_is_found_at_the_wake() -> None:
    """The length of the sleep is what passed."""
    assert run("09:30 suspend\n09:31 clock +3h\n09:40 wake\n09:41 back\n10:42 end") == [
        "09:41:00 natural seconds=660 wall=12:41:00",
        "10:41:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3 wall=13:41:00",
    ]


def test_a_clock_set_while_the_daemon_was_dead() -> None:
    """In the same boot durations do not see it."""
    assert run("10:02 kill 1m\n10:02:30 clock +3h\n10:06 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:03:00 prompt exercise=standing-lunge sat=3780 snoozes_left=3 again=true wall=13:03:00",
        "10:05:00 remind wall=13:05:00",
    ]


def test_due_and_missed_at_one_instant() -> None:
    """Missed first, and the next prompt at the same instant."""
    assert run("09:31 end", settings(prompt_every="10m", prompt_reminders="0")) == [
        "09:10:00 prompt exercise=standing-lunge sat=600 snoozes_left=3",
        "09:20:00 outcome missed sat=1200",
        "09:20:00 prompt exercise=standing-lunge sat=1200 snoozes_left=3",
        "09:30:00 outcome missed sat=1800",
        "09:30:00 prompt exercise=standing-lunge sat=1800 snoozes_left=3",
    ]


def test_a_timer_at_the_instant_of_an_event_comes_before_it() -> None:
    """The prompt, then the snooze; the closing, then done."""
    assert run("10:00 snooze\n10:01 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:00:00 snooze for=600 until=10:10:00",
    ]
    assert run("15:30 start\n17:00 done\n17:01 end", hours("09:00-17:00"), without="remind") == [
        "16:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "17:00:00 outcome expired sat=5400",
        "17:00:00 outcome done sat=0",
    ]
    assert run("10:00 lock\n10:01 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:00:00 withdraw reason=away",
    ]


def test_the_order_within_one_instant() -> None:
    """The end of a pause before the confirmation; confirmation before missed; missed before a reminder."""
    changed = settings(
        prompt_every="10m", prompt_settle_after_pause="0s", prompt_reminders="1", prompt_remind_every="10m"
    )
    assert run("09:05 pause 10m\n09:10 leave\n09:16 end", changed) == [
        "09:10:00 held exercise=standing-lunge reasons=paused",
        "09:15:00 outcome away sat=600",
    ]
    assert run("09:15 leave\n09:21 end", changed) == [
        "09:10:00 prompt exercise=standing-lunge sat=600 snoozes_left=3",
        "09:20:00 outcome away sat=900",
    ]


def test_the_end_of_a_snooze_and_of_a_settle() -> None:
    """Both at once: offered at once."""
    assert run("10:01 snooze 10m\n10:05 hold call\n10:10:30 free call\n10:12 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 snooze for=600 until=10:11:00",
        "10:11:00 prompt exercise=standing-lunge sat=4260 snoozes_left=2",
    ]
