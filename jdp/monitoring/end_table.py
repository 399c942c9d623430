"""The end table that `scrapy crawl` prints: plain ASCII, a line per figure, reasons below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp.monitoring.metrics import NOT_STARTED

if TYPE_CHECKING:
    from jdp.monitoring.metrics import CheckResult, Metrics
    from jdp.runs.run import Run

REASONS_SHOWN = 20


def table(metrics: Metrics, run: Run) -> str:
    """Return the end table: plain ASCII, a line per figure, reasons below."""
    if metrics.exit_status == NOT_STARTED and not metrics.inventory:
        return f"Nothing was downloaded. {ascii(metrics.message)[1:-1]}\nThe log is {run.data / 'run.log'}"
    minutes, seconds = divmod(round(metrics.seconds), 60)
    lines = [
        ("Vehicles in the inventory", metrics.inventory),
        ("Stored in this run", metrics.stored),
        ("Already there", metrics.already),
        ("Kept as unproven", metrics.unproven),
        ("Failed", metrics.failed + metrics.gone),
        ("Not done yet", metrics.open),
        ("Wall time", f"{minutes} min {seconds} s"),
        ("Vehicles an hour", round(metrics.vehicles_an_hour)),
        ("Reports are in", run.files_store),
        ("Everything else is in", run.data),
        ("All of it to look at", run.data / "report.html"),
    ]
    text = [f"{name:<26} {value}" for name, value in lines]
    text += checks(metrics.monitors)
    if metrics.logout_failed:
        text.append("The logout failed: the account may be locked for about 5 minutes")
    reasons = run.ledger.reasons()
    text += [f"  {ascii(reference)[1:-1]:<12} {ascii(reason)[1:-1]}" for reference, reason in reasons[:REASONS_SHOWN]]
    if len(reasons) > REASONS_SHOWN:
        text.append(f"  and {len(reasons) - REASONS_SHOWN} more, all in {run.data / 'manifest.csv'}")
    if metrics.message:
        text.append(f"The run was stopped: {ascii(metrics.message)[1:-1]}")
    elif metrics.finish_reason != "finished":
        text.append(f'The run was stopped ({metrics.finish_reason}): go on with -s JOBDIR="{run.job_folder}"')
    return "\n".join(text).encode("ascii", "backslashreplace").decode()


def checks(results: list[CheckResult]) -> list[str]:
    """Return the table's lines about the checks: how many failed, and those."""
    failed = [f"  {result.name:<12} {ascii(result.message)[1:-1]}" for result in results if not result.ok]
    outcome = f"{len(failed)} of {len(results)} failed" if failed else f"all {len(results)} passed"
    return [f"{'Checks':<26} {outcome}", *failed] if results else []
