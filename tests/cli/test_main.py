"""The command line: exit codes, what is said and where, and what it costs to ask."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from support.control import Served, serve
from support.desktop import Desktop, needs
from support.patience import PATIENCE_S
from unsit import control_client
from unsit.cli import control
from unsit.cli.main import parser

UNSIT = Path(sys.executable).parent / "unsit"
NOT_RUNNING = "Unsit is not running. Start it with `unsit`.\n"
TAKES_LONG = {"run", "demo"}
"""They go on until somebody ends them."""

Said = tuple[int, str, str]
Call = Callable[..., Awaitable[Said]]


def verbs() -> list[str]:
    """Those that the help lists."""
    choices = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)).choices
    return list(choices)


async def _run(*words: str, folder: Path, typed: bytes = b"", **env: str) -> Said:
    """`unsit WORDS` as its own process: exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        UNSIT,
        *words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder), **env},
    )
    out, errors = await asyncio.wait_for(process.communicate(typed), PATIENCE_S)
    return process.returncode or 0, out.decode(), errors.decode()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """A daemon where the command line looks for it."""
    folder = tmp_path / "unsit"
    folder.mkdir(mode=0o700)
    async with serve(tmp_path, path=folder / "control.sock") as made:
        yield made


@pytest.fixture
def unsit(served: Served, tmp_path: Path) -> Call:
    async def call(*words: str, **env: str) -> Said:
        return await _run(*words, folder=tmp_path, typed=b"", **env)

    return call


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Where no daemon runs."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    async def call(*words: str, typed: bytes = b"", **env: str) -> Said:
        return await _run(*words, folder=tmp_path, typed=typed, **env)

    return call


