"""The shell between a core and ports with levers: what it writes, shows, asks for, and what it survives."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from support.patience import PATIENCE_S
from support.shell_ports import LeverClock, ShellRun, loaded_with, quick_settings
from unsit.adapters.holds import Holds
from unsit.core.model import Cue, HoldReason, NaturalBreak, Outcome, Prompted, PromptSettings, SessionBegan
from unsit.daemon.shell import NEXT_INPUT_AFTER_S, Origin, Refusal, WrongCall
from unsit.settings.types import GuideSettings, Problem
from unsit.store.history import History

HOUR_S = 3600.0
IDLE_AFTER_S = 300.0
HERE = Origin("test")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
async def run(path: Path) -> AsyncIterator[ShellRun]:
    made = await ShellRun(path).start()
    yield made
    await made.stop()


def events(path: Path) -> list[str]:
    """The kinds of event in the history, oldest first."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return [kind for (kind,) in db.execute("SELECT type FROM event ORDER BY id")]


async def until_shown(run: ShellRun, slot: str, title: str) -> None:
    await run.until(lambda: slot in run.notes.shown and run.notes.shown[slot].title == title, f"{title!r}")


# ------------------------------------------------------------------------------------------------- prompts and answers


async def test_an_hour_leads_to_a_note_a_coloured_icon_and_a_ready_page(run: ShellRun) -> None:
    """All that follows from one decision; the greeting goes."""
    assert run.notes.titles() == ["Unsit is here"]

    await run.pass_(HOUR_S)

    await until_shown(run, "prompt", "Time to get up")
    assert "hello" not in run.notes.shown
    assert run.tray.shown[-1].phase == "due"
    await run.until(lambda: run.pages.prepared == 1, "the pages")


async def test_a_note_is_taken_back_when_its_prompt_is_over(run: ShellRun) -> None:
    """Whoever answered it, and however."""
    await run.pass_(HOUR_S)
    await until_shown(run, "prompt", "Time to get up")
    await run.shell.command("snooze", {"for": "10m"}, HERE)

    await run.until(lambda: "prompt" not in run.notes.shown, "an empty screen")
    await run.pass_(600)
    await until_shown(run, "prompt", "Time to get up")
    assert run.notes.titles("prompt") == ["Time to get up"] * 2


async def test_where_no_stretch_is_left_the_prompt_says_so_once_and_the_status_always(run: ShellRun) -> None:
    """As after the only one that suits has hurt. Another cause is said again."""
    assert run.shell.snapshot().no_stretch == ""
    await run.shell.command("begin", {}, HERE)
    await run.shell.command("hurts", {}, HERE)
    assert "off because it hurt: 1; left out by stretch.place: 5" in run.shell.snapshot().no_stretch

    await run.shell.command("done", {}, HERE)
    await run.pass_(HOUR_S)
    await until_shown(run, "prompt", "Time to get up")
    assert "No stretch is left" in run.notes.shown["prompt"].body
    await run.shell.command("done", {}, HERE)
    await run.pass_(HOUR_S)
    await until_shown(run, "prompt", "Time to get up")
    assert "No stretch is left" not in run.notes.shown["prompt"].body
    assert run.shell.snapshot().no_stretch

    run.next_settings = loaded_with(run.shell.loaded, exercises={"supine": False})
    await run.shell.reload()
    await run.shell.command("done", {}, HERE)
    await run.pass_(HOUR_S)
    await until_shown(run, "prompt", "Time to get up")
    assert "No stretch is left" in run.notes.shown["prompt"].body


class LookingHolds(Holds):
    """Nothing is told of, and a look finds a full screen. Levers: `may_answer`. Attributes: looks: how many."""

    def __init__(self) -> None:
        super().__init__({})
        self.looks, self.may_answer = 0, asyncio.Event()
        self.tell: Callable[[HoldReason, bool], None] = lambda _reason, _holds: None

    async def look(self) -> None:
        self.looks += 1
        await self.may_answer.wait()
        self.tell("fullscreen", True)


async def test_what_nobody_tells_of_is_looked_for_before_a_prompt(run: ShellRun) -> None:
    """Once, though the alarm rings again meanwhile; what is found counts for this prompt already."""
    holds = run.ports.holds = LookingHolds()
    holds.tell = run.shell.hold_changed
    run.clock.move(HOUR_S)
    run.clock.ring()
    run.clock.ring()
    await run.until(lambda: holds.looks, "a look")
    assert run.tray.shown[-1].phase != "due"
    holds.may_answer.set()
    await run.until(lambda: run.tray.shown[-1].phase == "held", "that it waits")
    assert holds.looks == 1
    assert run.notes.titles("prompt") == []


