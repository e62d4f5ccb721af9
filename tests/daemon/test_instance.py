"""One daemon a person, by a lock that ends with its process. What Windows has instead of flock(2) is tried on the lock of Linux
that is most like it."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from unsit.daemon import instance
from unsit.daemon.instance import LOCKED_BYTE, AlreadyRunning, InstanceLock, lock_byte, lock_file


def locking(fd: int, n_bytes: int) -> None:
    """msvcrt.locking with LK_NBLCK: of so many bytes from the file's position on, EACCES where somebody has one of them."""
    region = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_CUR, 0, n_bytes, 0)
    try:
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, region)
    except OSError as error:
        raise PermissionError(errno.EACCES, "Permission denied") from error


WAYS = [pytest.param(lock_file, id="as here"), pytest.param(lambda fd: lock_byte(fd, locking), id="by bytes")]


@pytest.mark.parametrize("lock", WAYS)
def test_the_second_one_is_told_who_the_first_is(tmp_path: Path, lock: Callable[[int], None]) -> None:
    """And the way is free again as soon as it has gone."""
    first = InstanceLock(tmp_path, lock=lock)
    with pytest.raises(AlreadyRunning) as told:
        InstanceLock(tmp_path, lock=lock)
    assert told.value.pid == os.getpid()
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"

    first.release()
    InstanceLock(tmp_path, lock=lock).release()


def test_what_is_locked_is_behind_what_is_read(tmp_path: Path) -> None:
    """On Windows a locked byte can be read by nobody else: the number's may not be."""
    with (tmp_path / "file").open("wb+") as file:
        asked: list[tuple[int, int]] = []
        lock_byte(file.fileno(), lambda fd, n_bytes: asked.append((os.lseek(fd, 0, os.SEEK_CUR), n_bytes)))
        assert asked == [(LOCKED_BYTE, 1)]
        assert os.lseek(file.fileno(), 0, os.SEEK_CUR) == 0


def test_a_file_system_without_locks_is_no_second_daemon(tmp_path: Path) -> None:
    """What cannot be locked is said as it is."""

    def refuse(_fd: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with pytest.raises(OSError, match="No locks"):
        InstanceLock(tmp_path, lock=refuse)


def test_a_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    """The pages and players outlive a daemon that is killed: the next one must not find their hands on its lock."""
    lock = InstanceLock(tmp_path)
    waits = [sys.executable, "-c", "print(flush=True); input()"]
    child = subprocess.Popen(waits, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False)
    try:
        assert child.stdout is not None and child.stdout.readline()  # from here on it is a program of its own
        lock.release()
        InstanceLock(tmp_path).release()
    finally:
        child.communicate(b"\n")


def test_a_lock_that_is_still_held_for_one_who_has_died_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that is about to become a program has it for a moment longer than the daemon that was killed meanwhile."""
    monkeypatch.setattr(instance, "LEFT_BEHIND_S", 30.0)
    dead = subprocess.Popen(["true"])
    dead.wait()
    lock = InstanceLock(tmp_path)
    (tmp_path / "lock").write_text(f"{dead.pid}\n")
    child = threading.Timer(0.1, lock.release)
    child.start()
    try:
        InstanceLock(tmp_path).release()
    finally:
        child.join()


def test_evidence_of_life_is_found_by_the_next(tmp_path: Path) -> None:
    """Where nothing is written down for hours, the lock's own time says that it lived."""
    lock = InstanceLock(tmp_path)
    assert lock.last_life_wall is None
    os.utime(lock.path, (1_000, 1_000))
    before = time.time() - 1  # file systems round
    lock.touch()
    lock.release()
    again = InstanceLock(tmp_path)
    assert again.last_life_wall is not None and again.last_life_wall >= before
    again.release()
