"""`unsit why`: by the daemon where one runs, else from the history alone."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.days import DATE
from support.control import serve
from support.patience import PATIENCE_S
from support.told import log_of
from unsit.cli.main import run
from unsit.core import engine
from unsit.store.history import History

NOT_RUNNING = "Unsit is not running. Start it with `unsit`.\n"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the history of somebody whose Unsit does not run."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    return tmp_path / "unsit"


def leave_behind(folder: Path, *lines: str) -> None:
    """The history of a day."""
    part, _state, _now = log_of([f"{DATE}T09:00 start", *lines])
    history, state = History.open(folder / "history.db"), None
    for row in part.rows:
        state, decisions = engine.step(state, row.event)
        history.append(row.event, decisions, state, "1.0")
    history.close()


async def test_the_daemon_answers(tmp_path: Path) -> None:
    """What came last and what is next; each sentence with what it is about and its two times."""
    async with serve(tmp_path) as served, served.client() as client:
        await client.call("pause", {"for": "30m"})
        answer = (await client.call("why"))["result"]

        assert [(reason["what"], reason["cause"]) for reason in answer] == [("paused", "until")]
        since, at = (datetime.fromisoformat(answer[-1][key]) for key in ("since", "at"))
        assert timedelta(minutes=29) < at - since <= timedelta(minutes=30, seconds=1)
        assert answer[-1]["text"] == f"You paused at {since:%H:%M}, until {at:%H:%M}."


@pytest.mark.parametrize(
    ("at", "code", "message"),
    [
        ("soon", -32602, '"soon" is no time of day; write it like 09:00'),
        ("2126-01-01 10:00", -32602, '"2126-01-01 10:00" is yet to come'),
        (7, -32602, "at is a text"),
    ],
)
async def test_the_daemon_refuses_what_is_no_moment(tmp_path: Path, at: object, code: int, message: str) -> None:
    """And says what would be one."""
    async with serve(tmp_path) as served, served.client() as client:
        error = (await client.call("why", {"at": at}))["error"]

        assert (error["code"], error["message"]) == (code, message)


async def test_while_it_starts_it_says_so(tmp_path: Path) -> None:
    """The history is not read yet."""
    async with serve(tmp_path, runs=False) as served, served.client() as client:
        assert (await client.call("why"))["error"]["message"] == "Unsit is still starting."


async def test_before_the_first_day_there_was_nothing(tmp_path: Path) -> None:
    """An empty answer is an answer."""
    async with serve(tmp_path) as served, served.client() as client:
        assert (await client.call("why", {"at": "2020-01-01 10:00"}))["result"] == []


async def test_a_history_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """As every other question about it."""
    async with serve(tmp_path) as served, served.client() as client:
        with sqlite3.connect(tmp_path / "history.db") as db:
            db.execute("DROP TABLE snapshot")
        db.close()
        error = (await client.call("why"))["error"]
        assert error["code"] == -32000
        assert "history.db cannot be used" in error["message"]
        with sqlite3.connect(tmp_path / "history.db") as db:  # for its end
            db.execute("CREATE TABLE snapshot (id INTEGER PRIMARY KEY, event_id, version, state)")
        db.close()


def test_without_a_daemon_the_history_tells(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is only read, and that nothing runs is said."""
    leave_behind(data, "10:03 skip", "10:30 end")
    before = (data / "history.db").read_bytes()

    assert run(["why", DATE, "10:02"]) == 0

    said = capsys.readouterr()
    assert said.err == NOT_RUNNING
    assert said.out.splitlines() == [
        "At Mon 02 Mar, 10:00 you were prompted: you had been sitting since Mon 02 Mar, 09:00.",
        "As of Mon 02 Mar, 10:02: The prompt of Mon 02 Mar, 10:00 waits for your answer;"
        " you are reminded at Mon 02 Mar, 10:05.",
        "Then: At Mon 02 Mar, 10:03 you skipped the prompt of Mon 02 Mar, 10:00.",
    ]
    assert (data / "history.db").read_bytes() == before


def test_without_a_daemon_and_a_moment_it_says_since_when_nothing_runs(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last that was written down."""
    leave_behind(data, "10:03 skip", "10:20 quit 9h", "10:30 end")

    assert run(["why"]) == 0

    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("Unsit does not run: it was ended at Mon 02 Mar, 10:20, and at ")


@pytest.mark.parametrize(
    ("words", "code", "err"),
    [
        (["soon"], 2, '"soon" is no time of day; write it like 09:00.\n'),
        ([], 1, "Unsit is not running, and has written nothing down yet. Start it with `unsit`.\n"),
    ],
)
def test_what_cannot_be_answered_says_why(
    data: Path, words: list[str], code: int, err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong time, and a history that is not there."""
    assert run(["why", *words]) == code
    assert capsys.readouterr().err == err


def test_a_damaged_history_says_so(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the next step."""
    data.mkdir()
    (data / "history.db").write_bytes(b"no database" * 1000)

    assert run(["why"]) == 1
    assert "is damaged. Restart Unsit" in capsys.readouterr().err


def test_a_history_that_may_not_be_looked_at_says_so(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not one that was never begun."""
    monkeypatch.setenv("XDG_DATA_HOME", str(data.parent / ("x" * 300)))  # stands for somebody else's folder

    assert run(["why"]) == 1
    assert "history.db cannot be used (unable to open database file)" in capsys.readouterr().err


async def test_the_verb_prints_a_line_for_each_sentence(tmp_path: Path) -> None:
    """Asked of the daemon that runs, by the installed command."""
    folder = tmp_path / "unsit"
    folder.mkdir(mode=0o700)

    async def said(*words: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).parent / "unsit",
            *words,
            stdout=subprocess.PIPE,
            env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        )
        out, _errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        return process.returncode, out.decode()

    async with serve(tmp_path, path=folder / "control.sock") as served, served.client() as client:
        texts = [reason["text"] for reason in (await client.call("why"))["result"]]

        assert await said("why") == (0, "\n".join(texts) + "\n")
        assert await said("why", "2020-01-01", "10:00") == (0, "Nothing was written down around that time.\n")
        assert (await said("why", "soon"))[0] == 2
