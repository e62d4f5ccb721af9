"""The measuring tells the truth."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection

from bench import idle, measure, ten_years
from bench.trays import Trays
from core import days
from support.desktop import Desktop, needs


@contextmanager
def _python(code: str) -> Iterator[subprocess.Popen[str]]:
    """Runs it in an interpreter of its own until it has said "ready"."""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.communicate()


def test_a_program_that_sleeps_costs_nothing() -> None:
    """No CPU, no disk write, and no wake-up but the one that may fall to its going to sleep."""
    with _python("import signal; print('ready', flush=True); signal.pause()") as process:
        cost = idle.watch(process.pid, 0.5)

    assert cost.switches <= 2
    assert cost.written_bytes == 0
    assert (cost.processes, cost.threads) == (1, 1)


def test_the_wake_ups_of_all_threads_and_children_count() -> None:
    """A thread of a child that ticks is seen from the parent."""
    child = (
        "import threading, time\n"
        "def tick():\n"
        "    while True: time.sleep(0.01)\n"
        "threading.Thread(target=tick, daemon=True).start()\n"
        "print('ready', flush=True)\n"
        "threading.Event().wait()\n"
    )
    with _python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])") as process:
        cost = idle.watch(process.pid, 0.5)

    assert (cost.processes, cost.threads) == (2, 3)
    assert cost.switches > 10


def test_memory_is_not_smaller_for_the_interpreter_that_measures() -> None:
    """What both map counts in full to what is measured: PSS is no less than the pages that it would have alone."""
    filled = "data = bytearray(b'x') * (32 << 20); print('ready', flush=True); import signal; signal.pause()"
    with _python(filled) as process:
        process_ = psutil.Process(process.pid)
        before = process_.memory_full_info()
        memory = idle.memory_of([process_])
        after = process_.memory_full_info()

    assert memory.uss >= 32
    # Every interpreter of the machine that starts or ends meanwhile moves the plain figure.
    assert min(before.pss, after.pss) / idle.MIB < memory.pss <= after.rss / idle.MIB


def test_ten_years_are_written_as_promised() -> None:
    """2,600 working days in order, twelve lines each, the same every time."""
    lines = ten_years.script().splitlines()

    assert lines == ten_years.script().splitlines()
    assert lines == sorted(lines)
    days = Counter(line[:10] for line in lines[1:])
    assert len(days) == ten_years.DAYS
    assert set(days.values()) == {12}


def test_the_answers_of_ten_years_fit_the_prompts() -> None:
    """No command is refused, and every kind of answer occurs: it is a working life, not noise."""
    out = days.full(ten_years.script(120).splitlines())

    words = Counter(line.split()[2] for line in out if line.split()[1] == "outcome")
    assert not [line for line in out if " refused " in line]
    assert words.keys() >= {"completed", "skipped", "done"}


@needs("lxqt-panel", "trayer")
def test_an_icon_is_noticed_when_it_registers(desktop: Desktop) -> None:
    """By the watcher's signal; not one that was there before."""
    desktop.start_panel("lxqt")
    desktop.start_panel("trayer", edge="top")
    watcher = DBusAddress(
        "/StatusNotifierWatcher", bus_name="org.kde.StatusNotifierWatcher", interface="org.kde.StatusNotifierWatcher"
    )

    with Trays(desktop) as trays, open_dbus_connection(bus=desktop.bus_address) as item:
        assert not trays.wait_for_icon(0.05)
        call = new_method_call(watcher, "RegisterStatusNotifierItem", "s", (item.unique_name,))
        item.send_and_get_reply(call, timeout=5)

        assert trays.wait_for_icon(5)
        assert trays.has_icon()
        trays.forget()
        assert not trays.wait_for_icon(0.05)


def test_the_page_keeps_what_is_around_the_figures(tmp_path: Path) -> None:
    """Only what stands between the marks is replaced; a page without them is left alone."""
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{measure.BEGIN}\nold\n{measure.END}\nafter\n")

    measure.write("new", page)

    assert page.read_text() == f"before\n{measure.BEGIN}\n\nnew\n{measure.END}\nafter\n"
    assert measure.BEGIN in measure.PAGE.read_text()
    page.write_text("no marks")
    with pytest.raises(ValueError, match="marks"):
        measure.write("new", page)
