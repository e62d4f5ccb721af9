"""The calls of Windows that presence needs, by ctypes: as thin as it goes, and nothing of it is decided here.

Written from Microsoft's reference of each function and structure, and not yet run on Windows. The sizes and places of the
structures and the numbers of the messages are compared with those of the Windows headers in tests/adapters/test_win32.py.
Nothing is loaded when this is imported, so that it can be on any system.

The types are the fixed ones and not ctypes.wintypes', whose `long` has eight bytes elsewhere.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from ctypes import c_int32, c_size_t, c_ssize_t, c_uint16, c_uint32, c_void_p, c_wchar_p
from typing import Any, Final, Protocol

WM_DESTROY: Final = 0x0002
WM_CLOSE: Final = 0x0010
WM_QUERYENDSESSION: Final = 0x0011
WM_ENDSESSION: Final = 0x0016
WM_INPUT: Final = 0x00FF
WM_POWERBROADCAST: Final = 0x0218
WM_WTSSESSION_CHANGE: Final = 0x02B1

PBT_APMSUSPEND: Final = 0x0004
PBT_APMRESUMESUSPEND: Final = 0x0007
PBT_APMRESUMEAUTOMATIC: Final = 0x0012

WTS_CONSOLE_CONNECT: Final = 1
WTS_CONSOLE_DISCONNECT: Final = 2
WTS_REMOTE_CONNECT: Final = 3
WTS_REMOTE_DISCONNECT: Final = 4
WTS_SESSION_LOCK: Final = 7
WTS_SESSION_UNLOCK: Final = 8

RIDEV_REMOVE: Final = 0x0001
RIDEV_INPUTSINK: Final = 0x0100
INPUT_DEVICES: Final = ((0x01, 0x02), (0x01, 0x06), (0x0D, 0x02), (0x0D, 0x04))
"""(usage page, usage) of the USB HID usage tables: mouse, keyboard, pen, touch screen."""

ES_DISPLAY_REQUIRED: Final = 0x2
"""A program holds the screen awake (SetThreadExecutionState)."""

_NOTIFY_FOR_THIS_SESSION: Final = 0
_DEVICE_NOTIFY_WINDOW_HANDLE: Final = 0
_WTS_CURRENT_SESSION: Final = 0xFFFFFFFF
_SYSTEM_EXECUTION_STATE: Final = 16
"""Of the enumeration POWER_INFORMATION_LEVEL."""
_WTS_SESSION_INFO_EX: Final = 25
"""Of the enumeration WTS_INFO_CLASS."""

OnMessage = Callable[[int, int], int | None]
"""(message, wParam) -> what is answered; None leaves it to DefWindowProc. In the window's thread."""


class LastInputInfo(ctypes.Structure):
    """LASTINPUTINFO"""

    _fields_ = (("cbSize", c_uint32), ("dwTime", c_uint32))


class WindowClass(ctypes.Structure):
    """WNDCLASSEXW"""

    _fields_ = (
        ("cbSize", c_uint32),
        ("style", c_uint32),
        ("lpfnWndProc", c_void_p),
        ("cbClsExtra", c_int32),
        ("cbWndExtra", c_int32),
        ("hInstance", c_void_p),
        ("hIcon", c_void_p),
        ("hCursor", c_void_p),
        ("hbrBackground", c_void_p),
        ("lpszMenuName", c_wchar_p),
        ("lpszClassName", c_wchar_p),
        ("hIconSm", c_void_p),
    )


class Message(ctypes.Structure):
    """MSG"""

    _fields_ = (
        ("hwnd", c_void_p),
        ("message", c_uint32),
        ("wParam", c_size_t),
        ("lParam", c_ssize_t),
        ("time", c_uint32),
        ("x", c_int32),
        ("y", c_int32),
    )


class RawInputDevice(ctypes.Structure):
    """RAWINPUTDEVICE"""

    _fields_ = (("usUsagePage", c_uint16), ("usUsage", c_uint16), ("dwFlags", c_uint32), ("hwndTarget", c_void_p))


