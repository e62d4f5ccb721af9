"""The figure in characters: a raster's dots, two by four of them a cell. Pure.

With colours a cell is one of the block elements in the two colours that most of its dots have; what is nothing keeps the
terminal's own background. Without, it is a braille pattern, in which far limbs are thinned out; and in the letters of ASCII
where there is neither.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, cast

from unsit.adapters.terminal_view import Depth, Look
from unsit.catalogue.drawing import COLOURS, Frame, picture
from unsit.catalogue.motion import MotionKind, body_at
from unsit.catalogue.pose import Scene
from unsit.catalogue.psoas import psoas_percent
from unsit.catalogue.raster import CELL_HEIGHT, CELL_WIDTH, NOTHING, Raster, dot_frame, rasterise
from unsit.catalogue.rig import Body, Unreachable, solve
from unsit.words import _

_BITS: Final = ((0, 1), (2, 3), (4, 5), (6, 7))
"""A cell's dots as bits, by row and column."""


def _pattern(*rows: str) -> int:
    return sum(1 << _BITS[y][x] for y, row in enumerate(rows) for x, dot in enumerate(row) if dot == "#")


_BLOCKS: Final = {
    " ": _pattern("  ", "  ", "  ", "  "),
    "█": _pattern("##", "##", "##", "##"),
    "▀": _pattern("##", "##", "  ", "  "),
    "▄": _pattern("  ", "  ", "##", "##"),
    "▌": _pattern("# ", "# ", "# ", "# "),
    "▐": _pattern(" #", " #", " #", " #"),
    "▔": _pattern("##", "  ", "  ", "  "),
    "▂": _pattern("  ", "  ", "  ", "##"),
    "▆": _pattern("  ", "##", "##", "##"),
    "▘": _pattern("# ", "# ", "  ", "  "),
    "▝": _pattern(" #", " #", "  ", "  "),
    "▖": _pattern("  ", "  ", "# ", "# "),
    "▗": _pattern("  ", "  ", " #", " #"),
    "▚": _pattern("# ", "# ", " #", " #"),
    "▞": _pattern(" #", " #", "# ", "# "),
    "▛": _pattern("##", "##", "# ", "# "),
    "▜": _pattern("##", "##", " #", " #"),
    "▙": _pattern("# ", "# ", "##", "##"),
    "▟": _pattern(" #", " #", "##", "##"),
}
"""The block elements that every font for terminals has; the eighth at the top stands for a quarter, which none has."""

_BRAILLE: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Of U+2800, by row and column (The Unicode Standard, block Braille Patterns)."""

_LETTERS: Final = (
    (" ", _pattern("  ", "  ", "  ", "  ")),
    ("-", _pattern("##", "  ", "  ", "  ")),
    ("-", _pattern("  ", "##", "  ", "  ")),
    ("=", _pattern("  ", "##", "##", "  ")),
    ("_", _pattern("  ", "  ", "  ", "##")),
    ('"', _pattern("##", "##", "  ", "  ")),
    ("o", _pattern("  ", "  ", "##", "##")),
    ("'", _pattern(" #", " #", "  ", "  ")),
    ("`", _pattern("# ", "# ", "  ", "  ")),
    (".", _pattern("  ", "  ", "  ", "# ")),
    ("/", _pattern(" #", " #", "# ", "# ")),
    ("\\", _pattern("# ", "# ", " #", " #")),
    ("[", _pattern("# ", "# ", "# ", "# ")),
    ("]", _pattern(" #", " #", " #", " #")),
    ("#", _pattern("##", "##", "##", "##")),
)
_THIN_LETTER: Final = ":"
_THIN_LEAST: Final = 3
"""Dots of a cell."""
_THIN: Final = (b"\1\0", b"\0\1")
"""Which dots of far limbs and of furniture stay where no colour tells them from the near ones."""
_FURNITURE: Final = ("bed", "wood", "cushion", "blanket")


log = logging.getLogger(__name__)

CAPTION_FROM_ROWS: Final = 9


class Figure:
    """The figure of one segment, in motion.

    Args:
        kind, seconds: of the segment.
        is_mirrored: it is for the left side.
        is_still: shows the working pose, without moving.
    """

    def __init__(
        self, scene: Scene, kind: str, seconds: float, look: Look, *, is_mirrored: bool, is_still: bool
    ) -> None:
        self._scene, self._seconds, self._look = scene, seconds, look
        # While one gets ready, what will be done is seen over and over.
        self._kind: MotionKind = "before" if kind == "prepare" else cast("MotionKind", kind)
        self._is_mirrored = is_mirrored
        self.is_moving = not is_still
        self._framed: tuple[int, int, Frame] | None = None
        self._last: tuple[Raster, list[str]] | None = None

    def rows(self, columns: int, rows: int, elapsed_s: float) -> list[str]:
        """At a moment of the segment, on so many cells; none for a figure of the person's own that cannot get there."""
        try:
            return self._rows(columns, rows, elapsed_s)
        except Unreachable as error:  # its poses were checked, the way between them was not
            log.info("The figure is left out: %s", error)
            self.is_moving = False
            return []

    def _rows(self, columns: int, rows: int, elapsed_s: float) -> list[str]:
        body = body_at(self._scene, self._kind, elapsed_s, self._seconds) if self.is_moving else self._still()
        caption: list[str] = []
        if self._scene.muscle and rows >= CAPTION_FROM_ROWS:
            caption = [self._caption(columns, psoas_percent(body))]
            rows -= 1
        if self._framed is None or self._framed[:2] != (columns, rows):
            self._framed = columns, rows, dot_frame(self._scene, columns, rows)
        framed = self._framed[2]
        depth = self._look.depth if self._look.has_blocks else 0
        shapes = picture(self._scene, framed, body)
        raster = rasterise(shapes, framed, is_mirrored=self._is_mirrored, has_colours=depth > 0)
        if self._last is None or self._last[0] != raster:
            look = self._look
            made = figure_rows(raster, depth, has_unicode=look.has_unicode, is_on_light=look.is_on_light)
            self._last = raster, made
        return [*self._last[1], *caption]

    def _still(self) -> Body:
        return solve(self._scene.work, self._scene)

    def _caption(self, columns: int, percent: float) -> str:
        text = self._look.plain(_("Psoas, seated 100 % · now {percent} %").format(percent=round(percent)))
        return self._look.dim(text.center(columns).rstrip()) if len(text) <= columns else ""


