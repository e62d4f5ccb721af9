"""The terminal that the program was started in: single keys come in, text goes out, and it is left as it was found.

What is written and what a key means is decided in terminal.py. Here is only the device: its modes, its size, job control, and
that a stalled connection (ssh on a train) stalls nobody.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import locale
import logging
import os
import re
import shutil
import signal
import sys
import termios
from collections.abc import Mapping
from typing import Any, Final, Literal, Protocol

log = logging.getLogger(__name__)

UNSENT_MOST_BYTES: Final = 64 * 1024
"""What a terminal that takes nothing may leave waiting; more is dropped, for it will be drawn anew anyway."""
PASTE_LEAST_KEYS: Final = 8
"""So many keys at once are a paste, or a cat: nobody meant them."""

# Alternate screen, hidden cursor, no wrapping at the right edge (xterm's ctlseqs: 1049, 25, DECAWM 7); and back.
SCREEN_ON: Final = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
SCREEN_OFF: Final = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"

_KEY: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b.|.", re.DOTALL)
"""ECMA-48 control sequences, SS3 function keys, Alt with a key; otherwise one character."""
_NAMES: Final[Mapping[str, str]] = {
    "\r": "enter",
    "\n": "enter",
    " ": "space",
    "\x1b[C": "right",
    "\x1bOC": "right",
    "\x1b[D": "left",
    "\x1bOD": "left",
    "\x1b": "escape",
}
_ESCAPE_WITHIN_S: Final = 0.1
"""An escape with nothing after it for so long was the key; sooner, the rest of a sequence that came in two pieces."""
_BEGUN: Final = re.compile(r"\x1b(\[[0-?]*[ -/]*|O)?\Z")
"""A sequence that is not whole."""
_WIDE_LANGUAGES: Final = ("zh", "ja", "ko")
"""Where terminals may be set to draw the characters of ambiguous width (UAX #11), block elements among them, two cells wide."""


class Reader(Protocol):
    """Who uses the terminal; every call is made on the loop."""

    def handle_key(self, key: str) -> None:
        """A lower-case character, or `enter`, `space`, `left`, `right`, `escape`."""

    def handle_resize(self) -> None: ...
    def handle_leave(self) -> None:
        """The program is about to be stopped by job control (Ctrl-Z): take what is temporary from the screen."""

    def handle_return(self) -> None:
        """It goes on, in the foreground or not."""

    def handle_gone(self) -> None:
        """The terminal was closed, or wants the program gone."""

    def handle_unread(self) -> None:
        """The output is no terminal, and nobody reads it any more (`| head`)."""


class Tty:
    """Attributes:
    is_screen: what is written can be taken back: the cursor moves.
    name: its device; empty where the output is no terminal.
    depth: how many colours it has; 0 where none are wanted.
    is_on_light: its background is light, as far as it says.
    """

    def __init__(self, environ: Mapping[str, str] | None = None, *, read_from: int = 0, write_to: int = 1) -> None:
        environ = os.environ if environ is None else environ
        self._in, self._out = read_from, write_to
        self.name = _name_of(self._out)
        self._term = environ.get("TERM", "")
        self.is_screen = bool(self.name) and self._term not in ("", "dumb", "unknown")
        self.has_color = self.is_screen and not environ.get("NO_COLOR")
        self.depth = _depth(self._term, environ.get("COLORTERM", "")) if self.has_color else 0
        # rxvt, Konsole and others: "foreground;background", by the numbers of the sixteen colours.
        self.is_on_light = environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
        language = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")
        self.has_wide_blocks = language[:2] in _WIDE_LANGUAGES
        self._encoding = _encoding_of(sys.stdout.encoding or "ascii", locale.getencoding())
        # The Linux console has no heavy lines in its font.
        self.has_unicode = self._term != "linux" and self._encoding == "utf-8"
        self._reader: Reader | None = None
        self._found: list[Any] | None = None
        """The modes before us, while ours are set."""
        self._begun = ""
        """The beginning of a sequence, until the rest of it comes."""
        self._begun_end: asyncio.TimerHandle | None = None
        self._own: int | None = None
        self._unsent = bytearray()
        self._is_waiting = False
        self._is_gone = False

    # ------------------------------------------------------------------------------------------------------------- the life

    def open(self, reader: Reader) -> None:
        self._reader = reader
        self._own = self._open_own()
        if not (self.name or _name_of(self._in)):
            return
        loop = asyncio.get_running_loop()
        # Over what the daemon does with these elsewhere: a terminal that hangs up ends it, and so does Ctrl-\.
        # The hang-up may be somebody's word only, so what is left is tried: close() writes all the same.
        loop.add_signal_handler(signal.SIGHUP, reader.handle_gone)
        loop.add_signal_handler(signal.SIGQUIT, reader.handle_gone)
        loop.add_signal_handler(signal.SIGWINCH, reader.handle_resize)
        loop.add_signal_handler(signal.SIGTSTP, self._stop)
        loop.add_signal_handler(signal.SIGCONT, self._go_on)
        self.take()

    def close(self) -> None:
        """The terminal is as it was. Twice is once."""
        if self._reader is None:
            return
        self._reader = None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGQUIT, signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT):
            loop.remove_signal_handler(number)
        self._give_back()
        self._send()
        self._stop_waiting()
        if self._own is not None:
            os.close(self._own)
            self._own = None

    @property
    def has_keys(self) -> bool:
        return self._found is not None

    @property
    def is_gone(self) -> bool:
        return self._is_gone

    @property
    def is_ours(self) -> bool:
        """Nobody else writes here now: this is the foreground of the terminal."""
        return _is_foreground(self._out)

    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        with contextlib.suppress(OSError):
            columns, rows = os.get_terminal_size(self._out)
            if columns and rows:
                return columns, rows
        fallback = shutil.get_terminal_size()
        return fallback.columns, fallback.lines

    # --------------------------------------------------------------------------------------------------------------- output

    def write(self, text: str) -> None:
        """All of it, as soon as the terminal takes it. Never blocks on a terminal."""
        if self._is_gone:
            return
        data = text.encode(self._encoding, "replace")
        if self._own is None:
            self._write_blocking(data)
            return
        if len(self._unsent) + len(data) > UNSENT_MOST_BYTES:
            return
        self._unsent += data
        if not self._is_waiting:
            self._send()

    @property
    def is_behind(self) -> bool:
        """What was written last has not been taken yet: what would be drawn over anyway is not worth writing."""
        return self._is_waiting

    def _write_blocking(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._out, data) :]
        except OSError as error:
            log.info("The output has gone: %s", error)
            self._is_gone = True
            if self._reader is not None:
                self._reader.handle_unread()

    def _send(self) -> None:
        if self._own is None:
            return
        try:
            while self._unsent:
                del self._unsent[: os.write(self._own, self._unsent)]
        except BlockingIOError:
            if not self._is_waiting:
                self._is_waiting = True
                asyncio.get_running_loop().add_writer(self._own, self._send)
            return
        except OSError:
            self._unsent.clear()
            self._stop_waiting()
            self._hang_up()
            return
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        if self._is_waiting and self._own is not None:
            self._is_waiting = False
            asyncio.get_running_loop().remove_writer(self._own)

    def _open_own(self) -> int | None:
        """The terminal opened anew: only so it can be written to without blocking, and the shell does not notice."""
        if not self.name:
            return None
        try:
            return os.open(self.name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:  # somebody else's, after su; or of another container
            log.info("%s cannot be opened anew: %s", self.name, error)
            return None

    # ----------------------------------------------------------------------------------------------------------------- keys

    def take(self) -> None:
        """Single keys, not echoed, if this is the foreground: in the background setting a mode would stop the process. Twice
        is once; a shell that brings a running job to the foreground does not tell it."""
        if self._reader is None or self._found is not None or not _name_of(self._in) or not _is_foreground(self._in):
            return
        try:
            self._found = termios.tcgetattr(self._in)
            self._set_modes()
        except termios.error as error:
            log.info("No keys from this terminal: %s", error)
            self._found = None
            return
        asyncio.get_running_loop().add_reader(self._in, self._read)

    def _set_modes(self) -> None:
        modes = termios.tcgetattr(self._in)
        modes[0] &= ~termios.IXON  # Ctrl-S would stop the output, and who writes with it
        modes[3] &= ~(termios.ECHO | termios.ICANON)
        modes[6][termios.VMIN], modes[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._in, termios.TCSANOW, modes)

    def _give_back(self) -> None:
        if self._found is None:
            return
        asyncio.get_running_loop().remove_reader(self._in)
        self._stop_begun()
        if _is_foreground(self._in):
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._in, termios.TCSANOW, self._found)
        self._found = None

    def _read(self) -> None:
        try:
            data = os.read(self._in, 4096)
        except OSError:
            data = b""
        if not data:
            self._hang_up()
            return
        text, self._begun = self._begun + data.decode("utf-8", "replace"), ""
        self._stop_begun()
        if begun := _BEGUN.search(text):
            text, self._begun = text[: begun.start()], begun[0]
            self._begun_end = asyncio.get_running_loop().call_later(_ESCAPE_WITHIN_S, self._end_begun)
        self._hand_on(_KEY.findall(text))

    def _hand_on(self, keys: list[str]) -> None:
        if len(keys) >= PASTE_LEAST_KEYS:
            return
        for key in keys:
            if self._reader is not None:
                self._reader.handle_key(_NAMES.get(key, key.lower()))

    def _end_begun(self) -> None:
        """Nothing followed: these were keys."""
        keys, self._begun = self._begun, ""
        self._hand_on(_KEY.findall(keys))

    def _stop_begun(self) -> None:
        if self._begun_end is not None:
            self._begun_end.cancel()
            self._begun_end = None

    # ---------------------------------------------------------------------------------------------------------- job control

    def _stop(self) -> None:
        if self._reader is None:
            return
        self._reader.handle_leave()
        self._give_back()
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTSTP)  # now it stops us, as it does anybody
        os.kill(os.getpid(), signal.SIGTSTP)

    def _go_on(self) -> None:
        if self._reader is None:
            return
        asyncio.get_running_loop().add_signal_handler(signal.SIGTSTP, self._stop)
        if self._found is not None and _is_foreground(self._in):  # stopped without a word: others have set theirs since
            with contextlib.suppress(termios.error):
                self._set_modes()
        self.take()
        self._reader.handle_return()

    def _hang_up(self) -> None:
        reader, self._is_gone = self._reader, True
        if self._found is not None:
            asyncio.get_running_loop().remove_reader(self._in)
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._in, termios.TCSANOW, self._found)
            self._found = None
        if reader is not None:
            reader.handle_gone()


def _name_of(fd: int) -> str:
    """The terminal's device; a name of some kind for one that has none here; empty where it is no terminal."""
    try:
        if not os.isatty(fd):
            return ""
        return os.ttyname(fd)
    except OSError:
        return "tty"


def _encoding_of(stream: str, language: str) -> str:
    """What a terminal takes. Python writes UTF-8 also where the language says ASCII, as with LC_ALL=C (PEP 540).

    Args:
        stream, language: the encodings of the standard output, and of LC_ALL, LC_CTYPE or LANG.
    """
    said, wanted = (codecs.lookup(name).name for name in (stream, language))
    return wanted if said == "utf-8" else said


def _depth(term: str, color_term: str) -> Literal[16, 256, 16777216]:
    """By what terminals say of themselves: there is no surer way that does not ask them and wait."""
    if color_term in ("truecolor", "24bit") or term.endswith("-direct"):
        return 16777216
    return 256 if "256color" in term else 16


def _is_foreground(fd: int) -> bool:
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False
