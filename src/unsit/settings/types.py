"""What loading the settings gives: the settings, where each value comes from, and what is wrong with the files."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct, structs
from msgspec.structs import replace

from unsit.core import model
from unsit.words import _

LayerName = Literal["defaults", "system", "user", "overrides", "environment", "flags"]
"""From the least important to the one that decides."""
GuideScreen = Literal["window", "card", "full"]
"""Where the guide shows up: a browser's window, a small one above the others, every monitor."""


class GuideSettings(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"close_after_s": "close_after", "end_stays_s": "end_stays"}
):
    screen: GuideScreen = "window"
    browser: str = ""
    """A command; empty: the person's default browser."""
    close_after_s: float = 60.0
    """Without a page that shows it, the pages process ends."""
    end_stays_s: float = 60.0


class SoundSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What is heard during a stretch. Attributes: volume, rate: per cent. voice_name: empty for the one of the language."""

    mute: bool = False
    tones: bool = True
    voice: Literal["floor", "always", "off"] = "floor"
    volume: int = 70
    rate: int = 100
    voice_name: str = ""
    music: Literal["leave", "duck", "pause"] = "leave"


class TraySettings(Struct, frozen=True, forbid_unknown_fields=True):
    show: bool = True


class LogSettings(Struct, frozen=True, forbid_unknown_fields=True):
    level: Literal["debug", "info", "warning", "error"] = "info"


class AllSettings(model.Settings, frozen=True):
    """Every setting: those that decide, which are `core`, and those that do not."""

    guide: GuideSettings = GuideSettings()
    sound: SoundSettings = SoundSettings()
    tray: TraySettings = TraySettings()
    log: LogSettings = LogSettings()

    @property
    def core(self) -> model.Settings:
        return model.Settings(**{name: getattr(self, name) for name in model.Settings.__struct_fields__})


RIGHT_BRIEF_MOST: Final = 60
"""Characters; "a duration from 1s to 12h" is half of it, the keys of a table are two or three times as many."""


class Problem(Struct, frozen=True):
    """One mistake in one place.

    Attributes:
        file: path; for the environment the variable's name; empty for what was typed.
        line: None where the place has none.
        key: dotted; empty where the mistake is not in a key's value.
        wrong, right: what is wrong, and what would be right; for people.
    """

    file: str
    line: int | None
    key: str
    wrong: str
    right: str

    def briefly(self) -> str:
        """Where there is little room: without what would be right, if that is a long list."""
        return str(replace(self, right="") if len(self.right) > RIGHT_BRIEF_MOST else self)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        said = ": ".join(part for part in (place, self.key, self.wrong) if part)
        return _("{said}. Right: {right}").format(said=said, right=self.right) if self.right else f"{said}."


class SettingsError(ValueError):
    """A change or a file was refused; nothing has been changed. `str()` has one line for each problem."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Origin(Struct, frozen=True):
    """Attributes: where: the file, or the variable of the environment; empty for flags."""

    layer: LayerName
    where: str

    def __str__(self) -> str:
        return f"{self.layer} {self.where}".rstrip()


class Layer(Struct, frozen=True):
    """One place that settings come from, without a mistake in it.

    Attributes:
        values: dotted key -> value as the types of AllSettings want it, durations in seconds.
        locked: keys and tables that no later layer may change.
        text: the file's, for the line of a key.
    """

    name: LayerName
    where: str
    values: dict[str, object]
    locked: tuple[str, ...] = ()
    text: str = ""


class Loaded(Struct, frozen=True):
    """Attributes:
    origin: dotted key -> where its value comes from; every key, and of the exercises those that are named.
    problems: everything that is wrong in any layer.
    layers: what counted, the least important first: what `reload` falls back on.
    """

    settings: AllSettings
    origin: dict[str, Origin]
    problems: list[Problem]
    layers: tuple[Layer, ...]
    flags: dict[str, object]


def flat(settings: model.Settings) -> dict[str, object]:
    """Dotted key -> value, by the keys of the files."""
    values: dict[str, object] = {}
    for info in structs.fields(type(settings)):
        part = getattr(settings, info.name)
        if isinstance(part, Struct):
            for field in structs.fields(type(part)):
                values[f"{info.encode_name}.{field.encode_name}"] = getattr(part, field.name)
        elif isinstance(part, dict):
            values.update({f"{info.encode_name}.{name}": value for name, value in part.items()})
        else:
            values[info.encode_name] = part
    return values
