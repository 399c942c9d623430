"""The preflight that records: the same checks, one after the other, and what the pages are like beside them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from scrapy_playwright.page import PageMethod

from jdp.exceptions import EngineClosingError, JdpError
from jdp.meta import NEEDS_CSS, OUTSIDE, PAGE, RECORD
from jdp.portal.addresses import inventory_url
from jdp.portal.client import PortalClient
from jdp.portal.pages import vehicle
from jdp.portal.pages.checks import check_inventory, check_reading, check_vehicle
from jdp.portal.pages.grid_script import ROW
from jdp.portal.tab.step import outcome_of
from jdp.preflight.items import FAIL, OK, Item
from jdp.preflight.spider import PreflightSpider
from jdp.proof.pdf import Verdict, judge
from jdp.recording.capture import CaptureError, write_capture
from jdp.recording.facts import ReportFacts
from jdp.recording.grid import walk_grid
from jdp.recording.recorder import Recorder, listen_only, recorded, recorded_mismatch
from jdp.recording.report import Listed, read_report
from jdp.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from scrapy import Request, Spider
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from jdp.portal.pages.contract import Found

GRID = "inventory page, its pages"
REPORT = "report"
NO_VEHICLE = "no vehicle was read whose report could be asked for"
# Of these pages only what does not match is taken: the walk through the grid takes them all.
TAKEN_LATER = (check_inventory, check_reading)


class RecordingSpider(PreflightSpider):
    """Takes each page that it looks at; with a report, one is asked for and fetched.

    One page after the other: two tabs of one session may change what each other shows.
    """

    with_report = False
    recorder: Recorder
    waiting: list[Request]

    async def start(self) -> AsyncIterator[Request]:
        self.recorder = Recorder(Run.of(self.crawler).config)
        self.session.account.see, self.waiting = self.recorder.see, []
        async for request in super().start():
            yield request

    def request(self, page: str, url: str, step: PageMethod, callback: Any, **meta: Any) -> Request:
        check, args, name = step.method, step.args, page
        if check is check_vehicle:
            args, name = (self.recorder.see,), vehicle.DIALOG.page
        if meta.get(OUTSIDE):
            meta["playwright_page_init_callback"] = listen_only
        if check is not walk_grid:
            record = recorded_mismatch if check in TAKEN_LATER else recorded
            step = PageMethod(record, self.recorder, name, check, *args)
        return super().request(page, url, step, callback, **{**meta, RECORD: True, NEEDS_CSS: True})

    def parse_inventory(self, response: Response) -> Iterator[Request]:
        self.recorder.signed_in = self.session.signed_in
        self.waiting = list(super().parse_inventory(response))
        if any(each.part.selector == ROW and each.times for each in outcome_of(response).value or []):
            url = inventory_url(self.config.portal_url)
            self.waiting.insert(0, self.request(GRID, url, PageMethod(walk_grid, self.recorder), self.parse_grid))
        elif self.with_report:
            self.tell(Item(FAIL, REPORT, NO_VEHICLE))
        yield from self._next()

    def _next(self) -> Iterator[Request]:
        if self.waiting:
            yield self.waiting.pop(0)

    def parse(self, response: Response) -> Iterator[Request]:  # type: ignore[override]
        super().parse(response)
        yield from self._next()

    async def parse_grid(self, response: Response) -> AsyncIterator[Request]:
        error = outcome_of(response).error
        if error is not None:
            self.recorder.troubles.append((GRID, str(error)))
            self.tell(Item(FAIL, GRID, str(error)))
        if self.with_report:
            try:
                await self._record_report()
            except EngineClosingError:  # the command tells that it was stopped
                return
            except JdpError as failed:
                self.recorder.troubles.append((REPORT, str(failed)))
                self.tell(Item(FAIL, REPORT, str(failed)))
        for request in self._next():
            yield request

    async def _record_report(self) -> None:
        """Ask for the first vehicle's report, fetch it, and say whose it is."""
        if not self.recorder.vehicles:
            self.tell(Item(FAIL, REPORT, NO_VEHICLE))
            return
        asked = self.recorder.vehicles[0]
        client, deadline = PortalClient(self.crawler, self.config), time.monotonic() + self.config.report_timeout
        request = await client.ask(asked, deadline, alone=True, record=True)
        report = self.recorder.report = ReportFacts(asked.reference, asked.vin, request)
        report.body = await client.fetch(request, deadline)
        words = await asyncio.to_thread(read_report, report)
        known = Listed(self.recorder.vehicles)
        proof = judge(words, asked.reference, asked.vin, known, self.config.report_labels)
        right = proof.verdict is Verdict.RIGHT
        told = f"{len(report.body)} bytes, {proof.verdict.value}: {proof.reason}"
        self.tell(Item(OK if right else FAIL, REPORT, told))

    def found(self, response: Response) -> list[Found]:
        found = super().found(response)
        if (error := outcome_of(response).error) is not None:
            self.recorder.troubles.append((response.meta[PAGE], str(error)))
        return found

    def say(self, found: list[Found]) -> None:
        self.recorder.checks += found
        super().say(found)

    def failed(self, failure: Failure) -> Iterator[Request]:  # type: ignore[override]
        page = failure.request.meta[PAGE]  # type: ignore[attr-defined]  # Scrapy sets it
        self.recorder.troubles.append((page, str(failure.value)))
        super().failed(failure)
        yield from self._next()


def keep_capture(spider: Spider | None, folder: Path, tell: Callable[[Item], None]) -> None:
    """Write what was recorded, as far as it got."""
    recorder = getattr(spider, "recorder", None)
    if recorder is None or not recorder.pages:
        tell(Item(FAIL, "capture", f"nothing was seen that could be kept in {folder}"))
        return
    try:
        size = write_capture(recorder, folder)
    except CaptureError as error:
        tell(Item(FAIL, "capture", str(error)))
        return
    pages = f"{len(recorder.pages)} pages, {size / 1e6:.1f} MB"
    tell(Item(OK, "capture", f"{folder} holds {pages}: look at its pictures, then send it (docs/first-contact.md)"))
