"""What a value may be. A rule reads a value as TOML gives it into the one that the settings hold, or says what is wrong.

msgspec checks types too, but stops at the first mistake and speaks to programmers; here everything wrong is found at once,
and told with what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, time
from typing import Final

from msgspec import Struct

from unsit.core.cron import parse_cron
from unsit.durations import format_compact, parse_duration, parse_time_of_day, quote
from unsit.words import _

Path = tuple[str | int, ...]
"""Where a value stands in its document: ("hours", 0, "from")."""
Report = Callable[[Path, str, str], None]
"""Takes one mistake: its place, what is wrong, what would be right."""
ExerciseIds = Collection[str] | None
"""None: not known here, so every id may be right."""

_LONGEST_CRON: Final = 200
_MOST_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Rule(Struct, frozen=True):
    """A kind of value. Subclasses say `read` and `right`; a rule with several places for mistakes says `check`."""

    def read(self, value: object, ids: ExerciseIds) -> object:
        """Raises: ValueError: what is wrong."""
        raise NotImplementedError

    def right(self) -> str:
        raise NotImplementedError

    def check(self, value: object, path: Path, ids: ExerciseIds, report: Report) -> object:
        """The value as the settings hold it; anything, if a mistake was reported."""
        try:
            return self.read(value, ids)
        except ValueError as error:
            report(path, str(error), self.right())
            return None

    def write(self, value: object) -> object:
        """A value of the settings, as a file would have it."""
        return value

    def from_bare(self, text: str) -> object:
        """What a text that is no TOML value stands for, on the command line."""
        return text


class Duration(Rule, frozen=True):
    least_s: float
    most_s: float

    def read(self, value: object, ids: ExerciseIds) -> object:
        if not isinstance(value, str | int | float):
            raise ValueError(_("{value} is no duration").format(value=describe(value)))
        seconds = parse_duration(value)
        if seconds < self.least_s:
            raise ValueError(_("{value} is too short").format(value=describe(value)))
        if seconds > self.most_s:
            raise ValueError(_("{value} is too long").format(value=describe(value)))
        return seconds

    def right(self) -> str:
        return _('a duration from {least} to {most}, like "{example}"').format(
            least=format_compact(self.least_s), most=format_compact(self.most_s), example=self._example()
        )

    def write(self, value: object) -> object:
        return format_compact(value) if isinstance(value, int | float) else value

    def _example(self) -> str:
        return "45 min" if self.most_s >= 2700 else "45 s"


class HoldSeconds(Duration, frozen=True):
    def read(self, value: object, ids: ExerciseIds) -> object:
        return value if value == "auto" else super().read(value, ids)

    def right(self) -> str:
        return _('"auto", or {duration}').format(duration=super().right())


class Whole(Rule, frozen=True):
    least: int
    most: int

    def read(self, value: object, ids: ExerciseIds) -> object:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(_("{value} is no whole number").format(value=describe(value)))
        if not self.least <= value <= self.most:
            raise ValueError(_("{value} is out of range").format(value=describe(value)))
        return value

    def right(self) -> str:
        return _("a whole number from {least} to {most}").format(least=self.least, most=self.most)


class Flag(Rule, frozen=True):
    def read(self, value: object, ids: ExerciseIds) -> object:
        if not isinstance(value, bool):
            raise ValueError(_("{value} is neither true nor false").format(value=describe(value)))
        return value

    def right(self) -> str:
        return _("true or false")


class OneOf(Rule, frozen=True):
    words: tuple[str, ...]

    def read(self, value: object, ids: ExerciseIds) -> object:
        if value not in self.words:
            raise ValueError(_("{value} is not known here").format(value=describe(value)))
        return value

    def right(self) -> str:
        return _("one of {words}").format(words=", ".join(map(quote, self.words)))


class TimeOfDay(Rule, frozen=True):
    def read(self, value: object, ids: ExerciseIds) -> object:
        if isinstance(value, time) and not value.second and not value.microsecond:
            return f"{value:%H:%M}"
        if not isinstance(value, str):
            raise ValueError(_("{value} is no time of day").format(value=describe(value)))
        return f"{parse_time_of_day(value):%H:%M}"

    def right(self) -> str:
        return _('a time of day like "09:00"')


class DayOff(Rule, frozen=True):
    def read(self, value: object, ids: ExerciseIds) -> object:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if not isinstance(value, str):
            raise ValueError(_("{value} is no date").format(value=describe(value)))
        first, dots, last = (part.strip() for part in value.partition(".."))
        days = [_day(part, value) for part in ([first, last] if dots else [first])]
        if days[-1] < days[0]:
            raise ValueError(_("{value} ends before it begins").format(value=quote(value)))
        return "..".join(day.isoformat() for day in days)

    def right(self) -> str:
        return _('dates like "2026-12-24" and ranges like "2026-12-24..2027-01-02"')


class CronLine(Rule, frozen=True):
    def read(self, value: object, ids: ExerciseIds) -> object:
        if not isinstance(value, str):
            raise ValueError(_("{value} is no crontab line").format(value=describe(value)))
        check_cron(value)
        return " ".join(value.split())

    def right(self) -> str:
        return _('five fields as in crontab(5), like "0 15 * * mon-fri"')


class RoutineName(Rule, frozen=True):
    def read(self, value: object, ids: ExerciseIds) -> object:
        # It stands in reports and on command lines as one word.
        if not isinstance(value, str) or not re.fullmatch(r"[\w-]{1,60}", value):
            raise ValueError(_("{value} is no name").format(value=describe(value)))
        return value

    def right(self) -> str:
        return _('a name of letters, digits, "-" and "_", like "evening-stretch"')


class ExerciseId(Rule, frozen=True):
    def read(self, value: object, ids: ExerciseIds) -> object:
        if not isinstance(value, str) or (ids is not None and value not in ids):
            raise ValueError(unknown(_("{value} is no exercise").format(value=describe(value)), value, ids or ()))
        return value

    def right(self) -> str:
        return _('ids of exercises, like "bird-dog"')


class Text(Rule, frozen=True):
    def read(self, value: object, ids: ExerciseIds) -> object:
        if not isinstance(value, str):
            raise ValueError(_("{value} is no text").format(value=describe(value)))
        if not all(char.isprintable() for char in value):
            raise ValueError(_("{value} has control characters in it").format(value=quote(value)))
        return value.strip()

    def right(self) -> str:
        return _('a text, or ""')


class ProgramName(Text, frozen=True):
    def read(self, value: object, ids: ExerciseIds) -> object:
        name = super().read(value, ids)
        if not name or "/" in str(name):
            raise ValueError(_("{value} is no program's name").format(value=describe(value)))
        return name

    def right(self) -> str:
        return _('names of programs, like "obs"')


class CommandLine(Text, frozen=True):
    def read(self, value: object, ids: ExerciseIds) -> object:
        text = super().read(value, ids)
        if text:
            import shlex

            try:
                shlex.split(str(text))
            except ValueError:
                raise ValueError(_("{value} has a quote that is not closed").format(value=quote(value))) from None
        return text

    def right(self) -> str:
        return _('a command like "firefox --new-window", or "" for your default browser')


class ListOf(Rule, frozen=True):
    item: Rule
    may_be_empty: bool = True

    def check(self, value: object, path: Path, ids: ExerciseIds, report: Report) -> object:
        if not isinstance(value, list):
            report(path, _("{value} is no list").format(value=describe(value)), self.right())
            return None
        if not value and not self.may_be_empty:
            report(path, _("the list is empty"), self.right())

        def report_item(place: Path, wrong: str, right: str) -> None:
            report(place, wrong, self.right())

        return tuple(self.item.check(entry, (*path, index), ids, report_item) for index, entry in enumerate(value))

    def right(self) -> str:
        if isinstance(self.item, OneOf):
            return _("a list of {words}").format(words=", ".join(map(quote, self.item.words)))
        return _("a list of {things}").format(things=self.item.right())

    def write(self, value: object) -> object:
        return [self.item.write(entry) for entry in value] if isinstance(value, list | tuple) else value

    def from_bare(self, text: str) -> object:
        return [part.strip() for part in text.split(",") if part.strip()]


class Tables(Rule, frozen=True):
    """A list of tables: [[hours]]."""

    name: str
    fields: dict[str, Rule]
    optional: dict[str, object] = {}
    """Field -> its value where it is left out."""
    unique: str | None = None

    def check(self, value: object, path: Path, ids: ExerciseIds, report: Report) -> object:
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            report(path, _("{value} is no list of tables").format(value=describe(value)), self.right())
            return None
        entries = [self._check_entry(entry, (*path, index), ids, report) for index, entry in enumerate(value)]
        if self.unique:
            seen: set[object] = set()
            for index, entry in enumerate(entries):
                name = entry.get(self.unique)
                if name is not None and name in seen:
                    wrong = _("{value} is there twice").format(value=describe(name))
                    report((*path, index, self.unique), wrong, _("each name once"))
                seen.add(name)
        return tuple(entries)

    def right(self) -> str:
        return _("entries of the form [[{name}]] with {fields}").format(
            name=self.name, fields=", ".join(f"{field} = ..." for field in self.fields)
        )

    def write(self, value: object) -> object:
        from msgspec import to_builtins

        entries = to_builtins(value) if isinstance(value, list | tuple) else []
        return [{name: self.fields[name].write(part) for name, part in entry.items()} for entry in entries]

    def _check_entry(
        self, entry: Mapping[str, object], path: Path, ids: ExerciseIds, report: Report
    ) -> dict[str, object]:
        checked: dict[str, object] = dict(self.optional)
        for field, value in entry.items():
            if field in self.fields:
                checked[field] = self.fields[field].check(value, (*path, field), ids, report)
            else:
                report(
                    (*path, field),
                    unknown(_("there is no such key"), field, self.fields),
                    _("one of {words}").format(words=", ".join(self.fields)),
                )
        for field, rule in self.fields.items():
            if field not in entry and field not in self.optional:
                report((*path, field), _("it is missing"), rule.right())
        return checked


def check_cron(text: str) -> None:
    """Raises: ValueError: which field of the crontab line is wrong, and how, or that it never comes."""
    if len(text) > _LONGEST_CRON:
        raise ValueError(_("{value} is too long for a crontab line").format(value=quote(text)))
    try:
        cron = parse_cron(text)
    except ValueError as error:
        raise ValueError(_("{value}: {reason}").format(value=quote(text), reason=error)) from None
    if not cron.either_day and not any(min(cron.days) <= _MOST_DAYS[month - 1] for month in cron.months):
        raise ValueError(_("{value} never comes: the month is too short").format(value=quote(text)))


def describe(value: object) -> str:
    """A wrong value, as an error repeats it."""
    if isinstance(value, dict):
        return _("a table")
    if isinstance(value, list):
        return _("a list")
    return quote(value)


def unknown(wrong: str, name: object, known: Collection[str], names: Mapping[str, str] | None = None) -> str:
    """`wrong`, with the nearest name that there is, if one is near; `names` says what each is called in full."""
    from difflib import get_close_matches

    near = get_close_matches(str(name)[:80], known, 1, 0.6)
    return (
        _("{wrong} (did you mean {name}?)").format(wrong=wrong, name=(names or {}).get(near[0], near[0]))
        if near
        else wrong
    )


def _day(text: str, whole: str) -> date:
    try:
        # fromisoformat takes more than one spelling; the others would only puzzle the next reader of the file.
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("{value}: there is no {day}").format(value=quote(whole), day=text)) from None
    raise ValueError(_("{value} is no date and no range of dates").format(value=quote(whole)))
