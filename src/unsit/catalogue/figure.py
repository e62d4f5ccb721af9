"""The rig: a pose becomes the joints of a side-view figure, and the joints become shapes.

Pure geometry: nothing here draws (drawing.py does) or reads a file. Units and directions: pose.py.

Segment lengths are shares of body height after Drillis and Contini (1966), as tabulated in Winter, Biomechanics and Motor
Control of Human Movement, figure 4.1. The table gives no parts of the trunk: hip to shoulder (0.288) is divided here, as
are the foot's parts. Thicknesses are the figure's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from msgspec import structs

from unsit.catalogue.pose import CHAIR_DEPTH, XY, Arm, Chair, Leg, Part, Pose, Scene

PELVIS: Final = 0.065
LUMBAR: Final = 0.090
THORAX: Final = 0.133
NECK: Final = 0.108
HEAD: Final = 0.130
UPPER_ARM: Final = 0.186
FOREARM: Final = 0.146
HAND: Final = 0.090  # 0.108 with the fingers stretched: these are at ease
PALM: Final = 0.045  # from the wrist to the middle of the palm
GRIP: Final = 0.055  # a hand that holds something is closed
THIGH: Final = 0.245
SHANK: Final = 0.246
ANKLE_HEIGHT: Final = 0.039
HEEL_BACK: Final = 0.030
BALL_AHEAD: Final = 0.074
TOES: Final = 0.030

RADIUS: Final = {
    "hip": 0.062, "sacrum": 0.058, "waist": 0.054, "chest": 0.063, "shoulder": 0.042, "neck": 0.027,
    "upper_arm": 0.028, "elbow": 0.022, "wrist": 0.015, "hand": 0.017, "finger": 0.010,
    "thigh": 0.054, "knee": 0.035, "calf": 0.033, "ankle": 0.021, "heel": 0.018, "ball": 0.015, "tip": 0.012,
}  # fmt: skip

LIMITS: Final = {
    "hip": (-35.0, 135.0), "knee": (-3.0, 155.0), "ankle": (-65.0, 40.0),
    "shoulder": (-60.0, 185.0), "elbow": (-3.0, 150.0),
}  # fmt: skip
"""How far a joint bends, in degrees of flexion from upright standing with the arms down (at the ankle: toes toward the shin).
Rounded outward from the usual ranges of healthy adults: these figures are no measurement of anybody."""

_SLACK: Final = 0.001
_SLACK_ON_THE_WAY: Final = 0.012
"""Between two poses that both reach their targets, the straight way of the hip may lead a little too far."""

NEAR_AND_FAR: Final[tuple[Literal["near", "far"], ...]] = ("near", "far")


class Unreachable(ValueError):
    """A limb is too short, or has too little room, for its target."""


def _at(origin: XY, direction: float, length: float) -> XY:
    radians = math.radians(direction)
    return origin[0] + length * math.cos(radians), origin[1] + length * math.sin(radians)


def _direction(a: XY, b: XY) -> float:
    return math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))


def _between(a: XY, b: XY, share: float) -> XY:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def bend(
    root: XY, target: XY, upper: float, lower: float, turn: Literal[1, -1], *, slack: float = 0.0, name: str = "limb"
) -> tuple[float, float]:
    """Directions of two bones that lead from `root` to `target`.

    Args:
        turn: 1 for a knee (the upper bone points ahead of the line to the target), -1 for an elbow.
        slack: a target so little too far away gets a straight limb that ends before it.

    Raises:
        Unreachable: the target is too far away, or too near.
    """
    distance = math.dist(root, target)
    if distance > upper + lower + slack or distance < abs(upper - lower):
        raise Unreachable(f"{name}: the target is {distance:.3f} away, the limb reaches {upper + lower:.3f}")
    distance = min(distance, upper + lower)
    off_upper = math.acos(_unit((upper**2 + distance**2 - lower**2) / (2 * upper * distance)))
    off_lower = math.acos(_unit((lower**2 + distance**2 - upper**2) / (2 * lower * distance)))
    line = _direction(root, target)
    return line + turn * math.degrees(off_upper), line - turn * math.degrees(off_lower)


def _unit(cosine: float) -> float:
    return max(-1.0, min(1.0, cosine))


class Body(NamedTuple):
    """A solved pose.

    Attributes:
        joints: name -> point. Limbs carry `near_` or `far_`.
        directions: name of a segment -> its direction in degrees.
    """

    joints: dict[str, XY]
    directions: dict[str, float]

    def flexion(self) -> dict[str, float]:
        """Joint -> flexion in degrees, to be held against LIMITS (`near_hip` against `hip`)."""
        angles: dict[str, float] = {}
        trunk, chest = self.directions["pelvis"], self.directions["thorax"]
        for side in NEAR_AND_FAR:
            d = {name: self.directions[f"{side}_{name}"] for name in ("thigh", "shank", "foot", "upper_arm", "forearm")}
            angles[f"{side}_hip"] = _turn(d["thigh"] - trunk + 180, -180)
            angles[f"{side}_knee"] = _turn(d["thigh"] - d["shank"], -180)
            angles[f"{side}_ankle"] = _turn(d["foot"] - d["shank"] - 90, -180)
            angles[f"{side}_shoulder"] = _turn(d["upper_arm"] - chest + 180, -90)
            angles[f"{side}_elbow"] = _turn(d["forearm"] - d["upper_arm"], -180)
        return angles

    def lowest(self, part: Part) -> XY:
        """The point of this part that is nearest to the ground."""
        return min((_below(self.joints[joint], radius) for joint, radius in _rounds(part)), key=lambda point: point[1])

    def psoas(self) -> tuple[XY, XY, XY]:
        """The near psoas: the middle of its origin at the lumbar spine, where it turns over the front of the pelvis, and its
        insertion at the lesser trochanter. The turn lies on the straight line where the hip is bent so far that the muscle
        runs clear of the bone."""
        pelvis, thigh = self.directions["pelvis"], self.directions["near_thigh"]
        hip = self.joints["hip"]
        origin = _at(_between(self.joints["sacrum"], self.joints["waist"], 0.7), self.directions["lumbar"] - 90, 0.010)
        brim = _at(_at(hip, pelvis - 90, 0.028), pelvis, 0.012)
        insertion = _at(hip, thigh, 0.065)
        across = (insertion[0] - origin[0]) * (brim[1] - origin[1]) - (insertion[1] - origin[1]) * (brim[0] - origin[0])
        return origin, brim if across > 0 else _between(origin, insertion, 0.6), insertion

    def psoas_length(self) -> float:
        """In body heights."""
        origin, turn, insertion = self.psoas()
        return math.dist(origin, turn) + math.dist(turn, insertion)


def _turn(angle: float, lowest: float) -> float:
    return (angle - lowest) % 360 + lowest


def _below(point: XY, radius: float) -> XY:
    return point[0], point[1] - radius


def _rounds(part: Part) -> tuple[tuple[str, float], ...]:
    """The joints, with their radii, that a part can rest on."""
    if part == "pelvis":
        return ("buttock", RADIUS["hip"]), ("sacrum", RADIUS["sacrum"])
    if part == "back":
        return (
            ("buttock", RADIUS["hip"]),
            ("sacrum", RADIUS["sacrum"]),
            ("chest", RADIUS["chest"]),
            ("shoulder", RADIUS["shoulder"]),
        )
    if part == "head":
        return (("occiput", 0.0), ("head", 0.050))
    side, limb = part.split("_")
    match limb:
        case "knee":
            return ((part, RADIUS["knee"]),)
        case "elbow":
            return ((part, RADIUS["elbow"]),)
        case "hand":
            return (
                (f"{side}_wrist", RADIUS["wrist"]),
                (f"{side}_palm", RADIUS["hand"]),
                (f"{side}_finger", RADIUS["finger"]),
            )
        case _:
            return tuple((f"{side}_{joint}", RADIUS[joint]) for joint in ("heel", "ball", "tip"))


def solve(pose: Pose, scene: Scene, slack: float = _SLACK) -> Body:
    """Joints of a pose among its props.

    Raises:
        Unreachable: a limb cannot get to its target.
    """
    body = _trunk(pose, pose.hip)
    for side in NEAR_AND_FAR:
        leg: Leg = getattr(pose, f"{side}_leg")
        if leg.is_free:
            _leg(body, side, leg, slack)
    if pose.base is not None:
        x, y = body.lowest(pose.base)
        body = _lift(body, scene.surface(x) - y)
    for side in NEAR_AND_FAR:
        leg = getattr(pose, f"{side}_leg")
        if not leg.is_free:
            _leg(body, side, leg, slack)
    for side in NEAR_AND_FAR:
        _arm(body, side, getattr(pose, f"{side}_arm"), slack)
    return body


def _trunk(pose: Pose, hip: XY) -> Body:
    pelvis, lumbar, thorax, neck, head = pose.trunk
    sacrum = _at(hip, pelvis, PELVIS)
    waist = _at(sacrum, lumbar, LUMBAR)
    shoulder = _at(waist, thorax, THORAX)
    skull = _at(shoulder, neck, NECK)
    joints = {
        "hip": hip,
        "buttock": _at(hip, pelvis + 90, 0.004),
        "sacrum": sacrum,
        "waist": waist,
        "chest": _at(_at(waist, thorax, 0.075), thorax + 90, 0.002),
        "shoulder": shoulder,
        "head": skull,
        "occiput": _at(skull, head + 90, HEAD * 0.44),
        "crown": _at(skull, head, HEAD / 2),
    }
    return Body(joints, {"pelvis": pelvis, "lumbar": lumbar, "thorax": thorax, "neck": neck, "head": head})


def _lift(body: Body, by: float) -> Body:
    return Body({name: (x, y + by) for name, (x, y) in body.joints.items()}, body.directions)


def _leg(body: Body, side: str, leg: Leg, slack: float) -> None:
    hip = body.joints["hip"]
    if leg.thigh is not None and leg.shank is not None:
        thigh, shank = leg.thigh, leg.shank
    else:
        thigh, shank = bend(hip, _ankle(leg), THIGH, SHANK, 1, slack=slack, name=f"{side}_leg")
    knee = _at(hip, thigh, THIGH)
    ankle = _at(knee, shank, SHANK)
    sole = _at(ankle, leg.foot - 90, ANKLE_HEIGHT)
    heel = _at(_at(sole, leg.foot + 180, HEEL_BACK), leg.foot + 90, RADIUS["heel"])
    ball = _at(_at(sole, leg.foot, BALL_AHEAD), leg.foot + 90, RADIUS["ball"])
    tip = _at(ball, 0.0 if leg.ball is not None else leg.foot, TOES)  # on the ball of the foot the toes lie flat
    if leg.ball is not None:
        tip = (tip[0], tip[1] - RADIUS["ball"] + RADIUS["tip"])
    for name, point in (("knee", knee), ("ankle", ankle), ("heel", heel), ("ball", ball), ("tip", tip)):
        body.joints[f"{side}_{name}"] = point
    for name, direction in (("thigh", thigh), ("shank", shank), ("foot", leg.foot)):
        body.directions[f"{side}_{name}"] = direction


def _ankle(leg: Leg) -> XY:
    """Where the ankle is, when the foot rests where it should."""
    if leg.sole is not None:
        return _at(leg.sole, leg.foot + 90, ANKLE_HEIGHT)
    if leg.ball is not None:
        ball = leg.ball[0], leg.ball[1] + RADIUS["ball"]
        return _at(_at(ball, leg.foot + 180, BALL_AHEAD), leg.foot + 90, ANKLE_HEIGHT - RADIUS["ball"])
    if leg.heel is None:
        raise ValueError("a leg without directions has a target")  # Leg has seen to it
    heel = leg.heel[0], leg.heel[1] + RADIUS["heel"]
    return _at(_at(heel, leg.foot, HEEL_BACK), leg.foot + 90, ANKLE_HEIGHT - RADIUS["heel"])


def _arm(body: Body, side: str, arm: Arm, slack: float) -> None:
    shoulder = body.joints["shoulder"]
    if arm.upper is not None and arm.fore is not None:
        upper, fore = arm.upper, arm.fore
    else:
        target = arm.palm if arm.on is None else _grip(body, arm.on, arm.along)
        if target is None:
            raise ValueError("an arm without directions has a target")  # Arm has seen to it
        if arm.hand is None:
            upper, fore = bend(shoulder, target, UPPER_ARM, FOREARM + PALM, -1, slack=slack, name=f"{side}_arm")
        else:
            upper, fore = bend(
                shoulder, _at(target, arm.hand + 180, PALM), UPPER_ARM, FOREARM, -1, slack=slack, name=f"{side}_arm"
            )
    hand = fore if arm.hand is None else arm.hand
    elbow = _at(shoulder, upper, UPPER_ARM)
    wrist = _at(elbow, fore, FOREARM)
    palm, finger = _at(wrist, hand, PALM), _at(wrist, hand, HAND if arm.on is None else GRIP)
    for name, point in (("elbow", elbow), ("wrist", wrist), ("palm", palm), ("finger", finger)):
        body.joints[f"{side}_{name}"] = point
    for name, direction in (("upper_arm", upper), ("forearm", fore), ("hand", hand)):
        body.directions[f"{side}_{name}"] = direction


def _grip(body: Body, on: str, along: float) -> XY:
    """The middle of a palm that lies on the surface of a part."""
    if on in ("hip_front", "waist_front"):
        start, end, direction, thickness = body.joints["hip"], body.joints["waist"], body.directions["pelvis"], 0.035
        if on == "waist_front":
            start = body.joints["sacrum"]
        return _at(_between(start, end, along), direction - 90, thickness)
    side, segment, face = on.split("_")
    if segment == "thigh":
        start, end, thick, thin = body.joints["hip"], body.joints[f"{side}_knee"], RADIUS["thigh"], RADIUS["knee"]
        direction = body.directions[f"{side}_thigh"]
    else:
        start, end, thick, thin = (
            body.joints[f"{side}_knee"],
            body.joints[f"{side}_ankle"],
            RADIUS["calf"],
            RADIUS["ankle"],
        )
        direction = body.directions[f"{side}_shank"]
    radius = thick + (thin - thick) * along
    return _at(_between(start, end, along), direction + (90 if face == "front" else -90), radius)


# ------------------------------------------------------------------------------------------------------------- motion


def between(start: Pose, end: Pose, share: float, scene: Scene) -> Body:
    """A moment of the way from one pose to another.

    A limb that reaches for the same kind of target in both keeps to it (a foot stays on the floor, a hand where it holds); any
    other turns in its joints, and a foot that would sink into what is below it slides along there instead.
    """
    if share <= 0:
        return solve(start, scene)
    if share >= 1:
        return solve(end, scene)
    first, last = solve(start, scene), solve(end, scene)
    trunk = tuple(a + (b - a) * share for a, b in zip(start.trunk, end.trunk, strict=True))
    moment = structs.replace(
        end,
        trunk=trunk,
        hip=_between(first.joints["hip"], last.joints["hip"], share),
        base=start.base if start.base == end.base else None,
    )
    turned = _turned(first, last, trunk, share)
    for side in NEAR_AND_FAR:
        leg, arm = f"{side}_leg", f"{side}_arm"
        same_leg = _same_leg(getattr(start, leg), getattr(end, leg), share)
        same_arm = _same_arm(getattr(start, arm), getattr(end, arm), share)
        moment = structs.replace(moment, **{leg: same_leg or turned[leg], arm: same_arm or turned[arm]})
    body = solve(moment, scene, _SLACK_ON_THE_WAY)
    for side in NEAR_AND_FAR:
        moving: Leg = getattr(moment, f"{side}_leg")
        x, y = body.lowest("near_foot" if side == "near" else "far_foot")
        if moving.is_free and y < scene.surface(x) and moment.base not in (f"{side}_knee", f"{side}_foot"):
            heel = body.joints[f"{side}_heel"]
            raised = Leg(heel=(heel[0], heel[1] - RADIUS["heel"] + scene.surface(x) - y), foot=moving.foot)
            _leg(body, side, raised, _SLACK_ON_THE_WAY)
    return body


def _same_leg(start: Leg, end: Leg, share: float) -> Leg | None:
    """On its way between two targets of one kind; None where they are of two kinds, or there is none."""
    foot = start.foot + (end.foot - start.foot) * share
    if start.heel is not None and end.heel is not None:
        return Leg(heel=_between(start.heel, end.heel, share), foot=foot)
    if start.ball is not None and end.ball is not None:
        return Leg(ball=_between(start.ball, end.ball, share), foot=foot)
    if start.sole is not None and end.sole is not None:
        return Leg(sole=_between(start.sole, end.sole, share), foot=foot)
    return None


def _same_arm(start: Arm, end: Arm, share: float) -> Arm | None:
    """As `_same_leg`."""
    hand = end.hand if start.hand is None or end.hand is None else start.hand + (end.hand - start.hand) * share
    if start.palm is not None and end.palm is not None:
        return Arm(palm=_between(start.palm, end.palm, share), hand=hand)
    if start.on is not None and start.on == end.on:
        return Arm(on=end.on, along=start.along + (end.along - start.along) * share, hand=hand)
    return None


def _turned(first: Body, last: Body, trunk: tuple[float, ...], share: float) -> dict[str, Leg | Arm]:
    """Every limb on its way in its joints: these bend evenly, and so stay within their limits."""
    before, after = first.flexion(), last.flexion()
    limbs: dict[str, Leg | Arm] = {}
    for side in NEAR_AND_FAR:
        hip, knee, ankle, shoulder, elbow = (
            before[f"{side}_{joint}"] + (after[f"{side}_{joint}"] - before[f"{side}_{joint}"]) * share
            for joint in ("hip", "knee", "ankle", "shoulder", "elbow")
        )
        thigh = hip + trunk[0] - 180
        limbs[f"{side}_leg"] = Leg(thigh=thigh, shank=thigh - knee, foot=thigh - knee + 90 + ankle)
        upper = shoulder + trunk[2] - 180
        a, b = (
            _turn(body.directions[f"{side}_hand"] - body.directions[f"{side}_forearm"], -180) for body in (first, last)
        )
        limbs[f"{side}_arm"] = Arm(upper=upper, fore=upper + elbow, hand=upper + elbow + a + (b - a) * share)
    return limbs


# ------------------------------------------------------------------------------------------------------------- shapes


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
    """

    part: str
    outlines: tuple[Outline, ...]
    is_far: bool = False
    has_halo: bool = False


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
    return _at(_at(body.joints["head"], direction - 90, forward * HEAD), direction, up * HEAD)


