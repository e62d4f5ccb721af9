"""What the sources can report, what is found after a time in which nobody looked, and what has gone from the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from core.days import exercises, hours
from core.states import EVENTS, START, at, let_pass, reach
from unsit.core.engine import next_wake_s, step, wants_next_input
from unsit.core.model import (
    AnyDecision,
    AnyEvent,
    BeginAsked,
    ChooseAsked,
    ClockStepped,
    DoneAsked,
    Found,
    Held,
    HoldBegan,
    InputSeen,
    InputStopped,
    Locked,
    NaturalBreak,
    Now,
    Outcome,
    Prompted,
    Refused,
    Revoked,
    SensorsChanged,
    SessionBegan,
    Settings,
    SettingsChanged,
    Slept,
    Started,
    State,
    Stopped,
    Tick,
    UndoAsked,
    Unlocked,
    Woke,
)  # fmt: skip


def after(name: str, *events: AnyEvent) -> tuple[State, list[AnyDecision]]:
    """The state, and what was decided since, after these events came to a state of the table."""
    state, _ = reach(name)
    said: list[AnyDecision] = []
    for event in events:
        state, more = let_pass(state, event.now) if not isinstance(event, Woke | Started) else (state, [])
        said.extend(more)
        state, decisions = step(state, event)
        said.extend(decisions)
    return state, said


def sensors(clock: str, can_see_input: bool, can_see_unlock: bool) -> SensorsChanged:
    return SensorsChanged(at(clock), can_see_input, can_see_unlock)


def test_without_any_sensor_the_person_counts_as_present() -> None:
    """Nobody would ever report a return: there is no absence, and prompts come."""
    state, said = after(
        "counting", sensors("09:31", False, False), InputStopped(at("09:32"), at("09:32").boot_s), Tick(at("10:05"))
    )
    assert [type(decision).__name__ for decision in said] == ["Prompted", "Reminded"]
    assert state.absence is None


def test_an_absence_ends_when_nobody_could_report_its_end() -> None:
    """The source of input died while they were gone: the sitting clock starts then."""
    state, said = after("idle, credited", sensors("09:50", False, True))
    assert [decision.seconds for decision in said if isinstance(decision, NaturalBreak)] == [1200.0]
    assert (state.absence, state.sitting_since_s) == (None, at("09:50").boot_s)


def test_a_locked_session_waits_for_its_unlock() -> None:
    """Without a source of input too, as long as an unlock can be reported."""
    state, said = after("absent, credited", sensors("09:50", False, True))
    assert not said and state.absence is not None
    _, said = after("absent, credited", sensors("09:50", False, True), Unlocked(at("10:00")))
    assert [decision.seconds for decision in said if isinstance(decision, NaturalBreak)] == [1800.0]


def test_a_lock_whose_end_nobody_will_report_is_none() -> None:
    """From there on input counts."""
    state, said = after("absent, credited", sensors("09:50", True, False))
    assert not said
    assert (state.is_locked, state.absence is None) == (False, False)
    _, said = after("absent, credited", sensors("09:50", True, False), InputSeen(at("09:55")))
    assert [decision.seconds for decision in said if isinstance(decision, NaturalBreak)] == [1500.0]


@pytest.mark.parametrize("can_see_unlock", [True, False])
def test_the_wake_ends_an_absence_that_nobody_could_end(can_see_unlock: bool) -> None:
    """Nothing is locked, so no unlock will come."""
    state, said = after("counting", sensors("09:31", False, can_see_unlock), Slept(at("09:40")), Woke(at("09:50")))
    assert [decision.seconds for decision in said if isinstance(decision, NaturalBreak)] == [600.0]
    assert state.absence is None


def test_the_wake_ends_nothing_where_the_session_is_found_locked() -> None:
    """The unlock will be reported."""
    state, said = after(
        "counting", sensors("09:31", False, True), Slept(at("09:40")), Woke(at("09:50"), Found(is_locked=True))
    )
    assert not said and state.absence is not None and state.is_locked


def test_sensors_that_change_in_a_sleep_end_nothing() -> None:
    """The machine is asleep; the wake decides."""
    state, said = after("asleep", sensors("09:46", False, False))
    assert not said and state.absence is not None


def test_a_session_of_somebody_nobody_can_see_ends_with_the_clock_running() -> None:
    """No first input would ever be reported."""
    state, _ = after(
        "session, hold", sensors("10:01:55", False, False), InputStopped(at("10:02"), 3700.0), Tick(at("10:05"))
    )
    assert (state.is_after_session, state.sitting_since_s) == (False, at("10:04:18").boot_s)


def test_a_stop_in_such_a_session_still_begins_its_break() -> None:
    """The time until the start belongs to it: no natural break."""
    again = Started(at("10:30"), Settings(), exercises(), "UTC")
    state, said = after("session, hold", sensors("10:01:55", False, False), Stopped(at("10:02")), again)
    assert [type(decision) for decision in said if not isinstance(decision, Outcome)][-1] is not NaturalBreak
    assert state.sitting_since_s == at("10:30").boot_s


def test_a_sleep_that_nobody_announced() -> None:
    """The wake says since when: the session was paused there, the absence began there."""
    state, said = after("session, hold", Woke(at("10:02:50"), asleep_since_s=at("10:02").boot_s))
    assert not said
    assert state.session is not None and state.session.paused_s == at("10:02").boot_s
    _, said = after("counting", Woke(at("09:50"), Found(input_flows=True), asleep_since_s=at("09:45").boot_s))
    assert [decision.seconds for decision in said if isinstance(decision, NaturalBreak)] == [300.0]


def test_a_sleep_from_before_the_last_input_counts_from_it() -> None:
    """Idle first, then asleep: since the last input."""
    _, said = after("idle, not confirmed", Slept(at("09:33")), Woke(at("09:50"), Found(input_flows=True)))
    assert [decision.seconds for decision in said if isinstance(decision, NaturalBreak)] == [1200.0]


def test_what_cannot_be_asked_stays_as_it_was_known() -> None:
    """Holds and the lock, at a wake and at a start."""
    for event in (Woke(at("10:05"), Found()), Started(at("10:05"), Settings(), exercises(), "UTC")):
        state, _ = after("held", Locked(at("10:02")), Slept(at("10:03")), event)
        assert (set(state.holds), state.is_locked) == ({"call"}, True)
        state, _ = after("held", Slept(at("10:03")), replace(event, found=Found(holds=("app", "dnd"), is_locked=True)))
        assert (set(state.holds), state.is_locked) == ({"app", "dnd"}, True)


def test_a_last_input_that_is_found() -> None:
    """At a start in the same boot: idle since then, absent since then, not since the start."""
    crash = Started(
        at("09:50"), Settings(), exercises(), "UTC", Found(input_flows=False, last_input_s=at("09:40").boot_s)
    )
    state, _ = after("counting", crash)
    assert state.absence is not None and state.absence.since_s == at("09:40").boot_s
    late = replace(crash, found=Found(input_flows=False, last_input_s=at("11:00").boot_s))
    state, _ = after("counting", late)
    assert state.idle_since_s == at("09:50").boot_s


def test_a_lock_with_the_last_input_that_its_source_knows() -> None:
    """The absence counts from there, never from the future."""
    state, _ = after("counting", Locked(at("09:35"), at("09:33").boot_s))
    assert state.absence is not None and state.absence.since_s == at("09:33").boot_s
    state, _ = after("counting", Locked(at("09:35"), at("09:40").boot_s))
    assert state.absence is not None and state.absence.since_s == at("09:35").boot_s


def test_the_first_start_sees_what_is_so() -> None:
    """Locked, idle, in a call; signs of the person are none then, for they are present."""
    found = Found(input_flows=False, last_input_s=0.0, is_locked=True, holds=("call",))
    state, said = step(None, Started(at("09:00"), Settings(), exercises(), "UTC", found))
    assert (state.is_locked, set(state.holds), state.absence is None) == (True, {"call"}, False)
    assert not said


def test_the_last_evidence_of_life_is_the_later_one() -> None:
    """The last record at half past nine, the journal's last line at ten: half an hour of absence at half past ten."""
    alive = at("10:00")
    power = Started(Now(20.0, "next", START + timedelta(minutes=90)), Settings(), exercises(), "UTC", alive_until=alive)
    state, said = after("held", replace(power, alive_until=None))
    assert [decision.sat_s for decision in said if isinstance(decision, Outcome)] == [3600.0]  # held was said at ten
    _, said = after("standing", power)
    assert [decision.seconds for decision in said if isinstance(decision, NaturalBreak)] == [1800.0]
    _, said = after("standing", replace(power, alive_until=at("09:01")))
    assert [decision.seconds for decision in said if isinstance(decision, NaturalBreak)] == [3600.0]
    assert state.now.boot_id == "next"


