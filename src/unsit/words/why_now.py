"""How things stand at a moment, and what comes next, in plain sentences with a cause and two times. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from unsit.core import hours
from unsit.core.model import Absence, Now, Pause, Prompt, Session, Started, State, Woke
from unsit.core.rules import holding, prompting, sitting
from unsit.core.session import PAUSE_MOST_S
from unsit.core.snapshot import snapshot
from unsit.store.account import Happening, local
from unsit.words import N_, _, format_duration
from unsit.words.holding import By, held_by
from unsit.words.why import GONE

if TYPE_CHECKING:
    from unsit.words.why import Reason, Teller

SENTENCES: Final[Mapping[tuple[str, str], str]] = {
    ("counting", "sat"): N_("The next prompt is at {at}, if you stay: you have been sitting since {since}."),
    ("counting", "stood"): N_("The next prompt is at {at}, if you stay: you have been standing since {since}."),
    ("counting", "skip"): N_("The next prompt is at {at}, if you stay: you skipped the one before at {since}."),
    ("counting", "settle"): N_("The next prompt is at {at}, if you stay: it is due at {since}, and {calm}."),
    ("counting", "hold"): N_("The prompt of {at} will wait for {reasons} to end, in the way since {since}."),
    ("due", "reminder"): N_("The prompt of {since} waits for your answer; you are reminded at {at}."),
    ("due", "no answer"): N_("The prompt of {since} waits for your answer; without one, the next comes at {at}."),
    ("due", "routine"): N_("The prompt of {since} waits for your answer; without one, it is closed at {at}."),
    ("snoozed", "snooze"): N_("The prompt of {since} is snoozed, until {at}."),
    ("held", "hold"): N_("The prompt due at {since} waits for {reasons} to end, until {at} at most."),
    ("held", "settle"): N_("The prompt due at {since} comes at {at}: {calm}."),
    ("session", "runs"): N_("You have been stretching since {since}; it ends at {at}."),
    ("session", "paused"): N_("Your stretch of {since} is paused; left like that, it ends at {at}."),
    ("break", "session"): N_(
        "Your stretch ended at {since}; the clock begins with your next input, and until {at} there was none."
    ),
    ("paused", "until"): N_("You paused at {since}, until {at}."),
    ("paused", "open end"): N_("You paused at {since}, until you resume; at {at} you had not."),
    ("away", "not yet"): N_("You have been away since {since} ({gone}); from {at} on that counts as a break."),
    ("away", "credit"): N_("You have been away since {since} ({gone}); since {at} that counts as a break."),
    ("away", "day"): N_(
        "You have been away since {since} ({gone}), also outside your working hours; at {at} nothing is counted."
    ),
    ("off", "hours"): N_("Your working hours ended at {since}; they begin at {at}, and nothing is counted until then."),
    ("off", "open end"): N_("You have had no working hours since {since}, and at {at} still have none: nothing is counted."),
    ("asleep", "gap"): N_("The computer slept from {since} to {at}."),
    ("ended", "quit"): N_("Unsit does not run: it was ended at {since}, and at {at} had not been started again."),
    ("ended", "broken off"): N_(
        "Unsit does not run: it broke off after {since}, when it wrote something down, and at {at} had not been started again."
    ),
    ("ended", "gap"): N_("Unsit did not run: it ended at {since}, and was started again at {at}."),
    ("ended", "not yet"): N_("Unsit did not run yet at {since}: it was started for the first time at {at}."),
    ("counting", "nothing"): N_("Nothing is counted: so it has been since {since}, and so it was at {at}."),
}  # fmt: skip
"""(phase, cause) -> the sentence."""

CALM: Final[Mapping[str, str]] = {
    "hold": N_("nothing is offered for {duration} after {reasons}"),
    "pause": N_("nothing is offered for {duration} after a pause"),
    "absence": N_("nothing is offered for {duration} after you come back"),
    "start": N_("nothing is offered for {duration} after Unsit was started"),
    "": N_("nothing is offered before"),
}
"""After what a prompt waits a moment more; nothing where the log does not say."""


def stands(
    teller: Teller,
    state: State | None,
    last: Happening,
    now: Now,
    *,
    is_running: bool = True,
    followed: Happening | None = None,
    by: By | None = None,
) -> list[Reason]:
    """
    Args:
        state: at that moment; None where nobody knows.
        last: what happened last before it.
        is_running: the daemon runs at that moment, as far as is known.
        followed: what happened next.
        by: who is behind what holds.
    """
    if state is None:
        return []
    last_wall, now_wall = local(last.event.now.wall, state), local(now.wall, state)
    if followed is not None and isinstance(followed.event, Started):
        alive = followed.event.alive_until.wall if followed.event.alive_until else last.event.now.wall
        if state.is_stopped or alive <= now.wall:
            began = local(followed.event.now.wall, state)
            return [teller.reason(SENTENCES, "ended", "gap", max(last_wall, local(alive, state)), began)]
    if followed is not None and isinstance(followed.event, Woke) and (state.session or state.absence is None):
        # What stood then stood still.
        asleep_s = state.asleep_since_s if state.asleep_since_s is not None else followed.event.asleep_since_s
        if asleep_s is not None and asleep_s <= now.boot_s:
            woke = local(followed.event.now.wall, state)
            return [teller.reason(SENTENCES, "asleep", "gap", teller.walls.at(state, asleep_s), woke)]
    if state.is_stopped or not is_running:
        cause = "quit" if state.is_stopped else "broken off"
        return [teller.reason(SENTENCES, "ended", cause, last_wall, max(now_wall, last_wall))]
    return _Standing(teller, state, last, now, by).reasons()


def not_yet(teller: Teller, first: Happening, moment: datetime) -> Reason | None:
    """That nothing was there at that moment, where the log begins later. Args: first: the first there is in the log."""
    wall = first.event.now.wall
    if wall <= moment or first.before is not None or not isinstance(first.event, Started):
        return None
    return teller.reason(SENTENCES, "ended", "not yet", local(moment, first.after), local(wall, first.after))


class _Standing:
    def __init__(self, teller: Teller, state: State, last: Happening, now: Now, by: By | None) -> None:
        self._teller, self._state, self._last, self._now, self._by = teller, state, last, now, by

    def reasons(self) -> list[Reason]:
        state = self._state
        phase = snapshot(state, self._now, "").phase
        if state.session is not None:
            return [self._session(state.session)]
        if phase == "break":
            return [self._say("break", "session", self._wall(state.last_outcome_s), self._now_wall)]
        if state.absence is not None:
            return [self._away(state.absence)]
        prompt = state.prompt
        if prompt is not None and prompt.stage == "offered":
            return [self._due(prompt)]
        if state.pause is not None:
            return [self._paused(state.pause)]
        if phase == "off":
            return [self._off()]
        if prompt is not None and prompt.stage == "snoozed":
            return [self._say("snoozed", "snooze", self._wall(prompt.due_s), self._wall(prompt.snoozed_until_s))]
        if prompt is not None:
            return [self._held(prompt)]
        return self._counting()

    def _say(self, what: str, cause: str, since: datetime, at: datetime, **words: str) -> Reason:
        return self._teller.reason(SENTENCES, what, cause, since, at, **words)

    def _wall(self, at_s: float) -> datetime:
        return self._teller.walls.at(self._state, at_s)

    def _posix(self, wall: float) -> datetime:
        return hours.local_datetime(wall, self._state.zone)

    @property
    def _now_wall(self) -> datetime:
        return local(self._now.wall, self._state)

    def _session(self, session: Session) -> Reason:
        since = self._wall(session.began_s)
        if session.paused_s is not None:
            return self._say("session", "paused", since, self._wall(session.paused_s + PAUSE_MOST_S))
        rest_s = sum(segment.seconds for segment in session.segments[session.index :])
        return self._say("session", "runs", since, self._wall(session.entered_s + rest_s))

    def _away(self, absence: Absence) -> Reason:
        gone = _(GONE[self._last.gone or "idle"])
        since = self._wall(absence.since_s)
        if absence.is_end_of_day or not self._state.is_open:
            return self._say("away", "day", since, self._now_wall, gone=gone)
        credited_s = absence.since_s + self._state.settings.away.credit_s
        cause = "credit" if credited_s <= self._now.boot_s else "not yet"
        return self._say("away", cause, since, self._wall(credited_s), gone=gone)

    def _due(self, prompt: Prompt) -> Reason:
        since = self._wall(prompt.offered_s)
        reminder_s, missed_s = prompting.reminder_at(self._state), prompting.missed_at(self._state)
        if reminder_s is not None and (missed_s is None or reminder_s < missed_s):
            return self._say("due", "reminder", since, self._wall(reminder_s))
        cause = "routine" if prompt.routine else "no answer"
        return self._say("due", cause, since, self._now_wall if missed_s is None else self._wall(missed_s))

    def _paused(self, pause: Pause) -> Reason:
        since = self._wall(pause.since_s)
        if pause.until_wall is not None:
            return self._say("paused", "until", since, self._posix(pause.until_wall))
        if pause.until_s is not None:
            return self._say("paused", "until", since, self._wall(pause.until_s))
        return self._say("paused", "open end", since, self._now_wall)

    def _off(self) -> Reason:
        state = self._state
        since = self._posix(state.hours_from_wall)
        if state.hours_until_wall >= hours.FOREVER_WALL:
            return self._say("off", "open end", since, self._now_wall)
        return self._say("off", "hours", since, self._posix(state.hours_until_wall))

    def _held(self, prompt: Prompt) -> Reason:
        # One that was snoozed is due again at the end of that.
        since, reasons = self._wall(max(prompt.due_s, prompt.snoozed_until_s)), holding.kept_back_by(self._state)
        limit_s = holding.limit_at(self._state)
        if reasons and limit_s is not None:
            return self._say("held", "hold", since, self._wall(limit_s), reasons=held_by(reasons, self._by))
        until = self._wall(max(self._state.settle_until_s, prompt.due_s))
        return self._say("held", "settle", since, until, calm=self._calm())

    def _calm(self) -> str:
        """Why nothing is offered until the settle is over."""
        wait, prompt = self._last.wait, self._state.settings.prompt
        if wait is None or wait.until_s != self._state.settle_until_s:
            return _(CALM[""])
        seconds = prompt.settle_after_pause_s if wait.cause == "pause" else prompt.settle_s
        reasons = held_by(wait.names) if wait.names else ""
        return _(CALM[wait.cause]).format(duration=format_duration(seconds), reasons=reasons)

    def _counting(self) -> list[Reason]:
        state = self._state
        due_s = sitting.due_s(state)
        if due_s is None or state.sitting_since_s is None:
            return [self._say("counting", "nothing", local(self._last.event.now.wall, state), self._now_wall)]
        held = holding.effective_holds(state)
        at_s = max(due_s, state.settle_until_s)
        if state.settle_until_s > due_s:
            reason = self._say("counting", "settle", self._wall(due_s), self._wall(at_s), calm=self._calm())
        elif state.due_from_s > state.sitting_since_s:
            reason = self._say("counting", "skip", self._wall(state.due_from_s), self._wall(at_s))
        else:
            cause = "stood" if state.is_standing else "sat"
            reason = self._say("counting", cause, self._wall(state.sitting_since_s), self._wall(at_s))
        if not held:
            return [reason if reason.cause == "settle" else self._with_calm(reason)]
        since = self._wall(min(state.holds[name] for name in held))
        return [reason, self._say("counting", "hold", since, self._wall(at_s), reasons=held_by(held, self._by))]

    def _with_calm(self, reason: Reason) -> Reason:
        if self._state.holds:
            calm = _("No longer in the way, for it held a prompt back too long: {reasons}.")
            return replace(
                reason, text=f"{reason.text} {calm.format(reasons=held_by(sorted(self._state.holds), self._by))}"
            )
        return replace(reason, text=f"{reason.text} {_('Nothing holds it back at the moment.')}")
