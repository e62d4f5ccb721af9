"""What the system noted of an earlier boot: the last line of its journal."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from typing import Final

import msgspec

TIME_LIMIT_S: Final = 2.0


async def last_evidence(boot_id: str) -> float | None:
    """The last moment, in POSIX seconds, that the journal has of a boot; None where there is no journal to read.

    Asked only after a power failure, so at most once a boot.
    """
    if shutil.which("journalctl") is None:
        return None
    process = await asyncio.create_subprocess_exec(
        "journalctl",
        f"--boot={boot_id.replace('-', '')}",
        "--lines=1",
        "--output=json",
        "--output-fields=_BOOT_ID",
        "--quiet",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            output, _errors = await process.communicate()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return None
    try:
        return int(msgspec.json.decode(output)["__REALTIME_TIMESTAMP"]) / 1e6
    except (ValueError, KeyError, TypeError):
        return None