def test_instants_move_to_the_clock_of_the_next_boot() -> None:
    """A pause and a snooze keep their wall end, a hold its limit, an absence its beginning."""
    start = Started(Now(20.0, "next", START + timedelta(minutes=61, seconds=10)), Settings(), exercises(), "UTC")
    state, _ = after("snoozed", replace(start, now=Now(20.0, "next", START + timedelta(minutes=62, seconds=30))))
    assert state.prompt is not None
    assert wall_of(state, state.prompt.snoozed_until_s) == "10:11:00"
    state, _ = after("held", replace(start, found=Found(holds=("call",))))
    assert wall_of(state, state.holds["call"]) == "09:50:00"
    assert state.prompt is not None and wall_of(state, state.prompt.waiting_s) == "10:00:00"
    assert wall_of(state, state.prompt.due_s) == "10:00:00"
    assert wall_of(state, state.sitting_since_s) == "09:00:00" and wall_of(state, state.due_from_s) == "09:00:00"
    state, _ = after(
        "session, void without a prompt", replace(start, now=Now(20.0, "next", START + timedelta(minutes=31)))
    )
    assert state.session is None


def wall_of(state: State, at_s: float | None) -> str:
    assert at_s is not None
    moment: datetime = state.now.wall + timedelta(seconds=at_s - state.now.boot_s)
    return moment.astimezone(UTC).strftime("%H:%M:%S")


