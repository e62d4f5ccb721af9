"""The prepared frames: what a page is sent is the figure, small, mirrored, on the floor, and whole between the frames, too."""

from __future__ import annotations

import functools
import http.server
import json
import math
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import unsit.web
from catalogue.figures import EXERCISES, SCENES, TOLERANCE, each_exercise, kinds_of, segments_of
from support.desktop import needs
from unsit.catalogue.drawing import BEYOND, WIDTH, among, classes, figure_shapes, frame, props
from unsit.catalogue.figure import Capsule, Outline, Polygon
from unsit.catalogue.frames import SHARE_GRAIN, Badge, packed, prepared, unpacked
from unsit.catalogue.motion import TRACKS, MotionKind, body_at
from unsit.catalogue.pose import XY
from unsit.catalogue.psoas import psoas_percent
from unsit.core.model import Side

MOST_BYTES = 24_000
SIDES: tuple[Side, ...] = ("left", "right")
BADGES = {"left": Badge("L", "R"), "right": Badge("R", "L")}
ASSETS = Path(unsit.web.__file__).parent / "assets"
CLOSE = 0.004
"""How far a point between two frames may be from where the rig has it, in body heights."""

Book = dict[str, Any]


@cache
def book(name: str, side: Side) -> Book:
    """As a page reads it."""
    text = EXERCISES[name]
    has_sides = text.per_side
    made = prepared(SCENES[name], side if has_sides else None, kinds_of(text), BADGES[side] if has_sides else None)
    read: Book = json.loads(msgspec.json.encode(made))
    return read


def unfolded(sent: Book) -> list[list[float]]:
    """The frames in pixels."""
    return [[number / sent["grain"] for number in row] for row in unpacked(sent["frames"])]


def point(row: list[float], number: int) -> XY:
    return row[2 * number], row[2 * number + 1]


def corners(outline: list[Any], row: list[float]) -> list[tuple[XY, float]]:
    """The points of an outline in a frame, each with the radius around it."""
    kind, *rest = outline
    if kind == "c":
        a, b, radius_a, radius_b = rest
        return [(point(row, a), radius_a), (point(row, b), radius_b)]
    if kind == "r":
        a, b, c = (point(row, number) for number in rest[:3])
        return [
            ((a[0] + u * (b[0] - a[0]) + v * (c[0] - a[0]), a[1] + u * (b[1] - a[1]) + v * (c[1] - a[1])), 0.0)
            for u, v in zip(*([share / SHARE_GRAIN for share in rest[start::2]] for start in (3, 4)), strict=True)
        ]
    return [(point(row, number), 0.0) for number in rest]


def lowest(outline: list[Any], row: list[float]) -> float:
    """How far down it reaches, in pixels; of a round outline, the curve through the middles of its edges."""
    found = corners(outline, row)
    if outline[0] in "ro":
        points = [at for at, _radius in found]
        lows = []
        for before, here, after in zip(points[-1:] + points[:-1], points, points[1:] + points[:1], strict=True):
            start, end = (before[1] + here[1]) / 2, (here[1] + after[1]) / 2
            lows.append(
                max((1 - t) ** 2 * start + 2 * t * (1 - t) * here[1] + t * t * end for t in (0, 0.25, 0.5, 0.75))
            )
        return max(lows)
    return max(y + radius for (_x, y), radius in found)


@each_exercise
def test_what_is_sent_is_small(name: str) -> None:
    for side in SIDES:
        assert len(msgspec.json.encode(book(name, side))) < MOST_BYTES


def test_packed_frames_are_the_same_when_unpacked() -> None:
    """Numbers of every size and sign; the digits are those of source maps, whose users have examples of them."""
    rows = [[0, 15, 16, -16, 1599, -1600], [0, 14, 32, 16, -1599, 1600], [1, 0, 0, 0, 0, 0]]
    assert unpacked(packed(rows)) == rows
    assert packed([[0, 1, -1, 15, 16, 123, -17]]) == ["ACDegB2HjB"]


@each_exercise
def test_every_kind_of_segment_has_its_track(name: str) -> None:
    """And its clips show frames that there are."""
    sent = book(name, "right")
    assert set(sent["tracks"]) == kinds_of(EXERCISES[name])
    assert all(0 <= number < len(sent["frames"]) for clip in sent["clips"] for number in clip[1:])
    rows = unpacked(sent["frames"])
    assert all(len(row) == len(rows[0]) for row in rows)


