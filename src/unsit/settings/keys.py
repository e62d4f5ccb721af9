"""The keys: which there are, what each may be, and checking a whole document. Their meaning stands in config/defaults.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Final, get_args

from unsit.core.model import Avoid, Level, Place, Weekday
from unsit.durations import quote
from unsit.settings.types import GuideScreen
from unsit.settings.values import (
    CommandLine,
    CronLine,
    DayOff,
    Duration,
    ExerciseId,
    ExerciseIds,
    Flag,
    HoldSeconds,
    ListOf,
    OneOf,
    Path,
    ProgramName,
    Report,
    RoutineName,
    Rule,
    Tables,
    Text,
    TimeOfDay,
    Whole,
    describe,
    unknown,
)
from unsit.words import _

_M: Final = 60.0
_H: Final = 3600.0

KEYS: Final[dict[str, Rule]] = {
    "days_off": ListOf(DayOff()),
    "prompt.every": Duration(1, 12 * _H),
    "prompt.every_standing": Duration(1, 12 * _H),
    "prompt.settle": Duration(0, _H),
    "prompt.settle_after_pause": Duration(0, _H),
    "prompt.remind_every": Duration(1, 12 * _H),
    "prompt.reminders": Whole(0, 100),
    "prompt.snooze": Duration(1, 12 * _H),
    "prompt.snoozes": Whole(0, 100),
    "prompt.sound": OneOf(("off", "tone")),
    "away.idle_after": Duration(1, 4 * _H),
    "away.credit": Duration(1, 4 * _H),
    "away.video_is_presence": Flag(),
    "hold.limit": Duration(1, 24 * _H),
    "hold.call": Flag(),
    "hold.dnd": Flag(),
    "hold.fullscreen": Flag(),
    "hold.apps": ListOf(ProgramName()),
    "hold.ignore": ListOf(ProgramName()),
    "stretch.hold": HoldSeconds(15, 2 * _M),
    "stretch.walk": Duration(0, _H),
    "stretch.place": ListOf(OneOf(get_args(Place))),
    "stretch.avoid": ListOf(OneOf(get_args(Avoid))),
    "stretch.level": OneOf(get_args(Level)),
    "guide.screen": OneOf(get_args(GuideScreen)),
    "guide.browser": CommandLine(),
    "guide.close_after": Duration(0, _H),
    "guide.end_stays": Duration(0, _H),
    "sound.mute": Flag(),
    "sound.tones": Flag(),
    "sound.voice": OneOf(("floor", "always", "off")),
    "sound.volume": Whole(0, 100),
    "sound.rate": Whole(50, 200),
    "sound.voice_name": Text(),
    "sound.music": OneOf(("leave", "duck", "pause")),
    "tray.show": Flag(),
    "log.level": OneOf(("debug", "info", "warning", "error")),
    "hours": Tables(
        "hours",
        {"days": ListOf(OneOf(get_args(Weekday)), may_be_empty=False), "from": TimeOfDay(), "to": TimeOfDay()},
    ),
    "routine": Tables(
        "routine",
        {
            "name": RoutineName(),
            "cron": CronLine(),
            "exercises": ListOf(ExerciseId(), may_be_empty=False),
            "enabled": Flag(),
        },
        optional={"enabled": True},
        unique="name",
    ),
}
EXERCISES: Final = "exercises"
"""The table whose keys are the ids of exercises."""
LOCKED: Final = "locked"
TABLES: Final = (*dict.fromkeys(key.partition(".")[0] for key in KEYS if "." in key), EXERCISES)


class UnknownKey(Exception):
    """There is no such key; the arguments say what is wrong and what would be right."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(wrong, right)
        self.wrong, self.right = wrong, right


