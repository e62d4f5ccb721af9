"""What this week adds up to, side by side. Pure: the rows of the history go in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from unsit.store.rows import OutcomeRow

SESSION_WORDS: Final = ("completed", "partial")
WORK_LEAST_S: Final = 1.0
"""As little as is still said: amounts are told in whole seconds."""


class Week(Struct, frozen=True):
    """Since Monday. Attributes: sessions: stretches in which something was done, completed or not."""

    left_s: float = 0.0
    right_s: float = 0.0
    walk_s: float = 0.0
    sessions: int = 0


def began(wall: datetime) -> datetime:
    """Monday's midnight before an instant, in the place that its offset stands for.

    Args:
        wall: aware. Where summer time changes within the week, midnight is an hour off: nobody stretches then.
    """
    monday = wall - timedelta(days=wall.weekday())
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)


def added_up(rows: Iterable[OutcomeRow]) -> Week:
    # One that hurt before it began is `partial` too, so that the exercise stays off; nobody stretched in it.
    sessions = [row for row in rows if row.word in SESSION_WORDS and sum(row.work.values()) >= WORK_LEAST_S]

    def total_s(kind: str) -> float:
        return sum(row.work.get(kind, 0.0) for row in sessions)

    return Week(total_s("left"), total_s("right"), total_s("walk"), len(sessions))
