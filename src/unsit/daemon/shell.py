"""The daemon's one owner of the state: queue -> step -> write down -> effects.

Here events meet the core and decisions become effects. What is decided stands in unsit.core; how an outside system is
spoken to stands in unsit.adapters; which adapter serves which port, in wiring.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast, get_args

from msgspec import Struct, field
from msgspec.structs import replace

from unsit import __version__, paths
from unsit.adapters.files_inotify import FolderWatch
from unsit.adapters.holds import Holds
from unsit.adapters.launch import open_file
from unsit.adapters.null import NullScreenAwake
from unsit.adapters.tray_icon import next_redraw_s
from unsit.catalogue import Brief, picture_of
from unsit.core import engine, hours, rotation
from unsit.core import session as sessions
from unsit.core.model import (
    BOOT_TICKS_PER_S,
    AnyDecision,
    AnyEvent,
    ClockStepped,
    Command,
    Cue,
    Found,
    HoldBegan,
    HoldEnded,
    HoldReason,
    InputSeen,
    InputStopped,
    Locked,
    Now,
    Outcome,
    Prompted,
    Refused,
    Reminded,
    SensorsChanged,
    SessionBegan,
    SettingsChanged,
    Slept,
    Started,
    State,
    Stopped,
    Tick,
    Unlocked,
    Woke,
)
from unsit.core.rules import sitting
from unsit.core.snapshot import Snapshot, snapshot
from unsit.daemon import commands, memory, notes
from unsit.daemon.guide_watch import GuideWatch
from unsit.daemon.lane import Lane
from unsit.daemon.sound import Sound
from unsit.daemon.troubles import HARMLESS, Troubles
from unsit.durations import quote
from unsit.ports import AdapterError, AlarmClock, Button, Guide, Note, Notifier, Page, ScreenAwake, Tray
from unsit.settings import Loaded, SettingsError, change_overrides, own_file
from unsit.store.errors import StoreError
from unsit.store.rows import Restored
from unsit.store.writer import AsyncHistory
from unsit.words import _

if TYPE_CHECKING:
    from unsit.store.week import Week
    from unsit.words.why import Reason

log = logging.getLogger(__name__)

NEXT_INPUT_AFTER_S: Final = 3.0
"""How long input must have stopped for a source to report its return, where the *next* input is asked for."""
SLEPT_LEAST_S: Final = 0.5
STEPPED_LEAST_S: Final = 0.5
"""The wall clock moves by less all the time: the network keeps it right."""
EVIDENCE_EVERY_S: Final = 1.0
"""In a stretch: so much of it is done again after a crash, at most."""
STOP_WITHIN_S: Final = 0.8
SENSES_WITHIN_S: Final = 0.3
"""For the sources of presence and holds at the start; on a healthy desktop they take a hundredth of that."""
SURFACES_WITHIN_S: Final = 5.0
"""For the tray and the notifications at the start; more than their own time limits."""
BACKUP_AT: Final = "03:30"
PROMPT_SOUND: Final = "message-new-instant"
"""Of the sound naming specification: what every sound theme has."""


class Refusal(Exception):
    """A command was not obeyed. `str()` says what happened, `next_step` what to do; both for people."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step


class WrongCall(Refusal):
    """The command itself is wrong: a word, a parameter, a value."""


class Clock(AlarmClock, Protocol):
    def sample(self) -> Now: ...


class PresencePort(Protocol):
    """What adapters/presence.py offers: the sources behind one object."""

    @property
    def can_see_input(self) -> bool: ...
    @property
    def can_see_unlock(self) -> bool: ...
    async def start(self, events: Any) -> None: ...
    def watch(self, idle_s: float, *, for_next: bool = False) -> None: ...
    async def idle_for_s(self) -> float | None: ...
    async def is_locked(self) -> bool | None: ...
    async def stop(self) -> None: ...
    def describe(self) -> list[str]: ...


class HoldsPort(Protocol):
    """What adapters/holds.py offers: the sources behind one object."""

    @property
    def reasons(self) -> frozenset[HoldReason]: ...
    @property
    def found(self) -> frozenset[HoldReason]: ...
    def names(self, reason: str) -> tuple[str, ...]: ...
    async def start(
        self, on_change: Callable[[HoldReason, bool], None], on_found: Callable[[], None] = lambda: None
    ) -> None: ...
    async def look(self) -> None: ...
    def settings_changed(self) -> None: ...
    async def stop(self) -> None: ...
    def describe(self) -> list[str]: ...


class Life(Protocol):
    """Evidence of life between what is written down; the instance lock."""

    last_life_wall: float | None

    def touch(self) -> None: ...


class Ports(Struct):
    clock: Clock
    history: AsyncHistory
    notifier: Notifier
    tray: Tray
    presence: PresencePort
    guide: Guide
    life: Life
    holds: HoldsPort = field(default_factory=lambda: Holds({}))
    make_screen: Callable[[], ScreenAwake] = NullScreenAwake
    """At the first session: an hour at the desk needs none."""


