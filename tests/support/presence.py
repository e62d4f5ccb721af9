"""What presence sources report, written down; and the contract that every source of idle keeps."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from support.desktop import Desktop
from unsit.ports import IdleSource, PresenceEvents

SAID_WITHIN_S = 0.5
"""Of a pause of input, after its time."""
SEEN_WITHIN_S = 0.2
"""Of input that comes back."""
TRIES_MOST = 3
ROUND_S = 10.0
"""After it nothing is told any more."""
ON_ITS_WAY_S = 0.2
"""A request, until it has been obeyed; on Wayland the shortest pause, too, after which an input is told of."""


class Heard(PresenceEvents):
    """Attributes: log: (what, seconds on the monotonic clock), in the order of arrival; `agos` beside it."""

    def __init__(self) -> None:
        self.log: list[tuple[str, float]] = []
        self.agos: list[float | None] = []
        self.before_sleep: Callable[[], Awaitable[None]] | None = None

    @property
    def words(self) -> list[str]:
        return [what for what, _at in self.log]

    def clear(self) -> None:
        self.log.clear()
        self.agos.clear()

    def count(self, what: str) -> int:
        return self.words.count(what)

    def last(self, what: str) -> float:
        return max(at for word, at in self.log if word == what)

    def _note(self, what: str, ago: float | None = None) -> None:
        self.log.append((what, time.monotonic()))
        self.agos.append(ago)

    def input_stopped(self, last_input_ago_s: float) -> None:
        self._note("input_stopped", last_input_ago_s)

    def input_seen(self) -> None:
        self._note("input_seen")

    def locked(self, last_input_ago_s: float | None) -> None:
        self._note("locked", last_input_ago_s)

    def unlocked(self) -> None:
        self._note("unlocked")

    async def about_to_sleep(self) -> None:
        self._note("about_to_sleep")
        if self.before_sleep is not None:
            await self.before_sleep()

    def woke(self) -> None:
        self._note("woke")

    def sensors_changed(self) -> None:
        self._note("sensors_changed")


class IdleContract:
    """What any IdleSource must keep, on the real thing.

    Args:
        poke: makes one input, and returns when it was made.
        early: by which share of its time a pause may be told of too early (the timers of KWin 5 are as coarse as that).
    """

    def __init__(
        self, desktop: Desktop, make: Callable[[], IdleSource], poke: Callable[[], object], *, early: float = 0.0
    ) -> None:
        self.early = early
        self.desktop = desktop
        self.make = make
        self.poke = poke

    async def check_rounds(self, idle_s: float, rounds: int) -> None:
        """Each pause is reported once, in time and never early, and so is each return."""
        heard, source = await self._watching(idle_s)

        async def round_() -> float:
            heard.clear()
            poked = time.monotonic()
            self.poke()
            poke_took = time.monotonic() - poked
            await self.desktop.until(lambda: "input_stopped" in heard.words, idle_s + ROUND_S, "a pause of input")
            paused_s = heard.last("input_stopped") - poked
            early_s = idle_s * self.early
            assert idle_s - early_s <= paused_s
            assert heard.agos[-1] is not None and idle_s <= heard.agos[-1] <= paused_s + early_s + 0.01
            heard.clear()
            returned = time.monotonic()
            self.poke()
            returned_within_s = SEEN_WITHIN_S + time.monotonic() - returned
            await self.desktop.until(lambda: "input_seen" in heard.words, ROUND_S, "the return of input")
            assert heard.words == ["input_seen"]
            late_s = paused_s - idle_s - SAID_WITHIN_S - poke_took
            return max(late_s, heard.last("input_seen") - returned - returned_within_s)

        try:
            for _round in range(rounds):
                await self._in_time(round_)
        finally:
            await source.stop()

    async def check_already_idle(self, *, counts_anew: bool = False) -> None:
        """Watching for less than it has been quiet already is answered at once.

        Args:
            counts_anew: the source knows of no pause that began before it was asked, and tells of this one that much later.
        """
        heard, source = await self._watching(30)

        async def watch_for_less() -> float:
            source.watch(30)
            await self._quiet_for(ON_ITS_WAY_S)
            self.poke()
            await self._quiet_for(0.6)
            heard.clear()
            asked = time.monotonic()
            source.watch(0.3)
            await self.desktop.until(lambda: "input_stopped" in heard.words, ROUND_S, "the pause that is on")
            return heard.last("input_stopped") - asked - SEEN_WITHIN_S - (0.3 if counts_anew else 0.0)

        try:
            await self._in_time(watch_for_less)
        finally:
            await source.stop()

    async def _in_time(self, try_: Callable[[], Awaitable[float]]) -> None:
        """Args: try_: returns by how many seconds it was late. A machine that stands still for a moment is late once, a source
        that is slow each time."""
        lates = [await try_()]
        while lates[-1] > 0:
            assert len(lates) < TRIES_MOST, f"late by {lates} s"
            lates.append(await try_())

    async def check_next_input_is_reported(self, idle_s: float = 30) -> None:
        """After watch() the next input is reported, also if no pause as long as that comes before it."""
        heard, source = await self._watching(idle_s)
        try:
            for for_next in (False, True, True):
                source.watch(idle_s, for_next=for_next)
                await self._quiet_for(ON_ITS_WAY_S)
                heard.clear()
                self.poke()
                await self.desktop.until(lambda: "input_seen" in heard.words, ROUND_S, "the next input")
        finally:
            await source.stop()

    async def check_stopped_says_nothing(self) -> None:
        """After stop() nothing is reported, and a second stop() does no harm."""
        heard, source = await self._watching(0.2)
        await source.stop()
        heard.clear()
        self.poke()
        await self._quiet_for(0.5)
        await source.stop()
        assert heard.log == []
        assert not source.works

    async def _watching(self, idle_s: float) -> tuple[Heard, IdleSource]:
        heard, source = Heard(), self.make()
        await source.start(heard)
        assert source.works
        source.watch(idle_s)
        await self._quiet_for(ON_ITS_WAY_S)
        # What was quiet before may be reported first; from here on the log is that of the test.
        self.poke()
        await self.desktop.until(lambda: "input_seen" in heard.words, ROUND_S, "the first input")
        heard.clear()
        return heard, source

    async def _quiet_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        await self.desktop.until(lambda: time.monotonic() >= until, seconds + 3, "time to pass")
