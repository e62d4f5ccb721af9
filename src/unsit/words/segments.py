"""A session's segments in words, for whoever shows or speaks one: the page, the terminal and the coach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from unsit.core.session import BREATH_S, REP_S
from unsit.words import _, format_duration

if TYPE_CHECKING:
    from unsit.catalogue import Catalogue, ExerciseText
    from unsit.core.model import SegmentKind, Side
    from unsit.core.snapshot import SegmentView, SessionView

LAST_CUE_S: Final = 3.0
"""What is said as a segment ends is shown for so long before its end."""
HALF_LEAST_S: Final = 15.0
"""Half of less is not worth a word."""
BEAT_S: Final[Mapping[str, float]] = {"reps": REP_S, "breaths": BREATH_S}
"""How long each takes of what is counted."""


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


def is_side_new(session: SessionView, index: int) -> bool:
    """The side that a segment's sentences speak of is not the one that was just worked: in a later stage it may be."""
    exercise, side = session.segments[index].exercise, side_ahead(session, index)
    sides = [segment.side for segment in session.segments[:index] if segment.exercise == exercise and segment.side]
    return side is not None and sides[-1:] != [side]


def part_words(session: SessionView, index: int, catalogue: Catalogue) -> str:
    """Where a segment is in several exercises, and in several stages: empty for most."""
    segment = session.segments[index]
    if segment.kind == "walk":
        return ""
    parts: list[str] = []
    if len(session.exercises) > 1 and segment.exercise in session.exercises:
        number = session.exercises.index(segment.exercise) + 1
        parts.append(_("{number} of {count}").format(number=number, count=len(session.exercises)))
    text = catalogue.get(segment.exercise)
    if text is not None and segment.stage < len(text.stages):
        number, part = divmod(segment.stage, len(text.parts))
        if text.rounds > 1:
            parts.append(_("round {number} of {count}").format(number=number + 1, count=text.rounds))
        if len(text.parts) > 1:
            parts.append(
                _("part {number} of {count}: {name}").format(
                    number=part + 1, count=len(text.parts), name=_(text.parts[part].name)
                )
            )
    return " · ".join(parts)


def beats(segment: SegmentView) -> int | None:
    """How many repetitions or breaths there are; None where nothing is counted."""
    beat_s = BEAT_S.get(segment.kind)
    return round(segment.seconds / beat_s) if beat_s else None


def half_s(segment: SegmentView) -> float | None:
    """When half time is told, to ears and eyes; None in a segment that has none."""
    has_half = segment.kind not in ("prepare", "switch") and segment.seconds >= HALF_LEAST_S
    return segment.seconds / 2 if has_half else None


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


# ------------------------------------------------------------------------------------------------------- what is spoken


def start_words(session: SessionView, index: int, text: ExerciseText | None, *, after: bool) -> list[str]:
    """What may be said as a segment begins, the fullest first: for whoever has only so much time.

    Args:
        text: of the segment's exercise; None for one that has gone.
        after: the segment before it has just come to its end, so that what is said then belongs here.
    """
    segment = session.segments[index]
    kind, side = cast("SegmentKind", segment.kind), side_ahead(session, index)
    cue = text.cue(kind, "start", side, segment.stage) if text else ""
    short = _short(kind, side)
    choices = [cue, short]
    if kind == "prepare" and text is not None:
        name = _sentence(_stage_words(text, segment.stage) if segment.stage else _(text.name))
        name = name[:1].upper() + name[1:]
        choices = [cue if cue.startswith(name.rstrip(".")) else _together(name, cue), cue, name]
    before = session.segments[index - 1] if index and after else None
    if before is not None and text is not None and before.exercise == segment.exercise:
        farewell = text.cue(cast("SegmentKind", before.kind), "end", side_ahead(session, index - 1), before.stage)
        if farewell:
            choices.insert(0, _together(farewell, next(filter(None, choices))))
    return [choice for choice in choices if choice]


def half_words(session: SessionView, index: int, text: ExerciseText | None) -> list[str]:
    """As `start_words`, at half time."""
    segment = session.segments[index]
    kind, side = cast("SegmentKind", segment.kind), side_ahead(session, index)
    cue = text.cue(kind, "half", side, segment.stage) if text else ""
    return [cue, _("Half way.")] if cue else [_("Half way.")]


def end_words(session: SessionView, text: ExerciseText | None) -> list[str]:
    """As `start_words`, when all is done."""
    last = len(session.segments) - 1
    segment = session.segments[last]
    kind = cast("SegmentKind", segment.kind)
    cue = text.cue(kind, "end", side_ahead(session, last), segment.stage) if text else ""
    general = _("Done. Come back when you are ready.")
    if not cue:
        return [general]
    # After a walk the file's own sentence says the same.
    return [cue] if kind == "walk" else [_together(cue, general), general]


def count_word(number: int) -> str:
    """A number as it is counted aloud; with a full stop, or voices lift at its end as if more came at once."""
    words = (
        _("One."), _("Two."), _("Three."), _("Four."), _("Five."), _("Six."), _("Seven."), _("Eight."), _("Nine."),
        _("Ten."), _("Eleven."), _("Twelve."), _("Thirteen."), _("Fourteen."), _("Fifteen."), _("Sixteen."),
        _("Seventeen."), _("Eighteen."), _("Nineteen."), _("Twenty."),
    )  # fmt: skip
    return words[number - 1] if 1 <= number <= len(words) else f"{number}."


def last_word(kind: str) -> str:
    """In place of the number of the last repetition or breath."""
    return _("Last breath.") if kind == "breaths" else _("Last one.")


def _stage_words(text: ExerciseText, stage: int) -> str:
    """What a stage that comes is called: a new round by its number, for the name of its first part says nothing new."""
    number, part = divmod(min(stage, len(text.stages) - 1), len(text.parts))
    if text.rounds > 1 and not part:
        return _("round {number} of {count}").format(number=number + 1, count=text.rounds)
    return _(text.stage(stage).name)


def _short(kind: SegmentKind, side: Side | None) -> str:
    if kind == "switch" and side is not None:
        return _("Switch to the left.") if side == "left" else _("Switch to the right.")
    word = _sentence(segment_word(kind))
    if side is None:
        return word
    return _together(word, _("Left side.") if side == "left" else _("Right side."))


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _together(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


# ------------------------------------------------------------------------------------------------------------ what comes


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
            if text and segment.stage:
                return _stage_words(text, segment.stage)
            return catalogue.name_of(segment.exercise)
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
