"""The usual slips in a file, called by their names."""

from __future__ import annotations

import tomllib

import pytest

from unsit.settings.syntax import explain


@pytest.mark.parametrize(
    ("line", "is_typographic"),
    [
        ("cue = “Breathe”", True),
        ("cue = „Atmen“", True),
        ('steps = ["Sit”, "Stand"]', True),
        ('cue = “Breathe "softly"”', True),
        ('cue = "Lean “forward”, then breathe', False),
        ('cue = "Lean forward, ‘softly’, and breathe', False),
        ('cue = "Don’t hurry, «langsam», „ruhig“" twice', False),
    ],
)
def test_typographic_quotes_are_a_mistake_only_where_a_text_begins_or_ends(line: str, is_typographic: bool) -> None:
    """Within one they are what a good typist writes, and something else is wrong."""
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(line)

    slip = explain(line, caught.value)

    assert slip.line == 1
    assert ("typographic" in slip.wrong) == is_typographic
