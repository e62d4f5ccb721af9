"""The figure in motion as data for a page: every shape once, and for each prepared frame where its points are.

The page mixes neighbouring frames and draws; it knows no joints. Clips are motion.py's, as lists of frames.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

from unsit.catalogue.drawing import (
    BADGE,
    BEYOND,
    HALO,
    HEIGHT,
    WIDTH,
    Frame,
    among,
    arrow_shapes,
    classes,
    figure_shapes,
    frame,
    props,
)
from unsit.catalogue.figure import Capsule, Line, Outline, Polygon, Shape
from unsit.catalogue.gait import STRIDE, STRIDE_S
from unsit.catalogue.motion import (
    TURN,
    Clip,
    Moment,
    MotionKind,
    body_of,
    ease,
    tracks_of,
)
from unsit.catalogue.pose import XY, Scene
from unsit.catalogue.psoas import psoas_percent
from unsit.catalogue.rig import solve
from unsit.core.model import Side

GRAIN: Final = 5
"""Points are whole numbers of fifths of a pixel of the canvas."""
SHARE_GRAIN: Final = 1000
_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BADGE_DEPTH: Final = 0.055
PROP_DEPTH: Final = 0.17
"""Half of what bed, mat and cushion measure from front to back, seen only when the view turns."""


_SHAFT_STEP: Final = 2
"""One in so many points of an arrow's shaft is enough."""


class Badge(NamedTuple):
    """The letters that name the sides, on the near thigh: of the side that is shown, and of the other one."""

    letter: str
    other: str


def prepared(
    scene: Scene, side: Side | None, kinds: Collection[MotionKind], badge: Badge | None = None
) -> dict[str, Any]:
    """What figure.js plays.

    Args:
        side: the stretched side; the left one is the mirror image.
        kinds: the segments that the exercise has.
        badge: what is on the thigh, in an exercise with sides.

    Returns:
        size: width and height of the canvas.
        view: left, top, width and height of what has to be seen of it.
        grain: points are whole numbers of this part of a pixel.
        frames: each packed (`packed`): numbers, x and y by turns.
        shapes: from the back to the front, each [classes, outlines]; an outline is ["c", a, b, radius a, radius b] (hull of
            two discs around points a and b), ["p", points...] (polygon), ["o", points...] (round outline, which these corners
            steer) or ["r", a, b, c, u, v, u, v, ...] (the same, its corners at a + u (b - a) + v (c - a), in thousandths).
            Radii are in pixels. Those of class `still` are seen only where nothing may move.
        halo: how wide the line of background around a shape of class `halo` is.
        clips: each [seconds, frames...], the frames at even distances, the first at its beginning, the last at its end.
        tracks: kind -> [loop, intro, outro, is endless]; clips by their number, -1 for none.
        psoas: for each frame the muscle's length in per cent of that when seated; null where it is not shown.
        badge: [letter, other letter, a, b, radius, share]: on the middle of two points; the other letter in the first share of
            the switch; null without one.
        still: the frame that shows the exercise where nothing may move.
        ground: [pixels, seconds] that the floor moves back while the figure walks; null where it stands.
    """
    return _Book(scene, side, turns="switch" in kinds).written(kinds, badge)


class _Seen(NamedTuple):
    """A frame before it is written. Attributes: turn: of the view, in degrees; 180 is from behind, the other side's view."""

    moment: Moment
    turn: float = 0.0


