"""A daemon's shell on ports with levers: a clock that goes when it is told to, surfaces that hang and refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from support.log import decisions_of
from support.patience import PATIENCE_S, patient_s
from unsit import catalogue as exercises
from unsit import paths
from unsit import settings as all_settings
from unsit.catalogue import Brief
from unsit.core.model import BOOT_TICKS_PER_S, AnyDecision, Now, PromptSettings, StretchSettings
from unsit.core.snapshot import Snapshot
from unsit.daemon.shell import Ports, Shell
from unsit.ports import AdapterError, Button, Note, Page
from unsit.settings import Loaded
from unsit.store.history import History
from unsit.store.writer import AsyncHistory

MORNING: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class LeverClock:
    """Attributes: boot_s, wall: now. wake_s: what was asked for last. daily: name -> (time, callback)."""

    def __init__(self) -> None:
        self.boot_s = 1000.0
        self.boot_id = "this boot"
        self.wall = MORNING
        self.wake_s: float | None = None
        self.daily: dict[str, tuple[str, Callable[[], Awaitable[None]]]] = {}
        self._wake: Callable[[], None] = lambda: None
        self._on_step: Callable[[], None] = lambda: None

    def sample(self) -> Now:
        return Now(round(self.boot_s * BOOT_TICKS_PER_S) / BOOT_TICKS_PER_S, self.boot_id, self.wall)

    def start(self, on_step: Callable[[], None]) -> None:
        self._on_step = on_step

    def wake_at(self, boot_s: float | None, callback: Callable[[], None]) -> None:
        self.wake_s, self._wake = boot_s, callback

    def every_day(self, name: str, at: str, callback: Callable[[], Awaitable[None]]) -> None:
        self.daily[name] = (at, callback)

    def stop(self) -> None:
        self.wake_s = None

    # levers

    def move(self, seconds: float) -> None:
        """Time passes, and nobody is woken by it."""
        self.boot_s += seconds
        self.wall += timedelta(seconds=seconds)

    def set_wall(self, seconds: float) -> None:
        """Somebody sets the clock by so much."""
        self.wall += timedelta(seconds=seconds)
        self._on_step()

    def step(self) -> None:
        """The timer descriptor says that the clock was set, or that the machine woke up."""
        self._on_step()

    def ring(self) -> None:
        """The alarm goes off, whether it is time or not."""
        self._wake()


class NoteBoard:
    """ports.Notifier. Attributes: shown: slot -> note. log: (show or close, slot, title), in order."""

    def __init__(self) -> None:
        self.shown: dict[str, Note] = {}
        self.log: list[tuple[str, str, str]] = []
        self.refuses: str | None = None
        self.breaks = False
        self.thawed = asyncio.Event()
        self.thawed.set()
        self.on_button: Callable[[Button, str | None], None] = lambda _button, _token: None
        self.on_server: Callable[[], None] = lambda: None
        self.is_stopped = False

    async def start(self, on_button: Callable[[Button, str | None], None], on_server: Callable[[], None]) -> None:
        self.on_button, self.on_server = on_button, on_server
        await self._answer()

    async def show(self, note: Note) -> None:
        await self._answer()
        self.shown[note.slot] = note
        self.log.append(("show", note.slot, note.title))

    async def close(self, slot: str) -> None:
        await self._answer()
        if self.shown.pop(slot, None) is not None:
            self.log.append(("close", slot, ""))

    async def stop(self) -> None:
        await self.thawed.wait()
        self.is_stopped = True

    def describe(self) -> str:
        return "a board"

    async def _answer(self) -> None:
        await self.thawed.wait()
        if self.refuses is not None:
            raise AdapterError(self.refuses)
        if self.breaks:
            raise RuntimeError("nobody has thought of this")

    # levers

    def titles(self, slot: str | None = None) -> list[str]:
        return [title for verb, where, title in self.log if verb == "show" and slot in (None, where)]

    def press(self, slot: str, command: str) -> None:
        self.on_button(next(button for button in self.shown[slot].buttons if button.command == command), None)


class TrayBoard:
    """ports.Tray. Attributes: shown: every snapshot, oldest first."""

    def __init__(self) -> None:
        self.shown: list[Snapshot] = []
        self.breaks = False

    async def start(self) -> bool:
        return True

    def refresh(self, snapshot: Snapshot) -> None:
        if self.breaks:
            raise RuntimeError("the panel has gone mad")
        self.shown.append(snapshot)

    async def stop(self) -> None:
        pass

    def describe(self) -> str:
        return "a tray"


class LeverPresence:
    """What adapters/presence.py offers. Attributes: watched: every threshold asked for. events: the daemon's ear."""

    def __init__(self) -> None:
        self.watched: list[float] = []
        self.events: Any = None
        self.idle_s: float | None = 0.0
        self.locked: bool | None = False
        self.can_see_input = True
        self.can_see_unlock = True
        self.starts = asyncio.Event()
        self.starts.set()

    async def start(self, events: Any) -> None:
        await self.starts.wait()
        self.events = events

    def watch(self, idle_s: float, *, for_next: bool = False) -> None:
        self.watched.append(idle_s)

    async def idle_for_s(self) -> float | None:
        return self.idle_s

    async def is_locked(self) -> bool | None:
        return self.locked

    async def stop(self) -> None:
        pass

    def describe(self) -> list[str]:
        return ["Input: a lever"]


