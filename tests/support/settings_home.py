"""The folders of one person's settings, and of the system's, in a temporary one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


class SettingsHome:
    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.user = root / "user" / "unsit" / "config.toml"
        self.overrides = root / "user" / "unsit" / "overrides.toml"
        self.system = root / "system" / "unsit" / "config.toml"
        self.vendor = root / "vendor" / "unsit" / "config.toml"
        """A system folder of less weight."""
        for name in [name for name in os.environ if name.startswith("UNSIT_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(root / "user"))
        monkeypatch.setenv("XDG_CONFIG_DIRS", f"{root / 'system'}:{root / 'vendor'}")

    def write(self, file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
