"""ports.Music: everything else that sounds is made quieter for the stretch (PulseAudio, PipeWire), by a process of its own.

`DuckedMusic` is the daemon's side, and says on the process's standard input what is wanted. When that ends, all is to be as
it was: the kernel closes it when the daemon dies, however it dies.

A sound server remembers the volume of a program beyond its streams: one whose track ended while it was quieter would begin
the next one so. For these the process stays a while, asleep until the server tells of a new stream.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import selectors
import shutil
import signal
import subprocess
import sys
import time
from pathlib import PurePath
from typing import Any, ClassVar, Final

QUIETER: Final = 0.4
"""Times the volume, on PulseAudio's scale, where that is -24 dB: there, and no match for a voice."""
QUIET, LOUD = b"q", b"l"
OWN: Final = frozenset({"paplay", "pacat", "pw-play", "pw-cat", "aplay", "espeak-ng", "espeak", "speech-dispatcher"})
"""Programs that a coach is heard through, as they name themselves (application.process.binary)."""
PACTL_WITHIN_S: Final = 3.0
STAYS_S: Final = 600.0
"""For programs that do not sound when all is over."""

_ENVIRONMENT: Final = {**os.environ, "LC_ALL": "C"}
"""For pactl, whose news are sentences."""


class DuckedMusic:
    """One process serves all stretches: while that of the last one waits for a program to sound again, a second would take
    the quiet volume for the program's own."""

    _process: ClassVar[subprocess.Popen[bytes] | None] = None

    async def quieten(self) -> None:
        """Raises AdapterError without pactl."""
        from unsit.adapters.child import wait_for
        from unsit.ports import AdapterError
        from unsit.words import _

        if shutil.which("pactl") is None:
            raise AdapterError(_("Music is not made quieter: pactl is not installed (pulseaudio-utils)."))
        if not self._tell(QUIET):
            DuckedMusic._process = process = _start()
            wait_for(process)

    async def restore(self) -> None:
        """Returns at once; the process does it, and ends when nothing is left to be done."""
        self._tell(LOUD)

    def _tell(self, word: bytes) -> bool:
        """False: there is nobody to tell."""
        process = self._process
        if process is None or process.stdin is None or process.poll() is not None:
            return False
        try:
            os.write(process.stdin.fileno(), word)
        except OSError:  # it has just ended
            return False
        return True


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
        self.known.clear()
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
    """Hold the volumes down, and set them right, as standard input says."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    ducker = Ducker()
    news = subprocess.Popen(["pactl", "subscribe"], stdout=subprocess.PIPE, env=_ENVIRONMENT)
    try:
        ducker.duck()
        if news.stdout is not None:
            _serve(ducker, news.stdout.fileno(), 0)
    finally:
        news.kill()
        ducker.restore()


def _serve(ducker: Ducker, news: int, orders: int) -> None:
    """Until everything is as it was, and nothing more is wanted.

    Args:
        news: a descriptor with pactl's lines.
        orders: one with QUIET and LOUD.
    """
    is_quiet, end_s, line = True, math.inf, b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(news, selectors.EVENT_READ)
        waiting.register(orders, selectors.EVENT_READ)
        while True:
            ready = waiting.select(None if is_quiet else max(0.0, end_s - time.monotonic()))
            if not ready:
                return
            for key, _mask in ready:
                said = os.read(key.fd, 65536)
                if not said:  # the sound server has ended, or the daemon
                    waiting.unregister(key.fd)
                if key.fd == orders:
                    is_quiet = said[-1:] == QUIET
                    end_s = time.monotonic() + STAYS_S
                else:
                    *lines, line = (line + said).split(b"\n")
                    if not any(b"'new' on sink-input" in whole for whole in lines):
                        continue
                if is_quiet:
                    ducker.duck()
                elif ducker.restore() and not select.select([orders], [], [], 0)[0]:
                    return
            if orders not in waiting.get_map() and ducker.restore():
                return


if __name__ == "__main__":
    main()
