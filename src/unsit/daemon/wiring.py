"""Builds the daemon: which adapter serves which port on this system."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from unsit import __version__, paths, settings
from unsit import catalogue as exercises
from unsit.adapters import null
from unsit.adapters.presence import Presence
from unsit.catalogue import Brief, Catalogue
from unsit.core.model import Now
from unsit.daemon.control import Control, PagesLink
from unsit.daemon.instance import InstanceLock
from unsit.daemon.pages import PagesProcess
from unsit.daemon.shell import Origin, Ports, Shell
from unsit.daemon.status_line import lasting_status_line
from unsit.ports import AdapterError, Guide, Music, ScreenAwake, Tray
from unsit.settings import Loaded
from unsit.store.writer import AsyncHistory
from unsit.words import _

if TYPE_CHECKING:
    from unsit.adapters.bus import Bus
    from unsit.adapters.pystray_base import Act, Menu, Send
    from unsit.adapters.terminal import Terminal
    from unsit.daemon.coach import Coach
    from unsit.daemon.main_thread import MainThread
    from unsit.settings.types import AllSettings, SoundSettings

log = logging.getLogger(__name__)

LOG_NAME: Final = "log"
LOG_MOST_BYTES: Final = 512 * 1024
LOGS_KEPT: Final = 2


def set_up_logging(level: str, *, is_verbose: bool, folder: Path) -> Path | None:
    """To a rotating file, and with `-v` to the terminal too; the file's path, None where it cannot be written."""
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if is_verbose else level.upper())
    # What these say below a warning is of use to their own authors.
    for library in ("apscheduler", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)
    form = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    if is_verbose:
        terminal = logging.StreamHandler()
        terminal.setFormatter(form)
        root.addHandler(terminal)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it tells when somebody was at their desk
        path = folder / LOG_NAME
        file = RotatingFileHandler(path, maxBytes=LOG_MOST_BYTES, backupCount=LOGS_KEPT, encoding="utf-8")
    except OSError as error:
        if not is_verbose:
            root.addHandler(logging.NullHandler())
        log.warning("No log file: %s", error)
        return None
    file.setFormatter(form)
    root.addHandler(file)
    return path


def read_catalogue() -> Catalogue:
    """The exercises with all their words, read anew."""
    return exercises.load(*paths.exercise_dirs())


def read_settings(previous: Loaded | None, flags: Mapping[str, object] | None = None) -> tuple[Loaded, Brief]:
    """All layers and the catalogue, read anew."""
    brief = read_catalogue().brief()
    ids = settings.known_exercise_ids() | {rule.id for rule in brief.rules}
    loaded = settings.load(flags, exercise_ids=ids) if previous is None else settings.reload(previous, exercise_ids=ids)
    return loaded, brief


