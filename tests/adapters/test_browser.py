"""Opening an address: with real programs on a PATH of their own, which write down how they were called."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from support.patience import PATIENCE_S
from unsit.adapters import browser, launch
from unsit.adapters.browser import Browser, command_line, window_of_its_own
from unsit.ports import AdapterError

URL = "http://127.0.0.1:4711/enter?key=k&to=guide"
AS_ROOT = ["--no-sandbox"] if os.geteuid() == 0 else []
ENTRY = (
    "[Desktop Entry]\nType=Application\nName=A browser\nExec={command}\n\n[Desktop Action new-window]\nExec=wrong %u\n"
)


class Machine:
    """A PATH with only the programs that a test puts there, and the desktop entries that it writes."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bin, self.data, self.calls = folder / "bin", folder / "data", folder / "calls"
        self.bin.mkdir()
        (self.data / "applications").mkdir(parents=True)
        monkeypatch.setenv("PATH", str(self.bin))
        monkeypatch.setenv("XDG_DATA_HOME", str(folder / "none"))
        monkeypatch.setenv("XDG_DATA_DIRS", f"{folder}/neither:{self.data}")

    def program(self, name: str, does: str = "") -> str:
        path = self.bin / name
        note = (
            f"printf '%s' {name} >> {self.calls}; for word in \"$@\"; do printf ' <%s>' \"$word\" >> {self.calls}; done"
        )
        path.write_text(f"#!/bin/sh\n{note}; echo >> {self.calls}\n{does}\n")
        path.chmod(0o755)
        return str(path)

    def entry(self, name: str, command: str) -> None:
        (self.data / "applications" / name).write_text(ENTRY.format(command=command))

    def default(self, name: str) -> None:
        self.program("xdg-settings", f"echo {name}")

    @property
    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def words(*arguments: str) -> str:
    return "".join(f" <{argument}>" for argument in arguments)


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (["/usr/bin/chromium"], [*AS_ROOT, f"--app={URL}"]),
        (["google-chrome-stable"], [*AS_ROOT, f"--app={URL}"]),
        (["/opt/brave.com/brave/brave-browser"], [*AS_ROOT, f"--app={URL}"]),
        (["/usr/bin/microsoft-edge-stable"], [*AS_ROOT, f"--app={URL}"]),
        (["flatpak", "run", "--command=chromium", "org.chromium.Chromium"], [*AS_ROOT, f"--app={URL}"]),
        (["env", "BAMF=1", "/snap/bin/chromium"], [*AS_ROOT, f"--app={URL}"]),
        (["firefox-esr"], ["--new-window", URL]),
        (["flatpak", "run", "io.gitlab.librewolf-community"], ["--new-window", URL]),
        (["/usr/bin/zen-browser"], ["--new-window", URL]),
        (["epiphany"], [URL]),
        (["/home/chrome-user/bin/falkon"], [URL]),
        (["konqueror"], [URL]),
    ],
)
def test_each_family_is_asked_for_a_window_of_its_own(command: list[str], arguments: list[str]) -> None:
    """By the name of the program or its application, not by where it lies."""
    assert window_of_its_own(command, URL) == [*command, *arguments]


@pytest.mark.parametrize(
    ("command", "called"),
    [
        ("firefox", ["firefox", "--new-window", URL]),
        ("firefox -P work", ["firefox", "-P", "work", URL]),
        ("'/opt/my browser/run' --page={url} -x", ["/opt/my browser/run", f"--page={URL}", "-x"]),
    ],
)
def test_the_persons_own_command_is_taken_as_it_is(command: str, called: list[str]) -> None:
    """The address at its place or at the end; a bare browser gets what opens a window."""
    assert command_line(command, URL) == called


def test_a_command_with_an_open_quote_is_named_with_the_address() -> None:
    with pytest.raises(AdapterError, match=r"guide\.browser is not a command") as told:
        command_line("firefox 'x", URL)
    assert URL in str(told.value)


async def test_the_default_browser_is_taken_from_the_desktop(machine: Machine) -> None:
    """Its entry's own command, without the placeholders of the specification."""
    machine.default("some.desktop")
    machine.entry("some.desktop", f'{machine.program("chromium")} --profile="My own" %U')

    await Browser().open(URL)

    called = f"chromium{words('--profile=My own', *AS_ROOT, f'--app={URL}')}"
    assert machine.called == ["xdg-settings <get> <default-web-browser>", called]


async def test_the_marks_of_flatpak_are_left_out(machine: Machine) -> None:
    machine.default("org.mozilla.firefox.desktop")
    machine.entry(
        "org.mozilla.firefox.desktop",
        f"{machine.program('flatpak')} run --file-forwarding org.mozilla.firefox @@u %u @@",
    )

    await Browser().open(URL)

    assert (
        machine.called[-1] == f"flatpak{words('run', '--file-forwarding', 'org.mozilla.firefox', '--new-window', URL)}"
    )


