"""Routines: exercises at fixed times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from core.days import exercises, hours, routine, run
from unsit.core.engine import step
from unsit.core.model import Now, Settings, SettingsChanged, Started, State, Tick

REST_AT_THREE = routine("0 15 * * *")
STRENGTH = routine("30 12 * * mon,wed,fri", "glute-bridge", "straight-leg-raise", "bird-dog", name="strength")


def test_a_routine_is_offered_at_its_time() -> None:
    """With its name on every line; reminded of like a prompt, `missed` after an hour; the prompt that waited comes then."""
    assert run("14:30 start\n16:02 end", REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:05:00 remind routine=rest",
        "15:10:00 remind routine=rest",
        "16:00:00 outcome missed sat=5400 routine=rest",
        "16:00:00 prompt exercise=standing-lunge sat=5400 snoozes_left=3",
    ]


def test_its_session_starts_the_clock_anew() -> None:
    """Ten minutes of rest, no walk after it."""
    assert run("14:30 start\n15:01 begin\n16:12 end", REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:01:00 session exercise=constructive-rest seconds=620 routine=rest",
        "15:01:00 cue prepare seconds=20 routine=rest",
        "15:01:20 cue rest seconds=600 routine=rest",
        "15:11:20 cue end routine=rest",
        "15:11:20 outcome completed left=0 right=0 walk=0 rest=600 routine=rest",
        "16:11:20 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_several_exercises_have_their_own_prepare_and_one_walk() -> None:
    """The seconds of all of them together."""
    assert run("12:00 start\n12:31 begin\n12:45 end", STRENGTH) == [
        "12:30:00 routine exercise=glute-bridge,straight-leg-raise,bird-dog sat=1800 snoozes_left=3 routine=strength",
        "12:31:00 session exercise=glute-bridge,straight-leg-raise,bird-dog seconds=396 routine=strength",
        "12:31:00 cue prepare seconds=20 routine=strength",
        "12:31:20 cue reps seconds=40 routine=strength",
        "12:32:00 cue prepare seconds=20 routine=strength",
        "12:32:20 cue reps side=left seconds=40 routine=strength",
        "12:33:00 cue switch seconds=8 routine=strength",
        "12:33:08 cue reps side=right seconds=40 routine=strength",
        "12:33:48 cue prepare seconds=20 routine=strength",
        "12:34:08 cue reps side=left seconds=40 routine=strength",
        "12:34:48 cue switch seconds=8 routine=strength",
        "12:34:56 cue reps side=right seconds=40 routine=strength",
        "12:35:36 cue walk seconds=120 routine=strength",
        "12:37:36 cue end routine=strength",
        "12:37:36 outcome completed left=0 right=0 walk=120 reps=200 routine=strength",
    ]


def test_every_command_applies_alike() -> None:
    """Snooze, skip, done, pause, stand."""
    assert run("14:30 start\n15:01 snooze 5m\n15:07 end", REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:01:00 snooze for=300 until=15:06:00 routine=rest",
        "15:06:00 routine exercise=constructive-rest sat=2160 snoozes_left=2 routine=rest",
    ]
    assert run("14:30 start\n15:01 skip\n16:02 end", REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:01:00 outcome skipped sat=1860 routine=rest",
        "16:01:00 prompt exercise=standing-lunge sat=5460 snoozes_left=3",
    ]
    assert run("14:30 start\n15:01 done\n16:02 end", REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:01:00 outcome done sat=1860 routine=rest",
        "16:01:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("14:30 start\n15:01 pause 10m\n15:17 end", REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:01:00 withdraw reason=pause routine=rest",
        "15:16:00 routine exercise=constructive-rest sat=2760 snoozes_left=3 routine=rest",
    ]
    assert run("14:30 start\n15:01 stand\n15:02 end", REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:01:00 outcome done sat=1860 routine=rest",
    ]


def test_one_waits_while_the_other_is_open() -> None:
    """Of either kind; the prompt at the instant of a routine comes first."""
    assert run("14:00 start\n15:10 skip\n15:11 end", REST_AT_THREE) == [
        "15:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "15:05:00 remind",
        "15:10:00 remind",
        "15:10:00 outcome skipped sat=4200",
        "15:10:00 routine exercise=constructive-rest sat=4200 snoozes_left=3 routine=rest",
    ]
    assert run("14:05 start\n15:10 skip\n16:11 end", REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=3300 snoozes_left=3 routine=rest",
        "15:05:00 remind routine=rest",
        "15:10:00 remind routine=rest",
        "15:10:00 outcome skipped sat=3900 routine=rest",
        "16:10:00 prompt exercise=standing-lunge sat=7500 snoozes_left=3",
    ]


def test_a_routine_waits_for_a_session() -> None:
    """It comes when that has ended, and the sitting clock starts with the session's end."""
    assert run("14:30 start\n14:59 begin\n15:03 end", REST_AT_THREE, without="cue") == [
        "14:59:00 session exercise=standing-lunge seconds=198",
        "15:02:18 outcome completed left=30 right=30 walk=120",
        "15:02:18 routine exercise=constructive-rest sat=0 snoozes_left=3 routine=rest",
    ]


