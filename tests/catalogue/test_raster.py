from __future__ import annotations

import pytest

from unsit import paths
from unsit.catalogue import load
from unsit.catalogue.drawing import Frame, picture
from unsit.catalogue.figure import Capsule, Line, Polygon, Shape
from unsit.catalogue.motion import body_at
from unsit.catalogue.pose import Scene
from unsit.catalogue.raster import CELL_HEIGHT, CELL_WIDTH, NOTHING, Raster, dot_frame, rasterise

SCENES = {
    text.id: text.figure for text in load(paths.shipped_config_dir() / "exercises", None).exercises if text.figure
}
UNIT = Frame(scale=1.0, left=0.0, floor=20.0, width=30, height=20)
"""One dot a unit."""


def drawn(raster: Raster) -> list[str]:
    return ["".join(" " if value == NOTHING else "#" for value in row).rstrip() for row in raster.rows]


def dots(raster: Raster, part: str) -> set[tuple[int, int]]:
    value = raster.parts.index(part) if part in raster.parts else -1
    return {(x, y) for y, row in enumerate(raster.rows) for x, found in enumerate(row) if found == value}


def test_each_kind_of_outline_covers_the_dots_whose_middles_it_covers() -> None:
    """A hull of two discs, a polygon, a line with its width."""
    shapes = [
        Shape("skin", (Capsule((3.0, 17.0), (8.0, 17.0), 2.0, 1.0),)),
        Shape("legs", (Polygon(((12.0, 15.0), (16.0, 15.0), (16.0, 19.0), (12.0, 19.0))),)),
        Shape("arrow", (Line(((20.0, 19.0), (20.0, 15.0)), 2.0),)),
    ]
    raster = rasterise(shapes, UNIT)
    assert drawn(raster)[:6] == [
        "                   ##",
        "  ####      ####   ##",
        " ########   ####   ##",
        " ########   ####   ##",
        "  ####      ####   ##",
        "                   ##",
    ]
    assert raster.parts == ("", "skin", "legs", "arrow")


def test_what_is_thinner_than_a_dot_is_still_seen() -> None:
    """A line that comes and goes as it moves would flicker."""
    for y in (0.5, 0.3, 0.0, 0.7):
        line = Shape("arrow", (Line(((2.0, 10.0 + y), (12.0, 10.0 + y)), 0.01),))
        assert any(drawn(rasterise([line], UNIT))), y


def test_a_gap_keeps_limbs_of_one_colour_apart() -> None:
    """With colours only from what has the same one; without, from everything but the ground."""
    behind = Shape("legs", (Polygon(((2.0, 4.0), (20.0, 4.0), (20.0, 16.0), (2.0, 16.0))),))
    ground = Shape("floor", (Polygon(((0.0, 0.0), (30.0, 0.0), (30.0, -1.0), (0.0, -1.0))),))
    framed = UNIT._replace(floor=16.0)
    for part, has_colours, has_gap in (("legs", True, True), ("skin", True, False), ("skin", False, True)):
        front = Shape(part, (Capsule((8.0, -2.0), (8.0, 12.0), 2.3, 2.3),), has_halo=True)
        raster = rasterise([ground, behind, front], framed, has_colours=has_colours)
        row = raster.rows[8]
        assert (row[5] == NOTHING) is has_gap
        assert set(raster.rows[16]) == {raster.parts.index("floor")} | ({raster.parts.index(part)})


def test_the_left_side_is_the_mirror_image() -> None:
    """Dot for dot."""
    scene = SCENES["standing-lunge"]
    framed = dot_frame(scene, 40, 15)
    shapes = picture(scene, framed, body_at(scene, "hold", 10.0, 30.0))
    right, left = (rasterise(shapes, framed, is_mirrored=is_mirrored) for is_mirrored in (False, True))
    assert [bytes(reversed(row)) for row in right.rows] == [bytes(row) for row in left.rows]


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize(("columns", "rows"), [(24, 8), (60, 22)])
def test_every_exercise_fits_its_cells_at_every_moment(name: str, columns: int, rows: int) -> None:
    """The whole figure is on it, over the ground, which is one line at the top of a cell."""
    scene: Scene = SCENES[name]
    framed = dot_frame(scene, columns, rows)
    assert (framed.width, framed.height) == (columns * CELL_WIDTH, rows * CELL_HEIGHT)
    assert framed.floor % CELL_HEIGHT == 0
    for kind in ("before", "switch"):
        for elapsed_s in (0.0, 2.0, 4.5):
            raster = rasterise(picture(scene, framed, body_at(scene, kind, elapsed_s, 8.0)), framed)
            floor = dots(raster, "floor")
            assert {y for _x, y in floor} == {int(framed.floor)}
            assert {0, framed.width - 1} <= {x for x, _y in floor | dots(raster, "mat")}
            hair = dots(raster, "hair")
            assert hair
            assert all(0 < x < framed.width - 1 and y > 0 for x, y in hair)
            feet = dots(raster, "foot") | dots(raster, "foot far")
            assert feet
            assert max(y for _x, y in feet) <= framed.floor


@pytest.mark.parametrize(("columns", "rows"), [(24, 8), (60, 22)])
def test_what_is_finer_than_dots_hides_nothing(columns: int, rows: int) -> None:
    """The muscle's fibres are left out: it is all of one colour, and there."""
    scene = SCENES["half-kneeling"]
    framed = dot_frame(scene, columns, rows)
    shapes = picture(scene, framed, body_at(scene, "hold", 10.0, 30.0))
    assert "fibre" in {shape.part for shape in shapes}
    raster = rasterise(shapes, framed)
    assert "fibre" not in raster.parts
    assert dots(raster, "muscle")
