"""Counters and alarms of the X Synchronization extension, as far as idle detection needs them; python-xlib has none of it.

Layout by "X Synchronization Extension Protocol", version 3.1 (X.Org), appendix "Encoding". As with x11.py: import it only
when a connection is wanted.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final, Self

from Xlib.protocol import rq

from unsit.adapters.x11 import X11Connection
from unsit.ports import AdapterError
from unsit.words import _

NAME: Final = "SYNC"
ALARM_NOTIFY: Final = 1
"""Counted from the extension's first event."""
ALL_ATTRIBUTES: Final = 0x3F
"""The value mask of CreateAlarm and ChangeAlarm: counter, value type, value, test type, delta, events."""


ABSOLUTE, RELATIVE = 0, 1
"""Value types. Relative: to what the counter shows when the request is carried out."""
POSITIVE_COMPARISON, NEGATIVE_COMPARISON = 2, 3
"""Test types. A comparison looks at the level: the alarm goes off at once if it holds already; with delta 0, only once."""


def _reply(*fields: object) -> object:
    return rq.Struct(rq.ReplyCode(), rq.Pad(1), rq.Card16("sequence_number"), rq.ReplyLength(), *fields)


class Initialize(rq.ReplyRequest):  # type: ignore[misc]  # python-xlib ships no types, here and below
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card8("major"), rq.Card8("minor"), rq.Pad(2)
    )
    _reply = _reply(rq.Card8("major"), rq.Card8("minor"), rq.Pad(22))


class ListSystemCounters(rq.ReplyRequest):  # type: ignore[misc]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(1), rq.RequestLength())
    _reply = _reply(rq.Card32("count"), rq.Pad(20), rq.Binary("counters"))


class QueryCounter(rq.ReplyRequest):  # type: ignore[misc]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Card32("counter"))
    _reply = _reply(rq.Int32("value_hi"), rq.Card32("value_lo"), rq.Pad(16))


_ALARM = (
    rq.Card32("alarm"), rq.Card32("mask"), rq.Card32("counter"), rq.Card32("value_type"), rq.Int32("value_hi"),
    rq.Card32("value_lo"), rq.Card32("test_type"), rq.Int32("delta_hi"), rq.Card32("delta_lo"), rq.Card32("events"),
)  # fmt: skip


class CreateAlarm(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(8), rq.RequestLength(), *_ALARM)


class ChangeAlarm(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(9), rq.RequestLength(), *_ALARM)


class AlarmNotify(rq.Event):  # type: ignore[misc]
    _code = None
    _fields = rq.Struct(
        rq.Card8("type"), rq.Card8("kind"), rq.Card16("sequence_number"), rq.Card32("alarm"), rq.Int32("value_hi"),
        rq.Card32("value_lo"), rq.Int32("alarm_value_hi"), rq.Card32("alarm_value_lo"), rq.Card32("timestamp"),
        rq.Card8("state"), rq.Pad(3),
    )  # fmt: skip


class Counter:
    """A system counter of the server, and alarms on it. An alarm goes off once; arming it again is another request.

    Attributes:
        on_alarm: called with the alarm's number and the counter's value when it went off.
    """

    def __init__(self, connection: X11Connection, opcode: int, alarm_event: int, counter: int) -> None:
        self.on_alarm: Callable[[int, int], None] | None = None
        self._connection = connection
        self._opcode = opcode
        self._alarm_event = alarm_event
        self._counter = counter
        connection.display.add_extension_event(alarm_event, AlarmNotify)
        connection.on_event = self._on_event

    @classmethod
    async def find(cls, connection: X11Connection, name: str) -> Self:
        """Raises AdapterError where the server does not have it, or does not answer."""
        extension = await connection.query_extension(NAME)
        if extension is None:
            raise AdapterError(_("This X server has no SYNC extension"))
        opcode = extension["major_opcode"]
        await connection.ask(Initialize, opcode=opcode, major=3, minor=0)
        reply = await connection.ask(ListSystemCounters, opcode=opcode)
        counters = _counters_by_name(bytes(reply["counters"]))
        if name not in counters:
            raise AdapterError(_("This X server has no counter {name}").format(name=name))
        return cls(connection, opcode, extension["first_event"] + ALARM_NOTIFY, counters[name])

    async def value(self) -> int:
        """Raises AdapterError when the server does not answer."""
        reply = await self._connection.ask(QueryCounter, opcode=self._opcode, counter=self._counter)
        return int(reply["value_hi"] << 32) + int(reply["value_lo"])

    def new_alarm(self) -> int:
        """A number for an alarm, not armed yet."""
        alarm = int(self._connection.display.allocate_resource_id())
        self._set(CreateAlarm, alarm, ABSOLUTE, 0, POSITIVE_COMPARISON, counter=0)
        return alarm

    def arm_at_least(self, alarm: int, value: int) -> None:
        self._set(ChangeAlarm, alarm, ABSOLUTE, value, POSITIVE_COMPARISON)

    def arm_at_most(self, alarm: int, value: int) -> None:
        self._set(ChangeAlarm, alarm, ABSOLUTE, value, NEGATIVE_COMPARISON)

    def arm_below_now(self, alarm: int) -> None:
        """When the counter shows less than it does as the server reads this."""
        self._set(ChangeAlarm, alarm, RELATIVE, -1, NEGATIVE_COMPARISON)

    def _set(
        self, request: type, alarm: int, value_type: int, value: int, test_type: int, counter: int | None = None
    ) -> None:
        if counter is None:
            counter = self._counter
        self._connection.send(
            request, opcode=self._opcode, alarm=alarm, mask=ALL_ATTRIBUTES, counter=counter, value_type=value_type,
            value_hi=value >> 32, value_lo=value & 0xFFFFFFFF, test_type=test_type, delta_hi=0, delta_lo=0, events=1,
        )  # fmt: skip

    def _on_event(self, event: Any) -> None:
        # By its code: python-xlib may hand out a copy of the class.
        if event.type == self._alarm_event and self.on_alarm is not None:
            self.on_alarm(event.alarm, (event.value_hi << 32) + event.value_lo)


def _counters_by_name(data: bytes) -> dict[str, int]:
    """From the reply of ListSystemCounters. Each: number, resolution (64 bits), length of the name, name, padding to 4."""
    found: dict[str, int] = {}
    offset = 0
    while offset + 14 <= len(data):
        counter, _hi, _lo, length = struct.unpack_from("=IiIH", data, offset)
        found[data[offset + 14 : offset + 14 + length].decode("ascii", "replace")] = counter
        offset += (14 + length + 3) // 4 * 4
    return found