def test_within_the_hour_of_its_time_or_not_at_all() -> None:
    """A call until 15:59 keeps it back, one until four makes it missed; the settle counts too."""
    assert run("14:30 start\n14:40 hold call\n15:59 free call\n16:00 end", REST_AT_THREE) == [
        "15:00:00 held exercise=constructive-rest reasons=call routine=rest",
        "15:59:30 routine exercise=constructive-rest sat=5370 snoozes_left=3 routine=rest",
    ]
    assert run("14:30 start\n14:40 hold call\n15:59:45 free call\n16:01 end", REST_AT_THREE, without="prompt") == [
        "15:00:00 held exercise=constructive-rest reasons=call routine=rest",
        "16:00:00 outcome missed sat=5400 routine=rest",
    ]


def test_one_that_was_offered_comes_back_after_its_hour() -> None:
    """Snoozed, or withdrawn: the hour is over, the routine is not."""
    script = "14:30 start\n15:01 snooze 29m\n15:31 snooze 28m\n15:59:30 snooze 10m\n16:10 end"
    assert run(script, REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:01:00 snooze for=1740 until=15:30:00 routine=rest",
        "15:30:00 routine exercise=constructive-rest sat=3600 snoozes_left=2 routine=rest",
        "15:31:00 snooze for=1680 until=15:59:00 routine=rest",
        "15:59:00 routine exercise=constructive-rest sat=5340 snoozes_left=1 routine=rest",
        "15:59:30 snooze for=600 until=16:09:30 routine=rest",
        "16:09:30 routine exercise=constructive-rest sat=5970 snoozes_left=0 routine=rest",
    ]
    assert run("14:30 start\n15:01 pause 70m\n16:20 end", REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:01:00 withdraw reason=pause routine=rest",
        "16:16:00 routine exercise=constructive-rest sat=6360 snoozes_left=3 routine=rest",
    ]


def test_paused_at_its_time() -> None:
    """It is held, and comes within the hour; a pause of the whole hour makes it missed."""
    assert run("14:30 start\n14:50 pause 30m\n15:26 end", REST_AT_THREE) == [
        "15:00:00 held exercise=constructive-rest reasons=paused routine=rest",
        "15:25:00 routine exercise=constructive-rest sat=3300 snoozes_left=3 routine=rest",
    ]
    assert run("14:30 start\n14:50 pause 2h\n16:30 end", REST_AT_THREE) == [
        "15:00:00 held exercise=constructive-rest reasons=paused routine=rest",
        "16:00:00 outcome missed sat=5400 routine=rest",
        "16:00:00 held exercise=standing-lunge reasons=paused",
    ]


def test_suspended_at_its_time() -> None:
    """Once, within the hour; two hours later not at all."""
    assert run("14:30 start\n14:50 suspend\n15:20 wake\n15:21 back\n15:22 end", REST_AT_THREE) == [
        "15:21:00 natural seconds=1860",
        "15:21:00 routine exercise=constructive-rest sat=0 snoozes_left=3 routine=rest",
    ]
    assert run("14:30 start\n14:50 suspend\n16:10 wake\n16:11 back\n16:12 end", REST_AT_THREE) == [
        "16:11:00 natural seconds=4860",
    ]


def test_away_at_its_time() -> None:
    """A long absence: it was never due. A short one: it comes after the settle."""
    assert run("14:30 start\n14:50 lock\n15:20 unlock\n15:22 end", REST_AT_THREE) == [
        "15:20:00 natural seconds=1800",
    ]
    assert run("14:30 start\n14:59 lock\n15:00:30 unlock\n15:02 end", REST_AT_THREE) == [
        "15:01:00 routine exercise=constructive-rest sat=1860 snoozes_left=3 routine=rest",
    ]