async def test_a_start_from_the_note_opens_the_guide_with_the_desktops_leave(run: ShellRun) -> None:
    """The token of the click goes with it; one begun on a page needs no second window."""
    await run.pass_(HOUR_S)
    await until_shown(run, "prompt", "Time to get up")
    button = run.notes.shown["prompt"].buttons[0]
    run.notes.on_button(button, "token-7")
    await run.until(lambda: run.pages.opened, "the guide")
    assert run.pages.opened == [("guide", "token-7")]

    await run.shell.command("stop", {}, HERE)
    await run.shell.command("begin", {}, Origin("pages", opens_guide=False))
    await run.settle()
    assert run.pages.opened == [("guide", "token-7")]


async def test_a_second_start_shows_the_guide_of_the_stretch_that_runs(run: ShellRun) -> None:
    """A late press on Start, or one on an exercise in a menu: no note complains; the command line is told, and so is a client
    that shows the stretch itself, which gets no guide."""
    await run.shell.command("begin", {}, Origin("cli", opens_guide=False))
    running = run.shell.snapshot().session
    run.shell.act("begin", {"exercise": "walk"}, Origin("notification", "token-8"))
    await run.until(lambda: run.pages.opened, "the guide")
    assert run.pages.opened == [("guide", "token-8")]
    assert "problem" not in run.notes.shown

    with pytest.raises(Refusal):
        await run.shell.command("begin", {}, Origin("cli"))
    await run.until(lambda: len(run.pages.opened) == 2, "the guide again")
    with pytest.raises(Refusal):
        await run.shell.command("begin", {}, Origin("cli", opens_guide=False))
    await run.settle()
    assert len(run.pages.opened) == 2
    now = run.shell.snapshot().session
    assert running and now and (now.id, now.exercises) == (running.id, running.exercises)


async def test_the_screen_is_held_while_a_stretch_runs(run: ShellRun) -> None:
    """Not before, not in its pause, and not after it; a desktop is asked for the first time then."""
    assert run.shell.describe()["screen"] == []
    await run.shell.command("begin", {}, HERE)
    await run.shell.command("next", {}, HERE)
    await run.settle()
    assert run.screen.log == ["hold"]
    assert run.shell.describe()["screen"] == ["a screen of cardboard"]
    await run.shell.command("toggle", {}, HERE)
    await run.shell.command("toggle", {}, HERE)
    await run.settle()
    assert run.screen.log == ["hold", "release", "hold"]
    await run.shell.command("stop", {}, HERE)
    await run.settle()
    assert run.screen.log == ["hold", "release", "hold", "release"]


async def test_a_guide_that_is_lost_in_a_stretch_comes_again_once(run: ShellRun) -> None:
    """The pages were killed. Not outside a stretch, not for one that is shown elsewhere, and not again and again."""
    run.shell.on_pages_lost()
    await run.shell.command("begin", {}, Origin("cli", opens_guide=False))
    run.shell.on_pages_lost()
    await run.settle()
    assert run.pages.opened == []

    await run.shell.command("stop", {}, Origin("cli"))
    await run.shell.command("begin", {}, Origin("cli"))
    await run.until(lambda: len(run.pages.opened) == 1, "the guide")
    run.shell.on_pages_lost()
    await run.until(lambda: len(run.pages.opened) == 2, "the guide again")
    run.shell.on_pages_lost()
    await run.settle()
    assert len(run.pages.opened) == 2


async def test_a_guide_that_was_closed_is_said_as_long_as_the_stretch_goes_on(run: ShellRun) -> None:
    """Not outside a stretch; the note knows of a pause, leads back, and goes with the page that comes, or the stretch."""
    run.shell.guide.on_seen(is_seen=False)
    await run.shell.command("begin", {}, Origin("cli"))
    await run.until(lambda: len(run.pages.opened) == 1, "the guide")
    assert run.notes.titles("guide") == []
    run.shell.guide.on_seen(is_seen=False)
    await until_shown(run, "guide", "The stretch goes on")
    await run.shell.command("toggle", {}, HERE)
    await until_shown(run, "guide", "The stretch waits")
    run.notes.press("guide", "open")
    await run.until(lambda: len(run.pages.opened) == 2, "the guide again")
    run.shell.guide.on_seen(is_seen=True)
    await run.until(lambda: "guide" not in run.notes.shown, "the end of the note")

    run.shell.guide.on_seen(is_seen=False)
    await until_shown(run, "guide", "The stretch waits")
    run.notes.press("guide", "stop")
    await run.until(lambda: "guide" not in run.notes.shown, "the end of the note with the stretch")
    assert run.shell.snapshot().session is None


