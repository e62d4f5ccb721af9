"""The guide in a real Firefox that somebody uses already."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

from support.daemon_run import BROWSER, DaemonRun
from support.desktop import needs
from support.firefox import Firefox

MakeRun = Callable[..., DaemonRun]

SHORT = '[prompt]\nevery = "1 h"\n[stretch]\nwalk = "2 s"\n[guide]\nend_stays = "1 s"\n'
VIEW = "document.documentElement.dataset.view"


@needs("firefox-esr", "Xvfb", "openbox", "xdotool", "xdg-mime")
def test_a_stretch_in_firefox_from_the_start_to_the_closed_window(make_run: MakeRun) -> None:
    """In a window of its own beside the one that was open; by its keys; it closes by itself, and the browser has nothing to
    complain of."""
    run = make_run(SHORT)
    del run.env[BROWSER]
    with closing(Firefox(run.desktop)) as firefox:
        (mine,) = firefox.windows()
        run.start()
        run.done("begin", "walk")
        run.wait(lambda: len(firefox.windows()) == 2, "the guide's window", 30)
        (guide,) = set(firefox.windows()) - {mine}
        firefox.look_at(guide)
        run.wait(lambda: firefox.ask(VIEW) == "session", "the stretch on the page", 20)
        assert firefox.ask("history.length") == 1
        run.wait(lambda: firefox.ask("document.hasFocus()"), "the focus on the guide")

        def press(key: str) -> None:
            run.desktop.run(["xdotool", "key", key])

        press("space")
        run.wait(lambda: run.snapshot["session"]["paused"], "the pause")
        run.wait(lambda: firefox.ask("document.documentElement.dataset.paused") == "yes", "the pause on the page")
        press("space")
        run.wait(lambda: not run.snapshot["session"]["paused"], "the end of the pause")
        press("Right")
        run.wait(lambda: run.snapshot["session"]["index"] == 1, "the walk")
        run.wait(lambda: run.words() == ["completed"], "the end")
        run.wait(lambda: firefox.ask(VIEW) == "end", "the end on the page")
        address = urlsplit(firefox.ask("location.href"))
        complaints = firefox.complaints(f"{address.scheme}://{address.netloc}")
        run.wait(lambda: firefox.windows() == [mine], "the guide's window to close", 20)
        firefox.look_at(mine)
        assert complaints == []
