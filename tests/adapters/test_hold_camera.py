"""A camera in use. The device is a stand-in: a character device where the right to make one is had, else a file."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.patience import PATIENCE_S
from unsit.adapters.hold_camera import CameraHold, holders, lookers

HOLDER = "import sys, time; device = open(sys.argv[1], 'rb', buffering=0); print('open', flush=True); time.sleep(60)"


def make_device(path: Path) -> Path:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        path.touch()
    return path


@pytest.fixture
def hold_open() -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """Starts a program that has a file open when this returns."""
    started = []

    def start(path: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None and process.stdout.readline() == "open\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


async def until(predicate: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not predicate():  # noqa: ASYNC110  another process acts
            await asyncio.sleep(0.01)


async def test_a_camera_that_is_opened_and_closed(
    tmp_path: Path, hold_open: Callable[[Path], subprocess.Popen[str]]
) -> None:
    """Each is told once; one that is plugged in later too, and one program of two that closes it changes nothing."""
    source, said = CameraHold(folder=tmp_path), list[bool]()
    await source.start(said.append)
    assert "there is none" in source.describe()
    camera = make_device(tmp_path / "video0")
    await until(lambda: "told by" in source.describe())

    first = hold_open(camera)
    await until(lambda: said == [True])
    assert "python" in source.describe()
    second = hold_open(camera)
    first.kill()
    first.wait()
    await asyncio.sleep(0.7)
    assert said == [True]
    second.kill()
    await until(lambda: said == [True, False])
    await source.stop()


async def test_one_that_is_open_at_the_start_holds_unless_its_program_is_on_the_list(
    tmp_path: Path, hold_open: Callable[[Path], subprocess.Popen[str]]
) -> None:
    """By the name of the process."""
    camera = make_device(tmp_path / "video0")
    hold_open(camera)
    said: list[bool] = []
    source = CameraHold(folder=tmp_path)
    await source.start(said.append)
    assert said == [True]
    await source.stop()

    ((name, *_others),) = holders([camera])
    listed: list[str] = []
    ignoring, told = CameraHold(lambda: listed, tmp_path), list[bool]()
    await ignoring.start(told.append)
    listed.append(name.upper())
    ignoring.settings_changed()
    assert told == [True, False]
    await ignoring.stop()


async def test_a_camera_that_is_reset_is_watched_on(
    tmp_path: Path, hold_open: Callable[[Path], subprocess.Popen[str]]
) -> None:
    """It goes and comes again under its name, sooner than anybody looks; as USB does after a sleep."""
    camera, said, looks = make_device(tmp_path / "video0"), list[bool](), list[float]()

    def ignored() -> list[str]:
        looks.append(asyncio.get_running_loop().time())
        return []

    source = CameraHold(ignored, tmp_path)
    await source.start(said.append)
    camera.unlink()
    make_device(camera)
    await until(lambda: len(looks) == 2)
    hold_open(camera)
    await until(lambda: said == [True])
    await source.stop()


@pytest.mark.parametrize(
    ("running", "looking"),
    [
        (["pipewire"], ["pipewire"]),
        (["wireplumber", "pipewire"], []),
        (["pipewire", "pipewire-media-"], []),  # as the kernel cuts it
        (["wireplumber", "pipewire", "zoom"], ["zoom"]),
        (["gnome-control-c", "firefox", "firefox"], ["firefox"]),
    ],
    ids=["through PipeWire", "libcamera", "the older manager", "beside it", "a list of long names"],
)
def test_who_keeps_a_camera_open_only_to_find_it_does_not_look_through_it(
    running: list[str], looking: list[str]
) -> None:
    """libcamera keeps it open all day, in PipeWire and in its session manager; a prompt would wait for ever."""
    assert lookers([[name] for name in running], {"gnome-control-center"}) == looking
