"""The history for the daemon's loop: one thread commits, the loop awaits, and a broken disk stops nobody.

The thread waits on a queue and takes no time while nothing is written.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from unsit.core.model import AnyDecision, AnyEvent, State
from unsit.store.errors import StoreError
from unsit.store.history import History
from unsit.store.memory import MemoryHistory
from unsit.store.recovery import open_or_recover, recover
from unsit.store.rows import OutcomeRow, Restored, Step

if TYPE_CHECKING:
    from unsit.store.account import LogPart

log = logging.getLogger(__name__)

T = TypeVar("T")

RETRY_AFTER_S: Final = 60.0
"""A disk that failed is asked again by the first event after this, at a stop, and by `try_again`: no timer."""


class AsyncHistory:
    """Every method is called on the loop; calls are carried out in order, also those whose caller gave up waiting.

    Attributes:
        problems: what is wrong now, for people; empty when all is well. Replaced as a whole, on the loop.
    """

    def __init__(self, path: Path, on_problems: Callable[[list[StoreError]], None] | None = None) -> None:
        """`on_problems` is called on the loop whenever `problems` changes after `open`."""
        self.path = path
        self.problems: list[StoreError] = []
        self._on_problems = on_problems
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="unsit-store")
        self._history: History | MemoryHistory | None = None  # touched by the thread only
        self._failed_at = 0.0

    async def open(self, step: Step | None = None) -> Restored:
        """Open the file or do without; see `problems` afterwards. `step` replays where the stored state cannot be read."""

        def work() -> tuple[Restored, list[StoreError]]:
            history, problems = open_or_recover(self.path, step)
            try:
                restored = history.restore(step)
            except StoreError as error:
                history.close()
                history, problem = self._recovered(error)
                restored = history.restore(step)
                problems = [*problems, problem]
            self._history = history
            self._failed_at = time.monotonic()
            return restored, problems

        restored, self.problems = await self._call(work)
        return restored

    async def append(self, event: AnyEvent, decisions: Sequence[AnyDecision], state: State, version: str) -> int:
        """Write one step down. When it returns, the step is on the disk, or, while `problems` says that the file cannot
        be written, in memory. Returns the event's number."""

        def work(history: History | MemoryHistory) -> tuple[int, list[StoreError] | None]:
            solved: list[StoreError] | None = None
            if isinstance(history, MemoryHistory) and time.monotonic() - self._failed_at >= RETRY_AFTER_S:
                solved = self._move_to_disk(history)
                history = self._opened()
            try:
                return history.append(event, decisions, state, version), solved
            except StoreError as error:
                memory = MemoryHistory(self.path, history if isinstance(history, History) else None)
                history.close()
                memory.append(event, decisions, state, version)
                self._history = memory
                self._failed_at = time.monotonic()
                problems = [error] if error.kind != "damaged" else self._move_to_disk(memory, error)
                return self._opened().last_id, problems

        number, problems = await self._call(lambda: work(self._opened()))
        self._report(problems)
        return number

    async def try_again(self) -> bool:
        """Write what waits in memory now; True when nothing waits any more."""

        def work() -> list[StoreError] | None:
            history = self._opened()
            return self._move_to_disk(history) if isinstance(history, MemoryHistory) else None

        self._report(await self._call(work))
        return await self._call(lambda: isinstance(self._history, History))

    async def snapshot(self) -> None:
        """At a clean stop, and before an upgrade.

        Raises:
            StoreError: it was not written; nothing else is the worse for it.
        """
        await self._call(lambda: self._opened().snapshot())

    async def backup(self, name: str) -> Path | None:
        """The nightly copy, beside the file. None where there is no file to copy. See `History.backup`."""

        def work() -> Path | None:
            history = self._opened()
            return history.backup(self.path.parent, name) if isinstance(history, History) else None

        return await self._call(work)

    async def outcomes(self, from_wall: datetime, to_wall: datetime) -> list[OutcomeRow]:
        return await self._call(lambda: self._opened().outcomes(from_wall, to_wall))

    async def read(self, around: datetime, use: Callable[[LogPart], T]) -> T:
        """What becomes of the part of the log around a moment (`History.part`), both in the thread."""
        return await self._call(lambda: use(self._opened().part(around)))

    async def close(self) -> None:
        """Write what waits, if the disk lets us, and end the thread. Twice is once."""

        def work() -> None:
            if isinstance(self._history, MemoryHistory):
                self._move_to_disk(self._history)
                if isinstance(self._history, MemoryHistory) and self._history.waiting:
                    log.error("%d events were never written to %s", self._history.waiting, self.path)
            if self._history is not None:
                self._history.close()
                self._history = None

        try:
            await self._call(work)
        except RuntimeError:  # closed before
            return
        self._thread.shutdown(wait=True)

    # ------------------------------------------------------------------------------------------------------ the inside

    async def _call(self, work: Callable[[], T]) -> T:
        # Shielded: a caller that is cancelled must not take its event out of the queue.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, work))

    def _opened(self) -> History | MemoryHistory:
        if self._history is None:
            raise RuntimeError("the history is not open")
        return self._history

    def _recovered(self, error: StoreError) -> tuple[History | MemoryHistory, StoreError]:
        """In the thread: a file to go on with after `error`, if that was damage; and what to tell people."""
        if error.kind == "damaged":
            try:
                return recover(self.path)
            except StoreError as next_error:
                error = next_error
        log.error("%s", error)
        return MemoryHistory(self.path), error

    def _move_to_disk(self, memory: MemoryHistory, damage: StoreError | None = None) -> list[StoreError]:
        """In the thread: what is wrong afterwards."""
        problems: list[StoreError] = []
        try:
            if damage is None:
                try:
                    self._history = memory.try_again()
                except StoreError as error:
                    if error.kind != "damaged":
                        raise
                    damage = error
            if damage:
                fresh, problem = recover(self.path)
                fresh.close()
                problems = [problem]
                self._history = memory.try_again()
        except StoreError as error:
            self._failed_at = time.monotonic()
            return [error]
        log.info("%s can be written again; %d events were waiting", self.path, memory.waiting)
        return problems

    def _report(self, problems: list[StoreError] | None) -> None:
        if problems is None or [str(problem) for problem in problems] == [str(problem) for problem in self.problems]:
            return
        self.problems = problems
        if self._on_problems:
            self._on_problems(problems)
