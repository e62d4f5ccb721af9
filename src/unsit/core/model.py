"""The words of the core: what it knows (State), what it is told (Event), what it decides (Decision).

Here are types only, no rule. Everything is a frozen msgspec Struct rather than a dataclass: the same types are written to
the log as JSON, a tagged union decodes itself, and copying one costs a tenth (ten years simulate in seconds).

Time: `boot_s` counts seconds on a clock that goes on in suspend, in multiples of 1/1024 s (see `Now`), so that sums and
differences of instants and of settings are exact and `now >= due` never misses by a rounding. A field that ends in `_s` and
is an instant is on that clock; one that ends in `_wall` is POSIX seconds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from msgspec import Struct, field

BOOT_TICKS_PER_S: Final = 1024
"""Instants are kept as multiples of 1/1024 s: exact in binary floating point, and finer than anybody's finger."""

Side = Literal["left", "right"]
Place = Literal["desk", "floor", "bed"]
Avoid = Literal["kneeling", "floor", "overhead"]
Level = Literal["gentle", "deeper"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
HoldReason = Literal["call", "dnd", "fullscreen", "app"]
HOLD_REASONS: Final[tuple[HoldReason, ...]] = ("call", "dnd", "fullscreen", "app")
WorkKind = Literal["hold", "reps", "breaths", "rest", "walk"]
SegmentKind = Literal["prepare", "hold", "switch", "reps", "breaths", "rest", "walk"]
PauseReason = Literal["person", "sleep", "restart"]
"""What paused a session: the person, the machine that slept, or the daemon that died."""
StopReason = Literal["person", "pain", "pause", "sleep", "quit"]
"""What stopped a session: the person, by either command; a pause or a sleep that took too long; the end of the daemon, or of
the machine."""
OutcomeWord = Literal["completed", "partial", "done", "skipped", "away", "missed", "expired", "void"]


class Now(Struct, frozen=True):
    """One clock sample; every event carries exactly one.

    Attributes:
        boot_s: seconds since boot, suspend included, a multiple of 1/1024 s.
        boot_id: names the boot that `boot_s` belongs to.
        wall: local time with its offset.
    """

    boot_s: float
    boot_id: str
    wall: datetime


# ---------------------------------------------------------------------------------------------------------- settings


class PromptSettings(Struct, frozen=True, forbid_unknown_fields=True, rename={
    "every_s": "every", "every_standing_s": "every_standing", "settle_s": "settle",
    "settle_after_pause_s": "settle_after_pause", "remind_every_s": "remind_every", "snooze_s": "snooze",
}):  # fmt: skip
    every_s: float = 3600.0
    every_standing_s: float = 3600.0
    settle_s: float = 30.0
    settle_after_pause_s: float = 300.0
    remind_every_s: float = 300.0
    reminders: int = 2
    snooze_s: float = 600.0
    snoozes: int = 3
    sound: Literal["off", "tone"] = "off"


class AwaySettings(Struct, frozen=True, forbid_unknown_fields=True, rename={
    "idle_after_s": "idle_after", "credit_s": "credit",
}):  # fmt: skip
    idle_after_s: float = 300.0
    credit_s: float = 120.0
    video_is_presence: bool = True


class HoldSettings(Struct, frozen=True, forbid_unknown_fields=True, rename={"limit_s": "limit"}):
    """Attributes:
    call, dnd, fullscreen: whether the reason is heeded. Whatever senses it goes by that, and by the next two.
    apps: programs that hold while they run.
    ignore: programs whose recording, or open camera, is no call.
    """

    limit_s: float = 10800.0
    call: bool = True
    dnd: bool = True
    fullscreen: bool = True
    apps: tuple[str, ...] = ()
    ignore: tuple[str, ...] = (
        "easyeffects", "pulseeffects", "noisetorch", "cadmus", "pavucontrol", "plasmashell", "gnome-control-center",
    )  # fmt: skip


class StretchSettings(Struct, frozen=True, forbid_unknown_fields=True, rename={"hold_s": "hold", "walk_s": "walk"}):
    hold_s: float | Literal["auto"] = "auto"
    walk_s: float = 120.0
    place: tuple[Place, ...] = ("desk",)
    avoid: tuple[Avoid, ...] = ()
    level: Level = "gentle"


class HoursEntry(Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Working hours on some days of the week; times are `HH:MM`, `to` at or before `from` ends on the next day."""

    days: tuple[Weekday, ...]
    from_: str
    to: str


class Routine(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    cron: str
    exercises: tuple[str, ...]
    enabled: bool = True


class Settings(Struct, frozen=True):
    """The part of the settings that decides. The keys are those of config/defaults.toml."""

    prompt: PromptSettings = PromptSettings()
    away: AwaySettings = AwaySettings()
    hold: HoldSettings = HoldSettings()
    stretch: StretchSettings = StretchSettings()
    hours: tuple[HoursEntry, ...] = ()
    days_off: tuple[str, ...] = ()
    """Dates and ranges of dates, `2026-12-24` or `2026-12-24..2027-01-02`."""
    routine: tuple[Routine, ...] = ()
    exercises: dict[str, bool] = field(default_factory=dict)
    """Exercises that the person switched on (true) or off (false); one not named is on."""


class Stage(Struct, frozen=True, omit_defaults=True):
    """One of the things that an exercise has one do, in their order.

    Attributes:
        work: anything but the walk, which is at a session's end.
        amount: the seconds (hold: 0 where the rules say; rest) or the count (reps, breaths) of one side.
        per_side: first one side, then the other, before the next stage.
        prepare_s: for getting into it from the stage before; nothing comes between them where it is 0. The first stage
            follows the exercise's own `prepare`.
    """

    work: WorkKind
    amount: float = 0.0
    per_side: bool = False
    prepare_s: float = 10.0


class Exercise(Struct, frozen=True, omit_defaults=True):
    """What the rules need to know of an exercise; its words and pictures are the catalogue's.

    Attributes:
        work: what one does in it; in one of several stages, what one does first. `amount` is the seconds (hold: unused, the
            rules say; rest; walk) or the count (reps, breaths) of one side.
        per_side: first one side, then the other; all stages of one side come before the other.
        stages: empty where `work` and `amount` are all there is.
    """

    id: str
    kind: Literal["stretch", "strength", "release", "movement"]
    place: Place
    work: WorkKind
    per_side: bool = False
    amount: float = 0.0
    avoid: tuple[Avoid, ...] = ()
    level: Level = "gentle"
    stages: tuple[Stage, ...] = ()

    @property
    def has_sides(self) -> bool:
        """Some of it is done for one side, then for the other."""
        return self.per_side or any(stage.per_side for stage in self.stages)


# ------------------------------------------------------------------------------------------------------------- state


class Prompt(Struct, frozen=True):
    """The one open prompt: due, and without an outcome.

    Attributes:
        stage: `waiting` (a hold, a pause, a settle or an absence keeps it back), `offered`, or `snoozed`.
        exercises: what it offers; a routine has several.
        offered_s: when it was last offered (a reminder is no offer); reminders and the missed clock run from here.
        reminders: reminders used since then.
        waiting_s: since when it waits, in one piece; what `hold.limit` is measured from.
        held_said: `held` was said in this wait.
        routine_wall: the routine's time, for its hour of grace.
    """

    id: int
    stage: Literal["waiting", "offered", "snoozed"]
    exercises: tuple[str, ...]
    due_s: float
    offered_s: float = 0.0
    reminders: int = 0
    snoozes: int = 0
    snoozed_until_s: float = 0.0
    waiting_s: float = 0.0
    held_said: bool = False
    was_offered: bool = False
    routine: str | None = None
    routine_wall: float = 0.0
    standing: bool = False
    settings: PromptSettings = PromptSettings()


class Segment(Struct, frozen=True, omit_defaults=True):
    """Attributes: stage: of its exercise, from 0; in `prepare` and `switch` the one that comes."""

    kind: SegmentKind
    seconds: float
    side: Side | None = None
    exercise: str = ""
    stage: int = 0

    @property
    def is_work(self) -> bool:
        """Prepare and switch never count as work."""
        return self.kind not in ("prepare", "switch")


class Choice(Struct, frozen=True):
    """What a session's segments follow from; can be chosen anew in `prepare`."""

    exercises: tuple[str, ...]
    first: dict[str, Side]
    hold_s: dict[str, float]
    walk_s: float


class Session(Struct, frozen=True):
    """A guided stretch under way.

    Attributes:
        index, entered_s: the current segment and when it would have begun had it never been paused: in a running session
            `now - entered_s` is how far it is.
        paused_s: since when it is paused; by what, as long as it is.
        reached: seconds reached in each segment, the furthest ever (repeated seconds count once).
        prompt: the prompt it was begun from, as it was then.
    """

    id: int
    choice: Choice
    segments: tuple[Segment, ...]
    began_s: float
    index: int
    entered_s: float
    paused_s: float | None
    reached: tuple[float, ...]
    prompt: Prompt | None = None
    routine: str | None = None
    paused_by: PauseReason = "person"


class Absence(Struct, frozen=True):
    """A confirmed absence; it counts from the last input."""

    since_s: float
    since_wall: float
    is_end_of_day: bool = False
    """It began outside the hours or outlasted the closing: no natural break."""


class Pause(Struct, frozen=True):
    """A pause the person asked for. `until_s` for a duration, `until_wall` for a time of day, neither: until resumed."""

    since_s: float
    until_s: float | None = None
    until_wall: float | None = None


class Undoable(Struct, frozen=True):
    """How to take the last command back: the state before it, and what happened since.

    `first_record` is the number of the first record that the command, or anything after it, made or may end.
    """

    command: str
    until_s: float
    before: State
    since: tuple[AnyEvent, ...]
    first_record: int


class State(Struct, frozen=True):
    """Everything the core knows. Instants, never counters that tick."""

    settings: Settings
    catalogue: tuple[Exercise, ...]
    zone: str
    now: Now
    """The sample of the last event."""

    # presence
    can_see_input: bool = True
    can_see_unlock: bool = True
    idle_since_s: float | None = None
    """The last input, while no input is known to follow; None while it flows."""
    is_locked: bool = False
    asleep_since_s: float | None = None
    absence: Absence | None = None
    is_after_session: bool = False
    """A session ended and no input has followed yet: that time belongs to its break."""

    # the hours
    is_open: bool = True
    hours_from_wall: float = 0.0
    """`is_open` holds from here up to `hours_until_wall`, whatever the wall clock does in between."""
    hours_until_wall: float = 0.0

    # the sitting clock
    sitting_since_s: float | None = None
    due_from_s: float = 0.0
    """What `prompt.every` counts from: the start of the sitting clock, or a skip since."""
    is_due_now: bool = False
    """The next prompt is due at once, since one was missed."""
    is_standing: bool = False

    # what keeps back
    holds: dict[HoldReason, float] = field(default_factory=dict)
    """Reason -> since when."""
    ignored_holds: frozenset[HoldReason] = frozenset()
    pause: Pause | None = None
    settle_until_s: float = 0.0

    prompt: Prompt | None = None
    session: Session | None = None

    # routines
    routine_after_wall: float = 0.0
    """Routine times up to here have been looked at."""
    routine_next_wall: float | None = None
    """The next time of any routine."""
    routines_waiting: tuple[tuple[str, float, bool], ...] = ()
    """(name, its time, it passed in suspend), for each whose time has come and that is not offered yet."""

    # what must be remembered of history
    completed: dict[str, int] = field(default_factory=dict)
    last_completed: dict[str, int] = field(default_factory=dict)
    """Exercise -> the number of the record; the higher, the later."""
    first_side: dict[str, Side] = field(default_factory=dict)
    """Exercise -> the side that goes first next time; left where it is not named."""
    hurt: frozenset[str] = frozenset()
    """Switched off by pain, until the person switches it on again."""
    records: int = 0
    """How many prompts, sessions and breaks have been numbered."""
    undoable: Undoable | None = None
    last_outcome: Outcome | None = None
    last_outcome_s: float = 0.0
    last_stop: tuple[int, StopReason] | None = None
    """The session that was stopped last, and by what; None once one has run to its end since."""
    is_stopped: bool = True
    """The daemon stopped cleanly, or never ran."""


# ------------------------------------------------------------------------------------------------------------ events


class Event(Struct, frozen=True, tag=True):
    """Something that happened, with the moment at which it did."""

    now: Now


class Found(Struct, frozen=True):
    """What the sensors say when the daemon starts, or the machine wakes, and nobody was looking before.

    None stands for "cannot be asked", which leaves things as they were known.

    Attributes:
        input_flows: there is input now (a sign of the person), or there is none.
        last_input_s: when the last input was, where there is none now.
    """

    input_flows: bool | None = None
    last_input_s: float | None = None
    is_locked: bool | None = None
    holds: tuple[HoldReason, ...] | None = None


class Started(Event, frozen=True):
    """The daemon runs.

    Attributes:
        is_away: nobody is there (only a simulation can know).
        alive_until: the last evidence of life before this start: the later of the last record and what the system noted.
    """

    settings: Settings
    catalogue: tuple[Exercise, ...]
    zone: str
    found: Found = Found()
    version: str = ""
    is_away: bool = False
    alive_until: Now | None = None


class Stopped(Event, frozen=True):
    """The daemon is about to stop cleanly."""


class Tick(Event, frozen=True):
    """The wake-up that was asked for, or an earlier one: something may be due."""


class ClockStepped(Event, frozen=True):
    """Somebody set the wall clock."""


class SettingsChanged(Event, frozen=True):
    """Attributes: touched: the keys that the person set just now, even if the value is the old one."""

    settings: Settings
    catalogue: tuple[Exercise, ...]
    zone: str
    touched: tuple[str, ...] = ()


class InputStopped(Event, frozen=True):
    last_input_s: float


class InputSeen(Event, frozen=True):
    pass


class Locked(Event, frozen=True):
    """Attributes: last_input_s: the last input, where the source knows it."""

    last_input_s: float | None = None


class Unlocked(Event, frozen=True):
    pass


class SensorsChanged(Event, frozen=True):
    """What the sources can report from now on."""

    can_see_input: bool
    can_see_unlock: bool


class Slept(Event, frozen=True):
    """The machine is about to suspend."""


class Woke(Event, frozen=True):
    """The machine runs again. `asleep_since_s` where nobody had said that it was about to sleep."""

    found: Found = Found()
    asleep_since_s: float | None = None


class HoldBegan(Event, frozen=True):
    """Attributes: was_there: nobody told of it, and somebody looked since a prompt is due: it holds that one already."""

    reason: HoldReason
    was_there: bool = False


class HoldEnded(Event, frozen=True):
    reason: HoldReason


class Command(Event, frozen=True):
    """Something that the person asked for: a sign that they are there."""


class BeginAsked(Command, frozen=True):
    exercise: str | None = None


class SnoozeAsked(Command, frozen=True):
    for_s: float | None = None


class SkipAsked(Command, frozen=True):
    pass


class DoneAsked(Command, frozen=True):
    pass


class UndoAsked(Command, frozen=True):
    pass


class PauseAsked(Command, frozen=True):
    """For `for_s` seconds, until the next `until` (HH:MM), until tomorrow, or, with none of them, until resumed."""

    for_s: float | None = None
    until: str | None = None
    tomorrow: bool = False


class ResumeAsked(Command, frozen=True):
    pass


class StandAsked(Command, frozen=True):
    pass


class SitAsked(Command, frozen=True):
    pass


class ToggleAsked(Command, frozen=True):
    pass


class NextAsked(Command, frozen=True):
    pass


class PreviousAsked(Command, frozen=True):
    pass


class StopAsked(Command, frozen=True):
    pass


class HurtsAsked(Command, frozen=True):
    pass


class ChooseAsked(Command, frozen=True):
    exercise: str | None = None
    first: Side | None = None
    walk_s: float | None = None
    hold_s: float | None = None


AnyCommand = (
    BeginAsked
    | SnoozeAsked
    | SkipAsked
    | DoneAsked
    | UndoAsked
    | PauseAsked
    | ResumeAsked
    | StandAsked
    | SitAsked
    | ToggleAsked
    | NextAsked
    | PreviousAsked
    | StopAsked
    | HurtsAsked
    | ChooseAsked
)
AnyEvent = (
    Started | Stopped | Tick | ClockStepped | SettingsChanged | InputStopped | InputSeen | Locked | Unlocked
    | SensorsChanged | Slept | Woke | HoldBegan | HoldEnded | BeginAsked | SnoozeAsked | SkipAsked | DoneAsked | UndoAsked
    | PauseAsked | ResumeAsked | StandAsked | SitAsked | ToggleAsked | NextAsked | PreviousAsked | StopAsked | HurtsAsked
    | ChooseAsked
)  # fmt: skip


# --------------------------------------------------------------------------------------------------------- decisions


class Decision(Struct, frozen=True, tag=True):
    """Something the core decided. The shell writes it down, then carries it out; `unsit simulate` prints it."""


class Prompted(Decision, frozen=True):
    """A prompt is offered. `again`: the same offer shown again (after a crash or an undo), its clocks ran on."""

    prompt: int
    exercises: tuple[str, ...]
    sat_s: float
    snoozes_left: int
    again: bool = False
    routine: str | None = None
    standing: bool = False
    over_limit: tuple[HoldReason, ...] = ()
    """It comes in spite of these, which have held for `hold.limit`."""


class Reminded(Decision, frozen=True):
    prompt: int
    exercises: tuple[str, ...]
    sat_s: float
    snoozes_left: int
    routine: str | None = None
    standing: bool = False


class Held(Decision, frozen=True):
    prompt: int
    exercises: tuple[str, ...]
    reasons: tuple[str, ...]
    routine: str | None = None


class Withdrawn(Decision, frozen=True):
    prompt: int
    reason: Literal["pause", "away"]
    routine: str | None = None


class Snoozed(Decision, frozen=True):
    prompt: int
    for_s: float
    until_wall: datetime
    routine: str | None = None


class SessionBegan(Decision, frozen=True):
    session: int
    exercises: tuple[str, ...]
    seconds: float
    prompt: int | None = None
    routine: str | None = None


class Cue(Decision, frozen=True):
    """A segment begins."""

    session: int
    segment: Segment
    routine: str | None = None


class SessionEnded(Decision, frozen=True):
    """The last cue."""

    session: int
    routine: str | None = None


class Outcome(Decision, frozen=True):
    """A prompt, or a session that nobody prompted, is over.

    Attributes:
        record: the prompt's number, or the session's where nobody prompted it.
        work: kind -> seconds, for a session: left, right, walk, and reps, breaths, rest where they occur.
        sat_s: for every other outcome, how long the person had sat.
    """

    record: int
    word: OutcomeWord
    exercises: tuple[str, ...] = ()
    work: dict[str, float] | None = None
    sat_s: float | None = None
    reason: Literal["pain"] | None = None
    routine: str | None = None
    session: int | None = None
    snoozes: int = 0


class NaturalBreak(Decision, frozen=True):
    record: int
    seconds: float
    counts: bool = True
    """False for more than 4 h: recorded, but left out of the statistics of breaks."""


class Revoked(Decision, frozen=True):
    """An undo: the records from this number up to the last are as if they had not been."""

    command: str
    first_record: int


class Refused(Decision, frozen=True):
    """A command that the state does not allow.

    Attributes:
        reason: what stands in the way, in English: a msgid, in which `{about}` stands for `about`.
        next_step: what to do instead; likewise.
    """

    command: str
    reason: str
    next_step: str = ""
    about: str = ""


AnyDecision = (
    Prompted | Reminded | Held | Withdrawn | Snoozed | SessionBegan | Cue | SessionEnded | Outcome | NaturalBreak | Revoked
    | Refused
)  # fmt: skip
