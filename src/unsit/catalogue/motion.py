"""How the figure moves: which body is seen at a moment of a segment.

A segment is played from clips: perhaps one to begin with, one that is repeated, perhaps one to end with. A clip is a way
through moments, a moment is solved by the rig. Pure geometry and arithmetic; the pages are given the same clips as prepared
frames (frames.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Literal, NamedTuple, Protocol, TypeVar, cast

from msgspec import structs

from unsit.catalogue.gait import STRIDE_S, walking
from unsit.catalogue.pose import XY, Arm, Leg, Pose, Scene
from unsit.catalogue.rig import BALL_AHEAD, HEEL_BACK, NEAR_AND_FAR, RADIUS, Body, at, mix, place_leg, solve, turned
from unsit.core.session import BREATH_S, REP_S, SWITCH_S

MotionKind = Literal["before", "prepare", "hold", "reps", "breaths", "rest", "switch", "walk"]
"""The kinds of segments, and `before`: what will be done, over and over."""

WAY_S: Final = 3.0
"""From the start to the working pose: a stretch is entered slowly."""
CALM_BREATH_S: Final = 5.0
LOOK_S: Final = 1.0
"""How long the starting pose is seen in `before`; the working pose twice as long."""
TURN: Final = 0.35
"""Share of the switch in which the view turns to the other side of the body; then the limbs change places."""

_Name = TypeVar("_Name", bound=str)

_STEP_HEIGHT: Final = 0.06
_SLACK_ON_THE_WAY: Final = math.inf
"""Between two poses that both reach their targets, the straight way of the hip may lead too far; then a limb ends before its
target. Of the shipped figures none does so by more than a hair's breadth (tests/catalogue/test_motion.py)."""


class HasFigure(Protocol):
    """An exercise with its words, or whatever else has a figure."""

    @property
    def figure(self) -> Scene | None: ...


class Moment(NamedTuple):
    """What a body is solved from.

    Attributes:
        of: `way` from the start (0) to the working pose (1), `change` from the other side's start (0) to this side's (1),
            `stride` of the walk from one heel strike of the near foot (0) to its next (1).
        at: how far, from 0 to 1.
        breath: 0 breathed out, 1 breathed in.
    """

    of: Literal["way", "change", "stride"]
    at: float
    breath: float = 0.0


class Clip(NamedTuple):
    """Attributes:
    seconds: how long it lasts, if nothing else decides.
    samples: how many even pieces show it smoothly.
    moment: share of it, from 0 to 1 -> what is seen.
    """

    seconds: float
    samples: int
    moment: Callable[[float], Moment]


class Track(NamedTuple):
    """The clips of a segment. `loop` fills what the others leave, in whole repetitions, unless `is_endless`."""

    loop: Clip
    intro: Clip | None = None
    outro: Clip | None = None
    is_endless: bool = False

    def at(self, elapsed_s: float, seconds: float) -> tuple[Clip, float]:
        """The clip that runs at this moment, and how far it is, from 0 to 1.

        figure.js does the same with the frames.
        """
        if self.is_endless:
            return self.loop, max(0.0, elapsed_s) / self.loop.seconds % 1
        intro_s = self.intro.seconds if self.intro else 0.0
        outro_s = self.outro.seconds if self.outro else 0.0
        hurry = max(1.0, (intro_s + outro_s) / max(seconds, 1e-9))
        intro_s, outro_s = intro_s / hurry, outro_s / hurry
        now_s = min(max(0.0, elapsed_s), seconds)
        if self.intro and now_s < intro_s:
            return self.intro, now_s / intro_s
        if self.outro and now_s > seconds - outro_s:
            return self.outro, 1 - (seconds - now_s) / outro_s
        loops_s = seconds - intro_s - outro_s
        times = max(1, round(loops_s / self.loop.seconds))
        done = (now_s - intro_s) / loops_s * times if loops_s > 1e-9 else 0.0
        return self.loop, 1.0 if done >= times else done % 1


def ease(share: float) -> float:
    """From 0 to 1 as a hand or foot moves: without a jerk (Flash and Hogan 1985, minimum jerk)."""
    return share**3 * (10 - 15 * share + 6 * share**2)


def _breath(share: float) -> float:
    """In, then out."""
    up = 2 * share if share < 0.5 else 2 - 2 * share
    return up * up * (3 - 2 * up)