async def test_a_closed_guide_is_said_again_to_a_notification_server_that_comes_back(run: ShellRun) -> None:
    """And no more where the pages are lost: those that come in their place are seen, or open none."""
    await run.shell.command("begin", {}, Origin("cli", opens_guide=False))
    run.shell.guide.on_seen(is_seen=False)
    await until_shown(run, "guide", "The stretch goes on")
    run.notes.on_server()
    await run.until(lambda: len(run.notes.titles("guide")) == 2, "the note again")
    run.shell.on_pages_lost()
    await run.until(lambda: "guide" not in run.notes.shown, "the end of the note")


async def test_the_note_after_skip_leads_back(run: ShellRun) -> None:
    """It says when the next one comes; Undo shows the same prompt again, without a sound."""
    await run.pass_(HOUR_S)
    await until_shown(run, "prompt", "Time to get up")
    run.notes.press("prompt", "skip")
    await until_shown(run, "undo", "Skipped")
    assert "11:00" in run.notes.shown["undo"].body

    run.notes.press("undo", "undo")
    await until_shown(run, "prompt", "Time to get up")
    assert run.notes.shown["prompt"].sound is None
    prompted = [decision for decision in await run.decided() if isinstance(decision, Prompted)]
    assert [(decision.prompt, decision.again) for decision in prompted] == [(1, False), (1, True)]


async def test_what_is_refused_changes_nothing(run: ShellRun, path: Path) -> None:
    """The state's no, a wrong parameter and a word that does not exist are told apart; a note says it where nobody waits."""
    before = run.shell.snapshot()
    with pytest.raises(Refusal, match="no prompt") as refused:
        await run.shell.command("skip", {}, HERE)
    assert refused.value.next_step
    with pytest.raises(WrongCall, match="parsecs"):
        await run.shell.command("pause", {"for": "5 parsecs"}, HERE)
    with pytest.raises(WrongCall, match="handstand"):
        await run.shell.command("skip", {"handstand": "1"}, HERE)
    with pytest.raises(KeyError):
        await run.shell.command("dance", {}, HERE)
    assert run.shell.snapshot() == before

    run.shell.act("skip", {}, HERE)
    await run.until(lambda: "problem" in run.notes.shown, "the note")
    assert "no prompt" in run.notes.shown["problem"].title.lower()


# ---------------------------------------------------------------------------------------------------------- the barrier


async def test_a_server_that_hangs_does_not_stop_the_schedule(run: ShellRun) -> None:
    """Nothing is shown, everything else goes on; what is still open is shown when it answers."""
    run.notes.thawed.clear()
    await run.pass_(HOUR_S)
    await run.shell.command("skip", {}, HERE)
    await run.pass_(HOUR_S)
    assert run.shell.snapshot().phase == "due"
    assert [d.word for d in await run.decided() if isinstance(d, Outcome)] == ["skipped"]

    run.notes.thawed.set()
    await until_shown(run, "prompt", "Time to get up")


async def test_a_server_that_refuses_is_a_problem_until_it_does_not(run: ShellRun) -> None:
    """In `status`, once; and it is gone with the first note that is taken."""
    run.notes.refuses = "Nobody shows notifications here."
    await run.pass_(HOUR_S)
    await run.until(lambda: run.shell.troubles.all, "the problem")
    await run.pass_(300)  # the reminder is refused too
    assert list(run.shell.troubles.all) == ["Nobody shows notifications here."]
    assert list(run.shell.snapshot().problems) == ["Nobody shows notifications here."]

    run.notes.refuses = None
    run.notes.on_server()
    await until_shown(run, "prompt", "Still time to get up")
    assert list(run.shell.troubles.all) == []


async def test_surfaces_with_faults_of_their_own_do_not_stop_the_day(
    run: ShellRun, caplog: pytest.LogCaptureFixture
) -> None:
    """Exceptions that nobody has thought of end in the log, with their traceback."""
    run.notes.breaks = run.tray.breaks = True
    await run.pass_(HOUR_S)
    await run.shell.command("skip", {}, HERE)
    await run.pass_(HOUR_S)
    assert run.shell.snapshot().phase == "due"
    await run.until(lambda: "nobody has thought of this" in caplog.text, "the log")
    assert "the panel has gone mad" in caplog.text
    run.notes.breaks = run.tray.breaks = False


