from __future__ import annotations

import re
import unicodedata

import pytest
from msgspec.structs import replace

from unsit import paths
from unsit.adapters.terminal_figure import Figure, figure_rows
from unsit.adapters.terminal_view import Depth, Look, bare
from unsit.catalogue import load
from unsit.catalogue.pose import Arm
from unsit.catalogue.raster import Raster

CATALOGUE = load(paths.shipped_config_dir() / "exercises", None)
TRUE: Depth = 16777216


def figure(
    name: str, kind: str, look: Look, *, seconds: float = 30.0, is_mirrored: bool = False, is_still: bool = False
) -> Figure:
    text = CATALOGUE.get(name)
    assert text is not None
    scene = text.figure_of()
    assert scene is not None
    return Figure(scene, kind, seconds, look, is_mirrored=is_mirrored, is_still=is_still)


def raster(*rows: str) -> Raster:
    """`.` nothing, `a` skin, `b` legs, `f` far legs."""
    order = ".abf"
    return Raster([bytearray(order.index(dot) for dot in row) for row in rows], ("", "skin", "legs", "legs far"))


def test_a_cell_is_the_block_that_is_most_like_its_dots() -> None:
    """Of whatever nothing is on, the terminal's own background is left."""
    (row,) = figure_rows(raster("aa..a.bb", "aa..a.bb", "....a.bb", "....a.bb"), 256)
    assert bare(row) == "▀ ▌ "
    assert row == "\x1b[38;5;174m▀ ▌\x1b[48;5;68m \x1b[0m"


def test_two_parts_share_a_cell_as_ink_and_ground() -> None:
    """One above the other."""
    (row,) = figure_rows(raster("aa", "aa", "bb", "bb"), TRUE)
    assert re.fullmatch("\x1b\\[38;2;[0-9;]+;48;2;[0-9;]+m[▀▄]\x1b\\[0m", row)


def test_sixteen_colours_are_named_by_their_own_codes() -> None:
    """As the Linux console and old terminals understand them."""
    (row,) = figure_rows(raster("bb", "bb", "bb", "bb"), 16)
    assert re.fullmatch("\x1b\\[(4[0-7]|10[0-7])m \x1b\\[0m", row)


def test_without_colours_far_limbs_are_thinned_out() -> None:
    """Braille: every second dot of what is far, all of what is near."""
    assert figure_rows(raster("aaff", "aaff", "aaff", "aaff"), 0) == ["⣿⢕"]


def test_without_unicode_it_is_letters() -> None:
    """Near limbs dense, far ones as colons."""
    assert figure_rows(raster("aaff..", "aaff..", "aaff..", "aaffaa"), 0, has_unicode=False) == ["#:_"]


@pytest.mark.parametrize("name", [text.id for text in CATALOGUE.exercises])
def test_it_fills_the_cells_it_was_given(name: str) -> None:
    """Each row as long as was asked for, whatever the look; nothing in it is two cells wide in any locale but blocks."""
    looks = [
        Look(True, True, depth=TRUE),
        Look(True, True, depth=16),
        Look(True, False),
        Look(True, True, has_blocks=False, depth=256),
        Look(True, False, has_unicode=False),
    ]
    for look in looks:
        rows = figure(name, "prepare", look).rows(41, 13, 3.0)
        assert len(rows) == 13
        *drawn, caption = rows if rows[-1].strip() and "Psoas" in rows[-1] else [*rows, ""]
        assert {len(bare(row)) for row in drawn} == {41}
        assert len(bare(caption)) <= 41
        text = bare("".join(drawn))
        if not look.has_unicode:
            assert text.isascii()
        elif not (look.has_blocks and look.depth):
            assert {unicodedata.east_asian_width(glyph) for glyph in text} <= {"N", "Na"}
        assert ("\x1b[" in "".join(drawn)) is bool(look.depth and look.has_blocks)


def test_it_moves_and_stands_still_when_asked_to() -> None:
    """A repetition goes up and down again; without motion it is the working pose all the time."""
    look = Look(True, False)
    moving = figure("glute-bridge", "reps", look, seconds=40.0)
    seen = [moving.rows(40, 12, at_s) for at_s in (0.0, 0.7, 1.75, 4.0)]
    assert seen[0] != seen[1] != seen[2]
    assert seen[0] == seen[3]
    still = figure("glute-bridge", "reps", look, seconds=40.0, is_still=True)
    assert still.rows(40, 12, 0.0) == still.rows(40, 12, 1.0) == seen[2]
    assert (moving.is_moving, still.is_moving) == (True, False)


def test_a_figure_that_cannot_get_there_is_left_out() -> None:
    """Of somebody's own exercise, whose poses are checked when it is read, but not every moment between them."""
    text = CATALOGUE.get("standing-lunge")
    assert text is not None
    known = text.figure_of()
    assert known is not None
    scene = replace(known, work=replace(known.work, near_arm=Arm(palm=(3.0, 3.0))))
    shown = Figure(scene, "hold", 30.0, Look(True, False), is_mirrored=False, is_still=False)
    assert shown.rows(40, 12, 1.5) == []
    assert not shown.is_moving


def test_the_length_of_the_psoas_is_said_where_it_is_shown() -> None:
    """Longer in the stretch than before it."""
    look = Look(True, False)
    shown = figure("half-kneeling", "hold", look)
    before, within = (shown.rows(40, 14, at_s)[-1] for at_s in (0.0, 10.0))
    percents = [int(re.findall(r"now (\d+) %", bare(row))[0]) for row in (before, within)]
    assert 100 < percents[0] < percents[1]
    assert len(shown.rows(24, 14, 0.0)[-1].strip()) == 0, "no room for the sentence"
