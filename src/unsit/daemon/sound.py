"""What may be heard, and by whom it is made: the person's word about it, and the coach of a stretch.

The coach, the voices and the players are imported when a stretch begins, and let go when it is over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from unsit.adapters.null import NullMusic
from unsit.core.snapshot import Snapshot
from unsit.daemon.background import Background
from unsit.daemon.lane import Lane
from unsit.ports import Music
from unsit.settings.types import SoundSettings
from unsit.words import _

if TYPE_CHECKING:
    from unsit.daemon.coach import Coach

log = logging.getLogger(__name__)

MUTE: Final = "sound.mute"

MakeCoach = Callable[[SoundSettings, Callable[[str], None], Callable[[], None]], "Coach"]
"""From the settings, with somebody to tell what cannot be heard, and that all has been said (see Coach)."""


class Sound:
    """
    Args:
        settings: those that count now.
        write: writes settings down, and reads all of them anew; raises AdapterError.
        on_trouble: told why the person's word could not be written down; empty: it could.
        on_note: `note` has changed.

    Attributes:
        make_coach, make_music: None where nothing is to be heard.
        background: what else sounds on this machine.
        is_in_call: somebody else would hear it, whether prompts wait for the end of that or not.
        describe_system: what there is to be heard with, in a line.
        note: why the stretch that runs, or the last one, is not heard as it should be; for people.
    """

    def __init__(
        self,
        settings: Callable[[], SoundSettings],
        write: Callable[[Mapping[str, object]], Awaitable[None]],
        on_trouble: Callable[[str], None],
        on_note: Callable[[], None],
    ) -> None:
        self._settings, self._write = settings, write
        self._on_trouble, self._on_note = on_trouble, on_note
        self._asked: bool | None = None
        """What the person said last, until the settings say the same, or something newer."""
        self._seen = settings()
        self._lane = Lane("Remembering what is muted", on_trouble)
        self.make_coach: MakeCoach | None = None
        self.make_music: Callable[[SoundSettings], Music] = lambda _settings: NullMusic()
        self.background = Background(lambda: self.make_music(self._settings()))
        self.is_in_call: Callable[[], bool] = lambda: False
        self.describe_system: Callable[[SoundSettings], str] = lambda _settings: _("nothing is heard here")
        self.note = ""
        self._found = ""
        """What the last coach was heard with."""
        self._was_cut_off = False
        """The last coach was, by another setting."""
        self._coach: Coach | None = None
        self._session: int | None = None
        self._snapshot: Snapshot | None = None
        """The last one that was followed."""
        self._closing: set[asyncio.Task[None]] = set()

    # -- what the person says

    @property
    def is_muted(self) -> bool:
        return self._settings().mute if self._asked is None else self._asked

    @property
    def is_wanted(self) -> bool:
        """By the person, and by whoever they talk to."""
        return not (self.is_muted or self.is_in_call())

    def mute(self, is_muted: bool) -> None:
        """From now on."""
        self._asked = is_muted

    async def remember(self) -> None:
        """Write down what `mute` was told last, so that it is still so tomorrow."""
        self._lane.put(self._remember)
        await self._lane.drain()

    def settings_changed(self) -> None:
        """They were read anew: what has changed in them is newer than what was asked."""
        before, self._seen = self._seen, self._settings()
        if self._seen.mute != before.mute:
            self._asked = None
        if self._seen.music != before.music:
            self.background.settings_changed()
        # What is muted the coach learns from the snapshot, and music is none of its business.
        if replace(self._seen, mute=before.mute, music=before.music) != before:
            if self._coach is not None:
                self._was_cut_off = self._coach.is_sounding
                self._let_go()  # another one, with the new voice, follows the next change of the state
                self._session = None
            self._found = ""

    async def _remember(self) -> None:
        await self._write({MUTE: self.is_muted})
        self._on_trouble("")

    # -- the coach

    @property
    def is_busy(self) -> bool:
        """A stretch runs, its last words are being said, or the music is still to come back."""
        return self._coach is not None or self.background.is_quiet

    def describe(self) -> str:
        """One line for `status`: what is used, as far as it is known without making a sound: by the last stretch, at best."""
        if self.is_muted:
            return _("muted; `unsit unmute` brings it back")
        if self._coach is not None:
            return self._coach.describe()
        return self.note or self._found or self.describe_system(self._settings())

    def follow(self, snapshot: Snapshot) -> None:
        """The state is now this."""
        session = snapshot.session
        if session is not None and session.id != self._session:
            self._session = session.id
            if self._coach is None and self.make_coach is not None:
                self._set_note("")
                self._coach = self.make_coach(self._settings(), self._set_note, self._on_over)
                if self._was_cut_off:
                    self._coach.take_over()
                self._was_cut_off = False
        self._snapshot = snapshot
        if self._coach is not None:
            self._coach.follow(replace(snapshot, muted=True) if self.is_in_call() else snapshot)
        if session is not None or self._coach is None:  # while the last words are said it is as before
            self._let_background_follow(snapshot)

    async def stop(self) -> None:
        """At the end of the program: silence, the music as it was, no child left."""
        self._let_go()
        await asyncio.gather(*self._closing, self.background.close())

    def _on_over(self) -> None:
        self._let_go()
        if self._snapshot is not None:
            self._let_background_follow(self._snapshot)

    def _let_background_follow(self, snapshot: Snapshot) -> None:
        self.background.follow(
            snapshot,
            is_heard=self._coach is not None and self._coach.has_means and not snapshot.muted,
            is_in_call=self.is_in_call() or any(hold.reason == "call" for hold in snapshot.holds),
        )

    def _let_go(self) -> None:
        coach, self._coach = self._coach, None
        if coach is not None:
            self._found = coach.describe()
            closing = asyncio.get_running_loop().create_task(coach.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def _set_note(self, note: str) -> None:
        if note != self.note:
            self.note = note
            self._on_note()
