"""The history while its file cannot be written: rows wait in memory until the disk is back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from unsit.core.model import AnyDecision, AnyEvent, Revoked, State
from unsit.store.errors import StoreError
from unsit.store.history import History
from unsit.store.rows import Entry, OutcomeRow, Restored, Step, decode_event, outcome_row_of

if TYPE_CHECKING:
    from unsit.store.account import LogPart


class MemoryHistory:
    """Takes what a `History` takes, and gives it to one by `try_again`.

    Attributes:
        path: the file that should have been.
        last_id: the last event: that of the file, plus those that wait.
    """

    def __init__(self, path: Path, after: History | None = None, restored: Restored | None = None) -> None:
        """
        Args:
            after: the history that these rows go on from; None where nothing could be read.
            restored: what `after` was restored to at the start of this run, if it cannot be written from the start.
        """
        self.path = path
        self._after_id = after.last_id if after else 0
        self._epoch = after.epoch if after else None
        self._restored = restored or Restored(None, None, True, "")
        self._entries: list[Entry] = []
        self._latest: tuple[State, str] | None = None
        self._wants_snapshot = False

    @property
    def last_id(self) -> int:
        return self._after_id + len(self._entries)

    @property
    def waiting(self) -> int:
        """How many events only memory has."""
        return len(self._entries)

    def append(self, event: AnyEvent, decisions: Sequence[AnyDecision], state: State, version: str) -> int:
        self._entries.append(Entry.of(event, tuple(decisions)))
        self._latest = state, version
        return self.last_id

    def restore(self, step: Step | None = None) -> Restored:
        """What the file said when it was opened; `step` is not needed any more."""
        return self._restored

    def snapshot(self) -> int | None:
        self._wants_snapshot = self._latest is not None
        return None

    def outcomes(self, from_wall: datetime, to_wall: datetime) -> list[OutcomeRow]:
        """Those of the rows that wait, and, where it can be read, of the file."""
        rows: dict[int, OutcomeRow] = {}
        first_revoked: int | None = None
        for entry in self._entries:
            for decision in entry.decisions:
                if isinstance(decision, Revoked):
                    first = decision.first_record
                    first_revoked = first if first_revoked is None else min(first, first_revoked)
                    rows = {record: row for record, row in rows.items() if record < first}
                elif row := outcome_row_of(decision, entry.now, self._epoch or 0):
                    rows[row.record] = row
        waiting = [row for row in rows.values() if from_wall <= row.wall < to_wall]
        try:
            history = History.open(self.path, read_only=True)
        except StoreError:
            return waiting
        try:
            stored = history.outcomes(from_wall, to_wall)
        except StoreError:
            return waiting
        finally:
            history.close()
        kept = [
            row
            for row in stored
            if row.epoch != self._epoch
            or ((first_revoked is None or row.record < first_revoked) and row.record not in rows)
        ]
        return sorted([*kept, *waiting], key=lambda row: row.wall)

    def part(self, around: datetime) -> LogPart:
        """As `History.part`, with the rows that wait."""
        from unsit.store.account import CONTEXT, Logged, LogPart

        stored = LogPart()
        with suppress(StoreError):
            history = History.open(self.path, read_only=True)
            with closing(history):
                stored = history.part(around)
        waiting = tuple(
            Logged(
                decode_event(entry.now, entry.type, entry.body),
                entry.decisions,
                begins=not n and self._epoch is None,
            )
            for n, entry in enumerate(self._entries)
            if entry.now.wall <= around + CONTEXT
        )
        return LogPart(stored.state, (*stored.rows, *waiting), stored.is_cut)

    def try_again(self) -> History:
        """Write everything that waits into the file, once each, in one transaction. This one is done with afterwards.

        Raises:
            StoreError: it still cannot be; everything waits on.
        """
        history = History.open(self.path)
        try:
            if self._latest:
                state, version = self._latest
                history.take_over(self._entries, self._after_id, self._epoch, state, version)
                if self._wants_snapshot:
                    history.snapshot()
        except BaseException:
            history.close()
            raise
        return history

    def close(self) -> None:
        pass
