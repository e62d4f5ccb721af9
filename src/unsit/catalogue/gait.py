"""The walk: one stride on the spot, over a ground that moves backward.

Timing and angles are those of comfortable level walking as textbooks have them (for instance Perry and Burnfield, Gait
Analysis), rounded to what reads well: about 62 per cent of the stride on the ground; heel first, flat, heel off, toe-off; the
arm swings with the leg of the other side. What carries the body moves back exactly as the ground does: no foot slides.
"""

from __future__ import annotations

import math
from typing import Final

from unsit.catalogue.pose import Arm, Leg, Pose, Scene
from unsit.catalogue.rig import ANKLE_HEIGHT, BALL_AHEAD, FLAT, HEEL_BACK, Body, ankle_of, at, solve

STRIDE_S: Final = 1.2
STRIDE: Final = 0.66
"""How far one gets with it, in body heights: an unhurried walk."""

_ON_GROUND: Final = 0.62
_FLAT_AT: Final = 0.12
_HEEL_OFF: Final = 0.40
_STRIKE_X: Final = 0.138
"""Where the heel comes down, before the hip."""
_STRIKE_FOOT: Final = 18.0
_TOE_OFF_FOOT: Final = -58.0
_TOES_FREE: Final = 0.3
"""Share of the stride in which toes that were bent at toe-off straighten."""
_HIP: Final = 0.516
_BOB: Final = 0.011
_RISE: Final = 0.09
"""How fast the ankle leaves the ground, in body heights a swing: the toes come clear at once."""
_LIFT: Final = 0.020
"""How much higher the ankle swings than straight through."""
_ARM_SWING: Final = 23.0


def walking(share: float) -> Body:
    """The figure at a moment of its stride, which begins as the near heel comes down; the hip stays where it is."""
    far = (share + 0.5) % 1
    height = _HIP - _BOB * math.cos(4 * math.pi * (share - 0.03))
    pose = Pose(
        trunk=(90, 89, 88, 84, 89),
        hip=(0.0, height),
        near_leg=_leg(share % 1),
        far_leg=_leg(far),
        near_arm=_arm(share),
        far_arm=_arm(far),
    )
    return solve(pose, Scene(start=pose, work=pose, rests=()))


def _arm(share: float) -> Arm:
    """With the leg's share: forward as the leg is behind."""
    swing = -math.cos(math.tau * share)
    upper = -92 + _ARM_SWING * swing
    return Arm(upper=upper, fore=upper + 20 + 9 * swing)


def _leg(share: float) -> Leg:
    heel_x = _STRIKE_X - STRIDE * share
    if share < _FLAT_AT:
        return Leg(heel=(heel_x, 0.0), foot=_STRIKE_FOOT * _swell(1 - share / _FLAT_AT))
    if share < _HEEL_OFF:
        return Leg(sole=(heel_x + HEEL_BACK, 0.0))
    if share < _ON_GROUND:
        rise = (share - _HEEL_OFF) / (_ON_GROUND - _HEEL_OFF)
        return Leg(ball=(heel_x + HEEL_BACK + BALL_AHEAD, 0.0), foot=_TOE_OFF_FOOT * _swell(rise))
    return _swing((share - _ON_GROUND) / (1 - _ON_GROUND))


def _swing(share: float) -> Leg:
    """Through the air: from toe-off to the next heel strike, leaving and meeting the ground at the ground's own speed."""
    lasts = 1 - _ON_GROUND
    off_at = _STRIKE_X - STRIDE * _ON_GROUND + HEEL_BACK + BALL_AHEAD
    off = ankle_of(Leg(ball=(off_at, 0.0), foot=_TOE_OFF_FOOT))
    on = ankle_of(Leg(heel=(_STRIKE_X, 0.0), foot=_STRIKE_FOOT))
    speed = -STRIDE * lasts
    foot = _hermite(share, _TOE_OFF_FOOT, _STRIKE_FOOT, 0.0, 0.0)
    ankle = (
        _hermite(share, off[0], on[0], speed, speed),
        _hermite(share, off[1], on[1], _RISE, 0.0) + _LIFT * _swell(1 - abs(2 * share - 1)),
    )
    toes = foot * min(1.0, share * lasts / _TOES_FREE) + FLAT
    return Leg(sole=at(ankle, foot - 90, ANKLE_HEIGHT), foot=foot, toes=toes)


def _swell(share: float) -> float:
    """From 0 to 1, at rest at both ends."""
    return (1 - math.cos(math.pi * share)) / 2


def _hermite(share: float, a: float, b: float, speed_a: float, speed_b: float) -> float:
    """From `a` to `b` with these speeds at the ends."""
    t, u = share, 1 - share
    return u * u * (1 + 2 * t) * a + t * t * (3 - 2 * t) * b + t * u * u * speed_a - t * t * u * speed_b
