"""A pystray icon without a tray: its backend keeps what it is given."""

from __future__ import annotations

import queue
from typing import Any

from unsit.adapters.pystray_base import BaseIcon


class KeptIcon(BaseIcon):  # type: ignore[misc]
    """Runs as pystray's icons do: a loop in the thread that called `run`, the set-up in another.

    Attributes:
        colours: that of a pixel of the disc, for each picture shown.
        menus: the labels, whenever the menu was evaluated.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.colours: list[Any] = []
        self.menus: list[list[str]] = []
        self._end: queue.SimpleQueue[None] = queue.SimpleQueue()

    def _run(self) -> None:
        self._mark_ready()
        self._end.get()

    def _stop(self) -> None:
        self._end.put(None)

    def _show(self) -> None:
        pass

    def _hide(self) -> None:
        pass

    def _update_icon(self) -> None:
        self._icon_valid = True
        self.colours.append(self.icon.getpixel((32, 4))[:3])

    def _update_title(self) -> None:
        pass

    def _update_menu(self) -> None:
        self.menus.append([item.text for item in self.menu])
