"""Looks at the run each second: keeps its timeline, and tells those who show it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.utils.asyncio import create_looping_call

from jdp.items import FAILED, GONE, STORED, UNPROVEN
from jdp.monitoring.status import Status, look
from jdp.monitoring.timeline import Counters, Timeline
from jdp.runs.run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

EVERY_SECONDS = 1.0
looked = object()  # the signal: handlers may take `moment` and `timeline`
EVENTS = {
    "jdp/sessions_expired": "the session had expired and was renewed",
    "jdp/direct/learned": "reports are asked for without tabs from here on",
    "jdp/lockouts": "the account had another session open",
    "jdp/outages": "the portal did not answer",
    "jdp/refusals": "the portal refused one request after the other",
}


class Watch:
    """Samples the run's counters from the first request to the logout."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.crawler = crawler
        self.run = run
        self.timeline = Timeline()
        self._sampled = time.monotonic()
        self._events = dict.fromkeys(EVENTS, 0)
        self._moment: Status | None = None
        self._loop: Any = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        watch = cls(crawler, Run.of(crawler))
        crawler.signals.connect(watch.spider_opened, signal=signals.spider_opened)
        return watch

    def spider_opened(self) -> None:
        self._loop = create_looping_call(self.look)
        self._loop.start(EVERY_SECONDS, now=True)

    def look(self) -> None:
        """Take a sample and tell of it."""
        moment = self._moment = look(self.crawler, self.run)
        self._sample(moment)
        self.crawler.signals.send_catch_log(looked, moment=moment, timeline=self.timeline)

    def stop(self) -> None:
        """Take the last sample."""
        if self._loop is not None and self._loop.running:
            self._loop.stop()
        self._sample(self._moment)

    def _sample(self, moment: Status | None) -> None:
        now = time.monotonic()
        at_once, waiting = (moment.at_once, moment.waiting) if moment is not None else (0, "")
        self.timeline.sample(now - self._sampled, self._counters(), at_once, waiting)
        self._sampled = now
        for name, before in self._events.items():
            self._events[name] = self.crawler.stats.get_value(name, 0)
            if self._events[name] > before:
                self.timeline.note(EVENTS[name])

    def _counters(self) -> Counters:
        get = self.crawler.stats.get_value
        return Counters(
            stored=get(f"jdp/reports/{STORED}", 0),
            failed=sum(get(f"jdp/reports/{status}", 0) for status in (UNPROVEN, FAILED, GONE)),
            tries_failed=get("retry/count", 0) + get("retry/max_reached", 0) + get("jdp/direct/failed", 0),
            sessions_lost=get("jdp/sessions_expired", 0),
        )
