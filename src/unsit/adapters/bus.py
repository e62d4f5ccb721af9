"""One D-Bus connection on the daemon's loop, over jeepney's protocol layer (which does no I/O of its own).

jeepney's own asyncio connection can neither receive file descriptors (the inhibitor lock of logind is one) nor answer
calls. Here are the socket, the calls and their time limits, the signals, and the objects that we show. What they mean
is the business of the other adapters.

Values are as jeepney has them: a struct is a tuple, an array a list (of bytes: `bytes`), a dictionary a dict, a variant
the pair (signature, value), a received file descriptor a `jeepney.FileDescriptor`, which whoever gets it must close or
convert.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from inspect import isawaitable
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self
from urllib.parse import unquote_to_bytes

from jeepney.auth import BEGIN, AuthenticationError, Authenticator
from jeepney.fds import FileDescriptor, fds_buf_size
from jeepney.low_level import (
    Endianness,
    Header,
    HeaderFields,
    Message,
    MessageFlag,
    MessageType,
    Parser,
    parse_signature,
)
from msgspec import Struct

from unsit.adapters.files_inotify import FolderWatch
from unsit.ports import AdapterError, AdapterTimeout
from unsit.words import _

log = logging.getLogger(__name__)

BUS_NAME: Final = "org.freedesktop.DBus"
BUS_PATH: Final = "/org/freedesktop/DBus"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
INTROSPECTABLE: Final = "org.freedesktop.DBus.Introspectable"
PEER: Final = "org.freedesktop.DBus.Peer"

CALL_TIMEOUT_S: Final = 2.0
"""A service that hangs must not hang us: libdbus waits 25 s by default."""
RECEIVE_BYTES: Final = 65536
MESSAGE_LIMIT_BYTES: Final = 128 * 1024 * 1024
"""No message may be longer (D-Bus specification, "Message Format")."""
OUTGOING_LIMIT_BYTES: Final = 16 * 1024 * 1024
"""A bus that reads nothing any more is as good as dead; what waits for it may not grow without end."""

_NAME_FLAG_DO_NOT_QUEUE: Final = 4
_NAME_REPLIES_OWNED: Final = (1, 4)
"""DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER and _ALREADY_OWNER (D-Bus specification, RequestName)."""


class BusError(AdapterError):
    """The other side answered with an error, or the bus is gone.

    A handler of ours raises it to answer a call with an error of that name.
    """

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(message or name)
        self.name = name
        self.message = message


class BusTimeout(AdapterTimeout):
    """No answer within the time limit."""


class Signal(NamedTuple):
    sender: str
    """The unique name it came from."""
    path: str
    interface: str
    member: str
    body: tuple[Any, ...]


SignalHandler = Callable[[Signal], None]


class Method(Struct, frozen=True):
    """A method of ours.

    Attributes:
        handler: takes the arguments; returns nothing for an empty `out_sig`, the value for one complete type, a tuple
            for several. May be a coroutine function.
    """

    in_sig: str
    out_sig: str
    handler: Callable[..., Any]
    in_names: tuple[str, ...] = ()
    out_names: tuple[str, ...] = ()


class Property(Struct, frozen=True):
    """A property of ours, read-only."""

    sig: str
    getter: Callable[[], Any]


class Interface(Struct, frozen=True):
    """Attributes: signals: name -> signature."""

    name: str
    methods: Mapping[str, Method] = {}
    properties: Mapping[str, Property] = {}
    signals: Mapping[str, str] = {}


class Subscription:
    """What `Bus.subscribe` and `Bus.watch_name` return; `cancel()` any time, as often as one likes."""

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel: Callable[[], None] | None = cancel

    def cancel(self) -> None:
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()


class _Match:
    """A match rule, and who gets what it lets through."""

    def __init__(
        self,
        handler: SignalHandler,
        sender: str,
        path: str | None,
        interface: str | None,
        member: str | None,
        arg0: str | None,
    ) -> None:
        self.handler = handler
        self.sender = sender
        self.owner: str | None = sender if sender == BUS_NAME or sender.startswith(":") else None
        self.path = path
        self.interface = interface
        self.member = member
        self.arg0 = arg0

    def rule(self) -> str:
        parts = {"type": "signal", "sender": self.sender, "path": self.path, "interface": self.interface,
                 "member": self.member, "arg0": self.arg0}  # fmt: skip
        # An apostrophe closes the quotes, stands escaped, and opens them again (D-Bus specification, "Match Rules").
        quoted = {key: value.replace("'", r"'\''") for key, value in parts.items() if value is not None}
        return ",".join(f"{key}='{value}'" for key, value in quoted.items())

    def lets_through(self, signal: Signal) -> bool:
        # The bus filters by sender, but another rule of ours, or a signal sent to us alone, may bring the same signal
        # from somebody else: GNOME's notification signals are sent by two.
        return (
            signal.sender == self.owner
            and self.path in (None, signal.path)
            and self.interface in (None, signal.interface)
            and self.member in (None, signal.member)
            and (self.arg0 is None or signal.body[:1] == (self.arg0,))
        )


class Bus:
    """A connection. Everything runs on the loop that `connect` ran on; nothing blocks it.

    Attributes:
        unique_name: our address on this bus, `:1.42`.
        on_lost: called when the bus died (not after `close()`). Every call that waits fails then, and whoever watches a
            name is told that it has no owner.
        on_back: called when a bus that `returns` is there again, with everything that was asked of the one before:
            subscriptions and objects. Whoever watches a name has been told by then.
    """

    def __init__(self, kind: str, sock: socket.socket, target: bytes = b"", *, returns: bool = False) -> None:
        """Args: target: the socket's address. returns: one that dies is waited for."""
        self.kind = kind
        self.unique_name = ""
        self.on_lost: Callable[[], None] | None = None
        self.on_back: Callable[[], None] | None = None
        self._target = target
        self._returns = returns
        self._returning: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._is_open = True
        self._parser = Parser()
        self._serial = 0
        self._replies: dict[int, asyncio.Future[Message]] = {}
        self._outgoing = bytearray()
        self._matches: list[_Match] = []
        self._name_watchers: list[tuple[str, Callable[[str | None], None]]] = []
        self._objects: dict[str, dict[str, Interface]] = {}
        self._answers: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------------------------------------------ connect and close

    @classmethod
    async def connect(
        cls,
        kind: Literal["session", "system"],
        *,
        address: str | None = None,
        timeout_s: float = CALL_TIMEOUT_S,
        returns: bool = False,
    ) -> Self:
        """
        Args:
            returns: one that dies is waited for, where its socket is a file; what was asked of it is asked anew.

        Raises:
            AdapterError: there is no such bus, or none that answers.
        """
        failure = _("no address is known")
        for target in socket_addresses(address or _bus_address(kind)):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
            bus: Self | None = None
            try:
                async with asyncio.timeout(timeout_s):
                    await _authenticate(sock, target)
                    bus = cls(kind, sock, target, returns=returns)
                    bus._loop.add_reader(sock, bus._read)
                    (bus.unique_name,) = await bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "Hello", timeout_s=timeout_s)
                return bus
            except (TimeoutError, BusTimeout):
                failure = _("it did not answer within {seconds} s").format(seconds=f"{timeout_s:g}")
            except OSError as error:
                failure = error.strerror or str(error)
            except (AuthenticationError, BusError) as error:
                failure = str(error)
            finally:
                if bus is None:
                    sock.close()
                elif not bus.unique_name:
                    bus.close()
        message = (
            _("There is no session bus ({why}). Start Unsit inside your desktop session.")
            if kind == "session"
            else _("There is no system bus ({why}).")
        )
        raise AdapterError(message.format(why=failure))

    @property
    def is_open(self) -> bool:
        return self._is_open

    def close(self) -> None:
        """Leave the bus: the names, the match rules and the objects go with the connection."""
        if self._returning is not None:
            self._returning.cancel()
        self._matches.clear()
        if not self._is_open:
            return
        if self._outgoing:  # what was said last should still be heard, as far as the socket takes it
            self._write()
        self._shut(_("the connection was closed"))

    def _lose(self, why: str) -> None:
        if not self._is_open:
            return
        log.warning("Lost the %s bus: %s", self.kind, why)
        self._shut(why)
        if not self._returns:
            self._matches.clear()
        for _name, on_owner in tuple(self._name_watchers):
            self._guard(on_owner, None)
        if self.on_lost is not None:
            self._guard(self.on_lost)
        if self._returns and self._target[:1] == b"/" and (self._returning is None or self._returning.done()):
            self._returning = self._loop.create_task(self._return())

    async def _return(self) -> None:
        """Until one is there again: a bus that is started makes its socket anew."""
        is_new = asyncio.Event()
        folder = FolderWatch([Path(os.fsdecode(self._target)).parent], is_new.set, only_new=True)
        try:
            folder.start()
            while not await self._has_reconnected():
                await is_new.wait()
                is_new.clear()
        except AdapterError as error:
            log.info("The %s bus is not waited for: %s", self.kind, error)
            return
        finally:
            folder.stop()
        log.info("The %s bus is there again", self.kind)
        if self.on_back is not None:
            self._guard(self.on_back)

    async def _has_reconnected(self) -> bool:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await _authenticate(sock, self._target)
        except (OSError, AuthenticationError) as error:  # TimeoutError is an OSError
            sock.close()
            log.debug("No %s bus yet: %s", self.kind, error)
            return False
        self._sock, self._parser, self._is_open = sock, Parser(), True
        self._loop.add_reader(sock, self._read)
        try:
            (self.unique_name,) = await self.call(BUS_NAME, BUS_PATH, BUS_NAME, "Hello")
            for match in tuple(self._matches):
                await self.call(BUS_NAME, BUS_PATH, BUS_NAME, "AddMatch", "s", match.rule())
            for name, on_owner in tuple(self._name_watchers):
                if (owner := await self._owner_of(name)) is not None:
                    self._guard(on_owner, owner)
        except AdapterError as error:
            log.debug("The %s bus went again: %s", self.kind, error)
            if self._is_open:
                self._shut(str(error))
            return False
        return True

    def _shut(self, why: str) -> None:
        self._is_open = False
        self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        self._sock.close()
        self._outgoing.clear()
        self._drop_fds()
        for task in self._answers:
            task.cancel()
        replies, self._replies = self._replies, {}
        for reply in replies.values():
            if not reply.done():
                reply.set_exception(_disconnected(why))

    # ------------------------------------------------------------------------------------------------------------ calls

    async def call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *body: Any,
        timeout_s: float = CALL_TIMEOUT_S,
        no_auto_start: bool = False,
    ) -> tuple[Any, ...]:
        """The arguments of the answer.

        Raises:
            BusError: the answer was an error, or the bus is gone.
            BusTimeout: no answer within `timeout_s`.
        """
        if not self._is_open:
            raise _disconnected(_("the connection was closed"))
        reply: asyncio.Future[Message] = self._loop.create_future()
        message = _message(
            MessageType.method_call,
            MessageFlag.no_auto_start if no_auto_start else MessageFlag(0),
            signature,
            body,
            {
                HeaderFields.destination: destination,
                HeaderFields.path: path,
                HeaderFields.interface: interface,
                HeaderFields.member: member,
            },
        )
        serial = self._post(message)
        self._replies[serial] = reply
        try:
            async with asyncio.timeout(timeout_s):
                answer = await reply
        except TimeoutError:
            if not reply.done() or reply.cancelled():
                raise BusTimeout(
                    _("{service} did not answer {call} within {seconds} s.").format(
                        service=destination, call=member, seconds=f"{timeout_s:g}"
                    )
                ) from None
            answer = reply.result()  # it was this process that stood still
        finally:
            self._replies.pop(serial, None)
        if answer.header.message_type is MessageType.error:
            text = answer.body[0] if answer.body and isinstance(answer.body[0], str) else ""
            raise BusError(answer.header.fields.get(HeaderFields.error_name, ""), text)
        return tuple(answer.body)

    async def get_property(
        self, destination: str, path: str, interface: str, name: str, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> Any:
        """The value, out of its variant. Raises as `call` does."""
        ((_sig, value),) = await self.call(
            destination, path, PROPERTIES, "Get", "ss", interface, name, timeout_s=timeout_s
        )
        return value

    def emit(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> None:
        """Send a signal to whoever listens; nothing on a bus that is gone."""
        fields = {HeaderFields.path: path, HeaderFields.interface: interface, HeaderFields.member: member}
        self._post(_message(MessageType.signal, MessageFlag.no_reply_expected, signature, body, fields))

    async def request_name(self, name: str) -> bool:
        """Own `name`, as long as this bus lives; False when somebody else does."""
        (code,) = await self.call(BUS_NAME, BUS_PATH, BUS_NAME, "RequestName", "su", name, _NAME_FLAG_DO_NOT_QUEUE)
        return code in _NAME_REPLIES_OWNED

    # ---------------------------------------------------------------------------------------------------------- signals

    async def subscribe(
        self,
        handler: SignalHandler,
        *,
        sender: str,
        path: str | None = None,
        interface: str | None = None,
        member: str | None = None,
        arg0: str | None = None,
    ) -> Subscription:
        """Call `handler` with each such signal that the present owner of the name `sender` sends.

        It goes on when the name changes hands, and starts nobody. Raises as `call` does.
        """
        match = _Match(handler, sender, path, interface, member, arg0)
        watch: Subscription | None = None
        if match.owner is None:

            def follow(owner: str | None) -> None:
                match.owner = owner

            watch = await self.watch_name(sender, follow)

        def cancel() -> None:
            self._remove_match(match)
            if watch is not None:
                watch.cancel()

        subscription = Subscription(cancel)
        try:
            await self._add_match(match)
        except BaseException:
            subscription.cancel()
            raise
        return subscription

    async def watch_name(self, name: str, on_owner: Callable[[str | None], None]) -> Subscription:
        """Call `on_owner` with the unique name of the owner of `name`, or None where nobody owns it.

        Once before this returns, then at each change. Raises as `call` does.
        """
        changes: list[str | None] = []
        is_told = False
        entry = (name, on_owner)

        def on_changed(signal: Signal) -> None:
            owner = signal.body[2] or None
            changes.append(owner)
            if is_told:
                on_owner(owner)

        match = _Match(on_changed, BUS_NAME, BUS_PATH, BUS_NAME, "NameOwnerChanged", name)

        def cancel() -> None:
            self._remove_match(match)
            if entry in self._name_watchers:
                self._name_watchers.remove(entry)

        subscription = Subscription(cancel)
        try:
            await self._add_match(match)
            owner = await self._owner_of(name)
        except BaseException:
            subscription.cancel()
            raise
        # A change that has been heard meanwhile is as new as the answer, or newer.
        is_told = True
        self._name_watchers.append(entry)
        self._guard(on_owner, changes[-1] if changes else owner)
        return subscription

    async def _owner_of(self, name: str) -> str | None:
        try:
            (owner,) = await self.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetNameOwner", "s", name)
        except BusError as error:
            if error.name != "org.freedesktop.DBus.Error.NameHasNoOwner":
                raise
            return None
        return str(owner)

    async def _add_match(self, match: _Match) -> None:
        self._matches.append(match)
        await self.call(BUS_NAME, BUS_PATH, BUS_NAME, "AddMatch", "s", match.rule())

    def _remove_match(self, match: _Match) -> None:
        if match not in self._matches:
            return
        self._matches.remove(match)
        fields = {
            HeaderFields.destination: BUS_NAME,
            HeaderFields.path: BUS_PATH,
            HeaderFields.interface: BUS_NAME,
            HeaderFields.member: "RemoveMatch",
        }
        self._post(_message(MessageType.method_call, MessageFlag.no_reply_expected, "s", (match.rule(),), fields))

    # ---------------------------------------------------------------------------------------------------------- objects

    def export(self, path: str, interface: Interface) -> None:
        """Answer calls to `interface` on the object `path`."""
        self._objects.setdefault(path, {})[interface.name] = interface

    def _answer(self, call: Message) -> None:
        fields = call.header.fields
        wants_reply = not call.header.flags & MessageFlag.no_reply_expected
        try:
            out_sig, result = self._carry_out(
                fields.get(HeaderFields.path, ""),
                fields.get(HeaderFields.interface),
                fields.get(HeaderFields.member, ""),
                fields.get(HeaderFields.signature, ""),
                tuple(call.body),
            )
            if isawaitable(result):
                task = self._loop.create_task(self._answer_later(call, out_sig, result, wants_reply))
                self._answers.add(task)
                task.add_done_callback(self._answers.discard)
            elif wants_reply:
                self._reply(call, out_sig, result)
        # Barrier: whatever a stranger calls us with, the connection goes on.
        except Exception as error:  # noqa: BLE001 - logged in _refuse
            self._refuse(call, error, wants_reply)

    async def _answer_later(self, call: Message, out_sig: str, result: Awaitable[Any], wants_reply: bool) -> None:
        try:
            value = await result
            if wants_reply:
                self._reply(call, out_sig, value)
        except Exception as error:  # noqa: BLE001 - the same barrier
            self._refuse(call, error, wants_reply)

    def _reply(self, call: Message, out_sig: str, result: Any) -> None:
        if not out_sig:
            body: tuple[Any, ...] = ()
        else:
            body = tuple(result) if len(_complete_types(out_sig)) > 1 else (result,)
        self._post(_reply_to(call, MessageType.method_return, out_sig, body))

    def _refuse(self, call: Message, error: Exception, wants_reply: bool) -> None:
        if isinstance(error, BusError):
            name, text = error.name, error.message
        else:
            member = call.header.fields.get(HeaderFields.member, "")
            log.exception("The answer to %s failed", member, exc_info=error)
            name, text = "org.freedesktop.DBus.Error.Failed", f"{type(error).__name__}: {error}"
        if wants_reply:
            self._post(_reply_to(call, MessageType.error, "s", (text,), {HeaderFields.error_name: name}))

    def _carry_out(
        self, path: str, interface: str | None, member: str, signature: str, args: tuple[Any, ...]
    ) -> tuple[str, Any]:
        """(signature of the answer, the answer or an awaitable of it)"""
        interfaces = self._interfaces(path)
        if path not in self._objects and interface not in interfaces:
            raise BusError("org.freedesktop.DBus.Error.UnknownObject", f"No object {path}")
        if interface is not None and interface not in interfaces:
            raise BusError("org.freedesktop.DBus.Error.UnknownInterface", f"{path} has no interface {interface}")
        candidates = interfaces.values() if interface is None else (interfaces[interface],)
        method = next((entry.methods[member] for entry in candidates if member in entry.methods), None)
        if method is None:
            raise BusError("org.freedesktop.DBus.Error.UnknownMethod", f"{path} has no method {member}")
        if signature != method.in_sig:
            text = f"{member} takes ({method.in_sig}), not ({signature})"
            raise BusError("org.freedesktop.DBus.Error.InvalidArgs", text)
        return method.out_sig, method.handler(*args)

    def _interfaces(self, path: str) -> dict[str, Interface]:
        """Ours at `path`, after those that the bus expects of every object."""
        found = [Interface(PEER, {"Ping": Method("", "", lambda: None), "GetMachineId": Method("", "s", _machine_id)})]
        below = "/" if path == "/" else f"{path}/"
        children = sorted({other[len(below) :].partition("/")[0] for other in self._objects if other.startswith(below)})
        children = [child for child in children if child]
        if path in self._objects or children:

            def introspect() -> str:
                return _introspection(self._interfaces(path).values(), children)

            found.append(Interface(INTROSPECTABLE, {"Introspect": Method("", "s", introspect, (), ("xml_data",))}))
        if path in self._objects:
            found.append(_properties_interface(self._objects[path]))
            found.extend(self._objects[path].values())
        return {interface.name: interface for interface in found}

    # ------------------------------------------------------------------------------------------------------- the socket

    def _post(self, message: Message) -> int:
        """Send, or keep until the socket takes it; the serial number. Nothing on a bus that is gone."""
        self._serial = self._serial % 0xFFFFFFFF + 1
        if self._is_open:
            data = message.serialise(serial=self._serial)
            if len(self._outgoing) + len(data) > OUTGOING_LIMIT_BYTES:
                self._loop.call_soon(self._lose, _("it does not read what it is sent"))
                return self._serial
            is_first = not self._outgoing
            self._outgoing += data
            if is_first:
                self._write()
        return self._serial

    def _write(self) -> None:
        try:
            sent = self._sock.send(self._outgoing)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError as error:
            # Not from within whoever is sending: they have not registered yet that they wait for an answer.
            self._loop.call_soon(self._lose, error.strerror or str(error))
            self._outgoing.clear()
            self._loop.remove_writer(self._sock)
            return
        del self._outgoing[:sent]
        if self._outgoing:
            self._loop.add_writer(self._sock, self._write)
        else:
            self._loop.remove_writer(self._sock)

    def _read(self) -> None:
        try:
            data, ancillary, _flags, _address = self._sock.recvmsg(
                RECEIVE_BYTES, fds_buf_size(), socket.MSG_CMSG_CLOEXEC
            )
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose(error.strerror or str(error))
            return
        if not data:
            self._lose(_("it closed the connection"))
            return
        self._parser.add_data(data, FileDescriptor.from_ancdata(ancillary))
        while self._is_open:
            waiting = self._parser.buf.bytes_buffered
            try:
                message = self._parser.get_next_message()
            # Barrier: the bus vouches for the form of a message, but not that jeepney knows all of it (fields of the
            # header that a later specification adds). Whose descriptors are whose is no longer known then.
            except Exception:
                log.exception("A message from the %s bus could not be read", self.kind)
                if self._parser.buf.bytes_buffered == waiting:  # nothing consumed: it is not even a message
                    self._lose(_("it does not speak D-Bus"))
                    return
                self._parser.next_msg_size = None
                self._drop_fds()
                continue
            if message is None:
                if (self._parser.next_msg_size or 0) > MESSAGE_LIMIT_BYTES:
                    self._lose(_("it does not speak D-Bus"))
                return
            self._dispatch(message)

    def _drop_fds(self) -> None:
        for fd in self._parser.fds:
            fd.close()
        self._parser.fds = []

    def _dispatch(self, message: Message) -> None:
        fields = message.header.fields
        match message.header.message_type:
            case MessageType.method_return | MessageType.error:
                reply = self._replies.get(fields.get(HeaderFields.reply_serial, 0))
                if reply is not None and not reply.done():
                    reply.set_result(message)
            case MessageType.method_call:
                self._answer(message)
            case MessageType.signal:
                signal = Signal(
                    fields.get(HeaderFields.sender, ""),
                    fields.get(HeaderFields.path, ""),
                    fields.get(HeaderFields.interface, ""),
                    fields.get(HeaderFields.member, ""),
                    tuple(message.body),
                )
                for entry in tuple(self._matches):
                    if entry in self._matches and entry.lets_through(signal):  # a handler may cancel another
                        self._guard(entry.handler, signal)

    def _guard(self, callback: Callable[..., None], *args: Any) -> None:
        # Barrier: one subscriber that fails must not cost the others the message, nor all of us the connection.
        try:
            callback(*args)
        except Exception:
            log.exception("A callback of the %s bus failed", self.kind)


# ------------------------------------------------------------------------------------------------------------ addresses


def _bus_address(kind: Literal["session", "system"]) -> str:
    if kind == "system":
        return os.environ.get("DBUS_SYSTEM_BUS_ADDRESS") or "unix:path=/var/run/dbus/system_bus_socket"
    address = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    runtime_dir = os.environ.get("XDG_RUNTIME_DIR")
    return address or (f"unix:path={runtime_dir}/bus" if runtime_dir else "")


def socket_addresses(address: str) -> Iterator[bytes]:
    """The Unix sockets that a D-Bus address names, in its order ("Server Addresses" in the D-Bus specification).

    What is malformed, or no Unix socket, is passed over. jeepney's own reader raises there, and reads an escaped UTF-8
    path as Latin-1.
    """
    for entry in address.split(";"):
        transport, _colon, settings = entry.strip().partition(":")
        if transport != "unix":
            continue
        values = dict(pair.partition("=")[::2] for pair in settings.split(","))
        if values.get("path"):
            yield unquote_to_bytes(values["path"])
        elif values.get("abstract"):
            yield b"\0" + unquote_to_bytes(values["abstract"])


async def _authenticate(sock: socket.socket, target: bytes) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, target)
    authenticator = Authenticator(enable_fds=True)
    for request in authenticator:
        if request:
            await loop.sock_sendall(sock, request)
        data = await loop.sock_recv(sock, 1024)
        if not data:
            raise ConnectionResetError(errno.ECONNRESET, _("it closed the connection"))
        authenticator.feed(data)
    await loop.sock_sendall(sock, BEGIN)


# ------------------------------------------------------------------------------------------------------------- messages


def _message(
    kind: MessageType, flags: MessageFlag, signature: str, body: tuple[Any, ...], fields: dict[HeaderFields, Any]
) -> Message:
    if signature:
        fields[HeaderFields.signature] = signature
    header = Header(Endianness.little, kind, flags, protocol_version=1, body_length=-1, serial=-1, fields=fields)
    return Message(header, _sendable(body))


def _sendable(value: Any) -> Any:
    """The bus hangs up on whoever sends a text with a zero in it, or one that is not Unicode (D-Bus specification,
    "Basic types"); somebody's exercise may be called so."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_sendable(key): _sendable(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return tuple(map(_sendable, value))
    return list(map(_sendable, value)) if isinstance(value, list) else value


def _reply_to(
    call: Message, kind: MessageType, signature: str, body: tuple[Any, ...], more: Mapping[HeaderFields, Any] = {}
) -> Message:
    fields = {HeaderFields.reply_serial: call.header.serial, **more}
    if HeaderFields.sender in call.header.fields:
        fields[HeaderFields.destination] = call.header.fields[HeaderFields.sender]
    return _message(kind, MessageFlag.no_reply_expected, signature, body, fields)


def _disconnected(why: str) -> BusError:
    return BusError("org.freedesktop.DBus.Error.Disconnected", _("The bus is gone: {why}.").format(why=why))


def _complete_types(signature: str) -> list[str]:
    """`"ia{sv}av"` -> `["i", "a{sv}", "av"]`"""
    rest, found = list(signature), []
    while rest:
        before = len(rest)
        parse_signature(rest)  # takes one complete type from the front
        start = len(signature) - before
        found.append(signature[start : len(signature) - len(rest)])
    return found


# ------------------------------------------------------------------------------------------------- standard interfaces


def _properties_interface(interfaces: Mapping[str, Interface]) -> Interface:
    def of(name: str) -> Mapping[str, Property]:
        if name not in interfaces:
            raise BusError("org.freedesktop.DBus.Error.UnknownInterface", f"No interface {name}")
        return interfaces[name].properties

    def one(name: str, key: str) -> Property:
        properties = of(name)
        if key not in properties:
            raise BusError("org.freedesktop.DBus.Error.UnknownProperty", f"{name} has no property {key}")
        return properties[key]

    def get(name: str, key: str) -> tuple[str, Any]:
        found = one(name, key)
        return found.sig, found.getter()

    def get_all(name: str) -> dict[str, tuple[str, Any]]:
        return {key: (entry.sig, entry.getter()) for key, entry in of(name).items()}

    def refuse_set(name: str, key: str, _value: Any) -> None:
        one(name, key)
        raise BusError("org.freedesktop.DBus.Error.PropertyReadOnly", f"{key} is read-only")

    return Interface(
        PROPERTIES,
        {
            "Get": Method("ss", "v", get, ("interface_name", "property_name"), ("value",)),
            "GetAll": Method("s", "a{sv}", get_all, ("interface_name",), ("props",)),
            "Set": Method("ssv", "", refuse_set, ("interface_name", "property_name", "value")),
        },
        signals={"PropertiesChanged": "sa{sv}as"},
    )


def _introspection(interfaces: Iterable[Interface], children: Iterable[str]) -> str:
    """XML by the D-Bus specification. Names and signatures have no character that would need an escape there."""

    def args(signature: str, names: tuple[str, ...], direction: str) -> Iterator[str]:
        for index, sig in enumerate(_complete_types(signature)):
            name = f' name="{names[index]}"' if index < len(names) else ""
            yield f'<arg{name} type="{sig}"{direction}/>'

    xml = ["<node>"]
    for interface in interfaces:
        xml.append(f'<interface name="{interface.name}">')
        for name, method in interface.methods.items():
            inner = "".join(
                (
                    *args(method.in_sig, method.in_names, ' direction="in"'),
                    *args(method.out_sig, method.out_names, ' direction="out"'),
                )
            )
            xml.append(f'<method name="{name}">{inner}</method>')
        for name, entry in interface.properties.items():
            xml.append(f'<property name="{name}" type="{entry.sig}" access="read"/>')
        for name, sig in interface.signals.items():
            inner = "".join(args(sig, (), ""))
            xml.append(f'<signal name="{name}">{inner}</signal>')
        xml.append("</interface>")
    xml.extend(f'<node name="{child}"/>' for child in children)
    return "".join((*xml, "</node>"))


def _machine_id() -> str:
    for path in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        try:
            return path.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            continue
    raise BusError("org.freedesktop.DBus.Error.FileNotFound", "This machine has no id")
