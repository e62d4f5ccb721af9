"""What the core decides, whole: what no line of `unsit simulate` shows, the words of refusals, the next boot's clock."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core.days import DATE, STAGED, exercises, routine, run, settings, world
from core.scripts import random_script
from core.states import EVENTS, WAYS, reach
from unsit.core.engine import step
from unsit.core.model import AnyDecision, BeginAsked, ChooseAsked, Cue, Refused, Settings
from unsit.core.rules import lifecycle
from unsit.simulation.script import read_script


def decided(script: str, with_settings: Settings | None = None) -> list[AnyDecision]:
    lines = [f"{DATE}T09:00 start", *script.splitlines()]
    read = read_script(lines, "", ZoneInfo("UTC"), [entry.id for entry in (*exercises(), *STAGED)], lambda *_: None)
    return [decision for *_, decision in world(with_settings=with_settings, own=STAGED).run(read)]


def written(decisions: list[AnyDecision]) -> list[str]:
    """As the log has them, without what has its default."""
    kept = []
    for decision in decisions:
        fields = {
            key: value for key, value in msgspec.to_builtins(decision).items() if value not in (None, False, (), [], "")
        }
        kept.append(f"{fields.pop('type')} " + " ".join(f"{key}={_short(value)}" for key, value in fields.items()))
    return [line.replace("work=", "") for line in kept]


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{key}:{_short(inner)}" for key, inner in value.items() if inner is not None)
    if isinstance(value, list | tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_the_numbers_of_a_day() -> None:
    """Prompts, sessions and breaks are numbered in one row; an outcome has its prompt's number, or its session's."""
    script = "10:01 snooze\n10:12 begin\n10:12:20 stop\n10:13 begin\n10:17 back\n11:00 begin supine\n11:00:05 stop\n"
    script += "11:30 lock\n11:40 unlock\n11:50 done\n12:51 skip\n13:00 begin\n13:01 hurts\n13:30 end"
    assert written([decision for decision in decided(script) if not isinstance(decision, Cue)]) == [
        "Prompted prompt=1 exercises=standing-lunge sat_s=3600 snoozes_left=3",
        "Snoozed prompt=1 for_s=600 until_wall=2026-03-02T10:11:00Z",
        "Prompted prompt=1 exercises=standing-lunge sat_s=4260 snoozes_left=2",
        "SessionBegan session=2 exercises=standing-lunge seconds=198 prompt=1",
        "SessionEnded session=2",
        "Prompted prompt=1 exercises=standing-lunge sat_s=4340 snoozes_left=2",
        "SessionBegan session=3 exercises=standing-lunge seconds=198 prompt=1",
        "SessionEnded session=3",
        "Outcome record=1 word=completed exercises=standing-lunge left:30,right:30,walk:120 session=3 snoozes=1",
        "SessionBegan session=4 exercises=supine seconds=208",
        "SessionEnded session=4",
        "Outcome record=4 word=void exercises=supine left:0,right:0,walk:0 session=4",
        "Prompted prompt=5 exercises=standing-lunge sat_s=3600 snoozes_left=3",
        "Reminded prompt=5 exercises=standing-lunge sat_s=3900 snoozes_left=3",
        "Reminded prompt=5 exercises=standing-lunge sat_s=4200 snoozes_left=3",
        "Withdrawn prompt=5 reason=away",
        "Outcome record=5 word=away exercises=standing-lunge sat_s=4422",
        "NaturalBreak record=6 seconds=600 counts=True",
        "Outcome record=7 word=done sat_s=600",
        "Prompted prompt=8 exercises=standing-lunge sat_s=3600 snoozes_left=3",
        "Outcome record=8 word=skipped exercises=standing-lunge sat_s=3660",
        "SessionBegan session=9 exercises=standing-lunge seconds=198",
        "SessionEnded session=9",
        "Outcome record=9 word=partial exercises=standing-lunge left:12,right:30,walk:0 reason=pain session=9",
    ]


def test_a_routine_is_named_in_every_decision() -> None:
    """Also where it is reminded of, withdrawn, snoozed, and in its session."""
    script = "09:36 pause 1m\n09:43 snooze 1m\n09:45 begin\n09:45:05 next\n09:55:30 end"
    assert written(decided(script, routine("30 9 * * *", "bridge"))) == [
        "Prompted prompt=1 exercises=bridge sat_s=1800 snoozes_left=3 routine=rest",
        "Reminded prompt=1 exercises=bridge sat_s=2100 snoozes_left=3 routine=rest",
        "Withdrawn prompt=1 reason=pause routine=rest",
        "Prompted prompt=1 exercises=bridge sat_s=2520 snoozes_left=3 routine=rest",
        "Snoozed prompt=1 for_s=60 until_wall=2026-03-02T09:44:00Z routine=rest",
        "Prompted prompt=1 exercises=bridge sat_s=2640 snoozes_left=2 routine=rest",
        "SessionBegan session=2 exercises=bridge seconds=170 prompt=1 routine=rest",
        "Cue session=2 segment=kind:prepare,seconds:20,exercise:bridge routine=rest",
        "Cue session=2 segment=kind:breaths,seconds:30,exercise:bridge routine=rest",
        "Cue session=2 segment=kind:walk,seconds:120,exercise:bridge routine=rest",
        "SessionEnded session=2 routine=rest",
        "Outcome record=1 word=completed exercises=bridge left:0,right:0,walk:120,breaths:30 routine=rest session=2 snoozes=1",
    ]
    assert written(decided("09:20 hold call\n09:50 end", routine("30 9 * * *", "bridge"))) == [
        "Held prompt=1 exercises=bridge reasons=call routine=rest",
    ]


def test_somebody_who_stands_is_told_so() -> None:
    """Offered and reminded of with the words for it; the label is that of the offer."""
    assert written(decided("09:10 stand\n10:16 end")) == [
        "Prompted prompt=1 exercises=standing-lunge sat_s=3600 snoozes_left=3 standing=True",
        "Reminded prompt=1 exercises=standing-lunge sat_s=3900 snoozes_left=3 standing=True",
    ]


def test_a_prompt_over_the_limit_says_of_what() -> None:
    """The holds that it comes in spite of."""
    script = "09:30 hold call\n09:40 hold app\n10:00:30 free app\n10:25 hold dnd\n10:31 end"
    assert written(decided(script, settings(hold_limit="20m"))) == [
        "Held prompt=1 exercises=standing-lunge reasons=app,call",
        "Prompted prompt=1 exercises=standing-lunge sat_s=4800 snoozes_left=3 over_limit=call",
        "Reminded prompt=1 exercises=standing-lunge sat_s=5100 snoozes_left=3",
    ]


def test_a_night_is_no_break_for_the_statistics() -> None:
    """Up to four hours counts, a second more does not."""
    assert written(decided("09:30 lock\n13:30 unlock\n13:40 lock\n17:40:01 unlock\n17:41 end")) == [
        "NaturalBreak record=1 seconds=14400 counts=True",
        "NaturalBreak record=2 seconds=14401",
    ]


def test_a_missed_prompt_and_a_longer_time() -> None:
    """The next is due at once, whatever the settings say by then; one that was skipped in between is not."""
    assert run("10:01 set prompt.every 3h\n11:01 end", without="remind") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "11:00:00 outcome missed sat=7200",
        "11:00:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3",
    ]
    assert run("10:01 set prompt.every 3h\n11:01 skip\n13:00 end", without="remind") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "11:00:00 outcome missed sat=7200",
        "11:00:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3",
        "11:01:00 outcome skipped sat=7260",
    ]
    assert run("10:01 set prompt.every 3h\n11:01 hold call\n11:02 lock\n11:10 unlock\n13:00 end", without="remind") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "11:00:00 outcome missed sat=7200",
        "11:00:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3",
        "11:02:00 withdraw reason=away",
        "11:04:00 outcome away sat=7320",
        "11:10:00 natural seconds=480",
    ]


def test_every_refusal_has_its_words() -> None:
    """What happened, and the next step where there is one."""
    refusals = set()
    for name in WAYS:
        state, now = reach(name)
        events = [make(now) for make in EVENTS.values()]
        events += [BeginAsked(now, "yoga"), ChooseAsked(now, exercise="yoga"), ChooseAsked(now, hold_s=3.0)]
        for event in events:
            refusals |= {
                f"{refused.command}: {refused.reason}. {refused.next_step}{f' ({refused.about})' if refused.about else ''}"
                for refused in step(state, event)[1]
                if isinstance(refused, Refused)
            }
    assert sorted(refusals) == [
        "begin: Unsit is ending. Start it again.",
        "begin: a session is running. Stop it first, or let it end.",
        "begin: no exercise is called {about}. See them with `unsit exercise list`. (yoga)",
        "choose: Unsit is ending. Start it again.",
        "choose: a hold lasts from 15 to 120 seconds. ",
        "choose: it has begun. Stop it, and start another one.",
        "choose: no session is running. Start one with `unsit begin`.",
        "choose: {about} cannot be chosen.  (yoga)",
        "done: Unsit is ending. Start it again.",
        "done: a session is running. Stop it first, or let it end.",
        "hurts: Unsit is ending. Start it again.",
        "hurts: no session is running. Start one with `unsit begin`.",
        "next: Unsit is ending. Start it again.",
        "next: no session is running. Start one with `unsit begin`.",
        "pause: Unsit is ending. Start it again.",
        "previous: Unsit is ending. Start it again.",
        "previous: no session is running. Start one with `unsit begin`.",
        "resume: Unsit is ending. Start it again.",
        "resume: not paused. ",
        "sit: Unsit is ending. Start it again.",
        "sit: a session is running. Stop it first, or let it end.",
        "sit: already sitting. Say `unsit stand` when you stand.",
        "skip: Unsit is ending. Start it again.",
        "skip: a session is running. Stop it first, or let it end.",
        "skip: no prompt is open. Pause instead, to be left alone for a while.",
        "snooze: Unsit is ending. Start it again.",
        "snooze: a session is running. Stop it first, or let it end.",
        "snooze: no prompt is offered. Pause instead, to be left alone for a while.",
        "snooze: no snooze left for this prompt. Start, skip, or say that you moved.",
        "stand: Unsit is ending. Start it again.",
        "stand: a session is running. Stop it first, or let it end.",
        "stand: already standing. Say `unsit sit` when you sit down.",
        "stop: Unsit is ending. Start it again.",
        "stop: no session is running. Start one with `unsit begin`.",
        "toggle: Unsit is ending. Start it again.",
        "toggle: no session is running. Start one with `unsit begin`.",
        "undo: Unsit is ending. Start it again.",
        "undo: a session is running. Stop it first, or let it end.",
        "undo: there is nothing to take back. A skip, done, snooze, stand or sit can be, for a minute.",
    ]


def test_words_of_a_routine_that_is_chosen_anew() -> None:
    """What to do instead."""
    said = decided(
        "09:31 begin\n09:31:02 choose exercise=supine\n09:32 end", routine("30 9 * * *", "bridge", "bird-dog")
    )
    refused = [decision for decision in said if isinstance(decision, Refused)]
    assert [(decision.reason, decision.next_step) for decision in refused] == [
        ("a routine has its own exercises", "Stop it, and start another one.")
    ]


def test_words_of_what_hurt() -> None:
    """The command that switches it on again."""
    said = decided("09:30 begin supine\n09:31 hurts\n09:32 begin supine\n09:33 end")
    refused = [decision for decision in said if isinstance(decision, Refused)]
    assert [(decision.reason, decision.next_step, decision.about) for decision in refused] == [
        (
            "{about} is off since it hurt",
            "Switch it on again on the page of exercises, or with `unsit exercise on {about}`.",
            "supine",
        )
    ]


@pytest.mark.parametrize("seed", range(60))
def test_every_decision_is_of_its_type(seed: int) -> None:
    """Read back from the log it is the same: no field holds what its type does not allow."""
    script = "\n".join(random_script(seed, length=40)[1:])
    for decision in decided(script):
        assert msgspec.json.decode(msgspec.json.encode(decision), type=AnyDecision) == decision


DURATIONS = {"settings", "catalogue", "choice", "segments", "reached", "now", "work", "sat_s"}


def instants(value: Any, path: str = "") -> dict[str, float]:
    """Path -> each instant of a state on its boot's clock."""
    found: dict[str, float] = {}
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in DURATIONS:
                continue
            is_instant = (key.endswith("_s") or path == "/holds") and isinstance(inner, float)
            found |= {f"{path}/{key}": inner} if is_instant else instants(inner, f"{path}/{key}")
    return found


@pytest.mark.parametrize("name", WAYS)
def test_on_another_boots_clock_every_instant_is_another_number(name: str) -> None:
    """All of them move by the same, so that no duration changes; nothing else does."""
    state, _ = reach(name)
    moved = lifecycle.shifted(state, 1000.25)  # not reachable from outside with a state that has everything in it
    before, after = instants(msgspec.to_builtins(state)), instants(msgspec.to_builtins(moved))
    skipped = {path for path in before if path.startswith("/undoable")}  # ends with the boot

    assert {path: after[path] - at for path, at in before.items() if path not in skipped} == dict.fromkeys(
        before.keys() - skipped, 1000.25
    )
    assert lifecycle.shifted(moved, -1000.25) == state
