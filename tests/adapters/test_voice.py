"""Voices: the real espeak-ng and speech-dispatcher, heard on a real sound server; the others by what they are called with."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from support.desktop import Desktop, needs
from support.patience import PATIENCE_S
from support.sound import Recording, sounds, start_sound
from unsit import catalogue, paths
from unsit.adapters import voice_speechd
from unsit.adapters.tone_player import ProgramPlayer
from unsit.adapters.voice import Manner, Voices, Way, estimated_s, find_ways
from unsit.adapters.voice_espeak import EspeakVoice
from unsit.adapters.voice_program import PlyerVoice, ProgramVoice
from unsit.adapters.voice_speechd import SpeechDispatcher
from unsit.catalogue.exercise import fill
from unsit.ports import AdapterError

SENTENCE = "Change knees. Right knee down, left foot in front."
ESTIMATE_SHORT_BY = 0.86


class LeverVoice:
    """A way of speaking with levers. Attributes: said: what it was asked to say."""

    def __init__(self, name: str, *, is_there: bool = True, starts: bool = True, says: bool = True) -> None:
        self.name = name
        self._is_there, self._starts, self._says = is_there, starts, says
        self.said: list[str] = []
        self.is_closed = False

    def is_there(self) -> bool:
        return self._is_there

    async def start(self) -> None:
        if not self._starts:
            raise AdapterError("no voices")

    async def say(self, sentence: str, limit_s: float) -> None:
        if not self._says:
            raise AdapterError("lost its voice")
        self.said.append(sentence)

    async def length_s(self, sentence: str) -> float | None:
        return 1.25

    def close(self) -> None:
        self.is_closed = True


# --------------------------------------------------------------------------------------------------------------- the order


async def test_the_first_voice_that_starts_speaks() -> None:
    """What is not there is not even asked; who fails is closed, and the sentence goes to the next."""
    gone, mute, hoarse, last = (
        LeverVoice("gone", is_there=False),
        LeverVoice("mute", starts=False),
        LeverVoice("hoarse", says=False),
        LeverVoice("last"),
    )
    voices = Voices([gone, mute, hoarse, last], rate=100)

    await voices.say("One.")
    await voices.say("Two.")

    assert last.said == ["One.", "Two."]
    assert mute.is_closed
    assert hoarse.is_closed
    assert voices.describe() == "voice by last"


async def test_without_a_voice_it_says_why() -> None:
    """The last reason is the one that somebody can do something about."""
    voices = Voices([LeverVoice("mute", starts=False)], rate=100)
    with pytest.raises(AdapterError, match="mute: no voices"):
        await voices.start()

    assert not voices.works
    with pytest.raises(AdapterError, match="no voice is installed"):
        await Voices([LeverVoice("gone", is_there=False)], rate=100).say("One.")


async def test_lengths_are_known_where_they_can_be() -> None:
    """Estimated until then, and again with another voice."""
    voices = Voices([LeverVoice("a")], rate=100)
    await voices.start()
    assert voices.length_s(SENTENCE) == estimated_s(SENTENCE, 100)

    assert await voices.measure([SENTENCE])
    assert voices.length_s(SENTENCE) == 1.25
    assert not await voices.measure([SENTENCE])


def test_a_slower_voice_takes_longer() -> None:
    """In proportion."""
    assert estimated_s(SENTENCE, 50) == 2 * estimated_s(SENTENCE, 100)


def test_what_each_system_may_have() -> None:
    """The best first: the voice that the person has chosen for their screen reader."""
    player = ProgramPlayer(100, {})
    linux = [way.name for way in find_ways(Manner(), player, "linux")]
    assert linux == ["speech-dispatcher", "espeak-ng", "plyer"]
    assert [way.name for way in find_ways(Manner(), player, "darwin")] == ["say", "plyer"]
    assert [way.name for way in find_ways(Manner(), player, "win32")] == ["SAPI", "plyer"]


# -------------------------------------------------------------------------------------------------------------- espeak-ng


@needs("espeak-ng")
async def test_no_cue_takes_much_longer_than_estimated() -> None:
    """Every sentence of every exercise, for both sides, as espeak-ng says it: the plan must not run into the countdown."""
    voice = EspeakVoice(Manner("en"), ProgramPlayer(100, {}))
    await voice.start()
    exercises = catalogue.load(paths.shipped_config_dir() / "exercises", None).exercises
    cues = {fill(sentence, "left") for text in exercises for place, sentence in text.sentences() if place[0] == "cues"}
    assert len(cues) > 40
    for sentence in sorted(cues):
        length_s = await voice.length_s(sentence)
        assert length_s is not None
        assert estimated_s(sentence, 100) >= ESTIMATE_SHORT_BY * length_s, (sentence, length_s)
    voice.close()


@needs("espeak-ng")
@pytest.mark.parametrize(
    ("manner", "chosen"),
    [
        (Manner("en-GB"), "en-gb"),
        (Manner("de"), "de"),
        (Manner("pt-BR"), "pt-br"),
        (Manner("xx"), "en"),
        (Manner("en", name="en-gb-x-rp"), "en-gb-x-rp"),
        (Manner("de", name="nobody"), "de"),
    ],
)
async def test_the_voice_of_the_language_is_chosen(manner: Manner, chosen: str) -> None:
    """The person's own, the language as it is spoken where they live, the language, English."""
    voice = EspeakVoice(manner, ProgramPlayer(100, {}))
    await voice.start()
    assert voice._voice == chosen


