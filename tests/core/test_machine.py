"""Any events in any order: what holds in every state that the core can get into.

Events come late and twice, where they do not belong, with a wall clock that goes backwards. The examples are the same in every
run; `PYTHONPATH=tests python -m core.test_machine 5000` tries so many new ones.
"""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.days import STAGED, exercises, hours, routine, settings
from unsit.core.engine import next_wake_s, step, wants_next_input
from unsit.core.model import (
    HOLD_REASONS,
    AnyDecision,
    AnyEvent,
    BeginAsked,
    ChooseAsked,
    ClockStepped,
    Command,
    DoneAsked,
    Found,
    HoldBegan,
    HoldEnded,
    HurtsAsked,
    InputSeen,
    InputStopped,
    Locked,
    NaturalBreak,
    NextAsked,
    Now,
    Outcome,
    PauseAsked,
    PreviousAsked,
    Prompted,
    Refused,
    ResumeAsked,
    Revoked,
    SensorsChanged,
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
)
from unsit.core.snapshot import snapshot

SETTINGS = (
    settings(),
    settings(prompt_every="10m", prompt_settle="0s", away_credit="10m", prompt_snoozes="1"),
    settings(hold_limit="1m", away_idle_after="1m", stretch_walk="0s", stretch_place="floor,desk,bed"),
    hours("09:00-12:00", "12:30-17:00"),
    hours("22:00-06:00"),
    routine("*/30 * * * *", "programme", "bird-dog", also=hours("08:00-18:00", off=["2026-03-03"])),
    routine("0 * * * *", "nobody-knows-it", "bridge", name="other", also=routine("*/10 9-15 * * *")),
)
ZONES = ("UTC", "Europe/Berlin", "Australia/Lord_Howe")
SOON = (0.0, 0.0, 1.0, 2.5, 10.0, 30.0, 59.0, 60.0, 61.0, 119.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 30000.0)
IDS = ("standing-lunge", "supine", "walk", "constructive-rest", "bird-dog", "nobody-knows-it", "contract-relax",
       "programme")  # fmt: skip
PLAIN = (
    DoneAsked, HurtsAsked, InputSeen, NextAsked, PreviousAsked, ResumeAsked, SitAsked, SkipAsked, Slept, StandAsked,
    StopAsked, Stopped, Tick, ToggleAsked, UndoAsked, Unlocked,
)  # fmt: skip


