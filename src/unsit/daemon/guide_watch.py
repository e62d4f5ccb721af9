"""Whether the person has the guide of the stretch that runs, and what is done and said where they have not."""

from __future__ import annotations

import logging
from collections.abc import Callable

from unsit.core.model import Session
from unsit.daemon import notes
from unsit.ports import Note

log = logging.getLogger(__name__)


class GuideWatch:
    """
    Args:
        session: the stretch that runs.
        open_guide: opens it again.
        show, close: a note; the note of that slot.

    Attributes:
        are_pages_there: the pages process is connected.
        note: of a guide that was closed; shown again to a notification server that comes back.
    """

    def __init__(
        self,
        session: Callable[[], Session | None],
        open_guide: Callable[[], None],
        show: Callable[[Note], None],
        close: Callable[[str], None],
    ) -> None:
        self._session, self._open_guide, self._show, self._close = session, open_guide, show, close
        self._opened: int | None = None
        """The session whose guide was opened."""
        self._restored: int | None = None
        """The one that ran when a daemon before this one died, until its guide is there."""
        self._waiting: int | None = None
        """The one of which a note says that it waits since then."""
        self._unseen: int | None = None
        """The one of which the person closed the last window."""
        self.are_pages_there = False
        self.note: Note | None = None

    def opened(self) -> None:
        if (session := self._session()) is not None:
            self._opened = session.id

    def restored(self) -> None:
        """It is known now how things stood when this daemon started."""
        session = self._session()
        self._restored = session.id if session is not None else None
        self._take_over()

    def on_pages_come(self) -> None:
        """They may be there before it is known how things stood."""
        self.are_pages_there = True
        self._take_over()

    def _take_over(self) -> None:
        """Pages outlive a daemon that is killed, and show its stretch to the next one as well."""
        session = self._session()
        if self.are_pages_there and session is not None and session.id == self._restored:
            self._opened, self._restored = session.id, None

    def on_pages_lost(self, *, is_stopping: bool) -> None:
        """They do not end by themselves in a stretch: they were killed. Somebody on the floor cannot look for the guide, so it
        comes again; once, since what ends them may do so again."""
        self.are_pages_there = False
        self._unseen = None  # those that come next know of no window that was closed
        self._say_unseen()
        session = self._session()
        if session is not None and session.id == self._opened and not is_stopping:
            log.warning("The pages were lost in a stretch")
            self._open_guide()
            self._opened = None

    def on_seen(self, *, is_seen: bool) -> None:
        """The person closed the guide's last window in a stretch, or one is open again."""
        session = self._session()
        self._unseen = session.id if session is not None and not is_seen else None
        self._say_unseen()

    def greet(self) -> bool:
        """At the start: say that a stretch waits. False: none runs."""
        session = self._session()
        if session is not None and session.paused_s is not None:
            self._waiting = session.id
            self._show(notes.waiting_note())
        return session is not None

    def follow(self) -> None:
        """The stretch may have gone on, or ended."""
        session = self._session()
        if self._waiting is not None and (session is None or session.id != self._waiting or session.paused_s is None):
            self._waiting = None
            self._close("hello")
        self._say_unseen()

    def _say_unseen(self) -> None:
        """As long as the stretch goes on that nobody sees any more: it is heard, and counts."""
        session, note = self._session(), None
        if session is not None and session.id == self._unseen:
            note = notes.unseen_note(is_paused=session.paused_s is not None)
        if note == self.note:
            return
        self.note = note
        if note is not None:
            self._show(note)
        else:
            self._close("guide")
