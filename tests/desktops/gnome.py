"""GNOME Shell without a screen, in a private desktop: asked, clicked with a pointer of its own, and looked at.

What the tests know of the shell's inside stands here. Written for GNOME Shell 48 and its AppIndicator extension.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from support.desktop import Desktop

SHELL: Final = DBusAddress("/org/gnome/Shell", bus_name="org.gnome.Shell", interface="org.gnome.Shell")
SCREENSHOT: Final = DBusAddress(
    "/org/gnome/Shell/Screenshot", bus_name="org.gnome.Shell.Screenshot", interface="org.gnome.Shell.Screenshot"
)
EXTENSIONS: Final = ("ubuntu-appindicators@ubuntu.com", "appindicatorsupport@rgcjonas.gmail.com")
"""The AppIndicator extension's name in Debian and Ubuntu, and everywhere else."""

START_S: Final = 40.0
"""Drawing by software, on a busy machine."""

_SETTINGS: Final = """[org/gnome/shell]
enabled-extensions={extensions}
welcome-dialog-last-shown-version='999'
[org/gnome/desktop/interface]
enable-hot-corners=false
enable-animations=false
[org/gnome/desktop/screensaver]
lock-enabled=false
[org/gnome/desktop/session]
idle-delay=uint32 0
"""
# The shell complains about being run by root and without its login manager: in banners, which stay as long as nobody moves.
_NO_NOTES_OF_ITS_OWN: Final = """(() => {
    const drop = source => { if (source.title === 'System') source.destroy(); };
    Main.messageTray.connect('source-added', (_tray, source) => GLib.idle_add(GLib.PRIORITY_DEFAULT, () => drop(source)));
    Main.messageTray.getSources().forEach(drop);
})()"""
_READY: Final = "!Main.layoutManager._startingUp && Main.layoutManager.primaryMonitor !== null"
_POINTER: Final = """(() => {
    const Clutter = imports.gi.Clutter;
    globalThis.testPointer ??= global.stage.context.get_backend().get_default_seat()
        .create_virtual_device(Clutter.InputDeviceType.POINTER_DEVICE);
    %s
})()"""
_BUTTONS: Final = "Main.messageTray._banner._buttonBox.get_children()"


class ShellError(Exception):
    """The shell could not do what it was asked."""