def test_an_exercise_that_has_gone_is_not_begun() -> None:
    """The prompt that offered it begins what is left; a session that has only it is as it was, but is not chosen anew."""
    few = exercises()[:1]
    gone = SettingsChanged(at("10:01:10"), Settings(), few, "UTC")
    _, said = after("offered", gone, BeginAsked(at("10:01:20")))
    assert [decision.exercises for decision in said if isinstance(decision, SessionBegan)] == [("walk",)]
    _, said = after("session, prepare", gone, ChooseAsked(at("10:01:11"), first="right"))
    assert [decision.reason for decision in said if isinstance(decision, Refused)] == ["it has begun"]
    early = replace(gone, now=at("10:01:06"))
    state, said = after("session, prepare", early, ChooseAsked(at("10:01:07"), first="right"))
    assert [(decision.reason, decision.next_step) for decision in said if isinstance(decision, Refused)] == [
        ("the exercise is no longer there", "Stop it, and start another one.")
    ]
    assert state.session is not None and len(state.session.segments) == 5


def test_with_no_exercise_at_all_there_is_no_session() -> None:
    """Refused, with a next step."""
    none = SettingsChanged(at("10:01:10"), Settings(), (), "UTC")
    _, said = after("offered", none, BeginAsked(at("10:01:20")))
    assert [(d.command, d.reason, bool(d.next_step)) for d in said if isinstance(d, Refused)] == [
        ("begin", "no exercise is left", True),
    ]  # fmt: skip
    _, said = after("offered", BeginAsked(at("10:01:20"), "yoga"))
    refused = [decision for decision in said if isinstance(decision, Refused)]
    assert [(d.command, d.reason, d.about) for d in refused] == [("begin", "no exercise is called {about}", "yoga")]


def test_an_event_before_any_start_is_a_mistake_of_the_shell() -> None:
    """Only the first start makes a state."""
    with pytest.raises(ValueError, match="Tick before Started"):
        step(None, Tick(at("09:00")))


@pytest.mark.parametrize(
    ("name", "wants"),
    [("counting", False), ("offered", False), ("session, hold", True), ("after a session", True), ("idle, credited", True),
     ("absent, not credited", True), ("asleep", True), ("paused", False)],
)  # fmt: skip
def test_the_next_input_is_asked_for_where_something_depends_on_it(name: str, wants: bool) -> None:
    """Elsewhere no source needs to look closely."""
    assert wants_next_input(reach(name)[0]) is wants