async def test_a_desktop_without_xdg_settings_is_asked_for_the_handler(machine: Machine) -> None:
    machine.program("xdg-settings", "exit 2")
    machine.program("xdg-mime", "echo some.desktop")
    machine.entry("some.desktop", machine.program("firefox") + " %u")

    await Browser().open(URL)

    assert machine.called[1:] == [
        "xdg-mime <query> <default> <x-scheme-handler/http>",
        f"firefox{words('--new-window', URL)}",
    ]


async def test_a_browser_that_fails_gives_way_to_the_next(machine: Machine) -> None:
    """The default one, then whatever xdg-open finds, then what is usually there."""
    machine.default("some.desktop")
    machine.entry("some.desktop", machine.program("chromium", "exit 1"))
    machine.program("xdg-open", "exit 3")
    machine.program("firefox")

    await Browser().open(URL)

    assert [call.split()[0] for call in machine.called] == ["xdg-settings", "chromium", "xdg-open", "firefox"]


async def test_a_default_that_is_no_longer_installed_is_passed_over(machine: Machine) -> None:
    machine.default("gone.desktop")
    machine.entry("gone.desktop", "/nonexistent/browser %u")
    machine.program("xdg-mime")
    machine.program("xdg-open")

    await Browser().open(URL)

    assert machine.called[-1] == f"xdg-open{words(URL)}"


async def test_with_nothing_installed_the_person_gets_the_address(machine: Machine) -> None:
    with pytest.raises(AdapterError) as told:
        await Browser().open(URL)

    assert URL in str(told.value)
    assert machine.called == []


async def test_a_desktop_that_hangs_is_not_waited_for(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "QUERY_TIMEOUT_S", 0.2)
    machine.program("xdg-settings", "while :; do :; done")
    machine.program("xdg-open")

    async with asyncio.timeout(PATIENCE_S):
        await Browser().open(URL)

    assert machine.called[-1] == f"xdg-open{words(URL)}"


async def test_a_question_that_nobody_waits_for_any_more_is_ended(machine: Machine) -> None:
    """At the end of the pages: a hung xdg-settings does not hold them up, and nothing of it stays."""
    machine.program("xdg-settings", f"echo $$ >> {machine.calls}; while :; do :; done")
    opener = Browser()
    asking = asyncio.create_task(opener.prepare())
    async with asyncio.timeout(PATIENCE_S):
        while len(machine.called) < 2:  # noqa: ASYNC110  another process
            await asyncio.sleep(0.01)
    assert opener._looking is not None
    opener._looking.cancel()
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(asking, return_exceptions=True)
        while is_running(int(machine.called[1])):  # noqa: ASYNC110  as above
            await asyncio.sleep(0.01)


async def test_a_search_that_failed_is_made_again(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of one moment (no descriptors left) does not cost the default browser for good."""
    machine.default("some.desktop")
    machine.entry("some.desktop", machine.program("firefox"))
    opener = Browser()
    with monkeypatch.context() as broken:
        broken.setattr(browser, "_command_of", lambda _entry: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            await opener.prepare()

    await opener.open(URL)

    assert machine.called[-1] == f"firefox{words('--new-window', URL)}"


async def test_the_default_is_found_out_once_and_before_it_is_needed(machine: Machine) -> None:
    machine.default("some.desktop")
    machine.entry("some.desktop", machine.program("firefox"))
    opener = Browser()

    await opener.prepare()
    assert [call.split()[0] for call in machine.called] == ["xdg-settings"]
    await opener.open(URL)
    await opener.open(URL)

    assert [call.split()[0] for call in machine.called] == ["xdg-settings", "firefox", "firefox"]


async def test_the_desktops_leave_goes_to_the_browser(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token of this click, and never an older one that we were started with."""
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "stale")
    monkeypatch.setenv("DESKTOP_STARTUP_ID", "stale")
    machine.program("firefox", f'echo "$XDG_ACTIVATION_TOKEN,$DESKTOP_STARTUP_ID" >> {machine.calls}')

    await Browser("firefox").open(URL, "fresh")
    await Browser("firefox").open(URL)

    assert machine.called[1::2] == ["fresh,fresh", ","]


async def test_a_browser_that_runs_on_is_let_go_and_reaped(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a session of its own, so that nothing that ends us ends it; no zombie when it ends."""
    monkeypatch.setattr(launch, "FAILURE_WITHIN_S", 0.2)
    machine.program(
        "firefox", f"echo $$ >> {machine.calls}; while [ ! -e {machine.bin}/end ]; do /bin/sleep 0.05; done"
    )

    await Browser("firefox").open(URL)
    pid = int(machine.called[-1])
    assert os.getsid(pid) == pid
    (machine.bin / "end").touch()

    async with asyncio.timeout(PATIENCE_S):
        while Path(f"/proc/{pid}").exists():  # noqa: ASYNC110, ASYNC240  another process's end
            await asyncio.sleep(0.02)
