"""What is wrong with a value in an exercise's file, and what would be right: msgspec's errors as sentences for people.

Imported only where something is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import msgspec
from msgspec import Struct

from unsit.catalogue.exercise import ExerciseText, Stage
from unsit.settings.types import Problem
from unsit.words import _

Place = tuple[str | int, ...]
_MEANT: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("reps", "repetitions", "times", "count", "breaths"), ("amount",)),
    **dict.fromkeys(("duration", "secs", "time", "hold", "rest", "length"), ("seconds", "amount")),
    **dict.fromkeys(("sides", "side", "both_sides"), ("per_side",)),
    **dict.fromkeys(("title", "text"), ("name", "title")),
    **dict.fromkeys(("description", "instructions"), ("steps",)),
    **dict.fromkeys(("warning", "warnings", "caution"), ("cautions",)),
    **dict.fromkeys(("equipment", "props"), ("needs",)),
    **dict.fromkeys(("parts", "part", "stage"), ("stages",)),
    **dict.fromkeys(("say", "begin"), ("start",)),
}
"""What people call a key -> what it is called here, in one table or another: letters alone would lead from reps to steps."""


def unknown(key: str, table: type[Struct]) -> tuple[str, str]:
    """What is wrong with a key of a table, and what would be right."""
    known = table.__struct_encode_fields__
    spelled = key.lower().replace("-", "_")
    meant = next((name for name in (spelled, *_MEANT.get(spelled, ())) if name in known), None)
    if meant is None and table is ExerciseText and spelled in Stage.__struct_encode_fields__:
        return _("is not known here"), _("`{key}` in one of [[stages]]").format(key=spelled)
    if meant is None and spelled in ExerciseText.__struct_encode_fields__:
        return _("is not known here"), _("`{key}` above the first line in brackets").format(key=spelled)
    close = [meant] if meant else get_close_matches(spelled, known, 1)
    return _("is not known"), close[0] if close else _("one of {names}").format(names=", ".join(known))


def in_file_of(exercise: str, problems: Iterable[Problem]) -> tuple[str, str] | None:
    """What is wrong with the file of that name, and the next step; None where there is none that is left out."""
    problem = next((problem for problem in problems if Path(problem.file).stem == exercise), None)
    if problem is None:
        return None
    return (
        _("the file of {exercise} has a mistake: {problem}").format(exercise=exercise, problem=problem),
        _("Mend it; `unsit exercise check` looks at it again."),
    )


def told(error: msgspec.ValidationError, key: str, kind: Any) -> tuple[Place, str, str]:
    """The place of an error in the value of a top-level key, what is wrong, and what would be right.

    Args:
        kind: the type that the value should have.
    """
    message, _dash, at = str(error).partition(" - at `$")
    place: list[str | int] = [key]
    for name, index in re.findall(r"\.?([A-Za-z_]\w*)|\[(\d+)\]", at):
        place.append(name or int(index))
    inner = tuple(place[1:])
    if match := re.search(r"unknown field `(.*?)`", message):
        table = _bare(_at(kind, inner))
        return (*place, match[1]), *unknown(match[1], table)
    if match := re.search(r"missing required field `(.*?)`", message):
        return (*place, match[1]), _("is missing"), right(kind, (*inner, match[1]))
    if match := re.search(r"Invalid enum value (.*)", message):
        return tuple(place), _("{value} is not known").format(value=match[1].strip("'\"")), right(kind, inner)
    if match := re.search(r"got `(\w+)`", message):
        right_there = _in_two_brackets(key, kind, inner) or right(kind, inner)
        return tuple(place), _("is {kind}").format(kind=_json_kind(match[1])), right_there
    if "of length" in message:
        length = re.search(r"of length (<=|>=)? ?(\d+)(?:, got (\d+))?", message)
        is_long = length is not None and (
            length[1] == "<=" or (length[3] is not None and int(length[3]) > int(length[2]))
        )
        is_empty = length is not None and not is_long and length[2] == "1"
        wrong = _("is too long") if is_long else _("is empty") if is_empty else _("is too short")
        return tuple(place), wrong, right(kind, inner)
    if "matching regex" in message:
        return tuple(place), _("does not fit"), right(kind, inner)
    if re.search(r"[<>]=? ", message):
        return tuple(place), _("is out of bounds"), right(kind, inner)
    return tuple(place), message, right(kind, inner)  # what pose.py says of limbs and poses


def _json_kind(name: str) -> str:
    kinds = {
        "str": _("text"), "int": _("a number"), "float": _("a number"), "bool": _("true or false"),
        "array": _("a list"), "object": _("a table"),
    }  # fmt: skip
    return kinds.get(name, name)


def _at(kind: Any, place: Place) -> Any:
    """The type of the value at a place inside a value of type `kind`."""
    for part in place:
        kind = _bare(kind)
        if isinstance(kind, type) and issubclass(kind, Struct):
            kind = next((info.type for info in msgspec.structs.fields(kind) if info.encode_name == part), None)
        elif get_args(kind):
            inside = get_args(kind)
            kind = inside[part] if isinstance(part, int) and part < len(inside) and inside[-1] is not ... else inside[0]
    return kind


def _bare(kind: Any) -> Any:
    """Without None and without its bounds."""
    if isinstance(kind, UnionType):
        kind = next(inner for inner in get_args(kind) if inner is not type(None))
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _in_two_brackets(key: str, kind: Any, place: Place) -> str:
    """How a list of tables is written; empty where none is wanted there."""
    whole = _bare(_at(kind, place[:-1] if place and isinstance(place[-1], int) else place))
    inside = _bare(get_args(whole)[0]) if get_origin(whole) is tuple else None
    if not (isinstance(inside, type) and issubclass(inside, Struct)):
        return ""
    names = ", ".join(inside.__struct_encode_fields__)
    return _("[[{key}]], in two brackets, for each one; in it {names}").format(key=key, names=names)


def _names(kind: Any, place: Place) -> list[str]:
    inner = _bare(_at(kind, place))
    return list(inner.__struct_encode_fields__) if isinstance(inner, type) and issubclass(inner, Struct) else []


def right(kind: Any, place: Place = ()) -> str:
    """What would be right there, in words."""
    whole = _at(kind, place)
    bounds = [bound for bound in get_args(whole)[1:] if isinstance(bound, msgspec.Meta)]
    inner = _bare(whole)
    if get_origin(inner) is Literal:
        return ", ".join(map(str, get_args(inner)))
    if inner is bool:
        return "true, false"
    if inner in (int, float):
        if bounds and bounds[0].le is not None:
            return _("a number from {least} to {most}").format(least=bounds[0].ge, most=bounds[0].le)
        return _("a number")
    if inner is str:
        if bounds and bounds[0].pattern:
            return _("small letters, digits and hyphens, like my-stretch")
        if bounds and bounds[0].max_length:
            return _("text of at most {count} characters").format(count=bounds[0].max_length)
        return _("text")
    if get_origin(inner) is tuple:
        arguments = get_args(inner)
        if arguments[-1] is ...:
            if _bare(arguments[0]) is str:
                return _('a list of texts, like ["one", "two"]')
            return _("a list of {what}").format(what=right(arguments[0]))
        return _("a list of {count} numbers").format(count=len(arguments))
    return _("a table with {names}").format(names=", ".join(_names(kind, place)))
