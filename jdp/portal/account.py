"""How the account gets in and out: the login, which waits out a lock, and the logout, which leaves none behind."""

from __future__ import annotations

import asyncio
import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from scrapy import Request
from scrapy_playwright.page import PageMethod

from jdp.engine.closing import pause, telling
from jdp.engine.cookies import QuietCookiesMiddleware
from jdp.exceptions import (
    ActiveSessionError,
    CookieRefusedError,
    JdpError,
    LoginOutcomeError,
    LoginRefusedError,
    PageError,
    PageMismatchError,
    PortalUnreachableError,
)
from jdp.meta import OUTSIDE, TAB_ORDER
from jdp.portal.addresses import inventory_url, login_url, same_site, take_over
from jdp.portal.cookies import SharedCookies
from jdp.portal.login_form import is_login_form
from jdp.portal.pages.login import LoginAttempt, SignedIn, log_in, log_out
from jdp.portal.saved_session import FILE, SavedSession
from jdp.portal.tab.prepare import TabOrder, prepare_tab
from jdp.portal.tab.step import Outcome, outcome_of
from jdp.runs.evidence import Evidence
from jdp.utils.secret import Secret
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from jdp.runs.run import Run

LOGIN_SECONDS = 120.0
LOCK_MARGIN = 5.0  # seconds after the wait that the portal names
LOGOUT_SECONDS = 5.0
MOST_REDIRECTS = 5

logger = logging.getLogger(__name__)


