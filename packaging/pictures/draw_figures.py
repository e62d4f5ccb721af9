"""Draws sheets of the figure in motion to look at, from the frames that the pages are sent: docs/pictures/figures-*.png.

    python packaging/pictures/draw_figures.py            draw them anew
    python packaging/pictures/draw_figures.py --check    exit 1 if one is missing or not what would be drawn
    python packaging/pictures/draw_figures.py --dark --to DIR    in dark colours, somewhere else

Each row is an exercise: how it begins, half way, and what is done, for the right side and for the left. The last sheet is a
stride of the walk, and how the sides are changed. No picture has a name: whoever looks says what there is to see.
"""

from __future__ import annotations

import argparse
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

from draw_exercises import CORNER, SUPERSAMPLING, draw_outline, is_same, packed
from PIL import Image, ImageDraw, ImageFont

from unsit.catalogue import ExerciseText, drawing
from unsit.catalogue.figure import Capsule, Outline, Polygon
from unsit.catalogue.frames import SHARE_GRAIN, unpacked
from unsit.catalogue.loading import load
from unsit.catalogue.motion import MotionKind
from unsit.catalogue.pose import XY
from unsit.core.model import Side
from unsit.paths import shipped_config_dir
from unsit.web.figures import moving_figure

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
WIDTH: Final = 208
GAP: Final = 6
LETTERS_DIFFER: Final = 64
SIDES: Final[tuple[Side, Side]] = ("right", "left")

Book = dict[str, Any]


class Frames:
    """What a page would show of an exercise."""

    def __init__(self, text: ExerciseText, side: Side) -> None:
        book = moving_figure(text, side)
        if book is None:
            raise ValueError(f"{text.id} has no figure")
        self._book: Book = book
        self._rows = unpacked(book["frames"])

    def draw(self, kind: MotionKind, share: float, *, dark: bool) -> Image.Image:
        """The frame next to a moment of a segment's first clip (of the way there, where it has one)."""
        loop, intro, _outro, _is_endless = self._book["tracks"][kind]
        clip = self._book["clips"][loop if intro < 0 else intro]
        return self._drawn(self._rows[clip[1 + round(share * (len(clip) - 2))]], kind, share, dark=dark)

    def _drawn(self, row: list[int], kind: str, share: float, *, dark: bool) -> Image.Image:
        colours = {part: pair[int(dark)] for part, pair in drawing.COLOURS.items()}
        width, height = self._book["size"]
        scale = WIDTH / width * SUPERSAMPLING
        canvas = drawing.Frame(scale, 0.0, height * scale, round(width * scale), round(height * scale))
        image = Image.new("RGB", (canvas.width, canvas.height), colours["background"])
        pencil = ImageDraw.Draw(image)
        for classes, outlines in self._book["shapes"]:
            if classes.endswith(" still"):
                continue
            names = classes.replace(" halo", "")
            edge = colours[drawing.EDGES.get(names, "background")]
            shapes = [self._outline(outline, row, height) for outline in outlines]
            if names != classes:
                for outline in shapes:
                    draw_outline(pencil, outline, canvas, edge, self._book["halo"] / 2)
            for outline in shapes:
                draw_outline(pencil, outline, canvas, colours[names], 0.0)
        if self._book["badge"]:
            self._badge(
                pencil, canvas, row, is_other=kind == "switch" and share < self._book["badge"][5], colours=colours
            )
        card = Image.new("L", image.size, 0)
        corner = CORNER * SUPERSAMPLING
        ImageDraw.Draw(card).rounded_rectangle((0, 0, image.width - 1, image.height - 1), corner, fill=255)
        image.putalpha(card)
        return image.resize((WIDTH, round(WIDTH * height / width)), Image.Resampling.LANCZOS)

    def _point(self, row: list[int], number: int, height: float) -> XY:
        grain = self._book["grain"]
        return row[2 * number] / grain, height - row[2 * number + 1] / grain

    def _outline(self, outline: list[Any], row: list[int], height: float) -> Outline:
        kind, *rest = outline
        if kind == "c":
            a, b, radius_a, radius_b = rest
            return Capsule(self._point(row, a, height), self._point(row, b, height), radius_a, radius_b)
        if kind != "r":
            return Polygon(tuple(self._point(row, number, height) for number in rest), is_round=kind == "o")
        a, b, c = (self._point(row, number, height) for number in rest[:3])
        corners = tuple(
            (a[0] + u * (b[0] - a[0]) + v * (c[0] - a[0]), a[1] + u * (b[1] - a[1]) + v * (c[1] - a[1]))
            for u, v in zip(*([share / SHARE_GRAIN for share in rest[start::2]] for start in (3, 4)), strict=True)
        )
        return Polygon(corners, is_round=True)

    def _badge(
        self,
        pencil: ImageDraw.ImageDraw,
        canvas: drawing.Frame,
        row: list[int],
        *,
        is_other: bool,
        colours: dict[str, str],
    ) -> None:
        letter, other, a, b, radius, _until = self._book["badge"]
        height = self._book["size"][1]
        start, end = (canvas.point(self._point(row, number, height)) for number in (a, b))
        x, y, reach = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2, radius * canvas.scale
        ring = 1.2 * canvas.scale
        pencil.ellipse((x - reach - ring, y - reach - ring, x + reach + ring, y + reach + ring), colours["letter"])
        pencil.ellipse((x - reach, y - reach, x + reach, y + reach), colours["badge"])
        font = ImageFont.load_default(reach * 1.5)
        pencil.text((x, y), other if is_other else letter, colours["letter"], font=font, anchor="mm")


