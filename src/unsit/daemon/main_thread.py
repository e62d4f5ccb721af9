"""For a platform that wants its user interface in the main thread (macOS): the loop in another one, and work handed over.

The handing over is tested on Linux; that AppKit is content with it is not verified.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from queue import SimpleQueue
from typing import Any


class MainThread:
    """The main thread, as long as it has nothing else to do than what the loop gives it."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def give(self, work: Callable[[], None]) -> None:
        """Have it done in the main thread, after what was given before. From any thread; does not wait."""
        self._work.put(work)

    def on_signal(self, number: int, handler: Callable[[], object]) -> None:
        """Like loop.add_signal_handler, which only the main thread may call: `handler` runs on the calling loop."""
        loop = asyncio.get_running_loop()
        self.give(lambda: _set_signal(number, lambda *_: loop.call_soon_threadsafe(handler)))

    def run(self, live: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `live` on a loop of its own, and do here what it gives, until it ends. Raises what it raised."""
        failures: list[BaseException] = []

        def run_loop() -> None:
            try:
                asyncio.run(live())
            except BaseException as error:  # noqa: BLE001  raised again in the main thread
                failures.append(error)
            finally:
                self._work.put(None)

        loop_thread = threading.Thread(target=run_loop, name="loop")
        loop_thread.start()
        while (work := self._work.get()) is not None:
            work()
        loop_thread.join()
        if failures:
            raise failures[0]


def _set_signal(number: int, handler: Callable[..., object]) -> None:
    signal.signal(number, handler)
