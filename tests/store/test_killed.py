"""Death at any instant."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROUNDS = 300


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills by fork and SIGKILL")
def test_a_kill_at_any_instant_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """While it opens, appends, moves rows out of memory or backs up: what was said to be written is there, once."""
    seed = random.randrange(2**32)
    folder = tmp_path / "history"
    folder.mkdir()
    began = time.monotonic()

    killer = subprocess.run(
        [sys.executable, Path(__file__).with_name("killed.py"), folder, str(seed), str(ROUNDS)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    print(f"{ROUNDS} kills, seed {seed}, {time.monotonic() - began:.1f} s")
    assert killer.returncode == 0, f"seed {seed}: {killer.stderr}"
