"""The figure as seen from the front, on a card beside the one from the side: for poses that bend sideways, which from the
side cannot be seen.

The same body: the heights of its joints are those of the view from the side, how far apart they are comes with them
(rig.Body.aside). Whoever looks faces the figure, so its right side is on their left.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Final, Literal, NamedTuple

from msgspec import structs

from unsit.catalogue.figure import MAT, SOFT, Capsule, Outline, Polygon, Shape, rigid, rounded_box, slab
from unsit.catalogue.motion import body_of, moments_of
from unsit.catalogue.pose import XY, Scene
from unsit.catalogue.rig import HEAD, HIP_APART, NEAR_AND_FAR, RADIUS, Body, at, direction_of, mix, solve

_SIZE: Final = 0.78
"""Of the figure on the card, for that of the other."""
_GAP: Final = 0.05
_PADDING: Final = 0.05
_MAT_WIDE: Final = 0.17
"""Half of it."""
_ROUND_SHOULDER: Final = 0.88
"""How far out to its joint an arm is drawn to begin, whose flesh goes over into that of the trunk."""
_CUSHION_WIDE: Final = 0.07
_TOE_BOX: Final = 0.026
"""Half the height of a shoe that points out of the picture."""
_BEND_STEPS: Final = 8

# Outlines as (upward, toward the side), of the head in shares of its height.
_HIPS: Final = (
    (0.070, 0.066), (0.074, 0.071), (0.060, 0.078), (0.015, 0.100), (-0.025, 0.098), (-0.045, 0.050), (-0.050, 0.0),
    (-0.045, -0.050), (-0.025, -0.098), (0.015, -0.100), (0.060, -0.078), (0.074, -0.071), (0.070, -0.066),
)  # fmt: skip
_FACE: Final = (
    (0.50, 0.0), (0.40, 0.30), (0.15, 0.37), (-0.12, 0.35), (-0.36, 0.25), (-0.52, 0.10), (-0.52, -0.10), (-0.36, -0.25),
    (-0.12, -0.35), (0.15, -0.37), (0.40, -0.30),
)  # fmt: skip
_HAIR: Final = (
    (0.57, 0.0), (0.53, 0.30), (0.28, 0.43), (0.02, 0.40), (0.02, 0.33), (0.20, 0.30), (0.30, 0.16), (0.26, -0.10),
    (0.22, -0.30), (0.02, -0.33), (0.02, -0.40), (0.28, -0.43), (0.53, -0.30),
)  # fmt: skip
_EAR: Final = ((0.07, 0.34), (0.06, 0.43), (-0.06, 0.43), (-0.12, 0.36), (-0.05, 0.32))
_MOUTH: Final = ((-0.29, 0.10), (-0.32, 0.05), (-0.33, 0.0), (-0.32, -0.05), (-0.29, -0.10), (-0.36, 0.0))
_EYE: Final = ((0.075, 0.15), (0.02, 0.20), (-0.045, 0.15), (0.02, 0.10))
_BROW: Final = ((0.14, 0.09), (0.175, 0.15), (0.14, 0.22), (0.11, 0.22), (0.13, 0.15), (0.11, 0.09))


class Card(NamedTuple):
    """Where it is in the scene, in body heights; it stands on the floor."""

    left: float
    right: float
    top: float
    middle: float

    def point(self, aside: float, height: float) -> XY:
        return self.middle - aside * _SIZE, height * _SIZE


def has_front(scene: Scene) -> bool:
    return bool(scene.start.lean or scene.work.lean)


@cache
def card_of(scene: Scene) -> Card:
    """Before the figure, and as large as its movements need."""
    bodies = [body_of(scene, moment) for moment in moments_of(scene)]
    ahead = max(x for body in bodies for x, _y in body.joints.values())
    left = max(ahead, scene.mat[1] if scene.mat is not None else ahead) + _GAP
    seen = [_highest(body) for body in _bends(scene)]
    seen += [(aside, body.joints[joint][1]) for body in bodies for joint, aside in body.aside.items()]
    near, far = (max(*(sign * aside for aside, _height in seen), _MAT_WIDE) for sign in (1, -1))
    middle = left + _PADDING + near * _SIZE
    top = max(height for _aside, height in seen) * _SIZE + _PADDING
    return Card(left, middle + far * _SIZE + _PADDING, top + _PADDING, middle)


def front_shapes(scene: Scene, body: Body) -> Iterator[Shape]:
    """The card, from the back to the front; nothing for a scene whose figure does not lean."""
    if not has_front(scene):
        return
    card = card_of(scene)
    yield Shape("card", (rounded_box(card.left, 0.0, card.right, card.top, _PADDING / 2),))
    if scene.mat is not None:
        half = _MAT_WIDE * _SIZE
        yield Shape("mat", (slab(card.middle - half, card.middle + half, -MAT / 2, SOFT),))
    yield from _leg_shapes(scene, body, "near", card)
    yield from _trunk_shapes(body, card)
    yield from _head_shapes(body, card)
    yield from _leg_shapes(scene, body, "far", card)
    for side in NEAR_AND_FAR:
        yield from _arm_shapes(body, side, card)


def bend_way(scene: Scene) -> tuple[XY, ...]:
    """Around the upright figure's highest point, to where it has bent to in the working pose."""
    card = card_of(scene)
    points = []
    for body in _bends(scene):
        from_hip, highest = card.point(0.0, body.joints["hip"][1]), card.point(*_highest(body))
        points.append(at(highest, direction_of(from_hip, highest), _PADDING))
    return tuple(points)


