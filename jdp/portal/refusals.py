"""What the portal says to the run as a whole: refusals in a row, or the same strange page again and again.

A firewall in front of the portal answers 403 to everybody, maintenance may come as an ordinary page. Neither is a
vehicle's own failure. A vehicle that meets one is asked for once more at no cost; one that meets it again though
others came through in between has a failure of its own. When several vehicles meet the same without a report in
between, one request at a time goes out, after growing pauses, until one comes through or it has taken too long.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from jdp.engine.closing import pause, stop_run, telling, until
from jdp.exceptions import JdpError, PortalBusyError, PortalRefusesError, PortalUnreachableError, StopRunError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler

    from jdp.config.config import Config

IN_A_ROW = 3  # before they are taken as the portal's word to the run; a busy portal may send that many at once
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
REFUSED_ROUNDS = 5  # of one try each, between pauses of 1, 2, 4, 8 and 16 s: a firewall that is asked on and on bans

logger = logging.getLogger(__name__)


class Refusals:
    """Tells the portal's word to the run from a vehicle's own failure; `count` is how often it was the run's."""

    def __init__(self, crawler: Crawler, config: Config) -> None:
        self.crawler = crawler
        self.config = config
        self.count = 0
        self._came = 0  # reports that came through
        self._struck: dict[str, int] = {}  # who met a refusal -> what had come through by then
        self._row: list[str] = []  # who met the same since a report last came through
        self._said = ""
        self._since: float | None = None  # while one at a time goes out
        self._rounds = 0
        self._page = False
        self._one = asyncio.Lock()

    def came_through(self) -> None:
        """Note a report: the portal refuses nobody in general."""
        self._came += 1
        self._row.clear()
        if self._since is not None:
            logger.info("The portal lets requests through again after %.0f s", time.monotonic() - self._since)
            self._since = None
            self._struck.clear()

    async def met(self, who: str, error: JdpError) -> bool:
        """Tell whether a failure is asked for again at no cost; raises EngineClosingError."""
        said = error.refused or error.instead
        if not said:
            return False
        if self._since is not None:
            return True
        if self._struck.setdefault(who, self._came) < self._came:
            return False
        if said != self._said:
            self._said = said
            self._row.clear()
        again = who in self._row
        self._row.append(who)
        others = len({*self._row}) > 1
        if others and len(self._row) >= self._most(error):
            self._begin(error)
        elif again and not others:
            return False
        else:
            await pause(self.crawler, FIRST_PAUSE)
        return True

    def _most(self, error: JdpError) -> int:
        return 2 * self.config.concurrency + IN_A_ROW if isinstance(error, PortalBusyError) else IN_A_ROW

    def _begin(self, error: JdpError) -> None:
        self.count += 1
        self._since, self._rounds = time.monotonic(), 0
        self.crawler.stats.inc_value("jdp/refusals" if error.refused else "jdp/outages")
        self._page = not error.refused
        if self._page:
            logger.warning(
                "The portal shows the page %a in place of its own: waiting for it, %.0f s at most (PORTAL_WAIT; "
                "Ctrl-C ends the wait)",
                self._said,
                self.config.portal_wait,
            )
        else:
            logger.warning("The portal refuses one request after the other (%s): trying now and then", self._said)

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Let everybody through, but one at a time, after a pause, while the portal refuses; raises StopRunError."""
        if self._since is None:
            yield
            return
        acquired = asyncio.ensure_future(self._one.acquire())
        try:
            await until(self.crawler, acquired)
            if self._since is not None:
                await self._rest()
                yield
                return
        finally:
            if acquired.done() and not acquired.cancelled():  # also when the wait ended in the same moment
                self._one.release()
        yield

    async def met_by_all(self, error: JdpError) -> None:
        """Wait after a refusal that concerns everybody, as that of a login; raises as `passing` does."""
        if self._since is None:
            self._said = error.refused or error.instead
            self._begin(error)
        async with self.passing():
            pass

    async def _rest(self) -> None:
        """Pause before the next try; raises StopRunError when there were enough of them."""
        waited = time.monotonic() - (self._since or 0.0)
        tried_enough = not self._page and self._rounds >= REFUSED_ROUNDS
        if tried_enough or waited >= self.config.portal_wait:
            error = self._enough(waited)
            stop_run(self.crawler, error)
            raise error
        nap = min(FIRST_PAUSE * 2**self._rounds, LONGEST_PAUSE, self.config.portal_wait)
        self._rounds += 1
        with telling(self.crawler, "the portal shows another page" if self._page else "the portal refuses"):
            await pause(self.crawler, nap)

    def _enough(self, waited: float) -> StopRunError:
        if self._page:
            return PortalUnreachableError(
                f"The portal has shown the page {self._said!a} in place of its own for {waited:.0f} s "
                "(PORTAL_WAIT): start again when it works, with the same JOBDIR"
            )
        return PortalRefusesError(
            f"The portal refuses one request after the other ({self._said}, for {waited:.0f} s, in tabs or without): "
            "a firewall in front of it or a limit of the account. Start again later, with the same JOBDIR"
        )
