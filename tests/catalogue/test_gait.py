"""The walk is one: heel, sole, ball; nobody slides, and the arms swing against the legs."""

from __future__ import annotations

import pytest

from unsit.catalogue.gait import STRIDE, walking
from unsit.catalogue.rig import NEAR_AND_FAR, RADIUS, Body

STEPS = 200
STRIDES = [walking(step / STEPS) for step in range(STEPS)]
TOUCH = 0.0005


def touching(body: Body, side: str) -> set[str]:
    """The parts of a foot that are on the floor."""
    return {part for part in ("heel", "ball", "tip") if body.joints[f"{side}_{part}"][1] - RADIUS[part] < TOUCH}


@pytest.mark.parametrize("side", NEAR_AND_FAR)
def test_what_carries_moves_back_exactly_as_the_ground_does(side: str) -> None:
    """Heel while it is down, ball while it is: within two thousandths of body height; the ground has a constant speed."""
    for part in ("heel", "ball"):
        down = [(step, body) for step, body in enumerate(STRIDES) if part in touching(body, side)]
        assert len(down) > STEPS * 0.3, part
        begin = next(step for step, _body in down if (step - 1) % STEPS not in {other for other, _ in down})
        ordered = sorted(down, key=lambda found: (found[0] - begin) % STEPS)
        first = ordered[0][1].joints[f"{side}_{part}"][0]
        for step, body in ordered:
            ground = first - STRIDE * ((step - begin) % STEPS) / STEPS
            swings = part == "ball" and (step - begin) % STEPS > STEPS * 0.55
            if not swings:
                assert body.joints[f"{side}_{part}"][0] == pytest.approx(ground, abs=0.002), (part, step)


def test_a_foot_lands_on_its_heel_rolls_over_the_sole_and_leaves_from_the_ball() -> None:
    order: list[frozenset[str]] = []
    for body in STRIDES[: int(STEPS * 0.75)]:
        now = frozenset(touching(body, "near"))
        if not order or order[-1] != now:
            order.append(now)
    sole = next(at for at, parts in enumerate(order) if {"heel", "ball"} <= parts)
    assert order[0] == {"heel"}
    assert all("heel" not in parts for parts in order[sole + 2 :])
    assert order[-1] == frozenset()


def test_one_foot_always_carries_and_sometimes_both() -> None:
    carrying = [sum(bool(touching(body, side)) for side in NEAR_AND_FAR) for body in STRIDES]
    assert set(carrying) == {1, 2}
    assert 0.15 < carrying.count(2) / STEPS < 0.4


def test_arms_swing_against_the_legs() -> None:
    for body in STRIDES:
        j = body.joints
        if abs(j["near_ankle"][0] - j["far_ankle"][0]) > 0.15:
            assert (j["near_ankle"][0] > j["far_ankle"][0]) == (j["near_wrist"][0] < j["far_wrist"][0])


def test_the_sides_do_the_same_half_a_stride_apart() -> None:
    for step in range(0, STEPS, 10):
        now, later = walking(step / STEPS).joints, walking((step / STEPS + 0.5) % 1).joints
        for joint in ("knee", "ankle", "heel", "tip", "wrist"):
            assert now[f"near_{joint}"] == pytest.approx(later[f"far_{joint}"], abs=1e-9)


def test_it_is_a_human_gait() -> None:
    """Hip about 30 degrees forward and a little back, knee nearly straight, and about 60 in the swing; no hopping."""
    hips = [body.flexion()["near_hip"] for body in STRIDES]
    knees = [body.flexion()["near_knee"] for body in STRIDES]
    heights = [body.joints["hip"][1] for body in STRIDES]
    assert 20 < max(hips) < 40
    assert -20 < min(hips) < 0
    assert 45 < max(knees) < 70
    assert min(knees) < 12
    assert max(heights) - min(heights) < 0.03
