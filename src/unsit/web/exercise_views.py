"""The exercises as the list page shows them, and the words of that page and of the one about the program. Pure, as views.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from zlib import crc32

from msgspec import json
from msgspec.structs import replace

from unsit import __version__
from unsit.catalogue import Catalogue, said
from unsit.catalogue.exercise import ExerciseText, Stage
from unsit.catalogue.psoas import psoas_percent
from unsit.catalogue.rig import solve
from unsit.catalogue.tips import TIPS
from unsit.settings.types import Problem
from unsit.words import _
from unsit.words.exercises import dose, dose_note, facts, own_words, stage_dose, state_words

GROUPS: Final = (("stretch",), ("strength",), ("release", "movement"))
"""What stands together, by its kinds."""


# --------------------------------------------------------------------------------------------------------- the fixed words


def link_labels() -> dict[str, str]:
    """The way from one page to another, on every page but the guide, which one does not leave."""
    return {
        "other_pages": _("Other pages"),
        "status_link": _("How things stand"),
        "exercises_link": _("Exercises"),
        "about_link": _("About Unsit"),
    }


def list_labels() -> dict[str, str]:
    """Every fixed word of the list page, by the name that the template and the module use."""
    return {
        **link_labels(),
        "exercises_title": _("Exercises"),
        "exercises_lead": _(
            "A gentle stretch is the aim, and pain is the signal to stop. With a hip or back disease, after a recent"
            " operation, or with pain that spreads, ask a professional before you begin. This is no medical advice."
        ),
        "sections": _("On this page"),
        "faults": _("Files with a mistake"),
        "faults_lead": _("What stands in them is not used until they are mended; everything else works on."),
        "try_it": _("Try it"),
        "on": _("On"),
        "off": _("Off"),
        "more": _("How it goes"),
        "why_it": _("What for"),
        "source": _("Source"),
        "why": _("Why stretch here"),
        "tips": _("Through the rest of the day"),
        "sources": _("Where this comes from"),
        "own": _("Exercises of your own"),
        "own_lead": _(
            "What a physiotherapist has shown you can be guided too, with several steps, sides, holds and repetitions. In a"
            " terminal, this makes a file that explains itself; save it, and the exercise is in this list:"
        ),
        "own_command": 'unsit exercise new "' + _("Calf stretch") + '"',
    }


def about_labels() -> dict[str, str]:
    """The same for the page about the program."""
    return {
        **link_labels(),
        "about_title": _("About Unsit"),
        "about_lead": _("Says get up after every hour of sitting, and guides a short stretch of the psoas."),
        "version_label": _("Version"),
        "version": __version__,
        "licence_label": _("Licence"),
        "licence": _("MIT: use it, change it, pass it on."),
        "privacy": _("Your data"),
        "privacy_1": _("Nothing leaves this computer. Unsit has no account, asks no server, and counts nobody."),
        "privacy_2": _(
            "What you did stands in a database in your own folder, which only you can read. These pages are served by this"
            " computer to your browser alone, and are gone when you close them."
        ),
        "why": _("Why get up, and why this muscle"),
        "model": _("The figure and the psoas in it"),
        "model_1": _(
            "The figure is worked out from the angles of its joints, with the limbs in the proportions of an average body. The"
            " band in it is the psoas: drawn from the low back over the front of the hip to the inside of the thigh bone."
        ),
        "model_2": _(
            "The number beside it compares the length of that line with its length when seated, which counts as 100 %. It shows"
            " what a position does in principle. It is geometry, not a measurement: nothing on this computer knows how long"
            " your muscle is."
        ),
        "model_3": _(
            "Where it is attached and what it bends around follows two published models: S. L. Delp and others (1990) for"
            " pelvis and thigh, M. Christophy and others (2012) for the lumbar spine. The limbs are as long as in Drillis and"
            " Contini (1966)."
        ),
        "lengths": _("Its length in each position, seated is 100 %"),
        "sources": _("Where this comes from"),
        "sources_lead": _("The exercises and the reasons are facts from three articles, said in words of our own."),
        "medical": _("No medical advice"),
        "medical_1": _(
            "Unsit cannot examine you. With a hip or back disease, after a recent operation, or with pain that spreads, ask a"
            " professional first. Pain is the signal to stop: say “This hurts”, and the stretch ends at once."
        ),
    }


def reasons() -> list[dict[str, Any]]:
    """Why, each with the letters of the articles that say so."""
    told = [
        (
            _(
                "Sitting keeps the hips bent. The psoas, the muscle that bends them, adapts to being short; then it pulls the"
                " low back toward the thigh and tips the pelvis forward, and the low back bears the strain."
            ),
            "ABC",
        ),
        (
            _(
                "The psoas runs from the lower vertebrae over the front of the hip joint to the inside of the upper thigh"
                " bone. No other muscle bends the hip as much."
            ),
            "ABC",
        ),
        (
            _("What works against it: a gentle stretch, held for 30 to 60 seconds on one side, then on the other."),
            "ABC",
        ),
        (_("And two minutes on your feet every hour."), "C"),
        (_("Much running or cycling tightens it too, and arthritis can make it worse."), "B"),
    ]
    return [{"text": text, "letters": list(letters)} for text, letters in told]


def tips() -> list[dict[str, Any]]:
    return [{"text": tip.text, "letters": list(tip.letters)} for tip in TIPS]


def articles(catalogue: Catalogue) -> list[dict[str, str]]:
    """Letter and title of each, from the shipped exercises that name them."""
    shipped = [text for text in catalogue.exercises if text.id not in catalogue.own]
    titles = {source.letter: source.title for text in shipped for source in text.sources if source.letter}
    return [{"letter": letter, "title": titles[letter]} for letter in sorted(titles)]


# ------------------------------------------------------------------------------------------------------------- the list


def exercises_view(catalogue: Catalogue, switches: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the list page shows beside the state, as plain data.

    Args:
        switches: the daemon's answer to `catalogue`; nothing is said of the state of what is not in it.
    """
    by_id = {entry["id"]: entry for entry in switches}
    return {
        "groups": [
            {"kind": kinds[0], "title": _group_title(kinds[0]), "exercises": cards}
            for kinds in GROUPS
            if (cards := [_card(text, catalogue, by_id) for text in catalogue.exercises if text.kind in kinds])
        ],
        "faults": [_fault(problem) for problem in catalogue.problems],
        "articles": articles(catalogue),
        "reasons": reasons(),
        "tips": tips(),
    }


