"""`make bench`: what Unsit and its peers cost, in the same private desktop, one after the other.

    make bench                              the whole run, about half an hour with four peers
    make bench BENCH_ARGS="--only unsit"    Unsit alone
    make bench BENCH_ARGS=--write           the result goes into docs/performance.md

The peers are those of Debian that are installed: apt-get install workrave rsibreak safeeyes kteatime.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psutil

from bench import first_paint, idle, sound, ten_years
from bench.trays import Trays
from support.desktop import Desktop

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
UNSIT = str(Path(sys.executable).parent / "unsit")


@dataclass(frozen=True)
class Program:
    """`argv` keeps running in the foreground until it is ended; `prepare` lays out its settings in a fresh home."""

    name: str
    argv: tuple[str, ...]
    package: str | None = None
    prepare: Callable[[Desktop], None] = lambda desktop: None

    def version(self) -> str:
        if self.package is None:
            return subprocess.run([UNSIT, "--version"], capture_output=True, text=True).stdout.strip().split()[-1]
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", self.package], capture_output=True, text=True)
        return done.stdout.partition("-")[0].rpartition(":")[2]

    def is_installed(self) -> bool:
        return shutil.which(self.argv[0]) is not None


def _tray_only(desktop: Desktop) -> None:
    """Workrave shows a status window at its first start; with the tray icon alone it is the cheaper."""
    desktop.env["GSETTINGS_BACKEND"] = "keyfile"
    keyfile = Path(desktop.env["XDG_CONFIG_HOME"], "glib-2.0/settings/keyfile")
    keyfile.parent.mkdir(parents=True)
    keyfile.write_text("[org/workrave/gui/main-window]\nenabled=false\n[org/workrave/gui]\ntrayicon-enabled=true\n")


PROGRAMS = (
    Program("Unsit", (UNSIT, "run")),
    Program("KTeaTime (no tea)", ("kteatime",), "kteatime"),
    Program("RSIBreak", ("rsibreak",), "rsibreak"),
    Program("Workrave (tray only)", ("workrave",), "workrave", _tray_only),
    Program("Safe Eyes", ("safeeyes",), "safeeyes"),
    Program("GNOME Break Timer", ("gnome-break-timer-daemon",), "gnome-break-timer"),
)


@dataclass(frozen=True)
class Row:
    program: str
    version: str
    cost: idle.IdleCost
    x_switches_per_min: float
    bus_switches_per_min: float
    starts_s: tuple[float, ...]


def _one_desktop(program: Program) -> Desktop:
    """Buses, screen, window manager, a tray of either kind, a notification server, and a logind to ask."""
    desktop = Desktop(system_bus=True)
    with contextlib.ExitStack() as undo:
        undo.callback(desktop.close)
        desktop.start_logind()
        desktop.start_dunst()
        desktop.start_panel("lxqt")
        desktop.start_panel("trayer", edge="top")
        program.prepare(desktop)
        undo.pop_all()
    return desktop


def _seconds_to_tray(
    desktop: Desktop, trays: Trays, program: Program, limit_s: float = 20
) -> tuple[float | None, subprocess.Popen[str]]:
    """From the start of the process to its icon in a tray; None if none came."""
    trays.forget()
    began = time.monotonic()
    process = desktop.start(program.argv, "program")
    seconds = time.monotonic() - began if trays.wait_for_icon(limit_s) else None
    if process.poll() is not None:
        raise RuntimeError(f"{program.name} has ended:\n{desktop.log('program')}")
    return seconds, process


def measure(program: Program, *, warm_up_s: float, window_s: float, starts: int) -> Row:
    with contextlib.closing(_one_desktop(program)) as desktop:
        started = []
        process = None
        with Trays(desktop) as trays:
            for number in range(starts + 1):
                if process is not None:
                    desktop.stop(process)
                    desktop.wait_for(lambda: not trays.has_icon(), what="no icon")
                seconds, process = _seconds_to_tray(desktop, trays, program)
                if number > 0 and seconds is not None:  # the first start fills the caches
                    started.append(seconds)
        assert process is not None
        time.sleep(warm_up_s)
        servers = {"x": desktop.pid_of("Xvfb"), "bus": desktop.pid_of("session-bus")}
        before = {name: idle.usage_of(idle.tree(psutil.Process(pid))) for name, pid in servers.items()}
        cost = idle.watch(process.pid, window_s)
        after = {name: idle.usage_of(idle.tree(psutil.Process(pid))) for name, pid in servers.items()}
        if process.poll() is not None:
            raise RuntimeError(f"{program.name} ended in the window:\n{desktop.log('program')}")
        per_min = {name: (after[name].switches - before[name].switches) * 60 / cost.window_s for name in servers}
        return Row(program.name, program.version(), cost, per_min["x"], per_min["bus"], tuple(started))


def _wall_ms(argv: Sequence[str], env: dict[str, str], runs: int = 25) -> tuple[float, float]:
    """Least and median wall time of a process, in milliseconds."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run(argv, env=env, stdout=subprocess.DEVNULL, check=True)
        times.append((time.perf_counter() - began) * 1000)
    return min(times), statistics.median(times)


