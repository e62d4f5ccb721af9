"""The one vocabulary: the words that buttons, menu, command line and pages send, as events of the core.

docs/control.md lists every word with its parameters. Values may be texts (`"10m"`) or numbers of seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from unsit.core.model import (
    AnyCommand,
    BeginAsked,
    ChooseAsked,
    DoneAsked,
    HurtsAsked,
    NextAsked,
    Now,
    PauseAsked,
    PreviousAsked,
    ResumeAsked,
    SitAsked,
    SkipAsked,
    SnoozeAsked,
    StandAsked,
    StopAsked,
    ToggleAsked,
    UndoAsked,
)
from unsit.durations import parse_duration, parse_time_of_day, quote
from unsit.words import _

Params = Mapping[str, Any]

NAME_MOST: Final = 100
"""Characters: whatever somebody asks for is written to the history."""

WORDS: Final[Mapping[str, tuple[type[AnyCommand], tuple[str, ...]]]] = {
    "begin": (BeginAsked, ("exercise",)),
    "snooze": (SnoozeAsked, ("for",)),
    "skip": (SkipAsked, ()),
    "done": (DoneAsked, ()),
    "undo": (UndoAsked, ()),
    "pause": (PauseAsked, ("for", "until", "tomorrow")),
    "resume": (ResumeAsked, ()),
    "stand": (StandAsked, ()),
    "sit": (SitAsked, ()),
    "toggle": (ToggleAsked, ()),
    "next": (NextAsked, ()),
    "previous": (PreviousAsked, ()),
    "stop": (StopAsked, ()),
    "hurts": (HurtsAsked, ()),
    "choose": (ChooseAsked, ("exercise", "first", "walk", "hold")),
}
"""Word -> the event it becomes, and the parameters it takes."""

SWITCHES: Final[Mapping[str, bool]] = {"enable": True, "disable": False}
"""Words that change a setting rather than the state: an exercise (`exercise`) is on, or off."""

SHELL_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "mute": (),
    "unmute": (),
    "sound": ("tones", "voice", "volume", "rate", "voice_name", "music"),
}
"""Those that the core does not know, since nothing that it decides depends on them, and the parameters they take. Of `sound`
they are the keys of the table of that name."""


def to_event(word: str, params: Params) -> Callable[[Now], AnyCommand]:
    """What a word asks for.

    Returns:
        makes the event, given the moment at which it is decided.

    Raises:
        KeyError: there is no such word.
        ValueError: a parameter is unknown or wrong; for people.
    """
    kind, known = WORDS[word]
    unknown = sorted(params.keys() - set(known))
    if unknown:
        raise ValueError(
            _("{word} takes no {parameter}; it takes {known}").format(
                word=word, parameter=quote(unknown[0]), known=", ".join(known) or _("nothing")
            )
        )
    fields = dict(_read(kind, params))
    if kind is PauseAsked and len(fields) > 1:
        raise ValueError(_("pause takes one of for, until and tomorrow"))
    return lambda now: kind(now=now, **fields)


def _read(kind: type[AnyCommand], params: Params) -> Iterator[tuple[str, Any]]:
    for key, value in params.items():
        if value is None:
            continue
        field, read = _FIELDS[key]
        try:
            yield field, read(value)
        except ValueError as error:
            if kind is not PauseAsked or key != "for":
                raise
            raise ValueError(_("{wrong}, or say until 16:30, or tomorrow").format(wrong=error)) from None


def _name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > NAME_MOST:
        raise ValueError(_("{value} is no name of an exercise").format(value=quote(value)))
    return value


def _duration(value: Any) -> float:
    if not isinstance(value, str | int | float):
        raise ValueError(_("{value} is no duration; write it like 45 min").format(value=quote(value)))
    return parse_duration(value)


def _some_time(value: Any) -> float:
    seconds = _duration(value)
    if seconds <= 0:
        raise ValueError(_("that is no time at all; write it like 10 min"))
    return seconds


def _time_of_day(value: Any) -> str:
    return parse_time_of_day(str(value)).isoformat("minutes")


def _flag(value: Any) -> bool:
    if value in (True, "true", "1", "yes", ""):
        return True
    raise ValueError(_("tomorrow is true, or left out"))


def _side(value: Any) -> str:
    if value not in ("left", "right"):
        raise ValueError(_("a side is left or right"))
    return str(value)


def _seconds(value: Any) -> float:
    """Also `45` as a text, as in a link or a form."""
    return _duration(float(value) if isinstance(value, str) and value.isdecimal() and len(value) < NAME_MOST else value)


_FIELDS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "exercise": ("exercise", _name),
    "for": ("for_s", _some_time),
    "until": ("until", _time_of_day),
    "tomorrow": ("tomorrow", _flag),
    "first": ("first", _side),
    "walk": ("walk_s", _seconds),
    "hold": ("hold_s", _seconds),
}
"""Parameter -> the event's field, and how it is read."""
