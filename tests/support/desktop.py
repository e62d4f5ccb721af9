"""A private desktop for one test: own folders, buses, screen and servers, apart from the session of who runs the tests.

Nothing in it has a fixed number (display, port, name), so any number of them run side by side. Every process is ended
by its process id: with the desktop, and by the kernel if the test run itself is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import FileIO
from pathlib import Path
from typing import Self

import pytest
from jeepney import DBusAddress, MessageType, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from support.patience import PATIENCE_S, patient_s

POLL_S = 0.02
"""Between two looks at a condition."""
TERM_S = 3.0
"""From the polite signal to the other one."""
OTHER_UID = 65534
"""`nobody`: for the programs that refuse to run as root."""

_PASSED_ON = (
    "USER",
    "LOGNAME",
    "LANGUAGE",
    "TERM",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_FILE",
    "CI",
    "TZ",
)
_BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>{type}</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  {services}
  <policy context="default">
    <allow user="*"/> <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/> <allow eavesdrop="true"/>
  </policy>
</busconfig>
"""
_LXQT_PANEL = """[General]
panels=panel1
iconTheme=Adwaita
[panel1]
plugins=statusnotifier
position=Bottom
panelSize=36
width=100
width-percent=true
[statusnotifier]
type=statusnotifier
"""
_XFCE_PANEL = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=8;x=500;y=380"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
    </property>
  </property>
</channel>
"""
_PR_SET_CHILD_SUBREAPER = 36

open_desktops: list[Desktop] = []
"""Those running now, for the report of a failed test."""


def missing(*programs: str) -> list[str]:
    return [program for program in programs if shutil.which(program) is None]


def require(*programs: str) -> None:
    """Skip the running test when one of these is not installed; in CI (CI=true) that is a failure."""
    absent = missing(*programs)
    if not absent:
        return
    reason = f"not installed: {', '.join(absent)}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def needs(*programs: str) -> pytest.MarkDecorator:
    """`@needs("dunst")` or `pytestmark = needs("dunst")`; inside a running test it is `require`."""
    if "PYTEST_CURRENT_TEST" in os.environ:
        require(*programs)
    return pytest.mark.needs(*programs)


def wait_until(predicate: Callable[[], object], timeout_s: float) -> bool:
    """True as soon as it holds; False if it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not predicate():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


