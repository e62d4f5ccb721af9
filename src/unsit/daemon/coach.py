"""The coach: what is heard in a stretch, and when.

`plan` is pure: a session's segments in, cues out. `Coach` keeps to a plan as long as the session does, and makes a new one
when it does not: paused, skipped, chosen anew. How a tone is played and a sentence spoken is the business of the ports.
Imported when a session begins.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, Literal

from msgspec import Struct

from unsit.catalogue import Catalogue, ExerciseText
from unsit.core.snapshot import SegmentView, SessionView, Snapshot
from unsit.ports import AdapterError, Tones, Voice
from unsit.settings.types import SoundSettings
from unsit.words import _
from unsit.words import segments as words

log = logging.getLogger(__name__)

COUNTED_S: Final = {"hold": 5, "rest": 5, "prepare": 3, "switch": 3}
"""Segment -> how many of its last seconds are counted. Nobody needs to be counted out of a walk."""
"""Where the repetitions are counted instead: seconds would be a second count in the same ear."""
WORDS_AFTER_S: Final = {"": 0.0, "start": 0.4, "half": 0.35, "switch": 0.55, "end": 0.9, "tick": 0.1}
"""A sentence begins when the last bar of its tone has been struck."""
GAP_S: Final = 0.15
"""Between a sentence and whatever comes next."""
COUNT_WITHIN_S: Final = 0.95
"""A voice that takes longer for a number leaves the counting to the ticks."""
LATE_MOST_S: Final = 1.0
"""What could not be said in time (the machine slept, or is very busy) is not said at all."""
END_WITHIN_S: Final = 0.1
"""Of the planned end: the core's alarm and the coach's do not ring at the same moment."""
LEAD_S: Final = 0.03
"""From starting a player to the first sound from the sound server: 20 to 50 ms (paplay, pw-play, aplay)."""

Moment = Literal["start", "half", "count", "end"]


class Cue(Struct, frozen=True):
    """Something to be heard.

    Attributes:
        at_s: on the clock that goes on in suspend.
        tone, words: empty for none; the words follow the tone.
        segment: the number of the segment it belongs to; `end` belongs to the last.
    """

    at_s: float
    segment: int
    moment: Moment
    tone: str = ""
    words: str = ""


class Ear(Struct, frozen=True):
    """What there is to be heard with. Attributes: speaks: says whether there is a voice in an exercise."""

    tones: bool
    speaks: Callable[[str], bool]
    length_s: Callable[[str], float]
    text_of: Callable[[str], ExerciseText | None]

    def hears(self, segment: SegmentView) -> bool:
        return self.tones or self.speaks(segment.exercise)

    def fits(self, choices: list[str], room_s: float) -> str:
        """The fullest that can be said in so much time."""
        return next((choice for choice in choices if self.length_s(choice) + GAP_S <= room_s), "")


def plan(session: SessionView, entered_s: float, ear: Ear) -> list[Cue]:
    """Everything from the start of the current segment to the end, in order.

    Args:
        entered_s: when the current segment began, or would have begun had it never been paused.
    """
    made: list[Cue] = []
    at_s = entered_s
    for index in range(session.index, len(session.segments)):
        segment = session.segments[index]
        if ear.hears(segment):
            made += _segment_cues(session, index, at_s, ear)
        at_s += segment.seconds
    last = session.segments[-1]
    if ear.hears(last):
        spoken = words.end_words(session, ear.text_of(last.exercise))[0] if ear.speaks(last.exercise) else ""
        made.append(Cue(at_s, len(session.segments) - 1, "end", "end" if ear.tones else "", spoken))
    return made


def _segment_cues(session: SessionView, index: int, at_s: float, ear: Ear) -> Iterator[Cue]:
    segment = session.segments[index]
    seconds, speaks, text = segment.seconds, ear.speaks(segment.exercise), ear.text_of(segment.exercise)
    counts = list(_counts(segment, ear, speaks=speaks))
    # Numbers of repetitions give way to a sentence; the last seconds do not.
    count_from_s = counts[0].at_s if counts and segment.kind in COUNTED_S else seconds
    half_s = words.half_s(segment)
    said_until_s = count_from_s if half_s is None else half_s

    def cue(from_s: float, to_s: float, moment: Moment, tone: str, choices: list[str]) -> Cue:
        tone = tone if ear.tones else ""
        said = ear.fits(choices, to_s - from_s - WORDS_AFTER_S[tone]) if speaks else ""
        return Cue(from_s, index, moment, tone, said)

    choices = words.start_words(session, index, text, after=index > session.index)
    spoken = [
        cue(0.0, min(said_until_s, count_from_s), "start", "switch" if segment.kind == "switch" else "start", choices)
    ]
    if half_s is not None:
        spoken.append(cue(half_s, count_from_s, "half", "half", words.half_words(session, index, text)))
    busy = [
        (said.at_s - GAP_S, said.at_s + WORDS_AFTER_S[said.tone] + (ear.length_s(said.words) if said.words else 0))
        for said in spoken
    ]
    free = [count for count in counts if not any(begin <= count.at_s < end + GAP_S for begin, end in busy)]
    for made in sorted([*spoken, *free], key=lambda made: made.at_s):
        if made.tone or made.words:
            yield Cue(at_s + made.at_s, index, made.moment, made.tone, made.words)


def _counts(segment: SegmentView, ear: Ear, *, speaks: bool) -> Iterator[Cue]:
    """Times within the segment."""

    def count(at_s: float, word: str) -> Cue:
        is_spoken = speaks and ear.length_s(word) <= COUNT_WITHIN_S
        return Cue(at_s, 0, "count", "" if is_spoken or not ear.tones else "tick", word if is_spoken else "")

    pace_s = words.BEAT_S.get(segment.kind)
    if pace_s is not None:
        total = round(segment.seconds / pace_s)
        for number in range(2, total + 1):
            word = words.last_word(segment.kind) if number == total else words.count_word(number)
            yield count((number - 1) * pace_s, word)
    else:
        for left_s in range(min(COUNTED_S.get(segment.kind, 0), int(segment.seconds / 2)), 0, -1):
            yield count(segment.seconds - left_s, words.count_word(left_s))


# ---------------------------------------------------------------------------------------------------------- keeping to it


class Coach:
    """
    Args:
        now_s: seconds on the clock of the snapshots.
        on_note: told what cannot be heard, in words for people.
        on_over: the session has ended and all has been said.
    """

    def __init__(
        self,
        settings: SoundSettings,
        catalogue: Catalogue,
        tones: Tones,
        voice: Voice,
        *,
        now_s: Callable[[], float],
        on_note: Callable[[str], None],
        on_over: Callable[[], None],
    ) -> None:
        self._settings, self._catalogue = settings, catalogue
        self._tones, self._voice = tones, voice
        self._now_s, self._on_note, self._on_over = now_s, on_note, on_over
        self._has_tones = settings.tones and settings.volume > 0
        self._has_voice = settings.voice != "off" and settings.volume > 0
        self._session: SessionView | None = None
        self._place: tuple[object, ...] = ()
        """What the plan was made for; the session moving on by itself does not change it."""
        self._here: tuple[object, ...] = ()
        """What the sound of this moment was made for."""
        self._entered_s = self._end_s = 0.0
        self._must_repeat = False
        """What is to be done was cut off, or may be forgotten over a pause."""
        self._cues: list[Cue] = []
        self._done_until_s = 0.0
        """The instant of the last cue that was due."""
        self._timer: asyncio.TimerHandle | None = None
        self._sounding: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_over = False

    def follow(self, snapshot: Snapshot) -> None:
        """The state is now this. At once; what is to be heard later is planned."""
        if snapshot.session is None:
            self._follow_end(snapshot)
        else:
            self._follow_session(snapshot, snapshot.session)

    def take_over(self) -> None:
        """From another one, which was cut off in the middle of a session: what that said is said again."""
        self._must_repeat = True

    @property
    def is_sounding(self) -> bool:
        return self._sounding is not None

    @property
    def has_means(self) -> bool:
        """Something of this session is heard, unless the person wants silence."""
        return self._session is not None and (self._has_tones or self._speaks_at_all(self._session))

    def describe(self) -> str:
        return f"{self._tones.describe()}, {self._voice.describe()}"

    async def close(self) -> None:
        """Silence, and everything given back."""
        self._silence()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._voice.close()
        self._tones.close()

    # -- the session

    def _follow_session(self, snapshot: Snapshot, session: SessionView) -> None:
        self._is_over = False
        entered_s = snapshot.boot_s - session.elapsed_s
        began_s = entered_s - sum(segment.seconds for segment in session.segments[: session.index])
        is_silent = _is_silent(snapshot)
        place = (session.id, session.segments, began_s, session.paused, is_silent)
        if place == self._place:
            return
        self._place, self._session = place, session
        self._entered_s, self._end_s = entered_s, began_s + session.total_s
        if session.paused or is_silent:
            self._silence()
            self._here = ()
        else:
            self._keep_to(session, repeats=self._must_repeat)
        self._must_repeat = session.paused

    def _keep_to(self, session: SessionView, *, repeats: bool = False) -> None:
        cues = plan(session, self._entered_s, self._ear())
        now_s = self._now_s()
        start = cues[0] if cues and cues[0].moment == "start" and cues[0].segment == session.index else None
        text = self._catalogue.get(session.segments[session.index].exercise)
        asked = words.start_words(session, session.index, text, after=False)
        here = (session.id, session.index, self._entered_s, *asked)
        coming = [cue for cue in cues if cue.at_s > now_s - LATE_MOST_S]
        if here == self._here:  # chosen anew is only what comes later
            coming = [cue for cue in coming if cue.at_s > now_s]
        else:
            is_other = bool(self._here) and here[:3] == self._here[:3]  # another exercise, or the other side
            self._here = here
            self._silence()
            self._done_until_s = 0.0
            if start is not None and start not in coming and (is_other or repeats):
                until_s = coming[0].at_s if coming else now_s
                room_s = until_s - now_s - WORDS_AFTER_S[start.tone]
                said = self._ear().fits(asked, room_s) if start.words else ""
                coming.insert(0, Cue(now_s, start.segment, "start", start.tone, said))
        self._cues = coming
        self._arm()
        self._spawn(self._get_ready([cue.words for cue in coming if cue.words]))

    def _follow_end(self, snapshot: Snapshot) -> None:
        session, self._session = self._session, None
        if session is not None:
            last = snapshot.last
            # Who left out the walk has done it all, and who stays to the end hears it, whatever was left out before.
            is_completed = last is not None and last.session == session.id and last.word == "completed"
            is_done = is_completed or snapshot.boot_s > self._end_s - END_WITHIN_S
            end = next((cue for cue in self._cues if cue.moment == "end"), None)
            is_under_way = end is None and bool(self._cues or self._sounding)
            self._drop_plan()
            self._place = self._here = ()
            self._must_repeat = False
            if is_done and end is not None and not _is_silent(snapshot):
                self._sound(end)
            elif not (is_done and is_under_way):
                self._silence()
        elif _is_silent(snapshot):
            self._silence()
        self._is_over = True
        if self._sounding is None:
            self._on_over()

    def _speaks_at_all(self, session: SessionView) -> bool:
        return any(self._speaks(exercise) for exercise in session.exercises)

    def _speaks(self, exercise: str) -> bool:
        if not self._has_voice:
            return False
        text = self._catalogue.get(exercise)
        return self._settings.voice == "always" or (text is not None and text.place != "desk")

    def _ear(self) -> Ear:
        return Ear(self._has_tones, self._speaks, self._voice.length_s, self._catalogue.get)

    # -- sounds

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._cues:
            in_s = max(0.0, self._cues[0].at_s - LEAD_S - self._now_s())
            self._timer = asyncio.get_running_loop().call_later(in_s, self._handle_time)

    def _handle_time(self) -> None:
        """The timer's clock stops in suspend and the cues' does not: the time is looked at anew."""
        self._timer = None
        now_s = self._now_s()
        due = [cue for cue in self._cues if cue.at_s - LEAD_S <= now_s]
        self._cues = self._cues[len(due) :]
        if due:
            self._done_until_s = due[-1].at_s
        if due and due[-1].at_s > now_s - LATE_MOST_S:
            self._sound(due[-1])
        self._arm()

    def _sound(self, cue: Cue) -> None:
        """In place of whatever is still heard."""
        if self._sounding is not None:
            self._sounding.cancel()
        log.debug("Cue %s of segment %d at %.3f: %s %s", cue.moment, cue.segment, cue.at_s, cue.tone, cue.words)
        self._sounding = self._spawn(self._make_sound(cue))
        self._sounding.add_done_callback(self._on_sounded)

    def _on_sounded(self, task: asyncio.Task[None]) -> None:
        if self._sounding is task:
            self._sounding = None
            if self._is_over:
                self._on_over()

    async def _make_sound(self, cue: Cue) -> None:
        tone = self._spawn(self._play_tone(cue.tone)) if cue.tone and self._has_tones else None
        try:
            if tone is not None and cue.words:
                await self._wait_for_tone(tone, cue)
            if cue.words and self._has_voice:
                await self._say(cue.words)
            if tone is not None:
                await tone
        finally:
            if tone is not None:
                tone.cancel()

    async def _wait_for_tone(self, tone: asyncio.Task[None], cue: Cue) -> None:
        """Until its sentence may begin. The first one finds out which player works, and a sentence may need to know; but a
        player that hangs holds up nothing."""
        if self._tones.is_proven:
            await asyncio.wait({tone}, timeout=WORDS_AFTER_S[cue.tone])
            return
        doubted = self._spawn(self._tones.doubted())
        try:
            await asyncio.wait({tone, doubted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            doubted.cancel()

    async def _play_tone(self, name: str) -> None:
        try:
            await self._tones.play_tone(name)
        except AdapterError as error:
            log.warning("%s", error)
            self._has_tones = False
            self._lacks_something()

    async def _say(self, sentence: str) -> None:
        try:
            await self._voice.say(sentence)
        except AdapterError as error:
            self._lose_voice(error)

    async def _get_ready(self, sentences: list[str]) -> None:
        """Find the voice, and how long it takes for what is planned: that may be more or less than fits."""
        if not sentences or not self._has_voice:
            return
        try:
            await self._voice.start()
        except AdapterError as error:
            self._lose_voice(error)
            return
        if await self._voice.measure(list(dict.fromkeys(sentences))):
            self._plan_anew()

    def _lose_voice(self, error: AdapterError) -> None:
        log.warning("%s", error)
        self._has_voice = False
        self._lacks_something()

    def _lacks_something(self) -> None:
        session = self._session
        if session is None or (self._has_voice and self._speaks_at_all(session)):
            pass
        elif self._has_tones and self._tones.works:
            self._on_note(_("Nothing speaks here, so there are only tones. {why}").format(why=self._why_no_voice()))
        elif self._tones.fault:  # and what plays the tones plays the voice
            self._on_note(_("Nothing can be heard here: no sound server answers. Start PulseAudio or PipeWire."))
        else:
            whys = [self._why_no_voice()] if self._settings.voice != "off" and not self._voice.works else []
            if self._settings.tones and not self._tones.works:
                whys.append(_("For tones install pulseaudio-utils, pipewire-bin or alsa-utils."))
            self._on_note(" ".join([_("Nothing can be heard here."), *whys]))
        self._plan_anew()

    def _why_no_voice(self) -> str:
        fault = self._voice.fault
        if not fault:
            return _("For a voice install speech-dispatcher or espeak-ng.")
        return _("A voice is installed, but does not work ({why}).").format(why=fault)

    def _plan_anew(self) -> None:
        """With other means, from here on; what is heard now goes on."""
        session = self._session
        if session is None or not self._here:
            return
        now_s = self._now_s()
        self._cues = [
            cue
            for cue in plan(session, self._entered_s, self._ear())
            if cue.at_s > max(self._done_until_s, now_s - LATE_MOST_S)
        ]
        self._arm()

    def _silence(self) -> None:
        self._drop_plan()
        if self._sounding is not None:
            self._sounding.cancel()

    def _drop_plan(self) -> None:
        self._cues = []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    def _on_done(self, task: asyncio.Task[None]) -> None:
        # Barrier: what cannot be heard must not stop the stretch, nor what comes next.
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A sound failed", exc_info=error)


def _is_silent(snapshot: Snapshot) -> bool:
    """Not wanted, or somebody else would hear it: a call may be on, whether or not prompts still wait for its end."""
    return snapshot.muted or any(hold.reason == "call" for hold in snapshot.holds)
