from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from unsit import paths
from unsit.adapters.terminal_view import Look, bare, key_rows, note_lines, segment_lines, session_rows
from unsit.catalogue import load
from unsit.core.snapshot import Moment, SegmentView, SessionView

CATALOGUE = load(paths.shipped_config_dir() / "exercises", None)
PLAIN = Look(is_screen=False)
STYLED = Look(is_screen=True, has_color=True)
LEAST_ROWS = 4


def session(
    *exercises: str, index: int = 1, elapsed_s: float = 4.0, paused: bool = False, hold_s: float = 120.0
) -> SessionView:
    segments = []
    for exercise in exercises:
        segments += [
            SegmentView("prepare", 10.0, None, exercise),
            SegmentView("hold", hold_s, "left", exercise),
            SegmentView("switch", 8.0, None, exercise),
            SegmentView("hold", hold_s, "right", exercise),
        ]
    segments.append(SegmentView("walk", 120.0, None, exercises[-1]))
    left_s = segments[index].seconds - elapsed_s
    return SessionView(
        id=1,
        exercises=exercises,
        routine=None,
        segments=tuple(segments),
        index=index,
        elapsed_s=elapsed_s,
        ends=None if paused else Moment(1000.0 + left_s, ""),
        paused=paused,
        reached=(0.0,) * len(segments),
        may_choose=False,
        began=Moment(990.0, ""),
        total_s=sum(segment.seconds for segment in segments),
        work={},
        first={},
        walk_s=120.0,
        hold_s={},
    )


def box(columns: int, rows: int) -> list[str]:
    """In place of a figure: the cells that it may fill."""
    assert columns >= 20
    assert rows >= 5
    return ["@" * columns] * rows


@settings(max_examples=150, deadline=None)
@given(
    columns=some.integers(20, 250),
    rows=some.integers(LEAST_ROWS, 90),
    index=some.integers(0, 8),
    elapsed_s=some.floats(0, 8),
    paused=some.booleans(),
    look=some.sampled_from([PLAIN, STYLED, Look(is_screen=True, has_unicode=False)]),
    has_figure=some.booleans(),
)
def test_a_session_fits_every_window(
    columns: int, rows: int, index: int, elapsed_s: float, paused: bool, look: Look, has_figure: bool
) -> None:
    """Never a row too many nor one too long, and what is being done is always said."""
    shown = session("standing-lunge", "half-kneeling", index=index, elapsed_s=elapsed_s, paused=paused)
    figure = box if has_figure else None
    made = [bare(row) for row in session_rows(shown, CATALOGUE, 1000.0, columns, rows, look, figure=figure)]

    assert len(made) <= rows
    assert max(map(len, made)) <= columns
    word = {"prepare": "Get ready", "hold": "Hold", "switch": "Change sides", "walk": "Walk"}
    assert word[shown.segments[index].kind] in " ".join(row.strip() for row in made)
    if not look.has_unicode:
        assert "".join(made).isascii()


def test_the_number_keeps_its_size_while_it_gets_shorter() -> None:
    """From 1:40 over 99 to 9 the digits stay where they are, as large as they were."""

    def height(elapsed_s: float) -> int:
        shown = session("standing-lunge", elapsed_s=elapsed_s)
        return sum("█" in row for row in session_rows(shown, CATALOGUE, 1000.0, 100, 40, PLAIN))

    assert height(0.0) == height(25.0) == height(112.0) > 5


@pytest.mark.parametrize(
    ("columns", "rows", "cells", "digits"),
    [(80, 24, (43, 16), 10), (60, 20, (30, 11), 5), (200, 60, (109, 44), 25), (40, 40, (36, 15), 5)],
)
def test_the_figure_and_the_number_share_the_window(
    columns: int, rows: int, cells: tuple[int, int], digits: int
) -> None:
    """Both grow with it: beside each other, or above each other where it is high and narrow."""
    shown = session("standing-lunge", elapsed_s=10.0, hold_s=45.0)
    made = session_rows(shown, CATALOGUE, 1000.0, columns, rows, PLAIN, figure=box)
    drawn = [row for row in made if "@" in row]
    assert (drawn[0].count("@"), len(drawn)) == cells
    assert sum("█" in row for row in made) == digits


def test_a_small_window_has_no_figure() -> None:
    """The number and what to do come first."""
    for columns, rows in ((55, 25), (80, 13), (20, 8)):
        made = session_rows(session("standing-lunge"), CATALOGUE, 1000.0, columns, rows, PLAIN, figure=box)
        assert "@" not in "".join(made)
        assert "Hold" in "".join(made)


