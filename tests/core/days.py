"""Runs a written day through the real core: what `unsit simulate` does, without files and processes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from zoneinfo import ZoneInfo

from unsit import catalogue, paths
from unsit.cli.simulate import output
from unsit.core.model import Exercise, HoursEntry, Routine, Settings, Stage, Weekday
from unsit.core.snapshot import Snapshot, snapshot
from unsit.settings import apply_set
from unsit.simulation.script import read_script
from unsit.simulation.world import World

DATE = "2026-03-02"
"""The Monday on which most days of the tests take place."""
WORKING_DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")

STAGED: tuple[Exercise, ...] = (
    Exercise(
        "contract-relax", "strength", "desk", "hold", per_side=True,
        stages=(Stage("hold", 6), Stage("hold", prepare_s=0), Stage("breaths", 2)),
    ),
    Exercise(
        "programme", "strength", "floor", "hold", avoid=("floor",),
        stages=(Stage("hold", per_side=True), Stage("reps", 5, prepare_s=15), Stage("hold", 25), Stage("rest", 20)),
    ),
)  # fmt: skip
"""Exercises of a person's own, in stages. No stretches, so that the rotation leaves them alone."""


@cache
def exercises() -> tuple[Exercise, ...]:
    return catalogue.load(paths.shipped_config_dir() / "exercises", None).rules()


def change(settings: Settings, key: str, value: str) -> Settings:
    return apply_set(settings, key, value, exercise_ids=tuple(entry.id for entry in exercises()))


def settings(**changes: str) -> Settings:
    """The shipped settings with some changed: `settings(prompt_every="45m")`."""
    changed = Settings()
    for key, value in changes.items():
        changed = change(changed, key.replace("_", ".", 1), value)
    return changed


def hours(*spans: str, days: Sequence[Weekday] = WORKING_DAYS, off: Sequence[str] = ()) -> Settings:
    """The shipped settings with working hours: `hours("09:00-12:00", "13:00-17:30")`."""
    entries = (span.split("-") for span in spans)
    return Settings(hours=tuple(HoursEntry(tuple(days), *entry) for entry in entries), days_off=tuple(off))


def routine(cron: str, *names: str, name: str = "rest", also: Settings | None = None) -> Settings:
    also = also or Settings()
    entry = Routine(name, cron, names or ("constructive-rest",))
    return Settings(hours=also.hours, days_off=also.days_off, routine=(*also.routine, entry))


def world(zone: str = "UTC", with_settings: Settings | None = None, own: tuple[Exercise, ...] = ()) -> World:
    return World(ZoneInfo(zone), with_settings or Settings(), (*exercises(), *own), change)


def full(
    lines: Iterable[str], zone: str = "UTC", with_settings: Settings | None = None, own: tuple[Exercise, ...] = ()
) -> list[str]:
    """Every line of the output, as `unsit simulate` prints it.

    Args: own: exercises of the person's own.
    """
    ids = [entry.id for entry in (*exercises(), *own)]
    script = read_script(lines, "script", ZoneInfo(zone), ids, lambda key, value: None)
    return list(output(world(zone, with_settings, own).run(script), is_json=False))


def seen_after(script: str) -> Snapshot:
    """What everybody outside sees after these lines, which begin with `start`."""
    day = world()
    lines = [f"{DATE}T{line.strip()}" for line in script.strip().splitlines()]
    ids = [entry.id for entry in day.catalogue]
    for _said in day.run(read_script(lines, "script", ZoneInfo("UTC"), ids, lambda key, value: None)):
        pass
    assert day.state
    return snapshot(day.state, day.now(), "1.0")


def run(
    script: str,
    with_settings: Settings | None = None,
    zone: str = "UTC",
    *,
    without: str = "",
    own: tuple[Exercise, ...] = (),
) -> list[str]:
    """The output of a day, on `DATE` where the script does not say it.

    Args:
        script: in the language of `unsit simulate`; `start` at 09:00 is put before it if it has none.
        without: words of lines that are left out, where a test is not about them ("cue remind").

    Returns: the lines, `DATE` and UTC's offset left out.
    """
    lines = [line.strip() for line in script.strip().splitlines()]
    if "start" not in lines[0].split():
        lines.insert(0, "09:00 start")
    if "T" not in lines[0].split()[0]:
        lines[0] = f"{DATE}T{lines[0]}"
    return [
        line.replace(f"{DATE}T", "").replace("+00:00", "")
        for line in full(lines, zone, with_settings, own)
        if line.split()[1] not in without.split()
    ]
