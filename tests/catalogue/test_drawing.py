"""The figure as SVG, and the pictures drawn from it at build time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from unsit.catalogue import load
from unsit.catalogue.drawing import COLOURS, HEIGHT, WIDTH, frame, picture, stylesheet, svg
from unsit.catalogue.figure import BEFORE_BODY, Capsule, Line, Polygon, Shape, body_shapes
from unsit.catalogue.front import front_shapes
from unsit.catalogue.motion import between
from unsit.catalogue.pose import Scene
from unsit.catalogue.psoas import SEATED
from unsit.catalogue.raster import rasterise
from unsit.catalogue.rig import solve
from unsit.paths import shipped_config_dir

SCRIPTS = Path(__file__).parents[2] / "packaging" / "pictures"
SCENES: dict[str, Scene] = {
    exercise.id: exercise.figure
    for exercise in load(shipped_config_dir() / "exercises", None).exercises
    if exercise.figure is not None
} | {"seated": SEATED}
NAMESPACE = "{http://www.w3.org/2000/svg}"

each = pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES.keys())


@each
def test_svg_is_well_formed_and_says_what_it_shows(scene: Scene) -> None:
    for text in (svg(scene, 'A "leg" & <more>', side="left"), svg(scene, 'A "leg" & <more>', badge="R")):
        root = ElementTree.fromstring(text)  # noqa: S314  (our own text)
        assert root.tag == f"{NAMESPACE}svg"
        assert root.get("role") == "img"
        assert root.findtext(f"{NAMESPACE}title") == 'A "leg" & <more>'
        assert len(text) < 24_000


@each
def test_svg_obeys_a_strict_content_security_policy(scene: Scene) -> None:
    """Inside a page: classes only; no style, no script, nothing loaded."""
    text = svg(scene, "x")
    assert not re.search(r"style=|<style|<script|href|url\(|\son\w+=", text)


@pytest.mark.parametrize("name", [name for name, scene in SCENES.items() if scene.muscle])
def test_an_arm_is_before_the_muscle_and_out_of_its_way(name: str) -> None:
    """One looks into the trunk, not through the arm; and what is held shows the whole muscle."""
    scene = SCENES[name]
    framed = frame(scene, 800, 600)
    shapes = list(body_shapes(solve(scene.work, scene), with_muscle=True))
    order = [shape.part for shape in shapes if not shape.is_far]
    assert max(at for at, part in enumerate(order) if part in ("muscle", "fibre", "bone")) < order.index("sleeve")

    def dots(drawn: list[Shape]) -> int:
        raster = rasterise(drawn, framed)
        return sum(row.count(raster.parts.index("muscle")) for row in raster.rows)

    assert dots(shapes) == dots([shape for shape in shapes if shape.part == "muscle"])


@each
def test_what_gives_the_body_breadth_is_not_seen_from_the_side(scene: Scene) -> None:
    """It is there for the moment in which the view turns; before that no hem or sleeve has a bulge."""
    framed = frame(scene, 800, 600)
    for pose in (scene.start, scene.work):
        body = solve(pose, scene)
        flat, full = (
            rasterise(body_shapes(body, with_muscle=scene.muscle, is_round=is_round), framed)
            for is_round in (False, True)
        )
        same = bytes(full.parts.index(part) for part in flat.parts).ljust(256)
        assert [row.translate(same) for row in flat.rows] == full.rows


@each
def test_everything_is_inside_the_picture(scene: Scene) -> None:
    """At every moment, with a margin all around; the floor line apart, which runs from edge to edge."""
    framed = frame(scene)
    moments = [between(scene.start, scene.work, step / 10, scene) for step in range(11)]
    for shape in [shape for body in (None, *moments) for shape in picture(scene, framed, body)]:
        if shape.part == "floor":
            continue
        for outline in shape.outlines:
            match outline:
                case Capsule(a, b, radius_a, radius_b):
                    discs = [(a, radius_a), (b, radius_b)]
                case Polygon(points, _) | Line(points, _):
                    discs = [(point, 0.0) for point in points]
            for point, radius in discs:
                x, y = framed.point(point)
                pixels = radius * framed.scale
                assert pixels + 4 <= x <= WIDTH - pixels - 4, shape.part
                assert pixels + 4 <= y <= HEIGHT - pixels, shape.part


@each
def test_every_shape_has_a_colour_in_the_stylesheet(scene: Scene) -> None:
    style = stylesheet()
    root = ElementTree.fromstring(svg(scene, "x"))  # noqa: S314  (our own text)
    for element in root.iter():
        names = [name for name in (element.get("class") or "").split() if name not in ("figure", "halo")]
        if names:
            assert " ".join(names) in COLOURS, names
            assert f".figure .{'.'.join(names)}" in style


def test_the_left_side_is_the_mirror_image() -> None:
    """The near leg is the figure's right one; seen from its left, the figure faces left."""
    right, left = svg(SCENES["supine"], "x", side="right"), svg(SCENES["supine"], "x", side="left")
    assert svg(SCENES["supine"], "x") == right
    assert "matrix(-1 0 0 1 320 0)" in left
    assert left.replace('<g transform="matrix(-1 0 0 1 320 0)">', "").replace("</g></svg>", "</svg>") == right


