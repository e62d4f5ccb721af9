"""Which programs run, by the names that people know them by, from /proc: programs of other people have only some of theirs."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
COMM_MOST: Final = 15
"""The kernel keeps so many bytes of a program's name."""
CUT: Final = "\N{REPLACEMENT CHARACTER}"
"""What is left of a letter that it has cut in two."""


def processes(proc: Path = PROC) -> Iterator[Path]:
    """The folder of each; it may end at any moment."""
    return (folder for folder in proc.iterdir() if folder.name.isdecimal())


def names_of(process: Path) -> list[str]:
    """As the kernel calls it, then its program, and the script that an interpreter runs; none for one that is over already,
    and for a part of the kernel.

    Raises:
        OSError: it has just ended.
    """
    comm = (process / "comm").read_bytes().rstrip(b"\n").decode(errors="replace")
    words = (process / "cmdline").read_bytes().split(b"\0")[:2]
    return [comm, *(Path(os.fsdecode(word)).name for word in words if word)] if words[0] else []


def listed_name(names: Sequence[str], listed: Collection[str]) -> str | None:
    """By which name of a list a process goes. Args: names: `names_of` it. listed: in small letters."""
    for name in names:
        if name.casefold() in listed:
            return name.casefold()
    if names and len(names[0].encode()) >= COMM_MOST:
        begins = names[0].removesuffix(CUT).casefold()
        return next((one for one in listed if one.startswith(begins)), None)
    return None