def _pieces(share: float, *pieces: tuple[float, float, float]) -> float:
    """A way in pieces of (seconds, from, to), each eased."""
    now_s = share * sum(seconds for seconds, _a, _b in pieces)
    for seconds, a, b in pieces:
        if now_s <= seconds:
            return a + (b - a) * ease(now_s / seconds)
        now_s -= seconds
    return pieces[-1][2]


_STEPS: Final = 12
"""Pieces of a way: enough that nobody sees them (tests/catalogue/test_frames.py)."""

_DOWN: Final = Clip(WAY_S, _STEPS, lambda share: Moment("way", ease(share)))
_UP: Final = Clip(WAY_S, _STEPS, lambda share: Moment("way", ease(1 - share)))
_STARTING: Final = Clip(CALM_BREATH_S, 2, lambda share: Moment("way", 0.0, _breath(share)))
_WORKING: Final = Clip(CALM_BREATH_S, 2, lambda share: Moment("way", 1.0, _breath(share)))
_REP_WAY_S: Final = 0.375 * REP_S
_REP: Final = Clip(
    REP_S,
    round(_STEPS * REP_S / _REP_WAY_S),
    lambda share: Moment(
        "way",
        _pieces(share, (_REP_WAY_S, 0, 1), (REP_S / 2 - _REP_WAY_S, 1, 1), (_REP_WAY_S, 1, 0), (REP_S / 2 - _REP_WAY_S, 0, 0)),
    ),
)  # fmt: skip
_LOOK: Final = Clip(
    2 * WAY_S + 3 * LOOK_S,
    round(_STEPS * (2 * WAY_S + 3 * LOOK_S) / WAY_S),
    lambda share: Moment("way", _pieces(share, (LOOK_S, 0, 0), (WAY_S, 0, 1), (2 * LOOK_S, 1, 1), (WAY_S, 1, 0))),
)
_STRIDE: Final = Clip(STRIDE_S, 30, lambda share: Moment("stride", share % 1))
_CHANGE: Final = Clip(SWITCH_S, 24, lambda share: Moment("change", max(0.0, share - TURN) / (1 - TURN)))

TRACKS: Final[dict[MotionKind, Track]] = {
    "before": Track(_LOOK, is_endless=True),
    "prepare": Track(_STARTING),
    "hold": Track(_WORKING, _DOWN, _UP),
    "reps": Track(_REP),
    # The first breath fills as the hips rise, and the last one empties as they sink.
    "breaths": Track(
        Clip(BREATH_S, 2, lambda share: Moment("way", 1.0, _breath((share + 0.5) % 1))),
        Clip(BREATH_S / 2, _STEPS, lambda share: Moment("way", ease(share), _breath(share / 2))),
        Clip(BREATH_S / 2, _STEPS, lambda share: Moment("way", ease(1 - share), _breath(0.5 + share / 2))),
    ),
    "rest": Track(_WORKING, _DOWN),
    "switch": Track(_CHANGE),
    "walk": Track(_STRIDE),
}
WALK_TRACKS: Final[dict[MotionKind, Track]] = {**TRACKS, "before": Track(_STRIDE, is_endless=True)}
"""Of a figure that walks."""


def tracks_of(scene: Scene) -> dict[MotionKind, Track]:
    return WALK_TRACKS if scene.walks else TRACKS


def body_at(of: HasFigure | Scene, kind: MotionKind, elapsed_s: float, seconds: float) -> Body:
    """The figure at a moment of a segment, stretched on its near side.

    In `switch` it is the side that comes which is near, from the beginning.

    Args:
        seconds: how long the segment lasts; no matter in `before`.

    Raises:
        ValueError: there is no figure.
    """
    scene = of if isinstance(of, Scene) else of.figure
    if scene is None:
        raise ValueError("an exercise without a figure has no motion")
    clip, share = tracks_of(scene)[kind].at(elapsed_s, seconds)
    return body_of(scene, clip.moment(share))


def moments_of(scene: Scene) -> list[Moment]:
    """Some of every movement of the figure, to find out how much room it needs."""
    shares = [step / 8 for step in range(9)]
    if scene.walks:
        return [Moment("way", 0.0, 1.0), *(Moment("stride", share) for share in shares)]
    moves = [Moment("way", share, breath) for share in shares for breath in (0.0, 1.0)]
    return moves + [Moment("change", share) for share in shares]


def body_of(scene: Scene, moment: Moment) -> Body:
    match moment.of:
        case "way":
            return between(scene.start, scene.work, moment.at, scene, moment.breath)
        case "stride":
            return walking(moment.at)
        case "change":
            return _changing(scene, moment.at)


