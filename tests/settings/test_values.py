from __future__ import annotations

from pathlib import Path

import pytest

from support.settings_home import SettingsHome
from unsit.settings import Problem, check_cron, load, load_file_only

FIVE_FIELDS = 'Right: five fields as in crontab(5), like "0 15 * * mon-fri"'
DAYS = 'Right: a list of dates like "2026-12-24" and ranges like "2026-12-24..2027-01-02"'
WEEKDAYS = 'Right: a list of "mon", "tue", "wed", "thu", "fri", "sat", "sun"'
PROMPT_KEYS = (
    "Right: one of prompt.every, prompt.every_standing, prompt.settle, prompt.settle_after_pause, prompt.remind_every, "
    "prompt.reminders, prompt.snooze, prompt.snoozes, prompt.sound"
)
TOP_LEVEL = (
    "Right: one of days_off, hours, routine, [prompt], [away], [hold], [stretch], [guide], [sound], [tray], [log], "
    "[exercises]"
)
ROUTINE = '[[routine]]\nname = "r"\nexercises = ["bridge"]\n'

BAD_FILES = [
    # durations
    (
        '[prompt]\n\nevery = "45"',
        ['3: prompt.every: "45" has no unit; write 45s or 45m. Right: a duration from 1s to 12h, like "45 min"'],
    ),
    ('[prompt]\nevery = "13h"', ['2: prompt.every: "13h" is too long. Right: a duration from 1s to 12h, like "45 min"']),
    ("[prompt]\nevery = 0", ['2: prompt.every: 0 is too short. Right: a duration from 1s to 12h, like "45 min"']),
    (
        "[prompt]\nsettle = -5",
        ["2: prompt.settle: -5 is negative; write it like 45 min. "
         'Right: a duration from 0s to 1h, like "45 min"'],
    ),
    (
        "[stretch]\nwalk = true",
        ["2: stretch.walk: true is no duration; write it like 45 min. "
         'Right: a duration from 0s to 1h, like "45 min"'],
    ),
    (
        "[stretch]\nwalk = [1]",
        ['2: stretch.walk: a list is no duration. Right: a duration from 0s to 1h, like "45 min"'],
    ),
    (
        "[away]\ncredit = nan",
        ["2: away.credit: nan is no duration; write it like 45 min. "
         'Right: a duration from 1s to 4h, like "45 min"'],
    ),
    ("[stretch]\nhold = 14", ['2: stretch.hold: 14 is too short. Right: "auto", or a duration from 15s to 2m, like "45 s"']),
    ("[stretch]\nhold = 121", ['2: stretch.hold: 121 is too long. Right: "auto", or a duration from 15s to 2m, like "45 s"']),
    # numbers, words, true and false
    ("[prompt]\nsnoozes = -1", ["2: prompt.snoozes: -1 is out of range. Right: a whole number from 0 to 100"]),
    ("[prompt]\nsnoozes = 2.5", ["2: prompt.snoozes: 2.5 is no whole number. Right: a whole number from 0 to 100"]),
    ("[prompt]\nsnoozes = true", ["2: prompt.snoozes: true is no whole number. Right: a whole number from 0 to 100"]),
    ('[prompt]\nsound = "gong"', ['2: prompt.sound: "gong" is not known here. Right: one of "off", "tone"']),
    ('[tray]\nshow = "yes"', ['2: tray.show: "yes" is neither true nor false. Right: true or false']),
    (
        '[stretch]\nplace = "desk"',
        ['2: stretch.place: "desk" is no list. Right: a list of "desk", "floor", "bed"'],
    ),
    (
        '[stretch]\nplace = [\n  "desk",\n  "roof",\n]',
        ['4: stretch.place: "roof" is not known here. Right: a list of "desk", "floor", "bed"'],
    ),
    (
        "[guide]\nbrowser = '\"firefox'",
        ['2: guide.browser: ""firefox" has a quote that is not closed. '
         'Right: a command like "firefox --new-window", or "" for your default browser'],
    ),
    # names
    ("evry = 5", [f"1: evry: there is no such key (did you mean prompt.every?). {TOP_LEVEL}"]),
    ("snoozes = 5", [f"1: snoozes: there is no such key (did you mean prompt.snoozes?). {TOP_LEVEL}"]),
    ("[prompt]\nsnoze = 5", [f"2: prompt.snoze: there is no such key (did you mean prompt.snooze?). {PROMPT_KEYS}"]),
    ("[zzz]\nq = 5", [f"1: zzz: there is no such key. {TOP_LEVEL}"]),
    ("prompt = 5", ["1: prompt: 5 is no table. Right: [prompt]"]),
    ('"a b" = 1', [f'1: "a b": there is no such key. {TOP_LEVEL}']),
    ("prompt.every = 0", ['1: prompt.every: 0 is too short. Right: a duration from 1s to 12h, like "45 min"']),
    ('locked = ["hours"]', ["1: locked: only the system's file can lock settings. Right: take it out of this file"]),
    # days and hours
    ('days_off = ["2026-02-30"]', [f'1: days_off: "2026-02-30": there is no 2026-02-30. {DAYS}']),
    ('days_off = ["20261224"]', [f'1: days_off: "20261224" is no date and no range of dates. {DAYS}']),
    (
        'days_off = ["2026-12-24..2026-12-23"]',
        [f'1: days_off: "2026-12-24..2026-12-23" ends before it begins. {DAYS}'],
    ),
    ('days_off = ["2026-12-24.."]', [f'1: days_off: "2026-12-24.." is no date and no range of dates. {DAYS}']),
    ("days_off = [5]", [f"1: days_off: 5 is no date. {DAYS}"]),
    ("days_off = [2026-12-24T10:00:00]", [f"1: days_off: 2026-12-24 10:00:00 is no date. {DAYS}"]),
    (
        '[[hours]]\ndays = ["mon"]\nfrom = "9:00"\nto = "17:00"\n\n[[hours]]\ndays = ["Fry"]\nfrom = "24:00"',
        ['6: hours.to: it is missing. Right: a time of day like "09:00"',
         f'7: hours.days: "Fry" is not known here. {WEEKDAYS}',
         '8: hours.from: "24:00": midnight is 00:00. Right: a time of day like "09:00"'],
    ),
    (
        'hours = [\n  {days = [], from = 9, to = "25:00", until = "x"},\n]',
        [f"2: hours.days: the list is empty. {WEEKDAYS}",
         '2: hours.from: 9 is no time of day. Right: a time of day like "09:00"',
         '2: hours.to: "25:00" does not exist; a day goes from 00:00 to 23:59. Right: a time of day like "09:00"',
         "2: hours.until: there is no such key. Right: one of days, from, to"],
    ),
    (
        "[hours]\ndays = 1",
        ["1: hours: a table is no list of tables. Right: entries of the form [[hours]] with days = ..., from = ..., to = ..."],
    ),
    # routines and exercises
    (f'{ROUTINE}cron = "0 15 * *"', [
        f'4: routine.cron: "0 15 * *": 4 fields instead of 5 (minute hour day month weekday). {FIVE_FIELDS}']),
    (f'{ROUTINE}cron = "0 15 31 feb *"', [
        f'4: routine.cron: "0 15 31 feb *" never comes: the month is too short. {FIVE_FIELDS}']),
    (f"{ROUTINE}cron = 15", [f"4: routine.cron: 15 is no crontab line. {FIVE_FIELDS}"]),
    (
        f'{ROUTINE}cron = "0 15 * * *"\n{ROUTINE}cron = "0 16 * * *"',
        ['6: routine.name: "r" is there twice. Right: each name once'],
    ),
    (
        '[[routine]]\nname = "a b"\ncron = "0 15 * * *"\nexercises = ["bird-dgo"]\nenabled = 1',
        ['2: routine.name: "a b" is no name. Right: a name of letters, digits, "-" and "_", like "evening-stretch"',
         '4: routine.exercises: "bird-dgo" is no exercise (did you mean bird-dog?). '
         'Right: a list of ids of exercises, like "bird-dog"',
         "5: routine.enabled: 1 is neither true nor false. Right: true or false"],
    ),
    (
        "[exercises]\nbridge = false\nbrige = true\nbird-dog = 1",
        ["3: exercises.brige: there is no such exercise (did you mean bridge?). Right: one of bird-dog, bridge, walk",
         "4: exercises.bird-dog: 1 is neither true nor false. Right: true or false"],
    ),
    # no TOML at all
    (
        "[prompt]\nevery = 45 min",
        ['2: prompt.every: 45 min is no TOML value. Right: a duration from 1s to 12h, like "45 min"'],
    ),
    ("[tray]\nshow = True", ["2: tray.show: True is no TOML value. Right: true or false"]),
    (
        '[guide]\nbrowser = "C:\\Program Files"',
        ["2: this is no TOML: Unescaped '\\' in a string. Right: \\\\ for each \\ in a text"],
    ),
    ("[hold]\n[[routine]]\nname = evening", ['3: routine.name: evening is no TOML value. Right: name = "evening"']),
    ("[prompt]\nring = loud", ['2: prompt.ring: loud is no TOML value. Right: ring = "loud"']),
    (
        "[prompt]\nevery = 5\nevery = 6",
        ["3: this is no TOML: Cannot overwrite a value. Right: each key once"],
    ),
    (
        "[prompt\n",
        ["1: this is no TOML: Expected ']' at the end of a table declaration. "
         'Right: key = value, with texts and durations in quotes: every = "45 min"'],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BAD_FILES)
def test_a_bad_file_is_explained_line_by_line(text: str, said: list[str], tmp_path: Path) -> None:
    """Everything that is wrong, at once, each with its line, its key and what would be right."""
    file = tmp_path / "config.toml"
    file.write_text(text)

    problems = load_file_only(file, exercise_ids={"bridge", "bird-dog", "walk"})

    assert isinstance(problems, list)
    assert [str(problem).removeprefix(f"{file}:") for problem in problems] == said


def test_bytes_that_are_no_text_are_explained(tmp_path: Path) -> None:
    """A file saved in another encoding: the line where it shows."""
    file = tmp_path / "config.toml"
    file.write_bytes("# one\n# f\xfcnf".encode("latin-1"))

    assert load_file_only(file) == [Problem(str(file), 2, "", "this is not UTF-8", "a text saved as UTF-8")]


def test_a_folder_in_the_place_of_a_file_is_explained(tmp_path: Path) -> None:
    """What the system says about it, and no traceback."""
    problems = load_file_only(tmp_path)

    assert problems == [
        Problem(str(tmp_path), None, "", "it cannot be read: Is a directory", "a file that you may read")
    ]


def test_a_missing_file_is_a_mistake_only_where_it_was_named(tmp_path: Path, home: SettingsHome) -> None:
    """Nobody has to have settings; somebody who names a file has one."""
    assert load_file_only(tmp_path / "gone.toml") == [
        Problem(str(tmp_path / "gone.toml"), None, "", "there is no such file", "the path of a file with settings")
    ]
    assert load().problems == []


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "{a=" * 5000, "a = " + "9" * 5000])
def test_a_file_made_to_break_parsers_is_one_problem(text: str, tmp_path: Path) -> None:
    """Nesting and numbers that Python itself gives up on."""
    file = tmp_path / "config.toml"
    file.write_text(text)

    problems = load_file_only(file)

    assert isinstance(problems, list)
    assert len(problems) == 1


