"""What a page is told to show, for snapshots written by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from support.fake_daemon import LUNGE, Segments
from unsit import catalogue, paths
from unsit.core.snapshot import HoldView, LastView, Moment, PromptView, SegmentView, SessionView, Snapshot, UndoView
from unsit.web.exercise_views import about_labels, list_labels
from unsit.web.server import ASSETS
from unsit.web.views import labels, page_view

CATALOGUE = catalogue.load(paths.shipped_config_dir() / "exercises", None)


def at(boot_s: float, time_of_day: str = "10:52") -> Moment:
    return Moment(boot_s, f"2026-03-02T{time_of_day}:00+01:00")


COUNTING = Snapshot(
    version="1", boot_s=1000.0, boot_id="here", wall=at(0).wall, phase="counting", sat_s=100, every_s=3600,
    sitting_since=at(900, "09:52"), due=at(4500, "10:52"), prompt=None, session=None, pause_until=None, holds=(),
    absent_since=None, locked=False, standing=False, hours_change=None, next_exercises=("standing-lunge",),
    next_seconds=198, undo=None, allowed=("begin",), hurt=(), last=None,
)  # fmt: skip
PROMPT = PromptView(1, "offered", ("standing-lunge",), None, 3, 2, False, at(1000), None)


def session(segments: Segments = LUNGE, index: int = 0, **changes: Any) -> SessionView:
    made = SessionView(
        id=7, exercises=("standing-lunge",), routine=None,
        segments=tuple(SegmentView(kind, seconds, side, "standing-lunge") for kind, seconds, side in segments),
        index=index, elapsed_s=4.0, ends=at(1006), paused=False, reached=(), may_choose=index == 0, began=at(996),
        total_s=198, work={}, first={"standing-lunge": "left"}, walk_s=120, hold_s={"standing-lunge": 30},
    )  # fmt: skip
    return replace(made, **changes)


def shown(snapshot: Snapshot | None, *, gone_s: float | None = None) -> dict[str, Any]:
    return page_view(snapshot, CATALOGUE, is_connected=gone_s is None, gone_s=gone_s, end_stays_s=60)


@pytest.mark.parametrize(
    ("changes", "headline", "detail"),
    [
        ({}, "Next break at 10:52", "You have sat since 09:52."),
        ({"standing": True}, "Next break at 10:52", "You have stood since 09:52."),
        ({"due": None}, "All is quiet", "You have sat since 09:52."),
        ({"phase": "due", "prompt": PROMPT}, "Time to get up", "Standing lunge stretch. You have sat since 09:52."),
        (
            {"phase": "snoozed", "prompt": replace(PROMPT, stage="snoozed", until=at(0, "11:02"))},
            "Snoozed until 11:02", "You have sat since 09:52.",
        ),
        (
            {"phase": "held", "holds": (HoldView("call", at(0), False, ("zoom",)), HoldView("dnd", at(0), False))},
            "A break is due", "It waits while you are in a call (zoom) and “do not disturb” is on.",
        ),
        ({"phase": "held", "holds": (HoldView("call", at(0), True),)}, "A break is due", "It waits for a quiet moment."),
        ({"phase": "session", "session": session()}, "A stretch is running", "Standing lunge stretch."),
        ({"phase": "break"}, "On your break", "The clock starts again when you are back."),
        ({"phase": "paused"}, "Paused", "No breaks until you resume."),
        ({"phase": "paused", "pause_until": at(0, "13:00")}, "Paused until 13:00", "No breaks until then."),
        ({"phase": "away", "absent_since": at(0, "12:03")}, "Away since 12:03", ""),
        ({"phase": "off"}, "Outside your hours", ""),
        ({"phase": "off", "hours_change": at(0, "09:00")}, "Outside your hours", "They begin at 09:00."),
    ],
)  # fmt: skip
def test_every_phase_has_its_words(changes: dict[str, Any], headline: str, detail: str) -> None:
    view = shown(replace(COUNTING, **changes))

    assert (view["headline"], view["detail"]) == (headline, detail)


def test_before_the_first_word_of_the_daemon_there_is_nothing_to_show() -> None:
    assert shown(None)["connected"] is False
    assert shown(None).keys() == shown(COUNTING).keys()


def test_the_page_gets_instants_and_not_seconds() -> None:
    """The end of the segment on the daemon's clock; none while it stands still."""
    running = shown(replace(COUNTING, phase="session", session=session()))["session"]
    paused = shown(replace(COUNTING, phase="session", session=session(paused=True, ends=None)))["session"]

    assert (running["ends_s"], running["index"]) == (1006, 0)
    assert (paused["ends_s"], paused["elapsed_s"], paused["paused"]) == (None, 4.0, True)


