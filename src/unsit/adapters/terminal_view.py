"""What the terminal shows, as lines of text. Pure: no I/O and no clock; the instant is an argument.

Three distances, as on the page: while one gets ready the steps are what matters, in the stretch the number is, which grows
with the window until it can be read from the floor.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import Final, Literal, NamedTuple, cast

from unsit.catalogue import Catalogue, ExerciseText, said
from unsit.core.model import SegmentKind, Side
from unsit.core.snapshot import SegmentView, SessionView, Snapshot
from unsit.words import _, format_duration, format_time, join_words
from unsit.words.endings import end_words as said_at_the_end
from unsit.words.endings import nothing_stays, why_it_stopped
from unsit.words.interruptions import pause_note
from unsit.words.names import names_beside
from unsit.words.segments import (
    beats,
    cues,
    is_side_new,
    part_words,
    segment_word,
    side_ahead,
    what_follows,
)

MARGIN: Final = 2
COLUMNS_MOST: Final = 76
"""Longer lines are hard to read."""
PAUSE_FOR: Final = "1h"

Keys = Sequence[tuple[str, str]]
Depth = Literal[0, 16, 256, 16777216]
"""How many colours a terminal has; 0: none, or none are wanted."""
Figure = Callable[[int, int], list[str]]
"""(columns, rows) -> the figure on so many cells."""

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
    has_blocks: bool = True
    """Block elements are one cell wide."""
    depth: Depth = 0
    is_on_light: bool = False

    def bold(self, text: str) -> str:
        return self._with("1", text)

    def dim(self, text: str) -> str:
        return self._with("2", text)

    def calm(self, text: str) -> str:
        return self._with("36", text) if self.has_color else text

    def number(self, row: str, *, is_dim: bool) -> str:
        """A row of large digits, given as `#` and spaces. With the background in the colour of the blocks, since some fonts
        leave lines between them; as spaces in reverse where there are no blocks one cell wide."""
        codes = ["2"] if is_dim else []
        codes += ["36"] if self.has_color else []
        if self.has_blocks and self.has_unicode:
            block, codes = "█", [*codes, "46"] if self.has_color and not is_dim else codes
        else:
            block, codes = (" ", [*codes, "7"]) if self.is_screen else ("#", [])
        return re.sub("#+", lambda run: self._with(";".join(codes), block * len(run[0])), row.rstrip())

    def warm(self, text: str) -> str:
        colour = "34" if self.is_on_light else "33"  # nobody reads yellow on white
        return self._with(f"1;{colour}", text) if self.has_color else self.bold(text)

    def _with(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_screen and code and text else text

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


def session_keys(session: SessionView, *, is_muted: bool = False, can_leave: bool = False) -> list[tuple[str, str]]:
    keys = [
        (_("space"), _("go on") if session.paused else _("pause")),
        ("n", _("next")),
        ("b", _("back")),
        ("x", _("stop")),
        ("h", _("this hurts")),
        ("m", _("sound on") if is_muted else _("mute")),
    ]
    return [*keys, ("q", _("leave"))] if can_leave else keys


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
    """A segment that begins, where nothing is drawn: what, for how long, how. Before it, in lines of their own, what begins
    with it: the exercise or its part, and, where there is time for it, the steps and what to take care of."""
    segment, width = session.segments[session.index], max(20, columns)
    text, side = catalogue.get(segment.exercise), side_ahead(session, session.index)
    head = look.dot.join(part for part in (segment_word(segment.kind), _side_words(session)) if part)
    cue = text.cue(cast(SegmentKind, segment.kind), "start", side, segment.stage) if text else ""
    begun = textwrap.wrap(look.plain(_title(session, catalogue)), width) if _begins(session) else []
    if segment.kind == "prepare" and text is not None:
        steps = text.stage(segment.stage).steps
        if not segment.stage or steps != text.stage(segment.stage - 1).steps:
            begun += _step_rows(steps, side, width, look)
        begun += _care_rows(text, side, width, look) if not segment.stage else []
    line = look.plain(f"{head}, {format_duration(segment.seconds)}. {cue}".strip())
    return [*begun, *textwrap.wrap(line, width, subsequent_indent="  ", break_on_hyphens=False)]


BESIDE_LEAST: Final = (56, 14)
"""Columns and rows from which the figure stands beside the words."""
ABOVE_LEAST: Final = (26, 26)
"""And from which it stands above them, where there is no room beside."""
WIDEST: Final = 190
"""Columns: further apart, words and figure are not seen together."""
_FIGURE_SHAPE: Final = 0.4
"""Rows a column: a little lower than the pictures, since nobody draws over the edge here."""


def session_rows(
    session: SessionView,
    catalogue: Catalogue,
    now_s: float,
    columns: int,
    rows: int,
    look: Look,
    notice: str = "",
    remark: str = "",
    *,
    figure: Figure | None = None,
    keys: Sequence[Keys] | None = None,
) -> list[str]:
    """The whole screen while a session runs; never more than `rows`.

    Args:
        notice: what has to be said besides, such as why a key did nothing. It never takes the place of what to do.
        remark: what is worth saying besides where there is room for it, and no notice.
        figure: left out where there is no room for it.
        keys: what can be pressed, in groups, if it is not what every session has.
    """
    keys = [session_keys(session)] if keys is None else keys
    said_now = _Said(session, catalogue, now_s, look, notice, remark, keys)
    if figure is not None and columns >= BESIDE_LEAST[0] and rows >= BESIDE_LEAST[1]:
        made = _beside(said_now, figure, columns, rows)
    elif figure is not None and columns >= ABOVE_LEAST[0] and rows >= ABOVE_LEAST[1]:
        made = _above(said_now, figure, columns, rows)
    else:
        made = _words_alone(said_now, columns, rows)
    return [" " * MARGIN + row if row else "" for row in made]


class _Said:
    """A moment of a session in pieces, each to be broken to a width."""

    def __init__(
        self,
        session: SessionView,
        catalogue: Catalogue,
        now_s: float,
        look: Look,
        notice: str,
        remark: str,
        keys: Sequence[Keys],
    ) -> None:
        self.session, self.look, self.catalogue, self.all_keys = session, look, catalogue, keys
        self.segment = session.segments[session.index]
        self.text = catalogue.get(self.segment.exercise)
        self.side = side_ahead(session, session.index)
        self.at = moment_of(session, now_s)
        self.count = beats(self.segment)
        self.number = _number(self.segment, self.at.left_s, self.count)
        self.is_reading = self.segment.kind in ("prepare", "switch")
        elapsed_s = self.segment.seconds - self.at.left_s
        self._notice, self._remark = notice or pause_note(session), remark
        self._said_now = _cue(self.segment, self.side, self.text, elapsed_s)

    def head(self, width: int) -> list[str]:
        session = self.session
        title = _title(session, self.catalogue)
        place = _("step {step} of {steps}").format(step=session.index + 1, steps=len(session.segments))
        return _two_ends(title, place, width, self.look)

    def names(self, width: int, *, with_number: bool) -> list[str]:
        """What is done, and for which side."""
        look = self.look
        counted = _("{number} of {count}").format(number=self.number, count=self.count) if self.count else ""
        parts = (segment_word(self.segment.kind), _side_words(self.session), counted)
        name = look.dot.join(part for part in parts if part)
        if with_number and not counted:
            name = f"{name}  {self.number}"
        if self.session.paused:
            name = look.dot.join((_("Paused"), name))
        style = look.dim if self.session.paused else look.bold if self.is_reading else look.warm
        return [style(row) for row in textwrap.wrap(look.plain(name), width)]

    def big(self, scale: int, width: int) -> list[str]:
        """The number in blocks; nothing where the longest that this segment has would be too wide: its size must not jump."""
        longest = str(self.count) if self.count else _countdown(self.segment.seconds)
        if not _big(longest, scale, width, self.look):
            return []
        return _big(self.number, scale, width, self.look, is_dim=self.session.paused)

    def cue(self, width: int) -> list[str]:
        return [self.look.plain(row) for row in textwrap.wrap(self._said_now, width)]

    def besides(self, width: int) -> list[str]:
        """What does not belong to the exercise."""
        width, said = min(width, COLUMNS_MOST), self._notice or self._remark
        return [self.look.bold(self.look.plain(row)) for row in textwrap.wrap(said, width, break_on_hyphens=False)]

    def without_remark(self) -> _Said | None:
        """The same, for a smaller window."""
        if not self._remark:
            return None
        made = copy(self)
        made._remark = ""
        return made

    def steps(self, width: int) -> list[str]:
        if self.text is None or self.segment.kind in ("walk", "rest"):
            return []
        return _step_rows(self.text.stage(self.segment.stage).steps, self.side, width, self.look)

    def care(self, width: int) -> list[str]:
        """What one needs, and what to take care of: said while there is time for it."""
        if self.text is None or self.segment.kind != "prepare" or self.segment.stage:
            return []
        return _care_rows(self.text, self.side, width, self.look)

    def then(self, width: int) -> list[str]:
        sentence = what_follows(self.session, self.session.index, self.catalogue)
        return [self.look.dim(self.look.plain(row)) for row in textwrap.wrap(sentence, width)]

    def keys(self, width: int) -> list[str]:
        return [row for group in self.all_keys for row in key_rows(group, width, self.look)]

    def bar(self, width: int) -> list[str]:
        return _bar_rows(self.session, self.at, width, self.look)


def _stack(blocks: Iterable[list[str]], *, is_airy: bool) -> list[str]:
    made: list[str] = []
    for block in blocks:
        if block:
            made += ["", *block] if made and is_airy else block
    return made


def _beside(said_now: _Said, figure: Figure, columns: int, rows: int) -> list[str]:
    """Words on the left, the figure on the right, what concerns the whole session below both."""
    inner = min(columns - 2 * MARGIN, WIDEST)
    left = max(24, int(inner * (0.5 if said_now.is_reading else 0.42)))
    right = inner - left - MARGIN
    head = said_now.head(inner)
    besides, keys = said_now.besides(inner), said_now.keys(inner)
    whole = [*said_now.bar(inner), *said_now.then(inner)]
    has_air = rows - len(head) - len(besides) - len(whole) - len(keys) >= 14
    for is_airy in (True, False) if has_air else (False,):  # the steps are worth more than air
        foot = _stack((besides, whole, keys), is_airy=is_airy)
        space = [""] if is_airy else []
        room = rows - len(head) - len(foot) - 2 - len(space)
        words = _column(said_now, left, room, must_have_steps=is_airy and said_now.is_reading)
        if words:
            break
    if not words and (smaller := said_now.without_remark()):
        return _beside(smaller, figure, columns, rows)
    words = words or [*said_now.names(left, with_number=True), *said_now.cue(left)][:room]
    height = min(room, max(5, math.ceil(right * _FIGURE_SHAPE)))
    drawn = figure(right, height)
    above = max(0, (max(len(words), height) - height) // 2)
    body = []
    for row in range(max(len(words), above + len(drawn))):
        word = words[row] if row < len(words) else ""
        line = drawn[row - above] if 0 <= row - above < len(drawn) else ""
        body.append(word + " " * (left - len(bare(word)) + MARGIN) + line if line else word)
    return [*space, *head, "", *body, "", *foot]


_STEPS, _CUE, _CARE = 1, 2, 4
_WISHES_TO_READ: Final = tuple(
    (scale, what, is_airy)
    for what, ways in (
        (_STEPS | _CUE | _CARE, ((1, True), (0, True))),
        (_STEPS | _CARE, ((1, True), (0, True), (1, False), (0, False))),
        (_STEPS | _CUE, ((1, True), (0, True))),
        (_STEPS, ((1, True), (0, True), (1, False), (0, False))),
        (_CUE, ((1, True), (0, True), (1, False), (0, False))),
    )
    for scale, is_airy in ways
)
"""What is read wants air, and rather that than a large number; the first step says what the cue does."""
_WISHES_TO_DO: Final = tuple(
    (scale, what, is_airy) for scale in range(8, -1, -1) for what in (_STEPS | _CUE, _CUE) for is_airy in (True, False)
)


def _column(said_now: _Said, width: int, room: int, *, must_have_steps: bool) -> list[str]:
    """The words beside the figure, with the number as large as there is room; nothing where what to do does not fit."""
    widest, width = width, min(width, COLUMNS_MOST)
    steps, care = said_now.steps(width), said_now.care(width)
    for scale, what, is_airy in _WISHES_TO_READ if said_now.is_reading else _WISHES_TO_DO:
        if must_have_steps and steps and not what & _STEPS:
            break
        big = said_now.big(scale, widest) if scale else []
        if scale and not big:
            continue
        made = _stack(
            (
                said_now.names(width, with_number=not scale),
                big,
                said_now.cue(width) if what & _CUE else [],
                steps if what & _STEPS else [],
                care if what & _CARE else [],
            ),
            is_airy=is_airy,
        )
        if len(made) <= room:
            return made
    return []


def _above(said_now: _Said, figure: Figure, columns: int, rows: int) -> list[str]:
    """The figure over the words: the window is high and narrow."""
    inner = columns - 2 * MARGIN
    height = min(math.ceil(inner * _FIGURE_SHAPE), rows - 16)
    words = _words_alone(said_now, columns, rows - height - 1)
    head = len(said_now.head(max(16, min(inner, COLUMNS_MOST)))) + (1 if words and not words[0] else 0)
    return [*words[:head], *figure(inner, height), "", *words[head:]]


def _words_alone(said_now: _Said, columns: int, rows: int) -> list[str]:
    width = max(16, min(columns - 2 * MARGIN, COLUMNS_MOST))
    widest = max(16, columns - 2 * MARGIN)  # of the number, which is not read like a line

    def screen(scale: int, with_steps: bool, is_airy: bool, *, with_care: bool = False) -> list[str]:
        made = _stack(
            (
                said_now.head(width),
                said_now.names(width, with_number=not scale),
                said_now.big(scale, widest) if scale else [],
                said_now.cue(width),
                said_now.steps(width) if with_steps else [],
                said_now.care(width) if with_care else [],
                said_now.besides(width),
                said_now.bar(width),
                said_now.then(width),
                said_now.keys(width),
            ),
            is_airy=is_airy,
        )
        return ["", *made] if is_airy else made

    scales = (1, 0) if said_now.is_reading else (6, 5, 4, 3, 2, 1, 0)
    wishes = [(scale, with_steps, True) for scale in scales for with_steps in (True, False)]
    wishes += [(1, False, False), (0, True, False), (0, False, False)]
    if said_now.is_reading:  # the steps are worth more than air
        wishes.sort(key=lambda wish: not wish[1])
    for with_care in (True, False) if said_now.is_reading else (False,):
        for wish in wishes:
            if (wish[0] and not said_now.big(wish[0], widest)) or (with_care and not wish[1]):
                continue
            made = screen(*wish, with_care=with_care)
            if len(made) <= rows:
                return made
    if smaller := said_now.without_remark():
        return _words_alone(smaller, columns, rows)
    # A slit: the word with the number, the bar, and what fits.
    look = said_now.look
    names = [look.bold(bare(row)) for row in said_now.names(width, with_number=True)]
    what = [*said_now.besides(width), *said_now.cue(width)]
    return [*names, *said_now.bar(width), *what, *said_now.keys(width)][:rows]


def end_words(snapshot: Snapshot, number: int, catalogue: Catalogue) -> tuple[str, str]:
    """-> (how this session ended, what was done and what there is to say of it, a line each)."""
    last = snapshot.last
    if last is None or last.session != number or last.word == "void":
        title, sentences = nothing_stays()
        return title, "\n".join(filter(None, [*sentences, why_it_stopped(snapshot, number)]))
    names = {
        "left": _("left side {duration}"),
        "right": _("right side {duration}"),
        "hold": _("held {duration}"),
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
    title, sentences = said_at_the_end(snapshot, last, catalogue)
    # What was done says enough, unless it hurt: there is one line for it here.
    more = sentences if last.reason == "pain" else [why_it_stopped(snapshot, number)]
    return title, "\n".join(filter(None, [", ".join(done), *more]))


# ----------------------------------------------------------------------------------------------------------- its pieces


def _title(session: SessionView, catalogue: Catalogue) -> str:
    """Which exercise it is, and which part of it; in the walk, what it follows."""
    segment = session.segments[session.index]
    if segment.kind == "walk":
        return join_words(names_beside(session.exercises, session.total_s, catalogue.name_of))
    return " · ".join(
        filter(None, (catalogue.name_of(segment.exercise), part_words(session, session.index, catalogue)))
    )


def _begins(session: SessionView) -> bool:
    """An exercise, or a part of one."""
    segment = session.segments[session.index]
    if segment.kind == "walk":
        return False
    before = session.segments[session.index - 1] if session.index else None
    return before is None or (before.exercise, before.stage) != (segment.exercise, segment.stage)


def _side_words(session: SessionView) -> str:
    side = side_ahead(session, session.index)
    kind = session.segments[session.index].kind
    match kind, side:
        case _kind, None:
            return ""
        case "prepare", _side if is_side_new(session, session.index):
            return _("left side first") if side == "left" else _("right side first")
        case _kind, _side:
            return _("left side") if side == "left" else _("right side")


def _cue(segment: SegmentView, side: Side | None, text: ExerciseText | None, elapsed_s: float) -> str:
    told = [sentence for from_s, sentence in cues(segment, side, text) if from_s <= elapsed_s] if text else []
    return told[-1] if told else ""


def _step_rows(steps: Sequence[str], side: Side | None, width: int, look: Look) -> list[str]:
    made: list[str] = []
    for number, step in enumerate(steps, 1):
        rows = textwrap.wrap(f"{number}  {said(step, side)}", width, subsequent_indent="   ", break_long_words=False)
        made += [look.dim(look.plain(row)) for row in rows]
    return made


def _care_rows(text: ExerciseText, side: Side | None, width: int, look: Look) -> list[str]:
    needs, cautions = ([said(sentence, side) for sentence in of] for of in (text.needs, text.cautions))
    told = [
        _("You need {what}.").format(what=", ".join(needs)) if needs else "",
        _("Take care: {what}").format(what=" ".join(cautions)) if cautions else "",
    ]
    return [look.dim(row) for one in told for row in textwrap.wrap(look.plain(one), width)]


def _two_ends(left: str, right: str, width: int, look: Look) -> list[str]:
    left, right = look.plain(left), look.plain(right)
    gap = width - len(left) - len(right)
    if gap >= 2:
        return [look.bold(left) + " " * gap + look.dim(right)]
    return [*(look.bold(row) for row in textwrap.wrap(left, width)), look.dim(right)]


def _countdown(seconds: float) -> str:
    whole = math.ceil(seconds)
    return str(whole) if whole < 100 else f"{whole // 60}:{whole % 60:02}"


def _number(segment: SegmentView, left_s: float, count: int | None) -> str:
    """Of the repetition or breath, where they are counted; otherwise what is left, in seconds or minutes."""
    if not count:
        return _countdown(left_s)
    return str(min(count, int((segment.seconds - left_s) / segment.seconds * count + 1e-6) + 1))


def _big(number: str, scale: int, width: int, look: Look, *, is_dim: bool = False) -> list[str]:
    """The number in blocks, `scale` times five rows high; nothing where it is too wide."""
    if not scale:
        return []
    gap = " " * (2 * scale)
    rows = [
        gap.join("".join(point * (2 * scale) for point in _DIGITS[digit][row]) for digit in number) for row in range(5)
    ]
    if len(rows[0]) > width:
        return []
    return [look.number(row, is_dim=is_dim) for row in rows for _times in range(scale)]


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


_STYLE: Final = re.compile(r"\x1b\[[0-9;]*m")


def bare(row: str) -> str:
    """Without its styles."""
    return _STYLE.sub("", row)


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
