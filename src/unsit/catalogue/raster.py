"""Shapes as a raster of dots, for where nothing finer can be drawn: a terminal. Pure.

A dot is square and has one part of the figure, or none. What a dot looks like, and how dots become characters, is decided in
adapters/terminal_figure.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from unsit.catalogue.drawing import HALO, Frame, frame
from unsit.catalogue.figure import Capsule, Line, Outline, Polygon, Shape
from unsit.catalogue.pose import XY, Scene

NOTHING: Final = 0
"""The value of a dot that nothing is on."""
_THINNEST: Final = 1.0
"""Dots: what is thinner would come and go as it moves."""
_LEAST_HALO: Final = {True: 0.3, False: 0.9}
"""Dots, with colours and without. A limb before another is told apart by nothing else where they have one colour."""
_CURVE_STEPS: Final = 4
_MARGIN: Final = 2
CELL_WIDTH: Final = 2
CELL_HEIGHT: Final = 4
"""Dots of a character cell, which is taken to be twice as high as wide, as it nearly is in every font for terminals."""
GROUND: Final = ("floor", "mat")
LEFT_OUT: Final = ("fibre", "card")
"""At the width of a dot fibres would hide the muscle that they are on; a card would be a wall of dots."""


class Raster(NamedTuple):
    """Attributes:
    rows: one value a dot, from the top; `parts[value]` is what is there.
    parts: names as in drawing.COLOURS; the first stands for nothing.
    """

    rows: list[bytearray]
    parts: tuple[str, ...]


def dot_frame(scene: Scene, columns: int, rows: int) -> Frame:
    """Where the world lies on so many cells. What stands on the ground ends with a cell; the ground is the first line of the
    next, so that it is drawn alike from end to end."""
    framed = frame(scene, columns * CELL_WIDTH, rows * CELL_HEIGHT, margin=_MARGIN)
    ground = CELL_HEIGHT * min(rows - 1, max(1, round(framed.floor / CELL_HEIGHT)))
    return framed._replace(floor=float(ground))


def rasterise(shapes: Iterable[Shape], framed: Frame, *, is_mirrored: bool = False, has_colours: bool = True) -> Raster:
    """What the shapes leave visible, from the back to the front.

    Args:
        framed: from `dot_frame`.
        is_mirrored: the figure of the left side.
        has_colours: what differs in colour needs no gap between.
    """
    rows = [bytearray(framed.width) for _row in range(framed.height)]
    values: dict[str, int] = {"": NOTHING}
    for shape in shapes:
        if shape.part in LEFT_OUT:
            continue
        name = f"{shape.part} far" if shape.is_far else shape.part
        value = values.setdefault(name, len(values))
        if shape.part in GROUND:
            for outline in shape.outlines:
                _fill(rows, _on_the_ground(outline, framed), value)
            continue
        if shape.has_halo:
            gone = {value} if has_colours else {other for part, other in values.items() if part not in GROUND}
            table = bytes(NOTHING if other in gone else other for other in range(256))
            wider = max(HALO * framed.scale, _LEAST_HALO[has_colours])
            for outline in shape.outlines:
                _fill(rows, _spans(outline, framed, wider), table)
        for outline in shape.outlines:
            _fill(rows, _spans(outline, framed, 0.0), value)
    if is_mirrored:
        for row in rows:
            row.reverse()
    return Raster(rows, tuple(values))


_Span = tuple[int, float, float]
"""Row, and from where to where in it."""


def _fill(rows: Sequence[bytearray], spans: Iterable[_Span], value: int | bytes) -> None:
    """A dot belongs to a span when its middle does. Args: value: or a table that says what becomes of each."""
    for y, left, right in spans:
        row = rows[y]
        first, end = max(0, math.ceil(left - 0.5)), min(len(row), math.floor(right - 0.5) + 1)
        if first < end:
            row[first:end] = (
                bytes((value,)) * (end - first) if isinstance(value, int) else row[first:end].translate(value)
            )


def _on_the_ground(outline: Outline, framed: Frame) -> Iterator[_Span]:
    """Floor and mat are thinner than a dot: they are one line, which the figure stands on."""
    match outline:
        case Capsule(a, b, _radius_a, _radius_b):
            points: Sequence[XY] = (a, b)
        case Polygon(points, _) | Line(points, _):
            pass
    xs = [framed.point(point)[0] for point in points]
    yield int(framed.floor), min(xs), max(xs)


def _spans(outline: Outline, framed: Frame, wider: float) -> Iterator[_Span]:
    match outline:
        case Capsule(a, b, radius_a, radius_b):
            yield from _hull_spans(
                framed.point(a), framed.point(b), radius_a * framed.scale, radius_b * framed.scale, wider, framed.height
            )
        case Line(points, width):
            radius = width * framed.scale / 2
            canvas = [framed.point(point) for point in points]
            for start, end in pairwise(canvas):
                yield from _hull_spans(start, end, radius, radius, wider, framed.height)
        case Polygon(points, is_round):
            canvas = [framed.point(point) for point in points]
            if is_round:
                canvas = _rounded(canvas)
            yield from _polygon_spans(canvas, framed.height)
            if wider:
                for start, end in zip(canvas, canvas[1:] + canvas[:1], strict=True):
                    yield from _hull_spans(start, end, 0.0, 0.0, wider, framed.height)


def _hull_spans(a: XY, b: XY, radius_a: float, radius_b: float, wider: float, height: int) -> Iterator[_Span]:
    """Of the hull of two discs."""
    radius_a, radius_b = (max(radius, _THINNEST / 2) + wider for radius in (radius_a, radius_b))
    distance = math.dist(a, b)
    sides: list[XY] = []
    if distance > abs(radius_a - radius_b) + 1e-6:
        line, opening = math.atan2(b[1] - a[1], b[0] - a[0]), math.acos((radius_a - radius_b) / distance)
        for angle in (line - opening, line + opening):
            turn = math.cos(angle), math.sin(angle)
            ends = [(p[0] + r * turn[0], p[1] + r * turn[1]) for p, r in ((a, radius_a), (b, radius_b))]
            sides = [*ends, *sides] if not sides else [*sides, *reversed(ends)]
    top = max(0, math.ceil(min(a[1] - radius_a, b[1] - radius_b) - 0.5))
    end = min(height, math.floor(max(a[1] + radius_a, b[1] + radius_b) - 0.5) + 1)
    for row in range(top, end):
        y = row + 0.5
        lefts, rights = [], []
        for centre, radius in ((a, radius_a), (b, radius_b)):
            inside = radius**2 - (y - centre[1]) ** 2
            if inside > 0:
                half = math.sqrt(inside)
                lefts.append(centre[0] - half)
                rights.append(centre[0] + half)
        for x in _crossings(sides, y):
            lefts.append(x)
            rights.append(x)
        if lefts:
            yield row, min(lefts), max(rights)


def _polygon_spans(points: Sequence[XY], height: int) -> Iterator[_Span]:
    top = max(0, math.ceil(min(y for _x, y in points) - 0.5))
    end = min(height, math.floor(max(y for _x, y in points) - 0.5) + 1)
    if top >= end:  # thinner than a dot: the one that it lies in
        row = int((points[0][1] + points[-1][1]) / 2)
        if 0 <= row < height:
            yield row, min(x for x, _y in points), max(x for x, _y in points)
        return
    for row in range(top, end):
        crossed = sorted(_crossings(points, row + 0.5))
        for left, right in zip(crossed[::2], crossed[1::2], strict=False):
            yield row, left, right


def _crossings(points: Sequence[XY], y: float) -> Iterator[float]:
    """Where the closed outline crosses a line."""
    for index, (x1, y1) in enumerate(points):
        x2, y2 = points[index - 1]
        if (y1 <= y) != (y2 <= y):
            yield x1 + (y - y1) / (y2 - y1) * (x2 - x1)


def _rounded(points: Sequence[XY]) -> list[XY]:
    """The smooth curve through the middles of the edges, as short edges."""
    made: list[XY] = []
    for index, corner in enumerate(points):
        before, after = points[index - 1], points[(index + 1) % len(points)]
        start = (before[0] + corner[0]) / 2, (before[1] + corner[1]) / 2
        end = (corner[0] + after[0]) / 2, (corner[1] + after[1]) / 2
        for step in range(_CURVE_STEPS):
            t = step / _CURVE_STEPS
            u = 1 - t
            made.append(
                (
                    u * u * start[0] + 2 * u * t * corner[0] + t * t * end[0],
                    u * u * start[1] + 2 * u * t * corner[1] + t * t * end[1],
                )
            )
    return made
