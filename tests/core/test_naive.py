"""The second reading of the rules and the random days are tools: are they fit to be held against the core?"""

from __future__ import annotations

from collections import Counter

import pytest

from core.naive import run
from core.scripts import FEATURES, random_script


def test_the_day_of_the_documentation_comes_out() -> None:
    """The lines that docs/rules.md prints, as far as the model predicts them."""
    script = [
        "2026-03-02T09:00:00 start",
        "+1h6m10s snooze",
        "+10m20s begin",
        "+1h3m18s hold call",
        "+0s hold dnd",
        "+20m12s leave",
        "+7m back",
        "+3m snooze",
    ]

    assert [line.replace("2026-03-02T", "").replace("+00:00", "") for line in run(script)] == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:06:10 snooze for=600 until=10:16:10",
        "10:16:10 prompt exercise=standing-lunge sat=4570 snoozes_left=2",
        "10:19:48 outcome completed left=30 right=30 walk=120",
        "11:19:48 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "11:45:00 outcome away sat=4812",
        "11:47:00 natural seconds=420",
    ]


def test_random_days_reach_everything_that_can_be_said() -> None:
    """Every line that the model predicts occurs in them, in order of time."""
    said: Counter[str] = Counter()
    for seed in range(300):
        lines = run(random_script(seed))
        assert [line.split()[0] for line in lines] == sorted(line.split()[0] for line in lines)
        said.update(" ".join(line.split()[1 : 3 if " outcome " in line else 2]) for line in lines)
        said["again"] += sum("again=true" in line for line in lines)
        said["pain"] += sum("reason=pain" in line for line in lines)

    words = ("completed", "partial", "void", "done", "skipped", "away", "missed")
    expected = {"prompt", "held", "withdraw", "snooze", "natural", "again", "pain"}
    assert {word for word in said if said[word]} == expected | {f"outcome {word}" for word in words}


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_a_script_is_the_same_for_the_same_seed(feature: str) -> None:
    """Each feature alone makes a script too."""
    assert random_script(7, [feature]) == random_script(7, [feature])
    assert random_script(7, [feature]) != random_script(8, [feature])
