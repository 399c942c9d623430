"""Counts, inside a crawl under test, how many vehicles are out of Scrapy's queue and not yet at their end."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scrapy import signals

from jdp.meta import VEHICLE

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings


class ProbeAddon:
    """Adds the probe to whatever extensions there are."""

    def update_settings(self, settings: BaseSettings) -> None:
        settings["EXTENSIONS"][Probe] = 900


class Probe:
    """Watches the engine's requests in progress each time that one comes to an end."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.most = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        probe = cls(crawler)
        crawler.signals.connect(probe.look, signal=signals.request_reached_downloader)
        crawler.signals.connect(probe.spider_closed, signal=signals.spider_closed)
        return probe

    def look(self, request: Request) -> None:  # noqa: ARG002 - the signal's arguments
        inside = self.crawler.engine._slot.inprogress
        self.most = max(self.most, sum(VEHICLE in request.meta for request in inside))

    def spider_closed(self) -> None:
        Path(os.environ["JDP_PROBE_FILE"]).write_text(json.dumps(self.most), encoding="utf-8")