def test_a_session_whose_daemon_has_gone_stands_where_it_was_then() -> None:
    """Lost 2.5 s before the end of its ten seconds, and never past the end."""
    snapshot = replace(COUNTING, phase="session", session=session())

    lost = shown(snapshot, gone_s=1003.5)
    late = shown(snapshot, gone_s=1010.0)

    assert lost["connected"] is False
    assert lost["allowed"] == []
    assert (lost["session"]["elapsed_s"], lost["session"]["ends_s"]) == (7.5, None)
    assert late["session"]["elapsed_s"] == 10


def test_each_segment_says_which_side_it_is() -> None:
    """The word only where it is worked on; figure and sentences speak of the side that comes."""
    segments = shown(replace(COUNTING, phase="session", session=session()))["session"]["segments"]

    assert [(s["kind"], s["side"], s["side_word"], s["figure_side"], s["floor_word"]) for s in segments] == [
        ("prepare", None, "", "left", "Ready"),
        ("hold", "left", "Left", "left", "Left"),
        ("switch", None, "", "right", "Switch"),
        ("hold", "right", "Right", "right", "Right"),
        ("walk", None, "", None, "Walk"),
    ]
    assert [s["then"] for s in segments] == [
        "Then: left side, 30 s", "Then: change sides", "Then: right side, 30 s", "Then: walk, 2 min", "Then you are done.",
    ]  # fmt: skip
    assert segments[2]["note"] == "Now the right side"
    assert "right leg" in segments[2]["cues"][0][1]


def test_cues_come_in_order_and_within_their_segment() -> None:
    """For every exercise of the catalogue, also in the shortest hold."""
    for text in CATALOGUE.exercises:
        for seconds in (2.0, 15.0, 120.0):
            view = SessionView(
                id=1, exercises=(text.id,), routine=None, segments=(SegmentView(text.work, seconds, "left", text.id),),
                index=0, elapsed_s=0, ends=at(1000 + seconds), paused=False, reached=(), may_choose=False, began=at(1000),
                total_s=seconds, work={}, first={}, walk_s=0, hold_s={},
            )  # fmt: skip
            cues = shown(replace(COUNTING, phase="session", session=view))["session"]["segments"][0]["cues"]
            instants = [from_s for from_s, _ in cues]
            assert instants == sorted(instants)
            assert instants[0] == 0
            assert all(from_s < seconds for from_s in instants)
            assert not any("{" in sentence for _, sentence in cues)


PHYSIO = """
id = "physio"
name = "Programme"
kind = "stretch"
place = "floor"
avoid = ["floor"]
steps = ["One.", "Two.", "Three.", "Four.", "Five."]
[[stages]]
name = "Heel on the chair"
work = "hold"
seconds = 20
per_side = true
steps = ["Put your {side} heel on the chair."]
cues.hold.start = "Lean forward."
[[stages]]
name = "Bridge"
work = "reps"
amount = 8
cues.reps.start = "Lift, and lower slowly."
"""


