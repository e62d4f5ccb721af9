"""Every rule's branch has its sentence; and what the sentences say is what the log says."""

from __future__ import annotations

import collections
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from core.days import DATE, hours, routine
from core.scripts import SETTINGS, random_script
from support.told import LoggedWorld, log_of, told
from unsit.core.model import Cue, PauseAsked, SessionEnded, Settings, Slept, Snoozed, Started, Woke
from unsit.durations import parse_duration
from unsit.simulation.script import read_script
from unsit.store.account import LogPart, follow
from unsit.words import format_time_within, why, why_now
from unsit.words.why import Reason, TooFarBack, explain, moment_of, tell

OFFICE = hours("09:30-12:00", "13:00-17:00")
REST = routine("30 9 * * *", "bridge")

Row = tuple[str, str, str] | tuple[str, str, str, Settings]

HAPPENED: list[Row] = [
    # what and cause, a day, the sentence
    ("prompted/sat", "10:00 end", "At 10:00 you were prompted: you had been sitting since 09:00."),
    ("prompted/stood", "09:10 stand\n10:10 end", "At 10:10 you were prompted: you had been standing since 09:10."),
    ("prompted/skip", "10:05 skip\n11:05 end",
     "At 11:05 you were prompted: you had skipped the prompt before it at 10:05."),
    ("prompted/missed", "11:00 end", "At 11:00 you were prompted again: the prompt of 10:00 had no answer."),
    ("prompted/snooze", "10:01 snooze\n10:11 end", "At 10:11 you were prompted again: you had snoozed it at 10:01."),
    ("prompted/hold", "09:50 hold call\n10:20 free call\n10:21 end",
     "At 10:20 you were prompted: it had waited for a call to end, in the way since 09:50."),
    ("prompted/hold", "09:50 hold call\n09:55 hold dnd\n10:20 free call\n10:30 free dnd\n10:31 end",
     "At 10:30 you were prompted: it had waited for do not disturb to end, in the way since 09:55."),
    ("prompted/pause", "09:40 pause 25m\n10:10 end",
     "At 10:10 you were prompted: it had waited for the end of your pause of 09:40."),
    ("prompted/absence", "09:59 lock\n10:00:30 unlock\n10:01 end",
     "At 10:01 you were prompted: it had waited while you were away, from 09:59, too short a time for a break."),
    ("prompted/limit", "09:10 hold app\n13:00 end",
     "At 13:00 you were prompted in spite of a program on your list, in the way since 09:10: a prompt waits for 3 h at most."),
    ("prompted/short", "10:01 begin\n10:01:20 stop",
     "At 10:01 you were prompted again: the stretch of 10:01 was too short to count."),
    ("prompted/start", "10:02 quit 5s\n10:03 end",
     "At 10:02 you were prompted: it had waited for Unsit, which had not run from 10:02 on."),
    ("prompted/start", "10:02 reboot 1m\n10:10 end",
     "At 10:03 you were prompted: it had waited for Unsit, which had not run from 10:02 on."),
    ("prompted/start", "09:55 kill 20m\n10:20 end",
     "At 10:15 you were prompted: it had waited for Unsit, which had not run from 09:55 on."),
    ("prompted/session", "09:58 begin\n09:58:05 toggle\n10:20 end",
     "At 10:08 you were prompted: it had waited for the end of your stretch of 09:58."),
    ("prompted/settings", "09:40 set prompt.every 30m\n09:41 end",
     "At 09:40 the settings were changed, and you were prompted: your clock had run since 09:00."),
    ("prompted/restart", "10:02 kill", "At 10:02 the prompt of 10:00 was shown again: Unsit had stopped, and went on."),
    ("prompted/undo", "10:03 skip\n10:03:10 undo",
     "At 10:03 the prompt of 10:00 was shown again: you took back what you had said."),
    ("prompted/routine", "09:31 end", "At 09:30 you were prompted for your routine “rest”: its time was 09:30.", REST),
    ("prompted/routine", "09:10 suspend\n09:35 wake\n09:36 skip",
     "At 09:36 you were prompted for your routine “rest”: its time was 09:30.", REST),
    ("reminded/no answer", "10:05 end", "At 10:05 you were reminded: the prompt of 10:00 had no answer."),
    ("reminded/held", "10:01 hold call\n10:06 end",
     "A reminder at 10:05 was left out: a call has been in the way since 10:01."),
    ("held/hold", "09:20 hold dnd\n09:40 hold call\n10:00 end",
     "At 10:00 a prompt was due, and began to wait for a call and do not disturb to end, in the way since 09:20."),
    ("held/hold", "09:20 pause\n10:00 end",
     "At 10:00 a prompt was due, and began to wait for your pause to end, in the way since 09:20."),
    ("withdrawn/pause", "10:01 pause",
     "At 10:01 the prompt of 10:00 was taken from the screen: you paused."),
    ("withdrawn/absence", "10:01 lock",
     "At 10:01 the prompt was taken from the screen: you had been away since 10:01 (screen locked)."),
    ("withdrawn/absence", "10:02 reboot 1m\n10:10 end",
     "At 10:03 the prompt was taken from the screen: you had been away since 10:02 (Unsit did not run)."),
    ("snoozed/snooze", "10:01 snooze 15m", "At 10:01 you snoozed the prompt until 10:16."),
    ("session/prompt", "10:02 begin", "At 10:02 you began the stretch of the prompt of 10:00."),
    ("session/prompt", "09:30 hold call\n10:02 begin", "At 10:02 you began the stretch of the prompt of 10:00."),
    ("session/free", "09:30 begin", "At 09:30 you began a stretch, planned until 09:33."),
    ("session/paused", "09:30 begin\n09:31 toggle", "At 09:31 you paused the stretch of 09:30."),
    ("session/resumed", "09:30 begin\n09:31 toggle\n09:32 toggle", "At 09:32 you went on with the stretch of 09:30."),
    ("session/next", "09:30 begin\n09:31 next", "At 09:31 you went to the next step of the stretch of 09:30."),
    ("session/previous", "09:30 begin\n09:31 previous", "At 09:31 you went back in the stretch of 09:30."),
    ("session/chosen", "09:30 begin\n09:30:05 choose first=right", "At 09:30 you chose anew for the stretch of 09:30."),
    ("session/command", "09:30 begin\n09:31 pause\n09:31:30 resume", "At 09:31 you said “resume” in the stretch of 09:30."),
    ("completed/end", "09:30 begin\n09:34 end", "The stretch of 09:30 was completed at 09:33."),
    ("partial/person", "09:30 begin\n09:31 stop", "The stretch of 09:30 counts in part: you stopped it at 09:31."),
    ("partial/pain", "09:30 begin\n09:31 hurts", "The stretch of 09:30 counts in part: you said at 09:31 that it hurt."),
    ("partial/pause", "09:30 begin\n09:31 toggle\n09:42 end",
     "The stretch of 09:30 counts in part: it had been paused too long at 09:41."),
    ("partial/sleep", "09:30 begin\n09:31 suspend\n09:42 wake",
     "The stretch of 09:30 counts in part: the computer went to sleep at 09:31."),
    ("partial/quit", "09:30 begin\n09:31 quit 1h\n09:40 end", "The stretch of 09:30 counts in part: Unsit was ended at 09:31."),
    ("partial/left out", "09:30 begin\n09:31 next\n09:31 next\n09:31 next\n09:33 end",
     "The stretch of 09:30 counts in part: at 09:31 it ended with something left out."),
    ("void/person", "09:30 begin\n09:30:10 stop",
     "The stretch of 09:30 does not count: you stopped it at 09:30, with too little done."),
    ("void/person", "09:50 hold call\n10:02 begin\n10:02:05 stop",
     "The stretch of 10:02 does not count: you stopped it at 10:02, with too little done."),
    ("void/pause", "09:30 begin\n09:30:05 toggle\n09:42 end",
     "The stretch of 09:30 does not count: it was paused too long at 09:40, with too little done."),
    ("void/sleep", "09:30 begin\n09:30:05 suspend\n09:42 wake",
     "The stretch of 09:30 does not count: the computer went to sleep at 09:30, with too little done."),
    ("void/quit", "09:30 begin\n09:30:05 quit 1h\n09:40 end",
     "The stretch of 09:30 does not count: Unsit was ended at 09:30, with too little done."),
    ("void/left out", "09:30 begin walk\n09:30:01 next\n09:30:02 next",
     "The stretch of 09:30 does not count: it ended at 09:30, with too little done."),
    ("session/sleep", "09:30 begin\n09:31 suspend\n09:31:30 wake",
     "The stretch of 09:30 was paused at 09:31: the computer went to sleep."),
    ("returned/session", "09:30 begin\n09:30:01 leave\n09:50 back",
     "The clock began anew at 09:50, with your first input after the stretch that ended at 09:33."),
    ("done/done", "09:45 done", "At 09:45 you said that you moved; the clock had run since 09:00."),
    ("done/stand", "10:01 stand", "At 10:01 you said that you stand, which answers the prompt of 10:00."),
    ("done/sit", "09:10 stand\n10:12 sit", "At 10:12 you said that you sit, which answers the prompt of 10:10."),
    ("skipped/skip", "10:03 skip", "At 10:03 you skipped the prompt of 10:00."),
    ("away/absence", "10:01 lock\n10:03 end", "The prompt was closed at 10:03: you had been away since 10:01 (screen locked)."),
    ("away/absence", "10:01 leave\n10:06 end", "The prompt was closed at 10:06: you had been away since 10:01 (no input)."),
    ("away/absence", "10:02 quit 10m\n10:20 end",
     "The prompt was closed at 10:12: you had been away since 10:02 (Unsit did not run)."),
    ("missed/no answer", "11:00 end", "The prompt of 10:00 was closed at 11:00: it had no answer."),
    ("missed/hour", "09:20 hold call\n10:30 end",
     "Your routine “rest” was left out at 10:30: the hour after its time, 09:30, was over.", REST),
    ("expired/hours", "12:01 end", "The prompt of 11:30 was closed at 12:00: your working hours ended.",
     hours("10:30-12:00")),
    ("break/absence", "09:10 lock\n09:20 unlock",
     "You were away from 09:10 to 09:20 (screen locked), which counted as a break."),
    ("break/absence", "09:10 suspend\n09:20 wake\n09:21 back",
     "You were away from 09:10 to 09:21 (the computer slept), which counted as a break."),
    ("break/absence", "09:10 leave\n09:20 back", "You were away from 09:10 to 09:20 (no input), which counted as a break."),
    ("break/absence", "09:10 quit 10m\n09:30 end",
     "You were away from 09:10 to 09:20 (Unsit did not run), which counted as a break."),
    ("break/absence", "09:00 start away\n09:20 back",
     "You were away from 09:00 to 09:20 (nobody was there at the start), which counted as a break."),
    ("break/long", "09:10 lock\n14:20 unlock",
     "You were away from 09:10 to 14:20 (screen locked), too long to count as a break; the clock began anew."),
    ("returned/short", "09:10 lock\n09:11 unlock",
     "You were away from 09:10 to 09:11 (screen locked), too short a time for a break."),
    ("returned/day", "11:00 lock\n13:30 unlock",
     "You were away from 11:00 to 13:30 (screen locked), also outside your working hours, so it is no break.", OFFICE),
    ("absent/absence", "09:10 leave\n09:20 end", "At 09:15 you counted as away, since 09:10 (no input)."),
    ("locked/input", "09:10 lock\n09:20 back\n09:30 end",
     "There was input at 09:20, and the screen still locked: you count as away since 09:10."),
    ("woke/sleep", "09:10 suspend\n09:20 wake\n09:20 end", "The computer woke up at 09:20; it had slept since 09:10."),
    ("left out/routine", "09:10 lock\n10:00 unlock", "Your routine “rest” of 09:30 was left out: you were away until 10:00.",
     routine("30 9 * * *", "bridge", also=hours("08:00-09:20", "09:25-17:00"))),
    ("revoked/undo", "09:45 done\n09:45:30 undo", "At 09:45 you took back the “done” of 09:45."),
    ("refused/command", "09:20 done\n09:40 snooze",
     "At 09:40 “snooze” was refused: no prompt is offered. What came before it was at 09:20."),
    ("paused/until", "09:20 pause 30m", "You paused at 09:20, until 09:50."),
    ("paused/until", "09:20 pause until 11:00", "You paused at 09:20, until 11:00."),
    ("paused/until", "09:20 pause tomorrow", "You paused at 09:20, until 06:00 tomorrow."),
    ("paused/sat", "09:20 pause", "At 09:20 you paused until you resume; you had been sitting since 09:00."),
    ("paused/open end", "09:10 stand\n09:20 pause",
     "At 09:20 you paused until you resume. What came before it was at 09:10."),
    ("resumed/pause", "09:20 pause\n09:30 resume", "Your pause of 09:20 ended at 09:30."),
    ("resumed/pause", "09:20 pause 10m\n09:31 end", "Your pause of 09:20 ended at 09:30."),
    ("label/stand", "09:20 stand", "At 09:20 you said that you stand; the clock had run since 09:00."),
    ("label/sit", "09:20 stand\n09:30 sit", "At 09:30 you said that you sit; the clock had run since 09:20."),
    ("hours/open", "13:05 end", "Your working hours began at 13:00; they had been closed since 12:00.",
     hours("09:00-09:30", "09:30-12:00", "13:00-17:00")),
    ("hours/closed", "09:35 end", "Your working hours ended at 09:30; they had been open since 08:00.", hours("08:00-09:30")),
    ("settings/due", "09:10 set prompt.every 30m",
     "The settings were changed at 09:10, which moved the next prompt; it counts from 09:00."),
    ("clock/set", "09:10 clock +2h", "Somebody set the clock from 09:10 to 11:10."),
    ("started/first", "09:01 end", "Unsit was started for the first time at 09:00; its clock began at 09:00."),
    ("started/gap", "09:10 quit 1m\n09:20 end", "Unsit did not run from 09:10 to 09:11."),
    ("started/gap", "09:10 reboot 1m\n09:20 end", "Unsit did not run from 09:10 to 09:11."),
    ("started/restart", "09:10 kill 1m\n09:20 end", "Unsit broke off at 09:10, and was started again at 09:11."),
    ("stopped/quit", "09:10 quit 5h\n09:20 end", "Unsit was ended at 09:10; it had run since 09:00."),
]  # fmt: skip

