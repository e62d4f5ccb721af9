"""The world around the core in a simulation: a clock that jumps, a person, a machine that sleeps, dies and starts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from unsit.core.engine import next_wake_s, step
from unsit.core.model import (
    BOOT_TICKS_PER_S,
    AnyDecision,
    AnyEvent,
    ClockStepped,
    Exercise,
    Found,
    HoldBegan,
    HoldEnded,
    HoldReason,
    InputSeen,
    InputStopped,
    Locked,
    Now,
    Settings,
    SettingsChanged,
    Slept,
    Started,
    State,
    Stopped,
    Tick,
    Unlocked,
    Woke,
)
from unsit.simulation.script import Line

BOOT_AT_S: Final = 0.0
_STUCK_AFTER: Final = 100_000

Said = tuple[datetime, float, bool, AnyDecision]
"""The script's clock, how far the wall clock is from it, whether it was ever set, and what was decided."""


class World:
    """Runs a script through the real core.

    Args:
        apply_set: the settings after a `set` line.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        settings: Settings,
        catalogue: tuple[Exercise, ...],
        apply_set: Callable[[Settings, str, str], Settings],
    ) -> None:
        self.zone, self.settings, self.catalogue, self.apply_set = zone, settings, catalogue, apply_set
        self.state: State | None = None
        self.at = 0.0
        self.step_s = 0.0
        self.was_set = False
        self.boot = 0
        self.boot_began = 0.0
        # what is so, whether or not a daemon looks
        self.input_flows = True
        self.last_input = 0.0
        self.is_locked = False
        self.holds: list[HoldReason] = []
        # what the daemon cannot see
        self.is_asleep = False
        self.found_step = False
        self.starts_at: float | None = None
        """A dead daemon is started again then."""
        self.alive_until: Now | None = None
        self.said: list[Said] = []

    def run(self, lines: Sequence[Line]) -> Iterator[Said]:
        for line in lines:
            yield from self._until(line.at)
            self.at = line.at
            if line.word == "end":
                break
            self._happen(line)
            yield from self._flush()

    def until(self, at: float) -> Iterator[Said]:
        """Nothing happens up to this instant but what the core does by itself."""
        yield from self._until(at)
        self.at = at

    # -- time

    def now(self, at: float | None = None) -> Now:
        instant = self.at if at is None else at
        # Upwards, as an alarm that is never early: the core would ask for the same instant again and again.
        boot_s = math.ceil((instant - self.boot_began) * BOOT_TICKS_PER_S) / BOOT_TICKS_PER_S
        return Now(BOOT_AT_S + boot_s, f"boot-{self.boot}", datetime.fromtimestamp(instant + self.step_s, self.zone))

    def _until(self, at: float) -> Iterator[Said]:
        """What falls due before `at`, or at it: a timer of the same instant comes before a line."""
        ticks = 0
        while True:
            if self.starts_at is not None:
                if self.starts_at > at:
                    return
                self.at, self.starts_at = self.starts_at, None
                self._start()
            else:
                wake_s = None if self.state is None or self.is_asleep else next_wake_s(self.state)
                if wake_s is None or self.boot_began + wake_s - BOOT_AT_S > at:
                    return
                moved = max(self.at, self.boot_began + wake_s - BOOT_AT_S)
                ticks = ticks + 1 if moved == self.at else 0
                if ticks > _STUCK_AFTER:
                    raise AssertionError(f"the core asks for the same instant again and again: {self.now()}")
                self.at = moved
                self._tell(Tick(self.now()))
            yield from self._flush()

    def _flush(self) -> Iterator[Said]:
        said, self.said = self.said, []
        yield from said

    def _tell(self, event: AnyEvent) -> None:
        self.state, decisions = step(self.state, event)
        script_now = datetime.fromtimestamp(self.at, self.zone)
        self.said.extend((script_now, self.step_s, self.was_set, decision) for decision in decisions)

    # -- what the lines do

    @property
    def _is_seen(self) -> bool:
        return self.starts_at is None and not self.is_asleep

    def _happen(self, line: Line) -> None:
        if line.command:
            self.input_flows = True
            self._tell(line.command(self.now()))
            return
        handler: Callable[[Line], None] = getattr(self, f"_on_{line.word}")
        handler(line)

    def _on_start(self, line: Line) -> None:
        self.boot_began = line.at
        if line.argument == "away":
            self.input_flows, self.last_input = False, line.at
        self._tell(Started(self.now(), self.settings, self.catalogue, self.zone.key, is_away=line.argument == "away"))

    def _on_leave(self, _line: Line) -> None:
        if self.input_flows:
            self.input_flows, self.last_input = False, self.at
            if self._is_seen:
                self._tell(InputStopped(self.now(), self.now().boot_s))

    def _on_back(self, _line: Line) -> None:
        self.input_flows = True
        if self._is_seen:
            self._tell(InputSeen(self.now()))

    def _on_lock(self, _line: Line) -> None:
        if not self.is_locked:
            self.is_locked = True
            if self.input_flows:
                self.input_flows, self.last_input = False, self.at
            if self._is_seen:
                self._tell(Locked(self.now()))

    def _on_unlock(self, _line: Line) -> None:
        if self.is_locked:
            self.is_locked, self.input_flows = False, True
            if self._is_seen:
                self._tell(Unlocked(self.now()))

    def _on_suspend(self, _line: Line) -> None:
        self.is_asleep = True
        if self.input_flows:
            self.input_flows, self.last_input = False, self.at
        self._tell(Slept(self.now()))

    def _on_wake(self, _line: Line) -> None:
        if not self.is_asleep:
            return
        self.is_asleep = False
        if self._is_seen:
            self._tell(Woke(self.now(), self._found()))
            self._tell_step()

    def _on_hold(self, line: Line) -> None:
        reason: HoldReason = line.argument  # type: ignore[assignment]  # the script's reader checked it
        if reason not in self.holds:
            self.holds.append(reason)
            if self._is_seen:
                self._tell(HoldBegan(self.now(), reason))

    def _on_free(self, line: Line) -> None:
        reason: HoldReason = line.argument  # type: ignore[assignment]  # the script's reader checked it
        if reason in self.holds:
            self.holds.remove(reason)
            if self._is_seen:
                self._tell(HoldEnded(self.now(), reason))

    def _on_set(self, line: Line) -> None:
        self.settings = self.apply_set(self.settings, line.argument, line.value)
        self._tell(SettingsChanged(self.now(), self.settings, self.catalogue, self.zone.key, touched=(line.argument,)))

    def _on_clock(self, line: Line) -> None:
        self.step_s += line.seconds
        self.was_set, self.found_step = True, True
        if self._is_seen:
            self._tell_step()

    def _tell_step(self) -> None:
        if self.found_step:
            self.found_step = False
            self._tell(ClockStepped(self.now()))

    def _on_kill(self, line: Line) -> None:
        self.alive_until = self.now()
        self._start_later(line)

    def _on_quit(self, line: Line) -> None:
        self._tell(Stopped(self.now()))
        self.alive_until = self.now()
        self._start_later(line)

    def _on_reboot(self, line: Line) -> None:
        self.alive_until = self.now()
        self.boot += 1
        self.boot_began = line.at + line.seconds
        self.is_locked, self.input_flows = False, True
        self._start_later(line)

    def _start_later(self, line: Line) -> None:
        if line.seconds:
            self.starts_at = line.at + line.seconds
        else:
            self._start()

    def _start(self) -> None:
        found, alive_until = self._found(), self.alive_until
        self._tell(Started(self.now(), self.settings, self.catalogue, self.zone.key, found, alive_until=alive_until))
        self._tell_step()

    def _found(self) -> Found:
        last_input_s = None
        if not self.input_flows:
            last_input_s = max(self.last_input - self.boot_began, 0.0) + BOOT_AT_S
        return Found(self.input_flows, last_input_s, self.is_locked, tuple(self.holds))
