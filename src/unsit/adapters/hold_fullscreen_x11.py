"""Whether the window in front fills the screen, on X11: the window manager keeps both on the windows as properties (Extended
Window Manager Hints, _NET_ACTIVE_WINDOW and _NET_WM_STATE), and the server tells of each change.

It tells of every property of a window or of none, and a terminal may change its title ten times a second. So what the window
manager says of all windows is followed, which one is in front and how they lie, and a window itself only as long as it holds
the prompt back. One that fills the screen without being moved in front of others is looked for when a prompt is due.

All windows is the root, and there are bars that write the time there each second (dwm's). While nothing fills the screen such a
root is left alone, from a look to the next.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from unsit.adapters.breaks import Breaks
from unsit.core.model import HoldReason
from unsit.ports import AdapterError, AdapterTimeout
from unsit.words import _

if TYPE_CHECKING:
    from unsit.adapters.x11 import X11Connection

log = logging.getLogger(__name__)

OTHERS_MOST: Final = 5
"""Changes of the root in a row that are not about windows; after so many it is one that somebody writes on."""


class X11FullscreenHold:
    """ports.HoldSource."""

    reason: Final[HoldReason] = "fullscreen"

    def __init__(self, display_name: str | None = None) -> None:
        """Args: display_name: $DISPLAY by default, unless the session is Wayland's."""
        self._display_name = display_name
        self._on_change: Callable[[bool], None] | None = None
        self._connection: X11Connection | None = None
        self._root = self._active = self._stacking = self._state = self._fullscreen = 0
        self._followed = 0
        """The window that fills the screen."""
        self._name = ""
        """The program of that, as its window says."""
        self._others = 0
        """Changes of the root, since it was followed or last said something of windows."""
        self._looking: asyncio.Task[None] | None = None
        self._returning: asyncio.Task[None] | None = None
        self._breaks = Breaks()
        self._has_changed = False
        self._was_full = False
        self._may_answer = False
        """It did not in time: at a login everything starts at once."""
        self._why_not = _("not started")

    @property
    def works(self) -> bool:
        return self._connection is not None

    @property
    def names(self) -> Sequence[str]:
        return [self._name] if self._followed and self._name else []

    def describe(self) -> str:
        if self._connection is None:
            return _("full screen: {why}").format(why=self._why_not)
        return _("full screen: told by the window manager, on X11")

    async def start(self, on_change: Callable[[bool], None]) -> None:
        self._on_change = on_change
        try:
            await self._connect()
        except asyncio.CancelledError:  # whoever starts this waits no longer
            self._may_answer = True
            raise
        except AdapterError as error:
            self._may_answer, self._why_not = isinstance(error, AdapterTimeout), str(error)
            raise AdapterError(self.describe()) from None
        self._look()

    async def _connect(self) -> None:
        name = self._display_name or os.environ.get("DISPLAY", "")
        if not name:
            raise AdapterError(_("DISPLAY is not set"))
        if os.environ.get("WAYLAND_DISPLAY") and not self._display_name:
            raise AdapterError(_("this session is Wayland's"))

        from unsit.adapters.x11 import X11Connection
        from unsit.adapters.x11_properties import atom_of

        connection = await X11Connection.open(name)
        try:
            self._active = await atom_of(connection, "_NET_ACTIVE_WINDOW")
            self._stacking = await atom_of(connection, "_NET_CLIENT_LIST_STACKING")
            self._state = await atom_of(connection, "_NET_WM_STATE")
            self._fullscreen = await atom_of(connection, "_NET_WM_STATE_FULLSCREEN")
        except BaseException:
            connection.close()
            raise
        self._root = connection.display.info.roots[0].root
        connection.on_event = self._on_event
        connection.on_lost = self._on_lost
        self._connection, self._may_answer = connection, False
        self._breaks.begin()

    async def look(self) -> None:
        if self._may_answer:
            if self._returning is None or self._returning.done():
                self._returning = asyncio.get_running_loop().create_task(self._return(is_wanted=True))
            await asyncio.wait({self._returning})
        self._look()
        if self._looking is not None:
            await asyncio.wait({self._looking})

    def settings_changed(self) -> None:
        pass

    async def stop(self) -> None:
        self._on_change, self._may_answer = None, False
        for task in (self._looking, self._returning):
            if task is not None:
                task.cancel()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _on_event(self, event: Any) -> None:
        from unsit.adapters.x11_properties import DESTROY_NOTIFY, PROPERTY_NOTIFY

        # By its code: python-xlib may hand out a copy of the class. Openbox leaves a window in front that was killed there.
        has_moved_on = event.type == PROPERTY_NOTIFY and event.atom in (self._active, self._stacking, self._state)
        if has_moved_on or event.type == DESTROY_NOTIFY:
            self._look()
        elif event.type == PROPERTY_NOTIFY and self._is_idle() and self._connection is not None:
            from unsit.adapters.x11_properties import leave

            self._others += 1
            if self._others == OTHERS_MOST:
                leave(self._connection, self._root)

    def _is_idle(self) -> bool:
        """Nothing fills the screen, as far as is known, and nobody is finding out."""
        return not self._followed and (self._looking is None or self._looking.done())

    def _look(self) -> None:
        self._has_changed = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._find_out())

    async def _find_out(self) -> None:
        while self._has_changed and self._connection is not None:
            self._has_changed = False
            try:
                is_full = await self._is_full(self._connection)
            except AdapterError as error:  # a window that has just gone: another one will be in front
                log.debug("The window in front: %s", error)
                is_full, self._followed = False, 0
            self._say(is_full)

    async def _is_full(self, connection: X11Connection) -> bool:
        from unsit.adapters.x11_properties import class_of, follow, leave, property_of

        # Before it is asked, as below.
        follow(connection, self._root)
        self._others = 0
        (window,) = (await property_of(connection, self._root, self._active))[:1] or (0,)
        if self._followed not in (0, window):
            leave(connection, self._followed)
            self._followed = 0
        if not window:
            return False
        # Before it is asked, so that no change falls between; and anew, for the next window may have the number of the last.
        follow(connection, window, until_destroyed=True)
        if self._fullscreen in await property_of(connection, window, self._state):
            if window != self._followed:
                self._name = await class_of(connection, window)
            self._followed = window
            return True
        leave(connection, window)
        self._followed = 0
        return False

    def _say(self, is_full: bool) -> None:
        if is_full != self._was_full and self._on_change is not None:
            self._was_full = is_full
            self._on_change(is_full)

    def _on_lost(self, why: str) -> None:
        self._connection, self._followed = None, 0
        self._why_not = _("the X server has gone ({why})").format(why=why)
        log.info("%s", self.describe())
        self._returning = asyncio.get_running_loop().create_task(self._return(is_wanted=self._breaks.may_return()))

    async def _return(self, *, is_wanted: bool) -> None:
        """A connection alone may break: where the server lives, what fills the screen still does."""
        try:
            if is_wanted:
                await self._connect()
        except AdapterError as error:
            self._may_answer = isinstance(error, AdapterTimeout)
            log.info("The X server: %s", error)
        if self._connection is None:
            self._say(is_full=False)
        else:
            log.info("%s", self.describe())
            self._look()
