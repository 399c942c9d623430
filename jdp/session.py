"""One account, one session: logged in once for everyone, renewed when it has expired, logged out at the end."""

from __future__ import annotations

import asyncio
import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, signals
from scrapy_playwright.page import PageMethod

from jdp.cookies import QuietCookiesMiddleware, SharedCookies
from jdp.evidence import Evidence
from jdp.exceptions import (
    ActiveSessionError,
    BrowserFailedError,
    EngineClosingError,
    JdpError,
    LoginOutcomeError,
    LoginRefusedError,
    PageError,
    PageMismatchError,
    PortalUnreachableError,
    SessionLostError,
    StopRunError,
)
from jdp.items import STORED, UNPROVEN, Report
from jdp.kept_session import KeptSession
from jdp.logout import LogOut
from jdp.outage import Outage
from jdp.pages.base import Outcome, first_line, outcome_of
from jdp.pages.login import Attempt, SignedIn, log_in
from jdp.pages.tabs import TabOrder, prepare_tab
from jdp.run import Run
from jdp.secrets import Secret
from jdp.waiting import is_closing, pause, stop_run, telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

LOGIN_SECONDS = 120.0
LOCK_MARGIN = 5.0  # seconds after the wait that the portal names
RENEWALS_WITHOUT_REPORT = 5
KEPT = "session.json"  # in the JOBDIR, from the login to the logout
OUTSIDE = "outside_session"  # request meta: the login and logout themselves


