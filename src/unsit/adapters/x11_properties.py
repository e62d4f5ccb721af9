"""Properties of windows, and their changes: three requests of the core protocol (X.Org, X Window System Protocol, chapter 9).

As with x11.py: import it only when a connection is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from Xlib.protocol import rq

from unsit.adapters.x11 import X11Connection

DESTROY_NOTIFY: Final = 17
PROPERTY_NOTIFY: Final = 28
ANY_TYPE: Final = 0
WM_CLASS: Final = 67
"""One of the atoms that every server has: the name of a window's program and the class of such programs, each with a zero at
its end (Inter-Client Communication Conventions Manual, section 4.1.2.5)."""
WORDS_MOST: Final = 256
"""Of a property's value; lists of states and a window's number are shorter."""
_EVENT_MASK: Final = 1 << 11
_PROPERTY_CHANGE: Final = 1 << 22
_STRUCTURE: Final = 1 << 17


class _InternAtom(rq.ReplyRequest):  # type: ignore[misc]  # python-xlib ships no types, here and below
    _request = rq.Struct(
        rq.Opcode(16), rq.Bool("only_if_exists"), rq.RequestLength(), rq.LengthOf("name", 2), rq.Pad(2),
        rq.String8("name"),
    )  # fmt: skip
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Pad(1), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Card32("atom"), rq.Pad(20)
    )


class _GetProperty(rq.ReplyRequest):  # type: ignore[misc]
    _request = rq.Struct(
        rq.Opcode(20), rq.Bool("delete"), rq.RequestLength(), rq.Card32("window"), rq.Card32("property"),
        rq.Card32("type"), rq.Card32("long_offset"), rq.Card32("long_length"),
    )  # fmt: skip
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Format("value", 1), rq.Card16("sequence_number"), rq.ReplyLength(),
        rq.Card32("property_type"), rq.Card32("bytes_after"), rq.LengthOf("value", 4), rq.Pad(12),
        rq.PropertyData("value"),
    )  # fmt: skip


class _ChangeEventMask(rq.Request):  # type: ignore[misc]
    """ChangeWindowAttributes, of the event mask alone."""

    _request = rq.Struct(
        rq.Opcode(2), rq.Pad(1), rq.RequestLength(), rq.Card32("window"), rq.Card32("mask"), rq.Card32("event_mask")
    )


async def atom_of(connection: X11Connection, name: str) -> int:
    """Raises AdapterError, as the next."""
    return int((await connection.ask(_InternAtom, only_if_exists=0, name=name))["atom"])


async def property_of(connection: X11Connection, window: int, atom: int) -> Sequence[int]:
    """Its numbers; none where the window does not have it."""
    value = await _value_of(connection, window, atom)
    return tuple(value[1]) if value is not None and value[0] == 32 else ()


async def class_of(connection: X11Connection, window: int) -> str:
    """The class of its program, "firefox"; empty where the window does not say."""
    value = await _value_of(connection, window, WM_CLASS)
    if value is None or value[0] != 8:
        return ""
    texts = bytes(value[1]).decode(errors="replace").rstrip("\0").split("\0")
    return texts[-1]


async def _value_of(connection: X11Connection, window: int, atom: int) -> tuple[int, Any] | None:
    """-> (bits of each, the values)"""
    reply = await connection.ask(
        _GetProperty, delete=0, window=window, property=atom, type=ANY_TYPE, long_offset=0, long_length=WORDS_MOST
    )
    value: tuple[int, Any] | None = reply["value"]
    return value


def follow(connection: X11Connection, window: int, *, until_destroyed: bool = False) -> None:
    """Be told of each change of its properties. A window that has gone meanwhile is logged by the connection.

    Args:
        until_destroyed: of its end, too (and of its size, which is in the same bargain).
    """
    mask = _PROPERTY_CHANGE | (_STRUCTURE if until_destroyed else 0)
    connection.send(_ChangeEventMask, window=window, mask=_EVENT_MASK, event_mask=mask)


def leave(connection: X11Connection, window: int) -> None:
    connection.send(_ChangeEventMask, window=window, mask=_EVENT_MASK, event_mask=0)
