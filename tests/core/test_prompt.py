"""The prompt: when it is due, what holds it, how it is answered."""

from __future__ import annotations

from core.days import run, settings


def test_a_prompt_comes_after_an_hour_and_once_more_an_hour_later() -> None:
    """Shown again twice, silent then, `missed` one full hour after it was offered, and the next is due at once."""
    assert run("12:07 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:05:00 remind",
        "10:10:00 remind",
        "11:00:00 outcome missed sat=7200",
        "11:00:00 prompt exercise=standing-lunge sat=7200 snoozes_left=3",
        "11:05:00 remind",
        "11:10:00 remind",
        "12:00:00 outcome missed sat=10800",
        "12:00:00 prompt exercise=standing-lunge sat=10800 snoozes_left=3",
        "12:05:00 remind",
    ]


def test_reminders_are_counted() -> None:
    """As many as are set, as far apart as is set."""
    assert run("10:59 end", settings(prompt_reminders="3", prompt_remind_every="90s")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:30 remind",
        "10:03:00 remind",
        "10:04:30 remind",
    ]
    assert run("10:59 end", settings(prompt_reminders="0")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_no_reminder_comes_after_the_prompt_is_missed() -> None:
    """A reminder of the same instant is left out: missed is decided first, and the next offer starts afresh."""
    assert run("09:21 end", settings(prompt_every="10m", prompt_remind_every="10m")) == [
        "09:10:00 prompt exercise=standing-lunge sat=600 snoozes_left=3",
        "09:20:00 outcome missed sat=1200",
        "09:20:00 prompt exercise=standing-lunge sat=1200 snoozes_left=3",
    ]


def test_snooze_puts_it_off_for_the_time_that_is_set() -> None:
    """Ten minutes if nothing else is said; reminders and the missed clock start afresh with the new offer."""
    assert run("10:04 snooze\n11:15 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:04:00 snooze for=600 until=10:14:00",
        "10:14:00 prompt exercise=standing-lunge sat=4440 snoozes_left=2",
        "10:19:00 remind",
        "10:24:00 remind",
        "11:14:00 outcome missed sat=8040",
        "11:14:00 prompt exercise=standing-lunge sat=8040 snoozes_left=3",
    ]


def test_snooze_takes_a_time() -> None:
    """And the setting is another one's default."""
    assert run("10:04 snooze 90s\n10:06 snooze\n10:12 end", settings(prompt_snooze="5m")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:04:00 snooze for=90 until=10:05:30",
        "10:05:30 prompt exercise=standing-lunge sat=3930 snoozes_left=2",
        "10:06:00 snooze for=300 until=10:11:00",
        "10:11:00 prompt exercise=standing-lunge sat=4260 snoozes_left=1",
    ]


def test_three_snoozes_and_no_more() -> None:
    """The fourth is refused with the reason, and the prompt stays."""
    assert run("10:01 snooze\n10:12 snooze\n10:23 snooze\n10:34 snooze\n10:36 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 snooze for=600 until=10:11:00",
        "10:11:00 prompt exercise=standing-lunge sat=4260 snoozes_left=2",
        "10:12:00 snooze for=600 until=10:22:00",
        "10:22:00 prompt exercise=standing-lunge sat=4920 snoozes_left=1",
        "10:23:00 snooze for=600 until=10:33:00",
        "10:33:00 prompt exercise=standing-lunge sat=5580 snoozes_left=0",
        '10:34:00 refused command=snooze reason="no snooze left for this prompt"',
    ]


def test_the_next_prompt_has_its_snoozes_again() -> None:
    """They are counted for one prompt."""
    assert run("10:01 snooze\n10:12 skip\n11:13 snooze\n11:14 end", settings(prompt_snoozes="1")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=1",
        "10:01:00 snooze for=600 until=10:11:00",
        "10:11:00 prompt exercise=standing-lunge sat=4260 snoozes_left=0",
        "10:12:00 outcome skipped sat=4320",
        "11:12:00 prompt exercise=standing-lunge sat=7920 snoozes_left=1",
        "11:13:00 snooze for=600 until=11:23:00",
    ]


def test_no_snooze_where_none_is_allowed() -> None:
    """`prompt.snoozes = 0`."""
    assert run("10:01 snooze\n10:02 end", settings(prompt_snoozes="0")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=0",
        '10:01:00 refused command=snooze reason="no snooze left for this prompt"',
    ]


def test_only_an_offered_prompt_can_be_snoozed() -> None:
    """Neither none, nor one that is held, nor one that is snoozed already."""
    assert run(
        "09:10 snooze\n09:20 hold call\n10:01 snooze\n10:02 free call\n10:03 snooze\n10:04 snooze\n10:05 end"
    ) == [
        '09:10:00 refused command=snooze reason="no prompt is offered"',
        "10:00:00 held exercise=standing-lunge reasons=call",
        '10:01:00 refused command=snooze reason="no prompt is offered"',
        "10:02:30 prompt exercise=standing-lunge sat=3750 snoozes_left=3",
        "10:03:00 snooze for=600 until=10:13:00",
        '10:04:00 refused command=snooze reason="no prompt is offered"',
    ]


def test_a_snoozed_prompt_that_ends_in_a_hold_waits() -> None:
    """The same hold rules, and a `held` of its own."""
    assert run("10:01 snooze\n10:05 hold dnd\n10:20 free dnd\n10:21 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 snooze for=600 until=10:11:00",
        "10:11:00 held exercise=standing-lunge reasons=dnd",
        "10:20:30 prompt exercise=standing-lunge sat=4830 snoozes_left=2",
    ]


def test_skip_and_the_next_is_due_one_full_hour_later() -> None:
    """The sitting clock itself runs on."""
    assert run("10:10 skip\n11:11 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:05:00 remind",
        "10:10:00 remind",
        "10:10:00 outcome skipped sat=4200",
        "11:10:00 prompt exercise=standing-lunge sat=7800 snoozes_left=3",
    ]


def test_skip_takes_any_open_prompt() -> None:
    """Held, snoozed, settling or offered; without one it is refused."""
    assert run(
        "09:30 skip\n09:40 hold call\n10:05 skip\n11:05 free call\n11:05:10 skip\n12:06 snooze\n12:07 skip\n12:20 end"
    ) == [
        '09:30:00 refused command=skip reason="no prompt is open"',
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:05:00 outcome skipped sat=3900",
        "11:05:00 held exercise=standing-lunge reasons=call",
        "11:05:10 outcome skipped sat=7510",
        "12:05:10 prompt exercise=standing-lunge sat=11110 snoozes_left=3",
        "12:06:00 snooze for=600 until=12:16:00",
        "12:07:00 outcome skipped sat=11220",
    ]


def test_a_break_after_a_skip_starts_the_hour_again() -> None:
    """Unless the sitting clock started again in between."""
    assert run("10:10 skip\n10:30 done\n11:31 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:05:00 remind",
        "10:10:00 remind",
        "10:10:00 outcome skipped sat=4200",
        "10:30:00 outcome done sat=5400",
        "11:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_done_starts_the_sitting_clock_again() -> None:
    """With a prompt and without one, also twice."""
    assert run("09:30 done\n10:31 done\n10:32 done\n11:33 end") == [
        "09:30:00 outcome done sat=1800",
        "10:30:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:31:00 outcome done sat=3660",
        "10:32:00 outcome done sat=60",
        "11:32:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_done_takes_a_held_and_a_snoozed_prompt() -> None:
    """It is allowed at any time but in a session."""
    assert run("09:30 hold call\n10:01 done\n10:02 free call\n11:02 snooze\n11:03 done\n12:04 end") == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:01:00 outcome done sat=3660",
        "11:01:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "11:02:00 snooze for=600 until=11:12:00",
        "11:03:00 outcome done sat=3720",
        "12:03:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_a_hold_keeps_a_prompt_back_and_settles() -> None:
    """Said once; half a minute after the last of them has gone it is offered."""
    assert run("09:50 hold call\n09:51 hold dnd\n10:10 free call\n10:20 free dnd\n10:21 end") == [
        "10:00:00 held exercise=standing-lunge reasons=call,dnd",
        "10:20:30 prompt exercise=standing-lunge sat=4830 snoozes_left=3",
    ]


def test_a_new_reason_in_the_settle_holds_again() -> None:
    """`held` is not said again: the prompt was not offered in between."""
    assert run("09:50 hold call\n10:10 free call\n10:10:20 hold app\n10:12 free app\n10:13 end") == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:12:30 prompt exercise=standing-lunge sat=4350 snoozes_left=3",
    ]


def test_a_settle_alone_is_not_said() -> None:
    """A hold that went just before keeps it back for the rest of the settle, silently."""
    assert run("09:50 hold call\n09:59:50 free call\n10:01 end") == [
        "10:00:20 prompt exercise=standing-lunge sat=3620 snoozes_left=3",
    ]


def test_a_reason_that_comes_in_a_silent_settle_is_said_then() -> None:
    """At the instant at which the waiting prompt has a reason to wait."""
    assert run("09:50 hold call\n09:59:50 free call\n10:00:10 hold fullscreen\n10:05 free fullscreen\n10:06 end") == [
        "10:00:10 held exercise=standing-lunge reasons=fullscreen",
        "10:05:30 prompt exercise=standing-lunge sat=3930 snoozes_left=3",
    ]


def test_the_settle_is_as_long_as_is_set() -> None:
    """Down to nothing at all."""
    assert run("09:50 hold call\n10:10 free call\n10:13 end", settings(prompt_settle="2m")) == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:12:00 prompt exercise=standing-lunge sat=4320 snoozes_left=3",
    ]
    assert run("09:50 hold call\n10:10 free call\n10:13 end", settings(prompt_settle="0s")) == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:10:00 prompt exercise=standing-lunge sat=4200 snoozes_left=3",
    ]


