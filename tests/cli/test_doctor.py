"""What `unsit doctor` makes of what it finds; on whole desktops it is tried in tests/e2e."""

from __future__ import annotations

import asyncio
import io
import re
import sqlite3
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from store.samples import VERSION, started, step
from support.settings_home import SettingsHome
from support.shell_ports import NoteBoard
from unsit import __version__
from unsit.cli import checks, doctor
from unsit.cli.checks import Check, Fails
from unsit.control_client import CommandError
from unsit.core.model import Now, Tick
from unsit.ports import AdapterError
from unsit.settings import load
from unsit.settings.types import GuideSettings
from unsit.store.history import History


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "unsit" / "history.db"


def write(path: Path, wall: datetime) -> None:
    """A history whose last event was then."""
    history = History.open(path)
    state = step(None, started())
    history.append(started(), (), state, VERSION)
    history.append(Tick(Now(60.0, "boot-1", wall)), (), state, VERSION)
    history.close()


def running(**snapshot: Any) -> dict[str, Any]:
    return {
        "snapshot": {"version": __version__, "problems": [], "holds": [], **snapshot},
        "line": "Next break at 10:00",
        "surfaces": {},
    }


# ------------------------------------------------------------------------------------------------------------ the checks


@pytest.mark.parametrize(
    ("daemon", "state", "text", "next_step"),
    [
        (running(), "works", f"version {__version__} runs: Next break at 10:00", ""),
        (None, "fails", f"version {__version__}; it does not run", "Start it with `unsit`."),
        (running(version="0.0.1"), "fails", f"version {__version__} is installed, and 0.0.1 runs",
         "Start it anew: `unsit quit`, then `unsit`."),
        (running(problems=["One thing.", "Another."]), "fails", "One thing; Another", ""),
        (CommandError("Unsit does not answer", "See its log"), "fails",
         f"version {__version__}: Unsit does not answer", "See its log"),
    ],
)  # fmt: skip
async def test_the_program_itself(
    daemon: dict[str, Any] | CommandError | None, state: str, text: str, next_step: str
) -> None:
    """Whether it runs, is the one that is installed, and complains of nothing."""
    check = await checks._check("Unsit", lambda: checks._program(daemon), is_needed=True)

    assert check == Check("Unsit", state, text, next_step, is_needed=True)  # type: ignore[arg-type]


async def test_a_window_that_the_browser_makes_up_for_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cross of its own, and no fault of the program; where nobody wants it nothing is looked at."""
    without = "Unsit's own window did not come up. Your browser shows the guide instead."
    daemon = running(problems=[without])
    daemon["harmless"] = [without]
    settings = load({}).settings
    wanted = replace(settings, guide=GuideSettings(screen="card"))
    monkeypatch.setattr("unsit.adapters.window.find_spec", lambda _name: object())

    assert (await checks._program(daemon))[0] == "works"
    assert (await checks._check("Own window", lambda: checks._window(wanted, daemon))) == Check(
        "Own window", "fails", without.removesuffix(".")
    )
    assert (await checks._window(wanted, running()))[0] == "works"
    assert (await checks._window(settings, None))[0] == "off"
    monkeypatch.setattr("unsit.adapters.window.find_spec", lambda _name: None)
    check = await checks._check("Own window", lambda: checks._window(wanted, None))
    assert (check.state, check.is_needed) == ("fails", False)
    assert 'pip install ".[window]"' in check.text


async def test_of_a_test_notification_it_is_said_what_came_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pressed, shown and not pressed, kept back, and not shown: only the first is a tick, and the last a cross."""
    board, pressed = NoteBoard(), asyncio.Event()
    pressed.set()
    assert (await checks._try_note(board, pressed))[0] == "works"
    assert board.shown["hello"].buttons

    monkeypatch.setattr(checks, "PRESS_WITHIN_S", 0.01)
    for event, is_dnd, text in (
        (asyncio.Event(), False, "nobody pressed its button within 0.01 s"),
        (asyncio.Event(), True, "“do not disturb” may have kept it from the screen"),
        (None, False, "only you can say whether it was shown"),
    ):
        state, said = await checks._try_note(board, event, is_dnd=is_dnd)
        assert state == "unsure"
        assert text in said
    board.refuses = "It refused."
    with pytest.raises(Fails, match=r"a test notification was not shown: It refused\."):
        await checks._try_note(board, pressed)


