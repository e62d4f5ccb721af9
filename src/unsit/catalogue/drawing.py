"""Shapes as a picture: framing, colours, SVG. (The PNGs of the notifications are made at build time from the same lists.)"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple

from unsit.catalogue.figure import (
    BEFORE_BODY,
    Capsule,
    Line,
    Polygon,
    Shape,
    body_shapes,
    prop_shapes,
)
from unsit.catalogue.front import bend_way, front_shapes, has_front
from unsit.catalogue.motion import body_of, moments_of, way
from unsit.catalogue.pose import XY, Scene
from unsit.catalogue.rig import Body, mix, solve
from unsit.core.model import Side

WIDTH: Final = 320
HEIGHT: Final = 240
MARGIN: Final = 14
BADGE: Final = 0.026
"""Radius of the letter's disc, in body heights."""
GROUND: Final = 0.03
"""The floor line and what is below it, in body heights."""
BEYOND: Final = 3
"""The floor goes on to both sides for so many widths of the canvas: a place that is broader shows it from edge to edge."""
HALO: Final = 0.006
"""Width, in body heights, of the line of background around a limb."""

COLOURS: Final = {
    # part: (on light, on dark, where the system forces its colours)
    "background": ("#f5f2ea", "#24272e", "Canvas"),
    "skin": ("#cb8862", "#d99a78", "CanvasText"),
    "skin far": ("#966750", "#9a7361", "GrayText"),
    "ear": ("#ad6d4c", "#c58763", "Canvas"),
    "hair": ("#43322d", "#8f6d59", "GrayText"),
    "eye": ("#2e211c", "#2a1d18", "Canvas"),
    "shirt": ("#dc6a47", "#e0714f", "GrayText"),
    "sleeve": ("#d25d3b", "#ec7f5d", "CanvasText"),
    "sleeve far": ("#8a5343", "#ad6049", "GrayText"),
    "legs": ("#2b5884", "#5b90c4", "CanvasText"),
    "legs far": ("#668fb7", "#4976a2", "GrayText"),
    "foot": ("#1d2f42", "#c3cfdb", "CanvasText"),
    "foot far": ("#64798e", "#76879a", "GrayText"),
    "muscle": ("#f9c846", "#f9c846", "Highlight"),
    "muscle edge": ("#93500f", "#6b390b", "Canvas"),
    "fibre": ("#a8660f", "#a8660f", "Canvas"),
    "bone": ("#f6dfc2", "#f6dfc2", "CanvasText"),
    "floor": ("#8c8270", "#737a88", "CanvasText"),
    "mat": ("#6fa596", "#4f8576", "GrayText"),
    "bed": ("#c3cfde", "#566178", "GrayText"),
    "wood": ("#a58c6d", "#7d6a52", "GrayText"),
    "cushion": ("#8d79b5", "#8f7dba", "GrayText"),
    "card": ("#e6e0d1", "#30343d", "Canvas"),
    "ghost": ("#d9d4c8", "#3b404b", "Canvas"),
    "arrow": ("#23364a", "#f2efe6", "Highlight"),
    "badge": ("#ffffff", "#ffffff", "Canvas"),
    "letter": ("#14212e", "#14212e", "CanvasText"),
}
"""What a page may set anew as `--figure-skin`, `--figure-skin-far` and so on."""

EDGES: Final = {"muscle": "muscle edge"}
"""What stands out by a line of another colour than the background's."""


class Frame(NamedTuple):
    """Where the world lies on the canvas: body heights to pixels, y downward.

    Attributes:
        across, above: how wide all that is ever seen is, and how high above the floor; it is in the middle of the width.
    """

    scale: float
    left: float
    floor: float
    width: int
    height: int
    across: float = 0.0
    above: float = 0.0

    def view(self) -> tuple[float, float, float, float]:
        """The part of the canvas that has to be seen, as large as its place allows: left, top, width, height."""
        wide, high = self.across + 2 * MARGIN, self.above + GROUND * self.scale + 2 * MARGIN
        return (self.width - wide) / 2, self.floor - self.above - MARGIN, wide, high

    def point(self, at: XY) -> XY:
        return (at[0] - self.left) * self.scale, self.floor - at[1] * self.scale


def _discs(shape: Shape) -> Iterator[tuple[XY, float]]:
    for outline in shape.outlines:
        match outline:
            case Capsule(a, b, radius_a, radius_b):
                yield a, radius_a
                yield b, radius_b
            case Polygon(points, _):
                yield from ((point, 0.0) for point in points)
            case Line(points, width):
                yield from ((point, width) for point in points)


