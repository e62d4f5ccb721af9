"""pystray's xorg icon, mended. Importing this opens the display: only tray_xembed.py does, and late."""

from __future__ import annotations

from typing import Any, Final

import pystray._xorg
from Xlib import X, Xatom, Xutil
from Xlib.error import BadDrawable, BadMatch, BadWindow, ConnectionClosedError

from unsit.adapters.pystray_base import Menu
from unsit.adapters.tray_icon import Picture

CLICKS: Final = (1, 3)
"""Left and right: there is no menu that a right click could open."""
OPAQUE_BITS: Final = 24
ALPHA_BITS: Final = 32


class XembedIcon(pystray._xorg.Icon):  # type: ignore[misc]  # pystray ships no types
    """`icon` is a tuple of prepared pictures. All calls come from one thread, which also calls `handle_event`."""

    is_ready = False
    """Lever: the menu, whose default a click is, can be evaluated."""
    is_embedded = False
    """The tray has taken the window into itself."""
    _window: Any
    _systray_manager: Any

    def __init__(self, menu: Menu, pictures: tuple[Picture, ...], title: str) -> None:
        super().__init__("unsit", icon=pictures, title=title, menu=menu)
        self._display.set_error_handler(_ignore)
        self._handle_own_message = self._message_handlers[X.ClientMessage]
        self._message_handlers[X.ClientMessage] = self._on_message
        self._message_handlers[X.ReparentNotify] = self._on_reparent_notify
        # A tray that comes says so to the clients that have selected this on the root window.
        self._display.screen().root.change_attributes(event_mask=X.StructureNotifyMask)
        self._running = True

    @property
    def is_docked(self) -> bool:
        """There is a tray, and it has been asked."""
        return self._systray_manager is not None

    def fileno(self) -> int:
        return int(self._display.fileno())

    def has_event(self) -> bool:
        return bool(self._display.pending_events())

    def handle_event(self) -> None:
        event = self._display.next_event()
        handler = self._message_handlers.get(event.type)
        if handler is not None:
            handler(event)

    def dock_again(self) -> None:
        """Ask whatever tray there is now, with a window of its own for this request."""
        self._dock_window()

    def close(self) -> None:
        """The tray sees the window go."""
        self._running = False
        self._visible = False
        try:
            self._window.destroy()
            self._display.close()
        except (ConnectionClosedError, OSError):
            pass

    def __del__(self) -> None:
        """pystray's would stop a loop of its own."""

    # --------------------------------------------------------------------------------------------------------- docking

    def _show(self) -> None:
        self._dock_window()

    def _hide(self) -> None:
        self._withdraw()

    def _dock_window(self) -> None:
        manager = self._get_systray_manager()
        self._withdraw()
        if manager is None:
            return
        manager.change_attributes(event_mask=X.StructureNotifyMask)
        # A new window for every tray: its visual is that of the tray, and a tray that died took the old one with it.
        self._window.destroy()
        self._systray_manager = manager
        self._window = self._create_window()
        self._gc = self._window.create_gc()
        self._send_message(manager, self._net_system_tray_opcode, self._SYSTEM_TRAY_REQUEST_DOCK, self._window.id)
        self._display.flush()

    def _withdraw(self) -> None:
        """A panel that dies leaves the window behind, as one of the desktop's own: take it away."""
        self._systray_manager = None
        self.is_embedded = False
        self._window.unmap()
        self._window.reparent(self._display.screen().root, 0, 0)
        self._display.flush()

    def _on_message(self, event: Any) -> None:
        if event.client_type != self._display.intern_atom("MANAGER"):
            self._handle_own_message(event)
        elif event.data[1][1] == self._net_system_tray_sx and self._visible:
            self._dock_window()

    def _on_reparent_notify(self, event: Any) -> None:
        if event.window.id == self._window.id:
            self.is_embedded = event.parent.id != self._display.screen().root.id

    def _on_destroy_notify(self, event: Any) -> None:
        if self._systray_manager is None or event.window.id != self._systray_manager.id:
            return
        self._withdraw()
        self._dock_window()  # in the one that took over, if any; otherwise its MANAGER message will tell

    def _on_button_press(self, event: Any) -> None:
        if event.detail in CLICKS and self.is_ready:
            self()

    # --------------------------------------------------------------------------------------------------------- drawing

    def _create_window(self) -> Any:
        """With the tray's own visual, so that transparent pixels are transparent in it ("_NET_SYSTEM_TRAY_VISUAL")."""
        screen = self._display.screen()
        visual = self._visual_with_alpha()
        options: dict[str, Any] = {"background_pixmap": X.ParentRelative}
        if visual is not None:
            colormap = screen.root.create_colormap(visual, X.AllocNone)
            options = {"visual": visual, "colormap": colormap, "background_pixel": 0, "border_pixel": 0}
        self._depth = OPAQUE_BITS if visual is None else ALPHA_BITS
        window = screen.root.create_window(
            -1,
            -1,
            1,
            1,
            0,
            screen.root_depth if visual is None else ALPHA_BITS,
            X.InputOutput,
            # pystray selects no button presses, and so gets none.
            event_mask=X.ExposureMask | X.StructureNotifyMask | X.ButtonPressMask,
            **options,
        )
        window.set_wm_class(f"{self.name}SystemTrayIcon", self.name)
        window.set_wm_normal_hints(flags=Xutil.PPosition | Xutil.PSize | Xutil.PMinSize, min_width=24, min_height=24)
        window.change_property(self._xembed_info, self._xembed_info, 32, [self._XEMBED_VERSION, self._XEMBED_MAPPED])
        self._set_title(window)
        return window

    def _visual_with_alpha(self) -> int | None:
        """The tray's visual, if it is one with an alpha channel."""
        manager = self._systray_manager
        if manager is None:
            return None
        try:
            found = manager.get_full_property(self._display.intern_atom("_NET_SYSTEM_TRAY_VISUAL"), Xatom.VISUALID)
        except BadWindow:  # it has just died
            return None
        if found is None:
            return None
        depths = self._display.screen().allowed_depths
        visuals = {visual.visual_id for depth in depths if depth.depth == ALPHA_BITS for visual in depth.visuals}
        return int(found.value[0]) if found.value[0] in visuals else None

    def _update_title(self) -> None:
        self._set_title(self._window)
        self._display.flush()

    def _set_title(self, window: Any) -> None:
        window.set_wm_name("Unsit")
        window.change_property(
            self._display.intern_atom("_NET_WM_NAME"),
            self._display.intern_atom("UTF8_STRING"),
            8,
            self.title.encode(),
        )

    def _update_icon(self) -> None:
        self._icon_valid = True
        if self.is_docked:
            self._draw()

    def _draw(self) -> None:
        try:
            shape = self._window.get_geometry()
            fitting = [picture for picture in self.icon if picture.size <= min(shape.width, shape.height)]
            size, argb = (fitting or self.icon[:1])[-1]
            left, top = (shape.width - size) // 2, (shape.height - size) // 2
            self._window.clear_area()
            below = None
            if self._depth == OPAQUE_BITS:
                below = self._window.get_image(left, top, size, size, X.ZPixmap, 0xFFFFFFFF).data
            self._window.put_image(self._gc, left, top, size, size, X.ZPixmap, shape.depth, 0, _blend(argb, below))
            self._display.flush()
        except (BadDrawable, BadMatch, BadWindow):
            # Not on the screen yet, or no more: an Expose event comes when it is.
            return


def _blend(argb: bytes, below: bytes | None) -> bytes:
    """The picture as a little-endian X image: over what is below it, or premultiplied where the window has alpha."""
    alpha = argb[0::4]
    image = bytearray(len(argb))
    # The pixels of X are blue, green, red, alpha; ours alpha, red, green, blue.
    for channel in range(3):
        under = below[channel::4] if below is not None else bytes(len(alpha))
        over = argb[3 - channel :: 4]
        image[channel::4] = bytes(
            (o * a + u * (255 - a) + 127) // 255 for o, u, a in zip(over, under, alpha, strict=True)
        )
    image[3::4] = alpha
    return bytes(image)


def _ignore(*_args: Any) -> None:
    """A window of a panel that has just died: its DestroyNotify is on the way."""
