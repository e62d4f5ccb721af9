"""Reading the layers, the later wins, and keeping what was good when one of them breaks."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from msgspec import convert, to_builtins

from unsit import paths
from unsit.core import model
from unsit.settings import values
from unsit.settings.keys import (
    EXERCISES,
    KEYS,
    UnknownKey,
    check_document,
    parse_text,
    rule_of,
    show_path,
)
from unsit.settings.types import AllSettings, Layer, LayerName, Loaded, Origin, Problem, SettingsError, flat
from unsit.settings.values import ExerciseIds, Rule
from unsit.words import _

ENVIRONMENT_PREFIX: Final = "UNSIT_"
CONFIG_NAME: Final = "config.toml"
OVERRIDES_NAME: Final = "overrides.toml"
_ID_LINE: Final = re.compile(r"""^\s*id\s*=\s*["']([^"'\n]+)["']""", re.M)

S = TypeVar("S", bound=model.Settings)


def files() -> list[tuple[LayerName, Path]]:
    """Every file that may hold settings, the least important first, whether it exists or not."""
    system: list[tuple[LayerName, Path]] = [("system", folder / CONFIG_NAME) for folder in paths.system_config_dirs()]
    return [
        ("defaults", defaults_path()),
        *system,
        ("user", paths.user_config_dir() / CONFIG_NAME),
        ("overrides", paths.user_config_dir() / OVERRIDES_NAME),
    ]


def defaults_path() -> Path:
    return paths.shipped_config_dir() / "defaults.toml"


def known_exercise_ids(*, with_own: bool = True) -> frozenset[str]:
    """The exercises there are. Of the shipped ones by the names of their files, which is quicker than reading them; of the
    person's own by the id in each, also in one with a mistake: that must not make a mistake of the settings that name it."""
    shipped = frozenset(file.stem for file in (paths.shipped_config_dir() / EXERCISES).glob("*.toml"))
    if not with_own:
        return shipped
    try:
        own = list((paths.user_config_dir() / EXERCISES).glob("*.toml"))
    except OSError:  # a folder that cannot be looked into: who reads the exercises says so
        own = []
    return shipped | {_own_id(file) for file in own}


