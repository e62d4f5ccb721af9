"""A session as a list of segments: how it is made, how far it is, what it amounts to.

When it begins, pauses and ends is decided in rules/guiding.py; here is only the arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from unsit.core import rotation
from unsit.core.model import Choice, Exercise, Segment, Session, Side, Stage, State

PREPARE_STANDING_S: Final = 10.0
PREPARE_LYING_S: Final = 20.0
SWITCH_S: Final = 8.0
REP_S: Final = 4.0
BREATH_S: Final = 6.0
WALK_ALONE_S: Final = 120.0
"""The walk of a session that is nothing else, where `stretch.walk` leaves the walk out."""
PAUSE_MOST_S: Final = 600.0
BACK_WITHIN_S: Final = 3.0
"""In the first seconds of a segment, going back means the one before."""
LEAST_WORK_S: Final = 30.0
HOLD_LEAST_S: Final = 15.0
HOLD_MOST_S: Final = 120.0


def choose(state: State, exercises: Sequence[str]) -> Choice:
    """What a session of these exercises is, if nothing is chosen anew."""
    return Choice(
        exercises=tuple(exercises),
        first={name: rotation.first_side(state, name) for name in exercises},
        hold_s={name: rotation.hold_s(state, name) for name in exercises},
        walk_s=state.settings.stretch.walk_s,
    )


def segments(catalogue: Sequence[Exercise], choice: Choice) -> tuple[Segment, ...]:
    """Prepare, the work with its switches, for each exercise; one walk at the end. Empty if none is in the catalogue."""
    by_id = {entry.id: entry for entry in catalogue}
    found = [by_id[name] for name in choice.exercises if name in by_id]
    if not found:
        return ()
    made: list[Segment] = []
    for entry in found:
        made.append(
            Segment("prepare", PREPARE_STANDING_S if entry.place == "desk" else PREPARE_LYING_S, None, entry.id)
        )
        made.extend(work_segments(entry, choice.first[entry.id], choice.hold_s[entry.id]))
    walk_s = choice.walk_s
    if all(entry.work == "walk" for entry in found):
        walk_s = walk_s or WALK_ALONE_S
    elif _ends_in_rest(found[-1]):
        walk_s = 0.0
    if walk_s:
        made.append(Segment("walk", walk_s, None, found[-1].id))
    return tuple(made)


def stages(entry: Exercise) -> tuple[Stage, ...]:
    """At least one; none for the walk, which is a session's end and not an exercise's."""
    if entry.work == "walk":
        return ()
    return entry.stages or (Stage(entry.work, entry.amount),)


def _ends_in_rest(entry: Exercise) -> bool:
    return any(stage.work == "rest" for stage in stages(entry)[-1:])


def work_segments(entry: Exercise, first: Side, hold_s: float) -> list[Segment]:
    """What is done between an exercise's `prepare` and what follows it.

    Args:
        first: the side that goes first.
        hold_s: of the holds that have no seconds of their own.
    """
    both = (first, rotation.other_side(first))
    made: list[Segment] = []
    for side in both if entry.per_side else (None,):
        if made:
            made.append(Segment("switch", SWITCH_S, None, entry.id))
        for number, stage in enumerate(stages(entry)):
            if number and stage.prepare_s:
                made.append(Segment("prepare", stage.prepare_s, None, entry.id, number))
            seconds = _seconds(stage, hold_s)
            for again, stage_side in enumerate(both if stage.per_side else (side,)):
                if again:
                    made.append(Segment("switch", SWITCH_S, None, entry.id, number))
                made.append(Segment(stage.work, seconds, stage_side, entry.id, number))
    return made


def _seconds(stage: Stage, hold_s: float) -> float:
    match stage.work:
        case "hold":
            return stage.amount or hold_s
        case "reps":
            return stage.amount * REP_S
        case "breaths":
            return stage.amount * BREATH_S
        case _:
            return stage.amount


def holds_to_choose(catalogue: Sequence[Exercise], choice: Choice) -> dict[str, float]:
    """Exercise -> the seconds of its holds, where they follow the setting and what is chosen."""
    follow = {
        entry.id for entry in catalogue if any(stage.work == "hold" and not stage.amount for stage in stages(entry))
    }
    return {name: hold_s for name, hold_s in choice.hold_s.items() if name in follow}


def may_choose(session: Session) -> bool:
    """Exercise, first side, walk and hold can be chosen anew: in an exercise's own `prepare`."""
    segment = session.segments[session.index]
    return segment.kind == "prepare" and not segment.stage


def exercises_ahead(session: Session) -> tuple[str, ...]:
    """From the current segment on, of a session in which `may_choose` is true."""
    ahead = session.segments[session.index :]
    return tuple(segment.exercise for segment in ahead if segment.kind == "prepare" and not segment.stage)


def total_s(of: Sequence[Segment]) -> float:
    return sum(segment.seconds for segment in of)


def elapsed_s(session: Session, now_s: float) -> float:
    """Seconds into the current segment."""
    return (now_s if session.paused_s is None else session.paused_s) - session.entered_s


def mark_reached(session: Session, now_s: float) -> Session:
    """Remember how far the current segment has come; never less than before."""
    seconds = min(max(elapsed_s(session, now_s), 0.0), session.segments[session.index].seconds)
    if seconds <= session.reached[session.index]:
        return session
    reached = (*session.reached[: session.index], seconds, *session.reached[session.index + 1 :])
    return replace(session, reached=reached)


def go_to(session: Session, index: int, now_s: float) -> Session:
    """Enter a segment at its start; a paused session stays paused."""
    return replace(session, index=index, entered_s=now_s if session.paused_s is None else session.paused_s)


def work(session: Session) -> dict[str, float]:
    """Seconds of work: left, right and walk always, reps, breaths and rest where they occur."""
    done: dict[str, float] = {"left": 0.0, "right": 0.0, "walk": 0.0}
    for segment, seconds in zip(session.segments, session.reached, strict=True):
        if segment.is_work:
            key = segment.side if segment.kind == "hold" and segment.side else segment.kind
            done[key] = done.get(key, 0.0) + seconds
    return done


def work_s(done: Mapping[str, float]) -> float:
    return sum(done.values())


def is_complete(session: Session) -> bool:
    """Nothing that counts was skipped. A skipped walk does not matter, unless the session was nothing else."""
    pairs = [(s, r) for s, r in zip(session.segments, session.reached, strict=True) if s.is_work]
    needed = [pair for pair in pairs if pair[0].kind != "walk"] or pairs
    return all(reached >= segment.seconds for segment, reached in needed)
