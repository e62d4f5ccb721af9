"""ports.Music: everything else that sounds is made quieter for the stretch (PulseAudio, PipeWire), by a process of its own.

`DuckedMusic` is the daemon's side. The process holds the volumes down as long as its standard input is open: the kernel
closes that when the daemon dies, however it dies, and so there is one way back for both.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import PurePath
from typing import Any, Final

QUIETER: Final = 0.4
"""Times the volume, on PulseAudio's scale, where that is -24 dB: there, and no match for a voice."""
OWN: Final = frozenset({"paplay", "pacat", "pw-play", "pw-cat", "aplay", "espeak-ng", "espeak", "speech-dispatcher"})
"""Programs that a coach is heard through, as they name themselves (application.process.binary)."""
PACTL_WITHIN_S: Final = 3.0
RESTORED_WITHIN_S: Final = 2.0

log = logging.getLogger(__name__)


class DuckedMusic:
    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    async def quieten(self) -> None:
        """Raises AdapterError without pactl."""
        from unsit.ports import AdapterError
        from unsit.words import _

        if self._process is not None and self._process.poll() is None:
            return
        if shutil.which("pactl") is None:
            raise AdapterError(_("Music is not made quieter: pactl is not installed (pulseaudio-utils)."))
        self._process = _start()

    async def restore(self) -> None:
        from unsit.adapters.launch import ended

        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            async with asyncio.timeout(RESTORED_WITHIN_S):
                await ended(process)
        except TimeoutError:
            log.warning("Whatever makes the music quieter takes long to make it louder again")


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

    def restore(self) -> None:
        """But where somebody has turned a volume since, it is theirs."""
        for stream in _streams():
            before, ours = self.known.get(stream["index"], ([], []))
            if before and _volumes(stream) == ours:
                _pactl("set-sink-input-volume", str(stream["index"]), *map(str, before))


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
            ["pactl", *words], capture_output=True, text=True, timeout=PACTL_WITHIN_S, env={**os.environ, "LC_ALL": "C"}
        ).stdout
    return ""


def main() -> None:
    """Until standard input ends."""
    import selectors

    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    ducker = Ducker()
    news = subprocess.Popen(["pactl", "subscribe"], stdout=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"})
    try:
        ducker.duck()
        waiting = selectors.DefaultSelector()
        waiting.register(0, selectors.EVENT_READ)
        if news.stdout is not None:
            os.set_blocking(news.stdout.fileno(), False)
            waiting.register(news.stdout, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _mask in waiting.select()}
            if 0 in ready:
                return  # nothing is ever written to it
            said = os.read(news.stdout.fileno(), 65536) if news.stdout else b""
            if not said:
                waiting.unregister(news.stdout)  # type: ignore[arg-type]  # registered above, so it is there
            elif b"'new' on sink-input" in said:
                ducker.duck()
    finally:
        news.kill()
        ducker.restore()


if __name__ == "__main__":
    main()
