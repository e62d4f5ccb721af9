from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unsit.core.model import BOOT_TICKS_PER_S
from unsit.durations import MAX_DURATION_S, TICKS_PER_S, format_compact, parse_duration, parse_time_of_day, quote


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5400),
        ("5 min", 300),
        ("1 h 30 min", 5400),
        ("1h 30min 15 sec", 5415),
        ("2d", 172800),
        ("1.5h", 5400),
        (" 45 Minutes ", 2700),
        ("1 hour", 3600),
        ("0s", 0),
        ("10d", MAX_DURATION_S),
        (90, 90),
        (0, 0),
        (1.5, 1.5),
    ],
)
def test_durations_are_read_as_people_write_them(text: str | float, seconds: float) -> None:
    """Every spelling that the documentation names, and the near ones."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a duration is missing; write it like 45 min"),
        ("  ", "a duration is missing; write it like 45 min"),
        ("90", '"90" has no unit; write 90s or 90m'),
        ("-5m", '"-5m" is negative; write it like 45 min'),
        ("-5", '"-5" is negative; write it like 45 min'),
        (-1, "-1 is negative; write it like 45 min"),
        ("5m1h", '"5m1h": the larger unit comes first, each once; write it like 1h30m'),
        ("5m 5m", '"5m 5m": the larger unit comes first, each once; write it like 1h30m'),
        ("5 parsecs", '"5 parsecs": "parsecs" is no unit; there are s, m, h and d'),
        ("soon", '"soon" is no duration; write it like 45 min'),
        ("1h30", '"1h30" is no duration; write it like 45 min'),
        ("1e3s", '"1e3s": "e" is no unit; there are s, m, h and d'),
        ("nan", '"nan" is no duration; write it like 45 min'),
        ("٥m", '"٥m" is no duration; write it like 45 min'),
        ("11d", '"11d" is more than 10 days; write it like 45 min'),
        ("9" * 500 + "s", '"' + "9" * 38 + "… is more than 10 days; write it like 45 min"),
        (float("inf"), "inf is more than 10 days; write it like 45 min"),
        (float("nan"), "nan is no duration; write it like 45 min"),
        (True, "true is no duration; write it like 45 min"),
    ],
)
def test_a_wrong_duration_says_what_is_wrong(text: str | float, reason: str) -> None:
    """The error names the value and the way out."""
    with pytest.raises(ValueError) as caught:
        parse_duration(text)

    assert str(caught.value) == reason


@settings(deadline=None)  # the machine may have other things to do
@given(st.integers(0, int(MAX_DURATION_S) * TICKS_PER_S))
def test_what_is_written_is_read_back_exactly(ticks: int) -> None:
    """No duration is lost by rounding on its way through a file."""
    seconds = ticks / TICKS_PER_S

    assert parse_duration(format_compact(seconds)) == seconds


@settings(deadline=None)  # the machine may have other things to do
@given(st.one_of(st.text(), st.floats(), st.integers(), st.from_regex(r"[0-9. ]{0,6}[a-z]{0,4}[0-9 ]{0,4}[hms]?")))
def test_whatever_is_typed_is_a_duration_or_a_reason(value: str | float) -> None:
    """Nothing but ValueError comes out, and nothing outside the range goes in."""
    try:
        seconds = parse_duration(value)
    except ValueError as error:
        assert str(error)
    else:
        assert 0 <= seconds <= MAX_DURATION_S
        assert (seconds * TICKS_PER_S).is_integer()


def test_durations_and_instants_have_the_same_grain() -> None:
    """An instant plus a duration is exact only if both are multiples of the same tick."""
    assert TICKS_PER_S == BOOT_TICKS_PER_S


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (90, "1m30s"), (5400, "1h30m"), (86400, "1d"), (0.5, "0.5s"), (90061.25, "1d1h1m1.25s")],
)
def test_durations_are_written_short(seconds: float, text: str) -> None:
    """The largest units first, nothing that is zero."""
    assert format_compact(seconds) == text


def test_times_of_day_are_read() -> None:
    """Two digits or one for the hour; seconds only where they are asked for."""
    assert parse_time_of_day("09:00") == parse_time_of_day("9:00") == time(9)
    assert parse_time_of_day("23:59") == time(23, 59)
    assert parse_time_of_day("09:00:30", allow_seconds=True) == time(9, 0, 30)
    assert parse_time_of_day("09:00", allow_seconds=True) == time(9)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("24:00", '"24:00": midnight is 00:00'),
        ("25:00", '"25:00" does not exist; a day goes from 00:00 to 23:59'),
        ("12:60", '"12:60" does not exist; a day goes from 00:00 to 23:59'),
        ("9", '"9" is no time of day; write it like 09:00'),
        ("9am", '"9am" is no time of day; write it like 09:00'),
        ("09:00:30", '"09:00:30" is no time of day; write it like 09:00'),
        ("", '"" is no time of day; write it like 09:00'),
    ],
)
def test_a_wrong_time_of_day_says_what_is_wrong(text: str, reason: str) -> None:
    """Midnight at the end of a day is the usual one."""
    with pytest.raises(ValueError) as caught:
        parse_time_of_day(text)

    assert str(caught.value) == reason


def test_a_number_too_long_to_write_is_refused() -> None:
    """Python itself refuses to write it out; the error must not fail over that."""
    with pytest.raises(ValueError) as caught:
        parse_duration(10**5000)

    assert str(caught.value) == "a very long number is more than 10 days; write it like 45 min"


def test_a_repeated_value_cannot_break_the_line() -> None:
    """A control character in a file must not reach the terminal that shows the error."""
    assert quote("a\n\x1b[31mb") == '"a??[31mb"'
