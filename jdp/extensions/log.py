"""Opens the run's log and closes its ledger and JOBDIR when nobody needs them any more."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Self

from scrapy import signals

from jdp.runs.run import Run
from jdp.utils.text import HarmlessFormatter

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class RunLog(logging.FileHandler):
    """The log in the run folder. On a full disk it lacks lines; the console has them, without a traceback for each."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


class Logs:
    """Holds the run for the time of the crawl. Built before the scheduler, stopped after everything else."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.crawler = crawler
        self.run = run
        self._log = RunLog(run.data / "run.log", encoding="utf-8")
        self._log.setLevel(crawler.settings["LOG_LEVEL"])
        self._log.setFormatter(HarmlessFormatter(crawler.settings["LOG_FORMAT"], crawler.settings["LOG_DATEFORMAT"]))
        logging.getLogger().addHandler(self._log)
        if crawler.settings["LOG_LEVEL"] != "DEBUG":
            # Its warnings say with a traceback what our own errors say in a sentence.
            logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = Run.of(crawler)
        job = cls(crawler, run)
        crawler.signals.connect(job.engine_stopped, signal=signals.engine_stopped)
        return job

    def engine_stopped(self) -> None:
        stats = self.crawler.stats
        lost = stats.get_value("jdp/reports_lost", 0) + stats.get_value("spider_exceptions/count", 0)
        reason = stats.get_value("finish_reason")
        self.run.close(clean=reason is not None and not lost, finished=reason == "finished")
        logging.getLogger().removeHandler(self._log)
        self._log.close()
