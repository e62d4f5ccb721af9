"""`unsit`: the verbs, and which file does what. Nothing heavy is imported before it is known that it is needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING, Final, TextIO

from unsit import __version__, words
from unsit.cli.exits import DONE, INTERRUPTED, WRONG_CALL
from unsit.words import _

if TYPE_CHECKING:
    import argparse

RUN_ALL_DAY: Final = (["run"], ["run", "--background"])
"""Calls whose process stays: they do without the parser, which would be in memory all day."""


def run(argv: Sequence[str]) -> int:
    """Returns: the exit code (cli/exits.py)."""
    words.setup()
    output: TextIO | None = sys.stdout  # None where it was closed before
    # A quotation mark or a name that this terminal has no letters for must not keep the rest from being said.
    if isinstance(output, TextIOWrapper):
        output.reconfigure(errors="replace")
    if argv and argv[0].startswith("unsit:"):
        argv = ["open", *argv]
    try:
        code = _obey(argv)
        if output is not None:
            output.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `| head`; without this the interpreter complains when it flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return code


def _obey(argv: Sequence[str]) -> int:
    if argv and argv[0] == "config":
        from unsit.cli.config import run_config
        from unsit.cli.control import tell_daemon

        return run_config(list(argv[1:]), tell_daemon)
    if argv and argv[0] == "exercise":
        from unsit.cli import control, exercise

        return exercise.run_exercise(list(argv[1:]), control.ask, control.tell_daemon)
    if list(argv) in RUN_ALL_DAY:
        from unsit.daemon import memory

        memory.be_sparing()
        from unsit.cli.run import run_daemon

        return run_daemon(is_verbose=False, is_background="--background" in argv)
    try:
        call = parser().parse_args(argv)
    except SystemExit as end:  # argparse has said why, or has printed its help
        return DONE if not end.code else WRONG_CALL
    handler: Callable[[argparse.Namespace], int] = call.handler
    return handler(call)


def parser() -> argparse.ArgumentParser:
    """All verbs; also what the completion is made from."""
    import argparse

    top = argparse.ArgumentParser(
        prog="unsit",
        description=_("Says get up after every hour of sitting, and guides a short psoas stretch."),
        epilog=_("Without a verb: start, or say that it runs."),
    )
    top.add_argument("--version", action="version", version=f"unsit {__version__}")
    top.set_defaults(handler=_start)
    verbs = top.add_subparsers(dest="verb", metavar="VERB")

    def verb(name: str, text: str, handler: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
        made.set_defaults(handler=handler)
        return made

    run_ = verb("run", _("run in the foreground; in a bare terminal it prompts there"), _run)
    run_.add_argument("-v", "--verbose", action="store_true", help=_("say what it does"))
    run_.add_argument("--background", action="store_true", help=argparse.SUPPRESS)

    demo = verb("demo", _("show in a minute what it does; nothing is recorded"), _demo)
    demo.add_argument("-v", "--verbose", action="store_true", help=_("say what it does"))

    status = verb("status", _("what it is waiting for, and what does not work"), _status)
    how = status.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help=_("the snapshot of docs/control.md"))
    how.add_argument("--follow", action="store_true", help=_("a line at every change"))
    how.add_argument("--waybar", action="store_true", help=_("a line of JSON at every change, for a bar"))

    why = verb("why", _("why it prompted, or did not, and what comes next"), _why)
    why.add_argument(
        "time", nargs="*", metavar="TIME", help=_("a moment in the past: 14:00, yesterday 14:00, 2026-03-02 14:00")
    )

    doctor = verb("doctor", _("what works on this system, and what to do where something does not"), _doctor)
    doctor.add_argument(
        "--try",
        dest="is_trying",
        action="store_true",
        help=_("show a test notification, play a tone, speak a sentence"),
    )
    doctor.add_argument(
        "--report", dest="is_report", action="store_true", help=_("a text for a fault report, without personal data")
    )

    begin = verb("begin", _("start the stretch now"), _begin)
    begin.add_argument("exercise", nargs="?", metavar="EXERCISE", help=_("its name as in `unsit exercise list`"))
    stretch = verb("stretch", _("start the stretch now, and show it in this terminal if wanted"), _stretch)
    stretch.add_argument("exercise", nargs="?", metavar="EXERCISE", help=_("its name as in `unsit exercise list`"))
    stretch.add_argument("--here", action="store_true", help=_("show it in this terminal"))
    stretch.add_argument("--plain", action="store_true", help=_("here, a line for each sentence and nothing drawn"))
    stretch.add_argument("--still", action="store_true", help=_("here, with a figure that does not move"))
    snooze = verb("snooze", _("be asked again later"), _command)
    snooze.add_argument("duration", nargs="*", metavar="DURATION", help=_("for example 10m; as set if left out"))
    verb("skip", _("leave this one out"), _command)
    verb("done", _("say that you moved"), _command)
    verb("undo", _("take the last skip, done, snooze, stand or sit back, within a minute"), _command)
    pause = verb("pause", _("be left alone for a while"), _command)
    pause.add_argument(
        "duration", nargs="*", metavar="DURATION | until HH:MM | tomorrow", help=_("until you resume, if left out")
    )
    verb("resume", _("end the pause"), _command)
    verb("stand", _("say that you stand"), _command)
    verb("sit", _("say that you sit"), _command)
    session = verb("session", _("in a session: pause, go on, stop"), _session)
    session.add_argument(
        "what",
        choices=("pause", "resume", "toggle", "next", "previous", "stop", "hurts", "choose"),
        help=_("what to do; toggle: pause or resume, whichever it is"),
    )
    session.add_argument("choice", nargs="*", metavar="KEY=VALUE", help=_("choose: exercise, first, walk, hold"))
    verb("mute", _("no voice and no tones"), _command)
    verb("unmute", _("sound again"), _command)
    open_ = verb("open", _("open a page"), _open)
    open_.add_argument(
        "page", nargs="?", default="status", metavar="guide|status|exercises|about|settings", help=_("which one")
    )
    verb("reload", _("read the settings and exercises again"), _reload)
    verb("quit", _("end the program"), _quit)
    verbs.add_parser("config", help=_("read, change and check the settings"), add_help=False)
    verbs.add_parser("exercise", help=_("list, show and switch the exercises, and write your own"), add_help=False)

    simulate = verb("simulate", _("run the rules over a written day"), _simulate)
    simulate.add_argument("--config", metavar="FILE", help=_("settings in place of your own"))
    simulate.add_argument("--tz", metavar="NAME", help=_("time zone, such as Europe/Berlin"))
    simulate.add_argument("--json", action="store_true", help=_("a JSON object a line"))
    simulate.add_argument("script", nargs="?", metavar="SCRIPT", help=_("a file; standard input if left out"))
    preview = verb("preview", _("what the day looks like if you just sit there"), _preview)
    preview.add_argument("day", nargs="?", metavar="DAY", help=_("a date, a day of the week, today or tomorrow"))

    autostart = verb(
        "autostart", _("start with the session, and open unsit: links; without on or off: is it so"), _autostart
    )
    autostart.add_argument("switch", nargs="?", choices=("on", "off"), help=_("switch it on or off"))
    completion = verb("completion", _("print what makes a shell complete these words"), _completion)
    completion.add_argument("shell", choices=("bash", "zsh", "fish"), help=_("which shell"))
    return top


def _start(_call: argparse.Namespace) -> int:
    from unsit.cli.start import start

    return start()


def _run(call: argparse.Namespace) -> int:
    from unsit.cli.run import run_daemon

    return run_daemon(is_verbose=call.verbose, is_background=call.background)


def _demo(call: argparse.Namespace) -> int:
    from unsit.cli.demo import demo

    return demo(is_verbose=call.verbose)


def _status(call: argparse.Namespace) -> int:
    from unsit.cli.control import status

    return status(as_json=call.json, follow=call.follow, waybar=call.waybar)


def _why(call: argparse.Namespace) -> int:
    from unsit.cli.why import why

    return why(call.time)


def _doctor(call: argparse.Namespace) -> int:
    from unsit.cli.doctor import doctor

    return doctor(is_trying=call.is_trying, is_report=call.is_report)


def _begin(call: argparse.Namespace) -> int:
    from unsit.cli.control import command

    return command("begin", **({"exercise": call.exercise} if call.exercise else {}))


def _stretch(call: argparse.Namespace) -> int:
    from unsit.cli.stretch import stretch

    return stretch(call.exercise, is_here=call.here, is_plain=call.plain, is_still=call.still)


def _command(call: argparse.Namespace) -> int:
    from unsit.cli.control import command

    given = " ".join(getattr(call, "duration", []))
    params: dict[str, object] = {}
    if given.startswith("until "):
        given = given.removeprefix("until ")
        params = {"tomorrow": True} if given == "tomorrow" else {"until": given}
    elif given == "tomorrow":
        params = {"tomorrow": True}
    elif given:
        params = {"for": given}
    return command(call.verb, **params)


def _session(call: argparse.Namespace) -> int:
    from unsit.cli.control import command, pause_session
    from unsit.cli.exits import complain

    params: dict[str, str] = {}
    for pair in call.choice:
        key, equals, value = pair.partition("=")
        if not equals or call.what != "choose":
            complain(_("{word} takes no {text}.").format(word=call.what, text=pair))
            return WRONG_CALL
        params[key] = value
    if call.what in ("pause", "resume"):
        return pause_session(is_paused=call.what == "pause")
    return command(call.what, **params)


def _open(call: argparse.Namespace) -> int:
    from unsit.cli.control import open_link, open_page

    return open_link(call.page) if call.page.startswith("unsit:") else open_page(call.page)


def _reload(_call: argparse.Namespace) -> int:
    from unsit.cli.control import reload

    return reload()


def _quit(_call: argparse.Namespace) -> int:
    from unsit.cli.control import quit_daemon

    return quit_daemon()


def _simulate(call: argparse.Namespace) -> int:
    from unsit.cli.simulate import simulate

    return simulate(call.script, config=call.config, tz=call.tz, as_json=call.json)


def _preview(call: argparse.Namespace) -> int:
    from unsit.cli.simulate import preview

    return preview(call.day)


def _autostart(call: argparse.Namespace) -> int:
    from unsit.cli.autostart import autostart

    return autostart(call.switch)


def _completion(call: argparse.Namespace) -> int:
    from unsit.cli.completion import completion

    return completion(call.shell)