class _Book:
    """The frames of one exercise and side, each written once."""

    def __init__(self, scene: Scene, side: Side | None, *, turns: bool) -> None:
        self._scene, self._is_left, self._turns = scene, side == "left", turns
        self._framed = frame(scene)
        self._frames: list[list[XY]] = []
        self._known: dict[_Seen, int] = {}
        self._psoas: list[float | None] = []
        self._clips: list[Clip] = []
        self._shapes: list[Shape] = []

    def written(self, kinds: Collection[MotionKind], badge: Badge | None) -> dict[str, Any]:
        tracks: dict[str, list[int]] = {}
        clips: list[list[float]] = []
        for kind, track in tracks_of(self._scene).items():
            if kind in kinds:
                numbers = [self._number(clip, clips, kind) for clip in (track.loop, track.intro, track.outro)]
                tracks[kind] = [*numbers, int(track.is_endless)]
        still = self._page(_Seen(Moment("stride", 0.5) if self._scene.walks else Moment("way", 1.0)))
        columns, places = _columns(self._frames)
        shapes, at = [], 0
        for shape in self._shapes:
            outlines = []
            for outline in shape.outlines:
                count = len(_points(outline))
                outlines.append(_written(outline, places[at : at + count], self._framed.scale))
                at += count
            shapes.append([classes(shape) + (" still" if shape.part == "arrow" else ""), outlines])
        rows = [[int(number) for column in columns for number in column[index]] for index in range(len(self._frames))]
        walks = self._scene.walks
        return {
            "size": [WIDTH, HEIGHT],
            "view": [round(number, 1) for number in self._framed.view()],
            "grain": GRAIN,
            "frames": packed(rows),
            "shapes": shapes,
            "halo": round(2 * HALO * self._framed.scale, 1),
            "clips": clips,
            "tracks": tracks,
            "psoas": self._psoas if self._scene.muscle else None,
            "badge": [*badge, *places[-2:], round(BADGE * self._framed.scale, 1), TURN / 2] if badge else None,
            "still": still,
            "ground": [round(STRIDE * self._framed.scale, 1), STRIDE_S] if walks else None,
        }

    def _number(self, clip: Clip | None, written: list[list[float]], kind: MotionKind) -> int:
        """The clip's place in the list, where it is put unless it is there."""
        if clip is None:
            return -1
        if clip not in self._clips:
            shares = [step / clip.samples for step in range(clip.samples + 1)]
            written.append([clip.seconds, *(self._page(_seen(kind, share, clip)) for share in shares)])
            self._clips.append(clip)
        return self._clips.index(clip)

    def _page(self, seen: _Seen) -> int:
        """The number of the frame that shows this."""
        key = _Seen(Moment(seen.moment.of, round(seen.moment.at, 6), round(seen.moment.breath, 6)), seen.turn)
        if key not in self._known:
            shapes, points, psoas = self._drawn(seen)
            if points not in self._frames:
                self._frames.append(points)
                self._psoas.append(psoas)
            self._shapes = shapes
            self._known[key] = self._frames.index(points)
        return self._known[key]

    def _drawn(self, seen: _Seen) -> tuple[list[Shape], list[XY], float | None]:
        framed, scene = self._framed, self._scene
        turn = seen.turn
        # From the other side the other side's start is seen, whose near limbs are these.
        body = solve(scene.start, scene) if turn > 90 else body_of(scene, seen.moment)
        furniture = props(scene, framed, BEYOND)
        shapes = [*among(furniture, figure_shapes(scene, body, is_round=self._turns)), *_arrows(scene)]
        spans = _spans(furniture)
        of_the_room = {id(shape) for shape in furniture}
        points: list[XY] = []
        for shape in shapes:
            for outline in shape.outlines:
                for point in _points(outline):
                    x, y = framed.point(point)
                    if turn and id(shape) in of_the_room and shape.part in spans:
                        low, high = (framed.point((end, 0.0))[0] for end in spans[shape.part])
                        x = _turned_prop(x, low, high, turn, framed)
                    points.append(self._seen_at((x, y), shape.depth, 0.0 if id(shape) in of_the_room else turn))
        points.extend(
            self._seen_at(framed.point(body.joints[joint]), _BADGE_DEPTH, turn) for joint in ("hip", "near_knee")
        )
        psoas = round(psoas_percent(body), 1) if scene.muscle and seen.moment.of == "way" else None
        return shapes, points, psoas

    def _seen_at(self, point: XY, depth: float, turn: float) -> XY:
        """Where a point of the canvas is seen, in grains, when the view has turned."""
        x, y = point
        if turn:
            x = _turned(x, (depth if turn < 90 else -depth) * self._framed.scale, turn, self._framed)
        if self._is_left:
            x = self._framed.width - x
        return round(x * GRAIN), round(y * GRAIN)


def _seen(kind: MotionKind, share: float, clip: Clip) -> _Seen:
    if kind != "switch":
        return _Seen(clip.moment(share))
    return _Seen(clip.moment(share), round(180 * (1 - ease(min(1.0, share / TURN))), 3))


def _turned(x: float, depth: float, turn: float, framed: Frame) -> float:
    """Where a point is seen, in pixels, when the view goes round the middle of the picture."""
    middle, radians = framed.width / 2, math.radians(turn)
    return middle + (x - middle) * math.cos(radians) + depth * math.sin(radians)


def _turned_prop(x: float, low: float, high: float, turn: float, framed: Frame) -> float:
    """As `_turned`, for furniture, which is as deep as it is, and looks the same from both sides."""
    depth = PROP_DEPTH * framed.scale
    ends = sorted((_turned(low, 0.0, turn, framed), _turned(high, 0.0, turn, framed)))
    wider = depth * math.sin(math.radians(turn))
    left, right = ends[0] - wider, ends[1] + wider
    return left + (x - low) / (high - low) * (right - left)