class Session:
    """The account's session. `generation` counts logins, so that many bounced requests renew it once."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.crawler = crawler
        self.config = run.config
        self.run = run
        self.generation = 0
        self.signed_in: SignedIn | None = None
        self.outage = Outage(crawler, run.config)
        self.kept = KeptSession(run.job_folder / KEPT)
        self.evidence = Evidence(run.data, self._secrets)
        self._renewals = 0
        self._may_be_open = False
        self._lock = asyncio.Lock()

    @cached_property
    def cookies(self) -> SharedCookies:
        """The one jar of plain requests and the browser."""
        return SharedCookies(self.cookies_middleware.jars[None])

    @cached_property
    def cookies_middleware(self) -> QuietCookiesMiddleware:
        """Scrapy's own component that holds the jar."""
        middleware = self.crawler.get_downloader_middleware(QuietCookiesMiddleware)
        assert middleware is not None, "jdp.cookies.QuietCookiesMiddleware is missing from DOWNLOADER_MIDDLEWARES"
        return middleware

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        session = cls(crawler, Run.of(crawler))
        crawler.signals.connect(session.item_scraped, signal=signals.item_scraped)
        crawler.signals.connect(session.spider_closed, signal=signals.spider_closed)
        return session

    async def ensure(self) -> int:
        """Return the generation of a session that is open, logging in when there is none; raises StopRunError."""
        async with self._lock:
            if self.signed_in is None:
                if is_closing(self.crawler):
                    raise EngineClosingError("the run is being stopped")
                try:
                    self.signed_in = await self._log_in()
                except StopRunError as error:
                    stop_run(self.crawler, error)
                    raise
                self.generation += 1
                self.cookies_middleware.generation = self.generation
            return self.generation

    def expired(self, generation: int) -> None:
        """Note that a request of this generation met the login form; raises SessionLostError after too many."""
        if generation != self.generation or self.signed_in is None:
            return
        self.signed_in = None
        self.kept.remove()
        self._renewals += 1
        self.crawler.stats.inc_value("jdp/sessions_expired")
        logger.info("The session has expired: logging in again")
        if self._renewals > RENEWALS_WITHOUT_REPORT:
            error = SessionLostError(f"The session was lost {self._renewals} times without a report in between")
            stop_run(self.crawler, error)
            raise error

    def item_scraped(self, item: Any) -> None:
        """Note that the session brought a report."""
        if isinstance(item, Report) and item.status in (STORED, UNPROVEN):
            self._renewals = 0

    # Logging in

    async def _log_in(self) -> SignedIn:
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
            except PortalUnreachableError:
                # At the start somebody is there to be told; later on the portal was there, and will be again.
                if not self.generation or not await self.outage.waited_out():
                    raise

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
        kept = self.kept.read()
        self.cookies.absorb(Secret(kept))
        attempt = Attempt(self.config.user, self.config.password, self.kept.write)
        method = PageMethod(log_in, attempt, LOGIN_SECONDS)
        # A session that was kept shows by the page that it opens, or by the login form there.
        url = self.config.inventory_url if kept else self.config.login_url
        try:
            response = await self.crawler.engine.download_async(self.tab(url, method))
        except JdpError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever kept the first page from loading has its own name
            self.crawler.stats.inc_value("jdp/login_errors")
            raise self._no_first_page(first_line(error)) from None
        finally:
            self._may_be_open = attempt.sent or bool(kept)
        outcome: Outcome[SignedIn] = outcome_of(response)
        self.absorb(outcome)
        signed_in = self._signed_in(outcome)
        self.crawler.stats.inc_value("jdp/logins" if attempt.sent else "jdp/sessions_taken_up")
        told = "Logged in as %s" if attempt.sent else "Logged in as %s still: the last run's session goes on"
        logger.info(told, self.config.user)
        self.kept.write(self.cookies.all_for_browser().reveal())
        return signed_in

    def _no_first_page(self, why: str) -> StopRunError:
        if why.startswith("BrowserType.launch"):
            screen = "" if self.config.headless else "; HEADLESS=false needs a screen"
            return BrowserFailedError(f"The browser does not start ({why}): try `python -m jdp.browser`{screen}")
        return PortalUnreachableError(f"The portal cannot be reached at {self.config.portal_url}: {why}")

    def _signed_in(self, outcome: Outcome[SignedIn]) -> SignedIn:
        error = outcome.error
        self._may_be_open = error is None or (
            self._may_be_open and not isinstance(error, (ActiveSessionError, LoginRefusedError))
        )
        if isinstance(error, (LoginOutcomeError, PageMismatchError)):
            raise LoginOutcomeError(f"{error}{self.show('login', error)}")
        if isinstance(error, PageError):
            raise PortalUnreachableError(f"The login came to no end: {error}")
        if error is not None:
            raise error
        assert outcome.value is not None
        return outcome.value

    # Evidence

    def show(self, name: str, error: BaseException) -> str:
        """Keep the page that an error happened on; return where, as the end of a sentence."""
        kept = self.evidence.keep(f"page-{name}", str(error), error)
        return f". A screenshot and the page are in {self.run.folder / kept}" if kept else ""

    def _secrets(self) -> Iterator[str]:
        yield self.config.password.reveal()
        yield from self.cookies.values().values()

    # Tabs and cookies

    def tab(self, url: str, method: PageMethod) -> Request:
        return Request(
            url,
            meta={
                "playwright": True,
                "playwright_page_methods": [method],
                "playwright_page_init_callback": prepare_tab,
                "tab_order": TabOrder(self.cookies.for_browser(), self.cookies.all_for_browser()),
                "dont_retry": True,
                "dont_merge_cookies": True,
                OUTSIDE: True,
            },
            dont_filter=True,
        )

    def absorb(self, outcome: Outcome[Any]) -> None:
        """Take over the cookies that a tab was given."""
        self.cookies.absorb(outcome.cookies)

    def keep(self) -> None:
        """Keep the session for a run after this one, should this one be killed: the portal may renew its cookies."""
        if self.signed_in is not None:
            self.kept.follow(lambda: self.cookies.all_for_browser().reveal())

    async def spider_closed(self) -> None:
        """Log out, however the run ended; what was kept is of no use then."""
        if not self._may_be_open or await LogOut(self).run():
            self.kept.remove()

    def dress(self, request: Request) -> None:
        """Give a plain request the browser's own headers."""
        if self.signed_in is not None:
            request.headers["User-Agent"] = self.signed_in.user_agent
            request.headers["Accept-Language"] = ",".join(self.signed_in.languages)