def raw_input_devices(window: int | None) -> Any:
    """An array of `RawInputDevice`: all of `INPUT_DEVICES` for this window, wherever the keyboard's focus is; None: no more."""
    flags = RIDEV_REMOVE if window is None else RIDEV_INPUTSINK
    return (RawInputDevice * len(INPUT_DEVICES))(
        *(RawInputDevice(page, usage, flags, window) for page, usage in INPUT_DEVICES)
    )


class Win32(Protocol):
    """What is called of the system. Every call raises OSError where the system refuses."""

    def tick_ms(self) -> int:
        """GetTickCount: milliseconds since the system's start, the lower 32 bits."""

    def last_input_tick_ms(self) -> int:
        """On the same clock."""

    def session_info(self) -> bytes:
        """WTSINFOEXW of this session."""

    def execution_state(self) -> int:
        """CallNtPowerInformation, SystemExecutionState: the flags ES_* of all programs together."""

    def run_window(self, on_message: OnMessage, on_open: Callable[[int], None]) -> None:
        """Make a window that nobody sees, say its handle to `on_open`, and serve it until it is closed: for a thread of its
        own."""

    def close_window(self, window: int) -> None:
        """From any thread; does not wait."""

    def set_raw_input(self, window: int | None) -> None:
        """From now on this window gets WM_INPUT; None: nobody does."""


