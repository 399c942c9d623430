"""What a run came to: manifest.csv, metrics.json, the end table and the exit status."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import logging
import time
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals

from jdp.items import FAILED, GONE, STORED, UNPROVEN
from jdp.ledger import WANTED, Entry
from jdp.run import Run
from jdp.storage import write_atomically

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.inventory import Inventory

logger = logging.getLogger(__name__)

COMPLETE, INCOMPLETE, NOT_STARTED = 0, 1, 2
NOT_STARTED_REASONS = (
    "portal_unreachable",
    "browser_failed",
    "login_refused",
    "active_session",
    "login_unknown",
    "inventory_unreadable",
)
REASONS_SHOWN = 20
MANIFEST = ("reference", "vin", "description", "file", "sha256", "bytes", "seconds", "tries", "status", "reason")
# Cells that begin so are formulas to a spreadsheet (OWASP, "CSV injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Summary:
    """Draws the balance when the spider has closed."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.crawler = crawler
        self.run = run
        self.began = time.monotonic()
        self.text = ""
        self.exit_status = INCOMPLETE  # what a run comes to that is cut off before its balance

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        summary = cls(crawler, Run.of(crawler))
        # After spider_closed, when the session is logged out.
        crawler.signals.connect(summary.engine_stopped, signal=signals.engine_stopped)
        return summary

    def engine_stopped(self) -> None:
        figures = self.figures()
        self.exit_status = figures["exit_status"]
        self.text = table(figures, self.run)
        metrics = {**figures, "stats": self.crawler.stats.get_stats()}
        self._write("metrics.json", json.dumps(metrics, indent=2, default=str).encode())
        self._write("manifest.csv", manifest(self.run))
        if figures["unproven"]:
            logger.warning(
                "%d reports name no vehicle beside a known label (REPORT_LABELS): they are in %s, look at them",
                figures["unproven"],
                self.run.data / "unproven",
            )
        logger.info(
            "Result: exit_status=%(exit_status)d reason=%(finish_reason)s inventory=%(inventory)d stored=%(stored)d "
            "already=%(already)d unproven=%(unproven)d failed=%(failed)d gone=%(gone)d open=%(open)d "
            "seconds=%(seconds).1f",
            figures,
        )

    def _unproven(self, inventory: Inventory | None, counts: dict[str, int]) -> int:
        """Count what this run wanted, where references were given: an older run may have left others."""
        if inventory is None or inventory.wanted is None:
            return counts[UNPROVEN]
        return sum(self.run.ledger.status(reference) == UNPROVEN for reference in inventory.wanted)

    def _write(self, name: str, data: bytes) -> None:
        try:
            write_atomically(self.run.data / name, data)
        except OSError as error:  # on Windows a file that is open in Excel, say
            logger.error("%s could not be written (%s): close it where it is open and run again", name, error)  # noqa: TRY400

    def figures(self) -> dict[str, Any]:
        """Return the run's figures, all from the ledger, the clock and Scrapy's stats."""
        counts = self.run.ledger.counts()
        inventory: Inventory | None = getattr(self.crawler.spider, "inventory", None)
        seconds = time.monotonic() - self.began
        stored = self.crawler.stats.get_value(f"jdp/reports/{STORED}", 0)
        figures: dict[str, Any] = {
            "finish_reason": self.crawler.stats.get_value("finish_reason", "unknown"),
            "message": self.crawler.stats.get_value("jdp/stop_message", ""),
            "inventory": inventory.size if inventory is not None else 0,
            "inventory_complete": inventory is not None and not inventory.short,
            "stored": stored,
            "already": counts[STORED] - stored,
            "unproven": self._unproven(inventory, counts),
            "failed": counts[FAILED],
            "gone": counts[GONE],
            "open": max(counts[WANTED], unread(inventory, counts) if inventory is not None else 0),
            "seconds": round(seconds, 3),
            "vehicles_an_hour": round(stored / seconds * 3600, 1) if seconds else 0.0,
            "logins": self.crawler.stats.get_value("jdp/logins", 0),
            "logouts": self.crawler.stats.get_value("jdp/logouts", 0),
            "retries": self.crawler.stats.get_value("retry/count", 0),
        }
        figures["exit_status"] = exit_status(figures)
        return figures


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


def table(figures: dict[str, Any], run: Run) -> str:
    """Return the end table: plain ASCII, a line per figure, reasons below."""
    if figures["exit_status"] == NOT_STARTED and not figures["inventory"]:
        return f"Nothing was downloaded. {ascii(figures['message'])[1:-1]}\nThe log is {run.data / 'run.log'}"
    minutes, seconds = divmod(round(figures["seconds"]), 60)
    lines = [
        ("Vehicles in the inventory", figures["inventory"]),
        ("Stored in this run", figures["stored"]),
        ("Already there", figures["already"]),
        ("Kept as unproven", figures["unproven"]),
        ("Failed", figures["failed"] + figures["gone"]),
        ("Not done yet", figures["open"]),
        ("Wall time", f"{minutes} min {seconds} s"),
        ("Vehicles an hour", round(figures["vehicles_an_hour"])),
        ("Reports are in", run.files_store),
        ("Everything else is in", run.data),
    ]
    text = [f"{name:<26} {value}" for name, value in lines]
    reasons = run.ledger.reasons()
    text += [f"  {ascii(reference)[1:-1]:<12} {ascii(reason)[1:-1]}" for reference, reason in reasons[:REASONS_SHOWN]]
    if len(reasons) > REASONS_SHOWN:
        text.append(f"  and {len(reasons) - REASONS_SHOWN} more, all in {run.data / 'manifest.csv'}")
    if figures["message"]:
        text.append(f"The run was stopped: {ascii(figures['message'])[1:-1]}")
    elif figures["finish_reason"] != "finished":
        text.append(f'The run was stopped ({figures["finish_reason"]}): go on with -s JOBDIR="{run.job_folder}"')
    return "\n".join(text).encode("ascii", "backslashreplace").decode()


def manifest(run: Run) -> bytes:
    """Return manifest.csv, cells that a spreadsheet would run quoted. It starts with a BOM: Excel needs one."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow((*MANIFEST, "way", "evidence", "departed"))
    writer.writerows([harmless(cell) for cell in _cells(entry)] for entry in run.ledger.entries())
    return out.getvalue().encode("utf-8-sig", "replace")


def _cells(entry: Entry) -> list[object]:
    departed = dt.datetime.fromtimestamp(entry.departed).astimezone().isoformat(timespec="seconds")
    cells = [getattr(entry, name) for name in (*MANIFEST, "way", "evidence")]
    return [*cells, departed if entry.departed else ""]


def harmless(cell: object) -> object:
    """Quote a text that a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