# --------------------------------------------------------------------------------------------------------- exit codes


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["status", "--json"],
        ["status", "--follow"],
        ["status", "--waybar"],
        ["begin"],
        ["begin", "supine"],
        ["snooze", "5m"],
        ["skip"],
        ["done"],
        ["undo"],
        ["pause"],
        ["pause", "until", "tomorrow"],
        ["resume"],
        ["stand"],
        ["sit"],
        ["session", "toggle"],
        ["open", "guide"],
        ["unsit:guide"],
        ["exercise", "on", "supine"],
        ["exercise", "off", "supine"],
        ["reload"],
        ["quit"],
    ],
    ids=" ".join,
)
async def test_without_a_daemon_it_is_3(alone: Call, words: list[str]) -> None:
    """And says how to start one; a script can tell this from a refusal."""
    assert await alone(*words) == (3, "", NOT_RUNNING)


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["--frobnicate"],
        ["status", "now"],
        ["status", "--json", "--follow"],
        ["skip", "5m"],
        ["session"],
        ["session", "jump"],
        ["session", "toggle", "hard"],
        ["session", "pause", "10m"],
        ["session", "choose", "left"],
        ["config"],
        ["config", "frobnicate"],
        ["config", "get"],
        ["autostart", "maybe"],
        ["completion"],
        ["completion", "tcsh"],
        ["simulate", "--config"],
        ["simulate", "no-such-file"],
        ["simulate", "--tz", "Europe/Atlantis"],
        ["preview", "someday"],
        ["unsit:"],
        ["unsit:quit"],
        ["unsit:pause"],
        ["unsit:config/prompt.every"],
        ["unsit://evil.example/begin"],
        ["open", "unsit:quit"],
    ],
    ids=" ".join,
)
async def test_a_wrong_call_is_2(alone: Call, words: list[str]) -> None:
    """Whether or not a daemon runs, with the reason on standard error and nothing on standard output."""
    code, out, err = await alone(*words)

    assert (code, out) == (2, "")
    assert err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["snooze", "soon"], '"soon" is no duration; write it like 45 min.'),
        (["pause", "yesterday"], '"yesterday" is no duration; write it like 45 min, or say until 16:30, or tomorrow.'),
        (["pause", "until", "25:00"], '"25:00" does not exist; a day goes from 00:00 to 23:59.'),
        (["session", "choose", "speed=2"], 'Choose takes no "speed"; it takes exercise, first, walk, hold.'),
        (["open", "passwords"], "There is no page called passwords."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
async def test_what_only_the_daemon_can_judge_is_2_as_well(unsit: Call, words: list[str], reason: str) -> None:
    """A value that is wrong is a wrong call, wherever it is read."""
    code, out, err = await unsit(*words)

    assert (code, out) == (2, "")
    assert err.startswith(reason)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["snooze"], "No prompt is offered. Pause instead, to be left alone for a while.\n"),
        (["skip"], "No prompt is open. Pause instead, to be left alone for a while.\n"),
        (["undo"], "There is nothing to take back. A skip, done, snooze, stand or sit can be, for a minute.\n"),
        (["resume"], "Not paused.\n"),
        (["sit"], "Already sitting. Say `unsit stand` when you stand.\n"),
        (["session", "toggle"], "No session is running. Start one with `unsit begin`.\n"),
        (["session", "resume"], "No session is running. Start one with `unsit begin`.\n"),
        (["begin", "headstand"], "No exercise is called headstand. See them with `unsit exercise list`.\n"),
        (
            ["begin", "standing-lung"],
            "No exercise is called standing-lung (did you mean standing-lunge?). See them with `unsit exercise list`.\n",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
async def test_a_refusal_is_1_with_reason_and_next_step(unsit: Call, words: list[str], reason: str) -> None:
    """Both in sentences, on standard error."""
    assert await unsit(*words) == (1, "", reason)


async def test_a_command_says_how_things_are_now(unsit: Call) -> None:
    """The same line as in the tray's tooltip; exit code 0 and nothing on standard error."""
    for words, said in (
        (["stand"], "next break at"),
        (["sit"], "next break at"),
        (["pause", "1h", "30", "min"], "Paused until"),
        (["resume"], ""),
        (["pause", "until", "tomorrow"], "Paused until"),
        (["pause", "until", "23:59"], "Paused until"),
        (["resume"], ""),
        (["begin", "supine"], "stretching, step 1 of 5"),
        (["session", "choose", "first=right", "hold=45"], ""),
        (["session", "next"], "step 2 of 5"),
        (["session", "resume"], "stretching, step 2 of 5"),
        (["session", "pause"], "stretch paused, step 2 of 5"),
        (["session", "pause"], "stretch paused, step 2 of 5"),
        (["session", "resume"], "stretching, step 2 of 5"),
        (["session", "toggle"], ""),
        (["session", "stop"], ""),
        (["done"], ""),
        (["undo"], ""),
    ):
        code, out, err = await unsit(*words)
        assert (code, err) == (0, ""), words
        assert said.lower() in out.lower(), words
        assert out.count("\n") == 1


async def test_mute_says_what_becomes_of_sound(unsit: Call) -> None:
    """The line about breaks would be the same as before; status names it, with the way back."""
    assert await unsit("mute") == (0, "No voice and no tones from now on.\n", "")
    _code, out, _err = await unsit("status")
    assert "  Sound: muted; `unsit unmute` brings it back" in out.splitlines()
    assert await unsit("unmute") == (0, "Voice and tones are on again.\n", "")


async def test_status_as_text_and_as_json(served: Served, unsit: Call) -> None:
    """For people the line, what does not work and what the desktop offers; for programs the snapshot."""
    code, out, _err = await unsit("status")
    assert code == 0
    assert "  Tray: There is no tray here." in out.splitlines()

    code, out, _err = await unsit("status", "--json")
    assert code == 0
    assert json.loads(out).keys() == set(type(served.shell.snapshot()).__struct_fields__)


@pytest.mark.parametrize("option", ["--follow", "--waybar"])
async def test_a_bar_gets_a_line_at_every_change(served: Served, tmp_path: Path, option: str) -> None:
    """At once, until the daemon ends, and no line twice."""
    process = await asyncio.create_subprocess_exec(
        UNSIT, "status", option, stdout=subprocess.PIPE, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    )
    assert process.stdout is not None

    async def line() -> str:
        assert process.stdout is not None
        return (await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)).decode()

    first = await line()
    async with served.client() as client:
        await client.call("pause", {"for": "10m"})
        second = await line()
        assert first != second
        if option == "--waybar":
            read = json.loads(second)
            assert read.keys() == {"text", "alt", "class", "tooltip", "percentage"}
            assert (read["class"], "Paused" in read["text"]) == ("paused", True)
        else:
            assert "Paused" in second
        await client.call("quit")
    assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
    assert len((await process.stdout.read()).splitlines()) <= 1


