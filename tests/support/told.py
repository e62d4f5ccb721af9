"""The log of a written day, as the store would hand it out, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from core.days import DATE, STAGED, change, exercises
from unsit.core.model import AnyDecision, AnyEvent, Now, Settings, State
from unsit.simulation.script import read_script
from unsit.simulation.world import World
from unsit.store.account import Logged, LogPart
from unsit.words.why import Reason, explain


class LoggedWorld(World):
    """Attributes: rows: every event that the core was told, with its decisions."""

    rows: list[Logged]

    def __init__(self, zone: ZoneInfo, settings: Settings) -> None:
        super().__init__(zone, settings, (*exercises(), *STAGED), change)
        self.rows = []

    def _tell(self, event: AnyEvent) -> None:
        before = len(self.said)
        super()._tell(event)
        decisions: tuple[AnyDecision, ...] = tuple(said[-1] for said in self.said[before:])
        self.rows.append(Logged(event, decisions, begins=not self.rows))


def log_of(lines: Iterable[str], settings: Settings | None = None, zone: str = "UTC") -> tuple[LogPart, State, Now]:
    """What a script leaves behind: the log, the state after it, and the clocks at its end."""
    world = LoggedWorld(ZoneInfo(zone), settings or Settings())
    ids = [entry.id for entry in world.catalogue]
    for _said in world.run(read_script(lines, "script", ZoneInfo(zone), ids, lambda key, value: None)):
        pass
    assert world.state
    return LogPart(None, tuple(world.rows)), world.state, world.now()


def told(
    script: str, at: str | None = None, settings: Settings | None = None, *, is_running: bool = True
) -> list[Reason]:
    """What `unsit why` answers at the end of a day on `DATE`, which starts at 09:00 where it does not say so.

    Args: at: a time of that day to be asked about.
    """
    lines = [line.strip() for line in script.strip().splitlines()]
    if "start" not in lines[0].split():
        lines.insert(0, "09:00 start")
    part, state, now = log_of([f"{DATE}T{lines[0]}", *lines[1:]], settings)
    moment = datetime.fromisoformat(f"{DATE}T{at}+00:00") if at else None
    return explain(part, now, moment, state=state if is_running and not at else None)
