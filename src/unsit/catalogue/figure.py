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

from unsit.catalogue.pose import CHAIR_DEPTH, XY, Bed, Chair, Scene
from unsit.catalogue.psoas import path_of
from unsit.catalogue.rig import (
    ANKLE_HEIGHT,
    FOREARM,
    HAND,
    HEAD,
    HIP_APART,
    LUMBAR,
    NEAR_AND_FAR,
    RADIUS,
    SHOULDER_APART,
    THORAX,
    UPPER_ARM,
    Body,
    at,
    direction_of,
    mix,
)


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
    (-0.050, 0.040), (0.00, 0.0585), (0.06, 0.0615), (0.12, 0.057), (0.18, 0.046), (0.225, 0.040), (0.252, 0.038),
    (0.274, 0.030), (0.281, 0.002), (0.272, -0.026), (0.235, -0.038), (0.19, -0.045), (0.12, -0.056), (0.05, -0.061),
    (0.00, -0.054), (-0.045, -0.040), (-0.058, 0.0),
)  # fmt: skip
_SHANK: Final = (
    (-0.026, 0.026), (0.02, 0.034), (0.08, 0.031), (0.14, 0.027), (0.19, 0.0245), (0.206, 0.0245), (0.209, 0.0235),
    (0.209, 0.018), (0.209, -0.022), (0.209, -0.027), (0.206, -0.028), (0.18, -0.031), (0.14, -0.041), (0.10, -0.050),
    (0.055, -0.049), (0.01, -0.038), (-0.026, -0.022), (-0.034, 0.004),
)  # fmt: skip
_ANKLE: Final = (
    (0.18, 0.019), (0.212, 0.0185), (0.230, 0.022), (0.247, 0.022), (0.254, 0.004), (0.250, -0.018), (0.232, -0.025),
    (0.212, -0.0215), (0.18, -0.020),
)  # fmt: skip
"""Between trousers and shoe."""
_SHOE: Final = (
    (-0.042, 0.001), (-0.026, 0.0), (0.02, 0.0), (0.074, 0.0), (0.090, 0.003), (0.094, 0.022), (0.072, 0.034),
    (0.046, 0.036), (0.024, 0.056), (0.010, 0.058), (-0.010, 0.046), (-0.026, 0.058), (-0.034, 0.058), (-0.038, 0.040),
    (-0.046, 0.026), (-0.048, 0.008),
)  # fmt: skip
"""(ahead of the ankle, above the floor)."""
_UPPER_ARM: Final = (
    (0.035, 0.020), (0.08, 0.028), (0.13, 0.027), (0.175, 0.023), (0.203, 0.014), (0.206, -0.010), (0.180, -0.024),
    (0.13, -0.026), (0.08, -0.028), (0.035, -0.020),
)  # fmt: skip
_FOREARM: Final = (
    (-0.016, 0.020), (0.015, 0.026), (0.045, 0.025), (0.10, 0.019), (0.146, 0.0155), (0.160, 0.004), (0.158, -0.008),
    (0.140, -0.0155), (0.10, -0.018), (0.05, -0.024), (0.01, -0.025), (-0.018, -0.016), (-0.023, 0.002),
)  # fmt: skip
_HAND: Final = (
    (-0.06, 0.14), (0.20, 0.17), (0.48, 0.20), (0.76, 0.15), (0.99, 0.10), (1.07, 0.0), (1.02, -0.09), (0.70, -0.16),
    (0.25, -0.17), (-0.06, -0.14),
)  # fmt: skip
"""In shares of the length that the hand has: one that holds something is short."""
_SLEEVE: Final = (
    (-0.036, 0.022), (0.0, 0.037), (0.05, 0.040), (0.108, 0.036), (0.114, 0.036), (0.116, 0.030), (0.116, -0.030),
    (0.114, -0.036), (0.108, -0.036), (0.05, -0.038), (0.0, -0.036), (-0.030, -0.020), (-0.038, 0.0),
)  # fmt: skip
_HIPS: Final = (
    (0.067, 0.050), (0.071, 0.055), (0.071, 0.057), (0.067, 0.059), (0.035, 0.062), (-0.005, 0.057), (-0.04, 0.034),
    (-0.058, 0.006), (-0.059, -0.014), (-0.053, -0.038), (-0.035, -0.060), (-0.006, -0.071), (0.030, -0.068),
    (0.067, -0.0575), (0.071, -0.056), (0.071, -0.054), (0.067, -0.050),
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
_VERTEBRA: Final = (
    (0.0085, 0.013),
    (0.0085, -0.013),
    (0.0, -0.0155),
    (-0.0085, -0.013),
    (-0.0085, 0.013),
    (0.0, 0.0155),
)
_HEADS: Final = (0, 3, 5)
"""The origins that are drawn."""
_BELLY: Final = (0.0135, 0.0150, 0.0135, 0.0110, 0.0080, 0.0045)
"""Half the width of the muscle at the points of the way its fascicles share: it tapers to its tendon."""

MAT: Final = 0.012
"""How thick it is."""
SOFT: Final = 0.005
"""How deep one lies in mat and bed: they are drawn so much higher, before the body."""
BEFORE_BODY: Final = ("floor", "mat", "bed")
"""What is drawn before the body, whose weight is on it."""

_BASELINE: Final = 0.25
"""How far apart the anchors of a segment are: further than anything is from them, so that it is told exactly."""


def rigid(
    origin: XY,
    along: float,
    front: float,
    outline: tuple[XY, ...],
    size: float = 1.0,
    offset: XY = (0.0, 0.0),
    seen: float = 1.0,
) -> Polygon:
    """An outline on a segment.

    Args:
        along, front: the segment's direction, and where its front is.
        size: what the outline's numbers are shares of.
        offset: where the outline is on it.
        seen: the share of its length that is seen of a segment that comes out of the picture.
    """

    up, ahead = at((0.0, 0.0), along, seen), at((0.0, 0.0), front, 1.0)
    x = origin[0] + offset[0] * up[0] + offset[1] * ahead[0]
    y = origin[1] + offset[0] * up[1] + offset[1] * ahead[1]
    corners = tuple((x + size * (u * up[0] + v * ahead[0]), y + size * (u * up[1] + v * ahead[1])) for u, v in outline)
    anchors = origin, at(origin, along, _BASELINE * seen), at(origin, front, _BASELINE)
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
    if with_muscle:
        yield from _psoas_shapes(body)
    yield from _arm_shapes(body, "near", is_round=is_round)


def _head_shapes(body: Body) -> Iterator[Shape]:
    j, up = body.joints, body.directions["head"]
    throat = at(mix(j["shoulder"], j["head"], 0.72), body.directions["neck"] + 90, 0.010)

    def on_head(outline: tuple[XY, ...]) -> Polygon:
        return rigid(j["head"], up, up - 90, outline, HEAD)

    yield Shape("skin", (Capsule(j["shoulder"], throat, RADIUS["neck"] * 1.1, RADIUS["neck"]), on_head(_FACE)))
    yield Shape("hair", (on_head(_HAIR),))
    yield Shape("ear", (on_head(_EAR),))
    yield Shape("eye", (on_head(_EYE), on_head(_BROW)))


def _inner_shapes(body: Body) -> Iterator[Shape]:
    """The head from behind, and the trunk's breadth."""
    j = body.joints
    back_of_head = at(j["head"], body.directions["head"], 0.06 * HEAD)
    yield Shape("hair", (Capsule(back_of_head, back_of_head, 0.38 * HEAD, 0.38 * HEAD),))
    low, high = Capsule(j["sacrum"], j["chest"], 0.042, 0.050), Capsule(j["chest"], j["shoulder"], 0.050, 0.036)
    yield Shape("shirt", (low, high))
    for side in NEAR_AND_FAR:
        yield Shape("shirt", (low, high), depth=_depth(side, SHOULDER_APART - 0.045))


def _trunk_shapes(body: Body) -> Iterator[Shape]:
    """The shirt bends with the spine; the trousers hold on to the pelvis."""
    j, d = body.joints, body.directions
    belly = _ahead(j["sacrum"], j["belly"], d["lumbar"])
    ribs = _ahead(j["waist"], j["ribs"], d["thorax"])

    seen = {  # of a trunk that leans to the side, less than there is
        "pelvis": 1.0,
        "lumbar": math.dist(j["sacrum"], j["waist"]) / LUMBAR,
        "thorax": math.dist(j["waist"], j["shoulder"]) / THORAX,
    }

    def on(segment: str, joint: str, up: float, ahead: float) -> XY:
        return at(at(j[joint], d[segment], up * seen[segment]), d[segment] - 90, ahead)

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
        on("thorax", "waist", 0.158, -0.036),
        on("thorax", "waist", 0.120, -0.057),
        on("thorax", "waist", 0.075, -0.067),
        on("thorax", "waist", 0.025, -0.061),
        on("lumbar", "sacrum", 0.065, -0.053),
        on("lumbar", "sacrum", 0.02, -0.054),
        on("pelvis", "hip", 0.045, -0.060),
        on("pelvis", "hip", 0.02, 0.0),
    )
    yield Shape("shirt", (Polygon(shirt, is_round=True),))
    yield Shape("legs", (rigid(j["hip"], d["pelvis"], d["pelvis"] - 90, _HIPS),))


