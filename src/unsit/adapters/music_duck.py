"""ports.Music: everything else that sounds is made quieter for the stretch (PulseAudio, PipeWire), by a process of its own.

`DuckedMusic` is the daemon's side. The process holds the volumes down as long as its standard input is open: the kernel
closes that when the daemon dies, however it dies, and so there is one way back for both.

A sound server remembers the volume of a program beyond its streams: one whose track ended while it was quieter would begin
the next one so. For these the process stays a while, asleep until the server tells of a new stream.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, Final

QUIETER: Final = 0.4
"""Times the volume, on PulseAudio's scale, where that is -24 dB: there, and no match for a voice."""
OWN: Final = frozenset({"paplay", "pacat", "pw-play", "pw-cat", "aplay", "espeak-ng", "espeak", "speech-dispatcher"})
"""Programs that a coach is heard through, as they name themselves (application.process.binary)."""
PACTL_WITHIN_S: Final = 3.0
STAYS_S: Final = 600.0
"""For programs that do not sound when all is over."""

_ENVIRONMENT: Final = {**os.environ, "LC_ALL": "C"}
"""For pactl, whose news are sentences."""


class DuckedMusic:
    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    async def quieten(self) -> None:
        """Raises AdapterError without pactl."""
        from unsit.adapters.child import wait_for
        from unsit.ports import AdapterError
        from unsit.words import _

        if self._process is not None:
            return
        if shutil.which("pactl") is None:
            raise AdapterError(_("Music is not made quieter: pactl is not installed (pulseaudio-utils)."))
        self._process = _start()
        wait_for(self._process)

    async def restore(self) -> None:
        """Returns at once; the process does it, and ends when nothing is left to be done."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None


def _start() -> subprocess.Popen[bytes]:
    """In a session of its own: what ends the daemon must not end it too, before it has put things right."""
    return subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


# ------------------------------------------------------------------------------------------------------- in the process


class Ducker:
    """Attributes: known: stream -> (its volumes before, ours)."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[list[int], list[int]]] = {}
        self._of_program: dict[str, tuple[list[int], list[int]]] = {}

    def duck(self) -> None:
        """Whatever sounds now."""
        for stream in _streams():
            number, name, volumes = stream["index"], _program(stream), _volumes(stream)
            if number in self.known or name in OWN or not volumes:
                continue
            before = self._of_program.get(name)
            if before is not None and before[1] == volumes:
                # The next track: the sound server remembers what we have made of the program's volume.
                self.known[number] = before
                continue
            quieter = [round(QUIETER * volume) for volume in volumes]
            self.known[number] = self._of_program[name] = volumes, quieter
            _pactl("set-sink-input-volume", str(number), *map(str, quieter))

    def restore(self) -> bool:
        """But where somebody has turned a volume since, it is theirs. True: each program has been seen to sound as before."""
        for stream in _streams():
            name, volumes = _program(stream), _volumes(stream)
            before, ours = self.known.get(stream["index"]) or self._of_program.get(name) or ([], [])
            if before and volumes == ours:
                _pactl("set-sink-input-volume", str(stream["index"]), *map(str, before))
            self._of_program.pop(name, None)
        return not self._of_program


def _streams() -> list[dict[str, Any]]:
    answer = _pactl("--format=json", "list", "sink-inputs")
    found = json.loads(answer or "[]")
    return found if isinstance(found, list) else []


def _volumes(stream: dict[str, Any]) -> list[int]:
    return [channel["value"] for channel in (stream.get("volume") or {}).values()]


def _program(stream: dict[str, Any]) -> str:
    properties = stream.get("properties") or {}
    binary = properties.get("application.process.binary") or ""
    name = str(properties.get("application.name") or "")
    # speech-dispatcher's modules have names of their own: sd_espeak-ng, speech-dispatcher-espeak-ng.
    if name.startswith("speech-dispatcher") or binary.startswith("sd_"):
        return "speech-dispatcher"
    return PurePath(binary).name or name


def _pactl(*words: str) -> str:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(
            ["pactl", *words], capture_output=True, text=True, timeout=PACTL_WITHIN_S, env=_ENVIRONMENT
        ).stdout
    return ""


def main() -> None:
    """Hold the volumes down until standard input ends, and set them right."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    ducker = Ducker()
    news = subprocess.Popen(["pactl", "subscribe"], stdout=subprocess.PIPE, env=_ENVIRONMENT)
    try:
        ducker.duck()
        _follow(news, ducker.duck, until_end_of=0)
        if not ducker.restore():
            _follow(news, ducker.restore, within_s=STAYS_S)
    finally:
        news.kill()
        ducker.restore()


def _follow(
    news: subprocess.Popen[bytes],
    on_stream: Callable[[], object],
    *,
    until_end_of: int | None = None,
    within_s: float | None = None,
) -> None:
    """Whenever a stream begins; until a descriptor ends, in a limited time, or until `on_stream` says True."""
    told = news.stdout
    if told is None:
        return
    end_s = None if within_s is None else time.monotonic() + within_s
    with selectors.DefaultSelector() as waiting:
        waiting.register(told, selectors.EVENT_READ)
        if until_end_of is not None:
            waiting.register(until_end_of, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(None if end_s is None else max(0.0, end_s - time.monotonic()))
            if not ready or any(key.fd == until_end_of for key, _mask in ready):
                return  # nothing is ever written to that
            said = os.read(told.fileno(), 65536)
            if not said:  # the sound server has ended
                waiting.unregister(told)
            elif b"'new' on sink-input" in said and on_stream() is True:
                return


if __name__ == "__main__":
    main()
