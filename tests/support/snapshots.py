"""Snapshots to look at, without an engine that makes them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Final

from msgspec.structs import replace

from unsit.core.snapshot import Moment, PromptView, SegmentView, SessionView, Snapshot

ZONE: Final = timezone(timedelta(hours=1))
MORNING: Final = datetime(2026, 3, 2, 10, 30, tzinfo=ZONE)
"""A Monday, at boot_s = 10000."""
IDLE_COMMANDS: Final = ("begin", "done", "pause", "stand")


def at(minutes: float) -> Moment:
    """So many minutes after (before) the moment of the snapshot."""
    return Moment(10_000 + 60 * minutes, (MORNING + timedelta(minutes=minutes)).isoformat())


def prompt(**changes: Any) -> PromptView:
    made = PromptView(
        id=1,
        stage="offered",
        exercises=("standing-lunge",),
        routine=None,
        snoozes_left=3,
        reminders_left=2,
        standing=False,
        due=at(0),
        until=None,
    )
    return replace(made, **changes)


def session(**changes: Any) -> SessionView:
    segments = (
        SegmentView("prepare", 10, None, "standing-lunge"),
        SegmentView("hold", 30, "left", "standing-lunge"),
        SegmentView("switch", 8, None, "standing-lunge"),
        SegmentView("hold", 30, "right", "standing-lunge"),
        SegmentView("walk", 120, None, ""),
    )
    made = SessionView(
        id=1,
        exercises=("standing-lunge",),
        routine=None,
        segments=segments,
        index=1,
        elapsed_s=4,
        ends=at(0.5),
        paused=False,
        reached=(10, 4, 0, 0, 0),
        may_choose=False,
        began=at(-0.25),
        total_s=198,
        work={"left": 4.0, "right": 0.0, "walk": 0.0},
        first={"standing-lunge": "left"},
        walk_s=120,
        hold_s={"standing-lunge": 30},
    )
    return replace(made, **changes)


def snapshot(**changes: Any) -> Snapshot:
    """At 10:30, after 38 minutes of sitting; the next prompt at 10:52."""
    made = Snapshot(
        version="1.0",
        boot_s=10_000,
        boot_id="boot",
        wall=MORNING.isoformat(),
        phase="counting",
        sat_s=38 * 60,
        every_s=3600,
        sitting_since=at(-38),
        due=at(22),
        prompt=None,
        session=None,
        pause_until=None,
        holds=(),
        absent_since=None,
        locked=False,
        standing=False,
        hours_change=None,
        next_exercises=("standing-lunge",),
        next_seconds=198,
        undo=None,
        allowed=IDLE_COMMANDS,
        hurt=(),
        last=None,
    )
    return replace(made, **changes)
