"""The person's own Chromium on a private screen: the guide in a window of its own that opens, and closes by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.desktop import Desktop, needs
from support.pages_run import StartPages, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs("chromium", "Xvfb", "openbox", "xdg-mime")]


def make_chromium_the_default(desktop: Desktop) -> None:
    config = Path(desktop.env["XDG_CONFIG_HOME"])
    config.mkdir(parents=True, exist_ok=True)
    (config / "mimeapps.list").write_text("[Default Applications]\nx-scheme-handler/http=chromium.desktop\n")


def browsers_of(desktop: Desktop) -> list[int]:
    """Processes whose command line names this desktop's folder: its Chromium's, and nobody else's."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "environ").read_bytes()
            if str(desktop.dir).encode() in command and b"chrom" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


async def test_the_window_closes_by_itself_after_the_end(start_pages: StartPages, desktop: Desktop) -> None:
    """Nothing to click, and the browser that was started for it is gone as well."""
    make_chromium_the_default(desktop)
    run = await start_pages(
        1.5,
        offered=True,
        **{name: value for name, value in desktop.env.items() if name not in ("XDG_RUNTIME_DIR", "LC_ALL")},
        UNSIT_GUIDE__BROWSER="",
        UNSIT_GUIDE__CLOSE_AFTER="1 s",
        XDG_CURRENT_DESKTOP="X-Generic",
    )
    run.daemon.begin((("hold", 60, "left"),))

    run.daemon.open_page("guide")
    await until(lambda: "A page is open: guide" in run.log, "the guide's first words", 30)
    run.daemon.end("completed", work={"left": 60})

    assert await run.has_ended(20)
    await until(lambda: not browsers_of(desktop), "the browser's end")
