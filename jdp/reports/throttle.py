"""How many reports the site takes well at once, found out while running. Pure: it is told what happened and when.

Little's law turns what is measured of each report, its seconds, into what one wants to know: with n at once, each
taking r seconds, n / r are made a second. So each number that is tried has a rate, and the best of them is sought:
doubled while that pays, then into the gaps around the best one, and looked at again now and then.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from statistics import fmean, pstdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

START = 4  # reports at once before anything is known
LEAST_SAMPLES = 4  # reports that a number is judged by, or as many as the number itself
PAYS = 1.05  # a larger number has to bring so much more a second, beyond chance, to be worth it
SLOWED = 1.15  # answers that take so much longer than with fewer at once: the site has begun to queue them
CHANGED = 1.5  # a settled number's answers take so much longer than when it was chosen: the site has changed
STEADY_SAMPLES = 100  # reports at a settled number before its neighbours are looked at again
MOST_STEADY = 1600  # doubled up to here while that finds nothing better
SINGLE_ERROR = 0.1  # how far one report alone may be from the usual, as a share
LEAST_SECONDS = 1e-6  # Windows' clock may not have moved at all
LATER_TIMES = 3  # so many times the samples, once a number is settled: there is time, and chance must not move it
LOOKS_TO_FORGET = 8  # at the neighbours, until a number that met trouble is tried again
FIRST_STEP, LATER_STEP = 2.0, 1.25


@dataclass(frozen=True)
class Began:
    """A report under way: when it began, and in which trial of a number."""

    trial: int
    at: float


@dataclass(frozen=True)
class Measure:
    """Seconds that a report takes with `limit` at once; `error` is the mean's standard error."""

    limit: int
    mean: float
    error: float = 0.0

    @property
    def rate(self) -> float:
        """Reports a second, by Little's law."""
        return self.limit / max(self.mean, LEAST_SECONDS)

    def pays_against(self, other: Measure) -> bool:
        """Tell whether this brings clearly more a second than `other`, which asks less of the site."""
        worst = self.limit / max(self.mean + self.error, LEAST_SECONDS)
        return worst > PAYS * other.limit / max(other.mean - other.error, LEAST_SECONDS)

    def slower_than(self, other: Measure) -> bool:
        """Tell whether answers take clearly longer than with `other`'s number at once: the site queues them."""
        return self.mean - self.error > other.mean * SLOWED + other.error


