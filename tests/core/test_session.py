"""The guided stretch: its segments, its way, its end."""

from __future__ import annotations

import pytest

from core.days import run, settings


def test_a_session_runs_by_itself_to_its_end() -> None:
    """Prepare, a hold for each side with a switch, the walk: `completed`, and the sitting clock starts at the end."""
    assert run("10:01 begin\n11:05 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:01:00 cue prepare seconds=10",
        "10:01:10 cue hold side=left seconds=30",
        "10:01:40 cue switch seconds=8",
        "10:01:48 cue hold side=right seconds=30",
        "10:02:18 cue walk seconds=120",
        "10:04:18 cue end",
        "10:04:18 outcome completed left=30 right=30 walk=120",
        "11:04:18 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_session_without_a_prompt_counts_the_same() -> None:
    """The next prompt comes an hour after its end."""
    assert run("09:30 begin\n10:34 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:33:18 outcome completed left=30 right=30 walk=120",
        "10:33:18 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


SEGMENTS = {
    "standing-lunge": "prepare 10, hold left 30, switch 8, hold right 30, walk 120, end",
    "supine": "prepare 20, hold left 30, switch 8, hold right 30, walk 120, end",
    "lying-1": "prepare 20, hold left 30, switch 8, hold right 30, walk 120, end",
    "walk": "prepare 10, walk 120, end",
    "constructive-rest": "prepare 20, rest 600, end",
    "bridge": "prepare 20, breaths 30, walk 120, end",
    "glute-bridge": "prepare 20, reps 40, walk 120, end",
    "straight-leg-raise": "prepare 20, reps left 40, switch 8, reps right 40, walk 120, end",
    "bird-dog": "prepare 20, reps left 40, switch 8, reps right 40, walk 120, end",
}


@pytest.mark.parametrize("exercise", SEGMENTS)
def test_the_segments_of_each_kind(exercise: str) -> None:
    """Ten seconds to get ready standing, twenty to get down; no walk after constructive rest."""
    lines = [line.split()[2:] for line in run(f"09:30 begin {exercise}\n10:00 end") if " cue " in line]
    said = [" ".join(word.partition("=")[2] or word for word in words) for words in lines]

    assert ", ".join(said) == SEGMENTS[exercise]


def test_the_outcome_of_each_kind_has_its_seconds() -> None:
    """left, right and walk always; reps, breaths and rest where they occur."""
    assert [run(f"09:30 begin {name}\n10:00 end", without="cue session") for name in SEGMENTS] == [
        ["09:33:18 outcome completed left=30 right=30 walk=120"],
        ["09:33:28 outcome completed left=30 right=30 walk=120"],
        ["09:33:28 outcome completed left=30 right=30 walk=120"],
        ["09:32:10 outcome completed left=0 right=0 walk=120"],
        ["09:40:20 outcome completed left=0 right=0 walk=0 rest=600"],
        ["09:32:50 outcome completed left=0 right=0 walk=120 breaths=30"],
        ["09:33:00 outcome completed left=0 right=0 walk=120 reps=40"],
        ["09:33:48 outcome completed left=0 right=0 walk=120 reps=80"],
        ["09:33:48 outcome completed left=0 right=0 walk=120 reps=80"],
    ]


def test_a_hold_that_is_set() -> None:
    """A number of seconds; and no walk."""
    assert run("09:30 begin\n09:40 end", settings(stretch_hold="45", stretch_walk="0s")) == [
        "09:30:00 session exercise=standing-lunge seconds=108",
        "09:30:00 cue prepare seconds=10",
        "09:30:10 cue hold side=left seconds=45",
        "09:30:55 cue switch seconds=8",
        "09:31:03 cue hold side=right seconds=45",
        "09:31:48 cue end",
        "09:31:48 outcome completed left=45 right=45 walk=0",
    ]


def test_a_walk_that_is_all_has_two_minutes_whatever_is_set() -> None:
    """It would be nothing otherwise."""
    assert run("09:30 begin walk\n09:40 end", settings(stretch_walk="0s")) == [
        "09:30:00 session exercise=walk seconds=130",
        "09:30:00 cue prepare seconds=10",
        "09:30:10 cue walk seconds=120",
        "09:32:10 cue end",
        "09:32:10 outcome completed left=0 right=0 walk=120",
    ]
    assert run("09:30 begin walk\n09:40 end", settings(stretch_walk="5m"), without="cue") == [
        "09:30:00 session exercise=walk seconds=310",
        "09:35:10 outcome completed left=0 right=0 walk=300",
    ]


def test_begin_takes_a_prompt_in_whatever_state() -> None:
    """Held, snoozed, settling, withdrawn: the outcome is the session's, and there is one."""
    befores = (
        "09:50 hold call",
        "10:00:30 snooze",
        "10:00:30 pause",
        "09:50 hold call\n10:00:50 free call",
        "10:00:30 lock",
    )
    for before in befores:
        lines = run(f"{before}\n10:01 begin\n10:10 end", without="cue")
        assert lines[-2:] == [
            "10:01:00 session exercise=standing-lunge seconds=198",
            "10:04:18 outcome completed left=30 right=30 walk=120",
        ]
        assert sum("outcome" in line for line in lines) == 1


def test_idle_and_lock_in_a_session_are_the_exercise() -> None:
    """No absence, no natural break after it; the clock starts with the first input since the end."""
    assert run("10:01 begin\n10:01:05 leave\n10:02 lock\n10:06 unlock\n11:07 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:04:18 outcome completed left=30 right=30 walk=120",
        "11:06:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("10:01 begin\n10:01:05 leave\n10:30 back\n11:31 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:04:18 outcome completed left=30 right=30 walk=120",
        "11:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_the_time_until_the_first_input_belongs_to_the_break() -> None:
    """Lock, suspend and wake in it change nothing, nothing falls due, no natural break follows."""
    script = "10:01 begin\n10:01:05 leave\n10:20 lock\n10:25 suspend\n12:00 wake\n12:01 unlock\n13:02 end"
    assert run(script, without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:04:18 outcome completed left=30 right=30 walk=120",
        "13:01:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_command_after_a_session_is_that_input() -> None:
    """Also one that is refused."""
    assert run("10:01 begin\n10:01:05 leave\n10:30 skip\n11:31 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:04:18 outcome completed left=30 right=30 walk=120",
        '10:30:00 refused command=skip reason="no prompt is open"',
        "11:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_pause_and_go_on() -> None:
    """The segment keeps what it had, and the rest follows."""
    assert run("09:30 begin\n09:30:20 toggle\n09:35 toggle\n09:40 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:10 cue hold side=left seconds=30",
        "09:35:20 cue switch seconds=8",
        "09:35:28 cue hold side=right seconds=30",
        "09:35:58 cue walk seconds=120",
        "09:37:58 cue end",
        "09:37:58 outcome completed left=30 right=30 walk=120",
    ]


def test_a_pause_of_ten_minutes_stops_it() -> None:
    """With what was done by then."""
    assert run("09:30 begin\n09:31 toggle\n09:50 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:41:00 outcome partial left=30 right=12 walk=0",
    ]
    assert run("10:01 begin\n10:01:20 toggle\n10:12 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:11:20 prompt exercise=standing-lunge sat=4280 snoozes_left=3",
    ]


def test_next_skips_and_what_counts_is_missing() -> None:
    """A hold that was skipped makes it partial, a walk that was skipped does not."""
    assert run("09:30 begin\n09:30:50 next\n09:31:00 next\n09:40 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:10 cue hold side=left seconds=30",
        "09:30:40 cue switch seconds=8",
        "09:30:48 cue hold side=right seconds=30",
        "09:30:50 cue walk seconds=120",
        "09:31:00 cue end",
        "09:31:00 outcome partial left=30 right=2 walk=10",
    ]
    assert run("09:30 begin\n09:31:30 next\n09:40 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:31:30 outcome completed left=30 right=30 walk=12",
    ]


def test_skipping_prepare_and_switch_changes_nothing() -> None:
    """They never count as work."""
    assert run("09:30 begin\n09:30:02 next\n09:30:33 next\n09:40 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:02 cue hold side=left seconds=30",
        "09:30:32 cue switch seconds=8",
        "09:30:33 cue hold side=right seconds=30",
        "09:31:03 cue walk seconds=120",
        "09:33:03 cue end",
        "09:33:03 outcome completed left=30 right=30 walk=120",
    ]


def test_next_to_the_end_ends_it() -> None:
    """All skipped: as if it had not begun."""
    assert run("09:30 begin\n+0s next\n+0s next\n+0s next\n+0s next\n+0s next\n09:40 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:00 cue hold side=left seconds=30",
        "09:30:00 cue switch seconds=8",
        "09:30:00 cue hold side=right seconds=30",
        "09:30:00 cue walk seconds=120",
        "09:30:00 cue end",
        "09:30:00 outcome void left=0 right=0 walk=0",
    ]


def test_a_skipped_walk_that_was_everything_is_missed() -> None:
    """With half a minute of it `partial`, with less nothing."""
    assert run("09:30 begin walk\n09:30:50 next\n09:40 end", without="cue") == [
        "09:30:00 session exercise=walk seconds=130",
        "09:30:50 outcome partial left=0 right=0 walk=40",
    ]
    assert run("09:30 begin walk\n09:30:30 next\n09:40 end", without="cue") == [
        "09:30:00 session exercise=walk seconds=130",
        "09:30:30 outcome void left=0 right=0 walk=20",
    ]


def test_previous_restarts_the_segment_or_goes_back() -> None:
    """In its first three seconds to the one before; repeated seconds count once."""
    assert run("09:30 begin\n09:30:30 previous\n09:40 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:10 cue hold side=left seconds=30",
        "09:30:30 cue hold side=left seconds=30",
        "09:31:00 cue switch seconds=8",
        "09:31:08 cue hold side=right seconds=30",
        "09:31:38 cue walk seconds=120",
        "09:33:38 cue end",
        "09:33:38 outcome completed left=30 right=30 walk=120",
    ]
    assert run("09:30 begin\n09:30:42 previous\n09:31:10 stop\n09:32 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:10 cue hold side=left seconds=30",
        "09:30:40 cue switch seconds=8",
        "09:30:42 cue hold side=left seconds=30",
        "09:31:10 cue end",
        "09:31:10 outcome partial left=30 right=0 walk=0",
    ]
    assert run("09:30 begin\n09:30:43 previous\n09:31 stop\n09:32 end", without="session") == [
        "09:30:00 cue prepare seconds=10",
        "09:30:10 cue hold side=left seconds=30",
        "09:30:40 cue switch seconds=8",
        "09:30:43 cue switch seconds=8",
        "09:30:51 cue hold side=right seconds=30",
        "09:31:00 cue end",
        "09:31:00 outcome partial left=30 right=9 walk=0",
    ]


def test_previous_at_the_very_start_stays_there() -> None:
    """There is none before prepare."""
    assert run("09:30 begin\n09:30:01 previous\n09:30:02 stop\n09:31 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:01 cue prepare seconds=10",
        "09:30:02 cue end",
        "09:30:02 outcome void left=0 right=0 walk=0",
    ]


def test_next_and_previous_leave_a_paused_session_paused() -> None:
    """It goes on where it was told to, once it is told to."""
    script = "09:30 begin\n09:30:05 toggle\n09:30:06 next\n09:31 toggle\n"
    script += "09:31:10 toggle\n09:31:20 previous\n09:31:30 toggle\n09:40 end"
    assert run(script) == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:06 cue hold side=left seconds=30",
        "09:31:20 cue hold side=left seconds=30",
        "09:32:00 cue switch seconds=8",
        "09:32:08 cue hold side=right seconds=30",
        "09:32:38 cue walk seconds=120",
        "09:34:38 cue end",
        "09:34:38 outcome completed left=30 right=30 walk=120",
    ]


def test_less_than_half_a_minute_is_as_if_it_had_not_begun() -> None:
    """Its prompt is offered again at once, as a new offer, with its snoozes used."""
    assert run("10:01 snooze\n10:12 begin\n10:12:39 stop\n10:18 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 snooze for=600 until=10:11:00",
        "10:11:00 prompt exercise=standing-lunge sat=4260 snoozes_left=2",
        "10:12:00 session exercise=standing-lunge seconds=198",
        "10:12:00 cue prepare seconds=10",
        "10:12:10 cue hold side=left seconds=30",
        "10:12:39 cue end",
        "10:12:39 prompt exercise=standing-lunge sat=4359 snoozes_left=2",
        "10:17:39 remind",
    ]


def test_half_a_minute_is_partial() -> None:
    """To the second; hold, reps, breaths, rest and walk together."""
    assert run("10:01 begin\n10:01:40 stop\n11:02 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:01:40 outcome partial left=30 right=0 walk=0",
        "11:01:40 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("10:01 begin glute-bridge\n10:01:50 stop\n10:02 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=glute-bridge seconds=180",
        "10:01:50 outcome partial left=0 right=0 walk=0 reps=30",
    ]
    assert run("10:01 begin\n+10s next\n+1s next\n+0s next\n+29s stop\n10:03 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:01:40 prompt exercise=standing-lunge sat=3700 snoozes_left=3",
    ]


def test_a_void_session_without_a_prompt_leaves_nothing() -> None:
    """The sitting clock ran on."""
    assert run("09:30 begin\n09:30:20 stop\n10:01 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:10 cue hold side=left seconds=30",
        "09:30:20 cue end",
        "09:30:20 outcome void left=10 right=0 walk=0",
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_prompt_that_fell_due_in_a_void_session_comes_after_it() -> None:
    """It is due when the session is over."""
    assert run("09:59:50 begin\n10:00:05 stop\n10:01 end") == [
        "09:59:50 session exercise=standing-lunge seconds=198",
        "09:59:50 cue prepare seconds=10",
        "10:00:00 cue hold side=left seconds=30",
        "10:00:05 cue end",
        "10:00:05 outcome void left=5 right=0 walk=0",
        "10:00:05 prompt exercise=standing-lunge sat=3605 snoozes_left=3",
    ]


def test_a_void_session_gives_a_held_prompt_back_to_its_hold() -> None:
    """One that was offered is offered, whatever began meanwhile; a pause keeps either back."""
    assert run("09:50 hold call\n10:01 begin\n10:01:05 stop\n10:02 free call\n10:03 end", without="cue") == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:02:30 prompt exercise=standing-lunge sat=3750 snoozes_left=3",
    ]
    assert run("10:01 begin\n10:01:03 hold call\n10:01:05 stop\n10:03 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:01:05 prompt exercise=standing-lunge sat=3665 snoozes_left=3",
    ]
    assert run("10:01 begin\n10:01:03 pause\n10:01:05 stop\n10:02 resume\n10:08 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:01:05 held exercise=standing-lunge reasons=paused",
        "10:07:00 prompt exercise=standing-lunge sat=4020 snoozes_left=3",
    ]


def test_a_void_session_does_not_wait_for_a_settle() -> None:
    """At once means at once."""
    assert run("09:50 hold call\n10:01 free call\n10:01:05 begin\n10:01:10 stop\n10:02 end", without="cue") == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:01:05 session exercise=standing-lunge seconds=198",
        "10:01:10 prompt exercise=standing-lunge sat=3670 snoozes_left=3",
    ]


def test_a_held_prompt_keeps_its_limit_through_a_void_session() -> None:
    """It has waited since ten."""
    script = "09:50 hold call\n10:10 begin\n10:10:10 stop\n10:30 end"
    assert run(script, settings(hold_limit="20m"), without="cue") == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:10:00 session exercise=standing-lunge seconds=198",
        "10:20:00 prompt exercise=standing-lunge sat=4800 snoozes_left=3",
        "10:25:00 remind",
        "10:30:00 remind",
    ]


def test_presence_after_a_void_session_is_what_it_would_have_been() -> None:
    """Whoever locked three minutes ago is away; whoever locked just now has a prompt that waits."""
    assert run("10:01 begin\n10:01:05 toggle\n10:01:10 lock\n10:11:10 unlock\n10:12 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:11:05 outcome away sat=3670",
        "10:11:10 natural seconds=600",
    ]
    changed = settings(away_credit="12m")
    assert run("10:01 begin\n10:01:05 toggle\n10:01:10 lock\n10:11:10 unlock\n10:13 end", changed, without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:11:40 prompt exercise=standing-lunge sat=4300 snoozes_left=3",
    ]


def test_this_hurts_is_partial_however_short() -> None:
    """And that exercise is off until it is switched on again."""
    assert run("09:30 begin\n09:30:12 hurts\n10:31 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:10 cue hold side=left seconds=30",
        "09:30:12 cue end",
        "09:30:12 outcome partial left=2 right=0 walk=0 reason=pain",
        "10:30:12 prompt exercise=walk sat=3600 snoozes_left=3",
    ]
    script = "09:30 begin\n09:30:12 hurts\n09:31 begin standing-lunge\n09:32 set exercises.standing-lunge true\n"
    script += "09:33 begin standing-lunge\n09:33:01 stop\n09:34 end"
    assert run(script, without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:12 outcome partial left=2 right=0 walk=0 reason=pain",
        '09:31:00 refused command=begin reason="standing-lunge is off since it hurt"',
        "09:33:00 session exercise=standing-lunge seconds=198",
        "09:33:01 outcome void left=0 right=0 walk=0",
    ]


def test_what_is_refused_in_a_session() -> None:
    """begin, done, snooze, skip, stand, sit and undo; it goes on."""
    commands = ["begin", "done", "snooze", "skip", "stand", "sit", "undo"]
    script = "09:30 begin\n" + "\n".join(f"+1s {command}" for command in commands)
    assert run(script + "\n09:40 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        '09:30:01 refused command=begin reason="a session is running"',
        '09:30:02 refused command=done reason="a session is running"',
        '09:30:03 refused command=snooze reason="a session is running"',
        '09:30:04 refused command=skip reason="a session is running"',
        '09:30:05 refused command=stand reason="a session is running"',
        '09:30:06 refused command=sit reason="a session is running"',
        '09:30:07 refused command=undo reason="a session is running"',
        "09:33:18 outcome completed left=30 right=30 walk=120",
    ]


def test_a_short_sleep_leaves_it_paused() -> None:
    """Nobody is moved on while the machine sleeps."""
    assert run("09:30 begin\n09:30:20 suspend\n09:31:30 wake\n09:32 toggle\n09:40 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:10 cue hold side=left seconds=30",
        "09:32:20 cue switch seconds=8",
        "09:32:28 cue hold side=right seconds=30",
        "09:32:58 cue walk seconds=120",
        "09:34:58 cue end",
        "09:34:58 outcome completed left=30 right=30 walk=120",
    ]


def test_a_long_sleep_stops_it_at_the_instant_it_began() -> None:
    """What was done by then counts, and the sleep belongs to its break."""
    assert run("09:30 begin\n09:31 suspend\n09:50 wake\n09:51 back\n10:52 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:50:00 outcome partial left=30 right=12 walk=0",
        "10:51:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]
    assert run("10:01 begin\n10:01:05 suspend\n10:20 wake\n10:21 back\n10:22 end", without="cue") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:20:00 outcome away sat=3665",
        "10:21:00 natural seconds=1195",
    ]


def test_a_paused_session_sleeps_too() -> None:
    """The ten minutes include the sleep."""
    assert run("09:30 begin\n09:31 toggle\n09:35 suspend\n09:36:59 wake\n09:50 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:41:00 outcome partial left=30 right=12 walk=0",
    ]


def test_nothing_falls_due_in_a_session() -> None:
    """The prompt of ten o'clock never comes: the session was the break."""
    assert run("09:59 begin\n11:03 end", without="cue") == [
        "09:59:00 session exercise=standing-lunge seconds=198",
        "10:02:18 outcome completed left=30 right=30 walk=120",
        "11:02:18 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_choose_anew_while_preparing() -> None:
    """Exercise, first side, walk and hold; the segments are others, the session goes on."""
    assert run(
        "10:01 begin\n10:01:02 choose exercise=supine\n10:01:03 choose first=right walk=1m hold=20\n10:10 end"
    ) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 session exercise=standing-lunge seconds=198",
        "10:01:00 cue prepare seconds=10",
        "10:01:20 cue hold side=right seconds=20",
        "10:01:40 cue switch seconds=8",
        "10:01:48 cue hold side=left seconds=20",
        "10:02:08 cue walk seconds=60",
        "10:03:08 cue end",
        "10:03:08 outcome completed left=20 right=20 walk=60",
    ]


def test_choose_keeps_the_walk_that_was_chosen() -> None:
    """When the exercise is chosen after it."""
    assert run("09:30 begin\n09:30:02 choose walk=0s\n09:30:03 choose exercise=supine\n09:40 end") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        "09:30:00 cue prepare seconds=10",
        "09:30:20 cue hold side=left seconds=30",
        "09:30:50 cue switch seconds=8",
        "09:30:58 cue hold side=right seconds=30",
        "09:31:28 cue end",
        "09:31:28 outcome completed left=30 right=30 walk=0",
    ]


def test_a_shorter_prepare_that_is_over_ends_now() -> None:
    """From the floor to the desk after fifteen seconds: the hold has its thirty."""
    assert run("09:30 begin supine\n09:30:15 choose exercise=standing-lunge\n09:40 end") == [
        "09:30:00 session exercise=supine seconds=208",
        "09:30:00 cue prepare seconds=20",
        "09:30:15 cue hold side=left seconds=30",
        "09:30:45 cue switch seconds=8",
        "09:30:53 cue hold side=right seconds=30",
        "09:31:23 cue walk seconds=120",
        "09:33:23 cue end",
        "09:33:23 outcome completed left=30 right=30 walk=120",
    ]


def test_choose_in_a_paused_prepare() -> None:
    """The time is kept, as far as it fits."""
    assert run(
        "09:30 begin supine\n09:30:04 toggle\n09:30:10 choose exercise=standing-lunge\n09:31 toggle\n09:40 end"
    ) == [
        "09:30:00 session exercise=supine seconds=208",
        "09:30:00 cue prepare seconds=20",
        "09:31:06 cue hold side=left seconds=30",
        "09:31:36 cue switch seconds=8",
        "09:31:44 cue hold side=right seconds=30",
        "09:32:14 cue walk seconds=120",
        "09:34:14 cue end",
        "09:34:14 outcome completed left=30 right=30 walk=120",
    ]


def test_choose_is_refused_when_it_has_begun() -> None:
    """And a hold that is too long or too short, or an exercise that hurt."""
    assert run("09:30 begin\n09:30:10 choose first=right\n09:31 stop\n09:32 end", without="cue") == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        '09:30:10 refused command=choose reason="it has begun"',
        "09:31:00 outcome partial left=30 right=12 walk=0",
    ]
    assert run(
        "09:30 begin\n+1s choose hold=14\n+1s choose hold=121\n+1s choose hold=15\n+1s choose hold=2m\n09:40 end",
        without="cue",
    ) == [
        "09:30:00 session exercise=standing-lunge seconds=198",
        '09:30:01 refused command=choose reason="a hold lasts from 15 to 120 seconds"',
        '09:30:02 refused command=choose reason="a hold lasts from 15 to 120 seconds"',
        "09:36:18 outcome completed left=120 right=120 walk=120",
    ]
    assert run(
        "09:20 begin supine\n09:21 hurts\n09:30 begin\n+1s choose exercise=supine\n+1s stop\n09:40 end", without="cue"
    ) == [
        "09:20:00 session exercise=supine seconds=208",
        "09:21:00 outcome partial left=30 right=2 walk=0 reason=pain",
        "09:30:00 session exercise=standing-lunge seconds=198",
        '09:30:01 refused command=choose reason="supine cannot be chosen"',
        "09:30:02 outcome void left=0 right=0 walk=0",
    ]