def _ahead(joint: XY, point: XY, direction: float) -> float:
    """How far before a segment of the trunk that begins at the joint."""
    return math.dist(joint, point) * math.sin(math.radians(direction - direction_of(joint, point)))


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
        bones.append(rigid(start, up, up - 90, _VERTEBRA, offset=(along, ahead - 0.014)))
    yield Shape("bone", tuple(bones))
    fan = tuple(Capsule(origins[at], over[0], 0.0035, _BELLY[0]) for at in _HEADS)
    band = tuple(Capsule(a, b, *_BELLY[piece : piece + 2]) for piece, (a, b) in enumerate(pairwise(over)))
    yield Shape("muscle", (*fan, *band), has_halo=True)
    # They meet in a tendon in its middle, as those of the real one do.
    fibres = [(origins[at], over[0]) for at in _HEADS] + list(pairwise(over))
    yield Shape("fibre", tuple(Capsule(a, b, 0.0012, 0.0012) for a, b in fibres))


def _leg_shapes(body: Body, side: str, *, is_round: bool) -> Iterator[Shape]:
    j = {name: body.joints[f"{side}_{name}"] for name in ("knee", "ankle", "ball", "tip")}
    d = {name: body.directions[f"{side}_{name}"] for name in ("thigh", "shank", "foot")}
    is_far, depth = side == "far", _depth(side, HIP_APART)
    shoe = rigid(j["ankle"], d["foot"], d["foot"] + 90, _SHOE, offset=(0.0, -ANKLE_HEIGHT))
    toes = Capsule(j["ball"], j["tip"], RADIUS["ball"], RADIUS["tip"])
    hem = mix(j["knee"], j["ankle"], 0.74)
    inside = Capsule(j["ankle"], j["ball"], 0.014, 0.011)
    yield Shape("foot", (shoe, toes, *((inside,) if is_round else ())), is_far, has_halo=True, depth=depth)
    ankle = rigid(j["knee"], d["shank"], d["shank"] + 90, _ANKLE)
    inside = Capsule(hem, mix(j["knee"], j["ankle"], 0.92), 0.016, 0.016)
    yield Shape("skin", (ankle, *((inside,) if is_round else ())), is_far, depth=depth)
    thigh = rigid(body.joints["hip"], d["thigh"], d["thigh"] + 90, _THIGH)
    shank = rigid(j["knee"], d["shank"], d["shank"] + 90, _SHANK)
    knee = Capsule(j["knee"], j["knee"], RADIUS["knee"], RADIUS["knee"])
    flesh = (
        Capsule(body.joints["hip"], j["knee"], 0.045, 0.028),
        Capsule(j["knee"], hem, 0.028, 0.020),
    )
    yield Shape("legs", (thigh, knee, shank, *(flesh if is_round else ())), is_far, depth=depth)