def body_shapes(body: Body, *, with_muscle: bool = False) -> Iterator[Shape]:
    """From the back to the front."""
    yield from _arm_shapes(body, "far")
    yield from _leg_shapes(body, "far")
    j = body.joints
    throat = _at(_between(j["shoulder"], j["head"], 0.72), body.directions["neck"] + 90, 0.010)
    yield Shape("skin", (Capsule(j["shoulder"], throat, RADIUS["neck"] * 1.1, RADIUS["neck"]),))
    yield Shape("skin", (Polygon(tuple(_in_head(body, f, u) for f, u in _PROFILE), is_round=True),), has_halo=True)
    yield Shape("hair", (Polygon(tuple(_in_head(body, f, u) for f, u in _HAIR), is_round=True),))
    ear, eye = _in_head(body, -0.03, -0.04), _in_head(body, 0.27, 0.03)
    yield Shape("skin", (Capsule(ear, _in_head(body, -0.05, -0.10), 0.011, 0.008),))
    yield Shape("eye", (Capsule(eye, eye, 0.0065, 0.0065),))
    yield Shape(
        "shirt",
        (
            Capsule(j["sacrum"], j["waist"], RADIUS["sacrum"], RADIUS["waist"]),
            Capsule(j["waist"], j["chest"], RADIUS["waist"], RADIUS["chest"]),
            Capsule(j["chest"], j["shoulder"], RADIUS["chest"], RADIUS["shoulder"]),
        ),
    )
    yield Shape("legs", (Capsule(j["buttock"], j["buttock"], RADIUS["hip"], RADIUS["hip"]), _waistband(body)))
    yield from _leg_shapes(body, "near")
    if with_muscle:
        yield Shape("muscle", tuple(_spindle(*body.psoas())))
    yield from _arm_shapes(body, "near")