STANDS: list[Row] = [
    ("counting/sat", "09:20 end",
     "The next prompt is at 10:00, if you stay: you have been sitting since 09:00. Nothing holds it back at the moment."),
    ("counting/stood", "09:20 stand\n09:25 end",
     "The next prompt is at 10:20, if you stay: you have been standing since 09:20. Nothing holds it back at the moment."),
    ("counting/skip", "10:05 skip",
     "The next prompt is at 11:05, if you stay: you skipped the one before at 10:05. Nothing holds it back at the moment."),
    ("counting/settle", "09:20 pause\n09:58 resume",
     "The next prompt is at 10:03, if you stay: it is due at 10:00, and nothing is offered for 5 min after a pause."),
    ("counting/hold", "09:20 hold call\n09:30 hold dnd\n09:40 end",
     "The prompt of 10:00 will wait for a call and do not disturb to end, in the way since 09:20."),
    ("counting/skip", "09:05 hold call\n13:05 skip",
     "The next prompt is at 14:05, if you stay: you skipped the one before at 13:05."
     " No longer in the way, for it held a prompt back too long: a call."),
    ("due/reminder", "10:01 end", "The prompt of 10:00 waits for your answer; you are reminded at 10:05."),
    ("due/no answer", "10:30 end", "The prompt of 10:00 waits for your answer; without one, the next comes at 11:00."),
    ("due/routine", "09:55 end", "The prompt of 09:30 waits for your answer; without one, it is closed at 10:30.", REST),
    ("snoozed/snooze", "10:01 snooze", "The prompt of 10:00 is snoozed, until 10:11."),
    ("held/hold", "09:20 hold call\n10:10 end", "The prompt due at 10:00 waits for a call to end, until 13:00 at most."),
    ("held/hold", "10:01 snooze\n10:05 hold call\n10:30 end",
     "The prompt due at 10:11 waits for a call to end, until 13:11 at most."),
    ("held/settle", "09:20 pause\n10:10 resume",
     "The prompt due at 10:00 comes at 10:15: nothing is offered for 5 min after a pause."),
    ("held/settle", "09:50 hold call\n10:05 free call\n10:05:10 end",
     "The prompt due at 10:00 comes at 10:05: nothing is offered for 30 s after a call."),
    ("held/settle", "09:59 lock\n10:00:30 unlock\n10:00:40 end",
     "The prompt due at 10:00 comes at 10:01: nothing is offered for 30 s after you come back."),
    ("held/settle", "10:02 quit 5s\n10:02:10 end",
     "The prompt due at 10:00 comes at 10:02: nothing is offered for 30 s after Unsit was started."),
    ("session/runs", "09:30 begin\n09:31 end", "You have been stretching since 09:30; it ends at 09:33."),
    ("session/paused", "09:30 begin\n09:31 toggle", "Your stretch of 09:30 is paused; left like that, it ends at 09:41."),
    ("break/session", "09:30 begin\n09:30:01 leave\n09:50 end",
     "Your stretch ended at 09:33; the clock begins with your next input, and until 09:50 there was none."),
    ("paused/until", "09:30 pause 1h", "You paused at 09:30, until 10:30."),
    ("paused/until", "09:30 pause tomorrow\n09:40 end", "You paused at 09:30, until 06:00 tomorrow."),
    ("paused/open end", "09:30 pause\n09:40 end", "You paused at 09:30, until you resume; at 09:40 you had not."),
    ("away/not yet", "09:30 lock\n09:31 end",
     "You have been away since 09:30 (screen locked); from 09:32 on that counts as a break."),
    ("away/credit", "09:30 lock\n09:35 end",
     "You have been away since 09:30 (screen locked); since 09:32 that counts as a break."),
    ("away/day", "11:30 lock\n12:30 end",
     "You have been away since 11:30 (screen locked), also outside your working hours; at 12:30 nothing is counted.", OFFICE),
    ("off/hours", "12:30 end",
     "Your working hours ended at 12:00; they begin at 13:00, and nothing is counted until then.", OFFICE),
]  # fmt: skip


