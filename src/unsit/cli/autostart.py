"""`unsit autostart`: have the session start Unsit, and the desktop know it: its launcher, its icon, its `unsit:` links.

Whatever is made here is written to a list, and `off` takes away what stands in that list and nothing else.
"""

from __future__ import annotations

import configparser
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from unsit import paths
from unsit.cli.exits import DONE, REFUSED, complain
from unsit.words import _

AUTOSTART_NAME: Final = "unsit.desktop"
LIST_NAME: Final = "installed.json"
LINK_ENTRY: Final = "unsit-link.desktop"
LINK_TYPE: Final = "x-scheme-handler/unsit"
TOOL_WITHIN_S: Final = 20.0
ICONS: Final = {
    "unsit-64.png": "64x64/apps/unsit.png",
    "unsit-256.png": "256x256/apps/unsit.png",
    "unsit.svg": "scalable/apps/unsit.svg",
    "unsit-symbolic.svg": "symbolic/apps/unsit-symbolic.svg",
}
"""As shipped -> where the icon theme `hicolor`, which every other falls back to, has it."""


def autostart(word: str | None) -> int:
    """`unsit autostart [on|off]`; without a word it says how things are."""
    if sys.platform != "linux":
        complain(
            _("Unsit cannot put itself into this system's autostart yet."),
            _("Add the command `unsit run` in the system's own settings."),
        )
        return REFUSED
    try:
        match word:
            case "on":
                return _switch_on()
            case "off":
                return _switch_off()
            case _:
                return _say()
    except OSError as error:
        complain(_("{file}: {why}").format(file=error.filename or "?", why=error.strerror or error))
        return REFUSED


def _say() -> int:
    entry = effective_entry()
    if entry is None:
        print(_("Autostart is off."))
    elif is_enabled(entry):
        print(_("Autostart is on: {file}").format(file=entry))
    else:
        print(_("Autostart is off: it is switched off in {file}.").format(file=entry))
    return DONE


def _switch_on() -> int:
    made = _Made.read()
    entry = _config_home() / "autostart" / AUTOSTART_NAME
    if entry.exists() and entry not in made and not is_enabled(entry):
        complain(_("{file} is your own, and switches Unsit off.").format(file=entry), _("Remove it, then try again."))
        return REFUSED
    shipped = paths.shipped_linux_dir()
    command = own_command()
    applications = _data_home() / "applications"
    left: list[Path] = []
    for name, target in (
        ("unsit-autostart.desktop", entry),
        ("unsit.desktop", applications / "unsit.desktop"),
        (LINK_ENTRY, applications / LINK_ENTRY),
    ):
        text = with_command((shipped / name).read_text(encoding="utf-8"), command)
        if not made.write(target, text.encode()):
            left.append(target)
    theme = _data_home() / "icons" / "hicolor"
    for name, place in ICONS.items():
        made.write(theme / place, (paths.assets_dir() / "icons" / name).read_bytes())
    with contextlib.suppress(OSError):
        os.utime(theme)  # by the icon theme specification: what is cached of it is looked at again
    made.adopt(_mime_cache(applications), lambda: _tell_desktop(applications))
    made.adopt(_config_home() / "mimeapps.list", lambda: _run("xdg-mime", "default", LINK_ENTRY, LINK_TYPE))
    made.save()
    for path in left:
        complain(_("{file} is not Unsit's own and was left as it is.").format(file=path))
    return _say()


def _switch_off() -> int:
    made = _Made.read()
    applications = _data_home() / "applications"
    if made.paths:
        made.remove(keep=(_mime_cache(applications), _config_home() / "mimeapps.list"))
        _tell_desktop(applications)
        _forget_links(_config_home() / "mimeapps.list")
        made.remove_if_empty(_mime_cache(applications), b"[MIME Cache]")
        made.remove_if_empty(_config_home() / "mimeapps.list", b"[Default Applications]")
        made.forget()
        made.remove_folders()
    entry = effective_entry()
    if entry is not None and is_enabled(entry):
        complain(
            _("{file} still starts Unsit; it was not made by this command.").format(file=entry),
            _("Remove it, or switch it off in your desktop's settings."),
        )
        return REFUSED
    return _say()


# ------------------------------------------------------------------------------------------------------- what counts


