"""Snapshot -> what a page shows, in words. Pure: no I/O and no clock; the instant is an argument.

The page counts by itself: it is given instants on the daemon's clock (`*_s`), the segments with all their sentences,
and nothing that would have to be sent again every second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from unsit.catalogue import Catalogue, ExerciseText, said, tips
from unsit.catalogue.exercise import Stage
from unsit.core.model import Side
from unsit.core.snapshot import HoldView, Moment, SegmentView, SessionView, Snapshot
from unsit.words import _, format_duration, format_time, join_words
from unsit.words.choices import choices, exercises_to_choose, with_place
from unsit.words.endings import end_words, nothing_stays, off_since_it_hurt, week_words, why_it_stopped
from unsit.words.holding import with_names
from unsit.words.interruptions import pause_note, stop_note
from unsit.words.names import names_beside
from unsit.words.segments import (
    beats,
    cues,
    half_s,
    is_side_new,
    part_words,
    segment_short,
    segment_word,
    side_ahead,
    what_follows,
)

STEPS_MOST: Final = 4
"""At the desk one reads; more than this is not kept in mind on the way to the floor."""
SHOW_END_FOR_S: Final = 600.0
"""Somebody who opens the guide within this time after a session sees what was done, later what comes next."""


def labels() -> dict[str, str]:
    """Every fixed word of the pages, by the name that the templates and modules use."""
    return {
        "start": _("Start"),
        "snooze": _("Snooze"),
        "skip_prompt": _("Skip"),
        "later": _("Not now"),
        "done": _("I moved"),
        "pause": _("Pause"),
        "go_on": _("Go on"),
        "back": _("Back"),
        "next": _("Next"),
        "stop": _("Stop"),
        "hurts": _("This hurts"),
        "fullscreen": _("Full screen"),
        "paused": _("Paused"),
        "commands": _("Commands"),
        "steps": _("How it goes"),
        "needs": _("You need"),
        "cautions": _("Take care"),
        "controls": _("Controls of the stretch"),
        "change": _("Change it while you get ready"),
        # Translators: on a button beside the name of the exercise that is about to begin.
        "choose": _("Change"),
        "other_exercise": _("Another exercise"),
        "all_steps": _("All of it"),
        "keys": _(
            "Keys during the stretch: Space pauses, the arrows go on and back, Esc stops, H this hurts, L large, M mute,"
            " F full screen."
        ),
        "pain_unsent": _("Stop here, and come out of the position slowly. Unsit is told as soon as it is back."),
        "large": _("Large"),
        "mute": _("Mute"),
        "week": _("This week"),
        "psoas": _("Psoas, seated 100 % · now {percent} %"),
        "psoas_about": _("From the geometry of the figure, not measured on you. More on the page “About”."),
        "about_figure": _("About the figure"),
        "switch_on": _("Switch it on again"),
        "switched_on": _("The exercise is switched on again."),
        "exercises_page": _("All exercises"),
        "seconds_left": _("Seconds left"),
        "progress": _("How far it is"),
        "closes": _("This window closes by itself."),
        "may_close": _("You can close this window."),
        "not_running": _("Unsit is not running at the moment. This page goes on as soon as it is back."),
        "stands_still": _("Unsit is not running"),
        "unconnected": _("No longer connected"),
        # Translators: what the page said last, when Unsit still ran.
        "before_that": _("Before that: {state}"),
        "ended": _("This page is no longer connected. Open it again from the tray, or with “unsit open guide”."),
        "quit": _("Unsit was ended. You can close this window."),
        "elsewhere": _("The guide is open in another window now. You can close this one."),
        "lost": _("The connection was interrupted; it is being taken up again."),
        "refused": _("That did not reach Unsit. Try it again in a moment."),
        "guide": _("Open the guide"),
        "resume": _("Resume"),
        "pause_hour": _("Pause for 1 h"),
        "pause_tomorrow": _("Pause until tomorrow"),
        "stand": _("I am standing now"),
        "sit": _("I am sitting now"),
        "guide_title": _("Guide"),
        "status_title": _("Unsit"),
        "noscript": _("This page needs JavaScript, which is switched off in this browser."),
        "problems": _("What does not work"),
        "key_space": _("Space"),
        "key_escape": _("Esc"),
    }


def page_view(
    snapshot: Snapshot | None,
    catalogue: Catalogue,
    *,
    is_connected: bool,
    gone_s: float | None,
    end_stays_s: float,
    week: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Everything a page shows, as plain data.

    Args:
        snapshot: the daemon's last word; None before the first.
        is_connected: it still holds.
        gone_s: when the daemon was lost, on its clock: a session is shown as it was then.
        end_stays_s: how long what was done is shown, if nobody comes back sooner.
        week: the daemon's answer to `week`, asked for when a session ends; None before.
    """
    if snapshot is None:
        return {"connected": False, "phase": "", "headline": "", "detail": "", "allowed": [], "offer": None,
                "session": None, "end": None, "stopped": None, "problems": [], "undo": None, "snoozes": [],
                "muted": False, "sound_note": "", "no_stretch": ""}  # fmt: skip
    headline, detail = _status(snapshot, catalogue)
    return {
        "connected": is_connected,
        "phase": snapshot.phase,
        "headline": headline,
        "detail": detail,
        "allowed": list(snapshot.allowed) if is_connected else [],
        "offer": _offer(snapshot, catalogue),
        "session": _session(snapshot, catalogue, gone_s),
        "end": _end(snapshot, catalogue, end_stays_s, week),
        "stopped": _stopped(snapshot, end_stays_s),
        "muted": snapshot.muted,
        "sound_note": snapshot.sound_note,
        "no_stretch": snapshot.no_stretch,
        "problems": list(snapshot.problems),
        "undo": _("Undo “{command}”").format(command=_command_name(snapshot.undo.command)) if snapshot.undo else None,
        "snoozes": [
            {"for": f"{minutes}m", "label": _("In {duration}").format(duration=format_duration(minutes * 60))}
            for minutes in (5, 10, 15)
        ],
    }


