"""The time lines of docs/rules.md, lived through by the real daemon, and simulated: one script for both.

Everything is real but for the lengths: settings of seconds. All days happen at once, each on a desktop of its own, since most
of a day is waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pytest

from support.desktop import needs
from support.timeline import NEEDS, Said, Timeline

pytestmark = [needs(*NEEDS), pytest.mark.alone]

NEAR_S: Final = 2
"""How far seconds may be apart: whole ones are printed, and a busy machine hands events over late."""

SETTINGS: Final = """
[prompt]
every = "6 s"
every_standing = "5 s"
settle = "2 s"
settle_after_pause = "2 s"
remind_every = "3 s"
reminders = 1
snooze = "2 s"
snoozes = 1
[away]
idle_after = "3 s"
credit = "5 s"
[hold]
limit = "5 s"
[stretch]
hold = 15
walk = "3 s"
"""

ANSWERS: Final = """
2026-03-02T09:00:00 start
+7.5s snooze            # offered at 6 s
+3s snooze                # offered again; refused, once is all
+1s skip
+1s undo
+1s skip
+2s done
+8s stand                 # closes the prompt of 6 s
+1s stand                 # refused: so it is
+5.5s sit               # closes that of 5 s
+8s pause 3s              # takes the next one back
+6.5s skip              # it came again
+7.5s end               # the next one
"""

IGNORED: Final = """
2026-03-02T09:00:00 start
+13.5s end              # offered, reminded, missed and offered anew
"""

ABSENCES: Final = """
2026-03-02T09:00:00 start
+1s leave
+2s back                  # nobody noticed
+4.5s leave             # at 7.5 s, offered since 6 s
+8s back                  # withdrawn, ended, a natural break
+1s leave
+4s back                  # short: the sitting clock ran on
+3s lock
+2s unlock                # short, and the prompt comes after the settle
+3.5s lock
+2s back                  # remembered, not obeyed
+4.5s unlock            # too late for that prompt: a natural break
+2s lock                  # switched away
+7s unlock                # a natural break, nothing was open
+1s end
"""

SLEEPS: Final = """
2026-03-02T09:00:00 start
+3s suspend
+2s wake
+1.5s back              # short: due at once but for the settle
+4s suspend               # takes the prompt back
+7s wake                  # ends it, by itself without a sound
+4s back                  # a natural break
+2s begin walk
+1s suspend               # a short sleep leaves the session paused
+2s wake
+1s toggle
+1s suspend               # a long one stops it
+7s wake
+1s back
+7.5s end                 # between the prompt and its reminder
"""

HOLDS: Final = """
2026-03-02T09:00:00 start
+3s hold dnd
+4.5s hold call         # held since 6 s
+1.5s free dnd
+1.5s free call
+1s hold dnd              # within the settle
+1.5s free dnd
+3.5s skip              # offered after the settle
+2s hold dnd
+10.5s skip             # held at 6 s, offered at the limit
+1s free dnd
+8s end
"""

RESTARTS: Final = """
2026-03-02T09:00:00 start
+7.5s kill 1s           # offered again, by who comes after
+2s skip
+1s hold dnd
+6.5s kill 1s           # held
+0.5s free dnd            # well before the limit, however long the start took
+4s done
+1s lock
+1s kill 1s               # and it is still locked
+5s unlock
+2s quit 6s               # a natural break
+7.5s quit 1s
+3s end
"""

HOURS: Final = """
2026-03-02T09:00:00 start
+7.5s snooze 1m
+14s done                 # closing took the prompt; nothing is left to answer
+7s begin walk            # allowed, and nothing falls due
+1s stop
+1s set hours []
+7.5s end
"""
CLOSING_AFTER_S: Final = 17

CUT_SHORT: Final = """
2026-03-02T09:00:00 start
+7.5s begin
+1s choose first=right walk=4s
+1s next
+2s stop                  # void: the prompt is there again
+1.5s begin
+1s skip                  # refused
+1s next
+1s toggle
+2s toggle
+1s kill 1s               # paused
+1s toggle
+1s hurts
+1.5s begin walk
+1s stop                  # nothing stays
+1.5s begin
+1s lock                  # the exercise, no absence
+6s unlock
+1s stop
+1s begin walk
+1s next
+8s end                   # completed
"""

STRETCHED: Final = """
2026-03-02T09:00:00 start
+1s begin
+1s next
+16s next                 # one second into the switch
+4s previous              # from the start
+1s previous              # the switch again
+1s next
+26s end                  # completed, and a prompt
"""


@dataclass
class Day:
    """Attributes: config: besides SETTINGS. words: what must be among the decisions, so that the day is about it."""

    script: str
    words: set[str]
    config: str = ""
    closing_after_s: float | None = None


DAYS: Final = {
    "answers": Day(
        ANSWERS,
        {"prompt", "snooze", "refused", "outcome skipped", "outcome done", "withdraw"},
    ),
    "ignored": Day(IGNORED, {"prompt", "remind", "outcome missed"}),
    "absences": Day(ABSENCES, {"prompt", "withdraw", "outcome away", "natural"}),
    "sleeps": Day(SLEEPS, {"prompt", "withdraw", "outcome away", "natural", "outcome void"}),
    "holds": Day(HOLDS, {"prompt", "held", "outcome skipped"}),
    "restarts": Day(RESTARTS, {"prompt", "held", "natural", "outcome done"}),
    "hours": Day(
        HOURS,
        {"prompt", "snooze", "outcome expired", "outcome void"},
        '[[hours]]\ndays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]\nfrom = "06:00"\nto = "12:00"\n',
        CLOSING_AFTER_S,
    ),
    "cut short": Day(
        CUT_SHORT, {"prompt", "session", "outcome void", "outcome partial", "outcome completed", "refused", "cue end"}
    ),
    "stretched": Day(STRETCHED, {"session", "cue hold", "cue switch", "cue walk", "outcome completed", "prompt"}),
}


@dataclass
class Lived:
    """A day that is over. Attributes: account: what happened, and what the daemon wrote, for a test that fails."""

    said: list[Said]
    simulated: list[Said]
    account: str


@pytest.fixture(scope="module")
def lived() -> Iterator[Callable[[str], Lived]]:
    """All days, lived through side by side."""
    lines = {name: Timeline(SETTINGS + day.config, day.script) for name, day in DAYS.items()}
    results: dict[str, Lived | BaseException] = {}
    try:
        for name, line in lines.items():
            line.prepare(DAYS[name].closing_after_s)

        async def live_all() -> list[BaseException | None]:
            return await asyncio.gather(*(line.live() for line in lines.values()), return_exceptions=True)

        for (name, line), error in zip(lines.items(), asyncio.run(live_all()), strict=True):
            account = f"{line.day}\n{line.run.log}"
            if error is not None:
                error.add_note(account)
                results[name] = error
            else:
                results[name] = Lived(line.said, line.simulate(), account)
    finally:
        for line in lines.values():
            line.close()

    def of(name: str) -> Lived:
        result = results[name]
        if isinstance(result, BaseException):
            raise result
        return result

    yield of


@pytest.mark.parametrize("name", DAYS)
def test_the_real_day_goes_as_the_simulated_one(lived: Callable[[str], Lived], name: str) -> None:
    """The same decisions in the same order; the seconds that they tell are the same but for the whole second."""
    day = lived(name)
    missing = DAYS[name].words - {said.words for said in day.simulated}
    assert not missing, f"the day is not about {missing}\n{day.account}"
    assert [said.words for said in day.said] == [said.words for said in day.simulated], told(day)
    for real, simulated in zip(day.said, day.simulated, strict=True):
        assert real.about.keys() == simulated.about.keys(), told(day)
        for key, value in real.about.items():
            assert is_near(value, simulated.about[key]), f"{key} of {real.shown}\n{told(day)}"


def is_near(one: str, other: str) -> bool:
    """Numbers and instants may be a little apart, words not."""
    if one.isdecimal() and other.isdecimal():
        return abs(int(one) - int(other)) <= NEAR_S
    if one[:4].isdecimal() and "T" in one:
        return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)).total_seconds() <= NEAR_S
    return one == other


def told(day: Lived) -> str:
    real = "\n".join(said.shown for said in day.said)
    simulated = "\n".join(said.shown for said in day.simulated)
    return f"--- really ---\n{real}\n--- simulated ---\n{simulated}\n--- what happened ---\n{day.account}"
