"""What does not work now: said once in a note, taken back when it is mended, and in `status` as long as it lasts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Final

from unsit.words import _

log = logging.getLogger(__name__)

HARMLESS: Final = "window"
"""The key of what something else makes up for: the browser for a window of our own."""


class Troubles:
    """
    Args:
        elsewhere: what settings, exercises and history know of now: each problem in full -> as a note has room for it.
        show: a note with this text, in place of the one before.
        take_back: that note goes.
        on_change: `all` has changed.
    """

    def __init__(
        self,
        elsewhere: Callable[[], Mapping[str, str]],
        show: Callable[[str], None],
        take_back: Callable[[], None],
        on_change: Callable[[], None],
    ) -> None:
        self._elsewhere = elsewhere
        self._show, self._take_back, self._on_change = show, take_back, on_change
        self._now: dict[str, str] = {}
        """Outside thing -> what is wrong with it."""
        self._said: set[str] = set()
        self._noted: list[str] = []
        """What the note is about that is on the screen, as far as it is known."""

    @property
    def all(self) -> tuple[str, ...]:
        """In words for people."""
        return tuple(dict.fromkeys([*self._elsewhere(), *self._now.values()]))

    @property
    def harmless(self) -> tuple[str, ...]:
        """Those of `all` that something else makes up for."""
        return (self._now[HARMLESS],) if HARMLESS in self._now else ()

    def set(self, key: str, text: str, *, has_note: bool = True) -> None:
        """Something outside does not work. Args: has_note: there is somebody to say it."""
        if self._now.get(key) == text:
            return
        self._now[key] = text
        if has_note:
            log.warning("%s", text)
            self.say()
        self._on_change()

    def clear(self, key: str) -> None:
        """It works again."""
        if self._now.pop(key, None) is not None:
            self._mend()
            self._on_change()

    def say(self) -> None:
        """What is new since the last time; called whenever `elsewhere` may have changed."""
        new = [problem for problem in self.all if problem not in self._said]
        self._said = set(self.all)
        if new:
            self._note(new)
        else:
            self._mend()

    def forget_note(self) -> None:
        """Another one has taken its place."""
        self._noted = []

    def _mend(self) -> None:
        """A note about what has been mended misleads; what is left of it is still said."""
        left = [problem for problem in self._noted if problem in self.all]
        if left and len(left) < len(self._noted):
            self._note(left)
        elif self._noted and not left:
            self._noted = []
            self._take_back()

    def _note(self, problems: list[str]) -> None:
        # A note has room for two lines or three.
        first = self._elsewhere().get(problems[0], problems[0])
        more = _("And {n} more: unsit status").format(n=len(problems) - 1) if len(problems) > 1 else ""
        self._show("\n".join(filter(None, [first, more])))
        self._noted = problems
