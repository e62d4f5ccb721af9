"""The figure that bends sideways: as long as ever, and seen from the front as it is seen from the side."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from catalogue.figures import ALL, SCENES, work
from unsit.catalogue.drawing import frame, picture, svg
from unsit.catalogue.figure import Capsule, Line, Polygon
from unsit.catalogue.front import bend_way, card_of, front_shapes
from unsit.catalogue.motion import swapped
from unsit.catalogue.pose import MOST_LEAN, MOST_TILT, UP, Arm, Leg, Pose, Scene
from unsit.catalogue.psoas import psoas_length
from unsit.catalogue.rig import FOREARM, LUMBAR, NECK, SHOULDER_APART, THORAX, UPPER_ARM, Body, Unreachable, solve

REACH = SCENES["half-kneeling-reach"]
leans = st.floats(-MOST_LEAN, MOST_LEAN)
directions = st.floats(-120, 150)


def leaning(lean: float, trunk: float = 90.0, upper: float = -90.0, fore: float = -90.0) -> Body:
    leg, arm = Leg(thigh=-90, shank=-90), Arm(upper=upper, fore=fore)
    pose = Pose(trunk=(trunk,) * 5, hip=(0, 0.53), near_leg=leg, far_leg=leg, near_arm=arm, far_arm=arm, lean=lean)
    return solve(pose, Scene(start=pose, work=pose, rests=()))


def apart(body: Body, a: str, b: str) -> float:
    """In space."""
    return math.hypot(math.dist(body.joints[a], body.joints[b]), body.aside.get(a, 0.0) - body.aside.get(b, 0.0))


@given(lean=leans, trunk=st.floats(UP - MOST_TILT, UP + MOST_TILT), upper=directions, fore=directions)
def test_whoever_leans_is_as_long_as_ever(lean: float, trunk: float, upper: float, fore: float) -> None:
    """Seen from the side a leaning trunk is shorter; what is lost there has gone aside."""
    body = leaning(lean, trunk, upper, fore)
    assert apart(body, "sacrum", "waist") == pytest.approx(LUMBAR)
    assert apart(body, "waist", "shoulder") == pytest.approx(THORAX)
    assert apart(body, "shoulder", "head") == pytest.approx(NECK)
    assert apart(body, "near_shoulder", "far_shoulder") == pytest.approx(2 * SHOULDER_APART)
    for side in ("near", "far"):
        assert apart(body, f"{side}_shoulder", f"{side}_elbow") == pytest.approx(UPPER_ARM)
        assert apart(body, f"{side}_elbow", f"{side}_wrist") == pytest.approx(FOREARM)


@given(lean=leans)
def test_with_the_sides_exchanged_it_leans_to_the_other(lean: float) -> None:
    leg, arm = Leg(thigh=-90, shank=-90), Arm(upper=-90, fore=-70)
    pose = Pose(trunk=(90,) * 5, hip=(0, 0.53), near_leg=leg, far_leg=leg, near_arm=arm, far_arm=arm, lean=lean)
    scene = Scene(start=pose, work=pose, rests=())
    body, other = solve(pose, scene), solve(swapped(pose), scene)
    assert other.joints["near_wrist"] == pytest.approx(body.joints["far_wrist"])
    assert other.aside["near_wrist"] == pytest.approx(-body.aside["far_wrist"])
    assert other.aside["head"] == pytest.approx(-body.aside["head"])


def test_an_arm_that_hangs_goes_on_hanging() -> None:
    """And one that is raised goes with the chest."""
    hanging, raised = leaning(25), leaning(25, upper=90, fore=90)
    for side in ("near", "far"):
        assert hanging.aside[f"{side}_finger"] == pytest.approx(hanging.aside[f"{side}_shoulder"])
        assert raised.aside[f"{side}_finger"] < raised.aside[f"{side}_shoulder"] - 0.15


def test_a_bend_away_lengthens_the_psoas_and_shortens_the_other_one() -> None:
    upright, bent = leaning(0), leaning(25)
    assert psoas_length(bent) > psoas_length(upright) > psoas_length(bent, "far")
    assert psoas_length(upright) == pytest.approx(psoas_length(upright, "far"))


def test_the_reach_bends_to_the_side_of_the_front_leg() -> None:
    """Arm of the kneeling side overhead, its hand over the other shoulder's side; the hand of the other side rests."""
    body = work("half-kneeling-reach")
    assert body.aside["near_finger"] < -0.05 < 0 < body.aside["near_shoulder"]
    assert body.aside["head"] < -0.05
    assert body.joints["near_finger"][1] > body.joints["crown"][1] + 0.1
    assert body.joints["near_shoulder"][1] > body.joints["far_shoulder"][1] + 0.03
    assert math.dist(body.joints["far_palm"], body.joints["far_knee"]) < 0.07


