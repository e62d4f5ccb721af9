"""The pages process as the daemon keeps it: the real one, on the real control socket."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from support.shell_ports import ShellRun
from unsit import paths
from unsit.daemon import pages as pages_module
from unsit.daemon.control import Control, PagesLink
from unsit.daemon.pages import PagesProcess
from unsit.ports import AdapterError

OPENER = '#!/bin/sh\nprintf \'%s %s\\n\' "$1" "$XDG_ACTIVATION_TOKEN" >> "$OPENED"\n'


class House:
    """A shell on levers with a real control socket, and the pages that hang on it."""

    def __init__(self, folder: Path) -> None:
        self.run = ShellRun(folder / "history.db")
        self.link = PagesLink()
        self.log = folder / "log"
        self.pages = PagesProcess(self.link, self.log)
        self.control = Control(self.run.shell, paths.own_runtime_dir() / paths.SOCKET_NAME, self.link)
        self.opened_file = folder / "opened"

    def opened(self) -> list[str]:
        return self.opened_file.read_text().splitlines() if self.opened_file.exists() else []

    def processes(self) -> list[psutil.Process]:
        found = []
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):  # it has just ended
                if "unsit.web" in child.cmdline():
                    found.append(child)
        return found


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    opener = tmp_path / "opener"
    opener.write_text(OPENER)
    opener.chmod(0o755)
    made = House(tmp_path)
    monkeypatch.setenv("OPENED", str(made.opened_file))
    monkeypatch.setenv("UNSIT_GUIDE__BROWSER", f"{opener} {{url}}")
    await made.run.start()
    await made.control.start()
    yield made
    await made.pages.stop()
    await made.control.stop()
    await made.run.stop()
    await made.run.until(lambda: not made.processes(), "the end of the pages")


async def test_the_first_open_starts_it_and_the_next_do_not(house: House) -> None:
    """A page each, with the desktop's leave to come to the front; one process."""
    await house.pages.open("status", "token-1")
    await house.run.until(lambda: len(house.opened()) == 1, "the first page")
    (process,) = house.processes()
    await house.pages.prepare()
    await house.pages.open("guide", "token-2")
    await house.run.until(lambda: len(house.opened()) == 2, "the second page")

    assert house.processes() == [process]
    first, second = house.opened()
    assert first.startswith("http://127.0.0.1:")
    assert (first.split()[1], second.split()[1]) == ("token-1", "token-2")


async def test_one_that_is_prepared_is_the_one_that_opens(house: House) -> None:
    """It is there when Start is pressed, since a prompt prepares it; how quick that is the bench measures."""
    await house.pages.prepare()
    await house.run.until(lambda: house.link.connection, "the pages")
    prepared = house.processes()
    await house.pages.open("guide")
    await house.run.until(house.opened, "the page")
    assert house.processes() == prepared
    assert len(prepared) == 1


async def test_one_of_a_daemon_before_this_one_ends_with_it_too(house: House) -> None:
    """It was killed, and its pages came to the next one, which has not started them."""
    await house.pages.prepare()
    await house.run.until(lambda: house.link.connection, "the pages")
    (process,) = house.processes()
    heir = PagesProcess(house.link, house.log)
    await heir.stop()

    await house.run.until(lambda: process not in house.processes(), "its end")


async def test_one_that_was_killed_is_started_anew(house: House) -> None:
    """Also if nobody has noticed yet."""
    await house.pages.open("status")
    await house.run.until(lambda: len(house.opened()) == 1, "the first page")
    (process,) = house.processes()
    process.send_signal(signal.SIGKILL)
    await house.run.until(lambda: house.link.connection is None, "the loss")
    await house.pages.open("status")

    await house.run.until(lambda: len(house.opened()) == 2, "the page of another")
    assert process not in house.processes()


async def test_one_that_ends_at_once_is_said_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do instead; the next time it is tried again."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(AdapterError, match="ended at once"):  # or it would say that it did not come up in time
        await house.pages.open("status")
    monkeypatch.undo()
    monkeypatch.setenv("UNSIT_GUIDE__BROWSER", "true")
    await house.pages.prepare()
    await house.run.until(lambda: house.link.connection, "the pages")


async def test_one_that_cannot_be_started_or_never_answers_is_said(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No program, and a program that hangs."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    with pytest.raises(AdapterError, match="could not be started"):
        await house.pages.open("status")
    hangs = tmp_path / "hangs"
    hangs.write_text("#!/bin/sh\nexec sleep 60\n")
    hangs.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(hangs))
    monkeypatch.setattr(pages_module, "READY_WITHIN_S", 0.3)
    with pytest.raises(AdapterError, match="did not come up"):
        await house.pages.open("status")


async def test_one_that_never_connects_is_replaced_at_the_next_open(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Hanging, it must not keep the pages away for the rest of the day."""
    hangs = tmp_path / "hangs"
    hangs.write_text("#!/bin/sh\nkill -STOP $$\n")
    hangs.chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", str(hangs))
        patched.setattr(pages_module, "READY_WITHIN_S", 0.3)
        with pytest.raises(AdapterError, match="did not come up"):
            await house.pages.open("status")
    (hanging,) = house.processes()

    await house.pages.open("status")

    await house.run.until(house.opened, "the page of another")
    await house.run.until(lambda: hanging not in house.processes(), "the end of the one that hung")
    assert len(house.processes()) == 1


async def test_what_it_prints_ends_in_the_log(house: House) -> None:
    """A fault in it can be found."""
    await house.pages.prepare()
    await house.run.until(lambda: house.link.connection, "the pages")
    (process,) = house.processes()
    assert outputs_of(process) == {house.log}


def outputs_of(process: psutil.Process) -> set[Path]:
    return {Path(f"/proc/{process.pid}/fd/{fd}").readlink() for fd in (1, 2)}


async def test_stop_ends_it(house: House) -> None:
    """Twice is once, and before any start nothing."""
    await house.pages.stop()
    await house.pages.prepare()
    await house.run.until(lambda: house.link.connection, "the pages")
    await house.pages.stop()
    await house.run.until(lambda: not house.processes(), "the end")
    await house.pages.stop()