async def test_who_keeps_a_prompt_back_is_named_but_not_in_a_report() -> None:
    """A program's name is somebody's own business."""
    daemon = running(holds=[{"reason": "call", "by": ["zoom", "cheese"]}])
    daemon["line"] = "A break waits: a call (zoom, cheese), since 10:21"

    assert (await checks._program(daemon))[1].endswith("A break waits: a call (zoom, cheese), since 10:21")
    assert (await checks._program(daemon, is_report=True))[1].endswith("A break waits: a call, since 10:21")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (AdapterError("No bus."), "No bus."),
        (Fails("No bus.", "Log in."), "No bus."),
        (TimeoutError(), "it does not answer"),
        (ValueError("odd"), "ValueError: odd"),
    ],
)
async def test_what_a_part_of_the_system_raises_is_said(error: Exception, text: str) -> None:
    """And keeps no other from being looked at."""

    async def what() -> checks.Tried:
        raise error

    check = await checks._check("Bus", what)

    assert (check.state, check.text, check.is_needed) == ("fails", text, False)


async def test_one_that_hangs_is_given_up() -> None:
    """Nobody waits for it for ever, and what to do then is said."""

    async def what() -> checks.Tried:
        await asyncio.Event().wait()
        raise AssertionError

    check = await checks._check("Bus", what, within_s=0.01, if_it_hangs="Log out.")
    assert (check.text, check.next_step) == ("it does not answer", "Log out.")


async def test_a_history_is_read_as_a_whole(data: Path) -> None:
    """None yet, a good one, a damaged one, and one that a newer version wrote."""

    async def tried() -> Check:
        return await checks._check("History", checks._history)

    assert (await tried()).text == "none yet: it begins with the first start"
    write(data, datetime.now().astimezone())
    assert (await tried()).state == "works"
    assert "KiB, read as a whole; 0 backups" in (await tried()).text
    with sqlite3.connect(data) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    assert "was written by a newer Unsit" in (await tried()).text
    data.write_bytes(b"no database" * 1000)  # noqa: ASYNC240  a file of our own
    assert (await tried()).text.endswith("is damaged.")
    assert (await tried()).next_step.startswith("Restart Unsit")


async def test_a_history_that_cannot_be_looked_at_or_begun_says_whose_it_should_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the program was once started by somebody else. (A name that is too long stands for a folder that may not be
    looked into: the superuser may look into any.)"""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / ("x" * 300)))
    check = await checks._check("History", checks._history)
    assert check.text.endswith("history.db cannot be read")
    assert check.next_step.startswith("Make it yours")

    monkeypatch.setenv("XDG_DATA_HOME", "/proc/nowhere")  # where nobody writes
    monkeypatch.setattr("os.access", lambda path, _mode: str(path) != "/proc")
    check = await checks._check("History", checks._history)
    assert check.text == "none yet, and /proc cannot be written to"


async def test_a_clock_that_is_behind_the_history_is_wrong(data: Path) -> None:
    """Somebody set it, or its battery is empty."""
    write(data, datetime.now().astimezone())
    assert (await checks._check("Clock", checks._clock)).state == "works"
    data.unlink()  # noqa: ASYNC240  a file of our own
    write(data, datetime.now().astimezone() + timedelta(days=2))

    check = await checks._check("Clock", checks._clock)

    assert (check.state, check.next_step[:41]) == ("fails", "Set the clock, or let the network keep it")
    assert re.fullmatch(
        r"the history goes on until \d{4}-\d\d-\d\d \d\d:\d\d, and now it is \d{4}\S+ \d\d:\d\d", check.text
    )
    history = History.open(data)  # what the next start writes
    history.append(Tick(Now(61.0, "boot-1", datetime.now().astimezone())), (), step(None, started()), VERSION)
    history.close()
    assert (await checks._check("Clock", checks._clock)).state == "works"


async def test_a_mistake_in_the_settings_is_a_cross(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its file and line; and it is needed."""
    home = SettingsHome(tmp_path, monkeypatch)
    home.write(home.user, '[prompt]\nevery = "soon"\n')
    from unsit.daemon.wiring import read_settings

    loaded, _brief = read_settings(None)
    check = await checks._check("Settings", lambda: checks._settings(loaded, [str(one) for one in loaded.problems]))

    assert check.state == "fails"
    assert "config.toml:2" in check.text


