"""The rig: a pose among its props becomes the joints of a side-view figure.

Pure geometry: nothing here moves (motion.py does), has a thickness that is seen (figure.py) or reads a file. Units and
directions: pose.py.

Segment lengths are shares of body height after Drillis and Contini (1966), as tabulated in Winter, Biomechanics and Motor
Control of Human Movement, figure 4.1. The table gives no parts of the trunk: hip to shoulder (0.288) is divided here, as
are the foot's parts. Thicknesses are the figure's own.
"""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple

from unsit.catalogue.pose import XY, Arm, Grip, Leg, Part, Pose, Scene

PELVIS: Final = 0.065
LUMBAR: Final = 0.090
THORAX: Final = 0.133
NECK: Final = 0.108
HEAD: Final = 0.130
UPPER_ARM: Final = 0.186
FOREARM: Final = 0.146
HAND: Final = 0.090  # 0.108 with the fingers stretched: these are at ease
PALM: Final = 0.045  # from the wrist to the middle of the palm
HIP_APART: Final = 0.055
SHOULDER_APART: Final = 0.105
"""Half the distance between the limbs."""
HAMSTRINGS: Final = 0.009  # a thigh is thicker behind its bone than before it
GRIP: Final = 0.052  # a hand that holds something is closed around it
THUMB: Final = 0.047
THUMB_OUT: Final = 24.0  # degrees, of a hand at ease; beside what a hand lies on or holds it is not seen
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

BREATH: Final = 0.014
"""How far the belly comes out as one breathes in, the chest half as much; more than it does, so that it is seen."""

SLACK: Final = 0.001

FLAT: Final = math.degrees(math.asin((RADIUS["tip"] - RADIUS["ball"]) / TOES))
"""Direction of toes on the floor: their tip is thinner than the ball of the foot."""

NEAR_AND_FAR: Final[tuple[Literal["near", "far"], ...]] = ("near", "far")


class Unreachable(ValueError):
    """A limb is too short, or has too little room, for its target."""


def at(origin: XY, direction: float, length: float) -> XY:
    """The point so far from `origin` in a direction, in degrees."""
    radians = math.radians(direction)
    return origin[0] + length * math.cos(radians), origin[1] + length * math.sin(radians)


def direction_of(a: XY, b: XY) -> float:
    """From `a` to `b`, in degrees."""
    return math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))


def mix(a: XY, b: XY, share: float) -> XY:
    """`a` at 0, `b` at 1."""
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def turned(angle: float, lowest: float) -> float:
    """The same direction, from `lowest` up to a full turn more."""
    return (angle - lowest) % 360 + lowest


def bend(
    root: XY, target: XY, upper: float, lower: float, turn: Literal[1, -1], *, slack: float = 0.0, name: str = "limb"
) -> tuple[float, float]:
    """Directions of two bones that lead from `root` to `target`.

    Args:
        turn: 1 for a knee (the upper bone points ahead of the line to the target), -1 for an elbow.
        slack: a target so little too far away gets a straight limb that ends before it, one too near a limb bent as far as
            it bends.

    Raises:
        Unreachable: the target is too far away, or too near.
    """
    distance = math.dist(root, target)
    most, least = upper + lower, abs(upper - lower)
    if distance > most + slack or distance < least - slack:
        raise Unreachable(f"{name}: the target is {distance:.3f} away, the limb reaches {most:.3f}")
    distance = max(min(distance, most), least, 1e-6)
    off_upper = math.acos(_unit((upper**2 + distance**2 - lower**2) / (2 * upper * distance)))
    off_lower = math.acos(_unit((lower**2 + distance**2 - upper**2) / (2 * lower * distance)))
    line = direction_of(root, target)
    return line + turn * math.degrees(off_upper), line - turn * math.degrees(off_lower)


def _unit(cosine: float) -> float:
    return max(-1.0, min(1.0, cosine))


class Body(NamedTuple):
    """A solved pose.

    Attributes:
        joints: name -> point. Limbs carry `near_` or `far_`.
        directions: name of a segment -> its direction in degrees.
        aside: of waist, shoulder, head and the joints of the arms: how far they are before the middle of the hips, toward
            the near side.
    """

    joints: dict[str, XY]
    directions: dict[str, float]
    aside: dict[str, float]

    def flexion(self) -> dict[str, float]:
        """Joint -> flexion in degrees, to be held against LIMITS (`near_hip` against `hip`)."""
        angles: dict[str, float] = {}
        trunk, chest = self.directions["pelvis"], self.directions["thorax"]
        for side in NEAR_AND_FAR:
            d = {name: self.directions[f"{side}_{name}"] for name in ("thigh", "shank", "foot", "upper_arm", "forearm")}
            angles[f"{side}_hip"] = turned(d["thigh"] - trunk + 180, -180)
            angles[f"{side}_knee"] = turned(d["thigh"] - d["shank"], -180)
            angles[f"{side}_ankle"] = turned(d["foot"] - d["shank"] - 90, -180)
            angles[f"{side}_shoulder"] = turned(d["upper_arm"] - chest + 180, -90)
            angles[f"{side}_elbow"] = turned(d["forearm"] - d["upper_arm"], -180)
        return angles

    def lowest(self, part: Part) -> XY:
        """The point of this part that is nearest to the ground."""
        return min((_below(self.joints[joint], radius) for joint, radius in rounds(part)), key=lambda point: point[1])