def figure_rows(raster: Raster, depth: Depth, *, has_unicode: bool = True, is_on_light: bool = False) -> list[str]:
    """As many rows as the raster's dots fill, each of the same number of columns."""
    if depth and has_unicode:
        return [
            _block_row(raster, top, _painter(depth, is_on_light)) for top in range(0, len(raster.rows), CELL_HEIGHT)
        ]
    if has_unicode:
        return [_braille_row(raster, top) for top in range(0, len(raster.rows), CELL_HEIGHT)]
    return [_letter_row(raster, top) for top in range(0, len(raster.rows), CELL_HEIGHT)]


# -------------------------------------------------------------------------------------------------------------- colours

Painter = Callable[[str, bool], str]
"""(name of a part, as background?) -> the parameters of SGR that set it."""


def _block_row(raster: Raster, top: int, paint: Painter) -> str:
    cells = zip(*(_pairs(raster.rows[top + row]) for row in range(CELL_HEIGHT)), strict=True)
    made, now = [], ("", "")
    for dots in cells:
        glyph, front, back = _block(b"".join(dots))
        colours = ("" if front == NOTHING else paint(raster.parts[front], False),
                   "" if back == NOTHING else paint(raster.parts[back], True))  # fmt: skip
        if glyph == " ":
            colours = (now[0], colours[1])  # no ink: whatever it is
        if colours != now:
            made.append(_change(now, colours))
            now = colours
        made.append(glyph)
    if now != ("", ""):
        made.append("\x1b[0m")
    return "".join(made)


def _pairs(row: bytearray) -> Iterator[bytes]:
    return (bytes(row[x : x + CELL_WIDTH]) for x in range(0, len(row) - len(row) % CELL_WIDTH, CELL_WIDTH))


def _change(now: tuple[str, str], wanted: tuple[str, str]) -> str:
    """From one pair of colours to another."""
    codes = [new or default for old, new, default in zip(now, wanted, ("39", "49"), strict=True) if old != new]
    return f"\x1b[{';'.join(codes)}m"