# ------------------------------------------------------------------------------------------------------------- status


def _sat(snapshot: Snapshot) -> str:
    if not snapshot.sitting_since:
        return ""
    sentence = _("You have stood since {time}.") if snapshot.standing else _("You have sat since {time}.")
    return sentence.format(time=_time(snapshot.sitting_since))


def _status(snapshot: Snapshot, catalogue: Catalogue) -> tuple[str, str]:
    """-> (the state in a few words, what follows from it); times of day only, so that nothing has to tick."""
    sat = _sat(snapshot)
    match snapshot.phase:
        case "counting":
            if snapshot.due is None:
                return _("All is quiet"), sat
            return _("Next break at {time}").format(time=_time(snapshot.due)), sat
        case "due":
            names = _names(snapshot.prompt.exercises if snapshot.prompt else (), catalogue, snapshot.next_seconds)
            return _("Time to get up"), " ".join(filter(None, (names and f"{names}.", sat)))
        case "snoozed":
            until = snapshot.prompt.until if snapshot.prompt else None
            return (_("Snoozed until {time}").format(time=_time(until)) if until else _("Snoozed")), sat
        case "held":
            reasons = [_hold_name(hold) for hold in snapshot.holds if not hold.ignored]
            if reasons:
                return _("A break is due"), _("It waits while {reasons}.").format(reasons=join_words(reasons))
            return _("A break is due"), _("It waits for a quiet moment.")
        case "session":
            session = snapshot.session
            names = _names(session.exercises, catalogue, session.total_s) if session else ""
            return _("A stretch is running"), names and f"{names}."
        case "break":
            return _("On your break"), _("The clock starts again when you are back.")
        case "paused":
            if snapshot.pause_until is None:
                return _("Paused"), _("No breaks until you resume.")
            return _("Paused until {time}").format(time=_time(snapshot.pause_until)), _("No breaks until then.")
        case "away":
            if snapshot.absent_since is None:
                return _("Away"), ""
            return _("Away since {time}").format(time=_time(snapshot.absent_since)), ""
        case "off":
            if snapshot.hours_change is None:
                return _("Outside your hours"), ""
            return _("Outside your hours"), _("They begin at {time}.").format(time=_time(snapshot.hours_change))


def _hold_name(hold: HoldView) -> str:
    what = {
        "call": _("you are in a call"),
        "dnd": _("“do not disturb” is on"),
        "fullscreen": _("something fills the screen"),
        "app": _("a program you listed runs"),
    }.get(hold.reason, hold.reason)
    return with_names(what, hold.by)


def _command_name(command: str) -> str:
    return {
        "skip": _("Skip"),
        "done": _("I moved"),
        "snooze": _("Snooze"),
        "stand": _("I am standing now"),
        "sit": _("I am sitting now"),
    }.get(command, command)


def _time(moment: Moment) -> str:
    return format_time(datetime.fromisoformat(moment.wall))


# ---------------------------------------------------------------------------------------------------- before a session