def _below(point: XY, radius: float) -> XY:
    return point[0], point[1] - radius


def rounds(part: Part) -> tuple[tuple[str, float], ...]:
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


def solve(
    pose: Pose, scene: Scene, *, breath: float = 0.0, pin: tuple[str, float] | None = None, slack: float = SLACK
) -> Body:
    """Joints of a pose among its props.

    Args:
        breath: 0 breathed out, 1 breathed in.
        pin: a joint of the trunk or of a leg with directions, and the x where it is, whatever `pose.hip` says.
        slack: a target so little too far away gets a straight limb that ends before it.

    Raises:
        Unreachable: a limb cannot get to its target.
    """
    body = _trunk(pose, pose.hip, breath)
    for side in NEAR_AND_FAR:
        leg: Leg = getattr(pose, f"{side}_leg")
        if leg.is_free:
            place_leg(body, side, leg, slack)
    if pin is not None:
        joint, x = pin
        body = _move(body, x - body.joints[joint][0], 0.0)
    if pose.base is not None:
        x, y = body.lowest(pose.base)
        body = _move(body, 0.0, scene.surface(x) - y)
    for side in NEAR_AND_FAR:
        leg = getattr(pose, f"{side}_leg")
        if not leg.is_free:
            place_leg(body, side, leg, slack)
    for side in NEAR_AND_FAR:
        _place_arm(body, side, getattr(pose, f"{side}_arm"), math.radians(pose.lean), slack)
    return body


def _trunk(pose: Pose, hip: XY, breath: float) -> Body:
    pelvis, lumbar, thorax, neck, head = pose.trunk
    lean = math.radians(pose.lean)
    low, high = math.cos(lean / 2), math.cos(lean)  # the share that is seen of what leans
    sacrum = at(hip, pelvis, PELVIS)
    waist = at(sacrum, lumbar, LUMBAR * low)
    shoulder = at(waist, thorax, THORAX * high)
    skull = at(shoulder, neck, NECK * high)
    waist_aside = -LUMBAR * math.sin(lean / 2)
    shoulder_aside = waist_aside - THORAX * math.sin(lean)
    joints = {
        "hip": hip,
        "buttock": at(hip, pelvis + 90, 0.004),
        "sacrum": sacrum,
        "waist": waist,
        "chest": at(at(waist, thorax, 0.075 * high), thorax + 90, 0.002),
        "belly": at(at(sacrum, lumbar, 0.05 * low), lumbar - 90, 0.012 + breath * BREATH),
        "ribs": at(at(waist, thorax, 0.05 * high), thorax - 90, 0.014 + breath * BREATH / 2),
        "shoulder": shoulder,
        "near_shoulder": at(shoulder, thorax, SHOULDER_APART * math.sin(lean)),
        "far_shoulder": at(shoulder, thorax, -SHOULDER_APART * math.sin(lean)),
        "head": skull,
        "occiput": at(skull, head + 90, HEAD * 0.44),
        "crown": at(skull, head, HEAD / 2),
    }
    aside = {
        "waist": waist_aside,
        "shoulder": shoulder_aside,
        "near_shoulder": shoulder_aside + SHOULDER_APART * high,
        "far_shoulder": shoulder_aside - SHOULDER_APART * high,
        "head": shoulder_aside - NECK * math.sin(lean),
    }
    return Body(joints, {"pelvis": pelvis, "lumbar": lumbar, "thorax": thorax, "neck": neck, "head": head}, aside)


def _move(body: Body, by_x: float, by_y: float) -> Body:
    return body._replace(joints={name: (x + by_x, y + by_y) for name, (x, y) in body.joints.items()})


def place_leg(body: Body, side: str, leg: Leg, slack: float = SLACK) -> None:
    """Add a leg's joints to a body that has its hip where it will stay.

    Raises:
        Unreachable: it cannot get to its target.
    """
    hip = body.joints["hip"]
    if leg.thigh is not None and leg.shank is not None:
        thigh, shank = leg.thigh, leg.shank
    else:
        thigh, shank = bend(hip, ankle_of(leg), THIGH, SHANK, 1, slack=slack, name=f"{side}_leg")
    knee = at(hip, thigh, THIGH)
    ankle = at(knee, shank, SHANK)
    sole = at(ankle, leg.foot - 90, ANKLE_HEIGHT)
    heel = at(at(sole, leg.foot + 180, HEEL_BACK), leg.foot + 90, RADIUS["heel"])
    ball = at(at(sole, leg.foot, BALL_AHEAD), leg.foot + 90, RADIUS["ball"])
    toes = leg.toes
    if toes is None:  # on the ball of the foot they lie flat
        toes = FLAT if leg.ball is not None else leg.foot + FLAT
    tip = at(ball, toes, TOES)
    for name, point in (("knee", knee), ("ankle", ankle), ("heel", heel), ("ball", ball), ("tip", tip)):
        body.joints[f"{side}_{name}"] = point
    for name, direction in (("thigh", thigh), ("shank", shank), ("foot", leg.foot), ("toes", toes)):
        body.directions[f"{side}_{name}"] = direction