def test_what_has_to_be_said_is_never_left_out_for_the_steps() -> None:
    """Why a key did nothing, or why it all stands still, while there is much to read."""
    for columns, rows in ((80, 24), (60, 20), (56, 14), (40, 24)):
        shown = session("half-kneeling", index=0)
        made = session_rows(shown, CATALOGUE, 1000.0, columns, rows, PLAIN, "Unsit has gone.", figure=box)
        assert any("Unsit has gone." in row for row in made), (columns, rows)


@pytest.mark.parametrize("exercise", ["standing-lunge", "half-kneeling"])
@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (60, 20), (56, 14), (40, 24), (20, 8)])
@pytest.mark.parametrize("figure", [box, None])
def test_no_remark_takes_the_place_of_what_to_do(
    exercise: str, columns: int, rows: int, figure: Callable[[int, int], list[str]] | None
) -> None:
    """It has rows of its own, and none where they are needed for the exercise."""
    first = {"standing-lunge": ("Stand up.", "Take a long step"), "half-kneeling": ("Kneel on your",) * 2}[exercise]
    remark = "Nothing can be heard here. For a voice install this or that, for tones something else altogether."
    shown = session(exercise, index=0)
    made = session_rows(shown, CATALOGUE, 1000.0, columns, rows, PLAIN, "", remark, figure=figure)
    assert len(made) <= rows
    assert any(words in row for row in made for words in first), made
    if rows >= 20:
        assert any("Nothing can be heard" in row for row in made)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (50, 24)])
def test_the_steps_are_worth_more_than_air(columns: int, rows: int) -> None:
    """While one gets ready, also beside a remark: the large number and the empty lines go first."""
    remark = "Nothing can be heard here: no sound server answers. Start PulseAudio or PipeWire."
    made = session_rows(
        session("standing-lunge", index=0), CATALOGUE, 1000.0, columns, rows, PLAIN, "", remark, figure=box
    )
    assert any("4  Stay tall and keep breathing." in row for row in made), made
    assert len(made) <= rows


def test_what_one_needs_and_has_to_take_care_of_is_said_while_one_gets_ready() -> None:
    """Where there is room for it beside the steps; nobody reads in a hold."""
    for index, is_told in ((0, True), (1, False), (2, False)):
        rows = session_rows(session("half-kneeling", index=index), CATALOGUE, 1000.0, 100, 32, PLAIN, figure=box)
        told = " ".join(row.replace("@", "").strip() for row in rows)
        assert ("You need a cushion, folded blanket or mat for the knee." in told) == is_told
        assert ("Take care: Put more padding under the knee if it hurts;" in told) == is_told


@pytest.mark.parametrize(("elapsed_s", "number"), [(0.0, 1), (3.9, 1), (4.0, 2), (39.9, 10), (40.0, 10)])
def test_repetitions_are_counted_as_on_the_page(elapsed_s: float, number: int) -> None:
    """The one that is under way, large, and of how many."""
    segments = (SegmentView("prepare", 20.0, None, "bird-dog"), SegmentView("reps", 40.0, "left", "bird-dog"))
    shown = replace(session("bird-dog", elapsed_s=elapsed_s, paused=True), segments=segments)
    rows = session_rows(shown, CATALOGUE, 1000.0, 80, 24, PLAIN, figure=box)
    told = " ".join(row.replace("@", "").strip() for row in rows)
    assert f"Paused · Repeat · left side · {number} of 10 " in told
    slit = session_rows(shown, CATALOGUE, 1000.0, 60, 5, PLAIN)
    assert slit[0].strip() == f"Paused · Repeat · left side · {number} of 10"


PARTS = """
id = "own"
name = "Contract and relax"
kind = "stretch"
place = "floor"
avoid = ["floor"]
per_side = true
needs = ["a mat"]
cautions = ["Stop where it hurts.", "Breathe."]
steps = ["Kneel on your {side} knee."]
[cues.prepare]
start = "Kneel down."
[[stages]]
name = "Press"
work = "hold"
seconds = 6
[stages.cues.hold]
start = "Press your {side} knee into the floor."
[[stages]]
name = "Stretch"
work = "hold"
prepare = 0
[stages.cues.hold]
start = "Let go."
[[stages]]
name = "Lift"
work = "reps"
amount = 8
steps = ["Stand on your {other} leg."]
[stages.cues.reps]
start = "Lift your {side} knee."
"""


