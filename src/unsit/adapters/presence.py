"""All that can tell whether the person is there, as one: `Presence` tries the sources, keeps what works, merges what they say.

Which sources there are is decided by who makes it; nothing here knows a platform. Towards the daemon it speaks
`ports.PresenceEvents`, as every source does towards it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from msgspec import Struct

from unsit.ports import AdapterError, AdapterTimeout, IdleSource, LockSource, PresenceEvents
from unsit.words import _

log = logging.getLogger(__name__)

START_TIMEOUT_S: Final = 3.0
"""For one source to start; they start together."""
AGAIN_AFTER_S: Final = (10.0, 60.0, 300.0)
"""At a login everything starts at once, and what does not answer then may do so a while later."""
ASK_TIMEOUT_S: Final = 0.5
"""For the time since the last input, when somebody waits for it."""
LOCK_GRACE_S: Final = 5.0
"""Input this soon after a lock was asked for is still the hand that locked."""
MISSED_AFTER_S: Final = 20.0
"""The only idle source may hang, as a shell does that wakes from a suspend, or be made anew: not for so long does that make
anybody present who was away."""


class SessionSource(LockSource, Protocol):
    @property
    def sees_unlock(self) -> bool:
        """It follows the lock itself, so that its end will be reported; not only requests to lock."""


class Films(Protocol):
    """What keeps the person present whose hands are still."""

    @property
    def is_inhibited(self) -> bool: ...
    async def start(self, on_change: Callable[[], None]) -> None: ...
    async def stop(self) -> None: ...


class Sighting(Struct, frozen=True):
    """What the sources say when they are asked. Attributes: last_input_ago_s: None where none of them knows."""

    last_input_ago_s: float | None
    is_locked: bool


class Probe(Struct, frozen=True):
    """How the trial of one source went; `why` in words for people."""

    name: str
    works: bool
    why: str


class _Relay(PresenceEvents):
    """What one source reports to: the same events, with its name."""

    def __init__(self, presence: Presence, name: str) -> None:
        self._presence = presence
        self._name = name

    def input_stopped(self, last_input_ago_s: float) -> None:
        self._presence._on_input_stopped(self._name, last_input_ago_s)

    def input_seen(self) -> None:
        self._presence._on_input_seen(self._name)

    def locked(self, last_input_ago_s: float | None) -> None:
        self._presence._on_locked(self._name, last_input_ago_s)

    def unlocked(self) -> None:
        self._presence._on_unlocked(self._name)

    async def about_to_sleep(self) -> None:
        await self._presence._on_about_to_sleep()

    def woke(self) -> None:
        self._presence._on_woke()

    def sensors_changed(self) -> None:
        self._presence._on_sensors_changed(self._name)


class Presence:
    """The sources together. Everything on the loop; nothing here raises for a source that fails.

    Of the idle sources the first that works is used, and the next one when it dies; the only one is waited for a while. The
    lock sources are all used: the session is locked when one of them says so, and unlocked when each that said so has taken it
    back.
    """

    def __init__(
        self,
        idle_sources: Mapping[str, IdleSource],
        lock_sources: Mapping[str, SessionSource],
        *,
        asleep_s: Callable[[], float] = lambda: 0.0,
        films: Films | None = None,
        video_is_presence: Callable[[], bool] = lambda: True,
    ) -> None:
        """
        Args:
            idle_sources: the better ones first; the names are for `probes()`.
            films: what tells whether a film plays, where the idle sources see hands alone.
            video_is_presence: the setting; asked whenever a pause is told of.
            asleep_s: how long the machine has been suspended since it was booted.
        """
        self._idle_sources = idle_sources
        self._lock_sources = lock_sources
        self._asleep_s = asleep_s
        self._films = films
        self._video_is_presence = video_is_presence
        self._held_back = False
        """A pause has been told of, and a film plays."""
        self._after_film: asyncio.TimerHandle | None = None
        self._events: PresenceEvents | None = None
        self._failures: dict[str, str] = {}
        """Why a source did not start."""
        self._slow: set[str] = set()
        """Those of which the reason is time."""
        self._trying = {name: asyncio.Lock() for name in (*idle_sources, *lock_sources)}
        self._trying_again: asyncio.Task[None] | None = None
        self._spare: set[str] = set()
        """Idle sources that started, and were stopped for want of need."""
        self._idle: str | None = None
        self._watched_s: float | None = None
        self._for_next = False
        self._choosing: asyncio.Task[None] | None = None
        self._is_chosen = asyncio.Event()
        self._saying: set[str] = set()
        """Lock sources that say locked."""
        self._is_locked = False
        self._locked_at_s = 0.0
        self._lock_report: asyncio.Task[None] | None = None
        self._sleeps: list[tuple[float, float]] = []
        """(monotonic instant at which a sleep began, its length), since the last input."""
        self._falling_asleep: tuple[float, float] | None = None
        """(monotonic instant, asleep_s then)"""

    # ---------------------------------------------------------------------------------------------------- for the daemon

    async def start(self, events: PresenceEvents) -> None:
        """Try everything, all at once. What works reports to `events` from here on."""
        await asyncio.gather(
            *(self._try(name) for name in (*self._idle_sources, *self._lock_sources)), self._follow_films()
        )
        for name, idle_source in self._idle_sources.items():
            if not idle_source.works:
                continue
            if self._idle is None:
                self._idle = name
            else:
                self._spare.add(name)
                await self._stop_spare(name)
        for name, source in self._lock_sources.items():
            if source.works and await self._says_locked(name):
                self._saying.add(name)
        self._is_locked = bool(self._saying)
        self._locked_at_s = time.monotonic()
        self._events = events
        for line in self.describe():
            log.info("%s", line)
        if self._idle is not None and self._watched_s is not None:
            self._watch_with(self._idle, self._watched_s)
        if self._slow:
            self._trying_again = asyncio.get_running_loop().create_task(self._try_again())

    def watch(self, idle_s: float, *, for_next: bool = False) -> None:
        """As ports.IdleSource.watch; goes over to the source that takes the place of one that dies."""
        self._watched_s, self._for_next = idle_s, for_next
        self._forget_pause()
        if self._events is not None and self._idle is not None:
            self._watch_with(self._idle, idle_s)

    async def idle_for_s(self) -> float | None:
        if self._idle is None:
            return None
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                ago_s = await self._idle_sources[self._idle].idle_for_s()
        except (TimeoutError, AdapterError):
            return None
        return None if ago_s is None else self._with_sleep(ago_s)

    async def is_locked(self) -> bool:
        return self._is_locked

    async def found(self) -> Sighting:
        """How things stand, for a daemon that starts and a machine that wakes."""
        return Sighting(await self.idle_for_s(), self._is_locked)

    @property
    def can_see_input(self) -> bool:
        """Also while the one that was used is waited for, or another one is looked for."""
        return self._choosing_runs() or (self._idle is not None and self._idle_sources[self._idle].works)

    @property
    def can_see_unlock(self) -> bool:
        """Whether the end of a lock will be reported. One that is only asked for (see `_on_input_seen`) ends with input."""
        return any(source.works and source.sees_unlock for source in self._lock_sources.values())

    def probes(self) -> list[Probe]:
        """In the order in which they are preferred; as things are now."""
        return [
            *(self._probe_of(name, source) for name, source in self._idle_sources.items()),
            *(self._probe_of(name, source) for name, source in self._lock_sources.items()),
        ]

    def describe(self) -> list[str]:
        """A line for each sense: what it is seen by, or why it is not."""
        lines = []
        for title, names in ((_("Input"), self._idle_sources), (_("Lock and sleep"), self._lock_sources)):
            probes = [probe for probe in self.probes() if probe.name in names]
            working = [probe.why for probe in probes if probe.works and probe.name not in self._spare]
            reasons = working or [probe.why for probe in probes] or [_("nothing here can tell")]
            lines.append(f"{title}: {'; '.join(reason.removesuffix('.') for reason in reasons)}")
        return lines

    async def stop(self) -> None:
        self._events = None
        for task in (self._choosing, self._lock_report, self._trying_again):
            if task is not None:
                task.cancel()
        self._forget_pause()
        if self._films is not None:
            await self._films.stop()
        sources: list[IdleSource | SessionSource] = [*self._idle_sources.values(), *self._lock_sources.values()]
        await asyncio.gather(*(source.stop() for source in sources), return_exceptions=True)
        self._idle = None
        self._saying.clear()

    # ------------------------------------------------------------------------------------------------------- the sources

    async def _try(self, name: str) -> bool:
        source = self._idle_sources.get(name) or self._lock_sources[name]
        async with self._trying[name]:
            if not source.works:  # where two wanted it at once, it is started once
                await self._start(name, source)
        self._spare.discard(name)
        return source.works

    async def _start(self, name: str, source: IdleSource | SessionSource) -> None:
        why: str | None = None
        self._slow.discard(name)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await source.start(_Relay(self, name))
        except AdapterError as error:
            why = str(error)
            if isinstance(error, AdapterTimeout):
                self._slow.add(name)
        except TimeoutError:
            self._slow.add(name)
            why = _("did not start within {seconds} s").format(seconds=f"{START_TIMEOUT_S:g}")
        # Barrier: a source of which nobody has thought that it could fail like this costs only itself.
        except Exception as error:
            log.exception("The presence source %s failed to start", name)
            why = f"{type(error).__name__}: {error}"
        if why is None:
            self._failures.pop(name, None)
        else:
            self._failures[name] = why

    async def _try_again(self) -> None:
        """Those that did not answer at the start."""
        for wait_s in AGAIN_AFTER_S:
            await asyncio.sleep(wait_s)
            for name in tuple(self._slow):
                source = self._idle_sources.get(name) or self._lock_sources[name]
                if source.works or await self._try(name):  # it may have come to itself
                    self._slow.discard(name)
                    await self._adopt(name)
            if not self._slow:
                return

    async def _adopt(self, name: str) -> None:
        """One that works after all."""
        if name in self._lock_sources:
            if await self._says_locked(name):
                self._saying.add(name)
        else:
            await self._use_or_spare(name)
        self._tell_sensors()

    async def _use_or_spare(self, name: str) -> None:
        if self._idle is None:
            self._use(name)
        elif self._idle != name:
            self._spare.add(name)
            await self._stop_spare(name)

    def _probe_of(self, name: str, source: IdleSource | SessionSource) -> Probe:
        if name in self._spare:
            return Probe(name, True, _("works, and is not needed"))
        return Probe(
            name, source.works, source.describe() if source.works else self._failures.get(name, source.describe())
        )

    def _on_sensors_changed(self, name: str) -> None:
        if self._events is None:
            return
        if name in self._idle_sources:
            works = self._idle_sources[name].works
            if name == self._idle and not works:
                self._idle = None
                self._is_chosen.clear()
                self._choosing = asyncio.get_running_loop().create_task(self._choose_another(name))
                self._choosing.add_done_callback(lambda _task: self._tell_sensors())
            elif self._idle is None and works:
                self._use(name)
        self._tell_sensors()

    def _tell_sensors(self) -> None:
        if self._events is None:
            return
        self._settle_locks()
        self._events.sensors_changed()
        if self._is_locked and self._is_end_told() and not self._is_lock_on_its_way():
            # Once more: while nobody would have told of its end, the daemon has let it go.
            self._events.locked(None)

    async def _choose_another(self, dead: str) -> None:
        for name in self._idle_sources:
            if name != dead and await self._try(name):
                await self._use_or_spare(name)  # the dead one may have come back
                return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MISSED_AFTER_S):
                await self._is_chosen.wait()

    async def _stop_spare(self, name: str) -> None:
        # Barrier: one that is not needed must not cost those that are.
        try:
            await self._idle_sources[name].stop()
        except Exception:
            log.exception("The presence source %s failed to stop", name)

    async def _says_locked(self, name: str) -> bool:
        # Barrier: as at the start of each.
        try:
            return bool(await self._lock_sources[name].is_locked())
        except Exception:
            log.exception("The presence source %s failed to say whether the session is locked", name)
            return False

    def _use(self, name: str) -> None:
        self._idle = name
        self._is_chosen.set()
        log.info("Input is seen by %s", name)
        if self._watched_s is not None:
            self._watch_with(name, self._watched_s)

    def _watch_with(self, name: str, idle_s: float) -> None:
        self._idle_sources[name].watch(idle_s, for_next=self._for_next)

    # ------------------------------------------------------------------------------------------------------------- input

    def _on_input_stopped(self, name: str, last_input_ago_s: float) -> None:
        if self._events is None or name != self._idle:
            return
        if self._plays_film():
            self._forget_pause()
            self._held_back = True
        elif self._after_film is None:
            self._events.input_stopped(self._with_sleep(last_input_ago_s))

    def _on_input_seen(self, name: str) -> None:
        if self._events is None or name != self._idle:
            return
        self._sleeps.clear()
        self._forget_pause()
        # A lock that was only asked for may have no end that anybody tells (swaylock under swayidle): who types in it a while
        # later has unlocked, or is about to.
        if self._is_locked and not self._is_end_told() and time.monotonic() - self._locked_at_s > LOCK_GRACE_S:
            self._saying.clear()
            self._report_unlock()
        self._events.input_seen()

    async def _follow_films(self) -> None:
        if self._films is None:
            return
        try:
            await self._films.start(self._on_film)
        except AdapterError as error:
            log.info("No film is seen: %s", error)
        # Barrier: as for each source.
        except Exception:
            log.exception("What tells of films failed to start")

    def _plays_film(self) -> bool:
        return not self._for_next and self._films is not None and self._films.is_inhibited and self._video_is_presence()

    def _on_film(self) -> None:
        """The end of a film is the last that was seen of somebody who had watched it with still hands."""
        if self._held_back and not self._plays_film() and self._watched_s is not None:
            self._held_back = False
            ended_s = time.monotonic()

            def tell() -> None:
                self._after_film = None
                if self._events is not None:
                    self._events.input_stopped(self._with_sleep(time.monotonic() - ended_s))

            self._after_film = asyncio.get_running_loop().call_later(self._watched_s, tell)
        elif self._after_film is not None and self._plays_film():
            self._forget_pause()
            self._held_back = True

    def _forget_pause(self) -> None:
        self._held_back = False
        if self._after_film is not None:
            self._after_film.cancel()
            self._after_film = None

    def _with_sleep(self, ago_s: float) -> float:
        """Idle clocks stand still in suspend. A sleep that surely began after the last input belongs to the time since."""
        instant_s = time.monotonic() - ago_s
        return ago_s + sum(slept_s for began_s, slept_s in self._sleeps if instant_s < began_s)

    # -------------------------------------------------------------------------------------------------------------- lock

    def _on_locked(self, name: str, last_input_ago_s: float | None) -> None:
        self._saying.add(name)
        self._settle_locks(last_input_ago_s)

    def _on_unlocked(self, name: str) -> None:
        self._saying.discard(name)
        self._settle_locks()

    def _settle_locks(self, last_input_ago_s: float | None = None) -> None:
        """Report what has changed by what the sources say, and by which of them work."""
        is_locked = bool(self._saying) and self._can_end()
        if self._events is None or is_locked == self._is_locked:
            return
        if is_locked:
            self._is_locked = True
            self._locked_at_s = time.monotonic()
            self._lock_report = asyncio.get_running_loop().create_task(self._report_lock(last_input_ago_s))
        else:
            self._report_unlock()

    def _is_end_told(self) -> bool:
        """Whether one of those that say locked will say when it is over."""
        return any(self._lock_sources[name].works and self._lock_sources[name].sees_unlock for name in self._saying)

    def _can_end(self) -> bool:
        """A lock whose end nobody could ever tell would leave the person locked for good."""
        return self.can_see_input or self._is_end_told()

    def _choosing_runs(self) -> bool:
        return self._choosing is not None and not self._choosing.done()

    def _is_lock_on_its_way(self) -> bool:
        return self._lock_report is not None and not self._lock_report.done()

    async def _report_lock(self, last_input_ago_s: float | None) -> None:
        if last_input_ago_s is None:
            last_input_ago_s = await self.idle_for_s()
        # Over already: then nobody needs to know, and `_report_unlock` has said nothing either.
        if self._is_locked and self._events is not None:
            self._events.locked(last_input_ago_s)

    def _report_unlock(self) -> None:
        self._is_locked = False
        if self._lock_report is not None and self._is_lock_on_its_way():
            self._lock_report.cancel()
        elif self._events is not None:
            self._events.unlocked()

    # ------------------------------------------------------------------------------------------------------------- sleep

    async def _on_about_to_sleep(self) -> None:
        if self._events is None:
            return
        self._falling_asleep = (time.monotonic(), self._asleep_s())
        if self._lock_report is not None and not self._lock_report.done():
            await asyncio.wait((self._lock_report,))  # a lock on the way to sleep comes before it
        await self._events.about_to_sleep()

    def _on_woke(self) -> None:
        if self._falling_asleep is not None:
            began_s, asleep_s = self._falling_asleep
            self._sleeps.append((began_s, self._asleep_s() - asleep_s))
            self._falling_asleep = None
        if self._events is not None:
            self._events.woke()
