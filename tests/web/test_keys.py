"""The secrets of links, and the bound on requests, on a clock of their own."""

from __future__ import annotations

from unsit.web.gate import KEY_LIFETIME_S, MAX_KEYS, Bucket, Keys


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_link_is_good_for_half_a_minute() -> None:
    """To the second; a late one is used up as well."""
    clock = Clock()
    keys = Keys(clock)
    in_time, late = keys.make("guide"), keys.make("guide")

    clock.now_s = KEY_LIFETIME_S
    assert keys.use(in_time) == "guide"
    clock.now_s = KEY_LIFETIME_S + 0.1
    assert keys.use(late) is None
    clock.now_s = 0
    assert keys.use(late) is None


def test_links_that_nobody_follows_are_forgotten() -> None:
    keys = Keys()
    first = keys.make("guide")
    others = [keys.make("guide") for _ in range(MAX_KEYS)]

    assert keys.use(first) is None
    assert keys.use(others[0]) == "guide"


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    bucket = Bucket(per_s=2, burst=3, clock=clock)

    assert [bucket.take() for _ in range(5)] == [True, True, True, False, False]
    clock.now_s = 1
    assert [bucket.take() for _ in range(3)] == [True, True, False]