@cache
def frames_of(text: ExerciseText, side: Side) -> Frames:
    return Frames(text, side)


def sheet(rows: list[list[Image.Image]], *, dark: bool) -> Image.Image:
    height = rows[0][0].height
    across = max(map(len, rows))
    size = across * (WIDTH + GAP) + GAP, len(rows) * (height + GAP) + GAP
    made = Image.new("RGB", size, "#17181c" if dark else "#ffffff")
    for down, row in enumerate(rows):
        for along, image in enumerate(row):
            made.paste(image, (GAP + along * (WIDTH + GAP), GAP + down * (height + GAP)), image)
    return made


def key_poses(text: ExerciseText, *, dark: bool) -> list[Image.Image]:
    """Of both sides, or of the one view that there is: the beginning, half way, the work."""
    row = []
    for side in SIDES if text.per_side else SIDES[:1]:
        frames = frames_of(text, side)
        row.append(frames.draw("prepare", 0.0, dark=dark))
        half, whole = (0.18, 0.45) if text.work == "reps" else (0.45, 1.0)
        row.extend(frames.draw(text.work, share, dark=dark) for share in (half, whole))
    return row


def main() -> int:
    parser = argparse.ArgumentParser(description="Draw sheets of the figure in motion.")
    parser.add_argument("--check", action="store_true", help="draw nothing, exit 1 if a sheet is out of date")
    parser.add_argument("--dark", action="store_true", help="in dark colours")
    parser.add_argument("--to", type=Path, default=PICTURES, help="the folder they are put into")
    options = parser.parse_args()
    dark: bool = options.dark

    catalogue = load(shipped_config_dir() / "exercises", None)
    texts = {text.id: text for text in catalogue.exercises if text.figure is not None}
    sided = [text for text in texts.values() if text.per_side]
    single = [text for text in texts.values() if not text.per_side and text.work != "walk"]
    sheets = {
        "sides": [key_poses(text, dark=dark) for text in sided],
        "single": [[image for text in single[at : at + 2] for image in key_poses(text, dark=dark)] for at in (0, 2)],
        "motion": [
            [frames_of(texts["walk"], "right").draw("walk", step / 6, dark=dark) for step in range(6)],
            *(
                [frames_of(texts[name], "left").draw("switch", step / 5, dark=dark) for step in range(6)]
                for name in ("standing-lunge", "half-kneeling", "lying-1")
            ),
        ],
    }
    options.to.mkdir(parents=True, exist_ok=True)
    stale = []
    for name, rows in sheets.items():
        path = options.to / f"figures-{name}.png"
        drawn = sheet(rows, dark=dark)
        if not is_same(path, drawn, LETTERS_DIFFER):
            stale.append(path.name)
            if not options.check:
                path.write_bytes(packed(drawn))
    print("\n".join(stale) if stale else "All sheets are up to date.")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
