"""The drawn figure: the joints of the rig become shapes, and so do floor and furniture.

Shapes are lists of simple outlines, from the back to the front; drawing.py makes SVG of them, frames.py what a page moves,
raster.py dots for a terminal. Thicknesses are the figure's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from msgspec import structs

from unsit.catalogue.pose import CHAIR_DEPTH, XY, Chair, Scene
from unsit.catalogue.psoas import path_of
from unsit.catalogue.rig import ANKLE_HEIGHT, HAND, HEAD, RADIUS, Body, at, mix

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
    """A closed outline.

    Attributes:
        is_round: it is a smooth curve through the middles of its edges (drawing.py: quadratic, the corners steer).
        anchors: three points that carry it, where it keeps its shape in them: it is part of a rigid segment.
    """

    points: tuple[XY, ...]
    is_round: bool = False
    anchors: tuple[XY, XY, XY] | None = None


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


# Outlines of the rigid segments, each as (along the segment from its upper end, toward its front) in body heights; of the
# head as (up, forward) in shares of its height. Drawn for this figure: a grown-up in a shirt, trousers and shoes.

_THIGH: Final = (
    (-0.045, 0.036), (0.00, 0.052), (0.06, 0.061), (0.12, 0.057), (0.18, 0.046), (0.225, 0.040), (0.252, 0.038),
    (0.274, 0.030), (0.281, 0.002), (0.272, -0.026), (0.235, -0.036), (0.19, -0.039), (0.12, -0.050), (0.05, -0.058),
    (0.00, -0.054), (-0.045, -0.040), (-0.058, 0.0),
)  # fmt: skip
_SHANK: Final = (
    (-0.026, 0.026), (0.02, 0.036), (0.08, 0.031), (0.15, 0.025), (0.21, 0.021), (0.243, 0.021), (0.262, 0.012),
    (0.262, -0.014), (0.235, -0.019), (0.19, -0.024), (0.145, -0.034), (0.10, -0.043), (0.055, -0.042), (0.01, -0.035),
    (-0.026, -0.022), (-0.034, 0.004),
)  # fmt: skip
_SHOE: Final = (
    (-0.046, 0.003), (-0.032, 0.0), (0.02, 0.0), (0.076, 0.0), (0.091, 0.004), (0.090, 0.024), (0.066, 0.036), (0.040, 0.050),
    (0.026, 0.068), (0.0, 0.072), (-0.026, 0.068), (-0.034, 0.046), (-0.047, 0.032), (-0.051, 0.012),
)  # fmt: skip
"""(ahead of the ankle, above the floor)."""
_UPPER_ARM: Final = (
    (-0.026, 0.020), (0.02, 0.030), (0.07, 0.032), (0.13, 0.027), (0.175, 0.023), (0.203, 0.014), (0.206, -0.010),
    (0.180, -0.024), (0.13, -0.026), (0.06, -0.031), (0.00, -0.030), (-0.034, -0.016), (-0.038, 0.004),
)  # fmt: skip
_FOREARM: Final = (
    (-0.016, 0.020), (0.015, 0.026), (0.045, 0.025), (0.10, 0.019), (0.146, 0.0155), (0.160, 0.004), (0.158, -0.008),
    (0.140, -0.0155), (0.10, -0.018), (0.05, -0.024), (0.01, -0.025), (-0.018, -0.016), (-0.023, 0.002),
)  # fmt: skip
_HAND: Final = (
    (-0.06, 0.14), (0.20, 0.17), (0.48, 0.20), (0.76, 0.15), (0.99, 0.10), (1.07, 0.0), (1.02, -0.09), (0.70, -0.16),
    (0.25, -0.17), (-0.06, -0.14),
)  # fmt: skip
_THUMB: Final = ((0.06, 0.06), (0.20, 0.26), (0.42, 0.33), (0.56, 0.29), (0.52, 0.20), (0.36, 0.14), (0.22, 0.02))
"""Hand and thumb in shares of the length that the hand has: one that holds something is short."""
_SLEEVE: Final = (
    (-0.036, 0.022), (0.0, 0.037), (0.05, 0.040), (0.108, 0.036), (0.114, 0.036), (0.116, 0.030), (0.116, -0.030),
    (0.114, -0.036), (0.108, -0.036), (0.05, -0.038), (0.0, -0.039), (-0.036, -0.026), (-0.048, 0.0),
)  # fmt: skip
_HIPS: Final = (
    (0.067, 0.050), (0.071, 0.055), (0.071, 0.057), (0.067, 0.059), (0.035, 0.062), (-0.005, 0.057), (-0.04, 0.034),
    (-0.058, 0.002), (-0.058, -0.034), (-0.034, -0.066), (0.00, -0.0735), (0.035, -0.066), (0.067, -0.060), (0.071, -0.058),
    (0.071, -0.056), (0.067, -0.051),
)  # fmt: skip
"""The trousers above the legs."""
_FACE: Final = (
    (0.51, 0.02), (0.44, 0.25), (0.25, 0.385), (0.06, 0.40), (0.0, 0.375), (-0.16, 0.53), (-0.19, 0.40), (-0.27, 0.43),
    (-0.32, 0.385), (-0.43, 0.40), (-0.52, 0.27), (-0.40, 0.06), (-0.36, -0.08), (-0.36, -0.22), (-0.20, -0.34),
    (0.0, -0.42), (0.22, -0.42), (0.43, -0.27),
)  # fmt: skip
_HAIR: Final = (
    (0.54, 0.02), (0.48, 0.28), (0.30, 0.40), (0.18, 0.37), (0.24, 0.22), (0.20, 0.04), (0.04, 0.0), (-0.10, -0.08),
    (-0.32, -0.12), (-0.34, -0.30), (-0.16, -0.40), (0.02, -0.46), (0.25, -0.45), (0.47, -0.28),
)  # fmt: skip
_EAR: Final = ((0.06, -0.02), (0.05, -0.13), (-0.08, -0.14), (-0.15, -0.08), (-0.11, -0.01), (-0.02, 0.03))
_EYE: Final = ((0.075, 0.25), (0.075, 0.30), (0.02, 0.325), (-0.035, 0.30), (-0.035, 0.25), (0.02, 0.225))
_BROW: Final = ((0.155, 0.19), (0.165, 0.26), (0.145, 0.35), (0.115, 0.35), (0.125, 0.26), (0.115, 0.19))
_VERTEBRA: Final = ((0.010, 0.010), (0.010, -0.010), (-0.010, -0.010), (-0.010, 0.010))

_BASELINE: Final = 0.25
"""How far apart the anchors of a segment are: further than anything is from them, so that it is told exactly."""


def _rigid(
    origin: XY, along: float, front: float, outline: tuple[XY, ...], size: float = 1.0, offset: XY = (0.0, 0.0)
) -> Polygon:
    """An outline on a segment.

    Args:
        along, front: the segment's direction, and where its front is.
        size: what the outline's numbers are shares of.
        offset: where the outline is on it.
    """

    up, ahead = at((0.0, 0.0), along, 1.0), at((0.0, 0.0), front, 1.0)
    x = origin[0] + offset[0] * up[0] + offset[1] * ahead[0]
    y = origin[1] + offset[0] * up[1] + offset[1] * ahead[1]
    corners = tuple((x + size * (u * up[0] + v * ahead[0]), y + size * (u * up[1] + v * ahead[1])) for u, v in outline)
    anchors = origin, at(origin, along, _BASELINE), at(origin, front, _BASELINE)
    return Polygon(corners, is_round=True, anchors=anchors)


def body_shapes(body: Body, *, with_muscle: bool = False, is_round: bool = False) -> Iterator[Shape]:
    """From the back to the front.

    Args:
        is_round: with what is seen only when the view turns and flat outlines get narrow; from the side it is hidden.
    """
    yield from _arm_shapes(body, "far", is_round=is_round)
    yield from _leg_shapes(body, "far", is_round=is_round)
    if is_round:
        yield from _inner_shapes(body)
    yield from _head_shapes(body)
    yield from _trunk_shapes(body)
    yield from _leg_shapes(body, "near", is_round=is_round)
    yield from _arm_shapes(body, "near", is_round=is_round)
    if with_muscle:
        yield from _psoas_shapes(body)


def _head_shapes(body: Body) -> Iterator[Shape]:
    j, up = body.joints, body.directions["head"]
    throat = at(mix(j["shoulder"], j["head"], 0.72), body.directions["neck"] + 90, 0.010)

    def on_head(outline: tuple[XY, ...]) -> Polygon:
        return _rigid(j["head"], up, up - 90, outline, HEAD)

    yield Shape("skin", (Capsule(j["shoulder"], throat, RADIUS["neck"] * 1.1, RADIUS["neck"]), on_head(_FACE)))
    yield Shape("hair", (on_head(_HAIR),))
    yield Shape("ear", (on_head(_EAR),))
    yield Shape("eye", (on_head(_EYE), on_head(_BROW)))


def _inner_shapes(body: Body) -> Iterator[Shape]:
    """The head from behind, and the trunk's breadth."""
    j = body.joints
    back_of_head = at(j["head"], body.directions["head"], 0.06 * HEAD)
    yield Shape("hair", (Capsule(back_of_head, back_of_head, 0.38 * HEAD, 0.38 * HEAD),))
    for side in ("far", "near"):
        yield Shape(
            "shirt",
            (Capsule(j["waist"], j["chest"], 0.038, 0.050), Capsule(j["chest"], j["shoulder"], 0.050, 0.036)),
            depth=_depth(side, SHOULDER_APART - 0.045),
        )


