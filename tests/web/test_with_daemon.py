"""The pages with the real daemon: what one says the other understands."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from support.daemon_run import DaemonRun
from support.desktop import Desktop
from support.visitor import Visitor
from unsit.core.snapshot import Snapshot

UNSIT = [sys.executable, "-m", "unsit"]


def test_the_guide_shows_and_steers_the_daemons_session(session_bus: Desktop) -> None:
    """Begun on the command line: the guide opens, shows it, changes it; every command of the page is one of the daemon's."""
    opened = session_bus.dir / "opened"
    opener = session_bus.dir / "opener"
    opener.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    opener.chmod(0o755)
    session_bus.env["UNSIT_GUIDE__BROWSER"] = f"{opener} {{url}}"
    daemon = session_bus.start([*UNSIT, "run"], "daemon")
    socket = Path(session_bus.env["XDG_RUNTIME_DIR"], "unsit", "control.sock")
    session_bus.wait_for(socket.exists, what="the control socket")

    def snapshot() -> Snapshot:
        return msgspec.json.decode(session_bus.run([*UNSIT, "status", "--json"]).stdout, type=Snapshot)

    assert session_bus.run([*UNSIT, "begin", "supine"]).returncode == 0
    session_bus.wait_for(lambda: opened.exists() and opened.read_text().endswith("\n"), what="the guide to be opened")
    visitor = Visitor(opened.read_text().strip())

    view = visitor.first["view"]
    assert isinstance(view, dict)
    assert view["session"]["title"] == "Supine psoas stretch"
    real = snapshot().session
    assert real
    assert real.ends
    assert view["session"]["ends_s"] == real.ends.boot_s
    for button in view["session"]["choices"]["buttons"]:
        assert visitor.command("choose", **button["params"])[0] == 200, button
    changed = snapshot().session
    assert changed
    assert changed.first["supine"] == "right"
    assert changed.hold_s["supine"] == 45
    assert [segment.kind for segment in changed.segments] == ["prepare", "hold", "switch", "hold"]

    assert visitor.command("next")[0] == 200
    status, refusal = visitor.command("snooze", **{"for": "5m"})
    assert status == 409
    assert refusal["message"]
    assert visitor.command("hurts")[0] == 200
    end = visitor.look()["view"]
    assert isinstance(end, dict)
    assert end["end"]["title"] == "Stopped, because it hurt"
    assert snapshot().hurt == ("supine",)
    session_bus.stop(daemon)


PRESCRIBED = """
id = "knee-after-march"
name = "Knee, as shown in March"
kind = "strength"
place = "desk"
steps = ["Stand behind the chair and hold on to it."]
cautions = ["Only as far as it does not hurt."]

[[sources]]
title = "Shown to me by my physiotherapist"

[cues.switch]
start = "The other leg."

[[stages]]
name = "Bend"
work = "hold"
seconds = 3
per_side = true
[stages.cues.hold]
start = "Bend your {side} knee."

[[stages]]
name = "Let go"
work = "rest"
seconds = 3
prepare = 0
[stages.cues.rest]
start = "Both feet down. Let go."
"""


def test_a_prescribed_exercise_from_its_file_to_the_history(session_bus: Desktop) -> None:
    """New, written, checked, listed, switched on, begun, seen in the guide with its parts and sides, and on record."""
    opened = session_bus.dir / "opened"
    opener = session_bus.dir / "opener"
    opener.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    opener.chmod(0o755)
    daemon = DaemonRun(session_bus)
    daemon.env["UNSIT_GUIDE__BROWSER"] = f"{opener} {{url}}"
    daemon.start()
    file = Path(daemon.done("exercise", "new", "Knee", "after", "March").splitlines()[0])
    assert file.name == "knee-after-march.toml"
    file.write_text(PRESCRIBED.replace("seconds = 3\nper_side", "seconds = 2\nper_side"))
    wrong = daemon.unsit("exercise", "check")
    assert wrong.returncode == 1
    assert wrong.stdout == f"{file}:18: stages[0].seconds: is too short. Right: seconds, 3 or more\n"
    daemon.wait(lambda: any("stages[0].seconds" in problem for problem in daemon.problems), "the mistake to be noticed")

    file.write_text(PRESCRIBED)

    daemon.wait(lambda: not any(file.name in problem for problem in daemon.problems), "the file to be read by itself")
    assert "Knee, as shown in March (knee-after-march), 17 s with both sides" in daemon.done("exercise", "check")
    daemon.done("exercise", "on", "knee-after-march")
    assert "Knee, as shown in March" in daemon.done("exercise", "list")
    daemon.done("begin", "knee-after-march")
    daemon.wait(lambda: opened.exists() and opened.read_text().endswith("\n"), "the guide to be opened")
    view = Visitor(opened.read_text().strip()).first["view"]
    assert isinstance(view, dict)
    assert view["session"]["title"] == "Knee, as shown in March"
    segments = view["session"]["segments"]
    assert [(segment["kind"], segment["seconds"], segment["side"]) for segment in segments] == [
        ("prepare", 10, None), ("hold", 3, "left"), ("switch", 8, None), ("hold", 3, "right"), ("rest", 3, None),
    ]  # fmt: skip
    assert [segment["cues"][0][1] for segment in segments[1:]] == [
        "Bend your left knee.", "The other leg.", "Bend your right knee.", "Both feet down. Let go.",
    ]  # fmt: skip
    daemon.done("session", "next")
    daemon.wait(lambda: daemon.snapshot["session"]["index"] == 2, "the left side to be over")
    daemon.done("session", "next")
    daemon.wait(lambda: daemon.snapshot["session"] is None, "the end")

    last = daemon.snapshot["last"]
    daemon.end()
    assert (last["word"], last["exercises"]) == ("completed", ["knee-after-march"])
    assert last["work"] == {"left": 3.0, "right": 3.0, "walk": 0.0, "rest": 3.0}
    (row,) = daemon.outcomes()
    assert row["word"] == "completed"
    assert "knee-after-march" in str(dict(row))
