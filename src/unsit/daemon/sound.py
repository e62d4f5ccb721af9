"""What may be heard, and by whom it is made: the person's word about it, and the coach of a stretch.

The coach, the voices and the players are imported when a stretch begins, and let go when it is over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from unsit.daemon.lane import Lane
from unsit.settings.types import SoundSettings

MUTE: Final = "sound.mute"


class Sound:
    """
    Args:
        settings: those that count now.
        write: writes settings down, and reads all of them anew; raises AdapterError.
        on_trouble: told why the person's word could not be written down; empty: it could.
    """

    def __init__(
        self,
        settings: Callable[[], SoundSettings],
        write: Callable[[Mapping[str, object]], Awaitable[None]],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._settings, self._write, self._on_trouble = settings, write, on_trouble
        self._asked: bool | None = None
        """What the person said last, until the settings say the same, or something newer."""
        self._seen = settings().mute
        self._lane = Lane("Remembering what is muted", on_trouble)

    @property
    def is_muted(self) -> bool:
        return self._settings().mute if self._asked is None else self._asked

    def mute(self, is_muted: bool) -> None:
        """From now on."""
        self._asked = is_muted

    async def remember(self) -> None:
        """Write down what `mute` was told last, so that it is still so tomorrow."""
        self._lane.put(self._remember)
        await self._lane.drain()

    def settings_changed(self) -> None:
        """They were read anew: what has changed in them is newer than what was asked."""
        if self._settings().mute != self._seen:
            self._seen, self._asked = self._settings().mute, None

    async def _remember(self) -> None:
        await self._write({MUTE: self.is_muted})
        self._on_trouble("")
