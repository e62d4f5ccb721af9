"""The menu and the status line, phase by phase."""

from __future__ import annotations

from typing import Any

import pytest

from support.snapshots import IDLE_COMMANDS, at, prompt, session, snapshot
from unsit.adapters.pystray_base import Item, Menu
from unsit.core.snapshot import HoldView, Snapshot, UndoView
from unsit.daemon.menu import build_menu
from unsit.daemon.status_line import lasting_status_line, status_line

NAMES = {"standing-lunge": "Standing lunge stretch", "glute-bridge": "Glute bridges", "bird-dog": "Bird dog"}


class Asked(list[tuple[str, dict[str, Any]]]):
    """What the menu asked for, in order."""

    def __call__(self, command: str, params: dict[str, Any]) -> None:
        self.append((command, params))


def menu_of(shown: Snapshot, asked: Asked | None = None) -> Menu:
    return build_menu(
        Asked() if asked is None else asked,
        snapshot=lambda: shown,
        name_of=NAMES.__getitem__,
        exercises=lambda: list(NAMES),
    )


SOUND = (
    "Sound",
    "  On",
    "  Tones",
    "  Voice",
    "    On the floor and on a bed",
    "    Always",
    "    Never",
    "  Volume",
    "    25 %",
    "    50 %",
    "    70 %",
    "    100 %",
    "  Speed of the voice",
    "    80 %",
    "    100 %",
    "    125 %",
)


def written(menu: Menu, indent: str = "") -> list[str]:
    """The menu as one reads it; what cannot be chosen is in brackets."""
    lines = []
    for item in menu:
        text = "---" if item is Menu.SEPARATOR else item.text
        lines.append(f"{indent}{text}" if item.enabled else f"{indent}({text})")
        if item is not Menu.SEPARATOR and item.submenu is not None:
            lines.extend(written(item.submenu, indent + "  "))
    return lines


def click(menu: Menu, *path: str) -> None:
    for text in path:
        item = next(item for item in menu if item.text == text)
        menu = item.submenu
    item(None)


def test_menu_while_the_hour_runs() -> None:
    """Everything one may do at a quiet moment is there, and nothing else."""
    assert written(menu_of(snapshot())) == [
        "(Next break at 10:52 · sitting 38 min)",
        "---",
        "Start: Standing lunge stretch (3 min 18 s)",
        "I moved",
        "---",
        "I am standing",
        "Pause reminders",
        "  30 min",
        "  1 h",
        "  2 h",
        "  Until tomorrow",
        "  Until I resume",
        "---",
        *SOUND,
        "Exercises",
        "  Standing lunge stretch",
        "  Glute bridges",
        "  Bird dog",
        "  ---",
        "  Show all of them…",
        "Status",
        "Settings",
        "---",
        "Quit",
    ]


def test_what_hurt_cannot_be_begun() -> None:
    """It says why; the page of exercises, where it is switched on again, is the next line but one."""
    lines = written(menu_of(snapshot(hurt=("glute-bridge",))))

    assert lines[lines.index("Exercises") + 1 :][:5] == [
        "  Standing lunge stretch",
        "  (Glute bridges (off, it hurt))",
        "  Bird dog",
        "  ---",
        "  Show all of them…",
    ]


def test_menu_of_an_offered_prompt() -> None:
    """An offered prompt can be snoozed and skipped."""
    shown = snapshot(phase="due", prompt=prompt(), allowed=(*IDLE_COMMANDS, "snooze", "skip"))

    assert written(menu_of(shown))[:9] == [
        "(Time to get up · sitting 38 min)",
        "---",
        "Start: Standing lunge stretch (3 min 18 s)",
        "Snooze",
        "  5 min",
        "  10 min",
        "  15 min",
        "Skip",
        "I moved",
    ]


def test_last_snooze_used_leaves_a_dead_item() -> None:
    """Snooze does not vanish under the hand when the third one is used: it is there and cannot be chosen."""
    shown = snapshot(phase="due", prompt=prompt(snoozes_left=0), allowed=(*IDLE_COMMANDS, "skip"))

    assert "(Snooze)" in written(menu_of(shown))


def test_held_prompt_can_be_skipped_but_not_snoozed() -> None:
    """A prompt that waits for the end of a call is open, but nothing has been offered that one could put off."""
    shown = snapshot(phase="held", prompt=prompt(stage="waiting"), allowed=(*IDLE_COMMANDS, "skip"))

    lines = written(menu_of(shown))

    assert "Skip" in lines
    assert not [line for line in lines if "Snooze" in line]


def test_menu_in_a_session() -> None:
    """In a session there is nothing but the session: what the core would refuse is not shown."""
    shown = snapshot(
        phase="session",
        session=session(),
        allowed=("toggle", "next", "previous", "stop", "hurts", "choose", "pause"),
    )

    assert written(menu_of(shown)) == [
        "(Stretching, step 2 of 5)",
        "---",
        "Pause the stretch",
        "Next step",
        "Previous step",
        "Stop the stretch",
        "This hurts",
        "Show the guide",
        "---",
        "Pause reminders",
        "  30 min",
        "  1 h",
        "  2 h",
        "  Until tomorrow",
        "  Until I resume",
        "---",
        *SOUND,
        "Status",
        "Settings",
        "---",
        "Quit",
    ]


