"""Writes run_data/report.html: while the run goes on, for an office that looks in, and when all is known at its end."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import logging
import time
from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.utils.asyncio import run_in_thread

from jdp.engine.private import schedule
from jdp.extensions.watch import looked
from jdp.monitoring.metrics import metrics_of
from jdp.monitoring.page.facts import Facts
from jdp.monitoring.page.render import render
from jdp.runs.ledger import Ledger
from jdp.runs.run import Run
from jdp.utils.files import write_atomically

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.monitoring.metrics import Metrics
    from jdp.monitoring.timeline import Timeline

EVERY_SECONDS = 60.0
SHARE = 50  # of the time, at most, goes into pages of a run that is still at work: one part in so many

logger = logging.getLogger(__name__)


class RunPage:
    """Renders the page in a thread while the run goes on; for the last time itself."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.crawler = crawler
        self.run = run
        self.path = run.data / "report.html"
        walked = run.ledger.fact("walked")
        self.walked = float(walked) if walked else None
        self._due = 0.0
        self._writing = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        page = cls(crawler, Run.of(crawler))
        crawler.signals.connect(page.looked, signal=looked)
        crawler.signals.connect(page.spider_closed, signal=signals.spider_closed)
        return page

    def looked(self, timeline: Timeline) -> None:
        """Write the page of a run at work, when it is time."""
        if time.monotonic() >= self._due and not self._writing.locked():
            metrics = metrics_of(self.crawler, self.run, timeline.seconds)
            schedule(self._write(self._facts(metrics, copy.deepcopy(timeline), running=True)))

    async def _write(self, facts: Facts) -> None:
        async with self._writing:
            began = time.monotonic()
            await run_in_thread(self._write_anew, facts)
            now = time.monotonic()
            self._due = max(self._due, now + max(EVERY_SECONDS, SHARE * (now - began)))

    def _write_anew(self, facts: Facts) -> None:
        """Write over a connection of its own: SQLite's stay with the thread that made them."""
        ledger = Ledger(self.run.ledger.path)
        try:
            facts.metrics.add_course(ledger, self.run.started.timestamp(), facts.timeline)
            self._render(facts, ledger)
        finally:
            ledger.close()

    async def spider_closed(self) -> None:
        """Let the thread come to its end: the page that is written then must not come after the last one."""
        self._due = float("inf")
        async with self._writing:
            pass

    def finish(self, metrics: Metrics, timeline: Timeline) -> None:
        """Write the page for good."""
        self._render(self._facts(metrics, timeline, running=False), self.run.ledger)

    def _facts(self, metrics: Metrics, timeline: Timeline, *, running: bool) -> Facts:
        inventory = getattr(self.crawler.spider, "inventory", None)
        whole = inventory is None or (inventory.wanted is None and not inventory.limit)
        written = dt.datetime.now().astimezone()
        return Facts(self.run, metrics, timeline, whole, self.walked, running, written)

    def _render(self, facts: Facts, ledger: Ledger) -> None:
        try:
            write_atomically(self.path, render(facts, ledger))
        except OSError as error:
            logger.error("report.html could not be written: %s", error)  # noqa: TRY400 - the sentence says it all
