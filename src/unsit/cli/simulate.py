"""`unsit simulate` and `unsit preview`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from unsit import catalogue, paths, settings
from unsit.adapters.clock import local_zone
from unsit.cli.exits import DONE, WRONG_CALL, complain
from unsit.core import hours, rotation
from unsit.core.model import AnyDecision, Exercise, Now, Outcome, Prompted, Reminded, Settings, State
from unsit.simulation.lines import as_json, as_text, describe, stamp
from unsit.simulation.script import Line, ScriptError, read_script
from unsit.simulation.world import Said, World
from unsit.words import _, format_duration, format_time, join_words
from unsit.words.no_stretch import no_stretch_words


def simulate(script: str | None, *, config: str | None, tz: str | None, as_json: bool) -> int:
    """Run the rules over a script, and print what they decide.

    Args:
        config: a file in place of the person's own; the exercises in the folder beside it count, as they do beside theirs.

    Returns: 0, or 2 for a malformed script, a bad configuration or a time zone that does not exist.
    """
    zone = _zone(tz)
    if zone is None:
        complain(_("There is no time zone {name}; write it like Europe/Berlin.").format(name=tz))
        return WRONG_CALL
    exercises = catalogue.load(
        paths.shipped_config_dir() / "exercises", Path(config).parent / "exercises" if config else None
    )
    rules = exercises.rules()
    ids = tuple(rule.id for rule in rules)
    chosen = exercises.problems or settings.load_file_only(Path(config or settings.defaults_path()), exercise_ids=ids)
    if isinstance(chosen, list):
        for problem in chosen:
            complain(str(problem))
        return WRONG_CALL

    def apply_set(to: Settings, key: str, value: str) -> Settings:
        return settings.apply_set(to, key, value, exercise_ids=ids)

    try:
        text = sys.stdin.readlines() if script is None else Path(script).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        complain(f"{script or '-'}: {error}")
        return WRONG_CALL
    try:
        lines = read_script(text, script or "-", zone, ids, lambda key, value: apply_set(chosen, key, value))
    except ScriptError as error:
        complain(str(error))
        return WRONG_CALL
    world = World(zone, chosen, rules, apply_set)
    for line in output(world.run(lines), is_json=as_json):
        print(line)
    return DONE


def output(said: Iterable[Said], *, is_json: bool) -> Iterator[str]:
    """The lines that are printed."""
    write = as_json if is_json else as_text
    for now, step_s, was_set, decision in said:
        described = describe(decision, now, step_s)
        if described is not None:
            words, fields = described
            if was_set:
                fields.append(("wall", stamp(now + timedelta(seconds=step_s))))
            yield write(now, words, fields)


def preview(day: str | None) -> int:
    """A whole day with somebody who never leaves the chair, by the person's own settings."""
    zone = _zone(None) or ZoneInfo("UTC")
    wanted = _day(day, datetime.now(zone).date())
    if wanted is None:
        complain(_("{day} is no day; write it like 2026-03-02, mon or tomorrow.").format(day=day))
        return WRONG_CALL
    loaded = settings.load()
    for problem in loaded.problems:
        complain(str(problem))
    exercises = catalogue.load(*paths.exercise_dirs())
    said = _sit_through(zone, wanted, loaded.settings.core, exercises.rules())
    lines = [f"  {format_time(now)}  {words}" for now, _step, _set, what in said if (words := _told(what, exercises))]
    if lines:
        print(_("{day}, if you sit through it and answer nothing:").format(day=f"{wanted:%A %d %B %Y}"))
    print("\n".join(lines) if lines else _("Nothing: that day is off."))
    if no_stretch := _why_no_stretch(loaded.settings.core, exercises.rules(), zone):
        print(no_stretch)
    return DONE


def _why_no_stretch(chosen: Settings, rules: tuple[Exercise, ...], zone: ZoneInfo) -> str:
    """By the settings alone; what hurt, only the daemon knows."""
    state = State(chosen, rules, zone.key, Now(0.0, "", datetime.now(zone)))
    return no_stretch_words(rotation.left_out_stretches(state)) if rotation.pick(state) == rotation.WALK else ""


def _told(decision: AnyDecision, exercises: catalogue.Catalogue) -> str | None:
    """What happens then, as it is said to people."""
    match decision:
        case Prompted():
            names = join_words(exercises.name_of(exercise) for exercise in decision.exercises)
            if decision.routine is not None:
                return _("Your routine {name}: {exercise}").format(name=decision.routine, exercise=names)
            sat = format_duration(decision.sat_s)
            return _("Time to get up: {exercise} ({duration} of sitting)").format(exercise=names, duration=sat)
        case Reminded():
            return _("Asked again")
        case Outcome(word="missed"):
            return _("No answer")
        case Outcome(word="expired"):
            return _("Your hours are over, and what was open is closed")
    return None


def _sit_through(zone: ZoneInfo, day: date, chosen: Settings, rules: tuple[Exercise, ...]) -> Iterator[Said]:
    begin = hours.local_instant(day, "00:00", zone.key)
    end = hours.local_instant(day + timedelta(days=1), "00:00", zone.key)
    span = hours.span_at(chosen, zone.key, begin)
    if not chosen.hours:
        begin = hours.local_instant(day, "09:00", zone.key)
    elif not span.is_open:
        begin = min(span.until_wall, end)
    world = World(zone, chosen, rules, settings.apply_set)
    if begin < end:
        yield from world.run([Line(1, begin, "start")])
        yield from world.until(end - 1)


def _day(text: str | None, today: date) -> date | None:
    if text is None:
        return today
    near = {"today": 0, "tomorrow": 1, _("today"): 0, _("tomorrow"): 1}
    if (word := text.lower()) in near:
        return today + timedelta(days=near[word])
    if text.lower()[:3] in hours.WEEKDAYS:
        ahead = (hours.WEEKDAYS.index(text.lower()[:3]) - today.weekday()) % 7
        return today + timedelta(days=ahead)
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name or local_zone())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
