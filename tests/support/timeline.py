"""One written day for both: `unsit simulate` reads it, and here it happens to the real daemon on a real desktop.

Each line becomes the real thing: hands that move the pointer or rest, logind that locks, a microphone that is listened to,
a process that is killed. When it was done is written down, so that the simulation can be asked about the day as it was,
however busy the machine. What the daemon decided is read from its log, in the words of `unsit simulate`.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as datetime_module
import os
import re
import shlex
import signal
import sqlite3
import struct
import subprocess
import time
import zoneinfo
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

from support.daemon_run import DaemonRun, Session
from support.desktop import Desktop
from support.sound import add_microphone, start_sound
from unsit.control_client import CommandError
from unsit.core import model
from unsit.durations import format_compact, parse_duration
from unsit.simulation.lines import describe

NEEDS: Final = ("dunst", "dunstctl", "pulseaudio", "pactl", "parec", "xdotool", "/usr/bin/python3")
ZONE: Final = "Asia/Kabul"
"""Only the name of a zone that everybody knows: its time is the test's own."""
TOUCHED_EVERY_S: Final = 0.2
STAMPED_PER_S: Final = 64
"""A fraction that six decimals write in full, and the core's clock counts in full."""
_DECIDED: Final = re.compile(r"^(\S+ \S+) INFO unsit\.daemon\.shell: ([A-Z][a-z]+[A-Za-z]*\(.*\))$", re.M)
_NAMES: Final = {**vars(model), "datetime": datetime_module}


class Happened(NamedTuple):
    """One line of a script, when it was done.

    Attributes:
        text: without the time, as `unsit simulate` reads it.
    """

    wall_s: float
    text: str


class Said(NamedTuple):
    """One decision. Attributes: about: its fields, as `unsit simulate` prints them."""

    words: str
    about: dict[str, str]

    @property
    def shown(self) -> str:
        return " ".join([self.words, *(f"{key}={value}" for key, value in self.about.items())])


