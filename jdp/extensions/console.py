"""Makes the console's log harmless: Scrapy sets that up by itself, after the extensions are built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.utils.log import get_scrapy_root_handler

from jdp.utils.text import HarmlessFormatter

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class HarmlessConsole:
    """Gives Scrapy's own log handler, the console's or LOG_FILE's, the formatter that run.log has."""

    def __init__(self, formatter: HarmlessFormatter) -> None:
        self.formatter = formatter

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        console = cls(HarmlessFormatter(crawler.settings["LOG_FORMAT"], crawler.settings["LOG_DATEFORMAT"]))
        crawler.signals.connect(console.spider_opened, signal=signals.spider_opened)
        return console

    def spider_opened(self) -> None:
        handler = get_scrapy_root_handler()
        if handler is not None:
            handler.setFormatter(self.formatter)
