"""The other end of the control socket, for the command line: blocking, and nothing heavy is imported."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from unsit import paths
from unsit.peer import is_ours
from unsit.words import _

ANSWER_WITHIN_S: Final = 5.0
INVALID_PARAMS: Final = -32602
NO_SUCH_METHOD: Final = -32601


class NoDaemon(Exception):
    """Nobody listens."""


class CommandError(Exception):
    """The daemon said no. `str()` says what happened, `next_step` what to do instead, both for people."""

    def __init__(self, message: str, next_step: str = "", *, is_wrong_call: bool = False) -> None:
        super().__init__(message)
        self.next_step, self.is_wrong_call = next_step, is_wrong_call


class ControlClient:
    """One connection; a context manager."""

    def __init__(self, path: Path | None = None) -> None:
        """Raises: NoDaemon. CommandError: it does not answer."""
        try:
            self._socket = _dial(path or paths.control_socket())
        except (TimeoutError, BlockingIOError) as error:  # its queue is full
            raise _no_answer() from error
        except OSError as error:
            raise NoDaemon(str(error)) from error
        if not is_ours(self._socket):  # in a temporary folder anybody may have been there first
            self._socket.close()
            raise NoDaemon("somebody else listens there")
        self._file = self._socket.makefile("rb")
        self._last_id = 0

    def __enter__(self) -> ControlClient:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
            self._socket.close()

    def call(self, method: str, **params: Any) -> Any:
        """Raises: CommandError: refused, or no answer in time. NoDaemon: it went away."""
        self._last_id += 1
        request = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params}
        try:
            with contextlib.suppress(BrokenPipeError):  # hung up on: the reason is there to be read
                self._socket.sendall(json.dumps(request).encode() + b"\n")
            while True:
                message = self._read()
                if message.get("id") == self._last_id or (message.get("id") is None and "error" in message):
                    break
        except TimeoutError as error:
            raise _no_answer() from error
        except OSError as error:
            raise NoDaemon(str(error)) from error
        if "error" in message:
            refusal = message["error"]
            raise CommandError(
                str(refusal.get("message", "")),
                str((refusal.get("data") or {}).get("next_step", "")),
                is_wrong_call=refusal.get("code") in (INVALID_PARAMS, NO_SUCH_METHOD),
            )
        return message.get("result")

    def follow(self) -> Iterator[dict[str, Any]]:
        """Snapshots, the present one first, until the daemon ends. Raises as `call`."""
        yield self.call("subscribe")
        self._socket.settimeout(None)
        while True:
            try:
                message = self._read()
            except NoDaemon:
                return
            if message.get("method") == "snapshot":
                yield message["params"]

    def _read(self) -> dict[str, Any]:
        line = self._file.readline()
        if not line:
            raise NoDaemon("it hung up")
        message: dict[str, Any] = json.loads(line)
        return message


def _dial(path: Path) -> socket.socket:
    """Raises: OSError."""
    if paths.is_address(path):
        from unsit import loopback

        return loopback.dial(path, ANSWER_WITHIN_S)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(ANSWER_WITHIN_S)
    try:
        sock.connect(str(path))
    except OSError:
        sock.close()
        raise
    return sock


def _no_answer() -> CommandError:
    return CommandError(_("Unsit does not answer"), _("See its log: {path}").format(path=paths.state_dir() / "log"))
