"""Work for one outside system, in order, behind a barrier: whatever it does, the rest of the daemon goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from unsit.ports import AdapterError

log = logging.getLogger(__name__)

EFFECT_TIMEOUT_S: Final = 5.0
"""More than any adapter's own time limit: the last resort."""

Work = Callable[[], Awaitable[None]]


class Lane:
    """A queue with one worker, which exists only while there is work.

    Args:
        on_failure: told what an outside system refused, in words for people.
    """

    def __init__(self, name: str, on_failure: Callable[[str], None]) -> None:
        self._name = name
        self._on_failure = on_failure
        self._waiting: list[Work] = []
        self._worker: asyncio.Task[None] | None = None

    def put(self, work: Work) -> None:
        self._waiting.append(work)
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._run(), name=self._name)

    async def drain(self) -> None:
        """Until nothing waits."""
        while self._worker is not None:
            await asyncio.shield(self._worker)

    def drop(self) -> None:
        """Forget what waits, and end what runs."""
        self._waiting.clear()
        if self._worker is not None:
            self._worker.cancel()

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._do(self._waiting.pop(0))
        finally:
            self._worker = None

    async def _do(self, work: Work) -> None:
        # Barrier: a dead or hung service must not stop the schedule.
        try:
            async with asyncio.timeout(EFFECT_TIMEOUT_S):
                await work()
        except AdapterError as error:
            log.warning("%s: %s", self._name, error)
            self._on_failure(str(error))
        except TimeoutError:
            log.warning("%s did not answer within %g s", self._name, EFFECT_TIMEOUT_S)
        except Exception:
            log.exception("%s failed", self._name)
