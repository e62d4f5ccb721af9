"""How long a test waits for what has to happen, at most."""

from __future__ import annotations

from typing import Final

PATIENCE_S: Final = 60.0
"""A wait that ends well takes no longer for it. A shorter one would be a statement about how busy the machine is; how fast the
program is, the bench says."""


def patient_s(timeout_s: float) -> float:
    """As long as the test wants to wait, but not less than a machine may stand still that has others to serve."""
    return max(timeout_s, PATIENCE_S)
