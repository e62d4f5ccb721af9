"""Why a stretch stands still, and why it ended early, where it was not the person who asked for it.

For everything that shows one: somebody who comes back finds it paused, or gone, and wants to know what happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unsit.words import _

if TYPE_CHECKING:
    from unsit.core.snapshot import SessionView, Snapshot


def pause_note(session: SessionView) -> str:
    """Nothing for a session that runs, or that the person paused."""
    return {
        "sleep": _("The computer was asleep, and the stretch waited. Press Space to go on."),
        "restart": _("Unsit was started again, and the stretch waited where it was. Press Space to go on."),
    }.get(session.paused_by or "", "")


def stop_note(snapshot: Snapshot) -> str:
    """Of the session that was stopped last; nothing for one that the person stopped."""
    by = snapshot.stopped.by if snapshot.stopped else ""
    return {
        "pause": _("It had been paused for ten minutes."),
        "sleep": _("The computer was asleep for too long to go on."),
        "quit": _("Unsit was ended in the middle of it."),
    }.get(by, "")
