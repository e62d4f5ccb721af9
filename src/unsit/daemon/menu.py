"""The tray's menu, described once, as a pystray Menu.

It reads a Snapshot and nothing else, and is evaluated anew whenever a tray looks at it. What it does goes out through
`act`, with the words of the one vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from unsit.adapters.pystray_base import Act, Item, Menu
from unsit.core.snapshot import Snapshot
from unsit.daemon.status_line import status_line
from unsit.settings.types import SoundSettings
from unsit.words import N_, _, format_duration, ngettext
from unsit.words.names import names_beside

SNOOZE_MINUTES: Final = (5, 10, 15)
PAUSES: Final = (("30m", 1800), ("1h", 3600), ("2h", 7200))
VOLUMES: Final = (25, 50, 70, 100)
RATES: Final = (80, 100, 125)

_UNDO: Final = {
    "skip": N_("Undo: Skip"),
    "done": N_("Undo: I moved"),
    "snooze": N_("Undo: Snooze"),
    "stand": N_("Undo: I am standing"),
    "sit": N_("Undo: I am sitting"),
}


def build_menu(
    act: Act,
    *,
    snapshot: Callable[[], Snapshot],
    name_of: Callable[[str], str],
    exercises: Callable[[], Sequence[str]],
    sound: Callable[[], SoundSettings] = SoundSettings,
) -> Menu:
    """The menu, as long as the program runs.

    Args:
        snapshot: one that is true now; asked for once whenever the menu is evaluated.
        name_of: the name of an exercise, by its id.
        exercises: the ids of the catalogue, in its order.
        sound: its settings, as they are now.
    """

    def items() -> tuple[Item, ...]:
        return tuple(_items(snapshot(), act, name_of, exercises(), sound()))

    return Menu(items)


def _items(
    snapshot: Snapshot, act: Act, name_of: Callable[[str], str], exercises: Sequence[str], sound: SoundSettings
) -> Iterator[Item]:
    def item(command: str, text: str, params: dict[str, Any] | None = None, key: str = "") -> Item:
        """One that sends a command, and can be chosen if the state allows it."""
        allowed = command in ("open", "quit") or command in snapshot.allowed
        return Item(key or command, text, lambda: act(command, dict(params or {})), enabled=allowed)

    yield Item("status", status_line(snapshot), None, enabled=False)
    if snapshot.problems:
        count = len(snapshot.problems)
        text = ngettext("{n} thing does not work…", "{n} things do not work…", count).format(n=count)
        yield item("open", text, {"page": "status"}, key="problems")
    yield Menu.SEPARATOR
    if snapshot.session is not None:
        yield from _session_items(snapshot.session.paused, item)
    else:
        yield from _prompt_items(snapshot, item, name_of)
    yield Menu.SEPARATOR
    if snapshot.session is None:
        yield item("sit", _("I am sitting")) if snapshot.standing else item("stand", _("I am standing"))
    if "resume" in snapshot.allowed:
        yield item("resume", _("Resume reminders"))
    else:
        pauses = [
            *(item("pause", format_duration(seconds), {"for": text}, f"pause/{text}") for text, seconds in PAUSES),
            item("pause", _("Until tomorrow"), {"tomorrow": True}, "pause/tomorrow"),
            item("pause", _("Until I resume"), {}, "pause/open"),
        ]
        yield Item("pause", _("Pause reminders"), Menu(*pauses), enabled="pause" in snapshot.allowed)
    yield Menu.SEPARATOR
    yield Item("sound", _("Sound"), Menu(*_sound_items(act, sound, is_muted=snapshot.muted)))
    if snapshot.session is None:
        starts = [
            Item(f"begin/{name}", _("{exercise} (off, it hurt)").format(exercise=name_of(name)), None, enabled=False)
            if name in snapshot.hurt
            else item("begin", name_of(name), {"exercise": name}, f"begin/{name}")
            for name in exercises
        ]
        shown = item("open", _("Show all of them…"), {"page": "exercises"}, "open/exercises")
        yield Item("exercises", _("Exercises"), Menu(*starts, Menu.SEPARATOR, shown))
    # What a left click does, where the tray knows one.
    yield Item("open/status", _("Status"), lambda: act("open", {"page": "status"}), default=True)
    yield item("open", _("Settings"), {"page": "settings"}, "open/settings")
    yield Menu.SEPARATOR
    yield item("quit", _("Quit"))


def _sound_items(act: Act, sound: SoundSettings, *, is_muted: bool) -> Iterator[Item]:
    def choice(key: str, text: str, choices: Sequence[tuple[str | int, str]], now: str | int) -> Item:
        def one(value: str | int, label: str) -> Item:
            def choose() -> None:
                act("sound", {key: value})

            return Item(f"sound/{key}/{value}", label, choose, radio=True, checked=lambda _item: value == now)

        return Item(f"sound/{key}", text, Menu(*(one(value, label) for value, label in choices)))

    def shares(numbers: Sequence[int]) -> list[tuple[str | int, str]]:
        return [(number, _("{number} %").format(number=number)) for number in numbers]

    switch = "unmute" if is_muted else "mute"
    yield Item("sound/on", _("On"), lambda: act(switch, {}), checked=lambda _item: not is_muted)
    yield Item(
        "sound/tones", _("Tones"), lambda: act("sound", {"tones": not sound.tones}), checked=lambda _item: sound.tones
    )
    voices: list[tuple[str | int, str]] = [
        ("floor", _("On the floor and on a bed")),
        ("always", _("Always")),
        ("off", _("Never")),
    ]
    yield choice("voice", _("Voice"), voices, sound.voice)
    yield choice("volume", _("Volume"), shares(VOLUMES), sound.volume)
    yield choice("rate", _("Speed of the voice"), shares(RATES), sound.rate)


def _session_items(is_paused: bool, item: Callable[..., Item]) -> Iterator[Item]:
    yield item("toggle", _("Continue the stretch") if is_paused else _("Pause the stretch"))
    yield item("next", _("Next step"))
    yield item("previous", _("Previous step"))
    yield item("stop", _("Stop the stretch"))
    yield item("hurts", _("This hurts"))
    yield item("open", _("Show the guide"), {"page": "guide"}, "open/guide")


def _prompt_items(snapshot: Snapshot, item: Callable[..., Item], name_of: Callable[[str], str]) -> Iterator[Item]:
    if snapshot.next_exercises:
        names = names_beside(snapshot.next_exercises, snapshot.next_seconds, name_of)
        text = (
            _("Start: {exercise} ({duration})") if len(names) == 1 else _("Start: {exercise} and {n} more ({duration})")
        )
        duration = format_duration(snapshot.next_seconds)
        yield item("begin", text.format(exercise=names[0], n=len(names) - 1, duration=duration))
    prompt = snapshot.prompt
    if prompt is not None and prompt.stage == "offered":
        snoozes = [
            item("snooze", format_duration(60 * minutes), {"for": f"{minutes}m"}, f"snooze/{minutes}")
            for minutes in SNOOZE_MINUTES
        ]
        yield Item("snooze", _("Snooze"), Menu(*snoozes), enabled="snooze" in snapshot.allowed)
    if prompt is not None:
        yield item("skip", _("Skip"))
    yield item("done", _("I moved"))
    if snapshot.undo is not None:
        yield item("undo", _(_UNDO.get(snapshot.undo.command, N_("Undo"))))
