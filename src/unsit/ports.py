"""What the daemon needs from the outside, as Protocols. Adapters implement them; null.py does nothing, correctly.

Every method runs on the daemon's one asyncio loop and must not block it. An adapter raises `AdapterError` when it could not do
what it was asked; the policy (what then) stands once, in daemon/shell.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from unsit.core.model import HoldReason
from unsit.core.snapshot import Snapshot


class AdapterError(Exception):
    """An outside system refused, died or did not answer in time. `str()` says which and what to do, for people."""


class AdapterTimeout(AdapterError):
    """It did not answer in time, and may do so later."""


# ------------------------------------------------------------------------------------------------------ notifications

Urgency = Literal["low", "normal", "critical"]


class Button(Struct, frozen=True):
    """`command` is a word of the one vocabulary (docs/control.md) with its parameters: ("snooze", {"for": "10m"})."""

    label: str
    command: str
    params: dict[str, str] = {}


class Note(Struct, frozen=True):
    """One notification, in plain text; the adapter escapes it.

    Attributes:
        slot: notes of one slot replace each other in place ("prompt", "undo", "hello", "problem", "guide").
        default: what a click on the body does.
        fallback: appended to the body where the server has no actions: how to do it without (tray, command).
        link: (text, address) offered where the server has body-hyperlinks but no actions.
        expires_s: None leaves it to the server; 0 means that it stays.
        sound: play the server's sound of this name (the sound naming specification), once; None is silent.
        image: path of a PNG.
        resident: a press on a button leaves it on the screen.
        transient: not worth keeping in the server's list once it has gone from the screen.
    """

    slot: str
    title: str
    body: str
    buttons: tuple[Button, ...] = ()
    default: Button | None = None
    fallback: str = ""
    link: tuple[str, str] | None = None
    urgency: Urgency = "normal"
    expires_s: float | None = None
    sound: str | None = None
    image: str | None = None
    category: str = ""
    resident: bool = False
    transient: bool = False


class Notifier(Protocol):
    """Shows notes. May be called before the server is there, while it hangs and after it has gone."""

    async def start(self, on_button: Callable[[Button, str | None], None], on_server: Callable[[], None]) -> None:
        """Connect. Calls later, from the loop: `on_button(button, activation_token)` once a press; `on_server()` each time
        a server has come (back): what is open should be shown again. Returns at once even if there is no server."""

    async def show(self, note: Note) -> None:
        """Show it, replacing the one in its slot. Raises AdapterError when no server took it within its time limit."""

    async def close(self, slot: str) -> None:
        """Take it from the screen; nothing if it is not there."""

    async def stop(self) -> None: ...

    def describe(self) -> str:
        """One line for `status` and the log: server, version, capabilities, or why there is none."""


# --------------------------------------------------------------------------------------------------------------- tray


class Tray(Protocol):
    """Shows the icon and the menu that `daemon/menu.py` describes as a pystray Menu."""

    async def start(self) -> bool:
        """Try to show the icon; True if a tray took it. One that comes later is found without being asked again."""

    def refresh(self, snapshot: Snapshot) -> None:
        """The state moved on: draw the icon and the menu anew if what they show has changed."""

    async def stop(self) -> None: ...

    def describe(self) -> str: ...


# ----------------------------------------------------------------------------------------------------------- presence


class PresenceEvents(Protocol):
    """Where presence sources report to; every call is made on the loop, and twice the same is normal."""

    def input_stopped(self, last_input_ago_s: float) -> None:
        """No input for the watched time; the last one was so long ago."""

    def input_seen(self) -> None: ...
    def locked(self, last_input_ago_s: float | None) -> None: ...
    def unlocked(self) -> None: ...
    async def about_to_sleep(self) -> None:
        """The machine suspends as soon as this returns, or the system's delay has run out."""

    def woke(self) -> None: ...
    def sensors_changed(self) -> None:
        """`can_see_input` or `can_see_unlock` of some source changed."""


class IdleSource(Protocol):
    """Tells when input stops and when it comes back, by events."""

    async def start(self, events: PresenceEvents) -> None:
        """Raises AdapterError where this desktop does not have it."""

    def watch(self, idle_s: float, *, for_next: bool = False) -> None:
        """From now on report input that stops for `idle_s`, and its return. If nothing comes for that long already, it is
        reported at once.

        Args:
            for_next: the *next* input is waited for, after a lock, a wake, in a session and after it: what else keeps
                somebody present (a film, the guide that holds the screen) is none.
        """

    async def idle_for_s(self) -> float | None:
        """Seconds since the last input, where the source can be asked; None otherwise."""

    async def stop(self) -> None: ...

    @property
    def works(self) -> bool: ...

    def describe(self) -> str: ...