def program(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


async def test_without_a_player_espeak_plays_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence goes to its standard input: one that began with a dash would be an option."""
    log = tmp_path / "log"
    # A WAV file of a header and one sample, where it is asked for sound.
    program(
        tmp_path,
        "espeak-ng",
        f'case "$*" in *--stdout*) head -c 36 /dev/zero | tr "\\0" R | sed s/RRRR/RIFF/; printf data----x-;;\n'
        f'*) echo "$@" >{log}; cat >>{log};; esac',
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    voice = EspeakVoice(Manner("en", rate=150, volume=100), ProgramPlayer(100, {}))
    await voice.start()

    await voice.say("-f /etc/passwd", 5)

    assert log.read_text() == "-v en -s 240 -a 200 --stdin\n-f /etc/passwd"


@needs("espeak-ng")
async def test_without_a_sound_server_espeak_is_no_voice(session_bus: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends at once and says that all is well; whoever lies on the floor would wait for a word."""
    session_bus.enter(monkeypatch)
    voice = EspeakVoice(Manner("en"), ProgramPlayer(100, {}))
    await voice.start()
    with pytest.raises(AdapterError, match="cannot play"):
        await voice.say(SENTENCE, 5)
    voice.close()


# ------------------------------------------------------------------------------------------------------ speech-dispatcher


@pytest.fixture
def heard_desktop(make_desktop: Callable[..., Desktop], monkeypatch: pytest.MonkeyPatch) -> Desktop:
    """A desktop with PulseAudio, whose environment is the test's own."""
    desktop = make_desktop(screen=False)
    start_sound(desktop, "pulseaudio")
    del desktop.env["SPEECHD_ADDRESS"]
    desktop.enter(monkeypatch)
    monkeypatch.delenv("SPEECHD_ADDRESS", raising=False)
    return desktop


def dispatcher_pid(desktop: Desktop) -> int:
    file = Path(desktop.env["XDG_RUNTIME_DIR"], "speech-dispatcher", "pid", "speech-dispatcher.pid")
    return int(file.read_text())


@contextlib.asynccontextmanager
async def ended_with_us(desktop: Desktop) -> AsyncIterator[None]:
    """speech-dispatcher stays for others who may need it; here nobody does."""
    try:
        yield
    finally:
        os.kill(dispatcher_pid(desktop), signal.SIGTERM)


@needs("pulseaudio", "parec", "speech-dispatcher", "espeak-ng")
async def test_speech_dispatcher_is_started_and_speaks_and_falls_silent(heard_desktop: Desktop) -> None:
    """From a desktop where nobody has spoken yet: one sentence whole, one cut off in the middle, one after that."""
    voice = SpeechDispatcher(Manner("en-GB", volume=100))
    assert voice.is_there()
    async with ended_with_us(heard_desktop):
        await voice.start()
        recording = Recording(heard_desktop)
        await voice.say("Half way.", 10)
        assert sum(end - begin for begin, end in sounds(recording.samples())) > 0.5
        said = len(sounds(recording.samples()))

        speaking = asyncio.create_task(voice.say(SENTENCE, 10))
        await heard_desktop.until(lambda: len(sounds(recording.samples())) > said, what="the next sentence")
        speaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await speaking
        cut_s = recording.position_s
        recording.wait_for(1.2)
        assert not [begin for begin, end in sounds(recording.samples()) if end > cut_s + 0.5]

        await voice.say(".", 10)  # would be the end of a message
        await voice.say("Half way.", 10)
        assert any(begin > cut_s + 0.5 for begin, _end in sounds(recording.samples()))
        voice.close()


@needs("pulseaudio", "speech-dispatcher")
async def test_one_that_was_started_for_nobody_is_told_so(heard_desktop: Desktop) -> None:
    """Who stops at once leaves no dispatcher behind that waits for its first client: it ends when the last one has left."""
    voice = SpeechDispatcher(Manner())
    starting = asyncio.create_task(voice.start())
    await heard_desktop.until(lambda: voice._spawning is not None, what="the start")
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    voice.close()
    async with ended_with_us(heard_desktop):
        await heard_desktop.until(lambda: voice._spawning is not None and voice._spawning.done(), what="the visit")
        assert voice._writer is not None
        assert voice._writer.is_closing()


class FakeDispatcher:
    """Speaks SSIP to the letter, but for what it is told to get wrong. Attributes: got: every line of the client."""

    def __init__(self, modules: tuple[str, ...] = ("espeak-ng",), *, hangs: bool = False) -> None:
        self.modules, self.hangs = modules, hangs
        self.got: list[str] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        number, is_text = 0, False
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            self.got.append(line)
            if is_text and line != ".":
                continue
            if is_text:
                is_text, number = False, number + 1
                answer = f"225-{number}\r\n225 OK MESSAGE QUEUED\r\n"
                if not self.hangs:
                    answer += f"702-{number}\r\n702-1\r\n702 END\r\n"
            elif line == "SPEAK":
                is_text, answer = True, "230 OK RECEIVING DATA\r\n"
            elif line == "LIST OUTPUT_MODULES":
                answer = "".join(f"250-{module}\r\n" for module in self.modules) + "250 OK MODULE LIST SENT\r\n"
            elif line.startswith("SET self SYNTHESIS_VOICE"):
                answer = "409 ERR CANT SET VOICE\r\n"
            else:
                answer = "200 OK\r\n"
            writer.write(answer.encode())


@pytest.fixture
async def dispatcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDispatcher]:
    fake = FakeDispatcher()
    server = await asyncio.start_unix_server(fake.serve, tmp_path / "s")
    monkeypatch.setenv("SPEECHD_ADDRESS", f"unix_socket:{tmp_path / 's'}")
    yield fake
    server.close()


