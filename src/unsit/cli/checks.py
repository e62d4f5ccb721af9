"""What `unsit doctor` looks at: each part of this system that Unsit uses, tried here and now, by the adapters that use it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from unsit import __version__, paths
from unsit.control_client import CommandError
from unsit.ports import AdapterError, Button, HoldSource, Note, Notifier, PresenceEvents
from unsit.words import N_, _, format_time_within, ngettext
from unsit.words.holding import with_names

if TYPE_CHECKING:
    from unsit.adapters.bus import Bus
    from unsit.adapters.presence import Presence, Probe
    from unsit.core.model import HoldReason
    from unsit.settings import Loaded
    from unsit.settings.types import AllSettings, Problem

CHECK_WITHIN_S: Final = 6.0
"""More than the time limits of what is tried, except for the half minute that a notification server is given to start in: one
that keeps somebody waiting for so long is taken to hang."""
TOLD_WITHIN_S: Final = 0.3
"""For services to say how things stand, which some are asked in the background; it takes a hundredth of that."""
PRESS_WITHIN_S: Final = 20.0
"""For somebody who looks for the test notification, and presses its button."""
SPEAK_WITHIN_S: Final = 20.0
"""For a tone or a sentence, also where a program that hangs gives way to the next."""

State = Literal["works", "fails", "off", "unsure"]
"""off: switched off, or not there to be used on this system; nothing is wrong with it. unsure: tried, and only
the person can say whether it came."""


class Check(Struct, frozen=True):
    """Attributes: is_needed: where it fails, Unsit does not do what it is for."""

    name: str
    state: State
    text: str
    next_step: str = ""
    is_needed: bool = False


class Fails(Exception):
    """It does not work. `str()` says why, `next_step` what to do, both for people."""

    def __init__(self, why: str, next_step: str = "") -> None:
        super().__init__(why)
        self.next_step = next_step


Tried = tuple[State, str]


Running = Mapping[str, Any] | CommandError | None
"""What the daemon answers to `status` with its text; why it does not; None where none runs."""


async def look(running: Running, *, is_trying: bool, is_report: bool) -> list[Check]:
    """Everything, a check each, in the order in which they are read.

    Args:
        is_trying: a test notification is shown, too, a tone played and a sentence spoken.
        is_report: others will read it: wrong values of what is the person's own business are left out.
    """
    from unsit.cli import checks_sound
    from unsit.daemon.wiring import read_settings

    trying_s = CHECK_WITHIN_S + is_trying * SPEAK_WITHIN_S
    loaded, brief = read_settings(None)
    found = (*loaded.problems, *brief.problems)
    problems = [str(problem) for problem in found]
    checks = [await _check(_("Unsit"), lambda: _program(running, problems, is_report=is_report), is_needed=True)]
    if isinstance(running, CommandError):
        running = None
    held: set[HoldReason] = set()
    if sys.platform == "linux":
        more, held = await _look_linux(loaded.settings, running, is_trying=is_trying, is_report=is_report)
        checks += more
    else:
        checks += [await _check(_("Notifications"), lambda: _plyer(is_trying))]
    silent = checks_sound.why_silent(loaded.settings, running, held) if is_trying else ""
    checks += [
        await _check(
            _("Voice"),
            lambda: checks_sound.voice(loaded.settings, is_trying=is_trying, silent=silent),
            within_s=trying_s,
        ),
        await _check(
            _("Tones"),
            lambda: checks_sound.tones(loaded.settings, is_trying=is_trying, silent=silent),
            within_s=trying_s,
        ),
        await _check(_("Browser"), lambda: _browser(loaded.settings), is_needed=True),
        await _check(_("Own window"), lambda: _window(loaded.settings, running)),
        await _check(_("Autostart"), _autostart),
        await _check(
            _("Settings"),
            lambda: _settings(loaded, [_unnamed(one) for one in found] if is_report else problems),
            is_needed=True,
        ),
        await _check(_("History"), _history, is_needed=True),
        await _check(_("Clock"), _clock, is_needed=True),
    ]
    return checks


async def _check(
    name: str,
    what: Callable[[], Awaitable[Tried]],
    *,
    is_needed: bool = False,
    within_s: float = CHECK_WITHIN_S,
    if_it_hangs: str = "",
) -> Check:
    """Args: if_it_hangs: the next step then."""
    try:
        async with asyncio.timeout(within_s):
            state, text = await what()
    except Fails as error:
        return Check(name, "fails", str(error), error.next_step, is_needed)
    except AdapterError as error:
        return Check(name, "fails", str(error), "", is_needed)
    except TimeoutError:
        return Check(name, "fails", _("it does not answer"), if_it_hangs, is_needed)
    # Barrier: what one part of a system raises must not keep the others from being looked at.
    except Exception as error:  # noqa: BLE001 - it is said
        return Check(name, "fails", f"{type(error).__name__}: {error}", "", is_needed)
    return Check(name, state, text, "", is_needed)


async def _program(running: Running, known: Iterable[str] = (), *, is_report: bool = False) -> Tried:
    """
    Args:
        known: problems that are said elsewhere.
        is_report: without the names of programs that keep a prompt back.
    """
    if isinstance(running, CommandError):
        raise Fails(_("version {version}: {why}").format(version=__version__, why=running), running.next_step)
    if running is None:
        raise Fails(_("version {version}; it does not run").format(version=__version__), _("Start it with `unsit`."))
    version = str(running["snapshot"]["version"])
    if version != __version__:
        raise Fails(
            _("version {version} is installed, and {running} runs").format(version=__version__, running=version),
            _("Start it anew: `unsit quit`, then `unsit`."),
        )
    known = (*known, *running.get("harmless", ()))
    problems = [problem for problem in running["snapshot"]["problems"] if problem not in known]
    if problems:
        raise Fails(_joined(problems))
    line: str = running["line"]
    for hold in running["snapshot"]["holds"] if is_report else ():
        line = line.replace(with_names("", hold["by"]), "")
    return "works", _("version {version} runs: {line}").format(version=version, line=line)


# ------------------------------------------------------------------------------------------------------------- on Linux


async def _look_linux(
    settings: AllSettings, running: Mapping[str, Any] | None, *, is_trying: bool, is_report: bool
) -> tuple[list[Check], set[HoldReason]]:
    """-> (the checks, what would keep a prompt back now)"""
    from unsit.adapters.bus import Bus
    from unsit.cli.run import has_desktop
    from unsit.daemon.senses import linux_presence

    bus: Bus | None = None
    no_bus = ""
    try:
        bus = await Bus.connect("session")
    except AdapterError as error:
        no_bus = str(error)
    presence = linux_presence(bus, lambda: settings, lambda: None)
    try:
        await presence.start(_Deaf())
        holds, held = await _holds(settings, bus, has_desktop=has_desktop(), is_report=is_report)
        if has_desktop():
            checks = [
                await _check(
                    _("Notifications"),
                    lambda: _notifications(bus, no_bus, is_trying, is_dnd="dnd" in held),
                    is_needed=True,
                    within_s=CHECK_WITHIN_S + is_trying * PRESS_WITHIN_S,
                    if_it_hangs=_("Log out and in again if it stays so."),
                ),
                await _check(_("Tray"), lambda: _tray(settings, bus, running)),
            ]
        else:
            alone = _("no desktop here: `unsit run` prompts in its terminal")
            checks = [Check(_("Notifications"), "off", alone), Check(_("Tray"), "off", alone)]
        checks += [
            await _check(_("Presence"), lambda: _presence(presence)),
            await _check(_("Lock"), lambda: _lock(presence)),
            await _check(_("Sleep"), lambda: _sleep(presence)),
        ]
        return [*checks, *holds], held
    finally:
        await presence.stop()
        if bus is not None:
            bus.close()


class _Deaf(PresenceEvents):
    """Whether a source can be had is all that is asked of it."""

    def input_stopped(self, last_input_ago_s: float) -> None: ...
    def input_seen(self) -> None: ...
    def locked(self, last_input_ago_s: float | None) -> None: ...
    def unlocked(self) -> None: ...
    async def about_to_sleep(self) -> None: ...
    def woke(self) -> None: ...
    def sensors_changed(self) -> None: ...


async def _notifications(bus: Bus | None, no_bus: str, is_trying: bool, *, is_dnd: bool) -> Tried:
    from unsit.adapters.notify_fdo import FdoNotifier

    if bus is None:
        raise Fails(no_bus, _("Log in to a desktop session: it has a session bus."))
    pressed = asyncio.Event()
    notifier = FdoNotifier(bus, icon=str(paths.assets_dir() / "icons" / "unsit-64.png"))
    try:
        await notifier.start(lambda _button, _token: pressed.set(), lambda: None)
        has_buttons = "actions" in await notifier.find()
        text = notifier.describe()
        if not has_buttons:
            text = _("{server}: use the tray, or the command line").format(server=text)
        if is_trying:
            state, tried = await _try_note(notifier, pressed if has_buttons else None, is_dnd=is_dnd)
            return state, f"{text}; {tried}"
    finally:
        await notifier.stop()
    return "works", text


async def _try_note(notifier: Notifier, pressed: asyncio.Event | None, *, is_dnd: bool = False) -> Tried:
    """
    Args:
        pressed: set by a press on the button; None where there are none.
        is_dnd: "do not disturb" is on.
    """
    body = _("Press the button, and the test is over.") if pressed else _("This is how a prompt looks here.")
    buttons = (Button(_("It is here"), "status"),) if pressed else ()
    try:
        await notifier.show(Note("hello", _("A test from unsit doctor"), body, buttons, expires_s=PRESS_WITHIN_S))
    except AdapterError as error:
        raise Fails(_("a test notification was not shown: {why}").format(why=error)) from None
    if pressed is not None:
        try:
            async with asyncio.timeout(PRESS_WITHIN_S):
                await pressed.wait()
        except TimeoutError:
            pass
        else:
            return "works", _("a test notification was shown, and the press on its button came back")
    if is_dnd:
        return "unsure", _("a test notification was sent, and “do not disturb” may have kept it from the screen")
    if pressed is None:
        return "unsure", _("a test notification was sent; only you can say whether it was shown")
    return "unsure", _("a test notification was sent, and nobody pressed its button within {seconds} s").format(
        seconds=f"{PRESS_WITHIN_S:g}"
    )


async def _plyer(is_trying: bool) -> Tried:
    from unsit.adapters.notify_plyer import PlyerNotifier

    notifier = PlyerNotifier()
    await notifier.start(lambda _button, _token: None, lambda: None)
    try:
        if is_trying:
            state, tried = await _try_note(notifier, None)
            return state, f"{notifier.describe()}; {tried}"
        return "works", notifier.describe()
    finally:
        await notifier.stop()


WATCHER: Final = "org.kde.StatusNotifierWatcher"


async def _tray(settings: AllSettings, bus: Bus | None, running: Mapping[str, Any] | None) -> Tried:
    if not settings.tray.show:
        return "off", _("switched off by tray.show")
    if running is not None and running["surfaces"].get("tray"):
        text = str(running["surfaces"]["tray"][0])
    else:
        text = _("the icon comes when Unsit runs")
    if bus is not None and await _has_host(bus):
        return "works", text
    if await asyncio.to_thread(_has_xembed_tray):
        return "works", text
    raise Fails(
        _("this desktop shows no tray"),
        _("Nothing is lost: every command is in `unsit --help`. On GNOME, the extension AppIndicator shows one."),
    )


async def _has_host(bus: Bus) -> bool:
    """Somebody shows the items that are registered (StatusNotifierItem specification, "StatusNotifierWatcher")."""
    try:
        (answer,) = await bus.call(
            WATCHER,
            "/StatusNotifierWatcher",
            "org.freedesktop.DBus.Properties",
            "Get",
            "ss",
            WATCHER,
            "IsStatusNotifierHostRegistered",
            no_auto_start=True,
        )
    except AdapterError:
        return False
    return bool(answer[1])


def _has_xembed_tray() -> bool:
    """Somebody owns the selection of the system tray protocol. Blocks while it asks the X server."""
    if not os.environ.get("DISPLAY"):
        return False
    from Xlib.display import Display
    from Xlib.error import DisplayError

    try:
        display = Display()
    except (DisplayError, OSError):
        return False
    try:
        selection = display.intern_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")
        return bool(display.get_selection_owner(selection))
    finally:
        display.close()


EVENTS: Final = {
    "InputStopped": N_("input stopped at {time}"),
    "InputSeen": N_("input came back at {time}"),
    "Locked": N_("the screen was locked at {time}"),
    "Unlocked": N_("the screen was unlocked at {time}"),
    "Slept": N_("the computer went to sleep at {time}"),
    "Woke": N_("the computer woke up at {time}"),
}
"""Events of the log, as they are told."""


def _last_told(*types: str) -> str:
    """The last of these events in the history."""
    from unsit.store.errors import StoreError
    from unsit.store.history import History, is_begun

    if not is_begun(paths.history_file()):
        return ""
    try:
        history = History.open(paths.history_file(), read_only=True)
        try:
            found = history.last_event(*types)
        finally:
            history.close()
    except StoreError:  # which is said of the history
        return ""
    if found is None:
        return _("; nothing was told of yet")
    type_, wall = found
    now = datetime.now().astimezone()
    return "; " + _(EVENTS[type_]).format(time=format_time_within(wall.astimezone(), now))


def _probes(presence: Presence, *names: str) -> list[Probe]:
    return [probe for probe in presence.probes() if not names or probe.name in names]


async def _presence(presence: Presence) -> Tried:
    probes = [probe for probe in presence.probes() if probe.name not in LOCKS]
    if not presence.can_see_input:
        raise Fails(
            _joined(probe.why for probe in probes) or _("nothing here can tell"),
            _("You count as present all day. Say `unsit done` after a break, and see docs/desktops.md."),
        )
    used = next(probe for probe in probes if probe.works)
    return "works", used.why + _last_told("InputStopped", "InputSeen")


LOCKS: Final = ("logind", "screensaver")


async def _lock(presence: Presence) -> Tried:
    probes = _probes(presence, *LOCKS)
    working = [probe.why for probe in probes if probe.works]
    if not working:
        raise Fails(
            _joined(probe.why for probe in probes),
            _("A locked screen counts as a break only once input has stopped."),
        )
    return "works", _joined(working) + _last_told("Locked", "Unlocked")


async def _sleep(presence: Presence) -> Tried:
    (logind,) = _probes(presence, "logind")
    if logind.works:
        return "works", _("told before and after by logind") + _last_told("Slept", "Woke")
    return "works", _("seen afterwards, by the clock") + _last_told("Slept", "Woke")


HOLDS: Final = {
    "call": N_("Calls"),
    "dnd": N_("Do not disturb"),
    "fullscreen": N_("Full screen"),
    "app": N_("Listed programs"),
}


async def _holds(
    settings: AllSettings, bus: Bus | None, *, has_desktop: bool, is_report: bool
) -> tuple[list[Check], set[HoldReason]]:
    """-> (a check for each reason: by what it is told of, or why by nothing; those that hold now)"""
    from unsit.adapters.holds import START_TIMEOUT_S
    from unsit.core.model import HOLD_REASONS
    from unsit.daemon.senses import is_hold_wanted, linux_hold_sources

    sources = linux_hold_sources(bus, lambda: settings, lambda: False)

    held: set[HoldReason] = set()

    def on_change(reason: HoldReason, holds: bool) -> None:
        if holds:
            held.add(reason)

    async def attempt(source: HoldSource) -> Tried:
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await source.start(partial(on_change, source.reason))
                if not is_report:  # which programs of the list run is the person's own business
                    await source.look()
        except TimeoutError:
            return "fails", _("it does not answer")
        except AdapterError as error:
            return "fails", str(error)
        return "works", ""

    attempts = {name: await attempt(source) for name, source in sources.items()}
    await asyncio.sleep(TOLD_WITHIN_S)
    for name, source in sources.items():
        if attempts[name][0] == "works":
            text = source.describe()
            if source.reason == "fullscreen" and not is_report:
                text = with_names(text, source.names)
            attempts[name] = ("works" if source.works else "fails", text)
        await source.stop()

    async def of(reason: HoldReason) -> Tried:
        if not is_hold_wanted(settings, reason):
            return "off", _("switched off by hold.{reason}").format(reason=reason)
        if not has_desktop and reason in ("dnd", "fullscreen"):
            return "off", _("no desktop here")
        tried = [attempts[name] for name, source in sources.items() if source.reason == reason]
        # A camera alone is little: of a call one hears. Of other reasons one source is enough.
        enough = all if reason == "call" else any
        if not enough(state == "works" for state, _text in tried):
            raise Fails(
                _joined((text for _state, text in tried), _(HOLDS[reason])) or _("nothing here can tell"),
                _("A prompt may come in the middle of it: pause then."),
            )
        told = (text for state, text in tried if state == "works")
        return "works", _joined(told, _(HOLDS[reason]))

    return [await _check(_(HOLDS[reason]), partial(of, reason)) for reason in HOLD_REASONS], held


def _joined(texts: Iterable[str], name: str = "") -> str:
    """As one line; without the name that stands before it already."""
    return "; ".join(text.rstrip(".").removeprefix(f"{name.lower()}: ") for text in texts)


# ------------------------------------------------------------------------------------------------------------ everywhere


async def _browser(settings: AllSettings) -> Tried:
    from unsit.adapters.browser import Browser

    try:
        return "works", await Browser(settings.guide.browser).describe()
    except AdapterError as error:
        raise Fails(
            str(error), _("Install one, or set guide.browser. Without one: `unsit stretch --here`, in a terminal.")
        ) from None


async def _window(settings: AllSettings, running: Mapping[str, Any] | None) -> Tried:
    """Args: running: knows whether it came up when it was wanted."""
    from unsit.adapters.window import find_window

    if settings.guide.screen == "window":
        return "off", _("the guide comes in your browser (guide.screen)")
    find_window()
    if running is not None and (harmless := running.get("harmless")):
        raise Fails(_joined(harmless))
    return "works", _("installed")


async def _autostart() -> Tried:
    from unsit.cli.autostart import effective_entry, is_enabled

    if sys.platform != "linux":
        return "off", _("not looked at on this system")
    entry = effective_entry()
    if entry is None or not is_enabled(entry):
        raise Fails(_("Unsit does not start with your session"), _("Switch it on with `unsit autostart on`."))
    return "works", str(entry)


OWN_BUSINESS: Final = ("hold.apps", "hold.ignore", "routine")
"""Keys whose values are names that somebody chose: of programs, of habits."""


def _unnamed(problem: Problem) -> str:
    """Without what stands in the file, which a message may repeat in quotes, without them, or cut short."""
    # Of a routine or an exercise; what would be right repeats it.
    is_name = problem.key.rpartition(".")[2] == "name"
    if is_name or problem.key.startswith(OWN_BUSINESS):
        wrong = _("cannot be used (left out here: what stands there)")
        problem = replace(problem, wrong=wrong, right="" if is_name else problem.right)
    return str(problem)


async def _settings(loaded: Loaded, problems: list[str]) -> Tried:
    if problems:
        raise Fails("\n".join(problems), _("Mend the file; `unsit config check` looks at it again."))
    changed = sum(origin.layer != "defaults" for origin in loaded.origin.values())
    return "works", ngettext("{count} is changed", "{count} are changed", changed).format(count=changed)


MAY_WRITE: Final = N_("Make it yours, with the folder that it is in: `ls -l` says whose it is.")


async def _history() -> Tried:
    from unsit.store.errors import StoreError
    from unsit.store.history import History, backups, is_begun

    path = paths.history_file()
    if not is_begun(path):
        folder = next(parent for parent in path.parents if parent.exists())
        if not os.access(folder, os.W_OK):
            raise Fails(_("none yet, and {path} cannot be written to").format(path=folder), _(MAY_WRITE))
        return "works", _("none yet: it begins with the first start")
    if not os.access(path, os.R_OK):
        raise Fails(_("{path} cannot be read").format(path=path), _(MAY_WRITE))
    try:
        history = History.open(path, read_only=True)
        try:
            history.check()
        finally:
            history.close()
    except StoreError as error:
        raise Fails(error.what, error.next_step) from None
    if not os.access(path, os.W_OK):
        raise Fails(_("{path} cannot be written to").format(path=path), _(MAY_WRITE))
    copies = len(backups(path.parent))
    said = ngettext("{count} backup", "{count} backups", copies).format(count=copies)
    return "works", _("{path}: {size} KiB, read as a whole; {backups}").format(path=path, size=_kib(path), backups=said)


def _kib(path: Path) -> int:
    """With the log that SQLite keeps beside it while somebody writes."""
    beside = path.with_name(path.name + "-wal")
    size = path.stat().st_size + (beside.stat().st_size if beside.exists() else 0)
    return (size + 1023) // 1024


async def _clock() -> Tried:
    from unsit.adapters.clock import local_zone

    zone = local_zone()
    now = datetime.now().astimezone()
    last = await asyncio.to_thread(_last_written)
    if last is not None and last > now:
        raise Fails(
            _("the history goes on until {last}, and now it is {now}").format(
                last=f"{last.astimezone():%Y-%m-%d %H:%M}", now=f"{now:%Y-%m-%d %H:%M}"
            ),
            _(
                "Set the clock, or let the network keep it. If it is right, it was wrong before: start Unsit, and this goes."
            ),
        )
    if sys.platform == "linux":
        from unsit.adapters.clock_linux import BootAlarmClock

        clock = BootAlarmClock()
        try:
            clock.start(lambda: None)
        finally:
            clock.stop()
        return "works", _("{zone}; counts in sleep, and is told when somebody sets it").format(zone=zone)
    return "works", zone


def _last_written() -> datetime | None:
    from unsit.store.errors import StoreError
    from unsit.store.history import History

    try:
        history = History.open(paths.history_file(), read_only=True)
    except StoreError:
        return None
    try:
        found = history.last_event()
    finally:
        history.close()
    return found[1] if found else None
