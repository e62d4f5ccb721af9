"""Shapes that both Pillow and SVG can draw, on a square of 1 by 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True)
class Arc:
    """A stroke along a circle around the middle, clockwise from `start` to `end` turns; 0 is at twelve o'clock."""

    radius: float
    width: float
    start: float = 0.0
    end: float = 1.0
    is_round: bool = False


@dataclass(frozen=True)
class Line:
    """A stroke with round ends and corners."""

    points: tuple[Point, ...]
    width: float


@dataclass(frozen=True)
class Disc:
    centre: Point
    radius: float


@dataclass(frozen=True)
class Polygon:
    points: tuple[Point, ...]
    corner: float = 0.0
    """Radius by which the corners are rounded, outwards."""


@dataclass(frozen=True)
class Moon:
    """A disc less another one."""

    disc: Disc
    shadow: Disc


Shape = Arc | Line | Disc | Polygon | Moon


@dataclass(frozen=True)
class Paint:
    shape: Shape
    colour: Colour
    alpha: float = 1.0
    has_outline: bool = True


def on_circle(radius: float, turn: float) -> Point:
    angle = math.tau * (turn - 0.25)
    return 0.5 + radius * math.cos(angle), 0.5 + radius * math.sin(angle)


# --------------------------------------------------------------------------------------------------------------- Pillow


def raster(
    paints: list[Paint], size: int, *, outline: float, outline_colour: Colour, outline_alpha: float
) -> Image.Image:
    """Args: outline: its width, in pixels of `size`."""
    scale = max(8, 512 // size)
    big = size * scale
    image = Image.new("RGBA", (big, big))
    if outline:
        mask = Image.new("L", (big, big))
        for paint in paints:
            if paint.has_outline:
                _fill(mask, paint.shape, big, grow=outline / size)
        image = Image.alpha_composite(image, _tint(mask, outline_colour, outline_alpha))
    for paint in paints:
        mask = Image.new("L", (big, big))
        _fill(mask, paint.shape, big, grow=0.0)
        image = Image.alpha_composite(image, _tint(mask, paint.colour, paint.alpha))
    return image.resize((size, size), Image.Resampling.BOX)


def _tint(mask: Image.Image, colour: Colour, alpha: float) -> Image.Image:
    layer = Image.new("RGBA", mask.size, (*colour, 0))
    layer.putalpha(mask.point([round(value * alpha) for value in range(256)]))
    return layer


def _fill(mask: Image.Image, shape: Shape, big: int, *, grow: float) -> None:
    draw = ImageDraw.Draw(mask)

    def disc(centre: Point, radius: float, value: int = 255) -> None:
        (x, y), r = (centre[0] * big, centre[1] * big), radius * big
        draw.ellipse((x - r, y - r, x + r, y + r), fill=value)

    def stroke(points: list[Point], width: float, *, is_closed: bool = False) -> None:
        path = [(x * big, y * big) for x, y in points]
        draw.line(path + path[:1] * is_closed, fill=255, width=max(1, round(width * big)))
        for point in points:
            disc(point, width / 2)

    match shape:
        case Arc(radius, width, start, end, is_round):
            half = width / 2 + grow
            reach = grow / (math.tau * radius)
            is_whole = end - start >= 1
            box = [(0.5 - radius - half) * big, (0.5 + radius + half) * big]
            ring = Image.new("L", mask.size)
            pen = ImageDraw.Draw(ring)
            from_degrees = 360 * (start - (0 if is_whole else reach) - 0.25)
            to_degrees = 360 * (end + (0 if is_whole else reach) - 0.25)
            pen.pieslice((box[0], box[0], box[1], box[1]), from_degrees, to_degrees, fill=255)
            inner = [(0.5 - radius + half) * big, (0.5 + radius - half) * big]
            pen.ellipse((inner[0], inner[0], inner[1], inner[1]), fill=0)
            mask.paste(255, mask=ring)
            if is_round and not is_whole:
                disc(on_circle(radius, start), half)
                disc(on_circle(radius, end), half)
        case Line(points, width):
            stroke(list(points), width + 2 * grow)
        case Disc(centre, radius):
            disc(centre, radius + grow)
        case Polygon(points, corner):
            draw.polygon([(x * big, y * big) for x, y in points], fill=255)
            if corner + grow:
                stroke(list(points), 2 * (corner + grow), is_closed=True)
        case Moon(outer, shadow):
            moon = Image.new("L", mask.size)
            pen = ImageDraw.Draw(moon)
            for part, radius, value in ((outer, outer.radius + grow, 255), (shadow, shadow.radius - grow, 0)):
                x, y, r = part.centre[0] * big, part.centre[1] * big, radius * big
                pen.ellipse((x - r, y - r, x + r, y + r), fill=value)
            mask.paste(255, mask=moon)


# ------------------------------------------------------------------------------------------------------------------ SVG


def svg_element(paint: Paint, size: int) -> str:
    colour = "#{:02x}{:02x}{:02x}".format(*paint.colour)
    opacity = f' opacity="{paint.alpha:g}"' if paint.alpha < 1 else ""

    def n(value: float) -> str:
        return f"{value * size:.2f}".rstrip("0").rstrip(".")

    def path(points: tuple[Point, ...]) -> str:
        return "M" + "L".join(f"{n(x)} {n(y)}" for x, y in points)

    match paint.shape:
        case Arc(radius, width, start, end, is_round):
            ends = ' stroke-linecap="round"' if is_round else ""
            stroke = f'fill="none" stroke="{colour}" stroke-width="{n(width)}"{ends}{opacity}'
            if end - start >= 1:
                return f'<circle cx="{n(0.5)}" cy="{n(0.5)}" r="{n(radius)}" {stroke}/>'
            (x0, y0), (x1, y1) = on_circle(radius, start), on_circle(radius, end)
            large = int(end - start > 0.5)
            return f'<path d="M{n(x0)} {n(y0)}A{n(radius)} {n(radius)} 0 {large} 1 {n(x1)} {n(y1)}" {stroke}/>'
        case Line(points, width):
            ends = 'stroke-linecap="round" stroke-linejoin="round"'
            return f'<path d="{path(points)}" fill="none" stroke="{colour}" stroke-width="{n(width)}" {ends}{opacity}/>'
        case Disc((x, y), radius):
            return f'<circle cx="{n(x)}" cy="{n(y)}" r="{n(radius)}" fill="{colour}"{opacity}/>'
        case Polygon(points, corner):
            round_ = f' stroke="{colour}" stroke-width="{n(2 * corner)}" stroke-linejoin="round"' if corner else ""
            return f'<path d="{path(points)}Z" fill="{colour}"{round_}{opacity}/>'
        case Moon():
            raise NotImplementedError("no drawing with a moon is written as SVG")
