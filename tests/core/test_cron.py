"""The times of a crontab line."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from unsit.core.cron import next_time, parse_cron
from unsit.core.hours import local_datetime


def times(text: str, after: str, count: int = 3, zone: str = "UTC") -> list[str]:
    wall = datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(zone)).timestamp()
    found: list[str] = []
    for _ in range(count):
        following = next_time(text, wall, zone)
        if following is None:
            break
        wall = following
        found.append(f"{local_datetime(wall, zone):%a %Y-%m-%dT%H:%M%z}")
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 15 * * mon-fri", ["Mon 2026-03-02T15:00+0000", "Tue 2026-03-03T15:00+0000", "Wed 2026-03-04T15:00+0000"]),
        ("*/20 9 * * *", ["Tue 2026-03-03T09:00+0000", "Tue 2026-03-03T09:20+0000", "Tue 2026-03-03T09:40+0000"]),
        ("*/1 23 2 3 *", ["Mon 2026-03-02T23:00+0000", "Mon 2026-03-02T23:01+0000", "Mon 2026-03-02T23:02+0000"]),
        ("5/25 9 * * *", ["Tue 2026-03-03T09:05+0000", "Tue 2026-03-03T09:30+0000", "Tue 2026-03-03T09:55+0000"]),
        ("0 0 1,15 * *", ["Sun 2026-03-15T00:00+0000", "Wed 2026-04-01T00:00+0000", "Wed 2026-04-15T00:00+0000"]),
        ("0 0 13 * fri", ["Fri 2026-03-06T00:00+0000", "Fri 2026-03-13T00:00+0000", "Fri 2026-03-20T00:00+0000"]),
        ("0 0 * * 0", ["Sun 2026-03-08T00:00+0000", "Sun 2026-03-15T00:00+0000", "Sun 2026-03-22T00:00+0000"]),
        ("0 0 * * 7", ["Sun 2026-03-08T00:00+0000", "Sun 2026-03-15T00:00+0000", "Sun 2026-03-22T00:00+0000"]),
        ("0 0 * * sun", ["Sun 2026-03-08T00:00+0000", "Sun 2026-03-15T00:00+0000", "Sun 2026-03-22T00:00+0000"]),
        ("0 0 * * 5-7", ["Fri 2026-03-06T00:00+0000", "Sat 2026-03-07T00:00+0000", "Sun 2026-03-08T00:00+0000"]),
        ("0 0 29 feb *", ["Tue 2028-02-29T00:00+0000", "Sun 2032-02-29T00:00+0000", "Fri 2036-02-29T00:00+0000"]),
        ("0 12 31 * *", ["Tue 2026-03-31T12:00+0000", "Sun 2026-05-31T12:00+0000", "Fri 2026-07-31T12:00+0000"]),
        (
            "0 12 * jan-mar/2 MON",
            ["Mon 2026-03-02T12:00+0000", "Mon 2026-03-09T12:00+0000", "Mon 2026-03-16T12:00+0000"],
        ),
        ("0 12 */10 * mon", ["Mon 2026-05-11T12:00+0000", "Mon 2026-06-01T12:00+0000", "Mon 2026-08-31T12:00+0000"]),
        ("59 23 31 12 *", ["Thu 2026-12-31T23:59+0000", "Fri 2027-12-31T23:59+0000", "Sun 2028-12-31T23:59+0000"]),
    ],
)
def test_the_fields_are_those_of_crontab(text: str, expected: list[str]) -> None:
    """0 and 7 are Sunday; both days restricted means either; a field that begins with a star restricts nothing of that."""
    assert times(text, "2026-03-02T10:00") == expected


def test_a_date_that_never_comes() -> None:
    """30 February; 29 February comes, around 2100 too."""
    assert times("0 0 30 2 *", "2026-03-02T10:00") == []
    assert times("0 0 29 2 *", "2096-03-02T10:00", 1) == [
        "Fri 2104-02-29T00:00+0000",
    ]


def test_the_day_is_that_of_the_place() -> None:
    """Half a world away from Greenwich it is tomorrow already, or still yesterday."""
    assert times("0 15 * * *", "2026-03-02T18:00", 1, "Pacific/Kiritimati") == ["Tue 2026-03-03T15:00+1400"]
    assert times("0 15 2 * *", "2026-03-02T10:00", 1, "Pacific/Kiritimati") == ["Mon 2026-03-02T15:00+1400"]
    assert times("0 23 1 * *", "2026-03-01T22:00", 1, "Pacific/Pago_Pago") == ["Sun 2026-03-01T23:00-1100"]


def test_strictly_after() -> None:
    """The instant itself is past."""
    assert times("0 10 * * *", "2026-03-02T10:00", 1) == [
        "Tue 2026-03-03T10:00+0000",
    ]
    assert times("0 10 * * *", "2026-03-02T09:59:59", 1) == [
        "Mon 2026-03-02T10:00+0000",
    ]


def test_when_the_clocks_change() -> None:
    """A time that happens twice counts once, one that does not exist comes when the gap ends, and two in it as one."""
    assert times("30 2 * * *", "2026-10-24T12:00", 2, "Europe/Berlin") == [
        "Sun 2026-10-25T02:30+0200",
        "Mon 2026-10-26T02:30+0100",
    ]
    assert times("30 2 * * *", "2026-03-28T12:00", 2, "Europe/Berlin") == [
        "Sun 2026-03-29T03:00+0200",
        "Mon 2026-03-30T02:30+0200",
    ]
    assert times("15,45 2 * * *", "2026-03-28T12:00", 3, "Europe/Berlin") == [
        "Sun 2026-03-29T03:00+0200",
        "Mon 2026-03-30T02:15+0200",
        "Mon 2026-03-30T02:45+0200",
    ]
    assert times("45 1 * * *", "2026-04-04T12:00", 2, "Australia/Lord_Howe") == [
        "Sun 2026-04-05T01:45+1100",
        "Mon 2026-04-06T01:45+1030",
    ]
    assert times("15 2 * * *", "2026-10-03T12:00", 2, "Australia/Lord_Howe") == [
        "Sun 2026-10-04T02:30+1100",
        "Mon 2026-10-05T02:15+1100",
    ]
    assert times("*/30 * * * *", "2026-10-25T01:40", 5, "Europe/Berlin") == [
        "Sun 2026-10-25T02:00+0200",
        "Sun 2026-10-25T02:30+0200",
        "Sun 2026-10-25T03:00+0100",
        "Sun 2026-10-25T03:30+0100",
        "Sun 2026-10-25T04:00+0100",
    ]


@pytest.mark.parametrize(("text", "problem"), [
    ("0 15 * *", "4 fields instead of 5"),
    ("", "0 fields instead of 5"),
    ("0 15 * * * *", "6 fields instead of 5"),
    ("60 15 * * *", "minute: 60 is not from 0 to 59"),
    ("0 24 * * *", "hour: 24 is not from 0 to 23"),
    ("0 0 0 * *", "day of the month: 0 is not from 1 to 31"),
    ("0 0 32 * *", "day of the month: 32 is not from 1 to 31"),
    ("0 0 * 13 *", "month: 13 is not from 1 to 12"),
    ("0 0 * 0 *", "month: 0 is not from 1 to 12"),
    ("0 0 * * 8", "day of the week: 8 is not from 0 to 7"),
    ("0 0 * * mo", "day of the week: 'mo' is not a number or one of sun, mon"),
    ("x 0 * * *", "minute: 'x' is not a number"),
    ("0 17-9 * * *", "hour: '17-9' ends before it begins"),
    ("*/0 0 * * *", "minute: the step '0' is not a number above 0"),
    ("*/ 0 * * *", "minute: the step '' is not a number above 0"),
    ("1,,2 0 * * *", "minute: '' is not a number"),
    ("² 0 * * *", "minute: '²' is not a number"),
])  # fmt: skip
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    """With its field."""
    with pytest.raises(ValueError) as caught:  # the whole message is compared below
        parse_cron(text)
    assert str(caught.value).startswith(problem)
