"""Why it is as it is: the log in plain sentences, each with its cause and two times. Pure: rows of the log -> sentences.

`explain` puts an answer together. What was decided has its sentence here; how things stand at a moment, in why_now.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from unsit.core import hours
from unsit.core.model import (
    AnyCommand,
    AnyDecision,
    ChooseAsked,
    ClockStepped,
    Command,
    Cue,
    Held,
    InputSeen,
    NaturalBreak,
    NextAsked,
    Now,
    Outcome,
    PauseAsked,
    PreviousAsked,
    Prompt,
    Prompted,
    Refused,
    Reminded,
    Revoked,
    Session,
    SessionBegan,
    SessionEnded,
    SettingsChanged,
    SitAsked,
    Slept,
    Snoozed,
    StandAsked,
    Started,
    State,
    Stopped,
    ToggleAsked,
    UndoAsked,
    Withdrawn,
    Woke,
)
from unsit.core.rules import holding, sitting
from unsit.core.rules.turn import command_word
from unsit.core.rules.undo import WITHIN_S
from unsit.durations import parse_time_of_day, quote
from unsit.store.account import Happening, LogPart, Walls, follow, is_gap, last_life, local
from unsit.words import N_, _, format_duration, format_time_within
from unsit.words.holding import By, held_by

GONE: Final[Mapping[str, str]] = {
    "idle": N_("no input"),
    "lock": N_("screen locked"),
    "sleep": N_("the computer slept"),
    "off": N_("Unsit did not run"),
    "nobody": N_("nobody was there at the start"),
}
"""How an absence came about."""

SAID_AGAIN: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "ended": (("stopped", "quit"),),
    "off": (("hours", "closed"),),
    "paused": (("paused", "sat"), ("paused", "open end")),
}
"""What of why_now.py says what has happened, too."""

A_MINUTE: Final = timedelta(minutes=1)
FIRST_YEAR: Final = 2000
"""No log is older; and where the years begin, zones have no time."""

SENTENCES: Final[Mapping[tuple[str, str], str]] = {
    # A prompt is offered, by what made it due or kept it back so long.
    ("prompted", "sat"): N_("At {at} you were prompted: you had been sitting since {since}."),
    ("prompted", "stood"): N_("At {at} you were prompted: you had been standing since {since}."),
    ("prompted", "skip"): N_("At {at} you were prompted: you had skipped the prompt before it at {since}."),
    ("prompted", "missed"): N_("At {at} you were prompted again: the prompt of {since} had no answer."),
    ("prompted", "snooze"): N_("At {at} you were prompted again: you had snoozed it at {since}."),
    ("prompted", "hold"): N_("At {at} you were prompted: it had waited for {reasons} to end, in the way since {since}."),
    ("prompted", "pause"): N_("At {at} you were prompted: it had waited for the end of your pause of {since}."),
    ("prompted", "absence"): N_(
        "At {at} you were prompted: it had waited while you were away, from {since}, too short a time for a break."
    ),
    ("prompted", "limit"): N_(
        "At {at} you were prompted in spite of {reasons}, in the way since {since}: a prompt waits for {limit} at most."
    ),
    ("prompted", "short"): N_("At {at} you were prompted again: the stretch of {since} was too short to count."),
    ("prompted", "start"): N_("At {at} you were prompted: it had waited for Unsit, which had not run from {since} on."),
    ("prompted", "session"): N_("At {at} you were prompted: it had waited for the end of your stretch of {since}."),
    ("prompted", "settings"): N_(
        "At {at} the settings were changed, and you were prompted: your clock had run since {since}."
    ),
    ("prompted", "restart"): N_("At {at} the prompt of {since} was shown again: Unsit had stopped, and went on."),
    ("prompted", "undo"): N_("At {at} the prompt of {since} was shown again: you took back what you had said."),
    ("prompted", "routine"): N_("At {at} you were prompted for your routine “{name}”: its time was {since}."),
    ("reminded", "no answer"): N_("At {at} you were reminded: the prompt of {since} had no answer."),
    ("reminded", "held"): N_("A reminder at {at} was left out: {reasons} has been in the way since {since}."),
    ("held", "hold"): N_("At {at} a prompt was due, and began to wait for {reasons} to end, in the way since {since}."),
    ("withdrawn", "pause"): N_("At {at} the prompt of {since} was taken from the screen: you paused."),
    ("withdrawn", "absence"): N_(
        "At {at} the prompt was taken from the screen: you had been away since {since} ({gone})."
    ),
    ("snoozed", "snooze"): N_("At {since} you snoozed the prompt until {at}."),
    # Sessions.
    ("session", "prompt"): N_("At {at} you began the stretch of the prompt of {since}."),
    ("session", "free"): N_("At {since} you began a stretch, planned until {at}."),
    ("completed", "end"): N_("The stretch of {since} was completed at {at}."),
    ("partial", "person"): N_("The stretch of {since} counts in part: you stopped it at {at}."),
    ("partial", "pain"): N_("The stretch of {since} counts in part: you said at {at} that it hurt."),
    ("partial", "pause"): N_("The stretch of {since} counts in part: it had been paused too long at {at}."),
    ("partial", "sleep"): N_("The stretch of {since} counts in part: the computer went to sleep at {at}."),
    ("partial", "quit"): N_("The stretch of {since} counts in part: Unsit was ended at {at}."),
    ("partial", "left out"): N_("The stretch of {since} counts in part: at {at} it ended with something left out."),
    ("void", "person"): N_("The stretch of {since} does not count: you stopped it at {at}, with too little done."),
    ("void", "pause"): N_("The stretch of {since} does not count: it was paused too long at {at}, with too little done."),
    ("void", "sleep"): N_(
        "The stretch of {since} does not count: the computer went to sleep at {at}, with too little done."
    ),
    ("void", "quit"): N_("The stretch of {since} does not count: Unsit was ended at {at}, with too little done."),
    ("void", "left out"): N_("The stretch of {since} does not count: it ended at {at}, with too little done."),
    ("session", "paused"): N_("At {at} you paused the stretch of {since}."),
    ("session", "resumed"): N_("At {at} you went on with the stretch of {since}."),
    ("session", "next"): N_("At {at} you went to the next step of the stretch of {since}."),
    ("session", "previous"): N_("At {at} you went back in the stretch of {since}."),
    ("session", "chosen"): N_("At {at} you chose anew for the stretch of {since}."),
    ("session", "command"): N_("At {at} you said “{command}” in the stretch of {since}."),
    ("session", "sleep"): N_("The stretch of {since} was paused at {at}: the computer went to sleep."),
    ("returned", "session"): N_("The clock began anew at {at}, with your first input after the stretch that ended at {since}."),
    # How else a prompt ends.
    ("done", "done"): N_("At {at} you said that you moved; the clock had run since {since}."),
    ("done", "stand"): N_("At {at} you said that you stand, which answers the prompt of {since}."),
    ("done", "sit"): N_("At {at} you said that you sit, which answers the prompt of {since}."),
    ("skipped", "skip"): N_("At {at} you skipped the prompt of {since}."),
    ("away", "absence"): N_("The prompt was closed at {at}: you had been away since {since} ({gone})."),
    ("missed", "no answer"): N_("The prompt of {since} was closed at {at}: it had no answer."),
    ("missed", "hour"): N_("Your routine “{name}” was left out at {at}: the hour after its time, {since}, was over."),
    ("expired", "hours"): N_("The prompt of {since} was closed at {at}: your working hours ended."),
    # Breaks.
    ("break", "absence"): N_("You were away from {since} to {at} ({gone}), which counted as a break."),
    ("break", "long"): N_("You were away from {since} to {at} ({gone}), too long to count as a break; the clock began anew."),
    ("returned", "short"): N_("You were away from {since} to {at} ({gone}), too short a time for a break."),
    ("returned", "day"): N_("You were away from {since} to {at} ({gone}), also outside your working hours, so it is no break."),
    ("absent", "absence"): N_("At {at} you counted as away, since {since} ({gone})."),
    ("locked", "input"): N_("There was input at {at}, and the screen still locked: you count as away since {since}."),
    ("woke", "sleep"): N_("The computer woke up at {at}; it had slept since {since}."),
    ("left out", "routine"): N_("Your routine “{name}” of {since} was left out: you were away until {at}."),
    # What else a person says.
    ("revoked", "undo"): N_("At {at} you took back the “{command}” of {since}."),
    ("refused", "command"): N_("At {at} “{command}” was refused: {reason}. What came before it was at {since}."),
    ("paused", "until"): N_("You paused at {since}, until {at}."),
    ("paused", "sat"): N_("At {at} you paused until you resume; you had been sitting since {since}."),
    ("paused", "open end"): N_("At {at} you paused until you resume. What came before it was at {since}."),
    ("resumed", "pause"): N_("Your pause of {since} ended at {at}."),
    ("label", "stand"): N_("At {at} you said that you stand; the clock had run since {since}."),
    ("label", "sit"): N_("At {at} you said that you sit; the clock had run since {since}."),
    # What else happens.
    ("hours", "open"): N_("Your working hours began at {at}; they had been closed since {since}."),
    ("hours", "closed"): N_("Your working hours ended at {at}; they had been open since {since}."),
    ("settings", "due"): N_("The settings were changed at {at}, which moved the next prompt; it counts from {since}."),
    ("clock", "set"): N_("Somebody set the clock from {since} to {at}."),
    ("started", "first"): N_("Unsit was started for the first time at {at}; its clock began at {since}."),
    ("started", "gap"): N_("Unsit did not run from {since} to {at}."),
    ("started", "restart"): N_("Unsit broke off at {since}, and was started again at {at}."),
    ("stopped", "quit"): N_("Unsit was ended at {at}; it had run since {since}."),
}  # fmt: skip
"""(what, cause) -> the sentence; every one has two times."""


class Reason(Struct, frozen=True):
    """One sentence of an answer.

    Attributes:
        what, cause: what came about, and by what; the keys of SENTENCES.
        since, at: the two times that are in it.
    """

    text: str
    what: str
    cause: str
    since: datetime
    at: datetime


class Teller:
    """Makes sentences. Args: today: the day whose times need no day."""

    def __init__(self, walls: Walls, today: datetime) -> None:
        self.walls, self.today = walls, today

    def reason(
        self,
        sentences: Mapping[tuple[str, str], str],
        what: str,
        cause: str,
        since: datetime,
        at: datetime,
        **words: str,
    ) -> Reason:
        text = _(sentences[what, cause]).format(since=self.time(since), at=self.time(at), **words)
        return Reason(text[:1].upper() + text[1:], what, cause, since, at)

    def time(self, moment: datetime) -> str:
        return format_time_within(moment, self.today)


class Told(Struct, frozen=True):
    """A happening with its sentences."""

    wall: datetime
    reasons: tuple[Reason, ...]


def tell(happenings: Sequence[Happening], walls: Walls, today: datetime) -> Iterator[Told]:
    """Every happening that has something to say, in order."""
    teller = Teller(walls, today)
    for n, happening in enumerate(happenings):
        yield Told(happening.event.now.wall, tuple(_Telling(teller, happenings, n).reasons()))


class _Telling:
    """The sentences of one happening."""

    def __init__(self, teller: Teller, happenings: Sequence[Happening], n: int) -> None:
        self._teller, self._all, self._n = teller, happenings, n
        self._is = happenings[n]
        self._event, self._before, self._after = self._is.event, self._is.before, self._is.after
        self._at = local(self._event.now.wall, self._after or self._before)

    def reasons(self) -> list[Reason]:
        decisions = self._is.decisions
        if any(isinstance(decision, Revoked) for decision in decisions):
            # What happened since happens again without the command, at its old times: it has been told.
            decisions = tuple(one for one in decisions if isinstance(one, Revoked | Prompted))
        told = [reason for decision in decisions if (reason := self._decided(decision)) is not None]
        return told or [reason for reason in (self._quiet(),) if reason is not None]

    # -- helpers

    def _say(self, what: str, cause: str, since: datetime, at: datetime | None = None, **words: str) -> Reason:
        return self._teller.reason(SENTENCES, what, cause, since, self._at if at is None else at, **words)

    def _wall(self, state: State, at_s: float) -> datetime:
        return self._teller.walls.at(state, at_s)

    def _posix(self, wall: float) -> datetime:
        state = self._after or self._before
        return (
            datetime.fromtimestamp(wall, self._at.tzinfo) if state is None else hours.local_datetime(wall, state.zone)
        )

    @property
    def _gone_words(self) -> str:
        return _(GONE[self._is.gone or "idle"])

    def _earlier(self) -> Iterator[Happening]:
        return (self._all[n] for n in range(self._n - 1, -1, -1))

    def _previous(self) -> datetime:
        """When the last thing before this was; the start of all where this is that."""
        return next((local(one.event.now.wall, self._after) for one in self._earlier()), self._at)

    def _prompt(self, number: int) -> tuple[State, Prompt] | None:
        """An open prompt, also one whose session ran, as it was before this or is after it."""
        for state in (self._before, self._after):
            for prompt in (state.prompt, state.session.prompt if state.session else None) if state else ():
                if state is not None and prompt is not None and prompt.id == number:
                    return state, prompt
        return None

    def _prompt_wall(self, number: int) -> datetime:
        """When it was offered, or, if it never was, due."""
        found = self._prompt(number)
        if found is None:
            return self._at
        state, prompt = found
        return self._wall(state, prompt.offered_s if prompt.was_offered else prompt.due_s)

    def _absent_since(self) -> datetime:
        before, after, event = self._before, self._after, self._event
        if before is not None and before.absence is not None:
            return self._wall(before, before.absence.since_s)
        if before is not None and isinstance(event, Started) and is_gap(event, before):
            return last_life(event, before)
        if after is not None and after.absence is not None:
            return self._wall(after, after.absence.since_s)
        if after is not None and isinstance(event, Woke) and event.asleep_since_s is not None:
            return self._wall(after, event.asleep_since_s)
        return self._at

    def _clock_since(self) -> datetime:
        """Since when the sitting clock ran before this; where it stood, since when the hours are closed or the break lasts."""
        state = self._before
        if state is None:
            return self._at
        if state.sitting_since_s is not None:
            return self._wall(state, state.sitting_since_s)
        return self._previous()

    # -- decisions

    def _decided(self, decision: AnyDecision) -> Reason | None:
        match decision:
            case Prompted():
                return self._prompted(decision)
            case Reminded():
                return self._say("reminded", "no answer", self._prompt_wall(decision.prompt))
            case Held():
                return self._say("held", "hold", self._held_since(decision), reasons=held_by(decision.reasons))
            case Withdrawn(reason="pause"):
                return self._say("withdrawn", "pause", self._prompt_wall(decision.prompt))
            case Withdrawn():
                return self._say("withdrawn", "absence", self._absent_since(), gone=self._gone_words)
            case Snoozed():
                until = local(decision.until_wall, self._after)
                return self._say("snoozed", "snooze", self._at, until)
            case SessionBegan():
                return self._began(decision)
            case SessionEnded():
                return self._ended(decision)
            case Outcome():
                return self._outcome(decision)
            case NaturalBreak():
                since = self._absent_since()
                if self._before is None or self._before.absence is None:  # it began and ended in this very step
                    since = local(self._event.now.wall - timedelta(seconds=decision.seconds), self._after)
                return self._say("break", "absence" if decision.counts else "long", since, gone=self._gone_words)
            case Revoked():
                state = self._before
                since = self._at
                if state is not None and state.undoable is not None:
                    since = self._wall(state, state.undoable.until_s - WITHIN_S)
                return self._say("revoked", "undo", since, command=decision.command)
            case Refused():
                reason = _(decision.reason).format(about=decision.about)
                return self._say("refused", "command", self._previous(), command=decision.command, reason=reason)
            case Cue():
                return None

    def _prompted(self, decision: Prompted) -> Reason:
        before, after = self._before, self._after
        prompt = after.prompt if after is not None else None
        if after is None or prompt is None or prompt.id != decision.prompt:  # what closed it came at the same moment
            if decision.routine is not None:
                since = self._routine_time(decision.routine)
                return self._say("prompted", "routine", since, name=decision.routine)
            since = local(self._event.now.wall - timedelta(seconds=decision.sat_s), after)
            return self._say("prompted", "stood" if decision.standing else "sat", since)
        opened = before.prompt if before is not None and before.prompt and before.prompt.id == prompt.id else None
        if decision.again:
            cause = "undo" if isinstance(self._event, UndoAsked) else "restart"
            return self._say("prompted", cause, self._wall(after, prompt.offered_s))
        if before is not None and (session := before.session) and session.prompt and session.prompt.id == prompt.id:
            return self._say("prompted", "short", self._wall(before, session.began_s))
        if opened is not None and opened.stage == "snoozed":
            return self._say("prompted", "snooze", self._snoozed_at(prompt.id))
        if decision.over_limit:
            since = self._wall(after, min(after.holds.get(reason, after.now.boot_s) for reason in decision.over_limit))
            limit = format_duration(after.settings.hold.limit_s)
            return self._say("prompted", "limit", since, reasons=held_by(decision.over_limit), limit=limit)
        wait = self._is.wait
        if opened is not None and wait is not None and wait.until_s == after.settle_until_s > opened.waiting_s:
            return self._say("prompted", wait.cause, wait.since, reasons=held_by(wait.names) if wait.names else "")
        return self._newly_prompted(after, prompt, decision)

    def _newly_prompted(self, after: State, prompt: Prompt, decision: Prompted) -> Reason:
        """One that nothing has kept back."""
        if prompt.routine is not None:
            return self._say("prompted", "routine", self._posix(prompt.routine_wall), name=prompt.routine)
        if missed := self._missed_before():
            return self._say("prompted", "missed", missed)
        before = self._before
        if before is not None and before.session is not None:
            return self._say("prompted", "session", self._wall(before, before.session.began_s))
        if before is not None and isinstance(self._event, Started) and prompt.due_s < after.now.boot_s:
            return self._say("prompted", "start", last_life(self._event, before))
        since_s = prompt.due_s if after.sitting_since_s is None else after.sitting_since_s
        if isinstance(self._event, SettingsChanged):
            return self._say("prompted", "settings", self._wall(after, max(since_s, after.due_from_s)))
        if after.due_from_s > since_s:
            return self._say("prompted", "skip", self._wall(after, after.due_from_s))
        return self._say("prompted", "stood" if decision.standing else "sat", self._wall(after, since_s))

    def _routine_time(self, name: str) -> datetime:
        """When one that waited was to be."""
        waiting = self._before.routines_waiting if self._before is not None else ()
        return next((self._posix(wall) for waits, wall, _asleep in waiting if waits == name), self._at)

    def _missed_before(self) -> datetime | None:
        """The offer that had no answer, where this prompt follows it at once."""
        if any(isinstance(decision, Outcome) and decision.word == "missed" for decision in self._is.decisions):
            return self._prompt_wall(next(one.record for one in self._is.decisions if isinstance(one, Outcome)))
        if self._before is None or not self._before.is_due_now:
            return None
        for one in self._earlier():
            for decision in one.decisions:
                if isinstance(decision, Outcome):
                    state = one.before
                    if decision.word == "missed" and state is not None and state.prompt is not None:
                        return self._wall(state, state.prompt.offered_s)
                    return None
        return None

    def _snoozed_at(self, number: int) -> datetime:
        for one in self._earlier():
            if any(isinstance(decision, Snoozed) and decision.prompt == number for decision in one.decisions):
                return local(one.event.now.wall, self._after)
        return self._prompt_wall(number)

    def _held_since(self, decision: Held) -> datetime:
        state = self._after
        if state is None:
            return self._at
        times = [since_s for reason, since_s in state.holds.items() if reason in decision.reasons]
        if state.pause is not None:
            times.append(state.pause.since_s)
        return self._wall(state, min(times, default=state.now.boot_s))

    def _began(self, decision: SessionBegan) -> Reason:
        if decision.prompt is not None:
            return self._say("session", "prompt", self._prompt_wall(decision.prompt))
        return self._say("session", "free", self._at, self._at + timedelta(seconds=decision.seconds))

    def _session(self) -> tuple[State, Session] | None:
        state = self._before
        return (state, state.session) if state is not None and state.session is not None else None

    def _ended(self, decision: SessionEnded) -> Reason | None:
        """Of a session that left no outcome of its own: it was too short."""
        if any(isinstance(one, Outcome) and one.session == decision.session for one in self._is.decisions):
            return None
        if any(isinstance(one, Prompted) for one in self._is.decisions):  # which says so
            return None
        return self._session_end("void")

    def _session_end(self, what: str) -> Reason:
        found = self._session()
        since = self._wall(found[0], found[1].began_s) if found else self._at
        stop = self._after.last_stop if self._after is not None else None
        cause: str = stop[1] if stop and found and stop[0] == found[1].id else "left out"
        at = self._at
        if cause == "quit" and isinstance(self._event, Started) and self._before is not None:
            at = last_life(self._event, self._before)
        elif cause == "sleep" and self._before is not None:
            asleep_s = self._before.asleep_since_s
            if asleep_s is None and isinstance(self._event, Woke):
                asleep_s = self._event.asleep_since_s
            at = at if asleep_s is None else self._wall(self._before, asleep_s)
        return self._say(what, "end" if what == "completed" else cause, since, max(since, at))

    def _outcome(self, outcome: Outcome) -> Reason | None:
        match outcome.word:
            case "completed" | "partial" | "void":
                return self._session_end(outcome.word)
            case "done":
                word = _word(self._event) if isinstance(self._event, StandAsked | SitAsked) else "done"
                since = self._clock_since() if word == "done" else self._prompt_wall(outcome.record)
                return self._say("done", word, since)
            case "skipped":
                return self._say("skipped", "skip", self._prompt_wall(outcome.record))
            case "away":
                since = self._absent_since()
                return self._say("away", "absence", since, gone=self._gone_words)
            case "missed":
                found = self._prompt(outcome.record)
                if found and found[1].routine and not found[1].was_offered:
                    since = self._posix(found[1].routine_wall)
                    return self._say("missed", "hour", since, name=found[1].routine)
                return self._say("missed", "no answer", self._prompt_wall(outcome.record))
            case "expired":
                return self._say("expired", "hours", self._prompt_wall(outcome.record))

    # -- what happens without a decision

    def _quiet(self) -> Reason | None:
        before, after, event = self._before, self._after, self._event
        if after is None:
            return None
        if before is None:
            if not isinstance(event, Started):
                return None
            began_s = after.sitting_since_s
            return self._say("started", "first", self._at if began_s is None else self._wall(after, began_s))
        if isinstance(event, Started):
            cause = "gap" if is_gap(event, before) else "restart"
            return self._say("started", cause, last_life(event, before))
        if isinstance(event, Stopped):
            starts = (one for one in self._earlier() if isinstance(one.event, Started))
            return self._say(
                "stopped", "quit", next((local(one.event.now.wall, after) for one in starts), self._previous())
            )
        return (
            self._command(before, after)
            or self._presence(before, after)
            or self._hours(before, after)
            or self._other(before, after)
        )

    def _command(self, before: State, after: State) -> Reason | None:
        event = self._event
        if not isinstance(event, Command):
            return None
        match event:
            case PauseAsked() if after.pause is not None:
                if after.pause.until_wall is not None:
                    until = self._posix(after.pause.until_wall)
                elif after.pause.until_s is not None:
                    until = self._wall(after, after.pause.until_s)
                elif before.sitting_since_s is not None and not before.is_standing:
                    return self._say("paused", "sat", self._wall(before, before.sitting_since_s))
                else:
                    return self._say("paused", "open end", self._previous())
                return self._say("paused", "until", self._at, until)
            case StandAsked() | SitAsked() if before.is_standing != after.is_standing:
                return self._say("label", _word(event), self._clock_since())
        if before.session is None or after.session is None:
            return None
        since = self._wall(before, before.session.began_s)
        match event:
            case ToggleAsked():
                return self._say("session", "paused" if after.session.paused_s is not None else "resumed", since)
            case NextAsked():
                return self._say("session", "next", since)
            case PreviousAsked():
                return self._say("session", "previous", since)
            case ChooseAsked():
                return self._say("session", "chosen", since)
        return self._say("session", "command", since, command=_word(event))

    def _presence(self, before: State, after: State) -> Reason | None:
        if before.is_after_session and not after.is_after_session:
            return self._say("returned", "session", self._wall(before, before.last_outcome_s))
        if before.session or after.session:
            if isinstance(self._event, Slept) and after.session and before.session and before.session.paused_s is None:
                return self._say("session", "sleep", self._wall(before, before.session.began_s))
            return None
        if before.absence is not None and after.absence is None:
            left_out = before.routines_waiting[len(after.routines_waiting) :]
            if left_out and after.prompt is None:
                name, time, _asleep = left_out[0]
                since = self._posix(time)
                return self._say("left out", "routine", since, name=name)
            is_short = after.is_open and not before.absence.is_end_of_day
            cause = "short" if is_short else "day"
            return self._say("returned", cause, self._absent_since(), gone=self._gone_words)
        if isinstance(self._event, InputSeen) and after.is_locked and after.absence is not None:
            return self._say("locked", "input", self._absent_since())
        if isinstance(self._event, Woke) and before.asleep_since_s is not None:
            return self._say("woke", "sleep", self._wall(before, before.asleep_since_s))
        if after.absence is not None and before.absence is None:
            return self._say("absent", "absence", self._absent_since(), gone=self._gone_words)
        return None

    def _hours(self, before: State, after: State) -> Reason | None:
        if before.is_open == after.is_open or not before.hours_from_wall:
            return None
        since = self._posix(before.hours_from_wall)
        return self._say("hours", "open" if after.is_open else "closed", since)

    def _other(self, before: State, after: State) -> Reason | None:
        held = holding.effective_holds(after)
        if held and before.prompt and after.prompt and before.prompt.reminders < after.prompt.reminders:
            since = self._wall(after, min(after.holds[reason] for reason in held))
            return self._say("reminded", "held", since, reasons=held_by(held))
        if before.pause is not None and after.pause is None:
            return self._say("resumed", "pause", self._wall(before, before.pause.since_s))
        if isinstance(self._event, ClockStepped):
            reckoned = before.now.wall + timedelta(seconds=after.now.boot_s - before.now.boot_s)
            if reckoned != after.now.wall:
                return self._say("clock", "set", local(reckoned, after))
        if isinstance(self._event, SettingsChanged):
            due_s = sitting.due_s(before)
            if due_s is not None and due_s != sitting.due_s(after):
                return self._say("settings", "due", self._wall(before, before.due_from_s))
        return None


def _word(event: AnyCommand | Command) -> str:
    return command_word(type(event))


def moment_of(text: str, now: datetime, zone: str) -> datetime:
    """`14:00` is the last one there was; `yesterday 14:00` and `2026-03-02 14:00` that of a day, also written as answers
    are, `14:00 yesterday`. A minute is meant as a whole, so its end.

    Raises:
        ValueError: what is wrong with it, with an example; for people.
    """
    words = text.replace("T", " ").replace(",", " ").split()
    if len(words) == 2 and ":" in words[0]:
        words.reverse()
    *day_words, time_text = words or [""]
    try:
        day = _day_of(" ".join(day_words), now.date())
        time = parse_time_of_day(time_text, allow_seconds=True)
    except ValueError:
        if not day_words:
            raise
        wrong = _("{value} is no time in the past; write it like 14:00, yesterday 14:00, or {example}")
        raise ValueError(wrong.format(value=quote(text), example="2026-03-02 14:00")) from None

    def on(that_day: date) -> datetime:
        return hours.local_datetime(hours.local_instant(that_day, time.isoformat(), zone), zone)

    moment = on(day)
    if moment > now and not day_words:
        moment = on(day - timedelta(days=1))
    if moment > now:
        raise ValueError(_("{value} is yet to come").format(value=quote(text)))
    has_seconds = time_text.count(":") == 2
    return moment if has_seconds else min(now, moment + timedelta(seconds=59, milliseconds=999))


def _day_of(text: str, today: date) -> date:
    """Raises ValueError, without words, for what is none that a log could have."""
    if text.casefold() in ("", "today", _("today").casefold()):
        return today
    if text.casefold() in ("yesterday", _("yesterday").casefold()):
        return today - timedelta(days=1)
    day = date.fromisoformat(text)
    if day.year < FIRST_YEAR:
        raise ValueError(text)
    return day


class TooFarBack(Exception):
    """The log from there on is too long to be read for an answer. `str()` is for people."""


def explain(
    part: LogPart, now: Now, moment: datetime | None = None, *, state: State | None = None, by: By | None = None
) -> list[Reason]:
    """The answer to why.

    Args:
        part: the log around the moment.
        now: the clocks as the question is asked.
        moment: in the past; None for now.
        state: the present one, of the daemon that runs; None where none does, or for the past.
        by: who is behind what holds now; of the past nobody has written that down.

    Returns:
        The last prompt and the last thing that happened, how things stood, and, for the past, what came next. Its times
        are told as of now: a day that is not today's is named. Nothing where nothing was written down.

    Raises:
        TooFarBack: see there.
    """
    from unsit.words.why_now import not_yet, stands

    happenings, walls = follow(part)
    asked = moment or now.wall
    past = [one for one in happenings if one.event.now.wall <= asked]
    if not happenings or (part.is_cut and len(past) == len(happenings)):
        if part.is_cut:
            raise TooFarBack(_("Too much has been written down since then."))
        return []
    today = local(now.wall, happenings[-1].after)
    teller = Teller(walls, today)
    if moment is not None and (unborn := not_yet(teller, happenings[0], moment)):
        return [unborn]
    told = list(tell(happenings, walls, today))
    answer: list[Reason] = []
    asked_from = asked - A_MINUTE if moment is not None else asked
    # Somebody was told of a refusal at once, and nothing came of it: unless the question is about that very minute.
    said = [
        reason
        for one in told[: len(past)]
        for reason in one.reasons
        if reason.what != "refused" or one.wall > asked_from
    ]
    last_prompts = [reason for reason in said if reason.what == "prompted"]
    answer.extend([*last_prompts[-1:], *(reason for reason in said[-1:] if reason not in last_prompts[-1:])])
    if moment is None:
        last = past[-1] if past else happenings[-1]
        stood = stands(teller, state or last.after, last, now, is_running=state is not None, by=by)
        return [*_unsaid(answer, stood), *stood]
    after = [reason for one in told[len(past) :] for reason in one.reasons if reason.what != "refused"][:1]
    if past:
        since = (moment - past[-1].event.now.wall).total_seconds()
        then = Now(past[-1].event.now.boot_s + since, past[-1].event.now.boot_id, moment)
        followed = happenings[len(past)] if len(past) < len(happenings) else None
        stood = stands(teller, past[-1].after, past[-1], then, followed=followed)
        answer = _unsaid(answer, stood)
        answer.extend(
            replace(
                one,
                text=_("As of {time}: {sentence}").format(
                    time=teller.time(local(moment, happenings[-1].after)), sentence=one.text
                ),
            )
            for one in stood
        )
    answer.extend(replace(one, text=_("Then: {sentence}").format(sentence=one.text)) for one in after)
    return answer


def _unsaid(answer: Sequence[Reason], stood: Sequence[Reason]) -> list[Reason]:
    """Without what is said again by how things stand."""
    texts = {one.text for one in stood}
    again = {before for one in stood for before in SAID_AGAIN.get(one.what, ())}
    return [one for one in answer if one.text not in texts and (one.what, one.cause) not in again]
