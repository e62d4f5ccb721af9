"""What must be known after a crash: a small file, which is there only as long as there is something to be remembered."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

log = logging.getLogger(__name__)

T = TypeVar("T")


class Memo(Generic[T]):
    """JSON of one type. Whatever cannot be read or written is logged: it is kept in memory by whoever uses this."""

    def __init__(self, file: Path, type_: type[T]) -> None:
        self._file, self._type = file, type_

    def read(self) -> T | None:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=self._type)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:  # msgspec's are of the second kind, and others that it lets through
            log.warning("%s is left out: %s", self._file, error)
            return None

    def age_s(self) -> float:
        """By the wall clock, since it was last written; 0 where there is none."""
        try:
            return time.time() - self._file.stat().st_mtime
        except OSError:
            return 0.0

    def write(self, content: T) -> None:
        """As a whole, so that there is the old one or the new one."""
        fresh = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(msgspec.json.encode(content))
            fresh.replace(self._file)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._file, error)

    def forget(self) -> None:
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be removed: %s", self._file, error)
