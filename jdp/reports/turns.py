"""Who may work on a vehicle at this moment.

Until it is known whether the site binds a report to its vehicle or to what its session opened last, one vehicle
goes at a time from opening to PDF in hand; a proof that addresses are bound frees the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

from jdp.engine.closing import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from scrapy.crawler import Crawler

    from jdp.items import Vehicle
    from jdp.portal.recording import ReportRequest

T = TypeVar("T")
logger = logging.getLogger(__name__)

MIX_UPS_TOLERATED = 3
FORGIVEN_AFTER = 10  # right reports in a row
EXPERIMENTS = 3


class Binding(Enum):
    """What a report's address is bound to."""

    UNKNOWN = "not known yet"
    VEHICLE = "the vehicle"
    SESSION = "the session's current vehicle"


@dataclass(frozen=True)
class Given(Generic[T]):
    """What an experiment brought for its second vehicle: an answer, where to fetch it, or nothing."""

    answer: T | None = None
    ask: ReportRequest | None = None


@dataclass(eq=False)
class Turn(Generic[T]):
    """Leave to begin. `alone`: nobody else works; `given`: another vehicle's work already brought this.

    `free` tells whether the vehicle needs no tab at this moment, and so waits for nobody's.
    """

    vehicle: Vehicle
    free: Callable[[], bool] = lambda: False
    alone: bool = False
    given: Given[T] | None = None
    started: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def start(self, *, alone: bool = False, given: Given[T] | None = None) -> None:
        """Let the waiting vehicle begin, unless it has given up waiting."""
        self.alone, self.given = alone, given
        if not self.started.done():
            self.started.set_result(None)


class Turns(Generic[T]):
    """Hands out turns: one at a time while the binding is unknown or the session's, else freely.

    Nobody works beside one that is alone, so those behind it wait for it, whatever they need.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.binding = Binding.UNKNOWN
        self._opening = asyncio.Lock()
        self.opens_alone = False
        self._waiting: deque[Turn[T]] = deque()
        self._begun: set[Turn[T]] = set()
        self._mix_ups = 0
        self._right = 0
        self._experiments = 0

    @asynccontextmanager
    async def turn(self, vehicle: Vehicle, free: Callable[[], bool] = lambda: False) -> AsyncIterator[Turn[T]]:
        """Wait for leave to work on a vehicle; raises EngineClosingError when the run ends first."""
        turn: Turn[T] = Turn(vehicle, free)
        self._waiting.append(turn)
        self.look()
        try:
            await until(self.crawler, turn.started)
            yield turn
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)
            self._begun.discard(turn)
            self.look()

    @asynccontextmanager
    async def opening_alone(self) -> AsyncIterator[None]:
        """Wait until no other tab opens a vehicle; raises EngineClosingError when the run ends first."""
        acquired = asyncio.ensure_future(self._opening.acquire())
        try:
            await until(self.crawler, acquired)
            yield
        finally:
            if acquired.done() and not acquired.cancelled():  # also when the wait ended in the same moment
                self._opening.release()

    def look(self) -> None:
        """Let those begin that may; to be called when somebody may have become free."""
        while self._waiting:
            beside = self.binding is Binding.VEHICLE or self._waiting[0].free()
            if self.binding is not Binding.VEHICLE and any(turn.alone or not beside for turn in self._begun):
                return
            self._begin(self._waiting.popleft(), alone=not beside)

    def _begin(self, turn: Turn[T], *, alone: bool) -> None:
        self._begun.add(turn)
        turn.start(alone=alone)

    def partner(self) -> Turn[T] | None:
        """Take the next waiting vehicle for an experiment; the caller starts its turn with what came of it."""
        if self.binding is not Binding.UNKNOWN or not self._waiting or self._waiting[0].free():
            return None
        return self._waiting.popleft()

    def found(self, binding: Binding, why: str) -> None:
        """Note what addresses are bound to."""
        if binding is self.binding:
            return
        logger.info("Reports belong to %s (%s): %s", binding.value, why, _pace(binding))
        self.binding = binding
        self.crawler.stats.set_value("jdp/binding", binding.name.lower())
        self.look()

    def experimented(self) -> None:
        """Note an experiment; after a few that showed nothing the run stays with one vehicle at a time."""
        self._experiments += 1
        if self.binding is Binding.UNKNOWN and self._experiments >= EXPERIMENTS:
            self.found(Binding.SESSION, "taken so after experiments that failed")

    def open_alone(self) -> None:
        """Note that opening a vehicle in one tab changes what another tab shows."""
        if not self.opens_alone:
            self.opens_alone = True
            logger.info("Tabs change each other's vehicle: they open one at a time")

    def mixed_up(self, other: str) -> None:
        """Note that a report was `other`'s; several of vehicles at work mean that the site is not as it was shown."""
        self._right = 0
        if other not in {turn.vehicle.reference for turn in self._begun} or self.binding is not Binding.VEHICLE:
            return
        self._mix_ups += 1
        if self._mix_ups < MIX_UPS_TOLERATED:
            return
        self._mix_ups = 0
        if self.opens_alone:
            logger.warning("Reports are still mixed up between tabs: one vehicle at a time from here on")
            self.found(Binding.SESSION, "reports were mixed up")
        self.open_alone()

    def proven(self) -> None:
        """Note a right report: enough of them in a row, and mix-ups are forgotten."""
        self._right += 1
        if self._right >= FORGIVEN_AFTER:
            self._mix_ups = 0


def _pace(binding: Binding) -> str:
    return "tabs work side by side" if binding is Binding.VEHICLE else "one vehicle at a time"
