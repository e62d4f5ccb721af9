"""The calls of macOS that presence needs, by pyobjc, which pystray brings along there: as thin as it goes.

Written from Apple's documentation of each (Quartz Event Services, NSEvent, NSWorkspace, NSDistributedNotificationCenter,
AXIsProcessTrusted), and not yet run on macOS. Nothing is loaded when this is imported, so that it can be on any system.

What the system tells, it tells in the main thread, where AppKit's event loop runs as long as the icon is shown.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

WILL_SLEEP: Final = "NSWorkspaceWillSleepNotification"
DID_WAKE: Final = "NSWorkspaceDidWakeNotification"
RESIGNED_ACTIVE: Final = "NSWorkspaceSessionDidResignActiveNotification"
BECAME_ACTIVE: Final = "NSWorkspaceSessionDidBecomeActiveNotification"
WILL_POWER_OFF: Final = "NSWorkspaceWillPowerOffNotification"
"""Also before a log-out."""
WORKSPACE: Final = (WILL_SLEEP, DID_WAKE, RESIGNED_ACTIVE, BECAME_ACTIVE, WILL_POWER_OFF)

LOCKED: Final = "com.apple.screenIsLocked"
UNLOCKED: Final = "com.apple.screenIsUnlocked"
"""Both are nowhere documented, and what everybody uses who has to know."""
DISTRIBUTED: Final = (LOCKED, UNLOCKED)

INPUT_EVENTS: Final = (1, 3, 5, 6, 7, 10, 12, 22, 25, 27, 29)
"""Of the enumeration NSEventType: left and right button, movement, both dragged, key, modifier, wheel, another button and its
dragging, gesture."""

_APPLICATION_SERVICES: Final = "/System/Library/Frameworks/ApplicationServices.framework/ApplicationServices"
_IO_KIT: Final = "/System/Library/Frameworks/IOKit.framework/IOKit"
_CORE_FOUNDATION: Final = "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation"
SCREEN_HELD: Final = ("PreventUserIdleDisplaySleep", "NoDisplaySleepAssertion")
"""kIOPMAssertionTypePreventUserIdleDisplaySleep, and its older name kIOPMAssertionTypeNoDisplaySleep."""
_HID_SYSTEM_STATE: Final = 1
"""kCGEventSourceStateHIDSystemState: what the hands do, not what programs post."""
_ANY_INPUT: Final = 0xFFFFFFFF
"""kCGAnyInputEventType"""


def event_mask(types: Iterable[int]) -> int:
    """NSEventMask: a bit for each type."""
    return sum(1 << kind for kind in types)


class MacOS(Protocol):
    """What is called of the system. `main`: only in the main thread."""

    def idle_for_s(self) -> float:
        """CGEventSourceSecondsSinceLastEventType. Raises OSError."""

    def assertions(self) -> Mapping[str, Any]:
        """IOPMCopyAssertionsStatus: how many programs ask for what of the power management. Raises OSError."""

    def session(self) -> Mapping[str, Any]:
        """CGSessionCopyCurrentDictionary; empty where there is no session with a screen."""

    def may_hear_keys(self) -> bool:
        """AXIsProcessTrusted: what Apple's page of NSEvent's monitors asks for. Does not ask the person."""

    def in_main(self, work: Callable[[], None]) -> None:
        """Have it done by AppKit's event loop. From any thread; does not wait."""

    def main_monitor(self, mask: int, on_event: Callable[[], None]) -> Any:
        """addGlobalMonitorForEventsMatchingMask: of other programs' events `on_event` is told that there was one."""

    def main_remove_monitor(self, monitor: Any) -> None: ...
    def main_observe(self, on_notification: Callable[[str], None]) -> Callable[[], None]:
        """`on_notification(name)` in the main thread, of `WORKSPACE` and `DISTRIBUTED`. Returns: what ends it."""


class MacOSCalls:
    """Implements `MacOS` on macOS."""

    def __init__(self) -> None:
        """Raises: OSError: this is not macOS, or pyobjc is not there."""
        if sys.platform != "darwin":
            raise OSError("this is not macOS")
        try:
            self._quartz: Any = importlib.import_module("Quartz")
            self._objc: Any = importlib.import_module("objc")
            self._app_kit: Any = importlib.import_module("AppKit")
            self._app_helper: Any = importlib.import_module("PyObjCTools.AppHelper")
        except ImportError as error:
            raise OSError(f"pyobjc: {error}") from error

    def idle_for_s(self) -> float:
        return float(self._quartz.CGEventSourceSecondsSinceLastEventType(_HID_SYSTEM_STATE, _ANY_INPUT))

    def assertions(self) -> Mapping[str, Any]:
        place = ctypes.c_void_p()
        try:
            ask = ctypes.CDLL(_IO_KIT).IOPMCopyAssertionsStatus
        except AttributeError as error:
            raise OSError(str(error)) from error
        ask.argtypes, ask.restype = (ctypes.c_void_p,), ctypes.c_int32
        if (status := ask(ctypes.byref(place))) or not place.value:
            raise OSError(f"IOPMCopyAssertionsStatus: {status & 0xFFFFFFFF:#010x}")
        found = self._objc.objc_object(c_void_p=place.value)  # holds it once more, so that what was copied is let go
        read = {str(name): int(count) for name, count in found.items()}
        release = ctypes.CDLL(_CORE_FOUNDATION).CFRelease
        release.argtypes, release.restype = (ctypes.c_void_p,), None
        release(place)
        return read

    def session(self) -> Mapping[str, Any]:
        return dict(self._quartz.CGSessionCopyCurrentDictionary() or {})

    def may_hear_keys(self) -> bool:
        try:
            is_trusted = ctypes.CDLL(_APPLICATION_SERVICES).AXIsProcessTrusted
        except (OSError, AttributeError):
            return False
        is_trusted.restype = ctypes.c_bool
        return bool(is_trusted())

    def in_main(self, work: Callable[[], None]) -> None:
        self._app_helper.callAfter(work)

    def main_monitor(self, mask: int, on_event: Callable[[], None]) -> Any:
        return self._app_kit.NSEvent.addGlobalMonitorForEventsMatchingMask_handler_(mask, lambda _event: on_event())

    def main_remove_monitor(self, monitor: Any) -> None:
        self._app_kit.NSEvent.removeMonitor_(monitor)

    def main_observe(self, on_notification: Callable[[str], None]) -> Callable[[], None]:
        def tell(notification: Any) -> None:
            on_notification(str(notification.name()))

        workspace = self._app_kit.NSWorkspace.sharedWorkspace().notificationCenter()
        distributed = self._app_kit.NSDistributedNotificationCenter.defaultCenter()
        tokens = [
            (center, center.addObserverForName_object_queue_usingBlock_(name, None, None, tell))
            for center, names in ((workspace, WORKSPACE), (distributed, DISTRIBUTED))
            for name in names
        ]

        def end() -> None:
            for center, token in tokens:
                center.removeObserver_(token)

        return end
