"""One account, one session: logged in once for everyone, renewed when it has expired, logged out at the end."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals

from jdp.engine.closing import is_closing, stop_run
from jdp.exceptions import (
    EngineClosingError,
    LoginOutcomeError,
    PortalUnreachableError,
    SessionLostError,
    StopRunError,
)
from jdp.items import STORED, UNPROVEN, Report
from jdp.portal.account import Account
from jdp.portal.availability import Availability
from jdp.portal.logout import dress
from jdp.portal.refusals import Refusals
from jdp.utils.addons import made_by_addon

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from jdp.portal.cookies import SharedCookies
    from jdp.portal.pages.login import SignedIn
    from jdp.runs.run import Run

logger = logging.getLogger(__name__)

RENEWALS_WITHOUT_REPORT = 5


class Session:
    """The account's session. `generation` counts logins, so that many bounced requests renew it once."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.crawler = crawler
        self.config = run.config
        self.account = Account(crawler, run)
        self.availability = Availability(crawler, run.config)
        self.refusals = Refusals(crawler, run.config)
        self.generation = 0
        self.signed_in: SignedIn | None = None
        self._renewals = 0
        self._lock = asyncio.Lock()

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """Return the crawler's session; raises NotConfigured when it needs none."""
        return made_by_addon(crawler, cls)

    @classmethod
    def begin(cls, crawler: Crawler, run: Run) -> Self:
        """Return a session that notes what it brings and ends with the spider."""
        session = cls(crawler, run)
        crawler.signals.connect(session.item_scraped, signal=signals.item_scraped)
        crawler.signals.connect(session.spider_closed, signal=signals.spider_closed)
        return session

    @property
    def cookies(self) -> SharedCookies:
        """The one jar of plain requests and the browser."""
        return self.account.cookies

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
                self.account.cookies_middleware.generation = self.generation
            return self.generation

    async def _log_in(self) -> SignedIn:
        while True:
            try:
                return await self.account.log_in()
            except PortalUnreachableError:
                # At the start somebody is there to be told; later on the portal was there, and will be again.
                if not self.generation or not await self.availability.waited_out():
                    raise
            except LoginOutcomeError as error:
                if not self.generation or not error.instead:
                    raise
                await self.refusals.met_by_all(error)

    def expired(self, generation: int) -> None:
        """Note that a request of this generation met the login form; raises SessionLostError after too many."""
        if generation != self.generation or self.signed_in is None:
            return
        self.signed_in = None
        self.account.saved.remove()
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

    def save(self) -> None:
        """Save the session for a run after this one, should this one be killed: the portal may renew its cookies."""
        if self.signed_in is not None:
            self.account.saved.follow(lambda: self.cookies.all_for_browser().reveal())

    def dress(self, request: Request) -> None:
        """Give a plain request the browser's own headers."""
        if self.signed_in is not None:
            dress(request, self.signed_in)

    async def spider_closed(self) -> None:
        """Log out, however the run ended."""
        await self.account.log_out(self.signed_in)
