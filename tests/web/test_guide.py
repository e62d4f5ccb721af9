"""The guide in a real Chromium, between a fake daemon and the real pages process: it shows the daemon's time, always."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import Any

import pytest
from playwright.async_api import Browser, Route

from support.desktop import needs
from support.guide import SHORT, TOLERANCE_S, Guide, another_tab, contrast, open_guide
from support.pages_run import PagesRun, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs("chromium")]

POSES = "[...document.querySelectorAll('#figure path')].map((path) => path.getAttribute('d')).join()"
BADGE = "letter => document.querySelector('#figure .badge text')?.textContent === letter"


# ---------------------------------------------------------------------------------------------------------- the same time


async def test_the_countdown_is_the_daemons(guide: Guide) -> None:
    """At the moment its number changes, the daemon's second changes; after a reload and in a second tab as well."""
    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    assert await guide.worst_error_s() < TOLERANCE_S

    await guide.page.reload()
    assert await guide.shows_the_daemons_second()
    assert await guide.worst_error_s(1) < TOLERANCE_S

    tab = await another_tab(guide)
    assert await tab.shows_the_daemons_second()
    assert await tab.worst_error_s(1) < TOLERANCE_S


async def test_a_stalled_stream_leaves_no_trace(guide: Guide, pages: PagesRun) -> None:
    """The pages process stands still for three seconds, over the end of a segment; the page goes on by itself."""
    assert pages.process
    guide.daemon.begin((("hold", 2, "left"), ("hold", 20, "right")))
    await guide.is_in("session")
    await until(lambda: guide.daemon.remaining_s() < 1.2, "the last second of the left side")

    pages.process.send_signal(signal.SIGSTOP)
    try:
        stalled = time.monotonic()
        await until(lambda: guide.daemon.index == 1, "the right side")
        await asyncio.sleep(0.2)
        assert await guide.side() == "right"
        assert await guide.worst_error_s() < TOLERANCE_S
        await asyncio.sleep(max(0, 3 - (time.monotonic() - stalled)))
        assert await guide.shows_the_daemons_second()
    finally:
        pages.process.send_signal(signal.SIGCONT)

    assert await guide.worst_error_s() < TOLERANCE_S
    assert await guide.page.locator("#notice").is_hidden()


async def test_a_daemon_killed_and_started_goes_on_where_it_was(guide: Guide) -> None:
    """The page says that it is gone and stands still; it comes back paused, and both go on from the same second."""
    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    await guide.worst_error_s(1)

    await guide.daemon.kill()
    await guide.page.wait_for_selector("#notice:not([hidden])")
    assert "not running" in await guide.text("#notice")
    assert await guide.shows_the_daemons_second()
    assert await guide.page.locator("[data-command=next]").is_disabled()
    await guide.page.reload()
    assert await guide.shows_the_daemons_second(), "also for who looks anew"

    await guide.daemon.start()
    await guide.page.wait_for_selector("#notice", state="hidden")
    assert await guide.text("#toggle-word") == "Go on"
    assert await guide.shows_the_daemons_second()
    await guide.page.keyboard.press("Space")
    await guide.page.wait_for_selector("html[data-paused=no]")
    assert await guide.worst_error_s() < TOLERANCE_S


async def test_a_pause_stands_still_and_goes_on(guide: Guide) -> None:
    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")

    await guide.page.keyboard.press("Space")
    await guide.page.wait_for_selector("html[data-paused=yes]")
    shown = await guide.text("#number")
    assert await guide.page.locator(".paused-word").is_visible()
    await asyncio.sleep(1.1)
    assert await guide.text("#number") == shown
    await guide.page.keyboard.press("Space")
    await guide.page.wait_for_selector("html[data-paused=no]")

    assert await guide.worst_error_s() < TOLERANCE_S


# ------------------------------------------------------------------------------------------------------- from start to end


