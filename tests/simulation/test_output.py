"""What `unsit simulate` prints: the format to the letter."""

from __future__ import annotations

import json
import textwrap
import time
from datetime import datetime
from pathlib import Path

from bench.ten_years import script
from simulation.conftest import Simulate
from unsit.core.model import (
    AnyDecision,
    Cue,
    Held,
    NaturalBreak,
    Outcome,
    Prompted,
    Refused,
    Revoked,
    Segment,
    SessionBegan,
    Withdrawn,
)
from unsit.simulation.lines import as_json, as_text, describe, stamp

RULES = Path(__file__).parents[2] / "docs" / "rules.md"


def documented() -> tuple[str, list[str]]:
    """The day of docs/rules.md, and what it says that it prints."""
    text = RULES.read_text(encoding="utf-8")
    day, _, printed = text.partition("For example this day\n\n")[2].partition("\nprints\n\n")
    return textwrap.dedent(day), textwrap.dedent(printed.partition("\n\n")[0]).splitlines()


def test_the_documented_day(simulate: Simulate) -> None:
    """docs/rules.md shows what is printed, line by line."""
    day, printed = documented()
    code, out, err = simulate(day)

    assert (code, err) == (0, "")
    assert out.splitlines() == printed
    assert len(printed) == 16


def test_json_has_the_same_fields(simulate: Simulate) -> None:
    """One object a line: time, event, its word under the event's name, then the fields as numbers and texts."""
    day, printed = documented()
    code, out, err = simulate(day, "--json")
    records = [json.loads(line) for line in out.splitlines()]

    assert (code, err) == (0, "")
    assert records[0] == {
        "time": "2026-03-02T10:00:00+01:00", "event": "prompt", "exercise": "standing-lunge", "sat": 3600, "snoozes_left": 3,
    }  # fmt: skip
    assert records[2] == {
        "time": "2026-03-02T10:06:10+01:00", "event": "snooze", "for": 600, "until": "2026-03-02T10:16:10+01:00",
    }  # fmt: skip
    assert records[6] == {
        "time": "2026-03-02T10:16:40+01:00", "event": "cue", "cue": "hold", "side": "left", "seconds": 30,
    }  # fmt: skip
    assert records[11]["outcome"] == "completed"
    assert records[12]["reasons"] == "call,dnd"
    assert records[-1]["reason"] == "no prompt is offered"
    for line, record in zip(printed, records, strict=True):
        when, event, *rest = line.split(" ", 2)
        assert (record["time"], record["event"]) == (when, event)
        for key, value in record.items():
            if key not in ("time", "event", event):
                assert f"{key}={value}" in rest[0] or f'{key}="{value}"' in rest[0]


def test_again_is_true_in_json(simulate: Simulate) -> None:
    """A truth, not a text; and it comes last."""
    _, text, _ = simulate("2026-03-02T09:00 start\n10:01 kill\n10:02 end\n")
    _, out, _ = simulate("2026-03-02T09:00 start\n10:01 kill\n10:02 end\n", "--json")

    assert text.splitlines()[-1].endswith(" snoozes_left=3 again=true")
    assert json.loads(out.splitlines()[-1])["again"] is True


def test_a_clock_line_adds_the_wall(simulate: Simulate) -> None:
    """From it on each line ends with what the wall shows; times stay the script's, also that of a snooze."""
    _, out, _ = simulate("2026-03-02T09:30 start\n10:30 clock +2h\n10:31 snooze\n10:32 clock -2h\n10:42 end\n")

    assert out.splitlines() == [
        "2026-03-02T10:30:00+01:00 prompt exercise=standing-lunge sat=3600 snoozes_left=3",
        "2026-03-02T10:31:00+01:00 snooze for=600 until=2026-03-02T10:41:00+01:00 wall=2026-03-02T12:31:00+01:00",
        "2026-03-02T10:41:00+01:00 prompt exercise=standing-lunge sat=4260 snoozes_left=2 wall=2026-03-02T10:41:00+01:00",
    ]
    _, out, _ = simulate("2026-03-02T09:30 start\n10:00 clock +15m\n10:31 end\n", "--json")
    assert json.loads(out)["wall"] == "2026-03-02T10:45:00+01:00"


def test_a_routine_names_itself_on_every_line(simulate: Simulate) -> None:
    """From its offer to its outcome."""
    Path("own.toml").write_text(
        '[[routine]]\nname = "rest"\ncron = "0 10 * * *"\nexercises = ["constructive-rest"]\nenabled = true\n'
    )
    _, out, _ = simulate("2026-03-02T09:30 start\n10:01 begin\n10:20 end\n", "--config", "own.toml")

    lines = out.splitlines()
    assert [line.split()[1] for line in lines] == ["routine", "session", "cue", "cue", "cue", "outcome"]
    assert all(line.endswith(" routine=rest") for line in lines)


