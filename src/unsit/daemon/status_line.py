"""The state of things in one line, for the tray and for `unsit status`. Pure, and light enough for the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from unsit.core.snapshot import Moment, Snapshot
from unsit.words import _, format_duration, format_time_within
from unsit.words.holding import held_by

_SITTING: Final = ("counting", "due", "snoozed", "held", "paused")
"""The phases in which it matters for how long one has sat."""

NAMES_MOST: Final = 20
"""Letters of the names behind the reasons: a line of the tray is short, and what is longer stands in `unsit status`."""


def status_line(snapshot: Snapshot) -> str:
    """What is going on, as of the snapshot: "Next break at 10:52 · sitting 38 min"."""
    minutes_s = snapshot.sat_s // 60 * 60
    if not minutes_s or snapshot.sitting_since is None or snapshot.phase not in _SITTING:
        return _what(snapshot)
    words = _("standing {duration}") if snapshot.standing else _("sitting {duration}")
    return f"{_what(snapshot)} · {words.format(duration=format_duration(minutes_s))}"


def lasting_status_line(snapshot: Snapshot) -> str:
    """The same without a duration, which would be wrong a minute later: what a tooltip says until the state changes."""
    if snapshot.sitting_since is None or snapshot.phase not in _SITTING:
        return _what(snapshot)
    words = _("standing since {time}") if snapshot.standing else _("sitting since {time}")
    return f"{_what(snapshot)} · {words.format(time=_time(snapshot.sitting_since, snapshot))}"


def _what(snapshot: Snapshot) -> str:
    match snapshot.phase:
        case "counting":
            if snapshot.due is None:
                return _("Unsit is counting")
            return _("Next break at {time}").format(time=_time(snapshot.due, snapshot))
        case "due":
            if snapshot.prompt is not None and snapshot.prompt.routine is not None:
                return _("Time for your routine {name}").format(name=snapshot.prompt.routine)
            return _("Time to move") if snapshot.standing else _("Time to get up")
        case "snoozed":
            until = snapshot.prompt.until if snapshot.prompt is not None else None
            return _("Snoozed until {time}").format(time=_time(until, snapshot)) if until else _("Snoozed")
        case "held":
            return _held(snapshot)
        case "session":
            return _session(snapshot)
        case "break":
            return _("On a break, until you are back")
        case "paused":
            if snapshot.pause_until is None:
                return _("Paused until you resume")
            return _("Paused until {time}").format(time=_time(snapshot.pause_until, snapshot))
        case "away":
            if snapshot.absent_since is None:
                return _("You are away")
            words = _("Away since {time} (screen locked)") if snapshot.locked else _("Away since {time}")
            return words.format(time=_time(snapshot.absent_since, snapshot))
        case "off":
            if snapshot.hours_change is None:
                return _("Outside your hours")
            return _("Outside your hours until {time}").format(time=_time(snapshot.hours_change, snapshot))


def _held(snapshot: Snapshot) -> str:
    holds = [hold for hold in snapshot.holds if not hold.ignored]
    if holds:
        since = min((hold.since for hold in holds), key=lambda moment: moment.boot_s)
        is_short = sum(len(name) for hold in holds for name in hold.by) <= NAMES_MOST
        return _("A break waits: {reasons}, since {time}").format(
            reasons=held_by((hold.reason for hold in holds), {hold.reason: hold.by for hold in holds if is_short}),
            time=_time(since, snapshot),
        )
    until = snapshot.prompt.until if snapshot.prompt is not None else None
    return _("Next break at {time}").format(time=_time(until, snapshot)) if until else _("Waits for a quiet moment")


def _session(snapshot: Snapshot) -> str:
    session = snapshot.session
    if session is None:
        return _("Stretching")
    words = _("Stretch paused, step {step} of {steps}") if session.paused else _("Stretching, step {step} of {steps}")
    return words.format(step=session.index + 1, steps=len(session.segments))


def _time(moment: Moment, snapshot: Snapshot) -> str:
    return format_time_within(datetime.fromisoformat(moment.wall), datetime.fromisoformat(snapshot.wall))
