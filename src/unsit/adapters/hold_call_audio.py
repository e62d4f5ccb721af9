"""Whether somebody records: a call, a meeting. A stream that takes from a microphone, on PulseAudio or PipeWire.

Left out are streams from what the speakers play, those that only measure a level (the bars in the sound settings), those that
stand still, filters that pass the microphone on (echo cancellation, a loopback), and the programs of a list.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Final

from unsit.adapters.files_inotify import FolderWatch
from unsit.adapters.pulse import NONE, SERVER_WITHIN_S, PulseConnection, no_string, number, socket_path
from unsit.core.model import HoldReason
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

_GET_SOURCE_INFO, _GET_SOURCE_OUTPUT_INFO_LIST = 23, 32
_SOURCE_OUTPUT: Final = 0x0008
"""Of the facilities one subscribes to."""
_RECORD: Final = 13
"""Values in the record of a source output, in version 19 of the protocol: index, name, module, client, source, sample
specification, channel map, two latencies, resample method, driver, properties, corked."""
_MODULE, _CLIENT, _SOURCE, _METHOD, _PROPERTIES, _CORKED = 2, 3, 4, 9, 11, 12
_MONITOR_OF: Final = 8
"""In the record of a source: the sink that it listens to, or none."""
FIRST_WITHIN_S: Final = 2.0
"""For a server that runs; less than whoever starts the sources waits."""
PEAKS: Final = "peaks"
"""The resample method of PulseAudio that gives one number a time: nobody can be heard in that."""
ONLY_MEASURES: Final = "stream.monitor"
"""The same asked of PipeWire, which names no method: a property, "true"."""
PASSES_ON: Final = "node.link-group"
"""A property of both ends of a filter or a loopback in PipeWire: who listens to its other end has a stream of their own."""
PROGRAM: Final = "application.process.binary"
NAME: Final = "application.name"


class AudioCallHold:
    """ports.HoldSource."""

    reason: Final[HoldReason] = "call"

    def __init__(self, ignored: Callable[[], Collection[str]] = tuple) -> None:
        """Args: ignored: names of programs whose recording is no call; asked at each change."""
        self._ignored = ignored
        self._on_change: Callable[[bool], None] | None = None
        self._connection: PulseConnection | None = None
        self._looking: asyncio.Task[None] | None = None
        self._has_changed = False
        self._was_recording = False
        self._monitors: dict[int, bool] = {}
        """Source -> whether it listens to the speakers; forgotten at each look, for its number may be used again."""
        self._folder: FolderWatch | None = None
        self._returning: asyncio.Task[None] | None = None
        self._may_be_there = False
        """Something has come beside its socket, or it has gone a moment ago: it is worth asking."""
        self._why_not = _("not started")
        self._programs: list[str] = []

    @property
    def works(self) -> bool:
        return self._connection is not None

    @property
    def names(self) -> Sequence[str]:
        return self._programs

    def describe(self) -> str:
        if self._connection is None:
            return _("microphone: {why}").format(why=self._why_not)
        if self._programs:
            return _("microphone: used by {programs}").format(programs=", ".join(self._programs))
        return _("microphone: told by the sound server")

    async def start(self, on_change: Callable[[bool], None]) -> None:
        self._on_change = on_change
        self._why_not = _("the sound server has not answered yet")
        self._return_soon()
        if self._returning is not None:
            await asyncio.wait({self._returning}, timeout=FIRST_WITHIN_S)
        if self._connection is None:
            raise AdapterError(self.describe())

    async def look(self) -> None:
        pass

    def settings_changed(self) -> None:
        """The list of those that make no call may be another."""
        self._look()

    async def stop(self) -> None:
        self._on_change = None
        for task in (self._looking, self._returning):
            if task is not None:
                task.cancel()
        self._stop_waiting()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _connect(self, path: Path) -> None:
        connection = await PulseConnection.open(path, answer_within_s=SERVER_WITHIN_S)
        try:
            await connection.subscribe(_SOURCE_OUTPUT)
        except BaseException:
            connection.close()
            raise
        connection.on_event = lambda _what, _index: self._look()
        connection.on_lost = self._on_lost
        self._connection = connection
        self._look()

    def _on_lost(self, why: str) -> None:
        self._connection = None
        self._why_not = _("the sound server has gone ({why})").format(why=why)
        log.info("%s", self.describe())
        self._say([])
        self._return_soon()  # one that was restarted at once listens already

    def _wait_for_server(self) -> None:
        """One that comes makes its socket anew, and before that the folder of it, where there is none."""
        try:
            folder = socket_path().parent
            # Not both: in the one above others come and go all day.
            self._folder = FolderWatch([folder if folder.is_dir() else folder.parent], self._return_soon, only_new=True)
            self._folder.start()
        except AdapterError as error:
            log.info("%s", error)

    def _return_soon(self) -> None:
        self._may_be_there = True
        if self._connection is None and self._on_change and (self._returning is None or self._returning.done()):
            self._returning = asyncio.get_running_loop().create_task(self._return())

    async def _return(self) -> None:
        while self._may_be_there and self._connection is None:
            self._may_be_there = False
            self._stop_waiting()
            self._wait_for_server()  # before it is asked: it may come in between
            try:
                await self._connect(socket_path())
            except AdapterError as error:
                self._why_not = str(error)
        if self._connection is not None:
            log.info("%s", self.describe())
            self._stop_waiting()

    def _stop_waiting(self) -> None:
        if self._folder is not None:
            self._folder.stop()
            self._folder = None

    def _look(self) -> None:
        self._has_changed = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._find_out())

    async def _find_out(self) -> None:
        while self._has_changed and (connection := self._connection) is not None:
            self._has_changed = False
            try:
                self._say(await self._recording(connection))
            except AdapterError as error:
                log.info("The recording streams: %s", error)

    async def _recording(self, connection: PulseConnection) -> list[str]:
        """The programs that listen to a microphone."""
        self._monitors.clear()
        values = await connection.ask(_GET_SOURCE_OUTPUT_INFO_LIST, within_s=SERVER_WITHIN_S)
        ignored = {name.casefold() for name in self._ignored()}
        programs = []
        for start in range(0, len(values) - _RECORD + 1, _RECORD):
            record = values[start : start + _RECORD]
            properties: dict[str, str] = record[_PROPERTIES]
            names = [properties[key] for key in (PROGRAM, NAME) if properties.get(key)]
            if (
                record[_CORKED]
                or _is_level_meter(record)
                or _is_filter(record)
                or any(name.casefold() in ignored for name in names)
                or await self._is_monitor(connection, record[_SOURCE])
            ):
                continue
            programs.append((names or [_("a program")])[0])
        return programs

    async def _is_monitor(self, connection: PulseConnection, source: int) -> bool:
        if source == NONE:
            return True  # from nowhere yet
        if source not in self._monitors:
            record: list[Any] = await connection.ask(
                _GET_SOURCE_INFO, number(source), no_string(), within_s=SERVER_WITHIN_S
            )
            self._monitors[source] = record[_MONITOR_OF] != NONE
        return self._monitors[source]

    def _say(self, programs: list[str]) -> None:
        self._programs = programs
        is_recording = bool(programs)
        if is_recording != self._was_recording and self._on_change is not None:
            self._was_recording = is_recording
            self._on_change(is_recording)


def _is_level_meter(record: list[Any]) -> bool:
    properties: dict[str, str] = record[_PROPERTIES]
    return record[_METHOD] == PEAKS or properties.get(ONLY_MEASURES) == "true"


def _is_filter(record: list[Any]) -> bool:
    """One of the server's own: of a module, and of nobody's program; or one end of a pair."""
    is_of_module: bool = record[_MODULE] != NONE and record[_CLIENT] == NONE
    return is_of_module or PASSES_ON in record[_PROPERTIES]