def ankle_of(leg: Leg) -> XY:
    """Where the ankle is, when the foot rests where its target says."""
    if leg.sole is not None:
        return at(leg.sole, leg.foot + 90, ANKLE_HEIGHT)
    if leg.ball is not None:
        ball = leg.ball[0], leg.ball[1] + RADIUS["ball"]
        return at(at(ball, leg.foot + 180, BALL_AHEAD), leg.foot + 90, ANKLE_HEIGHT - RADIUS["ball"])
    if leg.heel is None:
        raise ValueError("a leg without directions has a target")  # Leg has seen to it
    heel = leg.heel[0], leg.heel[1] + RADIUS["heel"]
    return at(at(heel, leg.foot, HEEL_BACK), leg.foot + 90, ANKLE_HEIGHT - RADIUS["heel"])


def _place_arm(body: Body, side: str, arm: Arm, lean: float, slack: float) -> None:
    """Add an arm's joints. Args: lean: of the chest, in radians; a raised arm that holds nothing goes with it."""
    shoulder = body.joints[f"{side}_shoulder"]
    outward = UPPER_ARM * math.sin(math.radians(arm.out))
    upper_arm, forearm = math.sqrt(UPPER_ARM**2 - outward**2), math.sqrt(FOREARM**2 - outward**2)
    target = None
    if arm.upper is not None and arm.fore is not None:
        upper, fore = arm.upper, arm.fore
    else:
        target = arm.palm if arm.on is None else _grip(body, arm.on, arm.along)
        if target is None:
            raise ValueError("an arm without directions has a target")  # Arm has seen to it
        if arm.hand is None:
            upper, fore = bend(shoulder, target, upper_arm, forearm + PALM, -1, slack=slack, name=f"{side}_arm")
        else:
            upper, fore = bend(
                shoulder, at(target, arm.hand + 180, PALM), upper_arm, forearm, -1, slack=slack, name=f"{side}_arm"
            )
    hand = fore if arm.hand is None else arm.hand
    is_closed = arm.on is not None and not arm.on.endswith("thigh_front")  # on the top of a thigh a hand lies flat
    sign = 1 if side == "near" else -1
    begins = body.aside[f"{side}_shoulder"]
    thorax = body.directions["thorax"]
    raised = (1 + math.cos(math.radians(upper - thorax))) / 2  # 0 of one that hangs, 1 overhead
    carried = lean * raised if target is None else 0.0
    thumb_out = THUMB_OUT if target is None else 0.0
    elbow, elbow_aside = _segment_end(shoulder, upper, upper_arm, thorax, carried)
    wrist, wrist_aside = _segment_end(elbow, fore, forearm, thorax, carried)
    finger, finger_aside = _segment_end(wrist, hand, GRIP if is_closed else HAND, thorax, carried)
    joints = {
        "elbow": elbow,
        "wrist": wrist,
        "palm": _segment_end(wrist, hand, PALM, thorax, carried)[0],
        "finger": finger,
        "thumb": _segment_end(wrist, hand + thumb_out, THUMB, thorax, carried)[0],
    }
    body.joints.update((f"{side}_{name}", point) for name, point in joints.items())
    body.directions.update({f"{side}_upper_arm": upper, f"{side}_forearm": fore, f"{side}_hand": hand})
    if target is None:
        at_elbow, at_wrist = begins + elbow_aside + sign * outward, begins + elbow_aside + wrist_aside
    else:
        at_wrist = _grip_aside(arm.on) if arm.on is not None else sign * SHOULDER_APART
        at_elbow = (begins + at_wrist) / 2 + sign * outward
    body.aside.update({f"{side}_elbow": at_elbow, f"{side}_wrist": at_wrist, f"{side}_finger": at_wrist + finger_aside})


def _segment_end(origin: XY, direction: float, length: float, thorax: float, lean: float) -> tuple[XY, float]:
    """The end of a segment that leans with the chest, and how much nearer than its beginning that is."""
    along = length * math.cos(math.radians(direction - thorax))
    return at(at(origin, direction, length), thorax, along * (math.cos(lean) - 1)), -along * math.sin(lean)


def _grip_aside(on: Grip) -> float:
    if on.startswith("near_"):
        return HIP_APART
    return -HIP_APART if on.startswith("far_") else 0.0


def _grip(body: Body, on: str, along: float) -> XY:
    """The middle of a palm that lies on the surface of a part."""
    if on in ("hip_front", "waist_front"):
        start, end, direction, thickness = body.joints["hip"], body.joints["waist"], body.directions["pelvis"], 0.035
        if on == "waist_front":
            start = body.joints["sacrum"]
        return at(mix(start, end, along), direction - 90, thickness)
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
    if on.endswith("thigh_back"):
        radius += HAMSTRINGS
    return at(mix(start, end, along), direction + (90 if face == "front" else -90), radius)
