"""Presence and absence: who counts as gone, since when, and what becomes of the prompt."""

from __future__ import annotations

from core.days import run, settings


def test_five_minutes_without_input_are_an_absence_since_the_last_input() -> None:
    """Long enough for a natural break: it ends with the return, and the sitting clock starts again."""
    assert run("09:30 leave\n09:40 back\n10:41 end") == [
        "09:40:00 natural seconds=600",
        "10:40:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_pause_of_input_that_is_not_confirmed_leaves_no_trace() -> None:
    """Four minutes of reading are no break, though longer than the credit."""
    assert run("09:30 leave\n09:34:59 back\n10:01 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_somebody_not_confirmed_counts_as_present_in_everything() -> None:
    """A prompt falls due and is reminded of, a snooze ends."""
    assert run("09:59 leave\n10:02 back\n10:03 snooze 5m\n10:06 leave\n10:09 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:03:00 snooze for=300 until=10:08:00",
        "10:08:00 prompt exercise=standing-lunge sat=4080 snoozes_left=2",
    ]


def test_a_lock_confirms_at_once() -> None:
    """The absence counts from the last input, and is one of two minutes two minutes after it."""
    assert run("10:04 leave\n10:05:30 lock\n10:30 unlock\n10:31 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:05:00 remind",
        "10:05:30 withdraw reason=away",
        "10:06:00 outcome away sat=3840",
        "10:30:00 natural seconds=1560",
    ]


def test_a_short_lock_withdraws_and_settles() -> None:
    """Ninety seconds at the door are no break: the sitting clock ran on, the prompt comes again."""
    assert run("10:04 lock\n10:05:30 unlock\n10:07 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:04:00 withdraw reason=away",
        "10:06:00 prompt exercise=standing-lunge sat=3960 snoozes_left=3",
    ]


def test_a_suspend_confirms_at_once() -> None:
    """The prompt ends at the wake, before anything else that was due in the sleep."""
    assert run("10:01 suspend\n10:30 wake\n10:31 back\n10:32 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 withdraw reason=away",
        "10:30:00 outcome away sat=3660",
        "10:31:00 natural seconds=1800",
    ]


def test_a_short_sleep_withdraws_at_once() -> None:
    """And what would have been due comes after a settle at the return."""
    assert run("10:01 suspend\n10:02 wake\n10:02:10 back\n10:03 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 withdraw reason=away",
        "10:02:40 prompt exercise=standing-lunge sat=3760 snoozes_left=3",
    ]


def test_a_machine_that_wakes_by_itself_makes_no_sound() -> None:
    """At three in the night nothing is shown, until somebody is there."""
    assert run("18:00 start\n18:30 suspend\n+8h30m wake\n+10m suspend\n+4h wake\n+1m back\n+61m end") == [
        "2026-03-03T07:11:00 natural seconds=45660",
        "2026-03-03T08:11:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_sign_in_the_sleep_is_found_at_the_wake() -> None:
    """Unlock or input: the person is there."""
    assert run("09:30 suspend\n09:40 back\n09:41 wake\n10:42 end") == [
        "09:41:00 natural seconds=660",
        "10:41:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("09:30 lock\n09:31 suspend\n09:40 unlock\n09:41 wake\n10:42 end") == [
        "09:41:00 natural seconds=660",
        "10:41:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_whoever_unlocked_in_the_sleep_and_left_is_away_again() -> None:
    """The unlock ends one absence; five minutes later there is another."""
    assert run("09:30 lock\n09:31 suspend\n09:40 unlock\n09:41 leave\n09:42 wake\n09:50 back\n10:51 end") == [
        "09:42:00 natural seconds=720",
        "09:50:00 natural seconds=480",
        "10:50:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_while_locked_only_unlock_or_a_command_ends_an_absence() -> None:
    """A mouse that is pushed wakes the screen, no more; it is remembered."""
    assert run("09:30 lock\n09:40 back\n09:50 unlock\n10:51 end") == [
        "09:50:00 natural seconds=1200",
        "10:50:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("09:30 lock\n09:40 done\n10:41 end") == [
        "09:40:00 natural seconds=600",
        "09:40:00 outcome done sat=0",
        "10:40:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_refused_command_is_a_sign_too() -> None:
    """Whoever asks for something is there."""
    assert run("09:30 lock\n09:40 skip\n10:41 end") == [
        "09:40:00 natural seconds=600",
        '09:40:00 refused command=skip reason="no prompt is open"',
        "10:40:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_whoever_leaves_behind_a_lock_they_passed_is_away_again() -> None:
    """A command from a phone, say; then five minutes of nothing."""
    assert run("09:30 lock\n09:40 skip\n10:39 leave\n10:50 unlock\n10:51 end") == [
        "09:40:00 natural seconds=600",
        '09:40:00 refused command=skip reason="no prompt is open"',
        "10:40:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:44:00 outcome away sat=3540",
        "10:50:00 natural seconds=660",
    ]


def test_an_absence_shorter_than_the_credit_changes_nothing() -> None:
    """The sitting clock ran on; exactly the credit is enough."""
    assert run("09:30 lock\n09:31:59 unlock\n10:01 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("09:30 lock\n09:32 unlock\n10:33 end") == [
        "09:32:00 natural seconds=120",
        "10:32:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_what_falls_due_in_a_short_absence_is_due_at_the_return() -> None:
    """After the settle."""
    assert run("09:59 lock\n10:00:30 unlock\n10:02 end") == [
        "10:01:00 prompt exercise=standing-lunge sat=3660 snoozes_left=3",
    ]


def test_what_would_fall_due_in_a_long_absence_never_was() -> None:
    """No prompt, no outcome; nothing is said while they are gone."""
    assert run("09:59 lock\n11:30 unlock\n11:31 end") == [
        "11:30:00 natural seconds=5460",
    ]


def test_an_offered_prompt_is_withdrawn_when_the_absence_is_confirmed_early() -> None:
    """With a credit longer than the confirmation: withdrawn first, `away` when it is long enough."""
    changed = settings(away_credit="10m")
    assert run("10:01 leave\n10:20 back\n10:21 end", changed) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:05:00 remind",
        "10:06:00 withdraw reason=away",
        "10:11:00 outcome away sat=3660",
        "10:20:00 natural seconds=1140",
    ]
    assert run("10:01 leave\n10:08 back\n10:09 end", changed) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:05:00 remind",
        "10:06:00 withdraw reason=away",
        "10:08:30 prompt exercise=standing-lunge sat=4110 snoozes_left=3",
    ]


def test_if_both_come_at_once_there_is_only_the_outcome() -> None:
    """Idle confirms after five minutes, the credit is two: one line."""
    assert run("10:01 leave\n10:07 end", settings(prompt_reminders="0")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:06:00 outcome away sat=3660",
    ]
    assert run("10:01 leave\n10:07 end", settings(prompt_reminders="0", away_credit="5m")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:06:00 outcome away sat=3660",
    ]


def test_a_held_prompt_ends_as_away_too() -> None:
    """And a snoozed one; `sat` is up to the last input."""
    assert run("09:30 hold call\n10:10 lock\n10:20 unlock\n10:21 end") == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:12:00 outcome away sat=4200",
        "10:20:00 natural seconds=600",
    ]
    assert run("10:01 snooze\n10:03 lock\n10:20 unlock\n10:21 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 snooze for=600 until=10:11:00",
        "10:05:00 outcome away sat=3780",
        "10:20:00 natural seconds=1020",
    ]


def test_a_snooze_that_ends_in_a_short_absence_waits_for_the_return() -> None:
    """And settles."""
    assert run("10:01 snooze 2m\n10:02 lock\n10:03:30 unlock\n10:05 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 snooze for=120 until=10:03:00",
        "10:04:00 prompt exercise=standing-lunge sat=3840 snoozes_left=2",
    ]


def test_several_waits_and_the_latest_counts() -> None:
    """A settle after a return is not shortened by one after a call that ended before."""
    assert run("09:50 hold call\n09:59 lock\n10:00:10 free call\n10:00:20 unlock\n10:02 end") == [
        "10:00:50 prompt exercise=standing-lunge sat=3650 snoozes_left=3",
    ]


def test_a_withdrawn_prompt_that_returns_into_a_hold_says_so() -> None:
    """`held` at the return."""
    assert run("10:01 lock\n10:01:30 hold call\n10:02 unlock\n10:05 free call\n10:06 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 withdraw reason=away",
        "10:02:00 held exercise=standing-lunge reasons=call",
        "10:05:30 prompt exercise=standing-lunge sat=3930 snoozes_left=3",
    ]


def test_an_absence_of_the_night_is_a_break_without_hours() -> None:
    """Recorded with its length."""
    assert run("18:00 start\n18:30 leave\n+14h back\n+61m end") == [
        "2026-03-03T08:30:00 natural seconds=50400",
        "2026-03-03T09:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_nobody_there_at_the_start() -> None:
    """The sitting clock starts when they come; before, a long enough time is a break."""
    assert run("09:00 start away\n09:30 back\n10:31 end") == [
        "09:30:00 natural seconds=1800",
        "10:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("09:00 start away\n09:01 back\n10:02 end") == [
        "10:01:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_back_and_leave_twice_are_normal() -> None:
    """Nothing changes, the last input stays what it was."""
    assert run(
        "09:10 back\n09:30 leave\n09:33 leave\n09:35 lock\n09:36 lock\n09:40 unlock\n09:41 unlock\n10:41 end"
    ) == [
        "09:40:00 natural seconds=600",
        "10:40:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_wake_without_a_sleep_is_nothing() -> None:
    """Late or doubled events change nothing."""
    assert run("09:30 wake\n10:01 suspend\n10:01:30 wake\n10:01:40 wake\n10:01:50 back\n10:03 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 withdraw reason=away",
        "10:02:20 prompt exercise=standing-lunge sat=3740 snoozes_left=3",
    ]
