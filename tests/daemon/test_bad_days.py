"""Bad days of the whole daemon: settings with mistakes, a history that cannot be used, folders that are not there.

Whatever it is, the daemon runs on, says once in a note what is wrong, and goes on saying it in `status`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from support.daemon_run import LONG, DaemonRun
from support.desktop import Desktop, require, wait_until
from support.notification_servers import FakeServer

PROBLEM = "Something does not work"
DUE = '[prompt]\nevery = "1 s"\nremind_every = "1 h"\nsettle = "0 s"\n[guide]\nbrowser = "true"\n'
REFUSED = 1


class Day:
    """A daemon and the notification server that hears it. Its tests run on the loop, or nobody would answer the daemon."""

    def __init__(self, desktop: Desktop) -> None:
        self.server = FakeServer(desktop)
        self.desktop = desktop
        self.run = DaemonRun(desktop, LONG)

    async def start(self) -> None:
        self.run.process = self.desktop.start(["unsit", "run"], "daemon")
        await self.until(lambda: self.run.maybe_snapshot(), "the daemon")

    async def until(self, predicate: Callable[[], object], what: str) -> None:
        await self.desktop.until(predicate, 10, f"{what}\n{self.run.log}")

    async def unsit(self, *words: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(self.run.unsit, *words)

    async def ask(self, word: str) -> None:
        """Over the socket; it must be obeyed."""
        await asyncio.to_thread(self.run.call, word)

    def said(self) -> list[str]:
        """The bodies of the notes about problems, in order."""
        return [note.body for note in self.server.calls if note.title == PROBLEM]

    async def assert_said_once(self, *parts: str) -> str:
        """One note, in short, and `status` have all of these; the problem."""
        await self.until(self.said, "the note")
        problems = self.run.problems
        assert len(problems) == 1, problems
        for part in parts:
            assert part in problems[0], problems
        # Commands and time pass, and nobody is told again.
        for word in ("stand", "sit"):
            await self.ask(word)
        (body,) = self.said()
        assert problems[0].startswith(body)
        for part in parts:
            assert part in body
        assert problems[0] in (await self.unsit("status")).stdout
        return problems[0]


@pytest.fixture
async def day(session_bus: Desktop) -> AsyncIterator[Day]:
    made = Day(session_bus)
    await made.server.start()
    yield made
    process = made.run.process
    if process is not None and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        await made.until(lambda: process.poll() is not None, "the end")
    assert made.server.bus is not None
    made.server.bus.close()


# ------------------------------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("text", "line", "key", "right"),
    [
        ('[prompt]\nevery = "1 h"\nevry = "2 h"\n', 3, "prompt.evry", "prompt.every"),
        ("[prompt]\nreminders = true\n", 2, "prompt.reminders", "whole number"),
        ('[prompt]\nevery = "3 days"\n', 2, "prompt.every", "12h"),
        ('[prompt]\nevery = "1 h\n', 2, "", ""),
        ('[[hours]]\ndays = ["mon"]\nfrom = "25:00"\nto = "17:00"\n', 3, "hours", "09:00"),
    ],
    ids=["unknown", "type", "range", "broken", "hours"],
)
async def test_a_mistake_in_the_settings_is_named_and_survived(
    day: Day, text: str, line: int, key: str, right: str
) -> None:
    """At the start and while it runs: file, line, key, what would be right; the defaults or the last good ones count."""
    run = day.run
    run.configure(text)
    await day.start()
    problem = await day.assert_said_once(f"{run.config}:{line}", key, right)
    assert run.snapshot["every_s"] == 3600
    checked = await day.unsit("config", "check")
    assert checked.returncode == REFUSED
    assert problem in checked.stdout

    run.configure('[prompt]\nevery = "30 min"\n')
    assert (await day.unsit("reload")).returncode == 0
    assert run.snapshot["every_s"] == 1800
    assert run.problems == []
    run.configure(text)
    assert (await day.unsit("reload")).returncode == REFUSED
    assert run.snapshot["every_s"] == 1800, "the last good ones"
    assert len(run.problems) == 1
    assert (await day.unsit("config", "check")).returncode == REFUSED


@pytest.mark.parametrize("layer", ["system", "overrides", "environment"])
async def test_a_mistake_in_any_layer_is_named(day: Day, layer: str) -> None:
    """Each by the place where it was made."""
    run = day.run
    wrong = '[prompt]\nevery = "soon"\n'
    if layer == "system":
        place: Path | None = Path(run.env["XDG_CONFIG_DIRS"].split(":")[0], "unsit", "config.toml")
        named = f"{place}:2"
    elif layer == "overrides":
        place = run.config.with_name("overrides.toml")
        named = f"{place}:2"
    else:
        place = None
        run.env["UNSIT_PROMPT__EVERY"] = "soon"
        named = "UNSIT_PROMPT__EVERY"
    if place is not None:
        await asyncio.to_thread(place.parent.mkdir, exist_ok=True)
        await asyncio.to_thread(place.write_text, wrong)
    await day.start()
    await day.assert_said_once(named, "prompt.every", "soon", "12h")


# -------------------------------------------------------------------------------------------------------- the history


async def lived(day: Day) -> int:
    """A day with an outcome and a backup, ended cleanly; the sitting clock's records."""
    run = day.run
    run.configure(DUE)
    await day.start()
    await day.until(lambda: run.phase == "due", "a prompt")
    await day.ask("skip")
    await asyncio.to_thread(run.end)
    run.configure(LONG)
    from unsit.store.history import History

    history = History.open(run.database)
    history.backup(run.data, "2026-03-02")
    history.close()
    day.server.calls.clear()
    day.server.on_screen.clear()
    return len(run.words())


