"""Catalogues, times and durations; with real catalogues made by msgfmt and real locales made by localedef."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from support.desktop import needs, require
from unsit import words
from unsit.words import format_duration, format_moment, format_time_within, join_words

NOW = datetime(2026, 3, 2, 9, 5)  # noqa: DTZ001  local time
PACKAGE = Path(words.__file__).parent

PO = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "Start"
msgstr "{language} Start"

msgid "{{n}} break"
msgid_plural "{{n}} breaks"
msgstr[0] "{{n}} przerwa"
msgstr[1] "{{n}} przerwy"
msgstr[2] "{{n}} przerw"
"""


@pytest.fixture(autouse=True)
def _english_again() -> None:
    """Each test sets up what it needs; the others of this process have English."""
    words.setup({})


@pytest.fixture
def catalogues(tmp_path: Path) -> Path:
    """Catalogues for `pl` and `de_AT`, and a broken one for `xx`."""
    for language in ("pl", "de_AT"):
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "unsit.po").write_text(PO.format(language=language))
        subprocess.run(["msgfmt", "-o", folder / "unsit.mo", folder / "unsit.po"], check=True)
    broken = tmp_path / "xx" / "LC_MESSAGES"
    broken.mkdir(parents=True)
    (broken / "unsit.mo").write_bytes(b"not a catalogue")
    return tmp_path


@needs("msgfmt")
@pytest.mark.parametrize(
    ("environment", "start"),
    [
        ({"LANG": "pl_PL.UTF-8"}, "pl Start"),
        ({"LANG": "de_AT.UTF-8"}, "de_AT Start"),
        ({"LANG": "de_DE.UTF-8"}, "Start"),
        ({"LANG": "pl_PL.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "Start"),
        ({"LANG": "pl_PL.UTF-8", "LC_ALL": "de_AT.UTF-8"}, "de_AT Start"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "fr:pl:de"}, "pl Start"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "en:pl"}, "Start"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "en_US.UTF-8:pl"}, "Start"),
        ({"LC_ALL": "C", "LANG": "pl_PL.UTF-8", "LANGUAGE": "pl"}, "Start"),
        ({"LANG": "xx_XX.UTF-8"}, "Start"),
        ({}, "Start"),
    ],
)
def test_the_person_gets_the_first_of_their_languages_that_there_is(
    catalogues: Path, environment: dict[str, str], start: str
) -> None:
    """By the rules of GNU gettext; English needs no catalogue, so nothing after it is looked for."""
    words.setup(environment, catalogues)

    assert words._("Start") == start
    assert words._("A sentence that nobody translated") == "A sentence that nobody translated"


@needs("msgfmt")
@pytest.mark.parametrize(
    ("environment", "tag"),
    [
        ({"LANG": "pl_PL.UTF-8"}, "pl"),
        ({"LANG": "de_AT.UTF-8"}, "de-AT"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "fr:pl:de"}, "pl"),
        ({"LANG": "en_AU.UTF-8@euro"}, "en-AU"),
        ({"LANG": "xx_XX.UTF-8"}, "en"),
        ({"LC_ALL": "C", "LANGUAGE": "pl"}, "en"),
        ({}, "en"),
    ],
)
def test_a_voice_is_told_the_language_of_the_words(catalogues: Path, environment: dict[str, str], tag: str) -> None:
    """The one they are in, not the one that was wished for: a Polish voice cannot read English."""
    words.setup(environment, catalogues)

    assert words.language(environment, catalogues) == tag


@needs("msgfmt")
def test_plurals_follow_the_language(catalogues: Path) -> None:
    """Polish has three forms, English two."""
    words.setup({"LANG": "pl_PL.UTF-8"}, catalogues)
    polish = [words.ngettext("{n} break", "{n} breaks", n).format(n=n) for n in (1, 2, 5, 22)]
    words.setup({}, catalogues)
    english = [words.ngettext("{n} break", "{n} breaks", n).format(n=n) for n in (1, 2)]

    assert polish == ["1 przerwa", "2 przerwy", "5 przerw", "22 przerwy"]
    assert english == ["1 break", "2 breaks"]


