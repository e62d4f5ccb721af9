"""The twelve shipped exercises: what they say, how much, and whether it can be said in time."""

from __future__ import annotations

import re

import pytest

from unsit.catalogue import ExerciseText, load, picture_of, said
from unsit.catalogue.exercise import MOMENTS, SIDES, fill
from unsit.catalogue.loading import all_sentences
from unsit.core.model import Exercise
from unsit.paths import shipped_config_dir

SHIPPED = shipped_config_dir() / "exercises"
CATALOGUE = load(SHIPPED, None)

RULES = (
    Exercise("walk", "movement", "desk", "walk", amount=120),
    Exercise("standing-lunge", "stretch", "desk", "hold", per_side=True),
    Exercise("half-kneeling", "stretch", "floor", "hold", per_side=True, avoid=("kneeling", "floor")),
    Exercise(
        "half-kneeling-reach", "stretch", "floor", "hold",
        per_side=True, avoid=("kneeling", "floor", "overhead"), level="deeper",
    ),
    Exercise("lying-1", "stretch", "bed", "hold", per_side=True),
    Exercise("lying-2", "stretch", "bed", "hold", per_side=True, level="deeper"),
    Exercise("supine", "stretch", "floor", "hold", per_side=True, avoid=("floor",)),
    Exercise("constructive-rest", "release", "floor", "rest", amount=600, avoid=("floor",)),
    Exercise("bridge", "strength", "floor", "breaths", amount=5, avoid=("floor",)),
    Exercise("glute-bridge", "strength", "floor", "reps", amount=10, avoid=("floor",)),
    Exercise("straight-leg-raise", "strength", "floor", "reps", per_side=True, amount=10, avoid=("floor",)),
    Exercise("bird-dog", "strength", "floor", "reps", per_side=True, amount=10, avoid=("kneeling", "floor")),
)  # fmt: skip

SOURCES = {
    "walk": "C", "standing-lunge": "B", "half-kneeling": "CB", "half-kneeling-reach": "C", "lying-1": "A", "lying-2": "A",
    "supine": "B", "constructive-rest": "C", "bridge": "B", "glute-bridge": "C", "straight-leg-raise": "C", "bird-dog": "C",
}  # fmt: skip

OWN_DOSES = {"bridge", "glute-bridge", "straight-leg-raise", "bird-dog"}
"""Where the articles name no figure."""

JARGON = re.compile(
    r"\b(psoas|sacr|femur|lumbar|pelvi|glute|supine|prone|flex(ion|or)|extension|quad|hamstring|posterior|anterior|neutral"
    r"|engage|core\b|trochanter|isometric|spine neutral|abdominal)",
    re.IGNORECASE,
)
WORDS_PER_SECOND = 2.5
"""Unhurried speech."""

each = pytest.mark.parametrize("exercise", CATALOGUE.exercises, ids=lambda exercise: exercise.id)


def spoken_s(*sentences: str) -> float:
    return sum(len(sentence.split()) for sentence in sentences) / WORDS_PER_SECOND


def test_the_twelve_are_there_in_their_order_without_a_mistake() -> None:
    """The order decides ties of the rotation; kind, place, sides and amounts are what the rules go by."""
    assert CATALOGUE.problems == []
    assert CATALOGUE.rules() == RULES


def test_what_stays_in_memory_is_rules_and_names() -> None:
    """The daemon keeps no poses and no sentences while it idles."""
    brief = CATALOGUE.brief()

    assert brief.rules == RULES
    assert brief.names == {exercise.id: exercise.name for exercise in CATALOGUE.exercises}
    assert brief.name_of("bird-dog") == CATALOGUE.name_of("bird-dog") == "Bird dog"
    assert brief.name_of("gone") == CATALOGUE.name_of("gone") == "gone"


def test_sources_and_doses_are_those_of_the_articles() -> None:
    """A reader can check each exercise, and no default of ours is sold as the article's figure."""
    for exercise in CATALOGUE.exercises:
        assert "".join(source.letter for source in exercise.sources) == SOURCES[exercise.id]
        assert all(len(source.title) > 20 for source in exercise.sources)
        assert exercise.dose_from == ("program" if exercise.id in OWN_DOSES else "article"), exercise.id
        assert exercise.dose


