"""The rig: joints that bend as joints do, and positions that are what the words say."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalogue.figures import ALL, SCENES, TOLERANCE, work
from unsit.catalogue.motion import way
from unsit.catalogue.pose import XY, Arm, Leg, Pose, Scene
from unsit.catalogue.rig import (
    FOREARM,
    LUMBAR,
    NEAR_AND_FAR,
    PELVIS,
    SHANK,
    THIGH,
    THORAX,
    UPPER_ARM,
    Unreachable,
    bend,
    solve,
)

SUPINE = ("lying-1", "lying-2", "supine", "constructive-rest", "bridge", "glute-bridge", "straight-leg-raise")


def test_every_exercise_has_a_figure() -> None:
    assert len(SCENES) == 12


def test_the_trunk_is_as_long_as_the_table_says() -> None:
    """Hip to shoulder: 0.288 of body height."""
    assert pytest.approx(0.288) == PELVIS + LUMBAR + THORAX


@pytest.mark.parametrize("scene", ALL.values(), ids=ALL.keys())
def test_what_rests_touches_what_is_below_it(scene: Scene) -> None:
    """Floor, cushion, bed or seat, within one per cent of body height."""
    body = solve(scene.work, scene)
    for part in scene.rests:
        x, y = body.lowest(part)
        assert y == pytest.approx(scene.surface(x), abs=TOLERANCE), part


def test_hands_hold_what_they_are_said_to_hold() -> None:
    """Level 1 and 2: behind the thigh, so that nothing presses on the knee. Supine: the shin, close to the knee."""
    for exercise_id in ("lying-1", "lying-2"):
        j = work(exercise_id).joints
        assert math.dist(j["near_palm"], j["far_knee"]) > 0.08
        assert 0.02 < _distance_to_line(j["near_palm"], j["hip"], j["far_knee"]) < 0.06
    j = work("supine").joints
    assert math.dist(j["near_palm"], j["far_knee"]) < 0.06


@given(out=st.floats(0, 45), upper=st.floats(-120, 60), fold=st.floats(0, 120))
def test_an_arm_whose_elbow_stands_out_is_as_long_as_ever(out: float, upper: float, fold: float) -> None:
    """It is only seen shorter: what is lost in the picture goes out to the side, and comes back with the forearm."""
    leg, arm = Leg(thigh=-90, shank=-90), Arm(upper=upper, fore=upper + fold, out=out)
    pose = Pose(trunk=(90,) * 5, hip=(0.0, 0.53), near_leg=leg, far_leg=leg, near_arm=arm, far_arm=arm)
    j = solve(pose, Scene(start=pose, work=pose, rests=())).joints
    aside = UPPER_ARM * math.sin(math.radians(out))
    assert math.hypot(math.dist(j["shoulder"], j["near_elbow"]), aside) == pytest.approx(UPPER_ARM)
    assert math.hypot(math.dist(j["near_elbow"], j["near_wrist"]), aside) == pytest.approx(FOREARM)


def test_a_hand_lies_flat_on_a_thigh_and_closes_around_what_it_holds() -> None:
    for name, is_open in (("half-kneeling", True), ("standing-lunge", True), ("lying-1", False), ("supine", False)):
        j = work(name).joints
        assert (math.dist(j["near_wrist"], j["near_finger"]) > 0.08) == is_open, name


def _distance_to_line(point: XY, a: XY, b: XY) -> float:
    across = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
    return abs(across) / math.dist(a, b)


# ------------------------------------------------------------------------------------------- the position is what is said


@pytest.mark.parametrize("exercise_id", SUPINE)
def test_who_lies_on_the_back_looks_up(exercise_id: str) -> None:
    body = work(exercise_id)
    assert math.sin(math.radians(body.directions["head"] - 90)) > 0.95
    assert body.joints["chest"][0] < body.joints["hip"][0]


@pytest.mark.parametrize("exercise_id", ["walk", "standing-lunge", "half-kneeling", "half-kneeling-reach"])
def test_who_is_upright_looks_ahead(exercise_id: str) -> None:
    body = work(exercise_id)
    assert math.cos(math.radians(body.directions["head"] - 90)) > 0.95
    assert body.joints["head"][1] > body.joints["hip"][1] + 0.3


def test_the_near_hip_is_the_stretched_one() -> None:
    """Its thigh goes behind the trunk, or in line with it, while the other hip is bent."""
    for exercise_id in ("standing-lunge", "half-kneeling", "half-kneeling-reach", "lying-1", "lying-2", "supine"):
        flexion = work(exercise_id).flexion()
        assert flexion["near_hip"] < 10, exercise_id
        assert flexion["far_hip"] > 20, exercise_id
    for exercise_id in ("lying-1", "lying-2", "supine"):
        assert work(exercise_id).flexion()["far_hip"] > 110


def test_half_kneeling_starts_square() -> None:
    """Front knee and hip at a right angle."""
    scene = SCENES["half-kneeling"]
    flexion = solve(scene.start, scene).flexion()
    assert flexion["far_hip"] == pytest.approx(90, abs=12)
    assert flexion["far_knee"] == pytest.approx(90, abs=12)
    assert solve(scene.work, scene).joints["hip"][0] > solve(scene.start, scene).joints["hip"][0] + 0.05


def test_the_reaching_arm_is_overhead_and_of_the_kneeling_side() -> None:
    j = work("half-kneeling-reach").joints
    assert j["near_wrist"][1] > j["crown"][1] + 0.05
    assert j["far_wrist"][1] < j["shoulder"][1]


def test_level_two_hangs_off_the_bed() -> None:
    scene, body = SCENES["lying-2"], work("lying-2")
    assert scene.bed is not None
    assert body.joints["near_knee"][0] > scene.bed.edge
    assert body.lowest("near_foot")[1] < scene.bed.top
    assert body.lowest("near_foot")[1] > 0.02
    assert body.joints["hip"][0] < scene.bed.edge


def test_constructive_rest_has_the_heels_a_forearm_from_the_buttocks() -> None:
    """30 to 40 cm, for somebody of 1.75 m."""
    body = work("constructive-rest")
    for side in NEAR_AND_FAR:
        gap_m = (body.joints[f"{side}_heel"][0] - 0.018 - body.joints["buttock"][0] - 0.02) * 1.75
        assert 0.30 <= gap_m <= 0.45


@pytest.mark.parametrize("exercise_id", ["bridge", "glute-bridge"])
def test_a_bridge_is_straight_from_shoulder_to_knee(exercise_id: str) -> None:
    j = work(exercise_id).joints
    assert _distance_to_line(j["hip"], j["shoulder"], j["near_knee"]) < 0.015
    assert j["hip"][1] > j["shoulder"][1] + 0.1


def test_the_raised_leg_is_straight_and_the_other_stays_down() -> None:
    body = work("straight-leg-raise")
    assert abs(body.flexion()["near_knee"]) < 5
    assert body.flexion()["near_hip"] > 40
    assert body.lowest("far_foot")[1] < TOLERANCE


def test_bird_dog_stretches_a_leg_and_the_other_arm() -> None:
    body = work("bird-dog")
    assert body.joints["near_ankle"][1] > 0.2
    assert body.joints["far_wrist"][1] > body.joints["shoulder"][1]
    assert body.lowest("far_knee")[1] < TOLERANCE
    assert body.lowest("near_hand")[1] < TOLERANCE


def test_walking_arms_swing_against_the_legs() -> None:
    j = work("walk").joints
    assert j["near_ankle"][0] < j["hip"][0] < j["far_ankle"][0]
    assert j["near_wrist"][0] > j["shoulder"][0] > j["far_wrist"][0]


def test_the_drawn_way_leads_from_start_to_work() -> None:
    scene = SCENES["straight-leg-raise"]
    points = way(scene, "near_ankle")
    assert points[0] == pytest.approx(solve(scene.start, scene).joints["near_ankle"])
    assert points[-1] == pytest.approx(solve(scene.work, scene).joints["near_ankle"])


# ------------------------------------------------------------------------------------------------------- two-bone chain

lengths = st.floats(0.1, 0.4)


@given(
    upper=lengths,
    lower=lengths,
    distance=st.floats(0.01, 0.8),
    line=st.floats(-180, 180),
    turn=st.sampled_from((1, -1)),
)
def test_two_bones_reach_every_target_within_reach(
    upper: float, lower: float, distance: float, line: float, turn: int
) -> None:
    """And bend the way that their joint bends."""
    assume(abs(upper - lower) + 0.001 < distance < upper + lower - 0.001)
    target = distance * math.cos(math.radians(line)), distance * math.sin(math.radians(line))

    first, second = bend((0, 0), target, upper, lower, 1 if turn == 1 else -1)

    x = upper * math.cos(math.radians(first)) + lower * math.cos(math.radians(second))
    y = upper * math.sin(math.radians(first)) + lower * math.sin(math.radians(second))
    assert (x, y) == pytest.approx(target, abs=1e-6)
    assert turn * (first - second) >= 0


def test_a_target_out_of_reach_is_refused_but_for_the_slack() -> None:
    with pytest.raises(Unreachable, match=r"near_leg: the target is 0\.500 away, the limb reaches 0\.491"):
        bend((0, 0), (0.5, 0), THIGH, SHANK, 1, name="near_leg")
    assert bend((0, 0), (0.5, 0), THIGH, SHANK, 1, slack=0.01) == pytest.approx((0, 0), abs=1e-5)
    with pytest.raises(Unreachable):
        bend((0, 0), (0.1, 0), 0.4, 0.1, 1)


def test_a_pose_cannot_rest_on_a_leg_that_hangs_on_its_height() -> None:
    leg, arm = Leg(sole=(0.1, 0)), Arm(upper=-90, fore=-80)
    with pytest.raises(ValueError, match="rests on a leg that has no directions"):
        Pose(trunk=(90, 90, 90, 90, 90), near_leg=leg, far_leg=leg, near_arm=arm, far_arm=arm, base="near_foot")
