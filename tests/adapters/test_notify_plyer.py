"""plyer's notifications, as far as they can be tried here: the thread, its time limit, the texts. The facade is plyer's own,
with an implementation that writes down what it is asked for."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import Any

import pytest
from plyer.facades import Notification

from unsit.adapters.notify_plyer import PlyerNotifier
from unsit.ports import AdapterError, Button, Note, Notifier

NOTE = Note(
    slot="prompt",
    title="Time to get up",
    body="Standing lunge stretch",
    buttons=(Button("Start", "begin"),),
    fallback="Type: unsit begin",
    expires_s=30,
)


class Recorder(Notification):  # type: ignore[misc]  # plyer ships no types
    """Levers: `go` cleared makes it hang; `failure` is raised."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.threads: set[str] = set()
        self.failure: Exception | None = None
        self.go = threading.Event()
        self.go.set()

    def _notify(self, **kwargs: Any) -> None:
        self.go.wait(20)
        self.threads.add(threading.current_thread().name)
        if self.failure is not None:
            raise self.failure
        self.calls.append(kwargs)


@pytest.fixture
def plyer() -> Recorder:
    return Recorder()


async def _notifier(plyer: Recorder, platform: str = "darwin", **options: str) -> PlyerNotifier:
    made = PlyerNotifier(plyer.notify, platform=platform, **options)
    await made.start(lambda _button, _token: None, lambda: None)
    return made


async def test_a_note_says_in_words_how_to_answer_it(plyer: Recorder) -> None:
    """plyer has no buttons, so the fallback is always there."""
    notifier: Notifier = await _notifier(plyer, icon="/icon.ico")

    await notifier.show(NOTE)
    await notifier.show(Note(slot="hello", title="Unsit is here", body="", fallback="not needed", expires_s=0))
    await notifier.close("prompt")

    first, second = plyer.calls
    assert (first["title"], first["message"]) == ("Time to get up", "Standing lunge stretch\nType: unsit begin")
    assert (first["timeout"], first["app_name"], first["app_icon"]) == (30, "Unsit", "/icon.ico")
    assert (second["message"], second["timeout"]) == ("", 10)
    assert plyer.threads == {"plyer"}
    await notifier.stop()


@pytest.mark.parametrize("letter", ["x", "ü", "🧘"])
async def test_texts_are_cut_to_what_windows_holds(plyer: Recorder, letter: str) -> None:
    """plyer raises in a thread of its own beyond 64 and 256 UTF-16 units, and nobody hears of it; the words that say how to
    answer are kept whole, and no character is cut in two."""
    notifier = await _notifier(plyer, "win32")

    await notifier.show(
        Note(slot="prompt", title=letter * 80, body=letter * 300, buttons=NOTE.buttons, fallback="Type")
    )
    await notifier.show(NOTE)

    long, short = plyer.calls
    assert 60 <= len(long["title"].encode("utf-16-le")) // 2 <= 63
    assert 250 <= len(long["message"].encode("utf-16-le")) // 2 <= 255
    assert long["title"].endswith(letter + "…")
    assert long["message"].endswith(letter + "…\nType")
    assert (short["title"], short["message"]) == ("Time to get up", "Standing lunge stretch\nType: unsit begin")
    await notifier.stop()


async def test_a_plyer_that_hangs_costs_its_time_limit_and_blocks_nobody(
    plyer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waited behind it is out of date when it goes on, and is not shown."""
    monkeypatch.setattr("unsit.adapters.notify_plyer.TIME_LIMIT_S", 0.1)
    notifier = await _notifier(plyer)
    plyer.go.clear()

    results = await asyncio.gather(notifier.show(NOTE), notifier.show(NOTE), return_exceptions=True)
    assert [str(result) for result in results] == ["The system did not show the notification in time."] * 2

    plyer.go.set()
    monkeypatch.setattr("unsit.adapters.notify_plyer.TIME_LIMIT_S", 10)
    await notifier.show(Note(slot="undo", title="Skipped", body=""))
    assert [call["title"] for call in plyer.calls] == ["Time to get up", "Skipped"]
    assert threading.active_count() <= 3
    await notifier.stop()


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (NotImplementedError("No usable implementation found!"), "no notifications that plyer knows"),
        (AttributeError("'NoneType' object"), "'NoneType' object"),
    ],
)
async def test_what_plyer_raises_is_an_error_with_words(plyer: Recorder, failure: Exception, words: str) -> None:
    """On a Mac without a notification centre it is an AttributeError. The thread goes on."""
    notifier = await _notifier(plyer)
    plyer.failure = failure

    with pytest.raises(AdapterError, match=words):
        await notifier.show(NOTE)

    plyer.failure = None
    await notifier.show(NOTE)
    assert len(plyer.calls) == 1
    await notifier.stop()


async def test_it_never_runs_on_linux() -> None:
    """There it would lose notes silently, or block for 75 s."""
    notifier = PlyerNotifier(platform="linux")

    with pytest.raises(AdapterError, match="D-Bus"):
        await notifier.start(lambda _button, _token: None, lambda: None)


def test_a_plyer_that_hangs_does_not_keep_the_program_from_ending() -> None:
    """Its thread is not waited for."""
    program = """
import asyncio, threading
from unsit.adapters import notify_plyer
from unsit.ports import AdapterError, Note
notify_plyer.TIME_LIMIT_S = 0.05
async def main():
    notifier = notify_plyer.PlyerNotifier(lambda **_: threading.Event().wait(), platform="darwin")
    try:
        await notifier.show(Note(slot="a", title="", body=""))
    except AdapterError:
        await notifier.stop()
        print("ended")
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=10, check=True)
    assert done.stdout == "ended\n"
