"""Reads and checks the exercises: the shipped ones, and the person's own, which add to them or take their place.

A file with a mistake is left out and named; all others work. Where it was to take the place of a shipped exercise, the
shipped one stays.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from string import Formatter
from typing import Any, Final, NamedTuple

import msgspec

from unsit.catalogue.exercise import Cue, Cues, ExerciseText, Stage, StageCues, msgids
from unsit.catalogue.pose import Scene
from unsit.core.model import Exercise
from unsit.core.session import HOLD_MOST_S, total_s, work_segments
from unsit.settings.types import Problem
from unsit.words import _

_PLACEHOLDERS: Final = frozenset({"side", "other", "Side", "Other"})
_PICTURES: Final = Path(__file__).parents[1] / "assets" / "exercises"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Unicode's categories Cc, Zl and Zp; TOML lets them in by an escape or between three quotes."""
_LEAST_SECONDS: Final = 10
_LEAST_STAGE_S: Final = 3
"""Contracting a muscle for a few seconds before it is stretched is a stage, too."""
_MOST_COUNT: Final = 100
_MOST_STAGES_S: Final = 3600
_MOST_OF_A_FIGURE: Final = 720
"""Two turns; and nothing is that many body heights away."""

_Place = tuple[str | int, ...]
"""Where a value stands in its file: ("cues", "hold", "start")."""


class Catalogue(NamedTuple):
    """Attributes:
    exercises: in their order.
    problems: what is wrong in the files; nothing of such a file is used.
    own: the person's: id -> file.
    replaced: those of them that take the place of a shipped one.
    """

    exercises: tuple[ExerciseText, ...]
    problems: list[Problem]
    own: Mapping[str, Path] = {}
    replaced: frozenset[str] = frozenset()

    def rules(self) -> tuple[Exercise, ...]:
        return tuple(exercise.rule() for exercise in self.exercises)

    def get(self, exercise_id: str) -> ExerciseText | None:
        return next((exercise for exercise in self.exercises if exercise.id == exercise_id), None)

    def name_of(self, exercise_id: str) -> str:
        """In the person's language; the id itself for an exercise that has gone."""
        exercise = self.get(exercise_id)
        return _(exercise.name) if exercise is not None else exercise_id

    def brief(self) -> Brief:
        """The little that has to stay in memory; cues and poses can go."""
        return Brief(self.rules(), {exercise.id: exercise.name for exercise in self.exercises}, self.problems)


class Brief(NamedTuple):
    """What the daemon keeps. Attributes: names: id -> English name."""

    rules: tuple[Exercise, ...]
    names: dict[str, str]
    problems: list[Problem]

    def name_of(self, exercise_id: str) -> str:
        """In the person's language; the id itself for an exercise that has gone."""
        return _(self.names[exercise_id]) if exercise_id in self.names else exercise_id


def load(shipped_dir: Path, user_dir: Path | None) -> Catalogue:
    """Args: shipped_dir, user_dir: folders of TOML files; the second need not exist."""
    problems: list[Problem] = []
    found, _files = _read_folder(shipped_dir, frozenset(), problems)
    own: dict[str, Path] = {}
    shipped = frozenset(found)
    if user_dir is not None:
        theirs, own = _read_folder(user_dir, shipped, problems)
        found |= theirs
    ordered = tuple(sorted(found.values(), key=lambda exercise: (exercise.order, exercise.id)))
    return Catalogue(ordered, problems, own, shipped & own.keys())


def load_alone(
    path: Path, shipped_dir: Path, others: Mapping[str, Path] | None = None
) -> tuple[ExerciseText | None, list[Problem], list[Problem]]:
    """One file, as if it stood in the person's folder.

    Args:
        others: id -> file, of those that were read before.

    Returns:
        the exercise, None where something is wrong; what is wrong; and what would be better (advice.py), with its lines.
    """
    from unsit.catalogue.advice import TEMPLATE_NAME, advice, untouched  # only where somebody writes one

    problems: list[Problem] = []
    shipped = frozenset(file.stem for file in shipped_dir.glob("*.toml"))
    read = _read(path, shipped, problems)
    if read is None:
        return None, problems, []
    exercise, file = read
    if others and exercise.id in others:
        return None, [file.repeated(exercise.id, others[exercise.id])], []
    found = (*untouched(exercise, shipped_dir.parent / TEMPLATE_NAME), *advice(exercise))
    return exercise, problems, [file.problem(*one) for one in found]


def picture_of(exercise_id: str) -> Path | None:
    """The picture for notifications, a PNG on a card of its own colour; None for an exercise that has none."""
    path = _PICTURES / f"{exercise_id}.png"
    return path if path.is_file() else None


