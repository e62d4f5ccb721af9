"""Music that is paused for a stretch: a player of its own, the installed daemon, and nobody who tidies up."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from support.daemon_run import LONG, DaemonRun
from support.desktop import Desktop, needs
from support.sound import start_sound

SETTINGS = LONG + '[stretch]\nhold = "120s"\n[sound]\nmusic = "pause"\n'
PLAYER = """
import asyncio, json, sys
from unsit.adapters.bus import Bus, Interface, Method, Property

async def main():
    status, said = "Playing", []
    def become(word):
        nonlocal status
        status = word
        said.append(word)
        print(json.dumps(said), flush=True)
    bus = await Bus.connect("session")
    bus.export("/org/mpris/MediaPlayer2", Interface(
        "org.mpris.MediaPlayer2.Player",
        methods={"Pause": Method("", "", lambda: become("Paused")), "Play": Method("", "", lambda: become("Playing"))},
        properties={"PlaybackStatus": Property("s", lambda: status)},
    ))
    await bus.request_name("org.mpris.MediaPlayer2.radio")
    print("[]", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def play(desktop: Desktop) -> Callable[[], list[str]]:
    """A player that plays; the result says what has become of it since."""
    start_sound(desktop, "pulseaudio")
    desktop.start([sys.executable, "-c", PLAYER], "player")

    def said() -> list[str]:
        lines = desktop.log("player").splitlines()
        return list(json.loads(lines[-1])) if lines else ["nothing yet"]

    desktop.wait_for(lambda: said() == [], what="the player")
    return said


@needs("pulseaudio", "pactl", "paplay")
def test_a_daemon_that_was_killed_gives_the_music_back(session_bus: Desktop) -> None:
    """Started again it finds the stretch paused: the music comes once somebody ends it, and not while they go on with it."""
    said = play(session_bus)
    run = DaemonRun(session_bus, SETTINGS)
    run.start()
    run.call("begin", exercise="standing-lunge", here=True)
    run.wait(lambda: said() == ["Paused"], "silence")

    run.kill()
    run.start()
    assert run.snapshot["session"]["paused_by"] == "restart"
    run.call("toggle")
    assert said() == ["Paused"]
    run.call("stop")

    run.wait(lambda: said() == ["Paused", "Playing"], "the music")
    run.end()
    assert not (run.socket.parent / "paused.json").exists()


@needs("pulseaudio", "pactl", "paplay")
def test_a_stretch_in_a_terminal_pauses_the_music(session_bus: Desktop) -> None:
    """Where no Unsit runs beside it."""
    said = play(session_bus)
    DaemonRun(session_bus, SETTINGS)
    shown = session_bus.start(["unsit", "stretch", "standing-lunge", "--here", "--plain"], "stretch")
    session_bus.wait_for(lambda: said() == ["Paused"], what="silence")

    session_bus.stop(shown)

    session_bus.wait_for(lambda: said() == ["Paused", "Playing"], what="the music")
