"""An exercise in words, for whoever lists them: the page and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unsit.catalogue.exercise import ExerciseText, Stage
from unsit.words import _, format_duration, join_words, ngettext


def facts(text: ExerciseText) -> Iterator[str]:
    """Where and how it is done, a word or two each."""
    if text.work != "walk":
        yield {"desk": _("Standing"), "floor": _("On the floor"), "bed": _("On a bed or bench")}[text.place]
    positions = {"kneeling": _("kneeling"), "overhead": _("an arm overhead")}
    yield from (positions[position] for position in text.avoid if position in positions)
    if text.has_sides:
        yield _("each side")
    if text.level == "deeper":
        yield _("deeper")
    if (count := len(text.parts)) > 1:
        yield ngettext("{count} part", "{count} parts", count).format(count=count)
    if text.rounds > 1:
        yield ngettext("{count} round", "{count} rounds", text.rounds).format(count=text.rounds)


def own_words(file: str, *, is_replacement: bool) -> str:
    if is_replacement:
        return _("Yours, in place of the one that comes with Unsit ({file})").format(file=file)
    return _("Yours ({file})").format(file=file)


def state_words(text: ExerciseText, left_out_for: Sequence[str]) -> str:
    """Whether it is offered, and why not."""
    if "hurt" in left_out_for:
        return _("Off, because it hurt. Switch it on again when it no longer does.")
    if "off" in left_out_for:
        return _("Off: neither offered nor part of a routine.")
    if not left_out_for:
        return _("Offered at breaks, in turn with the others.")
    if "kind" in left_out_for:
        return _("Not offered by itself: it comes in routines, and when you start it.")
    reasons_told = []
    if "place" in left_out_for:
        reasons_told.append(
            {
                "desk": _("you do not stretch standing"),
                "floor": _("you do not stretch on the floor"),
                "bed": _("you do not stretch on a bed"),
            }[text.place]
        )
    if "avoid" in left_out_for:
        reasons_told.append(_("it needs a position that you leave out"))
    if "level" in left_out_for:
        reasons_told.append(_("deeper ones are left out"))
    return _("Not offered, as it is set: {reasons}.").format(reasons=join_words(reasons_told))


def dose(text: ExerciseText) -> str:
    """How much, as the file says it, or else as it is made up."""
    if text.dose:
        return _(text.dose)
    if len(text.parts) > 1:
        return ""  # each part says its own
    one = stage_dose(text.parts[0])
    if text.rounds > 1:
        one = ngettext("{amount}, {count} time", "{amount}, {count} times", text.rounds).format(
            amount=one, count=text.rounds
        )
    return one[:1].upper() + one[1:] + "."


def stage_dose(stage: Stage) -> str:
    """How much of one thing: "10 times a side", "6 s a side", "5 breaths"."""
    match stage.work:
        case "reps":
            much = ngettext("{count} time", "{count} times", int(stage.amount)).format(count=int(stage.amount))
        case "breaths":
            much = ngettext("{count} breath", "{count} breaths", int(stage.amount)).format(count=int(stage.amount))
        case "hold":
            if not stage.seconds:
                set_for_all = _("hold as long as you have set")
                return _("{amount}, each side").format(amount=set_for_all) if stage.per_side else set_for_all
            much = _("hold {duration}").format(duration=format_duration(stage.seconds))
        case _:
            much = format_duration(stage.seconds)
    return _("{amount} a side").format(amount=much) if stage.per_side else much


def dose_note(text: ExerciseText) -> str:
    """Said of a figure that the article does not name: no default of ours is sold as its word."""
    is_ours = text.dose_from == "program" and any(source.letter for source in text.sources)
    return _("our own figure; the article names none") if is_ours else ""


def state_short(text: ExerciseText, left_out_for: Sequence[str]) -> str:
    """The same as `state_words`, in a column."""
    if "hurt" in left_out_for:
        return _("off, it hurt")
    if "off" in left_out_for:
        return _("off")
    if not left_out_for:
        return _("offered")
    if "kind" in left_out_for:
        return _("in routines, or when you start it")
    return _("not offered, as it is set")
