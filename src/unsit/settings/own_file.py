"""The person's own settings file, made for them when they first want to edit it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from unsit import paths
from unsit.settings.layers import CONFIG_NAME, defaults_path
from unsit.words import _

_VALUES_BEGIN: Final = "# Durations are written"


def own_file() -> Path:
    """The path of config.toml. Where there is none yet it is written: every setting, explained, and switched off.

    Nothing is ever written to one that exists: what stands in it is the person's.

    Raises:
        OSError: it cannot be written.
    """
    path = paths.user_config_dir() / CONFIG_NAME
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template(defaults_path().read_text(encoding="utf-8")))
    except FileExistsError:
        pass
    return path


def template(defaults: str) -> str:
    """The documentation of all settings, with each of them commented out.

    What stands in it before the first words about the values is left out: it tells of other files than this one.
    """
    head = [
        _("Your settings for Unsit. To change one, take the # from its line and from the [table] above it, and save."),
        _("It counts at once. `unsit config check` looks for mistakes."),
    ]
    lines = [*(f"# {line}" for line in head), ""]
    body = defaults[defaults.index(_VALUES_BEGIN) :]
    lines += [line if not line or line.startswith("#") else f"#{line}" for line in body.splitlines()]
    return "\n".join(lines) + "\n"
