"""What a Linux desktop can tell of the person, and of what keeps a prompt back: which sources are tried, the better ones first.

Each is asked and none is guessed from a desktop's name; those that do not work here say why (`unsit status`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from unsit.adapters.holds import Holds
from unsit.adapters.presence import Presence
from unsit.core.model import HoldReason
from unsit.ports import HoldSource
from unsit.settings.types import AllSettings

if TYPE_CHECKING:
    from unsit.adapters.bus import Bus


def linux_presence(
    bus: Bus | None, settings: Callable[[], AllSettings], on_session_end: Callable[[], None]
) -> Presence:
    """
    Args:
        bus: the session bus, where there is one.
        settings: those that count now.
        on_session_end: the desktop session has ended.
    """
    from unsit.adapters.clock_linux import asleep_s
    from unsit.adapters.idle_x11 import X11Idle
    from unsit.adapters.session_logind import LogindSession

    def video_is_presence() -> bool:
        return settings().away.video_is_presence

    locks: dict[str, Any] = {"logind": LogindSession()}
    idle: dict[str, Any] = {"X11": X11Idle(on_session_end=on_session_end)}
    films = None
    if os.environ.get("WAYLAND_DISPLAY"):
        from unsit.adapters.idle_wayland import WaylandIdle

        idle["Wayland"] = WaylandIdle(video_is_presence)
    if bus is not None:
        from unsit.adapters.idle_inhibitors import IdleInhibitors
        from unsit.adapters.idle_mutter import MutterIdle
        from unsit.adapters.screensaver_fdo import ScreenSavers

        locks["screensaver"] = ScreenSavers(bus)
        idle["GNOME"] = MutterIdle(bus, video_is_presence)
        films = IdleInhibitors(bus)
    return Presence(idle, locks, asleep_s=asleep_s, films=films, video_is_presence=video_is_presence)


def linux_holds(bus: Bus | None, settings: Callable[[], AllSettings], holds_screen: Callable[[], bool]) -> Holds:
    """Args: as `linux_hold_sources`."""
    return Holds(linux_hold_sources(bus, settings, holds_screen), lambda reason: is_hold_wanted(settings(), reason))


def is_hold_wanted(settings: AllSettings, reason: HoldReason) -> bool:
    hold = settings.hold
    return {"call": hold.call, "dnd": hold.dnd, "fullscreen": hold.fullscreen, "app": True}[reason]


def linux_hold_sources(
    bus: Bus | None, settings: Callable[[], AllSettings], holds_screen: Callable[[], bool]
) -> dict[str, HoldSource]:
    """
    Args:
        bus, settings: as `linux_presence`.
        holds_screen: we hold the screen awake ourselves now.
    """
    from unsit.adapters.hold_apps import AppsHold
    from unsit.adapters.hold_call_audio import AudioCallHold
    from unsit.adapters.hold_camera import CameraHold

    sources: dict[str, HoldSource] = {
        "microphone": AudioCallHold(lambda: settings().hold.ignore),
        "camera": CameraHold(lambda: settings().hold.ignore),
        "programs": AppsHold(lambda: settings().hold.apps),
    }
    is_wayland = bool(os.environ.get("WAYLAND_DISPLAY"))
    if is_wayland:
        from unsit.adapters.hold_fullscreen_wayland import WaylandFullscreenHold

        sources["full screen"] = WaylandFullscreenHold()
    else:
        from unsit.adapters.hold_fullscreen_x11 import X11FullscreenHold

        sources["full screen"] = X11FullscreenHold()
    if bus is not None:
        from unsit.adapters.hold_dnd import DndHold

        sources["do not disturb"] = DndHold(bus)
        if is_wayland:
            from unsit.adapters.hold_inhibitor import InhibitorHold

            sources["screen held awake"] = InhibitorHold(bus, is_ours=holds_screen)
    return sources
