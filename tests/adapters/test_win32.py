"""The numbers of Windows, against those that its headers have: recorded by compiling them for x86-64 (mingw-w64 10, `sizeof`
and `offsetof` of each in an array, read from the assembler's output)."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from unsit.adapters import win32

SIZES = {win32.LastInputInfo: 8, win32.WindowClass: 80, win32.Message: 48, win32.RawInputDevice: 16}
OFFSETS = {
    (win32.WindowClass, "lpfnWndProc"): 8,
    (win32.WindowClass, "hInstance"): 24,
    (win32.WindowClass, "lpszClassName"): 64,
    (win32.Message, "lParam"): 24,
    (win32.RawInputDevice, "hwndTarget"): 8,
    (win32.LastInputInfo, "dwTime"): 4,
}
NUMBERS = {
    "WM_DESTROY": 2,
    "WM_CLOSE": 16,
    "WM_QUERYENDSESSION": 17,
    "WM_ENDSESSION": 22,
    "WM_POWERBROADCAST": 536,
    "WM_WTSSESSION_CHANGE": 689,
    "WM_INPUT": 255,
    "PBT_APMSUSPEND": 4,
    "PBT_APMRESUMESUSPEND": 7,
    "PBT_APMRESUMEAUTOMATIC": 18,
    "WTS_CONSOLE_CONNECT": 1,
    "WTS_CONSOLE_DISCONNECT": 2,
    "WTS_REMOTE_CONNECT": 3,
    "WTS_REMOTE_DISCONNECT": 4,
    "WTS_SESSION_LOCK": 7,
    "WTS_SESSION_UNLOCK": 8,
    "RIDEV_INPUTSINK": 256,
    "RIDEV_REMOVE": 1,
    "ES_DISPLAY_REQUIRED": 2,
}


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="recorded for 64 bits")
def test_structures_are_as_the_headers_have_them() -> None:
    """A field of a wrong size moves all that follow, and Windows would read an address out of two halves."""
    assert {made: ctypes.sizeof(made) for made in SIZES} == SIZES
    assert {(made, name): getattr(made, name).offset for made, name in OFFSETS} == OFFSETS


def test_numbers_are_as_the_headers_have_them() -> None:
    assert {name: getattr(win32, name) for name in NUMBERS} == NUMBERS


def test_raw_input_is_asked_for_from_every_device_of_the_hands() -> None:
    """Also while another window has the keyboard; to end it, the target must be no window (RegisterRawInputDevices)."""
    wanted = [
        (device.usUsagePage, device.usUsage, device.dwFlags, device.hwndTarget)
        for device in win32.raw_input_devices(77)
    ]
    assert wanted == [(1, 2, 0x100, 77), (1, 6, 0x100, 77), (13, 2, 0x100, 77), (13, 4, 0x100, 77)]
    assert {(device.dwFlags, device.hwndTarget) for device in win32.raw_input_devices(None)} == {(1, None)}


@pytest.mark.parametrize(
    "module",
    [
        "films_asked",
        "win32",
        "window_windows",
        "idle_windows",
        "session_windows",
        "macos",
        "idle_macos",
        "session_macos",
    ],
)
def test_it_can_be_imported_anywhere(module: str) -> None:
    """And there brings no library of its system along."""
    script = f"""
import sys, unsit.adapters.{module}
print([name for name in ('Quartz', 'AppKit', 'objc', 'winreg') if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.skipif(sys.platform == "win32", reason="elsewhere")
def test_elsewhere_it_says_so() -> None:
    """An OSError, as whatever the system refuses."""
    with pytest.raises(OSError, match="not Windows"):
        win32.Win32Calls()
