"""The words for what happened to a stretch."""

from __future__ import annotations

from typing import get_args

import pytest

from support.snapshots import session, snapshot
from unsit.core.model import PauseReason, StopReason
from unsit.core.snapshot import StopView
from unsit.words.interruptions import pause_note, stop_note


@pytest.mark.parametrize("by", [*get_args(PauseReason), None])
def test_whoever_finds_it_paused_reads_why(by: str | None) -> None:
    """And how to go on; who paused it knows, and a stretch that runs says nothing."""
    note = pause_note(session(paused=by is not None, paused_by=by))
    assert bool(note) == (by not in (None, "person"))
    assert "Space" in note or not note


@pytest.mark.parametrize("by", get_args(StopReason))
def test_whoever_finds_it_ended_reads_why(by: str) -> None:
    """Who stopped it knows; pain has its own page."""
    assert bool(stop_note(snapshot(stopped=StopView(1, by)))) == (by not in ("person", "pain"))


def test_a_stretch_that_ran_to_its_end_was_stopped_by_nothing() -> None:
    """Nor is there anything to say before the first one."""
    assert stop_note(snapshot()) == ""
