"""How many reports at once: sites that are made up, on a clock that is told to go."""

from __future__ import annotations

import heapq
import logging
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdp.reports.throttle import START, STEADY_SAMPLES, Began, Measure, Throttle
from tests.helpers.parts import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

CEILING = 16
SECONDS = 0.3  # that a report takes when nothing slows it


@dataclass
class Site:
    """A site: seconds that a report takes with so many under way, and from how many on it refuses."""

    seconds: Callable[[int], float]
    refuses_above: int = 1000
    retry_after: float = 1.0
    noise: float = 0.0
    dice: random.Random = field(default_factory=lambda: random.Random(7391))  # noqa: S311 - noise, no secret

    def takes(self, under_way: int) -> float:
        return self.seconds(under_way) * self.dice.lognormvariate(0, self.noise)


def best_at(number: int, **more: float) -> Site:
    """Return a site that makes `number` at once well and gets worse past that."""
    return Site(lambda under_way: SECONDS * max(1.0, under_way / number) ** 2, **more)


def queues_above(number: int, **more: float) -> Site:
    """Return a site that makes `number` at once and lets the others wait."""
    return Site(lambda under_way: SECONDS * max(1.0, under_way / number), **more)


@dataclass
class Crawl:
    """Reports asked for one after the other, as many at once as the pace says; others always wait."""

    pace: Throttle
    clock: Clock
    site: Site
    under_way: list[tuple[float, int, bool, Began]] = field(default_factory=list)
    refused: int = 0
    most: int = 0
    limits: set[int] = field(default_factory=set)
    _number: int = 0

    def right(self, reports: int) -> float:
        """Get so many right reports; return the seconds that it took."""
        began, right = self.clock.now, 0
        while right < reports:
            self._begin()
            if not self.under_way:
                self.clock.now += self.pace.rest
                continue
            self.clock.now, _, refused, report = heapq.heappop(self.under_way)
            if refused:
                self.refused += 1
                self.pace.trouble(report, self.site.retry_after)
            else:
                right += 1
                self.pace.ended(report)
            self.limits.add(self.pace.limit)
        return self.clock.now - began

    def _begin(self) -> None:
        while len(self.under_way) < self.pace.limit and not self.pace.rest:
            self._number += 1
            number = len(self.under_way) + 1
            refused = number > self.site.refuses_above
            end = self.clock.now + (0.02 if refused else self.site.takes(number))
            heapq.heappush(self.under_way, (end, self._number, refused, self.pace.begin()))
            self.most = max(self.most, number)


def crawl(site: Site, ceiling: int = CEILING, *, adaptive: bool = True) -> Crawl:
    clock = Clock()
    return Crawl(Throttle(ceiling, adaptive, clock), clock, site)


def fixed(site: Site, number: int, reports: int) -> float:
    """Return the seconds that somebody takes who knows the site."""
    return crawl(site, number, adaptive=False).right(reports)


def share(make: Callable[..., Site], number: int, noise: float = 0.0, seed: int = 1) -> tuple[float, int]:
    """Return the throughput over that of somebody who knows the site, and where the pace settled."""
    sites = [make(number, noise=noise, dice=random.Random(seed)) for _ in range(2)]  # noqa: S311 - noise, no secret
    crawled = crawl(sites[1])
    return fixed(sites[0], number, 2000) / crawled.right(2000), crawled.pace._settled


@pytest.mark.parametrize("number", range(1, CEILING + 1))
def test_site_that_is_best_at_a_number(number: int) -> None:
    reached, settled = share(best_at, number)
    assert reached > 0.9
    assert abs(settled - number) <= 1


@pytest.mark.parametrize("number", range(1, CEILING + 1))
def test_site_that_lets_others_wait(number: int) -> None:
    reached, settled = share(queues_above, number)
    assert reached > 0.95
    assert number - 1 <= settled <= number + 2


@pytest.mark.parametrize("make", [best_at, queues_above])
@pytest.mark.parametrize("number", [2, 4, 8, 12])
def test_site_whose_answers_differ_by_a_seventh(make: Callable[..., Site], number: int) -> None:
    for seed in range(5):
        assert share(make, number, 0.15, seed)[0] > 0.9


@pytest.mark.parametrize("number", [4, 8, 12])
def test_site_whose_answers_differ_by_a_third(number: int) -> None:
    for seed in range(5):
        assert share(best_at, number, 0.3, seed)[0] > 0.8


def test_site_that_nothing_slows() -> None:
    crawled = crawl(Site(lambda _: SECONDS))
    crawled.right(500)
    assert crawled.pace.limit == CEILING
    assert min(crawled.limits) == 4  # nobody waits there: fewer would only be fewer


def test_site_that_becomes_slow_is_noticed_at_once() -> None:
    crawled = crawl(best_at(8))
    crawled.right(4000)  # looks at the neighbours have become rare
    assert crawled.pace._settled == 8
    crawled.site = best_at(2)
    crawled.right(300)
    assert crawled.pace._settled == 2


def test_site_that_recovers_is_noticed_after_a_while() -> None:
    crawled = crawl(best_at(2))
    crawled.right(500)
    crawled.site = best_at(8)
    crawled.right(3000)
    assert crawled.pace._settled == 8


def test_settled_number_is_left_alone_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "jdp.reports.throttle")
    crawled = crawl(best_at(4))
    while not caplog.records:
        crawled.right(1)
    assert caplog.messages == ["Pace: 4 reports at once, 13.3 a second"]
    crawled.limits.clear()
    crawled.right(STEADY_SAMPLES)
    assert crawled.limits == {4}
    crawled.right(2000)
    assert len(caplog.records) == 1  # found again, said once
    assert crawled.limits > {4}


