"""What can be chosen anew, in words."""

from __future__ import annotations

from msgspec.structs import replace

from support.snapshots import session
from unsit.core.snapshot import SegmentView
from unsit.words.choices import choices

OWN_SECONDS = (
    SegmentView("prepare", 10, None, "own"),
    SegmentView("hold", 6, None, "own"),
    SegmentView("prepare", 10, None, "own", 1),
    SegmentView("reps", 40, "left", "own", 1),
    SegmentView("switch", 8, None, "own", 1),
    SegmentView("reps", 40, "right", "own", 1),
)


def test_what_would_change_nothing_is_not_offered() -> None:
    """A hold with seconds of its own keeps them; an exercise with a side in one of its stages has a first one."""
    shown = session(
        exercises=("own",), segments=OWN_SECONDS, index=0, may_choose=True, first={"own": "left"}, hold_s={}
    )

    assert [(choice.id, choice.label) for choice in choices(shown)] == [("first", "Right side first")]
    held = replace(shown, segments=(*OWN_SECONDS, SegmentView("hold", 30, None, "own", 2)), hold_s={"own": 30})
    assert [(choice.id, choice.label) for choice in choices(held)] == [
        ("first", "Right side first"),
        ("hold", "Hold longer: 45 s"),
    ]