class LockSource(Protocol):
    """Tells when the session is locked and unlocked, and when the machine sleeps and wakes."""

    async def start(self, events: PresenceEvents) -> None: ...
    async def is_locked(self) -> bool | None: ...
    async def stop(self) -> None: ...

    @property
    def works(self) -> bool: ...

    def describe(self) -> str: ...


class HoldSource(Protocol):
    """Tells of one reason to hold back."""

    @property
    def reason(self) -> HoldReason: ...
    @property
    def works(self) -> bool:
        """Something here tells of it now, or can be looked at."""

    @property
    def names(self) -> Sequence[str]:
        """Who is behind it while it holds, as the settings and people call them: programs, a service; none where nobody knows.
        Only what is known already: nothing is asked for it."""

    async def start(self, on_change: Callable[[bool], None]) -> None:
        """From now on `on_change(True)` when the reason begins, also if it is there already, and `on_change(False)` when it
        has gone. Raises AdapterError where this desktop does not have it; what comes later is followed all the same."""

    async def look(self) -> None:
        """A prompt is due: where a reason can begin without anybody telling, find out. Others need not do anything."""

    def settings_changed(self) -> None:
        """Where it depends on them, find out anew: somebody who is held back by a program lists it, and waits."""

    async def stop(self) -> None: ...
    def describe(self) -> str: ...


# --------------------------------------------------------------------------------------------------------------- clock


class AlarmClock(Protocol):
    """The one alarm clock: every wake-up of the daemon comes from here, on a clock that counts suspend."""

    def start(self, on_step: Callable[[], None]) -> None:
        """`on_step()` after every clock set and every resume from suspend."""

    def wake_at(self, boot_s: float | None, callback: Callable[[], None]) -> None:
        """The core's next instant; replaces the one before; None for none."""

    def every_day(self, name: str, at: str, callback: Callable[[], Awaitable[None]]) -> None:
        """Care at a wall-clock time `HH:MM`."""

    def stop(self) -> None: ...


# -------------------------------------------------------------------------------------------------------------- screen


class ScreenAwake(Protocol):
    """Keeps the screen from going dark or locking. Each call may be made twice, and may take seconds where a service hangs."""

    async def hold(self) -> None:
        """From now on, by whatever takes it; that nothing does is no error. Ends with the process at the latest."""

    async def release(self) -> None: ...

    def describe(self) -> str: ...


# --------------------------------------------------------------------------------------------------------------- sound


class Tones(Protocol):
    """Plays the tones of a stretch; lives as long as one."""

    @property
    def is_proven(self) -> bool:
        """It has played."""

    async def doubted(self) -> None:
        """Until what plays now, and has never played before, takes so long that it may hang."""

    async def play_tone(self, name: str) -> None:
        """start, half, switch, end or tick, to its end, which comes even where a player hangs. Cancelled, it is silent at
        once. Raises AdapterError where nothing plays."""

    @property
    def works(self) -> bool:
        """As far as is known."""

    @property
    def fault(self) -> str:
        """Why what is installed does not work; empty where nothing is, or nothing is known against it."""

    def describe(self) -> str: ...
    def close(self) -> None: ...


class Voice(Protocol):
    """Speaks; lives as long as a stretch."""

    async def start(self) -> None:
        """Be ready to speak at once. Raises AdapterError where nothing speaks."""

    async def say(self, sentence: str) -> None:
        """Until it is said. Cancelled, it is silent at once. Raises AdapterError where nothing speaks."""

    async def measure(self, sentences: Sequence[str]) -> bool:
        """Find out how long these take, where that can be known. True: `length_s` knows more than before."""

    def length_s(self, sentence: str) -> float:
        """How long it takes to say, as far as is known."""

    @property
    def works(self) -> bool: ...

    @property
    def fault(self) -> str:
        """As of tones."""

    def describe(self) -> str: ...
    def close(self) -> None: ...


class Music(Protocol):
    """What else sounds on this machine."""

    @property
    def starts_sound(self) -> bool:
        """Giving it back ends a silence, which may be the wrong moment for that."""

    async def quieten(self) -> None:
        """For as long as somebody is to be heard above it. Raises AdapterError. Twice is once."""

    async def restore(self) -> None:
        """As it was; but what the person has changed meanwhile stays so."""


# --------------------------------------------------------------------------------------------------------------- guide


Page = Literal["guide", "status", "exercises", "about"]
"""What opens in the browser."""


class Guide(Protocol):
    """Opens pages in the person's browser, by way of the pages process."""

    async def prepare(self) -> None:
        """A prompt is offered: have the pages process running, so that Start is quick."""

    async def open(self, page: Page, activation_token: str | None = None) -> None: ...
    async def stop(self) -> None: ...