@pytest.mark.parametrize("damage", ["truncated", "not a database", "empty"])
async def test_a_damaged_history_is_kept_aside_and_the_backup_takes_its_place(day: Day, damage: str) -> None:
    """With its date; what the backup has is there."""
    run = day.run
    known = await lived(day)
    data = run.database.read_bytes()
    run.database.write_bytes(
        {"truncated": data[: len(data) // 2], "not a database": b"Dear diary\n" * 999, "empty": b""}[damage]
    )

    await day.start()

    await day.assert_said_once("damaged", "history-2026-03-02.db")
    (aside,) = [path for path in run.data.iterdir() if "damaged" in path.name and path.suffix == ".db"]
    assert aside.name in run.problems[0]
    assert run.words().count("skipped") >= known


async def test_a_damaged_history_without_a_backup_begins_anew(day: Day) -> None:
    """And says so."""
    day.run.data.mkdir(parents=True)
    day.run.database.write_bytes(b"Dear diary\n" * 999)
    await day.start()
    await day.assert_said_once("damaged", "new history")
    assert day.run.phase == "counting"


async def test_a_locked_history_is_waited_for(day: Day) -> None:
    """Everything is answered and kept in memory; when the lock has gone, a stop at the latest writes it all down, once."""
    run = day.run
    known = await lived(day)
    with sqlite3.connect(run.database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        await day.start()
        await day.assert_said_once("locked", str(run.database))
        await day.ask("done")
        other.execute("ROLLBACK")
    other.close()
    await asyncio.to_thread(run.end)

    words = run.words()
    assert words.count("skipped") == known
    assert words[-1] == "done"
    assert words.count("done") == 1


async def test_a_history_locked_while_it_runs_is_the_same(day: Day) -> None:
    """The first write that fails goes to memory, with everything after it."""
    run = day.run
    await day.start()
    with sqlite3.connect(run.database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        await day.ask("done")
        await day.assert_said_once("locked")
        other.execute("ROLLBACK")
    other.close()
    await asyncio.to_thread(run.end)
    assert run.words() == ["done"]


@pytest.fixture
def read_only() -> Iterator[Callable[[Path], None]]:
    """Makes a file unwritable, for root too."""
    made: list[Path] = []

    def make(path: Path) -> None:
        if os.geteuid() == 0:
            require("chattr")
            if subprocess.run(["chattr", "+i", path], capture_output=True).returncode:
                pytest.skip("as root, on a file system without chattr")
            made.append(path)
        else:
            path.chmod(0o400 if path.is_file() else 0o500)

    yield make
    for path in made:
        subprocess.run(["chattr", "-i", path], capture_output=True)


async def test_a_read_only_history_is_read_and_not_lost(day: Day, read_only: Callable[[Path], None]) -> None:
    """The state goes on from it; what happens is kept in memory."""
    run = day.run
    known = await lived(day)
    read_only(run.database)
    await day.start()

    await day.assert_said_once("cannot be written", str(run.database))
    assert run.phase == "counting"
    assert len(run.words()) == known


@pytest.fixture
def small_disk(session_bus: Desktop) -> Iterator[Path]:
    """The person's data folder on a disk of its own, of half a megabyte."""
    folder = Path(session_bus.env["XDG_DATA_HOME"], "unsit")
    folder.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("may not mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def test_a_full_disk_stops_nothing_and_loses_nothing(small_disk: Path, day: Day) -> None:
    """It goes on in memory, says so, and writes everything down when there is room again."""
    run = day.run
    await day.start()
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    for word in ("done", "stand", "sit", "done") * 6:
        await day.ask(word)
        if run.problems:
            break
    await day.assert_said_once("no space")
    assert (await day.unsit("pause", "1h")).returncode == 0
    ballast.unlink()
    await asyncio.to_thread(run.end)

    await day.start()
    assert run.problems == []
    assert run.phase == "paused", "what was only in memory is there"
    assert len({(row["epoch"], row["record"]) for row in run.outcomes()}) == len(run.outcomes())


async def test_a_history_removed_while_it_runs_is_no_end(day: Day) -> None:
    """Commands go on; the next start begins anew or goes on, without a fault."""
    run = day.run
    await day.start()
    shutil.rmtree(run.data)
    for word in ("done", "stand", "sit"):
        await day.ask(word)
    await asyncio.to_thread(run.end)
    await day.start()
    await day.ask("done")
    assert "Traceback" not in run.log


# -------------------------------------------------------------------------------------------------------- the folders


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(5)


@pytest.mark.parametrize("home", ["missing", "read-only", "no such folder"])
def test_without_a_home_it_runs(session_bus: Desktop, home: str, read_only: Callable[[Path], None]) -> None:
    """Nothing can be written anywhere: it says so in `status`, obeys, and ends cleanly."""
    run = DaemonRun(session_bus, LONG)
    env = session_bus.env
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        del env[name]
    if home == "missing":
        del env["HOME"]
        env["XDG_DATA_HOME"] = str(session_bus.dir / "data")  # not the folder of who runs the tests
        env["XDG_STATE_HOME"] = str(session_bus.dir / "state")
        env["XDG_CONFIG_HOME"] = str(session_bus.dir / "config")
    elif home == "no such folder":
        env["HOME"] = "/proc/nowhere"
    else:
        empty = session_bus.dir / "frozen"
        empty.mkdir()
        read_only(empty)
        env["HOME"] = str(empty)
    process = run.start()
    assert run.done("done")
    said = run.done("status")
    if home != "missing":
        assert "! " in said
        assert "history.db" in said
    _stop(process)
    assert process.returncode == 0
    assert "Traceback" not in session_bus.log("daemon")


@pytest.mark.parametrize("runtime", ["missing", "gone", "read-only"])
def test_without_a_runtime_folder_it_uses_its_own(
    session_bus: Desktop, runtime: str, read_only: Callable[[Path], None]
) -> None:
    """In the temporary folder, closed to others; the commands find it there."""
    run = DaemonRun(session_bus, LONG)
    env = session_bus.env
    if runtime == "missing":
        del env["XDG_RUNTIME_DIR"]
    elif runtime == "gone":
        env["XDG_RUNTIME_DIR"] = str(session_bus.dir / "gone")
    else:
        frozen = session_bus.dir / "frozen"
        frozen.mkdir()
        read_only(frozen)
        env["XDG_RUNTIME_DIR"] = str(frozen)
    process = session_bus.start(["unsit", "run"], "daemon")
    ended = wait_until(lambda: run.unsit("status").returncode == 0 or process.poll() is not None, 10)
    assert ended and process.poll() is None, session_bus.log("daemon")
    if runtime != "read-only":
        folder = Path(env["TMPDIR"], f"unsit-{os.getuid()}")
        assert folder.stat().st_mode & 0o777 == 0o700
    assert run.unsit("run").returncode == REFUSED
    _stop(process)
    assert process.returncode == 0


def test_a_runtime_folder_that_is_somebody_elses_is_refused(session_bus: Desktop) -> None:
    """One line with the reason; no daemon in a folder that another user prepared."""
    env = session_bus.env
    del env["XDG_RUNTIME_DIR"]
    Path(env["TMPDIR"], f"unsit-{os.getuid()}").symlink_to(session_bus.dir)
    done = session_bus.run(["unsit", "run"])
    assert done.returncode == REFUSED
    assert "not ours" in done.stderr
    assert "Traceback" not in done.stderr