@each
def test_sentences_are_short_and_plain(exercise: ExerciseText) -> None:
    """They are read standing, or heard lying on the floor."""
    assert 2 <= len(exercise.steps) <= 4
    for place, sentence in exercise.sentences():
        if place == ("name",):
            continue
        for side in SIDES:
            filled = fill(sentence, side)
            assert len(filled) <= 110, filled
            assert "{" not in filled
        assert not JARGON.search(sentence), sentence
        if place[0] != "needs":
            assert re.fullmatch(r"[A-Z{0-9].*[.)]", sentence), sentence
            assert "  " not in sentence
    assert exercise.why
    assert exercise.cautions


@each
def test_every_segment_has_its_cue(exercise: ExerciseText) -> None:
    """Nothing has to be read once the session runs."""
    work = {name: getattr(exercise.cues, exercise.work) for name in MOMENTS}["start"]
    assert exercise.cues.prepare.start
    assert work.start
    assert work.half
    assert work.end
    assert bool(exercise.cues.switch.start) == exercise.per_side
    assert bool(exercise.cues.walk.start) == (exercise.work != "rest")
    assert bool(exercise.cues.walk.end) == (exercise.work != "rest")


@each
def test_cues_can_be_said_in_time(exercise: ExerciseText) -> None:
    """Getting ready takes 10 s at the desk and 20 s on the way down, changing sides 8 s, the shortest hold 15 s."""
    cues, work = exercise.cues, getattr(exercise.cues, exercise.work)
    assert spoken_s(cues.prepare.start) <= (10 if exercise.place == "desk" else 20)
    assert spoken_s(work.end, cues.switch.start) <= 8
    assert spoken_s(work.start) <= 7.5
    assert spoken_s(work.half) <= 7.5


@each
def test_sides_are_named_where_there_are_sides(exercise: ExerciseText) -> None:
    """On the floor nobody sees the screen: the voice must say which leg."""
    works = [exercise.cues.prepare.start, getattr(exercise.cues, exercise.work).start, exercise.cues.switch.start]
    named = [bool(re.search(r"\{(side|Side|other|Other)\}", cue)) for cue in works if cue]
    if exercise.per_side:
        assert named[1:] == [True, True]
        assert any("{side}" in step or "{Side}" in step for step in exercise.steps)
    else:
        assert not any(named)


def test_left_and_right_are_sentences_of_their_own() -> None:
    """In many languages more changes between them than one word."""
    sentence = "{Side} knee down, {other} foot in front."

    assert said(sentence, "left") == "Left knee down, right foot in front."
    assert said(sentence, "right") == "Right knee down, left foot in front."
    assert said("", "left") == ""
    lunge = CATALOGUE.get("standing-lunge")
    assert lunge is not None
    assert lunge.cue("switch", "start", "right") == "Change legs. Left foot forward, right leg long behind."
    assert lunge.cue("switch", "half", "right") == ""


def test_all_sentences_are_what_a_translator_gets() -> None:
    """Every sentence once, both sides written out, no braces."""
    sentences = all_sentences(SHIPPED)

    assert len(sentences) == len(set(sentences))
    assert "Change legs. Left foot forward, right leg long behind." in sentences
    assert "Change legs. Right foot forward, left leg long behind." in sentences
    assert "Two-minute walk" in sentences
    assert not [sentence for sentence in sentences if "{" in sentence]
    for exercise in CATALOGUE.exercises:
        for side in SIDES:
            assert {fill(sentence, side) for _, sentence in exercise.sentences()} <= set(sentences)


def test_a_translated_sentence_is_said_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence is looked up as the person would hear it, with its side."""
    from gettext import NullTranslations

    from unsit import words

    class German(NullTranslations):
        def gettext(self, message: str) -> str:
            return {"Lower your right leg.": "Senke dein rechtes Bein."}.get(message, message)

    monkeypatch.setattr(words, "_catalogue", German())

    assert said("Lower your {side} leg.", "right") == "Senke dein rechtes Bein."
    assert said("Lower your {side} leg.", "left") == "Lower your left leg."


@each
def test_every_exercise_has_its_picture(exercise: ExerciseText) -> None:
    """Shown in the notification."""
    path = picture_of(exercise.id)
    assert path is not None
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size < 10_000


def test_an_exercise_of_the_persons_own_has_no_picture() -> None:
    assert picture_of("my-stretch") is None