def test_off_or_dead_at_its_time() -> None:
    """Started again within the hour it comes, later it does not."""
    for how in ("quit", "reboot", "kill"):
        assert any(" routine " in line for line in run(f"14:30 start\n14:50 {how} 30m\n15:22 end", REST_AT_THREE))
        assert not any(" routine " in line for line in run(f"14:30 start\n14:50 {how} 2h\n17:00 end", REST_AT_THREE))
    assert run("14:30 start\n14:50 quit 30m\n15:22 end", REST_AT_THREE) == [
        "15:20:00 natural seconds=1800",
        "15:20:00 routine exercise=constructive-rest sat=0 snoozes_left=3 routine=rest",
    ]


def test_a_kill_shows_an_offered_routine_again() -> None:
    """And offers it no second time."""
    assert run("14:30 start\n15:01 kill 1m\n15:03 end", REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:02:00 routine exercise=constructive-rest sat=1920 snoozes_left=3 routine=rest again=true",
    ]


def test_outside_the_hours_there_is_none() -> None:
    """Within an hour of its time, at the opening, there is."""
    assert run("08:00 start\n10:01 end", routine("30 7 * * *", also=hours("09:00-17:00"))) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("08:00 start\n09:01 end", routine("30 8 * * *", also=hours("09:00-17:00"))) == [
        "09:00:00 routine exercise=constructive-rest sat=0 snoozes_left=3 routine=rest",
    ]


def test_it_expires_at_closing() -> None:
    """Like any prompt."""
    assert run("16:40 start\n17:30 end", routine("50 16 * * *", also=hours("09:00-17:00")), without="remind") == [
        "16:50:00 routine exercise=constructive-rest sat=600 snoozes_left=3 routine=rest",
        "17:00:00 outcome expired sat=1200 routine=rest",
    ]


def test_a_time_that_happens_twice_counts_once() -> None:
    """The first 02:30; the second is none."""
    night = routine("30 2 * * *")
    script = "2026-10-25T01:50 start\n02:31 skip\n+90m end"
    assert run(script, night, "Europe/Berlin") == [
        "2026-10-25T02:30:00+02:00 routine exercise=constructive-rest sat=2400 snoozes_left=3 routine=rest",
        "2026-10-25T02:31:00+02:00 outcome skipped sat=2460 routine=rest",
        "2026-10-25T02:31:00+01:00 prompt exercise=standing-lunge sat=6060 snoozes_left=3",
        "2026-10-25T02:36:00+01:00 remind",
        "2026-10-25T02:41:00+01:00 remind",
    ]
    script = "2026-04-05T01:20 start\n01:46 skip\n+40m end"
    assert run(script, routine("45 1 * * *"), "Australia/Lord_Howe") == [
        "2026-04-05T01:45:00+11:00 routine exercise=constructive-rest sat=1500 snoozes_left=3 routine=rest",
        "2026-04-05T01:46:00+11:00 outcome skipped sat=1560 routine=rest",
    ]


def test_a_time_that_does_not_exist_comes_when_the_gap_ends() -> None:
    """02:30 at 03:00."""
    assert run("2026-03-29T01:50 start\n03:01 end", routine("30 2 * * *"), "Europe/Berlin") == [
        "2026-03-29T03:00:00+02:00 routine exercise=constructive-rest sat=600 snoozes_left=3 routine=rest",
    ]
    assert run("2026-10-04T01:50 start\n02:31 end", routine("15 2 * * *"), "Australia/Lord_Howe") == [
        "2026-10-04T02:30:00+11:00 routine exercise=constructive-rest sat=600 snoozes_left=3 routine=rest",
    ]


def test_two_routines_at_one_time() -> None:
    """One after the other, in the order of the settings."""
    both = routine("0 15 * * *", "bridge", name="second", also=REST_AT_THREE)
    assert run("14:30 start\n15:01 skip\n15:02 skip\n15:03 end", both) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:01:00 outcome skipped sat=1860 routine=rest",
        "15:01:00 routine exercise=bridge sat=1860 snoozes_left=3 routine=second",
        "15:02:00 outcome skipped sat=1920 routine=second",
    ]