def effective_entry() -> Path | None:
    """The autostart entry that sessions obey: by the autostart specification the first of its name."""
    system = (os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    for folder in (_config_home(), *(Path(entry) for entry in system if entry.startswith("/"))):
        path = folder / "autostart" / AUTOSTART_NAME
        if path.is_file():
            return path
    return None


def is_enabled(entry: Path) -> bool:
    """The desktops' own settings switch an entry off by a key in it."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    try:
        parser.read(entry, encoding="utf-8")
        group = parser["Desktop Entry"]
    except (configparser.Error, UnicodeDecodeError, KeyError):
        return False
    return group.get("hidden") != "true" and group.get("x-gnome-autostart-enabled") != "false"


def own_command() -> list[str]:
    """Of this installation, with its full path: a session does not always have the person's own bin folder on its path."""
    called = Path(sys.argv[0]).absolute()
    beside = Path(sys.executable).parent / "unsit"
    for candidate in (called, beside):
        if candidate.name == "unsit" and os.access(candidate, os.X_OK) and candidate.is_file():
            return [str(candidate)]
    return [sys.executable, "-m", "unsit"]


def with_command(entry: str, command: list[str]) -> str:
    """A shipped desktop entry, without its comments, that runs `command` where it says `unsit`."""
    exec_ = " ".join(_exec_word(word) for word in command)
    lines = [line for line in entry.splitlines() if not line.startswith("#")]
    text = "\n".join(lines) + "\n"
    text = re.sub(r"^Exec=unsit\b", lambda _match: f"Exec={exec_}", text, flags=re.M)
    return re.sub(r"^TryExec=unsit$", lambda _match: "TryExec=" + command[0].replace("\\", "\\\\"), text, flags=re.M)


def _exec_word(word: str) -> str:
    """Quoted by the desktop entry specification: first as an argument of Exec, then as a string of the file."""
    quoted = word.replace("%", "%%")
    if re.search(r"""[ \t\n"'\\><~|&;$*?#()`]""", word):
        quoted = '"' + re.sub(r'(["`$\\])', r"\\\1", quoted) + '"'
    return quoted.replace("\\", "\\\\")


# ----------------------------------------------------------------------------------------------------------- the list


class _Made:
    """The files and folders that this command has made, in the order in which it made them."""

    def __init__(self, entries: list[Path], folders: list[Path]) -> None:
        self.paths, self._folders = entries, folders

    @staticmethod
    def _place() -> Path:
        return paths.data_dir() / LIST_NAME

    @classmethod
    def read(cls) -> _Made:
        try:
            stored = json.loads(cls._place().read_text(encoding="utf-8"))
            return cls([Path(path) for path in stored["files"]], [Path(path) for path in stored["folders"]])
        except FileNotFoundError:
            return cls([], [])
        except (ValueError, TypeError, KeyError):
            complain(_("{file} is damaged; what it listed is no longer known.").format(file=cls._place()))
            return cls([], [])

    def save(self) -> None:
        place = self._place()
        self._make_folders(place.parent)
        stored = {"files": [str(path) for path in self.paths], "folders": [str(path) for path in self._folders]}
        _replace(place, json.dumps(stored, indent=1).encode())

    def forget(self) -> None:
        self._place().unlink(missing_ok=True)

    def __contains__(self, path: Path) -> bool:
        return path in self.paths

    def write(self, path: Path, content: bytes) -> bool:
        """False: there is one already that is not ours; it stays."""
        if path.exists() and path not in self.paths:
            return False
        self._make_folders(path.parent)
        self._add(path)
        self.save()  # before it is there: an interrupted run leaves nothing behind that is not known
        _replace(path, content)
        return True

    def adopt(self, path: Path, make: Callable[[], None]) -> None:
        """What another program makes on our behalf is ours, if it was not there before."""
        was_there = path.exists()
        self._make_folders(path.parent)
        make()
        if path.exists() and not was_there:
            self._add(path)

    def remove(self, keep: tuple[Path, ...]) -> None:
        for path in self.paths:
            if path not in keep:
                path.unlink(missing_ok=True)

    def remove_if_empty(self, path: Path, empty: bytes) -> None:
        """Of what other programs write too: only if we brought it about and nothing of theirs is in it."""
        if path in self.paths and path.is_file() and path.read_bytes().strip() in (b"", empty):
            path.unlink()

    def remove_folders(self) -> None:
        for folder in reversed(self._folders):
            with contextlib.suppress(OSError):  # something else is in it by now, or it is gone
                folder.rmdir()

    def _add(self, path: Path) -> None:
        if path not in self.paths:
            self.paths.append(path)

    def _make_folders(self, folder: Path) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for path in reversed(missing):
            path.mkdir(mode=0o700)
            self._folders.append(path)


def _replace(path: Path, content: bytes, mode: int = 0o644) -> None:
    """There is the old file or the new one, whatever happens."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "wb") as file:  # noqa: PTH123  a descriptor, no path
            file.write(content)
            os.fchmod(handle, mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


# -------------------------------------------------------------------------------------------------- the desktop's part


def _config_home() -> Path:
    return paths.user_config_dir().parent


def _data_home() -> Path:
    return paths.data_dir().parent


def _mime_cache(applications: Path) -> Path:
    return applications / "mimeinfo.cache"


def _tell_desktop(applications: Path) -> None:
    if applications.is_dir():
        _run("update-desktop-database", str(applications))


def _run(*argv: str) -> None:
    """A program that may be missing, and whose failure costs at most that links are not opened."""
    if shutil.which(argv[0]) is None:
        return
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=TOOL_WITHIN_S)


def _forget_links(mimeapps: Path) -> None:
    """Take our handler, and nothing else, out of what xdg-mime wrote."""
    try:
        text = mimeapps.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return
    kept: list[str] = []
    for line in text.splitlines(keepends=True):
        key, equals, value = line.partition("=")
        if equals and key.strip() == LINK_TYPE:
            handlers = [name for name in value.strip().split(";") if name and name != LINK_ENTRY]
            if not handlers:
                continue
            line = f"{key}={';'.join(handlers)};\n"
        kept.append(line)
    if "".join(kept) != text:
        target = mimeapps.resolve()  # people keep it elsewhere and link to it
        _replace(target, "".join(kept).encode(), target.stat().st_mode & 0o777)
