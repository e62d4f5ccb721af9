"""Working hours: when prompts come at all. Monday, 2 March 2026, unless a test says otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.days import WORKING_DAYS, exercises, hours, run
from unsit.core import hours as working
from unsit.core.engine import step
from unsit.core.model import HoursEntry, Now, Outcome, Prompted, Settings, SettingsChanged, Started, Tick

NINE_TO_FIVE = hours("09:00-17:00")
EVERY_DAY = (*WORKING_DAYS, "sat", "sun")


def spans(settings: Settings, zone: str, day: str, count: int) -> list[str]:
    """The next openings and closings from a local midnight on, as the local clock shows them."""
    wall = working.local_instant(date.fromisoformat(day), "00:00", zone)
    found: list[str] = []
    while len(found) < count:
        span = working.span_at(settings, zone, wall)
        if span.is_open:
            moments = (
                working.local_datetime(at, zone).isoformat(timespec="minutes")
                for at in (span.from_wall, span.until_wall)
            )
            found.append(" ".join((*moments, f"{(span.until_wall - span.from_wall) / 3600:g}h")))
        wall = span.until_wall
    return found


def test_without_hours_every_hour_is_one() -> None:
    """Also at night."""
    assert run("23:30 start\n+61m end") == [
        "2026-03-03T00:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_the_clock_starts_at_the_opening() -> None:
    """If the person is present; before it stands at zero."""
    assert run("07:00 start\n08:59 done\n10:01 end", NINE_TO_FIVE) == [
        "08:59:00 outcome done sat=0",
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_otherwise_it_starts_when_they_arrive() -> None:
    """An absence that began outside the hours is no natural break."""
    assert run("07:00 start\n07:10 leave\n09:20 back\n10:21 end", NINE_TO_FIVE) == [
        "10:20:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("07:00 start away\n09:20 back\n10:21 end", NINE_TO_FIVE) == [
        "10:20:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("08:50 start\n08:59 lock\n09:00:30 unlock\n10:02 end", NINE_TO_FIVE) == [
        "10:00:30 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_an_unconfirmed_absence_at_the_opening_is_none() -> None:
    """Confirmed after it, it counts from before the opening: no break either."""
    assert run("08:50 start\n08:58 leave\n09:20 back\n10:21 end", NINE_TO_FIVE) == [
        "10:20:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("08:50 start\n08:58 leave\n09:02 back\n10:01 end", NINE_TO_FIVE) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_at_closing_the_open_prompt_expires() -> None:
    """Whatever its state; and there is none until the next day."""
    assert run("15:30 start\n+18h30m end", NINE_TO_FIVE, without="remind") == [
        "16:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "17:00:00 outcome expired sat=5400",
        "2026-03-03T10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("15:30 start\n15:40 hold call\n+17h end", NINE_TO_FIVE, without="remind") == [
        "16:30:00 held exercise=standing-lunge reasons=call",
        "17:00:00 outcome expired sat=5400",
    ]
    assert run("15:55 start\n16:55 snooze\n+17h end", NINE_TO_FIVE, without="remind") == [
        "16:55:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "16:55:00 snooze for=600 until=17:05:00",
        "17:00:00 outcome expired sat=3900",
    ]


def test_what_is_due_at_the_closing_is_not() -> None:
    """Closing comes first."""
    assert run("16:00 start\n18:00 end", NINE_TO_FIVE) == []


def test_an_absence_that_outlasts_the_closing_is_the_end_of_the_day() -> None:
    """No natural break in the morning; one that ends before it is one."""
    assert run("16:00 start\n16:30 leave\n+17h back\n+61m end", NINE_TO_FIVE) == [
        "2026-03-03T10:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("16:00 start\n16:30 leave\n16:50 back\n17:30 end", NINE_TO_FIVE) == [
        "16:50:00 natural seconds=1200",
    ]


def test_a_prompt_at_closing_while_they_are_away() -> None:
    """Away was decided before; it does not expire as well."""
    assert run("15:30 start\n16:40 lock\n17:30 unlock\n17:40 end", NINE_TO_FIVE, without="remind") == [
        "16:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "16:40:00 withdraw reason=away",
        "16:42:00 outcome away sat=4200",
    ]


def test_a_lunch_gap() -> None:
    """Two entries on one day; the clock starts anew after the gap."""
    assert run("08:30 start\n15:00 end", hours("09:00-12:00", "13:00-17:00"), without="remind") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "11:00:00 outcome missed sat=7200",
        "11:00:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3",
        "12:00:00 outcome expired sat=10800",
        "14:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "15:00:00 outcome missed sat=7200",
        "15:00:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3",
    ]


def test_entries_that_overlap_or_touch_are_one() -> None:
    """No closing where one begins as the other ends."""
    expected = ["2026-03-02T09:00+00:00 2026-03-02T17:00+00:00 8h"]
    assert spans(hours("09:00-12:00", "12:00-17:00"), "UTC", "2026-03-02", 1) == expected
    assert spans(hours("11:00-17:00", "09:00-14:00"), "UTC", "2026-03-02", 1) == expected
    assert spans(hours("09:00-17:00", "10:00-11:00"), "UTC", "2026-03-02", 1) == expected


def test_an_entry_over_midnight_belongs_to_the_day_it_began_on() -> None:
    """Friday's goes on into Saturday, Sunday's does not exist."""
    assert spans(hours("22:00-06:00", days=("fri",)), "UTC", "2026-03-02", 2) == [
        "2026-03-06T22:00+00:00 2026-03-07T06:00+00:00 8h",
        "2026-03-13T22:00+00:00 2026-03-14T06:00+00:00 8h",
    ]
    assert run("23:30 start\n+8h end", hours("22:00-06:00"), without="remind") == [
        "2026-03-03T00:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "2026-03-03T01:30:00 outcome missed sat=7200",
        "2026-03-03T01:30:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3",
        "2026-03-03T02:30:00 outcome missed sat=10800",
        "2026-03-03T02:30:00 prompt exercise=standing-lunge sat=10800 snoozes_left=3",
        "2026-03-03T03:30:00 outcome missed sat=14400",
        "2026-03-03T03:30:00 prompt exercise=standing-lunge sat=14400 snoozes_left=3",
        "2026-03-03T04:30:00 outcome missed sat=18000",
        "2026-03-03T04:30:00 prompt exercise=standing-lunge sat=18000 snoozes_left=3",
        "2026-03-03T05:30:00 outcome missed sat=21600",
        "2026-03-03T05:30:00 prompt exercise=standing-lunge sat=21600 snoozes_left=3",
        "2026-03-03T06:00:00 outcome expired sat=23400",
    ]


def test_from_equals_to_is_the_whole_day() -> None:
    """Twenty-four hours; every day of them is one open span, as far as is looked."""
    assert spans(hours("09:00-09:00", days=("tue",)), "UTC", "2026-03-02", 2) == [
        "2026-03-03T09:00+00:00 2026-03-04T09:00+00:00 24h",
        "2026-03-10T09:00+00:00 2026-03-11T09:00+00:00 24h",
    ]
    span = working.span_at(hours("00:00-00:00", days=EVERY_DAY), "UTC", 1772409600.0)
    assert span.is_open and span.until_wall - 1772409600.0 > 7 * 86400


def test_around_the_clock_on_all_days_never_closes() -> None:
    """Three weeks with a prompt that is answered: no closing, no opening, no clock that starts anew."""
    assert run(
        "23:00 start\n+7d pause\n+7d resume\n+10m done\n+61m end",
        hours("00:00-00:00", days=EVERY_DAY),
        without="remind",
    )[-3:] == [
        "2026-03-16T23:05:00 prompt exercise=standing-lunge sat=1209900 snoozes_left=3",
        "2026-03-16T23:10:00 outcome done sat=1210200",
        "2026-03-17T00:10:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_days_off_and_ranges_with_both_ends() -> None:
    """The working days around them stay."""
    settings = hours("09:00-17:00", off=["2026-03-03", "2026-03-05..2026-03-09"])
    assert spans(settings, "UTC", "2026-03-01", 4) == [
        "2026-03-02T09:00+00:00 2026-03-02T17:00+00:00 8h",
        "2026-03-04T09:00+00:00 2026-03-04T17:00+00:00 8h",
        "2026-03-10T09:00+00:00 2026-03-10T17:00+00:00 8h",
        "2026-03-11T09:00+00:00 2026-03-11T17:00+00:00 8h",
    ]


def test_a_night_that_began_before_a_day_off_goes_on_into_it() -> None:
    """It belongs to the day it began on; the day off has no night of its own."""
    assert spans(hours("22:00-06:00", off=["2026-03-03"]), "UTC", "2026-03-02", 2) == [
        "2026-03-02T22:00+00:00 2026-03-03T06:00+00:00 8h",
        "2026-03-04T22:00+00:00 2026-03-05T06:00+00:00 8h",
    ]


def test_a_night_when_summer_time_begins() -> None:
    """From its wall-clock start to its wall-clock end: seven hours instead of eight."""
    assert spans(hours("22:00-06:00", days=("sat",)), "Europe/Berlin", "2026-03-28", 1) == [
        "2026-03-28T22:00+01:00 2026-03-29T06:00+02:00 7h",
    ]
    assert spans(hours("22:00-06:00", days=("sat",)), "Australia/Lord_Howe", "2026-10-03", 1) == [
        "2026-10-03T22:00+10:30 2026-10-04T06:00+11:00 7.5h",
    ]


def test_a_night_when_summer_time_ends() -> None:
    """An hour more, on Lord Howe half an hour."""
    assert spans(hours("22:00-06:00", days=("sat",)), "Europe/Berlin", "2026-10-24", 1) == [
        "2026-10-24T22:00+02:00 2026-10-25T06:00+01:00 9h",
    ]
    assert spans(hours("22:00-06:00", days=("sat",)), "Australia/Lord_Howe", "2026-04-04", 1) == [
        "2026-04-04T22:00+11:00 2026-04-05T06:00+10:30 8.5h",
    ]


def test_a_time_that_does_not_exist_is_when_the_gap_ends() -> None:
    """02:30 is 03:00 in Berlin, 02:15 is 02:30 on Lord Howe."""
    assert spans(hours("02:30-06:00", days=("sun",)), "Europe/Berlin", "2026-03-29", 1) == [
        "2026-03-29T03:00+02:00 2026-03-29T06:00+02:00 3h",
    ]
    assert spans(hours("02:15-06:00", days=("sun",)), "Australia/Lord_Howe", "2026-10-04", 1) == [
        "2026-10-04T02:30+11:00 2026-10-04T06:00+11:00 3.5h",
    ]
    assert spans(hours("01:00-02:30", days=("sun",)), "Europe/Berlin", "2026-03-29", 1) == [
        "2026-03-29T01:00+01:00 2026-03-29T03:00+02:00 1h",
    ]


def test_an_entry_wholly_in_the_gap_is_none() -> None:
    """From the end of the gap to the end of the gap; the next is a week later."""
    assert spans(hours("02:10-02:50", days=("sun",)), "Europe/Berlin", "2026-03-29", 1) == [
        "2026-04-05T02:10+02:00 2026-04-05T02:50+02:00 0.666667h",
    ]


def test_a_time_that_happens_twice_is_the_first() -> None:
    """Start and end."""
    assert spans(hours("02:30-06:00", days=("sun",)), "Europe/Berlin", "2026-10-25", 1) == [
        "2026-10-25T02:30+02:00 2026-10-25T06:00+01:00 4.5h",
    ]
    assert spans(hours("01:00-02:30", days=("sun",)), "Europe/Berlin", "2026-10-25", 1) == [
        "2026-10-25T01:00+02:00 2026-10-25T02:30+02:00 1.5h",
    ]
    assert spans(hours("01:45-06:00", days=("sun",)), "Australia/Lord_Howe", "2026-04-05", 1) == [
        "2026-04-05T01:45+11:00 2026-04-05T06:00+10:30 4.75h",
    ]


def test_a_day_of_work_when_the_clocks_change() -> None:
    """The sitting clock counts hours that pass, whatever the clock on the wall shows."""
    settings = hours("00:00-06:00", days=("sun",))
    assert run("2026-03-28T23:00 start\n2026-03-29T04:30 end", settings, "Europe/Berlin", without="remind") == [
        "2026-03-29T01:00:00+01:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "2026-03-29T03:00:00+02:00 outcome missed sat=7200",
        "2026-03-29T03:00:00+02:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3",
        "2026-03-29T04:00:00+02:00 outcome missed sat=10800",
        "2026-03-29T04:00:00+02:00 prompt exercise=standing-lunge sat=10800 snoozes_left=3",
    ]
    assert run("2026-10-24T23:00 start\n2026-10-25T03:30 end", settings, "Europe/Berlin", without="remind") == [
        "2026-10-25T01:00:00+02:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "2026-10-25T02:00:00+02:00 outcome missed sat=7200",
        "2026-10-25T02:00:00+02:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3",
        "2026-10-25T02:00:00+01:00 outcome missed sat=10800",
        "2026-10-25T02:00:00+01:00 prompt exercise=standing-lunge sat=10800 snoozes_left=3",
        "2026-10-25T03:00:00+01:00 outcome missed sat=14400",
        "2026-10-25T03:00:00+01:00 prompt exercise=standing-lunge sat=14400 snoozes_left=3",
    ]


def test_what_is_allowed_outside_the_hours() -> None:
    """begin, done, pause, stand and sit; the clock stays at zero, and nothing follows."""
    commands = ["done", "stand", "sit", "pause", "resume", "skip", "snooze"]
    script = "06:00 start\n" + "\n".join(f"+1m {command}" for command in commands) + "\n+1m begin\n08:50 end"
    assert run(script, NINE_TO_FIVE, without="cue") == [
        "06:01:00 outcome done sat=0",
        '06:06:00 refused command=skip reason="no prompt is open"',
        '06:07:00 refused command=snooze reason="no prompt is offered"',
        "06:08:00 session exercise=standing-lunge seconds=198",
        "06:11:18 outcome completed left=30 right=30 walk=120",
    ]


def test_a_session_runs_past_closing() -> None:
    """It is completed after it; the clock stays at zero."""
    assert run("15:59 start\n16:59:30 begin\n+18h end", NINE_TO_FIVE, without="cue") == [
        "16:59:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "16:59:30 session exercise=standing-lunge seconds=198",
        "17:02:48 outcome completed left=30 right=30 walk=120",
        "2026-03-03T10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "2026-03-03T10:05:00 remind",
        "2026-03-03T10:10:00 remind",
    ]


def test_a_void_session_past_closing_lets_its_prompt_expire() -> None:
    """There is no prompt outside the hours."""
    assert run(
        "15:58 start\n16:58 snooze 1m\n16:59:50 begin\n17:00:05 stop\n17:10 end", NINE_TO_FIVE, without="cue"
    ) == [
        "16:58:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "16:58:00 snooze for=60 until=16:59:00",
        "16:59:00 prompt exercise=standing-lunge sat=3660 snoozes_left=2",
        "16:59:50 session exercise=standing-lunge seconds=198",
        "17:00:05 outcome expired sat=0",
    ]


def test_the_label_ends_at_closing() -> None:
    """In the morning the person sits."""
    script = "16:00 start\n16:30 stand\n2026-03-03T09:10 sit\n09:20 end"
    assert run(script, NINE_TO_FIVE) == [
        '2026-03-03T09:10:00 refused command=sit reason="already sitting"',
    ]


def test_hours_that_change_are_worked_out_anew() -> None:
    """Closed now: the prompt expires. Open now: the clock starts. Changed, but open before and after: it runs on."""
    evening = hours("18:00-22:00")
    long_day = hours("08:00-20:00")

    def change(settings: Settings, after_s: float) -> SettingsChanged:
        return SettingsChanged(at(after_s), settings, exercises(), "UTC")

    state, _ = step(None, Started(at(0), NINE_TO_FIVE, exercises(), "UTC"))
    state, said = step(state, Tick(at(3600)))
    assert [type(decision) for decision in said] == [Prompted]
    offered = state.prompt

    state, said = step(state, change(long_day, 3700))
    assert not said
    assert state.prompt == offered
    state, said = step(state, change(evening, 3800))
    assert [decision.word for decision in said if isinstance(decision, Outcome)] == ["expired"]
    assert (state.sitting_since_s, state.is_open) == (None, False)
    state, said = step(state, change(Settings(), 3900))
    assert not said
    assert (state.sitting_since_s, state.is_open) == (3900.0, True)


def at(seconds: float) -> Now:
    """After nine on Monday."""
    return Now(seconds, "boot", datetime.fromtimestamp(1772442000 + seconds, UTC))


def test_a_reboot_over_night_is_the_end_of_the_day() -> None:
    """The power failed before the closing: no natural break in the morning."""
    assert run("16:00 start\n16:30 reboot 17h\n2026-03-03T10:31 end", NINE_TO_FIVE) == [
        "2026-03-03T10:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("16:00 start\n16:30 quit 20m\n18:00 end", NINE_TO_FIVE) == [
        "16:50:00 natural seconds=1200",
    ]


@pytest.mark.parametrize(
    "wall", ["2026-03-01T12:00", "2026-03-02T08:59:59", "2026-03-02T09:00", "2026-03-02T17:00", "2027-01-01T00:00"]
)
def test_a_span_contains_the_instant_it_was_asked_for(wall: str) -> None:
    """Half-open: the opening belongs to it, the closing does not."""
    at = datetime.fromisoformat(wall + "+00:00").timestamp()
    span = working.span_at(NINE_TO_FIVE, "UTC", at)

    assert span.from_wall <= at < span.until_wall
    assert not (span.is_open and working.span_at(NINE_TO_FIVE, "UTC", span.until_wall).is_open)


def test_hours_on_no_day_are_never() -> None:
    """Closed, looked at again after some days."""
    span = working.span_at(Settings(hours=(HoursEntry((), "09:00", "17:00"),)), "UTC", 1772409600.0)
    assert not span.is_open


@pytest.mark.parametrize(
    ("settings", "now", "expected"),
    [
        (Settings(), "2026-03-02T23:59", "2026-03-03T06:00"),
        (Settings(), "2026-03-02T00:01", "2026-03-03T06:00"),
        (NINE_TO_FIVE, "2026-03-02T08:00", "2026-03-03T09:00"),
        (NINE_TO_FIVE, "2026-03-06T12:00", "2026-03-09T09:00"),
        (hours("13:00-17:00", "09:00-12:00"), "2026-03-02T10:00", "2026-03-03T09:00"),
        (hours("09:00-17:00", off=["2026-03-03..2026-04-05"]), "2026-03-02T10:00", "2026-04-06T09:00"),
        (hours("22:00-06:00"), "2026-03-03T01:00", "2026-03-03T22:00"),
        (hours("22:00-06:00"), "2026-03-02T23:00", "2026-03-03T22:00"),
        (hours("22:00-06:00"), "2026-03-03T07:00", "2026-03-04T22:00"),
        (hours("22:00-06:00", "00:30-05:00"), "2026-03-03T01:00", "2026-03-04T00:30"),
        (hours("09:00-17:00", days=()), "2026-03-02T10:00", "2026-03-03T06:00"),
    ],
)
def test_when_tomorrow_begins(settings: Settings, now: str, expected: str) -> None:
    """With the opening of the next working day; where there is none, at dawn."""
    wall = datetime.fromisoformat(now + "+00:00").timestamp()

    assert (
        working.local_datetime(working.tomorrow(settings, "UTC", wall), "UTC").isoformat("T", "minutes")[:16]
        == expected
    )
