"""What `unsit stretch --here` shows: a client of the control socket with a terminal.

Apart from stretch.py, since this imports all that a session in sight needs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import termios
import textwrap
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final

from msgspec import convert
from msgspec.structs import replace

from unsit import catalogue, paths
from unsit.adapters.terminal_guard import Guard
from unsit.adapters.terminal_session import SessionScreen, look_of
from unsit.adapters.terminal_view import end_words, joined
from unsit.adapters.tty import Tty
from unsit.catalogue import Catalogue
from unsit.cli.exits import DONE, INTERRUPTED, NO_DAEMON, REFUSED, complain
from unsit.control_link import CommandRefused, DaemonGone, DaemonLink, boot_now_s
from unsit.core.snapshot import SessionView, Snapshot
from unsit.words import _
from unsit.words.endings import week_words

if TYPE_CHECKING:
    from unsit.daemon.shell import Shell

log = logging.getLogger(__name__)

BACK_WITHIN_S: Final = 60.0
"""A daemon that was killed may be started again by hand."""
STOPPED_BACK_WITHIN_S: Final = 3.0
"""One that was ended is at most started anew at once, as by an update."""
STOPS_WITHIN_S: Final = 2.0
SIZE_SEEN_WITHIN_S: Final = 0.1
"""By a shell that waits for a key."""


def show(number: int, guard: Guard | None, *, is_begun_here: bool, is_plain: bool, is_still: bool) -> int:
    """A session of the daemon that runs. Returns: the exit code."""
    logging.getLogger().addHandler(logging.NullHandler())  # what the screen shows is not to be written over

    async def run() -> int:
        view = StretchView(number, guard, is_begun_here=is_begun_here, is_plain=is_plain, is_still=is_still)
        return await view.run()

    return asyncio.run(run())


def show_own(begin: Mapping[str, str], guard: Guard | None, *, is_plain: bool, is_still: bool) -> int:
    """A session of a daemon that lives for it, in this process."""
    from unsit.cli.run import take_history_lock, take_lock
    from unsit.daemon import wiring
    from unsit.daemon.shell import Refusal

    lock = take_lock(is_background=False)
    if isinstance(lock, int):
        return lock
    history_lock = take_history_lock()
    if isinstance(history_lock, int):
        return history_lock
    loaded, brief = wiring.read_settings(None)
    log_path = wiring.set_up_logging(loaded.settings.log.level, is_verbose=False, folder=paths.state_dir())

    async def run() -> int:
        daemon = wiring.Daemon(loaded, brief, lock, log_path, history_lock=history_lock, is_seen_elsewhere=True)
        living = asyncio.ensure_future(daemon.run())
        beginning = asyncio.ensure_future(_begin_or_go_on(daemon.shell, begin))
        try:
            await asyncio.wait({living, beginning}, return_when=asyncio.FIRST_COMPLETED)
            if not beginning.done():
                await living
                return REFUSED
            session = beginning.result().session
            if session is None:
                return REFUSED
            view = StretchView(session.id, guard, is_begun_here=True, is_own=True, is_plain=is_plain, is_still=is_still)
            return await view.run()
        except Refusal as refusal:
            complain(f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.", refusal.next_step)
            return REFUSED
        finally:
            beginning.cancel()
            daemon.shell.stop()
            await living

    try:
        return asyncio.run(run())
    except OSError as error:
        log.exception("The stretch ended by a fault")
        complain(_("Unsit cannot listen on its control socket: {why}").format(why=error))
        return REFUSED


async def _begin_or_go_on(shell: Shell, params: Mapping[str, str]) -> Snapshot:
    """A session that was under way when the daemon before this one was killed comes back, paused, and is gone on with.
    Whoever asks for another exercise has done with that one.

    Raises: Refusal.
    """
    from unsit.daemon.shell import Origin, Refusal

    origin = Origin("terminal", opens_guide=False)
    try:
        return await shell.command("begin", params, origin)
    except Refusal:
        restored = shell.snapshot()
        if restored.session is None:
            raise
    if not params or restored.session.exercises == (params["exercise"],):
        return restored
    await shell.command("stop", {}, origin)
    return await shell.command("begin", params, origin)


class StretchView:
    """tty.Reader.

    Args:
        number: of the session.
        is_begun_here: Ctrl-C ends it.
        is_own: the daemon ends with this view, and so the session does.
    """

    def __init__(
        self,
        number: int,
        guard: Guard | None,
        *,
        is_begun_here: bool,
        is_plain: bool,
        is_still: bool,
        is_own: bool = False,
    ) -> None:
        self._number, self._guard = number, guard
        self._is_begun_here, self._is_own = is_begun_here, is_own
        self._tty = Tty()
        self._look = look_of(self._tty, is_plain=is_plain)
        self._screen = SessionScreen(
            self._tty,
            self._look,
            now_s=boot_now_s,
            load_catalogue=_read_catalogue,
            can_leave=True,
            is_still=is_still,
            on_screen=guard.on_screen if guard is not None else lambda is_on: None,
        )
        self._link = DaemonLink(paths.control_socket(), None, self._on_change)
        self._end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._code = DONE
        """That of the end, if it comes by the session's end."""
        self._is_finishing = False
        self._is_unguarded = False
        self._last_words: list[str] = []
        self._was_lost = False
        self._giving_up: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> int:
        """Until the session is over, or somebody leaves. Returns: the exit code."""
        loop = asyncio.get_running_loop()
        for number, handler in ((signal.SIGINT, self._interrupt), (signal.SIGTERM, self.handle_gone)):
            loop.add_signal_handler(number, handler)
        self._tty.open(self)
        if self._guard is not None:
            loop.add_reader(self._guard.end, self._handle_no_guard)
        self._spawn(self._link.run())
        self._give_up_after(BACK_WITHIN_S)
        try:
            return await self._end
        finally:
            for task in self._tasks:
                task.cancel()
            if self._giving_up is not None:
                self._giving_up.cancel()
            self._screen.close()
            if self._is_unguarded:
                self._tty.write("\r\x1b[K")  # the shell's prompt may stand there by now
            for line in self._last_words:
                rows = textwrap.wrap(self._look.plain(line), max(20, self._screen.columns), break_on_hyphens=False)
                self._tty.write("".join(f"{row}\n" for row in rows))
            self._tty.close()
            if self._guard is not None:
                loop.remove_reader(self._guard.end)
            if self._is_unguarded:
                await _have_prompt_redrawn()

    # -- what the daemon says

    def _on_change(self) -> None:
        snapshot = self._link.snapshot
        if snapshot is None or self._end.done():
            return
        session = snapshot.session
        is_ours = session is not None and session.id == self._number
        if not self._link.is_connected:
            self._was_lost = True
            if is_ours:
                self._screen.show(_halted(snapshot, self._link.gone_s or snapshot.boot_s))
                self._screen.notice(_("Unsit has gone. It goes on here as soon as it is back."))
            # A daemon that ends cleanly takes its socket with it.
            self._give_up_after(BACK_WITHIN_S if paths.control_socket().exists() else STOPPED_BACK_WITHIN_S)
            return
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
        if not is_ours:
            self._finish(snapshot)
            return
        self._screen.show(snapshot)
        if self._was_lost:
            self._was_lost = False
            self._screen.notice(_("Unsit is back. Press space to go on.") if session and session.paused else "")

    def _finish(self, snapshot: Snapshot) -> None:
        """What was done, and what the week adds up to: the other process, which knows, is asked once more."""
        if self._is_finishing:
            return
        self._is_finishing = True
        title, body = end_words(snapshot, self._number, self._screen.catalogue)
        self._say_last(title, *body.splitlines())
        is_kept = snapshot.last is not None and snapshot.last.session == self._number

        async def finish() -> None:
            if is_kept:
                try:
                    if week := week_words(await self._link.call("week")):
                        self._last_words.append(_("This week: {what}").format(what=week))
                except (CommandRefused, DaemonGone) as error:
                    log.info("No account of the week: %s", error)
            self._leave(self._code)

        self._spawn(finish())

    def _give_up_after(self, seconds: float) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
        self._giving_up = asyncio.get_running_loop().call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        self._say_last(_("Unsit has ended, and the stretch with it."), _("Start it with `unsit`."))
        self._leave(NO_DAEMON)

    # -- tty.Reader

    def handle_key(self, key: str) -> None:
        if key == "q":
            self.handle_gone()
            return
        asked = self._screen.command_of(key)
        if asked is not None and self._link.is_connected:
            self._spawn(self._ask(*asked))

    def handle_resize(self) -> None:
        self._screen.handle_resize()

    def handle_leave(self) -> None:
        self._screen.handle_leave()

    def handle_return(self) -> None:
        self._screen.handle_return()
        self._on_change()

    def handle_gone(self) -> None:
        """Also q, and a signal that wants this process gone: the session is the daemon's, and goes on without being seen."""
        if self._is_own:
            self._stop(DONE)
        else:
            self._say_last(
                _("The stretch goes on: `unsit stretch --here` shows it again, `unsit session stop` ends it.")
            )
            self._leave(DONE)

    def handle_unread(self) -> None:
        self.handle_gone()

    def _interrupt(self) -> None:
        """Ctrl-C ends what the command began."""
        if self._is_begun_here:
            self._stop(INTERRUPTED)
        else:
            self.handle_gone()

    def _handle_no_guard(self) -> None:
        """Nobody waits for this process any more; the terminal is somebody else's already."""
        asyncio.get_running_loop().remove_reader(self._guard.end if self._guard else -1)
        self._is_unguarded = True
        self._screen.handle_leave()  # at once: the shell is about to say so, and to ask for the next command
        self.handle_gone()

    # -- small things

    def _stop(self, code: int) -> None:
        self._code = code
        asyncio.get_running_loop().call_later(STOPS_WITHIN_S, self._leave, code)  # a daemon that hangs holds up nobody

        async def stop() -> None:
            try:
                await self._link.call("stop", on_result=lambda told: self._finish(convert(told, Snapshot)))
            except (CommandRefused, DaemonGone) as error:
                log.info("The session was not stopped: %s", error)
                self._leave(code)

        self._spawn(stop())

    async def _ask(self, command: str, params: Mapping[str, str]) -> None:
        try:
            await self._link.call(command, dict(params))
        except CommandRefused as refusal:
            self._screen.notice(
                joined((str(refusal)[:1].upper() + str(refusal)[1:] + ".", refusal.next_step), self._look)
            )
        except DaemonGone as error:  # the connection's end is seen by itself
            log.info("%s was not asked: %s", command, error)

    def _say_last(self, *parts: str) -> None:
        self._last_words = [joined(parts, self._look)]

    def _leave(self, code: int) -> None:
        if not self._end.done():
            self._end.set_result(code)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _have_prompt_redrawn() -> None:
    """The shell learns that the guardian was killed at the same moment as this process, and may have written its prompt on the
    screen that is gone. Line editors draw their line anew if the window has another size, and not at the signal alone
    (readline's rl_resize_terminal).
    """
    try:
        if os.tcgetpgrp(1) == os.getpgrp():
            return
        rows, columns = termios.tcgetwinsize(1)
        other = (max(1, rows - 1), columns)
        termios.tcsetwinsize(1, other)
        await asyncio.sleep(SIZE_SEEN_WITHIN_S)
        if termios.tcgetwinsize(1) == other:  # nobody has changed it meanwhile
            termios.tcsetwinsize(1, (rows, columns))
    except (OSError, termios.error) as error:
        log.info("The prompt is not drawn anew: %s", error)


def _read_catalogue() -> Catalogue:
    return catalogue.load(*paths.exercise_dirs())


def _halted(snapshot: Snapshot, at_s: float) -> Snapshot:
    """As it stood when the daemon went: it pauses a session that it finds after a crash."""
    session: SessionView | None = snapshot.session
    if session is None or session.ends is None:
        return replace(snapshot, allowed=())
    elapsed_s = session.segments[session.index].seconds - (session.ends.boot_s - at_s)
    return replace(
        snapshot, allowed=(), session=replace(session, ends=None, paused=True, elapsed_s=max(0.0, elapsed_s))
    )