def _trunk_shapes(body: Body) -> Iterator[Shape]:
    """The shirt bends with the spine; the trousers hold on to the pelvis."""
    j, d = body.joints, body.directions
    belly, ribs = (math.dist(j[front], j[middle]) for front, middle in (("belly", "sacrum"), ("ribs", "waist")))
    belly, ribs = math.sqrt(belly**2 - 0.05**2), math.sqrt(ribs**2 - 0.05**2)

    def on(segment: str, joint: str, up: float, ahead: float) -> XY:
        return at(at(j[joint], d[segment], up), d[segment] - 90, ahead)

    shirt = (
        on("pelvis", "hip", 0.045, 0.056),
        on("lumbar", "sacrum", 0.02, belly + 0.045),
        on("lumbar", "sacrum", 0.07, belly + 0.044),
        on("thorax", "waist", 0.03, ribs + 0.048),
        on("thorax", "waist", 0.075, ribs + 0.058),
        on("thorax", "waist", 0.115, ribs + 0.046),
        on("thorax", "waist", 0.152, 0.036),
        on("thorax", "waist", 0.170, 0.016),
        on("thorax", "waist", 0.172, -0.016),
        on("thorax", "waist", 0.158, -0.038),
        on("thorax", "waist", 0.120, -0.062),
        on("thorax", "waist", 0.075, -0.072),
        on("thorax", "waist", 0.025, -0.062),
        on("lumbar", "sacrum", 0.065, -0.053),
        on("lumbar", "sacrum", 0.02, -0.054),
        on("pelvis", "hip", 0.045, -0.060),
        on("pelvis", "hip", 0.02, 0.0),
    )
    yield Shape("shirt", (Polygon(shirt, is_round=True),))
    yield Shape("legs", (_rigid(j["hip"], d["pelvis"], d["pelvis"] - 90, _HIPS),))