async def test_a_session_runs_to_its_end_without_a_click(guide: Guide) -> None:
    """After Start nothing has to be pressed; each side is shown, each cue said once, and the end says what was done."""
    guide.daemon.next_segments = SHORT
    guide.daemon.offer()
    await guide.page.wait_for_function(
        "() => document.getElementById('before-state').textContent.startsWith('Time to get up · You have sat since')"
    )
    history = await guide.page.evaluate("history.length")
    await guide.page.get_by_role("button", name="Start").click()

    seen: list[Any] = []
    now: list[str] = []
    while not now or now[0] != "end":
        now = await guide.page.evaluate(
            "[...['view', 'side'].map((name) => document.documentElement.dataset[name]),"
            " document.getElementById('side-word').textContent]"
        )
        if now[0] == "session" and (not seen or seen[-1] != now[1:]):
            seen.append(now[1:])
        await asyncio.sleep(0.02)

    words = [["none", "Get ready"], ["left", "Left"], ["none", "Change sides"], ["right", "Right"], ["none", "Walk"]]
    assert seen == words
    assert await guide.text("#end-title") == "Well done"
    said = await guide.page.evaluate("said")
    assert [sentence.split(".")[0] for sentence in said if sentence.startswith(("Left", "Right"))] == ["Left", "Right"]
    assert len(said) == len(set(said))
    assert await guide.page.evaluate("history.length") == history, "or it could not close its window"
    await guide.page.wait_for_function("() => locks.held === 0")
    assert await guide.page.evaluate("locks.taken") >= 1


async def test_the_end_says_what_was_done(guide: Guide) -> None:
    guide.daemon.begin((("hold", 30, "left"), ("hold", 30, "right"), ("walk", 120, None)))
    await guide.is_in("session")
    guide.daemon.end("completed", work={"left": 30, "right": 30, "walk": 120})
    await guide.is_in("end")

    assert (await guide.page.locator("#end-work div").all_inner_texts()) == [
        "Left side\n30 s",
        "Right side\n30 s",
        "Walked\n2 min",
    ]
    assert await guide.page.locator("main:visible button:visible").count() == 0


async def test_the_window_closes_when_somebody_is_back_or_after_a_minute(chromium: Browser, pages: PagesRun) -> None:
    """Back at the keyboard one has ten seconds to read; whom it hurt has the whole minute, as has nobody."""
    counting = """
        window.close = () => { window.wasClosed = true; };
        window.heard = 0;
        window.EventSource = class extends EventSource {
          constructor(address) { super(address); this.addEventListener("message", () => { window.heard += 1; }); }
        };
    """
    guide = await open_guide(chromium, pages, scripts=(counting,))
    page, daemon = guide.page, guide.daemon
    await page.clock.install()
    await page.reload()

    async def closes_within(seconds: int) -> bool:
        await page.clock.fast_forward(seconds * 1000)
        return bool(await page.evaluate("window.wasClosed === true"))

    async def finish(reason: str | None = None) -> None:
        await page.reload()
        daemon.begin((("hold", 30, "left"),))
        await guide.is_in("session")
        daemon.end("partial" if reason else "completed", work={"left": 30}, reason=reason)
        await guide.is_in("end")

    await finish()
    assert not await closes_within(55)
    assert await closes_within(6)
    for reason, does_close in ((None, True), ("pain", False)):
        await finish(reason)
        heard = await page.evaluate("window.heard")
        daemon.set(phase="counting")
        await page.wait_for_function("before => window.heard > before", arg=heard)
        assert not await closes_within(8)
        assert await closes_within(4) is does_close
    await page.context.close()


async def test_the_end_says_what_the_week_adds_up_to(guide: Guide) -> None:
    """Asked for once a session has ended, and not before."""
    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    assert not [call for call in guide.daemon.calls if call[0] == "week"]
    guide.daemon.end("completed", work={"left": 30})
    await guide.is_in("end")

    await guide.page.wait_for_selector("#end-week-box[data-known=yes]")
    assert await guide.text("#end-week") == "left 6 min 20 s · right 6 min 15 s · walked 24 min · 12 stretches"


async def test_pain_ends_it_and_says_what_follows(guide: Guide) -> None:
    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    await guide.page.keyboard.press("h")
    await guide.is_in("end")

    assert await guide.text("#end-title") == "Stopped, because it hurt"
    assert "Standing lunge stretch is not offered again" in await guide.text("#end-lines")
    said = await guide.text("#announce")
    assert said.startswith("Stopped, because it hurt. It was right to stop. Come out of ")
    assert ".." not in said


async def test_what_hurt_is_switched_on_again_where_it_is_said_to_be_off(guide: Guide) -> None:
    """By keyboard too: a button, gone when it is done, which is said; and the way to all of them, in a window of its own."""
    page = guide.page
    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    guide.daemon.end("completed")
    await guide.is_in("end")
    button = page.get_by_role("button", name="Switch it on again")
    assert not await button.is_visible()

    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    await page.keyboard.press("h")
    await button.focus()
    link = page.get_by_role("link", name="All exercises")
    assert (await link.get_attribute("href"), await link.get_attribute("target")) == ("exercises", "_blank")
    await page.keyboard.press("Enter")
    assert await guide.daemon.wait_for_call("enable") == {"exercise": "standing-lunge"}
    await button.wait_for(state="hidden")
    assert "The exercise is switched on again." in await guide.text("#end-lines")
    assert await guide.text("#announce") == "The exercise is switched on again."
    assert await page.evaluate("document.activeElement.id") == "end"
    assert await link.is_visible()


