"""The portal as the crawl talks to it about one vehicle: a tab that asks, a plain request that fetches."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy_playwright.page import PageMethod

from jdp.exceptions import JdpError, ReportError
from jdp.pages.base import first_line, outcome_of
from jdp.pages.vehicle import Ask, ask_for_report, ask_for_two

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from jdp.config import Config
    from jdp.items import Vehicle

FETCH = "report_fetch"  # request meta: a login form here restarts the vehicle, its address is the old session's
CAPTURE = "capture"  # request meta: the tab learns what would open in a new one
MAX_RETRY_AFTER = 120.0  # seconds
OK = 200
# Scrapy's own texts name the exception inside, not what happened.
FAILURES: dict[type[Exception], str] = {
    DownloadTimeoutError: "no complete answer in time (REPORT_TIMEOUT)",
    DownloadCancelledError: "the answer is larger than any report",
    DownloadConnectionRefusedError: "the portal refuses connections",
    ResponseDataLossError: "the connection was cut before the end",
}


class Portal:
    """Sends what a vehicle needs through the session's middleware; knows nothing of turns, proofs and files."""

    def __init__(self, crawler: Crawler, config: Config) -> None:
        self.crawler = crawler
        self.config = config

    async def ask(self, vehicle: Vehicle, deadline: float, *, alone: bool) -> Ask:
        """Learn the address of a vehicle's report in a tab of its own; raises PageError."""
        result = await self._in_tab(vehicle, PageMethod(ask_for_report, vehicle, deadline, alone=alone), deadline)
        assert isinstance(result, Ask)
        return result

    async def ask_two(self, first: Vehicle, second: Vehicle, deadline: float) -> tuple[Ask | JdpError, ...]:
        """Open two vehicles, then ask for both; raises PageError."""
        result: tuple[Ask | JdpError, ...] = await self._in_tab(
            first, PageMethod(ask_for_two, first, second, deadline), deadline
        )
        return result

    async def _in_tab(self, vehicle: Vehicle, method: PageMethod, deadline: float) -> Any:
        request = Request(
            vehicle.href or self.config.inventory_url,
            meta={
                "playwright": True,
                "playwright_page_methods": [method],
                "playwright_page_goto_kwargs": {
                    "wait_until": "domcontentloaded",
                    "timeout": max(1.0, deadline - time.monotonic()) * 1000,
                },
                CAPTURE: True,
                "dont_retry": True,
            },
            dont_filter=True,
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except JdpError:
            raise
        except Exception as error:  # noqa: BLE001 - a browser and a network fail in many ways: one failed try
            self.crawler.stats.inc_value(f"jdp/tab_errors/{type(error).__name__}")
            raise ReportError(f"the tab failed: {first_line(error)}") from None
        return outcome_of(response).result()

    async def fetch(self, ask: Ask, deadline: float) -> bytes:
        """Fetch a report with the session's cookies; raises ReportError or SessionExpiredError."""
        if not same_site(self.config.portal_url, ask.url):
            raise ReportError(f"the report's address is on another host ({urlsplit(ask.url).netloc}): refused")
        headers = {"Referer": ask.referer}
        if ask.body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        request = Request(ask.url, method=ask.method, body=ask.body, headers=headers, dont_filter=True)
        request.meta.update(
            {FETCH: True, "dont_retry": True, "download_timeout": max(0.5, deadline - time.monotonic())}
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except JdpError:
            raise
        except Exception as error:  # noqa: BLE001 - time-outs, resets, cut connections: one failed try each
            self.crawler.stats.inc_value(f"jdp/fetch_errors/{type(error).__name__}")
            raise ReportError(f"fetching the report failed: {FAILURES.get(type(error), first_line(error))}") from None
        if response.status != OK:
            raise ReportError(f"the report's address answered HTTP {response.status}", retry_after(response))
        return response.body


def retry_after(response: Response) -> float:
    """Return the seconds that a Retry-After header asks for, bounded; 0 without one."""
    value = (response.headers.get("Retry-After") or b"").decode("ascii", "replace").strip()
    if not value:
        return 0.0
    if value.isdigit():
        return min(float(value), MAX_RETRY_AFTER)
    try:
        seconds = parsedate_to_datetime(value).timestamp() - time.time()
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def same_site(url: str, location: str) -> bool:
    """Tell whether an address stays on the host; the only other scheme it may change to is https."""
    here, there = urlsplit(url), urlsplit(urljoin(url, location))
    return here.netloc == there.netloc and there.scheme in (here.scheme, "https")
