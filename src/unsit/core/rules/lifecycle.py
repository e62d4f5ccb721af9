"""The daemon starts, for the first time, after a crash or after a gap; it stops; and it is given other settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from unsit.core import hours
from unsit.core import session as sessions
from unsit.core.model import BOOT_TICKS_PER_S, Found, Prompt, Session, SettingsChanged, Started, State, Stopped
from unsit.core.rules import guiding, presence, prompting, routines, sitting, sleeping, workday
from unsit.core.rules.turn import Turn


def _first_state(event: Started) -> State:
    """Nothing has happened yet: the person is present."""
    wall, now_s = event.now.wall.timestamp(), event.now.boot_s
    span = hours.span_at(event.settings, event.zone, wall)
    return State(
        settings=event.settings,
        catalogue=event.catalogue,
        zone=event.zone,
        now=event.now,
        is_open=span.is_open,
        hours_from_wall=span.from_wall,
        hours_until_wall=span.until_wall,
        sitting_since_s=now_s if span.is_open else None,
        due_from_s=now_s,
        routine_after_wall=wall,
        is_stopped=False,
    )


def start(before: State | None, event: Started, decide_due: Callable[[Turn], None]) -> Turn:
    """The daemon runs: where it would have been after a crash, and after a stop or a reboot somebody was away."""
    if before is None:
        turn = Turn(_first_state(event), event.now, decide_due)
        turn.set(routine_next_wall=routines.next_wall(turn.state, turn.wall))
        presence.learn(turn, event.found)
        if event.is_away:
            sitting.clear(turn)
            turn.set(idle_since_s=turn.now_s)
            presence.confirm_absence(turn, turn.now_s)
        return turn
    alive = before.now
    if event.alive_until and event.alive_until.wall > alive.wall:
        alive = event.alive_until
    alive_s = alive.boot_s
    is_new_boot = before.now.boot_id != event.now.boot_id
    if is_new_boot:
        gap_s = max(0.0, (event.now.wall - alive.wall).total_seconds())
        shift_s = event.now.boot_s - gap_s - alive.boot_s
        before, alive_s = shifted(before, shift_s), alive.boot_s + shift_s
    turn = Turn(before, event.now, decide_due)
    turn.set(is_stopped=False)
    if before.is_stopped or is_new_boot:
        turn.set(undoable=None)
        _start_after_gap(turn, event, min(alive_s, turn.now_s))
    else:
        _start_after_crash(turn, event, min(alive_s, turn.now_s))
    return turn


def _start_after_gap(turn: Turn, event: Started, alive_s: float) -> None:
    """After a clean stop, or in another boot: the time until now is a confirmed absence that ends now."""
    turn.is_waking = True  # the machine was off, or nobody looked: a routine's time in it counts as in a suspend
    turn.set(asleep_since_s=None, idle_since_s=None, is_locked=False, is_standing=False)
    if turn.state.session:
        turn.is_stopping = True
        turn.set(idle_since_s=alive_s, absence=None)
        guiding.end(turn, alive_s, stopped_by="quit")
        turn.set(idle_since_s=None)
        turn.is_stopping = False
    presence.confirm_absence(turn, alive_s)
    presence.credit_absence(turn)
    _adopt(turn, event)
    if event.found.holds is not None:
        presence.learn(turn, Found(holds=event.found.holds))
    turn.decide_due()
    turn.is_waking = False
    presence.see_sign(turn)
    if event.is_away or event.found.input_flows is False:
        turn.set(idle_since_s=turn.now_s)
    if event.is_away:
        presence.confirm_absence(turn, turn.now_s)
    elif event.found.is_locked:
        presence.lock(turn, turn.now_s)


def _start_after_crash(turn: Turn, event: Started, alive_s: float) -> None:
    session = turn.state.session
    if session and session.paused_s is None:
        turn.set(session=_paused_where_it_was(session, alive_s))
    shown = turn.state.prompt
    if shown and shown.stage == "offered":
        shown = _without_past_reminders(shown, turn.now_s)
        turn.set(prompt=shown)
    asleep_since_s = turn.state.asleep_since_s
    if asleep_since_s is not None:
        turn.set(asleep_since_s=None)
        sleeping.after_sleep(turn, asleep_since_s)
    _adopt(turn, event)
    presence.learn(turn, event.found)
    turn.decide_due()
    if asleep_since_s is not None and presence.is_blind(turn.state):
        presence.see_sign(turn)
    presence.learn_signs(turn, event.found)
    turn.decide_due()
    if shown and shown.stage == "offered" and turn.state.prompt == shown:
        prompting.say_prompted(turn, shown, again=True)


def _paused_where_it_was(session: Session, alive_s: float) -> Session:
    """Cues are not written down: the segments up to the last evidence of life follow from the clock."""
    while session.index + 1 < len(session.segments):
        end_s = session.entered_s + session.segments[session.index].seconds
        if end_s > alive_s:
            break
        session = sessions.go_to(sessions.mark_reached(session, end_s), session.index + 1, end_s)
    session = sessions.mark_reached(session, alive_s)
    return replace(session, paused_s=max(alive_s, session.entered_s), paused_by="restart")


def _without_past_reminders(prompt: Prompt, now_s: float) -> Prompt:
    past = int((now_s - prompt.offered_s) / prompt.settings.remind_every_s)
    return replace(prompt, reminders=min(max(prompt.reminders, past), max(prompt.settings.reminders, prompt.reminders)))


def shifted(state: State, by_s: float) -> State:
    """The same state on the boot clock of another boot."""

    def move(at_s: float | None) -> Any:
        return None if at_s is None else round((at_s + by_s) * BOOT_TICKS_PER_S) / BOOT_TICKS_PER_S

    prompt, session = state.prompt, state.session
    return replace(
        state,
        idle_since_s=move(state.idle_since_s),
        asleep_since_s=move(state.asleep_since_s),
        absence=state.absence and replace(state.absence, since_s=move(state.absence.since_s)),
        sitting_since_s=move(state.sitting_since_s),
        due_from_s=move(state.due_from_s),
        holds={reason: move(since_s) for reason, since_s in state.holds.items()},
        pause=state.pause
        and replace(state.pause, since_s=move(state.pause.since_s), until_s=move(state.pause.until_s)),
        settle_until_s=move(state.settle_until_s),
        prompt=prompt and _shifted_prompt(prompt, move),
        session=session
        and replace(
            session,
            began_s=move(session.began_s),
            entered_s=move(session.entered_s),
            paused_s=move(session.paused_s),
            prompt=session.prompt and _shifted_prompt(session.prompt, move),
        ),
        last_outcome_s=move(state.last_outcome_s),
    )


def _shifted_prompt(prompt: Prompt, move: Callable[[float | None], Any]) -> Prompt:
    return replace(
        prompt,
        due_s=move(prompt.due_s),
        offered_s=move(prompt.offered_s),
        snoozed_until_s=move(prompt.snoozed_until_s),
        waiting_s=move(prompt.waiting_s),
    )


def _adopt(turn: Turn, event: Started | SettingsChanged) -> None:
    """New settings: hours, due times and routines are worked out anew; a session and an offered prompt keep theirs."""
    before = turn.state
    turn.set(settings=event.settings, catalogue=event.catalogue, zone=event.zone)
    if (before.settings.hours, before.settings.days_off, before.zone) != (
        event.settings.hours,
        event.settings.days_off,
        event.zone,
    ):
        workday.follow_hours(turn, is_new=True)
    if (before.settings.routine, before.zone) != (event.settings.routine, event.zone):
        names = {routine.name for routine in event.settings.routine if routine.enabled}
        turn.set(
            routines_waiting=tuple(entry for entry in turn.state.routines_waiting if entry[0] in names),
            routine_after_wall=turn.wall,
            routine_next_wall=routines.next_wall(turn.state, turn.wall),
        )


def on_stopped(turn: Turn, _event: Stopped) -> None:
    turn.is_stopping = True
    if turn.state.session:
        # Nobody sees what follows: the time until the next start belongs to this session's break.
        turn.set(idle_since_s=turn.now_s)
        guiding.end(turn, turn.now_s, stopped_by="quit")
    turn.set(is_stopped=True, is_standing=False, undoable=None)


def on_settings_changed(turn: Turn, event: SettingsChanged) -> None:
    on_again = {
        key.removeprefix("exercises.")
        for key in event.touched
        if key.startswith("exercises.") and event.settings.exercises.get(key.removeprefix("exercises."))
    }
    turn.set(hurt=turn.state.hurt - on_again)
    _adopt(turn, event)
