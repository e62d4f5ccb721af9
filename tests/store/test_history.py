"""The file on good days: what goes in comes out, once."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from msgspec.structs import replace

from store.samples import START, VERSION, moment, samples, started, step, undoable
from support.log import decisions_of
from unsit.core.model import (
    AnyDecision,
    HoldBegan,
    NaturalBreak,
    Outcome,
    Revoked,
    State,
    Stopped,
    Tick,
    UndoAsked,
)
from unsit.store.errors import StoreError
from unsit.store.history import SNAPSHOTS_KEPT, History, backups
from unsit.store.rows import WORK_KINDS, outcome_row_of

ALL_TIME = (START - timedelta(days=1), START + timedelta(days=10_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.db"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    opened = History.open(path)
    yield opened
    opened.close()


def fill(history: History, count: int, state: State | None = None, first: int = 0) -> State:
    for event, decisions, state in islice(samples(state, first), count):  # noqa: B020 - the last one is wanted
        history.append(event, decisions, state, VERSION)
    assert state is not None
    return state


def test_a_new_history_knows_nothing(history: History) -> None:
    """No state, no event, and nobody died."""
    restored = history.restore()

    assert (restored.state, restored.last_event_now, restored.was_clean, restored.is_lost) == (None, None, True, False)
    assert (restored.remembered.records, history.snapshot(), history.outcomes(*ALL_TIME)) == (0, None, [])


def test_the_file_is_for_its_owner_only(history: History) -> None:
    """What somebody's day looked like is nobody else's business."""
    fill(history, 1)

    assert {file.name: oct(file.stat().st_mode & 0o777) for file in history.path.parent.iterdir()} == {
        "history.db": "0o600",
        "history.db-wal": "0o600",
        "history.db-shm": "0o600",
    }
    assert history.path.parent.stat().st_mode & 0o777 == 0o700


def test_the_state_comes_back_as_it_was(path: Path, history: History) -> None:
    """The deepest one too: the state before the last command, with what happened since."""
    event, decisions, state = next(samples())
    deep = undoable(state)
    history.append(event, decisions, deep, VERSION)
    history.close()

    again = History.open(path)
    restored = again.restore()
    again.close()

    assert restored.state == deep
    assert (restored.last_event_now, restored.was_clean, restored.version) == (event.now, False, VERSION)


def test_a_clean_stop_is_known_from_a_death(history: History) -> None:
    """By its last event."""
    state = fill(history, 3)
    assert not history.restore().was_clean

    event = Stopped(moment(3))
    history.append(event, (), step(state, event), VERSION)

    assert history.restore().was_clean


def test_outcomes_come_back_in_order_and_by_time(history: History) -> None:
    """From the first instant, up to but without the last."""
    fill(history, 5)

    rows = history.outcomes(*ALL_TIME)
    assert [(row.record, row.word, row.wall) for row in rows] == [
        (2, "natural", START + timedelta(minutes=1)),
        (3, "skipped", START + timedelta(minutes=2)),
        (4, "completed", START + timedelta(minutes=3)),
        (5, "natural", START + timedelta(minutes=4)),
    ]
    assert (rows[0].break_s, rows[0].counts, rows[0].work, rows[0].exercises) == (420.0, True, {}, ())
    assert (rows[1].sat_s, rows[1].snoozes, rows[1].session) == (3600.0, 2, None)
    assert (rows[2].work, rows[2].exercises) == ({"left": 30.0, "right": 30.0, "walk": 119.5}, ("standing-lunge",))
    bounded = history.outcomes(START + timedelta(minutes=2), START + timedelta(minutes=4))
    assert [row.record for row in bounded] == [3, 4]


def test_days_add_up(history: History) -> None:
    """By the local date on the row; a break that does not count and what was undone are not in it."""
    fill(history, 8)
    state = history.restore().state
    assert state
    event = UndoAsked(moment(60 * 24))
    decisions = (Revoked("skip", 6), NaturalBreak(6, 50_000.0, counts=False), NaturalBreak(7, 180.0))
    history.append(event, decisions, step(state, event), VERSION)
    nothing = dict.fromkeys(WORK_KINDS, 0.0)

    assert [(row.day.isoformat(), row.word, row.count, row.work, row.break_s) for row in history.days(*ALL_TIME)] == [
        ("2026-03-02", "completed", 1, nothing | {"left": 30.0, "right": 30.0, "walk": 119.5}, 0.0),
        ("2026-03-02", "natural", 2, nothing, 840.0),
        ("2026-03-02", "skipped", 1, nothing, 0.0),
        ("2026-03-03", "natural", 1, nothing, 180.0),
    ]


def test_every_kind_of_work_comes_back(history: History) -> None:
    """Holds for no side too; also where the row was in memory first."""
    state = fill(history, 3)
    decision = Outcome(9, "completed", ("own",), work={kind: 10.0 + n for n, kind in enumerate(WORK_KINDS)}, session=9)

    history.append(Tick(moment(3)), (decision,), replace(state, records=9), VERSION)

    assert history.outcomes(*ALL_TIME)[-1].work == decision.work
    assert history.days(*ALL_TIME)[0].work == decision.work
    row = outcome_row_of(decision, moment(3), 1)
    assert row is not None
    assert row.work == decision.work


def test_nothing_is_recorded_twice(history: History, caplog: pytest.LogCaptureFixture) -> None:
    """A second outcome for one record is left out and said in the log; its event is kept, and the file goes on."""
    state = replace(fill(history, 3), records=99)
    before = history.outcomes(*ALL_TIME)

    history.append(Tick(moment(3)), (Outcome(3, "done", sat_s=1.0),), state, VERSION)

    assert history.outcomes(*ALL_TIME) == before
    assert "Record 3 has ended before" in caplog.text
    assert history.restore().state == state
    assert history.last_id == 4


def test_an_undo_takes_its_records_back_for_good(path: Path, history: History) -> None:
    """Those from the first on; the numbers may be given again."""
    state = fill(history, 5)
    event = UndoAsked(moment(5))
    anew: tuple[AnyDecision, ...] = (Revoked("skip", 3), NaturalBreak(3, 7200.0, counts=False))

    history.append(event, anew, step(state, event), VERSION)

    history.close()
    again = History.open(path)
    rows = again.outcomes(*ALL_TIME)
    again.close()
    assert [(row.record, row.word, row.break_s, row.counts) for row in rows] == [
        (2, "natural", 420.0, True),
        (3, "natural", 7200.0, False),
    ]


def test_a_session_that_was_none_leaves_no_row(history: History) -> None:
    """`void` is a decision, not an outcome of the day."""
    event, _, state = next(samples())
    history.append(event, (Outcome(1, "void", work={"left": 3.0, "right": 0.0, "walk": 0.0}),), state, VERSION)

    assert history.outcomes(*ALL_TIME) == []
    assert decisions_of(history) == [Outcome(1, "void", work={"left": 3.0, "right": 0.0, "walk": 0.0})]


def test_the_log_replays_to_the_same_state(history: History) -> None:
    """From its first event, and from every snapshot."""
    state = fill(history, 4)
    snapshot = history.snapshot()
    state = fill(history, 4, state, first=4)

    assert history.replay(None, step) == state
    assert history.replay(snapshot, step) == state
    with pytest.raises(KeyError):
        history.replay(999, step)


def test_a_fraction_of_a_second_and_an_offset_survive_the_log(history: History) -> None:
    """Instants are multiples of 1/1024 s; a replay must not be off by one."""
    state = fill(history, 1)
    now = replace(moment(1), boot_s=60 + 1 / 1024, wall=moment(1).wall.astimezone().replace(microsecond=977))
    event = HoldBegan(now, "call")
    history.append(event, (), step(state, event), VERSION)
    seen = []

    history.replay(None, lambda state, event: (seen.append(event), step(state, event))[1])  # type: ignore[func-returns-value]

    assert seen == [started(), event]
    assert seen[1].now.wall.utcoffset() == now.wall.utcoffset()


def test_only_the_newest_snapshots_are_kept(history: History) -> None:
    """One is taken at every stop; ten years of them are of no use."""
    fill(history, 1)

    ids = [history.snapshot() for _ in range(SNAPSHOTS_KEPT + 5)]

    with pytest.raises(KeyError):
        history.replay(ids[4], step)
    assert history.replay(ids[5], step) is not None


def spoil_latest(path: Path) -> None:
    """As an upgrade that can no longer read the state would find it."""
    db = sqlite3.connect(path)
    with db:
        db.execute("""UPDATE latest SET state = '{"settings": 7}'""")
    db.close()


def test_a_state_that_no_longer_decodes_is_replayed(history: History, caplog: pytest.LogCaptureFixture) -> None:
    """From the newest snapshot that can be read, with a line in the log."""
    state = fill(history, 3)
    history.snapshot()
    state = fill(history, 3, state, first=3)
    spoil_latest(history.path)

    restored = history.restore(step)

    assert (restored.state, restored.is_lost) == (state, False)
    assert f"The state written by version {VERSION} cannot be read" in caplog.text


def test_a_state_that_is_lost_leaves_the_history(history: History, caplog: pytest.LogCaptureFixture) -> None:
    """A new state takes over what was completed; its numbers begin anew and clash with none."""
    fill(history, 6)
    spoil_latest(history.path)

    def refuses(state: State | None, event: object) -> State:
        raise ValueError("this version does not know that event")

    restored = history.restore(refuses)
    assert (restored.state, restored.is_lost, restored.last_event_now) == (None, True, moment(5))
    assert "cannot be restored" in caplog.text
    assert restored.remembered.completed == {"standing-lunge": 1}
    assert restored.remembered.last_completed == {"standing-lunge": 1}

    state = fill(history, 6, first=6)

    rows = history.outcomes(*ALL_TIME)
    assert [row.epoch for row in rows] == [1] * 5 + [2] * 5
    assert [row.record for row in rows] == [2, 3, 4, 5, 6] * 2
    assert history.restore().state == state
    assert history.replay(None, step) == state


def test_pain_is_remembered_even_if_the_state_is_lost(history: History) -> None:
    """An exercise that hurt stays off, unless it was completed since."""
    event, _, state = next(samples())
    walk = {"left": 0.0, "right": 0.0, "walk": 0.0}
    decisions = (
        Outcome(1, "partial", ("supine",), work=walk, reason="pain"),
        Outcome(2, "partial", ("bridge",), work=walk, reason="pain"),
        Outcome(3, "completed", ("bridge",), work=walk),
    )
    history.append(event, decisions, state, VERSION)
    spoil_latest(history.path)

    assert history.restore().remembered.hurt == {"supine"}


def test_a_reader_beside_the_writer_sees_whole_steps(path: Path, history: History) -> None:
    """Another process reads while the daemon writes: neither waits for the other, and no half step is seen."""
    state = fill(history, 1)
    stop = threading.Event()
    seen: list[int] = []
    broken: list[str] = []

    def read() -> None:
        reader = History.open(path, read_only=True)
        while not stop.is_set():
            restored = reader.restore()
            newest = next(reversed(decisions_of(reader)), None)
            assert restored.state
            seen.append(restored.state.records)
            if isinstance(newest, Outcome) and newest.record < seen[-1]:
                broken.append(f"the state counts {seen[-1]}, its decision is {newest.record}")
        reader.close()

    thread = threading.Thread(target=read)
    thread.start()
    state = fill(history, 300, state, first=1)
    stop.set()
    thread.join(10)

    assert broken == []
    assert seen == sorted(seen)
    assert history.restore().state == state


def test_a_reader_writes_nothing(path: Path, history: History) -> None:
    """Its connection refuses to."""
    state = fill(history, 1)
    reader = History.open(path, read_only=True)

    with pytest.raises(StoreError) as caught:
        reader.append(Tick(moment(1)), (), state, VERSION)
    reader.close()

    assert caught.value.kind == "read-only"


def test_a_backup_is_a_whole_history_in_one_file(path: Path, history: History) -> None:
    """It opens by itself, and holds what was committed up to then."""
    state = fill(history, 4)
    copy = history.backup(path.parent, "2026-03-02")
    fill(history, 2, state, first=4)

    assert [file.name for file in path.parent.iterdir() if file.name.startswith("history-")] == [
        "history-2026-03-02.db"
    ]
    assert copy.stat().st_mode & 0o777 == 0o600
    opened = History.open(copy)
    assert opened.restore().state == state
    opened.close()


def test_three_backups_are_kept(path: Path, history: History) -> None:
    """The newest three; a second one of the same day replaces the first; other files are left alone."""
    fill(history, 1)
    stranger = path.parent / "history-of-rome.db"
    stranger.touch()

    for day in ("2026-03-01", "2026-03-02", "2026-03-02", "2026-03-03", "2026-03-04"):
        history.backup(path.parent, day)

    assert [file.name for file in backups(path.parent)] == [
        "history-2026-03-04.db",
        "history-2026-03-03.db",
        "history-2026-03-02.db",
    ]
    assert stranger.exists()


def test_ten_years_open_at_once(path: Path, history: History, record_property: Callable[[str, object], None]) -> None:
    """The time is printed, not judged: this machine may be busy. The newest state is there without reading the rest."""
    days, a_day = 2300, 150
    state = fill(history, 1)
    history.close()
    # The rows of a day again and again: writing them one by one would take a minute, and the reader cannot tell.
    db = sqlite3.connect(path)
    with db:
        db.execute(
            "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO event SELECT i, 1, 1, i * 60.0, '2026-03-02T09:00:00+00:00', 'Tick', '{}' FROM n",
            (days * a_day,),
        )
        db.execute(
            "INSERT INTO outcome (event_id, epoch, record, word, wall, wall_s, exercises, left_s, right_s, walk_s, counts,"
            " snoozes) SELECT id, 1, id, 'completed', '2026-03-02T09:00:00+00:00', ? + id * 600.0, '[\"walk\"]', 30, 30,"
            " 120, 1, 0 FROM event WHERE id % 15 = 0",
            (START.timestamp(),),
        )
    db.close()

    begin = time.perf_counter()
    again = History.open(path)
    restored = again.restore()
    opened_s = time.perf_counter() - begin
    begin = time.perf_counter()
    week = again.outcomes(START + timedelta(days=2000), START + timedelta(days=2007))
    queried_s = time.perf_counter() - begin
    begin = time.perf_counter()
    decade = again.days(*ALL_TIME)
    added_s = time.perf_counter() - begin
    again.close()

    print(
        f"{days * a_day} events: opened in {opened_s * 1e3:.1f} ms, a week of outcomes in {queried_s * 1e3:.1f} ms,"
        f" all days in {added_s * 1e3:.1f} ms"
    )
    record_property("opened_ms", opened_s * 1e3)
    assert restored.state == state
    assert sum(row.count for row in decade) == days * a_day // 15
    assert len(week) == 7 * 24 * 6 // 15 or len(week) == 7 * 24 * 6 // 15 + 1
