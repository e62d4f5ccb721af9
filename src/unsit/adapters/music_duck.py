"""ports.Music: everything else that sounds is made quieter for the stretch (PulseAudio, PipeWire), by a process of its own.

`DuckedMusic` is the daemon's side, and says on the process's standard input what is wanted. When that ends, all is to be as
it was: the kernel closes it when the daemon dies, however it dies.

A sound server remembers the volume of a program beyond its streams, and beyond the session: one whose track ended while it
was quieter would begin the next one so. For these the process stays a while, asleep until the server tells of a new stream;
and it keeps a note on the disk of what it has made quieter, for the one after it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path, PurePath
from typing import ClassVar, Final, Protocol

from msgspec import Struct

from unsit import paths
from unsit.adapters.memo import Memo
from unsit.adapters.pulse import SERVER_WITHIN_S, PulseConnection, number, socket_path
from unsit.ports import AdapterError
from unsit.words import _

log = logging.getLogger(__name__)

QUIETER: Final = 0.4
"""Times the volume, on PulseAudio's scale, where that is -24 dB: there, and no match for a voice."""
QUIET, LOUD = b"q", b"l"
OWN: Final = frozenset(
    {"paplay", "pacat", "pw-play", "pw-cat", "aplay", "espeak-ng", "espeak", "flite", "speech-dispatcher"}
)
"""Programs that a coach is heard through, as they name themselves (application.process.binary)."""
ROUNDED: Final = 64
"""A tenth of a per cent."""
STAYS_S: Final = 600.0
"""For programs that do not sound when all is over."""
NOTE_KEPT_S: Final = 7 * 86400.0
"""A program that has not sounded for so long is not waited for by the next start; its slider is in the person's hand."""

_GET_SINK_INPUT_INFO_LIST, _SET_SINK_INPUT_VOLUME = 30, 37
_SINK_INPUT: Final = 0x0004
"""Of the facilities one subscribes to."""
_NEW, _CHANGED = 0x0002, 0x0012
"""As events say it of a sink input."""
_RECORD: Final = 15
"""Values in the record of a sink input, in version 19 of the protocol: index, name, module, client, sink, sample specification,
channel map, volumes, two latencies, resample method, driver, muted, properties, corked."""
_INDEX, _VOLUMES, _PROPERTIES = 0, 7, 13

Volumes = tuple[int, ...]
"""Of each channel, as the server counts: 65536 is as loud as it was recorded."""


class DuckedMusic:
    """One process serves all stretches: while that of the last one waits for a program to sound again, a second would take
    the quiet volume for the program's own."""

    starts_sound = False
    _process: ClassVar[subprocess.Popen[bytes] | None] = None

    async def quieten(self) -> None:
        """Raises AdapterError where no sound server listens."""
        path = socket_path()
        if not path.exists():
            raise AdapterError(_("Music is not made quieter: no sound server listens at {path}.").format(path=path))
        if not self._tell(QUIET):
            self._start(QUIET)

    async def restore(self) -> None:
        """Returns at once; the process does it, and ends when nothing is left to be done."""
        self._tell(LOUD)

    def recover(self) -> None:
        """Put right what the process of an earlier daemon could not, by its note: it was killed, or the session had ended."""
        try:
            self._start(LOUD)
        except OSError as error:  # the note stays, for the next one
            log.warning("The volumes are not put right: %s", error)

    def _start(self, word: bytes) -> None:
        from unsit.adapters.child import wait_for

        # In a session of its own: what ends the daemon must not end it too, before it has put things right.
        DuckedMusic._process = process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for(process)
        self._tell(word)

    def _tell(self, word: bytes) -> bool:
        """False: there is nobody to tell."""
        process = self._process
        if process is None or process.stdin is None or process.poll() is not None:
            return False
        try:
            os.write(process.stdin.fileno(), word)
        except OSError:  # it has just ended
            return False
        return True