def test_a_hold_while_offered_leaves_the_prompt() -> None:
    """A reminder that falls into it is left out and counts as used."""
    assert run("10:04 hold call\n10:06 free call\n10:20 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:10:00 remind",
    ]


def test_a_hold_is_heeded_for_three_hours_at_most() -> None:
    """Then the prompt is offered, though the call goes on; and the next one again, until the hold has gone once."""
    assert run("09:30 hold call\n13:01 done\n14:02 done\n14:03 free call\n14:04 hold call\n15:03 end") == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "13:00:00 prompt exercise=standing-lunge sat=14400 snoozes_left=3",
        "13:01:00 outcome done sat=14460",
        "14:01:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "14:02:00 outcome done sat=3660",
        "15:02:00 held exercise=standing-lunge reasons=call",
    ]


def test_the_limit_counts_for_one_prompt() -> None:
    """From when the prompt waits, or from when the hold began, whichever is later."""
    assert run("10:00 hold call\n10:01 skip\n11:30 end", settings(hold_limit="20m")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome skipped sat=3660",
        "11:01:00 held exercise=standing-lunge reasons=call",
        "11:21:00 prompt exercise=standing-lunge sat=8460 snoozes_left=3",
        "11:26:00 remind",
    ]
    assert run("09:55 hold call\n10:10 hold dnd\n10:35 end", settings(hold_limit="20m")) == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:30:00 prompt exercise=standing-lunge sat=5400 snoozes_left=3",
        "10:35:00 remind",
    ]


