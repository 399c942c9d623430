"""scrapy-playwright's download handler: plain answers from the wire as browsers take them, no wait for `load`."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from scrapy.responsetypes import responsetypes
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from jdp.engine.wire import Pool

if TYPE_CHECKING:
    from playwright.async_api import Page
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

PLAIN = (b"%PDF-", b"<", b"{", b"[")
SIGNS = {b"gzip": b"\x1f\x8b", b"x-gzip": b"\x1f\x8b", b"zstd": b"\x28\xb5\x2f\xfd"}


class DownloadHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]  # scrapy-playwright has no types
    """Fetches in tabs, or plainly on connections of jdp/engine/wire.py."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.__class__ = Pool  # as Scrapy's own handler sets its pool's factory
        self._pool._factory = Pool._factory  # noqa: SLF001

    async def download_request(self, request: Request) -> Response:
        return _labelled_rightly(await super().download_request(request))

    async def _apply_page_methods(self, page: Page, request: Request, spider: Spider) -> None:  # noqa: ARG002
        """Run the steps, without a wait for `load` after each. Replaced by: a setting that names the state."""
        for method in request.meta.get("playwright_page_methods") or ():
            method.result = await method.method(page, *method.args, **method.kwargs)


def _labelled_rightly(response: Response) -> Response:
    """Take a false Content-Encoding away: a body that is not packed is what it is, as in browsers."""
    label = b",".join(response.headers.getlist("Content-Encoding")).rpartition(b",")[2].strip().lower()
    if not label or not response.body or _is_packed(label, response.body):
        return response
    headers = response.headers.copy()
    del headers["Content-Encoding"]
    kind = responsetypes.from_args(headers=headers, url=response.url, body=response.body)
    return response.replace(cls=kind, headers=headers)


def _is_packed(label: bytes, body: bytes) -> bool:
    if label in SIGNS:
        return body.startswith(SIGNS[label])
    if label == b"deflate":
        return _inflates(body, zlib.MAX_WBITS) or _inflates(body, -zlib.MAX_WBITS)
    return label != b"identity" and not body.lstrip().startswith(PLAIN)


def _inflates(body: bytes, bits: int) -> bool:
    try:
        zlib.decompressobj(bits).decompress(body[:1024], 1024)
    except zlib.error:
        return False
    return True
