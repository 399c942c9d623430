"""Checks a run at its end and tells those who shall know; a failed check makes exit status 0 into 1."""

from __future__ import annotations

import logging
import platform
from dataclasses import asdict
from typing import TYPE_CHECKING

from jdp.monitoring import checks
from jdp.monitoring.messages import Message, deliver
from jdp.monitoring.past_runs import past_metrics, run_folders

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector

    from jdp.monitoring.metrics import CheckResult, Metrics
    from jdp.runs.run import Run

FIGURES = ("inventory", "stored", "already", "unproven", "failed", "gone", "open", "seconds", "vehicles_an_hour")

logger = logging.getLogger(__name__)


class RunChecks:
    """Holds a run against its limits (`jdp.monitoring.checks`) at its end, then sends the message."""

    def __init__(self, stats: StatsCollector, run: Run) -> None:
        self.stats = stats
        self.run = run
        self.limits = run.config.monitoring
        self._message: Message | None = None

    def run_all(self, metrics: Metrics) -> list[CheckResult]:
        """Run all checks, before this run's metrics.json takes the place of the last one's."""
        past = past_metrics({self.run.folder, *run_folders(self.run.config.download_folder)}, metrics.account)
        verdicts = [
            checks.success(metrics, self.limits),
            checks.files(self.run.ledger, self.run.store_folder),
            checks.lockouts(
                self.stats.get_value("jdp/lockouts", 0), self.stats.get_value("jdp/lockouts_by_own_run", 0), self.limits
            ),
            checks.speed(metrics, past, self.limits),
        ]
        failed = [verdict for verdict in verdicts if not verdict.ok]
        for verdict in failed:
            logger.error("Check failed: %s: %s", verdict.name, _plain(verdict.message))
        if failed or self.limits.always:
            self._message = self._written(metrics, verdicts)
        return verdicts

    async def send(self) -> None:
        """Send the message; that it could not be sent changes nothing else."""
        if self._message is not None:
            for failure in await deliver(self._message, self.limits):
                logger.error("The message about this run was not sent: %s", failure)

    def _written(self, metrics: Metrics, verdicts: list[CheckResult]) -> Message:
        failed = sum(not verdict.ok for verdict in verdicts)
        outcome = f"{failed} of {len(verdicts)} checks failed" if failed else "all checks passed"
        told = ", ".join(f"{name.replace('_', ' ')} {getattr(metrics, name):g}" for name in FIGURES)
        lines = [f"{'ok' if each.ok else 'FAILED'}: {each.name}: {_plain(each.message)}" for each in verdicts]
        lines += ["", f"{told}.", f"Account: {_plain(metrics.account)}"]
        lines += [f"Run folder: {self.run.folder}, on {platform.node()}"]
        data = {
            "ok": not failed,
            "monitors": [asdict(verdict) for verdict in verdicts],
            "figures": {name: getattr(metrics, name) for name in FIGURES},
            "account": metrics.account,
            "folder": str(self.run.folder),
            "host": platform.node(),
        }
        return Message(f"jdp: {outcome} ({_plain(metrics.account)})", "\n".join(lines), data)


def _plain(text: str) -> str:
    """Return a text that may quote the site, on one line and without signs that do something."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