@each_exercise
def test_left_is_the_mirror_image_of_right(name: str) -> None:
    """Every number of every frame: x from the other edge, y the same; so the near limbs are now the left ones."""
    left, right = book(name, "left"), book(name, "right")
    if not EXERCISES[name].per_side:
        assert left == right
        return
    for mirrored, row in zip(unfolded(left), unfolded(right), strict=True):
        assert mirrored[1::2] == row[1::2]
        assert [WIDTH - x for x in mirrored[::2]] == pytest.approx(row[::2], abs=1 / left["grain"] + 1e-6)
    same = ("size", "shapes", "clips", "tracks", "psoas", "still", "halo")
    assert {key: left[key] for key in same} == {key: right[key] for key in same}
    assert (left["badge"][:2], right["badge"][:2]) == (["L", "R"], ["R", "L"])


@each_exercise
def test_the_badge_is_on_the_stretched_thigh(name: str) -> None:
    sent, scene = book(name, "right"), SCENES[name]
    if not EXERCISES[name].per_side:
        assert sent["badge"] is None
        return
    body, framed = body_at(scene, EXERCISES[name].work, 1e9, 30), frame(scene)
    row = unfolded(sent)[sent["clips"][sent["tracks"]["prepare"][0]][1]]
    body = body_at(scene, "prepare", 0, 10)
    for number, joint in zip(sent["badge"][2:4], ("hip", "near_knee"), strict=True):
        assert point(row, number) == pytest.approx(framed.point(body.joints[joint]), abs=0.2)


@each_exercise
def test_in_every_frame_feet_are_on_the_floor_and_nothing_is_in_it(name: str) -> None:
    """As drawn, within one per cent of body height: outlines, not joints, in all frames that are sent, turned ones included."""
    scene = SCENES[name]
    framed = frame(scene)
    for side in SIDES:
        sent = book(name, side)
        for number, row in enumerate(unfolded(sent)):
            body = [
                (names, lowest(outline, row))
                for names, outlines in sent["shapes"]
                if names.split()[0] not in ("floor", "mat", "bed", "wood", "cushion", "card")
                for outline in outlines
            ]
            deepest = max(low for _names, low in body)
            assert deepest < framed.floor + TOLERANCE * framed.scale, (side, number)
            if scene.bed is None:  # somebody is always on the floor
                assert deepest > framed.floor - TOLERANCE * framed.scale, (side, number)


def test_the_switch_begins_with_the_very_picture_in_which_the_other_side_ended() -> None:
    """Frame for frame: nothing jumps when the page opens the other side's figure; and it ends where that side begins."""
    for name, text in EXERCISES.items():
        if not text.per_side:
            continue
        before, after = book(name, "right"), book(name, "left")
        ended = unfolded(before)[before["clips"][before["tracks"]["prepare"][0]][1]]
        switch = after["clips"][after["tracks"]["switch"][0]]
        rows = unfolded(after)
        for (classes_before, outlines_before), (classes_after, outlines_after) in zip(
            before["shapes"], after["shapes"], strict=True
        ):
            assert classes_before == classes_after
            if classes_before in ("floor", "cushion"):  # a cushion on one side of the middle is looked at from behind
                continue
            for was, now in zip(outlines_before, outlines_after, strict=True):
                places = zip(corners(was, ended), corners(now, rows[switch[1]]), strict=True)
                if classes_before not in ("mat", "bed", "wood"):  # which look the same from both ends
                    assert all(math.dist(a, b) < 0.9 for (a, _), (b, _) in places), (name, classes_before)
        assert switch[-1] == after["clips"][after["tracks"]["prepare"][0]][1]


@each_exercise
def test_the_length_of_the_psoas_is_sent_with_the_frames_of_a_stretch(name: str) -> None:
    sent, scene = book(name, "right"), SCENES[name]
    if not scene.muscle:
        assert sent["psoas"] is None
        return
    assert len(sent["psoas"]) == len(sent["frames"])
    held = body_at(scene, EXERCISES[name].work, 10, 30)
    assert sent["psoas"][sent["still"]] == pytest.approx(psoas_percent(held), abs=0.1)