@lru_cache(maxsize=32)
def frame(scene: Scene, width: int = WIDTH, height: int = HEIGHT, margin: float = MARGIN) -> Frame:
    """As large as the two poses, the way between them and the furniture allow, with the floor near the lower edge."""
    reach: list[tuple[XY, float]] = []
    for moment in moments_of(scene):  # one frame for all, so that nothing jumps when the figure moves
        body = body_of(scene, moment)
        for shape in [*front_shapes(scene, body), *body_shapes(body)]:  # the muscle is within
            reach.extend(_discs(shape))
    if scene.mat is not None:
        reach.extend(((x, 0.0), 0.0) for x in scene.mat)
    if scene.bed is not None:
        reach.extend(((x, 0.0), 0.0) for x in (scene.bed.head, scene.bed.edge))
    if scene.chair is not None:
        reach.append(((scene.chair.back - 0.03, 0.0), 0.0))
    left, right = min(p[0] - r for p, r in reach), max(p[0] + r for p, r in reach)
    top = max(p[1] + r for p, r in reach)
    scale = min((width - 2 * margin) / (right - left), (height - 2 * margin) / (top + GROUND))
    spare = (height - 2 * margin) - (top + GROUND) * scale
    return Frame(
        scale=scale,
        left=(left + right) / 2 - width / 2 / scale,
        floor=height - margin - GROUND * scale - spare * 0.38,
        width=width,
        height=height,
        across=(right - left) * scale,
        above=top * scale,
    )


def picture(scene: Scene, framed: Frame, body: Body | None = None, *, beyond: int = 0) -> list[Shape]:
    """Everything in it, from the back to the front.

    Args:
        body: without it the working pose, with ghost and arrow.
        beyond: for how many widths the floor goes on to both sides.
    """
    shapes: list[Shape] = []
    if body is None:
        body = solve(scene.work, scene)
        if scene.ghost:
            ghost = body_shapes(solve(scene.start, scene))
            shapes.append(Shape("ghost", tuple(outline for shape in ghost for outline in shape.outlines)))
        shapes.extend(figure_shapes(scene, body))
        shapes.extend(arrow_shapes(scene))
    else:
        shapes.extend(figure_shapes(scene, body))
    return among(props(scene, framed, beyond), shapes)


def figure_shapes(scene: Scene, body: Body, *, is_round: bool = False) -> Iterator[Shape]:
    """The body, and what it looks like from the front where that is shown; from the back to the front."""
    yield from front_shapes(scene, body)
    yield from body_shapes(body, with_muscle=scene.muscle, is_round=is_round)


def among(furniture: Iterable[Shape], body: Iterable[Shape]) -> list[Shape]:
    """The body behind the near edge of what it rests on, and before everything else."""
    furniture = list(furniture)
    behind = [shape for shape in furniture if shape.part not in BEFORE_BODY]
    return [*behind, *body, *(shape for shape in furniture if shape.part in BEFORE_BODY)]


def props(scene: Scene, framed: Frame, beyond: int = 0) -> list[Shape]:
    """Floor and furniture, as in `picture`."""
    wide = framed.width / framed.scale
    return list(prop_shapes(scene, framed.left - beyond * wide, framed.left + (1 + beyond) * wide))


def arrow_shapes(scene: Scene) -> Iterator[Shape]:
    """What the movement is, for pictures that stand still: along the middle of the joint's way, and around the bend."""
    if scene.arrow is not None:
        yield _arrow(way(scene, scene.arrow, 20)[1:17])
    if has_front(scene):
        yield _arrow(bend_way(scene)[1:])


def _arrow(points: tuple[XY, ...]) -> Shape:
    """Along a way, with a head in its direction."""
    tip, before = points[-1], points[-3]
    direction = math.atan2(tip[1] - before[1], tip[0] - before[0])

    def off(turn: float, length: float) -> XY:
        return tip[0] + length * math.cos(direction + turn), tip[1] + length * math.sin(direction + turn)

    head = Polygon((off(0.0, 0.038), off(math.radians(125), 0.03), off(math.radians(-125), 0.03)))
    return Shape("arrow", (Line(points, 0.014), head), has_halo=True)


# ---------------------------------------------------------------------------------------------------------------- SVG


def stylesheet() -> str:
    """Colours for light and dark, by the classes of `svg`; a page may serve it, or set the variables itself."""
    light, dark, forced = (
        "".join(f"--figure-{_css(part)}:{colours[scheme]};" for part, colours in COLOURS.items()) for scheme in range(3)
    )
    rules = "".join(
        f".figure .{'.'.join(part.split())}{{fill:var(--figure-{_css(part)})}}"
        for part in COLOURS
        if part not in ("background", "muscle edge", "badge", "letter")
    )
    edges = "".join(f".figure .{part}.halo{{stroke:var(--figure-{_css(edge)})}}" for part, edge in EDGES.items())
    return (
        f".figure{{{light}}}@media(prefers-color-scheme:dark){{.figure{{{dark}}}}}"
        f"@media(forced-colors:active){{.figure{{{forced}forced-color-adjust:none}}}}{rules}"
        ".figure .halo{stroke:var(--figure-background);stroke-linejoin:round;paint-order:stroke}"
        f"{edges}"
        ".figure .arrow polyline{stroke:var(--figure-arrow)}.figure polyline{fill:none}"
        ".figure .badge circle{fill:var(--figure-badge);stroke:var(--figure-letter);stroke-width:1.2}"
        ".figure .badge text{fill:var(--figure-letter);font-family:system-ui,sans-serif;font-weight:700}"
    )


