"""The crawl as a sentence: page through the inventory, ask for each vehicle's report, hand each one on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import IgnoreRequest
from scrapy_playwright.page import PageMethod

from jdp.config.arguments import Arguments
from jdp.engine.closing import stop_run
from jdp.exceptions import GivenUpError, InventoryUnreadableError, JdpError, NeedsSomebodyError
from jdp.inventory import Chunk, Inventory
from jdp.items import STORED, UNPROVEN, Report, Vehicle
from jdp.meta import CHUNK, NEEDS_CSS, PROOF, SECONDS, VEHICLE, WALK, WAY
from jdp.portal.addresses import inventory_url
from jdp.portal.pages.export import export_references
from jdp.portal.pages.grid import read_pages
from jdp.portal.session import Session
from jdp.portal.tab.step import outcome_of
from jdp.proof.pdf import Verdict
from jdp.runs.run import Run
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

logger = logging.getLogger(__name__)

LONGEST_REASON = 2000  # characters
GRID_PRIORITY = 100  # the inventory goes before vehicles: what is due is known early, and their queue never runs dry


class InventorySpider(Spider):
    """Stores the bookout report of every vehicle in a dealer's inventory."""

    name = "inventory"

    arguments: Arguments
    inventory: Inventory

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args)
        spider.arguments = Arguments.parse(kwargs)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        self.run = Run.of(self.crawler)
        self.inventory = Inventory(self.run)
        yield self.export_request() if self.arguments.source == "csv" else self.grid_request()

    def export_request(self) -> Request:
        return self.inventory_request(PageMethod(export_references), self.parse_export, **{WALK: self.inventory.walk})

    def grid_request(self) -> Request:
        chunk = self.inventory.next_chunk
        assert chunk is not None
        return self.inventory_request(
            PageMethod(read_pages, chunk.first, chunk.count), self.parse_grid, **{CHUNK: chunk}
        )

    def inventory_request(self, method: PageMethod, callback: Any, **meta: Any) -> Request:
        # The export menu opens with the site's CSS only, and what is hidden is told from what is shown by it.
        tab = {"playwright": True, "playwright_page_methods": [method], "dont_retry": True, NEEDS_CSS: True}
        return Request(
            inventory_url(self.run.config.portal_url),
            callback=callback,
            errback=self.inventory_failed,
            meta={**tab, **meta},
            priority=GRID_PRIORITY,
            dont_filter=True,
        )

    def vehicle_request(self, vehicle: Vehicle) -> Request:
        return Request(
            vehicle.href or inventory_url(self.run.config.portal_url),
            callback=self.parse_report,
            errback=self.vehicle_failed,
            meta={VEHICLE: vehicle, "dont_retry": True},
            dont_filter=True,  # the ledger tells what is due, by account and reference: addresses may be shared
        )

    def parse_export(self, response: Response) -> Iterator[Request]:
        outcome = outcome_of(response)
        if outcome.error is not None:
            yield from self.read_again(request_of(response), outcome.error)
            return
        if response.meta[WALK] == self.inventory.walk:
            self.inventory.exported(outcome.result())
            yield self.grid_request()

    def parse_grid(self, response: Response) -> Iterator[Request | Report]:
        outcome = outcome_of(response)
        chunk: Chunk = response.meta[CHUNK]
        if outcome.error is not None:
            yield from self.read_again(request_of(response), outcome.error)
            return
        for vehicle in self.inventory.read(chunk, outcome.result()):
            yield self.vehicle_request(vehicle)
        if chunk.walk != self.inventory.walk:
            return
        if self.inventory.next_chunk is not None:
            yield self.grid_request()
        else:
            yield from self.inventory.conclude()

    def parse_report(self, response: Response) -> Report:
        proof = response.meta[PROOF]
        status = STORED if proof.verdict is Verdict.RIGHT else UNPROVEN
        report = self.report(request_of(response), status, "" if status == STORED else f"{proof.reason}: {proof.head}")
        report.body = response.body
        return report

    def vehicle_failed(self, failure: Failure) -> Report | None:
        if isinstance(failure.value, GivenUpError):
            given_up = failure.value
            report = self.report(request_of(failure), given_up.status, str(given_up))
            report.evidence = given_up.evidence
            return report
        if not isinstance(failure.value, IgnoreRequest):
            self.crawler.stats.inc_value("jdp/reports_lost")  # a defect of ours: this JOBDIR's queue is not whole
            failure.raiseException()
        return None

    def report(self, request: Request, status: str, reason: str) -> Report:
        vehicle = request.meta[VEHICLE]
        return Report(
            reference=vehicle.reference,
            vin=vehicle.vin,
            description=vehicle.description,
            status=status,
            reason=reason[:LONGEST_REASON].encode("utf-8", "backslashreplace").decode(),  # it may quote the site
            seconds=round(request.meta.get(SECONDS, 0.0), 3),
            tries=request.meta.get("retry_times", 0) + 1,
            way=request.meta.get(WAY, ""),
            by_vin=status == STORED and request.meta[PROOF].by_vin,
        )

    def inventory_failed(self, failure: Failure) -> Iterator[Request]:
        if not isinstance(failure.value, (JdpError, type(None))):
            yield from self.read_again(request_of(failure), failure.value)

    def read_again(self, request: Request, error: BaseException) -> Iterator[Request]:
        """Try a page of the inventory again; the run ends when it cannot be read at all."""
        if isinstance(error, NeedsSomebodyError):
            stop_run(self.crawler, type(error)(f"{error}{Session.of(self.crawler).account.show('inventory', error)}"))
            return
        again = get_retry_request(request, spider=self, reason=type(error).__name__, give_up_log_level="DEBUG")
        if again is not None:
            logger.warning("Reading the inventory failed, trying again: %s", first_line(error))
            yield again
            return
        shown = Session.of(self.crawler).account.show("inventory", error)
        stop_run(self.crawler, InventoryUnreadableError(f"The inventory cannot be read: {first_line(error)}{shown}"))


def request_of(source: Response | Failure) -> Request:
    """Return the request that a response or a failure belongs to; Scrapy sets it on both."""
    request: Request = source.request  # type: ignore[union-attr, assignment]
    return request
