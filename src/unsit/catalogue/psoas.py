"""The psoas in the figure: where it runs, and how long it is compared with sitting.

The lumbar spine, the front of the pelvis and the thigh bone carry points of published models. A taut string from each origin
to the insertion, which may lie on the pelvis and on the femoral head but not pass through them, is a fascicle.

- Pelvis and thigh: the psoas of Delp, Loan, Hoy, Zajac, Topp and Rosen (1990), An interactive graphics-based model of the
  lower extremity, IEEE Trans. Biomed. Eng. 37:757-767, as distributed in OpenSim's gait2392: its points P2 (pelvic brim), P4
  and P5 (lesser trochanter), relative to the hip's centre. Its point P3, which is there below 45 degrees of flexion only and
  would make the length jump, is replaced by a round of P3's distance about the hip's centre.
- Lumbar spine: the origins of the fascicles from the vertebral bodies L1 and L5 and the discs between in Christophy, Faruk
  Senan, Lotz and O'Reilly (2012), A musculoskeletal model for the lumbar spine, Biomech. Model. Mechanobiol. 11:19-34, in the
  same pelvis (the same P2), read from that model's conversion in MyoHub's myo_sim (myoTorso); here carried by the one lumbar
  segment of the rig. T12 and the fascicles from the transverse processes are left out.

Metres of the models are divided by the height of Delp's subject, 1.80 m. The distance sideways, which the picture does not
show, counts in the length. It illustrates the geometry and measures nobody: a real muscle is neither a string nor this even.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from unsit.catalogue.pose import XY, Arm, Chair, Leg, Pose, Scene
from unsit.catalogue.rig import LUMBAR, PELVIS, Body, at, mix, solve

_MODEL_HEIGHT_M: Final = 1.80

_ORIGINS_M: Final = (
    (-0.0460, 0.2896), (-0.0371, 0.2698), (-0.0224, 0.2409), (-0.0165, 0.2086), (-0.0129, 0.1731), (-0.0173, 0.1495),
)  # fmt: skip
"""(forward, up) from the hip's centre, standing: body of L1, discs L1/2, L2/3, L3/4, L4/5, body of L5."""
_ORIGIN_SHARES: Final = tuple((up_m / _MODEL_HEIGHT_M - PELVIS) / LUMBAR for _forward_m, up_m in _ORIGINS_M)
"""Where they are on the lumbar segment."""
_BRIM_M: Final = (0.0469, 0.0091)
_ROUND_M: Final = math.hypot(0.0419, 0.0144)
_THIGH_M: Final = ((0.0016, -0.0507), (-0.0188, -0.0597))
_SIDEWAYS_M: Final = 0.0939 - 0.0206
"""The lesser trochanter is so much further from the middle of the body than the origins are."""

_ROUND_STEPS: Final = 16
PATH_POINTS: Final = 6


class Path(NamedTuple):
    """Attributes:
    origins: on the lumbar spine, from L1 down to L5.
    over: the way they share: from where the lowest fascicle meets the pelvis, over the hip, to the insertion; always
        `PATH_POINTS` of them.
    """

    origins: tuple[XY, ...]
    over: tuple[XY, ...]


def path_of(body: Body, side: Literal["near", "far"] = "near") -> Path:
    """Where the muscle runs, to draw it."""
    origins = _origins(body)
    (lowest,) = _strings(body, side, origins[-1:])
    ahead = _along(lowest, _nearest(lowest, _carried(body, "pelvis", _BRIM_M)))
    return Path(origins, ahead)


def psoas_length(body: Body, side: Literal["near", "far"] = "near") -> float:
    """In body heights: the mean of its fascicles."""
    sign = 1 if side == "near" else -1
    sideways = [_SIDEWAYS_M / _MODEL_HEIGHT_M - sign * aside for aside in _origins_aside(body)]
    strings = _strings(body, side, _origins(body))
    lengths = [math.hypot(_length(string), out) for string, out in zip(strings, sideways, strict=True)]
    return sum(lengths) / len(lengths)


def psoas_percent(body: Body, side: Literal["near", "far"] = "near") -> float:
    """Its length in per cent of that when seated."""
    return 100 * psoas_length(body, side) / _seated_length()


