"""The geometry of the page's drawings. Places across are in percent of the width, so that they fit any screen."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, NamedTuple

from jdp.monitoring.distribution import step
from jdp.monitoring.timeline import Bucket
from jdp.utils.text import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jdp.monitoring.timeline import Timeline

MOST_BINS = 120
WIDTH, HEIGHT = 1000.0, 100.0  # of a lane, in units of its own
GAP = 0.08  # on each side of a column, as a share of its place
MOST_TICKS = 5
TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)  # seconds
DAY = 86_400


class Mark(NamedTuple):
    """Something at a place across the drawing, with what is said of it."""

    left: float
    width: float
    told: str


class Lane(NamedTuple):
    """One measure over time: an SVG path in a box of 1000 by 100 units; `top` is the height's value."""

    path: str
    top: float


class Course(NamedTuple):
    """The drawing of a run over time."""

    rate: Lane
    failed: Lane
    at_once: Lane
    spots: list[Mark]
    waits: list[Mark]
    events: list[Mark]
    ticks: list[Mark]


class Bin(NamedTuple):
    """Some buckets of a timeline as one, with its place across a box of 1000 units."""

    begin: float
    end: float
    bucket: Bucket


def course(timeline: Timeline, began: dt.datetime) -> Course | None:
    """Return the drawing of a run that began at that time of day; None when there is nothing to draw."""
    total = timeline.seconds
    if not total or not timeline.vehicles:
        return None
    bins = _bins(timeline)

    def across(seconds: float) -> float:
        return round(100 * seconds / total, 3)

    def clock(seconds: float) -> str:
        return f"{began + dt.timedelta(seconds=seconds):%H:%M:%S}"

    return Course(
        rate=_columns(bins, [_a_minute(each.bucket) for each in bins], up=True),
        failed=_columns(bins, [each.bucket.counted.tries_failed for each in bins], up=False),
        at_once=_steps(bins, [each.bucket.at_once for each in bins]),
        spots=[
            Mark(
                round(each.begin / 10, 3),
                round((each.end - each.begin) / 10, 3),
                f"{clock(each.begin * total / WIDTH)}: {_told(each.bucket)}",
            )
            for each in bins
        ],
        waits=[
            Mark(
                across(wait.begin),
                across(wait.end - wait.begin),
                f"{clock(wait.begin)}: waited {duration(wait.end - wait.begin)}, {wait.what}",
            )
            for wait in timeline.waits
        ],
        events=[Mark(across(event.at), 0, f"{clock(event.at)}: {event.what}") for event in timeline.events],
        ticks=_ticks(began, total),
    )


def _bins(timeline: Timeline) -> list[Bin]:
    """Return the timeline in so many bins as can be told apart, each of so many buckets and in its true place."""
    buckets, total = timeline.buckets, timeline.seconds
    together = math.ceil(len(buckets) / MOST_BINS)
    bins: list[Bin] = []
    for first in range(0, len(buckets), together):
        bucket = Bucket()
        for each in buckets[first : first + together]:
            bucket.take(each)
        begin = bins[-1].end if bins else 0.0
        bins.append(Bin(begin, begin + WIDTH * bucket.seconds / total, bucket))
    return bins


def _a_minute(bucket: Bucket) -> float:
    return bucket.vehicles / bucket.seconds * 60 if bucket.seconds else 0.0


def _told(bucket: Bucket) -> str:
    failed = f", {bucket.counted.tries_failed} tries failed" if bucket.counted.tries_failed else ""
    at_once = f", {bucket.at_once} at once" if bucket.at_once else ""
    return f"{_a_minute(bucket):.0f} vehicles a minute{at_once}{failed}"


def _columns(bins: Sequence[Bin], values: Sequence[float], *, up: bool) -> Lane:
    """Return a column for each value, from the lane's foot or from its head."""
    top = top_of(values)
    drawn = []
    for each, value in zip(bins, values, strict=True):
        height, width = round(HEIGHT * value / top, 2), each.end - each.begin
        if height:
            begin, way = (HEIGHT, -height) if up else (0, height)
            drawn.append(f"M{each.begin + GAP * width:.1f} {begin:g}v{way:g}h{width * (1 - 2 * GAP):.1f}V{begin:g}z")
    return Lane("".join(drawn), top)


def _steps(bins: Sequence[Bin], values: Sequence[float]) -> Lane:
    """Return a line that keeps each value for its time."""
    top = top_of(values)
    heights = [round(HEIGHT - HEIGHT * value / top, 2) for value in values]
    steps = "".join(f"V{height:g}H{each.end:.1f}" for each, height in zip(bins, heights, strict=True))
    return Lane(f"M0 {heights[0]:g}{steps}", top)


def top_of(values: Sequence[float]) -> float:
    """Return a round number that no value is above."""
    most = max(values, default=0.0)
    return step(most) if most else 1.0


def _ticks(began: dt.datetime, total: float) -> list[Mark]:
    """Return round times of day, not more than fit a phone."""
    every = next((each for each in TICKS if total / each <= MOST_TICKS), DAY * math.ceil(total / DAY / MOST_TICKS))
    midnight = began.replace(hour=0, minute=0, second=0, microsecond=0)
    since = (began - midnight).total_seconds()
    shown = "%H:%M" if every % 60 == 0 else "%H:%M:%S"
    first = math.ceil(since / every) * every
    times = [first + number * every for number in range(MOST_TICKS + 1) if first + number * every <= since + total]
    return [
        Mark(round(100 * (time - since) / total, 3), 0, f"{midnight + dt.timedelta(seconds=time):{shown}}")
        for time in times
    ]


class Bar(NamedTuple):
    """A bar of a histogram: its place, its height in percent and what is said of it."""

    left: float
    width: float
    height: float
    told: str


class Spread(NamedTuple):
    """The drawing of a histogram; a mark stands below the place of its value."""

    bars: list[Bar]
    marks: list[Mark]


def spread(histogram: Sequence[Sequence[float]]) -> Spread | None:
    """Return the drawing of a histogram of seconds; None without values."""
    if not histogram:
        return None
    width = 100 / len(histogram)
    most = max(count for _, _, count in histogram)
    bars = [
        Bar(
            round(number * width, 3),
            round(width, 3),
            round(100 * count / most, 2),
            f"{low:g} to {high:.3g} s: {count:,.0f} vehicles",
        )
        for number, (low, high, count) in enumerate(histogram)
    ]
    every = math.ceil(len(histogram) / MOST_TICKS)
    marks = [Mark(round(number * width, 3), 0, f"{histogram[number][0]:g} s") for number in range(0, len(bars), every)]
    return Spread(bars, marks)