class Account:
    """Logs in and out. `may_be_open` tells whether the portal may have a session of this run's open."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.crawler = crawler
        self.config = run.config
        self.folder = run.folder
        self.saved = SavedSession(run.job_folder / FILE)
        self.evidence = Evidence(run.data, self._secrets)
        self.may_be_open = False

    @cached_property
    def cookies_middleware(self) -> QuietCookiesMiddleware:
        """Scrapy's own component that holds the jar."""
        middleware = self.crawler.get_downloader_middleware(QuietCookiesMiddleware)
        assert middleware is not None, "QuietCookiesMiddleware is missing from DOWNLOADER_MIDDLEWARES"
        return middleware

    @cached_property
    def cookies(self) -> SharedCookies:
        """The one jar of plain requests and the browser."""
        return SharedCookies(self.cookies_middleware.jars[None])

    def _secrets(self) -> Iterator[str]:
        yield self.config.password.reveal()
        yield from self.cookies.values().values()

    def show(self, name: str, error: BaseException) -> str:
        """Keep the page that an error happened on; return where, as the end of a sentence."""
        kept = self.evidence.keep(f"page-{name}", str(error), error)
        return f". A screenshot and the page are in {self.folder / kept}" if kept else ""

    async def log_in(self) -> SignedIn:
        """Log in, or take a saved session up; raises StopRunError, ActiveSessionError after SESSION_WAIT seconds."""
        waited = 0.0
        while True:
            try:
                return await self._try_log_in()
            except ActiveSessionError as error:
                left = self.config.session_wait - waited
                if left <= 0:
                    raise ActiveSessionError(
                        f"The account still has another session open after {waited:.0f} s (SESSION_WAIT); "
                        "log it out where it is open, or start again in 5 minutes",
                        error.wait,
                    ) from None
                await self._wait_out(min(error.wait + LOCK_MARGIN, left))
                waited += min(error.wait + LOCK_MARGIN, left)

    async def _wait_out(self, seconds: float) -> None:
        self.crawler.stats.inc_value("jdp/lockouts")
        left = seconds
        with telling(self.crawler, "the account has another session open"):
            while left > 0:
                logger.warning(
                    "The account has another session open: trying again in %.0f s (Ctrl-C ends the wait)", left
                )
                nap = min(30.0, left)
                await pause(self.crawler, nap)
                left -= nap

    async def _try_log_in(self) -> SignedIn:
        self.cookies.clear()
        saved = self.saved.read()
        self.cookies.absorb(Secret(saved))
        attempt = LoginAttempt(self.config.user, self.config.password, self.saved.write, self.config.portal_url)
        method = PageMethod(log_in, attempt, LOGIN_SECONDS)
        # A session that was saved shows by the page that it opens, or by the login form there.
        url = inventory_url(self.config.portal_url) if saved else login_url(self.config.portal_url)
        try:
            response = await self.crawler.engine.download_async(self._tab(url, method))
        except JdpError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever kept the first page from loading has its own name
            self.crawler.stats.inc_value("jdp/login_errors")
            raise PortalUnreachableError(
                f"The portal cannot be reached at {self.config.portal_url}: {first_line(error)}"
            ) from None
        finally:
            self.may_be_open = attempt.sent or bool(saved)
        outcome: Outcome[SignedIn] = outcome_of(response)
        self.cookies.absorb(outcome.cookies)
        signed_in = self._signed_in(outcome)
        try:
            take_over(self.config, signed_in.landing_url)
        except LoginOutcomeError:
            await self.log_out(signed_in)
            raise
        self.crawler.stats.inc_value("jdp/logins" if attempt.sent else "jdp/sessions_taken_up")
        still = "" if attempt.sent else " still: the last run's session goes on"
        logger.info("Logged in as %s%s", self.config.user, still)
        self.saved.write(self.cookies.all_for_browser().reveal())
        return signed_in

    def _signed_in(self, outcome: Outcome[SignedIn]) -> SignedIn:
        error = outcome.error
        if isinstance(error, (ActiveSessionError, LoginRefusedError, CookieRefusedError)):
            self.may_be_open = False
        self.may_be_open |= error is None
        if isinstance(error, (LoginOutcomeError, PageMismatchError)):
            raise LoginOutcomeError(f"{error}{self.show('login', error)}")
        if isinstance(error, PageError):
            raise PortalUnreachableError(f"The login came to no end: {error}")
        return outcome.result()

    def _tab(self, url: str, method: PageMethod) -> Request:
        return Request(
            url,
            meta={
                "playwright": True,
                "playwright_page_methods": [method],
                "playwright_page_init_callback": prepare_tab,
                TAB_ORDER: TabOrder(self.cookies.for_browser(), self.cookies.all_for_browser()),
                "dont_retry": True,
                "dont_merge_cookies": True,
                OUTSIDE: True,
            },
            dont_filter=True,
        )

    async def log_out(self, signed_in: SignedIn | None) -> None:
        """End the session by plain HTTP, for which no browser has to come back, else in a tab; say when that failed.

        By then the engine takes no requests any more: the downloader's handlers still do.
        """
        try:
            if not self.may_be_open or await self._plainly(signed_in) or await self._in_tab(signed_in):
                self.may_be_open = False
                self.saved.remove()
                return
        except PortalUnreachableError as error:
            logger.warning("%s", error)
        logger.error(
            "Logging out failed: the account stays locked for about 5 minutes; the same JOBDIR takes the session up"
        )

    async def _plainly(self, signed_in: SignedIn | None) -> bool:
        """Use the control that the login found; the login form that follows shows that it did its work.

        Raises PortalUnreachableError when there is no answer at all: a tab would have none either.
        """
        if not signed_in or not signed_in.logout or not same_site(self.config.portal_url, signed_in.logout["url"]):
            return False
        way: dict[str, Any] = signed_in.logout
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if way["body"] else None
        try:
            response = await self._follow(Request(**way, headers=headers), signed_in)
        except Exception as error:  # noqa: BLE001 - the network fails in many ways, each of them is silence
            self.crawler.stats.inc_value("jdp/logout_plain_errors")
            raise PortalUnreachableError(f"The portal does not answer to the logout: {first_line(error)}") from None
        if is_login_form(response):
            self._done(ended=True)
        return is_login_form(response)

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
        return await self._handlers(request)

    async def _in_tab(self, signed_in: SignedIn | None) -> bool:
        url = signed_in.landing_url if signed_in is not None else self.config.portal_url
        request = self._tab(url, PageMethod(log_out, LOGOUT_SECONDS))
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

    async def _handlers(self, request: Request) -> Response:
        return await self.crawler.engine.downloader.handlers.download_request_async(request)


def dress(request: Request, signed_in: SignedIn) -> None:
    """Give a plain request the browser's own headers."""
    request.headers["User-Agent"] = signed_in.user_agent
    request.headers["Accept-Language"] = ",".join(signed_in.languages)
