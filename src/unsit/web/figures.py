"""What the pages are given of a figure: the drawing that stands still, and the frames of the one that moves."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from unsit.catalogue import ExerciseText, drawing
from unsit.catalogue.frames import Badge, prepared
from unsit.catalogue.motion import MotionKind
from unsit.core.model import Side
from unsit.words import _


def still_figure(text: ExerciseText, side: Side | None) -> str | None:
    """SVG of the working pose, in an exercise of several parts of the first that has one; None without a figure."""
    figure = next((stage.figure for stage in text.stages if stage.figure is not None), None)
    if figure is None:
        return None
    badge = _letters(side).letter if text.has_sides else ""
    return drawing.svg(figure, _(text.name), side=side if text.has_sides else None, badge=badge)


@lru_cache(maxsize=16)
def moving_figure_json(text: ExerciseText, side: Side | None, stage: int = 0) -> bytes | None:
    """As `moving_figure`, written; kept, as both sides and the walk are asked for again with every page."""
    moving = moving_figure(text, side, stage)
    return None if moving is None else msgspec.json.encode(moving)


def moving_figure(text: ExerciseText, side: Side | None, stage: int = 0) -> dict[str, Any] | None:
    """What figure.js plays (frames.prepared), with the exercise's name; None where there is no such stage or no figure."""
    if not 0 <= stage < len(text.stages):
        return None
    part = text.stages[stage]
    if part.figure is None:
        return None
    kinds: set[MotionKind] = {"before", "prepare", part.work}
    badge = None
    if part.per_side:
        kinds.add("switch")
        badge = _letters(side)
    frames = prepared(part.figure, side if part.per_side else None, kinds, badge)
    return {"title": _(text.name), **frames}


def _letters(side: Side | None) -> Badge:
    # Translators: a letter for "left" on the left thigh of the figure.
    left = _("L")
    # Translators: a letter for "right" on the right thigh of the figure.
    right = _("R")
    return Badge(left, right) if side == "left" else Badge(right, left)
