"""Input as the devices make it: the raw events of the X Input Extension, version 2.1.

The server's idle counter also starts anew when no hand has touched anything: whenever a program lets go of the screen saver
that it held back (a film that ends, a page that gives its wake lock up: saver.c, ScreenSaverFreeSuspend). Raw events come
from devices alone. One asks for them only while the next input is waited for: everybody's mouse would else wake us.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Self

from Xlib.ext import ge
from Xlib.protocol import rq

from unsit.adapters.x11 import X11Connection

NAME: Final = "XInputExtension"
VERSION: Final = (2, 1)
"""The first that tells of raw events also while another program has grabbed the device, as a screen lock does."""
ALL_MASTER_DEVICES: Final = 1
RAW_KEY_PRESS, RAW_BUTTON_PRESS, RAW_MOTION, RAW_TOUCH_BEGIN = 13, 15, 17, 22
_EVENTS: Final = 1 << RAW_KEY_PRESS | 1 << RAW_BUTTON_PRESS | 1 << RAW_MOTION | 1 << RAW_TOUCH_BEGIN


class QueryVersion(rq.ReplyRequest):  # type: ignore[misc]  # python-xlib ships no types, here and below
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(47), rq.RequestLength(), rq.Card16("major"), rq.Card16("minor"))
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Pad(1), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Card16("major"),
        rq.Card16("minor"), rq.Pad(20),
    )  # fmt: skip


class SelectEvents(rq.Request):  # type: ignore[misc]
    """For one device, with a mask of 32 bits."""

    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(46), rq.RequestLength(), rq.Window("window"), rq.Card16("masks"), rq.Pad(2),
        rq.Card16("device"), rq.Card16("mask_words"), rq.Card32("mask"),
    )  # fmt: skip


class RawInput:
    """
    Attributes:
        on_input: called once with the first input after `wait()`.
    """

    def __init__(self, connection: X11Connection, opcode: int) -> None:
        self.on_input: Callable[[], None] | None = None
        self._connection = connection
        self._opcode = opcode
        self._root = connection.display.info.roots[0].root
        self._waits = False
        self._handle_others = connection.on_event
        connection.display.add_extension_event(ge.GenericEventCode, ge.GenericEvent)
        connection.on_event = self._on_event

    @classmethod
    async def find(cls, connection: X11Connection) -> Self | None:
        """None where the server does not have it. Raises AdapterError where it does not answer."""
        extension = await connection.query_extension(NAME)
        if extension is None:
            return None
        opcode = extension["major_opcode"]
        reply = await connection.ask(QueryVersion, opcode=opcode, major=VERSION[0], minor=VERSION[1])
        return cls(connection, opcode) if (reply["major"], reply["minor"]) >= VERSION else None

    def wait(self) -> None:
        """For the next input."""
        if not self._waits:
            self._waits = True
            self._select(_EVENTS)

    def _select(self, events: int) -> None:
        self._connection.send(
            SelectEvents, opcode=self._opcode, window=self._root, masks=1, device=ALL_MASTER_DEVICES, mask_words=1,
            mask=events,
        )  # fmt: skip

    def _on_event(self, event: Any) -> None:
        # By its code: python-xlib may hand out a copy of the class.
        if event.type != ge.GenericEventCode:
            if self._handle_others is not None:
                self._handle_others(event)
        elif self._waits and event.extension == self._opcode:
            self._waits = False
            self._select(0)
            if self.on_input is not None:
                self.on_input()