def test_every_part_is_called_by_its_name_and_has_its_own_words(tmp_path: Path) -> None:
    """In lines as on the screen; the side of a later part is not a new one."""
    (tmp_path / "own.toml").write_text(PARTS)
    own = load(paths.shipped_config_dir() / "exercises", tmp_path)
    assert own.problems == []
    segments = tuple(
        SegmentView(kind, seconds, side, "own", stage)
        for kind, seconds, side, stage in (
            ("prepare", 20.0, None, 0), ("hold", 6.0, "left", 0), ("hold", 30.0, "left", 1), ("prepare", 10.0, None, 2),
            ("reps", 32.0, "left", 2), ("switch", 8.0, None, 0), ("hold", 6.0, "right", 0),
        )
    )  # fmt: skip

    def lines(index: int) -> list[str]:
        return segment_lines(replace(session("own"), segments=segments, index=index), own, 1000, PLAIN)

    assert [lines(index) for index in range(6)] == [
        [
            "Contract and relax · part 1 of 3: Press",
            "1  Kneel on your left knee.",
            "You need a mat.",
            "Take care: Stop where it hurts. Breathe.",
            "Get ready · left side first, 20 s. Kneel down.",
        ],
        ["Hold · left side, 6 s. Press your left knee into the floor."],
        ["Contract and relax · part 2 of 3: Stretch", "Hold · left side, 30 s. Let go."],
        [
            "Contract and relax · part 3 of 3: Lift",
            "1  Stand on your right leg.",
            "Get ready · left side, 10 s. Lift",
        ],
        ["Repeat · left side, 32 s. Lift your left knee."],
        ["Contract and relax · part 1 of 3: Press", "Change sides · right side, 8 s."],
    ]
    rows = session_rows(replace(session("own"), segments=segments, index=2), own, 1000.0, 80, 24, PLAIN)
    assert any(row.strip().startswith("Contract and relax · part 2 of 3: Stretch") for row in rows)


def test_of_a_routine_the_exercise_that_is_done_is_named() -> None:
    """And which of them it is."""
    shown = session("standing-lunge", "supine", index=5)
    (head,) = (row for row in session_rows(shown, CATALOGUE, 1000.0, 80, 24, PLAIN) if "step" in row)
    assert head.split("  ")[1] == "Supine psoas stretch · 2 of 2"
    assert segment_lines(replace(shown, index=4), CATALOGUE, 1000, PLAIN)[0] == "Supine psoas stretch · 2 of 2"


def test_the_bar_has_a_piece_for_each_segment() -> None:
    """In proportion, done ones full, the one that runs in part."""
    rows = session_rows(session("standing-lunge", index=1, elapsed_s=60.0), CATALOGUE, 1000.0, 80, 24, PLAIN)
    (bar,) = (row for row in rows if "━" in row)
    pieces = bar.split("  ")[1].split(" ")
    assert len(pieces) == 5
    assert set(pieces[0]) == {"━"}
    assert abs(pieces[1].count("━") - pieces[1].count("─")) <= 1
    assert "━" not in "".join(pieces[2:])
    assert len(pieces[1]) == pytest.approx(len(pieces[3]), abs=1)


def test_the_side_that_comes_is_said_before_it_comes() -> None:
    """Somebody on the floor has to know which leg to move."""
    (word,) = (row for row in session_rows(session("standing-lunge", index=2), CATALOGUE, 1000.0, 80, 24, PLAIN)
               if "Change sides" in row)  # fmt: skip
    assert word.strip() == "Change sides · right side  4"


def test_keys_break_between_keys() -> None:
    """A key and what it does stay together."""
    keys = [("s", "start"), ("z", "snooze"), ("k", "skip"), ("p", "pause 1 h")]
    assert key_rows(keys, 20, PLAIN) == ["s start   z snooze", "k skip   p pause 1 h"]


def test_a_note_is_one_line_with_its_time() -> None:
    """Its sentences follow each other, and what is too long goes on below."""
    at = datetime.fromisoformat("2026-03-02T10:52:00+01:00")
    assert note_lines(at, "Time to get up", "Standing lunge stretch, 3 min\nYou have sat for 1 h.", 80, PLAIN) == [
        "10:52  Time to get up · Standing lunge stretch, 3 min · You have sat for 1 h."
    ]
    assert note_lines(at, "Done.", "Next at noon.\nStay.", 24, PLAIN) == [
        "10:52  Done. Next at",
        "       noon. Stay.",
    ]
