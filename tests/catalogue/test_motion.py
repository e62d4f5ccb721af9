"""Every moment of every segment: nobody's joint is forced, nothing sinks in or slides, and nothing jumps."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalogue.figures import EXERCISES, PARTS, POSED, SCENES, TOLERANCE, each_exercise, moments, segments_of
from unsit.catalogue.motion import TRACKS, TURN, between, body_at, swapped
from unsit.catalogue.pose import XY, Arm, Bed, Leg, Part, Pose, Scene
from unsit.catalogue.rig import LIMITS, NEAR_AND_FAR, RADIUS, SHANK, THIGH, Body, Unreachable, rounds, solve

LIMBS = (
    ("hip", "knee", RADIUS["thigh"], RADIUS["knee"]), ("knee", "ankle", RADIUS["knee"], RADIUS["ankle"]),
    ("ankle", "heel", RADIUS["ankle"], RADIUS["heel"]), ("heel", "ball", RADIUS["heel"], RADIUS["ball"]),
    ("shoulder", "elbow", RADIUS["upper_arm"], RADIUS["elbow"]), ("elbow", "wrist", RADIUS["elbow"], RADIUS["wrist"]),
    ("wrist", "finger", RADIUS["wrist"], RADIUS["finger"]),
)  # fmt: skip
PER_S = 60
FASTEST = {"walk": 0.034, "switch": 0.030}
FAST = 0.016
"""How far a joint moves in a sixtieth of a second, in body heights: as a foot swings, as one steps, and anything else."""
JERKIEST = {"walk": 0.009}
JERKY = 0.006
"""How much that changes from one sixtieth to the next: as a foot lands, and anything else."""


@each_exercise
def test_joints_stay_within_what_people_can_do(name: str) -> None:
    for kind, bodies in moments(EXERCISES[name], 8):
        for at, body in enumerate(bodies):
            for joint, degrees in body.flexion().items():
                least, most = LIMITS[joint.split("_")[1]]
                assert least <= degrees <= most, (kind, at / 8, joint, degrees)


@each_exercise
def test_nothing_sinks_into_what_is_below_it(name: str) -> None:
    """Floor, mat, cushion and bed hold every part, from every side."""
    scene = SCENES[name]
    for kind, bodies in moments(EXERCISES[name], 8):
        for at, body in enumerate(bodies):
            for part in PARTS:
                for joint, radius in rounds(part):
                    _x, y = body.joints[joint]
                    assert y - radius > -TOLERANCE, (kind, at / 8, part)
            if scene.bed is not None:
                assert _depth_in_bed(body, scene.bed) < TOLERANCE, (kind, at / 8)
            if scene.cushion is not None and scene.cushion.from_x < body.joints["near_knee"][0] < scene.cushion.to_x:
                assert body.lowest("near_knee")[1] > scene.surface(body.joints["near_knee"][0]) - TOLERANCE, (
                    kind,
                    at / 8,
                )


def _depth_in_bed(body: Body, bed: Bed) -> float:
    """How deep the deepest point of a limb or the back is in the mattress."""
    deepest = -math.inf
    discs = [(body.joints[joint], radius) for part in PARTS for joint, radius in rounds(part)]
    for side in NEAR_AND_FAR:
        for a, b, radius_a, radius_b in LIMBS:
            start, end = (body.joints.get(joint) or body.joints[f"{side}_{joint}"] for joint in (a, b))
            for step in range(5):
                share = step / 4
                point = start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
                discs.append((point, radius_a + (radius_b - radius_a) * share))
    for (x, y), radius in discs:
        over = min(max(x, bed.head), bed.edge)
        under = min(max(y, 0.0), bed.top)
        inside = min(bed.top - y, bed.edge - x, x - bed.head) if (over, under) == (x, y) else 0.0
        deepest = max(deepest, radius + inside if inside > 0 else radius - math.dist((x, y), (over, under)))
    return deepest


def _resting(scene: Scene, body: Body) -> dict[Part, XY]:
    """The parts that touch what is below them -> where."""
    found = {}
    for part in PARTS:
        x, y = body.lowest(part)
        if abs(y - scene.surface(x)) < 0.003:
            found[part] = _place(body, part)
    return found


def _place(body: Body, part: Part) -> XY:
    """What a part is fixed by: the back rolls up from the pelvis and stays on the shoulders, a foot may roll on its ball."""
    anchors = {"back": "shoulder", "pelvis": "hip", "head": "head"}
    if part in anchors:
        return body.joints[anchors[part]]
    side, limb = part.split("_")
    if limb == "foot":
        return min((body.joints[f"{side}_{joint}"] for joint in ("heel", "ball")), key=lambda point: point[1])
    return body.joints[f"{side}_palm" if limb == "hand" else part]


@pytest.mark.parametrize("name", POSED)
def test_what_rests_in_both_poses_rests_all_the_way(name: str) -> None:
    """Within one per cent of body height: it does not lift, nor sink, nor slide, but where the exercise is to slide a heel."""
    scene = SCENES[name]
    first, last = (_resting(scene, solve(pose, scene)) for pose in (scene.start, scene.work))
    both = first.keys() & last.keys()
    assert both, "something carries the body"
    for kind, bodies in moments(EXERCISES[name], 10):
        if kind == "switch":
            continue
        for at, body in enumerate(bodies):
            for part in both:
                x, y = body.lowest(part)
                assert abs(y - scene.surface(x)) < TOLERANCE, (kind, at / 10, part)
                from_x, to_x = sorted((first[part][0], last[part][0]))
                if to_x - from_x < 0.02:
                    assert from_x - TOLERANCE < _place(body, part)[0] < to_x + TOLERANCE, (kind, at / 10, part)


@pytest.mark.parametrize("name", [name for name in POSED if "hold" in segments_of(EXERCISES[name])])
def test_hands_stay_on_what_they_hold(name: str) -> None:
    """Through the whole hold, breath by breath, where the hand holds the same in both poses or only in the working one."""
    scene = SCENES[name]
    for body in (body_at(scene, "hold", elapsed_s, 30) for elapsed_s in (4, 6.5, 9, 14, 20.2, 26)):
        for side in NEAR_AND_FAR:
            arm = getattr(scene.work, f"{side}_arm")
            if arm.on is not None and "thigh" in arm.on:
                leg = arm.on.split("_")[0]
                distance = _distance_to_line(
                    body.joints[f"{side}_palm"], body.joints["hip"], body.joints[f"{leg}_knee"]
                )
                assert 0.02 < distance < 0.062, side


def _distance_to_line(point: XY, a: XY, b: XY) -> float:
    across = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
    return abs(across) / math.dist(a, b)


@each_exercise
def test_segments_keep_their_lengths(name: str) -> None:
    for _kind, bodies in moments(EXERCISES[name], 8):
        for body in bodies:
            for side in NEAR_AND_FAR:
                assert math.dist(body.joints["hip"], body.joints[f"{side}_knee"]) == pytest.approx(THIGH)
                assert math.dist(body.joints[f"{side}_knee"], body.joints[f"{side}_ankle"]) == pytest.approx(SHANK)


@each_exercise
def test_nothing_jumps_at_sixty_frames_a_second(name: str) -> None:
    """Neither does a joint leap, nor does its speed; from the first to the last moment of every segment."""
    for kind, bodies in moments(EXERCISES[name], PER_S):
        way = "walk" if name == "walk" and kind in ("before", "walk") else kind
        fastest, jerkiest = FASTEST.get(way, FAST), JERKIEST.get(way, JERKY)
        steps = [
            {
                joint: (point[0] - before.joints[joint][0], point[1] - before.joints[joint][1])
                for joint, point in body.joints.items()
            }
            for before, body in pairwise(bodies)
        ]
        for at, step in enumerate(steps):
            joint, longest = max(((joint, math.hypot(*by)) for joint, by in step.items()), key=lambda found: found[1])
            assert longest < fastest, (kind, at / PER_S, joint)
        for at, (step, after) in enumerate(pairwise(steps)):
            for joint, by in step.items():
                assert math.dist(by, after[joint]) < jerkiest, (kind, at / PER_S, joint)


@pytest.mark.parametrize("name", POSED)
def test_each_segment_goes_on_where_the_one_before_ended(name: str) -> None:
    """prepare -> work -> switch -> work: between them nothing moves."""
    text, scene = EXERCISES[name], SCENES[name]
    start = body_at(scene, "prepare", 0, 10)
    ends = [body_at(scene, "prepare", 10, 10), body_at(scene, text.work, 0, 30)]
    if text.work != "rest":  # which is the last
        ends.append(body_at(scene, text.work, 30, 30))
    if text.per_side:
        ends.append(body_at(scene, "switch", 8, 8))
    for body in ends:
        assert body.joints == {joint: pytest.approx(point) for joint, point in start.joints.items()}


def test_the_switch_begins_as_the_other_side_ended() -> None:
    """Its near limbs are where the other side's far ones were."""
    for name, text in EXERCISES.items():
        if text.per_side:
            scene = SCENES[name]
            before, after = solve(scene.start, scene), body_at(scene, "switch", 0, 8)
            for joint, point in after.joints.items():
                side, _dash, limb = joint.partition("_")
                was = {"near": f"far_{limb}", "far": f"near_{limb}"}.get(side, joint)
                assert point == pytest.approx(before.joints[was], abs=1e-6), (name, joint)
            assert body_at(scene, "switch", 8 * TURN, 8).joints == after.joints
            assert swapped(swapped(scene.start)) == scene.start


