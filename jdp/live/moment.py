"""What there is to see of a run at one moment: how far it is, how it goes, what it is doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdp.figures import figures_of
from jdp.items import FAILED, GONE, STORED, UNPROVEN
from jdp.middlewares import ReportMiddleware, SessionMiddleware
from jdp.turns import Binding
from jdp.waiting import is_closing

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.inventory import Inventory
    from jdp.reports import Reports
    from jdp.run import Run

DIRECT, TABS, ONE_TAB = "direct", "tabs", "one tab"
WORKING = "downloading reports"


@dataclass(frozen=True)
class Moment:
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


def look(crawler: Crawler, run: Run) -> Moment:
    """Look at a run while its engine is there."""
    middleware = crawler.get_downloader_middleware(ReportMiddleware)
    assert middleware is not None
    reports = middleware.reports
    inventory: Inventory | None = getattr(crawler.spider, "inventory", None)
    figures = figures_of(crawler, run, 0.0)
    settled = sum(crawler.stats.get_value(f"jdp/reports/{status}", 0) for status in (STORED, UNPROVEN, FAILED, GONE))
    chosen = inventory is not None and (inventory.wanted is not None or inventory.limit)
    if not chosen:  # all vehicles count, those of earlier runs, too
        settled = sum(figures[name] for name in ("stored", "already", "unproven", "failed", "gone"))
    way = _way(reports)
    waiting = crawler.stats.get_value("jdp/waiting", "") or ""
    return Moment(
        state=_state(crawler, reports, inventory, waiting),
        waiting=waiting,
        done=settled,
        total=settled + figures["open"],
        already=0 if chosen else figures["already"],
        failed=figures["failed"] + figures["gone"],
        unproven=figures["unproven"],
        way=way,
        at_once=1 if way == ONE_TAB else reports.pace.limit,
    )


def _way(reports: Reports) -> str:
    if reports.direct.trusted:
        return DIRECT
    return TABS if reports.turns.binding is Binding.VEHICLE else ONE_TAB


def _state(crawler: Crawler, reports: Reports, inventory: Inventory | None, waiting: str) -> str:
    """Say what the crawl is doing, what matters most to who looks at it first."""
    assert crawler.engine is not None
    if is_closing(crawler):
        under_way = len(crawler.engine.downloader.active)
        return f"stopping: {under_way} under way come to their end first" if under_way else "logging out"
    if waiting:
        return f"waiting: {waiting}"
    session = crawler.get_downloader_middleware(SessionMiddleware)
    if session is not None and session.session.signed_in is None:
        return "logging in again" if session.session.generation else "logging in"
    if reports.pace.rest:
        return f"resting for {reports.pace.rest:.0f} s, as the portal asked"
    if inventory is None or inventory.total is None:
        return "reading the inventory"
    return WORKING if inventory.next_chunk is None else f"{WORKING}, reading the inventory"
