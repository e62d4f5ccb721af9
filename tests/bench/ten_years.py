"""Ten years of working days as a script for `unsit simulate`: 2,600 days with twelve lines each.

`python tests/bench/ten_years.py > ten-years.txt`; the same days every time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

DAYS = 2600
FIRST = date(2016, 1, 4)
"""A Monday."""
LONGEST_STRETCH = timedelta(seconds=10 + 60 + 8 + 60 + 120)
"""At the desk, with the hold grown to its longest: prepare, hold, switch, hold, walk."""


def working_days(first: date = FIRST, count: int = DAYS) -> Iterator[date]:
    day = first
    while count:
        if day.weekday() < 5:
            yield day
            count -= 1
        day += timedelta(days=1)


def lines_of_day(day: date, rng: Random) -> list[str]:
    """Arrive, answer prompts, lock and return for lunch, have a call, leave.

    The prompts come where the rules put them with the shipped settings: sixty minutes after the arrival, after the end
    of a stretch, after the return, and sixty minutes after a skip.
    """
    at = datetime.combine(day, time(9, rng.randrange(20), rng.randrange(60)))
    lines: list[str] = []

    def say(after: timedelta, event: str) -> None:
        nonlocal at
        at += after
        lines.append(f"{at:%Y-%m-%dT%H:%M:%S} {event}")

    def soon() -> timedelta:
        """From the prompt to the answer."""
        return timedelta(hours=1, seconds=rng.randrange(5, 120))

    say(timedelta(0), "back")
    say(soon(), "begin")
    say(LONGEST_STRETCH + soon(), "snooze 10m")
    say(timedelta(minutes=10, seconds=rng.randrange(5, 60)), "skip")
    say(timedelta(minutes=rng.randrange(20, 50)), "lock")
    say(timedelta(minutes=rng.randrange(25, 55)), "unlock")
    say(soon(), "done")
    say(timedelta(minutes=rng.randrange(30, 50)), "hold call")
    say(timedelta(minutes=rng.randrange(35, 60)), "free call")
    say(timedelta(minutes=1, seconds=rng.randrange(60)), "begin")
    say(LONGEST_STRETCH + soon(), "begin" if rng.random() < 0.5 else "skip")
    say(timedelta(minutes=rng.randrange(10, 50)), "leave")
    return lines


def script(days: int = DAYS, seed: int = 20160104) -> str:
    rng = Random(seed)
    start = datetime.combine(FIRST, time(8, 0))
    lines = [f"{start:%Y-%m-%dT%H:%M:%S} start away"]
    for day in working_days(count=days):
        lines += lines_of_day(day, rng)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(script())
