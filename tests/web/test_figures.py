"""What the pages are given of a figure: of each stage its own, with the letters of the sides where there are sides."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from unsit.catalogue import Catalogue, ExerciseText, load
from unsit.catalogue.exercise import Stage
from unsit.core.model import Side
from unsit.paths import shipped_config_dir
from unsit.web.figures import moving_figure, moving_figure_json, still_figure

CATALOGUE: Catalogue = load(shipped_config_dir() / "exercises", None)


def shipped(name: str) -> ExerciseText:
    text = CATALOGUE.get(name)
    assert text is not None
    return text


def staged() -> ExerciseText:
    """First done for both sides with a figure of its own, then at rest without one."""
    own = shipped("supine").figure
    stages = (Stage("Hold", "hold", seconds=20, per_side=True, figure=own), Stage("Rest", "rest", seconds=60))
    return replace(shipped("constructive-rest"), figure=None, own_stages=stages)


@pytest.mark.parametrize("name", [text.id for text in CATALOGUE.exercises])
def test_each_exercise_is_sent_with_its_name_and_the_segments_it_has(name: str) -> None:
    text = shipped(name)
    sent = moving_figure(text, "left")
    assert sent is not None
    assert sent["title"] == text.name
    assert {"before", "prepare", text.work} == set(sent["tracks"]) - {"switch"}
    assert ("switch" in sent["tracks"]) == text.per_side


@pytest.mark.parametrize(("side", "letters"), [("left", ["L", "R"]), ("right", ["R", "L"])])
def test_the_letter_is_that_of_the_side(side: Side, letters: list[str]) -> None:
    sent = moving_figure(shipped("bird-dog"), side)
    assert sent is not None
    assert sent["badge"][:2] == letters
    whole = moving_figure(shipped("bridge"), side)
    assert whole is not None
    assert whole["badge"] is None
    assert f">{letters[0]}</text>" in (still_figure(shipped("bird-dog"), side) or "")
    assert "</text>" not in (still_figure(shipped("bridge"), side) or "")


def test_a_stage_has_the_figure_that_is_its_own_and_nothing_where_it_has_none() -> None:
    text = staged()
    first = moving_figure(text, "left", 0)
    assert first is not None
    assert set(first["tracks"]) == {"before", "prepare", "hold", "switch"}
    assert moving_figure(text, "left", 1) is None
    assert moving_figure(text, "left", 2) is None
    assert moving_figure(text, "left", -1) is None
    assert "<svg" in (still_figure(text, "left") or "")


def test_what_is_kept_is_what_would_be_made() -> None:
    for _again in range(2):
        kept = moving_figure_json(shipped("supine"), "left")
        assert kept is not None
        assert json.loads(kept) == json.loads(json.dumps(moving_figure(shipped("supine"), "left")))
    nothing = replace(shipped("supine"), figure=None)
    assert moving_figure_json(nothing, "left") is None
    assert still_figure(nothing, "left") is None
