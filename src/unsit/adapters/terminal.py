"""Prompts and sessions in a bare terminal: over ssh, on a console, in a container.

One object is the daemon's Notifier and its Guide there. What has been said scrolls away above two rows with the state and the
keys; a session has the screen for itself, and gives it back. Where the terminal cannot draw (no terminal at all, TERM=dumb)
everything is a plain line, and where no keys can be read the other commands serve: `unsit begin` from elsewhere.

Nothing ticks, but for the countdown of a session that runs.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from unsit.adapters import terminal_view as view
from unsit.adapters.tty import Tty
from unsit.catalogue import Catalogue
from unsit.core.snapshot import SessionView, Snapshot
from unsit.ports import AdapterError, Button, Note, Page
from unsit.words import _

log = logging.getLogger(__name__)

TICK_LATE_S: Final = 0.01
"""After the second has turned, not before."""

_IDLE_KEYS: Final[Mapping[str, tuple[str, dict[str, str]]]] = {
    "s": ("begin", {}),
    "enter": ("begin", {}),
    "z": ("snooze", {}),
    "k": ("skip", {}),
    "m": ("done", {}),
    "u": ("undo", {}),
    "q": ("quit", {}),
}
_SESSION_KEYS: Final = {
    "space": "toggle",
    "n": "next",
    "right": "next",
    "b": "previous",
    "left": "previous",
    "x": "stop",
    "h": "hurts",
}
_ANY_TIME: Final = ("quit",)

# Alternate screen, hidden cursor, no wrapping at the right edge (xterm's ctlseqs: 1049, 25, DECAWM 7); and back.
_SESSION_ON: Final = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
_SESSION_OFF: Final = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_STYLE: Final = re.compile(r"\x1b\[[0-9;]*m")


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
        self._status, self._load_catalogue = status, load_catalogue
        self._can_draw = tty.is_screen and not is_plain
        self._look = view.Look(self._can_draw, self._can_draw and tty.has_color, tty.has_unicode)
        self._on_button: Callable[[Button, str | None], None] = lambda _button, _token: None
        self._unwatch: Callable[[], None] | None = None
        self._is_open = False
        self._is_left = False
        """Stopped by job control: the screen is the shell's."""
        self._is_change_planned = False
        self._footer: list[str] = []
        self._later: list[str] = []
        """Said in a session, written after it."""
        self._catalogue: Catalogue | None = None
        self._session: int | None = None
        self._place: tuple[int, bool] | None = None
        """(segment, paused) that was shown last."""
        self._frame: list[str] | None = None
        self._notice = ""
        self._tick: asyncio.TimerHandle | None = None
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
        columns = self._columns
        self._say(view.note_lines(datetime.now().astimezone(), note.title, note.body, columns, self._look,
                                  is_prompt=is_prompt), bell=is_prompt)  # fmt: skip
        if self._session is not None:
            self._notice = view.joined((note.title, *note.body.splitlines()), self._look)
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
        self._plan_change()  # whatever there is to see is in sight

    # --------------------------------------------------------------------------------------------------------------- the end

    def restore(self) -> None:
        """Leave the terminal as it was found. Twice is once."""
        if not self._is_open:
            return
        self._take_back()
        self._is_open = False
        if self._unwatch is not None:
            self._unwatch()
        for timer in (self._tick, self._undo_end):
            if timer is not None:
                timer.cancel()
        self._tty.close()

    def say(self, text: str) -> None:
        """A line from elsewhere, among the others."""
        self._say([self._look.plain(text)])

    # ------------------------------------------------------------------------------------------------------------ tty.Reader

    def handle_key(self, key: str) -> None:
        snapshot = self._snapshot()
        if snapshot is None:
            return
        if snapshot.session is not None and self._session is not None:
            command, params = _SESSION_KEYS.get(key, ""), {}
        elif key == "p":
            command = "resume" if "resume" in snapshot.allowed else "pause"
            params = {} if command == "resume" else {"for": view.PAUSE_FOR}
        else:
            command, params = _IDLE_KEYS.get(key, ("", {}))
        # A stray key does nothing; nor does one that came too late.
        if command in snapshot.allowed or command in _ANY_TIME:
            self._notice = ""
            self._on_button(Button(command, command, dict(params)), None)

    def handle_resize(self) -> None:
        if self._is_left:
            return
        if self._frame is not None:
            self._tty.write("\x1b[2J")
            self._frame = []
        self._erase_footer()
        self._plan_change()

    def handle_leave(self) -> None:
        self._take_back()
        self._is_left = True

    def handle_return(self) -> None:
        self._is_left = False
        self._plan_change()

    def handle_gone(self) -> None:
        self._on_button(Button("quit", "quit"), None)

    # ----------------------------------------------------------------------------------------------------------- what is seen

    @property
    def _draws(self) -> bool:
        """In the background the screen is the shell's: then there are only lines."""
        return self._can_draw and self._tty.is_ours

    @property
    def _columns(self) -> int:
        """For what is written in lines; a log file and a terminal that says little of itself break none."""
        return self._tty.size()[0] if self._tty.is_screen else 1000

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
        session = snapshot.session
        if self._session is not None and (session is None or session.id != self._session):
            self._end_session(snapshot)
        if session is None:
            self._draw_footer(snapshot)
        else:
            self._show_session(session)

    def _show_session(self, session: SessionView) -> None:
        if self._catalogue is None:
            self._catalogue = self._load_catalogue()
        is_new = self._session is None
        self._session = session.id
        place = (session.index, session.paused)
        before, self._place = self._place, place
        begins = before is None or before[0] != place[0]
        if begins:
            self._notice = ""
        if self._draws:
            if self._frame is None:
                self._erase_footer()
                self._tty.write(_SESSION_ON)
                self._frame = []
            self._draw_session(session)
            if begins and not is_new:
                self._tty.write("\a")
        elif begins:
            rows = view.segment_lines(session, self._catalogue, self._columns, self._look)
            if is_new and self._tty.has_keys:
                rows += view.key_rows(view.session_keys(session), self._columns, self._look)
            self._write_line("\n".join(rows))
        elif before != place:
            self._write_line(_("Paused") if session.paused else _("Going on"))

    def _draw_session(self, session: SessionView) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None
        if self._frame is None or self._catalogue is None or self._is_left or not self._is_open:
            return
        now_s = self._now_s()
        if not self._tty.is_behind:
            columns, rows = self._tty.size()
            frame = view.session_rows(session, self._catalogue, now_s, columns, rows, self._look, self._notice)
            self._draw_frame(frame)
        left_s = view.moment_of(session, now_s).left_s
        if not session.paused and left_s > 0:
            next_s = left_s - (math.ceil(left_s) - 1) + TICK_LATE_S
            self._tick = asyncio.get_running_loop().call_later(next_s, self._draw_session, session)

    def _draw_frame(self, frame: list[str]) -> None:
        """Only the rows that differ from those that are seen."""
        before = self._frame or []
        made = []
        for row in range(max(len(before), len(frame))):
            text = frame[row] if row < len(frame) else ""
            if row >= len(before) or before[row] != text:
                made.append(f"\x1b[{row + 1};1H{text}\x1b[K")
        if made:
            self._tty.write("".join(made))
        self._frame = frame

    def _end_session(self, snapshot: Snapshot) -> None:
        number, self._session, self._place, self._catalogue, self._notice = self._session, None, None, None, ""
        self._leave_screen()
        last = snapshot.last
        if number is not None:
            title, work = view.end_words(last if last and last.session == number else None, self._look)
            self._say(view.note_lines(datetime.now().astimezone(), title, work, self._columns, self._look), bell=True)
        later, self._later = self._later, []
        self._say(later)

    def _leave_screen(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None
        if self._frame is not None:
            self._tty.write(_SESSION_OFF)
            self._frame = None

    def _take_back(self) -> None:
        """Everything that is temporary."""
        self._leave_screen()
        self._erase_footer()

    # -- lines, and the rows below them

    def _say(self, rows: list[str], *, bell: bool = False) -> None:
        if not rows:
            return
        if self._draws and self._session is not None:
            self._later += rows
            return
        self._erase_footer()
        ring = "\a" if bell and self._tty.name else ""
        self._tty.write(ring + "".join(row + "\n" for row in rows))
        self._plan_change()

    def _write_line(self, text: str) -> None:
        self._tty.write(text + "\n" if not self._tty.name else f"\a{text}\n")

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
        rows = sum(max(1, math.ceil(_length(row) / columns)) for row in self._footer)
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


def _length(row: str) -> int:
    return len(_STYLE.sub("", row))