def test_a_daemon_that_hangs_is_not_called_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Starting another one would not help: exit code 1, and where to look."""
    (tmp_path / "unsit").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(control_client, "ANSWER_WITHIN_S", 0.1)
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(str(tmp_path / "unsit" / "control.sock"))
        hung.listen(0)
        for follow in (False, True, False):  # the last does not even get through
            assert control.status(as_json=False, waybar=False, follow=follow) == 1
            out, err = capsys.readouterr()
            assert out == ""
            assert err.startswith("Unsit does not answer. See its log: /")


@pytest.mark.parametrize("option", ["--json", "--follow", "--waybar"])
async def test_a_daemon_that_still_starts_says_so(tmp_path: Path, option: str) -> None:
    """Exit code 1: it is there, and not yet able to tell."""
    folder = tmp_path / "unsit"
    folder.mkdir(mode=0o700)
    async with serve(tmp_path, path=folder / "control.sock", runs=False):
        said = await _run("status", option, folder=tmp_path)
    assert said == (1, "", "Unsit is still starting. Try again in a moment.\n")


@needs("bash")
async def test_a_closed_pipe_is_no_error() -> None:
    """`unsit config show | head -1`."""
    for words in ("config show", "completion bash", "preview"):
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", f"{UNSIT} {words} | true; exit ${{PIPESTATUS[0]}}", stderr=subprocess.PIPE
        )
        _out, errors = await process.communicate()
        assert (process.returncode, errors) == (0, b""), words


async def test_an_exercise_whose_file_has_a_mistake_is_not_said_to_be_missing(served: Served, unsit: Call) -> None:
    """What is asked for it names the mistake, with its place."""
    (served.home.user.parent / "exercises").mkdir(parents=True)
    served.home.write(
        served.home.user.parent / "exercises" / "calf.toml", 'id = "calf"\nname = "Calf stretch"\nplce = "desk"\n'
    )
    assert (await unsit("reload"))[0] == 1
    for words, code in (("begin calf", 1), ("exercise on calf", 2), ("exercise show calf", 2)):
        answer = await unsit(*words.split())
        assert (answer[0], answer[1]) == (code, ""), words
        assert answer[2].startswith("The file of calf has a mistake: "), words
        assert "calf.toml:3: plce" in answer[2], words
        assert "unsit exercise check" in answer[2], words


async def test_the_status_says_why_every_break_is_the_walk_alone(served: Served, unsit: Call) -> None:
    assert "no stretch" not in (await unsit("status"))[1]
    assert (await unsit("exercise", "off", "standing-lunge"))[0] == 0

    assert (
        "  A break is the walk alone: no stretch is left that suits you (switched off: 1; "
        in (await unsit("status"))[1]
    )


async def test_settings_that_are_set_reach_the_daemon(served: Served, unsit: Call) -> None:
    """At once; and `reload` says what is wrong with a file, with exit code 1."""
    assert (await unsit("config", "set", "prompt.every", "45 min"))[0] == 0
    assert served.shell.snapshot().every_s == 2700

    served.home.write(served.home.user, "[prompt]\nevry = 5\n")
    code, out, err = await unsit("reload")
    assert (code, out) == (1, "")
    assert "config.toml:2" in err
    served.home.user.unlink()
    assert await unsit("reload") == (0, "", "")


async def test_the_exercises_are_listed_by_the_names_that_begin_takes(served: Served, unsit: Call) -> None:
    """Id first, then the name."""
    _code, out, _err = await unsit("exercise", "list")

    assert [line.split()[0] for line in out.splitlines()] == [rule.id for rule in served.shell.catalogue.rules]


# --------------------------------------------------------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ("unsit:guide", ("open", {"page": "guide"})),
        ("unsit:status", ("open", {"page": "status"})),
        ("unsit:settings", ("open", {"page": "settings"})),
        ("unsit://guide", ("open", {"page": "guide"})),
        ("unsit:guide?from=mail", ("open", {"page": "guide"})),
        ("unsit:begin", ("begin", {})),
        ("unsit:begin/supine", ("begin", {"exercise": "supine"})),
        ("unsit:begin?exercise=supine", ("begin", {"exercise": "supine"})),
    ],
)
async def test_a_link_opens_a_page_or_begins_an_exercise(
    served: Served, unsit: Call, monkeypatch: pytest.MonkeyPatch, link: str, asked: tuple[str, dict[str, str]]
) -> None:
    """With the desktop's permission to come to the front, where it gave one."""
    heard: list[tuple[str, dict[str, object]]] = []
    method = served.control.methods[asked[0]]

    async def listen(_connection: object, params: dict[str, object]) -> object:
        heard.append((asked[0], params))
        return True

    monkeypatch.setitem(served.control.methods, asked[0], method._replace(handle=listen))  # type: ignore[arg-type]
    code, _out, err = await unsit(link, XDG_ACTIVATION_TOKEN="a-token")  # noqa: S106  no secret

    assert (code, err) == (0, "")
    assert heard == [(asked[0], {**asked[1], "token": "a-token"})]


