"""The next instant of a crontab line, as a pure function.

The fields are those of crontab(5): minute, hour, day of the month, month, day of the week; 0 and 7 are Sunday; where both
days are restricted, either one will do. A local time that happens twice counts once, one that does not exist comes when the
gap ends.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from msgspec import Struct

from unsit.core.hours import local_date, local_instant

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Final[tuple[tuple[str, int, int, tuple[str, ...]], ...]] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_SEARCH_DAYS: Final = 8 * 366 + 1
"""29 February comes within eight years, even around a year like 2100."""


class Cron(Struct, frozen=True):
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    """Both kinds of day are restricted: one of them is enough."""

    def is_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (in_month or in_week) if self.either_day else (in_month and in_week)


def _number(text: str, name: str, first: int, last: int, names: tuple[str, ...]) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + first
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{name}: {text!r} is not a number" + (f" or one of {', '.join(names)}" if names else ""))
    value = int(text)
    if not first <= value <= last:
        raise ValueError(f"{name}: {value} is not from {first} to {last}")
    return value


def _field(text: str, name: str, first: int, last: int, names: tuple[str, ...]) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        body, slash, step_text = part.partition("/")
        if slash and not (step_text.isascii() and step_text.isdigit() and int(step_text) > 0):
            raise ValueError(f"{name}: the step {step_text!r} is not a number above 0")
        step = int(step_text) if slash else 1
        if body == "*":
            low, high = first, last
        else:
            low_text, dash, high_text = body.partition("-")
            low = _number(low_text, name, first, last, names)
            high = _number(high_text, name, first, last, names) if dash else (last if slash else low)
        if high < low:
            raise ValueError(f"{name}: {body!r} ends before it begins")
        values.update(range(low, high + 1, step))
    return frozenset(values)


@lru_cache(maxsize=64)
def parse_cron(text: str) -> Cron:
    """Raises: ValueError: which field is wrong, and how."""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"{len(fields)} fields instead of 5 (minute hour day month weekday)")
    minutes, hours, days, months, weekdays = (_field(field, *spec) for field, spec in zip(fields, _FIELDS, strict=True))
    return Cron(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        either_day=not fields[2].startswith("*") and not fields[4].startswith("*"),
    )


def next_time(text: str, after_wall: float, zone: str) -> float | None:
    """The first instant after `after_wall`; None where there is none (30 February)."""
    cron = parse_cron(text)
    day = local_date(after_wall, zone)
    for _ in range(_SEARCH_DAYS):
        if cron.is_on(day):
            instants = (
                local_instant(day, f"{hour:02}:{minute:02}", zone) for hour in cron.hours for minute in cron.minutes
            )
            later = [instant for instant in instants if instant > after_wall]
            if later:
                return min(later)
        day += timedelta(days=1)
    return None
