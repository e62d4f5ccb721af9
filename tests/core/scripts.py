"""Random days in the language of `unsit simulate`: plausible ones, and ones that nobody would live through.

Half of all gaps are the very durations that the rules name (or a second beside them): mistakes live at boundaries.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Final

FEATURES: Final = frozenset(
    ("presence", "lock", "suspend", "holds", "session", "prompt", "pause", "stand", "set", "kill", "quit")
)
"""`quit` includes `reboot`."""

NAMED_GAPS: Final = (0, 1, 2, 3, 8, 10, 20, 30, 38, 60, 90, 120, 198, 300, 600, 900, 1800, 3600, 7200, 10800, 14400)
EXERCISES: Final = ("walk", "standing-lunge", "half-kneeling", "supine", "constructive-rest", "bridge", "glute-bridge",
                    "straight-leg-raise", "bird-dog", "contract-relax", "programme")  # fmt: skip
SETTINGS: Final = {
    "prompt.every": ("20m", "30m", "60m", "90m"),
    "prompt.snoozes": ("0", "1", "3"),
    "away.credit": ("1m", "2m", "5m", "10m"),
    "away.idle_after": ("1m", "3m", "5m"),
    "stretch.walk": ("0s", "1m", "2m"),
    "stretch.hold": ("auto", "15", "45", "120"),
}
HOLDS: Final = ("call", "dnd", "fullscreen", "app")


def random_script(seed: int, features: Iterable[str] = FEATURES, length: int | None = None) -> list[str]:
    """A valid script; the same for the same arguments. `length` is the number of events (default: 5 to 60)."""
    return _Writer(random.Random(f"unsit {seed}"), frozenset(features)).write(length)


class _Writer:
    def __init__(self, rng: random.Random, features: frozenset[str]) -> None:
        if (unknown := features - FEATURES) or not features:
            raise ValueError(f"no such feature: {', '.join(sorted(unknown))}")
        self.rng = rng
        self.features = features
        self.lines: list[str] = []
        self.is_away = False
        self.is_locked = False
        self.holds: set[str] = set()

    def write(self, length: int | None) -> list[str]:
        rng = self.rng
        hour, minute, second = (
            rng.randrange(24),
            rng.choice((0, 0, rng.randrange(60))),
            rng.choice((0, 0, rng.randrange(60))),
        )
        away = "presence" in self.features and rng.random() < 0.1
        self.is_away = away
        self.lines.append(f"2026-03-02T{hour:02}:{minute:02}:{second:02} start{' away' if away else ''}")
        for _ in range(length or rng.randint(5, 60)):
            self._event()
        self._add(rng.choice((0, 600, 3600, 4 * 3600)), "end")
        return self.lines

    def _add(self, gap_s: int, event: str) -> None:
        self.lines.append(f"+{_spell(gap_s)} {event}")

    def _gap(self, longest_s: int = 10800) -> int:
        rng = self.rng
        kind = rng.random()
        if kind < 0.15:
            return 0
        if kind < 0.5:
            named = rng.choice([gap for gap in NAMED_GAPS if gap <= longest_s])
            return max(0, min(longest_s, named + rng.choice((0, 0, 0, 0, 1, -1))))
        if kind < 0.75:
            return rng.randint(0, min(longest_s, 400))
        return rng.randint(0, min(longest_s, 5000))

    def _event(self) -> None:
        rng, features = self.rng, self.features
        weights = {
            "presence": 5, "lock": 3, "suspend": 2, "holds": 3, "session": 6, "prompt": 6, "pause": 2, "stand": 1,
            "set": 1, "kill": 1, "quit": 1,
        }  # fmt: skip
        names = sorted(features)
        kind = rng.choices(names, [weights[name] for name in names])[0]
        gap = self._gap()
        if self.is_locked and kind not in ("lock", "suspend", "holds") and rng.random() < 0.95:
            self._add(self._gap(), self._found("lock"))  # few people type behind a lock screen
        if kind == "suspend":
            self._add(gap, "suspend")
            self._unseen(self._gap(), "wake")
        elif kind == "kill":
            self._dead(gap, "kill", rng.choice((0, self._gap(7200))))
        elif kind == "quit":
            self._dead(gap, rng.choice(("quit", "reboot")), self._gap(7200))
        else:
            self._add(gap, self._awake(kind))
            if kind == "session" and rng.random() < 0.5:
                self._follow_session()

    def _follow_session(self) -> None:
        """Some commands at the pace of a stretch; without them most would come long after its end."""
        for _ in range(self.rng.randint(1, 4)):
            gap = self.rng.choice((0, 2, 3, 9, 10, 12, 30, 38, 40, 60, 600, self.rng.randint(0, 90)))
            kinds = sorted(self.features & {"session", "presence", "lock", "holds", "pause"})
            self._add(gap, self._awake(self.rng.choice(["session", *kinds]), in_session=True))

    def _awake(self, kind: str, in_session: bool = False) -> str:
        rng = self.rng
        if kind in ("presence", "lock", "holds"):
            return self._found(kind)
        if kind == "session":
            if in_session or rng.random() < 0.2:
                return rng.choices(("toggle", "next", "previous", "stop", "hurts"), (4, 3, 1, 2, 0.3))[0]
            return rng.choice(("begin", "begin", f"begin {rng.choice(EXERCISES)}"))
        if kind == "prompt":
            delay = rng.choice(("", " 5m", " 10m", " 15m", f" {_spell(rng.randint(1, 1800))}"))
            return rng.choice((f"snooze{delay}", f"snooze{delay}", "skip", "done"))
        if kind == "pause":
            at = f"{rng.randrange(24):02}:{rng.choice((0, 30)):02}"
            length = _spell(max(1, self._gap()))
            return rng.choice(("pause", f"pause {length}", f"pause until {at}", "pause tomorrow", "resume", "resume"))
        if kind == "stand":
            return rng.choice(("stand", "sit"))
        key = rng.choice(sorted(SETTINGS))
        return f"set {key} {rng.choice(SETTINGS[key])}"

    def _found(self, kind: str) -> str:
        """An event that may also happen while the machine sleeps or the daemon is dead. Now and then it comes twice."""
        rng = self.rng
        if kind == "holds":
            reason = rng.choice(HOLDS)
            begins = (reason not in self.holds) == (rng.random() < 0.95)
            (self.holds.add if begins else self.holds.discard)(reason)
            return f"{'hold' if begins else 'free'} {reason}"
        twice = rng.random() < 0.05
        if kind == "lock":
            self.is_locked = self.is_locked if twice else not self.is_locked
            return "lock" if self.is_locked else "unlock"
        self.is_away = self.is_away if twice else not self.is_away
        return "leave" if self.is_away else "back"

    def _unseen(self, for_s: int, last: str) -> None:
        """Events that nobody sees, and then `last`, `for_s` after the line before."""
        for gap in self._split(for_s):
            if isinstance(gap, str):
                self.lines.append(gap)
            else:
                self._add(gap, last)

    def _dead(self, gap: int, how: str, for_s: int) -> None:
        self._add(gap, how if how == "kill" and not for_s else f"{how} {_spell(for_s)}")
        if how == "reboot":  # somebody starts the machine
            self.is_locked = self.is_away = False
        for item in self._split(for_s):
            if isinstance(item, str):
                self.lines.append(item)
            else:  # the daemon is back at the end of the rest; the next line may come in that very instant
                self._add(item + self.rng.choice((0, self._gap())), self._awake_after_death())

    def _awake_after_death(self) -> str:
        kinds = sorted(self.features - {"suspend", "kill", "quit"})
        return self._awake(self.rng.choice(kinds)) if kinds else "free call"

    def _split(self, for_s: int) -> list[str | int]:
        """Lines within `for_s` seconds (strictly before their end), and the seconds that remain after them."""
        items: list[str | int] = []
        usable = sorted(self.features & {"presence", "lock", "holds"})
        while for_s > 1 and usable and self.rng.random() < 0.3:
            gap = self.rng.randrange(for_s)
            for_s -= gap
            items.append(f"+{_spell(gap)} {self._found(self.rng.choice(usable))}")
        return [*items, for_s]


def _spell(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    return "".join(f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if n) or "0s"
