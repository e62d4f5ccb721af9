"""The words of the notifications, as a table."""

from __future__ import annotations

from datetime import datetime
from itertools import combinations
from typing import Any

import pytest

from unsit import words
from unsit.core.model import HOLD_REASONS, Prompted, Reminded
from unsit.daemon.commands import to_event
from unsit.daemon.notes import already_running_note, hello_note, problem_note, prompt_note, undo_note
from unsit.durations import parse_duration
from unsit.ports import Button, Note

NAMES = {"standing-lunge": "Standing lunge stretch", "glute-bridge": "Glute bridges", "bird-dog": "Bird dog"}
NOW = datetime(2026, 3, 2, 9, 52)  # noqa: DTZ001  local time, as the shell hands it over


@pytest.fixture(autouse=True)
def _english() -> None:
    words.setup({})


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return NOW.replace(hour=hour, minute=minute, day=day)


def prompted(**changes: object) -> Prompted:
    fields = {"prompt": 1, "exercises": ("standing-lunge",), "sat_s": 3600.0, "snoozes_left": 3, **changes}
    return Prompted(**fields)  # type: ignore[arg-type]  # as the test gives them


def reminded(**changes: object) -> Reminded:
    fields = {"prompt": 1, "exercises": ("standing-lunge",), "sat_s": 3900.0, "snoozes_left": 3, **changes}
    return Reminded(**fields)  # type: ignore[arg-type]  # as the test gives them


def note_of(decision: Prompted | Reminded, **options: Any) -> Note:
    return prompt_note(decision, NAMES.__getitem__, seconds=198, snooze_s=600, **options)


def read(note: Note) -> str:
    """As a person sees it."""
    return "\n".join((f"# {note.title}", note.body, " ".join(f"[{button.label}]" for button in note.buttons))).rstrip()


PROMPTS: list[tuple[Prompted | Reminded, str]] = [
    (
        prompted(),
        """\
# Time to get up
Standing lunge stretch, 3 min 18 s
You have sat for 1 h.
[Start] [Snooze 10 min] [Skip]""",
    ),
    (
        prompted(snoozes_left=0, sat_s=5400.0, again=True),
        """\
# Time to get up
Standing lunge stretch, 3 min 18 s
You have sat for 1 h 30 min.
[Start] [Skip]""",
    ),
    (
        prompted(standing=True),
        """\
# Time to move
Standing lunge stretch, 3 min 18 s
You have been standing for 1 h.
[Start] [Snooze 10 min] [Skip]""",
    ),
    (
        prompted(routine="strength", exercises=("glute-bridge", "bird-dog")),
        """\
# Your routine: strength
Glute bridges and Bird dog, 3 min 18 s
[Start] [Snooze 10 min] [Skip]""",
    ),
    (
        prompted(over_limit=("call", "dnd"), sat_s=14700.0),
        """\
# A moment to get up?
Standing lunge stretch, 3 min 18 s
You have sat for 4 h 5 min.
It has waited long for your call and “do not disturb”.
[Start] [Snooze 10 min] [Skip]""",
    ),
    (
        prompted(over_limit=("app",), standing=True, snoozes_left=0),
        """\
# A moment to move?
Standing lunge stretch, 3 min 18 s
You have been standing for 1 h.
It has waited long for a program on your list.
[Start] [Skip]""",
    ),
    (
        prompted(over_limit=("fullscreen",), routine="strength"),
        """\
# Your routine: strength
Standing lunge stretch, 3 min 18 s
It has waited long for the full screen.
[Start] [Snooze 10 min] [Skip]""",
    ),
    (
        reminded(),
        """\
# Still time to get up
Standing lunge stretch, 3 min 18 s
You have sat for 1 h 5 min.
[Start] [Snooze 10 min] [Skip]""",
    ),
    (
        reminded(standing=True, snoozes_left=0),
        """\
# Still time to move
Standing lunge stretch, 3 min 18 s
You have been standing for 1 h 5 min.
[Start] [Skip]""",
    ),
    (
        reminded(routine="strength", exercises=("bird-dog",)),
        """\
# Still open: strength
Bird dog, 3 min 18 s
[Start] [Snooze 10 min] [Skip]""",
    ),
]