class Origin(Struct, frozen=True):
    """Where a command came from.

    Attributes:
        name: for the log.
        token: the desktop's permission to bring a window to the front.
        opens_guide: a session begun from here needs the page.
    """

    name: str
    token: str | None = None
    opens_guide: bool = True


_SELF: Final = Origin("daemon")

Job = tuple[Callable[[Now], AnyEvent], Origin, "asyncio.Future[tuple[AnyDecision, ...]] | None"]


class Shell:
    """
    Args:
        read_settings: reads all layers and the catalogue anew: what counts now, with the problems.
        evidence_of: the last moment, in POSIX seconds, that the system noted of a boot.
    """

    def __init__(
        self,
        ports: Ports,
        loaded: Loaded,
        catalogue: Brief,
        zone: Callable[[], str],
        read_settings: Callable[[Loaded], tuple[Loaded, Brief]],
        evidence_of: Callable[[str], Coroutine[Any, Any, float | None]],
        *,
        is_demo: bool = False,
    ) -> None:
        self.ports = ports
        self.loaded = loaded
        self.catalogue = catalogue
        self._zone = zone
        self._read_settings = read_settings
        self._evidence_of = evidence_of
        self._is_demo = is_demo
        self.state: State | None = None
        self._queue: asyncio.Queue[Job | None] = asyncio.Queue()
        self._notes = Lane("The notification server", self._on_note_failure)
        self._pages = Lane("The guide", self._on_guide_failure)
        self.sound = Sound(
            lambda: self.loaded.settings.sound,
            self.change_settings,
            self._on_sound_unremembered,
            self._refresh_soon,
        )
        self.sound.is_in_call = lambda: "call" in ports.holds.found
        self.guide = GuideWatch(
            lambda: self.state.session if self.state else None,
            lambda: self._open_page("guide", None),
            self._show,
            self._close_note,
        )
        self._screen_calls = Lane("The screen", lambda _text: None)
        self._screen: ScreenAwake | None = None
        self._evidence_timer: asyncio.TimerHandle | None = None
        self.holds_screen = False
        """For a stretch that runs."""
        self._watchers: list[Callable[[], None]] = [self._let_coach_follow]
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._shown_prompt: int | None = None
        self._open_note: Note | None = None
        self._watched: tuple[float, bool] | None = None
        """What the presence sources were asked for last."""
        self._last_sign_told_s = 0.0
        self._asleep_total_s = _suspended_s()
        self._wall_offset_s = 0.0
        self.troubles = Troubles(
            self._problems_elsewhere,
            lambda text: self._show(notes.problem_note(_("Something does not work"), text)),
            lambda: self._close_note("problem"),
            lambda: self._refresh() if self.state is not None else None,
        )
        self._said_no_stretch = ""
        self._must_stop = asyncio.Event()
        self._is_first_start = False
        self._files: FolderWatch | None = None
        self._watched_folders: list[Path] = []
        self._reads = 0

    # ------------------------------------------------------------------------------------------------------ the outside

    def _problems_elsewhere(self) -> dict[str, str]:
        files = (*self.loaded.problems, *self.catalogue.problems)
        store = {str(problem): str(problem) for problem in self.ports.history.problems}
        return store | {str(problem): problem.briefly() for problem in files}

    def snapshot(self) -> Snapshot:
        if self.state is None:
            raise Refusal(_("Unsit is still starting."), _("Try again in a moment."))
        now = self.ports.clock.sample()
        made = snapshot(self.state, now, __version__, self.troubles.all, catalogue_version=self._reads)
        holds = tuple(replace(hold, by=self.ports.holds.names(hold.reason)) for hold in made.holds)
        return replace(
            made,
            holds=holds,
            muted=self.sound.is_muted,
            sound_note=self.sound.note,
            no_stretch=_why_no_stretch(self.state),
        )

    def watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Be told of every change; the result ends it."""
        self._watchers.append(on_change)
        return lambda: self._watchers.remove(on_change) if on_change in self._watchers else None

    async def command(self, word: str, params: Mapping[str, Any], origin: Origin) -> Snapshot:
        """Obey one word of the vocabulary.

        Raises:
            KeyError: there is no such word.
            Refusal: the state does not allow it, or (WrongCall) the call is wrong.
        """
        if word in commands.SHELL_WORDS:
            return await self._obey_about_sound(word, params)
        try:
            make = commands.to_event(word, params)
        except ValueError as error:
            raise WrongCall(str(error)) from None
        answer: asyncio.Future[tuple[AnyDecision, ...]] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((make, origin, answer))
        for decision in await answer:
            if isinstance(decision, Refused):
                if word == "begin" and self._runs_session() and origin.opens_guide:
                    self._open_page("guide", origin.token)
                called = self.catalogue.name_of(decision.about)  # the next step is typed, so it takes the id
                reason = _said(decision.reason, called)
                step = _said(decision.next_step, decision.about)
                if decision.about and decision.about not in self.catalogue.names:
                    reason, step = self._why_unknown(decision.about, reason, step)
                raise Refusal(reason, step)
        return self.snapshot()

    def act(self, command: str, params: Mapping[str, Any], origin: Origin) -> None:
        """A button was pressed or a menu item chosen; what comes of it is seen on the desktop."""
        self._spawn(self._act(command, params, origin))

    async def _act(self, command: str, params: Mapping[str, Any], origin: Origin) -> None:
        log.info("%s asks: %s %s", origin.name, command, dict(params))
        try:
            if command == "open":
                await self.open(str(params.get("page", "status")), origin.token)
            elif command == "quit":
                self.stop()
            elif command in commands.SWITCHES:
                await self.switch_exercise(str(params.get("exercise", "")), is_on=commands.SWITCHES[command])
            else:
                await self.command(command, params, origin)
                if command in ("skip", "done"):
                    self._offer_undo(command)
                elif command == "toggle" and origin.name == "notification" and not self.guide.are_pages_there:
                    self._open_page("guide", origin.token)  # the one that the crash left is gone
        except Refusal as refusal:
            if command == "begin" and self._runs_session():
                return  # a late click, or a second one: the guide that comes up says it all
            self._show(notes.problem_note(str(refusal), refusal.next_step))
        except KeyError:
            log.error("%s sent a word that does not exist: %s", origin.name, command)

    def _why_unknown(self, exercise: str, wrong: str, next_step: str) -> tuple[str, str]:
        """`wrong` and `next_step` as they are for one that there is not, or what is true of one whose file has a mistake."""
        from unsit.catalogue.mistakes import in_file_of  # for a slip of the hand
        from unsit.settings.values import unknown

        if mistake := in_file_of(exercise, self.catalogue.problems):
            return mistake
        return unknown(wrong, exercise, self.catalogue.names), next_step

    async def switch_exercise(self, exercise: str, *, is_on: bool) -> Snapshot:
        """As the setting `exercises.ID`, written for the person; on also means that it no longer hurts.

        Raises:
            Refusal: something that counts more decides it, or it cannot be written. WrongCall: there is no such exercise.
        """
        if exercise not in self.catalogue.names:
            wrong = _("no exercise is called {about}").format(about=exercise)
            raise WrongCall(*self._why_unknown(exercise, wrong, _("See them with `unsit exercise list`.")))
        if self._is_demo:
            raise Refusal(_("a demonstration keeps nothing"), _("End it, start Unsit, and switch it there."))
        key = f"exercises.{exercise}"
        name = self.catalogue.name_of(exercise)
        for layer in self.loaded.layers:
            if any(word in layer.locked for word in ("exercises", key)):
                raise Refusal(
                    _("{exercise} cannot be switched here: {file} locks it").format(exercise=name, file=layer.where),
                    _("Ask whoever looks after this computer."),
                )
        origin = self.loaded.origin.get(key)
        if origin is not None and origin.layer in ("environment", "flags"):
            raise Refusal(
                _("{exercise} cannot be switched here: {origin} decides it").format(exercise=name, origin=origin),
                _("Change it there."),
            )
        try:
            await self.change_settings({key: is_on})
        except AdapterError as error:
            raise Refusal(_("{exercise} could not be switched: {why}").format(exercise=name, why=error)) from None
        return self.snapshot()

    async def open(self, page: str, token: str | None = None) -> None:
        """Raises: WrongCall: there is no such page."""
        if page == "settings":
            self._pages.put(lambda: self._open_settings(token))
        elif page in get_args(Page):
            self._open_page(cast(Page, page), token)
        else:
            names = ", ".join([*get_args(Page), "settings"])
            raise WrongCall(
                _("there is no page called {page}").format(page=page), _("There are: {names}").format(names=names)
            )

    async def _open_settings(self, token: str | None) -> None:
        """The person's own file, in their editor; what they save is read by itself."""
        try:
            path = own_file()
        except OSError as error:
            raise AdapterError(_("Your settings file cannot be written: {why}").format(why=error)) from error
        self._watch_settings()
        await open_file(path, token)

    def _watch_settings(self) -> None:
        """Those of the person's folders that there are: anew, where one has come since."""
        folder = paths.user_config_dir()
        folders = [folder for folder in (folder, folder / "exercises") if folder.is_dir()]
        if self._is_demo or sys.platform != "linux" or (self._files is not None and folders == self._watched_folders):
            return
        if self._files is not None:
            self._files.stop()
        self._watched_folders = folders
        self._files = FolderWatch(folders, lambda: self._spawn(self._reload_saved()))
        try:
            self._files.start()
        except AdapterError as error:
            log.info("%s", error)

    async def _reload_saved(self) -> None:
        log.info("Settings were saved")
        await self.reload()

    def _runs_session(self) -> bool:
        return self.state is not None and self.state.session is not None

    def _open_page(self, page: Page, token: str | None) -> None:
        if page == "guide":
            self.guide.opened()

        async def open_() -> None:
            await self.ports.guide.open(page, token)
            self.troubles.clear("guide")
            if page == "guide":
                self.troubles.clear(HARMLESS)

        self._pages.put(open_)

    async def reload(self, touched: Sequence[str] = ()) -> tuple[str, ...]:
        """Read the settings and the catalogue anew; the result is what is wrong with them."""
        self._watch_settings()
        before = self.loaded.settings.guide
        self.loaded, self.catalogue = self._read_settings(self.loaded)
        if self.loaded.settings.guide != before:  # another browser, or no window of our own: what was wrong is over
            self.troubles.clear("guide")
            self.troubles.clear(HARMLESS)
        self.sound.settings_changed()
        self.ports.holds.settings_changed()
        self._watched = None  # what counts as input may be another now
        self._reads += 1
        log.info("The settings were read anew")
        answer: asyncio.Future[tuple[AnyDecision, ...]] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((self._settings_event(tuple(touched)), _SELF, answer))
        await answer
        self.troubles.say()
        return tuple(str(problem) for problem in (*self.loaded.problems, *self.catalogue.problems))

    async def change_settings(self, changes: Mapping[str, object]) -> None:
        """Write them to overrides.toml, and read everything anew.

        Raises:
            AdapterError: nothing was written; for people.
        """
        ids = frozenset(rule.id for rule in self.catalogue.rules)
        # A disk that sleeps must not stall the tones. The thread ends with its work.
        writer = ThreadPoolExecutor(1, thread_name_prefix="unsit-settings")
        try:
            await asyncio.get_running_loop().run_in_executor(
                writer, lambda: change_overrides(changes, self.loaded, exercise_ids=ids)
            )
        except SettingsError as error:
            raise AdapterError(str(error)) from error
        finally:
            writer.shutdown(wait=False)
        await self.reload(tuple(changes))

    async def _obey_about_sound(self, word: str, params: Mapping[str, Any]) -> Snapshot:
        known = commands.SHELL_WORDS[word]
        if unknown := sorted(params.keys() - set(known)):
            raise WrongCall(
                _("{word} takes no {parameter}; it takes {known}").format(
                    word=word, parameter=quote(unknown[0]), known=", ".join(known) or _("nothing")
                )
            )
        self.snapshot()  # refuses while the daemon still starts
        if word == "sound":
            await self._set_sound(params)
            return self.snapshot()
        # At once; then it is written down, but for a demonstration.
        self.sound.mute(word == "mute")
        self._refresh()
        if not self._is_demo:
            await self.sound.remember()
        return self.snapshot()

    async def _set_sound(self, params: Mapping[str, Any]) -> None:
        try:
            await self.change_settings({f"sound.{name}": value for name, value in params.items()})
        except AdapterError as error:
            raise WrongCall(str(error)) from None

    def _on_sound_unremembered(self, why: str) -> None:
        if why:
            self.troubles.set(
                "sound", _("What you said about sound is forgotten when Unsit ends: {why}").format(why=why)
            )
        else:
            self.troubles.clear("sound")

    def stop(self) -> None:
        """End cleanly, soon."""
        self._must_stop.set()

    # ---------------------------------------------------------------------------------- what the presence sources report

    def input_stopped(self, last_input_ago_s: float) -> None:
        last_s = self._last_sign_s(last_input_ago_s)
        self._post(lambda now: InputStopped(now, last_s))

    def input_seen(self) -> None:
        self._post(InputSeen)

    def locked(self, last_input_ago_s: float | None) -> None:
        last_s = None if last_input_ago_s is None else self._last_sign_s(last_input_ago_s)
        self._post(lambda now: Locked(now, last_s))

    def unlocked(self) -> None:
        self._post(Unlocked)

    async def about_to_sleep(self) -> None:
        """The machine suspends as soon as this returns: the log is written, the screen is taken back."""
        await self._ask(Slept)
        await self._notes.drain()

    def woke(self) -> None:
        self._spawn(self._handle_wake(self._asleep_since_s()))

    def sensors_changed(self) -> None:
        presence, state = self.ports.presence, self.state
        seen = (presence.can_see_input, presence.can_see_unlock)
        if state is None or seen != (state.can_see_input, state.can_see_unlock):
            self._post(lambda now: SensorsChanged(now, *seen))

    def hold_changed(self, reason: HoldReason, holds: bool) -> None:
        was_there = self._looking is not None and not self._looking.done()
        self._post(lambda now: HoldBegan(now, reason, was_there) if holds else HoldEnded(now, reason))

    def _last_sign_s(self, last_input_ago_s: float) -> float:
        """The instant of the last input. A command and an unlock are as good as input, and no source has seen them."""
        return max(self.ports.clock.sample().boot_s - _ticks(last_input_ago_s), self._last_sign_told_s)

    async def _handle_wake(self, asleep_since_s: float | None) -> None:
        is_locked = await self.ports.presence.is_locked()
        self._post(lambda now: Woke(now, Found(is_locked=is_locked), asleep_since_s))

    def _handle_step(self) -> None:
        """Somebody set the clock, or the machine woke up: the timerfd does not say which."""
        now = self.ports.clock.sample()
        if self.state and self._zone() != self.state.zone:  # one travels asleep
            self._post(self._settings_event(()))
        asleep_since_s = self._asleep_since_s()
        if asleep_since_s is not None:
            self._spawn(self._handle_wake(asleep_since_s))
        offset_s = now.wall.timestamp() - now.boot_s
        stepped_s, self._wall_offset_s = offset_s - self._wall_offset_s, offset_s
        if abs(stepped_s) >= STEPPED_LEAST_S:
            log.info("The wall clock was set by %+.1f s", stepped_s)
            self._post(ClockStepped)
        else:
            self._arm()

    def _asleep_since_s(self) -> float | None:
        """When the sleep began that nobody has asked of yet: whoever tells of it second must not make it a second one."""
        total_s = _suspended_s()
        slept_s, self._asleep_total_s = total_s - self._asleep_total_s, total_s
        return self.ports.clock.sample().boot_s - _ticks(slept_s) if slept_s >= SLEPT_LEAST_S else None

    # --------------------------------------------------------------------------------------------------------- the life

    async def run(self) -> None:
        """From the start to a clean stop."""
        clock = self.ports.clock
        now = clock.sample()
        self._wall_offset_s = now.wall.timestamp() - now.boot_s
        clock.start(self._handle_step)
        looking = self._spawn(self.ports.presence.start(self))
        listening = self._spawn(self.ports.holds.start(self.hold_changed, self._refresh_soon))
        # The first work of the lane: what there is to show waits until it is known who shows it.
        self._notes.put(
            lambda: _begun("The notifications", self.ports.notifier.start(self._on_button, self._on_server))
        )
        restored = await self.ports.history.open(lambda state, event: engine.step(state, event)[0])
        self._is_first_start = restored.state is None and not restored.is_lost
        # A source that hangs must not keep the tray empty: what it finds later comes as events.
        await asyncio.wait({looking, listening}, timeout=SENSES_WITHIN_S)
        # `state` is None until the start is decided: nobody is shown how things stood before a crash.
        await self._take(await self._started(restored), _SELF, restored.state)
        self.guide.restored()
        if restored.is_lost and self.state:
            known = restored.remembered
            self.state = replace(
                self.state,
                records=max(known.records, self.state.records),
                completed=known.completed,
                last_completed=known.last_completed,
                hurt=known.hurt,
            )
            # Not with the next event, which may be an hour away: an exercise that hurt must stay off whatever happens.
            await self.ports.history.append(Tick(self.state.now), (), self.state, __version__)
        looking.add_done_callback(lambda _task: self.sensors_changed())
        worker = asyncio.create_task(self._work(), name="events")
        await _begun("The tray", self.ports.tray.start())
        self._greet()
        self.troubles.say()
        self._watch_settings()
        memory.give_back()
        clock.every_day("backup", BACKUP_AT, self._back_up)
        try:
            await self._must_stop.wait()
        finally:
            self._queue.put_nowait(None)
            await worker
            await self._end()

    async def _started(self, restored: Restored) -> Callable[[Now], AnyEvent]:
        presence, now = self.ports.presence, self.ports.clock.sample()
        idle_s, is_locked = await presence.idle_for_s(), await presence.is_locked()
        holds = tuple(sorted(self.ports.holds.reasons))
        found = Found(is_locked=is_locked, holds=holds)
        if idle_s is not None:
            last_s = now.boot_s - _ticks(idle_s)
            # The clock of another boot says nothing here.
            before = restored.state if restored.state and restored.state.now.boot_id == now.boot_id else None
            known_s = before.idle_since_s if before else None
            came_back = known_s is None or last_s > known_s + NEXT_INPUT_AFTER_S
            flows = came_back and idle_s < self.loaded.settings.away.idle_after_s
            found = Found(input_flows=flows, last_input_s=last_s, is_locked=is_locked, holds=holds)
        last = restored.last_event_now
        alive = await self._last_alive(last, now) if last and not restored.was_clean else None
        make = self._settings_event(())(now)
        return lambda at: Started(
            at, make.settings, make.catalogue, make.zone, found, version=__version__, alive_until=alive
        )

    async def _last_alive(self, last: Now, now: Now) -> Now | None:
        """The last evidence of life before this start, on the clocks of its boot."""
        wall = self.ports.life.last_life_wall
        if last.boot_id != now.boot_id:
            wall = await self._evidence_of(last.boot_id)
        if wall is None:
            return None
        ago_s = min(max(0.0, now.wall.timestamp() - wall), (now.wall - last.wall).total_seconds())
        if last.boot_id == now.boot_id:
            boot_s = now.boot_s - _ticks(max(ago_s, 0.0))
        else:
            boot_s = last.boot_s + _ticks(max(0.0, wall - last.wall.timestamp()))
        return Now(boot_s, last.boot_id, now.wall - timedelta(seconds=ago_s))

    def _settings_event(self, touched: tuple[str, ...]) -> Callable[[Now], SettingsChanged]:
        settings, rules, zone = self.loaded.settings.core, self.catalogue.rules, self._zone()
        return lambda now: SettingsChanged(now, settings, rules, zone, touched)

    async def _work(self) -> None:
        while (job := await self._queue.get()) is not None:
            make, origin, answer = job
            try:
                decisions = await self._take(make, origin)
            except Exception as error:
                # Barrier: one event that cannot be handled must not end the day.
                log.exception("An event could not be handled")
                if answer and not answer.done():
                    answer.set_exception(error)
            else:
                if answer and not answer.done():
                    answer.set_result(decisions)

    async def _take(
        self, make: Callable[[Now], AnyEvent], origin: Origin, restored: State | None = None
    ) -> tuple[AnyDecision, ...]:
        """One event: decide, write down, act."""
        event = make(self.ports.clock.sample())
        before = self.state or restored
        state, decisions = engine.step(before, event)
        if _is_worth_writing(before, state, event, decisions):
            log.debug("%s -> %s", event, decisions)
            await self.ports.history.append(event, decisions, state, __version__)
        self.state = state
        self._leave_evidence()
        if isinstance(event, Command | Unlocked):
            # One that came without a touch of the keys (from a phone, from a script, by a fingerprint): no source would
            # ever tell that it was the last sign. Asked anew, it tells of the pause that is on.
            self._last_sign_told_s = event.now.boot_s
            self._watched = None
        for decision in decisions:
            log.info("%s", decision)
            self._carry_out(decision, origin)
        self._reconcile()
        return decisions

    def _leave_evidence(self) -> None:
        """Of a stretch nothing is written between two commands; the next start reads from this how far it was in a crash."""
        if self._evidence_timer is not None:
            self._evidence_timer.cancel()
            self._evidence_timer = None
        self.ports.life.touch()
        session = self.state.session if self.state else None
        if session is not None and session.paused_s is None:
            loop = asyncio.get_running_loop()
            self._evidence_timer = loop.call_later(EVIDENCE_EVERY_S, self._leave_evidence)

    async def _end(self) -> None:
        try:
            await self._take(Stopped, _SELF)
        except Exception:
            # Barrier: a stop that cannot be written down is still a stop; the next start takes it for a crash.
            log.exception("The stop could not be written down")
        if self._evidence_timer is not None:  # of a stretch whose stop could not be decided
            self._evidence_timer.cancel()
        self.ports.clock.stop()
        if self._files is not None:
            self._files.stop()
        for task in self._tasks:
            task.cancel()
        ends = [
            self.sound.stop(),
            self._end_notes(),
            self.ports.tray.stop(),
            self.ports.presence.stop(),
            self.ports.holds.stop(),
            self.ports.guide.stop(),
            self._screen_calls.drain(),
        ]
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await asyncio.gather(*ends, return_exceptions=True)
        except TimeoutError:
            log.warning("Something did not stop in time; it ends with the process")
        with contextlib.suppress(StoreError):
            await self.ports.history.snapshot()
        await self.ports.history.close()

    async def _end_notes(self) -> None:
        self._notes.drop()
        for slot in ("prompt", "undo", "hello", "problem", "guide"):
            await self.ports.notifier.close(slot)
        await self.ports.notifier.stop()

    async def week(self) -> Week:
        """What was done since Monday, read from the history when somebody asks.

        Raises:
            StoreError: the file cannot be read.
        """
        from unsit.store import week  # a session's end needs it, an idle hour does not

        wall = self.ports.clock.sample().wall
        return week.added_up(await self.ports.history.outcomes(week.began(wall), wall + timedelta(days=1)))

    async def why(self, at: str | None) -> list[Reason]:
        """What was decided, and what comes next, in plain sentences; of a moment in the past if one is named.

        Raises:
            WrongCall: that is no such moment. Refusal: too far back, or not yet. StoreError: the file cannot be read.
        """
        from unsit.words import why  # for when somebody asks

        now, state = self.ports.clock.sample(), self.state
        by = {hold.reason: hold.by for hold in self.snapshot().holds}  # and refuses while the daemon still starts
        try:
            moment = None if at is None else why.moment_of(at, now.wall, self._zone())
        except ValueError as error:
            raise WrongCall(str(error)) from None
        try:
            return await self.ports.history.read(
                moment or now.wall, lambda part: why.explain(part, now, moment, state=state, by=by)
            )
        except why.TooFarBack as error:
            raise Refusal(str(error), _("Name a later time.")) from None
        finally:
            memory.give_back()

    async def _back_up(self) -> None:
        with contextlib.suppress(StoreError):  # for `why`, which starts to reckon from it
            await self.ports.history.snapshot()
        try:
            await self.ports.history.backup(self.ports.clock.sample().wall.date().isoformat())
        except StoreError as error:
            log.warning("No backup: %s", error)

    # ------------------------------------------------------------------------------------------------------------ effects

    def _carry_out(self, decision: AnyDecision, origin: Origin) -> None:
        match decision:
            case Prompted() | Reminded():
                self._close_note("hello")
                self._show_prompt(decision)
                if isinstance(decision, Prompted):
                    self._pages.put(self.ports.guide.prepare)
            case SessionBegan():
                self._close_note("hello")
                if origin.opens_guide:
                    self._open_page("guide", origin.token)
            case Outcome():
                self._close_note("undo")
            case _:
                pass

    def _reconcile(self) -> None:
        """Everything that follows from the state alone."""
        state = self.state
        if state is None:
            return
        offered = state.prompt.id if state.prompt and state.prompt.stage == "offered" else None
        if self._shown_prompt is not None and offered != self._shown_prompt:
            self._shown_prompt = self._open_note = None
            self._close_note("prompt")
        for_next = engine.wants_next_input(state)
        wanted = (NEXT_INPUT_AFTER_S if for_next else state.settings.away.idle_after_s, for_next)
        if wanted != self._watched:
            self._watched = wanted
            self.ports.presence.watch(wanted[0], for_next=for_next)
        self._hold_screen(state.session is not None and state.session.paused_s is None)
        self.guide.follow()
        self._refresh()

    def _hold_screen(self, is_wanted: bool) -> None:
        """Only as long as a session runs: one that pauses may be about to leave, and then the screen is to lock."""
        if is_wanted == self.holds_screen:
            return
        self.holds_screen = is_wanted
        if self._screen is None:
            self._screen = self.ports.make_screen()
        self._screen_calls.put(self._screen.hold if is_wanted else self._screen.release)

    def _refresh(self) -> None:
        """Show the state as it is now, and wait for the next instant at which something changes."""
        # Barrier: what shows the state must not stop it.
        try:
            self.ports.tray.refresh(self.snapshot())
        except Exception:
            log.exception("The tray could not be refreshed")
        for on_change in tuple(self._watchers):
            try:
                on_change()
            except Exception:
                log.exception("Somebody who watches the state failed")
        self._arm()

    def _refresh_soon(self) -> None:
        """For who asks from within a refresh."""
        asyncio.get_running_loop().call_soon(self._refresh)

    def _let_coach_follow(self) -> None:
        if self.state is not None and (self.state.session is not None or self.sound.is_busy):
            self.sound.follow(self.snapshot())

    def _arm(self) -> None:
        state = self.state
        if state is None:
            return
        wake_s = engine.next_wake_s(state)
        redraw_s = next_redraw_s(self.snapshot())
        times = [at_s for at_s in (wake_s, redraw_s) if at_s is not None]
        self.ports.clock.wake_at(min(times, default=None), self._handle_alarm)

    def _handle_alarm(self) -> None:
        wake_s = engine.next_wake_s(self.state) if self.state else None
        if wake_s is None or wake_s > self.ports.clock.sample().boot_s:
            self._refresh()
        elif self.state and self.state.session:
            self._post(Tick)
        elif self._looking is None or self._looking.done():  # a look that is under way is this alarm's too
            self._looking = self._spawn(self._look_and_tick())

    async def _look_and_tick(self) -> None:
        """A prompt may be due: what is not told of by itself is looked at first."""
        await self.ports.holds.look()
        self._post(Tick)

    # -- notes

    def _show(self, note: Note) -> None:
        if note.slot == "problem":
            self.troubles.forget_note()

        async def show() -> None:
            await self.ports.notifier.show(note)
            self.troubles.clear("notifications")

        self._notes.put(show)

    def _close_note(self, slot: str) -> None:
        self._notes.put(lambda: self.ports.notifier.close(slot))

    def _show_prompt(self, decision: Prompted | Reminded) -> None:
        state = self.state
        if state is None:
            return
        settings = state.settings.prompt
        exercises = decision.exercises
        choice = sessions.choose(state, exercises)
        picture = picture_of(exercises[0])
        no_stretch = _why_no_stretch(state) if exercises == (rotation.WALK,) and decision.routine is None else ""
        # Once for each cause, and not to somebody who has set that they stretch nowhere.
        is_news = bool(no_stretch and state.settings.stretch.place) and no_stretch != self._said_no_stretch
        self._said_no_stretch = no_stretch
        is_new = isinstance(decision, Prompted) and not decision.again
        note = notes.prompt_note(
            decision,
            self.catalogue.name_of,
            seconds=sessions.total_s(sessions.segments(state.catalogue, choice)),
            snooze_s=settings.snooze_s,
            sound=PROMPT_SOUND if settings.sound == "tone" and is_new and self.sound.is_wanted else None,
            image=str(picture) if picture else None,
            link="unsit:begin",
            no_stretch=is_news,
        )
        self._shown_prompt, self._open_note = decision.prompt, replace(note, sound=None)
        self._show(note)

    def _offer_undo(self, command: str) -> None:
        snapshot_now = self.snapshot()
        if snapshot_now.undo is not None and self.state is not None:
            due_s = sitting.due_s(self.state)
            next_at = None
            if due_s is not None:
                now = self.ports.clock.sample()
                next_at = now.wall + timedelta(seconds=due_s - now.boot_s)
            self._show(notes.undo_note(command, next_at))

    def _greet(self) -> None:
        state = self.state
        if state is None or self._is_demo or (state.prompt and state.prompt.stage == "offered"):
            return
        if self.guide.greet():
            return
        self._show(
            notes.hello_note(
                **self._speaks_next(state),
                first=self._is_first_start,
                every_s=sitting.every_s(state),
                has_hours=bool(state.settings.hours),
            )
        )

    def already_running(self) -> None:
        """Somebody started it again from a menu, where nobody sees what the command line says."""
        if self.state is not None:
            self._show(notes.already_running_note(**self._speaks_next(self.state)))

    def _speaks_next(self, state: State) -> notes.SpeaksNext:
        now = self.ports.clock.sample()
        due_s = sitting.due_s(state)
        pause = state.pause
        paused_until = None
        if pause and pause.until_wall is not None:
            paused_until = hours.local_datetime(pause.until_wall, state.zone)
        elif pause and pause.until_s is not None:
            paused_until = now.wall + timedelta(seconds=pause.until_s - now.boot_s)
        return {
            "now": now.wall,
            "next_at": None if due_s is None else now.wall + timedelta(seconds=due_s - now.boot_s),
            "opens_at": None if state.is_open else hours.local_datetime(state.hours_until_wall, state.zone),
            "paused": pause is not None,
            "paused_until": paused_until,
        }

    def _on_button(self, button: Button, token: str | None) -> None:
        self.act(button.command, button.params, Origin("notification", token))

    def _on_server(self) -> None:
        """A notification server has come (back): what is open is shown again."""
        self.troubles.clear("notifications")
        for note in (self._open_note, self.guide.note):
            if note is not None:
                self._show(note)

    # -- problems

    def describe(self) -> dict[str, list[str]]:
        """What this desktop offers and what is used of it, a line each."""
        ports = self.ports
        return {
            "tray": [ports.tray.describe()],
            "notifications": [ports.notifier.describe()],
            "presence": ports.presence.describe(),
            "holds": ports.holds.describe(),
            "sound": [self.sound.describe()],
            "screen": [self._screen.describe()] if self._screen else [],
        }

    def on_no_tray(self) -> None:
        """Neither kind of tray is there. Nothing is lost: every command has other ways."""
        log.info("%s", self.ports.tray.describe())
        if self._is_first_start:
            title = _("This desktop shows no tray")
            self._show(notes.problem_note(title, _("Unsit runs all the same: see `unsit status` and `unsit --help`.")))

    def _on_note_failure(self, text: str) -> None:
        self.troubles.set("notifications", text, has_note=False)

    def _on_guide_failure(self, text: str) -> None:
        self.troubles.set("guide", text)

    def on_pages_problem(self, text: str, *, was_shown: bool) -> None:
        """Args: was_shown: the page came all the same, in another way."""
        self.troubles.set(HARMLESS if was_shown else "guide", text)

    def on_pages_lost(self) -> None:
        self.guide.on_pages_lost(is_stopping=self._must_stop.is_set())

    def on_store_problems(self, _problems: Sequence[StoreError]) -> None:
        self.troubles.say()

    # -- small things

    def _post(self, make: Callable[[Now], AnyEvent]) -> None:
        self._queue.put_nowait((make, _SELF, None))

    async def _ask(self, make: Callable[[Now], AnyEvent]) -> tuple[AnyDecision, ...]:
        answer: asyncio.Future[tuple[AnyDecision, ...]] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((make, _SELF, answer))
        return await answer

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _begun(name: str, start: Awaitable[object]) -> None:
    """Barrier: a desktop that hangs or falls apart at this very moment must not end the program."""
    try:
        async with asyncio.timeout(SURFACES_WITHIN_S):
            await start
    except TimeoutError:
        log.warning("%s did not start within %g s", name, SURFACES_WITHIN_S)
    except AdapterError as error:
        log.warning("%s did not start: %s", name, error)
    except Exception:
        log.exception("%s did not start", name)


def _is_worth_writing(before: State | None, after: State, event: AnyEvent, decisions: Sequence[AnyDecision]) -> bool:
    """The cues inside a session follow from its start, and a tick that changes nothing is none: neither is written down."""
    if not isinstance(event, Tick):
        return True
    if decisions:
        return not all(isinstance(decision, Cue) for decision in decisions)
    return before is None or replace(after, now=before.now) != before


def _why_no_stretch(state: State) -> str:
    if rotation.pick(state) != rotation.WALK:
        return ""
    from unsit.words.no_stretch import no_stretch_words

    return no_stretch_words(rotation.left_out_stretches(state))


def _said(msgid: str, about: str) -> str:
    """A reason of the core in the person's language."""
    return _(msgid).format(about=about) if msgid else ""


def _ticks(seconds: float) -> float:
    """On the raster of instants."""
    return round(seconds * BOOT_TICKS_PER_S) / BOOT_TICKS_PER_S


def _suspended_s() -> float:
    """How long this machine has been suspended since it was started."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
