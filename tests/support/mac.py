"""macOS with levers, behind the seam of adapters/macos.py, and a main thread that does what it is given."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from unsit.adapters import macos


class FakeMac:
    """Attributes: session_says, assertions_say, hears_keys: what it answers."""

    def __init__(self) -> None:
        self._input_s = time.monotonic()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._main = threading.Thread(target=self._run, daemon=True)
        self._main.start()
        self._on_notification: Callable[[str], None] | None = None
        self._monitor: tuple[int, Callable[[], None]] | None = None
        self.session_says: dict[str, Any] = {"kCGSSessionOnConsoleKey": True}
        self.assertions_say: dict[str, Any] = {}
        self.hears_keys = True
        self.is_hung = False
        self.given = self.done = 0
        """How much the main thread was given to do, and how much of it is done."""

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            self.done += 1

    @property
    def mask(self) -> int:
        """Of the monitor; 0 without one."""
        return self._monitor[0] if self._monitor is not None else 0

    @property
    def is_observed(self) -> bool:
        return self._on_notification is not None

    # -- levers

    def poke(self, kind: int = 5) -> None:
        """One input; by default the pointer moves, with more to come."""
        self._input_s = time.monotonic()
        for _ in range(3):
            self.in_main(lambda: self._input_in_main(kind))

    def _input_in_main(self, kind: int) -> None:
        is_heard = kind != 10 or self.hears_keys
        if self._monitor is not None and is_heard and self._monitor[0] & 1 << kind:
            self._monitor[1]()

    def notify(self, name: str) -> None:
        self.in_main(lambda: self._on_notification and self._on_notification(name))

    def end(self) -> None:
        self._work.put(None)
        self._main.join(5)

    # -- adapters.macos.MacOS

    def idle_for_s(self) -> float:
        return time.monotonic() - self._input_s

    def assertions(self) -> Mapping[str, Any]:
        return self.assertions_say

    def session(self) -> Mapping[str, Any]:
        return self.session_says

    def may_hear_keys(self) -> bool:
        return self.hears_keys

    def in_main(self, work: Callable[[], Any]) -> None:
        if not self.is_hung:
            self.given += 1
            self._work.put(work)

    def main_monitor(self, mask: int, on_event: Callable[[], None]) -> Any:
        self._assert_main()
        assert self._monitor is None
        self._monitor = mask, on_event
        return self._monitor

    def main_remove_monitor(self, monitor: Any) -> None:
        self._assert_main()
        assert monitor is self._monitor
        self._monitor = None

    def main_observe(self, on_notification: Callable[[str], None]) -> Callable[[], None]:
        self._assert_main()
        self._on_notification = on_notification

        def end() -> None:
            self._assert_main()
            self._on_notification = None

        return end

    def _assert_main(self) -> None:
        assert threading.current_thread() is self._main, "in another thread than the main one"


def levers(mac: FakeMac) -> Callable[[], macos.MacOS]:
    """What makes the system, as an adapter is given it."""
    return lambda: mac