def _arm_shapes(body: Body, side: str, *, is_round: bool) -> Iterator[Shape]:
    j = {name: body.joints[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist", "finger", "thumb")}
    shoulder = j["shoulder"]
    is_far, depth = side == "far", _depth(side, SHOULDER_APART)
    upper, fore = direction_of(shoulder, j["elbow"]), direction_of(j["elbow"], j["wrist"])
    upper_seen, fore_seen = math.dist(shoulder, j["elbow"]) / UPPER_ARM, math.dist(j["elbow"], j["wrist"]) / FOREARM
    outlines: tuple[Outline, ...] = (
        rigid(shoulder, upper, upper + 90, _UPPER_ARM, seen=upper_seen),
        Capsule(j["elbow"], j["elbow"], RADIUS["elbow"], RADIUS["elbow"]),
        rigid(j["elbow"], fore, fore + 90, _FOREARM, seen=fore_seen),
        _hand(j["wrist"], direction_of(j["wrist"], j["finger"]), math.dist(j["wrist"], j["finger"])),
        Capsule(j["wrist"], j["thumb"], 0.012, 0.0075),
    )
    flesh = (
        Capsule(mix(shoulder, j["elbow"], 0.35), j["elbow"], 0.024, 0.017),
        Capsule(j["elbow"], mix(j["elbow"], j["wrist"], 0.9), 0.017, 0.012),
    )
    yield Shape("skin", (*outlines, *(flesh if is_round else ())), is_far, has_halo=True, depth=depth)
    sleeve = rigid(shoulder, upper, upper + 90, _SLEEVE, seen=upper_seen)
    inside = Capsule(shoulder, mix(shoulder, j["elbow"], 0.36), 0.029, 0.029)
    yield Shape("sleeve", (sleeve, *((inside,) if is_round else ())), is_far, depth=depth)


def _hand(wrist: XY, direction: float, length: float) -> Polygon:
    """As long as it is, and always as broad."""
    return rigid(wrist, direction, direction + 90, _HAND, HAND, seen=length / HAND)


def _depth(side: str, apart: float) -> float:
    return apart if side == "near" else -apart


def prop_shapes(scene: Scene, left: float, right: float) -> Iterator[Shape]:
    """Floor and furniture, for a picture that reaches from `left` to `right`."""
    thickness = MAT if scene.mat is not None else 0.0
    yield Shape("floor", (_box(left, -thickness - 0.006, right, -thickness),))
    if scene.mat is not None:
        yield Shape("mat", (slab(scene.mat[0] - thickness / 2, scene.mat[1] + thickness / 2, -thickness, SOFT),))
    if (bed := scene.bed) is not None:
        yield from _bed_shapes(bed)
    if (chair := scene.chair) is not None:
        yield from _chair_shapes(chair)
    if (cushion := scene.cushion) is not None:
        base = Scene.surface(structs.replace(scene, cushion=None), (cushion.from_x + cushion.to_x) / 2)
        yield Shape("cushion", (slab(cushion.from_x, cushion.to_x, base, base + cushion.height),))


def _bed_shapes(bed: Bed) -> Iterator[Shape]:
    anchors = (bed.head, 0.0), (bed.edge, 0.0), (bed.head, bed.top)

    def plank(left: float, bottom: float, right: float, top: float, rounding: float = 0.0) -> Polygon:
        return rounded_box(left, bottom, right, top, rounding, anchors)

    posts = (plank(x - 0.018, 0.0, x + 0.018, bed.top - 0.10) for x in (bed.head + 0.05, bed.edge - 0.05))
    yield Shape("wood", (*posts, plank(bed.head, bed.top - 0.13, bed.edge, bed.top - 0.09)))
    yield Shape("bed", (plank(bed.head, bed.top - 0.09, bed.edge, bed.top + SOFT, 0.02),))


def _chair_shapes(chair: Chair) -> Iterator[Shape]:
    back, seat, front = chair.back, chair.seat, chair.back + CHAIR_DEPTH
    for x in (back + 0.012, front - 0.03):
        yield Shape("wood", (_box(x - 0.012, 0.0, x + 0.012, seat - 0.02),))
    yield Shape("wood", (_box(back - 0.024, seat - 0.02, back, seat + 0.30),))
    yield Shape("cushion", (slab(back - 0.01, front, seat - 0.035, seat),))


def rounded_box(
    left: float, bottom: float, right: float, top: float, rounding: float, anchors: tuple[XY, XY, XY] | None = None
) -> Polygon:
    """Without anchors it is carried by its own corners."""
    corners = (left, bottom), (right, bottom), (right, top), (left, top)
    outline: list[XY] = []
    for number, here in enumerate(corners):
        before, after = (
            at(here, direction_of(here, corners[beside % 4]), rounding) for beside in (number - 1, number + 1)
        )
        # The curve goes through the middles of the edges: through a point that is there twice.
        outline += [before, before, here, after, after] if rounding else [here, here]
    return Polygon(tuple(outline), is_round=True, anchors=anchors or (corners[0], corners[1], corners[3]))


def _box(left: float, bottom: float, right: float, top: float) -> Polygon:
    return Polygon(((left, bottom), (right, bottom), (right, top), (left, top)))


def slab(left: float, right: float, bottom: float, top: float) -> Capsule:
    radius = (top - bottom) / 2
    return Capsule((left + radius, bottom + radius), (right - radius, bottom + radius), radius, radius)