# ------------------------------------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A folder with the module and the frames, as the pages would serve them."""
    folder = tmp_path_factory.mktemp("figure")
    (folder / "figure.js").write_bytes((ASSETS / "figure.js").read_bytes())
    (folder / "index.html").write_text("<!doctype html><title>figure</title><div id=place></div>")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None: ...

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            name = path.removeprefix("/figure/").removesuffix(".json")
            if name not in EXERCISES:
                super().do_GET()
                return
            side: Side = "left" if "side=left" in query else "right"
            body = msgspec.json.encode({"title": name, **book(name, side)})
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(body)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    opened = browser.new_page()
    opened.goto(address + "index.html")
    yield opened
    opened.close()


POINTS = """
async ([name, side, kind, seconds, moments]) => {
  const { openFigure, momentOf, pointsAt, unfold } = await import("./figure.js");
  const book = unfold(await (await fetch(`figure/${name}.json?side=${side}`)).json());
  return moments.map((elapsed) => [...pointsAt(book, momentOf(book, kind, elapsed, seconds))]);
}
"""


@needs("chromium")
@each_exercise
def test_between_the_frames_the_page_shows_what_the_rig_has(page: Page, name: str) -> None:
    """At moments that fall anywhere: every point of every shape is where the body of that moment has it."""
    scene = SCENES[name]
    framed, sent = frame(scene), book(name, "right")
    kinds = [kind for kind in segments_of(EXERCISES[name]) if kind != "switch"]
    for kind in kinds:
        seconds = segments_of(EXERCISES[name])[kind]
        moments = [seconds * share for share in (0, 0.037, 0.11, 0.193, 0.31, 0.47, 0.618, 0.83, 0.951, 1)]
        shown = page.evaluate(POINTS, [name, "right", kind, seconds, moments])
        for elapsed_s, row in zip(moments, shown, strict=True):
            drawn = expected(name, kind, elapsed_s, seconds)
            moving = [shape for shape in sent["shapes"] if not shape[0].endswith(" still")]
            for (names, outlines), (wanted_names, wanted) in zip(moving, drawn, strict=True):
                assert names == wanted_names
                for outline, there in zip(outlines, wanted, strict=True):
                    for (at, _radius), corner in zip(corners(outline, row), _corners(there), strict=True):
                        far = math.dist(at, framed.point(corner)) / framed.scale
                        assert far < CLOSE, (kind, elapsed_s, names, far)


def expected(name: str, kind: MotionKind, elapsed_s: float, seconds: float) -> list[tuple[str, tuple[Outline, ...]]]:
    """The shapes of the rig's own body of that moment."""
    scene = SCENES[name]
    framed = frame(scene)
    body = body_at(scene, kind, elapsed_s, seconds)
    is_round = EXERCISES[name].per_side
    return [
        (classes(shape), shape.outlines)
        for shape in among(props(scene, framed, BEYOND), figure_shapes(scene, body, is_round=is_round))
    ]


def _corners(outline: Outline) -> tuple[XY, ...]:
    match outline:
        case Capsule(a, b):
            return a, b
        case Polygon(points):
            return points
    raise AssertionError(outline)


PLAY = """
async ([name, side, shows]) => {
  const { openFigure } = await import("./figure.js");
  const place = document.getElementById("place");
  const player = await openFigure(place, name, side);
  window.player = player;
  const seen = [];
  for (const [kind, elapsed, seconds] of shows) {
    player.show(kind, elapsed, seconds);
    seen.push([place.innerHTML, player.psoas, place.querySelector(".badge text")?.textContent ?? null]);
  }
  return seen;
}
"""


@needs("chromium")
def test_the_player_shows_side_letter_and_psoas(page: Page) -> None:
    """The letter is the other side's as long as the other side is seen; the number grows in the stretch."""
    shows = [["prepare", 0, 10], ["hold", 10, 30], ["switch", 0.2, 8], ["switch", 4, 8], ["prepare", 0, 10]]
    _start, _held, *changing, _again = page.evaluate(PLAY, ["lying-1", "left", shows])
    assert [psoas for _svg, psoas, _letter in changing] == [None, None]
    start, held, turning, turned, again = page.evaluate(PLAY, ["half-kneeling", "left", shows])
    assert [letter for _svg, _psoas, letter in (start, held, turning, turned)] == ["L", "L", "R", "L"]
    assert held[1] > start[1] + 4
    assert turning[1] is turned[1] is None
    assert start[0] == again[0] != held[0]
    assert 'role="img"' in start[0]
    assert "<title>half-kneeling</title>" in start[0]