class Win32Calls:
    """Implements `Win32` on Windows."""

    def __init__(self) -> None:
        """Raises: OSError: this is not Windows."""
        self._user: Any
        self._kernel: Any
        self._sessions: Any
        if sys.platform != "win32":
            raise OSError("this is not Windows")
        user = ctypes.WinDLL("user32", use_last_error=True)
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        sessions = ctypes.WinDLL("wtsapi32", use_last_error=True)
        self._user, self._kernel, self._sessions = user, kernel, sessions
        # What an address or a handle goes through: as an int, ctypes' default, it would lose its upper half.
        kernel.GetTickCount.restype = c_uint32
        kernel.GetModuleHandleW.argtypes, kernel.GetModuleHandleW.restype = (c_wchar_p,), c_void_p
        user.DefWindowProcW.argtypes = (c_void_p, c_uint32, c_size_t, c_ssize_t)
        user.DefWindowProcW.restype = c_ssize_t
        user.CreateWindowExW.argtypes = (
            *(c_uint32, c_wchar_p, c_wchar_p, c_uint32),
            *(c_int32, c_int32, c_int32, c_int32),
            *(c_void_p, c_void_p, c_void_p, c_void_p),
        )
        user.CreateWindowExW.restype = c_void_p
        user.RegisterClassExW.argtypes, user.RegisterClassExW.restype = (c_void_p,), c_uint16
        user.UnregisterClassW.argtypes = (c_wchar_p, c_void_p)
        user.GetMessageW.argtypes = (c_void_p, c_void_p, c_uint32, c_uint32)
        user.DispatchMessageW.argtypes, user.DispatchMessageW.restype = (c_void_p,), c_ssize_t
        user.PostMessageW.argtypes = (c_void_p, c_uint32, c_size_t, c_ssize_t)
        user.DestroyWindow.argtypes = (c_void_p,)
        user.RegisterRawInputDevices.argtypes = (c_void_p, c_uint32, c_uint32)
        user.RegisterSuspendResumeNotification.argtypes = (c_void_p, c_uint32)
        user.RegisterSuspendResumeNotification.restype = c_void_p
        user.UnregisterSuspendResumeNotification.argtypes = (c_void_p,)
        sessions.WTSRegisterSessionNotification.argtypes = (c_void_p, c_uint32)
        sessions.WTSUnRegisterSessionNotification.argtypes = (c_void_p,)
        sessions.WTSQuerySessionInformationW.argtypes = (c_void_p, c_uint32, c_int32, c_void_p, c_void_p)
        sessions.WTSFreeMemory.argtypes = (c_void_p,)

    def tick_ms(self) -> int:
        return int(self._kernel.GetTickCount())

    def last_input_tick_ms(self) -> int:
        info = LastInputInfo(ctypes.sizeof(LastInputInfo), 0)
        _check(self._user.GetLastInputInfo(ctypes.byref(info)))
        return int(info.dwTime)

    def session_info(self) -> bytes:
        place, n_bytes = c_void_p(), c_uint32()
        _check(
            self._sessions.WTSQuerySessionInformationW(
                None, _WTS_CURRENT_SESSION, _WTS_SESSION_INFO_EX, ctypes.byref(place), ctypes.byref(n_bytes)
            )
        )
        try:
            return ctypes.string_at(place.value or 0, n_bytes.value)
        finally:
            self._sessions.WTSFreeMemory(place)

    def execution_state(self) -> int:
        if sys.platform != "win32":
            raise OSError("this is not Windows")
        ask = ctypes.WinDLL("powrprof").CallNtPowerInformation
        ask.argtypes, ask.restype = (c_int32, c_void_p, c_uint32, c_void_p, c_uint32), c_int32
        state = c_uint32()
        status = ask(_SYSTEM_EXECUTION_STATE, None, 0, ctypes.byref(state), ctypes.sizeof(state))
        if status:
            raise OSError(f"CallNtPowerInformation: {status & 0xFFFFFFFF:#010x}")
        return state.value

    def run_window(self, on_message: OnMessage, on_open: Callable[[int], None]) -> None:
        if sys.platform != "win32":
            raise OSError("this is not Windows")

        def handle(window: int, message: int, wparam: int, lparam: int) -> int:
            answer = on_message(message, wparam)
            if message == WM_DESTROY:
                self._user.PostQuitMessage(0)
            # WM_INPUT, too, goes on to it: that is how the system takes back what it holds for each.
            return int(self._user.DefWindowProcW(window, message, wparam, lparam)) if answer is None else answer

        prototype = ctypes.WINFUNCTYPE(c_ssize_t, c_void_p, c_uint32, c_size_t, c_ssize_t)
        procedure = prototype(handle)  # held by this call as long as the window can be told anything
        instance, name = self._kernel.GetModuleHandleW(None), "UnsitPresence"
        made = WindowClass(
            cbSize=ctypes.sizeof(WindowClass),
            lpfnWndProc=ctypes.cast(procedure, c_void_p).value,
            hInstance=instance,
            lpszClassName=name,
        )
        _check(self._user.RegisterClassExW(ctypes.byref(made)))
        try:
            # A top-level window, though never shown: one that takes messages only (HWND_MESSAGE) hears of no broadcast.
            window = _check(self._user.CreateWindowExW(0, name, "Unsit", 0, 0, 0, 0, 0, None, None, instance, None))
            try:
                _check(self._sessions.WTSRegisterSessionNotification(window, _NOTIFY_FOR_THIS_SESSION))
                # Machines with Modern Standby tell only those that have asked.
                power = self._user.RegisterSuspendResumeNotification(window, _DEVICE_NOTIFY_WINDOW_HANDLE)
                on_open(window)
                message = Message()
                while self._user.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                    self._user.DispatchMessageW(ctypes.byref(message))
                if power:
                    self._user.UnregisterSuspendResumeNotification(power)
            finally:
                self._sessions.WTSUnRegisterSessionNotification(window)
                self._user.DestroyWindow(window)
        finally:
            self._user.UnregisterClassW(name, instance)

    def close_window(self, window: int) -> None:
        _check(self._user.PostMessageW(window, WM_CLOSE, 0, 0))

    def set_raw_input(self, window: int | None) -> None:
        devices = raw_input_devices(window)
        _check(self._user.RegisterRawInputDevices(devices, len(devices), ctypes.sizeof(RawInputDevice)))


def _check(result: Any) -> Any:
    """What a call returned, if it is not zero. Raises OSError, in the system's words."""
    if not result and sys.platform == "win32":
        raise ctypes.WinError(ctypes.get_last_error())
    return result
