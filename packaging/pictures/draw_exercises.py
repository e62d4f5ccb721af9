"""Draws the pictures of the notifications: src/unsit/assets/exercises/ID.png, from the poses in config/exercises.

    python packaging/pictures/draw_exercises.py            draw them all anew
    python packaging/pictures/draw_exercises.py --check    exit 1 if one is missing or not what would be drawn
    python packaging/pictures/draw_exercises.py --sheet FILE.png [--dark]    all of them on one sheet, to look at

Pillow is needed here and nowhere in the daemon.
"""

from __future__ import annotations

import argparse
import io
import math
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

from unsit.catalogue import drawing
from unsit.catalogue.figure import Capsule, Line, Outline, Polygon
from unsit.catalogue.loading import load
from unsit.catalogue.pose import XY, Scene
from unsit.catalogue.psoas import SEATED
from unsit.paths import shipped_config_dir

ASSETS = Path(__file__).resolve().parents[2] / "src" / "unsit" / "assets" / "exercises"
WIDTH, HEIGHT = 256, 192
SUPERSAMPLING = 4
CORNER = 14
SAMPLES = 8  # points on each stretch of a round outline


def draw(scene: Scene, *, dark: bool = False) -> Image.Image:
    """The working pose on a card of its own colour, so that it reads on light and on dark notifications."""
    colours = {part: pair[int(dark)] for part, pair in drawing.COLOURS.items()}
    framed = drawing.frame(scene, WIDTH * SUPERSAMPLING, HEIGHT * SUPERSAMPLING, 11 * SUPERSAMPLING)
    image = Image.new("RGB", (framed.width, framed.height), colours["background"])
    pencil = ImageDraw.Draw(image)
    for shape in drawing.picture(scene, framed):
        colour = colours[f"{shape.part} far" if shape.is_far else shape.part]
        if shape.has_halo:
            for outline in shape.outlines:
                draw_outline(
                    pencil, outline, framed, colours[drawing.EDGES.get(shape.part, "background")], drawing.HALO
                )
        for outline in shape.outlines:
            draw_outline(pencil, outline, framed, colour, 0.0)
    card = Image.new("L", image.size, 0)
    ImageDraw.Draw(card).rounded_rectangle((0, 0, image.width - 1, image.height - 1), CORNER * SUPERSAMPLING, fill=255)
    image.putalpha(card)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def draw_outline(
    pencil: ImageDraw.ImageDraw, outline: Outline, framed: drawing.Frame, colour: str, wider: float
) -> None:
    def disc(centre: XY, radius: float) -> None:
        x, y = framed.point(centre)
        pixels = radius * framed.scale
        pencil.ellipse((x - pixels, y - pixels, x + pixels, y + pixels), colour)

    match outline:
        case Capsule(a, b, radius_a, radius_b):
            radius_a, radius_b = radius_a + wider, radius_b + wider
            disc(a, radius_a)
            disc(b, radius_b)
            if (length := math.dist(a, b)) > abs(radius_a - radius_b):
                line = math.atan2(b[1] - a[1], b[0] - a[0])
                lean = math.acos((radius_a - radius_b) / length)
                corners = [
                    (centre[0] + radius * math.cos(line + turn), centre[1] + radius * math.sin(line + turn))
                    for centre, radius, turn in (
                        (a, radius_a, lean),
                        (b, radius_b, lean),
                        (b, radius_b, -lean),
                        (a, radius_a, -lean),
                    )
                ]
                pencil.polygon([framed.point(corner) for corner in corners], colour)
        case Line(points, width):
            pencil.line(
                [framed.point(point) for point in points], colour, round((width + 2 * wider) * framed.scale), "curve"
            )
            disc(points[0], width / 2 + wider)
            disc(points[-1], width / 2 + wider)
        case Polygon(points, is_round, _):
            canvas = [framed.point(point) for point in (_rounded(points) if is_round else points)]
            pencil.polygon(canvas, colour)
            if wider:
                pencil.line([*canvas, *canvas[:2]], colour, round(2 * wider * framed.scale), "curve")


def _rounded(points: tuple[XY, ...]) -> list[XY]:
    """The curve that the SVG draws: quadratic from middle to middle, with the corners as control points."""

    def middle(a: XY, b: XY) -> XY:
        return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2

    curve: list[XY] = []
    for index, corner in enumerate(points):
        start, end = middle(points[index - 1], corner), middle(corner, points[(index + 1) % len(points)])
        for step in range(SAMPLES):
            t = step / SAMPLES
            curve.append(tuple((1 - t) ** 2 * start[i] + 2 * t * (1 - t) * corner[i] + t**2 * end[i] for i in (0, 1)))  # type: ignore[arg-type]  # two
    return curve


def packed(image: Image.Image) -> bytes:
    packed = io.BytesIO()
    image.quantize(96, Image.Quantize.FASTOCTREE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def is_same(path: Path, image: Image.Image, most: int = 24) -> bool:
    """The same picture, whatever the version of Pillow that packed it.

    Args:
        most: of 255: how much any colour of any pixel may differ; where there are letters, they come from Pillow, too.
    """
    if not path.is_file():
        return False
    with Image.open(path) as shipped:
        difference = ImageChops.difference(
            shipped.convert("RGBA"), Image.open(io.BytesIO(packed(image))).convert("RGBA")
        )
    return max(high for _, high in difference.getextrema()) <= most  # type: ignore[misc]  # four bands, four pairs


def _sheet(scenes: dict[str, Scene], path: Path, *, dark: bool, named: bool) -> None:
    columns = 4
    rows = -(-len(scenes) // columns)
    sheet = Image.new("RGB", (columns * (WIDTH + 12) + 12, rows * (HEIGHT + 12) + 12), "#17181c" if dark else "#ffffff")
    for index, (name, scene) in enumerate(scenes.items()):
        at = 12 + index % columns * (WIDTH + 12), 12 + index // columns * (HEIGHT + 12)
        image = draw(scene, dark=dark)
        sheet.paste(image, at, image)
        if named:
            ImageDraw.Draw(sheet).text((at[0] + 8, at[1] + 6), name, "#888888")
    sheet.save(path)


def main() -> int:
    parser = argparse.ArgumentParser(description="Draw the pictures of the exercises.")
    parser.add_argument("--check", action="store_true", help="draw nothing, exit 1 if a picture is out of date")
    parser.add_argument("--sheet", type=Path, help="draw all of them on one sheet instead")
    parser.add_argument("--dark", action="store_true", help="the sheet in dark colours")
    parser.add_argument("--named", action="store_true", help="the sheet with names")
    options = parser.parse_args()

    catalogue = load(shipped_config_dir() / "exercises", None)
    for problem in catalogue.problems:
        print(problem, file=sys.stderr)
    scenes = {exercise.id: exercise.figure for exercise in catalogue.exercises if exercise.figure is not None}
    if catalogue.problems:
        return 1
    if options.sheet is not None:
        _sheet({**scenes, "seated": SEATED}, options.sheet, dark=options.dark, named=options.named)
        return 0
    ASSETS.mkdir(parents=True, exist_ok=True)
    stale = []
    for name, scene in scenes.items():
        image = draw(scene)
        path = ASSETS / f"{name}.png"
        if not is_same(path, image):
            stale.append(path.name)
            if not options.check:
                path.write_bytes(packed(image))
    print("\n".join(stale) if stale else "All pictures are up to date.")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
