"""An exercise as its file has it (docs/exercises.md): what the rules need, its sentences, its poses.

A sentence is kept as it is written: an English msgid, with {side} and {other} where it differs between left and right.
`said` makes it what a person reads or hears.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from unsit.catalogue.pose import Scene
from unsit.core.model import Avoid, Exercise, Level, Place, SegmentKind, Side, WorkKind
from unsit.words import _

Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*\Z", max_length=40)]
Sentence = Annotated[str, Meta(min_length=1, max_length=160)]
Moment = Literal["start", "half", "end"]

MOMENTS: Final[tuple[Moment, ...]] = ("start", "half", "end")
SIDES: Final[tuple[Side, ...]] = ("left", "right")


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the exercise can be checked. Attributes: letter: A, B or C for the articles that Unsit teaches from."""

    title: str
    letter: str = ""


class Cue(Struct, frozen=True, forbid_unknown_fields=True):
    """What is said when a segment begins, at half time, and as it ends. Empty: nothing."""

    start: Annotated[str, Meta(max_length=160)] = ""
    half: Annotated[str, Meta(max_length=160)] = ""
    end: Annotated[str, Meta(max_length=160)] = ""


class Cues(Struct, frozen=True, forbid_unknown_fields=True):
    """By segment. In `prepare` and `switch` the side is the one that comes next."""

    prepare: Cue = Cue()
    hold: Cue = Cue()
    reps: Cue = Cue()
    breaths: Cue = Cue()
    rest: Cue = Cue()
    switch: Cue = Cue()
    walk: Cue = Cue()


class ExerciseText(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything in an exercise's file.

    Attributes:
        order: where it stands in the catalogue, which also decides ties of the rotation.
        amount: as in core.model.Exercise.
        dose: how much, in words; `dose_from` says whether the figure is the article's or the program's own default.
        figure: the poses; an exercise of the person's own may have none.
    """

    id: Id
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    kind: Literal["stretch", "strength", "release", "movement"]
    place: Place
    work: WorkKind
    steps: Annotated[tuple[Sentence, ...], Meta(min_length=1, max_length=8)]
    cues: Cues = Cues()
    per_side: bool = False
    amount: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    order: int = 1000
    avoid: tuple[Avoid, ...] = ()
    level: Level = "gentle"
    dose: Annotated[str, Meta(max_length=160)] = ""
    dose_from: Literal["article", "program"] = "program"
    why: Annotated[str, Meta(max_length=160)] = ""
    needs: tuple[Sentence, ...] = ()
    cautions: tuple[Sentence, ...] = ()
    sources: tuple[Source, ...] = ()
    figure: Scene | None = None

    def rule(self) -> Exercise:
        """What the core needs to know of it."""
        return Exercise(
            id=self.id,
            kind=self.kind,
            place=self.place,
            work=self.work,
            per_side=self.per_side,
            amount=self.amount,
            avoid=self.avoid,
            level=self.level,
        )

    def cue(self, segment: SegmentKind, moment: Moment, side: Side | None = None) -> str:
        """What is said then, in the person's language; empty where nothing is."""
        cue: Cue = getattr(self.cues, segment)
        sentence: str = getattr(cue, moment)
        return said(sentence, side)

    def sentences(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every sentence in it, with its place in the file."""
        for key in ("name", "dose", "why"):
            if sentence := getattr(self, key):
                yield (key,), sentence
        for key in ("needs", "cautions", "steps"):
            for number, sentence in enumerate(getattr(self, key)):
                yield (key, number), sentence
        for segment in Cues.__struct_fields__:
            cue = getattr(self.cues, segment)
            for moment in MOMENTS:
                if sentence := getattr(cue, moment):
                    yield ("cues", segment, moment), sentence


def fill(sentence: str, side: Side | None) -> str:
    """The English sentence for a side; without one, for the left."""
    if "{" not in sentence:
        return sentence
    side = side or "left"
    other = "right" if side == "left" else "left"
    return sentence.format(side=side, other=other, Side=side.capitalize(), Other=other.capitalize())


def said(sentence: str, side: Side | None = None) -> str:
    """The sentence in the person's language. Left and right are two msgids, for they may differ in more than one word."""
    return _(fill(sentence, side)) if sentence else ""


def msgids(exercise: ExerciseText) -> list[str]:
    """Every English sentence that `said` may ask a translation for, each once, in the order of the file."""
    found = (fill(sentence, side) for _path, sentence in exercise.sentences() for side in SIDES)
    return list(dict.fromkeys(found))
