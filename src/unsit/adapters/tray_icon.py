"""Which picture the tray shows, when that changes by itself, and the prepared pixels.

The pictures are drawn at build time (packaging/icons/draw_tray_icons.py): drawing here would cost Pillow's memory all day.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final, Literal, NamedTuple

from unsit.core.snapshot import Snapshot

SIZES: Final = (16, 22, 24, 32, 48, 64)
"""Pixels; every picture holds all of them, in this order, as `ARGB` bytes that are not premultiplied."""
STEPS: Final = 12
"""How finely the ring shows how much of the hour has passed: one step in five minutes."""

_DIR: Final = Path(__file__).resolve().parent.parent / "assets" / "tray"

IconState = Literal["counting", "due", "session", "break", "held", "paused", "away", "off"]
STATES: Final[tuple[IconState, ...]] = ("counting", "due", "session", "break", "held", "paused", "away", "off")


class Icon(NamedTuple):
    state: IconState
    step: int = 0
    """0 to STEPS; only `counting` has more than one picture."""

    @property
    def file_name(self) -> str:
        return f"counting-{self.step:02}.argb.z" if self.state == "counting" else f"{self.state}.argb.z"


class Picture(NamedTuple):
    size: int
    argb: bytes


def icon_of(snapshot: Snapshot) -> Icon:
    if snapshot.phase == "counting":
        return Icon("counting", _step(snapshot))
    # A snoozed prompt waits, like a held one: nothing falls due any more, it only comes later.
    return Icon("held" if snapshot.phase == "snoozed" else snapshot.phase)


def next_redraw_s(snapshot: Snapshot) -> float | None:
    """`boot_s` of the next step of the ring, or None where only an event can change the picture."""
    if snapshot.phase != "counting" or snapshot.due is None or snapshot.every_s <= 0:
        return None
    step = _step(snapshot) + 1
    if step >= STEPS:  # the last step is when the prompt falls due: an event of its own
        return None
    return snapshot.due.boot_s - snapshot.every_s * (1 - step / STEPS)


def _step(snapshot: Snapshot) -> int:
    """How many of the twelve parts of the time to the next prompt have passed."""
    if snapshot.due is None or snapshot.every_s <= 0:
        return 0
    # From the due time backwards, not from `sat_s`: after a skip one has sat for longer than that.
    passed_s = snapshot.every_s - (snapshot.due.boot_s - snapshot.boot_s)
    # An alarm may come early by a rounding; a thousandth of a step is 0.3 s of an hour.
    return max(0, min(STEPS, int(STEPS * passed_s / snapshot.every_s + 1e-3)))


def load_icon(icon: Icon) -> tuple[Picture, ...]:
    """All sizes, smallest first."""
    data = zlib.decompress((_DIR / icon.file_name).read_bytes())
    pictures = []
    start = 0
    for size in SIZES:
        end = start + 4 * size * size
        pictures.append(Picture(size, data[start:end]))
        start = end
    return tuple(pictures)
