"""Working hours, times of day and days off, as instants (POSIX seconds).

Local times are turned into instants here and nowhere else: one that does not exist is when the gap of summer time ends, one
that happens twice is the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from unsit.core.model import HoursEntry, Settings, Weekday

WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_BACK_DAYS: Final = 9
_LOOK_AHEAD_DAYS: Final = 9
_LONGEST_HOLIDAY_DAYS: Final = 400
FOREVER_WALL: Final = 1e11
DAWN: Final = "06:00"
"""Where there are no hours, tomorrow begins here."""


class Span(Struct, frozen=True):
    """From `from_wall` up to `until_wall` the hours are open, or closed, without a break.

    `until_wall` may only be as far as was looked: a new span from there on says whether it really ends.
    """

    is_open: bool
    from_wall: float
    until_wall: float


@lru_cache(maxsize=8)
def zone_info(zone: str) -> ZoneInfo:
    return ZoneInfo(zone)


@lru_cache(maxsize=512)
def local_instant(day: date, time_of_day: str, zone: str) -> float:
    """The instant of a local time, `HH:MM` or `HH:MM:SS`."""
    tz = zone_info(zone)
    naive = datetime.combine(day, time.fromisoformat(time_of_day))
    first = naive.replace(tzinfo=tz, fold=0).timestamp()
    if datetime.fromtimestamp(first, tz).replace(tzinfo=None) == naive:
        return first
    # In a gap: fold=0 reckons with the offset before it (a later instant), fold=1 with the one after.
    early, late = naive.replace(tzinfo=tz, fold=1).timestamp(), first
    offset_before = datetime.fromtimestamp(early, tz).utcoffset()
    while late - early > 1:
        middle = (early + late) // 2
        if datetime.fromtimestamp(middle, tz).utcoffset() == offset_before:
            early = middle
        else:
            late = middle
    return late


def local_date(wall: float, zone: str) -> date:
    return datetime.fromtimestamp(wall, zone_info(zone)).date()


def local_datetime(wall: float, zone: str) -> datetime:
    return datetime.fromtimestamp(wall, zone_info(zone))


@lru_cache(maxsize=32)
def _off_ranges(days_off: tuple[str, ...]) -> tuple[tuple[date, date], ...]:
    ranges = []
    for entry in days_off:
        first, _, last = entry.partition("..")
        ranges.append((date.fromisoformat(first), date.fromisoformat(last or first)))
    return tuple(ranges)


def is_day_off(day: date, days_off: tuple[str, ...]) -> bool:
    return any(first <= day <= last for first, last in _off_ranges(days_off))


def _entries(
    hours: Sequence[HoursEntry], days_off: tuple[str, ...], day: date, zone: str
) -> Iterator[tuple[float, float]]:
    """The entries that begin on one day, as (start, end)."""
    if is_day_off(day, days_off):
        return
    weekday = WEEKDAYS[day.weekday()]
    for entry in hours:
        if weekday in entry.days:
            end_day = day if entry.to > entry.from_ else day + timedelta(days=1)
            start, end = local_instant(day, entry.from_, zone), local_instant(end_day, entry.to, zone)
            if end > start:
                yield start, end


@lru_cache(maxsize=64)
def _merged(
    hours: tuple[HoursEntry, ...], days_off: tuple[str, ...], today: date, zone: str
) -> tuple[tuple[float, float], ...]:
    """The entries around a day, those that overlap or touch made one."""
    days = (today + timedelta(days=n) for n in range(-_LOOK_BACK_DAYS, _LOOK_AHEAD_DAYS + 1))
    merged: list[tuple[float, float]] = []
    for start, end in sorted(entry for day in days for entry in _entries(hours, days_off, day, zone)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def span_at(settings: Settings, zone: str, wall: float) -> Span:
    """Whether the hours are open at an instant, and for how long that has been and will be so."""
    if not settings.hours:
        return Span(True, 0.0, FOREVER_WALL)
    today = local_date(wall, zone)
    from_wall = local_instant(today - timedelta(days=_LOOK_BACK_DAYS), "00:00", zone)
    for start, end in _merged(settings.hours, settings.days_off, today, zone):
        if wall < start:
            return Span(False, from_wall, start)
        if wall < end:
            return Span(True, start, end)
        from_wall = end
    return Span(False, from_wall, local_instant(today + timedelta(days=_LOOK_AHEAD_DAYS), "00:00", zone))


def next_time_of_day(wall: float, time_of_day: str, zone: str) -> float:
    """The next instant at which the clock shows this time; one that is now or already past means tomorrow."""
    today = local_date(wall, zone)
    instant = local_instant(today, time_of_day, zone)
    return instant if instant > wall else local_instant(today + timedelta(days=1), time_of_day, zone)


def tomorrow(settings: Settings, zone: str, wall: float) -> float:
    """The opening of the next working day; without hours 06:00 of the next day.

    At one in the night, inside hours that began yesterday evening, the day is still yesterday: tomorrow is this evening.
    """
    today = local_date(wall, zone)
    if not settings.hours:
        return local_instant(today + timedelta(days=1), DAWN, zone)
    yesterday = today - timedelta(days=1)
    if any(
        start <= wall < end for start, end in _entries(settings.hours, settings.days_off, yesterday, zone)
    ) and not any(start <= wall for start, _ in _entries(settings.hours, settings.days_off, today, zone)):
        today = yesterday
    for n in range(1, _LONGEST_HOLIDAY_DAYS):
        openings = [start for start, _ in _entries(settings.hours, settings.days_off, today + timedelta(days=n), zone)]
        later = [start for start in openings if start > wall]
        if later:
            return min(later)
    return local_instant(today + timedelta(days=1), DAWN, zone)
