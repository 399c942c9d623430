"""Downloader middlewares: the session that every request needs, and the report that a vehicle's request becomes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self

from scrapy import Request, signals
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from jdp.engine.closing import closing, stop_run
from jdp.exceptions import (
    EngineClosingError,
    GivenUpError,
    JdpError,
    NeedsSomebodyError,
    PageCoveredError,
    PageError,
    PdfReaderError,
    PortalBusyError,
    ReportError,
    SessionExpiredError,
    StopRunError,
    TabFailedError,
    VehicleGoneError,
)
from jdp.items import FAILED, GONE, STORED, Vehicle
from jdp.meta import (
    CAPTURE,
    FETCH,
    GENERATION,
    INSIDE,
    NEEDS_CSS,
    OUTSIDE,
    PROOF,
    RECORD,
    SECONDS,
    TAB_ORDER,
    VEHICLE,
    WAY,
)
from jdp.portal.addresses import host_of, on_https, same_site
from jdp.portal.login_form import is_login_form
from jdp.portal.responses import is_packed_twice
from jdp.portal.session import Session
from jdp.portal.tab.loading import GOTO
from jdp.portal.tab.prepare import TabOrder, prepare_tab
from jdp.portal.tab.step import outcome_of
from jdp.reports.fetcher import ReportFetcher
from jdp.runs.run import Run
from jdp.runs.storage import safe_name

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

OK = 200

logger = logging.getLogger(__name__)


class SessionMiddleware:
    """Lets no request out without a session, and turns a login form that comes back into a renewed one."""

    def __init__(self, crawler: Crawler, session: Session) -> None:
        self.crawler = crawler
        self.session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler, Session.of(crawler))

    async def process_request(self, request: Request) -> Request | None:
        if request.meta.get(OUTSIDE):
            return None
        if (url := on_https(self.session.config.portal_url, request.url)) != request.url:
            return request.replace(url=url, dont_filter=True)
        # Redirects come by here, too, with the address that they really lead to.
        if not same_site(self.session.config.portal_url, request.url):
            raise ReportError(f"the portal leads to another host ({host_of(request.url)}): refused")
        if INSIDE not in request.meta:
            await self.session.availability.over()
        request.meta[GENERATION] = await self.session.ensure()
        if request.meta.get("playwright"):
            request.meta["dont_merge_cookies"] = True  # the browser sends its own
            request.meta["playwright_page_goto_kwargs"] = GOTO | request.meta.get("playwright_page_goto_kwargs", {})
            config = self.session.config
            request.meta["playwright_page_init_callback"] = prepare_tab
            request.meta[TAB_ORDER] = TabOrder(
                cookies=self.session.cookies.for_browser(),
                all_cookies=self.session.cookies.all_for_browser(),
                block=config.block_resources and not request.meta.get(NEEDS_CSS),
                capture=bool(request.meta.get(CAPTURE)),
                record=bool(request.meta.get(RECORD)),
                download=bool(request.meta.get(NEEDS_CSS)),  # the export's tab
                trace=config.trace,
                accept=config.accept_dialogs,
            )
        else:
            self.session.dress(request)
        return None

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        if request.meta.get(OUTSIDE) or VEHICLE in request.meta:
            return response
        self.session.save()
        if request.meta.get("playwright"):
            request.headers.clear()  # the handler notes what the browser sent, cookies too: not for the queue on disk
            outcome = outcome_of(response)
            if request.meta[GENERATION] == self.session.generation:
                self.session.cookies.absorb(outcome.cookies)
            expired = isinstance(outcome.error, SessionExpiredError)
            if isinstance(outcome.error, (TabFailedError, PortalBusyError)) and await self._was_away(
                request, outcome.error
            ):
                return request.replace(dont_filter=True)
        else:
            if is_packed_twice(response):
                raise ReportError("an answer that is packed more than once: refused")
            expired = is_login_form(response)
        if not expired:
            if not request.meta.get("playwright") and response.status == OK:
                self.session.cookies.carried_by(request)
            return response
        self.session.expired(request.meta[GENERATION])
        if request.meta.get(FETCH) or request.meta.get(CAPTURE):
            raise SessionExpiredError("the login form came instead")
        return request.replace(dont_filter=True)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if request.meta.get("playwright"):
            request.headers.clear()
        if isinstance(exception, StopRunError):  # a browser that cannot be started again
            stop_run(self.crawler, exception)
        if isinstance(exception, (JdpError, IgnoreRequest)) or VEHICLE in request.meta or request.meta.get(OUTSIDE):
            return None
        return request.replace(dont_filter=True) if await self._was_away(request, exception) else None

    async def _was_away(self, request: Request, error: Exception) -> bool:
        """Wait for a portal that is away, or refuses; jdp/reports/fetcher.py does that itself."""
        if INSIDE in request.meta:
            return False
        refusals = self.session.refusals
        if isinstance(error, JdpError) and await refusals.met("the inventory", error):
            async with refusals.passing():
                return True
        return await self.session.availability.waited_out()


class ReportMiddleware:
    """Answers a vehicle's request with its proven report, or has the request tried again from the start."""

    brought = False  # whether there was a report since something lay over a page

    def __init__(self, crawler: Crawler, run: Run, session: Session) -> None:
        self.crawler = crawler
        self.run = run
        self.session = session
        self.fetcher = ReportFetcher(crawler, run, session)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler, Run.of(crawler), Session.of(crawler))
        crawler.signals.connect(middleware.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(middleware.fetcher.close, signal=signals.spider_closed)
        return middleware

    async def spider_opened(self) -> None:
        """Try what proves reports before anybody logs in."""
        try:
            await self.fetcher.start()
        except PdfReaderError as error:
            stop_run(self.crawler, error)

    async def process_request(self, request: Request) -> Request | Response | None:
        if VEHICLE not in request.meta:
            return None
        vehicle: Vehicle = request.meta[VEHICLE]
        if self.run.ledger.status(vehicle.reference) == STORED:
            raise IgnoreRequest(f"{vehicle.reference} is stored already")
        try:
            answer = await self.fetcher.unrecorded(vehicle) or await self.fetcher.get(vehicle)
        except (EngineClosingError, StopRunError) as error:
            return await self._stopped(request, error)
        except VehicleGoneError as error:
            if error.certain:
                raise GivenUpError(str(error), GONE, self._evidence(vehicle, error)) from None
            return self._again(request, error)
        except (PageError, ReportError) as error:
            return self._again(request, error)
        request.meta[PROOF], request.meta[WAY] = answer.proof, answer.way
        request.meta[SECONDS] = answer.seconds
        self.brought = True
        return Response(request.url, body=answer.body, request=request)

    async def _stopped(self, request: Request, error: JdpError) -> Request:
        """Return the request for the queue of the next run, or for another try when a page let others through."""
        if isinstance(error, NeedsSomebodyError):
            if self.brought and isinstance(error, PageCoveredError):
                self.brought = False  # once it may be a notice that goes away
                return self._again(request, error)
            error = type(error)(f"{error}{self.session.account.show('vehicle', error)}")
        if isinstance(error, StopRunError):
            stop_run(self.crawler, error)
        await closing(self.crawler)  # the queue must not hand it out again before
        return request.replace(dont_filter=True)

    def _again(self, request: Request, error: JdpError) -> Request:
        """Return the request for another try; raises GivenUpError."""
        spider = self.crawler.spider
        assert spider is not None
        again = get_retry_request(request, spider=spider, reason=type(error).__name__, give_up_log_level="DEBUG")
        told = ascii(f"{request.meta[VEHICLE].reference}: {error}")[1:-1]
        logger.info("%s%s", told, "; trying again" if again else "")
        if again is None:
            status = GONE if isinstance(error, VehicleGoneError) else FAILED
            raise GivenUpError(str(error), status, self._evidence(request.meta[VEHICLE], error))
        return again

    def _evidence(self, vehicle: Vehicle, error: JdpError) -> str:
        labels = ", ".join(self.run.config.report_labels)
        expected = (
            f"{vehicle}\n\nWhat happened: {error}\n\nWhat was expected: its page, with the reports dialog, and a PDF "
            f"that names {vehicle.reference} beside one of {labels}, or its VIN\n"
        )
        return self.session.account.evidence.keep(safe_name(vehicle.reference), expected, error)
