"""Why a break is the walk alone, where no stretch is left that suits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from unsit.words import N_, _

if TYPE_CHECKING:
    from unsit.core.rotation import LeftOut

_REASONS: Final[dict[LeftOut, str]] = {
    "hurt": N_("off because it hurt: {count}"),
    "off": N_("switched off: {count}"),
    "place": N_("left out by stretch.place: {count}"),
    "avoid": N_("left out by stretch.avoid: {count}"),
    "level": N_("left out by stretch.level: {count}"),
}


def no_stretch_words(left_out: Mapping[LeftOut, int]) -> str:
    """Args: left_out: as `rotation.left_out_stretches` counts them."""
    reasons = "; ".join(
        _(words).format(count=left_out[reason]) for reason, words in _REASONS.items() if reason in left_out
    )
    if not reasons:
        return _("A break is the walk alone: there is no stretch.")
    return _(
        "A break is the walk alone: no stretch is left that suits you ({reasons}). See `unsit exercise list`."
    ).format(reasons=reasons)
