"""The logs of a run: the file in its folder, and the console, whose lines do nothing to a terminal."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.utils.log import get_scrapy_root_handler

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
    """Keeps run.log for the time of the crawl, and makes every log harmless to whoever reads it."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._formatter = HarmlessFormatter(crawler.settings["LOG_FORMAT"], crawler.settings["LOG_DATEFORMAT"])
        self._log = RunLog(run.data / "run.log", encoding="utf-8")
        self._log.setLevel(crawler.settings["LOG_LEVEL"])
        self._log.setFormatter(self._formatter)
        logging.getLogger().addHandler(self._log)
        if crawler.settings["LOG_LEVEL"] != "DEBUG":
            # Its warnings say with a traceback what our own errors say in a sentence.
            logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = Run.of(crawler)
        logs = cls(crawler, run)
        crawler.signals.connect(logs.spider_opened, signal=signals.spider_opened)
        return logs

    def spider_opened(self) -> None:
        """Give Scrapy's own handler, the console's or LOG_FILE's, the same formatter: it is set up after extensions."""
        handler = get_scrapy_root_handler()
        if handler is not None:
            handler.setFormatter(self._formatter)

    def close(self) -> None:
        """Close run.log."""
        logging.getLogger().removeHandler(self._log)
        self._log.close()
