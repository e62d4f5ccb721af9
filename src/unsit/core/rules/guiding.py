"""A session: it begins, goes from segment to segment, and ends. What it consists of is worked out in core/session.py."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from unsit.core import rotation
from unsit.core import session as sessions
from unsit.core.model import (
    BeginAsked,
    ChooseAsked,
    Cue,
    HurtsAsked,
    NextAsked,
    Outcome,
    PreviousAsked,
    Session,
    SessionBegan,
    SessionEnded,
    State,
    StopAsked,
    StopReason,
    ToggleAsked,
)
from unsit.core.rules import holding, presence, prompting, sitting
from unsit.core.rules.turn import Turn


def begin(turn: Turn, exercises: tuple[str, ...]) -> None:
    state = turn.state
    choice = sessions.choose(state, exercises)
    segments = sessions.segments(state.catalogue, choice)
    if not segments:
        turn.refuse(BeginAsked, "no exercise is left", "Switch one on in the settings.")
        return
    prompt = state.prompt
    routine = prompt.routine if prompt else None
    session = Session(
        id=turn.number(),
        choice=choice,
        segments=segments,
        began_s=turn.now_s,
        index=0,
        entered_s=turn.now_s,
        paused_s=None,
        reached=(0.0,) * len(segments),
        prompt=prompt,
        routine=routine,
    )
    turn.set(session=session, prompt=None, undoable=None)
    turn.say(SessionBegan(session.id, exercises, sessions.total_s(segments), prompt.id if prompt else None, routine))
    _say_cue(turn, session)


def _say_cue(turn: Turn, session: Session) -> None:
    turn.say(Cue(session.id, session.segments[session.index], session.routine))


def _enter(turn: Turn, session: Session, index: int, at_s: float) -> None:
    """Go to a segment; past the last one the session is over."""
    if index < len(session.segments):
        session = sessions.go_to(session, index, at_s)
        turn.set(session=session)
        _say_cue(turn, session)
    else:
        turn.set(session=session)
        end(turn, at_s)


def end(turn: Turn, at_s: float, *, stopped_by: StopReason | None = None) -> None:
    """The session is over at `at_s`: completed, partial, or as if it had not begun."""
    session = turn.state.session
    if session is None:
        return
    session = sessions.mark_reached(session, at_s)
    work = sessions.work(session)
    is_pain = stopped_by == "pain"
    is_completed = stopped_by is None and sessions.is_complete(session)
    turn.set(session=None, last_stop=(session.id, stopped_by) if stopped_by else None)
    turn.say(SessionEnded(session.id, session.routine))
    if not is_completed and not is_pain and sessions.work_s(work) < sessions.LEAST_WORK_S:
        _unmake(turn, session, work)
        return
    record = session.prompt.id if session.prompt else session.id
    if is_completed:
        turn.set(**rotation.remember_completed(turn.state, session, record))
    if is_pain:
        turn.set(hurt=turn.state.hurt | {session.segments[session.index].exercise})
    prompting.say_outcome(turn, Outcome(
        record,
        "completed" if is_completed else "partial",
        session.choice.exercises,
        work=work,
        reason="pain" if is_pain else None,
        routine=session.routine,
        session=session.id,
        snoozes=session.prompt.snoozes if session.prompt else 0,
    ))  # fmt: skip
    state = turn.state
    is_here = state.idle_since_s is None and state.absence is None
    turn.set(absence=None)
    sitting.clear(turn)
    if is_here or (presence.is_blind(state) and not turn.is_stopping):
        sitting.start(turn, at_s)
    else:
        turn.set(is_after_session=True)


def _unmake(turn: Turn, session: Session, work: Mapping[str, float]) -> None:
    """Too little was done: its prompt is offered again at once, and presence is what it would have been."""
    if session.prompt is None:
        turn.say(Outcome(session.id, "void", session.choice.exercises, work=dict(work), session=session.id))
        return
    was_offered = session.prompt.stage == "offered"
    was_waiting = session.prompt.stage == "waiting"
    prompt = replace(session.prompt, stage="waiting", waiting_s=session.prompt.waiting_s if was_waiting else turn.now_s)
    turn.set(prompt=prompt)
    if not turn.state.is_open:
        prompting.end(turn, "expired", turn.now_s)
    elif turn.state.absence:
        presence.credit_absence(turn)
    elif turn.is_stopping:
        return
    elif turn.state.pause is None and (was_offered or not holding.effective_holds(turn.state)):
        # At once: nothing settles, and a hold that began meanwhile leaves what was offered.
        prompting.offer(turn, prompt)


def segment_at(state: State) -> float | None:
    session = state.session
    if session is None:
        return None
    if session.paused_s is not None:
        return session.paused_s + sessions.PAUSE_MOST_S
    return session.entered_s + session.segments[session.index].seconds


def fire_segment(turn: Turn, at_s: float) -> None:
    session = turn.state.session
    if session is None:
        return
    if session.paused_s is not None:
        end(turn, turn.now_s, stopped_by="pause")  # what ended while nobody looked ends now
    else:
        _enter(turn, sessions.mark_reached(session, at_s), session.index + 1, at_s)


def on_toggle(turn: Turn, _event: ToggleAsked) -> None:
    session = turn.state.session
    if session is None:
        return
    if session.paused_s is None:
        session = sessions.mark_reached(session, turn.now_s)
        turn.set(session=replace(session, paused_s=turn.now_s, paused_by="person"))
    else:
        entered_s = session.entered_s + turn.now_s - session.paused_s
        turn.set(session=replace(session, entered_s=entered_s, paused_s=None))


def on_next(turn: Turn, _event: NextAsked) -> None:
    session = turn.state.session
    if session:
        _enter(turn, sessions.mark_reached(session, turn.now_s), session.index + 1, turn.now_s)


def on_previous(turn: Turn, _event: PreviousAsked) -> None:
    session = turn.state.session
    if session:
        is_early = sessions.elapsed_s(session, turn.now_s) < sessions.BACK_WITHIN_S
        index = max(0, session.index - 1) if is_early else session.index
        _enter(turn, sessions.mark_reached(session, turn.now_s), index, turn.now_s)


def on_stop(turn: Turn, _event: StopAsked) -> None:
    end(turn, turn.now_s, stopped_by="person")


def on_hurts(turn: Turn, _event: HurtsAsked) -> None:
    end(turn, turn.now_s, stopped_by="pain")


def on_choose(turn: Turn, event: ChooseAsked) -> None:
    state, session = turn.state, turn.state.session
    if session is None:
        return
    if not sessions.may_choose(session):
        turn.refuse(ChooseAsked, "it has begun", "Stop it, and start another one.")
        return
    choice, ahead = session.choice, sessions.exercises_ahead(session)
    if event.exercise is not None:
        if session.routine is not None:
            turn.refuse(ChooseAsked, "a routine has its own exercises", "Stop it, and start another one.")
            return
        if rotation.find(state, event.exercise) is None or event.exercise in state.hurt:
            turn.refuse(ChooseAsked, "{about} cannot be chosen", about=event.exercise)
            return
        choice, ahead = replace(sessions.choose(state, (event.exercise,)), walk_s=choice.walk_s), (event.exercise,)
    if event.first is not None:
        choice = replace(choice, first={**choice.first, **dict.fromkeys(ahead, event.first)})
    if event.walk_s is not None:
        choice = replace(choice, walk_s=event.walk_s)
    if event.hold_s is not None:
        if not sessions.HOLD_LEAST_S <= event.hold_s <= sessions.HOLD_MOST_S:
            turn.refuse(ChooseAsked, "a hold lasts from 15 to 120 seconds")
            return
        choice = replace(choice, hold_s={**choice.hold_s, **dict.fromkeys(ahead, event.hold_s)})
    segments = sessions.segments(state.catalogue, replace(choice, exercises=ahead))
    if not segments:
        turn.refuse(ChooseAsked, "the exercise is no longer there", "Stop it, and start another one.")
        return
    # A shorter prepare that is over already ends now, not in the past: the hold keeps its full length.
    elapsed_s = min(sessions.elapsed_s(session, turn.now_s), segments[0].seconds)
    until_s = turn.now_s if session.paused_s is None else session.paused_s
    turn.set(session=replace(
        session,
        choice=choice,
        segments=(*session.segments[: session.index], *segments),
        reached=(*session.reached[: session.index], *(0.0,) * len(segments)),
        entered_s=until_s - elapsed_s,
    ))  # fmt: skip