# ------------------------------------------------------------------------------------------------------- in the process


class Sounding(Struct, frozen=True):
    """A stream that plays. Attributes: program: as it names itself."""

    index: int
    program: str
    volumes: Volumes


class Mixer(Protocol):
    """A sound server's. Attributes: has_changed: a stream has begun or changed, or the server has gone: `is_lost` says so."""

    has_changed: asyncio.Event
    is_lost: bool

    async def follow(self) -> None:
        """From when this returns on, `has_changed` misses nothing. Raises AdapterError, as the others."""

    async def streams(self) -> list[Sounding]:
        """Whatever sounds, or stands still and may go on; but for what has just begun and has no volume yet."""

    async def set_volumes(self, index: int, volumes: Volumes) -> None: ...


class Quieter(Struct, frozen=True):
    """What was made of a stream's volumes."""

    before: Volumes
    ours: Volumes


class Ducker:
    """
    Args:
        note: the file in which it stands what was made quieter and not yet as before.
    """

    def __init__(self, mixer: Mixer, note: Path) -> None:
        self._mixer, self._memo = mixer, Memo(note, dict[str, Quieter])
        self._of_stream: dict[int, Quieter] = {}
        is_known = self._memo.age_s() < NOTE_KEPT_S
        self._of_program = (self._memo.read() if is_known else None) or {}

    async def duck(self) -> None:
        """Whatever sounds now."""
        for stream in await self._mixer.streams():
            if stream.index in self._of_stream or stream.program in OWN:
                continue
            known = self._of_program.get(stream.program)
            if known is not None and _are_same(known.ours, stream.volumes):
                # The next track: the sound server remembers what we have made of the program's volume.
                self._of_stream[stream.index] = known
                continue
            ours = tuple(round(QUIETER * volume) for volume in stream.volumes)
            self._of_stream[stream.index] = self._of_program[stream.program] = Quieter(stream.volumes, ours)
            self._memo.write(self._of_program)  # first: who is killed in between has noted too much, not too little
            await self._set(stream, ours)

    async def restore(self) -> bool:
        """But where somebody has turned a volume since, it is theirs. True: each program has been seen to sound as before."""
        waiting = dict(self._of_program)
        for stream in await self._mixer.streams():
            known = self._of_stream.get(stream.index) or self._of_program.get(stream.program)
            is_ours = known is not None and _are_same(known.ours, stream.volumes)
            if known is None or not is_ours or await self._set(stream, known.before):
                waiting.pop(stream.program, None)
        self._of_stream.clear()
        if not waiting:
            self._memo.forget()
        elif waiting != self._of_program:
            self._memo.write(waiting)
        self._of_program = waiting
        return not waiting

    async def _set(self, stream: Sounding, volumes: Volumes) -> bool:
        """False: it has just ended; the others have not."""
        try:
            await self._mixer.set_volumes(stream.index, volumes)
        except AdapterError as error:
            log.info("The volume of %s: %s", stream.program, error)
            return False
        return True


def _are_same(some: Volumes, others: Volumes) -> bool:
    """But for what a server loses that counts in other units."""
    return len(some) == len(others) and all(
        abs(one - other) <= ROUNDED for one, other in zip(some, others, strict=True)
    )