def test_a_byte_order_mark_and_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    """Files from other systems count as they are, and their lines are counted right."""
    file = tmp_path / "config.toml"
    file.write_bytes(b'\xef\xbb\xbf[prompt]\r\nevery = "5m"\r\nsnoozes = -1\r\n')

    problems = load_file_only(file)

    assert isinstance(problems, list)
    assert [(problem.line, problem.key) for problem in problems] == [(3, "prompt.snoozes")]


def test_values_are_kept_in_one_spelling(tmp_path: Path) -> None:
    """Whatever way a time, a date or a crontab line is written, the rules see one."""
    file = tmp_path / "config.toml"
    file.write_text(
        'days_off = [2026-12-24, "2026-12-28 .. 2027-01-02"]\n'
        'hours = [{days = ["mon"], from = "9:00", to = 17:00:00}]\n'
        'stretch.hold = "1m"\nprompt.every = 90.5\n'
        '[[routine]]\nname = "r"\ncron = " 0  15 * * MON "\nexercises = ["bridge"]\n'
    )

    settings = load_file_only(file)

    assert not isinstance(settings, list)
    assert settings.days_off == ("2026-12-24", "2026-12-28..2027-01-02")
    assert (settings.hours[0].from_, settings.hours[0].to) == ("09:00", "17:00")
    assert (settings.stretch.hold_s, settings.prompt.every_s) == (60.0, 90.5)
    assert (settings.routine[0].cron, settings.routine[0].enabled) == ("0 15 * * MON", True)


