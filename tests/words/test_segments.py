"""The words for the parts of a session."""

from __future__ import annotations

import pytest

from support.snapshots import session
from unsit import catalogue, paths
from unsit.core.snapshot import SegmentView
from unsit.words.segments import cues, side_ahead, what_follows

CATALOGUE = catalogue.load(paths.shipped_config_dir() / "exercises", None)


def test_getting_ready_and_changing_speak_of_the_side_that_comes() -> None:
    """Who is told how to stand must know for which leg; in the walk there is none."""
    shown = session()
    assert [side_ahead(shown, index) for index in range(len(shown.segments))] == [
        "left",
        "left",
        "right",
        "right",
        None,
    ]


def test_the_side_of_another_exercise_is_not_ahead() -> None:
    """In a routine an exercise without sides is not told those of the next one."""
    bridge = SegmentView("prepare", 20, None, "glute-bridge")
    assert side_ahead(session(segments=(bridge, *session().segments)), 0) is None


@pytest.mark.parametrize(
    ("segment", "words"),
    [
        (SegmentView("prepare", 10, None, "standing-lunge"), "Then: Standing lunge stretch"),
        (SegmentView("hold", 30, "left", "standing-lunge"), "Then: left side, 30 s"),
        (SegmentView("hold", 30, "right", "standing-lunge"), "Then: right side, 30 s"),
        (SegmentView("hold", 30, None, "my-own"), "Then: hold, 30 s"),
        (SegmentView("reps", 40, None, "glute-bridge"), "Then: repeat, 40 s"),
        (SegmentView("breaths", 30, None, "my-own"), "Then: breathe, 30 s"),
        (SegmentView("rest", 540, None, "constructive-rest"), "Then: rest, 9 min"),
        (SegmentView("switch", 8, None, "standing-lunge"), "Then: change sides"),
        (SegmentView("walk", 120, None, ""), "Then: walk, 2 min"),
    ],
)
def test_what_follows_is_a_sentence(segment: SegmentView, words: str) -> None:
    """The length stands where it helps to decide; after the last one there is nothing."""
    shown = session(segments=(session().segments[0], segment))
    assert what_follows(shown, 0, CATALOGUE) == words
    assert what_follows(shown, 1, CATALOGUE) == "Then you are done."


def test_the_last_cue_comes_shortly_before_the_end_but_not_before_the_half() -> None:
    """In order, whatever the length; a sentence that an exercise has not is none."""
    text = CATALOGUE.get("standing-lunge")
    assert text is not None
    for seconds in (4, 30):
        told = cues(SegmentView("hold", seconds, "left", text.id), "left", text)
        assert [at for at, _said in told] == sorted(at for at, _said in told)
        assert all(0 <= at < seconds and said for at, said in told)
        assert told[-1] == (max(seconds / 2, seconds - 3), text.cue("hold", "end", "left"))
