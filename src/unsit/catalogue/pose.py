"""A pose as it stands in an exercise's file: directions of the trunk, and for each limb directions or a target to reach.

Body height is 1; x grows to the right, y upward, and the floor is at y = 0. The upright figure faces right, so the near limbs
are its right ones, and the near leg is the stretched (or working) one: the figure of the left side is the mirror image.
A direction is in degrees, counter-clockwise from +x: a thigh that hangs straight down points to -90.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from unsit.words import _

XY = tuple[float, float]

Part = Literal[
    "pelvis", "back", "head",
    "near_knee", "near_foot", "near_hand", "near_elbow",
    "far_knee", "far_foot", "far_hand", "far_elbow",
]  # fmt: skip
"""What can rest on a surface."""

Base = Literal["pelvis", "back", "near_knee", "near_foot", "far_knee", "far_foot"]
"""What can carry the body: these are where they are before any limb has reached for its target."""

Joint = Literal[
    "hip", "head", "near_knee", "near_ankle", "near_elbow", "near_wrist", "far_knee", "far_ankle", "far_wrist"
]

Grip = Literal[
    "hip_front", "waist_front",
    "near_thigh_front", "near_thigh_back", "near_shin_front", "near_shin_back",
    "far_thigh_front", "far_thigh_back", "far_shin_front", "far_shin_back",
]  # fmt: skip
"""Where on the body a hand can hold."""


class Leg(Struct, frozen=True, forbid_unknown_fields=True):
    """Either the directions of thigh and shank, or the point that heel, ball or sole (below the ankle) rests on.

    Attributes:
        foot: direction from heel to ball.
        toes: direction of the toes; without it that of the foot, and flat where the ball is what rests.
    """

    thigh: float | None = None
    shank: float | None = None
    heel: XY | None = None
    ball: XY | None = None
    sole: XY | None = None
    foot: float = 0.0
    toes: float | None = None

    def __post_init__(self) -> None:
        targets = [target for target in (self.heel, self.ball, self.sole) if target is not None]
        directions = [direction for direction in (self.thigh, self.shank) if direction is not None]
        if (len(directions), len(targets)) not in ((2, 0), (0, 1)):
            raise ValueError(_("needs both thigh and shank, or one of heel, ball and sole"))

    @property
    def is_free(self) -> bool:
        """Given by directions, not by what it reaches."""
        return self.heel is None and self.ball is None and self.sole is None


class Arm(Struct, frozen=True, forbid_unknown_fields=True):
    """Either the directions of upper arm and forearm, or the point the palm's middle reaches, or what the hand holds.

    Attributes:
        along: how far along the held part, 0 at its upper end, 1 at its lower.
        hand: direction of the hand; without it, that of the forearm.
        out: how far the elbow stands out to the side, in degrees: seen from the side, upper arm and forearm are shorter. The
            hand is back beside the body.
    """

    upper: float | None = None
    fore: float | None = None
    palm: XY | None = None
    on: Grip | None = None
    along: float = 0.5
    hand: float | None = None
    out: Annotated[float, Meta(ge=0, le=45)] = 0.0

    def __post_init__(self) -> None:
        directions = [direction for direction in (self.upper, self.fore) if direction is not None]
        targets = [target for target in (self.palm, self.on) if target is not None]
        if (len(directions), len(targets)) not in ((2, 0), (0, 1)):
            raise ValueError(_("needs both upper and fore, or one of palm and on"))


MOST_LEAN: Final = 35.0
"""Degrees: about as far as the trunks of healthy adults bend sideways."""
UP: Final = 90.0
MOST_TILT: Final = 45.0
"""Degrees of the chest from upright in which a figure is still seen well from the front."""


class Pose(Struct, frozen=True, forbid_unknown_fields=True):
    """Attributes:
    hip: the middle of the hip joint. Its height follows from `base`, where that is given.
    base: the part that carries the body: the hip is as high as lets it touch the surface below. It must not be a limb
        that reaches for a target, for that one hangs on the hip's height.
    lean: how far chest, neck and head bend sideways, toward the far side, in degrees; the lumbar spine half of that. A
        raised arm goes with the chest, one that hangs goes on hanging. A figure that leans is seen from the front, too
        (front.py).
    trunk: directions of pelvis, lumbar spine, chest and neck, from the hip upward, and of the head from chin to crown.
    """

    trunk: tuple[float, float, float, float, float]
    near_leg: Leg
    far_leg: Leg
    near_arm: Arm
    far_arm: Arm
    hip: XY = (0.0, 0.0)
    base: Base | None = None
    lean: Annotated[float, Meta(ge=-MOST_LEAN, le=MOST_LEAN)] = 0.0

    def __post_init__(self) -> None:
        for side, leg in (("near", self.near_leg), ("far", self.far_leg)):
            if self.base in (f"{side}_knee", f"{side}_foot") and not leg.is_free:
                raise ValueError(_("rests on a leg that has no directions"))

    @property
    def is_upright(self) -> bool:
        """The chest points up rather than along the floor."""
        return abs(self.trunk[2] - UP) <= MOST_TILT


class Bed(Struct, frozen=True, forbid_unknown_fields=True):
    """A bed or bench that reaches from `head` (x) to `edge` (x), with its surface at `top` (y)."""

    top: float
    head: float
    edge: float

    def __post_init__(self) -> None:
        if self.head == self.edge or not self.top > 0:
            raise ValueError(_("needs a head and an edge that are apart, and a top above the floor"))


class Cushion(Struct, frozen=True, forbid_unknown_fields=True):
    """Something soft of the given height between two x, on whatever is there."""

    from_x: float
    to_x: float
    height: float

    def __post_init__(self) -> None:
        if self.from_x == self.to_x:
            raise ValueError(_("begins and ends at the same place"))


class Chair(Struct, frozen=True, forbid_unknown_fields=True):
    """`back` is the x of the backrest's front, `seat` the height of the seat."""

    back: float
    seat: float


