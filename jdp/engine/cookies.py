"""Scrapy's cookies, without asking anybody else about domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.cookies import CookiesMiddleware

from jdp.meta import GENERATION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from http.cookiejar import Cookie

    from scrapy import Request
    from scrapy.http import Response
    from scrapy.http.cookies import CookieJar


class QuietCookiesMiddleware(CookiesMiddleware):
    """Scrapy's cookies, without the public suffix list that it fetches at start: only the portal sets any here.

    Replaced by: a setting that gives tldextract's bundled list; what is overridden is private to Scrapy.
    """

    generation = 0

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        # An answer to an older session must not take the new one's cookies away.
        if request.meta.get(GENERATION, self.generation) != self.generation:
            return response
        return super().process_response(request, response)

    def _process_cookies(self, cookies: Iterable[Cookie], *, jar: CookieJar, request: Request) -> None:
        for cookie in cookies:
            jar.set_cookie_if_ok(cookie, request)
