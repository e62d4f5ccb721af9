"""`unsit stretch`: begin; with `--here` the session is shown in this terminal.

Where no daemon runs, one lives in this process for the length of the session, so that somebody on another machine's shell can
stretch, and finds it in the history: docs/terminal.md.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from unsit.cli.control import command, say
from unsit.cli.exits import NO_DAEMON, REFUSED, complain
from unsit.control_client import CommandError, ControlClient, NoDaemon
from unsit.words import _

if TYPE_CHECKING:
    from unsit.adapters.terminal_guard import Guard


def stretch(exercise: str | None, *, is_here: bool, is_plain: bool, is_still: bool) -> int:
    """Args: is_plain: lines only. is_still: the figure does not move. Either of them is `--here`, too."""
    params = {"exercise": exercise} if exercise else {}
    if not (is_here or is_plain or is_still):
        code = command("begin", **params)
        if code == NO_DAEMON and sys.stdout.isatty():
            complain(_("Or stretch in this terminal: unsit stretch --here"))
        return code
    if sys.platform == "win32":
        complain(_("A stretch cannot be shown in this kind of terminal."), _("Use `unsit stretch` without --here."))
        return REFUSED
    try:
        number, is_begun_here = _begin(params)
    except NoDaemon:
        number, is_begun_here = None, True
    except CommandError as error:
        return say(error)

    def show(guard: Guard | None) -> int:
        from unsit.cli import stretch_view  # in the child alone: the guardian stays small

        if number is None:
            return stretch_view.show_own(params, guard, is_plain=is_plain, is_still=is_still)
        return stretch_view.show(number, guard, is_begun_here=is_begun_here, is_plain=is_plain, is_still=is_still)

    if not (os.isatty(0) or os.isatty(1)):
        return show(None)
    from unsit.adapters.terminal_guard import run_guarded

    return run_guarded(show, lambda by: _say_killed(by, goes_on=number is not None))


def _begin(params: dict[str, Any]) -> tuple[int, bool]:
    """-> (number of the session, whether it was begun by this). One that runs is joined.

    Raises: NoDaemon. CommandError: refused, or another exercise is under way.
    """
    with ControlClient() as client:
        running = client.call("status")["session"]
        if running is None:
            return client.call("begin", here=True, **params)["session"]["id"], True
    if params and running["exercises"] != [params["exercise"]]:
        raise CommandError(
            _("Another stretch is running"),
            _("See it with `unsit stretch --here`, or end it with `unsit session stop`."),
        )
    return running["id"], False


def _say_killed(by: int, *, goes_on: bool) -> None:
    try:
        name = signal.Signals(by).name
    except ValueError:  # a real-time signal
        name = str(by)
    complain(
        _("What showed the stretch was killed ({signal}).").format(signal=name),
        _("The stretch goes on: `unsit stretch --here` shows it again, `unsit session stop` ends it.")
        if goes_on
        else "",
    )