def said(reasons: list[Reason]) -> list[tuple[str, str]]:
    return [(f"{reason.what}/{reason.cause}", reason.text) for reason in reasons]


def happened(script: str, with_settings: Settings | None) -> list[tuple[str, str]]:
    """Everything that is told of a day."""
    lines = script.strip().splitlines()
    if "start" not in lines[0].split():
        lines.insert(0, "09:00 start")
    part, _state, now = log_of([f"{DATE}T{lines[0]}", *lines[1:]], with_settings)
    return [pair for told_ in tell(*follow(part), now.wall) for pair in said(list(told_.reasons))]


def rows(table: list[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("key", "script", "text", "with_settings"), [(*row, None)[:4] for row in table], ids=[row[0] for row in table]
    )


@rows(HAPPENED)
def test_what_happened_has_a_sentence(key: str, script: str, text: str, with_settings: Settings | None) -> None:
    """With its cause and its times."""
    assert (key, text) in happened(script, with_settings)


@rows(STANDS)
def test_how_things_stand_has_a_sentence(key: str, script: str, text: str, with_settings: Settings | None) -> None:
    """It is the last of the answer."""
    assert said(told(script, settings=with_settings))[-1] == (key, text)


def test_every_sentence_is_in_the_tables() -> None:
    """And each of them has two times."""
    ended = {
        "ended/quit",
        "ended/broken off",
        "ended/gap",
        "ended/not yet",
        "asleep/gap",
    }  # tested below, with what comes before them
    never = {
        "off/open end",
        "counting/nothing",
    }  # the rules know no such state; what is said of one that they do not know
    tables = [
        (why.SENTENCES, {row[0] for row in HAPPENED}),
        (why_now.SENTENCES, {row[0] for row in STANDS} | ended | never),
    ]
    for sentences, tried in tables:
        assert {f"{what}/{cause}" for what, cause in sentences} == tried
        assert all("{since}" in text and "{at}" in text for text in sentences.values())


def texts(*args: Any, **kwargs: Any) -> list[str]:
    return [reason.text for reason in told(*args, **kwargs)]


DAY = "10:05 snooze\n10:20 begin\n10:40 lock\n10:47 unlock\n11:10 hold call\n11:55 end"


def test_the_answer_is_the_last_prompt_what_came_last_and_what_is_next() -> None:
    """What happened at the same time is said once."""
    assert texts(DAY) == [
        "At 10:15 you were prompted again: you had snoozed it at 10:05.",
        "At 11:47 a prompt was due, and began to wait for a call to end, in the way since 11:10.",
        "The prompt due at 11:47 waits for a call to end, until 14:47 at most.",
    ]
    assert texts("10:01 end") == [
        "At 10:00 you were prompted: you had been sitting since 09:00.",
        "The prompt of 10:00 waits for your answer; you are reminded at 10:05.",
    ]


def test_nothing_is_said_twice() -> None:
    """What has happened last may be how things stand."""
    assert texts("12:30 end", settings=OFFICE)[1:] == [
        "The prompt of 11:30 was closed at 12:00: your working hours ended.",
        "Your working hours ended at 12:00; they begin at 13:00, and nothing is counted until then.",
    ]
    assert texts("11:40 done\n12:30 end", settings=OFFICE)[1:] == [
        "Your working hours ended at 12:00; they begin at 13:00, and nothing is counted until then."
    ]
    assert texts("09:20 pause 30m\n09:40 end") == ["You paused at 09:20, until 09:50."]
    assert texts("09:20 pause 30m\n09:40 end", "09:30") == ["As of 09:30: You paused at 09:20, until 09:50."]


def test_a_moment_in_the_past_is_explained_with_what_came_before_and_after_it() -> None:
    """How things stood then, and what became of it."""
    assert texts(DAY, "10:42") == [
        "At 10:15 you were prompted again: you had snoozed it at 10:05.",
        "At 10:40 you counted as away, since 10:40 (screen locked).",
        "As of 10:42: You have been away since 10:40 (screen locked); since 10:42 that counts as a break.",
        "Then: You were away from 10:40 to 10:47 (screen locked), which counted as a break.",
    ]
    assert texts(DAY, "11:50")[-1].startswith("As of 11:50: The prompt due at 11:47 waits")


def test_a_refusal_is_told_only_where_its_minute_is_asked_about() -> None:
    """Whoever typed it was told at once, and nothing came of it."""
    day = "09:20 done\n09:40 snooze\n09:41 undo\n09:50 end"
    moved = "At 09:20 you said that you moved; the clock had run since 09:00."
    assert texts(day)[0] == moved
    assert texts(day, "09:40:59")[0].startswith("At 09:40 “snooze” was refused: no prompt is offered.")
    assert texts(day, "09:45")[0] == moved
    assert not any(text.startswith("Then:") for text in texts(day, "09:30"))


def test_who_is_behind_what_holds_is_named_as_of_now() -> None:
    """In each sentence that says what is in the way at the moment."""
    by = {"call": ["zoom"], "fullscreen": ["vlc"]}
    part, state, now = log_of([f"{DATE}T09:00 start", "09:20 hold call", "10:01 end"])
    assert explain(part, now, state=state, by=by)[-1].text == (
        "The prompt due at 10:00 waits for a call (zoom) to end, until 13:00 at most."
    )
    part, state, now = log_of([f"{DATE}T09:00 start", "09:20 hold fullscreen", "09:30 end"])
    assert explain(part, now, state=state, by=by)[-1].text == (
        "The prompt of 10:00 will wait for full screen (vlc) to end, in the way since 09:20."
    )


def test_a_time_in_which_it_did_not_run_is_said_so() -> None:
    """Ended, broken off, or started again since."""
    assert texts("09:20 quit 1h\n11:00 end", "09:50")[-2:] == [
        "As of 09:50: Unsit did not run: it ended at 09:20, and was started again at 10:20.",
        "Then: You were away from 09:20 to 10:20 (Unsit did not run), which counted as a break.",
    ]
    assert texts("09:20 kill 1h\n11:00 end", "09:50")[1:] == [
        "As of 09:50: Unsit did not run: it ended at 09:20, and was started again at 10:20.",
        "Then: At 10:20 you were prompted: it had waited for Unsit, which had not run from 09:20 on.",
    ]
    assert texts("09:20 quit 9h\n11:00 end", is_running=False)[-1] == (
        "Unsit does not run: it was ended at 09:20, and at 11:00 had not been started again."
    )
    assert texts("09:20 lock\n11:00 end", is_running=False)[-1] == (
        "Unsit does not run: it broke off after 09:20, when it wrote something down, and at 11:00 had not been started again."
    )


def test_what_stood_still_in_a_sleep_is_told_as_asleep() -> None:
    """A stretch did not go on, and its end was decided at the wake."""
    assert texts("09:30 begin\n09:31 suspend\n09:50 wake\n10:00 end", "09:40")[-2:] == [
        "As of 09:40: The computer slept from 09:31 to 09:50.",
        "Then: The stretch of 09:30 counts in part: the computer went to sleep at 09:31.",
    ]
    part, _state, now = log_of([f"{DATE}T09:00 start", "09:20 suspend", "09:50 wake", "09:50 back", "10:00 end"])
    woke = next(n for n, row in enumerate(part.rows) if isinstance(row.event, Woke))
    slept = next(row.event for row in part.rows if isinstance(row.event, Slept))
    # Where nobody says that it is about to sleep, one knows only afterwards.
    late = replace(part.rows[woke], event=replace(part.rows[woke].event, asleep_since_s=slept.now.boot_s))
    rows = tuple(row for row in part.rows[:woke] if row.event is not slept)
    told_ = explain(LogPart(None, (*rows, late, *part.rows[woke + 1 :])), now, now.wall - timedelta(minutes=20))
    assert [reason.text for reason in told_][1:] == [
        "As of 09:40: The computer slept from 09:20 to 09:50.",
        "Then: At 09:50 you counted as away, since 09:20 (the computer slept).",
    ]


def test_a_time_of_another_day_has_its_day() -> None:
    """Reckoned from now, also in an answer about a moment of another day."""
    part, state, now = log_of([f"{DATE}T23:00 start", "+2h lock", "+1m end"])
    assert [reason.text for reason in explain(part, now, state=state)][-1] == (
        "You have been away since 01:00 (screen locked); from 01:02 on that counts as a break."
    )
    assert explain(part, now, now.wall - timedelta(minutes=31))[0].text == (
        "At 00:00 you were prompted: you had been sitting since 23:00 yesterday."
    )
    assert [reason.text for reason in explain(part, now, now.wall - timedelta(hours=2))] == [
        "Unsit was started for the first time at 23:00 yesterday; its clock began at 23:00 yesterday.",
        "As of 23:01 yesterday: The next prompt is at 00:00, if you stay: you have been sitting since 23:00 yesterday."
        " Nothing holds it back at the moment.",
        "Then: At 00:00 you were prompted: you had been sitting since 23:00 yesterday.",
    ]


def test_before_the_first_start_it_did_not_run_yet() -> None:
    """Also where a time of day is yet to come today, and so means yesterday's."""
    assert texts(DAY, "08:30") == ["Unsit did not run yet at 08:30: it was started for the first time at 09:00."]

    part, _state, now = log_of([f"{DATE}T13:02 start", "13:07 end"])
    moment = moment_of("14:00", now.wall, "UTC")
    assert [reason.text for reason in explain(part, now, moment)] == [
        "Unsit did not run yet at 14:00 yesterday: it was started for the first time at 13:02."
    ]


def test_a_log_that_cannot_be_told_is_refused_or_empty() -> None:
    """Nothing written down, or too much of it to get to the moment."""
    part, _state, now = log_of([f"{DATE}T09:00 start", "+2h end"])

    assert explain(LogPart(), now) == []
    with pytest.raises(TooFarBack, match="Too much"):
        explain(LogPart(None, part.rows, is_cut=True), now)


def test_a_log_that_the_rules_stumble_over_is_told_all_the_same() -> None:
    """What was decided then counts, whatever the rules of today make of it."""
    part, _state, now = log_of([f"{DATE}T09:00 start", "10:03 skip", "10:04 end"])
    lost = LogPart(None, part.rows[1:])  # no start: no state can be made out

    assert [f"{reason.what}/{reason.cause}" for reason in explain(lost, now)] == ["prompted/sat", "skipped/skip"]
    assert explain(lost, now)[0].text == "At 10:00 you were prompted: you had been sitting since 09:00."


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("14:00", "2026-03-02T14:00:59.999"),
        ("9:05", "2026-03-02T09:05:59.999"),
        ("14:29:30", "2026-03-02T14:29:30"),
        ("14:30", "2026-03-02T14:30:15"),  # within this minute: now
        ("14:31", "2026-03-01T14:31:59.999"),  # not yet today: yesterday's
        ("2026-02-27 14:00", "2026-02-27T14:00:59.999"),
        ("2026-02-27T14:00", "2026-02-27T14:00:59.999"),
        ("yesterday 14:00", "2026-03-01T14:00:59.999"),
        ("14:00 yesterday", "2026-03-01T14:00:59.999"),  # as answers have it
        ("today 14:00", "2026-03-02T14:00:59.999"),
    ],
)
def test_a_moment_can_be_written_in_several_ways(text: str, moment: str) -> None:
    """A minute is meant as a whole."""
    now = datetime.fromisoformat("2026-03-02T14:30:15+01:00")

    assert moment_of(text, now, "Europe/Berlin") == datetime.fromisoformat(f"{moment}+01:00")