def _offer(snapshot: Snapshot, catalogue: Catalogue) -> dict[str, Any]:
    """What `begin` would start."""
    exercises = snapshot.next_exercises or (snapshot.prompt.exercises if snapshot.prompt else ())
    told = [text for exercise in exercises if (text := catalogue.get(exercise))]
    first: list[Side | None] = [
        _side(snapshot.next_first.get(text.id, "left")) if text.has_sides else None for text in told
    ]
    headline, detail = _status(snapshot, catalogue)
    return {
        # Above the name of the exercise, which need not be said twice.
        "state": " · ".join(filter(None, [headline, _sat(snapshot) if snapshot.phase == "due" else detail])),
        "title": _names(exercises, catalogue, snapshot.next_seconds) or _("Nothing to do right now"),
        "length": _offer_length(snapshot.next_seconds, any(first)),
        "side": first[0] if first else None,
        "figure": _figure(told[0]) if told else "",
        # Of several exercises their names: each is told when it is its turn.
        "steps": _first_steps(told[0], first[0]) if len(told) == 1 else [_(text.name) for text in told],
        "more": [said(step, first[0]) for step in told[0].steps] if told and len(told[0].steps) > STEPS_MOST else [],
        "needs": _unique(said(need, side) for text, side in zip(told, first, strict=True) for need in text.needs),
        "cautions": _unique(
            said(caution, side) for text, side in zip(told, first, strict=True) for caution in text.cautions
        ),
    }


def _first_steps(text: ExerciseText | Stage, side: Side | None) -> list[str]:
    return [said(step, side) for step in text.steps[:STEPS_MOST]]


def _offer_length(seconds: float, has_sides: bool) -> str:
    if not seconds:
        return ""
    length = format_duration(seconds)
    return _("{duration}, both sides").format(duration=length) if has_sides else length


def _session_length(session: SessionView) -> str:
    return _offer_length(session.total_s, any(segment.side for segment in session.segments))


def _names(exercises: Iterable[str], catalogue: Catalogue, seconds: float) -> str:
    """Args: seconds: of the stretch that is made of them."""
    names = names_beside(exercises, seconds, catalogue.name_of)
    return join_words(names) if names else ""


def _unique(sentences: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(sentences))


# -------------------------------------------------------------------------------------------------------- the session


def _session(snapshot: Snapshot, catalogue: Catalogue, gone_s: float | None) -> dict[str, Any] | None:
    session = snapshot.session
    if session is None:
        return None
    elapsed_s, ends_s = session.elapsed_s, session.ends.boot_s if session.ends else None
    if gone_s is not None and ends_s is not None:  # what the daemon knew of last; it comes back with the session paused
        length_s = session.segments[session.index].seconds
        elapsed_s, ends_s = min(length_s, max(elapsed_s, length_s - (ends_s - gone_s))), None
    return {
        "id": session.id,
        "title": _names(session.exercises, catalogue, session.total_s),
        "segments": [_segment(session, index, catalogue) for index in range(len(session.segments))],
        "index": session.index,
        "elapsed_s": elapsed_s,
        "ends_s": ends_s,
        "paused": session.paused,
        "pause_note": pause_note(session),
        "choices": _choices(snapshot, session, catalogue) if session.may_choose else None,
    }


def _segment(session: SessionView, index: int, catalogue: Catalogue) -> dict[str, Any]:
    segment = session.segments[index]
    text = catalogue.get(segment.exercise)
    stage = _stage(segment, text)
    ahead = side_ahead(session, index)
    side = None if segment.kind in ("prepare", "switch") else ahead
    is_read = segment.kind == "prepare" and segment.stage == 0 and text is not None
    return {
        "kind": segment.kind,
        "seconds": segment.seconds,
        "side": side,
        "figure": _figure(text, segment.stage) or ("walk" if segment.kind == "walk" else ""),
        "figure_side": ahead,
        "exercise": segment.exercise,
        "stage": segment.stage % len(text.parts) if text else segment.stage,
        "title": segment_word("walk") if segment.kind == "walk" else catalogue.name_of(segment.exercise),
        "part": part_words(session, index, catalogue),
        "word": segment_word(segment.kind),
        "side_word": _side_word(side),
        "short": segment_short(segment, catalogue),
        "note": _segment_note(segment, ahead, is_side_new=is_side_new(session, index)),
        "steps": _first_steps(stage, ahead) if stage else [],
        "length": _session_length(session) if is_read and not index else "",
        "needs": ", ".join(said(need, ahead) for need in text.needs) if is_read and text else "",
        "cautions": [said(caution, ahead) for caution in text.cautions] if is_read and text else [],
        "cues": cues(segment, ahead, text) if text else [],
        "half_s": half_s(segment),
        "then": what_follows(session, index, catalogue),
        "beats": beats(segment),
        "is_on_floor": _is_on_floor(session, index, catalogue),
        "floor_word": _floor_word(segment.kind, side),
    }


