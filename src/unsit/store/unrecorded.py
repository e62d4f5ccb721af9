"""The history of a demonstration: everything works, and nothing reaches the disk."""

from __future__ import annotations

from pathlib import Path

from unsit.store.errors import StoreError
from unsit.store.memory import MemoryHistory
from unsit.store.rows import Restored, Step
from unsit.store.writer import AsyncHistory


class Unrecorded(AsyncHistory):
    def __init__(self, nowhere: Path, restored: Restored) -> None:
        """
        Args:
            nowhere: a path where no file is, nor will be.
            restored: what the run goes on from.
        """
        super().__init__(nowhere)
        self._restored = restored

    async def open(self, step: Step | None = None) -> Restored:
        self._history = MemoryHistory(self.path, restored=self._restored)
        return self._restored

    async def close(self) -> None:
        self._history = None
        self._thread.shutdown(wait=True)

    def _move_to_disk(self, memory: MemoryHistory, damage: StoreError | None = None) -> list[StoreError]:
        return []