def _changing(scene: Scene, share: float) -> Body:
    """From the other side's start to this one's: near and far limbs change places."""
    other = swapped(scene.start)
    if scene.change is None:
        return between(other, scene.start, ease(share), scene, step=_STEP_HEIGHT)
    if share < 0.5:
        return between(other, swapped(scene.change), ease(2 * share), scene, step=_STEP_HEIGHT)
    return between(scene.change, scene.start, ease(2 * share - 1), scene, step=_STEP_HEIGHT)


def swapped(pose: Pose) -> Pose:
    """With the limbs of the two sides exchanged."""

    def arm(which: Arm) -> Arm:
        return which if which.on is None else structs.replace(which, on=_other(which.on))

    return structs.replace(
        pose,
        near_leg=pose.far_leg,
        far_leg=pose.near_leg,
        near_arm=arm(pose.far_arm),
        far_arm=arm(pose.near_arm),
        base=None if pose.base is None else _other(pose.base),
        lean=-pose.lean,
    )


def _other(name: _Name) -> _Name:
    """The same part of the other side."""
    mirrored = {"near": "far", "far": "near"}
    side, _dash, rest = name.partition("_")
    return cast("_Name", f"{mirrored[side]}_{rest}") if side in mirrored else name


# ------------------------------------------------------------------------------------------------- from pose to pose


def between(start: Pose, end: Pose, share: float, scene: Scene, breath: float = 0.0, *, step: float = 0.0) -> Body:
    """A moment of the way from one pose to another.

    What rests on the floor in both stays there: a leg that reaches for targets in both goes from the one to the other, and what
    carries the body keeps its place. A hand keeps what it holds. Any other limb turns in its joints, and a foot that would
    sink into what is below it slides along there instead.

    Args:
        step: how high a foot is lifted on its way to another place, in body heights; 0 lets it slide there.
    """
    if share <= 0:
        return solve(start, scene, breath=breath)
    if share >= 1:
        return solve(end, scene, breath=breath)
    first, last = solve(start, scene), solve(end, scene)
    trunk = tuple(a + (b - a) * share for a, b in zip(start.trunk, end.trunk, strict=True))
    base = start.base if start.base == end.base else None
    moment = structs.replace(
        end,
        trunk=trunk,
        hip=mix(first.joints["hip"], last.joints["hip"], share),
        base=base,
        lean=start.lean + (end.lean - start.lean) * share,
    )
    turning = _turning(first, last, trunk, share)
    for arm in ("near_arm", "far_arm"):
        a, b = getattr(start, arm).out, getattr(end, arm).out
        turning[arm] = structs.replace(turning[arm], out=a + (b - a) * share)
    for side in NEAR_AND_FAR:
        leg, arm = f"{side}_leg", f"{side}_arm"
        same_leg = _same_leg(getattr(start, leg), getattr(end, leg), share, step)
        same_arm = _same_arm(getattr(start, arm), getattr(end, arm), share)
        moment = structs.replace(moment, **{leg: same_leg or turning[leg], arm: same_arm or turning[arm]})
    pin = None
    if base is not None:
        joint = _PINNED.get(base, base)
        pin = joint, mix(first.joints[joint], last.joints[joint], share)[0]
    body = solve(moment, scene, breath=breath, pin=pin, slack=_SLACK_ON_THE_WAY)
    for side in NEAR_AND_FAR:
        moving: Leg = getattr(moment, f"{side}_leg")
        x, y = body.lowest("near_foot" if side == "near" else "far_foot")
        if moving.is_free and y < scene.surface(x) and moment.base not in (f"{side}_knee", f"{side}_foot"):
            heel = body.joints[f"{side}_heel"]
            lifted = heel[0], heel[1] - RADIUS["heel"] + scene.surface(x) - y
            raised = Leg(heel=lifted, foot=moving.foot, toes=moving.toes)
            place_leg(body, side, raised, _SLACK_ON_THE_WAY)
        _close_hand(body, side, first, last, share)
        for joint in ("elbow", "wrist", "finger"):  # a hand that lets go leaves where it was slowly
            name = f"{side}_{joint}"
            body.aside[name] = first.aside[name] + (last.aside[name] - first.aside[name]) * share
    return body


