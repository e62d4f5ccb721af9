"""`unsit demo`: the whole of it in a minute. The same program, as it is after an hour of sitting.

What differs: the seconds are short, nobody looks whether the person is there, nothing is written down, and it has a runtime
folder of its own, so that a daemon that runs is not disturbed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from unsit import __version__, paths
from unsit.cli.exits import DONE, REFUSED, complain
from unsit.cli.run import has_desktop, has_home
from unsit.words import _, format_duration

if TYPE_CHECKING:
    from unsit.core.model import Exercise, Now, Settings
    from unsit.daemon.wiring import Daemon
    from unsit.ports import Button
    from unsit.store.rows import Restored
    from unsit.store.writer import AsyncHistory

FLAGS: Final[Mapping[str, object]] = {
    "hours": [],
    "days_off": [],
    "routine": [],
    "prompt.snooze": "10s",
    "stretch.hold": "15s",
    "stretch.walk": "5s",
}
"""In place of the person's own; everything else is theirs."""
END_STAYS: Final = ("UNSIT_GUIDE__END_STAYS", "5s")
"""For the pages, which read the settings themselves."""
ENDS_AFTER_SESSION_S: Final = 7.0
"""The page has closed itself by then."""
ENDS_AFTER_SKIP_S: Final = 2.0


def demo(*, is_verbose: bool) -> int:
    in_terminal = not has_desktop()
    if in_terminal and not sys.stdin.isatty():
        complain(_("There is neither a desktop nor a terminal here."), _("Try it from a terminal: unsit demo"))
        return REFUSED
    if not has_home():
        return REFUSED
    try:
        folder = Path(tempfile.mkdtemp(prefix="unsit-demo-", dir=_place()))
    except OSError as error:
        complain(_("There is no folder for the control socket: {why}").format(why=error))
        return REFUSED
    os.environ[paths.DEMO_VARIABLE] = str(folder)
    os.environ.setdefault(*END_STAYS)
    _set_up_logging(is_verbose)
    try:
        asyncio.run(_Demo(folder, in_terminal=in_terminal, is_verbose=is_verbose).run())
    except OSError as error:
        complain(_("Unsit cannot listen on its control socket: {why}").format(why=error))
        return REFUSED
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return DONE


def _place() -> Path:
    """Where runtime folders are; a plain temporary one where there are none."""
    beside = paths.runtime_dir().parent
    return beside if os.access(beside, os.W_OK) else Path(tempfile.gettempdir())


def _set_up_logging(is_verbose: bool) -> None:
    """To the terminal or nowhere."""
    handler = logging.StreamHandler() if is_verbose else logging.NullHandler()
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO if is_verbose else logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)


class _Demo:
    def __init__(self, folder: Path, *, in_terminal: bool, is_verbose: bool) -> None:
        self._folder, self._in_terminal, self._is_verbose = folder, in_terminal, is_verbose
        self._ending: asyncio.TimerHandle | None = None
        self._saw_session = False

    async def run(self) -> None:
        from msgspec.structs import replace

        from unsit.daemon import wiring
        from unsit.daemon.instance import InstanceLock
        from unsit.store.unrecorded import Unrecorded

        loaded, brief = wiring.read_settings(None, FLAGS)
        # What is wrong with the settings is not what somebody came to see; `unsit config check` says it.
        loaded, brief = replace(loaded, problems=[]), brief._replace(problems=[])

        def history(now: Now) -> AsyncHistory:
            return Unrecorded(self._folder / "nothing.db", _after_an_hour(now, loaded.settings.core, brief.rules))

        daemon = wiring.Daemon(
            loaded,
            brief,
            InstanceLock(self._folder),
            None,
            in_terminal=self._in_terminal,
            is_verbose=self._is_verbose,
            demo=history,
        )
        self._say_what_comes(loaded.settings.prompt.every_s)
        daemon.shell.watch(lambda: self._follow(daemon))
        if not self._in_terminal:
            await self._show_here_too(daemon)
        await daemon.run()
        print(_("That was it; nothing was written down. To have it all day: unsit"))

    def _say_what_comes(self, every_s: float) -> None:
        print(
            _("This is Unsit as it is after {duration} of sitting. The stretch takes a minute here.").format(
                duration=format_duration(every_s)
            )
        )
        if not self._in_terminal:
            print(_("Press Start on the notification, or choose it in the tray: your browser shows the stretch."))
        if sys.stdin.isatty():
            print(_("Here in the terminal s starts and k skips; Ctrl-C ends it."))
        else:
            print(_("Skip or Ctrl-C ends it."))
        print(flush=True)

    async def _show_here_too(self, daemon: Daemon) -> None:
        """What happens, a line each; and the keys, for a desktop that shows neither notifications nor a tray."""
        from unsit.daemon.shell import Origin

        def act(button: Button, token: str | None) -> None:
            daemon.shell.act(button.command, button.params, Origin("terminal", token))

        await daemon.make_terminal(is_plain=True).start(act, lambda: None)

    def _follow(self, daemon: Daemon) -> None:
        """End as soon as there is nothing more to see. What is taken back, or begun again, goes on."""
        snapshot = daemon.shell.snapshot()
        if snapshot.session is not None:
            self._saw_session, stays_s = True, None
        elif self._saw_session:  # also one too short to count, after which the prompt is open again
            stays_s = ENDS_AFTER_SESSION_S
        else:
            stays_s = ENDS_AFTER_SKIP_S if snapshot.prompt is None else None
        if stays_s is None and self._ending is not None:
            self._ending.cancel()
            self._ending = None
        elif stays_s is not None and self._ending is None:
            self._ending = asyncio.get_running_loop().call_later(stays_s, daemon.shell.stop)


def _after_an_hour(now: Now, settings: Settings, rules: tuple[Exercise, ...]) -> Restored:
    """The state of somebody who has sat since `prompt.every` ago: the prompt is due now."""
    from msgspec.structs import replace

    from unsit.adapters.clock import local_zone
    from unsit.core import engine
    from unsit.core.model import Started
    from unsit.store.rows import Restored

    every_s = settings.prompt.every_s
    then = replace(now, boot_s=now.boot_s - every_s, wall=now.wall - timedelta(seconds=every_s))
    state, _decisions = engine.step(None, Started(then, settings, rules, local_zone(), version=__version__))
    return Restored(state, then, was_clean=False, version=__version__)
