"""Durations and times of day as people write them, in files, on the command line and in scripts.

How a duration reads in a sentence is not here but in `unsit.words.format_duration`, in the person's language.
"""

from __future__ import annotations

import re
from datetime import time
from typing import Final

from unsit.words import _

MAX_DURATION_S: Final = 10 * 86400.0
TICKS_PER_S: Final = 1024
"""Durations are multiples of 1/1024 s, like the instants they are added to (`core.model.BOOT_TICKS_PER_S`; written out
here since the command line reads durations without the core)."""

_UNIT_S: Final = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_UNIT_WORDS: Final = {
    word: letter
    for letter, words in {
        "d": "d day days",
        "h": "h hr hrs hour hours",
        "m": "m min mins minute minutes",
        "s": "s sec secs second seconds",
    }.items()
    for word in words.split()
}
_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)\s*", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_SHOWN_CHARS: Final = 40
"""How much of a wrong value an error repeats."""


def parse_duration(value: str | float) -> float:
    """Seconds of `90s`, `5m`, `1h30m`, `5 min`, `1 h 30 min`, `2d`; a number is seconds, a text needs its unit.

    Returns:
        from 0 to MAX_DURATION_S, a multiple of 1/1024 s.

    Raises:
        ValueError: what is wrong with it, with an example; for people.
    """
    seconds = _seconds_of_text(value) if isinstance(value, str) else value
    if isinstance(seconds, bool) or seconds != seconds:
        raise ValueError(_("{value} is no duration; write it like 45 min").format(value=quote(value)))
    if seconds < 0:
        raise ValueError(_("{value} is negative; write it like 45 min").format(value=quote(value)))
    if seconds > MAX_DURATION_S:
        raise ValueError(_("{value} is more than 10 days; write it like 45 min").format(value=quote(value)))
    return round(seconds * TICKS_PER_S) / TICKS_PER_S


def format_compact(seconds: float) -> str:
    """`1h30m`, `45m`, `90.5s` as `1m30.5s`, `0s`: what `parse_duration` reads back to the same number."""
    parts: list[str] = []
    rest_s = round(seconds * TICKS_PER_S) / TICKS_PER_S
    for letter in "dhm":
        count, rest_s = divmod(rest_s, _UNIT_S[letter])
        if count:
            parts.append(f"{count:.0f}{letter}")
    if rest_s or not parts:
        number = f"{rest_s:.10f}".rstrip("0").rstrip(".")  # ten decimals write 1/1024 in full
        parts.append(f"{number}s")
    return "".join(parts)


def parse_time_of_day(text: str, *, allow_seconds: bool = False) -> time:
    """`09:00`, also `9:00`; with `allow_seconds` also `09:00:30`.

    Raises:
        ValueError: what is wrong with it, with an example; for people.
    """
    pattern = r"([0-9]{1,2}):([0-9]{2})" + (r"(?::([0-9]{2}))?" if allow_seconds else "()")
    match = re.fullmatch(pattern, text.strip(), re.ASCII)
    if match is None:
        raise ValueError(_("{value} is no time of day; write it like 09:00").format(value=quote(text)))
    hour, minute, second = (int(part or 0) for part in match.groups())
    if (hour, minute, second) == (24, 0, 0):
        raise ValueError(_("{value}: midnight is 00:00").format(value=quote(text)))
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(_("{value} does not exist; a day goes from 00:00 to 23:59").format(value=quote(text)))
    return time(hour, minute, second)


def quote(value: object) -> str:
    """A wrong value, as an error repeats it: a text in quotes, on one line, cut when it is long."""
    try:
        shown = f'"{value}"' if isinstance(value, str) else str(value)
    except ValueError:  # an int of more digits than Python is willing to write
        return _("a very long number")
    if isinstance(value, bool):  # as TOML writes it
        shown = shown.lower()
    shown = "".join(char if char.isprintable() else "?" for char in shown)
    return shown if len(shown) <= _SHOWN_CHARS else shown[: _SHOWN_CHARS - 1] + "…"


def _seconds_of_text(text: str) -> float:
    text_lower = text.strip().lower()
    if _NUMBER.fullmatch(text_lower):
        if text_lower.startswith("-"):
            raise ValueError(_("{value} is negative; write it like 45 min").format(value=quote(text)))
        raise ValueError(
            _("{value} has no unit; write {number}s or {number}m").format(
                value=quote(text), number=quote(text_lower.lstrip("+")).strip('"')
            )
        )
    if text_lower.startswith("-"):
        raise ValueError(_("{value} is negative; write it like 45 min").format(value=quote(text)))
    seconds, position, last_unit_s = 0.0, 0, float("inf")
    while position < len(text_lower):
        part = _PART.match(text_lower, position)
        if part is None:
            raise ValueError(_("{value} is no duration; write it like 45 min").format(value=quote(text)))
        number, word = part.groups()
        letter = _UNIT_WORDS.get(word)
        if letter is None:
            raise ValueError(
                _("{value}: {unit} is no unit; there are s, m, h and d").format(value=quote(text), unit=quote(word))
            )
        unit_s = _UNIT_S[letter]
        if unit_s >= last_unit_s:  # "5m 1h" or "5m 5m": more likely a slip than a sum
            raise ValueError(
                _("{value}: the larger unit comes first, each once; write it like 1h30m").format(value=quote(text))
            )
        seconds, position, last_unit_s = seconds + float(number) * unit_s, part.end(), unit_s
    if not position:
        raise ValueError(_("a duration is missing; write it like 45 min"))
    return seconds