@cache
def _arrows(scene: Scene) -> tuple[Shape, ...]:
    """Their shafts in pieces."""

    def pieces(outline: Outline) -> Iterator[Outline]:
        if not isinstance(outline, Line):
            yield outline
            return
        bends = outline.points[:-1:_SHAFT_STEP] + outline.points[-1:]
        yield from (Capsule(a, b, outline.width / 2, outline.width / 2) for a, b in pairwise(bends))

    return tuple(
        shape._replace(outlines=tuple(piece for outline in shape.outlines for piece in pieces(outline)))
        for shape in arrow_shapes(scene)
    )


def _spans(props: Sequence[Shape]) -> dict[str, tuple[float, float]]:
    """From where to where each piece of furniture reaches; wood is the bed's or the chair's."""
    spans: dict[str, tuple[float, float]] = {}
    for shape in props:
        if shape.part != "floor":
            xs = [
                x + sign * (outline.radius_a if isinstance(outline, Capsule) else 0.0)
                for outline in shape.outlines
                for x, _y in (outline.points if isinstance(outline, Polygon) else _points(outline))
                for sign in (-1, 1)
            ]
            low, high = spans.get(shape.part, (math.inf, -math.inf))
            spans[shape.part] = min(low, *xs), max(high, *xs)
    return spans


def _points(outline: Outline) -> tuple[XY, ...]:
    """Those of its points that a frame has to tell: all others follow from them."""
    match outline:
        case Capsule(a, b):
            return (a,) if a is b else (a, b)  # a disc is one by its making, not by chance
        case Polygon(points, _, anchors):
            return anchors or points
        case Line(points, _):
            return points


def packed(rows: Sequence[Sequence[int]]) -> list[str]:
    """Rows of whole numbers as text: each as what is added to the row before, the first one to zeros.

    A number is written as in the mappings of source maps (ECMA-426, base64 VLQ): its sign in the lowest bit, five bits to a
    digit from the lowest up, a sixth where more follow. Most differences are one digit.
    """
    before: Sequence[int] = [0] * len(rows[0])
    texts = []
    for row in rows:
        texts.append("".join(_digits(now - was) for now, was in zip(row, before, strict=True)))
        before = row
    return texts


@cache
def _digits(number: int) -> str:
    rest = abs(number) << 1 | (number < 0)
    digits = ""
    while rest >= 32:
        digits += _DIGITS[rest & 31 | 32]
        rest >>= 5
    return digits + _DIGITS[rest]


def unpacked(texts: Sequence[str]) -> list[list[int]]:
    """The rows that were packed. figure.js does the same."""
    rows: list[list[int]] = []
    for text in texts:
        row: list[int] = []
        number = shift = 0
        for digit in map(_DIGITS.index, text):
            number |= (digit & 31) << shift
            shift += 5
            if digit < 32:
                difference = -(number >> 1) if number & 1 else number >> 1
                row.append(difference + (rows[-1][len(row)] if rows else 0))
                number = shift = 0
        rows.append(row)
    return rows


def _columns(frames: list[list[XY]]) -> tuple[list[tuple[XY, ...]], list[int]]:
    """The different ways that points go through the frames, and for each point which of them is its."""
    known: dict[tuple[XY, ...], int] = {}
    places = [known.setdefault(column, len(known)) for column in zip(*frames, strict=True)]
    return list(known), places


def _written(outline: Outline, places: list[int], scale: float) -> list[Any]:
    match outline:
        case Capsule(_a, _b, radius_a, radius_b):
            return ["c", places[0], places[-1], round(radius_a * scale, 2), round(radius_b * scale, 2)]
        case Polygon(points, _, (a, b, c)):
            return ["r", *places, *(number for point in points for number in _shares(point, a, b, c))]
        case Polygon(_, is_round):
            return ["o" if is_round else "p", *places]
        case Line():
            raise ValueError("a line is no part of a figure that moves")


def _shares(point: XY, a: XY, b: XY, c: XY) -> tuple[int, int]:
    """(u, v) with point = a + u (b - a) + v (c - a), in thousandths."""
    bx, by, cx, cy, px, py = b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1], point[0] - a[0], point[1] - a[1]
    whole = bx * cy - by * cx
    return round((px * cy - py * cx) / whole * SHARE_GRAIN), round((bx * py - by * px) / whole * SHARE_GRAIN)