@dataclass(frozen=True)
class CommandTimes:
    """Milliseconds, least and median."""

    bare_python: tuple[float, float]
    status: tuple[float, float]
    status_when_none_runs: tuple[float, float]


def measure_commands() -> CommandTimes:
    with contextlib.closing(_one_desktop(PROGRAMS[0])) as desktop:
        bare = _wall_ms([sys.executable, "-c", "pass"], desktop.env)
        none_runs = _wall_ms(["sh", "-c", f"{UNSIT} status 2>/dev/null; test $? = 3"], desktop.env)
        desktop.start([UNSIT, "run"], "program")
        desktop.wait_for(lambda: desktop.run([UNSIT, "status"]).returncode == 0, what="the daemon")
        return CommandTimes(bare, _wall_ms([UNSIT, "status"], desktop.env), none_runs)


def measure_ten_years() -> tuple[float, int]:
    """Seconds that the simulation of ten years of working days takes, and the lines that it gives."""
    with contextlib.closing(Desktop(screen=False)) as desktop:
        script = desktop.dir / "ten-years.txt"
        script.write_text(ten_years.script())
        began = time.perf_counter()
        done = desktop.run([UNSIT, "simulate", "--tz", "Europe/Berlin", script], timeout=300)
        seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return seconds, done.stdout.count("\n")


def machine() -> str:
    cpu = platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return f"{system}, Linux {platform.release()}, Python {platform.python_version()}, {os.cpu_count()} CPUs ({cpu})"


def table(rows: Sequence[Row]) -> str:
    head = (
        "| program | PSS, MiB | USS, MiB | processes / threads | CPU, s | context switches a minute | X server's | bus's "
        "| disk writes, KiB | start to tray, s |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n"
    )

    def line(row: Row) -> str:
        cost = row.cost
        start = f"{min(row.starts_s):.2f} / {statistics.median(row.starts_s):.2f}" if row.starts_s else "no icon"
        return (
            f"| {row.program} {row.version} | {cost.memory.pss:.1f} | {cost.memory.uss:.1f} "
            f"| {cost.processes} / {cost.threads} | {cost.cpu_s:.3f} | {cost.switches_per_min:.1f} "
            f"| {row.x_switches_per_min:.0f} | {row.bus_switches_per_min:.0f} "
            f"| {cost.written_bytes / 1024:.0f} | {start} |\n"
        )

    return head + "".join(line(row) for row in rows)


def report(
    rows: Sequence[Row],
    window_s: float,
    warm_up_s: float,
    commands: CommandTimes | None,
    years: tuple[float, int] | None,
    more: Sequence[str] = (),
) -> str:
    """Args: more: measurements that are a line each."""
    parts = [
        f"{date.today():%Y-%m-%d}, {machine()}. Idle for {window_s:g} s after {warm_up_s:g} s.\n",  # noqa: DTZ011  a date for people
    ]
    if rows:
        parts.append(table(rows))
    if commands is not None:

        def ms(pair: tuple[float, float]) -> str:
            return f"{pair[0]:.0f} / {pair[1]:.0f}"

        parts.append(
            "| process, wall time | least / median, ms |\n|---|---|\n"
            f"| `python -c pass` | {ms(commands.bare_python)} |\n"
            f"| `unsit status` | {ms(commands.status)} |\n"
            f"| `unsit status`, none runs | {ms(commands.status_when_none_runs)} |\n"
        )
    if years is not None:
        parts.append(
            f"`unsit simulate` over ten years ({ten_years.DAYS} working days of twelve lines): {years[0]:.1f} s, "
            f"{years[1]} lines.\n"
        )
    parts.extend(f"{line}.\n" for line in more)
    return "\n".join(parts)


def write(text: str, page: Path = PAGE) -> None:
    """Put the result between the two marks of the page."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has lost its marks {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--window", type=float, default=180, metavar="S", help="seconds watched (180)")
    parser.add_argument("--warm-up", type=float, default=30, metavar="S", help="seconds before that (30)")
    parser.add_argument("--starts", type=int, default=5, help="starts timed, after one that is not (5)")
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="only programs whose name begins so; repeatable"
    )
    parser.add_argument(
        "--no-commands", action="store_true", help="leave out `unsit status`, `unsit simulate` and the guide"
    )
    parser.add_argument("--write", action="store_true", help="put the result into docs/performance.md")
    args = parser.parse_args(argv)

    rows = []
    failed = []
    for program in PROGRAMS:
        if args.only and not any(program.name.lower().startswith(name.lower()) for name in args.only):
            continue
        if not program.is_installed():
            print(f"{program.name}: not installed ({program.package or program.argv[0]})", file=sys.stderr)
            continue
        print(f"{program.name} ...", file=sys.stderr, flush=True)
        try:
            rows.append(measure(program, warm_up_s=args.warm_up, window_s=args.window, starts=args.starts))
        except (RuntimeError, TimeoutError) as error:
            print(f"{program.name}: {error}", file=sys.stderr)
            failed.append(program.name)
    commands = years = None
    more = list[str]()
    if not args.no_commands:
        commands = measure_commands()
        years = measure_ten_years()
        if shutil.which("chromium"):
            more.append(first_paint.measure().line())
        more += sound.lines()
    text = report(rows, args.window, args.warm_up, commands, years, more)
    print(text)
    if args.write:
        write(text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
