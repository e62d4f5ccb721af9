"""Exercises of the person's own: added, put in place of shipped ones, or wrong and named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from unsit.catalogue import load
from unsit.paths import shipped_config_dir

SHIPPED = shipped_config_dir() / "exercises"
COUNT = 12

GOOD = """\
id = "my-stretch"
name = "My stretch"
kind = "stretch"
place = "desk"
work = "hold"
per_side = true
steps = ["Stand.", "Bend your {side} knee."]

[cues.hold]
start = "Hold your {side} foot."
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Takes file names and texts; gives the folder they are in."""

    def write_files(**texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write_files


def test_own_exercises_are_added_after_the_shipped_ones(write: Write) -> None:
    catalogue = load(SHIPPED, write(mine=GOOD))

    assert catalogue.problems == []
    assert len(catalogue.exercises) == COUNT + 1
    assert catalogue.rules()[-1].id == "my-stretch"
    assert catalogue.name_of("my-stretch") == "My stretch"


def test_order_decides_where_an_own_exercise_stands(write: Write) -> None:
    catalogue = load(SHIPPED, write(mine="order = 0\n" + GOOD))

    assert catalogue.rules()[0].id == "my-stretch"


def test_an_own_exercise_takes_the_place_of_a_shipped_one(write: Write) -> None:
    """Same id: the file's name does not matter."""
    catalogue = load(SHIPPED, write(anything=GOOD.replace("my-stretch", "supine")))

    supine = catalogue.get("supine")
    assert supine is not None
    assert supine.name == "My stretch"
    assert supine.figure is None
    assert len(catalogue.exercises) == COUNT
    assert catalogue.problems == []


def test_a_wrong_file_leaves_the_shipped_exercise_and_all_others(write: Write) -> None:
    """The mistake is named, with what is used instead; nothing else suffers."""
    folder = write(good=GOOD, supine=GOOD.replace("my-stretch", "supine").replace('"hold"', '"holding"'))

    catalogue = load(SHIPPED, folder)

    assert len(catalogue.exercises) == COUNT + 1
    assert catalogue.name_of("supine") == "Supine psoas stretch"
    assert [str(problem) for problem in catalogue.problems] == [
        f"{folder}/supine.toml:5: work: holding is not known; the shipped exercise is used instead. "
        "Right: hold, reps, breaths, rest, walk"
    ]


def test_an_id_of_two_files_counts_once(write: Write) -> None:
    folder = write(a=GOOD, b=GOOD.replace("My stretch", "Another"))

    catalogue = load(SHIPPED, folder)

    assert catalogue.name_of("my-stretch") == "My stretch"
    assert [str(problem) for problem in catalogue.problems] == [
        f"{folder}/b.toml:1: id: my-stretch is already in a.toml. Right: another id, or only one of the two files"
    ]


def test_no_folder_and_other_files_are_no_mistake(tmp_path: Path) -> None:
    """Most people have none; editors leave backups."""
    assert load(SHIPPED, tmp_path / "none").problems == []

    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / ".#mine.toml").write_text("x")
    (tmp_path / "mine.toml~").write_text("x")

    catalogue = load(SHIPPED, tmp_path)
    assert catalogue.problems == []
    assert len(catalogue.exercises) == COUNT


def without(line: str) -> str:
    return "".join(kept for kept in GOOD.splitlines(keepends=True) if not kept.startswith(line))


FIGURE = (SHIPPED / "supine.toml").read_text(encoding="utf-8").partition("[figure]")[2]
FIGURE_LINE = GOOD.count("\n") + 2


def with_figure(old: str, new: str) -> str:
    """GOOD with the figure of a shipped exercise, in which something is put in place of `old`."""
    assert old in FIGURE
    return f"{GOOD}\n[figure]{FIGURE.replace(old, new)}"


def figure_line(start: str) -> int:
    return next(number for number, line in enumerate(with_figure("", "").splitlines(), 1) if line.startswith(start))