def test_paused_session_continues() -> None:
    """One command toggles; its words say what it would do now."""
    shown = snapshot(phase="session", session=session(paused=True), allowed=("toggle",))

    assert "Continue the stretch" in written(menu_of(shown))


def test_pause_and_resume_take_turns() -> None:
    """Whoever has paused is offered Resume in the same place."""
    lines = written(menu_of(snapshot(phase="paused", allowed=("begin", "done", "pause", "resume", "stand"))))

    assert "Resume reminders" in lines
    assert "Pause reminders" not in lines


def test_somebody_who_stands_can_sit() -> None:
    """The item is the other posture."""
    lines = written(menu_of(snapshot(standing=True, allowed=("begin", "done", "pause", "sit"))))

    assert "I am sitting" in lines
    assert "I am standing" not in lines


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("skip", "Undo: Skip"),
        ("done", "Undo: I moved"),
        ("snooze", "Undo: Snooze"),
        ("stand", "Undo: I am standing"),
        ("sit", "Undo: I am sitting"),
    ],
)
def test_undo_says_what(command: str, text: str) -> None:
    """Undo names the command that it takes back."""
    shown = snapshot(undo=UndoView(command, at(1)), allowed=(*IDLE_COMMANDS, "undo"))

    assert text in written(menu_of(shown))


def test_routine_says_how_much_more() -> None:
    """Three exercises do not fit a menu; the first and a number do."""
    shown = snapshot(next_exercises=tuple(NAMES), next_seconds=600)

    assert "Start: Standing lunge stretch and 2 more (10 min)" in written(menu_of(shown))


def test_problem_is_an_item_that_opens_the_status_page() -> None:
    """What does not work is said where one looks first."""
    asked = Asked()
    menu = menu_of(snapshot(problems=("No notification server.",)), asked)

    click(menu, "1 thing does not work…")

    assert asked == [("open", {"page": "status"})]


def test_every_item_sends_its_command() -> None:
    """One way out, with the words and parameters of the one vocabulary."""
    asked = Asked()
    shown = snapshot(
        phase="due",
        prompt=prompt(),
        undo=UndoView("skip", at(1)),
        allowed=(*IDLE_COMMANDS, "snooze", "skip", "undo"),
    )
    menu = menu_of(shown, asked)
    click(menu, "Start: Standing lunge stretch (3 min 18 s)")
    for path in (("Snooze", "5 min"), ("Snooze", "10 min"), ("Snooze", "15 min"), ("Skip",), ("I moved",)):
        click(menu, *path)
    for text in ("30 min", "1 h", "2 h", "Until tomorrow", "Until I resume"):
        click(menu, "Pause reminders", text)
    paths: tuple[tuple[str, ...], ...] = (
        ("Undo: Skip",),
        ("I am standing",),
        ("Sound", "On"),
        ("Sound", "Tones"),
        ("Sound", "Voice", "Always"),
        ("Sound", "Volume", "50 %"),
        ("Sound", "Speed of the voice", "80 %"),
        ("Exercises", "Bird dog"),
        ("Exercises", "Show all of them…"),
        ("Status",),
        ("Settings",),
        ("Quit",),
    )
    for words in paths:
        click(menu, *words)
    menu = menu_of(snapshot(phase="session", session=session(), allowed=("toggle",)), asked)
    for text in ("Pause the stretch", "Next step", "Previous step", "Stop the stretch", "This hurts", "Show the guide"):
        click(menu, text)
    click(menu_of(snapshot(allowed=("resume", "sit"), standing=True), asked), "Resume reminders")
    click(menu_of(snapshot(allowed=("resume", "sit"), standing=True), asked), "I am sitting")

    assert asked == [
        ("begin", {}),
        ("snooze", {"for": "5m"}),
        ("snooze", {"for": "10m"}),
        ("snooze", {"for": "15m"}),
        ("skip", {}),
        ("done", {}),
        ("pause", {"for": "30m"}),
        ("pause", {"for": "1h"}),
        ("pause", {"for": "2h"}),
        ("pause", {"tomorrow": True}),
        ("pause", {}),
        ("undo", {}),
        ("stand", {}),
        ("mute", {}),
        ("sound", {"tones": False}),
        ("sound", {"voice": "always"}),
        ("sound", {"volume": 50}),
        ("sound", {"rate": 80}),
        ("begin", {"exercise": "bird-dog"}),
        ("open", {"page": "exercises"}),
        ("open", {"page": "status"}),
        ("open", {"page": "settings"}),
        ("quit", {}),
        ("toggle", {}),
        ("next", {}),
        ("previous", {}),
        ("stop", {}),
        ("hurts", {}),
        ("open", {"page": "guide"}),
        ("resume", {}),
        ("sit", {}),
    ]


