from __future__ import annotations

import tomllib
from collections.abc import Iterator

import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from unsit.settings.lines import find_lines, line_of
from unsit.settings.values import Path

SCALARS = st.one_of(st.booleans(), st.integers(-9, 9999), st.floats(allow_nan=False), st.text(), st.dates(), st.times())
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=12
)


def paths_in(value: object, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, part in value.items():
            yield from paths_in(part, (*path, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from paths_in(part, (*path, index))


def test_every_form_of_toml_has_its_line() -> None:
    """Dotted keys, quoted keys, texts of several lines, lists of tables within lists of tables, tables in a line."""
    text = '''# a comment = 1
title = """
[not] = "a table"
quote \\""" and two more"""""
a.'b c'."d" = 1

[table]  # [comment]
list = [
  1, # one
  [2, "]", 3],

  {x = 1, y = {z = '#'}},
]
dates = [1979-05-27T07:32:00Z, 07:32:00]

[[entry]]
name = "first"
[[entry.part]]
n = 1
[[entry.part]]
n = 2
[entry.more]
m = 1
[[entry]]
name = \'\'\'
second\'\'\'
more.m = 2
'''
    lines = find_lines(text)

    assert {path for path in lines if path} == set(paths_in(tomllib.loads(text)))
    assert lines["title",] == 2
    assert lines["a", "b c", "d"] == 5
    assert lines["table",] == 7
    assert lines["table", "list", 1, 1] == 10
    assert lines["table", "list", 2, "y", "z"] == 12
    assert lines["entry", 0] == 16
    assert lines["entry", 0, "part", 1, "n"] == 21
    assert lines["entry", 0, "more", "m"] == 23
    assert lines["entry", 1, "name"] == 25
    assert lines["entry", 1, "more", "m"] == 27


def test_what_is_missing_is_missing_where_it_should_be() -> None:
    """The nearest thing around a path that has a line; none for what is nowhere."""
    lines = find_lines('[[hours]]\ndays = ["mon"]\n\n[[hours]]\ndays = ["tue"]\n')

    assert line_of(("hours", 1, "from"), lines) == 4
    assert line_of(("prompt", "every"), lines) is None


@settings(deadline=None)  # the machine may have other things to do
@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_every_key_of_any_document_is_found(document: dict[str, object]) -> None:
    """Whatever tomli-w writes: each table, key and entry has a line within the text, and there are no others."""
    text = tomli_w.dumps(document)

    lines = find_lines(text)

    written = set(paths_in(tomllib.loads(text)))
    assert written == set(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