@pytest.mark.parametrize("is_loaded_anew", [False, True])
async def test_pain_is_heard_also_while_the_daemon_is_gone(guide: Guide, *, is_loaded_anew: bool) -> None:
    """The button stays, the page answers kindly, and the daemon is told as soon as it is back; also by a page that was
    loaded anew meanwhile."""
    guide.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    await guide.daemon.kill()
    await guide.page.wait_for_selector("#notice:not([hidden])")
    await guide.page.get_by_role("button", name="This hurts").click()
    await guide.page.get_by_role("alert").get_by_text("come out of the position slowly").wait_for()
    if is_loaded_anew:
        await guide.page.reload()
        await guide.page.wait_for_selector("#notice:not([hidden])")

    await guide.daemon.start()
    await guide.daemon.wait_for_call("hurts")
    await guide.is_in("end")
    assert await guide.text("#end-title") == "Stopped, because it hurt"
    await guide.page.wait_for_selector("#notice", state="hidden")
    guide.complaints.clear()  # the browser notes every answer that is an error


async def test_a_session_of_which_nothing_stays_ends_as_calmly(guide: Guide) -> None:
    """Stopped after a few seconds, without a prompt: no outcome, and yet the page does not fall back to the start."""
    guide.daemon.begin((("prepare", 10, None), ("hold", 30, "left")))
    await guide.is_in("session")

    guide.daemon.vanish()
    await guide.is_in("end")
    assert await guide.text("#end-title") == "Stopped"

    guide.daemon.offer()
    await guide.is_in("before")


async def test_a_prompt_that_comes_back_says_what_became_of_its_stretch(guide: Guide) -> None:
    """A pause that was too long, after a few seconds of work: not a page that was never left. What follows is said too."""
    page, daemon = guide.page, guide.daemon
    daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    daemon.take_back("pause")
    await guide.is_in("before")
    assert await guide.text("#before-stopped") == (
        "Stopped. It had been paused for ten minutes. It was too short to count, and nothing was written down."
    )

    await page.get_by_role("button", name="In 10 min").focus()
    daemon.set(phase="snoozed", prompt=None, allowed=("begin", "skip"))
    await page.get_by_role("status").get_by_text("Snoozed").wait_for()
    assert await page.evaluate("document.activeElement.id") == "before"
    assert await guide.text("#before-stopped") == ""


async def test_each_cue_is_said_once(guide: Guide) -> None:
    """Over snapshots that come again, a pause and a reload of nothing: the live region changes only with the cue."""
    guide.daemon.begin((("hold", 2, "left"),), exercise="supine")
    await guide.is_in("session")
    for _ in range(5):
        guide.daemon.set()
        await asyncio.sleep(0.05)
    await guide.is_in("end")

    said = await guide.page.evaluate("said")
    assert said == [
        "Left. Hold. Right knee to your chest, both hands. Slide your left leg out long.",
        "Slide your left foot back in and let go.",
        "Well done. Left side 2 s. The clock starts again when you are back at the desk.",
    ]


async def test_before_it_begins_it_tells_what_comes(guide: Guide) -> None:
    """Steps, what one needs, what to take care of, how long; Start begins."""
    guide.daemon.set(next_exercises=("half-kneeling",), next_seconds=208)
    await guide.page.wait_for_function("() => document.getElementById('before-title').textContent.startsWith('Half')")

    assert await guide.text("#before-length") == "3 min 28 s, both sides"
    assert await guide.page.locator("#before-steps li").count() == 4
    assert "cushion" in await guide.text("#before-needs")
    assert await guide.page.locator("#before-cautions li").count() >= 1
    await guide.page.wait_for_selector("#before .picture svg")
    await guide.page.get_by_role("button", name="Start").click()
    await guide.daemon.wait_for_call("begin")
    await guide.is_in("session")