def test_an_exercise_of_several_stages_says_where_one_is(tmp_path: Path) -> None:
    """Its steps are the stage's own; the first four of more are shown, the rest one click away; it has no figure."""
    (tmp_path / "physio.toml").write_text(PHYSIO)
    own = catalogue.load(paths.shipped_config_dir() / "exercises", tmp_path)
    assert own.problems == []
    segments = (
        SegmentView("prepare", 20, None, "physio"), SegmentView("hold", 20, "left", "physio"),
        SegmentView("prepare", 10, None, "physio", 1), SegmentView("reps", 32, None, "physio", 1),
        SegmentView("walk", 120, None, "physio"),
    )  # fmt: skip
    running = replace(session(), exercises=("physio",), segments=segments)
    snapshot = replace(COUNTING, session=running, next_exercises=("physio",))

    view = page_view(snapshot, own, is_connected=True, gone_s=None, end_stays_s=60)

    made = view["session"]["segments"]
    assert [(s["part"], s["steps"][:1], s["is_on_floor"], s["figure"]) for s in made] == [
        ("part 1 of 2: Heel on the chair", ["Put your left heel on the chair."], False, ""),
        ("part 1 of 2: Heel on the chair", ["Put your left heel on the chair."], True, ""),
        ("part 2 of 2: Bridge", ["One."], True, ""),
        ("part 2 of 2: Bridge", ["One."], True, ""),
        ("", [], True, "walk"),
    ]
    assert len(made[2]["steps"]) == len(view["offer"]["steps"]) == 4
    assert view["offer"]["more"] == ["One.", "Two.", "Three.", "Four.", "Five."]


def test_a_routine_is_a_list_of_names_and_each_is_told_when_it_is_its_turn() -> None:
    """On the way from one to the next somebody stands and reads again."""
    names = ("glute-bridge", "supine")
    segments = (
        SegmentView("prepare", 20, None, "glute-bridge"), SegmentView("reps", 40, None, "glute-bridge"),
        SegmentView("prepare", 20, None, "supine"), SegmentView("hold", 30, "left", "supine"),
    )  # fmt: skip
    running = replace(session(), exercises=names, segments=segments)

    view = shown(replace(COUNTING, session=running, next_exercises=names))

    assert view["offer"]["steps"] == ["Glute bridges", "Supine psoas stretch"]
    assert [(s["title"], s["part"], s["is_on_floor"]) for s in view["session"]["segments"]] == [
        ("Glute bridges", "1 of 2", False), ("Glute bridges", "1 of 2", True),
        ("Supine psoas stretch", "2 of 2", False), ("Supine psoas stretch", "2 of 2", True),
    ]  # fmt: skip
    assert view["session"]["choices"]["exercises"] == [], "a routine has its own exercises"


def test_repetitions_are_counted() -> None:
    segments = shown(replace(COUNTING, session=session((("reps", 40, "left"), ("breaths", 30, None)))))["session"][
        "segments"
    ]

    assert [segment["beats"] for segment in segments] == [10, 5]


def test_what_can_be_chosen_is_what_can_still_change() -> None:
    """Other side, longer hold up to two minutes, without the walk; nothing once it has begun."""

    def buttons(**changes: Any) -> list[dict[str, str]]:
        view = shown(replace(COUNTING, session=session(**changes)))["session"]["choices"]
        return [button["params"] for button in view["buttons"]]

    assert buttons() == [{"first": "right"}, {"hold": "45"}, {"walk": "0s"}]
    assert buttons(hold_s={"standing-lunge": 115}) == [{"first": "right"}, {"hold": "120"}, {"walk": "0s"}]
    assert buttons(hold_s={"standing-lunge": 120}, first={"standing-lunge": "right"}) == [
        {"first": "left"},
        {"hold": "30"},
        {"walk": "0s"},
    ]
    assert buttons(segments=LUNGE[:4], walk_s=0) == [{"first": "right"}, {"hold": "45"}, {"walk": "120s"}]
    assert shown(replace(COUNTING, session=session(index=1)))["session"]["choices"] is None


def test_an_exercise_without_sides_has_none_to_choose() -> None:
    """The bridge is done in the middle; and what comes is named as within a sentence."""
    made = session((("prepare", 20, None), ("breaths", 30, None), ("walk", 120, None)))
    segments = tuple(replace(segment, exercise="bridge") for segment in made.segments)
    bridge = replace(made, exercises=("bridge",), segments=segments, first={"bridge": "left"}, hold_s={})

    view = shown(replace(COUNTING, session=bridge))["session"]

    assert [button["label"] for button in view["choices"]["buttons"]] == ["Without the walk"]
    assert view["segments"][0]["then"] == "Then: breathe, 30 s"


