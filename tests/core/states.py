"""The states that the tables of the tests go through, each with the way that led there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from core.days import exercises, hours, settings
from unsit.core.engine import next_wake_s, step
from unsit.core.model import (
    AnyDecision,
    AnyEvent,
    BeginAsked,
    ChooseAsked,
    ClockStepped,
    Command,
    DoneAsked,
    HoldBegan,
    HoldEnded,
    HurtsAsked,
    InputSeen,
    InputStopped,
    Locked,
    NextAsked,
    Now,
    PauseAsked,
    PreviousAsked,
    ResumeAsked,
    SensorsChanged,
    Settings,
    SettingsChanged,
    SitAsked,
    SkipAsked,
    Slept,
    SnoozeAsked,
    StandAsked,
    Started,
    State,
    StopAsked,
    Stopped,
    Tick,
    ToggleAsked,
    UndoAsked,
    Unlocked,
    Woke,
)  # fmt: skip

EVENTS: Final[dict[str, Callable[[Now], AnyEvent]]] = {
    "tick": Tick,
    "clock": ClockStepped,
    "settings": lambda now: SettingsChanged(now, Settings(), exercises(), "UTC"),
    "leave": lambda now: InputStopped(now, now.boot_s),
    "back": InputSeen,
    "lock": Locked,
    "unlock": Unlocked,
    "blind": lambda now: SensorsChanged(now, can_see_input=False, can_see_unlock=False),
    "suspend": Slept,
    "wake": Woke,
    "hold": lambda now: HoldBegan(now, "call"),
    "free": lambda now: HoldEnded(now, "call"),
    "begin": BeginAsked,
    "snooze": SnoozeAsked,
    "skip": SkipAsked,
    "done": DoneAsked,
    "undo": UndoAsked,
    "pause": PauseAsked,
    "resume": ResumeAsked,
    "stand": StandAsked,
    "sit": SitAsked,
    "toggle": ToggleAsked,
    "next": NextAsked,
    "previous": PreviousAsked,
    "stop": StopAsked,
    "hurts": HurtsAsked,
    "choose": lambda now: ChooseAsked(now, first="right"),
    "quit": Stopped,
    "kill": lambda now: Started(now, Settings(), exercises(), "UTC"),
    "reboot": lambda now: Started(Now(20.0, "next", now.wall), Settings(), exercises(), "UTC"),
}

START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday, at the instant 0 of the boot."""

WAYS: Final[dict[str, str]] = {
    "counting": "09:30",
    "due, settling": "09:50 hold; 09:59:50 free; 10:00:05",
    "held": "09:50 hold; 10:01",
    "offered": "10:01",
    "snoozed": "10:01 snooze; 10:02:30",
    "snoozed out": "10:01 snooze; 10:12 snooze; 10:23 snooze; 10:34",
    "withdrawn by a lock": "10:01 lock; 10:01:30",
    "paused": "09:50 pause; 09:51",
    "paused, held": "09:50 pause; 10:01",
    "idle, not confirmed": "09:30 leave; 09:32",
    "absent, not credited": "09:30 lock; 09:31",
    "absent, credited": "09:30 lock; 09:45",
    "idle, credited": "09:30 leave; 09:45",
    "asleep": "09:30 suspend; 09:45",
    "off hours": "18:00",
    "session, prepare": "10:01 begin; 10:01:05",
    "session, hold": "10:01 begin; 10:01:50",
    "session, paused": "10:01 begin; 10:01:20 toggle; 10:01:30",
    "session, walk": "10:01 begin; 10:03",
    "session, void without a prompt": "09:30 begin; 09:30:15",
    "after a session": "09:30 begin; 09:30:05 leave; 09:40",
    "standing": "09:30 stand; 09:40",
    "just skipped": "10:01 skip; 10:01:30",
    "stopped": "09:30 quit; 09:45",
}


def at(clock: str) -> Now:
    hour, minute, second = (int(part) for part in (*clock.split(":"), "0")[:3])
    moment = START.replace(hour=hour, minute=minute, second=second)
    return Now((moment - START).total_seconds(), "boot", moment)


def reach(name: str) -> tuple[State, Now]:
    """The state, and the moment at which it is looked at."""
    chosen = hours("08:00-17:00") if name == "off hours" else settings()
    state, _ = step(None, Started(at("09:00"), chosen, exercises(), "UTC"))
    for part in WAYS[name].split("; "):
        clock, _, word = part.partition(" ")
        state = let_pass(state, at(clock))[0]
        if word:
            state, _ = step(state, EVENTS[word](at(clock)))
    return state, at(clock)


def let_pass(state: State, until: Now) -> tuple[State, list[AnyDecision]]:
    """Every wake-up that the core asks for, up to and with a moment."""
    said: list[AnyDecision] = []
    while (wake_s := next_wake_s(state)) is not None and wake_s <= until.boot_s:
        moment = datetime.fromtimestamp(START.timestamp() + wake_s, UTC)
        state, decisions = step(state, Tick(Now(wake_s, "boot", moment)))
        said.extend(decisions)
    return state, said


COMMANDS: Final = (
    "choose",
    *(name for name, make in EVENTS.items() if isinstance(make, type) and issubclass(make, Command)),
)
