"""The one open prompt: it falls due, waits, is offered, shown again, and ends."""

from __future__ import annotations

from msgspec.structs import replace

from unsit.core import rotation
from unsit.core.model import Held, Outcome, OutcomeWord, Prompt, Prompted, Reminded, State, Withdrawn
from unsit.core.rules import holding, routines, sitting
from unsit.core.rules.turn import Turn, boot_of


def snoozes_left(prompt: Prompt) -> int:
    return max(0, prompt.settings.snoozes - prompt.snoozes)


def next_exercises(state: State) -> tuple[str, ...]:
    """What `begin` starts: what the open prompt offers, as far as it is still in the catalogue, or the rotation's next."""
    offered = state.prompt.exercises if state.prompt else ()
    return tuple(name for name in offered if rotation.find(state, name)) or (rotation.pick(state),)


def fire_due(turn: Turn, _at: float) -> None:
    state = turn.state
    due = sitting.due_s(state)
    turn.set(is_due_now=False)
    prompt = Prompt(
        id=turn.number(),
        stage="waiting",
        exercises=(rotation.pick(state),),
        due_s=turn.now_s if due is None else due,
        waiting_s=turn.now_s,
        standing=state.is_standing,
        settings=state.settings.prompt,
    )
    turn.set(prompt=prompt)


def offer(turn: Turn, prompt: Prompt) -> None:
    state = turn.state
    prompt = replace(
        prompt,
        stage="offered",
        exercises=prompt.exercises if prompt.routine else (rotation.pick(state),),
        offered_s=turn.now_s,
        reminders=0,
        held_said=False,
        was_offered=True,
        standing=state.is_standing,
        settings=state.settings.prompt,
    )
    turn.set(prompt=prompt)
    say_prompted(turn, prompt, again=False)


def say_prompted(turn: Turn, prompt: Prompt, *, again: bool) -> None:
    state = turn.state
    turn.say(
        Prompted(
            prompt.id,
            prompt.exercises,
            sitting.sat_s(state, turn.now_s),
            snoozes_left(prompt),
            again=again,
            routine=prompt.routine,
            standing=prompt.standing,
            over_limit=tuple(sorted(state.ignored_holds & state.holds.keys())),
        )
    )


def withdraw(turn: Turn, reason: str) -> None:
    """An offered prompt is taken from the screen without an outcome."""
    prompt = turn.state.prompt
    if prompt and prompt.stage == "offered":
        # Withdrawing by a pause says why the prompt waits: `held` would say it twice.
        waiting = replace(prompt, stage="waiting", waiting_s=turn.now_s, held_said=reason == "pause")
        turn.set(prompt=waiting)
        turn.say(Withdrawn(prompt.id, "pause" if reason == "pause" else "away", prompt.routine))


def end(turn: Turn, word: OutcomeWord, sat_until_s: float) -> None:
    prompt = turn.state.prompt
    if prompt:
        turn.set(prompt=None)
        say_outcome(turn, Outcome(
            prompt.id, word, prompt.exercises, sat_s=sitting.sat_s(turn.state, sat_until_s), routine=prompt.routine,
            snoozes=prompt.snoozes,
        ))  # fmt: skip


def say_outcome(turn: Turn, outcome: Outcome) -> None:
    turn.set(last_outcome=outcome, last_outcome_s=turn.now_s)
    turn.say(outcome)


def missed_at(state: State) -> float | None:
    prompt = state.prompt
    if prompt is None:
        return None
    if prompt.stage == "offered":
        return prompt.offered_s + (routines.GRACE_S if prompt.routine else prompt.settings.every_s)
    if prompt.routine and prompt.stage == "waiting" and not prompt.was_offered:
        return boot_of(state, prompt.routine_wall + routines.GRACE_S)
    return None


def fire_missed(turn: Turn, _at: float) -> None:
    is_routine = turn.state.prompt is not None and turn.state.prompt.routine is not None
    end(turn, "missed", turn.now_s)
    if not is_routine:
        turn.set(is_due_now=True)


def snooze_end_at(state: State) -> float | None:
    if state.prompt is None or state.prompt.stage != "snoozed" or state.absence:
        return None
    return state.prompt.snoozed_until_s


def fire_snooze_end(turn: Turn, _at: float) -> None:
    if turn.state.prompt:
        turn.set(prompt=replace(turn.state.prompt, stage="waiting", waiting_s=turn.now_s, held_said=False))


def offer_at(state: State) -> float | None:
    prompt = state.prompt
    if prompt is None or prompt.stage != "waiting" or state.absence:
        return None
    if holding.kept_back_by(state):
        return None if prompt.held_said else state.now.boot_s
    return state.settle_until_s


def fire_offer(turn: Turn, _at: float) -> None:
    """Offer the waiting prompt, or say once what holds it."""
    prompt, reasons = turn.state.prompt, holding.kept_back_by(turn.state)
    if prompt and reasons:
        turn.set(prompt=replace(prompt, held_said=True))
        turn.say(Held(prompt.id, prompt.exercises, reasons, prompt.routine))
    elif prompt:
        offer(turn, prompt)


def due_at(state: State) -> float | None:
    if state.absence or state.is_after_session or not state.is_open:
        return None
    return sitting.due_s(state)


def reminder_at(state: State) -> float | None:
    prompt = state.prompt
    if prompt is None or prompt.stage != "offered" or prompt.reminders >= prompt.settings.reminders:
        return None
    return prompt.offered_s + prompt.settings.remind_every_s * (prompt.reminders + 1)


def fire_reminder(turn: Turn, _at: float) -> None:
    prompt = turn.state.prompt
    if prompt is None:
        return
    turn.set(prompt=replace(prompt, reminders=prompt.reminders + 1))
    if not holding.effective_holds(turn.state):
        turn.say(Reminded(
            prompt.id, prompt.exercises, sitting.sat_s(turn.state, turn.now_s), snoozes_left(prompt), prompt.routine,
            prompt.standing,
        ))  # fmt: skip
