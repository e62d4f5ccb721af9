"""`unsit config`: read, change and check the settings."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from unsit.cli.exits import DONE, REFUSED, WRONG_CALL
from unsit.words import _, ngettext

if TYPE_CHECKING:
    from unsit.settings import Loaded, Problem

Tell = Callable[..., object]


def run_config(args: Sequence[str], tell_daemon: Tell | None = None) -> int:
    """`unsit config ARGS`.

    Args:
        tell_daemon: has a running daemon read the settings again, and does nothing where none runs; it is given the keys
            that were set just now, which counts even for a value that is the old one.

    Returns:
        the exit code: 0 done, 1 refused, 2 wrong call.
    """
    parser = _parser()
    try:
        call = parser.parse_args(args)
    except SystemExit as end:  # argparse has said why, or has printed its help
        return DONE if not end.code else WRONG_CALL
    tell: Tell = tell_daemon or (lambda *_keys: None)
    match call.verb:
        case "get":
            return _get(call.key)
        case "set":
            return _change(call.key, " ".join(call.value), tell)
        case "unset":
            return _change(call.key, None, tell)
        case "show":
            return _show()
        case "check":
            return _check(call.file)
        case "edit":
            return _edit(tell)
        case _:
            return _path()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="unsit config", description=_("Read, change and check the settings."))
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    get = verbs.add_parser("get", help=_("print the value of a setting, or of every setting in a table"))
    get.add_argument("key", metavar="KEY", help=_("for example prompt.every"))
    set_ = verbs.add_parser("set", help=_("change a setting, in overrides.toml"))
    set_.add_argument("key", metavar="KEY", help=_("for example prompt.every"))
    set_.add_argument("value", metavar="VALUE", nargs="+", help=_('for example "45 min", auto, true or desk,floor'))
    unset = verbs.add_parser("unset", help=_("take back what `set` did"))
    unset.add_argument("key", metavar="KEY")
    verbs.add_parser("show", help=_("print every setting and where its value comes from"))
    check = verbs.add_parser("check", help=_("look for mistakes in the files"))
    check.add_argument("file", metavar="FILE", nargs="?", help=_("look in this file alone"))
    verbs.add_parser("path", help=_("print the files that settings come from; the later wins"))
    verbs.add_parser("edit", help=_("open your config.toml in your editor"))
    return parser


def _get(key: str) -> int:
    from unsit.settings import SettingsError, load
    from unsit.settings.keys import TABLES
    from unsit.settings.layers import find_rule, known_exercise_ids

    loaded = load()
    _warn(loaded.problems)
    values = _written(loaded)
    if key in TABLES:
        for name, value in values.items():
            if name.startswith(f"{key}."):
                print(f"{name} = {inline(value)}")
        return DONE
    if key not in values:
        try:
            find_rule(key, known_exercise_ids())
        except SettingsError as error:
            return _refuse(error)
    value = values.get(key, True)  # an exercise that no file names is on
    print(value if isinstance(value, str) else inline(value))
    return DONE


def _change(key: str, text: str | None, tell_daemon: Tell) -> int:
    from unsit.settings import SettingsError, set_override, unset_override

    try:
        loaded = unset_override(key) if text is None else set_override(key, text)
    except SettingsError as error:
        return _refuse(error)
    tell_daemon(key)
    _warn(loaded.problems)
    values = _written(loaded)
    if key in values:
        print(f"{key} = {inline(values[key])}")
    origin = loaded.origin.get(key)
    if text is not None and origin is not None and origin.layer != "overrides":
        # Written, but something that counts more says otherwise.
        print(_("{key} is decided by {origin}.").format(key=key, origin=origin), file=sys.stderr)
    return DONE


def _show() -> int:
    from unsit.settings import load

    loaded = load()
    lines = [(f"{key} = {inline(value)}", str(loaded.origin[key])) for key, value in _written(loaded).items()]
    width = min(max(len(line) for line, _origin in lines), 44)
    for line, origin in lines:
        print(f"{line:<{width}}  # {origin}")
    _warn(loaded.problems)
    return DONE


def _check(file: str | None) -> int:
    from unsit.settings import load, load_file_only
    from unsit.settings.layers import files

    if file is not None:
        alone = load_file_only(file)
        problems, count = (alone if isinstance(alone, list) else []), 1
    else:
        problems, count = load().problems, sum(path.exists() for _name, path in files())
    for problem in problems:
        print(problem)
    if problems:
        return REFUSED
    print(ngettext("{count} file, no mistake.", "{count} files, no mistake.", count).format(count=count))
    return DONE


def _path() -> int:
    from unsit.settings.layers import files

    for name, path in files():
        line = f"{name:<10} {path}"
        print(line if path.exists() else _("{file} (missing)").format(file=line))
    return DONE


def _edit(tell_daemon: Tell) -> int:
    import os
    import shlex
    import subprocess

    from unsit import paths
    from unsit.settings import load
    from unsit.settings.layers import CONFIG_NAME, defaults_path

    file = paths.user_config_dir() / CONFIG_NAME
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        print(_("No editor is chosen: VISUAL and EDITOR are empty."), file=sys.stderr)
        print(_("Open {file} with one; what can stand in it is in {defaults}.").format(
            file=file, defaults=defaults_path()), file=sys.stderr)  # fmt: skip
        return REFUSED
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        code = subprocess.run([*shlex.split(editor), str(file)], check=False).returncode
    except (OSError, ValueError) as error:
        print(_("{editor} could not be started: {reason}").format(editor=editor, reason=error), file=sys.stderr)
        print(_("Set VISUAL or EDITOR to the command of your editor."), file=sys.stderr)
        return REFUSED
    if code:
        print(_("{editor} ended with code {code}.").format(editor=editor, code=code), file=sys.stderr)
        return REFUSED
    tell_daemon()
    problems = load().problems
    _warn(problems)
    return REFUSED if problems else DONE


def _written(loaded: Loaded) -> dict[str, object]:
    """Dotted key -> value as a file would have it, in the order of the documentation."""
    from unsit.settings.keys import KEYS, rule_of
    from unsit.settings.types import flat

    values = flat(loaded.settings)
    order = [*KEYS, *sorted(key for key in values if key not in KEYS)]
    return {key: rule_of(key).write(values[key]) for key in order}


def inline(value: object) -> str:
    """A value as TOML on one line; tomli-w spreads lists and tables over several."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # for texts without control characters the same as TOML's
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {inline(part)}" for name, part in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(inline, value)) + "]"
    return str(value)


def _refuse(error: Exception) -> int:
    print(error, file=sys.stderr)
    return REFUSED


def _warn(problems: Sequence[Problem]) -> None:
    for problem in problems:
        print(problem, file=sys.stderr)