@needs("localedef")
@pytest.mark.parametrize(
    ("locale", "times"),
    [
        ("en_US", ["9:05 AM", "2:30 PM", "12:00 AM"]),
        ("fi_FI", ["09.05", "14.30", "00.00"]),
        ("ja_JP", ["09時05分", "14時30分", "00時00分"]),
        ("hy_AM", ["09:05", "14:30", "00:00"]),
        ("C", ["09:05", "14:30", "00:00"]),
        ("no_SUCH", ["09:05", "14:30", "00:00"]),
    ],
)
def test_a_time_of_day_is_the_locales_own(tmp_path: Path, locale: str, times: list[str]) -> None:
    """12 or 24 hours, points or colons, the hour's own word; without seconds and zone, which some locales have in it.
    In Armenian and some others the locale asks for a.m. and p.m. and has no words for them."""
    if locale not in ("C", "no_SUCH"):
        if not Path("/usr/share/i18n/locales").is_dir():
            require("locales")  # Debian's name for them
        # It returns 1 for warnings about the locale's own sources.
        subprocess.run(
            ["localedef", "-c", "-i", locale, "-f", "UTF-8", tmp_path / f"{locale}.UTF-8"],
            capture_output=True,
            check=False,
        )
        assert (tmp_path / f"{locale}.UTF-8/LC_TIME").exists(), "the package `locales` is needed"
    program = """
import datetime, json, locale
from unsit import words
before = locale.setlocale(locale.LC_TIME)
words.setup()
moments = [datetime.datetime(2026, 3, 2, *clock) for clock in ((9, 5), (14, 30), (0, 0))]
print(json.dumps([before, locale.setlocale(locale.LC_NUMERIC), [words.format_time(moment) for moment in moments]]))
"""
    environment = {**os.environ, "LOCPATH": str(tmp_path), "LC_ALL": f"{locale}.UTF-8" if locale != "C" else "C"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    before, numeric, shown = json.loads(done.stdout)
    assert shown == times
    assert numeric == "C", "0.5 would be read as 0"
    assert before == "C", "something was set at import"


def test_a_moment_of_another_day_has_its_day() -> None:
    def shown(day: int, month: int = 3) -> str:
        return format_moment(datetime(2026, month, day, 9), NOW)  # noqa: DTZ001  local time

    assert shown(2) == "09:00"
    assert shown(3) == "tomorrow, 09:00"
    assert shown(5) == "Thursday, 09:00"
    assert shown(8) == "Sunday, 09:00"
    assert shown(9) == "03/09/26, 09:00"
    assert shown(1) == "03/01/26, 09:00"


def test_a_time_within_a_sentence_has_its_day() -> None:
    """It reads on: until 09:00 tomorrow."""

    def shown(day: int) -> str:
        return format_time_within(datetime(2026, 3, day, 9), NOW)  # noqa: DTZ001  local time

    assert [shown(2), shown(3), shown(1), shown(5)] == [
        "09:00", "09:00 tomorrow", "09:00 yesterday", "Thu 05 Mar, 09:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (0.6, "1 s"),
        (45, "45 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (198, "3 min 18 s"),
        (599, "9 min 59 s"),
        (600, "10 min"),
        (629, "10 min"),
        (630, "11 min"),
        (2280, "38 min"),
        (3569, "59 min"),
        (3570, "1 h"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (7170, "2 h"),
        (93600, "26 h"),
    ],
)
def test_a_duration_shows_what_is_worth_reading(seconds: float, text: str) -> None:
    """Seconds up to ten minutes, minutes beyond; nothing is 60 min or 0 min."""
    assert format_duration(seconds) == text


def test_a_list_reads_as_a_sentence() -> None:
    assert join_words(["a"]) == "a"
    assert join_words(["a", "b"]) == "a and b"
    assert join_words(["a", "b", "c"]) == "a, b and c"


def test_the_module_is_light() -> None:
    """Every process imports it, the command line too, and most of their runs say nothing."""
    program = "import sys; import unsit.words; print(sorted({'gettext', 'locale', 'datetime'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-S", "-c", program], env={"PYTHONPATH": str(PACKAGE.parent.parent)},
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout == "[]\n"
