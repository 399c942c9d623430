"""Scrapy's cookies, without asking anybody else about domains."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from email.utils import formatdate, parsedate_to_datetime
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


EXPIRES = re.compile(rb"(;\s*expires\s*=\s*)([^;]+)", re.IGNORECASE)
AHEAD_SECONDS = 60.0  # of another clock, from which on its times are put right


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
        super().process_response(request, _by_this_clock(response))
        return response

    def _process_cookies(self, cookies: Iterable[Cookie], *, jar: CookieJar, request: Request) -> None:
        for cookie in cookies:
            jar.set_cookie_if_ok(cookie, request)


def _by_this_clock(response: Response) -> Response:
    """Return an answer whose cookies end by this machine's clock, as browsers have it; else one ahead drops them."""
    ahead = time.time() - (_seconds(response.headers.get("Date") or b"") or time.time())
    if ahead < AHEAD_SECONDS or not response.headers.getlist("Set-Cookie"):
        return response

    def moved(found: re.Match[bytes]) -> bytes:
        end = _seconds(found[2])
        return found[0] if end is None else found[1] + formatdate(end + ahead, usegmt=True).encode()

    headers = response.headers.copy()
    headers.setlist("Set-Cookie", [EXPIRES.sub(moved, line) for line in headers.getlist("Set-Cookie")])
    return response.replace(headers=headers)


def _seconds(date: bytes) -> float | None:
    try:
        return parsedate_to_datetime(date.decode("latin-1").strip()).timestamp()
    except ValueError:
        return None
