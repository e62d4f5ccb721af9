"""Draw the program's own icon: unsit.svg, unsit-symbolic.svg and unsit-SIZE.png, beside this file for packages.

Those that the running program needs itself (notifications, pages, its entry in the menu) go into src/unsit/assets/icons too.

Run it after a change here: `python packaging/icons/draw_app_icons.py`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from drawing import Arc, Colour, Disc, Line, Paint, Polygon, raster, svg_element

HERE = Path(__file__).resolve().parent
ASSETS = HERE.parents[1] / "src/unsit/assets/icons"
SHIPPED = ("unsit.svg", "unsit-symbolic.svg", "unsit-64.png", "unsit-256.png")
SIZES = (16, 22, 24, 32, 48, 64, 128, 256)
SVG_SIZE = 128
SYMBOLIC_SIZE = 16

TEAL: Colour = (15, 118, 100)
WHITE: Colour = (255, 255, 255)
SYMBOLIC: Colour = (46, 52, 54)
"""#2e3436, which desktops replace by the colour of their text."""

CORNER = 0.21
"""Radius of the corners of the tile, which leaves a margin of 1/32 around it."""


def tile() -> Paint:
    low, high = 1 / 32 + CORNER, 31 / 32 - CORNER
    return Paint(Polygon(((low, low), (high, low), (high, high), (low, high)), CORNER), TEAL)


def icon(size: int) -> list[Paint]:
    if size < 32:  # as in the tray: the ring would be a blur
        return [
            tile(),
            Paint(Disc((0.5, 0.28), 0.115), WHITE),
            Paint(Line(((0.25, 0.76), (0.5, 0.55), (0.75, 0.76)), 0.14), WHITE),
        ]
    return [
        tile(),
        Paint(Arc(0.345, 0.07), WHITE, 0.3),
        Paint(Arc(0.345, 0.07, 0.0, 10 / 12, is_round=True), WHITE),
        Paint(Disc((0.5, 0.375), 0.075), WHITE),
        Paint(Line(((0.355, 0.635), (0.5, 0.52), (0.645, 0.635)), 0.085), WHITE),
    ]


def symbolic() -> list[Paint]:
    return [
        Paint(Arc(0.41, 0.11), SYMBOLIC, 0.35),
        Paint(Arc(0.41, 0.11, 0.0, 10 / 12), SYMBOLIC),
        Paint(Disc((0.5, 0.34), 0.09), SYMBOLIC),
        Paint(Line(((0.325, 0.66), (0.5, 0.515), (0.675, 0.66)), 0.11), SYMBOLIC),
    ]


def write_svg(target: Path, paints: list[Paint], size: int) -> None:
    elements = "\n  ".join(svg_element(paint, size) for paint in paints)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}">'
    target.write_text(f"{head}\n  {elements}\n</svg>\n", encoding="utf-8")


def main() -> int:
    write_svg(HERE / "unsit.svg", icon(SVG_SIZE), SVG_SIZE)
    write_svg(HERE / "unsit-symbolic.svg", symbolic(), SYMBOLIC_SIZE)
    for size in SIZES:
        image = raster(icon(size), size, outline=0, outline_colour=TEAL, outline_alpha=0)
        image.save(HERE / f"unsit-{size}.png", optimize=True)
    ASSETS.mkdir(parents=True, exist_ok=True)
    for name in SHIPPED:
        shutil.copyfile(HERE / name, ASSETS / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
