"""Whether an icon has come into a tray, of either kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Self

from support.desktop import Desktop


class Trays:
    """The StatusNotifierWatcher of a desktop, and trayer, which both have to run already."""

    def __init__(self, desktop: Desktop) -> None:
        from Xlib.display import Display

        self._desktop = desktop
        self._display = Display(desktop.display)
        self._xembed_info = self._display.intern_atom("_XEMBED_INFO")
        root = self._display.screen().root
        self._panel = next(window for window in _below(root) if window.get_wm_name() == "panel" and _is_trayer(window))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._display.close()

    def has_icon(self) -> bool:
        return bool(self._desktop.status_notifier_items()) or any(
            window.get_full_property(self._xembed_info, 0) is not None for window in _below(self._panel)
        )


def _is_trayer(window: Any) -> bool:
    return "trayer" in (window.get_wm_class() or ())


def _below(window: Any) -> Iterator[Any]:
    from Xlib.error import XError

    with suppress(XError):  # it has just gone
        for child in window.query_tree().children:
            yield child
            yield from _below(child)
