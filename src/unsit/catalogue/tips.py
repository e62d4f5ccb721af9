"""What helps through the rest of the day: a sentence each, from the articles that the exercises come from."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from unsit.words import N_, _

SHOWN_SHARE: Final = 1 / 3
"""Of the sessions: somebody who has read a tip a hundred times reads nothing there any more."""
_GOLDEN: Final = (5**0.5 - 1) / 2


class Tip(Struct, frozen=True):
    """Attributes: letters: the articles it can be checked in (docs/exercises.md)."""

    id: str
    sentence: str
    letters: tuple[str, ...]

    @property
    def text(self) -> str:
        """In the person's language."""
        return _(self.sentence)


TIPS: Final = (
    Tip("hips", N_("Vary how your hips are bent through the day: sit for a while, stand for a while."), ("C",)),
    Tip("chair", N_("Sit back, so that the chair supports the curve of your low back, rather than slumping."), ("C",)),
    Tip("pillow", N_("If you sleep on your side, put a pillow between your knees."), ("C",)),
    Tip("shoes", N_("Wear shoes that support the foot and have little heel."), ("C",)),
    Tip(
        "strength",
        N_("Strong buttocks, backs of the thighs and belly take work off the front of the hip: strengthen them too."),
        ("B", "C"),
    ),
)


def for_session(number: int) -> Tip | None:
    """The tip to close a session's end with; None for the two sessions of three that close without one.

    Args:
        number: of the session, or of its record: they may be counted in any steps. Multiples of the golden ratio are spread
            evenly whatever the step, so that every tip has its turn.
    """
    share = number * _GOLDEN % 1
    return TIPS[int(share / SHOWN_SHARE * len(TIPS))] if share < SHOWN_SHARE else None
