"""Shows how far the run is: live in a terminal, else a line now and then."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals

from jdp.extensions.watch import looked
from jdp.items import Report
from jdp.monitoring.display import Display
from jdp.monitoring.drawing import Picture
from jdp.monitoring.progress import Progress
from jdp.runs.run import Run
from jdp.utils.text import ROUTINE

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.monitoring.status import Status
    from jdp.monitoring.timeline import Timeline

LAST = 5  # vehicles that are shown

logger = logging.getLogger(__name__)


class ShowProgress:
    """Draws what the watch sees; the line is in the log in any case."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.last: deque[Report] = deque(maxlen=LAST)
        self.display: Display | None = None
        self._said = 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        progress = cls(Run.of(crawler).config.progress_seconds)
        crawler.signals.connect(progress.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(progress.item_scraped, signal=signals.item_scraped)
        crawler.signals.connect(progress.looked, signal=looked)
        return progress

    def spider_opened(self) -> None:
        self.display = Display.if_possible()
        if self.display is not None:
            self.display.start()

    def item_scraped(self, item: Any) -> None:
        if isinstance(item, Report):
            self.last.append(item)

    def looked(self, moment: Status, timeline: Timeline) -> None:
        """Show a moment."""
        progress = Progress.of(moment, timeline)
        if self.display is not None:
            try:
                self.display.show(Picture(progress, self.last))
            except OSError:  # the terminal was closed; the crawl goes on
                self.close()
        if timeline.seconds - self._said >= self.seconds:
            self._said = timeline.seconds
            logger.info("%s", progress.line(), extra={ROUTINE: True})

    def close(self) -> None:
        """Give the terminal back; once is enough, more does no harm."""
        display, self.display = self.display, None
        if display is not None:
            display.stop()