class Scene(Struct, frozen=True, forbid_unknown_fields=True):
    """Attributes:
    start, work: how one gets ready, and what is held (or the far end of a repetition).
    change: what one comes through where the sides are changed; without it, straight from the one start to the other.
    rests: what lies on a surface in the working pose.
    mat: from x to x, on the floor.
    ghost: the starting pose is shown faintly behind the working one.
    arrow: a joint whose way from start to work is drawn.
    muscle: the near psoas is shown.
    walks: what is done is the walk; the working pose is a step of it.
    """

    start: Pose
    work: Pose
    rests: tuple[Part, ...]
    mat: XY | None = None
    bed: Bed | None = None
    cushion: Cushion | None = None
    chair: Chair | None = None
    ghost: bool = False
    arrow: Joint | None = None
    muscle: bool = False
    walks: bool = False
    change: Pose | None = None

    def __post_init__(self) -> None:
        poses = [pose for pose in (self.start, self.work, self.change) if pose is not None]
        if any(pose.lean for pose in poses) and not all(pose.is_upright for pose in poses):
            # From the front, where the bend is seen, one who lies down is a heap.
            raise ValueError(_("leans to the side, which is only drawn of a trunk that is upright: directions near 90"))

    def surface(self, x: float) -> float:
        """Height of what one lies, kneels or stands on at `x`."""
        height = 0.0
        if self.bed is not None and self.bed.head <= x <= self.bed.edge:
            height = self.bed.top
        if self.chair is not None and self.chair.back <= x <= self.chair.back + CHAIR_DEPTH:
            height = self.chair.seat
        if self.cushion is not None:
            outside = max(self.cushion.from_x - x, x - self.cushion.to_x, 0.0)
            height += self.cushion.height * max(0.0, 1 - outside / CUSHION_EDGE)
        return height


CHAIR_DEPTH: Final = 0.24
CUSHION_EDGE: Final = 0.05
"""It is soft: what is beside it within this distance is not quite on the floor."""
