"""The language of the scripts: what is read, and what is wrong with the rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.conftest import Simulate

START = "2026-03-02T09:00 start\n"

MALFORMED = [
    # script, line, what is said of it
    ("", 1, "there is no `start` in it"),
    ("# nothing\n\n", 1, "there is no `start` in it"),
    ("2026-03-02T09:00 leave", 1, "`start` comes first, and once"),
    (START + "+1m start", 2, "`start` comes first, and once"),
    ("09:00 start", 1, "the first line needs a date and a time, like 2026-03-02T09:00:00"),
    ("+1m start", 1, "the first line needs a date and a time, like 2026-03-02T09:00:00"),
    (START + "\n# a comment\n  +1m  dance", 4, "there is no event `dance`"),
    (START + "+1m", 2, "a line is TIME EVENT [ARGUMENTS]"),
    (START + "leave", 2, "a line is TIME EVENT [ARGUMENTS]"),
    (START + "+1m set stretch.hold 'auto", 2, "a quotation mark is not closed"),
    # times
    (START + "08:59 leave", 2, "08:59 is before the line above; times never go backwards"),
    (START + "2026-03-01T10:00 leave", 2, "2026-03-01T10:00 is before the line above; times never go backwards"),
    (START + "2026-03-02 leave", 2, "2026-03-02 has no time of day"),
    (START + "2026-03-32T10:00 leave", 2, "2026-03-32T10:00 is no time, write it like 2026-03-02T09:00:00"),
    (START + "25:00 leave", 2, '"25:00" does not exist; a day goes from 00:00 to 23:59'),
    (START + "soon leave", 2, '"soon" is no time of day; write it like 09:00'),
    (START + "+soon leave", 2, '"soon" is no duration; write it like 45 min'),
    (START + "+90 leave", 2, '"90" has no unit; write 90s or 90m'),
    (START + "+ leave", 2, "a duration is missing; write it like 45 min"),
    ("2026-03-29T02:30 start", 1, "2026-03-29T02:30 does not exist on that day: the clocks go forward"),
    ("2026-03-29T01:00 start\n02:30 leave", 2, "02:30 does not exist on that day: the clocks go forward"),
    # arguments
    ("2026-03-02T09:00 start now", 1, "it is written `start` or `start away`"),
    (START + "+1m leave now", 2, "`leave` stands alone"),
    (START + "+1m skip it", 2, "`skip` stands alone"),
    (START + "+1m hold", 2, "it is written `hold call|dnd|fullscreen|app`"),
    (START + "+1m hold music", 2, "it is written `hold call|dnd|fullscreen|app`"),
    (START + "+1m free call dnd", 2, "it is written `free call|dnd|fullscreen|app`"),
    (START + "+1m begin yoga", 2, "there is no exercise `yoga`"),
    (START + "+1m begin walk supine", 2, "it is written `begin [EXERCISE]`"),
    (START + "+1m snooze later", 2, '"later" is no duration; write it like 45 min'),
    (START + "+1m snooze 0s", 2, "0s is no time at all"),
    (START + "+1m pause 0m", 2, "0m is no time at all"),
    (START + "+1m pause until", 2, "it is written `pause until HH:MM`"),
    (START + "+1m pause until noon", 2, '"noon" is no time of day; write it like 09:00'),
    (START + "+1m choose", 2, "it is written `choose [exercise=ID] [first=SIDE] [walk=D] [hold=SECONDS]`"),
    (START + "+1m choose supine", 2, "`choose [exercise=ID] [first=SIDE] [walk=D] [hold=SECONDS]`"),
    (START + "+1m choose first=both", 2, "it is written first=left|right"),
    (START + "+1m choose exercise=yoga", 2, "there is no exercise `yoga`"),
    (START + "+1m choose walk=far", 2, '"far" is no duration; write it like 45 min'),
    (START + "+1m clock 5m", 2, "it is written `clock +D` or `clock -D`"),
    (START + "+1m clock", 2, "it is written `clock +D` or `clock -D`"),
    (START + "+1m quit", 2, "it is written `quit D`"),
    (START + "+1m reboot", 2, "it is written `reboot D`"),
    (START + "+1m kill -5m", 2, '"-5m" is negative; write it like 45 min'),
    (START + "+1m set prompt.every", 2, "it is written `set KEY VALUE`"),
    # what may follow what
    (START + "+1m end\n+1m leave", 3, "nothing may follow `end`"),
    (START + "+1m kill 10m\n+5m skip", 3, "the daemon is not running then, `skip` cannot happen"),
    (START + "+1m quit 10m\n+5m suspend", 3, "the daemon is not running then, `suspend` cannot happen"),
    (START + "+1m reboot 10m\n+5m set prompt.every 45m", 3, "the daemon is not running then, `set` cannot happen"),
    (START + "+1m kill 10m\n+5m kill", 3, "the daemon is not running then, `kill` cannot happen"),
    (START + "+1m suspend\n+5m done", 3, "the machine sleeps then, `done` cannot happen"),
    (START + "+1m suspend\n+5m suspend", 3, "the machine sleeps then, `suspend` cannot happen"),
    (START + "+1m suspend\n+5m kill", 3, "the machine sleeps then, `kill` cannot happen"),
]


@pytest.mark.parametrize(("script", "line", "problem"), MALFORMED)
def test_a_malformed_line_stops_the_run(script: str, line: int, problem: str, simulate: Simulate) -> None:
    """`FILE:LINE: what is wrong` on standard error, exit code 2, and nothing is printed before."""
    before = START.replace("09:00", "07:00") if script.startswith(START) else ""
    if before:  # two hours and a prompt before the wrong line, which must not be printed
        script = before + script.removeprefix(START).replace("08:59", "06:59")
        problem = problem.replace("08:59", "06:59")
    assert simulate(script) == (2, "", f"day:{line}: {problem}\n")


WRONG_SETTINGS = [
    ("set prompt.evry 45m", "prompt.evry"),
    ("set prompt.every never", "prompt.every"),
    ("set prompt.snoozes -1", "prompt.snoozes"),
    ("set stretch.hold 10", "stretch.hold"),
    ("set stretch.place moon", "stretch.place"),
    ("set exercises.yoga false", "exercises.yoga"),
    ("set away.video_is_presence maybe", "away.video_is_presence"),
]


@pytest.mark.parametrize(("line", "key"), WRONG_SETTINGS)
def test_a_wrong_setting_is_a_malformed_line(line: str, key: str, simulate: Simulate) -> None:
    """With its key, and what would be right."""
    code, out, err = simulate(START + "+2h back\n+1m " + line)

    assert (code, out) == (2, "")
    assert err.startswith("day:3: ") and key.rpartition(".")[2] in err
    assert len(err.splitlines()) == 1


WELL_FORMED = [
    "2026-03-02T09:00:00 start",
    "2026-03-02T09:00 start away",
    "2026-03-02T09:00:00+05:30 start",
    "2026-03-02T08:00:00Z start",
    "  2026-03-02T09:00   start   # with a comment",
    START + "9:05 leave\n09:05:30 back",
    START + "+1h30m leave\n+90s back\n+0s leave\n+1.5s back",
    START + "+1m set stretch.place floor,desk\n+1m set stretch.place '[\"bed\"]'\n+1m set prompt.every 45 min",
    START + "+1m pause\n+1m pause 10 min\n+1m pause until 9:30\n+1m pause until tomorrow\n+1m pause tomorrow",
    START + "+1m snooze 5m\n+1m begin\n+1s choose first=left walk=1m30s hold=45\n+1s choose hold=45s walk=0",
    START
    + "+1m suspend\n+1m leave\n+0s back\n+0s lock\n+0s unlock\n+0s hold app\n+0s free app\n+0s clock +1h\n+1m wake",
    START + "+1m kill 5m\n+1m lock\n+1m hold dnd\n+1m clock - 5m\n+2m done",
    START + "+1m kill 5m\n+1m wake\n+1m end",
    START + "+1m suspend\n+1m end",
    START + "+1m quit 5m\n+5m skip",
    START + "+1m kill\n+0s kill 0s\n+0s reboot 1 h 30 min\n",
]


@pytest.mark.parametrize("script", WELL_FORMED)
def test_what_is_well_formed(script: str, simulate: Simulate) -> None:
    """Read without complaint."""
    code, _, err = simulate(script)

    assert (code, err) == (0, "")


def test_a_time_of_day_without_an_offset_is_the_first_of_a_doubled_hour(simulate: Simulate) -> None:
    """So going on from the second one with such a time goes backwards."""
    assert simulate("2026-10-25T01:00 start\n02:30 done\n")[1] == "2026-10-25T02:00:00+02:00 prompt " + (
        "exercise=standing-lunge sat=3600 snoozes_left=3\n2026-10-25T02:05:00+02:00 remind\n2026-10-25T02:10:00+02:00 remind\n"
        "2026-10-25T02:30:00+02:00 outcome done sat=5400\n"
    )
    code, _, err = simulate("2026-10-25T02:15:00+01:00 start\n02:30 done\n")
    assert (code, err) == (2, "day:2: 02:30 is before the line above; times never go backwards\n")


def test_an_elapsed_time_crosses_the_change_of_the_clocks(simulate: Simulate) -> None:
    """`+D` is time that passes."""
    _, out, _ = simulate("2026-03-29T01:30 start\n+45m done\n")
    assert out == "2026-03-29T03:15:00+02:00 outcome done sat=2700\n"


def test_the_time_zone_decides_what_a_time_of_day_means(simulate: Simulate) -> None:
    """Half an hour of summer time on Lord Howe."""
    _, out, _ = simulate("2026-04-05T01:00 start\n+1h45m done\n", tz="Australia/Lord_Howe")
    assert out.splitlines()[-1] == "2026-04-05T02:15:00+10:30 outcome done sat=6300"
    code, out, err = simulate(START, tz="Europe/Atlantis")
    assert (code, out) == (2, "")
    assert "Europe/Atlantis" in err and "Europe/Berlin" in err


def test_a_script_on_standard_input(simulate: Simulate) -> None:
    """Called `-` in what is said about it."""
    assert simulate(START + "+1m done\n", stdin=True) == (0, "2026-03-02T09:01:00+01:00 outcome done sat=60\n", "")
    assert simulate(START + "+1m dance\n", stdin=True) == (2, "", "-:2: there is no event `dance`\n")


def test_a_script_that_cannot_be_read(simulate: Simulate) -> None:
    """No file, a folder, no text: one line, exit code 2."""
    Path("folder").mkdir()
    Path("picture").write_bytes(b"\x89PNG\xff\xfe")
    for name in ("nowhere", "folder", "picture"):
        code, out, err = simulate("", "--", name, stdin=True)
        assert (code, out) == (2, "")
        assert err.startswith(f"{name}: ") and len(err.splitlines()) == 1


def test_a_configuration_of_its_own(simulate: Simulate) -> None:
    """It replaces the person's file; no other layer but the defaults is read."""
    own = Path(os.environ["XDG_CONFIG_HOME"], "unsit", "config.toml")
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text('[prompt]\nevery = "20 min"\n')
    Path("given.toml").write_text('[prompt]\nevery = "30 min"\nreminders = 0\n')
    try:
        _, with_file, _ = simulate(START + "10:01 end", "--config", "given.toml")
        _, without, _ = simulate(START + "10:01 end")
    finally:
        own.unlink()

    assert [line.split("+")[0] for line in with_file.splitlines()] == [
        "2026-03-02T09:30:00", "2026-03-02T10:00:00", "2026-03-02T10:00:00",
    ]  # fmt: skip
    assert without.startswith("2026-03-02T10:00:00+01:00 prompt ") and len(without.splitlines()) == 1