def _waistband(body: Body) -> Polygon:
    """The trousers from the hips to their upper edge, which is straight."""
    across = body.directions["pelvis"] + 90
    low, top = body.joints["buttock"], _at(body.joints["sacrum"], body.directions["pelvis"], 0.006)
    wide, narrow = RADIUS["hip"], RADIUS["sacrum"]
    return Polygon(
        (_at(low, across, wide), _at(low, across, -wide), _at(top, across, -narrow), _at(top, across, narrow))
    )


def _spindle(origin: XY, turn: XY, insertion: XY, pieces: int = 8) -> Iterator[Capsule]:
    """A muscle along the curve from origin to insertion that passes the turn half way, thickest there."""
    control = 2 * turn[0] - (origin[0] + insertion[0]) / 2, 2 * turn[1] - (origin[1] + insertion[1]) / 2

    def on_curve(share: float) -> XY:
        return _between(_between(origin, control, share), _between(control, insertion, share), share)

    def radius(share: float) -> float:
        return 0.005 + 0.010 * math.sin(math.pi * share)

    for piece in range(pieces):
        a, b = piece / pieces, (piece + 1) / pieces
        yield Capsule(on_curve(a), on_curve(b), radius(a), radius(b))


def _leg_shapes(body: Body, side: str) -> Iterator[Shape]:
    j = {name: body.joints[f"{side}_{name}"] for name in ("knee", "ankle", "heel", "ball", "tip")}
    hip, is_far = body.joints["hip"], side == "far"
    calf = _at(_between(j["knee"], j["ankle"], 0.3), body.directions[f"{side}_shank"] - 90, 0.006)
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
    )
    yield Shape(
        "legs",
        (
            Capsule(hip, j["knee"], RADIUS["thigh"], RADIUS["knee"]),
            Capsule(j["knee"], calf, RADIUS["knee"], RADIUS["calf"]),
            Capsule(calf, j["ankle"], RADIUS["calf"], RADIUS["ankle"]),
        ),
        is_far,
        has_halo=is_far,
    )