@pytest.mark.parametrize("name", ALL)
def test_who_leans_is_seen_from_the_front_and_nobody_else(name: str) -> None:
    scene = ALL[name]
    shapes = picture(scene, frame(scene))
    assert (any(shape.part == "card" for shape in shapes)) == (name == "half-kneeling-reach")


def test_the_card_shows_the_bend_from_the_front() -> None:
    """Upright the head is above the hips; then head and hand go toward the far side, which is on the right of whoever looks.
    Both stand on one floor, and the card is before the figure."""
    card = card_of(REACH)
    assert card.left > max(x for pose in (REACH.start, REACH.work) for x, _y in solve(pose, REACH).joints.values())
    heads = []
    for pose in (REACH.start, REACH.work):
        shapes = list(front_shapes(REACH, solve(pose, REACH)))
        face = next(outline for shape in shapes if shape.part == "eye" for outline in shape.outlines)
        assert isinstance(face, Polygon)
        assert face.anchors is not None
        heads.append(face.anchors[0][0])
        lows = [
            min(outline.a[1] - outline.radius_a, outline.b[1] - outline.radius_b)
            for shape in shapes
            if shape.part in ("foot", "legs")
            for outline in shape.outlines
            if isinstance(outline, Capsule)
        ]
        assert min(lows) == pytest.approx(0, abs=0.01)
    assert heads[0] == pytest.approx(card.middle)
    assert heads[1] > card.middle + 0.04


def test_the_still_picture_has_an_arrow_along_the_bend() -> None:
    """From upright to where the hand is, on the card; also where nothing may move and on notifications."""
    way, card = bend_way(REACH), card_of(REACH)
    assert all(b[0] > a[0] for a, b in pairwise(way))
    assert all(card.left < x < card.right and y < card.top for x, y in way)
    shapes = picture(REACH, frame(REACH))
    (arrow,) = (shape for shape in shapes if shape.part == "arrow")
    assert any(isinstance(outline, Line) for outline in arrow.outlines)
    assert 'class="card"' in svg(REACH, "x")


def test_what_a_hand_reaches_only_by_the_bend_is_no_hindrance() -> None:
    """On the way there, which the arrow follows, it is out of reach: only the pose itself has to be possible."""
    far = structs.replace(REACH, work=structs.replace(REACH.work, trunk=(97, 94, 119.6, 72, 87)))
    solve(far.work, far)
    with pytest.raises(Unreachable):
        solve(structs.replace(far.work, lean=0.0), far)

    assert all(b[0] > a[0] for a, b in pairwise(bend_way(far)))
    assert picture(far, frame(far))


def test_where_the_working_pose_is_upright_again_the_card_stays() -> None:
    """It is the exercise's, not the pose's: nothing comes and goes while it moves."""
    work_upright = structs.replace(REACH, start=REACH.work, work=structs.replace(REACH.work, lean=0.0))
    assert list(front_shapes(work_upright, solve(work_upright.work, work_upright)))


def test_who_lies_down_cannot_lean() -> None:
    """From the front there would be nothing to recognise: the file of such an exercise is refused with the reason."""
    leg, arm = Leg(thigh=180, shank=180), Arm(upper=0, fore=0)
    lying = Pose(trunk=(180,) * 5, hip=(0, 0.1), near_leg=leg, far_leg=leg, near_arm=arm, far_arm=arm)
    with pytest.raises(ValueError, match="only drawn of a trunk that is upright"):
        Scene(start=lying, work=structs.replace(lying, lean=20.0), rests=())
