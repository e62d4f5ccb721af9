"""Exercises of the person's own: added, put in place of shipped ones, or wrong and named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from unsit.catalogue import load
from unsit.catalogue.exercise import ExerciseText, msgids
from unsit.core.model import Exercise, Stage
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
    assert catalogue.own == {"my-stretch": write() / "mine.toml"}
    assert catalogue.replaced == frozenset()


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
    assert catalogue.own == {"supine": write() / "anything.toml"}
    assert catalogue.replaced == {"supine"}
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


STAGED = """\
id = "my-stretch"
name = "My stretch"
kind = "stretch"
place = "desk"
steps = ["Stand.", "Bend your knee."]

[cues.switch]
start = "{Side} leg behind you."

[cues.walk]
start = "Walk."

[[stages]]
name = "Press"
work = "hold"
seconds = 6
per_side = true
[stages.cues.prepare]
start = "Hold your {side} foot."
[stages.cues.hold]
start = "Press your {side} foot into your hand."

[[stages]]
name = "Lift"
work = "reps"
amount = 8
prepare = 15
steps = ["Lift your heels."]
[stages.cues.reps]
start = "Lift."
half = "Half of them."

[[stages]]
name = "Breathe"
work = "breaths"
amount = 3
prepare = 0
[stages.cues.breaths]
start = "Breathe in."
"""
"""An exercise whose stages differ in everything: sides, counts, time to get ready."""


def staged(old: str, new: str) -> str:
    assert old in STAGED
    return STAGED.replace(old, new, 1)


def staged_line(start: str, text: str = STAGED) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def load_staged(write: Write, text: str = STAGED) -> ExerciseText:
    catalogue = load(SHIPPED, write(mine=text))
    assert catalogue.problems == []
    exercise = catalogue.get("my-stretch")
    assert exercise is not None
    return exercise


def test_stages_reach_the_rules_with_all_that_decides(write: Write) -> None:
    """A stretch with a side in one of its stages has sides; what one does first is its work."""
    exercise = load_staged(write)

    assert exercise.rule() == Exercise(
        "my-stretch",
        "stretch",
        "desk",
        "hold",
        stages=(
            Stage("hold", 6, per_side=True),
            Stage("reps", 8, prepare_s=15),
            Stage("breaths", 3, prepare_s=0),
        ),
    )
    assert exercise.has_sides
    assert exercise.rule().has_sides


def test_every_exercise_is_shown_by_its_stages(write: Write) -> None:
    """One way for whoever shows a session: steps and figure of a stage, or else those of the exercise."""
    exercise = load_staged(write, f"{STAGED}[stages.figure]{FIGURE.replace('[figure.', '[stages.figure.')}")

    assert [stage.name for stage in exercise.stages] == ["Press", "Lift", "Breathe"]
    assert [stage.steps for stage in exercise.stages] == [exercise.steps, ("Lift your heels.",), exercise.steps]
    assert [exercise.figure_of(number) is not None for number in range(3)] == [False, False, True]
    assert [stage.per_side for stage in exercise.stages] == [True, False, False]

    catalogue = load(SHIPPED, None)
    for shipped in catalogue.exercises:
        (only,) = shipped.stages
        assert (only.name, only.work, only.per_side) == (shipped.name, shipped.work, shipped.per_side)
        assert (only.steps, only.figure) == (shipped.steps, shipped.figure)
        assert only.seconds + only.amount == shipped.amount
    rest = catalogue.get("constructive-rest")
    assert rest is not None
    assert (rest.stages[0].seconds, rest.stages[0].amount) == (600, 0)


def test_all_stages_of_an_exercise_done_per_side_have_sides(write: Write) -> None:
    text = staged("place =", "per_side = true\nplace =").replace("per_side = true\n[stages", "[stages")
    exercise = load_staged(write, text.replace("Bend your knee", "Bend your {side} knee"))

    assert [stage.per_side for stage in exercise.stages] == [True, True, True]
    assert [stage.per_side for stage in exercise.rule().stages] == [False, False, False]
    assert exercise.cue("reps", "start", "right", 1) == "Lift."


def test_what_is_said_in_a_stage_is_its_own_or_the_exercises(write: Write) -> None:
    """A stage that does not say how one gets ready for it is announced by its name."""
    exercise = load_staged(write)

    assert exercise.cue("prepare", "start", "right") == "Hold your right foot."
    assert exercise.cue("hold", "start", "left", 0) == "Press your left foot into your hand."
    assert exercise.cue("hold", "half", "left", 0) == ""
    assert exercise.cue("switch", "start", "right", 0) == "Right leg behind you."
    assert exercise.cue("prepare", "start", None, 1) == "Lift"
    assert exercise.cue("reps", "half", None, 1) == "Half of them."
    assert exercise.cue("walk", "start") == "Walk."


def test_a_session_of_a_file_that_had_more_stages_can_be_shown(write: Write) -> None:
    """The file changes while its exercise is being done."""
    exercise = load_staged(write)

    assert exercise.stage(7) == exercise.stages[2]
    assert exercise.cue("breaths", "start", None, 7) == "Breathe in."


def test_every_sentence_of_a_stage_is_there_to_be_translated(write: Write) -> None:
    """Once for each side."""
    found = msgids(load_staged(write))

    assert {"Press", "Lift your heels.", "Hold your left foot.", "Hold your right foot.", "Half of them."} <= {*found}


def test_the_longest_exercise_is_an_hour_of_twelve_stages(write: Write) -> None:
    stage = (
        '[[stages]]\nname = "Rest"\nwork = "rest"\nprepare = 0\nseconds = 300\n[stages.cues.rest]\nstart = "Rest."\n'
    )
    head = STAGED.partition("[cues.switch]")[0]
    twelve = head + stage.replace("prepare = 0\n", "") + stage * 11

    assert len(load_staged(write, twelve).stages) == 12


BAD = {
    "stages and what one does": (
        staged("place =", 'work = "hold"\namount = 2\nplace ='),
        [
            ":4: work: is said by each of the stages. Right: `work` in each of [[stages]] only",
            ":5: amount: is said by each of the stages. Right: `amount` in each of [[stages]] only",
        ],
    ),
    "no stage at all": (
        STAGED.partition("[cues.switch]")[0] + "stages = []",
        [": work: is missing. Right: hold, reps, breaths, rest, walk"],
    ),
    "thirteen stages": (
        STAGED.partition("[[stages]]")[0] + '[[stages]]\nname = "Press"\nwork = "hold"\n' * 13,
        [
            f":{staged_line('[[stages]]')}: stages: is too long. Right: a list of a table with name, work, amount, seconds, "
            "per_side, prepare, steps, cues, figure"
        ],
    ),
    "an hour and a second": (
        staged("amount = 8", "amount = 100")
        .replace("amount = 3", "amount = 100")
        .replace("[cues.walk]", "[cues.prepare]")
        + '[[stages]]\nname = "Rest"\nwork = "rest"\nseconds = 2566\nprepare = 0\n[stages.cues.rest]\nstart = "Rest."\n',
        [
            f":{staged_line('[[stages]]')}: stages: are too long together. Right: at most an hour, the longest holds assumed"
        ],
    ),
    "a walk after a rest": (
        staged('work = "breaths"\namount = 3', 'work = "rest"\nseconds = 30').replace("cues.breaths", "cues.rest"),
        [f":{staged_line('[cues.walk]')}: cues.walk: never comes in this exercise. Right: prepare, switch"],
    ),
    "a stage that walks": (
        staged('work = "reps"', 'work = "walk"'),
        [
            f":{staged_line('amount = 8') - 1}: stages[1].work: comes at the end of every session. Right: hold, reps, breaths, "
            "rest"
        ],
    ),
    "a stage without a name": (
        staged('name = "Lift"\n', ""),
        [f":{staged_line('amount = 8') - 3}: stages[1].name: is missing. Right: text of at most 60 characters"],
    ),
    "an unknown key of a stage": (
        staged("prepare = 15", "prepares = 15"),
        [f":{staged_line('prepare')}: stages[1].prepares: is not known. Right: prepare"],
    ),
    "a segment that is no stage's": (
        staged("[stages.cues.prepare]", "[stages.cues.walk]"),
        [
            f":{staged_line('[stages.cues.prepare')}: stages[0].cues.walk: is not known. Right: one of prepare, hold, reps, "
            "breaths, rest, switch"
        ],
    ),
    "two ways to get ready for the first": (
        staged("seconds = 6", "seconds = 6\nprepare = 5"),
        [
            f":{staged_line('seconds') + 1}: stages[0].prepare: comes before every exercise. Right: `prepare` in the stages "
            "after the first"
        ],
    ),
    "a way in where there is none": (
        STAGED + '[stages.cues.prepare]\nstart = "Get ready."\n',
        [f":{STAGED.count(chr(10)) + 1}: stages[2].cues.prepare: never comes in this exercise. Right: breaths"],
    ),
    "sides said twice": (
        staged("place =", "per_side = true\nplace ="),
        [
            f":{staged_line('per_side') + 1}: stages[0].per_side: is said by the exercise already. Right: `per_side` of the "
            "exercise, or of its stages"
        ],
    ),
    "a count that is timed": (
        staged("amount = 8", "seconds = 8"),
        [
            f":{staged_line('amount = 8') - 3}: stages[1].amount: is missing. Right: a whole number from 1 to 100",
            f":{staged_line('amount = 8')}: stages[1].seconds: has no meaning for something that is counted. "
            "Right: `amount` only",
        ],
    ),
    "a time that is counted": (
        staged("seconds = 6", "amount = 6"),
        [f":{staged_line('seconds')}: stages[0].amount: has no meaning for something that is timed. Right: `seconds`"],
    ),
    "a hold of a blink": (
        staged("seconds = 6", "seconds = 2"),
        [f":{staged_line('seconds')}: stages[0].seconds: is too short. Right: seconds, 3 or more"],
    ),
    "a stage that says nothing": (
        staged('start = "Lift."\n', ""),
        [
            f":{staged_line('[stages.cues.reps')}: stages[1].cues.reps.start: is missing. Right: what is said when the work "
            "begins"
        ],
    ),
    "sides where a stage has none": (
        staged('"Lift."', '"Lift your {side} heel."').replace("Bend your knee", "Bend your {side} knee"),
        [
            ":5: steps[1]: {side} has no meaning where not every stage has sides. Right: no braces, or `per_side = true`",
            f":{staged_line('[stages.cues.reps') + 1}: stages[1].cues.reps.start: {{side}} has no meaning in a stage without "
            "sides. Right: no braces, or `per_side = true`",
        ],
    ),
    "a side before a stage without": (
        staged("per_side = true\n", "").replace("{side}", "right").replace("[cues.switch]", "[cues.prepare]"),
        [
            ":8: cues.prepare.start: {Side} has no meaning before a stage without sides. Right: no braces, or "
            "`per_side = true`"
        ],
    ),
    "a stage's figure out of reach": (
        f"{STAGED}[stages.figure]{FIGURE.replace('[figure.', '[stages.figure.')}".replace(
            "heel = [0.5017, 0]", "heel = [0.9, 0]"
        ),
        [
            f":{STAGED.count(chr(10)) + figure_line('[figure.work]') - FIGURE_LINE + 1}: stages[2].figure.work: near_leg: the "
            "target is 0.888 away, the limb reaches 0.491. Right: a target that the limb can reach"
        ],
    ),
    "no TOML": ("id = \n", [':1: this is no TOML: Invalid value. Right: lines like name = "value"']),
    "a text without quotes": (
        GOOD.replace('"desk"', "desk  # at work"),
        [':4: place: desk is no TOML value. Right: place = "desk"'],
    ),
    "a yes": (GOOD.replace("true", "yes"), [":6: per_side: yes is no TOML value. Right: per_side = true"]),
    "quotes of a word processor": (
        GOOD.replace('"My stretch"', "“My stretch”"),
        [':2: has typographic quotes where a text begins or ends. Right: straight ones: "like this"'],
    ),
    "a comma forgotten": (
        GOOD.replace('"Stand.", ', '"Stand." '),
        [":7: this is no TOML: Unclosed array. Right: a comma after each entry of the list, and ] after the last"],
    ),
    "a quote forgotten": (
        GOOD.replace('"My stretch"', '"My stretch'),
        [":2: this is no TOML: Illegal character '\\n'. Right: a quote at the end of the text too, in the same line"],
    ),
    "a key said twice": (
        GOOD.replace("work =", 'name = "Again"\nwork ='),
        [":5: this is no TOML: Cannot overwrite a value. Right: each key once"],
    ),
    "nested without end": (
        "needs = " + "[" * 5000,
        [": lists or tables are nested too deeply. Right: lists and tables, as documented"],
    ),
    "a number without end": (
        "order = " + "1" * 5000,
        [
            ": this is no TOML: Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; use "
            'sys.set_int_max_str_digits() to increase the limit. Right: lines like name = "value"'
        ],
    ),
    "a file cut short": (
        'id = "a"\nneeds = [',
        [':2: this is no TOML: Invalid value. Right: lines like name = "value"'],
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
        [':7: steps: is empty. Right: a list of texts, like ["one", "two"]'],
    ),
    "one step for a list of them": (
        GOOD.replace('["Stand.", "Bend your {side} knee."]', '"Stand."'),
        [':7: steps: is text. Right: a list of texts, like ["one", "two"]'],
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
            ":7: steps[1]: {side} has no meaning in an exercise without sides. Right: no braces, or `per_side = true`",
            ":10: cues.hold.start: {side} has no meaning in an exercise without sides. Right: no braces, or `per_side = true`",
        ],
    ),
    "a moment that does not exist": (
        GOOD.replace("start =", "begin ="),
        [":10: cues.hold.begin: is not known. Right: start"],
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
        [
            ":7: amount: has no meaning for a hold, which lasts as long as `stretch.hold` says. Right: no `amount`; or, for "
            "seconds of its own, one of [[stages]] with `seconds`"
        ],
    ),
    "no count": (
        GOOD.replace('"hold"', '"reps"').replace("[cues.hold]", "[cues.reps]"),
        [": amount: is missing. Right: a whole number from 1 to 100"],
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
        [': avoid: lacks the floor that the exercise is done on. Right: ["floor"]'],
    ),
    "rounds of no stages": (
        GOOD.replace("kind", "rounds = 3\nkind"),
        [":3: rounds: has no meaning without stages. Right: [[stages]], or no `rounds`"],
    ),
    "no round at all": (
        STAGED.replace("kind", "rounds = 0\nkind"),
        [":3: rounds: is out of bounds. Right: a number from 1 to 20"],
    ),
    "a key below a table": (
        GOOD + 'needs = ["a wall"]\n',
        [":11: cues.hold.needs: is not known here. Right: `needs` above the first line in brackets"],
    ),
    "a count of none": (
        GOOD.replace('"hold"', '"reps"').replace("[cues.hold]", "[cues.reps]").replace("kind", "amount = 0\nkind"),
        [":3: amount: is no count. Right: a whole number from 1 to 100"],
    ),
    "a stage that rests for a time it does not say": (
        staged('work = "reps"\namount = 8', 'work = "rest"').replace("cues.reps", "cues.rest"),
        [f":{staged_line('amount = 8') - 3}: stages[1].seconds: is missing. Right: seconds, 3 or more"],
    ),
    "half a count": (
        GOOD.replace('"hold"', '"reps"').replace("[cues.hold]", "[cues.reps]").replace("kind", "amount = 2.5\nkind"),
        [":3: amount: is no count. Right: a whole number from 1 to 100"],
    ),
    "seconds where there are no stages": (
        GOOD.replace("kind", "seconds = 20\nkind"),
        [":3: seconds: is not known here. Right: `seconds` in one of [[stages]]"],
    ),
    "an id that is a list": (
        GOOD.replace('"my-stretch"', '["my-stretch"]'),
        [":1: id: is a list. Right: small letters, digits and hyphens, like my-stretch"],
    ),
    "capitals": (
        GOOD.replace("place", "Place"),
        [
            ":4: Place: is not known. Right: place",
            ": place: is missing. Right: desk, floor, bed",
        ],
    ),
    "another word for a count": (
        staged("amount = 8", "reps = 8"),
        [f":{staged_line('amount = 8')}: stages[1].reps: is not known. Right: amount"],
    ),
    "one bracket for two": (
        GOOD.replace('work = "hold"', "").partition("[cues.hold]")[0] + '[stages]\nname = "Press"\n',
        [
            ":9: stages: is a table. Right: [[stages]], in two brackets, for each one; in it name, work, amount, seconds, "
            "per_side, prepare, steps, cues, figure"
        ],
    ),
    "a source by itself": (
        GOOD.replace("kind", 'sources = ["Dr. X"]\nkind'),
        [":3: sources[0]: is text. Right: [[sources]], in two brackets, for each one; in it title, letter"],
    ),
    "an unknown part of the body": (
        with_figure('"near_foot"', '"belly"'),
        [
            f":{figure_line('rests')}: figure.rests[2]: belly is not known. Right: pelvis, back, head, near_knee, near_foot, "
            "near_hand, near_elbow, far_knee, far_foot, far_hand, far_elbow"
        ],
    ),
    "a target out of reach": (
        with_figure("heel = [0.5017, 0]", "heel = [0.9, 0]"),
        [
            f":{figure_line('[figure.work]')}: figure.work: near_leg: the target is 0.888 away, the limb reaches 0.491. "
            "Right: a target that the limb can reach"
        ],
    ),
    "a number that is none": (
        with_figure("heel = [0.5017, 0]", "heel = [nan, 0]"),
        [
            f":{figure_line('[figure.work]') + 3}: figure.work.near_leg.heel[0]: is no number for a figure. "
            "Right: degrees, or shares of body height"
        ],
    ),
    "a leg with two minds": (
        with_figure("heel = [0.5017, 0]", "thigh = 3, heel = [0.503, 0]"),
        [
            f":{figure_line('[figure.work]') + 3}: figure.work.near_leg: needs both thigh and shank, or one of heel, ball "
            "and sole. Right: a table with thigh, shank, heel, ball, sole, foot, toes"
        ],
    ),
    "an arm with no mind": (
        with_figure(
            'near_arm = { on = "far_shin_front", along = 0.1, hand = 100, out = 20 }', "near_arm = { hand = 120 }"
        ),
        [
            f":{figure_line('[figure.work]') + 5}: figure.work.near_arm: needs both upper and fore, or one of palm and on. "
            "Right: a table with upper, fore, palm, on, along, hand, out"
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
    "a bed of no height": (
        with_figure("mat = [-0.54, 0.6]", "bed = { head = -0.5, edge = 0.5, top = 0 }"),
        [
            f":{figure_line('mat')}: figure.bed: needs a head and an edge that are apart, and a top above the floor. "
            "Right: a table with top, head, edge"
        ],
    ),
    "a cushion of no length": (
        with_figure("mat = [-0.54, 0.6]", "cushion = { from_x = 0.1, to_x = 0.1, height = 0.03 }"),
        [
            f":{figure_line('mat')}: figure.cushion: begins and ends at the same place. "
            "Right: a table with from_x, to_x, height"
        ],
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


def test_a_byte_order_mark_is_no_mistake(write: Write) -> None:
    """Editors on Windows begin a text with one; the lines are counted as ever."""
    folder = write(mine="\ufeff" + GOOD, bad="\ufeff" + GOOD.replace("my-stretch", "My stretch"))

    catalogue = load(SHIPPED, folder)

    assert "my-stretch" in catalogue.own
    assert [str(problem).split(" ")[0] for problem in catalogue.problems] == [f"{folder}/bad.toml:1:"]
