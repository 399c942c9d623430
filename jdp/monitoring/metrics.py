"""What a run has come to, in figures: from the ledger, the clock and Scrapy's stats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jdp.items import FAILED, GONE, STORED, UNPROVEN
from jdp.monitoring.distribution import spread
from jdp.runs.ledger_rows import WANTED

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.inventory import Inventory
    from jdp.monitoring.timeline import Timeline
    from jdp.runs.ledger import Ledger
    from jdp.runs.run import Run

COMPLETE, INCOMPLETE, NOT_STARTED = 0, 1, 2
ESTIMATED = 2000  # vehicles: what a dealer has, so that runs of any size can be compared
NOT_STARTED_REASONS = (
    "portal_unreachable",
    "browser_failed",
    "reader_failed",
    "login_refused",
    "active_session",
    "login_unknown",
    "inventory_unreadable",
)


def figures_of(crawler: Crawler, run: Run, seconds: float) -> dict[str, Any]:
    """Return the figures of a run that has been at work for so many seconds."""
    counts = run.ledger.counts()
    stats = crawler.stats
    inventory: Inventory | None = getattr(crawler.spider, "inventory", None)
    stored = stats.get_value(f"jdp/reports/{STORED}", 0)
    figures: dict[str, Any] = {
        "account": run.ledger.fact("owner") or "",
        "finish_reason": stats.get_value("finish_reason", "unknown"),
        "message": stats.get_value("jdp/stop_message", ""),
        "inventory": inventory.size if inventory is not None else 0,
        "inventory_complete": inventory is not None and not inventory.short,
        "stored": stored,
        "already": counts[STORED] - stored,
        "unproven": _unproven(run, inventory, counts),
        "failed": counts[FAILED],
        "gone": counts[GONE],
        "departed": inventory.departed if inventory is not None else 0,
        "open": max(counts[WANTED], unread(inventory, counts) if inventory is not None else 0),
        "seconds": round(seconds, 3),
        "vehicles_an_hour": round(stored / seconds * 3600, 1) if seconds else 0.0,
        "logins": stats.get_value("jdp/logins", 0),
        "logouts": stats.get_value("jdp/logouts", 0),
        "retries": stats.get_value("retry/count", 0),
    }
    figures["exit_status"] = exit_status(figures)
    return figures


def course_of(ledger: Ledger, began: float, timeline: Timeline) -> dict[str, Any]:
    """Return how a run went: how long vehicles took, the sums of its timeline, and what 2,000 vehicles would take."""
    fetched = [entry for entry in ledger.entries(STORED) if entry.updated >= began and entry.way != "disk"]
    return {
        "estimate": timeline.estimate(ESTIMATED).as_dict(),
        "seconds_per_vehicle": spread([entry.seconds for entry in fetched]),
        "timeline": timeline.totals(),
    }


def _unproven(run: Run, inventory: Inventory | None, counts: dict[str, int]) -> int:
    """Count what this run wanted, where references were given: an older run may have left others."""
    if inventory is None or inventory.wanted is None:
        return counts[UNPROVEN]
    return sum(run.ledger.status(reference) == UNPROVEN for reference in inventory.wanted)


def unread(inventory: Inventory, counts: dict[str, int]) -> int:
    """Return how many vehicles of a run for the whole inventory have come to no end, listed yet or not."""
    if inventory.wanted is not None or inventory.limit:
        return 0
    return inventory.size - counts[STORED] - counts[UNPROVEN] - counts[FAILED] - counts[GONE]


def exit_status(figures: dict[str, Any]) -> int:
    """0: every wanted vehicle is stored and proven. 1: some are not, or the run was cut short. 2: it never began."""
    if figures["finish_reason"] in NOT_STARTED_REASONS and not figures["inventory"]:
        return NOT_STARTED
    lacking = figures["unproven"] + figures["failed"] + figures["gone"] + figures["open"]
    complete = figures["finish_reason"] == "finished" and figures["inventory_complete"] and figures["inventory"]
    return COMPLETE if complete and not lacking else INCOMPLETE