class Daemon:
    """Everything that runs in one process; made inside its loop."""

    def __init__(
        self,
        loaded: Loaded,
        brief: Brief,
        lock: InstanceLock,
        log_path: Path | None,
        *,
        history_lock: InstanceLock | None = None,
        in_terminal: bool = False,
        is_verbose: bool = False,
        demo: Callable[[Now], AsyncHistory] | None = None,
        main_thread: MainThread | None = None,
        is_seen_elsewhere: bool = False,
    ) -> None:
        """
        Args:
            lock, history_lock: held already; given back at the end of `run`.
            in_terminal: there is no desktop: prompts and sessions appear in the terminal.
            is_verbose: the log goes there too.
            demo: makes the history of a demonstration, in which nobody looks whether the person is there.
            main_thread: where the loop runs in another thread than that.
            is_seen_elsewhere: it lives for one session, which a client shows: nothing here speaks to a desktop or a terminal.
        """
        self.lock, self._history_lock = lock, history_lock
        self.main_thread = main_thread
        self.pages = PagesLink()
        self.in_terminal, self._is_verbose, self._is_demo = in_terminal, is_verbose, demo is not None
        self._is_seen_elsewhere = is_seen_elsewhere
        clock = _clock()
        if demo is not None:
            history = demo(clock.sample())
        else:
            history = AsyncHistory(paths.history_file(), lambda problems: self.shell.on_store_problems(problems))
        self._closers: list[Callable[[], None]] = []
        self._session_bus: Bus | None = None
        self.ports = Ports(
            clock=clock,
            history=history,
            notifier=null.NullNotifier(),
            tray=null.NullTray(),
            presence=Presence({}, {}),
            guide=self._guide(log_path),
            life=lock,
        )
        from unsit.adapters.clock import local_zone
        from unsit.adapters.journal import last_evidence

        self.shell = Shell(
            self.ports,
            loaded,
            brief,
            local_zone,
            lambda previous: read_settings(previous),
            last_evidence,
            is_demo=self._is_demo,
        )
        self.shell.sound.make_coach, self.shell.sound.describe_system = self._make_coach, _describe_sound
        self.shell.sound.make_music = self._make_music
        self.pages.on_problem = lambda text, was_shown: self.shell.on_pages_problem(text, was_shown=was_shown)
        self.pages.on_come, self.pages.on_lost = self.shell.guide.on_pages_come, self.shell.on_pages_lost
        self.control = Control(self.shell, paths.control_socket(), self.pages)

    async def run(self) -> None:
        """From the start to a clean stop."""
        on_signal = self.main_thread.on_signal if self.main_thread else _on_signal
        for number in (signal.SIGTERM, signal.SIGINT):
            on_signal(number, self.shell.stop)
        if hasattr(signal, "SIGHUP"):
            on_signal(signal.SIGHUP, lambda: asyncio.ensure_future(self.shell.reload()))
        await self._connect()
        await self.control.start()
        log.info("Unsit %s, process %d", __version__, os.getpid())
        try:
            await self.shell.run()
        finally:
            await self.control.stop()
            for close in self._closers:
                close()
            if self._history_lock is not None:  # first: who finds the way free by the other one needs this one, too
                self._history_lock.release()
            self.lock.release()

    async def _connect(self) -> None:
        """Choose the adapters."""
        if sys.platform == "linux":
            self.ports.make_screen = _screen_awake  # in a terminal too: it is on somebody's screen
        if self._is_seen_elsewhere:
            self._follow_logind()
            await self._reach_players()
        elif self.in_terminal:
            self._connect_terminal()
            await self._reach_players()
        elif sys.platform == "linux":
            await self._connect_linux()
        else:
            self._connect_elsewhere()

    async def _connect_linux(self) -> None:
        from unsit.adapters.bus import Bus
        from unsit.adapters.notify_fdo import FdoNotifier
        from unsit.daemon.senses import linux_holds, linux_presence

        await _forget_old_compositor()
        bus: Bus | None = None
        try:
            bus = await Bus.connect("session", returns=True)
        except AdapterError as error:
            log.info("%s", error)
            self.ports.notifier = null.NullNotifier(str(error))
        else:
            self._closers.append(bus.close)
            self._session_bus = bus
            bus.on_lost = lambda: self.shell.troubles.set(
                "bus", _("The session bus has gone: no notifications, no tray. Log in anew, or use `unsit status`.")
            )
            bus.on_back = lambda: self.shell.troubles.clear("bus")
            self.ports.notifier = FdoNotifier(bus, icon=str(paths.assets_dir() / "icons" / "unsit-64.png"))
        if not self._is_demo:
            self._recover_music()
            self.ports.presence = linux_presence(bus, self._settings, self._end_with_session)
            self.ports.holds = linux_holds(bus, self._settings, lambda: self.shell.holds_screen)
            await self._follow_compositor()
        if self.shell.loaded.settings.tray.show:
            self.ports.tray = self._linux_tray()

    def _settings(self) -> AllSettings:
        return self.shell.loaded.settings

    async def _follow_compositor(self) -> None:
        if not os.environ.get("WAYLAND_DISPLAY"):
            return
        from unsit.adapters.session_wayland import WaylandSession

        compositor = WaylandSession(self._end_with_session)
        try:
            await compositor.start()
        except AdapterError as error:
            log.info("%s", error)
        else:
            self._closers.append(compositor.stop)

    def _make_coach(self, wanted: SoundSettings, on_note: Callable[[str], None], on_over: Callable[[], None]) -> Coach:
        from unsit.daemon.sound_wiring import make_coach

        return make_coach(wanted, read_catalogue(), self._now_s, on_note, on_over)

    def _make_music(self, wanted: SoundSettings) -> Music:
        from unsit.daemon.sound_wiring import make_music

        return make_music(wanted, self._session_bus, self._now_s)

    async def _reach_players(self) -> None:
        """Players are on the session bus, of which nothing else is wanted in a terminal."""
        if sys.platform != "linux" or self._settings().sound.music != "pause":
            return
        from unsit.adapters.bus import Bus

        try:
            self._session_bus = bus = await Bus.connect("session")
        except AdapterError as error:
            log.info("Music is not paused: %s", error)
        else:
            self._closers.append(bus.close)
            self._recover_music()

    def _recover_music(self) -> None:
        """What a daemon before this one has made quiet, and was killed before it could give it back."""
        if self._session_bus is not None and paths.paused_note().exists():
            from unsit.daemon.sound_wiring import players

            self.shell.sound.background.owe(players(self._session_bus, self._now_s))
        if paths.quieter_note().exists():
            from unsit.daemon.sound_wiring import recover_volumes

            recover_volumes()

    def _now_s(self) -> float:
        return self.ports.clock.sample().boot_s

    def _end_with_session(self) -> None:
        """As every program with a window does. One that stayed would keep the next session's from starting, and be blind
        in it: not every login manager ends what a session leaves behind."""
        log.info("The desktop session has ended, and Unsit with it")
        self.shell.stop()

    def _connect_terminal(self) -> None:
        terminal = self.make_terminal(is_plain=self._is_verbose)
        self.ports.notifier = self.ports.guide = terminal
        self._follow_logind()

    def _follow_logind(self) -> None:
        """What there is to know of presence without a desktop: the lock, and the machine's sleep."""
        if sys.platform == "linux" and not self._is_demo:
            from unsit.adapters.clock_linux import asleep_s
            from unsit.adapters.session_logind import LogindSession

            self.ports.presence = Presence({}, {"logind": LogindSession()}, asleep_s=asleep_s)

    def make_terminal(self, *, is_plain: bool) -> Terminal:
        """The terminal as it shows this daemon; not yet started."""
        from unsit.adapters.terminal import Terminal
        from unsit.adapters.tty import Tty

        shell = self.shell
        terminal = Terminal(
            Tty(),
            snapshot=lambda: None if shell.state is None else shell.snapshot(),
            watch=shell.watch,
            now_s=self._now_s,
            status=lasting_status_line,
            load_catalogue=read_catalogue,
            is_plain=is_plain,
        )
        self._closers.append(terminal.restore)
        return terminal

    def _linux_tray(self) -> Tray:
        from unsit.adapters.tray_linux import LinuxTray

        return LinuxTray(*self._tray_parts(), lasting_status_line, on_nothing=self.shell.on_no_tray)

    def _pystray_tray(self) -> Tray:
        from unsit.adapters.tray_pystray import PystrayTray

        give = self.main_thread.give if self.main_thread else None
        return PystrayTray(*self._tray_parts(), lasting_status_line, in_main_thread=give)

    def _tray_parts(self) -> tuple[Callable[[Act], Menu], Send]:
        """What builds a tray's menu, and what takes the item that was chosen."""
        from unsit.daemon.menu import build_menu

        shell = self.shell

        def act(command: str, params: Mapping[str, Any], token: str | None = None) -> None:
            shell.act(command, params, Origin("tray", token))

        def menu(forward: Act) -> Menu:
            return build_menu(
                forward,
                snapshot=shell.snapshot,
                name_of=lambda name: shell.catalogue.name_of(name),
                exercises=lambda: [rule.id for rule in shell.catalogue.rules],
                sound=lambda: shell.loaded.settings.sound,
            )

        return menu, act

    def _connect_elsewhere(self) -> None:
        from unsit.adapters.notify_plyer import PlyerNotifier

        self.ports.notifier = PlyerNotifier()
        if not self._is_demo:
            from unsit.daemon.senses_elsewhere import presence_elsewhere

            # AppKit's event loop is the icon's.
            give = self.main_thread.give if self.main_thread and self.shell.loaded.settings.tray.show else None
            self.ports.presence = presence_elsewhere(
                lambda: self._settings().away.video_is_presence, self._end_with_session, give
            )
        # Without a display pystray's import fails on other Unixes.
        if sys.platform in ("win32", "darwin") and self.shell.loaded.settings.tray.show:
            self.ports.tray = self._pystray_tray()

    def _guide(self, log_path: Path | None) -> Guide:
        return PagesProcess(self.pages, log_path)


