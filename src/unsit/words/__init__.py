"""Every sentence that a person reads or hears, through gettext.

The English sentence is the key; a language without a catalogue gets English. Catalogues are bound at the first
sentence, and nothing here is read or set when the module is imported: the program's entry calls `setup()` once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime
    from gettext import NullTranslations

DOMAIN: Final = "unsit"
LOCALE_DIR: Final = Path(__file__).parent / "locale"
"""`<language>/LC_MESSAGES/unsit.mo`"""

_SECONDS_SHOWN_BELOW_S: Final = 600
"""A stretch of 3 min 18 s is not 3 min; having sat for 38 min 20 s is 38 min."""

_catalogue: NullTranslations | None = None


def setup(environ: Mapping[str, str] | None = None, locale_dir: Path = LOCALE_DIR) -> None:
    """Take the person's locale from the environment. Once, from the program's entry, before other threads run.

    Only what words need is set: with LC_NUMERIC some C libraries read "0.5" as 0. A locale that the system does not
    have leaves the C locale, as in any other program.
    """
    import locale

    global _catalogue
    for category in ("LC_CTYPE", "LC_TIME", "LC_MESSAGES"):  # Windows has no LC_MESSAGES
        if hasattr(locale, category):
            try:
                locale.setlocale(getattr(locale, category), "")
            except locale.Error:
                continue
    _catalogue = _find_catalogue(os.environ if environ is None else environ, locale_dir)
    _time_format.cache_clear()


def _(message: str) -> str:
    return _catalogue_now().gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    """`one` or `many`, by the language's own plural rule; the caller fills in `{n}`."""
    return _catalogue_now().ngettext(one, many, n)


def N_(message: str) -> str:
    """Mark a sentence that stands in a table; `_()` it where it is shown. (gettext's own name for it.)"""
    return message


def language(environ: Mapping[str, str] | None = None, locale_dir: Path = LOCALE_DIR) -> str:
    """Which one the sentences are in, as a tag of BCP 47: "de", or "en-GB" for somebody who reads English there."""
    import gettext

    environ = os.environ if environ is None else environ
    languages = _languages(environ)
    file = gettext.find(DOMAIN, locale_dir, languages) if languages else None
    if file is not None and _catalogue_now().info():  # a damaged catalogue has none
        return Path(file).parts[-3].replace("_", "-")
    name = next((environ[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(key)), "")
    name = name.partition(".")[0].partition("@")[0].replace("_", "-")
    return name if name.startswith("en-") else "en"


def format_time(moment: datetime) -> str:
    """Time of day as the person's locale writes it, without seconds: 10:52, 10:52 AM, 10.52."""
    return moment.strftime(_time_format()).strip()


def format_moment(moment: datetime, now: datetime) -> str:
    """`format_time`, with the day where it is not today's: 10:52; tomorrow, 09:00; Monday, 09:00; 01/04/27, 09:00."""
    days = (moment.date() - now.date()).days
    if days == 0:
        return format_time(moment)
    if days == 1:
        return _("tomorrow, {time}").format(time=format_time(moment))
    day = moment.strftime("%A" if 1 < days < 7 else "%x")
    return _("{day}, {time}").format(day=day, time=format_time(moment))


def format_time_within(moment: datetime, now: datetime) -> str:
    """`format_time` for within a sentence, with the day where it is not today's: 10:52; 09:00 tomorrow; Thu 05 Mar, 09:00."""
    time, days = format_time(moment), (moment.date() - now.date()).days
    if days == 0:
        return time
    if days == 1:
        return _("{time} tomorrow").format(time=time)
    if days == -1:
        return _("{time} yesterday").format(time=time)
    return _("{day}, {time}").format(day=f"{moment:%a %d %b}", time=time)


def format_duration(seconds: float) -> str:
    """Rounded to what is worth reading: 45 s, 3 min 18 s, 38 min, 1 h 5 min."""
    total_s = max(0, round(seconds))
    if total_s < _SECONDS_SHOWN_BELOW_S:
        minutes, rest_s = divmod(total_s, 60)
        if minutes and rest_s:
            return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest_s)
        return _("{minutes} min").format(minutes=minutes) if minutes else _("{seconds} s").format(seconds=rest_s)
    hours, minutes = divmod((total_s + 30) // 60, 60)
    if hours and minutes:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    return _("{hours} h").format(hours=hours) if hours else _("{minutes} min").format(minutes=minutes)


def join_words(words: Iterable[str]) -> str:
    """a, b and c"""
    *head, last = words
    return _("{these} and {that}").format(these=", ".join(head), that=last) if head else last


def _catalogue_now() -> NullTranslations:
    global _catalogue
    if _catalogue is None:
        _catalogue = _find_catalogue(os.environ, LOCALE_DIR)
    return _catalogue


def _find_catalogue(environ: Mapping[str, str], locale_dir: Path) -> NullTranslations:
    import gettext

    # An empty list would make gettext look into os.environ by itself.
    languages = _languages(environ)
    if not languages:
        return gettext.NullTranslations()
    try:
        return gettext.translation(DOMAIN, locale_dir, languages, fallback=True)
    except (OSError, ValueError):  # a damaged catalogue must not cost the program its words
        return gettext.NullTranslations()


def _languages(environ: Mapping[str, str]) -> list[str]:
    """The languages wanted before English, by the rules of the GNU gettext manual ("The LANGUAGE variable").

    Python's own search knows no English catalogue here and would give somebody with LANGUAGE=en:de German.
    """
    locale_name = next((environ[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(key)), "C")
    if locale_name in ("C", "POSIX"):  # asked for the sentences as they stand in the program; LANGUAGE is ignored
        return []
    wanted: list[str] = []
    for language in (environ.get("LANGUAGE") or locale_name).split(":"):
        if language.partition(".")[0].partition("_")[0] in ("en", "C", "POSIX"):
            break
        if language:
            wanted.append(language)
    return wanted


@lru_cache(maxsize=1)
def _time_format() -> str:
    """The locale's time format without seconds and zone."""
    import locale
    import re

    if not hasattr(locale, "nl_langinfo"):  # Windows: look at an example
        has_24_hours = "22" in time.strftime("%X", (2026, 1, 1, 22, 33, 44, 3, 1, 0))
        return "%H:%M" if has_24_hours else "%I:%M %p"
    half_days = locale.nl_langinfo(locale.T_FMT_AMPM) if locale.nl_langinfo(locale.AM_STR) else ""
    wanted = locale.nl_langinfo(locale.T_FMT)
    wanted = wanted.replace("%r", half_days or "%H:%M:%S").replace("%T", "%H:%M:%S")
    # %OS: Persian digits; 秒, 초: the word for second that follows the number; zones: Arabic, Tamil and others.
    wanted = re.sub(r"[:.,\s]*%[OE-]?S(?:\s?秒|\s?초)?|\s*%[zZ]", "", wanted)
    return wanted.replace("%I", "%-I") if "%" in wanted else "%H:%M"
