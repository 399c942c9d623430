"""Scrapy's cookies, without asking anybody else about domains."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.http.cookies import CookieJar, WrappedRequest

from jdp.meta import GENERATION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from http.cookiejar import Cookie

    from scrapy import Request
    from scrapy.http import Response


class Jar(CookieJar):
    """Scrapy's jar, which looks for cookies under names that an IPv6 address does not have.

    Replaced by: Scrapy's own, once it looks under the address in its brackets.
    """

    def add_cookie_header(self, request: Request) -> None:
        if ":" in (urlsplit(request.url).hostname or ""):
            self.jar.add_cookie_header(WrappedRequest(request))  # type: ignore[arg-type]  # as Scrapy's own does
        else:
            super().add_cookie_header(request)


class QuietCookiesMiddleware(CookiesMiddleware):
    """Scrapy's cookies, without the public suffix list that it fetches at start: only the portal sets any here.

    Replaced by: a setting that gives tldextract's bundled list; what is overridden is private to Scrapy.
    """

    generation = 0

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self.jars = defaultdict(Jar)

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        # An answer to an older session must not take the new one's cookies away.
        if request.meta.get(GENERATION, self.generation) != self.generation:
            return response
        return super().process_response(request, response)

    def _process_cookies(self, cookies: Iterable[Cookie], *, jar: CookieJar, request: Request) -> None:
        for cookie in cookies:
            jar.set_cookie_if_ok(cookie, request)