@cache
def _seated_length() -> float:
    return psoas_length(solve(SEATED.work, SEATED))


def _strings(body: Body, side: str, origins: tuple[XY, ...]) -> list[tuple[XY, ...]]:
    """The fascicle from each origin, as a taut string that leaves the bones behind it: the front half of a convex hull."""
    hip = body.joints["hip"]
    brim = _carried(body, "pelvis", _BRIM_M)
    neck, insertion = (_carried(body, f"{side}_thigh", point, 180) for point in _THIGH_M)
    radius, pelvis = _ROUND_M / _MODEL_HEIGHT_M, body.directions["pelvis"]
    # Only its front carries: from straight up, forward, to the lesser trochanter.
    rounding = [at(hip, pelvis + 20 - 200 * step / _ROUND_STEPS, radius) for step in range(_ROUND_STEPS + 1)]
    return [_taut(origin, insertion, [brim, neck, *rounding]) for origin in origins]


def _taut(start: XY, end: XY, obstacles: list[XY]) -> tuple[XY, ...]:
    """The shortest way from `start` to `end` that leaves every obstacle on its right, or touches it."""
    chain = [start]
    rest = [point for point in obstacles if _across(start, end, point) > 0]
    while True:
        here = chain[-1]
        ahead = max(
            (point for point in [*rest, end] if point != here),
            key=lambda point: _turn_left(here, end, point),
        )
        chain.append(ahead)
        if ahead == end:
            return tuple(chain)
        rest = [point for point in rest if point != ahead and _across(ahead, end, point) > 1e-12]


def _across(a: XY, b: XY, point: XY) -> float:
    """Positive where `point` is on the left of the way from `a` to `b`."""
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


def _turn_left(here: XY, end: XY, point: XY) -> float:
    """How far one has to turn left from the direction of `end` to face `point`."""
    straight = math.atan2(end[1] - here[1], end[0] - here[0])
    return math.remainder(math.atan2(point[1] - here[1], point[0] - here[0]) - straight, math.tau)


def _origins(body: Body) -> tuple[XY, ...]:
    """Carried by the lumbar segment, which joins the pelvis `PELVIS` above the hip."""
    joint, direction = body.joints["sacrum"], body.directions["lumbar"]
    seen = math.dist(joint, body.joints["waist"])  # of a spine that leans, less than its length
    return tuple(
        at(at(joint, direction, share * seen), direction - 90, forward_m / _MODEL_HEIGHT_M)
        for share, (forward_m, _up_m) in zip(_ORIGIN_SHARES, _ORIGINS_M, strict=True)
    )


def _origins_aside(body: Body) -> list[float]:
    """How far they are toward the near side, where the spine leans."""
    return [share * body.aside["waist"] for share in _ORIGIN_SHARES]


def _carried(body: Body, segment: str, point_m: XY, up: float = 0.0) -> XY:
    """A point of the model, given from the hip's centre, carried by a segment; `up` turns its direction to upward."""
    forward, above = (metres / _MODEL_HEIGHT_M for metres in point_m)
    direction = body.directions[segment] + up
    return at(at(body.joints["hip"], direction, above), direction - 90, forward)


def _length(string: tuple[XY, ...]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(string))


def _nearest(string: tuple[XY, ...], point: XY) -> float:
    """How far along the string it is nearest to a point."""
    best, done = (math.inf, 0.0), 0.0
    for a, b in pairwise(string):
        length = math.dist(a, b)
        along = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / max(length, 1e-9)
        along = min(max(along, 0.0), length)
        best = min(best, (math.dist(point, mix(a, b, along / max(length, 1e-9))), done + along))
        done += length
    return best[1]


def _along(string: tuple[XY, ...], begin: float) -> tuple[XY, ...]:
    """`PATH_POINTS` points at even distances from there to the end of the string."""
    whole = _length(string)
    wanted = [begin + (whole - begin) * step / (PATH_POINTS - 1) for step in range(PATH_POINTS)]
    points, done = [], 0.0
    for a, b in pairwise(string):
        length = math.dist(a, b)
        while wanted and wanted[0] <= done + length:
            points.append(mix(a, b, (wanted.pop(0) - done) / max(length, 1e-9)))
        done += length
    return (*points, *[string[-1]] * len(wanted))


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