def test_a_limit_passed_in_a_pause_waits_for_the_pause() -> None:
    """The hold is ignored then, the pause is not."""
    assert run("09:30 hold call\n09:40 pause\n11:00 resume\n11:06 end", settings(hold_limit="20m")) == [
        "10:00:00 held exercise=standing-lunge reasons=call,paused",
        "11:05:00 prompt exercise=standing-lunge sat=7500 snoozes_left=3",
    ]


def test_a_snooze_starts_the_limit_anew() -> None:
    """It waits in one piece."""
    assert run("10:01 snooze\n10:02 hold call\n10:40 end", settings(hold_limit="20m")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 snooze for=600 until=10:11:00",
        "10:11:00 held exercise=standing-lunge reasons=call",
        "10:31:00 prompt exercise=standing-lunge sat=5460 snoozes_left=2",
        "10:36:00 remind",
    ]


def test_a_hold_that_is_reported_twice_is_one() -> None:
    """And one that ends twice, or never began, ends nothing."""
    assert run("09:50 free dnd\n09:50 hold call\n09:55 hold call\n10:10 free call\n10:10:20 free call\n10:11 end") == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "10:10:30 prompt exercise=standing-lunge sat=4230 snoozes_left=3",
    ]


def test_stand_starts_the_clock_again_with_prompts_of_its_own() -> None:
    """Every `prompt.every_standing`; sit turns it back. Neither says anything by itself."""
    assert run("09:30 stand\n10:16 sit\n11:17 end", settings(prompt_every_standing="45m")) == [
        "10:15:00 prompt exercise=standing-lunge sat=2700 snoozes_left=3",
        "10:16:00 outcome done sat=2760",
        "11:16:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_stand_and_sit_close_an_open_prompt_as_done() -> None:
    """Whatever its state."""
    assert run("10:01 stand\n10:50 hold call\n11:02 sit\n11:03 free call\n12:03 end") == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:01:00 outcome done sat=3660",
        "11:01:00 held exercise=standing-lunge reasons=call",
        "11:02:00 outcome done sat=3660",
        "12:02:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_what_is_so_already_is_refused() -> None:
    """Sit while sitting, stand while standing; the clock stays."""
    assert run("09:10 sit\n09:20 stand\n09:30 stand\n10:21 end") == [
        '09:10:00 refused command=sit reason="already sitting"',
        '09:30:00 refused command=stand reason="already standing"',
        "10:20:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
    ]


def test_the_missed_clock_of_somebody_who_stands_is_that_of_sitting() -> None:
    """`prompt.every` says how long a prompt stays, whoever it is for."""
    assert run("09:10 stand\n12:00 end", settings(prompt_every_standing="30m", prompt_reminders="0")) == [
        "09:40:00 prompt exercise=standing-lunge sat=1800 snoozes_left=3",
        "10:40:00 outcome missed sat=5400",
        "10:40:00 prompt exercise=standing-lunge sat=5400 snoozes_left=3",
        "11:40:00 outcome missed sat=9000",
        "11:40:00 prompt exercise=standing-lunge sat=9000 snoozes_left=3",
    ]


def test_the_label_outlives_breaks_and_sessions() -> None:
    """Prompts go on coming every thirty minutes."""
    changed = settings(prompt_every_standing="30m", prompt_reminders="0")
    assert run("09:10 stand\n09:20 lock\n09:25 unlock\n09:30 begin\n10:10 end", changed, without="cue session") == [
        "09:25:00 natural seconds=300",
        "09:33:18 outcome completed left=30 right=30 walk=120",
        "10:03:18 prompt exercise=standing-lunge sat=1800 snoozes_left=3",
    ]


def test_a_shorter_time_takes_effect_at_once() -> None:
    """And a longer one takes the prompt that is not due yet further away."""
    assert run("09:30 set prompt.every 20m\n09:31 end") == [
        "09:30:00 prompt exercise=standing-lunge sat=1800 snoozes_left=3",
    ]
    assert run("09:30 set prompt.every 90m\n10:31 end") == [
        "10:30:00 prompt exercise=standing-lunge sat=5400 snoozes_left=3",
    ]


def test_an_offered_prompt_keeps_its_settings() -> None:
    """Its reminders, its snoozes and its missed clock; the next offer has the new ones."""
    script = "10:01 set prompt.snoozes 0\n10:01 set prompt.remind_every 20m\n10:01 set prompt.every 30m\n"
    script += "10:06 snooze\n10:45 end"
    assert run(script) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:05:00 remind",
        "10:06:00 snooze for=600 until=10:16:00",
        "10:16:00 prompt exercise=standing-lunge sat=4560 snoozes_left=0",
        "10:36:00 remind",
    ]
    assert run(script.replace("10:06 snooze\n10:45", "11:30")) == [
        "10:00:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "10:05:00 remind",
        "10:10:00 remind",
        "11:00:00 outcome missed sat=7200",
        "11:00:00 prompt exercise=standing-lunge sat=7200 snoozes_left=0",
        "11:20:00 remind",
        "11:30:00 outcome missed sat=9000",
        "11:30:00 prompt exercise=standing-lunge sat=9000 snoozes_left=0",
    ]


def test_nothing_queues_up() -> None:
    """Three hours of a call make one prompt."""
    assert run("09:10 hold call\n12:00 free call\n12:01 done\n12:02 end") == [
        "10:00:00 held exercise=standing-lunge reasons=call",
        "12:00:30 prompt exercise=standing-lunge sat=10830 snoozes_left=3",
        "12:01:00 outcome done sat=10860",
    ]


def test_a_command_that_the_state_does_not_allow_is_refused_with_its_reason() -> None:
    """Each says what is wrong; the run goes on."""
    assert run("09:10 resume\n09:11 undo\n09:12 toggle\n09:13 choose walk=0s\n09:14 skip\n09:15 end") == [
        '09:10:00 refused command=resume reason="not paused"',
        '09:11:00 refused command=undo reason="there is nothing to take back"',
        '09:12:00 refused command=toggle reason="no session is running"',
        '09:13:00 refused command=choose reason="no session is running"',
        '09:14:00 refused command=skip reason="no prompt is open"',
    ]
