"""`unsit why`: the last decision and the next, in plain words; of the past too, and where nothing runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from unsit import paths
from unsit.cli.control import say
from unsit.cli.exits import DONE, REFUSED, WRONG_CALL, complain
from unsit.control_client import CommandError, ControlClient, NoDaemon
from unsit.words import _


def why(words: Sequence[str]) -> int:
    """Args: words: of a moment in the past (`14:00`, `2026-03-02 14:00`); none for now."""
    at = " ".join(words) or None
    try:
        with ControlClient() as client:
            answer = client.call("why", **({"at": at} if at else {}))
    except NoDaemon:
        return _why_by_itself(at)
    except CommandError as error:
        return say(error)
    return _print([reason["text"] for reason in answer], at)


def _print(sentences: Sequence[str], at: str | None) -> int:
    nothing = _("Nothing has been written down yet.") if at is None else _("Nothing was written down around that time.")
    print("\n".join(sentences) or nothing)
    return DONE


def _why_by_itself(at: str | None) -> int:
    """From the history, which is only read."""
    from unsit.adapters.clock import local_zone
    from unsit.core.model import Now
    from unsit.store.errors import StoreError
    from unsit.store.history import History, is_begun
    from unsit.words.why import TooFarBack, explain, moment_of

    wall = datetime.now().astimezone()
    try:
        moment = None if at is None else moment_of(at, wall, local_zone())
    except ValueError as error:
        complain(f"{error}.")
        return WRONG_CALL
    path = paths.history_file()
    if not is_begun(path):
        complain(_("Unsit is not running, and has written nothing down yet."), _("Start it with `unsit`."))
        return REFUSED
    try:
        history = History.open(path, read_only=True)
        try:
            part = history.part(moment or wall)
        finally:
            history.close()
        reasons = explain(part, Now(0.0, "", wall), moment)
    except StoreError as error:
        complain(str(error))
        return REFUSED
    except TooFarBack as error:
        complain(str(error), _("Name a later time."))
        return REFUSED
    complain(_("Unsit is not running."), _("Start it with `unsit`."))
    return _print([reason.text for reason in reasons], at)