class GnomeShell:
    """
    Args:
        desktop: without a screen, with the installed services and a system bus.
    """

    def __init__(self, desktop: Desktop, *, size: str = "1280x800") -> None:
        self.desktop = desktop
        settings = Path(desktop.env["XDG_CONFIG_HOME"], "glib-2.0", "settings", "keyfile")
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS.format(extensions=list(EXTENSIONS)))
        desktop.env.update(
            GSETTINGS_BACKEND="keyfile",
            XDG_SESSION_TYPE="wayland",
            XDG_CURRENT_DESKTOP="GNOME",
            LIBGL_ALWAYS_SOFTWARE="1",
        )
        desktop.start_logind()
        desktop.start(
            ["gnome-shell", "--headless", "--wayland", "--no-x11", "--unsafe-mode", "--virtual-monitor", size],
            "gnome-shell",
        )
        desktop.wait_for_name("org.gnome.Shell", START_S)
        self._connection: DBusConnection = open_dbus_connection(bus=desktop.bus_address)
        desktop.wait_for(self._is_ready, START_S, "the end of the shell's start-up")
        self.evaluate(_NO_NOTES_OF_ITS_OWN)
        self.evaluate("Main.overview.hide()")
        desktop.wait_for(lambda: not self.evaluate("Main.overview.visible"), what="the overview to go")

    def close(self) -> None:
        self._connection.close()

    def evaluate(self, code: str) -> Any:
        """The value of the JavaScript expression `code` in the shell, None for undefined."""
        reply = self._connection.send_and_get_reply(new_method_call(SHELL, "Eval", "s", (code,)), timeout=20)
        if reply.header.message_type is not MessageType.method_return:
            raise ShellError(f"{code}: {reply.body}")
        is_done, value = reply.body
        if not is_done:
            raise ShellError(f"{code}: {value}")
        return json.loads(value) if value else None

    def _is_ready(self) -> bool:
        try:
            return bool(self.evaluate(_READY))
        except ShellError:  # the name comes before the object
            return False

    @property
    def version(self) -> str:
        return str(self.evaluate("Config.PACKAGE_VERSION"))

    def screenshot(self, path: Path) -> Path:
        reply = self._connection.send_and_get_reply(
            new_method_call(SCREENSHOT, "Screenshot", "bbs", (False, False, str(path))), timeout=20
        )
        if reply.header.message_type is not MessageType.method_return or not reply.body[0]:
            raise ShellError(f"no screenshot: {reply.body}")
        return Path(reply.body[1])

    # -------------------------------------------------------------------------------------------------------- pointer

    def move(self, x: float, y: float) -> None:
        self._point(f"testPointer.notify_absolute_motion(global.get_current_time() * 1000, {x}, {y})")
        self.desktop.wait_for(
            lambda: (
                [round(value) for value in self.evaluate("global.get_pointer().slice(0, 2)")] == [round(x), round(y)]
            ),
            what=f"the pointer at {x}, {y}",
        )

    def click(self, x: float, y: float, button: str = "PRIMARY") -> None:
        self.move(x, y)
        for state in ("PRESSED", "RELEASED"):
            self._point(
                f"testPointer.notify_button(global.get_current_time() * 1000, Clutter.BUTTON_{button},"
                f" Clutter.ButtonState.{state})"
            )

    def click_actor(self, actor: str, button: str = "PRIMARY") -> None:
        """Args: actor: an expression; the pointer goes to its middle."""
        self.click(*self.middle(actor), button)

    def middle(self, actor: str) -> tuple[float, float]:
        left, top, right, bottom = self.box(actor)
        return (left + right) // 2, (top + bottom) // 2

    def box(self, actor: str) -> tuple[int, int, int, int]:
        """left, top, right, bottom of an actor on the screen."""
        left, top, width, height = self.evaluate(
            f"(actor => [...actor.get_transformed_position(), ...actor.get_transformed_size()])({actor})"
        )
        return round(left), round(top), round(left + width), round(top + height)

    def _point(self, code: str) -> None:
        self.evaluate(_POINTER % code)

    # ----------------------------------------------------------------------------------------------------------- tray

    @property
    def icons(self) -> list[str]:
        """The keys of the indicators in the panel."""
        keys = self.evaluate("Object.keys(Main.panel.statusArea)")
        return [key for key in keys if key.startswith("appindicator-")]

    def icon(self) -> str:
        """The expression for the one indicator, as soon as its picture has a size."""
        self.desktop.wait_for(lambda: len(self.icons) == 1, what="the icon in the panel")
        icon = f"Main.panel.statusArea[{json.dumps(self.icons[0])}]"
        self.desktop.wait_for(lambda: self.evaluate(f"{icon}.width") > 0, what="the icon to be laid out")
        return icon

    def open_menu(self) -> list[Item]:
        """Click on the icon; the menu's items once it is open."""
        icon = self.icon()
        # It is filled in the shell's idle time, and a click on an empty one is lost.
        self.desktop.wait_for(
            lambda: not self.evaluate(f"{icon}.menu.isEmpty() || {icon}._menuClient._itemsBeingAdded.size"),
            what="the menu to be read",
        )
        self.click_actor(icon)
        self.desktop.wait_for(lambda: self.evaluate(f"{icon}.menu.isOpen"), what="the menu to open")
        return self.items()

    def items(self, submenu: str | None = None) -> list[Item]:
        """Of the open menu, or of its submenu of that name."""
        menu = f"{self.icon()}.menu" if submenu is None else f"{self._item(submenu)}.menu"
        found = self.evaluate(
            f"{menu}._getMenuItems().map(item => [item.label?.text ?? '', item.sensitive, item.visible])"
        )
        return [Item(label, is_enabled) for label, is_enabled, is_visible in found if label and is_visible]

    def choose(self, *labels: str) -> None:
        """Click on an item of the open menu; on each submenu on the way to it."""
        for depth, label in enumerate(labels):
            item = self._item(*labels[: depth + 1])
            self.desktop.wait_for(lambda item=item: self.evaluate(f"{item}.mapped"), what=label)  # type: ignore[misc]
            self.click_actor(item)

    def _item(self, *labels: str) -> str:
        item = f"{self.icon()}"
        for label in labels:
            item += f".menu._getMenuItems().find(item => item.label?.text === {json.dumps(label)})"
        return item

    def set_extension(self, *, is_on: bool) -> None:
        """Switch the tray on or off, as in the Extensions program."""
        for name in EXTENSIONS:
            call = new_method_call(
                SHELL.with_interface("org.gnome.Shell.Extensions"),
                "EnableExtension" if is_on else "DisableExtension",
                "s",
                (name,),
            )
            self._connection.send_and_get_reply(call, timeout=20)

    # -------------------------------------------------------------------------------------------------- notifications

    def notes(self) -> list[Shown]:
        """Every notification that the shell keeps, on the screen or in its list."""
        found = self.evaluate(
            "Main.messageTray.getSources().flatMap(source => source.notifications.map(note => ["
            "note.title, note.body, note.actions.map(action => action.label), source.title, note.urgency]))"
        )
        return [Shown(*note) for note in found]

    def banner(self) -> str | None:
        """The title of what has come down from the panel and stays for now."""
        title = self.evaluate(
            "Main.messageTray._notificationState === 2 ? Main.messageTray._notification?.title : null"
        )
        return None if title is None else str(title)

    def wait_for_banner(self, title: str, timeout_s: float = 10) -> None:
        self.desktop.wait_for(lambda: self.banner() == title, timeout_s, f"the banner {title!r}, not {self.notes()}")

    def unfold_banner(self) -> list[str]:
        """Put the pointer on it, which is when GNOME draws the buttons; their labels."""
        self.move(*self.middle("Main.messageTray._banner"))
        self.desktop.wait_for(
            lambda: self.evaluate("Main.messageTray._banner.expanded && Main.messageTray._banner._buttonBox.mapped"),
            what="the buttons of the banner",
        )
        return [str(label) for label in self.evaluate(f"{_BUTTONS}.map(button => button.label)")]

    def press(self, label: str) -> None:
        """Click on a button of the unfolded banner."""
        self.click_actor(f"{_BUTTONS}.find(button => button.label === {json.dumps(label)})")


class Item(NamedTuple):
    label: str
    is_enabled: bool


class Shown(NamedTuple):
    """A notification as the shell has it; `urgency` by GNOME's count: 0 low, 1 normal, 2 high, 3 critical."""

    title: str
    body: str
    buttons: list[str]
    source: str
    urgency: int
