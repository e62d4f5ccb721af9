"""Runs the tests but the slow ones: first those that may run beside each other, on every core, then those that may not.

    python packaging/run_tests.py [what pytest takes]

The last line is the count of both. A test is marked `alone` that listens to sound or counts wake-ups.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Final

NOT_HERE: Final = "not desktops and not debian13"
WORKERS_MOST: Final = 4
"""Each has its own screens, browsers and servers."""
NOTHING_FOUND: Final = 5
"""pytest's exit status where no test was chosen."""


def run(choice: str, words: list[str], report: Path) -> tuple[int, Counter[str]]:
    """-> (pytest's exit status, how many of what)"""
    status = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", choice, f"--junitxml={report}", *words], check=False
    ).returncode
    counts: Counter[str] = Counter()
    if report.exists():
        for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314  written by pytest a moment ago
            bad = {word: int(suite.get(word, "0")) for word in ("failures", "errors", "skipped")}
            counts["passed"] += int(suite.get("tests", "0")) - sum(bad.values())
            counts["failed"] += bad["failures"] + bad["errors"]
            counts["skipped"] += bad["skipped"]
    return status, counts


def main() -> int:
    words, began = sys.argv[1:], time.monotonic()
    together = ["-n", "logical", f"--maxprocesses={WORKERS_MOST}", "--dist", "loadfile"]
    with tempfile.TemporaryDirectory() as folder:
        first, counts = run(f"{NOT_HERE} and not alone", [*together, *words], Path(folder, "together.xml"))
        if first not in (0, 1, NOTHING_FOUND):  # interrupted, or called wrongly
            return first
        second, more = run(f"{NOT_HERE} and alone", words, Path(folder, "alone.xml"))
    counts += more
    bad = max((status for status in (first, second) if status != NOTHING_FOUND), default=NOTHING_FOUND)
    said = ", ".join(
        f"{counts[word]} {word}" for word in ("failed", "passed", "skipped") if counts[word] or word != "failed"
    )
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    print(f"{said} in {minutes}:{seconds:02}")
    return bad


if __name__ == "__main__":
    sys.exit(main())