def _css(part: str) -> str:
    return part.replace(" ", "-")


def svg(scene: Scene, title: str, *, side: Side | None = None, badge: str = "") -> str:
    """The working pose as an SVG document, coloured by classes (`stylesheet`).

    Args:
        title: what is seen, for those who do not see it.
        side: the stretched side; `left` is the mirror image.
        badge: a letter on the near thigh, which names the side.
    """
    framed = frame(scene)
    content = "".join(_element(shape, framed) for shape in picture(scene, framed, beyond=BEYOND))
    if side == "left":
        content = f'<g transform="matrix(-1 0 0 1 {WIDTH} 0)">{content}</g>'
    if badge:
        joints = solve(scene.work, scene).joints
        x, y = framed.point(mix(joints["hip"], joints["near_knee"], 0.5))
        content += _badge(badge, WIDTH - x if side == "left" else x, y, BADGE * framed.scale)
    view = " ".join(map(_number, framed.view()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" viewBox="{view}" role="img">'
        f"<title>{escape(title)}</title>{content}</svg>"
    )


def _badge(letter: str, x: float, y: float, radius: float) -> str:
    size = _number(1.4 * radius)
    return (
        f'<g class="badge" transform="translate({_number(x)} {_number(y)})"><circle r="{_number(radius)}"/>'
        f'<text text-anchor="middle" dy="0.35em" font-size="{size}">{escape(letter)}</text></g>'
    )


def _element(shape: Shape, framed: Frame) -> str:
    names = classes(shape)
    lines = [outline for outline in shape.outlines if isinstance(outline, Line)]
    drawn = "".join(_path(outline, framed) for outline in shape.outlines if not isinstance(outline, Line))
    stroke = f' stroke-width="{_number(2 * HALO * framed.scale)}"' if shape.has_halo else ""
    halos = "".join(_line(line, framed, HALO) for line in lines) if shape.has_halo else ""
    under = f'<g class="halo">{halos}</g>' if halos else ""
    over = "".join(_line(line, framed) for line in lines)
    return f'{under}<path class="{names}" d="{drawn}"{stroke}/>' + (f'<g class="{names}">{over}</g>' if over else "")


def classes(shape: Shape) -> str:
    """By which a stylesheet knows it."""
    return " ".join(filter(None, (shape.part, "far" if shape.is_far else "", "halo" if shape.has_halo else "")))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _pairs(points: Iterable[XY]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _line(line: Line, framed: Frame, wider: float = 0.0) -> str:
    stroke = f'stroke-width="{_number((line.width + 2 * wider) * framed.scale)}" stroke-linecap="round"'
    return f'<polyline points="{_pairs(map(framed.point, line.points))}" {stroke}/>'


def _path(outline: Capsule | Polygon, framed: Frame) -> str:
    match outline:
        case Capsule():
            return _capsule(outline, framed)
        case Polygon(points, is_round):
            canvas = [framed.point(point) for point in points]
            if (
                _area(canvas) < 0
            ):  # all outlines of a path go round the same way, or they would cut holes into each other
                canvas.reverse()
            if not is_round:
                return f"M{_pairs(canvas)}Z"
            middles = [
                ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(canvas, canvas[1:] + canvas[:1], strict=True)
            ]
            curve = "".join(f"Q{_pairs((corner, end))}" for corner, end in zip(canvas, middles, strict=True))
            return f"M{_pairs(middles[-1:])}{curve}Z"


def _area(points: list[XY]) -> float:
    """Positive for points that go round as those of a capsule do."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1], strict=True)) / 2


def _capsule(capsule: Capsule, framed: Frame) -> str:
    a, b = framed.point(capsule.a), framed.point(capsule.b)
    radius_a, radius_b = capsule.radius_a * framed.scale, capsule.radius_b * framed.scale
    distance = math.dist(a, b)
    if distance <= abs(radius_a - radius_b) + 1e-6:  # one disc lies in the other
        (x, y), radius = (a, radius_a) if radius_a >= radius_b else (b, radius_b)
        r, across = _number(radius), _number(2 * radius)
        return f"M{_number(x - radius)},{_number(y)}a{r} {r} 0 1 1 {across} 0a{r} {r} 0 1 1 -{across} 0Z"
    line, open_angle = math.atan2(b[1] - a[1], b[0] - a[0]), math.acos((radius_a - radius_b) / distance)

    def on(centre: XY, radius: float, angle: float) -> XY:
        return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)

    up, down = line - open_angle, line + open_angle
    return (
        f"M{_pairs([on(a, radius_a, up)])}L{_pairs([on(b, radius_b, up)])}"
        f"A{_number(radius_b)} {_number(radius_b)} 0 {int(open_angle > math.pi / 2)} 1 {_pairs([on(b, radius_b, down)])}"
        f"L{_pairs([on(a, radius_a, down)])}"
        f"A{_number(radius_a)} {_number(radius_a)} 0 {int(open_angle < math.pi / 2)} 1 {_pairs([on(a, radius_a, up)])}Z"
    )
