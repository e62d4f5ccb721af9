"""Everything that can be a reason to hold a prompt back, as one: `Holds` starts the sources and merges what they say.

Which sources there are is decided by who makes it. A reason that several tell of holds until each has taken it back; one that
is switched off in the settings is followed, so that it counts at once when it is switched on, and not told of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from unsit.core.model import HoldReason
from unsit.ports import AdapterError, HoldSource
from unsit.words import _

log = logging.getLogger(__name__)

START_TIMEOUT_S: Final = 3.0
LOOK_TIMEOUT_S: Final = 1.0


class Holds:
    """Everything on the loop; nothing here raises for a source that fails."""

    def __init__(
        self, sources: Mapping[str, HoldSource], is_wanted: Callable[[HoldReason], bool] = lambda _reason: True
    ) -> None:
        """Args: is_wanted: the setting of a reason."""
        self._sources = sources
        self._is_wanted = is_wanted
        self._on_change: Callable[[HoldReason, bool], None] | None = None
        self._on_found: Callable[[], None] = lambda: None
        self._holding: set[str] = set()
        """Sources that say so."""
        self._told: set[HoldReason] = set()
        self._failures: dict[str, str] = {}
        """Why a source did not start; it may work since."""

    @property
    def reasons(self) -> frozenset[HoldReason]:
        """That hold now."""
        return frozenset(filter(self._is_wanted, self.found))

    @property
    def found(self) -> frozenset[HoldReason]:
        """That are there, also those that the settings let hold nothing: nobody is spoken to in a call."""
        return frozenset(self._sources[name].reason for name in self._holding)

    def names(self, reason: str) -> tuple[str, ...]:
        """Who is behind a reason now, as far as is known."""
        sources = (self._sources[name] for name in sorted(self._holding))
        return tuple(dict.fromkeys(who for source in sources if source.reason == reason for who in source.names))

    async def start(
        self, on_change: Callable[[HoldReason, bool], None], on_found: Callable[[], None] = lambda: None
    ) -> None:
        """`on_change(reason, holds)` for what holds already, and at each change; also while this still waits for a source.
        `on_found()` when what was `found` holds nothing, and has changed."""
        self._on_change, self._on_found = on_change, on_found
        await asyncio.gather(*(self._try(name) for name in self._sources))
        for line in self.describe():
            log.info("%s", line)

    async def look(self) -> None:
        """A prompt is due: those that are told of nothing look now."""
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                await asyncio.gather(*(source.look() for source in self._sources.values()))
        except TimeoutError:
            log.warning("What could hold the prompt back did not answer within %g s", LOOK_TIMEOUT_S)
        # Barrier: a prompt must come whatever a look finds.
        except Exception:
            log.exception("A look at what could hold the prompt back failed")

    def settings_changed(self) -> None:
        for name, source in self._sources.items():
            # Barrier: the settings must count whatever a source makes of them.
            try:
                source.settings_changed()
            except Exception:
                log.exception("The hold source %s failed at new settings", name)
        self._tell()

    async def stop(self) -> None:
        self._on_change, self._on_found = None, lambda: None
        await asyncio.gather(*(source.stop() for source in self._sources.values()), return_exceptions=True)
        self._holding.clear()

    def describe(self) -> list[str]:
        """A line for each source: what it hears from, or why it hears nothing."""
        lines = []
        for name, source in self._sources.items():
            line = source.describe() if source.works else self._failures.get(name, source.describe())
            if not self._is_wanted(source.reason):
                line = _("{source} (switched off by hold.{reason})").format(source=line, reason=source.reason)
            lines.append(line)
        return lines

    async def _try(self, name: str) -> None:
        source = self._sources[name]
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await source.start(partial(self._on_said, name))
        except AdapterError as error:
            self._failures[name] = str(error)
        except TimeoutError:
            self._failures[name] = _("{source}: it did not start within {seconds} s").format(
                source=name, seconds=f"{START_TIMEOUT_S:g}"
            )
        # Barrier: a source of which nobody has thought that it could fail like this costs only itself.
        except Exception as error:
            log.exception("The hold source %s failed to start", name)
            self._failures[name] = f"{name}: {type(error).__name__}: {error}"

    def _on_said(self, name: str, holds: bool) -> None:
        (self._holding.add if holds else self._holding.discard)(name)
        self._tell()
        if not self._is_wanted(self._sources[name].reason):
            self._on_found()

    def _tell(self) -> None:
        if self._on_change is None:
            return
        now = self.reasons
        gone, come = self._told - now, now - self._told
        self._told = set(now)
        for reason in sorted(gone):
            self._on_change(reason, False)
        for reason in sorted(come):
            self._on_change(reason, True)