def test_the_hour_that_comes_twice_is_told_apart_by_its_offset(simulate: Simulate) -> None:
    """Summer time ends: the prompt of half past two, an hour later."""
    _, out, _ = simulate("2026-10-25T01:30 start\n2026-10-25T02:45:00+01:00 end\n")

    assert [line.split()[0] for line in out.splitlines()] == [
        "2026-10-25T02:30:00+02:00", "2026-10-25T02:35:00+02:00", "2026-10-25T02:40:00+02:00",
        "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00", "2026-10-25T02:35:00+01:00", "2026-10-25T02:40:00+01:00",
    ]  # fmt: skip


def test_seconds_are_whole_and_floored(simulate: Simulate) -> None:
    """Half a second is none."""
    _, out, _ = simulate("2026-03-02T09:00 start\n+10.9s done\n+1s end\n")

    assert out.splitlines() == ["2026-03-02T09:00:10+01:00 outcome done sat=10"]


NOW = datetime.fromisoformat("2026-03-02T10:00:00+01:00")
DECISIONS: dict[AnyDecision, str] = {
    Prompted(1, ("a", "b"), 3600.9, 3, routine="r"): "routine exercise=a,b sat=3600 snoozes_left=3 routine=r",
    Held(1, ("a",), ("call", "paused")): "held exercise=a reasons=call,paused",
    Withdrawn(1, "away", "r"): "withdraw reason=away routine=r",
    SessionBegan(2, ("a",), 198.0): "session exercise=a seconds=198",
    Cue(2, Segment("reps", 40, "left", "a")): "cue reps side=left seconds=40",
    NaturalBreak(3, 120.99): "natural seconds=120",
    Outcome(1, "expired", sat_s=5.0, routine="r"): "outcome expired sat=5 routine=r",
}


def test_each_decision_as_a_line() -> None:
    """Those whose fields a day does not reach; what an undo takes back is not printed."""
    for decision, expected in DECISIONS.items():
        described = describe(decision, NOW, 0.0)
        assert described is not None
        assert as_text(NOW, *described) == f"2026-03-02T10:00:00+01:00 {expected}"
    work = {"left": 2.5, "right": 0.0, "walk": 0.0, "rest": 9.0}
    described = describe(Outcome(1, "partial", work=work, reason="pain"), NOW, 0.0)
    assert described is not None
    assert as_text(NOW, *described).endswith(" outcome partial left=2 right=0 walk=0 rest=9 reason=pain")
    assert describe(Revoked("skip", 1), NOW, 0.0) is None


def test_what_has_blanks_or_quotes_is_quoted() -> None:
    """And an empty text too, so that every field is KEY=VALUE for a shell's splitting."""
    fields = {
        "plain": "plain",
        "two words": '"two words"',
        "": '""',
        'say "no" now': '"say \\"no\\" now"',
        'a"b': '"a\\"b"',
    }
    for reason, expected in fields.items():
        described = describe(Refused("skip", reason), NOW, 0.0)
        assert described is not None
        assert as_text(NOW, *described).endswith(f" refused command=skip reason={expected}")
        assert json.loads(as_json(NOW, *described))["reason"] == reason


def test_a_stamp_has_its_offset_and_no_fraction() -> None:
    """To the second."""
    assert stamp(NOW.replace(microsecond=999_999)) == "2026-03-02T10:00:00+01:00"


def test_nothing_happens_after_the_end(simulate: Simulate) -> None:
    """The last line ends the day: what falls due at its instant comes still, nothing later."""
    _, out, _ = simulate("2026-03-02T09:00 start\n10:00 end\n")
    assert len(out.splitlines()) == 1
    _, out, _ = simulate("2026-03-02T09:00 start\n09:59:59 back\n")
    assert out == ""


def test_a_year_of_days(simulate: Simulate) -> None:
    """Every working day of it comes out; how long it takes is printed."""
    year = script(days=260)
    began = time.perf_counter()
    code, out, err = simulate(year)
    print(f"a year of working days: {time.perf_counter() - began:.2f} s, {len(out.splitlines())} lines")

    assert (code, err) == (0, "")
    days = {line.split("T")[0] for line in out.splitlines() if " outcome " in line}
    assert len(days) == 260
