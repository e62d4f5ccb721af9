"""The second reading of the rules and the random days are tools: are they fit to be held against the core?"""

from __future__ import annotations

from collections import Counter

import pytest

from core.naive import Unclear, run
from core.scripts import FEATURES, random_script


def test_the_day_of_the_documentation_comes_out() -> None:
    """The lines that docs/rules.md prints, but for the dates' offset."""
    script = [
        "2026-03-02T09:00:00 start",
        "2026-03-02T10:06:10 snooze",
        "2026-03-02T10:16:30 begin",
        "2026-03-02T11:19:48 hold call",
        "+0s hold dnd",
        "2026-03-02T11:40:00 leave",
        "2026-03-02T11:47:00 back",
        "2026-03-02T11:50:00 snooze",
    ]

    assert [line.replace("2026-03-02T", "").replace("+00:00", "") for line in run(script)] == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:05:00 remind",
        "10:06:10 snooze for=600 until=10:16:10",
        "10:16:10 prompt exercise=standing-lunge sat=4570 snoozes_left=2",
        "10:16:30 session exercise=standing-lunge seconds=198",
        "10:16:30 cue prepare seconds=10",
        "10:16:40 cue hold side=left seconds=30",
        "10:17:10 cue switch seconds=8",
        "10:17:18 cue hold side=right seconds=30",
        "10:17:48 cue walk seconds=120",
        "10:19:48 cue end",
        "10:19:48 outcome completed left=30 right=30 walk=120",
        "11:19:48 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "11:45:00 outcome away sat=4812",
        "11:47:00 natural seconds=420",
        "11:50:00 refused command=snooze",
    ]


def test_random_days_reach_everything_that_can_be_said() -> None:
    """Two in three are clear, and in those every line of the language occurs, in order of time."""
    said: Counter[str] = Counter()
    clear = 0
    for seed in range(300):
        try:
            lines = run(random_script(seed))
        except Unclear:
            continue
        clear += 1
        assert [line.split()[0] for line in lines] == sorted(line.split()[0] for line in lines)
        said.update(" ".join(line.split()[1 : 3 if " outcome " in line else 2]) for line in lines)
        said["again"] += sum("again=true" in line for line in lines)

    assert clear > 150
    words = ("completed", "partial", "void", "done", "skipped", "away", "missed")
    expected = {"prompt", "remind", "held", "withdraw", "snooze", "session", "cue", "natural", "refused", "again"}
    assert {word for word in said if said[word]} == expected | {f"outcome {word}" for word in words}


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_a_script_is_the_same_for_the_same_seed(feature: str) -> None:
    """Each feature alone makes a script too."""
    assert random_script(7, [feature]) == random_script(7, [feature])
    assert random_script(7, [feature]) != random_script(8, [feature])
