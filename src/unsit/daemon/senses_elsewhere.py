"""What can tell of the person on Windows and macOS; senses.py is for Linux."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from unsit.adapters.presence import Presence

if TYPE_CHECKING:
    from unsit.adapters.macos import MacOS
    from unsit.adapters.win32 import Win32

VideoIsPresence = Callable[[], bool]
"""The setting `away.video_is_presence`, as it is now."""


def presence_elsewhere(
    video_is_presence: VideoIsPresence,
    on_session_end: Callable[[], None],
    in_main_thread: Callable[[Callable[[], None]], None] | None,
) -> Presence:
    """
    Args:
        on_session_end: the person logs out, or the machine is shut down.
        in_main_thread: on macOS, has something done there before AppKit's event loop begins; None where that never will.
    """
    if sys.platform == "win32":
        from unsit.adapters.win32 import Win32Calls

        return windows_presence(Win32Calls, video_is_presence, on_session_end)
    if sys.platform == "darwin":
        from unsit.adapters.macos import MacOSCalls

        return macos_presence(MacOSCalls, video_is_presence, on_session_end, in_main_thread)
    return Presence({}, {})


def windows_presence(
    make_system: Callable[[], Win32], video_is_presence: VideoIsPresence, on_session_end: Callable[[], None]
) -> Presence:
    from unsit.adapters import idle_windows
    from unsit.adapters.films_asked import AskedFilms
    from unsit.adapters.session_windows import WindowsSession
    from unsit.adapters.window_windows import HiddenWindow

    window = HiddenWindow(make_system)  # one for both
    return Presence(
        {"Windows": idle_windows.make_idle(window)},
        {"session": WindowsSession(window, on_session_end)},
        films=AskedFilms(lambda: idle_windows.is_screen_held(window)),
        video_is_presence=video_is_presence,
    )


def macos_presence(
    make_system: Callable[[], MacOS],
    video_is_presence: VideoIsPresence,
    on_session_end: Callable[[], None],
    in_main_thread: Callable[[Callable[[], None]], None] | None,
) -> Presence:
    from unsit.adapters import idle_macos
    from unsit.adapters.films_asked import AskedFilms
    from unsit.adapters.session_macos import MacOSSession

    return Presence(
        {"macOS": idle_macos.make_idle(make_system, has_event_loop=in_main_thread is not None)},
        {"session": MacOSSession(make_system, in_main_thread, on_session_end)},
        films=AskedFilms(lambda: idle_macos.is_screen_held(make_system().assertions())),
        video_is_presence=video_is_presence,
    )