STAGED = """\
id = "my-programme"
name = "My programme"
kind = "strength"
place = "desk"
steps = ["As I was told."]

[[stages]]
name = "Lift"
work = "reps"
amount = 5
per_side = true
[stages.cues.reps]
start = "Lift your {side} knee."

[[stages]]
name = "Rest"
work = "rest"
seconds = 20
[stages.cues.rest]
start = "Stand still."
"""


def test_own_exercises_beside_the_configuration(simulate: Simulate, tmp_path: Path) -> None:
    """As beside the person's own file: they can be begun, and switched on and off."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "mine.toml").write_text(STAGED)
    (tmp_path / "given.toml").write_text("[exercises]\nmy-programme = true\n")
    script = START + "09:30 begin my-programme\n+5m set exercises.my-programme false\n+1m end"

    code, out, err = simulate(script, "--config", "given.toml", "--json")

    assert (code, err) == (0, "")
    assert [json.loads(line) for line in out.splitlines()][4:8] == [
        {"time": "2026-03-02T09:30:38+01:00", "event": "cue", "cue": "reps", "side": "right", "seconds": 20},
        {"time": "2026-03-02T09:30:58+01:00", "event": "cue", "cue": "prepare", "stage": 2, "seconds": 10},
        {"time": "2026-03-02T09:31:08+01:00", "event": "cue", "cue": "rest", "stage": 2, "seconds": 20},
        {"time": "2026-03-02T09:31:28+01:00", "event": "cue", "cue": "end"},
    ]
    assert simulate(script)[0] == 2

    (tmp_path / "exercises" / "mine.toml").write_text(STAGED.replace("seconds = 20", "seconds = 0"))
    code, out, err = simulate(script, "--config", "given.toml")

    assert (code, out) == (2, "")
    assert err == "exercises/mine.toml:18: stages[1].seconds: is too short. Right: seconds, 3 or more\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[prompt]\nevery = "never"\n', "bad.toml:2: "),
        ("[prompt\n", "bad.toml:1: "),
        ("\n\n[promt]\nevery = 5\n", "bad.toml:3: "),
        ('[[hours]]\ndays = ["mon"]\nfrom = "25:00"\nto = "26:00"\n', "bad.toml:3: "),
        ('[[routine]]\nname = "x"\ncron = "61 * * * *"\nexercises = ["walk"]\n', "bad.toml:3: "),
    ],
)
def test_a_bad_configuration_stops_the_run(text: str, place: str, simulate: Simulate) -> None:
    """With its file and line, exit code 2, before anything is simulated."""
    Path("bad.toml").write_text(text)
    code, out, err = simulate(START + "+2h end", "--config", "bad.toml")

    assert (code, out) == (2, "")
    assert place in err.splitlines()[0]


def test_a_configuration_that_is_not_there(simulate: Simulate) -> None:
    """It says which."""
    code, out, err = simulate(START, "--config", "nowhere.toml")
    assert (code, out) == (2, "")
    assert "nowhere.toml" in err


def test_as_a_process(tmp_path: Path) -> None:
    """The installed command, with a pipe; a reader that goes away is no error."""
    command = [str(Path(sys.executable).with_name("unsit")), "simulate", "--tz", "UTC"]
    run = subprocess.run(command, input=START + "+1m done\n", capture_output=True, text=True, timeout=30, cwd=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "2026-03-02T09:01:00+00:00 outcome done sat=60\n", "")
    many = START + "".join("+1m done\n" for _ in range(20000))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(many.encode())
        process.stdin.close()
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == b""


def test_hours_close_in_a_day_whose_times_are_fractions(simulate: Simulate, tmp_path: Path) -> None:
    """Fractions that no clock counts in full: closing still comes, once."""
    (tmp_path / "config.toml").write_text(
        '[prompt]\nevery = "6 s"\n[[hours]]\ndays = ["mon"]\nfrom = "06:00"\nto = "12:00"\n'
    )
    script = "2026-03-02T11:59:50.098418 start\n2026-03-02T11:59:55.511554 done\n2026-03-02T12:00:10 end\n"
    code, out, _err = simulate(script, "--config", str(tmp_path / "config.toml"))

    assert code == 0
    assert out.splitlines() == ["2026-03-02T11:59:55+01:00 outcome done sat=5"]
