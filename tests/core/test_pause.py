"""Pauses that the person asks for."""

from __future__ import annotations

from core.days import hours, run, settings


def test_a_pause_keeps_a_prompt_back_and_says_so_once() -> None:
    """It ends by itself; for five minutes after it nothing is offered."""
    assert run("09:50 pause 30m\n10:26 end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused",
        "10:25:00 prompt exercise=standing-lunge sat=5100 snoozes_left=3",
    ]


def test_a_pause_withdraws_an_offered_prompt() -> None:
    """The withdrawal says why: no `held` beside it. The sitting clock runs on."""
    assert run("10:01 pause 10m\n10:17 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 withdraw reason=pause",
        "10:16:00 prompt exercise=standing-lunge sat=4560 snoozes_left=3",
    ]


def test_resume_ends_it() -> None:
    """Twice is refused."""
    assert run("09:50 pause\n10:10 resume\n10:11 resume\n10:16 end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused",
        '10:11:00 refused command=resume reason="not paused"',
        "10:15:00 prompt exercise=standing-lunge sat=4500 snoozes_left=3",
    ]


def test_the_settle_after_a_pause_is_as_long_as_is_set() -> None:
    """Also when the pause is over before anything is due."""
    assert run("09:50 pause 5m\n10:01 end", settings(prompt_settle_after_pause="10m")) == []
    assert run("09:50 pause 9m\n10:10 end", settings(prompt_settle_after_pause="10m")) == [
        "10:09:00 prompt exercise=standing-lunge sat=4140 snoozes_left=3",
    ]


def test_a_pause_while_paused_replaces_it() -> None:
    """Also with a shorter one."""
    assert run("09:50 pause 2h\n10:00 pause 10m\n10:16 end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused",
        "10:15:00 prompt exercise=standing-lunge sat=4500 snoozes_left=3",
    ]
    assert run("09:50 pause 10m\n09:55 pause\n12:00 end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused",
    ]


def test_a_pause_until_a_time_of_day() -> None:
    """One that is past, or now, means tomorrow."""
    assert run("09:50 pause until 10:30\n10:36 end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused",
        "10:35:00 prompt exercise=standing-lunge sat=5700 snoozes_left=3",
    ]
    assert run("09:50 pause until 09:30\n+23h30m end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused",
    ]
    assert run("09:50 pause until 09:50\n+24h end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused",
    ]


def test_a_pause_until_tomorrow_without_hours_is_until_six() -> None:
    """Of the next day, also in the small hours."""
    assert run("17:30 start\n17:50 pause tomorrow\n+12h30m end", without="remind") == [
        "18:30:00 held exercise=standing-lunge reasons=paused",
        "2026-03-03T06:05:00 prompt exercise=standing-lunge sat=45300 snoozes_left=3",
    ]
    assert run("02:00 start\n02:10 pause tomorrow\n+28h end", without="remind") == [
        "03:00:00 held exercise=standing-lunge reasons=paused",
        "2026-03-03T06:05:00 prompt exercise=standing-lunge sat=101100 snoozes_left=3",
    ]