@dataclass
class Throttle:
    """The number of reports at once: `limit`, at most `ceiling`; fixed at the ceiling when not `adaptive`.

    `clock` gives seconds and never goes back.
    """

    ceiling: int
    adaptive: bool
    clock: Callable[[], float]
    limit: int = field(init=False)
    _resting_until: float = 0.0
    _trial: int = 0
    _samples: list[float] = field(default_factory=list)
    _measures: dict[int, Measure] = field(default_factory=dict)
    _refused: dict[int, int] = field(default_factory=dict)  # numbers that met trouble, and for how many looks yet
    _step: float = FIRST_STEP
    _settled: int = 0
    _searching: bool = True
    _patience: int = STEADY_SAMPLES
    _steady: int = 0

    def __post_init__(self) -> None:
        self.limit = min(self.ceiling, START) if self.adaptive else self.ceiling

    @property
    def rest(self) -> float:
        """Seconds for which nothing may begin, as the site asked."""
        return max(0.0, self._resting_until - self.clock())

    def begin(self) -> Began:
        """Note that a report begins."""
        return Began(self._trial, self.clock())

    def ended_alone(self, began: Began) -> None:
        """Note a report that came while no other was under way: what the site takes when nothing slows it."""
        seconds = self.clock() - began.at
        if self._searching and seconds < getattr(self._measures.get(1), "mean", float("inf")):
            self._measures[1] = Measure(1, seconds, seconds * SINGLE_ERROR)

    def ended(self, began: Began) -> None:
        """Note a report that came while as many as allowed were under way."""
        if not self.adaptive or began.trial != self._trial:
            return
        self._samples.append(self.clock() - began.at)
        times = LATER_TIMES if self._settled else 1
        if self._searching and (len(self._samples) >= times * max(self.limit, LEAST_SAMPLES) or self._unslowed()):
            self._judge()
        elif not self._searching and len(self._samples) >= STEADY_SAMPLES:
            self._look_again()

    def trouble(self, began: Began, retry_after: float) -> None:
        """Note that the site had enough (429, 503, no answer in time): rest as long as it asks, then half as many."""
        self._resting_until = max(self._resting_until, self.clock() + retry_after)
        if self.adaptive and began.trial == self._trial:  # those that were under way beside it tell nothing new
            self._measures = {limit: known for limit, known in self._measures.items() if limit < self.limit}
            self._refused[self.limit] = LOOKS_TO_FORGET
            known = self._settled in self._measures  # it was a look beyond a number that does well
            self._searching = not known
            self._try(self._settled if known else max(1, self.limit // 2))

    def restart(self) -> None:
        """Begin anew: what was learned last, was learned of a site that was going away."""
        if self.adaptive:
            self._measures, self._refused = {}, {}
            self._settled, self._searching, self._step = 0, True, FIRST_STEP
            self._try(min(self.ceiling, START))

    def _try(self, limit: int) -> None:
        self.limit = limit
        self._trial += 1
        self._samples = []

    def _unslowed(self) -> bool:
        """Tell whether, on the way up, the first answers already come as quickly as to one that is alone."""
        alone = self._measures.get(1)
        if self._settled or alone is None or self.limit <= max(self._measures):
            return False
        return fmean(self._samples) <= alone.mean * SLOWED

    def _judge(self) -> None:
        """Take the number's measure, then try the next one, or settle."""
        measure = self._measures[self.limit] = self._measure()
        logger.debug("Pace: a report takes %.2f s (+- %.2f) with %d at once", measure.mean, measure.error, self.limit)
        best = self._best()
        following = self._untried(best)
        self._try(following or best)
        if following is None:
            self._settle()

    def _measure(self) -> Measure:
        return Measure(self.limit, fmean(self._samples), pstdev(self._samples) / len(self._samples) ** 0.5)

    def _best(self) -> int:
        best, *larger = (self._measures[limit] for limit in sorted(self._measures))
        for measure in larger:
            if measure.pays_against(best):
                best = measure
        return best.limit

    def _untried(self, best: int) -> int | None:
        """Return the next number to try, on the side of the best one that promises more; None when none is left."""
        above = min((limit for limit in {**self._measures, **self._refused} if limit > best), default=None)
        below = max((limit for limit in self._measures if limit < best), default=None)
        upper = (best + above) // 2 if above else min(max(best + 1, int(best * self._step)), self.ceiling)
        lower = (best + below) // 2 if below else max(1, min(best - 1, int(best / self._step)))
        slowed = not below or self._measures[best].slower_than(self._measures[below])
        if not slowed:
            lower = best  # nobody waits there: fewer at once would only be fewer
        order = (lower, upper) if slowed and (above or below) else (upper, lower)
        return next((limit for limit in order if limit not in self._measures), None)

    def _settle(self) -> None:
        found = self.limit != self._settled
        if found:
            logger.info("Pace: %d reports at once, %.1f a second", self.limit, self._measures[self.limit].rate)
        self._patience = STEADY_SAMPLES if found else min(self._patience * 2, MOST_STEADY)
        self._settled, self._steady, self._searching, self._step = self.limit, 0, False, LATER_STEP

    def _look_again(self) -> None:
        """Hold a settled number against itself earlier; look at its neighbours when it is time, or things changed."""
        measure, before = self._measure(), self._measures[self.limit]
        self._samples = []
        self._steady += STEADY_SAMPLES
        if measure.mean > before.mean * CHANGED:  # slower than when it was chosen: fewer may be better now
            self._settled, self._step = 0, FIRST_STEP
            self._search_from(measure, max(1, self.limit // 2))
        elif self._steady >= self._patience:
            self._refused = {limit: left - 1 for limit, left in self._refused.items() if left > 1}
            self._search_from(measure, None)

    def _search_from(self, measure: Measure, first: int | None) -> None:
        """Search anew. What fewer at once took stays known: it tells whether this number is slowed."""
        self._measures = {limit: known for limit, known in self._measures.items() if limit < self.limit and not first}
        self._measures[self.limit] = measure
        self._searching = True
        self._try(first or self._untried(self.limit) or self.limit)
