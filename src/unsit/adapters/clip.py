"""A sound in memory that programs can open as a WAV file: nothing is written to the disk, and nothing stays behind."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import tempfile
import wave
from array import array
from pathlib import Path
from typing import Final

_HEADER_BYTES: Final = 44
"""Of the plain form that Python's wave module and espeak-ng write: RIFF size at 4, data size at 40 (the WAVE format)."""


class Clip:
    """Attributes:
    path: what a program opens; on Linux it must have inherited `fds`.
    seconds: how long it sounds.
    """

    def __init__(self) -> None:
        """An empty one, to be written to by way of `fd`."""
        self._file: str | None = None
        if sys.platform == "linux":
            self.fd = os.memfd_create("unsit-sound")
            self.path = f"/proc/self/fd/{self.fd}"
        else:
            self.fd, self._file = tempfile.mkstemp(prefix="unsit-", suffix=".wav")
            self.path = self._file
        self.seconds = 0.0

    @property
    def fds(self) -> tuple[int, ...]:
        return (self.fd,) if self._file is None else ()

    def seal(self) -> bool:
        """All has been written: make the header say so (what is written into a pipe says it is endless). False: no sound."""
        size = os.fstat(self.fd).st_size
        if size <= _HEADER_BYTES:
            return False
        with open(os.dup(self.fd), "r+b") as file:  # noqa: PTH123  a descriptor
            file.seek(0)
            header = file.read(_HEADER_BYTES)
            if header[:4] != b"RIFF" or header[36:40] != b"data":
                return False
            file.seek(4)
            file.write(struct.pack("<I", size - 8))
            file.seek(40)
            file.write(struct.pack("<I", size - _HEADER_BYTES))
        bytes_per_s = struct.unpack_from("<I", header, 28)[0]
        self.seconds = (size - _HEADER_BYTES) / bytes_per_s if bytes_per_s else 0.0
        return self.seconds > 0

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self.fd)
        if self._file is not None:
            Path(self._file).unlink(missing_ok=True)


def read_clip(path: Path, volume: float) -> Clip:
    """A WAV file of 16 bits as loud as `volume` says, in per cent as it is heard.

    Raises:
        OSError, wave.Error: it cannot be read.
    """
    with wave.open(str(path), "rb") as file:
        shape = file.getparams()
        samples = array("h", file.readframes(shape.nframes))
    # Loudness goes about with the square of the amplitude; half of it is heard at a quarter, as with most volume sliders.
    gain = (volume / 100) ** 2
    if sys.byteorder == "big":
        samples.byteswap()
    louder = array("h", (int(gain * sample) for sample in samples))
    if sys.byteorder == "big":
        louder.byteswap()
    clip = Clip()
    try:
        with open(os.dup(clip.fd), "wb") as out, wave.open(out, "wb") as made:  # noqa: PTH123  a descriptor
            made.setparams(shape)
            made.writeframes(louder.tobytes())
        clip.seal()
    except BaseException:
        clip.close()
        raise
    return clip
