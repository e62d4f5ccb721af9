"""Exit codes, the same for every command."""

from __future__ import annotations

import sys
from typing import Final

DONE: Final = 0
REFUSED: Final = 1
"""Refused or failed; the reason has been said."""
WRONG_CALL: Final = 2
NO_DAEMON: Final = 3
INTERRUPTED: Final = 130
"""Ctrl-C, as shells write it: 128 and the number of the signal."""


def complain(message: str, next_step: str = "") -> None:
    """What happened, and the next step, on standard error."""
    print(" ".join(part for part in (message, next_step) if part), file=sys.stderr)