class Desktop:
    """Private folders and a session bus; with `screen` also an X server and a window manager.

    Attributes:
        env: what a program of this desktop is started with; nothing of the caller's session is in it.
        dir: holds home, the XDG folders and the logs; gone when the desktop is.
        display: ":7", or None without a screen.
    """

    def __init__(
        self,
        *,
        screen: bool = True,
        size: str = "1280x720",
        window_manager: str | None = "openbox",
        services: bool = False,
        system_bus: bool = False,
    ) -> None:
        """
        Args:
            size: of the screen in pixels.
            services: let the session bus start the services that are installed on this machine.
            system_bus: a second private bus at DBUS_SYSTEM_BUS_ADDRESS; without it that address leads nowhere.
        """
        self.dir = Path(tempfile.mkdtemp(prefix="unsit-"))
        self.display: str | None = None
        self.env = self._environment()
        self.bus_address = ""
        self.system_bus_address: str | None = None
        self._processes: list[tuple[subprocess.Popen[str], Path]] = []
        self._buses: dict[str, DBusConnection] = {}
        _become_subreaper()
        open_desktops.append(self)
        try:
            self.start_bus(services=services)
            if system_bus:
                self.start_system_bus()
            if screen:
                self._start_screen(size, window_manager)
        except BaseException:
            sys.stderr.write(self.logs())
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------------------------------------------ processes

    def start(
        self,
        argv: Sequence[str | Path | int],
        name: str | None = None,
        *,
        pass_fds: Sequence[int] = (),
        user: int | None = None,
        **env: str,
    ) -> subprocess.Popen[str]:
        """Start it in the desktop, its output in `log(name)`; it ends with the desktop at the latest.

        The kernel kills it as soon as the thread that started it ends: start from the main thread.

        Args:
            name: of its log; the program's own by default.
            user: run under this uid; only root can.
            env: added to the desktop's.
        """
        words = [str(word) for word in argv]
        log = self._log_path(name or Path(words[0]).name)
        # A change of user forgets the death signal, hence two steps.
        change_user = (
            ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"] if user is not None else []
        )
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*change_user, "setpriv", "--pdeathsig=KILL", "--", *words],
                env={**self.env, **env},
                cwd=self.dir,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=tuple(pass_fds),
                text=True,
            )
        self._processes.append((process, log))
        return process

    def run(
        self, argv: Sequence[str | Path | int], timeout: float = 20, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end; a status other than 0 is the caller's to judge."""
        words = [str(word) for word in argv]
        process = subprocess.Popen(
            words,
            env={**self.env, **env},
            cwd=self.dir,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        try:
            out, err = process.communicate(timeout=patient_s(timeout))
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def stop(self, process: subprocess.Popen[str], *, sig: int = signal.SIGTERM) -> int:
        """End it and whatever it started in its session; its exit status."""
        if process.poll() is None:
            process.send_signal(sig)
            try:
                process.wait(TERM_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        return process.returncode

    def pid_of(self, name: str) -> int:
        """Of what was started last under this name."""
        path = self._log_path(name)
        return next(process.pid for process, log in reversed(self._processes) if log == path)

    def log(self, name: str) -> str:
        """What programs started under this name have written so far."""
        path = self._log_path(name)
        return path.read_text(errors="replace") if path.exists() else ""

    def logs(self, tail: int = 40) -> str:
        """The last lines of every log, and what has ended, for a report."""
        parts = [
            f"--- {path.stem} ended with {process.returncode} ---"
            for process, path in self._processes
            if process.poll() is not None
        ]
        for path in sorted((self.dir / "log").iterdir()):
            lines = path.read_text(errors="replace").splitlines()
            if lines:
                parts.append(f"--- {path.stem} ---\n" + "\n".join(lines[-tail:]))
        return "\n".join(parts)

    # -------------------------------------------------------------------------------------------------------- waiting

    def wait_for(self, predicate: Callable[[], object], timeout: float = 10, what: str = "the condition") -> None:
        """Return when `predicate` holds. Blocks the thread: `await until(...)` where a loop has to go on meanwhile.

        Raises:
            TimeoutError: with `what`, and what the programs of the desktop wrote last.
        """
        if not wait_until(predicate, timeout := patient_s(timeout)):
            raise TimeoutError(f"waited {timeout:g} s for {what}\n{self.logs(10)}")

    async def until(self, predicate: Callable[[], object], timeout_s: float = 10, what: str = "the condition") -> None:
        """`wait_for` on the loop."""
        try:
            async with asyncio.timeout(timeout_s := patient_s(timeout_s)):
                while not predicate():  # noqa: ASYNC110  what is waited for happens in other processes
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise TimeoutError(f"waited {timeout_s:g} s for {what}\n{self.logs(10)}") from None

    def has_name(self, bus_name: str, *, system: bool = False) -> bool:
        reply = self._bus(system).send_and_get_reply(
            new_method_call(
                DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus"),
                "NameHasOwner",
                "s",
                (bus_name,),
            ),
            timeout=PATIENCE_S,
        )
        return bool(reply.body[0])

    def wait_for_name(self, bus_name: str, timeout: float = 10, *, system: bool = False) -> None:
        self.wait_for(lambda: self.has_name(bus_name, system=system), timeout, f"the bus name {bus_name}")

    # ---------------------------------------------------------------------------------------------------------- buses

    def start_bus(self, *, services: bool = False) -> subprocess.Popen[str]:
        """The session bus; again, at the same address, after it was stopped."""
        socket = Path(self.env["XDG_RUNTIME_DIR"], "bus")
        process, self.bus_address = self._start_bus("session", socket, services=services)
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self.bus_address
        return process

    def start_system_bus(self) -> subprocess.Popen[str]:
        process, self.system_bus_address = self._start_bus("system", self.dir / "system-bus", services=False)
        self.env["DBUS_SYSTEM_BUS_ADDRESS"] = self.system_bus_address
        return process

    def start_logind(self) -> subprocess.Popen[str]:
        """python-dbusmock's org.freedesktop.login1 on the private system bus; driven over org.freedesktop.DBus.Mock."""
        if self.system_bus_address is None:
            self.start_system_bus()
        # Debian's module needs Debian's Python: it is not in our environment.
        process = self.start(
            ["/usr/bin/python3", "-m", "dbusmock", "--system", "--template", "logind"], "logind", PYTHONPATH=""
        )
        self.wait_for_name("org.freedesktop.login1", system=True)
        return process

    # -------------------------------------------------------------------------------------------------------- servers

    def start_dunst(self, config: str = "") -> subprocess.Popen[str]:
        """The notification server dunst with these lines as its dunstrc."""
        rc = self.dir / "dunstrc"
        rc.write_text(config or "[global]\n    monitor = 0\n")
        process = self.start(["dunst", "-conf", rc], "dunst")
        self.wait_for_name("org.freedesktop.Notifications")
        return process

    def start_panel(self, kind: str, *, edge: str = "bottom") -> subprocess.Popen[str]:
        """A tray: "lxqt" and "xfce" hold StatusNotifierItems ("xfce" wants `services=True`), "trayer" XEmbed icons.

        Args:
            edge: "top" puts trayer out of the way of the other kind.
        """
        config = Path(self.env["XDG_CONFIG_HOME"])
        if kind == "trayer":
            process = self.start(["trayer", "--edge", edge, "--height", "32", "--SetDockType", "true"])
            self.wait_for(self.has_xembed_tray, what="the owner of _NET_SYSTEM_TRAY")
            return process
        if kind == "lxqt":
            path, text, argv = config / "lxqt/panel.conf", _LXQT_PANEL, ["lxqt-panel"]
        elif kind == "xfce":
            path = config / "xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml"
            text, argv = _XFCE_PANEL, ["xfce4-panel", "--disable-wm-check"]
        else:
            raise ValueError(f"no panel of the kind {kind!r}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        process = self.start(argv)
        self.wait_for_name("org.kde.StatusNotifierWatcher")
        return process

    def status_notifier_items(self) -> list[str]:
        """What is registered with the watcher: bus name and path in one, as the watcher puts it."""
        reply = self._bus(system=False).send_and_get_reply(
            Properties(
                DBusAddress(
                    "/StatusNotifierWatcher",
                    bus_name="org.kde.StatusNotifierWatcher",
                    interface="org.kde.StatusNotifierWatcher",
                )
            ).get("RegisteredStatusNotifierItems"),
            timeout=PATIENCE_S,
        )
        if reply.header.message_type is not MessageType.method_return:
            return []
        return list(reply.body[0][1])

    def has_xembed_tray(self) -> bool:
        from Xlib import X
        from Xlib.display import Display

        with contextlib.closing(Display(self.display)) as display:
            owner = display.get_selection_owner(display.intern_atom("_NET_SYSTEM_TRAY_S0"))
            return bool(owner != X.NONE)

    def start_sway(self, config: str = "", *, size: str = "1280x720") -> subprocess.Popen[str]:
        """The Wayland compositor sway without a screen or input devices; sets WAYLAND_DISPLAY and SWAYSOCK.

        It refuses to run as root, so it gets another user there, and that user's own runtime folder.
        """
        as_root = os.geteuid() == 0
        runtime = self.dir / "sway"
        runtime.mkdir(mode=0o700, exist_ok=True)
        rc = runtime / "config"
        rc.write_text(f"xwayland disable\noutput HEADLESS-1 resolution {size}\nseat * hide_cursor 0\n{config}")
        if as_root:
            self.dir.chmod(0o711)
            for path in (runtime, rc):
                os.chown(path, OTHER_UID, OTHER_UID)
        process = self.start(
            ["sway", "-c", rc],
            user=OTHER_UID if as_root else None,
            XDG_RUNTIME_DIR=str(runtime),
            HOME=str(runtime),
            WLR_BACKENDS="headless",
            WLR_RENDERER="pixman",
            WLR_LIBINPUT_NO_DEVICES="1",
        )

        def sockets(pattern: str) -> list[Path]:
            return [path for path in runtime.glob(pattern) if stat.S_ISSOCK(path.stat().st_mode)]

        self.wait_for(lambda: sockets("wayland-*") and sockets("sway-ipc.*"), what="sway's sockets")
        # Absolute, because the runtime folder of the desktop is another one.
        self.env["WAYLAND_DISPLAY"] = str(sockets("wayland-*")[0])
        self.env["SWAYSOCK"] = str(sockets("sway-ipc.*")[0])
        return process

    # --------------------------------------------------------------------------------------------------------- screen

    def screenshot(self, path: str | Path) -> Path:
        """The whole screen as a PNG: of sway where it runs, else of the X server."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        argv = ["grim"] if "WAYLAND_DISPLAY" in self.env else ["import", "-window", "root"]
        done = self.run([*argv, target])
        if done.returncode != 0:
            raise RuntimeError(f"no screenshot: {done.stderr}")
        return target

    # -------------------------------------------------------------------------------------------------------- the end

    def enter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make the desktop's environment that of the test process, for adapters that run in it."""
        for name in set(os.environ) - set(self.env) - {"PYTEST_CURRENT_TEST"}:
            monkeypatch.delenv(name)
        for name, value in self.env.items():
            monkeypatch.setenv(name, value)

    def close(self) -> None:
        """End every process, last started first, and remove the folder."""
        if self not in open_desktops:
            return
        open_desktops.remove(self)
        for connection in self._buses.values():
            with contextlib.suppress(OSError):
                connection.close()
        self._buses.clear()
        for process, _ in reversed(self._processes):
            self.stop(process)
        self._end_strays()
        if os.environ.get("KEEP_DESKTOPS"):
            sys.stderr.write(f"kept {self.dir}\n")
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    # -------------------------------------------------------------------------------------------------------- private

    def _environment(self) -> dict[str, str]:
        folders = {
            "HOME": self.dir / "home",
            "XDG_CONFIG_HOME": self.dir / "home/.config",
            "XDG_DATA_HOME": self.dir / "home/.local/share",
            "XDG_STATE_HOME": self.dir / "home/.local/state",
            "XDG_CACHE_HOME": self.dir / "home/.cache",
            "XDG_RUNTIME_DIR": self.dir / "run",
            "TMPDIR": self.dir / "tmp",
        }
        for folder in folders.values():
            folder.mkdir(parents=True, mode=0o700)
        (self.dir / "log").mkdir()
        system_config = self.dir / "etc-xdg"
        system_config.mkdir()
        nowhere = f"unix:path={self.dir}/no-bus"
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
        return {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "PATH": path,
            **{name: str(folder) for name, folder in folders.items()},
            "XDG_CONFIG_DIRS": f"{system_config}:/etc/xdg",
            "LC_ALL": "C.UTF-8",
            "DBUS_SESSION_BUS_ADDRESS": nowhere,
            "DBUS_SYSTEM_BUS_ADDRESS": nowhere,
            "PULSE_SERVER": f"unix:{self.dir}/no-pulse",
            "SPEECHD_ADDRESS": f"unix_socket:{self.dir}/no-speech",
            "ALSA_CONFIG_PATH": f"{self.dir}/no-alsa",
            # Neither the accessibility bus nor dconf belongs to what is tested.
            "NO_AT_BRIDGE": "1",
            "GTK_A11Y": "none",
            "GSETTINGS_BACKEND": "memory",
            "QT_LOGGING_RULES": "*.debug=false",
        }

    def _log_path(self, name: str) -> Path:
        return self.dir / "log" / f"{name}.log"

    def _start_bus(self, kind: str, socket: Path, *, services: bool) -> tuple[subprocess.Popen[str], str]:
        require("dbus-daemon")
        config = self.dir / f"{kind}-bus.conf"
        config.write_text(
            _BUS_CONFIG.format(type=kind, socket=socket, services="<standard_session_servicedirs/>" if services else "")
        )
        socket.unlink(missing_ok=True)
        stale = self._buses.pop(kind, None)
        if stale is not None:
            with contextlib.suppress(OSError):
                stale.close()
        with _announcement() as (reading, writing):
            process = self.start(
                [
                    "dbus-daemon",
                    f"--config-file={config}",
                    "--nofork",
                    "--nopidfile",
                    "--nosyslog",
                    f"--print-address={writing.fileno()}",
                ],
                f"{kind}-bus",
                pass_fds=[writing.fileno()],
            )
            writing.close()
            address = _read_line(reading, f"the address of the {kind} bus")
        return process, address.partition(",guid=")[0]

    def _bus(self, system: bool) -> DBusConnection:
        kind = "system" if system else "session"
        if kind not in self._buses:
            address = self.system_bus_address if system else self.bus_address
            assert address is not None, "this desktop has no system bus"
            self._buses[kind] = open_dbus_connection(bus=address)
        return self._buses[kind]

    def _start_screen(self, size: str, window_manager: str | None) -> None:
        require("Xvfb", *([window_manager] if window_manager else []))
        with _announcement() as (reading, writing):
            self.start(
                ["Xvfb", "-displayfd", writing.fileno(), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"],
                pass_fds=[writing.fileno()],
            )
            writing.close()
            self.display = ":" + _read_line(reading, "the number of the display")
        self.env["DISPLAY"] = self.display
        if window_manager:
            self.start([window_manager])
            self.wait_for(self._has_window_manager, what=window_manager)

    def _has_window_manager(self) -> bool:
        from Xlib import X
        from Xlib.display import Display

        with contextlib.closing(Display(self.display)) as display:
            check = display.intern_atom("_NET_SUPPORTING_WM_CHECK")
            return display.screen().root.get_full_property(check, X.AnyPropertyType) is not None

    def _end_strays(self) -> None:
        """What a program started in a session of its own.

        Looked for until a look finds none: one that is just being started has a parent that is seen, and no place yet.
        """
        while self._end_strays_seen():
            time.sleep(POLL_S)

    def _end_strays_seen(self) -> bool:
        has_found = False
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                if self._is_of_here(entry):
                    has_found = True
                    os.kill(int(entry.name), signal.SIGKILL)
                    # Ours by adoption (see _become_subreaper), otherwise its parent's to wait for.
                    with contextlib.suppress(ChildProcessError):
                        os.waitpid(int(entry.name), 0)
        return has_found

    def _is_of_here(self, process: Path) -> bool:
        """It has our folder in its environment, or, since Chromium writes its title over that, a file of ours open."""
        mark = f"{self.dir}/"
        if mark.encode() in (process / "environ").read_bytes():
            return True
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                if str(link.readlink()).startswith(mark):
                    return True
        return False


def _become_subreaper() -> None:
    """Orphans of our children become ours, not init's, so that none is lost from sight."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@contextlib.contextmanager
def _announcement() -> Iterator[tuple[int, FileIO]]:
    """A pipe on which a server says that it is ready; the writing end is the caller's to close once it is passed on."""
    reading, writing = os.pipe()
    with FileIO(reading), FileIO(writing, "w") as writes:
        yield reading, writes


def _read_line(fd: int, what: str, timeout_s: float = PATIENCE_S) -> str:
    text = b""
    deadline = time.monotonic() + timeout_s
    while not text.endswith(b"\n"):
        if not select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError(f"waited {timeout_s:g} s for {what}")
        chunk = os.read(fd, 256)
        if not chunk:
            raise RuntimeError(f"the server ended before it gave {what}")
        text += chunk
    return text.decode().strip()


def environment_without_session(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """`environ` for the test process itself: no display, no bus, no folder of the person who runs the tests."""
    dropped = ("XDG_", "DISPLAY", "WAYLAND_", "XAUTHORITY", "DBUS_", "UNSIT_", "PULSE_", "BROWSER", "LC_", "DESKTOP_")
    kept = {name: value for name, value in environ.items() if not name.startswith(dropped)}
    kept.update(
        HOME=str(home),
        XDG_CONFIG_HOME=str(home / ".config"),
        XDG_DATA_HOME=str(home / ".local/share"),
        XDG_STATE_HOME=str(home / ".local/state"),
        XDG_CACHE_HOME=str(home / ".cache"),
        XDG_RUNTIME_DIR=str(home / "run"),
        DBUS_SESSION_BUS_ADDRESS=f"unix:path={home}/no-bus",
        DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={home}/no-bus",
        PULSE_SERVER=f"unix:{home}/no-pulse",
        LC_ALL="C.UTF-8",
    )
    return kept
