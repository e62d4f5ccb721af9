"""What everybody outside sees."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from core.days import STAGED, exercises, hours, routine, seen_after
from core.states import EVENTS, WAYS, at, let_pass, reach
from unsit.core.engine import step
from unsit.core.model import ChooseAsked, Exercise, PauseAsked, SnoozeAsked, Stage, Started
from unsit.core.snapshot import Moment, SegmentView, Snapshot, snapshot

PHASES = {
    "counting": "counting", "due, settling": "held", "held": "held", "offered": "due", "snoozed": "snoozed",
    "snoozed out": "due", "withdrawn by a lock": "away", "paused": "paused", "paused, held": "paused",
    "idle, not confirmed": "counting", "absent, not credited": "away", "absent, credited": "away", "idle, credited": "away",
    "asleep": "away", "off hours": "off", "session, prepare": "session", "session, hold": "session",
    "session, paused": "session", "session, walk": "session", "session, void without a prompt": "session",
    "after a session": "break", "standing": "counting", "just skipped": "counting", "stopped": "counting",
}  # fmt: skip


def shown(name: str) -> Snapshot:
    state, now = reach(name)
    return snapshot(state, now, "1.0")


def clock(moment: Moment | None) -> str | None:
    return None if moment is None else moment.wall.removeprefix("2026-03-02T").removesuffix("+00:00")


@pytest.mark.parametrize("name", WAYS)
def test_the_phase_of_every_state(name: str) -> None:
    """The word that the tray, the bar and the page show."""
    assert shown(name).phase == PHASES[name]


def test_while_counting() -> None:
    """How long, until when; both clocks say the same."""
    seen = shown("counting")

    assert (seen.sat_s, seen.every_s) == (1800.0, 3600.0)
    assert seen.sitting_since == Moment(0.0, "2026-03-02T09:00:00+00:00")
    assert seen.due == Moment(3600.0, "2026-03-02T10:00:00+00:00")
    assert (seen.boot_s, seen.boot_id, seen.wall) == (1800.0, "boot", "2026-03-02T09:30:00+00:00")
    assert (seen.prompt, seen.session, seen.pause_until, seen.holds, seen.absent_since) == (None, None, None, (), None)
    assert (seen.hours_change, seen.undo, seen.last, seen.hurt, seen.problems) == (None, None, None, (), ())
    assert (seen.next_exercises, seen.next_seconds, seen.version) == (("standing-lunge",), 198.0, "1.0")
    assert (seen.locked, seen.standing) == (False, False)
    assert set(seen.allowed) == {"pause", "begin", "done", "stand"}


def test_an_offered_prompt() -> None:
    """What it offers, what is left of it."""
    seen = shown("offered")
    assert seen.prompt is not None
    assert (seen.prompt.id, seen.prompt.stage, seen.prompt.exercises, seen.prompt.routine) == (
        1, "offered", ("standing-lunge",), None,
    )  # fmt: skip
    assert (seen.prompt.snoozes_left, seen.prompt.reminders_left, seen.prompt.standing) == (3, 2, False)
    assert (clock(seen.prompt.due), clock(seen.prompt.until)) == ("10:00:00", None)
    assert seen.due is None


def test_what_a_prompt_waits_for() -> None:
    """The end of a snooze or of a settle; nothing where a hold, a pause or an absence decides."""
    until = {}
    for name in ("snoozed", "due, settling", "held", "paused, held", "withdrawn by a lock"):
        prompt = shown(name).prompt
        assert prompt is not None
        until[name] = clock(prompt.until)

    assert until == {
        "snoozed": "10:11:00", "due, settling": "10:00:20", "held": None, "paused, held": None, "withdrawn by a lock": None,
    }  # fmt: skip


def test_reminders_and_snoozes_that_are_used() -> None:
    """After eleven minutes both reminders are; after three snoozes none is left to say, and none is allowed."""
    state, _ = reach("offered")
    later = at("10:11")
    prompt = snapshot(let_pass(state, later)[0], later, "1").prompt
    assert prompt is not None and prompt.reminders_left == 0
    used = shown("snoozed out")
    assert used.prompt is not None and used.prompt.snoozes_left == 0
    assert "snooze" not in used.allowed and "snooze" in shown("offered").allowed


BEGUN = "09:00 start\n09:10 begin\n09:10:20 "


@pytest.mark.parametrize(
    ("script", "by"),
    [
        ("next\n09:11 end", None),
        ("toggle\n09:11 end", "person"),
        ("suspend\n09:10:40 wake\n09:11 end", "sleep"),
        ("toggle\n09:10:30 suspend\n09:10:40 wake\n09:11 end", "person"),
        ("kill\n09:11 end", "restart"),
        ("suspend\n09:10:40 wake\n09:10:50 kill\n09:11 end", "sleep"),
        ("kill\n09:10:30 toggle\n09:11 end", None),
        ("suspend\n09:10:40 wake\n09:10:50 toggle\n09:10:55 toggle\n09:11 end", "person"),
    ],
)
def test_what_paused_the_session(script: str, by: str | None) -> None:
    """The first cause stands until the session goes on: nobody else has paused what stood still."""
    seen = seen_after(BEGUN + script).session
    assert seen is not None
    assert seen.paused_by == by


@pytest.mark.parametrize(
    ("script", "by"),
    [
        ("stop\n09:11 end", "person"),
        ("hurts\n09:11 end", "pain"),
        ("toggle\n09:20:20 end", "pause"),
        ("suspend\n09:20 wake\n09:21 end", "sleep"),
        ("quit 1m\n09:30 end", "quit"),
        ("reboot 1m\n09:30 end", "quit"),
        ("toggle\n09:10:30 toggle\n09:20 end", None),
        ("stop\n09:30 begin\n09:40 end", None),
    ],
)
def test_what_stopped_the_session(script: str, by: str | None) -> None:
    """Whether something of it counts or not; a session that ran to its end was stopped by nothing."""
    seen = seen_after(BEGUN + script)
    assert seen.session is None
    assert (seen.stopped.by if seen.stopped else None) == by
    assert seen.stopped is None or seen.stopped.session == 1


def test_a_session_under_way() -> None:
    """Twelve seconds into the second hold."""
    state, _ = reach("session, hold")
    seen = snapshot(state, at("10:02"), "1").session
    assert seen is not None
    assert [(segment.kind, segment.seconds, segment.side) for segment in seen.segments] == [
        ("prepare", 10, None), ("hold", 30, "left"), ("switch", 8, None), ("hold", 30, "right"), ("walk", 120, None),
    ]  # fmt: skip
    assert (seen.id, seen.exercises, seen.routine, seen.index, seen.elapsed_s) == (
        2,
        ("standing-lunge",),
        None,
        3,
        12.0,
    )
    assert (clock(seen.ends), clock(seen.began), seen.paused, seen.may_choose) == ("10:02:18", "10:01:00", False, False)
    assert seen.reached == (10.0, 30.0, 8.0, 12.0, 0.0)
    assert seen.work == {"left": 30.0, "right": 12.0, "walk": 0.0}
    assert (seen.total_s, seen.walk_s) == (198.0, 120.0)
    assert (seen.first, seen.hold_s) == ({"standing-lunge": "left"}, {"standing-lunge": 30.0})


def test_a_paused_session_stands_still() -> None:
    """It ends at no moment that could be shown."""
    state, _ = reach("session, paused")
    for moment in ("10:01:30", "10:05"):
        seen = snapshot(state, at(moment), "1").session
        assert seen is not None
        assert (seen.paused, seen.ends, seen.elapsed_s, seen.work["left"]) == (True, None, 10.0, 10.0)


def test_in_prepare_one_may_choose() -> None:
    """And sees what was chosen."""
    state, now = reach("session, prepare")
    state, _ = step(state, ChooseAsked(now, first="right", walk_s=60.0, hold_s=20.0))
    seen = snapshot(state, now, "1").session
    assert seen is not None
    assert (seen.may_choose, seen.first, seen.walk_s, seen.hold_s, seen.total_s) == (
        True, {"standing-lunge": "right"}, 60.0, {"standing-lunge": 20.0}, 118.0,
    )  # fmt: skip
    assert "choose" in shown("session, prepare").allowed and "choose" not in shown("session, hold").allowed


def test_pauses() -> None:
    """With their end, if they have one."""
    state, now = reach("counting")
    ends = {
        "10m": PauseAsked(now, for_s=600.0), "until": PauseAsked(now, until="11:15"),
        "tomorrow": PauseAsked(now, tomorrow=True), "resumed": PauseAsked(now),
    }  # fmt: skip
    seen = {name: clock(snapshot(step(state, event)[0], now, "1").pause_until) for name, event in ends.items()}
    assert seen == {"10m": "09:40:00", "until": "11:15:00", "tomorrow": "2026-03-03T06:00:00", "resumed": None}
    assert "resume" in shown("paused").allowed and "resume" not in shown("counting").allowed


def test_holds_in_order_with_what_is_ignored() -> None:
    """Since when each; one past its limit is marked."""
    state, now = reach("held")
    assert [(hold.reason, clock(hold.since), hold.ignored) for hold in snapshot(state, now, "1").holds] == [
        ("call", "09:50:00", False),
    ]  # fmt: skip
    later = at("13:30")
    state, _ = let_pass(state, later)
    assert [hold.ignored for hold in snapshot(state, later, "1").holds] == [True]


def test_somebody_gone() -> None:
    """Since their last input; nothing is due then."""
    seen = shown("absent, credited")
    assert (clock(seen.absent_since), seen.due, seen.locked) == ("09:30:00", None, True)
    assert (shown("idle, credited").locked, shown("counting").absent_since) == (False, None)


def test_the_hours() -> None:
    """When they change next; outside nothing is due and nobody has sat."""
    state, now = step(None, Started(at("07:00"), hours("09:00-17:00"), exercises(), "UTC"))[0], at("07:00")
    seen = snapshot(state, now, "1")
    assert (seen.phase, clock(seen.hours_change), seen.due, seen.sat_s, seen.sitting_since) == (
        "off",
        "09:00:00",
        None,
        0,
        None,
    )
    later = at("09:30")
    seen = snapshot(let_pass(state, later)[0], later, "1")
    assert (seen.phase, clock(seen.hours_change), seen.sat_s) == ("counting", "17:00:00", 1800.0)


def test_what_can_be_taken_back() -> None:
    """For a minute; not in a session."""
    seen = shown("just skipped")
    assert seen.undo is not None and (seen.undo.command, clock(seen.undo.until)) == ("skip", "10:02:00")
    state, _ = reach("just skipped")
    assert snapshot(state, at("10:02"), "1").undo is not None
    late = snapshot(state, at("10:02:01"), "1")
    assert late.undo is None and "undo" not in late.allowed
    assert "undo" in seen.allowed


def test_how_the_last_one_ended() -> None:
    """Word, seconds, moment, reason."""
    state, now = reach("session, hold")
    seen = snapshot(step(state, EVENTS["hurts"](now))[0], at("10:05"), "1")
    assert seen.last is not None
    assert (seen.last.word, seen.last.work, clock(seen.last.at), seen.last.session, seen.last.reason) == (
        "partial", {"left": 30.0, "right": 2.0, "walk": 0.0}, "10:01:50", 2, "pain",
    )  # fmt: skip
    assert (seen.hurt, seen.next_exercises, seen.next_seconds) == (("standing-lunge",), ("walk",), 130.0)
    skipped = shown("just skipped").last
    assert skipped is not None and (skipped.word, skipped.work, skipped.session) == ("skipped", None, None)


def test_standing() -> None:
    """Its own time to the next prompt; sit instead of stand."""
    state, _ = reach("counting")
    state = replace(
        state, settings=replace(state.settings, prompt=replace(state.settings.prompt, every_standing_s=1500.0))
    )
    seen = snapshot(step(state, EVENTS["stand"](at("09:30")))[0], at("09:40"), "1")
    assert (seen.standing, seen.every_s, clock(seen.due), seen.sat_s) == (True, 1500.0, "09:55:00", 600.0)
    assert "sit" in seen.allowed and "stand" not in seen.allowed


def test_a_snooze_says_its_end() -> None:
    """As long as it was asked for."""
    state, now = reach("offered")
    prompt = snapshot(step(state, SnoozeAsked(now, 90.0))[0], now, "1").prompt
    assert prompt is not None and (prompt.stage, clock(prompt.until), prompt.snoozes_left) == ("snoozed", "10:02:30", 2)


def test_problems_are_handed_on() -> None:
    """In words for people."""
    state, now = reach("counting")
    assert snapshot(state, now, "1", ("No tray. Start a panel.",)).problems == ("No tray. Start a panel.",)


def test_a_routine_is_named() -> None:
    """In its prompt and in its session."""
    start = Started(at("09:50"), routine("0 10 * * *", "bridge", "supine"), exercises(), "UTC")
    state, _ = let_pass(step(None, start)[0], at("10:00"))
    offered = snapshot(state, at("10:00"), "1").prompt
    assert offered is not None and (offered.routine, offered.exercises) == ("rest", ("bridge", "supine"))
    seen = snapshot(step(state, EVENTS["begin"](at("10:01")))[0], at("10:01:30"), "1").session
    assert seen is not None and (seen.routine, seen.exercises) == ("rest", ("bridge", "supine"))
    assert [segment.exercise for segment in seen.segments] == ["bridge"] * 2 + ["supine"] * 5
    assert seen.first == {"bridge": "left", "supine": "left"}


def test_which_side_would_go_first() -> None:
    """After a completed stretch the other one."""
    state, _ = let_pass(reach("session, walk")[0], at("10:05"))
    assert snapshot(state, at("10:05"), "1").next_first == {"standing-lunge": "right"}
    last = snapshot(state, at("10:05"), "1").last
    assert last is not None and (last.word, last.exercises) == ("completed", ("standing-lunge",))


def test_in_a_routine_one_may_choose_before_each_exercise() -> None:
    """In the prepare of the second one too, and not between the stages of one."""
    start = Started(at("09:50"), routine("0 10 * * *", "bridge", "programme"), (*exercises(), *STAGED), "UTC")
    state, _ = let_pass(step(None, start)[0], at("10:00"))
    state, _ = let_pass(step(state, EVENTS["begin"](at("10:01")))[0], at("10:02"))
    seen = snapshot(state, at("10:02"), "1").session
    assert seen is not None and (seen.segments[seen.index].kind, seen.index, seen.may_choose) == ("prepare", 2, True)
    assert "choose" in snapshot(state, at("10:02"), "1").allowed

    state, _ = let_pass(state, at("10:03:20"))
    later = snapshot(state, at("10:03:20"), "1").session
    assert later is not None and later.segments[later.index] == SegmentView("prepare", 15, None, "programme", 1)
    assert not later.may_choose
    assert "choose" not in snapshot(state, at("10:03:20"), "1").allowed


def test_only_holds_that_can_be_chosen_are_said() -> None:
    """Not of an exercise that holds nothing, nor of one whose holds have seconds of their own."""
    own = Exercise("own", "strength", "desk", "hold", stages=(Stage("hold", 6), Stage("reps", 2)))
    names = ("own", "bridge", "programme", "supine")
    start = Started(at("09:50"), routine("0 10 * * *", *names), (*exercises(), *STAGED, own), "UTC")
    state, _ = let_pass(step(None, start)[0], at("10:00"))
    state, _ = step(state, EVENTS["begin"](at("10:01")))

    seen = snapshot(state, at("10:01"), "1").session

    assert seen is not None and seen.hold_s == {"programme": 30, "supine": 30}