def _close_hand(body: Body, side: str, first: Body, last: Body, share: float) -> None:
    """A hand that will hold something, or lie on it, closes on its way."""
    wrist = f"{side}_wrist"
    for part in ("finger", "thumb"):
        before, after = (
            _carried(of.joints[f"{side}_{part}"], of.joints[wrist], of.directions[f"{side}_hand"])
            for of in (first, last)
        )
        along, across = mix(before, after, share)
        direction = body.directions[f"{side}_hand"]
        body.joints[f"{side}_{part}"] = at(at(body.joints[wrist], direction, along), direction + 90, across)


def _carried(point: XY, origin: XY, direction: float) -> XY:
    """Where a point is on the segment that begins at `origin`: along it, and to its left."""
    x, y, turn = point[0] - origin[0], point[1] - origin[1], math.radians(direction)
    return x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)


_PINNED: Final = {"pelvis": "hip", "back": "shoulder", "near_foot": "near_heel", "far_foot": "far_heel"}
"""What keeps its place where this carries the body; knees do so by their own name."""


def _same_leg(start: Leg, end: Leg, share: float, step: float) -> Leg | None:
    """On its way between two targets of one kind; None where they are of two kinds, or there is none."""
    foot = start.foot + (end.foot - start.foot) * share
    sole, heel, ball = (_both(start, end, part, share, step) for part in _FOOT)
    if sole:
        return Leg(sole=sole, foot=foot)
    if heel:
        return Leg(heel=heel, foot=foot)
    return Leg(ball=ball, foot=foot) if ball else None


def _both(start: Leg, end: Leg, part: str, share: float, step: float) -> XY | None:
    a, b = _target(start, part), _target(end, part)
    if a is None or b is None:
        return None
    x, y = mix(a, b, share)
    lift = min(step, abs(b[0] - a[0]) / 2)
    return x, y + 4 * lift * share * (1 - share)


_FOOT: Final = {"sole": 0.0, "heel": -HEEL_BACK, "ball": BALL_AHEAD}
"""What a foot rests on, and how far that is ahead of the ankle."""


def _target(leg: Leg, part: str) -> XY | None:
    """Where this part of the foot rests: as it is given, or, of a foot that stands flat, wherever that is."""
    given: XY | None = getattr(leg, part)
    if given is None and leg.sole is not None and leg.foot == 0:
        return leg.sole[0] + _FOOT[part], leg.sole[1]
    return given


def _same_arm(start: Arm, end: Arm, share: float) -> Arm | None:
    """As `_same_leg`, for a hand that rests or holds."""
    hand = end.hand if start.hand is None or end.hand is None else start.hand + (end.hand - start.hand) * share
    out = start.out + (end.out - start.out) * share
    if start.palm is not None and end.palm is not None:
        return Arm(palm=mix(start.palm, end.palm, share), hand=hand, out=out)
    if start.on is not None and start.on == end.on:
        return Arm(on=end.on, along=start.along + (end.along - start.along) * share, hand=hand, out=out)
    return None


def _turning(first: Body, last: Body, trunk: tuple[float, ...], share: float) -> dict[str, Leg | Arm]:
    """Every limb on its way in its joints: these bend evenly, and so stay within their limits."""
    before, after = first.flexion(), last.flexion()

    def on_the_way(side: str, part: str, beside: str) -> float:
        """How a part is turned against the one beside it."""
        a, b = (
            turned(body.directions[f"{side}_{part}"] - body.directions[f"{side}_{beside}"], -180)
            for body in (first, last)
        )
        return a + (b - a) * share

    limbs: dict[str, Leg | Arm] = {}
    for side in NEAR_AND_FAR:
        hip, knee, ankle, shoulder, elbow = (
            before[f"{side}_{joint}"] + (after[f"{side}_{joint}"] - before[f"{side}_{joint}"]) * share
            for joint in ("hip", "knee", "ankle", "shoulder", "elbow")
        )
        thigh = hip + trunk[0] - 180
        foot = thigh - knee + 90 + ankle
        limbs[f"{side}_leg"] = Leg(
            thigh=thigh, shank=thigh - knee, foot=foot, toes=foot + on_the_way(side, "toes", "foot")
        )
        upper = shoulder + trunk[2] - 180
        limbs[f"{side}_arm"] = Arm(
            upper=upper, fore=upper + elbow, hand=upper + elbow + on_the_way(side, "hand", "forearm")
        )
    return limbs


def way(scene: Scene, joint: str, steps: int = 12) -> tuple[XY, ...]:
    """The way of a joint from the starting to the working pose."""
    return tuple(between(scene.start, scene.work, step / steps, scene).joints[joint] for step in range(steps + 1))