class PulseMixer:
    """Mixer, over PulseAudio's protocol."""

    def __init__(self, connection: PulseConnection) -> None:
        self._connection = connection
        self.has_changed = asyncio.Event()
        self.is_lost = False
        connection.on_event, connection.on_lost = self._on_event, self._on_lost

    async def streams(self) -> list[Sounding]:
        values = await self._connection.ask(_GET_SINK_INPUT_INFO_LIST, within_s=SERVER_WITHIN_S)
        records = [values[start : start + _RECORD] for start in range(0, len(values) - _RECORD + 1, _RECORD)]
        found = [
            Sounding(
                record[_INDEX],
                _program(record[_PROPERTIES]),
                struct.unpack(f">{len(record[_VOLUMES]) // 4}I", record[_VOLUMES]),
            )
            for record in records
        ]
        # PipeWire tells of a stream before it has found the program's volume: 0 until then, which is no volume to go back to.
        return [stream for stream in found if any(stream.volumes)]

    async def set_volumes(self, index: int, volumes: Volumes) -> None:
        packed = b"v" + bytes([len(volumes)]) + struct.pack(f">{len(volumes)}I", *volumes)
        await self._connection.ask(_SET_SINK_INPUT_VOLUME, number(index), packed, within_s=SERVER_WITHIN_S)

    async def follow(self) -> None:
        await self._connection.subscribe(_SINK_INPUT)

    def _on_event(self, what: int, _index: int) -> None:
        if what in (_NEW, _CHANGED):
            self.has_changed.set()

    def _on_lost(self, _why: str) -> None:
        self.is_lost = True
        self.has_changed.set()


def _program(properties: dict[str, str]) -> str:
    binary = properties.get("application.process.binary", "")
    name = properties.get("application.name", "")
    # speech-dispatcher's modules have names of their own: sd_espeak-ng, speech-dispatcher-espeak-ng.
    if name.startswith("speech-dispatcher") or binary.startswith("sd_"):
        return "speech-dispatcher"
    return PurePath(binary).name or name


class Orders:
    """What the daemon wants, from a pipe.

    Attributes:
        is_quiet: what it said last.
        are_over: it has ended.
        stays_s: how long to wait for what does not sound when all is over.
    """

    def __init__(self, descriptor: int, has_changed: asyncio.Event) -> None:
        self._descriptor, self._has_changed = descriptor, has_changed
        self.is_quiet, self.are_over, self.stays_s = True, False, STAYS_S
        os.set_blocking(descriptor, False)
        asyncio.get_running_loop().add_reader(descriptor, self.take)

    def take(self) -> None:
        """All that has been said."""
        while not self.are_over:
            try:
                said = os.read(self._descriptor, 64)
            except BlockingIOError:
                return
            self.is_quiet = said[-1:] == QUIET
            self._has_changed.set()
            if not said:
                self.end()

    def end(self) -> None:
        """Whatever is said from now on finds nobody."""
        if not self.are_over:
            self.are_over, self.is_quiet = True, False
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._has_changed.set()

    def stop(self) -> None:
        """The system wants this process to end: put right what sounds, and no more."""
        self.stays_s = 0.0
        self.end()


async def serve(mixer: Mixer, ducker: Ducker, orders: Orders) -> None:
    """Hold the volumes down and set them right, until everything is as it was and nothing more is wanted."""
    loop = asyncio.get_running_loop()
    until_s: float | None = None
    await mixer.follow()
    while not mixer.is_lost:
        mixer.has_changed.clear()
        orders.take()
        if orders.is_quiet:
            until_s = None
            await ducker.duck()
        else:
            end_s = loop.time() + orders.stays_s
            until_s = end_s if until_s is None else min(until_s, end_s)
            if await ducker.restore():
                orders.take()
                if not orders.is_quiet:
                    orders.end()
                    return
        try:
            async with asyncio.timeout_at(until_s):
                await mixer.has_changed.wait()
        except TimeoutError:
            return


async def run(orders_from: int, note: Path) -> None:
    """Raises AdapterError: there is no sound server, or it has gone."""
    connection = await PulseConnection.open(socket_path(), answer_within_s=SERVER_WITHIN_S)
    try:
        mixer = PulseMixer(connection)
        orders = Orders(orders_from, mixer.has_changed)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, orders.stop)
        await serve(mixer, Ducker(mixer, note), orders)
    finally:
        connection.close()


def main() -> int:
    try:
        asyncio.run(run(sys.stdin.fileno(), paths.quieter_note()))
    except AdapterError:  # nothing sounds where no server runs; what it remembers is in the note
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
