"""The drawn figure: the joints of the rig become shapes, and so do floor and furniture.

Shapes are lists of simple outlines, from the back to the front; drawing.py makes SVG of them, frames.py what a page moves,
raster.py dots for a terminal. Thicknesses are the figure's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from msgspec import structs

from unsit.catalogue.pose import CHAIR_DEPTH, XY, Chair, Scene
from unsit.catalogue.psoas import path_of
from unsit.catalogue.rig import HEAD, RADIUS, Body, at, mix

HIP_APART: Final = 0.055
SHOULDER_APART: Final = 0.105
"""Half the distance between the limbs, which is seen only when the view turns."""


class Capsule(NamedTuple):
    """The hull of two discs."""

    a: XY
    b: XY
    radius_a: float
    radius_b: float


class Polygon(NamedTuple):
    """A closed outline; `is_round` asks for a smooth curve through the middles of its edges."""

    points: tuple[XY, ...]
    is_round: bool = False


class Line(NamedTuple):
    points: tuple[XY, ...]
    width: float


Outline = Capsule | Polygon | Line


class Shape(NamedTuple):
    """Outlines of one colour that are seen as one thing.

    Attributes:
        part: what it is, for the colour: a key of drawing.COLOURS, there with ` far` added where it is far.
        is_far: of the limb behind the trunk.
        has_halo: a thin line of the background around it keeps it apart from what is behind.
        depth: how far before the middle of the body it is, in body heights.
    """

    part: str
    outlines: tuple[Outline, ...]
    is_far: bool = False
    has_halo: bool = False
    depth: float = 0.0


_PROFILE: Final[tuple[XY, ...]] = (
    (0.02, 0.51), (0.25, 0.44), (0.385, 0.25), (0.40, 0.06), (0.375, 0.0), (0.53, -0.16), (0.40, -0.19), (0.43, -0.27),
    (0.385, -0.32), (0.40, -0.43), (0.27, -0.52), (0.06, -0.40), (-0.08, -0.36), (-0.22, -0.36), (-0.34, -0.20), (-0.42, 0.0),
    (-0.42, 0.22), (-0.27, 0.43),
)  # fmt: skip
"""The head seen from its right: (forward, up) in shares of its height, from the crown over the face to the nape."""
_HAIR: Final[tuple[XY, ...]] = (
    (0.02, 0.54), (0.28, 0.48), (0.40, 0.30), (0.37, 0.18), (0.22, 0.24), (0.04, 0.20), (0.0, 0.04), (-0.08, -0.10),
    (-0.12, -0.32), (-0.30, -0.34), (-0.40, -0.16), (-0.46, 0.02), (-0.45, 0.25), (-0.28, 0.47),
)  # fmt: skip


def _in_head(body: Body, forward: float, up: float) -> XY:
    direction = body.directions["head"]
    return at(at(body.joints["head"], direction - 90, forward * HEAD), direction, up * HEAD)


def body_shapes(body: Body, *, with_muscle: bool = False) -> Iterator[Shape]:
    """From the back to the front."""
    yield from _arm_shapes(body, "far")
    yield from _leg_shapes(body, "far")
    yield from _head_shapes(body)
    yield from _trunk_shapes(body)
    yield from _leg_shapes(body, "near")
    yield _waistband(body)
    if with_muscle:
        yield from _psoas_shapes(body)
    yield from _arm_shapes(body, "near")


def _head_shapes(body: Body) -> Iterator[Shape]:
    j = body.joints
    throat = at(mix(j["shoulder"], j["head"], 0.72), body.directions["neck"] + 90, 0.010)
    yield Shape("skin", (Capsule(j["shoulder"], throat, RADIUS["neck"] * 1.1, RADIUS["neck"]),))
    yield Shape("skin", (Polygon(tuple(_in_head(body, f, u) for f, u in _PROFILE), is_round=True),), has_halo=True)
    yield Shape("hair", (Polygon(tuple(_in_head(body, f, u) for f, u in _HAIR), is_round=True),))
    yield Shape("ear", (Capsule(_in_head(body, -0.05, -0.02), _in_head(body, -0.07, -0.09), 0.0105, 0.008),))
    eye, brow = _in_head(body, 0.27, 0.03), (_in_head(body, 0.21, 0.12), _in_head(body, 0.32, 0.115))
    yield Shape("eye", (Capsule(eye, _in_head(body, 0.27, 0.015), 0.006, 0.006), Capsule(*brow, 0.0028, 0.0028)))


def _trunk_shapes(body: Body) -> Iterator[Shape]:
    j = body.joints
    yield Shape(
        "shirt",
        (
            Capsule(j["sacrum"], j["waist"], RADIUS["sacrum"], RADIUS["waist"]),
            Capsule(j["waist"], j["chest"], RADIUS["waist"], RADIUS["chest"]),
            Capsule(j["chest"], j["shoulder"], RADIUS["chest"], RADIUS["shoulder"]),
            Capsule(j["belly"], j["ribs"], 0.047, 0.052),
        ),
    )
    yield Shape("legs", (Capsule(j["buttock"], j["buttock"], RADIUS["hip"], RADIUS["hip"]),))


def _waistband(body: Body) -> Shape:
    """The trousers from the hips to their upper edge, which is straight."""
    across = body.directions["pelvis"] + 90
    low, top = body.joints["buttock"], at(body.joints["sacrum"], body.directions["pelvis"], 0.006)
    wide, narrow = RADIUS["hip"], RADIUS["sacrum"] + 0.001
    return Shape(
        "legs",
        (Polygon((at(low, across, wide), at(low, across, -wide), at(top, across, -narrow), at(top, across, narrow))),),
    )


def _psoas_shapes(body: Body) -> Iterator[Shape]:
    """The near psoas, as if one could look inside: a fan from the lumbar spine, one band over the front of the hip."""
    origins, over = path_of(body)
    spine = body.directions["lumbar"] + 90
    bones = [at(origin, spine, 0.011) for origin in origins]
    yield Shape("bone", tuple(Capsule(*pair, 0.0095, 0.0095) for pair in _blocks(bones)), has_halo=True)
    fan = tuple(Capsule(origin, over[0], 0.0035, 0.0105) for origin in origins)
    band = tuple(
        Capsule(a, b, 0.0105 - 0.0011 * piece, 0.0094 - 0.0011 * piece) for piece, (a, b) in enumerate(pairwise(over))
    )
    yield Shape("muscle", (*fan, *band), has_halo=True)


def _blocks(points: list[XY]) -> Iterator[tuple[XY, XY]]:
    """The vertebral bodies: between the points, with a gap for the discs."""
    for a, b in pairwise(points):
        yield mix(a, b, 0.42), mix(a, b, 0.58)


def _leg_shapes(body: Body, side: str) -> Iterator[Shape]:
    j = {name: body.joints[f"{side}_{name}"] for name in ("knee", "ankle", "heel", "ball", "tip")}
    hip, is_far, depth = body.joints["hip"], side == "far", _depth(side, HIP_APART)
    thigh, shank = body.directions[f"{side}_thigh"], body.directions[f"{side}_shank"]
    quadriceps = at(mix(hip, j["knee"], 0.45), thigh + 90, 0.006)
    above_knee = mix(hip, j["knee"], 0.86)
    calf = at(mix(j["knee"], j["ankle"], 0.27), shank - 90, 0.008)
    shin = mix(j["knee"], j["ankle"], 0.66)
    yield Shape(
        "foot",
        (
            Capsule(j["ankle"], j["heel"], RADIUS["ankle"], RADIUS["heel"]),
            Capsule(j["ankle"], j["ball"], RADIUS["ankle"], RADIUS["ball"]),
            Capsule(j["heel"], j["ball"], RADIUS["heel"], RADIUS["ball"]),
            Capsule(j["ball"], j["tip"], RADIUS["ball"], RADIUS["tip"]),
        ),
        is_far,
        has_halo=True,
        depth=depth,
    )
    yield Shape(
        "legs",
        (
            Capsule(hip, quadriceps, RADIUS["thigh"], 0.050),
            Capsule(quadriceps, above_knee, 0.050, 0.0365),
            Capsule(above_knee, j["knee"], 0.0365, RADIUS["knee"]),
            Capsule(j["knee"], calf, RADIUS["knee"], RADIUS["calf"]),
            Capsule(calf, shin, RADIUS["calf"], 0.0245),
            Capsule(shin, j["ankle"], 0.0245, RADIUS["ankle"]),
        ),
        is_far,
        has_halo=is_far,
        depth=depth,
    )


def _arm_shapes(body: Body, side: str) -> Iterator[Shape]:
    j = {name: body.joints[f"{side}_{name}"] for name in ("elbow", "wrist", "palm", "finger")}
    shoulder, is_far, depth = body.joints["shoulder"], side == "far", _depth(side, SHOULDER_APART)
    forearm, hand = body.directions[f"{side}_forearm"], body.directions[f"{side}_hand"]
    sleeve = mix(shoulder, j["elbow"], 0.62)
    muscle = at(mix(j["elbow"], j["wrist"], 0.25), forearm + 90, 0.002)
    thumb = at(j["wrist"], hand, 0.012), at(at(j["wrist"], hand, 0.042), hand + 90, 0.019)
    yield Shape(
        "skin",
        (
            Capsule(shoulder, j["elbow"], RADIUS["upper_arm"], RADIUS["elbow"]),
            Capsule(j["elbow"], muscle, RADIUS["elbow"], 0.0235),
            Capsule(muscle, j["wrist"], 0.0235, RADIUS["wrist"]),
            Capsule(j["wrist"], j["palm"], RADIUS["wrist"], RADIUS["hand"]),
            Capsule(j["palm"], j["finger"], RADIUS["hand"], RADIUS["finger"]),
            Capsule(*thumb, 0.010, 0.0065),
        ),
        is_far,
        has_halo=True,
        depth=depth,
    )
    yield Shape(
        "sleeve",
        (Capsule(shoulder, sleeve, RADIUS["upper_arm"] + 0.007, RADIUS["elbow"] + 0.009),),
        is_far,
        depth=depth,
    )


def _depth(side: str, apart: float) -> float:
    return apart if side == "near" else -apart


def prop_shapes(scene: Scene, left: float, right: float) -> Iterator[Shape]:
    """Floor and furniture, for a picture that reaches from `left` to `right`."""
    thickness = 0.012 if scene.mat is not None else 0.0
    yield Shape("floor", (_box(left, -thickness - 0.006, right, -thickness),))
    if scene.mat is not None:
        middle = -thickness / 2
        yield Shape("mat", (Capsule((scene.mat[0], middle), (scene.mat[1], middle), thickness / 2, thickness / 2),))
    if (bed := scene.bed) is not None:
        for x in (bed.head + 0.05, bed.edge - 0.05):
            yield Shape("wood", (_box(x - 0.018, 0.0, x + 0.018, bed.top - 0.10),))
        yield Shape("wood", (_box(bed.head, bed.top - 0.13, bed.edge, bed.top - 0.09),))
        yield Shape("bed", (_slab(bed.head, bed.edge, bed.top - 0.09, bed.top),))
    if (chair := scene.chair) is not None:
        yield from _chair_shapes(chair)
    if (cushion := scene.cushion) is not None:
        base = Scene.surface(structs.replace(scene, cushion=None), (cushion.from_x + cushion.to_x) / 2)
        yield Shape("cushion", (_slab(cushion.from_x, cushion.to_x, base, base + cushion.height),))


def _chair_shapes(chair: Chair) -> Iterator[Shape]:
    back, seat, front = chair.back, chair.seat, chair.back + CHAIR_DEPTH
    for x in (back + 0.012, front - 0.03):
        yield Shape("wood", (_box(x - 0.012, 0.0, x + 0.012, seat - 0.02),))
    yield Shape("wood", (_box(back - 0.024, seat - 0.02, back, seat + 0.30),))
    yield Shape("cushion", (_slab(back - 0.01, front, seat - 0.035, seat),))


def _box(left: float, bottom: float, right: float, top: float) -> Polygon:
    return Polygon(((left, bottom), (right, bottom), (right, top), (left, top)))


def _slab(left: float, right: float, bottom: float, top: float) -> Capsule:
    radius = (top - bottom) / 2
    return Capsule((left + radius, bottom + radius), (right - radius, bottom + radius), radius, radius)
