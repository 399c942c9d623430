"""Percentiles and bars of how long vehicles took."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdp.monitoring.distribution import MOST_BARS, percentile, spread, step

SECONDS = st.lists(st.floats(0, 500), min_size=1, max_size=300)


@given(SECONDS)
def test_bars_hold_every_value_once_and_in_its_place(values: list[float]) -> None:
    bars = spread(values)["histogram"]
    assert sum(count for *_, count in bars) == len(values)
    assert len(bars) <= MOST_BARS + 3
    assert all(low < high for low, high, _ in bars)
    for low, high, count in bars[1:]:
        assert count == sum(low < value <= high for value in values)


@given(SECONDS)
def test_percentiles_go_up_within_the_extremes(values: list[float]) -> None:
    found = spread(values)
    ladder = [found["least"], *(found[f"p{percent}"] for percent in (10, 25, 50, 75, 90, 95, 99)), found["most"]]
    assert all(low <= high + 0.001 for low, high in pairwise(ladder))
    assert found["count"] == len(values)


def test_percentile_lies_between_two_neighbours() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 50) == 2.5
    assert percentile([7.0], 99) == 7.0


def test_spread_of_nothing() -> None:
    assert spread([]) == {"count": 0, "histogram": []}


@pytest.mark.parametrize(("least", "rounded"), [(0.0031, 0.005), (1, 1), (1.01, 2), (2.2, 2.5), (40, 50), (51, 100)])
def test_step_is_the_next_round_number(least: float, rounded: float) -> None:
    assert step(least) == pytest.approx(rounded)
