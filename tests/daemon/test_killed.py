"""Death at any instant, of the shell alone many times and of the whole daemon some times: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from support.daemon_run import DaemonRun
from support.desktop import Desktop
from support.notification_servers import FakeServer

ROUNDS = 120
DAEMON_KILLS = 15


@pytest.mark.skipif(sys.platform != "linux", reason="kills by fork and SIGKILL")
def test_a_kill_at_any_instant_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Obeying, deciding, writing, showing or starting: what is found is what was written, and the rules go on from there."""
    seed = random.randrange(2**32)
    folder = tmp_path / "life"
    folder.mkdir()
    began = time.monotonic()

    killer = subprocess.run(
        [sys.executable, Path(__file__).with_name("killed.py"), folder, str(seed), str(ROUNDS)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=240,
    )

    print(f"{ROUNDS} kills, seed {seed}, {time.monotonic() - began:.1f} s: {killer.stdout}")
    assert killer.returncode == 0, f"seed {seed}: {killer.stderr}"
    seen = Counter(json.loads(killer.stdout))
    for what in ("written", "shown", "again", "begin", "skip", "undo", "in a session"):
        assert seen[what], f"nothing of the kind {what!r} happened: {seen}"


async def test_the_whole_daemon_killed_and_started_again(session_bus: Desktop) -> None:
    """With its socket, its lock and its notes: it starts each time, shows the open prompt again, and pauses a stretch."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    server = FakeServer(session_bus)
    await server.start()
    run = DaemonRun(
        session_bus, '[prompt]\nevery = "1 s"\nremind_every = "1 h"\nsettle = "0 s"\n[guide]\nbrowser = "true"\n'
    )
    last: dict[str, Any] | None = None
    ended = 0
    for number in range(DAEMON_KILLS):
        known, shown = run.decided(), len(server.calls)
        process = run.process = session_bus.start(["unsit", "run"], "daemon")
        if number % 5 == 4:  # dead before it was alive
            await asyncio.sleep(rng.random() * 0.3)
            process.kill()
            process.wait()
            continue
        await session_bus.until(lambda: run.maybe_snapshot(), 10, "the daemon")
        found = run.snapshot
        if (was := last) is not None:
            if was["session"] and found["session"]:
                assert found["session"]["paused"], f"{was}\n{found}\n{run.log[-3000:]}"
            if was["phase"] == "due" and found["prompt"] and found["prompt"]["id"] == was["prompt"]["id"]:
                id_ = was["prompt"]["id"]
                new = run.decided()[len(known) :]
                assert any(f"Prompted(prompt={id_}," in line and "again=True" in line for line in new), new
                await session_bus.until(
                    partial(_has_prompted, server, shown),
                    5,
                    "the prompt on the screen",
                )
        if found["session"]:
            await asyncio.to_thread(run.done, "session", "stop")
        elif rng.random() < 0.7:
            await session_bus.until(lambda: run.phase in ("due", "session"), 5, "a prompt")
            if rng.random() < 0.5:
                await asyncio.to_thread(run.done, rng.choice(("skip", "begin", "done")))
        last = run.snapshot
        ended = len(run.words())
        await asyncio.sleep(rng.random() * 0.05)
        process.kill()
        process.wait()
        assert len(run.words()) >= ended, "an outcome is lost"
    rows = run.outcomes()
    assert len({(row["epoch"], row["record"]) for row in rows}) == len(rows)
    assert "Traceback" not in run.log + session_bus.log("daemon")

    orphans = set(server.on_screen)  # of the dead: nobody else can take them back
    await asyncio.to_thread(run.start)
    assert not run.problems
    assert await asyncio.to_thread(run.end) < 1
    assert set(server.on_screen) <= orphans
    assert server.bus is not None
    server.bus.close()


def _has_prompted(server: FakeServer, since: int) -> bool:
    return "Time to get up" in [note.title for note in server.calls[since:]]