@pytest.mark.parametrize(("decision", "text"), PROMPTS)
def test_a_prompt_says_what_it_takes_and_how_long_one_sat(decision: Prompted | Reminded, text: str) -> None:
    assert read(note_of(decision)) == text


@pytest.mark.parametrize("decision", [decision for decision, _text in PROMPTS])
def test_every_prompt_can_be_answered(decision: Prompted | Reminded) -> None:
    """A click on it starts; the buttons are words of the one vocabulary; it says what to do without them."""
    note = note_of(decision, link="unsit:begin", image="/pose.png", sound="message")

    assert note.default == note.buttons[0] == Button("Start", "begin")
    assert [button.command for button in note.buttons] in (["begin", "snooze", "skip"], ["begin", "skip"])
    snoozes = [parse_duration(button.params["for"]) for button in note.buttons if button.command == "snooze"]
    assert snoozes == ([600] if decision.snoozes_left else [])
    assert "unsit begin" in note.fallback
    assert note.link == ("Start the stretch", "unsit:begin")
    assert (note.slot, note.image, note.sound) == ("prompt", "/pose.png", "message")
    assert not note.resident
    assert not note.transient
    assert note.expires_s
    assert note.expires_s > 0


def test_a_walk_of_another_length_is_not_called_by_two_minutes() -> None:
    """`stretch.walk` says how long it is."""
    walk = prompted(exercises=("walk",))

    def first_line(seconds: float, name: str = "Two-minute walk") -> str:
        return prompt_note(walk, {"walk": name}.__getitem__, seconds=seconds, snooze_s=600).body.splitlines()[0]

    assert first_line(130) == "Two-minute walk, 2 min 10 s"
    assert first_line(22) == "Walk, 22 s"
    assert first_line(22, "To the well") == "To the well, 22 s"


def test_a_prompt_for_the_walk_alone_says_why() -> None:
    """Somebody who had a stretch every hour would take it for a fault."""
    note = prompt_note(prompted(), NAMES.__getitem__, seconds=120, snooze_s=600, no_stretch=True)

    assert note.body.splitlines()[-1] == "No stretch is left that suits you. To see why, type: unsit exercise list"


def test_only_what_would_be_hidden_otherwise_is_critical() -> None:
    """Notification servers hide what is not critical in "do not disturb" and over a full-screen window."""
    for reason in HOLD_REASONS:
        expected = "critical" if reason in ("dnd", "fullscreen") else "normal"
        assert note_of(prompted(over_limit=(reason,))).urgency == expected
    assert note_of(prompted()).urgency == note_of(reminded()).urgency == "normal"


FIRST = """\
# Unsit is here
It asks you to get up after 1 h of sitting{first}.{more}
[Set my hours] [Pause until tomorrow]"""


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"first": True, "next_at": at(10, 52)},
            FIRST.format(first=", first at 10:52", more="\nNo working hours are set: it counts all day."),
        ),
        (
            {"first": True, "opens_at": at(9, day=3), "has_hours": True},
            FIRST.format(first="", more="\nIt begins to count with your working hours (tomorrow, 09:00)."),
        ),
        (
            {"first": True, "next_at": at(10, 52), "paused_until": at(6, day=3), "has_hours": True},
            FIRST.format(first="", more="\nIt is paused until tomorrow, 06:00."),
        ),
        (
            {"first": True, "next_at": at(10, 52), "paused": True, "has_hours": True},
            FIRST.format(first="", more="\nIt is paused until you resume it."),
        ),
        ({"first": False, "next_at": at(10, 52)}, "# Unsit is here\nIf you stay seated, it speaks up at 10:52."),
        (
            {"first": False, "opens_at": at(9, day=5)},
            "# Unsit is here\nIt begins to count with your working hours (Thursday, 09:00).",
        ),
        ({"first": False, "paused_until": at(14)}, "# Unsit is here\nIt is paused until 14:00."),
        ({"first": False, "paused": True}, "# Unsit is here\nIt is paused until you resume it."),
        ({"first": False}, "# Unsit is here\nIt speaks up when it is time to get up."),
    ],
)
def test_a_start_says_that_it_is_there_and_when_it_speaks(options: dict[str, object], text: str) -> None:
    assert read(hello_note(now=NOW, every_s=3600, **options)) == text  # type: ignore[arg-type]  # as the table gives them


