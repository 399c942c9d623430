"""What a run came to, told at its end: manifest.csv, metrics.json, the end table and the exit status."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals

from jdp.extensions.monitors import Monitors
from jdp.extensions.watch import Watch
from jdp.monitoring.metrics import COMPLETE, INCOMPLETE, NOT_STARTED, course_of, figures_of
from jdp.monitoring.timeline import Timeline
from jdp.runs.lists import manifest_of
from jdp.runs.run import Run
from jdp.utils.files import write_atomically

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

REASONS_SHOWN = 20


class Summary:
    """Draws the balance when the spider has closed."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.crawler = crawler
        self.run = run
        self.began = time.monotonic()
        self.text = ""
        self.metrics: dict[str, Any] = {}  # what metrics.json holds
        self.exit_status = INCOMPLETE  # what a run comes to that is cut off before its balance

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        summary = cls(crawler, Run.of(crawler))
        # After spider_closed, when the session is logged out.
        crawler.signals.connect(summary.engine_stopped, signal=signals.engine_stopped)
        return summary

    def engine_stopped(self) -> None:
        figures = self.figures()
        self._check(figures)
        self.exit_status = figures["exit_status"]
        self.text = table(figures, self.run)
        watch = self.crawler.get_extension(Watch)
        timeline = watch.timeline if watch is not None else Timeline()
        course = course_of(self.run.ledger, self.run.started.timestamp(), timeline)
        self.metrics = {**figures, **course, "stats": self.crawler.stats.get_stats()}
        self._write("metrics.json", json.dumps(self.metrics, indent=2, default=str).encode())
        self._write("manifest.csv", manifest_of(self.run.ledger))
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

    def _check(self, figures: dict[str, Any]) -> None:
        """Add what the monitors found; a check that failed makes a complete run one that somebody has to look at."""
        monitors = self.crawler.get_extension(Monitors)
        figures["monitors"] = monitors.examine(figures) if monitors is not None else []
        if figures["exit_status"] == COMPLETE and not all(verdict["ok"] for verdict in figures["monitors"]):
            figures["exit_status"] = INCOMPLETE

    def _write(self, name: str, data: bytes) -> None:
        try:
            write_atomically(self.run.data / name, data)
        except OSError as error:  # on Windows a file that is open in Excel, say
            logger.error("%s could not be written (%s): close it where it is open and run again", name, error)  # noqa: TRY400

    def figures(self) -> dict[str, Any]:
        """Return the run's figures."""
        return figures_of(self.crawler, self.run, time.monotonic() - self.began)


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
        ("All of it to look at", run.data / "report.html"),
    ]
    text = [f"{name:<26} {value}" for name, value in lines]
    text += checks(figures["monitors"])
    reasons = run.ledger.reasons()
    text += [f"  {ascii(reference)[1:-1]:<12} {ascii(reason)[1:-1]}" for reference, reason in reasons[:REASONS_SHOWN]]
    if len(reasons) > REASONS_SHOWN:
        text.append(f"  and {len(reasons) - REASONS_SHOWN} more, all in {run.data / 'manifest.csv'}")
    if figures["message"]:
        text.append(f"The run was stopped: {ascii(figures['message'])[1:-1]}")
    elif figures["finish_reason"] != "finished":
        text.append(f'The run was stopped ({figures["finish_reason"]}): go on with -s JOBDIR="{run.job_folder}"')
    return "\n".join(text).encode("ascii", "backslashreplace").decode()


def checks(verdicts: list[dict[str, Any]]) -> list[str]:
    """Return the table's lines about the checks: how many failed, and those."""
    failed = [f"  {verdict['name']:<12} {ascii(verdict['message'])[1:-1]}" for verdict in verdicts if not verdict["ok"]]
    outcome = f"{len(failed)} of {len(verdicts)} failed" if failed else f"all {len(verdicts)} passed"
    return [f"{'Checks':<26} {outcome}", *failed] if verdicts else []