async def test_a_page_that_is_left_open_comes_to_rest(guide: Guide) -> None:
    """It shows what will be done over and over, but not for as long as somebody forgets it."""
    await guide.page.clock.install()
    await guide.page.reload()
    guide.daemon.offer()
    await guide.page.locator("#before-figure svg").wait_for()
    poses = POSES.replace("#figure", "#before-figure")
    before = await guide.page.evaluate(poses)
    await guide.page.wait_for_function(f"before => {poses} !== before", arg=before)

    await guide.page.clock.fast_forward(61_000)
    await guide.frames(3)
    resting = await guide.page.evaluate(poses)
    await guide.frames(5)
    assert await guide.page.evaluate(poses) == resting


async def test_while_getting_ready_it_can_be_chosen_anew(guide: Guide) -> None:
    """Another exercise, the other side first, a longer hold, without the walk; later the choice is gone."""
    guide.daemon.begin()
    await guide.is_in("session")
    choices = guide.page.locator("#choices")
    assert await choices.locator("option").count() == 12

    for button, sent in (
        ("Right side first", {"first": "right"}),
        ("Hold longer: 45 s", {"hold": "45"}),
        ("Without the walk", {"walk": "0s"}),
    ):
        await choices.get_by_role("button", name=button).click()
        assert await guide.daemon.wait_for_call("choose") == sent
    await choices.get_by_role("combobox").select_option("supine")
    assert await guide.daemon.wait_for_call("choose") == {"exercise": "supine"}
    guide.daemon.go(1)
    await choices.wait_for(state="hidden")


async def test_getting_ready_tells_how_long_it_takes_also_when_that_is_chosen_anew(guide: Guide) -> None:
    """And what comes first; once the work has begun, the path and the ring tell it."""
    guide.daemon.begin((("prepare", 60, None), ("hold", 30, "left"), ("hold", 30, "right"), ("walk", 120, None)))
    length = guide.page.locator("[data-whole]").filter(visible=True)
    for size, seconds, said in (((1280, 800), 30, "4 min"), ((420, 560), 45, "4 min 30 s"), ((900, 700), 60, "5 min")):
        await guide.page.set_viewport_size({"width": size[0], "height": size[1]})
        guide.daemon.choose(
            (("prepare", 60, None), ("hold", seconds, "left"), ("hold", seconds, "right"), ("walk", 120, None))
        )
        await length.get_by_text(f"{said}, both sides", exact=True).wait_for()
        then = "1 min" if seconds == 60 else f"{seconds} s"
        assert await guide.page.locator("#then").text_content() == f"Then: left side, {then}"
    guide.daemon.go(1)
    await guide.page.wait_for_selector("html[data-kind=hold]")
    assert await length.count() == 0


async def test_the_figure_moves_and_shows_the_side(guide: Guide) -> None:
    """The stretched leg has the letter of its side; the body moves while it gets there; a pause holds it."""
    guide.daemon.begin((("hold", 30, "left"), ("hold", 30, "right")))
    await guide.page.wait_for_function(BADGE, arg="L")
    before = await guide.page.evaluate(POSES)
    await guide.page.wait_for_function(f"before => {POSES} !== before", arg=before)
    assert "now" in await guide.text("#psoas")

    await guide.page.keyboard.press("Space")
    await guide.page.wait_for_selector("html[data-paused=yes]")
    paused = await guide.page.evaluate(POSES)
    await guide.frames(5)
    assert await guide.page.evaluate(POSES) == paused
    guide.daemon.go(1)

    await guide.page.wait_for_function(BADGE, arg="R")


async def test_no_figure_stands_beside_the_name_of_another_exercise(guide: Guide) -> None:
    """Its frames may take a moment: until they are there the place is empty, and then the right one is in it."""
    await guide.page.locator("#before-figure svg").wait_for()
    asked: list[Route] = []

    async def hold_back(route: Route) -> None:
        asked.append(route)

    await guide.page.route("**/figure/supine.json*", hold_back)
    guide.daemon.set(next_exercises=("supine",))
    await guide.page.wait_for_selector("#before-title:text-is('Supine psoas stretch')")
    assert await guide.page.locator("#before-figure svg").count() == 0
    await until(lambda: asked, "the frames to be asked for")
    await asked[0].continue_()
    await guide.page.locator("#before-figure svg").wait_for()


async def test_a_pause_that_is_looked_at_anew_shows_all_of_it(guide: Guide) -> None:
    """After a reload nothing ticks that would bring what comes a moment later: the figure, and how long its psoas is."""
    guide.daemon.begin((("hold", 30, "left"),))
    guide.daemon.toggle()
    await guide.page.reload()
    await guide.page.wait_for_selector("html[data-paused=yes]")

    await guide.page.locator("#figure svg").wait_for()
    await guide.page.wait_for_function("() => document.getElementById('psoas').textContent.includes('now')")