@needs("chromium")
def test_the_walk_after_a_stretch_walks(page: Page) -> None:
    page.evaluate(PLAY, ["supine", "left", [["hold", 10, 30]]])
    page.wait_for_function("(player.show('walk', 0.3, 60), document.querySelector('.marks') !== null)")
    paths = [
        page.evaluate(f"(player.show('walk', {at}, 60), document.getElementById('place').innerHTML)")
        for at in (0.3, 0.6, 0.9)
    ]
    assert len(set(paths)) == 3
    assert page.evaluate("player.psoas") is None


@needs("chromium")
def test_who_wants_no_motion_gets_the_working_pose_and_no_other(browser: Browser, address: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    opened = context.new_page()
    opened.goto(address + "index.html")
    shows = [["before", 0, 0], ["prepare", 3, 10], ["hold", 1.5, 30], ["hold", 12, 30], ["switch", 3, 8]]
    seen = opened.evaluate(PLAY, ["half-kneeling", "right", shows])
    context.close()
    held = psoas_percent(body_at(SCENES["half-kneeling"], "hold", 10, 30))
    assert len({svg for svg, _psoas, _letter in seen}) == 1
    assert all(psoas == pytest.approx(held, abs=0.1) for _svg, psoas, _letter in seen)


@needs("chromium")
@pytest.mark.parametrize("name", ["half-kneeling-reach", "straight-leg-raise", "half-kneeling"])
def test_where_nothing_moves_an_arrow_says_what_would(browser: Browser, address: str, name: str) -> None:
    """And where it moves there is none."""
    work = EXERCISES[name].work
    arrows = []
    for motion in ("reduce", "no-preference"):
        context = browser.new_context(reduced_motion=motion)
        opened = context.new_page()
        opened.goto(address + "index.html")
        opened.evaluate(PLAY, [name, "right", [["before", 3, 0], [work, 2, 30]]])
        arrows.append(opened.eval_on_selector_all(".arrow", "all => all.map((arrow) => arrow.getAttribute('d') ?? '')"))
        context.close()
    still, moving = arrows
    assert [bool(path) for path in still] == [True] * (name != "half-kneeling")
    assert not any(moving)


@needs("chromium")
def test_an_exercise_without_a_figure_leaves_the_place_empty(page: Page) -> None:
    answer = page.evaluate("""async () => {
      const { openFigure } = await import("./figure.js");
      const place = document.getElementById("place");
      const player = await openFigure(place, "nothing", "left");
      player.show("hold", 3, 30);
      return [player.isEmpty, place.classList.contains("empty"), place.childElementCount, player.psoas];
    }""")
    assert answer == [True, True, 0, None]


@needs("chromium")
def test_who_opens_another_figure_in_the_same_place_is_not_disturbed_by_the_first(page: Page) -> None:
    titles = page.evaluate("""async () => {
      const { openFigure } = await import("./figure.js");
      const place = document.getElementById("place");
      const [first, second] = await Promise.all([openFigure(place, "supine", "left"), openFigure(place, "bird-dog", "left")]);
      second.show("reps", 1, 40);
      first.show("hold", 9, 30);
      return [...place.querySelectorAll("title")].map((title) => title.textContent);
    }""")
    assert titles == ["bird-dog"]


@needs("chromium")
def test_what_does_not_move_is_not_drawn_again(page: Page) -> None:
    """While one breathes, only the shirt is; while the session is paused, nothing."""
    written = page.evaluate("""async () => {
      const { openFigure } = await import("./figure.js");
      const player = await openFigure(document.getElementById("place"), "lying-1", "left");
      player.show("hold", 10, 30);
      let written = 0;
      const set = Element.prototype.setAttribute;
      Element.prototype.setAttribute = function (...of) { written += 1; return set.apply(this, of); };
      player.show("hold", 10.016, 30);
      const moving = written;
      player.show("hold", 10.016, 30);
      Element.prototype.setAttribute = set;
      return [moving, written - moving];
    }""")
    assert written[0] <= 4  # the shirt breathes, the badge keeps its place
    assert written[1] == 0


def test_tracks_go_on_for_any_length_of_a_segment() -> None:
    """No track ends before its segment does, and none goes past its clips."""
    for kind, track in TRACKS.items():
        for seconds in (0.5, 4, 8, 30, 600):
            for elapsed_s in (-1, 0, seconds / 3, seconds, seconds + 5):
                _clip, share = track.at(elapsed_s, seconds)
                assert 0 <= share <= 1, kind
