"""scrapy-playwright's download handler, with a limit for what an answer says before its body, and no wait for `load`.

Scrapy limits bodies (DOWNLOAD_MAXSIZE); headers without end would fill the memory until the time is up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from twisted.internet.error import ConnectionAborted
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS

if TYPE_CHECKING:
    from playwright.async_api import Page
    from scrapy import Request as ScrapyRequest
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress
    from twisted.web._newclient import HTTP11ClientProtocol, Request
    from twisted.web.iweb import IResponse

MOST_HEAD = 256 * 1024  # bytes; what browsers take, too


class DownloadHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]  # scrapy-playwright has no types
    """Gives up on answers whose headers have no end."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _Factory  # noqa: SLF001 - as Scrapy's own handler does

    async def _apply_page_methods(self, page: Page, request: ScrapyRequest, spider: Spider) -> None:  # noqa: ARG002
        """Run the steps, without a wait for `load` after each. Replaced by: a setting that names the state."""
        for method in request.meta.get("playwright_page_methods") or ():
            method.result = await method.method(page, *method.args, **method.kwargs)


class _Protocol(_LenientHTTP11ClientProtocol):
    head = 0

    def request(self, request: Request) -> Deferred[IResponse]:
        self.head = 0
        return super().request(request)

    def dataReceived(self, bytes: bytes) -> None:  # noqa: A002, N802 - Twisted's names
        if self._parser is not None and self._parser.state in (STATUS, HEADER):
            self.head += len(bytes)
        if self.head > MOST_HEAD:
            self._giveUp(Failure(ConnectionAborted(f"more than {MOST_HEAD} bytes of headers")))  # type: ignore[no-untyped-call]
        else:
            super().dataReceived(bytes)  # type: ignore[no-untyped-call]


class _Factory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: ARG002, N802 - Twisted's names
        return _Protocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
