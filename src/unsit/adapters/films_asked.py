"""Whether a film plays, where the system says when it is asked that a program holds the screen awake, and never tells by itself
(Windows, macOS). It is asked when a pause of input is told of, and once a minute from then on for as long as somebody wants to
know: while a film plays with nobody touching anything, and a pause's length after it. Never otherwise.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 60.0


class AskedFilms:
    """adapters.presence.Films."""

    def __init__(self, is_screen_held: Callable[[], bool]) -> None:
        """Args: is_screen_held: asks the system. Raises OSError: then there is no film."""
        self._is_screen_held = is_screen_held
        self._on_change: Callable[[], None] | None = None
        self._look: asyncio.TimerHandle | None = None

    async def start(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change

    async def stop(self) -> None:
        self._on_change = None
        if self._look is not None:
            self._look.cancel()
            self._look = None

    @property
    def is_inhibited(self) -> bool:
        """Whoever asks is told to ask again in a minute."""
        if self._look is None and self._on_change is not None:
            self._look = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._again)
        try:
            return self._is_screen_held()
        except OSError as error:
            log.info("Whether a film plays is not known: %s", error)
            return False

    def _again(self) -> None:
        self._look = None
        if self._on_change is not None:
            self._on_change()