def test_feet_that_change_places_are_lifted() -> None:
    """One steps; nobody drags a foot across the floor."""
    scene = SCENES["standing-lunge"]
    bodies = [body_at(scene, "switch", 8 * share / 40, 8) for share in range(41)]
    highest = max(
        min(body.joints[f"{side}_{joint}"][1] for joint in ("heel", "ball")) for body in bodies for side in NEAR_AND_FAR
    )
    assert highest > 0.05


@pytest.mark.parametrize("seconds", [15, 30, 45, 60, 120])
def test_a_hold_is_entered_slowly_and_held_for_all_but_the_ways(seconds: float) -> None:
    scene = SCENES["half-kneeling"]
    held = solve(scene.work, scene)
    for elapsed_s in (3.0, seconds / 2, seconds - 3.0):
        body = body_at(scene, "hold", elapsed_s, seconds)
        assert body.joints["near_knee"] == pytest.approx(held.joints["near_knee"], abs=1e-6)
        assert body.joints["hip"] == pytest.approx(held.joints["hip"], abs=1e-6)
    assert body_at(scene, "hold", 1.5, seconds).joints["hip"][0] < held.joints["hip"][0] - 0.02


def test_a_segment_too_short_for_its_ways_is_gone_through_faster() -> None:
    scene = SCENES["half-kneeling"]
    middle, held = body_at(scene, "hold", 2.0, 4.0), solve(scene.work, scene)
    assert middle.joints["hip"] == pytest.approx(held.joints["hip"], abs=1e-6)
    assert body_at(scene, "hold", 4.0, 4.0).joints["hip"] == pytest.approx(solve(scene.start, scene).joints["hip"])


