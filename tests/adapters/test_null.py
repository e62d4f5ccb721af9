"""Nothing, done correctly: by the word of each port."""

from __future__ import annotations

from typing import cast

import pytest

from unsit.adapters.null import (
    NullGuide,
    NullMusic,
    NullNotifier,
    NullTones,
    NullTray,
    NullVoice,
)
from unsit.core.snapshot import Snapshot
from unsit.ports import (
    AdapterError,
    Guide,
    Music,
    Note,
    Notifier,
    Tones,
    Tray,
    Voice,
)


async def test_a_note_that_nobody_sees_is_an_error() -> None:
    """Whoever shows a prompt must hear that it was not shown, with the reason; what is not there can be closed."""
    notifier: Notifier = NullNotifier("No desktop runs here.")
    await notifier.start(lambda _button, _token: None, lambda: None)

    with pytest.raises(AdapterError, match="No desktop runs here"):
        await notifier.show(Note(slot="prompt", title="Time to get up", body=""))
    await notifier.close("prompt")
    await notifier.stop()
    assert notifier.describe() == "No desktop runs here."


async def test_a_page_that_nobody_sees_is_an_error() -> None:
    """With the next step in it."""
    guide: Guide = NullGuide()
    await guide.prepare()

    with pytest.raises(AdapterError, match="unsit begin"):
        await guide.open("guide")
    await guide.stop()


async def test_no_tray_takes_the_icon() -> None:
    tray: Tray = NullTray()

    assert await tray.start() is False
    tray.refresh(cast(Snapshot, None))
    await tray.stop()
    assert tray.describe()


async def test_what_cannot_be_heard_is_an_error() -> None:
    """The coach must hear of it, to say so on the page; music that is left alone is none."""
    tones: Tones = NullTones("switched off")
    voice: Voice = NullVoice("switched off")
    music: Music = NullMusic()

    with pytest.raises(AdapterError, match="switched off"):
        await tones.play_tone("start")
    with pytest.raises(AdapterError, match="switched off"):
        await voice.start()
    with pytest.raises(AdapterError, match="switched off"):
        await voice.say("One.")
    assert (tones.works, tones.is_proven, voice.works) == (False, False, False)
    assert not await voice.measure(["One."])
    assert (tones.describe(), voice.describe()) == ("switched off", "switched off")
    await music.quieten()
    await music.restore()
    tones.close()
    voice.close()
