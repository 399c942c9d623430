"""The checks after a run: each looks at its metrics and says in a sentence what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jdp.items import STORED
from jdp.monitoring.metrics import CheckResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from jdp.config.monitoring import Monitoring
    from jdp.monitoring.metrics import Metrics
    from jdp.runs.ledger import Ledger

COMPARABLE = 50  # vehicles that a run has to store before its speed says anything about the portal
STOPPED = "shutdown"  # Scrapy's finish reason after Ctrl-C or SIGTERM
NAMED = 5  # files named in a message


def success(metrics: Metrics, limits: Monitoring) -> CheckResult:
    """Check how many of the vehicles that were due are stored; one that the portal no longer has was not due."""
    if not metrics.inventory:
        return CheckResult("success", ok=False, message=metrics.message or "no vehicle was found")
    due = metrics.stored + metrics.unproven + metrics.failed + metrics.open
    if not due:
        return CheckResult("success", ok=True, message="nothing was due")
    # Rounded down: 89.99% is not 90%.
    percent = metrics.stored * 1000 // due / 10
    told = f"{metrics.stored} of {due} vehicles that were due are stored: {percent:g}%"
    if metrics.finish_reason == STOPPED:  # somebody did that, and knows
        return CheckResult("success", ok=True, message=f"{told}, when it was stopped by hand")
    if percent >= limits.success:
        return CheckResult("success", ok=True, message=told)
    return CheckResult("success", ok=False, message=f"{told}, less than {limits.success:g}% (MONITOR_SUCCESS)")


def files(ledger: Ledger, store: Path | None) -> CheckResult:
    """Check that every stored file is still there, as large as it was when its content was proven."""
    if store is None:
        return CheckResult(
            "files", ok=True, message="not looked at: they are in no folder of this machine (FILES_STORE)"
        )
    entries = list(ledger.entries(STORED))
    wrong = [entry.file for entry in entries if _size(store / entry.file) != entry.bytes]
    if not wrong:
        return CheckResult("files", ok=True, message=f"{len(entries)} are there, each of its proven size")
    more = f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    told = f"missing or not of their proven size: {', '.join(wrong[:NAMED])}{more}; `scrapy verify --fix` repairs them"
    return CheckResult("files", ok=False, message=told)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def lockouts(met: int, by_own_run: int, limits: Monitoring) -> CheckResult:
    """Check how often the account was found in use elsewhere; `by_own_run` of them by a run that was killed."""
    elsewhere = met - by_own_run
    times = "once" if elsewhere == 1 else f"{elsewhere} times"
    free = "the session of this account's own killed run was waited out" if by_own_run else "the account was free"
    told = f"the account was in use elsewhere {times}" if elsewhere else free
    if elsewhere <= limits.lockouts:
        return CheckResult("lockouts", ok=True, message=told)
    allowed = f"more than {limits.lockouts:g}" if limits.lockouts else "nobody else should use it"
    return CheckResult("lockouts", ok=False, message=f"{told}, {allowed} (MONITOR_LOCKOUTS)")


def speed(metrics: Metrics, past: Iterable[Mapping[str, Any]], limits: Monitoring) -> CheckResult:
    """Check that the run was not much slower than the newest one before it that stored enough to tell."""
    now = metrics.vehicles_an_hour
    if metrics.stored < COMPARABLE:
        return CheckResult("speed", ok=True, message=f"fewer than {COMPARABLE} vehicles tell nothing")
    before = next((run["vehicles_an_hour"] for run in past if _comparable(run)), None)
    if before is None:
        return CheckResult("speed", ok=True, message=f"{now:.0f} vehicles an hour, with no earlier run to compare")
    told = f"{now:.0f} vehicles an hour, {before:.0f} in the last run"
    if not limits.slowdown or now * limits.slowdown >= before:
        return CheckResult("speed", ok=True, message=told)
    return CheckResult(
        "speed", ok=False, message=f"{told}: more than {limits.slowdown:g} times slower (MONITOR_SLOWDOWN)"
    )


def _comparable(run: Mapping[str, Any]) -> bool:
    stored, rate = run.get("stored"), run.get("vehicles_an_hour")
    return isinstance(stored, int) and stored >= COMPARABLE and isinstance(rate, int | float) and rate > 0
