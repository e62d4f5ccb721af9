"""Run as a program: a shell on a real clock and a real history, killed at any instant and started again, many times.

    killed.py FOLDER SEED ROUNDS

Each round forks a child that restores the day, obeys commands at random and says over a pipe what it has written down and
what it has shown; SIGKILL ends it after a random time. What is then on the disk must be what was said, or one step more,
whole; what was shown must be there; and the next child must go on from it as the rules say of a restart.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from support.log import decisions_of
from support.shell_ports import loaded_with, read_brief
from unsit import settings as all_settings
from unsit.adapters import null
from unsit.adapters.clock_linux import BootAlarmClock
from unsit.adapters.presence import Presence
from unsit.core import engine
from unsit.core.model import (
    AnyDecision,
    AnyEvent,
    NaturalBreak,
    Outcome,
    Prompted,
    PromptSettings,
    Reminded,
    Revoked,
    SessionBegan,
    State,
    StretchSettings,
)
from unsit.daemon.instance import InstanceLock
from unsit.daemon.shell import Origin, Ports, Refusal, Shell
from unsit.ports import Note
from unsit.store.history import History
from unsit.store.recovery import open_or_recover
from unsit.store.writer import AsyncHistory

LONGEST_S = 0.12
"""Of one life."""
COMMANDS: dict[str, tuple[dict[str, Any], ...]] = {
    "begin": ({"exercise": "walk"}, {}), "next": ({},), "previous": ({},), "toggle": ({},), "stop": ({},),
    "choose": ({"walk": 0.0}, {"first": "right"}), "snooze": ({"for": 0.01},), "skip": ({},), "done": ({},), "undo": ({},),
    "pause": ({"for": 0.02},), "resume": ({},), "stand": ({},), "sit": ({},),
}  # fmt: skip

Say = Callable[[dict[str, Any]], None]


def settings() -> Any:
    """A day in which everything happens within hundredths of a second."""
    return loaded_with(
        all_settings.load({}),
        prompt=PromptSettings(
            every_s=0.03, every_standing_s=0.03, settle_s=0.0, settle_after_pause_s=0.0, remind_every_s=0.01, snooze_s=0.01
        ),
        stretch=StretchSettings(walk_s=0.01),
    )  # fmt: skip


class SayingHistory(AsyncHistory):
    """Says each step once it is on the disk."""

    say: Say

    async def append(self, event: AnyEvent, decisions: Sequence[AnyDecision], state: State, version: str) -> int:
        number = await super().append(event, decisions, state, version)
        again = [decision.prompt for decision in decisions if isinstance(decision, Prompted) and decision.again]
        offered = state.prompt.id if state.prompt and state.prompt.stage == "offered" else None
        runs = state.session is not None and state.session.paused_s is None
        self.say({"written": number, "event": type(event).__name__, "again": again, "offered": offered, "runs": runs})
        return number


class SayingNotifier(null.NullNotifier):
    def __init__(self, say: Say, shell: Callable[[], Shell]) -> None:
        super().__init__()
        self._say, self._shell = say, shell

    async def show(self, note: Note) -> None:
        shown = self._shell()._shown_prompt
        if note.slot == "prompt" and shown is not None:
            self._say({"shown": shown})


async def live(folder: Path, say: Say, rng: random.Random) -> None:
    history = SayingHistory(
        folder / "history.db", lambda problems: say({"problems": [str(problem) for problem in problems]})
    )
    history.say = say
    brief = read_brief()
    ports = Ports(
        clock=BootAlarmClock(), history=history, notifier=SayingNotifier(say, lambda: shell), tray=null.NullTray(),
        presence=Presence({}, {}), guide=null.NullGuide(), life=InstanceLock(folder),
    )  # fmt: skip
    shell = Shell(ports, settings(), brief, lambda: "UTC", lambda loaded: (loaded, brief), no_evidence)
    running = asyncio.create_task(shell.run())
    while shell.state is None:  # noqa: ASYNC110  it tells nobody
        await asyncio.sleep(0)
    while not running.done():
        allowed = [word for word in shell.snapshot().allowed if word in COMMANDS]
        word = rng.choice(allowed if rng.random() < 0.9 else list(COMMANDS))
        try:
            await shell.command(word, rng.choice(COMMANDS[word]), Origin("test"))
            say({"obeyed": word})
        except Refusal:
            pass
        await asyncio.sleep(rng.choice((0, 0, 0.001, 0.004)))
    await running


async def no_evidence(_boot_id: str) -> float | None:
    return None


def examine(folder: Path, before: State | None, said: list[dict[str, Any]], *, replays: bool) -> State | None:
    """What the killed child left -> the state that the next one finds."""
    history, problems = open_or_recover(folder / "history.db")
    assert isinstance(history, History), problems
    assert not problems, problems
    try:
        written = [message for message in said if "written" in message]
        if written:
            assert not [message for message in said if message.get("problems")], said
            more = history.last_id - written[-1]["written"]
            assert more in (0, 1), f"{more} steps more than was said: {said[-5:]}"
        state = history.restore(lambda *_: _fail()).state
        if replays:
            replayed = history.replay(None, lambda state, event: engine.step(state, event)[0])
            assert replayed == state, "the log is not the state"
        decisions = decisions_of(history)
    finally:
        history.close()
    _examine_outcomes(decisions, state)
    offered = {decision.prompt for decision in decisions if isinstance(decision, Prompted | Reminded)}
    shown = {message["shown"] for message in said if "shown" in message}
    assert shown <= offered, f"shown, but not written down before: {shown - offered}"
    if written:
        _examine_restart(before, written[0])
    return state


def _examine_outcomes(decisions: list[AnyDecision], state: State | None) -> None:
    """Every prompt and session has one end, or is the open one."""
    opened: set[int] = set()
    ended: Counter[int] = Counter()
    for decision in decisions:
        match decision:
            case Prompted(prompt=number, again=False):
                opened.add(number)
            case SessionBegan(session=number, prompt=None):
                opened.add(number)
            case Outcome(record=number):
                ended[number] += 1
            case NaturalBreak(record=number):
                ended[number] += 1
            case Revoked(first_record=first):
                opened = {number for number in opened if number < first}
                ended = Counter({number: count for number, count in ended.items() if number < first})
    assert all(count == 1 for count in ended.values()), f"twice: {ended}"
    open_now = set()
    if state is not None:
        if state.prompt:
            open_now.add(state.prompt.id)
        if state.session:
            open_now.add(state.session.prompt.id if state.session.prompt else state.session.id)
    assert opened - ended.keys() <= open_now, f"without an end: {opened - ended.keys() - open_now}"
    assert not open_now & ended.keys(), "open, and ended"


def _examine_restart(before: State | None, first: dict[str, Any]) -> None:
    """The first thing that a child wrote after the death of the one before it."""
    assert first["event"] == "Started"
    assert not first["runs"], "a session goes on by itself"
    if (
        before is not None
        and before.prompt
        and before.prompt.stage == "offered"
        and first["offered"] == before.prompt.id
    ):
        assert first["again"] == [before.prompt.id], "the prompt that was on the screen is not shown again"


def _fail() -> Any:
    raise AssertionError("the state of the last commit can always be read")


def main(folder: Path, seed: int, rounds: int) -> None:
    logging.disable()
    rng = random.Random(seed)
    state: State | None = None
    seen: Counter[str] = Counter()
    for number in range(rounds):
        if number % 40 == 0:
            for file in folder.iterdir():
                file.unlink()
            state = None
        ours, childs = os.pipe()
        child_seed = rng.randrange(2**32)
        child = os.fork()
        if not child:
            os.close(ours)

            def say(message: dict[str, Any], pipe: int = childs) -> None:
                os.write(pipe, json.dumps(message).encode() + b"\n")

            try:
                asyncio.run(live(folder, say, random.Random(child_seed)))
            finally:
                os._exit(1)
        os.close(childs)
        with os.fdopen(ours, "rb") as pipe:
            first = pipe.readline() if rng.random() < 0.9 else b""  # sometimes it dies before it has said anything
            time.sleep(rng.random() * LONGEST_S)
            os.kill(child, signal.SIGKILL)
            _pid, status = os.waitpid(child, 0)
            said = [json.loads(line) for line in (first + pipe.read()).splitlines() if line.endswith(b"}")]
        try:
            assert os.WIFSIGNALED(status), "it ended by itself"
            after = examine(folder, state, said, replays=number % 8 == 7)
            seen.update(message.get("obeyed") or next(iter(message)) for message in said)
            seen["again"] += sum(bool(message.get("again")) for message in said)
            if state is not None and state.session is not None and said:
                seen["in a session"] += 1
            state = after
        except BaseException:
            kept = folder.with_name(f"{folder.name}-kept")
            shutil.copytree(folder, kept, dirs_exist_ok=True)
            print(f"round {number}, files in {kept}", file=sys.stderr)
            raise
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