@pytest.mark.parametrize(
    "line",
    [
        "0 15 * * *",
        "*/5 9-17 * * mon-fri",
        "0 0 1,15 jan-mar 0",
        "0 0 * * 7",
        "0 0 29 2 *",
        "0 0 31 2 mon",
        "59 23 31 12 SUN",
    ],
)
def test_crontab_lines_that_come_are_taken(line: str) -> None:
    """Ranges, lists, steps and names; 29 February comes, and so does a Monday where the date does not."""
    check_cron(line)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", '"": 0 fields instead of 5 (minute hour day month weekday)'),
        ("@daily", '"@daily": 1 fields instead of 5 (minute hour day month weekday)'),
        ("0 24 * * *", '"0 24 * * *": hour: 24 is not from 0 to 23'),
        ("0 9 0 * *", '"0 9 0 * *": day of the month: 0 is not from 1 to 31'),
        ("0 9 * * fri-mon", "\"0 9 * * fri-mon\": day of the week: 'fri-mon' ends before it begins"),
        ("*/0 9 * * *", "\"*/0 9 * * *\": minute: the step '0' is not a number above 0"),
        ("0 9 30 2 *", '"0 9 30 2 *" never comes: the month is too short'),
        ("0 9 31 4,6,9,11 *", '"0 9 31 4,6,9,11 *" never comes: the month is too short'),
        ("0 " * 200, '"0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 … is too long for a crontab line'),
    ],
)
def test_crontab_lines_that_cannot_come_are_refused(line: str, reason: str) -> None:
    """The field, and what is wrong with it."""
    with pytest.raises(ValueError) as caught:
        check_cron(line)

    assert str(caught.value) == reason