@pytest.mark.parametrize("word", ["quit", "pause", "skip", "done", "undo", "reload", "hurts", "config", "", "begin:x"])
async def test_a_link_can_do_nothing_else(
    served: Served, unsit: Call, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    """Any web page may contain one."""
    called = False

    async def obey(*_: object) -> None:
        nonlocal called
        called = True

    for name, method in served.control.methods.items():
        monkeypatch.setitem(served.control.methods, name, method._replace(handle=obey))
    code, out, err = await unsit(f"unsit:{word}")

    assert (code, out) == (2, "")
    assert "is not one of Unsit's" in err
    assert not called


# ------------------------------------------------------------------------------------------------- simulate and preview


async def test_simulate_reads_a_script_from_a_file_or_standard_input(alone: Call, tmp_path: Path) -> None:
    """The same lines; a mistake in it is 2, with file and line, before anything is run."""
    script = tmp_path / "day"
    script.write_text("2026-03-02T09:00:00 start\n10:10 skip\n10:20 end\n")
    expected = (
        "2026-03-02T10:00:00+01:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3\n"
        "2026-03-02T10:05:00+01:00 remind\n"
        "2026-03-02T10:10:00+01:00 remind\n"
        "2026-03-02T10:10:00+01:00 outcome skipped sat=4200\n"
    )
    assert await alone("simulate", "--tz", "Europe/Berlin", str(script)) == (0, expected, "")
    assert await alone("simulate", "--tz", "Europe/Berlin", typed=script.read_bytes()) == (0, expected, "")

    script.write_text("2026-03-02T09:00:00 start\n09:01 dance\n")
    code, out, err = await alone("simulate", str(script))
    assert (code, out) == (2, "")
    assert err.startswith(f"{script}:2: ")


def write_settings(text: str) -> None:
    config = Path(os.environ["XDG_CONFIG_HOME"], "unsit", "config.toml")
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(text)


async def test_preview_shows_a_day(alone: Call) -> None:
    """Of somebody who never leaves the chair, in words for people."""
    code, out, err = await alone("preview", "2026-03-02")

    assert (code, err) == (0, "")
    assert out.startswith("Monday 02 March 2026, if you sit through it and answer nothing:\n")
    assert out.splitlines()[1:6] == [
        "  10:00  Time to get up: Standing lunge stretch (1 h of sitting)",
        "  10:05  Asked again",
        "  10:10  Asked again",
        "  11:00  No answer",
        "  11:00  Time to get up: Standing lunge stretch (2 h of sitting)",
    ]


async def test_preview_says_why_every_break_is_the_walk_alone(alone: Call) -> None:
    write_settings("[exercises]\nstanding-lunge = false\n")
    code, out, _err = await alone("preview", "2026-03-02")

    assert code == 0
    assert out.splitlines()[-1] == (
        "A break is the walk alone: no stretch is left that suits you (switched off: 1; left out by stretch.place: 5)."
        " See `unsit exercise list`."
    )


async def test_preview_takes_today_and_tomorrow(alone: Call) -> None:
    """As one says it; without a word it is today, too."""
    today = await alone("preview", "today")
    tomorrow = await alone("preview", "Tomorrow")

    assert (today[0], tomorrow[0]) == (0, 0)
    assert today == await alone("preview")
    assert tomorrow[1] != today[1]


async def test_preview_knows_hours_and_routines(alone: Call) -> None:
    """What is open when the hours end is closed; a routine has its own words; a day off has nothing."""
    write_settings(
        '[[hours]]\ndays = ["mon"]\nfrom = "14:30"\nto = "15:45"\n'
        '[[routine]]\nname = "rest"\ncron = "0 15 * * mon"\nexercises = ["constructive-rest"]\n'
    )
    _code, out, _err = await alone("preview", "2026-03-02")
    assert "  15:00  Your routine rest: Constructive rest" in out.splitlines()
    assert out.splitlines()[-1] == "  15:45  Your hours are over, and what was open is closed"

    _code, out, _err = await alone("preview", "2026-03-03")
    assert out == "Nothing: that day is off.\n"


# ---------------------------------------------------------------------------------------------------------------- help


@pytest.mark.parametrize("verb", verbs())
async def test_what_the_help_lists_works(alone: Call, verb: str) -> None:
    """Each verb has a help of its own and can be called; a promise without a program behind it would end in a traceback."""
    code, out, err = await alone(verb, "--help")
    assert (code, err) == (0, "")
    assert f"usage: unsit {verb}" in out
    if verb in TAKES_LONG:
        return

    code, out, err = await alone(verb, EDITOR="true", VISUAL="true")
    assert code in (0, 1, 2, 3)
    assert "Traceback" not in err
    assert code == 0 or err


async def test_letters_that_a_terminal_has_not_keep_nothing_from_being_said(served: Served, tmp_path: Path) -> None:
    """Curly quotation marks, on one that knows ASCII; and an output that was closed."""
    await _run("stand", folder=tmp_path)
    await _run("undo", folder=tmp_path)

    code, out, err = await _run("why", folder=tmp_path, PYTHONIOENCODING="ascii")
    assert (code, err) == (0, "")
    assert "you took back the ?stand? of" in out

    closed = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        f"exec {UNSIT} why >&-",
        stderr=subprocess.PIPE,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    _out, errors = await asyncio.wait_for(closed.communicate(), PATIENCE_S)
    assert (closed.returncode, errors) == (0, b"")


async def test_version_and_help(alone: Call) -> None:
    """On standard output, exit code 0."""
    from unsit import __version__

    assert await alone("--version") == (0, f"unsit {__version__}\n", "")
    code, out, _err = await alone("--help")
    assert code == 0
    for verb in verbs():
        assert re.search(rf"^    {verb}\s", out, re.M)
    assert "SUPPRESS" not in out


# ------------------------------------------------------------------------------------------------------- start and end


def test_start_say_that_it_runs_and_quit(session_bus: Desktop) -> None:
    """`unsit` is done when the daemon answers, `unsit quit` when it has gone; a second one is told of the first."""
    started = session_bus.run([UNSIT])
    try:
        assert (started.returncode, started.stderr) == (0, "")
        assert started.stdout.startswith("Unsit is running.")
        again = session_bus.run([UNSIT])
        assert (again.returncode, again.stderr) == (0, "")
        assert again.stdout.startswith("Unsit is already running (process ")
        pid = int(again.stdout.split("process ")[1].split(")")[0])
        second = session_bus.run([UNSIT, "run"])
        assert second.returncode == 1
        assert second.stderr == (
            f"Unsit is already running (process {pid}). Use `unsit status`, or `unsit quit` first.\n"
        )
    finally:
        ended = session_bus.run([UNSIT, "quit"])
    assert (ended.returncode, ended.stderr) == (0, "")
    assert session_bus.run([UNSIT, "status"]).returncode == 3
    assert os.waitpid(pid, 0) == (pid, 0)  # its parent has gone long ago, so it is ours


# ---------------------------------------------------------------------------------------------------------------- cost


@pytest.mark.parametrize("words", [["status"], ["pause", "10m"], ["open", "guide"], ["unsit:guide"]], ids=" ".join)
async def test_asking_imports_nothing_heavy(served: Served, tmp_path: Path, words: list[str]) -> None:
    """No event loop, no bus, no scheduler, no message library: a status bar may ask every second."""
    heavy = (
        "asyncio msgspec jeepney apscheduler pystray plyer Xlib PIL starlette uvicorn shtab dataclasses inspect logging "
        "platformdirs tempfile"
    )
    code = (
        "import sys\n"
        "from unsit.__main__ import main\n"
        f"sys.argv[1:] = {words!r}\n"
        "code = main()\n"
        f"print(code, *(name for name in {heavy.split()!r} if name in sys.modules))\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=subprocess.PIPE, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    )
    out, _errors = await process.communicate()

    assert out.decode().splitlines()[-1] == "0"


async def test_what_a_status_costs(
    unsit: Call, tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Printed beside a bare interpreter, not asserted: it is the machine's. `make bench` measures it properly."""

    async def least_ms(*words: object) -> float:
        took = []
        for _count in range(7):
            began = time.perf_counter()
            process = await asyncio.create_subprocess_exec(
                *map(str, words), stdout=subprocess.PIPE, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
            )
            await process.communicate()
            assert process.returncode == 0
            took.append(time.perf_counter() - began)
        return 1000 * min(took)

    status_ms, bare_ms = await least_ms(UNSIT, "status"), await least_ms(sys.executable, "-c", "pass")
    record_property("status_ms", status_ms)
    with capsys.disabled():
        print(f"\nunsit status: {status_ms:.0f} ms; python -c pass: {bare_ms:.0f} ms")
    assert status_ms > 0
