"""Prompts and sessions in a bare terminal: over ssh, on a console, in a container.

One object is the daemon's Notifier and its Guide there. What has been said scrolls away above two rows with the state and the
keys; a session has the screen for itself, and gives it back. Where the terminal cannot draw (no terminal at all, TERM=dumb)
everything is a plain line, and where no keys can be read the other commands serve: `unsit begin` from elsewhere.

A session is terminal_session.py's. Outside of one nothing ticks.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from unsit.adapters import terminal_view as view
from unsit.adapters.terminal_session import SessionScreen, look_of
from unsit.adapters.tty import Tty
from unsit.catalogue import Catalogue
from unsit.core.snapshot import Snapshot
from unsit.ports import AdapterError, Button, Note, Page
from unsit.words import _

log = logging.getLogger(__name__)

_IDLE_KEYS: Final[Mapping[str, tuple[str, dict[str, str]]]] = {
    "s": ("begin", {}),
    "enter": ("begin", {}),
    "z": ("snooze", {}),
    "k": ("skip", {}),
    "m": ("done", {}),
    "u": ("undo", {}),
    "q": ("quit", {}),
}
_ANY_TIME: Final = ("quit", "mute", "unmute")


class Terminal:
    """ports.Notifier and ports.Guide.

    Args:
        snapshot: what is true now; None while the daemon is still starting.
        watch: tells of every change; the result ends it.
        now_s: the daemon's clock.
        status: the state in a line that stays true until the next change.
        load_catalogue: the exercises with their words; kept for the length of a session.
        is_plain: lines only, also where the terminal could draw: something else writes there too.
    """

    def __init__(
        self,
        tty: Tty,
        *,
        snapshot: Callable[[], Snapshot | None],
        watch: Callable[[Callable[[], None]], Callable[[], None]],
        now_s: Callable[[], float],
        status: Callable[[Snapshot], str],
        load_catalogue: Callable[[], Catalogue],
        is_plain: bool = False,
    ) -> None:
        self._tty, self._snapshot, self._watch, self._now_s = tty, snapshot, watch, now_s
        self._status = status
        self._look = look_of(tty, is_plain=is_plain)
        self._screen = SessionScreen(tty, self._look, now_s=now_s, load_catalogue=load_catalogue)
        self._on_button: Callable[[Button, str | None], None] = lambda _button, _token: None
        self._unwatch: Callable[[], None] | None = None
        self._is_open = False
        self._is_left = False
        """Stopped by job control: the screen is the shell's."""
        self._is_change_planned = False
        self._footer: list[str] = []
        self._later: list[str] = []
        """Said in a session, written after it."""
        self._undo_end: asyncio.TimerHandle | None = None

    # -------------------------------------------------------------------------------------------------------- ports.Notifier

    async def start(self, on_button: Callable[[Button, str | None], None], on_server: Callable[[], None]) -> None:
        self._on_button = on_button
        self._is_open = True
        self._tty.open(self)
        self._unwatch = self._watch(self._plan_change)
        self._plan_change()

    async def show(self, note: Note) -> None:
        if self._tty.is_gone:
            raise AdapterError(_("The terminal has gone."))
        is_prompt = note.slot == "prompt"
        columns = self._screen.columns
        self._say(view.note_lines(datetime.now().astimezone(), note.title, note.body, columns, self._look,
                                  is_prompt=is_prompt), bell=is_prompt)  # fmt: skip
        if self._screen.number is not None and self._draws:
            self._screen.notice(view.joined((note.title, *note.body.splitlines()), self._look))
        if is_prompt and not self._draws and self._tty.has_keys and (snapshot := self._snapshot()) is not None:
            self._say(view.key_rows(view.idle_keys(snapshot), columns, self._look))
        self._plan_change()

    async def close(self, slot: str) -> None:
        """What was said stays said; the rows at the bottom follow the state."""

    async def stop(self) -> None:
        self.restore()

    def describe(self) -> str:
        if self._tty.is_gone:
            return _("The terminal has gone.")
        if not self._tty.name:
            return _("Prompts are written to the standard output.")
        return _("Prompts appear in the terminal {name}.").format(name=self._tty.name)

    # ----------------------------------------------------------------------------------------------------------- ports.Guide

    async def prepare(self) -> None:
        pass

    async def open(self, page: Page, activation_token: str | None = None) -> None:
        if page == "exercises":
            self.say(
                _("There is no browser here. In another terminal: unsit exercise list, and unsit exercise show ID.")
            )
        self._plan_change()  # whatever else there is to see is in sight

    # --------------------------------------------------------------------------------------------------------------- the end

    def restore(self) -> None:
        """Leave the terminal as it was found. Twice is once."""
        if not self._is_open:
            return
        self._take_back()
        self._is_open = False
        if self._unwatch is not None:
            self._unwatch()
        if self._undo_end is not None:
            self._undo_end.cancel()
        self._tty.close()

    def say(self, text: str) -> None:
        """A line from elsewhere, among the others."""
        self._say([self._look.plain(text)])

    # ------------------------------------------------------------------------------------------------------------ tty.Reader

    def handle_key(self, key: str) -> None:
        snapshot = self._snapshot()
        if snapshot is None:
            return
        command: str
        params: Mapping[str, str]
        if snapshot.session is not None and self._screen.number is not None:
            command, params = self._screen.command_of(key) or ("", {})
        elif key == "p":
            command = "resume" if "resume" in snapshot.allowed else "pause"
            params = {} if command == "resume" else {"for": view.PAUSE_FOR}
        else:
            command, params = _IDLE_KEYS.get(key, ("", {}))
        # A stray key does nothing; nor does one that came too late.
        if command in snapshot.allowed or command in _ANY_TIME:
            self._on_button(Button(command, command, dict(params)), None)

    def handle_resize(self) -> None:
        if self._is_left:
            return
        self._screen.handle_resize()
        self._erase_footer()
        self._plan_change()

    def handle_leave(self) -> None:
        self._screen.handle_leave()
        self._erase_footer()
        self._is_left = True

    def handle_return(self) -> None:
        self._screen.handle_return()
        self._is_left = False
        self._plan_change()

    def handle_gone(self) -> None:
        self._on_button(Button("quit", "quit"), None)

    def handle_unread(self) -> None:
        """The day goes on: a log that is full, or a reader that was restarted, ends nobody's reminders."""

    # ----------------------------------------------------------------------------------------------------------- what is seen

    @property
    def _draws(self) -> bool:
        return self._screen.draws

    def _plan_change(self) -> None:
        """Several changes of one instant are drawn once."""
        if self._is_open and not self._is_change_planned:
            self._is_change_planned = True
            asyncio.get_running_loop().call_soon(self._show_state)

    def _show_state(self) -> None:
        self._is_change_planned = False
        snapshot = self._snapshot()
        if snapshot is None or not self._is_open or self._is_left:
            return
        self._tty.take()
        session, shown = snapshot.session, self._screen.number
        if shown is not None and (session is None or session.id != shown):
            self._end_session(snapshot, shown)
        if session is None:
            self._draw_footer(snapshot)
        else:
            self._erase_footer()
            self._screen.show(snapshot)

    def _end_session(self, snapshot: Snapshot, number: int) -> None:
        title, work = view.end_words(snapshot, number, self._screen.catalogue)
        self._screen.close()
        columns = self._screen.columns
        self._say(view.note_lines(datetime.now().astimezone(), title, work, columns, self._look), bell=True)
        later, self._later = self._later, []
        self._say(later)

    def _take_back(self) -> None:
        """Everything that is temporary."""
        self._screen.close()
        self._erase_footer()

    # -- lines, and the rows below them

    def _say(self, rows: list[str], *, bell: bool = False) -> None:
        if not rows:
            return
        if self._draws and self._screen.number is not None:
            self._later += rows
            return
        self._erase_footer()
        ring = "\a" if bell and self._tty.name else ""
        self._tty.write(ring + "".join(row + "\n" for row in rows))
        self._plan_change()

    def _draw_footer(self, snapshot: Snapshot) -> None:
        if not self._draws:
            return
        columns = self._tty.size()[0]
        keys = view.idle_keys(snapshot) if self._tty.has_keys else []
        rows = view.footer(self._status(snapshot), keys, columns, self._look)
        self._plan_undo_end(snapshot)
        if rows == self._footer:
            return
        self._erase_footer()
        self._tty.write("\x1b[?25l" + "\n".join(rows))
        self._footer = rows

    def _erase_footer(self) -> None:
        """The cursor is at the end of its last row; a terminal that was made narrower has broken the rows anew."""
        if not self._footer:
            return
        columns = self._tty.size()[0]
        rows = sum(max(1, math.ceil(len(view.bare(row)) / columns)) for row in self._footer)
        up = f"\x1b[{rows - 1}A" if rows > 1 else ""
        self._tty.write(f"\r{up}\x1b[J\x1b[?25h")
        self._footer = []

    def _plan_undo_end(self, snapshot: Snapshot) -> None:
        """The one key that goes without a change of state."""
        if self._undo_end is not None:
            self._undo_end.cancel()
            self._undo_end = None
        if snapshot.undo is not None:
            left_s = max(0.0, snapshot.undo.until.boot_s - self._now_s()) + 0.1
            self._undo_end = asyncio.get_running_loop().call_later(left_s, self._plan_change)
