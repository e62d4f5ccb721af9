"""How a stretch ended, and what the week adds up to, for whoever says it: the page and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from unsit.words import _, format_duration, join_words, ngettext
from unsit.words.interruptions import stop_note

if TYPE_CHECKING:
    from unsit.catalogue import Catalogue
    from unsit.core.snapshot import LastView, Snapshot


def nothing_stays() -> tuple[str, list[str]]:
    """-> (a title, sentences) for a session after which it is as if it had not begun."""
    return _("Stopped"), [_("It was too short to count, and nothing was written down.")]


def end_words(snapshot: Snapshot, last: LastView, catalogue: Catalogue) -> tuple[str, list[str]]:
    """-> (a title, sentences)."""
    if last.word == "void":
        return nothing_stays()
    if last.reason == "pain":
        off = off_since_it_hurt(snapshot, last)
        what_follows = _("It is written down. The exercise is switched on again.")
        if off:
            what_follows = _(
                "It is written down, and {exercise} is not offered again until you switch it on:"
                " on the page of exercises, or with “unsit exercise on {id}”."
            ).format(exercise=join_words(catalogue.name_of(name) for name in off), id=off[0])
        return (
            _("Stopped, because it hurt"),
            [
                _("It was right to stop. Come out of the position slowly, and give it a moment."),
                what_follows,
                _("If the pain stays, spreads or comes back, ask a doctor or physiotherapist before you go on."),
                *([snapshot.no_stretch] if snapshot.no_stretch else []),
            ],
        )
    if last.word == "completed":
        return _("Well done"), [_("The clock starts again when you are back at the desk.")]
    return _("Stopped early"), [_("This is what you did, and it counts.")]


def off_since_it_hurt(snapshot: Snapshot, last: LastView) -> list[str]:
    """The exercises of this session that hurt, and have not been switched on again."""
    return [exercise for exercise in last.exercises if exercise in snapshot.hurt] if last.reason == "pain" else []


def why_it_stopped(snapshot: Snapshot, number: int) -> str:
    """Where it was not the person who stopped this session."""
    return stop_note(snapshot) if snapshot.stopped is not None and snapshot.stopped.session == number else ""


def week_words(week: Mapping[str, float]) -> str:
    """What the week adds up to, from the daemon's answer to `week`; no zero is held against anybody."""
    sentences = {"left_s": _("left {duration}"), "right_s": _("right {duration}"), "walk_s": _("walked {duration}")}
    parts = [
        sentence.format(duration=format_duration(week[key])) for key, sentence in sentences.items() if week[key] >= 1
    ]
    count = int(week["sessions"])
    if count:
        parts.append(ngettext("{count} stretch", "{count} stretches", count).format(count=count))
    return " · ".join(parts)
