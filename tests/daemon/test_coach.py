"""The coach keeps to its plan, whatever becomes of the session, of the person's wishes, and of whoever should be heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from msgspec.structs import replace

from support.coaching import SHIPPED, Lesson, session_of
from support.desktop import needs
from unsit.adapters.tone_player import LINUX, ProgramPlayer
from unsit.adapters.voice import Manner, Voices
from unsit.adapters.voice_espeak import EspeakVoice
from unsit.core.snapshot import HoldView, LastView, Moment, SegmentView, SessionView
from unsit.daemon import coach as coaching
from unsit.settings.types import SoundSettings

CALL: Final = HoldView("call", Moment(0, ""), False)


def quick(*kinds: str, seconds: float = 0.3, name: str = "half-kneeling") -> SessionView:
    """A session that is over in a moment."""
    sides = {"hold": "left"}
    return session_of(*(SegmentView(kind, seconds, sides.get(kind), name) for kind in kinds))


ALWAYS: Final = SoundSettings(voice="always")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words follow their tones at once; the segments here are too short for anything else."""
    monkeypatch.setattr(coaching, "WORDS_AFTER_S", dict.fromkeys(coaching.WORDS_AFTER_S, 0.0))
    monkeypatch.setattr(coaching, "GAP_S", 0.0)


@pytest.fixture
async def lesson() -> AsyncIterator[Lesson]:
    made = Lesson(ALWAYS)
    yield made
    await made.coach.close()


async def test_a_session_that_moves_on_by_itself_is_planned_once(lesson: Lesson) -> None:
    """Each part when it begins, the end when it ends, whether or not anybody says that the state has changed."""
    session = quick("hold", "walk")
    lesson.begin(session)
    await lesson.until(lambda: len(lesson.stage.tones) == 2)
    lesson.show(session, index=1)  # the core's own alarm, a little later
    await lesson.until(lambda: "end" in lesson.stage.tones)

    assert lesson.stage.tones == ["start", "start", "end"]
    await lesson.until(lambda: len(lesson.stage.words) == 3)


async def test_the_coach_goes_when_the_last_words_are_said(lesson: Lesson) -> None:
    """Not before, and not much later."""
    session = quick("walk")
    lesson.stage.lasts_s = 0.15
    lesson.begin(session)
    await lesson.until(lambda: "end" in lesson.stage.tones)
    done = LastView("completed", session.exercises, {}, Moment(0, ""), session.id)
    lesson.show(None, last=done)
    assert lesson.stage.over == 0

    await lesson.until(lambda: lesson.stage.over)
    await lesson.coach.close()

    assert not [what for how, what in lesson.stage.log if how == "cut"]
    assert lesson.stage.closed == 2


async def test_who_leaves_out_the_walk_hears_the_end_at_once(lesson: Lesson) -> None:
    """They have done it all."""
    session = quick("hold", "walk", seconds=60)
    lesson.begin(session)
    await lesson.until(lambda: lesson.stage.words)
    lesson.show(None, last=LastView("completed", session.exercises, {}, Moment(0, ""), session.id))
    await lesson.until(lambda: "end" in lesson.stage.tones)


@pytest.mark.parametrize("reason", [None, "pain"])
async def test_who_stops_hears_nothing_more(lesson: Lesson, reason: str | None) -> None:
    """In the middle of a word."""
    session = quick("hold", "walk", seconds=60)
    lesson.stage.lasts_s = 60
    lesson.begin(session)
    await lesson.until(lambda: lesson.stage.words)
    lesson.show(None, last=LastView("partial", session.exercises, {}, Moment(0, ""), session.id, reason))
    await lesson.until(lambda: lesson.stage.over)

    assert lesson.stage.log[-1][0] == "cut"
    assert lesson.stage.tones == ["start"]


async def test_a_pause_silences_and_what_is_to_be_done_is_said_again_after_it(lesson: Lesson) -> None:
    """It may be forgotten by then."""
    session = quick("hold", "walk", seconds=60)
    lesson.stage.lasts_s = 60
    lesson.begin(session)
    await lesson.until(lambda: lesson.stage.words)
    lesson.show(session, paused=True)
    await lesson.until(lambda: [what for how, what in lesson.stage.log if how == "cut"] == lesson.stage.words)

    lesson.begin(session, into_s=5)
    await lesson.until(lambda: len(lesson.stage.words) == 2)
    assert lesson.stage.words[0] == lesson.stage.words[1]


