"""The crawl against the limit: the same reports, of the same portal, by a bare client (limit.py).

python benchmarks/throughput.py [--case id-200 ...] [--concurrency 8] [--repeats 3]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import machine
from benchmarks.table import Cell, table
from benchmarks.trial import Result, bare_client, crawler, run
from benchmarks.workspace import workspace

if TYPE_CHECKING:
    from collections.abc import Sequence


class Case(NamedTuple):
    """A portal: how it names a report's vehicle, how many there are, how long a report takes in milliseconds."""

    way: str
    vehicles: int
    report_ms: int | None = None
    latency: bool = True


CASES = {
    "id-200": Case("id", 200),
    "id-1820": Case("id", 1820, report_ms=300),
    "token-200": Case("token", 200),
    "form-200": Case("form", 200),
    "session-20": Case("session", 20),
    "first-pdf": Case("id", 200, latency=False),
}
HEADER = (
    "case",
    "vehicles",
    "crawl/s",
    "limit/s",
    "/ratio",
    "first PDF/s",
    "limit's/s",
    "vehicles/an hour",
    "made/per vehicle",
    "without/a tab",
    "most/at once",
    "right",
)
COST_HEADER = (
    "case",
    "CPU/ms/vehicle",
    "late CPU/ms/vehicle",
    "limit's/ms/vehicle",
    "peak/MB",
    "late peak/MB",
    "late median/MB",
    "limit's peak/MB",
)
LEGEND = """\
crawl, limit   wall time from the start of the command to its end; the median of the repeats
ratio          crawl / limit: 1.00 is as fast as the bare client
first PDF      from the start of the command until the first report has its final name
made           reports that the portal made for a vehicle
without a tab  share of the reports whose vehicle was opened in no tab before
right          every file is right by its sha256, each report was made once, nobody is left logged in
CPU, MB        of all processes of the crawl: Scrapy, Playwright's driver, Chromium; MB is PSS, 10**6 bytes
late           while the second half of the reports was stored: starting and learning are over"""


def portal_options(case: Case, options: argparse.Namespace) -> list[object]:
    """Return the portal's command line for a case."""
    vehicles = options.vehicles or case.vehicles
    site = ["--vehicles", vehicles, "--report-link", case.way, "--reports-at-once", options.reports_at_once]
    if not case.latency:
        return site
    report_ms = options.report_ms if options.report_ms is not None else case.report_ms or 1500
    times = ("--login-ms", options.login_ms, "--grid-ms", options.grid_ms, "--vehicle-ms", options.vehicle_ms)
    return [*site, *times, "--report-ms", report_ms]


def measured(case: Case, options: argparse.Namespace, folder: Path) -> tuple[list[Result], list[Result]]:
    """Run crawl and limit by turns; return the results of both."""
    site = portal_options(case, options)
    crawls, limits = [], []
    for _ in range(options.repeats):
        limits.append(run(site, bare_client(case.way, options.concurrency), folder))
        crawls.append(run(site, crawler(options.concurrency), folder))
    return crawls, limits


def speed(name: str, crawls: Sequence[Result], limits: Sequence[Result]) -> list[Cell]:
    """Return a case's line about time and rightness."""
    seconds, limit = (median(result.seconds for result in results) for results in (crawls, limits))
    vehicles, counters = crawls[0].vehicles, crawls[-1].counters
    return [
        name,
        vehicles,
        seconds,
        limit,
        f"{seconds / limit:.3f}",
        median(result.first for result in crawls),
        median(result.first for result in limits),
        round(3600 * vehicles / seconds),
        f"{max(result.made for result in crawls):.2f}",
        f"{100 * counters['direct_reports'] / vehicles:.0f}%",
        counters["most_at_once"],
        "yes" if all(result.right for result in (*crawls, *limits)) else "NO",
    ]


def cost(name: str, crawls: Sequence[Result], limits: Sequence[Result]) -> list[Cell]:
    """Return a case's line about CPU and memory: those of the runs with the median wall time."""
    crawl, limit = (sorted(results, key=seconds_of)[len(results) // 2] for results in (crawls, limits))
    return [name, crawl.cpu_ms, crawl.late_cpu_ms, limit.cpu_ms, crawl.peak_pss, *crawl.late_pss, limit.peak_pss]


def seconds_of(result: Result) -> float:
    """Return the wall time."""
    return result.seconds


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure the crawl against a bare client.")
    parser.add_argument("--case", action="append", choices=CASES, help="may be repeated; default: all")
    parser.add_argument("--vehicles", type=int, help="instead of each case's own number")
    parser.add_argument("--concurrency", type=int, default=8, help="CONCURRENT_REQUESTS, and the limit's workers")
    parser.add_argument("--repeats", type=int, default=1, help="runs of each; wall times are their medians")
    parser.add_argument("--login-ms", type=int, default=800)
    parser.add_argument("--grid-ms", type=int, default=400)
    parser.add_argument("--vehicle-ms", type=int, default=1200)
    parser.add_argument("--report-ms", type=int, help="instead of each case's own time")
    parser.add_argument("--reports-at-once", type=int, default=8, help="reports that the portal makes at once")
    return parser.parse_args()


def main() -> int:
    """Measure every case; return 1 when anything was not right."""
    options = arguments()
    print(machine(), flush=True)
    speeds, costs = [], []
    with workspace() as folder:
        for name in options.case or CASES:
            crawls, limits = measured(CASES[name], options, folder)
            speeds.append(speed(name, crawls, limits))
            costs.append(cost(name, crawls, limits))
            print(f"{name}: ratio {speeds[-1][4]}", flush=True)
    print(f"\n{table(HEADER, speeds)}\n\n{table(COST_HEADER, costs)}\n\n{LEGEND}")
    return 0 if all(line[-1] == "yes" for line in speeds) else 1


if __name__ == "__main__":
    sys.exit(main())