async def test_who_opens_it_in_the_walk_sees_somebody_walk(guide: Guide) -> None:
    """The last two minutes, after a reload or from the tray: no part before it has brought the figure."""
    guide.daemon.begin()
    guide.daemon.go(4)
    await guide.page.reload()
    await guide.page.wait_for_selector("html[data-kind=walk]")

    await guide.page.locator("#figure .marks").wait_for(state="attached")


# --------------------------------------------------------------------------------------------------------------- the keys


async def test_every_key_sends_its_command(guide: Guide) -> None:
    guide.daemon.begin()
    await guide.is_in("session")

    for key, command in (
        ("Space", "toggle"), ("Space", "toggle"), ("ArrowRight", "next"), ("ArrowLeft", "previous"), ("Escape", "stop"),
    ):  # fmt: skip
        await guide.page.keyboard.press(key)
        await guide.daemon.wait_for_call(command)
    guide.daemon.begin()
    await guide.is_in("session")
    await guide.page.keyboard.press("Shift+H")
    await guide.daemon.wait_for_call("hurts")


async def test_the_keys_are_where_they_are_on_a_keyboard_without_latin_letters(guide: Guide) -> None:
    """Whom it hurts does not change the layout first; where a key writes a Latin letter, that letter counts."""
    press = "([key, code]) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, code, bubbles: true}))"
    guide.daemon.begin()
    await guide.is_in("session")
    await guide.page.evaluate(press, ["d", "KeyH"])  # Dvorak
    await guide.page.evaluate(press, ["ь", "KeyM"])
    assert await guide.daemon.wait_for_call("mute") == {}
    assert await guide.view() == "session"

    await guide.page.evaluate(press, ["р", "KeyH"])
    await guide.daemon.wait_for_call("hurts")


async def test_a_key_that_comes_twice_is_answered_once(guide: Guide) -> None:
    """The second finds the stretch over, which is what was wanted: nothing to be told off for."""
    guide.daemon.begin()
    await guide.is_in("session")
    refusals: list[Route] = []

    async def refuse(route: Route) -> None:
        refusals.append(route)
        guide.daemon.end("partial", work={"left": 40})

    await guide.page.route("**/command", refuse)
    await guide.page.keyboard.press("Escape")
    await guide.page.wait_for_selector("#end-week-box[data-known=yes]")  # nothing more comes that would clear a notice
    async with guide.page.expect_response("**/command") as answered:
        await refusals[0].fulfill(status=409, json={"message": "No stretch is running.", "next_step": ""})
    await (await answered.value).finished()
    await guide.frames(3)

    assert await guide.page.locator("#notice").is_hidden()
    guide.complaints.clear()  # the browser notes every answer that is an error


async def test_the_sound_is_switched_by_key_and_button(guide: Guide) -> None:
    """And the button says how it is."""
    guide.daemon.begin()
    await guide.is_in("session")
    await guide.page.keyboard.press("m")
    await guide.daemon.wait_for_call("mute")
    await guide.page.wait_for_selector("#mute[aria-pressed=true]")
    mute, large = [
        await guide.page.locator(button).evaluate("element => getComputedStyle(element).backgroundColor")
        for button in ("#mute", "#large")
    ]
    assert contrast(mute, large) >= 3, "it is seen which of the two is on"
    await guide.page.locator("#mute").click()
    await guide.daemon.wait_for_call("unmute")
    await guide.page.wait_for_selector("#mute[aria-pressed=false]")


async def test_why_nothing_is_heard_is_said_where_it_can_be_read_and_where_it_matters(guide: Guide) -> None:
    """While getting ready and on the floor; beside the desk the place of nothing depends on it."""
    note = "Nothing can be heard here. Install espeak-ng."
    seen = {}
    for state in ("prepare", "hold", "floor"):
        await guide.put_in(state)
        guide.daemon.set(sound_note=note)
        await guide.page.wait_for_function("() => document.querySelector('[data-sound-note]').textContent")
        seen[state] = await guide.page.get_by_text(note).filter(visible=True).count()

    assert seen == {"prepare": 1, "hold": 0, "floor": 1}


