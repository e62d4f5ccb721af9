"""What can be chosen anew while a session prepares, for whoever shows it: the page and the terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from unsit.core.session import HOLD_MOST_S, WALK_ALONE_S
from unsit.words import _, format_duration

if TYPE_CHECKING:
    from unsit.catalogue import Catalogue, ExerciseText
    from unsit.core.snapshot import SessionView

HOLD_STEP_S: Final = 15.0
HOLD_SHORT_S: Final = 30.0
"""What a hold of two minutes can be changed to: where it begins by default."""


class Choice(NamedTuple):
    """Attributes: params: of `choose`."""

    id: Literal["first", "hold", "walk"]
    label: str
    params: Mapping[str, str]


def choices(session: SessionView) -> list[Choice]:
    """Nothing where it is too late. Another exercise: `exercises_to_choose`."""
    made: list[Choice] = []
    if not session.may_choose:
        return made
    exercise = session.segments[session.index].exercise
    own = [segment for segment in session.segments if segment.exercise == exercise]
    first, hold_s = session.first.get(exercise), session.hold_s.get(exercise)
    if any(segment.side for segment in own):
        if first == "left":
            made.append(Choice("first", _("Right side first"), {"first": "right"}))
        elif first == "right":
            made.append(Choice("first", _("Left side first"), {"first": "left"}))
    if hold_s is not None and any(segment.kind == "hold" for segment in own):
        other_s = min(HOLD_MOST_S, hold_s + HOLD_STEP_S) if hold_s < HOLD_MOST_S else HOLD_SHORT_S
        label = _("Hold longer: {duration}") if other_s > hold_s else _("Hold shorter: {duration}")
        made.append(Choice("hold", label.format(duration=format_duration(other_s)), {"hold": f"{other_s:g}"}))
    if all(segment.kind in ("prepare", "walk") for segment in session.segments):
        pass  # without the walk nothing would be left
    elif any(segment.kind == "walk" for segment in session.segments):
        made.append(Choice("walk", _("Without the walk"), {"walk": "0s"}))
    elif not session.walk_s:
        made.append(Choice("walk", _("With the walk"), {"walk": f"{WALK_ALONE_S:g}s"}))
    return made


def with_place(text: ExerciseText) -> str:
    """The name, and what one has to get down to: nobody chooses the floor without knowing."""
    place = {"floor": _("floor"), "bed": _("bed")}.get(text.place)
    return _("{exercise} · {place}").format(exercise=_(text.name), place=place) if place else _(text.name)


def exercises_to_choose(session: SessionView, catalogue: Catalogue, hurt: Collection[str]) -> list[ExerciseText]:
    """What could be done instead, with the one that is chosen; nothing where it is too late, or in a routine.

    Args:
        hurt: what is off since it hurt.
    """
    if not session.may_choose or len(session.exercises) != 1:
        return []
    return [text for text in catalogue.exercises if text.id not in hurt or text.id == session.exercises[0]]