async def _forget_old_compositor() -> None:
    """In an X session after a Wayland one its name would keep the X server from being asked for anything."""
    name = os.environ.get("WAYLAND_DISPLAY")
    if not name or not os.environ.get("DISPLAY") or os.environ.get("XDG_SESSION_TYPE") == "wayland":
        return
    from unsit.adapters.wayland import has_gone

    if await has_gone():
        log.info("WAYLAND_DISPLAY is %s, and nobody listens there: this session is not Wayland's", name)
        del os.environ["WAYLAND_DISPLAY"]


def _describe_sound(wanted: SoundSettings) -> str:
    from unsit.daemon.sound_wiring import describe_system

    return describe_system(wanted)


def _clock() -> Any:
    if sys.platform == "linux":
        from unsit.adapters.clock_linux import BootAlarmClock

        return BootAlarmClock()
    from unsit.adapters.clock_portable import PortableAlarmClock

    return PortableAlarmClock()


def _screen_awake() -> ScreenAwake:
    from unsit.adapters.screen_awake import ScreenAwake  # and what only it needs, at the first session

    return ScreenAwake()


def _on_signal(number: int, handler: Callable[[], object]) -> None:
    with contextlib.suppress(NotImplementedError):  # Windows has other ways
        asyncio.get_running_loop().add_signal_handler(number, handler)