async def test_the_choice_is_made_by_keyboard_and_the_focus_stays(guide: Guide) -> None:
    """First in the order of the keyboard; what is chosen changes the words of a button, never the button."""
    guide.daemon.begin((("prepare", 60, None), ("hold", 30, "left"), ("hold", 30, "right")))
    await guide.is_in("session")
    focused = "document.activeElement.id"
    for name in ("chooser", "choose-first"):
        await guide.page.keyboard.press("Tab")
        assert await guide.page.evaluate(focused) == name
        if name == "chooser":  # in a list a letter looks for a name, and says nothing of the stretch
            heard = len(guide.daemon.calls)
            for key in ("m", "f", "Escape"):
                await guide.page.keyboard.press(key)
            assert {word for word, _params in guide.daemon.calls[heard:]} <= {"choose"}
            assert await guide.page.evaluate("document.fullscreenElement === null")
    await guide.page.keyboard.press("Space")
    assert await guide.daemon.wait_for_call("choose") == {"first": "right"}

    guide.daemon.choose((("prepare", 60, None), ("hold", 30, "right"), ("hold", 30, "left")))
    await guide.page.wait_for_selector("#choose-first:text-is('Left side first')")
    assert await guide.page.evaluate(focused) == "choose-first"
    assert guide.daemon.remaining_s() < 60, "it goes on meanwhile"
    guide.daemon.go(1)
    await guide.page.wait_for_selector("html[data-kind=hold]")
    await guide.page.keyboard.press("Space")
    await guide.daemon.wait_for_call("toggle")


async def test_the_focus_goes_along_from_view_to_view(guide: Guide) -> None:
    """Whoever goes by keyboard, or hears the page, is never thrown back to its beginning by what comes by itself."""
    page, daemon = guide.page, guide.daemon
    focused = "document.activeElement.id || document.activeElement.dataset.command"
    daemon.next_segments = (("prepare", 60, None), ("hold", 60, "left"), ("hold", 60, "right"))
    daemon.offer()
    await guide.is_in("before")
    await page.get_by_role("button", name="Start").focus()
    await page.keyboard.press("Enter")
    await guide.is_in("session")
    assert await page.evaluate(focused) == "session"
    await page.keyboard.press("Tab")
    assert await page.evaluate(focused) == "chooser"

    daemon.go(1)  # the choice is over
    await page.wait_for_selector("html[data-kind=hold]")
    assert await page.evaluate(focused) == "toggle"
    await page.locator("[data-command=next]").focus()
    daemon.go(2)
    await page.wait_for_selector("html[data-side=right]")
    assert await page.evaluate(focused) == "next"
    await page.get_by_role("link", name="About the figure").focus()
    await page.keyboard.press("l")
    await page.wait_for_selector("html[data-floor=yes]")
    assert await page.evaluate(focused) == "toggle"

    daemon.end("completed", work={"left": 40, "right": 40})
    await guide.is_in("end")
    assert await page.evaluate(focused) == "end"


async def test_a_button_that_goes_hands_on_the_focus(guide: Guide) -> None:
    """What may be chosen, when its time is over, in a small window; and Start, when there is nothing left to start."""
    page, daemon = guide.page, guide.daemon
    await page.set_viewport_size({"width": 420, "height": 560})
    daemon.begin((("prepare", 60, None), ("hold", 60, "left")))
    await guide.is_in("session")
    await page.get_by_role("button", name="Change", exact=True).focus()
    daemon.go(1)
    await page.wait_for_selector("html[data-kind=hold]")
    assert await page.evaluate("document.activeElement.dataset.command") == "toggle"

    daemon.take_back("pause")
    await guide.is_in("before")
    await page.get_by_role("button", name="Start").focus()
    daemon.set(next_exercises=(), next_seconds=0, allowed=("pause",))
    await page.wait_for_selector("#start", state="hidden")
    assert await page.evaluate("document.activeElement.id") == "before"


async def test_whoever_hears_the_page_is_told_where_the_stretch_is(guide: Guide) -> None:
    """The parts in their order, with the one that runs; the buttons by their words, with what is on."""
    guide.daemon.begin((("prepare", 60, None), ("hold", 60, "left"), ("hold", 60, "right")))
    guide.daemon.go(1)
    await guide.page.wait_for_selector("html[data-kind=hold]")
    current = guide.page.locator("#path [aria-current=step]")
    assert await current.all_inner_texts() == ["left side, 1 min"]
    tree = await guide.page.locator("#session").aria_snapshot()

    for line in (
        '- heading "Standing lunge stretch" [level=1]', '- list "How far it is"', "- paragraph: Left",
        '- timer "Seconds left"', '- button "Pause"', '- button "This hurts"', '- button "Large"',
    ):  # fmt: skip
        assert line in tree, tree
    assert tree.index('button "Back"') < tree.index('button "Pause"') < tree.index('button "Full screen"')
    await guide.page.keyboard.press("f")
    await guide.page.wait_for_selector("#fullscreen[aria-pressed=true]")
    await guide.page.keyboard.press("f")
    await guide.page.wait_for_selector("#fullscreen[aria-pressed=false]")


