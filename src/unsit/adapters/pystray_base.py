"""pystray, imported in a way that cannot kill a daemon without a display. The one place that imports it.

pystray chooses its backend when it is imported; on Linux that opens a display, and raises something other than ImportError
where there is none. Our own icons are subclasses of its base class, which needs no backend at all.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

_VARIABLE = "PYSTRAY_BACKEND"

if sys.platform == "linux":
    _before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = "dummy"
    try:
        import pystray
        from pystray import Menu
    finally:
        # What we start (a browser) shall not inherit it.
        if _before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = _before
else:
    import pystray
    from pystray import Menu

from pystray._base import Icon as BaseIcon  # noqa: E402 - private, hence pystray==0.19.*

Act = Callable[[str, dict[str, Any]], None]
"""`act(command, params)`: begin {exercise}, snooze {for}, skip, done, undo, pause {for | tomorrow}, resume, stand, sit,
mute, unmute, sound {tones | voice | volume | rate}, toggle, next, previous, stop, hurts, open {page}, quit. Durations are
written as in the settings: "10m"."""

Send = Callable[[str, dict[str, Any], str | None], None]
"""`send(command, params, activation_token)`: what a tray does with a chosen item. The token is the desktop's permission to
bring a window to the front, where it gave one."""

NativeIcon = pystray.Icon
"""The icon of the platform; on Linux pystray's dummy."""


class Item(pystray.MenuItem):  # type: ignore[misc]  # pystray ships no types
    """A menu item that can be recognised while its text changes.

    Attributes:
        key: the same for what is the same item, in whichever state the menu is.
    """

    def __init__(self, key: str, text: str, action: Callable[[], None] | Menu | None, **options: Any) -> None:
        super().__init__(text, action, **options)
        self.key = key


__all__ = ["Act", "BaseIcon", "Item", "Menu", "NativeIcon", "Send"]