def _psoas_shapes(body: Body) -> Iterator[Shape]:
    """The near psoas, as if one could look inside: a fan from the lumbar spine, one band over the front of the hip."""
    origins, over = path_of(body)
    up = body.directions["lumbar"]
    start = body.joints["sacrum"]
    bones = []
    for a, b in pairwise(origins):
        x, y = mix(a, b, 0.5)
        radians = math.radians(up)
        along = (x - start[0]) * math.cos(radians) + (y - start[1]) * math.sin(radians)
        ahead = (x - start[0]) * math.sin(radians) - (y - start[1]) * math.cos(radians)
        bones.append(_rigid(start, up, up - 90, _VERTEBRA, offset=(along, ahead - 0.011)))
    yield Shape("bone", tuple(bones), has_halo=True)
    fan = tuple(Capsule(origins[at], over[0], 0.0045, 0.0105) for at in (0, 2, 3, 5))
    band = tuple(
        Capsule(a, b, 0.0105 - 0.0011 * piece, 0.0094 - 0.0011 * piece) for piece, (a, b) in enumerate(pairwise(over))
    )
    yield Shape("muscle", (*fan, *band), has_halo=True)


def _leg_shapes(body: Body, side: str, *, is_round: bool) -> Iterator[Shape]:
    j = {name: body.joints[f"{side}_{name}"] for name in ("knee", "ankle", "ball", "tip")}
    d = {name: body.directions[f"{side}_{name}"] for name in ("thigh", "shank", "foot")}
    is_far, depth = side == "far", _depth(side, HIP_APART)
    shoe = _rigid(j["ankle"], d["foot"], d["foot"] + 90, _SHOE, offset=(0.0, -ANKLE_HEIGHT))
    toes = Capsule(j["ball"], j["tip"], RADIUS["ball"], RADIUS["tip"])
    yield Shape("foot", (shoe, toes), is_far, has_halo=True, depth=depth)
    thigh = _rigid(body.joints["hip"], d["thigh"], d["thigh"] + 90, _THIGH)
    shank = _rigid(j["knee"], d["shank"], d["shank"] + 90, _SHANK)
    knee = Capsule(j["knee"], j["knee"], RADIUS["knee"], RADIUS["knee"])
    flesh = (
        Capsule(body.joints["hip"], j["knee"], 0.045, 0.028),
        Capsule(j["knee"], j["ankle"], 0.028, 0.018),
    )
    yield Shape("legs", (thigh, knee, shank, *(flesh if is_round else ())), is_far, depth=depth)


