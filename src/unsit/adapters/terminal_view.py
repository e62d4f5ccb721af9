"""What the terminal shows, as lines of text. Pure: no I/O and no clock; the instant is an argument.

Three distances, as on the page: while one gets ready the steps are what matters, in the stretch the number is, which grows
with the window until it can be read from the floor.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, cast

from unsit.catalogue import Catalogue, ExerciseText, said
from unsit.core.model import SegmentKind, Side
from unsit.core.snapshot import LastView, SegmentView, SessionView, Snapshot
from unsit.words import _, format_duration, format_time, join_words
from unsit.words.segments import cues, segment_word, side_ahead, what_follows

MARGIN: Final = 2
COLUMNS_MOST: Final = 76
"""Longer lines are hard to read."""
PAUSE_FOR: Final = "1h"

Keys = Sequence[tuple[str, str]]

_DIGITS: Final = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    ":": (" ", "#", " ", "#", " "),
}
"""Three by five, the smallest digits that can be told apart."""


class Look(NamedTuple):
    """What this terminal can show. Without a screen there is plain text only."""

    is_screen: bool = False
    has_color: bool = False
    has_unicode: bool = True

    def bold(self, text: str) -> str:
        return self._with("1", text)

    def dim(self, text: str) -> str:
        return self._with("2", text)

    def calm(self, text: str) -> str:
        return self._with("36", text) if self.has_color else text

    def warm(self, text: str) -> str:
        return self._with("1;33", text) if self.has_color else self.bold(text)

    def _with(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_screen and text else text

    @property
    def dot(self) -> str:
        return " · " if self.has_unicode else " - "

    def plain(self, text: str) -> str:
        """Without the typographic characters that a poor font lacks."""
        if self.has_unicode:
            return text
        return text.translate({0xB7: "-", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2026: "..."})


# ------------------------------------------------------------------------------------------------------ between sessions


def note_lines(at: datetime, title: str, body: str, columns: int, look: Look, *, is_prompt: bool = False) -> list[str]:
    """`10:52  Time to get up · Standing lunge stretch, 3 min 18 s · You have sat for 1 h.`"""
    time = format_time(at)
    indent = " " * (len(time) + 2)
    text = look.plain(joined((title, *body.splitlines()), look))
    rows = textwrap.wrap(
        f"{time}  {text}", max(20, columns), subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
    head = f"{time}  {look.plain(title)}"
    style = look.warm if is_prompt else look.bold
    if rows and rows[0].startswith(head):
        rows[0] = look.dim(time) + "  " + style(look.plain(title)) + rows[0][len(head) :]
    return rows


def joined(parts: Iterable[str], look: Look) -> str:
    """Sentences follow each other; what is none is set apart."""
    made = ""
    for part in filter(None, parts):
        gap = "" if not made else " " if made[-1] in ".!?" else look.dot
        made += gap + part
    return made


def idle_keys(snapshot: Snapshot) -> list[tuple[str, str]]:
    """The keys that do something now, with what they do."""
    allowed = snapshot.allowed
    is_asked = snapshot.prompt is not None
    keys = [("s", _("start") if is_asked else _("stretch now"), "begin")]
    keys += [
        ("z", _("snooze"), "snooze"),
        ("k", _("skip"), "skip"),
        ("m", _("moved"), "done"),
        ("u", _("undo"), "undo"),
    ]
    if "resume" in allowed:
        keys.append(("p", _("resume"), "resume"))
    else:
        keys.append(("p", _("pause 1 h"), "pause"))
    return [*((key, text) for key, text, command in keys if command in allowed), ("q", _("quit"))]


def session_keys(session: SessionView) -> list[tuple[str, str]]:
    pause = _("go on") if session.paused else _("pause")
    return [(_("space"), pause), ("n", _("next")), ("b", _("back")), ("x", _("stop")), ("h", _("this hurts"))]


def key_rows(keys: Keys, columns: int, look: Look) -> list[str]:
    """`s start   z snooze   k skip`, on as many rows as it takes."""
    rows: list[str] = []
    row, length = "", 0
    for key, text in keys:
        size = len(key) + 1 + len(text)
        if row and length + 3 + size > columns:
            rows.append(row)
            row, length = "", 0
        row += ("   " if row else "") + look.bold(key) + " " + look.dim(look.plain(text))
        length += (3 if length else 0) + size
    return [*rows, row] if row else rows


def footer(status: str, keys: Keys, columns: int, look: Look) -> list[str]:
    """What stands below everything that was said: the state, and the keys."""
    return ["", *(look.plain(row) for row in textwrap.wrap(status, max(20, columns))), *key_rows(keys, columns, look)]


# ------------------------------------------------------------------------------------------------------------ in a session


class Moment(NamedTuple):
    """Where a session is.

    Attributes:
        left_s: of the current segment.
        left_in_all_s: of the session.
    """

    left_s: float
    left_in_all_s: float


def moment_of(session: SessionView, now_s: float) -> Moment:
    segment = session.segments[session.index]
    left_s = segment.seconds - session.elapsed_s if session.ends is None else session.ends.boot_s - now_s
    left_s = min(max(left_s, 0.0), segment.seconds)
    return Moment(left_s, left_s + sum(later.seconds for later in session.segments[session.index + 1 :]))


def segment_lines(session: SessionView, catalogue: Catalogue, columns: int, look: Look) -> list[str]:
    """A segment that begins, where nothing is drawn: what, for how long, how."""
    segment = session.segments[session.index]
    text, side = catalogue.get(segment.exercise), side_ahead(session, session.index)
    head = look.dot.join(part for part in (segment_word(segment.kind), _side_words(segment, side)) if part)
    cue = text.cue(cast(SegmentKind, segment.kind), "start", side) if text else ""
    line = look.plain(f"{head}, {format_duration(segment.seconds)}. {cue}".strip())
    return textwrap.wrap(line, max(20, columns), subsequent_indent="  ", break_on_hyphens=False)


def session_rows(
    session: SessionView, catalogue: Catalogue, now_s: float, columns: int, rows: int, look: Look, notice: str = ""
) -> list[str]:
    """The whole screen while a session runs; never more than `rows`.

    Args:
        notice: what has to be said besides, such as why a key did nothing.
    """
    segment = session.segments[session.index]
    text, side = catalogue.get(segment.exercise), side_ahead(session, session.index)
    at = moment_of(session, now_s)
    width = max(16, min(columns - 2 * MARGIN, COLUMNS_MOST))
    widest = max(16, columns - 2 * MARGIN)  # of the number, which is not read like a line
    number = _countdown(at.left_s)

    title = join_words(catalogue.name_of(exercise) for exercise in session.exercises)
    place = _("step {step} of {steps}").format(step=session.index + 1, steps=len(session.segments))
    head = _two_ends(title, place, width, look)
    word = look.dot.join(part for part in (segment_word(segment.kind), _side_words(segment, side)) if part)
    said_now = notice or _cue(segment, side, text, segment.seconds - at.left_s)
    cue = [look.plain(row) for row in textwrap.wrap(said_now, width)]
    steps = _step_rows(text, side, width, look) if text and segment.kind not in ("walk", "rest") else []
    then = [look.dim(look.plain(row)) for row in textwrap.wrap(what_follows(session, session.index, catalogue), width)]
    keys = key_rows(session_keys(session), width, look)
    bar = _bar_rows(session, at, width, look)

    def screen(scale: int, with_steps: bool, is_airy: bool) -> list[str]:
        name = word if scale else f"{word}  {number}"
        if session.paused:
            name = look.dot.join((_("Paused"), name))
        style = look.dim if session.paused else look.bold if segment.kind in ("prepare", "switch") else look.warm
        big = _big(number, scale, widest, look)
        names = [style(row) for row in textwrap.wrap(look.plain(name), width)]
        blocks = [head, names, [look.dim(row) if session.paused else row for row in big], cue]
        blocks += [steps if with_steps else [], bar, then, keys]
        made: list[str] = [""] if is_airy else []
        for block in blocks:
            if block:
                made += [*block, ""] if is_airy else block
        return [" " * MARGIN + row if row else "" for row in (made[:-1] if is_airy else made)]

    is_reading = segment.kind in ("prepare", "switch")
    scales = (1, 0) if is_reading else (6, 5, 4, 3, 2, 1, 0)
    wishes = [(scale, with_steps, True) for scale in scales for with_steps in (True, False)]
    if is_reading:
        wishes.sort(key=lambda wish: not wish[1])
    wishes += [(1, False, False), (0, True, False), (0, False, False)]
    for wish in wishes:
        if wish[0] and not _big(_countdown(segment.seconds), wish[0], widest, look):
            continue  # as its longest number: the size must not jump on the way
        made = screen(*wish)
        if len(made) <= rows:
            return made
    # A slit: the word with the number, the bar, and what fits.
    name = [look.bold(row) for row in textwrap.wrap(look.plain(f"{word}  {number}"), width)]
    return [" " * MARGIN + row for row in [*name, *bar, *cue, *keys][:rows]]


def end_words(last: LastView | None, look: Look) -> tuple[str, str]:
    """-> (how it ended, what was done). None for a session after which it is as if it had not begun."""
    if last is None or last.word == "void":
        return _("Stopped"), _("It was too short to count, and nothing was written down.")
    names = {
        "left": _("left side {duration}"),
        "right": _("right side {duration}"),
        "walk": _("walked {duration}"),
        "reps": _("repetitions {duration}"),
        "breaths": _("breaths {duration}"),
        "rest": _("rested {duration}"),
    }
    done = [
        names[kind].format(duration=format_duration(seconds))
        for kind, seconds in (last.work or {}).items()
        if seconds >= 1 and kind in names
    ]
    work = ", ".join(done)
    if last.reason == "pain":
        off = _("This exercise is not offered again until you switch it on in the settings.")
        return _("Stopped, because it hurt"), look.dot.join(part for part in (work, off) if part)
    if last.word == "completed":
        return _("Well done"), work
    return _("Stopped early"), work


# ----------------------------------------------------------------------------------------------------------- its pieces


def _side_words(segment: SegmentView, side: Side | None) -> str:
    match segment.kind, side:
        case _kind, None:
            return ""
        case "prepare", _side:
            return _("left side first") if side == "left" else _("right side first")
        case _kind, _side:
            return _("left side") if side == "left" else _("right side")


def _cue(segment: SegmentView, side: Side | None, text: ExerciseText | None, elapsed_s: float) -> str:
    told = [sentence for from_s, sentence in cues(segment, side, text) if from_s <= elapsed_s] if text else []
    return told[-1] if told else ""


def _step_rows(text: ExerciseText, side: Side | None, width: int, look: Look) -> list[str]:
    made: list[str] = []
    for number, step in enumerate(text.steps, 1):
        rows = textwrap.wrap(f"{number}  {said(step, side)}", width, subsequent_indent="   ", break_long_words=False)
        made += [look.dim(look.plain(row)) for row in rows]
    return made


def _two_ends(left: str, right: str, width: int, look: Look) -> list[str]:
    left, right = look.plain(left), look.plain(right)
    gap = width - len(left) - len(right)
    if gap >= 2:
        return [look.bold(left) + " " * gap + look.dim(right)]
    return [*(look.bold(row) for row in textwrap.wrap(left, width)), look.dim(right)]


def _countdown(seconds: float) -> str:
    whole = math.ceil(seconds)
    return str(whole) if whole < 100 else f"{whole // 60}:{whole % 60:02}"


def _big(number: str, scale: int, width: int, look: Look) -> list[str]:
    """The number in blocks, `scale` times five rows high; nothing where it is too wide."""
    if not scale:
        return []
    gap = " " * (2 * scale)
    rows = [
        gap.join("".join(point * (2 * scale) for point in _DIGITS[digit][row]) for digit in number) for row in range(5)
    ]
    if len(rows[0]) > width:
        return []
    block = "█" if look.has_unicode else "#"
    return [look.calm(row.replace("#", block).rstrip()) for row in rows for _times in range(scale)]


def _bar_rows(session: SessionView, at: Moment, width: int, look: Look) -> list[str]:
    """How far the whole session is, with a gap between the segments; and what is left of it."""
    left = look.plain(_("{duration} left").format(duration=format_duration(math.ceil(at.left_in_all_s))))
    beside = width - len(left) - 2
    size = beside if beside >= 24 else width
    full, rest = ("━", "─") if look.has_unicode else ("=", "-")
    cells = _shares([segment.seconds for segment in session.segments], size)
    made = []
    for index, (segment, cell) in enumerate(zip(session.segments, cells, strict=True)):
        share = 1.0 if index < session.index else 0.0
        if index == session.index and segment.seconds:
            share = 1.0 - at.left_s / segment.seconds
        done = round(cell * share)
        made.append(look.calm(full * done) + look.dim(rest * (cell - done)))
    bar = (" " if sum(cells) < size else "").join(made)
    return [f"{bar}  {look.dim(left)}"] if size == beside else [bar, look.dim(left)]


def _shares(seconds: Sequence[float], size: int) -> list[int]:
    """So many cells for each, in proportion, at least one; with room for the gaps where there is any."""
    room = size - (len(seconds) - 1)
    if room < 2 * len(seconds):
        room = size
    total = sum(seconds) or 1.0
    cells, given, passed = [], 0, 0.0
    for index, length in enumerate(seconds):
        passed += length
        rest = len(seconds) - index - 1
        end = min(max(round(room * passed / total), given + 1), room - rest)
        cells.append(max(1, end - given))
        given = end
    return cells
