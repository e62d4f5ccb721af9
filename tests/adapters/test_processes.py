"""Programs by the names that people know them by."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from unsit.adapters.processes import listed_name, names_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc and prctl(2)")

PR_SET_NAME = 15
CALLS_ITSELF = f"""
import ctypes, sys, time
ctypes.CDLL(None).prctl({PR_SET_NAME}, sys.argv[1].encode(), 0, 0, 0)
print("called", flush=True)
time.sleep(600)
"""


def test_a_name_that_the_kernel_has_cut_within_a_letter_is_a_name() -> None:
    """It keeps fifteen bytes. One program of such a name must not end the search for all others."""
    process = subprocess.Popen([sys.executable, "-c", CALLS_ITSELF, "Entfernungen-Zähler"], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        names = names_of(Path(f"/proc/{process.pid}"))
    finally:
        process.kill()
        process.communicate()

    assert names[0] == "Entfernungen-Z\N{REPLACEMENT CHARACTER}"
    assert listed_name(names, {"zoom", "entfernungen-zähler"}) == "entfernungen-zähler"
    assert listed_name(names, {"zoom", "entfernungen"}) is None
