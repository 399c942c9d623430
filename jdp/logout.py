"""The way out: by plain HTTP, else in a tab. A session left open locks the account for the next run."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from scrapy import Request
from scrapy_playwright.page import PageMethod

from jdp.answers import is_login_form, same_site
from jdp.exceptions import PortalUnreachableError
from jdp.pages.base import first_line, outcome_of
from jdp.pages.login import log_out

if TYPE_CHECKING:
    from scrapy.http import Response

    from jdp.session import Session

LOGOUT_SECONDS = 5.0
MOST_REDIRECTS = 5

logger = logging.getLogger(__name__)


class LogOut:
    """Ends a session once. By then the engine takes no requests any more: the downloader's handlers still do."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.crawler = session.crawler

    async def run(self) -> bool:
        """Log out by plain HTTP, for which no browser has to come back, else in a tab; tell whether that worked."""
        try:
            if await self._plainly() or await self._in_tab():
                return True
        except PortalUnreachableError as error:
            logger.warning("%s", error)
        logger.error(
            "Logging out failed: the account stays locked for about 5 minutes; the same JOBDIR takes the session up"
        )
        return False

    async def _plainly(self) -> bool:
        """Use the control that the login found; the login form that follows shows that it did its work.

        Raises PortalUnreachableError when there is no answer at all: a tab would have none either.
        """
        way = self.session.signed_in.logout if self.session.signed_in is not None else None
        if way is None or not same_site(self.session.config.portal_url, way["url"]):
            return False
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if way["body"] else None
        try:
            response = await self._send(Request(way["url"], method=way["method"], body=way["body"], headers=headers))
            for _ in range(MOST_REDIRECTS):
                location = (response.headers.get("Location") or b"").decode("latin-1")
                if not location or not same_site(response.url, location):
                    break
                response = await self._send(Request(urljoin(response.url, location)))
        except Exception as error:  # noqa: BLE001 - the network fails in many ways, each of them is silence
            self.crawler.stats.inc_value("jdp/logout_plain_errors")
            raise PortalUnreachableError(f"The portal does not answer to the logout: {first_line(error)}") from None
        if is_login_form(response):
            self._done(ended=True)
        return is_login_form(response)

    async def _in_tab(self) -> bool:
        signed_in = self.session.signed_in
        url = signed_in.landing_url if signed_in is not None else self.session.config.portal_url
        request = self.session.tab(url, PageMethod(log_out, LOGOUT_SECONDS))
        try:
            response = await asyncio.wait_for(self._handlers(request), LOGOUT_SECONDS * 2)
        except Exception as error:  # noqa: BLE001 - a dead browser fails in many ways; there is no third way
            self.crawler.stats.inc_value("jdp/logout_errors")
            logger.warning("Logging out in a tab failed (%s)", first_line(error))
            return False
        outcome = outcome_of(response)
        if outcome.error is None:
            self._done(ended=bool(outcome.value))
        return outcome.error is None

    def _done(self, *, ended: bool) -> None:
        self.crawler.stats.inc_value("jdp/logouts", int(ended))
        logger.info("Logged out" if ended else "The session had ended already")

    async def _send(self, request: Request) -> Response:
        request.meta["download_timeout"] = LOGOUT_SECONDS
        self.session.dress(request)
        self.session.cookies.jar.add_cookie_header(request)
        return await self._handlers(request)

    async def _handlers(self, request: Request) -> Response:
        return await self.crawler.engine.downloader.handlers.download_request_async(request)