def rule_of(key: str, ids: ExerciseIds = None) -> Rule:
    """Raises: UnknownKey"""
    if key in KEYS:
        return KEYS[key]
    table, _dot, name = key.partition(".")
    if table == EXERCISES and name:
        if ids is None or name in ids:
            return Flag()
        raise UnknownKey(
            unknown(_("there is no such exercise"), name, ids),
            _("one of {words}").format(words=", ".join(sorted(ids))),
        )
    if key in TABLES:
        raise UnknownKey(_("it is a table"), _("one of its keys: {keys}").format(keys=", ".join(_keys_in(key, ids))))
    wrong = unknown(_("there is no such key"), key, KEYS)
    if wrong == _("there is no such key"):
        # Somebody who remembers only the last word of it, or whose [table] line is missing.
        by_word = {known.rpartition(".")[2]: known for known in reversed(KEYS)}
        wrong = unknown(wrong, key.rpartition(".")[2], by_word, names=by_word)
    these = [known for known in KEYS if known.startswith(f"{table}.")] if table in TABLES else _top_level()
    raise UnknownKey(wrong, _("one of {words}").format(words=", ".join(these)))


def check_document(
    document: Mapping[str, object], ids: ExerciseIds, report: Report, *, may_lock: bool = False
) -> tuple[dict[str, object], tuple[str, ...]]:
    """What a file says, and what it locks. All mistakes are reported.

    Returns:
        dotted key -> value as the settings hold it, and the locked keys and tables; worth something only if nothing was
        reported.
    """
    values: dict[str, object] = {}
    locked: tuple[str, ...] = ()
    for name, part in document.items():
        if name == LOCKED:
            locked = _check_locked(part, ids, report, may_lock=may_lock)
        elif name in KEYS:
            values[name] = KEYS[name].check(part, (name,), ids, report)
        elif name not in TABLES:
            _report_unknown((name,), ids, report)
        elif not isinstance(part, dict):
            report((name,), _("{value} is no table").format(value=describe(part)), f"[{name}]")
        else:
            for field, value in part.items():
                path = (name, field)
                try:
                    rule = rule_of(f"{name}.{field}", ids)
                except UnknownKey:
                    _report_unknown(path, ids, report)
                else:
                    values[f"{name}.{field}"] = rule.check(value, path, ids, report)
    return values, locked


def parse_text(rule: Rule, text: str) -> object:
    """What somebody typed as a value: TOML (`90`, `true`, `["desk"]`, `"45 min"`), or the bare word or words of a text."""
    try:
        document = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return rule.from_bare(text.strip())
    if document.keys() != {"value"}:  # several lines
        return rule.from_bare(text.strip())
    value = document["value"]
    if isinstance(rule, CommandLine) and not isinstance(value, str):
        return rule.from_bare(text.strip())
    if isinstance(rule, ListOf) and not isinstance(value, list | dict):  # one date, one word in quotes
        return [value]
    return value


def is_locked(key: str, locked: tuple[str, ...]) -> bool:
    return key in locked or key.partition(".")[0] in locked


def show_path(path: Path) -> str:
    """Dotted, without the numbers of list entries: the line says which one it is."""
    return ".".join(
        part if re.fullmatch(r"[\w-]+", part, re.ASCII) else quote(part) for part in path if isinstance(part, str)
    )


def _check_locked(part: object, ids: ExerciseIds, report: Report, *, may_lock: bool) -> tuple[str, ...]:
    right = _('a list of settings or tables, like "prompt.every", "hours"')
    if not may_lock:
        report((LOCKED,), _("only the system's file can lock settings"), _("take it out of this file"))
        return ()
    if not isinstance(part, list):
        report((LOCKED,), _("{value} is no list").format(value=describe(part)), right)
        return ()
    for index, entry in enumerate(part):
        if isinstance(entry, str) and entry in TABLES:
            continue
        try:
            rule_of(entry if isinstance(entry, str) else "", ids)
        except UnknownKey:
            wrong = _("{value} is no setting").format(value=describe(entry))
            report((LOCKED, index), unknown(wrong, entry, (*KEYS, *TABLES)), right)
    return tuple(part)


def _report_unknown(path: tuple[str, ...], ids: ExerciseIds, report: Report) -> None:
    try:
        rule_of(".".join(path), ids)
    except UnknownKey as error:
        report(path, error.wrong, error.right)


def _keys_in(table: str, ids: ExerciseIds) -> list[str]:
    if table == EXERCISES:
        return [f"{EXERCISES}.{name}" for name in sorted(ids or ["ID"])]
    return [key for key in KEYS if key.startswith(f"{table}.")]


def _top_level() -> list[str]:
    return [*(key for key in KEYS if "." not in key), *(f"[{table}]" for table in TABLES)]
