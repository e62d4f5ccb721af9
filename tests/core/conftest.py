"""What every test of the core runs under."""

from __future__ import annotations

import pytest

from unsit.core import cron, hours


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """No test sees what another left in a cache: a wrong answer must not hide behind an earlier right one."""
    for remembering in (cron.parse_cron, hours.local_instant, hours._merged, hours._off_ranges):
        remembering.cache_clear()
