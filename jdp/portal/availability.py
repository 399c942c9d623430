"""Whether the portal is there at all. While it is away everything waits, and nothing that failed by it counts."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from scrapy import Request

from jdp.engine.closing import is_closing, pause, stop_run, telling, until
from jdp.engine.plain import straight
from jdp.exceptions import EngineClosingError, PortalUnreachableError
from jdp.portal.addresses import login_url
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.config.config import Config

PROBE_SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
FIRST_SERVER_ERROR = 500

logger = logging.getLogger(__name__)


class Availability:
    """Asks the portal for its first page when something failed, and waits until it answers again."""

    def __init__(self, crawler: Crawler, config: Config) -> None:
        self.crawler = crawler
        self.config = config
        self.count = 0
        self._waiting: asyncio.Task[bool] | None = None

    async def over(self) -> None:
        """Return once nothing is waited for; raises as `waited_out` does."""
        if self._waiting is not None:
            await self.waited_out()

    async def waited_out(self) -> bool:
        """Tell whether the portal was away; True comes when it is back.

        One asks and waits for all. Raises PortalUnreachableError after PORTAL_WAIT seconds, and EngineClosingError.
        """
        if is_closing(self.crawler):
            raise EngineClosingError("the run is being stopped")
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._wait())
            self._waiting.add_done_callback(self._done)
        return await until(self.crawler, asyncio.shield(self._waiting))

    def _done(self, waiting: asyncio.Task[bool]) -> None:
        self._waiting = None
        if not waiting.cancelled():
            waiting.exception()  # those who wait have it; there may be none left

    async def _wait(self) -> bool:
        why = await self._silence()
        if why is None:
            return False
        self.count += 1
        self.crawler.stats.inc_value("jdp/outages")
        logger.warning(
            "The portal does not answer (%s): waiting for it, %.0f s at most (PORTAL_WAIT; Ctrl-C ends the wait)",
            why,
            self.config.portal_wait,
        )
        with telling(self.crawler, "the portal does not answer"):
            await self._wait_for_answer(time.monotonic(), why)
        return True

    async def _wait_for_answer(self, began: float, why: str | None) -> None:
        nap = FIRST_PAUSE
        while why is not None:
            if time.monotonic() - began >= self.config.portal_wait:
                error = PortalUnreachableError(
                    f"The portal has not answered for {time.monotonic() - began:.0f} s (PORTAL_WAIT; {why}): "
                    "start again when it does, with the same JOBDIR"
                )
                stop_run(self.crawler, error)
                raise error
            await pause(self.crawler, min(nap, self.config.portal_wait))
            nap = min(nap * 2, LONGEST_PAUSE)
            why = await self._silence()
        logger.info("The portal answers again after %.0f s", time.monotonic() - began)

    async def _silence(self) -> str | None:
        """Ask for the portal's first page, without a session; return why there is no answer, None when there is."""
        request = Request(login_url(self.config.portal_url), meta={"download_timeout": PROBE_SECONDS})
        try:
            response = await straight(self.crawler, request)
        except Exception as error:  # noqa: BLE001 - networks fail in many ways, and each of them is silence
            self.crawler.stats.inc_value("jdp/probe_errors")
            return ascii(first_line(error))[1:-1] or type(error).__name__
        return f"HTTP {response.status}" if response.status >= FIRST_SERVER_ERROR else None
