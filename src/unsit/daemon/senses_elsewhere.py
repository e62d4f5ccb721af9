"""What can tell of the person on Windows and macOS; senses.py is for Linux. Nothing there tells whether a film plays, so that
somebody who watches one with still hands is away."""

from __future__ import annotations

import sys
from collections.abc import Callable

from unsit.adapters.presence import Presence


def presence_elsewhere(
    on_session_end: Callable[[], None], in_main_thread: Callable[[Callable[[], None]], None] | None
) -> Presence:
    """
    Args:
        on_session_end: the person logs out, or the machine is shut down.
        in_main_thread: on macOS, has something done there before AppKit's event loop begins; None where that never will.
    """
    if sys.platform == "win32":
        return windows_presence(on_session_end)
    if sys.platform == "darwin":
        return macos_presence(on_session_end, in_main_thread)
    return Presence({}, {})


def windows_presence(on_session_end: Callable[[], None]) -> Presence:
    from unsit.adapters import idle_windows
    from unsit.adapters.session_windows import WindowsSession
    from unsit.adapters.window_windows import HiddenWindow

    window = HiddenWindow()  # one for both
    return Presence({"Windows": idle_windows.make_idle(window)}, {"session": WindowsSession(window, on_session_end)})


def macos_presence(
    on_session_end: Callable[[], None], in_main_thread: Callable[[Callable[[], None]], None] | None
) -> Presence:
    from unsit.adapters import idle_macos
    from unsit.adapters.session_macos import MacOSSession

    idle = idle_macos.make_idle(has_event_loop=in_main_thread is not None)
    return Presence({"macOS": idle}, {"session": MacOSSession(in_main_thread, on_session_end)})
