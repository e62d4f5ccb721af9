"""The history of a demonstration."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from store.samples import START, VERSION, samples
from unsit.store import writer
from unsit.store.rows import Restored
from unsit.store.unrecorded import Unrecorded


async def test_nothing_reaches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as time passes either, nor when it is tried again, nor at the end; what was given can be asked for."""
    monkeypatch.setattr(writer, "RETRY_AFTER_S", 0.0)
    restored = Restored(None, None, was_clean=True, version=VERSION)
    history = Unrecorded(tmp_path / "nothing.db", restored)
    assert await history.open() is restored
    for number, (event, decisions, state) in enumerate(islice(samples(), 5), 1):
        assert await history.append(event, decisions, state, VERSION) == number
    assert len(await history.outcomes(START - timedelta(days=1), START + timedelta(days=1))) == 4
    assert not await history.try_again()
    await history.snapshot()
    assert await history.backup("today") is None
    await history.close()
    assert history.problems == []
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240  a look at a folder of our own
