from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from unsit import paths
from unsit.adapters.terminal_view import Look, bare, key_rows, note_lines, session_rows
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
