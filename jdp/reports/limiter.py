"""Doors that let so many through at once: tabs that open vehicles, reports that are being made."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from jdp.engine.closing import until
from jdp.exceptions import PortalBusyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from scrapy.crawler import Crawler

    from jdp.reports.throttle import Throttle


class Limiter:
    """Lets in as many at once as it may, in the order of coming; nobody while the site wants a rest.

    A gate may stand before another one, `following`: when a full load waits there already, nobody is let in here.
    """

    def __init__(
        self, crawler: Crawler, throttle: Throttle, limit: Callable[[], int], following: Limiter | None = None
    ) -> None:
        self.crawler = crawler
        self.throttle = throttle
        self.limit = limit
        self.inside = 0
        self.admitted = 0  # in all
        self.following = following
        self.before: Limiter | None = None
        if following is not None:
            following.before = self
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Wait to be let in; raises EngineClosingError when the run ends first."""
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(admitted)
        self.admit()
        began = self.throttle.begin()
        try:
            await until(self.crawler, admitted)
            began = self.throttle.begin()
            yield
        except PortalBusyError as error:
            self.throttle.trouble(began, error.retry_after)
            raise
        finally:
            if admitted.cancelled():
                self._waiting.remove(admitted)
            else:
                self.inside -= 1
            self.admit()

    def admit(self) -> None:
        """Let in whoever may."""
        while self._waiting and self.inside < self.limit() and not (self.following and self.following.is_crowded):
            if self.throttle.rest:
                self._admit_later(self.throttle.rest)
                return
            self.inside += 1
            self.admitted += 1
            self._waiting.popleft().set_result(None)
        if self.before is not None:
            self.before.admit()

    @property
    def is_crowded(self) -> bool:
        """Whether a full load waits to be let in."""
        return len(self._waiting) >= self.limit()

    def _admit_later(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.admit)


class ReportLimiter(Limiter):
    """As many reports under way as the throttle says, which learns from each of them."""

    def __init__(self, crawler: Crawler, throttle: Throttle) -> None:
        super().__init__(crawler, throttle, lambda: throttle.limit)

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        async with super().entered():
            began, admitted = self.throttle.begin(), self.admitted
            alone, full = self.inside == 1, self.inside >= self.limit()
            yield
            if full and self.inside >= self.limit():  # from its begin to its end, as far as one sees
                self.throttle.ended(began)
            elif alone and self.admitted == admitted:
                self.throttle.ended_alone(began)
