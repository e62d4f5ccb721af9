"""The tips: where they come from, and how often one is shown."""

from __future__ import annotations

from collections import Counter

import pytest

from unsit.catalogue import tips


def test_each_tip_is_a_short_sentence_with_its_source() -> None:
    """A reader can check it; it is read in a glance at a session's end."""
    for tip in tips.TIPS:
        assert tip.text.endswith(".")
        assert len(tip.text.split()) <= 20, tip.id
        assert set(tip.letters) <= {"A", "B", "C"}
        assert tip.letters


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6, 10, 15])
def test_every_tip_has_its_turn_and_most_sessions_none(step: int) -> None:
    """However records are counted between two sessions."""
    shown = [tips.for_session(1 + step * session) for session in range(600)]

    counts = Counter(tip.id for tip in shown if tip is not None)
    assert 180 <= sum(counts.values()) <= 220
    assert set(counts) == {tip.id for tip in tips.TIPS}
    assert max(counts.values()) - min(counts.values()) <= 6


def test_a_session_keeps_its_tip() -> None:
    """The page may be loaded anew."""
    assert [tips.for_session(number) for number in range(50)] == [tips.for_session(number) for number in range(50)]