class PageBoard:
    """ports.Guide. Attributes: opened: (page, token)."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, str | None]] = []
        self.prepared = 0
        self.refuses: str | None = None

    async def prepare(self) -> None:
        self.prepared += 1

    async def open(self, page: Page, activation_token: str | None = None) -> None:
        if self.refuses is not None:
            raise AdapterError(self.refuses)
        self.opened.append((page, activation_token))

    async def stop(self) -> None:
        pass


class ScreenBoard:
    """ports.ScreenAwake. Attributes: log: hold and release, in order."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def hold(self) -> None:
        self.log.append("hold")

    async def release(self) -> None:
        self.log.append("release")

    def describe(self) -> str:
        return "a screen of cardboard"


class Life:
    def __init__(self) -> None:
        self.last_life_wall: float | None = None
        self.touched = 0

    def touch(self) -> None:
        self.touched += 1


async def _no_evidence(_boot_id: str) -> float | None:
    return None


def read_brief() -> Brief:
    return exercises.load(paths.shipped_config_dir() / "exercises", None).brief()


def loaded_with(loaded: Loaded, **parts: Any) -> Loaded:
    """`loaded` with some tables of the settings replaced."""
    return replace(loaded, settings=replace(loaded.settings, **parts))


def quick_settings() -> Loaded:
    """An hour to sit, ten minutes to snooze; two seconds to walk."""
    return loaded_with(
        all_settings.load({}),
        prompt=PromptSettings(settle_s=0.0, settle_after_pause_s=0.0),
        stretch=StretchSettings(hold_s=15.0, walk_s=2.0),
    )


class ShellRun:
    """One run of a shell on levers, its history on the disk."""

    def __init__(
        self,
        path: Path,
        *,
        clock: LeverClock | None = None,
        loaded: Loaded | None = None,
        read_settings: Callable[[Loaded], Loaded] | None = None,
    ) -> None:
        """Args: read_settings: reads the files anew; by default nothing changes but by `next_settings`."""
        self.clock = clock or LeverClock()
        self.notes, self.tray, self.presence = NoteBoard(), TrayBoard(), LeverPresence()
        self.pages, self.life, self.screen = PageBoard(), Life(), ScreenBoard()
        self.next_settings: Loaded | None = None
        self.evidence: Callable[[str], Coroutine[Any, Any, float | None]] = _no_evidence
        self.history = AsyncHistory(path, lambda problems: self.shell.on_store_problems(problems))
        self.ports = Ports(
            clock=self.clock, history=self.history, notifier=self.notes, tray=self.tray, presence=self.presence,
            guide=self.pages, life=self.life, make_screen=lambda: self.screen,
        )  # fmt: skip
        self.shell = Shell(
            self.ports,
            loaded or quick_settings(),
            read_brief(),
            lambda: "UTC",
            lambda previous: (
                read_settings(previous) if read_settings else self.next_settings or previous,
                read_brief(),
            ),
            lambda boot_id: self.evidence(boot_id),
        )
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> ShellRun:
        self.clock.daily.clear()
        self._running = asyncio.create_task(self.shell.run())
        await self.until(lambda: self.clock.daily or self._running is None or self._running.done(), "the start")
        if self._running.done():
            self._running.result()
        return self

    async def stop(self) -> None:
        assert self._running is not None
        self.shell.stop()
        async with asyncio.timeout(PATIENCE_S):
            await self._running

    async def kill(self) -> None:
        """As far as a process can be killed from within: nothing more is written or shown."""
        assert self._running is not None
        await self.history.close()
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def pass_(self, seconds: float) -> None:
        """Time passes, alarm by alarm."""
        end_s = self.clock.boot_s + seconds
        while self.clock.wake_s is not None and self.clock.wake_s <= end_s:
            at_s = self.clock.wake_s
            self.clock.move(max(0.0, at_s - self.clock.boot_s))
            self.clock.wake_s = None
            self.clock.ring()
            await self.settle()
        self.clock.move(end_s - self.clock.boot_s)
        await self.settle()

    async def settle(self) -> None:
        """Everything that was reported is decided and written, and its effects are on their way."""
        await self.shell._ask(lambda now: _nothing(now))
        for _round in range(3):
            await asyncio.sleep(0)

    async def until(self, predicate: Callable[[], object], what: str, timeout_s: float = 5) -> None:
        try:
            async with asyncio.timeout(patient_s(timeout_s)):
                while not predicate():  # noqa: ASYNC110  what is waited for has many causes
                    await asyncio.sleep(0.002)
        except TimeoutError:
            raise TimeoutError(f"waited in vain for {what}; {self.notes.log}") from None

    async def decided(self) -> list[AnyDecision]:
        """Everything that the history has, oldest first."""
        history = self.history._opened()
        assert isinstance(history, History)
        return await self.history._call(lambda: decisions_of(history))


def _nothing(now: Now) -> Any:
    from unsit.core.model import Tick

    return Tick(now)
