"""The crawl with learning switched off, every vehicle through a tab, against a plain Playwright script.

python benchmarks/browser_only.py [--vehicles 200] [--concurrency 8] [--repeats 3]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import machine
from benchmarks.table import Cell, table
from benchmarks.trial import Result, crawler, plain_script, run
from benchmarks.workspace import workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = (
    "who",
    "vehicles",
    "wall/s",
    "to the plain/script's",
    "first PDF/s",
    "vehicles/an hour",
    "CPU/ms/vehicle",
    "peak/MB",
    "late peak/MB",
    "late median/MB",
    "made/per vehicle",
    "right",
)
LEGEND = """\
wall   from the start of the command to its end; the median of the repeats
CPU    of all processes: Python, Playwright's driver, Chromium
late   while the second half of the reports was stored
MB     PSS of all processes, 10**6 bytes
made   reports that the portal made for a vehicle; right: all files right, each report made once"""


def portal_options(options: argparse.Namespace) -> list[object]:
    """Return the portal's command line."""
    times = ("--login-ms", options.login_ms, "--grid-ms", options.grid_ms, "--vehicle-ms", options.vehicle_ms)
    site = ("--vehicles", options.vehicles, "--report-link", options.way, "--reports-at-once", options.reports_at_once)
    return [*site, *times, "--report-ms", options.report_ms]


def row(name: str, results: Sequence[Result], plain_seconds: float) -> list[Cell]:
    """Return one contender's line. Costs are those of the run with the median wall time."""
    result = sorted(results, key=lambda result: result.seconds)[len(results) // 2]
    seconds = median(result.seconds for result in results)
    return [
        name,
        result.vehicles,
        seconds,
        f"{seconds / plain_seconds:.3f}",
        median(result.first for result in results),
        round(3600 * result.vehicles / seconds),
        result.cpu_ms,
        result.peak_pss,
        *result.late_pss,
        f"{max(result.made for result in results):.2f}",
        "yes" if all(result.right for result in results) else "NO",
    ]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure the crawl with tabs alone against a plain script.")
    parser.add_argument("--vehicles", type=int, default=200)
    parser.add_argument("--way", choices=("id", "token"), default="id", help="how the portal names a report's vehicle")
    parser.add_argument("--concurrency", type=int, default=8, help="CONCURRENT_REQUESTS, and the script's tabs")
    parser.add_argument("--adaptive", action="store_true", help="leave the crawl's pace to itself")
    parser.add_argument("--repeats", type=int, default=1, help="runs of each; wall times are their medians")
    parser.add_argument("--login-ms", type=int, default=800)
    parser.add_argument("--grid-ms", type=int, default=400)
    parser.add_argument("--vehicle-ms", type=int, default=1200)
    parser.add_argument("--report-ms", type=int, default=1500)
    parser.add_argument("--reports-at-once", type=int, default=8, help="reports that the portal makes at once")
    return parser.parse_args()


def main() -> int:
    """Measure both, by turns; return 1 when anything was not right."""
    options = arguments()
    print(machine(), flush=True)
    crawl = crawler(options.concurrency, direct=False, adaptive=options.adaptive)
    results: dict[str, list[Result]] = {"plain script": [], "crawl, tabs only": []}
    with workspace() as folder:
        for _ in range(options.repeats):
            results["plain script"].append(run(portal_options(options), plain_script(options.concurrency), folder))
            results["crawl, tabs only"].append(run(portal_options(options), crawl, folder))
    plain = median(result.seconds for result in results["plain script"])
    rows = [row(name, found, plain) for name, found in results.items()]
    print(f"\n{table(HEADER, rows)}\n\n{LEGEND}\n\nratio crawl / plain script: {rows[1][3]}")
    return 0 if all(row[-1] == "yes" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
