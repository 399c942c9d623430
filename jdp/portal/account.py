"""How the account gets in and out: the login, which waits out a lock; jdp/portal/logout.py leaves none behind."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

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
from jdp.portal.addresses import inventory_url, login_url, take_over
from jdp.portal.cookies import SharedCookies
from jdp.portal.logout import Logout
from jdp.portal.pages.login import LoginAttempt, SignedIn, log_in
from jdp.portal.saved_session import FILE, SavedSession
from jdp.portal.tab.loading import GOTO
from jdp.portal.tab.prepare import TabOrder, prepare_tab
from jdp.portal.tab.step import Outcome, See, outcome_of, see_nothing
from jdp.runs.evidence import Evidence
from jdp.utils.secret import Secret
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler

    from jdp.runs.run import Run

LOGIN_SECONDS = 120.0
LOCK_MARGIN = 5.0  # seconds after the wait that the portal names

logger = logging.getLogger(__name__)


class Account:
    """Logs in and out. `may_be_open` tells whether the portal may have a session of this run's open."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.crawler = crawler
        self.config = run.config
        self.folder = run.folder
        self.locked_by_own_run = run.locked_by_own_run
        self.saved = SavedSession(run.job_folder / FILE)
        self.evidence = Evidence(run.data, self._secrets)
        self.may_be_open = False
        self.see: See | None = None  # what looks at the pages of a login

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
        if self.locked_by_own_run and not self.crawler.stats.get_value("jdp/logins"):
            self.crawler.stats.inc_value("jdp/lockouts_by_own_run")
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
        attempt = LoginAttempt(
            self.config.user,
            self.config.password,
            self.saved.write,
            self.config.portal_url,
            see=self.see or see_nothing,
        )
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
            unknown = LoginOutcomeError(f"{error}{self.show('login', error)}")
            unknown.instead = error.instead
            raise unknown
        if isinstance(error, PageError):
            raise PortalUnreachableError(f"The login came to no end: {error}")
        return outcome.result()

    def _tab(self, url: str, method: PageMethod) -> Request:
        cookies, everybodys = self.cookies.for_browser(), self.cookies.all_for_browser()
        order = TabOrder(cookies, everybodys, record=bool(self.see), accept=self.config.accept_dialogs)
        tab = {"playwright": True, "playwright_page_methods": [method], "playwright_page_goto_kwargs": GOTO.copy()}
        ours = {"playwright_page_init_callback": prepare_tab, TAB_ORDER: order, OUTSIDE: True}
        meta = {**tab, **ours, "dont_retry": True, "dont_merge_cookies": True}
        return Request(url, meta=meta, dont_filter=True)

    async def log_out(self, signed_in: SignedIn | None) -> None:
        """End the session, if there may be one."""
        if not self.may_be_open or await self.logout.end(signed_in):
            self.may_be_open = False
            self.saved.remove()

    @cached_property
    def logout(self) -> Logout:
        """How the account gets out."""
        return Logout(self.crawler, self.config.portal_url, self.cookies, self._tab)