async def test_after_a_pause_late_in_a_part_it_is_said_shortly(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no time for the whole sentence before half time or the countdown."""
    monkeypatch.setattr(lesson.stage, "length_s", lambda sentence: len(sentence) / 15)
    session = session_of(SegmentView("hold", 60.0, "left", "half-kneeling"), SegmentView("walk", 60.0, None, "walk"))
    lesson.begin(session, into_s=20, paused=True)
    lesson.begin(session, into_s=27)
    await lesson.until(lambda: lesson.stage.words)
    assert lesson.stage.words == ["Hold. Left side."]


@pytest.mark.parametrize("why", [{"muted": True}, {"holds": (CALL,)}, {"holds": (replace(CALL, ignored=True),)}])
async def test_muted_and_in_a_call_it_is_silent(lesson: Lesson, why: dict[str, Any]) -> None:
    """From the first moment on, from the middle on, and after the end; it goes on where the session is by then."""
    session = quick("hold", "walk", seconds=60)
    lesson.begin(session, **why)
    await lesson.settle()
    assert lesson.stage.log == []

    lesson.stage.lasts_s = 60
    lesson.begin(session, index=1)
    await lesson.until(lambda: lesson.stage.words)
    lesson.show(session, index=1, **why)
    await lesson.until(lambda: lesson.stage.log[-1][0] == "cut")
    lesson.begin(session, index=1, into_s=5)
    await lesson.settle()
    assert len(lesson.stage.words) == 1, "it is not said again: the same part has been going on"

    done = LastView("completed", session.exercises, {}, Moment(0, ""), session.id)
    lesson.show(None, last=done, **why)
    await lesson.until(lambda: lesson.stage.over)
    assert "end" not in lesson.stage.tones


async def test_another_hold_does_not_silence(lesson: Lesson) -> None:
    """A full screen is the guide's own."""
    lesson.begin(quick("hold", seconds=60), holds=(HoldView("fullscreen", Moment(0, ""), False),))
    await lesson.until(lambda: lesson.stage.words)


async def test_the_next_part_cuts_off_the_one_before(lesson: Lesson) -> None:
    """And what was planned for that one is forgotten."""
    session = quick("hold", "walk", seconds=60)
    lesson.stage.lasts_s = 60
    lesson.begin(session)
    await lesson.until(lambda: lesson.stage.words)
    lesson.begin(session, index=1)
    await lesson.until(lambda: len(lesson.stage.words) == 2)

    assert [how for how, _what in lesson.stage.log if how == "cut"] == ["cut"]
    assert lesson.stage.words[1] == "Push on your front knee, stand up, and walk."


async def test_what_is_chosen_anew_is_said_anew_and_the_rest_goes_on(lesson: Lesson) -> None:
    """Another side changes the sentence of this moment; a shorter walk does not."""
    first = session_of(SegmentView("prepare", 60.0, None, "supine"), SegmentView("hold", 60.0, "left", "supine"),
                       SegmentView("walk", 60.0, None, "supine"))  # fmt: skip
    lesson.stage.lasts_s = 60
    lesson.begin(first)
    await lesson.until(lambda: lesson.stage.words)
    lesson.show(replace(first, segments=first.segments[:2], total_s=120.0))
    await lesson.settle()
    assert len(lesson.stage.words) == 1
    assert lesson.stage.log[-1][0] == "say"

    knee = (SegmentView("prepare", 60.0, None, "half-kneeling"), SegmentView("hold", 60.0, "right", "half-kneeling"))
    lesson.show(replace(first, exercises=("half-kneeling",), segments=knee, total_s=120.0))
    await lesson.until(lambda: len(lesson.stage.words) == 2)
    assert "Kneel on your right knee" in lesson.stage.words[1]


async def test_what_comes_too_late_is_not_said(lesson: Lesson) -> None:
    """The machine slept and nobody said so: the cue's clock has gone on, the timer's has not."""
    session = quick("hold", "walk", seconds=0.3)
    lesson.begin(session)
    await lesson.until(lambda: lesson.stage.words)
    lesson.slept_s = 5.0

    await asyncio.sleep(0.4)
    assert lesson.stage.tones == ["start"]


@pytest.mark.parametrize(
    ("settings", "name", "speaks"),
    [
        (SoundSettings(), "standing-lunge", False),
        (SoundSettings(), "supine", True),
        (SoundSettings(), "lying-1", True),
        (SoundSettings(voice="always"), "standing-lunge", True),
        (SoundSettings(voice="off"), "supine", False),
    ],
)
async def test_who_is_spoken_to(settings: SoundSettings, name: str, speaks: bool) -> None:
    """As shipped: who lies or kneels and cannot see the screen."""
    lesson = Lesson(settings)
    lesson.begin(quick("prepare", seconds=60, name=name))
    await lesson.until(lambda: lesson.stage.tones)
    await lesson.settle()

    assert bool(lesson.stage.words) == speaks
    await lesson.coach.close()


@pytest.mark.parametrize("settings", [SoundSettings(volume=0), SoundSettings(tones=False, voice="off")])
async def test_with_everything_switched_off_nothing_is_touched(settings: SoundSettings) -> None:
    """And the music need make no room."""
    lesson = Lesson(settings)
    lesson.begin(quick("prepare", seconds=60))
    await lesson.settle()
    assert lesson.stage.log == []
    assert not lesson.coach.has_means
    await lesson.coach.close()


async def test_a_player_that_hangs_at_its_first_tone_holds_up_no_sentence(lesson: Lesson) -> None:
    """As soon as it is doubted, the sentence is said; not before, for what plays the one may play the other."""
    lesson.stage.is_proven, lesson.stage.tones_hang = False, True
    lesson.begin(quick("hold", seconds=60))
    await lesson.until(lambda: lesson.stage.tones == ["start"])
    assert lesson.stage.words == []
    lesson.stage.doubt.set()
    await lesson.until(lambda: bool(lesson.stage.words))


async def test_without_a_voice_the_ticks_count_and_it_is_said_why() -> None:
    """The note is for the page: nobody on the floor would find out otherwise."""
    lesson = Lesson(ALWAYS)
    lesson.stage.voice_fails = True
    lesson.begin(session_of(SegmentView("hold", 2.4, "left", "supine")))
    await lesson.until(lambda: "tick" in lesson.stage.tones)

    assert lesson.stage.words == []
    assert lesson.stage.notes[-1].startswith("Nothing speaks here")
    await lesson.coach.close()


@needs("paplay")
async def test_what_is_installed_is_not_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A player that reaches no sound server says what is missing: the server."""
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent/pulse")
    lesson = Lesson(SoundSettings())
    player = ProgramPlayer(70, {"paplay": LINUX["paplay"]})
    voices = Voices([EspeakVoice(Manner(), player)], 100)
    coach = coaching.Coach(
        SoundSettings(), SHIPPED, player, voices,
        now_s=lesson.now_s, on_note=lesson.stage.notes.append, on_over=lambda: None,
    )  # fmt: skip
    lesson.coach = coach
    lesson.begin(quick("prepare", seconds=60, name="standing-lunge"))
    await lesson.until(lambda: lesson.stage.notes)
    assert lesson.stage.notes[-1] == (
        "Nothing can be heard here: no sound server answers. Start PulseAudio or PipeWire."
    )
    await coach.close()


async def test_a_voice_that_does_not_work_says_why() -> None:
    """It is there: installing it again would not help."""
    lesson = Lesson(ALWAYS)
    lesson.stage.voice_fails, lesson.stage.fault = True, "espeak-ng: it makes no sound"
    lesson.begin(quick("hold", seconds=60))
    await lesson.until(lambda: lesson.stage.notes)
    assert lesson.stage.notes[-1] == (
        "Nothing speaks here, so there are only tones. "
        "A voice is installed, but does not work (espeak-ng: it makes no sound)."
    )
    await lesson.coach.close()


async def test_without_anything_to_hear_with_it_says_what_to_install() -> None:
    """Both are told in one sentence."""
    lesson = Lesson(ALWAYS)
    lesson.stage.voice_fails = lesson.stage.tones_fail = True
    lesson.begin(quick("hold", seconds=60))
    await lesson.until(
        lambda: lesson.stage.notes[-1:] == [
            "Nothing can be heard here. For a voice install speech-dispatcher or espeak-ng. "
            "For tones install pulseaudio-utils, pipewire-bin or alsa-utils."
        ]
    )  # fmt: skip
    await lesson.coach.close()
