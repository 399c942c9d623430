"""The portal as the crawl talks to it about one vehicle: a tab that asks, plain requests that fetch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy_playwright.page import PageMethod

from jdp.engine.closing import CLOSING_SECONDS, pause, until
from jdp.engine.private import TargetClosedError
from jdp.exceptions import BrowserGoneError, JdpError, PortalBusyError, ReportError
from jdp.meta import CAPTURE, FETCH, INSIDE, RECORD
from jdp.portal.addresses import host_of, inventory_url, same_site
from jdp.portal.login_form import page_instead
from jdp.portal.pages.vehicle import ask_for_report, ask_for_two
from jdp.portal.recording import RecordedRequest, ReportRequest
from jdp.portal.responses import BUSY, refusal, retry_after
from jdp.portal.tab.step import outcome_of
from jdp.portal.unready import Unready, again, unready
from jdp.utils.secret import Secret
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from jdp.config.config import Config
    from jdp.items import Vehicle

FORM = "application/x-www-form-urlencoded"
OK = 200
# Scrapy's own texts name the exception inside, not what happened.
FAILURES: dict[type[Exception], str] = {
    DownloadTimeoutError: "no complete answer in time (REPORT_TIMEOUT)",
    DownloadCancelledError: "the answer is larger than any report",
    DownloadConnectionRefusedError: "the portal refuses connections",
    DownloadFailedError: "the connection ended before there was an answer",
    ResponseDataLossError: "the connection was cut before the end",
}


class PortalClient:
    """Sends what a vehicle needs through the session's middleware; knows nothing of turns, proofs and files."""

    def __init__(self, crawler: Crawler, config: Config) -> None:
        self.crawler = crawler
        self.config = config

    async def ask(self, vehicle: Vehicle, deadline: float, *, alone: bool, record: bool) -> ReportRequest:
        """Open a vehicle in a tab and learn its report's address; raises PageError."""
        result = await self._in_tab(
            vehicle, PageMethod(ask_for_report, vehicle, deadline, alone=alone), deadline, record
        )
        assert isinstance(result, ReportRequest)
        return result

    async def ask_two(
        self, first: Vehicle, second: Vehicle, deadline: float, *, record: bool
    ) -> tuple[ReportRequest | JdpError, ...]:
        """Open two vehicles, then ask for both; raises PageError."""
        self._check(second.href, "the vehicle's page")
        method = PageMethod(ask_for_two, first, second, deadline)
        result: tuple[ReportRequest | JdpError, ...] = await self._in_tab(first, method, deadline, record)
        return result

    def _check(self, url: str, whose: str) -> None:
        if not same_site(self.config.portal_url, url):
            raise ReportError(f"{whose} is on another host ({host_of(url)}): refused")

    async def _in_tab(self, vehicle: Vehicle, method: PageMethod, deadline: float, record: bool) -> Any:
        self._check(vehicle.href, "the vehicle's page")
        request = Request(
            vehicle.href or inventory_url(self.config.portal_url),
            meta={
                "playwright": True,
                "playwright_page_methods": [method],
                "playwright_page_goto_kwargs": {"timeout": max(1.0, deadline - time.monotonic()) * 1000},
                CAPTURE: True,
                RECORD: record,
                INSIDE: True,
                "dont_retry": True,
            },
            dont_filter=True,
        )
        try:
            response = await self._download(request)
        except JdpError:
            raise
        except Exception as error:  # noqa: BLE001 - a browser and a network fail in many ways: one failed try
            self.crawler.stats.inc_value(f"jdp/tab_errors/{type(error).__name__}")
            kind = BrowserGoneError if isinstance(error, TargetClosedError) else ReportError
            raise kind(f"the tab failed: {first_line(error)}") from None
        return outcome_of(response).result()

    async def _download(self, request: Request) -> Response:
        """Send a request; when the run is stopped, what takes long is not waited for."""
        return await until(self.crawler, self.crawler.engine.download_async(request), CLOSING_SECONDS)

    async def fetch(self, ask: ReportRequest, deadline: float) -> bytes:
        """Fetch a report with the session's cookies, once it is made; raises as `send` does."""
        response = await self._send(ask.sent, ask.referer, deadline)
        while (told := unready(response)) is not None:
            response = await self._answer(await self._when_ready(response, told, deadline))
        body = _body(response)
        if title := page_instead(response):
            strange = ReportError(f"an HTML page instead of a PDF ({title!r})")
            strange.answer, strange.instead = Secret(body), title
            raise strange
        return body

    async def send(self, sent: RecordedRequest, referer: str, deadline: float) -> bytes:
        """Send a request and return the answer's body; raises ReportError, PortalBusyError or SessionExpiredError."""
        return _body(await self._send(sent, referer, deadline))

    async def _send(self, sent: RecordedRequest, referer: str, deadline: float) -> Response:
        self._check(sent.url, "the report's address")
        headers = {"Content-Type": FORM} if sent.body else {}
        headers |= {"Referer": referer, **{name.title(): value for name, value in sent.headers}}
        request = Request(sent.url, method=sent.method, body=sent.body, headers=headers, dont_filter=True)
        seconds = max(0.5, deadline - time.monotonic())
        request.meta.update({FETCH: True, INSIDE: True, "dont_retry": True, "download_timeout": seconds})
        return await self._answer(request)

    async def _when_ready(self, response: Response, told: Unready, deadline: float) -> Request:
        """Wait as long as a page asks that says a report is being made; raises ReportError when time is up."""
        left = deadline - time.monotonic()
        if left <= told.seconds:
            raise ReportError(f"the report was not ready in time (REPORT_TIMEOUT); the portal says {told.says!r}")
        if told.url:
            self._check(told.url, "the report's address")
        await pause(self.crawler, told.seconds)
        assert response.request is not None
        following = again(response.request, told)
        following.meta["download_timeout"] = max(0.5, left - told.seconds)
        return following

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._download(request)
        except JdpError:
            raise
        except Exception as error:  # noqa: BLE001 - time-outs, resets, cut connections: one failed try each
            self.crawler.stats.inc_value(f"jdp/fetch_errors/{type(error).__name__}")
            kind = PortalBusyError if isinstance(error, DownloadTimeoutError) else ReportError
            raise kind(f"fetching the report failed: {_told(error)}") from None


def _body(response: Response) -> bytes:
    if response.status in BUSY:
        busy = PortalBusyError(f"the report's address answered HTTP {response.status}", retry_after(response))
        busy.refused = refusal(response.status)
        raise busy
    if response.status != OK:
        refused = ReportError(f"the report's address answered HTTP {response.status}")
        refused.answer, refused.refused = Secret(response.body), refusal(response.status)
        raise refused
    return response.body


def _told(error: Exception) -> str:
    if isinstance(error, IgnoreRequest):  # Scrapy's redirects and unpacking have no errors of their own
        return "too many redirects" if "redirections" in str(error) else FAILURES[DownloadCancelledError]
    return FAILURES.get(type(error), first_line(error))
