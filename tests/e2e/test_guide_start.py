"""A stretch begun in each of the ways there are: one session, one guide."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from support.daemon_run import DaemonRun
from support.desktop import needs
from support.notification_servers import Dunst
from support.trays import PanelMenu
from support.visitor import Visitor

MakeRun = Callable[..., DaemonRun]

DUE = '[prompt]\nevery = "1 s"\nsettle = "0 s"\n'

pytestmark = needs("dunst", "dunstctl", "lxqt-panel")


class Desk:
    """A desktop on which a stretch has just fallen due, and somebody who follows every link."""

    def __init__(self, run: DaemonRun, notes: Dunst, menu: PanelMenu) -> None:
        self.run, self.notes, self.menu = run, notes, menu
        self.visitors: list[Visitor] = []

    def visitor(self) -> Visitor:
        """Of the next page that is opened."""
        self.run.wait(lambda: len(self.run.links()) > len(self.visitors), "a page to be opened")
        self.visitors.append(Visitor(self.run.links()[len(self.visitors)]))
        return self.visitors[-1]


@pytest.fixture
async def desk(make_run: MakeRun) -> AsyncIterator[Desk]:
    run = make_run(DUE, size="1000x400")
    run.record_links()
    run.desktop.start_panel("lxqt")
    notes = Dunst(run.desktop)
    await notes.start()
    run.start()
    run.wait_for_phase("due")
    run.wait(lambda: notes.count() == 1, "the prompt alone on the screen")
    made = Desk(run, notes, await PanelMenu.of(run.desktop))
    yield made
    made.menu.bus.close()


async def by_the_note(desk: Desk) -> None:
    await desk.notes.press("begin", "Start")


async def by_the_tray(desk: Desk) -> None:
    (label,) = [label for label in await desk.menu.labels() if label.startswith("Start: ")]
    await desk.menu.click(label)


async def by_the_command_line(desk: Desk) -> None:
    desk.run.done("begin")


async def by_a_link(desk: Desk) -> None:
    desk.run.done("unsit:begin")


async def by_the_page(desk: Desk) -> None:
    """The Start button of a guide that was opened before."""
    desk.run.done("open", "guide")
    assert desk.visitor().command("begin")[0] == 200


@pytest.mark.parametrize("begin", [by_the_note, by_the_tray, by_the_command_line, by_a_link, by_the_page])
async def test_every_way_leads_to_the_same_stretch(desk: Desk, begin: Callable[[Desk], Awaitable[None]]) -> None:
    """Of the prompt that was open, on one page; a second start is refused, and leads to the same page again."""
    run = desk.run
    wanted = run.snapshot["prompt"]
    await begin(desk)
    run.wait_for_phase("session")
    session = run.snapshot["session"]
    assert session["exercises"] == wanted["exercises"]
    assert run.snapshot["prompt"] is None
    run.wait(lambda: desk.notes.count() == 0, "no note on the screen")
    page = desk.visitors[0] if desk.visitors else desk.visitor()
    assert page.session() == session["id"]

    refused = run.unsit("begin", "walk")
    assert refused.returncode == 1
    assert "running" in refused.stderr
    assert desk.visitor().session() == session["id"]
    assert page.command("begin", exercise="walk")[0] == 409
    assert not [label for label in await desk.menu.labels() if label.startswith("Start: ")]
    await desk.menu.click("Show the guide")
    assert desk.visitor().session() == session["id"]

    assert len(run.links()) == 3, "each opened once"
    assert len(run.decided("SessionBegan")) == 1
    assert run.snapshot["session"]["id"] == session["id"]
