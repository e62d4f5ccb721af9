"""`unsit completion`: what makes a shell complete the verbs, the options, the exercises and the settings.

Made from the parsers themselves by shtab, which knows the shells' rules of quoting and matching (bash, zsh and fish
have nothing in common there); what only the program knows is put into a copy of the parsers first.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from unsit.cli.exits import DONE


def completion(shell: str) -> int:
    """Print the script for `bash`, `zsh` or `fish`."""
    import shtab

    sys.stdout.write(shtab.complete(known_words(), shell=shell).rstrip() + "\n")
    return DONE


def known_words() -> argparse.ArgumentParser:
    """All verbs, with the words that can follow them as choices. Not for parsing: a duration is none of them."""
    from unsit import catalogue, paths
    from unsit.cli import config, exercise, main
    from unsit.settings.keys import KEYS, TABLES

    top = main.parser()
    verbs = _verbs(top)
    # These have parsers of their own, which are not built for the other verbs.
    verbs._name_parser_map["config"] = config._parser()
    verbs._name_parser_map["exercise"] = exercise.parser()
    _drop_hidden(top)
    loaded = catalogue.load(*paths.exercise_dirs())
    exercises = [rule.id for rule in loaded.rules()]
    keys = [*KEYS, *(f"exercises.{name}" for name in exercises)]
    words: dict[tuple[str, ...], Sequence[str]] = {
        ("begin", "exercise"): exercises,
        ("stretch", "exercise"): exercises,
        ("snooze", "duration"): ("5m", "10m", "15m"),
        ("pause", "duration"): ("30m", "1h", "2h", "tomorrow", "until"),
        ("session", "choice"): [
            *(f"exercise={name}" for name in exercises), "first=left", "first=right", "walk=", "hold=",
        ],
        ("open", "page"): str(_argument(top, ("open", "page")).metavar).split("|"),
        ("config", "get", "key"): [*TABLES, *keys],
        ("config", "set", "key"): keys,
        ("config", "unset", "key"): keys,
        **{("exercise", verb, "exercise"): exercises for verb in ("show", "on", "off")},
        ("preview", "day"): ("today", "tomorrow", "mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    }  # fmt: skip
    for where, choices in words.items():
        _argument(top, where).choices = list(choices)
    import shtab

    for where in (
        ("simulate", "script"),
        ("simulate", "config"),
        ("config", "check", "file"),
        ("exercise", "check", "file"),
    ):
        _argument(top, where).complete = shtab.FILE  # type: ignore[attr-defined]  # shtab's own interface
    return top


def _verbs(parser: argparse.ArgumentParser) -> Any:
    """The action that holds the parsers of the verbs; argparse has no public way to it."""
    return next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))


def _argument(parser: argparse.ArgumentParser, where: tuple[str, ...]) -> argparse.Action:
    *verbs, name = where
    for verb in verbs:
        parser = _verbs(parser).choices[verb]
    return next(action for action in parser._actions if action.dest == name)


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _parsers(inner)


def _drop_hidden(top: argparse.ArgumentParser) -> None:
    """What the help does not show, no shell offers either."""
    for parser in _parsers(top):
        for action in [action for action in parser._actions if action.help == argparse.SUPPRESS]:
            parser._remove_action(action)