class Timeline:
    """A script, and the desktop that it happens on.

    Lines are those of `unsit simulate` with times as `+D`, which here is from the end of the line before it. `clock` and
    `reboot` are missing: a test cannot set the clock of the machine nor restart it.
    `lock  # switched away` locks by another session that takes the screen; for the simulation it is any lock.
    """

    def __init__(self, config: str, script: str) -> None:
        self.config = config
        self.script = script.strip().splitlines()
        self.happened: list[Happened] = []
        self._room: Desktop | None = None
        self._hand: subprocess.Popen[str] | None = None
        self._call: subprocess.Popen[str] | None = None
        self._was_switched = False

    # ------------------------------------------------------------------------------------------------------- the desktop

    def prepare(self, closing_after_s: float | None = None) -> None:
        """Everything but the daemon.

        Args:
            closing_after_s: the clocks of this room show noon so much later: hours begin and end with a minute.
        """
        self._room = desktop = Desktop(system_bus=True)
        self.logind = Session(desktop)
        desktop.start_dunst()
        self._has_sound = any(line.split()[1:3] == ["hold", "call"] for line in self.script)
        if self._has_sound:
            start_sound(desktop, "pulseaudio")
            self._microphone = add_microphone(desktop, "pulseaudio")
        self._noon_after_s = closing_after_s
        self.run = DaemonRun(desktop, self.config)

    def close(self) -> None:
        if self._room is not None:
            self._room.close()

    @property
    def desktop(self) -> Desktop:
        assert self._room is not None
        return self._room

    # -------------------------------------------------------------------------------------------------------- it happens

    async def live(self) -> None:
        """Line by line. What was decided is in `said` afterwards, what the simulation says to the same day in `simulated`."""
        self._set_clocks()
        for line in self.script:
            time_text, *words = shlex.split(line, comments=True)
            if time_text.startswith("+"):
                await asyncio.sleep(parse_duration(time_text[1:]))
            self._is_switch = "# switched away" in line
            await self._happen(words)
        self.run.done("quit")
        assert self.run.process is not None
        self.run.process.wait(10)

    async def _happen(self, words: list[str]) -> None:
        word, *arguments = words
        handler: Callable[..., Any] | None = getattr(self, f"_on_{word}", None)
        if handler is not None:
            result = handler(*arguments)
            if asyncio.iscoroutine(result):
                result = await result
        else:
            result = None
            self._touch()
            at = time.time()
            with contextlib.suppress(CommandError):  # refused: that is among its decisions
                self.run.call(word, **_parameters(word, arguments))
            self._note(" ".join(words), at)
            return
        wall_s, text = result if result is not None else (time.time(), " ".join(words))
        self._note(text, wall_s)

    def _note(self, text: str, wall_s: float) -> None:
        wall_s = round(wall_s * STAMPED_PER_S) / STAMPED_PER_S
        if self.happened:
            wall_s = max(wall_s, self.happened[-1].wall_s)
        self.happened.append(Happened(wall_s, text))

    async def _on_start(self) -> tuple[float, str]:
        self._touch()
        return await self._start_daemon(), "start"

    def _on_end(self) -> None:
        """The last look at the clock."""

    def _on_leave(self) -> None:
        self._rest()

    def _on_back(self) -> None:
        self._touch()

    def _on_lock(self) -> None:
        self._rest()
        self._was_switched = self._is_switch
        if self._was_switched:
            self.logind.activate(False)
        else:
            self.logind.lock()

    def _on_unlock(self) -> tuple[float, str]:
        if self._was_switched:
            self.logind.activate(True)
        else:
            self.logind.lock(False)
        at = time.time()
        self._touch()
        return at, "unlock"

    async def _on_suspend(self) -> tuple[float, str]:
        """logind announces it, and then no process goes on."""
        self._rest()
        self.logind.prepare_for_sleep(True)
        await self.desktop.until(
            lambda: self._last("Slept", "Woke")[0] == "Slept", what="the daemon to be ready for sleep"
        )
        os.kill(self.run.pid, signal.SIGSTOP)
        return self._last("Slept")[1], "suspend"

    async def _on_wake(self) -> tuple[float, str]:
        os.kill(self.run.pid, signal.SIGCONT)
        at = time.time()
        self.logind.prepare_for_sleep(False)
        await self.desktop.until(lambda: self._last("Slept", "Woke")[0] == "Woke", what="the daemon to notice the wake")
        return at, "wake"

    async def _on_hold(self, reason: str) -> None:
        if reason == "dnd":
            self.desktop.run(["dunstctl", "set-paused", "true"])
            return
        assert reason == "call"
        self._call = self.desktop.start(["parec", "--device", self._microphone], "call")
        await self.desktop.until(self._is_recording, what="the recording")

    async def _on_free(self, reason: str) -> None:
        if reason == "dnd":
            self.desktop.run(["dunstctl", "set-paused", "false"])
            return
        assert reason == "call" and self._call is not None
        self.desktop.stop(self._call)
        await self.desktop.until(lambda: not self._is_recording(), what="the end of the recording")

    def _is_recording(self) -> bool:
        return bool(self.desktop.run(["pactl", "list", "short", "source-outputs"]).stdout.strip())

    def _on_set(self, key: str, *value: str) -> None:
        self.run.done("config", "set", key, " ".join(value))

    async def _on_kill(self, after: str = "0s") -> tuple[float, str]:
        at = time.time()
        self.run.kill()
        return await self._start_again("kill", at, after)

    async def _on_quit(self, after: str) -> tuple[float, str]:
        self.run.end()
        return await self._start_again("quit", self._last("Stopped")[1], after)

    async def _start_again(self, word: str, died: float, after: str) -> tuple[float, str]:
        await asyncio.sleep(parse_duration(after))
        dead_s = await self._start_daemon() - died
        return died, f"{word} {format_compact(dead_s)}"

    # --------------------------------------------------------------------------------------------------------- its parts

    async def _start_daemon(self) -> float:
        """`unsit run`, until it answers; when it began to count."""
        process = self.run.process = self.desktop.start(["unsit", "run"], "daemon")
        await self.desktop.until(
            lambda: process.poll() is not None or self.run.maybe_snapshot() is not None, 30, "the daemon's first answer"
        )
        assert process.poll() is None, self.desktop.log("daemon")
        return self._last("Started")[1]

    def _touch(self) -> None:
        """Hands that move the pointer, from now on."""
        if self._hand is None:
            moves = [
                part
                for step in ("1", "-1")
                for part in ("mousemove_relative", "--", step, "0", "sleep", str(TOUCHED_EVERY_S))
            ]
            self._hand = self.desktop.start(["xdotool", *moves * 400], "hand")

    def _rest(self) -> None:
        if self._hand is not None:
            self.desktop.stop(self._hand)
            self._hand = None

    def _last(self, *types: str) -> tuple[str, float]:
        """The newest event of these types that is on the disk, and when it was."""
        query = f"SELECT type, wall FROM event WHERE type IN ({', '.join('?' * len(types))}) ORDER BY id DESC LIMIT 1"  # noqa: S608
        with closing(sqlite3.connect(f"file:{self.run.database}?mode=ro", uri=True)) as db:
            row = db.execute(query, types).fetchone()
        return (row[0], datetime.fromisoformat(row[1]).timestamp()) if row else ("", 0.0)

    def _set_clocks(self) -> None:
        """A zone in which it is noon when the script wants it; otherwise UTC."""
        folder = Path(self.desktop.dir, "zones", *ZONE.split("/"))
        folder.parent.mkdir(parents=True)
        offset_s = 0
        if self._noon_after_s is not None:
            noon = datetime.fromtimestamp(time.time(), UTC).replace(hour=12, minute=0, second=0, microsecond=0)
            offset_s = round(noon.timestamp() - time.time() - self._noon_after_s)
        # tzfile(5): a header that counts nothing but one local time and its name.
        head = struct.pack(">4s16x6l", b"TZif", 0, 0, 0, 0, 1, 5)
        folder.write_bytes(head + struct.pack(">lBB", offset_s, 0, 0) + b"DESK\0")
        with folder.open("rb") as file:
            self._zone = zoneinfo.ZoneInfo.from_file(file, key=ZONE)
        zones = str(self.desktop.dir / "zones")
        # The C library looks into TZDIR, Python into the other.
        self.desktop.env |= {"TZ": ZONE, "TZDIR": zones, "PYTHONTZPATH": os.pathsep.join([zones, *zoneinfo.TZPATH])}

    # --------------------------------------------------------------------------------------------------- what came of it

    @property
    def said(self) -> list[Said]:
        """What the daemon decided, in order."""
        found = []
        names = _NAMES | {"zoneinfo": SimpleNamespace(ZoneInfo=lambda key: self._zone)}
        for stamp, text in _DECIDED.findall(self.run.log):
            # The log shows decisions as Python does.
            decision = eval(text, names)  # noqa: S307  # written by the program that is tested
            described = describe(decision, datetime.fromisoformat(stamp.replace(",", ".")).replace(tzinfo=UTC), 0.0)
            if described is not None:
                words, fields = described
                found.append(Said(words, {key: str(value) for key, value in fields}))
        return found

    @property
    def day(self) -> str:
        """The script with the times at which it all was done."""
        return "".join(
            f"{datetime.fromtimestamp(happened.wall_s, UTC).isoformat(timespec='microseconds')} {happened.text}\n"
            for happened in self.happened
        )

    def simulate(self) -> list[Said]:
        """What `unsit simulate` says to that day."""
        script = self.desktop.dir / "day"
        script.write_text(self.day)
        answer = self.desktop.run(["unsit", "simulate", "--config", self.run.config, "--tz", ZONE, script])
        assert answer.returncode == 0, f"{answer.stderr}\n{self.day}"
        return [_read(line) for line in answer.stdout.splitlines()]


def _parameters(word: str, arguments: list[str]) -> dict[str, str]:
    match word:
        case "begin" if arguments:
            return {"exercise": arguments[0]}
        case "snooze" | "pause" if arguments:
            return {"for": arguments[0]}
        case "choose":
            return dict(argument.split("=", 1) for argument in arguments)
    assert not arguments, f"{word} {arguments}"
    return {}


def _read(line: str) -> Said:
    """A line of `unsit simulate`."""
    _time, *parts = shlex.split(line)
    words = [part for part in parts if "=" not in part]
    return Said(" ".join(words), dict(part.split("=", 1) for part in parts if "=" in part))
