"""What people have asked other reminders for: the exercises that a doctor or a therapist has given them.

Workrave, issues 509 (stages with a picture and a duration each, and how often), 632 (those of one's therapist) and 425 (a name,
some pictures one after the other, a text, and to hand it on).
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from support.snapshots import session
from unsit.adapters.terminal_figure import Figure
from unsit.adapters.terminal_view import Look
from unsit.catalogue import ExerciseText, load
from unsit.catalogue.loading import load_alone
from unsit.core.session import work_segments
from unsit.core.snapshot import SegmentView
from unsit.paths import shipped_config_dir
from unsit.web.figures import moving_figure
from unsit.words.exercises import dose, facts
from unsit.words.segments import part_words, start_words, what_follows

SHIPPED = shipped_config_dir() / "exercises"
DOCUMENTED = (Path(__file__).parents[2] / "docs" / "exercises.md").read_text(encoding="utf-8")

BY_A_DOCTOR = """
id = "prescribed"
name = "Hip flexor, as prescribed"
kind = "stretch"
place = "desk"
per_side = true
rounds = 4
steps = ["Stand behind your chair.", "Step back with your {side} leg."]
[cues.prepare]
start = "Behind the chair. {Side} leg back."
[cues.switch]
start = "Change legs. {Side} leg back."
[[stages]]
name = "Stretch"
work = "hold"
seconds = 20
prepare = 0
[stages.cues.hold]
start = "Bend your {other} knee."
[stages.figure]
rests = ["near_foot", "far_foot"]
[stages.figure.start]
@start
[stages.figure.work]
@work
[[stages]]
name = "Pause"
work = "rest"
seconds = 5
prepare = 0
[stages.cues.rest]
start = "Let go."
[stages.figure]
rests = ["near_foot", "far_foot"]
[stages.figure.start]
@work
[stages.figure.work]
@start
"""
BY_A_THERAPIST = """
id = "mine"
name = "Calf stretch"
kind = "stretch"
place = "desk"
work = "hold"
per_side = true
steps = ["Hands to the wall, {side} leg back, heel down."]
[cues.hold]
start = "Lean in."
[cues.switch]
start = "{Side} leg back."
"""
THREE_PICTURES = """
id = "three-pictures"
name = "Up, over and back"
kind = "movement"
place = "desk"
why = "Shown in the staff kitchen."
steps = ["Stand tall.", "Lean back a little.", "Come back."]
@stages
"""


def poses(exercise: str = "standing-lunge") -> dict[str, str]:
    """The lines of a shipped figure's poses."""
    text = (SHIPPED / f"{exercise}.toml").read_text(encoding="utf-8")
    return {name: body.strip() for name, body in re.findall(r"\[figure\.(start|work)\]\n(.*?)(?=\n\[|\Z)", text, re.S)}


def with_poses(text: str) -> str:
    for name, pose in poses().items():
        text = text.replace(f"@{name}", pose)
    return text


def read(folder: Path, text: str) -> ExerciseText:
    """As a person's only file, without a mistake and without a hint."""
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    made, problems, hints = load_alone(path, SHIPPED)
    assert (problems, hints) == ([], [])
    assert made is not None
    return made


def spelled(text: ExerciseText) -> list[str]:
    return [
        " ".join(filter(None, [segment.kind, segment.side, f"{segment.seconds:g}"]))
        for segment in work_segments(text.rule(), "left", 30.0)
    ]


def test_what_a_doctor_prescribes(tmp_path: Path) -> None:
    """Stretch and pause with a picture and a duration of their own, four times for each side."""
    text = read(tmp_path, with_poses(BY_A_DOCTOR))

    side = ["hold {} 20", "rest {} 5"] * 4
    assert spelled(text) == [
        *(one.format("left") for one in side), "switch 8", *(one.format("right") for one in side),
    ]  # fmt: skip
    stretch, pause = (moving_figure(text, "left", stage) for stage in (0, 1))
    assert stretch is not None
    assert pause is not None
    assert stretch["frames"] != pause["frames"]
    assert list(facts(text))[-2:] == ["2 parts", "4 rounds"]
    segments = tuple(SegmentView("hold", 20.0, "left", text.id, stage) for stage in (0, 1, 2, 7))
    shown = session(exercises=(text.id,), segments=segments)
    own = load(SHIPPED, tmp_path)
    assert [part_words(shown, index, own) for index in range(4)] == [
        "round 1 of 4 · part 1 of 2: Stretch", "round 1 of 4 · part 2 of 2: Pause", "round 2 of 4 · part 1 of 2: Stretch",
        "round 4 of 4 · part 2 of 2: Pause",
    ]  # fmt: skip


