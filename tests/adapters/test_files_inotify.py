"""Saved files are noticed, whichever way an editor saves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from unsit.adapters.files_inotify import CALM_S, FolderWatch


async def _changes(folder: Path, save: Callable[[], object]) -> int:
    count = 0

    def on_change() -> None:
        nonlocal count
        count += 1

    watch = FolderWatch([folder, folder / "missing"], on_change)
    watch.start()
    try:
        save()
        await asyncio.sleep(3 * CALM_S)
    finally:
        watch.stop()
    return count


def _by_rename(folder: Path) -> None:
    new = folder / ".config.toml.new"
    new.write_text("a = 2\n")
    new.replace(folder / "config.toml")


@pytest.mark.parametrize(
    "save",
    [
        pytest.param(lambda folder: (folder / "config.toml").write_text("a = 2\n"), id="in place"),
        pytest.param(_by_rename, id="by a rename"),
        pytest.param(lambda folder: (folder / "config.toml").unlink(), id="deleted"),
        pytest.param(lambda folder: (folder / "exercises").mkdir(), id="a folder that comes"),
    ],
)
async def test_one_saving_is_told_once(tmp_path: Path, save: Callable[[Path], object]) -> None:
    """Editors write in place, or write another file and rename it, or make a backup first: it is one saving."""
    (tmp_path / "config.toml").write_text("a = 1\n")

    assert await _changes(tmp_path, lambda: save(tmp_path)) == 1


async def test_reading_is_no_change(tmp_path: Path) -> None:
    """The program itself reads the file after each saving: that must not begin it again."""
    (tmp_path / "config.toml").write_text("a = 1\n")

    assert await _changes(tmp_path, lambda: (tmp_path / "config.toml").read_text()) == 0


async def test_after_stop_nothing_is_told(tmp_path: Path) -> None:
    """A stop in the middle of a saving ends it."""
    told: list[bool] = []
    watch = FolderWatch([tmp_path], lambda: told.append(True))
    watch.start()
    (tmp_path / "config.toml").write_text("a = 1\n")
    await asyncio.sleep(0.05)

    watch.stop()
    watch.stop()
    await asyncio.sleep(2 * CALM_S)

    assert told == []