class AnyDay(RuleBasedStateMachine):
    state: State

    @initialize(
        which=st.sampled_from(SETTINGS), zone=st.sampled_from(ZONES), away=st.booleans(), hour=st.integers(0, 23)
    )
    def start(self, which: Any, zone: str, away: bool, hour: int) -> None:
        self.settings, self.zone, self.catalogue = which, zone, (*exercises(), *STAGED)
        self.boot_s, self.boot, self.wall = (
            1000.0,
            0,
            datetime(2026, 3, 2, hour, 30, tzinfo=ZoneInfo("UTC")).timestamp(),
        )
        self.ended: dict[int, str] = {}
        self.opened: set[int] = set()
        self.last: AnyEvent | None = None
        self.given: State | None = None
        self.tell(Started(self.now(), which, self.catalogue, zone, is_away=away))

    def now(self, behind_s: float = 0.0) -> Now:
        wall = datetime.fromtimestamp(self.wall - behind_s, ZoneInfo(self.zone))
        return Now(self.boot_s - behind_s, f"boot-{self.boot}", wall)

    def tell(self, event: AnyEvent) -> None:
        before = self.given
        state, decisions = step(before, event)
        assert step(before, event) == (state, decisions), "decided differently the second time"
        self.account(state, decisions)
        if isinstance(event, Command) and not isinstance(event, UndoAsked):
            assert state.idle_since_s is None or state.is_stopped
        self.given = self.state = state
        self.last = event

    def account(self, state: State, decisions: tuple[AnyDecision, ...]) -> None:
        for decision in decisions:
            if isinstance(decision, Revoked):
                self.ended = {record: word for record, word in self.ended.items() if record < decision.first_record}
                self.opened = {number for number in self.opened if number < decision.first_record}
            elif isinstance(decision, Outcome | NaturalBreak):
                assert decision.record not in self.ended, "recorded twice"
                self.ended[decision.record] = getattr(decision, "word", "natural")
            elif isinstance(decision, Prompted):
                self.opened.add(decision.prompt)
        held = state.prompt or (state.session and state.session.prompt)
        if held:
            self.opened.add(held.id)
            assert held.id not in self.ended, "over, and open"
        for number in self.opened:
            assert number in self.ended or (held and held.id == number), "neither open nor over"

    # -- what happens

    @rule(seconds=st.sampled_from(SOON))
    def time_passes(self, seconds: float) -> None:
        """The daemon is woken when it asked to be, until then."""
        target = self.boot_s + seconds
        for _ in range(40):
            wake_s = next_wake_s(self.state)
            if wake_s is None or wake_s > target:
                break
            self.advance(max(0.0, wake_s - self.boot_s))
            self.tell(Tick(self.now()))
            following = next_wake_s(self.state)
            assert following is None or following > self.boot_s, "asks for the instant that is"
        self.advance(target - self.boot_s)

    @rule(seconds=st.sampled_from(SOON))
    def nobody_wakes_it(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        if seconds > 0:
            self.boot_s += seconds
            self.wall += seconds

    @rule(kind=st.sampled_from(PLAIN), behind_s=st.sampled_from((0.0, 0.0, 0.0, 1.0, 40.0)))
    def plain(self, kind: Any, behind_s: float) -> None:
        self.tell(kind(self.now(min(behind_s, self.boot_s))))

    @rule()
    def the_same_again(self) -> None:
        if self.last is not None and not isinstance(self.last, Started):
            self.tell(self.last)

    @rule(ago_s=st.sampled_from((0.0, 10.0, 400.0, -5.0)), lock=st.booleans(), known=st.booleans())
    def leaves(self, ago_s: float, lock: bool, known: bool) -> None:
        if lock:
            self.tell(Locked(self.now(), self.boot_s - ago_s if known else None))
        else:
            self.tell(InputStopped(self.now(), self.boot_s - ago_s))

    @rule(reason=st.sampled_from(HOLD_REASONS), begins=st.booleans())
    def hold(self, reason: Any, begins: bool) -> None:
        self.tell((HoldBegan if begins else HoldEnded)(self.now(), reason))

    @rule(exercise=st.sampled_from((None, None, *IDS)))
    def begin(self, exercise: str | None) -> None:
        self.tell(BeginAsked(self.now(), exercise))

    @rule(for_s=st.sampled_from((None, 1.0, 300.0, 5000.0)))
    def snooze(self, for_s: float | None) -> None:
        self.tell(SnoozeAsked(self.now(), for_s))

    @rule(fields=st.sampled_from(({}, {"for_s": 600.0}, {"until": "02:30"}, {"until": "12:15"}, {"tomorrow": True})))
    def pause(self, fields: dict[str, Any]) -> None:
        self.tell(PauseAsked(self.now(), **fields))

    @rule(
        exercise=st.sampled_from((None, *IDS)),
        first=st.sampled_from((None, "left", "right")),
        walk_s=st.sampled_from((None, 0.0, 60.0)),
        hold_s=st.sampled_from((None, 14.0, 20.0)),
    )
    def choose(self, **fields: Any) -> None:
        self.tell(ChooseAsked(self.now(), **fields))

    @rule(found=st.builds(
        Found, st.sampled_from((None, True, False)), st.sampled_from((None, 0.0, 1500.0)),
        st.sampled_from((None, True, False)), st.sampled_from((None, (), ("call",), ("app", "dnd"))),
    ), asleep=st.booleans())  # fmt: skip
    def wakes(self, found: Found, asleep: bool) -> None:
        self.tell(Woke(self.now(), found, self.boot_s - 100.0 if asleep else None))

    @rule(step_s=st.sampled_from((-90000.0, -4000.0, -1.0, 1.0, 4000.0, 90000.0)), is_told=st.booleans())
    def clock_is_set(self, step_s: float, is_told: bool) -> None:
        self.wall += step_s
        if is_told:
            self.tell(ClockStepped(self.now()))

    @rule(which=st.sampled_from(SETTINGS), few=st.booleans(), zone=st.sampled_from(ZONES), on=st.booleans())
    def settings_change(self, which: Any, few: bool, zone: str, on: bool) -> None:
        self.settings, self.zone, self.catalogue = which, zone, (*exercises(), *STAGED)[: 2 if few else None]
        touched = ("exercises.standing-lunge",) if on else ()
        self.tell(SettingsChanged(self.now(), which, self.catalogue, zone, touched))

    @rule(can_see_input=st.booleans(), can_see_unlock=st.booleans())
    def sensors_change(self, can_see_input: bool, can_see_unlock: bool) -> None:
        self.tell(SensorsChanged(self.now(), can_see_input, can_see_unlock))

    @rule(
        dead_s=st.sampled_from(SOON), boots=st.booleans(), stops=st.booleans(), flows=st.sampled_from((None, True, False)),
        locked=st.sampled_from((None, True, False)), lives_s=st.sampled_from((None, 5.0)),
    )  # fmt: skip
    def restart(
        self, dead_s: float, boots: bool, stops: bool, flows: bool | None, locked: bool | None, lives_s: float | None
    ) -> None:
        if stops:
            self.tell(Stopped(self.now()))
        alive = None
        if lives_s is not None:
            self.advance(min(lives_s, dead_s))
            alive = self.now()
        self.advance(dead_s)
        if boots:
            self.boot += 1
            self.boot_s = 20.0
        found = Found(flows, self.boot_s - 1.0, locked, None)
        self.tell(Started(self.now(), self.settings, self.catalogue, self.zone, found, alive_until=alive))

    # -- what holds

    @invariant()
    def a_session_and_a_prompt_exclude_each_other(self) -> None:
        assert not (self.state.session and self.state.prompt)
        assert self.state.is_open or self.state.prompt is None or self.state.is_stopped or self.state.asleep_since_s

    @invariant()
    def what_must_happen_by_itself_is_waited_for(self) -> None:
        state, wake_s = self.state, next_wake_s(self.state)
        sleeps = state.asleep_since_s is not None or state.is_stopped
        assert wake_s is None or wake_s >= state.now.boot_s, "wants to be woken in the past"
        if sleeps:
            assert wake_s is None
            return
        prompt = state.prompt
        must = (
            state.session is not None
            or (state.pause is not None and (state.pause.until_s or state.pause.until_wall) is not None)
            or (prompt is not None and prompt.stage == "offered")
            or (prompt is not None and prompt.stage == "snoozed" and state.absence is None)
            or (prompt is not None and state.absence is not None)
            or (
                state.idle_since_s is not None and state.can_see_input and not (state.absence or state.is_after_session)
            )
            or (state.sitting_since_s is not None and not state.absence and not prompt and state.is_open)
        )
        assert wake_s is not None or not must

    @invariant()
    def the_state_survives_being_written_down(self) -> None:
        assert msgspec.json.decode(msgspec.json.encode(self.state), type=State) == self.state

    @invariant()
    def it_can_be_shown(self) -> None:
        """What is said to be allowed is not refused, and the snapshot can be written down too."""
        shown = snapshot(self.state, self.state.now, "1")
        msgspec.json.encode(shown)
        assert shown.sat_s >= 0
        assert wants_next_input(self.state) in (True, False)
        plain: dict[str, Any] = {
            "done": DoneAsked, "skip": SkipAsked, "snooze": SnoozeAsked, "stand": StandAsked, "sit": SitAsked,
            "resume": ResumeAsked, "undo": UndoAsked, "toggle": ToggleAsked, "next": NextAsked, "previous": PreviousAsked,
            "stop": StopAsked, "hurts": HurtsAsked, "pause": PauseAsked, "choose": ChooseAsked,
        }  # fmt: skip
        due_s, state = next_wake_s(self.state), self.state
        if (
            state.is_stopped
            or state.absence
            or state.is_after_session
            or (due_s is not None and due_s <= state.now.boot_s)
        ):
            return  # the command itself changes what is allowed: it is a sign of the person
        session = self.state.session
        if session and not {entry.id for entry in self.catalogue} & {
            part.exercise for part in session.segments[session.index :]
        }:
            del plain["choose"]  # what is left of it is no longer there
        for word, kind in plain.items():
            refused = any(isinstance(decision, Refused) for decision in step(self.state, kind(self.state.now))[1])
            assert refused == (word not in shown.allowed), (word, shown.allowed)


BOUNDED = hypothesis_settings(max_examples=200, stateful_step_count=40, deadline=None, derandomize=True, database=None)
AnyDay.TestCase.settings = BOUNDED
TestAnyDay = AnyDay.TestCase

if __name__ == "__main__":
    more = hypothesis_settings(BOUNDED, max_examples=int(sys.argv[1]), derandomize=False)
    run_state_machine_as_test(AnyDay, settings=more)
