"""A request straight to the download handlers, for when the engine takes none any more, or must not hold it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.httpproxy import HttpProxyMiddleware

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


async def straight(crawler: Crawler, request: Request) -> Response:
    """Send a request past queue and middlewares, through the office's proxy like all others; raises as handlers do."""
    if not request.meta.get("playwright") and (proxy := crawler.get_downloader_middleware(HttpProxyMiddleware)):
        proxy.process_request(request)
    response: Response = await crawler.engine.downloader.handlers.download_request_async(request)
    return response
