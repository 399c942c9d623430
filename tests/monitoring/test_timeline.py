"""A run over time: what its samples add up to, and what is said from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdp.monitoring.timeline import MOST_BUCKETS, MOST_NOTES, Counters, Timeline


def steady(*, start_up: int = 20, rate: int = 3, vehicles: int = 600) -> Timeline:
    """Return a run that stores nothing while it starts up, then so many a second."""
    timeline = Timeline()
    for second in range(start_up + vehicles // rate):
        done = max(0, second + 1 - start_up) * rate
        timeline.sample(1.0, Counters(stored=done), 8 if done else 1, "")
    return timeline


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=50), st.integers(1, 90))
def test_buckets_lose_nothing_however_long_it_takes(pattern: list[tuple[int, bool]], times: int) -> None:
    timeline, done = Timeline(), 0
    samples = pattern * times
    for count, waited in samples:
        done += count
        timeline.sample(0.5, Counters(stored=done, tries_failed=done), 4, "the portal" if waited else "")
    assert len(timeline.buckets) <= MOST_BUCKETS + 1
    assert timeline.seconds == pytest.approx(0.5 * len(samples))
    totals = timeline.totals()
    assert (totals["stored"], totals["tries_failed"]) == (done, done)
    assert totals["seconds_waited"] == pytest.approx(0.5 * sum(waited for _, waited in samples), abs=0.06)


def test_buckets_are_of_one_length_after_hours() -> None:
    timeline = Timeline()
    for _ in range(40_000):
        timeline.sample(1.0, Counters(), 1, "")
    assert {bucket.seconds for bucket in timeline.buckets[:-1]} == {128.0}


def test_rate_is_of_the_last_minute_of_work() -> None:
    timeline = steady()
    done = timeline.vehicles
    timeline.sample(300.0, Counters(stored=done), 0, "the portal")
    for _ in range(60):
        done += 1
        timeline.sample(1.0, Counters(stored=done), 1, "")
    assert timeline.rate(60.0) == pytest.approx(1.0)
    assert timeline.rate(120.0) == pytest.approx(2.0)


def test_rate_leaves_out_what_was_before_the_first_vehicle() -> None:
    assert steady(vehicles=30).rate(60.0) == pytest.approx(3.0)
    assert Timeline().rate(60.0) is None


def test_estimate_is_the_steady_rate_and_the_start_up() -> None:
    estimate = steady(start_up=20, rate=3, vehicles=600).estimate(2000)
    assert estimate.basis == "steady"
    assert estimate.a_minute == pytest.approx(180.0)
    assert estimate.start_up_seconds == pytest.approx(20.0, abs=0.1)
    assert estimate.minutes == pytest.approx((20 + 2000 / 3) / 60, abs=0.1)


def test_estimate_is_the_same_whatever_was_waited_for_and_however_slow_the_end_was() -> None:
    plain, disturbed, done = steady(), Timeline(), 0
    for second in range(220):
        done = max(0, second + 1 - 20) * 3
        disturbed.sample(1.0, Counters(stored=done), 8, "")
        if second in (5, 150):
            disturbed.sample(300.0, Counters(stored=done), 0, "the account")
    for _ in range(3):
        disturbed.sample(60.0, Counters(stored=done, failed=_ + 1), 1, "")
    assert disturbed.estimate(2000).minutes == pytest.approx(plain.estimate(2000).minutes, rel=0.02)


def test_estimate_of_a_short_run_is_its_whole_rate() -> None:
    estimate = steady(start_up=10, vehicles=30).estimate(2000)
    assert estimate.basis == "whole run"
    assert estimate.a_minute == pytest.approx(90.0)


def test_estimate_of_a_run_that_brought_nothing() -> None:
    timeline = Timeline()
    timeline.sample(9.0, Counters(), 0, "the account")
    assert timeline.estimate(2000).as_dict() == {
        "vehicles": 2000,
        "minutes": None,
        "a_minute": None,
        "start_up_seconds": 0.0,
        "basis": "",
        "how": "nothing was downloaded",
    }


def test_waits_that_follow_each_other_are_told_apart_by_what_they_are_for() -> None:
    timeline = Timeline()
    for what in ("a", "a", "", "a", "b"):
        timeline.sample(2.0, Counters(), 0, what)
    assert [(wait.what, wait.begin, wait.end) for wait in timeline.waits] == [("a", 0, 4), ("a", 6, 8), ("b", 8, 10)]
    assert timeline.totals()["waited_for"] == {"a": 6.0, "b": 2.0}


def test_events_are_bounded() -> None:
    timeline = Timeline()
    for _ in range(MOST_NOTES + 50):
        timeline.note("again")
    assert len(timeline.events) == MOST_NOTES