def test_the_letter_is_on_the_thigh_and_not_mirrored() -> None:
    """Outside of what is mirrored, at the mirrored place."""
    places = {}
    for side, letter in (("left", "L"), ("right", "R")):
        root = ElementTree.fromstring(svg(SCENES["supine"], "x", side=side, badge=letter))  # type: ignore[arg-type]  # noqa: S314
        badge = root[-1]
        assert (badge.get("class"), badge.findtext(f"{NAMESPACE}text")) == ("badge", letter)
        x, y = re.findall(r"[\d.]+", badge.get("transform") or "")
        places[side] = float(x), float(y)
    assert places["left"] == pytest.approx((WIDTH - places["right"][0], places["right"][1]), abs=0.11)


def test_a_moving_figure_shows_neither_ghost_nor_arrow() -> None:
    scene = SCENES["glute-bridge"]
    framed = frame(scene)
    still = {shape.part for shape in picture(scene, framed)}
    moving = {shape.part for shape in picture(scene, framed, between(scene.start, scene.work, 0.5, scene))}
    assert still - moving == {"ghost", "arrow"}


def test_the_stylesheet_has_colours_for_light_dark_and_those_of_the_system() -> None:
    for query in ("prefers-color-scheme:dark", "forced-colors:active"):
        assert stylesheet().count(query) == 1
    assert stylesheet().count("--figure-legs-far:") == 3


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_limbs_stand_out_from_the_background_and_near_from_far(theme: int) -> None:
    """WCAG 2 asks 3:1 of what one must see in a graphic: here every limb, the floor and the arrow."""
    background = _luminance(COLOURS["background"][theme])
    for part in ("legs", "legs far", "foot", "foot far", "skin far", "sleeve", "sleeve far", "shirt", "floor", "arrow"):
        assert _contrast(_luminance(COLOURS[part][theme]), background) >= 3, part
    assert (
        _contrast(_luminance(COLOURS["skin"][theme]), background) >= 2.5
    )  # skin is light; a nearer one has a shirt behind it
    for part in ("legs", "foot", "skin", "sleeve"):
        assert _contrast(_luminance(COLOURS[part][theme]), _luminance(COLOURS[f"{part} far"][theme])) >= 1.4, part
    assert _contrast(_luminance(COLOURS["muscle"][theme]), _luminance(COLOURS["legs"][theme])) >= 2


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: float, b: float) -> float:
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("draw_exercises.py", "All pictures are up to date.\n"),
        ("draw_figures.py", "All sheets are up to date.\n"),
    ],
)
def test_shipped_pictures_are_what_the_poses_draw(script: str, said: str) -> None:
    """Somebody who changes a pose draws its picture anew, and the sheets on which it is looked at (`make figures`)."""
    pytest.importorskip("PIL")
    command = [sys.executable, str(SCRIPTS / script), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, said, "")


@each
def test_what_one_lies_or_stands_on_is_before_the_body(scene: Scene) -> None:
    """Its edge closes the gap that a line around a limb would leave; everything else is behind."""
    on_card = list(front_shapes(scene, solve(scene.work, scene)))
    parts = [shape.part for shape in picture(scene, frame(scene)) if shape not in on_card]
    first, last = parts.index("shirt"), len(parts) - 1 - parts[::-1].index("sleeve")
    for at, part in enumerate(parts):
        if part in BEFORE_BODY:
            assert at > last, part
        if part in ("wood", "cushion", "ghost"):
            assert at < first, part


def test_the_figure_needs_no_pillow() -> None:
    """The daemon and the pages use the rig; only the build draws pixels."""
    code = "import sys, unsit.catalogue.drawing; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0
