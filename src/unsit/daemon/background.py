"""What else sounds while a stretch is heard: when it makes room, and when it comes back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from unsit.core.snapshot import Snapshot
from unsit.daemon.lane import Lane
from unsit.ports import Music

log = logging.getLogger(__name__)

UNATTENDED: Final = frozenset({"pause", "sleep"})
"""What stops a session by taking too long: nobody need be there (StopView.by)."""


class Background:
    """The music of the person. It outlives the coach of a stretch: what was quietened is given back once they are there to
    hear it, which may be long after the stretch.

    Args:
        make_music: as the settings want it now.
    """

    def __init__(self, make_music: Callable[[], Music]) -> None:
        self._make_music = make_music
        self._music: Music | None = None
        """What was quietened, and is to be given back."""
        self._may_start = False
        """As far as is known: somebody is there who wants to hear it, and nobody else does."""
        self._lane = Lane("The music", lambda text: log.info("%s", text))

    @property
    def is_quiet(self) -> bool:
        return self._music is not None

    def owe(self, music: Music) -> None:
        """A daemon before this one has quietened it, and was killed."""
        self._music = music

    def follow(self, snapshot: Snapshot, *, is_heard: bool, is_in_call: bool) -> None:
        """The state is now this. Args: is_heard: something of the session is, if it runs."""
        session = snapshot.session
        self._may_start = _may_start(snapshot, is_in_call)
        if session is not None and is_heard and not (session.paused or is_in_call):
            self._quieten()
        else:
            self._restore()

    def settings_changed(self) -> None:
        """Another manner of making room: the next one finds everything as it was."""
        self._restore()

    async def close(self) -> None:
        """The program ends. What may not come back now is left to the next start."""
        self._restore()
        await self._lane.drain()

    def _quieten(self) -> None:
        if self._music is None:
            self._music = self._make_music()
            self._lane.put(self._music.quieten)

    def _restore(self) -> None:
        music = self._music
        if music is not None and (self._may_start or not music.starts_sound):
            self._music = None
            self._lane.put(music.restore)


def _may_start(snapshot: Snapshot, is_in_call: bool) -> bool:
    session = snapshot.session
    if is_in_call or snapshot.absent_since is not None:
        return False
    if session is not None:  # one that sleep or a dead daemon has paused may go on at any moment, or nobody is there
        return not session.paused or session.paused_by == "person"
    # Stopped while nobody was there: they are back with the first input, which ends the break.
    return snapshot.phase != "break" or snapshot.stopped is None or snapshot.stopped.by not in UNATTENDED
