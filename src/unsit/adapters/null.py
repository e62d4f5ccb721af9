"""For a port the adapter of a system that has nothing: no desktop, no tray, no player. It does nothing, correctly.

Correctly means by the port's own word: what was asked for and could not be done is an AdapterError with the reason. The alarm
clock has none: without one there is no program; nor have presence and holds, which may have no sources.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from unsit.core.snapshot import Snapshot
from unsit.ports import AdapterError, Button, Note, Page
from unsit.words import _


class NullNotifier:
    def __init__(self, why: str = "") -> None:
        """Args: why: what stands in the way, for people."""
        self._why = why or _("There are no notifications here.")

    async def start(self, on_button: Callable[[Button, str | None], None], on_server: Callable[[], None]) -> None:
        pass

    async def show(self, note: Note) -> None:
        raise AdapterError(self._why)

    async def close(self, slot: str) -> None:
        pass

    async def stop(self) -> None:
        pass

    def describe(self) -> str:
        return self._why


class NullTray:
    def __init__(self, why: str = "") -> None:
        self._why = why or _("There is no tray here.")

    async def start(self) -> bool:
        return False

    def refresh(self, snapshot: Snapshot) -> None:
        pass

    async def stop(self) -> None:
        pass

    def describe(self) -> str:
        return self._why


class NullScreenAwake:
    async def hold(self) -> None:
        pass

    async def release(self) -> None:
        pass

    def describe(self) -> str:
        return _("nothing here keeps it awake")


class NullTones:
    is_proven = False
    works = False
    fault = ""

    def __init__(self, why: str = "") -> None:
        self._why = why or _("There are no tones here.")

    async def doubted(self) -> None:
        """It plays nothing that could take long."""
        await asyncio.get_running_loop().create_future()

    async def play_tone(self, name: str) -> None:
        raise AdapterError(self._why)

    def describe(self) -> str:
        return self._why

    def close(self) -> None:
        pass


class NullVoice:
    works = False
    fault = ""

    def __init__(self, why: str = "") -> None:
        self._why = why or _("There is no voice here.")

    async def start(self) -> None:
        raise AdapterError(self._why)

    async def say(self, sentence: str) -> None:
        raise AdapterError(self._why)

    async def measure(self, sentences: Sequence[str]) -> bool:
        return False

    def length_s(self, sentence: str) -> float:
        return 0.0

    def describe(self) -> str:
        return self._why

    def close(self) -> None:
        pass


class NullMusic:
    """Whatever plays is left alone."""

    starts_sound = False

    async def quieten(self) -> None:
        pass

    async def restore(self) -> None:
        pass


class NullGuide:
    def __init__(self, why: str = "") -> None:
        self._why = why or _("There is no browser here. The stretch runs without a page: unsit begin")

    async def prepare(self) -> None:
        pass

    async def open(self, page: Page, activation_token: str | None = None) -> None:
        raise AdapterError(self._why)

    async def stop(self) -> None:
        pass
