"""Scrapy's downloader, with a limit that counts what came out of the queue."""

from __future__ import annotations

from scrapy.core.downloader import Downloader as ScrapyDownloader

from jdp.meta import INSIDE


class Downloader(ScrapyDownloader):
    """Lets twice CONCURRENT_REQUESTS out of the queue: as many vehicles at work, and as many on the next step.

    Scrapy counts the requests that a vehicle's own request makes, too, so that half of the tabs would stand idle; and
    it does not count vehicles whose report is still on its way to the disk.
    """

    def needs_backout(self) -> bool:
        slot = self.crawler.engine._slot  # noqa: SLF001 - Scrapy's only list of what is not at its end
        assert slot is not None, "the engine asks only while a spider is open"
        return sum(INSIDE not in request.meta for request in slot.inprogress) >= 2 * self.total_concurrency