@pytest.mark.parametrize(
    ("name", "clock"),
    [("counting", "10:00"), ("offered", "10:05"), ("snoozed", "10:11"), ("idle, not confirmed", "09:35"),
     ("due, settling", "10:00:20"), ("session, prepare", "10:01:10"), ("session, paused", "10:11:20"), ("held", "13:00"),
     ("withdrawn by a lock", "10:03"), ("off hours", None), ("asleep", None), ("stopped", None), ("paused, held", None)],
)  # fmt: skip
def test_when_the_core_wants_to_be_woken(name: str, clock: str | None) -> None:
    """The very instant of its next timer; never where nothing is waited for."""
    state, _ = reach(name)
    if name == "off hours":
        assert next_wake_s(state) == at("17:00").boot_s + 15 * 3600.0  # tomorrow at eight
    else:
        assert next_wake_s(state) == (None if clock is None else at(clock).boot_s)


def test_a_tick_that_comes_early_decides_nothing() -> None:
    """And one that comes late decides at its own instant."""
    _, said = after("counting", Tick(at("09:59:59")))
    assert not said
    state, _ = reach("counting")
    _, decisions = step(state, Tick(at("10:00:07")))
    assert [decision.sat_s for decision in decisions if isinstance(decision, Prompted)] == [3607.0]


def test_a_clock_set_without_a_word_is_seen() -> None:
    """The two clocks of an event disagree: the hours are others now, and nothing passed."""
    state, _ = step(None, Started(at("07:00"), hours("09:00-17:00"), exercises(), "UTC"))
    jumped = Tick(replace(at("07:10"), wall=at("10:00").wall))
    state, said = step(state, jumped)
    assert not said
    assert (state.is_open, state.sitting_since_s) == (True, at("07:10").boot_s)
    slow = Tick(replace(at("07:20"), wall=at("10:10").wall + timedelta(seconds=1)))
    state, _ = step(state, slow)
    assert state.sitting_since_s == at("07:10").boot_s


def test_a_small_step_that_is_told_moves_the_hours_too() -> None:
    """One second over the closing."""
    state, _ = step(None, Started(at("16:50"), hours("09:00-17:00"), exercises(), "UTC"))
    state, _ = step(state, ClockStepped(replace(at("16:59:59"), wall=at("17:00").wall)))
    assert not state.is_open


def test_a_small_step_into_the_hours_opens_them_now() -> None:
    """One second over the opening: the clock starts at the step."""
    state, _ = step(None, Started(at("08:59"), hours("09:00-17:00"), exercises(), "UTC"))
    state, _ = step(state, ClockStepped(replace(at("08:59:58"), wall=at("08:59:59").wall + timedelta(seconds=1.5))))
    assert (state.is_open, state.sitting_since_s) == (True, at("08:59:58").boot_s)


def test_undo_says_what_it_takes_back() -> None:
    """The command, and the first record; numbers are never used twice, so what comes after has its own."""
    state, said = after("just skipped", UndoAsked(at("10:01:40")))
    assert [(d.command, d.first_record) for d in said if isinstance(d, Revoked)] == [("skip", 1)]
    assert [decision.prompt for decision in said if isinstance(decision, Prompted)] == [1]
    state, _ = after("counting", DoneAsked(at("09:31")), UndoAsked(at("09:31:10")))
    assert state.records == 1
    _, said = after("counting", DoneAsked(at("09:31")), UndoAsked(at("09:31:10")), DoneAsked(at("09:32")))
    assert [decision.record for decision in said if isinstance(decision, Outcome)] == [1, 2]


def test_a_hold_in_a_pause_is_counted_from_when_it_began() -> None:
    """Its limit too."""
    state, _ = after("paused, held", HoldBegan(at("10:05"), "app"), EVENTS["resume"](at("10:10")))
    assert next_wake_s(state) == at("13:05").boot_s


