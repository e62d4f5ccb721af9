"""The real core and the naive model (naive.py), which share no code, say the same of ten thousand random days."""

from __future__ import annotations

import pytest

from core import days, naive
from core.scripts import random_script

PREDICTED = ("prompt", "held", "withdraw", "snooze", "outcome", "natural")
SCRIPTS = 10_000
CHUNK = 500


@pytest.mark.parametrize("first", range(0, SCRIPTS, CHUNK))
def test_core_and_naive_model_agree(first: int) -> None:
    """Line by line, for every seed; the message has the seed and the script that shows the difference."""
    for seed in range(first, first + CHUNK):
        script = random_script(seed)
        said = [line for line in days.full(script, own=days.STAGED) if line.split()[1] in PREDICTED]
        assert said == naive.run(script), f"seed {seed}:\n" + "\n".join(script)