async def test_whoever_chose_with_a_pointer_has_the_keys_again(guide: Guide) -> None:
    """The list keeps letters and the space bar for itself only from who walks through it by keyboard."""
    guide.daemon.begin()
    await guide.is_in("session")
    chooser = guide.page.locator("#chooser")
    await chooser.click()
    assert await guide.page.evaluate("document.activeElement.id") == "chooser"
    await chooser.select_option("supine")
    await guide.daemon.wait_for_call("choose")

    await guide.page.keyboard.press("h")
    await guide.daemon.wait_for_call("hurts")


async def test_a_stray_key_does_nothing(guide: Guide) -> None:
    """Neither letters, nor keys with a modifier, nor one that is kept down; nor any key where no session runs."""
    heard = len(guide.daemon.calls)
    for key in ("Space", "Escape", "h", "ArrowRight"):
        await guide.page.keyboard.press(key)
    guide.daemon.begin()
    await guide.is_in("session")
    for key in ("x", "k", "Enter", "Control+h", "Alt+ArrowLeft", "Meta+ArrowRight", "ArrowUp", "1", "Backspace"):
        await guide.page.keyboard.press(key)
    await guide.page.keyboard.down("ArrowRight")
    await guide.daemon.wait_for_call("next")
    await guide.page.keyboard.down("ArrowRight")  # the second of a key that stays down is a repeat
    await guide.page.keyboard.up("ArrowRight")
    await guide.page.keyboard.press("Space")
    await guide.daemon.wait_for_call("toggle")

    assert heard >= 0
    assert guide.daemon.index == 1
    assert await guide.view() == "session"


async def test_the_space_bar_presses_a_button_that_has_the_focus(guide: Guide) -> None:
    """Who walks through the buttons by keyboard presses them as everywhere; one pressed by mouse gives the keys back."""
    guide.daemon.begin()
    await guide.is_in("session")
    await guide.page.locator("[data-command=stop]").focus()
    await guide.page.keyboard.press("Space")
    await guide.daemon.wait_for_call("stop")

    guide.daemon.begin()
    await guide.is_in("session")
    await guide.page.locator("[data-command=next]").click()
    await guide.daemon.wait_for_call("next")
    await guide.page.keyboard.press("Space")
    await guide.daemon.wait_for_call("toggle")


async def test_a_refusal_is_shown_with_its_next_step(guide: Guide) -> None:
    guide.daemon.offer()
    guide.daemon.refuse["snooze"] = ("No snooze is left for this prompt.", "Start or skip it.")
    await guide.page.get_by_role("button", name="In 10 min").click()
    await guide.page.wait_for_selector("#notice:not([hidden])")

    assert await guide.text("#notice") == "No snooze is left for this prompt. Start or skip it."
    guide.complaints.clear()  # the browser notes every answer that is an error


# -------------------------------------------------------------------------------------------------------------- how it is


async def test_the_status_page_offers_what_the_state_allows(chromium: Browser, pages: PagesRun) -> None:
    """Words for the state, a button for each command that is allowed, problems with their next step; nothing ticks."""
    status = await open_guide(chromium, pages, "status")
    page, daemon = status.page, pages.daemon

    assert (await status.text("#headline")).startswith("Next break at ")
    assert (await page.get_by_role("button").all_inner_texts()) == [
        "Start", "I moved", "Pause for 1 h", "Pause until tomorrow", "I am standing now", "Open the guide",
    ]  # fmt: skip
    daemon.set(problems=("No tray was found. Use the command line.",), allowed=("resume",), phase="paused")
    await page.get_by_role("button", name="Resume").click()
    await daemon.wait_for_call("resume")
    assert await status.text("#headline") == "Paused"
    problems = await page.locator("#problems li").all_inner_texts()
    assert problems == ["No tray was found. Use the command line."]
    assert await page.locator("#no-stretch").is_hidden()
    daemon.set(no_stretch="A break is the walk alone: no stretch is left that suits you.")
    await page.locator("#no-stretch", has_text="A break is the walk alone").wait_for()
    await page.context.close()
    assert status.complaints == []