BAD = {
    "no TOML": ("id = \n", [':1: is not TOML: Invalid value. Right: key = "value", see docs/exercises.md']),
    "nested without end": (
        "needs = " + "[" * 5000,
        [": lists or tables are nested too deeply. Right: lists and tables, as documented"],
    ),
    "a number without end": (
        "order = " + "1" * 5000,
        [
            ": is not TOML: Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; use "
            'sys.set_int_max_str_digits() to increase the limit. Right: key = "value", see docs/exercises.md'
        ],
    ),
    "a file cut short": (
        'id = "a"\nneeds = [',
        [': is not TOML: Invalid value. Right: key = "value", see docs/exercises.md'],
    ),
    "an unknown key": (GOOD.replace("per_side", "perside"), [":6: perside: is not known. Right: per_side"]),
    "a key missing": (
        without("work"),
        [": work: is missing. Right: hold, reps, breaths, rest, walk"],
    ),
    "a bad id": (
        GOOD.replace("my-stretch", "My stretch"),
        [":1: id: does not fit. Right: small letters, digits and hyphens, like my-stretch"],
    ),
    "an id with a line break": (
        GOOD.replace("my-stretch", r"my-stretch\n"),
        [":1: id: does not fit. Right: small letters, digits and hyphens, like my-stretch"],
    ),
    "control characters": (
        GOOD.replace("My stretch", r"My\u001B[2J stretch")
        .replace("Stand.", r"Stand.\u009b5m")
        .replace("[cues.hold]", "[cues.hold]\nhalf = '''Half\nway.'''"),
        [
            ":2: name: has a line break or another control character. Right: one line of plain text",
            ":7: steps[0]: has a line break or another control character. Right: one line of plain text",
            ":10: cues.hold.half: has a line break or another control character. Right: one line of plain text",
        ],
    ),
    "a number for a name": (
        GOOD.replace('"My stretch"', "3"),
        [":2: name: is a number. Right: text of at most 60 characters"],
    ),
    "no steps": (
        GOOD.replace('["Stand.", "Bend your {side} knee."]', "[]"),
        [":7: steps: is too short. Right: a list of text of at most 160 characters"],
    ),
    "two mistakes": (
        GOOD.replace("true", '"yes"').replace('"stretch"', '"yoga"'),
        [
            ":3: kind: yoga is not known. Right: stretch, strength, release, movement",
            ":6: per_side: is text. Right: true, false",
        ],
    ),
    "a word that nobody fills in": (
        GOOD.replace("Stand.", "Stand on your {leg}."),
        [":7: steps[0]: {leg} is not known. Right: {side}, {other}, {Side}, {Other}"],
    ),
    "a brace left open": (
        GOOD.replace("Stand.", "Stand {."),
        [":7: steps[0]: has a brace that is not closed. Right: {side}, {other}, {Side}, {Other}"],
    ),
    "a format": (
        GOOD.replace("Stand.", "Stand {side!r}."),
        [":7: steps[0]: {side} is not known. Right: {side}, {other}, {Side}, {Other}"],
    ),
    "sides where there are none": (
        GOOD.replace("per_side = true", ""),
        [
            ":7: steps[1]: {side} has no meaning in an exercise without sides. Right: no braces",
            ":10: cues.hold.start: {side} has no meaning in an exercise without sides. Right: no braces",
        ],
    ),
    "a moment that does not exist": (
        GOOD.replace("start =", "begin ="),
        [":10: cues.hold.begin: is not known. Right: one of start, half, end"],
    ),
    "a cue that never comes": (
        GOOD + '\n[cues.reps]\nstart = "Go."\n',
        [":12: cues.reps: never comes in this exercise. Right: prepare, hold, switch, walk"],
    ),
    "no cue for the work": (
        GOOD.replace("[cues.hold]", "[cues.walk]"),
        [":9: cues.hold.start: is missing. Right: what is said when the work begins"],
    ),
    "how long a hold lasts": (
        GOOD.replace("per_side = true", "per_side = true\namount = 30"),
        [":7: amount: has no meaning for a hold. Right: 0: how long a hold lasts is a setting"],
    ),
    "no count": (
        GOOD.replace('"hold"', '"reps"').replace("[cues.hold]", "[cues.reps]"),
        [": amount: is no count. Right: a whole number from 1 to 100"],
    ),
    "a rest of no time": (
        GOOD.replace('"hold"', '"rest"').replace("[cues.hold]", "[cues.rest]").replace("kind", "amount = 5\nkind"),
        [":3: amount: is too short. Right: seconds, 10 or more"],
    ),
    "too much": (
        GOOD.replace("kind", "amount = 99999\nkind"),
        [":3: amount: is out of bounds. Right: a number from 0 to 3600"],
    ),
    "a floor that is not avoided": (
        GOOD.replace('"desk"', '"floor"'),
        [': avoid: lacks the floor that the exercise is done on. Right: "floor"'],
    ),
    "an unknown part of the body": (
        with_figure('"near_foot"', '"belly"'),
        [
            f":{figure_line('rests')}: figure.rests[2]: belly is not known. Right: pelvis, back, head, near_knee, near_foot, "
            "near_hand, near_elbow, far_knee, far_foot, far_hand, far_elbow"
        ],
    ),
    "a target out of reach": (
        with_figure("heel = [0.503, 0]", "heel = [0.9, 0]"),
        [
            f":{figure_line('[figure.work]')}: figure.work: near_leg: the target is 0.888 away, the limb reaches 0.491. "
            "Right: a target that the limb can reach"
        ],
    ),
    "a leg with two minds": (
        with_figure("heel = [0.503, 0]", "thigh = 3, heel = [0.503, 0]"),
        [
            f":{figure_line('[figure.work]') + 3}: figure.work.near_leg: needs both thigh and shank, or one of heel, ball "
            "and sole. Right: a table with thigh, shank, heel, ball, sole, foot"
        ],
    ),
    "an arm with no mind": (
        with_figure('near_arm = { on = "far_shin_front", along = 0.12, hand = 120 }', "near_arm = { hand = 120 }"),
        [
            f":{figure_line('[figure.work]') + 5}: figure.work.near_arm: needs both upper and fore, or one of palm and on. "
            "Right: a table with upper, fore, palm, on, along, hand"
        ],
    ),
    "a long name": (
        GOOD.replace("My stretch", "My stretch" * 7),
        [":2: name: is too long. Right: text of at most 60 characters"],
    ),
    "a point of three": (
        with_figure("mat = [-0.54, 0.6]", "mat = [-0.54, 0.6, 0.1]"),
        [f":{figure_line('mat')}: figure.mat: is too long. Right: a list of 2 numbers"],
    ),
    "a trunk of four": (
        with_figure("trunk = [180, 180, 180, 184, 178]", "trunk = [180, 180, 180, 184]"),
        [f":{figure_line('trunk')}: figure.start.trunk: is too short. Right: a list of 5 numbers"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD.keys())
def test_a_mistake_is_named_with_its_line_its_key_and_what_would_be_right(
    text: str, expected: list[str], write: Write
) -> None:
    folder = write(mine=text)

    catalogue = load(SHIPPED, folder)

    assert [str(problem) for problem in catalogue.problems] == [f"{folder}/mine.toml{said}" for said in expected]
    assert len(catalogue.exercises) == COUNT


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b'id = "\xff"')

    problems = load(SHIPPED, tmp_path).problems

    assert [str(problem) for problem in problems] == [
        f"{tmp_path}/mine.toml: is not UTF-8 text. Right: a text file in UTF-8"
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").mkdir()

    problems = load(SHIPPED, tmp_path).problems

    assert [str(problem) for problem in problems] == [
        f"{tmp_path}/mine.toml: cannot be read ({os.strerror(21)}). Right: a file that you may read"
    ]


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "exercises").write_text("")

    catalogue = load(SHIPPED, tmp_path / "exercises")

    assert len(catalogue.exercises) == COUNT
    assert [str(problem) for problem in catalogue.problems] == [
        f"{tmp_path}/exercises: cannot be read ({os.strerror(20)})."
    ]