@pytest.mark.parametrize(
    "text",
    ["soon", "25:00", "2026-02-30 10:00", "2026-03-03 10:00", "", "2026-02-27", "0001-01-01 00:00", "10 min ago"],
)
def test_what_is_no_moment_of_the_past_is_refused(text: str) -> None:
    """In words for people, with an example."""
    with pytest.raises(ValueError, match=r"yet to come|write it like|does not exist"):
        moment_of(text, datetime.fromisoformat("2026-03-02T14:30:15+01:00"), "Europe/Berlin")


# ----------------------------------------------------------------------------------------------------------- random days


def known_times(part: LogPart) -> set[datetime]:
    """Every time that the log has: of its events, and those that its events and decisions name or count from."""
    times: set[datetime] = set()
    for row in part.rows:
        wall, boot_s = row.event.now.wall, row.event.now.boot_s
        times.add(wall)
        for name in ("last_input_s", "asleep_since_s"):
            if (at_s := getattr(row.event, name, None)) is not None:
                times.add(wall + timedelta(seconds=at_s - boot_s))
        if isinstance(row.event, Started | Woke) and row.event.found.last_input_s is not None:
            times.add(wall + timedelta(seconds=row.event.found.last_input_s - boot_s))
        if isinstance(row.event, Started) and row.event.alive_until:
            times.add(row.event.alive_until.wall)
        for decision in row.decisions:
            for name in ("sat_s", "seconds"):
                if (length_s := getattr(decision, name, None)) is not None:
                    times |= {wall - timedelta(seconds=length_s), wall + timedelta(seconds=length_s)}
            if isinstance(decision, Snoozed):
                times.add(decision.until_wall)
        if isinstance(row.event, PauseAsked) and row.event.for_s:
            times.add(wall + timedelta(seconds=row.event.for_s))
    return times


