"""What the daemon sets up before anything runs."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest

from unsit.daemon.wiring import set_up_logging


def test_nobody_else_reads_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells when somebody was at their desk; a home folder may be open to all."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setattr(root, "level", root.level)
    folder = tmp_path / "state" / "unsit"

    path = set_up_logging("info", is_verbose=False, folder=folder)

    assert path is not None and path.parent == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    handler = root.handlers[-1]
    assert isinstance(handler, logging.FileHandler)
    handler.close()