async def test_an_event_that_cannot_be_handled_costs_only_itself(
    run: ShellRun, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever waits for it is told; the next one is handled."""

    def broken(_now: Any) -> Any:
        raise ValueError("no such event")

    with pytest.raises(ValueError, match="no such event"):
        await run.shell._ask(broken)
    await run.shell.command("stand", {}, HERE)
    assert run.shell.snapshot().standing
    assert "An event could not be handled" in caplog.text


async def test_a_page_that_does_not_open_is_said_once(run: ShellRun) -> None:
    """In a note with the way out, not at each attempt."""
    run.pages.refuses = "No browser could be started."
    for _attempt in range(3):
        await run.shell.open("status")
    await run.until(lambda: "problem" in run.notes.shown, "the note")
    await run.settle()
    assert run.notes.titles("problem") == ["Something does not work"]
    assert "No browser" in run.notes.shown["problem"].body
    with pytest.raises(WrongCall, match="basement"):
        await run.shell.open("basement")


async def test_a_mistake_in_the_settings_is_said_once_and_the_last_good_ones_stay(run: ShellRun) -> None:
    """Until it is mended; made again, it is news again."""
    good = run.shell.loaded
    mistake = Problem("/home/ann/config.toml", 3, "prompt.every", '"soon" is no duration', "a duration from 1s to 12h")
    bad = type(good)(good.settings, good.origin, [mistake], good.layers, good.flags)
    for settings, said in ((bad, 1), (bad, 1), (good, 1), (bad, 2)):
        run.next_settings = settings
        assert await run.shell.reload() == tuple(map(str, settings.problems))
        await run.settle()
        assert run.shell.snapshot().every_s == HOUR_S
        await run.until(partial(_has_said, run, said), f"{said} notes")
    assert "config.toml:3" in run.notes.shown["problem"].body


async def test_a_note_about_mistakes_follows_them(run: ShellRun) -> None:
    """One that is mended is said no longer; a long list of what would be right has no room in a note."""
    good = run.shell.loaded
    first = Problem("/home/ann/config.toml", 3, "prompt.evry", "there is no such key (did you mean prompt.every?)",
                    "one of prompt.every, prompt.every_standing, prompt.settle, prompt.settle_after_pause")  # fmt: skip
    second = Problem("/home/ann/config.toml", 5, "away.credit", "5 is too long", "a duration from 1s to 12h")

    async def make(*problems: Problem) -> None:
        run.next_settings = replace(good, problems=list(problems))
        await run.shell.reload()

    def body() -> str:
        return run.notes.shown["problem"].body if "problem" in run.notes.shown else ""

    await make(first, second)
    await run.until(body, "the note")
    assert body().splitlines() == [
        "/home/ann/config.toml:3: prompt.evry: there is no such key (did you mean prompt.every?).",
        "And 1 more: unsit status",
    ]
    assert "one of prompt.every" in run.shell.troubles.all[0]
    await make(second)
    await run.until(lambda: "away.credit" in body(), "what is left")
    assert body().endswith("5 is too long. Right: a duration from 1s to 12h")
    await make()
    await run.until(lambda: not body(), "that it goes")

    await make(first)
    await run.until(body, "the note")
    run.shell.act("skip", {}, HERE)  # refused, which is said in the same place
    await run.until(lambda: "evry" not in body(), "the refusal")
    await make()
    await run.settle()
    assert "problem" in run.notes.shown


async def test_what_the_guide_had_against_a_setting_is_over_with_it(run: ShellRun) -> None:
    """And a page that came in another way is no fault of what is needed."""
    without = "Unsit's own window is not installed. Your browser shows the guide instead."
    run.shell.on_pages_problem(without, was_shown=True)
    await run.until(lambda: "problem" in run.notes.shown, "the note")
    assert (run.shell.troubles.all, run.shell.troubles.harmless) == ((without,), (without,))

    run.next_settings = loaded_with(run.shell.loaded, guide=GuideSettings(screen="full"))
    await run.shell.reload()
    assert (run.shell.troubles.all, run.shell.troubles.harmless) == ((), ())
    await run.until(lambda: "problem" not in run.notes.shown, "that the note goes")

    run.shell.on_pages_problem("No browser could be started.", was_shown=False)
    assert (run.shell.troubles.all, run.shell.troubles.harmless) == (("No browser could be started.",), ())


async def test_it_is_said_once_that_the_guide_comes_in_another_way(run: ShellRun) -> None:
    """At each stretch it is found anew."""
    for _time in range(2):
        await run.shell.open("guide")
        await run.settle()
        run.shell.on_pages_problem("Your browser shows the guide instead.", was_shown=True)
        assert run.shell.troubles.all
    await run.shell._notes.drain()
    assert len(run.notes.titles("problem")) == 1


def _has_said(run: ShellRun, count: int) -> bool:
    return len(run.notes.titles("problem")) == count


async def test_new_settings_count_at_once(run: ShellRun) -> None:
    """The alarm is set anew."""
    run.next_settings = loaded_with(quick_settings(), prompt=PromptSettings(every_s=600.0))
    before_s = run.clock.wake_s
    await run.shell.reload()
    assert run.clock.wake_s is not None and before_s is not None
    assert run.clock.wake_s < before_s
    await run.pass_(600)
    assert run.shell.snapshot().phase == "due"


# -------------------------------------------------------------------------------------------------- what is written down


async def test_cues_and_empty_ticks_are_not_written(run: ShellRun, path: Path) -> None:
    """The cues inside a session follow from its start; an alarm that finds nothing due is nothing."""
    await run.shell.command("begin", {"exercise": "walk"}, HERE)
    run.clock.ring()
    await run.settle()
    before = events(path)
    await run.pass_(10)
    assert run.shell.snapshot().session is not None
    assert events(path) == before
    await run.pass_(2)

    assert [event for event in events(path) if event == "Tick"] == ["Tick"]
    decided = await run.decided()
    assert [type(decision) for decision in decided[-2:]][-1] is Outcome
    assert sum(isinstance(decision, Cue) for decision in decided) == 1, "the one that came with the start"
    assert sum(isinstance(decision, SessionBegan) for decision in decided) == 1


async def test_a_command_is_on_the_disk_before_it_is_answered_and_shown(run: ShellRun, path: Path) -> None:
    """Effects come after the transaction."""
    await run.pass_(HOUR_S)
    seen: list[list[str]] = []
    run.shell.watch(lambda: seen.append(events(path)))
    await run.shell.command("skip", {}, HERE)

    assert seen[0][-1] == "SkipAsked"


async def test_a_taken_back_snooze_leaves_one_end_of_its_prompt(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Snoozed, offered again and missed within the minute: undo takes the end back, and each prompt ends once."""
    quick = loaded_with(quick_settings(), prompt=PromptSettings(every_s=30.0, settle_s=0.0, settle_after_pause_s=0.0))
    run = await ShellRun(path, loaded=quick).start()
    await run.pass_(30)
    await run.shell.command("snooze", {"for": "5s"}, HERE)
    await run.pass_(40)
    assert [(d.record, d.word) for d in await run.decided() if isinstance(d, Outcome)] == [(1, "missed")]
    await run.shell.command("undo", {}, HERE)
    await run.settle()

    assert list(run.shell.troubles.all) == []
    assert "has ended before" not in caplog.text
    history = History.open(path, read_only=True)
    try:
        state = history.replay(None, _step)
        start, end = run.clock.wall.replace(year=2025), run.clock.wall.replace(year=2027)
        records = [row.record for row in history.outcomes(start, end)]
    finally:
        history.close()
    assert len(set(records)) == len(records)
    assert state == run.shell.state
    await run.stop()


def _step(before: Any, event: Any) -> Any:
    from unsit.core import engine

    return engine.step(before, event)[0]


async def test_life_is_touched_by_what_is_not_written(run: ShellRun) -> None:
    """The evidence that it ran, for the start after a power failure."""
    before = run.life.touched
    await run.shell.command("begin", {"exercise": "walk"}, HERE)
    await run.pass_(10)
    assert run.life.touched > before + 1


# --------------------------------------------------------------------------------------------------------------- clocks


async def test_an_alarm_before_its_time_only_redraws(run: ShellRun, path: Path) -> None:
    """As the icon's do, every five minutes."""
    before, drawn = events(path), len(run.tray.shown)
    run.clock.move(300)
    run.clock.ring()
    await run.settle()
    assert events(path) == before
    assert len(run.tray.shown) > drawn


async def test_a_set_clock_moves_no_prompt(run: ShellRun, path: Path) -> None:
    """It is an event of its own, and not a sleep; what the network corrects is none."""
    due = run.shell.snapshot().due
    run.clock.set_wall(0.2)
    await run.settle()
    assert "ClockStepped" not in events(path)
    run.clock.set_wall(-7200)
    await run.settle()

    assert events(path)[-1] == "ClockStepped"
    assert "Woke" not in events(path)
    after = run.shell.snapshot().due
    assert due is not None and after is not None
    assert after.boot_s == due.boot_s


async def test_a_wake_is_told_by_the_clock_alone(run: ShellRun, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody announced the sleep: it began when the boot clock ran away from the other one; input ends it."""
    slept_s = [0.0]
    monkeypatch.setattr("unsit.daemon.shell._suspended_s", lambda: slept_s[0])
    run.shell._asleep_total_s = 0.0
    run.clock.move(60)
    slept_s[0] = 900.0
    run.clock.move(900)
    run.clock.step()
    await run.until(lambda: "Woke" in events(path), "the wake")
    await run.settle()

    assert "ClockStepped" not in events(path)
    assert run.shell.snapshot().phase == "away"
    run.shell.input_seen()
    await run.settle()
    assert run.shell.snapshot().phase == "counting"
    assert run.shell.snapshot().sat_s < 1


async def test_a_clock_set_during_the_sleep_is_both(run: ShellRun, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The timer tells of them as one."""
    slept_s = [600.0]
    run.shell._asleep_total_s = 0.0
    monkeypatch.setattr("unsit.daemon.shell._suspended_s", lambda: slept_s[0])
    run.clock.move(600)
    run.clock.set_wall(3600)
    await run.until(lambda: "Woke" in events(path), "the wake")
    await run.settle()
    assert "ClockStepped" in events(path)


async def test_before_a_sleep_everything_is_written_and_taken_from_the_screen(run: ShellRun, path: Path) -> None:
    """When `about_to_sleep` returns, the machine may be gone."""
    await run.pass_(HOUR_S)
    await until_shown(run, "prompt", "Time to get up")
    await run.shell.about_to_sleep()

    assert events(path)[-1] == "Slept"
    assert "prompt" not in run.notes.shown


# ------------------------------------------------------------------------------------------------------------- presence


async def test_the_next_input_is_asked_for_only_where_something_depends_on_it(run: ShellRun) -> None:
    """Long pauses of input matter while one sits, the next touch in a session, in a lock and when one is away."""
    assert run.presence.watched == [IDLE_AFTER_S]
    run.shell.locked(0.0)
    await run.settle()
    assert run.presence.watched[-1] == NEXT_INPUT_AFTER_S
    run.shell.unlocked()
    await run.settle()
    assert run.presence.watched[-1] == IDLE_AFTER_S
    await run.shell.command("begin", {"exercise": "walk"}, HERE)
    assert run.presence.watched[-1] == NEXT_INPUT_AFTER_S
    run.shell.input_stopped(3.0)
    await run.pass_(12)
    assert run.shell.snapshot().phase == "break"
    assert run.presence.watched[-1] == NEXT_INPUT_AFTER_S
    run.shell.input_seen()
    await run.settle()
    assert run.shell.snapshot().phase == "counting"
    assert run.presence.watched[-1] == IDLE_AFTER_S


async def test_a_command_is_the_last_input_and_the_sources_are_asked_anew(run: ShellRun) -> None:
    """From a phone, from a script: nobody's keys were touched. The absence begins with it, not before it."""
    run.clock.move(200)
    asked = len(run.presence.watched)
    await run.shell.command("stand", {}, HERE)
    command_s = run.clock.boot_s
    assert run.presence.watched[asked:] == [IDLE_AFTER_S]
    run.clock.move(100)
    run.shell.input_stopped(300.0)  # the last key, before the command
    await run.pass_(250)

    snapshot = run.shell.snapshot()
    assert snapshot.absent_since is not None
    assert snapshot.absent_since.boot_s == pytest.approx(command_s, abs=0.01)


async def test_an_unlock_is_the_last_input_and_its_break_is_recorded_once(run: ShellRun) -> None:
    """By a fingerprint, or from another session: asked anew, the sources know of nothing but the keys before the lock."""
    run.shell.input_stopped(0.0)
    run.shell.locked(0.0)
    await run.settle()
    run.clock.move(400)
    run.shell.unlocked()
    await run.settle()
    run.shell.input_stopped(400.0)  # the last key, before the lock
    await run.settle()
    assert run.shell.snapshot().phase == "counting"
    run.shell.input_seen()
    await run.settle()

    assert [d.seconds for d in await run.decided() if isinstance(d, NaturalBreak)] == [pytest.approx(400, abs=0.01)]


async def test_sources_that_hang_do_not_keep_the_tray_empty(path: Path) -> None:
    """The icon is there within half a second; what they find later comes as an event."""
    run = ShellRun(path)
    run.presence.starts.clear()
    await run.start()
    assert run.tray.shown

    run.presence.can_see_input = False
    run.presence.starts.set()
    await run.until(lambda: run.shell.state and not run.shell.state.can_see_input, "the sensors")
    await run.stop()


# ------------------------------------------------------------------------------------------------------ start and stop


async def test_the_first_greeting_explains_and_the_next_does_not(path: Path) -> None:
    """Nobody has ever been told what this is; after that, a line is enough."""
    clock = LeverClock()
    first = await ShellRun(path, clock=clock).start()
    await until_shown(first, "hello", "Unsit is here")
    assert "get up after" in first.notes.shown["hello"].body
    assert first.notes.shown["hello"].buttons
    first.shell.already_running()
    await until_shown(first, "hello", "Unsit is already running")
    await first.stop()
    assert first.notes.shown == {}
    assert first.notes.is_stopped

    second = await ShellRun(path, clock=clock).start()
    await until_shown(second, "hello", "Unsit is here")
    assert "get up after" not in second.notes.shown["hello"].body
    assert second.notes.shown["hello"].buttons == ()
    await second.stop()


async def test_a_clean_stop_is_an_absence_until_the_start(path: Path) -> None:
    """The last thing written is the stop; the sitting clock starts again."""
    clock = LeverClock()
    first = await ShellRun(path, clock=clock).start()
    await first.pass_(3000)
    await first.stop()
    assert events(path)[-1] == "Stopped"
    clock.move(1200)

    second = await ShellRun(path, clock=clock).start()
    assert second.shell.snapshot().sat_s < 1
    await second.stop()


async def test_after_a_crash_in_a_stretch_the_greeting_says_that_it_waits(path: Path) -> None:
    """With the way back to it, until it goes on; the guide opens where nobody shows it."""
    clock = LeverClock()
    first = await ShellRun(path, clock=clock).start()
    await first.shell.command("begin", {}, HERE)
    await first.pass_(12)
    await first.kill()

    second = await ShellRun(path, clock=clock).start()
    await until_shown(second, "hello", "Your stretch waits")
    assert [button.label for button in second.notes.shown["hello"].buttons] == ["Go on", "Show it"]
    second.notes.press("hello", "toggle")
    await second.until(lambda: second.pages.opened, "the guide")
    await second.until(lambda: "hello" not in second.notes.shown, "that the note goes")
    session = second.shell.snapshot().session
    assert session is not None
    assert not session.paused
    await second.stop()


async def test_after_a_crash_the_open_prompt_is_shown_again_and_nobody_is_greeted(path: Path) -> None:
    """Silently, and as the same offer."""
    clock = LeverClock()
    loud = loaded_with(quick_settings(), prompt=PromptSettings(settle_s=0.0, sound="tone"))
    first = await ShellRun(path, clock=clock, loaded=loud).start()
    await first.pass_(HOUR_S)
    await until_shown(first, "prompt", "Time to get up")
    assert first.notes.shown["prompt"].sound
    await first.kill()

    second = ShellRun(path, clock=clock, loaded=loud)
    second.life.last_life_wall = clock.wall.timestamp()
    await second.start()
    await until_shown(second, "prompt", "Time to get up")
    assert second.notes.titles() == ["Time to get up"]
    assert second.notes.shown["prompt"].sound is None
    await second.stop()


async def test_after_a_power_failure_the_last_evidence_of_life_counts(path: Path) -> None:
    """What the system noted of the boot before, not only what was written down."""
    clock = LeverClock()
    first = await ShellRun(path, clock=clock).start()
    await first.pass_(600)
    await first.kill()
    asked: list[str] = []

    async def evidence(boot_id: str) -> float | None:
        asked.append(boot_id)
        return (clock.wall.timestamp()) - 300

    clock.move(3000)
    clock.boot_id, clock.boot_s = "another boot", 20.0
    second = ShellRun(path, clock=clock)
    second.evidence = evidence
    await second.start()
    assert asked == ["this boot"]
    breaks = [decision for decision in await second.decided() if isinstance(decision, NaturalBreak)]
    assert [round(decision.seconds) for decision in breaks] == [300]
    await second.stop()


async def test_stopping_does_not_wait_for_what_hangs(run: ShellRun) -> None:
    """A server that answers nobody ends with the process."""
    await run.pass_(HOUR_S)
    run.notes.thawed.clear()
    async with asyncio.timeout(PATIENCE_S):
        await run.stop()
    run.notes.thawed.set()


async def test_the_nightly_copy_is_made_and_a_failure_is_no_event(run: ShellRun, path: Path) -> None:
    """At a time of the wall clock; a full disk is no reason to end."""
    at, back_up = run.clock.daily["backup"]
    assert at == "03:30"
    await back_up()
    assert [copy.name for copy in path.parent.glob("history-*.db")] == ["history-2026-03-02.db"]


async def test_every_night_a_state_is_kept_from_which_why_can_reckon(run: ShellRun, path: Path) -> None:
    """So that a log of months, without a stop in it, need not be read to explain this morning."""
    _at, back_up = run.clock.daily["backup"]
    await back_up()
    await run.pass_(HOUR_S + 86400)
    answer = await run.shell.why(None)
    assert [reason.what for reason in answer] == ["prompted", "due"]
    part = await run.shell.ports.history.read(run.clock.sample().wall, lambda part: part)
    assert part.state is not None


async def test_the_last_input_of_another_boot_is_not_compared(path: Path) -> None:
    """The power failed while nobody was there; whoever has just logged in is, though the new boot is younger than that."""
    clock = LeverClock()
    first = await ShellRun(path, clock=clock).start()
    first.shell.input_stopped(0.0)
    await first.settle()
    await first.kill()
    clock.boot_id, clock.boot_s = "another boot", 20.0
    second = ShellRun(path, clock=clock)
    second.presence.idle_s = 1.0
    await second.start()
    try:
        assert second.shell.state is not None
        assert second.shell.state.idle_since_s is None
    finally:
        await second.stop()


async def test_one_who_watches_and_fails_keeps_nobody_from_their_prompt(run: ShellRun) -> None:
    """The others are told, and the alarm is set."""
    told: list[str] = []

    def fail() -> None:
        raise RuntimeError("nobody has thought of this")

    run.shell.watch(fail)
    run.shell.watch(lambda: told.append("told"))
    await run.pass_(HOUR_S)
    await until_shown(run, "prompt", "Time to get up")
    assert told


@pytest.mark.parametrize("first", ["the service", "the clock"])
async def test_a_sleep_that_two_tell_of_is_one_break(
    run: ShellRun, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """The login service and the clock both notice the wake; the second may come when the person is back already."""
    slept_s = [0.0]
    monkeypatch.setattr("unsit.daemon.shell._suspended_s", lambda: slept_s[0])
    run.shell._asleep_total_s = 0.0
    await run.shell.about_to_sleep()
    run.clock.move(HOUR_S)
    slept_s[0] = HOUR_S
    told = [run.shell.woke, run.clock.step]
    for tell in told if first == "the service" else reversed(told):
        tell()
        await run.settle()
        await run.settle()
        run.clock.move(1.0)
        run.shell.input_seen()
        await run.settle()

    breaks = [decision for decision in await run.decided() if isinstance(decision, NaturalBreak)]
    assert [decision.seconds for decision in breaks] == [HOUR_S + 1]


async def test_a_stretch_leaves_evidence_of_how_far_it_is(run: ShellRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word of anybody, as long as it goes on; in its pause, and outside a stretch, only with what happens."""
    monkeypatch.setattr("unsit.daemon.shell.EVIDENCE_EVERY_S", 0.01)
    await run.shell.command("begin", {}, HERE)
    before = run.life.touched
    await run.until(lambda: run.life.touched > before + 3, "evidence")
    await run.shell.command("toggle", {}, HERE)
    paused = run.life.touched
    await asyncio.sleep(0.1)  # longer than it would take
    assert run.life.touched == paused
    await run.shell.command("toggle", {}, HERE)
    await run.until(lambda: run.life.touched > paused + 3, "evidence again")
    await run.shell.command("stop", {}, HERE)
    stopped = run.life.touched
    await asyncio.sleep(0.1)  # likewise
    assert run.life.touched == stopped


async def test_a_guide_that_outlived_the_daemon_comes_again_when_it_is_lost(path: Path) -> None:
    """The next daemon did not open it, and knows by its connection that the person has it before them."""
    clock = LeverClock()
    first = await ShellRun(path, clock=clock).start()
    await first.shell.command("begin", {}, HERE)
    await first.kill()

    again = await ShellRun(path, clock=clock).start()
    again.shell.guide.on_pages_come()
    again.shell.on_pages_lost()
    await again.until(lambda: again.pages.opened, "the guide again")
    again.shell.guide.on_pages_come()
    again.shell.on_pages_lost()
    await again.settle()
    assert again.pages.opened == [("guide", None)]
    await again.kill()


async def test_a_guide_that_is_back_before_the_daemon_knows_its_state_is_the_persons_too(path: Path) -> None:
    """Its pages look for the daemon all the time, and a start takes as long as the slowest sensor."""
    clock = LeverClock()
    first = await ShellRun(path, clock=clock).start()
    await first.shell.command("begin", {}, HERE)
    await first.kill()

    again = ShellRun(path, clock=clock)
    again.shell.guide.on_pages_come()
    await again.start()
    again.shell.on_pages_lost()
    await again.until(lambda: again.pages.opened == [("guide", None)], "the guide again")
    await again.kill()


async def test_pages_that_come_for_another_stretch_are_not_those_of_the_one_before(path: Path) -> None:
    """The guide of the one that was restored was gone with its daemon; that of the next one is still looked after."""
    clock = LeverClock()
    first = await ShellRun(path, clock=clock).start()
    await first.shell.command("begin", {}, HERE)
    await first.kill()

    again = await ShellRun(path, clock=clock).start()
    await again.shell.command("stop", {}, HERE)
    await again.shell.command("begin", {}, HERE)
    await again.until(lambda: len(again.pages.opened) == 1, "the guide")
    again.shell.guide.on_pages_come()
    again.shell.on_pages_lost()
    await again.until(lambda: len(again.pages.opened) == 2, "the guide again")
    await again.kill()


async def test_what_hurt_stays_off_where_the_state_was_lost_and_the_daemon_is_killed_again(path: Path) -> None:
    """It is known from the history, and written down at once."""
    clock = LeverClock()
    first = await ShellRun(path, clock=clock).start()
    await first.shell.command("begin", {"exercise": "supine"}, HERE)
    await first.shell.command("hurts", {}, HERE)
    await first.kill()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE latest SET state = 'of a version that nobody remembers'")
        db.execute("UPDATE event SET body = 'likewise'")

    for _start in range(2):
        again = await ShellRun(path, clock=clock).start()
        assert again.shell.snapshot().hurt == ("supine",)
        await again.kill()
