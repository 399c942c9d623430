"""How many values are spread: percentiles, and a histogram with round bounds. Pure."""

from __future__ import annotations

import math
from bisect import bisect_right
from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

PERCENTILES = (10, 25, 50, 75, 90, 95, 99)
MOST_BARS = 24
LEAST_RANGE = 0.01  # seconds, that the bars cover in any case
ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Return count, mean, percentiles, extremes and the histogram: [from, to, how many], the last up to the largest."""
    ordered = sorted(values)
    if not ordered:
        return {"count": 0, "histogram": []}
    percentiles = {f"p{percent}": round(percentile(ordered, percent), 3) for percent in PERCENTILES}
    return {
        "count": len(ordered),
        "mean": round(fmean(ordered), 3),
        "least": ordered[0],
        **percentiles,
        "most": ordered[-1],
        "histogram": histogram(ordered),
    }


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the value below which so many percent lie, between two neighbours in proportion."""
    place = (len(ordered) - 1) * percent / 100
    lower = ordered[math.floor(place)]
    return lower + (ordered[math.ceil(place)] - lower) * (place % 1)


def histogram(ordered: Sequence[float]) -> list[list[float]]:
    """Return bars of one width, up to the 95th percentile; what lies beyond is in a last one."""
    end = percentile(ordered, 95)
    width = step(max(end - ordered[0], LEAST_RANGE) / MOST_BARS)
    bounds = [round(number * width, 9) for number in range(math.floor(ordered[0] / width), math.floor(end / width) + 2)]
    places = [bisect_right(ordered, bound) for bound in bounds]
    places[0] = 0
    bars = [[low, high, to - of] for low, high, of, to in zip(bounds, bounds[1:], places, places[1:], strict=False)]
    beyond = len(ordered) - places[-1]
    return [*bars, [bounds[-1], ordered[-1], beyond]] if beyond else bars


def step(least: float) -> float:
    """Return the next round number that is not smaller."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in ROUND if factor * power >= least * (1 - 1e-9))