def test_what_can_be_chosen_says_what_one_has_to_get_down_to() -> None:
    """Nothing of those that are done standing."""
    names = {
        entry["id"]: entry["name"]
        for entry in shown(replace(COUNTING, session=session()))["session"]["choices"]["exercises"]
    }

    assert names["half-kneeling"] == "Half-kneeling psoas stretch · floor"
    assert names["lying-1"].endswith(" · bed")
    assert names["standing-lunge"] == "Standing lunge stretch"


def test_what_hurt_is_not_among_the_other_exercises() -> None:
    view = shown(replace(COUNTING, session=session(), hurt=("half-kneeling",)))

    offered = [entry["id"] for entry in view["session"]["choices"]["exercises"]]
    assert "half-kneeling" not in offered
    assert len(offered) == len(CATALOGUE.exercises) - 1


@pytest.mark.parametrize(
    ("word", "reason", "title", "work"),
    [
        ("completed", None, "Well done", [["Left side", "30 s"], ["Right side", "30 s"], ["Walked", "2 min"]]),
        ("partial", None, "Stopped early", [["Left side", "30 s"], ["Right side", "30 s"], ["Walked", "2 min"]]),
        (
            "partial",
            "pain",
            "Stopped, because it hurt",
            [["Left side", "30 s"], ["Right side", "30 s"], ["Walked", "2 min"]],
        ),
        ("void", None, "Stopped", []),
    ],
)
def test_the_end_says_what_was_done(word: str, reason: str | None, title: str, work: list[list[str]]) -> None:
    done = {"left": 30.0, "right": 30.2, "walk": 120.0}
    last = LastView(word, ("standing-lunge",), done, at(990), 7, reason)

    end = shown(replace(COUNTING, phase="break", last=last))["end"]

    assert (end["title"], end["work"], end["at_s"], end["end_stays_s"]) == (title, work, 990, 60)


def test_the_end_of_a_prompt_without_a_session_is_no_end_of_a_session() -> None:
    last = LastView("skipped", ("standing-lunge",), None, at(990), None)

    assert shown(replace(COUNTING, last=last))["end"] is None
    assert shown(replace(COUNTING, last=replace(last, session=7), session=session()))["end"] is None


def test_the_steps_before_it_begins_speak_of_the_side_that_comes_first() -> None:
    left = shown(COUNTING)["offer"]
    right = shown(replace(COUNTING, next_first={"standing-lunge": "right"}))["offer"]

    assert (left["side"], right["side"]) == ("left", "right")
    assert "right foot" in left["steps"][0]
    assert "left foot" in right["steps"][0]


def test_the_last_command_can_be_taken_back_by_its_name() -> None:
    assert shown(replace(COUNTING, undo=UndoView("skip", at(1060))))["undo"] == "Undo “Skip”"


def test_an_exercise_that_has_left_the_catalogue_is_shown_by_its_id() -> None:
    """A daemon with newer files than this process."""
    gone = session((("hold", 30, "left"),), exercises=("no-more",))
    gone = replace(gone, segments=(SegmentView("hold", 30, "left", "no-more"),))

    view = shown(replace(COUNTING, session=gone, next_exercises=("no-more",)))

    assert view["session"]["title"] == "no-more"
    assert view["session"]["segments"][0]["cues"] == []
    assert (view["offer"]["steps"], view["offer"]["figure"]) == ([], "")


def test_every_word_of_the_pages_has_its_sentence() -> None:
    """Those of the templates and of the modules, and no sentence is translated for nothing."""
    used = set[str]()
    for path in ASSETS.iterdir():
        if path.suffix == ".html":
            used.update(re.findall(r"\$(\w+)", path.read_text()))
        elif path.suffix == ".js":
            used.update(re.findall(r"\bwords\.(\w+)", path.read_text()))

    assert used - {"data", "lang", "dir"} == set(labels() | about_labels() | list_labels())
