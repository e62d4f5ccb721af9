"""What tomllib says of a text that is no TOML, for people: the usual slips as what they are, with what would be right.

Imported only where something is wrong.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final, NamedTuple

from unsit.durations import quote
from unsit.words import N_, _

_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_PAIR: Final = re.compile(r"\s*([\w-]+)\s*=\s*([^\"'\[{#\s][^#]*)", re.ASCII)
"""A key with a value that is no text, list or table."""
_TYPOGRAPHIC: Final = re.compile("[=\\[,]\\s*[“”„«»‘’]|[“”„«»‘’]\\s*(?:,|\\]|#|$)")
"""Where a text begins or ends: within one they are letters like others."""
_TEXT: Final = re.compile('"[^"]*(?:"|$)')
_PAIR_WITHIN: Final = re.compile("“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|»[^«»]*«|‘[^‘’]*’")
_BOOLEANS: Final = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
_RIGHT: Final = (
    ("Unclosed array", N_("a comma after each entry of the list, and ] after the last")),
    ("Illegal character '\\n'", N_("a quote at the end of the text too, in the same line")),
    ("Unterminated string", N_("a quote at the end of the text too, in the same line")),
    ("Unescaped '\\'", N_("\\\\ for each \\ in a text")),
    ("Cannot overwrite a value", N_("each key once")),
    ("Cannot declare", N_("each table once")),
)
"""By words of tomllib's messages; another version of Python may have others, and then says only what is wrong."""


class Slip(NamedTuple):
    """Attributes:
    key: with a wrong value in the file's own words; empty where it is not known.
    right: empty where nothing better is known than how such a file looks.
    """

    line: int | None
    key: str
    wrong: str
    right: str


def explain(text: str, error: ValueError) -> Slip:
    """Args: error: tomllib's, or what int() and datetime raise in it."""
    reason, line = str(error), None
    if place := _PLACE.search(reason):
        line = int(place[1]) if place[1] else len(text.rstrip("\n").split("\n"))
        reason = reason[: place.start()]
    written = text.split("\n")[line - 1] if line else ""
    if _TYPOGRAPHIC.search(_TEXT.sub(lambda text: _PAIR_WITHIN.sub("", text[0]), written)):
        return Slip(line, "", _("has typographic quotes where a text begins or ends"), _('straight ones: "like this"'))
    pair = _PAIR.match(written)
    if pair is not None and not _is_toml(pair[2]):
        name, value = pair[1], pair[2].strip()
        wrong = _("{value} is no TOML value").format(value=quote(value).strip('"'))
        return Slip(line, name, wrong, f"{name} = {_BOOLEANS.get(value.lower()) or quote(value)}")
    right = next((_(words) for message, words in _RIGHT if message in reason), "")
    return Slip(line, "", _("this is no TOML: {reason}").format(reason=reason), right)


def _is_toml(value: str) -> bool:
    try:
        tomllib.loads(f"value = {value}")
    except (ValueError, RecursionError):
        return False
    return True
