"""What the person asks outside a session."""

from __future__ import annotations

from msgspec.structs import replace

from unsit.core import hours, rotation
from unsit.core.model import (
    BeginAsked,
    DoneAsked,
    Outcome,
    Pause,
    PauseAsked,
    ResumeAsked,
    SitAsked,
    SkipAsked,
    SnoozeAsked,
    Snoozed,
    StandAsked,
)
from unsit.core.rules import guiding, holding, prompting, sitting
from unsit.core.rules.turn import Turn


def on_begin(turn: Turn, event: BeginAsked) -> None:
    state = turn.state
    if event.exercise is None:
        guiding.begin(turn, prompting.next_exercises(state))
    elif rotation.find(state, event.exercise) is None:
        turn.refuse(BeginAsked, "no exercise is called {about}", "See them with `unsit exercise list`.", event.exercise)
    elif event.exercise in state.hurt:
        turn.refuse(
            BeginAsked,
            "{about} is off since it hurt",
            "Switch it on again on the page of exercises, or with `unsit exercise on {about}`.",
            event.exercise,
        )
    else:
        guiding.begin(turn, (event.exercise,))


def on_snooze(turn: Turn, event: SnoozeAsked) -> None:
    prompt = turn.state.prompt
    if prompt is None or prompt.stage != "offered":
        turn.refuse(SnoozeAsked, "no prompt is offered", "Pause instead, to be left alone for a while.")
        return
    if not prompting.snoozes_left(prompt):
        turn.refuse(SnoozeAsked, "no snooze left for this prompt", "Start, skip, or say that you moved.")
        return
    for_s = event.for_s or prompt.settings.snooze_s
    until_s = turn.now_s + for_s
    turn.set(prompt=replace(prompt, stage="snoozed", snoozes=prompt.snoozes + 1, snoozed_until_s=until_s))
    until_wall = hours.local_datetime(turn.wall + for_s, turn.state.zone)
    turn.say(Snoozed(prompt.id, for_s, until_wall, prompt.routine))


def on_skip(turn: Turn, event: SkipAsked) -> None:
    if turn.state.prompt is None:
        turn.refuse(SkipAsked, "no prompt is open", "Pause instead, to be left alone for a while.")
        return
    prompting.end(turn, "skipped", turn.now_s)
    turn.set(due_from_s=turn.now_s, is_due_now=False)


def on_done(turn: Turn, _event: DoneAsked) -> None:
    if turn.state.prompt:
        prompting.end(turn, "done", turn.now_s)
    else:
        prompting.say_outcome(turn, Outcome(turn.number(), "done", sat_s=sitting.sat_s(turn.state, turn.now_s)))
    sitting.start(turn, turn.now_s)


def on_pause(turn: Turn, event: PauseAsked) -> None:
    state = turn.state
    until_wall = None
    if event.tomorrow:
        until_wall = hours.tomorrow(state.settings, state.zone, turn.wall)
    elif event.until is not None:
        until_wall = hours.next_time_of_day(turn.wall, event.until, state.zone)
    turn.set(pause=Pause(turn.now_s, None if event.for_s is None else turn.now_s + event.for_s, until_wall))
    prompting.withdraw(turn, "pause")


def on_resume(turn: Turn, event: ResumeAsked) -> None:
    if turn.state.pause is None:
        turn.refuse(ResumeAsked, "not paused")
    else:
        holding.end_pause(turn, turn.now_s)


def _change_label(turn: Turn, *, is_standing: bool) -> None:
    prompting.end(turn, "done", turn.now_s)
    turn.set(is_standing=is_standing)
    sitting.start(turn, turn.now_s)


def on_stand(turn: Turn, event: StandAsked) -> None:
    if turn.state.is_standing:
        turn.refuse(StandAsked, "already standing", "Say `unsit sit` when you sit down.")
    else:
        _change_label(turn, is_standing=True)


def on_sit(turn: Turn, event: SitAsked) -> None:
    if turn.state.is_standing:
        _change_label(turn, is_standing=False)
    else:
        turn.refuse(SitAsked, "already sitting", "Say `unsit stand` when you stand.")