def _bends(scene: Scene) -> list[Body]:
    """The working pose, from upright on. What a hand holds may be in reach only at the end of it."""
    poses = (structs.replace(scene.work, lean=scene.work.lean * step / _BEND_STEPS) for step in range(_BEND_STEPS + 1))
    return [solve(pose, scene, slack=math.inf) for pose in poses]


def _highest(body: Body) -> XY:
    """Aside and height of the hand that reaches up, or of the head."""
    return max(
        ((body.aside[joint], body.joints[joint][1]) for joint in ("head", "near_finger", "far_finger")),
        key=lambda point: point[1],
    )


def _capsule(card: Card, a: XY, b: XY, radius_a: float, radius_b: float) -> Capsule:
    """Of points given as (aside, height)."""
    return Capsule(card.point(*a), card.point(*b), radius_a * _SIZE, radius_b * _SIZE)


def _cushion_shapes(scene: Scene, card: Card) -> Iterator[Shape]:
    if scene.cushion is not None:
        middle, half = card.point(HIP_APART, 0.0)[0], _CUSHION_WIDE * _SIZE
        yield Shape("cushion", (slab(middle - half, middle + half, 0.0, scene.cushion.height * _SIZE),))


def _leg_shapes(scene: Scene, body: Body, side: Literal["near", "far"], card: Card) -> Iterator[Shape]:
    aside, is_far = (HIP_APART, False) if side == "near" else (-HIP_APART, True)
    hip = body.joints["hip"][1]
    knee, ankle, ball = (body.joints[f"{side}_{joint}"][1] for joint in ("knee", "ankle", "ball"))
    foot = _capsule(card, (aside, ankle), (aside, max(ball, _TOE_BOX)), _TOE_BOX, _TOE_BOX)
    shoe = Shape("foot", (foot,), is_far)
    thigh = _capsule(card, (aside, hip), (aside, knee), 0.051, RADIUS["knee"])
    shank = _capsule(card, (aside, knee), (aside, knee + (ankle - knee) * 0.85), RADIUS["knee"], 0.025)
    legs = Shape("legs", (thigh, shank), is_far, has_halo=True)
    if side == "near":  # it is the one behind, and may kneel
        yield shoe
        yield from _cushion_shapes(scene, card)
        yield legs
    else:
        yield legs
        yield shoe


def _trunk_shapes(body: Body, card: Card) -> Iterator[Shape]:
    sacrum, waist, shoulder, head = (
        card.point(body.aside.get(joint, 0.0), body.joints[joint][1])
        for joint in ("sacrum", "waist", "shoulder", "head")
    )
    lumbar, thorax = direction_of(sacrum, waist), direction_of(waist, shoulder)
    neck = mix(shoulder, head, 0.7)
    yield Shape("skin", (Capsule(shoulder, neck, 0.030 * _SIZE, 0.027 * _SIZE),))
    levels = (
        (mix(sacrum, waist, -0.15), lumbar, 0.070), (mix(sacrum, waist, 0.45), lumbar, 0.062), (waist, thorax, 0.063),
        (mix(waist, shoulder, 0.55), thorax, 0.080), (mix(waist, shoulder, 0.92), thorax, 0.108),
        (mix(waist, shoulder, 1.14), thorax, 0.108), (mix(waist, shoulder, 1.25), thorax, 0.054),
        (mix(waist, shoulder, 1.30), thorax, 0.030),
    )  # fmt: skip
    sides = ([at(middle, up + turn, wide * _SIZE) for middle, up, wide in levels] for turn in (90, -90))
    left, right = sides
    yield Shape("shirt", (Polygon((*left, *reversed(right)), is_round=True),))
    yield Shape("legs", (rigid(card.point(0.0, body.joints["hip"][1]), 90, 180, _HIPS, _SIZE),))


def _head_shapes(body: Body, card: Card) -> Iterator[Shape]:
    shoulder, head = (card.point(body.aside[joint], body.joints[joint][1]) for joint in ("shoulder", "head"))
    up = direction_of(shoulder, head)

    def on_head(*outlines: tuple[XY, ...]) -> tuple[Outline, ...]:
        return tuple(rigid(head, up, up + 90, outline, HEAD * _SIZE) for outline in outlines)

    def both(outline: tuple[XY, ...]) -> tuple[tuple[XY, ...], tuple[XY, ...]]:
        return outline, tuple((upward, -aside) for upward, aside in outline)

    yield Shape("ear", on_head(*both(_EAR)))
    yield Shape("skin", on_head(_FACE))
    yield Shape("hair", on_head(_HAIR))
    yield Shape("ear", on_head(_MOUTH))
    yield Shape("eye", on_head(*both(_EYE), *both(_BROW)))


def _arm_shapes(body: Body, side: Literal["near", "far"], card: Card) -> Iterator[Shape]:
    """Both of one colour: seen from here, neither is further away."""
    middle, joint, elbow, wrist, finger = (
        (body.aside[name], body.joints[name][1])
        for name in ("shoulder", *(f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "finger")))
    )
    shoulder = mix(middle, joint, _ROUND_SHOULDER)
    arm = (
        _capsule(card, shoulder, elbow, 0.027, RADIUS["elbow"]),
        _capsule(card, elbow, wrist, RADIUS["elbow"], RADIUS["wrist"]),
        _capsule(card, wrist, finger, 0.020, RADIUS["finger"]),
    )
    yield Shape("skin", arm, has_halo=True)
    yield Shape("sleeve", (_capsule(card, shoulder, mix(shoulder, elbow, 0.5), 0.034, 0.033),))
