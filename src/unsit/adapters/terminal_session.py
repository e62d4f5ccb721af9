"""A session on a terminal: drawn, with the figure in motion, where the terminal can draw; in lines where it cannot.

Shared by the daemon's own terminal (terminal.py) and by `unsit stretch --here`, which is another process. What is shown is
decided in terminal_view.py and terminal_figure.py. Nothing ticks but while a session is in sight and not paused: twelve times
a second where the figure moves, once a second for the number alone, at the next sentence where there are only lines.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from unsit.adapters import terminal_view as view
from unsit.adapters.tty import SCREEN_OFF, SCREEN_ON, Tty
from unsit.catalogue import Catalogue
from unsit.core.snapshot import SegmentView, SessionView, Snapshot
from unsit.words import _
from unsit.words.choices import choices, exercises_to_choose
from unsit.words.interruptions import pause_note
from unsit.words.segments import cues, side_ahead

if TYPE_CHECKING:
    from unsit.adapters.terminal_figure import Figure

FRAME_S: Final = 1 / 12
TICK_LATE_S: Final = 0.01
"""After the second has turned, not before."""
STILL_VARIABLE: Final = "NO_MOTION"
"""Set to anything: nothing moves by itself, as with `--still`."""

_KEYS: Final = {
    "space": "toggle",
    "n": "next",
    "right": "next",
    "b": "previous",
    "left": "previous",
    "x": "stop",
    "escape": "stop",
    "h": "hurts",
}

_CHOICE_KEYS: Final = {"first": "o", "hold": "l", "walk": "w"}

Command = tuple[str, Mapping[str, str]]


def look_of(tty: Tty, *, is_plain: bool) -> view.Look:
    can_draw = tty.is_screen and not is_plain
    return view.Look(
        is_screen=can_draw,
        has_color=can_draw and tty.has_color,
        has_unicode=tty.has_unicode,
        has_blocks=tty.has_unicode and not tty.has_wide_blocks,
        depth=tty.depth if can_draw else 0,
        is_on_light=tty.is_on_light,
    )


class SessionScreen:
    """
    Args:
        now_s: the daemon's clock.
        load_catalogue: the exercises with their words; kept for the length of a session.
        can_leave: there is a key that leaves the session to itself.
        is_still: the figure shows the working pose and does not move.
        on_screen: told when the terminal's other screen is taken, and when it is given back.
    """

    def __init__(
        self,
        tty: Tty,
        look: view.Look,
        *,
        now_s: Callable[[], float],
        load_catalogue: Callable[[], Catalogue],
        can_leave: bool = False,
        is_still: bool = False,
        on_screen: Callable[[bool], None] = lambda is_on: None,
    ) -> None:
        self._tty, self._look, self._now_s, self._load_catalogue = tty, look, now_s, load_catalogue
        self._can_leave, self._on_screen = can_leave, on_screen
        self._is_still = is_still or bool(os.environ.get(STILL_VARIABLE))
        self._catalogue: Catalogue | None = None
        self._snapshot: Snapshot | None = None
        self._place: tuple[int, bool] | None = None
        """(segment, paused) that was shown last."""
        self._frame: list[str] | None = None
        self._notice = ""
        self._has_figure = True
        self._figure: Figure | None = None
        self._figure_of: tuple[object, ...] = ()
        self._told_s = -1.0
        """Of the current segment, where only lines are written: what was said up to here."""
        self._told_note = ""
        self._tick: asyncio.TimerHandle | None = None
        self._is_left = False

    @property
    def number(self) -> int | None:
        """The session that is shown."""
        return self._snapshot.session.id if self._snapshot is not None and self._snapshot.session else None

    @property
    def catalogue(self) -> Catalogue:
        """As it is shown from, until `close`."""
        if self._catalogue is None:
            self._catalogue = self._load_catalogue()
        return self._catalogue

    @property
    def draws(self) -> bool:
        """In the background the screen is the shell's: then there are only lines."""
        return self._look.is_screen and self._tty.is_ours

    @property
    def columns(self) -> int:
        """For what is written in lines; a log file and a terminal that says little of itself break none."""
        return self._tty.size()[0] if self._tty.is_screen else 1000

    def show(self, snapshot: Snapshot) -> None:
        """The state as it is now; it has a session."""
        session = snapshot.session
        if session is None:
            return
        is_new = self._snapshot is None
        self._snapshot = snapshot
        place = (session.index, session.paused)
        before, self._place = self._place, place
        begins = before is None or before[0] != place[0]
        if begins:
            self._notice = ""
        if self._is_left:
            return
        if self.draws:
            if self._frame is None:
                self._tty.write(SCREEN_ON)
                self._on_screen(True)
                self._frame = []
            self._draw()
            if begins and not is_new:
                self._tty.write("\a")
        else:
            self._write_what_changed(session, before, is_new=is_new)

    def notice(self, text: str) -> None:
        """Said besides what is to be done, until the next segment."""
        self._notice = text
        if self._frame is not None:
            self._draw()
        elif text and not self.draws:
            self._write_line(text)

    def close(self) -> None:
        """The session is over, or is no longer shown: the screen is as it was before."""
        self._give_back()
        self._snapshot = self._place = self._catalogue = self._figure = None
        self._figure_of, self._notice = (), ""

    def command_of(self, key: str) -> Command | None:
        """What a key asks the daemon for; None for a stray one, and for one that changes only what is seen here."""
        snapshot = self._snapshot
        if snapshot is None or snapshot.session is None:
            return None
        if key == "f" and self._look.is_screen:
            self._has_figure = not self._has_figure
            self._draw()
            return None
        if key == "m":
            return ("unmute" if snapshot.muted else "mute"), {}
        if snapshot.session.may_choose and "choose" in snapshot.allowed:
            for choice_key, _label, params in self._choices():
                if choice_key == key:
                    return "choose", params
        command = "stop" if key == "s" and self._can_leave else _KEYS.get(key, "")
        if command not in snapshot.allowed:
            return None
        self._notice = ""
        return command, {}

    # -- what the terminal does

    def handle_resize(self) -> None:
        if self._frame is not None and not self._is_left:
            self._tty.write("\x1b[0m\x1b[2J")
            self._frame = []
            self._draw()

    def handle_leave(self) -> None:
        self._give_back()
        self._is_left = True

    def handle_return(self) -> None:
        """Shown again by the next `show`."""
        self._is_left = False
        if self._frame is not None:  # stopped without a word, and another program may have drawn meanwhile
            self._frame = None

    # -- drawing

    def _draw(self) -> None:
        self._stop_tick()
        session = self._snapshot.session if self._snapshot else None
        if session is None or self._frame is None or self._is_left:
            return
        now_s = self._now_s()
        at = view.moment_of(session, now_s)
        is_moving = False
        if not self._tty.is_behind:
            columns, rows = self._tty.size()
            figure = self._figure_now(session) if self._has_figure else None
            elapsed_s = session.segments[session.index].seconds - at.left_s
            made = view.session_rows(
                session, self.catalogue, now_s, columns, rows, self._look, self._notice, self._sound_note(),
                figure=None if figure is None else lambda width, height: figure.rows(width, height, elapsed_s),
                keys=self._keys(),
            )  # fmt: skip
            self._draw_frame(made)
            is_moving = figure is not None and figure.is_moving
        if not session.paused and at.left_s > 0:
            next_s = at.left_s - (math.ceil(at.left_s) - 1) + TICK_LATE_S
            self._plan(min(next_s, FRAME_S) if is_moving else next_s)

    def _figure_now(self, session: SessionView) -> Figure | None:
        segment = session.segments[session.index]
        side = side_ahead(session, session.index)
        of = (segment, side)
        if of != self._figure_of:
            self._figure_of = of
            self._figure = _figure_of(self.catalogue, segment, side, self._look, is_still=self._is_still)
        return self._figure

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

    def _keys(self) -> list[view.Keys]:
        snapshot = self._snapshot
        if snapshot is None or snapshot.session is None or not self._tty.has_keys:
            return []
        keys = view.session_keys(snapshot.session, is_muted=snapshot.muted, can_leave=self._can_leave)
        return [[(key, label) for key, label, _params in self._choices()], keys]

    def _choices(self) -> list[tuple[str, str, Mapping[str, str]]]:
        """(key, label, parameters of `choose`), while there is a choice."""
        session = self._snapshot.session if self._snapshot else None
        if self._snapshot is None or session is None:
            return []
        made = [(_CHOICE_KEYS[choice.id], choice.label, choice.params) for choice in choices(session)]
        others = [text.id for text in exercises_to_choose(session, self.catalogue, self._snapshot.hurt)]
        if len(others) > 1:
            now = session.exercises[0]
            follows = others[(others.index(now) + 1) % len(others)] if now in others else others[0]
            made.append(("e", _("Another exercise"), {"exercise": follows}))
        return made

    def _sound_note(self) -> str:
        """Why nothing will be heard, said while one gets ready: on the floor one would wait for it."""
        snapshot = self._snapshot
        is_beginning = snapshot is not None and snapshot.session is not None and snapshot.session.index == 0
        return snapshot.sound_note if snapshot is not None and is_beginning and not snapshot.muted else ""

    def _give_back(self) -> None:
        self._stop_tick()
        if self._frame is not None:
            self._tty.write(SCREEN_OFF)
            self._on_screen(False)
            self._frame = None

    # -- lines

    def _write_what_changed(self, session: SessionView, before: tuple[int, bool] | None, *, is_new: bool) -> None:
        place = (session.index, session.paused)
        if before is None or before[0] != place[0]:
            rows = view.segment_lines(session, self.catalogue, self.columns, self._look)
            if is_new:
                rows += [row for keys in self._keys() for row in view.key_rows(keys, self.columns, self._look)]
            self._write_line("\n".join(rows), bell=True)
            self._told_s = 0.0
        elif (note := self._sound_note()) and note != self._told_note:
            self._told_note = note
            self._write_line(self._look.plain(note))
        elif before != place:
            why = pause_note(session) or _("Paused")
            self._write_line(self._look.plain(why) if session.paused else _("Going on"), bell=True)
        self._tell()

    def _tell(self) -> None:
        """What is said within a segment, a line each, when its time has come."""
        self._stop_tick()
        session = self._snapshot.session if self._snapshot else None
        if session is None or session.paused or self._is_left:
            return
        segment = session.segments[session.index]
        text = self.catalogue.get(segment.exercise)
        if text is None:
            return
        elapsed_s = segment.seconds - view.moment_of(session, self._now_s()).left_s
        later = [cue for cue in cues(segment, side_ahead(session, session.index), text) if cue[0] > self._told_s]
        for from_s, sentence in later:
            if from_s > elapsed_s:
                self._plan(from_s - elapsed_s + TICK_LATE_S)
                return
            self._told_s = from_s
            self._write_line(self._look.plain(sentence))

    def _write_line(self, text: str, *, bell: bool = False) -> None:
        self._tty.write(f"\a{text}\n" if bell and self._tty.name else f"{text}\n")

    # -- time

    def _plan(self, in_s: float) -> None:
        self._tick = asyncio.get_running_loop().call_later(in_s, self._draw if self._frame is not None else self._tell)

    def _stop_tick(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None


def _figure_of(
    catalogue: Catalogue, segment: SegmentView, side: str | None, look: view.Look, *, is_still: bool
) -> Figure | None:
    """None for an exercise of the person's own that has none."""
    text = (catalogue.get("walk") if segment.kind == "walk" else None) or catalogue.get(segment.exercise)
    scene = text.figure_of(segment.stage) if text is not None else None
    if scene is None:
        return None
    from unsit.adapters.terminal_figure import Figure  # geometry: not before somebody looks

    return Figure(scene, segment.kind, segment.seconds, look, is_mirrored=side == "left", is_still=is_still)
