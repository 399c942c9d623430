"""Fetches one after the other what it is told with jdp's download handler, and prints what came: see wire.py."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.crawler import CrawlerProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.http import Response
    from twisted.python.failure import Failure


class Fetch(scrapy.Spider):
    """Fetches `asked`, (method, address, body) each; `came` is what came."""

    name = "fetch"
    custom_settings = {  # noqa: RUF012 - Scrapy's way
        "DOWNLOAD_HANDLERS": {"http": "jdp.engine.handler.DownloadHandler"},
        "DOWNLOADER_MIDDLEWARES": json.loads(sys.argv[2]),
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "DEFAULT_REQUEST_HEADERS": {"Accept-Encoding": "gzip"},
        "DOWNLOAD_TIMEOUT": 60,
        "HTTPERROR_ALLOW_ALL": True,
        "LOG_LEVEL": "ERROR",
        "REDIRECT_ENABLED": False,
        "RETRY_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
    }

    def __init__(self) -> None:
        super().__init__()
        self.asked = json.loads(sys.argv[1])
        self.came: list[dict[str, Any]] = []

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for request in self.next():
            yield request

    def next(self) -> Iterator[scrapy.Request]:
        if self.asked:
            method, url, body = self.asked.pop(0)
            yield scrapy.Request(url, method=method, body=body, errback=self.failed, dont_filter=True)

    def parse(self, response: Response) -> Iterator[scrapy.Request]:
        headers = {
            name.decode("latin-1"): [value.decode("latin-1") for value in values]
            for name, values in response.headers.items()
        }
        self.came.append({"status": response.status, "body": response.body.decode("latin-1"), "headers": headers})
        yield from self.next()

    def failed(self, failure: Failure) -> Iterator[scrapy.Request]:
        self.came.append({"error": f"{type(failure.value).__name__}: {failure.value}"})
        yield from self.next()

    def closed(self, reason: str) -> None:  # noqa: ARG002 - Scrapy's name
        print(json.dumps(self.came))  # noqa: T201


if __name__ == "__main__":
    process = CrawlerProcess()
    process.crawl(Fetch)
    process.start()
