"""Programs of the person's list, found by their names when somebody looks, and waited for."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.patience import PATIENCE_S
from unsit.adapters.hold_apps import AppsHold

Run = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Starts `sleep` under another name; it runs when this returns."""
    started = []

    def start(name: str, *, script: bool = False) -> subprocess.Popen[bytes]:
        program = tmp_path / name
        if script:
            program.write_text("import time\ntime.sleep(60)\n")
            process = subprocess.Popen([sys.executable, program])
        else:
            shutil.copy("/bin/sleep", program)
            process = subprocess.Popen([program, "60"])
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


async def until(predicate: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not predicate():  # noqa: ASYNC110  another process ends
            await asyncio.sleep(0.01)


async def test_one_looks_and_then_is_told_of_the_end(run: Run) -> None:
    """Two run: the end of one of them is not yet the end. Nothing is looked for before anybody asks."""
    listed, said = ["unsit-game"], list[bool]()
    source = AppsHold(lambda: listed)
    await source.start(said.append)
    first, second = run("unsit-game"), run("unsit-game-2")
    listed.append("UNSIT-game-2")
    assert said == []
    await source.look()
    await source.look()
    assert said == [True]
    assert "unsit-game" in source.describe()

    first.kill()
    first.wait()
    await asyncio.sleep(0.1)
    assert said == [True]
    second.kill()
    await until(lambda: said == [True, False])
    await source.look()
    assert said == [True, False]
    await source.stop()


@pytest.mark.parametrize(
    ("name", "script"), [("unsit-presentation-of-the-year", False), ("unsit-talk.py", True)], ids=["long", "script"]
)
async def test_a_long_name_and_a_script_are_known(run: Run, name: str, script: bool) -> None:
    """The kernel keeps fifteen letters of the one, and calls the other by its interpreter."""
    said: list[bool] = []
    source = AppsHold(lambda: [name])
    await source.start(said.append)
    process = run(name, script=script)
    async with asyncio.timeout(PATIENCE_S):
        while not said:  # a program that has just been started has no words yet
            await source.look()
            await asyncio.sleep(0.01)
    assert said == [True]
    process.kill()
    await until(lambda: said == [True, False])
    await source.stop()


async def test_one_that_is_taken_from_the_list_holds_no_more(run: Run) -> None:
    """As soon as the settings are read; one that is put on it holds as soon. And stop leaves no descriptor open."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  names are enough
    listed, said = ["unsit-game"], list[bool]()
    source = AppsHold(lambda: listed)
    await source.start(said.append)
    run("unsit-game")
    await source.look()
    listed.clear()
    source.settings_changed()
    assert said == [True, False]
    assert "none is listed" in source.describe()
    listed.append("unsit-game")
    source.settings_changed()
    assert said == [True, False, True]
    await source.stop()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