async def test_on_the_status_page_the_keyboard_goes_on_where_a_command_has_gone(
    chromium: Browser, pages: PagesRun
) -> None:
    """Not from the top of the page; a button that stays keeps the focus."""
    status = await open_guide(chromium, pages, "status")
    page, daemon = status.page, pages.daemon
    focused = "document.activeElement.id || document.activeElement.textContent"
    await page.get_by_role("button", name="I am standing now").focus()
    daemon.offer()
    await page.get_by_role("button", name="Skip").wait_for()
    assert await page.evaluate(focused) == "I am standing now"

    await page.get_by_role("button", name="Skip").focus()
    await page.keyboard.press("Enter")
    await daemon.wait_for_call("skip")
    daemon.set(phase="counting", prompt=None, allowed=("begin", "done"))
    await page.get_by_role("button", name="Skip").wait_for(state="detached")
    assert await page.evaluate(focused) == "standing"
    await page.keyboard.press("Tab")
    assert await page.evaluate(focused) == "Start"
    await page.context.close()
    assert status.complaints == []


async def test_a_button_that_moves_under_the_pointer_is_not_pressed(chromium: Browser, pages: PagesRun) -> None:
    """A prompt comes as somebody is about to click: what is there now is not what they meant. A moment later it is."""
    status = await open_guide(chromium, pages, "status")
    page, daemon = status.page, pages.daemon
    box = await page.get_by_role("button", name="I moved").bounding_box()
    assert box
    await page.mouse.move(box["x"] + 5, box["y"] + 5)
    # In the same instant as the view that moves them, as no pointer is quick enough to be sure of.
    await page.evaluate("""() => new MutationObserver(() => {
      window.under = getComputedStyle(document.querySelector("#actions button")).pointerEvents;
    }).observe(document.getElementById("actions"), {attributes: true, attributeFilter: ["data-moved"]})""")
    daemon.offer()
    await page.wait_for_function("() => window.under === 'none'")
    await page.wait_for_function("() => window.under === 'auto'")
    await page.get_by_role("button", name="Snooze").click()
    await daemon.wait_for_call("snooze")
    await page.context.close()
    assert status.complaints == []


async def test_a_status_page_that_is_left_open_says_that_unsit_does_not_run(
    chromium: Browser, own_pages: PagesRun
) -> None:
    """Neither the next break nor a button is left as if it ran; when it is back, so are they."""
    status = await open_guide(chromium, own_pages, "status")
    page = status.page
    headline = await status.text("#headline")
    assert headline.startswith("Next break at ")
    for end in ("kill", "quit"):
        await own_pages.daemon.kill()
        if end == "quit":
            assert own_pages.process
            own_pages.process.terminate()
            await page.get_by_role("alert").get_by_text("Unsit was ended").wait_for()
            assert await page.get_by_role("link").count() == 0  # that would lead nowhere
        await page.wait_for_selector("#headline:text-is('Unsit is not running')")
        assert await page.title() == "Unsit is not running"
        assert await status.text("#detail") == f"Before that: {headline}"
        assert await page.get_by_role("button").count() == 0
        if end == "kill":
            await own_pages.daemon.start()
            await page.get_by_role("button", name="Open the guide").wait_for()
            assert await status.text("#headline") == headline
    await page.context.close()


async def test_a_guide_opened_anew_takes_the_place_of_the_old_one(guide: Guide, pages: PagesRun) -> None:
    """The window that was asked for last is the one that stays live."""
    tab = Guide(await guide.page.context.new_page(), guide.daemon)
    await tab.page.goto(await pages.link())

    await guide.is_in("wait")
    assert "in another window" in await guide.text("#wait-words")
    assert await tab.page.locator("#notice").is_hidden()


async def test_a_page_is_told_when_nothing_more_will_come(chromium: Browser, own_pages: PagesRun) -> None:
    """Unsit was quit: the page says so at once, and no longer shows a countdown of which it knows nothing."""
    guide = await open_guide(chromium, own_pages)
    own_pages.daemon.begin((("hold", 30, "left"),))
    await guide.is_in("session")
    assert own_pages.process

    own_pages.process.terminate()
    await guide.is_in("wait")
    assert "was ended" in await guide.text("#wait-words")
    assert await guide.page.title() == "Guide", "no longer the part of the stretch that it showed"
    assert await guide.text("#announce") == await guide.text("#wait-words")
    assert await own_pages.has_ended()
    await guide.page.context.close()
