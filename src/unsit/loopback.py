"""The control socket where the system has no Unix sockets (Windows): a port of the loopback interface, and two secrets.

Where it is stands in a file that only the person can read (`paths.control_socket`), JSON: `port`, `secret`, `answer`. A client
says `secret` in its first line, and hears `answer` in the first line that comes back; both are hexadecimal. Only then either
side says or believes anything. Whoever cannot read the file learns nothing, though everybody may connect; and whoever took the
port after a daemon that was killed cannot answer as it did.

Loaded where it is used and nowhere else: hmac alone brings OpenSSL along. The daemon's side is in daemon/loopback_gate.py.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import socket
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

HOST: Final = "127.0.0.1"
SECRET_BYTES: Final = 32
REPLACE_TRIES: Final = 10
REPLACE_AGAIN_S: Final = 0.02
"""On Windows a file cannot be replaced while somebody reads it, which takes a client less than a millisecond."""
LINE_BYTES: Final = 2 * SECRET_BYTES + 1


class Address(NamedTuple):
    """Attributes: secret: the client's first line. answer: the daemon's."""

    port: int
    secret: str
    answer: str


def new_address(port: int) -> Address:
    return Address(port, secrets.token_hex(SECRET_BYTES), secrets.token_hex(SECRET_BYTES))


def line_of(secret: str) -> bytes:
    return secret.encode() + b"\n"


def is_line_of(secret: str, line: bytes) -> bool:
    """Takes equally long wherever they differ."""
    return hmac.compare_digest(line, line_of(secret))


def write_address(path: Path, address: Address) -> None:
    """As a whole or not at all, and at no moment readable by anybody else. On Windows the folder's access list says so: the
    runtime folder is in the person's own profile.

    Raises: OSError.
    """
    new = path.with_name(f".{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="ascii") as file:  # noqa: PTH123  a descriptor, which Path cannot open
        json.dump(address._asdict(), file)
    for is_last in (*[False] * REPLACE_TRIES, True):
        try:
            new.replace(path)
        except PermissionError:
            if is_last:
                raise
            time.sleep(REPLACE_AGAIN_S)
        else:
            return


def read_address(path: Path) -> Address:
    """
    Raises:
        OSError: there is none, or it may be somebody else's.
        ValueError: it is none.
    """
    with path.open(encoding="ascii") as file:
        if sys.platform != "win32":
            info = os.fstat(file.fileno())
            if info.st_uid not in (os.getuid(), 0) or info.st_mode & 0o077:
                raise PermissionError(f"{path} is not ours alone")
        read = json.load(file)
    match read:
        case {"port": int(port), "secret": str(secret), "answer": str(answer)} if 0 < port < 1 << 16:
            return Address(port, secret, answer)
    raise ValueError(f"{path} is no address")


def listen(backlog: int) -> socket.socket:
    """On a free port, which nobody may share."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # Without it, whoever says SO_REUSEADDR gets the port as well (Microsoft's "Using SO_REUSEADDR and
            # SO_EXCLUSIVEADDRUSE").
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        sock.bind((HOST, 0))
        sock.listen(backlog)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def dial(path: Path, timeout_s: float) -> socket.socket:
    """A connection on which both sides have shown who they are; blocks.

    Raises:
        OSError: nobody listens there, or it is somebody else. TimeoutError is one: it says nothing.
    """
    try:
        address = read_address(path)
    except ValueError as error:
        raise ConnectionRefusedError(str(error)) from error
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout_s)
        sock.connect((HOST, address.port))
        sock.sendall(line_of(address.secret))
        line = b""
        while len(line) < LINE_BYTES and (part := sock.recv(LINE_BYTES - len(line))):
            line += part
        if not is_line_of(address.answer, line):
            raise ConnectionRefusedError("somebody else listens there")
    except BaseException:
        sock.close()
        raise
    return sock