def is_reckoned(reason: Reason, time: datetime, known: set[datetime]) -> bool:
    """The end of a pause, which the event names without its day; and what fell due while nobody could decide it."""
    if (reason.what, reason.cause) == ("paused", "until"):
        return time == reason.at
    every = [timedelta(seconds=parse_duration(text)) for text in SETTINGS["prompt.every"]]
    return reason.what in ("session", "skipped", "done", "expired") and any(time - length in known for length in every)


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_on_random_days_every_sentence_names_two_times_of_the_log(first: int) -> None:
    """Down to the second; and both stand in it, as they are read."""
    for seed in range(first, first + 50):
        part, _state, now = log_of(random_script(seed))
        known = known_times(part)
        happenings, walls = follow(part)
        for happening, moment in zip(happenings, tell(happenings, walls, now.wall), strict=True):
            rules = happening.before or happening.after
            assert rules
            credit = timedelta(seconds=rules.settings.away.credit_s)
            for reason in moment.reasons:
                for time in (reason.since, reason.at):
                    assert format_time_within(time, now.wall) in reason.text
                    assert time in known or is_reckoned(reason, time, known), (seed, reason)
                if reason.what in ("away", "break"):
                    assert reason.at - reason.since >= credit, (seed, reason)
                assert moment.wall in (reason.since, reason.at) or reason.cause in ("sleep", "quit"), (seed, reason)