# A site that has enough


@pytest.mark.parametrize("number", [1, 2, 3, 6, 10])
def test_site_that_refuses(number: int) -> None:
    crawled = crawl(Site(lambda _: SECONDS, refuses_above=number, retry_after=0.5))
    seconds = crawled.right(2000)
    assert crawled.pace._settled == number
    assert crawled.refused < 2000 * 0.05
    assert fixed(Site(lambda _: SECONDS), number, 2000) / seconds > 0.85


def test_site_that_refuses_for_long() -> None:
    crawled = crawl(Site(lambda _: SECONDS, refuses_above=10, retry_after=5))
    assert fixed(Site(lambda _: SECONDS), 10, 2000) / crawled.right(2000) > 0.7


def test_trouble_of_many_at_once_halves_once() -> None:
    pace = Throttle(CEILING, adaptive=True, clock=Clock())
    reports = [pace.begin() for _ in range(4)]
    for report in reports:
        pace.trouble(report, 0)
    assert pace.limit == 2
    pace.trouble(pace.begin(), 0)
    assert pace.limit == 1
    pace.trouble(pace.begin(), 0)
    assert pace.limit == 1


def test_trouble_rests_as_long_as_the_site_asks() -> None:
    clock = Clock()
    pace = Throttle(CEILING, adaptive=True, clock=clock)
    report = pace.begin()
    assert pace.rest == 0
    pace.trouble(report, 30)
    clock.now += 10
    assert pace.rest == 20
    pace.trouble(report, 5)  # less than what is left
    assert pace.rest == 20
    pace.trouble(report, 60)
    clock.now += 60
    assert pace.rest == 0


def test_fixed_number_rests_but_stays() -> None:
    clock = Clock()
    pace = Throttle(CEILING, adaptive=False, clock=clock)
    assert pace.limit == CEILING
    pace.trouble(pace.begin(), 30)
    assert (pace.limit, pace.rest) == (CEILING, 30)
    for seconds in range(500):
        report = pace.begin()
        clock.now += seconds
        pace.ended(report)
        pace.ended_alone(report)
    assert pace.limit == CEILING


# What is measured


def test_reports_of_another_number_are_not_counted() -> None:
    clock = Clock()
    pace = Throttle(CEILING, adaptive=True, clock=clock)
    old = [pace.begin() for _ in range(20)]
    pace.trouble(pace.begin(), 0)
    clock.now += 1
    for report in old:
        pace.ended(report)
    assert pace.limit == 2
    assert pace._samples == []


def test_report_that_was_alone_tells_what_one_at_a_time_brings() -> None:
    def begun(seconds: float) -> Throttle:
        clock = Clock()
        pace = Throttle(CEILING, adaptive=True, clock=clock)
        report = pace.begin()
        clock.now += seconds
        pace.ended_alone(report)
        reports = [pace.begin() for _ in range(4)]
        clock.now += 1
        for report in reports:
            pace.ended(report)
        return pace

    assert begun(1).limit == 8  # four take no longer than one: more
    assert begun(0.25).limit == 2  # four bring no more than one: fewer


def test_starts_below_the_ceiling() -> None:
    assert [Throttle(ceiling, adaptive=True, clock=Clock()).limit for ceiling in (1, 3, 4, 100)] == [1, 3, 4, 4]


def test_ceiling_of_one() -> None:
    crawled = crawl(Site(lambda _: SECONDS, refuses_above=1), 1)
    crawled.right(1000)
    assert (crawled.limits, crawled.most, crawled.refused) == ({1}, 1, 0)


EVENTS = st.tuples(
    st.sampled_from(["begin", "ended", "ended_alone", "trouble"]), st.floats(0.001, 100), st.integers(0, 20)
)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 20), st.lists(EVENTS, max_size=300))
def test_limit_stays_between_one_and_the_ceiling(ceiling: int, events: list[tuple[str, float, int]]) -> None:
    clock = Clock()
    pace = Throttle(ceiling, adaptive=True, clock=clock)
    reports = [pace.begin()]
    for event, seconds, number in events:
        clock.now += seconds
        report = reports[-1 - number % len(reports)]
        if event == "begin":
            reports.append(pace.begin())
        elif event == "trouble":
            pace.trouble(report, seconds)
        else:
            getattr(pace, event)(report)
        assert 1 <= pace.limit <= ceiling


def test_reports_that_take_no_time_on_a_coarse_clock() -> None:
    pace = Throttle(CEILING, adaptive=True, clock=Clock())
    for _ in range(100):
        pace.ended(pace.begin())
    assert pace.limit == CEILING


def test_measure_pays_only_beyond_chance() -> None:
    one = Measure(4, 1.0)
    assert Measure(8, 1.0).pays_against(one)
    assert not Measure(8, 1.95).pays_against(one)
    assert not Measure(8, 1.0, error=1.0).pays_against(one)
    assert not Measure(8, float("inf")).pays_against(one)
    assert one.pays_against(Measure(2, float("inf")))


def test_measure_slower_only_beyond_chance() -> None:
    one = Measure(4, 1.0)
    assert Measure(8, 1.3).slower_than(one)
    assert not Measure(8, 1.1).slower_than(one)
    assert not Measure(8, 1.3, error=0.2).slower_than(one)
    assert Measure(8, float("inf")).slower_than(one)


def test_restart_forgets_what_a_site_that_went_away_taught() -> None:
    pace = Throttle(16, adaptive=True, clock=Clock())
    for _ in range(3):
        pace.trouble(pace.begin(), 0)
    assert pace.limit == 1
    pace.restart()
    assert pace.limit == START
    fixed = Throttle(16, adaptive=False, clock=Clock())
    fixed.restart()
    assert fixed.limit == 16
