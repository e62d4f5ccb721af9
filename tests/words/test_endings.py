"""How a stretch ended, in words."""

from __future__ import annotations

from support.snapshots import at, snapshot
from unsit import catalogue, paths
from unsit.core.snapshot import LastView
from unsit.words.endings import end_words

CATALOGUE = catalogue.load(paths.shipped_config_dir() / "exercises", None)


def test_who_has_no_stretch_left_is_told_where_the_last_one_hurt() -> None:
    """Or the next break would come as the walk alone, and nobody would know why."""
    last = LastView("partial", ("standing-lunge",), {}, at(0), 1, "pain")
    why = "A break is the walk alone: no stretch is left that suits you (off because it hurt: 1)."

    title, sentences = end_words(snapshot(hurt=("standing-lunge",)), last, CATALOGUE)
    assert title == "Stopped, because it hurt"
    assert why not in sentences
    assert end_words(snapshot(hurt=("standing-lunge",), no_stretch=why), last, CATALOGUE) == (title, [*sentences, why])