@pytest.mark.parametrize(
    "with_settings", [OFFICE, routine("30 9,14 * * *", "bridge", also=OFFICE)], ids=["hours", "routine"]
)
def test_on_random_days_with_hours_the_times_are_of_the_log_or_of_the_settings(with_settings: Settings) -> None:
    """An hour that began while nobody was there stands in no record."""
    named = {"09:30", "12:00", "13:00", "17:00", "14:30"}
    for seed in range(300, 340):
        part, _state, now = log_of(random_script(seed), with_settings)
        known = known_times(part)
        for moment in tell(*follow(part), now.wall):
            for reason in moment.reasons:
                for time in (reason.since, reason.at):
                    assert format_time_within(time, now.wall) in reason.text
                    is_named = f"{time:%H:%M}" in named and time.second == 0
                    assert time in known or is_named or is_reckoned(reason, time, known), (seed, reason)


def test_on_random_days_every_decision_has_its_sentence() -> None:
    """But for the cues, the end of a session that its outcome tells of, and what an undo repeats."""
    for seed in range(100):
        part, _state, now = log_of(random_script(seed))
        for row, moment in zip(part.rows, tell(*follow(part), now.wall), strict=True):
            decided = [one for one in row.decisions if not isinstance(one, Cue | SessionEnded)]
            assert len(moment.reasons) >= len(decided), (seed, row, moment)


@pytest.mark.parametrize("first", range(0, 150, 50))
def test_on_random_days_what_is_next_comes_then(first: int) -> None:
    """Left alone, something is decided or changes at the very second that was named."""
    promised = 0
    for seed in range(first, first + 50):
        world = LoggedWorld(ZoneInfo("UTC"), Settings())
        ids = [entry.id for entry in world.catalogue]
        script = read_script(random_script(seed), "script", ZoneInfo("UTC"), ids, lambda key, value: None)
        collections.deque(world.run(script), maxlen=0)
        state = world.state
        reason = explain(LogPart(None, tuple(world.rows)), world.now(), state=state)[-1]
        is_promise = (
            reason.what in ("counting", "due", "snoozed", "held", "session", "paused") and reason.cause != "open end"
        )
        if not is_promise or state is None or state.idle_since_s is not None:  # who has just left does not stay
            continue
        collections.deque(world.until(reason.at.timestamp()), maxlen=0)
        assert any(row.event.now.wall == reason.at for row in world.rows), (seed, reason)
        promised += 1
    assert promised >= 10