@pytest.mark.parametrize(("count", "seconds"), [(10, 40.0), (3, 12.0), (1, 4.0)])
def test_each_repetition_takes_its_four_seconds(count: int, seconds: float) -> None:
    """Up after one and a half, held for a moment, down again, and at rest as the next begins."""
    scene = SCENES["glute-bridge"]
    down, up = solve(scene.start, scene).joints["hip"], solve(scene.work, scene).joints["hip"]
    for number in range(count):
        for into_s, hip in ((0.0, down), (1.5, up), (2.0, up), (3.5, down)):
            assert body_at(scene, "reps", 4.0 * number + into_s, seconds).joints["hip"] == pytest.approx(hip, abs=1e-4)


def test_breaths_last_six_seconds_with_the_hips_up() -> None:
    """In the first half of each breath the belly comes out; the first one lifts the hips, the last one lowers them."""
    scene = SCENES["bridge"]
    up = solve(scene.work, scene).joints["hip"]
    assert body_at(scene, "breaths", 3.0, 30).joints["hip"] == pytest.approx(up)
    assert body_at(scene, "breaths", 27.0, 30).joints["hip"] == pytest.approx(up)
    for number in range(1, 4):
        out, full = (body_at(scene, "breaths", 6.0 * number + into_s, 30).joints["belly"] for into_s in (0.0, 3.0))
        assert math.dist(out, full) > 0.012
    assert body_at(scene, "breaths", 0.0, 30).joints["hip"][1] < up[1] - 0.05


@pytest.mark.parametrize("kind", ["prepare", "hold", "rest"])
def test_one_breathes_while_nothing_else_moves(kind: str) -> None:
    scene = SCENES["constructive-rest" if kind == "rest" else "supine"]
    bodies = [body_at(scene, kind, 6 + step / 4, 30) for step in range(24)]  # type: ignore[arg-type]  # three of the kinds
    belly = [body.joints["belly"] for body in bodies]
    assert 0.012 < max(math.dist(a, b) for a in belly for b in belly) < 0.02
    assert {body.joints["hip"] for body in bodies} == {bodies[0].joints["hip"]}


def test_before_shows_the_whole_exercise_again_and_again() -> None:
    scene = SCENES["half-kneeling"]
    start, held = (solve(pose, scene).joints["hip"] for pose in (scene.start, scene.work))
    lasts_s = TRACKS["before"].loop.seconds
    for again in range(3):
        assert body_at(scene, "before", again * lasts_s, 0).joints["hip"] == pytest.approx(start)
        assert body_at(scene, "before", again * lasts_s + 5.0, 0).joints["hip"] == pytest.approx(held)


def test_an_exercise_without_a_figure_has_no_motion() -> None:
    class Nothing:
        figure = None

    with pytest.raises(ValueError, match="without a figure"):
        body_at(Nothing(), "hold", 0, 30)


@given(
    start=st.tuples(st.floats(-0.3, 0.3), st.floats(0.05, 0.6), st.floats(60, 120)),
    end=st.tuples(st.floats(-0.3, 0.3), st.floats(0.05, 0.6), st.floats(60, 120)),
    share=st.floats(0, 1),
)
def test_between_any_two_poses_there_is_a_body(
    start: tuple[float, float, float], end: tuple[float, float, float], share: float
) -> None:
    """Of a figure of the person's own, of which only the poses have been looked at."""

    def pose(hip_x: float, hip_y: float, trunk: float) -> Pose:
        leg, arm = Leg(sole=(0.1, 0.0)), Arm(on="far_thigh_front")
        return Pose(trunk=(trunk,) * 5, hip=(hip_x, hip_y), near_leg=leg, far_leg=leg, near_arm=arm, far_arm=arm)

    first, last = pose(*start), pose(*end)
    scene = Scene(start=first, work=last, rests=())
    try:
        solve(first, scene)
        solve(last, scene)
    except Unreachable:
        assume(False)
    body = between(first, last, share, scene)
    assert all(math.isfinite(number) for point in body.joints.values() for number in point)
