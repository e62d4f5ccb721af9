"""What a stretch is called beside the time that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from unsit.core.rotation import WALK
from unsit.core.session import PREPARE_STANDING_S, WALK_ALONE_S
from unsit.words import _

TWO_MINUTES_S: Final = PREPARE_STANDING_S + WALK_ALONE_S


def names_beside(exercises: Iterable[str], seconds: float, name_of: Callable[[str], str]) -> list[str]:
    """
    Args:
        seconds: of the whole stretch.
        name_of: exercise id -> its name.
    """
    names = {exercise: name_of(exercise) for exercise in exercises}
    # The shipped walk is called by its length, which `stretch.walk` may have changed; somebody's own is called as they like.
    if list(names) == [WALK] and names[WALK] == _("Two-minute walk") and seconds != TWO_MINUTES_S:
        names[WALK] = _("Walk")
    return list(names.values())
