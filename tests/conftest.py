"""What every test runs under. How the tests are built: docs/testing.md."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.desktop import Desktop, environment_without_session, missing, open_desktops, require, wait_until

# Before anything imports unsit, whose folders are decided at import.
_HOME = Path(tempfile.mkdtemp(prefix="unsit-home-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
_environment = environment_without_session(os.environ, _HOME)
for _name in set(os.environ) - set(_environment):
    del os.environ[_name]
os.environ.update(_environment)
for _name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
    Path(os.environ[_name]).mkdir(parents=True, mode=0o700)

# An example may take as long as it does: the machine may have other things to do.
settings.register_profile("unsit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unsit")

CHILD_GRACE_S = 3.0
"""For a child that a test has told to end."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*programs): skipped where one is not installed, a failure in CI")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        if missing(*mark.args):
            require(*mark.args)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what the programs of its desktops wrote."""
    report = yield
    if report.failed:
        for desktop in open_desktops:
            logs = desktop.logs()
            if logs:
                report.sections.append((f"Programs of {desktop.dir}", logs))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Right above pytest's own counts: how many were skipped, and for want of what."""
    reasons = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ")
        if isinstance(report.longrepr, tuple)
        else str(report.longrepr)
        for report in terminalreporter.getreports("skipped")
    )
    if reasons:
        said = "; ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        terminalreporter.write_line(f"Skipped {reasons.total()}: {said}")


@pytest.fixture(autouse=True)
def _environment_is_put_back() -> Iterator[None]:
    """Fixtures that set the same variables may take them back in the wrong order: the next test is not to find that."""
    before = dict(os.environ)
    yield
    for name in before.keys() | os.environ.keys():
        if before.get(name) == os.environ.get(name) or name.startswith("PYTEST_"):
            continue
        if name in before:
            os.environ[name] = before[name]
        else:
            del os.environ[name]


def _children() -> dict[int, str]:
    """Process id -> command line of the living children of this process, adopted orphans included."""
    found: dict[int, str] = {}
    for task in Path("/proc/self/task").iterdir():
        try:
            pids = (task / "children").read_text().split()
        except OSError:  # a thread that ended just now
            continue
        for pid in pids:
            try:
                state = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0]
                command = Path("/proc", pid, "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if state != "Z":  # a zombie has ended and only waits to be reaped
                found[int(pid)] = command
    return found


@pytest.fixture(autouse=True)
def _no_child_left() -> Iterator[None]:
    """A test that leaves a process behind fails."""
    if not Path("/proc/self/task").exists():
        yield
        return
    before = _children()
    yield
    left: dict[int, str] = {}

    def all_gone() -> bool:
        left.clear()
        left.update({pid: command for pid, command in _children().items() if pid not in before})
        return not left

    if not wait_until(all_gone, CHILD_GRACE_S):
        pytest.fail("left running: " + "; ".join(f"{pid} {command}" for pid, command in left.items()), pytrace=False)


@pytest.fixture
def make_desktop() -> Iterator[Callable[..., Desktop]]:
    """Makes desktops with the options of `Desktop`; all end with the test."""
    made: list[Desktop] = []

    def make(**options: object) -> Desktop:
        made.append(Desktop(**options))  # type: ignore[arg-type]  # handed on as they are
        return made[-1]

    yield make
    for desktop in reversed(made):
        desktop.close()


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    """Xvfb, openbox and a private session bus."""
    with Desktop() as made:
        yield made


@pytest.fixture
def session_bus() -> Iterator[Desktop]:
    """A private session bus without a screen."""
    with Desktop(screen=False) as made:
        yield made
