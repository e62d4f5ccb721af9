"""Writing overrides.toml: what the person changed by the command line, the tray or the settings page.

The only file of settings that the program writes. Whatever happens while it is written, there is the old one or the new one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from unsit import paths
from unsit.settings.keys import check_document, is_locked, parse_text
from unsit.settings.layers import (
    OVERRIDES_NAME,
    files,
    find_rule,
    known_exercise_ids,
    load,
    locked_problem,
    parse_toml,
    read_file,
    read_value,
    reload,
)
from unsit.settings.types import Loaded, Problem, SettingsError
from unsit.settings.values import ExerciseIds
from unsit.settings.values import Path as KeyPath
from unsit.words import _

_HEADER: Final = "# Written by Unsit. Your own file is config.toml beside this one; what stands here wins over it.\n\n"


def set_override(key: str, text: str, previous: Loaded | None = None, *, exercise_ids: ExerciseIds = None) -> Loaded:
    """Write one key; `text` is a TOML value or the bare words of one (`45 min`, `auto`, `desk,floor`).

    Returns:
        everything anew, with what was good in `previous` where a layer has broken since. Its problems also say if
        overrides.toml was broken and where it is kept.

    Raises:
        SettingsError: the value is wrong, the key is locked, or the file cannot be written. Nothing has been changed.
    """
    ids = known_exercise_ids() if exercise_ids is None else exercise_ids
    return change_overrides({key: parse_text(find_rule(key, ids), text)}, previous, exercise_ids=ids)


def unset_override(key: str, previous: Loaded | None = None, *, exercise_ids: ExerciseIds = None) -> Loaded:
    """Take one key out; one that is not there is no error. Returns and raises as `set_override`."""
    return change_overrides({key: None}, previous, exercise_ids=exercise_ids)


def change_overrides(
    changes: Mapping[str, object], previous: Loaded | None = None, *, exercise_ids: ExerciseIds = None
) -> Loaded:
    """Several keys at once, all or none; the values as TOML has them, None takes a key out. Otherwise as `set_override`."""
    ids = known_exercise_ids() if exercise_ids is None else exercise_ids
    path = paths.user_config_dir() / OVERRIDES_NAME
    problems = _refusals(changes, path, ids)
    if problems:
        raise SettingsError(problems)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone_in(path.parent):
            document, aside = _read_good_part(path, {_key_path(key) for key in changes})
            for key, value in changes.items():
                _put(document, _key_path(key), value)
            _write(path, document)
    except OSError as error:
        wrong = _("it cannot be written: {reason}").format(reason=error.strerror or error)
        raise SettingsError([Problem(str(path), None, "", wrong, _("a folder that you may write to"))]) from error
    loaded = reload(previous, exercise_ids=ids) if previous else load(exercise_ids=ids)
    loaded.problems.extend(aside)
    return loaded


def _refusals(changes: Mapping[str, object], path: Path, ids: ExerciseIds) -> list[Problem]:
    problems: list[Problem] = []
    locks: dict[str, str] = {}
    for name, file in files():
        if name == "system":
            layer, _problems = read_file(name, file, ids)
            locks.update(dict.fromkeys(layer.locked if layer else (), str(file)))
    for key, value in changes.items():
        try:
            if value is None:
                # A key that a newer or older version wrote can be taken out, though it means nothing here.
                if not _is_in(path, key):
                    find_rule(key, ids)
                continue
            read_value(key, value, ids)
        except SettingsError as error:
            problems += error.problems
        else:
            if is_locked(key, tuple(locks)):
                problems.append(locked_problem("", None, key, locks.get(key) or locks[key.partition(".")[0]]))
    return problems


def _is_in(path: Path, key: str) -> bool:
    try:
        part: object = parse_toml(path.read_bytes().decode("utf-8-sig"), str(path))[0]
    except (OSError, UnicodeDecodeError):
        return False
    for name in _key_path(key):
        if not isinstance(part, dict) or name not in part:
            return False
        part = part[name]
    return True


def _read_good_part(path: Path, touched: set[KeyPath]) -> tuple[dict[str, Any], list[Problem]]:
    """What the file says and may stay. A file with a mistake outside of what is about to change is kept aside as it is.

    Returns:
        the document, and what to tell the person.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return {}, []
    except UnicodeDecodeError:
        return {}, [_keep_aside(path)]
    document, problem = parse_toml(text, str(path))
    if problem:
        return {}, [_keep_aside(path)]
    wrong: set[KeyPath] = set()
    # Whichever exercises there are now: what is said of one that has gone, or is being mended, stays.
    check_document(document, None, lambda place, _wrong, _right: wrong.add(_whole_key(document, place)))
    for place in wrong:
        _put(document, place, None)
    return document, [_keep_aside(path)] if wrong - touched else []


def _whole_key(document: Mapping[str, object], place: KeyPath) -> KeyPath:
    """The key in which a mistake stands: ("hours",) of ("hours", 0, "from")."""
    return place[: 2 if isinstance(document.get(str(place[0])), dict) else 1]


def _keep_aside(path: Path) -> Problem:
    stamp = datetime.now().astimezone().strftime("%Y-%m-%dT%H-%M-%S")
    aside = path.with_name(f"{path.name}.broken-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.broken-{stamp}-{number}")
    # A copy, since the write that follows may fail, and a link must stay one.
    shutil.copy2(path, aside)
    return Problem(
        str(path),
        None,
        "",
        _("it was broken and is kept as {file}; what was good in it still counts").format(file=aside),
        _("look there for what you miss, and set it again with `unsit config set`"),
    )


def _key_path(key: str) -> KeyPath:
    return tuple(key.split(".", 1))


def _put(document: dict[str, Any], path: KeyPath, value: object) -> None:
    """Set a key, or with None take it out, and with the last key its table."""
    *tables, name = (str(part) for part in path)
    part = document
    for table in tables:
        part = part.setdefault(table, {})
    if value is None:
        part.pop(name, None)
    else:
        part[name] = value
    if tables and not part:
        del document[tables[0]]


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """The command line and the daemon may both write: neither may lose what the other has just written."""
    if os.name != "posix":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)  # the folder's entry for the new file
    finally:
        os.close(handle)


def _write(path: Path, document: Mapping[str, object]) -> None:
    import tomli_w

    target = path.resolve()  # a link into a folder of dotfiles stays a link
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    new = Path(name)
    try:
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123  a descriptor, which Path cannot open
            file.write(_HEADER + tomli_w.dumps(document))
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, target)  # noqa: PTH105  mkstemp made it 0600
    except BaseException:
        new.unlink(missing_ok=True)
        raise
