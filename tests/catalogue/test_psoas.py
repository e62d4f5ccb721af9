"""The psoas of the figure: seated it is short, standing longer, stretched longer still; and it never jumps."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from catalogue.figures import EXERCISES, SCENES, moments
from unsit.catalogue.motion import body_at
from unsit.catalogue.pose import Arm, Leg, Pose, Scene
from unsit.catalogue.psoas import SEATED, path_of, psoas_length, psoas_percent
from unsit.catalogue.rig import Body, at, solve

STRETCHES = [name for name, text in EXERCISES.items() if text.kind == "stretch"]
HEIGHT_M = 1.80


def bent(hip_degrees: float, lumbar_degrees: float = 0.0) -> Body:
    """Standing, with the near hip and the lumbar spine bent forward."""
    hanging = Arm(upper=-90, fore=-90)
    thigh = -90 + hip_degrees
    pose = Pose(
        trunk=(90, 90 - lumbar_degrees, 90 - lumbar_degrees, 90, 90),
        hip=(0.0, 0.53),
        near_leg=Leg(thigh=thigh, shank=thigh),
        far_leg=Leg(thigh=-90, shank=-90),
        near_arm=hanging,
        far_arm=hanging,
    )
    return solve(pose, Scene(start=pose, work=pose, rests=()))


def test_seated_is_what_it_is_compared_with() -> None:
    assert psoas_percent(solve(SEATED.work, SEATED)) == pytest.approx(100)
    assert psoas_percent(bent(0)) > 110


@pytest.mark.parametrize("name", STRETCHES)
def test_every_stretch_lengthens_it_beyond_standing_on_the_stretched_side(name: str) -> None:
    """And beyond the other side, and beyond the pose that it is begun from."""
    held, begun = body_at(SCENES[name], "hold", 10, 30), body_at(SCENES[name], "hold", 0, 30)
    assert psoas_percent(held) > psoas_percent(bent(0)) + 1.5
    assert psoas_percent(held) > psoas_percent(held, "far") + 10
    assert psoas_percent(held) > psoas_percent(begun)


def test_the_deeper_stretches_lengthen_it_more() -> None:
    percent = {name: psoas_percent(body_at(SCENES[name], "hold", 10, 30)) for name in STRETCHES}
    assert percent["lying-2"] > percent["lying-1"]
    assert percent["half-kneeling-reach"] >= percent["half-kneeling"]


def test_it_grows_with_every_degree_of_extension() -> None:
    """From a knee at the chest to a leg far behind, by no more than the muscle's lever allows."""
    lengths = [psoas_percent(bent(degrees)) for degrees in range(135, -36, -1)]
    assert all(0.05 < after - before < 0.5 for before, after in pairwise(lengths))


def test_its_lever_at_the_hip_is_that_of_the_model() -> None:
    """Delp's subject: about 3 to 5 cm around standing (the length's change by the angle is the lever, wherever it runs)."""
    step = 2.0
    for degrees in (-20, -10, 0, 20):
        change = psoas_length(bent(degrees - step)) - psoas_length(bent(degrees + step))
        lever_m = change / math.radians(2 * step) * HEIGHT_M
        assert 0.03 < lever_m < 0.055, degrees


def test_a_bent_back_shortens_it() -> None:
    assert psoas_length(bent(0, 30)) < psoas_length(bent(0)) < psoas_length(bent(0, -10))


def test_it_does_not_pass_through_the_hip() -> None:
    """The band lies on the front of the joint in extension, and runs clear of it when the hip is bent."""
    for degrees in range(-35, 136, 5):
        body = bent(degrees)
        hip = body.joints["hip"]
        for point in path_of(body).over:
            assert math.dist(point, hip) > 0.0235, degrees


def test_it_runs_from_the_lumbar_spine_to_the_inside_of_the_thigh() -> None:
    body = bent(0)
    path = path_of(body)
    assert all(body.joints["sacrum"][1] < y < body.joints["waist"][1] + 0.01 for _x, y in path.origins)
    trochanter = at(body.joints["hip"], -90, 0.0597 / HEIGHT_M)
    assert path.over[-1] == pytest.approx((trochanter[0] - 0.0188 / HEIGHT_M, trochanter[1]), abs=1e-6)


@pytest.mark.parametrize("name", [name for name, scene in SCENES.items() if scene.muscle])
def test_the_number_never_jumps(name: str) -> None:
    """At thirty looks a second, from the first to the last moment of every segment in which it is shown."""
    for kind, bodies in moments(EXERCISES[name], 60):
        if kind == "switch":  # it is one side's before and the other's after
            continue
        percents = [psoas_percent(body) for body in bodies[::2]]
        assert max(abs(after - before) for before, after in pairwise(percents)) < 1.0, kind
