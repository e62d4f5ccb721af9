"""Speech by a program that reads its sentence from standard input, one process a sentence.

macOS's say(1) and Windows' System.Speech by PowerShell, written from their documentation and not run; and plyer's
text-to-speech, which blocks until it has spoken and so gets a process of its own.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Self

from unsit.adapters import child
from unsit.ports import AdapterError
from unsit.words import _

if TYPE_CHECKING:
    from unsit.adapters.voice import Manner

_PLYER: Final = "import sys; from plyer import tts; tts.speak(message=sys.stdin.read())"
_SAPI: Final = """
Add-Type -AssemblyName System.Speech
$voice = New-Object System.Speech.Synthesis.SpeechSynthesizer
$voice.Rate = {rate}
$voice.Volume = {volume}
try {{ {choose} }} catch {{ }}
[Console]::InputEncoding = [Text.Encoding]::UTF8
$voice.Speak([Console]::In.ReadToEnd())
"""
SAY_WORDS_PER_MIN: Final = 175


class ProgramVoice:
    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name, self._command = name, list(command)

    @classmethod
    def of(cls, platform: str, manner: Manner) -> Self:
        """macOS: `say -r WORDS_PER_MINUTE -v VOICE -f -`. Windows: SpeechSynthesizer, Rate -10 to 10, Volume 0 to 100."""
        if platform == "darwin":
            voice = ["-v", manner.name] if manner.name else []
            return cls("say", ["say", "-r", str(SAY_WORDS_PER_MIN * manner.rate // 100), *voice, "-f", "-"])
        quoted = manner.name.replace("'", "''")
        choose = (
            f"$voice.SelectVoice('{quoted}')"
            if manner.name
            else f"$voice.SelectVoiceByHints('NotSet', 'NotSet', 0, '{manner.language}')"
        )
        script = _SAPI.format(rate=round((manner.rate - 100) / 10), volume=manner.volume, choose=choose)
        return cls("SAPI", ["powershell", "-NoProfile", "-NonInteractive", "-Command", script])

    def is_there(self) -> bool:
        return shutil.which(self._command[0]) is not None

    async def start(self) -> None:
        """There is nothing to start."""

    async def say(self, sentence: str, limit_s: float) -> None:
        try:
            status = await child.run(self._command, text=sentence, limit_s=limit_s)
        except (OSError, TimeoutError) as error:
            raise AdapterError(_("it does not end") if isinstance(error, TimeoutError) else str(error)) from error
        if status:
            raise AdapterError(_("it ended with {status}").format(status=status))

    async def length_s(self, sentence: str) -> float | None:
        return None

    def close(self) -> None:
        """Whoever waits for a sentence ends it."""


class PlyerVoice(ProgramVoice):
    """What plyer finds: on Linux flite, where neither of the others is there."""

    def __init__(self, platform: str = sys.platform) -> None:
        super().__init__("plyer", [sys.executable, "-c", _PLYER])
        self._platform = platform

    def is_there(self) -> bool:
        return self._platform != "linux" or shutil.which("espeak") is not None or shutil.which("flite") is not None
