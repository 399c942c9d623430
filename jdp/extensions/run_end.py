"""The end of a run: display, checks, manifest.csv, metrics.json, report.html, the message, then its ledger and log."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Self

from scrapy import signals

from jdp.extensions.log import Logs
from jdp.extensions.page import RunPage
from jdp.extensions.progress import ShowProgress
from jdp.extensions.watch import Watch
from jdp.monitoring.end_table import table
from jdp.monitoring.metrics import INCOMPLETE, metrics_of
from jdp.monitoring.run_checks import RunChecks
from jdp.monitoring.timeline import Timeline
from jdp.runs.lists import manifest_of
from jdp.runs.run import Run
from jdp.utils.files import write_atomically

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.monitoring.metrics import Metrics

logger = logging.getLogger(__name__)


class RunEnd:
    """Does, in this order: show, check, write, tell, close."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.crawler = crawler
        self.run = run
        self.began = time.monotonic()
        self.checks = RunChecks(crawler.stats, run)
        self.text = ""
        self.exit_status = INCOMPLETE  # what a run comes to that is cut off before its balance

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        end = cls(crawler, Run.of(crawler))
        crawler.signals.connect(end.engine_stopped, signal=signals.engine_stopped)
        return end

    async def engine_stopped(self) -> None:
        """End the run. The session is logged out by now: that is done when the spider closes."""
        if progress := self.crawler.get_extension(ShowProgress):
            progress.close()  # its display is gone before anything is told
        if watch := self.crawler.get_extension(Watch):
            watch.stop()
        try:
            self.tell()
            await self.checks.send()
        finally:
            self._release()

    def _release(self) -> None:
        """Close ledger and JOBDIR, which nobody reads any more, then the log."""
        stats = self.crawler.stats
        lost = stats.get_value("jdp/reports_lost", 0) + stats.get_value("spider_exceptions/count", 0)
        reason = stats.get_value("finish_reason")
        self.run.close(clean=reason is not None and not lost, finished=reason == "finished")
        if logs := self.crawler.get_extension(Logs):
            logs.close()

    def tell(self) -> None:
        """Check the run, write its files and its last page, log the result; also after a second Ctrl-C."""
        metrics = self.measure()
        metrics.add_checks(self.checks.run_all(metrics))
        self.exit_status = metrics.exit_status
        self.text = table(metrics, self.run)
        watch = self.crawler.get_extension(Watch)
        timeline = watch.timeline if watch is not None else Timeline()
        metrics.add_course(self.run.ledger, self.run.started.timestamp(), timeline)
        metrics.stats = dict(self.crawler.stats.get_stats())
        self._write("metrics.json", json.dumps(asdict(metrics), indent=2, default=str).encode())
        self._write("manifest.csv", manifest_of(self.run.ledger))
        if page := self.crawler.get_extension(RunPage):
            page.finish(metrics, timeline)
        if metrics.unproven:
            logger.warning(
                "%d reports name no vehicle beside a known label (REPORT_LABELS): they are in %s, look at them",
                metrics.unproven,
                self.run.data / "unproven",
            )
        logger.info(
            "Result: exit_status=%(exit_status)d reason=%(finish_reason)s inventory=%(inventory)d stored=%(stored)d "
            "already=%(already)d unproven=%(unproven)d failed=%(failed)d gone=%(gone)d open=%(open)d "
            "seconds=%(seconds).1f",
            vars(metrics),
        )

    def _write(self, name: str, data: bytes) -> None:
        try:
            write_atomically(self.run.data / name, data)
        except OSError as error:  # on Windows a file that is open in Excel, say
            logger.error("%s could not be written (%s): close it where it is open and run again", name, error)  # noqa: TRY400

    def measure(self) -> Metrics:
        """Return what the run has come to by now."""
        return metrics_of(self.crawler, self.run, time.monotonic() - self.began)
