"""One connection to an X server that never blocks the loop, over python-xlib's protocol layer.

`Xlib.display` would be the usual door. It loads every extension and asks the server for each of them: 3 MB, against 0.8 MB for
the layer below it, which is all that is needed here. Import this module only when a connection is wanted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from Xlib.protocol import display as protocol
from Xlib.protocol import rq

from unsit.ports import AdapterError, AdapterTimeout
from unsit.words import _

log = logging.getLogger(__name__)

_CONNECTING: Final = threading.Lock()
"""One after the other: the second uses the memory again in which the first has read what is forgotten at once."""
_BAD_WINDOW: Final = 3
ANSWER_TIMEOUT_S: Final = 2.0
"""An X server answers in less than a millisecond; one that takes this long hangs, or is stopped."""


class _Display(protocol.Display):  # type: ignore[misc]  # python-xlib ships no types
    resource_classes: Mapping[str, type] = {}
    """Windows and pixmaps stay numbers. (Set by Xlib.display, and read while connecting.)"""
    event_classes = protocol.Display.event_classes.copy()
    """Our own: the codes of extensions belong to one server, python-xlib keeps one table for all."""


class _QueryExtension(rq.ReplyRequest):  # type: ignore[misc]
    """QueryExtension of the core protocol; Xlib.protocol.request would bring 120 more."""

    _request = rq.Struct(
        rq.Opcode(98), rq.Pad(1), rq.RequestLength(), rq.LengthOf("name", 2), rq.Pad(2), rq.String8("name")
    )
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Pad(1), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Card8("present"),
        rq.Card8("major_opcode"), rq.Card8("first_event"), rq.Card8("first_error"), rq.Pad(20),
    )  # fmt: skip


class X11Connection:
    """Requests go out at once, their replies and the events come in through the loop.

    Attributes:
        display: python-xlib's, for what needs its root windows, atoms and resource numbers.
        on_event: called with each event of the server. MappingNotify comes unasked.
        on_lost: called once, with the reason, when the server has gone (not after `close()`).
        on_heard: called whenever the server has sent anything: a sign that it lives.
    """

    def __init__(self, display: Any) -> None:
        self.display = display
        self.on_event: Callable[[Any], None] | None = None
        self.on_lost: Callable[[str], None] | None = None
        self.on_heard: Callable[[], None] | None = None
        self._loop = asyncio.get_running_loop()
        self._fd: int = display.fileno()
        self._is_open = True
        self._asked: list[tuple[Any, asyncio.Future[dict[str, Any]]]] = []
        display.set_error_handler(_log_error)
        self._loop.add_reader(self._fd, self._read)

    @classmethod
    async def open(cls, name: str | None = None, *, timeout_s: float = ANSWER_TIMEOUT_S) -> Self:
        """Connect to `name`, by default to $DISPLAY. Raises AdapterError; AdapterTimeout where it does not answer."""
        return cls(await _open_display(name, timeout_s))

    @property
    def is_open(self) -> bool:
        return self._is_open

    def close(self) -> None:
        self._shut(_("the connection was closed"))

    def send(self, request: type, **fields: Any) -> None:
        """A request that has no reply; nothing on a connection that is gone. What the server has against it is logged."""
        if self._is_open:
            request(display=self.display, **fields)
            self._flush()

    async def ask(self, request: type, *, timeout_s: float = ANSWER_TIMEOUT_S, **fields: Any) -> dict[str, Any]:
        """The fields of the reply.

        Raises:
            AdapterError: the server refused, or has gone.
            AdapterTimeout: it did not answer within `timeout_s`.
        """
        if not self._is_open:
            raise AdapterError(_("The X server has gone."))
        answer: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        entry = (request(display=self.display, defer=True, **fields), answer)
        self._asked.append(entry)
        self._flush()
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            if answer.done() and not answer.cancelled():  # it was this process that stood still
                return answer.result()
            message = _("The X server did not answer within {seconds} s.").format(seconds=f"{timeout_s:g}")
            raise AdapterTimeout(message) from None
        finally:
            if entry in self._asked:
                self._asked.remove(entry)

    async def query_extension(self, name: str) -> dict[str, Any] | None:
        """major_opcode, first_event and first_error of it; None where the server does not have it. Raises as `ask`."""
        reply = await self.ask(_QueryExtension, name=name)
        return reply if reply["present"] else None

    def _flush(self) -> None:
        try:
            self.display.flush()
        except Exception as error:  # noqa: BLE001 - python-xlib raises what the socket, or its parser, raised
            self._loop.call_soon(self._lose, str(error))
            return
        # It reads too whatever has come meanwhile, and the socket will not say so again.
        self._loop.call_soon(self._collect)

    def _read(self) -> None:
        try:
            self.display.pending_events()
        # Barrier: besides ConnectionClosedError there are the assertions of python-xlib's parser; after one of them
        # nothing that follows on this connection can be understood.
        except Exception as error:  # noqa: BLE001
            self._lose(str(error))
            return
        self._collect()

    def _collect(self) -> None:
        if not self._is_open:
            return
        for request, answer in tuple(self._asked):
            if answer.done():
                continue
            if request._error is not None:
                answer.set_exception(AdapterError(_("The X server refused: {why}").format(why=request._error)))
            elif request._data is not None:
                answer.set_result(request._data)
            else:
                continue
            self._guard(self.on_heard)
        while self._is_open and self.display.event_queue:
            event = self.display.next_event()  # from the queue: it does not wait
            self._guard(self.on_heard)
            self._guard(self.on_event, event)

    def _lose(self, why: str) -> None:
        if self._is_open:
            self._shut(why)
            self._guard(self.on_lost, why)

    def _shut(self, why: str) -> None:
        if not self._is_open:
            return
        self._is_open = False
        self._loop.remove_reader(self._fd)
        self.display.socket.close()
        for _request, answer in self._asked:
            if not answer.done():
                answer.set_exception(AdapterError(_("The X server has gone: {why}").format(why=why)))
        self._asked.clear()

    def _guard(self, callback: Callable[..., None] | None, *args: Any) -> None:
        # Barrier: a callback that fails must not cost the events that come after this one.
        try:
            if callback is not None:
                callback(*args)
        except Exception:
            log.exception("A callback of the X connection failed")


def _log_error(error: Any, _request: Any) -> None:
    # A window may go at any moment.
    level = logging.DEBUG if error.code == _BAD_WINDOW else logging.WARNING
    log.log(level, "The X server refused a request: %s", error)


def _forget_visuals(display: Any) -> None:
    """The ways in which a server can colour its pixels are some hundred dictionaries, 0.2 MB, and nobody draws over this."""
    for screen in display.info.roots:
        screen.allowed_depths = []


async def _open_display(name: str | None, timeout_s: float) -> Any:
    """python-xlib connects by blocking calls without any time limit: in a thread of its own, for as long as that takes."""
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[Any] = loop.create_future()
    display = _Display.__new__(_Display)

    def settle(error: Exception | None) -> None:
        if opened.done():  # nobody waits any more
            if error is None:
                display.socket.close()
        elif error is None:
            opened.set_result(display)
        else:
            opened.set_exception(AdapterError(_("There is no X server to talk to: {why}").format(why=error)))

    def connect() -> None:
        failure: Exception | None = None
        try:
            with _CONNECTING:
                if opened.done():
                    return
                protocol.Display.__init__(display, name)
                _forget_visuals(display)
        except Exception as error:  # noqa: BLE001 - of a name, a socket, a cookie or a parser; carried over to the loop
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, failure)

    threading.Thread(target=connect, name="x11-connect", daemon=True).start()
    try:
        async with asyncio.timeout(timeout_s):
            return await opened
    except TimeoutError:
        message = _("The X server did not answer within {seconds} s.").format(seconds=f"{timeout_s:g}")
        raise AdapterTimeout(message) from None
    finally:
        if opened.cancelled() and (sock := getattr(display, "socket", None)) is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # wakes the thread, which ends by it
