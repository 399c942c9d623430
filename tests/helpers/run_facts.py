"""What a page is made from: a run with vehicles of every kind, over a timeline in which everything happened."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from jdp.items import FAILED, GONE, STORED, UNPROVEN, Report, Vehicle
from jdp.monitoring.metrics import CheckResult, Metrics
from jdp.monitoring.page.facts import Facts
from jdp.monitoring.page.render import render
from jdp.monitoring.timeline import Counters, Timeline
from jdp.runs.ledger_rows import WANTED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jdp.runs.run import Run

SECONDS = 120
DEFAULT: dict[str, Any] = {
    "account": "dealer at http://portal.test/ValuesOnline/",
    "finish_reason": "finished",
    "message": "",
    "inventory_complete": True,
    "already": 0,
    "monitors": [CheckResult("success", ok=True, message="all is well")],
}


def timeline_of(vehicles: int, *, eventful: bool = True) -> Timeline:
    """Return a run of two minutes."""
    timeline = Timeline()
    for second in range(SECONDS):
        share = max(0, second - 19) / (SECONDS - 20)
        counters = Counters(stored=round(vehicles * share), tries_failed=second // 10 if eventful else 0)
        waiting = "the account has another session open" if eventful and 5 <= second < 15 else ""
        timeline.sample(1.0, counters, 1 + second % 8, waiting)
        if eventful and second in (22, 70):
            timeline.note("the session had expired and was renewed")
    return timeline


def facts_of(run: Run, *, walked: float | None = None, running: bool = False, **changes: Any) -> Facts:
    """Return what there is to tell of a run whose ledger is filled."""
    counts = run.ledger.counts()
    timeline = timeline_of(sum(counts.values()))
    exit_status = changes.pop("exit_status", None)
    metrics = Metrics(
        **{
            **DEFAULT,
            "inventory": sum(counts.values()),
            "stored": counts[STORED],
            "unproven": counts[UNPROVEN],
            "failed": counts[FAILED],
            "gone": counts[GONE],
            "open": counts[WANTED],
            "seconds": timeline.seconds,
            **changes,
        }
    )
    metrics.add_course(run.ledger, run.started.timestamp(), timeline)
    if exit_status is not None:
        metrics.exit_status = exit_status
    whole = run.arguments.refs is None
    written = dt.datetime.now().astimezone()
    return Facts(run, metrics, timeline, whole, walked, running, written)


def fill(run: Run, count: int, *, status: str = STORED, reason: str = "", first: int = 0) -> list[str]:
    """List vehicles and settle them; the first one is number `first`."""
    references = [f"{165530 + number}" for number in range(first, first + count)]
    run.ledger.list_vehicles([vehicle(reference) for reference in references], run.started.timestamp())
    run.ledger.settle(*(settled(reference, status, reason) for reference in references))
    return references


def vehicle(reference: str, description: str = "2021 Honda Accord EX-L 4D Sedan") -> Vehicle:
    return Vehicle(reference, reference, f"1HGCM826{reference:0>9}"[:17], description)


def settled(reference: str, status: str = STORED, reason: str = "", **more: Any) -> Report:
    """Return what became of a vehicle."""
    file = {STORED: f"{reference}.pdf", UNPROVEN: f"run_data/unproven/{reference}.pdf"}.get(status, "")
    seconds = 1.0 + int("".join(sign for sign in reference if sign.isdecimal()) or 0) % 97 / 50
    report = Report(reference, "", "", status, reason, file, "ab" * 32, 46_000, seconds, 1 if file else 3, "direct")
    for name, value in more.items():
        setattr(report, name, value)
    return report


def write_page(facts: Facts) -> Path:
    """Write the page as the extension does, and return where."""
    path = facts.run.data / "report.html"
    path.write_bytes(b"".join(render(facts, facts.run.ledger)))
    return path


def text_of(pieces: Iterable[bytes]) -> str:
    return b"".join(pieces).decode()
