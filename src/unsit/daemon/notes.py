"""What the notifications say: pure functions from what was decided to a Note.

Here are the words, the buttons and how insistent each note is. When one is shown, and what is done when no server
takes it, is decided in the shell; how it is drawn is the server's.

The tone: a colleague who sticks their head in at the door. The title says what this is about, the body what it takes,
and nothing is counted up against the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypedDict

from unsit.core.model import HoldReason, Prompted, Reminded
from unsit.durations import format_compact
from unsit.ports import Button, Note
from unsit.words import N_, _, format_duration, format_moment, format_time, join_words
from unsit.words.names import names_beside

PROMPT_SHOWN_S: Final = 120.0
"""Long enough to finish a paragraph. Then the tray and the server's list have it, and the reminder (5 min after the
offer) is seen to come."""
ANSWER_SHOWN_S: Final = 15.0
"""Undo is good for 60 s, but a note that only confirms should be gone before it is read twice."""

_HELD_FOR: Final[dict[HoldReason, str]] = {
    "call": N_("your call"),
    "dnd": N_("“do not disturb”"),
    "fullscreen": N_("the full screen"),
    "app": N_("a program on your list"),
}
_ANSWERS: Final[dict[str, tuple[str, str, str]]] = {
    "skip": (N_("Skipped"), N_("The next one comes at {time}."), N_("The next one comes in a while.")),
    "done": (N_("Well done"), N_("The next one comes at {time}."), N_("Your sitting time starts again from zero.")),
    "snooze": (N_("Snoozed"), N_("Unsit asks again at {time}."), N_("Unsit asks again in a while.")),
    "stand": (N_("You are standing"), N_("Time to move again at {time}."), N_("Your time starts again from zero.")),
    "sit": (N_("You are sitting"), N_("Time to get up at {time}."), N_("Your sitting time starts again from zero.")),
}
"""Command -> title, body with the time of the next prompt, body without."""


class SpeaksNext(TypedDict):
    """What the notes say of when Unsit speaks next; see `hello_note`."""

    now: datetime
    next_at: datetime | None
    opens_at: datetime | None
    paused: bool
    paused_until: datetime | None


def prompt_note(
    decision: Prompted | Reminded,
    name_of: Callable[[str], str],
    *,
    seconds: float,
    snooze_s: float,
    sound: str | None = None,
    image: str | None = None,
    link: str | None = None,
    no_stretch: bool = False,
) -> Note:
    """The offer to get up.

    Args:
        name_of: exercise id -> its name, to be read within a sentence.
        seconds: what the whole session takes.
        snooze_s: what the Snooze button asks for.
        sound: name in the sound naming specification.
        image: path of a PNG of the exercise.
        link: address that starts it, for servers that have links but no buttons.
        no_stretch: it is the walk alone, since no stretch is left that suits.
    """
    start = Button(_("Start"), "begin")
    buttons = [start]
    if decision.snoozes_left > 0:
        buttons.append(
            Button(
                _("Snooze {duration}").format(duration=format_duration(snooze_s)),
                "snooze",
                {"for": format_compact(snooze_s)},
            )
        )
    buttons.append(Button(_("Skip"), "skip"))

    over_limit = decision.over_limit if isinstance(decision, Prompted) else ()
    return Note(
        slot="prompt",
        title=_prompt_title(decision, bool(over_limit)),
        body="\n".join(_prompt_lines(decision, over_limit, name_of, seconds, no_stretch=no_stretch)),
        buttons=tuple(buttons),
        default=start,
        fallback=_("Answer in the tray, or type: unsit begin"),
        link=(_("Start the stretch"), link) if link else None,
        # Some servers show nothing but critical notes over a full-screen window or in "do not disturb"; this one was
        # kept back for hours already, and waiting for its hold to end is what it no longer does.
        urgency="critical" if {"dnd", "fullscreen"} & set(over_limit) else "normal",
        expires_s=PROMPT_SHOWN_S,
        sound=sound,
        image=image,
        category="x-unsit.prompt",
    )


def hello_note(
    *,
    now: datetime,
    first: bool,
    every_s: float,
    next_at: datetime | None = None,
    opens_at: datetime | None = None,
    paused: bool = False,
    paused_until: datetime | None = None,
    has_hours: bool = False,
) -> Note:
    """The daemon has started.

    Args:
        first: nobody has ever been told what this is: say what will happen, once.
        next_at: when the next prompt falls due, if the person stays.
        opens_at: outside the working hours, when they begin.
        paused_until: the end of a pause that has one.
        has_hours: working hours are set.
        now: local time; a moment on another day is shown with its day.
    """
    when = _when(now, next_at=next_at, opens_at=opens_at, paused=paused, paused_until=paused_until)
    if not first:
        return Note(
            slot="hello",
            title=_("Unsit is here"),
            body=when or _("It speaks up when it is time to get up."),
            default=_open_status(),
            expires_s=ANSWER_SHOWN_S,
            category="x-unsit.hello",
            transient=True,
        )
    duration = format_duration(every_s)
    if next_at is not None and opens_at is None and not paused and paused_until is None:
        first_line = _("It asks you to get up after {duration} of sitting, first at {time}.")
        lines = [first_line.format(duration=duration, time=format_moment(next_at, now))]
    else:
        lines = [_("It asks you to get up after {duration} of sitting.").format(duration=duration)]
        lines += [when] if when else []
    if not has_hours:
        lines.append(_("No working hours are set: it counts all day."))
    return Note(
        slot="hello",
        title=_("Unsit is here"),
        body="\n".join(lines),
        buttons=(
            Button(_("Set my hours"), "open", {"page": "settings"}),
            Button(_("Pause until tomorrow"), "pause", {"tomorrow": "true"}),
        ),
        default=Button(_("Set my hours"), "open", {"page": "settings"}),
        fallback=_("Set your hours in the tray, or type: unsit open settings"),
        expires_s=0.0,
        category="x-unsit.hello",
    )


def waiting_note() -> Note:
    """The daemon died in a stretch, and is here again."""
    show = Button(_("Show it"), "open", {"page": "guide"})
    return Note(
        slot="hello",
        title=_("Your stretch waits"),
        body=_("Unsit was interrupted, and is here again. Go on when you are ready."),
        buttons=(Button(_("Go on"), "toggle"), show),
        default=show,
        fallback=_("To go on, type: unsit session toggle"),
        expires_s=0.0,
        category="x-unsit.hello",
    )


def already_running_note(
    *,
    now: datetime,
    next_at: datetime | None = None,
    opens_at: datetime | None = None,
    paused: bool = False,
    paused_until: datetime | None = None,
) -> Note:
    """It was started a second time, from a menu: people look for a window and find none."""
    return Note(
        slot="hello",
        title=_("Unsit is already running"),
        body=_when(now, next_at=next_at, opens_at=opens_at, paused=paused, paused_until=paused_until)
        or _("It speaks up when it is time to get up."),
        buttons=(Button(_("Start a stretch"), "begin"), Button(_("Open"), "open", {"page": "status"})),
        default=_open_status(),
        fallback=_("To see more, type: unsit open status"),
        expires_s=ANSWER_SHOWN_S,
        category="x-unsit.hello",
        transient=True,
    )


def undo_note(command: str, next_at: datetime | None = None) -> Note:
    """What `command` (skip, done, snooze, stand or sit) did, and the way back.

    Args:
        next_at: when the next prompt comes, where that is known.
    """
    title, body_with_time, body = _ANSWERS[command]
    undo = Button(_("Undo"), "undo")
    return Note(
        slot="undo",
        title=_(title),
        body=_(body_with_time).format(time=format_time(next_at)) if next_at else _(body),
        buttons=(undo,),
        fallback=_("To take it back, type: unsit undo"),
        expires_s=ANSWER_SHOWN_S,
        category="x-unsit.undo",
        transient=True,
    )


def unseen_note(*, is_paused: bool) -> Note:
    """The last window of the guide was closed in a stretch, which goes on with all its sounds."""
    show = Button(_("Show it"), "open", {"page": "guide"})
    return Note(
        slot="guide",
        title=_("The stretch waits") if is_paused else _("The stretch goes on"),
        body=_("You closed its window."),
        buttons=(show, Button(_("Stop"), "stop")),
        default=show,
        fallback=_("To see it again, type: unsit open guide"),
        expires_s=0.0,
        category="x-unsit.guide",
    )


def problem_note(title: str, text: str, buttons: Sequence[Button] = ()) -> Note:
    """What happened (`title`) and the next step (`text`)."""
    return Note(
        slot="problem",
        title=title,
        body=text,
        buttons=tuple(buttons),
        default=_open_status(),
        category="x-unsit.problem",
    )


def _prompt_title(decision: Prompted | Reminded, is_over_limit: bool) -> str:
    is_reminder = isinstance(decision, Reminded)
    if decision.routine is not None:
        title = _("Still open: {name}") if is_reminder else _("Your routine: {name}")
        return title.format(name=decision.routine)
    if is_over_limit:
        return _("A moment to move?") if decision.standing else _("A moment to get up?")
    if decision.standing:
        return _("Still time to move") if is_reminder else _("Time to move")
    return _("Still time to get up") if is_reminder else _("Time to get up")


def _prompt_lines(
    decision: Prompted | Reminded,
    over_limit: Sequence[HoldReason],
    name_of: Callable[[str], str],
    seconds: float,
    *,
    no_stretch: bool,
) -> list[str]:
    lines = [
        _("{exercise}, {duration}").format(
            exercise=join_words(names_beside(decision.exercises, seconds, name_of)), duration=format_duration(seconds)
        )
    ]
    if decision.routine is None:
        sat = _("You have been standing for {duration}.") if decision.standing else _("You have sat for {duration}.")
        lines.append(sat.format(duration=format_duration(decision.sat_s)))
    if over_limit:
        reasons = join_words(_(_HELD_FOR[reason]) for reason in over_limit)
        lines.append(_("It has waited long for {reasons}.").format(reasons=reasons))
    if no_stretch:
        lines.append(_("No stretch is left that suits you. To see why, type: unsit exercise list"))
    return lines


def _when(
    now: datetime,
    *,
    next_at: datetime | None,
    opens_at: datetime | None,
    paused: bool,
    paused_until: datetime | None,
) -> str | None:
    """When it speaks next, in a sentence; None if that is not known."""
    if paused_until is not None:
        return _("It is paused until {time}.").format(time=format_moment(paused_until, now))
    if paused:
        return _("It is paused until you resume it.")
    if opens_at is not None:
        return _("It begins to count with your working hours ({time}).").format(time=format_moment(opens_at, now))
    if next_at is not None:
        return _("If you stay seated, it speaks up at {time}.").format(time=format_time(next_at))
    return None


def _open_status() -> Button:
    return Button(_("Open"), "open", {"page": "status"})
