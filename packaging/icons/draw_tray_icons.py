"""Draw the tray's pictures into src/unsit/assets/tray/, for every state and size, as compressed ARGB.

Run it after a change here: `python packaging/icons/draw_tray_icons.py`. With `--sheet FILE` it draws instead one picture with
all of them, as they are and enlarged, on a light and on a dark panel, to be looked at.

A person getting up (a head over a chevron that points upwards) in a ring that fills in the course of the hour. Every state
differs in shape, not in colour alone. The colours are of middle lightness, three to one against white and against a dark
panel, with a thin dark outline for panels in between.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from pathlib import Path

from drawing import Arc, Colour, Disc, Line, Moon, Paint, Polygon, raster
from PIL import Image

from unsit.adapters.tray_icon import SIZES, STATES, STEPS, Icon

ASSETS = Path(__file__).resolve().parents[2] / "src/unsit/assets/tray"

GREEN: Colour = (24, 166, 132)
AMBER: Colour = (218, 114, 8)
GREY: Colour = (136, 146, 155)
WHITE: Colour = (255, 255, 255)
OUTLINE: Colour = (14, 22, 28)

RADIUS, WIDTH = 0.405, 0.125
"""Of the ring."""


def ring(colour: Colour, *, start: float = 0.0, end: float = 1.0) -> Paint:
    return Paint(Arc(RADIUS, WIDTH, start, end), colour)


TRACK = Paint(Arc(RADIUS, WIDTH * 0.8), GREY, 0.5, has_outline=False)
"""The part of the hour that is still to come: faint, so that 16 pixels show at a glance how much has passed."""


def person(colour: Colour, size: int) -> list[Paint]:
    """A head over shoulders, which is also an arrow upwards. The smallest sizes keep the arrow only."""
    if size < 22:
        return [Paint(Line(((0.31, 0.595), (0.5, 0.405), (0.69, 0.595)), 0.135), colour)]
    return [
        Paint(Disc((0.5, 0.335), 0.085), colour),
        Paint(Line(((0.325, 0.66), (0.5, 0.515), (0.675, 0.66)), 0.11), colour),
    ]


def arrow(colour: Colour) -> list[Paint]:
    return [
        Paint(Line(((0.27, 0.47), (0.5, 0.24), (0.73, 0.47)), 0.14), colour, has_outline=False),
        Paint(Line(((0.5, 0.28), (0.5, 0.76)), 0.14), colour, has_outline=False),
    ]


def paints(icon: Icon, size: int) -> list[Paint]:
    match icon.state:
        case "counting":
            passed = [ring(GREEN, end=icon.step / STEPS)] if icon.step else []
            return [TRACK, *passed, *person(GREEN, size)]
        case "due":
            return [Paint(Disc((0.5, 0.5), 0.475), AMBER), *arrow(WHITE)]
        case "session":
            play = Polygon(((0.405, 0.325), (0.685, 0.5), (0.405, 0.675)), 0.05)
            return [Paint(Disc((0.5, 0.5), 0.475), GREEN), Paint(play, WHITE, has_outline=False)]
        case "break":
            return [ring(GREEN), Paint(Line(((0.33, 0.51), (0.45, 0.63), (0.67, 0.39)), 0.12), GREEN)]
        case "held":
            dots = [Paint(Disc((x, 0.5), 0.065), AMBER, has_outline=size >= 22) for x in (0.295, 0.5, 0.705)]
            return [ring(AMBER), *dots]
        case "paused":
            left, right = (0.39, 0.61) if size >= 22 else (0.375, 0.625)  # whole pixels at 16
            bars = [Paint(Line(((x, 0.375), (x, 0.625)), 0.125), GREY, has_outline=False) for x in (left, right)]
            return [ring(GREY), *bars]
        case "away":
            dashes = 8
            return [ring(GREY, start=i / dashes - 0.036, end=i / dashes + 0.036) for i in range(dashes)]
        case "off":
            return [Paint(Moon(Disc((0.47, 0.53), 0.41), Disc((0.66, 0.36), 0.35)), GREY)]


def picture(icon: Icon, size: int) -> Image.Image:
    return raster(paints(icon, size), size, outline=max(0.5, size / 44), outline_colour=OUTLINE, outline_alpha=0.4)


def argb(image: Image.Image) -> bytes:
    red, green, blue, alpha = image.split()
    return Image.merge("RGBA", (alpha, red, green, blue)).tobytes()


def all_icons() -> list[Icon]:
    counting = [Icon("counting", step) for step in range(STEPS + 1)]
    return [*counting, *(Icon(state) for state in STATES if state != "counting")]


def write_assets(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for icon in all_icons():
        data = b"".join(argb(picture(icon, size)) for size in SIZES)
        (folder / icon.file_name).write_bytes(zlib.compress(data, 9))


def write_sheet(target: Path) -> None:
    icons = all_icons()
    cell, rows = 100, [*((size, 1) for size in SIZES), (16, 5), (22, 4)]
    heights = [size * times + 12 for size, times in rows]
    panels = ((255, 255, 255), (222, 222, 222), (90, 96, 104), (32, 34, 38))
    sheet = Image.new("RGB", (cell * len(icons), sum(heights) * len(panels)))
    top = 0
    for panel in panels:
        sheet.paste(panel, (0, top, sheet.width, top + sum(heights)))
        for (size, times), height in zip(rows, heights, strict=True):
            for column, icon in enumerate(icons):
                image = picture(icon, size).resize((size * times, size * times), Image.Resampling.NEAREST)
                sheet.paste(image, (column * cell + 6, top + 6), image)
            top += height
    sheet.save(target)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="draw all of them into one PNG instead")
    sheet = parser.parse_args().sheet
    if sheet is not None:
        write_sheet(sheet)
    else:
        write_assets(ASSETS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
