"""The X server's own screen saver and power saving, held back for as long as one connection is there.

MIT-SCREEN-SAVER 1.1 (X.Org, saverproto.h): Suspend stops the timers of both, and ends with the connection that asked for it.
When the last such connection lets go, the server's idle counter starts anew (x11_raw_input.py tells of that): whoever locks by
that counter waits its whole time after a stretch, too. As with x11.py: import it only when a connection is wanted.
"""

from __future__ import annotations

from typing import Any, Final

from Xlib.protocol import rq

from unsit.adapters.x11 import X11Connection
from unsit.ports import AdapterError
from unsit.words import _

NAME: Final = "MIT-SCREEN-SAVER"
VERSION: Final = (1, 1)
"""The first that has Suspend."""


class QueryVersion(rq.ReplyRequest):  # type: ignore[misc]  # python-xlib ships no types, here and below
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card8("major"), rq.Card8("minor"), rq.Pad(2)
    )
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Pad(1), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Card16("major"),
        rq.Card16("minor"), rq.Pad(20),
    )  # fmt: skip


class Suspend(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Card32("suspend"))


async def open_suspended(display_name: str) -> X11Connection:
    """A connection that holds the screen saver of this server back until it is closed.

    Raises:
        AdapterError: no server, one that cannot do it, or one that runs inside Wayland and has no screen of its own.
    """
    connection = await X11Connection.open(display_name)
    try:
        if await connection.query_extension("XWAYLAND"):
            raise AdapterError(_("this X server runs inside Wayland"))
        extension = await connection.query_extension(NAME)
        if extension is None:
            raise AdapterError(_("this X server has no screen saver extension"))
        major, minor = VERSION
        opcode = extension["major_opcode"]
        found: dict[str, Any] = await connection.ask(QueryVersion, opcode=opcode, major=major, minor=minor)
        if (found["major"], found["minor"]) < VERSION:
            raise AdapterError(_("this X server cannot hold its screen saver back"))
        connection.send(Suspend, opcode=opcode, suspend=1)
    except BaseException:
        connection.close()
        raise
    return connection
