"""What keeps a prompt back, as it is called in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from unsit.words import N_, _, join_words

NAMES: Final = {
    "call": N_("a call"),
    "dnd": N_("do not disturb"),
    "fullscreen": N_("a full screen"),
    "app": N_("a program on your list"),
    "paused": N_("your pause"),
}


def held_by(reasons: Iterable[str]) -> str:
    """a call and do not disturb"""
    return join_words(_(NAMES.get(reason, reason)) for reason in reasons)