def _own_id(file: Path) -> str:
    """By its line alone, since the rest may be wrong; the file's name where there is none."""
    try:
        line = _ID_LINE.search(file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        line = None
    return line[1] if line else file.stem


def load(
    flags: Mapping[str, object] | None = None,
    *,
    exercise_ids: ExerciseIds = None,
    environ: Mapping[str, str] | None = None,
) -> Loaded:
    """All layers. One with a mistake in it is left out as a whole, and its problems say so.

    Args:
        flags: dotted key -> value, or the text of one.
        exercise_ids: those in the exercises' folders, if not given.
    """
    return _load(dict(flags or {}), exercise_ids, os.environ if environ is None else environ, previous=())


def reload(previous: Loaded, *, exercise_ids: ExerciseIds = None, environ: Mapping[str, str] | None = None) -> Loaded:
    """All layers anew. Of one that has a mistake in it now, what it said before stays."""
    return _load(previous.flags, exercise_ids, os.environ if environ is None else environ, previous=previous.layers)


def load_file_only(path: Path | str, *, exercise_ids: ExerciseIds = None) -> model.Settings | list[Problem]:
    """The shipped defaults and this file alone, which must exist."""
    ids = known_exercise_ids(with_own=False) if exercise_ids is None else exercise_ids
    defaults, problems = read_file("defaults", defaults_path(), None)
    if not Path(path).exists():
        return [Problem(str(path), None, "", _("there is no such file"), _("the path of a file with settings"))]
    layer, more = read_file("user", Path(path), ids)
    problems += more
    return problems or merge([found for found in (defaults, layer) if found], {}).settings.core


def apply_set(settings: S, key: str, text: str, *, exercise_ids: ExerciseIds = None) -> S:
    """The settings with one key changed; `text` is a TOML value or the bare words of one (`45m`, `auto`, `desk,floor`).

    A key that `settings` has no place for, since it decides nothing, is checked and changes nothing.

    Raises:
        SettingsError: a ValueError: what is wrong, and what would be right.
    """
    ids = known_exercise_ids() if exercise_ids is None else exercise_ids
    value = read_value(key, text, ids)
    whole: dict[str, object] = to_builtins(settings)
    table, _dot, name = key.partition(".")
    if table not in whole:
        return settings
    part = whole[table]
    if isinstance(part, dict):
        part[name] = value
    else:
        whole[table] = value
    return convert(whole, type(settings))


def read_value(key: str, text: object, ids: ExerciseIds, file: str = "") -> object:
    """One value as the settings hold it; a text is read as in `apply_set`.

    Raises:
        SettingsError
    """
    problems: list[Problem] = []
    rule = find_rule(key, ids, file)
    value = parse_text(rule, text) if isinstance(text, str) else text

    def report(path: values.Path, wrong: str, right: str) -> None:
        problems.append(Problem(file, None, show_path(path), wrong, right))

    checked = rule.check(value, tuple(key.split(".", 1)), ids, report)
    if problems:
        raise SettingsError(problems)
    return checked


def find_rule(key: str, ids: ExerciseIds, file: str = "") -> Rule:
    """Raises: SettingsError: there is no such key."""
    try:
        return rule_of(key, ids)
    except UnknownKey as error:
        raise SettingsError([Problem(file, None, _show_key(key), error.wrong, error.right)]) from None


def read_file(name: LayerName, path: Path, ids: ExerciseIds) -> tuple[Layer | None, list[Problem]]:
    """The layer; None if there is no such file, or if something in it is wrong."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None, []
    except OSError as error:
        wrong = _("it cannot be read: {reason}").format(reason=error.strerror or error)
        return None, [Problem(str(path), None, "", wrong, _("a file that you may read"))]
    try:
        text = data.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, [Problem(str(path), line, "", _("this is not UTF-8"), _("a text saved as UTF-8"))]
    document, problem = parse_toml(text, str(path))
    if problem:
        return None, [problem]
    found: list[tuple[values.Path, str, str]] = []
    checked, locked = check_document(
        document, ids, lambda *mistake: found.append(mistake), may_lock=name in ("defaults", "system")
    )
    if found:
        from unsit.settings.lines import find_lines, line_of  # only where something is wrong

        lines = find_lines(text)
        problems = [
            Problem(str(path), line_of(place, lines), show_path(place), wrong, right) for place, wrong, right in found
        ]
        return None, sorted(problems, key=lambda problem: problem.line or 0)
    return Layer(name, str(path), checked, locked, text), []


def parse_toml(text: str, file: str) -> tuple[dict[str, object], Problem | None]:
    try:
        return tomllib.loads(text), None
    except RecursionError:
        return {}, Problem(
            file, None, "", _("lists or tables are nested too deeply"), _("lists and tables, as documented")
        )
    except ValueError as error:  # TOMLDecodeError, and what int() and datetime raise
        return {}, _explain_syntax(text, file, error)


def merge(layers: Iterable[Layer], flags: dict[str, object], problems: Iterable[Problem] = ()) -> Loaded:
    merged: dict[str, object] = flat(AllSettings())
    origin = {key: Origin("defaults", str(defaults_path())) for key in merged}
    locked_by: dict[str, str] = {}
    said = list(problems)
    used = tuple(layers)
    for layer in used:
        lines: dict[values.Path, int] | None = None
        for key, value in layer.values.items():
            keeper = locked_by.get(key) or locked_by.get(key.partition(".")[0])
            if keeper is None:
                merged[key] = value
                origin[key] = Origin(layer.name, layer_place(layer, key))
            elif value != merged.get(key):
                from unsit.settings.lines import find_lines, line_of

                lines = find_lines(layer.text) if lines is None else lines
                line = line_of(tuple(key.split(".", 1)), lines)
                said.append(locked_problem(layer_place(layer, key), line, key, keeper))
        for key in layer.locked:
            locked_by.setdefault(key, layer.where)
    nested: dict[str, object] = {}
    for key, value in merged.items():
        table, dot, name = key.partition(".")
        if dot:
            part = nested.setdefault(table, {})
            assert isinstance(part, dict)  # noqa: S101  a table is never a key as well
            part[name] = value
        else:
            nested[table] = to_builtins(value)
    return Loaded(convert(nested, AllSettings), origin, said, used, flags)


def locked_problem(file: str, line: int | None, key: str, keeper: str) -> Problem:
    return Problem(
        file,
        line,
        key,
        _("it is locked by {file} and stays as it is").format(file=keeper),
        _("leave it out, or ask whoever looks after this computer"),
    )


def environment_name(key: str) -> str:
    """UNSIT_PROMPT__EVERY for prompt.every."""
    return ENVIRONMENT_PREFIX + key.replace(".", "__").replace("-", "_").upper()


def layer_place(layer: Layer, key: str) -> str:
    return environment_name(key) if layer.name == "environment" else layer.where


def _load(
    flags: dict[str, object], exercise_ids: ExerciseIds, environ: Mapping[str, str], previous: tuple[Layer, ...]
) -> Loaded:
    ids = known_exercise_ids() if exercise_ids is None else exercise_ids
    layers: list[Layer] = []
    problems: list[Problem] = []

    def take(name: LayerName, where: str, layer: Layer | None, wrong: list[Problem]) -> None:
        problems.extend(wrong)
        if wrong:
            layer = next((old for old in previous if (old.name, old.where) == (name, where)), None)
        if layer:
            layers.append(layer)

    for name, path in files():
        # What is shipped names exercises that are shipped, whichever the caller goes by; and what was written for the
        # person named one that was there then: an exercise that has gone must not take their other settings with it.
        take(name, str(path), *read_file(name, path, None if name in ("defaults", "overrides") else ids))
    take("environment", "", *_read_environment(environ, ids))
    take("flags", "", *_read_flags(flags, ids))
    return merge(layers, flags, problems)


def _read_environment(environ: Mapping[str, str], ids: ExerciseIds) -> tuple[Layer, list[Problem]]:
    found: dict[str, object] = {}
    problems: list[Problem] = []
    by_name = {environment_name(key): key for key in (*KEYS, *(f"{EXERCISES}.{name}" for name in ids or ()))}
    for variable in sorted(environ):
        key = by_name.get(variable)
        if key is None:
            # A single underscore is somebody else's variable: only TABLE__KEY is meant as a setting.
            if not re.fullmatch(r"UNSIT_[A-Z0-9_]+?__[A-Z0-9_]+", variable):
                continue
            table, _underscores, name = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
            key = f"{table}.{name.replace('_', '-') if table == EXERCISES else name}"
        try:
            found[key] = read_value(key, environ[variable], ids, file=variable)
        except SettingsError as error:
            problems += error.problems
    return Layer("environment", "", found), problems


def _read_flags(flags: Mapping[str, object], ids: ExerciseIds) -> tuple[Layer, list[Problem]]:
    found: dict[str, object] = {}
    problems: list[Problem] = []
    for key, text in flags.items():
        try:
            found[key] = read_value(key, text, ids)
        except SettingsError as error:
            problems += error.problems
    return Layer("flags", "", found), problems


def _explain_syntax(text: str, file: str, error: ValueError) -> Problem:
    from unsit.settings.syntax import explain  # only where something is wrong

    slip = explain(text, error)
    right = slip.right or _('key = value, with texts and durations in quotes: every = "45 min"')
    if not slip.key or slip.line is None:
        return Problem(file, slip.line, "", slip.wrong, right)
    above = reversed(text.split("\n")[: slip.line - 1])
    headers = (re.match(r"\s*\[\[?\s*(\w+)\s*\]", line, re.ASCII) for line in above)
    table = next((header[1] for header in headers if header), "")
    key = f"{table}.{slip.key}" if table else slip.key
    rule = KEYS.get(key)
    return Problem(file, slip.line, key, slip.wrong, rule.right() if rule is not None else right)


def _show_key(key: str) -> str:
    return show_path(tuple(key.split(".", 1)))
