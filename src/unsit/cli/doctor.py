"""`unsit doctor`: what works on this system, a line each, and what to do where something does not."""

from __future__ import annotations

import asyncio
import locale
import os
import platform
import re
import socket
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from unsit import __version__, paths
from unsit.cli.exits import DONE, REFUSED, complain
from unsit.control_client import CommandError, ControlClient, NoDaemon
from unsit.words import _, ngettext

if TYPE_CHECKING:
    from unsit.cli.checks import Check

MARKS: Final = {"works": "✓", "fails": "✗", "off": "–", "unsure": "?"}
PLAIN_MARKS: Final = {"works": "ok", "fails": "NO", "off": "- ", "unsure": "? "}
"""Where the terminal cannot write those."""
WARNINGS_MOST: Final = 20
LOG_TAIL_BYTES: Final = 64 * 1024


def doctor(*, is_trying: bool, is_report: bool) -> int:
    """
    Args:
        is_trying: show a test notification, play a tone, speak a sentence.
        is_report: a text to paste, without personal data.

    Returns: 0 where everything needed works.
    """
    from unsit.cli.checks import look

    if is_trying:
        complain(
            _("A test notification is about to be shown: press its button."),
            _("Then a voice speaks and a tone is played, unless Unsit is muted or you are in a call."),
        )
    checks = asyncio.run(look(_running(), is_trying=is_trying, is_report=is_report))
    lines = list(_lines(checks))
    is_well = not any(check.is_needed and check.state == "fails" for check in checks)
    if is_report:
        lines = without_personal([*_about(), "", *lines, *_warnings()], personal())
    if is_report or is_well:
        lines += ["", _verdict(checks)]
    print("\n".join(lines))
    if not is_well:
        complain(_verdict(checks))
    return DONE if is_well else REFUSED


def _running() -> dict[str, Any] | CommandError | None:
    """What the daemon says of itself; why it says nothing; None where none runs."""
    try:
        with ControlClient() as client:
            answer: dict[str, Any] = client.call("status", text=True)
            return answer
    except NoDaemon:
        return None
    except CommandError as error:  # it starts, or hangs
        return error


def _lines(checks: Sequence[Check]) -> Iterable[str]:
    marks, arrow = (PLAIN_MARKS, "->") if _is_plain() else (MARKS, "→")
    width = max(len(check.name) for check in checks)
    for check in checks:
        margin = " " * (width + len(marks[check.state]) + 3)
        first, *more = check.text.splitlines() or [""]
        yield f"{marks[check.state]} {check.name:<{width}}  {first}"
        yield from (margin + line for line in more)
        if check.next_step:
            yield f"{margin}{arrow} {check.next_step}"


def _verdict(checks: Sequence[Check]) -> str:
    failed = [check for check in checks if check.state == "fails"]
    needed = [check.name for check in failed if check.is_needed]
    if needed:
        return _("Needed, and does not work: {names}.").format(names=", ".join(needed))
    if failed:
        return ngettext(
            "All that is needed works; {count} other thing does not.",
            "All that is needed works; {count} other things do not.",
            len(failed),
        ).format(count=len(failed))
    unsure = [check.name for check in checks if check.state == "unsure"]
    if unsure:
        return _("All else works; only you can say whether these do: {names}.").format(names=", ".join(unsure))
    return _("Everything works.")


def _is_plain() -> bool:
    try:
        "".join(MARKS.values()).encode(sys.stdout.encoding or locale.getpreferredencoding(False))
    except (UnicodeEncodeError, LookupError):
        return True
    return False


# ---------------------------------------------------------------------------------------------------------- the report


def _about() -> Iterable[str]:
    """The system, in the words by which others know it."""
    from unsit import settings

    yield f"Unsit {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    try:
        yield platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:  # not Linux, or one without the file
        yield platform.platform()
    for name in ("XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "LANG"):
        yield f"{name}: {os.environ.get(name, '-')}"
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        yield f"{name}: {'set' if os.environ.get(name) else '-'}"
    origins = settings.load(exercise_ids=None).origin
    # Not their values: a list of programs is somebody's own business.
    yield f"Settings changed: {', '.join(key for key, origin in origins.items() if origin.layer != 'defaults') or '-'}"


def _warnings() -> Iterable[str]:
    """The last warnings of the log."""
    path = paths.state_dir() / "log"
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return
    found = [line for line in text.splitlines() if re.match(r"\S+ \S+ (WARNING|ERROR|CRITICAL) ", line)]
    if found:
        yield ""
        yield "Last warnings:"
        yield from found[-WARNINGS_MOST:]


def personal() -> dict[str, str]:
    """What says whose this is -> what stands there instead; the longer ones first."""
    found: dict[str, str] = {}
    home = Path.home()
    for path in {str(home), str(home.resolve())} - {"/"}:
        found[path] = "~"
    names = {os.environ.get("USER", ""), os.environ.get("LOGNAME", ""), os.environ.get("USERNAME", ""), home.name}
    if sys.platform != "win32":
        import pwd

        try:
            entry = pwd.getpwuid(os.getuid())
        except KeyError:  # a container without users
            pass
        else:
            full = entry.pw_gecos.partition(",")[0]
            names |= {entry.pw_name, full, *full.split()}
    found.update(dict.fromkeys(names - {""}, "USER"))
    hosts = {socket.gethostname(), platform.node(), os.environ.get("HOSTNAME", "")}
    hosts |= {host.partition(".")[0] for host in hosts}
    found.update(dict.fromkeys(hosts - {"", "localhost"}, "HOST"))
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def without_personal(lines: Iterable[str], personal: dict[str, str]) -> list[str]:
    """Each name as a word of its own, in capitals or not."""
    if not personal:
        return list(lines)
    instead = {name.casefold(): word for name, word in personal.items()}
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in personal), re.IGNORECASE)
    return [pattern.sub(lambda match: instead[match[0].casefold()], line) for line in lines]