def all_sentences(shipped_dir: Path) -> list[str]:
    """The msgids of all shipped exercises, for the extraction of messages."""
    exercises = load(shipped_dir, None).exercises
    return list(dict.fromkeys(msgid for exercise in exercises for msgid in msgids(exercise)))


def _read_folder(
    folder: Path, shipped: Collection[str], problems: list[Problem]
) -> tuple[dict[str, ExerciseText], dict[str, Path]]:
    """-> id -> exercise, id -> file."""
    found: dict[str, ExerciseText] = {}
    files: dict[str, Path] = {}
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
    except FileNotFoundError:
        return found, files
    except OSError as error:
        problems.append(Problem(str(folder), None, "", _("cannot be read ({why})").format(why=error.strerror), ""))
        return found, files
    for path in paths:
        read = _read(path, shipped, problems)
        if read is None:
            continue
        exercise, file = read
        if exercise.id in found:
            problems.append(file.repeated(exercise.id, files[exercise.id]))
            continue
        found[exercise.id], files[exercise.id] = exercise, path
    return found, files


def _read(path: Path, shipped: Collection[str], problems: list[Problem]) -> tuple[ExerciseText, _File] | None:
    """The exercise and its file, or None with the mistakes added to `problems`."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
        document = tomllib.loads(text)
    except OSError as error:
        wrong = _("cannot be read ({why})").format(why=error.strerror)
        problems.append(Problem(str(path), None, "", wrong, _("a file that you may read")))
        return None
    except UnicodeDecodeError:
        problems.append(Problem(str(path), None, "", _("is not UTF-8 text"), _("a text file in UTF-8")))
        return None
    except RecursionError:
        wrong, right = _("lists or tables are nested too deeply"), _("lists and tables, as documented")
        problems.append(Problem(str(path), None, "", wrong, right))
        return None
    except ValueError as error:  # TOMLDecodeError, and what int() and datetime raise
        from unsit.settings.syntax import explain  # only where something is wrong

        slip = explain(text, error)
        problems.append(
            Problem(str(path), slip.line, slip.key, slip.wrong, slip.right or _('lines like name = "value"'))
        )
        return None
    file = _File(path, text, shipped, document)
    exercise = _convert(document, file)
    if exercise is not None:
        for place, wrong, right in _incoherent(exercise, document):
            file.report(place, wrong, right)
        if shipped:  # the shipped figures are looked at by the tests
            for place, figure in _figures(exercise):
                _check_figure(place, figure, file)
    problems.extend(file.problems)
    return None if exercise is None or file.problems else (exercise, file)


class _File:
    """One file, and what is wrong in it.

    Args:
        text: what was read; the file itself may be another one by now.
    """

    def __init__(self, path: Path, text: str, shipped: Collection[str], document: dict[str, Any]) -> None:
        self._path, self._text = path, text
        self._replaces = any(document.get("id") == one for one in shipped)  # it may be a list, which has no hash
        self._lines: dict[_Place, int] | None = None
        self.problems: list[Problem] = []

    def report(self, place: _Place, wrong: str, right: str) -> None:
        """For which the file is left out."""
        if self._replaces and not self.problems:  # said once
            wrong = _("{wrong}; the shipped exercise is used instead").format(wrong=wrong)
        self.problems.append(self.problem(place, wrong, right))

    def repeated(self, exercise_id: str, other: Path) -> Problem:
        wrong = _("{id} is already in {file}").format(id=exercise_id, file=other.name)
        return self.problem(("id",), wrong, _("another id, or only one of the two files"))

    def problem(self, place: _Place, wrong: str, right: str) -> Problem:
        from unsit.settings.lines import find_lines, line_of  # only where something is wrong

        if self._lines is None:
            self._lines = find_lines(self._text)
        return Problem(str(self._path), line_of(place, self._lines), _dotted(place), wrong, right)


def _dotted(place: _Place) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


# ------------------------------------------------------------------------------------------------- each value by itself


def _convert(document: dict[str, Any], file: _File) -> ExerciseText | None:
    if _says_what_one_does(document):
        with suppress(msgspec.ValidationError):
            return msgspec.convert(document, ExerciseText)
    return _convert_each(document, file)


def _says_what_one_does(document: dict[str, Any]) -> bool:
    return "work" in document or bool(document.get("stages"))


def _convert_each(document: dict[str, Any], file: _File) -> ExerciseText | None:
    """Key by key, so that every wrong key is named and not only the first."""
    from unsit.catalogue import mistakes  # only where something is wrong

    fields = {info.encode_name: info for info in msgspec.structs.fields(ExerciseText)}
    values: dict[str, Any] = {}
    is_whole = True
    for key, value in document.items():
        if key not in fields:
            file.report((key,), *mistakes.unknown(key, ExerciseText))
            is_whole = False
            continue
        try:
            values[fields[key].name] = msgspec.convert(value, fields[key].type)
        except msgspec.ValidationError as error:
            file.report(*mistakes.told(error, key, fields[key].type))
            is_whole = False
    for key, info in fields.items():
        if key not in document and (info.required or (key == "work" and not _says_what_one_does(document))):
            file.report((key,), _("is missing"), mistakes.right(info.type))
            is_whole = False
    return ExerciseText(**values) if is_whole else None


# ------------------------------------------------------------------------------------------------------- all together


def _incoherent(exercise: ExerciseText, document: dict[str, Any]) -> Iterator[tuple[_Place, str, str]]:
    """What is right by itself but not together."""
    if exercise.own_stages:
        yield from _incoherent_stages(exercise, document)
    else:
        yield from _incoherent_work(exercise, document)
    if exercise.place == "floor" and "floor" not in exercise.avoid:
        places = ", ".join(f'"{place}"' for place in (*exercise.avoid, "floor"))
        yield ("avoid",), _("lacks the floor that the exercise is done on"), f"[{places}]"
    for place, sentence in exercise.sentences():
        if _CONTROL.search(sentence):  # a terminal would obey it
            yield place, _("has a line break or another control character"), _("one line of plain text")
        has_sides, where = _sides_of(exercise, place)
        if wrong := _wrong_placeholder(sentence, has_sides, where):
            yield (
                place,
                wrong,
                "{side}, {other}, {Side}, {Other}" if has_sides else _("no braces, or `per_side = true`"),
            )


def _incoherent_work(exercise: ExerciseText, document: dict[str, Any]) -> Iterator[tuple[_Place, str, str]]:
    work = exercise.work
    if exercise.rounds > 1:
        yield ("rounds",), _("has no meaning without stages"), _("[[stages]], or no `rounds`")
    if work == "hold" and exercise.amount:
        yield (
            ("amount",),
            _("has no meaning for a hold, which lasts as long as `stretch.hold` says"),
            _("no `amount`; or, for seconds of its own, one of [[stages]] with `seconds`"),
        )
    elif work in ("reps", "breaths") and not _is_count(exercise.amount):
        yield ("amount",), *_no_count(document)
    elif work in ("rest", "walk") and exercise.amount < _LEAST_SECONDS:
        wrong = _("is too short") if "amount" in document else _("is missing")
        yield ("amount",), wrong, _("seconds, {least} or more").format(least=_LEAST_SECONDS)
    if not getattr(exercise.cues, work).start:
        yield ("cues", work, "start"), _("is missing"), _("what is said when the work begins")
    happens = {"prepare", work, "walk"} - ({"walk"} if work == "rest" else set())
    yield from _idle_cues(exercise.cues, happens | ({"switch"} if exercise.per_side else set()), ("cues",))


def _incoherent_stages(exercise: ExerciseText, document: dict[str, Any]) -> Iterator[tuple[_Place, str, str]]:
    for key in ("work", "amount"):
        if key in document:
            yield (key,), _("is said by each of the stages"), _("`{key}` in each of [[stages]] only").format(key=key)
    happens = {"prepare", "walk"} - ({"walk"} if exercise.own_stages[-1].work == "rest" else set())
    yield from _idle_cues(exercise.cues, happens | ({"switch"} if exercise.has_sides else set()), ("cues",))
    if "prepare" in document["stages"][0] and exercise.rounds == 1:
        yield ("stages", 0, "prepare"), _("comes before every exercise"), _("`prepare` in the stages after the first")
    for number, stage in enumerate(exercise.own_stages):
        for place, wrong, right in _incoherent_stage(stage, exercise, number, document["stages"][number]):
            yield ("stages", number, *place), wrong, right
    seconds = total_s(work_segments(exercise.rule(), "left", HOLD_MOST_S))
    if seconds > _MOST_STAGES_S:
        yield ("stages",), _("are too long together"), _("at most an hour, the longest holds assumed")


def _incoherent_stage(
    stage: Stage, exercise: ExerciseText, number: int, document: dict[str, Any]
) -> Iterator[tuple[_Place, str, str]]:
    """Args: document: of the stage."""
    work = stage.work
    if work == "walk":
        yield ("work",), _("comes at the end of every session"), "hold, reps, breaths, rest"
        return
    if work in ("reps", "breaths"):
        if not _is_count(stage.amount):
            yield ("amount",), *_no_count(document)
        if stage.seconds:
            yield ("seconds",), _("has no meaning for something that is counted"), _("`amount` only")
    else:
        if stage.amount:
            yield ("amount",), _("has no meaning for something that is timed"), _("`seconds`")
        if stage.seconds < _LEAST_STAGE_S and (stage.seconds or work == "rest"):
            wrong = _("is too short") if "seconds" in document else _("is missing")
            yield ("seconds",), wrong, _("seconds, {least} or more").format(least=_LEAST_STAGE_S)
    if stage.per_side and exercise.per_side:
        yield ("per_side",), _("is said by the exercise already"), _("`per_side` of the exercise, or of its stages")
    if not getattr(stage.cues, work).start:
        yield ("cues", work, "start"), _("is missing"), _("what is said when the work begins")
    # The way back from the last stage to the other side's first one is a switch, too.
    is_switched_to = stage.per_side or (exercise.per_side and not number)
    happens = (
        {work} | ({"switch"} if is_switched_to else set()) | ({"prepare"} if stage.prepare or not number else set())
    )
    yield from _idle_cues(stage.cues, happens, ("cues",))


def _idle_cues(cues: Cues | StageCues, happens: set[str], place: _Place) -> Iterator[tuple[_Place, str, str]]:
    for segment in cues.__struct_fields__:
        if segment not in happens and getattr(cues, segment) != Cue():
            right = ", ".join(name for name in cues.__struct_fields__ if name in happens)
            yield (*place, segment), _("never comes in this exercise"), right


def _is_count(amount: float) -> bool:
    return 1 <= amount <= _MOST_COUNT and amount % 1 == 0


def _no_count(document: dict[str, Any]) -> tuple[str, str]:
    wrong = _("is no count") if "amount" in document else _("is missing")
    return wrong, _("a whole number from 1 to {most}").format(most=_MOST_COUNT)


def _sides_of(exercise: ExerciseText, place: _Place) -> tuple[bool, str]:
    """Whether a sentence there may name a side, and what has none if not."""
    if exercise.per_side or not exercise.own_stages:
        return exercise.per_side, _("{name} has no meaning in an exercise without sides")
    if place[0] == "stages" and isinstance(place[1], int):
        return exercise.own_stages[place[1]].per_side, _("{name} has no meaning in a stage without sides")
    if place[:2] == ("cues", "prepare"):
        return exercise.own_stages[0].per_side, _("{name} has no meaning before a stage without sides")
    is_everywhere = place[:2] == ("cues", "switch") or all(stage.per_side for stage in exercise.own_stages)
    return is_everywhere, _("{name} has no meaning where not every stage has sides")


def _wrong_placeholder(sentence: str, has_sides: bool, where: str) -> str:
    try:
        used = [(name, spec, change) for _text, name, spec, change in Formatter().parse(sentence) if name is not None]
    except ValueError:
        return _("has a brace that is not closed")
    for name, spec, change in used:
        if name not in _PLACEHOLDERS or spec or change:
            return _("{name} is not known").format(name="{" + name + "}")
        if not has_sides:
            return where.format(name="{" + name + "}")
    return ""


def _figures(exercise: ExerciseText) -> Iterator[tuple[_Place, Scene]]:
    if exercise.figure is not None:
        yield ("figure",), exercise.figure
    for number, stage in enumerate(exercise.own_stages):
        if stage.figure is not None:
            yield ("stages", number, "figure"), stage.figure


def _numbers(value: Any, place: _Place = ()) -> Iterator[tuple[_Place, float]]:
    """Every number in tables and lists, with its place."""
    inside: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list | tuple):
        inside = enumerate(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield place, value
    for key, part in inside:
        yield from _numbers(part, (*place, key))


def _check_figure(place: _Place, scene: Scene, file: _File) -> None:
    from unsit.catalogue.rig import Unreachable, solve  # only for figures of the person's own

    for inside, number in _numbers(msgspec.to_builtins(scene)):
        if not abs(number) <= _MOST_OF_A_FIGURE:  # neither is nan
            wrong, right = _("is no number for a figure"), _("degrees, or shares of body height")
            file.report((*place, *inside), wrong, right)
            return
    for name, pose in (("start", scene.start), ("work", scene.work), ("change", scene.change)):
        if pose is None:
            continue
        try:
            solve(pose, scene)
        except Unreachable as error:
            file.report((*place, name), str(error), _("a target that the limb can reach"))
