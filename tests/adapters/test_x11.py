"""The connection itself, on a real X server; what it is used for has tests of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from support.desktop import Desktop, needs
from unsit.adapters.x11 import X11Connection

pytestmark = [needs("Xvfb"), pytest.mark.alone]


async def test_nothing_of_the_server_s_drawing_is_kept(make_desktop: Callable[..., Desktop]) -> None:
    """A server describes some hundred visuals, each a dictionary; the root windows, and what else is asked for, are there."""
    desktop = make_desktop(window_manager=None)

    first, second = await asyncio.gather(*(X11Connection.open(desktop.display) for _ in range(2)))

    try:
        assert "visual_id" not in repr((first.display.info, second.display.info))
        assert first.display.info.roots[0].root == second.display.info.roots[0].root != 0
        assert await first.query_extension("SYNC")
    finally:
        first.close()
        second.close()
