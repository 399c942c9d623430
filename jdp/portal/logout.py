"""The logout: by plain HTTP, for which no browser has to come back, else in a tab, and whether it can be believed.

A login form alone shows nothing: a request without the session's cookie gets one, too, and the session stays open. So
signed out is what was signed in before: the session's page has to come, then the logout, then the form in its place.
By then the engine takes no requests any more: the downloader's handlers still do.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from scrapy import Request
from scrapy_playwright.page import PageMethod

from jdp.engine.plain import straight
from jdp.exceptions import PortalUnreachableError
from jdp.portal.addresses import same_site
from jdp.portal.login_form import is_login_form
from jdp.portal.pages.login import log_out
from jdp.portal.tab.step import outcome_of
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from jdp.portal.cookies import SharedCookies
    from jdp.portal.pages.login import SignedIn

LOGOUT_SECONDS = 5.0
MOST_REDIRECTS = 5
OK = 200

logger = logging.getLogger(__name__)


class Logout:
    """Ends a session; `tab` makes the request of a tab."""

    def __init__(
        self, crawler: Crawler, portal_url: str, cookies: SharedCookies, tab: Callable[[str, PageMethod], Request]
    ) -> None:
        self.crawler = crawler
        self.portal_url = portal_url
        self.cookies = cookies
        self.tab = tab

    async def end(self, signed_in: SignedIn | None) -> bool:
        """End the session; tell whether it has ended. What it came to is said, and in the stats."""
        try:
            if (signed_in is not None and await self._plainly(signed_in)) or await self._in_tab(signed_in):
                return True
        except PortalUnreachableError as error:
            logger.warning("%s", error)
        self.crawler.stats.set_value("jdp/logout_failed", 1)
        logger.error(
            "Logging out failed: the account stays locked for about 5 minutes; the same JOBDIR takes the session up"
        )
        return False

    async def _plainly(self, signed_in: SignedIn) -> bool:
        """Use the control that the login found; raises PortalUnreachableError when there is no answer at all.

        A tab would have none either.
        """
        way: dict[str, Any] | None = signed_in.logout
        if not way or not same_site(self.portal_url, way["url"]):
            return False
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if way["body"] else None
        try:
            before = await self._follow(Request(signed_in.landing_url), signed_in)
            if is_login_form(before) and self.cookies.are_carried_by(before.request):
                self._done(ended=False)
                return True
            if before.status != OK or is_login_form(before):
                return False
            await self._follow(Request(**way, headers=headers), signed_in)
            after = await self._follow(Request(signed_in.landing_url), signed_in)
        except Exception as error:  # noqa: BLE001 - the network fails in many ways, each of them is silence
            self.crawler.stats.inc_value("jdp/logout_plain_errors")
            raise PortalUnreachableError(f"The portal does not answer to the logout: {first_line(error)}") from None
        if is_login_form(after):
            self._done(ended=True)
        return is_login_form(after)

    async def _follow(self, request: Request, signed_in: SignedIn) -> Response:
        """Send a plain request and go where its answers lead, within the portal."""
        response = await self._send(request, signed_in)
        for _ in range(MOST_REDIRECTS):
            location = (response.headers.get("Location") or b"").decode("latin-1")
            if not location or not same_site(response.url, location):
                break
            response = await self._send(Request(urljoin(response.url, location)), signed_in)
        return response

    async def _send(self, request: Request, signed_in: SignedIn) -> Response:
        request.meta["download_timeout"] = LOGOUT_SECONDS
        dress(request, signed_in)
        self.cookies.jar.add_cookie_header(request)
        response = await straight(self.crawler, request)
        self.cookies.jar.extract_cookies(response, request)
        response.request = request
        return response

    async def _in_tab(self, signed_in: SignedIn | None) -> bool:
        url = signed_in.landing_url if signed_in is not None else self.portal_url
        request = self.tab(url, PageMethod(log_out, LOGOUT_SECONDS))
        try:
            response = await asyncio.wait_for(straight(self.crawler, request), LOGOUT_SECONDS * 2)
        except Exception as error:  # noqa: BLE001 - a dead browser fails in many ways; there is no third way
            self.crawler.stats.inc_value("jdp/logout_errors")
            logger.warning("Logging out in a tab failed (%s)", first_line(error))
            return False
        outcome = outcome_of(response)
        if outcome.error is not None:
            return False
        if signed_in is not None and not outcome.value:
            logger.warning(
                "Whether the account is logged out cannot be told: the portal shows its login form to the session that "
                "was to be ended"
            )
            return False
        self._done(ended=bool(outcome.value))
        return True

    def _done(self, *, ended: bool) -> None:
        self.crawler.stats.inc_value("jdp/logouts", int(ended))
        logger.info("Logged out" if ended else "The session had ended already")


def dress(request: Request, signed_in: SignedIn) -> None:
    """Give a plain request the browser's own headers."""
    request.headers["User-Agent"] = signed_in.user_agent
    request.headers["Accept-Language"] = ",".join(signed_in.languages)
