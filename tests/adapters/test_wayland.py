"""The small Wayland client itself, against a compositor that answers in this process."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import pytest

from support.compositor import Compositor
from support.patience import PATIENCE_S
from unsit.adapters.wayland import DISPLAY, DISPLAY_SYNC, WaylandConnection


async def test_a_handler_that_fails_costs_only_its_own_message(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What came with it in one piece is still handled, though the compositor has nothing more to say; and it is logged."""
    compositor = Compositor(tmp_path / "wayland-9", wl_seat=7)
    await compositor.start()
    connection = await WaylandConnection.open(compositor.path)

    def fail(_opcode: int, _arguments: bytes) -> None:
        raise ZeroDivisionError("ours")

    connection.send(DISPLAY, DISPLAY_SYNC, struct.pack("=I", connection.new(fail)))
    async with asyncio.timeout(PATIENCE_S):
        await connection.roundtrip()
    assert "ZeroDivisionError: ours" in caplog.text
    connection.close()
    compositor.close()
