"""Who is at the other end of a Unix socket, for either end of the control socket. Elsewhere a secret says it (loopback.py)."""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from typing import Final

_PEER_CREDENTIALS: Final = struct.Struct("3i")


def is_ours(sock: socket.socket | None) -> bool:
    """The other end belongs to the same person (or to root, who may do anything anyway)."""
    if sys.platform != "linux" or sock is None or sock.family != socket.AF_UNIX:
        return True  # the socket's mode, or the secret, says who may connect
    try:
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER_CREDENTIALS.size)
    except OSError as error:
        return error.errno == errno.ENOTCONN  # gone already
    uid = _PEER_CREDENTIALS.unpack(raw)[1]
    return uid in (os.getuid(), 0)
