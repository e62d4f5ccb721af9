"""What keeps a prompt back, as it is called in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from unsit.words import N_, _, join_words

NAMES: Final = {
    "call": N_("a call"),
    "dnd": N_("do not disturb"),
    "fullscreen": N_("full screen"),
    "app": N_("a program on your list"),
    "paused": N_("your pause"),
}

By = Mapping[str, Sequence[str]]
"""Reason -> who is behind it, where that is known."""


def held_by(reasons: Iterable[str], by: By | None = None) -> str:
    """a call (firefox) and do not disturb (dunst)"""
    return join_words(with_names(_(NAMES.get(reason, reason)), (by or {}).get(reason, ())) for reason in reasons)


def with_names(text: str, names: Sequence[str]) -> str:
    return _("{reason} ({names})").format(reason=text, names=", ".join(names)) if names else text
