"""Where files are: what is shipped with the program, and the person's own (docs/files.md)."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from platformdirs import PlatformDirs

DEMO_VARIABLE: Final = "UNSIT_DEMO_DIR"
"""The runtime folder of `unsit demo`, which must not meet the daemon that may run; its pages inherit it."""

SOCKET_NAME: Final = "control.sock"
ADDRESS_NAME: Final = "control.json"
"""Says where the control socket is, where that is none of the file system's (unsit.loopback)."""
TRANSPORT_VARIABLE: Final = "UNSIT_CONTROL"
"""`loopback` asks for that where there are Unix sockets, too: for a runtime folder on a file system without them."""

_HERE = Path(__file__).resolve().parent


@cache
def _dirs() -> PlatformDirs:
    from platformdirs import PlatformDirs  # 6 ms of a command's 40, and the control socket is found without it

    return PlatformDirs("unsit", appauthor=False)


def shipped_config_dir() -> Path:
    """`config/`: inside the package when installed from a wheel, at the top of the repository in an editable install."""
    packaged = _HERE / "config"
    return packaged if packaged.is_dir() else _HERE.parent.parent / "config"


def shipped_linux_dir() -> Path:
    """The desktop entries; found like `shipped_config_dir`."""
    packaged = _HERE / "linux"
    return packaged if packaged.is_dir() else _HERE.parent.parent / "packaging" / "linux"


def assets_dir() -> Path:
    """Pictures and pages, inside the package."""
    return _HERE / "assets"


def user_config_dir() -> Path:
    return Path(_dirs().user_config_dir)


def exercise_dirs() -> tuple[Path, Path]:
    """Of the shipped exercises, and of the person's own, which need not exist."""
    return shipped_config_dir() / "exercises", user_config_dir() / "exercises"


def system_config_dirs() -> list[Path]:
    """Least important first."""
    if sys.platform == "linux":
        dirs = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        return [Path(entry) / "unsit" for entry in reversed(dirs.split(":")) if entry.startswith("/")]
    return [Path(_dirs().site_config_dir)]


def data_dir() -> Path:
    """history.db and its backups."""
    return Path(_dirs().user_data_dir)


def history_file() -> Path:
    return data_dir() / "history.db"


def state_dir() -> Path:
    """The log for people, and what must not be forgotten over a crash."""
    return Path(_dirs().user_state_dir)


def quieter_note() -> Path:
    """Which programs are quieter than they were; sound servers remember that over the end of the session."""
    return state_dir() / "quieter.json"


def runtime_dir() -> Path:
    """The lock and the control socket. Where the system provides no runtime folder: one of our own in the temporary folder,
    named after the user, which `own_runtime_dir` refuses if it is not really ours."""
    if demo := os.environ.get(DEMO_VARIABLE):
        return Path(demo)
    if sys.platform == "linux":
        base = os.environ.get("XDG_RUNTIME_DIR")
        if base and Path(base).is_dir() and os.access(base, os.W_OK):
            return Path(base) / "unsit"
        import tempfile

        return Path(tempfile.gettempdir()) / f"unsit-{os.getuid()}"
    return Path(_dirs().user_runtime_dir)


def paused_note() -> Path:
    """Which players are paused for a stretch; good for as long as the session bus that they are on."""
    return runtime_dir() / "paused.json"


def control_socket() -> Path:
    """Windows has Unix sockets by now, Python on it has not."""
    is_unix = sys.platform != "win32" and os.environ.get(TRANSPORT_VARIABLE) != "loopback"
    return runtime_dir() / (SOCKET_NAME if is_unix else ADDRESS_NAME)


def is_address(path: Path) -> bool:
    """What is there is not the control socket, but says where it is."""
    return path.name == ADDRESS_NAME


def own_runtime_dir() -> Path:
    """`runtime_dir()`, made with mode 0700.

    Raises:
        PermissionError: it exists and belongs to somebody else, or is a link.
    """
    path = runtime_dir()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32":
        info = path.lstat()
        if path.is_symlink() or info.st_uid != os.getuid():
            raise PermissionError(f"{path} is not ours")
        if info.st_mode & 0o077:
            path.chmod(0o700)
    return path
