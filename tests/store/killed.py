"""Run as a program: kills a writer of the history again and again, at any instant, and looks at what it left.

    killed.py FOLDER SEED ROUNDS

Each round forks a child that works on the history and says over a pipe what it has finished; SIGKILL ends it after a random
number of those plus a random bit of a commit. Whatever it was doing, the file must then hold what was said, or one piece
of work more, whole.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from store.samples import START, VERSION, samples, step
from unsit.core.model import State
from unsit.store.history import History, backups
from unsit.store.memory import MemoryHistory
from unsit.store.recovery import open_or_recover

WAITING = 10
"""Steps that are moved from memory to the file at once."""


def append(path: Path, say: Callable[[int], None]) -> None:
    history = History.open(path)
    state = history.restore().state
    for event, decisions, after in samples(state, history.last_id):
        say(history.append(event, decisions, after, VERSION))


def take_over(path: Path, say: Callable[[int], None]) -> None:
    history = History.open(path)
    state = history.restore().state
    while True:
        memory = MemoryHistory(path, history)
        history.close()
        for event, decisions, after in islice(samples(state, memory.last_id), WAITING):
            state = after
            memory.append(event, decisions, after, VERSION)
        history = memory.try_again()
        say(history.last_id)


def back_up(path: Path, say: Callable[[int], None]) -> None:
    history = History.open(path)
    state = history.restore().state
    for n, (event, decisions, after) in enumerate(samples(state, history.last_id)):
        say(history.append(event, decisions, after, VERSION))
        history.backup(path.parent, f"2026-03-{n % 28 + 1:02}")


def examine(path: Path, said: int, most_more: int) -> int:
    """The number of the last event."""
    history, problems = open_or_recover(path)
    assert isinstance(history, History), problems
    assert not problems, problems
    restored = history.restore(_must_not_replay)
    last = history.last_id
    assert last - said in (0, most_more), f"{said} were said to be written, {last} are there"
    assert (restored.state.records if restored.state else 0) == last, "the state is not that after the last event"
    rows = history.outcomes(START - timedelta(days=1), START + timedelta(days=9999))
    assert len({(row.epoch, row.record) for row in rows}) == len(rows), "something is recorded twice"
    assert len(rows) + len(_starts(history)) == last, "an outcome is missing"
    history.check()
    history.close()
    for backup in backups(path.parent):
        copy = History.open(backup, read_only=True)
        copy.check()
        assert copy.last_id, f"{backup.name} is empty"
        copy.close()
    return last


def _starts(history: History) -> list[int]:
    """Events without an outcome."""
    found: list[int] = []

    def count(state: State | None, event: object) -> State:
        if type(event).__name__ == "Started":
            found.append(1)
        return step(state, event)  # type: ignore[arg-type]

    history.replay(None, count)
    return found


def _say(pipe: int, event_id: int) -> None:
    os.write(pipe, event_id.to_bytes(4, "big"))


def _must_not_replay(state: State | None, event: object) -> State:
    raise AssertionError("the state of the last commit can always be read")


def main(folder: Path, seed: int, rounds: int) -> None:
    rng = random.Random(seed)
    path = folder / "history.db"
    last = 0
    for number in range(rounds):
        if last > 400 or number % 10 == 0:  # a new file: making it can be killed too
            for file in folder.iterdir():
                file.unlink()
            last = 0
        work = rng.choice((append, append, take_over, back_up))
        ours, childs = os.pipe()
        child = os.fork()
        if not child:
            os.close(ours)
            try:
                work(path, partial(_say, childs))
            finally:
                os._exit(1)
        os.close(childs)
        said = last
        for _ in range(rng.choice((0, 0, 1, 2, 5, rng.randint(0, 30)))):
            if message := os.read(ours, 4):
                said = int.from_bytes(message, "big")
        time.sleep(rng.choice((0.0, rng.random() * 0.0005, rng.random() * 0.004)))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while message := os.read(ours, 4):  # what it had said before it died
            said = int.from_bytes(message, "big")
        os.close(ours)
        try:
            last = examine(path, said, WAITING if work is take_over else 1)
        except BaseException:
            kept = folder.with_name(f"{folder.name}-kept")
            shutil.copytree(folder, kept, dirs_exist_ok=True)
            print(f"round {number} ({work.__name__}), files in {kept}", file=sys.stderr)
            raise


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
