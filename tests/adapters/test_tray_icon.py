"""Which picture is shown, when it changes by itself, and that every picture is there."""

from __future__ import annotations

import pytest

from support.snapshots import prompt, snapshot
from unsit.adapters.tray_icon import SIZES, STATES, STEPS, Icon, icon_of, load_icon, next_redraw_s
from unsit.core.snapshot import Snapshot


def after(minutes: float, **changes: object) -> Snapshot:
    """A snapshot so many minutes into an hour that began at boot_s = 0."""
    from unsit.core.snapshot import Moment

    due = Moment(3600, "2026-03-02T11:00:00+01:00")
    return snapshot(boot_s=60 * minutes, sat_s=60 * minutes, due=due, **changes)


@pytest.mark.parametrize(
    ("minutes", "step"), [(0, 0), (4.99, 0), (5, 1), (30, 6), (54.9, 10), (55, 11), (59.9, 11), (60, 12), (70, 12)]
)
def test_ring_fills_in_twelve_steps(minutes: float, step: int) -> None:
    """One step in five minutes of an hour, each when its five minutes are full."""
    assert icon_of(after(minutes)) == Icon("counting", step)


@pytest.mark.parametrize(("minutes", "next_minutes"), [(0, 5), (4.99, 5), (5, 10), (7, 10), (54, 55)])
def test_next_redraw_is_the_next_step(minutes: float, next_minutes: float) -> None:
    """The one alarm is set for when the picture changes, and then shows the next picture."""
    at_s = next_redraw_s(after(minutes))

    assert at_s == pytest.approx(60 * next_minutes)
    assert at_s is not None
    assert icon_of(after(at_s / 60)).step == icon_of(after(minutes)).step + 1


def test_an_hour_has_eleven_redraws() -> None:
    """From the start to the prompt, alarm after alarm, whatever the interval; the prompt itself is an event."""
    for every_s in (3600.0, 2700.0, 1000.0, 90.0):
        now_s, redraws = 0.0, 0
        while True:
            shown = after(now_s / 60, every_s=every_s)
            shown = snapshot(boot_s=now_s, every_s=every_s, due=type(shown.due)(every_s, ""))  # type: ignore[misc]
            at_s = next_redraw_s(shown)
            if at_s is None:
                break
            assert at_s > now_s
            now_s, redraws = at_s, redraws + 1
        assert redraws == STEPS - 1


def test_after_a_skip_the_ring_counts_to_the_next_prompt() -> None:
    """Somebody who has sat for 65 minutes and skipped has 55 before them: the ring is nearly empty, not over-full."""
    from unsit.core.snapshot import Moment

    shown = snapshot(boot_s=3900, sat_s=3900, due=Moment(7200, "2026-03-02T12:00:00+01:00"))

    assert icon_of(shown) == Icon("counting", 1)


@pytest.mark.parametrize("phase", ["due", "snoozed", "held", "session", "break", "paused", "away", "off"])
def test_other_states_change_by_events_only(phase: str) -> None:
    """No alarm is set for a picture that stays."""
    shown = snapshot(phase=phase, prompt=prompt())

    assert next_redraw_s(shown) is None
    assert icon_of(shown).state == ("held" if phase == "snoozed" else phase)


def test_nothing_counted_shows_an_empty_ring() -> None:
    """Without a due time there is nothing to fill."""
    assert icon_of(snapshot(due=None)) == Icon("counting", 0)
    assert next_redraw_s(snapshot(due=None)) is None


def test_every_picture_is_there_and_no_two_are_alike() -> None:
    """All states, all steps, all sizes; shapes differ, not colours alone."""
    icons = [Icon("counting", step) for step in range(STEPS + 1)]
    icons += [Icon(state) for state in STATES if state != "counting"]
    pictures = {icon: load_icon(icon) for icon in icons}

    for size_index, size in enumerate(SIZES):
        alphas = set()
        for loaded in pictures.values():
            assert loaded[size_index].size == size
            assert len(loaded[size_index].argb) == 4 * size * size
            alphas.add(loaded[size_index].argb[::4])
        states = [pictures[Icon(state)][size_index].argb[::4] for state in STATES]
        white = [pictures[Icon(state)][size_index].argb[3::4] for state in STATES]  # blue: white in green or amber
        assert len(set(zip(states, white, strict=True))) == len(STATES)
    assert len({loaded[0].argb for loaded in pictures.values()}) == len(pictures)


@pytest.mark.parametrize("state", STATES)
def test_every_picture_stands_out_from_light_and_dark_panels(state: str) -> None:
    """At 16 pixels at least a tenth of the square differs from a white and from a nearly black panel by 3 to 1."""
    (size, argb), *_larger = load_icon(Icon(state, 6))  # type: ignore[arg-type]

    def luminance(red: float, green: float, blue: float) -> float:
        def linear(value: float) -> float:
            return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)

    for panel in (1.0, 0.12):
        seen = 0
        for start in range(0, len(argb), 4):
            alpha, *colours = (value / 255 for value in argb[start : start + 4])
            shown = luminance(*(alpha * colour + (1 - alpha) * panel for colour in colours))
            low, high = sorted((shown, luminance(panel, panel, panel)))
            seen += (high + 0.05) / (low + 0.05) >= 3
        assert seen >= 0.1 * size * size, (state, panel, seen)