def _arm_shapes(body: Body, side: str, *, is_round: bool) -> Iterator[Shape]:
    j = {name: body.joints[f"{side}_{name}"] for name in ("elbow", "wrist", "finger")}
    d = {name: body.directions[f"{side}_{name}"] for name in ("upper_arm", "forearm", "hand")}
    is_far, depth = side == "far", _depth(side, SHOULDER_APART)
    length = math.dist(j["wrist"], j["finger"])
    shoulder = body.joints["shoulder"]
    outlines: tuple[Outline, ...] = (
        _rigid(shoulder, d["upper_arm"], d["upper_arm"] + 90, _UPPER_ARM),
        Capsule(j["elbow"], j["elbow"], RADIUS["elbow"], RADIUS["elbow"]),
        _rigid(j["elbow"], d["forearm"], d["forearm"] + 90, _FOREARM),
        *(_hand(j["wrist"], d["hand"], length, outline) for outline in (_HAND, _THUMB)),
    )
    flesh = Capsule(shoulder, j["elbow"], 0.028, 0.020), Capsule(j["elbow"], j["wrist"], 0.020, 0.013)
    yield Shape("skin", (*outlines, *(flesh if is_round else ())), is_far, has_halo=True, depth=depth)
    sleeve = _rigid(shoulder, d["upper_arm"], d["upper_arm"] + 90, _SLEEVE)
    inside = Capsule(shoulder, mix(shoulder, j["elbow"], 0.5), 0.034, 0.032)
    yield Shape("sleeve", (sleeve, *((inside,) if is_round else ())), is_far, depth=depth)


def _hand(wrist: XY, direction: float, length: float, outline: tuple[XY, ...]) -> Polygon:
    """As long as it is, and always as broad."""
    shape = tuple(at(at(wrist, direction, along * length), direction + 90, across * HAND) for along, across in outline)
    far = _BASELINE * length / HAND
    return Polygon(
        shape, is_round=True, anchors=(wrist, at(wrist, direction, far), at(wrist, direction + 90, _BASELINE))
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
