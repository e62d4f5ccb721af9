"""Every test here has a desktop of its own with real servers, and runs the installed command."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.daemon_run import LONG, DaemonRun
from support.desktop import Desktop


@pytest.fixture
def make_run(make_desktop: Callable[..., Desktop]) -> Callable[..., DaemonRun]:
    """A daemon that is still to be started, in a desktop of the given options."""

    def make(config: str = LONG, **options: object) -> DaemonRun:
        return DaemonRun(make_desktop(**options), config)

    return make
