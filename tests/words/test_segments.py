"""The words for the parts of a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.snapshots import session
from unsit import catalogue, paths
from unsit.core.snapshot import SegmentView
from unsit.words.segments import (
    count_word,
    cues,
    end_words,
    half_s,
    half_words,
    is_side_new,
    last_word,
    side_ahead,
    start_words,
    what_follows,
)

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


def test_getting_ready_for_a_stage_speaks_of_its_side_alone() -> None:
    """A stage without sides before one that has them is told neither."""
    segments = (
        SegmentView("prepare", 10, None, "own"),
        SegmentView("reps", 40, None, "own"),
        SegmentView("prepare", 10, None, "own", 1),
        SegmentView("hold", 30, "right", "own", 1),
        SegmentView("switch", 8, None, "own", 1),
        SegmentView("hold", 30, "left", "own", 1),
    )
    shown = session(segments=segments)

    assert [side_ahead(shown, index) for index in range(6)] == [None, None, "right", "right", "left", "left"]


def test_a_side_is_new_until_it_is_worked() -> None:
    """Between two parts of one side nobody changes, nor begins with it."""
    own: list[tuple[str, str | None, int]] = [
        ("prepare", None, 0), ("hold", "left", 0), ("prepare", None, 1), ("reps", "left", 1), ("switch", None, 0),
        ("hold", "right", 0), ("prepare", None, 1), ("reps", "right", 1),
    ]  # fmt: skip
    other = session().segments
    segments = (*(SegmentView(kind, 30, side, "own", stage) for kind, side, stage in own), *other)
    shown = session(segments=segments)

    assert [is_side_new(shown, index) for index in (0, 2, 4, 6)] == [True, False, True, False]
    assert is_side_new(shown, len(own)), "that of another exercise"
    assert not is_side_new(shown, len(segments) - 1), "the walk has none"


def test_what_follows_a_stage_is_called_by_its_name(tmp_path: Path) -> None:
    """Of a file that has fewer by now, by that of the last."""
    example = Path(__file__).parents[2].joinpath("docs/exercises.md").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(example.split("```toml\n")[2].split("```")[0], encoding="utf-8")
    own = catalogue.load(tmp_path, None)
    text = own.get("contract-relax")
    assert text is not None
    ahead = [SegmentView("prepare", 15, None, text.id, stage) for stage in (0, 2, 7)]

    told = [what_follows(session(segments=(session().segments[0], segment)), 0, own) for segment in ahead]

    assert told == ["Then: Contract and relax", "Then: Lift", "Then: Lift"]
    assert cues(ahead[1], "right", text) == [(0.0, "Stand up. One hand on a chair.")]


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


# ------------------------------------------------------------------------------------------------------- what is spoken


def test_what_is_spoken_comes_with_shorter_words_for_less_time() -> None:
    """The fullest first; what belongs to the part before only where that has come to its end."""
    text = CATALOGUE.get("standing-lunge")
    shown = session()

    assert start_words(shown, 0, text, after=False) == [
        "Standing lunge stretch. Stand up. Right foot one long step forward, left leg long behind.",
        "Stand up. Right foot one long step forward, left leg long behind.",
        "Standing lunge stretch.",
    ]
    assert start_words(shown, 1, text, after=False)[1:] == ["Hold. Left side."]
    ended, jumped = (start_words(shown, 2, text, after=after) for after in (True, False))
    assert ended[1:] == jumped
    assert ended[0].endswith(jumped[0])
    assert jumped[-1] == "Switch to the right."
    assert half_words(shown, 1, text)[-1] == "Half way."


@pytest.mark.parametrize(
    ("kind", "seconds", "told_s"),
    [("hold", 15.0, 7.5), ("hold", 14.9, None), ("walk", 120.0, 60.0), ("prepare", 20.0, None), ("switch", 20.0, None)],
)
def test_half_time_is_told_where_there_is_something_to_hold_out(
    kind: str, seconds: float, told_s: float | None
) -> None:
    """To the ears and to the eyes by the same rule; half of a short part is not worth a word."""
    assert half_s(SegmentView(kind, seconds, None, "supine")) == told_s


def test_the_end_is_said_once() -> None:
    """After a walk by the walk's own words; after anything else with "come back"."""
    shown = session()
    lying = session(segments=(SegmentView("rest", 600, None, "constructive-rest"),))

    assert end_words(shown, CATALOGUE.get("standing-lunge")) == ["Done. Sit down again whenever you like."]
    full, short = end_words(lying, CATALOGUE.get("constructive-rest"))
    assert full.endswith(short)
    assert short == "Done. Come back when you are ready."
    assert end_words(shown, None) == [short]


def test_numbers_are_counted_in_words() -> None:
    """As far as anybody repeats anything; beyond that the voice reads the figure."""
    assert [count_word(number) for number in (1, 5, 20, 21)] == ["One.", "Five.", "Twenty.", "21."]
    assert (last_word("reps"), last_word("breaths")) == ("Last one.", "Last breath.")