def about_view(catalogue: Catalogue) -> dict[str, Any]:
    return {"articles": articles(catalogue), "reasons": reasons(), "lengths": lengths(catalogue)}


def lengths(catalogue: Catalogue) -> list[dict[str, Any]]:
    """How long the line of the psoas is in each position that shows it, in per cent of seated; the shortest first."""
    drawn = [(_(text.name), text.figure) for text in catalogue.exercises if text.figure and text.figure.muscle]
    found = [(_("Seated"), 100), *((name, round(psoas_percent(solve(scene.work, scene)))) for name, scene in drawn)]
    return [{"name": name, "percent": percent} for name, percent in sorted(found, key=lambda pair: pair[1])]


def _group_title(kind: str) -> str:
    return {"stretch": _("Stretches"), "strength": _("Strength"), "release": _("Rest and walk")}[kind]


def _card(text: ExerciseText, catalogue: Catalogue, switches: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    switch = switches.get(text.id, {})
    file = catalogue.own.get(text.id)
    has_parts = len(text.parts) > 1
    return {
        "id": text.id,
        "text": {
            "name": _(text.name),
            "own": own_words(file.name, is_replacement=text.id in catalogue.replaced) if file else "",
            "facts": list(facts(text)),
            "dose": dose(text),
            "dose_note": dose_note(text),
            "why": _(text.why) if text.why else "",
            "needs": [said(need) for need in text.needs],
            "cautions": [said(caution) for caution in text.cautions],
            "told_for": _("Told for the left side; the right one is its mirror image.") if text.has_sides else "",
            "stages": [
                {"name": _(stage.name) if has_parts else "", "dose": stage_dose(stage) if has_parts else "",
                 "steps": [said(step) for step in stage.steps]}
                for stage in _told_stages(text)
            ],
            "letters": [source.letter for source in text.sources if source.letter],
            "others": [source.title for source in text.sources if not source.letter],
            "side": "left" if text.has_sides else "",
            "figure": _figure_version(text, is_own=file is not None),
            "stage": next((number for number, stage in enumerate(text.parts) if stage.figure is not None), 0),
        },
        "on": bool(switch.get("on", True)),
        "hurt": bool(switch.get("hurt", False)),
        "state": state_words(text, switch["left_out_for"]) if switch else "",
    }  # fmt: skip


def _figure_version(text: ExerciseText, *, is_own: bool) -> str | None:
    """None without a figure; another one for another picture, which only a file of the person's own may become."""
    if all(part.figure is None for part in text.parts):
        return None
    return f"{crc32(json.encode([part.figure for part in text.parts])):x}" if is_own else ""


def _told_stages(text: ExerciseText) -> Iterable[Stage]:
    """Those with something to read of their own; the exercise's own steps are told once."""
    told: tuple[str, ...] | None = None
    for stage in text.parts:
        yield stage if stage.steps != told else _without_steps(stage)
        told = stage.steps


def _without_steps(stage: Stage) -> Stage:
    return replace(stage, steps=())


def _fault(problem: Problem) -> dict[str, str]:
    return {
        "place": f"{problem.file}:{problem.line}" if problem.line else problem.file,
        "key": problem.key,
        "wrong": problem.wrong,
        "right": _("Right: {right}").format(right=problem.right) if problem.right else "",
    }