def _arm_shapes(body: Body, side: str) -> Iterator[Shape]:
    j = {name: body.joints[f"{side}_{name}"] for name in ("elbow", "wrist", "palm", "finger")}
    shoulder, is_far = body.joints["shoulder"], side == "far"
    sleeve = _between(shoulder, j["elbow"], 0.62)
    yield Shape(
        "skin",
        (
            Capsule(shoulder, j["elbow"], RADIUS["upper_arm"], RADIUS["elbow"]),
            Capsule(j["elbow"], j["wrist"], RADIUS["elbow"], RADIUS["wrist"]),
            Capsule(j["wrist"], j["palm"], RADIUS["wrist"], RADIUS["hand"]),
            Capsule(j["palm"], j["finger"], RADIUS["hand"], RADIUS["finger"]),
        ),
        is_far,
        has_halo=True,
    )
    yield Shape("sleeve", (Capsule(shoulder, sleeve, RADIUS["upper_arm"] + 0.006, RADIUS["elbow"] + 0.008),), is_far)


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


def way(scene: Scene, joint: str, steps: int = 12) -> tuple[XY, ...]:
    """The way of a joint from the starting to the working pose."""
    return tuple(between(scene.start, scene.work, step / steps, scene).joints[joint] for step in range(steps + 1))


SEATED: Final = Scene(
    start=(
        _seated := Pose(
            trunk=(100, 94, 90, 84, 92),
            hip=(0.0, 0.32),
            near_leg=Leg(sole=(0.245, 0.0)),
            far_leg=Leg(sole=(0.225, 0.0)),
            near_arm=Arm(on="near_thigh_front", along=0.8),
            far_arm=Arm(on="far_thigh_front", along=0.85),
        )
    ),
    work=_seated,
    rests=("pelvis", "near_foot", "far_foot"),
    chair=Chair(back=-0.075, seat=0.257),
)
"""How most of the day is spent: what the length of the psoas is compared with."""
