"""Sessions for a coach to look at, and a stage on which it is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec.structs import replace

from support.patience import PATIENCE_S
from support.snapshots import snapshot
from unsit import catalogue, paths
from unsit.core.model import BOOT_TICKS_PER_S
from unsit.core.snapshot import Moment, SegmentView, SessionView
from unsit.daemon.coach import Coach
from unsit.ports import AdapterError
from unsit.settings.types import SoundSettings

SHIPPED: Final = catalogue.load(paths.shipped_config_dir() / "exercises", None)
BEGAN_S: Final = 1000.0


def session_of(*segments: SegmentView, **changes: Any) -> SessionView:
    made = SessionView(
        id=1,
        exercises=tuple(dict.fromkeys(segment.exercise for segment in segments)),
        routine=None,
        segments=segments,
        index=0,
        elapsed_s=0.0,
        ends=Moment(BEGAN_S + segments[0].seconds, ""),
        paused=False,
        reached=(0.0,) * len(segments),
        may_choose=True,
        began=Moment(BEGAN_S, ""),
        total_s=sum(segment.seconds for segment in segments),
        work={},
        first={},
        walk_s=0.0,
        hold_s={},
    )
    return replace(made, **changes)


def kneeling(hold_s: float = 30.0) -> SessionView:
    name = "half-kneeling"
    return session_of(
        SegmentView("prepare", 20.0, None, name),
        SegmentView("hold", hold_s, "left", name),
        SegmentView("switch", 8.0, None, name),
        SegmentView("hold", hold_s, "right", name),
        SegmentView("walk", 120.0, None, name),
    )


class Stage:
    """Tones and voice with levers, and what they did: ("tone" | "say" | "cut", what).

    Attributes:
        lasts_s: how long a sentence takes.
        tones_fail, voice_fails: what is not there. tones_hang: they never end; doubt: and it is time to think so.
    """

    def __init__(self) -> None:
        self.log: list[tuple[str, str]] = []
        self.lasts_s = 0.02
        self.tones_fail = self.tones_hang = self.voice_fails = False
        self.doubt = asyncio.Event()
        self.is_proven = True
        self.fault = ""
        self.closed = 0
        self.notes: list[str] = []
        self.over = 0

    async def doubted(self) -> None:
        await self.doubt.wait()

    async def play_tone(self, name: str) -> None:
        if self.tones_fail:
            raise AdapterError("no player")
        self.log.append(("tone", name))
        if self.tones_hang:
            await asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        if self.voice_fails:
            raise AdapterError("no voice")

    async def say(self, sentence: str) -> None:
        if self.voice_fails:
            raise AdapterError("no voice")
        self.log.append(("say", sentence))
        try:
            await asyncio.sleep(self.lasts_s)
        except asyncio.CancelledError:
            self.log.append(("cut", sentence))
            raise

    async def measure(self, sentences: Sequence[str]) -> bool:
        return False

    def length_s(self, sentence: str) -> float:
        return 0.0

    @property
    def works(self) -> bool:
        return not (self.tones_fail and self.voice_fails)

    def describe(self) -> str:
        return "a stage"

    def close(self) -> None:
        self.closed += 1

    # what is looked at

    @property
    def words(self) -> list[str]:
        return [what for how, what in self.log if how == "say"]

    @property
    def tones(self) -> list[str]:
        return [what for how, what in self.log if how == "tone"]


class Radio:
    """ports.Music, and what was made of it: "quiet" and "as it was". Levers: starts_sound."""

    def __init__(self, *, starts_sound: bool = True) -> None:
        self.starts_sound = starts_sound
        self.log: list[str] = []

    async def quieten(self) -> None:
        self.log.append("quiet")

    async def restore(self) -> None:
        self.log.append("as it was")


class Lesson:
    """A coach on a stage. Time is the loop's; the session is whatever the test says it is.

    Attributes: slept_s: so much longer was the machine asleep.
    """

    def __init__(self, settings: SoundSettings) -> None:
        self.stage = Stage()
        self._loop = asyncio.get_running_loop()
        self._zero_s = self._loop.time()
        self._began_s = BEGAN_S
        self.slept_s = 0.0
        self.coach = Coach(
            settings, SHIPPED, self.stage, self.stage,
            now_s=self.now_s, on_note=self.stage.notes.append, on_over=self._on_over,
        )  # fmt: skip

    def _on_over(self) -> None:
        self.stage.over += 1

    def now_s(self) -> float:
        """On the raster of instants, as the daemon's clock."""
        now_s = BEGAN_S + self._loop.time() - self._zero_s + self.slept_s
        return round(now_s * BOOT_TICKS_PER_S) / BOOT_TICKS_PER_S

    def begin(self, session: SessionView, *, index: int = 0, into_s: float = 0.0, **state: Any) -> None:
        """This part begins now, or is so far already."""
        before_s = sum(segment.seconds for segment in session.segments[:index])
        self._began_s = self.now_s() - into_s - before_s
        self.show(session, index=index, **state)

    def show(self, session: SessionView | None, *, index: int = 0, paused: bool = False, **state: Any) -> None:
        """The state is now: in this part, as far as it is by now."""
        now_s = self.now_s()
        if session is not None:
            before_s = sum(segment.seconds for segment in session.segments[:index])
            elapsed_s = now_s - self._began_s - before_s
            session = replace(session, index=index, elapsed_s=elapsed_s, paused=paused)
        self.coach.follow(replace(snapshot(), session=session, boot_s=now_s, **state))

    async def until(self, predicate: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not predicate():  # noqa: ASYNC110  what it waits for has no event
                await asyncio.sleep(0.005)

    async def settle(self) -> None:
        """Whatever was going to happen at once has happened."""
        for _turn in range(20):
            await asyncio.sleep(0)
