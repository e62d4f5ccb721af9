"""A written day: its lines, read and checked before anything is simulated."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from unsit.core.model import (
    HOLD_REASONS,
    AnyCommand,
    BeginAsked,
    ChooseAsked,
    Now,
    PauseAsked,
    SnoozeAsked,
)
from unsit.daemon.commands import WORDS
from unsit.durations import parse_duration, parse_time_of_day
from unsit.words import _


class ScriptError(Exception):
    """`FILE:LINE: what is wrong`."""


class Line(Struct, frozen=True):
    """Attributes:
    at: POSIX seconds on the script's clock.
    word: the event.
    seconds: the duration of kill, quit, reboot (0 for a kill without one), and the signed step of clock.
    argument: the reason of hold and free; the key of set; `away` of start.
    value: the value of set.
    command: makes the event of a person's command.
    """

    number: int
    at: float
    word: str
    seconds: float = 0.0
    argument: str = ""
    value: str = ""
    command: Callable[[Now], AnyCommand] | None = None


_BARE: Final = {word: kind for word, (kind, params) in WORDS.items() if not params}
"""The words of the one vocabulary that stand alone."""
_FACTS: Final = ("leave", "back", "lock", "unlock", "suspend", "wake", "end")
_FOUND_LATER: Final = frozenset({"leave", "back", "lock", "unlock", "hold", "free", "clock"})
"""What may happen while the daemon is dead or the machine sleeps; it is found afterwards."""


def read_script(
    text: Iterable[str], name: str, zone: ZoneInfo, exercises: Sequence[str], check_set: Callable[[str, str], object]
) -> list[Line]:
    """All lines of a script, in order.

    Args:
        check_set: raises ValueError for a key or value of `set` that is wrong.

    Raises:
        ScriptError: the first line that is wrong.
    """
    reader = _Reader(zone, exercises, check_set)
    for number, raw in enumerate(text, 1):
        try:
            reader.read(number, raw)
        except ValueError as error:
            raise ScriptError(f"{name}:{number}: {error}") from None
    if not reader.lines:
        raise ScriptError(f"{name}:1: " + _("there is no `start` in it"))
    return reader.lines


class _Reader:
    def __init__(self, zone: ZoneInfo, exercises: Sequence[str], check_set: Callable[[str, str], object]) -> None:
        self.zone, self.exercises, self.check_set = zone, exercises, check_set
        self.lines: list[Line] = []
        self.at = 0.0
        self.dead_until = 0.0
        self.is_asleep = False
        self.has_ended = False

    def read(self, number: int, raw: str) -> None:
        try:
            words = shlex.split(raw, comments=True)
        except ValueError as error:
            raise ValueError(_("a quotation mark is not closed")) from error
        if not words:
            return
        if len(words) < 2:
            raise ValueError(_("a line is TIME EVENT [ARGUMENTS]"))
        at = self._time(words[0])
        if self.lines and at < self.at:
            raise ValueError(_("{time} is before the line above; times never go backwards").format(time=words[0]))
        line = self._event(number, at, words[1], words[2:])
        self._check_order(line)
        self.at = at
        self.lines.append(line)

    # -- times

    def _time(self, text: str) -> float:
        if text.startswith("+"):
            if not self.lines:
                raise ValueError(_("the first line needs a date and a time, like 2026-03-02T09:00:00"))
            return self.at + parse_duration(text[1:])
        if "T" in text or re.match(r"\d{4}-", text):
            return self._iso(text)
        if not self.lines:
            raise ValueError(_("the first line needs a date and a time, like 2026-03-02T09:00:00"))
        today = datetime.fromtimestamp(self.at, self.zone).date()
        return self._local(today, parse_time_of_day(text, allow_seconds=True), text)

    def _iso(self, text: str) -> float:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(_("{text} is no time, write it like 2026-03-02T09:00:00").format(text=text)) from None
        if "T" not in text:
            raise ValueError(_("{text} has no time of day").format(text=text))
        if moment.tzinfo is not None:
            return moment.timestamp()
        return self._local(moment.date(), moment.time(), text)

    def _local(self, day: date, clock: time, text: str) -> float:
        naive = datetime.combine(day, clock)
        moment = naive.replace(tzinfo=self.zone)
        if datetime.fromtimestamp(moment.timestamp(), self.zone).replace(tzinfo=None) != naive:
            raise ValueError(_("{text} does not exist on that day: the clocks go forward").format(text=text))
        return moment.timestamp()

    # -- events

    def _event(self, number: int, at: float, word: str, arguments: list[str]) -> Line:
        def line(**fields: Any) -> Line:
            return Line(number, at, word, **fields)

        if word == "start":
            _expect(arguments in ([], ["away"]), _("`start` or `start away`"))
            return line(argument="".join(arguments))
        if word in _FACTS:
            _expect_nothing(word, arguments)
            return line()
        if word in ("hold", "free"):
            _expect(len(arguments) == 1 and arguments[0] in HOLD_REASONS, f"`{word} {'|'.join(HOLD_REASONS)}`")
            return line(argument=arguments[0])
        if word == "set":
            _expect(len(arguments) >= 2, _("`set KEY VALUE`"))
            key, value = arguments[0], " ".join(arguments[1:])
            self.check_set(key, value)
            return line(argument=key, value=value)
        if word == "clock":
            step = "".join(arguments)
            _expect(step[:1] in ("+", "-"), _("`clock +D` or `clock -D`"))
            return line(seconds=parse_duration(step[1:]) * (1 if step[0] == "+" else -1))
        if word == "kill":
            return line(seconds=parse_duration(" ".join(arguments)) if arguments else 0.0)
        if word in ("quit", "reboot"):
            _expect(bool(arguments), f"`{word} D`")
            return line(seconds=parse_duration(" ".join(arguments)))
        return line(command=self._command(word, arguments))

    def _command(self, word: str, arguments: list[str]) -> Callable[[Now], AnyCommand]:
        fields: dict[str, Any] = {}
        if word in _BARE:
            _expect_nothing(word, arguments)
            kind: type[AnyCommand] = _BARE[word]
        elif word == "begin":
            kind = BeginAsked
            _expect(len(arguments) <= 1, _("`begin [EXERCISE]`"))
            if arguments:
                fields["exercise"] = self._exercise(arguments[0])
        elif word == "snooze":
            kind = SnoozeAsked
            if arguments:
                fields["for_s"] = _positive(arguments)
        elif word == "pause":
            kind = PauseAsked
            fields = pause_fields(arguments)
        elif word == "choose":
            kind = ChooseAsked
            fields = self._choice(arguments)
        else:
            raise ValueError(_("there is no event `{word}`").format(word=word))
        return lambda now: kind(now=now, **fields)

    def _choice(self, arguments: list[str]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for argument in arguments:
            key, _equals, value = argument.partition("=")
            match key:
                case "exercise":
                    fields["exercise"] = self._exercise(value)
                case "first":
                    _expect(value in ("left", "right"), "first=left|right")
                    fields["first"] = value
                case "walk":
                    fields["walk_s"] = parse_duration(int(value) if value.isdigit() else value)
                case "hold":
                    fields["hold_s"] = parse_duration(int(value) if value.isdigit() else value)
                case _:
                    raise ValueError("`choose [exercise=ID] [first=SIDE] [walk=D] [hold=SECONDS]`")
        _expect(bool(fields), "`choose [exercise=ID] [first=SIDE] [walk=D] [hold=SECONDS]`")
        return fields

    def _exercise(self, name: str) -> str:
        if name not in self.exercises:
            raise ValueError(_("there is no exercise `{name}`").format(name=name))
        return name

    # -- what may follow what

    def _check_order(self, line: Line) -> None:
        if self.has_ended:
            raise ValueError(_("nothing may follow `end`"))
        if (line.word == "start") != (not self.lines):
            raise ValueError(_("`start` comes first, and once"))
        is_dead = line.at < self.dead_until
        if is_dead and line.word not in (*_FOUND_LATER, "wake", "end"):
            raise ValueError(_("the daemon is not running then, `{word}` cannot happen").format(word=line.word))
        if self.is_asleep and not is_dead and line.word not in (*_FOUND_LATER, "wake", "end"):
            raise ValueError(_("the machine sleeps then, `{word}` cannot happen").format(word=line.word))
        match line.word:
            case "suspend":
                self.is_asleep = True
            case "wake":
                self.is_asleep = False
            case "kill" | "quit" | "reboot":
                self.dead_until = line.at + line.seconds
            case "end":
                self.has_ended = True


def pause_fields(arguments: Sequence[str]) -> dict[str, Any]:
    """What `pause [D | until HH:MM | tomorrow]` asks for, as fields of PauseAsked."""
    if not arguments:
        return {}
    if list(arguments) == ["tomorrow"]:
        return {"tomorrow": True}
    if arguments[0] == "until":
        _expect(len(arguments) == 2, _("`pause until HH:MM`"))
        if arguments[1] == "tomorrow":
            return {"tomorrow": True}
        return {"until": parse_time_of_day(arguments[1]).isoformat("minutes")}
    return {"for_s": _positive(arguments)}


def _positive(arguments: Sequence[str]) -> float:
    text = " ".join(arguments)
    seconds = parse_duration(text)
    if not seconds:
        raise ValueError(_("{text} is no time at all").format(text=text))
    return seconds


def _expect_nothing(word: str, arguments: Sequence[str]) -> None:
    if arguments:
        raise ValueError(_("`{word}` stands alone").format(word=word))


def _expect(is_right: bool, usage: str) -> None:
    if not is_right:
        raise ValueError(_("it is written {usage}").format(usage=usage))
