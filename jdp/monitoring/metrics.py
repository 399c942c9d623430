"""What a run has come to: from the ledger, the clock and Scrapy's stats."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    "page_covered",
    "question_asked",
)


@dataclass(frozen=True)
class CheckResult:
    """What a check (`jdp.monitoring.checks`) found."""

    name: str
    ok: bool
    message: str


@dataclass
class Metrics:
    """What a run has come to, as metrics.json holds it: counts are vehicles.

    `exit_status` is 0 when every wanted vehicle is stored and proven, jdp has logged out and no check failed; 2 when
    the run never began; else 1.
    """

    account: str = ""
    finish_reason: str = "unknown"
    message: str = ""
    inventory: int = 0
    inventory_complete: bool = False
    stored: int = 0
    already: int = 0
    unproven: int = 0
    failed: int = 0
    gone: int = 0
    departed: int = 0
    open: int = 0
    seconds: float = 0.0
    vehicles_an_hour: float = 0.0
    logins: int = 0
    logouts: int = 0
    logout_failed: bool = False
    retries: int = 0
    exit_status: int = field(init=False)
    monitors: list[CheckResult] = field(default_factory=list)
    # How the run went: what 2,000 vehicles would take, how long vehicles took, the sums of its timeline.
    estimate: dict[str, Any] = field(default_factory=dict)
    seconds_per_vehicle: dict[str, Any] = field(default_factory=dict)
    timeline: dict[str, Any] = field(default_factory=dict)
    stats: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.exit_status = self._balance()

    def _balance(self) -> int:
        if self.finish_reason in NOT_STARTED_REASONS and not self.inventory:
            return NOT_STARTED
        complete = self.finish_reason == "finished" and self.inventory_complete and self.inventory
        # After a logout that failed the account may be locked for whoever comes next.
        return COMPLETE if complete and not self.lacking and not self.logout_failed else INCOMPLETE

    @property
    def lacking(self) -> int:
        """How many vehicles have no proven report."""
        return self.unproven + self.failed + self.gone + self.open

    def add_checks(self, results: list[CheckResult]) -> None:
        """Take what the checks found; one that failed makes a complete run one that somebody has to look at."""
        self.monitors = results
        if self.exit_status == COMPLETE and not all(result.ok for result in results):
            self.exit_status = INCOMPLETE

    def add_course(self, ledger: Ledger, began: float, timeline: Timeline) -> None:
        """Take how the run went that began at this time, in seconds since 1970."""
        fetched = [entry for entry in ledger.entries(STORED) if entry.updated >= began and entry.way != "disk"]
        self.estimate = timeline.estimate(ESTIMATED).as_dict()
        self.seconds_per_vehicle = spread([entry.seconds for entry in fetched])
        self.timeline = timeline.totals()


def metrics_of(crawler: Crawler, run: Run, seconds: float) -> Metrics:
    """Return the metrics of a run that has been at work for so many seconds."""
    counts = run.ledger.counts()
    stats = crawler.stats
    inventory: Inventory | None = getattr(crawler.spider, "inventory", None)
    stored = stats.get_value(f"jdp/reports/{STORED}", 0)
    return Metrics(
        account=run.ledger.fact("owner") or "",
        finish_reason=stats.get_value("finish_reason", "unknown"),
        message=stats.get_value("jdp/stop_message", ""),
        inventory=inventory.size if inventory is not None else 0,
        inventory_complete=inventory is not None and not inventory.short,
        stored=stored,
        already=counts[STORED] - stored,
        unproven=_unproven(run, inventory, counts),
        failed=counts[FAILED],
        gone=counts[GONE],
        departed=inventory.departed if inventory is not None else 0,
        open=max(counts[WANTED], unread(inventory, counts) if inventory is not None else 0),
        seconds=round(seconds, 3),
        vehicles_an_hour=round(stored / seconds * 3600, 1) if seconds else 0.0,
        logins=stats.get_value("jdp/logins", 0),
        logouts=stats.get_value("jdp/logouts", 0),
        logout_failed=bool(stats.get_value("jdp/logout_failed")),
        retries=stats.get_value("retry/count", 0),
    )


def _unproven(run: Run, inventory: Inventory | None, counts: dict[str, int]) -> int:
    """Count what this run wanted, where references were given: an older run may have left others."""
    if inventory is None or inventory.wanted is None:
        return counts[UNPROVEN]
    wanted = inventory.wanted
    return sum(entry.reference in wanted or entry.number in wanted for entry in run.ledger.entries(UNPROVEN))


def unread(inventory: Inventory, counts: dict[str, int]) -> int:
    """Return how many vehicles of a run for the whole inventory have come to no end, listed yet or not."""
    if inventory.wanted is not None or inventory.limit:
        return 0
    return inventory.size - counts[STORED] - counts[UNPROVEN] - counts[FAILED] - counts[GONE]