async def test_mistakes_have_a_line_each_and_a_report_leaves_out_what_is_nobodys_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which programs somebody lists, also in a list that is none."""
    home = SettingsHome(tmp_path, monkeypatch)
    home.write(home.user, '[prompt]\nevery = "soon"\n[hold]\napps = "ledgermaster"\n')
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    found = {check.name: check.text for check in await checks.look(None, is_trying=False, is_report=True)}
    at_home = {check.name: check.text for check in await checks.look(None, is_trying=False, is_report=False)}

    assert [line.partition(": ")[2][:29] for line in found["Settings"].splitlines()] == [
        'prompt.every: "soon" is no du', "hold.apps: cannot be used (le",
    ]  # fmt: skip
    assert '"ledgermaster" is no list' in at_home["Settings"]


@pytest.mark.parametrize(
    "text",
    [
        "[hold]\napps = ledgermaster\n",
        f'[hold]\nignore = "{"ledgermaster" * 9}"\n',
        "[hold]\ncall = true\n[[routine]]\nname = ledgermaster\n",
        '[[routine]]\nname = "my ledgermaster"\n',
    ],
    ids=["no quotes", "cut short", "a routine's name without quotes", "a routine's name"],
)
async def test_no_mistake_brings_a_name_into_the_report(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it is repeated to whoever made it."""
    home = SettingsHome(tmp_path, monkeypatch)
    home.write(home.user, text)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    report, at_home = [
        next(
            check for check in await checks.look(None, is_trying=False, is_report=is_report) if check.name == "Settings"
        )
        for is_report in (True, False)
    ]
    assert (report.state, "ledger" in report.text, "ledger" in at_home.text) == ("fails", False, True)


# ------------------------------------------------------------------------------------------------------------- the words


CHECKS = [
    Check("Unsit", "works", "runs", is_needed=True),
    Check("Tray", "off", "switched off"),
    Check("Voice", "fails", "no voice", "Install one."),
]


def test_a_line_for_each_with_its_next_step_below(capsys: pytest.CaptureFixture[str]) -> None:
    """Marks in a column; words under words."""
    assert list(doctor._lines(CHECKS)) == [
        "✓ Unsit  runs",
        "– Tray   switched off",
        "✗ Voice  no voice",
        "         → Install one.",
    ]


def test_where_marks_cannot_be_written_there_are_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal in an old encoding shows it all the same."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))

    assert list(doctor._lines(CHECKS)) == [
        "ok Unsit  runs",
        "-  Tray   switched off",
        "NO Voice  no voice",
        "          -> Install one.",
    ]


@pytest.mark.parametrize(
    ("of", "verdict"),
    [
        (CHECKS[:2], "Everything works."),
        (CHECKS, "All that is needed works; 1 other thing does not."),
        (
            [*CHECKS[:2], Check("Notifications", "unsure", "")],
            "All else works; only you can say whether these do: Notifications.",
        ),
        ([*CHECKS, Check("Clock", "fails", "", is_needed=True)], "Needed, and does not work: Clock."),
    ],
)
def test_the_last_line_sums_it_up(of: list[Check], verdict: str) -> None:
    """Which decides the exit code, too."""
    assert doctor._verdict(of) == verdict


def test_what_is_personal_is_replaced_as_a_word() -> None:
    """Wherever it stands, in capitals or not; what only contains it stays."""
    personal = {"/home/ann": "~", "Ann Lee": "USER", "ann": "USER", "attic": "HOST"}

    assert doctor.without_personal(
        ["/home/ann/.config of Ann Lee on ATTIC", "/home/anna is annual", "ann@attic.local"], personal
    ) == ["~/.config of USER on HOST", "/home/anna is annual", "USER@HOST.local"]
    assert doctor.without_personal(["nobody"], {}) == ["nobody"]


def test_who_somebody_is_is_asked_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the environment, the list of users and the machine's name, the longest first: a name may be part of a path."""
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("USER", "ann")
    monkeypatch.setattr("socket.gethostname", lambda: "attic.example.org")

    found = doctor.personal()

    assert (found["/home/ann"], found["ann"], found["attic.example.org"], found["attic"]) == (
        "~",
        "USER",
        "HOST",
        "HOST",
    )
    assert [len(name) for name in found] == sorted((len(name) for name in found), reverse=True)
