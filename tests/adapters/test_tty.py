from __future__ import annotations

import array
import asyncio
import fcntl
import io
import os
import pty
import termios
from collections.abc import AsyncIterator

import pytest

from support.patience import PATIENCE_S
from unsit.adapters.tty import Tty

TERMINAL = {"TERM": "xterm-256color"}


class Keys:
    """tty.Reader: writes down which keys come."""

    def __init__(self) -> None:
        self.pressed: list[str] = []
        self.unread = 0

    def handle_key(self, key: str) -> None:
        self.pressed.append(key)

    def handle_resize(self) -> None: ...
    def handle_leave(self) -> None: ...
    def handle_return(self) -> None: ...
    def handle_gone(self) -> None: ...
    def handle_unread(self) -> None:
        self.unread += 1


class Typed:
    """A terminal whose other end is in the test's hand, read as a program in its foreground would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.controller, self.terminal = pty.openpty()
        self.keys, self.tty = Keys(), Tty(TERMINAL, read_from=self.terminal, write_to=self.terminal)
        # Whose foreground a terminal is, is the session leader's to say: the test is none.
        monkeypatch.setattr("unsit.adapters.tty._is_foreground", lambda _fd: True)
        self.tty.open(self.keys)

    async def write(self, *pieces: bytes) -> None:
        """Each when the one before has been read."""
        for piece in pieces:
            os.write(self.controller, piece)
            async with asyncio.timeout(PATIENCE_S):
                while self._unread():  # noqa: ASYNC110  as below
                    await asyncio.sleep(0)

    def _unread(self) -> int:
        count = array.array("i", [0])
        fcntl.ioctl(self.terminal, termios.FIONREAD, count)
        return count[0]

    async def until(self, count: int) -> list[str]:
        """The keys, when there are as many."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.keys.pressed) < count:  # noqa: ASYNC110  the reader has no event
                await asyncio.sleep(0.005)
        return self.keys.pressed


@pytest.fixture
async def typed(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Typed]:
    made = Typed(monkeypatch)
    yield made
    made.tty.close()
    os.close(made.controller)
    os.close(made.terminal)


async def test_keys_have_names(typed: Typed) -> None:
    """Arrows in both modes, space, enter; letters as they are, whatever the shift key."""
    await typed.write(b"\x1b[C\x1bOD \rQ")
    assert await typed.until(5) == ["right", "left", "space", "enter", "q"]


async def test_an_arrow_that_comes_in_pieces_is_no_escape(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """As over a slow connection, where the first byte alone would have ended the stretch."""
    monkeypatch.setattr("unsit.adapters.tty._ESCAPE_WITHIN_S", 60)  # however slow the machine
    await typed.write(b"\x1b", b"[C", b"\x1b", b"OC", b"\x1b[", b"D")
    assert await typed.until(3) == ["right", "right", "left"]


async def test_escape_alone_is_a_key(typed: Typed) -> None:
    """Known a moment later, since nothing else tells it from the beginning of an arrow."""
    await typed.write(b"\x1b")
    assert await typed.until(1) == ["escape"]
    await typed.write(b"n")
    assert await typed.until(2) == ["escape", "n"]


async def test_a_paste_is_no_key(typed: Typed) -> None:
    """Nobody meant so many at once."""
    await typed.write(b"hello, world, stop")
    await typed.write(b"\x1b")
    assert await typed.until(1) == ["escape"]


@pytest.mark.parametrize(
    ("environ", "depth", "is_on_light"),
    [
        ({"TERM": "xterm-256color"}, 256, False),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 16777216, False),
        ({"TERM": "linux"}, 16, False),
        ({"TERM": "rxvt-256color", "COLORFGBG": "0;default;15"}, 256, True),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, 0, False),
    ],
)
def test_colours_are_those_the_terminal_says_it_has(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], depth: int, is_on_light: bool
) -> None:
    """And none where none are wanted (no-color.org)."""
    monkeypatch.setattr("unsit.adapters.tty._name_of", lambda _fd: "/dev/pts/1")
    tty = Tty(environ)
    assert (tty.depth, tty.is_on_light) == (depth, is_on_light)


def test_where_blocks_may_be_two_cells_wide() -> None:
    """In the languages whose terminals can be set so."""
    assert Tty({**TERMINAL, "LANG": "ja_JP.UTF-8"}).has_wide_blocks
    assert not Tty({**TERMINAL, "LC_ALL": "de_DE.UTF-8", "LANG": "ja_JP.UTF-8"}).has_wide_blocks


@pytest.mark.parametrize(
    ("stream", "language", "term", "written"),
    [
        ("utf-8", "UTF-8", "xterm", "Dehnung für ━".encode()),
        ("utf-8", "ANSI_X3.4-1968", "xterm", b"Dehnung f?r ?"),
        ("iso8859-1", "ISO-8859-1", "xterm", "Dehnung für ?".encode("latin-1")),
        ("utf-8", "UTF-8", "linux", "Dehnung für ━".encode()),
    ],
)
def test_what_is_written_is_in_the_terminals_encoding(
    monkeypatch: pytest.MonkeyPatch, stream: str, language: str, term: str, written: bytes
) -> None:
    """With LC_ALL=C Python itself would write UTF-8; the Linux console takes that, and has only a poor font."""
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding=stream))
    monkeypatch.setattr("locale.getencoding", lambda: language)
    reading, writing = os.pipe()
    tty = Tty({"TERM": term}, read_from=reading, write_to=writing)
    tty.write("Dehnung für ━")
    assert os.read(reading, 99) == written
    assert tty.has_unicode == (language == "UTF-8" and term == "xterm")
    os.close(reading)
    os.close(writing)


async def test_a_pipe_that_nobody_reads_any_more_is_told_of_once() -> None:
    """As behind `| head`: what is written afterwards goes nowhere, and raises nothing."""
    reading, writing = os.pipe()
    keys, tty = Keys(), Tty(TERMINAL, read_from=reading, write_to=writing)
    tty.open(keys)
    tty.write("read\n")
    assert os.read(reading, 99) == b"read\n"
    assert keys.unread == 0
    os.close(reading)
    tty.write("unread\n")
    tty.write("unread\n")
    assert (keys.unread, tty.is_gone) == (1, True)
    tty.close()
    os.close(writing)
