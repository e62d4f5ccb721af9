from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.desktop import Desktop
from support.tmux import unsit

STARTS = 100
FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
AS_ANYBODY = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--") if os.geteuid() == 0 else ()
"""Root may write where nobody may; without its capabilities it may not."""


@pytest.fixture
def home(session_bus: Desktop) -> Iterator[Desktop]:
    yield session_bus
    session_bus.run(unsit("quit"))


def test_started_twice_it_says_that_it_runs(home: Desktop) -> None:
    """The second start is no mistake: it says which process runs, and what it is waiting for."""
    first = home.run(unsit())
    assert (first.returncode, first.stderr) == (0, "")
    assert re.fullmatch(r"Unsit is running\. Next break at \d\d:\d\d\n", first.stdout)
    second = home.run(unsit())
    assert (second.returncode, second.stderr) == (0, "")
    assert re.fullmatch(r"Unsit is already running \(process \d+\)\. Next break at \d\d:\d\d\n", second.stdout)


def test_run_beside_a_daemon_is_refused(home: Desktop) -> None:
    """Who asked for this process to run is told why it does not."""
    home.run(unsit())
    pid = Path(home.env["XDG_RUNTIME_DIR"], "unsit", "lock").read_text().strip()
    done = home.run(unsit("run"))
    assert done.returncode == 1
    assert done.stderr == f"Unsit is already running (process {pid}). Use `unsit status`, or `unsit quit` first.\n"


def test_a_hundred_starts_at_once_agree_on_one(home: Desktop) -> None:
    """Exactly one runs; all others say which, and none of them fails."""
    starts = [
        subprocess.Popen(
            unsit(),
            env=home.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(STARTS)
    ]
    said = Counter[str]()
    for process in starts:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
        said[out.partition(" Next")[0]] += 1
    pid = Path(home.env["XDG_RUNTIME_DIR"], "unsit", "lock").read_text().strip()
    others = f"Unsit is already running (process {pid})."
    assert set(said) <= {"Unsit is running.", others}
    assert said["Unsit is running."] <= 1
    assert said.total() == STARTS


def test_a_socket_that_a_crash_left_behind_is_no_daemon(home: Desktop) -> None:
    """The lock went with the process, whatever lies about in the folder."""
    home.run(unsit())
    pid = int(Path(home.env["XDG_RUNTIME_DIR"], "unsit", "lock").read_text())
    os.kill(pid, 9)
    home.wait_for(lambda: home.run(unsit("status")).returncode == 3, what="its end")
    assert Path(home.env["XDG_RUNTIME_DIR"], "unsit", "control.sock").exists()
    assert home.run(unsit()).stdout.startswith("Unsit is running.")


def without(home: Desktop, *names: str) -> list[str]:
    return ["env", *(word for name in names for word in ("-u", name))]


def test_without_a_runtime_folder_it_uses_one_of_its_own(home: Desktop) -> None:
    """As under su or cron: in the temporary folder, for this user alone."""
    env = without(home, "XDG_RUNTIME_DIR")
    assert home.run([*env, *unsit()]).stdout.startswith("Unsit is running.")
    own = Path(home.env["TMPDIR"], f"unsit-{os.getuid()}")
    assert own.stat().st_mode & 0o777 == 0o700
    assert home.run([*env, *unsit("quit")]).returncode == 0


def test_with_another_runtime_folder_it_finds_the_one_that_runs(home: Desktop) -> None:
    """Two environments have two sockets and two locks there, but one history, which two must not write."""
    home.run(unsit())
    data = Path(home.env["XDG_DATA_HOME"], "unsit")
    pid = (data / "history.lock").read_text().strip()
    assert pid == Path(home.env["XDG_RUNTIME_DIR"], "unsit", "lock").read_text().strip()
    env = without(home, "XDG_RUNTIME_DIR")
    for start in (unsit(), unsit("run")):
        second = home.run([*env, *start])
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == (
            f"Unsit is already running on this history (process {pid}), with another runtime folder."
            " Set XDG_RUNTIME_DIR as it has it to use that one, or end it first.\n"
        )

    assert home.run(unsit("quit")).returncode == 0
    assert home.run([*env, *unsit()]).stdout.startswith("Unsit is running.")
    assert home.run([*env, *unsit("quit")]).returncode == 0


def test_without_home_the_folders_that_are_named_do(home: Desktop) -> None:
    """HOME is only where the folders are looked for that nothing else names."""
    assert home.run([*without(home, "HOME"), *unsit()]).stdout.startswith("Unsit is running.")
    assert Path(home.env["XDG_DATA_HOME"], "unsit", "history.db").exists()


def test_without_any_home_it_says_so_in_one_line(home: Desktop) -> None:
    """As in a container whose user has no entry in the system's list: "~" is then no folder, and none is made of it."""
    nobody = home.dir / "nobody"
    nobody.mkdir()
    (nobody / "sitecustomize.py").write_text(
        "import pwd\ndef getpwuid(uid):\n    raise KeyError(uid)\npwd.getpwuid = getpwuid\n"
    )
    before = set(home.dir.iterdir())
    done = home.run([*without(home, "HOME", *FOLDERS), f"PYTHONPATH={nobody}", *unsit()])
    assert done.returncode == 1
    assert done.stderr == "There is no home folder for this user. Set HOME to a folder, then start Unsit again.\n"
    assert set(home.dir.iterdir()) == before


def test_with_folders_that_cannot_be_written_it_runs_all_the_same(home: Desktop) -> None:
    """The history waits in memory, there is no log file, and `unsit status` says what to do."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        Path(home.env[name]).chmod(0o500)
    try:
        done = home.run([*AS_ANYBODY, *unsit()])
        assert done.stdout.startswith("Unsit is running."), done.stderr
        said = home.run(unsit("status")).stdout
        assert "history.db" in said
        assert "write permission" in said
        assert home.run(unsit("done")).returncode == 0
    finally:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            Path(home.env[name]).chmod(0o700)


def test_with_no_place_for_its_lock_it_says_so_in_one_line(home: Desktop) -> None:
    """What it cannot do without, with the folder's name."""
    runtime = Path(home.env["XDG_RUNTIME_DIR"])
    (runtime / "unsit").mkdir(mode=0o500)
    done = home.run([*AS_ANYBODY, *unsit()])
    assert done.returncode == 1
    assert done.stderr.startswith("There is no folder for the lock and the control socket: ")
    assert done.stderr.count("\n") == 1
    assert str(runtime / "unsit") in done.stderr


def test_a_fault_that_ends_it_is_in_the_log(home: Desktop) -> None:
    """Started by the session, what it prints is read by nobody."""
    broken = """
from unsit.cli.run import run_daemon
from unsit.daemon import wiring
async def fall(daemon):
    raise LookupError("nobody has thought of this")
wiring.Daemon.run = fall
run_daemon(is_verbose=False, is_background=False)
"""
    ended = home.run([sys.executable, "-c", broken])

    assert ended.returncode == 1
    log = Path(home.env["XDG_STATE_HOME"], "unsit", "log").read_text()
    assert "Unsit ended by a fault" in log
    assert "LookupError: nobody has thought of this" in log
