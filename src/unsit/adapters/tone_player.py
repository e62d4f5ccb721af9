"""ports.TonePlayer: a program of the system plays. Which one works is found out by the first tone.

paplay comes before pw-play: both reach PipeWire where that is the sound server, but where PipeWire runs only for screen
sharing, beside PulseAudio (Ubuntu 22.04), pw-play would play to nobody. aplay is for systems with neither.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
import time
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from unsit import paths
from unsit.adapters import child
from unsit.adapters.clip import Clip, read_clip
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

LATE_S: Final = 2.0
"""A player that still runs so long after its sound should have been over hangs. On a machine with four times the work that
it can do, one took 0.9 s longer."""
DOUBTED_S: Final = 0.5
"""A program that has not played yet and takes so much longer than its first sound may hang: what is to be heard meanwhile
goes by the next one. On a busy machine it may be well all the same."""
FAILURES_MOST: Final = 3
"""Of a player that has played, before it is given up: a sound server that is started anew takes a moment, and ticks come
every second."""

Programs = Mapping[str, Sequence[str]]
"""Name -> the command, to which the file is added."""

LINUX: Final[Programs] = {
    # The sound begins as soon as some of it is there; what is ahead in the buffer is for a busy machine.
    "paplay": ("paplay", "--client-name=Unsit", "--stream-name=Unsit", "--latency-msec=250"),
    "pw-play": ("pw-play", "--latency=100ms"),
    "aplay": ("aplay", "--quiet"),
}
MACOS: Final[Programs] = {"afplay": ("afplay",)}
"""afplay(1); not run."""
WINDOWS: Final[Programs] = {
    sys.executable: (
        sys.executable,
        "-c",
        "import sys, winsound; winsound.PlaySound(sys.argv[1], winsound.SND_FILENAME)",
    )
}
"""Python's own module, in a process of its own since it blocks; not run."""


def programs_of(platform: str) -> Programs:
    return {"darwin": MACOS, "win32": WINDOWS}.get(platform, LINUX)


class ProgramPlayer:
    """
    Args:
        programs: the best first; those that are not installed are left out.
        folder: of the tones.
    """

    def __init__(self, volume: float, programs: Programs | None = None, folder: Path | None = None) -> None:
        wanted = programs_of(sys.platform) if programs is None else programs
        self._programs = {name: words for name, words in wanted.items() if shutil.which(words[0])}
        self._volume, self._folder = volume, folder or paths.assets_dir() / "tones"
        self._tones: dict[str, Clip] = {}
        self._proven: set[str] = set()
        """Programs that have played."""
        self._late: set[str] = set()
        """Those that play now, and are doubted."""
        self._hung_at_s: dict[str, float] = {}
        """Program -> when it hung, since it last played."""
        self._has_doubts = asyncio.Event()
        self._failures = 0
        """In a row."""
        self._fault = ""

    async def play_tone(self, name: str) -> None:
        if name not in self._tones:
            try:
                self._tones[name] = read_clip(self._folder / f"{name}.wav", self._volume)
            except (OSError, wave.Error) as error:
                raise AdapterError(_("A tone cannot be read: {why}").format(why=error)) from error
        await self.play(self._tones[name])

    async def play(self, clip: Clip) -> None:
        """A clip to its end; cancelling it is silence at once. Raises AdapterError where nothing could play it."""
        while self._programs:
            name, began_s = self._next(), time.monotonic()
            try:
                status = await self._play(name, clip)
            except TimeoutError:
                self._on_hung(name, began_s)
                return  # half of it may have been heard, and it is too late for the rest
            except OSError as error:
                self._drop(name, str(error))
            else:
                if status == 0:
                    self._proven.add(name)
                    self._hung_at_s.pop(name, None)
                    self._failures = 0
                    return
                if name in self._proven and self._failures < FAILURES_MOST:
                    self._failures += 1  # the sound server may be starting anew
                    return
                self._drop(name, _("it ended with {status}").format(status=status))
        raise AdapterError(_("Nothing can play a sound: {why}.").format(why=self._why()))

    async def doubted(self) -> None:
        await self._has_doubts.wait()

    @property
    def is_proven(self) -> bool:
        """What would play next has played."""
        return bool(self._programs) and self._next() in self._proven

    def _next(self) -> str:
        """The first of the programs, but for one that is doubted."""
        return next((name for name in self._programs if name not in self._late), next(iter(self._programs)))

    async def _play(self, name: str, clip: Clip) -> int:
        doubt = None
        if name not in self._proven:
            doubt = asyncio.get_running_loop().call_later(clip.seconds + DOUBTED_S, self._begin_to_doubt, name)
        try:
            return await child.run([*self._programs[name], clip.path], limit_s=clip.seconds + LATE_S, fds=clip.fds)
        finally:
            if doubt is not None:
                doubt.cancel()
                self._late.discard(name)
            if not self._late:
                self._has_doubts.clear()

    def _begin_to_doubt(self, name: str) -> None:
        self._late.add(name)
        self._has_doubts.set()

    def _on_hung(self, name: str, began_s: float) -> None:
        """It has a second chance, after the others: on a machine that is very busy nothing may be wrong with it."""
        hung_at_s = self._hung_at_s.get(name)
        if name not in self._programs or (hung_at_s is not None and began_s < hung_at_s):
            return  # two sounds of the same moment are one
        if hung_at_s is not None:
            self._drop(name, _("it hangs"))
            return
        log.warning("%s hangs", name)
        self._hung_at_s[name] = time.monotonic()
        self._proven.discard(name)
        self._programs[name] = self._programs.pop(name)

    def _drop(self, name: str, why: str) -> None:
        """For the rest of the session."""
        log.warning("%s plays nothing: %s", name, why)
        self._proven.discard(name)
        self._programs.pop(name, None)
        self._fault = _("{program}: {why}").format(program=Path(name).name, why=why)

    def _why(self) -> str:
        return self._fault or _("no program that plays sound is installed")

    @property
    def programs(self) -> tuple[str, ...]:
        """Those that are tried, the best first."""
        return tuple(self._programs)

    @property
    def works(self) -> bool:
        """As far as is known."""
        return bool(self._programs)

    @property
    def fault(self) -> str:
        return "" if self._programs else self._fault

    def describe(self) -> str:
        if self._programs:
            return _("tones by {program}").format(program=Path(self._next()).name)
        return _("no tones: {why}").format(why=self._why())

    def close(self) -> None:
        for clip in self._tones.values():
            clip.close()
        self._tones.clear()