def test_sound_is_ticked_while_it_may_be_heard() -> None:
    """And the same item brings it back; of voice, volume and speed the present one is marked."""
    asked = Asked()
    heard, muted = (
        next(item for item in menu_of(snapshot(muted=is_muted), asked) if item.text == "Sound").submenu
        for is_muted in (False, True)
    )
    marked = [child.text for item in heard if item.submenu for child in item.submenu if child.checked]

    assert [next(iter(menu)).checked for menu in (heard, muted)] == [True, False]
    assert marked == ["On the floor and on a bed", "70 %", "100 %"]
    next(iter(muted))(None)
    assert asked == [("unmute", {})]


def test_default_item_opens_the_status_page() -> None:
    """What a left click does, in every phase."""
    for shown in (snapshot(), snapshot(phase="session", session=session()), snapshot(problems=("One.",))):
        asked = Asked()
        menu_of(shown, asked)(None)
        assert asked == [("open", {"page": "status"})]


def test_keys_are_unique_in_every_menu() -> None:
    """A tray recognises an item by its key."""

    def keys(menu: Menu) -> list[str]:
        items: list[Item] = [item for item in menu if item is not Menu.SEPARATOR]
        return [item.key for item in items] + [key for item in items if item.submenu for key in keys(item.submenu)]

    for shown in (snapshot(problems=("One.",), prompt=prompt()), snapshot(session=session())):
        found = keys(menu_of(shown))
        assert len(found) == len(set(found))


HELD = prompt(stage="waiting")


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (snapshot(), "Next break at 10:52 · sitting 38 min"),
        (snapshot(standing=True), "Next break at 10:52 · standing 38 min"),
        (snapshot(sat_s=59), "Next break at 10:52"),
        (snapshot(sat_s=7200 + 59), "Next break at 10:52 · sitting 2 h"),
        (snapshot(due=None, sitting_since=None, sat_s=0), "Unsit is counting"),
        (snapshot(phase="due", prompt=prompt()), "Time to get up · sitting 38 min"),
        (snapshot(phase="due", prompt=prompt(), standing=True), "Time to move · standing 38 min"),
        (snapshot(phase="due", prompt=prompt(routine="strength"), sat_s=0), "Time for your routine strength"),
        (snapshot(phase="snoozed", prompt=prompt(stage="snoozed", until=at(5)), sat_s=0), "Snoozed until 10:35"),
        (snapshot(phase="held", prompt=HELD, holds=(HoldView("call", at(-9), False),), sat_s=0),
         "A break waits: a call, since 10:21"),
        (snapshot(phase="held", prompt=HELD, holds=(HoldView("fullscreen", at(-9), False, by=("vlc",)),), sat_s=0),
         "A break waits: full screen (vlc), since 10:21"),
        (snapshot(phase="held", prompt=HELD, holds=(HoldView("call", at(-9), False, by=("a-very-long-name.py", "zoom")),),
                  sat_s=0),
         "A break waits: a call, since 10:21"),
        (snapshot(phase="held", prompt=HELD, sat_s=3600,
                  holds=(HoldView("call", at(-9), False), HoldView("dnd", at(-12), False))),
         "A break waits: a call and do not disturb, since 10:18 · sitting 1 h"),
        (snapshot(phase="held", prompt=prompt(stage="waiting", until=at(1)), sat_s=0,
                  holds=(HoldView("call", at(-200), True),)),
         "Next break at 10:31"),
        (snapshot(phase="held", prompt=HELD, sat_s=0), "Waits for a quiet moment"),
        (snapshot(phase="session", session=session()), "Stretching, step 2 of 5"),
        (snapshot(phase="session", session=session(paused=True)), "Stretch paused, step 2 of 5"),
        (snapshot(phase="break"), "On a break, until you are back"),
        (snapshot(phase="paused", pause_until=at(30), sat_s=0), "Paused until 11:00"),
        (snapshot(phase="paused", pause_until=at(22.5 * 60), sat_s=0), "Paused until 09:00 tomorrow"),
        (snapshot(phase="paused", sat_s=0), "Paused until you resume"),
        (snapshot(phase="away", absent_since=at(-6), sat_s=0), "Away since 10:24"),
        (snapshot(phase="away", absent_since=at(-6), locked=True, sat_s=0), "Away since 10:24 (screen locked)"),
        (snapshot(phase="away", absent_since=at(-11 * 60), sat_s=0), "Away since 23:30 yesterday"),
        (snapshot(phase="off", hours_change=at(3 * 24 * 60 - 90), sat_s=0), "Outside your hours until Thu 05 Mar, 09:00"),
        (snapshot(phase="off", sat_s=0), "Outside your hours"),
    ],
)  # fmt: skip
def test_status_line(shown: Snapshot, line: str) -> None:
    """What happens next, or why it waits; and how long one has sat, in whole minutes."""
    assert status_line(shown) == line


def test_lasting_line_has_no_duration() -> None:
    """A tooltip is not written anew every minute: it says since when."""
    assert lasting_status_line(snapshot()) == "Next break at 10:52 · sitting since 09:52"
    assert lasting_status_line(snapshot(standing=True)) == "Next break at 10:52 · standing since 09:52"
    assert lasting_status_line(snapshot(phase="off", sitting_since=None)) == "Outside your hours"