def test_a_pause_until_tomorrow_is_until_the_next_opening() -> None:
    """On a Friday that is Monday, and a day off is none."""
    script = "2026-03-06T15:00 start\n15:10 pause tomorrow\n2026-03-09T12:00 end"
    assert run(script, hours("09:00-17:00"), without="remind") == [
        "2026-03-06T16:00:00 held exercise=standing-lunge reasons=paused",
        "2026-03-06T17:00:00 outcome expired sat=7200",
        "2026-03-09T10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "2026-03-09T11:00:00 outcome missed sat=7200",
        "2026-03-09T11:00:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3",
        "2026-03-09T12:00:00 outcome missed sat=10800",
        "2026-03-09T12:00:00 prompt exercise=standing-lunge sat=10800 snoozes_left=3",
    ]
    assert run(
        "2026-03-06T15:00 start\n15:10 pause tomorrow\n2026-03-10T10:30 end",
        hours("09:00-17:00", off=["2026-03-09"]),
        without="remind",
    ) == [
        "2026-03-06T16:00:00 held exercise=standing-lunge reasons=paused",
        "2026-03-06T17:00:00 outcome expired sat=7200",
        "2026-03-10T10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_night_shift_is_until_this_evening() -> None:
    """At one in the night the working day is still yesterday's: tomorrow is this evening."""
    script = "2026-03-03T01:00 start\n01:10 pause tomorrow\n2026-03-04T00:30 end"
    assert run(script, hours("22:00-06:00"), without="remind") == [
        "2026-03-03T02:00:00 held exercise=standing-lunge reasons=paused",
        "2026-03-03T06:00:00 outcome expired sat=18000",
        "2026-03-03T23:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "2026-03-04T00:00:00 outcome missed sat=7200",
        "2026-03-04T00:00:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3",
    ]


def test_a_second_opening_of_today_is_not_tomorrow() -> None:
    """The lunch gap ends before it."""
    assert run(
        "11:00 start\n11:10 pause tomorrow\n2026-03-03T10:30 end", hours("09:00-12:00", "13:00-17:00"), without="remind"
    ) == [
        "14:00:00 held exercise=standing-lunge reasons=paused",
        "17:00:00 outcome expired sat=14400",
        "2026-03-03T10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_pause_ends_while_they_are_gone() -> None:
    """Its settle counts from its end."""
    assert run("09:50 pause 30m\n10:10 lock\n10:11 unlock\n10:25 end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused",
        "10:25:00 prompt exercise=standing-lunge sat=5100 snoozes_left=3",
    ]
    assert run("09:58 pause 3m\n10:00:30 lock\n10:02 unlock\n10:07 end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused",
        "10:06:00 prompt exercise=standing-lunge sat=3960 snoozes_left=3",
    ]


def test_a_pause_and_a_hold() -> None:
    """Reasons sorted; the later wait counts."""
    assert run("09:50 hold call\n09:55 pause 30m\n10:10 free call\n10:31 end") == [
        "10:00:00 held exercise=standing-lunge reasons=call,paused",
        "10:30:00 prompt exercise=standing-lunge sat=5400 snoozes_left=3",
    ]
    assert run("09:50 hold call\n09:55 pause 10m\n10:04 resume\n10:30 free call\n10:31 end") == [
        "10:00:00 held exercise=standing-lunge reasons=call,paused",
        "10:30:30 prompt exercise=standing-lunge sat=5430 snoozes_left=3",
    ]


def test_a_pause_in_a_session_begins_to_matter_at_its_end() -> None:
    """The session goes on; the prompt an hour after it is held."""
    assert run("09:30 begin\n09:31 pause\n10:34 resume\n10:40 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:33:18 outcome completed left=30 right=30 walk=120",
        "10:33:18 held exercise=standing-lunge reasons=paused",
        "10:39:00 prompt exercise=standing-lunge sat=3942 snoozes_left=3",
    ]


def test_a_pause_survives_a_restart() -> None:
    """A kill, a clean stop, a reboot: the end stays where it was."""
    for restart in ("kill 1m", "quit 1m", "reboot 1m"):
        assert run(f"09:50 pause 30m\n09:55 {restart}\n10:26 end") == [
            "10:00:00 held exercise=standing-lunge reasons=paused",
            "10:25:00 prompt exercise=standing-lunge sat=5100 snoozes_left=3",
        ]


def test_a_pause_that_ended_while_the_machine_was_off() -> None:
    """Its settle too may be over."""
    assert run("09:50 pause 8m\n09:57 kill 10m\n10:20 end") == [
        "10:07:00 prompt exercise=standing-lunge sat=4020 snoozes_left=3",
        "10:12:00 remind",
        "10:17:00 remind",
    ]


def test_a_duration_is_not_moved_by_the_clock_but_a_time_of_day_is() -> None:
    """`pause 30m` lasts thirty minutes, `pause until 10:30` until the clock shows it."""
    assert run("09:50 pause 30m\n09:55 clock +1h\n10:26 end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused wall=11:00:00",
        "10:25:00 prompt exercise=standing-lunge sat=5100 snoozes_left=3 wall=11:25:00",
    ]
    assert run("09:50 pause until 10:30\n09:55 clock +20m\n10:16 end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused wall=10:20:00",
        "10:15:00 prompt exercise=standing-lunge sat=4500 snoozes_left=3 wall=10:35:00",
    ]
    assert run("09:50 pause until 10:30\n09:55 clock -20m\n10:56 end") == [
        "10:00:00 held exercise=standing-lunge reasons=paused wall=09:40:00",
        "10:55:00 prompt exercise=standing-lunge sat=6900 snoozes_left=3 wall=10:35:00",
    ]
