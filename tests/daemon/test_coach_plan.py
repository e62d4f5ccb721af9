"""What is heard in a stretch, and when: the plan, second by second."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from support.coaching import BEGAN_S, SHIPPED, kneeling, session_of
from unsit.adapters.voice import estimated_s
from unsit.catalogue import ExerciseText
from unsit.catalogue.exercise import Cue as CueText
from unsit.catalogue.exercise import Cues
from unsit.core import session as sessions
from unsit.core.model import Choice
from unsit.core.snapshot import SegmentView, SessionView
from unsit.daemon import coach as coaching
from unsit.daemon.coach import Ear, plan


def length_s(sentence: str) -> float:
    return estimated_s(sentence, 100)


def ear(*, tones: bool = True, voice: bool = True, length_of: Callable[[str], float] = length_s) -> Ear:
    return Ear(tones, lambda _exercise: voice, length_of, SHIPPED.get)


def score(session: SessionView, with_ear: Ear) -> list[tuple[float, str, str]]:
    """(seconds from the start of the current segment, tone, words)"""
    return [(cue.at_s - BEGAN_S, cue.tone, cue.words) for cue in plan(session, BEGAN_S, with_ear)]


def test_a_whole_stretch_as_it_is_heard() -> None:
    """Every sentence and every number, at its time."""
    assert score(kneeling(), ear()) == [
        (0, "start", "Half-kneeling psoas stretch. "
                     "Kneel on your left knee on something soft. Right foot flat in front of you."),
        (17, "", "Three."), (18, "", "Two."), (19, "", "One."),
        (20, "start", "Squeeze your left buttock, then shift your hips forward. Stop at a gentle stretch."),
        (35, "half", "Half way. Keep the squeeze, keep your back tall."),
        (45, "", "Five."), (46, "", "Four."), (47, "", "Three."), (48, "", "Two."), (49, "", "One."),
        (50, "switch", "Change knees. Right knee down, left foot in front."),
        (55, "", "Three."), (56, "", "Two."), (57, "", "One."),
        (58, "start", "Squeeze your right buttock, then shift your hips forward. Stop at a gentle stretch."),
        (73, "half", "Half way. Keep the squeeze, keep your back tall."),
        (83, "", "Five."), (84, "", "Four."), (85, "", "Three."), (86, "", "Two."), (87, "", "One."),
        (88, "start", "Shift your hips back slowly. Push on your front knee, stand up, and walk."),
        (148, "half", "Half way. Long, easy steps."),
        (208, "end", "Done. Sit down again whenever you like."),
    ]  # fmt: skip


def test_without_a_voice_the_tones_say_the_same() -> None:
    """And ticks count."""
    assert score(kneeling(15.0), ear(voice=False)) == [
        (0, "start", ""), (17, "tick", ""), (18, "tick", ""), (19, "tick", ""),
        (20, "start", ""), (27.5, "half", ""),
        *((second, "tick", "") for second in (30, 31, 32, 33, 34)),
        (35, "switch", ""), (40, "tick", ""), (41, "tick", ""), (42, "tick", ""),
        (43, "start", ""), (50.5, "half", ""),
        *((second, "tick", "") for second in (53, 54, 55, 56, 57)),
        (58, "start", ""), (118, "half", ""), (178, "end", ""),
    ]  # fmt: skip


def test_without_tones_only_the_voice_is_planned() -> None:
    """And with neither there is nothing to do."""
    assert {tone for _at_s, tone, _words in score(kneeling(), ear(tones=False))} == {""}
    assert score(kneeling(), ear(tones=False, voice=False)) == []


def test_a_sentence_that_does_not_fit_gives_way_to_a_shorter_one() -> None:
    """In half of a short hold there is time for two words; a sentence is never cut off by the countdown."""
    words = [said for at_s, _tone, said in score(kneeling(15.0), ear()) if at_s in (27.5, 35)]
    assert words == ["Half way.", "Change knees. Right knee down, left foot in front."]

    slow = ear(length_of=lambda sentence: 2 * length_s(sentence))
    said = [(at_s, words) for at_s, _tone, words in score(kneeling(15.0), slow) if at_s in (20, 27.5, 35)]
    assert said == [(20, "Hold. Left side."), (27.5, "Half way."), (35, "Switch to the right.")]


@pytest.mark.parametrize("rate", [60, 100, 150])
@pytest.mark.parametrize("exercise", SHIPPED.exercises, ids=lambda text: text.id)
def test_no_sentence_of_any_exercise_runs_into_the_next(exercise: ExerciseText, rate: int) -> None:
    """At any speed: what is planned is over when the next thing begins."""
    side = {exercise.id: "left"}
    for hold_s in (15.0, 30.0, 60.0):
        choice = Choice((exercise.id,), side, {exercise.id: hold_s}, 120.0)  # type: ignore[arg-type]  # a plain str
        made = sessions.segments(SHIPPED.rules(), choice)
        session = session_of(*(SegmentView(s.kind, s.seconds, s.side, s.exercise, s.stage) for s in made))
        cues = plan(session, BEGAN_S, ear(length_of=lambda sentence: estimated_s(sentence, rate)))
        for cue, after in itertools.pairwise(cues):
            over_s = cue.at_s + coaching.WORDS_AFTER_S[cue.tone] + (estimated_s(cue.words, rate) if cue.words else 0)
            assert over_s <= after.at_s, (cue, after)
        assert [cue.at_s for cue in cues] == sorted(cue.at_s for cue in cues)
        starts = [cue for cue in cues if cue.moment == "start"]
        assert len(starts) == len(session.segments)
        assert all(cue.words for cue in starts) or rate < 100


def test_repetitions_are_counted_as_they_are_done() -> None:
    """Each at its beginning, every 4 s; where a sentence is said, the number is left out; the last is told."""
    session = session_of(SegmentView("reps", 40.0, None, "glute-bridge"))

    assert score(session, ear()) == [
        (0, "start", "Lift your hips, squeeze, lower slowly. Two seconds up, two seconds down."),
        (8, "", "Three."), (12, "", "Four."), (16, "", "Five."),
        (20, "half", "Half way. Push through your heels."),
        (24, "", "Seven."), (28, "", "Eight."), (32, "", "Nine."), (36, "", "Last one."),
        (40, "end", "Lower your hips and rest. Done. Come back when you are ready."),
    ]  # fmt: skip


def test_a_slow_voice_leaves_the_counting_to_ticks() -> None:
    """A number that takes more than a second is late for the next one."""
    slow = ear(length_of=lambda sentence: 3 * length_s(sentence))
    counted = [cue for cue in plan(kneeling(), BEGAN_S, slow) if cue.moment == "count"]

    assert counted
    assert all(cue.tone == "tick" and not cue.words for cue in counted)


def test_an_exercise_of_ones_own_without_words_gets_the_general_ones() -> None:
    """Sides, half time and the end are said all the same."""
    own = replace(SHIPPED.exercises[2], cues=Cues())
    ears = Ear(True, lambda _exercise: True, length_s, lambda _exercise: own)
    said = [words for _at_s, tone, words in score(kneeling(), ears) if tone]

    assert said == [
        "Half-kneeling psoas stretch.", "Hold. Left side.", "Half way.", "Switch to the right.", "Hold. Right side.",
        "Half way.", "Walk.", "Half way.", "Done. Come back when you are ready.",
    ]  # fmt: skip


def test_the_goodbye_of_a_part_is_said_when_the_next_begins() -> None:
    """It must not make somebody let go while they are still counted; where there is no time for both it is left out."""
    own = replace(
        SHIPPED.exercises[2], cues=Cues(hold=CueText(start="Go.", end="Let go."), switch=CueText(start="Turn."))
    )
    ears = Ear(True, lambda _exercise: True, length_s, lambda _exercise: own)
    said = [words for _at_s, tone, words in score(kneeling(), ears) if tone in ("start", "switch")]

    assert said == ["Half-kneeling psoas stretch.", "Go.", "Let go. Turn.", "Go.", "Let go. Walk."]


def test_an_exercise_that_has_gone_is_still_heard() -> None:
    """Its file was deleted in the middle of it."""
    ears = Ear(True, lambda _exercise: True, length_s, lambda _exercise: None)
    said = [words for _at_s, tone, words in score(kneeling(), ears) if tone == "start"]
    assert said == ["Get ready. Left side.", "Hold. Left side.", "Hold. Right side.", "Walk."]
