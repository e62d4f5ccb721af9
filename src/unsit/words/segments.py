"""A session's segments in words, for whoever shows one: the page and the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from unsit.words import _, format_duration

if TYPE_CHECKING:
    from unsit.catalogue import Catalogue, ExerciseText
    from unsit.core.model import SegmentKind, Side
    from unsit.core.snapshot import SegmentView, SessionView

LAST_CUE_S: Final = 3.0
"""What is said as a segment ends is shown for so long before its end."""


def segment_word(kind: str) -> str:
    return {
        "prepare": _("Get ready"),
        "hold": _("Hold"),
        "switch": _("Change sides"),
        "reps": _("Repeat"),
        "breaths": _("Breathe"),
        "rest": _("Rest"),
        "walk": _("Walk"),
    }.get(kind, kind)


def side_ahead(session: SessionView, index: int) -> Side | None:
    """The side that a segment's sentences speak of: in `prepare` and `switch` the one that comes."""
    segment = session.segments[index]
    side = segment.side
    if segment.kind in ("prepare", "switch"):
        coming = session.segments[index + 1 : index + 2]
        side = next((later.side for later in coming if later.exercise == segment.exercise), None)
    return "left" if side == "left" else "right" if side == "right" else None


def cues(segment: SegmentView, side: Side | None, text: ExerciseText) -> list[tuple[float, str]]:
    """(seconds into the segment, sentence), in order; those that there are."""
    kind, seconds = cast("SegmentKind", segment.kind), segment.seconds
    half_s = seconds / 2
    told = [
        (0.0, text.cue(kind, "start", side, segment.stage)),
        (half_s, text.cue(kind, "half", side, segment.stage)),
        (max(half_s, seconds - LAST_CUE_S), text.cue(kind, "end", side, segment.stage)),
    ]
    return [(from_s, sentence) for from_s, sentence in told if sentence]


def what_follows(session: SessionView, index: int, catalogue: Catalogue) -> str:
    """What comes after a segment, as a sentence."""
    if index + 1 == len(session.segments):
        return _("Then you are done.")
    return _("Then: {what}").format(what=segment_short(session.segments[index + 1], catalogue))


def segment_short(segment: SegmentView, catalogue: Catalogue) -> str:
    """As it stands within a sentence or a list."""
    length = format_duration(segment.seconds)
    match segment.kind, segment.side:
        case "walk", _any:
            return _("walk, {duration}").format(duration=length)
        case "prepare", _any:
            text = catalogue.get(segment.exercise)
            return _(text.stage(segment.stage).name) if text else catalogue.name_of(segment.exercise)
        case "switch", _any:
            return _("change sides")
        case _kind, "left":
            return _("left side, {duration}").format(duration=length)
        case _kind, "right":
            return _("right side, {duration}").format(duration=length)
        case "reps", _any:
            return _("repeat, {duration}").format(duration=length)
        case "breaths", _any:
            return _("breathe, {duration}").format(duration=length)
        case "rest", _any:
            return _("rest, {duration}").format(duration=length)
        case _kind, _any:
            return _("hold, {duration}").format(duration=length)