def test_what_a_therapist_has_shown(tmp_path: Path) -> None:
    """As little as there is to say: eleven lines, and it is guided."""
    text = read(tmp_path, BY_A_THERAPIST)

    assert spelled(text) == ["hold left 30", "switch 8", "hold right 30"]
    assert dose(text) == "Hold as long as you have set, each side."
    assert text.cue("switch", "start", "right") == "Right leg back."


def test_three_pictures_that_follow_each_other_and_can_be_handed_on(tmp_path: Path) -> None:
    """Each as long as one likes, with what to do; the file is all there is, so whoever is given it has the same."""
    stages = "".join(
        f'''
[[stages]]
name = "{name}"
work = "hold"
seconds = {seconds}
{straight_on}[stages.cues.hold]
start = "{name}."
[stages.figure]
rests = ["near_foot", "far_foot"]
[stages.figure.start]
@start
[stages.figure.work]
@work
'''
        for name, seconds, straight_on in (("Up", 4, ""), ("Over", 8, "prepare = 0\n"), ("Back", 4, "prepare = 0\n"))
    )
    text = read(tmp_path, with_poses(THREE_PICTURES.replace("@stages", stages)))

    assert spelled(text) == ["hold 4", "hold 8", "hold 4"]
    for number in range(3):
        scene = text.figure_of(number)
        assert scene is not None
        drawn = Figure(scene, "hold", 4.0, Look(), is_mirrored=False, is_still=True).rows(40, 16, 0.0)
        assert sum(row.strip() != "" for row in drawn) > 10
    friend = tmp_path / "friend"
    friend.mkdir()
    shutil.copy(tmp_path / "mine.toml", friend / "from-a-friend.toml")
    assert load(SHIPPED, friend).get("three-pictures") == text


def test_three_times_thirty_seconds(tmp_path: Path) -> None:
    """The dose that is prescribed most, as docs/exercises.md writes it; how one gets there is said once."""
    example = next(block for block in re.findall(r"```toml\n(.*?)```", DOCUMENTED, re.S) if "rounds" in block)
    text = read(tmp_path, example)

    assert spelled(text) == [
        "hold left 30", "prepare 10", "hold left 30", "prepare 10", "hold left 30", "switch 8",
        "hold right 30", "prepare 10", "hold right 30", "prepare 10", "hold right 30",
    ]  # fmt: skip
    assert dose(text) == "Hold 30 s a side, 3 times."
    assert text.cue("prepare", "start", "left") == "Hands to the wall, left leg behind you."
    assert text.cue("prepare", "start", "left", stage=2) == "Let go, and stay where you are."
    segments = tuple(
        SegmentView(kind, seconds, side, text.id, stage)
        for kind, seconds, side, stage in (
            ("prepare", 10.0, None, 0), ("hold", 30.0, "left", 0), ("prepare", 10.0, None, 1), ("hold", 30.0, "left", 1),
        )
    )  # fmt: skip
    shown = session(exercises=(text.id,), segments=segments)
    spoken = [start_words(shown, index, text, after=False)[0] for index in (0, 1, 2)]
    assert spoken == [
        "Calf stretch, three times. Hands to the wall, left leg behind you.", "Lean in.",
        "Round 2 of 3. Let go, and stay where you are.",
    ]  # fmt: skip
    assert what_follows(shown, 1, load(SHIPPED, tmp_path)) == "Then: round 2 of 3"
    without = read(tmp_path, example.replace('[stages.cues.prepare]\nstart = "Let go, and stay where you are."\n', ""))
    assert start_words(shown, 2, without, after=False)[0] == "Round 2 of 3."
