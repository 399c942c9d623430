"""What there is to see of a run at one moment: how far it is, how it goes, what it is doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdp.engine.closing import is_closing
from jdp.items import FAILED, GONE, STORED, UNPROVEN
from jdp.middlewares import ReportMiddleware
from jdp.monitoring.metrics import metrics_of
from jdp.portal.session import Session
from jdp.reports.turns import Binding

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.inventory import Inventory
    from jdp.reports.fetcher import ReportFetcher
    from jdp.runs.run import Run

DIRECT, TABS, ONE_TAB = "direct", "tabs", "one tab"
WORKING = "downloading reports"


@dataclass(frozen=True)
class Status:
    """A run at one moment. `total` is what is known of so far; `at_once` how many reports may be under way."""

    state: str
    waiting: str  # for what, or ""
    done: int
    total: int
    already: int
    failed: int
    unproven: int
    way: str
    at_once: int


def look(crawler: Crawler, run: Run) -> Status:
    """Look at a run while its engine is there."""
    middleware = crawler.get_downloader_middleware(ReportMiddleware)
    assert middleware is not None
    fetcher = middleware.fetcher
    inventory: Inventory | None = getattr(crawler.spider, "inventory", None)
    metrics = metrics_of(crawler, run, 0.0)
    settled = sum(crawler.stats.get_value(f"jdp/reports/{status}", 0) for status in (STORED, UNPROVEN, FAILED, GONE))
    chosen = inventory is not None and (inventory.wanted is not None or inventory.limit)
    if not chosen:  # all vehicles count, those of earlier runs, too
        settled = metrics.stored + metrics.already + metrics.unproven + metrics.failed + metrics.gone
    way = _way(fetcher)
    waiting = crawler.stats.get_value("jdp/waiting", "") or ""
    return Status(
        state=_state(crawler, fetcher, inventory, waiting),
        waiting=waiting,
        done=settled,
        total=settled + metrics.open,
        already=0 if chosen else metrics.already,
        failed=metrics.failed + metrics.gone,
        unproven=metrics.unproven,
        way=way,
        at_once=1 if way == ONE_TAB else fetcher.throttle.limit,
    )


def _way(fetcher: ReportFetcher) -> str:
    if fetcher.direct.trusted:
        return DIRECT
    return TABS if fetcher.turns.binding is Binding.VEHICLE else ONE_TAB


def _state(crawler: Crawler, fetcher: ReportFetcher, inventory: Inventory | None, waiting: str) -> str:
    """Say what the crawl is doing, what matters most to who looks at it first."""
    assert crawler.engine is not None
    if is_closing(crawler):
        under_way = len(crawler.engine.downloader.active)
        return f"stopping: {under_way} under way come to their end first" if under_way else "logging out"
    if waiting:
        return f"waiting: {waiting}"
    session = Session.of(crawler)
    if session.signed_in is None:
        return "logging in again" if session.generation else "logging in"
    if fetcher.throttle.rest:
        return f"resting for {fetcher.throttle.rest:.0f} s, as the portal asked"
    if inventory is None or inventory.total is None:
        return "reading the inventory"
    return WORKING if inventory.next_chunk is None else f"{WORKING}, reading the inventory"
