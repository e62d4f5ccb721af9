from __future__ import annotations

from pathlib import Path

import pytest

from support.settings_home import SettingsHome


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SettingsHome:
    return SettingsHome(tmp_path, monkeypatch)