@lru_cache(maxsize=4096)
def _block(dots: bytes) -> tuple[str, int, int]:
    """-> (glyph, the value of its ink, the value of what is behind)."""
    counts = sorted(((dots.count(value), value) for value in set(dots)), reverse=True)
    if len(counts) == 1:
        return " ", NOTHING, counts[0][1]
    first, second = counts[0][1], counts[1][1]
    # Nothing is never the ink: it has no colour of its own.
    pairs = [(front, back) for front, back in ((first, second), (second, first)) if front != NOTHING]

    def wrong(candidate: tuple[str, int, int]) -> int:
        glyph, front, back = candidate
        ink = sum(1 << bit for bit, value in enumerate(dots) if value == front)
        counted = sum(1 << bit for bit, value in enumerate(dots) if value in (front, back))
        return ((_BLOCKS[glyph] ^ ink) & counted).bit_count()

    return min(((glyph, front, back) for glyph in _BLOCKS for front, back in pairs), key=wrong)


def _painter(depth: Depth, is_on_light: bool) -> Painter:
    return lambda part, is_back: _paint(part, is_back, depth, is_on_light)


@lru_cache(maxsize=512)
def _paint(part: str, is_back: bool, depth: Depth, is_on_light: bool) -> str:
    if depth == 16:
        number = _OF_16.get(part, 7)
        return str((100 if number > 7 else 40) + number % 8 + (0 if is_back else -10))
    colour = COLOURS.get(part, COLOURS["skin"])[0 if is_on_light else 1]
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    if depth == 256:
        return f"{48 if is_back else 38};5;{_of_256(red, green, blue)}"
    return f"{48 if is_back else 38};2;{red};{green};{blue}"


_LEVELS: Final = (0, 95, 135, 175, 215, 255)
"""Of xterm's colour cube (256colres.pl)."""
_GREY_WITHIN: Final = 40
"""A grey may be the nearest of all to a dark blue, and looks like none."""


def _of_256(red: int, green: int, blue: int) -> int:
    """The nearest of xterm's 6 x 6 x 6 colours and 24 greys."""
    cube = [min(range(6), key=lambda step: abs(_LEVELS[step] - part)) for part in (red, green, blue)]
    grey = min(max(round(((red + green + blue) / 3 - 8) / 10), 0), 23)

    def distance(r: int, g: int, b: int) -> int:
        return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2

    in_cube, in_grey = (_LEVELS[step] for step in cube), (8 + 10 * grey,) * 3
    is_grey = max(red, green, blue) - min(red, green, blue) < _GREY_WITHIN
    if is_grey and distance(*in_grey) < distance(*in_cube):
        return 232 + grey
    return 16 + 36 * cube[0] + 6 * cube[1] + cube[2]


_OF_16: Final = {
    "skin": 3, "skin far": 8, "hair": 8, "shirt": 1, "sleeve": 9, "sleeve far": 8, "legs": 12, "legs far": 4, "foot": 15,
    "foot far": 7, "muscle": 11, "muscle edge": 3, "bone": 15, "ear": 3, "eye": 0, "floor": 8, "mat": 2, "bed": 6, "wood": 8,
    "cushion": 2,
}  # fmt: skip
"""By hand: most of the figure's colours are nearest to the one grey. What is not named is white."""


# ------------------------------------------------------------------------------------------------------- without colours


def _is_thin(part: str) -> bool:
    return part.endswith("far") or part in _FURNITURE


def _braille_row(raster: Raster, top: int) -> str:
    is_thin = [_is_thin(part) for part in raster.parts]
    rows = [
        bytes(
            value != NOTHING and (not is_thin[value] or _THIN[y % 2][x % 2]) for x, value in enumerate(raster.rows[y])
        )
        for y in range(top, top + CELL_HEIGHT)
    ]
    made = []
    for x in range(0, len(rows[0]) - 1, CELL_WIDTH):
        bits = sum(_BRAILLE[y][dx] for y, row in enumerate(rows) for dx in range(CELL_WIDTH) if row[x + dx])
        made.append(chr(0x2800 + bits) if bits else " ")
    return "".join(made)


def _letter_row(raster: Raster, top: int) -> str:
    thin = bytes(value for value, part in enumerate(raster.parts) if _is_thin(part))
    cells = zip(*(_pairs(raster.rows[top + row]) for row in range(CELL_HEIGHT)), strict=True)
    return "".join(_letter(b"".join(dots), thin) for dots in cells)


@lru_cache(maxsize=4096)
def _letter(dots: bytes, thin: bytes) -> str:
    if sum(dots.count(value) for value in thin) >= max(_THIN_LEAST, (len(dots) - dots.count(NOTHING)) / 2):
        return _THIN_LETTER
    bits = sum(1 << bit for bit, value in enumerate(dots) if value != NOTHING)
    return min(_LETTERS, key=lambda letter: (letter[1] ^ bits).bit_count())[0]
