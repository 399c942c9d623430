"""What the page is made from, as it is at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from jdp.monitoring.metrics import Metrics
    from jdp.monitoring.timeline import Timeline
    from jdp.runs.run import Run


@dataclass(frozen=True)
class Facts:
    """A run, its metrics and its timeline.

    `whole` tells whether all of the inventory was wanted; `walked` is when it was read completely before this run, in
    seconds since 1970, or None; `running` whether the run is still at work.
    """

    run: Run
    metrics: Metrics
    timeline: Timeline
    whole: bool
    walked: float | None
    running: bool
    written: dt.datetime
