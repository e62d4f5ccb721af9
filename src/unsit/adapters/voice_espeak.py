"""Speech by espeak-ng, or its forerunner espeak: it makes the sound, and whatever plays the tones plays it.

So it is known how long a sentence takes before it is said, and the two cannot be on different devices. Where there is no
player, it plays by itself.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from typing import TYPE_CHECKING, Final

from unsit.adapters import child
from unsit.adapters.clip import Clip
from unsit.ports import AdapterError
from unsit.words import _

if TYPE_CHECKING:
    from unsit.adapters.tone_player import ProgramPlayer
    from unsit.adapters.voice import Manner

MADE_WITHIN_S: Final = 2.0
"""It takes a hundredth of that."""
WORDS_PER_MIN: Final = 160
"""At a rate of 100 %: a little slower than its own 175, for somebody who listens and moves."""


class EspeakVoice:
    name = "espeak-ng"

    def __init__(self, manner: Manner, player: ProgramPlayer) -> None:
        self._manner, self._player = manner, player
        self._program = ""
        self._voice = ""
        self._clips: dict[str, Clip] = {}

    def is_there(self) -> bool:
        return _program() is not None

    async def start(self) -> None:
        program = _program()
        if program is None:
            raise AdapterError(_("it is not installed"))
        self._program = program
        language = self._manner.language.lower()
        # The person's own choice, then the language as it is spoken where they live, then the language.
        for voice in filter(None, (self._manner.name, language, language.partition("-")[0], "en")):
            self._voice = voice
            with contextlib.suppress(AdapterError):
                (await self._make("a")).close()
                return
        raise AdapterError(_("it has no voice for this language"))

    async def say(self, sentence: str, limit_s: float) -> None:
        clip = await self._clip(sentence)
        if self._player.works:
            await self._player.play(clip)
            return
        began_s = time.monotonic()
        try:
            status = await child.run(self._command(), text=sentence, limit_s=limit_s)
        except (OSError, TimeoutError) as error:
            raise AdapterError(_("it cannot play")) from error
        # Where no sound server answers it ends at once, and well.
        if status or time.monotonic() - began_s < clip.seconds / 2:
            raise AdapterError(_("it cannot play"))

    async def length_s(self, sentence: str) -> float | None:
        try:
            return (await self._clip(sentence)).seconds
        except AdapterError:
            return None

    def close(self) -> None:
        for clip in self._clips.values():
            clip.close()
        self._clips.clear()

    async def _clip(self, sentence: str) -> Clip:
        if sentence not in self._clips:
            made = await self._make(sentence)
            if sentence in self._clips:  # wanted twice at the same time
                made.close()
            else:
                self._clips[sentence] = made
        return self._clips[sentence]

    async def _make(self, sentence: str) -> Clip:
        clip = Clip()
        try:
            status = await child.run(
                [*self._command(), "--stdout"], text=sentence, stdout=clip.fd, limit_s=MADE_WITHIN_S
            )
            if status == 0 and clip.seal():
                return clip
            raise AdapterError(_("it makes no sound"))
        except (OSError, TimeoutError) as error:
            clip.close()
            raise AdapterError(_("it makes no sound")) from error
        except BaseException:
            clip.close()
            raise

    def _command(self) -> list[str]:
        speed = WORDS_PER_MIN * self._manner.rate // 100
        loud = round(100 * (self._manner.volume / 100) ** 2 * 2)
        return [self._program, "-v", self._voice, "-s", str(speed), "-a", str(loud), "--stdin"]


def _program() -> str | None:
    return shutil.which("espeak-ng") or shutil.which("espeak")