async def test_the_manner_is_asked_for_and_a_refusal_is_no_end(dispatcher: FakeDispatcher) -> None:
    """A voice that the module does not know leaves its own."""
    voice = SpeechDispatcher(Manner("de", rate=150, volume=80, name="Anna"))
    await voice.start()
    await voice.say("Guten Morgen.\n.", 5)
    voice.close()

    assert dispatcher.got[2:8] == [
        "SET self LANGUAGE de",
        "SET self RATE 30",
        "SET self VOLUME 60",
        "SET self PRIORITY important",
        "SET self NOTIFICATION END ON",
        "SET self NOTIFICATION CANCEL ON",
    ]
    assert "SET self SYNTHESIS_VOICE Anna" in dispatcher.got
    assert dispatcher.got[-3:] == ["SPEAK", "Guten Morgen. .", "."]


async def test_one_that_has_no_voices_is_none(dispatcher: FakeDispatcher) -> None:
    """Its dummy would say, recorded and in English, that nothing works."""
    dispatcher.modules = ("dummy",)
    with pytest.raises(AdapterError, match="no voices"):
        await SpeechDispatcher(Manner()).start()


async def test_one_that_hangs_is_given_up_in_time(dispatcher: FakeDispatcher) -> None:
    """It is told to be silent, in case it still hears."""
    dispatcher.hangs = True
    voice = SpeechDispatcher(Manner())
    await voice.start()
    with pytest.raises(AdapterError, match="hangs"):
        await voice.say("One.", 0.2)
    async with asyncio.timeout(PATIENCE_S):
        while dispatcher.got[-1] != "CANCEL SELF":  # noqa: ASYNC110  the other end of a socket
            await asyncio.sleep(0.01)
    voice.close()


async def test_who_is_cut_off_at_any_moment_leaves_the_conversation_in_order(dispatcher: FakeDispatcher) -> None:
    """Answers that nobody waited for are not taken for those of the next command, nor commands for a text."""
    dispatcher.hangs = True
    voice = SpeechDispatcher(Manner())
    await voice.start()
    for turns in range(12):
        speaking = asyncio.create_task(voice.say(f"Sentence {turns}.", 5))
        for _turn in range(turns):
            await asyncio.sleep(0)
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)
    dispatcher.hangs = False

    await voice.say("The last one.", 5)

    assert dispatcher.got[-3:] == ["SPEAK", "The last one.", "."]
    assert dispatcher.got.count("SPEAK") == dispatcher.got.count(".")
    voice.close()


