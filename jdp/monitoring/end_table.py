"""The end table that `scrapy crawl` prints: plain ASCII, a line per figure, reasons below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jdp.monitoring.metrics import NOT_STARTED

if TYPE_CHECKING:
    from jdp.runs.run import Run

REASONS_SHOWN = 20


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
    if figures.get("logout_failed"):
        text.append("The logout failed: the account may be locked for about 5 minutes")
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
