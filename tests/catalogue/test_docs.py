"""docs/exercises.md is held against the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import Struct

from unsit.catalogue import load
from unsit.catalogue.exercise import Cues, ExerciseText, Stage, StageCues
from unsit.catalogue.motion import body_at
from unsit.catalogue.pose import Arm, Bed, Chair, Cushion, Leg, Pose, Scene
from unsit.catalogue.psoas import psoas_percent
from unsit.paths import shipped_config_dir

DOCS = Path(__file__).parents[2] / "docs" / "exercises.md"
TEXT = DOCS.read_text(encoding="utf-8")
SHIPPED = shipped_config_dir() / "exercises"


def test_every_exercise_is_in_the_table_with_its_picture_and_source() -> None:
    for exercise in load(SHIPPED, None).exercises:
        row = next(line for line in TEXT.splitlines() if f"`{exercise.id}` |" in line)
        assert f"**{exercise.name}**" in row
        assert row.endswith(f"| {', '.join(source.letter for source in exercise.sources)} |")
        assert ("*" in row.split("|")[4]) == (exercise.dose_from == "program")
        picture = re.search(r"\]\((.*?)\)", row)
        assert picture is not None
        assert (DOCS.parent / picture[1]).is_file()


@pytest.mark.parametrize("kind", [ExerciseText, Scene, Pose, Leg, Arm, Bed, Cushion, Chair, Cues, Stage, StageCues])
def test_every_key_is_documented(kind: type[Struct]) -> None:
    for key in kind.__struct_encode_fields__:
        assert re.search(rf"\b{key}\b", TEXT), key


def test_the_examples_can_be_copied(tmp_path: Path) -> None:
    for number, example in enumerate(re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)):
        (tmp_path / f"{number}.toml").write_text(example, encoding="utf-8")

    catalogue = load(SHIPPED, tmp_path)

    assert [str(problem) for problem in catalogue.problems] == []
    assert catalogue.name_of("calf-stretch") == "Calf stretch at the wall"
    staged = catalogue.get("contract-relax")
    assert staged is not None
    assert [stage.work for stage in staged.stages] == ["hold", "hold", "reps"]


def test_the_lengths_of_the_psoas_are_those_of_the_figure() -> None:
    told = {name: int(percent) for name, percent in re.findall(r"^\| `([\w-]+)` \| (\d+) % \|$", TEXT, re.MULTILINE)}
    stretches = [
        exercise for exercise in load(SHIPPED, None).exercises if exercise.figure is not None and exercise.figure.muscle
    ]
    held = {text.id: round(psoas_percent(body_at(text, "hold", 10, 30))) for text in stretches if text.work == "hold"}
    assert told == held