def test_two_times_of_one_routine_that_passed_are_one() -> None:
    """The latest counts."""
    assert run("14:30 start\n14:40 hold call\n15:50 free call\n15:51 skip\n15:52 end", routine("*/30 * * * *")) == [
        "15:00:00 held exercise=constructive-rest reasons=call routine=rest",
        "15:50:30 routine exercise=constructive-rest sat=4830 snoozes_left=3 routine=rest",
        "15:51:00 outcome skipped sat=4860 routine=rest",
        "15:51:00 routine exercise=constructive-rest sat=4860 snoozes_left=3 routine=rest",
    ]


def test_a_routine_whose_exercise_is_off_is_left_out() -> None:
    """The rest of it comes; with nothing left it does not."""
    assert run("12:00 start\n12:01 set exercises.bird-dog false\n12:31 end", STRENGTH) == [
        "12:30:00 routine exercise=glute-bridge,straight-leg-raise sat=1800 snoozes_left=3 routine=strength",
    ]
    assert run("14:30 start\n14:31 set exercises.constructive-rest false\n15:01 end", REST_AT_THREE) == []


def test_a_routine_that_hurts_is_off_from_where_it_hurt() -> None:
    """Only the exercise that hurt."""
    script = "12:00 start\n12:31 begin\n12:32:30 hurts\n2026-03-04T12:29 done\n12:31 end"
    assert run(script, STRENGTH, without="cue prompt remind")[-2:] == [
        "2026-03-04T12:29:00 outcome done sat=172590",
        "2026-03-04T12:30:00 routine exercise=glute-bridge,bird-dog sat=60 snoozes_left=3 routine=strength",
    ]


def test_a_routine_has_its_own_exercises() -> None:
    """`choose` changes side and hold, not the exercise."""
    assert run(
        "14:30 start\n15:01 begin\n15:01:02 choose exercise=supine\n15:01:03 stop\n15:02 end",
        REST_AT_THREE,
        without="cue",
    ) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:01:00 session exercise=constructive-rest seconds=620 routine=rest",
        '15:01:02 refused command=choose reason="a routine has its own exercises"',
        "15:01:03 routine exercise=constructive-rest sat=1863 snoozes_left=3 routine=rest",
    ]


def test_what_is_chosen_within_a_routine_counts_from_there_on() -> None:
    """Before the second exercise: what was done stays done, and the side of the first one is as it was."""
    script = "14:59 start\n15:00 begin\n{}15:10 end"
    twice = routine("0 15 * * *", "straight-leg-raise", "supine", "straight-leg-raise")
    lines = run(script.format("15:02:00 choose first=right hold=20 walk=0s\n"), twice, without="routine session")

    assert [line.removesuffix(" routine=rest").removeprefix("15:") for line in lines] == [
        "00:00 cue prepare seconds=20",
        "00:20 cue reps side=left seconds=40",
        "01:00 cue switch seconds=8",
        "01:08 cue reps side=right seconds=40",
        "01:48 cue prepare seconds=20",
        "02:08 cue hold side=right seconds=20",
        "02:28 cue switch seconds=8",
        "02:36 cue hold side=left seconds=20",
        "02:56 cue prepare seconds=20",
        "03:16 cue reps side=right seconds=40",
        "03:56 cue switch seconds=8",
        "04:04 cue reps side=left seconds=40",
        "04:44 cue end",
        "04:44 outcome completed left=20 right=20 walk=0 reps=160",
    ]
    assert '15:02:00 refused command=choose reason="a routine has its own exercises"' in run(
        script.format("15:02:00 choose exercise=bridge\n"), twice
    )
    stopped = script.format("15:02:00 choose hold=20\n15:02:05 stop\n")
    assert "15:02:05 outcome partial left=0 right=0 walk=0 reps=80 routine=rest" in run(stopped, twice)


def test_a_clock_set_forward_over_its_time() -> None:
    """Within the hour it comes at once, farther it does not; set back, it does not come twice."""
    assert run("14:30 start\n14:40 clock +30m\n14:41 end", REST_AT_THREE) == [
        "14:40:00 routine exercise=constructive-rest sat=600 snoozes_left=3 routine=rest wall=15:10:00",
    ]
    assert run("14:30 start\n14:40 clock +2h\n14:41 end", REST_AT_THREE) == []
    assert run("14:30 start\n15:01 skip\n15:02 clock -10m\n15:30 end", REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=1800 snoozes_left=3 routine=rest",
        "15:01:00 outcome skipped sat=1860 routine=rest",
    ]


