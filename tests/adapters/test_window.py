"""Where Unsit's own window does not work: in place of its toolkit stand packages that do what a broken one does.

The one that works is in tests/web/test_own_window.py.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from support.patience import PATIENCE_S
from unsit.adapters import window
from unsit.adapters.window import GuideWindow
from unsit.ports import AdapterError

LINK = "http://127.0.0.1:4711/enter?key=k&to=guide"


class Toolkit:
    """`webview` and `PyQt6` of a test's own: importing the first does what the test says, and leaves a mark each time."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._marks = folder / "packages", folder / "marks"
        (self._folder / "PyQt6").mkdir(parents=True)
        for name in ("__init__", "QtWebEngineWidgets"):
            (self._folder / "PyQt6" / f"{name}.py").touch()
        monkeypatch.syspath_prepend(str(self._folder))  # looked for here ...
        source = Path(window.__file__).parents[2]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(self._folder), str(source))))  # ... and in the process

    def does(self, code: str) -> None:
        mark = f"import os\nwith open({str(self._marks)!r}, 'a') as marks:\n    print(os.getpid(), file=marks)\n"
        (self._folder / "webview.py").write_text(mark + code)

    @property
    def pids(self) -> list[int]:
        """Of the processes that were started."""
        return [int(line) for line in self._marks.read_text().split()] if self._marks.exists() else []


@pytest.fixture
def toolkit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toolkit:
    return Toolkit(tmp_path, monkeypatch)


async def test_without_the_extra_the_way_to_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is started."""
    monkeypatch.setitem(sys.modules, "webview", None)

    with pytest.raises(AdapterError, match=r'pip install "\.\[window\]"'):
        await GuideWindow().open("card", LINK)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("os.abort()", f"status -{signal.SIGABRT:d}"),
        ("raise ImportError('libEGL.so.1: cannot open shared object file')", "libEGL.so.1: cannot open"),
        ("raise SystemExit(3)", "status 3"),
        ("import sys; print('{ no JSON'); sys.stdout.flush(); os._exit(0)", "status 0"),
    ],
)
async def test_a_toolkit_that_does_not_start_says_why_and_is_not_tried_again(
    toolkit: Toolkit, code: str, why: str
) -> None:
    """Nobody waits for it a second time."""
    toolkit.does(code)
    guide = GuideWindow()

    for _attempt in range(2):
        with pytest.raises(AdapterError, match="does not work here") as told:
            await guide.open("full", LINK)
        assert why in str(told.value)

    assert len(toolkit.pids) == 1


async def test_a_toolkit_that_hangs_is_killed_with_its_children(
    toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told to end, does not hear it, and has to go: nothing of it stays."""
    monkeypatch.setattr(window, "SHOWN_WITHIN_S", 1.5)
    monkeypatch.setattr(window, "END_WITHIN_S", 0.3)
    toolkit.does("if os.fork() == 0:\n    print(os.getpid(), file=open(marks.name, 'a'))\nimport time\ntime.sleep(600)")

    with pytest.raises(AdapterError, match="did not come up"):
        await GuideWindow().open("card", LINK)

    assert len(toolkit.pids) == 2
    async with asyncio.timeout(PATIENCE_S):
        while any(is_running(pid) for pid in toolkit.pids):  # noqa: ASYNC110  other processes' end
            await asyncio.sleep(0.02)


async def test_while_one_is_coming_another_click_changes_nothing(
    toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "SHOWN_WITHIN_S", 1.5)
    monkeypatch.setattr(window, "END_WITHIN_S", 0.1)
    toolkit.does("import time\ntime.sleep(600)")
    guide = GuideWindow()
    first = asyncio.create_task(guide.open("card", LINK))
    await asyncio.sleep(0)

    await guide.open("card", LINK)

    assert not first.done()
    with pytest.raises(AdapterError):
        await first
    assert len(toolkit.pids) == 1


STAND_IN = """
import json, signal, sys
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
print(json.dumps({"shown": True}), flush=True)
sys.stdin.read()
os._exit(0)
"""
"""For the whole window: it comes up, and closes by SIGTERM, or when the pipe ends."""


async def test_a_click_just_after_the_window_was_closed_opens_another(toolkit: Toolkit) -> None:
    """Its process has gone, and what it said last is still waited for; and while the window is ended nothing is asked of it."""
    toolkit.does(STAND_IN)
    guide = GuideWindow()
    await guide.open("card", LINK)
    (first,) = toolkit.pids
    assert guide._process is not None
    os.kill(first, signal.SIGTERM)
    guide._process.wait(10)

    await guide.open("card", LINK)

    assert len(toolkit.pids) == 2
    stopping = asyncio.create_task(guide.stop())
    stdin = guide._process.stdin
    assert stdin is not None
    async with asyncio.timeout(PATIENCE_S):
        while not stdin.closed:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0)
    await guide.open("card", LINK)
    await stopping
    assert len(toolkit.pids) == 2
    assert not any(is_running(pid) for pid in toolkit.pids)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
