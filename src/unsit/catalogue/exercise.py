"""An exercise as its file has it (docs/exercises.md): what the rules need, its sentences, its poses.

A sentence is kept as it is written: an English msgid, with {side} and {other} where it differs between left and right.
`said` makes it what a person reads or hears.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import force_setattr, replace

from unsit.catalogue.pose import Scene
from unsit.core.model import Avoid, Exercise, Level, Place, SegmentKind, Side, WorkKind
from unsit.core.model import Stage as StageRule
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


class StageCues(Struct, frozen=True, forbid_unknown_fields=True):
    """By segment; `prepare` is the time between the stage before and this one."""

    prepare: Cue = Cue()
    hold: Cue = Cue()
    reps: Cue = Cue()
    breaths: Cue = Cue()
    rest: Cue = Cue()
    switch: Cue = Cue()


class Stage(Struct, frozen=True, forbid_unknown_fields=True):
    """One of the things that an exercise has one do, in their order.

    Attributes:
        work: anything but the walk, which is at a session's end.
        amount: how many reps or breaths, of each side.
        seconds: of a rest, or of a hold that the setting `stretch.hold` does not decide.
        prepare: seconds for getting into it from the stage before.
        steps, figure: empty, None where those of the exercise serve.
    """

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    work: WorkKind
    amount: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    seconds: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    per_side: bool = False
    prepare: Annotated[float, Meta(ge=0, le=120)] = 10.0
    steps: Annotated[tuple[Sentence, ...], Meta(max_length=8)] = ()
    cues: StageCues = StageCues()
    figure: Scene | None = None

    def rule(self) -> StageRule:
        """What the core needs to know of it."""
        return StageRule(self.work, self.seconds or self.amount, self.per_side, self.prepare)


class ExerciseText(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything in an exercise's file.

    Attributes:
        work: what one does; with `own_stages`, what one does first.
        order: where it stands in the catalogue, which also decides ties of the rotation.
        amount: as in core.model.Exercise.
        own_stages: `[[stages]]` as the file has them, mostly none; whoever shows them takes `parts` or `stages`.
        rounds: how often all stages are done, of each side.
        dose: how much, in words; `dose_from` says whether the figure is the article's or the program's own default.
        figure: the poses; an exercise of the person's own may have none.
    """

    id: Id
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    kind: Literal["stretch", "strength", "release", "movement"]
    place: Place
    steps: Annotated[tuple[Sentence, ...], Meta(min_length=1, max_length=8)]
    work: WorkKind = "hold"  # the loader demands it where there are no stages
    own_stages: Annotated[tuple[Stage, ...], Meta(max_length=12)] = field(default=(), name="stages")
    rounds: Annotated[int, Meta(ge=1, le=20)] = 1
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

    def __post_init__(self) -> None:
        if self.own_stages:
            force_setattr(self, "work", self.own_stages[0].work)

    @property
    def has_sides(self) -> bool:
        """Some of it is done for one side, then for the other."""
        return self.per_side or any(stage.per_side for stage in self.own_stages)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What one does, one after the other: `parts`, in all their rounds. `SegmentView.stage` counts in it."""
        return self.parts * self.rounds

    @property
    def parts(self) -> tuple[Stage, ...]:
        """What one does in a round; at least one, each with the steps and the figure that are shown in it.

        In an exercise without `[[stages]]` it is one, of the exercise's own name. `per_side` says of each whether it is done
        for both sides, be it before the next stage or after the last.
        """
        if not self.own_stages:
            amount = "amount" if self.work in ("reps", "breaths") else "seconds"
            one = Stage(self.name, self.work, per_side=self.per_side, steps=self.steps, figure=self.figure)
            return (replace(one, **{amount: self.amount}),)
        return tuple(
            replace(
                stage,
                per_side=stage.per_side or self.per_side,
                steps=stage.steps or self.steps,
                figure=stage.figure or self.figure,
            )
            for stage in self.own_stages
        )

    def stage(self, number: int) -> Stage:
        """One of `stages`; the last for a session of a file that had more."""
        return self.stages[min(number, len(self.stages) - 1)]

    def figure_of(self, stage: int = 0) -> Scene | None:
        """The poses that are shown in a stage; None where there are none."""
        return self.stage(stage).figure

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
            stages=tuple(stage.rule() for stage in self.own_stages) * self.rounds,
        )

    def cue(self, segment: SegmentKind, moment: Moment, side: Side | None = None, stage: int = 0) -> str:
        """What is said then, in the person's language; empty where nothing is."""
        _place, cue = self.cue_of(segment, stage)
        sentence: str = getattr(cue, moment)
        return said(sentence, side)

    def cue_of(self, segment: SegmentKind, stage: int = 0) -> tuple[tuple[str | int, ...], Cue]:
        """The table of the file that has the sentences of a segment, and what it has.

        As a session begins, the exercise's `prepare` comes first. Otherwise a stage's own does; where it has none, the way to
        it is announced by its name, but not the way to the next round, and the rest is the exercise's.
        """
        general: Cue = getattr(self.cues, segment)
        is_beginning = segment == "prepare" and not stage
        if not self.own_stages or segment == "walk" or (is_beginning and general != Cue()):
            return ("cues", segment), general
        number = min(stage, len(self.stages) - 1) % len(self.own_stages)
        own = self.own_stages[number]
        place, cue = ("stages", number, "cues", segment), getattr(own.cues, segment)
        if cue != Cue():
            return place, cue
        if segment == "prepare" and stage:
            return place, Cue(start=own.name if number else "")
        return ("cues", segment), general

    def sentences(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every sentence in it, with its place in the file."""
        yield from _sentences_of(self, (), ("name", "dose", "why"), ("needs", "cautions", "steps"))
        for number, stage in enumerate(self.own_stages):
            yield from _sentences_of(stage, ("stages", number), ("name",), ("steps",))


def _sentences_of(
    of: ExerciseText | Stage, place: tuple[str | int, ...], single: tuple[str, ...], lists: tuple[str, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for key in single:
        if sentence := getattr(of, key):
            yield (*place, key), sentence
    for key in lists:
        for number, sentence in enumerate(getattr(of, key)):
            yield (*place, key, number), sentence
    for segment in of.cues.__struct_fields__:
        cue = getattr(of.cues, segment)
        for moment in MOMENTS:
            if sentence := getattr(cue, moment):
                yield (*place, "cues", segment, moment), sentence


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
