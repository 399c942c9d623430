"""Keeps run_data/tracking.json (reference -> file name or null) at most 5 s old, for whoever looks at it."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.utils.asyncio import run_in_thread

from jdp.engine.private import schedule
from jdp.extensions.watch import looked
from jdp.runs.lists import write_tracking
from jdp.runs.run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

EVERY_SECONDS = 5.0

logger = logging.getLogger(__name__)


class Tracking:
    """Writes the file from the ledger in a thread, when something has changed."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._changed = True
        self._due = 0.0
        self._writing = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        tracking = cls(Run.of(crawler))
        crawler.signals.connect(tracking.looked, signal=looked)
        crawler.signals.connect(tracking.changed, signal=signals.item_scraped)
        crawler.signals.connect(tracking.changed, signal=signals.request_scheduled)
        crawler.signals.connect(tracking.spider_closed, signal=signals.spider_closed)
        return tracking

    def changed(self) -> None:
        self._changed = True

    def looked(self) -> None:
        """Write, when it is time."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + EVERY_SECONDS
            schedule(self._write())

    async def spider_closed(self) -> None:
        self._due = float("inf")
        self._changed = True
        await self._write()

    async def _write(self) -> None:
        async with self._writing:
            if self._changed:
                self._changed = False
                try:
                    await run_in_thread(write_tracking, self.run.data, self.run.ledger.path)
                except OSError as error:  # on Windows a file that somebody has open
                    self._changed = True
                    logger.warning("tracking.json could not be written (%s): trying again", error)
