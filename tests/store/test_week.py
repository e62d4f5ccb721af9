"""What a week adds up to."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from unsit.store import week
from unsit.store.rows import OutcomeRow

ZONE = timezone(timedelta(hours=1))


def row(word: str, **work: float) -> OutcomeRow:
    wall = datetime(2026, 3, 4, 10, tzinfo=ZONE)
    return OutcomeRow(0, 1, word, wall, ("supine",), work, None, None, True, None, None, None, 0)


def test_a_week_begins_on_monday_at_midnight_where_the_person_is() -> None:
    monday = datetime(2026, 3, 2, tzinfo=ZONE)

    assert week.began(datetime(2026, 3, 2, 0, 0, tzinfo=ZONE)) == monday
    assert week.began(datetime(2026, 3, 4, 10, 30, tzinfo=ZONE)) == monday
    assert week.began(datetime(2026, 3, 8, 23, 59, 59, tzinfo=ZONE)) == monday


def test_stretches_add_up_and_nothing_else_does() -> None:
    """A prompt that was skipped, and a natural break, are no stretches."""
    rows = [
        row("completed", left=30, right=35, walk=120),
        row("partial", left=10),
        row("natural"),
        row("skipped"),
        row("completed", rest=600),
    ]

    assert week.added_up(rows) == week.Week(left_s=40, right_s=35, walk_s=120, sessions=3)
    assert week.added_up([]) == week.Week()


def test_a_stretch_that_hurt_before_anything_was_done_is_none_of_the_week() -> None:
    """It is written down as `partial`, however short, and the exercise is off; but nobody stretched."""
    rows = [
        row("partial"),
        row("partial", left=0.0, right=0.0, walk=0.0),
        row("partial", left=0.4),
        row("partial", left=3),
    ]

    assert week.added_up(rows) == week.Week(left_s=3, sessions=1)
