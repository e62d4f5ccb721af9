"""`unsit exercise`: list, show and switch exercises, and write one's own."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from unsit.cli.exits import DONE, REFUSED, WRONG_CALL, complain
from unsit.words import _

if TYPE_CHECKING:
    from unsit.catalogue import Catalogue, ExerciseText

NAME_MOST: Final = 60
ID_MOST: Final = 40

Ask = Callable[..., tuple[int, Any]]
"""Asks the daemon, and says what went wrong: the exit code and the answer."""
Tell = Callable[..., object]


def run_exercise(args: Sequence[str], ask: Ask, tell_daemon: Tell) -> int:
    """`unsit exercise ARGS`.

    Args:
        tell_daemon: has a running daemon read the exercises again, and does nothing where none runs.

    Returns:
        the exit code.
    """
    try:
        call = parser().parse_args(args)
    except SystemExit as end:  # argparse has said why, or has printed its help
        return DONE if not end.code else WRONG_CALL
    match call.verb:
        case "list":
            return _list(as_json=call.json)
        case "show":
            return _show(call.exercise)
        case "on":
            return _switch("enable", call.exercise, ask)
        case "off":
            return _switch("disable", call.exercise, ask)
        case "check":
            return _check(call.file)
        case _:
            return _new(" ".join(call.name), tell_daemon)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="unsit exercise", description=_("List, show and switch the exercises, and write your own.")
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    list_ = verbs.add_parser("list", help=_("all of them, and which are offered"))
    list_.add_argument("--json", action="store_true", help=_("as JSON, with everything that is known of each"))
    for verb, text in (
        ("show", _("what one does in it, how much, and what to take care of")),
        ("on", _("switch it on, also one that is off since it hurt")),
        ("off", _("switch it off: neither offered nor part of a routine")),
    ):
        verbs.add_parser(verb, help=text).add_argument("exercise", metavar="ID", help=_("as `list` names it"))
    check = verbs.add_parser("check", help=_("look for mistakes in files of your own"))
    check.add_argument("file", metavar="FILE", nargs="*", help=_("all in your folder, if left out"))
    new = verbs.add_parser("new", help=_("make a file for an exercise of your own, which explains itself"))
    new.add_argument("name", metavar="NAME", nargs="+", help=_("what it is called, for example Calf stretch"))
    return top


# ------------------------------------------------------------------------------------------------------------ list, show


def _load() -> Catalogue:
    from unsit import catalogue, paths

    return catalogue.load(*paths.exercise_dirs())


def _switches(catalogue: Catalogue) -> tuple[dict[str, Mapping[str, Any]], bool]:
    """Id -> on, hurt and why it is left out, as the daemon says; without one, by the settings alone, and False."""
    from unsit.control_client import CommandError, ControlClient, NoDaemon

    try:
        with ControlClient() as client:
            return {entry["id"]: entry for entry in client.call("catalogue")}, True
    except (NoDaemon, CommandError):
        pass
    from datetime import UTC, datetime

    from unsit import settings
    from unsit.core import rotation
    from unsit.core.model import Now, State

    core = settings.load().settings.core
    state = State(core, catalogue.rules(), "UTC", Now(0.0, "", datetime.now(UTC)))
    return {
        rule.id: {
            "id": rule.id,
            "on": rotation.is_on(state, rule.id),
            "hurt": None,
            "left_out_for": rotation.left_out_for(state, rule),
        }
        for rule in state.catalogue
    }, False


def _list(*, as_json: bool) -> int:
    from unsit.words.exercises import state_short

    catalogue = _load()
    switches, is_running = _switches(catalogue)
    if as_json:
        json.dump([_entry(text, catalogue, switches.get(text.id, {})) for text in catalogue.exercises], sys.stdout,
                  ensure_ascii=False)  # fmt: skip
        print()
    else:
        rows = [
            (text.id, _(text.name), state_short(text, switches.get(text.id, {}).get("left_out_for", ())))
            for text in catalogue.exercises
        ]
        wide, names = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
        for exercise, name, state in rows:
            print(f"{exercise:{wide}}  {name:{names}}  {state}")
    if not is_running:
        complain(_("Unsit is not running, so what is off since it hurt is not known."))
    for problem in catalogue.problems:
        print(problem, file=sys.stderr)
    return DONE


def _entry(text: ExerciseText, catalogue: Catalogue, switch: Mapping[str, Any]) -> dict[str, Any]:
    from unsit.words.exercises import dose

    file = catalogue.own.get(text.id)
    return {
        "id": text.id,
        "name": _(text.name),
        "kind": text.kind,
        "place": text.place,
        "level": text.level,
        "sides": text.has_sides,
        "parts": len(text.parts),
        "rounds": text.rounds,
        "dose": dose(text),
        "on": switch.get("on"),
        "hurt": switch.get("hurt"),
        "left_out_for": list(switch.get("left_out_for", ())),
        "file": None if file is None else str(file),
    }


def _show(exercise: str) -> int:
    from unsit.catalogue import said
    from unsit.words.exercises import dose, dose_note, facts, own_words, stage_dose, state_words

    catalogue = _load()
    text = catalogue.get(exercise)
    if text is None:
        return _unknown(exercise, catalogue)
    switches, _is_running = _switches(catalogue)
    print(f"{_(text.name)} ({text.id})")
    if file := catalogue.own.get(text.id):
        print(own_words(str(file), is_replacement=text.id in catalogue.replaced))
    print(", ".join(facts(text)) + ("." if text.work != "walk" else ""))
    note = dose_note(text)
    for line in (" ".join(filter(None, [dose(text), note and f"({note})"])), _(text.why) if text.why else ""):
        if line:
            print(line)
    print(state_words(text, switches.get(text.id, {}).get("left_out_for", ())))
    if text.has_sides:
        print("\n" + _("Told for the left side; the right one is its mirror image."))
    shown: tuple[str, ...] = ()
    has_parts = len(text.parts) > 1
    for number, stage in enumerate(text.parts, 1):
        if has_parts:
            print(f"\n{number}. {_(stage.name)}: {stage_dose(stage)}")
        elif not text.has_sides:
            print()
        if stage.steps != shown:
            _print_list([said(step) for step in stage.steps])
        shown = stage.steps
    for title, sentences in ((_("You need"), text.needs), (_("Take care"), text.cautions)):
        if sentences:
            print(f"\n{title}")
            _print_list([said(sentence) for sentence in sentences])
    if text.sources:
        told = [f"{source.letter}: {source.title}" if source.letter else source.title for source in text.sources]
        print("\n" + _("Source"))
        _print_list(told)
    return DONE


def _print_list(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        print(f"  - {sentence}")


def _unknown(exercise: str, catalogue: Catalogue) -> int:
    from unsit.catalogue.mistakes import in_file_of
    from unsit.settings.values import unknown

    if mistake := in_file_of(exercise, catalogue.problems):
        complain(mistake[0][:1].upper() + mistake[0][1:].removesuffix(".") + ".", mistake[1])
        return WRONG_CALL
    ids = [text.id for text in catalogue.exercises]
    wrong = unknown(_("No exercise is called {name}").format(name=exercise), exercise, ids)
    complain(wrong + ".", _("See `unsit exercise list`."))
    return WRONG_CALL


# --------------------------------------------------------------------------------------------------------------- on, off


def _switch(word: str, exercise: str, ask: Ask) -> int:
    code, _snapshot = ask(word, exercise=exercise)
    if code == DONE:
        from unsit.words.exercises import state_words

        catalogue = _load()
        text = catalogue.get(exercise)
        switches, _is_running = _switches(catalogue)
        if text is not None:
            print(f"{_(text.name)}: {state_words(text, switches[exercise]['left_out_for'])}")
    return code


# ------------------------------------------------------------------------------------------------------------ check, new


def _check(files: Sequence[str]) -> int:
    from unsit import paths
    from unsit.catalogue.loading import load_alone

    shipped, own = paths.exercise_dirs()
    chosen = [Path(file) for file in files] or sorted(own.glob("*.toml"))
    ids: dict[str, Path] = {}
    mistakes = 0
    for path in chosen:
        exercise, problems, hints = load_alone(path, shipped, ids)
        for problem in problems:
            print(problem)
        for hint in hints:
            print(_("{problem} (A hint; it works as it is.)").format(problem=hint))
        mistakes += len(problems)
        if exercise is None:
            continue
        ids[exercise.id] = path
        print(_summary(exercise, path))
    if not chosen:
        print(_("There is no exercise in {folder} yet. `unsit exercise new NAME` makes one.").format(folder=own))
    return REFUSED if mistakes else DONE


def _summary(exercise: ExerciseText, path: Path) -> str:
    """How long it is, so that a slip in the seconds is seen."""
    from unsit.catalogue.advice import HOLD_S
    from unsit.core.session import total_s, work_segments
    from unsit.words import format_duration

    seconds = total_s(work_segments(exercise.rule(), "left", HOLD_S)) or exercise.amount
    length = format_duration(seconds)
    told = _("{duration} with both sides").format(duration=length) if exercise.has_sides else length
    return _("{file}: {name} ({id}), {length}, no mistake.").format(
        file=path, name=exercise.name, id=exercise.id, length=told
    )


def _new(name: str, tell_daemon: Tell) -> int:
    """Writes the template, switched off: nothing half written shall be offered to somebody on the floor."""
    from unsit import paths
    from unsit.catalogue.advice import TEMPLATE_NAME
    from unsit.cli.config import inline
    from unsit.settings import SettingsError, change_overrides

    name = name.strip()
    exercise = id_of(name)
    if not exercise or len(name) > NAME_MOST or not name.isprintable():
        complain(
            _("{name} cannot be the name of an exercise.").format(name=inline(name)),
            _(
                "Take one line of at most {most} characters, with a letter from a to z in it: the file is called by it."
            ).format(most=NAME_MOST),
        )
        return WRONG_CALL
    shipped, own = paths.exercise_dirs()
    path = own / f"{exercise}.toml"
    if (shipped / path.name).exists():
        complain(
            _("{id} comes with Unsit.").format(id=exercise),
            _("To change it, copy {file} to {folder} and edit the copy; or take another name.").format(
                file=shipped / path.name, folder=own
            ),
        )
        return REFUSED
    other = _load().own.get(exercise)
    template = (paths.shipped_config_dir() / TEMPLATE_NAME).read_text(encoding="utf-8")
    text = template.replace('"@ID@"', inline(exercise)).replace('"@NAME@"', inline(name)).replace("@ID@", exercise)
    try:
        if other is not None:
            raise FileExistsError(17, "", str(other))
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        complain(
            _("{id} is already in {file}.").format(id=exercise, file=error.filename),
            _("Edit it, or take another name."),
        )
        return REFUSED
    except OSError as error:
        complain(_("{file} cannot be written: {why}.").format(file=path, why=error.strerror or error))
        return REFUSED
    try:
        change_overrides({f"exercises.{exercise}": False})
    except SettingsError as error:
        print(error, file=sys.stderr)
    tell_daemon(f"exercises.{exercise}")
    print(path)
    print(_("Say in it what one does; the comments say how. Then:"))
    steps = {
        "unsit exercise check": _("looks for mistakes"),
        f"unsit begin {exercise}": _("tries it"),
        f"unsit exercise on {exercise}": _("has it offered, for until then it is off"),
    }
    wide = max(map(len, steps))
    for command, what in steps.items():
        print(f"  {command:{wide}}  {what}")
    return DONE


def id_of(name: str) -> str:
    """The id that a name gives: "Dehnung für die Wade" -> dehnung-fur-die-wade; empty where no letter is left."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).lstrip("-0123456789")[:ID_MOST].strip("-")