async def test_one_that_dies_in_the_middle_of_a_sentence_is_an_error(dispatcher: FakeDispatcher) -> None:
    """And so is the next sentence."""
    dispatcher.hangs = True
    voice = SpeechDispatcher(Manner())
    await voice.start()
    speaking = asyncio.create_task(voice.say("One.", 5))
    async with asyncio.timeout(PATIENCE_S):
        while dispatcher.got[-1] != ".":  # noqa: ASYNC110  the other end of a socket
            await asyncio.sleep(0.01)
    dispatcher.writers[0].close()

    with pytest.raises(AdapterError, match="gone"):
        await speaking
    with pytest.raises(AdapterError, match="gone"):
        await voice.say("Two.", 5)
    voice.close()


async def test_an_address_that_leads_nowhere_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever set it means that one and no other."""
    monkeypatch.setenv("SPEECHD_ADDRESS", f"unix_socket:{tmp_path}/none")
    with pytest.raises(AdapterError, match="does not run"):
        await SpeechDispatcher(Manner()).start()


def test_rates_reach_from_end_to_end() -> None:
    """50 to 200 per cent within SSIP's -100 to 100."""
    assert [voice_speechd._rate(percent) for percent in (50, 100, 200)] == [-95, 0, 60]


# ---------------------------------------------------------------------------------------------------------------- programs


def test_say_is_called_as_its_manual_says() -> None:
    """macOS, not run: say [-v voice] [-r rate] -f file; "-" is standard input."""
    assert ProgramVoice.of("darwin", Manner(rate=120))._command == ["say", "-r", "210", "-f", "-"]
    named = ProgramVoice.of("darwin", Manner(name="Kate"))._command
    assert named == ["say", "-r", "175", "-v", "Kate", "-f", "-"]


def test_sapi_is_called_by_powershell() -> None:
    """Windows, not run. A voice's name is a PowerShell string, in which a quote is doubled."""
    command = ProgramVoice.of("win32", Manner("de-DE", rate=150, volume=40))._command
    assert command[:4] == ["powershell", "-NoProfile", "-NonInteractive", "-Command"]
    assert "$voice.Rate = 5\n$voice.Volume = 40\n" in command[4]
    assert "SelectVoiceByHints('NotSet', 'NotSet', 0, 'de-DE')" in command[4]
    named = ProgramVoice.of("win32", Manner(name="O'Hara'; Remove-Item C:"))._command
    assert "SelectVoice('O''Hara''; Remove-Item C:')" in named[4]


async def test_a_program_gets_its_sentence_and_its_failure_is_told(tmp_path: Path) -> None:
    """By standard input; a status other than 0 is an error, and so is one that does not end."""
    log = tmp_path / "log"
    speaks = ProgramVoice("speaks", [str(program(tmp_path, "speaks", f"cat >{log}"))])
    assert speaks.is_there()
    await speaks.start()
    await speaks.say("Wie geht's?", 5)
    assert log.read_text() == "Wie geht's?"

    with pytest.raises(AdapterError, match="ended with 2"):
        await ProgramVoice("fails", [str(program(tmp_path, "fails", "exit 2"))]).say("One.", 5)
    with pytest.raises(AdapterError, match="does not end"):
        await ProgramVoice("hangs", [str(program(tmp_path, "hangs", "exec sleep 60"))]).say("One.", 0.2)
    assert not ProgramVoice("gone", ["/no/such/program"]).is_there()


async def test_plyer_speaks_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real plyer, which finds flite."""
    log = tmp_path / "log"
    program(tmp_path, "flite", f'echo "$@" >{log}')
    monkeypatch.setenv("PATH", str(tmp_path))  # nothing else: plyer prefers espeak, which may be installed
    voice = PlyerVoice("linux")
    assert voice.is_there()

    await voice.say("One.", 20)

    assert log.read_text() == "-t One. play\n"


def test_every_way_is_a_way() -> None:
    """What the chain expects of them."""
    player = ProgramPlayer(100, {})
    ways: list[Way] = [*find_ways(Manner(), player, "linux"), *find_ways(Manner(), player, "darwin")]
    for way in ways:
        assert way.name
        assert isinstance(way.is_there(), bool)
        way.close()
