"""The parts of the naive model (naive.py) that decide nothing: what a stretch amounts to, a person and what they are at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

NEVER = float("inf")


def seconds(text: str) -> int:
    """Of `1h30m`, and the number of a bare one; 0 for `auto`."""
    parts = re.findall(r"(\d+)([hms])", text)
    return int(text) if text.isdigit() else sum(int(n) * {"h": 3600, "m": 60, "s": 1}[unit] for n, unit in parts)


def stamp(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat(timespec="seconds")


def end_of_pause(t: float, kind: str = "", time: str = "6:00") -> float:
    if kind not in ("tomorrow", "until"):
        return t + seconds(kind) if kind else NEVER
    end = t // 86400 * 86400 + seconds(time.replace(":", "h") + "m")
    return end + 86400 if kind == "tomorrow" or end <= t else end


@dataclass
class Prompt:
    exercise: str
    waiting_since: float
    stage: str = "waiting"
    offered_at: float = 0
    every: int = 0
    snoozes: int = 0
    snoozes_most: int = 0
    snoozed_until: float = 0
    held_said: bool = False


@dataclass
class Person:
    """What is so, whether or not anybody looks."""

    flows: bool = True
    last_input: float = 0.0
    is_locked: bool = False
    on: set[str] = field(default_factory=set)

    def live(self, word: str, argument: str, t: float) -> None:
        if self.flows and (word in ("leave", "suspend") or (word == "lock" and not self.is_locked)):
            self.flows, self.last_input = False, t
        self.flows = self.flows or word in ("back", "reboot") or (word == "unlock" and self.is_locked)
        self.is_locked = word == "lock" or (self.is_locked and word not in ("unlock", "reboot"))
        self.on = self.on | {argument} if word == "hold" else self.on - {argument} if word == "free" else self.on


EXERCISES = {  # seconds to get ready, kind, seconds of one turn, per side
    "walk": (10, "walk", 0, False), "standing-lunge": (10, "hold", 0, True), "half-kneeling": (20, "hold", 0, True),
    "supine": (20, "hold", 0, True), "constructive-rest": (20, "rest", 600, False), "bridge": (20, "breaths", 30, False),
    "glute-bridge": (20, "reps", 40, False), "straight-leg-raise": (20, "reps", 40, True),
    "bird-dog": (20, "reps", 40, True),
}  # fmt: skip

STAGES = {  # what counts and its seconds, one after the other; `usual` is what a hold of this session lasts
    "contract-relax": ("10, first 6, first usual, 10, breaths 12, 8, second 6, second usual, 10, breaths 12", True),
    "programme": ("20, first usual, 8, second usual, 15, reps 20, 10, hold 25, 10, rest 20", False),
}
"""In stages; and whether a walk follows."""


class Session:
    """Attributes:
    pieces: [what counts (left, right, walk, reps ...; "" for nothing), its seconds, the seconds reached].
    entered: when the piece would have begun had it never been paused.
    """

    def __init__(self, exercise: str, t: float, completed: int, hold: int, walk: int) -> None:
        hold = hold or min(60, 30 + 5 * (completed // 10))
        if exercise in STAGES:
            first, second = ("left", "right") if completed % 2 == 0 else ("right", "left")
            spelled, is_walked = STAGES[exercise]
            named = spelled.replace("first", first).replace("second", second).replace("usual", str(hold))
            turns = [piece.rpartition(" ") for piece in named.split(", ")]
            pieces = [(counts, int(length)) for counts, _, length in turns]
            walk = walk if is_walked else 0
        else:
            ready, kind, turn, per_side = EXERCISES[exercise]
            turn = hold if kind == "hold" else turn
            sides = ("left", "right") if kind == "hold" else (kind, kind)
            first, second = sides if completed % 2 == 0 else reversed(sides)
            pieces = [("", ready), *([(first, turn)] if turn else []), *([("", 8), (second, turn)] if per_side else [])]
            walk = 0 if kind == "rest" else walk or (120 if kind == "walk" else 0)
        pieces += [("walk", walk)] if walk else []
        self.exercise, self.entered, self.index = exercise, t, 0
        self.pieces: list[tuple[str, int, float]] = [(counts, length, 0.0) for counts, length in pieces]
        self.paused_at: float | None = None

    def elapsed(self, t: float) -> float:
        return (t if self.paused_at is None else self.paused_at) - self.entered

    def ends_at(self) -> float:
        """When the piece is over, or, while paused, the session."""
        return self.entered + self.pieces[self.index][1] if self.paused_at is None else self.paused_at + 600

    def freeze(self, t: float) -> None:
        self.paused_at = t if self.paused_at is None else self.paused_at

    def toggle(self, t: float) -> None:
        self.entered, self.paused_at = (self.entered, t) if self.paused_at is None else (t - self.elapsed(t), None)

    def leave_piece(self, t: float) -> None:
        counts, length, reached = self.pieces[self.index]
        self.pieces[self.index] = counts, length, max(reached, self.elapsed(t))

    def enter(self, index: int, t: float) -> bool:
        """Returns: whether there is such a piece."""
        self.leave_piece(t)
        if index < len(self.pieces):
            self.index, self.entered = index, t if self.paused_at is None else self.paused_at
        return index < len(self.pieces)

    def work(self) -> dict[str, float]:
        work = dict.fromkeys(["left", "right", "walk"], 0.0)
        for counts, _, reached in self.pieces:
            if counts:
                work[counts] = work.get(counts, 0) + reached
        return work

    def is_whole(self) -> bool:
        """Nothing was skipped; the walk may be, where it is not everything."""
        counting = [piece for piece in self.pieces if piece[0]]
        needed = [piece for piece in counting if piece[0] != "walk"] or counting
        return all(reached >= length for _, length, reached in needed)
