"""The icon and its menu in real panels, to what they do in the daemon."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from PIL import Image

from support.daemon_run import BROWSER, DaemonRun
from support.desktop import needs
from support.trays import AMBER, PanelMenu, layout_labels, look, text_lines, wait_for_icon, xdotool

MakeRun = Callable[..., DaemonRun]

DUE = '[prompt]\nevery = "1 s"\nsettle = "0 s"\n'
OPENER = '#!/bin/sh\nprintf \'%s\\n\' "$1" >> "$HOME/opened"\n'


@needs("lxqt-panel", "xdotool")
async def test_a_click_on_the_pixels_of_skip_skips(make_run: MakeRun) -> None:
    """In a real panel: the icon is found by its colour, the menu opened with the right button, the line clicked."""
    run = make_run(DUE, size="1000x400")
    run.desktop.start_panel("lxqt")
    run.start()
    x, y = await wait_for_icon(run.desktop, AMBER)
    menu = await PanelMenu.of(run.desktop)
    _path, (_id, _properties, children) = await menu.layout(1)
    lines_wanted = [
        label
        for _sig, child in children
        if (label := "".join(layout_labels(child))) and child[1].get("visible") is None
    ]
    menu.bus.close()

    def above_panel() -> Image.Image:
        image = look(run.desktop.screenshot(run.desktop.dir / "menu.png"))
        return image.crop((0, 0, image.width, y - 20))

    before = above_panel()
    await xdotool(run.desktop, "mousemove", x, y, "sleep", 0.2, "click", 3)
    lines: list[tuple[int, int]] = []

    def menu_is_open() -> bool:
        lines[:] = text_lines(before, above_panel())
        return len(lines) == len(lines_wanted)

    run.wait(menu_is_open, f"the menu with {lines_wanted}")
    await xdotool(run.desktop, "mousemove", *lines[lines_wanted.index("Skip")], "sleep", 0.2, "click", 1)

    run.wait(lambda: "skipped" in run.words(), "the skip in the history")
    assert "tray asks: skip" in run.log


@needs("xfce4-panel")
async def test_menu_items_chosen_in_xfce_do_what_they_say(make_run: MakeRun) -> None:
    """By the events that the panel sends: a submenu's pause, its end, an exercise, the way out."""
    run = make_run(services=True, size="1000x400")
    run.desktop.start_panel("xfce")
    process = run.start()
    menu = await PanelMenu.of(run.desktop)

    await menu.click("30 min")
    run.wait_for_phase("paused")
    await menu.click("Resume reminders" if "Resume reminders" in await menu.labels() else "Resume")
    run.wait_for_phase("counting")
    await menu.click("Glute bridges")
    run.wait_for_phase("session")
    assert run.snapshot["session"]["exercises"] == ["glute-bridge"]
    await menu.click("Quit")
    assert await asyncio.to_thread(process.wait, 5) == 0
    run.wait(lambda: not run.desktop.status_notifier_items(), "no icon")
    menu.bus.close()


@needs("trayer", "xdotool")
async def test_a_left_click_in_an_old_panel_opens_the_status_page(make_run: MakeRun) -> None:
    """Where there is no StatusNotifierItem host: the page has every command."""
    run = make_run(size="1000x400")
    opener = run.desktop.dir / "opener"
    opener.write_text(OPENER)
    opener.chmod(0o755)
    del run.env[BROWSER]
    run.configure(f'[prompt]\nevery = "1 s"\n[guide]\nbrowser = "{opener} {{url}}"\n')
    run.desktop.start_panel("trayer")
    run.start()
    x, y = await wait_for_icon(run.desktop, AMBER)

    await xdotool(run.desktop, "mousemove", x, y, "sleep", 0.2, "click", 1)
    opened = run.desktop.dir / "home" / "opened"
    run.wait(lambda: opened.exists() and opened.read_text().endswith("\n"), "the page")
    assert opened.read_text().startswith("http://127.0.0.1:")
    assert "tray asks: open {'page': 'status'}" in run.log


@needs("lxqt-panel")
async def test_a_panel_that_dies_and_comes_back_has_the_icon_again(make_run: MakeRun) -> None:
    """Drawn in the colour of the state; `status` tells where it is."""
    run = make_run(DUE, size="1000x400")
    panel = run.desktop.start_panel("lxqt")
    run.start()
    await wait_for_icon(run.desktop, AMBER)

    run.desktop.stop(panel, sig=signal.SIGKILL)
    run.wait(lambda: "StatusNotifierItem at" not in run.done("status"), "the loss in the status")
    run.desktop.start_panel("lxqt")
    await wait_for_icon(run.desktop, AMBER)
    assert "StatusNotifierItem at" in run.done("status")
