"""Speech over speech-dispatcher: what screen readers speak through, in the voice that the person has chosen there.

SSIP, its protocol (https://htmlpreview.github.io/?https://github.com/brailcom/speechd/blob/master/doc/ssip.html): one line a
command, answers of a three-digit code, and events of the 700s when a message begins, ends or is cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final

from unsit.adapters import child
from unsit.ports import AdapterError
from unsit.words import _

if TYPE_CHECKING:
    from unsit.adapters.voice import Manner

ANSWER_WITHIN_S: Final = 1.0
SPAWN_WITHIN_S: Final = 2.5
_QUEUED: Final = "225"
_ENDED, _CANCELLED = "702", "703"
_NO_VOICES: Final = frozenset({"dummy"})
"""The module that says, recorded, that no other works."""


class SpeechDispatcher:
    name = "speech-dispatcher"

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._spawning: asyncio.Future[None] | None = None
        self._is_closed = False
        self._asked: deque[asyncio.Future[list[str]]] = deque()
        """Those who wait for an answer, in the order in which they asked; some have given up waiting."""
        self._over: dict[str, asyncio.Future[None]] = {}
        """Message -> it has ended, or was cancelled."""

    def is_there(self) -> bool:
        return _socket().exists() or shutil.which("speech-dispatcher") is not None

    async def start(self) -> None:
        path = _socket()
        try:
            await self._connect(path)
        except OSError:
            # To its end, even if nobody wants to hear it any more: one that no client has ever left stays for ever.
            self._spawning = asyncio.ensure_future(self._spawn_and_connect(path))
            await asyncio.shield(self._spawning)
        user = os.environ.get("USER") or "user"
        await self._ask(f"SET self CLIENT_NAME {user}:unsit:guide")
        modules = {line[4:].strip() for line in (await self._ask("LIST OUTPUT_MODULES"))[:-1]}
        if not modules - _NO_VOICES:
            raise AdapterError(_("it has no voices"))
        manner = self._manner
        for words in (
            f"LANGUAGE {manner.language}",
            f"RATE {_rate(manner.rate)}",
            f"VOLUME {2 * manner.volume - 100}",
            "PRIORITY important",
            "NOTIFICATION END ON",
            "NOTIFICATION CANCEL ON",
            *([f"SYNTHESIS_VOICE {manner.name}"] if manner.name else []),
        ):
            # A module that does not know a wish speaks in its own manner.
            with contextlib.suppress(AdapterError):
                await self._ask(f"SET self {words}")

    async def say(self, sentence: str, limit_s: float) -> None:
        if self._writer is None or self._reading is None or self._reading.done():
            raise AdapterError(_("it has gone"))
        self._over.clear()  # one message at a time
        text = " ".join(sentence.split())
        # All of it at once: whoever is cancelled in between would leave a message that takes every command for its text.
        # A line of a single dot ends it; one more before a line that begins so is taken away at the other end.
        accepted = self._send("SPEAK")
        queued = self._send(f".{text}\r\n." if text.startswith(".") else f"{text}\r\n.")
        try:
            await self._answer(accepted)
            over = self._over[(await self._answer(queued))[0][4:].strip()]
            async with asyncio.timeout(limit_s):
                await over
        except asyncio.CancelledError:
            self._send("CANCEL SELF")
            raise
        except TimeoutError:
            self._send("CANCEL SELF")
            raise AdapterError(_("it hangs")) from None

    async def length_s(self, sentence: str) -> float | None:
        """It depends on the voice that the person has chosen there."""
        return None

    def close(self) -> None:
        self._is_closed = True
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._send("CANCEL SELF")
            self._send("QUIT")
            self._writer.close()
            self._writer = None

    async def _spawn_and_connect(self, path: Path) -> None:
        await _spawn()
        try:
            await self._connect(path)
        except OSError as error:
            raise AdapterError(_("it cannot be reached ({why})").format(why=error.strerror or error)) from error

    async def _connect(self, path: Path) -> None:
        self._reader, self._writer = await asyncio.open_unix_connection(path)
        if self._is_closed:
            self._writer.close()
            return
        self._reading = asyncio.get_running_loop().create_task(self._read(self._reader))

    def _send(self, line: str) -> asyncio.Future[list[str]]:
        """The result is its answer, whether or not anybody waits for that."""
        answer: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        if self._writer is not None:
            self._writer.write(f"{line}\r\n".encode())
        return answer

    async def _ask(self, line: str) -> list[str]:
        return await self._answer(self._send(line))

    async def _answer(self, answer: asyncio.Future[list[str]]) -> list[str]:
        """Its lines; raises AdapterError where it is a refusal."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                lines = await answer
        except TimeoutError:
            raise AdapterError(_("it does not answer")) from None
        if not lines or lines[-1][:1] != "2":
            raise AdapterError(lines[-1] if lines else _("it has gone"))
        return lines

    async def _read(self, reader: asyncio.StreamReader) -> None:
        lines: list[str] = []
        with contextlib.suppress(OSError):
            while line := (await reader.readline()).decode(errors="replace").rstrip():
                lines.append(line)
                if line[3:4] != "-":
                    self._take(lines)
                    lines = []
        for answer in self._asked:
            if not answer.done():
                answer.set_result([])
        for over in self._over.values():
            if not over.done():
                over.set_exception(AdapterError(_("it has gone")))

    def _take(self, lines: list[str]) -> None:
        code = lines[-1][:3]
        if code in (_ENDED, _CANCELLED):
            over = self._over.get(lines[0][4:].strip())
            if over is not None and not over.done():
                over.set_result(None)
        elif not code.startswith("7"):
            if code == _QUEUED:  # here, since a short one may be over before anybody has read that it was queued
                self._over[lines[0][4:].strip()] = asyncio.get_running_loop().create_future()
            answer = self._asked.popleft() if self._asked else None
            if answer is not None and not answer.done():
                answer.set_result(lines)


def _socket() -> Path:
    """Where it listens, as its own library looks for it."""
    kind, _colon, path = os.environ.get("SPEECHD_ADDRESS", "").partition(":")
    if kind == "unix_socket" and path:
        return Path(path)
    return Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent"), "speech-dispatcher", "speechd.sock")


async def _spawn() -> None:
    """Where nobody has needed it yet in this session; it ends itself when nobody does any more."""
    if os.environ.get("SPEECHD_ADDRESS") or shutil.which("speech-dispatcher") is None:
        raise AdapterError(_("it does not run"))
    try:
        status = await child.run(["speech-dispatcher", "--spawn"], limit_s=SPAWN_WITHIN_S)
    except (OSError, TimeoutError) as error:
        raise AdapterError(_("it does not start")) from error
    if status:
        raise AdapterError(_("it does not start"))


def _rate(percent: int) -> int:
    """From per cent of the usual speed to SSIP's -100 to 100, as its module for espeak-ng spreads them: 80, 170 and 449
    words a minute (espeak.c: EspeakMinRate, the normal rate, EspeakMaxRate)."""
    return round((percent - 100) * (0.6 if percent > 100 else 1.9))
