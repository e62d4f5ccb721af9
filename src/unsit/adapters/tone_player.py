"""ports.TonePlayer: a program of the system plays. Which one works is found out by the first tone.

paplay comes before pw-play: both reach PipeWire where that is the sound server, but where PipeWire runs only for screen
sharing, beside PulseAudio (Ubuntu 22.04), pw-play would play to nobody. aplay is for systems with neither.
"""

from __future__ import annotations

import logging
import shutil
import sys
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
        self.is_proven = False
        """The first of the programs has played."""
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
            name, words = next(iter(self._programs.items()))
            try:
                status = await child.run([*words, clip.path], limit_s=clip.seconds + LATE_S, fds=clip.fds)
            except TimeoutError:
                self._drop(name, _("it hangs"))
                return  # half of it may have been heard, and it is too late for the rest
            except OSError as error:
                self._drop(name, str(error))
            else:
                if status == 0:
                    self.is_proven, self._failures = True, 0
                    return
                if self.is_proven and self._failures < FAILURES_MOST:
                    self._failures += 1  # the sound server may be starting anew
                    return
                self._drop(name, _("it ended with {status}").format(status=status))
        raise AdapterError(_("Nothing can play a sound: {why}.").format(why=self._why()))

    def _drop(self, name: str, why: str) -> None:
        """For the rest of the session."""
        log.warning("%s plays nothing: %s", name, why)
        self.is_proven = False
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
            return _("tones by {program}").format(program=Path(next(iter(self._programs))).name)
        return _("no tones: {why}").format(why=self._why())

    def close(self) -> None:
        for clip in self._tones.values():
            clip.close()
        self._tones.clear()
