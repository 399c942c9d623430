"""How far a run is and how long it will take still, at one moment; and the line that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jdp.monitoring.status import Status
    from jdp.monitoring.timeline import Timeline

RECENT_SECONDS = 60.0  # of work, that the rate is taken from
ENOUGH = 5  # vehicles, before anything is said about the rest


@dataclass(frozen=True)
class Progress:
    """A moment with what the time before it tells; `left` is in seconds, None when nothing can be said yet."""

    moment: Status
    seconds: float
    a_minute: float | None
    left: float | None

    @classmethod
    def of(cls, moment: Status, timeline: Timeline) -> Progress:
        """Hold a moment against the time before it."""
        rate = timeline.rate(RECENT_SECONDS) if timeline.vehicles >= ENOUGH else None
        open_ = moment.total - moment.done
        left = open_ / rate if rate and open_ and not moment.waiting else None
        return cls(moment, timeline.seconds, rate * 60 if rate else None, left)

    def line(self) -> str:
        """Return it in one line of ASCII, the same fields in the same order each time."""
        moment = self.moment
        return (
            f"Progress: done={moment.done} total={moment.total} failed={moment.failed} unproven={moment.unproven}"
            f" a_minute={_number(self.a_minute)} left={_number(self.left)} way={moment.way.replace(' ', '_')}"
            f" at_once={moment.at_once} state={ascii(moment.state)[1:-1]}"
        )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
