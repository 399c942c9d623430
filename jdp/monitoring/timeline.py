"""How a run went over time: samples of its counters, in at most so many buckets however long it takes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

MOST_BUCKETS = 600  # then two neighbours become one: finer than any screen, small after a week, too
MOST_NOTES = 200  # events and waits that are kept, of each
STEADY = (0.25, 0.95)  # the share of the vehicles between which a run is steady: the way is found, no end is near
LEAST_STEADY = 40  # vehicles in between, or the whole run has to do
HOW = {
    "steady": "from the rate between a quarter and 95% of this run's vehicles, carried on, plus its start-up",
    "whole run": "from the rate of the whole run, which was too short to tell its start-up apart",
    "": "nothing was downloaded",
}


class Counters(NamedTuple):
    """What is counted from the run's start: vehicles by what became of them, tries and sessions that failed."""

    stored: int = 0
    failed: int = 0
    tries_failed: int = 0
    sessions_lost: int = 0


@dataclass
class Bucket:
    """A stretch of time: how long it is, how much of that the crawl waited, what was counted, the pace at its end."""

    seconds: float = 0.0
    waited: float = 0.0
    counted: Counters = field(default_factory=Counters)
    at_once: int = 0

    def take(self, other: Bucket) -> None:
        """Become what both are, this one being the earlier."""
        self.seconds += other.seconds
        self.waited += other.waited
        self.counted = Counters(*map(sum, zip(self.counted, other.counted, strict=True)))
        self.at_once = other.at_once

    @property
    def vehicles(self) -> int:
        return self.counted.stored + self.counted.failed


class Event(NamedTuple):
    """Something that happened once, so many seconds after the start."""

    at: float
    what: str


@dataclass
class Wait:
    """A time in which the crawl waited for something."""

    what: str
    begin: float
    end: float


class Estimate(NamedTuple):
    """What so many vehicles would take; `basis` is a key of HOW."""

    vehicles: int
    minutes: float | None
    a_minute: float | None
    start_up_seconds: float
    basis: str

    def as_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "how": HOW[self.basis]}


@dataclass
class Timeline:
    """The buckets of a run, its events and its waits."""

    buckets: list[Bucket] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    _width: int = 1  # samples in a bucket
    _filled: int = 0  # samples in the last one
    _before: Counters = field(default_factory=Counters)

    def sample(self, seconds: float, counters: Counters, at_once: int, waiting: str) -> None:
        """Take in the time since the last sample: what is counted by now, and what is waited for, or ""."""
        counted = Counters(*(now - before for now, before in zip(counters, self._before, strict=True)))
        self._before = counters
        self._wait(waiting, seconds)
        bucket = Bucket(seconds, seconds if waiting else 0.0, counted, at_once)
        if self.buckets and self._filled < self._width:
            self.buckets[-1].take(bucket)
            self._filled += 1
        else:
            self.buckets.append(bucket)
            self._filled = 1
        if len(self.buckets) > MOST_BUCKETS and self._filled == self._width:
            self._halve()

    def _halve(self) -> None:
        for earlier, later in zip(self.buckets[::2], self.buckets[1::2], strict=False):
            earlier.take(later)
        self._filled = self._width if len(self.buckets) % 2 else 2 * self._width
        self.buckets = self.buckets[::2]
        self._width *= 2

    def _wait(self, what: str, seconds: float) -> None:
        begin, now = self.seconds, self.seconds + seconds
        last = self.waits[-1] if self.waits else None
        if what and last and last.what == what and last.end == begin:
            last.end = now
        elif what and len(self.waits) < MOST_NOTES:
            self.waits.append(Wait(what, begin, now))

    def note(self, what: str) -> None:
        """Note that something happened just now."""
        if len(self.events) < MOST_NOTES:
            self.events.append(Event(self.seconds, what))

    # What it tells

    @property
    def seconds(self) -> float:
        return sum(bucket.seconds for bucket in self.buckets)

    @property
    def vehicles(self) -> int:
        return sum(bucket.vehicles for bucket in self.buckets)

    def rate(self, seconds: float) -> float | None:
        """Return vehicles a second of the last so many seconds of work, None when there were none yet."""
        worked, vehicles, first = 0.0, 0, 0.0
        for bucket in reversed(self.buckets):
            worked += bucket.seconds - bucket.waited
            vehicles += bucket.vehicles
            first = worked if bucket.vehicles else first  # what was before the first vehicle is no rate
            if worked >= seconds:
                return vehicles / worked
        return vehicles / first if first else None

    def totals(self) -> dict[str, Any]:
        """Return the sums of it all."""
        waited: dict[str, float] = {}
        for wait in self.waits:
            waited[wait.what] = round(waited.get(wait.what, 0.0) + wait.end - wait.begin, 1)
        counted = Counters(*map(sum, zip(Counters(), *(bucket.counted for bucket in self.buckets), strict=True)))
        return {
            "seconds": round(self.seconds, 1),
            "seconds_waited": round(sum(bucket.waited for bucket in self.buckets), 1),
            "waited_for": waited,
            **counted._asdict(),
            "most_at_once": max((bucket.at_once for bucket in self.buckets), default=0),
            "bucket_seconds": round(max((bucket.seconds for bucket in self.buckets), default=0.0), 1),
        }

    def estimate(self, vehicles: int) -> Estimate:
        """Tell what an inventory of that size would take. What was waited for is left out: it need not come again."""
        points = self._points()
        done, worked = points[-1]
        if not done:
            return Estimate(vehicles, None, None, 0.0, "")
        begin, end = (next(point for point in points if point[0] >= share * done) for share in STEADY)
        count, time = end[0] - begin[0], end[1] - begin[1]
        if count < LEAST_STEADY or not time:
            rate, start_up, basis = done / worked, 0.0, "whole run"
        else:
            rate, basis = count / time, "steady"
            start_up = max(0.0, begin[1] - begin[0] / rate)
        seconds = start_up + vehicles / rate
        return Estimate(vehicles, round(seconds / 60, 1), round(rate * 60, 1), round(start_up, 1), basis)

    def _points(self) -> list[tuple[int, float]]:
        """Return vehicles done and seconds worked, from the start, after each bucket."""
        points = [(0, 0.0)]
        for bucket in self.buckets:
            done, worked = points[-1]
            points.append((done + bucket.vehicles, worked + bucket.seconds - bucket.waited))
        return points