def test_a_clock_that_was_wrong_forgets_the_future_it_looked_at() -> None:
    """A day ahead, set right: today's time comes."""
    assert run("13:30 start\n13:31 clock +1d\n13:32 clock -1d\n14:29 done\n15:01 end", REST_AT_THREE) == [
        "14:29:00 outcome done sat=3540 wall=14:29:00",
        "15:00:00 routine exercise=constructive-rest sat=1860 snoozes_left=3 routine=rest wall=15:00:00",
    ]


def test_a_routine_switched_off_does_not_come() -> None:
    """`enabled = false`."""
    off = replace(REST_AT_THREE, routine=tuple(replace(entry, enabled=False) for entry in REST_AT_THREE.routine))
    assert run("14:30 start\n15:01 end", off) == []


def told(state: State, after_s: float, settings: Settings) -> State:
    """The settings change, so long after nine."""
    now = Now(after_s, "boot", datetime.fromtimestamp(1772442000 + after_s, UTC))
    return step(state, SettingsChanged(now, settings, exercises(), "UTC"))[0]


def test_routines_that_change_are_worked_out_anew() -> None:
    """From now on; one that waited and is gone, or off, comes no more; one that stayed still waits."""
    both = routine("0 10 * * *", "bridge", name="second", also=routine("0 10 * * *"))
    start = Now(0.0, "boot", datetime.fromtimestamp(1772442000, UTC))
    state, _ = step(None, Started(start, both, exercises(), "UTC"))
    state, _ = step(state, Tick(Now(3600.0, "boot", start.wall + timedelta(hours=1))))
    assert state.prompt is not None and state.prompt.routine is None
    assert [name for name, *_ in state.routines_waiting] == ["rest", "second"]

    state = told(state, 3700.0, routine("30 10 * * *"))
    assert [name for name, *_ in state.routines_waiting] == ["rest"]
    assert state.routine_next_wall == 1772442000 + 5400.0
    state = told(state, 3800.0, routine("10 10 * * *", name="new"))
    assert state.routines_waiting == ()
    assert state.routine_next_wall == 1772442000 + 4200.0
    state = told(state, 4300.0, Settings())
    assert (state.routine_next_wall, state.routine_after_wall) == (None, 1772442000 + 4300.0)
    state = told(state, 4400.0, routine("10 10 * * *", name="new"))
    assert state.routine_next_wall == 1772442000 + 4200.0 + 86400.0  # the ten past ten of today was before it


def test_routines_that_do_not_change_keep_what_they_wait_for() -> None:
    """Another setting changes nothing of them."""
    start = Now(0.0, "boot", datetime.fromtimestamp(1772442000, UTC))
    settings = routine("0 10 * * *")
    state, _ = step(None, Started(start, settings, exercises(), "UTC"))
    state, _ = step(state, Tick(Now(3600.0, "boot", start.wall + timedelta(hours=1))))
    changed = told(state, 3700.0, replace(settings, prompt=replace(settings.prompt, reminders=0)))
    assert (changed.routines_waiting, changed.routine_next_wall) == (state.routines_waiting, state.routine_next_wall)


def test_a_day_of_routines_switched_off_and_on() -> None:
    """One that is off is passed over, the ones after it are not."""
    off = routine("0 15 * * *")
    settings = routine("0 15 * * *", "bridge", name="second", also=replace(
        off, routine=tuple(replace(entry, enabled=False) for entry in off.routine)
    ))  # fmt: skip
    assert [line.split()[-1] for line in run("14:30 start\n15:01 end", settings)] == ["routine=second"]


def test_of_two_times_in_one_sleep_the_later_counts() -> None:
    """Its hour is that of half past three: held from then on, it is missed at half past four."""
    script = "14:30 start\n14:50 suspend\n15:50 hold call\n15:50 wake\n15:51 back\n16:31 end"
    assert run(script, routine("0,30 15 * * *")) == [
        "15:51:00 natural seconds=3660",
        "15:51:00 held exercise=constructive-rest reasons=call routine=rest",
        "16:30:00 outcome missed sat=2340 routine=rest",
    ]


def test_a_routine_stays_for_an_hour_whatever_a_prompt_does() -> None:
    """`prompt.every` is not its clock."""
    script = "14:50 start\n14:51 set prompt.every 20m\n14:52 set prompt.reminders 0\n16:01 end"
    assert run(script, REST_AT_THREE) == [
        "15:00:00 routine exercise=constructive-rest sat=600 snoozes_left=3 routine=rest",
        "16:00:00 outcome missed sat=4200 routine=rest",
        "16:00:00 prompt exercise=standing-lunge sat=4200 snoozes_left=3",
    ]