def test_what_a_look_finds_holds_the_prompt_that_it_was_looked_for() -> None:
    """Though it is due by then: it was there before. What begins at that moment leaves it, for it is offered."""
    counting, _ = reach("counting")
    state, said = step(counting, HoldBegan(at("10:00:01"), "fullscreen", was_there=True))
    assert [decision.reasons for decision in said if isinstance(decision, Held)] == [("fullscreen",)]
    assert not [decision for decision in said if isinstance(decision, Prompted)]
    assert state.prompt is not None and state.prompt.stage == "waiting"
    state, said = step(counting, HoldBegan(at("10:00:01"), "fullscreen"))
    assert [decision.prompt for decision in said if isinstance(decision, Prompted)] == [1]
    assert state.prompt is not None and state.prompt.stage == "offered"


@pytest.mark.parametrize(
    ("alive", "index", "reached"),
    [
        ("10:01:05", 0, (5.0, 0.0, 0.0, 0.0, 0.0)),
        ("10:01:40", 2, (10.0, 30.0, 0.0, 0.0, 0.0)),
        ("10:01:50", 3, (10.0, 30.0, 8.0, 2.0, 0.0)),
        ("10:01:54", 3, (10.0, 30.0, 8.0, 6.0, 0.0)),
    ],
)
def test_a_session_got_as_far_as_the_last_evidence_of_life(alive: str, index: int, reached: tuple[float, ...]) -> None:
    """Cues are not written down: the segments up to there follow from the clock."""
    crash = Started(at("10:01:55"), Settings(), exercises(), "UTC", alive_until=at(alive))
    state, said = after("session, prepare", crash)
    assert not said
    assert state.session is not None
    assert (state.session.index, state.session.reached, state.session.paused_s) == (index, reached, at(alive).boot_s)


def test_a_session_that_had_come_to_its_end_ends_when_it_goes_on() -> None:
    """It is found paused at the end of its last segment."""
    crash = Started(at("10:05"), Settings(), exercises(), "UTC", alive_until=at("10:04:30"))
    state, _ = after("session, prepare", crash)
    assert state.session is not None and (state.session.index, state.session.reached[-1]) == (4, 120.0)
    _, said = after("session, prepare", crash, EVENTS["toggle"](at("10:06")))
    assert [decision.word for decision in said if isinstance(decision, Outcome)] == ["completed"]


def test_the_power_failed_in_a_sleep() -> None:
    """The start ends the absence; nobody is asleep any more."""
    power = Started(Now(20.0, "next", at("10:30").wall), Settings(), exercises(), "UTC")
    state, said = after("asleep", power)
    assert [decision.seconds for decision in said if isinstance(decision, NaturalBreak)] == [3600.0]
    assert (state.asleep_since_s, state.idle_since_s) == (None, None)


def test_the_daemon_was_killed_in_a_sleep() -> None:
    """Started again after the wake, it does what the wake would have done."""
    again = Started(at("10:20"), Settings(), exercises(), "UTC")
    state, said = after("offered", Slept(at("10:02")), again)
    assert [(d.word, d.sat_s) for d in said if isinstance(d, Outcome)] == [("away", 3720.0)]
    assert state.asleep_since_s is None and state.absence is not None
    _, said = after("session, hold", Slept(at("10:02")), again)
    assert [decision.word for decision in said if isinstance(decision, Outcome)] == ["partial"]
    state, said = after("counting", sensors("09:31", False, False), Slept(at("09:40")), again)
    assert [decision.seconds for decision in said if isinstance(decision, NaturalBreak)] == [2400.0]
    assert state.absence is None


def test_somebody_known_to_be_gone_at_a_later_start() -> None:
    """A new absence begins with it."""
    state, _ = after("stopped", Started(at("10:00"), Settings(), exercises(), "UTC", is_away=True))
    assert state.absence is not None and state.absence.since_s == at("10:00").boot_s


def test_another_time_zone_is_other_hours() -> None:
    """Nine in Berlin is eight in London's winter: the hours close when their zone's clock says so."""
    nine = hours("09:00-17:00")
    state, _ = step(None, Started(at("08:30"), nine, exercises(), "UTC"))
    state, _ = step(state, SettingsChanged(at("08:31"), nine, exercises(), "Europe/Berlin"))
    assert (state.is_open, state.zone) == (True, "Europe/Berlin")
    assert next_wake_s(state) == at("09:31").boot_s