def test_the_first_start_stays_until_it_was_read_and_the_others_pass() -> None:
    """The first one has buttons that matter; the others only say hello."""
    first, later = (hello_note(now=NOW, every_s=3600, first=is_first) for is_first in (True, False))

    assert [(button.command, button.params) for button in first.buttons] == [
        ("open", {"page": "settings"}),
        ("pause", {"tomorrow": "true"}),
    ]
    assert first.expires_s == 0
    assert "unsit open settings" in first.fallback
    assert later.expires_s
    assert later.transient


def test_a_second_start_says_where_the_first_one_is() -> None:
    """Somebody clicked the menu entry and waits for a window: here is what they can do."""
    note = already_running_note(now=NOW, next_at=at(10, 52))

    assert read(note) == (
        "# Unsit is already running\nIf you stay seated, it speaks up at 10:52.\n[Start a stretch] [Open]"
    )
    assert [(button.command, button.params) for button in note.buttons] == [("begin", {}), ("open", {"page": "status"})]


@pytest.mark.parametrize(
    ("command", "with_time", "without"),
    [
        ("skip", "# Skipped\nThe next one comes at 11:52.", "# Skipped\nThe next one comes in a while."),
        ("done", "# Well done\nThe next one comes at 11:52.", "# Well done\nYour sitting time starts again from zero."),
        ("snooze", "# Snoozed\nUnsit asks again at 11:52.", "# Snoozed\nUnsit asks again in a while."),
        (
            "stand",
            "# You are standing\nTime to move again at 11:52.",
            "# You are standing\nYour time starts again from zero.",
        ),
        (
            "sit",
            "# You are sitting\nTime to get up at 11:52.",
            "# You are sitting\nYour sitting time starts again from zero.",
        ),
    ],
)
def test_whatever_can_be_undone_says_so(command: str, with_time: str, without: str) -> None:
    """Short, gone by itself, and one press back."""
    assert read(undo_note(command, at(11, 52))) == f"{with_time}\n[Undo]"
    note = undo_note(command)
    assert read(note) == f"{without}\n[Undo]"
    assert [button.command for button in note.buttons] == ["undo"]
    assert note.transient
    assert "unsit undo" in note.fallback


def test_a_problem_has_what_happened_and_the_next_step() -> None:
    button = Button("Settings", "open", {"page": "settings"})
    note = problem_note("config.toml, line 3", "Write it like 45 min.", [button])

    assert read(note) == "# config.toml, line 3\nWrite it like 45 min.\n[Settings]"
    assert not note.transient


def test_every_button_is_a_word_of_the_vocabulary() -> None:
    """With parameters that the daemon takes."""
    everything = [
        *(note_of(decision) for decision, _text in PROMPTS),
        *(hello_note(now=NOW, every_s=3600, first=first) for first in (True, False)),
        already_running_note(now=NOW),
        *(undo_note(command) for command in ("skip", "done", "snooze", "stand", "sit")),
        problem_note("", ""),
    ]
    for note in everything:
        for button in (*note.buttons, *([note.default] if note.default else [])):
            if button.command == "open":
                assert button.params["page"] in ("settings", "status")
            else:
                to_event(button.command, button.params)


def test_texts_fit_where_they_are_shown() -> None:
    """mako shows a title and four lines of 34 letters by default, and cuts the rest; Xfce cuts the title at about 35."""
    over = [note_of(prompted(over_limit=reasons, sat_s=14700.0)) for reasons in combinations(HOLD_REASONS, 2)]
    hello = [hello_note(now=NOW, every_s=3600, first=True, next_at=at(10, 52))]
    for note in [*over, *hello, *(note_of(decision) for decision, _text in PROMPTS)]:
        assert len(note.title) <= 36
        assert sum(-(-len(line) // 34) for line in note.body.split("\n")) <= 4