def _figure(text: ExerciseText | None, stage: int = 0) -> str:
    """What figure.js is to open; empty for an exercise of one's own that has no figure."""
    return text.id if text is not None and stage < len(text.stages) and text.figure_of(stage) is not None else ""


def _stage(segment: SegmentView, text: ExerciseText | None) -> Stage | None:
    """None also where the daemon has newer files than this process."""
    if text is None or segment.kind == "walk" or segment.stage >= len(text.stages):
        return None
    return text.stages[segment.stage]


def _is_on_floor(session: SessionView, index: int, catalogue: Catalogue) -> bool:
    """Nobody who lies there can read: one number and one word. Where an exercise begins, one still stands and reads."""
    segment = session.segments[index]
    if segment.kind == "prepare" and segment.stage == 0:
        return False
    text = catalogue.get(segment.exercise)
    return text is not None and text.place in ("floor", "bed")


def _floor_word(kind: str, side: Side | None) -> str:
    """One word that fills the screen."""
    if kind == "prepare":
        return _("Ready")
    if kind == "switch":
        return _("Switch")
    return _side_word(side) or segment_word(kind)


def _side(side: str | None) -> Side | None:
    return "left" if side == "left" else "right" if side == "right" else None


def _side_word(side: str | None) -> str:
    return {"left": _("Left"), "right": _("Right")}.get(side or "", "")


def _segment_note(segment: SegmentView, side: str | None, *, is_side_new: bool) -> str:
    match segment.kind, side, is_side_new:
        case "prepare", "left", True:
            return _("Left side first")
        case "prepare", "right", True:
            return _("Right side first")
        case "prepare", "left", False:
            return _("Still the left side")
        case "prepare", "right", False:
            return _("Still the right side")
        case "switch", "left", _new:
            return _("Now the left side")
        case "switch", "right", _new:
            return _("Now the right side")
    return ""


def _choices(snapshot: Snapshot, session: SessionView, catalogue: Catalogue) -> dict[str, Any]:
    """What can be chosen anew in `prepare`: each as the words of a button and the parameters of `choose`."""
    return {
        "buttons": [choice._asdict() for choice in choices(session)],
        "exercises": [
            {"id": text.id, "name": with_place(text)} for text in exercises_to_choose(session, catalogue, snapshot.hurt)
        ],
        "exercise": session.exercises[0] if session.exercises else "",
    }


# ------------------------------------------------------------------------------------------------------------ the end


def _end(
    snapshot: Snapshot, catalogue: Catalogue, end_stays_s: float, week: Mapping[str, float] | None
) -> dict[str, Any] | None:
    last = snapshot.last
    if last is None or last.session is None or snapshot.session is not None:
        return None
    if last.word == "void":
        return {**_stopped(snapshot, end_stays_s), "session": last.session, "at_s": last.at.boot_s}
    title, lines = end_words(snapshot, last, catalogue)
    return {
        "session": last.session,
        "at_s": last.at.boot_s,
        "word": last.word,
        "reason": last.reason,
        "title": title,
        "lines": [*filter(None, [why_it_stopped(snapshot, last.session)]), *lines],
        "off": off_since_it_hurt(snapshot, last),
        "work": [[_work_name(kind), format_duration(seconds)]
                 for kind, seconds in (last.work or {}).items() if seconds >= 1],
        "week": week_words(week) if week else "",
        "tip": tip.text if last.word == "completed" and (tip := tips.for_session(last.session)) else "",
        "end_stays_s": end_stays_s,
        "show_for_s": SHOW_END_FOR_S,
    }  # fmt: skip


def _stopped(snapshot: Snapshot, end_stays_s: float) -> dict[str, Any]:
    """The end of a session of which nothing stays: the daemon has no outcome of it, only the page saw it."""
    title, lines = nothing_stays()
    return {
        "session": None,
        "at_s": None,
        "word": "void",
        "reason": None,
        "title": title,
        "lines": [*filter(None, [stop_note(snapshot)]), *lines],
        "off": [],
        "work": [],
        "week": "",
        "tip": "",
        "end_stays_s": end_stays_s,
        "show_for_s": SHOW_END_FOR_S,
    }


def _work_name(kind: str) -> str:
    return {
        "left": _("Left side"),
        "right": _("Right side"),
        "walk": _("Walked"),
        "reps": _("Repetitions"),
        "breaths": _("Breaths"),
        "rest": _("Rested"),
        "hold": _("Held"),
    }.get(kind, kind)
