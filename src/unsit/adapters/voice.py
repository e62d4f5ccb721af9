"""ports.Voice: the first way of speaking that this system has, and the next one if that fails."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

from unsit.adapters.tone_player import ProgramPlayer
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

READY_WITHIN_S: Final = 3.0
CHARACTERS_PER_S: Final = 15.0
SENTENCE_PAUSE_S: Final = 0.35
COMMA_PAUSE_S: Final = 0.15
"""Of the cues of all exercises, spoken by espeak-ng 1.51: none is longer than estimated by more than a
seventh (tests/adapters/test_voice.py says them all)."""


class Manner(Struct, frozen=True):
    """How to speak. Attributes: language: "en-GB", "de". rate, volume: per cent. name: of a voice; empty: the usual one."""

    language: str = "en"
    rate: int = 100
    volume: int = 70
    name: str = ""


class Way(Protocol):
    """One way of speaking."""

    name: str

    def is_there(self) -> bool:
        """It is worth a try: installed, as far as can be told without starting anything."""

    async def start(self) -> None:
        """Raises AdapterError where it is not to be had."""

    async def say(self, sentence: str, limit_s: float) -> None:
        """Until it is said, but for `limit_s` at most; cancelled, it is silent at once. Raises AdapterError."""

    async def length_s(self, sentence: str) -> float | None:
        """How long that takes, where it can be known before."""

    def close(self) -> None: ...


def estimated_s(sentence: str, rate: int) -> float:
    """How long a voice takes to say it, so that it can be known whether it fits."""
    sentences = max(1, len(re.findall(r"[.!?](?:\s|$)", sentence)))
    pauses_s = sentences * SENTENCE_PAUSE_S + sentence.count(",") * COMMA_PAUSE_S
    return (pauses_s + len(sentence) / CHARACTERS_PER_S) * 100 / rate


class Voices:
    """
    Args:
        ways: the best first.
    """

    def __init__(self, ways: Sequence[Way], rate: int) -> None:
        self._ways, self._rate = [way for way in ways if way.is_there()], rate
        self._starting = asyncio.Lock()
        self._is_started = False
        self._fault = ""
        self._lengths: dict[str, float] = {}

    async def start(self) -> None:
        """Raises AdapterError where nothing speaks."""
        async with self._starting:  # whoever gets ready, and the first sentence
            while self._ways:
                if self._is_started:
                    return
                try:
                    async with asyncio.timeout(READY_WITHIN_S):
                        await self._ways[0].start()
                except TimeoutError:
                    self._drop(_("it does not answer"))
                except AdapterError as error:
                    self._drop(str(error))
                else:
                    self._is_started = True
                    return
        raise AdapterError(_("Nothing can speak: {why}.").format(why=self._why()))

    async def measure(self, sentences: Sequence[str]) -> bool:
        """Find out how long these take. True: something is known now that was estimated before."""
        found = False
        for sentence in sentences:
            if sentence not in self._lengths and self._ways and self._is_started:
                length_s = await self._ways[0].length_s(sentence)
                if length_s is not None:
                    self._lengths[sentence] = length_s
                    found = True
        return found

    def length_s(self, sentence: str) -> float:
        return self._lengths.get(sentence) or estimated_s(sentence, self._rate)

    async def say(self, sentence: str) -> None:
        limit_s = 2 * self.length_s(sentence) + 1
        while True:
            await self.start()
            try:
                await self._ways[0].say(sentence, limit_s)
            except AdapterError as error:
                self._drop(str(error))
            else:
                return

    def _drop(self, why: str) -> None:
        way = self._ways.pop(0)
        log.info("%s does not speak: %s", way.name, why)
        self._fault = _("{program}: {why}").format(program=way.name, why=why.rstrip("."))
        self._is_started = False
        self._lengths.clear()
        way.close()

    def _why(self) -> str:
        return self._fault or _("no voice is installed")

    @property
    def works(self) -> bool:
        """As far as is known."""
        return bool(self._ways)

    @property
    def fault(self) -> str:
        return "" if self._ways else self._fault

    def describe(self) -> str:
        if self._ways:
            return _("voice by {program}").format(program=self._ways[0].name)
        return _("no voice: {why}").format(why=self._why())

    def close(self) -> None:
        for way in self._ways:
            way.close()


def find_ways(manner: Manner, player: ProgramPlayer, platform: str = sys.platform) -> list[Way]:
    """What this system may have, the best first; whether it is there is found out by starting it."""
    from unsit.adapters.voice_program import PlyerVoice, ProgramVoice

    if platform in ("darwin", "win32"):
        return [ProgramVoice.of(platform, manner), PlyerVoice()]
    from unsit.adapters.voice_espeak import EspeakVoice
    from unsit.adapters.voice_speechd import SpeechDispatcher

    return [SpeechDispatcher(manner), EspeakVoice(manner, player), PlyerVoice()]
